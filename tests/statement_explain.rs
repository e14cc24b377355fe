//! `--explain-parse`: the explanation is made by the pass that reads, leaves nothing out, and says why.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use std::fs;
use std::path::PathBuf;

use permaudit::knowledge::Book;
use permaudit::source::Source;
use permaudit::statement::{self, Step};
use proptest::prelude::*;

fn source(text: &str) -> Source {
    Source::new("privacy.md", text.as_bytes().to_vec())
}

fn explain(text: &str) -> Vec<Step> {
    statement::explain(&source(text), &Book).1
}

/// `table 3-5: …`, and ` 4 CAMERA: …` for what came of its rows.
fn render(steps: &[Step]) -> Vec<String> {
    let mut lines = Vec::new();
    for step in steps {
        let at = step.place.lines.unwrap();
        lines.push(format!("{} {}-{}: {}", step.kind, at.line, at.end_line, step.understood));
        for outcome in &step.outcomes {
            let line = outcome.place.lines.unwrap().line;
            lines.push(format!(" {line} {}: {}", outcome.written, outcome.what));
        }
    }
    lines
}

/// What must hold of every statement: the same reading, with each disclosure explained once, in the order of the text.
fn holds(text: &str) {
    let read = statement::read(&source(text), &Book);
    let (explained, steps) = statement::explain(&source(text), &Book);
    assert_eq!(read.disclosures, explained.disclosures, "asked for or not, the reading is the same:\n{text}");
    let outcomes = || steps.iter().flat_map(|step| &step.outcomes);
    for row in &read.disclosures.value {
        let own = outcomes().filter(|outcome| outcome.place == row.place && outcome.written == row.written);
        assert!(own.clone().count() >= 1, "{} is not explained:\n{text}", row.written);
        assert!(own.clone().all(|outcome| outcome.discloses != row.permissions.is_empty()), "{}", row.written);
    }
    let disclosing = read.disclosures.value.iter().filter(|row| !row.permissions.is_empty()).count();
    assert_eq!(outcomes().filter(|outcome| outcome.discloses).count(), disclosing, "{text}");
    assert!(steps.is_sorted_by_key(|step| step.place.offset), "{text}");
    assert!(steps.iter().all(|step| !step.understood.is_empty()));
    assert!(outcomes().all(|outcome| !outcome.what.is_empty()));
}

#[test]
fn every_disclosure_of_every_fixture_is_explained() {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut read = 0;
    for folder in ["statements", "sample"] {
        for entry in fs::read_dir(top.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md" || extension == "txt") {
                holds(&fs::read_to_string(path).unwrap());
                read += 1;
            }
        }
    }
    assert!(read >= 9, "{read} statements were found");
}

#[test]
fn a_table_says_what_its_columns_are_and_why_a_row_does_not_count() {
    let text = "# Android permissions\n\n| Permission | Description | Purpose | Since |\n|---|---|---|---|\n\
                | CAMERA | Takes photos | To scan | 2 |\n| TELEPHONE | Calls | To call | 2 |\n\
                | / | - | - | - |\n| | goes on | | |\n| the permission | - | - | - |\n";
    assert_eq!(
        render(&explain(text)),
        [
            "heading 1-1: starts a section on permissions, for Android",
            "table 3-9: permission table for Android: column 1 name, column 2 description, column 3 purpose, \
             column 4 not read; header at line 3",
            " 5 CAMERA: counts as android.permission.CAMERA; with a purpose",
            " 6 TELEPHONE: no permission of Android has this name; nothing disclosed",
            " 7 /: the cell for the name is empty",
            " 8 : goes on with the row before",
            " 9 the permission: not the name of a permission; nothing disclosed",
        ]
    );
}

#[test]
fn a_table_of_something_else_says_by_which_header() {
    let text = "# Data\n\n| Data type | Purpose |\n|---|---|\n| Location | Maps |\n";
    let lines = render(&explain(text));
    assert_eq!(lines.get(1).unwrap(), "table 3-5: table of something else: header `Data type` | `Purpose`");
    assert_eq!(lines.len(), 2, "its rows are no rows of permissions");
}

#[test]
fn an_item_says_why_it_names_no_permission() {
    let text = "Camera is a word here.\n\n- Camera: not in a section on permissions\n\n# Permissions\n\n\
                - Camera: to scan\n- Umbrella: no permission\n\n![a table](table.png)\n";
    assert_eq!(
        render(&explain(text)),
        [
            "paragraph 1-1: running text outside a section on permissions: no name is looked for",
            "list-item 3-3: a list outside a section on permissions: no name is looked for",
            "heading 5-5: starts a section on permissions",
            "list-item 7-7: names permissions",
            " 7 Camera: counts as android.permission.CAMERA, NSCameraUsageDescription; with a purpose",
            "list-item 8-8: begins with `Umbrella`, which is no permission's name",
            "paragraph 10-10: under a heading of permissions stands an image, which is not read",
        ]
    );
}

#[test]
fn what_is_said_of_a_permission_leads_back_to_it() {
    let text = "# Permissions\n\n## Camera permission\n\nTo scan the code of a meeting.\n\n\
                We do not ask for these permissions:\n\n- READ_SMS\n";
    let lines = render(&explain(text));
    assert!(lines.contains(&"paragraph 5-5: what is said of `Camera permission` (line 3)".to_owned()), "{lines:#?}");
    let below = render(&explain("# Permissions\n\nWe do not ask for these permissions:\n\n- READ_SMS\n"));
    let denies = "paragraph 3-3: its last line says that what follows is not requested";
    assert!(below.contains(&denies.to_owned()), "{below:#?}");
    assert!(below.contains(&" 5 READ_SMS: said not to be used; nothing disclosed".to_owned()), "{below:#?}");
}

#[test]
fn what_cannot_be_read_has_no_explanation() {
    let (statement, steps) = statement::explain(&Source::new("privacy.pdf", b"%PDF-1.7".to_vec()), &Book);
    assert!(statement.unreadable && steps.is_empty());
}

/// Parts of statements: what makes blocks, and what names permissions in them.
const PARTS: [&str; 18] = [
    "# Android permissions\n\n",
    "## Permissions\n",
    "### Camera permission\n",
    "# Third-party SDKs\n\n",
    "**Permissions we do not request**\n",
    "| Permission | Purpose |\n|---|---|\n| CAMERA | To scan |\n| TELEPHONE | / |\n\n",
    "| Data type | Purpose |\n|---|---|\n| Location | Maps |\n",
    "| SDK name | Permission | Purpose |\n|---|---|---|\n| Kite | INTERNET | |\n",
    "- Camera: to scan\n",
    "- READ_SMS\n",
    "  - to find colleagues\n",
    "1. 相机权限：扫码\n",
    "权限：麦克风 使用目的：语音会议\n\n",
    "We use your location.\n\n",
    "We ask for the following permissions:\n\n",
    "```\n<uses-permission android:name=\"android.permission.NFC\"/>\n```\n",
    "![permissions](table.png)\n\n",
    "<table><tr><td>CAMERA</td></tr></table>\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_statement_is_made_of_each_disclosure_is_explained(
        parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 1..16)
    ) {
        holds(&parts.concat());
    }
}
