//! Every word that is looked for in a name cell, a header cell or a heading, in one sorted list.
//!
//! Built once for a statement that has anything to resolve, and not at all for one of running text.

use std::ops::Range;

use super::fold::{Char, fold};
use super::prose::ProseCue as Cue;
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::{self, Role, Sense};

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The human name of a permission, in the given spelling.
    Name(Sense, &'static str),
    /// A name that Xcode shows for a key.
    Key(&'static str),
    /// A platform.
    Platform(Platform),
    /// A word of the book with another role.
    Role(Role),
    /// A word that denies that the permission is used.
    Denial,
    /// A word that changes nothing about what is named.
    Fill,
    /// A verb that narrows a group word to the permissions whose last segment begins so.
    Narrow(&'static str),
    /// A word that tells what a sentence of running text says.
    Cue(Cue),
}

/// The roles of the book that matter inside a name cell.
const CELL_ROLES: [Role; 6] =
    [Role::Separator, Role::Negation, Role::PermissionNoun, Role::AccessVerb, Role::Required, Role::Optional];

/// Words of a name cell that the book does not keep: role, language, word.
const WORDS: &str = include_str!("words.tsv");

/// The words, sorted by how they are compared. A sorted list over one text costs a tenth of what a tree of small
/// allocations does, and a statement is read in less time than such a tree takes to build.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// The folded words, one behind the other.
    text: String,
    /// Sorted by their bytes in `text`, no two the same.
    keys: Vec<Key>,
    /// Where in `keys` each pair of first characters begins, sorted: most words of a text are told by it to be none.
    pairs: Vec<(u64, usize)>,
    /// All that a key may be, for one key after the other.
    words: Vec<Word>,
    /// Nouns for "permission" that stand at the end of a longer word.
    compounds: Vec<String>,
}

/// A word, by where it stands.
#[derive(Debug)]
struct Key {
    /// In bytes of [`Lexicon::text`].
    text: Range<usize>,
    /// In [`Lexicon::words`].
    words: Range<usize>,
}

/// A lexicon while it is made.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    entries: Vec<(Range<usize>, Word)>,
    compounds: Vec<String>,
}

/// A word found in folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// Index behind its last character.
    pub(super) end: usize,
    /// All that it is.
    pub(super) words: &'a [Word],
}

impl Lexicon {
    /// The words of a name cell.
    pub(super) fn cells() -> Lexicon {
        let mut draft = Draft::default();
        for term in vocabulary::terms() {
            draft.insert(term.text, Word::Name(term.sense, term.text));
        }
        for (shown, key) in vocabulary::xcode_names() {
            draft.insert(shown, Word::Key(key));
        }
        draft.insert_platforms();
        for role in CELL_ROLES {
            for word in vocabulary::words(role) {
                draft.insert(word.text, Word::Role(role));
            }
        }
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(role), Some(_), Some(text)) = (fields.next(), fields.next(), fields.next()) else { continue };
            if role == "compound" {
                draft.compounds.push(fold(text));
            }
            draft.insert(
                text,
                match role {
                    "denial" => Word::Denial,
                    "separator" => Word::Role(Role::Separator),
                    "read" => Word::Narrow("READ_"),
                    "write" => Word::Narrow("WRITE_"),
                    "send" => Word::Narrow("SEND_"),
                    "receive" => Word::Narrow("RECEIVE_"),
                    _ => Word::Fill,
                },
            );
        }
        draft.finish()
    }

    /// The words that deny, as whole words.
    pub(super) fn denials() -> Lexicon {
        let mut draft = Draft::default();
        for word in vocabulary::words(Role::Negation) {
            draft.insert(word.text, Word::Denial);
        }
        for line in WORDS.lines() {
            if let Some(("denial", rest)) = line.split_once('\t')
                && let Some((_, text)) = rest.split_once('\t')
            {
                draft.insert(text, Word::Denial);
            }
        }
        draft.finish()
    }

    /// True when a word stands somewhere in `text`.
    pub(super) fn is_in(&self, text: &[Char]) -> bool {
        (0..text.len()).any(|at| self.longest(text, at).is_some())
    }

    /// What `word` is as a whole, folded as it is.
    pub(super) fn exact(&self, word: &str) -> &[Word] {
        let text = |key: &Key| self.text.get(key.text.clone()).unwrap_or_default();
        let found = self.keys.binary_search_by(|key| text(key).cmp(word)).ok().and_then(|at| self.keys.get(at));
        found.and_then(|key| self.words.get(key.words.clone())).unwrap_or_default()
    }

    /// Nouns for "permission" that stand at the end of a longer word, the longest first.
    pub(super) fn compounds(&self) -> &[String] {
        &self.compounds
    }

    /// The words for platforms.
    pub(super) fn platforms() -> Lexicon {
        let mut draft = Draft::default();
        draft.insert_platforms();
        draft.finish()
    }

    /// The words of `entries`, which are as they are compared and sorted; one may stand there several
    /// times.
    pub(super) fn sorted(entries: impl Iterator<Item = (&'static str, Word)>) -> Lexicon {
        let mut draft = Draft::default();
        for (text, word) in entries {
            let start = draft.text.len();
            draft.text.push_str(text);
            draft.entries.push((start..draft.text.len(), word));
        }
        draft.collect()
    }

    /// The words of `roles`.
    pub(super) fn roles(roles: &[Role]) -> Lexicon {
        let mut draft = Draft::default();
        for &role in roles {
            for word in vocabulary::words(role) {
                draft.insert(word.text, Word::Role(role));
            }
        }
        draft.finish()
    }

    /// Those of the keys in `range`, whose first `depth` bytes are the same, that go on with `c`.
    fn narrow(&self, range: &Range<usize>, depth: usize, c: char) -> Range<usize> {
        let mut bytes = [0; 4];
        let wanted = c.encode_utf8(&mut bytes).as_bytes();
        let rest = |key: &Key| self.text.as_bytes().get(key.text.start + depth..key.text.end).unwrap_or_default();
        let keys = self.keys.get(range.clone()).unwrap_or_default();
        let before = keys.partition_point(|key| rest(key) < wanted);
        let within = keys.get(before..).unwrap_or_default().partition_point(|key| rest(key).starts_with(wanted));
        range.start + before..range.start + before + within
    }

    /// The keys that begin with the two characters; `'\0'` as the second for those of one character.
    fn pair(&self, first: char, second: char) -> Range<usize> {
        let wanted = pair_code(first, second);
        let Ok(at) = self.pairs.binary_search_by_key(&wanted, |&(code, _)| code) else { return 0..0 };
        let start = |at: usize| self.pairs.get(at).map_or(self.keys.len(), |&(_, start)| start);
        start(at)..start(at + 1)
    }

    /// What the first of the keys in `range` is, when it ends at `depth` bytes.
    fn ending(&self, range: &Range<usize>, depth: usize) -> &[Word] {
        let key = self.keys.get(range.start).filter(|key| !range.is_empty() && key.text.len() == depth);
        key.and_then(|key| self.words.get(key.words.clone())).unwrap_or_default()
    }

    /// The longest word that begins at `start`, on word boundaries where the script has them.
    pub(super) fn longest(&self, text: &[Char], start: usize) -> Option<Found<'_>> {
        let low = |at: usize| text.get(at).map(|c| c.low);
        if start.checked_sub(1).and_then(low).is_some_and(|before| joins(before, low(start))) {
            return None;
        }
        let first = low(start)?;
        let single = self.pair(first, '\0');
        let words = self.ending(&single, first.len_utf8());
        let mut best = (!words.is_empty() && !joins(first, low(start + 1))).then_some(Found { end: start + 1, words });
        let mut at = start + 1;
        if low(at) == Some(' ') && (is_dense(first) || low(at + 1).is_some_and(is_dense)) {
            at += 1;
        }
        let second = low(at)?;
        let mut range = self.pair(first, second);
        if range.is_empty() {
            return best;
        }
        let mut depth = first.len_utf8() + second.len_utf8();
        at += 1;
        let words = self.ending(&range, depth);
        if !words.is_empty() && !joins(second, low(at)) {
            best = Some(Found { end: at, words });
        }
        while let Some(c) = low(at) {
            // Scripts without spaces between words may be broken anywhere; no word holds such a space.
            if c == ' ' && at > start && (low(at - 1).is_some_and(is_dense) || low(at + 1).is_some_and(is_dense)) {
                at += 1;
                continue;
            }
            range = self.narrow(&range, depth, c);
            if range.is_empty() {
                break;
            }
            depth += c.len_utf8();
            at += 1;
            let words = self.ending(&range, depth);
            if !words.is_empty() && !low(at - 1).is_some_and(|last| joins(last, low(at))) {
                best = Some(Found { end: at, words });
            }
        }
        best
    }
}

impl Draft {
    fn insert_platforms(&mut self) {
        for (text, platform) in vocabulary::platform_words() {
            self.insert(text, Word::Platform(platform));
        }
    }

    /// Adds a word.
    fn insert(&mut self, text: &str, word: Word) {
        let start = self.text.len();
        append(&mut self.text, text);
        self.entries.push((start..self.text.len(), word));
    }

    fn finish(mut self) -> Lexicon {
        let text = std::mem::take(&mut self.text);
        self.compounds.sort_by_key(|noun| std::cmp::Reverse(noun.len()));
        let of = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        // Stable: of two things that a word is, the one that was added first stays the first.
        self.entries.sort_by(|(a, _), (b, _)| of(a).cmp(of(b)));
        Draft { text, ..self }.collect()
    }

    /// The lexicon of a sorted draft.
    fn collect(self) -> Lexicon {
        let Draft { text, entries, compounds } = self;
        let of = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        let mut keys: Vec<Key> = Vec::with_capacity(entries.len());
        let mut words: Vec<Word> = Vec::with_capacity(entries.len());
        for (range, word) in entries {
            if let Some(last) = keys.last_mut().filter(|last| of(&last.text) == of(&range)) {
                if !words.get(last.words.clone()).is_some_and(|known| known.contains(&word)) {
                    words.push(word);
                    last.words.end = words.len();
                }
            } else {
                keys.push(Key { text: range, words: words.len()..words.len() + 1 });
                words.push(word);
            }
        }
        let mut pairs: Vec<(u64, usize)> = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            let mut chars = of(&key.text).chars();
            let code = pair_code(chars.next().unwrap_or('\0'), chars.next().unwrap_or('\0'));
            if pairs.last().is_none_or(|&(last, _)| last != code) {
                pairs.push((code, at));
            }
        }
        Lexicon { text, keys, pairs, words, compounds }
    }
}

/// Two characters as one number, in the order of the bytes of texts that begin with them.
fn pair_code(first: char, second: char) -> u64 {
    u64::from(u32::from(first)) << 32 | u64::from(u32::from(second))
}

/// Appends `text` to `to` as it is compared: folded, without the spaces beside a script that has none.
fn append(to: &mut String, text: &str) {
    let start = to.len();
    let mut skipped = false;
    for c in fold(text).chars() {
        let before = to.get(start..).and_then(|text| text.chars().next_back());
        if c == ' ' {
            skipped = true;
            continue;
        }
        if skipped && !before.is_some_and(is_dense) && !is_dense(c) {
            to.push(' ');
        }
        skipped = false;
        to.push(c);
    }
}

/// `text` as the words of a lexicon are compared.
#[cfg(test)]
pub(super) fn comparable(text: &str) -> String {
    let mut folded = String::new();
    append(&mut folded, text);
    folded
}

/// True when no word can end between the two: letters of a script that puts spaces between words, digits and the
/// underscores of constants.
fn joins(before: char, after: Option<char>) -> bool {
    let spaced = |c: char| (c.is_alphanumeric() || c == '_') && !is_dense(c);
    spaced(before) && after.is_some_and(spaced)
}

/// True for letters of scripts that put no spaces between words, or glue particles to them.
pub(super) fn is_dense(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fff}' | '\u{3003}'..='\u{3007}' | '\u{3021}'..='\u{318f}'
        | '\u{31a0}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::*;

    fn longest(text: &str, start: usize) -> Option<(String, Vec<Word>)> {
        let lexicon = Lexicon::cells();
        let folded = Folded::new(text, |_| false);
        let found = lexicon.longest(&folded.chars, start)?;
        let word = folded.chars[start..found.end].iter().map(|c| c.low).collect();
        Some((word, found.words.to_vec()))
    }

    #[test]
    fn the_longest_word_wins_and_ends_on_a_boundary() {
        for (text, start, expected) in [
            ("读取外部存储权限", 0, Some("读取外部存储")),
            ("安装未知应用", 0, Some("安装未知应用")),
            ("Make phone calls", 0, Some("make phone calls")),
            ("Cameras", 0, None),
            ("xCamera", 1, None),
            ("Camera权限", 0, Some("camera")),
            ("手机 状态", 0, Some("手机 状态")),
            ("Wi-Fi 接続の表示", 0, Some("wi-fi 接続の表示")),
        ] {
            let found = longest(text, start).map(|(word, _)| word);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_words_of_this_room_are_sorted_once_each_and_of_a_known_role() {
        let lines: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        let roles = ["compound", "denial", "fill", "read", "receive", "send", "separator", "write"];
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(matches!(fields[..], [role, _, word] if roles.contains(&role) && !word.is_empty()), "{line}");
        }
    }
}
