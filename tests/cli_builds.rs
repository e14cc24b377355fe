//! Several builds of one product against one statement, and what a reviewer sees of each build.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

const INFO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>CFBundleIdentifier</key><string>com.example.fieldnotes</string>
<key>CFBundlePackageType</key><string>APPL</string>
<key>NSCameraUsageDescription</key><string>Takes pictures for your notes</string>
<key>NSMotionUsageDescription</key><string>Counts the steps between two notes</string>
</dict></plist>
"#;

const STATEMENT: &str = "# Permissions\n\n## Android permissions\n\n| Permission | Purpose |\n| --- | --- |\n\
                         | CAMERA | scans codes |\n| INTERNET | synchronises |\n\n## iOS permissions\n\n\
                         | Permission | Purpose |\n| --- | --- |\n| NSCameraUsageDescription | scans codes |\n";

/// A folder with one build for each platform and a statement, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("permaudit-builds-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        fs::copy("fixtures/packages/minimal.apk", path.join("app.apk")).expect("a copy");
        fs::write(path.join("Info.plist"), INFO).expect("a file");
        fs::write(path.join("privacy.md"), STATEMENT).expect("a file");
        Folder(path)
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        let output = command.current_dir(&self.0).args(arguments).output().expect("the binary runs");
        (output.status.code().expect("a code"), String::from_utf8(output.stdout).expect("UTF-8"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn one_matrix_holds_every_platform_and_a_table_counts_for_its_own_alone() {
    let folder = Folder::new("matrix");
    let (status, text) = folder.run(&["check", "app.apk", "Info.plist", "--statement", "privacy.md"]);
    assert_eq!(status, 1, "{text}");
    let matrix: Vec<&str> = text.split("\n\n").nth(1).expect("a matrix").lines().skip(1).collect();
    let android = matrix.iter().position(|line| *line == "Android:").expect("a part for Android");
    let ios = matrix.iter().position(|line| *line == "iOS:").expect("a part for iOS");
    assert!(android < ios);
    let rows_of = |from: usize, to: usize| -> Vec<(&str, &str)> {
        let rows = matrix[from + 1..to].iter().map(|line| line.split_whitespace());
        rows.map(|mut words| (words.next().expect("a name"), words.nth(1).expect("a state"))).collect()
    };
    assert_eq!(
        rows_of(ios, matrix.len()),
        [("NSMotionUsageDescription", "MISSING"), ("NSCameraUsageDescription", "disclosed,")]
    );
    assert!(rows_of(android, ios).iter().all(|(name, _)| !name.starts_with("NS")));
}

#[test]
fn a_run_with_one_platform_needs_no_parts() {
    let folder = Folder::new("alone");
    let (_, text) = folder.run(&["check", "Info.plist", "--statement", "privacy.md"]);
    assert!(!text.contains("\niOS:\n"), "{text}");
}

#[test]
fn a_reviewer_reads_how_it_is_granted_what_it_opens_with_which_text_and_where() {
    let folder = Folder::new("inspect");
    let (status, text) = folder.run(&["inspect", "Info.plist"]);
    assert_eq!(status, 0, "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("the user is asked")).expect("the group");
    assert!(lines[at + 1].starts_with("  NSCameraUsageDescription: "), "{text}");
    assert_eq!(lines[at + 2].trim(), "\"Takes pictures for your notes\"");
    assert!(lines[at + 3].contains("at line 5"), "{text}");
}
