//! Holds the code to the table of rooms in `docs/architecture.md`: which room may use which, which may touch the file
//! system, which may write to a terminal.
//!
//! It reads tokens, not types: comments, strings and character literals are blanked out first, then every
//! `crate::`, `super::` and `permaudit::` path is followed to the room that it enters.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "it reads this project's own files, and a test may stop"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One row of the table: files and folders of `src/` that make one room, and what the room may use.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Room {
    names: Vec<String>,
    uses: Vec<String>,
    rights: Vec<String>,
}

/// Rights that a row can name in its third column, with the code that needs them. `report/output:files` gives the
/// right to one file of the room.
const RIGHTS: [(&str, &[&str]); 3] = [
    ("files", &["std::fs", "std::os", "std::path", "fs::", "File::", "OpenOptions", "PathBuf", "Path::"]),
    ("terminal", &["println!", "print!", "eprintln!", "eprint!", "dbg!", "stdout(", "stderr(", "stdin("]),
    ("process", &["std::process", "std::env", "std::net", "process::", "env::", "net::"]),
];

/// The names in backticks of a table cell.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the table that starts with `| room | may use | rights |`.
fn rooms(document: &str) -> Vec<Room> {
    document
        .lines()
        .skip_while(|line| !line.starts_with("| room | may use | rights |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            Room { names: names(cells[1]), uses: names(cells[2]), rights: names(cells[3]) }
        })
        .collect()
}

/// `text` without comments, strings and character literals: each becomes one blank.
fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut code = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let before = code.chars().next_back().unwrap_or(' ');
        let starts_word = !(before.is_alphanumeric() || before == '_');
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
                code.push(' ');
            }
            '"' => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                code.push(' ');
            }
            // r"…", r#"…"#, br"…": the letters b and c in front stay as a word of their own, which harms nothing.
            'r' if (starts_word || matches!(before, 'b' | 'c')) && matches!(at(i + 1), '"' | '#') => {
                let hashes = (i + 1..chars.len()).take_while(|&j| at(j) == '#').count();
                if at(i + 1 + hashes) != '"' {
                    code.push('r');
                    i += 1;
                    continue;
                }
                i += hashes + 2;
                while i < chars.len() && !(at(i) == '"' && (1..=hashes).all(|j| at(i + j) == '#')) {
                    i += 1;
                }
                i += hashes + 1;
                code.push(' ');
            }
            // A character literal; a lifetime has no closing quote.
            '\'' if at(i + 1) == '\\' || at(i + 2) == '\'' => {
                i += 1;
                while i < chars.len() && at(i) != '\'' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                code.push(' ');
            }
            c => {
                code.push(c);
                i += 1;
            }
        }
    }
    code
}

/// `code` as words and single signs; `::` is one token.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in code.chars().chain([' ']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if c.is_whitespace() {
            continue;
        }
        match tokens.last_mut() {
            Some(last) if c == ':' && last == ":" => last.push(':'),
            _ => tokens.push(c.to_string()),
        }
    }
    tokens
}

/// The first names that follow a `::`: one word, or the heads of a `{…}` group.
fn heads(tokens: &[String]) -> Vec<String> {
    let is_word = |token: &String| token.chars().all(|c| c.is_alphanumeric() || c == '_');
    match tokens.first() {
        Some(word) if is_word(word) => vec![word.clone()],
        Some(brace) if brace == "{" => {
            let (mut depth, mut expects_head, mut found) = (1, true, Vec::new());
            for token in &tokens[1..] {
                match token.as_str() {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "," if depth == 1 => expects_head = true,
                    word if depth == 1 && expects_head => {
                        expects_head = false;
                        found.push(word.to_owned());
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            found
        }
        // A glob would hide what is used.
        Some(other) => vec![other.clone()],
        None => Vec::new(),
    }
}

/// The names at the root of the crate that the file at `path` (such as `format/axml.rs`) mentions.
fn entered(path: &str, code: &str) -> BTreeSet<String> {
    let tokens = tokens(code);
    // Modules between the file's own module and the root: `format/axml.rs` and `format/axml/mod.rs` have one.
    let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = if matches!(stem, "lib" | "main") { 0 } else { stem.split('/').count() };
    let mut found = BTreeSet::new();
    // `super` inside an inline module counts from there.
    let (mut inline, mut braces) = (Vec::new(), 0_usize);
    for (i, token) in tokens.iter().enumerate() {
        let next = |offset: usize| tokens.get(i + offset).map_or("", String::as_str);
        let before = if i == 0 { "" } else { tokens[i - 1].as_str() };
        match token.as_str() {
            "{" => {
                braces += 1;
                if i >= 2 && tokens[i - 2] == "mod" {
                    inline.push(braces);
                }
            }
            "}" => {
                if inline.last() == Some(&braces) {
                    inline.pop();
                }
                braces = braces.saturating_sub(1);
            }
            "crate" | "permaudit" if next(1) == "::" && before != "::" => found.extend(heads(&tokens[i + 2..])),
            "super" if before != "::" => {
                let mut ups = 1;
                while next(2 * ups) == "super" {
                    ups += 1;
                }
                if ups == depth + inline.len() && next(2 * ups - 1) == "::" {
                    found.extend(heads(&tokens[i + 2 * ups..]));
                }
            }
            _ => {}
        }
    }
    found
}

/// Every way in which `files` (path under `src/` and text) break the table.
fn violations(rooms: &[Room], files: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    let position = |name: &str| rooms.iter().position(|room| room.names.iter().any(|n| n == name));

    for (i, room) in rooms.iter().enumerate() {
        for used in &room.uses {
            match position(used) {
                Some(below) if below > i => {}
                Some(_) => {
                    found.push(format!("the table: {} may not use {used}, which is not below it", room.names[0]));
                }
                None => found.push(format!("the table: {} uses {used}, which is no room", room.names[0])),
            }
        }
        for right in &room.rights {
            if RIGHTS.iter().all(|(name, _)| *name != right.rsplit(':').next().unwrap_or_default()) {
                found.push(format!("the table: {} has the unknown right {right}", room.names[0]));
            }
        }
        for name in &room.names {
            if !files.keys().any(|path| room_name(path) == name) {
                found.push(format!("the table: there is no room {name} in src"));
            }
        }
    }

    for (path, text) in files {
        let code = code_of(text);
        if path == "lib.rs" {
            for name in entered(path, &code) {
                found.push(format!("{path}: uses {name}; it only names the rooms"));
            }
            continue;
        }
        let Some(room) = position(room_name(path)).map(|i| &rooms[i]) else {
            found.push(format!("{path}: the table has no room {}", room_name(path)));
            continue;
        };
        for name in entered(path, &code) {
            if !room.names.contains(&name) && !room.uses.contains(&name) {
                found.push(format!("{path}: may not use {name}"));
            }
        }
        let tokens = tokens(&code);
        let mut packed = tokens.join(" ").replace(" :: ", "::").replace(" !", "!").replace(" (", "(");
        for (i, _) in tokens.iter().enumerate().filter(|(_, token)| *token == "std") {
            for head in heads(tokens.get(i + 2..).unwrap_or_default()) {
                packed.extend([" std::", head.as_str()]);
            }
        }
        for (right, needles) in RIGHTS {
            if room.rights.iter().any(|r| r == right || *r == format!("{}:{right}", path.trim_end_matches(".rs"))) {
                continue;
            }
            for needle in needles {
                let hit = packed
                    .match_indices(needle)
                    .any(|(at, _)| !packed[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
                if hit {
                    found.push(format!("{path}: {needle} needs the right {right}"));
                }
            }
        }
    }
    found
}

/// The first part of a path: `format/axml.rs` is in `format`, `check.rs` is `check`.
fn room_name(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

fn sources(folder: &Path, prefix: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        let name = format!("{prefix}{}", path.file_name().expect("it has a name").to_string_lossy());
        if path.is_dir() {
            sources(&path, &format!("{name}/"), into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.insert(name, fs::read_to_string(&path).expect("sources are text"));
        }
    }
}

#[test]
fn the_code_keeps_to_the_table_of_rooms() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(top.join("docs/architecture.md")).expect("the document is there");
    let rooms = rooms(&document);
    assert!(rooms.len() > 5, "the table of rooms was not found");
    let mut files = BTreeMap::new();
    sources(&top.join("src"), "", &mut files);
    assert!(files.contains_key("source.rs"), "the sources were not found");
    let violations = violations(&rooms, &files);
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn a_made_up_house_is_found_out() {
    let table = "\
words before\n\n\
| room | may use | rights | what it is |\n\
| --- | --- | --- | --- |\n\
| `main` | `check` | `terminal` | top |\n\
| `check` | `format`, `ground` | | middle |\n\
| `format` | `check`, `attic` | `magic` | bottom |\n\
| `ground`, `soil` | | `ground:files` | below all |\n\
| `cellar` | | | not built |\n\nwords after\n";
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = BTreeMap::from([
        file("lib.rs", "pub mod check; use crate::format;"),
        file("main.rs", "fn main() { println!(\"{}\", permaudit::format::x()); permaudit::check::go(); }"),
        file(
            "check.rs",
            "use crate::{format::{main, y}, ground};\n// use crate::main;\nconst A: &str = \"crate::main\";",
        ),
        file("format/mod.rs", "mod deep; fn f<'a>(c: char) -> bool { c == '\"' && super::soil::x(\"println!\") }"),
        file(
            "format/deep.rs",
            "/* crate::main /* nested */ crate::check */ use super::own; fn f() { std :: fs :: read(r#\"\"crate::main\"#); \
             eprintln !(); } pub(crate) mod tests { use super::super::own; use super::super::super::soil::go; }",
        ),
        file("ground.rs", "use crate::soil; use std::fs::File; fn f() { File::open(\"x\"); my_println!(); }"),
        file("soil.rs", "use crate::*; use std::{fs, path::Path};"),
        file("shed.rs", ""),
    ]);
    let mut found = violations(&rooms(table), &files);
    found.sort();
    assert_eq!(
        found,
        [
            "format/deep.rs: eprintln! needs the right terminal",
            "format/deep.rs: may not use soil",
            "format/deep.rs: std::fs needs the right files",
            "format/mod.rs: may not use soil",
            "lib.rs: uses format; it only names the rooms",
            "main.rs: may not use format",
            "shed.rs: the table has no room shed",
            "soil.rs: may not use *",
            "soil.rs: std::fs needs the right files",
            "soil.rs: std::path needs the right files",
            "the table: format has the unknown right magic",
            "the table: format may not use check, which is not below it",
            "the table: format uses attic, which is no room",
            "the table: there is no room cellar in src",
        ]
    );
}
