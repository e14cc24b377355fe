//! The operators of a page to characters with places, ruling lines and pictures.
//!
//! What a reader of the page does not see is left out: text without ink, of no size, in the colour of its ground,
//! outside the page or what it is clipped to, painted over later, or in a layer that is switched off.

mod paint;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use hayro_syntax::page::{Page, Resources};

use super::cover::{Clip, Covers};
use super::font::Font;
use super::streams;
use crate::deadline;
use crate::limits;

/// One character on a page; lengths in points, from the upper left corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    pub(super) c: char,
    pub(super) x0: f32,
    pub(super) x1: f32,
    /// The line it stands on.
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) mark: Mark,
}

/// What a tagged document says of a piece of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// No part of the document: a running title, a page number.
    Artifact,
    /// The number by which the structure refers to it.
    Content(i32),
}

/// A part of the page with edges that are upright and level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x0: f32,
    pub(super) y0: f32,
    pub(super) x1: f32,
    pub(super) y1: f32,
}

impl Area {
    fn around(points: &[(f32, f32)]) -> Option<Area> {
        let &(x, y) = points.first()?;
        let start = Area { x0: x, y0: y, x1: x, y1: y };
        Some(points.iter().fold(start, |area, &(x, y)| Area {
            x0: area.x0.min(x),
            y0: area.y0.min(y),
            x1: area.x1.max(x),
            y1: area.y1.max(y),
        }))
    }

    pub(super) fn width(&self) -> f32 {
        self.x1 - self.x0
    }

    pub(super) fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    pub(super) fn holds(&self, x: f32, y: f32) -> bool {
        self.x0 <= x && x <= self.x1 && self.y0 <= y && y <= self.y1
    }
}

/// What was drawn on a page.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) glyphs: Vec<Glyph>,
    /// Lines: areas of next to no width or height.
    pub(super) rules: Vec<Area>,
    pub(super) pictures: Vec<Area>,
    /// Character codes that stand for no known character, and the font of the first.
    pub(super) unknown: (usize, String),
    /// Characters that run in another direction than to the right.
    pub(super) turned: usize,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// What all pages share.
pub(super) struct Shared {
    fonts: HashMap<ObjectIdentifier, Rc<Font>>,
    /// Layers that are switched off.
    off: HashSet<ObjectIdentifier>,
    operators: usize,
    characters: usize,
    compared: usize,
    /// A limit was reached.
    pub(super) cut: bool,
}

impl Shared {
    /// For the document with this catalogue.
    pub(super) fn new(catalogue: Option<&Dict<'_>>) -> Shared {
        let config = catalogue.and_then(|root| root.get::<Dict<'_>>("OCProperties")?.get::<Dict<'_>>("D"));
        let off = config.and_then(|config| config.get::<Array<'_>>("OFF"));
        let off = off.map(|off| {
            let references = off.raw_iter().filter_map(|item| item.as_obj_ref());
            references.map(ObjectIdentifier::from).collect()
        });
        Shared {
            fonts: HashMap::new(),
            off: off.unwrap_or_default(),
            operators: 0,
            characters: 0,
            compared: 0,
            cut: false,
        }
    }
}

/// Ink that is at least as light as this is white to a reader.
const WHITE: f32 = 0.93;

/// Points of a line's thickness, at most.
const THIN: f32 = 3.0;

/// Points of the size below which nobody reads.
const UNREADABLE: f32 = 1.5;

type Matrix = [f64; 6];

/// `first`, then `then`.
#[expect(clippy::many_single_char_names, reason = "the names that the standard gives the numbers of a matrix")]
fn after(first: Matrix, then: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = then;
    let [xx, xy, yx, yy, x0, y0] = first;
    [xx * a + xy * c, xx * b + xy * d, yx * a + yy * c, yx * b + yy * d, x0 * a + y0 * c + e, x0 * b + y0 * d + f]
}

#[expect(clippy::many_single_char_names, reason = "the names that the standard gives the numbers of a matrix")]
#[expect(clippy::cast_possible_truncation, reason = "points on a page")]
fn point(matrix: Matrix, x: f64, y: f64) -> (f32, f32) {
    let [a, b, c, d, e, f] = matrix;
    ((a * x + c * y + e) as f32, (b * x + d * y + f) as f32)
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    spacing: f64,
    word_spacing: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
    mode: i64,
    /// How light the ink is, from 0 to 1.
    light: f32,
    /// One number of the present colour space is a shade of grey.
    grey: bool,
    /// Red, green and blue of the ink, from 0 to 1, where they are known.
    ink: Option<[f32; 3]>,
    /// The ink can be seen at all.
    opaque: bool,
    /// Why the ink may be seen through; see [`veil`].
    veils: u8,
    clip: Clip,
}

/// What lets what lies below be seen through ink, a bit each.
mod veil {
    pub(super) const ALPHA: u8 = 1;
    pub(super) const BLEND: u8 = 2;
    pub(super) const MASK: u8 = 4;
    /// The form in which it is painted is seen through as a whole.
    pub(super) const FORM: u8 = 8;
    pub(super) const PATTERN: u8 = 16;
}

/// Inks of fills on one page that are told apart. A page with a diagram has 30.
const INKS: usize = 64;

/// A part of the page that was filled.
struct Fill {
    area: Area,
    light: f32,
    ink: Option<[f32; 3]>,
}

struct Reader<'s> {
    shared: &'s mut Shared,
    drawn: Drawn,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    marks: Vec<(Mark, bool)>,
    /// Subpaths, and whether each is a rectangle by itself.
    path: Vec<Vec<(f32, f32)>>,
    fills: Vec<Fill>,
    /// The inks of the fills, each once; more than [`INKS`] are not told apart.
    inks: Vec<[f32; 3]>,
    covers: Covers,
    /// The path has a curve, or is to be clipped to.
    curved: bool,
    clips: bool,
}

/// What is drawn on `page`.
pub(super) fn read(page: &Page<'_>, shared: &mut Shared) -> Drawn {
    let (width, height) = page.render_dimensions();
    let state = State {
        matrix: page.initial_transform(true).as_coeffs(),
        font: None,
        size: 0.0,
        spacing: 0.0,
        word_spacing: 0.0,
        stretch: 1.0,
        leading: 0.0,
        rise: 0.0,
        mode: 0,
        light: 0.0,
        grey: true,
        ink: Some([0.0; 3]),
        opaque: true,
        veils: 0,
        clip: Clip::Page,
    };
    let identity = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let mut reader = Reader {
        shared,
        drawn: Drawn { width, height, ..Drawn::default() },
        state,
        saved: Vec::new(),
        text: identity,
        line: identity,
        marks: Vec::new(),
        path: Vec::new(),
        fills: Vec::new(),
        inks: Vec::new(),
        covers: Covers::default(),
        curved: false,
        clips: false,
    };
    let resources = page.resources();
    let mut bytes = Vec::new();
    if let Some(stream) = page.raw().get::<Stream<'_>>("Contents") {
        reader.part(&stream, &mut bytes);
    } else if let Some(parts) = page.raw().get::<Array<'_>>("Contents") {
        for stream in parts.iter::<Stream<'_>>() {
            deadline::step();
            reader.part(&stream, &mut bytes);
        }
    }
    reader.run(&bytes, resources, 0);
    let clear = reader.covers.clear(&mut reader.drawn.glyphs, &mut reader.shared.compared);
    reader.shared.cut |= !clear;
    reader.drawn
}

fn numbers<const N: usize>(operands: &[&Object<'_>]) -> Option<[f64; N]> {
    let mut found = [0.0; N];
    let start = operands.len().checked_sub(N)?;
    for (slot, operand) in found.iter_mut().zip(operands.iter().skip(start)) {
        let Object::Number(number) = operand else { return None };
        *slot = number.as_f64();
    }
    Some(found)
}

impl Reader<'_> {
    /// Adds a part of the page's content, or notes that it could not be had.
    fn part(&mut self, stream: &Stream<'_>, bytes: &mut Vec<u8>) {
        match streams::decoded(stream) {
            Some(part) if bytes.len() + part.len() <= limits::PDF_STREAM => {
                bytes.extend(part);
                bytes.push(b' ');
            }
            _ => self.shared.cut = true,
        }
    }

    fn run(&mut self, bytes: &[u8], resources: &Resources<'_>, depth: usize) {
        let mut operators = UntypedIter::new(bytes);
        while let Some(instruction) = operators.next() {
            deadline::step();
            self.shared.operators += 1;
            if self.shared.operators > limits::PDF_OPERATORS || self.shared.characters > limits::PDF_CHARACTERS {
                self.shared.cut = true;
                return;
            }
            let operands: Vec<&Object<'_>> = instruction.operands().collect();
            self.operator(instruction.operator, &operands, resources, depth);
        }
    }

    fn operator(&mut self, name: &[u8], operands: &[&Object<'_>], resources: &Resources<'_>, depth: usize) {
        let number = || numbers::<1>(operands).map(|[number]| number);
        match name {
            b"q" if self.saved.len() < limits::DOCUMENT_DEPTH => self.saved.push(self.state.clone()),
            b"Q" => {
                if let Some(saved) = self.saved.pop() {
                    self.state = saved;
                }
            }
            b"cm" => {
                if let Some(matrix) = numbers::<6>(operands) {
                    self.state.matrix = after(matrix, self.state.matrix);
                }
            }
            b"gs" => {
                let name =
                    operands.first().and_then(|name| if let Object::Name(name) = name { Some(name) } else { None });
                if let Some(state) = name.and_then(|name| resources.get_ext_g_state(name)) {
                    self.parameters(&state);
                }
            }
            b"BT" => {
                self.text = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
                self.line = self.text;
            }
            b"Tf" => self.font(operands, resources),
            b"Tc" => self.state.spacing = number().unwrap_or_default(),
            b"Tw" => self.state.word_spacing = number().unwrap_or_default(),
            b"Tz" => self.state.stretch = number().unwrap_or(100.0) / 100.0,
            b"TL" => self.state.leading = number().unwrap_or_default(),
            b"Ts" => self.state.rise = number().unwrap_or_default(),
            b"Tr" => self.state.mode = if let Some(Object::Number(mode)) = operands.last() { mode.as_i64() } else { 0 },
            b"Td" | b"TD" => {
                if let Some([x, y]) = numbers(operands) {
                    if name == b"TD" {
                        self.state.leading = -y;
                    }
                    self.next_line(x, y);
                }
            }
            b"Tm" => {
                if let Some(matrix) = numbers::<6>(operands) {
                    self.line = matrix;
                    self.text = matrix;
                }
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.show_last(operands),
            b"'" => {
                self.next_line(0.0, -self.state.leading);
                self.show_last(operands);
            }
            b"\"" => {
                let two = operands.get(..2).and_then(numbers::<2>);
                if let Some([word, spacing]) = two {
                    self.state.word_spacing = word;
                    self.state.spacing = spacing;
                }
                self.next_line(0.0, -self.state.leading);
                self.show_last(operands);
            }
            b"TJ" => {
                if let Some(Object::Array(parts)) = operands.last() {
                    for part in parts.iter::<Object<'_>>() {
                        deadline::step();
                        match part {
                            Object::String(text) => self.show(text.as_bytes()),
                            Object::Number(back) => {
                                let x = -back.as_f64() / 1000.0 * self.state.size * self.state.stretch;
                                self.text = after([1.0, 0.0, 0.0, 1.0, x, 0.0], self.text);
                            }
                            _ => {}
                        }
                    }
                }
            }
            b"BMC" | b"BDC" => self.begin_mark(operands, resources),
            b"EMC" => drop(self.marks.pop()),
            b"Do" => self.object(operands, resources, depth),
            b"BI" => self.picture(false),
            _ => {
                self.color(name, operands, resources);
                self.draw(name, operands);
            }
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = after([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn font(&mut self, operands: &[&Object<'_>], resources: &Resources<'_>) {
        let [Object::Name(name), Object::Number(size)] = operands else { return };
        self.state.size = size.as_f64();
        let Some(dict) = resources.get_font(name) else {
            self.state.font = None;
            return;
        };
        let id = resources.fonts.get_ref(&**name).map(ObjectIdentifier::from);
        let known = id.and_then(|id| self.shared.fonts.get(&id).cloned());
        let font = known.unwrap_or_else(|| Rc::new(Font::new(&dict)));
        if let Some(id) = id {
            self.shared.fonts.insert(id, Rc::clone(&font));
        }
        self.state.font = Some(font);
    }

    fn show_last(&mut self, operands: &[&Object<'_>]) {
        if let Some(Object::String(text)) = operands.last() {
            self.show(text.as_bytes());
        }
    }

    fn show(&mut self, bytes: &[u8]) {
        let Some(font) = self.state.font.clone() else {
            self.drawn.unknown.0 += bytes.len();
            return;
        };
        let state = self.state.clone();
        let is_hidden = matches!(state.mode, 3 | 7) || !state.opaque || self.marks.iter().any(|&(_, hidden)| hidden);
        let mark =
            self.marks.iter().rev().map(|&(mark, _)| mark).find(|&mark| mark != Mark::None).unwrap_or(Mark::None);
        let bold = font.bold || state.mode == 2;
        font.show(bytes, |shown| {
            self.shared.characters += 1;
            let placed = after([state.size * state.stretch, 0.0, 0.0, state.size, 0.0, state.rise], self.text);
            let placed = after(placed, state.matrix);
            let width = f64::from(shown.width);
            let (x0, y) = point(placed, 0.0, 0.0);
            let (x1, y1) = point(placed, width, 0.0);
            let (_, top) = point(placed, 0.0, 1.0);
            let word = if shown.is_space { state.word_spacing } else { 0.0 };
            let step = (width * state.size + state.spacing + word) * state.stretch;
            self.text = after([1.0, 0.0, 0.0, 1.0, step, 0.0], self.text);
            let size = y - top;
            let (x_mid, y_mid) = (f32::midpoint(x0, x1), y - size * 0.3);
            let on_page = (0.0..=self.drawn.width).contains(&x_mid) && (0.0..=self.drawn.height).contains(&y_mid);
            if is_hidden || !on_page || !state.clip.holds(x_mid, y_mid) || self.is_swallowed(x_mid, y_mid) {
                return;
            }
            let mut text = shown.text;
            if text.is_empty() && font.is_symbols {
                text.push('•');
            } else if text.is_empty() {
                self.drawn.unknown.0 += 1;
                if self.drawn.unknown.1.is_empty() {
                    self.drawn.unknown.1.clone_from(&font.name);
                }
                text.push('\u{fffd}');
            }
            if (y1 - y).abs() > (x1 - x0).abs() * 0.2 + 0.01 || x1 < x0 - 0.01 || size <= 0.0 {
                self.drawn.turned += text.chars().filter(|c| !c.is_whitespace()).count();
                return;
            }
            if size < UNREADABLE {
                return;
            }
            let count = text.chars().count();
            for (index, c) in text.chars().enumerate() {
                deadline::step();
                let part = |index: usize| x0 + (x1 - x0) * ratio(index, count);
                let (x0, x1) = (part(index), part(index + 1));
                self.drawn.glyphs.push(Glyph { c, x0, x1, y, size, bold, mark });
            }
        });
    }

    fn begin_mark(&mut self, operands: &[&Object<'_>], resources: &Resources<'_>) {
        let Some(Object::Name(tag)) = operands.first() else {
            self.marks.push((Mark::None, false));
            return;
        };
        let named = match operands.get(1) {
            Some(Object::Name(name)) => Some(name),
            _ => None,
        };
        let layer = named.and_then(|name| resources.properties.get_ref(&**name));
        let hidden = &**tag == b"OC" && layer.is_some_and(|layer| self.shared.off.contains(&layer.into()));
        let number = match operands.get(1) {
            Some(Object::Dict(properties)) => properties.get::<i32>("MCID"),
            Some(Object::Name(name)) => {
                resources.properties.get::<Dict<'_>>(&**name).and_then(|dict| dict.get::<i32>("MCID"))
            }
            _ => None,
        };
        let mark = match number {
            _ if &**tag == b"Artifact" => Mark::Artifact,
            Some(number) => Mark::Content(number),
            None => Mark::None,
        };
        if self.marks.len() < limits::DOCUMENT_DEPTH {
            self.marks.push((mark, hidden));
        } else {
            self.shared.cut = true;
        }
    }

    fn object(&mut self, operands: &[&Object<'_>], resources: &Resources<'_>, depth: usize) {
        let Some(Object::Name(name)) = operands.first() else { return };
        let Some(stream) = resources.get_x_object(name) else { return };
        let layer = stream.dict().get_ref("OC").map(ObjectIdentifier::from);
        if layer.is_some_and(|layer| self.shared.off.contains(&layer)) {
            return;
        }
        match stream.dict().get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Image") => {
                let dict = stream.dict();
                let whole = !["Mask", "SMask", "SMaskInData"].iter().any(|key| dict.contains_key(*key))
                    && dict.get::<bool>("ImageMask") != Some(true);
                self.picture(whole);
            }
            Some(b"Form") if depth < limits::PDF_FORMS => {
                let Some(bytes) = streams::decoded(&stream) else {
                    self.shared.cut = true;
                    return;
                };
                let own = stream.dict().get::<Dict<'_>>("Resources").map(Resources::new);
                let (state, saved) = (self.state.clone(), std::mem::take(&mut self.saved));
                let (text, line, marks) = (self.text, self.line, self.marks.len());
                if let Some(matrix) = stream.dict().get::<Array<'_>>("Matrix") {
                    let values: Vec<f64> = matrix.iter::<f32>().map(f64::from).collect();
                    if let Ok(matrix) = <[f64; 6]>::try_from(values) {
                        self.state.matrix = after(matrix, self.state.matrix);
                    }
                }
                if self.state.veils & !veil::PATTERN != 0 {
                    self.state.veils |= veil::FORM;
                }
                if let Some(area) = stream.dict().get::<Array<'_>>("BBox") {
                    let values: Vec<f64> = area.iter::<f32>().map(f64::from).collect();
                    if let [x0, y0, x1, y1] = values[..] {
                        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
                        let corners = corners.map(|(x, y)| point(self.state.matrix, x, y));
                        self.state.clip = self.state.clip.and(paint::rectangle(&corners));
                    }
                }
                self.run(&bytes, own.as_ref().unwrap_or(resources), depth + 1);
                (self.state, self.saved) = (state, saved);
                (self.text, self.line) = (text, line);
                self.marks.truncate(marks);
            }
            Some(b"Form") => self.shared.cut = true,
            _ => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few characters")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}
