//! The text of a file of XML, or of another old format: its encoding, and where its characters stand in the file.

use std::borrow::Cow;

use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::source::{Escaped, Lines, Place};

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Bytes from the start of the file; `None` where the encoding has no simple relation to bytes.
    pub offset: Option<u64>,
    /// Line and column from 1, for text; the column counts code points.
    pub line: Option<(u32, u32)>,
}

impl At {
    /// A byte of a binary file.
    pub(super) fn byte(offset: u64) -> At {
        At { offset: Some(offset), line: None }
    }

    /// The lines of `length` code points that begin here.
    pub(super) fn lines(self, length: usize) -> Option<Lines> {
        let end = |column: u32| column.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        self.line.map(|(line, column)| Lines { line, column, end_line: line, end_column: end(column) })
    }

    /// The place of `length` code points that begin here. Where `whole` has an offset, the text is a part of the file:
    /// offsets count from there, and lines mean nothing.
    pub(super) fn place(self, whole: &Place, length: usize) -> Place {
        let lines = self.lines(length).filter(|_| whole.offset.is_none());
        let offset = self.offset.map(|offset| offset.saturating_add(whole.offset.unwrap_or_default()));
        Place { offset: offset.or(whole.offset), lines, ..whole.clone() }
    }
}

/// What a format calls its doubts about a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes {
    /// The encoding is not supported, or not the declared one.
    pub(super) encoding: Code,
    /// UTF-16 without a byte order mark.
    pub(super) no_mark: Code,
    /// A character is broken.
    pub(super) broken: Code,
}

/// Decoded text that knows where its characters stand.
pub struct Text<'b> {
    decoded: Cow<'b, str>,
    /// Bytes before the first character.
    start: u64,
    unit: Unit,
}

/// How many bytes of the file a character takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Utf8,
    Utf16,
    /// One byte for each.
    Latin1,
    /// Characters were replaced: offsets are not known.
    Unknown,
}

/// Names of ISO 8859-1 and of ASCII, its lower half, as the IANA registry has them.
const LATIN1: [&str; 8] =
    ["iso-8859-1", "iso_8859-1", "latin1", "l1", "us-ascii", "ascii", "iso646-us", "ansi_x3.4-1968"];

/// Encodings in which the bytes of ASCII mean ASCII: a file of such bytes alone is the same in all of them.
const SUPERSETS: [&str; 20] = [
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "macintosh",
    "koi8-r",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-9",
    "iso-8859-15",
];

impl Text<'_> {
    pub(super) fn text(&self) -> &str {
        &self.decoded
    }

    pub(super) fn positions(&self) -> Positions<'_> {
        Positions { text: self, at: 0, offset: self.start, line: 1, column: 1 }
    }
}

/// Turns an index into the text into a place. Asked in rising order it goes through the text once.
pub(super) struct Positions<'t> {
    text: &'t Text<'t>,
    at: usize,
    offset: u64,
    line: u32,
    column: u32,
}

impl Positions<'_> {
    /// Where the character at byte `index` of the text stands.
    pub(super) fn at(&mut self, index: usize) -> At {
        if index < self.at {
            *self = self.text.positions();
        }
        let whole = self.text.text();
        let index = index.min(whole.len());
        let mut previous = whole.get(..self.at).and_then(|before| before.chars().next_back());
        for c in whole.get(self.at..index).unwrap_or_default().chars() {
            deadline::step();
            self.offset += match self.text.unit {
                Unit::Utf8 => c.len_utf8() as u64,
                Unit::Utf16 => 2 * c.len_utf16() as u64,
                Unit::Latin1 | Unit::Unknown => 1,
            };
            match c {
                '\n' if previous == Some('\r') => {}
                '\n' | '\r' => (self.line, self.column) = (self.line.saturating_add(1), 1),
                _ => self.column = self.column.saturating_add(1),
            }
            previous = Some(c);
        }
        self.at = index;
        let offset = (self.text.unit != Unit::Unknown).then_some(self.offset);
        At { offset, line: Some((self.line, self.column)) }
    }

    /// Bytes of the file before the place that was asked for last; where characters were replaced, at least so many.
    pub(super) fn reached(&self) -> u64 {
        self.offset
    }
}

/// Decodes by byte order mark, by the declaration of XML, otherwise as UTF-8 (`encodingForXMLData`). A declared
/// encoding is honoured or refused, never ignored.
///
/// # Errors
/// `codes.encoding`.
pub(super) fn decode<'b>(bytes: &'b [u8], place: &Place, codes: Codes) -> Result<Reading<Text<'b>>, Error> {
    let refuse = |what: String| Err(Error::new(codes.encoding, place.clone().at(0), what));
    if bytes.starts_with(b"\x00\x00\xfe\xff") || bytes.starts_with(b"\xff\xfe\x00\x00") {
        return refuse("the text is UTF-32, which is not supported".to_owned());
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return Ok(utf8(rest, 3, place, codes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Ok(utf16(rest, 2, u16::from_le_bytes, place, codes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Ok(utf16(rest, 2, u16::from_be_bytes, place, codes));
    }
    let bare = match bytes {
        [0, second, ..] if *second != 0 => Some(utf16(bytes, 0, u16::from_be_bytes, place, codes)),
        [first, 0, ..] if *first != 0 => Some(utf16(bytes, 0, u16::from_le_bytes, place, codes)),
        _ => None,
    };
    if let Some(mut text) = bare {
        let message = "the text is UTF-16 without a byte order mark";
        text.doubt(Doubt::new(codes.no_mark, place.clone().at(0), message));
        return Ok(text);
    }
    let Some(declared) = declared(bytes) else { return Ok(utf8(bytes, 0, place, codes)) };
    let name = String::from_utf8_lossy(declared).to_ascii_lowercase();
    let shown = || Escaped(&name).to_string();
    if matches!(name.as_str(), "utf-8" | "utf8") {
        return Ok(utf8(bytes, 0, place, codes));
    }
    if LATIN1.contains(&name.as_str()) {
        let decoded = Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect());
        return Ok(Reading::whole(Text { decoded, start: 0, unit: Unit::Latin1 }));
    }
    if SUPERSETS.contains(&name.as_str()) {
        return match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => {
                Ok(Reading::whole(Text { decoded: Cow::Borrowed(text), start: 0, unit: Unit::Utf8 }))
            }
            _ => refuse(format!("the declared encoding {} is supported for ASCII text alone", shown())),
        };
    }
    refuse(format!("the declared encoding {:.40} is not supported, or is not that of the bytes", shown()))
}

/// The value of `encoding` in an XML declaration at the very start, as `encodingForXMLData` finds it; with blanks
/// around the `=`, which that function does not allow, too: then other readers honour it.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| matches!(byte, b'?' | b'>'))?;
    let declaration = declaration.get(..end)?;
    let word = b"encoding";
    let at = declaration.windows(word.len()).position(|window| window == word)?;
    let value = declaration.get(at + word.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"'))?;
    value.split(|byte| byte == quote).next()
}

fn utf8<'b>(bytes: &'b [u8], start: u64, place: &Place, codes: Codes) -> Reading<Text<'b>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Reading::whole(Text { decoded: Cow::Borrowed(text), start, unit: Unit::Utf8 }),
        Err(error) => {
            let at = place.clone().at(start + error.valid_up_to() as u64);
            let text = Text { decoded: String::from_utf8_lossy(bytes), start, unit: Unit::Unknown };
            broken(text, at, codes, "the text is not valid UTF-8")
        }
    }
}

fn utf16<'b>(bytes: &'b [u8], start: u64, order: fn([u8; 2]) -> u16, place: &Place, codes: Codes) -> Reading<Text<'b>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut bad = None;
    let mut index = start;
    let decoded = char::decode_utf16(pairs.iter().map(|&pair| order(pair))).map(|c| {
        let before = index;
        index += 2 * c.as_ref().map_or(1, |c| c.len_utf16() as u64);
        c.unwrap_or_else(|_| {
            bad.get_or_insert(before);
            char::REPLACEMENT_CHARACTER
        })
    });
    let text = Text { decoded: Cow::Owned(decoded.collect()), start, unit: Unit::Utf16 };
    if !rest.is_empty() {
        bad.get_or_insert(start + bytes.len() as u64 - 1);
    }
    match bad {
        Some(at) => broken(text, place.clone().at(at), codes, "the text is not valid UTF-16"),
        None => Reading::whole(text),
    }
}

fn broken<'b>(text: Text<'b>, at: Place, codes: Codes, message: &str) -> Reading<Text<'b>> {
    let mut doubts = Vec::new();
    doubt::push(&mut doubts, Doubt::new(codes.broken, at, message));
    Reading::new(text, doubts)
}
