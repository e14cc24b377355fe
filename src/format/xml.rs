//! XML as text, with quick-xml under a guard of our own: namespaces, positions, and every rule of well-formedness that
//! decides which elements there are.
//!
//! Facts: XML 1.0 (fifth edition) and Namespaces in XML 1.0, as expat and Java's parsers hold to them; what aapt2 makes
//! of attributes (`tools/aapt2/ResourceUtils.cpp`, `link/XmlReferenceLinker.cpp`, `format/binary/XmlFlattener.cpp`).
//! A document that those refuse is refused here. A DOCTYPE with declarations of its own is refused too: it can bring in
//! elements, attributes and names that stand nowhere in the text.

use std::borrow::Cow;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event as Token};

use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::format::document::{Document, Element, Event, Form, Found, Key, Reference, Text as Words, Trail, Value};
use crate::format::text::{self, Positions, Text};
use crate::limits;
use crate::source::{Escaped, Lines, Place};

/// Comments that begin like this end at once for some readers and much later for others.
const ODD: [&str; 2] = ["<!-->", "<!--->"];

/// What the doubts about the text are called.
const CODES: text::Codes =
    text::Codes { encoding: Code::XmlEncoding, no_mark: Code::XmlEncoding, broken: Code::XmlEncoding };

/// The namespace that the prefix `xml` always has.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of the framework's attributes.
pub const ANDROID: &str = "http://schemas.android.com/apk/res/android";
/// The namespace of what is said to build tools, and does not reach a device.
pub const TOOLS: &str = "http://schemas.android.com/tools";

/// An attribute; declarations of namespaces are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The namespace, where it has a prefix.
    pub namespace: Option<String>,
    /// The name without prefix.
    pub name: String,
    /// The value, normalised and with its references resolved.
    pub value: String,
    offset: u64,
}

impl Attribute {
    /// True when its namespace is `uri` and its name `name`.
    #[must_use]
    pub fn is(&self, uri: &str, name: &str) -> bool {
        self.name == name && self.namespace.as_deref() == Some(uri)
    }
}

/// Decodes the text of a document.
///
/// # Errors
/// `xml-encoding`.
pub fn decode<'b>(bytes: &'b [u8], place: &Place) -> Result<Reading<Text<'b>>, Error> {
    text::decode(bytes, place, CODES)
}

/// Where in the document the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Prolog,
    Content,
    Epilog,
}

/// Reads a document in one pass.
pub struct Reader<'t> {
    whole: &'t str,
    tokens: quick_xml::Reader<&'t [u8]>,
    positions: Positions<'t>,
    place: Place,
    stage: Stage,
    trail: Trail<'static>,
    /// Bound prefixes, each with the depth of the element that binds it.
    scopes: Vec<(usize, String, String)>,
    /// The attributes of the element that was read last.
    attributes: Vec<Attribute>,
    /// Where that element and its attributes stand.
    marks: Vec<(u64, Lines)>,
    /// The element that was read last has no content: its end comes next.
    is_empty: bool,
    nodes: usize,
    seen_attributes: usize,
    finished: bool,
    doubts: Vec<Doubt>,
}

impl<'t> Reader<'t> {
    /// Begins with the document in `text`, which is at `place`.
    #[must_use]
    pub fn new(text: &'t Text<'t>, place: Place) -> Self {
        deadline::reading(|| place.clone());
        let whole = text.text();
        let mut tokens = quick_xml::Reader::from_str(whole);
        tokens.config_mut().check_comments = true;
        Self {
            whole,
            tokens,
            positions: text.positions(),
            place,
            stage: Stage::Prolog,
            trail: Trail::default(),
            scopes: Vec::new(),
            attributes: Vec::new(),
            marks: Vec::new(),
            is_empty: false,
            nodes: 0,
            seen_attributes: 0,
            finished: false,
            doubts: Vec::new(),
        }
    }

    /// The attributes of the element that was read last.
    #[must_use]
    pub fn current(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The place of the innermost open element, or of one of its attributes.
    #[must_use]
    pub fn place_of(&self, at: u64) -> Place {
        let lines = self.marks.iter().find(|(offset, _)| *offset == at).or(self.marks.first()).map(|(_, lines)| *lines);
        Place { lines, ..self.trail.place(&self.place, at) }
    }

    fn malformed(&mut self, index: usize, message: impl Into<String>) -> Error {
        self.error(Code::XmlMalformed, index, message)
    }

    fn error(&mut self, code: Code, index: usize, message: impl Into<String>) -> Error {
        Error::new(code, self.positions.at(index).place(&self.place, 1), message)
    }

    /// Before the first token: characters that no document has, and comments that are read in two ways.
    fn begin(&mut self) -> Result<(), Error> {
        let forbidden =
            |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        if let Some((index, c)) = self.whole.char_indices().find(|&(_, c)| forbidden(c)) {
            return Err(self.malformed(index, format!("the character U+{:04X} stands in no XML", u32::from(c))));
        }
        match ODD.iter().filter_map(|odd| self.whole.find(odd)).min() {
            Some(index) => Err(self.malformed(index, "a comment begins with what ends it for some readers")),
            None => Ok(()),
        }
    }

    fn step(&mut self) -> Result<Option<Event<'static>>, Error> {
        if std::mem::take(&mut self.is_empty) {
            return Ok(Some(self.close()));
        }
        if self.tokens.buffer_position() == 0 {
            self.begin()?;
        }
        loop {
            deadline::step();
            let start = usize::try_from(self.tokens.buffer_position()).unwrap_or(usize::MAX);
            let token = match self.tokens.read_event() {
                Ok(token) => token,
                Err(error) => {
                    let at = usize::try_from(self.tokens.error_position()).unwrap_or(start);
                    let message = format!("the XML is not well-formed: {}", Escaped(&error.to_string()));
                    return Err(self.malformed(at, message));
                }
            };
            self.nodes += 1;
            if self.nodes > limits::XML_NODES {
                let message = format!("the document has more than the {} nodes that are read", limits::XML_NODES);
                return Err(self.error(Code::LimitXmlNodes, start, message));
            }
            let is_blank = |text: &str| text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            match token {
                Token::Start(tag) => return self.start(&tag, start).map(Some),
                Token::Empty(tag) => {
                    self.is_empty = true;
                    return self.start(&tag, start).map(Some);
                }
                Token::End(_) => return Ok(Some(self.close())),
                Token::Text(text) if self.stage == Stage::Content || is_blank(&text) => {
                    if text.contains("]]>") {
                        return Err(self.malformed(start, "`]]>` stands in a text"));
                    }
                }
                Token::CData(_) if self.stage == Stage::Content => {}
                Token::GeneralRef(name) if self.stage == Stage::Content => {
                    if reference(&name).is_none() {
                        let message = format!("&{:.40}; means no character", Escaped(&name));
                        return Err(self.malformed(start, message));
                    }
                }
                Token::Text(_) | Token::CData(_) | Token::GeneralRef(_) => {
                    return Err(self.malformed(start, "text stands outside the root"));
                }
                Token::PI(pi) if pi.target().eq_ignore_ascii_case("xml") => {
                    return Err(self.malformed(start, "an XML declaration stands inside the document"));
                }
                Token::Comment(_) | Token::PI(_) => {}
                Token::Decl(_) if start == 0 => {}
                Token::Decl(_) => {
                    return Err(self.malformed(start, "an XML declaration stands inside the document"));
                }
                Token::DocType(content) if self.stage == Stage::Prolog && !content.contains(['[', '<', '>']) => {
                    let place = self.positions.at(start).place(&self.place, 1);
                    let message = "the document has a DOCTYPE; what it refers to was not read";
                    doubt::push(&mut self.doubts, Doubt::new(Code::XmlDoctype, place, message));
                }
                Token::DocType(_) if self.stage == Stage::Prolog => {
                    let message = "the DOCTYPE holds declarations, which can bring in elements and names";
                    return Err(self.error(Code::XmlDoctype, start, message));
                }
                Token::DocType(_) => return Err(self.malformed(start, "a DOCTYPE stands inside the document")),
                Token::Eof if self.stage == Stage::Epilog => return Ok(None),
                Token::Eof if self.stage == Stage::Prolog => {
                    return Err(self.malformed(start, "the document has no element"));
                }
                Token::Eof => {
                    let message = format!("the document ends before {} is closed", self.trail.path());
                    return Err(self.malformed(start, message));
                }
            }
        }
    }

    fn close(&mut self) -> Event<'static> {
        let depth = self.trail.depth();
        self.scopes.retain(|(own, ..)| *own < depth);
        self.trail.close();
        if self.trail.depth() == 0 {
            self.stage = Stage::Epilog;
        }
        Event::End
    }

    fn start(&mut self, tag: &BytesStart<'_>, start: usize) -> Result<Event<'static>, Error> {
        if self.stage == Stage::Epilog {
            return Err(self.malformed(start, "the document has a second root"));
        }
        self.stage = Stage::Content;
        let qualified = tag.name().0;
        if self.trail.depth() >= limits::XML_DEPTH {
            let message = format!("elements are nested deeper than the {} levels that are read", limits::XML_DEPTH);
            return Err(self.error(Code::LimitXmlDepth, start, message));
        }
        let at = self.positions.at(start);
        let offset = self.positions.reached();
        let written = self.written(tag.attributes_raw(), start.saturating_add(1).saturating_add(qualified.len()))?;
        let depth = self.trail.depth().saturating_add(1);
        for (name, value, index) in &written {
            deadline::step();
            let prefix = if *name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
            let Some(prefix) = prefix else { continue };
            let is_reserved = prefix == "xmlns" || (prefix == "xml") != (value == XML);
            if is_reserved || (value.is_empty() && !prefix.is_empty()) {
                let message = format!("the prefix {:.40} cannot be bound to this", Escaped(prefix));
                return Err(self.malformed(*index, message));
            }
            if self.scopes.len() >= limits::XML_PREFIXES {
                let message = format!("more than {} prefixes are bound", limits::XML_PREFIXES);
                return Err(self.error(Code::LimitXmlAttributes, *index, message));
            }
            self.scopes.push((depth, prefix.to_owned(), value.clone()));
        }
        let (_, local) = self.resolve(qualified, start)?;
        let name = Rc::new(Words::plain(local));
        self.trail.open(Rc::clone(&name));
        let mut attributes: Vec<Attribute> = Vec::new();
        self.marks.clear();
        self.marks.extend(at.lines(qualified.chars().count().saturating_add(1)).map(|lines| (offset, lines)));
        for (name, value, index) in written {
            deadline::step();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let (namespace, local) = self.resolve(name, index)?;
            // A default namespace is none of an attribute.
            let namespace = namespace.filter(|_| name.contains(':'));
            if attributes.iter().any(|a| a.name == local && a.namespace == namespace) {
                let message = format!("the attribute {:.80} is given twice", Escaped(name));
                return Err(self.malformed(index, message));
            }
            let at = self.positions.at(index);
            let offset = self.positions.reached();
            self.marks.extend(at.lines(name.chars().count()).map(|lines| (offset, lines)));
            attributes.push(Attribute { namespace, name: local, value, offset });
        }
        self.attributes = attributes;
        self.positions.at(usize::try_from(self.tokens.buffer_position()).unwrap_or(usize::MAX));
        Ok(Event::Start(Element {
            offset,
            length: self.positions.reached().saturating_sub(offset),
            lines: at.lines(qualified.chars().count().saturating_add(1)),
            name: Some(name),
            depth,
            root: 1,
        }))
    }

    /// Namespace and local part of a qualified name.
    fn resolve(&mut self, qualified: &str, index: usize) -> Result<(Option<String>, String), Error> {
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let is_name = |text: &str| {
            let is_start = |c: char| c.is_alphabetic() || c == '_' || (!c.is_ascii() && c != '\u{d7}' && c != '\u{f7}');
            text.chars().next().is_some_and(is_start)
                && text.chars().all(|c| is_start(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{b7}'))
        };
        if !is_name(local) || (qualified.contains(':') && !is_name(prefix)) {
            return Err(self.malformed(index, format!("{:.80} is no name", Escaped(qualified))));
        }
        let bound = self.scopes.iter().rev().find(|(_, own, _)| own == prefix).map(|(.., uri)| uri.clone());
        match bound {
            Some(uri) => Ok((Some(uri).filter(|uri| !uri.is_empty()), local.to_owned())),
            None if prefix.is_empty() => Ok((None, local.to_owned())),
            None if prefix == "xml" => Ok((Some(XML.to_owned()), local.to_owned())),
            None => Err(self.malformed(index, format!("the prefix {:.40} is bound to nothing", Escaped(prefix)))),
        }
    }

    /// The attributes in the text of a tag, which begins at `start`: name, value and index of each.
    fn written<'a>(&mut self, raw: &'a str, start: usize) -> Result<Vec<(&'a str, String, usize)>, Error> {
        let blank = [' ', '\t', '\r', '\n'];
        let mut found: Vec<(&'a str, String, usize)> = Vec::new();
        let mut rest = raw;
        loop {
            deadline::step();
            let trimmed = rest.trim_start_matches(blank);
            let index = start.saturating_add(raw.len().saturating_sub(trimmed.len()));
            if trimmed.is_empty() {
                return Ok(found);
            }
            if trimmed.len() == rest.len() {
                return Err(self.malformed(index, "no blank stands before an attribute"));
            }
            let parts = trimmed.split_once('=').and_then(|(name, value)| {
                let value = value.trim_start_matches(blank);
                let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                let (value, rest) = value.get(1..)?.split_once(quote)?;
                Some((name.trim_end_matches(blank), value, rest))
            });
            let Some((name, value, after)) = parts else {
                return Err(self.malformed(index, "an attribute has no value in quotes"));
            };
            let value = match unescape(value) {
                Ok(value) => value,
                Err(message) => return Err(self.malformed(index, message)),
            };
            self.seen_attributes += 1;
            if self.seen_attributes > limits::XML_ATTRIBUTES || found.len() >= limits::XML_ELEMENT_ATTRIBUTES {
                let message = "there are more attributes than are read";
                return Err(self.error(Code::LimitXmlAttributes, index, message));
            }
            found.push((name, value, index));
            rest = after;
        }
    }
}

/// The character that a reference means: one of the five of XML, or a number.
fn reference(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
            let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            let code = is_number.then(|| u32::from_str_radix(digits, radix).ok())??;
            char::from_u32(code).filter(
                |&c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..),
            )?
        }
    })
}

/// The value of an attribute: blanks become spaces, references what they mean.
fn unescape(raw: &str) -> Result<String, String> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        deadline::step();
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '<' => return Err("`<` stands in the value of an attribute".to_owned()),
            '&' => {
                let Some((name, after)) = after.split_once(';') else {
                    return Err("`&` stands in the value of an attribute, and begins no reference".to_owned());
                };
                let Some(c) = reference(name) else {
                    return Err(format!("&{:.40}; means no character", Escaped(name)));
                };
                value.push(c);
                after
            }
            '\r' => {
                value.push(' ');
                after.strip_prefix('\n').unwrap_or(after)
            }
            '\n' | '\t' => {
                value.push(' ');
                after
            }
            c => {
                value.push(c);
                after
            }
        };
    }
    Ok(value)
}

impl Document<'static> for Reader<'_> {
    type Attribute = Attribute;

    fn next_event(&mut self) -> Result<Option<Event<'static>>, Error> {
        if self.finished {
            return Ok(None);
        }
        let result = self.step();
        self.finished = !matches!(result, Ok(Some(_)));
        result
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        Ok(self.attributes.clone())
    }

    /// aapt2 gives an attribute the framework's id when its namespace is the framework's; it takes the private one
    /// (`apk/prv/res/android`) for the same.
    fn find(&mut self, attributes: &[Attribute], key: Key) -> Result<Found<Attribute>, Error> {
        let mut found = Found { device: None, others: Vec::new() };
        for attribute in attributes.iter().filter(|attribute| attribute.name == key.name) {
            match attribute.namespace.as_deref() {
                Some(ANDROID) => found.device = Some(attribute.clone()),
                Some(TOOLS) => {}
                namespace => {
                    let message = || {
                        let uri = namespace.unwrap_or("none");
                        format!("{} is given in another namespace than Android's: {:.100}", key.name, Escaped(uri))
                    };
                    self.doubt_at(Code::XmlAttributeNamespace, attribute.offset, message);
                    if found.others.len() < limits::ATTRIBUTE_READINGS {
                        found.others.push(attribute.clone());
                    }
                }
            }
        }
        Ok(found)
    }

    fn find_by_name(&mut self, attributes: &[Attribute], name: &str) -> Result<Option<Attribute>, Error> {
        Ok(attributes.iter().find(|a| a.namespace.is_none() && a.name == name).cloned())
    }

    fn value(&mut self, attribute: &Attribute, form: Form) -> Result<Value<'static>, Error> {
        let text = attribute.value.as_str();
        let trimmed = text.trim();
        if let Some(reference) = resource(trimmed) {
            return Ok(reference);
        }
        let number = || {
            let (digits, radix) = match trimmed.strip_prefix("0x").or_else(|| trimmed.strip_prefix("0X")) {
                Some(digits) => (digits, 16),
                None => (trimmed, 10),
            };
            // A negative number is stored by its bits.
            let negative = |_| trimmed.parse::<i32>().map(|n| u32::from_ne_bytes(n.to_ne_bytes()));
            u32::from_str_radix(digits, radix).or_else(negative).ok()
        };
        // What a placeholder stands for is known when the app is built.
        let is_open = text.contains("${");
        Ok(match form {
            Form::Integer | Form::IntegerOrText | Form::Flags(_) if is_open => Value::Unknown,
            Form::Integer => number().map_or(Value::Unknown, Value::Number),
            Form::IntegerOrText => match number() {
                Some(number) => Value::Number(number),
                None => Value::Text(Words::plain(text.to_owned())),
            },
            Form::Flags(names) => {
                let bit = |flag: &str| names.iter().find(|(_, name)| *name == flag.trim()).map(|(bit, _)| *bit);
                let bits = trimmed.split('|').map(bit).try_fold(0, |all, bit| Some(all | bit?));
                bits.or_else(number).map_or(Value::Unknown, Value::Number)
            }
            Form::Text if !text.contains('\\') => Value::Text(Words::plain(text.to_owned())),
            Form::Text => {
                self.doubt_at(Code::XmlEscape, attribute.offset, || {
                    format!("{} holds a backslash, which aapt2 takes for an escape: {:.200}", attribute.name, text)
                });
                Value::Text(Words { device: Cow::Owned(unescape_resource(text)), others: vec![text.to_owned()] })
            }
        })
    }

    fn source_text(&mut self, _: &Attribute) -> Result<Option<Words<'static>>, Error> {
        Ok(None)
    }

    fn offset(attribute: &Attribute) -> u64 {
        attribute.offset
    }

    fn path(&self) -> String {
        self.trail.path()
    }

    fn doubt_at(&mut self, code: Code, at: u64, message: impl FnOnce() -> String) {
        // The list is closed: nothing is formatted for it any more.
        if self.doubts.len() <= limits::DOUBTS {
            let doubt = Doubt::new(code, self.place_of(at), message());
            doubt::push(&mut self.doubts, doubt);
        }
    }

    fn add(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    fn into_doubts(self) -> Vec<Doubt> {
        self.doubts
    }
}

/// The reference that a text is (`ResourceUtils::TryParseReference`): `@[+*][package:]type/entry`, `@0x7f010000`,
/// `?attr/name`.
fn resource(text: &str) -> Option<Value<'static>> {
    if let Some(attribute) = text.strip_prefix('?').filter(|rest| !rest.is_empty()) {
        return attribute.contains('/').then_some(Value::Other(0x02, 0));
    }
    let name = text.strip_prefix('@')?;
    if name == "null" || name == "empty" {
        return Some(Value::Null);
    }
    if let Some(id) = name.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        return Some(Value::Reference(Reference { id, name: None }));
    }
    let name = name.strip_prefix(['+', '*']).unwrap_or(name);
    let (kind, entry) = name.split_once('/')?;
    (!kind.is_empty() && !entry.is_empty()).then(|| Value::Reference(Reference { id: 0, name: Some(name.to_owned()) }))
}

/// What aapt2 makes of backslashes (`StringBuilder::AppendText`).
fn unescape_resource(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        deadline::step();
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let digits: String = chars.clone().take(4).collect();
                let c = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4).and_then(char::from_u32);
                match c {
                    Some(c) => {
                        out.push(c);
                        chars.nth(3);
                    }
                    None => out.push('u'),
                }
            }
            Some(c) => out.push(c),
            None => {}
        }
    }
    out
}
