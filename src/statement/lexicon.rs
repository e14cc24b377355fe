//! Every word that is looked for in a name cell, a header cell or a heading, in one sorted list.
//!
//! Made once for a statement that has anything to resolve.

use std::borrow::Cow;
use std::ops::Range;

use super::comparable;
pub(super) use super::comparable::is_dense;
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

/// Words of a name cell that the book does not keep: role, language, word.
const WORDS: &str = include_str!("words.tsv");

/// The words, sorted by how they are compared. Those of the data files are brought into this order when the program is
/// built (`build.rs`); a run only says what each of them is.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// The words, one behind the other, as they are compared.
    text: Cow<'static, str>,
    /// Sorted by their bytes in `text`, no two the same.
    keys: Cow<'static, [Key]>,
    /// Where in `keys` each pair of first characters begins, sorted: most words of a text are told by it to be none.
    pairs: Cow<'static, [(u64, u32)]>,
    /// All that a key may be, for one key after the other.
    words: Vec<Word>,
    /// Nouns for "permission" that stand at the end of a longer word, the longest first.
    compounds: Vec<String>,
}

/// A word, by where it stands.
#[derive(Debug, Clone)]
struct Key {
    /// In bytes of [`Lexicon::text`].
    text: Range<u32>,
    /// In [`Lexicon::words`].
    words: Range<u32>,
}

impl Key {
    fn text(&self) -> Range<usize> {
        self.text.start as usize..self.text.end as usize
    }

    fn words(&self) -> Range<usize> {
        self.words.start as usize..self.words.end as usize
    }
}

/// A lexicon as the build leaves it.
struct Index {
    text: &'static str,
    keys: &'static [Key],
    pairs: &'static [(u64, u32)],
    words: &'static [Packed],
}

/// What a word is, without pointers, which would have to be set right whenever the program starts.
struct Packed {
    kind: Kind,
    /// Start and length of a field of the data file that the kind names.
    a: (u32, u16),
    b: (u32, u16),
}

/// The kinds of [`Word`], and where their fields stand.
enum Kind {
    /// Sense and text in the terms of the book.
    Name,
    /// The key in Xcode's names.
    Key,
    /// The platform in the words of the book.
    Platform,
    /// The role in the words of the book.
    BookRole,
    /// The role in [`WORDS`].
    Role,
    /// Nothing.
    Denial,
    /// Nothing.
    Fill,
    /// The verb in [`WORDS`].
    Narrow,
}

#[allow(clippy::all, clippy::pedantic, reason = "tables that the build writes")]
mod built {
    use super::{Index, Key, Kind, Packed};
    include!(concat!(env!("OUT_DIR"), "/lexicons.rs"));
}

impl Packed {
    fn word(&self) -> Word {
        let own = || WORDS.get(field(self.a)).unwrap_or_default();
        match self.kind {
            Kind::Name => {
                let term = vocabulary::term_at(field(self.a), field(self.b));
                Word::Name(term.sense, term.text)
            }
            Kind::Key => Word::Key(vocabulary::xcode_key_at(field(self.a))),
            Kind::Platform => vocabulary::platform_at(field(self.a)).map_or(Word::Fill, Word::Platform),
            Kind::BookRole => vocabulary::role_at(field(self.a)).map_or(Word::Fill, Word::Role),
            Kind::Role => Role::from_name(own()).map_or(Word::Fill, Word::Role),
            Kind::Denial => Word::Denial,
            Kind::Fill => Word::Fill,
            Kind::Narrow => Word::Narrow(match own() {
                "read" => "READ_",
                "write" => "WRITE_",
                "send" => "SEND_",
                "precise" => "ACCESS_FINE_",
                "approximate" => "ACCESS_COARSE_",
                _ => "RECEIVE_",
            }),
        }
    }
}

fn field((start, len): (u32, u16)) -> Range<usize> {
    start as usize..start as usize + len as usize
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
    fn of(index: &Index) -> Lexicon {
        Lexicon {
            text: Cow::Borrowed(index.text),
            keys: Cow::Borrowed(index.keys),
            pairs: Cow::Borrowed(index.pairs),
            words: index.words.iter().map(Packed::word).collect(),
            compounds: Vec::new(),
        }
    }

    /// The words of a name cell.
    pub(super) fn cells() -> Lexicon {
        let nouns = WORDS.lines().filter_map(|line| line.strip_prefix("compound\t")?.split_once('\t'));
        let mut compounds: Vec<String> = nouns.map(|(_, noun)| fold(noun)).collect();
        compounds.sort_by_key(|noun| std::cmp::Reverse(noun.len()));
        Lexicon { compounds, ..Lexicon::of(&built::CELLS) }
    }

    /// Nouns for "permission" that stand at the end of a longer word, the longest first.
    pub(super) fn compounds(&self) -> &[String] {
        &self.compounds
    }

    /// The words that deny, as whole words.
    pub(super) fn denials() -> Lexicon {
        Lexicon::of(&built::DENIALS)
    }

    /// The words for platforms.
    pub(super) fn platforms() -> Lexicon {
        Lexicon::of(&built::PLATFORMS)
    }

    /// The labels of fields.
    pub(super) fn labels() -> Lexicon {
        Lexicon::of(&built::LABELS)
    }

    /// The words of titles.
    pub(super) fn titles() -> Lexicon {
        Lexicon::of(&built::TITLES)
    }

    /// True when a word stands somewhere in `text`.
    pub(super) fn is_in(&self, text: &[Char]) -> bool {
        (0..text.len()).any(|at| self.longest(text, at).is_some())
    }

    /// What `word` is as a whole, folded as it is.
    pub(super) fn exact(&self, word: &str) -> &[Word] {
        let text = |key: &Key| self.text.get(key.text()).unwrap_or_default();
        let found = self.keys.binary_search_by(|key| text(key).cmp(word)).ok().and_then(|at| self.keys.get(at));
        found.and_then(|key| self.words.get(key.words())).unwrap_or_default()
    }

    /// The words of `entries`, which are as they are compared and sorted; one may stand there several times.
    pub(super) fn sorted(entries: impl Iterator<Item = (&'static str, Word)>) -> Lexicon {
        let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let mut text = String::new();
        let (mut keys, mut words): (Vec<Key>, Vec<Word>) = (Vec::new(), Vec::new());
        let mut pairs: Vec<(u64, u32)> = Vec::new();
        for (word, meaning) in entries {
            if let Some(last) = keys.last_mut().filter(|last| text.get(last.text()) == Some(word)) {
                if !words.get(last.words()).is_some_and(|known| known.contains(&meaning)) {
                    words.push(meaning);
                    last.words.end = number(words.len());
                }
                continue;
            }
            let code = comparable::pair_code(word);
            if pairs.last().is_none_or(|&(last, _)| last != code) {
                pairs.push((code, number(keys.len())));
            }
            let start = number(text.len());
            text.push_str(word);
            words.push(meaning);
            keys.push(Key { text: start..number(text.len()), words: number(words.len()) - 1..number(words.len()) });
        }
        Lexicon {
            text: Cow::Owned(text),
            keys: Cow::Owned(keys),
            pairs: Cow::Owned(pairs),
            words,
            compounds: Vec::new(),
        }
    }

    /// Those of the keys in `range`, whose first `depth` bytes are the same, that go on with `c`.
    fn narrow(&self, range: &Range<usize>, depth: usize, c: char) -> Range<usize> {
        let mut bytes = [0; 4];
        let wanted = c.encode_utf8(&mut bytes).as_bytes();
        let rest = |key: &Key| {
            let text = key.text();
            self.text.as_bytes().get(text.start + depth..text.end).unwrap_or_default()
        };
        let keys = self.keys.get(range.clone()).unwrap_or_default();
        let before = keys.partition_point(|key| rest(key) < wanted);
        let within = keys.get(before..).unwrap_or_default().partition_point(|key| rest(key).starts_with(wanted));
        range.start + before..range.start + before + within
    }

    /// The keys that begin with the two characters; `'\0'` as the second for those of one character.
    fn pair(&self, first: char, second: char) -> Range<usize> {
        let wanted = comparable::pair_of(first, second);
        let Ok(at) = self.pairs.binary_search_by_key(&wanted, |&(code, _)| code) else { return 0..0 };
        let start = |at: usize| self.pairs.get(at).map_or(self.keys.len(), |&(_, start)| start as usize);
        start(at)..start(at + 1)
    }

    /// What the first of the keys in `range` is, when it ends at `depth` bytes.
    fn ending(&self, range: &Range<usize>, depth: usize) -> &[Word] {
        let key = self.keys.get(range.start).filter(|key| !range.is_empty() && key.text.len() == depth);
        key.and_then(|key| self.words.get(key.words())).unwrap_or_default()
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
        let Some(second) = low(at) else { return best };
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

/// `text` as the words of a lexicon are compared.
#[cfg(test)]
pub(super) fn comparable(text: &str) -> String {
    let mut folded = String::new();
    comparable::append(&mut folded, text);
    folded
}

/// True when no word can end between the two: letters of a script that puts spaces between words, digits and the
/// underscores of constants.
fn joins(before: char, after: Option<char>) -> bool {
    let spaced = |c: char| (c.is_alphanumeric() || c == '_') && !is_dense(c);
    spaced(before) && after.is_some_and(spaced)
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
            ("a、", 1, Some("、")),
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
        let roles =
            ["approximate", "compound", "denial", "fill", "precise", "read", "receive", "send", "separator", "write"];
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(matches!(fields[..], [role, _, word] if roles.contains(&role) && !word.is_empty()), "{line}");
        }
    }
}
