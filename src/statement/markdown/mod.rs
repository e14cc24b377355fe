//! Markdown and plain text to blocks.
//!
//! One reader for both: real statements are published as text that once was Markdown or a web page, and keep its
//! pipes and stars. It follows `CommonMark` 0.31 and GFM where they and the files agree, and the files where they do
//! not: a table needs no delimiter row and no blank line before it, its header may stand in a bullet or at the end of
//! a paragraph, and its rows may be broken over lines. HTML comments are blanked first: nobody who reads the page
//! sees them.

mod lines;
mod marks;
mod tables;

use super::block::{Block, Flow, Heading, Item, Row, Style, Table, is_title};
use super::html;
use super::inline::{self, References};
use super::text::{Span, Text};
use crate::deadline;
use crate::doubt::Doubt;
use crate::limits;
use lines::{Line, lines, reference_label, references, with_lone_pipes, without_comments};
pub(super) use marks::list_marker;
use marks::{Fence, atx, contains_tag, count_tags, is_bold_title, is_rule};

/// The blocks of `text`.
pub fn read(text: &Text, doubts: &mut Vec<Doubt>) -> Vec<Block> {
    let visible = without_comments(text.as_str());
    let mut reader = Reader::new(text, &visible, text.lines());
    reader.skip_front_matter();
    reader.run(doubts)
}

/// The blocks of the text that stands at `span` of `text`, in which a tag of HTML would be text.
pub(super) fn part(text: &Text, span: Span, doubts: &mut Vec<Doubt>) -> Vec<Block> {
    let within = |line: Span| Span::new(line.start.max(span.start), line.end.min(span.end));
    let lines = text.lines_from(span.start).take_while(|line| line.start < span.end).map(within);
    let reader = Reader::new(text, text.as_str(), lines);
    Reader { plain: true, ..reader }.run(doubts)
}

/// The block that goes on until something ends it.
enum Open {
    None,
    Paragraph(Vec<Span>),
    Item { indent: usize, lines: Vec<Span>, blank: bool },
}

struct Reader<'a> {
    text: &'a Text,
    visible: &'a str,
    lines: Vec<Line>,
    references: References,
    at: usize,
    open: Open,
    blocks: Vec<Block>,
    /// There is no HTML in it.
    plain: bool,
    /// The text without the markers of block quotes in which HTML stands, each blanked where it stood.
    unquoted: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a Text, visible: &'a str, all: impl Iterator<Item = Span>) -> Self {
        let lines = with_lone_pipes(lines(all, visible), visible);
        let references = references(visible, &lines);
        Reader {
            text,
            visible,
            lines,
            references,
            at: 0,
            open: Open::None,
            blocks: Vec::new(),
            plain: false,
            unquoted: None,
        }
    }

    fn run(mut self, doubts: &mut Vec<Doubt>) -> Vec<Block> {
        while self.at < self.lines.len() {
            deadline::step();
            self.step(doubts);
        }
        self.flush();
        self.blocks
    }

    fn line(&self, at: usize) -> Option<Line> {
        self.lines.get(at).copied()
    }

    fn body(&self, at: usize) -> &'a str {
        self.line(at).map_or("", |line| line.body.of(self.visible))
    }

    fn flow(&self, segments: &[Span]) -> Flow {
        inline::flow(self.visible, segments, &self.references)
    }

    /// Metadata between two lines of `---` at the very beginning is no part of the page.
    fn skip_front_matter(&mut self) {
        if self.body(0) != "---" {
            return;
        }
        let end = (1..self.lines.len().min(limits::FRONT_MATTER_LINES)).find(|&at| self.body(at) == "---");
        if let Some(end) = end {
            self.at = end + 1;
        }
    }

    fn step(&mut self, doubts: &mut Vec<Doubt>) {
        let Some(line) = self.line(self.at) else { return };
        let body = line.body.of(self.visible);
        if body.is_empty() {
            match &mut self.open {
                Open::Item { blank, .. } => *blank = true,
                Open::Paragraph(_) => self.flush(),
                Open::None => {}
            }
            self.at += 1;
        } else if let Some(fence) = Fence::of(body) {
            self.flush();
            self.code(fence);
        } else if let Some(shape) = self.table_at(self.at) {
            self.table(shape, doubts);
        } else if body.contains('\t') && self.tab_table() {
        } else if let Some(element) = html::begins_block(body).filter(|_| !self.plain) {
            self.flush();
            self.html(element, html::ends_with_its_tag(element, body), doubts);
        } else if !self.plain && contains_tag(body, "<table") {
            self.flush();
            self.html("table", true, doubts);
        } else if !self.plain && html::begins_component(body) {
            self.flush();
            self.blocks.push(Block::Opaque(line.body));
            self.at += 1;
        } else if let Some(heading) = atx(body) {
            self.flush();
            let flow = self.flow(&[Span::new(line.body.end - heading.len, line.body.end - heading.closing)]);
            self.blocks.push(Block::Heading(Heading { level: heading.level, flow }));
            self.at += 1;
        } else if is_rule(body) {
            self.rule(body);
            self.at += 1;
        } else if let Some(marker) = list_marker(body) {
            self.flush();
            let lines = vec![Span::new(line.body.start + marker, line.body.end)];
            self.open = Open::Item { indent: line.indent, lines, blank: false };
            self.at += 1;
        } else if reference_label(body).is_some() {
            self.flush();
            self.at += 1;
        } else {
            self.text_line(line);
            self.at += 1;
        }
    }

    /// Takes the table that tabs part at the present line; false when there is none.
    fn tab_table(&mut self) -> bool {
        let lines = self.lines.iter().skip(self.at).map(|line| line.body);
        let rows = super::csv::tab_rows(self.visible, lines.take(limits::TABLE_ROWS));
        let marked = list_marker(self.body(self.at)).is_some() || atx(self.body(self.at)).is_some();
        if rows.is_empty() || marked {
            return false;
        }
        self.heading_before_table();
        self.at += rows.len();
        let cells = |row: &Vec<Span>| row.iter().map(|&cell| self.flow(&[cell])).collect();
        let rows = rows.iter().map(|row| Row { cells: cells(row), header: false }).collect();
        self.blocks.push(Block::Table(Table { rows }));
        true
    }

    fn text_line(&mut self, line: Line) {
        match &mut self.open {
            Open::Paragraph(lines) => lines.push(line.body),
            Open::Item { indent, lines, blank }
                if line.indent > *indent || (!*blank && !is_bold_title(line.body.of(self.visible))) =>
            {
                lines.push(line.body);
            }
            Open::Item { .. } | Open::None => {
                self.flush();
                self.open = Open::Paragraph(vec![line.body]);
            }
        }
    }

    /// A line of `=` or `-`: below a paragraph of one short line it makes that line a heading.
    fn rule(&mut self, body: &str) {
        if let Open::Paragraph(lines) = &self.open
            && let [only] = lines.as_slice()
            && matches!(body.chars().next(), Some('=' | '-'))
            && is_title(only.of(self.visible))
        {
            let flow = self.flow(&[*only]);
            let level = if body.starts_with('=') { 1 } else { 2 };
            self.open = Open::None;
            self.blocks.push(Block::Heading(Heading { level, flow }));
        } else {
            self.flush();
        }
    }

    /// Ends the open block.
    fn flush(&mut self) {
        match std::mem::replace(&mut self.open, Open::None) {
            Open::None => {}
            Open::Item { indent, lines, .. } => {
                let lines = lines.iter().map(|&line| self.flow(&[line])).collect();
                self.blocks.push(Block::Item(Item { indent, lines }));
            }
            Open::Paragraph(lines) => {
                let mut paragraph = Vec::new();
                for line in lines {
                    deadline::step();
                    let flow = self.flow(&[line]);
                    if is_title(flow.text()) && flow.is_all(Style::Strong, &[':', '：']) {
                        if !paragraph.is_empty() {
                            self.blocks.push(Block::Paragraph(std::mem::take(&mut paragraph)));
                        }
                        self.blocks.push(Block::Heading(Heading { level: Heading::BOLD, flow }));
                    } else {
                        paragraph.push(flow);
                    }
                }
                if !paragraph.is_empty() {
                    self.blocks.push(Block::Paragraph(paragraph));
                }
            }
        }
    }

    fn code(&mut self, fence: Fence) {
        self.at += 1;
        let mut lines = Vec::new();
        while let Some(line) = self.line(self.at) {
            deadline::step();
            self.at += 1;
            if fence.closes(line.body.of(self.visible)) {
                break;
            }
            lines.push(line.body);
        }
        self.blocks.push(Block::Code(lines));
    }

    /// Takes the lines of a block of HTML: to the end tag of `element`, or to a blank line.
    fn html(&mut self, element: &str, to_its_end: bool, doubts: &mut Vec<Doubt>) {
        let mut span = self.line(self.at).map_or(Span::new(0, 0), |line| line.body);
        let quotes = self.line(self.at).map_or(0, |line| line.quotes);
        let (begin, end) = (format!("<{element}"), format!("</{element}"));
        let mut depth = 0_usize;
        while let Some(line) = self.line(self.at) {
            deadline::step();
            let body = line.body.of(self.visible);
            if !to_its_end && body.is_empty() {
                break;
            }
            self.at += 1;
            span = span.with(line.body);
            self.blank_quotes(line, quotes);
            if to_its_end {
                depth += count_tags(body, &begin);
                depth = depth.saturating_sub(count_tags(body, &end));
                if depth == 0 {
                    break;
                }
            }
        }
        let document = match &self.unquoted {
            Some(unquoted) if quotes > 0 => unquoted.as_str(),
            _ => self.text.as_str(),
        };
        let read = html::part(self.text, document, span, doubts);
        // A short line directly before a table is its heading.
        if matches!(read.first(), Some(Block::Table(_)))
            && let Some(Block::Paragraph(lines)) = self.blocks.last_mut()
            && lines.len() == 1
            && lines.iter().all(|line| is_title(line.text()))
            && let Some(flow) = lines.pop()
        {
            self.blocks.pop();
            self.blocks.push(Block::Heading(Heading { level: Heading::PLAIN, flow }));
        }
        self.blocks.extend(read);
    }

    /// Blanks the first `quotes` markers of block quotes in `line` for readers that do not know them.
    fn blank_quotes(&mut self, line: Line, quotes: usize) {
        if quotes == 0 || line.quotes == 0 {
            return;
        }
        let text = self.text;
        let unquoted = self.unquoted.get_or_insert_with(|| text.as_str().to_owned());
        let lead = Span::new(line.start, line.body.start.max(line.start));
        let marks = lead.of(text.as_str()).match_indices('>').map(|(at, _)| line.start + at);
        for at in marks.take(quotes) {
            deadline::step();
            unquoted.replace_range(at..=at, " ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Place;

    /// The blocks in a short notation: `# title`, `P text`, `* item`, `T` and rows with `|`, `H` for header rows.
    fn outline(source: &str) -> Vec<String> {
        let mut doubts = Vec::new();
        let text = Text::decode(source.as_bytes(), Place::file("s.md"), &mut doubts).unwrap();
        let mut lines = Vec::new();
        for block in read(&text, &mut doubts) {
            match block {
                Block::Heading(heading) => lines.push(format!("#{} {}", heading.level, heading.flow.folded())),
                Block::Paragraph(flows) => lines.extend(flows.iter().map(|flow| format!("P {}", flow.folded()))),
                Block::Item(item) => {
                    let text: Vec<_> = item.lines.iter().map(Flow::folded).collect();
                    lines.push(format!("*{} {}", item.indent, text.join(" / ")));
                }
                Block::Table(table) => lines.extend(table.rows.iter().map(|row| {
                    let cells: Vec<_> = row.cells.iter().map(Flow::folded).collect();
                    format!("{} {}", if row.header { "H" } else { "R" }, cells.join("|"))
                })),
                Block::Code(code) => lines.extend(code.iter().map(|line| format!("C {}", line.of(text.as_str())))),
                Block::Opaque(span) => lines.push(format!("O {}", span.of(text.as_str()))),
            }
        }
        lines
    }

    #[test]
    fn the_last_item_of_a_list_is_no_heading_of_the_table_below() {
        let table = "\n| A | B |\n|---|---|\n| c | d |\n";
        let read = |above: &str| outline(&format!("{above}{table}"));
        assert_eq!(
            read("- Camera: to scan\n- Contacts (iOS): to find\n"),
            ["*0 Camera: to scan", "*0 Contacts (iOS): to find", "H A|B", "R c|d"]
        );
        assert_eq!(read("1. Android permissions:\n"), ["#8 Android permissions:", "H A|B", "R c|d"]);
        assert_eq!(read("- iOS\n- Table 2\n"), ["*0 iOS", "#8 Table 2", "H A|B", "R c|d"]);
    }

    #[test]
    fn tables_with_edges_without_edges_and_without_a_delimiter_row() {
        for source in [
            "| A | B |\n|---|:-:|\n| 1 | 2 |\n",
            "A | B\n---|---\n1 | 2\n",
            "> | A | B |\n> |---|---|\n> | 1 | 2 |\n",
            "  * A | B  \n---|---  \n1 | 2  \n",
        ] {
            assert_eq!(outline(source), ["H A|B", "R 1|2"], "{source}");
        }
        for source in ["| A | B |\n| 1 | 2 |", "A | B\n1 | 2", "- A | B\n- 1 | 2"] {
            assert_eq!(outline(source), ["R A|B", "R 1|2"], "{source}");
        }
    }

    #[test]
    fn a_header_may_end_a_paragraph() {
        let outline = outline("Some words here. **A** | **B**\n---|---\n1 | 2\n");
        assert_eq!(outline, ["H Some words here. A|B", "R 1|2"]);
    }

    #[test]
    fn rows_broken_over_lines_are_one_row() {
        for (source, expected) in [
            ("A | B | C\n---|---|---\n1 | 2  \n3 | 4\n5 | 6 | 7\n", &["H A|B|C", "R 1|2 3|4", "R 5|6|7"][..]),
            ("A | B\n---|---\n1 |\n2  \n3 | 4\n", &["H A|B", "R 1|2", "R 3|4"]),
            ("A | B | C\n---|---|---\n1 | 2 |\nhttp://x\n3 | 4 | 5\n", &["H A|B|C", "R 1|2|http://x", "R 3|4|5"]),
            ("A | B | C\n---|---|---\n1 | 2\n| 3\n4 | 5 | 6\n", &["H A|B|C", "R 1|2|3", "R 4|5|6"]),
            ("A | B\n---|---\n1 | 2\nmore\n3 | 4\nAfter\n", &["H A|B", "R 1|2 more", "R 3|4", "P After"]),
            ("| A | B |\n|---|---|\n| 1 | 2\nmore |\n| 3 | 4 |\nAfter\n", &["H A|B", "R 1|2 more", "R 3|4", "P After"]),
            ("| A | B | C |\n|---|---|---|\n| 1 | 2\nmore | 3 |\n", &["H A|B|C", "R 1|2 more|3"]),
            ("A | B | C\n---|---|---\nX_Y | 1\nX_Z | 2\n", &["H A|B|C", "R X_Y|1", "R X_Z|2"]),
        ] {
            assert_eq!(outline(source), expected, "{source}");
        }
    }

    #[test]
    fn a_table_ends_where_another_begins_or_text_follows() {
        let two = "One\n| A | B |\n|---|---|\n| 1 | 2 |\nTwo\n| C | D |\n|---|---|\n| 3 | 4 |\nText.\n";
        assert_eq!(outline(two), ["#8 One", "H A|B", "R 1|2", "#8 Two", "H C|D", "R 3|4", "P Text."]);
        let blank = "A | B\n---|---\n1 | 2\n\n3 | 4\n\nC | D\n---|---\n5 | 6\n\n# E\n";
        assert_eq!(outline(blank), ["H A|B", "R 1|2", "R 3|4", "H C|D", "R 5|6", "#1 E"]);
        let repeated = "A | B\n---|---\n1 | 2\nA | B\n---|---\n3 | 4\n";
        assert_eq!(outline(repeated), ["H A|B", "R 1|2", "H A|B", "R 3|4"]);
    }

    #[test]
    fn escaped_pipes_and_entities_do_not_part_cells() {
        assert_eq!(outline("| A | B |\n|---|---|\n| a\\|b | c&#124;d |\n"), ["H A|B", "R a|b|c|d"]);
    }

    #[test]
    fn headings_of_every_kind() {
        let source =
            "# One #\n##权限\nTwo\n===\n\nThree\n---\n\n**Four**\n#tag\nLine.\n\nFive:\n\n| A | B |\n|--|--|\n";
        let expected = ["#1 One", "#2 权限", "#1 Two", "#2 Three", "#7 Four", "P #tag", "P Line.", "#8 Five:", "H A|B"];
        assert_eq!(outline(source), expected);
    }

    #[test]
    fn list_items_with_their_lines() {
        let source = "- a\n  more\n\n  still\n\nafter\n1. b\n2\\. c\n（1）d\n①e\n4.2 no item\n* *F*: g\n";
        let expected = ["*0 a / more / still", "P after", "*0 b", "*0 c", "*0 d", "*0 e / 4.2 no item", "*0 F: g"];
        assert_eq!(outline(source), expected);
    }

    #[test]
    fn what_a_reader_of_the_page_does_not_see_is_not_read() {
        let source = "---\ntitle: x\n---\nA <!-- | X | Y |\n|---|---|\n| CAMERA | z | --> B\n\n[ref]: http://x\n";
        assert_eq!(outline(source), ["P A", "P B"]);
        assert_eq!(outline("a\n<!-- open\nb"), ["P a"]);
        assert_eq!(outline("a <!-- open\nb"), ["P a <!-- open", "P b"]);
    }

    #[test]
    fn code_and_html_tables_are_kept_apart() {
        let source = "```xml\n<uses-permission/>\n```\n<table>\n<tr><td>a | b</td><td>c</td></tr>\n</table>\nafter\n";
        let expected = ["C <uses-permission/>", "R a | b|c", "P after"];
        assert_eq!(outline(source), expected);
    }
}
