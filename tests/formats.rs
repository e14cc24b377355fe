//! The sample's report in every format is what stands in `fixtures/reports`. `UPDATE_REPORTS=1 cargo test --test formats`
//! writes it anew; read the difference before you commit it.

#![allow(clippy::expect_used, reason = "a test may stop")]

use std::fs;
use std::path::Path;
use std::process::Command;

use permaudit::report::FORMATS;

/// The report of `format` on the sample: every severity, a stale row, an unknown name, two statements.
fn report(format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_permaudit"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["check", "fixtures/sample/app.apk", "--no-config", "--format", format, "--statement"])
        .args(["fixtures/sample/privacy.md", "fixtures/sample/privacy.zh.md"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1), "{format}: {}", String::from_utf8_lossy(&output.stderr));
    // A new version is no new report.
    String::from_utf8(output.stdout).expect("UTF-8").replace(env!("CARGO_PKG_VERSION"), "0.0.0")
}

#[test]
fn every_format_says_what_it_said_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports");
    let mut known: Vec<String> = Vec::new();
    for format in FORMATS {
        let name = format!("sample.{}", format.name);
        let now = report(format.name);
        if std::env::var_os("UPDATE_REPORTS").is_some() {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join(&name), &now).expect("a file");
        }
        let before = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(before == now, "{name} differs: run with UPDATE_REPORTS=1 and read the difference");
        known.push(name);
    }
    let files = fs::read_dir(&folder).expect("a folder").map(|file| file.expect("a file").file_name());
    for file in files {
        assert!(known.iter().any(|name| file == name.as_str()), "{} is of no format", file.display());
    }
}

#[test]
fn the_page_runs_nothing_and_fetches_nothing() {
    let page = report("html");
    for forbidden in ["<script", "<link", "<img", "<iframe", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("Content-Security-Policy"));
}
