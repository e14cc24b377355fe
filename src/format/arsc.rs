//! The resource table (`resources.arsc`), as far as it takes to resolve a reference.
//!
//! Source: AOSP `libs/androidfw/LoadedArsc.cpp` (`LoadedArsc::Load`, `LoadedPackage::Load`, `GetEntryOffset`,
//! `GetEntryFromOffset`), `AssetManager2.cpp` (`ResolveReference`) and `ResourceTypes.h` (`ResTable_type`,
//! `ResTable_sparseTypeEntry`, `ResTable_entry` with its compact form).
//!
//! Nothing is read before it is asked for: a lookup walks the chunk headers of one package and opens the entries of one
//! id. A device chooses among configurations by its own; here the default one comes first and every other follows.

use crate::deadline;
use crate::format::axml::value;
use crate::format::bytes::Bytes;
use crate::format::string_pool::{self, StringPool};
use crate::limits;

const TABLE: u16 = 0x0002;
const PACKAGE: u16 = 0x0200;
const TYPE: u16 = 0x0201;

/// `ResTable_type::FLAG_SPARSE`: pairs of entry index and offset, both 16 bits.
const SPARSE: u8 = 0x01;
/// `ResTable_type::FLAG_OFFSET16`: offsets of 16 bits, in units of 4.
const OFFSET16: u8 = 0x02;
/// `ResTable_entry::FLAG_COMPLEX`: a bag, such as a style, and no single value.
const COMPLEX: u16 = 0x0001;
/// `ResTable_entry::FLAG_COMPACT`: the value stands in the entry itself.
const COMPACT: u16 = 0x0008;
/// Where the configuration starts in a `ResTable_type`.
const CONFIG: usize = 20;

/// A value that a reference leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// Text.
    Text(String),
    /// A number of any of the integer types (booleans and colours are numbers too).
    Number(u32),
}

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What it leads to: the default configuration's value first, each once.
    pub leaves: Vec<Leaf>,
    /// True when every configuration led to a leaf: no entry was missing, broken or a bag, no reference left the
    /// table, and no budget was reached.
    pub complete: bool,
}

impl Resolved {
    /// Where every reference leads when there is no table.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { leaves: Vec::new(), complete: false }
    }
}

/// Where the value of a resource leads in one configuration.
pub(super) enum Target<R> {
    /// To a value.
    Leaf(Leaf),
    /// On to another resource.
    Next(R),
    /// To something that is no single value, or cannot be read.
    Nowhere,
}

/// Follows the reference `first`, through at most [`limits::REFERENCE_STEPS`] further references. `lookup` gives the
/// values of a resource, one for each configuration, with true for the default one; `None` when it cannot be read.
pub(super) fn follow<R: PartialEq>(first: R, mut lookup: impl FnMut(&R) -> Option<Vec<(bool, Target<R>)>>) -> Resolved {
    let mut resolved = Resolved { leaves: Vec::new(), complete: true };
    let mut wanted = vec![first];
    let mut seen = Vec::new();
    for _ in 0..=limits::REFERENCE_STEPS {
        let mut next = Vec::new();
        for reference in std::mem::take(&mut wanted) {
            deadline::step();
            if seen.contains(&reference) {
                resolved.complete = false;
                continue;
            }
            let found = lookup(&reference);
            seen.push(reference);
            let Some(mut candidates) = found else {
                resolved.complete = false;
                continue;
            };
            candidates.sort_by_key(|(is_default, _)| !is_default);
            resolved.complete &= !candidates.is_empty();
            for (_, target) in candidates {
                deadline::step();
                match target {
                    Target::Next(reference) => next.push(reference),
                    Target::Leaf(leaf) if resolved.leaves.contains(&leaf) => {}
                    Target::Leaf(leaf) if resolved.leaves.len() < limits::REFERENCE_LEAVES => {
                        resolved.leaves.push(leaf);
                    }
                    Target::Leaf(_) | Target::Nowhere => resolved.complete = false,
                }
            }
        }
        if next.is_empty() {
            return resolved;
        }
        if next.len() > limits::REFERENCE_LEAVES {
            next.truncate(limits::REFERENCE_LEAVES);
            resolved.complete = false;
        }
        wanted = next;
    }
    resolved.complete = false;
    resolved
}

/// A resource table.
#[derive(Debug)]
pub struct Table<'a> {
    bytes: Bytes<'a>,
    strings: StringPool<'a>,
    /// Package id, start and end of its child chunks.
    packages: Vec<(u32, usize, usize)>,
    /// Chunks that may still be looked at.
    steps: usize,
}

/// Where an entry of one configuration is.
enum Entry {
    At(usize),
    Absent,
}

/// A value of one configuration.
struct Candidate {
    kind: u8,
    data: u32,
    is_default: bool,
}

impl<'a> Table<'a> {
    /// Reads the headers of the table and its packages, and will look at no more than `steps` chunks. `None` when it is
    /// no table, its sizes do not fit, or the steps do not suffice.
    #[must_use]
    pub fn parse(bytes: &'a [u8], steps: usize) -> Option<Self> {
        let bytes = Bytes::new(bytes);
        let (header, size) = (usize::from(bytes.u16(2)?), bytes.size(4)?);
        if bytes.u16(0)? != TABLE || header < 8 || size > bytes.len() {
            return None;
        }
        let mut table = Self { bytes, strings: StringPool::default(), packages: Vec::new(), steps };
        let mut has_strings = false;
        let mut at = header;
        while let Some((kind, header, chunk)) = table.chunk(at, size) {
            deadline::step();
            table.steps = table.steps.checked_sub(1)?;
            match kind {
                // A device uses the first pool only.
                string_pool::CHUNK_TYPE if !has_strings => {
                    table.strings = StringPool::parse(bytes.slice(at, chunk)?).ok()?;
                    has_strings = true;
                }
                PACKAGE => table.packages.push((bytes.u32(at + 8)?, at + header, at + chunk)),
                _ => {}
            }
            at += chunk;
        }
        Some(table)
    }

    /// Steps that are left.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Follows the reference `id`, through at most [`limits::REFERENCE_STEPS`] further references.
    #[must_use]
    pub fn resolve(&mut self, id: u32) -> Resolved {
        follow(id, |&id| {
            let candidates = self.candidates(id)?;
            let candidates = candidates.into_iter().map(|candidate| {
                let target = match candidate.kind {
                    value::REFERENCE | value::DYNAMIC_REFERENCE => Target::Next(candidate.data),
                    value::STRING => {
                        let text = self.strings.get(candidate.data);
                        text.map_or(Target::Nowhere, |s| Target::Leaf(Leaf::Text(s.device.into_owned())))
                    }
                    kind if value::INTEGERS.contains(&kind) => Target::Leaf(Leaf::Number(candidate.data)),
                    _ => Target::Nowhere,
                };
                (candidate.is_default, target)
            });
            Some(candidates.collect())
        })
    }

    /// The values of resource `id`, one for each configuration that has it; `None` when a part of the table that
    /// should hold one cannot be read.
    fn candidates(&mut self, id: u32) -> Option<Vec<Candidate>> {
        let (package, kind, entry) = (id >> 24, (id >> 16) & 0xff, usize::try_from(id & 0xffff).ok()?);
        // Package 0 means the own package (DynamicRefTable::lookupResourceId).
        let package = if package == 0 { self.packages.first()?.0 } else { package };
        let mut found = Vec::new();
        let packages: Vec<_> = self.packages.iter().filter(|p| p.0 == package).map(|p| (p.1, p.2)).collect();
        for (start, end) in packages {
            let mut at = start;
            while let Some((chunk_kind, header, size)) = self.chunk(at, end) {
                deadline::step();
                self.steps = self.steps.checked_sub(1)?;
                if chunk_kind == TYPE
                    && self.bytes.u8(at + 8).map(u32::from) == Some(kind)
                    && let Entry::At(offset) = self.entry(at, header, entry)?
                {
                    found.push(self.value(at, size, offset)?);
                }
                at += size;
            }
        }
        Some(found)
    }

    /// Offset of entry `index` from the start of the type chunk at `at`.
    fn entry(&self, at: usize, header: usize, index: usize) -> Option<Entry> {
        let flags = self.bytes.u8(at + 9)?;
        let (count, start) = (self.bytes.size(at + 12)?, self.bytes.size(at + 16)?);
        let table = at.checked_add(header)?;
        let offset = if flags & SPARSE != 0 {
            let pair = |n: usize| table.checked_add(n.checked_mul(4)?);
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = low + (high - low) / 2;
                if usize::from(self.bytes.u16(pair(middle)?)?) < index { low = middle + 1 } else { high = middle }
            }
            if low >= count || usize::from(self.bytes.u16(pair(low)?)?) != index {
                return Some(Entry::Absent);
            }
            usize::from(self.bytes.u16(pair(low)?.checked_add(2)?)?) * 4
        } else if index >= count {
            return Some(Entry::Absent);
        } else if flags & OFFSET16 != 0 {
            match self.bytes.u16(table.checked_add(index * 2)?)? {
                0xffff => return Some(Entry::Absent),
                offset => usize::from(offset) * 4,
            }
        } else {
            match self.bytes.u32(table.checked_add(index * 4)?)? {
                0xffff_ffff => return Some(Entry::Absent),
                offset => usize::try_from(offset).ok()?,
            }
        };
        start.checked_add(offset).map(Entry::At)
    }

    fn value(&self, at: usize, size: usize, offset: usize) -> Option<Candidate> {
        let chunk = Bytes::new(self.bytes.slice(at, size)?);
        let (entry_size, flags) = (chunk.u16(offset)?, chunk.u16(offset.checked_add(2)?)?);
        let (kind, data) = if flags & COMPACT != 0 {
            let [_, kind] = flags.to_le_bytes();
            (kind, chunk.u32(offset.checked_add(4)?)?)
        } else if flags & COMPLEX != 0 {
            (value::NULL, 0)
        } else {
            let value = offset.checked_add(usize::from(entry_size))?;
            (chunk.u8(value.checked_add(3)?)?, chunk.u32(value.checked_add(4)?)?)
        };
        let config = chunk.size(CONFIG)?;
        let rest = chunk.slice(CONFIG + 4, config.checked_sub(4)?)?;
        Some(Candidate { kind, data, is_default: rest.iter().all(|&b| b == 0) })
    }

    /// Type, header size and size of the chunk at `at`, when it fits before `end`.
    fn chunk(&self, at: usize, end: usize) -> Option<(u16, usize, usize)> {
        let (kind, header, size) =
            (self.bytes.u16(at)?, usize::from(self.bytes.u16(at + 2)?), self.bytes.size(at + 4)?);
        (header >= 8 && header <= size && size <= end.checked_sub(at)?).then_some((kind, header, size))
    }
}
