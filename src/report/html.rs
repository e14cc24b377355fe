//! A page for a person who reads reports in a browser or on paper: the verdict, what to do, the matrix of permissions by
//! statement, and the statement's text with its rows marked.
//!
//! One file, no script, nothing fetched: a content security policy in the page forbids both. What can be hidden is
//! hidden by style alone, so that everything can be read where styles are off. Every string of an input goes through
//! [`shown`], which escapes what does not show, and through the template, which escapes markup.

mod matrix;
mod source;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Command, Doubt, Finding, Location, Report, Style, Verdict, common_ending, count};
use crate::rules;
use crate::source::Escaped;

/// The style sheet.
const STYLE: &str = include_str!("html/style.css");

/// Nothing is loaded and nothing runs, whatever an input holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes `report` as one HTML page.
///
/// # Errors
/// Those of `out`.
pub(super) fn html(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(report).into_string().as_bytes())
}

/// Untrusted text as it may be shown: hostile characters come out by their number.
fn shown(text: &str) -> String {
    Escaped(text).to_string()
}

/// A sentence of a rule, in which names stand between backquotes.
fn sentence(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (shown(part)) } } @else { (shown(part)) }
        }
    }
}

fn page(report: &Report) -> Markup {
    let title = title(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ (report.tool.name) " " (report.tool.version) };
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.product { "permaudit" }
                    h1 { (title) }
                    (verdicts(report))
                }
                main {
                    (doubts(report))
                    (matrix::matrix(report))
                    (findings(report))
                    (packages(report))
                    @for (index, statement) in report.statements.iter().enumerate() {
                        (source::statement(report, index, statement))
                    }
                }
                footer {
                    p {
                        "Made by permaudit " (report.tool.version) ". It compares names: whether a purpose is true, and \
                        what the law of a country asks for, is for people to judge."
                    }
                }
            }
        }
    }
}

fn title(report: &Report) -> String {
    let of = |package: &super::Package| shown(package.id.as_deref().unwrap_or(&package.path));
    let mut names: Vec<String> = report.packages.iter().map(of).collect();
    names.dedup();
    match report.command {
        Command::Check => format!("Permissions of {}", names.join(" and ")),
        Command::Inspect => format!("What {} declares", names.join(" and ")),
        Command::Statement => {
            let paths: Vec<String> = report.statements.iter().map(|statement| shown(&statement.path)).collect();
            format!("What {} discloses", paths.join(" and "))
        }
    }
}

fn verdicts(report: &Report) -> Markup {
    html! {
        @for verdict in &report.verdicts {
            (self::verdict(verdict))
        }
        @if report.verdicts.is_empty() && !report.established {
            p.verdict.open { strong { "Not established" } " What the package declares could not be read for certain." }
        }
    }
}

fn verdict(verdict: &Verdict) -> Markup {
    let (class, word) = match verdict.exit_code {
        0 => ("pass", "Pass"),
        1 => ("fail", "Fail"),
        _ => ("open", "Not established"),
    };
    let statements: Vec<String> = verdict.statements.iter().map(|path| shown(path)).collect();
    let counts: Vec<String> = [(verdict.errors, "error"), (verdict.warnings, "warning"), (verdict.notes, "note")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| count(number, word))
        .collect();
    html! {
        p class={ "verdict " (class) } {
            strong { (word) }
            " " (statements.join(" + ")) ": "
            @if counts.is_empty() { "nothing found" } @else { (counts.join(", ")) }
            @if !verdict.established && verdict.exit_code != 3 { " (with an accepted doubt: the sets are open)" }
        }
    }
}

fn doubts(report: &Report) -> Markup {
    let all: Vec<(&str, &Doubt)> = report.doubts().collect();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="doubts" {
                h2 #doubts { "Not established" }
                p {
                    "These parts could not be read for certain. What is listed below is at least what there is; there may \
                    be more."
                }
                ul.cards {
                    @for (_, doubt) in all {
                        li.card.open {
                            p { (sentence(&doubt.message)) }
                            p.where { (doubt.place) " · " code { (doubt.code) } @if doubt.accepted { " · accepted" } }
                        }
                    }
                }
            }
        }
    }
}

fn findings(report: &Report) -> Markup {
    html! {
        @if report.command != Command::Inspect {
            section aria-labelledby="findings" {
                h2 #findings { "What to do" }
                @if report.findings.is_empty() { p { "Nothing." } }
                ul.cards {
                    @for group in groups(&report.findings) {
                        (card(report, group))
                    }
                }
            }
        }
    }
}

/// Findings of one rule, severity, first place and advice, one behind the other, belong together.
fn groups(findings: &[Finding]) -> impl Iterator<Item = &[Finding]> {
    findings.chunk_by(|one, next| {
        let alike = one.rule == next.rule && one.severity == next.severity && one.help == next.help;
        alike && one.locations.first() == next.locations.first() && one.is_quiet() == next.is_quiet()
    })
}

fn card(report: &Report, group: &[Finding]) -> Markup {
    let Some(first) = group.first() else { return html! {} };
    let class = if first.is_quiet() { "quiet" } else { first.severity };
    html! {
        li class={ "card " (class) } {
            p.label {
                span.severity {
                    @match (&first.accepted, first.known) {
                        (Some(_), _) => "accepted",
                        (None, true) => "known",
                        (None, false) => (first.severity),
                    }
                }
                " " code { (first.rule) }
            }
            @match (group, rules::find(first.rule)) {
                ([_, _, ..], Some(rule)) => {
                    h3 { (group.len()) " " (rule.several) }
                    @let ending = common_ending(group);
                    ul {
                        @for finding in group {
                            @let own = finding.message.len().saturating_sub(ending);
                            li { (sentence(finding.message.get(..own).unwrap_or(&finding.message))) (evidence(report, finding.locations.get(1..))) }
                        }
                    }
                }
                _ => h3 { (sentence(&first.message)) },
            }
            @if let Some(accepted) = &first.accepted {
                p { "Accepted: " (shown(&accepted.reason)) @if let Some(until) = &accepted.until { " (until " (until) ")" } }
            }
            @if !first.help.is_empty() { p { strong { "To do: " } (sentence(&first.help)) } }
            (evidence(report, first.locations.get(..1)))
            @if group.len() == 1 { (evidence(report, first.locations.get(1..))) }
        }
    }
}

/// Places, those in a statement that is on the page as links.
fn evidence(report: &Report, places: Option<&[Location]>) -> Markup {
    html! {
        @for place in places.unwrap_or_default() {
            p.where {
                @match source::anchor(report, &place.file, place.line) {
                    Some(anchor) => a href={ "#" (anchor) } { (place.words) },
                    None => (place.words),
                }
            }
        }
    }
}

fn packages(report: &Report) -> Markup {
    html! {
        @for package in &report.packages {
            section.package {
                h2 { "The package " (shown(&package.path)) }
                dl {
                    @if let Some(kind) = package.kind { dt { "kind" } dd { (kind) } }
                    @if let Some(id) = &package.id { dt { "identifier" } dd { (shown(id)) } }
                    @if let Some(version) = &package.version { dt { "version" } dd { (shown(version)) } }
                    @if let Some(hash) = &package.sha256 { dt { "SHA-256" } dd { code { (hash) } } }
                }
                details open[report.command == Command::Inspect] {
                    summary { "What it declares, and where" }
                    div.scroll {
                        table {
                            thead {
                                tr { th scope="col" { "Permission" } th scope="col" { "What it opens" }
                                    th scope="col" { "Text" } th scope="col" { "Where" } }
                            }
                            tbody {
                                @for declaration in &package.declarations {
                                    (matrix::declaration(declaration))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
