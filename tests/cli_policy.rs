//! The policy file, waivers and the baseline, as a user meets them.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder with the sample product, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("permaudit-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("deep/er")).expect("a folder");
        fs::create_dir_all(path.join(".git")).expect("a folder");
        for file in ["app.apk", "privacy.md", "privacy.zh.md"] {
            let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sample").join(file);
            fs::copy(sample, path.join(file)).expect("a copy");
        }
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a file");
    }

    fn run(&self, folder: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        command.current_dir(self.0.join(folder)).env_remove("PERMAUDIT_CONFIG");
        command.args(arguments).output().expect("the binary runs")
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run("", &[arguments, &["--format", "json"]].concat());
        (output.status.code().expect("a code"), serde_json::from_slice(&output.stdout).expect("JSON"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PRODUCT: &str = "[[product]]\npackages = [\"*.apk\"]\nstatements = [\"privacy.md\"]\n";

fn undisclosed(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    let open = findings.iter().filter(|f| f["rule"] == "undisclosed" && f["accepted"].is_null());
    open.map(|f| f["permission"].as_str().expect("a name")).collect()
}

#[test]
fn the_policy_file_names_the_products_from_any_folder_below_it() {
    let folder = Folder::new("products");
    folder.write("permaudit.toml", PRODUCT);
    let output = folder.run("deep/er", &["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let here = folder.run("deep/er", &["check", "--no-config"]);
    assert_eq!(here.status.code(), Some(2), "without the file there is nothing to check");
}

#[test]
fn a_product_without_a_file_is_an_error_and_never_a_pass() {
    let folder = Folder::new("nothing");
    folder.write("permaudit.toml", "[[product]]\npackages = [\"build/*.apk\"]\nstatements = [\"privacy.md\"]\n");
    let output = folder.run("", &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("permaudit.toml:1:1: `build/*.apk` matches no file"));
}

/// An app for iOS as a folder, that asks for `keys`.
fn bundle(folder: &Folder, name: &str, keys: &[&str]) {
    let path = folder.0.join(name);
    fs::create_dir_all(&path).expect("a folder");
    let keys = keys.iter().map(|key| format!("<key>{key}</key><string>To scan a code on paper</string>"));
    let keys = keys.collect::<Vec<_>>().concat();
    let plist = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict><key>CFBundleIdentifier</key>\
         <string>com.example.{}</string><key>CFBundleExecutable</key><string>App</string>{keys}</dict></plist>\n",
        path.file_stem().expect("a name").to_string_lossy(),
    );
    fs::write(path.join("Info.plist"), plist).expect("a file");
}

/// Identifiers of the packages that were read.
fn read(report: &Value) -> Vec<&str> {
    report["packages"].as_array().expect("packages").iter().map(|p| p["id"].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_glob_matches_folders_that_are_packages_and_nothing_inside_them() {
    let folder = Folder::new("bundles");
    bundle(&folder, "build/Notes.app", &["NSCameraUsageDescription"]);
    bundle(&folder, "build/Notes.app/Watch/Wrist.app", &[]);
    fs::create_dir_all(folder.0.join("build/logs")).expect("a folder");
    for packages in ["build/*.app", "build/**/*.app", "build/*", "build/Notes.app", "**/Notes.app"] {
        let product = PRODUCT.replace("*.apk", packages);
        folder.write("permaudit.toml", &product);
        let (_, report) = folder.json(&["check"]);
        assert_eq!(read(&report), ["com.example.Notes"], "{packages}");
        assert_eq!(report["packages"][0]["declarations"][0]["permission"], "NSCameraUsageDescription", "{packages}");
    }
    folder.write("permaudit.toml", &PRODUCT.replace("*.apk", "build/*.ipa"));
    let output = folder.run("", &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`build/*.ipa` matches no file"));
    folder.write("permaudit.toml", &PRODUCT.replace("\"privacy.md\"", "\"buil*\""));
    assert_eq!(folder.run("", &["check"]).status.code(), Some(2), "a folder is no statement");
}

#[test]
#[cfg(unix)]
fn a_link_out_of_the_folder_of_a_glob_is_not_followed() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new("links");
    bundle(&folder, "elsewhere/Other.app", &["NSCameraUsageDescription"]);
    bundle(&folder, "build/Notes.app", &[]);
    symlink("../elsewhere/Other.app", folder.0.join("build/Linked.app")).expect("a link");
    folder.write("permaudit.toml", &PRODUCT.replace("*.apk", "build/*.app"));
    let output = folder.run("", &["check"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("build/Linked.app is a link that leads out of"), "{error}");

    folder.write("permaudit.toml", &PRODUCT.replace("*.apk", "build/Linked.app"));
    assert_eq!(read(&folder.json(&["check"]).1), ["com.example.Other"], "what is named itself is followed");
    symlink("elsewhere", folder.0.join("out")).expect("a link");
    folder.write("permaudit.toml", &PRODUCT.replace("*.apk", "out/*.app"));
    assert_eq!(read(&folder.json(&["check"]).1), ["com.example.Other"], "and so is the folder before the wildcard");
}

#[test]
fn a_folder_with_brackets_in_its_name_is_no_pattern() {
    let folder = Folder::new("brackets-[ab]");
    folder.write("permaudit.toml", PRODUCT);
    assert_eq!(folder.run("deep", &["check"]).status.code(), Some(1));
}

#[test]
fn an_accepted_finding_does_not_fail_until_its_day_is_over() {
    let folder = Folder::new("accepted");
    let names = ["BLUETOOTH_SCAN", "POST_NOTIFICATIONS", "READ_CONTACTS"];
    let accept = names.map(|name| {
        format!("[[accept]]\nrule = \"undisclosed\"\npermission = \"android.permission.{name}\"\nreason = \"in the next statement\"\nuntil = 2027-01-31\n")
    });
    folder.write("permaudit.toml", &format!("{PRODUCT}{}", accept.concat()));
    let (code, report) = folder.json(&["check", "--date", "2027-01-31"]);
    assert_eq!((code, undisclosed(&report)), (0, vec![]));
    assert_eq!(report["summary"]["accepted"], 3);

    let (code, report) = folder.json(&["check", "--date", "2027-02-01"]);
    assert_eq!(code, 1);
    assert_eq!(undisclosed(&report), names.map(|name| format!("android.permission.{name}")));
    let expired = report["findings"].as_array().expect("findings").iter().filter(|f| f["rule"] == "unused-waiver");
    assert_eq!(expired.count(), 3);
}

#[test]
fn severities_are_the_house_s_own_and_what_cannot_be_read_still_fails() {
    let folder = Folder::new("severity");
    folder.write(
        "permaudit.toml",
        &format!("fail-on = \"warning\"\n{PRODUCT}[severity]\nundisclosed = \"note\"\nstale = \"off\"\n"),
    );
    let (code, report) = folder.json(&["check"]);
    assert_eq!(code, 1, "warnings fail here");
    assert_eq!(report["summary"]["errors"], 0);
    assert!(report["findings"].as_array().expect("findings").iter().all(|f| f["rule"] != "stale"));
    assert_eq!(folder.json(&["check", "--fail-on", "error"]).0, 0, "the command line goes first");

    fs::write(folder.0.join("app.apk"), b"PK\x03\x04 cut short").expect("a file");
    assert_eq!(folder.json(&["check", "--exit-zero"]).0, 3);
}

#[test]
fn every_mistake_in_the_policy_file_is_said_at_once() {
    let folder = Folder::new("mistakes");
    folder.write("permaudit.toml", "fail-on = \"loud\"\nsurprise = 1\n");
    let output = folder.run("", &["check", "app.apk", "--statement", "privacy.md"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("permaudit.toml:1:11: one of") && error.contains("permaudit.toml:2:1: `surprise`"),
        "{error}"
    );
}

#[test]
fn only_what_the_baseline_does_not_hold_fails() {
    let folder = Folder::new("baseline");
    let check = ["check", "app.apk", "--statement", "privacy.md"];
    folder.run("", &[&check[..], &["--format", "json=before.json"]].concat());
    let with = [&check[..], &["--baseline", "before.json"]].concat();
    let (code, report) = folder.json(&with);
    assert_eq!(code, 0, "nothing is new");
    assert!(report["findings"].as_array().expect("findings").iter().all(|f| f["known"] == true));

    let statement = fs::read_to_string(folder.0.join("privacy.md")).expect("a statement");
    let without: Vec<&str> = statement.lines().filter(|line| !line.contains("| CAMERA")).collect();
    folder.write("privacy.md", &without.join("\n"));
    let (code, report) = folder.json(&with);
    let new: Vec<&Value> =
        report["findings"].as_array().expect("findings").iter().filter(|f| f["known"].is_null()).collect();
    assert_eq!(code, 1);
    assert_eq!(new.len(), 1);
    assert_eq!(new[0]["permission"], "android.permission.CAMERA");

    folder.write("before.json", "{}");
    assert_eq!(folder.run("", &with).status.code(), Some(2), "a baseline that is none hides nothing");
}

/// A package that asks for a permission of a vendor, and a statement that calls it by the house's word.
fn house(name: &str, row: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write(
        "AndroidManifest.xml",
        "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"com.example.notes\" android:versionCode=\"1\">\n\
         <uses-sdk android:minSdkVersion=\"24\" android:targetSdkVersion=\"35\"/>\n\
         <uses-permission android:name=\"com.acme.permission.ACME_PUSH\"/>\n<application/>\n</manifest>\n",
    );
    folder.write(
        "notes.md",
        &format!("# Android permissions\n\n| Permission | Purpose |\n|---|---|\n| {row} | To tell of new notes |\n"),
    );
    folder
}

const NOTES: [&str; 4] = ["check", "AndroidManifest.xml", "--statement", "notes.md"];

const HOUSE: &str = "[[permission]]\nname = \"com.acme.permission.ACME_PUSH\"\nplatform = \"android\"\nlevel = \"normal\"\n\
    personal = true\nmeaning = \"Receive messages of the Acme push service\"\nvendor = \"Acme\"\n\
    [[word]]\ntext = [\"Acme push permission\"]\npermissions = [\"com.acme.permission.ACME_PUSH\"]\n";

#[test]
fn a_word_of_the_house_discloses_and_the_report_says_by_which_line() {
    let folder = house("word", "Acme push permission");
    let (code, report) = folder.json(&NOTES);
    assert_eq!((code, undisclosed(&report)), (1, vec!["com.acme.permission.ACME_PUSH"]), "nobody knows the word");

    folder.write("permaudit.toml", HOUSE);
    let (code, report) = folder.json(&NOTES);
    assert_eq!((code, undisclosed(&report)), (0, vec![]));
    let row = &report["statements"][0]["disclosures"][0];
    assert_eq!(row["resolution"], "alias");
    assert_eq!(row["permissions"], serde_json::json!(["com.acme.permission.ACME_PUSH"]));
    assert_eq!(row["house"], serde_json::json!([{ "file": "permaudit.toml", "line": 9, "column": 9 }]));
    let text = String::from_utf8(folder.run("", &NOTES).stdout).expect("UTF-8");
    assert!(text.contains("disclosed, line 5 (by permaudit.toml:9)"), "{text}");
    let lint = String::from_utf8(folder.run("", &["statement", "notes.md"]).stdout).expect("UTF-8");
    assert!(lint.contains("com.acme.permission.ACME_PUSH (by permaudit.toml:9)"), "{lint}");
}

#[test]
fn what_the_house_tells_of_a_permission_decides_how_much_it_weighs() {
    let folder = house("weight", "Internet");
    folder.write("permaudit.toml", HOUSE);
    let (code, report) = folder.json(&NOTES);
    assert_eq!((code, undisclosed(&report)), (1, vec!["com.acme.permission.ACME_PUSH"]));
    let declaration = &report["packages"][0]["declarations"][0];
    assert_eq!((&declaration["level"], &declaration["house"]["line"]), (&"normal".into(), &2.into()));
    let message = report["findings"][0]["message"].as_str().expect("a message");
    assert!(message.contains("receive messages of the Acme push service"), "{message}");

    folder.write("permaudit.toml", &HOUSE.replace("\"normal\"", "\"signature\"").replace("personal = true\n", ""));
    let (code, report) = folder.json(&NOTES);
    assert_eq!(code, 0);
    assert_eq!(report["findings"].as_array().expect("findings").iter().filter(|f| f["severity"] == "error").count(), 0);
}

#[test]
fn the_last_part_of_a_house_s_name_names_it_and_the_full_name_needs_no_house() {
    let folder = house("bare", "ACME_PUSH");
    assert_eq!(undisclosed(&folder.json(&NOTES).1), ["com.acme.permission.ACME_PUSH"]);
    folder.write("permaudit.toml", HOUSE);
    let (_, report) = folder.json(&NOTES);
    assert_eq!(undisclosed(&report), [""; 0]);
    assert_eq!(report["statements"][0]["disclosures"][0]["house"][0]["line"], 2);

    let folder = house("full", "com.acme.permission.ACME_PUSH");
    folder.write("permaudit.toml", HOUSE);
    let (_, report) = folder.json(&NOTES);
    assert_eq!(undisclosed(&report), [""; 0]);
    assert!(report["statements"][0]["disclosures"][0]["house"].is_null(), "it counts by itself");
}

#[test]
fn a_word_of_the_house_is_denied_and_mentioned_like_any_other() {
    let folder = house("denied", "Acme push permission (not used)");
    folder.write("permaudit.toml", HOUSE);
    let (_, report) = folder.json(&NOTES);
    assert_eq!(undisclosed(&report), ["com.acme.permission.ACME_PUSH"]);

    let folder = house("prose", "Internet");
    folder.write("permaudit.toml", HOUSE);
    let text = "# Privacy\n\nTo tell you of new notes the app uses the Acme push permission.\n";
    folder.write("notes.md", text);
    assert_eq!(undisclosed(&folder.json(&NOTES).1), ["com.acme.permission.ACME_PUSH"]);
    let accepting = [&NOTES[..], &["--prose", "accept"]].concat();
    let (_, report) = folder.json(&accepting);
    assert_eq!(undisclosed(&report), [""; 0], "{report:#}");
    assert_eq!(report["statements"][0]["disclosures"][0]["house"][0]["line"], 9);
}

#[test]
fn every_mistake_in_the_house_s_vocabulary_is_said_at_once() {
    let folder = Folder::new("vocabulary");
    let words = "[[word]]\ntext = [\"Camera\", \"\"]\npermissions = \"com.acme.permission.GONE\"\n";
    folder.write("permaudit.toml", &format!("{}{words}", HOUSE.replace("\"android\"", "\"symbian\"")));
    let output = folder.run("", &["check", "app.apk", "--statement", "privacy.md"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    for place in [":3:12: one of", ":12:9: `Camera` cannot", ":12:19: it is empty", ":13:15: no permission has"] {
        assert!(error.contains(place), "{place}: {error}");
    }
}

#[test]
fn explain_tells_what_the_house_tells() {
    let folder = Folder::new("explain");
    folder.write("permaudit.toml", HOUSE);
    let explain =
        |arguments: &[&str]| folder.run("deep", &[&["explain", "com.acme.permission.ACME_PUSH"], arguments].concat());
    let text = String::from_utf8(explain(&[]).stdout).expect("UTF-8");
    assert!(text.contains("opens: Receive messages of the Acme push service"), "{text}");
    assert!(text.contains("told by: ../permaudit.toml:2"), "{text}");
    assert_eq!(explain(&["--no-config"]).status.code(), Some(2));
    let word = String::from_utf8(folder.run("", &["explain", "acme push permission"]).stdout).expect("UTF-8");
    assert!(word.contains("Android: counts as com.acme.permission.ACME_PUSH\n  told by: permaudit.toml:9"), "{word}");
    folder.write("permaudit.toml", "surprise = 1\n");
    assert_eq!(folder.run("", &["explain", "undisclosed"]).status.code(), Some(0), "a rule needs no policy file");
}

#[test]
fn what_the_policy_file_names_is_named_the_same_on_every_machine() {
    let prints = |name: &str| {
        let folder = Folder::new(name);
        folder.write("permaudit.toml", PRODUCT);
        let (_, report) = folder.json(&["check"]);
        assert_eq!(
            (&report["packages"][0]["path"], &report["statements"][0]["path"]),
            (&"app.apk".into(), &"privacy.md".into())
        );
        let findings = report["findings"].as_array().expect("findings");
        findings.iter().map(|finding| finding["fingerprint"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(prints("one-place"), prints("another-place"));
}

/// Two statements that make one disclosure: the permissions that `privacy.md` lacks stand in the annex.
fn group(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write(
        "annex.md",
        "# Android permissions\n\n| Permission | Purpose |\n|---|---|\n| READ_CONTACTS | To share a note |\n| BLUETOOTH_SCAN | To find a printer |\n",
    );
    folder.write(
        "permaudit.toml",
        "[[product]]\npackages = [\"app.apk\"]\nstatements = [[\"privacy.md\", \"annex.md\"]]\n",
    );
    folder
}

#[test]
fn draft_reads_the_policy_file() {
    let folder = group("draft-group");
    let draft = |arguments: &[&str]| {
        let output = folder.run("", &[&["draft", "app.apk", "--statement", "privacy.md"], arguments].concat());
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (code, rows) = draft(&[]);
    assert_eq!(code, Some(0));
    assert!(rows.contains("| POST_NOTIFICATIONS |") && !rows.contains("READ_CONTACTS"), "the annex has it: {rows}");
    let (_, rows) = draft(&["--no-config"]);
    assert!(rows.contains("| READ_CONTACTS |") && rows.contains("| BLUETOOTH_SCAN |"), "{rows}");
    let (_, patch) = draft(&["--patch"]);
    assert!(patch.starts_with("--- a/privacy.md\n") && patch.contains("\n+| POST_NOTIFICATIONS |"), "{patch}");

    let off = "[permission-severity]\n\"android.permission.POST_NOTIFICATIONS\" = \"off\"\n";
    let policy = fs::read_to_string(folder.0.join("permaudit.toml")).expect("the policy file");
    folder.write("permaudit.toml", &format!("{policy}{off}"));
    assert_eq!(draft(&[]).1, "", "what the house leaves out is not drafted");
    fs::remove_file(folder.0.join("annex.md")).expect("it is there");
    assert_eq!(draft(&[]).0, Some(2), "a group that lacks a file is no group");
    folder.write("permaudit.toml", "surprise = 1\n");
    assert_eq!(draft(&[]).0, Some(2));

    let folder = house("draft-house", "Internet");
    folder.write("permaudit.toml", HOUSE);
    let output = folder.run("", &["draft", "AndroidManifest.xml", "--statement", "notes.md"]);
    let rows = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(rows, "| com.acme.permission.ACME_PUSH | — |\n", "in full: its readers have no policy file");
}

#[test]
fn diff_reads_the_policy_file() {
    let folder = group("diff-group");
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/minimal.apk");
    fs::copy(old, folder.0.join("old.apk")).expect("a copy");
    let new = |arguments: &[&str]| {
        let (_, report) =
            folder.json(&[&["diff", "old.apk", "app.apk", "--statement", "privacy.md"], arguments].concat());
        let changes = report["changes"].as_array().expect("changes").clone();
        let contacts = changes.iter().find(|c| c["permission"] == "android.permission.READ_CONTACTS").cloned();
        contacts.map(|c| (c["severity"].clone(), c["message"].as_str().expect("a message").to_owned()))
    };
    let (severity, message) = new(&[]).expect("it is new");
    assert_eq!(severity, "note");
    assert!(message.ends_with("annex.md:5 discloses it"), "{message}");
    assert_eq!(new(&["--no-config"]).expect("it is new").0, "error");

    let house = "fail-on = \"note\"\n[permission-severity]\n\"android.permission.READ_CONTACTS\" = \"off\"\n";
    folder.write("permaudit.toml", house);
    assert_eq!(new(&[]), None, "what the house leaves out is no news");
    assert_eq!(folder.run("", &["diff", "app.apk", "old.apk"]).status.code(), Some(1), "notes fail here");
    assert_eq!(folder.run("", &["diff", "app.apk", "old.apk", "--fail-on", "error"]).status.code(), Some(0));
}

#[test]
fn a_statement_of_several_disclosures_is_part_of_none_for_certain() {
    let folder = group("two-groups");
    let policy = fs::read_to_string(folder.0.join("permaudit.toml")).expect("the policy file");
    folder.write("permaudit.toml", &format!("{policy}{}", policy.replace("annex.md", "privacy.zh.md")));
    let output = folder.run("", &["draft", "app.apk", "--statement", "privacy.md"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("privacy.md is part of several disclosures"), "{error}");
}
