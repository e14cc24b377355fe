//! What the command line says of files that are broken, and of files that are not there.
//!
//! Not established (exit code 3): the report names the file, the entry, the byte and the cause, as text and as JSON, and
//! the gate fails. Usage (exit code 2): one sentence on standard error, and no report.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use support::zip::{Entry, Zip};

const APK: &[u8] = include_bytes!("../fixtures/sample/app.apk");
const MANIFEST: &[u8] = include_bytes!("../fixtures/packages/AndroidManifest.xml");
const MANIFEST_NAME: &str = "AndroidManifest.xml";
const STATEMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sample/privacy.md");

/// A folder of its own for each test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("malformed-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn permaudit(folder: &PathBuf, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_permaudit"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (status.code().expect("it was not killed"), text(stdout), text(stderr))
}

/// One broken package, and what must be said of it.
struct Case {
    file: &'static str,
    bytes: Vec<u8>,
    code: &'static str,
    entry: Option<&'static str>,
    /// A part of the sentence that names the cause.
    cause: &'static str,
}

fn cases() -> Vec<Case> {
    let other = || Entry::deflated("classes.dex", b"dex\n035\0");
    let with_manifest = |manifest: &[u8]| Zip::new([other(), Entry::deflated(MANIFEST_NAME, manifest)]).build();
    let case = |file, bytes, code, entry, cause| Case { file, bytes, code, entry, cause };
    vec![
        case("notes.apk", b"This is a letter, not a package.\n".to_vec(), "unknown-kind", None, "looks like text"),
        case("empty.apk", Vec::new(), "empty-file", None, "empty"),
        case("half.apk", APK[..APK.len() / 2].to_vec(), "zip-truncated", None, "end"),
        case("tail.apk", APK[..APK.len() - 1].to_vec(), "zip-truncated", None, "end"),
        case("other.apk", Zip::new([other()]).build(), "android-no-manifest", Some(MANIFEST_NAME), "no"),
        case("hollow.apk", with_manifest(b""), "android-empty-manifest", Some(MANIFEST_NAME), "empty"),
        case("cut.apk", with_manifest(&MANIFEST[..MANIFEST.len() / 2]), "axml-truncated", Some(MANIFEST_NAME), "bytes"),
        case("text.apk", with_manifest(b"<manifest/>"), "android-text-manifest", Some(MANIFEST_NAME), "text"),
        case(
            "twice.apk",
            Zip::new([Entry::deflated(MANIFEST_NAME, MANIFEST), other(), Entry::stored(MANIFEST_NAME, MANIFEST)])
                .build(),
            "zip-duplicate-name",
            None,
            "AndroidManifest.xml has two records",
        ),
        case("manifest.xml", MANIFEST[..100].to_vec(), "axml-truncated", None, "bytes"),
    ]
}

#[test]
fn a_broken_package_is_not_established_and_says_where_and_why() {
    let folder = folder("packages");
    for Case { file, bytes, code, entry, cause } in cases() {
        fs::write(folder.join(file), bytes).expect("it can be written");
        for arguments in [&["inspect", file][..], &["check", file, "--statement", STATEMENT]] {
            let (status, text, stderr) = permaudit(&folder, arguments);
            assert_eq!(status, 3, "{arguments:?}\n{text}{stderr}");
            assert_eq!(stderr, "", "{arguments:?}");
            assert!(text.contains(&format!("not established [{code}]")), "{arguments:?} names {code}\n{text}");
            let place = entry.map_or_else(|| file.to_owned(), |entry| format!("{file}!{entry}"));
            assert!(text.contains(&format!("--> {place}")), "{arguments:?} names {place}\n{text}");

            let (status, json, _) = permaudit(&folder, &[arguments, &["--format", "json"]].concat());
            let report: Value = serde_json::from_str(&json).expect("the report is JSON");
            assert_eq!((status, &report["exit_code"], &report["established"]), (3, &3.into(), &false.into()), "{file}");
            assert_eq!(report["packages"][0]["path"], file);
            let doubts = report["packages"][0]["doubts"].as_array().expect("a list");
            let doubt =
                doubts.iter().find(|doubt| doubt["code"] == code).unwrap_or_else(|| panic!("{file}: {doubts:?}"));
            let message = doubt["message"].as_str().expect("a sentence");
            assert!(message.contains(cause), "{file}: `{message}` says {cause}");
            assert!(text.contains(message), "{file}: the text says what the JSON says");
            assert_eq!(doubt["location"]["entry"].as_str(), entry, "{file}");
            // What is not there has no first byte.
            assert_eq!(doubt["location"]["offset"].is_u64(), code != "android-no-manifest", "{file}: {doubt}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_not_accepted_by_a_code_and_not_outvoted_by_exit_zero() {
    let folder = folder("accepted");
    for Case { file, bytes, code, .. } in cases() {
        fs::write(folder.join(file), bytes).expect("it can be written");
        let (status, text, _) =
            permaudit(&folder, &["check", file, "--statement", STATEMENT, "--exit-zero", "--fail-on", "note"]);
        assert_eq!(status, 3, "{file}\n{text}");
        // Two manifests are both read, and their union can be accepted; the rest cannot be read at all.
        let accept = ["inspect", file, "--accept-doubt", code, "--accept-doubt", "android-several-manifests"];
        let (status, text, _) = permaudit(&folder, &accept);
        assert_eq!(status, if file == "twice.apk" { 0 } else { 3 }, "{file}\n{text}");
    }
}

#[test]
fn one_broken_package_among_good_ones_decides() {
    let folder = folder("among");
    fs::write(folder.join("good.apk"), APK).expect("it can be written");
    fs::write(folder.join("half.apk"), &APK[..APK.len() / 2]).expect("it can be written");
    assert_eq!(permaudit(&folder, &["inspect", "good.apk"]).0, 0);
    for order in [["good.apk", "half.apk"], ["half.apk", "good.apk"]] {
        let (status, json, _) = permaudit(&folder, &["inspect", order[0], order[1], "--format", "json"]);
        let report: Value = serde_json::from_str(&json).expect("the report is JSON");
        assert_eq!(status, 3);
        let good = report["packages"].as_array().and_then(|all| all.iter().find(|p| p["path"] == "good.apk"));
        let declared = good.and_then(|package| package["declarations"].as_array()).map_or(0, Vec::len);
        assert!(declared > 9, "the good package is reported all the same: {declared}");
    }
}

#[test]
fn every_truncation_of_a_package_is_not_established() {
    let folder = folder("truncated");
    let path = folder.join("cut.apk");
    // Every length near the ends, and a sample of the lengths between.
    let lengths = (0..64).chain((64..APK.len() - 64).step_by(211)).chain(APK.len() - 64..APK.len());
    for length in lengths {
        fs::write(&path, &APK[..length]).expect("it can be written");
        let (status, text, _) = permaudit(&folder, &["inspect", "cut.apk"]);
        assert_eq!(status, 3, "{length} bytes\n{text}");
    }
}

#[test]
fn a_file_that_is_not_there_and_a_wrong_option_are_usage_errors() {
    let folder = folder("usage");
    fs::write(folder.join("app.apk"), APK).expect("it can be written");
    fs::create_dir(folder.join("folder")).expect("it can be made");
    for (arguments, said) in [
        (&["inspect", "missing.apk"][..], "missing.apk"),
        (&["check", "app.apk", "--statement", "missing.md"], "missing.md"),
        (&["check", "missing.apk", "--statement", STATEMENT], "missing.apk"),
        (&["statement", "folder"], "folder"),
        (&["inspect", "https://example.com/app.apk"], "URL"),
        (&["check", "app.apk", "--statement", "https://example.com/privacy"], "URL"),
        (&["inspect", "app.apk", "--no-such-option"], "--no-such-option"),
        (&["inspect", "app.apk", "--format", "yaml"], "yaml"),
        (&["inspect", "app.apk", "--accept-doubt", "no-such-code"], "no-such-code"),
        (&["inspect", "app.apk", "--output", "no/such/folder/report.txt"], "no/such/folder/report.txt"),
        (&["check", "app.apk"], "--statement"),
        (&["check", "app.apk", "--statement", STATEMENT, "--fail-on", "never"], "never"),
        (&["explain", "no-such-thing"], "no-such-thing"),
        (&["inspect"], "PACKAGE"),
        (&["no-such-command"], "no-such-command"),
        (&[], "Usage"),
    ] {
        let (status, stdout, stderr) = permaudit(&folder, arguments);
        assert_eq!(status, 2, "{arguments:?}\n{stdout}{stderr}");
        assert!(stderr.contains(said), "{arguments:?} says {said}\n{stderr}");
        assert_eq!(stdout, "", "{arguments:?}: nothing that looks like a report");
    }
}

#[test]
fn names_from_a_file_cannot_drive_the_terminal() {
    let folder = folder("escape");
    let hostile = "app\u{1b}[2K\u{202e}.apk";
    fs::write(folder.join(hostile), b"no package").expect("it can be written");
    for format in ["text", "json"] {
        let (status, stdout, _) = permaudit(&folder, &["inspect", hostile, "--format", format]);
        assert_eq!(status, 3);
        assert!(!stdout.contains(['\u{1b}', '\u{202e}']), "{format}: {stdout:?}");
    }
    let (status, _, stderr) = permaudit(&folder, &["inspect", "missing\u{1b}[2K.apk"]);
    assert_eq!(status, 2);
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
}
