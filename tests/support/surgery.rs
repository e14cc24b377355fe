//! Changes to files: bits, blocks, numbers, words of a format, and what an archive is made of.

/// One change. What `a`, `b` and `value` mean is the operation's.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub operation: u8,
    pub a: u32,
    pub b: u32,
    pub value: u32,
}

/// Operations that know nothing of archives come first.
pub const PLAIN: u8 = 9;
pub const ALL: u8 = 20;

/// Files are not made longer than this.
const MOST: usize = 1 << 20;

/// Numbers that mean something somewhere.
const NUMBERS: [u32; 20] = [
    0,
    1,
    2,
    3,
    4,
    8,
    16,
    20,
    28,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x0101_0003,
    0x7f01_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x0102,
];

/// Words that mean something in a text.
const WORDS: [&str; 28] = [
    "<!--",
    "-->",
    "<!-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "&amp;",
    "&#65;",
    "/>",
    "</",
    "<dict>",
    "</dict>",
    "<key>",
    "</key>",
    "<true/>",
    "\"",
    "'",
    "\\",
    "\\u0061",
    "/*",
    "*/",
    "//",
    ",",
    "{",
    "}",
    "]",
    "\0",
];

const LOCAL: &[u8] = b"PK\x03\x04";
const RECORD: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// Where a signature stands.
fn places(bytes: &[u8], signature: &[u8]) -> Vec<usize> {
    (0..bytes.len().saturating_sub(21)).filter(|&at| bytes[at..].starts_with(signature)).collect()
}

fn chosen<T: Copy>(all: &[T], number: u32) -> Option<T> {
    all.get(usize::try_from(number).unwrap() % all.len().max(1)).copied()
}

fn put(bytes: &mut [u8], at: usize, width: usize, value: u32) {
    for (byte, new) in bytes.iter_mut().skip(at).take(width).zip(value.to_le_bytes()) {
        *byte = new;
    }
}

fn get(bytes: &[u8], at: usize, width: usize) -> u32 {
    let field = bytes.get(at..at + width).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn number(cut: Cut) -> u32 {
    if cut.value & 1 == 0 { chosen(&NUMBERS, cut.value >> 1).unwrap() } else { cut.value >> 1 & 0xff }
}

/// Flags, method, checksum, sizes, lengths: place in a local header, in a record, and width.
const FIELDS: [(usize, usize, usize); 8] =
    [(4, 6, 2), (6, 8, 2), (8, 10, 2), (14, 16, 4), (18, 20, 4), (22, 24, 4), (26, 28, 2), (28, 30, 2)];

/// Applies one change; one that does not fit the file changes nothing.
pub fn apply(bytes: &mut Vec<u8>, cut: Cut) {
    let Cut { operation, a, b, value } = cut;
    let len = bytes.len();
    if len < 4 {
        return;
    }
    let (from, to) = (a as usize % len, b as usize % len);
    let block = 1 + value as usize % 64;
    let until = (from + block).min(len);
    match operation {
        0 => bytes[from] ^= 1 << (value % 8),
        1 => bytes[from] = value as u8,
        2 => {
            let copy = bytes[from..until].to_vec();
            let end = (to + copy.len()).min(len);
            bytes[to..end].copy_from_slice(&copy[..end - to]);
        }
        3 if len < MOST => {
            let copy = bytes[from..until].to_vec();
            bytes.splice(to..to, copy);
        }
        4 => drop(bytes.drain(from..until)),
        5 => put(bytes, from & !3, 4, number(cut)),
        6 => put(bytes, from & !1, 2, number(cut)),
        7 => {
            let word = chosen(&WORDS, value).unwrap();
            let end = if b & 1 == 0 { from } else { (from + word.len()).min(len) };
            bytes.splice(from..end, word.bytes());
        }
        8 => bytes.truncate(len - 1 - (a as usize % len.min(64))),
        _ => archive(bytes, cut),
    }
}

fn archive(bytes: &mut Vec<u8>, cut: Cut) {
    let Cut { operation, a, b, value } = cut;
    let (locals, records, ends) = (places(bytes, LOCAL), places(bytes, RECORD), places(bytes, END));
    let (Some(&end), Some(record), Some(local)) = (ends.last(), chosen(&records, a), chosen(&locals, a)) else {
        return;
    };
    let other = chosen(&records, b).unwrap();
    let (in_local, in_record, width) = chosen(&FIELDS, b).unwrap();
    let record_len = |bytes: &[u8], at: usize| {
        46 + [28, 30, 32].iter().map(|field| get(bytes, at + field, 2) as usize).sum::<usize>()
    };
    match operation {
        9 => put(bytes, local + in_local, width, number(cut)),
        10 => put(bytes, record + in_record, width, number(cut)),
        11 => {
            put(bytes, local + in_local, width, number(cut));
            put(bytes, record + in_record, width, number(cut));
        }
        12 => put(bytes, record + chosen(&[32, 34, 36, 38, 42], b).unwrap(), 2 + value as usize % 3, number(cut)),
        // Two entries change places.
        13 => {
            let (one, two) = (get(bytes, record + 42, 4), get(bytes, other + 42, 4));
            put(bytes, record + 42, 4, two);
            put(bytes, other + 42, 4, one);
        }
        // A record again, told or not.
        14 => {
            let copy = bytes.get(record..record + record_len(bytes, record)).unwrap_or_default().to_vec();
            let grown = u32::try_from(copy.len()).unwrap();
            bytes.splice(other..other, copy);
            if value & 1 == 0 {
                let end = end + grown as usize;
                let (count, size) = (get(bytes, end + 10, 2), get(bytes, end + 12, 4));
                put(bytes, end + 8, 2, count + 1);
                put(bytes, end + 10, 2, count + 1);
                put(bytes, end + 12, 4, size.wrapping_add(grown));
            }
        }
        15 => put(bytes, end + chosen(&[4, 6, 8, 10, 12, 16, 20], b).unwrap(), 2, number(cut)),
        // The end record again in a comment, changed.
        16 => {
            let mut copy = bytes[end..end + 22].to_vec();
            put(&mut copy, chosen(&[8, 10, 12, 16, 20], b).unwrap(), 2, number(cut));
            put(bytes, end + 20, 2, u32::try_from(copy.len()).unwrap());
            bytes.truncate(end + 22);
            bytes.extend(copy);
        }
        // Something before the archive, or behind it.
        17 => drop(bytes.splice(0..0, vec![value as u8; 1 + b as usize % 40])),
        18 => bytes.extend(vec![value as u8; 1 + b as usize % 40]),
        // The name of one entry for another.
        _ => {
            let name =
                bytes.get(other + 46..other + 46 + get(bytes, other + 28, 2) as usize).unwrap_or_default().to_vec();
            let at = if value & 1 == 0 { record + 46 } else { local + 30 };
            for (byte, new) in bytes.iter_mut().skip(at).zip(name) {
                *byte = new;
            }
        }
    }
}
