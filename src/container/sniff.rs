//! What a file is, by its content; and, for a file that is no package, what it looks like.

use super::zip;
use crate::deadline;
use crate::doubt::Code;
use crate::error::Error;
use crate::source::Source;

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// An archive: a local file header at the start, or an end record at the end.
    Zip,
    /// A binary XML document (chunk type 0x0003).
    Axml,
    /// A property list: binary, XML, or the old text form.
    Plist,
    /// A text that begins with an object of JSON, as the manifest of a HarmonyOS module does.
    Json,
    /// An AndroidManifest.xml in text form: XML whose root is `manifest`.
    ManifestXml,
    /// A set of packages that is encrypted: an `.apkm` of before 2021.
    EncryptedSet,
}

/// Bytes looked at to say what an unknown file looks like.
const HEAD: u64 = 4096;

/// Bytes in which the first element of a text document is looked for, behind its comments. Licences have up to 12 KiB.
const PROLOG: u64 = 256 * 1024;

/// What the first bytes of well-known files are, and what a release engineer calls such a file.
const LOOKS: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "gzip data (a .tar.gz or a compressed file: unpack it first)"),
    (b"\xfd7zXZ\x00", "xz data (unpack it first)"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data (unpack it first)"),
    (b"BZh", "bzip2 data (unpack it first)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive (unpack it first)"),
    (b"Rar!\x1a\x07", "a RAR archive (unpack it first)"),
    (b"ANDROID BACKUP", "an Android backup"),
    (b"dex\n", "a DEX file (the code of an APK, without its manifest)"),
    (b"oat\n", "an OAT file"),
    (b"\x7fELF", "an ELF binary (a native library or executable)"),
    (b"MZ", "a Windows executable"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O binary (the executable of an app, without its bundle)"),
    (b"\xce\xfa\xed\xfe", "a Mach-O binary (the executable of an app, without its bundle)"),
    (b"\xca\xfe\xba\xbe", "a universal Mach-O binary or a Java class file"),
    (b"\x02\x00\x0c\x00", "a compiled resource table (resources.arsc)"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"-----BEGIN ", "a PEM file (a key or certificate)"),
    (b"version https://git-lfs", "a Git LFS pointer (fetch the real file with git lfs pull)"),
];

/// Decides what `source` is.
///
/// # Errors
/// `empty-file`, `unknown-kind` (with the first bytes and what they look like), `read-failed`.
pub fn sniff(source: &Source) -> Result<Sniffed, Error> {
    if source.is_empty() {
        return Err(Error::new(Code::EmptyFile, source.place().at(0), "the file is empty"));
    }
    let head = source.read_vec(0, source.len().min(HEAD))?;
    if head.starts_with(b"PK\x03\x04") {
        return Ok(Sniffed::Zip);
    }
    // Before anything else the head may be: what a package hides behind another document is still a package.
    if zip::has_directory(source)? {
        return Ok(Sniffed::Zip);
    }
    if is_axml(&head, source.len()) {
        return Ok(Sniffed::Axml);
    }
    if is_plist(&head) {
        return Ok(Sniffed::Plist);
    }
    if is_object(&head) {
        return Ok(Sniffed::Json);
    }
    if let Some(root) = xml_root(source, &head)?
        && root == "manifest"
    {
        return Ok(Sniffed::ManifestXml);
    }
    if is_encrypted_set(&head) {
        return Ok(Sniffed::EncryptedSet);
    }
    let first: Vec<String> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let message = format!("this is no package that can be read: it looks like {} ({})", look(&head), first.join(" "));
    Err(Error::new(Code::UnknownKind, source.place().at(0), message))
}

/// A `ResChunk_header` of type `RES_XML_TYPE` (0x0003). A device does not check the type of the outer chunk
/// (`ResXMLTree::setTo`), so any other type passes when the size is the file's and a string pool follows.
fn is_axml(head: &[u8], len: u64) -> bool {
    let u16_at = |at: usize| head.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes));
    let size = head.get(4..).and_then(|bytes| bytes.first_chunk()).map(|bytes| u32::from_le_bytes(*bytes));
    let (Some(kind), Some(header), Some(size)) = (u16_at(0), u16_at(2), size) else { return false };
    let plausible = header >= 8 && u64::from(header) <= len;
    let pool_follows = header == 8 && u64::from(size) == len && u16_at(8) == Some(0x0001);
    (kind == 0x0003 && plausible) || (pool_follows && u16_at(10) == Some(28))
}

/// The name of the first element of an XML text, without prefix; `None` for anything else.
fn xml_root(source: &Source, head: &[u8]) -> Result<Option<String>, Error> {
    let head_text = ascii(head);
    if !head_text.trim_start().starts_with('<') {
        return Ok(None);
    }
    let longer = ascii(&source.read_vec(0, source.len().min(PROLOG))?);
    let mut rest = longer.trim_start();
    loop {
        deadline::step();
        if let Some(doctype) = rest.strip_prefix("<!DOCTYPE") {
            // It names the root; what it declares may hold anything.
            return Ok(word(doctype.trim_start()));
        }
        let end = [("<?", "?>"), ("<!--", "-->")];
        let Some((_, close)) = end.iter().find(|(open, _)| rest.starts_with(open)) else { break };
        let Some((_, after)) = rest.split_once(close) else { return Ok(None) };
        rest = after.trim_start();
    }
    Ok(rest.strip_prefix('<').and_then(word))
}

/// The name at the start of `text`, without its prefix.
fn word(text: &str) -> Option<String> {
    let name = text.split(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '[')).next()?;
    Some(name.rsplit(':').next().unwrap_or(name).to_owned())
}

/// The text of a file as far as it is ASCII: enough to tell it. The characters of UTF-16 are told from its zero bytes.
fn ascii(bytes: &[u8]) -> String {
    let is_wide =
        bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.iter().take(2).any(|&b| b == 0);
    let text: Vec<u8> = if is_wide {
        bytes.iter().copied().filter(|&byte| byte != 0 && byte < 0xfe).collect()
    } else {
        bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).to_vec()
    };
    String::from_utf8_lossy(&text).into_owned()
}

/// The head of an encrypted set, as `.apkm` files of before 2021 have it: a version, the number of a
/// password hash of libsodium (1 or 2), its limits for time and memory and the size of a piece, each in 64 bits.
fn is_encrypted_set(head: &[u8]) -> bool {
    let number = |at: usize| head.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let (Some(kind), Some(time), Some(memory), Some(piece)) = (head.get(1), number(2), number(10), number(18)) else {
        return false;
    };
    matches!(kind, 1 | 2)
        && (1..=1 << 10).contains(&time)
        && (1 << 13..=1 << 29).contains(&memory)
        && (1 << 8..=1 << 30).contains(&piece)
}

/// A property list by its first bytes: the binary magic, XML whose root is `plist` or `dict`, or the old text form,
/// which no other format shares: a key, `=`, a value and `;`. JSON has a colon in that place.
fn is_plist(head: &[u8]) -> bool {
    if head.starts_with(b"bplist") {
        return true;
    }
    let text = ascii(head);
    let mut rest = text.trim_start();
    // Over the prolog and comments.
    loop {
        deadline::step();
        let end = [("<?", "?>"), ("<!--", "-->"), ("<!", ">"), ("/*", "*/"), ("//", "\n")];
        let Some((_, close)) = end.iter().find(|(open, _)| rest.starts_with(open)) else { break };
        let Some((_, after)) = rest.split_once(close) else { return false };
        rest = after.trim_start();
    }
    if let Some(tag) = rest.strip_prefix('<') {
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').next();
        return matches!(name, Some("plist" | "dict"));
    }
    let inside = rest.strip_prefix('{').unwrap_or(rest).trim_start();
    let after_key = if let Some(quote @ ('"' | '\'')) = inside.chars().next() {
        inside.get(1..).and_then(|key| key.split_once(quote)).map(|(_, after)| after)
    } else {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '/' | ':' | '.' | '-');
        let key = inside.find(|c| !is_bare(c)).filter(|&end| end > 0);
        key.and_then(|end| inside.get(end..))
    };
    after_key.is_some_and(|after| after.trim_start().starts_with('=') && after.contains(';'))
}

/// Text in UTF-8 whose first sign, over blanks and comments, opens an object of JSON or JSON5.
fn is_object(head: &[u8]) -> bool {
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    loop {
        deadline::step();
        let end: &[u8] = match rest {
            [b'/', b'*', ..] => b"*/",
            [b'/', b'/', ..] => b"\n",
            [first, ..] => return *first == b'{',
            [] => return false,
        };
        let Some(at) = rest.windows(end.len()).skip(2).position(|window| window == end) else { return false };
        rest = rest.get(at + 2 + end.len()..).unwrap_or_default().trim_ascii_start();
    }
}

/// What the bytes look like, in words.
fn look(head: &[u8]) -> &'static str {
    if let Some((_, look)) = LOOKS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return look;
    }
    if head.get(257..262) == Some(b"ustar") {
        return "a tar archive (unpack it first)";
    }
    if head.iter().all(|&byte| byte == 0) {
        return "zero bytes (an interrupted download or a damaged disk)";
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return "UTF-16 text";
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The piece that was read may end inside a character.
        Err(error) if error.error_len().is_none() => {
            head.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
        }
        Err(_) => return "binary data of no known kind",
    };
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}')) || text.is_empty() {
        return "binary data of no known kind";
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let starts_with = |prefix: &str| start.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    if starts_with("<!doctype html") || starts_with("<html") {
        "an HTML page (an error or login page saved in place of a download?)"
    } else if start.starts_with("<?xml") || start.starts_with("<manifest") || start.starts_with("<plist") {
        "XML text"
    } else if start.starts_with('[') {
        "JSON text"
    } else {
        "text"
    }
}
