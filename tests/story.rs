//! The life of the sample product: a first run that fails, drafted rows, a statement that passes, and a new build that
//! asks for more.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::axml::{manifest, uses};
use support::zip::{Entry, Zip};

/// The sample as a team has it, removed at the end.
struct Team(PathBuf);

impl Team {
    fn new() -> Team {
        let folder = std::env::temp_dir().join(format!("permaudit-story-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for file in ["app.apk", "app.ipa", "privacy.md", "privacy.zh.md", "permaudit.toml"] {
            let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/sample").join(file);
            fs::copy(sample, folder.join(file)).expect("a copy");
        }
        Team(folder)
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        let output = command.current_dir(&self.0).args(arguments).output().expect("the binary runs");
        (output.status.code().expect("a code"), String::from_utf8(output.stdout).expect("UTF-8"))
    }

    /// The gate on a day on which one of the accepted findings is over.
    fn gate(&self) -> (i32, Value) {
        let (status, json) = self.run(&["check", "--date", "2026-11-27", "--format", "json"]);
        (status, serde_json::from_str(&json).expect("JSON"))
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Rule and permission of the findings that count, of one severity.
fn open<'r>(report: &'r Value, severity: &str) -> Vec<(&'r str, &'r str)> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let counted = findings.filter(|finding| finding["severity"] == severity && finding["accepted"].is_null());
    let mut pairs: Vec<(&str, &str)> = counted
        .map(|finding| (finding["rule"].as_str().expect("a rule"), finding["permission"].as_str().unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn the_life_of_a_product() {
    let team = Team::new();

    // The first run: three permissions are missing in English, one of them because its waiver is over.
    let (status, report) = team.gate();
    assert_eq!(status, 1);
    assert_eq!(
        open(&report, "error"),
        [
            ("undisclosed", "android.permission.BLUETOOTH_SCAN"),
            ("undisclosed", "android.permission.POST_NOTIFICATIONS"),
            ("undisclosed", "android.permission.READ_CONTACTS"),
        ]
    );
    let accepted = report["findings"].as_array().expect("findings").iter().find(|f| !f["accepted"].is_null());
    assert_eq!(accepted.map(|finding| &finding["rule"]), Some(&Value::from("stale")));
    assert!(open(&report, "note").iter().any(|(rule, _)| *rule == "unused-waiver"), "the waiver whose time is over");
    let codes: Vec<&Value> = report["verdicts"].as_array().expect("verdicts").iter().map(|v| &v["exit_code"]).collect();
    assert_eq!(codes, [1, 0], "the Chinese statement passes");

    // The rows are drafted in the statement's own columns, and somebody who knows writes the purposes.
    let (status, patch) = team.run(&["draft", "app.apk", "app.ipa", "--statement", "privacy.md", "--patch"]);
    assert_eq!(status, 0);
    fs::write(team.0.join("rows.diff"), patch).expect("a file");
    let applied = Command::new("git").current_dir(&team.0).args(["apply", "rows.diff"]).status().expect("git runs");
    assert!(applied.success());
    let (status, report) = team.gate();
    assert_eq!((status, open(&report, "error")), (0, Vec::new()));
    let blanks = open(&report, "warning").iter().filter(|(rule, _)| *rule == "no-purpose").count();
    assert_eq!(blanks, 4, "three drafted rows, and one that had none before");
    let statement = fs::read_to_string(team.0.join("privacy.md")).expect("a file");
    let filled = statement.replace("| — |", "| Finds the rangefinder and tells the surveyor about it. |");
    let filled = filled.replace("microphone. | |", "microphone. | Adds a voice memo to a note. |");
    fs::write(team.0.join("privacy.md"), filled).expect("a file");
    let (status, report) = team.gate();
    assert!(open(&report, "warning").iter().all(|(rule, _)| *rule != "no-purpose"));
    assert_eq!(status, 0);

    // A new build asks for one more.
    let declared = report["packages"][0]["declarations"].as_array().expect("declarations").clone();
    let names = declared.iter().filter(|d| d["kind"] == "uses-permission" && d["origin"] == "declared");
    let names: Vec<&str> = names.map(|d| d["permission"].as_str().expect("a name")).collect();
    let next = manifest(names.iter().map(|name| uses(name)).chain([uses("android.permission.READ_CALL_LOG")]));
    let build = Zip::new([Entry::deflated("AndroidManifest.xml", next.bytes())]).build();
    fs::rename(team.0.join("app.apk"), team.0.join("before.apk")).expect("a new name");
    fs::write(team.0.join("app.apk"), build).expect("a file");
    let (status, report) = team.gate();
    assert_eq!(status, 1, "{}", report["packages"][0]["doubts"]);
    assert_eq!(open(&report, "error"), [("undisclosed", "android.permission.READ_CALL_LOG"); 2], "in either language");
    let first = &report["findings"][0];
    assert!(first["help"].as_str().expect("help").starts_with("add a row to the statement's Android table"), "{first}");

    // One sentence says what changed and what to do.
    let (status, text) = team.run(&["diff", "before.apk", "app.apk", "--statement", "privacy.md"]);
    assert_eq!(status, 1, "{text}");
    let sentence = text.lines().find(|line| line.contains("READ_CALL_LOG")).expect("a sentence");
    assert!(sentence.contains("READ_CALL_LOG"), "{text}");
}
