//! Running text to words: the names of permissions in it, and the words that tell what a sentence says of them.

use std::sync::LazyLock;

use super::super::fold::Char;
use super::super::header::names_an_identifier;
use super::super::lexicon::{Lexicon, Word, Words};
use super::super::names::{ident, is_constant, is_ident};
use crate::deadline;
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::{Role, Sense};

macro_rules! cues {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// What a word tells of the sentence it stands in. The head of `cues.tsv` says more.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::statement) enum Cue { $($(#[$doc])* $variant),* }

        impl Cue {
            /// Every cue with the name of its role in the data file.
            #[cfg(test)]
            const ALL: &[(&'static str, Cue)] = &[$(($name, Cue::$variant)),*];
        }
    };
}

cues! {
    Abbreviation "abbreviation"
    Access "access"
    After "after"
    Ahead "ahead"
    Ask "ask"
    Before "before"
    Bound "bound"
    Collect "collect"
    Definition "definition"
    Enable "enable"
    End "end"
    Faint "faint"
    Future "future"
    Given "given"
    Ip "ip"
    Link "link"
    Negation "negation"
    Neutral "neutral"
    Nominal "nominal"
    Noun "noun"
    Other "other"
    Own "own"
    Owned "owned"
    Post "post"
    PostAccess "post-access"
    Precise "precise"
    Reach "reach"
    Refusal "refusal"
    Resume "resume"
    Sdk "sdk"
    Send "send"
    Such "such"
    Ui "ui"
    Use "use"
    Void "void"
    Weak "weak"
    When "when"
    Whose "whose"
    You "you"
}

/// The cues that one word is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cues(u64);

impl Cues {
    pub(super) const fn of(cues: &[Cue]) -> Cues {
        let mut all = 0;
        let mut rest = cues;
        while let [cue, more @ ..] = rest {
            all |= 1 << *cue as u64;
            rest = more;
        }
        Cues(all)
    }

    pub(super) fn has(self, cue: Cue) -> bool {
        self.meets(Cues::of(&[cue]))
    }

    /// True when it has any of `others`.
    pub(super) fn meets(self, others: Cues) -> bool {
        self.0 & others.0 != 0
    }

    pub(super) fn and(self, others: Cues) -> Cues {
        Cues(self.0 & others.0)
    }

    pub(super) fn or(self, others: Cues) -> Cues {
        Cues(self.0 | others.0)
    }

    fn add(&mut self, cue: Cue) {
        self.0 |= Cues::of(&[cue]).0;
    }
}

/// A punctuation mark that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Parts the members of a list, or clauses.
    Comma,
    /// Parts clauses.
    Semicolon,
    Colon,
    Open,
    Close,
    Quote,
    /// Leads from one menu to the next.
    Arrow,
    /// Ends a sentence.
    Stop,
    /// Ends a sentence that says nothing.
    Question,
    /// Anything else, and the end of a line.
    Other,
}

/// What a word is beside its cues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A human name.
    Name(Sense),
    /// Something in the shape of a constant or key.
    Constant,
    Platform(Platform),
    /// Stands between several names.
    Separator,
    Mark(Mark),
    Word,
}

/// A word, by its characters in the folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What,
    pub(super) cues: Cues,
    /// Of a script in which a verb at the head of a sentence is an order.
    pub(super) orders: bool,
}

/// The words of sentences, and the names that only running text has.
pub(super) fn lexicon() -> &'static Lexicon {
    // Once for all statements of a run.
    static CUES: LazyLock<Lexicon> = LazyLock::new(Lexicon::cues);
    &CUES
}

/// The words of `chars`, in order.
pub(super) fn tokens(chars: &[Char], names: Words<'_>, cues: &Lexicon) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        deadline::step();
        if c.low == ' ' {
            at += 1;
            continue;
        }
        if possessive(chars, at)
            && let Some(last) = tokens.last_mut().filter(|last| last.end == at && last.what == What::Word)
        {
            // "On your device's …": whoever it is, what follows belongs to them.
            *last = Token { end: at + 2, cues: Cues::of(&[Cue::Before, Cue::Whose]), ..*last };
            at += 2;
            continue;
        }
        let token = if c.raw.is_alphanumeric() || c.raw == '_' {
            word(chars, at, names, cues)
        } else {
            let mark = mark(chars, at, tokens.last());
            Token { start: at, end: at + 1, what: What::Mark(mark), cues: Cues::default(), orders: false }
        };
        at = token.end.max(at + 1);
        tokens.push(token);
    }
    tokens
}

/// True for `'s` at the end of a word.
fn possessive(chars: &[Char], at: usize) -> bool {
    let raw = |at: usize| chars.get(at).map(|c| c.raw);
    raw(at) == Some('\'') && matches!(raw(at + 1), Some('s' | 'S')) && !raw(at + 2).is_some_and(is_ident)
}

fn mark(chars: &[Char], at: usize, before: Option<&Token>) -> Mark {
    let raw = |at: usize| chars.get(at).map_or(' ', |c| c.raw);
    match raw(at) {
        ',' | '、' | '·' | '・' | '/' | '&' | '+' | '|' => Mark::Comma,
        ';' => Mark::Semicolon,
        ':' => Mark::Colon,
        '(' | '[' | '【' | '「' => Mark::Open,
        ')' | ']' | '】' | '」' => Mark::Close,
        '"' | '\'' | '“' | '”' | '«' | '『' | '』' | '《' | '》' | '<' => Mark::Quote,
        '>' | '›' | '→' | '»' => Mark::Arrow,
        '。' | '!' | '…' => Mark::Stop,
        '?' => Mark::Question,
        // A full stop, and not one inside a word, a number or behind an abbreviation.
        '.' if raw(at + 1).is_whitespace() && !before.is_some_and(|t| t.cues.has(Cue::Abbreviation)) => Mark::Stop,
        _ => Mark::Other,
    }
}

fn word(chars: &[Char], start: usize, names: Words<'_>, cues: &Lexicon) -> Token {
    if let Some(end) = constant(chars, start) {
        return Token { start, end, what: What::Constant, cues: Cues::default(), orders: false };
    }
    let cue = cues.longest(chars, start);
    let name = names.longest(chars, start).filter(|found| found.words.iter().any(|word| matters(&word)));
    let end = cue.map_or(0, |found| found.end).max(name.map_or(0, |found| found.end));
    if end == 0 {
        let end = if chars.get(start).is_some_and(|c| is_ident(c.raw)) { run(chars, start) } else { start + 1 };
        return Token { start, end, what: What::Word, cues: Cues::default(), orders: false };
    }
    let orders = chars.get(start).is_some_and(|c| is_ident(c.raw));
    let mut token = Token { start, end, what: What::Word, cues: Cues::default(), orders };
    if let Some(found) = cue.filter(|found| found.end == end) {
        for word in found.words.iter() {
            match word {
                Word::Cue(cue) => token.cues.add(cue),
                Word::Name(sense, _) => token.what = What::Name(sense),
                _ => {}
            }
        }
    }
    if token.cues.meets(OVERRULE) {
        token.what = What::Word;
        return token;
    }
    if matches!(token.what, What::Name(_)) {
        inside(chars, &mut token, cues);
    }
    if let Some(found) = name.filter(|found| found.end == end) {
        if token.what == What::Word {
            token.what = found.words.iter().find_map(|word| what(&word)).unwrap_or(What::Word);
        }
        if matches!(token.what, What::Platform(_)) && chars.get(end..).is_some_and(names_an_identifier) {
            token.what = What::Word;
        }
        if found.words.iter().any(|word| word == Word::Role(Role::PermissionNoun)) {
            token.cues.add(Cue::Noun);
        }
        inside(chars, &mut token, cues);
    }
    token
}

/// Adds to a name what its own words tell: "access precise location", "access to the camera", 获取通讯录 begin with their
/// evidence, "read your contacts" says whose they are, and "storage permissions" and "camera access" end with the word
/// for permission or access.
fn inside(chars: &[Char], token: &mut Token, cues: &Lexicon) {
    let own_chars = chars.get(..token.end).unwrap_or(chars);
    let found = |at: usize| cues.longest(own_chars, at);
    let mut own = Cues::default();
    for at in token.start..token.end {
        deadline::step();
        let Some(found) = found(at) else { continue };
        for word in found.words.iter() {
            match word {
                Word::Cue(cue @ (Cue::Collect | Cue::Access | Cue::Nominal))
                    if at == token.start && found.end < token.end =>
                {
                    own.add(cue);
                }
                Word::Cue(cue @ Cue::Whose) if found.end < token.end => own.add(cue),
                Word::Cue(cue @ (Cue::Noun | Cue::Reach)) if at > token.start && found.end == token.end => own.add(cue),
                _ => {}
            }
        }
    }
    token.cues.0 |= own.0;
}

/// Cues beside which a word is no name.
const OVERRULE: Cues = Cues::of(&[Cue::Void, Cue::Neutral]);

fn matters(word: &Word) -> bool {
    matches!(word, Word::Role(Role::PermissionNoun)) || what(word).is_some()
}

fn what(word: &Word) -> Option<What> {
    match *word {
        Word::Name(sense, _) => Some(What::Name(sense)),
        Word::Platform(platform) => Some(What::Platform(platform)),
        Word::Role(Role::Separator) => Some(What::Separator),
        _ => None,
    }
}

/// The end of the run of letters, digits and underscores at `start`.
fn run(chars: &[Char], start: usize) -> usize {
    let rest = chars.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|c| is_ident(c.raw)).count().max(1)
}

/// The end of the constant or key at `start`, if there is one.
fn constant(chars: &[Char], start: usize) -> Option<usize> {
    let rest = chars.get(start..)?;
    let before = start.checked_sub(1).and_then(|at| chars.get(at)).map(|c| c.raw);
    if before.is_some_and(|c| is_ident(c) || matches!(c, '.' | '/' | '@' | '-')) || !is_ident(rest.first()?.raw) {
        return None;
    }
    let end = run(chars, start);
    let word = chars.get(start..end)?;
    let goes_on = chars.get(end).is_some_and(|c| c.raw == '.') && chars.get(end + 1).is_some_and(|c| is_ident(c.raw));
    let odd = goes_on || word.len() > KEY_CHARS || word.iter().any(|c| c.raw == '_');
    if !odd {
        return None;
    }
    let (end, word) = ident(chars, start);
    is_constant(&word).then_some(end)
}

/// Code points of the shortest ending of keys, `UsageDescription`.
const KEY_CHARS: usize = 15;

#[cfg(test)]
mod tests {
    use super::super::super::lexicon::comparable;
    use super::*;

    const LINES: &str = include_str!("cues.tsv");
    /// What stands before the sense in the role of a name that only running text has.
    const NAME: &str = "name/";

    #[test]
    fn the_words_are_sorted_once_each_in_comparable_form_and_of_a_known_role() {
        assert!(Cue::ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let lines: Vec<&str> = LINES.lines().filter(|line| !line.starts_with('#')).collect();
        let fields: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').collect()).collect();
        assert!(fields.windows(2).all(|pair| pair[0][..2] < pair[1][..2]));
        for (fields, line) in fields.iter().zip(&lines) {
            let [words, role, languages] = fields[..] else { panic!("{line}") };
            assert_eq!(comparable(words), words);
            assert!(!languages.is_empty(), "{line}");
            let known = match role.strip_prefix(NAME) {
                Some(sense) => Sense::named(sense).is_some_and(|known| known.id() == sense),
                None => Cue::ALL.iter().any(|(name, _)| *name == role),
            };
            assert!(known, "{line}");
        }
    }
}
