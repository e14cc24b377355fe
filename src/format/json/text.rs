//! The tokens of JSON and JSON5: blanks and comments, strings, bare names, numbers.

use std::borrow::Cow;

use super::{BYTE_ORDER_MARK, Json, Value};
use crate::deadline;
use crate::doubt::{Code, Doubt};
use crate::error::Error;

/// U+2028 and U+2029, which end a line for JSON5 and not for a device.
const SEPARATORS: [&[u8]; 2] = [b"\xe2\x80\xa8", b"\xe2\x80\xa9"];

/// What stands for text that is none.
const REPLACEMENT: char = '\u{fffd}';

impl<'t> Json<'t> {
    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Moves on over blanks and comments.
    pub(super) fn blanks(&mut self) -> Result<(), Error> {
        loop {
            deadline::step();
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => self.comment()?,
                Some(b'\x0b' | b'\x0c') => self.odd_blank(1),
                Some(0x80..) => match self.odd_blank_len() {
                    Some(len) => self.odd_blank(len),
                    None => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn odd_blank(&mut self, len: usize) {
        self.note(self.at, "a blank other than space, tab and line end");
        self.at = self.at.saturating_add(len);
    }

    /// The bytes of the blank of JSON5 that stands here and is not ASCII.
    fn odd_blank_len(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with(BYTE_ORDER_MARK) {
            return Some(BYTE_ORDER_MARK.len());
        }
        let c = first_char(rest)?;
        c.is_whitespace().then(|| c.len_utf8())
    }

    fn comment(&mut self) -> Result<(), Error> {
        let start = self.at;
        let rest = self.rest();
        self.has_comments = true;
        if rest.starts_with(b"//") {
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0)).unwrap_or(rest.len());
            let line = rest.get(..end).unwrap_or_default();
            if let Some(at) = line.windows(3).position(|bytes| SEPARATORS.contains(&bytes)) {
                let place = self.place_at(start.saturating_add(at));
                let message = "a comment holds a line separator, which ends it for some readers and not for a device";
                self.doubt(Doubt::new(Code::JsonAmbiguous, place, message));
            }
            self.at = start.saturating_add(end);
            return Ok(());
        }
        if !rest.starts_with(b"/*") {
            return Err(self.malformed(start, "this is no value"));
        }
        let inside = rest.get(2..).unwrap_or_default();
        let end = inside.windows(2).position(|bytes| bytes == b"*/");
        let inside = end.and_then(|end| inside.get(..end));
        match (inside, end) {
            (Some(inside), Some(end)) if !inside.contains(&0) => {
                self.at = start.saturating_add(end).saturating_add(4);
                Ok(())
            }
            _ => Err(self.malformed(start, "the comment has no end")),
        }
    }

    /// The string that begins here with `quote`.
    pub(super) fn string(&mut self, quote: u8) -> Result<Cow<'t, str>, Error> {
        let start = self.at;
        if quote == b'\'' {
            self.note(start, "a string in single quotes");
        }
        self.at += 1;
        let mut text: Option<Vec<u8>> = None;
        loop {
            deadline::step();
            let from = self.at;
            let rest = self.rest();
            let Some(len) = rest.iter().position(|&byte| byte == quote || byte == b'\\' || byte < b' ') else {
                return Err(self.malformed(start, "the string has no end"));
            };
            let plain = rest.get(..len).unwrap_or_default();
            self.at = from.saturating_add(len);
            let end = self.peek();
            if end == Some(quote) && text.is_none() {
                self.at += 1;
                return Ok(self.decoded(Cow::Borrowed(plain), start));
            }
            let mut owned = text.take().unwrap_or_default();
            owned.extend_from_slice(plain);
            match end {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Ok(self.decoded(Cow::Owned(owned), start));
                }
                Some(b'\\') => self.escape(&mut owned)?,
                Some(byte @ 1..=0x1f) if !matches!(byte, b'\n' | b'\r') => {
                    self.note(self.at, "a control character in a string");
                    owned.push(byte);
                    self.at += 1;
                }
                _ => return Err(self.malformed(start, "the string has no end on its line")),
            }
            text = Some(owned);
        }
    }

    fn decoded(&mut self, bytes: Cow<'t, [u8]>, start: usize) -> Cow<'t, str> {
        let text = match bytes {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Cow::Owned(text),
                Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
            },
        };
        // A real U+FFFD is looked at twice and costs nothing else.
        if text.contains(REPLACEMENT) {
            let written = self.bytes.get(start..self.at).unwrap_or_default();
            if std::str::from_utf8(written).is_err() {
                let place = self.place_at(start);
                self.doubt(Doubt::new(Code::JsonText, place, "the string holds bytes that are no UTF-8"));
            }
        }
        text
    }

    /// Resolves the escape that begins here.
    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        let byte = match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let c = self.unicode_escape(start)?;
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            None | Some(0) => return Err(self.malformed(start, "the escape has no end")),
            Some(other) => return self.odd_escape(start, other, text),
        };
        text.push(byte);
        Ok(())
    }

    /// An escape that JSON5 alone has.
    fn odd_escape(&mut self, start: usize, letter: u8, text: &mut Vec<u8>) -> Result<(), Error> {
        self.note(start, "an escape in a string that is none");
        match letter {
            b'v' => text.push(0x0b),
            b'0' if !matches!(self.peek(), Some(b'0'..=b'9')) => text.push(0),
            b'x' => {
                let Some(code) = self.hex(2) else {
                    return Err(self.malformed(start, "two hex digits are wanted"));
                };
                let c = char::from_u32(code).unwrap_or(REPLACEMENT);
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            // A line end behind a backslash is no part of the string.
            b'\n' => {}
            b'\r' => {
                self.take(b'\n');
            }
            b'0'..=b'9' => return Err(self.malformed(start, "there is no such escape")),
            other => {
                let here = self.at.saturating_sub(1);
                let rest = self.bytes.get(here..).unwrap_or_default();
                if SEPARATORS.iter().any(|separator| rest.starts_with(separator)) {
                    self.at = here.saturating_add(3);
                } else {
                    text.push(other);
                }
            }
        }
        Ok(())
    }

    /// The character of an escape `\uXXXX`, or of two that are a surrogate pair.
    fn unicode_escape(&mut self, start: usize) -> Result<char, Error> {
        let Some(unit) = self.hex(4) else { return Err(self.malformed(start, "four hex digits are wanted")) };
        if let Some(c) = char::from_u32(unit) {
            return Ok(c);
        }
        let behind = self.at;
        if (0xd800..0xdc00).contains(&unit)
            && self.take(b'\\')
            && self.take(b'u')
            && let Some(low @ 0xdc00..=0xdfff) = self.hex(4)
        {
            let code = 0x1_0000_u32.saturating_add((unit & 0x3ff) << 10).saturating_add(low & 0x3ff);
            return Ok(char::from_u32(code).unwrap_or(REPLACEMENT));
        }
        self.at = behind;
        let place = self.place_at(start);
        self.doubt(Doubt::new(Code::JsonText, place, "one half of a surrogate pair stands alone"));
        Ok(REPLACEMENT)
    }

    /// The number that `digits` hexadecimal digits give.
    fn hex(&mut self, digits: usize) -> Option<u32> {
        let text = self.rest().get(..digits)?;
        let value = text.iter().try_fold(0_u32, |value, &byte| {
            char::from(byte).to_digit(16).map(|digit| value.wrapping_mul(16).wrapping_add(digit))
        })?;
        self.at = self.at.saturating_add(digits);
        Some(value)
    }

    /// A key without quotes.
    pub(super) fn bare_key(&mut self) -> Result<Cow<'t, str>, Error> {
        let start = self.at;
        let mut key = String::new();
        loop {
            deadline::step();
            let rest = self.rest();
            if rest.starts_with(b"\\u") {
                self.at = self.at.saturating_add(2);
                let c = self.unicode_escape(start)?;
                key.push(c);
                continue;
            }
            match first_char(rest) {
                Some(c) if c.is_alphanumeric() || matches!(c, '$' | '_' | '\u{200c}' | '\u{200d}') => {
                    key.push(c);
                    self.at = self.at.saturating_add(c.len_utf8());
                }
                _ => break,
            }
        }
        if key.is_empty() {
            return Err(self.malformed(start, "a key is wanted"));
        }
        self.note(start, "a key without quotes");
        Ok(Cow::Owned(key))
    }

    /// `true`, `false`, `null`; for JSON5 `Infinity` and `NaN`.
    pub(super) fn word(&mut self) -> Result<Value<'t>, Error> {
        let start = self.at;
        let rest = self.rest();
        let len = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        self.at = start.saturating_add(len);
        match rest.get(..len).unwrap_or_default() {
            b"true" => Ok(Value::Boolean(true)),
            b"false" => Ok(Value::Boolean(false)),
            b"null" => Ok(Value::Null),
            word @ (b"Infinity" | b"NaN") => {
                self.note(start, "a number that is none");
                Ok(Value::Number(std::str::from_utf8(word).unwrap_or_default()))
            }
            _ => Err(self.malformed(start, "this is no value")),
        }
    }

    /// A number, as written.
    pub(super) fn number(&mut self) -> Result<&'t str, Error> {
        let start = self.at;
        let rest = self.rest();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let len = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.at = start.saturating_add(len);
        let text = rest.get(..len).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        if is_number(text, false) {
            return Ok(text);
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let hex = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
        let is_hex = hex.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let is_signed_once = !unsigned.starts_with('-');
        if is_hex || (is_signed_once && is_number(unsigned, true)) || matches!(unsigned, "Infinity" | "NaN") {
            self.note(start, "a number in a form of JSON5");
            return Ok(text);
        }
        Err(self.malformed(start, "this is no number"))
    }
}

/// Whether `text` is a number of JSON; with `is_loose` the digits before or after the point may be missing.
fn is_number(text: &str, is_loose: bool) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_zero = whole.len() > 1 && whole.starts_with('0');
    let is_there = |text: &str| !text.is_empty();
    let is_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        is_there(exponent) && digits(exponent)
    });
    let has_digits = if is_loose {
        is_there(whole) || fraction.is_some_and(is_there)
    } else {
        is_there(whole) && fraction.is_none_or(is_there)
    };
    has_digits && !has_zero && digits(whole) && fraction.is_none_or(digits) && is_exponent
}

/// The character at the start of `bytes`, where it is one.
fn first_char(bytes: &[u8]) -> Option<char> {
    let head = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    valid.chars().next()
}
