//! Exit codes are the same in every format, wherever the report goes, and a report is written whole or not at all.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use permaudit::report::FORMATS;

/// A folder with the sample product, removed at the end. It stands where every user may read.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("permaudit-exit-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sample");
        for file in ["app.apk", "app.ipa", "privacy.md", "privacy.zh.md"] {
            fs::copy(sample.join(file), path.join(file)).expect("a copy");
        }
        fs::write(path.join("cut.apk"), &fs::read(path.join("app.apk")).expect("the sample")[..1000]).expect("a file");
        Folder(path)
    }

    fn command(&self, outcome: &Outcome) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        command.current_dir(&self.0).env_remove("PERMAUDIT_CONFIG").args(outcome.arguments).arg("--no-config");
        command
    }

    /// The names in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A command and the exit code that the contract has for it.
struct Outcome {
    code: i32,
    arguments: &'static [&'static str],
}

const OUTCOMES: [Outcome; 4] = [
    Outcome { code: 0, arguments: &["check", "app.apk", "app.ipa", "--statement", "privacy.zh.md"] },
    Outcome { code: 1, arguments: &["check", "app.apk", "--statement", "privacy.md"] },
    Outcome { code: 2, arguments: &["check", "gone.apk", "--statement", "privacy.md"] },
    Outcome { code: 3, arguments: &["check", "cut.apk", "--statement", "privacy.md"] },
];

/// Runs `command`: exit code, standard output, standard error.
fn run(mut command: Command) -> (i32, String, String) {
    let output = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

#[test]
fn to_standard_output() {
    let folder = Folder::new("stdout");
    for (outcome, format) in
        OUTCOMES.iter().flat_map(|outcome| FORMATS.iter().map(move |format| (outcome, format.name)))
    {
        let mut command = folder.command(outcome);
        command.args(["--format", format]);
        let (code, out, error) = run(command);
        assert_eq!(code, outcome.code, "{format}: {error}");
        assert_eq!(out.is_empty(), code == 2, "{format}, {code}: a report, or one sentence on standard error");
        assert_eq!(error.is_empty(), code != 2, "{format}, {code}: {error}");
    }
}

#[test]
fn to_files() {
    let folder = Folder::new("files");
    let before = folder.names();
    for outcome in &OUTCOMES {
        for format in FORMATS {
            fs::write(folder.0.join("report"), "an earlier report").expect("a file");
            let mut command = folder.command(outcome);
            command.args(["--format", format.name, "--output", "report"]);
            let (code, out, error) = run(command);
            assert_eq!((code, out.as_str()), (outcome.code, ""), "{}: {error}", format.name);
            let mut printed = folder.command(outcome);
            printed.args(["--format", format.name]);
            let expected = if code == 2 { "an earlier report".to_owned() } else { run(printed).1 };
            let written = fs::read_to_string(folder.0.join("report")).expect("a report");
            assert_eq!(written, expected, "{}, {code}: whole, or as it was", format.name);
            fs::remove_file(folder.0.join("report")).expect("it is there");
            assert_eq!(folder.names(), before, "{}, {code}: nothing is left behind", format.name);
        }
        // All at once, one of them on standard output.
        let mut command = folder.command(outcome);
        for format in &FORMATS[1..] {
            command.arg("--format").arg(format!("{0}=all.{0}", format.name));
        }
        command.args(["--format", FORMATS[0].name]);
        let (code, out, _) = run(command);
        assert_eq!((code, out.is_empty()), (outcome.code, code == 2));
        for format in &FORMATS[1..] {
            let file = folder.0.join(format!("all.{}", format.name));
            assert_eq!(file.exists(), code != 2, "{}, {code}", format.name);
            let _ = fs::remove_file(file);
        }
        assert_eq!(folder.names(), before);
    }
}

#[test]
fn to_a_closed_pipe() {
    let folder = Folder::new("pipe");
    let closed = |mut command: Command| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        command.stdout(writer).stderr(Stdio::piped());
        run_as_it_is(command)
    };
    for (outcome, format) in
        OUTCOMES.iter().flat_map(|outcome| FORMATS.iter().map(move |format| (outcome, format.name)))
    {
        let mut command = folder.command(outcome);
        command.args(["--format", format]);
        let (code, error) = closed(command);
        assert_eq!(code, outcome.code, "{format}: {error}");
        assert_eq!(error.is_empty(), code != 2, "{format}, {code}, a closed pipe is no failure: {error}");
    }
    for (code, path) in [(0, "app.apk"), (2, "gone.apk"), (3, "cut.apk")] {
        let scan = Outcome { code, arguments: &["scan"] };
        let mut command = folder.command(&scan);
        command.arg(path);
        assert_eq!(closed(command).0, code, "scan {path}: what was read decides");
    }
}

/// Runs `command` with the standard output that it has: exit code, standard error.
fn run_as_it_is(mut command: Command) -> (i32, String) {
    let output = command.spawn().expect("the binary runs").wait_with_output().expect("it ends");
    (output.status.code().expect("a code"), String::from_utf8(output.stderr).expect("UTF-8"))
}

/// Into a folder that nobody may write to. Root may write everywhere, so a copy of the program is run as nobody then.
#[test]
#[cfg(unix)]
fn into_a_folder_that_is_read_only() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65534;
    let folder = Folder::new("read-only");
    let kept = folder.0.join("kept");
    fs::create_dir(&kept).expect("a folder");
    fs::write(kept.join("report"), "an earlier report").expect("a file");
    let program = folder.0.join("program");
    // By another process: a file that this one has open for writing may be open for a moment in what another test starts,
    // and cannot be run then.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_permaudit")).arg(&program).status();
    assert!(copied.expect("cp runs").success());
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(&folder.0, 0o755);
    mode(&kept, 0o555);
    let is_root = fs::metadata(&folder.0).expect("a folder").uid() == 0;
    for outcome in &OUTCOMES {
        for (format, name) in FORMATS.iter().flat_map(|format| [(format.name, "report"), (format.name, "new")]) {
            let mut command = Command::new(&program);
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command.current_dir(&folder.0).env_remove("PERMAUDIT_CONFIG").args(outcome.arguments).arg("--no-config");
            command.arg("--format").arg(format!("{format}=kept/{name}"));
            let (code, out, error) = run(command);
            assert_eq!((code, out.as_str()), (2, ""), "{format}: {error}");
            assert!(error.starts_with("error: "), "{error}");
            let names: Vec<_> =
                fs::read_dir(&kept).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
            assert_eq!(names, ["report"], "{format}: nothing half-written");
            let report = fs::read_to_string(kept.join("report")).expect("a file");
            assert_eq!(report, "an earlier report", "{format}");
        }
    }
    mode(&kept, 0o755);
}

/// Into what is no folder, over a folder, and to a device that is full: neither needs another user.
#[test]
fn into_what_cannot_be_written() {
    let folder = Folder::new("not-written");
    fs::create_dir(folder.0.join("taken")).expect("a folder");
    let before = folder.names();
    let mut places = vec!["privacy.md/report", "no/such/folder/report", "taken"];
    if Path::new("/dev/full").exists() {
        places.push("/dev/full");
    }
    for (outcome, format) in
        OUTCOMES.iter().flat_map(|outcome| FORMATS.iter().map(move |format| (outcome, format.name)))
    {
        // The place decides, whatever the outcome would have been.
        let places = if outcome.code == 1 { &places[..] } else { &places[..1] };
        for place in places {
            let mut command = folder.command(outcome);
            command.arg("--format").arg(format!("{format}={place}"));
            let (code, out, error) = run(command);
            assert_eq!((code, out.as_str()), (2, ""), "{format}={place}: {error}");
            assert_eq!(folder.names(), before, "{format}={place}");
        }
    }
    // One that can be written beside one that cannot: the run fails, and what is there is whole.
    let mut command = folder.command(&OUTCOMES[0]);
    command.args(["--format", "json=good.json", "--format", "html=taken"]);
    assert_eq!(run(command).0, 2);
    let good = fs::read_to_string(folder.0.join("good.json")).expect("a report");
    assert!(good.ends_with("}\n"), "{good}");
}
