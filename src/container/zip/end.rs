//! Where the central directory is: the end record, its zip64 companions, and everything that may be odd about them.

use super::fields::{
    END_LEN, END_SIGNATURE, END64_LEN, END64_SIGNATURE, LOCAL_SIGNATURE, LOCATOR_LEN, LOCATOR_SIGNATURE,
    RECORD_SIGNATURE, SATURATED, u16_at, u32_at, u64_at,
};
use crate::deadline;
use crate::doubt::{Code, Doubt, Reading};
use crate::error::Error;
use crate::source::Source;

/// How far from the end of the file an end record can begin: 22 bytes and a comment of at most 65,535.
const SEARCH_BYTES: u64 = END_LEN as u64 + u16::MAX as u64;

/// What the end record says, checked against the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Offset of the end record.
    pub(super) record: u64,
    /// Offset of the first directory record.
    pub(super) directory: u64,
    /// Announced bytes of the directory; `directory + size` is inside the file.
    pub(super) size: u64,
    /// Announced number of records.
    pub(super) count: u64,
    /// Added to every offset of the archive: 0 on a device, more when offsets count from behind a prefix.
    pub(super) base: u64,
}

/// A candidate and what is odd about it, or why it leads to no directory.
type Tried = Result<(End, Vec<Doubt>), Doubt>;

/// Finds the end record as `FindCentralDirectoryInfo` (`zip_archive.cc`) does: the last signature within 65,557 bytes
/// of the end that leaves room for a record. Where that one leads nowhere (a device would refuse), earlier ones are
/// tried, with a doubt for each that failed.
///
/// # Errors
/// `zip-truncated`, `zip-no-directory`, `read-failed`.
pub(super) fn locate(source: &Source) -> Result<Reading<End>, Error> {
    let tail_len = source.len().min(SEARCH_BYTES);
    let tail_start = source.len() - tail_len;
    let tail = source.read_vec(tail_start, tail_len)?;
    let signatures = signatures(&tail);
    let candidates =
        || signatures.iter().rev().filter_map(|&at| Some((tail.get(at..)?.get(..END_LEN)?, tail_start + at as u64)));

    let mut doubts = Vec::new();
    let mut found = None;
    for (window, record) in candidates() {
        deadline::step();
        match examine(source, window, record)? {
            Ok(end) => {
                found = Some(end);
                break;
            }
            Err(doubt) => crate::doubt::push(&mut doubts, doubt),
        }
    }
    let Some((end, own)) = found else {
        return Err(match doubts.into_iter().next() {
            Some(Doubt { code, message, place }) => Error::new(code, place, message),
            None => truncated(source)?,
        });
    };
    for doubt in own {
        crate::doubt::push(&mut doubts, doubt);
    }

    // An earlier record is harmless inside the data of an entry (a stored archive has one of its own). It is another
    // reading when its comment ends where the file ends, or when it stands in or behind the directory.
    let rival = candidates().find(|&(window, record)| {
        record < end.record && (record >= end.directory || comment_end(window, record) == Some(source.len()))
    });
    if let Some((_, record)) = rival {
        let message = format!("an end record at {record} could be meant as well as the one at {}", end.record);
        crate::doubt::push(&mut doubts, Doubt::new(Code::ZipSeveralEndRecords, source.place().at(record), message));
    }
    if end.base == 0 && end.size > 0 && !begins_with_entry(source)? {
        let message = "the file does not begin with a local header, so something stands before the archive";
        crate::doubt::push(&mut doubts, Doubt::new(Code::ZipPrefix, source.place().at(0), message));
    }
    Ok(Reading::new(end, doubts))
}

fn begins_with_entry(source: &Source) -> Result<bool, Error> {
    let head = source.read_vec(0, source.len().min(LOCAL_SIGNATURE.len() as u64))?;
    Ok(head == LOCAL_SIGNATURE)
}

/// Where an end record's signature stands in `tail`, ascending. No two of them overlap.
fn signatures(tail: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(tail, &END_SIGNATURE).collect()
}

fn truncated(source: &Source) -> Result<Error, Error> {
    let message = if begins_with_entry(source)? {
        format!(
            "the archive is truncated: it begins like one, but its {} bytes hold no end record in the last {SEARCH_BYTES}",
            source.len()
        )
    } else {
        format!(
            "no end record stands in the last {SEARCH_BYTES} of {} bytes: this is no complete archive",
            source.len()
        )
    };
    Ok(Error::new(Code::ZipTruncated, source.place().at(source.len()), message))
}

fn comment_end(window: &[u8], record: u64) -> Option<u64> {
    record.checked_add(END_LEN as u64 + u64::from(u16_at(window, 20)?))
}

/// The zip64 end record that a locator before `record` points at.
struct End64 {
    offset: u64,
    shift: u64,
    count_here: u64,
    count: u64,
    size: u64,
    directory: u64,
    disks: [u32; 2],
    record_size: u64,
}

/// The zip64 end record, when a locator stands directly before the end record: where the locator says or, with a
/// prefix, directly before the locator.
fn end64(source: &Source, record: u64) -> Result<Option<Result<End64, Doubt>>, Error> {
    let Some(locator) = record.checked_sub(LOCATOR_LEN as u64) else { return Ok(None) };
    let bytes = source.read_vec(locator, LOCATOR_LEN as u64)?;
    if !bytes.starts_with(&LOCATOR_SIGNATURE) {
        return Ok(None);
    }
    let claimed = u64_at(&bytes, 8).unwrap_or(u64::MAX);
    for offset in [Some(claimed), locator.checked_sub(END64_LEN as u64)].into_iter().flatten() {
        let Some(shift) = offset.checked_sub(claimed) else { continue };
        if offset.checked_add(END64_LEN as u64).is_none_or(|end| end > locator) {
            continue;
        }
        let b = source.read_vec(offset, END64_LEN as u64)?;
        if !b.starts_with(&END64_SIGNATURE) {
            continue;
        }
        let fields = (|| {
            Some(End64 {
                offset,
                shift,
                record_size: u64_at(&b, 4)?,
                disks: [u32_at(&b, 16)?, u32_at(&b, 20)?],
                count_here: u64_at(&b, 24)?,
                count: u64_at(&b, 32)?,
                size: u64_at(&b, 40)?,
                directory: u64_at(&b, 48)?,
            })
        })();
        return Ok(fields.map(Ok));
    }
    let message = format!("the zip64 locator at {locator} points at {claimed}, where no zip64 end record stands");
    Ok(Some(Err(Doubt::new(Code::ZipZip64, source.place().at(locator), message))))
}

fn examine(source: &Source, window: &[u8], record: u64) -> Result<Tried, Error> {
    let place = || source.place().at(record);
    let fields = (|| {
        Some((
            [u16_at(window, 4)?, u16_at(window, 6)?],
            u64::from(u16_at(window, 8)?),
            u64::from(u16_at(window, 10)?),
            u32_at(window, 12)?,
            u32_at(window, 16)?,
        ))
    })();
    let Some((disks, mut count_here, mut count, size32, directory32)) = fields else {
        return Ok(Err(Doubt::new(Code::ZipNoDirectory, place(), "the end record is cut short")));
    };
    let mut doubts = Vec::new();
    let (mut size, mut directory) = (u64::from(size32), u64::from(directory32));
    let mut disks_odd = disks.iter().any(|&disk| disk != 0);

    if let Some(end) = comment_end(window, record)
        && end != source.len()
    {
        let message = if end < source.len() {
            format!("{} bytes follow the end record and its comment", source.len() - end)
        } else {
            format!("the comment of the end record reaches {} bytes past the end of the file", end - source.len())
        };
        doubts.push(Doubt::new(Code::ZipTrailingBytes, place(), message));
    }

    // A device looks at zip64 only when size or offset is saturated; other readers whenever a locator stands there.
    let wide = size32 == SATURATED || directory32 == SATURATED;
    let mut wall = record;
    let mut located = None;
    let mut shifts = vec![0];
    match end64(source, record)? {
        Some(Ok(end64)) => {
            let agrees = |plain: u64, max: u64, value: u64| plain == max || plain == value;
            let max32 = u64::from(SATURATED);
            let max16 = u64::from(u16::MAX);
            if !(agrees(size, max32, end64.size)
                && agrees(directory, max32, end64.directory)
                && agrees(count, max16, end64.count)
                && agrees(count_here, max16, end64.count_here))
            {
                let message = format!(
                    "the zip64 end record ({} records, {} bytes at {}) contradicts the end record ({count}, {size} at {directory})",
                    end64.count, end64.size, end64.directory
                );
                doubts.push(Doubt::new(Code::ZipZip64, source.place().at(end64.offset), message));
            }
            let tail = end64.record_size.checked_add(12).and_then(|len| end64.offset.checked_add(len));
            if tail != record.checked_sub(LOCATOR_LEN as u64) {
                let message = format!(
                    "the zip64 end record says {} bytes, which is not where its locator stands",
                    end64.record_size
                );
                doubts.push(Doubt::new(Code::ZipZip64, source.place().at(end64.offset), message));
            }
            // Writers of zip64 saturate the 16-bit disk numbers too.
            disks_odd = disks.iter().any(|disk| !matches!(disk, 0 | &u16::MAX)) || end64.disks != [0, 0];
            if wide || (count == max16 && size == end64.size && directory == end64.directory) {
                (size, directory) = (end64.size, end64.directory);
                (count, count_here) = (end64.count, end64.count_here);
                shifts.push(end64.shift);
            }
            wall = end64.offset;
            located = Some(end64);
        }
        Some(Err(doubt)) if wide => return Ok(Err(doubt)),
        Some(Err(doubt)) => doubts.push(doubt),
        None if wide => {
            let message =
                "size or offset of the directory is saturated, but no zip64 locator stands before the end record";
            return Ok(Err(Doubt::new(Code::ZipZip64, place(), message)));
        }
        None => {}
    }

    if disks_odd {
        let message = format!("the end record names volumes {} and {}", disks[0], disks[1]);
        doubts.push(Doubt::new(Code::ZipDiskNumbers, place(), message));
    }
    if count_here != count {
        let message = format!("the end record announces {count} records, {count_here} of them in this volume");
        doubts.push(Doubt::new(Code::ZipRecordCount, place(), message));
    }

    // Absolute offsets first, as a device takes them; then as if the archive had been moved behind a prefix.
    shifts.extend(wall.checked_sub(size).and_then(|start| start.checked_sub(directory)));
    for base in shifts {
        let Some(start) = directory.checked_add(base) else { continue };
        // A device holds a plain directory to the end record, a zip64 one to the zip64 end record.
        let Some(end) = start.checked_add(size).filter(|&end| end <= wall) else { continue };
        if size > 0 {
            let mut head = [0; 4];
            if end - start < 4 {
                continue;
            }
            source.read_at(start, &mut head)?;
            if head != RECORD_SIGNATURE {
                continue;
            }
        } else if count > 0 {
            continue;
        }
        if let Some(end64) = located.filter(|end64| end64.shift != base) {
            let message = format!("the zip64 locator points {} bytes before the zip64 end record", end64.shift);
            doubts.push(Doubt::new(Code::ZipZip64, source.place().at(end64.offset), message));
        }
        let trails = comment_end(window, record).is_some_and(|end| end < source.len());
        if base > 0 && trails && begins_with_entry(source)? {
            let message = format!(
                "the archive is truncated: its last end record, at {record}, is that of an archive stored inside, which begins at {base}"
            );
            return Ok(Err(Doubt::new(Code::ZipTruncated, source.place().at(source.len()), message)));
        }
        if base > 0 {
            let message = format!("{base} bytes stand before the archive, and its offsets do not count them");
            doubts.push(Doubt::new(Code::ZipPrefix, source.place().at(0), message));
        }
        if end < wall {
            let message = format!("{} bytes stand between the central directory and the end record", wall - end);
            doubts.push(Doubt::new(Code::ZipDirectoryGap, source.place().at(end), message));
        }
        return Ok(Ok((End { record, directory: start, size, count, base }, doubts)));
    }
    let message = format!(
        "the end record announces {count} records in {size} bytes at {directory}, where no central directory stands"
    );
    Ok(Err(Doubt::new(Code::ZipNoDirectory, place(), message)))
}
