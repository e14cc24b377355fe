//! The string pool of binary XML and of resource tables, read as a device reads it.
//!
//! Source: AOSP `libs/androidfw/ResourceTypes.cpp` (`ResStringPool::setTo`, `stringAt`, `string8At`,
//! `stringDecodeAt`, `decodeLength`) and `core/jni/android_util_StringBlock.cpp` (`nativeGetString`), which decides
//! what Java code gets to see.

use std::borrow::Cow;
use std::ops::Range;

use crate::deadline;
use crate::format::bytes::Bytes;

/// Chunk type `RES_STRING_POOL_TYPE`.
pub const CHUNK_TYPE: u16 = 0x0001;

/// `sizeof(ResStringPool_header)`.
pub const HEADER_SIZE: usize = 28;

const UTF8_FLAG: u32 = 1 << 8;

/// A pool whose header was accepted; strings are decoded when they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct StringPool<'a> {
    /// The offset table: `count` numbers of four bytes.
    entries: Bytes<'a>,
    /// The string data.
    strings: Bytes<'a>,
    count: u32,
    utf8: bool,
}

/// Where the parts of a pool are in its chunk. A pool is as a device takes it once its layout is read.
#[derive(Debug)]
pub(super) struct Layout {
    /// The offset table.
    entries: Range<usize>,
    /// The string data.
    strings: Range<usize>,
    count: u32,
    utf8: bool,
}

impl Layout {
    /// Reads the layout of a pool whose chunk has `chunk` bytes; `fill` fills at most 28 bytes from an offset of it.
    ///
    /// # Errors
    /// Exactly where `ResStringPool::setTo` refuses, and where `fill` fails.
    pub(super) fn read(
        chunk: usize,
        mut fill: impl FnMut(usize, &mut [u8]) -> Option<()>,
    ) -> Result<Layout, PoolDefect> {
        let mut head = [0; HEADER_SIZE];
        fill(0, &mut head).ok_or(PoolDefect::Size)?;
        let head = Bytes::new(&head);
        let field = |at| head.size(at).ok_or(PoolDefect::Size);
        let (header, size) = (head.u16(2).map(usize::from).ok_or(PoolDefect::Size)?, field(4)?);
        if header < HEADER_SIZE || header > size || size > chunk || (header | size) & 3 != 0 {
            return Err(PoolDefect::Size);
        }
        let count = head.u32(8).ok_or(PoolDefect::Size)?;
        let (entry_count, style_count) = (field(8)?, field(12)?);
        let utf8 = head.u32(16).ok_or(PoolDefect::Size)? & UTF8_FLAG != 0;
        let (strings_start, styles_start) = (field(20)?, field(24)?);

        let table_end = entry_count.checked_mul(4).and_then(|table| table.checked_add(header));
        let table_end = table_end.filter(|&end| end <= size).ok_or(PoolDefect::Count(count))?;
        let mut strings = 0..0;
        if entry_count > 0 {
            let last_start = size.saturating_sub(2);
            let mut end = size;
            if strings_start >= last_start {
                return Err(PoolDefect::Start);
            }
            if style_count > 0 {
                if styles_start >= last_start || styles_start <= strings_start {
                    return Err(PoolDefect::Start);
                }
                end = styles_start;
            }
            let unit = if utf8 { 1 } else { 2 };
            let len = end.saturating_sub(strings_start) / unit * unit;
            strings = strings_start..strings_start.saturating_add(len);
            let mut last = [0; 2];
            let end = len.checked_sub(unit).zip(last.get_mut(..unit));
            let read = end.and_then(|(at, last)| fill(strings_start.saturating_add(at), last));
            if read.is_none() || last != [0; 2] {
                return Err(PoolDefect::End);
            }
        }
        if style_count > 0 {
            if styles_start >= size {
                return Err(PoolDefect::Start);
            }
            // The end mark is a ResStringPool_span of three 0xffffffff in the last whole words of the chunk.
            let words = (size - styles_start) / 4;
            let mut mark = [0; 12];
            let read = words.checked_sub(3).and_then(|word| fill(styles_start + word * 4, &mut mark));
            if read.is_none() || mark != [0xff; 12] {
                return Err(PoolDefect::Styles);
            }
        }
        Ok(Layout { entries: header..table_end, strings, count, utf8 })
    }
}

/// Why a device refuses a whole pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolDefect {
    /// The header says sizes that contradict each other or the chunk (`validate_chunk`).
    Size,
    /// The table of so many entries does not fit into the chunk.
    Count(u32),
    /// The strings or the styles start outside of the chunk, or in the wrong order.
    Start,
    /// The string data does not end with a NUL.
    End,
    /// The style data does not end with its end mark.
    Styles,
}

impl std::fmt::Display for PoolDefect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PoolDefect::Size => f.write_str("its sizes contradict each other"),
            PoolDefect::Count(count) => write!(f, "{count} entries do not fit into it"),
            PoolDefect::Start => f.write_str("its strings or styles start outside of it"),
            PoolDefect::End => f.write_str("its last string has no NUL at the end"),
            PoolDefect::Styles => f.write_str("its styles have no end mark"),
        }
    }
}

/// What is odd about one string that can be read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// A NUL inside: a device cuts a UTF-8 string there and keeps it in a UTF-16 string.
    Nul,
    /// Bytes that are no UTF-8, or a lone surrogate: releases decode them differently.
    Encoding,
    /// The length in UTF-16 units that a UTF-8 string carries is wrong; a device ignores it.
    Length,
}

/// One string of a pool in every reading it admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolString<'a> {
    /// What Java code on a device sees.
    pub device: Cow<'a, str>,
    /// Further readings; empty for every ordinary string.
    pub others: Vec<String>,
    /// What is odd about it; empty for every ordinary string.
    pub flaws: Vec<Flaw>,
}

impl PoolString<'_> {
    /// True when any reading is `text`.
    #[must_use]
    pub fn may_be(&self, text: &str) -> bool {
        self.device == text || self.others.iter().any(|other| other == text)
    }
}

impl Default for StringPool<'_> {
    /// A pool without strings.
    fn default() -> Self {
        Self { entries: Bytes::new(&[]), strings: Bytes::new(&[]), count: 0, utf8: false }
    }
}

impl<'a> StringPool<'a> {
    /// Reads the header of the pool that begins `chunk` and whose chunk size is `chunk.len()`.
    ///
    /// # Errors
    /// Exactly where `ResStringPool::setTo` refuses.
    pub fn parse(chunk: &'a [u8]) -> Result<Self, PoolDefect> {
        let bytes = Bytes::new(chunk);
        let layout = Layout::read(chunk.len(), |at, to| {
            to.copy_from_slice(bytes.slice(at, to.len())?);
            Some(())
        })?;
        let [entries, strings] = [&layout.entries, &layout.strings].map(|range| chunk.get(range.clone()));
        Ok(Self {
            entries: Bytes::new(entries.ok_or(PoolDefect::Count(layout.count))?),
            strings: Bytes::new(strings.ok_or(PoolDefect::Start)?),
            count: layout.count,
            utf8: layout.utf8,
        })
    }

    /// Number of strings.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.count
    }

    /// True when there are no strings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// True when the strings are UTF-8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// Bytes that decoding string `index` would read; 0 where there is no such string.
    #[must_use]
    pub fn cost(&self, index: u32) -> usize {
        self.raw(index).map_or(0, |raw| raw.bytes.len())
    }

    /// The string `index`; `None` where a device finds none: the index is beyond the pool, or the string's offset,
    /// length or terminator are wrong.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<PoolString<'a>> {
        let raw = self.raw(index)?;
        Some(if self.utf8 { decode_utf8(&raw) } else { decode_utf16(raw.bytes) })
    }

    /// True when a reading of the string `index` is `ascii`, told without decoding it; `None` where only
    /// [`get`](Self::get) can tell. `ascii` is a plain ASCII name.
    #[must_use]
    pub fn may_be(&self, index: u32, ascii: &str) -> Option<bool> {
        let Some(raw) = self.raw(index) else { return Some(false) };
        let width = if self.utf8 { 1 } else { 2 };
        let mut units = raw.bytes.chunks_exact(width);
        for wanted in ascii.bytes() {
            match units.next() {
                Some(&[unit] | &[unit, 0]) if unit == wanted => {}
                // Not ASCII: an encoding that releases read differently.
                Some(&[unit]) if unit >= 0x80 => return None,
                _ => return Some(false),
            }
        }
        match units.next() {
            // It may be the overlong form of a NUL, where older releases cut the string.
            Some(&[unit]) if unit >= 0x80 => None,
            next => Some(next.is_none_or(|unit| unit.iter().all(|&byte| byte == 0))),
        }
    }

    fn raw(&self, index: u32) -> Option<Raw<'a>> {
        if index >= self.count {
            return None;
        }
        let at = self.entries.size(usize::try_from(index).ok()?.checked_mul(4)?)?;
        if self.utf8 { self.raw_utf8(at) } else { self.raw_utf16(at) }
    }

    fn raw_utf8(&self, at: usize) -> Option<Raw<'a>> {
        if at >= self.strings.len().checked_sub(1)? {
            return None;
        }
        let (utf16_len, at) = self.length8(at)?;
        let (len, at) = self.length8(at)?;
        // aapt wrote the length modulo 0x8000: a device takes the first length with these low bits at which a NUL is.
        let mut end = len;
        let mut round = 0_usize;
        loop {
            deadline::step();
            match self.strings.u8(at.checked_add(end)?)? {
                0 => return self.strings.slice(at, end).map(|bytes| Raw { bytes, utf16_len: Some(utf16_len) }),
                _ => round = round.checked_add(1)?,
            }
            end = round.checked_mul(0x8000)? | len;
        }
    }

    fn length8(&self, at: usize) -> Option<(usize, usize)> {
        let first = usize::from(self.strings.u8(at)?);
        if first & 0x80 == 0 {
            return Some((first, at.checked_add(1)?));
        }
        let second = usize::from(self.strings.u8(at.checked_add(1)?)?);
        Some((((first & 0x7f) << 8) | second, at.checked_add(2)?))
    }

    fn raw_utf16(&self, at: usize) -> Option<Raw<'a>> {
        // A device counts in units of two bytes, so an odd offset is rounded down.
        let at = at & !1;
        if at >= self.strings.len().checked_sub(2)? {
            return None;
        }
        let first = usize::from(self.strings.u16(at)?);
        let (units, at) = if first & 0x8000 == 0 {
            (first, at.checked_add(2)?)
        } else {
            let second = usize::from(self.strings.u16(at.checked_add(2)?)?);
            (((first & 0x7fff) << 16) | second, at.checked_add(4)?)
        };
        let len = units.checked_mul(2)?;
        if self.strings.u16(at.checked_add(len)?)? != 0 {
            return None;
        }
        self.strings.slice(at, len).map(|bytes| Raw { bytes, utf16_len: None })
    }
}

/// The bytes of one string without its terminator.
struct Raw<'a> {
    bytes: &'a [u8],
    utf16_len: Option<usize>,
}

fn decode_utf8<'a>(raw: &Raw<'a>) -> PoolString<'a> {
    let mut flaws = Vec::new();
    let mut others = Vec::new();
    let cut = memchr::memchr(0, raw.bytes).and_then(|nul| raw.bytes.get(..nul)).unwrap_or(raw.bytes);
    let device = if let Ok(text) = std::str::from_utf8(cut) {
        Cow::Borrowed(text)
    } else {
        // Older runtimes decode "modified UTF-8" without checking it, so that an overlong form becomes the plain
        // character (art `GetUtf16FromUtf8`); newer ones replace bad bytes.
        flaws.push(Flaw::Encoding);
        let lossy = String::from_utf8_lossy(cut).into_owned();
        let unchecked = decode_unchecked(cut);
        if unchecked != lossy {
            if let Some((head, _)) = unchecked.split_once('\0') {
                others.push(head.to_owned());
            }
            others.push(unchecked);
        }
        Cow::Owned(lossy)
    };
    if cut.len() < raw.bytes.len() {
        flaws.push(Flaw::Nul);
        others.push(String::from_utf8_lossy(raw.bytes).into_owned());
    }
    if let (Some(said), Ok(text)) = (raw.utf16_len, std::str::from_utf8(raw.bytes)) {
        let units = if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() };
        if units & 0x7fff != said {
            flaws.push(Flaw::Length);
        }
    }
    PoolString { device, others, flaws }
}

/// Decodes modified UTF-8 without any check, as art's `ConvertModifiedUtf8ToUtf16` does.
fn decode_unchecked(bytes: &[u8]) -> String {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(first) = rest.next() {
        deadline::step();
        let first = u32::from(first);
        let mut next = || u32::from(rest.next().unwrap_or(0)) & 0x3f;
        let code = match first {
            0..=0x7f => first,
            _ if first & 0x20 == 0 => ((first & 0x1f) << 6) | next(),
            _ if first & 0x10 == 0 => ((first & 0x0f) << 12) | (next() << 6) | next(),
            _ => {
                let code = ((first & 0x07) << 18) | (next() << 12) | (next() << 6) | next();
                units.push(u16::try_from((code >> 10).wrapping_add(0xd7c0) & 0xffff).unwrap_or(0xfffd));
                (code & 0x3ff) + 0xdc00
            }
        };
        units.push(u16::try_from(code & 0xffff).unwrap_or(0xfffd));
    }
    String::from_utf16_lossy(&units)
}

/// The text of `bytes` in UTF-16 where it is ASCII without a NUL, as nearly all of a manifest is.
fn plain_ascii(bytes: &[u8]) -> Option<String> {
    let is_plain = bytes.chunks_exact(2).all(|unit| matches!(unit, [1..=0x7f, 0]));
    is_plain.then(|| String::from_utf8(bytes.iter().copied().step_by(2).collect()).ok()).flatten()
}

fn decode_utf16(bytes: &[u8]) -> PoolString<'static> {
    if let Some(device) = plain_ascii(bytes) {
        return PoolString { device: Cow::Owned(device), others: Vec::new(), flaws: Vec::new() };
    }
    let mut flaws = Vec::new();
    let mut others = Vec::new();
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes(pair.try_into().unwrap_or_default()));
    let mut device = String::with_capacity(bytes.len() / 2);
    for unit in char::decode_utf16(units) {
        deadline::step();
        device.push(unit.unwrap_or_else(|_| {
            if flaws.is_empty() {
                flaws.push(Flaw::Encoding);
            }
            char::REPLACEMENT_CHARACTER
        }));
    }
    if let Some((head, _)) = device.split_once('\0') {
        flaws.push(Flaw::Nul);
        others.push(head.to_owned());
    }
    PoolString { device: Cow::Owned(device), others, flaws }
}
