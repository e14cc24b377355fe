//! `permaudit draft`, from a statement that fails to one that passes.

#![allow(clippy::expect_used, reason = "a test may stop")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    command.current_dir(folder).args(arguments).output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const SAMPLE: &str = "fixtures/sample/app.apk";

#[test]
fn the_patch_makes_the_gate_pass_and_leaves_the_purposes_to_be_written() {
    let folder = std::env::temp_dir().join(format!("permaudit-draft-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    for file in ["app.apk", "privacy.md"] {
        fs::copy(here().join("fixtures/sample").join(file), folder.join(file)).expect("a copy");
    }
    let check = ["check", "app.apk", "--statement", "privacy.md"];
    assert_eq!(run(&folder, &check).status.code(), Some(1));
    let patch = run(&folder, &["draft", "app.apk", "--statement", "privacy.md", "--patch"]);
    assert_eq!(patch.status.code(), Some(0));
    fs::write(folder.join("rows.diff"), &patch.stdout).expect("a file");
    let applied = Command::new("git").current_dir(&folder).args(["apply", "rows.diff"]).output().expect("git runs");
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let after = run(&folder, &check);
    assert_eq!(after.status.code(), Some(0));
    for name in ["BLUETOOTH_SCAN", "POST_NOTIFICATIONS", "READ_CONTACTS"] {
        assert!(text(&after).contains(&format!("warning[no-purpose]: `{name}` is given no purpose")), "{name}");
    }
    let nothing = run(&folder, &["draft", "app.apk", "--statement", "privacy.md"]);
    assert_eq!((nothing.status.code(), text(&nothing)), (Some(0), String::new()));
    fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn without_a_statement_the_whole_table_is_drafted_in_either_language() {
    let english = text(&run(here(), &["draft", SAMPLE]));
    assert!(
        english.starts_with("## Android permissions\n\n| Permission | Description | Purpose |\n| --- | --- | --- |\n")
    );
    assert!(english.contains("\n| CAMERA | ") && english.contains(" | — |\n"));
    let chinese = text(&run(here(), &["draft", SAMPLE, "--language", "zh", "--format", "html"]));
    assert!(chinese.contains("<th>权限名称</th>") && chinese.contains("<td>CAMERA</td>"));
    assert!(!english.contains("DYNAMIC_RECEIVER"), "nobody needs to be told of the app's own");
}

#[test]
fn a_package_that_cannot_be_read_for_certain_is_not_established() {
    let doubtful = run(here(), &["draft", "fixtures/packages/name-by-reference.apk"]);
    assert_eq!(doubtful.status.code(), Some(3));
    assert_eq!(run(here(), &["draft", SAMPLE, "--patch"]).status.code(), Some(2), "there is nothing to patch");
}
