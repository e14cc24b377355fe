//! GitLab Code Quality: a JSON list of issues.
//!
//! Fields: GitLab's page "Code Quality", section on the report format (`description`, `check_name`, `fingerprint`,
//! `severity` of info, minor, major, critical, blocker, `location.path`, `location.lines.begin`).

use std::io::{self, Write};

use serde::Serialize;

use super::json::write_json;
use super::{Report, Style};

/// Writes `report` as a list of issues. What could not be read for certain is a blocker.
///
/// # Errors
/// Those of `out`.
pub(super) fn gitlab(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    let doubts = report.doubts().filter(|(_, doubt)| !doubt.accepted).map(|(path, doubt)| Issue {
        description: format!("Not established: {} ({})", doubt.message, doubt.place),
        check_name: doubt.code,
        fingerprint: format!("{}:{path}:{}", doubt.code, doubt.location.offset.unwrap_or_default()),
        severity: "blocker",
        location: Location { path: portable(path), lines: Lines { begin: doubt.location.line.unwrap_or(1) } },
    });
    let findings = report.findings.iter().filter(|finding| !finding.is_quiet()).filter_map(|finding| {
        let place = finding.locations.first()?;
        Some(Issue {
            description: format!("{}. To do: {}", finding.message, finding.help),
            check_name: finding.rule,
            fingerprint: finding.fingerprint.clone(),
            severity: match finding.severity {
                "error" => "critical",
                "warning" => "minor",
                _ => "info",
            },
            location: Location { path: portable(&place.file), lines: Lines { begin: place.line.unwrap_or(1) } },
        })
    });
    write_json(&doubts.chain(findings).collect::<Vec<_>>(), out)
}

/// GitLab wants a path relative to the repository, with `/`.
fn portable(path: &str) -> String {
    path.replace('\\', "/").trim_start_matches("./").to_owned()
}

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}
