//! Which real names are near a written one.

use super::letters::{fold, which};
use super::{Platform, bare_name};

/// Which letters the names of each platform have, and how many bytes, by line (`build.rs`).
#[allow(clippy::all, clippy::pedantic, reason = "tables that the build writes")]
mod known {
    include!(concat!(env!("OUT_DIR"), "/letters.rs"));
}

/// Names longer than this are no misspelling of a permission: the longest real last segment has 77 characters.
const LONGEST: usize = 100;

/// The Damerau-Levenshtein distance (insertion, deletion, substitution, transposition of neighbours; optimal string
/// alignment) of two names in bytes, `None` when it is above `limit` or a name is empty or very long.
pub(super) fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a.is_empty() || b.is_empty() || a.len() > LONGEST || b.len() > LONGEST || a.len().abs_diff(b.len()) > limit {
        return None;
    }
    // Three rows of the matrix: two back (for transpositions), the last, the current.
    let mut rows = [[0_usize; LONGEST + 1]; 3];
    let [older, last, current] = &mut rows;
    let (mut older, mut last, mut current) = (older, last, current);
    for (index, cell) in last.iter_mut().enumerate() {
        *cell = index;
    }
    let mut before = None;
    for (row, &x) in a.iter().enumerate() {
        let mut left = row + 1;
        let mut smallest = left;
        set(current, 0, left);
        for (column, &y) in b.iter().enumerate() {
            let substituted = get(last, column) + usize::from(x != y);
            let mut cell = substituted.min(left + 1).min(get(last, column + 1) + 1);
            let swapped = column.checked_sub(1).is_some_and(|back| b.get(back) == Some(&x) && before == Some(y));
            if swapped && x != y {
                cell = cell.min(get(older, column - 1) + 1);
            }
            set(current, column + 1, cell);
            left = cell;
            smallest = smallest.min(cell);
        }
        if smallest > limit {
            return None;
        }
        before = Some(x);
        (older, last, current) = (last, current, older);
    }
    Some(get(last, b.len())).filter(|&distance| distance <= limit)
}

fn get(row: &[usize; LONGEST + 1], index: usize) -> usize {
    row.get(index).copied().unwrap_or(usize::MAX / 2)
}

fn set(row: &mut [usize; LONGEST + 1], index: usize, value: usize) {
    if let Some(cell) = row.get_mut(index) {
        *cell = value;
    }
}

/// How many edits are still a misspelling of a name of `len` bytes: one in a short name, one in five, at most four.
pub(super) fn tolerance(len: usize) -> usize {
    match len {
        0..=2 => 0,
        3..=9 => 1,
        _ => (len / 5).min(4),
    }
}

/// False for the number of a line of `platform`'s table whose name is not near `written`, told by its letters and length.
pub(super) fn filter(platform: Platform, written: &str) -> impl Fn(usize) -> bool {
    let letters: &[(u32, u8)] = match platform {
        Platform::Android => &known::ANDROID,
        Platform::Ios => &known::IOS,
        Platform::HarmonyOs => &known::HARMONY,
    };
    let written = written.trim();
    let (wanted, limit) = (which(written.as_bytes()), tolerance(written.len()));
    // A dotted name is compared with whole names.
    let any = written.contains('.') || written.len() > LONGEST;
    let (len, several) = (written.len(), written.contains(['_', ' ', '-']));
    let may_be = move |&(had, bytes): &(u32, u8)| {
        (wanted & !had).count_ones() as usize <= limit && (several || len.abs_diff(bytes.into()) <= limit)
    };
    move |line| any || letters.get(line).is_none_or(may_be)
}

/// Up to three of `names` nearest to `written`, best first: by edit distance, then those that hold the same words
/// in another order or with one word more (`PHONE_STATE`, `AUDIO_RECORD`). Of two that are equally near, one that an
/// ordinary app can be granted goes before one that it cannot, then the one that sorts first.
///
/// A dotted name is compared whole, any other with the last segments.
pub(super) fn nearest<T>(
    names: impl Iterator<Item = (&'static str, T)>,
    is_ordinary: impl Fn(T) -> bool,
    written: &str,
    platform: Platform,
) -> [Option<&'static str>; 3] {
    let written: Vec<u8> = written.trim().bytes().take(LONGEST + 1).map(fold).collect();
    let dotted = written.contains(&b'.');
    let limit = tolerance(written.len());
    let letters = Letters::of(&written);
    // The best three so far, as (rank, not ordinary, name), worst last.
    let mut best: [Option<(usize, bool, &'static str)>; 3] = [None; 3];
    let several = words(&written) > 1;
    for (name, fact) in names {
        let compared = if dotted { name } else { bare_name(platform, name) };
        if !several && compared.len().abs_diff(written.len()) > limit {
            continue;
        }
        let Some(rank) = rank(&written, &letters, compared, limit) else { continue };
        let mut entry = Some((rank, !is_ordinary(fact), name));
        for place in &mut best {
            if entry.is_some() && place.is_none_or(|held| entry.is_some_and(|entry| entry < held)) {
                std::mem::swap(place, &mut entry);
            }
        }
    }
    best.map(|entry| entry.map(|(_, _, name)| name))
}

/// Smaller is nearer; `None` when `name` is not near at all.
fn rank(written: &[u8], letters: &Letters, name: &str, limit: usize) -> Option<usize> {
    if name.len() > LONGEST || letters.lack(name, limit) {
        return None;
    }
    let mut folded = [0_u8; LONGEST];
    for (to, from) in folded.iter_mut().zip(name.bytes()) {
        *to = fold(from);
    }
    let folded = folded.get(..name.len()).unwrap_or_default();
    if letters.differ_at_most(folded, limit)
        && let Some(edits) = distance(written, folded, limit)
    {
        return Some(edits);
    }
    same_words(written, folded).then_some(limit + 1)
}

/// How often each letter stands in a word; most names are told by it to be far from it. Bytes with the same lowest five
/// bits are counted as one.
struct Letters {
    counts: [i16; 32],
    /// The letters that it has, by their bits.
    which: u32,
}

impl Letters {
    fn of(word: &[u8]) -> Letters {
        let mut letters = Letters { counts: [0; 32], which: which(word) };
        for &byte in word {
            letters.add(byte, 1);
        }
        letters
    }

    fn add(&mut self, byte: u8, count: i16) {
        if let Some(cell) = self.counts.get_mut(usize::from(byte & 31)) {
            *cell = cell.saturating_add(count);
        }
    }

    /// True when `name` lacks more than `limit` letters of the word.
    fn lack(&self, name: &str, limit: usize) -> bool {
        if (self.which & !which(name.as_bytes())).count_ones() as usize > limit {
            return true;
        }
        let mut rest = Letters { counts: self.counts, which: self.which };
        name.bytes().for_each(|byte| rest.add(fold(byte), -1));
        rest.sum(1) > limit
    }

    /// The letters that are left, those of the other sign not counted.
    fn sum(&self, sign: i16) -> usize {
        self.counts.iter().map(|count| usize::try_from(count.saturating_mul(sign)).unwrap_or_default()).sum()
    }

    /// False when `name` is more than `limit` edits away, whatever the order of its letters: an edit takes a letter
    /// away, adds one, or both.
    fn differ_at_most(&self, name: &[u8], limit: usize) -> bool {
        let mut rest = Letters { counts: self.counts, which: self.which };
        for &byte in name {
            rest.add(byte, -1);
        }
        rest.sum(1).max(rest.sum(-1)) <= limit
    }
}

/// True when `written` has two words or more, all of them words of `name`, which has at most one more.
fn same_words(written: &[u8], name: &[u8]) -> bool {
    let (wanted, had) = (words(written), words(name));
    wanted >= 2
        && (wanted..=wanted + 1).contains(&had)
        && written.split(|&b| b == b'_').all(|word| word.len() > 1 && name.split(|&b| b == b'_').any(|w| w == word))
}

/// How many words the underscores of `name` part.
fn words(name: &[u8]) -> usize {
    name.split(|&byte| byte == b'_').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits_and_swaps() {
        let d = |a: &str, b: &str| distance(a.as_bytes(), b.as_bytes(), 10);
        assert_eq!(d("CAMERA", "CAMERA"), Some(0));
        assert_eq!(d("CAMREA", "CAMERA"), Some(1));
        assert_eq!(d("CAMER", "CAMERA"), Some(1));
        assert_eq!(d("RECORD_AUDOI", "RECORD_AUDIO"), Some(1));
        assert_eq!(d("A", "B"), Some(1));
        assert_eq!(d("AB", "BA"), Some(1));
        assert_eq!(d("", "A"), None);
        assert_eq!(distance(b"ABCDEFGH", b"HGFEDCBA", 3), None);
        assert_eq!(distance(&[b'A'; 101], &[b'A'; 101], 3), None);
        assert_eq!(distance(&[b'A'; 100], &[b'A'; 99], 3), Some(1));
        assert_eq!(d("相机", "相册"), Some(3), "three of six bytes");
    }

    #[test]
    fn no_near_name_is_told_to_be_far_by_its_letters() {
        let names = ["CAMERA", "CAMREA", "CAMER", "READ_SMS", "READ_MMS", "SMS_READ", "RECORD_AUDIO", "AUDIO"];
        for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a.as_bytes(), b.as_bytes()))) {
            for limit in 0..5 {
                let near = distance(a, b, limit).is_some();
                assert!(!near || Letters::of(a).differ_at_most(b, limit), "{a:?} {b:?} {limit}");
            }
        }
        assert!(!Letters::of(b"CAMERA").differ_at_most(b"MICROPHONE", 2));
    }

    #[test]
    fn what_the_letters_leave_out_is_not_near() {
        for platform in Platform::ALL {
            for record in platform.table().records().step_by(23) {
                let name = bare_name(platform, record.name());
                let (head, tail) = name.split_at(name.len() / 2);
                let without = tail.get(1..).unwrap_or_default();
                let written = [
                    name.to_lowercase(),
                    format!("{head}{without}"),
                    format!("{head}X{tail}"),
                    format!("{head}QZ{without}"),
                    format!("{tail} {head}"),
                    name.split('_').rev().collect::<Vec<_>>().join("_"),
                ];
                for written in written {
                    let of = |names: &mut dyn Iterator<Item = super::super::table::Record>| {
                        nearest(names.map(|record| (record.name(), ())), |()| true, &written, platform)
                    };
                    let all = of(&mut platform.table().records());
                    let kept = of(&mut platform.table().kept(filter(platform, &written)));
                    assert_eq!(all, kept, "{written}");
                }
            }
        }
    }
}
