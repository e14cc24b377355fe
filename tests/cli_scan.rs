//! Many packages at once: order, isolation, pairs, resuming.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of packages, removed at the end: good ones at several depths, a truncated one, an empty one, and what is
/// none.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("permaudit-scan-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("store/deep/er")).expect("a folder");
        let sample = fs::read("fixtures/sample/app.apk").expect("the sample");
        for number in 0..20 {
            fs::write(path.join(format!("store/{number:02}.apk")), &sample).expect("a file");
        }
        fs::write(path.join("store/deep/er/no-ending"), &sample).expect("a file");
        fs::write(path.join("store/deep/cut.apk"), &sample[..sample.len() / 2]).expect("a file");
        fs::write(path.join("store/deep/empty.apk"), "").expect("a file");
        fs::write(path.join("store/deep/notes.txt"), "no package").expect("a file");
        fs::copy("fixtures/sample/privacy.md", path.join("privacy.md")).expect("a copy");
        fs::copy("fixtures/sample/privacy.zh.md", path.join("privacy.zh.md")).expect("a copy");
        Folder(path)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.piped(arguments, "")
    }

    fn piped(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_permaudit"))
            .current_dir(&self.0)
            .arg("scan")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it is read");
        child.wait_with_output().expect("it ends")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["path"].as_str().expect("a path")).collect()
}

#[test]
fn every_package_has_a_line_and_a_bad_one_stops_nothing() {
    let folder = Folder::new("all");
    let output = folder.run(&["store", "missing.apk"]);
    let lines = lines(&output.stdout);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(lines.len(), 24);
    let of = |path: &str| lines.iter().find(|line| line["path"] == path).expect("a line");
    let verdict = |path: &str| (of(path)["status"].as_str().expect("a status"), of(path)["exit_code"].as_u64());
    assert_eq!(verdict("store/00.apk"), ("clean", Some(0)));
    assert_eq!(of("store/00.apk")["id"], "com.example.fieldnotes");
    assert_eq!(of("store/deep/er/no-ending")["package"]["declarations"].as_array().map(Vec::len), Some(11));
    assert_eq!(verdict("store/deep/cut.apk"), ("not-established", Some(3)));
    assert_eq!(verdict("store/deep/empty.apk"), ("not-established", Some(3)));
    assert_eq!(verdict("missing.apk"), ("error", Some(2)));
    assert!(of("missing.apk")["error"].as_str().expect("why").contains("missing.apk"));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("24 packages: 21 clean, 2 not established, 1 not opened"), "{said}");
    assert!(said.contains("1 files in folders are no packages"), "{said}");
}

#[test]
fn the_same_bytes_come_out_whatever_the_order_of_work() {
    let folder = Folder::new("order");
    let one = folder.run(&["store", "--jobs", "1"]).stdout;
    assert_eq!(one, folder.run(&["store", "--jobs", "7"]).stdout);
    let mut sorted = names(&lines(&one)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(sorted[..2], ["store/00.apk", "store/01.apk"]);
    let loose = folder.run(&["store", "--jobs", "7", "--unordered"]).stdout;
    let mut found = names(&lines(&loose)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    sorted.sort();
    found.sort();
    assert_eq!(sorted, found);
}

#[test]
fn paths_come_from_patterns_and_from_standard_input() {
    let folder = Folder::new("paths");
    assert_eq!(
        names(&lines(&folder.run(&["store/0[0-2].apk"]).stdout)),
        ["store/00.apk", "store/01.apk", "store/02.apk"]
    );
    let output = folder.piped(&["--stdin", "store/05.apk"], "store/03.apk\n\nstore/deep/cut.apk\r\n");
    assert_eq!(names(&lines(&output.stdout)), ["store/05.apk", "store/03.apk", "store/deep/cut.apk"]);
    let output = folder.run(&["nothing/*.apk"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn pairs_are_judged_and_a_pair_without_a_statement_is_a_mistake() {
    let folder = Folder::new("pairs");
    let pairs = "# package\tstatement\nstore/00.apk\tprivacy.md\nstore/01.apk\tprivacy.zh.md\nstore/02.apk\tprivacy.md\t\
                 privacy.zh.md\nstore/03.apk\tno.md\n";
    fs::write(folder.0.join("pairs.tsv"), pairs).expect("a file");
    let output = folder.run(&["--pairs", "pairs.tsv", "--no-config"]);
    let lines = lines(&output.stdout);
    let codes: Vec<Option<u64>> = lines.iter().map(|line| line["exit_code"].as_u64()).collect();
    assert_eq!(codes, [Some(1), Some(0), Some(1), Some(2)]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lines[0]["findings"][0]["rule"], "undisclosed");
    assert_eq!(lines[2]["verdicts"].as_array().map(Vec::len), Some(2));
    fs::write(folder.0.join("pairs.tsv"), "store/00.apk\n").expect("a file");
    let output = folder.run(&["--pairs", "pairs.tsv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("pairs.tsv:1"));
}

#[test]
fn a_scan_goes_on_where_it_stopped_and_looks_again_at_what_changed() {
    let folder = Folder::new("resume");
    let kept = folder.0.join("out.jsonl");
    let kept = || fs::read(&kept).expect("a file");
    assert_eq!(folder.run(&["store", "--resume", "out.jsonl"]).status.code(), Some(3));
    let first = kept();
    assert_eq!(lines(&first).len(), 23);
    // Cut in the middle of a line, as by a power failure.
    fs::write(folder.0.join("out.jsonl"), &first[..first.len() - 40]).expect("a file");
    let output = folder.run(&["store", "--resume", "out.jsonl"]);
    assert_eq!((output.status.code(), kept()), (Some(3), first.clone()));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("1 package:"));
    fs::write(folder.0.join("store/07.apk"), "PK\x03\x04").expect("a file");
    let output = folder.run(&["store", "--resume", "out.jsonl"]);
    assert_eq!(output.status.code(), Some(3));
    let all = lines(&kept());
    assert_eq!((all.len(), all[23]["path"].as_str()), (24, Some("store/07.apk")));
    fs::write(folder.0.join("out.jsonl"), "{}\n").expect("a file");
    assert_eq!(folder.run(&["store", "--resume", "out.jsonl"]).status.code(), Some(2));
}

#[test]
fn links_in_folders_are_not_followed() {
    let folder = Folder::new("links");
    let outside = folder.0.join("outside.apk");
    fs::copy("fixtures/sample/app.apk", &outside).expect("a copy");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&outside, folder.0.join("store/link.apk")).expect("a link");
    let output = folder.run(&["store"]);
    assert!(!names(&lines(&output.stdout)).contains(&"store/link.apk"));
    assert!(Path::new(&outside).exists());
}

/// What `docs/scan-v1.schema.json` has against `line`; `None` when it has nothing.
fn objection(line: &Value) -> Option<String> {
    let mut schemas = boon::Schemas::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scan-v1.schema.json");
    let schema = boon::Compiler::new().compile(path, &mut schemas).expect("the schema is valid");
    schemas.validate(line, schema).err().map(|error| format!("{error:#}"))
}

#[test]
fn every_line_follows_the_schema_and_the_schema_names_every_member() {
    let folder = Folder::new("schema");
    fs::write(folder.0.join("image.md"), "# Android permissions\n\n![permissions](permissions.png)\n").expect("a file");
    let pairs = "store/00.apk\tprivacy.md\tprivacy.zh.md\nstore/01.apk\timage.md\nstore/deep/cut.apk\tprivacy.md\n\
                 gone.apk\tprivacy.md\nstore/02.apk\tgone.md\n";
    fs::write(folder.0.join("pairs.tsv"), pairs).expect("a file");
    let alone = folder.run(&["store", "missing.apk", "--hash"]);
    let paired = folder.run(&["--pairs", "pairs.tsv", "--no-config"]);
    let all = [lines(&alone.stdout), lines(&paired.stdout)].concat();
    assert_eq!(all.len(), 24 + 5);
    let schema = fs::read_to_string("docs/scan-v1.schema.json").expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let mut statuses: Vec<&str> = Vec::new();
    let mut members: Vec<&str> = Vec::new();
    for line in &all {
        assert_eq!(objection(line), None, "{line}");
        statuses.push(line["status"].as_str().expect("a status"));
        members.extend(line.as_object().expect("an object").keys().map(String::as_str));
    }
    members.sort_unstable();
    members.dedup();
    let mut named: Vec<&str> =
        schema["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
    named.sort_unstable();
    assert_eq!(members, named, "every member is there, and every one is told of");
    for status in ["clean", "findings", "error", "not-established"] {
        assert!(statuses.contains(&status), "{status}");
    }

    let line = |status: &str| all.iter().find(|line| line["status"] == status).expect("a line").clone();
    let mut passed = line("not-established");
    passed["exit_code"] = 0.into();
    assert!(objection(&passed).is_some(), "not established is no pass");
    let mut hidden = line("not-established");
    hidden["package"]["doubts"] = Value::Array(Vec::new());
    hidden.as_object_mut().expect("an object").remove("statement_doubts");
    assert!(objection(&hidden).is_some(), "and says why");
}

/// A folder may hold links that somebody else made: what a pattern matches must lie where the pattern says.
#[cfg(unix)]
#[test]
fn what_a_pattern_matches_is_not_followed_out_of_its_folder() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("patterns");
    fs::create_dir_all(folder.0.join("outside")).expect("a folder");
    fs::copy("fixtures/sample/app.apk", folder.0.join("outside/app.apk")).expect("a copy");
    symlink("00.apk", folder.0.join("store/zz-inside.apk")).expect("a link");
    assert_eq!(folder.run(&["store/zz*.apk"]).status.code(), Some(0));
    for (link, target, pattern) in [
        ("store/zz-file.apk", "../outside/app.apk", "store/*.apk"),
        ("store/zz-folder", "../outside", "store/zz-*/*.apk"),
    ] {
        symlink(target, folder.0.join(link)).expect("a link");
        let output = folder.run(&[pattern]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
        assert!(told.contains(link) && told.contains("name what it leads to by itself"), "{told}");
        let policy = format!("[[product]]\npackages = [\"{pattern}\"]\nstatements = [\"privacy.md\"]\n");
        fs::write(folder.0.join("permaudit.toml"), policy).expect("a file");
        let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_permaudit"));
        let output = check.current_dir(&folder.0).args(["check", "--config", "permaudit.toml"]).output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("permaudit.toml:1:1"), "{output:?}");
        // A link that is named itself is followed.
        if link.ends_with(".apk") {
            assert_eq!(folder.run(&[link]).status.code(), Some(0));
        }
        fs::remove_file(folder.0.join(link)).expect("it is there");
    }
}

/// Reports and resumed scans touch the file that was named and no other, also while they are being written.
#[cfg(unix)]
#[test]
fn nothing_is_written_but_what_was_named() {
    let folder = Folder::new("written");
    let list = || {
        let mut all: Vec<PathBuf> = Vec::new();
        let mut pending = vec![folder.0.clone()];
        while let Some(path) = pending.pop() {
            for entry in fs::read_dir(path).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { pending.push(path) } else { all.push(path) }
            }
        }
        all.sort();
        all
    };
    let before = list();
    assert_eq!(folder.run(&["store", "--output", "out.jsonl"]).status.code(), Some(3));
    assert_eq!(folder.run(&["store", "--resume", "more.jsonl"]).status.code(), Some(3));
    let mut after = before.clone();
    after.extend([folder.0.join("out.jsonl"), folder.0.join("more.jsonl")]);
    after.sort();
    assert_eq!(list(), after);
}
