//! Property lists in every encoding. `Value` is written as XML, binary or the old text form; a binary one can also be
//! put together object by object, with every number of the trailer a lie.

use std::fmt::Write as _;

/// A value to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Dict(Vec<(String, Value)>),
    Array(Vec<Value>),
    Text(String),
    Int(i64),
    Real(f64),
    Bool(bool),
    Data(Vec<u8>),
    Date,
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

/// A dictionary.
pub fn dict<V: Into<Value>>(members: impl IntoIterator<Item = (&'static str, V)>) -> Value {
    Value::Dict(members.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
}

/// An array of texts.
pub fn texts(items: &[&str]) -> Value {
    Value::Array(items.iter().map(|item| Value::from(*item)).collect())
}

/// What a tool writes before the root.
pub const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST \
                          1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Value {
    /// XML with the usual prolog.
    pub fn xml(&self) -> Vec<u8> {
        let mut out = format!("{PROLOG}<plist version=\"1.0\">\n");
        self.element(&mut out);
        out.push_str("</plist>\n");
        out.into_bytes()
    }

    fn element(&self, out: &mut String) {
        match self {
            Value::Dict(members) => {
                out.push_str("<dict>\n");
                for (key, value) in members {
                    writeln!(out, "<key>{}</key>", escape(key)).unwrap();
                    value.element(out);
                }
                out.push_str("</dict>\n");
            }
            Value::Array(items) => {
                out.push_str("<array>\n");
                for item in items {
                    item.element(out);
                }
                out.push_str("</array>\n");
            }
            Value::Text(text) => writeln!(out, "<string>{}</string>", escape(text)).unwrap(),
            Value::Int(number) => writeln!(out, "<integer>{number}</integer>").unwrap(),
            Value::Real(number) => writeln!(out, "<real>{number:?}</real>").unwrap(),
            Value::Bool(value) => writeln!(out, "<{value}/>").unwrap(),
            Value::Data(_) => out.push_str("<data>AAAA</data>\n"),
            Value::Date => out.push_str("<date>2024-01-02T03:04:05Z</date>\n"),
        }
    }

    /// The old text form; numbers and booleans become texts, as that form has no others.
    pub fn old(&self) -> String {
        let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        match self {
            Value::Dict(members) => {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("{} = {};", quote(key), value.old())).collect();
                format!("{{ {} }}", members.join("\n"))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Value::old).collect();
                format!("( {} )", items.join(", "))
            }
            Value::Text(text) => quote(text),
            Value::Int(number) => number.to_string(),
            Value::Real(number) => quote(&number.to_string()),
            Value::Bool(value) => if *value { "YES" } else { "NO" }.to_owned(),
            Value::Data(bytes) => {
                let mut hex = String::new();
                for byte in bytes {
                    write!(hex, "{byte:02x}").unwrap();
                }
                format!("<{hex}>")
            }
            Value::Date => quote("2024-01-02 03:04:05 +0000"),
        }
    }

    /// Members of a dictionary without its braces, as a `.strings` file has them.
    pub fn strings(&self) -> String {
        let old = self.old();
        old[1..old.len() - 1].to_owned()
    }

    /// Binary, as CoreFoundation writes it.
    pub fn binary(&self) -> Vec<u8> {
        let mut binary = Binary::default();
        self.object(&mut binary);
        binary.build()
    }

    fn object(&self, binary: &mut Binary) -> usize {
        match self {
            Value::Dict(members) => {
                let at = binary.reserve();
                let keys: Vec<usize> = members.iter().map(|(key, _)| binary.text(key)).collect();
                let values: Vec<usize> = members.iter().map(|(_, value)| value.object(binary)).collect();
                binary.objects[at] = Object::Dict(keys, values);
                at
            }
            Value::Array(items) => {
                let at = binary.reserve();
                let items = items.iter().map(|item| item.object(binary)).collect();
                binary.objects[at] = Object::Array(items);
                at
            }
            Value::Text(text) => binary.text(text),
            Value::Int(number) => {
                let bytes = match *number {
                    0..=0xff => vec![0x10, u8::try_from(*number).unwrap()],
                    0x100..=0xffff => [vec![0x11], u16::try_from(*number).unwrap().to_be_bytes().to_vec()].concat(),
                    0x1_0000..=0xffff_ffff => {
                        [vec![0x12], u32::try_from(*number).unwrap().to_be_bytes().to_vec()].concat()
                    }
                    _ => [vec![0x13], number.to_be_bytes().to_vec()].concat(),
                };
                binary.raw(bytes)
            }
            Value::Real(number) => binary.raw([vec![0x23], number.to_be_bytes().to_vec()].concat()),
            Value::Bool(value) => binary.raw(vec![if *value { 9 } else { 8 }]),
            Value::Data(bytes) => {
                let head = counted(0x40, bytes.len());
                binary.raw([head, bytes.clone()].concat())
            }
            Value::Date => binary.raw(vec![0x33, 0x41, 0xc5, 0xe0, 0, 0, 0, 0, 0]),
        }
    }
}

/// A marker with a count, which follows as an integer when it is 15 or more.
pub fn counted(marker: u8, count: usize) -> Vec<u8> {
    match count {
        0..15 => vec![marker | u8::try_from(count).unwrap()],
        15..0x100 => vec![marker | 15, 0x10, u8::try_from(count).unwrap()],
        _ => [vec![marker | 15, 0x12], u32::try_from(count).unwrap().to_be_bytes().to_vec()].concat(),
    }
}

/// One object of a binary property list.
#[derive(Debug, Clone)]
pub enum Object {
    Raw(Vec<u8>),
    Array(Vec<usize>),
    Dict(Vec<usize>, Vec<usize>),
}

/// A binary property list; `None` is computed.
#[derive(Debug, Clone, Default)]
pub struct Binary {
    pub objects: Vec<Object>,
    pub magic: Option<[u8; 8]>,
    pub ref_size: Option<u8>,
    pub offset_size: Option<u8>,
    pub count: Option<u64>,
    pub top: u64,
    pub table: Option<u64>,
    /// Offsets that stand in the table in place of the true ones.
    pub offsets: Vec<(usize, u64)>,
    pub trailing: Vec<u8>,
}

impl Binary {
    pub fn reserve(&mut self) -> usize {
        self.raw(Vec::new())
    }

    pub fn raw(&mut self, bytes: Vec<u8>) -> usize {
        self.objects.push(Object::Raw(bytes));
        self.objects.len() - 1
    }

    pub fn text(&mut self, text: &str) -> usize {
        if text.is_ascii() {
            return self.raw([counted(0x50, text.len()), text.as_bytes().to_vec()].concat());
        }
        let units: Vec<u16> = text.encode_utf16().collect();
        let bytes = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        self.raw([counted(0x60, units.len()), bytes].concat())
    }

    pub fn build(&self) -> Vec<u8> {
        let mut out = self.magic.unwrap_or(*b"bplist00").to_vec();
        let size = |bytes: u8, number: u64| number.to_be_bytes()[8 - usize::from(bytes)..].to_vec();
        // As CoreFoundation wants it: 256 objects need two bytes.
        let ref_size = self.ref_size.unwrap_or(if self.objects.len() < 256 { 1 } else { 4 });
        let mut offsets = Vec::new();
        for object in &self.objects {
            offsets.push(out.len() as u64);
            let refs = |refs: &[usize]| refs.iter().flat_map(|&object| size(ref_size, object as u64)).collect();
            out.extend(match object {
                Object::Raw(bytes) => bytes.clone(),
                Object::Array(items) => [counted(0xa0, items.len()), refs(items)].concat(),
                Object::Dict(keys, values) => [counted(0xd0, keys.len()), refs(keys), refs(values)].concat(),
            });
        }
        for &(object, offset) in &self.offsets {
            offsets[object] = offset;
        }
        let table = out.len() as u64;
        let offset_size = self.offset_size.unwrap_or(if table < 0x100 { 1 } else { 4 });
        for &offset in &offsets {
            out.extend(size(offset_size, offset));
        }
        out.extend([0; 6]);
        out.extend([offset_size, ref_size]);
        out.extend(self.count.unwrap_or(self.objects.len() as u64).to_be_bytes());
        out.extend(self.top.to_be_bytes());
        out.extend(self.table.unwrap_or(table).to_be_bytes());
        out.extend(&self.trailing);
        out
    }
}

/// UTF-16 with or without its mark.
pub fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}
