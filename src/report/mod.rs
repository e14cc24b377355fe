//! One file per output format over one frozen [`Report`].
//!
//! The shapes here are those of JSON v1, field by field; what a format needs beyond them (excerpts, the matrix) is kept
//! beside and not serialised.

mod csv;
pub mod diff;
mod explain;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod output;
mod sarif;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::knowledge::Platform;

pub use explain::explain;
pub use json::{fingerprints, json, line};
pub use output::{Destination, append, write};
pub use text::text;

/// How a format is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours by ANSI escape sequences, where the format has any.
    pub color: bool,
}

/// One output format.
pub struct Format {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// Writes a report.
    pub render: fn(&Report, Style, &mut dyn Write) -> io::Result<()>,
}

/// Every output format; the first is the default.
pub static FORMATS: &[Format] = &[
    Format { name: "text", summary: "for a person at a terminal", render: text },
    Format { name: "json", summary: "JSON v1, every detail", render: json },
    Format { name: "sarif", summary: "SARIF 2.1.0, for code scanning", render: sarif::sarif },
    Format { name: "junit", summary: "JUnit XML, for test dashboards", render: junit::junit },
    Format { name: "gitlab", summary: "GitLab Code Quality", render: gitlab::gitlab },
    Format { name: "github", summary: "annotations of GitHub Actions", render: github::github },
    Format { name: "markdown", summary: "for a pull-request comment or a job summary", render: markdown::markdown },
    Format { name: "html", summary: "one page for reading and printing", render: html::html },
    Format { name: "csv", summary: "the matrix of permissions, for a spreadsheet", render: csv::csv },
];

/// `3 errors`, `1 error`.
fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// Bytes at the end of every message that are the same in all of them, from the start of a word outside brackets on.
fn common_ending<'f>(group: impl IntoIterator<Item = &'f Finding>) -> usize {
    let messages: Vec<&str> = group.into_iter().map(|finding| finding.message.as_str()).collect();
    let Some(first) = messages.first() else { return 0 };
    let is_outside = |text: &str| text.matches('(').count() == text.matches(')').count();
    let starts = first.match_indices(' ').map(|(at, _)| first.split_at(at));
    let mut endings = starts.filter(|(before, _)| is_outside(before)).map(|(_, ending)| ending);
    let ending = endings.find(|ending| messages.iter().all(|message| message.ends_with(ending)));
    ending.map_or(0, str::len)
}

/// Everything one run has to say.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The version of this shape.
    pub schema_version: &'static str,
    /// The program.
    pub tool: Tool,
    /// True when every package and statement was read for certain.
    pub established: bool,
    /// The exit code of the run.
    pub exit_code: u8,
    /// What was read of the packages.
    pub packages: Vec<Package>,
    /// What was read of the statements.
    pub statements: Vec<Statement>,
    /// One verdict for each disclosure that was judged.
    pub verdicts: Vec<Verdict>,
    /// What the rules found.
    pub findings: Vec<Finding>,
    /// Counts over all findings.
    pub summary: Summary,
    /// The command that made the report, for formats that show one thing differently for each.
    #[serde(skip)]
    pub command: Command,
    /// Permission by verdict, for each verdict in order.
    #[serde(skip)]
    pub matrices: Vec<Vec<MatrixRow>>,
}

impl Report {
    /// Every doubt with the path of its package or statement.
    fn doubts(&self) -> impl Iterator<Item = (&str, &Doubt)> {
        let of_packages = self.packages.iter().map(|package| (&package.path, &package.doubts));
        let of_statements = self.statements.iter().map(|statement| (&statement.path, &statement.doubts));
        let all = of_packages.chain(of_statements);
        all.flat_map(|(path, doubts)| doubts.iter().map(|doubt| (path.as_str(), doubt)))
    }
}

impl Finding {
    /// True when it is accepted or known: shown where a format has a form for that, and never as open.
    fn is_quiet(&self) -> bool {
        self.accepted.is_some() || self.known
    }

    /// The places after the first in words, each between `before` and `after`.
    fn further(&self, before: &str, after: &str) -> String {
        let places = self.locations.iter().skip(1).flat_map(|place| [before, &place.words, after]);
        places.collect()
    }
}

/// The commands that make reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Declared against disclosed.
    Check,
    /// What packages declare.
    Inspect,
    /// What statements disclose.
    Statement,
}

/// The program that made the report.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// `permaudit`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// One package.
#[derive(Debug, Clone, Serialize)]
pub struct Package {
    /// As the user named it.
    pub path: String,
    /// Of the whole file, with `--hash`.
    pub sha256: Option<String>,
    /// The kind, where it is known.
    pub kind: Option<&'static str>,
    /// The platform, where it is known.
    pub platform: Option<&'static str>,
    /// Package name or bundle identifier.
    pub id: Option<String>,
    /// Version name and code.
    pub version: Option<String>,
    /// The range of API levels.
    pub sdk: Sdk,
    /// What it declares.
    pub declarations: Vec<Declaration>,
    /// Why that may be less than the truth.
    pub doubts: Vec<Doubt>,
}

/// API levels.
#[derive(Debug, Clone, Serialize)]
pub struct Sdk {
    /// The lowest the package installs on.
    pub min: Option<u32>,
    /// The one it was made for.
    pub target: Option<u32>,
    /// The lowest system version, for platforms that count in versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_os: Option<String>,
}

/// One declared permission.
#[derive(Debug, Clone, Serialize)]
pub struct Declaration {
    /// The full name.
    pub permission: String,
    /// `uses-permission` and the like.
    pub kind: &'static str,
    /// `declared`, `implied` or `provisioned`.
    pub origin: &'static str,
    /// Why the device adds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implied_by: Option<String>,
    /// How the platform grants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    /// When it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// The text shown to the user, by language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, String>,
    /// A background mode, the value of an entitlement, or what else was declared beside the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The type that stands where another is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong_type: Option<&'static str>,
    /// When and by what it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_scene: Option<UsedScene>,
    /// The module it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The libraries that brought it in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brought_in_by: Vec<String>,
    /// Where the house's policy file tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub house: Option<House>,
    /// Where.
    pub location: PackageLocation,
    /// What it lets an app do, in English.
    #[serde(skip)]
    pub meaning: &'static str,
}

/// When and by which parts of the app a permission is used, as the manifest says.
#[derive(Debug, Clone, Serialize)]
pub struct UsedScene {
    /// The abilities that use it.
    pub abilities: Vec<String>,
    /// `inuse`, `always`, or whatever stands there.
    pub when: Option<String>,
}

/// Conditions of a declaration; what does not apply is left out.
#[derive(Debug, Clone, Serialize)]
pub struct Conditions {
    /// From this API level on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_sdk: Option<u32>,
    /// Up to this API level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_sdk: Option<u32>,
    /// Only with these features.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_features: Vec<String>,
    /// Only without these features.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_not_features: Vec<String>,
    /// Flags such as `neverForLocation`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Only on these devices: `ipad`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// A place in a package.
#[derive(Debug, Clone, Serialize)]
pub struct PackageLocation {
    /// The archive entry.
    pub entry: Option<String>,
    /// A path in the decoded document.
    pub path: Option<String>,
    /// Bytes from the start of the decompressed entry, or of the file where there is no entry.
    pub offset: Option<u64>,
    /// The line, for text.
    pub line: Option<u32>,
}

/// A reason why a set may be less than the truth.
#[derive(Debug, Clone, Serialize)]
pub struct Doubt {
    /// The stable code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// True when `--accept-doubt` named it.
    pub accepted: bool,
    /// Where.
    pub location: DoubtLocation,
    /// The place in words.
    #[serde(skip)]
    pub place: String,
}

/// The place of a doubt.
#[derive(Debug, Clone, Serialize)]
pub struct DoubtLocation {
    /// The archive entry.
    pub entry: Option<String>,
    /// Bytes from the start of the decompressed entry, or of the file where there is no entry.
    pub offset: Option<u64>,
    /// The line, for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The page, for PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The paragraph or cell, for DOCX.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// One statement.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    /// As the user named it.
    pub path: String,
    /// ISO 639-1: zh, en, ja, ko, de, fr, es, pt or ru; or null.
    pub language: Option<&'static str>,
    /// What it discloses.
    pub disclosures: Vec<Disclosure>,
    /// Why that may be less than the truth.
    pub doubts: Vec<Doubt>,
    /// Its text, for formats that show it.
    #[serde(skip)]
    pub text: String,
    /// How each block was understood, with `--explain-parse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parse: Option<Vec<Step>>,
}

/// One block of a statement, and how it was understood.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// `heading`, `paragraph`, `table`, `list-item`, `code` or `opaque`.
    pub kind: &'static str,
    /// First line.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// How it was understood.
    pub understood: String,
    /// What came of each row, item or part of a line.
    pub rows: Vec<Outcome>,
}

/// What came of one row, item or part of a line.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The line.
    pub line: u32,
    /// The text in the place of a name; empty where there is none.
    pub written: String,
    /// It discloses something.
    pub discloses: bool,
    /// What it counts as, or why it does not count.
    pub outcome: String,
}

/// One disclosure.
#[derive(Debug, Clone, Serialize)]
pub struct Disclosure {
    /// As written.
    pub written: String,
    /// The platforms it is for; empty when the statement does not say.
    pub platforms: Vec<&'static str>,
    /// `row`, `item` or `prose`.
    pub form: &'static str,
    /// `app` or `sdk`.
    pub scope: &'static str,
    /// The SDK, where the row names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// How the name was resolved.
    pub resolution: &'static str,
    /// How much running text tells: `names`, `data` or `implies`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<&'static str>,
    /// What it counts as disclosing.
    pub permissions: Vec<String>,
    /// What it may mean and does not count.
    pub candidates: Vec<String>,
    /// The nearest real names of what names no permission.
    pub suggestions: Vec<String>,
    /// Where the house's policy file says what a name in it means.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub house: Vec<House>,
    /// The description, where there is one.
    pub description: Option<String>,
    /// The purpose; null where empty or a placeholder.
    pub purpose: Option<String>,
    /// True where the statement calls the permission required, false where it calls it optional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Where.
    pub location: TextLocation,
}

/// A place in the policy file, where the house says what a name means.
#[derive(Debug, Clone, Serialize)]
pub struct House {
    /// As the user sees it.
    pub file: &'static str,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The place in words, escaped.
    #[serde(skip)]
    pub words: String,
}

/// A place in a statement: lines and columns from 1, columns in code points, offset and length in bytes.
#[derive(Debug, Clone, Serialize)]
pub struct TextLocation {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column just past the end.
    pub end_column: u32,
    /// Bytes from the start of the file; for DOCX of the entry, for PDF of the extracted text.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// The page, for PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The archive entry, for DOCX.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The paragraph or cell, for DOCX.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where in the file a person finds it, where that is no line.
    #[serde(skip)]
    pub spot: Option<String>,
}

/// The result for packages against one disclosure.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The packages.
    pub packages: Vec<String>,
    /// The statements.
    pub statements: Vec<String>,
    /// True when all of them were read for certain.
    pub established: bool,
    /// The exit code by this verdict alone.
    pub exit_code: u8,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are notes.
    pub notes: usize,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// The platform, where it concerns one.
    pub platform: Option<&'static str>,
    /// The permission, where it concerns one.
    pub permission: Option<String>,
    /// The package, where it concerns one.
    pub package: Option<String>,
    /// The statement or the name of the group, where it concerns one.
    pub statement: Option<String>,
    /// What is so.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where; the first is the one to look at.
    pub locations: Vec<Location>,
    /// Stable over lines and versions.
    pub fingerprint: String,
    /// Why a house accepts it; null where it does not.
    pub accepted: Option<Accepted>,
    /// True when the baseline holds it: it does not fail the run. Left out otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// True when it is at or above the severity that fails the run.
    #[serde(skip)]
    pub fails: bool,
}

/// Why and how long a house accepts a finding.
#[derive(Debug, Clone, Serialize)]
pub struct Accepted {
    /// The reason that stands in the policy file.
    pub reason: String,
    /// The last day on which it holds; null for ever.
    pub until: Option<String>,
}

/// A place in a statement or in a package; what does not apply is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file.
    pub file: String,
    /// The archive entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// A path in the decoded document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// First line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// First column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Column just past the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
    /// The page, for PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Bytes from the start of the entry, or of the file; for PDF of the extracted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// True where the lines are those of text taken out of the document.
    #[serde(skip)]
    pub extracted: bool,
    /// What stands around this place on its line, for formats that show it.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
    /// The place in words.
    #[serde(skip)]
    pub words: String,
}

/// The part of a line of text around a place: a line can be a whole statement, with thousands of places on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// A few hundred code points at most.
    pub text: String,
    /// The column of its first code point, from 1.
    pub column: u32,
    /// The line goes on behind it.
    pub more: bool,
}

impl Excerpt {
    /// Code points that are shown of what stands before a place.
    const BEFORE: u32 = 20;
    /// Code points of an excerpt: more than a line of a terminal shows, marks without a width among them.
    const LEN: usize = 400;

    /// Cuts from `line` what stands around `column` (in code points, from 1). `known` is a column and the byte at which
    /// it begins, (1, 0) if no other is known; the one returned is that of the excerpt, from where the next one on the
    /// same line can be looked for.
    #[must_use]
    pub fn cut(line: &str, column: u32, known: (u32, usize)) -> (Excerpt, (u32, usize)) {
        let first = column.saturating_sub(Self::BEFORE).max(1);
        let (mut at, mut byte) = if known.0 <= first { known } else { (1, 0) };
        for c in line.get(byte..).unwrap_or_default().chars() {
            if at >= first {
                break;
            }
            byte += c.len_utf8();
            at += 1;
        }
        let rest = line.get(byte..).unwrap_or_default();
        let end = (rest.len() > Self::LEN).then(|| rest.char_indices().nth(Self::LEN)).flatten();
        let end = end.map(|(end, _)| end);
        let text = end.and_then(|end| rest.get(..end)).unwrap_or(rest).to_owned();
        (Excerpt { text, column: at, more: end.is_some() }, (at, byte))
    }
}

/// Counts of findings.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
    /// Accepted ones, which are in none of the other counts.
    pub accepted: usize,
}

/// One permission in the matrix of a verdict.
#[derive(Debug, Clone)]
pub struct MatrixRow {
    /// The full name.
    pub permission: String,
    /// The platform.
    pub platform: Platform,
    /// How the platform grants it.
    pub level: Option<&'static str>,
    /// What it lets an app do, in English and in Chinese; empty where the book does not know.
    pub meaning: [&'static str; 2],
    /// How the two sides stand.
    pub state: State,
    /// What it weighs that nothing discloses it.
    pub weight: Option<&'static str>,
    /// Where the disclosure or candidate is, where there is one.
    pub line: Option<MatrixPlace>,
}

/// A place in the matrix.
#[derive(Debug, Clone)]
pub struct MatrixPlace {
    /// The file.
    pub file: String,
    /// The line of the text.
    pub line: u32,
    /// Where in the file a person finds it: `line 7`, `page 3`.
    pub spot: String,
    /// The file and the spot: `privacy.md:7`, `privacy.pdf, page 3`; escaped.
    pub words: String,
}

impl MatrixRow {
    /// The order of rows: platform by platform, what is missing first, by its weight, whether or not something may mean
    /// it.
    #[must_use]
    pub fn rank(&self) -> (Platform, State, Option<usize>) {
        let state = if matches!(self.state, State::Candidate | State::Prose) { State::Missing } else { self.state };
        (self.platform, state, ["error", "warning", "note"].iter().position(|weight| Some(*weight) == self.weight))
    }
}

/// How declared and disclosed stand to one another for one permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Declared, not disclosed.
    Missing,
    /// Declared; running text names it and does not count.
    Prose,
    /// Declared; something may mean it and does not count.
    Candidate,
    /// Declared, and disclosed by a name that leaves open what is meant.
    Ambiguous,
    /// Added by the device, not disclosed.
    Implied,
    /// Declared and disclosed.
    Disclosed,
    /// Defined by the app itself: nothing to disclose.
    Own,
    /// Disclosed, not declared.
    Stale,
}
