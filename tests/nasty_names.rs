//! Names and texts that are made to leave the place where a report shows them: one test for each form of output. Every
//! name of a package, an entry, a file and a statement is in the hands of somebody else.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may stop"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use html5gum::{Token, Tokenizer};
use permaudit::report::FORMATS;
use permaudit::source::is_hostile;
use quick_xml::events::Event;
use serde_json::Value;
use support::axml;
use support::zip::{Entry, Zip};

/// What must not come alive, each as the name of a permission. The first goes into file and entry names too.
const NASTY: &[&str] = &[
    "::error file=x::pwned<script>alert(1)</script>\"'><img src=x onerror=pwned()>]]>&#x26;&pwned;-->|`x`\\|\u{1b}[31m\u{9b}2K\u{7}\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\r\n::error::pwned\r\n##[stop-commands]pwned",
    "::stop-commands::pwned",
    " \t::add-mask::pwned",
    "##[add-mask]pwned",
    "x ##vso[task.complete result=Succeeded;]pwned",
    "%0A::error::pwned%0D",
    "=HYPERLINK(\"http://pwned.example\",\"x\")",
    "+1+pwned",
    "-1+pwned",
    "@SUM(pwned)",
    "＝pwned",
    "| pwned | [x](javascript:pwned) | ![x](http://pwned.example/x.png) | @pwned | <b>pwned</b> | <!--",
    "</td></tr></table><iframe src=//pwned.example>",
    "</testcase><testcase name=\"pwned\"/>",
    "\"},{\"ruleId\":\"pwned\"},{\"x\":\"\\",
    "{{ pwned }} ${pwned} $(pwned) %{pwned}",
    "pwned,\"pwned\";\"pwned\"\n=pwned",
];

/// A folder with a package, an older one, a set with an odd entry, and a statement, whose names are nasty as well.
struct Place {
    folder: PathBuf,
    package: String,
    older: String,
    set: String,
    statement: String,
}

impl Place {
    fn new(test: &str) -> Place {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("nasty-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let file = NASTY[0].replace('/', "∕");
        let place = Place {
            folder,
            package: format!("{file}.apk"),
            older: format!("{file}.old.apk"),
            set: format!("{file}.apks"),
            statement: format!("{file}.md"),
        };
        place.write(&place.package, &apk(NASTY));
        place.write(&place.older, &apk(&["android.permission.CAMERA"]));
        place.write(&place.set, &set());
        place.write(&place.statement, statement().as_bytes());
        place
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.join(name), bytes).expect("a file");
    }

    /// Output and errors of a run in the folder.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
        let output = command.current_dir(&self.folder).args(arguments).output().expect("the binary runs");
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        assert!([0, 1, 3].contains(&output.status.code().expect("it was not killed")), "{arguments:?}: {err}");
        nothing_is_alive(&err);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The reports of every command that has `format`.
    fn reports(&self, format: &str) -> Vec<String> {
        let form = ["--format", format];
        let (package, set, statement) = (self.package.as_str(), self.set.as_str(), self.statement.as_str());
        [
            &["check", "--no-config", package, "--statement", statement][..],
            &["check", "--no-config", set, "--statement", statement],
            &["inspect", package],
            &["inspect", set],
            &["statement", "--no-config", statement],
            &["statement", "--no-config", "--explain-parse", statement],
        ]
        .into_iter()
        .map(|arguments| self.run(&[arguments, &form].concat()))
        .collect()
    }
}

fn apk(permissions: &[&str]) -> Vec<u8> {
    let uses = permissions.iter().map(|name| axml::uses(name));
    let manifest = axml::manifest(uses).with(axml::plain("package", NASTY[0])).bytes();
    Zip::new([Entry::deflated("AndroidManifest.xml", manifest), Entry::stored("classes.dex", b"dex")]).build()
}

/// A set whose package has a name to be shown, and is broken so that it is.
fn set() -> Vec<u8> {
    let base = apk(&["android.permission.CAMERA"]);
    let odd = format!("{}.apk", NASTY[0].replace('/', "∕"));
    Zip::new([Entry::stored("base.apk", &base), Entry::stored(&odd, &base[..base.len() / 2])]).build()
}

/// A statement with every nasty text as a name, a purpose, a heading, an item and a sentence.
fn statement() -> String {
    let mut text = String::from("# Permissions\n\n| Permission | Description | Purpose |\n|---|---|---|\n");
    for nasty in NASTY {
        let cell = nasty.replace('|', "\\|").replace(['\r', '\n'], " ");
        text += &format!("| {cell} | {cell} | {cell} |\n| CAMERA {cell} | {cell} | TBD {cell} |\n");
    }
    for nasty in NASTY {
        let line = nasty.replace(['\r', '\n'], " ");
        text += &format!("\n## {line}\n\n- READ_SMS: {line}\n- {line}\n\nWe use the microphone {line}.\n\n{line}\n");
    }
    text
}

/// No character that is not shown, no command to a CI service, no colour that nobody asked for.
fn nothing_is_alive(out: &str) {
    if let Some(c) = out.chars().find(|&c| is_hostile(c) && c != '\n' && c != '\r') {
        panic!("{c:?} in {out}");
    }
    assert!(!out.replace("\r\n", "").contains('\r'), "{out}");
    no_command(out, |line| line.trim_start().starts_with("::"));
}

fn no_command(out: &str, is_command: impl Fn(&str) -> bool) {
    for line in out.lines() {
        assert!(!is_command(line), "{line}");
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|mark| line.contains(mark)), "{line}");
    }
}

fn all(format: &str) -> Vec<String> {
    let reports = Place::new(format).reports(format);
    for report in &reports {
        nothing_is_alive(report);
    }
    assert!(reports[0].contains("pwned"), "{}", reports[0]);
    reports
}

/// Every text of a JSON document.
fn texts<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => drop(found.insert(text)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn every_format_has_a_test_here() {
    let tested = ["text", "json", "sarif", "junit", "gitlab", "github", "markdown", "csv", "html"];
    let formats: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(formats.iter().collect::<BTreeSet<_>>(), tested.iter().collect::<BTreeSet<_>>());
}

#[test]
fn text() {
    all("text");
}

#[test]
fn json_gives_every_name_back_letter_by_letter() {
    let reports = all("json");
    let check = json(&reports[0]);
    let mut found = BTreeSet::new();
    texts(&check["packages"][0]["declarations"], &mut found);
    for nasty in NASTY {
        assert!(found.contains(nasty), "{nasty:?}");
    }
    for report in &reports {
        json(report);
    }
}

#[test]
fn sarif_and_gitlab_hold_the_names_as_texts() {
    for format in ["sarif", "gitlab"] {
        for report in all(format) {
            let report = json(&report);
            let rules: BTreeSet<&str> = permaudit::rules::RULES.iter().map(|rule| rule.id).collect();
            for result in report["runs"][0]["results"].as_array().into_iter().flatten() {
                assert!(result["ruleId"].as_str().is_some_and(|id| id != "pwned"), "{result}");
            }
            for issue in report.as_array().into_iter().flatten() {
                let name = issue["check_name"].as_str().unwrap();
                assert!(rules.contains(name) || permaudit::doubt::Code::from_name(name).is_some(), "{name}");
            }
        }
    }
}

#[test]
fn junit_is_one_well_formed_document() {
    for report in all("junit") {
        let mut reader = quick_xml::Reader::from_str(&report);
        let (mut depth, mut roots) = (0_i32, 0);
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{error}: {report}")) {
                Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "testsuites" => roots += 1,
                Event::Start(tag) => {
                    let known = ["testsuite", "testcase", "failure", "error", "skipped"];
                    assert!(known.contains(&tag.name().as_ref()), "{tag:?}");
                    attributes(&tag);
                    depth += 1;
                }
                Event::Empty(tag) => attributes(&tag),
                Event::End(tag) => depth -= i32::from(tag.name().as_ref() != "testsuites"),
                Event::Eof => break,
                Event::Comment(_) | Event::CData(_) | Event::PI(_) | Event::DocType(_) => panic!("{report}"),
                _ => {}
            }
        }
        assert_eq!((depth, roots), (0, 1), "{report}");
    }
}

fn attributes(tag: &quick_xml::events::BytesStart<'_>) {
    for attribute in tag.attributes() {
        let name = attribute.expect("well-formed").key;
        let known = ["classname", "name", "type", "message", "tests", "failures", "errors", "skipped"];
        assert!(known.contains(&name.as_ref()), "{tag:?}");
    }
}

#[test]
fn github_annotations_are_the_only_commands() {
    let reports = Place::new("github").reports("github");
    assert!(reports[0].contains("pwned"), "{}", reports[0]);
    for report in reports {
        no_command(&report, |line| {
            let command = ["::error ", "::warning ", "::notice "].iter().find_map(|word| line.strip_prefix(word));
            let Some((properties, data)) = command.and_then(|rest| rest.split_once("::")) else { return true };
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            let is_odd = |property: &str| {
                let (name, value) = property.split_once('=').unwrap_or_default();
                !known.contains(&name) || value.contains(':')
            };
            // What is escaped comes back as text, and never as the end of a line.
            properties.split(',').any(is_odd) || data.contains("%0A") || line.chars().any(is_hostile)
        });
    }
}

/// Tables keep their columns, and no mark of Markdown or HTML stands without a backslash or as itself.
#[test]
fn markdown_keeps_its_tables() {
    for report in all("markdown") {
        let bare = |line: &str, mark: char| {
            let mut escaped = false;
            line.chars()
                .filter(|&c| {
                    let counts = c == mark && !escaped;
                    escaped = c == '\\' && !escaped;
                    counts
                })
                .count()
        };
        let mut columns = None;
        for line in report.lines() {
            let line = line.replace("<br>", "").replace("<details>", "").replace("</details>", "");
            let line = line.replace("<summary>", "").replace("</summary>", "");
            assert!(!line.contains(['<', '>', '@']), "{line}");
            assert!(!line.contains("://"), "{line}");
            for mark in ['`', '[', ']', '!'] {
                assert_eq!(bare(&line, mark), 0, "{mark} in {line}");
            }
            match (line.starts_with('|'), columns) {
                (true, None) => columns = Some(bare(&line, '|')),
                (true, Some(pipes)) => assert_eq!(bare(&line, '|'), pipes, "{line}"),
                (false, _) => columns = None,
            }
        }
    }
}

/// The records of a CSV file (RFC 4180).
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.push(c),
        }
    }
    assert!(!quoted && field.is_empty() && record.is_empty());
    records
}

#[test]
fn csv_has_no_formula_and_no_further_field() {
    for report in all("csv") {
        let records = records(&report);
        for record in &records {
            assert_eq!(record.len(), records[0].len(), "{record:?}");
            for field in record {
                let first = field.chars().next().unwrap_or(' ');
                assert!(!"=+-@＝＋－＠".contains(first) && !first.is_control(), "{field}");
            }
        }
    }
}

/// A page has the elements, attributes and links that a harmless one has.
#[test]
fn html_holds_the_names_as_text() {
    let place = Place::new("html");
    let mut known: BTreeSet<String> = "a article aside b body br button caption code col colgroup dd details div dl dt em \
        figure footer form h1 h2 h3 h4 head header html i input label legend li main mark meta nav ol p path pre q rp s \
        section small span strong style sub summary sup svg table tbody td tfoot th thead time title tr u ul wbr"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    known.remove("script");
    for page in place.reports("html") {
        nothing_is_alive(&page);
        assert!(page.contains("pwned"));
        for token in Tokenizer::new(page.as_str()).flatten() {
            match token {
                Token::StartTag(tag) => {
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    assert!(known.contains(&name), "<{name}>");
                    for (attribute, value) in &tag.attributes {
                        let attribute = String::from_utf8_lossy(attribute).into_owned();
                        let value = String::from_utf8_lossy(value).into_owned();
                        assert!(!attribute.starts_with("on") && attribute != "src", "{attribute}={value}");
                        assert!(attribute != "href" || value.starts_with('#'), "{attribute}={value}");
                        assert!(attribute != "style" || !value.contains("pwned"), "{attribute}={value}");
                    }
                }
                Token::Comment(comment) => panic!("{comment:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn lines_of_a_scan() {
    let place = Place::new("scan");
    let pairs = "good.apk\tgood.md\n";
    place.write("good.apk", &apk(NASTY));
    place.write("good.md", statement().as_bytes());
    place.write("pairs.tsv", pairs.as_bytes());
    for arguments in [&["scan", "--no-config", "."][..], &["scan", "--no-config", "--pairs", "pairs.tsv"]] {
        let out = place.run(arguments);
        nothing_is_alive(&out);
        assert!(out.contains("pwned"));
        for line in out.lines() {
            assert!(json(line)["path"].is_string(), "{line}");
        }
    }
}

#[test]
fn differences() {
    let place = Place::new("diff");
    place.write("old.md", b"# Permissions\n\n- CAMERA: scanning\n");
    let (package, older, statement) = (place.package.as_str(), place.older.as_str(), place.statement.as_str());
    for (old, new) in [(older, package), (package, older), (older, place.set.as_str()), ("old.md", statement)] {
        let text = place.run(&["diff", old, new]);
        nothing_is_alive(&text);
        assert!(text.contains("pwned"));
        let out = place.run(&["diff", old, new, "--format", "json"]);
        nothing_is_alive(&out);
        json(&out);
    }
    let told = place.run(&["diff", older, package, "--statement", statement]);
    nothing_is_alive(&told);
}

/// What is drafted goes into a page: names are text there too, and a row stays a row.
#[test]
fn drafted_rows() {
    let place = Place::new("draft");
    let markdown = place.run(&["draft", &place.package]);
    nothing_is_alive(&markdown);
    assert!(markdown.contains("pwned"));
    let text = permaudit::source::Source::new("draft.md", markdown.clone().into_bytes());
    let report = permaudit::check::statements(vec![text], &permaudit::check::Options::default());
    let rows = markdown.lines().filter(|line| line.starts_with('|')).count() - 2;
    assert_eq!((report.statements[0].disclosures.len(), rows), (NASTY.len(), NASTY.len()), "{markdown}");
    for name in ["<script", "<img", "<iframe", "<b>", "<!--"] {
        assert!(!markdown.replace("\\<", "").contains(name), "{markdown}");
    }
    let html = place.run(&["draft", &place.package, "--format", "html"]);
    nothing_is_alive(&html);
    for token in Tokenizer::new(html.as_str()).flatten() {
        if let Token::StartTag(tag) = token {
            let name = String::from_utf8_lossy(&tag.name).into_owned();
            assert!(
                ["h2", "table", "tr", "th", "td"].contains(&name.as_str()) && tag.attributes.is_empty(),
                "<{name}>"
            );
        }
    }
    // A patch holds lines of the statement as they are, and nothing of its own is more than one line.
    let patch = place.run(&["draft", &place.package, "--patch", "--statement", &place.statement]);
    for line in patch.lines().filter(|line| !line.starts_with([' ', '-'])) {
        nothing_is_alive(line);
    }
}

#[test]
fn explanations_and_mistakes() {
    let place = Place::new("errors");
    for nasty in NASTY {
        for arguments in [
            &["explain", nasty][..],
            &["inspect", nasty],
            &["check", "--statement", nasty, "--", nasty],
            &["scan", "--no-config", "--resume", nasty, "--pairs", nasty],
            &["inspect", "--format", nasty],
        ] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
            let output = command.current_dir(&place.folder).args(arguments).output().expect("the binary runs");
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            nothing_is_alive(&String::from_utf8(output.stdout).expect("UTF-8"));
            nothing_is_alive(&String::from_utf8(output.stderr).expect("UTF-8"));
        }
    }
    place.write("permaudit.toml", format!("{:?} = 1\n", NASTY[0]).as_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_permaudit"));
    let output = command.current_dir(&place.folder).args(["statement", &place.statement]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    nothing_is_alive(&String::from_utf8(output.stderr).expect("UTF-8"));
}
