//! The archive survey: what a device's libziparchive makes of a file, and every way in which the file is odd.
//!
//! The directory is walked by this module alone; the `zip` crate inflates what the survey has established, and never
//! sees the archive's own headers. Facts are from AOSP `system/libziparchive/zip_archive.cc`; the function is named
//! where one is used.
//!
//! Irregularities of the archive as a whole come with [`survey`], those of one entry with [`Archive::read`]. What a
//! device takes for another file is no doubt: `/AndroidManifest.xml`, `AndroidManifest.XML` and `a\b` are simply other
//! names, since `FindEntry` compares bytes. A platform that unpacks archives to a file system asks
//! [`Archive::select`] with a comparison of its own.

mod directory;
mod end;
mod fields;
mod index;
mod locals;
mod read;

use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

pub use directory::Record;
use directory::Stop;
use end::End;
use index::{Index, Slot};

use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::limits;
use crate::source::{Escaped, Place, Source};

/// A surveyed archive. Holds below 24 bytes for each entry, and the directory if that is small.
pub struct Archive<'s> {
    source: &'s Source,
    end: End,
    /// What [`directory::keep`] gave.
    kept: Vec<u8>,
    hasher: RandomState,
    index: Index,
}

/// One record of the central directory, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, byte for byte; lossily decoded only for display.
    pub name: Vec<u8>,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method: 0 stored, 8 deflated.
    pub method: u16,
    /// CRC-32 of the uncompressed bytes, as announced.
    pub crc32: u32,
    /// Compressed size in bytes, as announced.
    pub compressed: u64,
    /// Uncompressed size in bytes, as announced.
    pub uncompressed: u64,
    /// Offset of the local header in the file.
    pub header_offset: u64,
    /// Offset of the directory record in the file.
    pub record_offset: u64,
    /// File type and permissions, when the archive was made for Unix: `S_IFLNK` is 0xa000 under the mask 0xf000.
    pub unix_mode: Option<u16>,
    zip64_broken: bool,
}

impl Entry {
    /// True when unpacking makes a symbolic link of the entry: its content is then the path that the link leads to.
    /// A device does not unpack an APK.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        self.unix_mode.is_some_and(|mode| mode & 0xf000 == 0xa000)
    }

    /// True when the bytes of the entry stand in the archive as they are.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.method != fields::DEFLATED
    }

    fn keep(record: &Record<'_>) -> Entry {
        Entry {
            name: record.name.to_vec(),
            flags: record.flags,
            method: record.method,
            crc32: record.crc32,
            compressed: record.compressed,
            uncompressed: record.uncompressed,
            header_offset: record.header_offset,
            record_offset: record.record_offset,
            unix_mode: record.unix_mode,
            zip64_broken: record.zip64_broken,
        }
    }
}

/// The name up to its first NUL: what a reader in C makes of it.
fn cut_at_nul(name: &[u8]) -> &[u8] {
    memchr::memchr(0, name).and_then(|nul| name.get(..nul)).unwrap_or(name)
}

fn shown(name: &[u8]) -> String {
    Escaped(&String::from_utf8_lossy(name)).to_string()
}

/// The first of several irregularities of one kind, and how many there are: one doubt is enough for all.
#[derive(Default)]
struct Seen(Option<(u64, String)>, u64);

impl Seen {
    fn note(&mut self, record: &Record<'_>) {
        if self.0.is_none() {
            self.0 = Some((record.record_offset, shown(record.name)));
        }
        self.1 += 1;
    }

    fn report(self, code: Code, what: &str, source: &Source, doubts: &mut Vec<Doubt>) {
        if let Some((offset, name)) = self.0 {
            let message = match self.1 {
                1 => format!("{what}: {name}"),
                count => format!("{what}: {name}, and {} more", count - 1),
            };
            doubt::push(doubts, Doubt::new(code, source.place().at(offset), message));
        }
    }
}

/// True when an end record leads to a directory, or the file is an archive without entries: for a file that does not
/// begin like an archive.
///
/// # Errors
/// `read-failed`.
pub fn has_directory(source: &Source) -> Result<bool, Error> {
    match end::locate(source) {
        Ok(_) => Ok(true),
        Err(error) if error.code == Code::ReadFailed => Err(error),
        Err(_) => Ok(false),
    }
}

/// Walks the end record and the whole central directory; every irregularity of the archive as a whole is a doubt.
/// Local headers are looked at when an entry is [read](Archive::read).
///
/// The doubts are those of Android; a platform that takes names as bytes passes them through
/// [`names_are_bytes`].
///
/// # Errors
/// When no directory can be established: `zip-truncated`, `zip-no-directory`, `limit-archive-entries`,
/// `limit-directory-bytes`, `read-failed`.
pub fn survey(source: &Source) -> Result<Reading<Archive<'_>>, Error> {
    survey_names(source, |_| {})
}

/// As [`survey`], and shows every name to `see` on the way, in directory order.
///
/// # Errors
/// As [`survey`].
pub fn survey_names(source: &Source, mut see: impl FnMut(&[u8])) -> Result<Reading<Archive<'_>>, Error> {
    let mut doubts = Vec::new();
    let end = end::locate(source)?.drain_into(&mut doubts);
    if end.size > limits::DIRECTORY_BYTES {
        let message =
            format!("the central directory has {} bytes; at most {} are read", end.size, limits::DIRECTORY_BYTES);
        return Err(Error::new(Code::LimitDirectoryBytes, source.place().at(end.directory), message));
    }

    let hasher = RandomState::new();
    let mut slots = Vec::new();
    let mut extents = Vec::new();
    let mut too_many = false;
    let (mut nul, mut not_utf8, mut second_name) = (Seen::default(), Seen::default(), Seen::default());
    let (mut misplaced, mut disks, mut zip64) = (Seen::default(), Seen::default(), Seen::default());
    let kept = directory::keep(source, &end)?;
    let stop = directory::walk(source, &end, &kept, |record| {
        if slots.len() as u64 >= limits::ARCHIVE_ENTRIES {
            too_many = true;
            return ControlFlow::Break(());
        }
        see(record.name);
        let name = cut_at_nul(record.name);
        if name.len() < record.name.len() {
            nul.note(record);
        }
        if !fields::is_device_utf8(record.name) {
            not_utf8.note(record);
        }
        let second = fields::unicode_path(record.extra, record.name);
        if second.is_some_and(|path| path != record.name && (path.is_ascii() || record.name.is_ascii())) {
            second_name.note(record);
        }
        if record.header_offset >= end.directory {
            misplaced.note(record);
        }
        if !matches!(record.disk, 0 | u16::MAX) {
            disks.note(record);
        }
        if record.zip64_broken || record.zip64_contradicts {
            zip64.note(record);
        }
        slots.push(Slot { hash: hasher.hash_one(name), record: record.record_offset });
        extents.push((record.header_offset, record.least_len()));
        ControlFlow::Continue(())
    })?;
    if too_many {
        let message = format!("the archive has more than {} entries", limits::ARCHIVE_ENTRIES);
        return Err(Error::new(Code::LimitArchiveEntries, source.place().at(end.directory), message));
    }

    judge_walk(source, &end, &stop, slots.len() as u64, &mut doubts);
    nul.report(Code::ZipNameNul, "a name holds a NUL character", source, &mut doubts);
    not_utf8.report(Code::ZipNameNotUtf8, "a name is not UTF-8", source, &mut doubts);
    second_name.report(Code::ZipUnicodePath, "an extra field gives the entry another name", source, &mut doubts);
    misplaced.report(Code::ZipRecordMalformed, "an entry begins at or behind the directory", source, &mut doubts);
    disks.report(Code::ZipDiskNumbers, "an entry is said to stand in another volume", source, &mut doubts);
    zip64.report(
        Code::ZipZip64,
        "the zip64 field of an entry is missing, malformed or contradicts the record",
        source,
        &mut doubts,
    );
    judge_extents(source, extents, &mut doubts);

    let archive = Archive { source, end, kept, hasher, index: Index::new(slots) };
    archive.judge_duplicates(&mut doubts)?;
    Ok(Reading::new(archive, doubts))
}

/// Takes back, from the doubts of a [`survey`], what is none on a platform to which a name is any bytes: an entry whose
/// name is not UTF-8.
pub fn names_are_bytes(doubts: &mut Vec<Doubt>) {
    doubts.retain(|doubt| doubt.code != Code::ZipNameNotUtf8);
}

fn judge_walk(source: &Source, end: &End, stop: &Stop, records: u64, doubts: &mut Vec<Doubt>) {
    let limit = end.directory.saturating_add(end.size);
    let mut say = |code, offset, message| doubt::push(doubts, Doubt::new(code, source.place().at(offset), message));
    match *stop {
        Stop::AtEnd => {}
        Stop::NoRecord(offset) if records >= end.count => {
            say(Code::ZipDirectorySize, offset, format!("{} bytes of the directory are no records", limit - offset));
        }
        Stop::NoRecord(offset) => {
            let message = format!("record {} of {} has no record's signature", records + 1, end.count);
            say(Code::ZipRecordMalformed, offset, message);
        }
        Stop::Cut(offset) => {
            let message = format!("record {} of {} reaches past the end of the directory", records + 1, end.count);
            say(Code::ZipRecordMalformed, offset, message);
        }
    }
    if records != end.count {
        let message = format!("the end record announces {} entries, the directory holds {records}", end.count);
        say(Code::ZipRecordCount, end.record, message);
    }
    if records == 0 {
        say(Code::ZipEmpty, end.record, "the archive has no entries".to_owned());
    }
}

/// Entries in the order of the file must not reach into one another, even without their local extra fields.
fn judge_extents(source: &Source, mut extents: Vec<(u64, u64)>, doubts: &mut Vec<Doubt>) {
    extents.sort_unstable();
    let mut reached = 0;
    let mut overlaps = 0_u64;
    let mut first = None;
    for (start, len) in extents {
        deadline::step();
        if start < reached {
            overlaps += 1;
            first = first.or(Some(start));
        }
        reached = reached.max(start.saturating_add(len));
    }
    if let Some(start) = first {
        let message = format!("{overlaps} entries begin inside another entry, the first at {start}");
        // The directory may say that it begins behind the end of the file.
        let place = source.place().at(start.min(source.len()));
        doubt::push(doubts, Doubt::new(Code::ZipOverlap, place, message));
    }
}

impl Archive<'_> {
    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.len() == 0
    }

    /// Every record whose name (up to a NUL) is exactly `name`, in directory order: more than one only with a doubt.
    ///
    /// # Errors
    /// `read-failed`.
    pub fn find(&self, name: &[u8]) -> Result<Vec<Entry>, Error> {
        let hash = self.hasher.hash_one(name);
        let mut found = Vec::new();
        for slot in self.index.find(hash) {
            deadline::step();
            found.extend(self.at(slot, |record| (cut_at_nul(record.name) == name).then(|| Entry::keep(record)))?);
        }
        Ok(found)
    }

    /// Every record whose name is `wanted`, in directory order.
    ///
    /// # Errors
    /// `read-failed`.
    pub fn select(&self, mut wanted: impl FnMut(&[u8]) -> bool) -> Result<Vec<Entry>, Error> {
        let mut found = Vec::new();
        self.visit(|record| {
            if wanted(record.name) {
                found.push(Entry::keep(record));
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Visits every record in directory order, until `visit` breaks. Nothing is allocated for a record.
    ///
    /// # Errors
    /// `read-failed`.
    pub fn visit(&self, visit: impl FnMut(&Record<'_>) -> ControlFlow<()>) -> Result<(), Error> {
        directory::walk(self.source, &self.end, &self.kept, visit).map(drop)
    }

    /// The place of `entry` in this source.
    #[must_use]
    pub fn place(&self, entry: &Entry) -> Place {
        self.source.place().in_entry(&String::from_utf8_lossy(&entry.name))
    }

    /// What `use_it` makes of the record that the survey saw at `slot`.
    fn at<T>(&self, slot: Slot, use_it: impl FnOnce(&Record<'_>) -> T) -> Result<T, Error> {
        directory::at(self.source, &self.end, &self.kept, slot.record, use_it)?.ok_or_else(|| {
            Error::new(Code::ReadFailed, self.source.place().at(slot.record), "the file changed while it was read")
        })
    }

    /// Compares the names that have one hash.
    fn judge_duplicates(&self, doubts: &mut Vec<Doubt>) -> Result<(), Error> {
        for (first, second) in self.index.twins().take(limits::DOUBTS + 1) {
            deadline::step();
            let name = |slot: Slot| self.at(slot, |record| cut_at_nul(record.name).to_vec());
            let (a, b) = (name(first)?, name(second)?);
            if a == b {
                let message = format!("{} has two records, at {} and {}", shown(&a), first.record, second.record);
                doubt::push(doubts, Doubt::new(Code::ZipDuplicateName, self.source.place().at(second.record), message));
            }
        }
        Ok(())
    }
}
