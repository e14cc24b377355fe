//! Markdown and plain text to blocks.
//!
//! One reader for both: real statements are published as text that once was Markdown or a web page, and keep its
//! pipes and stars. It follows `CommonMark` 0.31 and GFM where they and the files agree, and the files where they do
//! not: a table needs no delimiter row and no blank line before it, its header may stand in a bullet or at the end of
//! a paragraph, and its rows may be broken over lines. HTML comments are blanked first: nobody who reads the page
//! sees them.

use std::borrow::Cow;

use super::block::{Block, Flow, Heading, Item, Row, Style, Table, is_field, is_title};
use super::html;
use super::inline::{self, References};
use super::lexicon::is_dense;
use super::text::{Span, Text};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::limits;

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

/// `text` with every HTML comment blanked; every other byte stands where it stood.
fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("<!--") {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        deadline::step();
        visible.push_str(before);
        // An unclosed comment hides all that follows only where it begins a line.
        let begins_line = before.rsplit(['\n', '\r']).next().unwrap_or_default().trim().is_empty();
        let (inside, after) = match comment.split_once("-->") {
            Some(parts) => parts,
            None if begins_line => (comment, ""),
            None => {
                visible.push_str("<!--");
                rest = comment;
                break;
            }
        };
        let blank = |byte: u8| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' };
        visible.extend("<!--".bytes().chain(inside.bytes()).map(blank));
        if comment.len() > inside.len() {
            visible.push_str("   ");
        }
        rest = after;
    }
    visible.push_str(rest);
    Cow::Owned(visible)
}

/// A line without its block quote markers and without white space at its ends.
#[derive(Debug, Clone, Copy)]
struct Line {
    body: Span,
    /// Where the line begins, and the block quote markers between there and the body.
    start: usize,
    quotes: usize,
    /// Columns before the body, block quote markers left out; a tab goes to the next multiple of four.
    indent: usize,
}

fn lines(all: impl Iterator<Item = Span>, visible: &str) -> Vec<Line> {
    all.map(|line| {
        let mut rest = line.of(visible);
        let mut indent;
        let mut quotes = 0;
        loop {
            deadline::step();
            let body = rest.trim_start();
            indent = columns(Span::new(0, rest.len() - body.len()).of(rest));
            match body.strip_prefix('>') {
                Some(inner) => {
                    rest = inner.strip_prefix(' ').unwrap_or(inner);
                    quotes += 1;
                }
                None => break,
            }
        }
        Line { body: Span::new(line.end - rest.len(), line.end).trimmed(visible), start: line.start, quotes, indent }
    })
    .collect()
}

/// Puts the rows of a table together whose pipes stand on lines of their own, as converters write cells that hold
/// blocks; the blank lines between such rows go.
fn with_lone_pipes(lines: Vec<Line>, text: &str) -> Vec<Line> {
    let lone = |line: &Line| line.body.of(text) == "|";
    if !lines.iter().any(lone) {
        return lines;
    }
    let blank = |line: &Line| line.body.of(text).chars().all(|c| matches!(c, '*' | '_') || c.is_whitespace());
    let delimits = |line: &Line| {
        let body = line.body.of(text);
        is_delimiter(body) || is_rule(body) || atx(body).is_some()
    };
    let mut joined: Vec<Line> = Vec::with_capacity(lines.len());
    let mut in_table = false;
    let mut rest = lines.as_slice();
    while let Some(first) = rest.first() {
        deadline::step();
        let end = rest.iter().position(|line| blank(line) || delimits(line)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let broken =
            run.iter().skip(1).any(lone) && run.iter().all(|line| lone(line) || !line.body.of(text).contains('|'));
        let Some(last) = run.last().filter(|_| broken) else {
            let count = run.len().max(1);
            let goes_on = run.is_empty() && (blank(first) || is_delimiter(first.body.of(text)));
            if in_table && goes_on && !blank(first) {
                trim_blank(&mut joined, text);
            }
            in_table &= goes_on;
            joined.extend(rest.iter().take(count));
            rest = rest.get(count..).unwrap_or_default();
            continue;
        };
        if in_table {
            trim_blank(&mut joined, text);
        }
        joined.push(Line { body: first.body.with(last.body), ..*first });
        in_table = true;
        rest = after;
    }
    joined
}

/// Takes the blank lines off the end.
fn trim_blank(lines: &mut Vec<Line>, text: &str) {
    while lines.pop_if(|line| line.body.of(text).trim_matches(['*', '_', ' ', '\t']).is_empty()).is_some() {}
}

fn columns(white: &str) -> usize {
    white.chars().fold(0, |column, c| if c == '\t' { column / 4 * 4 + 4 } else { column + 1 })
}

fn references(text: &str, lines: &[Line]) -> References {
    lines.iter().filter_map(|line| reference_label(line.body.of(text))).map(inline::fold_label).collect()
}

/// The label of a link reference definition: `[label]: destination`.
fn reference_label(line: &str) -> Option<&str> {
    let (label, destination) = line.strip_prefix('[')?.split_once("]:")?;
    let known = !label.is_empty() && !label.contains(['[', ']']) && label.len() <= limits::INLINE_LOOKAHEAD;
    (known && !destination.trim().is_empty() && !label.starts_with('^')).then_some(label)
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

    /// The row of line `at`, seen as a row of a table.
    fn pipe_row(&self, at: usize) -> Option<PipeRow> {
        let line = self.line(at)?;
        let body = line.body.of(self.visible);
        if !body.contains('|') {
            return None;
        }
        let marker = if is_delimiter(body) { 0 } else { list_marker(body).unwrap_or_default() };
        PipeRow::of(self.visible, Span::new(line.body.start + marker, line.body.end))
    }

    /// The columns of the delimiter row at line `at`.
    fn delimiter(&self, at: usize) -> Option<usize> {
        let body = self.body(at);
        if is_delimiter(body) { Some(self.pipe_row(at)?.cells.len()) } else { None }
    }

    /// The table that begins at line `at`, if one does.
    fn table_at(&self, at: usize) -> Option<Shape> {
        let row = self.pipe_row(at)?;
        if let Some(columns) = self.delimiter(at) {
            return Some(Shape { columns, edged: row.lead, header: None });
        }
        if let Some(columns) = self.delimiter(at + 1) {
            let edged = self.pipe_row(at + 1).is_some_and(|delimiter| delimiter.lead);
            return Some(Shape { columns, edged, header: Some(row) });
        }
        // Without a delimiter row: edges on both sides, or a second row of as many cells.
        if row.lead && row.trail && row.cells.len() > 1 {
            return Some(Shape { columns: row.cells.len(), edged: true, header: None });
        }
        let next = self.pipe_row(at + 1)?;
        let short = row.cells.iter().all(|cell| cell.of(self.visible).chars().count() <= limits::HEADER_CELL_CHARS);
        let shape = Shape { columns: row.cells.len(), edged: row.lead, header: None };
        (short && next.cells.len() == row.cells.len() && row.cells.len() > 1).then_some(shape)
    }

    fn table(&mut self, shape: Shape, doubts: &mut Vec<Doubt>) {
        self.heading_before_table();
        let begin = self.line(self.at).map_or(Span::new(0, 0), |line| line.body);
        let mut rows = Rows { columns: shape.columns, edged: shape.edged, done: Vec::new() };
        if let Some(header) = shape.header {
            rows.header(header);
            self.at += 2;
        }
        let mut cut = false;
        while self.at < self.lines.len() {
            deadline::step();
            let full = rows.done.len() >= limits::TABLE_ROWS;
            if is_delimiter(self.body(self.at)) {
                if let Some(last) = rows.done.last_mut() {
                    last.header = true;
                    last.open = false;
                }
            } else if let Some(row) = self.pipe_row(self.at) {
                if full {
                    cut = true;
                } else {
                    rows.add(row, self.visible);
                }
            } else if is_grid(self.body(self.at)) {
                // A line of `+---+`: a border.
            } else if self.body(self.at).is_empty() {
                match self.row_after_blank(&rows) {
                    Some(next) => {
                        self.at = next;
                        continue;
                    }
                    None => break,
                }
            } else if self.goes_on(&rows) {
                if let Some(line) = self.line(self.at) {
                    rows.append(line.body);
                }
            } else {
                break;
            }
            self.at += 1;
        }
        if cut {
            let message = format!("the table has more than {} rows; the rest is not read", limits::TABLE_ROWS);
            doubt::push(doubts, Doubt::new(Code::LimitTableRows, self.text.place(begin), message));
        }
        let rows = rows.done.iter().map(|row| Row {
            cells: row.cells.iter().map(|segments| self.flow(segments)).collect(),
            header: row.header,
        });
        self.blocks.push(Block::Table(Table { rows: rows.collect() }));
    }

    /// A short line directly before a table is its heading.
    fn heading_before_table(&mut self) {
        let title = match &mut self.open {
            Open::Paragraph(lines) if lines.last().is_some_and(|line| is_title(line.of(self.visible))) => lines.pop(),
            // One that follows another and says something is an item: "Contacts (iOS): to find friends".
            Open::Item { lines, .. }
                if lines.len() == 1
                    && lines.iter().map(|line| line.of(self.visible)).all(|line| {
                        is_title(line) && !(matches!(self.blocks.last(), Some(Block::Item(_))) && is_field(line))
                    }) =>
            {
                lines.pop()
            }
            _ => None,
        };
        if let Open::Paragraph(lines) | Open::Item { lines, .. } = &self.open
            && lines.is_empty()
        {
            self.open = Open::None;
        }
        let before = matches!(self.open, Open::None) && title.is_none();
        self.flush();
        if let Some(title) = title {
            let flow = self.flow(&[title]);
            let bold = flow.is_all(Style::Strong, &[':', '：']);
            let level = if bold { Heading::BOLD } else { Heading::PLAIN };
            self.blocks.push(Block::Heading(Heading { level, flow }));
        } else if before {
            // Blank lines may stand between.
            match self.blocks.pop() {
                Some(Block::Paragraph(mut lines)) if lines.len() == 1 && lines.iter().all(|l| is_title(l.text())) => {
                    let headings = lines.drain(..).map(|flow| Block::Heading(Heading { level: Heading::PLAIN, flow }));
                    self.blocks.extend(headings);
                }
                Some(other) => self.blocks.push(other),
                None => {}
            }
        }
    }

    /// The line of the next row when only blank lines stand between it and the row before.
    fn row_after_blank(&self, rows: &Rows) -> Option<usize> {
        let next = (self.at..self.lines.len()).find(|&at| !self.body(at).is_empty())?;
        let row = self.pipe_row(next)?;
        let begins_another = self.delimiter(next).is_some() || self.delimiter(next + 1).is_some();
        (!begins_another && row.lead == rows.edged && row.cells.len() == rows.columns).then_some(next)
    }

    /// True when the line without a pipe at the present place belongs to the last row.
    fn goes_on(&self, rows: &Rows) -> bool {
        let body = self.body(self.at);
        let Some(last) = rows.done.last() else { return false };
        if atx(body).is_some() || Fence::of(body).is_some() || is_rule(body) || last.header {
            return false;
        }
        if rows.edged {
            return last.open && (last.cells.len() < rows.columns || self.row_follows(rows));
        }
        // The last cell begins on the next line, or the row goes on after a line of its own.
        last.ends_blank(self.visible) || self.row_follows(rows)
    }

    /// True when a further line of the table follows before a blank line or a heading.
    fn row_follows(&self, rows: &Rows) -> bool {
        for at in self.at + 1..self.at + 1 + limits::BROKEN_CELL_LINES {
            deadline::step();
            let body = self.body(at);
            if body.is_empty() || atx(body).is_some() || self.delimiter(at + 1).is_some() {
                return false;
            }
            if let Some(row) = self.pipe_row(at) {
                let missing = rows.done.last().map_or(0, |last| rows.columns.saturating_sub(last.cells.len()));
                return if rows.edged { !row.lead } else { row.cells.len() == rows.columns || missing > 0 };
            }
        }
        false
    }
}

/// The beginning of a table.
struct Shape {
    columns: usize,
    /// Rows begin with a pipe.
    edged: bool,
    header: Option<PipeRow>,
}

/// A line cut at its pipes.
struct PipeRow {
    /// The cells between the pipes at the edges.
    cells: Vec<Span>,
    lead: bool,
    trail: bool,
}

impl PipeRow {
    fn of(text: &str, line: Span) -> Option<PipeRow> {
        let line = line.trimmed(text);
        let mut cells = Vec::new();
        let mut start = line.start;
        let mut escaped = false;
        let mut pipes = 0_usize;
        for (at, byte) in line.of(text).bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'|' => {
                    cells.push(Span::new(start, line.start + at));
                    start = line.start + at + 1;
                    pipes += 1;
                }
                _ => {}
            }
        }
        if pipes == 0 {
            return None;
        }
        cells.push(Span::new(start, line.end));
        let lead = line.of(text).starts_with('|');
        let trail = start == line.end && (pipes > 1 || !lead);
        if trail {
            cells.pop();
        }
        if lead && !cells.is_empty() {
            cells.remove(0);
        }
        Some(PipeRow { cells, lead, trail })
    }

    /// The cells of a table without edges, in which a pipe at an edge parts an empty cell.
    fn with_edges(self) -> Vec<Span> {
        let first = self.lead.then(|| self.cells.first().map_or(0, |cell| cell.start.saturating_sub(1)));
        let last = self.trail.then(|| self.cells.last().map_or(0, |cell| cell.end + 1));
        let edge = |at: usize| Span::new(at, at);
        first.map(edge).into_iter().chain(self.cells).chain(last.map(edge)).collect()
    }
}

/// A row whose cells may have segments on several lines.
struct RawRow {
    cells: Vec<Vec<Span>>,
    open: bool,
    header: bool,
}

impl RawRow {
    /// The last cell is there and holds nothing.
    fn ends_blank(&self, text: &str) -> bool {
        self.cells.last().is_some_and(|cell| cell.iter().all(|segment| segment.of(text).trim().is_empty()))
    }
}

struct Rows {
    columns: usize,
    edged: bool,
    done: Vec<RawRow>,
}

impl Rows {
    /// The header row before a delimiter row. A header at the end of a paragraph has the paragraph in its first cell,
    /// and that may have pipes of its own.
    fn header(&mut self, row: PipeRow) {
        let mut cells = row.cells;
        let extra = cells.len().saturating_sub(self.columns);
        let first = cells.first().copied();
        cells.drain(..extra);
        if let (Some(first), Some(joined)) = (first, cells.first_mut()) {
            *joined = joined.with(first);
        }
        let cells = cells.into_iter().map(|cell| vec![cell]).collect();
        self.done.push(RawRow { cells, open: false, header: true });
    }

    fn add(&mut self, row: PipeRow, text: &str) {
        let whole = row.lead && row.trail && row.cells.len() == self.columns;
        if self.edged || whole {
            let open = !row.trail;
            if row.lead {
                self.push(row.cells, open);
            } else {
                let joins = self.done.last().is_some_and(|last| last.open && !last.header);
                if joins { self.join(row.cells, open) } else { self.push(row.cells, open) }
            }
            return;
        }
        let cells = row.with_edges();
        let joins = self.done.last().is_some_and(|last| {
            let fits = last.cells.len() + cells.len() - 1 <= self.columns;
            last.open && !last.header && fits && !(begins_with_name(&cells, text) && last.cells.len() > 1)
        });
        if joins {
            self.join(cells, false);
        } else {
            self.push(cells, false);
        }
        let columns = self.columns;
        if let Some(last) = self.done.last_mut() {
            last.open = last.cells.len() < columns || last.ends_blank(text);
        }
    }

    fn push(&mut self, cells: Vec<Span>, open: bool) {
        let cells = cells.into_iter().map(|cell| vec![cell]).collect();
        self.done.push(RawRow { cells, open, header: false });
    }

    /// Goes on with the last row: the first of `cells` is the rest of its last cell.
    fn join(&mut self, cells: Vec<Span>, open: bool) {
        let Some(last) = self.done.last_mut() else { return };
        let mut cells = cells.into_iter();
        if let (Some(cell), Some(rest)) = (last.cells.last_mut(), cells.next()) {
            cell.push(rest);
        }
        last.cells.extend(cells.map(|cell| vec![cell]));
        last.open = open;
    }

    /// Adds a line to the last cell.
    fn append(&mut self, line: Span) {
        if let Some(cell) = self.done.last_mut().and_then(|last| last.cells.last_mut()) {
            cell.push(line);
        }
    }
}

/// True when the first cell looks like a constant or key, which no broken cell goes on with.
fn begins_with_name(cells: &[Span], text: &str) -> bool {
    let first = cells.first().map_or("", |cell| cell.of(text)).trim();
    let letters = first.trim_matches(['*', '`', '\\']);
    letters.len() > 2
        && letters.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'\\'))
        && (letters.bytes().all(|b| !b.is_ascii_lowercase())
            || letters.contains('.')
            || letters.ends_with("Description"))
}

/// A fence of a code block.
#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    len: usize,
}

impl Fence {
    fn of(body: &str) -> Option<Fence> {
        let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let len = body.chars().take_while(|&c| c == mark).count();
        let info = body.trim_start_matches(mark);
        (len >= 3 && !(mark == '`' && info.contains('`'))).then_some(Fence { mark, len })
    }

    fn closes(self, body: &str) -> bool {
        body.chars().all(|c| c == self.mark) && body.chars().count() >= self.len
    }
}

struct Atx {
    level: u8,
    /// Bytes of the heading's text from the end of the line, closing marks included.
    len: usize,
    closing: usize,
}

/// `## Heading`, also without the space where a letter beyond ASCII follows (`##权限`).
fn atx(body: &str) -> Option<Atx> {
    let rest = body.trim_start_matches('#');
    let level = u8::try_from(body.len() - rest.len()).ok().filter(|level| (1..=6).contains(level))?;
    if !rest.starts_with(|c: char| c.is_whitespace() || !c.is_ascii()) {
        return None;
    }
    let text = rest.trim_start();
    let open = text.trim_end_matches('#');
    let closed = open.is_empty() || open.ends_with(char::is_whitespace);
    Some(Atx { level, len: text.len(), closing: if closed { text.len() - open.len() } else { 0 } })
}

/// A line of `-`, `=`, `*` or `_` alone.
fn is_rule(body: &str) -> bool {
    let Some(mark) = body.chars().next().filter(|c| matches!(c, '-' | '=' | '*' | '_')) else { return false };
    body.chars().all(|c| c == mark || c == ' ') && body.chars().filter(|&c| c == mark).count() >= 3
}

/// A border of a table drawn with `+---+`.
fn is_grid(body: &str) -> bool {
    body.len() > 2
        && body.starts_with('+')
        && body.ends_with('+')
        && body.bytes().all(|b| matches!(b, b'+' | b'-' | b'='))
}

/// The row of dashes below the header of a pipe table.
fn is_delimiter(body: &str) -> bool {
    let mut pipes = false;
    let inner = body.strip_prefix('|').inspect(|_| pipes = true).unwrap_or(body);
    let inner = inner.strip_suffix('|').inspect(|_| pipes = true).unwrap_or(inner);
    pipes |= inner.contains('|');
    pipes
        && inner.split('|').all(|cell| {
            let cell = cell.trim();
            let cell = cell.strip_prefix(':').unwrap_or(cell);
            let cell = cell.strip_suffix(':').unwrap_or(cell);
            !cell.is_empty() && cell.bytes().all(|byte| byte == b'-')
        })
}

/// Bytes of the list marker and the white space behind it at the start of `body`.
pub(super) fn list_marker(body: &str) -> Option<usize> {
    let mut chars = body.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    let after = match first {
        '-' | '*' | '+' | '–' | '—' => rest.starts_with(char::is_whitespace).then_some(rest)?,
        '•' | '·' | '●' | '○' | '▪' | '■' | '◆' | '◦' | '‣' | '①'..='⑳' => rest,
        '（' | '(' => {
            let inside = rest.trim_start_matches(is_number);
            let closed = inside.strip_prefix(['）', ')'])?;
            let digits = rest.len() - inside.len();
            (digits > 0 && digits <= 9).then_some(closed)?
        }
        '0'..='9' => {
            let digits = body.trim_start_matches(|c: char| c.is_ascii_digit());
            let escaped = digits.strip_prefix('\\').unwrap_or(digits);
            let closed = escaped.strip_prefix(['.', ')', '、', '）', '．'])?;
            let parted = closed.starts_with(|c: char| c.is_whitespace() || !c.is_ascii()) || escaped.starts_with('、');
            (parted && body.len() - digits.len() <= 3).then_some(closed)?
        }
        // `a.相机权限`: a letter, before a script that has none of them.
        'a'..='z' | 'A'..='Z' => {
            let closed = rest.strip_prefix(['.', ')', '、', '）', '．'])?;
            closed.trim_start().starts_with(is_dense).then_some(closed)?
        }
        _ => return None,
    };
    let after = after.trim_start();
    (!after.is_empty()).then_some(body.len() - after.len())
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十')
}

/// True for a short line that is bold from end to end.
fn is_bold_title(line: &str) -> bool {
    let inside = line.strip_prefix("**").and_then(|rest| rest.trim_end_matches([':', '：', ' ']).strip_suffix("**"));
    inside.is_some_and(|inside| !inside.contains("**") && is_title(inside))
}

fn contains_tag(body: &str, tag: &str) -> bool {
    count_tags(body, tag) > 0
}

/// How often `tag` (`<table`, `</table`) stands in `body`.
fn count_tags(body: &str, tag: &str) -> usize {
    let is = |at: usize| {
        body.get(at..at + tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag))
            && body.get(at + tag.len()..).is_none_or(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    body.match_indices('<').filter(|&(at, _)| is(at)).count()
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
