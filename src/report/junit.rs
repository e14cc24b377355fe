//! JUnit XML: one suite for each verdict, one case for each permission and for each further finding.
//!
//! The form is the one that Jenkins, GitLab and GitHub test reporters share: `testsuites > testsuite > testcase` with
//! `failure`, `error` and `skipped`. What could not be read is an `error`, so that a dashboard never counts it as passed.

use std::io::{self, Write};

use super::{Finding, Report, Style};
use crate::source::{begins_command, is_hostile};

/// Writes `report` as JUnit XML.
///
/// # Errors
/// Those of `out`.
pub(super) fn junit(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let doubts: Vec<Case> = report
        .doubts()
        .map(|(path, doubt)| Case {
            class: "not-established",
            name: format!("{path} [{}]", doubt.code),
            outcome: if doubt.accepted { Outcome::Skipped } else { Outcome::Error },
            message: doubt.message.clone(),
            body: doubt.place.clone(),
        })
        .collect();
    let findings: Vec<Case> = report.findings.iter().map(case).collect();
    let disclosed = report.matrices.iter().flatten().filter(|row| row.state == super::State::Disclosed);
    let passed: Vec<Case> = disclosed
        .map(|row| Case {
            class: "disclosed",
            name: row.permission.clone(),
            outcome: Outcome::Passed,
            message: String::new(),
            body: String::new(),
        })
        .collect();
    let all: Vec<&Case> = doubts.iter().chain(&findings).chain(&passed).collect();
    let count = |outcome| all.iter().filter(|case| case.outcome == outcome).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        all.len(),
        count(Outcome::Failure),
        count(Outcome::Error),
        count(Outcome::Skipped)
    );
    writeln!(out, "<testsuites name=\"permaudit\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"{}\" {counts}>", Xml(&suite(report)))?;
    for case in all {
        case.write(out)?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn suite(report: &Report) -> String {
    let packages: Vec<&str> = report.packages.iter().map(|package| package.path.as_str()).collect();
    let statements: Vec<&str> = report.statements.iter().map(|statement| statement.path.as_str()).collect();
    match (packages.is_empty(), statements.is_empty()) {
        (false, false) => format!("{} against {}", packages.join(" + "), statements.join(", ")),
        (_, true) => packages.join(" + "),
        (true, _) => statements.join(", "),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Skipped,
    Failure,
    Error,
}

struct Case {
    class: &'static str,
    name: String,
    outcome: Outcome,
    message: String,
    body: String,
}

/// A finding below the severity that fails the run is skipped: shown, and no failure.
fn case(finding: &Finding) -> Case {
    let subject = finding.permission.as_deref().or(finding.statement.as_deref()).unwrap_or_default();
    let place = finding.locations.first().map(|place| place.words.clone()).unwrap_or_default();
    let more = finding.further("\nsee ", "");
    Case {
        class: finding.rule,
        name: format!("{subject} ({place})"),
        outcome: if finding.fails { Outcome::Failure } else { Outcome::Skipped },
        message: format!("{}: {}", finding.severity, finding.message),
        body: format!("{place}{more}\nto do: {}", finding.help),
    }
}

impl Case {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "    <testcase classname=\"permaudit.{}\" name=\"{}\"", self.class, Xml(&self.name))?;
        let tag = match self.outcome {
            Outcome::Passed => return writeln!(out, "/>"),
            Outcome::Skipped => return writeln!(out, "><skipped message=\"{}\"/></testcase>", Xml(&self.message)),
            Outcome::Failure => "failure",
            Outcome::Error => "error",
        };
        let (message, body) = (Xml(&self.message), Xml(&self.body));
        writeln!(out, ">\n      <{tag} type=\"{}\" message=\"{message}\">{body}</{tag}>\n    </testcase>", self.class)
    }
}

/// Text for an attribute or an element: markup characters as entities, hostile ones as `\u{…}` (XML 1.0 has no form
/// for most control characters), line ends kept in elements by their reference.
struct Xml<'a>(&'a str);

impl std::fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, c) in self.0.char_indices() {
            match c {
                '#' if begins_command(self.0, at) => f.write_str("&#35;")?,
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' => f.write_str("&#10;")?,
                c if is_hostile(c) || ('\u{fffe}'..='\u{ffff}').contains(&c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_attribute() {
        assert_eq!(
            Xml("a\"><x&\u{1}\u{202e}\n##[x]").to_string(),
            "a&quot;&gt;&lt;x&amp;\\u{1}\\u{202e}&#10;#&#35;[x]"
        );
    }
}
