//! What the text in the place of a permission's name discloses.
//!
//! The evidence, in order: an exact constant or key, whole; a usual alias; a human name by longest match. Whatever
//! else stands beside a human name must be known to change nothing (权限, access to …): the part is otherwise a
//! phrase that nobody has looked at, and what it may mean is a candidate. Nothing is corrected silently.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::block::{Flow, Style, fold_space};
use super::fold::{self, Char, Folded};
use super::lexicon::{Found, Lexicon, Word, is_dense};
use super::text::Span;
use crate::disclosure::{Ambiguity, Disclosure, Named, Resolution, Unknown};
use crate::knowledge::vocabulary::{Meaning, Precision, Role, Sense};
use crate::knowledge::{Book, Fact, Platform};
use crate::limits;

/// What a name cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// Platforms that the cell itself names; they stand above those of the heading.
    pub(super) platforms: Vec<Platform>,
    pub(super) resolution: Resolution,
    pub(super) permissions: Vec<Named>,
    pub(super) candidates: Vec<Named>,
    pub(super) ambiguities: Vec<Ambiguity>,
    pub(super) unknown: Vec<Unknown>,
    /// A word beside the name says that it is required (true) or optional (false).
    pub(super) required: Option<bool>,
}

impl Reading {
    /// True for one real name.
    pub(super) fn is_exact(&self) -> bool {
        self.resolution == Resolution::Exact
    }

    /// True when all of it is a constant or key that nobody has, but one near it.
    pub(super) fn is_misspelt(&self) -> bool {
        let shaped = |unknown: &Unknown| is_constant(&unknown.written) || is_capitals(&unknown.written);
        !self.unknown.is_empty()
            && self.unknown.iter().all(|unknown| shaped(unknown) && !unknown.suggestions.is_empty())
    }
}

/// Resolves names. Holds what is worth making once for a statement.
pub(super) struct Names<'b> {
    book: &'b Book,
    nearest: RefCell<HashMap<(Platform, String), Vec<Named>>>,
    /// Constants that were resolved, by what was written and the platforms of the row: tables repeat themselves.
    resolved: RefCell<HashMap<(String, Vec<Platform>), Part>>,
    meanings: RefCell<HashMap<(Sense, Platform), Option<Meaning>>>,
    /// What texts without styles were read as: whether a line begins with a name is asked more than once.
    read: RefCell<HashMap<String, Vec<Known>>>,
}

/// A text that was read for some platforms, denied or not.
struct Known {
    platforms: Vec<Platform>,
    negated: bool,
    reading: Option<Reading>,
}

/// A token of a name cell.
#[derive(Debug, Clone)]
struct Token<'l> {
    kind: Kind<'l>,
    /// Characters of the folded cell.
    start: usize,
    end: usize,
    /// Stands in parentheses.
    inside: bool,
}

#[derive(Debug, Clone)]
enum Kind<'l> {
    /// Something with the shape of a constant or key.
    Constant(String),
    /// A constant of which only the part is written that differs from its neighbour: `READ` in `READ/WRITE_CONTACTS`.
    Shortened(String),
    /// A word in capitals alone (`IMEI`), which may be a constant, and what it would mean as a human name.
    Capitals(String, Option<Sense>),
    /// A human name.
    Name(Sense),
    /// A key by the name that Xcode shows.
    Key(&'l str),
    Platform(Platform),
    Narrow(&'l str),
    Separator,
    /// A noun for "permission": parts what stands before and after it.
    Noun,
    Negation,
    Colon,
    /// Known to change nothing.
    Fill,
    /// Says that the permission is required (true) or optional (false), and changes nothing about what is named.
    Required(bool),
    /// A word in which letters imitate others, and what it looks like.
    LookAlike(String),
    /// A letter or word that is not known.
    Other,
}

/// One name, resolved.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Part {
    permissions: Vec<Named>,
    candidates: Vec<Named>,
    ambiguities: Vec<Ambiguity>,
    unknown: Vec<Unknown>,
    /// Names that disclose something or are known to mean nothing here.
    named: usize,
    /// All of them are constants.
    exact: bool,
    negated: bool,
}

impl<'b> Names<'b> {
    pub(super) fn new(book: &'b Book) -> Self {
        Names {
            book,
            nearest: RefCell::default(),
            resolved: RefCell::default(),
            meanings: RefCell::default(),
            read: RefCell::default(),
        }
    }

    #[allow(clippy::unused_self, reason = "whoever resolves names has their words")]
    pub(super) fn lexicon(&self) -> &'static Lexicon {
        // Once for all statements of a run.
        static CELLS: LazyLock<Lexicon> = LazyLock::new(Lexicon::cells);
        &CELLS
    }

    /// Reads the name cell `flow` of a row that is for `platforms` (empty: none stated). `None` when it holds nothing
    /// that could be a name.
    pub(super) fn read(&self, flow: &Flow, platforms: &[Platform], negated: bool) -> Option<Reading> {
        if !flow.styled(Style::Strike).is_empty() {
            let rest = Folded::new(flow.text(), |at| flow.is_styled(Style::Strike, at));
            // What is left unstruck counts; when nothing is, the row is withdrawn.
            return match self.read_folded(flow, &rest, platforms, negated) {
                Some(reading) => Some(reading),
                None => self.read_folded(flow, &Folded::new(flow.text(), |_| false), platforms, true),
            };
        }
        let text = flow.text();
        let plain = text.len() <= REMEMBERED_BYTES && flow.styled(Style::Code).is_empty();
        let same = |known: &&Known| known.negated == negated && known.platforms == platforms;
        if plain && let Some(known) = self.read.borrow().get(text).and_then(|all| all.iter().find(same)) {
            return known.reading.clone();
        }
        let reading = self.read_folded(flow, &Folded::new(text, |_| false), platforms, negated);
        if plain {
            let mut read = self.read.borrow_mut();
            if read.len() >= REMEMBERED {
                read.clear();
            }
            let known = Known { platforms: platforms.to_vec(), negated, reading: reading.clone() };
            read.entry(text.to_owned()).or_default().push(known);
        }
        reading
    }

    /// True when `flow` is the full name of a permission and nothing else.
    pub(super) fn is_full_name(&self, flow: &Flow) -> bool {
        let text = flow.text().trim();
        text.contains(".permission.")
            && !text.contains(char::is_whitespace)
            && self.read(flow, &[], false).is_some_and(|reading| reading.resolution == Resolution::Exact)
    }

    /// True when `flow` holds a constant or key of the book, on whatever platform.
    pub(super) fn has_constant(&self, flow: &Flow, platforms: &[Platform]) -> bool {
        let folded = Folded::new(flow.text(), |_| false);
        let tokens = self.tokens(&folded.chars);
        let shaped = |token: &Token| match &token.kind {
            Kind::Constant(_) | Kind::Shortened(_) | Kind::Key(_) => true,
            Kind::Capitals(word, _) => self.is_main(word),
            _ => false,
        };
        tokens.iter().any(shaped) && {
            let reading = self.read_folded(flow, &folded, platforms, false);
            reading.is_some_and(|reading| !reading.permissions.is_empty() || !reading.candidates.is_empty())
        }
    }

    /// True when words stand beside the constants in `flow`.
    pub(super) fn says_more(&self, flow: &Flow) -> bool {
        let folded = Folded::new(flow.text(), |_| false);
        self.tokens(&folded.chars)
            .iter()
            .any(|token| matches!(token.kind, Kind::Other | Kind::Name(_) | Kind::Negation))
    }

    /// True when `text` holds nothing but separators of names.
    pub(super) fn is_separator(&self, text: &str) -> bool {
        let folded = Folded::new(text, |_| false);
        let tokens = self.tokens(&folded.chars);
        !tokens.is_empty() && tokens.iter().all(|token| matches!(token.kind, Kind::Separator))
    }

    /// True when `flow` is a name and nothing else.
    pub(super) fn is_plain(&self, flow: &Flow, platforms: &[Platform]) -> bool {
        let reading = self.read(flow, platforms, false);
        reading.is_some_and(|reading| reading.unknown.is_empty() && reading.resolution != Resolution::Negated)
    }

    /// A name that may mean several permissions means those that its description names exactly, when it may mean them.
    pub(super) fn settle(&self, row: &mut Disclosure, said: &str) {
        let open = row.permissions.is_empty() && !row.candidates.is_empty() && row.unknown.is_empty();
        if !open || row.resolution == Resolution::Negated || said.len() > DESCRIPTION_NAME {
            return;
        }
        let folded = Folded::new(said, |_| false);
        let Some(reading) = self.read_folded(&Flow::plain(said), &folded, &row.platforms, false) else { return };
        let plain = reading.unknown.is_empty() && reading.ambiguities.is_empty();
        let meant =
            !reading.permissions.is_empty() && reading.permissions.iter().all(|name| row.candidates.contains(name));
        if plain && meant && reading.resolution != Resolution::Negated {
            row.candidates.retain(|candidate| !reading.permissions.contains(candidate));
            row.resolution = if reading.permissions.len() > 1 { Resolution::Several } else { Resolution::Alias };
            row.permissions = reading.permissions;
            row.ambiguities.clear();
        }
    }

    fn read_folded(&self, flow: &Flow, folded: &Folded, platforms: &[Platform], negated: bool) -> Option<Reading> {
        let text = flow.text();
        let mut tokens = self.tokens(&folded.chars);
        self.identifiers(flow, &folded.chars, &mut tokens);
        let own: Vec<Platform> = Platform::ALL
            .into_iter()
            .filter(|platform| tokens.iter().any(|token| matches!(&token.kind, Kind::Platform(own) if own == platform)))
            .collect();
        let cell = Cell { text, chars: &folded.chars, names: self };
        let mut whole = Part { exact: true, ..Part::default() };
        let segments = segments(&tokens);
        let denied = negated
            || tokens.iter().any(|token| matches!(token.kind, Kind::Negation) && !token.inside && segments.len() == 1);
        let mut leading_negation = false;
        for segment in &segments {
            let stated: Vec<Platform> = segment
                .iter()
                .filter_map(|token| if let Kind::Platform(own) = token.kind { Some(own) } else { None })
                .collect();
            let platforms = [stated.as_slice(), own.as_slice(), platforms].into_iter().find(|list| !list.is_empty());
            let mut part = cell.part(segment, platforms.unwrap_or_default());
            // "We do not use the camera, the microphone": a denial before the first name is for all that follow.
            let first_name = segment.iter().position(|token| token.is_constant() || token.kind.sense().is_some());
            let negation = segment.iter().position(|token| matches!(token.kind, Kind::Negation) && !token.inside);
            leading_negation |= negation.is_some_and(|at| first_name.is_none_or(|name| at < name));
            part.negated |= leading_negation;
            whole.add(part, denied || folded.reordered);
        }
        let mut reading = whole.finish(own, denied, folded.reordered, || cell.written(&tokens))?;
        let says =
            |wanted: bool| tokens.iter().any(|token| matches!(token.kind, Kind::Required(said) if said == wanted));
        reading.required = if says(true) == says(false) { None } else { Some(says(true)) };
        Some(reading)
    }

    /// A word in small letters that is set as code (`storage`) is an identifier, of a browser's extension or a script,
    /// and names what it would name in running text only where it is a constant written small.
    fn identifiers(&self, flow: &Flow, chars: &[Char], tokens: &mut [Token]) {
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

    fn tokens<'l>(&'l self, chars: &[Char]) -> Vec<Token<'l>> {
        let lexicon = self.lexicon();
        let mut tokens = Vec::new();
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            let start = at;
            let before = at.checked_sub(1).and_then(|at| chars.get(at)).map(|c| c.raw);
            let kind = match c.raw {
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
                    let found = lexicon.longest(chars, at);
                    let (end, kind) = self.word(word, end, found);
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

    /// Finds what is meant by the parts of constants beside a constant: `READ/WRITE_CONTACTS`,
    /// `READ_MEDIA_IMAGES / _VIDEO`. Only what makes a real name of Android with its neighbour is one.
    fn lengthen(&self, chars: &[Char], tokens: &mut [Token]) {
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
        if !words.iter().any(|(_, word)| word.trim_matches('_').contains('_')) {
            return;
        }
        for pair in words.windows(2) {
            let [(left, a), (right, b)] = pair else { continue };
            let between = tokens.get(left + 1..*right).unwrap_or_default();
            let marked = b.starts_with('_') && between.iter().all(|token| matches!(token.kind, Kind::Separator));
            if !(marked || between.len() == 1 && between.iter().all(slash)) {
                continue;
            }
            let (own_a, own_b) = (self.is_own(a), self.is_own(b));
            let (at, full) = match (own_a, own_b) {
                (true, false) => (*right, self.with_start_of(a, b)),
                (false, true) => (*left, self.with_end_of(b, a)),
                _ => continue,
            };
            if let (Some(full), Some(token)) = (full, tokens.get_mut(at)) {
                token.kind = Kind::Shortened(full);
            }
        }
        // A list of parts: each is read beside the constant that begins or ends it.
        self.lengthen_rest(&words, tokens, slash);
    }

    /// Parts that stand further from their constant than beside it: `BLUETOOTH_SCAN/CONNECT/ADVERTISE`.
    fn lengthen_rest(&self, words: &[(usize, String)], tokens: &mut [Token], slash: impl Fn(&Token) -> bool) {
        let mut whole: Option<(usize, &str)> = None;
        for (at, word) in words {
            let joined = whole.is_some_and(|(last, _)| {
                tokens.get(last + 1..*at).is_some_and(|between| between.len() == 1 && between.iter().all(&slash))
            });
            let kind = tokens.get(*at).map(|token| &token.kind);
            match kind {
                Some(Kind::Shortened(_)) if joined => whole = whole.map(|(_, constant)| (*at, constant)),
                _ if self.is_own(word) => whole = Some((*at, word)),
                _ if joined => {
                    let full = whole.and_then(|(_, constant)| self.with_start_of(constant, word));
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
    fn is_own(&self, word: &str) -> bool {
        self.is_main(word.rsplit('.').next().unwrap_or_default())
    }

    /// The real name that begins like `constant` and ends with `part`: `READ_MEDIA_IMAGES` and `_VIDEO`.
    fn with_start_of(&self, constant: &str, part: &str) -> Option<String> {
        let part = part.trim_start_matches('_');
        let mut start = constant.rsplit('.').next()?;
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
        let part = part.rsplit('.').next()?;
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
        let human = |word: &Word| matches!(word, Word::Name(..));
        if is_capitals(&word) {
            // `NFC`, `GPS`: written as people write it, and taken as people mean it.
            let as_spelt = longer.is_some_and(|found| {
                found.end > end
                    || found.words.iter().any(|known| matches!(known, Word::Name(_, spelt) if *spelt == word))
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
    fn is_main(&self, bare: &str) -> bool {
        matches!(self.book.bare(Platform::Android, bare).as_slice(), [only] if only.name.starts_with("android.permission."))
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

    /// What `sense` means on `platform`, looked up once.
    pub(super) fn meaning(&self, sense: Sense, platform: Platform) -> Option<Meaning> {
        *self.meanings.borrow_mut().entry((sense, platform)).or_insert_with(|| sense.on(platform))
    }

    /// The real names nearest to `written` on `platforms`, best first.
    fn suggestions(&self, platforms: &[Platform], written: &str) -> Vec<Named> {
        let mut all = Vec::new();
        if written.len() > limits::SUGGESTION_BYTES || !written.is_ascii() {
            return all;
        }
        for &platform in platforms {
            let key = (platform, written.to_owned());
            if let Some(known) = self.nearest.borrow().get(&key) {
                all.extend_from_slice(known);
                continue;
            }
            if self.nearest.borrow().len() >= limits::SUGGESTIONS {
                continue;
            }
            let names: Vec<Named> = self.book.nearest(platform, written).iter().map(named).collect();
            all.extend_from_slice(&names);
            self.nearest.borrow_mut().insert(key, names);
        }
        all
    }
}

/// Bytes of a text whose reading is remembered; the names of rows are shorter.
const REMEMBERED_BYTES: usize = 256;

/// Texts whose readings are remembered at once.
const REMEMBERED: usize = 1024;

/// Bytes of a description that may be a name and nothing else.
const DESCRIPTION_NAME: usize = 120;

/// Where a constant without stated platforms is looked for.
const ANYWHERE: [Platform; 2] = [Platform::Android, Platform::HarmonyOs];
/// Where a human name without stated platforms counts.
pub(super) const HUMAN: [Platform; 2] = [Platform::Android, Platform::Ios];

impl Token<'_> {
    fn is_name(&self) -> bool {
        matches!(
            self.kind,
            Kind::Constant(_)
                | Kind::Shortened(_)
                | Kind::Capitals(..)
                | Kind::Name(_)
                | Kind::Key(_)
                | Kind::LookAlike(_)
                | Kind::Other
        )
    }

    fn is_constant(&self) -> bool {
        matches!(self.kind, Kind::Constant(_) | Kind::Shortened(_) | Kind::Key(_) | Kind::LookAlike(_))
    }
}

/// The kind of a word of the lexicon; the first that matters where a word is several things.
fn kind_of(words: &[Word]) -> Option<Kind<'_>> {
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
    Some(match words.iter().min_by_key(|word| rank(word))? {
        Word::Key(key) => Kind::Key(key),
        Word::Name(sense, _) => Kind::Name(*sense),
        Word::Platform(platform) => Kind::Platform(*platform),
        Word::Denial | Word::Role(Role::Negation) => Kind::Negation,
        Word::Narrow(prefix) => Kind::Narrow(prefix),
        Word::Role(Role::PermissionNoun) => Kind::Noun,
        Word::Role(Role::Separator) => Kind::Separator,
        Word::Role(Role::Required) => Kind::Required(true),
        Word::Role(Role::Optional) => Kind::Required(false),
        Word::Role(_) | Word::Fill | Word::Cue(_) => Kind::Fill,
    })
}

pub(super) fn is_ident(c: char) -> bool {
    (c.is_alphanumeric() && !is_dense(c)) || c == '_'
}

/// The run of letters, digits, underscores and inner dots at `start`, and where it ends. A constant broken over two
/// lines behind an underscore or a dot is put together.
pub(super) fn ident(chars: &[Char], start: usize) -> (usize, String) {
    let mut word = String::new();
    let mut at = start;
    let raw = |at: usize| chars.get(at).map(|c| c.raw);
    while let Some(c) = raw(at) {
        let goes_on = raw(at + 1).is_some_and(is_ident);
        if is_ident(c) || (matches!(c, '.' | '․') && goes_on) || (c == '-' && goes_on && word.contains('.')) {
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

/// True for what can only be meant as a constant or key: `READ_SMS`, `android.permission.CAMERA`,
/// `NSCameraUsageDescription`.
pub(super) fn is_constant(word: &str) -> bool {
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

fn is_capitals(word: &str) -> bool {
    word.len() > 2
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && word.bytes().filter(u8::is_ascii_uppercase).count() > 1
}

/// Cuts at separators outside parentheses. A piece without any name goes to the piece it belongs to: a verb to what
/// follows (读取、写入存储), anything else to what stands before it, names in parentheses among it (【相机】（联网）).
fn segments<'t, 'l>(tokens: &'t [Token<'l>]) -> Vec<Vec<&'t Token<'l>>> {
    let mut segments: Vec<Vec<&Token>> = Vec::new();
    let mut carried: Vec<&Token> = Vec::new();
    let pieces = tokens.split(|token| matches!(token.kind, Kind::Separator) && !token.inside);
    for piece in pieces {
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

/// A name cell while it is read.
struct Cell<'c, 'b> {
    text: &'c str,
    chars: &'c [Char],
    names: &'c Names<'b>,
}

impl Cell<'_, '_> {
    /// The text of the cell from the first to the last of `tokens`, white space folded.
    fn written<'l: 't, 't>(&self, tokens: impl IntoIterator<Item = &'t Token<'l>>) -> String {
        let mut span: Option<Span> = None;
        for token in tokens {
            for at in [token.start, token.end.saturating_sub(1)] {
                if let Some(c) = self.chars.get(at) {
                    span = Some(span.map_or(c.span, |span| span.with(c.span)));
                }
            }
        }
        fold_space(span.map_or("", |span| span.of(self.text)))
    }

    fn part(&self, segment: &[&Token], platforms: &[Platform]) -> Part {
        let mut part = Part { exact: true, ..Part::default() };
        part.negated = segment.iter().any(|token| matches!(token.kind, Kind::Negation));
        if segment.iter().any(|token| token.is_constant() || self.is_real(token, platforms)) {
            for token in segment {
                self.constant(token, platforms, &mut part);
            }
            return part;
        }
        let colon = segment.iter().position(|token| matches!(token.kind, Kind::Colon) && !token.inside);
        let mut head: &[&Token] = segment;
        if let Some((before, after)) = colon.and_then(|colon| segment.split_at_checked(colon)) {
            // "权限名称：相机" names behind the colon, "Camera: to scan codes" before it.
            head = if before.iter().any(|token| token.is_name()) { before } else { after };
        }
        let outside: Vec<&Token> = head.iter().copied().filter(|token| !token.inside).collect();
        let named = outside.iter().any(|token| token.is_name());
        let tokens = if named { outside } else { head.to_vec() };
        self.human(&tokens, head, platforms, &mut part);
        if named && part.permissions.is_empty() && part.unknown.is_empty() {
            let inside: Vec<&Token> = head.iter().copied().filter(|token| token.inside).collect();
            let mut said = Part { exact: true, ..Part::default() };
            self.human(&inside, &inside, platforms, &mut said);
            part.settle(&said);
        }
        part
    }

    /// True for a word in capitals that is a constant, an alias, or a name known to be invented: on Android, unless
    /// the row is for other platforms. `LOCATION` is a constant of `HarmonyOS` alone, and a human name elsewhere.
    fn is_real(&self, token: &Token, platforms: &[Platform]) -> bool {
        let Kind::Capitals(word, sense) = &token.kind else { return false };
        let book = self.names.book;
        let known = |platform: Platform| {
            !book.bare(platform, word).is_empty()
                || book.alias(platform, word).is_some()
                || book.invented(platform, word).is_some()
        };
        let android = platforms.is_empty() || platforms.contains(&Platform::Android);
        let looked = if android { &ANYWHERE[..1] } else { platforms };
        // What no human calls so may still be a constant of another platform.
        let elsewhere = || sense.is_none() && Platform::ALL.iter().any(|&other| !book.bare(other, word).is_empty());
        looked.iter().any(|&platform| known(platform)) || elsewhere()
    }

    fn constant(&self, token: &Token, platforms: &[Platform], part: &mut Part) {
        let book = self.names.book;
        match &token.kind {
            Kind::Constant(word) => self.resolve(word, platforms, part),
            Kind::Shortened(full) => {
                self.resolve(full, platforms, part);
                part.exact = false;
                part.ambiguities.push(Ambiguity::Abbreviation(self.written([token])));
            }
            Kind::Capitals(word, _) if self.is_real(token, platforms) => self.resolve(word, platforms, part),
            Kind::Key(key) => match book.fact(Platform::Ios, key) {
                Some(fact) => self.fact(fact, platforms, key, part),
                None => part.unknown.push(Unknown { written: (*key).to_owned(), suggestions: Vec::new() }),
            },
            Kind::LookAlike(shown) => {
                let mut imitated = Part::default();
                if is_constant(shown) || self.names.is_main(shown) {
                    self.resolve(shown, platforms, &mut imitated);
                } else {
                    let folded = Folded::new(shown, |_| false);
                    let found = self.names.lexicon().longest(&folded.chars, 0);
                    if let Some(Kind::Name(sense)) = found.and_then(|found| kind_of(found.words)) {
                        self.sense(sense, shown, platforms, &[], &mut imitated);
                    }
                }
                let suggestions = imitated.permissions;
                part.candidates.extend(suggestions.iter().cloned());
                part.candidates.append(&mut imitated.candidates);
                part.unknown.push(Unknown { written: self.written([token]), suggestions });
            }
            _ => {}
        }
    }

    /// Resolves a constant or key, once for each way of writing it.
    fn resolve(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        let key = (word.to_owned(), platforms.to_vec());
        if let Some(known) = self.names.resolved.borrow().get(&key) {
            part.include(known.clone());
            return;
        }
        let mut found = Part { exact: true, ..Part::default() };
        self.resolve_anew(word, platforms, &mut found);
        part.include(found.clone());
        self.names.resolved.borrow_mut().insert(key, found);
    }

    fn resolve_anew(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        let book = self.names.book;
        if word.contains('.') {
            self.full_name(word, platforms, part);
            return;
        }
        if let Some(fact) = self.key(word) {
            self.fact(fact, platforms, word, part);
            return;
        }
        let looked = if platforms.is_empty() { &ANYWHERE[..] } else { platforms };
        let spelt = [word.to_owned(), word.to_ascii_uppercase()];
        // Under HarmonyOS alone its own names come first; beside Android, Android's do.
        for &platform in looked {
            for bare in &spelt {
                match book.bare(platform, bare).as_slice() {
                    [] => {}
                    [fact] => {
                        self.fact(*fact, platforms, word, part);
                        return;
                    }
                    several => {
                        part.exact = false;
                        part.candidates.extend(several.iter().map(named));
                        part.ambiguities.push(Ambiguity::Vague(word.to_owned()));
                        return;
                    }
                }
                if let Some(alias) = book.alias(platform, bare) {
                    part.exact = false;
                    part.named += 1;
                    part.permissions.extend(alias.permissions.iter().map(|name| name_on(platform, name)));
                    part.candidates.extend(alias.candidates.iter().map(|name| name_on(platform, name)));
                    part.ambiguities.push(Ambiguity::Abbreviation(word.to_owned()));
                    for name in alias.permissions {
                        self.counterparts(platform, name, platforms, part);
                    }
                    return;
                }
            }
        }
        // A real name of another platform than the row's is no name here.
        for platform in Platform::ALL.into_iter().filter(|platform| !looked.contains(platform)) {
            if let [fact] = book.bare(platform, word).as_slice() {
                self.fact(*fact, platforms, word, part);
                return;
            }
        }
        for &platform in looked {
            if let Some(invented) = book.invented(platform, word) {
                part.candidates.extend(invented.nearest.iter().map(named));
            }
        }
        self.unknown(word, looked, part);
    }

    /// The key of exactly this name, in any case of letters.
    fn key(&self, word: &str) -> Option<Fact> {
        let book = self.names.book;
        book.fact(Platform::Ios, word).or_else(|| {
            if !word.to_ascii_lowercase().ends_with("usagedescription") {
                return None;
            }
            let near = self.names.suggestions(&[Platform::Ios], word);
            let same = near.iter().find(|near| near.name.eq_ignore_ascii_case(word))?;
            book.fact(Platform::Ios, &same.name)
        })
    }

    fn full_name(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        let book = self.names.book;
        // The constant of the Java class: `android.Manifest.permission.CAMERA`.
        let lower = word.to_ascii_lowercase();
        let java = ["android.manifest.permission.", "manifest.permission.", "permission."];
        if let Some(bare) =
            java.iter().find_map(|prefix| word.get(prefix.len()..).filter(|_| lower.starts_with(prefix)))
        {
            let full = format!("android.permission.{}", bare.to_ascii_uppercase());
            match book.fact(Platform::Android, &full) {
                Some(fact) => self.fact(fact, platforms, word, part),
                None => self.unknown(word, &[Platform::Android], part),
            }
            return;
        }
        let (space, last) = word.rsplit_once('.').unwrap_or(("", word));
        let even = format!("{}.{}", space.to_ascii_lowercase(), last.to_ascii_uppercase());
        for platform in Platform::ALL {
            if let Some(fact) = book.fact(platform, word).or_else(|| book.fact(platform, &even)) {
                self.fact(fact, platforms, word, part);
                return;
            }
        }
        let platform = if lower.starts_with("ohos.") { Platform::HarmonyOs } else { Platform::Android };
        let reserved = ["android.", "ohos.", "com.android.", "com.google.android."];
        let named_so = is_permission_like(last) && (lower.contains(".permission.") || last.contains('_'));
        let elsewhere = !platforms.is_empty() && !platforms.contains(&platform);
        if named_so && !elsewhere && !reserved.iter().any(|space| lower.starts_with(space)) {
            // A vendor's or the app's own permission. It discloses itself and nothing else, so it can be taken at its
            // word: only the very same name in a package is covered.
            part.named += 1;
            part.permissions.push(name_on(platform, word));
            return;
        }
        self.unknown(word, &[platform], part);
    }

    /// A real permission, in a row for `platforms`. Under a heading for others it is a candidate: no permission there
    /// has the name.
    fn fact(&self, fact: Fact, platforms: &[Platform], written: &str, part: &mut Part) {
        if !platforms.is_empty() && !platforms.contains(&fact.platform) {
            part.exact = false;
            part.candidates.push(named(&fact));
            let mut suggested = Part::default();
            self.counterparts(fact.platform, fact.name, platforms, &mut suggested);
            part.unknown.push(Unknown { written: written.to_owned(), suggestions: suggested.candidates });
            return;
        }
        part.named += 1;
        part.permissions.push(named(&fact));
        self.counterparts(fact.platform, fact.name, platforms, part);
    }

    /// In a row that is also for another platform, what the permission is called there is a candidate.
    fn counterparts(&self, platform: Platform, name: &str, platforms: &[Platform], part: &mut Part) {
        for &other in platforms.iter().filter(|&&other| other != platform) {
            part.candidates.extend(self.names.book.counterparts(platform, name, other).iter().map(named));
        }
    }

    fn unknown(&self, word: &str, platforms: &[Platform], part: &mut Part) {
        part.exact = false;
        let suggestions = self.names.suggestions(platforms, word);
        part.unknown.push(Unknown { written: word.to_owned(), suggestions });
    }

    /// A part without constants. `head` are all its tokens, `tokens` those outside parentheses.
    fn human(&self, tokens: &[&Token], head: &[&Token], platforms: &[Platform], part: &mut Part) {
        part.exact = false;
        let narrow: Vec<&str> = head
            .iter()
            .filter_map(|token| if let Kind::Narrow(prefix) = token.kind { Some(prefix) } else { None })
            .collect();
        let senses: Vec<(Sense, &Token)> =
            tokens.iter().filter_map(|&token| Some((token.kind.sense()?, token))).collect();
        let strange = tokens.iter().any(|token| matches!(token.kind, Kind::Other | Kind::Capitals(_, None)));
        if senses.is_empty() {
            if strange {
                let written = self.written(tokens.iter().copied());
                let looked = if platforms.is_empty() { &ANYWHERE[..] } else { platforms };
                let lone = tokens.iter().filter(|token| token.is_name()).count() == 1;
                let suggestions = if lone { self.names.suggestions(looked, &written) } else { Vec::new() };
                part.unknown.push(Unknown { written, suggestions });
            }
            return;
        }
        let mut found = Part::default();
        let mut seen: Vec<Sense> = Vec::new();
        for &(sense, token) in &senses {
            if seen.contains(&sense) {
                continue;
            }
            seen.push(sense);
            self.sense(sense, &self.written([token]), platforms, &narrow, &mut found);
        }
        // Two names without a separator or a noun between them may be one phrase (网络电话), unless each of them is
        // specific, or one is the other in another language (相机 Camera).
        let mut glued = false;
        let mut before = None;
        for token in tokens {
            match &token.kind {
                Kind::Noun => before = None,
                kind => {
                    if let Some(sense) = kind.sense() {
                        glued |= before.is_some_and(|before| before != sense);
                        before = Some(sense);
                    }
                }
            }
        }
        if strange || (glued && !found.ambiguities.is_empty()) {
            let suggestions = found.permissions;
            part.candidates.extend(suggestions.iter().cloned());
            part.candidates.append(&mut found.candidates);
            part.unknown.push(Unknown { written: self.written(tokens.iter().copied()), suggestions });
            return;
        }
        part.named += found.named;
        part.permissions.append(&mut found.permissions);
        part.candidates.append(&mut found.candidates);
        part.ambiguities.append(&mut found.ambiguities);
        part.unknown.append(&mut found.unknown);
    }

    /// What the human name `word` means on `platforms`.
    fn sense(&self, sense: Sense, word: &str, platforms: &[Platform], narrow: &[&str], part: &mut Part) {
        let platforms = if platforms.is_empty() { &HUMAN[..] } else { platforms };
        let (mut group, mut vague, mut nothing) = (false, false, true);
        for &platform in platforms {
            let Some(meaning) = self.names.meaning(sense, platform) else { continue };
            nothing &= meaning.precision == Precision::Nothing;
            let permissions: Vec<&str> = meaning.permissions().collect();
            let candidates: Vec<&str> = meaning.candidates().collect();
            if let Some(narrowed) = narrowed(meaning.precision, &permissions, &candidates, narrow) {
                part.permissions.extend(narrowed.iter().map(|name| name_on(platform, name)));
                continue;
            }
            if misses(meaning.precision, &permissions, narrow) {
                // "View network" is not the permission to use the network.
                vague = true;
                part.candidates.extend(permissions.iter().map(|name| name_on(platform, name)));
                part.candidates.extend(candidates.iter().map(|name| name_on(platform, name)));
                continue;
            }
            group |= meaning.precision == Precision::Group;
            vague |= matches!(meaning.precision, Precision::GroupAmbiguous | Precision::Vague);
            part.permissions.extend(permissions.iter().map(|name| name_on(platform, name)));
            part.candidates.extend(candidates.iter().map(|name| name_on(platform, name)));
        }
        if group {
            part.ambiguities.push(Ambiguity::Group(word.to_owned()));
        }
        if vague {
            part.ambiguities.push(Ambiguity::Vague(word.to_owned()));
        }
        // A word for something that has no permission here is known, unless it is known to be mistaken for one.
        let invented = nothing && platforms.iter().any(|&platform| self.names.book.invented(platform, word).is_some());
        if invented {
            let suggestions = self.names.suggestions(platforms, word);
            part.unknown.push(Unknown { written: word.to_owned(), suggestions });
        } else {
            part.named += 1;
        }
    }
}

impl Kind<'_> {
    fn sense(&self) -> Option<Sense> {
        match self {
            Kind::Name(sense) | Kind::Capitals(_, Some(sense)) => Some(*sense),
            _ => None,
        }
    }
}

/// A group word beside a verb names the members that begin so: 存储（写入） is `WRITE_EXTERNAL_STORAGE` alone. `None` when
/// the verb tells nothing.
fn narrowed<'n>(
    precision: Precision,
    permissions: &[&'n str],
    candidates: &[&'n str],
    verbs: &[&str],
) -> Option<Vec<&'n str>> {
    let begins = |name: &str, verb: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        // Of Apple's keys only those for photos part reading from adding.
        match (last.starts_with("NSPhotoLibrary"), last.starts_with("NSPhotoLibraryAdd")) {
            (true, adds) => verb == if adds { "WRITE_" } else { "READ_" },
            (false, _) => last.starts_with(verb),
        }
    };
    let members = match precision {
        Precision::Group => permissions,
        Precision::GroupAmbiguous => &[],
        Precision::Specific | Precision::Vague | Precision::Nothing => return None,
    };
    let mut found: Vec<&'n str> = Vec::new();
    for verb in verbs {
        let mut named = members.iter().copied().filter(|name| begins(name, verb)).collect::<Vec<_>>();
        if named.is_empty() {
            named = candidates.iter().copied().filter(|name| begins(name, verb)).collect();
            if named.len() > 1 {
                return None;
            }
        }
        found.extend(named);
    }
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// True when a verb says something else than what the permissions are for: to read what they write or send, to write
/// where none of them writes.
fn misses(precision: Precision, permissions: &[&str], verbs: &[&str]) -> bool {
    let begins = |name: &str, starts: &[&str]| {
        let last = name.rsplit('.').next().unwrap_or_default();
        starts.iter().any(|start| last.starts_with(start))
    };
    let reads = verbs.contains(&"READ_");
    let writes = verbs.contains(&"WRITE_");
    match precision {
        Precision::Specific => {
            reads && permissions.iter().any(|name| begins(name, &["POST_", "SEND_", "WRITE_", "CALL_"]))
        }
        Precision::Group if reads && !writes => !permissions
            .iter()
            .all(|name| begins(name, &["READ_", "ACCESS_", "NS", "LOCATION", "APPROXIMATELY_", "QUERY_"])),
        Precision::Group => writes && !reads,
        Precision::GroupAmbiguous | Precision::Vague | Precision::Nothing => false,
    }
}

impl Part {
    /// Of what a vague word may mean, what is `said` beside it is meant: 电话（设备信息） is the phone's state. Never
    /// anything else than what the word may mean.
    fn settle(&mut self, said: &Part) {
        if !said.unknown.is_empty() {
            return;
        }
        let may = |named: &&Named| self.candidates.contains(named);
        let meant: Vec<Named> = if said.permissions.is_empty() {
            said.candidates.iter().filter(may).cloned().collect()
        } else if said.permissions.iter().all(|named| may(&named)) {
            said.permissions.clone()
        } else {
            return;
        };
        if meant.is_empty() || (said.permissions.is_empty() && meant.len() > 1) {
            return;
        }
        self.candidates.retain(|candidate| !meant.contains(candidate));
        self.ambiguities.clear();
        self.permissions = meant;
    }

    /// Takes in what another name of the same part says.
    fn include(&mut self, mut other: Part) {
        self.permissions.append(&mut other.permissions);
        self.candidates.append(&mut other.candidates);
        self.ambiguities.append(&mut other.ambiguities);
        self.unknown.append(&mut other.unknown);
        self.named += other.named;
        self.exact &= other.exact;
    }

    fn add(&mut self, mut other: Part, denied: bool) {
        if other.negated || denied {
            self.negated |= other.negated;
            self.candidates.append(&mut other.permissions);
        } else {
            self.named += other.named;
            self.exact &= other.exact;
            self.permissions.append(&mut other.permissions);
        }
        self.candidates.append(&mut other.candidates);
        if !(other.negated) {
            self.ambiguities.append(&mut other.ambiguities);
            self.unknown.append(&mut other.unknown);
        }
    }

    /// The reading of the whole cell.
    fn finish(
        mut self,
        platforms: Vec<Platform>,
        denied: bool,
        reordered: bool,
        written: impl FnOnce() -> String,
    ) -> Option<Reading> {
        unique(&mut self.permissions);
        unique(&mut self.candidates);
        if reordered && !self.candidates.is_empty() {
            let suggestions = self.candidates.clone();
            self.unknown.push(Unknown { written: written(), suggestions });
        }
        let disclosed: HashSet<&Named> = self.permissions.iter().collect();
        self.candidates.retain(|candidate| !disclosed.contains(candidate));
        let denied = denied || (self.negated && self.permissions.is_empty() && self.unknown.is_empty());
        let nothing = self.permissions.is_empty() && self.candidates.is_empty() && self.unknown.is_empty();
        if nothing && self.named == 0 && !self.negated {
            return None;
        }
        if denied {
            self.ambiguities.clear();
            self.unknown.clear();
        }
        let group = self.ambiguities.iter().any(|ambiguity| !matches!(ambiguity, Ambiguity::Abbreviation(_)));
        let resolution = if denied {
            Resolution::Negated
        } else if self.permissions.is_empty() && self.candidates.is_empty() {
            // Notifications in a table for iOS: known, and no permission there has the name.
            Resolution::Unknown
        } else if self.permissions.is_empty() && !self.unknown.is_empty() {
            Resolution::Unknown
        } else if self.named > 1 || group || !self.unknown.is_empty() {
            Resolution::Several
        } else if self.exact {
            Resolution::Exact
        } else {
            Resolution::Alias
        };
        Some(Reading {
            platforms,
            resolution,
            permissions: self.permissions,
            candidates: self.candidates,
            ambiguities: self.ambiguities,
            unknown: self.unknown,
            required: None,
        })
    }
}

/// True for what may be a part of a constant: capitals, digits, underscores, in full with its namespace.
fn is_part(word: &str) -> bool {
    let last = word.rsplit('.').next().unwrap_or_default();
    last.len() > 2
        && last.bytes().any(|byte| byte.is_ascii_uppercase())
        && last.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// True for the last segment of a permission's name: capitals, digits, underscores.
fn is_permission_like(last: &str) -> bool {
    last.len() > 2 && last.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn unique(names: &mut Vec<Named>) {
    let mut seen: HashSet<Named> = HashSet::with_capacity(names.len());
    names.retain(|name| seen.insert(name.clone()));
}

fn named(fact: &Fact) -> Named {
    name_on(fact.platform, fact.name)
}

fn name_on(platform: Platform, name: &str) -> Named {
    Named { platform, name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Platform = Platform::Android;
    const I: Platform = Platform::Ios;
    const H: Platform = Platform::HarmonyOs;

    fn flow(text: &str) -> Flow {
        super::super::inline::flow(text, &[Span::new(0, text.len())], &super::super::inline::References::new())
    }

    fn read(text: &str, platforms: &[Platform]) -> Reading {
        let reading = Names::new(&Book).read(&flow(text), platforms, false);
        reading.unwrap_or_else(|| panic!("{text} holds no name"))
    }

    /// `CAMERA` for Android, `i:…` for iOS, `h:…` for `HarmonyOS`.
    fn short(names: &[Named]) -> Vec<String> {
        let name = |named: &Named| match named.platform {
            Platform::Android => named.name.trim_start_matches("android.permission.").to_owned(),
            Platform::Ios => format!("i:{}", named.name.trim_end_matches("UsageDescription")),
            Platform::HarmonyOs => format!("h:{}", named.name.trim_start_matches("ohos.permission.")),
        };
        names.iter().map(name).collect()
    }

    fn discloses(text: &str, platforms: &[Platform]) -> Vec<String> {
        short(&read(text, platforms).permissions)
    }

    #[test]
    fn constants_and_keys_are_matched_whole() {
        for (text, platforms, expected) in [
            ("CAMERA", &[][..], &["CAMERA"][..]),
            ("android.permission.CAMERA", &[], &["CAMERA"]),
            ("Android.Permission.camera", &[], &["CAMERA"]),
            ("Manifest.permission.READ_SMS", &[], &["READ_SMS"]),
            ("read_contacts", &[A], &["READ_CONTACTS"]),
            ("ＲＥＡＤ＿SMS", &[A], &["READ_SMS"]),
            (r"RECORD\_AUDIO", &[A], &["RECORD_AUDIO"]),
            ("**`READ_SMS`**", &[A], &["READ_SMS"]),
            ("[READ_SMS](https://developer.android.com/x)", &[A], &["READ_SMS"]),
            ("READ&#95;SMS", &[A], &["READ_SMS"]),
            ("RE\u{200b}AD_\u{ad}SMS", &[A], &["READ_SMS"]),
            ("AD_ID", &[A], &["com.google.android.gms.permission.AD_ID"]),
            ("Vibrate", &[A], &["VIBRATE"]),
            ("NSCameraUsageDescription", &[], &["i:NSCamera"]),
            ("nscamerausagedescription", &[I], &["i:NSCamera"]),
            ("Privacy - Camera Usage Description", &[I], &["i:NSCamera"]),
            ("ohos.permission.CAMERA", &[], &["h:CAMERA"]),
            ("CAMERA", &[H], &["h:CAMERA"]),
            ("READ_EXTERNAL_\nSTORAGE", &[A], &["READ_EXTERNAL_STORAGE"]),
            ("android.permission.\nREAD_SMS", &[A], &["READ_SMS"]),
        ] {
            let reading = read(text, platforms);
            assert_eq!(short(&reading.permissions), expected, "{text}");
            assert_eq!(reading.resolution, Resolution::Exact, "{text}");
            assert!(reading.unknown.is_empty() && reading.ambiguities.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_not_one_discloses_nothing_and_is_suggested() {
        for (text, platforms, suggested) in [
            ("READ_EXTERNAL_STORAG", &[A][..], Some("READ_EXTERNAL_STORAGE")),
            ("android.permission.READ_EXTERNAL_STORAG", &[], Some("READ_EXTERNAL_STORAGE")),
            ("TELEPHONE", &[A, H], Some("CALL_PHONE")),
            ("CLIPBOARD", &[A, H], Some("h:READ_PASTEBOARD")),
            ("Clipboard", &[I], None),
            ("android.permission-group.CAMERA", &[A], None),
            ("NSUserNotificationsUsageDescription", &[I], None),
            ("EEPROM", &[A], None),
            ("电话套餐", &[A], None),
            ("Something nobody knows", &[A], None),
        ] {
            let reading = read(text, platforms);
            assert_eq!(short(&reading.permissions), [] as [&str; 0], "{text}");
            assert_eq!(reading.resolution, Resolution::Unknown, "{text}");
            let first = reading.unknown.first().unwrap_or_else(|| panic!("{text}"));
            if let Some(suggested) = suggested {
                assert!(short(&first.suggestions).iter().any(|name| name == suggested), "{text}: {first:?}");
            }
        }
    }

    #[test]
    fn letters_that_imitate_others_never_disclose() {
        for text in ["САMERA", "RΕAD_SMS", "аndroid.permission.CAMERA", "Cаmera", "\u{202e}AREMAC", "CAMERA\u{2066}"]
        {
            let reading = read(text, &[A]);
            assert_eq!(reading.permissions, [], "{text}");
            assert_eq!(reading.resolution, Resolution::Unknown, "{text}");
            assert!(!reading.unknown.is_empty(), "{text}");
        }
        assert_eq!(short(&read("САMERA", &[A]).candidates), ["CAMERA"]);
        assert_eq!(short(&read("Cаmera", &[A]).candidates), ["CAMERA"]);
    }

    #[test]
    fn names_of_other_vendors_stand_for_themselves() {
        assert_eq!(
            discloses("com.huawei.example.permission.WRITE_SETTINGS", &[A]),
            ["com.huawei.example.permission.WRITE_SETTINGS"]
        );
        assert_eq!(
            discloses("com.example.app.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION", &[]),
            ["com.example.app.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION"]
        );
        assert_eq!(discloses("com.google.android.gms.permission.AD_IDS", &[A]), [] as [&str; 0]);
        assert_eq!(discloses("com.example.app", &[A]), [] as [&str; 0]);
    }

    #[test]
    fn several_names_in_a_cell() {
        let reading = read("INTERNET/NETWORK_STATE", &[A, H]);
        assert_eq!(short(&reading.permissions), ["INTERNET", "ACCESS_NETWORK_STATE"]);
        assert_eq!(short(&reading.candidates), ["h:INTERNET", "CHANGE_NETWORK_STATE", "h:GET_NETWORK_INFO"]);
        assert_eq!(reading.ambiguities, [Ambiguity::Abbreviation("NETWORK_STATE".to_owned())]);
        assert_eq!(reading.resolution, Resolution::Several);
        let both = ["CAMERA", "RECORD_AUDIO"];
        for text in [
            "CAMERA/RECORD_AUDIO",
            "CAMERA、RECORD_AUDIO",
            "CAMERA，RECORD_AUDIO",
            "CAMERA；RECORD_AUDIO",
            "CAMERA & RECORD_AUDIO",
            "CAMERA RECORD_AUDIO",
            "CAMERA<br>RECORD_AUDIO",
            "CAMERA\nRECORD_AUDIO",
            "CAMERA and RECORD_AUDIO",
            "相机和麦克风",
            "相机 麦克风",
            "【相机】【麦克风】权限",
            "相机、录音",
            "相机麦克风",
            "Camera and microphone permissions",
            "CAMERA、麦克风",
        ] {
            assert_eq!(discloses(text, &[A]), both, "{text}");
        }
        assert_eq!(discloses("获取拍照权限读外部存储权限", &[A]), ["CAMERA", "READ_EXTERNAL_STORAGE"]);
    }

    #[test]
    fn human_names_by_platform_and_precision() {
        let camera = read("相机权限", &[]);
        assert_eq!(short(&camera.permissions), ["CAMERA", "i:NSCamera"]);
        assert_eq!(camera.resolution, Resolution::Alias);
        assert!(camera.ambiguities.is_empty());
        assert_eq!(discloses("Access to your camera", &[I]), ["i:NSCamera"]);
        assert_eq!(discloses("CAMERA", &[I]), ["i:NSCamera"]);
        assert_eq!(discloses("NFC", &[]), ["NFC", "i:NFCReader"]);

        let storage = read("存储", &[A]);
        assert_eq!(short(&storage.permissions), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
        assert_eq!(storage.ambiguities, [Ambiguity::Group("存储".to_owned())]);
        assert_eq!(storage.resolution, Resolution::Several);
        assert_eq!(discloses("存储权限（写入）", &[A]), ["WRITE_EXTERNAL_STORAGE"]);
        assert_eq!(discloses("读取、写入存储", &[A]), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
        assert_eq!(discloses("电话（设备信息）", &[A]), ["READ_PHONE_STATE"]);
        assert_eq!(discloses("电话（相机）", &[A]), [] as [&str; 0]);
        assert_eq!(discloses("【相机】（使用网络）", &[A]), ["CAMERA"]);
        assert_eq!(discloses("读取、修改通讯录", &[A]), ["READ_CONTACTS", "WRITE_CONTACTS"]);
        assert_eq!(discloses("相册读取、写入", &[I]), ["i:NSPhotoLibrary", "i:NSPhotoLibraryAdd"]);
        assert_eq!(discloses("相册写入", &[I]), ["i:NSPhotoLibraryAdd"]);
        assert_eq!(discloses("信息的存储", &[A]), [] as [&str; 0]);
        assert_eq!(discloses("Location (optional)", &[A]), ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]);
        assert_eq!(discloses("Location (background)", &[A]), ["ACCESS_BACKGROUND_LOCATION"]);

        let album = read("相册", &[A]);
        assert_eq!(album.permissions, []);
        assert_eq!(album.ambiguities, [Ambiguity::Vague("相册".to_owned())]);
        assert_eq!(discloses("安装未知应用", &[A]), ["REQUEST_INSTALL_PACKAGES"]);
        assert_eq!(discloses("Device ID & call information", &[A]), ["READ_PHONE_STATE"]);
        assert_eq!(
            discloses("LOCATION", &[]),
            ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION", "i:NSLocationWhenInUse"]
        );
        let notifications = read("通知", &[I]);
        assert_eq!((notifications.resolution, notifications.unknown.len()), (Resolution::Unknown, 0));
    }

    #[test]
    fn parts_of_constants_beside_a_constant_are_read_with_it() {
        for (text, expected) in [
            ("READ/WRITE_CALENDAR", &["READ_CALENDAR", "WRITE_CALENDAR"][..]),
            ("READ_MEDIA_IMAGES / _VIDEO / _AUDIO", &["READ_MEDIA_IMAGES", "READ_MEDIA_VIDEO", "READ_MEDIA_AUDIO"]),
            ("BLUETOOTH_SCAN/CONNECT/ADVERTISE", &["BLUETOOTH_SCAN", "BLUETOOTH_CONNECT", "BLUETOOTH_ADVERTISE"]),
            ("READ_CONTACTS/CAMERA", &["READ_CONTACTS", "CAMERA"]),
            ("ACCESS_NETWORK_STATE/NOTHING", &["ACCESS_NETWORK_STATE"]),
        ] {
            assert_eq!(discloses(text, &[A]), expected, "{text}");
        }
        assert!(!read("READ/WRITE_CALENDAR", &[A]).ambiguities.is_empty());
    }

    #[test]
    fn small_words_in_code_are_identifiers() {
        assert_eq!(discloses("`storage`", &[A]), [] as [&str; 0]);
        assert_eq!(discloses("storage", &[A]), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
        assert_eq!(discloses("`Storage`", &[A]), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
        assert_eq!(discloses("`camera`", &[A]), ["CAMERA"]);
    }

    #[test]
    fn a_name_and_its_noun_may_be_one_word_and_accents_may_be_missing() {
        for (text, expected) in [
            ("Kamerazugriff", &["CAMERA"][..]),
            ("Mikrofonberechtigung", &["RECORD_AUDIO"]),
            ("Benachrichtigungsberechtigung", &["POST_NOTIFICATIONS"]),
            ("Permissao de notificacoes", &["POST_NOTIFICATIONS"]),
            ("Camara", &["CAMERA"]),
            ("Доступ к камере", &["CAMERA"]),
        ] {
            assert_eq!(discloses(text, &[A]), expected, "{text}");
        }
        assert_eq!(discloses("Datenzugriff", &[A]), [] as [&str; 0]);
    }

    #[test]
    fn a_word_beside_the_name_says_whether_it_is_required() {
        for (text, expected) in [
            ("[필수] 카메라", Some(true)),
            ("카메라 (선택)", Some(false)),
            ("Camera (optional)", Some(false)),
            ("カメラ（必須）", Some(true)),
            ("Camera", None),
        ] {
            assert_eq!(read(text, &[A]).required, expected, "{text}");
        }
    }

    #[test]
    fn a_phrase_that_nobody_knows_is_no_name_that_it_contains() {
        for text in [
            "使用网络蓝牙权限",
            "查看网络",
            "读取消息通知",
            "修改蓝牙",
            "Camera roll",
            "存储位置",
            "Storage of payment data",
            "安装应用列表",
            "Phone contacts",
        ] {
            let reading = read(text, &[A]);
            assert_eq!(short(&reading.permissions), [] as [&str; 0], "{text}");
            assert!(!(reading.unknown.is_empty() && reading.ambiguities.is_empty()), "{text}");
        }
        assert_eq!(discloses("读取位置信息", &[A]), ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]);
        assert_eq!(discloses("发送通知", &[A]), ["POST_NOTIFICATIONS"]);
        assert_eq!(discloses("修改通讯录", &[A]), ["WRITE_CONTACTS"]);
        assert_eq!(discloses("接收短信", &[A]), ["RECEIVE_SMS"]);
    }

    #[test]
    fn a_constant_beside_a_human_name_says_what_is_meant() {
        assert_eq!(discloses("Storage (READ_EXTERNAL_STORAGE)", &[A]), ["READ_EXTERNAL_STORAGE"]);
        assert_eq!(discloses("Camera Permission (android.permission.CAMERA)", &[]), ["CAMERA"]);
        assert_eq!(discloses("存储 READ_EXTERNAL_STORAG", &[A]), [] as [&str; 0]);
        assert_eq!(discloses("READ_PHONE_STATE (IMEI)", &[A]), ["READ_PHONE_STATE"]);
    }

    #[test]
    fn platforms_come_from_a_suffix_and_stand_above_the_heading() {
        let reading = read("拍照权限Android", &[]);
        assert_eq!((short(&reading.permissions), reading.platforms), (vec!["CAMERA".to_owned()], vec![A]));
        let reading = read("Camera (iOS)", &[A]);
        assert_eq!((short(&reading.permissions), reading.platforms), (vec!["i:NSCamera".to_owned()], vec![I]));
        let names = Names::new(&Book);
        assert_eq!(names.read(&flow("Android"), &[], false), None);
        assert_eq!(names.read(&flow("权限"), &[], false), None);
    }

    #[test]
    fn constants_of_another_platform_than_the_heading() {
        for (text, platform, own, suggested) in [
            ("android.permission.CAMERA", I, "CAMERA", Some("i:NSCamera")),
            ("NSCameraUsageDescription", A, "i:NSCamera", Some("CAMERA")),
            ("RECORD_AUDIO", H, "RECORD_AUDIO", Some("h:MICROPHONE")),
            ("VIBRATE", I, "VIBRATE", None),
        ] {
            let reading = read(text, &[platform]);
            assert_eq!((reading.permissions.len(), reading.resolution), (0, Resolution::Unknown), "{text}");
            assert_eq!(short(&reading.candidates), [own], "{text}");
            let first = reading.unknown.first().unwrap();
            assert_eq!(short(&first.suggestions).first().map(String::as_str), suggested, "{text}");
        }
    }

    #[test]
    fn what_is_denied_or_struck_out_is_negated() {
        for text in [
            "CAMERA（已去除）",
            "相机（未使用）",
            "CAMERA (no longer used)",
            "~~CAMERA~~",
            "We do not use the camera",
            "不会访问通讯录",
            "我们不会获取相机、麦克风",
            "相机（如适用）",
        ] {
            let reading = read(text, &[A]);
            assert_eq!((reading.permissions.len(), reading.resolution), (0, Resolution::Negated), "{text}");
        }
        let reading = read("相机（未使用）、麦克风", &[A]);
        assert_eq!(
            (short(&reading.permissions), short(&reading.candidates)),
            (vec!["RECORD_AUDIO".to_owned()], vec!["CAMERA".to_owned()])
        );
        assert_eq!(discloses("~~CAMERA~~ RECORD_AUDIO", &[A]), ["RECORD_AUDIO"]);
    }
}
