//! Holds the table of tricks, `docs/evasion.md`, to the tests that it names, and to the codes that the rooms of untrusted
//! input can raise.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "it reads this project's own files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use permaudit::doubt::Code;

/// The rooms that read packages.
const ROOMS: [&str; 3] = ["src/container", "src/format", "src/platform"];

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The cells of every row under a head that ends so.
fn rows(document: &str, head: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut columns = None;
    for line in document.lines() {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        if !line.starts_with('|') {
            columns = None;
        } else if line.ends_with(head) {
            columns = Some(cells.len());
        } else if columns.is_some() && !line.starts_with("| ---") {
            assert_eq!(Some(cells.len()), columns, "{line}");
            rows.push(cells);
        }
    }
    rows
}

/// The names in backticks of a cell.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The variant of each code by its name, as `src/doubt.rs` has them.
fn variants() -> BTreeMap<String, String> {
    let source = text("src/doubt.rs");
    let all = source.lines().filter_map(|line| line.trim().strip_suffix("\",")?.split_once(" = \""));
    all.map(|(variant, name)| (name.to_owned(), variant.to_owned())).collect()
}

/// The functions of a test file that are tests, each with its code.
fn tests(file: &str) -> BTreeMap<String, String> {
    let source = text(&format!("tests/{file}.rs"));
    let mut found = BTreeMap::new();
    for piece in source.split("#[test]").skip(1) {
        let Some((_, after)) = piece.split_once("fn ") else { continue };
        let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        found.insert(name, piece.to_owned());
    }
    found
}

fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// Every code that the rooms name.
fn raised() -> BTreeSet<String> {
    let mut all = Vec::new();
    for room in ROOMS {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut all);
    }
    let mut named = BTreeSet::new();
    for source in &all {
        for piece in source.split("Code::").skip(1) {
            named.insert(piece.chars().take_while(char::is_ascii_alphanumeric).collect::<String>());
        }
    }
    variants().into_iter().filter(|(_, variant)| named.contains(variant)).map(|(name, _)| name).collect()
}

#[test]
fn every_trick_has_its_test_and_its_code() {
    let document = text("docs/evasion.md");
    let rows = rows(&document, "| permaudit | code | test |");
    assert!(rows.len() > 150, "{} tricks", rows.len());
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let variants = variants();
    let mut unheld = Vec::new();
    let mut files: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in rows {
        let trick = &row[0];
        assert!(row.iter().all(|cell| !cell.is_empty()), "{trick}: a cell is empty");
        let codes = names(&row[3]);
        assert!(row[3] == "read" || !codes.is_empty(), "{trick}: neither a code nor `read`");
        for code in &codes {
            assert!(known.contains(code), "{trick}: there is no code {code}");
        }
        let named = names(&row[4]);
        assert!(!named.is_empty(), "{trick}: no test");
        let mut bodies = String::new();
        for test in named {
            let Some((file, function)) = test.split_once("::") else { panic!("{trick}: {test} names no file") };
            let all = files.entry(file.to_owned()).or_insert_with(|| tests(file));
            let Some(body) = all.get(function) else { panic!("{trick}: there is no test {test}") };
            bodies.push_str(body);
        }
        for code in codes {
            let is_held =
                bodies.contains(&format!("\"{code}\"")) || bodies.contains(&format!("Code::{}", variants[code]));
            // Every cut of a document, say: that the reading is never whole is what counts, not by which code.
            let is_only_open = bodies.contains("is_whole()") || bodies.contains("device_refuses");
            if !is_held && !is_only_open {
                unheld.push(format!("{trick}: none of its tests names {code}"));
            }
        }
    }
    assert!(unheld.is_empty(), "{}", unheld.join("\n"));
}

#[test]
fn every_code_that_a_package_can_raise_stands_in_the_table() {
    let document = text("docs/evasion.md");
    let mut told: BTreeSet<String> = BTreeSet::new();
    for row in rows(&document, "| permaudit | code | test |") {
        told.extend(names(&row[3]).into_iter().map(str::to_owned));
    }
    let raised = raised();
    assert!(raised.len() > 150, "{} codes", raised.len());
    let missing: Vec<&String> = raised.difference(&told).collect();
    assert!(missing.is_empty(), "no trick is told for {missing:?}");
}
