//! What a privacy statement discloses.

use crate::doubt::Reading;
use crate::knowledge::Platform;
use crate::source::{Lines, Place};

/// One statement, as far as it could be read.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The whole file.
    pub place: Place,
    /// `en` or `zh`, by the larger share of its letters; `None` when there are none.
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
        let at = usize::try_from(line.checked_sub(1)?).ok()?;
        self.line_starts().nth(at).map(|start| self.line_at(start))
    }

    /// The byte of the decoded text at which each line begins, for those who ask for many.
    pub fn line_starts(&self) -> impl Iterator<Item = usize> + '_ {
        let bytes = self.text.as_bytes();
        let ends = bytes
            .iter()
            .enumerate()
            .filter(|&(at, &byte)| byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')));
        std::iter::once(0).chain(ends.map(|(at, _)| at + 1))
    }

    /// The line that begins at byte `start` of the decoded text, without its end.
    #[must_use]
    pub fn line_at(&self, start: usize) -> &str {
        self.text.get(start..).unwrap_or_default().split(['\n', '\r']).next().unwrap_or_default()
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
    /// Running text.
    Prose,
}

impl Form {
    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Form::Row => "row",
            Form::Item => "item",
            Form::Prose => "prose",
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
    /// What it may mean and does not count.
    pub candidates: Vec<Named>,
    /// The parts of the cell that leave open what is meant.
    pub ambiguities: Vec<Ambiguity>,
    /// The parts of the cell that name no permission, each with the nearest real names (best first, may be empty).
    pub unknown: Vec<Unknown>,
    /// The description cell; `None` when there is none or it is empty.
    pub description: Option<String>,
    /// The purpose cell; `None` when there is none, it is empty, or it holds a placeholder such as `/` or `无`.
    pub purpose: Option<String>,
    /// True when the table has a column for the purpose (or the form has a place for it).
    pub purpose_expected: bool,
    /// Which table or list of the statement, counted from 0 in reading order; for rules that compare rows.
    pub block: usize,
    /// The name cell.
    pub place: Place,
}

/// A written name that no permission has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// As written.
    pub written: String,
    /// The nearest real names, best first.
    pub suggestions: Vec<Named>,
}
