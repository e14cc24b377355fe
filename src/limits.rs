//! Every budget in one place, each with its reason.
//!
//! A budget that is reached ends in "not established", never in a shorter list: the value that was being
//! read is open, and the doubt or error names the budget (`limit-…`).
//!
//! "Real" and "at hand" is what was measured in real files; "should" is an estimate, far below the budget.

/// Bytes of one archive entry after decompression. The largest manifest at hand has 171 KiB, and large apps should stay
/// below a few MiB; a declared size beyond this is taken for a bomb or a lie.
pub const ENTRY_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of a `resources.arsc` that are held to resolve a reference: its string pool, or all of a table that is
/// compressed. The largest table at hand has 0.8 MiB, and large apps in many languages should stay below 100 MiB.
pub const RESOURCE_TABLE_BYTES: u64 = 256 * 1024 * 1024;

/// Records of a central directory. The most at hand are 3,841, and large apps should stay below 100,000; the tables of a
/// survey cost 32 bytes a record.
pub const ARCHIVE_ENTRIES: u64 = 1_000_000;

/// Bytes of a central directory, which are read in pieces and never held whole.
pub const DIRECTORY_BYTES: u64 = 256 * 1024 * 1024;

/// Depth of elements in a manifest. The deepest element Android defines stands at depth 7.
pub const XML_DEPTH: usize = 1_000;

/// Nodes (start tags, end tags, text) in one document; 175 KB of real manifest hold about 3,000.
pub const XML_NODES: usize = 2_000_000;

/// Attributes looked at in one document: those of requests, definitions and the like. The largest manifest at hand has
/// 1,903 attributes in all; attributes that overlap can be as many as the document has bytes.
pub const XML_ATTRIBUTES: usize = 500_000;

/// Attributes of one element that are taken for one wanted attribute, and features that one request can name. Real
/// elements have one attribute, and no request names more than a few features.
pub const ATTRIBUTE_READINGS: usize = 8;

/// Bytes of strings decoded from one document, counting a string each time it is used. Names of elements and values
/// of permissions should come to below 1 MiB; a long string that every element names would cost its length
/// each time.
pub const STRING_BYTES: usize = 32 * 1024 * 1024;

/// Declarations of one package. The longest list at hand has 44, and no app should have 1,000.
pub const DECLARATIONS: usize = 20_000;

/// Values that one resource reference can lead to in different configurations. A text in every language has below 200.
pub const REFERENCE_LEAVES: usize = 256;

/// Chunks of a resource table: a real one has below 5,000. Fields of one in protocol buffers, looked at to resolve all
/// references of one package.
pub const TABLE_STEPS: usize = 10_000_000;

/// Pairs of type and configuration in a resource table. A large app in every language should have below 5,000.
pub const TABLE_TYPES: usize = 200_000;

/// Strings of one string pool. A pool of 64 MiB cannot hold more entries of any use.
pub const POOL_STRINGS: usize = 8_000_000;

/// Steps from one resource reference to the next. `AssetManager2::ResolveReference` stops at 20.
pub const REFERENCE_STEPS: usize = 20;

/// Depth of dictionaries and arrays in a property list: iOS refuses more
/// (`_CFPropertyListMaxRecursionDepth`, CoreFoundation). The deepest seen in a real file is 7.
pub const PLIST_DEPTH: usize = 128;

/// Values of one property list, counting a shared object each time it is used. The largest real Info.plist has about
/// 3,000; a binary one of 250 bytes can stand for a thousand million.
pub const PLIST_VALUES: usize = 200_000;

/// Bytes of all texts decoded from one property list. The objects of a binary one may overlap.
pub const PLIST_TEXT: usize = 16 * 1024 * 1024;

/// Bytes of a property list, strings file or provisioning profile. The largest real one seen has 0.4 MiB.
pub const PLIST_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of an executable, which is read in pieces and never held. The App Store takes apps up to 4 GB, with code up to
/// 500 MB.
pub const EXECUTABLE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Slices of a universal executable. Real ones have up to 5; the kernel reads as many as fit on a page.
pub const MACHO_SLICES: u32 = 64;

/// Bytes of the load commands of one slice. Real ones should stay below 64 KiB.
pub const MACHO_COMMANDS: u32 = 1024 * 1024;

/// Blobs of a code signature. Real ones have up to 9.
pub const SIGNATURE_BLOBS: u32 = 1_000;

/// Bytes of one entitlement blob. The largest seen has 30 KiB.
pub const ENTITLEMENT_BYTES: u32 = 1024 * 1024;

/// Ranges read of one executable: heads, load commands, signatures and their parts. Real ones should have below 100.
pub const MACHO_PARTS: usize = 10_000;

/// Times an executable is gone through to find all its parts. One that a linker wrote needs one pass.
pub const MACHO_PASSES: usize = 4;

/// Files of a folder, counting those behind links again. Large apps should have below 100,000.
pub const FOLDER_FILES: usize = 1_000_000;

/// Depth of a folder tree. Systems refuse paths of more than 4,096 bytes.
pub const FOLDER_DEPTH: usize = 256;

/// Bundles (apps, extensions, frameworks) of one package. Large apps should have about 200.
pub const BUNDLES: usize = 10_000;

/// Bytes of a module.json, config.json or pack.info, in a package or by itself. The largest of 420 real ones has 5 KiB.
pub const MODULE_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// Depth of objects and arrays in JSON. The deepest of 420 real manifests has 8.
pub const JSON_DEPTH: usize = 1_000;

/// Bytes of a `resources.index`, which holds the texts of one module in all languages. 10,000 texts in 60 languages take
/// about 40 MiB; the largest of 50 real ones has 16 KiB.
pub const RESOURCES_INDEX_BYTES: u64 = 64 * 1024 * 1024;

/// Entries of a `resources.index` looked at to resolve all references of one module: an entry for each resource and
/// each set of qualifiers, as often as texts refer to other texts. An app of 10,000 texts in 60 languages needs 600,000.
pub const INDEX_STEPS: usize = 5_000_000;

/// Sets of qualifiers (language, kind of device) of a `resources.index`. The most seen are 54.
pub const INDEX_SETS: usize = 10_000;

/// Requests of one module past which a device refuses it (`MAX_JSON_ARRAY_LENGTH`, `bundle_framework`). All are read.
pub const HARMONY_REQUESTS: usize = 2_048;

/// Packages in one app. Real ones should have below 50.
pub const NESTED_PACKAGES: usize = 1_000;
/// Bytes of one part of a Word document after decompression. The largest main part seen has 4 MiB.
pub const DOCUMENT_BYTES: u64 = 32 * 1024 * 1024;

/// Depth of elements in a Word document. Tables five deep in one another, with text boxes, come to 70.
pub const DOCUMENT_DEPTH: usize = 256;

/// Bytes of text in cells that reach over several rows or columns, counted for each. Real tables have below 64 KiB.
pub const SPANNED_BYTES: usize = 8 * 1024 * 1024;

/// Bytes to which all streams of a PDF may come, pictures and fonts included. A statement of 100 pages with a Chinese
/// font comes to 20 MiB, one full of screenshots to 200 MiB; they are measured and not held.
pub const PDF_INFLATED: usize = 512 * 1024 * 1024;

/// Bytes to which one stream of text operators, or one table of a font, may come. A dense page comes to 1 MiB.
pub const PDF_STREAM: usize = 32 * 1024 * 1024;

/// Pages of a PDF. The longest real statement seen has 90.
pub const PDF_PAGES: usize = 2_000;

/// Operators of one PDF. A dense page has 10,000.
pub const PDF_OPERATORS: usize = 10_000_000;

/// Character codes shown in one PDF, which are held at once where the file is tagged. A dense page has 6,000.
pub const PDF_CHARACTERS: usize = 2_000_000;

/// Depth of forms in forms of a PDF. Real ones go three deep.
pub const PDF_FORMS: usize = 12;

/// Lines, edges of boxes and filled areas on one page of a PDF. A table of 60 rows and eight columns drawn cell by
/// cell has 2,000.
pub const PDF_RULES: usize = 20_000;

/// Comparisons of characters with boxes and pictures in one PDF that tell which are painted over or swallowed. A page of
/// 6,000 characters in 500 boxes, each filled after its text, takes 3,000,000 at most.
pub const PDF_COVERED: usize = 100_000_000;

/// Elements of the structure of a tagged PDF. A dense page has 500.
pub const PDF_ELEMENTS: usize = 500_000;

/// Columns of a table in a statement that are looked at. The widest real permission table has nine.
pub const TABLE_COLUMNS: usize = 64;

/// Tables that lost their lines and follow each other in one paragraph. Two are usual: one for each platform.
pub const FLAT_TABLES: usize = 16;

/// Bytes of a statement. The longest real statement seen is 0.4 MiB as text; 50 MiB is a mistake of the caller.
pub const STATEMENT_BYTES: u64 = 32 * 1024 * 1024;

/// Rows of one table in a statement. The longest real permission table has 120 rows.
pub const TABLE_ROWS: usize = 200_000;

/// Bytes of text in one paragraph, item or cell of a statement, which is held with 24 bytes for each character while its
/// words are looked for. The longest real statement has 0.4 MiB as a whole.
pub const PARAGRAPH_BYTES: usize = 1024 * 1024;

/// Rows, items and mentions of one statement, each of which takes about 2 KiB in a report. The most in 118
/// real statements are 68.
pub const DISCLOSURES: usize = 50_000;

/// Bytes at the head of a file in which it may declare its encoding, as in browsers.
pub const DECLARATION_BYTES: usize = 1024;

/// Bytes of the header fields of a saved page or of one of its parts. Browsers write below 1 KiB.
pub const MIME_HEAD_BYTES: usize = 64 * 1024;

/// Texts and elements of an HTML page. The largest real statement has 21,000; each takes 48 bytes.
pub const HTML_NODES: usize = 1_000_000;

/// Character references of an HTML page, or what looks like one: each takes memory of its own. A page that writes every
/// space as one has 20,000.
pub const HTML_REFERENCES: usize = 200_000;

/// Depth of elements in an HTML page. Browsers stop at 512; the deepest real statement has 60.
pub const HTML_DEPTH: usize = 4096;

/// Formatting elements (`b`, `font`) that are open at once. Old pages forget to close a few.
pub const HTML_FORMATS: usize = 256;

/// Open elements of unknown names in which an end tag looks for its own.
pub const HTML_UNKNOWN: usize = 64;

/// Bytes that merged cells of one table take in the further rows and columns that they reach over. A table of 5,000
/// rows with a merged column takes 2 MB.
pub const MERGED_BYTES: usize = 32 * 1024 * 1024;

/// Rules of the style sheets in one page that hide, lay out or strike. Large real sheets have about 3,000.
pub const STYLE_RULES: usize = 20_000;

/// Rules of style sheets for one class, id or element, and classes of one element, that are looked at.
pub const STYLE_RULES_OF_ONE: usize = 256;

/// Characters of text that a page with scripts shows at least, if it is not made by them. The shortest real statement
/// has 600, a page with nothing but a frame around its text up to 150.
pub const SCRIPT_PAGE_CHARS: usize = 200;

/// Code points of a line that may be a title. The longest real heading above a permission table has 46.
pub const TITLE_CHARS: usize = 80;

/// Code points of a header cell in a table without a delimiter row. The longest real one has 38.
pub const HEADER_CELL_CHARS: usize = 60;

/// Lines over which one cell of a pipe table may be broken. The longest real one takes five.
pub const BROKEN_CELL_LINES: usize = 16;

/// Lines in which the end of front matter is looked for.
pub const FRONT_MATTER_LINES: usize = 200;

/// Bytes that are searched for the end of a link or an HTML tag in a line of a statement: keeps hostile lines linear.
/// The longest real link destination seen has 1,100.
pub const INLINE_LOOKAHEAD: usize = 4096;

/// Written names of one statement for which the nearest real names are looked up, which costs a pass over the book
/// each. Past this, unknown names come without suggestions. The most unknown names in a real statement are 40.
pub const SUGGESTIONS: usize = 64;

/// Bytes of a written name for which the nearest real names are looked up. The longest real name has 98.
pub const SUGGESTION_BYTES: usize = 128;

/// Times that running text may mention one thing in the same way before further mentions are left out, which could add
/// nothing to what is disclosed. The most in a real statement are 30.
pub const MENTIONS: usize = 64;

/// Doubts kept for one source: past this a single closing doubt says that there were more.
pub const DOUBTS: usize = 200;

/// Depth of groups in a protocol buffer. Parsers stop at 100; no message of Android's has one.
pub const GROUP_DEPTH: usize = 100;

/// Modules of a bundle and packages of a split set. A large set of splits should have about 300.
pub const MODULES: usize = 2_000;

/// Bytes of the manifests of all modules or packages of one set. A large set should come to about 10 MiB.
pub const MANIFESTS_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes of the resource tables that are read for all modules or packages of one set: that of the base, in real ones.
pub const RESOURCE_TABLES_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of a package that is compressed inside another archive: it is held while it is read. A stored one costs
/// nothing, whatever its size. Base packages of large apps should have about 150 MiB.
pub const NESTED_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes of all packages that are compressed inside one archive, which are inflated one after the other. A large app
/// should come to about 2 GiB, and is stored.
pub const NESTED_TOTAL_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Bytes of the list that a split set has of itself. Real ones should have below 100 KiB.
pub const SET_LIST_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes of a manifest merger report. Those of large apps should have about 3 MiB.
pub const MERGER_REPORT_BYTES: u64 = 64 * 1024 * 1024;

/// Prefixes that are bound at one place of a text document. Real manifests have up to five.
pub const XML_PREFIXES: usize = 1_000;

/// Attributes of one element of a text document, which are compared with one another. The most that Android knows of
/// one element are about 60.
pub const XML_ELEMENT_ATTRIBUTES: usize = 1_000;
