//! Running text and SDK rows, as a user meets them.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// A folder with one statement, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, statement: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("permaudit-prose-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join(".git")).expect("a folder");
        fs::write(path.join("privacy.md"), statement).expect("a file");
        Folder(path)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let app = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sample/app.apk");
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        command.current_dir(&self.0).env_remove("PERMAUDIT_CONFIG");
        let output = command.args(["check", app, "--statement", "privacy.md"]).args(arguments).output();
        String::from_utf8(output.expect("the binary runs").stdout).expect("text")
    }

    fn undisclosed(&self, arguments: &[&str]) -> Vec<Value> {
        let report = self.run(&[arguments, &["--format", "json"]].concat());
        let report: Value = serde_json::from_str(&report).expect("JSON");
        let findings = report["findings"].as_array().expect("findings");
        findings.iter().filter(|finding| finding["rule"] == "undisclosed").cloned().collect()
    }

    fn lacks(&self, arguments: &[&str], name: &str) -> bool {
        self.undisclosed(arguments).iter().any(|finding| finding["permission"] == name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const CONTACTS: &str = "android.permission.READ_CONTACTS";
const CAMERA: &str = "android.permission.CAMERA";
const PROSE: &str = "Notice\n\nWe collect your contacts. The unique device identifier is processed.\n";
const SDK: &str = "Notice\n\n| SDK name | Permission | Purpose |\n|---|---|---|\n| Maps | CAMERA | To scan |\n";

#[test]
fn prose_is_shown_with_what_is_undisclosed_and_counts_only_when_the_house_says_so() {
    let folder = Folder::new("accept", PROSE);
    let findings = folder.undisclosed(&[]);
    let contacts = findings.iter().find(|finding| finding["permission"] == CONTACTS).expect("a finding");
    assert_eq!(contacts["severity"], "error");
    let help = contacts["help"].as_str().expect("help");
    assert!(help.starts_with("mentioned only in prose, `your contacts` at privacy.md:3"), "{help}");
    let lines: Vec<&Value> = contacts["locations"].as_array().expect("places").iter().map(|p| &p["line"]).collect();
    assert!(lines.contains(&&Value::from(3)), "{lines:?}");
    assert!(folder.run(&[]).contains("MISSING, in prose at line 3"));

    assert!(!folder.lacks(&["--prose", "accept"], CONTACTS));
    assert!(folder.lacks(&["--prose", "ignore"], CONTACTS));
}

#[test]
fn a_sentence_is_never_stale() {
    let folder = Folder::new("stale", "Notice\n\nWe collect your call log.\n");
    let report = folder.run(&["--prose", "accept"]);
    assert!(!report.contains("warning[stale]"), "{report}");
}

#[test]
fn the_policy_file_decides_and_the_command_line_goes_before_it() {
    let folder = Folder::new("file", PROSE);
    fs::write(folder.0.join("permaudit.toml"), "prose = \"accept\"\nsdk = \"ignore\"\n").expect("a file");
    assert!(!folder.lacks(&[], CONTACTS));
    assert!(folder.lacks(&["--prose", "ignore"], CONTACTS));
    fs::write(folder.0.join("privacy.md"), SDK).expect("a file");
    assert!(folder.lacks(&[], CAMERA));
    assert!(!folder.lacks(&["--sdk", "count"], CAMERA));
}

#[test]
fn sdk_rows_count_unless_they_are_left_out_and_the_finding_says_so() {
    let folder = Folder::new("sdk", SDK);
    assert!(!folder.lacks(&[], CAMERA));
    let findings = folder.undisclosed(&["--sdk", "ignore"]);
    let camera = findings.iter().find(|finding| finding["permission"] == CAMERA).expect("a finding");
    assert!(camera["help"].as_str().expect("help").contains("in a row about an SDK"), "{camera}");
}
