//! The old text form of property lists (`OpenStep`), which `.strings` files are written in
//! (`CFOldStylePList.c`): `{ key = value; }`, `( a, b )`, `<hex>`, quoted and unquoted text, or the members of a
//! dictionary without its braces.
//!
//! JSON is none: a colon after a key is an error here as on a device.

use super::{At, Builder, Node, Value};
use crate::deadline;
use crate::doubt::{Code, Reading};
use crate::error::Error;
use crate::format::text::{Positions, Text};
use crate::source::Escaped;

/// The upper half of the `NeXTSTEP` encoding, which octal escapes are in (`kCFStringEncodingNextStepLatin`).
const NEXTSTEP: [char; 128] = [
    '\u{a0}', 'À', 'Á', 'Â', 'Ã', 'Ä', 'Å', 'Ç', 'È', 'É', 'Ê', 'Ë', 'Ì', 'Í', 'Î', 'Ï', 'Ð', 'Ñ', 'Ò', 'Ó', 'Ô', 'Õ',
    'Ö', 'Ù', 'Ú', 'Û', 'Ü', 'Ý', 'Þ', 'µ', '×', '÷', '©', '¡', '¢', '£', '⁄', '¥', 'ƒ', '§', '¤', '’', '“', '«', '‹',
    '›', 'ﬁ', 'ﬂ', '®', '–', '†', '‡', '·', '¦', '¶', '•', '‚', '„', '”', '»', '…', '‰', '¬', '¿', '¹', 'ˋ', '´', 'ˆ',
    '˜', '¯', '˘', '˙', '¨', '²', '˚', '¸', '³', '˝', '˛', 'ˇ', '—', '±', '¼', '½', '¾', 'à', 'á', 'â', 'ã', 'ä', 'å',
    'ç', 'è', 'é', 'ê', 'ë', 'ì', 'Æ', 'í', 'ª', 'î', 'ï', 'ð', 'ñ', 'Ł', 'Ø', 'Œ', 'º', 'ò', 'ó', 'ô', 'õ', 'ö', 'æ',
    'ù', 'ú', 'û', 'ı', 'ü', 'ý', 'ł', 'ø', 'œ', 'ß', 'þ', 'ÿ', '\u{fffd}', '\u{fffd}',
];

/// What has to come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A key, or the end of a dictionary.
    Key,
    /// A value, or the end of an array.
    Item,
    AfterValue,
}

struct OpenStep<'t, 'p> {
    text: &'t str,
    at: usize,
    positions: Positions<'t>,
    builder: Builder<'p>,
}

/// # Errors
/// `plist-text-malformed`, `limit-plist-…`.
pub(super) fn read(text: &Text<'_>, builder: Builder<'_>) -> Result<Reading<Node>, Error> {
    let mut parser = OpenStep { text: text.text(), at: 0, positions: text.positions(), builder };
    if !parser.skip_blanks() {
        let at = parser.here();
        return Ok(parser.builder.finish(Node { value: Value::Dictionary(Vec::new()), at }));
    }
    let mut root = parser.run(Next::Value)?;
    if parser.skip_blanks() {
        if root.value.as_text().is_none() {
            return Err(parser.error("something follows the end of the property list"));
        }
        // A text with something behind it: the members of a dictionary without its braces, from the start.
        parser.at = 0;
        let at = parser.here();
        parser.builder.open_dictionary(at)?;
        root = parser.run(Next::Key)?;
        if parser.skip_blanks() {
            let at = parser.here();
            parser.builder.doubt(Code::PlistTrailing, at, "something follows the last member of the dictionary");
        }
    }
    Ok(parser.builder.finish(root))
}

/// `isValidUnquotedStringCharacter`.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '/' | ':' | '.' | '-')
}

/// The blanks of `advanceToNonSpace`.
fn is_blank(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{2028}' | '\u{2029}')
}

impl OpenStep<'_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn here(&mut self) -> At {
        self.positions.at(self.at)
    }

    fn error(&mut self, message: impl Into<String>) -> Error {
        let at = self.here();
        self.builder.error(Code::PlistTextMalformed, at, message)
    }

    fn unexpected(&mut self, wanted: &str) -> Error {
        let found = match self.peek() {
            Some(c) => format!("`{}` stands", Escaped(c.encode_utf8(&mut [0; 4]))),
            None => "the file ends".to_owned(),
        };
        self.error(format!("{found} where {wanted} is wanted"))
    }

    /// Skips blanks and comments; false at the end (`advanceToNonSpace`). A comment may stay open at the end.
    fn skip_blanks(&mut self) -> bool {
        loop {
            deadline::step();
            let rest = self.rest();
            if let Some(comment) = rest.strip_prefix("//") {
                let is_end = |c| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
                self.at += 2 + comment.find(is_end).unwrap_or(comment.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                self.at += 2 + comment.find("*/").map_or(comment.len(), |end| end + 2);
            } else {
                match rest.chars().next() {
                    Some(c) if is_blank(c) => self.at += c.len_utf8(),
                    found => return found.is_some(),
                }
            }
        }
    }

    /// Reads until what was open at first is closed; an opened dictionary without braces ends where no key follows.
    fn run(&mut self, mut next: Next) -> Result<Node, Error> {
        let is_braceless = next == Next::Key;
        loop {
            deadline::step();
            self.skip_blanks();
            let at = self.here();
            let root = match (next, self.peek()) {
                (Next::Value | Next::Item, Some('{')) => {
                    self.bump();
                    self.builder.open_dictionary(at)?;
                    next = Next::Key;
                    continue;
                }
                (Next::Value | Next::Item, Some('(')) => {
                    self.bump();
                    self.builder.open_array(at)?;
                    next = Next::Item;
                    continue;
                }
                (Next::Value | Next::Item, Some('<')) => {
                    self.data()?;
                    next = Next::AfterValue;
                    self.builder.value(Value::Data, at)?
                }
                (Next::Value | Next::Item, Some(c)) if is_bare(c) || matches!(c, '"' | '\'') => {
                    let text = self.string()?;
                    next = Next::AfterValue;
                    let text = self.builder.text(&text, at)?;
                    self.builder.value(Value::Text(text), at)?
                }
                (Next::Value, _) => return Err(self.unexpected("a value")),
                (Next::Key, Some(c)) if is_bare(c) || matches!(c, '"' | '\'') => {
                    next = self.member(at)?;
                    continue;
                }
                (Next::Key, _) if is_braceless && self.builder.depth() == 1 => self.builder.close(at)?,
                (Next::Key, _) => {
                    if !self.take('}') {
                        return Err(self.unexpected("a key or `}`"));
                    }
                    next = Next::AfterValue;
                    self.builder.close(at)?
                }
                (Next::Item, _) => {
                    if !self.take(')') {
                        return Err(self.unexpected("a value or `)`"));
                    }
                    next = Next::AfterValue;
                    self.builder.close(at)?
                }
                (Next::AfterValue, _) if self.builder.in_dictionary() => {
                    if !self.take(';') {
                        return Err(self.unexpected("`;`"));
                    }
                    next = Next::Key;
                    continue;
                }
                (Next::AfterValue, Some(',')) => {
                    self.bump();
                    next = Next::Item;
                    continue;
                }
                (Next::AfterValue, _) => {
                    if !self.take(')') {
                        return Err(self.unexpected("`,` or `)`"));
                    }
                    self.builder.close(at)?
                }
            };
            if let Some(root) = root {
                return Ok(root);
            }
        }
    }

    /// A key and what follows it: `=` and a value, or `;` for a value that is the key.
    fn member(&mut self, at: At) -> Result<Next, Error> {
        let key = self.string()?;
        let key = self.builder.text(&key, at)?;
        self.skip_blanks();
        let is_short = match self.peek() {
            Some('=') => {
                self.bump();
                false
            }
            Some(';') => true,
            _ => return Err(self.unexpected("`=` or `;` after a key")),
        };
        self.builder.key(std::sync::Arc::clone(&key), at)?;
        if !is_short {
            return Ok(Next::Value);
        }
        self.builder.value(Value::Text(key), at)?;
        Ok(Next::AfterValue)
    }

    fn string(&mut self) -> Result<String, Error> {
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            return self.quoted(quote);
        }
        let rest = self.rest();
        let bare = rest.get(..rest.find(|c| !is_bare(c)).unwrap_or(rest.len())).unwrap_or_default().to_owned();
        self.at += bare.len();
        Ok(bare)
    }

    fn quoted(&mut self, quote: char) -> Result<String, Error> {
        let start = self.at;
        self.bump();
        // UTF-16, since an escape can be one half of a character.
        let mut units: Vec<u16> = Vec::new();
        loop {
            deadline::step();
            match self.bump() {
                Some(c) if c == quote => break,
                Some('\\') => {
                    let escaped = self.escaped();
                    units.extend(escaped);
                }
                Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
                None => {
                    self.at = start;
                    return Err(self.error("a quoted text does not end"));
                }
            }
        }
        String::from_utf16(&units).or_else(|_| {
            let at = self.positions.at(start);
            self.builder.doubt(Code::PlistBrokenText, at, "an escape is half a character");
            Ok(String::from_utf16_lossy(&units))
        })
    }

    /// What follows a backslash (`getSlashedChar`); nothing at the end of the file.
    fn escaped(&mut self) -> Vec<u16> {
        let Some(c) = self.bump() else { return Vec::new() };
        let digits = |this: &mut Self, radix: u32, most: usize, first: u32| {
            let mut number = first;
            for _ in 0..most {
                deadline::step();
                let Some(digit) = this.peek().and_then(|c| c.to_digit(radix)) else { break };
                this.bump();
                number = number * radix + digit;
            }
            number
        };
        let c = match c {
            '0'..='7' => {
                let number = digits(self, 8, 2, c.to_digit(8).unwrap_or_default()) & 0xff;
                let index = usize::try_from(number).unwrap_or_default();
                match index.checked_sub(NEXTSTEP.len()).and_then(|index| NEXTSTEP.get(index)) {
                    Some(&c) => c,
                    None => char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            'U' => return vec![u16::try_from(digits(self, 16, 4, 0)).unwrap_or_default()],
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            c => c,
        };
        c.encode_utf16(&mut [0; 2]).to_vec()
    }

    /// `<` hexadecimal digits in pairs, blanks between them, `>`.
    fn data(&mut self) -> Result<(), Error> {
        self.bump();
        let mut is_half = false;
        loop {
            deadline::step();
            match self.peek() {
                Some('>') if !is_half => {
                    self.bump();
                    return Ok(());
                }
                Some(c) if c.is_ascii_hexdigit() => is_half = !is_half,
                Some(' ' | '\n' | '\t' | '\r' | '\u{2028}' | '\u{2029}') if !is_half => {}
                _ => return Err(self.unexpected("a pair of hexadecimal digits or `>`")),
            }
            self.bump();
        }
    }
}
