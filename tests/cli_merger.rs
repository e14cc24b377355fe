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

#[test]
fn a_guarded_component_names_the_library_that_brought_it_in() {
    use std::fs;

    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::temp_dir().join(format!("permaudit-merger-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let service = |class: &str, guard: &str| {
        format!("<service android:name=\"{class}\" android:permission=\"android.permission.{guard}\" />\n")
    };
    let services = [
        ("com.example.nearby.Watcher", "BIND_ACCESSIBILITY_SERVICE"),
        ("com.example.fieldnotes.Tunnel", "BIND_VPN_SERVICE"),
    ];
    let manifest = fs::read_to_string(here.join(MERGED)).expect("the manifest");
    let services = services.map(|(class, guard)| service(class, guard)).concat();
    let manifest = manifest.replace("    </application>", &format!("{services}    </application>"));
    fs::write(folder.join("AndroidManifest.xml"), manifest).expect("a file");
    let report = fs::read_to_string(here.join(REPORT)).expect("the report");
    let nodes = "service#com.example.nearby.Watcher\nADDED from [com.example:nearby:1.0.3] /caches/nearby-1.0.3/AndroidManifest.xml:12:9-13:40\n\
                 service#com.example.fieldnotes.Tunnel\nADDED from /builds/fieldnotes/app/src/main/AndroidManifest.xml:12:9-13:40\n";
    fs::write(folder.join("report.txt"), format!("{report}{nodes}")).expect("a file");
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (manifest, report) = (at("AndroidManifest.xml"), at("report.txt"));
    let found = brought_in(&["inspect", &manifest, "--merger-report", &report]);
    assert!(found.contains(&("BIND_ACCESSIBILITY_SERVICE".to_owned(), vec!["com.example:nearby:1.0.3".to_owned()])));
    assert!(found.iter().all(|(name, _)| name != "BIND_VPN_SERVICE"), "{found:?}");
    let check = run(&["check", &manifest, "--statement", STATEMENT, "--merger-report", &report, "--no-config"]);
    let said = text(&check);
    for words in [
        "com.example.nearby.Watcher [brought in by com.example:nearby:1.0.3] is guarded by",
        "with tools:node=\"remove\"",
        "com.example.fieldnotes.Tunnel is guarded by",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    fs::remove_dir_all(&folder).expect("the folder goes");
}
