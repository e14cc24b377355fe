//! What the text in the place of a permission's name discloses.
//!
//! The evidence, in order: an exact constant or key, whole; a usual alias; a human name by longest match. Whatever
//! else stands beside a human name must be known to change nothing (权限, access to …): the part is otherwise a
//! phrase that nobody has looked at, and what it may mean is a candidate. Nothing is corrected silently.

mod own;
mod resolve;
mod shorts;
mod tokens;

use std::cell::{Cell as Shared, RefCell};
use std::collections::HashMap;
use std::sync::LazyLock;

use resolve::Cell;
use tokens::{is_capitals, segments};

pub(super) use own::compared;
pub(super) use tokens::{ident, is_constant, is_ident};

use super::block::{Block, Flow, Style};
use super::fold::{Char, Folded};
use super::foreign::{Foreign, Speaks};
use super::lexicon::{Lexicon, Word, Words};
use crate::deadline;
use crate::disclosure::{Ambiguity, Disclosure, Named, Resolution, Unknown};
use crate::knowledge::vocabulary::{Meaning, Sense};
use crate::knowledge::{Book, Fact, Platform, Said};
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
    /// Where the house says what a name in it means.
    pub(super) house: Vec<Said>,
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
    /// The words of the house; `None` where it has none.
    own: Option<Lexicon>,
    nearest: RefCell<HashMap<(Platform, String), Vec<Named>>>,
    /// Constants that were resolved, by what was written and the platforms of the row: tables repeat themselves.
    resolved: RefCell<HashMap<(String, Vec<Platform>), Part>>,
    meanings: RefCell<HashMap<(Sense, Platform), Option<Meaning>>>,
    /// What texts without styles were read as: whether a line begins with a name is asked more than once.
    read: RefCell<HashMap<String, Vec<Known>>>,
    /// What the statement names that are no permissions of an app.
    foreign: Foreign,
    /// Why nothing but constants is a permission of an app where the statement is read now.
    elsewhere: Shared<Option<&'static str>>,
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
    /// Several constants written as one, each in full: `READ_MEDIA_{IMAGES,VIDEO}`.
    Listed(Vec<String>),
    /// A constant with something left open, `READ_MEDIA_*`, and the platform of its name space.
    Pattern(String, Option<Platform>),
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
    /// Where the house says what a name in it means.
    house: Vec<Said>,
}

impl<'b> Names<'b> {
    pub(super) fn new(book: &'b Book) -> Self {
        let own = book.own_words();
        let own = (own.len() > 0)
            .then(|| Lexicon::sorted(own.map(|(compared, term)| (compared, Word::Name(term.sense, term.text)))));
        Names {
            book,
            own,
            nearest: RefCell::default(),
            resolved: RefCell::default(),
            meanings: RefCell::default(),
            read: RefCell::default(),
            foreign: Foreign::default(),
            elsewhere: Shared::default(),
        }
    }

    /// With what the statement in `blocks` names that are no permissions of an app.
    pub(super) fn beside(self, blocks: &[Block]) -> Self {
        Names { foreign: Foreign::among(blocks), ..self }
    }

    /// From here on the statement speaks of the app, or of something else.
    pub(super) fn speak_of(&self, speaks: Option<Speaks>) {
        let why = if let Some(Speaks::OfElse(why)) = speaks { Some(why) } else { None };
        self.elsewhere.set(why);
    }

    /// True where the statement speaks of something else than an app.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.elsewhere.get().is_some()
    }

    /// Why what `flow` names is no permission of an app; `None` when it may be.
    pub(super) fn foreign(&self, flow: &Flow) -> Option<&'static str> {
        let constant =
            || self.tokens(&Folded::new(flow.text(), |_| false).chars).iter().any(|token| self.is_shaped(token));
        self.foreign.why(flow.text()).or_else(|| self.elsewhere.get().filter(|_| !constant()))
    }

    /// True for a token that is written as constants and keys are.
    fn is_shaped(&self, token: &Token) -> bool {
        match &token.kind {
            Kind::Constant(_) | Kind::Shortened(_) | Kind::Listed(_) | Kind::Pattern(..) | Kind::Key(_) => true,
            Kind::Capitals(word, _) => self.is_main(word),
            _ => false,
        }
    }

    pub(super) fn lexicon(&self) -> Words<'_> {
        // Once for all statements of a run.
        static CELLS: LazyLock<Lexicon> = LazyLock::new(Lexicon::cells);
        Words { book: &CELLS, house: self.own.as_ref() }
    }

    /// Reads the name cell `flow` of a row that is for `platforms` (empty: none stated). `None` when it holds nothing
    /// that could be a name of an app's permission.
    pub(super) fn read(&self, flow: &Flow, platforms: &[Platform], negated: bool) -> Option<Reading> {
        if self.foreign(flow).is_some() {
            return None;
        }
        let text = flow.text();
        let plain = text.len() <= REMEMBERED_BYTES
            && flow.styled(Style::Code).is_empty()
            && flow.styled(Style::Strike).is_empty();
        let same = |known: &&Known| known.negated == negated && known.platforms == platforms;
        if plain && let Some(known) = self.read.borrow().get(text).and_then(|all| all.iter().find(same)) {
            return known.reading.clone();
        }
        let reading = self.read_anew(flow, platforms, negated);
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

    /// As [`read`](Self::read), for a text that is read once: the name of a row.
    pub(super) fn read_once(&self, flow: &Flow, platforms: &[Platform], negated: bool) -> Option<Reading> {
        if self.foreign(flow).is_some() { None } else { self.read_anew(flow, platforms, negated) }
    }

    fn read_anew(&self, flow: &Flow, platforms: &[Platform], negated: bool) -> Option<Reading> {
        let whole = || Folded::new(flow.text(), |_| false);
        if flow.styled(Style::Strike).is_empty() {
            return self.read_folded(flow, &whole(), platforms, negated);
        }
        let rest = Folded::new(flow.text(), |at| flow.is_styled(Style::Strike, at));
        // What is left unstruck counts; when nothing is, the row is withdrawn.
        let left = self.read_folded(flow, &rest, platforms, negated);
        left.or_else(|| self.read_folded(flow, &whole(), platforms, true))
    }

    /// True when `flow` is the full name of a permission and nothing else.
    pub(super) fn is_full_name(&self, flow: &Flow) -> bool {
        let text = flow.text().trim();
        text.contains(".permission.")
            && !text.contains(char::is_whitespace)
            && self.read(flow, &[], false).is_some_and(|reading| reading.resolution == Resolution::Exact)
    }

    /// True when `text` is one real constant or key and nothing else.
    pub(super) fn is_constant_alone(&self, text: &str) -> bool {
        let text = text.trim();
        let capitals = text.len() >= SHORT_CONSTANT && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let shaped = capitals || text.contains(['_', '.']) || text.ends_with(KEY_END);
        shaped
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            && self.read(&Flow::plain(text), &[], false).is_some_and(|reading| reading.is_exact())
    }

    /// True when `flow` begins with the full name of a permission, or with a key of an Info.plist.
    pub(super) fn begins_with_full_name(&self, flow: &Flow) -> bool {
        let first = flow.text().split_whitespace().next().unwrap_or_default();
        let first = first.trim_end_matches([':', ',', '：', '，']);
        (first.contains(".permission.") || first.ends_with(KEY_END)) && self.is_constant_alone(first)
    }

    /// True when `flow` holds a constant or key of the book, on whatever platform.
    pub(super) fn has_constant(&self, flow: &Flow, platforms: &[Platform]) -> bool {
        let folded = Folded::new(flow.text(), |_| false);
        let tokens = self.tokens(&folded.chars);
        tokens.iter().any(|token| self.is_shaped(token)) && {
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
            row.house.extend(reading.house);
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
        let segments = if is_glossed(&folded.chars, &segments) { vec![tokens.iter().collect()] } else { segments };
        let denied = negated
            || tokens.iter().any(|token| matches!(token.kind, Kind::Negation) && !token.inside && segments.len() == 1);
        let mut leading_negation = false;
        for segment in &segments {
            deadline::step();
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

/// Bytes of a constant in capitals without an underscore: `CAMERA`; shorter words are not only constants.
const SHORT_CONSTANT: usize = 6;

/// How the keys of iOS end that stand for permissions.
pub(super) const KEY_END: &str = "UsageDescription";

/// Bytes of a description that may be a name and nothing else.
const DESCRIPTION_NAME: usize = 120;

/// Where a constant without stated platforms is looked for.
const ANYWHERE: [Platform; 2] = [Platform::Android, Platform::HarmonyOs];

/// Where a human name without stated platforms counts.
pub(super) const HUMAN: [Platform; 2] = [Platform::Android, Platform::Ios];

/// True for one constant and, on the line below it, what humans call it. That names nothing else, as beside it.
fn is_glossed(chars: &[Char], segments: &[Vec<&Token>]) -> bool {
    let [above, below] = segments else { return false };
    let constants = |segment: &[&Token]| segment.iter().filter(|token| token.is_constant()).count();
    let (Some(last), Some(next)) = (above.last(), below.first()) else { return false };
    constants(above) == 1
        && above.len() == 1
        && constants(below) == 0
        && !below.iter().any(|token| matches!(token.kind, Kind::Capitals(..)))
        && chars.get(last.end..next.start).is_some_and(|between| between.iter().any(|c| c.raw == '\n'))
}

fn named(fact: &Fact) -> Named {
    name_on(fact.platform, fact.name)
}

fn name_on(platform: Platform, name: &str) -> Named {
    Named { platform, name: name.to_owned() }
}

#[cfg(test)]
mod tests;
