//! A name cell to tokens: words of the lexicon, constants and keys, and what is unknown.

use super::super::block::{Flow, Style};
use super::super::fold::{self, Char, Folded};
use super::super::lexicon::{Found, Meanings, Word, is_dense};
use super::{Kind, Names, Token, shorts};
use crate::deadline;
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::{Role, Sense};

impl Names<'_> {
    /// A word in small letters that is set as code (`storage`) is an identifier, of a browser's extension or a script,
    /// and names what it would name in running text only where it is a constant written small.
    pub(super) fn identifiers(&self, flow: &Flow, chars: &[Char], tokens: &mut [Token]) {
        if flow.styled(Style::Code).is_empty() {
            return;
        }
        for token in tokens {
            let (Kind::Name(_), Some(first)) = (&token.kind, chars.get(token.start)) else { continue };
            let written: String = chars.iter().take(token.end).skip(token.start).map(|c| c.raw).collect();
            let small = written.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if !small || !flow.is_styled(Style::Code, first.span.start) {
                continue;
            }
            let capitals = written.to_ascii_uppercase();
            token.kind = if self.is_main(&capitals) { Kind::Constant(capitals) } else { Kind::Other };
        }
    }

    pub(super) fn tokens<'l>(&'l self, chars: &[Char]) -> Vec<Token<'l>> {
        let lexicon = self.lexicon();
        let mut tokens = Vec::new();
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            deadline::step();
            let start = at;
            let before = at.checked_sub(1).and_then(|at| chars.get(at)).map(|c| c.raw);
            let kind = match c.raw {
                '(' | '{' | '[' | '*' if let Some((end, kind)) = self.short(chars, at) => {
                    at = end;
                    Some(kind)
                }
                '(' => {
                    depth += 1;
                    at += 1;
                    continue;
                }
                ')' => {
                    depth = depth.saturating_sub(1);
                    at += 1;
                    continue;
                }
                ':' => {
                    at += 1;
                    Some(Kind::Colon)
                }
                '\n' => {
                    at += 1;
                    Some(Kind::Separator)
                }
                raw if is_ident(raw) && !before.is_some_and(is_ident) => {
                    let (end, word) = ident(chars, at);
                    let (end, kind) = self.unusual(chars, at, end, &word).unwrap_or_else(|| {
                        let found = lexicon.longest(chars, at);
                        self.word(word, end, found)
                    });
                    at = end;
                    Some(kind)
                }
                ' ' => {
                    at += 1;
                    // Between two names of a script without spaces a space parts them.
                    let dense = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| is_dense(c.raw));
                    (dense(start.checked_sub(1)) && dense(Some(at))).then_some(Kind::Separator)
                }
                raw => {
                    let found = lexicon.longest(chars, at);
                    at = found.map_or(at + 1, |found| found.end);
                    found.map_or_else(|| raw.is_alphabetic().then_some(Kind::Other), |found| kind_of(found.words))
                }
            };
            tokens.extend(kind.map(|kind| Token { kind, start, end: at, inside: depth > 0 }));
        }
        self.lengthen(chars, &mut tokens);
        tokens
    }

    /// What `word` from `start` to `end` begins when it is no plain constant: one that is cut, or several in short.
    #[inline]
    fn unusual<'l>(&self, chars: &[Char], start: usize, end: usize, word: &str) -> Option<(usize, Kind<'l>)> {
        match chars.get(end).map(|c| c.raw) {
            Some(' ' | '-' | '\n') if word.contains('_') => self.broken(chars, end, word),
            Some(next) if shorts::opens(next) => self.short(chars, start),
            _ if shorts::ends_in_place(word) => self.short(chars, start),
            _ => None,
        }
    }

    /// Finds what is meant by the parts of constants beside a constant: `READ/WRITE_CONTACTS`,
    /// `READ_MEDIA_IMAGES / _VIDEO`. Only what makes a real name of Android with its neighbour is one.
    fn lengthen(&self, chars: &[Char], tokens: &mut [Token]) {
        if tokens.len() < 2 {
            return;
        }
        let written =
            |token: &Token| -> String { chars.iter().take(token.end).skip(token.start).map(|c| c.raw).collect() };
        let slash = |token: &Token| {
            matches!(token.kind, Kind::Separator) && chars.get(token.start).is_some_and(|c| matches!(c.raw, '/' | '|'))
        };
        let words: Vec<(usize, String)> = tokens
            .iter()
            .enumerate()
            .map(|(at, token)| (at, written(token)))
            .filter(|(_, word)| is_part(word))
            .collect();
        if !words.iter().any(|(_, word)| word.contains('_')) {
            return;
        }
        for pair in words.windows(2) {
            deadline::step();
            let [(left, a), (right, b)] = pair else { continue };
            let between = tokens.get(left + 1..*right).unwrap_or_default();
            let parted = between.iter().all(|token| matches!(token.kind, Kind::Separator));
            let marked = b.starts_with('_') && parted;
            // "READ and WRITE_CONTACTS": the verb alone is no name, whatever parts it from the other.
            let verb = tokens.get(*left).is_some_and(|token| matches!(token.kind, Kind::Narrow(_))) && parted;
            let slashed = between.len() == 1 && between.iter().all(slash);
            if !(marked || verb || slashed) {
                continue;
            }
            let (own_a, own_b) = (self.is_own(a), self.is_own(b));
            let (at, full) = match (own_a, own_b) {
                (true, false) if marked || slashed => {
                    (*right, self.with_start_of(a, b).or_else(|| self.with_part_inside(a, b)))
                }
                (false, true) => (*left, self.with_end_of(b, a)),
                _ => continue,
            };
            if let (Some(full), Some(token)) = (full, tokens.get_mut(at)) {
                token.kind = Kind::Shortened(full);
            }
        }
        // A list of parts: each is read beside the constant that begins or ends it.
        self.lengthen_rest(&words, tokens, slash);
        self.lengthen_across(&words, tokens, slash);
    }

    /// Lists of parts of which neither end is whole: `ACCESS_FINE/COARSE_LOCATION`, `SEND/READ/RECEIVE_SMS`. The first
    /// begins like all of them and the last ends so; each must be a real name then, in one way alone.
    fn lengthen_across(&self, words: &[(usize, String)], tokens: &mut [Token], slash: impl Fn(&Token) -> bool) {
        let joined = |(left, _): &(usize, String), (right, _): &(usize, String)| {
            tokens.get(left + 1..*right).is_some_and(|between| between.len() == 1 && between.iter().all(&slash))
        };
        let whole = |(at, word): &(usize, String)| {
            self.is_own(word) || tokens.get(*at).is_some_and(|token| matches!(token.kind, Kind::Shortened(_)))
        };
        let runs: Vec<_> = words
            .chunk_by(joined)
            .filter(|run| (2..=RUN).contains(&run.len()) && !run.iter().all(whole))
            .filter_map(|run| Some((run, self.across(run)?)))
            .collect();
        for (run, names) in runs {
            for ((at, word), full) in run.iter().zip(names) {
                deadline::step();
                if !self.is_own(word)
                    && let Some(token) = tokens.get_mut(*at)
                {
                    token.kind = Kind::Shortened(full);
                }
            }
        }
    }

    /// The real names that the parts of `run` stand for.
    fn across(&self, run: &[(usize, String)]) -> Option<Vec<String>> {
        let parts: Vec<&str> = run.iter().map(|(_, word)| bare(word)).collect();
        if parts.iter().any(|part| part.len() > NAME_BYTES) {
            return None;
        }
        let (first, last) = (*parts.first()?, *parts.last()?);
        let begins = std::iter::once("").chain(first.match_indices('_').filter_map(|(at, _)| first.get(..=at)));
        let mut found: Option<Vec<String>> = None;
        for begin in begins {
            let ends = last.match_indices('_').filter_map(|(at, _)| last.get(at..));
            for end in ends.chain(std::iter::once("")) {
                deadline::step();
                let full = |(at, part): (usize, &&str)| {
                    let begin = if at == 0 || part.starts_with(begin) { "" } else { begin };
                    let end = if at + 1 == parts.len() || part.ends_with(end) { "" } else { end };
                    let full = format!("{begin}{}{end}", part.trim_matches('_'));
                    self.is_ordinary(&full).then_some(full)
                };
                let Some(names) = parts.iter().enumerate().map(full).collect::<Option<Vec<String>>>() else { continue };
                if found.as_ref().is_some_and(|found| *found != names) {
                    return None;
                }
                found = Some(names);
            }
        }
        found
    }

    /// True for `android.permission.BARE` that an ordinary app can ask for.
    fn is_ordinary(&self, bare: &str) -> bool {
        self.is_main(bare) && matches!(self.book.bare(Platform::Android, bare).as_slice(), [fact] if fact.ordinary)
    }

    /// A constant that a line break, a hyphen or a space cuts in two behind `word`, which ends at `end`, and where it
    /// ends. Only what makes a real name is one; `word` has an underscore, and is none by itself.
    fn broken<'k>(&self, chars: &[Char], mut end: usize, word: &str) -> Option<(usize, Kind<'k>)> {
        let raw = |at: usize| chars.get(at).map(|c| c.raw);
        let cut = |at: usize| {
            matches!(raw(at), Some(' ' | '-' | '\n')) && raw(at + 1).is_some_and(|c| c.is_ascii_uppercase() || c == '_')
        };
        if !cut(end) || !bare(word).contains('_') || self.is_own(word) {
            return None;
        }
        let space = word.len() - bare(word).len();
        if !matches!(word.get(..space), Some("" | "android.permission.")) {
            return None;
        }
        let mut full = word.to_owned();
        // Where an underscore is left, only the layout cuts it.
        let mut laid_out = true;
        for _ in 0..BREAKS {
            deadline::step();
            if !cut(end) {
                return None;
            }
            let (next, part) = ident(chars, end + 1);
            if part.contains('.') {
                return None;
            }
            if !full.ends_with('_') && !part.starts_with('_') {
                full.push('_');
                laid_out = false;
            }
            full.push_str(&part);
            end = next;
            if self.is_own(&full) {
                return Some((end, if laid_out { Kind::Constant(full) } else { Kind::Shortened(full) }));
            }
        }
        None
    }

    /// Parts that stand further from their constant than beside it: `BLUETOOTH_SCAN/CONNECT/ADVERTISE`.
    fn lengthen_rest(&self, words: &[(usize, String)], tokens: &mut [Token], slash: impl Fn(&Token) -> bool) {
        let mut whole: Option<(usize, &str)> = None;
        for (at, word) in words {
            deadline::step();
            let between = whole.and_then(|(last, _)| tokens.get(last + 1..*at)).unwrap_or_default();
            let marked = word.starts_with('_') && between.iter().all(|token| matches!(token.kind, Kind::Separator));
            let joined = whole.is_some() && (marked || between.len() == 1 && between.iter().all(&slash));
            let kind = tokens.get(*at).map(|token| &token.kind);
            match kind {
                Some(Kind::Shortened(_)) if joined => whole = whole.map(|(_, constant)| (*at, constant)),
                _ if self.is_own(word) => whole = Some((*at, word)),
                _ if joined => {
                    let full = whole.and_then(|(_, constant)| {
                        self.with_start_of(constant, word).or_else(|| self.with_part_inside(constant, word))
                    });
                    whole = full.is_some().then_some(whole).flatten().map(|(_, constant)| (*at, constant));
                    if let (Some(full), Some(token)) = (full, tokens.get_mut(*at)) {
                        token.kind = Kind::Shortened(full);
                    }
                }
                _ => whole = None,
            }
        }
    }

    /// True for a constant of `android.permission` in full or bare.
    pub(super) fn is_own(&self, word: &str) -> bool {
        self.is_main(word.rsplit('.').next().unwrap_or_default())
    }

    /// The real name that begins like `constant` and ends with `part`: `READ_MEDIA_IMAGES` and `_VIDEO`.
    fn with_start_of(&self, constant: &str, part: &str) -> Option<String> {
        let mut start = constant.rsplit('.').next()?;
        if part.starts_with('_') {
            let full = format!("{start}{part}");
            if self.is_main(&full) {
                return Some(full);
            }
        }
        let part = part.trim_start_matches('_');
        while let Some((before, _)) = start.rsplit_once('_') {
            let full = format!("{before}_{part}");
            if self.is_main(&full) {
                return Some(full);
            }
            start = before;
        }
        None
    }

    /// The real name that begins with `part` and ends like `constant`: `READ` and `WRITE_CONTACTS`.
    fn with_end_of(&self, constant: &str, part: &str) -> Option<String> {
        let part = bare(part).trim_end_matches('_');
        let mut end = constant.rsplit('.').next()?;
        while let Some((_, after)) = end.split_once('_') {
            let full = format!("{part}_{after}");
            if self.is_main(&full) {
                return Some(full);
            }
            end = after;
        }
        None
    }

    /// The one real name that is `constant` with `part` in place of a word of it: `READ_SMS` and `SEND`.
    fn with_part_inside(&self, constant: &str, part: &str) -> Option<String> {
        let words: Vec<&str> = bare(constant).split('_').collect();
        let part = part.trim_matches('_');
        let mut names = (0..words.len()).filter_map(|at| {
            deadline::step();
            let with = words.iter().enumerate().map(|(index, &word)| if index == at { part } else { word });
            let full = with.collect::<Vec<_>>().join("_");
            self.is_ordinary(&full).then_some(full)
        });
        names.next().filter(|_| names.next().is_none())
    }

    /// What the run of letters `word`, which ends at `end`, is.
    fn word<'l>(&'l self, word: String, end: usize, found: Option<Found<'l>>) -> (usize, Kind<'l>) {
        if let Some(shown) = fold::skeleton(&word)
            && (is_constant(&shown) || self.means_something(&shown))
        {
            return (end, Kind::LookAlike(shown));
        }
        if is_constant(&word) {
            return (end, Kind::Constant(word));
        }
        let longer = found.filter(|found| found.end >= end);
        let human = |word: Word| matches!(word, Word::Name(..));
        if is_capitals(&word) {
            // `NFC`, `GPS`: written as people write it, and taken as people mean it.
            let as_spelt = longer.is_some_and(|found| {
                found.end > end
                    || found.words.iter().any(|known| matches!(known, Word::Name(_, spelt) if spelt == word))
            });
            let other = longer.is_some_and(|found| !found.words.iter().any(human));
            if !as_spelt && !other {
                let sense = longer.and_then(|found| kind_of(found.words)).and_then(|kind| kind.sense());
                return (end, Kind::Capitals(word, sense));
            }
        }
        if let Some(found) = longer
            && let Some(kind) = kind_of(found.words)
        {
            return (found.end, kind);
        }
        if self.book.fact(Platform::Ios, &word).is_some() {
            return (end, Kind::Constant(word));
        }
        if is_capitals(&word.to_ascii_uppercase()) && word.is_ascii() && self.is_main(&word.to_ascii_uppercase()) {
            return (end, Kind::Capitals(word.to_ascii_uppercase(), None));
        }
        if let Some(kind) = self.compound(&word) {
            return (end, kind);
        }
        let letters = word.chars().any(char::is_alphabetic);
        (end, if letters { Kind::Other } else { Kind::Fill })
    }

    /// A name and a noun for permission in one word, as German has them: `Kamerazugriff`, `Standortberechtigung`.
    fn compound(&self, word: &str) -> Option<Kind<'_>> {
        let lexicon = self.lexicon();
        let low = fold::fold(word);
        let stem = lexicon.compounds().iter().find_map(|noun| low.strip_suffix(noun.as_str()))?;
        let bare = stem.strip_suffix('s').unwrap_or(stem);
        let endings = ["", "e", "en"];
        let forms = [stem, bare].into_iter().flat_map(|start| endings.map(|ending| format!("{start}{ending}")));
        let kinds = forms.filter_map(|form| kind_of(lexicon.exact(&form)));
        kinds
            .filter(|kind| matches!(kind, Kind::Name(_) | Kind::Fill | Kind::Noun | Kind::Platform(_)))
            .map(|kind| if matches!(kind, Kind::Fill) { Kind::Noun } else { kind })
            .next()
    }

    /// True when `android.permission.BARE` exists.
    pub(super) fn is_main(&self, bare: &str) -> bool {
        self.book.is_main(Platform::Android, bare)
    }

    fn means_something(&self, word: &str) -> bool {
        if self.is_main(&word.to_ascii_uppercase()) {
            return true;
        }
        let folded = Folded::new(word, |_| false);
        let found = self.lexicon().longest(&folded.chars, 0);
        found.is_some_and(|found| {
            found.end == folded.chars.len() && found.words.iter().any(|word| matches!(word, Word::Name(..)))
        })
    }
}

impl Token<'_> {
    pub(super) fn is_name(&self) -> bool {
        self.is_constant() || matches!(self.kind, Kind::Capitals(..) | Kind::Name(_) | Kind::Other)
    }

    pub(super) fn is_constant(&self) -> bool {
        matches!(
            self.kind,
            Kind::Constant(_)
                | Kind::Shortened(_)
                | Kind::Listed(_)
                | Kind::Pattern(..)
                | Kind::Key(_)
                | Kind::LookAlike(_)
        )
    }
}

impl Kind<'_> {
    pub(super) fn sense(&self) -> Option<Sense> {
        match self {
            Kind::Name(sense) | Kind::Capitals(_, Some(sense)) => Some(*sense),
            _ => None,
        }
    }
}

/// The kind of a word of the lexicon; the first that matters where a word is several things.
pub(super) fn kind_of(words: Meanings<'_>) -> Option<Kind<'_>> {
    let rank = |word: &Word| match word {
        Word::Key(_) => 0,
        Word::Name(..) => 1,
        Word::Platform(_) => 2,
        Word::Denial | Word::Role(Role::Negation) => 3,
        Word::Narrow(_) => 4,
        Word::Role(Role::PermissionNoun) => 5,
        Word::Role(Role::Separator) => 6,
        Word::Role(_) | Word::Fill | Word::Cue(_) => 7,
    };
    Some(match words.iter().min_by_key(rank)? {
        Word::Key(key) => Kind::Key(key),
        Word::Name(sense, _) => Kind::Name(sense),
        Word::Platform(platform) => Kind::Platform(platform),
        Word::Denial | Word::Role(Role::Negation) => Kind::Negation,
        Word::Narrow(prefix) => Kind::Narrow(prefix),
        Word::Role(Role::PermissionNoun) => Kind::Noun,
        Word::Role(Role::Separator) => Kind::Separator,
        Word::Role(Role::Required) => Kind::Required(true),
        Word::Role(Role::Optional) => Kind::Required(false),
        Word::Role(_) | Word::Fill | Word::Cue(_) => Kind::Fill,
    })
}

#[inline]
pub(in crate::statement) fn is_ident(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric() || c == '_',
        // Numbers of footnotes (¹, ①) are no part of a word.
        _ => c.is_alphabetic() && !is_dense(c),
    }
}

/// The run of letters, digits, underscores and inner dots at `start`, and where it ends. A constant broken over two
/// lines behind an underscore or a dot is put together.
pub(in crate::statement) fn ident(chars: &[Char], start: usize) -> (usize, String) {
    let mut word = String::with_capacity(WORD_BYTES);
    let mut at = start;
    let raw = |at: usize| chars.get(at).map(|c| c.raw);
    while let Some(c) = raw(at) {
        deadline::step();
        if is_ident(c) {
            word.push(c);
            at += 1;
            continue;
        }
        let goes_on = raw(at + 1).is_some_and(is_ident);
        if (matches!(c, '.' | '․') && goes_on) || (c == '-' && goes_on && word.contains('.')) {
            word.push(c);
        } else if c == '\n' && goes_on && word.contains('_') && word.ends_with('_') {
            // A line break inside a constant.
        } else if c == '.' && raw(at + 1) == Some('\n') && raw(at + 2).is_some_and(is_ident) && word.contains('.') {
            word.push('.');
            at += 1;
        } else {
            break;
        }
        at += 1;
    }
    (at, word)
}

/// Parts of constants in one list that are read together; more is no name.
const RUN: usize = 8;

/// Bytes of a part of a constant; no name has more.
const NAME_BYTES: usize = 96;

/// Pieces into which the layout cuts a constant.
const BREAKS: usize = 3;

/// A constant without its name space.
fn bare(word: &str) -> &str {
    word.rsplit('.').next().unwrap_or_default()
}

/// Bytes of most words and constants.
const WORD_BYTES: usize = 32;

/// True for what can only be meant as a constant or key: `READ_SMS`, `android.permission.CAMERA`,
/// `NSCameraUsageDescription`.
pub(in crate::statement) fn is_constant(word: &str) -> bool {
    let underscore = word.trim_matches('_').contains('_');
    let last = word.rsplit('.').next().unwrap_or_default();
    let dotted = word.contains('.') && last.chars().any(char::is_alphabetic) && {
        let lower = word.to_ascii_lowercase();
        let space = ["android.", "ohos.", "com.", "org.", "cn.", "permission.", "manifest."];
        space.iter().any(|space| lower.starts_with(space)) || lower.contains(".permission.")
    };
    let key = word.len() > 14 && word.to_ascii_lowercase().ends_with("usagedescription");
    underscore || dotted || key
}

pub(super) fn is_capitals(word: &str) -> bool {
    word.len() > 2
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && word.bytes().filter(u8::is_ascii_uppercase).count() > 1
}

/// Cuts at separators outside parentheses. A piece without any name goes to the piece it belongs to: a verb to what
/// follows (读取、写入存储), anything else to what stands before it, names in parentheses among it (【相机】（联网）).
pub(super) fn segments<'t, 'l>(tokens: &'t [Token<'l>]) -> Vec<Vec<&'t Token<'l>>> {
    let mut segments: Vec<Vec<&Token>> = Vec::new();
    let mut carried: Vec<&Token> = Vec::new();
    let pieces = tokens.split(|token| matches!(token.kind, Kind::Separator) && !token.inside);
    for piece in pieces {
        deadline::step();
        let piece: Vec<&Token> = piece.iter().collect();
        let own = piece.iter().any(|token| token.is_name() && !token.inside);
        if own || (segments.is_empty() && piece.iter().any(|token| token.is_name())) {
            let mut segment = std::mem::take(&mut carried);
            segment.extend(piece);
            segments.push(segment);
        } else if let Some(last) = segments.last_mut() {
            last.extend(piece);
        } else {
            carried.extend(piece);
        }
    }
    if segments.is_empty() && !carried.is_empty() {
        segments.push(carried);
    }
    segments
}

/// True for what may be a part of a constant: capitals, digits, underscores, in full with its namespace.
fn is_part(word: &str) -> bool {
    let last = word.rsplit('.').next().unwrap_or_default();
    last.len() > 2
        && last.bytes().any(|byte| byte.is_ascii_uppercase())
        && last.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
