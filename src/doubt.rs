//! Doubts: reasons why a value that was read may be less than the truth.
//!
//! The two sets everything rests on (what a package declares, what a statement discloses) are either *whole*
//! or *at least this much*. [`Reading`] keeps that difference in the type.

use crate::limits;
use crate::source::Place;

/// A value together with every reason it may be less than the truth.
///
/// Whole when there is no doubt. It has neither `Default` nor `Deref`: nobody gets an empty value by accident,
/// and nobody reads the value without having the doubts in hand.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// What was read: exact when [`is_whole`](Self::is_whole), otherwise a lower bound.
    pub value: T,
    doubts: Vec<Doubt>,
}

impl<T> Reading<T> {
    /// A value read for certain.
    pub fn whole(value: T) -> Self {
        Self { value, doubts: Vec::new() }
    }

    /// A value with the doubts collected while it was read; whole when `doubts` is empty.
    pub fn new(value: T, doubts: Vec<Doubt>) -> Self {
        Self { value, doubts }
    }

    /// True when nothing was doubtful.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.doubts.is_empty()
    }

    /// The doubts, in the order in which they arose.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// Adds one doubt.
    pub fn doubt(&mut self, doubt: Doubt) {
        push(&mut self.doubts, doubt);
    }

    /// Hands the value out and moves its doubts into `into`, so that they go on to whatever is built from it.
    pub fn drain_into(self, into: &mut Vec<Doubt>) -> T {
        for doubt in self.doubts {
            push(into, doubt);
        }
        self.value
    }

    /// Applies `f` to the value and keeps the doubts.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: f(self.value), doubts: self.doubts }
    }

    /// Value and doubts apart.
    pub fn into_parts(self) -> (T, Vec<Doubt>) {
        (self.value, self.doubts)
    }
}

/// Adds `doubt` to `doubts` unless it is already there, and closes the list at [`limits::DOUBTS`].
///
/// The list is never emptied by this, so a reading with a doubt stays doubtful.
pub fn push(doubts: &mut Vec<Doubt>, doubt: Doubt) {
    match doubts.len().cmp(&limits::DOUBTS) {
        std::cmp::Ordering::Less => {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
        std::cmp::Ordering::Equal => doubts.push(Doubt {
            code: Code::LimitDoubts,
            message: format!("more than {} doubts: the rest is not listed", limits::DOUBTS),
            place: doubt.place,
        }),
        std::cmp::Ordering::Greater => {}
    }
}

/// One reason why a value may be less than the truth, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The stable code a script or `--accept-doubt` names.
    pub code: Code,
    /// One sentence with the measured facts: what the bytes say and what that leaves open.
    pub message: String,
    /// Where.
    pub place: Place,
}

impl Doubt {
    /// A doubt with `code` at `place`.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The stable code of a doubt or an error. The name never changes once released; `permaudit explain CODE`
        /// prints the text that stands here as its documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The name as printed and accepted on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// What the code means, in words.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc, "\n",)+),)+ }
            }
        }
    };
}

codes! {
    /// The bytes are none of the package kinds that permaudit reads.
    UnknownKind = "unknown-kind",
    /// The file is empty.
    EmptyFile = "empty-file",
    /// The operating system failed to read a part of the file that it says exists.
    ReadFailed = "read-failed",
    /// A part of the program failed on this input; the rest of the run went on.
    InternalFailure = "internal-failure",
    /// Reading or judging took longer than `--timeout` allows and was stopped, wherever it was. Nothing of what was read
    /// until then counts. Give it more time, or find out what is so large or so odd about the file.
    LimitTime = "limit-time",
    /// More doubts arose than are listed.
    LimitDoubts = "limit-doubts",

    // Archives (src/container/zip). "A device" is Android's libziparchive.

    /// The file has no end record, so it is no complete archive: most often the file was cut short by a copy or a
    /// download. A device refuses it. Compare its size or checksum with the original and fetch it again.
    ZipTruncated = "zip-truncated",
    /// There is an end record, but no central directory where it says, nor where a shifted archive would have it.
    /// A device refuses the archive. Build or fetch the file again.
    ZipNoDirectory = "zip-no-directory",
    /// The archive has no entries. A device refuses it.
    ZipEmpty = "zip-empty",
    /// The end record's comment does not end exactly at the end of the file: bytes follow it, or it announces more
    /// than there are. A device refuses the archive; other readers open it, and may pick another end record.
    ZipTrailingBytes = "zip-trailing-bytes",
    /// More than one end record could be meant. A device takes the last one in the file; other readers take
    /// another and see other entries. No packaging tool writes this.
    ZipSeveralEndRecords = "zip-several-end-records",
    /// The file does not begin with an entry: something stands before the archive (a script, an executable, a
    /// second document). A device refuses it; other readers count the offsets from where the archive begins.
    ZipPrefix = "zip-prefix",
    /// Bytes stand between the central directory and the end record, where signature checks allow none and another
    /// directory could hide. The directory that the end record points at was read, as a device does.
    ZipDirectoryGap = "zip-directory-gap",
    /// The records of the central directory do not fill exactly the bytes the end record announces. A device
    /// ignores what is left over and refuses a directory that is too short.
    ZipDirectorySize = "zip-directory-size",
    /// The end record announces another number of entries than the central directory holds. A device reads the
    /// announced number and refuses the archive when there are fewer; here every record that stands there was read.
    ZipRecordCount = "zip-record-count",
    /// A record of the central directory is cut short, has a wrong signature, or points at or behind the directory.
    /// A device refuses the archive. The entries up to a broken record were read.
    ZipRecordMalformed = "zip-record-malformed",
    /// The archive says that it is one volume of several. A device ignores these numbers; other readers refuse.
    ZipDiskNumbers = "zip-disk-numbers",
    /// A zip64 record, locator or extra field is missing, malformed, or contradicts the plain fields. A device uses
    /// the zip64 values only where a plain size or offset is saturated; other readers prefer them always.
    ZipZip64 = "zip-zip64",
    /// Two entries have the same name. A device refuses the archive; other readers take the first or the last.
    /// Both were read.
    ZipDuplicateName = "zip-duplicate-name",
    /// An entry's name holds a NUL character. A device refuses the archive; other readers cut the name there.
    /// The entry was found under the name cut at the NUL.
    ZipNameNul = "zip-name-nul",
    /// An entry's name is not UTF-8. Android refuses the archive; other systems take names as bytes.
    ZipNameNotUtf8 = "zip-name-not-utf8",
    /// An entry carries a second name in an Info-ZIP Unicode Path field, and one of the two is plain ASCII, so it
    /// is no translation of the other. A device ignores the field; other readers use it.
    ZipUnicodePath = "zip-unicode-path",
    /// Entries share bytes of the file. A device does not look; no packaging tool writes this, and bombs do.
    ZipOverlap = "zip-overlap",
    /// No local header stands where the central directory says that the entry begins. A device cannot open it.
    ZipLocalHeader = "zip-local-header",
    /// The local header and the central directory give the entry different names. A device refuses the entry;
    /// readers that go through the file from its start see the other name.
    ZipLocalName = "zip-local-name",
    /// Bytes between two entries belong to neither, and are enough to hold an entry that the directory does not list.
    /// iOS, which goes through the file from its start, would see it. Pack the app again.
    ZipEntryGap = "zip-entry-gap",
    /// The local header and the central directory disagree on sizes or checksum. A device refuses the entry,
    /// unless a data descriptor is announced; readers that go through the file from its start use the local values.
    ZipLocalSizes = "zip-local-sizes",
    /// The local header and the central directory name different compression methods. A device uses the central
    /// directory's; readers that go through the file from its start use the other.
    ZipLocalMethod = "zip-local-method",
    /// The entry is marked as encrypted. A device ignores the mark and reads the bytes as they are, and so did this
    /// reading; other readers ask for a password.
    ZipEncryptedFlag = "zip-encrypted-flag",
    /// The compression method is neither 0 (stored) nor 8 (deflated). A device reads such an entry as stored.
    ZipUnknownMethod = "zip-unknown-method",
    /// A stored entry has two different sizes. Android reads the uncompressed size, other
    /// readers the compressed size.
    ZipStoredSize = "zip-stored-size",
    /// The entry's bytes reach into the central directory or past the end of the file. A device refuses the entry;
    /// what lies before that was read.
    ZipEntryRange = "zip-entry-range",
    /// The compressed bytes are no complete deflate stream. A device refuses the entry; what could be inflated
    /// was read.
    ZipDeflateBroken = "zip-deflate-broken",
    /// Bytes follow the end of the deflate stream inside the entry. A device reads the stream and ignores them.
    ZipDeflateTail = "zip-deflate-tail",
    /// The entry inflates to another length than the archive declares. A device refuses the entry; the real
    /// bytes were read.
    ZipInflatedSize = "zip-inflated-size",
    /// The checksum of the entry is wrong. A device never looks; other readers refuse. The file was changed after
    /// it was packed, or damaged.
    ZipCrcMismatch = "zip-crc-mismatch",
    /// The archive has more entries than are read.
    LimitArchiveEntries = "limit-archive-entries",
    /// The central directory is larger than is read.
    LimitDirectoryBytes = "limit-directory-bytes",
    /// An entry is larger, after decompression, than its use allows.
    LimitEntryBytes = "limit-entry-bytes",

    // Binary XML (src/format/axml.rs). "A device" is Android's libandroidfw. No packaging tool writes any of these.

    /// The binary XML ends before its own header says. A device refuses it. Most often the file was cut short.
    AxmlTruncated = "axml-truncated",
    /// A part of the binary XML has sizes that contradict each other or the document. A device gives up there; what
    /// came before was read. The file is damaged or was altered.
    AxmlBadChunk = "axml-bad-chunk",
    /// The string pool is missing or a device refuses it. Without it nothing has a name.
    AxmlStringPool = "axml-string-pool",
    /// The binary XML holds no element. A device refuses it.
    AxmlNoElement = "axml-no-element",
    /// The document's type number is not that of binary XML. Recent releases refuse it, earlier ones read it.
    AxmlType = "axml-type",
    /// A header is larger or smaller than it is by the format. A device honours the odd size, other readers assume
    /// the usual one and see other content.
    AxmlHeaderSize = "axml-header-size",
    /// Bytes follow the end that the document's header gives. A device ignores them.
    AxmlTrailingBytes = "axml-trailing-bytes",
    /// A chunk of an unknown type. A device skips it, other readers stop there.
    AxmlUnknownChunk = "axml-unknown-chunk",
    /// More than one string pool or resource map. A device takes the last one before the first node.
    AxmlRepeatedChunk = "axml-repeated-chunk",
    /// The table of the string pool and its strings do not lie as they do in every tool's output: the number of
    /// strings or styles may be a lie. A device reads it as long as everything fits.
    AxmlPoolLayout = "axml-pool-layout",
    /// Bytes follow the content of a node. A device skips them.
    AxmlNodeSize = "axml-node-size",
    /// Attributes have an unusual size or start. A device honours both, other readers assume 20 bytes.
    AxmlAttributeLayout = "axml-attribute-layout",
    /// Attributes reach out of their node. A device reads what stands there.
    AxmlAttributeBounds = "axml-attribute-bounds",
    /// Attributes are not in the order of their ids, so that a device misses one that others find. It was taken into
    /// the declared set.
    AxmlAttributeOrder = "axml-attribute-order",
    /// An element has the same attribute more than once. A device takes the first, other readers the last. All were
    /// taken into the declared set.
    AxmlAttributeRepeated = "axml-attribute-repeated",
    /// An attribute has the name of one that counts, but another id. A device goes by the id, other readers by the
    /// name. It was taken into the declared set.
    AxmlAttributeName = "axml-attribute-name",
    /// An attribute's id is that of one that counts, but in a package whose meaning the app's resource table can
    /// change. It was taken into the declared set.
    AxmlAttributePackage = "axml-attribute-package",
    /// A string that counts is not in the string pool or cannot be read. A device refuses the document, or sees
    /// nothing.
    AxmlStringIndex = "axml-string-index",
    /// A string that counts holds a NUL character. A device cuts it there in one encoding and keeps it in the other.
    /// Both readings were taken.
    AxmlStringNul = "axml-string-nul",
    /// A string that counts is not valid in its encoding. Releases of Android decode it differently. Every reading
    /// was taken.
    AxmlStringEncoding = "axml-string-encoding",
    /// A string that counts states a wrong length in UTF-16 units. A device ignores that length, other readers cut or
    /// refuse the string.
    AxmlStringLength = "axml-string-length",
    /// An end tag has another name than the element it closes. A device never compares them, so elements stand
    /// elsewhere than their names suggest.
    AxmlMismatchedEnd = "axml-mismatched-end",
    /// Elements are still open at the end of the document. A device does not mind. The document may have been cut.
    AxmlMissingEnd = "axml-missing-end",
    /// An end tag where no element is open. A device goes on, other readers stop.
    AxmlExtraEnd = "axml-extra-end",
    /// An element stands after the end of the first root. A device does not read it.
    AxmlSeveralRoots = "axml-several-roots",
    /// The document has more nodes than are read.
    LimitXmlNodes = "limit-xml-nodes",
    /// Elements are nested deeper than is read.
    LimitXmlDepth = "limit-xml-depth",
    /// The document claims more attributes than are read.
    LimitXmlAttributes = "limit-xml-attributes",
    /// The document has more strings, or uses more bytes of them, than are read.
    LimitStrings = "limit-strings",

    // Protocol buffers (src/format/protobuf.rs, proto_xml.rs): the manifest of a bundle.

    /// The message is malformed or cut short. Every parser refuses it, and so does bundletool.
    ProtoMalformed = "proto-malformed",
    /// A text in the message is not valid UTF-8. Every parser refuses it.
    ProtoEncoding = "proto-encoding",
    /// The document has no element. An empty file is a valid message and no manifest.
    ProtoNoElement = "proto-no-element",
    /// An element has no name.
    ProtoNoName = "proto-no-name",
    /// A field that can have one value has more, or a node is more than one thing. Parsers take the last or merge
    /// them; all readings were taken together.
    ProtoRepeated = "proto-repeated",
    /// A field has a wire type that it cannot have. Parsers skip it; a careless reader may not.
    ProtoWireType = "proto-wire-type",
    /// A number has more bytes than it needs, or a field is a group. Parsers read it; no tool writes it.
    ProtoUnusual = "proto-unusual",
    /// An attribute is given more than once, or its name and its resource id contradict each other. The id decides; all
    /// readings were taken together.
    ProtoAttribute = "proto-attribute",
    /// The compiled value of an attribute is none, or more than one.
    ProtoItem = "proto-item",

    // XML as text (src/format/xml.rs).

    /// The XML is not well-formed: every parser refuses it. The message says where and why.
    XmlMalformed = "xml-malformed",
    /// The text is not in the encoding that it declares, is broken in it, or the encoding is not supported. Save it as
    /// UTF-8.
    XmlEncoding = "xml-encoding",
    /// The document has a DOCTYPE. Declarations in it can bring in elements, attributes and names that stand nowhere in
    /// the text. Remove it: no manifest needs one.
    XmlDoctype = "xml-doctype",
    /// An attribute is given in another namespace than Android's, or in none. aapt2 compiles it to an attribute that a
    /// device does not look at; other readers go by the name. It was taken into the reading.
    XmlAttributeNamespace = "xml-attribute-namespace",
    /// A name holds a backslash, which aapt2 takes for an escape. Both readings were taken together.
    XmlEscape = "xml-escape",

    // Android packages (src/platform/android). "A device" is Android's package parser.

    /// A part of the package has the form that another kind of package has there. A device does not read it so.
    UnsupportedKind = "unsupported-kind",
    /// The archive holds what tells more than one kind of package. It was read as the first of them; what it declares
    /// as another is open. No packaging tool writes this.
    SeveralKinds = "several-kinds",
    /// The archive has no AndroidManifest.xml at its root, and nothing that tells another kind of package. A device
    /// does not install it. The name counts byte for byte: another case or a leading slash is another file.
    AndroidNoManifest = "android-no-manifest",
    /// AndroidManifest.xml is empty.
    AndroidEmptyManifest = "android-empty-manifest",
    /// AndroidManifest.xml is XML in text form. A device reads the compiled form alone. This is a source manifest,
    /// or the archive was not made by aapt2.
    AndroidTextManifest = "android-text-manifest",
    /// The archive has several manifests, or one that different readers see differently. All readings were taken
    /// together.
    AndroidSeveralManifests = "android-several-manifests",
    /// The first element is not `<manifest>`. A device refuses the package.
    AndroidRootElement = "android-root-element",
    /// A permission is requested where a device does not look, or where only some releases look: deeper than directly
    /// under `<manifest>`, or after its end. It was taken into the declared set. Move the element, or remove it.
    AndroidMisplacedPermission = "android-misplaced-permission",
    /// A permission is requested or defined without a name, or with an empty one. A device requests nothing by it.
    AndroidNoName = "android-no-name",
    /// The name of a requested permission is not text but a reference or a number. A device requests nothing by it;
    /// the text behind it was taken into the declared set. Write the name out.
    AndroidNameNotText = "android-name-not-text",
    /// The compiled name of a permission and the text kept from its source differ. A device takes the compiled one,
    /// other readers the text. Both were taken into the declared set.
    AndroidNameRaw = "android-name-raw",
    /// The permission that a service or a receiver demands of its caller is a reference that leads to no one text, or
    /// cannot be read: it may be the guard of an accessibility service or the like. Every guard behind it was taken into
    /// the declared set. Write the name out.
    AndroidGuardUnresolved = "android-guard-unresolved",
    /// The same permission is requested twice with different usesPermissionFlags. Recent releases refuse to install
    /// the package.
    AndroidConflictingFlags = "android-conflicting-flags",
    /// Several `<uses-sdk>` elements give different levels. A device takes the last; what it adds by itself was
    /// computed for the lowest.
    AndroidSeveralUsesSdk = "android-several-uses-sdk",
    /// An API level in `<uses-sdk>` is a number written as text. A device takes text for the name of an unreleased
    /// version and refuses the package.
    AndroidSdkText = "android-sdk-text",
    /// An API level in `<uses-sdk>` is a reference that cannot be resolved to one number. What a device adds by itself
    /// was computed for the lowest level.
    AndroidSdkUnresolved = "android-sdk-unresolved",
    /// The package is one split of an app. A device takes permissions from the base package alone, so this file does
    /// not stand for the app. Check the base package, or the whole set.
    AndroidSplitApk = "android-split-apk",
    /// The manifest is the source of an app, not what a build makes of it: libraries add permissions, variants and
    /// `tools:` attributes add and take away, placeholders stand for names. Check the built package, or the merged
    /// manifest under build/intermediates.
    AndroidUnmerged = "android-unmerged",
    /// The name of a permission holds a placeholder (`${…}`), which the build of the app fills in.
    AndroidPlaceholder = "android-placeholder",
    /// A permission is marked so that a build takes it out (`tools:node="remove"`) or changes it. Whether it is in the
    /// app depends on the other manifests; it was taken into the declared set.
    AndroidBuildMarker = "android-build-marker",
    /// The file looks like an encrypted split set (an `.apkm` of before 2021). It cannot be read without the key that
    /// its installer holds. Get the app in another form.
    AndroidEncryptedSet = "android-encrypted-set",
    /// A split set has no base package, so that it is not known what a device takes from it.
    AndroidNoBase = "android-no-base",
    /// The packages of a set, or the modules of a bundle, are not of one app: their package names or versions differ.
    /// A device refuses to install them together. All were read.
    AndroidSetDisagrees = "android-set-disagrees",
    /// The list that a split set has of itself cannot be read. Nothing is taken from it but a comparison.
    AndroidSetList = "android-set-list",
    /// The manifest merger report cannot be read, or is not the one of this manifest: which library brought a
    /// permission in is not established. Name the report of the same variant and build.
    AndroidMergerReport = "android-merger-report",
    /// The set has more packages, or the bundle more modules, than are read.
    LimitModules = "limit-modules",
    /// The package declares more than is read.
    LimitDeclarations = "limit-declarations",

    // Statements (src/statement).

    /// The statement is not text that permaudit reads: a binary file, an image, or a document in another format.
    /// Hand in the statement as Markdown, plain text, DOCX, PDF or CSV.
    StatementNotText = "statement-not-text",
    /// The statement is text in an encoding that it does not declare, or that permaudit does not read. Save it as UTF-8.
    StatementEncoding = "statement-encoding",
    /// The statement declares one encoding and is in another. It was read in the one that it is in, but a browser goes
    /// by the declaration and may show its readers another text. Correct the declaration.
    StatementEncodingContradiction = "statement-encoding-contradiction",
    /// The statement does not declare its encoding and is too short to tell it. It was read as GB18030. Save it as
    /// UTF-8.
    StatementEncodingGuess = "statement-encoding-guess",
    /// Some bytes of the statement are not valid in its encoding. They are read as U+FFFD, so a name that holds them is
    /// not recognised. Save the file anew as UTF-8.
    StatementInvalidBytes = "statement-invalid-bytes",
    /// A heading promises permissions, but what follows is an image, a link or a table that could not be read, and
    /// nothing else in the statement discloses a permission for that platform. Hand in the text behind it, or accept
    /// the doubt when the statement really discloses nothing.
    StatementUnreadableTable = "statement-unreadable-table",
    /// The document (DOCX, PDF) contradicts itself, or a part of it is missing: Word or a PDF reader would refuse or
    /// repair it. Open it there and save it anew.
    StatementDocumentMalformed = "statement-document-malformed",
    /// The document is encrypted with a password. Save it without one.
    StatementDocumentEncrypted = "statement-document-encrypted",
    /// A part of the document stands in a file of its own inside it, and was not read. Open the document in Word and
    /// save it anew, which takes the part in.
    StatementDocumentPart = "statement-document-part",
    /// A page of the PDF shows pictures and no text, or no page has any: it was scanned, or exported as a picture. What
    /// stands there was not read. Export the document with its text.
    StatementPageWithoutText = "statement-page-without-text",
    /// A font of the PDF does not say which characters its glyphs are, so that copying gives garbage. What is written in
    /// it was not read. Export the document anew, with fonts embedded as Unicode.
    StatementFontWithoutText = "statement-font-without-text",
    /// Text of the PDF runs upwards, downwards or aslant. It was not read. Turn the page in the document that it was
    /// made from.
    StatementTextTurned = "statement-text-turned",
    /// A table of the PDF has neither lines nor gaps that tell its cells apart, so its rows were not read. Draw lines
    /// around the cells, export the document as tagged PDF, or hand in the document that it was made from.
    StatementTableColumns = "statement-table-columns",
    /// The PDF has more pages, operators or bytes than permaudit reads, or a stream of it could not be unpacked.
    LimitPdf = "limit-pdf",
    /// Cells that reach over several rows or columns hold more text, counted in each of them, than is read.
    LimitSpannedText = "limit-spanned-text",
    /// Scripts make the text of this page, and permaudit runs none. Save the page from a browser once it is shown
    /// whole (a complete page, not its source), or hand in the text.
    StatementScriptPage = "statement-script-page",
    /// The HTML page has more texts, elements or character references than permaudit reads; the rest is not read.
    LimitHtmlNodes = "limit-html-nodes",
    /// Elements of the HTML page are nested deeper than permaudit reads.
    LimitHtmlDepth = "limit-html-depth",
    /// The style sheets in the HTML page have more rules than permaudit reads, so that something may be hidden.
    LimitHtmlStyles = "limit-html-styles",
    /// The statement has more bytes than permaudit reads.
    LimitStatementBytes = "limit-statement-bytes",
    /// A paragraph, item or cell of the statement has more text than permaudit reads in one; it is not read. Break it
    /// into the lines and paragraphs that it had.
    LimitParagraphBytes = "limit-paragraph-bytes",
    /// The statement has more rows, items and mentions of permissions than permaudit reads; the rest is not read.
    LimitDisclosures = "limit-disclosures",
    /// A table of the statement has more rows than permaudit reads; the rest is not read.
    LimitTableRows = "limit-table-rows",

    // Property lists (src/format/plist*). "A device" is CoreFoundation on iOS.

    /// The bytes are no property list: neither binary, nor XML, nor the old text form. JSON is none either. A device
    /// reads nothing from such a file.
    PlistUnreadable = "plist-unreadable",
    /// The text of a property list is not in the encoding that it declares, or the encoding is not supported here.
    /// A device honours the declaration or refuses the file. Save it as UTF-8.
    PlistEncoding = "plist-encoding",
    /// The text is UTF-16 without a byte order mark. Releases of iOS read such a file differently.
    PlistNoByteOrderMark = "plist-no-byte-order-mark",
    /// A character of the text is broken in its encoding. A device refuses the file or the string.
    PlistBrokenText = "plist-broken-text",
    /// The XML is not well-formed, is cut short, or holds an element that no property list has. A device refuses it.
    PlistXmlMalformed = "plist-xml-malformed",
    /// The XML refers to an entity that it does not define. A device refuses the file; other readers drop the
    /// reference, and with it a part of a key.
    PlistXmlEntity = "plist-xml-entity",
    /// The XML is such that a device and other readers divide it into different elements: an odd comment, a `>` in an
    /// attribute or a DOCTYPE. No tool writes this. Keys can be hidden in it.
    PlistXmlAmbiguous = "plist-xml-ambiguous",
    /// The XML has something that property lists do not have: an attribute other than `version`, a processing
    /// instruction, a comment or another element inside a text. Some readers refuse it.
    PlistXmlUnusual = "plist-xml-unusual",
    /// The binary property list contradicts itself, and a device refuses it: sizes, offsets or counts that do not fit,
    /// references of one byte with 256 objects or more, an unknown kind of object.
    PlistBinaryMalformed = "plist-binary-malformed",
    /// An object of the binary property list contains itself. A device refuses it.
    PlistBinaryCycle = "plist-binary-cycle",
    /// The file begins like a binary property list and is none that a device accepts; a device then reads it as text,
    /// and so did this reading.
    PlistBinaryAsText = "plist-binary-as-text",
    /// The old text form of the property list is malformed. A device refuses the whole file, even for one missing
    /// semicolon. `plutil -lint` names the line.
    PlistTextMalformed = "plist-text-malformed",
    /// Something follows the end of the property list. A device ignores it; other readers refuse the file or read on.
    PlistTrailing = "plist-trailing",
    /// A dictionary has one key twice, with different values. Devices take the first or the last by the encoding;
    /// both were read.
    PlistDuplicateKey = "plist-duplicate-key",
    /// A key of a dictionary is empty or no text. A device drops it; a reader that gives an empty key may have lost
    /// the real one.
    PlistKey = "plist-key",
    /// A value is missing, or is not written as its type wants it. A device refuses the file.
    PlistValue = "plist-value",
    /// The property list is nested deeper than a device reads.
    LimitPlistDepth = "limit-plist-depth",
    /// The property list has more values than are read. A few bytes can stand for millions of values when objects
    /// refer to one another.
    LimitPlistValues = "limit-plist-values",
    /// The texts of the property list take more memory than is given to them.
    LimitPlistText = "limit-plist-text",

    // Executables and signatures (src/format/macho.rs, code_signature.rs, der.rs). "A device" is the kernel of iOS.

    /// The executable is no Mach-O file, or its header contradicts itself. A device does not start it.
    MachoMalformed = "macho-malformed",
    /// The executable ends before something that it refers to. It was cut short by a copy, or its header lies.
    MachoTruncated = "macho-truncated",
    /// The parts of the executable lie so that they cannot be read in a few passes, or the entry has fewer bytes than it
    /// announces. No linker writes this.
    MachoScattered = "macho-scattered",
    /// The code signature contradicts itself: sizes, offsets or numbers that do not fit. A device kills the app.
    SignatureMalformed = "signature-malformed",
    /// The executable has more than one code signature, or a signature has two blobs of entitlements in one slot. A
    /// device kills the app. All were read.
    SignatureRepeated = "signature-repeated",
    /// The entitlements are not those that were signed: their hash is not the one in the signature, or they were
    /// taken out. A device kills the app. Sign it again.
    SignatureHash = "signature-hash",
    /// The entitlements in XML and those in DER, or those of two slices, are not the same. Devices differ in which
    /// they take. All were read.
    EntitlementsDisagree = "entitlements-disagree",
    /// The executable has more signatures, or more bytes of entitlements, than are read. No real one comes near.
    LimitExecutableParts = "limit-executable-parts",
    /// A part in DER is malformed or cut short. A device refuses it.
    DerMalformed = "der-malformed",
    /// The provisioning profile is not the signed envelope that it has to be.
    CmsMalformed = "cms-malformed",

    // Folders (src/container/folder.rs).

    /// A symbolic link leads out of the folder, or nowhere. It was not followed. Packaging may replace it by what it
    /// leads to: check the built package.
    FolderLinkOutside = "folder-link-outside",
    /// The folder has more files, or is nested deeper, than is read.
    LimitFolderFiles = "limit-folder-files",

    // Apple packages (src/platform/ios).

    /// There is no Info.plist where an app must have one. A device does not install it.
    IosNoInfoPlist = "ios-no-info-plist",
    /// The bundle has several files that could be its Info.plist. Which one a device takes depends on the platform,
    /// the layout and the file system. All were read.
    IosSeveralInfoPlists = "ios-several-info-plists",
    /// The package holds several apps side by side. A device installs one. All were read.
    IosSeveralApps = "ios-several-apps",
    /// The Info.plist, the strings file or the privacy manifest is a property list, but no dictionary. A device takes
    /// it for an empty one.
    IosNotADictionary = "ios-not-a-dictionary",
    /// The Info.plist has no identifier and declares nothing: it is empty, a fragment, or another file than it seems.
    IosNoIdentifier = "ios-no-identifier",
    /// The executable that the Info.plist names is not in the package, so its entitlements are not known.
    IosNoExecutable = "ios-no-executable",
    /// An entry of the archive is a symbolic link inside an app. What a device sees in its place was not read.
    IosSymbolicLink = "ios-symbolic-link",
    /// An entry's name leads out of the archive (`..`). Installers refuse it or read it as another name.
    IosEntryPath = "ios-entry-path",

    // JSON (src/format/json). "A device" is HarmonyOS.

    /// The text is no JSON, or is cut short. A device does not install the package. The place is where reading stopped.
    JsonMalformed = "json-malformed",
    /// The text has something of JSON5 that JSON does not have: a comma too many, a key without quotes. Build tools read
    /// that in a source; a device refuses it in a package. It was read.
    JsonNotStrict = "json-not-strict",
    /// A string holds bytes that are no UTF-8, or half of a surrogate pair. A device refuses the whole text; other
    /// readers keep it. It was read with U+FFFD in that place.
    JsonText = "json-text",
    /// Something follows a NUL, where a device stops reading and other readers go on or refuse the text.
    JsonTrailing = "json-trailing",
    /// A comment ends at different places for different readers. What stands between could be hidden from one of them.
    JsonAmbiguous = "json-ambiguous",
    /// An object has a key twice, and what it holds counts. A device takes the last, other readers the first. Both were
    /// read.
    JsonDuplicateKey = "json-duplicate-key",
    /// Objects and arrays are nested deeper than is read.
    LimitJsonDepth = "limit-json-depth",

    // Resource tables of HarmonyOS (src/format/resources_index.rs).

    /// The `resources.index` contradicts itself or is cut short, so texts in it may be missing. A device shows no text,
    /// or does not start the app.
    IndexMalformed = "index-malformed",
    /// The `resources.index` is of a version that is not known. It was read as the newest that is, as a device does.
    IndexVersion = "index-version",
    /// The `resources.index` has more entries than are looked at.
    LimitIndexSteps = "limit-index-steps",

    // HarmonyOS packages (src/platform/harmony). "A device" is its bundle manager.

    /// The package has no module.json and no config.json, and holds no package that has one. A device does not install
    /// it.
    HarmonyNoManifest = "harmony-no-manifest",
    /// A module has both a module.json and a config.json, or one of them twice. Releases differ in which they read. All
    /// were read.
    HarmonySeveralManifests = "harmony-several-manifests",
    /// A value of the manifest is not of the type that a device wants there, so that it refuses the package or drops the
    /// value. What could be taken for a permission was taken into the declared set.
    HarmonyWrongType = "harmony-wrong-type",
    /// A permission is requested or defined without a name, or with an empty one.
    HarmonyNoName = "harmony-no-name",
    /// Permissions are requested by the key of the other model: `reqPermissions` in a module.json, `requestPermissions`
    /// in a config.json. A device does not look there. They were taken into the declared set.
    HarmonyOtherModel = "harmony-other-model",
    /// A module requests more permissions than a device accepts. All were read.
    HarmonyTooManyRequests = "harmony-too-many-requests",
    /// The manifest is that of a source tree: the build adds the permissions of the libraries that the module uses. Check
    /// the built package, or accept the doubt when the module uses none that has any.
    HarmonySourceManifest = "harmony-source-manifest",
    /// The pack.info of an app is missing or unreadable, or lists other modules than are inside. What is inside was read.
    HarmonyPackInfo = "harmony-pack-info",
    /// The packages of one app have different bundle names. A device installs them as different apps. All were read.
    HarmonySeveralApps = "harmony-several-apps",
}

impl Code {
    /// What to do about a limit that was reached; `None` for a code that is none. Others say it in their meaning.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        match self.name() {
            "limit-time" => {
                Some("give it more time with --timeout SECONDS, or find out what makes the file so slow to read")
            }
            name if name.starts_with("limit-") => Some(
                "find out what makes the file so large; the limit is fixed, far above what real files have, and a report \
                 to the project raises it where one needs more. --accept-doubt goes on with what was read, if anything was",
            ),
            _ => None,
        }
    }

    /// The code that is printed as `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_names_are_unique_and_kebab_case() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{name}");
            assert_eq!(Code::from_name(name).map(Code::name), Some(name));
        }
    }

    #[test]
    fn a_full_list_of_doubts_stays_doubtful_and_says_that_it_was_cut() {
        let mut doubts = Vec::new();
        for offset in 0..1000 {
            push(&mut doubts, Doubt::new(Code::UnknownKind, Place::file("a").at(offset), "x"));
        }
        assert_eq!(doubts.len(), limits::DOUBTS + 1);
        assert_eq!(doubts.last().map(|d| d.code), Some(Code::LimitDoubts));
    }
}
