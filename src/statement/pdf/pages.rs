//! The pages of a document to its text and blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::{Cell, Element, Table};
use super::lines::{Break, Line, break_between};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::limits;
use crate::source::Place;
use crate::statement::block::{self, Flow, Inset, Style, is_title};
use crate::statement::extract::{Assembly, Extract};
use crate::statement::markdown;
use crate::statement::syntax::Document;
use crate::statement::text::Spot;

/// One page.
pub(super) struct Page {
    pub(super) number: u32,
    pub(super) height: f32,
    pub(super) elements: Vec<Element>,
}

/// The part of a page, at its upper and lower end, in which running titles and page numbers stand.
const MARGIN: f32 = 0.12;

/// How much larger than running text a heading is, at least.
const HEADING: f32 = 1.12;

/// Points by which the columns of a table may lie apart on two pages.
const SAME_COLUMN: f32 = 6.0;

/// Writes paragraphs and tables down.
pub(super) struct Writer<'d> {
    extract: Extract,
    pub(super) assembly: Assembly,
    place: Place,
    doubts: &'d mut Vec<Doubt>,
    /// The size of running text.
    body: f32,
    /// Sizes of headings, the largest first.
    sizes: Vec<f32>,
    spanned: usize,
}

/// The document that `pages` make.
pub(super) fn document(mut pages: Vec<Page>, place: Place, doubts: &mut Vec<Doubt>) -> Document {
    drop_running_titles(&mut pages);
    let (body, sizes) = sizes(&pages);
    let mut writer = Writer { body, sizes, ..Writer::new(place, doubts) };
    let mut table: Option<Table> = None;
    for page in pages {
        deadline::step();
        let spot = Arc::new(Spot::Page(page.number));
        let mut paragraph: Vec<Line> = Vec::new();
        let limit = text_limit(&page.elements);
        for (index, element) in page.elements.into_iter().enumerate() {
            deadline::step();
            if !matches!(element, Element::Text(_)) {
                writer.paragraph(&std::mem::take(&mut paragraph), limit, &spot);
            }
            match element {
                Element::Text(line) => {
                    writer.table(table.take());
                    if !paragraph.last().is_none_or(|before| goes_on(before, &line, limit)) {
                        writer.paragraph(&std::mem::take(&mut paragraph), limit, &spot);
                    }
                    paragraph.push(line);
                }
                Element::Picture(_) => {
                    writer.table(table.take());
                    writer.picture(&spot);
                }
                Element::Table(next) => {
                    table = match table.take() {
                        Some(mut before) if index == 0 && continues(&before, &next) => {
                            before.go_on(next);
                            Some(before)
                        }
                        before => {
                            writer.table(before);
                            Some(next)
                        }
                    };
                }
            }
        }
        writer.paragraph(&paragraph, limit, &spot);
    }
    writer.table(table);
    writer.finish()
}

/// True when `next`, which begins a page, goes on with `before`, with which the page before ended.
fn continues(before: &Table, next: &Table) -> bool {
    before.columns.len() == next.columns.len()
        && before.columns.iter().zip(&next.columns).rev().skip(1).all(|(a, b)| (a - b).abs() < SAME_COLUMN)
}

impl Table {
    /// Appends the rows of `next`; a header that is repeated there is left out.
    fn go_on(&mut self, next: Table) {
        let offset = self.rows.len();
        let text = |row: &Vec<Cell>| row.iter().flat_map(|cell| &cell.lines).map(Line::text).collect::<Vec<_>>();
        let repeated = self.rows.first().map(text) == next.rows.first().map(text);
        let skipped = usize::from(repeated);
        for mut row in next.rows.into_iter().skip(skipped) {
            deadline::step();
            for cell in &mut row {
                cell.origin.0 = (cell.origin.0 + offset).saturating_sub(skipped);
            }
            self.rows.push(row);
        }
        self.uncertain |= next.uncertain;
    }
}

/// Takes lines out that stand at the edge of several pages, alike but for numbers.
fn drop_running_titles(pages: &mut [Page]) {
    let key = |line: &Line, height: f32| {
        let at_edge = line.y < height * MARGIN || line.y > height * (1.0 - MARGIN);
        at_edge.then(|| line.text().chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>())
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages.iter() {
        deadline::step();
        let mut own: Vec<String> = Vec::new();
        for element in &page.elements {
            deadline::step();
            if let Element::Text(line) = element {
                own.extend(key(line, page.height));
            }
        }
        own.sort();
        own.dedup();
        for key in own {
            *seen.entry(key).or_default() += 1;
        }
    }
    let enough = (pages.len() / 2).max(2);
    for page in pages.iter_mut() {
        deadline::step();
        let height = page.height;
        page.elements.retain(|element| {
            let Element::Text(line) = element else { return true };
            let Some(key) = key(line, height) else { return true };
            let is_number =
                key.chars().all(|c| matches!(c, '#' | ' ' | '-' | '–' | '—' | '/' | '|' | '第' | '页' | '共'));
            !is_number && seen.get(&key).is_none_or(|&count| count < enough)
        });
    }
}

/// The size of running text, which most characters have, and the sizes of headings.
fn sizes(pages: &[Page]) -> (f32, Vec<f32>) {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for line in pages.iter().flat_map(|page| &page.elements).flat_map(|element| match element {
        Element::Text(line) => vec![line],
        Element::Table(table) => table.rows.iter().flatten().flat_map(|cell| &cell.lines).collect(),
        Element::Picture(_) => Vec::new(),
    }) {
        *counts.entry(rounded(line.size)).or_default() += line.text().len();
    }
    let body = counts.iter().max_by_key(|(_, count)| **count).map_or(0, |(size, _)| *size);
    #[expect(clippy::cast_precision_loss, reason = "a size in half points")]
    let size = |size: u32| size as f32 / 2.0;
    let body = size(body);
    (body, counts.keys().rev().copied().map(size).filter(|size| *size >= body * HEADING).collect())
}

/// A size in half points.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size of letters")]
fn rounded(size: f32) -> u32 {
    (size.clamp(0.0, 2000.0) * 2.0).round() as u32
}

/// True when `line` belongs to the paragraph that `before` is the last line of.
fn goes_on(before: &Line, line: &Line, limit: f32) -> bool {
    let gap = line.y - before.y;
    let alike = (line.size - before.size).abs() < before.size * 0.08 && line.is_bold() == before.is_bold();
    let begins = markdown::list_marker(&line.text()).is_some();
    let full = break_between(before, line, limit) != Break::Line;
    alike && !begins && gap < before.size * 2.2 && full
}

/// How far to the right running text reaches.
fn text_limit(elements: &[Element]) -> f32 {
    let ends =
        elements.iter().filter_map(|element| if let Element::Text(line) = element { Some(line.x1()) } else { None });
    ends.fold(0.0, f32::max)
}

impl<'d> Writer<'d> {
    /// For the file at `place`.
    pub(super) fn new(place: Place, doubts: &'d mut Vec<Doubt>) -> Writer<'d> {
        let (extract, assembly) = (Extract::default(), Assembly::default());
        Writer { extract, assembly, place, doubts, body: f32::MAX, sizes: Vec::new(), spanned: 0 }
    }

    /// What was written.
    pub(super) fn finish(self) -> Document {
        Document { text: self.extract.finish(self.place), blocks: self.assembly.blocks }
    }

    /// One paragraph on one line of the text.
    pub(super) fn line(&mut self, lines: &[Line], limit: f32, page: u32) -> Flow {
        self.extract.begin(&Arc::new(Spot::Page(page)), None);
        let flow = self.flow(lines, limit);
        self.extract.push("\n");
        flow
    }

    /// The level of the heading that a line of this size is.
    fn heading(&self, line: &Line) -> Option<u8> {
        if line.size < self.body * HEADING {
            return None;
        }
        let larger = self.sizes.iter().filter(|&&size| size > line.size + 0.3).count();
        Some(u8::try_from(larger + 1).unwrap_or(6).min(6))
    }

    fn paragraph(&mut self, lines: &[Line], limit: f32, spot: &Arc<Spot>) {
        let Some(first) = lines.first() else { return };
        let heading = self.heading(first);
        self.extract.begin(spot, None);
        let flow = self.flow(lines, limit);
        self.extract.push("\n");
        // A line of a table of contents ends in dots and a number.
        let text = flow.text().trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
        if text.ends_with("....") || text.ends_with("……") || text.ends_with(". . .") {
            return;
        }
        match heading.filter(|_| is_title(flow.text())) {
            Some(level) => self.assembly.heading(level, &[flow]),
            None => self.assembly.paragraph(vec![flow]),
        }
    }

    /// A picture in the place of text.
    pub(super) fn picture(&mut self, spot: &Arc<Spot>) {
        self.extract.begin(spot, None);
        let image = self.extract.push(" ");
        self.extract.push("\n");
        let mut flow = Flow::default();
        flow.inset = Some(Inset::image(image));
        self.assembly.paragraph(vec![flow]);
    }

    /// The text of the lines of one paragraph or cell.
    fn flow(&mut self, lines: &[Line], limit: f32) -> Flow {
        let mut flow = Flow::default();
        for (index, line) in lines.iter().enumerate() {
            deadline::step();
            if let Some(before) = index.checked_sub(1).and_then(|index| lines.get(index)) {
                match break_between(before, line, limit) {
                    Break::None => {}
                    Break::Space => self.extract.push_flow(&mut flow, " "),
                    // A line of the text ends where a paragraph or a row ends.
                    Break::Line => flow.push("\n", self.extract.push(" ")),
                }
            }
            for (at, word) in line.words.iter().enumerate() {
                deadline::step();
                if at > 0 {
                    self.extract.push_flow(&mut flow, " ");
                }
                let start = flow.text().len();
                self.extract.push_flow(&mut flow, &word.text);
                if word.bold {
                    flow.mark(Style::Strong, start);
                }
            }
        }
        flow
    }

    /// A table, if there is one.
    pub(super) fn table(&mut self, table: Option<Table>) {
        let Some(mut table) = table else { return };
        let columns = table.columns.len().saturating_sub(1);
        // How far the text of a column reaches, where no line ends it.
        for column in 0..columns {
            deadline::step();
            let cells = || table.rows.iter().filter_map(|row| row.get(column));
            let limit = cells().flat_map(|cell| &cell.lines).map(Line::x1).fold(0.0, f32::max);
            for cell in table.rows.iter_mut().filter_map(|row| row.get_mut(column)).filter(|cell| cell.limit <= 0.0) {
                deadline::step();
                cell.limit = limit;
            }
        }
        if table.uncertain {
            self.uncertain(&table);
            return;
        }
        let mut rows = Vec::new();
        let mut flows: BTreeMap<(usize, usize), Flow> = BTreeMap::new();
        for (index, row) in table.rows.iter().take(limits::TABLE_ROWS).enumerate() {
            deadline::step();
            let page = row.iter().map(|cell| cell.page).max().unwrap_or_default();
            let spot = Arc::new(Spot::Page(page));
            let mut written = false;
            let mut cells = Vec::new();
            for (column, cell) in row.iter().take(limits::TABLE_COLUMNS).enumerate() {
                deadline::step();
                if cell.origin == (index, column) {
                    self.extract.begin(&spot, None);
                    if std::mem::replace(&mut written, true) {
                        self.extract.push(" | ");
                    }
                    let flow = self.flow(&cell.lines, cell.limit);
                    flows.insert(cell.origin, flow);
                }
                let flow = flows.get(&cell.origin).cloned().unwrap_or_default();
                let flow = if cell.origin.0 < index { flow.from_above() } else { flow };
                self.spanned += if cell.origin == (index, column) { 0 } else { flow.text().len() };
                if self.spanned > limits::SPANNED_BYTES {
                    let place = self.at(page);
                    let message = "cells over many rows or columns hold more text than is read";
                    doubt::push(self.doubts, Doubt::new(Code::LimitSpannedText, place, message));
                    return;
                }
                cells.push(flow);
            }
            self.extract.push("\n");
            let filled = cells.iter().filter(|cell| !cell.is_blank()).count();
            let bold = cells.iter().all(|cell| cell.is_blank() || cell.is_all(Style::Strong, &[]));
            if filled > 0 {
                let header = table.headers.contains(&index) || (index == 0 && filled > 1 && bold);
                rows.push(block::Row { cells, header });
            }
        }
        self.assembly.table(block::Table { rows });
    }

    /// A table whose cells cannot be told apart discloses nothing.
    fn uncertain(&mut self, table: &Table) {
        let page = table.rows.iter().flatten().map(|cell| cell.page).find(|&page| page > 0).unwrap_or(1);
        let texts = table.rows.iter().flatten().flat_map(|cell| &cell.lines).map(Line::text);
        if texts.into_iter().any(|text| speaks_of_permissions(&text)) {
            let message = "what looks like a table of permissions has no lines and gaps that tell its cells apart; \
                           its rows were not read";
            doubt::push(self.doubts, Doubt::new(Code::StatementTableColumns, self.at(page), message));
        }
    }

    fn at(&self, page: u32) -> Place {
        Place { page: Some(page), extracted: true, ..self.place.clone() }
    }
}

/// True for text with a constant, a key or a word for permission.
fn speaks_of_permissions(text: &str) -> bool {
    let lower = text.to_lowercase();
    let constant = |word: &str| {
        word.contains('_')
            && word.len() > 4
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    lower.contains("permission")
        || lower.contains("权限")
        || lower.contains("usagedescription")
        || text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(constant)
}
