//! What a header cell, a heading and a short cell are, by the words of the book.

mod cells;
mod nouns;
pub(super) mod phrases;
mod titles;

use super::fold::{Folded, fold};
use super::lexicon::{Lexicon, is_dense};
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::Role;
pub(super) use cells::is_header_word;
use phrases::{Endings, Phrases};
pub(super) use titles::names_an_identifier;

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

/// Knows the words of headers and titles.
pub(super) struct Headers {
    weak: Words,
    not_a_name: Words,
    not_requested: Phrases,
    /// Denies only that all of what follows is requested.
    partly: Phrases,
    /// Sorted.
    denials: Vec<&'static str>,
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
        let mut denials = phrases("denial-cell").to_vec();
        denials.sort_unstable();
        let longest = built::HEADER_WORDS.iter().map(|(word, _)| word.chars().count()).max().unwrap_or_default();
        Headers {
            weak: phrases("weak-name"),
            not_a_name: phrases("not-a-name"),
            not_requested: some("not-requested"),
            partly: some("partly"),
            denials,
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

    /// True when `text` begins by saying that the permission is not used.
    pub(super) fn begins_with_denial(&self, text: &str) -> bool {
        let folded = fold(text);
        let first = folded.split(['。', '；', ';', '，', ',', '—', '–']).next().unwrap_or_default();
        let first = first.split(". ").next().unwrap_or_default().trim_matches([' ', '.', '(', ')', '*', ':']);
        self.denials.binary_search(&first).is_ok()
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

    /// True for what begins a sentence before its first comma and is no name: "For spoken notes, …".
    pub(super) fn is_clause(&self, text: &str) -> bool {
        begins_with(&fold(text), self.clause_starts)
    }

    /// True when `text` says that permissions are not requested.
    pub(super) fn denies(&self, text: &str) -> bool {
        let folded = fold(text);
        self.not_requested.is_in(&folded) && !self.partly.is_in(&folded)
    }
}

/// Code points of a remark in parentheses that says what a permission is for.
const REMARK: usize = 8;

/// Code points of a header cell that is looked at as a whole.
const SHORT_HEADER: usize = 24;

/// True when `folded` is one of `words` or begins with one as a whole word.
fn begins_with(folded: &str, words: Words) -> bool {
    let first = folded.as_bytes().first();
    words.iter().filter(|word| word.as_bytes().first() == first).any(|word| {
        let dense = || word.ends_with(is_dense);
        folded.strip_prefix(*word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) || dense())
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
