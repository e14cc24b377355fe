//! What holds for every package, statement and report, whatever the bytes.

use permaudit::check::{self, Options, Product};
use permaudit::declaration::Package;
use permaudit::disclosure::{Resolution, Statement};
use permaudit::doubt::{Code, Doubt};
use permaudit::knowledge::Book;
use permaudit::platform;
use permaudit::report::{FORMATS, Report, Style};
use permaudit::source::{Place, Source, is_hostile};
use permaudit::statement;

/// Inputs up to this many bytes are read a second time, and reported in every format.
const SMALL: usize = 16 * 1024;

/// While fuzzing, that is done for one such input in so many, which takes as long as reading all of them once.
#[allow(unexpected_cfgs, reason = "cargo-fuzz sets it")]
const SAMPLE: u32 = if cfg!(fuzzing) { 8 } else { 1 };

/// A statement for packages to be judged by.
const STATEMENT: &str = "## Permissions\n\n| Permission | Purpose |\n|---|---|\n| CAMERA | Scans codes. |\n\
                         | NSCameraUsageDescription | Scans codes. |\n| ohos.permission.CAMERA | Scans codes. |\n";

/// A package for statements to be judged by.
const MANIFEST: &str = "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"com.example\">\
                        <uses-permission android:name=\"android.permission.CAMERA\"/>\
                        <uses-permission android:name=\"android.permission.READ_SMS\"/></manifest>";

/// True for what is worth the longer laws: the bytes alone decide.
fn is_sampled(bytes: &[u8]) -> bool {
    let mixed = bytes.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    bytes.len() <= SMALL && (mixed >> 16).is_multiple_of(SAMPLE)
}

pub(super) fn source(bytes: &[u8]) -> Source {
    Source::new("input", bytes.to_vec())
}

pub(super) fn place() -> Place {
    Place::file("input")
}

/// The fixed manifest as a package.
pub(super) fn manifest() -> Source {
    Source::new("AndroidManifest.xml", MANIFEST.as_bytes().to_vec())
}

/// A place in `input` lies inside its `len` bytes. How long an entry is cannot be told from here.
pub(super) fn inside(place: &Place, len: usize) {
    if let Some(lines) = place.lines {
        let (start, end) = ((lines.line, lines.column), (lines.end_line, lines.end_column));
        assert!(lines.line >= 1 && lines.column >= 1 && start <= end, "a place runs backwards: {place:?}");
    }
    if place.entry.is_some() || &*place.file != "input" {
        return;
    }
    let end = place.offset.unwrap_or(0).checked_add(place.length.unwrap_or(0));
    assert!(end.is_some_and(|end| end <= len as u64), "a place lies outside of the {len} bytes: {place:?}");
}

pub(super) fn doubts(doubts: &[Doubt], len: usize) {
    for doubt in doubts {
        assert!(!doubt.message.is_empty(), "a doubt without a word: {doubt:?}");
        assert!(doubt.code != Code::InternalFailure, "a panic was caught: {doubt:?}");
        inside(&doubt.place, len);
    }
}

/// A package that was read from `bytes`.
pub(super) fn package(package: &Package, bytes: &[u8]) {
    let all = &package.declarations;
    doubts(all.doubts(), bytes.len());
    assert!(!package.unreadable || !all.is_whole(), "an unreadable package has no doubt");
    assert!(!all.is_whole() || package.kind.is_some(), "a package that was read whole has no kind");
    for declaration in &all.value {
        inside(&declaration.place, bytes.len());
    }
}

/// Reads `bytes` as a package: the laws of packages, twice the same, every report.
pub(super) fn read_package(bytes: &[u8]) -> Package {
    let read = platform::read(&source(bytes));
    package(&read, bytes);
    if is_sampled(bytes) {
        let again = platform::read(&source(bytes));
        assert_eq!((&read.id, &read.version, read.kind), (&again.id, &again.version, again.kind));
        assert_eq!(read.declarations, again.declarations, "the same bytes were read differently");
        let statement = Source::new("privacy.md", STATEMENT.as_bytes().to_vec());
        let whole = read.declarations.is_whole();
        let code = report(vec![source(bytes)], vec![statement], whole);
        assert!(!whole || code != 3, "a package that was read whole fails the gate as a doubt does");
    }
    read
}

/// Reads `bytes` as a statement: the laws of statements, twice the same, every report.
pub(super) fn read_statement(bytes: &[u8]) -> Statement {
    let read = statement::read(&source(bytes), &Book);
    let all = &read.disclosures;
    doubts(all.doubts(), bytes.len());
    assert!(!read.unreadable || !all.is_whole(), "an unreadable statement has no doubt");
    assert!(!read.unreadable || all.value.is_empty(), "an unreadable statement discloses");
    let lines = read.lines().count();
    for disclosure in &all.value {
        inside(&disclosure.place, bytes.len());
        let line = disclosure.place.lines.map(|lines| lines.end_line);
        let fits = line.and_then(|line| usize::try_from(line).ok()).is_some_and(|line| line <= lines);
        assert!(fits, "a disclosure stands on no line of {lines}: {disclosure:?}");
        if matches!(disclosure.resolution, Resolution::Unknown | Resolution::Negated) {
            let named = disclosure.permissions.len() + disclosure.withheld.len();
            assert_eq!(named, 0, "what names nothing or is denied discloses: {disclosure:?}");
        }
    }
    if is_sampled(bytes) {
        let (again, _) = statement::explain(&source(bytes), &Book);
        assert_eq!(*all, again.disclosures, "the same bytes were read differently");
        report(vec![manifest()], vec![source(bytes)], all.is_whole());
    }
    read
}

/// Judges one product, writes it in every format, and gives its exit code. `whole`: the input of the two was read whole.
fn report(packages: Vec<Source>, statements: Vec<Source>, whole: bool) -> u8 {
    let options = Options { explain_parse: true, ..Options::default() };
    let report = check::check(&[Product { packages, groups: vec![statements] }], &options);
    assert!(whole || (!report.established && report.exit_code == 3), "a doubt does not fail the gate");
    formats(&report);
    report.exit_code
}

/// Text in every format, and nothing in it that a terminal or a reader does not show.
fn formats(report: &Report) {
    for format in FORMATS {
        let mut out = Vec::new();
        let written = (format.render)(report, Style { color: false }, &mut out);
        assert!(written.is_ok(), "{}: {written:?}", format.name);
        let Ok(text) = String::from_utf8(out) else { panic!("{}: no UTF-8", format.name) };
        let hidden = text.trim_start_matches('\u{feff}').chars().find(|&c| is_hostile(c) && !"\n\r\t".contains(c));
        assert_eq!(hidden, None, "{}: a hostile character as it is", format.name);
        if matches!(format.name, "json" | "sarif" | "gitlab") {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&text);
            assert!(parsed.is_ok(), "{}: {parsed:?}", format.name);
        }
    }
}
