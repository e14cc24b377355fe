//! What each start tag and end tag does to the tree and to the open elements.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::super::block::Shown;
use super::super::super::text::Span;
use super::super::css::{Ground, Layout, Look, colour};
use super::super::kinds::{hint, is_furniture, kind_of, shown};
use super::super::sheet::Names;
use super::super::tags::Tag;
use super::super::tokens::Attributes;
use super::super::tree::{Kind, Tree, bits};
use super::{Builder, Format, State, has_look, is_raw};
use crate::deadline;
use crate::limits;

impl Builder<'_> {
    pub(super) fn start(&mut self, tag: Tag, name: &str, attributes: &Attributes, self_closing: bool, span: Span) {
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
            deadline::step();
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
            Tag::Img | Tag::Image | Tag::Embed => Kind::Inset(shown(tag).unwrap_or(Shown::Image)),
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
                if let Some(shown) = shown(tag).filter(|_| state.shows(true)) {
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
            deadline::step();
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

    pub(super) fn end(&mut self, tag: Tag, name: &str, span: Span) {
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
