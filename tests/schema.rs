//! Every JSON report follows `docs/report-v1.schema.json`.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

use std::process::Command;

use boon::{Compiler, Schemas};
use serde_json::Value;

const SAMPLE: &str = "fixtures/sample/app.apk";
const STATEMENT: &str = "fixtures/sample/privacy.md";
const CHINESE: &str = "fixtures/sample/privacy.zh.md";
const BROKEN: &str = "fixtures/sample/broken.md";

fn report(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_permaudit"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(["--format", "json"])
        .output()
        .expect("the binary runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// What the schema has against `report`; `None` when it has nothing.
fn objection(report: &Value) -> Option<String> {
    let mut schemas = Schemas::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report-v1.schema.json");
    let schema = Compiler::new().compile(path, &mut schemas).expect("the schema is valid");
    schemas.validate(report, schema).err().map(|error| format!("{error:#}"))
}

#[test]
fn every_command_writes_what_the_schema_says() {
    let golden = |name: &str| format!("fixtures/packages/{name}");
    let packages: Vec<String> = [
        "conditions.apk",
        "references.apk",
        "name-by-reference.apk",
        "legacy.apk",
        "minimal.apk",
        "utf8.apk",
        "entry.hap",
        "maps.hsp",
        "early.hap",
        "fieldnotes.app",
    ]
    .map(golden)
    .into();
    let mut everything = vec!["check", SAMPLE, "--hash", "--statement", STATEMENT, CHINESE];
    everything.extend(packages.iter().map(String::as_str));
    let mut inspected = vec!["inspect"];
    inspected.extend(packages.iter().map(String::as_str));
    for arguments in [
        &["check", SAMPLE, "--statement", STATEMENT][..],
        &["check", SAMPLE, "--statement", STATEMENT, CHINESE, "--combine"],
        &everything,
        &["inspect", SAMPLE],
        &inspected,
        // A statement is no package: the report that is not established has the same shape.
        &["inspect", STATEMENT],
        &["statement", STATEMENT, CHINESE],
        &["statement", "--explain-parse", STATEMENT, CHINESE, BROKEN],
    ] {
        let report = report(arguments);
        if let Some(objection) = objection(&report) {
            panic!("permaudit {}: {objection}", arguments.join(" "));
        }
    }
}

#[test]
fn how_a_statement_was_understood_is_told_when_asked_for() {
    let plain = report(&["statement", BROKEN]);
    assert_eq!(plain["statements"][0].get("parse"), None);
    let explained = report(&["statement", "--explain-parse", BROKEN]);
    let steps = explained["statements"][0]["parse"].as_array().expect("steps");
    assert!(steps.iter().any(|step| step["kind"] == "table" && step["rows"][0]["discloses"] == true));
    assert_eq!(plain["findings"], explained["findings"]);
}

#[test]
fn the_schema_refuses_a_report_that_hides_something() {
    let whole = report(&["inspect", STATEMENT]);
    assert_eq!(objection(&whole), None);
    let mut without_reason = whole.clone();
    without_reason["packages"][0]["doubts"] = Value::Array(Vec::new());
    assert!(objection(&without_reason).is_some(), "not established, and no doubt says why");
    let mut without_declarations = whole;
    without_declarations["packages"][0].as_object_mut().expect("a package").remove("declarations");
    assert!(objection(&without_declarations).is_some(), "no declared set");
}
