//! Markdown for a pull-request comment or a job summary.

use std::io::{self, Write};

use super::{Finding, Report, State, Style, Verdict, count};
use crate::source::Escaped;

/// Writes `report` as GitHub-flavoured Markdown.
///
/// # Errors
/// Those of `out`.
pub(super) fn markdown(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    for verdict in &report.verdicts {
        writeln!(out, "{}", headline(verdict))?;
    }
    if report.doubts().next().is_some() {
        writeln!(out, "\n### Not established\n\n| what | where | code |\n| --- | --- | --- |")?;
        for (_, doubt) in report.doubts() {
            let code = if doubt.accepted { format!("{} (accepted)", doubt.code) } else { doubt.code.to_owned() };
            writeln!(out, "| {} | {} | {code} |", cell(&doubt.message), cell(&doubt.place))?;
        }
    }
    if !report.findings.is_empty() {
        writeln!(
            out,
            "\n### Findings\n\n| severity | rule | finding | where | to do |\n| --- | --- | --- | --- | --- |"
        )?;
        for finding in &report.findings {
            let Finding { severity, rule, message, help, locations, .. } = finding;
            let severity = match (&finding.accepted, finding.known) {
                (Some(accepted), _) => format!("accepted: {}", cell(&accepted.reason)),
                (None, true) => "known".to_owned(),
                (None, false) => (*severity).to_owned(),
            };
            let places: Vec<String> = locations.iter().map(|place| cell(&place.words)).collect();
            writeln!(out, "| {severity} | {rule} | {} | {} | {} |", cell(message), places.join("<br>"), cell(help))?;
        }
    }
    for (verdict, rows) in report.verdicts.iter().zip(&report.matrices).filter(|(_, rows)| !rows.is_empty()) {
        let statements = cell(&verdict.statements.join(" + "));
        writeln!(out, "\n<details><summary>Permissions against {statements}</summary>\n")?;
        writeln!(out, "| permission | level | state |\n| --- | --- | --- |")?;
        for row in rows {
            let line = row.line.as_ref().map(|place| format!(", {}", cell(&place.words))).unwrap_or_default();
            let state = match row.state {
                State::Missing => "**missing**".to_owned(),
                State::Prose => format!("**missing**, in prose at{}", line.trim_start_matches(',')),
                State::Candidate => format!("**missing**, perhaps{}", line.trim_start_matches(',')),
                State::Ambiguous => format!("ambiguous{line}"),
                State::Implied => "added by the device".to_owned(),
                State::Disclosed => format!("disclosed{line}"),
                State::Own => "the app's own".to_owned(),
                State::Stale => format!("stale{line}"),
            };
            writeln!(out, "| {} | {} | {state} |", cell(&row.permission), row.level.unwrap_or("-"))?;
        }
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

fn headline(verdict: &Verdict) -> String {
    let word = match verdict.exit_code {
        0 => "✅ permaudit passes",
        1 => "❌ permaudit fails",
        _ => "⛔ permaudit: not established",
    };
    let packages = cell(&verdict.packages.join(" + "));
    let statements = cell(&verdict.statements.join(" + "));
    let what = match (packages.is_empty(), statements.is_empty()) {
        (false, false) => format!("{packages} against {statements}"),
        _ => format!("{packages}{statements}"),
    };
    let counts =
        [count(verdict.errors, "error"), count(verdict.warnings, "warning"), count(verdict.notes, "note")].join(", ");
    format!("## {word}\n\n{what}: {counts}")
}

/// Text for a table cell that no renderer takes for markup: hostile characters escaped, every sign with a meaning in
/// Markdown or HTML as a character reference or behind a backslash, mentions and links kept from coming alive.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in Escaped(text).to_string().chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '$' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe.replace("://", ":&#47;/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_cell_or_come_alive() {
        assert_eq!(cell("a|b<img src=x>@you"), "a\\|b&lt;img src=x&gt;&#64;you");
        assert_eq!(cell("![x](https://a)"), "\\!\\[x\\](https:&#47;/a)");
        assert_eq!(cell("READ_SMS\n"), "READ\\_SMS\\\\u{a}");
    }
}
