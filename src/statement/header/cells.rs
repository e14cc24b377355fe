//! Cells of tables and labels of fields: what a header says of its column, and what a short cell says.

use super::super::fold::{Folded, fold};
use super::super::lexicon::{Word, is_dense};
use super::super::text::Span;
use super::{HeaderCell, Headers, Label, SHORT_HEADER, begins_with, built, trim};
use crate::deadline;
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::Role;

impl Headers {
    /// The role of a header cell that reads `text`.
    pub(in crate::statement) fn cell(&self, text: &str) -> Option<HeaderCell> {
        let whole = fold(text);
        let whole = trim(&whole);
        let platforms = self.platforms(text);
        let platforms = if platforms.is_empty() && whole.contains("plist") { vec![Platform::Ios] } else { platforms };
        let made = |role: Role, word: &str, exact: bool| {
            let weak = role == Role::HeaderName && self.weak.contains(&word);
            Some(HeaderCell { role, platforms: platforms.clone(), weak, exact })
        };
        if let Some(role) = role_of(whole) {
            return made(role, whole, true);
        }
        let bare = trim(whole.split('(').next().unwrap_or_default());
        if let Some(role) = role_of(bare) {
            return made(role, bare, true);
        }
        let without = self.without_platforms(bare);
        let without = trim(&without);
        if without.is_empty() && !platforms.is_empty() {
            return Some(HeaderCell { role: Role::HeaderName, platforms, weak: true, exact: false });
        }
        if let Some(role) = role_of(without) {
            return made(role, without, true);
        }
        // A header glued to the end of a paragraph, or a longer header that ends or begins with a known word.
        let short = without.chars().count() <= SHORT_HEADER;
        let Some((ending, role)) = self.ending(without) else {
            return if short && self.tells_purpose(without) { made(Role::HeaderPurpose, without, false) } else { None };
        };
        let glued = !short && role == Role::HeaderName;
        let refused =
            role == Role::HeaderName && self.not_a_name.iter().any(|word| ending_of(without, 16).contains(word));
        ((short || glued) && !refused).then(|| made(role, &ending, false)).flatten()
    }

    /// True for the header of a column that tells why, not for which function.
    pub(in crate::statement) fn tells_purpose(&self, text: &str) -> bool {
        self.purpose_hints.is_in(&fold(text))
    }

    /// The longest known word at the end of `text`, or at its beginning.
    fn ending(&self, text: &str) -> Option<(String, Role)> {
        let chars: Vec<char> = text.chars().collect();
        let from = chars.len().saturating_sub(self.longest);
        let boundary = |at: usize| {
            let before = at.checked_sub(1).and_then(|at| chars.get(at));
            let after = chars.get(at);
            !matches!((before, after), (Some(a), Some(b)) if a.is_alphanumeric() && b.is_alphanumeric() && !is_dense(*b))
        };
        let at_end = (from..chars.len()).filter(|&at| boundary(at)).find_map(|at| {
            let word: String = chars.iter().skip(at).collect();
            let role = role_of(&word)?;
            (word.chars().count() > 1).then_some((word, role))
        });
        at_end.or_else(|| {
            (2..chars.len().min(self.longest)).rev().filter(|&end| boundary(end)).find_map(|end| {
                let word: String = chars.iter().take(end).collect();
                let role = role_of(&word)?;
                Some((word, role))
            })
        })
    }

    /// What a cell of a column says about being required: a word, yes or no, or a mark. `optional`: it is a column of
    /// what is optional.
    pub(in crate::statement) fn required(&self, text: &str, optional: bool) -> Option<bool> {
        if text.len() > SHORT_CELL {
            return None;
        }
        if let Some(said) = self.title(text).required {
            return Some(said);
        }
        let folded = fold(text);
        let word = folded
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '。' | '(' | ')' | '*' | ':' | '\u{fe0f}'));
        if begins_with(word, self.yes) {
            return Some(!optional);
        }
        begins_with(word, self.no).then_some(optional)
    }

    /// The labels in `text`: words of header cells with a colon behind them (使用目的：).
    pub(in crate::statement) fn labels(&self, text: &str) -> Vec<Label> {
        let mut labels = Vec::new();
        let mut behind = 0;
        for end in behind_colons(text) {
            deadline::step();
            if let Some(label) = self.label(text, behind, end) {
                labels.push(label);
            }
            behind = end;
        }
        labels
    }

    /// The label that ends with the colon before `end` and begins at `from` or later.
    fn label(&self, text: &str, from: usize, end: usize) -> Option<Label> {
        let before = Span::new(from, end).of(text);
        let window = before.char_indices().rev().nth(self.longest + LABEL_SLACK).map_or(from, |(at, _)| from + at);
        let folded = Folded::new(Span::new(window, end).of(text), |_| false);
        let raw = |at: usize| folded.chars.get(at).map(|c| c.raw);
        for at in 0..folded.chars.len() {
            deadline::step();
            // A label stands behind white space or punctuation.
            if at.checked_sub(1).and_then(raw).is_some_and(char::is_alphanumeric) {
                continue;
            }
            let Some(found) = self.labels.longest(&folded.chars, at) else { continue };
            let rest = folded.chars.get(found.end..).unwrap_or_default();
            let ends = rest.iter().all(|c| matches!(c.raw, ' ' | '*' | ':'));
            let role = found.words.iter().find_map(|word| if let Word::Role(role) = word { Some(role) } else { None });
            if let (true, Some(role), Some(first)) = (ends, role, folded.chars.get(at)) {
                return Some(Label { role, start: window + first.span.start, value: end });
            }
        }
        None
    }

    /// True when a cell that reads `text` says, and only says, that the permission is not used.
    pub(in crate::statement) fn is_denial(&self, text: &str) -> bool {
        if text.len() > SHORT_CELL {
            return false;
        }
        let folded = fold(text);
        let folded = folded.trim_matches(['.', '。', ' ', '(', ')']);
        self.denials.binary_search(&folded).is_ok()
    }

    /// True for a cell that holds nothing: blank, or a placeholder such as `/` or `无`.
    pub(in crate::statement) fn is_empty(&self, text: &str) -> bool {
        if text.len() > PLACEHOLDER {
            return text.trim().is_empty();
        }
        let folded = fold(text);
        let folded = folded.trim();
        let bare = folded.trim_end_matches(['。', '.']);
        folded.is_empty()
            || self.empty.iter().any(|empty| *empty == folded || *empty == bare)
            || folded.chars().all(|c| matches!(c, '-' | '–' | '—' | '/' | '\\' | '.' | '…' | '_' | ' ' | '*'))
    }
}

/// The role of a header cell that is `word`, folded.
fn role_of(word: &str) -> Option<Role> {
    let found = built::HEADER_WORDS.binary_search_by_key(&word, |&(known, _)| known).ok()?;
    Some(built::HEADER_WORDS.get(found)?.1)
}

/// True when `text` is a word of header cells.
pub(in crate::statement) fn is_header_word(text: &str) -> bool {
    text.len() <= SHORT_CELL && role_of(trim(&fold(text))).is_some()
}

/// Where each colon in `text` ends.
fn behind_colons(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    // The wide one begins with this byte.
    memchr::memchr2_iter(b':', 0xef, bytes).filter_map(|at| {
        let colon = [":", "："].into_iter().find(|colon| text.get(at..).is_some_and(|rest| rest.starts_with(colon)))?;
        Some(at + colon.len())
    })
}

fn ending_of(text: &str, chars: usize) -> String {
    let count = text.chars().count();
    text.chars().skip(count.saturating_sub(chars)).collect()
}

/// Bytes of a cell that may hold a placeholder and nothing else.
const PLACEHOLDER: usize = 24;

/// Bytes of a cell that may hold a denial or a word of headers and nothing else.
const SHORT_CELL: usize = 64;

/// Code points that may stand between a label and its colon.
const LABEL_SLACK: usize = 4;
