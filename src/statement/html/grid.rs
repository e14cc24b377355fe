//! Tables of the tree to rows of cells: merged cells belong to every row and column that they reach over.

use super::super::block::{Flow, Row, Style, Table};
use super::super::text::Span;
use super::flow::Lines;
use super::tree::{Hint, Kind, NONE, Node, Step, Tree, bits};
use crate::deadline;
use crate::limits;

/// What a table turned out to be.
pub(super) enum Read {
    /// Rows of cells.
    Table(Grid),
    /// Something that only lays out other things.
    Layout,
}

/// A table, and what stands in it that is none of its text.
pub(super) struct Grid {
    pub(super) table: Table,
    /// Captions, and a first row that reaches over all columns.
    pub(super) titles: Vec<Flow>,
    /// Tables in its cells.
    pub(super) nested: Vec<u32>,
    /// Not all rows or merged cells were taken.
    pub(super) cut: bool,
}

/// A row of the tree.
struct TreeRow {
    cells: Vec<u32>,
    group: u32,
    part: Kind,
}

/// Reads the table whose rows are below `roots`, one node for a table and several for rows that stand side by side.
pub(super) fn read(tree: &Tree, document: &str, roots: &[u32]) -> Read {
    let mut captions = Vec::new();
    let mut rows = Vec::new();
    let mut cut = false;
    for &root in roots {
        for at in root_and_below(tree, root) {
            deadline::step();
            match tree.node(at).map(|node| node.kind) {
                Some(Kind::Caption) => captions.push(at),
                Some(Kind::Row) if rows.len() >= limits::TABLE_ROWS => cut = true,
                Some(Kind::Row) => rows.push(row(tree, at)),
                _ => {}
            }
        }
    }
    // The foot is shown last, wherever it is written.
    rows.sort_by_key(|row| row.part == Kind::Foot);
    let mut reader = Reader { tree, document, nested: Vec::new(), copied: 0, cut: false };
    if reader.is_layout(&rows) {
        return Read::Layout;
    }
    let mut titles = Vec::new();
    for caption in captions {
        titles.extend(reader.flow(caption));
    }
    let table = reader.table(&rows, &mut titles);
    Read::Table(Grid { table, titles, nested: reader.nested, cut: cut || reader.cut })
}

/// `root`, and what is below it down to rows and tables.
fn root_and_below(tree: &Tree, root: u32) -> impl Iterator<Item = u32> {
    let into = tree.node(root).is_some_and(|node| node.kind != Kind::Row);
    let inside = into.then(|| tree.below(root, |node| !matches!(node.kind, Kind::Row | Kind::Table | Kind::Caption)));
    std::iter::once(root).chain(inside.into_iter().flatten().map(|(at, _)| at))
}

fn row(tree: &Tree, at: u32) -> TreeRow {
    let ends = |node: &Node| matches!(node.kind, Kind::Cell { .. } | Kind::Table);
    let cells = tree.below(at, |node| !ends(node)).filter(|(_, node)| matches!(node.kind, Kind::Cell { .. }));
    let cells = cells.map(|(at, _)| at).collect();
    let mut group = tree.node(at).map_or(NONE, |row| row.parent);
    let mut part = Kind::Body;
    // Wrappers may stand between a row and its part of the table.
    for _ in 0..4 {
        let Some(node) = tree.node(group) else { break };
        if matches!(node.kind, Kind::Head | Kind::Foot | Kind::Body | Kind::Table) {
            part = node.kind;
            break;
        }
        group = node.parent;
    }
    TreeRow { cells, group, part }
}

/// The rows that `node` holds by the classes of what stands in it: at least two, of as many cells each, with text and
/// nothing else in the cells.
pub(super) fn classed(tree: &Tree, document: &str, node: u32) -> Option<Vec<Vec<u32>>> {
    let mut rows = Vec::new();
    for (at, child) in tree.children(node) {
        deadline::step();
        if child.kind == Kind::Text && child.span().of(document).trim().is_empty() {
            continue;
        }
        if child.hint != Hint::Row || child.kind != Kind::Block {
            return None;
        }
        let mut cells = Vec::new();
        for (cell, node) in tree.children(at) {
            deadline::step();
            if node.kind == Kind::Text {
                continue;
            }
            if node.hint != Hint::Cell || node.kind != Kind::Block {
                return None;
            }
            let plain = |node: &Node| matches!(node.kind, Kind::Text | Kind::Break | Kind::Block | Kind::Inset(_));
            if !tree.below(cell, |_| true).all(|(_, node)| plain(node)) {
                return None;
            }
            cells.push(cell);
        }
        rows.push(cells);
    }
    let columns = rows.first().map_or(0, Vec::len);
    (rows.len() > 1 && columns > 1 && rows.iter().all(|row| row.len() == columns)).then_some(rows)
}

/// The table that [`classed`] found.
pub(super) fn of_classed(tree: &Tree, document: &str, rows: &[Vec<u32>]) -> Table {
    let mut reader = Reader { tree, document, nested: Vec::new(), copied: 0, cut: false };
    let read = |(index, row): (usize, &Vec<u32>)| {
        let cells: Vec<Flow> =
            row.iter().map(|&cell| Flow::joined(&reader.flow(cell))).take(limits::TABLE_COLUMNS).collect();
        Row { header: index == 0 && all_strong(&cells), cells }
    };
    Table { rows: rows.iter().enumerate().map(read).collect() }
}

fn all_strong(cells: &[Flow]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.is_blank()).peekable();
    filled.peek().is_some() && filled.all(|cell| cell.is_all(Style::Strong, &[]))
}

struct Reader<'a> {
    tree: &'a Tree,
    document: &'a str,
    nested: Vec<u32>,
    /// Bytes that merged cells took in other rows and columns.
    copied: usize,
    cut: bool,
}

/// A cell that reaches into the rows below.
#[derive(Clone)]
struct Reaching {
    flow: Flow,
    rows: u16,
}

/// What memory a cell takes beside its text.
const CELL_BYTES: usize = 256;

/// Bytes of text in a cell from which on it is a page of its own. The longest cell of a real permission table has 1,300.
const PAGE_BYTES: usize = 8192;

impl Reader<'_> {
    fn is_layout(&self, rows: &[TreeRow]) -> bool {
        let cells = || rows.iter().flat_map(|row| &row.cells).copied();
        if cells().take(2).count() < 2 {
            return true;
        }
        let marked = cells().any(|cell| self.is_header(cell)) || rows.iter().any(|row| row.part == Kind::Head);
        let nests = |cell: u32| {
            self.tree.below(cell, |node| node.kind != Kind::Table).any(|(_, node)| node.kind == Kind::Table)
        };
        let alone = |row: &TreeRow| {
            let other = row.cells.iter().filter(|&&cell| !nests(cell) && self.bytes(cell) > 0).count();
            other == 0
        };
        if !marked
            && cells().any(nests)
            && rows.iter().filter(|row| row.cells.iter().any(|&cell| nests(cell))).all(alone)
        {
            return true;
        }
        !marked && cells().any(|cell| self.is_page(cell))
    }

    fn is_header(&self, cell: u32) -> bool {
        self.tree.node(cell).is_some_and(|node| node.kind == Kind::Cell { header: true })
    }

    /// Bytes of text in `cell`, those of tables in it left out.
    fn bytes(&self, cell: u32) -> usize {
        let own = self.tree.below(cell, |node| node.kind != Kind::Table);
        let texts = own.filter(|(_, node)| node.kind == Kind::Text);
        texts.map(|(_, node)| node.span().of(self.document).trim().len()).sum()
    }

    /// A heading with text below it, or very much text.
    fn is_page(&self, cell: u32) -> bool {
        let heads = |node: &Node| matches!(node.kind, Kind::Heading(1..=6));
        let headings = self.tree.below(cell, |node| node.kind != Kind::Table).filter(|(_, node)| heads(node));
        let titles: usize = headings.map(|(at, _)| self.bytes(at) + 1).sum();
        titles > 0 && self.bytes(cell) > titles || self.bytes(cell) > PAGE_BYTES
    }

    /// The lines of `cell`; tables in it are noted and left out.
    fn flow(&mut self, cell: u32) -> Vec<Flow> {
        let mut lines = Lines::default();
        let (tree, document) = (self.tree, self.document);
        let nested = &mut self.nested;
        let mut listings = 0_usize;
        tree.walk(cell, |at, node, step| {
            match (node.kind, step) {
                (Kind::Text, Step::Enter) if listings > 0 => lines.listing(document, node.span(), node.styles),
                (Kind::Text, Step::Enter) => lines.text(document, node.span(), node.styles),
                (Kind::Inset(shown), Step::Enter) => lines.inset(shown, node.span()),
                (Kind::Text | Kind::Inset(_), Step::Leave) => {}
                (Kind::Table, Step::Enter) if !is_box(tree, at) => {
                    lines.end_line();
                    nested.push(at);
                    return false;
                }
                (kind, step) => {
                    lines.end_line();
                    match (kind, step) {
                        (Kind::Listing, Step::Enter) => listings += 1,
                        (Kind::Listing, Step::Leave) => listings = listings.saturating_sub(1),
                        _ => {}
                    }
                }
            }
            true
        });
        lines.take()
    }

    fn table(&mut self, rows: &[TreeRow], titles: &mut Vec<Flow>) -> Table {
        let mut done: Vec<Row> = Vec::new();
        let mut reaching: Vec<Option<Reaching>> = Vec::new();
        let mut group = NONE;
        let columns = rows.iter().map(|row| row.cells.iter().map(|&cell| self.columns(cell)).sum()).max();
        let columns: usize = columns.unwrap_or_default();
        for (index, row) in rows.iter().enumerate() {
            deadline::step();
            if self.cut {
                break;
            }
            if row.group != group {
                reaching.clear();
                group = row.group;
            }
            if let [only] = row.cells.as_slice()
                && done.is_empty()
                && columns > 1
                && self.columns(*only) >= columns
            {
                titles.extend(self.flow(*only));
                continue;
            }
            let cells = self.row(&row.cells, &mut reaching);
            let marked =
                !row.cells.is_empty() && row.cells.iter().all(|&cell| self.is_header(cell) || self.bytes(cell) == 0);
            let whole = row.cells.len() == 1 && columns > 1;
            let first = done.is_empty();
            let header = (row.part == Kind::Head && first)
                || (marked && !whole && row.cells.iter().any(|&cell| self.is_header(cell)))
                || (first && all_strong(&cells) && self.differs(rows.get(index + 1..).unwrap_or_default()));
            done.push(Row { cells, header });
        }
        Table { rows: done }
    }

    /// True when one of `rows` is not bold as a whole: then bold tells the header.
    fn differs(&self, rows: &[TreeRow]) -> bool {
        let plain = |cell: u32| {
            let inside = self.tree.below(cell, |node| node.kind != Kind::Table);
            let texts = inside.filter(|(_, node)| node.kind == Kind::Text);
            let mut filled = texts.filter(|(_, node)| !node.span().of(self.document).trim().is_empty());
            filled.any(|(_, node)| node.styles & bits::STRONG == 0)
        };
        rows.iter().any(|row| row.cells.iter().any(|&cell| plain(cell)))
    }

    fn columns(&self, cell: u32) -> usize {
        self.tree.node(cell).map_or(1, |node| usize::from(node.columns).min(limits::TABLE_COLUMNS))
    }

    /// The cells of a row, with those that reach into it from above.
    fn row(&mut self, cells: &[u32], reaching: &mut Vec<Option<Reaching>>) -> Vec<Flow> {
        let mut row: Vec<Flow> = Vec::new();
        for &cell in cells {
            deadline::step();
            self.take_from_above(&mut row, reaching, false);
            let flow = Flow::joined(&self.flow(cell));
            let rows = self.tree.node(cell).map_or(1, |node| node.rows);
            let below = if rows == 0 { u16::MAX } else { rows - 1 };
            for column in 0..self.columns(cell) {
                deadline::step();
                if row.len() >= limits::TABLE_COLUMNS {
                    // A table is looked at so far and no further.
                    return row;
                }
                let at = row.len();
                if reaching.len() <= at {
                    reaching.resize(at + 1, None);
                }
                // A cell that is written wins over one that reaches in from above.
                let copy = (below > 0).then(|| Reaching { flow: self.copy(&flow), rows: below });
                if let Some(copy) = copy
                    && let Some(place) = reaching.get_mut(at)
                {
                    *place = Some(copy);
                }
                row.push(if column == 0 { flow.clone() } else { self.copy(&flow) });
            }
        }
        self.take_from_above(&mut row, reaching, true);
        row
    }

    /// Appends the cells that reach into the row at its present end; at the end of a row all that are left.
    fn take_from_above(&mut self, row: &mut Vec<Flow>, reaching: &mut [Option<Reaching>], rest: bool) {
        let end = if rest { reaching.iter().rposition(Option::is_some).map_or(0, |last| last + 1) } else { usize::MAX };
        while row.len() < limits::TABLE_COLUMNS.min(end) {
            deadline::step();
            let at = row.len();
            let flow = match reaching.get_mut(at) {
                Some(place @ Some(_)) => {
                    let flow = place.as_ref().map(|above| self.copy(&above.flow)).unwrap_or_default();
                    let flow = flow.from_above();
                    *place = place
                        .take()
                        .filter(|above| above.rows > 1)
                        .map(|above| Reaching { rows: above.rows - 1, ..above });
                    flow
                }
                _ if rest => self.copy(&Flow::default()),
                _ => return,
            };
            row.push(flow);
        }
    }

    /// A copy of a merged cell for a further row or column, as long as there is room.
    fn copy(&mut self, flow: &Flow) -> Flow {
        self.copied += flow.text().len() + CELL_BYTES;
        if self.copied > limits::MERGED_BYTES {
            self.cut = true;
            return Flow::default();
        }
        flow.clone()
    }
}

/// True for a table of one cell.
fn is_box(tree: &Tree, table: u32) -> bool {
    tree.below(table, |_| true).filter(|(_, node)| matches!(node.kind, Kind::Cell { .. })).take(2).count() < 2
}

/// The bytes of `document` that a table begins with, for a doubt about it.
pub(super) fn place(tree: &Tree, roots: &[u32]) -> Span {
    roots.first().and_then(|&root| tree.node(root)).map_or(Span::new(0, 0), Node::span)
}
