//! Many phrases looked for in one text.

use super::super::fold::fold;
use super::super::lexicon::is_dense;

/// Phrases in comparable form. A text is gone through once, however many there are.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// Sorted.
    all: Vec<String>,
    /// The first characters of all, by their lowest eight bits: most characters of a text begin none.
    starts: [u64; 4],
}

impl Phrases {
    pub(super) fn new(phrases: impl IntoIterator<Item = String>) -> Phrases {
        let mut all: Vec<String> = phrases.into_iter().filter(|phrase| !phrase.is_empty()).collect();
        all.sort_unstable();
        all.dedup();
        let mut starts = [0; 4];
        for first in all.iter().filter_map(|phrase| phrase.chars().next()) {
            let (word, bit) = place(first);
            if let Some(word) = starts.get_mut(word) {
                *word |= bit;
            }
        }
        Phrases { all, starts }
    }

    /// True when `folded` holds one of them.
    pub(super) fn is_in(&self, folded: &str) -> bool {
        folded.char_indices().any(|(at, c)| {
            let (word, bit) = place(c);
            self.starts.get(word).is_some_and(|word| word & bit != 0)
                && folded.get(at..).is_some_and(|rest| self.begins(rest, c))
        })
    }

    /// True when one of those that begin with `first`, as `rest` does, stands at the start of `rest`.
    fn begins(&self, rest: &str, first: char) -> bool {
        let from = self.all.partition_point(|phrase| phrase.chars().next().is_none_or(|own| own < first));
        let own = self.all.iter().skip(from).take_while(|phrase| phrase.starts_with(first));
        own.into_iter().any(|phrase| rest.starts_with(phrase.as_str()))
    }
}

/// The word and the bit of `c` in [`Phrases::starts`].
fn place(c: char) -> (usize, u64) {
    let low = u32::from(c) & 0xff;
    ((low >> 6) as usize, 1 << (low & 63))
}

/// The longest of some nouns, and the ends of texts that may end with one of them.
#[derive(Debug, Default)]
pub(super) struct Endings {
    all: Vec<String>,
    /// Their last characters.
    last: Vec<char>,
    /// Bytes of the longest.
    longest: usize,
}

impl Endings {
    pub(super) fn new(all: Vec<String>) -> Endings {
        let longest = all.iter().map(String::len).max().unwrap_or_default();
        let mut last: Vec<char> = all.iter().filter_map(|noun| noun.chars().next_back()).collect();
        last.sort_unstable();
        last.dedup();
        Endings { all, last, longest }
    }

    /// False when none ends with `c`, in whatever case.
    pub(super) fn may_end(&self, c: char) -> bool {
        let low = if c.is_ascii() { c.to_ascii_lowercase() } else { c };
        self.last.binary_search(&low).is_ok() || c.is_uppercase() || !(c.is_ascii() || is_dense(c))
    }

    /// All of them.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, String> {
        self.all.iter()
    }

    /// True when `text`, which is not yet in comparable form, ends with one of them, but for what `trim` takes away.
    pub(super) fn end(&self, text: &str, trim: impl Fn(&str) -> &str) -> bool {
        let text = trim(text);
        // Folding may make a text shorter, never longer than this.
        let window = self.longest.saturating_mul(2).saturating_add(SLACK);
        let mut start = text.len().saturating_sub(window);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        let folded = fold(text.get(start..).unwrap_or_default());
        let folded = trim(&folded);
        self.all.iter().any(|ending| folded.ends_with(ending.as_str()))
    }
}

/// Bytes beside an ending that folding may take away: spaces, invisible characters, marks.
const SLACK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_wherever_they_stand() {
        let all = ["not used", "不会", "不使用", "n", ""];
        let phrases = Phrases::new(all.map(str::to_owned));
        for text in ["", "is not used", "not use", "我们不会", "不", "不使", "我们不使用它", "the n", "乎"]
        {
            let contained = all.iter().any(|phrase| !phrase.is_empty() && text.contains(phrase));
            assert_eq!(phrases.is_in(text), contained, "{text}");
        }
    }

    #[test]
    fn endings_are_found_however_they_are_written() {
        let nouns = Endings::new(["权限", "permission", "разрешение"].map(str::to_owned).to_vec());
        let trim = |text: &str| -> usize { text.trim_end_matches([':', ' ']).len() };
        let ends = |text: &str| nouns.end(text, |text| text.split_at(trim(text)).0);
        for text in ["相机权限", "Camera Permission:  ", "ＰＥＲＭＩＳＳＩＯＮ", "РАЗРЕШЕНИЕ", "permi\u{200b}ssion"]
        {
            assert!(ends(text), "{text}");
        }
        assert!(!ends("permissions") && !ends("权限用于") && !ends(""));
        assert!(ends(&format!("{}permission", "é".repeat(500))));
        for c in ['限', 'n', 'N', 'Е', 'е'] {
            assert!(nouns.may_end(c), "{c}");
        }
        assert!(!nouns.may_end('用') && !nouns.may_end('x'));
    }
}
