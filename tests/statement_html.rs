//! Laws that hold for every HTML page, tried on random ones.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use permaudit::disclosure::Statement;
use permaudit::knowledge::Book;
use permaudit::source::Source;
use permaudit::statement;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

fn read(text: &str) -> Statement {
    statement::read(&Source::new("s.html", text.as_bytes().to_vec()), &Book)
}

/// How often each permission is disclosed.
fn disclosed(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for named in read(text).disclosures.value.iter().flat_map(|row| &row.permissions) {
        *counts.entry(named.name.clone()).or_default() += 1;
    }
    counts
}

/// Tags, texts and damage.
fn piece() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "<td rowspan=3>",
        "<td colspan=2>",
        "<td rowspan=0>",
        "<td rowspan=65534 colspan=1000>",
        "<thead>",
        "<tbody>",
        "<tfoot>",
        "<caption>",
        "<ul>",
        "</ul>",
        "<li>",
        "<dl>",
        "<dt>",
        "<dd>",
        "</dl>",
        "<div>",
        "</div>",
        "<div class=row>",
        "<div class=cell>",
        "<p>",
        "</p>",
        "<br>",
        "<h2>Permissions</h2>",
        "<h3>",
        "</h3>",
        "<b>",
        "</b>",
        "<s>",
        "</s>",
        "<a href=x>",
        "</a>",
        "<span style='display:none'>",
        "</span>",
        "<div hidden>",
        "<pre>",
        "</pre>",
        "<textarea>",
        "</textarea>",
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<svg>",
        "</svg>",
        "<template>",
        "<details>",
        "<summary>",
        "<select>",
        "<iframe>",
        "<img src=x>",
        "<button>",
        "<ruby>",
        "<rt>",
        "<!--",
        "-->",
        "<",
        ">",
        "&",
        "&amp;",
        "&#95;",
        "&#x0;",
        "&nbsp",
        "\"",
        "'",
        "Permission",
        "Purpose",
        "CAMERA",
        "READ_SMS",
        "android.permission.RECORD_AUDIO",
        "NSCameraUsageDescription",
        "相机",
        "权限",
        "用途",
        "Location",
        "\n",
        " ",
        "\r",
        "\u{200b}",
        "\u{0}",
    ]);
    prop_oneof![9 => pieces.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..80).prop_map(|pieces| format!("<!DOCTYPE html>{}", pieces.concat()))
}

/// A table of permissions: rows of a name and a purpose.
fn rows() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(vec!["CAMERA", "READ_SMS", "RECORD_AUDIO", "VIBRATE", "相机", "Nobody knows"]);
    prop::collection::vec((name, "[a-z]{1,12}"), 1..8)
}

fn row(name: &str, purpose: &str) -> String {
    format!("<tr><td>{name}</td><td>{purpose}</td></tr>\n")
}

fn page(rows: &[String]) -> String {
    let header = "<tr><th>Permission</th><th>Purpose</th></tr>\n";
    format!("<!DOCTYPE html>\n<h2>Android permissions</h2>\n<table>\n{header}{}</table>\n", rows.concat())
}

/// Ways to hide a row from whoever looks at the page.
const HIDDEN: [&str; 9] = [
    "<tr hidden>",
    "<tr style='display: none'>",
    "<tr style=\"visibility:hidden\">",
    "<tr style='opacity:0'>",
    "<tr style='font-size:0'>",
    "<tr style='color:#fff;background:white'>",
    "<tr style='position:absolute;left:-9999px'>",
    "<tbody hidden><tr>",
    "<tr class=gone>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_every_place_lies_in_the_page(text in soup()) {
        let statement = read(&text);
        for row in &statement.disclosures.value {
            let (offset, length) = (row.place.offset.unwrap(), row.place.length.unwrap());
            let (start, end) = (usize::try_from(offset).unwrap(), usize::try_from(offset + length).unwrap());
            let there = text.as_bytes().get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok());
            prop_assert!(there.is_some_and(|there| !there.is_empty()), "{:?}", row.place);
            // What was written begins and ends at the place, be it with a reference.
            let there = there.unwrap();
            let (first, last) = (row.written.chars().next().unwrap(), row.written.chars().next_back().unwrap());
            prop_assert!(there.starts_with(first) || there.starts_with('&'), "{there:?} {:?}", row.written);
            prop_assert!(there.ends_with(last) || there.contains('&'), "{there:?} {:?}", row.written);
        }
    }

    #[test]
    fn every_row_covers_its_own_name(rows in rows()) {
        let cells: Vec<String> = rows.iter().map(|(name, purpose)| row(name, purpose)).collect();
        let text = page(&cells);
        let statement = read(&text);
        prop_assert_eq!(statement.disclosures.value.len(), rows.len());
        for (disclosure, (name, purpose)) in statement.disclosures.value.iter().zip(&rows) {
            let start = usize::try_from(disclosure.place.offset.unwrap()).unwrap();
            let end = start + usize::try_from(disclosure.place.length.unwrap()).unwrap();
            prop_assert_eq!(text.get(start..end), Some(*name));
            prop_assert_eq!(disclosure.purpose.as_deref(), Some(purpose.as_str()));
        }
    }

    #[test]
    fn a_hidden_row_adds_nothing(rows in rows(), at in 0_usize..8, how in prop::sample::select(HIDDEN.to_vec())) {
        let mut cells: Vec<String> = rows.iter().map(|(name, purpose)| row(name, purpose)).collect();
        let shown = format!("<style>.gone {{ display: none }}</style>{}", page(&cells));
        let hidden = format!("{how}<td>ACCESS_FINE_LOCATION</td><td>hidden</td></tr>\n");
        let after = if how.starts_with("<tbody") { "</tbody><tbody>" } else { "" };
        cells.insert(at.min(cells.len()), hidden + after);
        let more = format!("<style>.gone {{ display: none }}</style>{}", page(&cells));
        prop_assert_eq!(disclosed(&more), disclosed(&shown), "{}", more);
    }

    #[test]
    fn hiding_a_part_of_any_page_adds_nothing(before in prop::collection::vec(piece(), 0..30), after in prop::collection::vec(piece(), 0..30)) {
        // What stands before leaves nothing open that would take the hidden part for its own text.
        let closed = before.concat().replace(['<', '>'], " ");
        let page = |inside: &str| format!("<!DOCTYPE html><p>{closed}</p>{inside}<h2>Permissions</h2>{}", after.concat());
        let hidden = "<div hidden><table><tr><th>Permission<th>Purpose<tr><td>ACCESS_FINE_LOCATION<td>x</table></div>";
        prop_assert_eq!(disclosed(&page(hidden)), disclosed(&page("")));
    }
}

/// Any mixture of tags takes time in proportion to its length.
#[test]
fn a_hundred_kilobytes_of_tag_soup_take_linear_time() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let parts = prop::collection::vec(piece(), 4..40);
    let started = Instant::now();
    for _ in 0..24 {
        let part = parts.new_tree(&mut runner).unwrap().current().concat();
        let of = |bytes: usize| {
            let text = format!("<!DOCTYPE html>{}", part.repeat(bytes / part.len().max(1) + 1));
            let started = Instant::now();
            let _ = read(&text);
            started.elapsed()
        };
        let (short, long) = (of(25_000), of(100_000));
        // Four times the length; sixteen times the time would be its square.
        assert!(long < short * 12 + Duration::from_millis(500), "{short:?} {long:?} {part:?}");
    }
    assert!(started.elapsed() < Duration::from_mins(4), "{:?}", started.elapsed());
}
