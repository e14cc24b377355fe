//! XML in protocol buffers (`aapt.pb.XmlNode`), as app bundles hold it.
//!
//! Source: AOSP `tools/aapt2/Resources.proto` (numbers of fields) and `tools/aapt2/format/proto/ProtoDeserialize.cpp`
//! (`DeserializeXmlFromPb`, `DeserializeItemFromPb`); what becomes of a document when `aapt2 convert` or bundletool
//! makes a package of it: the resource id of an attribute decides, and the compiled item goes before the text.
//!
//! Parsers merge a message that stands twice and take the last of a text; where that happens the other readings are
//! kept, and there is a doubt: no writer does it.

use std::borrow::Cow;
use std::rc::Rc;

use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::format::axml::value as kind;
use crate::format::document::{Document, Element, Event, Form, Found, Key, Reference, Text, Trail, Value};
use crate::format::protobuf::{Fault, Field, Fields, Message, Oddity, Wire};
use crate::limits;
use crate::source::Place;

/// Fields of `XmlNode`.
mod node {
    pub(super) const ELEMENT: u32 = 1;
    pub(super) const TEXT: u32 = 2;
}

/// Fields of `XmlElement`.
mod element {
    pub(super) const NAMESPACE_URI: u32 = 2;
    pub(super) const NAME: u32 = 3;
    pub(super) const ATTRIBUTE: u32 = 4;
    pub(super) const CHILD: u32 = 5;
}

/// Fields of `XmlAttribute`.
mod attribute {
    pub(super) const NAMESPACE_URI: u32 = 1;
    pub(super) const NAME: u32 = 2;
    pub(super) const VALUE: u32 = 3;
    pub(super) const RESOURCE_ID: u32 = 5;
    pub(super) const COMPILED_ITEM: u32 = 6;
}

/// Fields of `Item` (a `oneof`), of which each is a message.
mod item {
    pub(super) const REFERENCE: u32 = 1;
    pub(super) const STRING: u32 = 2;
    pub(super) const RAW_STRING: u32 = 3;
    pub(super) const STYLED_STRING: u32 = 4;
    pub(super) const FILE: u32 = 5;
    pub(super) const ID: u32 = 6;
    pub(super) const PRIMITIVE: u32 = 7;
}

/// `Res_value::dataType` of the values that are neither text nor number.
const ATTRIBUTE_REFERENCE: u8 = 0x02;
const FLOAT: u8 = 0x04;
const DIMENSION: u8 = 0x05;
const FRACTION: u8 = 0x06;

/// An attribute: of each field every value that it was given, the last being the one that parsers take.
#[derive(Debug, Clone)]
pub struct Attribute<'a> {
    offset: u64,
    namespaces: Vec<&'a str>,
    names: Vec<&'a str>,
    values: Vec<&'a str>,
    ids: Vec<u32>,
    items: Vec<Message<'a>>,
}

impl Attribute<'_> {
    fn id(&self) -> u32 {
        self.ids.last().copied().unwrap_or(0)
    }
}

/// An element whose children are still to come.
struct Frame<'a> {
    children: std::vec::IntoIter<Message<'a>>,
}

/// Reads a document in one pass.
pub struct Reader<'a> {
    place: Place,
    /// The root, until it was read.
    root: Option<Message<'a>>,
    /// The parts of the element that was read last: more than one only with a doubt.
    parts: Vec<Message<'a>>,
    trail: Trail<'a>,
    frames: Vec<Frame<'a>>,
    nodes: usize,
    attributes: usize,
    finished: bool,
    doubts: Vec<Doubt>,
}

/// A compiled item, as parsers take it.
pub(super) struct Item<'a> {
    pub(super) value: Value<'a>,
    /// Other readings of it, where there are any.
    pub(super) others: Vec<String>,
    /// What no writer does.
    pub(super) oddity: Option<&'static str>,
}

impl<'a> Reader<'a> {
    /// Begins with the document in `bytes`, which is at `place`.
    #[must_use]
    pub fn new(bytes: &'a [u8], place: Place) -> Self {
        deadline::reading(|| place.clone());
        Self {
            place,
            root: Some(Message::document(bytes)),
            parts: Vec::new(),
            trail: Trail::default(),
            frames: Vec::new(),
            nodes: 0,
            attributes: 0,
            finished: false,
            doubts: Vec::new(),
        }
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        if let Some(root) = self.root.take() {
            let found = self.node(root)?;
            if found.is_none() {
                return Err(self.refuse(Code::ProtoNoElement, 0, || "the document has no element".to_owned()));
            }
            return Ok(found);
        }
        loop {
            deadline::step();
            let Some(frame) = self.frames.last_mut() else { return Ok(None) };
            let Some(child) = frame.children.next() else {
                self.frames.pop();
                self.trail.close();
                return Ok(Some(Event::End));
            };
            if let Some(event) = self.node(child)? {
                return Ok(Some(event));
            }
        }
    }

    /// One `XmlNode`: the start tag that it is, or `None` for text.
    fn node(&mut self, message: Message<'a>) -> Result<Option<Event<'a>>, Error> {
        let mut parts: Vec<Message<'a>> = Vec::new();
        let mut texts = 0_usize;
        let mut fields = message.fields();
        while let Some(field) = self.field(&mut fields)? {
            deadline::step();
            match (field.number, field.message()) {
                (node::ELEMENT, Some(part)) => {
                    self.count(field.offset)?;
                    parts.push(part);
                }
                (node::TEXT, Some(text)) => {
                    self.text(text)?;
                    texts += 1;
                }
                (node::ELEMENT | node::TEXT, None) => self.wrong_type(&field),
                _ => {}
            }
        }
        if parts.len() > 1 || (!parts.is_empty() && texts > 0) {
            self.doubt(Code::ProtoRepeated, message.start(), || {
                format!("one node is {} elements and {texts} texts", parts.len())
            });
        }
        if parts.is_empty() {
            return Ok(None);
        }
        self.element(message, parts).map(Some)
    }

    /// An `XmlElement`: what all `parts` say, as parsers merge them.
    fn element(&mut self, node: Message<'a>, parts: Vec<Message<'a>>) -> Result<Event<'a>, Error> {
        let start = node.start();
        if self.trail.depth() >= limits::XML_DEPTH {
            return Err(self.refuse(Code::LimitXmlDepth, start, || {
                format!("elements are nested deeper than the {} levels that are read", limits::XML_DEPTH)
            }));
        }
        let mut names: Vec<&'a str> = Vec::new();
        let mut children = Vec::new();
        for part in &parts {
            let mut fields = part.fields();
            while let Some(field) = self.field(&mut fields)? {
                deadline::step();
                match (field.number, field.message()) {
                    (element::NAME, Some(text)) => {
                        let text = self.text(text)?;
                        self.keep(&mut names, text, &field);
                    }
                    (element::NAMESPACE_URI, Some(text)) => drop(self.text(text)?),
                    (element::CHILD, Some(child)) => {
                        self.count(field.offset)?;
                        children.push(child);
                    }
                    (element::NAMESPACE_URI..=element::CHILD, None) => self.wrong_type(&field),
                    _ => {}
                }
            }
        }
        let name = names.pop();
        if name.is_none_or(str::is_empty) {
            self.doubt(Code::ProtoNoName, start, || "an element has no name".to_owned());
        }
        let name = Rc::new(Text { device: Cow::Borrowed(name.unwrap_or("")), others: others(&names) });
        self.trail.open(Rc::clone(&name));
        self.frames.push(Frame { children: children.into_iter() });
        self.parts = parts;
        Ok(Event::Start(Element {
            offset: start as u64,
            length: node.bytes().len() as u64,
            lines: None,
            name: Some(name),
            depth: self.trail.depth(),
            root: 1,
        }))
    }

    /// One `XmlAttribute`.
    fn attribute(&mut self, message: Message<'a>) -> Result<Attribute<'a>, Error> {
        let mut found = Attribute {
            offset: message.start() as u64,
            namespaces: Vec::new(),
            names: Vec::new(),
            values: Vec::new(),
            ids: Vec::new(),
            items: Vec::new(),
        };
        let mut fields = message.fields();
        while let Some(field) = self.field(&mut fields)? {
            deadline::step();
            let texts = match field.number {
                attribute::NAMESPACE_URI => &mut found.namespaces,
                attribute::NAME => &mut found.names,
                attribute::VALUE => &mut found.values,
                attribute::RESOURCE_ID => {
                    match field.number32() {
                        Some(id) => self.keep(&mut found.ids, id, &field),
                        None => self.wrong_type(&field),
                    }
                    continue;
                }
                attribute::COMPILED_ITEM => {
                    match field.message() {
                        Some(item) => self.keep(&mut found.items, item, &field),
                        None => self.wrong_type(&field),
                    }
                    continue;
                }
                _ => continue,
            };
            match field.message() {
                Some(text) => {
                    let text = self.text(text)?;
                    self.keep(texts, text, &field);
                }
                None => self.wrong_type(&field),
            }
        }
        Ok(found)
    }

    /// Adds a value of a field that has one at most. A second one is a doubt.
    fn keep<T>(&mut self, values: &mut Vec<T>, value: T, field: &Field<'_>) {
        if !values.is_empty() {
            self.doubt(Code::ProtoRepeated, field.offset, || {
                format!("field {} of a message has more than one value", field.number)
            });
        }
        if values.len() > limits::ATTRIBUTE_READINGS {
            // The last one counts: it takes the place of one that is only another reading.
            values.pop();
        }
        values.push(value);
    }

    fn text(&self, message: Message<'a>) -> Result<&'a str, Error> {
        message.text().ok_or_else(|| {
            let message_start = message.start();
            self.refuse(Code::ProtoEncoding, message_start, || "a text is not valid UTF-8".to_owned())
        })
    }

    fn count(&mut self, at: usize) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > limits::XML_NODES {
            return Err(self.refuse(Code::LimitXmlNodes, at, || {
                format!("the document has more than the {} nodes that are read", limits::XML_NODES)
            }));
        }
        Ok(())
    }

    fn wrong_type(&mut self, field: &Field<'_>) {
        self.doubt(Code::ProtoWireType, field.offset, || {
            format!("field {} has a wire type that it cannot have, so parsers skip it", field.number)
        });
    }

    fn field(&mut self, fields: &mut Fields<'a>) -> Result<Option<Field<'a>>, Error> {
        let field = fields.next_field().map_err(|(fault, at)| self.fault(fault, at))?;
        if let Some((field, oddity)) = field.and_then(|field| Some((field, field.oddity?))) {
            let what = match oddity {
                Oddity::Overlong => "a number has more bytes than it needs",
                Oddity::Group => "a field is a group",
            };
            self.doubt(Code::ProtoUnusual, field.offset, || format!("{what}, in field {}", field.number));
        }
        Ok(field)
    }

    fn fault(&self, fault: Fault, at: usize) -> Error {
        self.refuse(Code::ProtoMalformed, at, || format!("every parser refuses the message: {fault}"))
    }

    fn doubt(&mut self, code: Code, at: usize, message: impl FnOnce() -> String) {
        // The list is closed: nothing is formatted for it any more.
        if self.doubts.len() <= limits::DOUBTS {
            let doubt = Doubt::new(code, self.trail.place(&self.place, at as u64), message());
            doubt::push(&mut self.doubts, doubt);
        }
    }

    fn refuse(&self, code: Code, at: usize, message: impl FnOnce() -> String) -> Error {
        Error::new(code, self.trail.place(&self.place, at as u64), message())
    }
}

impl<'a> Document<'a> for Reader<'a> {
    type Attribute = Attribute<'a>;

    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        if self.finished {
            return Ok(None);
        }
        let result = self.step();
        self.finished = !matches!(result, Ok(Some(_)));
        result
    }

    fn attributes(&mut self) -> Result<Vec<Attribute<'a>>, Error> {
        let mut list = Vec::new();
        for part in self.parts.clone() {
            let mut fields = part.fields();
            while let Some(field) = fields.next_field().map_err(|(fault, at)| self.fault(fault, at))? {
                deadline::step();
                let Some(message) = field.message().filter(|_| field.number == element::ATTRIBUTE) else { continue };
                self.attributes += 1;
                if self.attributes > limits::XML_ATTRIBUTES {
                    return Err(self.refuse(Code::LimitXmlAttributes, field.offset, || {
                        format!("more than the {} attributes that are read", limits::XML_ATTRIBUTES)
                    }));
                }
                list.push(self.attribute(message)?);
            }
        }
        Ok(list)
    }

    fn find(&mut self, attributes: &[Attribute<'a>], key: Key) -> Result<Found<Attribute<'a>>, Error> {
        let mut found = Found { device: None, others: Vec::new() };
        let mut missed = 0_usize;
        for attribute in attributes {
            deadline::step();
            let at = usize::try_from(attribute.offset).unwrap_or(usize::MAX);
            let id = attribute.id();
            if id == key.id && found.device.is_none() {
                found.device = Some(attribute.clone());
                continue;
            }
            if id == key.id {
                self.doubt(Code::ProtoAttribute, at, || format!("{} is given more than once", key.name));
            } else if attribute.ids.contains(&key.id) || attribute.names.contains(&key.name) {
                self.doubt(Code::ProtoAttribute, at, || {
                    format!("an attribute is named {}, but its id is {id:#010x}", key.name)
                });
            } else if id != 0 && id & 0xff_ffff == key.id & 0xff_ffff && !matches!(id >> 24, 1 | 0x7f) {
                self.doubt(Code::ProtoAttribute, at, || {
                    format!("{id:#010x} becomes {} if its package is mapped to the framework", key.name)
                });
            } else {
                continue;
            }
            if found.others.len() >= limits::ATTRIBUTE_READINGS {
                missed += 1;
            } else {
                found.others.push(attribute.clone());
            }
        }
        if missed > 0 {
            let at = attributes.first().map_or(0, |a| usize::try_from(a.offset).unwrap_or(usize::MAX));
            self.doubt(Code::LimitXmlAttributes, at, || format!("{missed} more attributes could be {}", key.name));
        }
        Ok(found)
    }

    fn find_by_name(&mut self, attributes: &[Attribute<'a>], name: &str) -> Result<Option<Attribute<'a>>, Error> {
        let is_bare = |a: &&Attribute<'a>| a.namespaces.last().is_none_or(|uri| uri.is_empty());
        Ok(attributes.iter().filter(is_bare).find(|a| a.names.contains(&name)).cloned())
    }

    fn value(&mut self, attribute: &Attribute<'a>, _: Form) -> Result<Value<'a>, Error> {
        let at = usize::try_from(attribute.offset).unwrap_or(usize::MAX);
        if attribute.items.is_empty() {
            let mut values = attribute.values.clone();
            let last = values.pop().unwrap_or("");
            return Ok(Value::Text(Text { device: Cow::Borrowed(last), others: others(&values) }));
        }
        let item = read_item(&attribute.items).map_err(|(fault, at)| self.fault(fault, at))?;
        if let Some(oddity) = item.oddity {
            self.doubt(Code::ProtoItem, at, || format!("the compiled value of an attribute {oddity}"));
        }
        Ok(match item.value {
            Value::Text(text) => Value::Text(Text { device: text.device, others: item.others }),
            value => value,
        })
    }

    fn source_text(&mut self, attribute: &Attribute<'a>) -> Result<Option<Text<'a>>, Error> {
        if attribute.items.is_empty() {
            return Ok(None);
        }
        let mut texts = others(&attribute.values);
        texts.reverse();
        // Where the value is no text, the texts among its other readings come with that of the source.
        let item = read_item(&attribute.items).map_err(|(fault, at)| self.fault(fault, at))?;
        if !matches!(item.value, Value::Text(_)) {
            texts.extend(item.others);
        }
        texts.retain(|text| !text.is_empty());
        let mut texts = texts.into_iter();
        Ok(texts.next().map(|device| Text { device: Cow::Owned(device), others: texts.collect() }))
    }

    fn offset(attribute: &Attribute<'a>) -> u64 {
        attribute.offset
    }

    fn path(&self) -> String {
        self.trail.path()
    }

    fn doubt_at(&mut self, code: Code, at: u64, message: impl FnOnce() -> String) {
        self.doubt(code, usize::try_from(at).unwrap_or(usize::MAX), message);
    }

    fn add(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    fn into_doubts(self) -> Vec<Doubt> {
        self.doubts
    }
}

fn others(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Reads an `Item` of one or more `parts`, as parsers merge them: of its alternatives the last that is set counts.
///
/// # Errors
/// The fault of a message that every parser refuses, and its offset.
pub(super) fn read_item<'a>(parts: &[Message<'a>]) -> Result<Item<'a>, (Fault, usize)> {
    let mut alternatives: Vec<(u32, Message<'a>)> = Vec::new();
    let mut oddity = None;
    for part in parts {
        let mut fields = part.fields();
        while let Some(field) = fields.next_field()? {
            deadline::step();
            match field.message() {
                Some(message) if (item::REFERENCE..=item::PRIMITIVE).contains(&field.number) => {
                    if alternatives.len() > limits::ATTRIBUTE_READINGS {
                        alternatives.pop();
                    }
                    alternatives.push((field.number, message));
                }
                None if (item::REFERENCE..=item::PRIMITIVE).contains(&field.number) => {
                    oddity = Some("has a part of the wrong wire type");
                }
                _ => {}
            }
        }
    }
    if alternatives.len() > 1 {
        oddity = Some("is more than one value");
    }
    let Some((number, message)) = alternatives.pop() else {
        return Ok(Item { value: Value::Unknown, others: Vec::new(), oddity: Some("is none") });
    };
    let mut others = Vec::new();
    let value = alternative(number, message, &mut others, &mut oddity)?;
    for (number, message) in alternatives {
        if let Value::Text(text) = alternative(number, message, &mut others, &mut oddity)? {
            others.push(text.device.into_owned());
        }
    }
    Ok(Item { value, others, oddity })
}

/// One alternative of an `Item`.
fn alternative<'a>(
    number: u32,
    message: Message<'a>,
    others: &mut Vec<String>,
    oddity: &mut Option<&'static str>,
) -> Result<Value<'a>, (Fault, usize)> {
    let mut fields = message.fields();
    let mut text: Option<&'a str> = None;
    let mut reference = Reference::default();
    let mut is_attribute = false;
    let mut primitive = None;
    while let Some(field) = fields.next_field()? {
        deadline::step();
        match number {
            item::REFERENCE => match (field.number, field.number32(), field.message()) {
                (1, Some(kind), _) => is_attribute = kind == 1,
                (2, Some(id), _) => reference.id = id,
                (3, _, Some(name)) => reference.name = name.text().map(str::to_owned),
                (1..=3, ..) => *oddity = Some("has a part of the wrong wire type"),
                _ => {}
            },
            item::STRING | item::RAW_STRING | item::STYLED_STRING | item::FILE if field.number == 1 => {
                let Some(message) = field.message() else {
                    *oddity = Some("has a part of the wrong wire type");
                    continue;
                };
                let Some(own) = message.text() else {
                    *oddity = Some("is not valid UTF-8");
                    return Ok(Value::Unknown);
                };
                if let Some(before) = text.replace(own) {
                    *oddity = Some("is more than one value");
                    if others.len() < limits::ATTRIBUTE_READINGS {
                        others.push(before.to_owned());
                    }
                }
            }
            item::PRIMITIVE => {
                if let Some(value) = primitive_of(&field)
                    && primitive.replace(value).is_some()
                {
                    *oddity = Some("is more than one value");
                }
            }
            _ => {}
        }
    }
    Ok(match number {
        item::REFERENCE if is_attribute => Value::Other(ATTRIBUTE_REFERENCE, reference.id),
        item::REFERENCE => Value::Reference(reference),
        item::ID => Value::Number(0),
        item::PRIMITIVE => match primitive {
            Some((kind::NULL, _)) => Value::Null,
            Some((kind::INTEGERS_FIRST, data)) => Value::Number(data),
            Some((kind, data)) => Value::Other(kind, data),
            None => {
                *oddity = Some("is none");
                Value::Unknown
            }
        },
        _ => Value::Text(Text::plain(text.unwrap_or(""))),
    })
}

/// Type and data of one alternative of a `Primitive`; `None` for what parsers skip.
fn primitive_of(field: &Field<'_>) -> Option<(u8, u32)> {
    let float = match field.wire {
        Wire::Fixed32(bits) => Some(bits),
        _ => None,
    };
    Some(match field.number {
        1 | 2 => field.message().map(|_| (kind::NULL, 0))?,
        3 => (FLOAT, float?),
        4 => (DIMENSION, float?),
        5 => (FRACTION, float?),
        6 | 7 | 9..=12 => (kind::INTEGERS_FIRST, field.number32()?),
        8 => (kind::INTEGERS_FIRST, if field.number32()? == 0 { 0 } else { u32::MAX }),
        13 => (DIMENSION, field.number32()?),
        14 => (FRACTION, field.number32()?),
        _ => return None,
    })
}
