//! What a privacy statement discloses.

use crate::doubt::Reading;
use crate::knowledge::{Platform, Said};
use crate::source::{Lines, Place};

/// One statement, as far as it could be read.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The whole file.
    pub place: Place,
    /// The language of most of the text (ISO 639-1: zh, en, ja, ko, de, fr, es, pt, ru), by its letters and its commonest
    /// words; `None` without any.
    pub language: Option<&'static str>,
    /// The decoded text, for excerpts.
    pub text: String,
    /// Headings and tables that speak of permissions.
    pub sections: Vec<Section>,
    /// The disclosed set.
    pub disclosures: Reading<Vec<Disclosure>>,
    /// True when reading ended in an error: the disclosed set is unknown, and no `--accept-doubt` can lift that.
    pub unreadable: bool,
}

impl Statement {
    /// The place of its first line, for what concerns the statement as a whole.
    #[must_use]
    pub fn first_line(&self) -> Place {
        let end_column = self.line(1).map_or(1, |line| 1 + u32::try_from(line.chars().count()).unwrap_or(u32::MAX - 1));
        let lines = Some(Lines { line: 1, column: 1, end_line: 1, end_column });
        Place { lines, offset: Some(0), ..self.place.clone() }
    }

    /// Line `line` (counted from 1) of the decoded text, without its end: `\n`, `\r\n` or `\r`.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<&str> {
        self.lines().nth(usize::try_from(line.saturating_sub(1)).ok()?)
    }

    /// The lines of the decoded text in order, as in [`line`](Self::line).
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(self.text.as_str());
        std::iter::from_fn(move || {
            let text = rest?;
            let end = memchr::memchr2(b'\n', b'\r', text.as_bytes());
            let (line, behind) = text.split_at(end.unwrap_or(text.len()));
            rest = end.and_then(|_| behind.strip_prefix("\r\n").or_else(|| behind.get(1..)));
            Some(line)
        })
    }
}

/// A permission table with the heading it stands under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The platforms it is for; empty when the statement does not say.
    pub platforms: Vec<Platform>,
    /// The heading, or the header row where there is no heading.
    pub place: Place,
    /// Its number among the tables and lists of the statement, as in [`Disclosure::block`].
    pub block: usize,
}

/// The form in which a disclosure was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A table row.
    Row,
    /// A list item, a heading, a field.
    Item,
    /// Running text, and how much it tells.
    Prose(Strength),
}

/// How much running text tells of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// It names the permission, or the part of the device that it opens.
    Names,
    /// It names the data that the permission opens.
    Data,
    /// It only implies either.
    Implies,
}

impl Strength {
    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strength::Names => "names",
            Strength::Data => "data",
            Strength::Implies => "implies",
        }
    }
}

/// What a house lets count beside the app's own rows and items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// Running text that names a permission or its data discloses it.
    pub prose: bool,
    /// What third parties' software in the app is said to use is disclosed.
    pub sdk: bool,
}

/// SDK rows count, running text does not.
impl Default for Counting {
    fn default() -> Counting {
        Counting { prose: false, sdk: true }
    }
}

impl Form {
    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Form::Row => "row",
            Form::Item => "item",
            Form::Prose(_) => "prose",
        }
    }
}

/// Whose use of the permission is disclosed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The app's own.
    App,
    /// A third party's software in the app, by name where the row gives one.
    Sdk(Option<String>),
}

/// How a written name was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// One real name, full or bare.
    Exact,
    /// A usual alias or a human name that stands for one permission.
    Alias,
    /// More than one named, or a group word.
    Several,
    /// No permission has this name.
    Unknown,
    /// Denied, removed or hypothetical: discloses nothing.
    Negated,
}

impl Resolution {
    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Resolution::Exact => "exact",
            Resolution::Alias => "alias",
            Resolution::Several => "several",
            Resolution::Unknown => "unknown",
            Resolution::Negated => "negated",
        }
    }
}

/// Why a written name leaves open what is meant; each raises the rule `ambiguous-name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ambiguity {
    /// An abbreviation in common use that is no name: `NETWORK_STATE`. It discloses, and has other candidates.
    Abbreviation(String),
    /// A group word that discloses the permissions that the vocabulary lists for it: `Storage`.
    Group(String),
    /// A word that could mean several permissions and discloses none: `Phone`.
    Vague(String),
}

/// A full permission name or key, and the platform it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// The platform.
    pub platform: Platform,
    /// The full name.
    pub name: String,
}

/// One place in a statement that speaks of one or more permissions: a table row, a list item, a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The name cell as written, markup removed, white space folded.
    pub written: String,
    /// The platforms it is for, by heading, column or suffix; empty when the statement does not say.
    pub platforms: Vec<Platform>,
    /// Table row, item or prose.
    pub form: Form,
    /// The app's or a third party's.
    pub scope: Scope,
    /// How the name was resolved.
    pub resolution: Resolution,
    /// What it counts as disclosing.
    pub permissions: Vec<Named>,
    /// What it names and does not count as disclosing, because the house does not let such a passage count: running
    /// text, or a row about an SDK.
    pub withheld: Vec<Named>,
    /// What it may mean and does not count.
    pub candidates: Vec<Named>,
    /// The parts of the cell that leave open what is meant.
    pub ambiguities: Vec<Ambiguity>,
    /// The parts of the cell that name no permission, each with the nearest real names (best first, may be empty).
    pub unknown: Vec<Unknown>,
    /// Where the house's policy file says what a name in the cell means; empty where the book alone does.
    pub house: Vec<Said>,
    /// The description cell; `None` when there is none or it is empty.
    pub description: Option<String>,
    /// The purpose cell; `None` when there is none, it is empty, or it holds a placeholder such as `/` or `无`.
    pub purpose: Option<String>,
    /// True when the purpose stands in a merged cell that begins in a row above: one purpose, said once for several rows.
    pub purpose_shared: bool,
    /// True when the table has a column for the purpose (or the form has a place for it).
    pub purpose_expected: bool,
    /// Whether the statement calls the permission required (true) or optional (false): a column, a word beside the name
    /// or the heading above says so; `None` where nothing does.
    pub required: Option<bool>,
    /// Which table or list of the statement, counted from 0 in reading order; for rules that compare rows. That of
    /// running text is no other's.
    pub block: usize,
    /// The name cell.
    pub place: Place,
}

impl Disclosure {
    /// How much it tells, where it is running text.
    #[must_use]
    pub fn strength(&self) -> Option<Strength> {
        match self.form {
            Form::Prose(strength) => Some(strength),
            Form::Row | Form::Item => None,
        }
    }

    /// Lets count what `counting` lets count: `permissions` and `withheld` part anew.
    pub fn count(&mut self, counting: Counting) {
        let counts = (counting.prose || self.strength().is_none()) && (counting.sdk || self.scope == Scope::App);
        let (from, to) = if counts {
            (&mut self.withheld, &mut self.permissions)
        } else {
            (&mut self.permissions, &mut self.withheld)
        };
        to.append(from);
    }
}

/// A written name that no permission has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// As written.
    pub written: String,
    /// The nearest real names, best first.
    pub suggestions: Vec<Named>,
}
