//! Tags to the tree of a page, in one pass and with a stack.
//!
//! Follows the tree construction of HTML (13.2.6) where the place of a text depends on it: implied end tags, tables,
//! formatting that goes on behind an element that was never closed, text in a table that belongs before it, foreign
//! content.

mod elements;

use super::super::colour::{Colour, alike};
use super::super::text::Span;
use super::css::{Ground, Layout, Look};
use super::sheet::Sheet;
use super::tags::{COUNT, Tag};
use super::tokens::{self, Attributes, Token, Tokens};
use super::tree::{Hint, Kind, Limit, NONE, Node, Tree, bits};
use crate::deadline;
use crate::limits;

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
            deadline::step();
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
            deadline::step();
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
