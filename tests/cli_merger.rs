//! The manifest merger's report, as a user meets it: who brought a permission in, in every format.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::process::{Command, Output};

use serde_json::Value;

const MERGED: &str = "fixtures/gradle/app/build/intermediates/merged_manifests/release/AndroidManifest.xml";
const SOURCE: &str = "fixtures/gradle/app/src/main/AndroidManifest.xml";
const REPORT: &str = "fixtures/gradle/app/build/outputs/logs/manifest-merger-release-report.txt";
const STATEMENT: &str = "fixtures/sample/privacy.md";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Permission and libraries of each declaration that was brought in.
fn brought_in(arguments: &[&str]) -> Vec<(String, Vec<String>)> {
    let output = run(&[arguments, &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let declarations = report["packages"][0]["declarations"].as_array().expect("declarations");
    let libraries = |d: &Value| {
        let list = d["brought_in_by"].as_array()?;
        let name = d["permission"].as_str()?.rsplit('.').next()?.to_owned();
        Some((name, list.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
    };
    declarations.iter().filter_map(libraries).collect()
}

#[test]
fn the_report_of_the_same_build_is_found_beside_a_merged_manifest() {
    let expected = [
        ("READ_CONTACTS", "com.example:share:2.4.1"),
        ("BLUETOOTH_SCAN", "com.example:nearby:1.0.3"),
        ("DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION", "androidx.core:core:1.13.1"),
    ];
    let expected = expected.map(|(name, library)| (name.to_owned(), vec![library.to_owned()]));
    assert_eq!(brought_in(&["inspect", MERGED]), expected);
    let output = run(&["inspect", MERGED]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).contains("line 12; brought in by com.example:share:2.4.1"), "{}", text(&output));
}

#[test]
fn a_report_can_be_named_for_any_package() {
    assert_eq!(brought_in(&["inspect", "fixtures/packages/minimal.apk", "--merger-report", REPORT]), []);
    let output = run(&["inspect", "fixtures/packages/minimal.apk", "--merger-report", REPORT]);
    assert_eq!(output.status.code(), Some(3), "it is not the report of this build");
    assert!(text(&output).contains("[android-merger-report]"), "{}", text(&output));
    let missing = run(&["inspect", MERGED, "--merger-report", "fixtures/none.txt"]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_finding_names_the_library_in_every_format() {
    let words = "brought in by com.example:share:2.4.1";
    for format in ["text", "json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let output = run(&["check", MERGED, "--statement", STATEMENT, "--no-config", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(text(&output).contains(words), "{format}: {}", text(&output));
    }
}

#[test]
fn a_source_is_not_established_and_says_why() {
    let output = run(&["inspect", SOURCE]);
    assert_eq!(output.status.code(), Some(3));
    let text = text(&output);
    for words in ["[android-unmerged]", "[android-build-marker]", "no package", "android.permission.READ_PHONE_STATE"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
