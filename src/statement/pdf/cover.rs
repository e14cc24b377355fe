//! What is painted over: text below a box or picture that was drawn later, and nothing shines through, is not seen.

use super::content::{Area, Glyph};
use crate::limits;

/// The part of the page to which drawing is confined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Clip {
    Page,
    Within(Area),
    /// Some part of it; of another shape than a rectangle.
    Unknown,
}

/// Points by which a character may stand outside what it is clipped to.
const EDGE: f32 = 1.0;

impl Clip {
    /// Confined to `area` besides; `None` is another shape.
    pub(super) fn and(self, area: Option<Area>) -> Clip {
        match (self, area) {
            (Clip::Page, Some(area)) => Clip::Within(area),
            (Clip::Within(own), Some(area)) => Clip::Within(Area {
                x0: own.x0.max(area.x0),
                y0: own.y0.max(area.y0),
                x1: own.x1.min(area.x1),
                y1: own.y1.min(area.y1),
            }),
            (Clip::Unknown, _) | (_, None) => Clip::Unknown,
        }
    }

    /// The part of `area` that is painted for certain.
    pub(super) fn of(self, area: Area) -> Option<Area> {
        match self.and(Some(area)) {
            Clip::Within(area) => Some(area).filter(|area| area.width() > 0.0 && area.height() > 0.0),
            Clip::Page | Clip::Unknown => None,
        }
    }

    /// False where nothing is drawn for certain.
    pub(super) fn holds(self, x: f32, y: f32) -> bool {
        let Clip::Within(area) = self else { return true };
        area.x0 - EDGE <= x && x <= area.x1 + EDGE && area.y0 - EDGE <= y && y <= area.y1 + EDGE
    }
}

/// Points of width or height below which a cover hides no character by itself.
const SMALL: f32 = 1.0;

/// The covers of a page, in the order in which they were painted.
#[derive(Debug, Default)]
pub(super) struct Covers {
    /// What is covered, and how many characters had been drawn before.
    all: Vec<(Area, usize)>,
    /// There were more than are kept.
    full: bool,
}

impl Covers {
    /// Covers `area`, when `drawn` characters have been drawn.
    pub(super) fn add(&mut self, area: Area, drawn: usize) {
        if drawn == 0 || area.width() < SMALL || area.height() < SMALL {
            return;
        }
        if self.all.len() < limits::PDF_RULES {
            self.all.push((area, drawn));
        } else {
            self.full = true;
        }
    }

    /// Takes out of `glyphs` what is covered. False when that takes too long to tell.
    /// `compared` counts comparisons.
    pub(super) fn clear(&self, glyphs: &mut Vec<Glyph>, compared: &mut usize) -> bool {
        let mut at = 0;
        glyphs.retain(|glyph| {
            let later = self.all.partition_point(|&(_, drawn)| drawn <= at);
            at += 1;
            let covers = self.all.get(later..).unwrap_or_default();
            *compared = compared.saturating_add(covers.len());
            *compared > limits::PDF_COVERED || !covers.iter().any(|(area, _)| hides(area, glyph))
        });
        !self.full && *compared <= limits::PDF_COVERED
    }
}

/// True when `area` holds next to all of the character.
fn hides(area: &Area, glyph: &Glyph) -> bool {
    let side = (glyph.x1 - glyph.x0) * 0.15;
    area.holds(glyph.x0 + side, glyph.y - glyph.size * 0.65) && area.holds(glyph.x1 - side, glyph.y - glyph.size * 0.05)
}
