//! The word for permission: where it stands, and what may stand beside it.

use super::super::fold::fold;
use super::super::lexicon::is_dense;
use super::{Headers, begins_with, trim};

impl Headers {
    /// True when the last word of `text` is one for permission (相机权限, Camera permission), or the first one is, in
    /// languages that put it there (permiso de cámara).
    pub(in crate::statement) fn is_permission_noun_at_end(&self, text: &str) -> bool {
        self.nouns.end(text, trim) || self.begins_with_noun(text)
    }

    /// True when the first word of `text` is one for permission, in languages that put it there.
    pub(in crate::statement) fn begins_with_noun(&self, text: &str) -> bool {
        let first = text.chars().find(|c| c.is_alphanumeric());
        let begins = |c: char| self.leading_nouns.iter().any(|noun| noun.starts_with(c.to_ascii_lowercase()));
        if first.is_none_or(|c| (c.is_ascii() || is_dense(c)) && !begins(c)) {
            return false;
        }
        let start = text.char_indices().nth(LEADING_NOUN).map_or(text, |(at, _)| text.split_at(at).0);
        begins_with(trim(&fold(start)), self.leading_nouns)
    }

    /// False when no word for permission ends with `c`.
    pub(in crate::statement) fn may_end_noun(&self, c: char) -> bool {
        self.nouns.may_end(c)
    }

    /// True when `text` begins or ends with a noun for access (Camera access, Zugriff auf Kontakte).
    pub(in crate::statement) fn is_access(&self, text: &str) -> bool {
        let folded = fold(text);
        let folded = trim(&folded);
        let ends = |noun: &&str| {
            let before = folded.strip_suffix(*noun);
            before.is_some_and(|before| noun.chars().any(is_dense) || !before.ends_with(char::is_alphanumeric))
        };
        self.access.iter().any(ends) || begins_with(folded, self.access)
    }

    /// True when `text` is a word for permission and nothing else.
    pub(in crate::statement) fn is_permission_noun(&self, text: &str) -> bool {
        let folded = fold(text);
        let word = trim(&folded);
        self.nouns.iter().any(|noun| *noun == word)
    }

    /// Bytes of the word for permission at the start of `text`.
    pub(in crate::statement) fn noun_at_start(&self, text: &str) -> Option<usize> {
        self.nouns.iter().find(|noun| text.starts_with(**noun)).map(|noun| noun.len())
    }

    /// True when `text`, behind the word for permission, is still part of a name or of a clause about one: 权限管理.
    pub(in crate::statement) fn goes_on_as_name(&self, text: &str) -> bool {
        self.noun_tails.iter().any(|start| text.starts_with(*start))
    }

    /// True when a clause of `text` speaks of data and permissions in one: 信息及权限.
    pub(in crate::statement) fn mixes_data(&self, text: &str) -> bool {
        let folded = fold(text);
        folded.split([',', '，']).any(|clause| {
            self.nouns.iter().any(|noun| clause.contains(*noun))
                && self.data_words.iter().any(|word| clause.contains(*word))
        })
    }

    /// True when `text` speaks of permission or of granting it.
    pub(in crate::statement) fn mentions_permission(&self, text: &str) -> bool {
        self.granting.is_in(&fold(text))
    }
}

/// Code points at the start of a text in which a noun for permission is looked for. The longest has 19.
const LEADING_NOUN: usize = 48;
