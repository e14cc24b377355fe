//! Builds resource tables.

use super::axml::{Pool, Str};

#[derive(Debug, Clone)]
pub enum Value {
    Text(String),
    Int(u32),
    Reference(u32),
    /// A bag, such as a style.
    Bag,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Layout {
    Dense,
    Sparse,
    Offset16,
}

/// The entries of one type in one configuration.
#[derive(Debug, Clone)]
pub struct Type {
    pub id: u8,
    /// The configuration behind its size field.
    pub config: Vec<u8>,
    pub layout: Layout,
    pub compact: bool,
    /// Entry index and value.
    pub entries: Vec<(u16, Value)>,
}

/// A type in the default configuration.
pub fn values(id: u8, entries: Vec<(u16, Value)>) -> Type {
    Type { id, config: vec![0; 60], layout: Layout::Dense, compact: false, entries }
}

impl Type {
    /// The same in German.
    pub fn in_german(mut self) -> Self {
        self.config[4..6].copy_from_slice(b"de");
        self
    }

    pub fn laid_out(mut self, layout: Layout, compact: bool) -> Self {
        self.layout = layout;
        self.compact = compact;
        self
    }
}

fn pool(strings: &[String]) -> Vec<u8> {
    let strings = strings.iter().map(|s| Str::new(s)).collect();
    let pool = Pool {
        utf8: true,
        strings,
        header_size: 28,
        count: None,
        style_count: 0,
        strings_start: None,
        styles_start: 0,
        size: None,
        gap: 0,
        tail: Vec::new(),
    };
    pool.bytes()
}

fn chunk(kind: u16, header: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(kind.to_le_bytes());
    bytes.extend((8 + header.len() as u16).to_le_bytes());
    bytes.extend((8 + header.len() as u32 + body.len() as u32).to_le_bytes());
    bytes.extend(header);
    bytes.extend(body);
    bytes
}

/// A table with one package for each `(id, types)`.
pub fn table(packages: &[(u32, Vec<Type>)]) -> Vec<u8> {
    let mut strings = Vec::new();
    let mut chunks = Vec::new();
    for (id, types) in packages {
        let mut body = pool(&["type".into()]);
        body.extend(pool(&["key".into()]));
        for one in types {
            body.extend(type_chunk(one, &mut strings));
        }
        let mut header = id.to_le_bytes().to_vec();
        header.resize(4 + 256 + 20, 0);
        chunks.extend(chunk(0x0200, &header, &body));
    }
    let mut body = pool(&strings);
    body.extend(chunks);
    chunk(0x0002, &(packages.len() as u32).to_le_bytes(), &body)
}

fn type_chunk(one: &Type, strings: &mut Vec<String>) -> Vec<u8> {
    let mut data = Vec::new();
    let mut offsets = Vec::new();
    for (index, value) in &one.entries {
        offsets.push((*index, data.len() as u32));
        let (kind, number) = match value {
            Value::Text(text) => {
                strings.push(text.clone());
                (0x03_u8, strings.len() as u32 - 1)
            }
            Value::Int(number) => (0x10, *number),
            Value::Reference(id) => (0x01, *id),
            Value::Bag => (0, 0),
        };
        if matches!(value, Value::Bag) {
            data.extend([16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        } else if one.compact {
            data.extend([0, 0, 8, kind]);
            data.extend(number.to_le_bytes());
        } else {
            data.extend([8, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, kind]);
            data.extend(number.to_le_bytes());
        }
    }
    let mut index = Vec::new();
    let count;
    if one.layout == Layout::Sparse {
        offsets.sort_unstable();
        count = offsets.len();
        for (entry, offset) in offsets {
            index.extend(entry.to_le_bytes());
            index.extend((offset as u16 / 4).to_le_bytes());
        }
    } else {
        count = one.entries.iter().map(|(entry, _)| usize::from(*entry) + 1).max().unwrap_or(0);
        for entry in 0..count {
            let offset = offsets.iter().find(|(own, _)| usize::from(*own) == entry).map(|(_, offset)| *offset);
            match one.layout {
                Layout::Offset16 => index.extend(offset.map_or(0xffff, |o| o as u16 / 4).to_le_bytes()),
                _ => index.extend(offset.unwrap_or(0xffff_ffff).to_le_bytes()),
            }
        }
        index.resize(index.len().next_multiple_of(4), 0);
    }
    let flags = match one.layout {
        Layout::Dense => 0,
        Layout::Sparse => 1,
        Layout::Offset16 => 2,
    };
    let mut header = vec![one.id, flags, 0, 0];
    header.extend((count as u32).to_le_bytes());
    let header_size = 8 + 12 + 4 + one.config.len();
    header.extend(((header_size + index.len()) as u32).to_le_bytes());
    header.extend((4 + one.config.len() as u32).to_le_bytes());
    header.extend(&one.config);
    index.extend(data);
    chunk(0x0201, &header, &index)
}
