//! The tree of a page to blocks, in reading order.

use super::super::block::{Block, Flow, Heading, Item, Row, Style, Table, is_field, is_title};
use super::super::markdown;
use super::super::text::{Span, Text};
use super::flow::Lines;
use super::grid::{self, Read};
use super::tree::{Kind, NONE, Node, Step, Tree};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::limits;

/// The blocks of `tree`, which stands over `document`: `text`, or the same with spaces in the place of foreign marks.
pub(super) fn read(tree: &Tree, text: &Text, document: &str, doubts: &mut Vec<Doubt>) -> Vec<Block> {
    let mut reader = Reader {
        tree,
        text,
        document,
        doubts,
        blocks: Vec::new(),
        lines: Lines::default(),
        items: Vec::new(),
        lists: 0,
        terms: Vec::new(),
        listing: None,
        skip: None,
        inside: Vec::new(),
        headings: 0,
    };
    tree.walk(Tree::ROOT, |at, node, step| reader.visit(at, node, step));
    reader.flush();
    reader.blocks
}

/// An open item of a list.
struct OpenItem {
    indent: usize,
    /// The names that a definition list gives for it.
    terms: Vec<Flow>,
    /// A part of it was handed out already.
    begun: bool,
}

struct Reader<'a> {
    tree: &'a Tree,
    text: &'a Text,
    document: &'a str,
    doubts: &'a mut Vec<Doubt>,
    blocks: Vec<Block>,
    lines: Lines,
    items: Vec<OpenItem>,
    lists: usize,
    /// Names of a definition list that wait for what is said of them.
    terms: Vec<Flow>,
    /// The listing that is being read, and whether its text was Markdown.
    listing: Option<u32>,
    /// The last of several nodes that were read at once.
    skip: Option<u32>,
    /// Tables in the cells of tables that were read.
    inside: Vec<u32>,
    /// Headings that are open: what stands in one is its text, whatever element it is.
    headings: usize,
}

/// Columns by which an item stands further in than the list around it.
const STEP: usize = 2;

impl<'a> Reader<'a> {
    /// Takes a step of a walk; true to go into the node.
    fn visit(&mut self, at: u32, node: &'a Node, step: Step) -> bool {
        if self.skip.is_some() && step == Step::Enter {
            if self.skip == Some(at) {
                self.skip = None;
            }
            return false;
        }
        match step {
            Step::Enter => self.enter(at, node),
            Step::Leave => {
                self.leave(at, node);
                true
            }
        }
    }

    fn enter(&mut self, at: u32, node: &'a Node) -> bool {
        let inline = matches!(node.kind, Kind::Text | Kind::Inset(_) | Kind::Table);
        if self.headings > 0 && !inline {
            self.lines.end_line();
            self.headings += usize::from(matches!(node.kind, Kind::Heading(_)));
            return true;
        }
        match node.kind {
            Kind::Text if self.listing.is_some() => {
                self.lines.listing(self.document, node.span(), node.styles);
            }
            Kind::Text => self.lines.text(self.document, node.span(), node.styles),
            Kind::Inset(shown) => self.lines.inset(shown, node.span()),
            Kind::Break if self.lines.at_start() => self.boundary(),
            Kind::Break => self.lines.end_line(),
            Kind::Heading(_) => {
                self.flush();
                self.headings += 1;
            }
            Kind::Listing | Kind::Field => return self.listing(at),
            Kind::List | Kind::Terms => {
                self.flush();
                self.lists += 1;
            }
            Kind::Item => {
                self.flush();
                let indent = self.lists.saturating_sub(1) * STEP;
                self.items.push(OpenItem { indent, terms: Vec::new(), begun: false });
            }
            Kind::Definition => {
                self.flush();
                let terms = std::mem::take(&mut self.terms);
                let begun = terms.is_empty();
                let indent = self.lists.saturating_sub(1) * STEP;
                self.items.push(OpenItem { indent, terms, begun });
            }
            Kind::Table => return !self.table(&[at]),
            Kind::Body | Kind::Head | Kind::Foot | Kind::Row => return !self.rows(at),
            Kind::Block if self.classed(at) => return false,
            Kind::Block | Kind::Frame | Kind::Cell { .. } | Kind::Caption => self.boundary(),
            Kind::Term | Kind::Rule => self.flush(),
        }
        true
    }

    fn leave(&mut self, at: u32, node: &Node) {
        if let Kind::Heading(level) = node.kind {
            self.headings = self.headings.saturating_sub(1);
            if self.headings == 0 {
                self.heading(level);
            }
            return;
        }
        if self.headings > 0 && !matches!(node.kind, Kind::Text | Kind::Inset(_)) {
            self.lines.end_line();
            return;
        }
        match node.kind {
            Kind::Text | Kind::Inset(_) | Kind::Break | Kind::Rule | Kind::Heading(_) => {}
            Kind::Listing | Kind::Field => {
                self.flush();
                if self.listing == Some(at) {
                    self.listing = None;
                }
            }
            Kind::List => {
                self.flush();
                self.lists = self.lists.saturating_sub(1);
            }
            Kind::Terms => {
                self.flush();
                // Names of which nothing is said.
                let indent = self.lists.saturating_sub(1) * STEP;
                let items = self.terms.drain(..).map(|term| Block::Item(Item { indent, lines: vec![term] }));
                self.blocks.extend(items);
                self.lists = self.lists.saturating_sub(1);
            }
            Kind::Item | Kind::Definition => {
                self.flush();
                // An empty definition still has its names.
                if let Some(item) = self.items.pop().filter(|item| !item.begun) {
                    let indent = item.indent;
                    let items = item.terms.into_iter().map(|term| Block::Item(Item { indent, lines: vec![term] }));
                    self.blocks.extend(items);
                }
            }
            Kind::Term => {
                let mut term = Flow::joined(&self.lines.take());
                if !term.is_blank() {
                    term.mark(Style::Strong, 0);
                    self.terms.push(term);
                }
            }
            Kind::Table
            | Kind::Frame
            | Kind::Head
            | Kind::Body
            | Kind::Foot
            | Kind::Row
            | Kind::Cell { .. }
            | Kind::Block
            | Kind::Caption => self.boundary(),
        }
    }

    /// Where an element begins or ends that stands on lines of its own.
    fn boundary(&mut self) {
        if self.items.is_empty() {
            self.flush();
        } else {
            self.lines.end_line();
        }
    }

    /// Hands the lines so far out.
    fn flush(&mut self) {
        let lines = self.lines.take();
        if lines.is_empty() {
            return;
        }
        let Some(item) = self.items.last_mut() else {
            self.paragraph(lines);
            return;
        };
        let indent = item.indent + usize::from(item.begun);
        item.begun = true;
        let terms = std::mem::take(&mut item.terms);
        if terms.is_empty() {
            self.blocks.push(Block::Item(Item { indent, lines }));
            return;
        }
        for term in terms {
            deadline::step();
            let lines = std::iter::once(term).chain(lines.iter().cloned()).collect();
            self.blocks.push(Block::Item(Item { indent, lines }));
        }
    }

    /// Running text: bold lines are headings, and lines with the mark of a list are its items.
    fn paragraph(&mut self, lines: Vec<Flow>) {
        let mut paragraph: Vec<Flow> = Vec::new();
        for line in lines {
            deadline::step();
            if is_title(line.text()) && line.is_all(Style::Strong, &[':', '：']) {
                self.end_paragraph(&mut paragraph);
                self.blocks.push(Block::Heading(Heading { level: Heading::BOLD, flow: line }));
            } else if let Some(marker) = markdown::list_marker(line.text()) {
                self.end_paragraph(&mut paragraph);
                let rest = line.part(Span::new(marker, line.text().len()));
                self.blocks.push(Block::Item(Item { indent: 0, lines: vec![rest] }));
            } else {
                paragraph.push(line);
            }
        }
        self.end_paragraph(&mut paragraph);
    }

    fn end_paragraph(&mut self, lines: &mut Vec<Flow>) {
        if !lines.is_empty() {
            self.blocks.push(Block::Paragraph(std::mem::take(lines)));
        }
    }

    fn heading(&mut self, level: u8) {
        let lines = self.lines.take();
        if lines.is_empty() {
            return;
        }
        let flow = Flow::joined(&lines);
        if flow.is_blank() {
            self.blocks.push(Block::Paragraph(lines));
        } else {
            self.blocks.push(Block::Heading(Heading { level, flow }));
        }
    }

    /// A listing or a text field: a quoted manifest is taken letter by letter, other text as text that once was
    /// Markdown. True to go into it, where it holds more than text.
    fn listing(&mut self, at: u32) -> bool {
        self.flush();
        let mut whole: Option<Span> = None;
        let mut plain = true;
        let mut quoted = false;
        for (_, child) in self.tree.below(at, |_| true) {
            deadline::step();
            if child.kind == Kind::Text {
                let span = child.span();
                quoted |= span.of(self.document).contains(MANIFEST);
                plain &= whole.is_none_or(|whole| whole.end == span.start);
                whole = Some(whole.map_or(span, |whole| whole.with(span)));
            } else {
                plain = false;
            }
        }
        // Nothing but markup is a manifest, whose tags may reach over lines.
        let opening = whole.map_or("", |whole| whole.of(self.document)).trim_start();
        if quoted && (!plain || opening.starts_with('<') || opening.starts_with("&lt;")) {
            let mut lines = Lines::default();
            for (_, child) in self.tree.below(at, |_| true).filter(|(_, child)| child.kind == Kind::Text) {
                deadline::step();
                lines.text(self.document, child.span(), child.styles | super::tree::bits::CODE);
            }
            self.blocks.push(Block::Paragraph(lines.take()));
            return false;
        }
        let span = whole.filter(|_| plain && self.items.is_empty());
        if let Some(span) = span {
            self.blocks.extend(markdown::part(self.text, span, self.doubts));
            return false;
        }
        self.listing = self.listing.or(Some(at));
        true
    }

    /// Reads the table with `roots`. False where it only lays out other things, which are then read by themselves.
    fn table(&mut self, roots: &[u32]) -> bool {
        self.flush();
        let mut waiting: Vec<Vec<u32>> = vec![roots.to_vec()];
        while let Some(roots) = waiting.pop() {
            deadline::step();
            let first = waiting.is_empty() && self.inside.is_empty();
            let grid = match grid::read(self.tree, self.document, &roots) {
                Read::Table(grid) => grid,
                Read::Layout if first => return false,
                Read::Layout => {
                    // A box in a cell: its lines alone, without what they are laid out as.
                    self.boxed(&roots);
                    continue;
                }
            };
            if grid.cut {
                let place = self.text.place(grid::place(self.tree, &roots));
                let message = format!(
                    "the table has more than {} rows or {} bytes in merged cells; the rest is not read",
                    limits::TABLE_ROWS,
                    limits::MERGED_BYTES
                );
                doubt::push(self.doubts, Doubt::new(Code::LimitTableRows, place, message));
            }
            self.heading_before_table();
            for title in grid.titles.into_iter().filter(|title| !title.is_blank()) {
                deadline::step();
                self.blocks.push(Block::Heading(Heading { level: Heading::PLAIN, flow: title }));
            }
            self.push_table(grid.table);
            self.inside.extend(grid.nested.iter().copied());
            waiting.extend(grid.nested.into_iter().rev().map(|at| vec![at]));
        }
        self.inside.clear();
        true
    }

    /// The text of a table in a cell that is a table of one cell.
    fn boxed(&mut self, roots: &[u32]) {
        for &root in roots {
            deadline::step();
            for (_, node) in self.tree.below(root, |node| node.kind != Kind::Table) {
                deadline::step();
                match node.kind {
                    Kind::Text => self.lines.text(self.document, node.span(), node.styles),
                    Kind::Inset(shown) => self.lines.inset(shown, node.span()),
                    _ => self.lines.end_line(),
                }
            }
        }
        self.flush();
    }

    /// Rows outside a table stand side by side: `display: table-row` and `role="row"` need no table around them.
    fn rows(&mut self, at: u32) -> bool {
        let laid = self.tree.node(at).and_then(|node| self.tree.node(node.parent)).is_some_and(|parent| {
            matches!(parent.kind, Kind::Table | Kind::Head | Kind::Body | Kind::Foot | Kind::Frame)
        });
        if laid {
            self.boundary();
            return false;
        }
        let is_part = |node: &Node| matches!(node.kind, Kind::Body | Kind::Head | Kind::Foot | Kind::Row);
        let mut roots = vec![at];
        let mut next = self.tree.node(at).map_or(NONE, |node| node.next);
        while let Some(node) = self.tree.node(next) {
            deadline::step();
            let blank = node.kind == Kind::Text && node.span().of(self.document).trim().is_empty();
            if is_part(node) {
                roots.push(next);
            } else if !blank {
                break;
            }
            next = node.next;
        }
        if !self.table(&roots) {
            self.boundary();
            return false;
        }
        self.skip = roots.last().copied().filter(|&last| last != at);
        true
    }

    /// Reads rows that only their classes tell.
    fn classed(&mut self, at: u32) -> bool {
        let Some(rows) = grid::classed(self.tree, self.document, at) else { return false };
        self.flush();
        let table = grid::of_classed(self.tree, self.document, &rows);
        self.heading_before_table();
        self.push_table(table);
        true
    }

    /// Adds a table. A table of header cells alone and the next are one: sites fix the header of long tables so.
    fn push_table(&mut self, table: Table) {
        let width = |row: &Row| row.cells.len();
        if let Some(Block::Table(head)) = self.blocks.last_mut()
            && head.rows.iter().all(|row| row.header)
            && table.rows.iter().all(|row| !row.header)
            && head.rows.iter().map(width).max() == table.rows.iter().map(width).max()
        {
            head.rows.extend(table.rows);
            return;
        }
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    /// A short line directly before a table is its heading.
    fn heading_before_table(&mut self) {
        let second = matches!(self.blocks.as_slice(), [.., Block::Item(_), _]);
        let line = match self.blocks.last_mut() {
            Some(Block::Paragraph(lines)) if lines.last().is_some_and(|line| is_title(line.text())) => lines.pop(),
            // One that follows another and says something is an item: "Contacts (iOS): to find friends".
            Some(Block::Item(item))
                if item.lines.len() == 1
                    && item.lines.iter().all(|l| is_title(l.text()) && !(second && is_field(l.text()))) =>
            {
                item.lines.pop()
            }
            _ => None,
        };
        let Some(flow) = line else { return };
        let empty = match self.blocks.last() {
            Some(Block::Paragraph(lines)) => lines.is_empty(),
            Some(Block::Item(item)) => item.lines.is_empty(),
            _ => false,
        };
        if empty {
            self.blocks.pop();
        }
        self.blocks.push(Block::Heading(Heading { level: Heading::PLAIN, flow }));
    }
}

/// What a quoted manifest holds.
const MANIFEST: &str = "uses-permission";
