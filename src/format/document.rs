//! XML whatever its encoding: what the readers of binary XML, protobuf XML and text XML have in common.
//!
//! A platform that interprets a document does so once, over [`Document`]; each reader answers in the manner of its own
//! encoding what a device takes, and which other readings there are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use crate::deadline;
use crate::doubt::{Code, Doubt};
use crate::error::Error;
use crate::source::{Lines, Place};

/// Elements that a path shows. A longer one loses its middle: a path is made for every declaration.
const PATH_ELEMENTS: usize = 16;
/// Siblings of different names that are counted in a list; further ones take a map.
const LISTED_SIBLINGS: usize = 16;
/// Characters of a name that a path shows.
const NAME_CHARS: usize = 100;

/// A text in every reading that it admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// What a device sees.
    pub device: Cow<'a, str>,
    /// Further readings; empty for every ordinary text.
    pub others: Vec<String>,
}

impl<'a> Text<'a> {
    /// A text with one reading.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Text<'a> {
        Text { device: text.into(), others: Vec::new() }
    }

    /// True when any reading is `text`.
    #[must_use]
    pub fn may_be(&self, text: &str) -> bool {
        self.device == text || self.others.iter().any(|other| other == text)
    }
}

/// One step through the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A start tag. The element is open until its `End`.
    Start(Element<'a>),
    /// The end of the innermost element.
    End,
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    /// Offset in the document, in bytes.
    pub offset: u64,
    /// Bytes of the tag, or of what stands for it.
    pub length: u64,
    /// Line and column, for text.
    pub lines: Option<Lines>,
    /// Its name; `None` where a device finds none and gives up. A few names stand in many places.
    pub name: Option<Rc<Text<'a>>>,
    /// How deep it stands: 1 for a root.
    pub depth: usize,
    /// Which root it belongs to: 1 for the first, the only one a device reads.
    pub root: usize,
}

impl Element<'_> {
    /// True when a device takes the name to be `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.device == name)
    }

    /// True when any reading of the name is `name`.
    #[must_use]
    pub fn may_be(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.may_be(name))
    }
}

/// What the compiler of a document makes of an attribute's text. Only text XML has to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// A number.
    Integer,
    /// A number, or the name of something that has none yet.
    IntegerOrText,
    /// Names of bits, joined by `|`.
    Flags(&'static [(u32, &'static str)]),
}

/// What an attribute is looked up by: a device uses the resource id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The resource id of the attribute, in the framework package 0x01.
    pub id: u32,
    /// Its name, which other readers use.
    pub name: &'static str,
    /// What its text is compiled to.
    pub form: Form,
}

/// A reference to a resource: by number, by name, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reference {
    /// The resource id; 0 where only the name is known.
    pub id: u32,
    /// `[package:]type/entry`, where the document gives it.
    pub name: Option<String>,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.name, self.id) {
            (Some(name), 0) => write!(f, "@{name:.200}"),
            (_, id) => write!(f, "{id:#010x}"),
        }
    }
}

/// The compiled value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Text.
    Text(Text<'a>),
    /// A number of any of the integer types (booleans and colours are numbers too).
    Number(u32),
    /// A reference to a resource.
    Reference(Reference),
    /// A value of another type, such as a fraction: `Res_value::dataType` and its data.
    Other(u8, u32),
    /// Something that cannot be read, or is not known before the document is built.
    Unknown,
}

/// What a search for an attribute found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<A> {
    /// The attribute a device takes.
    pub device: Option<A>,
    /// Attributes that another reader, or another release, takes. Empty in an ordinary document.
    pub others: Vec<A>,
}

impl<A: Clone> Found<A> {
    /// The attribute a device takes, otherwise the first that another reader takes.
    #[must_use]
    pub fn any(&self) -> Option<A> {
        self.device.clone().or_else(|| self.others.first().cloned())
    }
}

/// A reader that hands out a document in one pass.
pub trait Document<'a> {
    /// One attribute, undecoded as far as possible.
    type Attribute: Clone;

    /// The next start or end tag; `None` at the end of the document.
    ///
    /// # Errors
    /// Where a device gives up, and where a budget is reached. What came before stands; nothing comes after.
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error>;

    /// Every attribute of the element that started last, in document order.
    ///
    /// # Errors
    /// `limit-xml-attributes`, and where a device gives up.
    fn attributes(&mut self) -> Result<Vec<Self::Attribute>, Error>;

    /// Finds the attribute `key` among the attributes of one element: the one a device takes, and every other that
    /// another reader takes for it. Where there are others there is a doubt.
    ///
    /// # Errors
    /// `limit-strings`.
    fn find(&mut self, attributes: &[Self::Attribute], key: Key) -> Result<Found<Self::Attribute>, Error>;

    /// The first attribute without a namespace that is named `name`.
    ///
    /// # Errors
    /// `limit-strings`.
    fn find_by_name(&mut self, attributes: &[Self::Attribute], name: &str) -> Result<Option<Self::Attribute>, Error>;

    /// The value of an attribute; what is odd about it becomes a doubt. `form` says what its text is compiled to.
    ///
    /// # Errors
    /// `limit-strings`.
    fn value(&mut self, attribute: &Self::Attribute, form: Form) -> Result<Value<'a>, Error>;

    /// The text of an attribute as it stood in the source, where that is kept beside the value and is another.
    ///
    /// # Errors
    /// `limit-strings`.
    fn source_text(&mut self, attribute: &Self::Attribute) -> Result<Option<Text<'a>>, Error>;

    /// Offset of an attribute in the document, in bytes.
    fn offset(attribute: &Self::Attribute) -> u64;

    /// The path of the innermost open element: `manifest > uses-permission[3]`, counted among siblings of its name.
    fn path(&self) -> String;

    /// Adds a doubt of the caller about the innermost open element, or one of its attributes, at `at`.
    fn doubt_at(&mut self, code: Code, at: u64, message: impl FnOnce() -> String);

    /// Adds a doubt of the caller about an element that may be closed by now.
    fn add(&mut self, doubt: Doubt);

    /// The doubts so far; the reader is done.
    fn into_doubts(self) -> Vec<Doubt>;
}

/// The elements that are open, and where each stands among its siblings.
#[derive(Debug, Default)]
pub struct Trail<'a> {
    open: Vec<Step<'a>>,
    roots: Children,
    root_count: usize,
    /// How often each name stands among the roots, then among the children of each open element: what an element's
    /// children add stands above what its own name added, and goes when it is closed.
    counted: Vec<(Rc<Text<'a>>, usize)>,
}

/// An open element.
#[derive(Debug)]
struct Step<'a> {
    name: Rc<Text<'a>>,
    /// Its place among the siblings of its name, from 1.
    position: usize,
    children: Children,
}

/// Where the children of an element are counted.
#[derive(Debug, Default)]
struct Children {
    /// Where they begin in the list.
    first: usize,
    /// Those that are not in the list.
    further: HashMap<String, usize>,
}

fn is_same(a: &Rc<Text<'_>>, b: &Rc<Text<'_>>) -> bool {
    Rc::ptr_eq(a, b) || a.device == b.device
}

impl<'a> Trail<'a> {
    /// Opens an element inside the innermost one.
    pub fn open(&mut self, name: Rc<Text<'a>>) {
        if self.open.is_empty() {
            self.root_count += 1;
        }
        let siblings = self.open.last_mut().map_or(&mut self.roots, |parent| &mut parent.children);
        let listed = self.counted.get_mut(siblings.first..).unwrap_or_default();
        let position = if let Some((_, count)) = listed.iter_mut().find(|(known, _)| is_same(known, &name)) {
            *count += 1;
            *count
        } else if listed.len() < LISTED_SIBLINGS {
            self.counted.push((Rc::clone(&name), 1));
            1
        } else if let Some(count) = siblings.further.get_mut(&*name.device) {
            *count += 1;
            *count
        } else {
            siblings.further.insert(name.device.to_string(), 1);
            1
        };
        let children = Children { first: self.counted.len(), further: HashMap::new() };
        self.open.push(Step { name, position, children });
    }

    /// Closes the innermost element.
    pub fn close(&mut self) {
        if let Some(step) = self.open.pop() {
            self.counted.truncate(step.children.first);
        }
    }

    /// The name of the innermost element.
    #[must_use]
    pub fn innermost(&self) -> Option<&str> {
        self.open.last().map(|step| &*step.name.device)
    }

    /// How many elements are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// How many roots there were so far.
    #[must_use]
    pub fn roots(&self) -> usize {
        self.root_count
    }

    /// The path of the innermost open element. Long names and the middle of deep paths are cut; offsets stay exact.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        let deep = self.open.len() > PATH_ELEMENTS;
        let hidden = PATH_ELEMENTS / 2..self.open.len().saturating_sub(PATH_ELEMENTS / 2);
        for (depth, step) in self.open.iter().enumerate() {
            deadline::step();
            if deep && hidden.contains(&depth) {
                if depth == hidden.start {
                    path.push_str(" > …");
                }
                continue;
            }
            if depth > 0 {
                path.push_str(" > ");
            }
            path.extend(step.name.device.chars().take(NAME_CHARS));
            if depth > 0 || step.position > 1 {
                path.push('[');
                path.push_str(&step.position.to_string());
                path.push(']');
            }
        }
        path
    }

    /// `place` at `at` bytes, with the path of the innermost open element where one is open.
    #[must_use]
    pub fn place(&self, place: &Place, at: u64) -> Place {
        let place = place.clone().at(at);
        if self.open.is_empty() { place } else { place.with_path(self.path()) }
    }
}
