//! Binary XML ("AXML"), read as a device reads it.
//!
//! Source: AOSP `libs/androidfw/ResourceTypes.cpp` (`ResXMLTree::setTo`, `validateNode`, `ResXMLParser::nextNode`,
//! `getAttribute*`, `indexOfAttribute`, `validate_chunk`), `AttributeResolution.cpp` (`RetrieveAttributes`) and
//! `core/java/android/content/res/XmlBlock.java`.
//!
//! The reader hands out events in one pass. It goes on wherever a device goes on, and stops with an error where a
//! device stops. Whatever no packaging tool writes is a doubt, also where every device reads it alike: such a document
//! was made to be read in more than one way.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::format::bytes::Bytes;
use crate::format::string_pool::{self, Flaw, PoolString, StringPool};
use crate::limits;
use crate::source::Place;

/// `RES_XML_TYPE`: the chunk that is the document.
pub const CHUNK_TYPE: u16 = 0x0003;

/// `RES_XML_RESOURCE_MAP_TYPE`.
const RESOURCE_MAP: u16 = 0x0180;
/// `RES_XML_FIRST_CHUNK_TYPE` to `RES_XML_LAST_CHUNK_TYPE`: what counts as a node while the first one is looked for.
const NODES: std::ops::RangeInclusive<u16> = 0x0100..=0x017f;
const START_NAMESPACE: u16 = 0x0100;
const END_NAMESPACE: u16 = 0x0101;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const CDATA: u16 = 0x0104;

/// `sizeof(ResChunk_header)`.
const CHUNK_HEADER: usize = 8;
/// `sizeof(ResXMLTree_node)`.
const NODE_HEADER: usize = 16;
/// `sizeof(ResXMLTree_attrExt)`, and where aapt2 puts the first attribute.
const ELEMENT_BODY: usize = 20;
/// `sizeof(Res_value)`, which a device does not look at.
const VALUE: u16 = 8;
/// `sizeof(ResXMLTree_attribute)`.
const ATTRIBUTE: usize = 20;

/// Elements that a path shows. A longer one loses its middle: a path is made for every declaration.
const PATH_ELEMENTS: usize = 16;
/// Characters of a name that a path shows.
const NAME_CHARS: usize = 100;

/// A string index that means "none".
pub const NO_STRING: u32 = 0xffff_ffff;

/// `Res_value::dataType`.
pub mod value {
    /// No value.
    pub const NULL: u8 = 0x00;
    /// A resource id.
    pub const REFERENCE: u8 = 0x01;
    /// An index into the document's string pool.
    pub const STRING: u8 = 0x03;
    /// A resource id whose package is looked up at run time.
    pub const DYNAMIC_REFERENCE: u8 = 0x07;
    /// `TypedValue.TYPE_FIRST_INT`.
    pub const INTEGERS_FIRST: u8 = 0x10;
    /// `TypedValue.TYPE_LAST_INT`.
    pub const INTEGERS_LAST: u8 = 0x1f;
    /// The types that are numbers: decimal, hexadecimal, boolean, colours.
    pub const INTEGERS: std::ops::RangeInclusive<u8> = INTEGERS_FIRST..=INTEGERS_LAST;
}

/// What an attribute is looked up by: a device uses the resource id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The resource id of the attribute, in the framework package 0x01.
    pub id: u32,
    /// Its name, which other readers use.
    pub name: &'static str,
}

/// One step through the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A start tag. The element is open until its `End`.
    Start(Element<'a>),
    /// An end tag that closed the innermost element; a device never compares its name.
    End,
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    /// Offset of its chunk in the document, in bytes.
    pub offset: u64,
    /// Bytes of its chunk.
    pub length: u64,
    /// Its name; `None` where a device finds none and gives up.
    pub name: Option<PoolString<'a>>,
    /// How deep it stands: 1 for a root.
    pub depth: usize,
    /// Which root it belongs to: 1 for the first, the only one a device reads.
    pub root: usize,
    body: usize,
    attribute_start: usize,
    attribute_size: usize,
    attribute_count: usize,
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

/// One attribute, undecoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Offset in the document, in bytes.
    pub offset: u64,
    /// String index of the namespace.
    pub namespace: u32,
    /// String index of the name.
    pub name: u32,
    /// The resource id of the name; 0 where the resource map has none.
    pub id: u32,
    /// String index of the text as it stood in the source.
    pub raw: u32,
    /// Type of the value, see [`value`].
    pub kind: u8,
    /// The value.
    pub data: u32,
}

/// What a search for an attribute found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The attribute a device takes.
    pub device: Option<Attribute>,
    /// Attributes that another reader, or another release, takes. Empty in an ordinary document.
    pub others: Vec<Attribute>,
}

impl Found {
    /// The attribute a device takes, otherwise the first that another reader takes.
    #[must_use]
    pub fn any(&self) -> Option<Attribute> {
        self.device.or_else(|| self.others.first().copied())
    }
}

/// An open element.
struct Open<'a> {
    name: Cow<'a, str>,
    name_index: u32,
    /// Its place among the siblings of its name, from 1.
    position: usize,
    children: HashMap<Cow<'a, str>, usize>,
}

/// A chunk header that was validated as `validate_chunk` does.
struct Chunk {
    kind: u16,
    header: usize,
    size: usize,
}

/// Reads a document in one pass.
pub struct Reader<'a> {
    bytes: Bytes<'a>,
    place: Place,
    /// Where the document ends by its own header.
    end: usize,
    pool: StringPool<'a>,
    /// Resource ids by string index.
    ids: Bytes<'a>,
    /// Offset of the next node.
    next: usize,
    nodes: usize,
    decoded: usize,
    attributes: usize,
    roots: HashMap<Cow<'a, str>, usize>,
    root_count: usize,
    open: Vec<Open<'a>>,
    finished: bool,
    doubts: Vec<Doubt>,
}

/// True when `bytes` look like XML in text form: what a manifest is before it is compiled.
#[must_use]
pub fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = start.trim_ascii_start();
    start.starts_with(b"<") || bytes.starts_with(b"\xff\xfe<\0") || bytes.starts_with(b"\xfe\xff\0<")
}

impl<'a> Reader<'a> {
    /// Reads the header of the document and what stands before its first node. `place` is the document.
    ///
    /// # Errors
    /// Where a device refuses the document before its first node: `axml-truncated`, `axml-bad-chunk`,
    /// `axml-string-pool`, `axml-no-element`.
    pub fn open(bytes: &'a [u8], place: Place) -> Result<Self, Error> {
        let bytes = Bytes::new(bytes);
        let refuse = |code, at: usize, message: String| Error::new(code, place.clone().at(at as u64), message);
        let (Some(kind), Some(header), Some(end)) = (bytes.u16(0), bytes.u16(2), bytes.size(4)) else {
            let message = format!("{} bytes are too few for the 8 of a document header", bytes.len());
            return Err(refuse(Code::AxmlTruncated, 0, message));
        };
        let header = usize::from(header);
        if end > bytes.len() {
            let message = format!("the document says that it has {end} bytes, but there are {}", bytes.len());
            return Err(refuse(Code::AxmlTruncated, bytes.len(), message));
        }
        if header > end {
            let message = format!("the document's header of {header} bytes is larger than its {end} bytes");
            return Err(refuse(Code::AxmlBadChunk, 0, message));
        }
        let mut reader = Self {
            bytes,
            end,
            next: header,
            place,
            pool: StringPool::default(),
            ids: Bytes::new(&[]),
            nodes: 0,
            decoded: 0,
            attributes: 0,
            roots: HashMap::new(),
            root_count: 0,
            open: Vec::new(),
            finished: false,
            doubts: Vec::new(),
        };
        if kind != CHUNK_TYPE {
            reader.doubt(Code::AxmlType, 0, || format!("the document's type is {kind:#06x} instead of 0x0003"));
        }
        if header != CHUNK_HEADER {
            reader.doubt(Code::AxmlHeaderSize, 0, || format!("the document's header has {header} bytes instead of 8"));
        }
        if end < bytes.len() {
            let extra = bytes.len() - end;
            reader.doubt(Code::AxmlTrailingBytes, end, || format!("{extra} bytes follow the document's {end}"));
        }
        reader.prologue()?;
        Ok(reader)
    }

    /// Finds the string pool, the resource map and the first node (`ResXMLTree::setTo`).
    fn prologue(&mut self) -> Result<(), Error> {
        let mut pool = None;
        let mut pools = 0;
        let mut maps = 0;
        let mut at = self.next;
        loop {
            // A chunk that reaches the end cannot be followed by a node: a device stops looking there.
            let size = self.bytes.size(at.saturating_add(4)).unwrap_or(usize::MAX);
            if self.end.saturating_sub(CHUNK_HEADER) <= at || self.end.saturating_sub(size) <= at {
                return Err(self.refuse(Code::AxmlNoElement, at, || {
                    format!("the document has no element: its chunks end at {at} of {} bytes", self.end)
                }));
            }
            let chunk = self.chunk(at, CHUNK_HEADER)?;
            match chunk.kind {
                string_pool::CHUNK_TYPE => {
                    pools += 1;
                    let bytes = self.bytes.slice(at, chunk.size);
                    pool = Some((at, StringPool::parse(bytes.unwrap_or(&[]))));
                    self.judge_pool(at, chunk.header);
                }
                RESOURCE_MAP => {
                    maps += 1;
                    let ids = self.bytes.slice(at + chunk.header, chunk.size - chunk.header);
                    self.ids = Bytes::new(ids.unwrap_or(&[]));
                    if chunk.header != CHUNK_HEADER {
                        self.doubt(Code::AxmlHeaderSize, at, || {
                            format!("the resource map's header has {} bytes instead of 8", chunk.header)
                        });
                    }
                }
                kind if NODES.contains(&kind) => break,
                kind => self.doubt(Code::AxmlUnknownChunk, at, || format!("a chunk of unknown type {kind:#06x}")),
            }
            at += chunk.size;
        }
        self.next = at;
        if pools > 1 || maps > 1 {
            let message = || format!("{pools} string pools and {maps} resource maps stand before the first node");
            self.doubt(Code::AxmlRepeatedChunk, at, message);
        }
        match pool {
            Some((_, Ok(pool))) if usize::try_from(pool.len()).is_ok_and(|n| n <= limits::POOL_STRINGS) => {
                self.pool = pool;
                Ok(())
            }
            Some((at, Ok(pool))) => Err(self.refuse(Code::LimitStrings, at, || {
                format!("{} strings are more than the {} that are read", pool.len(), limits::POOL_STRINGS)
            })),
            Some((at, Err(defect))) => {
                Err(self.refuse(Code::AxmlStringPool, at, || format!("a device refuses the string pool: {defect}")))
            }
            None => Err(self.refuse(Code::AxmlStringPool, at, || "no string pool stands before the first node".into())),
        }
    }

    /// Names what no packaging tool writes into the header of the pool at `at`, although a device reads it.
    fn judge_pool(&mut self, at: usize, header: usize) {
        if header != string_pool::HEADER_SIZE {
            self.doubt(Code::AxmlHeaderSize, at, || format!("the string pool's header has {header} bytes, not 28"));
        }
        let field = |offset: usize| self.bytes.size(at.saturating_add(offset)).unwrap_or(0);
        let (count, styles, start, styles_start) = (field(8), field(12), field(20), field(24));
        let table_end = count.saturating_add(styles).saturating_mul(4).saturating_add(header);
        if count > 0 && start != table_end {
            self.doubt(Code::AxmlPoolLayout, at, || {
                format!(
                    "the table of {count} strings and {styles} styles ends at {table_end}, the strings start at {start}"
                )
            });
        } else if styles == 0 && styles_start != 0 {
            self.doubt(Code::AxmlPoolLayout, at, || format!("no styles, but they start at {styles_start}"));
        }
    }

    /// The next start or end tag; `None` at the end of the document.
    ///
    /// # Errors
    /// Where a device gives up (`axml-bad-chunk`), and where a budget is reached (`limit-xml-nodes`,
    /// `limit-xml-depth`, `limit-strings`). What came before stands; nothing comes after.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        let result = self.step();
        if !matches!(result, Ok(Some(_))) {
            self.finished = true;
        }
        result
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        while !self.finished && self.next < self.end {
            let at = self.next;
            let chunk = self.chunk(at, NODE_HEADER)?;
            let body = at + chunk.header;
            let room = chunk.size - chunk.header;
            self.nodes += 1;
            if self.nodes > limits::XML_NODES {
                return Err(self.refuse(Code::LimitXmlNodes, at, || {
                    format!("the document has more than the {} nodes that are read", limits::XML_NODES)
                }));
            }
            let least = match chunk.kind {
                START_ELEMENT => ELEMENT_BODY,
                START_NAMESPACE | END_NAMESPACE | END_ELEMENT => 8,
                CDATA => 12,
                kind => {
                    self.doubt(Code::AxmlUnknownChunk, at, || format!("a chunk of type {kind:#06x} among the nodes"));
                    self.next = at + chunk.size;
                    continue;
                }
            };
            if room < least {
                return Err(self.refuse(Code::AxmlBadChunk, at, || {
                    format!("a node of type {:#06x} has {room} bytes for content that takes {least}", chunk.kind)
                }));
            }
            if chunk.header != NODE_HEADER {
                self.doubt(Code::AxmlHeaderSize, at, || format!("a node's header has {} bytes, not 16", chunk.header));
            }
            match chunk.kind {
                START_ELEMENT => {
                    let element = self.element(at, &chunk)?;
                    self.next = at + chunk.size;
                    return Ok(Some(Event::Start(element)));
                }
                _ if room > least => {
                    self.doubt(Code::AxmlNodeSize, at, || format!("{} bytes follow a node's content", room - least));
                }
                _ => {}
            }
            self.next = at + chunk.size;
            if chunk.kind == END_ELEMENT && self.close(at, body)? {
                return Ok(Some(Event::End));
            }
        }
        if !self.finished {
            if self.root_count == 0 {
                let message = || "the document has no element".to_owned();
                return Err(self.refuse(Code::AxmlNoElement, self.next, message));
            }
            if !self.open.is_empty() {
                let (path, count) = (self.path(), self.open.len());
                self.doubt(Code::AxmlMissingEnd, self.next, || format!("{count} elements are not closed: {path}"));
            }
        }
        Ok(None)
    }

    /// A start tag (`validateNode` and the fields of `ResXMLTree_attrExt`).
    fn element(&mut self, at: usize, chunk: &Chunk) -> Result<Element<'a>, Error> {
        let body = at + chunk.header;
        let room = chunk.size - chunk.header;
        let field = |offset: usize| self.bytes.u16(body + offset).map_or(0, usize::from);
        let (start, size, count) = (field(8), field(10), field(12));
        let used = start + size * count;
        if used > room {
            return Err(self.refuse(Code::AxmlBadChunk, at, || {
                format!(
                    "{count} attributes of {size} bytes from {start} do not fit into the {room} bytes of their node"
                )
            }));
        }
        let name_index = self.bytes.u32(body + 4).unwrap_or(NO_STRING);
        let name = self.string(name_index, at)?;
        if name.is_none() && name_index > i32::MAX.unsigned_abs() {
            self.doubt(Code::AxmlStringIndex, at, || "an element has no name".into());
        }
        if self.open.len() >= limits::XML_DEPTH {
            return Err(self.refuse(Code::LimitXmlDepth, at, || {
                format!("elements are nested deeper than the {} levels that are read", limits::XML_DEPTH)
            }));
        }
        let shown: Cow<'a, str> = name.as_ref().map_or(Cow::Borrowed("?"), |name| name.device.clone());
        let siblings = match self.open.last_mut() {
            Some(parent) => &mut parent.children,
            None => &mut self.roots,
        };
        let position = if let Some(count) = siblings.get_mut(&shown) {
            *count += 1;
            *count
        } else {
            siblings.insert(shown.clone(), 1);
            1
        };
        if self.open.is_empty() {
            self.root_count += 1;
        }
        self.open.push(Open { name: shown, name_index, position, children: HashMap::new() });
        if self.open.len() == 1 && self.root_count > 1 {
            self.doubt(Code::AxmlSeveralRoots, at, || "an element stands after the end of the first root".into());
        }
        if start != ELEMENT_BODY || size != ATTRIBUTE {
            self.doubt(Code::AxmlAttributeLayout, at, || {
                format!("{count} attributes of {size} bytes start at {start}; 20 and 20 are usual")
            });
            let last = start + size * count.saturating_sub(1) + ATTRIBUTE;
            if count > 0 && last > room {
                self.doubt(Code::AxmlAttributeBounds, at, || {
                    format!("the last attribute ends {} bytes after its node", last - room)
                });
            }
        }
        if used < room {
            self.doubt(Code::AxmlNodeSize, at, || format!("{} bytes follow the attributes of a node", room - used));
        }
        Ok(Element {
            offset: at as u64,
            length: chunk.size as u64,
            name,
            depth: self.open.len(),
            root: self.root_count,
            body,
            attribute_start: start,
            attribute_size: size,
            attribute_count: count,
        })
    }

    /// Closes the innermost element; false when none is open.
    fn close(&mut self, at: usize, body: usize) -> Result<bool, Error> {
        let Some(open) = self.open.last() else {
            self.doubt(Code::AxmlExtraEnd, at, || "an end tag where no element is open".into());
            return Ok(false);
        };
        let index = self.bytes.u32(body + 4).unwrap_or(NO_STRING);
        if index != open.name_index {
            let expected = open.name.clone();
            let name = self.peek(index)?;
            if name.as_ref().is_none_or(|name| name.device != expected) {
                let name = name.map_or_else(|| "nothing".to_owned(), |name| name.device.into_owned());
                self.doubt(Code::AxmlMismatchedEnd, at, || {
                    format!("{expected:.100} is closed by an end tag of {name:.100}")
                });
            }
        }
        self.open.pop();
        Ok(true)
    }

    /// The path of the innermost open element: `manifest > uses-permission[3]`, counted among siblings of its name.
    /// Long names and the middle of deep paths are cut; the offset stays exact.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        let deep = self.open.len() > PATH_ELEMENTS;
        let hidden = PATH_ELEMENTS / 2..self.open.len().saturating_sub(PATH_ELEMENTS / 2);
        for (depth, open) in self.open.iter().enumerate() {
            if deep && hidden.contains(&depth) {
                if depth == hidden.start {
                    path.push_str(" > …");
                }
                continue;
            }
            if depth > 0 {
                path.push_str(" > ");
            }
            path.extend(open.name.chars().take(NAME_CHARS));
            if depth > 0 || open.position > 1 {
                path.push('[');
                path.push_str(&open.position.to_string());
                path.push(']');
            }
        }
        path
    }

    /// Every attribute of `element`, in document order.
    ///
    /// # Errors
    /// `limit-xml-attributes`.
    pub fn attributes(&mut self, element: &Element<'_>) -> Result<Vec<Attribute>, Error> {
        // A size of 0 repeats the first attribute: it is read once.
        let count = if element.attribute_size == 0 { element.attribute_count.min(1) } else { element.attribute_count };
        self.attributes = self.attributes.saturating_add(count);
        let node = usize::try_from(element.offset).unwrap_or(usize::MAX);
        if self.attributes > limits::XML_ATTRIBUTES {
            return Err(self.refuse(Code::LimitXmlAttributes, node, || {
                format!("more than the {} attributes that are read", limits::XML_ATTRIBUTES)
            }));
        }
        let mut list = Vec::with_capacity(count);
        for index in 0..count {
            let at = element.body + element.attribute_start + element.attribute_size * index;
            // A device does not look whether an attribute leaves its node: it reads on in the next one.
            let (Some(namespace), Some(name), Some(raw), Some(size), Some(kind), Some(data)) = (
                self.bytes.u32(at),
                self.bytes.u32(at + 4),
                self.bytes.u32(at + 8),
                self.bytes.u16(at + 12),
                self.bytes.u8(at + 15),
                self.bytes.u32(at + 16),
            ) else {
                self.doubt(Code::AxmlAttributeBounds, at, || "an attribute reaches past the end of the file".into());
                break;
            };
            let id = usize::try_from(name).ok().and_then(|n| self.ids.u32(n.checked_mul(4)?)).unwrap_or(0);
            if size != VALUE {
                self.doubt(Code::AxmlAttributeLayout, at, || format!("a value says that it has {size} bytes, not 8"));
            }
            if name >= self.pool.len() {
                self.doubt(Code::AxmlStringIndex, at, || {
                    format!("an attribute's name is string {name}, which is none")
                });
            }
            list.push(Attribute { offset: at as u64, namespace, name, id, raw, kind, data });
        }
        Ok(list)
    }

    /// Finds the attribute `key` among the attributes of one element: the one a device takes, and every other that
    /// another reader takes for it. Where there are others there is a doubt.
    ///
    /// A device walks attributes and wanted ids together, both taken to be ascending (`RetrieveAttributes`): it
    /// finds the first attribute whose id is not below the wanted one, if that is equal.
    ///
    /// # Errors
    /// `limit-strings`.
    pub fn find(&mut self, attributes: &[Attribute], key: Key) -> Result<Found, Error> {
        let device = attributes.iter().find(|a| a.id >= key.id).filter(|a| a.id == key.id).copied();
        let mut others: Vec<Attribute> = Vec::new();
        let mut missed = 0_usize;
        for attribute in attributes {
            if Some(attribute) == device.as_ref() {
                continue;
            }
            let at = usize::try_from(attribute.offset).unwrap_or(usize::MAX);
            let package = attribute.id >> 24;
            if attribute.id == key.id {
                if device.is_none() {
                    self.doubt(Code::AxmlAttributeOrder, at, || {
                        format!(
                            "{} stands after an attribute of a higher id, where a device does not find it",
                            key.name
                        )
                    });
                } else {
                    self.doubt(Code::AxmlAttributeRepeated, at, || format!("{} is given more than once", key.name));
                }
            } else if attribute.id != 0
                && attribute.id & 0xff_ffff == key.id & 0xff_ffff
                && !matches!(package, 1 | 0x7f)
            {
                // DynamicRefTable::lookupResourceId: a table of the app can map package ids other than these two.
                self.doubt(Code::AxmlAttributePackage, at, || {
                    format!("{:#010x} becomes {} if its package is mapped to the framework", attribute.id, key.name)
                });
            } else if self.may_be(attribute.name, key.name)? {
                self.doubt(Code::AxmlAttributeName, at, || {
                    format!("an attribute is named {}, but its id is {:#010x}", key.name, attribute.id)
                });
            } else {
                continue;
            }
            if others.len() >= limits::ATTRIBUTE_READINGS {
                missed += 1;
            } else if !others.contains(attribute) {
                others.push(*attribute);
            }
        }
        if missed > 0 {
            let at = attributes.first().map_or(0, |a| usize::try_from(a.offset).unwrap_or(usize::MAX));
            self.doubt(Code::LimitXmlAttributes, at, || format!("{missed} more attributes could be {}", key.name));
        }
        Ok(Found { device, others })
    }

    /// The first attribute without a namespace that is named `name`, found by its string as `indexOfAttribute` does.
    ///
    /// # Errors
    /// `limit-strings`.
    pub fn find_by_name(&mut self, attributes: &[Attribute], name: &str) -> Result<Option<Attribute>, Error> {
        for attribute in attributes {
            if self.may_be(attribute.name, name)? && self.peek(attribute.namespace)?.is_none() {
                return Ok(Some(*attribute));
            }
        }
        Ok(None)
    }

    /// The string `index` in every reading; what is odd about it becomes a doubt at `at`, the offset of what uses it.
    /// `None` for "none" and, with a doubt, where a device finds no string.
    ///
    /// # Errors
    /// `limit-strings`.
    pub fn string(&mut self, index: u32, at: usize) -> Result<Option<PoolString<'a>>, Error> {
        let string = self.peek(index)?;
        match &string {
            Some(string) => {
                for flaw in &string.flaws {
                    let (code, what) = match flaw {
                        Flaw::Nul => (Code::AxmlStringNul, "holds a NUL"),
                        Flaw::Encoding => (Code::AxmlStringEncoding, "is not valid in its encoding"),
                        Flaw::Length => (Code::AxmlStringLength, "has a wrong length in UTF-16 units"),
                    };
                    self.doubt(code, at, || format!("string {index} {what}: {:.100}", string.device));
                }
            }
            None if index <= i32::MAX.unsigned_abs() => {
                let count = self.pool.len();
                self.doubt(Code::AxmlStringIndex, at, || {
                    format!("string {index} is not in the pool of {count} or cannot be read")
                });
            }
            None => {}
        }
        Ok(string)
    }

    /// True when any reading of the string `index` is `ascii`.
    fn may_be(&mut self, index: u32, ascii: &str) -> Result<bool, Error> {
        match self.pool.may_be(index, ascii) {
            Some(answer) => Ok(answer),
            None => Ok(self.peek(index)?.is_some_and(|string| string.may_be(ascii))),
        }
    }

    /// The string `index` without a word about what is odd.
    fn peek(&mut self, index: u32) -> Result<Option<PoolString<'a>>, Error> {
        self.decoded = self.decoded.saturating_add(self.pool.cost(index));
        if self.decoded > limits::STRING_BYTES {
            return Err(self.refuse(Code::LimitStrings, self.next, || {
                format!("more than {} bytes of strings were decoded", limits::STRING_BYTES)
            }));
        }
        Ok(self.pool.get(index))
    }

    /// The doubts so far; the reader is done.
    #[must_use]
    pub fn into_doubts(self) -> Vec<Doubt> {
        self.doubts
    }

    /// Adds a doubt of the caller about the innermost open element, whose chunk or attribute is at `at`.
    pub fn doubt_here(&mut self, code: Code, at: u64, message: impl FnOnce() -> String) {
        self.doubt(code, usize::try_from(at).unwrap_or(usize::MAX), message);
    }

    /// Adds a doubt of the caller about an element that may be closed by now.
    pub fn add(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    fn doubt(&mut self, code: Code, at: usize, message: impl FnOnce() -> String) {
        // The list is closed: nothing is formatted for it any more.
        if self.doubts.len() <= limits::DOUBTS {
            let doubt = Doubt::new(code, self.here(at), message());
            doubt::push(&mut self.doubts, doubt);
        }
    }

    fn refuse(&self, code: Code, at: usize, message: impl FnOnce() -> String) -> Error {
        Error::new(code, self.here(at), message())
    }

    fn here(&self, at: usize) -> Place {
        let place = self.place.clone().at(at as u64);
        if self.open.is_empty() { place } else { place.with_path(self.path()) }
    }

    /// `validate_chunk`: sizes that hold together, are multiples of 4, and stay inside the document.
    fn chunk(&self, at: usize, least: usize) -> Result<Chunk, Error> {
        let header = self.bytes.u16(at.saturating_add(2)).map(usize::from);
        let (Some(kind), Some(header), Some(size)) =
            (self.bytes.u16(at), header, self.bytes.size(at.saturating_add(4)))
        else {
            let left = self.bytes.len().saturating_sub(at);
            return Err(self.refuse(Code::AxmlBadChunk, at, || format!("{left} bytes are too few for a chunk")));
        };
        let left = self.end.saturating_sub(at);
        let wrong = if header < least {
            format!("its header of {header} bytes is smaller than {least}")
        } else if header > size {
            format!("its header of {header} bytes is larger than its {size} bytes")
        } else if (header | size) & 3 != 0 {
            format!("its sizes {header} and {size} are no multiples of 4")
        } else if size > left {
            format!("its {size} bytes reach past the end of the document, which is {left} bytes away")
        } else {
            return Ok(Chunk { kind, header, size });
        };
        Err(self
            .refuse(Code::AxmlBadChunk, at, || format!("a device gives up at a chunk of type {kind:#06x}: {wrong}")))
    }
}
