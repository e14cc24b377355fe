//! What the documentation tells a newcomer to type works: commands, options, snippets for other tools. What a command
//! prints is held by `tests/readme.rs`.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::CommandFactory;
use permaudit::cli::Cli;
use permaudit::knowledge::Book;
use permaudit::source::Source;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Name and text of the README and of every page of the documentation.
fn pages() -> Vec<(String, String)> {
    let pages = fs::read_dir(here().join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let pages = pages.filter(|page| page.extension().is_some_and(|ending| ending == "md"));
    let all = pages.chain([here().join("README.md")]);
    let mut all: Vec<(String, String)> =
        all.map(|page| (page.display().to_string(), fs::read_to_string(&page).expect("a page"))).collect();
    all.sort();
    all
}

/// The fenced blocks of `text` in `language`.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let start = format!("\n```{language}\n");
    text.split(&start).skip(1).map(|rest| rest.split("\n```").next().expect("a block")).collect()
}

/// A folder with what the documentation speaks of, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("permaudit-docs-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("store")).expect("a folder");
        for (from, to) in [
            ("app.apk", "app.apk"),
            ("app.apk", "store/app.apk"),
            ("app.ipa", "app.ipa"),
            ("privacy.md", "privacy.md"),
            ("privacy.zh.md", "privacy.zh.md"),
        ] {
            fs::copy(here().join("fixtures/sample").join(from), path.join(to)).expect("a copy");
        }
        Folder(path)
    }

    /// Runs a line of a shell with permaudit on the path and this folder as the user's own.
    fn shell(&self, line: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_permaudit")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("sh");
        command.current_dir(&self.0).env("PATH", path).env("HOME", &self.0).env_remove("PERMAUDIT_CONFIG");
        command.args(["-c", line]).output().expect("a shell")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
#[cfg(unix)]
fn every_command_that_is_shown_runs() {
    let folder = Folder::new("commands");
    let mut ran = 0;
    for (page, text) in pages() {
        for line in blocks(&text, "sh").into_iter().flat_map(str::lines) {
            // An image runs what the program runs; building needs what is not here, and other tests run these.
            let line = match line.split_once(" permaudit ") {
                Some((before, arguments)) if before.starts_with("docker run ") => format!("permaudit {arguments}"),
                _ if line.starts_with("cargo ") || line.starts_with("docker ") => continue,
                _ => line.to_owned(),
            };
            let output = folder.shell(&line);
            let code = output.status.code().expect("a code");
            assert!(
                [0, 1].contains(&code),
                "{page}: `{line}` ends with {code}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            ran += usize::from(line.starts_with("permaudit "));
        }
    }
    assert!(ran >= 7, "{ran} commands were found");
}

/// The calls in the snippets for build tools: what stands for a package or a statement is the sample's.
#[test]
#[cfg(unix)]
fn the_calls_in_snippets_for_build_tools_run() {
    let folder = Folder::new("snippets");
    let ci = fs::read_to_string(here().join("docs/ci.md")).expect("the page");
    for (language, call) in [("kotlin", "commandLine("), ("ruby", "sh(")] {
        let block = blocks(&ci, language).into_iter().find(|block| block.contains(call)).expect("a call");
        let (_, rest) = block.split_once(call).expect("a call");
        let mut depth = 0;
        let ends = |c: char| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0 || (depth == 0 && c == ',')
        };
        let arguments = rest.split_inclusive(ends).map(|part| part.trim().trim_end_matches(',').trim());
        let arguments: Vec<String> = arguments
            .take_while(|part| !part.is_empty() && !part.starts_with('}') && !part.starts_with("end"))
            .map(|part| match part.trim_end_matches(')') {
                literal if part.starts_with('"') => literal.trim_matches('"').to_owned(),
                part if part.contains("privacy.md") => "privacy.md".to_owned(),
                part if part.contains(".apk") => "app.apk".to_owned(),
                _ => "app.ipa".to_owned(),
            })
            .collect();
        assert_eq!(arguments.first().map(String::as_str), Some("permaudit"), "{language}: {arguments:?}");
        let output = folder.shell(&arguments.join(" "));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("against privacy.md"), "{language}: {arguments:?}: {said}");
    }
}

/// The members that snippets set are those of the files in this repository.
#[test]
fn snippets_for_services_name_what_is_there() {
    let read = |name: &str| fs::read_to_string(here().join(name)).expect("a file");
    let action = read("action.yml");
    let mut inputs = 0;
    for (page, text) in pages() {
        for block in blocks(&text, "yaml").into_iter().filter(|block| block.contains("OWNER/permaudit@")) {
            let (_, step) = block.split_once("OWNER/permaudit@").expect("a step");
            let (_, with) = step.split_once("with:\n").expect("inputs");
            let indent = with.len() - with.trim_start().len();
            let lines = with.lines().take_while(|line| line.len() - line.trim_start().len() >= indent);
            for line in lines.filter(|line| line.len() - line.trim_start().len() == indent) {
                let (input, _) = line.trim().split_once(':').expect("an input");
                assert!(action.contains(&format!("\n  {input}:\n")), "{page}: the action has no input {input}");
                inputs += 1;
            }
        }
    }
    assert!(inputs >= 4, "{inputs} inputs were found");
    let ci = read("docs/ci.md");
    let hook = ci.split("- id: ").nth(1).and_then(|rest| rest.lines().next()).expect("a hook");
    assert!(read(".pre-commit-hooks.yaml").contains(&format!("- id: {hook}\n")), "{hook}");
    let job = blocks(&ci, "yaml").into_iter().find(|block| block.contains("extends:")).expect("a job");
    let gitlab = read("integrations/gitlab.yml");
    for line in job.lines().filter(|line| line.contains("PERMAUDIT_")) {
        let (variable, _) = line.trim().split_once(':').expect("a variable");
        assert!(gitlab.contains(&format!("\n    {variable}: ")), "{variable}");
    }
    assert!(gitlab.contains("\n.permaudit:\n") && job.contains("extends: .permaudit"));
}

/// Every option that a sentence names is one of the program's, or of the script that stands before it.
#[test]
fn every_option_that_is_named_exists() {
    let command = Cli::command();
    let mut known: BTreeSet<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    for command in command.get_subcommands() {
        known.extend(command.get_arguments().filter_map(clap::Arg::get_long));
    }
    let mut found = 0;
    for (page, text) in pages() {
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.starts_with("```");
            for code in line.split('`').skip(1).step_by(2).filter(|_| !fenced) {
                let options = code.split_whitespace().filter_map(|word| word.strip_prefix("--"));
                if let Some(script) = code.split_whitespace().next().filter(|first| first.starts_with("scripts/")) {
                    let script = fs::read_to_string(here().join(script)).expect("the script");
                    for option in options {
                        assert!(script.contains(&format!("--{option}")), "{page}: --{option} in `{code}`");
                    }
                    continue;
                }
                for option in options.map(|word| word.split(['=', ',']).next().unwrap_or(word)) {
                    assert!(known.contains(option), "{page}: --{option} in `{code}`");
                    found += 1;
                }
            }
        }
    }
    assert!(found > 20, "{found} options were found");
}

#[test]
fn the_statement_that_passes_passes() {
    let page = fs::read_to_string(here().join("docs/writing-statements.md")).expect("the page");
    let example = blocks(&page, "markdown")[0];
    let statement = permaudit::statement::read(&Source::new("privacy.md", example.as_bytes().to_vec()), &Book);
    let named: Vec<&str> =
        statement.disclosures.value.iter().flat_map(|row| &row.permissions).map(|named| named.name.as_str()).collect();
    assert_eq!(
        named,
        ["android.permission.CAMERA", "android.permission.ACCESS_FINE_LOCATION", "NSCameraUsageDescription"]
    );
    let folder = Folder::new("passes");
    fs::write(folder.0.join("example.md"), example).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    command.current_dir(&folder.0).args(["statement", "example.md", "--fail-on", "warning", "--no-config"]);
    let output = command.output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
