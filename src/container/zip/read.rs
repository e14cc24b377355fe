//! From an entry to its bytes: the local header, then stored bytes or a deflate stream.

use std::cell::{Cell, RefCell};
use std::io;
use std::ops::ControlFlow;

use zip::read::{ZipReadOptions, read_zipfile_from_stream_with_options};

use super::fields::{
    DEFLATED, FLAG_DESCRIPTOR, FLAG_ENCRYPTED, LOCAL_LEN, LOCAL_SIGNATURE, SATURATED, STORED, apply_zip64, u16_at,
    u32_at,
};
use super::{Archive, Entry, shown};
use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::source::{Place, Source};

/// Bytes handed on at once.
const PIECE: usize = 64 * 1024;

/// Bytes inflated at once: enough for most manifests, and no memory for those that are small.
const INFLATED_PIECE: std::ops::RangeInclusive<usize> = 4 * 1024..=32 * 1024;

/// Bytes reserved ahead for an entry, at most: beyond this its size has to prove itself.
const RESERVE: u64 = 4 * 1024 * 1024;

/// One way to take the bytes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// This many bytes as they are.
    Stored(u64),
    /// A deflate stream in this many bytes.
    Deflated(u64),
}

/// Where the data of an entry is.
struct Data {
    /// Offset of the first byte of data in the file.
    start: u64,
    /// Bytes from there to the directory, or to the end of the file when the entry stands behind the directory.
    room: u64,
    /// The method that the local header names.
    local_method: u16,
}

impl Archive<'_> {
    /// The bytes of `entry` as a device sees them, at most `limit` after decompression.
    ///
    /// # Errors
    /// When no byte sequence can be established: `zip-local-header`, `zip-zip64`, `zip-deflate-broken`,
    /// `limit-entry-bytes`, `read-failed`.
    pub fn read(&self, entry: &Entry, limit: u64) -> Result<Reading<Vec<u8>>, Error> {
        let mut doubts = Vec::new();
        let data = self.locate(entry, &mut doubts)?;
        let way = self.device_way(entry, &data, &mut doubts);
        let bytes = self.collect(entry, &data, way, limit, &mut doubts)?;
        Ok(Reading::new(bytes, doubts))
    }

    /// Every byte sequence that some reader takes for the content of `entry`: first what [`read`](Self::read) gives,
    /// then what other readers make of contradicting sizes and methods. A sequence is listed once; there is more
    /// than one only with a doubt.
    ///
    /// # Errors
    /// As [`read`](Self::read), when no reading at all succeeds.
    pub fn readings(&self, entry: &Entry, limit: u64) -> Result<Reading<Vec<Vec<u8>>>, Error> {
        let mut doubts = Vec::new();
        let data = self.locate(entry, &mut doubts)?;
        let first = self.device_way(entry, &data, &mut doubts);
        let mut ways = vec![first];
        if !doubts.is_empty() {
            for method in [entry.method, data.local_method] {
                if method != STORED {
                    ways.push(Way::Deflated(entry.compressed.min(data.room)));
                }
                if method != DEFLATED {
                    ways.push(Way::Stored(entry.uncompressed.min(data.room)));
                    ways.push(Way::Stored(entry.compressed.min(data.room)));
                }
            }
        }
        let mut tried: Vec<Way> = Vec::new();
        let mut found: Vec<Vec<u8>> = Vec::new();
        let mut failed = None;
        for way in ways {
            if tried.contains(&way) {
                continue;
            }
            tried.push(way);
            // What is odd about a further reading is not told: that there is one is the doubt. One without a byte adds
            // nothing; the first bytes of binary XML happen to be a deflate stream of nothing.
            let mut own = Vec::new();
            match self.collect(entry, &data, way, limit, &mut own) {
                Ok(bytes) if way == first => found.push(bytes),
                Ok(bytes) if !bytes.is_empty() && is_plausible(entry, way, &own) && !found.contains(&bytes) => {
                    found.push(bytes);
                }
                Err(error) if way == first => failed = Some(error),
                _ => {}
            }
            if way == first {
                for doubt in own {
                    doubt::push(&mut doubts, doubt);
                }
            }
        }
        match failed {
            Some(error) if found.is_empty() => Err(error),
            Some(error) => {
                doubt::push(&mut doubts, error.into_doubt());
                Ok(Reading::new(found, doubts))
            }
            None => Ok(Reading::new(found, doubts)),
        }
    }

    /// Hands the bytes of `entry` to `sink` in pieces, as a device sees them, and gives their number. Memory stays
    /// flat, whatever the size. When `sink` breaks, the rest is neither read nor checked.
    ///
    /// # Errors
    /// As [`read`](Self::read); `limit` counts what is handed on.
    pub fn stream(
        &self,
        entry: &Entry,
        limit: u64,
        sink: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Reading<u64>, Error> {
        let mut doubts = Vec::new();
        let data = self.locate(entry, &mut doubts)?;
        let way = self.device_way(entry, &data, &mut doubts);
        let handed = self.pour(entry, &data, way, limit, sink, &mut doubts)?;
        Ok(Reading::new(handed, doubts))
    }

    /// The content of `entry` as a source of its own, to be surveyed as an archive in this archive. A stored entry is
    /// read where it stands: nothing is copied, `limit` does not apply, and its checksum is not looked at. Anything
    /// else is inflated into memory, at most `limit` bytes.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn nested(&self, entry: &Entry, limit: u64) -> Result<Reading<Source>, Error> {
        let mut doubts = Vec::new();
        let data = self.locate(entry, &mut doubts)?;
        let name = String::from_utf8_lossy(&entry.name);
        let source = match self.device_way(entry, &data, &mut doubts) {
            Way::Stored(len) => self.source.part(&name, data.start, len),
            way @ Way::Deflated(_) => self.source.inner(&name, self.collect(entry, &data, way, limit, &mut doubts)?),
        };
        Ok(Reading::new(source, doubts))
    }

    /// Reads the local header as `FindEntry` (`zip_archive.cc`) does: method and sizes are the directory's, the place
    /// of the data is the local header's; name, sizes and checksum have to agree.
    fn locate(&self, entry: &Entry, doubts: &mut Vec<Doubt>) -> Result<Data, Error> {
        let place = self.place(entry);
        let mut say = |code, message: String| doubt::push(doubts, Doubt::new(code, place.clone(), message));
        let missing = |message: String| Error::new(Code::ZipLocalHeader, place.clone(), message);
        let offset = entry.header_offset;
        if entry.zip64_broken {
            let message = "a size or the offset is saturated and no zip64 field gives it";
            return Err(Error::new(Code::ZipZip64, place, message));
        }

        let names = offset.saturating_add(LOCAL_LEN as u64);
        if names > self.source.len() {
            return Err(missing(format!("the local header at {offset} would reach past the end of the file")));
        }
        let wall = if names < self.end.directory { self.end.directory } else { self.source.len() };
        let head = self.source.read_vec(offset, LOCAL_LEN as u64)?;
        if !head.starts_with(&LOCAL_SIGNATURE) {
            return Err(missing(format!("no local header stands at {offset}")));
        }
        let [flags, local_method, name_len, extra_len] = [6, 8, 26, 28].map(|at| u16_at(&head, at).unwrap_or_default());
        let [crc32, compressed, uncompressed] = [14, 18, 22].map(|at| u32_at(&head, at).unwrap_or_default());
        let start = names + u64::from(name_len) + u64::from(extra_len);
        if start > self.source.len() {
            return Err(missing(format!("the local header at {offset} reaches past the end of the file")));
        }
        if wall == self.source.len() || start > wall {
            say(
                Code::ZipEntryRange,
                format!("the entry at {offset} reaches into the central directory or stands behind it"),
            );
        }
        let tail = self.source.read_vec(names, u64::from(name_len) + u64::from(extra_len))?;
        let (name, extra) = tail.split_at_checked(usize::from(name_len)).unwrap_or((&tail, &[]));
        if name != entry.name {
            say(Code::ZipLocalName, format!("the local header at {offset} names the entry {}", shown(name)));
        }
        if local_method != entry.method {
            let message = format!("the directory says method {}, the local header {local_method}", entry.method);
            say(Code::ZipLocalMethod, message);
        }
        if (flags | entry.flags) & FLAG_ENCRYPTED != 0 {
            say(Code::ZipEncryptedFlag, "the entry is marked as encrypted; the bytes were read as they are".to_owned());
        }
        // A local header has to saturate both sizes or none (4.5.3).
        let halved = (uncompressed == SATURATED) != (compressed == SATURATED);
        match apply_zip64(extra, uncompressed, compressed, 0).filter(|_| !halved) {
            None => {
                say(Code::ZipZip64, format!("the zip64 field of the local header at {offset} is missing or malformed"));
            }
            Some(local) => {
                let descriptor = flags & FLAG_DESCRIPTOR != 0;
                let agrees = |local: u64, central: u64| local == central || (descriptor && local == 0);
                if !agrees(local.uncompressed, entry.uncompressed)
                    || !agrees(local.compressed, entry.compressed)
                    || !agrees(crc32.into(), entry.crc32.into())
                {
                    let message = format!(
                        "the local header says {} bytes from {} with checksum {crc32:08x}, the directory {} from {} with {:08x}",
                        local.uncompressed, local.compressed, entry.uncompressed, entry.compressed, entry.crc32
                    );
                    say(Code::ZipLocalSizes, message);
                }
            }
        }
        let wall = if start > wall { self.source.len() } else { wall };
        Ok(Data { start, room: wall - start, local_method })
    }

    /// What a device does with the method and sizes of the directory: 8 is inflated, anything else is read as stored,
    /// `uncompressed` bytes (`ZipAssetsProvider::OpenInternal`, `ExtractToWriter`).
    fn device_way(&self, entry: &Entry, data: &Data, doubts: &mut Vec<Doubt>) -> Way {
        let place = self.place(entry);
        let mut say = |code, message: String| doubt::push(doubts, Doubt::new(code, place.clone(), message));
        let stored = entry.method != DEFLATED;
        if stored && entry.method != STORED {
            say(Code::ZipUnknownMethod, format!("method {} is read as stored, as a device does", entry.method));
        }
        if stored && entry.compressed != entry.uncompressed {
            let message = format!("a stored entry of {} bytes takes {} bytes", entry.uncompressed, entry.compressed);
            say(Code::ZipStoredSize, message);
        }
        let wanted = if stored { entry.uncompressed.max(entry.compressed) } else { entry.compressed };
        if wanted > data.room {
            say(Code::ZipEntryRange, format!("{wanted} bytes are announced where {} stand", data.room));
        }
        if stored {
            Way::Stored(entry.uncompressed.min(data.room))
        } else {
            Way::Deflated(entry.compressed.min(data.room))
        }
    }

    fn collect(
        &self,
        entry: &Entry,
        data: &Data,
        way: Way,
        limit: u64,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Vec<u8>, Error> {
        let ahead = entry.uncompressed.min(limit).min(RESERVE);
        let mut bytes = Vec::with_capacity(usize::try_from(ahead).unwrap_or_default());
        let mut sink = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            ControlFlow::Continue(())
        };
        self.pour(entry, data, way, limit, &mut sink, doubts)?;
        // Whoever reads these bytes on reads them in this entry.
        deadline::reading(|| self.place(entry));
        Ok(bytes)
    }

    fn pour(
        &self,
        entry: &Entry,
        data: &Data,
        way: Way,
        limit: u64,
        sink: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
        doubts: &mut Vec<Doubt>,
    ) -> Result<u64, Error> {
        let place = self.place(entry);
        let announced = entry.uncompressed;
        let mut poured = Poured { limit, announced, place: &place, count: 0, crc: crc32fast::Hasher::new(), sink };
        let flow = match way {
            Way::Stored(len) => pour_stored(self.source, data.start, len, &mut poured)?,
            Way::Deflated(len) => pour_deflated(self.source, data.start, len, &mut poured, doubts)?,
        };
        let Poured { count, crc, .. } = poured;
        if flow.is_break() {
            return Ok(count);
        }
        if count != entry.uncompressed && matches!(way, Way::Deflated(_)) {
            let message = format!("the entry inflates to {count} bytes, {} are announced", entry.uncompressed);
            doubt::push(doubts, Doubt::new(Code::ZipInflatedSize, place.clone(), message));
        }
        let found = crc.finalize();
        if found != entry.crc32 {
            let message = format!("the checksum of the entry is {found:08x}, {:08x} is announced", entry.crc32);
            doubt::push(doubts, Doubt::new(Code::ZipCrcMismatch, place, message));
        }
        Ok(count)
    }
}

/// Whether a further reading, with the doubts it raised, is one that some reader takes: a deflate stream that ends, the
/// other size of a stored entry (HarmonyOS takes the compressed one and looks at no checksum), or stored bytes with
/// the right checksum.
fn is_plausible(entry: &Entry, way: Way, doubts: &[Doubt]) -> bool {
    let raised = |code| doubts.iter().any(|doubt| doubt.code == code);
    match way {
        Way::Deflated(_) => !raised(Code::ZipDeflateBroken),
        Way::Stored(_) => entry.method != DEFLATED || !raised(Code::ZipCrcMismatch),
    }
}

/// Counts, hashes and limits what goes to a sink.
struct Poured<'a> {
    limit: u64,
    /// The size that the directory gives.
    announced: u64,
    place: &'a Place,
    count: u64,
    crc: crc32fast::Hasher,
    sink: &'a mut dyn FnMut(&[u8]) -> ControlFlow<()>,
}

impl Poured<'_> {
    fn hand(&mut self, piece: &[u8]) -> Result<ControlFlow<()>, Error> {
        deadline::reading(|| self.place.clone());
        deadline::long_step();
        self.count = self.count.saturating_add(piece.len() as u64);
        if self.count > self.limit {
            return Err(self.too_large());
        }
        self.crc.update(piece);
        Ok((self.sink)(piece))
    }

    fn too_large(&self) -> Error {
        let message = format!("the entry has more than {} bytes, which is more than its use allows", self.limit);
        Error::new(Code::LimitEntryBytes, self.place.clone(), message)
    }
}

fn pour_stored(source: &Source, start: u64, len: u64, poured: &mut Poured<'_>) -> Result<ControlFlow<()>, Error> {
    if len > poured.limit {
        return Err(poured.too_large());
    }
    let mut done = 0;
    let mut buf = vec![0; usize::try_from(len).unwrap_or(PIECE).min(PIECE)];
    while done < len {
        let size = usize::try_from(len - done).unwrap_or(PIECE).min(PIECE);
        let Some(piece) = buf.get_mut(..size) else { break };
        source.read_at(start.saturating_add(done), piece)?;
        done += size as u64;
        if poured.hand(piece)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// What the crate is given to read: a local header made from the survey's values, then the compressed bytes.
struct Stream<'a> {
    source: &'a Source,
    header: io::Cursor<[u8; LOCAL_LEN]>,
    next: u64,
    end: u64,
    watch: &'a Watch,
}

/// What is known from outside while the crate holds the stream.
#[derive(Default)]
struct Watch {
    /// The last compressed byte was used up and more was asked for.
    asked_past_end: Cell<bool>,
    /// Nothing more is wanted: the crate reads a stream to its end when it lets go of it.
    closed: Cell<bool>,
    /// Why the source could not be read.
    failed: RefCell<Option<Error>>,
}

/// Closes the stream when it is dropped: before the crate lets go of it, also where the time limit unwinds.
struct Closing<'a>(&'a Watch);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.closed.set(true);
    }
}

impl io::Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.watch.closed.get() {
            return Ok(0);
        }
        let head = self.header.read(buf)?;
        if head > 0 || buf.is_empty() {
            return Ok(head);
        }
        let size = usize::try_from(self.end - self.next).unwrap_or(usize::MAX).min(buf.len());
        if size == 0 {
            self.watch.asked_past_end.set(true);
            return Ok(0);
        }
        let Some(piece) = buf.get_mut(..size) else { return Ok(0) };
        self.source.read_at(self.next, piece).map_err(|error| {
            self.watch.failed.replace(Some(error));
            io::Error::other("the source could not be read")
        })?;
        self.next += size as u64;
        Ok(size)
    }
}

/// Inflates with the `zip` crate. It sees one entry in a stream, with values that the survey has established, and
/// looks at neither sizes nor checksum: those are compared by the caller, as a device never refuses for them.
fn pour_deflated(
    source: &Source,
    start: u64,
    len: u64,
    poured: &mut Poured<'_>,
    doubts: &mut Vec<Doubt>,
) -> Result<ControlFlow<()>, Error> {
    let place = poured.place;
    let broken = |what: String| Error::new(Code::ZipDeflateBroken, place.clone(), what);
    let mut header = [0; LOCAL_LEN];
    for (at, field) in [(0, &LOCAL_SIGNATURE[..]), (6, &FLAG_DESCRIPTOR.to_le_bytes()), (8, &DEFLATED.to_le_bytes())] {
        for (to, from) in header.iter_mut().skip(at).zip(field) {
            *to = *from;
        }
    }
    let watch = Watch::default();
    let end = start.saturating_add(len);
    let mut stream = Stream { source, header: io::Cursor::new(header), next: start, end, watch: &watch };
    // One byte more than there is, so that a request for it reaches the stream and is noticed.
    let options = ZipReadOptions::new().ignore_crc32(true).override_compressed_size(len.saturating_add(1));
    let mut file = match read_zipfile_from_stream_with_options(&mut stream, options) {
        Ok(Some(file)) => file,
        Ok(None) => return Err(broken("the entry could not be opened".to_owned())),
        Err(error) => return Err(broken(format!("the entry could not be opened: {error}"))),
    };
    let closing = Closing(&watch);
    let piece = usize::try_from(poured.announced).unwrap_or(PIECE);
    let mut buf = vec![0; piece.clamp(*INFLATED_PIECE.start(), *INFLATED_PIECE.end())];
    let mut ended = false;
    let result = loop {
        match io::Read::read(&mut file, &mut buf) {
            // The end may be found in the call that used up the last byte: only the next call asks for more.
            Ok(0) if ended => break Ok(ControlFlow::Continue(())),
            Ok(0) => ended = true,
            Ok(size) => match poured.hand(buf.get(..size).unwrap_or_default()) {
                Ok(ControlFlow::Continue(())) => {}
                other => break other,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                break Err(watch.failed.take().unwrap_or_else(|| {
                    broken(format!("the deflate stream breaks off after {} bytes: {error}", poured.count))
                }));
            }
        }
    };
    drop(closing);
    drop(file);
    match result {
        Ok(ControlFlow::Continue(())) if !watch.asked_past_end.get() => {
            let message = "bytes follow the end of the deflate stream inside the entry";
            doubt::push(doubts, Doubt::new(Code::ZipDeflateTail, place.clone(), message));
            result
        }
        Err(error) if error.code == Code::ZipDeflateBroken && poured.count > 0 => {
            doubt::push(doubts, error.into_doubt());
            Ok(ControlFlow::Continue(()))
        }
        _ => result,
    }
}
