//! Every word that is looked for in a name cell, a header cell or a heading, in one sorted list.
//!
//! Made once for a statement that has anything to resolve.

use std::borrow::Cow;
use std::ops::Range;

pub(super) use super::comparable::is_dense;
use super::fold::{Char, fold};
use super::prose::ProseCue as Cue;
use super::trie::{self, Node, Starts};
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

/// Words of sentences, as they are compared and sorted: words, role, languages.
const CUES: &str = include_str!("prose/cues.tsv");

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
    /// The words as a tree; the root first.
    nodes: Cow<'static, [Node]>,
    /// The edges of the tree.
    edges: Cow<'static, [(char, u32)]>,
    /// Where the tree goes on from the root with an ASCII character: most words begin so.
    first: [u32; 128],
    starts: Starts,
    /// All that a key may be, for one key after the other.
    words: Kept,
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

/// The words of a name cell: those of the book, and those that the house adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'l> {
    pub(super) book: &'l Lexicon,
    pub(super) house: Option<&'l Lexicon>,
}

impl<'l> Words<'l> {
    /// The longest word that begins at `start`. The book goes before the house.
    pub(super) fn longest(self, text: &[Char], start: usize) -> Option<Found<'l>> {
        let known = self.book.longest(text, start);
        let own = self.house.and_then(|house| house.longest(text, start));
        match (known, own) {
            (Some(known), Some(own)) if own.end > known.end => Some(own),
            (known, own) => known.or(own),
        }
    }

    /// What `word` is as a whole, folded as it is.
    pub(super) fn exact(self, word: &str) -> Meanings<'l> {
        let own = || self.house.map_or(Meanings::Made(&[]), |house| house.exact(word));
        Some(self.book.exact(word)).filter(|words| !words.is_empty()).unwrap_or_else(own)
    }

    /// Nouns for "permission" that stand at the end of a longer word, the longest first.
    pub(super) fn compounds(self) -> &'l [String] {
        &self.book.compounds
    }
}

/// A lexicon as the build leaves it.
struct Index {
    text: &'static str,
    keys: &'static [Key],
    nodes: &'static [Node],
    edges: &'static [(char, u32)],
    starts: Starts,
    words: &'static [Packed],
}

/// All that the keys of a lexicon may be.
#[derive(Debug)]
enum Kept {
    Built(&'static [Packed]),
    Made(Vec<Word>),
}

/// A field of a data file: its first byte and its length.
type Field = (u32, u16);

/// What a word is, without pointers, which would have to be set right whenever the program starts.
#[derive(Debug)]
pub(super) enum Packed {
    /// Sense and text in the terms of the book.
    Name(Field, Field),
    /// Sense and text in the words of sentences.
    Said(Field, Field),
    /// The key in Xcode's names.
    Key(Field),
    Platform(Platform),
    Role(Role),
    Denial,
    Fill,
    Narrow(Verb),
    Cue(Cue),
}

/// What narrows a group word.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Read,
    Write,
    Send,
    Receive,
    Precise,
    Approximate,
}

#[allow(clippy::all, clippy::pedantic, reason = "tables that the build writes")]
mod built {
    use super::{Cue, Index, Key, Node, Packed, Platform, Role, Starts, Verb};
    include!(concat!(env!("OUT_DIR"), "/lexicons.rs"));
}

impl Packed {
    fn word(&self) -> Word {
        match *self {
            Packed::Name(sense, text) => {
                let term = vocabulary::term_at(field(sense), field(text));
                Word::Name(term.sense, term.text)
            }
            Packed::Said(sense, text) => {
                let said = |at| CUES.get(field(at)).unwrap_or_default();
                Word::Name(vocabulary::sense_of(said(sense)), said(text))
            }
            Packed::Key(key) => Word::Key(vocabulary::xcode_key_at(field(key))),
            Packed::Platform(platform) => Word::Platform(platform),
            Packed::Role(role) => Word::Role(role),
            Packed::Denial => Word::Denial,
            Packed::Fill => Word::Fill,
            Packed::Narrow(verb) => Word::Narrow(match verb {
                Verb::Read => "READ_",
                Verb::Write => "WRITE_",
                Verb::Send => "SEND_",
                Verb::Receive => "RECEIVE_",
                Verb::Precise => "ACCESS_FINE_",
                Verb::Approximate => "ACCESS_COARSE_",
            }),
            Packed::Cue(cue) => Word::Cue(cue),
        }
    }
}

fn field((start, len): (u32, u16)) -> Range<usize> {
    start as usize..start as usize + len as usize
}

/// All that a key is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meanings<'a> {
    Built(&'static [Packed]),
    Made(&'a [Word]),
}

impl<'a> Meanings<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Word> + use<'a> {
        let (built, made) = match self {
            Meanings::Built(built) => (built, &[][..]),
            Meanings::Made(made) => (&[][..], made),
        };
        built.iter().map(Packed::word).chain(made.iter().copied())
    }
}

/// A word found in folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// Index behind its last character.
    pub(super) end: usize,
    /// All that it is.
    pub(super) words: Meanings<'a>,
}

impl Lexicon {
    fn of(index: &Index) -> Lexicon {
        Lexicon {
            text: Cow::Borrowed(index.text),
            keys: Cow::Borrowed(index.keys),
            nodes: Cow::Borrowed(index.nodes),
            edges: Cow::Borrowed(index.edges),
            first: first(index.nodes, index.edges),
            starts: index.starts,
            words: Kept::Built(index.words),
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

    /// The words that deny, as whole words.
    pub(super) fn denials() -> Lexicon {
        Lexicon::of(&built::DENIALS)
    }

    /// The words that tell what a sentence says, and the names that only running text has.
    pub(super) fn cues() -> Lexicon {
        Lexicon::of(&built::CUES)
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
    pub(super) fn exact(&self, word: &str) -> Meanings<'_> {
        let text = |key: &Key| self.text.get(key.text()).unwrap_or_default();
        let found = self.keys.binary_search_by(|key| text(key).cmp(word)).ok().and_then(|at| self.keys.get(at));
        found.and_then(|key| self.words_of(key)).unwrap_or(Meanings::Made(&[]))
    }

    fn words_of(&self, key: &Key) -> Option<Meanings<'_>> {
        Some(match &self.words {
            Kept::Built(built) => Meanings::Built(built.get(key.words())?),
            Kept::Made(made) => Meanings::Made(made.get(key.words())?),
        })
    }

    /// The words of `entries`, which are as they are compared and sorted; one may stand there several times.
    pub(super) fn sorted<'e>(entries: impl Iterator<Item = (&'e str, Word)>) -> Lexicon {
        let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let mut text = String::new();
        let (mut keys, mut words): (Vec<Key>, Vec<Word>) = (Vec::new(), Vec::new());
        for (word, meaning) in entries {
            if let Some(last) = keys.last_mut().filter(|last| text.get(last.text()) == Some(word)) {
                if !words.get(last.words()).is_some_and(|known| known.contains(&meaning)) {
                    words.push(meaning);
                    last.words.end = number(words.len());
                }
                continue;
            }
            let start = number(text.len());
            text.push_str(word);
            words.push(meaning);
            keys.push(Key { text: start..number(text.len()), words: number(words.len()) - 1..number(words.len()) });
        }
        let all: Vec<&str> = keys.iter().map(|key| text.get(key.text()).unwrap_or_default()).collect();
        let (nodes, edges) = trie::lay_out(&all);
        let starts = Starts::of(all.iter().copied());
        Lexicon {
            text: Cow::Owned(text),
            keys: Cow::Owned(keys),
            first: first(&nodes, &edges),
            starts,
            nodes: Cow::Owned(nodes),
            edges: Cow::Owned(edges),
            words: Kept::Made(words),
            compounds: Vec::new(),
        }
    }

    /// The node to which `c` leads from `node`.
    fn next(&self, node: &Node, c: char) -> Option<&Node> {
        let start = node.edges as usize;
        let edges = self.edges.get(start..start + usize::from(node.len))?;
        let found = edges.binary_search_by_key(&c, |&(own, _)| own).ok()?;
        self.nodes.get(edges.get(found)?.1 as usize)
    }

    /// The node to which `c` leads from the root.
    fn begin(&self, c: char) -> Option<&Node> {
        match self.first.get(c as usize) {
            Some(&node) => self.nodes.get(node as usize),
            None => self.next(self.nodes.first()?, c),
        }
    }

    /// The longest word that begins at `start`, on word boundaries where the script has them.
    pub(super) fn longest(&self, text: &[Char], start: usize) -> Option<Found<'_>> {
        let mut last = text.get(start)?.low;
        if start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|before| joins(before.low, Some(last))) {
            return None;
        }
        let low = |at: usize| text.get(at).map(|c| c.low);
        if !self.starts.may_have([Some(last), low(start + 1), low(start + 2)]) {
            return None;
        }
        let mut node = self.begin(last)?;
        let mut at = start + 1;
        let mut depth = last.len_utf8();
        let mut best = None;
        loop {
            // Where several words go on from here, their shared part ends with the character that led here.
            let shared = if usize::from(node.depth) > depth { self.shared(node, depth)? } else { "" };
            for c in shared.chars() {
                if text.get(at).is_none_or(|found| found.low != c) {
                    at += 1;
                    if !is_passed(text, at - 1) || text.get(at).is_none_or(|found| found.low != c) {
                        return best;
                    }
                }
                last = c;
                at += 1;
            }
            let next = text.get(at).map(|c| c.low);
            if node.ends && !joins(last, next) {
                best = self.found(self.keys.get(node.word as usize)?, at);
            }
            let Some(mut c) = next.filter(|_| node.len > 0) else { return best };
            if is_passed(text, at) {
                at += 1;
                let Some(behind) = text.get(at) else { return best };
                c = behind.low;
            }
            let Some(next) = self.next(node, c) else { return best };
            depth = usize::from(node.depth) + c.len_utf8();
            (node, last) = (next, c);
            at += 1;
        }
    }

    /// What the words of `node` share behind the byte `depth`.
    fn shared(&self, node: &Node, depth: usize) -> Option<&str> {
        let start = self.keys.get(node.word as usize)?.text.start as usize;
        self.text.get(start + depth..start + usize::from(node.depth))
    }

    fn found(&self, key: &Key, end: usize) -> Option<Found<'_>> {
        Some(Found { end, words: self.words_of(key)? })
    }
}

/// The number of no node.
const NONE: u32 = u32::MAX;

/// The nodes to which the ASCII characters lead from the root, [`NONE`] for those that lead to none.
fn first(nodes: &[Node], edges: &[(char, u32)]) -> [u32; 128] {
    let mut first = [NONE; 128];
    let root = nodes.first().map_or(0, |root| usize::from(root.len));
    for &(c, node) in edges.iter().take(root) {
        if let Some(place) = first.get_mut(c as usize) {
            *place = node;
        }
    }
    first
}

/// `text` as the words of a lexicon are compared.
#[cfg(test)]
pub(super) fn comparable(text: &str) -> String {
    let mut folded = String::new();
    super::comparable::append(&mut folded, text);
    folded
}

/// True for a space that no word holds: scripts without spaces between words may be broken anywhere.
#[inline]
fn is_passed(text: &[Char], at: usize) -> bool {
    let low = |at: usize| text.get(at).map(|c| c.low);
    low(at) == Some(' ') && (at.checked_sub(1).and_then(low).is_some_and(is_dense) || low(at + 1).is_some_and(is_dense))
}

/// True when no word can end between the two: letters of a script that puts spaces between words, digits and the
/// underscores of constants.
#[inline]
fn joins(before: char, after: Option<char>) -> bool {
    let spaced = |c: char| match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric() || c == '_',
        _ => c.is_alphanumeric() && !is_dense(c),
    };
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
        Some((word, found.words.iter().collect()))
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

    /// The longest word at `start` as a reader finds it who tries each word of the lexicon.
    fn tried(lexicon: &Lexicon, text: &[Char], start: usize) -> Option<usize> {
        let low = |at: usize| text.get(at).map(|c| c.low);
        if start > 0 && joins(low(start - 1)?, low(start)) {
            return None;
        }
        let beside = |at: usize| low(at).is_some_and(is_dense);
        let ends = lexicon.keys.iter().filter_map(|key| {
            let mut at = start;
            for c in lexicon.text.get(key.text())?.chars() {
                if at > start && low(at) == Some(' ') && (beside(at - 1) || beside(at + 1)) {
                    at += 1;
                }
                if low(at)? != c {
                    return None;
                }
                at += 1;
            }
            (!joins(low(at - 1)?, low(at))).then_some(at)
        });
        ends.max()
    }

    #[test]
    fn a_walk_of_the_tree_finds_what_trying_each_word_finds() {
        let made = ["a", "ab", "ab c", "abc", "b", "x-", "相", "相a", "相机", "相机权限"];
        let made = Lexicon::sorted(made.into_iter().map(|word| (word, Word::Fill)));
        for (lexicon, text) in [
            (&made, "a ab c abc ab cd b 相 机 权 限x 相 a相 x-y x- ab  c 相机"),
            (
                &Lexicon::cells(),
                "Access precise location in the background, 读取 手机 状态权限 Wi-Fi 接続の表示, READ_SMS",
            ),
            (&Lexicon::titles(), "Permissions we ask for: 应用 权限 说明, 第三方 SDK 目录"),
        ] {
            let folded = Folded::new(text, |_| false);
            for start in 0..folded.chars.len() {
                let found = lexicon.longest(&folded.chars, start).map(|found| found.end);
                assert_eq!(found, tried(lexicon, &folded.chars, start), "{start} in {text}");
            }
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
