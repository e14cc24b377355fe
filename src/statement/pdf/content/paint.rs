//! What operators paint: colours, lines, boxes and pictures.

use hayro_syntax::object::{Dict, Name, Object};
use hayro_syntax::page::Resources;

use super::{Area, Fill, INKS, Reader, THIN, WHITE, numbers, point, veil};
use crate::deadline;
use crate::limits;

/// Opacity from which on nothing can be seen through ink.
const OPAQUE: f32 = 0.99;

/// Opacity below which ink itself cannot be seen.
const FAINT: f32 = 0.1;

/// How far the parts of two colours lie apart that nobody can tell from one another.
const STEP: f32 = 0.03;

/// Points by which the corners of a rectangle may be off.
const CORNER: f32 = 0.05;

impl Reader<'_> {
    /// A picture fills the unit square.
    /// `whole` for one that hides what lies below it.
    pub(super) fn picture(&mut self, whole: bool) {
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
        let corners = corners.map(|(x, y)| point(self.state.matrix, x, y));
        if let Some(area) = rectangle(&corners).filter(|_| whole && self.state.veils & !veil::PATTERN == 0) {
            self.cover(area);
        }
        if self.drawn.pictures.len() < limits::PDF_RULES {
            self.drawn.pictures.extend(Area::around(&corners));
        }
    }

    /// Notes that what was drawn so far cannot be seen in `area`.
    fn cover(&mut self, area: Area) {
        let hidden = self.marks.iter().any(|&(_, hidden)| hidden);
        if let Some(area) = self.state.clip.of(area).filter(|_| !hidden) {
            self.covers.add(area, self.drawn.glyphs.len());
        }
    }

    /// Takes the parameters of a graphics state (ISO 32000-1, 8.4.5).
    pub(super) fn parameters(&mut self, state: &Dict<'_>) {
        let mut veiled = |bit: u8, on: bool| {
            self.state.veils = if on { self.state.veils | bit } else { self.state.veils & !bit };
        };
        let alpha = state.get::<f32>("ca");
        if let Some(alpha) = alpha {
            veiled(veil::ALPHA, alpha < OPAQUE);
        }
        if state.contains_key("BM") {
            let mode = state.get::<Name<'_>>("BM");
            veiled(veil::BLEND, !matches!(mode.as_deref(), Some(b"Normal" | b"Compatible")));
        }
        if state.contains_key("SMask") {
            veiled(veil::MASK, state.get::<Name<'_>>("SMask").as_deref() != Some(b"None"));
        }
        if let Some(alpha) = alpha {
            self.state.opaque = alpha > FAINT;
        }
    }

    /// True where a text in the present ink would not stand out from what was painted there before.
    pub(super) fn is_swallowed(&mut self, x: f32, y: f32) -> bool {
        let (light, ink) = (self.state.light, self.state.ink);
        let like = |fill: &Fill| matches!((ink, fill.ink), (Some(a), Some(b)) if alike(a, b));
        let none = |ink: [f32; 3]| self.inks.len() < INKS && !self.inks.iter().any(|&own| alike(own, ink));
        if light < WHITE && ink.is_none_or(none) {
            return false;
        }
        let below = self.fills.iter().rev().position(|fill| fill.area.holds(x, y));
        self.shared.compared += below.unwrap_or(self.fills.len());
        if self.shared.compared > limits::PDF_COVERED {
            self.shared.cut = true;
        }
        let below = below.and_then(|at| self.fills.iter().rev().nth(at));
        let pictured = || self.drawn.pictures.iter().any(|area| area.holds(x, y));
        match below {
            Some(fill) if light >= WHITE => fill.light >= WHITE && !pictured(),
            Some(fill) => like(fill) && !pictured(),
            None => light >= WHITE && !pictured(),
        }
    }

    pub(super) fn color(&mut self, name: &[u8], operands: &[&Object<'_>], resources: &Resources<'_>) {
        #[expect(clippy::cast_possible_truncation, reason = "a shade from 0 to 1")]
        let shade = |values: &[f64]| match *values {
            [grey] => grey as f32,
            [red, green, blue] => (red * 0.3 + green * 0.59 + blue * 0.11) as f32,
            [cyan, magenta, yellow, black] => {
                (1.0 - (cyan * 0.3 + magenta * 0.59 + yellow * 0.11 + black).min(1.0)) as f32
            }
            _ => 0.0,
        };
        let values: Vec<f64> = operands
            .iter()
            .map_while(|operand| if let Object::Number(number) = operand { Some(number.as_f64()) } else { None })
            .collect();
        if !matches!(name, b"g" | b"rg" | b"k" | b"cs" | b"sc" | b"scn") {
            return;
        }
        let patterned = matches!(name, b"sc" | b"scn") && values.len() < operands.len();
        self.state.veils = if patterned { self.state.veils | veil::PATTERN } else { self.state.veils & !veil::PATTERN };
        self.state.ink = ink(&values).filter(|_| matches!(name, b"g" | b"rg" | b"k"));
        match name {
            b"g" | b"rg" | b"k" => self.state.light = shade(&values),
            b"cs" => {
                let Some(Object::Name(space)) = operands.first() else { return };
                let kind = match resources.get_color_space(space) {
                    Some(Object::Array(parts)) => parts.iter::<Name<'_>>().next().map(|kind| kind.to_vec()),
                    _ => Some(space.to_vec()),
                };
                self.state.grey = matches!(kind.as_deref(), Some(b"DeviceGray" | b"CalGray" | b"ICCBased" | b"G"));
                self.state.light = 0.0;
            }
            // One number of an ink of its own is how much of it there is.
            b"sc" | b"scn" if values.len() == 1 && !self.state.grey => self.state.light = 0.0,
            b"sc" | b"scn" if values.len() == operands.len() => self.state.light = shade(&values),
            b"sc" | b"scn" => self.state.light = 0.0,
            _ => {}
        }
    }

    pub(super) fn draw(&mut self, name: &[u8], operands: &[&Object<'_>]) {
        if self.path.len() > limits::PDF_RULES {
            // No table, and no box either.
            self.path.clear();
            self.curved = true;
        }
        let matrix = self.state.matrix;
        match name {
            b"m" => {
                if let Some([x, y]) = numbers(operands) {
                    self.path.push(vec![point(matrix, x, y)]);
                }
            }
            // A curve is no edge of a table: its end is all that counts.
            b"l" | b"c" | b"v" | b"y" => {
                self.curved |= name != b"l";
                if let (Some([x, y]), Some(last)) = (numbers(operands), self.path.last_mut()) {
                    last.push(point(matrix, x, y));
                }
            }
            b"h" => self.close(),
            b"re" => {
                if let Some([x, y, width, height]) = numbers(operands) {
                    let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)];
                    self.path.push(corners.map(|(x, y)| point(matrix, x, y)).to_vec());
                }
            }
            b"W" | b"W*" => self.clips = true,
            b"S" => self.stroke(),
            b"s" => {
                self.close();
                self.stroke();
            }
            b"f" | b"F" | b"f*" => self.fill(),
            b"B" | b"B*" | b"b" | b"b*" => {
                self.close();
                self.stroke_lines();
                self.fill();
            }
            b"n" => self.end_path(),
            _ => {}
        }
    }

    fn close(&mut self) {
        if let Some(last) = self.path.last_mut()
            && let Some(&first) = last.first()
        {
            last.push(first);
        }
    }

    fn stroke(&mut self) {
        self.stroke_lines();
        self.end_path();
    }

    /// Forgets the path; where it is to be clipped to, what follows is drawn inside it alone.
    fn end_path(&mut self) {
        if std::mem::take(&mut self.clips) {
            self.state.clip = self.state.clip.and(self.rectangle());
        }
        self.path.clear();
        self.curved = false;
    }

    /// The area of the path, where it is one upright rectangle.
    fn rectangle(&self) -> Option<Area> {
        if let [only] = self.path.as_slice()
            && !self.curved
        {
            rectangle(only)
        } else {
            None
        }
    }

    fn stroke_lines(&mut self) {
        for part in &self.path {
            deadline::step();
            for pair in part.windows(2) {
                deadline::step();
                let area = Area::around(pair).filter(|area| area.width() < THIN || area.height() < THIN);
                if self.drawn.rules.len() < limits::PDF_RULES {
                    self.drawn.rules.extend(area);
                }
            }
        }
    }

    fn fill(&mut self) {
        if let Some(area) = self.rectangle().filter(|_| self.state.veils == 0) {
            self.cover(area);
        }
        for part in &self.path {
            deadline::step();
            let Some(area) = Area::around(part) else { continue };
            if area.width() < THIN || area.height() < THIN {
                if self.drawn.rules.len() < limits::PDF_RULES {
                    self.drawn.rules.push(area);
                }
            } else if self.fills.len() < limits::PDF_RULES && self.state.opaque {
                if let Some(ink) = self.state.ink
                    && self.inks.len() < INKS
                    && !self.inks.contains(&ink)
                {
                    self.inks.push(ink);
                }
                self.fills.push(Fill { area, light: self.state.light, ink: self.state.ink });
            }
        }
        self.end_path();
    }
}

fn alike(a: [f32; 3], b: [f32; 3]) -> bool {
    a.into_iter().zip(b).all(|(a, b)| (a - b).abs() <= STEP)
}

/// Red, green and blue of a colour in one of the spaces of a device.
#[expect(clippy::cast_possible_truncation, reason = "shares from 0 to 1")]
fn ink(values: &[f64]) -> Option<[f32; 3]> {
    match *values {
        [grey] => Some([grey; 3].map(|part| part as f32)),
        [red, green, blue] => Some([red, green, blue].map(|part| part as f32)),
        [cyan, magenta, yellow, black] => {
            Some([cyan, magenta, yellow].map(|part| (1.0 - (part + black).min(1.0)) as f32))
        }
        _ => None,
    }
}

/// The area inside `points`, where these are the corners of an upright rectangle, one after the other.
pub(super) fn rectangle(points: &[(f32, f32)]) -> Option<Area> {
    let area = Area::around(points).filter(|_| matches!(points.len(), 4..=6))?;
    let near = |a: f32, b: f32| (a - b).abs() <= CORNER;
    let corner =
        |&(x, y): &(f32, f32)| (near(x, area.x0) || near(x, area.x1)) && (near(y, area.y0) || near(y, area.y1));
    let level = |pair: &[(f32, f32)]| matches!(pair, [a, b] if near(a.0, b.0) || near(a.1, b.1));
    let all = [(area.x0, area.y0), (area.x1, area.y0), (area.x0, area.y1), (area.x1, area.y1)];
    let reached = all.iter().all(|&(x, y)| points.iter().any(|&(px, py)| near(x, px) && near(y, py)));
    (points.iter().all(corner) && points.windows(2).all(level) && reached).then_some(area)
}
