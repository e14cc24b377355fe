//! What a page shows, trick by trick.

use super::super::block::{Block, Flow, Style};
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
    if flow.image.is_some() { format!("{text}[image]") } else { text }
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

#[test]
#[ignore = "x"]
fn dump() {
    for path in std::env::var("DUMP").unwrap().split(':') {
        println!("FILE {path}");
        for line in outline(&std::fs::read_to_string(path).unwrap()) {
            println!("{line}");
        }
    }
}
