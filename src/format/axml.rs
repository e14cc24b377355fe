//! Binary XML ("AXML"), read as a device reads it.
//!
//! Source: AOSP `libs/androidfw/ResourceTypes.cpp` (`ResXMLTree::setTo`, `validateNode`, `ResXMLParser::nextNode`,
//! `getAttribute*`, `indexOfAttribute`, `validate_chunk`), `AttributeResolution.cpp` (`RetrieveAttributes`) and
//! `core/java/android/content/res/XmlBlock.java`.
//!
//! The reader hands out events in one pass. It goes on wherever a device goes on, and stops with an error where a
//! device stops. Whatever no packaging tool writes is a doubt, also where every device reads it alike: such a document
//! was made to be read in more than one way.

use std::rc::Rc;

use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::format::bytes::Bytes;
use crate::format::document::{Document, Element, Event, Form, Found, Key, Reference, Text, Trail, Value};
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

/// Names of elements that are kept decoded. A manifest has about 20.
const KNOWN_NAMES: usize = 32;

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

/// Where the attributes of a start tag are.
#[derive(Debug, Clone, Copy, Default)]
struct Tag {
    offset: usize,
    body: usize,
    start: usize,
    size: usize,
    count: usize,
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
    /// The start tag that was read last.
    tag: Tag,
    trail: Trail<'a>,
    /// String indices of the names of the open elements.
    names: Vec<u32>,
    /// Names of elements that were decoded, with their string indices: the first [`KNOWN_NAMES`].
    known: Vec<(u32, Rc<Text<'a>>)>,
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
        deadline::reading(|| place.clone());
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
            tag: Tag::default(),
            trail: Trail::default(),
            names: Vec::new(),
            known: Vec::new(),
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
            deadline::step();
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

    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        while !self.finished && self.next < self.end {
            deadline::step();
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
            if self.trail.roots() == 0 {
                let message = || "the document has no element".to_owned();
                return Err(self.refuse(Code::AxmlNoElement, self.next, message));
            }
            if self.trail.depth() > 0 {
                let (path, count) = (self.trail.path(), self.trail.depth());
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
        let name = self.element_name(name_index, at)?;
        if name.is_none() && name_index > i32::MAX.unsigned_abs() {
            self.doubt(Code::AxmlStringIndex, at, || "an element has no name".into());
        }
        if self.trail.depth() >= limits::XML_DEPTH {
            return Err(self.refuse(Code::LimitXmlDepth, at, || {
                format!("elements are nested deeper than the {} levels that are read", limits::XML_DEPTH)
            }));
        }
        self.trail.open(name.clone().unwrap_or_else(|| Rc::new(Text::plain("?"))));
        self.names.push(name_index);
        if self.trail.depth() == 1 && self.trail.roots() > 1 {
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
        self.tag = Tag { offset: at, body, start, size, count };
        Ok(Element {
            offset: at as u64,
            length: chunk.size as u64,
            lines: None,
            name,
            depth: self.trail.depth(),
            root: self.trail.roots(),
        })
    }

    /// Closes the innermost element; false when none is open.
    fn close(&mut self, at: usize, body: usize) -> Result<bool, Error> {
        let (Some(expected), Some(&name_index)) = (self.trail.innermost(), self.names.last()) else {
            self.doubt(Code::AxmlExtraEnd, at, || "an end tag where no element is open".into());
            return Ok(false);
        };
        let index = self.bytes.u32(body + 4).unwrap_or(NO_STRING);
        if index != name_index {
            let expected = expected.to_owned();
            let name = self.peek(index)?;
            if name.as_ref().is_none_or(|name| name.device != expected) {
                let name = name.map_or_else(|| "nothing".to_owned(), |name| name.device.into_owned());
                self.doubt(Code::AxmlMismatchedEnd, at, || {
                    format!("{expected:.100} is closed by an end tag of {name:.100}")
                });
            }
        }
        self.trail.close();
        self.names.pop();
        Ok(true)
    }

    /// The [`string`](Self::string) `index`, which is the name of an element: a few names stand in many places.
    fn element_name(&mut self, index: u32, at: usize) -> Result<Option<Rc<Text<'a>>>, Error> {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == index) {
            let name = Rc::clone(name);
            // A long name is compared with long names.
            self.count(name.device.len())?;
            return Ok(Some(name));
        }
        let Some(string) = self.string(index, at)? else { return Ok(None) };
        // What is odd about it has to be told at every place.
        let is_plain = string.flaws.is_empty();
        let name = Rc::new(Text::from(string));
        if is_plain && self.known.len() < KNOWN_NAMES {
            self.known.push((index, Rc::clone(&name)));
        }
        Ok(Some(name))
    }

    /// The string `index` in every reading; what is odd about it becomes a doubt at `at`, the offset of what uses it.
    /// `None` for "none" and, with a doubt, where a device finds no string.
    ///
    /// # Errors
    /// `limit-strings`.
    fn string(&mut self, index: u32, at: usize) -> Result<Option<PoolString<'a>>, Error> {
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
        self.count(self.pool.cost(index))?;
        Ok(self.pool.get(index))
    }

    /// Counts the `bytes` of a string that is used.
    fn count(&mut self, bytes: usize) -> Result<(), Error> {
        self.decoded = self.decoded.saturating_add(bytes);
        if self.decoded > limits::STRING_BYTES {
            return Err(self.refuse(Code::LimitStrings, self.next, || {
                format!("more than {} bytes of strings were decoded", limits::STRING_BYTES)
            }));
        }
        Ok(())
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
        self.trail.place(&self.place, at as u64)
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

impl<'a> Document<'a> for Reader<'a> {
    type Attribute = Attribute;

    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        let result = self.step();
        if !matches!(result, Ok(Some(_))) {
            self.finished = true;
        }
        result
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        // A size of 0 repeats the first attribute: it is read once.
        let Tag { offset: node, body, start, size: step, count } = self.tag;
        let count = if step == 0 { count.min(1) } else { count };
        self.attributes = self.attributes.saturating_add(count);
        if self.attributes > limits::XML_ATTRIBUTES {
            return Err(self.refuse(Code::LimitXmlAttributes, node, || {
                format!("more than the {} attributes that are read", limits::XML_ATTRIBUTES)
            }));
        }
        let mut list = Vec::with_capacity(count);
        for index in 0..count {
            deadline::step();
            let at = body + start + step * index;
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

    /// A device walks attributes and wanted ids together, both taken to be ascending (`RetrieveAttributes`): it
    /// finds the first attribute whose id is not below the wanted one, if that is equal.
    fn find(&mut self, attributes: &[Attribute], key: Key) -> Result<Found<Attribute>, Error> {
        let device = attributes.iter().find(|a| a.id >= key.id).filter(|a| a.id == key.id).copied();
        let mut others: Vec<Attribute> = Vec::new();
        let mut missed = 0_usize;
        for attribute in attributes {
            deadline::step();
            if Some(attribute) == device.as_ref() {
                continue;
            }
            let at = attribute.at();
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
            let at = attributes.first().map_or(0, Attribute::at);
            self.doubt(Code::LimitXmlAttributes, at, || format!("{missed} more attributes could be {}", key.name));
        }
        Ok(Found { device, others })
    }

    /// By its string, as `indexOfAttribute` finds it.
    fn find_by_name(&mut self, attributes: &[Attribute], name: &str) -> Result<Option<Attribute>, Error> {
        for attribute in attributes {
            deadline::step();
            if self.may_be(attribute.name, name)? && self.peek(attribute.namespace)?.is_none() {
                return Ok(Some(*attribute));
            }
        }
        Ok(None)
    }

    fn value(&mut self, attribute: &Attribute, _: Form) -> Result<Value<'a>, Error> {
        Ok(match attribute.kind {
            value::NULL => Value::Null,
            value::STRING => self
                .string(attribute.data, attribute.at())?
                .map_or(Value::Unknown, |string| Value::Text(Text::from(string))),
            value::REFERENCE | value::DYNAMIC_REFERENCE => {
                Value::Reference(Reference { id: attribute.data, name: None })
            }
            kind if value::INTEGERS.contains(&kind) => Value::Number(attribute.data),
            kind => Value::Other(kind, attribute.data),
        })
    }

    fn source_text(&mut self, attribute: &Attribute) -> Result<Option<Text<'a>>, Error> {
        if attribute.kind == value::STRING && attribute.raw == attribute.data {
            return Ok(None);
        }
        Ok(self.string(attribute.raw, attribute.at())?.map(Text::from))
    }

    fn offset(attribute: &Attribute) -> u64 {
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

impl Attribute {
    fn at(&self) -> usize {
        usize::try_from(self.offset).unwrap_or(usize::MAX)
    }
}

impl<'a> From<PoolString<'a>> for Text<'a> {
    fn from(string: PoolString<'a>) -> Text<'a> {
        Text { device: string.device, others: string.others }
    }
}
