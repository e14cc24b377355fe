//! Mach-O executables: where the entitlements of each slice stand, and what they say.
//!
//! An executable is large and its signature stands at its end, so it is never held: a [`Scan`] says which bytes it
//! wants next, and is given them from a stream (an inflated entry) or one by one (a file). Structures are those of
//! `mach-o/loader.h` and `mach-o/fat.h`; what the kernel refuses is from `mach_loader.c` and `ubc_subr.c` of xnu.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::code_signature::{self as signature, Directory, Slot};
use super::der;
use super::plist::{self, Node};
use crate::container::{Content, FileEntry};
use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::limits;
use crate::source::Place;

const FAT: u32 = 0xcafe_babe;
const FAT_64: u32 = 0xcafe_babf;
const THIN: u32 = 0xfeed_face;
const THIN_64: u32 = 0xfeed_facf;

const LC_SEGMENT: u32 = 0x01;
const LC_SEGMENT_64: u32 = 0x19;
const LC_CODE_SIGNATURE: u32 = 0x1d;

/// Bytes read first: every magic and head.
const HEAD: u64 = 32;

/// Entitlements found in an executable.
#[derive(Debug, Clone)]
pub struct Entitlements {
    /// The dictionary.
    pub node: Node,
    /// The executable, at the first byte of the dictionary, with a path such as `arm64 > code signature`.
    pub place: Place,
}

/// Finds and decodes the entitlements of an executable. What is wrong with it is a doubt: an executable without a
/// signature, or a signature without entitlements, is none.
///
/// # Errors
/// Those of reading the file.
pub fn entitlements(file: &FileEntry<'_>) -> Result<Reading<Vec<Entitlements>>, Error> {
    let mut doubts = Vec::new();
    let mut scan = match file.content()?.drain_into(&mut doubts) {
        Content::Random(source) => {
            let mut scan = Scan::new(source.len(), file.place());
            scan.read_at(|offset, len| source.read_vec(offset, len))?;
            scan
        }
        Content::Stream(archive, entry) => {
            let mut scan = Scan::new(entry.uncompressed, file.place());
            for _ in 0..limits::MACHO_PASSES {
                if scan.is_done() {
                    break;
                }
                let mut pass = scan.pass();
                let streamed = archive.stream(entry, limits::EXECUTABLE_BYTES, &mut |piece| pass.feed(piece));
                drop(pass);
                streamed?.drain_into(&mut doubts);
            }
            scan
        }
    };
    for doubt in doubts {
        doubt::push(&mut scan.doubts, doubt);
    }
    Ok(scan.finish())
}

/// What the bytes of a wanted range are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Head,
    Arches { is_64: bool },
    SliceHead { slice: usize },
    Commands { slice: usize, count: u32, is_big: bool },
    Section { slice: usize, is_der: bool },
    SuperHead { slice: usize },
    Index { slice: usize, base: u64, end: u64 },
    BlobHead { slice: usize, slot: Slot, end: u64 },
    Blob { slice: usize, slot: Slot },
    DirectoryHead { slice: usize, end: u64 },
    Specials { slice: usize, directory: Directory },
}

/// One architecture of the executable.
#[derive(Debug, Clone, Default)]
struct Slice {
    name: String,
    start: u64,
    end: u64,
    /// Number of signature load commands.
    signatures: usize,
    /// Each with its offset in the file: content of the simulator's sections, whole blobs of the signature.
    sections: Vec<(bool, u64, Vec<u8>)>,
    blobs: Vec<(Slot, u64, Vec<u8>)>,
    directories: Vec<(Directory, Vec<u8>)>,
}

/// The search for entitlements in one executable.
pub struct Scan {
    len: u64,
    place: Place,
    wants: BTreeMap<(u64, usize), (u64, What)>,
    /// Numbers wants, so that equal offsets do not replace one another.
    turn: usize,
    /// Bytes of entitlements that were asked for.
    kept: u64,
    slices: Vec<Slice>,
    doubts: Vec<Doubt>,
}

impl Scan {
    /// Begins with an executable of `len` bytes at `place`.
    #[must_use]
    pub fn new(len: u64, place: Place) -> Scan {
        let (slices, doubts) = (Vec::new(), Vec::new());
        let mut scan = Scan { len, place, wants: BTreeMap::new(), turn: 0, kept: 0, slices, doubts };
        scan.want(0, HEAD.min(len), What::Head);
        scan
    }

    /// True when nothing more is wanted.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.wants.is_empty()
    }

    /// Reads what is wanted with `read`, which gives `length` bytes from an offset.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_at(&mut self, mut read: impl FnMut(u64, u64) -> Result<Vec<u8>, Error>) -> Result<(), Error> {
        while let Some((&key, &(len, what))) = self.wants.iter().next() {
            deadline::step();
            let bytes = read(key.0, len)?;
            self.wants.remove(&key);
            self.take(key.0, &bytes, what);
        }
        Ok(())
    }

    /// Begins one pass over the bytes of the executable in order.
    #[must_use]
    pub fn pass(&mut self) -> Pass<'_> {
        Pass { scan: self, at: 0, current: None }
    }

    fn doubt(&mut self, code: Code, offset: u64, message: impl Into<String>) {
        doubt::push(&mut self.doubts, Doubt::new(code, self.place.clone().at(offset), message));
    }

    fn want(&mut self, offset: u64, len: u64, what: What) {
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            let message = format!("{len} bytes at {offset} are referred to, the executable has {}", self.len);
            return self.doubt(Code::MachoTruncated, offset.min(self.len), message);
        }
        if matches!(what, What::Section { .. } | What::Blob { .. }) {
            self.kept = self.kept.saturating_add(len);
        }
        if self.turn >= limits::MACHO_PARTS || self.kept > limits::PLIST_BYTES {
            let message = "the executable has more signatures and entitlements than are read";
            return self.doubt(Code::LimitExecutableParts, offset, message);
        }
        if len == 0 {
            return self.take(offset, &[], what);
        }
        self.turn += 1;
        self.wants.insert((offset, self.turn), (len, what));
    }

    fn take(&mut self, offset: u64, bytes: &[u8], what: What) {
        match what {
            What::Head => self.head(bytes),
            What::Arches { is_64 } => self.arches(bytes, is_64),
            What::SliceHead { slice } => self.slice_head(slice, offset, bytes),
            What::Commands { slice, count, is_big } => self.commands(slice, offset, bytes, count, is_big),
            What::Section { slice, is_der } => {
                if let Some(slice) = self.slices.get_mut(slice) {
                    slice.sections.push((is_der, offset, bytes.to_vec()));
                }
            }
            What::SuperHead { slice } => self.super_head(slice, offset, bytes),
            What::Index { slice, base, end } => self.index(slice, base, end, bytes),
            What::BlobHead { slice, slot, end } => self.blob_head(slice, slot, offset, end, bytes),
            What::Blob { slice, slot } => {
                if let Some(slice) = self.slices.get_mut(slice) {
                    slice.blobs.push((slot, offset, bytes.to_vec()));
                }
            }
            What::DirectoryHead { slice, end } => self.directory_head(slice, offset, end, bytes),
            What::Specials { slice, directory } => {
                if let Some(slice) = self.slices.get_mut(slice) {
                    slice.directories.push((directory, bytes.to_vec()));
                }
            }
        }
    }

    fn slice(&mut self, name: String, start: u64, end: u64) {
        let index = self.slices.len();
        self.slices.push(Slice { name, start, end, ..Slice::default() });
        self.want(start, HEAD.min(end.saturating_sub(start)), What::SliceHead { slice: index });
    }

    /// The first bytes of the file: a table of slices, or the head of the only one.
    fn head(&mut self, bytes: &[u8]) {
        match signature::u32_at(bytes, 0) {
            Some(magic @ (FAT | FAT_64)) => {
                let count = signature::u32_at(bytes, 4).unwrap_or_default();
                if count == 0 || count > limits::MACHO_SLICES {
                    return self.doubt(Code::MachoMalformed, 4, format!("it claims {count} architectures"));
                }
                let is_64 = magic == FAT_64;
                let size = if is_64 { 32 } else { 20 };
                self.want(8, u64::from(count) * size, What::Arches { is_64 });
            }
            _ => self.slice(String::new(), 0, self.len),
        }
    }

    fn arches(&mut self, bytes: &[u8], is_64: bool) {
        let wide = |arch: &[u8], at: usize| arch.get(at..)?.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
        for arch in bytes.chunks_exact(if is_64 { 32 } else { 20 }) {
            deadline::step();
            let narrow = |at| signature::u32_at(arch, at).map(u64::from);
            let (offset, size) = if is_64 { (wide(arch, 8), wide(arch, 16)) } else { (narrow(8), narrow(12)) };
            let (offset, size) = (offset.unwrap_or_default(), size.unwrap_or_default());
            let name = architecture(signature::u32_at(arch, 0), signature::u32_at(arch, 4));
            if let Some(end) = offset.checked_add(size).filter(|&end| end <= self.len) {
                self.slice(name, offset, end);
            } else {
                let message = format!("the slice for {name} is said to have {size} bytes at {offset} of {}", self.len);
                self.doubt(Code::MachoTruncated, offset.min(self.len), message);
            }
        }
    }

    fn slice_head(&mut self, slice: usize, offset: u64, bytes: &[u8]) {
        let magic = signature::u32_at(bytes, 0);
        let (is_big, is_64) = match (magic, magic.map(u32::swap_bytes)) {
            (Some(THIN), _) => (true, false),
            (Some(THIN_64), _) => (true, true),
            (_, Some(THIN)) => (false, false),
            (_, Some(THIN_64)) => (false, true),
            _ => {
                let message = "the executable, or a slice of it, is no Mach-O file";
                return self.doubt(Code::MachoMalformed, offset, message);
            }
        };
        let number = |at| number(bytes, at, is_big);
        let head = if is_64 { 32 } else { 28 };
        let (Some(count), Some(size)) = (number(16), number(20)) else {
            return self.doubt(Code::MachoTruncated, offset, "the header of the executable is cut");
        };
        if size > limits::MACHO_COMMANDS {
            return self.doubt(Code::MachoMalformed, offset, format!("its load commands claim {size} bytes"));
        }
        if let Some(slice) = self.slices.get_mut(slice).filter(|slice| slice.name.is_empty()) {
            slice.name = architecture(number(4), number(8));
        }
        self.want(offset + head, u64::from(size), What::Commands { slice, count, is_big });
    }

    fn commands(&mut self, slice: usize, offset: u64, bytes: &[u8], count: u32, is_big: bool) {
        let Some((start, end)) = self.slices.get(slice).map(|slice| (slice.start, slice.end)) else { return };
        let mut at = 0;
        for _ in 0..count {
            deadline::step();
            let (command, size) = (number(bytes, at, is_big), number(bytes, at + 4, is_big));
            let size = size.and_then(|size| usize::try_from(size).ok()).filter(|&size| size >= 8);
            let body = size.and_then(|size| bytes.get(at..at.checked_add(size)?));
            let (Some(command), Some(body)) = (command, body) else {
                let at = offset + at as u64;
                return self.doubt(Code::MachoMalformed, at, "a load command does not fit into the load commands");
            };
            match command {
                LC_SEGMENT => self.sections(slice, start, body, (48, 56, 68), is_big),
                LC_SEGMENT_64 => self.sections(slice, start, body, (64, 72, 80), is_big),
                LC_CODE_SIGNATURE => {
                    let (from, size) = (number(body, 8, is_big), number(body, 12, is_big));
                    let from = start.saturating_add(from.unwrap_or_default().into());
                    let size = u64::from(size.unwrap_or_default());
                    if let Some(slice) = self.slices.get_mut(slice) {
                        slice.signatures += 1;
                    }
                    if body.len() != 16 || from.saturating_add(size) > end || size < signature::BLOB_HEAD {
                        let message = format!("its code signature is said to have {size} bytes at {from} of {end}");
                        self.doubt(Code::MachoTruncated, offset + at as u64, message);
                    } else {
                        self.want(from, size.min(signature::SUPER_HEAD), What::SuperHead { slice });
                    }
                }
                _ => {}
            }
            at += body.len();
        }
    }

    /// The sections of the simulator: `__TEXT,__entitlements` and `__TEXT,__ents_der`.
    fn sections(
        &mut self,
        slice: usize,
        start: u64,
        body: &[u8],
        (count_at, first, size): (usize, usize, usize),
        is_big: bool,
    ) {
        let is = |section: &[u8], at: usize, name: &[u8]| {
            section.get(at..at + 16).is_some_and(|field| field.split(|&byte| byte == 0).next() == Some(name))
        };
        let count = number(body, count_at, is_big).and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
        let sections = body.get(first..).unwrap_or_default().chunks_exact(size).take(count);
        for section in sections.filter(|section| is(section, 16, b"__TEXT")) {
            deadline::step();
            let is_der = is(section, 0, b"__ents_der");
            if !is_der && !is(section, 0, b"__entitlements") {
                continue;
            }
            let (len, from) = if size == 80 {
                let wide = section.get(40..).and_then(|bytes| bytes.first_chunk());
                let len = wide.map(|w| if is_big { u64::from_be_bytes(*w) } else { u64::from_le_bytes(*w) });
                (len, number(section, 48, is_big))
            } else {
                (number(section, 36, is_big).map(u64::from), number(section, 40, is_big))
            };
            let from = start.saturating_add(from.unwrap_or_default().into());
            let len = len.unwrap_or_default();
            if len > limits::ENTITLEMENT_BYTES.into() {
                let message = format!("a section of entitlements claims {len} bytes");
                self.doubt(Code::MachoMalformed, from.min(self.len), message);
            } else {
                self.want(from, len, What::Section { slice, is_der });
            }
        }
    }

    /// `cs_validate_csblob`: a super blob, or a code directory that stands alone.
    fn super_head(&mut self, slice: usize, offset: u64, bytes: &[u8]) {
        let [magic, len, count] = [0, 4, 8].map(|at| signature::u32_at(bytes, at));
        let len = u64::from(len.unwrap_or_default());
        let end = offset.saturating_add(len);
        match (magic, count) {
            (Some(signature::CODE_DIRECTORY), _) => {}
            (Some(signature::EMBEDDED_SIGNATURE), Some(count)) => {
                let index = u64::from(count) * signature::INDEX_ENTRY;
                if count > limits::SIGNATURE_BLOBS || len < signature::SUPER_HEAD + index {
                    let message = format!("the signature claims {count} blobs in {len} bytes");
                    return self.doubt(Code::SignatureMalformed, offset, message);
                }
                let what = What::Index { slice, base: offset, end };
                self.want(offset + signature::SUPER_HEAD, index, what);
            }
            _ => {
                let magic = magic.unwrap_or_default();
                self.doubt(Code::SignatureMalformed, offset, format!("the signature begins with {magic:#010x}"));
            }
        }
    }

    fn index(&mut self, slice: usize, base: u64, end: u64, bytes: &[u8]) {
        let mut seen = Vec::new();
        for (number, offset) in signature::index(bytes) {
            deadline::step();
            let Some(slot) = Slot::of(number) else { continue };
            let offset = base.saturating_add(offset.into());
            if seen.contains(&number) {
                let message = format!("the signature has slot {number:#x} more than once");
                self.doubt(Code::SignatureRepeated, offset.min(self.len), message);
            }
            seen.push(number);
            if offset.saturating_add(signature::BLOB_HEAD) > end {
                let message = format!("the blob in slot {number:#x} stands behind the end of the signature");
                self.doubt(Code::SignatureMalformed, offset.min(self.len), message);
                continue;
            }
            self.want(offset, signature::BLOB_HEAD, What::BlobHead { slice, slot, end });
        }
    }

    fn blob_head(&mut self, slice: usize, slot: Slot, offset: u64, end: u64, bytes: &[u8]) {
        let magic = signature::u32_at(bytes, 0).unwrap_or_default();
        let len = signature::u32_at(bytes, 4).unwrap_or_default();
        let blob_end = offset.saturating_add(len.into());
        if magic != slot.magic() {
            let message =
                format!("a blob of the signature has the magic {magic:#010x} in place of {:#010x}", slot.magic());
            self.doubt(Code::SignatureMalformed, offset, message);
        }
        if u64::from(len) < signature::BLOB_HEAD || blob_end > end {
            let message = format!("a blob of the signature claims {len} bytes, {} are left", end - offset);
            return self.doubt(Code::SignatureMalformed, offset, message);
        }
        if slot == Slot::Directory {
            if u64::from(len) < signature::DIRECTORY_HEAD {
                return self.doubt(Code::SignatureMalformed, offset, "a code directory is too small");
            }
            let what = What::DirectoryHead { slice, end: blob_end };
            return self.want(offset, signature::DIRECTORY_HEAD, what);
        }
        if len > limits::ENTITLEMENT_BYTES {
            return self.doubt(Code::SignatureMalformed, offset, format!("entitlements claim {len} bytes"));
        }
        self.want(offset, len.into(), What::Blob { slice, slot });
    }

    fn directory_head(&mut self, slice: usize, offset: u64, end: u64, bytes: &[u8]) {
        let Some(directory) = signature::directory(bytes) else { return };
        let hashes = offset.saturating_add(directory.hashes.into());
        let size = u64::from(directory.hash_size) * u64::from(directory.specials.min(signature::SLOT_DER));
        match hashes.checked_sub(size).filter(|&start| start >= offset && hashes <= end) {
            Some(start) => self.want(start, size, What::Specials { slice, directory }),
            None => self.doubt(Code::SignatureMalformed, offset, "the hashes of a code directory stand outside it"),
        }
    }

    /// The entitlements of all slices, each wording once.
    pub fn finish(mut self) -> Reading<Vec<Entitlements>> {
        for (&(offset, _), _) in std::mem::take(&mut self.wants).iter().take(1) {
            deadline::step();
            let message = format!("what it refers to there was not reached in {} passes", limits::MACHO_PASSES);
            self.doubt(Code::MachoScattered, offset, message);
        }
        let slices = std::mem::take(&mut self.slices);
        let mut all: Vec<Entitlements> = Vec::new();
        let mut first: Option<Vec<Entitlements>> = None;
        for slice in &slices {
            deadline::step();
            if slice.signatures > 1 {
                let message = format!("{} has {} code signatures", slice.name, slice.signatures);
                self.doubt(Code::SignatureRepeated, slice.start, message);
            }
            self.check_hashes(slice);
            let signed =
                slice.blobs.iter().filter(|(slot, ..)| *slot != Slot::Directory).map(|(slot, offset, bytes)| {
                    let content = bytes.get(8..).unwrap_or_default();
                    (*slot == Slot::Der, offset + signature::BLOB_HEAD, content)
                });
            let signed: Vec<_> = signed.collect();
            let sections: Vec<_> = slice.sections.iter().map(|(der, at, bytes)| (*der, *at, &**bytes)).collect();
            let mut own = self.parse(slice, "code signature", &signed);
            own.extend(self.parse(slice, "section", &sections));
            match &first {
                None => first = Some(own.clone()),
                Some(first) if !same_set(first, &own) => {
                    let message = format!("{} has other entitlements than the first slice", slice.name);
                    self.doubt(Code::EntitlementsDisagree, slice.start, message);
                }
                Some(_) => {}
            }
            for entitlements in own {
                if !all.iter().any(|known| known.node.value.is_same(&entitlements.node.value)) {
                    all.push(entitlements);
                }
            }
        }
        Reading::new(all, self.doubts)
    }

    /// Decodes what one part of a slice holds; all of it has to say the same.
    fn parse(&mut self, slice: &Slice, part: &str, blobs: &[(bool, u64, &[u8])]) -> Vec<Entitlements> {
        let mut found: Vec<Entitlements> = Vec::new();
        for &(is_der, offset, bytes) in blobs {
            let place = self.place.clone().at(offset).with_path(format!("{} > {part}", slice.name));
            let node = if is_der { der::entitlements(bytes, &place) } else { plist::read(bytes, &place) };
            let node = match node {
                Ok(reading) => reading.drain_into(&mut self.doubts),
                Err(error) => {
                    doubt::push(&mut self.doubts, error.into_doubt());
                    continue;
                }
            };
            if found.iter().any(|other| !other.node.value.is_same(&node.value)) {
                let message = format!("the entitlements of {} in XML and in DER differ", slice.name);
                self.doubt(Code::EntitlementsDisagree, offset, message);
            }
            found.push(Entitlements { node, place });
        }
        found
    }

    /// `csblob_get_entitlements`: a blob and its hash in the code directory go together.
    fn check_hashes(&mut self, slice: &Slice) {
        for (directory, specials) in &slice.directories {
            deadline::step();
            for (slot, number) in [(Slot::Xml, signature::SLOT_XML), (Slot::Der, signature::SLOT_DER)] {
                let size = usize::from(directory.hash_size);
                let slots = usize::try_from(directory.specials.min(signature::SLOT_DER)).unwrap_or_default();
                let index = usize::try_from(number).ok().and_then(|number| slots.checked_sub(number));
                let hash = index.and_then(|index| specials.get(index * size..(index + 1) * size));
                let hash = hash.filter(|hash| hash.iter().any(|&byte| byte != 0));
                let blob = slice.blobs.iter().find(|(found, ..)| *found == slot);
                let message = match (hash, blob) {
                    (None, None) => continue,
                    (None, Some(_)) => "the signature does not cover the entitlements",
                    (Some(_), None) => "the signature covers entitlements that are not there",
                    (Some(hash), Some((_, _, bytes))) => match directory.hash.of(bytes) {
                        Some(found) if found != hash => "the entitlements are not those that were signed",
                        _ => continue,
                    },
                };
                let offset = blob.map_or(slice.start, |(_, offset, _)| *offset);
                self.doubt(Code::SignatureHash, offset, format!("{message}, in the slot {number} of {}", slice.name));
            }
        }
    }
}

fn same_set(a: &[Entitlements], b: &[Entitlements]) -> bool {
    let within = |a: &[Entitlements], b: &[Entitlements]| {
        a.iter().all(|one| b.iter().any(|other| one.node.value.is_same(&other.node.value)))
    };
    within(a, b) && within(b, a)
}

fn number(bytes: &[u8], at: usize, is_big: bool) -> Option<u32> {
    signature::u32_at(bytes, at).map(|number| if is_big { number } else { number.swap_bytes() })
}

/// The name of an architecture (`mach/machine.h`), or its numbers.
fn architecture(cpu: Option<u32>, subtype: Option<u32>) -> String {
    let (cpu, subtype) = (cpu.unwrap_or_default(), subtype.unwrap_or_default() & 0x00ff_ffff);
    let name = match (cpu, subtype) {
        (0x0100_000c, 2) => "arm64e",
        (0x0100_000c, _) => "arm64",
        (0x0200_000c, _) => "arm64_32",
        (0x0c, 9) => "armv7",
        (0x0c, 11) => "armv7s",
        (0x0c, 12) => "armv7k",
        (0x0c, _) => "arm",
        (0x0100_0007, _) => "x86_64",
        (0x07, _) => "i386",
        _ => return format!("cpu {cpu:#x}"),
    };
    name.to_owned()
}

/// One pass over an executable from its first byte: takes the wanted ranges that lie ahead.
pub struct Pass<'s> {
    scan: &'s mut Scan,
    /// Offset of the next byte.
    at: u64,
    /// The range that is being collected.
    current: Option<(u64, u64, What, Vec<u8>)>,
}

impl Pass<'_> {
    /// Takes the next bytes; breaks when nothing ahead is wanted.
    pub fn feed(&mut self, piece: &[u8]) -> ControlFlow<()> {
        let end = self.at.saturating_add(piece.len() as u64);
        let flow = loop {
            deadline::step();
            let (offset, len, what, mut bytes) = match self.current.take() {
                Some(current) => current,
                None => match self.scan.wants.range((self.at, 0)..).next().map(|(&key, &value)| (key, value)) {
                    Some(((offset, _), _)) if offset >= end && offset > self.at => break ControlFlow::Continue(()),
                    Some((key, (len, what))) => {
                        self.scan.wants.remove(&key);
                        (key.0, len, what, Vec::new())
                    }
                    None => break ControlFlow::Break(()),
                },
            };
            let have = bytes.len() as u64;
            let skip = usize::try_from((offset + have).saturating_sub(self.at)).unwrap_or(usize::MAX);
            let missing = usize::try_from(len - have).unwrap_or(usize::MAX);
            bytes.extend(piece.iter().skip(skip).take(missing));
            if (bytes.len() as u64) < len {
                self.current = Some((offset, len, what, bytes));
                break ControlFlow::Continue(());
            }
            self.scan.take(offset, &bytes, what);
        };
        self.at = end;
        flow
    }
}

/// A range that was begun and not completed is wanted again: the next pass, or the end, will tell.
impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some((offset, len, what, _)) = self.current.take() {
            self.scan.want(offset, len, what);
        }
    }
}
