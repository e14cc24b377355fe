//! Builds XML in protocol buffers. [`document`] compiles the trees of [`axml`](super::axml) as aapt2 does with
//! `--proto-format`; the parts can be put together by hand, so that each can lie.

use super::axml::{Attr, Element, Value};

/// A number on the wire.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field of wire type 2: text, bytes or a message.
pub fn field(number: u32, content: &[u8]) -> Vec<u8> {
    [varint(u64::from(number) << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A field of wire type 0.
pub fn number(number: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(value)].concat()
}

/// An `Item` that is a text.
pub fn text_item(text: &str) -> Vec<u8> {
    field(2, &field(1, text.as_bytes()))
}

/// An `Item` that is a decimal number.
pub fn int_item(value: u32) -> Vec<u8> {
    field(7, &number(6, u64::from(value)))
}

/// An `Item` that is a reference.
pub fn reference_item(id: u32) -> Vec<u8> {
    field(1, &number(2, u64::from(id)))
}

/// An `XmlAttribute`.
pub fn attribute(namespace: &str, name: &str, value: &str, id: u32, item: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !namespace.is_empty() {
        bytes.extend(field(1, namespace.as_bytes()));
    }
    bytes.extend(field(2, name.as_bytes()));
    if !value.is_empty() {
        bytes.extend(field(3, value.as_bytes()));
    }
    bytes.extend(field(4, &number(1, 7)));
    if id != 0 {
        bytes.extend(number(5, u64::from(id)));
    }
    bytes.extend(item.map(|item| field(6, item)).unwrap_or_default());
    bytes
}

/// `android:name` of `text`, as aapt2 writes it: without a compiled item.
pub fn name(text: &str) -> Vec<u8> {
    attribute(super::axml::ANDROID, "name", text, super::axml::id::NAME, None)
}

/// An `XmlElement`.
pub fn element(name: &str, attributes: &[Vec<u8>], children: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = field(3, name.as_bytes());
    bytes.extend(attributes.iter().flat_map(|attribute| field(4, attribute)));
    bytes.extend(children.iter().flat_map(|child| field(5, child)));
    bytes
}

/// An `XmlNode` that is an element.
pub fn node(element: &[u8]) -> Vec<u8> {
    [field(1, element), field(3, &[number(1, 3), number(2, 5)].concat())].concat()
}

/// An `XmlNode` that is text.
pub fn text(text: &str) -> Vec<u8> {
    field(2, text.as_bytes())
}

/// `<uses-permission android:name="…">`
pub fn uses(permission: &str) -> Vec<u8> {
    node(&element("uses-permission", &[name(permission)], &[]))
}

/// A manifest of `com.example.app` with a `<uses-sdk>` to which a device adds nothing.
pub fn manifest(children: &[Vec<u8>]) -> Vec<u8> {
    let mut root = super::axml::manifest([]);
    let sdk = compile(&root.children.remove(0));
    let package = attribute("", "package", "com.example.app", 0, None);
    let declared = field(1, &[field(1, b"android"), field(2, super::axml::ANDROID.as_bytes())].concat());
    let mut all = vec![text("\n    "), sdk];
    all.extend_from_slice(children);
    node(&[declared, element("manifest", &[package], &all)].concat())
}

/// The document of a tree.
pub fn document(tree: &Element) -> Vec<u8> {
    compile(tree)
}

fn compile(tree: &Element) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = tree.attributes.iter().map(compile_attribute).collect();
    let mut children = Vec::new();
    for child in &tree.children {
        children.push(text("\n    "));
        children.push(compile(child));
    }
    node(&element(&tree.tag, &attributes, &children))
}

/// The `XmlAttribute` of an attribute of a tree.
pub fn compile_attribute(attr: &Attr) -> Vec<u8> {
    let (value, item) = match &attr.value {
        Value::Text(text) => (text.clone(), None),
        Value::Int(value) => (value.to_string(), Some(int_item(*value))),
        Value::Reference(id) => (String::new(), Some(reference_item(*id))),
        Value::Null => (String::new(), Some(field(7, &field(1, b"")))),
        Value::Other(0x11, bits) => (format!("{bits:#x}"), Some(field(7, &number(7, u64::from(*bits))))),
        other @ Value::Other(..) => panic!("{other:?} has no form here"),
    };
    let value = attr.raw.clone().unwrap_or(value);
    attribute(attr.namespace.as_deref().unwrap_or(""), &attr.name, &value, attr.id, item.as_deref())
}

/// The permissions that a document requests, by a decoder of its own that knows nothing of places and doubts. `None`
/// for what a parser refuses.
pub fn model(bytes: &[u8]) -> Option<Vec<String>> {
    let root = fields(bytes)?;
    let element = merged(&root, 1);
    if element.is_empty() || text_of(&root, 2)?.is_some() && last_is(&root, 2) {
        return None;
    }
    let element = fields(&element)?;
    let mut found = Vec::new();
    if text_of(&element, 3)?? != "manifest" {
        return Some(found);
    }
    for child in element.iter().filter(|(number, kind, _)| (*number, *kind) == (5, 2)) {
        let child = fields(&child.2)?;
        if last_is(&child, 2) {
            continue;
        }
        let child = fields(&merged(&child, 1))?;
        let tag = text_of(&child, 3)?.unwrap_or_default();
        if !["uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"].contains(&tag.as_str()) {
            continue;
        }
        for attribute in child.iter().filter(|(number, kind, _)| (*number, *kind) == (4, 2)) {
            let attribute = fields(&attribute.2)?;
            let id = attribute.iter().rev().find(|(number, kind, _)| (*number, *kind) == (5, 0));
            let id = id.map(|(_, _, value)| u64::from_le_bytes(value.clone().try_into().unwrap()) as u32);
            let item = merged(&attribute, 6);
            let value = text_of(&attribute, 3)?.unwrap_or_default();
            if id == Some(super::axml::id::NAME) && item.is_empty() && !value.is_empty() {
                found.push(value);
                break;
            }
        }
    }
    Some(found)
}

/// Number, wire type and content of each field; numbers as eight bytes.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, u64, Vec<u8>)>> {
    fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
        let mut value = 0_u128;
        for shift in 0..10 {
            let (first, rest) = bytes.split_first()?;
            *bytes = rest;
            value |= u128::from(first & 0x7f) << (7 * shift);
            if first & 0x80 == 0 {
                return Some(value as u64);
            }
        }
        None
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = take_varint(&mut bytes)?;
        if tag >> 3 == 0 || tag > u64::from(u32::MAX) {
            return None;
        }
        let content = match tag & 7 {
            0 => take_varint(&mut bytes)?.to_le_bytes().to_vec(),
            kind @ (1 | 2 | 5) => {
                let len = match kind {
                    1 => 8,
                    5 => 4,
                    _ => usize::try_from(take_varint(&mut bytes)?).ok()?,
                };
                let content = bytes.get(..len)?.to_vec();
                bytes = &bytes[len..];
                content
            }
            // Groups are out of the model's depth.
            _ => return None,
        };
        found.push((tag >> 3, tag & 7, content));
    }
    Some(found)
}

fn merged(fields: &[(u64, u64, Vec<u8>)], wanted: u64) -> Vec<u8> {
    fields.iter().filter(|(number, kind, _)| (*number, *kind) == (wanted, 2)).flat_map(|(.., c)| c.clone()).collect()
}

fn text_of(fields: &[(u64, u64, Vec<u8>)], wanted: u64) -> Option<Option<String>> {
    let last = fields.iter().rev().find(|(number, kind, _)| (*number, *kind) == (wanted, 2));
    last.map(|(.., content)| String::from_utf8(content.clone()).ok()).map_or(Some(None), |text| text.map(Some))
}

/// True when, of element and text, the last is `wanted`.
fn last_is(fields: &[(u64, u64, Vec<u8>)], wanted: u64) -> bool {
    let last = fields.iter().rev().find(|(number, kind, _)| matches!(number, 1 | 2) && *kind == 2);
    last.is_some_and(|(number, ..)| *number == wanted)
}
