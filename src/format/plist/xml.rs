//! XML property lists, with quick-xml under a guard of our own.
//!
//! CoreFoundation reads XML by hand, and divides some well-formed documents differently than other readers do
//! (`CFPropertyList.c`). What is read here without a doubt is what all of them read alike: the usual prolog, no
//! attribute but `version`, no odd comment, one root, nothing inside a text but text, CDATA and the five entities.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{At, Builder, Node, Value};
use crate::deadline;
use crate::doubt::{Code, Reading};
use crate::error::Error;
use crate::format::text::{Positions, Text};
use crate::source::Escaped;

/// Comments and processing instructions that begin like this end at once for some readers and much later for others.
const ODD: [&str; 3] = ["<!-->", "<!--->", "<?>"];

/// What is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the first element.
    Prolog,
    /// Inside `<plist>`, or inside a root without one.
    Content,
    /// After the end of the root.
    Done,
}

/// An element that holds text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Key,
    Text,
    Integer,
    Real,
    Date,
    Data,
    Boolean(bool),
}

impl Leaf {
    fn named(name: &str) -> Option<Leaf> {
        Some(match name {
            "key" => Leaf::Key,
            "string" => Leaf::Text,
            "integer" => Leaf::Integer,
            "real" => Leaf::Real,
            "date" => Leaf::Date,
            "data" => Leaf::Data,
            "true" => Leaf::Boolean(true),
            "false" => Leaf::Boolean(false),
            _ => return None,
        })
    }
}

struct Xml<'t, 'p> {
    positions: Positions<'t>,
    builder: Builder<'p>,
    stage: Stage,
    /// `<plist>` is open.
    in_plist: bool,
    /// The element of text that is open, its text so far, and where that begins.
    leaf: Option<(Leaf, String, usize)>,
    root: Option<Node>,
}

/// # Errors
/// `plist-xml-malformed`, `plist-xml-entity`, `plist-xml-ambiguous`, `limit-plist-…`.
pub(super) fn read(text: &Text<'_>, builder: Builder<'_>) -> Result<Reading<Node>, Error> {
    let whole = text.text();
    let mut xml =
        Xml { positions: text.positions(), builder, stage: Stage::Prolog, in_plist: false, leaf: None, root: None };
    if let Some(at) = ODD.iter().filter_map(|odd| whole.find(odd)).min() {
        return Err(xml.error(
            Code::PlistXmlAmbiguous,
            at,
            "a comment or an instruction begins with what ends it for some readers",
        ));
    }
    let mut reader = Reader::from_str(whole);
    loop {
        deadline::step();
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Eof) => return xml.finish(whole.len()),
            Ok(event) => {
                if !xml.event(event, start)? {
                    return xml.finish(start);
                }
            }
            Err(_) if xml.stage == Stage::Done => {
                xml.trailing(start);
                return xml.finish(start);
            }
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(start);
                let code = match &error {
                    quick_xml::Error::IllFormed(quick_xml::errors::IllFormedError::UnclosedReference) => {
                        Code::PlistXmlEntity
                    }
                    _ => Code::PlistXmlMalformed,
                };
                return Err(xml.error(
                    code,
                    at,
                    format!("the XML is not well-formed: {}", Escaped(&error.to_string())),
                ));
            }
        }
    }
}

impl Xml<'_, '_> {
    fn at(&mut self, index: usize) -> At {
        self.positions.at(index)
    }

    fn error(&mut self, code: Code, index: usize, message: impl Into<String>) -> Error {
        let at = self.at(index);
        self.builder.error(code, at, message)
    }

    fn doubt(&mut self, code: Code, index: usize, message: impl Into<String>) {
        let at = self.at(index);
        self.builder.doubt(code, at, message);
    }

    fn trailing(&mut self, index: usize) {
        self.doubt(Code::PlistTrailing, index, "something follows the end of the property list");
    }

    /// Takes one event that begins at `start`; false when the rest is not to be read.
    fn event(&mut self, event: Event<'_>, start: usize) -> Result<bool, Error> {
        let is_blank = |text: &str| text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
        if self.stage == Stage::Done {
            let ignored = match &event {
                Event::Comment(_) => true,
                Event::Text(text) => is_blank(text),
                _ => false,
            };
            if !ignored {
                self.trailing(start);
            }
            return Ok(ignored);
        }
        match event {
            Event::Start(tag) => self.start(&tag, start, false)?,
            Event::Empty(tag) => self.start(&tag, start, true)?,
            Event::End(_) => self.end(start)?,
            Event::Text(text) if self.leaf.is_none() && is_blank(&text) => {}
            Event::Text(text) => self.text(&text, start, false)?,
            Event::CData(text) => self.text(&text, start, true)?,
            Event::GeneralRef(name) => {
                let c = self.resolve(&name, start)?;
                if !matches!(self.leaf, Some((Leaf::Key | Leaf::Text | Leaf::Real, ..))) {
                    self.doubt(Code::PlistXmlUnusual, start, "a reference stands where no text is");
                }
                self.push(c.encode_utf8(&mut [0; 4]));
            }
            Event::Comment(_) if self.leaf.is_some() => {
                self.doubt(Code::PlistXmlUnusual, start, "a comment stands inside a text");
            }
            // CoreFoundation skips one character too many there (`parseXMLPropertyList`).
            Event::Comment(text) if text.is_empty() && self.stage == Stage::Prolog => {
                return Err(self.error(Code::PlistXmlAmbiguous, start, "an empty comment stands before the root"));
            }
            Event::Comment(_) | Event::Eof => {}
            Event::Decl(_) if start == 0 => {}
            Event::Decl(_) => self.doubt(Code::PlistXmlUnusual, start, "an XML declaration stands inside the document"),
            Event::PI(_) => self.doubt(Code::PlistXmlUnusual, start, "there is a processing instruction"),
            Event::DocType(content) if content.contains(['<', '>', '[']) => {
                let message = "the DOCTYPE holds declarations or a quoted `>`, which a device does not read";
                return Err(self.error(Code::PlistXmlAmbiguous, start, message));
            }
            Event::DocType(_) if self.stage == Stage::Prolog => {}
            Event::DocType(_) => {
                return Err(self.error(Code::PlistXmlMalformed, start, "a DOCTYPE stands inside the document"));
            }
        }
        Ok(true)
    }

    fn push(&mut self, text: &str) {
        if let Some((_, content, _)) = &mut self.leaf {
            content.push_str(text);
        }
    }

    fn text(&mut self, text: &str, start: usize, is_cdata: bool) -> Result<(), Error> {
        match self.leaf {
            Some((Leaf::Key | Leaf::Text, ..)) => {}
            Some(_) if !is_cdata => {}
            Some(_) => self.doubt(Code::PlistXmlUnusual, start, "a CDATA section stands where no text is"),
            None if self.stage == Stage::Prolog => {
                return Err(self.error(Code::PlistXmlMalformed, start, "text stands before the root"));
            }
            None => self.doubt(Code::PlistXmlUnusual, start, "text stands between elements"),
        }
        self.push(text);
        Ok(())
    }

    /// The character that a reference means: one of the five of XML, or a number.
    fn resolve(&mut self, name: &BytesRef<'_>, start: usize) -> Result<char, Error> {
        let named = match &**name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => name.resolve_char_ref().ok().flatten(),
        };
        named.ok_or_else(|| {
            let message = format!("&{:.40}; means no character", Escaped(name));
            self.error(Code::PlistXmlEntity, start, message)
        })
    }

    fn start(&mut self, tag: &BytesStart<'_>, start: usize, is_empty: bool) -> Result<(), Error> {
        let name = tag.name().0;
        self.attributes(tag.attributes_raw(), name == "plist", start)?;
        if self.leaf.is_some() {
            let message = format!("<{:.40}> stands inside a text", Escaped(name));
            return Err(self.error(Code::PlistXmlMalformed, start, message));
        }
        let is_first = self.stage == Stage::Prolog;
        self.stage = Stage::Content;
        if name == "plist" {
            if !is_first || is_empty {
                return Err(self.error(Code::PlistXmlMalformed, start, "<plist> is empty or not the root"));
            }
            self.in_plist = true;
            return Ok(());
        }
        if self.root.is_some() {
            return Err(self.error(Code::PlistXmlMalformed, start, "<plist> holds more than one value"));
        }
        let at = self.at(start);
        match (name, Leaf::named(name)) {
            ("dict", _) => self.builder.open_dictionary(at)?,
            ("array", _) => self.builder.open_array(at)?,
            (_, Some(leaf)) => {
                // What a tag takes: `<`, the name, the attributes, `>`.
                self.leaf = Some((leaf, String::new(), start + tag.len() + 2));
                if !is_empty {
                    return Ok(());
                }
                // An empty value of another type is none by itself.
                if leaf == Leaf::Data {
                    self.doubt(Code::PlistValue, start, "<data/> has no value");
                }
                return self.end(start);
            }
            _ => {
                let message = format!("<{:.40}> is no element of a property list", Escaped(name));
                return Err(self.error(Code::PlistXmlMalformed, start, message));
            }
        }
        if is_empty { self.end(start) } else { Ok(()) }
    }

    fn attributes(&mut self, raw: &str, is_plist: bool, start: usize) -> Result<(), Error> {
        let raw = raw.trim();
        if raw.contains(['<', '>']) {
            let message = "an attribute holds `>`, which ends the tag for a device";
            return Err(self.error(Code::PlistXmlAmbiguous, start, message));
        }
        let version = || {
            let value = raw.strip_prefix("version")?.trim_start().strip_prefix('=')?.trim_start();
            let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
            let number = quoted('"').or_else(|| quoted('\''))?;
            number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then_some(())
        };
        let is_usual = raw.is_empty() || (is_plist && version().is_some());
        if !is_usual {
            self.doubt(Code::PlistXmlUnusual, start, format!("a tag has the attribute {:.80}", Escaped(raw)));
        }
        Ok(())
    }

    /// The end of what is open: a text, a container, or `<plist>`. quick-xml has compared the names.
    fn end(&mut self, start: usize) -> Result<(), Error> {
        // Places are asked for in rising order: going back would walk the text once more for each element.
        if let Some((leaf, content, index)) = self.leaf.take() {
            let content_at = self.at(index);
            let root = self.close_leaf(leaf, &content, content_at)?;
            return self.close_root(root, start);
        }
        if self.builder.depth() > 0 {
            let at = self.at(start);
            let root = self.builder.close(at)?;
            return self.close_root(root, start);
        }
        // Only <plist> can be open.
        self.in_plist = false;
        self.stage = Stage::Done;
        match self.root {
            Some(_) => Ok(()),
            None => Err(self.error(Code::PlistXmlMalformed, start, "<plist> is empty")),
        }
    }

    fn close_root(&mut self, root: Option<Node>, start: usize) -> Result<(), Error> {
        let Some(root) = root else { return Ok(()) };
        if self.root.is_some() {
            return Err(self.error(Code::PlistXmlMalformed, start, "there is more than one value"));
        }
        self.root = Some(root);
        if !self.in_plist {
            self.stage = Stage::Done;
        }
        Ok(())
    }

    fn close_leaf(&mut self, leaf: Leaf, content: &str, at: At) -> Result<Option<Node>, Error> {
        let wrong = |this: &mut Self| {
            let message = format!("`{:.40}` is no value of its type", Escaped(content));
            this.builder.doubt(Code::PlistValue, at, message);
        };
        let value = match leaf {
            Leaf::Key if self.builder.in_dictionary() => {
                let key = self.builder.text(content, at)?;
                self.builder.key(key, at)?;
                return Ok(None);
            }
            Leaf::Key => {
                self.builder.doubt(Code::PlistXmlUnusual, at, "a key stands outside a dictionary");
                Value::Text(self.builder.text(content, at)?)
            }
            Leaf::Text => Value::Text(self.builder.text(content, at)?),
            Leaf::Integer => integer(content).map_or_else(
                || {
                    wrong(self);
                    Value::Null
                },
                Value::Integer,
            ),
            Leaf::Real => content.parse().map_or_else(
                |_| {
                    wrong(self);
                    Value::Null
                },
                Value::Real,
            ),
            Leaf::Date => {
                if !is_date(content) {
                    wrong(self);
                }
                Value::Date
            }
            Leaf::Data => {
                if !content.is_ascii() {
                    wrong(self);
                }
                Value::Data
            }
            Leaf::Boolean(value) => {
                if !content.is_empty() {
                    wrong(self);
                }
                Value::Boolean(value)
            }
        };
        self.builder.value(value, at)
    }

    fn finish(mut self, end: usize) -> Result<Reading<Node>, Error> {
        if self.stage != Stage::Done {
            return Err(self.error(Code::PlistXmlMalformed, end, "the XML ends before its root is closed"));
        }
        match self.root.take() {
            Some(root) => Ok(self.builder.finish(root)),
            None => Err(self.error(Code::PlistXmlMalformed, end, "the XML holds no value")),
        }
    }
}

/// `parseIntegerTag`: blanks, a sign, decimal or hexadecimal digits, 64 bits.
fn integer(content: &str) -> Option<i128> {
    let content = content.trim_start();
    let (sign, digits) = match content.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, content.strip_prefix('+').unwrap_or(content)),
    };
    let digits = digits.trim_start();
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(rest) => (16, rest),
        None => (10, digits),
    };
    if digits.starts_with('+') {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    (sign > 0 || magnitude <= 1 << 63).then_some(sign * i128::from(magnitude))
}

/// `parseDateTag`: `YYYY-MM-DDThh:mm:ssZ`, the year of any length.
fn is_date(content: &str) -> bool {
    let content = content.strip_prefix('-').unwrap_or(content);
    let year = content.bytes().take_while(u8::is_ascii_digit).count();
    let pattern = b"-00-00T00:00:00Z";
    let rest = content.as_bytes().get(year..).unwrap_or_default();
    let fits = |(&byte, &wanted): (&u8, &u8)| if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
    rest.len() == pattern.len() && rest.iter().zip(pattern).all(fits)
}
