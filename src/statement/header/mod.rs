//! What a header cell, a heading and a short cell are, by the words of the book.

mod phrases;

use super::fold::{Folded, fold};
use super::lexicon::{Lexicon, Word, is_dense};
use super::text::Span;
use crate::deadline;
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::Role;
use phrases::{Endings, Phrases};

/// What the build leaves: `PHRASES`, words and phrases for headers, titles and short cells by their role, and
/// `HEADER_WORDS`, words of header cells, each with its role and sorted. All are folded.
mod built {
    use super::Role;
    include!(concat!(env!("OUT_DIR"), "/headers.rs"));
}

/// What a header cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderCell {
    pub(super) role: Role,
    /// The column is for these platforms.
    pub(super) platforms: Vec<Platform>,
    /// The word alone would not tell that the table is one of permissions.
    pub(super) weak: bool,
    /// It is the very word that the book has.
    pub(super) exact: bool,
}

/// What a heading says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) platforms: Vec<Platform>,
    pub(super) permissions: bool,
    pub(super) sdk: bool,
    /// What stands below is not requested, or not yet.
    pub(super) negated: bool,
    /// What stands below is called required (true) or optional (false).
    pub(super) required: Option<bool>,
}

/// The label of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) role: Role,
    /// Its first byte.
    pub(super) start: usize,
    /// The first byte of the value.
    pub(super) value: usize,
}

/// Words of one role.
type Words = &'static [&'static str];

/// The role of a header cell that is `word`, folded.
fn role_of(word: &str) -> Option<Role> {
    let found = built::HEADER_WORDS.binary_search_by_key(&word, |&(known, _)| known).ok()?;
    Some(built::HEADER_WORDS.get(found)?.1)
}

/// True when `text` is a word of header cells.
pub(super) fn is_header_word(text: &str) -> bool {
    text.len() <= SHORT_CELL && role_of(trim(&fold(text))).is_some()
}

/// Knows the words of headers and titles.
pub(super) struct Headers {
    weak: Words,
    not_a_name: Words,
    not_requested: Phrases,
    /// Denies only that all of what follows is requested.
    partly: Phrases,
    denials: Words,
    denial_starts: Words,
    not_used: Phrases,
    not_yet: Phrases,
    platform_fillers: Words,
    /// The word for permission, and words for granting it.
    granting: Phrases,
    title_ends: Words,
    data_words: Words,
    third_parties: Words,
    purpose_starts: Phrases,
    noun_tails: Words,
    joiners: Words,
    particles: Words,
    announcing: Phrases,
    purpose_hints: Phrases,
    conditions: Words,
    user_acts: Words,
    remark_starts: Words,
    clause_starts: Words,
    nouns: Endings,
    leading_nouns: Words,
    access: Words,
    yes: Words,
    no: Words,
    labels: Lexicon,
    empty: Words,
    titles: Lexicon,
    platforms: Lexicon,
    denying: Lexicon,
    /// Code points of the longest word of a header.
    longest: usize,
}

impl Headers {
    pub(super) fn new() -> Headers {
        let phrases = |role: &str| {
            let found = built::PHRASES.binary_search_by_key(&role, |&(known, _)| known).ok();
            found.and_then(|at| built::PHRASES.get(at)).map_or(&[][..], |&(_, words)| words)
        };
        let some = |role: &str| Phrases::new(phrases(role).iter().copied());
        let nouns = phrases("noun");
        let longest = built::HEADER_WORDS.iter().map(|(word, _)| word.chars().count()).max().unwrap_or_default();
        Headers {
            weak: phrases("weak-name"),
            not_a_name: phrases("not-a-name"),
            not_requested: some("not-requested"),
            partly: some("partly"),
            denials: phrases("denial-cell"),
            denial_starts: phrases("denial-start"),
            not_used: some("not-used"),
            not_yet: some("not-yet"),
            platform_fillers: phrases("platform-filler"),
            granting: Phrases::new(phrases("granting").iter().chain(nouns).copied()),
            title_ends: phrases("title-end"),
            data_words: phrases("data-word"),
            third_parties: phrases("third-party"),
            purpose_starts: some("purpose-start"),
            noun_tails: phrases("noun-tail"),
            joiners: phrases("joiner"),
            particles: phrases("particle"),
            announcing: some("announce"),
            purpose_hints: some("purpose-hint"),
            conditions: phrases("condition"),
            user_acts: phrases("user-acts"),
            remark_starts: phrases("remark-start"),
            clause_starts: phrases("clause-start"),
            leading_nouns: phrases("leading-noun"),
            access: phrases("access-noun"),
            yes: phrases("yes"),
            no: phrases("no"),
            nouns: Endings::new(nouns),
            labels: Lexicon::labels(),
            empty: phrases("empty-cell"),
            titles: Lexicon::titles(),
            platforms: Lexicon::platforms(),
            denying: Lexicon::denials(),
            longest,
        }
    }

    /// The role of a header cell that reads `text`.
    pub(super) fn cell(&self, text: &str) -> Option<HeaderCell> {
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
    pub(super) fn tells_purpose(&self, text: &str) -> bool {
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

    /// The platforms named in `text`, in the order of [`Platform::ALL`].
    pub(super) fn platforms(&self, text: &str) -> Vec<Platform> {
        self.platforms_in(&Folded::new(text, |_| false))
    }

    fn platforms_in(&self, folded: &Folded) -> Vec<Platform> {
        let marks = self.scan_platforms(folded);
        Platform::ALL.into_iter().filter(|platform| marks.iter().any(|mark| mark.platform == *platform)).collect()
    }

    fn scan_platforms(&self, folded: &Folded) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut at = 0;
        while at < folded.chars.len() {
            deadline::step();
            let Some(found) = self.platforms.longest(&folded.chars, at) else {
                at += 1;
                continue;
            };
            let no_platform = folded.chars.get(found.end..).is_some_and(names_an_identifier)
                || joined_to(at.checked_sub(1).and_then(|at| folded.chars.get(at)));
            for word in found.words.iter().filter(|_| !no_platform) {
                if let Word::Platform(platform) = word {
                    marks.push(Mark { platform, start: at, end: found.end });
                }
            }
            at = found.end;
        }
        marks
    }

    fn without_platforms(&self, folded: &str) -> String {
        let marks = self.scan_platforms(&Folded::new(folded, |_| false));
        let inside = |at: usize| marks.iter().any(|mark| (mark.start..mark.end).contains(&at));
        folded.chars().enumerate().filter(|&(at, _)| !inside(at)).map(|(_, c)| c).collect()
    }

    /// What a heading that reads `text` says.
    pub(super) fn title(&self, text: &str) -> Title {
        let folded = Folded::new(text, |_| false);
        let mut roles: Vec<Role> = Vec::new();
        let mut at = 0;
        while at < folded.chars.len() {
            deadline::step();
            let Some(found) = self.titles.longest(&folded.chars, at) else {
                at += 1;
                continue;
            };
            roles.extend(
                found.words.iter().filter_map(|word| if let Word::Role(role) = word { Some(role) } else { None }),
            );
            at = found.end;
        }
        let has = |role: Role| roles.contains(&role);
        let whole = folded.low();
        Title {
            platforms: self.platforms_in(&folded),
            permissions: has(Role::PermissionNoun) || has(Role::TitlePermissions) || self.has_compound(&whole),
            sdk: has(Role::TitleSdk) || whole.contains("sdk"),
            negated: has(Role::TitleNotInForce) || self.not_requested.is_in(&whole),
            required: match (has(Role::Required), has(Role::Optional)) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            },
        }
    }

    /// True when a word of `folded` ends with a noun for permission, as German words do: Geräteberechtigungen.
    fn has_compound(&self, folded: &str) -> bool {
        folded.split(|c: char| !c.is_alphanumeric()).any(|word| {
            self.nouns.iter().any(|noun| noun.len() >= COMPOUND && word.len() > noun.len() && word.ends_with(*noun))
        })
    }

    /// True for a sentence in lower case that says that something follows.
    pub(super) fn announces(&self, sentence: &str) -> bool {
        sentence.ends_with([':', '：']) || self.announcing.is_in(sentence)
    }

    /// True for a short line that is a title of permissions and nothing else: `[필수적 접근권한]`.
    pub(super) fn is_subtitle(&self, sentence: &str) -> bool {
        sentence.chars().count() <= SHORT_HEADER && self.is_permission_noun_at_end(sentence)
    }

    /// True for a sentence in comparable form that only says what holds under a condition.
    pub(super) fn is_conditional(&self, sentence: &str) -> bool {
        begins_with(sentence, self.conditions)
    }

    /// True for a sentence in lower case that says that the reader may do what follows: "You can at any time:".
    pub(super) fn lets_reader_act(&self, sentence: &str) -> bool {
        let sentence = sentence.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：' | '*'));
        self.user_acts.iter().any(|end| {
            let before = sentence.strip_suffix(end).and_then(|before| before.chars().next_back());
            sentence.ends_with(end) && before.is_none_or(|c| !c.is_alphanumeric() || is_dense(c))
        })
    }

    /// True when `text`, in parentheses behind the name of a permission, says what that is for: "to scan codes". What
    /// speaks of a platform's version says when the name holds.
    pub(super) fn is_purpose_remark(&self, text: &str) -> bool {
        let folded = fold(text);
        folded.chars().count() >= REMARK && self.platforms(text).is_empty() && begins_with(&folded, self.remark_starts)
    }

    /// True when the last word of `text` is one for permission (相机权限, Camera permission), or the first one is, in
    /// languages that put it there (permiso de cámara).
    pub(super) fn is_permission_noun_at_end(&self, text: &str) -> bool {
        self.nouns.end(text, trim) || self.begins_with_noun(text)
    }

    /// True when the first word of `text` is one for permission, in languages that put it there.
    pub(super) fn begins_with_noun(&self, text: &str) -> bool {
        let first = text.chars().find(|c| c.is_alphanumeric());
        let begins = |c: char| self.leading_nouns.iter().any(|noun| noun.starts_with(c.to_ascii_lowercase()));
        if first.is_none_or(|c| (c.is_ascii() || is_dense(c)) && !begins(c)) {
            return false;
        }
        let start = text.char_indices().nth(LEADING_NOUN).map_or(text, |(at, _)| text.split_at(at).0);
        begins_with(trim(&fold(start)), self.leading_nouns)
    }

    /// False when no word for permission ends with `c`.
    pub(super) fn may_end_noun(&self, c: char) -> bool {
        self.nouns.may_end(c)
    }

    /// True for what begins a sentence before its first comma and is no name: "For spoken notes, …".
    pub(super) fn is_clause(&self, text: &str) -> bool {
        begins_with(&fold(text), self.clause_starts)
    }

    /// True when `text` begins or ends with a noun for access (Camera access, Zugriff auf Kontakte).
    pub(super) fn is_access(&self, text: &str) -> bool {
        let folded = fold(text);
        let folded = trim(&folded);
        let ends = |noun: &&str| {
            let before = folded.strip_suffix(*noun);
            before.is_some_and(|before| noun.chars().any(is_dense) || !before.ends_with(char::is_alphanumeric))
        };
        self.access.iter().any(ends) || begins_with(folded, self.access)
    }

    /// True when `text` is a word for permission and nothing else.
    pub(super) fn is_permission_noun(&self, text: &str) -> bool {
        let folded = fold(text);
        self.nouns.iter().any(|noun| *noun == trim(&folded))
    }

    /// True when `text` begins by saying that the permission is not used.
    pub(super) fn begins_with_denial(&self, text: &str) -> bool {
        let folded = fold(text);
        let first = folded.split(['。', '；', ';', '，', ',', '—', '–']).next().unwrap_or_default();
        let first = first.split(". ").next().unwrap_or_default().trim_matches([' ', '.', '(', ')', '*', ':']);
        self.denials.contains(&first)
            || begins_with(first, self.denial_starts)
            || (self.not_used.is_in(first) && !self.partly.is_in(first))
            || self.not_yet.is_in(&folded)
    }

    /// True when the first clause of `text` denies with whatever word: "was removed", "is never used".
    pub(super) fn clause_denies(&self, text: &str) -> bool {
        let clause = text.split(['。', '；', ';', '，', ',', '—', '–', '\n']).next().unwrap_or_default();
        let clause = clause.split(". ").next().unwrap_or_default();
        self.denying.is_in(&Folded::new(clause, |_| false).chars) || self.denies(clause)
    }

    /// True when a title denies with whatever word of a script with spaces between words: "Permissions never used".
    pub(super) fn title_denies(&self, text: &str) -> bool {
        let chars = Folded::new(text, |_| false).chars;
        (0..chars.len())
            .any(|at| chars.get(at).is_some_and(|c| !is_dense(c.low)) && self.denying.longest(&chars, at).is_some())
    }

    /// What a cell of a column says about being required: a word, yes or no, or a mark. `optional`: it is a column of
    /// what is optional.
    pub(super) fn required(&self, text: &str, optional: bool) -> Option<bool> {
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
    pub(super) fn labels(&self, text: &str) -> Vec<Label> {
        let mut labels = Vec::new();
        let mut behind = 0;
        for (colon, mark) in text.match_indices([':', '：']) {
            deadline::step();
            let end = colon + mark.len();
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

    /// True when `text` holds a platform and nothing else but words that change nothing (端, 系统, 版, 用户).
    pub(super) fn is_platform_alone(&self, text: &str) -> bool {
        let folded = fold(text);
        let rest = self.without_platforms(&folded);
        let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
        rest.is_empty() || self.platform_fillers.contains(&rest)
    }

    /// Bytes of the word for permission at the start of `text`.
    pub(super) fn noun_at_start(&self, text: &str) -> Option<usize> {
        self.nouns.iter().find(|noun| text.starts_with(**noun)).map(|noun| noun.len())
    }

    /// `text` without the marks and words at its start that join the names before and behind them.
    pub(super) fn without_joiners<'t>(&self, text: &'t str) -> &'t str {
        let bare = |text: &'t str| text.trim_start_matches(['、', '/', '，', ' ']);
        let mut rest = bare(text);
        while let Some(behind) = self.joiners.iter().find_map(|joiner| rest.strip_prefix(*joiner)) {
            rest = bare(behind);
        }
        rest
    }

    /// `text` without the particles at its start that tie it to the word before.
    pub(super) fn without_particles<'t>(&self, text: &'t str) -> &'t str {
        let mut rest = text;
        while let Some(behind) = self.particles.iter().find_map(|particle| rest.strip_prefix(*particle)) {
            rest = behind.trim_start_matches(['*', ' ']);
        }
        rest
    }

    /// True when `text` speaks of third parties or their software.
    pub(super) fn is_third_party(&self, text: &str) -> bool {
        let folded = fold(text);
        folded.contains("sdk") || self.third_parties.iter().any(|word| folded.contains(*word))
    }

    /// True when `text` begins as what says what something is for: 用于…, 以便….
    pub(super) fn begins_with_purpose(&self, text: &str) -> bool {
        self.purpose_starts.begin(text)
    }

    /// True when `text`, behind the word for permission, is still part of a name or of a clause about one: 权限管理.
    pub(super) fn goes_on_as_name(&self, text: &str) -> bool {
        self.noun_tails.iter().any(|start| text.starts_with(*start))
    }

    /// True when a clause of `text` speaks of data and permissions in one: 信息及权限.
    pub(super) fn mixes_data(&self, text: &str) -> bool {
        let folded = fold(text);
        folded.split([',', '，']).any(|clause| {
            self.nouns.iter().any(|noun| clause.contains(*noun))
                && self.data_words.iter().any(|word| clause.contains(*word))
        })
    }

    /// True when `text` ends like the title of a section of permissions.
    pub(super) fn ends_as_title(&self, text: &str) -> bool {
        let folded = fold(text);
        self.title_ends.iter().any(|end| folded.ends_with(*end))
    }

    /// True when `text` speaks of permission or of granting it.
    pub(super) fn mentions_permission(&self, text: &str) -> bool {
        self.granting.is_in(&fold(text))
    }

    /// True when `text` says that permissions are not requested.
    pub(super) fn denies(&self, text: &str) -> bool {
        let folded = fold(text);
        self.not_requested.is_in(&folded) && !self.partly.is_in(&folded)
    }

    /// True when a cell that reads `text` says, and only says, that the permission is not used.
    pub(super) fn is_denial(&self, text: &str) -> bool {
        if text.len() > SHORT_CELL {
            return false;
        }
        let folded = fold(text);
        let folded = folded.trim_matches(['.', '。', ' ', '(', ')']);
        self.denials.contains(&folded)
    }

    /// True for a cell that holds nothing: blank, or a placeholder such as `/` or `无`.
    pub(super) fn is_empty(&self, text: &str) -> bool {
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

/// A platform found in a text.
struct Mark {
    platform: Platform,
    start: usize,
    end: usize,
}

/// Bytes of a cell that may hold a placeholder and nothing else.
const PLACEHOLDER: usize = 24;

/// Bytes of a cell that may hold a denial or a word of headers and nothing else.
const SHORT_CELL: usize = 64;

/// Code points at the start of a text in which a noun for permission is looked for. The longest has 19.
const LEADING_NOUN: usize = 48;

/// Code points that may stand between a label and its colon.
const LABEL_SLACK: usize = 4;

/// Bytes of a noun for permission that may be the end of a longer word.
const COMPOUND: usize = 10;

/// Code points of a remark in parentheses that says what a permission is for.
const REMARK: usize = 8;

/// Code points of a header cell that is looked at as a whole.
const SHORT_HEADER: usize = 24;

/// True for what joins a part of an identifier to the parts before it: `com.example.android`.
fn joined_to(c: Option<&super::fold::Char>) -> bool {
    c.is_some_and(|c| matches!(c.raw, '.' | '_'))
}

/// `Android ID`, `Apple Music`: a platform's name that names no platform.
pub(super) fn names_an_identifier(rest: &[super::fold::Char]) -> bool {
    let after: String = rest.iter().map(|c| c.low).take(7).collect();
    let after = after.trim_start();
    ["id", "music", "pay", "tv"].iter().any(|word| {
        after.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() && !is_dense(c)))
    })
}

/// True when `folded` is one of `words` or begins with one as a whole word.
fn begins_with(folded: &str, words: Words) -> bool {
    words.iter().any(|word| {
        let rest = folded.strip_prefix(*word);
        let dense = word.chars().next_back().is_some_and(is_dense);
        rest.is_some_and(|rest| dense || !rest.starts_with(char::is_alphanumeric))
    })
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ':' | '*'
                    | '?'
                    | '/'
                    | '.'
                    | '、'
                    | ')'
                    | '_'
                    | '`'
                    | '['
                    | ']'
                    | '【'
                    | '】'
                    | '〈'
                    | '〉'
                    | '<'
                    | '>'
                    | '■'
                    | '▶'
            )
    })
}

fn ending_of(text: &str, chars: usize) -> String {
    let count = text.chars().count();
    text.chars().skip(count.saturating_sub(chars)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_cells_by_word_platform_and_ending() {
        let headers = Headers::new();
        let role = |text: &str| headers.cell(text).map(|cell| (cell.role, cell.platforms, cell.weak));
        let name = |platforms: &[Platform], weak| Some((Role::HeaderName, platforms.to_vec(), weak));
        assert_eq!(role("Permission"), name(&[], false));
        assert_eq!(role(" **权限名称** "), name(&[], false));
        assert_eq!(role("Permission Name (in the PLIST File)"), name(&[Platform::Ios], false));
        assert_eq!(role("Android Permission"), name(&[Platform::Android], false));
        assert_eq!(role("iOS权限"), name(&[Platform::Ios], false));
        assert_eq!(role("Android"), name(&[Platform::Android], true));
        assert_eq!(role("名称"), name(&[], true));
        assert_eq!(role("我们会向系统申请您的以下设备权限，请您仔细阅读并了解。设备权限"), name(&[], false));
        assert_eq!(role("是否可以关闭权限").map(|r| r.0), Some(Role::HeaderRevocable));
        assert_eq!(role("是否可以收回权限"), None);
        assert_eq!(role("Applicable Scenario or Purpose").map(|r| r.0), Some(Role::HeaderPurpose));
        assert_eq!(role("Android ID"), None);
        assert_eq!(role("Something else"), None);
    }

    #[test]
    fn titles_tell_platform_subject_and_denial() {
        let headers = Headers::new();
        let title = headers.title("Android/HarmonyOS Permissions");
        assert_eq!(title.platforms, [Platform::Android, Platform::HarmonyOs]);
        assert!(title.permissions && !title.negated && !title.sdk);
        assert!(headers.title("Permissions we do not request").negated);
        assert!(headers.title("3.2 第三方SDK目录").sdk);
        assert_eq!(headers.title("安卓端设备权限").platforms, [Platform::Android]);
        assert_eq!(headers.title("Your Android ID"), Title::default());
    }

    #[test]
    fn placeholders_are_empty_cells() {
        let headers = Headers::new();
        for text in ["", " ", "/", "无", "—", "N/A", "--", "无。", "none", "…"] {
            assert!(headers.is_empty(text), "{text}");
        }
        for text in ["无线", "no", "a/b"] {
            assert!(!headers.is_empty(text), "{text}");
        }
    }

    #[test]
    fn phrases_are_sorted_once_each_and_of_a_known_role() {
        let lines: Vec<&str> = include_str!("phrases.tsv").lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        let roles = [
            "access-noun",
            "announce",
            "clause-start",
            "condition",
            "data-header",
            "data-word",
            "denial-cell",
            "denial-start",
            "empty-cell",
            "granting",
            "joiner",
            "leading-noun",
            "no",
            "not-a-name",
            "not-requested",
            "not-used",
            "not-yet",
            "noun-tail",
            "particle",
            "partly",
            "platform-filler",
            "purpose-hint",
            "purpose-start",
            "remark-start",
            "third-party",
            "title-end",
            "user-acts",
            "weak-name",
            "yes",
        ];
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(matches!(fields[..], [role, _, text] if roles.contains(&role) && !text.is_empty()), "{line}");
        }
    }
}
