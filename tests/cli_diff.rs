//! `permaudit diff`, as a user meets it.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::process::{Command, Output};

use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("diff").args(arguments).output().expect("the binary runs")
}

fn changes(arguments: &[&str]) -> (i32, Vec<(String, String, String)>) {
    let output = run(&[arguments, &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let changes = report["changes"].as_array().expect("changes");
    let short = |change: &Value| (text(&change["severity"]), text(&change["kind"]), text(&change["permission"]));
    (output.status.code().expect("a code"), changes.iter().map(short).collect())
}

const MINIMAL: &str = "fixtures/packages/minimal.apk";
const SAMPLE: &str = "fixtures/sample/app.apk";
const STATEMENT: &str = "fixtures/sample/privacy.md";

#[test]
fn a_new_permission_weighs_what_it_opens_unless_the_statement_tells_of_it() {
    let (code, alone) = changes(&[MINIMAL, SAMPLE]);
    let camera = |all: &[(String, String, String)]| all.iter().find(|c| c.2.ends_with(".CAMERA")).map(|c| c.0.clone());
    assert_eq!((code, camera(&alone)), (1, Some("error".to_owned())));
    let (code, told) = changes(&[MINIMAL, SAMPLE, "--statement", STATEMENT]);
    assert_eq!((code, camera(&told)), (1, Some("note".to_owned())));
    assert!(told.iter().any(|c| c.0 == "error" && c.2 == "android.permission.READ_CONTACTS"));
    assert!(told.iter().all(|c| !c.2.contains("DYNAMIC_RECEIVER")), "the app's own is no news");
}

#[test]
fn what_is_gone_is_a_note_and_the_same_build_has_no_changes() {
    let (code, gone) = changes(&[SAMPLE, MINIMAL]);
    assert_eq!(code, 0);
    assert!(gone.iter().all(|c| c.0 == "note" && c.1 == "removed") && gone.len() > 5);
    assert_eq!(changes(&[SAMPLE, SAMPLE]), (0, Vec::new()));
}

#[test]
fn a_side_that_cannot_be_read_for_certain_is_not_established() {
    let doubtful = "fixtures/packages/name-by-reference.apk";
    assert_eq!(changes(&[SAMPLE, doubtful]).0, 3);
    assert_ne!(changes(&[SAMPLE, doubtful, "--accept-doubt", "android-name-not-text"]).0, 3);
}

#[test]
fn two_languages_of_a_statement_are_compared_by_what_they_disclose() {
    let (code, found) = changes(&[STATEMENT, "fixtures/sample/privacy.zh.md"]);
    assert_eq!(code, 0);
    assert!(found.contains(&("warning".into(), "removed".into(), "android.permission.ACCESS_FINE_LOCATION".into())));
    assert!(found.contains(&("note".into(), "added".into(), "android.permission.READ_CONTACTS".into())));
}

#[test]
fn a_package_and_a_statement_are_not_compared() {
    assert_eq!(run(&[SAMPLE, STATEMENT]).status.code(), Some(2));
}

#[test]
fn a_new_guarded_component_is_news_unless_the_statement_mentions_it() {
    const LISTENER: &str = "fixtures/packages/conditions.apk";
    let guard = |arguments: &[&str]| {
        let all = changes(arguments).1.into_iter();
        let found = all.filter(|c| c.2 == "android.permission.BIND_NOTIFICATION_LISTENER_SERVICE");
        found.map(|(severity, kind, _)| format!("{severity} {kind}")).collect::<Vec<_>>()
    };
    assert_eq!(guard(&[MINIMAL, LISTENER]), ["warning added"]);
    assert_eq!(guard(&[MINIMAL, LISTENER, "--statement", STATEMENT]), ["warning added"]);
    let told = "fixtures/scenarios/guarded-component.md";
    assert_eq!(guard(&[MINIMAL, LISTENER, "--statement", told]), ["note added"]);
    assert_eq!(guard(&[LISTENER, MINIMAL]), ["note removed"]);
    assert!(guard(&[LISTENER, LISTENER]).is_empty());
}
