//! What a statement is written in, by its content, and the reader for it.

use super::block::Block;
use super::csv;
use super::docx;
use super::html;
use super::markdown;
use super::mhtml;
use super::pdf;
use super::text::Text;
use crate::doubt::{Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::Source;

/// A statement as every pass sees it: text that leads back to the file, and blocks over that text.
pub(super) struct Document {
    pub(super) text: Text,
    pub(super) blocks: Vec<Block>,
}

/// Reads `source` with the reader for its syntax.
///
/// # Errors
/// `empty-file`, `limit-statement-bytes`, `read-failed`; `statement-not-text` for a file of a kind that is not read,
/// `statement-encoding` for text in an encoding that is not read.
pub(super) fn read(source: &Source, doubts: &mut Vec<Doubt>) -> Result<Document, Error> {
    let place = source.place();
    if source.len() > limits::STATEMENT_BYTES {
        let message = format!("the file has {} bytes, the limit is {}", source.len(), limits::STATEMENT_BYTES);
        return Err(Error::new(Code::LimitStatementBytes, place, message));
    }
    let bytes = source.read_vec(0, source.len())?;
    if bytes.is_empty() {
        return Err(Error::new(Code::EmptyFile, place, "the file is empty"));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        drop(bytes);
        return docx::read(source, doubts);
    }
    if is_pdf(&bytes) {
        return pdf::read(bytes, place, doubts);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let (code, what) = old_office(&bytes);
        return Err(Error::new(code, place.at(0), what));
    }
    if let Some((offset, what)) = other_kind(&bytes) {
        return Err(Error::new(Code::StatementNotText, place.at(offset), what));
    }
    if let Some(page) = mhtml::page(&bytes, &place)? {
        let text = Text::decode_as(&page.bytes, page.place, page.label.as_deref(), doubts)?;
        let blocks = html::page(&text, 0, doubts);
        return Ok(Document { text, blocks });
    }
    let text = Text::decode(&bytes, place, doubts)?;
    let blocks = match html::page_start(text.as_str()) {
        Some(start) => html::page(&text, start, doubts),
        None => csv::read(&text, doubts).unwrap_or_else(|| markdown::read(&text, doubts)),
    };
    Ok(Document { text, blocks })
}

/// First bytes of files that are handed in by mistake, and what they are.
const MAGIC: &[(&[u8], &str)] = &[
    (b"{\\rtf", "an RTF document; save it as DOCX, PDF or HTML"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip file"),
    (b"bplist00", "a binary property list"),
    (b"\x03\x00\x08\x00", "a binary Android manifest"),
];

/// What a compound file is, by the names of the streams in it: those are UTF-16.
fn old_office(bytes: &[u8]) -> (Code, &'static str) {
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    if holds("EncryptedPackage") {
        return (Code::StatementDocumentEncrypted, "the document is encrypted with a password");
    }
    let what = if holds("WordDocument") {
        "the file is a Word document of the old kind (.doc); save it as DOCX"
    } else {
        "the file is an old Office document; save it as DOCX or PDF"
    };
    (Code::StatementNotText, what)
}

/// Readers of PDF find its header in the first kilobyte (ISO 32000-1, annex H.3.4.1).
fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
        || bytes.get(..1024).is_some_and(|head| memchr::memmem::find(head, b"\n%PDF-").is_some())
}

fn other_kind(bytes: &[u8]) -> Option<(u64, String)> {
    let (_, what) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic))?;
    Some((0, format!("the file is {what}; permaudit reads HTML, Markdown and plain text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_an_error_that_says_what_it_is() {
        for (bytes, code, word) in [
            (&b""[..], Code::EmptyFile, "empty"),
            (b" \n\t\r\n", Code::EmptyFile, "white space"),
            (b"\xef\xbb\xbf", Code::EmptyFile, "white space"),
            (b"%PDF-1.7\n", Code::StatementDocumentMalformed, "pages"),
            (b"PK\x03\x04\0\0", Code::ZipTruncated, "bytes"),
            (b"{\\rtf1", Code::StatementNotText, "RTF"),
            (b"\xd0\xcf\x11\xe0", Code::StatementNotText, "old Office"),
            (b"\xd0\xcf\x11\xe0..W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0", Code::StatementNotText, ".doc"),
            (b"abc\0def\x01\x02\0", Code::StatementNotText, "binary"),
        ] {
            let error = read(&Source::new("s.md", bytes.to_vec()), &mut Vec::new()).err().unwrap();
            assert_eq!(error.code, code, "{error}");
            assert!(error.message.contains(word), "{error}");
        }
    }
}
