//! Many phrases looked for in one text.

use super::super::fold::fold;
use super::super::lexicon::is_dense;

/// Phrases in comparable form. A text is gone through once, however many there are.
#[derive(Debug, Default)]
pub(in crate::statement) struct Phrases<S = &'static str> {
    /// Sorted.
    all: Vec<S>,
    /// How they begin: most places of a text begin none.
    starts: Starts,
    /// Those of fewer bytes than [`Starts`] looks at.
    short: Vec<S>,
}

impl<S: AsRef<str> + Ord> Phrases<S> {
    pub(in crate::statement) fn new(phrases: impl IntoIterator<Item = S>) -> Phrases<S> {
        let (mut all, mut short): (Vec<S>, Vec<S>) = phrases
            .into_iter()
            .filter(|phrase| !phrase.as_ref().is_empty())
            .partition(|phrase| phrase.as_ref().len() >= START);
        for phrases in [&mut all, &mut short] {
            phrases.sort_unstable();
            phrases.dedup();
        }
        let mut starts = Starts::default();
        all.iter().filter_map(|phrase| phrase.as_ref().as_bytes().first_chunk()).for_each(|start| starts.add(*start));
        Phrases { all, starts, short }
    }

    /// True when `folded` holds one of them.
    pub(in crate::statement) fn is_in(&self, folded: &str) -> bool {
        // A phrase stands on the boundaries of characters wherever its bytes do.
        let bytes = folded.as_bytes();
        let mut rest = bytes;
        while let Some(start) = rest.first_chunk() {
            if self.starts.may_have(*start) && self.begins(rest, *start) {
                return true;
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        self.short.iter().any(|phrase| folded.contains(phrase.as_ref()))
    }

    /// True when `folded` begins with one of them.
    pub(super) fn begin(&self, folded: &str) -> bool {
        let start = folded.as_bytes().first_chunk().filter(|start| self.starts.may_have(**start));
        start.is_some_and(|start| self.begins(folded.as_bytes(), *start))
            || self.short.iter().any(|phrase| folded.starts_with(phrase.as_ref()))
    }

    /// True when one of those that begin with `start`, as `rest` does, stands at the start of `rest`.
    fn begins(&self, rest: &[u8], start: [u8; START]) -> bool {
        let before = |phrase: &S| phrase.as_ref().as_bytes().first_chunk().is_none_or(|own| *own < start);
        let own = self.all.iter().skip(self.all.partition_point(before)).map(|phrase| phrase.as_ref().as_bytes());
        own.take_while(|phrase| phrase.starts_with(&start)).any(|phrase| rest.starts_with(phrase))
    }
}

/// Bytes at the start of a phrase that are looked at before it is: three letters, or a character of an Eastern script.
const START: usize = 3;

/// The starts of phrases, as a set that may take others for its own.
#[derive(Debug)]
struct Starts([u64; 64]);

impl Default for Starts {
    fn default() -> Starts {
        Starts([0; 64])
    }
}

impl Starts {
    fn add(&mut self, start: [u8; START]) {
        let (word, bit) = Starts::place(start);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn may_have(&self, start: [u8; START]) -> bool {
        let (word, bit) = Starts::place(start);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(start: [u8; START]) -> (usize, u64) {
        let [a, b, c] = start.map(usize::from);
        let hash = (a & 0xf) << 8 ^ b << 4 ^ c ^ a << 3;
        ((hash >> 6) & 63, 1 << (hash & 63))
    }
}

/// The longest of some nouns, and the ends of texts that may end with one of them.
#[derive(Debug, Default)]
pub(super) struct Endings {
    all: &'static [&'static str],
    /// Their last characters, those of ASCII by their bits.
    last: Vec<char>,
    ascii: u128,
    /// Bytes of the longest.
    longest: usize,
}

impl Endings {
    pub(super) fn new(all: &'static [&'static str]) -> Endings {
        let longest = all.iter().map(|noun| noun.len()).max().unwrap_or_default();
        let mut last: Vec<char> = all.iter().filter_map(|noun| noun.chars().next_back()).collect();
        last.sort_unstable();
        last.dedup();
        let ascii = last.iter().filter(|c| c.is_ascii()).fold(0, |all, &c| all | 1 << u32::from(c));
        Endings { all, last, ascii, longest }
    }

    /// False when none ends with `c`, in whatever case.
    pub(super) fn may_end(&self, c: char) -> bool {
        if c.is_ascii() {
            return c.is_ascii_uppercase() || self.ascii >> u32::from(c) & 1 != 0;
        }
        self.last.binary_search(&c).is_ok() || c.is_uppercase() || !is_dense(c)
    }

    /// All of them.
    pub(super) fn iter(&self) -> std::slice::Iter<'static, &'static str> {
        self.all.iter()
    }

    /// True when `text`, which is not yet in comparable form, ends with one of them, but for what `trim` takes away.
    pub(super) fn end(&self, text: &str, trim: impl Fn(&str) -> &str) -> bool {
        let text = trim(text);
        if text.chars().next_back().is_some_and(|c| !self.may_end(c)) {
            return false;
        }
        // Folding may make a text shorter, never longer than this.
        let window = self.longest.saturating_mul(2).saturating_add(SLACK);
        let mut start = text.len().saturating_sub(window);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        let folded = fold(text.get(start..).unwrap_or_default());
        let folded = trim(&folded);
        let last = folded.as_bytes().last();
        self.all.iter().any(|ending| ending.as_bytes().last() == last && folded.ends_with(ending))
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
        let phrases = Phrases::new(all);
        for text in ["", "is not used", "not use", "我们不会", "不", "不使", "我们不使用它", "the n", "乎"]
        {
            let contained = all.iter().any(|phrase| !phrase.is_empty() && text.contains(phrase));
            assert_eq!(phrases.is_in(text), contained, "{text}");
            let begun = all.iter().any(|phrase| !phrase.is_empty() && text.starts_with(phrase));
            assert_eq!(phrases.begin(text), begun, "{text}");
        }
    }

    #[test]
    fn endings_are_found_however_they_are_written() {
        let nouns = Endings::new(&["权限", "permission", "разрешение"]);
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
