//! Mach-O executables with entitlements, DER, and signed envelopes, in which every field can lie.

use super::plist::Value;
use sha2::{Digest, Sha256};

/// How slices are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Thin,
    Fat,
    Fat64,
}

/// A blob of a signature.
#[derive(Debug, Clone)]
pub struct Blob {
    pub slot: u32,
    pub magic: u32,
    pub content: Vec<u8>,
    /// What its length field says, where that is a lie.
    pub len: Option<u32>,
    /// What the index says of where it is, where that is a lie.
    pub offset: Option<u32>,
}

impl Blob {
    pub fn xml(content: impl AsRef<[u8]>) -> Blob {
        Blob { slot: 5, magic: 0xfade_7171, content: content.as_ref().to_vec(), len: None, offset: None }
    }

    pub fn der(content: impl AsRef<[u8]>) -> Blob {
        Blob { slot: 7, magic: 0xfade_7172, ..Blob::xml(content) }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let len = self.len.unwrap_or(u32::try_from(self.content.len() + 8).unwrap());
        [&self.magic.to_be_bytes()[..], &len.to_be_bytes(), &self.content].concat()
    }
}

/// One architecture.
#[derive(Debug, Clone)]
pub struct Slice {
    pub cpu: u32,
    pub is_64: bool,
    pub is_big: bool,
    pub magic: Option<u32>,
    /// Bytes of code before the signature.
    pub code: usize,
    pub blobs: Vec<Blob>,
    pub is_signed: bool,
    /// Whether the code directory has the hashes of the blobs; `Some` replaces them.
    pub hashes: Option<Vec<(u32, [u8; 32])>>,
    pub super_magic: u32,
    pub super_len: Option<u32>,
    pub blob_count: Option<u32>,
    pub signature_size: Option<u32>,
    /// Signature load commands.
    pub commands: usize,
    /// Sections of `__TEXT`: name and content.
    pub sections: Vec<(&'static str, Vec<u8>)>,
    /// Bytes cut from the end.
    pub cut: usize,
}

pub const ARM64: u32 = 0x0100_000c;
pub const X86_64: u32 = 0x0100_0007;

impl Slice {
    pub fn new(cpu: u32, blobs: Vec<Blob>) -> Slice {
        Slice {
            cpu,
            is_64: true,
            is_big: false,
            magic: None,
            code: 3000,
            blobs,
            is_signed: true,
            hashes: None,
            super_magic: 0xfade_0cc0,
            super_len: None,
            blob_count: None,
            signature_size: None,
            commands: 1,
            sections: Vec::new(),
            cut: 0,
        }
    }

    /// Signed with `entitlements` in XML and DER.
    pub fn signed(cpu: u32, entitlements: &Value) -> Slice {
        Slice::new(cpu, vec![Blob::xml(entitlements.xml()), Blob::der(der(entitlements))])
    }

    pub fn unsigned(cpu: u32) -> Slice {
        Slice { is_signed: false, commands: 0, ..Slice::new(cpu, Vec::new()) }
    }

    pub fn with(mut self, change: impl Fn(&mut Slice)) -> Slice {
        change(&mut self);
        self
    }

    /// A SHA-256 code directory over the blobs, with seven special slots.
    fn directory(&self) -> Blob {
        let hashes = self.hashes.clone().unwrap_or_else(|| {
            let hash = |blob: &Blob| (blob.slot, Sha256::digest(blob.bytes()).into());
            self.blobs.iter().map(hash).collect()
        });
        let identifier = b"com.example.app\0";
        let mut specials = Vec::new();
        for slot in (1..=7).rev() {
            let hash = hashes.iter().find(|(of, _)| *of == slot).map_or([0; 32], |(_, hash)| *hash);
            specials.extend(hash);
        }
        let first = 44 + identifier.len() + specials.len();
        let mut content = Vec::new();
        for number in [0x2_0100, 0, first, 44, 7, 1, 4096] {
            content.extend(u32::try_from(number).unwrap().to_be_bytes());
        }
        content.extend([32, 2, 0, 12, 0, 0, 0, 0]);
        content.extend(identifier);
        content.extend(specials);
        content.extend([7; 32]);
        Blob { slot: 0, magic: 0xfade_0c02, content, len: None, offset: None }
    }

    fn signature(&self) -> Vec<u8> {
        let blobs: Vec<Blob> = [self.directory()].into_iter().chain(self.blobs.iter().cloned()).collect();
        let mut at = 12 + 8 * blobs.len();
        let mut index = Vec::new();
        let mut content = Vec::new();
        for blob in &blobs {
            index.extend(blob.slot.to_be_bytes());
            index.extend(blob.offset.unwrap_or(u32::try_from(at).unwrap()).to_be_bytes());
            let bytes = blob.bytes();
            at += bytes.len();
            content.extend(bytes);
        }
        let len = self.super_len.unwrap_or(u32::try_from(at).unwrap());
        let count = self.blob_count.unwrap_or(u32::try_from(blobs.len()).unwrap());
        [self.super_magic, len, count].iter().flat_map(|n| n.to_be_bytes()).chain(index).chain(content).collect()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let n = |number: usize| {
            let number = u32::try_from(number).unwrap();
            if self.is_big { number.to_be_bytes() } else { number.to_le_bytes() }
        };
        let wide = |number: usize| {
            let number = number as u64;
            if self.is_big { number.to_be_bytes() } else { number.to_le_bytes() }
        };
        let name = |text: &str| {
            let mut field = text.as_bytes().to_vec();
            field.resize(16, 0);
            field
        };
        let head = if self.is_64 { 32 } else { 28 };
        let (segment, section) = if self.is_64 { (72, 80) } else { (56, 68) };
        let segments = if self.sections.is_empty() { 0 } else { segment + section * self.sections.len() };
        let size = segments + 16 * self.commands;
        let mut at = head + size + self.code;
        let mut commands = Vec::new();
        if segments > 0 {
            commands.extend(n(if self.is_64 { 0x19 } else { 1 }));
            commands.extend(n(segments));
            commands.extend(name("__TEXT"));
            commands.extend(vec![0; segment - 24 - 8]);
            commands.extend(n(self.sections.len()));
            commands.extend(n(0));
            for (title, content) in &self.sections {
                commands.extend(name(title));
                commands.extend(name("__TEXT"));
                if self.is_64 {
                    commands.extend([wide(0), wide(content.len())].concat());
                } else {
                    commands.extend([n(0), n(content.len())].concat());
                }
                commands.extend(n(at));
                commands.extend(vec![0; if self.is_64 { 28 } else { 24 }]);
                at += content.len();
            }
        }
        let signature = if self.is_signed { self.signature() } else { Vec::new() };
        let signature_size = self.signature_size.map_or(signature.len(), |size| size as usize);
        for _ in 0..self.commands {
            commands.extend([n(0x1d), n(16), n(at), n(signature_size)].concat());
        }
        let magic = self.magic.unwrap_or(if self.is_64 { 0xfeed_facf } else { 0xfeed_face });
        let count = self.commands + usize::from(segments > 0);
        let mut out = [n(magic as usize), n(self.cpu as usize), n(0), n(2), n(count), n(size), n(0)].concat();
        out.resize(head, 0);
        out.extend(commands);
        out.extend((0..self.code).map(|i| u8::try_from(i % 251).unwrap()));
        self.sections.iter().for_each(|(_, content)| out.extend(content));
        out.extend(signature);
        out.truncate(out.len() - self.cut);
        out
    }
}

/// An executable of these slices.
pub fn executable(container: Container, slices: &[Slice]) -> Vec<u8> {
    if container == Container::Thin {
        return slices[0].bytes();
    }
    let is_64 = container == Container::Fat64;
    let all: Vec<Vec<u8>> = slices.iter().map(Slice::bytes).collect();
    let mut out = if is_64 { 0xcafe_babf_u32 } else { 0xcafe_babe }.to_be_bytes().to_vec();
    out.extend(u32::try_from(slices.len()).unwrap().to_be_bytes());
    let mut at = 4096_usize;
    for (slice, bytes) in slices.iter().zip(&all) {
        out.extend([slice.cpu, 0].iter().flat_map(|n| n.to_be_bytes()));
        for number in [at, bytes.len()] {
            if is_64 {
                out.extend((number as u64).to_be_bytes());
            } else {
                out.extend(u32::try_from(number).unwrap().to_be_bytes());
            }
        }
        out.extend(12_u32.to_be_bytes());
        if is_64 {
            out.extend([0; 4]);
        }
        at = (at + bytes.len()).next_multiple_of(4096);
    }
    for bytes in &all {
        out.resize(out.len().next_multiple_of(4096), 0);
        out.extend(bytes);
    }
    out
}

/// An element of DER.
pub fn element(identifier: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![identifier];
    match content.len() {
        len @ 0..0x80 => out.push(u8::try_from(len).unwrap()),
        len => {
            out.push(0x84);
            out.extend(u32::try_from(len).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}

/// Entitlements in DER, as `codesign` writes them.
pub fn der(entitlements: &Value) -> Vec<u8> {
    element(0x70, &[element(2, &[1]), der_value(entitlements)].concat())
}

pub fn der_value(value: &Value) -> Vec<u8> {
    match value {
        Value::Dict(members) => {
            let pair = |(key, value): &(String, Value)| {
                element(0x30, &[element(0x0c, key.as_bytes()), der_value(value)].concat())
            };
            element(0xb0, &members.iter().flat_map(pair).collect::<Vec<_>>())
        }
        Value::Array(items) => element(0x30, &items.iter().flat_map(der_value).collect::<Vec<_>>()),
        Value::Text(text) => element(0x0c, text.as_bytes()),
        Value::Bool(value) => element(1, &[if *value { 0xff } else { 0 }]),
        Value::Int(number) => element(2, &number.to_be_bytes()),
        Value::Data(bytes) => element(4, bytes),
        Value::Real(_) | Value::Date => panic!("entitlements have no such value"),
    }
}

const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

/// A signed envelope in DER.
pub fn envelope(content: &[u8]) -> Vec<u8> {
    let data = element(0x30, &[element(6, DATA), element(0xa0, &element(4, content))].concat());
    let algorithms = element(0x31, &element(0x30, &element(6, b"\x2b\x0e\x03\x02\x1a")));
    let signed = element(0x30, &[element(2, &[1]), algorithms, data, element(0x31, b"")].concat());
    element(0x30, &[element(6, SIGNED_DATA), element(0xa0, &signed)].concat())
}

/// A signed envelope in BER: indefinite lengths, and the content in pieces.
pub fn indefinite_envelope(content: &[u8]) -> Vec<u8> {
    let open = |identifier: u8, content: &[u8]| [&[identifier, 0x80], content, &[0, 0]].concat();
    let pieces: Vec<u8> = content.chunks(1000).flat_map(|piece| element(4, piece)).collect();
    let data = open(0x30, &[element(6, DATA), open(0xa0, &open(0x24, &pieces))].concat());
    let algorithms = open(0x31, &open(0x30, &element(6, b"\x2b\x0e\x03\x02\x1a")));
    let signed = open(0x30, &[element(2, &[1]), algorithms, data].concat());
    open(0x30, &[element(6, SIGNED_DATA), open(0xa0, &signed)].concat())
}
