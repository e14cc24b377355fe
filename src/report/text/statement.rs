//! The report of `permaudit statement`, for those who write statements: what is wrong, then what was understood.

use std::collections::BTreeSet;
use std::io;

use unicode_width::UnicodeWidthChar;

use super::{Ink, Page, count, join, pad, width};
use crate::doubt::Code;
use crate::knowledge::{Book, Platform};
use crate::report::{Disclosure, Doubt, Report, Statement, Step, Verdict};
use crate::source::Escaped;

/// Names that are listed of what a word may mean; `--format json` has all of them.
const MEANT: usize = 3;

impl Page<'_> {
    pub(super) fn statements(&mut self, report: &Report) -> io::Result<()> {
        for (verdict, statement) in report.verdicts.iter().zip(&report.statements) {
            self.summary(verdict, statement)?;
        }
        for statement in report.statements.iter().filter(|statement| !statement.doubts.is_empty()) {
            self.unread(statement)?;
        }
        self.findings(&report.findings)?;
        for statement in &report.statements {
            match &statement.parse {
                Some(steps) => self.steps(statement, steps)?,
                None => self.understood(statement)?,
            }
        }
        self.closing(report)
    }

    /// One line: the verdict, what was found, what is disclosed.
    fn summary(&mut self, verdict: &Verdict, statement: &Statement) -> io::Result<()> {
        let (ink, word) = match verdict.exit_code {
            0 => (Ink::Green, "PASS"),
            1 => (Ink::Red, "FAIL"),
            _ => (Ink::Red, "NOT ESTABLISHED"),
        };
        let found: Vec<String> = [(verdict.errors, "error"), (verdict.warnings, "warning"), (verdict.notes, "note")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| count(number, word))
            .collect();
        let found = if found.is_empty() { "nothing wrong".to_owned() } else { found.join(", ") };
        let word = self.paint(ink, word);
        writeln!(self.out, "{word}  {}: {found}; {}", join(&verdict.statements), disclosed(statement))
    }

    /// What could not be read, and what to do about it.
    fn unread(&mut self, statement: &Statement) -> io::Result<()> {
        let path = self.paint(Ink::Bold, Escaped(&statement.path));
        writeln!(self.out, "\n{path} could not be read for certain, so it may disclose more than this report says:")?;
        let mut told = BTreeSet::new();
        for Doubt { code, message, place, accepted, .. } in &statement.doubts {
            let word = if *accepted { "not established, accepted" } else { "not established" };
            let label = self.paint(if *accepted { Ink::Dim } else { Ink::Red }, word);
            writeln!(self.out, "{label} [{code}]: {}\n  --> {place}", Escaped(message))?;
            if let Some(known) = Code::from_name(code).filter(|_| told.insert(*code)) {
                let meaning = known.meaning().split_whitespace().collect::<Vec<_>>().join(" ");
                writeln!(self.out, "  {} {meaning}", self.paint(Ink::Green, "it means:"))?;
                if let Some(advice) = known.advice().filter(|_| !accepted) {
                    writeln!(self.out, "  {} {advice}", self.paint(Ink::Green, "to do:"))?;
                }
            }
        }
        Ok(())
    }

    /// A line for each row: what it counts as.
    fn understood(&mut self, statement: &Statement) -> io::Result<()> {
        let path = self.paint(Ink::Bold, Escaped(&statement.path));
        let (mentions, rows): (Vec<&Disclosure>, Vec<&Disclosure>) =
            statement.disclosures.iter().partition(|disclosure| disclosure.strength.is_some());
        let has_lines = statement.disclosures.iter().all(|disclosure| disclosure.location.spot.is_none());
        let title = if has_lines { "Line" } else { "Where" };
        if !rows.is_empty() {
            writeln!(self.out, "\nWhat {path} says, row by row:")?;
            let rows: Vec<[String; 5]> = rows.into_iter().map(cells).collect();
            self.table([title, "Written", "Purpose", "Scope", "Counts as"], rows)?;
        }
        if !mentions.is_empty() {
            writeln!(self.out, "\nWhat the running text of {path} mentions:")?;
            let mentions: Vec<[String; 4]> = mentions.into_iter().map(mention).collect();
            self.table([title, "Written", "How", "Counts as"], mentions)?;
        }
        Ok(())
    }

    /// How each block was understood; blocks of one kind that were understood alike stand on one line.
    fn steps(&mut self, statement: &Statement, steps: &[Step]) -> io::Result<()> {
        writeln!(self.out, "\nHow {} was read:", self.paint(Ink::Bold, Escaped(&statement.path)))?;
        let kinds = steps.iter().map(|step| step.kind.len()).max().unwrap_or_default();
        let alike = |a: &Step, b: &Step| a.kind == b.kind && a.understood == b.understood && a.kind != "table";
        for group in steps.chunk_by(alike) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let lines = if first.line == last.end_line {
                first.line.to_string()
            } else {
                format!("{}-{}", first.line, last.end_line)
            };
            let kind = if group.len() > 1 { format!("{} x{}", first.kind, group.len()) } else { first.kind.to_owned() };
            let kind = self.paint(Ink::Bold, pad(&kind, kinds));
            writeln!(self.out, "{}  {kind}  {}", pad(&lines, LINES_WIDTH), Escaped(&first.understood))?;
            for row in group.iter().flat_map(|step| &step.rows) {
                let written = if row.written.is_empty() { String::new() } else { format!("`{}`: ", row.written) };
                let ink = if row.discloses { Ink::Green } else { Ink::Yellow };
                let line = format!("line {}", row.line);
                let line = self.paint(ink, line);
                writeln!(self.out, "    {line}: {}{}", Escaped(&written), Escaped(&row.outcome))?;
            }
        }
        Ok(())
    }
}

/// Columns for what is written in the place of a name. The longest key of iOS has 54.
const WRITTEN_WIDTH: usize = 54;

/// Columns for the name of an SDK.
const SDK_WIDTH: usize = 20;

/// Columns for the lines of a block: `1234-1250`.
const LINES_WIDTH: usize = 9;

/// `23 rows disclose 22 permissions (Android 14, iOS 8)`.
fn disclosed(statement: &Statement) -> String {
    let names: BTreeSet<&str> =
        statement.disclosures.iter().flat_map(|row| &row.permissions).map(String::as_str).collect();
    let at_least = if statement.doubts.is_empty() { "" } else { "at least " };
    if names.is_empty() {
        return if at_least.is_empty() { "no permission is disclosed" } else { "what it discloses is not known" }
            .to_owned();
    }
    let counts = |row: &&Disclosure| !row.permissions.is_empty();
    let all = statement.disclosures.iter().filter(|row| row.strength.is_none() || counts(row)).count();
    let counting = statement.disclosures.iter().filter(counts).count();
    let rows = if counting == all { count(all, "row") } else { format!("{counting} of {}", count(all, "row")) };
    let verb = if counting == 1 { "discloses" } else { "disclose" };
    let by_platform: Vec<String> = Platform::ALL
        .into_iter()
        .map(|platform| (platform, names.iter().filter(|name| Book.fact(platform, name).is_some()).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(platform, number)| format!("{} {number}", platform.title()))
        .collect();
    let by_platform = if by_platform.is_empty() { String::new() } else { format!(" ({})", by_platform.join(", ")) };
    format!("{rows} {verb} {at_least}{}{by_platform}", count(names.len(), "permission"))
}

/// One row: line, written, purpose, scope, what it counts as.
fn cells(row: &Disclosure) -> [String; 5] {
    let purpose = match (&row.purpose, row.resolution) {
        (_, "negated") => "-",
        (Some(_), _) => "yes",
        (None, _) => "no",
    };
    let scope = match (&row.sdk, row.scope) {
        (Some(name), _) => format!("SDK {}", fit(name, SDK_WIDTH)),
        (None, "sdk") => "SDK".to_owned(),
        (None, scope) => scope.to_owned(),
    };
    let mut counts = if row.permissions.is_empty() { nothing(row) } else { row.permissions.join(", ") };
    counts.push_str(&by_house(row));
    [spot(row), fit(&row.written, WRITTEN_WIDTH), purpose.to_owned(), scope, counts]
}

/// Where the house says what a name in it means.
fn by_house(disclosure: &Disclosure) -> String {
    let places: Vec<&str> = disclosure.house.iter().map(|place| place.words.as_str()).collect();
    if places.is_empty() { String::new() } else { format!(" (by {})", places.join(", ")) }
}

/// Where a person finds it: the line, or the page or cell in a document without lines.
fn spot(disclosure: &Disclosure) -> String {
    disclosure.location.spot.clone().unwrap_or_else(|| disclosure.location.line.to_string())
}

/// One mention in running text: line, written, how it is mentioned, what it counts as.
fn mention(mention: &Disclosure) -> [String; 4] {
    let how = match (mention.resolution, mention.strength) {
        ("negated", _) => "denied or not in force",
        (_, Some("names")) => "names the permission",
        (_, Some("data")) => "names the data",
        _ => "implies it",
    };
    let mut counts = if mention.permissions.is_empty() { nothing(mention) } else { mention.permissions.join(", ") };
    counts.push_str(&by_house(mention));
    [spot(mention), fit(&mention.written, WRITTEN_WIDTH), how.to_owned(), counts]
}

/// As much of `text` as fits into `columns` of a terminal.
fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or_default();
        used < columns
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Why a row counts as nothing.
fn nothing(row: &Disclosure) -> String {
    let why = match (row.resolution, row.candidates.as_slice()) {
        ("negated", _) => "said not to be used".to_owned(),
        ("unknown", _) | (_, []) => {
            let titles: Vec<&str> =
                row.platforms.iter().filter_map(|name| Platform::from_name(name)).map(Platform::title).collect();
            let of = if titles.is_empty() { String::new() } else { format!(" of {}", titles.join(" and ")) };
            format!("no permission{of} has this name")
        }
        (_, meant) => {
            let (listed, rest) = meant.split_at(meant.len().min(MEANT));
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            format!("may mean {}{more}", listed.join(", "))
        }
    };
    format!("nothing: {why}")
}
