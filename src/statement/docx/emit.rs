//! Paragraphs and tables to text and blocks.

use std::sync::Arc;

use super::body::{Cell, Content, Merge, Paragraph, Piece, Row, Table};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::limits;
use crate::source::Place;
use crate::statement::block::{self, Block, Flow, Inset, Style};
use crate::statement::extract::{Assembly, Extract};
use crate::statement::syntax::Document;
use crate::statement::text::{Span, Spot};

struct Emit<'d> {
    extract: Extract,
    assembly: Assembly,
    place: Place,
    doubts: &'d mut Vec<Doubt>,
    /// Bytes of text that stand in cells over several rows or columns, counted each time.
    spanned: usize,
    cut: bool,
}

/// Numbers of the paragraphs and tables before, in one box or cell.
#[derive(Default)]
struct Numbers {
    paragraphs: usize,
    tables: usize,
}

/// The document whose main part at `place` has `contents`.
pub(super) fn document(contents: &[Content], place: Place, doubts: &mut Vec<Doubt>) -> Document {
    let (extract, assembly) = (Extract::default(), Assembly::default());
    let mut emit = Emit { extract, assembly, place, doubts, spanned: 0, cut: false };
    emit.contents(contents, "");
    Document { text: emit.extract.finish(emit.place), blocks: emit.assembly.blocks }
}

impl Emit<'_> {
    /// Boxes stand in boxes at most as deep as elements do ([`limits::DOCUMENT_DEPTH`]).
    fn contents(&mut self, contents: &[Content], path: &str) {
        let mut numbers = Numbers::default();
        for content in contents {
            deadline::step();
            match content {
                Content::Paragraph(paragraph) => {
                    numbers.paragraphs += 1;
                    self.paragraph(paragraph, &format!("{path}paragraph {}", numbers.paragraphs));
                }
                Content::Table(table) => {
                    numbers.tables += 1;
                    self.table(table, &format!("{path}table {}", numbers.tables));
                }
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph, path: &str) {
        let spot = Arc::new(Spot::Path(path.to_owned()));
        let lines = self.lines(paragraph, &spot);
        self.extract.begin(&spot, None);
        self.extract.push("\n");
        match (paragraph.heading, paragraph.item) {
            (Some(level), _) => self.assembly.heading(level, &lines),
            (None, Some(level)) => self.assembly.item(usize::from(level) * 2, lines),
            (None, None) if paragraph.indented => self.assembly.go_on(lines),
            (None, None) => self.assembly.paragraph(lines),
        }
        for (index, contents) in paragraph.boxes.iter().enumerate() {
            deadline::step();
            self.contents(contents, &format!("{path} > text box {} > ", index + 1));
        }
    }

    /// The lines of a paragraph, on one line of the text.
    fn lines(&mut self, paragraph: &Paragraph, spot: &Arc<Spot>) -> Vec<Flow> {
        let mut lines = vec![Flow::default()];
        for piece in &paragraph.pieces {
            deadline::step();
            let Some(line) = lines.last_mut() else { break };
            match piece {
                Piece::Picture(offset) => {
                    self.extract.begin(spot, Some(*offset));
                    let span = self.extract.push(" ");
                    line.inset = line.inset.or(Some(Inset::image(span)));
                }
                Piece::Text(text, None, _) if text == "\n" => {
                    self.extract.begin(spot, None);
                    self.extract.push(" ");
                    lines.push(Flow::default());
                }
                Piece::Text(text, offset, look) => {
                    self.extract.begin(spot, *offset);
                    let start = line.text().len();
                    // A line of the text ends where a paragraph ends, and nowhere else.
                    for part in text.split_inclusive(['\n', '\r']) {
                        deadline::step();
                        let shown = part.trim_end_matches(['\n', '\r']);
                        self.extract.push_flow(line, shown);
                        if shown.len() < part.len() {
                            self.extract.push_flow(line, &" ".repeat(part.len() - shown.len()));
                        }
                    }
                    let styles = [(look.bold, Style::Strong), (look.strike, Style::Strike), (look.link, Style::Link)];
                    for (_, style) in styles.into_iter().filter(|(on, _)| *on) {
                        line.mark(style, start);
                    }
                    line.link |= look.link;
                }
            }
        }
        lines
    }

    fn table(&mut self, table: &Table, path: &str) {
        // A table of one cell is a frame around its content.
        if let [row] = table.rows.as_slice()
            && let [cell] = row.cells.as_slice()
        {
            self.contents(&cell.contents, &format!("{path} > row 1 > cell 1 > "));
            return;
        }
        let mut rows = Vec::new();
        let mut above: Vec<Flow> = Vec::new();
        let mut inner: Vec<(String, &[Content])> = Vec::new();
        for (index, row) in table.rows.iter().enumerate() {
            deadline::step();
            if rows.len() >= limits::TABLE_ROWS {
                self.too_much(Code::LimitTableRows, path, "the table has more rows than are read");
                break;
            }
            let path = format!("{path} > row {}", index + 1);
            let flows = self.row(row, &above, &path, &mut inner);
            let header = row.header || (index == 0 && is_bold(&flows));
            above.clone_from(&flows);
            rows.push(block::Row { cells: flows, header });
        }
        self.assembly.table(block::Table { rows });
        for (path, contents) in inner {
            deadline::step();
            self.inner_tables(contents, &path);
        }
    }

    /// The cells of a row by column: one that reaches over several columns or rows stands in each of them.
    fn row<'c>(
        &mut self,
        row: &'c Row,
        above: &[Flow],
        path: &str,
        inner: &mut Vec<(String, &'c [Content])>,
    ) -> Vec<Flow> {
        let mut flows: Vec<Flow> = vec![Flow::default(); row.before];
        let mut written = false;
        for (index, cell) in row.cells.iter().enumerate() {
            deadline::step();
            if flows.len() >= limits::TABLE_COLUMNS {
                break;
            }
            let path = format!("{path} > cell {}", index + 1);
            let flow = if cell.merge == Merge::GoesOn {
                above.get(flows.len()).cloned().unwrap_or_default().from_above()
            } else {
                if std::mem::replace(&mut written, true) {
                    self.extract.begin(&Arc::new(Spot::Path(path.clone())), None);
                    self.extract.push(" | ");
                }
                if cell.contents.iter().any(|content| matches!(content, Content::Table(_))) {
                    inner.push((path.clone(), &cell.contents));
                }
                self.cell(cell, &path)
            };
            let times = if cell.merge == Merge::GoesOn { cell.span } else { cell.span - 1 };
            self.spanned = self.spanned.saturating_add(flow.text().len().saturating_mul(times));
            if self.spanned > limits::SPANNED_BYTES {
                self.too_much(
                    Code::LimitSpannedText,
                    &path,
                    "cells over many rows or columns hold more text than is read",
                );
                return flows;
            }
            let room = limits::TABLE_COLUMNS.saturating_sub(flows.len());
            flows.extend(std::iter::repeat_n(flow, cell.span.min(room)));
        }
        self.extract.begin(&Arc::new(Spot::Path(path.to_owned())), None);
        self.extract.push("\n");
        flows
    }

    fn cell(&mut self, cell: &Cell, path: &str) -> Flow {
        let spot = Arc::new(Spot::Path(path.to_owned()));
        let mut flow = Flow::default();
        let paragraphs = cell.contents.iter().filter_map(|content| match content {
            Content::Paragraph(paragraph) => Some(paragraph),
            Content::Table(_) => None,
        });
        for (index, paragraph) in paragraphs.enumerate() {
            deadline::step();
            if index > 0 {
                self.extract.begin(&spot, None);
                self.extract.push(" ");
            }
            for line in self.lines(paragraph, &spot) {
                deadline::step();
                if line.is_blank() && line.inset.is_none() {
                    continue;
                }
                if !flow.text().is_empty() {
                    let at = flow.whole().end;
                    flow.push("\n", Span::new(at, at));
                }
                flow.append(&line);
            }
            for contents in &paragraph.boxes {
                deadline::step();
                // A box that is anchored in a cell is no part of the row.
                self.contents(contents, &format!("{path} > text box > "));
            }
        }
        flow
    }

    /// The tables that stand in a cell, behind the one that the cell belongs to.
    fn inner_tables(&mut self, contents: &[Content], path: &str) {
        let tables = contents.iter().filter_map(|content| match content {
            Content::Table(table) => Some(table),
            Content::Paragraph(_) => None,
        });
        for (index, table) in tables.enumerate() {
            deadline::step();
            self.table(table, &format!("{path} > table {}", index + 1));
        }
    }

    fn too_much(&mut self, code: Code, path: &str, message: &str) {
        if !std::mem::replace(&mut self.cut, true) {
            let place = Place { extracted: true, ..self.place.clone() }.with_path(path);
            doubt::push(self.doubts, Doubt::new(code, place, message));
        }
    }
}

/// True when all that stands in the row is bold.
fn is_bold(cells: &[Flow]) -> bool {
    let filled: Vec<&Flow> = cells.iter().filter(|cell| !cell.is_blank()).collect();
    filled.len() > 1 && filled.iter().all(|cell| cell.is_all(Style::Strong, &[]))
}

/// True when `blocks` hold text or a picture.
pub(super) fn holds_anything(text: &str, blocks: &[Block]) -> bool {
    !blocks.is_empty() && !text.trim().trim_matches('|').trim().is_empty()
}
