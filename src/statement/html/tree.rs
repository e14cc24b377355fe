//! Tags to a tree of what a reader of the page sees.
//!
//! Follows the tree construction of HTML (13.2.6) where the place of a text depends on it: implied end tags, tables,
//! formatting that goes on behind an element that was never closed, text in a table that belongs before it, foreign
//! content. Inline elements are no nodes; their styles lie on the texts. What is hidden is not in the tree.
//! One pass and a stack, no recursion.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::block::Shown;
use super::super::text::Span;
use super::css::{Colour, Ground, Layout, Look, alike, colour};
use super::sheet::{Names, Sheet};
use super::tags::{COUNT, Tag};
use super::tokens::{self, Attributes, Token, Tokens};
use crate::limits;

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
    start: u32,
    end: u32,
    pub(super) parent: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) next: u32,
    previous: u32,
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
            if visit(at, node, Step::Enter) {
                if node.first != NONE {
                    at = node.first;
                    continue;
                }
                visit(at, node, Step::Leave);
            }
            loop {
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
            let Some(node) = self.node(at) else { return NONE };
            if node.next != NONE {
                return node.next;
            }
            at = node.parent;
        }
        NONE
    }
}

/// How text looks at a place.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each hides by itself")]
struct State {
    /// Hidden with everything below.
    gone: bool,
    /// Hidden unless something below shows itself.
    unseen: bool,
    tiny: bool,
    clear: bool,
    colour: Option<Colour>,
    ground: Ground,
    styles: u8,
}

impl State {
    fn under(mut self, look: &Look) -> State {
        self.gone |= look.layout == Some(Layout::None) || look.gone;
        self.unseen = look.visible.map_or(self.unseen, |visible| !visible);
        self.tiny = look.sized.map_or(self.tiny, |sized| !sized);
        self.clear = look.transparent || (self.clear && look.colour.is_none());
        self.colour = look.colour.or(self.colour);
        self.ground = look.ground.unwrap_or(self.ground);
        let mut set = |bit: u8, on: Option<bool>| match on {
            Some(true) => self.styles |= bit,
            Some(false) => self.styles &= !bit,
            None => {}
        };
        set(bits::STRONG, look.bold);
        set(bits::EMPHASIS, look.italic);
        set(bits::STRIKE, look.struck.then_some(true));
        self
    }

    /// True when a reader sees text that looks so. On a page without any style sheet the ground is white.
    fn shows(&self, sheets: bool) -> bool {
        let ground = match self.ground {
            Ground::Plain(ground) => Some(ground),
            Ground::Unset if !sheets => Some(0xff_ffff),
            Ground::Unset | Ground::Unknown => None,
        };
        let on_its_own_ground = matches!((self.colour, ground), (Some(text), Some(ground)) if alike(text, ground));
        !(self.gone || self.unseen || self.tiny || self.clear || on_its_own_ground)
    }
}

/// An open element.
struct Open {
    tag: Tag,
    /// Tells elements apart that are all [`Tag::Other`].
    name: u64,
    /// Where what stands in it goes.
    node: u32,
    state: State,
    /// How many of the formatting elements are in `state` already.
    formats: usize,
}

/// A formatting element that is not closed.
struct Format {
    tag: Tag,
    look: Look,
    styles: u8,
}

pub(super) struct Builder<'a> {
    page: &'a str,
    base: usize,
    tree: Tree,
    sheet: Sheet,
    stack: Vec<Open>,
    /// Where in the stack each element stands, the innermost last.
    open: Vec<Vec<usize>>,
    /// Where in the stack elements stand that end a scope, and that end the search of an end tag.
    boundaries: Vec<usize>,
    specials: Vec<usize>,
    formats: Vec<Format>,
    /// How many formatting elements were open before each open cell, caption or object.
    markers: Vec<usize>,
}

/// The tree of `page`, whose first byte is byte `base` of the document.
pub(super) fn read(page: &str, base: usize) -> Tree {
    let prepared = tokens::prepared(page);
    let root = Node {
        kind: Kind::Block,
        hint: Hint::None,
        styles: 0,
        columns: 1,
        rows: 1,
        start: 0,
        end: 0,
        parent: NONE,
        first: NONE,
        last: NONE,
        next: NONE,
        previous: NONE,
    };
    let tree = Tree { nodes: vec![root], scripted: false, told_by_script: None, limit: None };
    let mut builder = Builder {
        page: &prepared,
        base,
        tree,
        sheet: Sheet::default(),
        stack: Vec::new(),
        open: vec![Vec::new(); COUNT],
        boundaries: Vec::new(),
        specials: Vec::new(),
        formats: Vec::new(),
        markers: Vec::new(),
    };
    builder.push(Tag::Html, Tree::ROOT, State::default());
    builder.run();
    builder.tree
}

impl Builder<'_> {
    fn run(&mut self) {
        let page = self.page;
        let mut tokens = Tokens::of(page);
        let mut at = 0;
        // The element whose content is text alone.
        let mut raw = None;
        while let Some((token, span)) = tokens.next() {
            let text = Span::new(at.min(span.start), span.start);
            at = span.end;
            match raw.take() {
                Some(tag) => self.raw(tag, text),
                None => self.text(text),
            }
            match token {
                Token::Start { tag, name, attributes, self_closing } => {
                    let foreign = self.is_foreign() && !(tag.breaks_out() || tag == Tag::Font && has_look(&attributes));
                    self.start(tag, &name, &attributes, self_closing, span);
                    if !foreign {
                        tokens.enter(tag);
                        raw = is_raw(tag).then_some(tag);
                    }
                }
                Token::End { tag, name } => self.end(tag, &name, span),
                Token::Nothing => {}
            }
            if self.tree.nodes.len() >= limits::HTML_NODES {
                self.reached(Limit::Nodes, span);
            } else if self.stack.len() >= limits::HTML_DEPTH || self.formats.len() >= limits::HTML_FORMATS {
                self.reached(Limit::Depth, span);
            }
            if self.tree.limit.is_some() {
                return;
            }
        }
        // A tag that the page ends in is dropped.
        let rest = Span::new(at, page.len());
        let mut tags = rest.of(page).match_indices('<');
        let begins = |from: usize| {
            let tag = page.get(rest.start + from + 1..).unwrap_or_default();
            tag.strip_prefix('/').unwrap_or(tag).starts_with(|c: char| c.is_ascii_alphabetic())
        };
        let cut = tags.find(|&(from, _)| begins(from)).map_or(rest.end, |(from, _)| rest.start + from);
        let rest = Span::new(rest.start, cut);
        match raw {
            Some(tag) => self.raw(tag, rest),
            None => self.text(rest),
        }
        if self.sheet.full {
            self.reached(Limit::Styles, Span::new(0, 0));
        }
    }

    fn reached(&mut self, limit: Limit, span: Span) {
        let span = Span::new(self.base + span.start, self.base + span.end);
        self.tree.limit.get_or_insert((span, limit));
    }

    fn top(&self) -> Option<&Open> {
        self.stack.last()
    }

    /// How a text looks that stands at the present place.
    fn state(&self) -> State {
        let Some(top) = self.top() else { return State::default() };
        let later = self.formats.iter().skip(top.formats);
        later.fold(top.state, |state, format| {
            let state = state.under(&format.look);
            State { styles: state.styles | format.styles, ..state }
        })
    }

    fn is_foreign(&self) -> bool {
        self.top().is_some_and(|top| matches!(top.tag, Tag::Svg | Tag::Math))
            || (self.inside(Tag::Svg) && !self.inside_since(Tag::Foreignobject, Tag::Svg))
            || self.inside(Tag::Math)
    }

    fn inside(&self, tag: Tag) -> bool {
        self.position(tag).is_some()
    }

    fn inside_since(&self, tag: Tag, outer: Tag) -> bool {
        self.position(tag) > self.position(outer)
    }

    fn position(&self, tag: Tag) -> Option<usize> {
        self.open.get(tag.index()).and_then(|places| places.last()).copied()
    }

    fn in_scope(&self, tag: Tag) -> bool {
        self.position(tag) > self.boundaries.iter().rev().find(|&&at| Some(at) != self.position(tag)).copied()
    }

    fn in_table_scope(&self, tag: Tag) -> bool {
        let table = self.position(Tag::Table);
        self.position(tag).is_some_and(|at| table <= Some(at)) && self.position(Tag::Template) < table
    }

    fn push(&mut self, tag: Tag, node: u32, state: State) {
        self.push_named(tag, 0, node, state);
    }

    fn push_named(&mut self, tag: Tag, name: u64, node: u32, state: State) {
        let at = self.stack.len();
        if let Some(places) = self.open.get_mut(tag.index()) {
            places.push(at);
        }
        if tag.is_boundary() {
            self.boundaries.push(at);
        }
        if tag.is_special() {
            self.specials.push(at);
        }
        if has_marker(tag) {
            self.markers.push(self.formats.len());
        }
        self.stack.push(Open { tag, name, node, state, formats: self.formats.len() });
    }

    fn pop(&mut self) {
        if self.stack.len() <= 1 {
            return;
        }
        let Some(top) = self.stack.pop() else { return };
        if let Some(places) = self.open.get_mut(top.tag.index()) {
            places.pop();
        }
        if top.tag.is_boundary() {
            self.boundaries.pop();
        }
        if top.tag.is_special() {
            self.specials.pop();
        }
        if has_marker(top.tag)
            && let Some(open) = self.markers.pop()
        {
            self.formats.truncate(open);
        }
    }

    /// Closes the innermost `tag` and everything in it.
    fn close(&mut self, tag: Tag) {
        if let Some(at) = self.position(tag) {
            self.close_to(at);
        }
    }

    /// Closes everything from place `at` of the stack on.
    fn close_to(&mut self, at: usize) {
        while self.stack.len() > at.max(1) {
            self.pop();
        }
    }

    fn close_paragraph(&mut self) {
        let scope = self.boundaries.last().copied().max(self.position(Tag::Button));
        if self.position(Tag::P) > scope {
            self.close(Tag::P);
        }
    }

    /// The open table that the present place is in, but in none of its cells.
    fn table_context(&self) -> Option<&Open> {
        let top = self.top()?;
        let part = matches!(top.tag, Tag::Table | Tag::Tbody | Tag::Thead | Tag::Tfoot | Tag::Tr);
        self.position(Tag::Table).filter(|_| part).and_then(|at| self.stack.get(at))
    }

    /// Adds a node at the present place; before the table for what stands in a table and in none of its cells.
    fn add(&mut self, kind: Kind, span: Span) -> u32 {
        let parts =
            matches!(kind, Kind::Head | Kind::Body | Kind::Foot | Kind::Row | Kind::Cell { .. } | Kind::Caption);
        let table = self.table_context().filter(|_| !parts).map(|table| table.node);
        let parent = match table.and_then(|table| self.tree.node(table)) {
            Some(table) => table.parent,
            None => self.top().map_or(Tree::ROOT, |top| top.node),
        };
        let index = u32::try_from(self.tree.nodes.len()).unwrap_or(NONE);
        let next = table.unwrap_or(NONE);
        let previous = match self.tree.node(next) {
            Some(next) => next.previous,
            None => self.tree.node(parent).map_or(NONE, |parent| parent.last),
        };
        let small = |at: usize| u32::try_from(self.base + at).unwrap_or(u32::MAX);
        self.tree.nodes.push(Node {
            kind,
            hint: Hint::None,
            styles: 0,
            columns: 1,
            rows: 1,
            start: small(span.start),
            end: small(span.end),
            parent,
            first: NONE,
            last: NONE,
            next,
            previous,
        });
        match self.tree.nodes.get_mut(previous as usize) {
            Some(previous) => previous.next = index,
            None => self.set(parent, |parent| parent.first = index),
        }
        match self.tree.nodes.get_mut(next as usize) {
            Some(next) => next.previous = index,
            None => self.set(parent, |parent| parent.last = index),
        }
        index
    }

    fn set(&mut self, node: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.tree.nodes.get_mut(node as usize) {
            change(node);
        }
    }

    fn text(&mut self, span: Span) {
        if span.is_empty() {
            return;
        }
        if self.table_context().is_some() && span.of(self.page).trim().is_empty() {
            return;
        }
        let state = self.state();
        if !state.shows(self.sheet.any) || self.is_foreign() {
            return;
        }
        let node = self.add(Kind::Text, span);
        self.set(node, |node| node.styles = state.styles);
    }

    /// The content of an element that holds text alone.
    fn raw(&mut self, tag: Tag, span: Span) {
        let content = span.of(self.page);
        match tag {
            Tag::Style => self.sheet.read(content),
            Tag::Script => {
                self.tree.scripted = true;
                if self.tree.told_by_script.is_none()
                    && let Some(at) = TELLING.iter().filter_map(|word| content.find(word)).min()
                {
                    let at = self.base + span.start + at;
                    self.tree.told_by_script = Some(Span::new(at, at));
                }
            }
            Tag::Textarea if !span.is_empty() => self.text(span),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag, name: &str, attributes: &Attributes, self_closing: bool, span: Span) {
        if self.is_foreign() {
            if !(tag.breaks_out() || tag == Tag::Font && has_look(attributes)) {
                if !self_closing {
                    let (node, state) = (self.top().map_or(Tree::ROOT, |top| top.node), self.state());
                    let kept = matches!(tag, Tag::Svg | Tag::Math | Tag::Foreignobject);
                    self.push_named(if kept { tag } else { Tag::Other }, hash(name), node, state);
                }
                return;
            }
            let outer = self.position(Tag::Foreignobject).map(|at| at + 1);
            let foreign = [Tag::Svg, Tag::Math].into_iter().filter_map(|tag| self.first_since(tag, outer)).min();
            if let Some(at) = foreign {
                self.close_to(at);
            }
        }
        let look = self.look(tag, name, attributes);
        if tag == Tag::Html || tag == Tag::Body {
            if let Some(root) = self.stack.first_mut() {
                root.state = root.state.under(&look);
            }
            // Elements that are open already do not change.
            return;
        }
        if matches!(tag, Tag::Link) {
            self.sheet.any |= attributes.rel.contains("stylesheet");
            return;
        }
        if matches!(tag, Tag::Head | Tag::Meta | Tag::Base | Tag::Frameset | Tag::Frame | Tag::Title) {
            return;
        }
        if tag.is_table_part() {
            self.table_part(tag, attributes, &look, span);
        } else if tag == Tag::Table {
            self.table(attributes, &look, span);
        } else if tag.is_formatting() {
            self.formatting(tag, attributes, look);
        } else if tag.is_void() {
            self.void(tag, attributes, &look, span);
        } else {
            self.element(tag, name, attributes, &look, span);
        }
    }

    /// The place in the stack of the first open `tag` at `from` or later.
    fn first_since(&self, tag: Tag, from: Option<usize>) -> Option<usize> {
        self.open.get(tag.index())?.iter().copied().find(|&at| Some(at) >= from)
    }

    /// What is said of how the element looks, by itself and by the style sheets.
    fn look(&self, tag: Tag, name: &str, attributes: &Attributes) -> Look {
        let names = Names { element: name, id: &attributes.id, classes: &attributes.class };
        let mut look = self.sheet.look(&names);
        look.ground = colour(&attributes.ground).map(Ground::Plain).or(look.ground);
        if tag == Tag::Font {
            look.colour = colour(&attributes.colour).or(look.colour);
        }
        if !attributes.style.is_empty() {
            look = look.under(&Look::of(&attributes.style));
        }
        if attributes.hidden && look.layout.is_none() {
            look.layout = Some(Layout::None);
        }
        if is_furniture(tag, attributes) {
            look.gone = true;
        }
        look
    }

    fn table(&mut self, attributes: &Attributes, look: &Look, span: Span) {
        if self.table_context().is_some() {
            // A table directly in a table ends it.
            self.close(Tag::Table);
        }
        self.close_paragraph();
        let state = self.state().under(look);
        let frame = matches!(attributes.role.as_str(), "presentation" | "none");
        let node = self.node(if frame { Kind::Frame } else { Kind::Table }, &state, span);
        self.push(Tag::Table, node, state);
    }

    /// A node for an element that looks as `state` says; the node that it stands in when it is hidden.
    fn node(&mut self, kind: Kind, state: &State, span: Span) -> u32 {
        if state.gone { self.top().map_or(Tree::ROOT, |top| top.node) } else { self.add(kind, span) }
    }

    fn table_part(&mut self, tag: Tag, attributes: &Attributes, look: &Look, span: Span) {
        // Outside a table its parts are ignored.
        if !self.in_table_scope(Tag::Table) || matches!(tag, Tag::Col | Tag::Colgroup) {
            return;
        }
        let stays: &[Tag] = match tag {
            Tag::Td | Tag::Th => &[Tag::Table, Tag::Thead, Tag::Tbody, Tag::Tfoot, Tag::Tr],
            Tag::Tr => &[Tag::Table, Tag::Thead, Tag::Tbody, Tag::Tfoot],
            _ => &[Tag::Table],
        };
        let context = stays.iter().filter_map(|&part| self.position(part)).max();
        self.close_to(context.map_or(1, |at| at + 1));
        if matches!(tag, Tag::Td | Tag::Th) && self.top().is_some_and(|top| top.tag != Tag::Tr) {
            let state = self.state();
            let row = self.node(Kind::Row, &state, span);
            self.push(Tag::Tr, row, state);
        }
        let state = self.state().under(look);
        let kind = match tag {
            Tag::Td | Tag::Th => Kind::Cell { header: tag == Tag::Th },
            Tag::Tr => Kind::Row,
            Tag::Thead => Kind::Head,
            Tag::Tfoot => Kind::Foot,
            Tag::Caption => Kind::Caption,
            _ => Kind::Body,
        };
        let node = self.node(kind, &state, span);
        if !state.gone && matches!(tag, Tag::Td | Tag::Th) {
            let count = |count: Option<u32>, least: u32, most: u16| {
                let count = count.filter(|&count| count >= least).unwrap_or(1);
                u16::try_from(count).unwrap_or(most).min(most)
            };
            let (columns, rows) = (count(attributes.columns, 1, 1000), count(attributes.rows, 0, 65534));
            self.set(node, |node| (node.columns, node.rows) = (columns, rows));
        }
        self.push(tag, node, state);
    }

    fn formatting(&mut self, tag: Tag, attributes: &Attributes, look: Look) {
        if matches!(tag, Tag::A | Tag::Nobr) {
            self.end_formatting(tag);
        }
        let mut styles = match tag {
            Tag::B | Tag::Strong => bits::STRONG,
            Tag::I | Tag::Em => bits::EMPHASIS,
            Tag::Code | Tag::Tt => bits::CODE,
            Tag::S | Tag::Strike => bits::STRIKE,
            _ => 0,
        };
        // A link inside the page leads nowhere else.
        if tag == Tag::A && attributes.href.as_ref().is_some_and(|href| !href.is_empty() && !href.starts_with('#')) {
            styles |= bits::LINK;
        }
        if look.bold == Some(false) {
            styles &= !bits::STRONG;
        }
        self.formats.push(Format { tag, look, styles });
    }

    fn end_formatting(&mut self, tag: Tag) {
        let marker = self.markers.last().copied().unwrap_or_default();
        let Some(at) = self.formats.iter().skip(marker).rposition(|format| format.tag == tag) else { return };
        let at = marker + at;
        self.formats.remove(at);
        for open in self.stack.iter_mut().rev().take_while(|open| open.formats > at) {
            open.formats -= 1;
        }
    }

    fn void(&mut self, tag: Tag, attributes: &Attributes, look: &Look, span: Span) {
        let state = self.state().under(look);
        if tag == Tag::Hr {
            self.close_paragraph();
        }
        let kind = match tag {
            Tag::Br => Kind::Break,
            Tag::Hr => Kind::Rule,
            Tag::Img | Tag::Image => Kind::Inset(Shown::Image),
            Tag::Embed => Kind::Inset(Shown::Object),
            Tag::Input if attributes.kind == "image" => Kind::Inset(Shown::Image),
            _ => return,
        };
        let icon = matches!(kind, Kind::Inset(_)) && !state.shows(true);
        if !state.gone && !icon && !self.is_foreign() {
            self.add(kind, span);
        }
    }

    fn element(&mut self, tag: Tag, name: &str, attributes: &Attributes, look: &Look, span: Span) {
        match tag {
            _ if is_raw(tag) && tag != Tag::Textarea => {
                if tag == Tag::Iframe && self.state().under(look).shows(true) {
                    self.add(Kind::Inset(Shown::Page), span);
                }
                return;
            }
            Tag::Li => self.close_siblings(&[Tag::Li]),
            Tag::Dd | Tag::Dt => self.close_siblings(&[Tag::Dd, Tag::Dt]),
            Tag::Option | Tag::Optgroup if self.top().is_some_and(|top| top.tag == Tag::Option) => self.pop(),
            Tag::Rt | Tag::Rp | Tag::Rtc if self.top().is_some_and(|top| matches!(top.tag, Tag::Rt | Tag::Rp)) => {
                self.pop();
            }
            Tag::Button if self.in_scope(Tag::Button) => self.close(Tag::Button),
            _ => {}
        }
        if tag.is_block() || matches!(tag, Tag::Li | Tag::Dd | Tag::Dt) {
            self.close_paragraph();
        }
        if tag.is_heading() && self.top().is_some_and(|top| top.tag.is_heading()) {
            self.pop();
        }
        if tag == Tag::Form && self.table_context().is_some() {
            return;
        }
        let outer = self.state();
        let mut state = outer.under(look);
        match tag {
            Tag::Del => state.styles |= bits::STRIKE,
            Tag::Kbd | Tag::Samp | Tag::Var => state.styles |= bits::CODE,
            // What another program shows stands in place of what is written here.
            Tag::Object | Tag::Video | Tag::Audio | Tag::Canvas => {
                let shown = match tag {
                    Tag::Object => Some(Shown::Object),
                    Tag::Video => Some(Shown::Video),
                    Tag::Canvas => Some(Shown::Drawing),
                    _ => None,
                };
                if let Some(shown) = shown.filter(|_| state.shows(true)) {
                    self.add(Kind::Inset(shown), span);
                }
                state.gone = true;
            }
            _ => {}
        }
        let kind = kind_of(tag, attributes, look);
        let node = match kind {
            Some(kind) => self.node(kind, &state, span),
            None => self.top().map_or(Tree::ROOT, |top| top.node),
        };
        if kind.is_some() && !state.gone {
            let hint = hint(&attributes.class);
            self.set(node, |node| node.hint = hint);
        }
        self.push_named(tag, if tag == Tag::Other { hash(name) } else { 0 }, node, state);
    }

    /// Closes the innermost element called `name` that is no other [`Tag`]. True when there was one.
    fn close_other(&mut self, name: &str) -> bool {
        let wanted = hash(name);
        let special = self.specials.last().copied();
        let others = self.open.get(Tag::Other.index()).map(Vec::as_slice).unwrap_or_default();
        let near = others.iter().rev().copied().take_while(|&at| Some(at) > special).take(limits::HTML_UNKNOWN);
        let found = near.into_iter().find(|&at| self.stack.get(at).is_some_and(|open| open.name == wanted));
        found.map(|at| self.close_to(at)).is_some()
    }

    /// Closes an open item of the same list (HTML, 13.2.6.4.7: `li`, `dd`, `dt`).
    fn close_siblings(&mut self, tags: &[Tag]) {
        let passes = |tag: Tag| !tag.is_special() || matches!(tag, Tag::Address | Tag::Div | Tag::P);
        let mut at = self.stack.len();
        while let Some(open) = at.checked_sub(1).and_then(|at| self.stack.get(at)) {
            at -= 1;
            if tags.contains(&open.tag) {
                self.close_to(at);
                return;
            }
            if !passes(open.tag) {
                return;
            }
        }
    }

    fn end(&mut self, tag: Tag, name: &str, span: Span) {
        if (tag == Tag::Other || self.is_foreign()) && self.close_other(name) {
            return;
        }
        match tag {
            Tag::Other | Tag::Html | Tag::Body | Tag::Head => {}
            Tag::P => {
                let scope = self.boundaries.last().copied().max(self.position(Tag::Button));
                if self.position(Tag::P) > scope {
                    self.close(Tag::P);
                } else if self.state().shows(true) {
                    self.add(Kind::Break, span);
                }
            }
            Tag::Br if !self.is_foreign() && !self.state().gone => {
                self.add(Kind::Break, span);
            }
            _ if is_raw(tag) && tag != Tag::Textarea => {}
            _ if tag.is_formatting() && !self.is_foreign() => self.end_formatting(tag),
            _ if tag == Tag::Table || tag.is_table_part() => {
                if self.in_table_scope(tag) {
                    self.close(tag);
                }
            }
            _ if tag.is_heading() => {
                let headings = [Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6];
                let innermost = headings.into_iter().max_by_key(|&heading| self.position(heading));
                if let Some(heading) = innermost.filter(|&heading| self.in_scope(heading)) {
                    self.close(heading);
                }
            }
            Tag::Li => {
                let lists = [Tag::Ul, Tag::Ol].into_iter().filter_map(|list| self.position(list)).max();
                if self.in_scope(Tag::Li) && self.position(Tag::Li) > lists {
                    self.close(Tag::Li);
                }
            }
            _ if tag.is_special() => {
                if self.in_scope(tag) {
                    self.close(tag);
                }
            }
            _ => {
                if self.position(tag) > self.specials.last().copied() {
                    self.close(tag);
                }
            }
        }
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Words in a script that tell that it speaks of permissions.
pub(super) const TELLING: [&str; 5] = [
    "android.permission.",
    "UsageDescription",
    "ohos.permission.",
    "uses-permission",
    "com.google.android.gms.permission",
];

/// Holds text alone.
fn is_raw(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Script
            | Tag::Style
            | Tag::Iframe
            | Tag::Xmp
            | Tag::Noembed
            | Tag::Noframes
            | Tag::Noscript
            | Tag::Textarea
            | Tag::Title
            | Tag::Plaintext
    )
}

/// Formatting that is open outside does not end inside.
fn has_marker(tag: Tag) -> bool {
    matches!(tag, Tag::Td | Tag::Th | Tag::Caption | Tag::Applet | Tag::Marquee | Tag::Object | Tag::Template)
}

fn has_look(attributes: &Attributes) -> bool {
    !attributes.colour.is_empty()
}

/// Belongs to the site and not to the text, or is shown only when someone opens it.
fn is_furniture(tag: Tag, attributes: &Attributes) -> bool {
    let classes = || attributes.class.split_ascii_whitespace().chain([attributes.id.as_str()]);
    matches!(
        tag,
        Tag::Nav
            | Tag::Footer
            | Tag::Template
            | Tag::Select
            | Tag::Option
            | Tag::Optgroup
            | Tag::Rt
            | Tag::Rp
            | Tag::Rtc
    ) || (tag == Tag::Dialog && !attributes.open)
        || (tag == Tag::Applet)
        || matches!(
            attributes.role.as_str(),
            "navigation" | "contentinfo" | "search" | "alertdialog" | "menu" | "menubar"
        )
        || classes().any(|class| {
            let class = class.to_ascii_lowercase().replace('_', "-");
            FURNITURE.iter().any(|word| class.starts_with(word))
        })
}

/// How classes and ids of cookie banners begin.
const FURNITURE: [&str; 9] = [
    "cookie-banner",
    "cookie-bar",
    "cookie-consent",
    "cookie-law",
    "cookie-modal",
    "cookie-notice",
    "cookiebanner",
    "cookieconsent",
    "onetrust",
];

/// The kind of node for an element; `None` for an inline one.
fn kind_of(tag: Tag, attributes: &Attributes, look: &Look) -> Option<Kind> {
    let role = match attributes.role.as_str() {
        "table" | "grid" | "treegrid" => Some(Kind::Table),
        "rowgroup" => Some(Kind::Body),
        "row" => Some(Kind::Row),
        "cell" | "gridcell" | "rowheader" => Some(Kind::Cell { header: false }),
        "columnheader" => Some(Kind::Cell { header: true }),
        "heading" => Some(Kind::Heading(heading_level(attributes.level))),
        "list" => Some(Kind::List),
        "listitem" => Some(Kind::Item),
        _ => None,
    };
    let own = match tag {
        Tag::H1 => Some(Kind::Heading(1)),
        Tag::H2 => Some(Kind::Heading(2)),
        Tag::H3 => Some(Kind::Heading(3)),
        Tag::H4 => Some(Kind::Heading(4)),
        Tag::H5 => Some(Kind::Heading(5)),
        Tag::H6 => Some(Kind::Heading(6)),
        Tag::Ul | Tag::Ol | Tag::Menu | Tag::Dir => Some(Kind::List),
        Tag::Li => Some(Kind::Item),
        Tag::Dl => Some(Kind::Terms),
        Tag::Dt => Some(Kind::Term),
        Tag::Dd => Some(Kind::Definition),
        Tag::Pre | Tag::Listing => Some(Kind::Listing),
        Tag::Textarea => Some(Kind::Field),
        Tag::Summary => Some(Kind::Heading(super::super::block::Heading::BOLD)),
        _ if tag.is_block() => Some(Kind::Block),
        _ => None,
    };
    let laid = match look.layout {
        Some(Layout::Table) => Some(Kind::Table),
        Some(Layout::Group) => Some(Kind::Body),
        Some(Layout::Row) => Some(Kind::Row),
        Some(Layout::Cell) => Some(Kind::Cell { header: false }),
        Some(Layout::Block) => Some(Kind::Block),
        Some(Layout::None | Layout::Inline) | None => None,
    };
    let plain = matches!(own, None | Some(Kind::Block));
    role.or_else(|| laid.filter(|_| plain)).or(own)
}

fn heading_level(level: Option<u32>) -> u8 {
    level.and_then(|level| u8::try_from(level).ok()).filter(|level| (1..=6).contains(level)).unwrap_or(2)
}

/// What an element's class says that it is: authors make tables of `<div class="row">` and `<div class="td">`.
fn hint(class: &str) -> Hint {
    let mut hint = Hint::None;
    for class in class.split_ascii_whitespace() {
        let class = class.to_ascii_lowercase();
        let last = class.rsplit(['-', '_']).next().unwrap_or_default();
        match last {
            "row" | "tr" | "line" => return Hint::Row,
            "cell" | "td" | "th" | "col" | "column" => hint = Hint::Cell,
            _ if class.starts_with("col-") || class.starts_with("cell") => hint = Hint::Cell,
            _ => {}
        }
    }
    hint
}
