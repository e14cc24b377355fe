//! JSON as a HarmonyOS device reads it, and JSON5 as its sources are written: one value after another, with places.
//!
//! A device reads its manifests with nlohmann-json 3.11, comments allowed: that accepts a byte order mark at the start,
//! ends at a NUL, and refuses everything else that is not JSON (`lexer.hpp`). What JSON5 has beyond that (trailing
//! commas, names without quotes, single quotes) is read all the same, and told by [`Json::beyond_json`]. Memory is that
//! of the text: no tree is built, and what the caller does not ask for is passed over.

mod text;

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::{Lines, Place};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes between two places whose line and column are remembered.
const MARK_EVERY: usize = 4096;

/// A value. An object or an array is open when it is handed out: [`Json::members`] or [`Json::items`] goes through it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'t> {
    /// `{…}`.
    Object,
    /// `[…]`.
    Array,
    /// A string, with its escapes resolved.
    Text(Cow<'t, str>),
    /// A number, as written.
    Number(&'t str),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
}

impl Value<'_> {
    /// What JSON calls this type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Object => "object",
            Value::Array => "array",
            Value::Text(_) => "string",
            Value::Number(_) => "number",
            Value::Boolean(_) => "boolean",
            Value::Null => "null",
        }
    }

    /// The string, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where it is one without a fraction that is not negative.
    #[must_use]
    pub fn as_u32(&self) -> Option<u32> {
        let Value::Number(written) = self else { return None };
        written.parse().ok()
    }
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'t> {
    /// Its key, with its escapes resolved.
    pub key: Cow<'t, str>,
    /// True when the object had a member of this key before: a device takes the last.
    pub is_repeated: bool,
    /// Its value.
    pub value: Value<'t>,
    /// Where the value begins, in bytes.
    pub start: usize,
}

/// An item of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<'t> {
    /// Counted from 1.
    pub number: usize,
    /// Its value.
    pub value: Value<'t>,
    /// Where it begins, in bytes.
    pub start: usize,
}

/// An open object or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Object { is_first: bool },
    Array { is_first: bool },
}

/// A text that is being read.
pub struct Json<'t> {
    bytes: &'t [u8],
    place: Place,
    at: usize,
    frames: Vec<Frame>,
    doubts: Vec<Doubt>,
    has_comments: bool,
    /// The first thing that JSON does not have, and what it is.
    beyond: Option<(usize, &'static str)>,
    hasher: RandomState,
    /// Offset, line and column of places in ascending order.
    marks: Vec<(usize, u32, u32)>,
}

impl<'t> Json<'t> {
    /// Begins to read `bytes`, which stand at `place`: the value that the text is, and a reader for the rest.
    ///
    /// # Errors
    /// `json-malformed`, also for a text without a value.
    pub fn open(bytes: &'t [u8], place: &Place) -> Result<(Value<'t>, Json<'t>), Error> {
        deadline::reading(|| place.clone());
        let at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut json = Json {
            bytes,
            place: place.clone(),
            at,
            frames: Vec::new(),
            doubts: Vec::new(),
            has_comments: false,
            beyond: None,
            hasher: RandomState::new(),
            marks: vec![(at, 1, 1)],
        };
        let (value, _) = json.value()?;
        Ok((value, json))
    }

    /// Goes through the members of the object that was opened last. What `each` leaves open is passed over.
    ///
    /// # Errors
    /// `json-malformed`, `limit-json-depth`, and those of `each`.
    pub fn members(&mut self, mut each: impl FnMut(&mut Self, &Member<'t>) -> Result<(), Error>) -> Result<(), Error> {
        let depth = self.frames.len();
        let mut seen = HashSet::new();
        while let Some(key) = self.next_key()? {
            deadline::step();
            let is_repeated = !seen.insert(self.hasher.hash_one(&key));
            let (value, start) = self.value()?;
            each(self, &Member { key, is_repeated, value, start })?;
            self.pass_to(depth)?;
        }
        Ok(())
    }

    /// Goes through the items of the array that was opened last. What `each` leaves open is passed over.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    pub fn items(&mut self, mut each: impl FnMut(&mut Self, &Item<'t>) -> Result<(), Error>) -> Result<(), Error> {
        let depth = self.frames.len();
        let mut number = 0_usize;
        while self.has_next_item()? {
            deadline::step();
            let (value, start) = self.value()?;
            number = number.saturating_add(1);
            each(self, &Item { number, value, start })?;
            self.pass_to(depth)?;
        }
        Ok(())
    }

    /// Reads on to the end of the text: what is still open, and what follows the value.
    ///
    /// # Errors
    /// `json-malformed` where something follows that is neither a blank nor a comment. Behind a NUL, where a device
    /// stops, it is a doubt.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.pass_to(0)?;
        self.blanks()?;
        match self.peek() {
            None => Ok(()),
            Some(0) => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                if let Some(behind) = rest.iter().position(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\n' | b'\r')) {
                    let message = format!(
                        "{} bytes follow a NUL, where a device stops reading",
                        rest.len().saturating_sub(behind)
                    );
                    let place = self.place_at(self.at.saturating_add(behind));
                    self.doubt(Doubt::new(Code::JsonTrailing, place, message));
                }
                Ok(())
            }
            Some(_) => Err(self.malformed(self.at, "something follows the end of the value")),
        }
    }

    /// The doubts so far.
    #[must_use]
    pub fn into_doubts(self) -> Vec<Doubt> {
        self.doubts
    }

    /// Adds a doubt to those of the text.
    pub fn doubt(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    /// True when there were comments so far, which a device accepts and JSON does not.
    #[must_use]
    pub fn has_comments(&self) -> bool {
        self.has_comments
    }

    /// The first thing so far that a device refuses and JSON5 accepts, as a doubt for whoever expects a device to read
    /// the text.
    #[must_use]
    pub fn beyond_json(&mut self) -> Option<Doubt> {
        let (at, what) = self.beyond?;
        let place = self.place_at(at);
        Some(Doubt::new(Code::JsonNotStrict, place, format!("there is {what}, which JSON does not have")))
    }

    /// The place of the byte at `at`, with line and column.
    #[must_use]
    pub fn place_at(&mut self, at: usize) -> Place {
        let (line, column) = self.position(at);
        let mut place = self.place.clone().at(at as u64);
        place.lines = Some(Lines { line, column, end_line: line, end_column: column.saturating_add(1) });
        place
    }

    /// Line and column of the byte at `at`. Marks every few thousand bytes keep this linear over any number of
    /// questions in any order.
    fn position(&mut self, at: usize) -> (u32, u32) {
        while let Some(&(last, line, column)) = self.marks.last() {
            deadline::step();
            let next = last.saturating_add(MARK_EVERY);
            if next > at || next > self.bytes.len() {
                break;
            }
            let (line, column) = advance(self.bytes.get(last..next).unwrap_or_default(), line, column);
            self.marks.push((next, line, column));
        }
        let behind = self.marks.partition_point(|&(mark, ..)| mark <= at);
        let mark = behind.checked_sub(1).and_then(|index| self.marks.get(index)).copied();
        let (mark, line, column) = mark.unwrap_or((0, 1, 1));
        advance(self.bytes.get(mark..at).unwrap_or_default(), line, column)
    }

    fn malformed(&mut self, at: usize, what: &str) -> Error {
        let place = self.place_at(at);
        Error::new(Code::JsonMalformed, place, what)
    }

    /// Notes that JSON5 alone has what stands at `at`.
    fn note(&mut self, at: usize, what: &'static str) {
        self.beyond.get_or_insert((at, what));
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Moves on over one byte when it is `byte`.
    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.at += 1;
        }
        is_there
    }

    /// Passes over everything that was opened since `depth` objects and arrays were open.
    fn pass_to(&mut self, depth: usize) -> Result<(), Error> {
        while self.frames.len() > depth {
            deadline::step();
            let has_value = match self.frames.last() {
                Some(Frame::Object { .. }) => self.next_key()?.is_some(),
                Some(Frame::Array { .. }) => self.has_next_item()?,
                None => break,
            };
            if has_value {
                self.value()?;
            }
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(Value<'t>, usize), Error> {
        self.blanks()?;
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.begin(Frame::Object { is_first: true }, Value::Object)?,
            Some(b'[') => self.begin(Frame::Array { is_first: true }, Value::Array)?,
            Some(quote @ (b'"' | b'\'')) => Value::Text(self.string(quote)?),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            None | Some(0) => return Err(self.malformed(start, "the text ends where a value is wanted")),
            Some(_) => return Err(self.malformed(start, "this is no value")),
        };
        Ok((value, start))
    }

    fn begin(&mut self, frame: Frame, value: Value<'t>) -> Result<Value<'t>, Error> {
        if self.frames.len() >= limits::JSON_DEPTH {
            let message = format!("more than {} objects and arrays are nested", limits::JSON_DEPTH);
            let place = self.place_at(self.at);
            return Err(Error::new(Code::LimitJsonDepth, place, message));
        }
        self.at += 1;
        self.frames.push(frame);
        Ok(value)
    }

    /// The key of the next member; `None`, and the object is closed, when there is none.
    fn next_key(&mut self) -> Result<Option<Cow<'t, str>>, Error> {
        let Some(Frame::Object { is_first }) = self.frames.last().copied() else { return Ok(None) };
        if self.is_closed(b'}', is_first)? {
            return Ok(None);
        }
        if let Some(frame) = self.frames.last_mut() {
            *frame = Frame::Object { is_first: false };
        }
        let start = self.at;
        let key = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.string(quote)?,
            Some(0) | None => return Err(self.malformed(start, "the text ends inside an object")),
            Some(_) => self.bare_key()?,
        };
        self.blanks()?;
        if !self.take(b':') {
            return Err(self.malformed(self.at, "a colon is wanted after the key"));
        }
        Ok(Some(key))
    }

    /// True when there is a further item; otherwise the array is closed.
    fn has_next_item(&mut self) -> Result<bool, Error> {
        let Some(Frame::Array { is_first }) = self.frames.last().copied() else { return Ok(false) };
        if self.is_closed(b']', is_first)? {
            return Ok(false);
        }
        if let Some(frame) = self.frames.last_mut() {
            *frame = Frame::Array { is_first: false };
        }
        Ok(true)
    }

    /// Moves on to the next member or item, over the comma before it; true when `close` stands there instead.
    fn is_closed(&mut self, close: u8, is_first: bool) -> Result<bool, Error> {
        self.blanks()?;
        let comma = self.at;
        let has_comma = !is_first && self.take(b',');
        if has_comma {
            self.blanks()?;
        }
        if self.take(close) {
            if has_comma {
                self.note(comma, "a comma before the end of an object or array");
            }
            self.frames.pop();
            return Ok(true);
        }
        if is_first || has_comma {
            return Ok(false);
        }
        let what = if matches!(self.peek(), None | Some(0)) {
            "the text ends inside an object or array"
        } else {
            "a comma or the end of the object or array is wanted"
        };
        Err(self.malformed(self.at, what))
    }
}

/// Line and column behind `bytes`, which begin at `line` and `column`: columns count code points.
fn advance(bytes: &[u8], mut line: u32, mut column: u32) -> (u32, u32) {
    for byte in bytes {
        if *byte == b'\n' {
            line = line.saturating_add(1);
            column = 1;
        } else if byte & 0xc0 != 0x80 {
            column = column.saturating_add(1);
        }
    }
    (line, column)
}
