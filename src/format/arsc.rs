//! The resource table (`resources.arsc`), as far as it takes to resolve a reference.
//!
//! Source: AOSP `libs/androidfw/LoadedArsc.cpp` (`LoadedArsc::Load`, `LoadedPackage::Load`, `GetEntryOffset`,
//! `GetEntryFromOffset`), `AssetManager2.cpp` (`ResolveReference`) and `ResourceTypes.h` (`ResTable_type`,
//! `ResTable_sparseTypeEntry`, `ResTable_entry` with its compact form).
//!
//! Nothing is read before it is asked for, but for the string pool: the first lookup walks the chunk headers, each one
//! opens the entries of one id. A device chooses among configurations by its own; here the default one comes first and
//! every other follows.

use crate::deadline;
use crate::format::axml::value;
use crate::format::bytes::Bytes;
use crate::format::string_pool::{self, Layout, StringPool};
use crate::limits;
use crate::source::Source;

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

/// A resource table, of which little more is read than what is asked for.
pub struct Table {
    window: Window,
    /// Offset and bytes of the string pool.
    pool: Option<(usize, usize)>,
    /// The string pool, once a value was text; at most `limit` bytes.
    strings: Vec<u8>,
    limit: u64,
    /// The id of the first package.
    own_package: Option<u32>,
    /// The values of one type in one configuration each, in the order of the table.
    types: Vec<Type>,
    /// Chunks that may still be looked at.
    steps: usize,
}

/// A `ResTable_type`: what one configuration holds of one type.
#[derive(Debug, Clone, Copy)]
struct Type {
    package: u32,
    id: u8,
    at: usize,
    header: usize,
    size: usize,
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

impl Table {
    /// Reads the headers of the table's chunks. The string pool is held when it is needed, if it has at most `limit`
    /// bytes. `None` when it is no table, its sizes do not fit, it cannot be read, or a limit is reached.
    #[must_use]
    pub fn open(source: Source, limit: u64) -> Option<Self> {
        let mut window = Window { source, start: 0, piece: Vec::new() };
        let (header, size) = (usize::from(window.u16(2)?), window.size(4)?);
        if window.u16(0)? != TABLE || header < 8 || size as u64 > window.source.len() {
            return None;
        }
        let (strings, types, steps) = (Vec::new(), Vec::new(), limits::TABLE_STEPS);
        let mut table = Self { window, pool: None, strings, limit, own_package: None, types, steps };
        let mut at = header;
        while let Some((kind, header, chunk)) = table.window.chunk(at, size) {
            deadline::step();
            table.steps = table.steps.checked_sub(1)?;
            match kind {
                // A device uses the first pool only.
                string_pool::CHUNK_TYPE if table.pool.is_none() => {
                    let window = &mut table.window;
                    Layout::read(chunk, |from, to| {
                        to.copy_from_slice(window.get(at.checked_add(from)?, to.len())?);
                        Some(())
                    })
                    .ok()?;
                    table.pool = Some((at, chunk));
                }
                PACKAGE => {
                    let id = table.window.u32(at.checked_add(8)?)?;
                    table.own_package.get_or_insert(id);
                    table.list(id, at + header, at + chunk)?;
                }
                _ => {}
            }
            at += chunk;
        }
        Some(table)
    }

    /// Bytes of the string pool, which is held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.strings.len() as u64
    }

    /// Follows the reference `id`, through at most [`limits::REFERENCE_STEPS`] further references.
    #[must_use]
    pub fn resolve(&mut self, id: u32) -> Resolved {
        follow(id, |&id| {
            let candidates = self.candidates(id)?;
            if candidates.iter().any(|candidate| candidate.kind == value::STRING) {
                self.hold_strings();
            }
            let strings = StringPool::parse(&self.strings).unwrap_or_default();
            let candidates = candidates.into_iter().map(|candidate| {
                let target = match candidate.kind {
                    value::REFERENCE | value::DYNAMIC_REFERENCE => Target::Next(candidate.data),
                    value::STRING => {
                        let text = strings.get(candidate.data);
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

    /// Reads the string pool, unless that was done; leaves it empty where it is too large or cannot be read.
    fn hold_strings(&mut self) {
        if self.strings.is_empty()
            && let Some((at, len)) = self.pool.filter(|&(_, len)| len as u64 <= self.limit)
        {
            self.strings = self.window.source.read_vec(at as u64, len as u64).unwrap_or_default();
        }
    }

    /// The values of resource `id`, one for each configuration that has it; `None` when a part of the table that
    /// should hold one cannot be read.
    fn candidates(&mut self, id: u32) -> Option<Vec<Candidate>> {
        let [package, kind, ..] = id.to_be_bytes();
        let entry = usize::try_from(id & 0xffff).ok()?;
        // Package 0 means the own package (DynamicRefTable::lookupResourceId).
        let package = if package == 0 { self.own_package? } else { u32::from(package) };
        let mut found = Vec::new();
        for one in self.types.iter().filter(|one| one.package == package && one.id == kind) {
            deadline::step();
            if let Entry::At(offset) = self.window.entry(one, entry)? {
                found.push(self.window.value(one, offset)?);
            }
        }
        Some(found)
    }

    /// Notes the types among the chunks of `package`; `None` when a limit is reached.
    fn list(&mut self, package: u32, mut at: usize, end: usize) -> Option<()> {
        while let Some((kind, header, size)) = self.window.chunk(at, end) {
            deadline::step();
            self.steps = self.steps.checked_sub(1)?;
            if kind == TYPE
                && let Some(id) = self.window.u8(at + 8)
            {
                self.types.push(Type { package, id, at, header, size });
                limits::TABLE_TYPES.checked_sub(self.types.len())?;
            }
            at += size;
        }
        Some(())
    }
}

/// Bytes read at once: the header of a type with its configuration has 84.
const PIECE: usize = 128;

/// The table, read where it is asked. Offsets are bytes from its start.
struct Window {
    source: Source,
    start: usize,
    piece: Vec<u8>,
}

impl Window {
    /// The `len` bytes at `at`, at most [`PIECE`].
    fn get(&mut self, at: usize, len: usize) -> Option<&[u8]> {
        let is_held = at.checked_sub(self.start).is_some_and(|from| from.saturating_add(len) <= self.piece.len());
        if !is_held {
            let left = self.source.len().checked_sub(at as u64)?;
            self.piece.clear();
            self.piece.resize(usize::try_from(left).unwrap_or(PIECE).min(PIECE), 0);
            self.start = at;
            if self.source.read_at(at as u64, &mut self.piece).is_err() {
                self.piece.clear();
            }
        }
        self.piece.get(at - self.start..)?.get(..len)
    }

    fn u8(&mut self, at: usize) -> Option<u8> {
        self.get(at, 1)?.first().copied()
    }

    fn u16(&mut self, at: usize) -> Option<u16> {
        self.get(at, 2).and_then(|bytes| Bytes::new(bytes).u16(0))
    }

    fn u32(&mut self, at: usize) -> Option<u32> {
        self.get(at, 4).and_then(|bytes| Bytes::new(bytes).u32(0))
    }

    fn size(&mut self, at: usize) -> Option<usize> {
        self.u32(at).and_then(|size| usize::try_from(size).ok())
    }

    /// Type, header size and size of the chunk at `at`, when it fits before `end`.
    fn chunk(&mut self, at: usize, end: usize) -> Option<(u16, usize, usize)> {
        let head = Bytes::new(self.get(at, 8)?);
        let (kind, header, size) = (head.u16(0)?, usize::from(head.u16(2)?), head.size(4)?);
        (header >= 8 && header <= size && size <= end.checked_sub(at)?).then_some((kind, header, size))
    }

    /// Offset of entry `index` from the start of its type chunk.
    fn entry(&mut self, one: &Type, index: usize) -> Option<Entry> {
        let flags = self.u8(one.at + 9)?;
        let (count, start) = (self.size(one.at + 12)?, self.size(one.at + 16)?);
        let table = one.at.checked_add(one.header)?;
        let offset = if flags & SPARSE != 0 {
            let pair = |n: usize| table.checked_add(n.checked_mul(4)?);
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = low + (high - low) / 2;
                if usize::from(self.u16(pair(middle)?)?) < index { low = middle + 1 } else { high = middle }
            }
            if low >= count || usize::from(self.u16(pair(low)?)?) != index {
                return Some(Entry::Absent);
            }
            usize::from(self.u16(pair(low)?.checked_add(2)?)?) * 4
        } else if index >= count {
            return Some(Entry::Absent);
        } else if flags & OFFSET16 != 0 {
            match self.u16(table.checked_add(index * 2)?)? {
                0xffff => return Some(Entry::Absent),
                offset => usize::from(offset) * 4,
            }
        } else {
            match self.u32(table.checked_add(index * 4)?)? {
                0xffff_ffff => return Some(Entry::Absent),
                offset => usize::try_from(offset).ok()?,
            }
        };
        start.checked_add(offset).map(Entry::At)
    }

    fn value(&mut self, one: &Type, offset: usize) -> Option<Candidate> {
        // What is read lies in the chunk.
        let at =
            |offset: usize, len: usize| offset.checked_add(len).filter(|&end| end <= one.size).map(|_| one.at + offset);
        let entry_size = self.u16(at(offset, 2)?)?;
        let flags_at = offset.checked_add(2)?;
        let flags = self.u16(at(flags_at, 2)?)?;
        let (kind, data) = if flags & COMPACT != 0 {
            let [_, kind] = flags.to_le_bytes();
            let data_at = offset.checked_add(4)?;
            (kind, self.u32(at(data_at, 4)?)?)
        } else if flags & COMPLEX != 0 {
            (value::NULL, 0)
        } else {
            let value = offset.checked_add(usize::from(entry_size))?;
            let (kind_at, data_at) = (value.checked_add(3)?, value.checked_add(4)?);
            (self.u8(at(kind_at, 1)?)?, self.u32(at(data_at, 4)?)?)
        };
        let config = self.size(at(CONFIG, 4)?)?;
        let (mut from, mut left) = (at(CONFIG + 4, config.checked_sub(4)?)?, config - 4);
        let mut is_default = true;
        while left > 0 && is_default {
            deadline::step();
            let len = left.min(PIECE);
            is_default = self.get(from, len)?.iter().all(|&byte| byte == 0);
            (from, left) = (from + len, left - len);
        }
        Some(Candidate { kind, data, is_default })
    }
}
