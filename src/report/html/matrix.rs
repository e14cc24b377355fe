//! The matrix of permissions by statement, with filters that need no script.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::{Declaration, MatrixRow, Report, State, Verdict};
use super::{shown, source};
use crate::knowledge::Platform;

/// A filter: its identifier, what it is called, and the rows it shows (all where there is none).
const FILTERS: [(&str, &str, Option<Mood>); 4] = [
    ("show-all", "All", None),
    ("show-todo", "To do", Some(Mood::ToDo)),
    ("show-done", "Disclosed", Some(Mood::Done)),
    ("show-rest", "Nothing to do", Some(Mood::Rest)),
];

/// What a row asks of the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mood {
    /// Something is missing, open or stale.
    ToDo,
    /// Declared and disclosed.
    Done,
    /// No user has to be told of it.
    Rest,
}

impl Mood {
    fn of(row: &MatrixRow) -> Mood {
        match (row.state, row.weight) {
            (State::Missing | State::Candidate | State::Prose, Some("error" | "warning"))
            | (State::Ambiguous | State::Stale, _) => Mood::ToDo,
            (State::Disclosed, _) => Mood::Done,
            (State::Missing | State::Candidate | State::Prose | State::Implied | State::Own, _) => Mood::Rest,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Mood::ToDo => "todo",
            Mood::Done => "done",
            Mood::Rest => "rest",
        }
    }
}

/// One permission, with its row for each verdict.
struct Line<'r> {
    name: &'r str,
    cells: Vec<Option<&'r MatrixRow>>,
}

impl<'r> Line<'r> {
    fn rows(&self) -> impl Iterator<Item = &'r MatrixRow> + '_ {
        self.cells.iter().copied().flatten()
    }

    fn mood(&self) -> Mood {
        self.rows().map(Mood::of).min().unwrap_or(Mood::Rest)
    }

    fn platform(&self) -> Option<Platform> {
        self.rows().map(|row| row.platform).next()
    }
}

fn lines(report: &Report) -> Vec<Line<'_>> {
    let mut lines: BTreeMap<&str, Line<'_>> = BTreeMap::new();
    for (column, matrix) in report.matrices.iter().enumerate() {
        for row in matrix {
            let name = row.permission.as_str();
            let line = lines.entry(name).or_insert_with(|| Line { name, cells: vec![None; report.matrices.len()] });
            line.cells.iter_mut().skip(column).take(1).for_each(|cell| *cell = Some(row));
        }
    }
    let mut lines: Vec<Line<'_>> = lines.into_values().collect();
    lines.sort_by_key(|line| line.rows().map(MatrixRow::rank).min());
    lines
}

/// The matrix, where there is one.
pub(super) fn matrix(report: &Report) -> Markup {
    let lines = lines(report);
    let number = |mood: Option<Mood>| lines.iter().filter(|line| mood.is_none_or(|mood| line.mood() == mood)).count();
    let platforms = Platform::ALL.into_iter().filter(|p| lines.iter().any(|line| line.platform() == Some(*p)));
    html! {
        @if !lines.is_empty() {
            section.matrix aria-labelledby="matrix" {
                h2 #matrix { "Permissions" }
                @for (id, label, mood) in FILTERS {
                    input type="radio" name="filter" id=(id) checked[mood.is_none()];
                    label for=(id) { (label) " (" (number(mood)) ")" }
                }
                @for platform in platforms {
                    div.scroll {
                        table {
                            caption { (platform.title()) }
                            thead {
                                tr {
                                    th scope="col" { "Permission" }
                                    th scope="col" { "What it opens" }
                                    @for verdict in &report.verdicts { th scope="col" { (column(verdict)) } }
                                    th scope="col" { "What to write" }
                                }
                            }
                            tbody {
                                @for line in lines.iter().filter(|line| line.platform() == Some(platform)) {
                                    (self::line(report, line))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn column(verdict: &Verdict) -> String {
    let names: Vec<String> = verdict.statements.iter().map(|path| shown(path)).collect();
    names.join(" + ")
}

fn line(report: &Report, line: &Line<'_>) -> Markup {
    let first = line.rows().next();
    html! {
        tr class=(line.mood().class()) id={ "p-" (shown(line.name)) } {
            th scope="row" {
                code { (breakable(line.name)) }
                @if let Some(level) = first.and_then(|row| row.level) { " " span.level { (level) } }
            }
            td { (first.map(|row| row.meaning[0]).unwrap_or_default()) }
            @for (cell, verdict) in line.cells.iter().zip(&report.verdicts) {
                td { (state(report, *cell, verdict)) }
            }
            td { (advice(report, line)) }
        }
    }
}

/// A name that may be broken behind its dots and underscores.
fn breakable(name: &str) -> Markup {
    let name = shown(name);
    let parts = name.split_inclusive(['.', '_']);
    html! { @for part in parts { (part) wbr; } }
}

fn state(report: &Report, row: Option<&MatrixRow>, verdict: &Verdict) -> Markup {
    let Some(row) = row else { return html! { "–" } };
    let (class, word) = match (row.state, row.weight) {
        (State::Missing | State::Candidate | State::Prose, Some("error")) => ("error", "missing"),
        (State::Missing | State::Candidate | State::Prose, Some("warning")) => ("warning", "missing"),
        (State::Missing | State::Candidate | State::Prose, _) => ("plain", "not disclosed"),
        (State::Ambiguous, _) => ("warning", "ambiguous"),
        (State::Implied, _) => ("plain", "added by the device"),
        (State::Disclosed, _) => ("pass", "disclosed"),
        (State::Own, _) => ("plain", "the app's own"),
        (State::Stale, _) => ("warning", "disclosed, not declared"),
    };
    html! {
        span class={ "badge " (class) } { (word) }
        @if let Some(place) = &row.line {
            " "
            @match row.state {
                State::Candidate => "perhaps ",
                State::Prose => "in running text, ",
                _ => "",
            }
            @let words = if verdict.statements.len() == 1 { &place.spot } else { &place.words };
            @match source::anchor(report, &place.file, Some(place.line)) {
                Some(anchor) => a href={ "#" (anchor) } { (words) },
                None => (words),
            }
        }
    }
}

/// The row that a statement lacks, in its own language, the purpose left open.
fn advice(report: &Report, line: &Line<'_>) -> Markup {
    let lacking =
        |row: &MatrixRow| matches!(row.state, State::Missing | State::Candidate | State::Prose) && row.weight.is_some();
    let columns = line.cells.iter().zip(&report.verdicts).filter(|(cell, _)| cell.is_some_and(lacking));
    let mut rows: Vec<(&str, &str)> = columns
        .filter_map(|(cell, verdict)| {
            let is_chinese = report
                .statements
                .iter()
                .any(|statement| verdict.statements.contains(&statement.path) && statement.language == Some("zh"));
            let [english, chinese] = cell.as_ref()?.meaning;
            Some(if is_chinese { (chinese, "此处写明目的") } else { (english, "write the purpose here") })
        })
        .collect();
    rows.dedup();
    html! {
        @if line.mood() == Mood::ToDo {
            @for (meaning, blank) in rows {
                p.draft { (breakable(line.name)) " | " (meaning) " | " mark { (blank) } }
            }
        }
    }
}

/// One declaration of a package.
pub(super) fn declaration(declaration: &Declaration) -> Markup {
    html! {
        tr {
            th scope="row" { code { (breakable(&declaration.permission)) }
                " " span.level { (declaration.level.unwrap_or(declaration.kind)) } }
            td { (declaration.meaning) }
            td {
                @for (language, text) in &declaration.text {
                    p { @if language != "default" { (shown(language)) ": " } "“" (shown(text)) "”" }
                }
                @if let Some(value) = &declaration.value { p { code { (shown(value)) } } }
            }
            td.where {
                @match &declaration.implied_by {
                    Some(by) => { "added by the device: " (shown(by)) },
                    None => {
                        @if let Some(module) = &declaration.module { (shown(module)) ": " }
                        (shown(declaration.location.path.as_deref().unwrap_or_default()))
                        @if let Some(offset) = declaration.location.offset { " at byte " (offset) }
                    }
                }
            }
        }
    }
}
