//! Tables by their ruling lines: the lines tell where every cell begins and ends.

use super::content::Area;
use crate::deadline;

/// Points by which lines that are meant to meet may miss each other.
const MEET: f32 = 3.5;

/// Points by which lines that are meant to be one may lie apart.
const SAME: f32 = 2.5;

/// Points of the shortest line that is an edge of a cell.
const SHORTEST: f32 = 6.0;

/// Lines of one direction at one place, and the ranges that they cover.
#[derive(Debug, Clone)]
struct Ruler {
    at: f32,
    ranges: Vec<(f32, f32)>,
}

impl Ruler {
    fn covers(&self, place: f32) -> bool {
        self.ranges.iter().any(|&(from, to)| from - MEET <= place && place <= to + MEET)
    }
}

/// A table that lines are drawn around.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    /// The edges of columns, from the left; one more than there are columns.
    pub(super) columns: Vec<f32>,
    /// The edges of rows, from the top; one more than there are rows.
    pub(super) rows: Vec<f32>,
    /// For each row and column the number of the cell that covers it.
    pub(super) cells: Vec<Vec<usize>>,
    /// A cell is no rectangle.
    pub(super) odd: bool,
}

impl Grid {
    pub(super) fn area(&self) -> Area {
        let edge =
            |edges: &[f32], last: bool| if last { edges.last() } else { edges.first() }.copied().unwrap_or_default();
        Area {
            x0: edge(&self.columns, false),
            y0: edge(&self.rows, false),
            x1: edge(&self.columns, true),
            y1: edge(&self.rows, true),
        }
    }

    /// The row and column in which a place lies.
    pub(super) fn locate(&self, x: f32, y: f32) -> Option<(usize, usize)> {
        let find = |edges: &[f32], place: f32| {
            let next = edges.partition_point(|&edge| edge <= place);
            next.checked_sub(1).filter(|_| next < edges.len())
        };
        Some((find(&self.rows, y)?, find(&self.columns, x)?))
    }
}

/// Parallel lines with the same ends and none across: rows of a table that has no lines between its columns.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) rows: Vec<f32>,
}

/// The tables that `rules` draw.
pub(super) fn tables(rules: &[Area]) -> (Vec<Grid>, Vec<Ladder>) {
    let level: Vec<Area> =
        rules.iter().filter(|rule| rule.width() >= SHORTEST && rule.width() > rule.height()).copied().collect();
    let upright: Vec<Area> =
        rules.iter().filter(|rule| rule.height() >= SHORTEST && rule.height() > rule.width()).copied().collect();
    let mut grids = Vec::new();
    let mut loose = Vec::new();
    for (level, upright) in components(&level, &upright) {
        deadline::step();
        let mut rows = rulers(level.iter().map(|rule| (f32::midpoint(rule.y0, rule.y1), rule.x0, rule.x1)));
        let columns = rulers(upright.iter().map(|rule| (f32::midpoint(rule.x0, rule.x1), rule.y0, rule.y1)));
        // A row that a page break cuts has no line below it, or above: the lines between columns go on.
        let reach =
            upright.iter().fold((f32::MAX, f32::MIN), |reach, rule| (reach.0.min(rule.y0), reach.1.max(rule.y1)));
        let whole = |at: f32| Ruler { at, ranges: vec![(f32::MIN, f32::MAX)] };
        if rows.first().is_some_and(|first| first.at - reach.0 > SHORTEST) {
            rows.insert(0, whole(reach.0));
        }
        if rows.last().is_some_and(|last| reach.1 - last.at > SHORTEST) {
            rows.push(whole(reach.1));
        }
        if columns.len() < 2 || rows.len() < 2 {
            loose.extend(level);
            continue;
        }
        grids.extend(grid(&rows, &columns));
    }
    (grids, ladders(&loose))
}

/// Lines that touch one another, directly or by others.
fn components(level: &[Area], upright: &[Area]) -> Vec<(Vec<Area>, Vec<Area>)> {
    let all: Vec<(Area, bool)> =
        level.iter().map(|rule| (*rule, true)).chain(upright.iter().map(|rule| (*rule, false))).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    let top = |index: usize| all.get(index).map_or(0.0, |(rule, _)| rule.y0);
    order.sort_by(|&a, &b| top(a).total_cmp(&top(b)));
    let mut parents: Vec<usize> = (0..all.len()).collect();
    // From the top: only lines that reach down to the present one can touch it.
    let mut active: Vec<usize> = Vec::new();
    for index in order {
        deadline::step();
        let Some((rule, _)) = all.get(index) else { continue };
        active.retain(|&other| all.get(other).is_some_and(|(other, _)| other.y1 + MEET >= rule.y0));
        for &other in &active {
            deadline::step();
            let touches = all.get(other).is_some_and(|(other, _)| {
                rule.x0 - MEET <= other.x1 && other.x0 - MEET <= rule.x1 && rule.y0 - MEET <= other.y1
            });
            if touches {
                let (a, b) = (root(&mut parents, index), root(&mut parents, other));
                if let Some(parent) = parents.get_mut(a) {
                    *parent = b;
                }
            }
        }
        active.push(index);
    }
    let mut groups: std::collections::BTreeMap<usize, (Vec<Area>, Vec<Area>)> = std::collections::BTreeMap::new();
    for (index, (rule, is_level)) in all.iter().enumerate() {
        deadline::step();
        let group = groups.entry(root(&mut parents, index)).or_default();
        if *is_level { group.0.push(*rule) } else { group.1.push(*rule) }
    }
    groups.into_values().collect()
}

fn root(parents: &mut [usize], index: usize) -> usize {
    let mut at = index;
    while let Some(&parent) = parents.get(at).filter(|&&parent| parent != at) {
        deadline::step();
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = above;
        }
        at = above;
    }
    at
}

fn rulers(lines: impl Iterator<Item = (f32, f32, f32)>) -> Vec<Ruler> {
    let mut lines: Vec<(f32, f32, f32)> = lines.collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rulers: Vec<Ruler> = Vec::new();
    for (at, from, to) in lines {
        deadline::step();
        match rulers.last_mut().filter(|last| at - last.at <= SAME) {
            Some(last) => last.ranges.push((from, to)),
            None => rulers.push(Ruler { at, ranges: vec![(from, to)] }),
        }
    }
    rulers
}

fn grid(rows: &[Ruler], columns: &[Ruler]) -> Option<Grid> {
    let (height, width) = (rows.len() - 1, columns.len() - 1);
    if height.saturating_mul(width) > crate::limits::PDF_RULES {
        return None;
    }
    let middle = |rulers: &[Ruler], index: usize| {
        let edge = |index: usize| rulers.get(index).map_or(0.0, |ruler| ruler.at);
        f32::midpoint(edge(index), edge(index + 1))
    };
    let number = |row: usize, column: usize| row * width + column;
    let mut parents: Vec<usize> = (0..height * width).collect();
    let join = |parents: &mut Vec<usize>, a: usize, b: usize| {
        let (a, b) = (root(parents, a), root(parents, b));
        if let Some(parent) = parents.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    };
    for row in 0..height {
        deadline::step();
        for column in 0..width {
            deadline::step();
            let right = columns.get(column + 1).is_some_and(|ruler| ruler.covers(middle(rows, row)));
            if column + 1 < width && !right {
                join(&mut parents, number(row, column), number(row, column + 1));
            }
            let below = rows.get(row + 1).is_some_and(|ruler| ruler.covers(middle(columns, column)));
            if row + 1 < height && !below {
                join(&mut parents, number(row, column), number(row + 1, column));
            }
        }
    }
    let cells: Vec<Vec<usize>> =
        (0..height).map(|row| (0..width).map(|column| root(&mut parents, number(row, column))).collect()).collect();
    // The first place of a cell is its upper left corner: the cell has to fill the rectangle that begins there.
    let mut sizes: std::collections::HashMap<usize, (usize, usize, usize)> = std::collections::HashMap::new();
    for (row, line) in cells.iter().enumerate() {
        deadline::step();
        for (column, &cell) in line.iter().enumerate() {
            deadline::step();
            let size = sizes.entry(cell).or_default();
            *size = (size.0 + 1, size.1.max(row), size.2.max(column));
        }
    }
    let odd = sizes.iter().any(|(&cell, &(count, row, column))| {
        let (top, left) = (cell / width, cell % width);
        column < left || (row + 1 - top) * (column + 1 - left) != count
    });
    let edges = |rulers: &[Ruler]| rulers.iter().map(|ruler| ruler.at).collect();
    Some(Grid { columns: edges(columns), rows: edges(rows), cells, odd })
}

fn ladders(level: &[Area]) -> Vec<Ladder> {
    // Lines drawn cell by cell are one line.
    let mut lines: Vec<Area> = Vec::new();
    let mut sorted = level.to_vec();
    sorted.sort_by(|a, b| a.y0.total_cmp(&b.y0).then(a.x0.total_cmp(&b.x0)));
    for rule in sorted {
        deadline::step();
        let goes_on = |last: &&mut Area| (last.y0 - rule.y0).abs() <= SAME && rule.x0 <= last.x1 + MEET;
        match lines.last_mut().filter(goes_on) {
            Some(last) => last.x1 = last.x1.max(rule.x1),
            None => lines.push(rule),
        }
    }
    let mut found: Vec<Ladder> = Vec::new();
    for line in lines {
        deadline::step();
        let y = f32::midpoint(line.y0, line.y1);
        let same =
            |ladder: &&mut Ladder| (ladder.left - line.x0).abs() <= MEET && (ladder.right - line.x1).abs() <= MEET;
        match found.last_mut().filter(same) {
            Some(ladder) if ladder.rows.last().is_some_and(|&last| y - last <= SAME) => {}
            Some(ladder) => ladder.rows.push(y),
            None => found.push(Ladder { left: line.x0, right: line.x1, rows: vec![y] }),
        }
    }
    found.retain(|ladder| ladder.rows.len() > 2);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(y: f32, x0: f32, x1: f32) -> Area {
        Area { x0, y0: y, x1, y1: y + 0.5 }
    }

    fn upright(x: f32, y0: f32, y1: f32) -> Area {
        Area { x0: x, y0, x1: x + 0.5, y1 }
    }

    #[test]
    fn lines_between_cells_make_cells_and_a_missing_line_joins_two() {
        let rules = [
            level(0.0, 0.0, 100.0),
            level(20.0, 50.0, 100.0),
            level(40.0, 0.0, 100.0),
            upright(0.0, 0.0, 40.0),
            upright(50.0, 0.0, 40.0),
            upright(100.0, 0.0, 40.0),
        ];
        let (grids, ladders) = tables(&rules);
        assert!(ladders.is_empty());
        let [grid] = grids.as_slice() else { panic!("{grids:?}") };
        assert_eq!(grid.cells, [[0, 1], [0, 3]], "the first cell stands in both rows");
        assert!(!grid.odd);
        assert_eq!(grid.locate(60.0, 30.0), Some((1, 1)));
        assert_eq!(grid.locate(160.0, 30.0), None);
    }

    #[test]
    fn lines_below_rows_alone_are_a_ladder() {
        let (grids, ladders) =
            tables(&[level(0.0, 0.0, 90.0), level(20.0, 0.0, 90.0), level(40.0, 0.0, 45.0), level(40.0, 45.0, 90.0)]);
        assert!(grids.is_empty());
        assert_eq!(ladders.iter().map(|ladder| ladder.rows.len()).collect::<Vec<_>>(), [3]);
    }
}
