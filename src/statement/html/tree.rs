//! The tree of what a reader of a page sees, and the ways through it.
//!
//! Inline elements are no nodes; their styles lie on the texts. What is hidden is not in the tree. No recursion.

use super::super::block::Shown;
use super::super::text::Span;
use crate::deadline;

/// Styles of a text, a bit each.
pub(super) mod bits {
    pub(in super::super) const STRONG: u8 = 1;
    pub(in super::super) const EMPHASIS: u8 = 2;
    pub(in super::super) const CODE: u8 = 4;
    pub(in super::super) const STRIKE: u8 = 8;
    pub(in super::super) const LINK: u8 = 16;
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stands on lines of its own.
    Block,
    Heading(u8),
    List,
    Item,
    Terms,
    Term,
    Definition,
    Table,
    /// A table that only lays out what stands in it.
    Frame,
    Head,
    Body,
    Foot,
    Row,
    Cell {
        header: bool,
    },
    Caption,
    /// Text with its own line breaks.
    Listing,
    /// The content of a text field.
    Field,
    Text,
    Break,
    Rule,
    /// What is shown and cannot be read.
    Inset(Shown),
}

/// What the class of an element makes it look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    Row,
    Cell,
}

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// A node of the tree. Its links are indices, [`NONE`] for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) hint: Hint,
    /// The styles of a text.
    pub(super) styles: u8,
    /// Columns and rows over which a cell reaches; 0 rows for all that follow.
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) parent: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) next: u32,
    pub(super) previous: u32,
}

impl Node {
    /// The bytes of a text, or of the tag that began an element.
    pub(super) fn span(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

/// The tree of a page.
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// Scripts stand in the page.
    pub(super) scripted: bool,
    /// A script speaks of permissions, at the first place where one does.
    pub(super) told_by_script: Option<Span>,
    /// Where a limit was reached, and which.
    pub(super) limit: Option<(Span, Limit)>,
}

/// Whether a walk comes to a node or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Enter,
    Leave,
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Nodes,
    Depth,
    Styles,
}

impl Tree {
    /// The root, below which everything stands.
    pub(super) const ROOT: u32 = 0;

    pub(super) fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    /// The children of `at` in order.
    pub(super) fn children(&self, at: u32) -> impl Iterator<Item = (u32, &Node)> {
        let mut next = self.node(at).map_or(NONE, |node| node.first);
        std::iter::from_fn(move || {
            let node = self.node(next)?;
            let found = (next, node);
            next = node.next;
            Some(found)
        })
    }

    /// The nodes below `at` in the order of the page, each before its children; `into` says below which to go.
    pub(super) fn below(&self, at: u32, mut into: impl FnMut(&Node) -> bool) -> impl Iterator<Item = (u32, &Node)> {
        let mut next = self.node(at).map_or(NONE, |node| node.first);
        std::iter::from_fn(move || {
            let node = self.node(next)?;
            let found = (next, node);
            next = if node.first != NONE && into(node) { node.first } else { self.behind(next, at) };
            Some(found)
        })
    }

    /// Goes through what is below `root`: into each node that `visit` agrees to, and out of it again.
    pub(super) fn walk<'t>(&'t self, root: u32, mut visit: impl FnMut(u32, &'t Node, Step) -> bool) {
        let mut at = self.node(root).map_or(NONE, |node| node.first);
        while let Some(node) = self.node(at) {
            deadline::step();
            if visit(at, node, Step::Enter) {
                if node.first != NONE {
                    at = node.first;
                    continue;
                }
                visit(at, node, Step::Leave);
            }
            loop {
                deadline::step();
                let Some(node) = self.node(at) else { return };
                if node.next != NONE {
                    at = node.next;
                    break;
                }
                at = node.parent;
                if at == root {
                    return;
                }
                let Some(parent) = self.node(at) else { return };
                visit(at, parent, Step::Leave);
            }
        }
    }

    /// The node that follows `from` and what is below it, inside `root`.
    fn behind(&self, from: u32, root: u32) -> u32 {
        let mut at = from;
        while at != root {
            deadline::step();
            let Some(node) = self.node(at) else { return NONE };
            if node.next != NONE {
                return node.next;
            }
            at = node.parent;
        }
        NONE
    }
}
