//! Tables of pipes: where one begins, its rows, and the heading before it.

use super::super::block::{Block, Heading, Row, Style, Table, is_field, is_title};
use super::super::text::Span;
use super::marks::{Fence, atx, is_delimiter, is_grid, is_rule, list_marker};
use super::{Open, Reader};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::limits;

impl Reader<'_> {
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
    pub(super) fn table_at(&self, at: usize) -> Option<Shape> {
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

    pub(super) fn table(&mut self, shape: Shape, doubts: &mut Vec<Doubt>) {
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
    pub(super) fn heading_before_table(&mut self) {
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
pub(super) struct Shape {
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
