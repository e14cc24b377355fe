//! Every word that is looked for in a name cell, a header cell or a heading, in one trie.
//!
//! Built once for a statement that has anything to resolve, and not at all for one of running text.

use super::fold::{Char, fold};
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
}

/// The roles of the book that matter inside a name cell.
const CELL_ROLES: [Role; 6] =
    [Role::Separator, Role::Negation, Role::PermissionNoun, Role::AccessVerb, Role::Required, Role::Optional];

/// Words of a name cell that the book does not keep: role, language, word.
const WORDS: &str = include_str!("words.tsv");

#[derive(Debug, Default)]
struct Node {
    /// Sorted by character.
    children: Vec<(char, usize)>,
    words: Vec<Word>,
}

/// The trie.
#[derive(Debug)]
pub(super) struct Lexicon {
    nodes: Vec<Node>,
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
        let mut lexicon = Lexicon::empty();
        for term in vocabulary::terms() {
            lexicon.insert(term.text, Word::Name(term.sense, term.text));
        }
        for (shown, key) in vocabulary::xcode_names() {
            lexicon.insert(shown, Word::Key(key));
        }
        lexicon.insert_platforms();
        for role in CELL_ROLES {
            for word in vocabulary::words(role) {
                lexicon.insert(word.text, Word::Role(role));
            }
        }
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(role), Some(_), Some(text)) = (fields.next(), fields.next(), fields.next()) else { continue };
            lexicon.insert(
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
        lexicon
    }

    /// The words for platforms.
    pub(super) fn platforms() -> Lexicon {
        let mut lexicon = Lexicon::empty();
        lexicon.insert_platforms();
        lexicon
    }

    /// The words of `roles`.
    pub(super) fn roles(roles: &[Role]) -> Lexicon {
        let mut lexicon = Lexicon::empty();
        for &role in roles {
            for word in vocabulary::words(role) {
                lexicon.insert(word.text, Word::Role(role));
            }
        }
        lexicon
    }

    fn empty() -> Lexicon {
        Lexicon { nodes: vec![Node::default()] }
    }

    fn insert_platforms(&mut self) {
        for (text, platform) in vocabulary::platform_words() {
            self.insert(text, Word::Platform(platform));
        }
    }

    fn insert(&mut self, text: &str, word: Word) {
        let folded: Vec<char> = fold(text).chars().collect();
        let mut node = 0;
        for (at, &c) in folded.iter().enumerate() {
            let around = |at: Option<usize>| at.and_then(|at| folded.get(at)).copied();
            if c == ' '
                && (around(at.checked_sub(1)).is_some_and(is_dense) || around(Some(at + 1)).is_some_and(is_dense))
            {
                continue;
            }
            node = self.child_or_new(node, c);
        }
        if let Some(node) = self.nodes.get_mut(node)
            && !node.words.contains(&word)
        {
            node.words.push(word);
        }
    }

    fn child_or_new(&mut self, node: usize, c: char) -> usize {
        let new = self.nodes.len();
        let Some(children) = self.nodes.get_mut(node).map(|node| &mut node.children) else { return 0 };
        match children.binary_search_by_key(&c, |&(c, _)| c) {
            Ok(found) => children.get(found).map_or(0, |&(_, child)| child),
            Err(place) => {
                children.insert(place, (c, new));
                self.nodes.push(Node::default());
                new
            }
        }
    }

    fn child(&self, node: usize, c: char) -> Option<usize> {
        let children = &self.nodes.get(node)?.children;
        let found = children.binary_search_by_key(&c, |&(c, _)| c).ok()?;
        children.get(found).map(|&(_, child)| child)
    }

    /// The longest word that begins at `start`, on word boundaries where the script has them.
    pub(super) fn longest(&self, text: &[Char], start: usize) -> Option<Found<'_>> {
        let low = |at: usize| text.get(at).map(|c| c.low);
        if start.checked_sub(1).and_then(low).is_some_and(|before| joins(before, low(start))) {
            return None;
        }
        let mut node = 0;
        let mut best = None;
        let mut at = start;
        while let Some(c) = low(at) {
            // Scripts without spaces between words may be broken anywhere; no word of the trie holds such a space.
            if c == ' ' && at > start && (low(at - 1).is_some_and(is_dense) || low(at + 1).is_some_and(is_dense)) {
                at += 1;
                continue;
            }
            let Some(child) = self.child(node, c) else { break };
            node = child;
            at += 1;
            let words = self.nodes.get(node).map_or(&[][..], |node| node.words.as_slice());
            if !words.is_empty() && !low(at - 1).is_some_and(|last| joins(last, low(at))) {
                best = Some(Found { end: at, words });
            }
        }
        best
    }
}

/// True when no word can end between the two: letters of a script that puts spaces between words, and digits.
fn joins(before: char, after: Option<char>) -> bool {
    let spaced = |c: char| c.is_alphanumeric() && !is_dense(c);
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
        let roles = ["denial", "fill", "read", "receive", "send", "separator", "write"];
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(matches!(fields[..], [role, _, word] if roles.contains(&role) && !word.is_empty()), "{line}");
        }
    }
}
