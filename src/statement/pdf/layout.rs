//! The lines of a page to running text and tables.

use super::content::{Area, Drawn};
use super::lines::{self, Break, Line, Word};
use super::ruled::{self, Grid, Ladder};
use crate::deadline;

/// What stands on a page, from the top.
#[derive(Debug)]
pub(super) enum Element {
    Text(Line),
    Table(Table),
    Picture(Area),
}

impl Element {
    /// The upper edge.
    pub(super) fn top(&self) -> f32 {
        match self {
            Element::Text(line) => line.y - line.size,
            Element::Table(table) => table.area.y0,
            Element::Picture(area) => area.y0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) area: Area,
    /// The left edges of the columns, and the right edge of the last.
    pub(super) columns: Vec<f32>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Rows that are said to be headers.
    pub(super) headers: Vec<usize>,
    /// Where rows or columns end cannot be told for certain.
    pub(super) uncertain: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) lines: Vec<Line>,
    /// How far to the right its text may reach.
    pub(super) limit: f32,
    /// The row and column at which it begins: a cell stands in every row and column that it reaches over.
    pub(super) origin: (usize, usize),
    /// The page that it stands on.
    pub(super) page: u32,
}

/// Sizes of a gap that parts columns where no line does.
const COLUMN_GAP: f32 = 1.1;

/// Times the pitch of lines that lie between rows, at least.
const ROW_GAP: f32 = 1.25;

/// Points by which the words of a column may begin beside its edge.
const ALIGNED: f32 = 2.5;

/// Points of the sides of a picture that may stand for a table.
const PICTURE: (f32, f32) = (150.0, 60.0);

/// The elements of page `number`, in reading order.
pub(super) fn elements(drawn: &Drawn, number: u32) -> Vec<Element> {
    let mut rest = lines::lines(&drawn.glyphs);
    let (grids, ladders) = ruled::tables(&drawn.rules);
    let mut elements = Vec::new();
    for grid in grids {
        deadline::step();
        elements.extend(ruled_table(&grid, &mut rest).map(Element::Table));
    }
    for ladder in ladders {
        deadline::step();
        elements.extend(ladder_table(&ladder, &mut rest).map(Element::Table));
    }
    open_tables(rest, &mut elements);
    let large = |area: &&Area| area.width() >= PICTURE.0 && area.height() >= PICTURE.1;
    elements.extend(drawn.pictures.iter().filter(large).copied().map(Element::Picture));
    for element in &mut elements {
        deadline::step();
        if let Element::Table(table) = element {
            table.rows.iter_mut().flatten().for_each(|cell| cell.page = number);
        }
    }
    elements.sort_by(|a, b| a.top().total_cmp(&b.top()));
    elements
}

/// Takes the words inside `grid` out of `rest`. A frame around one cell is no table.
fn ruled_table(grid: &Grid, rest: &mut Vec<Line>) -> Option<Table> {
    let count = grid.cells.iter().flatten().collect::<std::collections::HashSet<_>>().len();
    if count < 2 {
        return None;
    }
    let area = grid.area();
    let inside = take(area, rest);
    if inside.is_empty() {
        return None;
    }
    let columns = grid.columns.len() - 1;
    if grid.rows.len() == 2 && inside.len() > 1 {
        // Only the columns are drawn.
        return Some(by_columns(&inside, grid.columns.clone(), area));
    }
    let mut lines: std::collections::HashMap<usize, Vec<Line>> = std::collections::HashMap::new();
    let edge = |index: usize| grid.columns.get(index).copied().unwrap_or_default();
    for line in inside {
        deadline::step();
        // Words of one line that stand in one cell stay together.
        let mut column = 0;
        while column < columns {
            deadline::step();
            let middle = f32::midpoint(edge(column), edge(column + 1));
            let cell =
                grid.locate(middle, line.middle()).and_then(|(row, column)| grid.cells.get(row)?.get(column).copied());
            let mut end = column + 1;
            while end < columns {
                let middle = f32::midpoint(edge(end), edge(end + 1));
                let next = grid
                    .locate(middle, line.middle())
                    .and_then(|(row, column)| grid.cells.get(row)?.get(column).copied());
                if next != cell {
                    break;
                }
                end += 1;
            }
            if let (Some(cell), Some(part)) = (cell, line.between(edge(column), edge(end))) {
                lines.entry(cell).or_default().push(part);
            }
            column = end;
        }
    }
    let limit = |cell: usize| {
        let right = grid.cells.iter().filter_map(|row| row.iter().rposition(|&other| other == cell)).max();
        let (left, right) = (edge(cell % columns), edge(right.map_or(columns, |right| right + 1)));
        // The text keeps as far from the right edge as from the left.
        let indent = lines.get(&cell).into_iter().flatten().map(Line::x0).fold(f32::MAX, f32::min) - left;
        right - if (0.0..12.0).contains(&indent) { indent } else { 2.0 }
    };
    let rows = grid.cells.iter().map(|row| {
        let cells = row.iter().map(|&cell| Cell {
            lines: lines.get(&cell).cloned().unwrap_or_default(),
            limit: limit(cell),
            origin: (cell / columns, cell % columns),
            page: 0,
        });
        cells.collect()
    });
    Some(Table { area, columns: grid.columns.clone(), rows: rows.collect(), headers: Vec::new(), uncertain: grid.odd })
}

/// Takes the words inside `area` out of `rest`.
fn take(area: Area, rest: &mut Vec<Line>) -> Vec<Line> {
    let mut inside = Vec::new();
    let mut outside = Vec::new();
    for line in std::mem::take(rest) {
        deadline::step();
        if !(area.y0..=area.y1).contains(&line.middle()) {
            outside.push(line);
            continue;
        }
        inside.extend(line.between(area.x0, area.x1));
        outside.extend(line.between(f32::MIN, area.x0));
        outside.extend(line.between(area.x1, f32::MAX));
    }
    *rest = outside;
    inside
}

fn ladder_table(ladder: &Ladder, rest: &mut Vec<Line>) -> Option<Table> {
    let (top, bottom) = (*ladder.rows.first()?, *ladder.rows.last()?);
    // A header may stand above the first line.
    let height = ladder.rows.get(1).map_or(20.0, |second| (second - top).min(40.0));
    let area = Area { x0: ladder.left - 1.0, y0: top, x1: ladder.right + 1.0, y1: bottom };
    let inside = |line: &Line| area.holds(line.x0(), line.middle());
    let lines: Vec<Line> = rest.iter().filter(|line| inside(line)).cloned().collect();
    let mut edges = edges(&lines)?;
    if let (Some(first), Some(last)) = (edges.first_mut(), lines.iter().map(Line::x1).max_by(f32::total_cmp)) {
        *first = first.min(ladder.left);
        edges.push(last.max(ladder.right));
    }
    let mut inside = take(area, rest);
    let above = Area { y0: top - height, y1: top - 0.1, ..area };
    let parts = |line: &Line| (1..edges.len()).filter(|&at| part(line, &edges, at - 1).is_some()).count();
    let mut rows: Vec<f32> = ladder.rows.clone();
    if rest.iter().any(|line| above.holds(line.x0(), line.middle()) && parts(line) > 1) {
        inside.splice(0..0, take(above, rest));
        rows.insert(0, top - height);
    }
    if rows.len() <= 4 && inside.len() > rows.len() {
        // Lines above, below the header and at the end alone.
        return Some(by_columns(&inside, edges, area));
    }
    let rows = rows.windows(2).enumerate().map(|(row, band)| {
        let [from, to] = band else { return Vec::new() };
        let lines: Vec<&Line> = inside.iter().filter(|line| (*from..*to).contains(&line.middle())).collect();
        cells(&lines, &edges, row)
    });
    Some(Table { area, columns: edges.clone(), rows: rows.collect(), headers: Vec::new(), uncertain: false })
}

/// The columns of `lines`: where no word of any line stands over a wide enough gap.
fn edges(lines: &[Line]) -> Option<Vec<f32>> {
    let spans = columns(lines.iter());
    (spans.len() > 1).then(|| spans.iter().map(|span| span.0 - 1.0).collect())
}

/// The ranges that words stand in, with gaps between that part columns.
fn columns<'l>(lines: impl Iterator<Item = &'l Line>) -> Vec<(f32, f32)> {
    let mut spans: Vec<(f32, f32, f32)> =
        lines.flat_map(|line| &line.words).map(|word| (word.x0, word.x1, word.size)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f32, f32)> = Vec::new();
    for (x0, x1, size) in spans {
        deadline::step();
        match merged.last_mut().filter(|last| x0 - last.1 < (size * COLUMN_GAP).max(7.0)) {
            Some(last) => last.1 = last.1.max(x1),
            None => merged.push((x0, x1)),
        }
    }
    merged
}

/// The part of `line` in column `column`.
fn part(line: &Line, edges: &[f32], column: usize) -> Option<Line> {
    line.between(*edges.get(column)?, *edges.get(column + 1)?)
}

/// One row of cells from the lines of a row.
fn cells(lines: &[&Line], edges: &[f32], row: usize) -> Vec<Cell> {
    let cells = (0..edges.len().saturating_sub(1)).map(|column| {
        let lines: Vec<Line> = lines.iter().filter_map(|line| part(line, edges, column)).collect();
        Cell { limit: 0.0, lines, origin: (row, column), page: 0 }
    });
    cells.collect()
}

/// A table of which only the columns are known.
fn by_columns(lines: &[Line], edges: Vec<f32>, area: Area) -> Table {
    let (groups, uncertain) = rows(lines, &edges);
    let rows: Vec<Vec<Cell>> = groups
        .iter()
        .enumerate()
        .map(|(row, range)| cells(&lines.iter().take(range.1).skip(range.0).collect::<Vec<_>>(), &edges, row))
        .collect();
    Table { area, columns: edges, rows, headers: Vec::new(), uncertain }
}

/// Which lines make a row: by the gaps between lines where these differ, otherwise by the first column. The second is
/// true where neither tells.
fn rows(lines: &[Line], edges: &[f32]) -> (Vec<(usize, usize)>, bool) {
    let gap = |pair: &[Line]| pair.last().map_or(0.0, |b| b.y) - pair.first().map_or(0.0, |a| a.y);
    let size = lines.iter().map(|line| line.size).fold(0.0, f32::max);
    let columns = edges.len().saturating_sub(1);
    // From line to line inside a cell: as near as lines of one column come.
    let pitch = (0..columns)
        .flat_map(|column| {
            let own: Vec<Line> = lines.iter().filter_map(|line| part(line, edges, column)).collect();
            own.windows(2).map(gap).collect::<Vec<_>>()
        })
        .filter(|&pitch| pitch > size * 0.8)
        .fold(f32::MAX, f32::min);
    let breaks: Vec<usize> =
        (1..).zip(lines.windows(2)).filter(|(_, pair)| gap(pair) > pitch * ROW_GAP).map(|(at, _)| at).collect();
    // The first column may reach close to the second: a break inside a name leaves less room than the next word needs.
    let limit = edges.get(1).copied().unwrap_or_default() - size * 0.5;
    let is_new = |line: &Line, next: &Line| lines::break_between(line, next, limit) == Break::Line;
    let ranges = |starts: &[usize]| {
        let ends = starts.iter().skip(1).copied().chain([lines.len()]);
        starts.iter().copied().zip(ends).collect::<Vec<_>>()
    };
    if !breaks.is_empty() {
        let groups = ranges(&[&[0], breaks.as_slice()].concat());
        let uncertain = groups.iter().any(|&(from, to)| {
            let own: Vec<Line> = lines.iter().take(to).skip(from).filter_map(|line| part(line, edges, 0)).collect();
            own.windows(2).any(|pair| matches!(pair, [line, next] if is_new(line, next)))
        });
        return (groups, uncertain);
    }
    let mut uncertain = lines.windows(2).any(|pair| gap(pair) < size * 0.8);
    let mut starts = vec![0];
    for (at, pair) in (1..).zip(lines.windows(2)) {
        deadline::step();
        let [line, next] = pair else { continue };
        if let Some(next) = part(next, edges, 0) {
            uncertain |= part(line, edges, 0).is_some_and(|line| !is_new(&line, &next));
            starts.push(at);
        }
    }
    (ranges(&starts), uncertain)
}

/// Finds tables without lines in `rest`; what is none is text.
fn open_tables(rest: Vec<Line>, elements: &mut Vec<Element>) {
    let mut lines = rest;
    lines.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0().total_cmp(&b.x0())));
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        deadline::step();
        let (end, mut edges) = region(&lines, at);
        let region = lines.get(at..end).unwrap_or_default();
        let several = region.iter().filter(|line| columns(std::iter::once(*line)).len() > 1).count();
        if several < 2 || edges.len() < 2 {
            elements.push(Element::Text(line.clone()));
            at += 1;
            continue;
        }
        let (left, right) = (line.x0(), region.iter().map(Line::x1).fold(0.0, f32::max));
        edges.push(right + 1.0);
        let last = region.last().map_or(line.y, |last| last.y);
        let area = Area { x0: left, y0: line.y - line.size, x1: right, y1: last };
        elements.push(Element::Table(by_columns(region, edges, area)));
        at = end;
    }
}

/// The end of the lines from `at` on that keep to the same columns, and the left edges of these.
fn region(lines: &[Line], at: usize) -> (usize, Vec<f32>) {
    let Some(first) = lines.get(at) else { return (at, Vec::new()) };
    let mut spans = columns(std::iter::once(first));
    if spans.len() < 2 {
        return (at + 1, Vec::new());
    }
    let mut end = at + 1;
    let mut widest = 0.0_f32;
    while let (Some(line), Some(before)) = (lines.get(end), lines.get(end - 1)) {
        deadline::step();
        let gap = line.y - before.y;
        let usual = if widest > 0.0 { widest * 1.7 } else { first.size * 4.0 };
        let differs = (line.size - first.size).abs() > first.size * 0.15;
        if gap > usual || (differs && end > at + 1) {
            break;
        }
        let mut words = line.clone();
        let span = |&(x0, x1): &(f32, f32)| Word { text: String::new(), x0, x1, size: line.size, bold: false };
        words.words.extend(spans.iter().map(span));
        let merged = columns(std::iter::once(&words));
        if merged.len() >= spans.len() {
            spans = merged;
        } else if !keeps_to(line, &spans) {
            break;
        }
        widest = widest.max(gap);
        end += 1;
    }
    (end, spans.iter().map(|span| span.0 - 1.0).collect())
}

/// True when no word of `line` crosses an edge between columns, however close it comes: the next one begins at the edge.
fn keeps_to(line: &Line, spans: &[(f32, f32)]) -> bool {
    spans.iter().skip(1).all(|&(edge, _)| {
        let crosses = line.words.iter().any(|word| word.x0 < edge - ALIGNED && word.x1 > edge + ALIGNED);
        let behind = line.words.iter().find(|word| word.x0 >= edge - ALIGNED);
        let before = line.words.iter().rfind(|word| word.x1 <= edge + ALIGNED);
        !crosses
            && match (before, behind) {
                (Some(before), Some(behind)) => {
                    (behind.x0 - edge).abs() <= ALIGNED || behind.x0 - before.x1 > behind.size * COLUMN_GAP
                }
                _ => true,
            }
    })
}
