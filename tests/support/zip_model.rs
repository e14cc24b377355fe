//! A small reader of one entry that follows the documented facts of Android's libziparchive and nothing else: it
//! refuses what a device refuses. Written apart from the program, slow and plain, to be compared with it.

use std::collections::HashSet;

/// What a device makes of one name in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The archive or the entry is refused.
    Refused(&'static str),
    /// The archive is read and has no such entry.
    Absent,
    /// The content.
    Content(Vec<u8>),
}

fn n(bytes: &[u8], at: u64, len: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let field = bytes.get(at..at.checked_add(len)?)?;
    Some(field.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn piece(bytes: &[u8], at: u64, len: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(at).ok()?..usize::try_from(at.checked_add(len)?).ok()?)
}

/// The values of a zip64 field, in the order uncompressed, compressed, offset.
fn zip64(extra: &[u8], plain: [u64; 3]) -> Option<[u64; 3]> {
    let max = u64::from(u32::MAX);
    if plain.iter().all(|value| *value != max) {
        return Some(plain);
    }
    let mut at = 0;
    loop {
        let (id, size) = (n(extra, at, 2)?, n(extra, at + 2, 2)?);
        let data = piece(extra, at + 4, size)?;
        at += 4 + size;
        if id != 1 {
            continue;
        }
        let complete = size == 24 || size == 28;
        let mut next = 0;
        let mut values = plain;
        for value in &mut values {
            if complete || *value == max {
                *value = n(data, next, 8)?;
                next += 8;
            }
        }
        return (complete || next == size).then_some(values);
    }
}

fn name_is_refused(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        let follow = match name[at] {
            0 | 0x80..=0xbf | 0xfe | 0xff => return true,
            1..=0x7f => 0,
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            0xf8..=0xfb => 4,
            0xfc..=0xfd => 5,
        };
        for next in 1..=follow {
            if !name.get(at + next).is_some_and(|byte| (0x80..=0xbf).contains(byte)) {
                return true;
            }
        }
        at += 1 + follow;
    }
    false
}

/// What a device sees under `wanted`.
pub fn look(file: &[u8], wanted: &[u8]) -> Seen {
    let len = file.len() as u64;
    let max = u64::from(u32::MAX);
    let sig = |at: u64, signature: &[u8]| piece(file, at, 4) == Some(signature);
    if len < 22 {
        return Seen::Refused("too short");
    }
    let Some(end) = (len.saturating_sub(22 + 65535)..=len - 22).rev().find(|&at| sig(at, b"PK\x05\x06")) else {
        return Seen::Refused("no end record");
    };
    let field = |at, len| n(file, at, len).unwrap();
    if end + 22 + field(end + 20, 2) != len {
        return Seen::Refused("comment");
    }
    let (mut count, mut size, mut start) = (field(end + 10, 2), field(end + 12, 4), field(end + 16, 4));
    if size == max || start == max {
        if end <= 20 || !sig(end - 20, b"PK\x06\x07") {
            return Seen::Refused("no locator");
        }
        let at = field(end - 20 + 8, 8);
        if end - 20 <= 56 || at > end - 20 - 56 || !sig(at, b"PK\x06\x06") {
            return Seen::Refused("no zip64 end record");
        }
        (count, size, start) = (field(at + 32, 8), field(at + 40, 8), field(at + 48, 8));
        if at <= size || start > at - size {
            return Seen::Refused("zip64 range");
        }
    } else if start + size > end {
        return Seen::Refused("range");
    }
    if count == 0 {
        return Seen::Refused("empty");
    }

    let stop = start + size;
    let mut at = start;
    let mut names = HashSet::new();
    let mut hit = None;
    for _ in 0..count {
        if at + 46 > stop || !sig(at, b"PK\x01\x02") {
            return Seen::Refused("record");
        }
        let [name_len, extra_len, comment_len] = [28, 30, 32].map(|field_at| field(at + field_at, 2));
        let next = at + 46 + name_len + extra_len + comment_len;
        if next > stop {
            return Seen::Refused("record length");
        }
        let name = piece(file, at + 46, name_len).unwrap();
        let extra = piece(file, at + 46 + name_len, extra_len).unwrap();
        let plain = [field(at + 24, 4), field(at + 20, 4), field(at + 42, 4)];
        let wide = zip64(extra, plain);
        let offset = if plain[2] == max { wide.map(|wide| wide[2]) } else { Some(plain[2]) };
        if offset.is_none_or(|offset| offset >= start) {
            return Seen::Refused("offset");
        }
        if name_is_refused(name) {
            return Seen::Refused("name");
        }
        if !names.insert(name) {
            return Seen::Refused("duplicate");
        }
        if name == wanted {
            hit = Some((at, wide));
        }
        at = next;
    }
    if !sig(0, b"PK\x03\x04") {
        return Seen::Refused("first bytes");
    }
    let Some((record, wide)) = hit else { return Seen::Absent };
    let Some([uncompressed, compressed, local]) = wide else { return Seen::Refused("zip64 field") };

    if local.checked_add(30).is_none_or(|end| end >= start) || !sig(local, b"PK\x03\x04") {
        return Seen::Refused("local header");
    }
    let (name_len, extra_len) = (field(local + 26, 2), field(local + 28, 2));
    if local + 30 + name_len > start || piece(file, local + 30, name_len) != Some(wanted) {
        return Seen::Refused("local name");
    }
    let mut own = [field(local + 22, 4), field(local + 18, 4)];
    if own.contains(&max) {
        let extra = piece(file, local + 30 + name_len, extra_len);
        let wide = extra.and_then(|extra| zip64(extra, [own[0], own[1], 0]));
        match wide {
            Some(wide) if own == [max, max] => own = [wide[0], wide[1]],
            _ => return Seen::Refused("local zip64 field"),
        }
    }
    let crc_agrees = field(local + 14, 4) == field(record + 16, 4);
    if field(local + 6, 2) & 8 == 0 && !(own == [uncompressed, compressed] && crc_agrees) {
        return Seen::Refused("local sizes");
    }
    let data = local + 30 + name_len + extra_len;
    let method = field(record + 10, 2);
    let Some(room) = start.checked_sub(data) else { return Seen::Refused("data offset") };
    if compressed > room || (method == 0 && uncompressed > room) {
        return Seen::Refused("data length");
    }
    if method != 8 {
        return match piece(file, data, uncompressed) {
            Some(content) => Seen::Content(content.to_vec()),
            None => Seen::Refused("stored past the end"),
        };
    }
    match inflate(piece(file, data, compressed).unwrap()) {
        Some(content) if content.len() as u64 == uncompressed => Seen::Content(content),
        Some(_) => Seen::Refused("inflated length"),
        None => Seen::Refused("deflate stream"),
    }
}

/// The names of the records that a device walks; `None` where there is no directory.
pub fn names(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    let end = (file.len().saturating_sub(22 + 65535)..=file.len().checked_sub(22)?).rev();
    let end = end.map(|at| at as u64).find(|&at| piece(file, at, 4) == Some(b"PK\x05\x06"))?;
    let (count, mut at) = (n(file, end + 10, 2)?, n(file, end + 16, 4)?);
    let mut names = Vec::new();
    for _ in 0..count {
        let [name_len, extra_len, comment_len] = [28, 30, 32].map(|field| n(file, at + field, 2));
        let (name_len, others) = (name_len?, extra_len? + comment_len?);
        names.push(piece(file, at + 46, name_len)?.to_vec());
        at += 46 + name_len + others;
    }
    Some(names)
}

/// Bits of a deflate stream, least significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut value = 0;
        for bit in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= usize::from(byte >> (self.at % 8) & 1) << bit;
            self.at += 1;
        }
        Some(value)
    }
}

/// A canonical Huffman code (RFC 1951, 3.2.2): how many codes of each length, and the symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    /// `None` when the lengths make no code: over-subscribed, or incomplete with more than one code, as zlib's
    /// `inflate_table` judges.
    fn new(lengths: &[usize], may_be_incomplete: bool) -> Option<Code> {
        let mut counts = [0; 16];
        for &len in lengths {
            counts[len] += 1;
        }
        counts[0] = 0;
        let mut left = 1_i64;
        for &count in &counts[1..] {
            left = left * 2 - i64::try_from(count).unwrap();
            if left < 0 {
                return None;
            }
        }
        let used: usize = counts.iter().sum();
        let single = used == 0 || (used == 1 && counts[1] == 1);
        if left > 0 && !(single && may_be_incomplete) {
            return None;
        }
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|&symbol| lengths[symbol] > 0).collect();
        symbols.sort_by_key(|&symbol| lengths[symbol]);
        Some(Code { counts, symbols })
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for &count in &self.counts[1..] {
            code |= bits.take(1)?;
            if code < first + count {
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) * 2;
            code *= 2;
        }
        None
    }
}

/// Inflates a raw deflate stream (RFC 1951); bytes after its end are ignored.
fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    const LENGTHS: [usize; 29] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ];
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let mut bits = Bits { bytes, at: 0 };
    let mut out: Vec<u8> = Vec::new();
    loop {
        let last = bits.take(1)? == 1;
        let (literals, distances) = match bits.take(2)? {
            0 => {
                bits.at = bits.at.next_multiple_of(8);
                let len = bits.take(16)?;
                if bits.take(16)? != len ^ 0xffff {
                    return None;
                }
                for _ in 0..len {
                    out.push(u8::try_from(bits.take(8)?).unwrap());
                }
                if last {
                    return Some(out);
                }
                continue;
            }
            1 => {
                let fixed: Vec<usize> = (0..288)
                    .map(|s| match s {
                        0..=143 | 280.. => 8,
                        144..=255 => 9,
                        _ => 7,
                    })
                    .collect();
                (Code::new(&fixed, false)?, Code::new(&[5; 32], false)?)
            }
            2 => {
                let (literal_count, distance_count) = (bits.take(5)? + 257, bits.take(5)? + 1);
                let code_count = bits.take(4)? + 4;
                if literal_count > 286 || distance_count > 30 {
                    return None;
                }
                let mut lengths = [0; 19];
                for &symbol in &ORDER[..code_count] {
                    lengths[symbol] = bits.take(3)?;
                }
                let code = Code::new(&lengths, false)?;
                let mut lengths: Vec<usize> = Vec::new();
                while lengths.len() < literal_count + distance_count {
                    let (value, times) = match code.symbol(&mut bits)? {
                        16 => (*lengths.last()?, 3 + bits.take(2)?),
                        17 => (0, 3 + bits.take(3)?),
                        18 => (0, 11 + bits.take(7)?),
                        len => (len, 1),
                    };
                    lengths.extend(vec![value; times]);
                }
                if lengths.len() > literal_count + distance_count || lengths[256] == 0 {
                    return None;
                }
                let (literals, distances) = lengths.split_at(literal_count);
                (Code::new(literals, true)?, Code::new(distances, true)?)
            }
            _ => return None,
        };
        loop {
            let symbol = literals.symbol(&mut bits)?;
            match symbol {
                0..=255 => out.push(u8::try_from(symbol).unwrap()),
                256 => break,
                _ => {
                    let index = symbol - 257;
                    let more = if index < 8 || index == 28 { 0 } else { (index - 4) / 4 };
                    let len = LENGTHS.get(index)? + bits.take(more)?;
                    let symbol = distances.symbol(&mut bits)?;
                    if symbol > 29 {
                        return None;
                    }
                    let more = symbol.saturating_sub(2) / 2;
                    let base = if symbol < 2 { symbol + 1 } else { ((2 + symbol % 2) << more) + 1 };
                    let distance = base + bits.take(more)?;
                    let start = out.len().checked_sub(distance)?;
                    for at in start..start + len {
                        out.push(out[at]);
                    }
                }
            }
        }
        if last {
            return Some(out);
        }
    }
}
