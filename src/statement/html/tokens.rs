//! The tags of a page, with their places, from html5gum.
//!
//! Text is not taken from the tokenizer but from the page, between two tags: so every character keeps its place.

use std::borrow::Cow;

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{State, StringReader, Tokenizer};

use super::super::text::Span;
use super::tags::Tag;

/// The attributes of a tag that say how its element is shown or what it is.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) style: String,
    pub(super) class: String,
    pub(super) id: String,
    pub(super) role: String,
    pub(super) kind: String,
    pub(super) rel: String,
    pub(super) colour: String,
    pub(super) ground: String,
    pub(super) href: Option<String>,
    pub(super) columns: Option<u32>,
    pub(super) rows: Option<u32>,
    pub(super) level: Option<u32>,
    pub(super) hidden: bool,
    pub(super) open: bool,
    seen: u16,
}

impl Attributes {
    /// Takes an attribute; the first of two with one name counts.
    fn take(&mut self, name: &[u8], value: &[u8]) {
        let text = || String::from_utf8_lossy(value).into_owned();
        let number = || std::str::from_utf8(value).ok().and_then(leading_number);
        let names: [&[u8]; 14] = [
            b"style",
            b"class",
            b"id",
            b"role",
            b"type",
            b"rel",
            b"color",
            b"bgcolor",
            b"href",
            b"colspan",
            b"rowspan",
            b"aria-level",
            b"hidden",
            b"open",
        ];
        let Some(at) = names.iter().position(|known| *known == name) else { return };
        if self.seen & 1 << at != 0 {
            return;
        }
        self.seen |= 1 << at;
        match at {
            0 => self.style = text(),
            1 => self.class = text(),
            2 => self.id = text(),
            3 => self.role = text().to_ascii_lowercase(),
            4 => self.kind = text().to_ascii_lowercase(),
            5 => self.rel = text().to_ascii_lowercase(),
            6 => self.colour = text().to_ascii_lowercase(),
            7 => self.ground = text().to_ascii_lowercase(),
            8 => self.href = Some(text()),
            9 => self.columns = number(),
            10 => self.rows = number(),
            11 => self.level = number(),
            12 => self.hidden = true,
            _ => self.open = true,
        }
    }
}

/// The number that `value` begins with, as HTML reads one.
fn leading_number(value: &str) -> Option<u32> {
    let value = value.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
    let value = value.strip_prefix('+').unwrap_or(value);
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let digits = value.get(..end).filter(|digits| !digits.is_empty())?;
    Some(digits.parse().unwrap_or(u32::MAX))
}

/// What stands between two texts.
#[derive(Debug)]
pub(super) enum Token {
    Start {
        tag: Tag,
        name: String,
        attributes: Box<Attributes>,
        self_closing: bool,
    },
    End {
        tag: Tag,
        name: String,
    },
    /// A comment or a document type.
    Nothing,
}

/// Puts the events of the tokenizer together.
#[derive(Default)]
struct Collector {
    start: usize,
    tag: Option<Tag>,
    name: String,
    attribute: Vec<u8>,
    attributes: Attributes,
}

impl Collector {
    fn end_attribute(&mut self, value: &[u8]) {
        if !self.attribute.is_empty() {
            self.attributes.take(&self.attribute, value);
            self.attribute.clear();
        }
    }
}

impl Callback<(Token, Span), usize> for Collector {
    fn handle_event(&mut self, event: CallbackEvent<'_>, span: html5gum::Span<usize>) -> Option<(Token, Span)> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.start = span.start;
                let tag = Tag::named(name);
                self.tag = Some(tag);
                self.name.clear();
                self.name.push_str(&String::from_utf8_lossy(name));
                self.attributes = Attributes::default();
                self.attribute.clear();
                None
            }
            CallbackEvent::AttributeName { name } => {
                self.end_attribute(b"");
                if self.tag.is_some() {
                    self.attribute.extend_from_slice(name);
                }
                None
            }
            CallbackEvent::AttributeValue { value } => {
                self.end_attribute(value);
                None
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                self.end_attribute(b"");
                let token = Token::Start {
                    tag: self.tag.take().unwrap_or(Tag::Other),
                    name: std::mem::take(&mut self.name),
                    attributes: Box::new(std::mem::take(&mut self.attributes)),
                    self_closing,
                };
                Some((token, Span::new(self.start, span.end)))
            }
            CallbackEvent::EndTag { name } => {
                self.attribute.clear();
                let token = Token::End { tag: Tag::named(name), name: String::from_utf8_lossy(name).into_owned() };
                Some((token, Span::new(span.start, span.end)))
            }
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } => {
                Some((Token::Nothing, Span::new(span.start, span.end)))
            }
            CallbackEvent::String { .. } | CallbackEvent::Error(_) => None,
        }
    }
}

/// The tags of `page` in order.
pub(super) struct Tokens<'a> {
    tokenizer: Tokenizer<StringReader<'a>, CallbackEmitter<Collector, (Token, Span), usize>>,
}

impl<'a> Tokens<'a> {
    /// The tags of `page`, which has no carriage returns: see [`prepared`].
    pub(super) fn of(page: &'a str) -> Tokens<'a> {
        Tokens { tokenizer: Tokenizer::new_with_emitter(page, CallbackEmitter::new(Collector::default())) }
    }

    /// Takes the content of the element that the last tag began as its kind wants: as text up to its end tag.
    pub(super) fn enter(&mut self, tag: Tag) {
        let state = match tag {
            Tag::Textarea | Tag::Title => State::RcData,
            Tag::Script => State::ScriptData,
            Tag::Style | Tag::Iframe | Tag::Xmp | Tag::Noembed | Tag::Noframes | Tag::Noscript => State::RawText,
            Tag::Plaintext => State::PlainText,
            _ => return,
        };
        self.tokenizer.set_state(state);
    }
}

impl Iterator for Tokens<'_> {
    type Item = (Token, Span);

    fn next(&mut self) -> Option<(Token, Span)> {
        let Ok(token) = self.tokenizer.next()?;
        Some(token)
    }
}

/// `page` with every carriage return made a line feed or a space: of the same length, so that places stay.
pub(super) fn prepared(page: &str) -> Cow<'_, str> {
    if page.contains('\r') { Cow::Owned(page.replace("\r\n", " \n").replace('\r', "\n")) } else { Cow::Borrowed(page) }
}

/// What the character reference at the beginning of `text`, which begins with `&`, stands for, and its length in
/// bytes; `None` when it is no reference but text.
pub(super) fn reference(text: &str) -> Option<(String, usize)> {
    let body = text.get(1..)?;
    let numeric = body.strip_prefix('#');
    let run = numeric.unwrap_or(body).find(|c: char| !c.is_ascii_alphanumeric());
    let mut len = 1 + usize::from(numeric.is_some()) + run.unwrap_or(numeric.unwrap_or(body).len());
    if text.as_bytes().get(len) == Some(&b';') {
        len += 1;
    }
    if numeric.is_none() {
        len = len.min(LONGEST_NAME);
    }
    let name = text.get(..len)?;
    // The commonest by themselves: a tokenizer for each would cost more than all the rest.
    let common = match name {
        "&nbsp;" => Some("\u{a0}"),
        "&amp;" => Some("&"),
        "&lt;" => Some("<"),
        "&gt;" => Some(">"),
        "&quot;" => Some("\""),
        _ => None,
    };
    if let Some(common) = common {
        return Some((common.to_owned(), len));
    }
    let mut decoded = Vec::new();
    let take = |event: CallbackEvent<'_>, _: html5gum::Span<()>| -> Option<std::convert::Infallible> {
        if let CallbackEvent::String { value } = event {
            decoded.extend_from_slice(value);
        }
        None
    };
    let Ok(()) = Tokenizer::new_with_emitter(name, CallbackEmitter::new(take)).finish();
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    if decoded == name {
        return None;
    }
    // What stands behind the reference comes out as it went in.
    let same = name.bytes().rev().zip(decoded.bytes().rev()).take_while(|(a, b)| a == b && *a != b'&').count();
    let same = same.min(decoded.chars().next_back().map_or(0, |_| decoded.len().saturating_sub(1)));
    let stands = decoded.get(..decoded.len() - same)?;
    Some((stands.to_owned(), name.len() - same))
}

/// Bytes of the longest named reference, `&CounterClockwiseContourIntegral;`.
const LONGEST_NAME: usize = 33;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_its_place() {
        let page = "a<p\n class=x>b</p ><!-- c --><br/>\r\n<?x?><td\rid='&lt;'>\r\r\n</td></ x>é<i title=\">\">";
        let prepared = prepared(page);
        assert_eq!(prepared.len(), page.len());
        let found: Vec<&str> = Tokens::of(&prepared).map(|(_, span)| span.of(page)).collect();
        let expected = [
            "<p\n class=x>",
            "</p >",
            "<!-- c -->",
            "<br/>",
            "<?x?>",
            "<td\rid='&lt;'>",
            "</td>",
            "</ x>",
            "<i title=\">\">",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_of_two_attributes_counts_and_raw_text_holds_no_tags() {
        let page = "<script>if (a<b) '<td>' </script><td style=a style=b HIDDEN colspan=' 12x'>";
        let mut tokens = Tokens::of(page);
        let Some((Token::Start { tag, .. }, _)) = tokens.next() else { panic!() };
        tokens.enter(tag);
        assert!(matches!(tokens.next(), Some((Token::End { tag: Tag::Script, .. }, _))));
        let Some((Token::Start { attributes, .. }, _)) = tokens.next() else { panic!() };
        assert_eq!((attributes.style.as_str(), attributes.hidden, attributes.columns), ("a", true, Some(12)));
        assert!(tokens.next().is_none());
    }

    #[test]
    fn references_are_decoded_as_browsers_do() {
        for (text, expected) in [
            ("&amp;x", Some(("&", 5))),
            ("&nbsp;x", Some(("\u{a0}", 6))),
            ("&lowbar;x", Some(("_", 8))),
            ("&ltx", Some(("<", 3))),
            ("&lt", Some(("<", 3))),
            ("&notit;", Some(("¬", 4))),
            ("&#95;x", Some(("_", 5))),
            ("&#95x", Some(("_", 4))),
            ("&#x5F;", Some(("_", 6))),
            ("&#x80;", Some(("€", 6))),
            ("&#0;", Some(("\u{fffd}", 4))),
            ("&#1114112;", Some(("\u{fffd}", 10))),
            ("&#00000000000000000000000000000000000000000095;", Some(("_", 47))),
            ("&CounterClockwiseContourIntegral;", Some(("∳", 33))),
            ("&unknown;", None),
            ("& x", None),
            ("&", None),
            ("&#;", None),
            ("&#x;", None),
        ] {
            let found = reference(text);
            let found = found.as_ref().map(|(stands, len)| (stands.as_str(), *len));
            assert_eq!(found, expected, "{text}");
        }
    }
}
