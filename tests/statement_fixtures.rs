//! Each statement under `fixtures/statements/` against what a reader finds in it, in the `.expected` file beside it:
//! a line for each disclosure, doubt and section, in reading order.
//!
//! `UPDATE_EXPECTED=1 cargo test --test statement_fixtures` writes the files anew; read the difference before it is
//! committed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use permaudit::disclosure::{Ambiguity, Named, Scope, Statement};
use permaudit::knowledge::{Book, Platform};
use permaudit::source::{Place, Source};
use permaudit::statement;

fn at(place: &Place) -> String {
    place.lines.map_or_else(|| "-".to_owned(), |lines| format!("{}:{}", lines.line, lines.column))
}

fn names(names: &[Named]) -> String {
    let names: Vec<&str> = names
        .iter()
        .map(|named| match named.platform {
            Platform::Android => named.name.trim_start_matches("android.permission."),
            Platform::Ios | Platform::HarmonyOs => named.name.as_str(),
        })
        .collect();
    if names.is_empty() { "-".to_owned() } else { names.join(" ") }
}

fn platforms(platforms: &[Platform]) -> String {
    let names: Vec<&str> = platforms.iter().map(|platform| platform.name()).collect();
    if names.is_empty() { "unstated".to_owned() } else { names.join("+") }
}

fn render(statement: &Statement) -> String {
    let mut out = format!("language: {}\n", statement.language.unwrap_or("-"));
    for section in &statement.sections {
        let _ = writeln!(out, "section {}: {} {}", section.block, at(&section.place), platforms(&section.platforms));
    }
    for doubt in statement.disclosures.doubts() {
        let _ = writeln!(out, "doubt: {} {}", at(&doubt.place), doubt.code.name());
    }
    for row in &statement.disclosures.value {
        let scope = match &row.scope {
            Scope::App => "app".to_owned(),
            Scope::Sdk(name) => format!("sdk {}", name.as_deref().unwrap_or("-")),
        };
        // Running text belongs to no block.
        let block = row.strength().map_or_else(|| row.block.to_string(), |_| "-".to_owned());
        let head = [at(&row.place), block, row.form.name().to_owned(), scope, platforms(&row.platforms)];
        let _ = writeln!(out, "\n{} | {}", row.written, head.join(" | "));
        let _ = writeln!(out, "  {}: {}", row.resolution.name(), names(&row.permissions));
        if let Some(strength) = row.strength() {
            let _ = writeln!(out, "  {}: {}", strength.name(), names(&row.withheld));
        }
        if !row.candidates.is_empty() {
            let _ = writeln!(out, "  may mean: {}", names(&row.candidates));
        }
        for ambiguity in &row.ambiguities {
            let (kind, word) = match ambiguity {
                Ambiguity::Abbreviation(word) => ("abbreviation", word),
                Ambiguity::Group(word) => ("group", word),
                Ambiguity::Vague(word) => ("vague", word),
            };
            let _ = writeln!(out, "  {kind}: {word}");
        }
        for unknown in &row.unknown {
            let _ = writeln!(out, "  unknown: {} ({})", unknown.written, names(&unknown.suggestions));
        }
        if let Some(description) = &row.description {
            let _ = writeln!(out, "  description: {description}");
        }
        if let Some(required) = row.required {
            let _ = writeln!(out, "  {}", if required { "required" } else { "optional" });
        }
        match (&row.purpose, row.purpose_expected) {
            (Some(purpose), _) => {
                let _ = writeln!(out, "  purpose: {purpose}");
            }
            (None, true) => out.push_str("  purpose missing\n"),
            (None, false) => {}
        }
    }
    out
}

#[test]
fn every_statement_reads_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/statements");
    let mut read = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "expected") {
            continue;
        }
        read += 1;
        let found = render(&statement::read(&Source::open(&path).unwrap(), &Book));
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected, &found).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(found, expected, "{}", path.display());
    }
    assert!(read >= 6, "{read} statements were found");
}

/// A statement that only denies, in eight languages: each name is seen, and none of them is disclosed.
#[test]
fn what_is_denied_is_disclosed_in_no_language() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/statements/denials.md");
    let statement = statement::read(&Source::open(&path).unwrap(), &Book);
    let rows = &statement.disclosures.value;
    assert!(rows.len() >= 60, "{} rows", rows.len());
    for row in rows {
        assert_eq!(row.permissions, [], "{} at {}", row.written, at(&row.place));
    }
}

/// The same statement with other line ends, a byte order mark or spaces at the ends of lines discloses the same.
#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/statements");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // The lines of a saved page are those of a mail, whose ends are part of its form.
        if path.extension().is_some_and(|extension| extension == "expected" || extension == "mhtml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let render = |text: &str| render(&statement::read(&Source::new("s", text.as_bytes().to_vec()), &Book));
        let plain = render(&text);
        assert_eq!(render(&text.replace('\n', "\r\n")), plain, "{}", path.display());
        assert_eq!(render(&text.replace('\n', "\r")), plain, "{}", path.display());
        assert_eq!(render(&text.replace('\n', "   \n")), plain, "{}", path.display());
        assert_eq!(render(&format!("\u{feff}{text}")), plain, "{}", path.display());
    }
}
