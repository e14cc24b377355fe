//! What a page shows, trick by trick.

use super::super::block::{Block, Flow, Shown, Style};
use super::super::text::Text;
use super::*;
use crate::source::Place;

/// The blocks in a short notation: `# title`, `P text`, `* item`, `H` and `R` for rows of a table, lines parted by ` / `.
fn outline_with(page_text: &str) -> (Vec<String>, Vec<Code>) {
    let mut doubts = Vec::new();
    let text = Text::decode(page_text.as_bytes(), Place::file("s.html"), &mut doubts).unwrap();
    let mut lines = Vec::new();
    for block in page(&text, 0, &mut doubts) {
        check(&block, page_text);
        match block {
            Block::Heading(heading) => lines.push(format!("#{} {}", heading.level, show(&heading.flow))),
            Block::Paragraph(flows) => lines.extend(flows.iter().map(|flow| format!("P {}", show(flow)))),
            Block::Item(item) => {
                let text: Vec<_> = item.lines.iter().map(show).collect();
                lines.push(format!("*{} {}", item.indent, text.join(" / ")));
            }
            Block::Table(table) => lines.extend(table.rows.iter().map(|row| {
                let cells: Vec<_> = row.cells.iter().map(show).collect();
                format!("{} {}", if row.header { "H" } else { "R" }, cells.join("|"))
            })),
            Block::Code(code) => lines.extend(code.iter().map(|line| format!("C {}", line.of(text.as_str())))),
            Block::Opaque(span) => lines.push(format!("O {}", span.of(text.as_str()))),
        }
    }
    (lines, doubts.into_iter().map(|doubt| doubt.code).collect())
}

fn show(flow: &Flow) -> String {
    let text = flow.text().replace('\n', " / ");
    match flow.inset.map(|inset| inset.shown) {
        None => text,
        Some(Shown::Image) => format!("{text}[image]"),
        Some(shown) => format!("{text}[{}]", shown.in_words()),
    }
}

/// Text without references stands in the page as it is shown.
fn check(block: &Block, page: &str) {
    let flows: Vec<&Flow> = match block {
        Block::Heading(heading) => vec![&heading.flow],
        Block::Paragraph(lines) => lines.iter().collect(),
        Block::Item(item) => item.lines.iter().collect(),
        Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).collect(),
        Block::Code(_) | Block::Opaque(_) => Vec::new(),
    };
    for flow in flows {
        for (at, c) in flow.text().char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            let source = flow.source(Span::new(at, at + c.len_utf8())).of(page);
            assert!(source == c.to_string() || source.starts_with('&'), "{c:?} stands at {source:?}");
        }
    }
}

fn outline(page_text: &str) -> Vec<String> {
    outline_with(page_text).0
}

fn table(rows: &str) -> Vec<String> {
    outline(&format!("<!DOCTYPE html><table>{rows}</table>"))
}

#[test]
fn merged_cells_belong_to_every_row_and_column_they_reach_over() {
    for (rows, expected) in [
        ("<tr><th>A<th>B<tr><td>1<td rowspan=2>x<tr><td>2<tr><td>3<td>y", &["H A|B", "R 1|x", "R 2|x", "R 3|y"][..]),
        ("<tr><th>A<th>B<tr><td rowspan=2>1<td>x<tr><td>y", &["H A|B", "R 1|x", "R 1|y"]),
        ("<tr><td>A<td>B<td>C<tr><td colspan=2>1<td>x", &["R A|B|C", "R 1|1|x"]),
        ("<tr><td>A<td>B<tr><td rowspan=0>1<td>x<tr><td>y<tr><td>z", &["R A|B", "R 1|x", "R 1|y", "R 1|z"]),
        // A merged cell ends with its part of the table.
        ("<tbody><tr><td rowspan=9>1<td>x<tbody><tr><td>2<td>y", &["R 1|x", "R 2|y"]),
        ("<tr><td rowspan=2>1<td>x<td rowspan=2>2<tr><td>y", &["R 1|x|2", "R 1|y|2"]),
        ("<tr><td rowspan=-1 colspan=0>1<td>x<tr><td>2<td>y", &["R 1|x", "R 2|y"]),
    ] {
        assert_eq!(table(rows), expected, "{rows}");
    }
}

#[test]
fn a_lie_about_merged_cells_costs_little_and_is_a_doubt_where_it_costs_much() {
    let row = format!("<tr><th>A<th>B<tr><td colspan=1000 rowspan=65534>{}</td></tr>", "CAMERA ".repeat(10_000));
    let (_, doubts) = outline_with(&format!("<!DOCTYPE html><table>{row}{}</table>", "<tr></tr>".repeat(70_000)));
    assert_eq!(doubts, [Code::LimitTableRows]);
    let cells = table("<tr><td colspan=4000000000 rowspan=99999999999>a<td>b<tr><td>c");
    assert_eq!(cells.len(), 2);
    assert!(cells.iter().all(|row| row.split('|').count() <= limits::TABLE_COLUMNS));
}

#[test]
fn header_rows_by_element_part_and_style() {
    for (rows, expected) in [
        ("<thead><tr><td>A<td>B<tbody><tr><td>1<td>2", &["H A|B", "R 1|2"][..]),
        ("<tr><td><b>A</b><td><strong>B</strong><tr><td>1<td>2", &["H A|B", "R 1|2"]),
        ("<tr><td style='font-weight:700'>A<td><b>B</b><tr><td>1<td>2", &["H A|B", "R 1|2"]),
        ("<tr><td><b>A</b><td><b>B</b><tr><td><b>1</b><td><b>2</b>", &["R A|B", "R 1|2"]),
        ("<tr><th>A<td>1<tr><th>B<td>2", &["R A|1", "R B|2"]),
        ("<tfoot><tr><td>z<td>z</tfoot><tr><td>1<td>2", &["R 1|2", "R z|z"]),
        ("<caption>Android</caption><tr><th>A<th>B<tr><td>1<td>2", &["#8 Android", "H A|B", "R 1|2"]),
        ("<tr><td colspan=2>Android<tr><th>A<th>B<tr><td>1<td>2", &["#8 Android", "H A|B", "R 1|2"]),
    ] {
        assert_eq!(table(rows), expected, "{rows}");
    }
    let fixed = "<!DOCTYPE html><div><table><tr><th>A<th>B</table></div><div><table><tr><td>1<td>2</table></div>";
    assert_eq!(outline(fixed), ["H A|B", "R 1|2"]);
}

#[test]
fn tables_in_tables() {
    // A table in a cell is a table of its own.
    let inner = "<table><tr><td>x<td>y</table>";
    assert_eq!(
        table(&format!("<tr><th>A<th>B<tr><td>1<td>2{inner}<tr><td>3<td>4")),
        ["H A|B", "R 1|2", "R 3|4", "R x|y"]
    );
    // A table around everything is none.
    let layout = format!("<tr><td><h2>T</h2><p>p</p>{inner}</td></tr>");
    assert_eq!(table(&layout), ["#2 T", "#8 p", "R x|y"]);
    assert_eq!(
        table(&format!("<tr><td>menu</td><td><h1>T</h1><p>Text.</p>{inner}</td></tr>")),
        ["P menu", "#1 T", "P Text.", "R x|y"]
    );
    // A box in a cell is text.
    assert_eq!(table("<tr><td>1<td><table><tr><td>x</table><tr><td>2<td>y"), ["R 1|x", "R 2|y"]);
    assert_eq!(outline("<!DOCTYPE html><table role=presentation><tr><td>a<td>b</table>"), ["P a", "P b"]);
}

#[test]
fn tables_without_the_elements_of_tables() {
    for page in [
        "<div style='display:table'><div style='display:table-row'><div style='display:table-cell'>A</div><div style='display:table-cell'>B</div></div><div style='display:table-row'><span style='display:table-cell'>1</span><span style='display:table-cell'>2</span></div></div>",
        "<div role=table><div role=rowgroup><div role=row><span role=cell>A</span><span role=cell>B</span></div></div><div><div role=row><span role=cell>1</span><span role=cell>2</span></div></div></div>",
        "<div role=row><span role=cell>A</span><span role=cell>B</span></div>\n<div role=row><span role=cell>1</span><span role=cell>2</span></div>",
        "<div class=table><div class='table-row'><div class=td>A</div><div class=td>B</div></div><div class='table-row'><div class=td>1</div><div class=td>2</div></div></div>",
        "<style>.r{display:table-row}.c{display:table-cell}</style><div><div class=r><div class=c>A</div><div class=c>B</div></div><div class=r><div class=c>1</div><div class=c>2</div></div></div>",
    ] {
        assert_eq!(outline(&format!("<!DOCTYPE html>{page}")), ["R A|B", "R 1|2"], "{page}");
    }
    // Columns that lay a page out are no table.
    let page = "<!DOCTYPE html><div><div class=row><div class=col><h2>A</h2>x</div></div><div class=row><div class=col>y</div></div></div>";
    assert_eq!(outline(page), ["#2 A", "P x", "P y"]);
}

#[test]
fn cells_keep_their_lines_and_lose_their_markup() {
    for (cell, expected) in [
        ("a<br>b", "a / b"),
        ("<p>a</p>\n<p>b</p>", "a / b"),
        ("<ul><li>a<li>b</ul>", "a / b"),
        ("READ_<wbr>SMS", "READ_SMS"),
        ("READ&lowbar;<span>S</span>MS", "READ_SMS"),
        ("<ruby>相<rp>(</rp><rt>xiang</rt><rp>)</rp></ruby>机", "相机"),
        ("a &amp b &unknown; c&#x1F600;", "a & b &unknown; c😀"),
        ("  a\n\t b  ", "a b"),
        ("a<!-- b -->c<script>d</script><style>e</style>", "ac"),
        ("<img src=x alt='CAMERA'>", "[image]"),
    ] {
        let rows = table(&format!("<tr><td>x<td>{cell}</td><tr><td>1<td>2"));
        assert_eq!(rows.first(), Some(&format!("R x|{expected}")), "{cell}");
    }
}

#[test]
fn what_a_reader_does_not_see_is_not_there() {
    for hidden in [
        "<p hidden>X</p>",
        "<p style='display:none'>X</p>",
        "<div style='DISPLAY:NONE'><p>X<div>X</div></p></div>",
        "<span style='visibility:hidden'>X</span>",
        "<b style='font-size:0'>X</b>",
        "<p style='opacity:0'>X</p>",
        "<p style='position:absolute;left:-9999px'>X</p>",
        "<p style='color:#fff;background:white'>X</p>",
        "<div style='background-color:#eee'><p style='color:#eeeeee'>X</p></div>",
        "<font color=white>X</font>",
        "<table bgcolor='#000000'><tr><td><font color=black>X</font><td style='color:black'>X</table>",
        "<style>.x{display:none}</style><p class=x>X</p>",
        "<style>#x, b.y { visibility: hidden }</style><p id=x>X</p><b class=y>X</b>",
        "<template><p>X</p></template>",
        "<!-- <p>X</p> -->",
        "<script>document.write('<p>X</p>')</script>",
        "<noscript><p>X</p></noscript>",
        "<iframe><p>X</p></iframe>",
        "<svg><text>X</text><style>p{}</style></svg>",
        "<svg><title>X</title></svg>",
        "<nav><p>X</p></nav>",
        "<footer>X</footer>",
        "<div class='cookie-banner shown'>X</div>",
        "<select><option>X<option>X</select>",
        "<dialog>X</dialog>",
        "<object data=a>X</object>",
        "<x-a style='display:none'>X</x-b>X</x-a>",
        "<video>X</video>",
    ] {
        let page = format!("<!DOCTYPE html><p>before</p>{hidden}<p>after</p>");
        let lines: Vec<_> = outline(&page).into_iter().filter(|line| line != "P [image]").collect();
        assert!(lines.iter().all(|line| !line.contains('X')), "{hidden}: {lines:?}");
        assert!(lines.iter().any(|line| line.ends_with("before")), "{hidden}: {lines:?}");
        assert!(lines.iter().any(|line| line == "P after"), "{hidden}: {lines:?}");
    }
    for shown in [
        "<p aria-hidden=true>X</p>",
        "<details><p>X</p></details>",
        "<p style='color:#fff;background:#000'>X</p>",
        "<p style='visibility:hidden'><span style='visibility:visible'>X</span></p>",
        "<p style='font-size:0'><span style='font-size:14px'>X</span></p>",
        "<div hidden style='display:block'>X</div>",
        "<style>.x{display:none} .open .x{display:block}</style><p class=x>X</p>",
        "<style>p{}</style><th style='color:#fff'>X",
        "<dialog open>X</dialog>",
        "<svg><foreignObject><p>X</p></foreignObject></svg>",
    ] {
        let page = format!("<!DOCTYPE html><p>before</p>{shown}");
        assert!(outline(&page).iter().any(|line| line.contains('X')), "{shown}: {:?}", outline(&page));
    }
}

#[test]
fn hidden_rows_and_cells_leave_no_hole() {
    for rows in [
        "<tr><td>A<td>B<tr hidden><td>X<td>X<tr><td>1<td>2",
        "<tr><td>A<td style='display:none'>X<td>B<tr><td>1<td>2",
        "<tr><td>A<td>B<tbody style='display:none'><tr><td>X<td>X<tbody><tr><td>1<td>2",
    ] {
        assert_eq!(table(rows), ["R A|B", "R 1|2"], "{rows}");
    }
    // An invisible cell keeps its place.
    assert_eq!(table("<tr><td>A<td style='visibility:hidden'>X<tr><td>1<td>2"), ["R A|", "R 1|2"]);
}

#[test]
fn struck_out_text_is_marked_wherever_the_tag_ends() {
    for page in [
        "<s>X</s>",
        "<del>X</del>",
        "<strike><b>X</b></strike>",
        "<p style='text-decoration:line-through'>X",
        "<style>.x{text-decoration: line-through}</style><i class=x>X</i>",
        "<p><s>y</p><p>X</p>",
        "<b><span></b><s>X</s></span>",
        "<s><div>X</div></s>",
    ] {
        let mut doubts = Vec::new();
        let page_text = format!("<!DOCTYPE html><p>before</p>{page}");
        let text = Text::decode(page_text.as_bytes(), Place::file("s"), &mut doubts).unwrap();
        let struck = super::page(&text, 0, &mut doubts).iter().any(|block| match block {
            Block::Paragraph(lines) => lines.iter().any(|line| line.text() == "X" && line.is_all(Style::Strike, &[])),
            Block::Heading(heading) => heading.flow.is_all(Style::Strike, &[]),
            _ => false,
        });
        assert!(struck, "{page}");
    }
}

#[test]
fn lists_terms_and_headings() {
    for (page, expected) in [
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", &["*0 a", "*2 b", "*0 c"][..]),
        ("<ul><li><p><b>a</b></p><p>b</p></ul>", &["*0 a / b"]),
        ("<ol><li>a<table><tr><td>1<td>2</table>b</ol>", &["#8 a", "R 1|2", "*1 b"]),
        ("<dl><dt>A<dd>x<dt>B<dt>C<dd>y</dl>", &["*0 A / x", "*0 B / y", "*0 C / y"]),
        ("<dl><dt>A</dl>z", &["*0 A", "P z"]),
        ("<h2>A<br>B</h2>c", &["#2 A / B", "P c"]),
        ("<h3><li>A</li></h3><p>b", &["#3 A", "P b"]),
        ("<p><b>A：</b></p><p>b<br>c<br><br>d", &["#7 A：", "P b", "P c", "P d"]),
        ("<details><summary>A</summary>b</details>", &["#7 A", "P b"]),
        ("<div role=heading aria-level=4>A</div>", &["#4 A"]),
        ("<p>1. a<p>• b<p>（1）c", &["*0 a", "*0 b", "*0 c"]),
        ("<p>Android<table><tr><td>1<td>2</table>", &["#8 Android", "R 1|2"]),
        ("a<p>b<div>c</div>d<h1>e</h1>f", &["P a", "P b", "P c", "P d", "#1 e", "P f"]),
    ] {
        assert_eq!(outline(&format!("<!DOCTYPE html>{page}")), expected, "{page}");
    }
}

#[test]
fn broken_markup_is_read_as_browsers_do() {
    for (page, expected) in [
        // Text in a table and in none of its cells stands before it.
        ("<table>T<tr><td>1<td>2</table>", &["#8 T", "R 1|2"][..]),
        ("<table><td>1<td>2<tr><td>3<td>4", &["R 1|2", "R 3|4"]),
        ("<table><tr><td>1</div></p><td>2<tr><td>3</table>4</table>", &["R 1|2", "R 3", "P 4"]),
        ("<tr><td>1</td></tr>", &["P 1"]),
        ("<p>a</>b</ x>c<? d>e", &["P a</>bce"]),
        ("a<td CAMERA", &["P a"]),
        ("a<!-- b", &["P a"]),
        ("<table><tr><td><b>1<td>2</table>", &["R 1|2"]),
        ("<ul><li><div>a<li>b</ul>", &["*0 a", "*0 b"]),
        ("<a href=x>a<a href=y>b</a>c", &["P abc"]),
    ] {
        assert_eq!(outline(&format!("<!DOCTYPE html>{page}")), expected, "{page}");
    }
}

#[test]
fn listings_and_text_fields() {
    let manifest = "&lt;uses-permission\n android:name=\"android.permission.CAMERA\"/&gt;";
    for page in [
        format!("<pre>{manifest}</pre>"),
        format!("<pre><code><span>{}</span></code></pre>", manifest.replace('\n', "</span>\n<span>")),
        format!("<textarea>{}</textarea>", manifest.replace("&lt;", "<")),
    ] {
        let expected = ["P <uses-permission android:name=\"android.permission.CAMERA\"/>"];
        assert_eq!(outline(&format!("<!DOCTYPE html>{page}")), expected, "{page}");
    }
    let text = "<!DOCTYPE html><pre>\n# A\n\nx | y\n---|---\n1 | 2\n</pre><textarea>a\n<textarea>\n- b\n</textarea>";
    assert_eq!(outline(text), ["#1 A", "H x|y", "R 1|2", "P a", "P ", "*0 b"]);
}

#[test]
fn a_page_that_scripts_make_is_a_doubt() {
    let long = "We collect nothing at all. ".repeat(20);
    for (page, doubts) in [
        ("<div id=app></div><script src=x></script>".to_owned(), &[Code::StatementScriptPage][..]),
        (format!("<p>{long}</p><script>x</script>"), &[]),
        (
            format!("<p>{long}</p><script>{{\"name\":\"android.permission.CAMERA\"}}</script>"),
            &[Code::StatementScriptPage],
        ),
        (format!("<p>{long} android.permission.CAMERA</p><script>'android.permission.CAMERA'</script>"), &[]),
        (format!("<p hidden>{long}</p><script>x</script>"), &[Code::StatementScriptPage]),
        ("<p>short</p>".to_owned(), &[]),
    ] {
        assert_eq!(outline_with(&format!("<!DOCTYPE html>{page}")).1, doubts, "{page}");
    }
}

#[test]
fn depth_and_size_end_in_a_doubt_and_take_linear_time() {
    let started = std::time::Instant::now();
    for (part, code) in [
        ("<div>", Some(Code::LimitHtmlDepth)),
        ("<b>", Some(Code::LimitHtmlDepth)),
        ("<table><tr><td>a", Some(Code::LimitHtmlDepth)),
        ("<ul><li>", Some(Code::LimitHtmlDepth)),
        ("<pre>a\n", Some(Code::LimitHtmlDepth)),
        ("<x-y>", Some(Code::LimitHtmlDepth)),
        ("<svg><g>", Some(Code::LimitHtmlDepth)),
        ("<p>a", None),
        ("&lt;&#65;&amp", None),
        ("<", None),
        ("<!", None),
        ("</div>", None),
        ("<table>a", None),
        ("<td>", None),
        ("<br>", None),
    ] {
        let (_, doubts) = outline_with(&format!("<!DOCTYPE html>x{}", part.repeat(60_000 / part.len())));
        assert_eq!(doubts.first().copied(), code, "{part}");
    }
    // Measured: 4 s without optimisation; the square of a length would take many times that.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn what_stands_in_the_place_of_a_table_is_called_what_it_is() {
    for (part, expected) in [
        ("<iframe src=x></iframe>", "[another page in a frame]"),
        ("<object data=x>CAMERA</object>", "[an embedded object]"),
        ("<embed src=x>", "[an embedded object]"),
        ("<video src=x>CAMERA</video>", "[a video]"),
        ("<canvas>CAMERA</canvas>", "[a drawing made by a script]"),
        ("<img src=x alt=CAMERA>", "[image]"),
    ] {
        assert_eq!(outline(&format!("<!DOCTYPE html><p>{part}</p>")), [format!("P {expected}")], "{part}");
    }
}

#[test]
fn rows_by_their_classes_are_a_table_whatever_stands_between_them() {
    let row =
        |a: &str, b: &str| format!("<div class=row>\n <div class=cell>{a}</div> <div class=cell>{b}</div>\n</div>");
    let page = format!("<!DOCTYPE html><div>\n {}\n {}\n</div>", row("<b>A</b>", "<b>B</b>"), row("1", "2"));
    assert_eq!(outline(&page), ["H A|B", "R 1|2"]);
    let page = format!("<!DOCTYPE html><div>text {} {}</div>", row("A", "B"), row("1", "2"));
    assert_eq!(outline(&page), ["P text", "P A", "P B", "P 1", "P 2"]);
}

#[test]
fn a_page_of_nothing_but_references_is_not_read() {
    let page = format!("<html><body><p>{}</p>", "&lt;".repeat(limits::HTML_REFERENCES + 1));
    assert_eq!(outline_with(&page), (Vec::new(), vec![Code::LimitHtmlNodes]));
}
