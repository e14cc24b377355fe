//! Bytes to text, and the way from a place in the text back to the file: line, column, byte.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use super::encoding::{self, Decoded, Map};
use crate::doubt::{Code, Doubt};
use crate::error::Error;
use crate::source::{Lines, Place};

/// A range of bytes in the decoded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Just past the last byte.
    pub end: usize,
}

impl Span {
    /// From `start` to `end`, which is not before it.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end: end.max(start) }
    }

    /// True when it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The text it covers; empty when it does not lie on character boundaries of `text`.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(Range::from(self)).unwrap_or_default()
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn with(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range without white space at either end; at the old end when there is nothing else.
    #[must_use]
    pub fn trimmed(self, text: &str) -> Span {
        let covered = self.of(text);
        let start = self.end - covered.trim_start().len();
        Span::new(start, start + covered.trim().len())
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start..span.end
    }
}

/// Where a part of a document without lines of its own stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// On this page, counted from 1.
    Page(u32),
    /// In this paragraph or cell: `table 2 > row 3 > cell 1`.
    Path(String),
}

/// The origin of the text from one byte on to the next origin.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The byte of the text at which it begins.
    pub at: usize,
    /// Where that is in the document.
    pub spot: Arc<Spot>,
    /// The byte of the document at which the same bytes stand, where there is one.
    pub offset: Option<u64>,
}

/// The text of a statement with the index that leads back to its file.
#[derive(Debug, Clone)]
pub struct Text {
    decoded: String,
    /// The byte at which each line begins.
    lines: Vec<usize>,
    map: Map,
    file: Place,
    /// Where the text comes from, ascending, for a document without lines of its own; otherwise empty.
    origins: Vec<Origin>,
    /// The last column that was counted, and its byte: places are asked for in order, on lines of any length.
    counted: Cell<(usize, usize)>,
}

impl Text {
    /// Decodes `bytes`, the whole of `file`, in the encoding that they are in. Bytes that are none become U+FFFD, each
    /// run with a doubt at its offset.
    ///
    /// # Errors
    /// `empty-file` where there is nothing but white space, `statement-not-text` for a binary file,
    /// `statement-encoding` for text in an encoding that is not read.
    pub fn decode(bytes: &[u8], file: Place, doubts: &mut Vec<Doubt>) -> Result<Text, Error> {
        Text::decode_as(bytes, file, None, doubts)
    }

    /// As [`decode`](Self::decode), where `label` beside the file says in which encoding it is.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_as(bytes: &[u8], file: Place, label: Option<&str>, doubts: &mut Vec<Doubt>) -> Result<Text, Error> {
        let Decoded { text, map } = encoding::decode(bytes, &file, label, doubts)?;
        if text.trim().is_empty() {
            return Err(Error::new(Code::EmptyFile, file, "the file holds only white space"));
        }
        let lines = line_starts(&text);
        Ok(Text { decoded: text, lines, map, file, origins: Vec::new(), counted: Cell::default() })
    }

    /// Text that was taken out of the document `file`, with the origins of all of it, ascending.
    #[must_use]
    pub fn extracted(text: String, origins: Vec<Origin>, file: Place) -> Text {
        let lines = line_starts(&text);
        let file = Place { extracted: true, ..file };
        Text { decoded: text, lines, map: Map::default(), file, origins, counted: Cell::default() }
    }

    /// True for text without a way back to lines of the file.
    #[must_use]
    pub fn is_extracted(&self) -> bool {
        self.file.extracted
    }

    /// The decoded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// Hands the decoded text out.
    #[must_use]
    pub fn into_string(self) -> String {
        self.decoded
    }

    /// The lines in order, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = Span> + '_ {
        let ends = self.lines.iter().skip(1).copied().chain([self.decoded.len()]);
        self.lines.iter().copied().zip(ends).map(|(start, end)| self.without_end(start, end))
    }

    /// The lines in order from the one that byte `at` stands on, without their ends.
    pub fn lines_from(&self, at: usize) -> impl Iterator<Item = Span> + '_ {
        let first = self.lines.partition_point(|&start| start <= at).saturating_sub(1);
        let ends = self.lines.iter().skip(first + 1).copied().chain([self.decoded.len()]);
        self.lines.iter().skip(first).copied().zip(ends).map(|(start, end)| self.without_end(start, end))
    }

    /// Line `number`, counted from 1, without its end.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<Span> {
        let number = usize::try_from(number).ok()?;
        let start = *self.lines.get(number.checked_sub(1)?)?;
        Some(self.without_end(start, self.lines.get(number).copied().unwrap_or(self.decoded.len())))
    }

    fn without_end(&self, start: usize, end: usize) -> Span {
        let line = Span::new(start, end).of(&self.decoded);
        let line = line.strip_suffix('\n').unwrap_or(line);
        Span::new(start, start + line.strip_suffix('\r').unwrap_or(line).len())
    }

    /// The place of `span` in the file.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_and_column(span.start);
        let (end_line, end_column) = self.line_and_column(span.end);
        let offset = self.file_offset(span.start);
        let end = if span.is_empty() { offset } else { self.file_end(span) };
        let end = if end < offset { offset + (span.end - span.start) as u64 } else { end };
        let spot = self.origin(span.start).map(|origin| &*origin.spot);
        Place {
            offset: Some(offset),
            length: Some(end.saturating_sub(offset)),
            lines: Some(Lines { line, column, end_line, end_column }),
            page: spot.and_then(|spot| if let Spot::Page(page) = spot { Some(*page) } else { None }),
            path: spot.and_then(|spot| if let Spot::Path(path) = spot { Some(path.clone()) } else { None }),
            ..self.file.clone()
        }
    }

    /// The origin of byte `at`.
    fn origin(&self, at: usize) -> Option<&Origin> {
        let next = self.origins.partition_point(|origin| origin.at <= at);
        next.checked_sub(1).and_then(|index| self.origins.get(index)).or(self.origins.first())
    }

    fn line_and_column(&self, at: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let (known, column) =
            Some(self.counted.get()).filter(|&(known, _)| known > start && known <= at).unwrap_or((start, 1));
        let column = Span::new(known, at).of(&self.decoded).chars().count() + column;
        self.counted.set((at, column));
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// Just past the byte of the file that the last byte of `span` came from.
    fn file_end(&self, span: Span) -> u64 {
        if self.is_extracted() {
            return self.file_offset(span.end.saturating_sub(1)) + 1;
        }
        self.map.end(&self.decoded, span.end)
    }

    fn file_offset(&self, at: usize) -> u64 {
        if self.is_extracted() {
            let origin = self.origin(at).and_then(|origin| Some((origin.at, origin.offset?)));
            return origin.map_or(at as u64, |(from, offset)| offset + at.saturating_sub(from) as u64);
        }
        self.map.offset(&self.decoded, at)
    }
}

/// The byte at which each line of `text` begins; a line ends at `\n`, `\r\n` or `\r`.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if bytes.get(at..at + 2) != Some(b"\r\n") {
            starts.push(at + 1);
        }
    }
    if starts.len() > 1 && starts.last() == Some(&bytes.len()) {
        starts.pop();
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Result<Text, Error>, Vec<Doubt>) {
        let mut doubts = Vec::new();
        let text = Text::decode(bytes, Place::file("s.md"), &mut doubts);
        (text, doubts)
    }

    fn lines(bytes: &[u8]) -> Vec<String> {
        let text = read(bytes).0.unwrap();
        text.lines().map(|line| line.of(text.as_str()).to_owned()).collect()
    }

    #[test]
    fn the_place_of_a_line_is_its_bytes_in_every_encoding() {
        let chinese = "## 权限\n相机：用于扫码，仅在您使用时开启；位置：用于打卡和导航，仅在您同意后收集。\n";
        let wide: Vec<u8> = chinese.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let files = [
            encoding_rs::GB18030.encode(chinese).0.into_owned(),
            chinese.as_bytes().to_vec(),
            [&[0xff, 0xfe], &wide[..]].concat(),
        ];
        for (bytes, newline) in files.iter().zip([&b"\n"[..], b"\n", b"\n\0"]) {
            let text = read(bytes).0.unwrap();
            let place = text.place(text.line(2).unwrap());
            let [start, len] = [place.offset, place.length].map(|number| usize::try_from(number.unwrap()).unwrap());
            assert_eq!(start + len + newline.len(), bytes.len(), "{place:?}");
            assert!(bytes.get(..start).unwrap().ends_with(newline), "{place:?}");
        }
    }

    #[test]
    fn lines_end_at_each_of_the_three_line_ends() {
        assert_eq!(lines(b"a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines(b"a\n\r\n\r\rb\n"), ["a", "", "", "", "b"]);
        assert_eq!(lines(b"a"), ["a"]);
    }

    #[test]
    fn a_place_counts_code_points_and_bytes_of_the_file() {
        let bytes = "\u{feff}# 权限\r\né相机 x".as_bytes();
        let text = read(bytes).0.unwrap();
        let at = text.as_str().find("相机").unwrap();
        let place = text.place(Span::new(at, at + "相机".len()));
        assert_eq!(place.lines, Some(Lines { line: 2, column: 2, end_line: 2, end_column: 4 }));
        let offset = usize::try_from(place.offset.unwrap()).unwrap();
        let length = usize::try_from(place.length.unwrap()).unwrap();
        assert_eq!(&bytes[offset..offset + length], "相机".as_bytes());
    }

    #[test]
    fn damaged_bytes_are_doubts_at_their_offset_and_places_behind_them_stay_exact() {
        let mut bytes = "相机、麦克风、位置信息与存储空间权限".as_bytes().to_vec();
        bytes.extend(b"\xff\xfe|");
        bytes.extend("日历".as_bytes());
        let (text, doubts) = read(&bytes);
        let text = text.unwrap();
        let codes: Vec<_> = doubts.iter().map(|doubt| (doubt.code, doubt.place.offset)).collect();
        let at = bytes.iter().position(|&byte| byte == 0xff).unwrap() as u64;
        assert_eq!(codes, [(Code::StatementInvalidBytes, Some(at)), (Code::StatementInvalidBytes, Some(at + 1))]);
        let found = text.as_str().find("日历").unwrap();
        assert_eq!(text.place(Span::new(found, found + 6)).offset, Some(at + 3));
    }

    #[test]
    fn other_encodings_are_named_with_the_offset_of_the_first_byte_that_tells() {
        for (bytes, offset, word) in
            [(&b"# \xb1\xb8\xb5\xb8\n"[..], 2, "EUC-KR"), (b"Donn\xe9es de l'app", 4, "Windows-1252")]
        {
            let error = read(bytes).0.unwrap_err();
            assert_eq!((error.code, error.place.offset), (Code::StatementEncoding, Some(offset)), "{error}");
            assert!(error.message.contains(word), "{error}");
        }
    }
}
