//! The text of a statement, line by line: names that disclose are marked, and beside them stands what they disclose and
//! what is wrong with them.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::{Disclosure, Finding, Report, Statement};
use super::shown;

/// The identifier of line `line` of the statement `file`, where the page shows it.
pub(super) fn anchor(report: &Report, file: &str, line: Option<u32>) -> Option<String> {
    let index = report.statements.iter().position(|statement| statement.path == file)?;
    Some(format!("s{index}-{}", line?))
}

/// What stands beside a line.
#[derive(Default)]
struct Beside<'r> {
    disclosures: Vec<&'r Disclosure>,
    findings: Vec<&'r Finding>,
}

/// The text of `statement`, the one at `index`.
pub(super) fn statement(report: &Report, index: usize, statement: &Statement) -> Markup {
    let mut beside: BTreeMap<u32, Beside<'_>> = BTreeMap::new();
    for disclosure in &statement.disclosures {
        beside.entry(disclosure.location.line).or_default().disclosures.push(disclosure);
    }
    for finding in report.findings.iter().filter(|finding| !finding.is_quiet()) {
        let place = finding.locations.first().filter(|place| place.file == statement.path);
        if let Some(line) = place.and_then(|place| place.line) {
            beside.entry(line).or_default().findings.push(finding);
        }
    }
    html! {
        @if !statement.text.is_empty() {
            section.statement {
                h2 { "The statement " (shown(&statement.path)) }
                div.scroll {
                    table.text {
                        caption { "Its text. Marked is what names permissions; beside it stands what that counts as." }
                        tbody {
                            @for (number, text) in (1_u32..).zip(lines(&statement.text)) {
                                @let beside = beside.get(&number);
                                tr id={ "s" (index) "-" (number) } class=[beside.map(|_| "told")] {
                                    th scope="row" { (number) }
                                    td { (marked(text, beside)) }
                                    td.beside { @if let Some(beside) = beside { (notes(report, beside)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The lines of `text` without their ends, which are `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').flat_map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).split('\r')
    })
}

/// `text` with the names of its disclosures marked.
fn marked(text: &str, beside: Option<&Beside<'_>>) -> Markup {
    let byte = |column: u32| {
        let before = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        text.char_indices().nth(before).map_or(text.len(), |(at, _)| at)
    };
    let mut spans: Vec<(usize, usize, &str)> = beside
        .into_iter()
        .flat_map(|beside| &beside.disclosures)
        .map(|disclosure| {
            let at = &disclosure.location;
            let end = if at.end_line == at.line { byte(at.end_column) } else { text.len() };
            (byte(at.column), end, if disclosure.permissions.is_empty() { "open" } else { "named" })
        })
        .collect();
    spans.sort_unstable();
    let mut done = 0;
    let mut parts: Vec<(&str, &str)> = Vec::new();
    for (start, end, class) in spans {
        let start = start.max(done);
        parts.push((text.get(done..start).unwrap_or_default(), ""));
        parts.push((text.get(start..end).unwrap_or_default(), class));
        done = end.max(start);
    }
    parts.push((text.get(done..).unwrap_or_default(), ""));
    html! {
        @for (part, class) in parts {
            @if class.is_empty() || part.is_empty() { (shown(part)) } @else { mark class=(class) { (shown(part)) } }
        }
    }
}

fn notes(report: &Report, beside: &Beside<'_>) -> Markup {
    let is_judged = |name: &str| report.matrices.iter().flatten().any(|row| row.permission == name);
    html! {
        @for disclosure in &beside.disclosures {
            @if disclosure.permissions.is_empty() {
                p { (shown(&disclosure.written)) ": counts as nothing"
                    @if !disclosure.candidates.is_empty() { ", may mean " (shown(&disclosure.candidates.join(", "))) } }
            } @else {
                p {
                    "discloses "
                    @for (at, name) in disclosure.permissions.iter().enumerate() {
                        @if at > 0 { ", " }
                        @if is_judged(name) { a href={ "#p-" (shown(name)) } { (shown(name)) } } @else { (shown(name)) }
                    }
                }
            }
        }
        @for finding in &beside.findings {
            p class=(finding.severity) { code { (finding.rule) } }
        }
    }
}
