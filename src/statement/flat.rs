//! Tables that lost their lines: columns parted by white space, or a cell a line, as text copied from a page or a
//! document has them.
//!
//! Nothing marks such a table but its header, so all of that must be words of headers, and one must name permissions.
//! A row ends the table as soon as it does not fit.

use super::block::{Block, Flow, Row, Table};
use super::disclose::Walk;
use super::header;
use super::text::Span;
use crate::deadline;
use crate::knowledge::vocabulary::Role;
use crate::limits;

/// How the cells of a flat table are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parted {
    /// By tabs or several spaces.
    Wide,
    /// By single spaces; rows are numbered.
    Narrow,
    /// By line ends.
    Lines,
}

/// The header of a flat table.
struct Header {
    parted: Parted,
    /// Its lines.
    lines: usize,
    cells: Vec<Flow>,
    /// The column of names.
    name: usize,
    /// The column of numbers.
    index: Option<usize>,
}

/// A line of the blocks that may hold the table.
struct Line<'b> {
    flow: &'b Flow,
    block: usize,
}

impl Walk<'_> {
    /// Reads the flat table that begins in the first of `blocks`. The number of blocks that were read; none when no
    /// table begins there.
    pub(super) fn flat(&mut self, blocks: &[Block]) -> usize {
        self.flat_among(blocks, limits::FLAT_TABLES)
    }

    /// Reads at most `tables` flat tables that follow each other.
    fn flat_among(&mut self, blocks: &[Block], tables: usize) -> usize {
        let Some(further) = tables.checked_sub(1) else { return 0 };
        let Some(own) = blocks.first().and_then(lines_of) else { return 0 };
        let Some(start) = own.iter().position(may_head) else { return 0 };
        // The header and the first row tell whether there is a table; only then the rest is looked at.
        let few = own.len() + 2 * limits::TABLE_COLUMNS;
        let lines = gathered(blocks, few);
        let begins = |at: usize| {
            let header = self.header_at(lines.get(at..).unwrap_or_default())?;
            let first = lines.get(at + header.lines..).unwrap_or_default();
            (!self.rows(&header, first).0.is_empty()).then_some((at, header))
        };
        let Some((at, header)) = (start..own.len()).find_map(begins) else { return 0 };
        let lines = gathered(blocks, limits::TABLE_ROWS);
        let from = |at: usize| lines.get(at..).unwrap_or_default();
        let (rows, used) = self.rows(&header, from(at + header.lines));
        let (before, _) = own.split_at(at);
        if !before.is_empty() {
            self.block(&Block::Paragraph(before.to_vec()));
        }
        let mut table = Table { rows: vec![Row { cells: header.cells, header: true }] };
        table.rows.extend(rows);
        self.block(&Block::Table(table));
        let end = at + header.lines + used;
        let Some(next) = lines.get(end) else { return lines.last().map_or(0, |last| last.block + 1) };
        if end > 0 && lines.get(end - 1).is_some_and(|last| last.block < next.block) {
            return next.block;
        }
        let rest = from(end).iter().take_while(|line| line.block == next.block).map(|line| line.flow.clone()).collect();
        let rest = [Block::Paragraph(rest)];
        if self.flat_among(&rest, further) == 0 {
            for block in &rest {
                deadline::step();
                self.block(block);
            }
        }
        next.block + 1
    }

    fn header_at(&self, lines: &[Line]) -> Option<Header> {
        let line = lines.first()?.flow;
        if !may_head(line) {
            return None;
        }
        for parted in [Parted::Wide, Parted::Narrow] {
            let cells = pieces(line, parted);
            if cells.len() > 1 && !header::is_header_word(line.text()) {
                return self.header(parted, 1, cells);
            }
        }
        let words = |line: &&Line| header::is_header_word(line.flow.text());
        let cells: Vec<Flow> =
            lines.iter().take(limits::TABLE_COLUMNS).take_while(words).map(|line| line.flow.clone()).collect();
        self.header(Parted::Lines, cells.len(), cells)
    }

    fn header(&self, parted: Parted, lines: usize, cells: Vec<Flow>) -> Option<Header> {
        let roles: Vec<Role> = cells
            .iter()
            .map(|cell| self.headers.cell(cell.text()).filter(|cell| cell.exact).map(|cell| (cell.role, cell.weak)))
            .map(|cell| cell.filter(|&(role, weak)| role != Role::HeaderName || !weak).map(|(role, _)| role))
            .collect::<Option<_>>()?;
        let name = roles.iter().position(|&role| role == Role::HeaderName)?;
        let index = roles.iter().position(|&role| role == Role::HeaderIndex);
        let numbered = parted != Parted::Narrow || (index == Some(0) && cells.len() > 2);
        (cells.len() > 1 && numbered).then_some(Header { parted, lines, cells, name, index })
    }

    /// The rows of the table below `header`, and how many of `lines` they take.
    fn rows(&self, header: &Header, lines: &[Line]) -> (Vec<Row>, usize) {
        match header.parted {
            Parted::Lines => {
                let (regular, other) = (self.cells_a_line(header, lines), self.records_of_lines(header, lines));
                if other.0.len() > regular.0.len() { other } else { regular }
            }
            Parted::Wide => Self::wide_rows(header, lines),
            Parted::Narrow => self.numbered_rows(header, lines),
        }
    }

    /// True for a cell in which the name of a permission stands.
    fn is_name_cell(&self, cell: &Flow) -> bool {
        cell.text().chars().count() <= limits::HEADER_CELL_CHARS
            && (self.names.is_plain(cell, &[]) || self.names.has_constant(cell, &[]))
    }

    fn cells_a_line(&self, header: &Header, lines: &[Line]) -> (Vec<Row>, usize) {
        let mut rows = Vec::new();
        for chunk in lines.chunks_exact(header.cells.len()) {
            deadline::step();
            let cells: Vec<Flow> = chunk.iter().map(|line| line.flow.clone()).collect();
            let numbered = header.index.is_none_or(|at| cells.get(at).is_some_and(is_count));
            let repeats = cells.iter().any(|cell| header::is_header_word(cell.text()));
            if !numbered || repeats || !cells.get(header.name).is_some_and(|cell| self.is_name_cell(cell)) {
                break;
            }
            rows.push(Row { cells, header: false });
        }
        let used = rows.len() * header.cells.len();
        (rows, used)
    }

    /// Rows of which not all have all cells, or some more: each begins with a constant or key, or, where the one before
    /// is complete, with another name. What stands behind the cells that the header has belongs to the last one.
    fn records_of_lines(&self, header: &Header, lines: &[Line]) -> (Vec<Row>, usize) {
        let width = header.cells.len();
        let mut rows: Vec<Row> = Vec::new();
        let mut starts: Vec<usize> = Vec::new();
        if header.name != 0 {
            return (rows, 0);
        }
        for (at, line) in lines.iter().enumerate() {
            let last = starts.last().copied();
            let full = last.is_some_and(|last| at >= last + width);
            let title = self.headers.title(line.flow.text());
            let other = header::is_header_word(line.flow.text())
                || (title.permissions && !title.platforms.is_empty())
                || last.is_none_or(|last| at > last + limits::BROKEN_CELL_LINES);
            if self.begins_with_constant(line.flow) || (full && self.is_name_cell(line.flow)) {
                starts.push(at);
            } else if other {
                break;
            }
        }
        let mut used = 0;
        for (index, &start) in starts.iter().enumerate() {
            // What follows the last row may be anything.
            let end = starts.get(index + 1).copied().unwrap_or_else(|| {
                let ends = |line: &Line| self.headers.title(line.flow.text()).permissions;
                let below = lines.get(start + 1..).unwrap_or_default().iter().take(width - 1);
                start + 1 + below.take_while(|line| !ends(line)).count()
            });
            let mut row = Row { cells: Vec::with_capacity(width), header: false };
            for line in lines.get(start..end).unwrap_or_default() {
                append(&mut row, line.flow, width);
            }
            row.cells.resize_with(width, Flow::default);
            rows.push(row);
            used = end;
        }
        (rows, used)
    }

    /// True for a line that begins with a constant or key.
    fn begins_with_constant(&self, line: &Flow) -> bool {
        let text = line.text().trim();
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(text.len());
        text.get(..end).is_some_and(|word| self.names.is_constant_alone(word))
    }

    fn wide_rows(header: &Header, lines: &[Line]) -> (Vec<Row>, usize) {
        let mut rows: Vec<Row> = Vec::new();
        let mut used = 0;
        let width = header.cells.len();
        let fits = |line: &Line| pieces(line.flow, Parted::Wide).len() == width;
        for (at, line) in lines.iter().enumerate() {
            deadline::step();
            let cells = pieces(line.flow, Parted::Wide);
            if cells.len() == width {
                rows.push(Row { cells, header: false });
                used = at + 1;
                continue;
            }
            // A broken cell goes on only where a further row follows in the same paragraph.
            let goes_on = lines.get(at + 1).is_some_and(|next| next.block == line.block && fits(next));
            match rows.last_mut() {
                Some(last) if goes_on && cells.len() == 1 => append(last, line.flow, width),
                _ => break,
            }
        }
        (rows, used)
    }

    /// Rows that begin with numbers that count on; what does not is the rest of the last cell.
    fn numbered_rows(&self, header: &Header, lines: &[Line]) -> (Vec<Row>, usize) {
        let mut rows: Vec<Row> = Vec::new();
        let mut used = 0;
        for (at, line) in lines.iter().enumerate() {
            deadline::step();
            let cells = pieces(line.flow, Parted::Narrow);
            let begins = cells.first().is_some_and(|cell| cell.text().trim() == (rows.len() + 1).to_string());
            if begins && cells.get(header.name).is_some_and(|cell| self.is_name_cell(cell)) {
                // What stands between two rows belongs to the first; what follows the last may be anything.
                if let Some(last) = rows.last_mut() {
                    let between = lines.get(used..at).unwrap_or_default();
                    for line in between {
                        deadline::step();
                        append(last, line.flow, header.cells.len());
                    }
                }
                rows.push(Row { cells: last_joined(cells, header.cells.len(), line.flow), header: false });
                used = at + 1;
            } else if rows.is_empty() || at >= used + limits::BROKEN_CELL_LINES {
                break;
            }
        }
        (rows, used)
    }
}

/// At most `count` lines of the paragraphs and items that `blocks` begin with.
fn gathered(blocks: &[Block], count: usize) -> Vec<Line<'_>> {
    let flows = blocks.iter().map_while(lines_of).enumerate();
    flows.flat_map(|(block, lines)| lines.iter().map(move |flow| Line { flow, block })).take(count).collect()
}

fn lines_of(block: &Block) -> Option<&[Flow]> {
    match block {
        Block::Paragraph(lines) => Some(lines),
        Block::Item(item) => Some(&item.lines),
        _ => None,
    }
}

/// True for a number and nothing else.
fn is_count(cell: &Flow) -> bool {
    let text = cell.text().trim().trim_end_matches(['.', '、', '．']);
    !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds a line to the last cell of `row`, or as that cell where the row has less than `width`.
fn append(row: &mut Row, line: &Flow, width: usize) {
    if row.cells.len() < width {
        row.cells.push(line.clone());
    } else if let Some(cell) = row.cells.pop() {
        row.cells.push(Flow::joined(&[cell, line.clone()]));
    }
}

/// `cells` with all from the last of `width` on as one, as they stand in `line`.
fn last_joined(mut cells: Vec<Flow>, width: usize, line: &Flow) -> Vec<Flow> {
    if cells.len() > width {
        let before: usize =
            cells.iter().take(width - 1).map(|cell| cell.text().chars().filter(|c| !c.is_whitespace()).count()).sum();
        let start = line.text().char_indices().filter(|(_, c)| !c.is_whitespace()).nth(before).map_or(0, |(at, _)| at);
        cells.truncate(width - 1);
        cells.push(line.part(Span::new(start, line.text().len())));
    }
    cells
}

/// The cells of a line.
fn pieces(line: &Flow, parted: Parted) -> Vec<Flow> {
    let text = line.text();
    let mut cells: Vec<Span> = Vec::new();
    let mut start = None;
    let mut gap = 0;
    let mut end = 0;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        deadline::step();
        let breaks = match parted {
            Parted::Wide => c == '\t' || c == '\n' || c == '\u{3000}' || (c == ' ' && gap > 0),
            Parted::Narrow | Parted::Lines => c.is_whitespace(),
        };
        if c.is_whitespace() {
            gap += 1;
        } else {
            gap = 0;
            end = at + c.len_utf8();
            start = start.or(Some(at));
        }
        if breaks && let Some(from) = start.take() {
            cells.push(Span::new(from, end));
        }
    }
    // Behind a comma a cell goes on.
    let mut joined: Vec<Span> = Vec::with_capacity(cells.len());
    for cell in cells {
        deadline::step();
        let open =
            joined.last().is_some_and(|last| parted == Parted::Narrow && last.of(text).ends_with(['，', '、', ',']));
        match joined.last_mut().filter(|_| open) {
            Some(last) => *last = last.with(cell),
            None => joined.push(cell),
        }
    }
    let marks = |c: char| c == '*' || c.is_whitespace();
    let bare = |span: Span| {
        let inside = span.of(text).trim_start_matches(marks);
        Span::new(span.end - inside.len(), span.end - inside.len() + inside.trim_end_matches(marks).len())
    };
    joined.into_iter().map(bare).filter(|span| !span.is_empty()).map(|span| line.part(span)).collect()
}

/// Bytes of a line that may be the header of a flat table.
const HEADER_BYTES: usize = 512;

/// True for a line that may be the header of a flat table, or its first cell.
fn may_head(line: &Flow) -> bool {
    let text = line.text();
    text.len() <= HEADER_BYTES
        && (text.split_whitespace().next().is_some_and(header::is_header_word) || header::is_header_word(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, parted: Parted) -> Vec<String> {
        pieces(&Flow::plain(text), parted).iter().map(|cell| cell.text().to_owned()).collect()
    }

    #[test]
    fn cells_are_parted_by_wide_gaps_or_by_spaces() {
        assert_eq!(cells("a b\tc  d　e", Parted::Wide), ["a b", "c", "d", "e"]);
        assert_eq!(cells("1 相机 动态， 主动 扫码", Parted::Narrow), ["1", "相机", "动态， 主动", "扫码"]);
        let line = Flow::plain("1 相机 动态 扫码 拍照");
        let joined = last_joined(pieces(&line, Parted::Narrow), 4, &line);
        assert_eq!(joined.last().map(|cell| cell.text().to_owned()).as_deref(), Some("扫码 拍照"));
    }
}
