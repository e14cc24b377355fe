//! Property lists in every encoding: one value model, and the order in which a device tries the encodings.
//!
//! The facts are from CoreFoundation (`CFPropertyList.c`, `CFBinaryPList.c`, `CFOldStylePList.c` of
//! swift-corelibs-foundation, which shares them with iOS); functions are named where one is used. Data and dates are
//! recognised and checked, but not kept: nothing that is declared stands in them.

mod binary;
mod openstep;
mod xml;

use std::collections::HashMap;
use std::sync::Arc;

use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::format::text;
pub use crate::format::text::At;
use crate::limits;
use crate::source::Place;

/// What the doubts about the text of a property list are called.
const CODES: text::Codes =
    text::Codes { encoding: Code::PlistEncoding, no_mark: Code::PlistNoByteOrderMark, broken: Code::PlistBrokenText };

/// A value of a property list.
#[derive(Debug, Clone)]
pub enum Value {
    /// A dictionary: its members in the order of the file. A key stands there twice when it has two values.
    Dictionary(Vec<Member>),
    /// An array.
    Array(Vec<Node>),
    /// A text.
    Text(Arc<str>),
    /// A whole number; 64 bits with or without sign.
    Integer(i128),
    /// A number with a fraction.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// A date.
    Date,
    /// Bytes.
    Data,
    /// A reference inside a keyed archive.
    Uid,
    /// No value: a key without one, or the binary null object.
    Null,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub at: At,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Member {
    /// The key.
    pub key: Arc<str>,
    /// Where the key begins.
    pub at: At,
    /// The value.
    pub node: Node,
}

impl Member {
    /// The place of the key in the file `whole`.
    #[must_use]
    pub fn place(&self, whole: &Place) -> Place {
        self.at.place(whole, self.key.chars().count())
    }
}

impl Node {
    /// The members of a dictionary; none of anything else.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Dictionary(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// Every value of `key` in a dictionary: more than one only with a doubt.
    pub fn get<'n>(&'n self, key: &'n str) -> impl Iterator<Item = &'n Member> {
        self.members().iter().filter(move |member| &*member.key == key)
    }

    /// The first value of `key`, when it is a text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.members().iter().filter(|member| &*member.key == key).find_map(|member| member.node.value.as_text())
    }

    /// The place of this value in the file `whole`.
    #[must_use]
    pub fn place(&self, whole: &Place) -> Place {
        self.at.place(whole, 1)
    }
}

impl Value {
    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of its type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Dictionary(_) => "dictionary",
            Value::Array(_) => "array",
            Value::Text(_) => "string",
            Value::Integer(_) => "integer",
            Value::Real(_) => "real",
            Value::Boolean(_) => "boolean",
            Value::Date => "date",
            Value::Data => "data",
            Value::Uid => "uid",
            Value::Null => "null",
        }
    }

    /// True when both are the same value; members of dictionaries in any order. Values are at most
    /// [`limits::PLIST_DEPTH`] deep, which bounds the recursion.
    #[must_use]
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Dictionary(a), Value::Dictionary(b)) => {
                let mut theirs: HashMap<&str, Vec<&Value>> = HashMap::new();
                for member in b {
                    deadline::step();
                    theirs.entry(&member.key).or_default().push(&member.node.value);
                }
                let found =
                    |m: &Member| theirs.get(&*m.key).is_some_and(|v| v.iter().any(|v| v.is_same(&m.node.value)));
                a.len() == b.len() && a.iter().all(found)
            }
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.is_same(&b.value))
            }
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            _ => self.type_name() == other.type_name() && self.is_leaf(),
        }
    }

    fn is_leaf(&self) -> bool {
        matches!(self, Value::Date | Value::Data | Value::Uid | Value::Null)
    }
}

/// Reads a property list as a device does (`_CFPropertyListCreateWithData`): binary when it begins like one and is
/// one, otherwise XML or the old text form. An empty file is an empty dictionary.
///
/// # Errors
/// When no value can be established: `plist-unreadable`, `plist-encoding`, `plist-xml-…`, `plist-binary-…`,
/// `plist-text-malformed`, `limit-plist-…`. The caller has limited the length.
pub fn read(bytes: &[u8], place: &Place) -> Result<Reading<Node>, Error> {
    deadline::reading(|| place.clone());
    if bytes.is_empty() {
        return Ok(Reading::whole(Node { value: Value::Dictionary(Vec::new()), at: At::byte(0) }));
    }
    if !bytes.starts_with(binary::MAGIC) {
        return read_text(bytes, place);
    }
    let refused = match binary::read(bytes, place) {
        Ok(reading) => return Ok(reading),
        Err(error) => error,
    };
    match read_text(bytes, place) {
        Ok(mut reading) if !reading.value.members().is_empty() => {
            let message =
                format!("it begins like a binary property list and is read as text, since {}", refused.message);
            reading.doubt(Doubt::new(Code::PlistBinaryAsText, refused.place, message));
            Ok(reading)
        }
        _ => Err(refused),
    }
}

fn read_text(bytes: &[u8], place: &Place) -> Result<Reading<Node>, Error> {
    let mut doubts = Vec::new();
    let text = text::decode(bytes, place, CODES)?.drain_into(&mut doubts);
    let builder = Builder::new(place, doubts);
    // The old text form can begin with `<` only where it is data, which is no dictionary.
    match text.text().trim_start_matches([' ', '\t', '\r', '\n']).chars().next() {
        Some('<') => xml::read(&text, builder),
        _ => openstep::read(&text, builder),
    }
}

/// Collects values into a tree, whatever the encoding, and holds it to its limits.
pub(super) struct Builder<'p> {
    place: &'p Place,
    doubts: Vec<Doubt>,
    open: Vec<Open>,
    values: usize,
    text: usize,
}

/// A dictionary or array that is not closed yet.
enum Open {
    Dictionary { at: At, members: Vec<Member>, key: Option<(Arc<str>, At)> },
    Array { at: At, items: Vec<Node> },
}

impl<'p> Builder<'p> {
    pub(super) fn new(place: &'p Place, doubts: Vec<Doubt>) -> Self {
        Builder { place, doubts, open: Vec::new(), values: 0, text: 0 }
    }

    pub(super) fn doubt(&mut self, code: Code, at: At, message: impl Into<String>) {
        doubt::push(&mut self.doubts, Doubt::new(code, at.place(self.place, 1), message));
    }

    pub(super) fn error(&self, code: Code, at: At, message: impl Into<String>) -> Error {
        Error::new(code, at.place(self.place, 1), message)
    }

    fn depth(&self) -> usize {
        self.open.len()
    }

    fn in_dictionary(&self) -> bool {
        matches!(self.open.last(), Some(Open::Dictionary { .. }))
    }

    /// True when a key is wanted next.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Dictionary { key: None, .. }))
    }

    fn open(&mut self, container: Open, at: At) -> Result<(), Error> {
        if self.open.len() >= limits::PLIST_DEPTH {
            let message = format!("values are nested deeper than {}", limits::PLIST_DEPTH);
            return Err(self.error(Code::LimitPlistDepth, at, message));
        }
        self.open.push(container);
        Ok(())
    }

    pub(super) fn open_dictionary(&mut self, at: At) -> Result<(), Error> {
        self.open(Open::Dictionary { at, members: Vec::new(), key: None }, at)
    }

    pub(super) fn open_array(&mut self, at: At) -> Result<(), Error> {
        self.open(Open::Array { at, items: Vec::new() }, at)
    }

    /// Sets the key of the next value. A key without a value before it is kept without one.
    pub(super) fn key(&mut self, text: Arc<str>, at: At) -> Result<(), Error> {
        if !self.wants_key() && matches!(self.open.last(), Some(Open::Dictionary { .. })) {
            self.no_value(at)?;
        }
        if text.is_empty() {
            self.doubt(Code::PlistKey, at, "a key is empty");
        }
        if let Some(Open::Dictionary { key, .. }) = self.open.last_mut() {
            *key = Some((text, at));
        }
        Ok(())
    }

    fn no_value(&mut self, at: At) -> Result<(), Error> {
        self.doubt(Code::PlistValue, at, "a key has no value");
        self.value(Value::Null, at).map(drop)
    }

    /// Keeps `text`, and counts it.
    pub(super) fn text(&mut self, text: &str, at: At) -> Result<Arc<str>, Error> {
        self.charge(text.len(), at)?;
        Ok(text.into())
    }

    fn charge(&mut self, text: usize, at: At) -> Result<(), Error> {
        self.text = self.text.saturating_add(text);
        if self.text <= limits::PLIST_TEXT {
            return Ok(());
        }
        let message = format!("its texts have more than {} bytes", limits::PLIST_TEXT);
        Err(self.error(Code::LimitPlistText, at, message))
    }

    /// Adds a value to what is open; gives it back when nothing is.
    pub(super) fn value(&mut self, value: Value, at: At) -> Result<Option<Node>, Error> {
        self.values += 1;
        if self.values > limits::PLIST_VALUES {
            let message = format!("it has more than {} values", limits::PLIST_VALUES);
            return Err(self.error(Code::LimitPlistValues, at, message));
        }
        let node = Node { value, at };
        match self.open.last_mut() {
            None => return Ok(Some(node)),
            Some(Open::Array { items, .. }) => items.push(node),
            Some(Open::Dictionary { members, key, .. }) => match key.take() {
                Some((key, at)) => members.push(Member { key, at, node }),
                // The value has no key: a device refuses the file, and the value cannot be one that is declared.
                None => self.doubt(Code::PlistKey, at, "a value in a dictionary has no key"),
            },
        }
        Ok(None)
    }

    /// Closes what was opened last; gives the root back when nothing is open any more.
    pub(super) fn close(&mut self, end: At) -> Result<Option<Node>, Error> {
        if matches!(self.open.last(), Some(Open::Dictionary { key: Some(_), .. })) {
            self.no_value(end)?;
        }
        match self.open.pop() {
            Some(Open::Array { at, items }) => self.value(Value::Array(items), at),
            Some(Open::Dictionary { at, members, .. }) => {
                let members = self.without_repeats(members);
                self.value(Value::Dictionary(members), at)
            }
            None => Ok(None),
        }
    }

    /// A key with the same value twice is one member; with two values it stays twice, and is a doubt.
    fn without_repeats(&mut self, members: Vec<Member>) -> Vec<Member> {
        let mut first: HashMap<Arc<str>, usize> = HashMap::with_capacity(members.len());
        let mut kept: Vec<Member> = Vec::with_capacity(members.len());
        for member in members {
            deadline::step();
            match first.get(&member.key).and_then(|&index| kept.get(index)) {
                Some(before) if before.node.value.is_same(&member.node.value) => continue,
                Some(_) => {
                    let message = format!("the key {:.200} stands in the dictionary again", member.key);
                    self.doubt(Code::PlistDuplicateKey, member.at, message);
                }
                None => {
                    first.insert(Arc::clone(&member.key), kept.len());
                }
            }
            kept.push(member);
        }
        kept
    }

    pub(super) fn finish(self, root: Node) -> Reading<Node> {
        Reading::new(root, self.doubts)
    }
}
