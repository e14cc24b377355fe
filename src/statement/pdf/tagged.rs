//! Tagged documents (ISO 32000-1, 14.7 and 14.8): the program that made the file says what is a table, a cell, a heading.
//!
//! Better evidence than places, where it covers the text that is seen; text is taken from what is drawn, never from the
//! structure (`/ActualText`, `/Alt`), which nobody sees.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier};

use super::content::{Area, Glyph, Mark};
use super::layout::{Cell, Table};
use super::lines::{self, Line};
use super::pages::Writer;
use crate::deadline;
use crate::doubt::Doubt;
use crate::limits;
use crate::source::Place;
use crate::statement::markdown;
use crate::statement::syntax::Document;
use crate::statement::text::{Span, Spot};

/// Depth of the structure. Real documents go 30 deep.
const DEPTH: usize = 100;

/// Steps from the name of an element to the standard one that stands for it.
const ROLES: usize = 8;

/// Characters of a hundred that may be seen and stand in no element.
const UNTAGGED: usize = 3;

/// An element, or a piece of content.
enum Node {
    Element(Element),
    /// The number of a piece of content on a page, counted from 1.
    Content(u32, i32),
}

struct Element {
    kind: String,
    kids: Vec<Node>,
    rows: usize,
    columns: usize,
}

/// The structure of a document, and the characters of each piece of content.
pub(super) struct Tagged {
    root: Vec<Node>,
    glyphs: HashMap<(u32, i32), Vec<Glyph>>,
    pieces: HashSet<(u32, i32)>,
    /// Characters in pieces that the structure knows, and all others that are seen.
    known: usize,
    unknown: usize,
}

struct Walk {
    pages: HashMap<ObjectIdentifier, u32>,
    roles: HashMap<String, String>,
    visited: HashSet<ObjectIdentifier>,
    elements: usize,
    tables: usize,
    pieces: HashSet<(u32, i32)>,
}

impl Tagged {
    /// The structure of `pdf`; `None` where there is none with a table.
    pub(super) fn new(pdf: &Pdf) -> Option<Tagged> {
        let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
        let root = catalogue.get::<Dict<'_>>("StructTreeRoot")?;
        let pages = pdf.pages().iter().zip(1_u32..);
        let pages = pages.filter_map(|(page, number)| Some((page.raw().obj_id()?, number))).collect();
        let roles = root.get::<Dict<'_>>("RoleMap").map(|map| {
            let names = map.keys().collect::<Vec<_>>();
            let pair = |name: &Name<'_>| Some((text(name), text(&map.get::<Name<'_>>(&**name)?)));
            names.iter().filter_map(pair).collect()
        });
        let mut walk = Walk {
            pages,
            roles: roles.unwrap_or_default(),
            visited: HashSet::new(),
            elements: 0,
            tables: 0,
            pieces: HashSet::new(),
        };
        let root = walk.kids(&root, None, 0);
        let (tables, pieces) = (walk.tables, walk.pieces);
        (tables > 0).then(|| Tagged { root, glyphs: HashMap::new(), pieces, known: 0, unknown: 0 })
    }

    /// Takes the characters of page `number`.
    pub(super) fn page(&mut self, number: u32, glyphs: &[Glyph]) {
        for glyph in glyphs {
            deadline::step();
            let seen = usize::from(!glyph.c.is_whitespace());
            match glyph.mark {
                Mark::Content(piece) if self.pieces.contains(&(number, piece)) => {
                    self.known += seen;
                    self.glyphs.entry((number, piece)).or_default().push(*glyph);
                }
                Mark::Artifact => {}
                _ => self.unknown += seen,
            }
        }
    }

    /// True when all but a little of what is seen stands in the structure.
    pub(super) fn covers(&self) -> bool {
        self.known > 0 && self.unknown * 100 <= (self.known + self.unknown) * UNTAGGED
    }

    /// The document as the structure has it.
    pub(super) fn document(self, place: Place, doubts: &mut Vec<Doubt>) -> Document {
        let mut order = Order { glyphs: self.glyphs, writer: Writer::new(place, doubts) };
        order.blocks(&self.root, 0);
        order.writer.finish()
    }
}

fn text(name: &Name<'_>) -> String {
    String::from_utf8_lossy(name).into_owned()
}

impl Walk {
    fn kids(&mut self, dict: &Dict<'_>, page: Option<u32>, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        if depth > DEPTH {
            return nodes;
        }
        match dict.get_raw::<Object<'_>>("K") {
            Some(MaybeRef::NotRef(Object::Array(kids))) => self.array(&kids, page, depth, &mut nodes),
            Some(MaybeRef::NotRef(kid)) => self.kid(&kid, page, depth, &mut nodes),
            Some(MaybeRef::Ref(id)) => {
                if let Some(kids) = dict.get::<Array<'_>>("K") {
                    self.array(&kids, page, depth, &mut nodes);
                } else if self.visited.insert(id.into())
                    && let Some(kid) = dict.get::<Object<'_>>("K")
                {
                    self.kid(&kid, page, depth, &mut nodes);
                }
            }
            None => {}
        }
        nodes
    }

    fn array(&mut self, kids: &Array<'_>, page: Option<u32>, depth: usize, nodes: &mut Vec<Node>) {
        let identifiers: Vec<Option<ObjectIdentifier>> =
            kids.raw_iter().map(|kid| kid.as_obj_ref().map(ObjectIdentifier::from)).collect();
        let mut resolved = kids.flex_iter();
        for id in identifiers {
            deadline::step();
            let Some(kid) = resolved.next::<Object<'_>>() else { continue };
            // An element that contains itself, or stands in two places, is taken once.
            if id.is_none_or(|id| self.visited.insert(id)) {
                self.kid(&kid, page, depth, nodes);
            }
        }
    }

    fn kid(&mut self, kid: &Object<'_>, page: Option<u32>, depth: usize, nodes: &mut Vec<Node>) {
        self.elements += 1;
        if self.elements > limits::PDF_ELEMENTS {
            return;
        }
        match kid {
            Object::Number(number) => {
                if let (Some(page), Ok(piece)) = (page, i32::try_from(number.as_i64())) {
                    self.pieces.insert((page, piece));
                    nodes.push(Node::Content(page, piece));
                }
            }
            Object::Dict(dict) => {
                let own = dict.get_ref("Pg").and_then(|id| self.pages.get(&id.into()).copied());
                let page = own.or(page);
                if let Some(name) = dict.get::<Name<'_>>("S") {
                    let role = self.role(text(&name));
                    self.tables += usize::from(role == "Table");
                    let kids = self.kids(dict, page, depth + 1);
                    let (rows, columns) = spans(dict);
                    nodes.push(Node::Element(Element { kind: role, kids, rows, columns }));
                } else if let (Some(page), Some(piece)) = (page, dict.get::<i32>("MCID")) {
                    self.pieces.insert((page, piece));
                    nodes.push(Node::Content(page, piece));
                }
            }
            _ => {}
        }
    }

    /// The standard kind of elements named `name`.
    fn role(&self, mut name: String) -> String {
        for _ in 0..ROLES {
            match self.roles.get(&name) {
                Some(role) if *role != name => name.clone_from(role),
                _ => break,
            }
        }
        name
    }
}

/// The rows and columns over which a cell reaches.
fn spans(dict: &Dict<'_>) -> (usize, usize) {
    let attributes: Vec<Dict<'_>> = match dict.get::<Object<'_>>("A") {
        Some(Object::Dict(one)) => vec![one],
        Some(Object::Array(all)) => all.iter::<Object<'_>>().filter_map(Object::into_dict).take(DEPTH).collect(),
        _ => Vec::new(),
    };
    let of = |key: &str| attributes.iter().find_map(|attributes| attributes.get::<u32>(key)).unwrap_or(1).max(1);
    let bounded = |span: u32| usize::try_from(span).unwrap_or(1);
    (bounded(of("RowSpan")).min(limits::PDF_ELEMENTS), bounded(of("ColSpan")).min(limits::TABLE_COLUMNS))
}

/// Puts the elements into the order of blocks.
struct Order<'d> {
    glyphs: HashMap<(u32, i32), Vec<Glyph>>,
    writer: Writer<'d>,
}

impl Order<'_> {
    /// Elements nest at most [`DEPTH`] deep.
    fn blocks(&mut self, nodes: &[Node], list: usize) {
        let mut loose: Vec<&Node> = Vec::new();
        for node in nodes {
            deadline::step();
            let Node::Element(element) = node else {
                loose.push(node);
                continue;
            };
            if is_inline(&element.kind) && !holds_blocks(&element.kids) {
                loose.push(node);
                continue;
            }
            self.paragraph(&std::mem::take(&mut loose));
            self.block(element, list);
        }
        self.paragraph(&loose);
    }

    fn block(&mut self, element: &Element, list: usize) {
        let kids: Vec<&Node> = element.kids.iter().collect();
        match element.kind.as_str() {
            "Table" => self.table(element),
            // A table of contents repeats the headings.
            "TOC" | "TOCI" | "Artifact" => {}
            "L" => {
                for kid in &element.kids {
                    deadline::step();
                    if let Node::Element(item) = kid {
                        self.block(item, list + 1);
                    }
                }
            }
            "LI" => self.item(element, list.max(1)),
            "P" | "Caption" | "BlockQuote" if holds_blocks(&element.kids) => self.blocks(&element.kids, list),
            "P" | "Caption" | "BlockQuote" | "Note" | "FENote" => self.paragraph(&kids),
            "Figure" | "Formula" => self.figure(element),
            "Title" => self.heading(&kids, 1),
            "H" => self.heading(&kids, 2),
            kind => match kind.strip_prefix('H').and_then(|level| level.parse::<u8>().ok()) {
                Some(level @ 1..) => self.heading(&kids, level.min(6)),
                _ => self.blocks(&element.kids, list),
            },
        }
    }

    /// The lines of all content in `nodes`, and the page of the first.
    fn lines(&mut self, nodes: &[&Node]) -> (Vec<Line>, u32) {
        let mut pieces = Vec::new();
        for node in nodes {
            deadline::step();
            contents(node, &mut pieces);
        }
        let mut found = Vec::new();
        let mut first = 0;
        let mut rest = pieces.as_slice();
        while let Some(&(page, _)) = rest.first() {
            deadline::step();
            let same = rest.iter().take_while(|(other, _)| *other == page).count();
            let (own, behind) = rest.split_at_checked(same.max(1)).unwrap_or((rest, &[]));
            rest = behind;
            let mut glyphs: Vec<Glyph> = Vec::new();
            for piece in own {
                deadline::step();
                glyphs.extend(self.glyphs.remove(piece).unwrap_or_default());
            }
            if first == 0 && !glyphs.is_empty() {
                first = page;
            }
            found.extend(lines::lines(&glyphs));
        }
        (found, first)
    }

    fn paragraph(&mut self, nodes: &[&Node]) {
        if nodes.is_empty() {
            return;
        }
        let (lines, page) = self.lines(nodes);
        if lines.is_empty() {
            return;
        }
        let limit = limit(&lines);
        let flow = self.writer.line(&lines, limit, page);
        self.writer.assembly.paragraph(vec![flow]);
    }

    /// A picture; what is written in it is text.
    fn figure(&mut self, element: &Element) {
        let mut pieces = Vec::new();
        for kid in &element.kids {
            deadline::step();
            contents(kid, &mut pieces);
        }
        let kids: Vec<&Node> = element.kids.iter().collect();
        if pieces.iter().any(|piece| self.glyphs.contains_key(piece)) {
            self.paragraph(&kids);
        } else if let Some(&(page, _)) = pieces.first() {
            self.writer.picture(&Arc::new(Spot::Page(page)));
        }
    }

    fn heading(&mut self, nodes: &[&Node], level: u8) {
        let (lines, page) = self.lines(nodes);
        if lines.is_empty() {
            return;
        }
        let flow = self.writer.line(&lines, limit(&lines), page);
        self.writer.assembly.heading(level, &[flow]);
    }

    fn item(&mut self, element: &Element, list: usize) {
        // Lists and tables in an item come behind it.
        let (inner, own): (Vec<&Node>, Vec<&Node>) =
            element.kids.iter().flat_map(body).partition(|node| is_block(node));
        let (lines, page) = self.lines(&own);
        if !lines.is_empty() {
            let flow = self.writer.line(&lines, limit(&lines), page);
            let text = flow.text();
            let marker = markdown::list_marker(text).unwrap_or_default();
            let flow = flow.part(Span::new(marker, text.len()));
            self.writer.assembly.item(list * 2, vec![flow]);
        }
        for node in inner {
            deadline::step();
            if let Node::Element(element) = node {
                self.block(element, list);
            }
        }
    }

    fn table(&mut self, element: &Element) {
        let mut rows: Vec<&Element> = Vec::new();
        collect(&element.kids, "TR", &mut rows);
        for kid in &element.kids {
            deadline::step();
            if let Node::Element(caption) = kid
                && caption.kind == "Caption"
            {
                self.block(caption, 0);
            }
        }
        let mut table = Table {
            area: Area { x0: 0.0, y0: 0.0, x1: 0.0, y1: 0.0 },
            columns: Vec::new(),
            rows: Vec::new(),
            headers: Vec::new(),
            uncertain: false,
        };
        // Cells that reach down into the rows below: column, rows left, the cell.
        let mut open: Vec<(usize, usize, Cell)> = Vec::new();
        let mut inner: Vec<&Element> = Vec::new();
        let mut width = 0;
        for (index, row) in rows.iter().enumerate().take(limits::TABLE_ROWS) {
            deadline::step();
            let mut cells: Vec<Cell> = Vec::new();
            let mut all_headers = true;
            let mut next: Vec<(usize, usize, Cell)> = Vec::new();
            let mut page = table.rows.last().and_then(|row: &Vec<Cell>| row.first()).map_or(1, |cell| cell.page);
            let own = row.kids.iter().filter_map(|kid| if let Node::Element(cell) = kid { Some(cell) } else { None });
            for cell in own.filter(|cell| matches!(cell.kind.as_str(), "TD" | "TH")) {
                deadline::step();
                take_open(&mut cells, &mut open, &mut next);
                all_headers &= cell.kind == "TH";
                let kids: Vec<&Node> = cell.kids.iter().collect();
                collect(&cell.kids, "Table", &mut inner);
                let (lines, first) = self.lines(&kids);
                page = if first > 0 { first } else { page };
                let made = Cell {
                    // How far the text of a column reaches is told when all rows are known.
                    limit: 0.0,
                    lines,
                    origin: (index, cells.len()),
                    page,
                };
                for _ in 0..cell.columns {
                    deadline::step();
                    if cell.rows > 1 && cells.len() < limits::TABLE_COLUMNS {
                        next.push((cells.len(), cell.rows - 1, made.clone()));
                    }
                    if cells.len() < limits::TABLE_COLUMNS {
                        cells.push(made.clone());
                    }
                }
            }
            take_open(&mut cells, &mut open, &mut next);
            open = next;
            if all_headers && !cells.is_empty() && table.headers.len() == index {
                table.headers.push(index);
            }
            width = width.max(cells.len());
            table.rows.push(cells);
        }
        table.columns = vec![0.0; width + 1];
        self.writer.table(Some(table));
        for table in inner {
            deadline::step();
            self.table(table);
        }
    }
}

/// Puts the cells from above that stand next in the row, and keeps those that reach further.
fn take_open(cells: &mut Vec<Cell>, open: &mut Vec<(usize, usize, Cell)>, next: &mut Vec<(usize, usize, Cell)>) {
    while let Some(at) = open.iter().position(|(column, ..)| *column == cells.len()) {
        deadline::step();
        let (column, rows, cell) = open.swap_remove(at);
        cells.push(cell.clone());
        if rows > 1 {
            next.push((column, rows - 1, cell));
        }
    }
}

/// How far text reaches that has no edge.
fn limit(lines: &[Line]) -> f32 {
    lines.iter().map(Line::x1).fold(0.0, f32::max)
}

/// Elements inside a line.
fn is_inline(kind: &str) -> bool {
    matches!(
        kind,
        "Span"
            | "Link"
            | "Quote"
            | "Reference"
            | "Code"
            | "Em"
            | "Strong"
            | "Sub"
            | "Annot"
            | "Ruby"
            | "Warichu"
            | "Lbl"
    )
}

fn is_block(node: &Node) -> bool {
    matches!(node, Node::Element(element) if matches!(element.kind.as_str(), "Table" | "L"))
}

/// True when a block stands somewhere in `nodes`.
fn holds_blocks(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Element(element) => {
            matches!(element.kind.as_str(), "P" | "Table" | "L" | "LI" | "Caption") || holds_blocks(&element.kids)
        }
        Node::Content(..) => false,
    })
}

/// The parts of an item but its label.
fn body(node: &Node) -> Vec<&Node> {
    match node {
        Node::Element(element) if element.kind == "Lbl" => Vec::new(),
        Node::Element(element) if element.kind == "LBody" => element.kids.iter().collect(),
        node => vec![node],
    }
}

/// The pieces of content in `node`, without those of tables in it.
fn contents(node: &Node, pieces: &mut Vec<(u32, i32)>) {
    match node {
        Node::Content(page, piece) => pieces.push((*page, *piece)),
        Node::Element(element) if element.kind == "Table" => {}
        Node::Element(element) => {
            for kid in &element.kids {
                contents(kid, pieces);
            }
        }
    }
}

/// The elements of `kind` in `nodes`, not those inside one another or inside another table.
fn collect<'n>(nodes: &'n [Node], kind: &str, found: &mut Vec<&'n Element>) {
    for node in nodes {
        if let Node::Element(element) = node {
            if element.kind == kind {
                found.push(element);
            } else if element.kind != "Table" {
                collect(&element.kids, kind, found);
            }
        }
    }
}
