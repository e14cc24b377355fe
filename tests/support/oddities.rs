//! Documents and archives that are odd and consistent: every lie is one that a device copes with, so that what it takes
//! and what a careless reader takes can differ. Chosen by dice, so that a number tells the whole file.

use super::axml::{Body, Doc, Element, NONE, Node, RawAttr, Str, chunk};
use super::plist::{Binary, Object, PROLOG, Value as Plist};
use super::proto::{compile_attribute, field, number, varint};
use super::zip::{Entry, Zip, extra};
use serde_json::Value as Json;

/// Numbers by a simple generator.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `most`.
    pub fn roll(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }

    /// True once in `of`.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.roll(of) == 0
    }

    fn word(&mut self, most: usize) -> u32 {
        self.roll(most) as u32
    }

    fn choose<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }
}

// ---- Binary XML

pub fn axml(tree: &Element, dice: &mut Dice) -> Vec<u8> {
    let mut doc = tree.compile(dice.once_in(2));
    if dice.once_in(4) {
        return doc.bytes();
    }
    for _ in 0..dice.roll(4) {
        match dice.roll(12) {
            0 => doc.header_size = 8 + 4 * dice.roll(6) as u16,
            1 => doc.tail = vec![0xff; dice.roll(40)],
            2 => doc.pool.header_size = 28 + 4 * dice.roll(6) as u16,
            3 => doc.pool.gap = 4 * dice.roll(6),
            4 => doc.pool.styles_start = dice.word(100),
            5 => doc.before_pool = odd_chunk(dice),
            6 => doc.before_map = odd_chunk(dice),
            7 => doc.before_nodes = odd_chunk(dice),
            8 => decoys(&mut doc, dice),
            9 => doc.kind = dice.roll(4) as u16,
            _ => nodes(&mut doc, dice),
        }
    }
    for _ in 0..dice.roll(4) {
        tag(&mut doc, dice);
    }
    doc.bytes()
}

fn odd_chunk(dice: &mut Dice) -> Vec<u8> {
    chunk(dice.choose(&[0x7777, 0x0002, 0x0200, 0]), 8, &vec![0x11; 4 * dice.roll(8)])
}

/// A string pool before the real one that says something else.
fn decoys(doc: &mut Doc, dice: &mut Dice) {
    let mut decoy = doc.pool.clone();
    for string in &mut decoy.strings {
        if dice.once_in(2) {
            *string = Str::new("android.permission.VIBRATE");
        }
    }
    doc.before_pool = decoy.bytes();
}

/// Nodes that say nothing, among the others.
fn nodes(doc: &mut Doc, dice: &mut Dice) {
    let at = 1 + dice.roll(doc.nodes.len() - 1);
    let node = match dice.roll(5) {
        0 => Node::new(0x104, Body::Text(dice.word(8))),
        1 => Node::new(0x100, Body::Pair(dice.word(99), dice.word(99))),
        2 => Node::new(0x101, Body::Pair(NONE, NONE)),
        3 => Node::new(dice.choose(&[0x105, 0x17f, 0x7777, 0x0001]), Body::Raw(vec![0x22; 8 + 4 * dice.roll(6)])),
        _ => {
            for node in &mut doc.nodes {
                if let (0x103, Body::Pair(_, name)) = (node.kind, &mut node.body)
                    && dice.once_in(3)
                {
                    *name = dice.word(20);
                }
            }
            return;
        }
    };
    doc.nodes.insert(at, node);
}

/// One start tag is laid out otherwise, or has other attributes around its own.
fn tag(doc: &mut Doc, dice: &mut Dice) {
    let starts: Vec<usize> = (0..doc.nodes.len()).filter(|&at| doc.nodes[at].kind == 0x102).collect();
    let at = dice.choose(&starts);
    let names = doc.pool.strings.len();
    let node = &mut doc.nodes[at];
    match dice.roll(5) {
        0 => node.header_size = 16 + 4 * dice.roll(5) as u16,
        1 => node.tail = vec![0x33; 4 * dice.roll(5)],
        _ => {}
    }
    let Body::Start { name, attribute_start, attribute_size, attributes, .. } = &mut node.body else { return };
    match dice.roll(7) {
        // What fills the room is an attribute too, to a reader who counts by twenty.
        6 => {
            let mut decoy =
                attributes.first().cloned().unwrap_or(RawAttr { namespace: NONE, name: 0, raw: 0, kind: 3, data: 0 });
            decoy.data = dice.roll(names) as u32;
            decoy.raw = decoy.data;
            let (before, after) = (dice.roll(2), dice.roll(2));
            let mut body = [NONE, *name].map(u32::to_le_bytes).concat();
            let layout = [20 + 20 * before, 20 + 20 * after, attributes.len(), 0, 0, 0];
            body.extend(layout.iter().flat_map(|field| (*field as u16).to_le_bytes()));
            body.extend(decoy.bytes().repeat(before));
            for attribute in attributes.iter() {
                body.extend(attribute.bytes());
                body.extend(decoy.bytes().repeat(after));
            }
            node.body = Body::Raw(body);
        }
        0 => *attribute_start = 20 + 4 * dice.roll(8) as u16,
        1 => *attribute_size = 20 + 4 * dice.roll(5) as u16,
        2 => attributes.iter_mut().for_each(|attribute| attribute.namespace = dice.roll(names + 3) as u32),
        3 => attributes.iter_mut().for_each(|attribute| attribute.raw = dice.roll(names) as u32),
        4 => {
            let decoy = RawAttr {
                namespace: NONE,
                name: dice.roll(names + 2) as u32,
                raw: dice.roll(names) as u32,
                kind: dice.choose(&[0, 1, 3, 0x10, 0x12]),
                data: dice.roll(names) as u32,
            };
            let place = dice.roll(attributes.len() + 1);
            attributes.insert(place, decoy);
        }
        _ => attributes.reverse(),
    }
}

// ---- Protocol buffers

/// The tree with its fields in any order, unknown ones among them, and text between elements.
pub fn proto(tree: &Element, dice: &mut Dice) -> Vec<u8> {
    let attributes = tree.attributes.iter().map(|attribute| field(4, &compile_attribute(attribute)));
    let children = tree.children.iter().map(|child| field(5, &proto(child, dice)));
    let mut parts: Vec<Vec<u8>> = attributes.chain(children).collect();
    parts.insert(dice.roll(parts.len() + 1), field(3, tree.tag.as_bytes()));
    for _ in 0..dice.roll(3) {
        let odd = match dice.roll(4) {
            0 => field(5, &super::proto::text("\n  ")),
            1 => number(99, dice.roll(1000) as u64),
            2 => field(77, &vec![7; dice.roll(9)]),
            _ => [varint(30 << 3 | 5), vec![1, 2, 3, 4]].concat(),
        };
        parts.insert(dice.roll(parts.len() + 1), odd);
    }
    let element = parts.concat();
    let mut node = vec![field(1, &element)];
    node.insert(dice.roll(2), field(3, &[number(1, 3), number(2, 5)].concat()));
    if dice.once_in(8) {
        node.insert(dice.roll(3), field(9, b"unknown"));
    }
    node.concat()
}

// ---- Property lists

pub fn plist_xml(value: &Plist, dice: &mut Dice) -> Vec<u8> {
    let mut out = String::new();
    if !dice.once_in(4) {
        out.push_str(PROLOG);
    }
    let has_root = !dice.once_in(6);
    if has_root {
        out.push_str(dice.choose(&["<plist version=\"1.0\">", "<plist>", "<plist version='1.0' >\n"]));
    }
    xml(value, dice, &mut out);
    if has_root {
        out.push_str("</plist>");
    }
    out.push_str(dice.choose(&["", "\n", "\n\n"]));
    out.into_bytes()
}

fn between(dice: &mut Dice, out: &mut String) {
    match dice.roll(12) {
        0 => out.push_str("<!-- <key>NSSiriUsageDescription</key> -->"),
        1 => out.push_str("\r\n\t "),
        2 => out.push_str("<!-- a --><!-- b -->"),
        _ => out.push('\n'),
    }
}

fn characters(text: &str, dice: &mut Dice, out: &mut String) {
    for c in text.chars() {
        match (c, dice.roll(40)) {
            ('&', _) => out.push_str("&amp;"),
            ('<', _) => out.push_str("&lt;"),
            ('>', _) => out.push_str("&gt;"),
            (c, 0) => out.push_str(&format!("&#{};", u32::from(c))),
            (c, 1) => out.push_str(&format!("&#x{:x};", u32::from(c))),
            (c, 2) => out.push_str(&format!("<![CDATA[{c}]]>")),
            (c, _) => out.push(c),
        }
    }
}

fn xml(value: &Plist, dice: &mut Dice, out: &mut String) {
    match value {
        Plist::Dict(members) => {
            out.push_str("<dict>");
            for (key, value) in members {
                between(dice, out);
                out.push_str("<key>");
                characters(key, dice, out);
                out.push_str(dice.choose(&["</key>", "</key>", "</key >"]));
                between(dice, out);
                xml(value, dice, out);
            }
            between(dice, out);
            out.push_str("</dict>");
        }
        Plist::Text(text) => {
            out.push_str("<string>");
            characters(text, dice, out);
            out.push_str("</string>");
        }
        Plist::Bool(value) => out.push_str(if *value { "<true/>" } else { "<false></false>" }),
        Plist::Int(number) => out.push_str(&format!("<integer>{number}</integer>")),
        _ => out.push_str("<array/>"),
    }
}

/// Objects in another order, shared or not, with references and offsets of any width.
pub fn plist_binary(value: &Plist, dice: &mut Dice) -> Vec<u8> {
    let mut binary = Binary::default();
    for _ in 0..dice.roll(4) {
        binary.raw(vec![0x51, b'x']);
    }
    let top = object(value, &mut binary, dice);
    for _ in 0..dice.roll(3) {
        binary.text("NSHealthShareUsageDescription");
    }
    binary.top = top as u64;
    if dice.once_in(2) {
        binary.ref_size = Some(1 + dice.roll(8) as u8);
        binary.offset_size = Some(2 + dice.roll(6) as u8);
    }
    binary.magic = dice.once_in(6).then_some(*b"bplist01");
    binary.build()
}

fn object(value: &Plist, binary: &mut Binary, dice: &mut Dice) -> usize {
    match value {
        Plist::Dict(members) => {
            let at = binary.reserve();
            let (mut keys, mut values) = (Vec::new(), Vec::new());
            for (key, value) in members {
                let is_wide = dice.once_in(4);
                if dice.once_in(2) {
                    values.push(object(value, binary, dice));
                    keys.push(text(key, is_wide, binary));
                } else {
                    keys.push(text(key, is_wide, binary));
                    values.push(object(value, binary, dice));
                }
            }
            binary.objects[at] = Object::Dict(keys, values);
            at
        }
        Plist::Text(words) => text(words, dice.once_in(4), binary),
        Plist::Bool(value) => binary.raw(vec![if *value { 9 } else { 8 }]),
        Plist::Int(number) => binary.raw([vec![0x13], number.to_be_bytes().to_vec()].concat()),
        _ => binary.raw(vec![0xa0]),
    }
}

fn text(words: &str, is_wide: bool, binary: &mut Binary) -> usize {
    if !is_wide {
        return binary.text(words);
    }
    let units: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    binary.raw([super::plist::counted(0x60, units.len() / 2), units].concat())
}

// ---- JSON

/// The manifest with comments, blanks, escapes and keys that come twice.
pub fn json(value: &Json, dice: &mut Dice) -> Vec<u8> {
    let mut out = String::new();
    if dice.once_in(8) {
        out.push('\u{feff}');
    }
    blank(dice, &mut out);
    write(value, dice, &mut out);
    blank(dice, &mut out);
    if dice.once_in(10) {
        out.push_str("\0{}");
    }
    out.into_bytes()
}

fn blank(dice: &mut Dice, out: &mut String) {
    out.push_str(dice.choose(&["", "", "", "", "", " ", "\n", "\t\r\n", "/* { \"a */", "// \" }\n", "/**/"]));
}

fn quoted(text: &str, dice: &mut Dice, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match (c, dice.roll(30)) {
            ('"' | '\\', _) => out.extend(['\\', c]),
            ('/', 0) => out.push_str("\\/"),
            (c, 1) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            (c, _) => out.push(c),
        }
    }
    out.push('"');
}

fn write(value: &Json, dice: &mut Dice, out: &mut String) {
    match value {
        Json::Object(members) => {
            out.push('{');
            let mut is_first = true;
            let mut member = |key: &str, value: &Json, dice: &mut Dice, out: &mut String| {
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                blank(dice, out);
                quoted(key, dice, out);
                blank(dice, out);
                out.push(':');
                blank(dice, out);
                write(value, dice, out);
                blank(dice, out);
            };
            for (key, value) in members {
                if dice.once_in(12) {
                    let decoys = [Json::Null, Json::Array(vec![]), Json::String("decoy".into())];
                    let decoy = decoys[dice.roll(decoys.len())].clone();
                    member(key, &decoy, dice, out);
                }
                member(key, value, dice, out);
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number > 0 { "," } else { "" });
                blank(dice, out);
                write(item, dice, out);
                blank(dice, out);
            }
            out.push(']');
        }
        Json::String(text) => quoted(text, dice, out),
        other => out.push_str(&other.to_string()),
    }
}

// ---- Archives

/// An archive of these entries that a device reads, with what it ignores.
pub fn zip(entries: &[(&str, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    let mut all: Vec<Entry> = Vec::new();
    // Half of them are plain, so that what is inside is often reached without a doubt.
    let most = if dice.once_in(2) { 0 } else { 3 };
    for (name, content) in entries {
        let mut entry = if dice.once_in(2) { Entry::stored(name, content) } else { Entry::deflated(name, content) };
        for _ in 0..dice.roll(most) {
            let (number, block) = (dice.roll(0xffff) as u16, extra(0x5455, &vec![1; dice.roll(30)]));
            entry = match dice.roll(10) {
                0 => entry.streamed(),
                1 => entry.both(|h| h.flags ^= number & 0xf7f6),
                2 => entry.local(|h| h.extra.clone_from(&block)),
                3 => entry.central(|h| h.extra.clone_from(&block)),
                4 => entry.central(|h| h.comment.clone_from(&block)),
                5 => entry.with(|e| e.align = 4),
                6 => entry.both(|h| h.crc32 ^= u32::from(number)),
                7 => entry.local(|h| h.method = number),
                8 if entry.central.method == 0 => {
                    entry.both(|h| (h.method, h.compressed) = (9 + number % 90, number.into()))
                }
                _ => entry.both(|h| h.flags |= 1),
            };
        }
        all.push(entry);
    }
    for _ in 0..dice.roll(3) {
        let name = dice.choose(&["z", "AndroidManifest.xml/x", "assets/a.apk", "res/AndroidManifest.xml", "B.json"]);
        if all.iter().all(|entry| entry.central.name != name.as_bytes()) {
            all.insert(dice.roll(all.len() + 1), Entry::stored(name, b"other"));
        }
    }
    let mut zip = Zip::new(all);
    match dice.roll(2 * most) {
        _ if most == 0 => {}
        0 => zip.before_directory = vec![0x44; dice.roll(99)],
        1 => zip.after_directory = vec![0x55; dice.roll(99)],
        2 => zip.after_records = vec![0x66; dice.roll(60)],
        3 => zip.end.comment = vec![0x77; dice.roll(99)],
        4 => (zip.end.disk, zip.end.directory_disk) = (7, 9),
        _ => {}
    }
    zip.build()
}
