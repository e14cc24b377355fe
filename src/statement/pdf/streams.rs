//! The guard before the crate that reads PDF: nothing is inflated beyond a limit.
//!
//! The crate inflates without a limit, and some streams (those that hold objects) before anyone can ask. A thousandth of
//! what they come to is enough to write them down, so every stream is measured first.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;

use crate::deadline;
use crate::limits;

/// Bytes to which deflate can make one byte, at most (1032 to 1).
const RATIO: usize = 1032;

/// Bytes of a dictionary before the word `stream` that are looked at.
const DICTIONARY: usize = 4096;

/// What a file is about to do to memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Danger {
    /// The streams come to more bytes than are read; the offset is that of the stream at which that shows.
    TooLarge(usize),
    /// A stream that may hold objects is packed in a way that no program uses for one.
    Unusual(usize),
}

/// Measures every stream of the file `bytes`.
pub(super) fn measure(bytes: &[u8]) -> Result<(), Danger> {
    let encrypted = find(bytes, b"/Encrypt", 0).is_some();
    let mut total = 0_usize;
    let mut at = 0;
    while let Some(word) = find(bytes, b"stream", at) {
        deadline::step();
        at = word + b"stream".len();
        let before = bytes.get(word.saturating_sub(DICTIONARY)..word).unwrap_or_default();
        if before.ends_with(b"end") {
            continue;
        }
        let begin = memchr::memmem::rfind(before, b"obj");
        let dictionary = before.get(begin.unwrap_or_default()..).unwrap_or_default();
        let data = bytes.get(at..).unwrap_or_default();
        let data = data.strip_prefix(b"\r\n").or_else(|| data.strip_prefix(b"\n")).unwrap_or(data);
        let holds = |name: &[u8]| find(dictionary, name, 0).is_some();
        let times = |name: &[u8]| memchr::memmem::find_iter(dictionary, name).count();
        // A stream with a /First holds objects, one with a /W the places of objects. Both names can be written in codes,
        // or stand too far before to be seen.
        let coded = holds(b"#");
        let structural =
            begin.is_none() || coded || holds(b"/First") || holds(b"/W[") || holds(b"/W ") || holds(b"/W\n");
        let growing = times(b"/Fl") + times(b"/LZW") + times(b"/RL") + times(b"/RunLength");
        if structural && encrypted {
            let len = find(data, b"endstream", 0).unwrap_or(data.len());
            total = total.saturating_add(len.saturating_mul(RATIO));
        } else if structural && (growing > 1 || holds(b"Decode") && (coded || !is_zlib(data))) {
            return Err(Danger::Unusual(word));
        } else if is_zlib(data) {
            total = total.saturating_add(inflated(data, limits::PDF_INFLATED.saturating_sub(total)));
        }
        if total > limits::PDF_INFLATED {
            return Err(Danger::TooLarge(word));
        }
    }
    Ok(())
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let found = memchr::memmem::find(bytes.get(from..)?, needle)?;
    Some(from + found)
}

/// A zlib header (RFC 1950): deflate, and a check that fits.
fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

/// Bytes to which `data` inflates, as far as it does; more than `room` is not looked at.
fn inflated(data: &[u8], room: usize) -> usize {
    let mut inflate = Decompress::new(true);
    let mut piece = vec![0; 64 * 1024];
    loop {
        deadline::step();
        let used = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let made = inflate.total_out();
        let rest = data.get(used..).unwrap_or_default();
        let status = inflate.decompress(rest, &mut piece, FlushDecompress::None);
        let total = usize::try_from(inflate.total_out()).unwrap_or(usize::MAX);
        let stuck = inflate.total_out() == made && usize::try_from(inflate.total_in()).ok() == Some(used);
        if !matches!(status, Ok(Status::Ok)) || stuck || total > room {
            return total;
        }
    }
}

/// The decoded bytes of a stream of text operators or of a table; `None` when it cannot be decoded, or comes to more
/// than is read.
pub(super) fn decoded(stream: &Stream<'_>) -> Option<Vec<u8>> {
    let grows = |filter: &&Filter| matches!(filter, Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode);
    let filters = stream.filters();
    let growing = filters.iter().filter(grows).count();
    let raw = stream.raw_data();
    let fits = match growing {
        0 => raw.len() <= limits::PDF_STREAM,
        1 if raw.len().saturating_mul(RATIO) <= limits::PDF_STREAM => true,
        1 if filters.len() == 1 && is_zlib(&raw) => inflated(&raw, limits::PDF_STREAM) <= limits::PDF_STREAM,
        // Lines of letters before a deflate stream: they hold four bytes in five.
        1 => raw.len().saturating_mul(RATIO) <= limits::PDF_INFLATED,
        _ => false,
    };
    let decoded = if fits { stream.decoded_data().ok()? } else { return None };
    (decoded.len() <= limits::PDF_STREAM).then(|| decoded.into_owned())
}
