//! The walk over the central directory: one record after another, in a window that moves through the file.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::end::End;
use super::fields::{LOCAL_LEN, RECORD_LEN, RECORD_SIGNATURE, apply_zip64, u16_at, u32_at};
use crate::deadline;
use crate::error::Error;
use crate::source::Source;

/// Bytes read at once in a walk, and of a directory that is kept. A record without its comment is at most 46 + 2 * 65,535 bytes, so the window stays
/// below 132 KiB.
const WALK_PIECE: u64 = 128 * 1024;

/// Upper byte of "version made by": the external attributes hold a Unix mode in their upper half (APPNOTE 4.4.2).
const HOST_UNIX: u8 = 3;

/// Bytes read at once for a single record: most are below 128 bytes.
const SINGLE_PIECE: u64 = 256;

/// One record of the central directory, as it stands in the window: nothing is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'w> {
    /// The name, byte for byte.
    pub name: &'w [u8],
    /// The extra field.
    pub extra: &'w [u8],
    /// General purpose flags.
    pub flags: u16,
    /// Compression method: 0 stored, 8 deflated.
    pub method: u16,
    /// CRC-32 of the uncompressed bytes.
    pub crc32: u32,
    /// Compressed size in bytes, zip64 applied.
    pub compressed: u64,
    /// Uncompressed size in bytes, zip64 applied.
    pub uncompressed: u64,
    /// Offset of the local header in the file.
    pub header_offset: u64,
    /// Offset of this record in the file.
    pub record_offset: u64,
    /// File type and permissions, when the archive was made for Unix.
    pub unix_mode: Option<u16>,
    /// The volume the entry begins on.
    pub(super) disk: u16,
    /// A size or the offset is saturated and no zip64 extra field gives it: sizes are then the saturated ones.
    pub(super) zip64_broken: bool,
    /// The zip64 extra field gives another value for a size or offset that is not saturated.
    pub(super) zip64_contradicts: bool,
}

impl Record<'_> {
    /// The least bytes that the entry takes in the file: header and data. Its local name and extra field come on top,
    /// but may be shorter than those of the record.
    pub(super) fn least_len(&self) -> u64 {
        let data = if self.zip64_broken { 0 } else { self.compressed };
        data.saturating_add(LOCAL_LEN as u64)
    }
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// Exactly at the announced end of the directory, or the visitor had enough.
    AtEnd,
    /// Bytes that are no record stand at this offset, before the announced end.
    NoRecord(u64),
    /// The record at this offset reaches past the announced end.
    Cut(u64),
}

/// The whole directory, where it is small enough to be kept; otherwise nothing.
///
/// # Errors
/// `read-failed`.
pub(super) fn keep(source: &Source, end: &End) -> Result<Vec<u8>, Error> {
    if end.size <= WALK_PIECE { source.read_vec(end.directory, end.size) } else { Ok(Vec::new()) }
}

/// A piece of the file that moves forward.
struct Window<'s> {
    source: &'s Source,
    start: u64,
    limit: u64,
    piece: u64,
    buf: Cow<'s, [u8]>,
}

impl<'s> Window<'s> {
    /// A window over the directory, which reads at least `piece` bytes at once. `kept` is what [`keep`] gave.
    fn new(source: &'s Source, end: &End, kept: &'s [u8], piece: u64) -> Self {
        let limit = end.directory.saturating_add(end.size);
        Window { source, start: end.directory, limit, piece, buf: Cow::Borrowed(kept) }
    }

    /// The `len` bytes at `offset`; `None` when they reach past the limit.
    #[inline]
    fn get(&mut self, offset: u64, len: usize) -> Result<Option<&[u8]>, Error> {
        if self.held(offset, len).is_none() {
            let Some(left) = self.limit.checked_sub(offset).filter(|&left| left >= len as u64) else { return Ok(None) };
            let mut buf = match std::mem::take(&mut self.buf) {
                Cow::Owned(buf) => buf,
                Cow::Borrowed(_) => Vec::new(),
            };
            buf.resize(usize::try_from(left.min(self.piece)).unwrap_or(len).max(len), 0);
            self.source.read_at(offset, &mut buf)?;
            (self.buf, self.start) = (Cow::Owned(buf), offset);
        }
        Ok(self.held(offset, len))
    }

    /// Nothing beyond the limit is ever held.
    #[inline]
    fn held(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let at = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.buf.get(at..)?.get(..len)
    }
}

/// The record at `offset`: `Ok(Err(stop))` when there is none.
fn record<'w>(window: &'w mut Window<'_>, end: &End, offset: u64) -> Result<Result<(Record<'w>, u64), Stop>, Error> {
    let fixed: Option<&[u8; RECORD_LEN]> = window.get(offset, RECORD_LEN)?.and_then(<[u8]>::first_chunk);
    let Some(fixed) = fixed.filter(|fixed| fixed.starts_with(&RECORD_SIGNATURE)) else {
        return Ok(Err(Stop::NoRecord(offset)));
    };
    let [name_len, extra_len, comment_len] = [28, 30, 32].map(|at| u16_at(fixed, at).map_or(0, usize::from));
    let whole = RECORD_LEN + name_len + extra_len;
    let next = offset.saturating_add((whole + comment_len) as u64);
    if next > window.limit {
        return Ok(Err(Stop::Cut(offset)));
    }
    let Some(bytes) = window.get(offset, whole)? else { return Ok(Err(Stop::Cut(offset))) };
    Ok(parse(bytes, name_len, end.base, offset).map(|record| (record, next)).ok_or(Stop::Cut(offset)))
}

fn parse(bytes: &[u8], name_len: usize, base: u64, record_offset: u64) -> Option<Record<'_>> {
    let (fixed, rest) = bytes.split_first_chunk::<RECORD_LEN>()?;
    let (name, extra) = rest.split_at_checked(name_len)?;
    let (compressed, uncompressed, header_offset) = (u32_at(fixed, 20)?, u32_at(fixed, 24)?, u32_at(fixed, 42)?);
    let wide = apply_zip64(extra, uncompressed, compressed, header_offset);
    Some(Record {
        name,
        extra,
        flags: u16_at(fixed, 8)?,
        method: u16_at(fixed, 10)?,
        crc32: u32_at(fixed, 16)?,
        compressed: wide.map_or(compressed.into(), |wide| wide.compressed),
        uncompressed: wide.map_or(uncompressed.into(), |wide| wide.uncompressed),
        header_offset: wide.map_or(header_offset.into(), |wide| wide.header_offset).saturating_add(base),
        record_offset,
        unix_mode: if fixed.get(5) == Some(&HOST_UNIX) { u16_at(fixed, 40) } else { None },
        disk: u16_at(fixed, 34)?,
        zip64_broken: wide.is_none(),
        zip64_contradicts: wide.is_some_and(|wide| wide.contradicts),
    })
}

/// Visits every record up to the announced end of the directory, beyond the announced number if there are more.
/// `kept` is what [`keep`] gave.
///
/// # Errors
/// `read-failed`.
pub(super) fn walk(
    source: &Source,
    end: &End,
    kept: &[u8],
    mut visit: impl FnMut(&Record<'_>) -> ControlFlow<()>,
) -> Result<Stop, Error> {
    let mut window = Window::new(source, end, kept, WALK_PIECE);
    let (mut offset, limit) = (end.directory, window.limit);
    while offset < limit {
        deadline::step();
        match record(&mut window, end, offset)? {
            Ok((record, next)) => {
                if visit(&record).is_break() {
                    break;
                }
                offset = next;
            }
            Err(stop) => return Ok(stop),
        }
    }
    Ok(Stop::AtEnd)
}

/// The single record at `offset`, which a walk has seen there before; `None` when it is gone. `kept` is what [`keep`]
/// gave.
///
/// # Errors
/// `read-failed`.
pub(super) fn at<T>(
    source: &Source,
    end: &End,
    kept: &[u8],
    offset: u64,
    use_it: impl FnOnce(&Record<'_>) -> T,
) -> Result<Option<T>, Error> {
    let mut window = Window::new(source, end, kept, SINGLE_PIECE);
    Ok(record(&mut window, end, offset)?.ok().map(|(record, _)| use_it(&record)))
}
