//! Builds binary XML. [`Element::compile`] lays a document out as aapt2 does; every field of the result can then be
//! changed before it is written.

/// The resource ids a manifest uses.
pub mod id {
    pub const LABEL: u32 = 0x0101_0001;
    pub const NAME: u32 = 0x0101_0003;
    pub const PERMISSION: u32 = 0x0101_0006;
    pub const ENABLED: u32 = 0x0101_000e;
    pub const EXPORTED: u32 = 0x0101_0010;
    pub const MIN_SDK: u32 = 0x0101_020c;
    pub const VERSION_CODE: u32 = 0x0101_021b;
    pub const VERSION_NAME: u32 = 0x0101_021c;
    pub const TARGET_SDK: u32 = 0x0101_0270;
    pub const MAX_SDK: u32 = 0x0101_0271;
    pub const REQUIRED_FEATURE: u32 = 0x0101_0554;
    pub const REQUIRED_NOT_FEATURE: u32 = 0x0101_0555;
    pub const VERSION_CODE_MAJOR: u32 = 0x0101_0576;
    pub const FLAGS: u32 = 0x0101_0644;
}

pub const ANDROID: &str = "http://schemas.android.com/apk/res/android";
pub const NONE: u32 = 0xffff_ffff;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Int(u32),
    Reference(u32),
    Null,
    /// Any type and data.
    Other(u8, u32),
}

#[derive(Debug, Clone)]
pub struct Attr {
    pub namespace: Option<String>,
    pub name: String,
    /// 0: not in the resource map.
    pub id: u32,
    pub value: Value,
    /// The text of the source, where it is not that of the value.
    pub raw: Option<String>,
}

/// An attribute of Android's name space.
pub fn attr(name: &str, id: u32, value: Value) -> Attr {
    Attr { namespace: Some(ANDROID.into()), name: name.into(), id, value, raw: None }
}

/// An attribute without name space and id.
pub fn plain(name: &str, value: &str) -> Attr {
    Attr { namespace: None, name: name.into(), id: 0, value: Value::Text(value.into()), raw: None }
}

pub fn name(text: &str) -> Attr {
    attr("name", id::NAME, Value::Text(text.into()))
}

pub fn max_sdk(level: u32) -> Attr {
    attr("maxSdkVersion", id::MAX_SDK, Value::Int(level))
}

#[derive(Debug, Clone)]
pub struct Element {
    pub tag: String,
    pub attributes: Vec<Attr>,
    pub children: Vec<Element>,
}

pub fn element(tag: &str) -> Element {
    Element { tag: tag.into(), attributes: Vec::new(), children: Vec::new() }
}

/// `<uses-permission android:name="…">`
pub fn uses(permission: &str) -> Element {
    element("uses-permission").with(name(permission))
}

/// `<manifest package="com.example.app">` with a `<uses-sdk>` to which a device adds nothing.
pub fn manifest(children: impl IntoIterator<Item = Element>) -> Element {
    let sdk = element("uses-sdk").with(attr("minSdkVersion", id::MIN_SDK, Value::Int(24))).with(attr(
        "targetSdkVersion",
        id::TARGET_SDK,
        Value::Int(35),
    ));
    let mut root = element("manifest").with(plain("package", "com.example.app")).child(sdk);
    root.children.extend(children);
    root
}

impl Element {
    pub fn with(mut self, attribute: Attr) -> Self {
        self.attributes.push(attribute);
        self
    }

    pub fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    pub fn compile(&self, utf8: bool) -> Doc {
        let mut doc = Doc::new(utf8);
        // Names with an id come first, so that the resource map lines up with the pool.
        let mut ids: Vec<(u32, String)> = Vec::new();
        collect_ids(self, &mut ids);
        ids.sort();
        ids.dedup();
        for (id, name) in &ids {
            doc.pool.strings.push(Str::new(name));
            doc.map.push(*id);
        }
        let prefix = doc.string("android");
        let uri = doc.string(ANDROID);
        doc.nodes.push(Node::new(0x100, Body::Pair(prefix, uri)));
        doc.push(self, &ids);
        doc.nodes.push(Node::new(0x101, Body::Pair(prefix, uri)));
        doc
    }

    /// The bytes of the document with a UTF-16 pool, as aapt2 writes manifests.
    pub fn bytes(&self) -> Vec<u8> {
        self.compile(false).bytes()
    }
}

fn collect_ids(element: &Element, ids: &mut Vec<(u32, String)>) {
    ids.extend(element.attributes.iter().filter(|a| a.id != 0).map(|a| (a.id, a.name.clone())));
    for child in &element.children {
        collect_ids(child, ids);
    }
}

/// One string of the pool.
#[derive(Debug, Clone)]
pub struct Str {
    pub text: String,
    /// The stored data, where it is not that of the text: bytes in a UTF-8 pool, units in a UTF-16 pool.
    pub data8: Option<Vec<u8>>,
    pub data16: Option<Vec<u16>>,
    /// The length in UTF-16 units that a UTF-8 string carries.
    pub utf16_len: Option<usize>,
    /// The length in units of the pool's encoding.
    pub len: Option<usize>,
    /// False: nothing ends the string.
    pub terminated: bool,
    /// The offset in the table.
    pub offset: Option<u32>,
}

impl Str {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            data8: None,
            data16: None,
            utf16_len: None,
            len: None,
            terminated: true,
            offset: None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Pool {
    pub utf8: bool,
    pub strings: Vec<Str>,
    pub header_size: u16,
    pub count: Option<u32>,
    pub style_count: u32,
    pub strings_start: Option<u32>,
    pub styles_start: u32,
    pub size: Option<u32>,
    /// Bytes between the table and the strings.
    pub gap: usize,
    /// Bytes after the strings.
    pub tail: Vec<u8>,
}

fn length(bytes: &mut Vec<u8>, len: usize, utf8: bool) {
    match (utf8, len) {
        (true, 0..=0x7f) => bytes.push(len as u8),
        (true, _) => bytes.extend([0x80 | (len >> 8) as u8, len as u8]),
        (false, 0..=0x7fff) => bytes.extend((len as u16).to_le_bytes()),
        (false, _) => {
            bytes.extend((0x8000 | (len >> 16) as u16).to_le_bytes());
            bytes.extend((len as u16).to_le_bytes());
        }
    }
}

impl Pool {
    pub fn bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut offsets = Vec::new();
        for string in &self.strings {
            offsets.push(string.offset.unwrap_or(data.len() as u32));
            if self.utf8 {
                let bytes = string.data8.clone().unwrap_or_else(|| string.text.clone().into_bytes());
                length(&mut data, string.utf16_len.unwrap_or(string.text.encode_utf16().count()), true);
                length(&mut data, string.len.unwrap_or(bytes.len()), true);
                data.extend(bytes);
                data.extend(string.terminated.then_some(0));
            } else {
                let units = string.data16.clone().unwrap_or_else(|| string.text.encode_utf16().collect());
                length(&mut data, string.len.unwrap_or(units.len()), false);
                data.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
                data.extend(if string.terminated { &[0, 0][..] } else { &[] });
            }
        }
        data.resize(data.len().next_multiple_of(4), 0);
        data.extend(&self.tail);
        let header = usize::from(self.header_size);
        let start = self.strings_start.unwrap_or((header + offsets.len() * 4 + self.gap) as u32);
        let size = header + offsets.len() * 4 + self.gap + data.len();
        let mut bytes = Vec::new();
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(self.header_size.to_le_bytes());
        bytes.extend(self.size.unwrap_or(size as u32).to_le_bytes());
        let count = self.count.unwrap_or(self.strings.len() as u32);
        let flags = if self.utf8 { 0x100_u32 } else { 0 };
        for field in [count, self.style_count, flags, start, self.styles_start] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.resize(header.max(28), 0);
        bytes.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
        bytes.resize(bytes.len() + self.gap, 0);
        bytes.extend(data);
        bytes
    }
}

/// An attribute as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAttr {
    pub namespace: u32,
    pub name: u32,
    pub raw: u32,
    pub kind: u8,
    pub data: u32,
}

impl RawAttr {
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in [self.namespace, self.name, self.raw] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend([8, 0, 0, self.kind]);
        bytes.extend(self.data.to_le_bytes());
        bytes
    }
}

#[derive(Debug, Clone)]
pub enum Body {
    Start {
        name: u32,
        attribute_start: u16,
        attribute_size: u16,
        count: Option<u16>,
        attributes: Vec<RawAttr>,
    },
    /// End of an element (name space, name) or a name space (prefix, URI).
    Pair(u32, u32),
    Text(u32),
    Raw(Vec<u8>),
}

#[derive(Debug, Clone)]
pub struct Node {
    pub kind: u16,
    pub header_size: u16,
    pub size: Option<u32>,
    pub body: Body,
    pub tail: Vec<u8>,
}

impl Node {
    pub fn new(kind: u16, body: Body) -> Self {
        Self { kind, header_size: 16, size: None, body, tail: Vec::new() }
    }

    pub fn end(name: u32) -> Self {
        Self::new(0x103, Body::Pair(NONE, name))
    }

    /// The attributes of a start tag.
    pub fn attributes(&mut self) -> &mut Vec<RawAttr> {
        match &mut self.body {
            Body::Start { attributes, .. } => attributes,
            other => panic!("{other:?} has no attributes"),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        match &self.body {
            Body::Start { name, attribute_start, attribute_size, count, attributes } => {
                body.extend(NONE.to_le_bytes());
                body.extend(name.to_le_bytes());
                for field in [*attribute_start, *attribute_size, count.unwrap_or(attributes.len() as u16), 0, 0, 0] {
                    body.extend(field.to_le_bytes());
                }
                body.resize(body.len().max(usize::from(*attribute_start)), 0xee);
                for attribute in attributes {
                    let mut bytes = attribute.bytes();
                    bytes.resize(usize::from(*attribute_size).max(bytes.len()), 0xdd);
                    body.extend(bytes);
                }
            }
            Body::Pair(a, b) => body.extend([*a, *b].iter().flat_map(|n| n.to_le_bytes())),
            Body::Text(index) => {
                body.extend(index.to_le_bytes());
                body.extend([8, 0, 0, 0, 0, 0, 0, 0]);
            }
            Body::Raw(bytes) => body.extend(bytes),
        }
        body.extend(&self.tail);
        let header = usize::from(self.header_size).max(8);
        let mut bytes = Vec::new();
        bytes.extend(self.kind.to_le_bytes());
        bytes.extend(self.header_size.to_le_bytes());
        bytes.extend(self.size.unwrap_or((header + body.len()) as u32).to_le_bytes());
        bytes.resize(header.min(16), 0);
        if header >= 16 {
            // Line 0, no comment.
            bytes.splice(12.., NONE.to_le_bytes());
        }
        bytes.resize(header, 0xcc);
        bytes.extend(body);
        bytes
    }
}

/// A document whose parts can be changed one by one.
#[derive(Debug, Clone)]
pub struct Doc {
    pub kind: u16,
    pub header_size: u16,
    /// The size in the header, where it is not the real one.
    pub size: Option<u32>,
    /// Chunks before the pool, between pool and map, and before the first node.
    pub before_pool: Vec<u8>,
    pub before_map: Vec<u8>,
    pub before_nodes: Vec<u8>,
    pub pool: Pool,
    pub map: Vec<u32>,
    pub nodes: Vec<Node>,
    /// Bytes that count in the size.
    pub end: Vec<u8>,
    /// Bytes that do not.
    pub tail: Vec<u8>,
}

impl Doc {
    pub fn new(utf8: bool) -> Self {
        let pool = Pool {
            utf8,
            strings: Vec::new(),
            header_size: 28,
            count: None,
            style_count: 0,
            strings_start: None,
            styles_start: 0,
            size: None,
            gap: 0,
            tail: Vec::new(),
        };
        Self {
            kind: 3,
            header_size: 8,
            size: None,
            before_pool: Vec::new(),
            before_map: Vec::new(),
            before_nodes: Vec::new(),
            pool,
            map: Vec::new(),
            nodes: Vec::new(),
            end: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// The index of `text` behind the names with ids, added where it is new.
    pub fn string(&mut self, text: &str) -> u32 {
        let known = self.pool.strings.iter().skip(self.map.len()).position(|s| s.text == text);
        let index = known.map_or(self.pool.strings.len(), |at| at + self.map.len());
        if known.is_none() {
            self.pool.strings.push(Str::new(text));
        }
        index as u32
    }

    fn push(&mut self, element: &Element, ids: &[(u32, String)]) {
        let name = self.string(&element.tag);
        let mut attributes = Vec::new();
        for attribute in &element.attributes {
            let namespace = attribute.namespace.as_ref().map_or(NONE, |ns| self.string(ns));
            let known = ids.iter().position(|(id, name)| (*id, name) == (attribute.id, &attribute.name));
            let name = known.map_or_else(|| self.string(&attribute.name), |at| at as u32);
            let (kind, data) = match &attribute.value {
                Value::Text(text) => (0x03, self.string(text)),
                Value::Int(number) => (0x10, *number),
                Value::Reference(id) => (0x01, *id),
                Value::Null => (0, 0),
                Value::Other(kind, data) => (*kind, *data),
            };
            let raw = match (&attribute.raw, &attribute.value) {
                (Some(raw), _) => self.string(raw),
                (None, Value::Text(_)) => data,
                (None, _) => NONE,
            };
            attributes.push(RawAttr { namespace, name, raw, kind, data });
        }
        let body = Body::Start { name, attribute_start: 20, attribute_size: 20, count: None, attributes };
        self.nodes.push(Node::new(0x102, body));
        for child in &element.children {
            self.push(child, ids);
        }
        self.nodes.push(Node::end(name));
    }

    /// The `n`-th start tag (from 0) named `tag`.
    pub fn start(&mut self, tag: &str, n: usize) -> &mut Node {
        let at = self.start_at(tag, n);
        &mut self.nodes[at]
    }

    /// The index of that start tag among the nodes.
    pub fn start_at(&mut self, tag: &str, n: usize) -> usize {
        let index = self.string(tag);
        let mut found = self.nodes.iter().enumerate().filter(|(_, node)| match &node.body {
            Body::Start { name, .. } => *name == index,
            _ => false,
        });
        found.nth(n).expect("no such start tag").0
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut body = self.before_pool.clone();
        body.extend(self.pool.bytes());
        body.extend(&self.before_map);
        body.extend(0x180_u16.to_le_bytes());
        body.extend(8_u16.to_le_bytes());
        body.extend((8 + 4 * self.map.len() as u32).to_le_bytes());
        body.extend(self.map.iter().flat_map(|id| id.to_le_bytes()));
        body.extend(&self.before_nodes);
        body.extend(self.nodes.iter().flat_map(Node::bytes));
        body.extend(&self.end);
        let header = usize::from(self.header_size).max(8);
        let mut bytes = Vec::new();
        bytes.extend(self.kind.to_le_bytes());
        bytes.extend(self.header_size.to_le_bytes());
        bytes.extend(self.size.unwrap_or((header + body.len()) as u32).to_le_bytes());
        bytes.resize(header, 0xbb);
        bytes.extend(body);
        bytes.extend(&self.tail);
        bytes
    }
}

/// A chunk of any type.
pub fn chunk(kind: u16, header_size: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(header_size.to_le_bytes());
    bytes.extend((8 + content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes
}
