//! `--timeout`: what takes too long is stopped, is not established, and leaves everything else as it is.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use permaudit::check::{self, Options};
use permaudit::doubt::Code;
use permaudit::source::Source;
use serde_json::Value;
use support::zip::{Entry, Zip};

/// What a run may take beyond its limits, with tests of a build without optimisation beside it. Without a limit each of
/// the slow files takes several times as long, or more memory than there is.
const SLACK: Duration = Duration::from_secs(8);

/// A folder of its own for each test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("timeout-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join("good.apk"), include_bytes!("../fixtures/sample/app.apk")).expect("a file");
    fs::write(folder.join("good.md"), include_bytes!("../fixtures/sample/privacy.md")).expect("a file");
    fs::write(folder.join("slow.aar"), slow_package()).expect("a file");
    fs::write(folder.join("slow.md"), slow_statement()).expect("a file");
    folder
}

/// A library with a manifest of many requests.
fn slow_package() -> Vec<u8> {
    let root = r#"<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.example">"#;
    let requests = r#"<uses-permission android:name="a.b"/>"#.repeat(60_000);
    let classes = Zip::new([]).build();
    let manifest = Entry::deflated("AndroidManifest.xml", format!("{root}{requests}</manifest>"));
    Zip::new([manifest, Entry::stored("classes.jar", classes)]).build()
}

/// A table of many names that do not exist.
fn slow_statement() -> String {
    let rows = (0..20_000).map(|number| format!("| android.permission.NO_SUCH_{number} | scanning |\n"));
    format!("## Permissions\n\n| Permission | Purpose |\n|---|---|\n{}", rows.collect::<String>())
}

fn permaudit(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    let output = command.current_dir(folder).args(arguments).output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (output.status.code().expect("it was not killed"), text(output.stdout), text(output.stderr))
}

#[test]
fn every_command_stops_in_time_and_is_not_established() {
    let folder = folder("commands");
    let limit = ["--timeout", "0.2"];
    for (arguments, entry) in [
        (&["inspect", "slow.aar"][..], Some("slow.aar!AndroidManifest.xml")),
        (&["check", "slow.aar", "--statement", "good.md"], Some("slow.aar!AndroidManifest.xml")),
        (&["check", "good.apk", "--statement", "slow.md"], Some("--> slow.md")),
        (&["statement", "slow.md"], Some("--> slow.md")),
        (&["statement", "--explain-parse", "slow.md"], Some("--> slow.md")),
        (&["diff", "good.apk", "slow.aar"], Some("slow.aar!AndroidManifest.xml")),
        (&["diff", "good.md", "slow.md"], Some("slow.md")),
        (&["draft", "slow.aar"], None),
        (&["draft", "good.apk", "--statement", "slow.md"], None),
        (&["scan", "slow.aar"], None),
    ] {
        let started = Instant::now();
        let (code, out, err) = permaudit(&folder, &[arguments, &limit].concat());
        let took = started.elapsed();
        assert_eq!(code, 3, "{arguments:?}: {out}{err}");
        assert!(took < SLACK, "{arguments:?}: {took:?}");
        if let Some(entry) = entry {
            for part in ["limit-time", "0.2 s", "--timeout SECONDS", entry] {
                assert!(out.contains(part), "{arguments:?} should say {part}: {out}");
            }
        }
    }
}

#[test]
fn what_was_read_of_a_slow_file_does_not_count() {
    let folder = folder("nothing");
    let (code, out, _) = permaudit(&folder, &["inspect", "slow.aar", "--format", "json", "--timeout", "0.2"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["established"]), (3, &Value::Bool(false)));
    let package = &report["packages"][0];
    assert_eq!(package["declarations"], Value::Array(Vec::new()));
    assert_eq!(package["doubts"][0]["code"], "limit-time");
    assert_eq!(package["doubts"][0]["location"]["entry"], "AndroidManifest.xml");
    // Nothing was established that could be accepted.
    for accept in [&["inspect", "slow.aar"][..], &["check", "good.apk", "--statement", "slow.md"]] {
        let arguments = [accept, &["--timeout", "0.2", "--accept-doubt", "limit-time"]].concat();
        assert_eq!(permaudit(&folder, &arguments).0, 3, "{accept:?}");
    }
}

#[test]
fn one_slow_file_leaves_the_others_as_they_are() {
    let folder = folder("others");
    let line = |out: &str, path: &str| {
        let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        lines.into_iter().find(|line| line["path"] == path).expect("the package has a line")
    };
    let pairs = "slow.aar\tgood.md\ngood.apk\tslow.md\ngood.apk\tgood.md\n";
    fs::write(folder.join("pairs.tsv"), pairs).expect("a file");
    let (code, out, err) = permaudit(&folder, &["scan", "--pairs", "pairs.tsv", "--jobs", "1", "--timeout", "0.3"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("2 not established") && err.contains("1 with findings"), "{err}");
    let codes = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["exit_code"].clone());
    assert_eq!(codes.collect::<Vec<_>>(), [3, 3, 1]);

    // A scan that is gone on with reads again what ran out of time, and nothing else.
    let resume = ["scan", "good.apk", "slow.aar", "--resume", "lines.jsonl"];
    let (_, _, err) = permaudit(&folder, &[&resume[..], &["--timeout", "0.3"]].concat());
    assert!(err.contains("2 packages: 1 clean, 1 not established"), "{err}");
    let (_, _, err) = permaudit(&folder, &resume);
    assert!(err.contains("1 package: 1 clean, 1 unchanged since the earlier scan"), "{err}");
    let lines = fs::read_to_string(folder.join("lines.jsonl")).expect("lines");
    assert_eq!(line(&lines, "slow.aar")["package"]["doubts"][0]["code"], "limit-time");
    assert!(lines.lines().last().is_some_and(|line| line.contains("a.b")), "now without a limit");
}

#[test]
fn a_limit_that_is_not_reached_changes_no_byte() {
    let folder = folder("same");
    for arguments in [
        &["check", "good.apk", "--statement", "good.md", "--format", "json"][..],
        &["inspect", "good.apk", "--hash", "--format", "json"],
        &["statement", "good.md", "--explain-parse"],
        &["diff", "good.apk", "good.apk"],
        &["draft", "good.apk", "--statement", "good.md"],
    ] {
        let free = permaudit(&folder, arguments);
        assert_eq!(permaudit(&folder, &[arguments, &["--timeout", "3600"]].concat()), free, "{arguments:?}");
    }
}

#[test]
fn a_limit_is_a_number_of_seconds_above_zero() {
    let folder = folder("usage");
    for typed in ["0", "0.0", "-1", "soon", "1s", ""] {
        let (code, out, err) = permaudit(&folder, &["inspect", "good.apk", &format!("--timeout={typed}")]);
        assert_eq!((code, out.as_str()), (2, ""), "{typed}");
        assert!(err.contains("--timeout"), "{typed}: {err}");
    }
}

#[test]
fn the_flag_goes_before_the_variable_and_that_before_the_policy_file() {
    let folder = folder("policy");
    fs::write(folder.join("permaudit.toml"), "timeout = 0.2\n").expect("a file");
    let (code, out, _) = permaudit(&folder, &["statement", "slow.md"]);
    assert!(code == 3 && out.contains("0.2 s"), "{out}");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        command.current_dir(&folder).env("PERMAUDIT_TIMEOUT", "0.3").args(["statement", "slow.md"]).args(arguments);
        String::from_utf8(command.output().expect("the binary runs").stdout).expect("UTF-8")
    };
    assert!(run(&[]).contains("0.3 s"));
    assert!(run(&["--timeout", "0.4"]).contains("0.4 s"));
    fs::write(folder.join("permaudit.toml"), "timeout = 0\n").expect("a file");
    let (code, _, err) = permaudit(&folder, &["statement", "good.md"]);
    assert!(code == 2 && err.contains("permaudit.toml:1:11") && err.contains("seconds above 0"), "{err}");
}

/// Whatever a run was doing when its time was used up, the next one finds everything as it was: tables that are made once
/// for all statements, among others, are made whole.
#[test]
fn a_run_that_was_stopped_anywhere_spoils_nothing() {
    let statement = include_bytes!("../fixtures/sample/privacy.md");
    let package = include_bytes!("../fixtures/sample/app.apk");
    let mut stopped = 0;
    let mut limit = Duration::from_micros(1);
    while limit < Duration::from_secs(2) {
        let options = Options { timeout: Some(limit), ..Options::default() };
        let sources = vec![Source::new("privacy.md", statement.to_vec())];
        let read = check::read_statement(&sources[0], &options);
        let packages = vec![Source::new("app.apk", package.to_vec())];
        let report = check::check(&[check::Product { packages, groups: vec![sources] }], &options);
        let told = report.packages.iter().flat_map(|package| &package.doubts);
        let told = told.chain(report.statements.iter().flat_map(|statement| &statement.doubts)).map(|doubt| doubt.code);
        let codes: Vec<&str> = read.disclosures.doubts().iter().map(|doubt| doubt.code.name()).chain(told).collect();
        assert!(codes.iter().all(|code| *code == Code::LimitTime.name()), "{limit:?}: {codes:?}");
        assert_eq!(report.exit_code == 3, codes.len() > usize::from(!read.disclosures.is_whole()), "{limit:?}");
        stopped += usize::from(!codes.is_empty());
        limit = limit * 3 / 2;
    }
    assert!(stopped > 5, "{stopped} runs were stopped");
    let report = check::statements(vec![Source::new("privacy.md", statement.to_vec())], &Options::default());
    assert!(report.established && !report.statements[0].disclosures.is_empty());
}

/// The rules are within the limit too: what they cannot judge in time is not established.
#[test]
fn rules_that_take_too_long_leave_the_verdict_open() {
    let rows = "| NSBluetoothAlwaysUsageDescription | for versions earlier than iOS 13 | pairing |\n".repeat(2_000);
    let text = format!("## iOS permissions\n\n| Permission | Description | Purpose |\n|---|---|---|\n{rows}");
    let source = Source::new("privacy.md", text.into_bytes());
    let read = std::sync::Arc::new(check::read_statement(&source, &Options::default()));
    assert!(read.disclosures.is_whole());
    let options = Options { timeout: Some(Duration::from_millis(1)), ..Options::default() };
    let report = check::against(&Source::new("app.apk", Vec::new()), vec![read], &options);
    assert_eq!((report.exit_code, report.established, report.verdicts[0].exit_code), (3, false, 3));
    assert!(!report.verdicts[0].established);
    assert!(report.statements[0].doubts.iter().any(|doubt| doubt.code == "limit-time"));
}
