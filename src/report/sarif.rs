//! SARIF 2.1.0, as code scanning services read it.
//!
//! Field names and constraints: the OASIS SARIF 2.1.0 specification, and GitHub's page "SARIF support for code scanning"
//! (which of them it shows, and that it wants all four numbers of a region).

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::json::write_json;
use super::{Accepted, Doubt, Finding, Location, Report, Style};
use crate::rules::{RULES, Rule};

/// Writes `report` as one SARIF run.
///
/// # Errors
/// Those of `out`.
pub(super) fn sarif(report: &Report, _: Style, out: &mut dyn Write) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "permaudit",
                    version: report.tool.version,
                    semantic_version: report.tool.version,
                    rules: RULES.iter().map(|rule| descriptor(rule)).collect(),
                },
            },
            automation_details: AutomationDetails { id: automation_id(report) },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: report.exit_code != 3,
                exit_code: report.exit_code,
                tool_execution_notifications: notifications(report),
            }],
            results: report.findings.iter().map(result).collect(),
        }],
    };
    write_json(&log, out)
}

/// One analysis for each set of statements, so that a service keeps the results of several policies apart.
fn automation_id(report: &Report) -> String {
    let statements: Vec<&str> = report.statements.iter().map(|statement| statement.path.as_str()).collect();
    format!("permaudit/{}/", statements.join("+"))
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    Descriptor {
        id: rule.id,
        name: rule.id.split('-').map(capitalised).collect(),
        short_description: Text { text: rule.summary.to_owned() },
        full_description: Text { text: format!("{}. Severity: {}.", rule.summary, rule.severity) },
        help: Help { text: rule.explanation.trim(), markdown: rule.explanation.trim() },
        properties: Tags { tags: ["privacy", "permissions"] },
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn result(finding: &Finding) -> ResultOf {
    let mut places = finding.locations.iter();
    let primary = places.next();
    let help = if finding.help.is_empty() { String::new() } else { format!("\nTo do: {}.", finding.help) };
    let seen = finding.further("\nSee ", ".");
    ResultOf {
        rule_id: finding.rule,
        rule_index: RULES.iter().position(|rule| rule.id == finding.rule).unwrap_or_default(),
        level: finding.severity,
        message: Text { text: format!("{}.{help}{seen}", finding.message) },
        locations: primary.map(|place| at(place, None)).into_iter().collect(),
        related_locations: places.zip(1..).map(|(place, id)| at(place, Some(id))).collect(),
        suppressions: finding.accepted.iter().map(suppression).collect(),
        baseline_state: finding.known.then_some("unchanged"),
        partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", finding.fingerprint.clone())]),
    }
}

fn suppression(accepted: &Accepted) -> Suppression {
    let until = accepted.until.as_ref().map(|day| format!(" (until {day})")).unwrap_or_default();
    Suppression { kind: "external", justification: format!("{}{until}", accepted.reason) }
}

fn at(place: &Location, id: Option<usize>) -> LocationOf {
    // A place in a binary has no lines, and a service shows no result without them: the start of the file stands for
    // it, and the message says the entry and the byte.
    let line = place.line.unwrap_or(1);
    let column = place.column.unwrap_or(1);
    let region = Region {
        start_line: line,
        start_column: column,
        end_line: place.end_line.unwrap_or(line),
        end_column: place.end_column.unwrap_or(column),
    };
    LocationOf {
        id,
        physical_location: Physical { artifact_location: Artifact { uri: uri(&place.file) }, region },
        message: id.map(|_| Text { text: place.words.clone() }),
    }
}

fn notifications(report: &Report) -> Vec<Notification> {
    let one = |(path, doubt): (&str, &Doubt)| Notification {
        level: if doubt.accepted { "warning" } else { "error" },
        descriptor: NotificationId { id: doubt.code },
        message: Text { text: format!("Not established: {} ({})", doubt.message, doubt.place) },
        locations: [NotificationPlace { physical_location: Whole { artifact_location: Artifact { uri: uri(path) } } }],
    };
    report.doubts().map(one).collect()
}

/// A relative reference (RFC 3986): `/` between folders, everything but unreserved characters percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = String::with_capacity(path.len());
    let portable = path.replace('\\', "/");
    for byte in portable.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: AutomationDetails,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<ResultOf>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    properties: Tags,
}

#[derive(Serialize)]
struct Tags {
    tags: [&'static str; 2],
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    descriptor: NotificationId,
    message: Text,
    locations: [NotificationPlace; 1],
}

#[derive(Serialize)]
struct NotificationId {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotificationPlace {
    physical_location: Whole,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    artifact_location: Artifact,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultOf {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<LocationOf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<LocationOf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LocationOf {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_holds_no_character_that_means_something_else() {
        assert_eq!(uri("./docs/privacy policy#1.md"), "docs/privacy%20policy%231.md");
        assert_eq!(uri("docs\\隐私.md"), "docs/%E9%9A%90%E7%A7%81.md");
    }
}
