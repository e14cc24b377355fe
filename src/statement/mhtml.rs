//! Pages that a browser saved as one file (`.mhtml`): MIME parts, of which the first in HTML is the page.
//!
//! The page is decoded and read as an entry of the file, under its own address, with lines and bytes of its own.
//! Source: RFC 2045 (6.7 quoted-printable, 6.8 base64), RFC 2046 (5.1 multipart), RFC 2557 (MHTML).

use base64::engine::general_purpose::{GeneralPurpose, PAD_INDIFFERENT};
use base64::{Engine as _, alphabet};

use crate::deadline;
use crate::doubt::Code;
use crate::error::Error;
use crate::limits;
use crate::source::Place;

/// The page in a saved file.
pub(super) struct Page {
    /// Its bytes as the server sent them.
    pub(super) bytes: Vec<u8>,
    /// The file, the page being an entry of it.
    pub(super) place: Place,
    /// The encoding that its part states.
    pub(super) label: Option<String>,
}

/// The header fields of a message or part, names in small letters.
struct Head {
    fields: Vec<(String, String)>,
    /// Bytes of the head with the blank line behind it.
    len: usize,
}

impl Head {
    /// Reads the fields that `bytes` begins with, up to a blank line.
    fn of(bytes: &[u8]) -> Option<Head> {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut len = 0;
        let head = bytes.get(..bytes.len().min(limits::MIME_HEAD_BYTES)).unwrap_or_default();
        for line in head.split_inclusive(|&byte| byte == b'\n') {
            deadline::step();
            len += line.len();
            let line = String::from_utf8_lossy(line);
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                return Some(Head { fields, len });
            }
            if line.starts_with([' ', '\t']) {
                fields.last_mut()?.1.push_str(line);
                continue;
            }
            let (name, value) = line.split_once(':')?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return None;
            }
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        None
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The type of the content, in small letters, without its parameters.
    fn kind(&self) -> String {
        let value = self.field("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A parameter of the type of the content.
    fn parameter(&self, name: &str) -> Option<String> {
        self.field("content-type")?.split(';').skip(1).find_map(|part| {
            let (known, value) = part.split_once('=')?;
            let wanted = known.trim().eq_ignore_ascii_case(name);
            wanted.then(|| value.trim().trim_matches('"').to_owned())
        })
    }
}

/// The page in `bytes`, the whole of `file`; `None` where that is no saved page.
///
/// # Errors
/// `statement-not-text` for a saved page without a part in HTML, or with one that cannot be decoded.
pub(super) fn page(bytes: &[u8], file: &Place) -> Result<Option<Page>, Error> {
    let Some(head) = Head::of(bytes) else { return Ok(None) };
    if !head.kind().starts_with("multipart/") || head.field("mime-version").is_none() {
        return Ok(None);
    }
    let lost = |at: usize, why: &str| {
        Error::new(
            Code::StatementNotText,
            file.clone().at(at as u64),
            format!("the file is a saved page (MHTML) {why}"),
        )
    };
    let boundary = head.parameter("boundary").filter(|boundary| !boundary.is_empty());
    let Some(boundary) = boundary else { return Err(lost(0, "that does not say how its parts are told apart")) };
    let mark = format!("--{boundary}").into_bytes();
    let mut marks = Vec::new();
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        deadline::step();
        if line
            .strip_prefix(mark.as_slice())
            .is_some_and(|rest| rest.trim_ascii().is_empty() || rest.starts_with(b"--"))
        {
            marks.push((at, at + line.len()));
        }
        at += line.len();
    }
    for (index, &(_, start)) in marks.iter().enumerate() {
        deadline::step();
        let end = marks.get(index + 1).map_or(bytes.len(), |&(next, _)| next);
        let part = bytes.get(start..end).unwrap_or_default();
        let Some(head) = Head::of(part) else { continue };
        if !matches!(head.kind().as_str(), "text/html" | "application/xhtml+xml") {
            continue;
        }
        let body = part.get(head.len..).unwrap_or_default();
        let encoding = head.field("content-transfer-encoding").unwrap_or("7bit").to_ascii_lowercase();
        let decoded = match encoding.as_str() {
            "quoted-printable" => quoted_printable(body),
            "base64" => base64(body).ok_or_else(|| lost(start, "whose page is no valid base64"))?,
            "7bit" | "8bit" | "binary" => body.to_vec(),
            other => {
                return Err(lost(start, &format!("whose page is encoded as {other}, which permaudit does not read")));
            }
        };
        let name = head.field("content-location").unwrap_or("text/html");
        return Ok(Some(Page { bytes: decoded, place: file.clone().in_entry(name), label: head.parameter("charset") }));
    }
    Err(lost(0, "without a part in HTML"))
}

/// Decodes quoted-printable; what is no escape stays as it is.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        deadline::step();
        rest = after;
        if byte != b'=' {
            decoded.push(byte);
            continue;
        }
        if let Some(next) = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")) {
            rest = next;
        } else if let Some(([high, low], next)) = after.split_first_chunk::<2>()
            && let Ok(value) = u8::from_str_radix(&String::from_utf8_lossy(&[*high, *low]), 16)
        {
            decoded.push(value);
            rest = next;
        } else {
            decoded.push(byte);
        }
    }
    decoded
}

/// Base64 as mail programs write it: with or without padding, bits left over or not.
const MAIL: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, PAD_INDIFFERENT.with_decode_allow_trailing_bits(true));

/// Decodes base64; `None` where a character has no place in it.
fn base64(body: &[u8]) -> Option<Vec<u8>> {
    let letters: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    MAIL.decode(letters).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(encoding: &str, body: &str) -> Vec<u8> {
        format!(
            "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://x.example/\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"----B----\"\r\n\r\n\r\n\
             ------B----\r\nContent-Type: image/png\r\n\r\nx\r\n------B----\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: {encoding}\r\nContent-Location: https://x.example/\r\n\r\n{body}\r\n------B------\r\n"
        )
        .into_bytes()
    }

    #[test]
    fn the_page_is_found_and_decoded() {
        for (encoding, body) in [
            ("quoted-printable", "<p a=3D=22b=22>=E7=9B=\r\n=B8</p>"),
            ("base64", "PHAgYT0i\r\nYiI+55u4PC9wPg=="),
            ("8bit", "<p a=\"b\">相</p>"),
        ] {
            let page = page(&saved(encoding, body), &Place::file("s.mhtml")).unwrap().unwrap();
            assert_eq!(String::from_utf8(page.bytes).unwrap().trim_end(), "<p a=\"b\">相</p>", "{encoding}");
            assert_eq!(page.label.as_deref(), Some("utf-8"));
            assert_eq!(page.place.to_string(), "s.mhtml!https://x.example/");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_other_text_is_none() {
        for bytes in [
            saved("base64", "*"),
            saved("uuencode", "x"),
            b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n".to_vec(),
        ] {
            assert_eq!(page(&bytes, &Place::file("s")).err().map(|error| error.code), Some(Code::StatementNotText));
        }
        for text in ["Title: x\n\nText", "# A\n", "Permission: camera\nContent-Type: multipart/x\n\n", "<html>"] {
            assert!(page(text.as_bytes(), &Place::file("s")).unwrap().is_none(), "{text}");
        }
    }
}
