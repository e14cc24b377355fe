//! Whether a reader of the page sees a text: hidden, too small, or in the colour of its ground.

use std::collections::HashMap;

use quick_xml::events::BytesStart;

use super::xml::{attribute, is_on};
use crate::statement::colour::{Colour, WHITE, of_hex, of_parts, parts};

/// The colour of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Black, or white on a dark ground: always to be seen.
    Automatic,
    Plain(Colour),
    /// Nothing is drawn.
    None,
}

/// What stands behind letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    Plain(Colour),
    /// A pattern, or a colour that is not known.
    Unknown,
}

/// What properties of letters say; `None` is left to the style below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sight {
    hidden: Option<bool>,
    size: Option<bool>,
    width: Option<bool>,
    ink: Option<Ink>,
    ground: Option<Ground>,
    highlight: Option<Ground>,
}

/// Half points below which nobody reads a text.
const SMALL: f32 = 4.0;

/// Per cent of their width below which letters are strokes.
const NARROW: f32 = 10.0;

impl Sight {
    /// Takes the property `name` of letters.
    pub(super) fn take(&mut self, name: &str, tag: &BytesStart<'_>, theme: &Theme) {
        let value = attribute(tag, "val").unwrap_or_default();
        let number = || value.trim_end_matches('%').parse::<f32>().ok();
        match name {
            "vanish" => self.hidden = Some(is_on(tag)),
            "sz" => self.size = number().map(|size| size >= SMALL).or(self.size),
            "w" => self.width = number().map(|width| width >= NARROW).or(self.width),
            "color" => self.ink = Some(theme.ink(tag)),
            "shd" => self.ground = theme.shade(tag),
            "highlight" => self.highlight = highlight(&value).map(Ground::Plain),
            _ => {}
        }
    }

    /// Takes the fill of letters, which Word 2010 and later show in the place of their colour.
    pub(super) fn fill(&mut self, ink: Ink) {
        self.ink = Some(ink);
    }

    /// These properties, and for what they do not say those of `below`.
    pub(super) fn over(self, below: Sight) -> Sight {
        Sight {
            hidden: self.hidden.or(below.hidden),
            size: self.size.or(below.size),
            width: self.width.or(below.width),
            ink: self.ink.or(below.ink),
            ground: self.ground.or(below.ground),
            highlight: self.highlight.or(below.highlight),
        }
    }

    /// These properties without the ground, which other things may cover.
    pub(super) fn without_ground(self) -> Sight {
        Sight { ground: None, highlight: None, ..self }
    }

    /// True when nothing hides the letters, their colour left out.
    pub(super) fn is_shown(&self) -> bool {
        !self.hidden.unwrap_or_default()
            && self.size.unwrap_or(true)
            && self.width.unwrap_or(true)
            && self.ink != Some(Ink::None)
    }

    /// The colour, where it is one that a ground can swallow.
    pub(super) fn colour(&self) -> Option<Colour> {
        if let Some(Ink::Plain(colour)) = self.ink { Some(colour) } else { None }
    }

    /// The ground that the letters bring with them.
    pub(super) fn ground(&self) -> Option<Ground> {
        self.highlight.or(self.ground)
    }
}

/// The colours of the document's theme by their names, such as `accent1`.
#[derive(Debug, Default)]
pub(super) struct Theme(HashMap<String, Colour>);

impl Theme {
    pub(super) fn set(&mut self, name: &str, colour: Colour) {
        self.0.insert(name.to_owned(), colour);
    }

    /// The colour that the theme calls `name` (`ST_ThemeColor`, ECMA-376 17.18.97; `ST_SchemeColorVal`, 20.1.10.54).
    pub(super) fn colour(&self, name: &str) -> Option<Colour> {
        let (key, usual) = match name {
            "background1" | "light1" | "bg1" | "lt1" => ("lt1", Some(WHITE)),
            "text1" | "dark1" | "tx1" | "dk1" => ("dk1", Some(0)),
            "background2" | "light2" | "bg2" | "lt2" => ("lt2", None),
            "text2" | "dark2" | "tx2" | "dk2" => ("dk2", None),
            "hyperlink" => ("hlink", None),
            "followedHyperlink" => ("folHlink", None),
            other => (other, None),
        };
        self.0.get(key).copied().or(usual)
    }

    /// The colour of the theme that a tag names in these attributes, made darker or lighter as it says.
    fn named(&self, tag: &BytesStart<'_>, [name, shade, tint]: [&str; 3]) -> Option<Colour> {
        let colour = self.colour(&attribute(tag, name)?)?;
        let part_of = |name: &str| attribute(tag, name).and_then(|part| u32::from_str_radix(&part, 16).ok());
        let darker = |part: u32, share: u32| part * share.min(255) / 255;
        let darkened = parts(colour).map(|part| part_of(shade).map_or(part, |whole| darker(part, whole)));
        Some(of_parts(darkened.map(|part| part_of(tint).map_or(part, |whole| 255 - darker(255 - part, whole)))))
    }

    fn ink(&self, tag: &BytesStart<'_>) -> Ink {
        let theme = self.named(tag, ["themeColor", "themeShade", "themeTint"]);
        let own = || of_hex(&attribute(tag, "val").unwrap_or_default());
        theme.or_else(own).map_or(Ink::Automatic, Ink::Plain)
    }

    /// What a shading (`w:shd`) lays behind; `None` where it lays nothing.
    pub(super) fn shade(&self, tag: &BytesStart<'_>) -> Option<Ground> {
        let pattern = attribute(tag, "val").unwrap_or_default();
        let fill = || {
            let theme = self.named(tag, ["themeFill", "themeFillShade", "themeFillTint"]);
            theme.or_else(|| of_hex(&attribute(tag, "fill")?))
        };
        match pattern.as_ref() {
            "clear" | "nil" | "" => fill().map(Ground::Plain),
            "solid" => {
                let theme = self.named(tag, ["themeColor", "themeShade", "themeTint"]);
                let own = theme.or_else(|| of_hex(&attribute(tag, "color")?));
                Some(own.map_or(Ground::Unknown, Ground::Plain))
            }
            _ => Some(Ground::Unknown),
        }
    }
}

/// The colours of markers (`ST_HighlightColor`, ECMA-376 17.18.40).
fn highlight(name: &str) -> Option<Colour> {
    HIGHLIGHTS.iter().find(|(known, _)| *known == name).map(|&(_, colour)| colour)
}

const HIGHLIGHTS: [(&str, Colour); 16] = [
    ("black", 0),
    ("blue", 0x00_00ff),
    ("cyan", 0x00_ffff),
    ("darkBlue", 0x00_0080),
    ("darkCyan", 0x00_8080),
    ("darkGray", 0x80_8080),
    ("darkGreen", 0x00_8000),
    ("darkMagenta", 0x80_0080),
    ("darkRed", 0x80_0000),
    ("darkYellow", 0x80_8000),
    ("green", 0x00_ff00),
    ("lightGray", 0xc0_c0c0),
    ("magenta", 0xff_00ff),
    ("red", 0xff_0000),
    ("white", WHITE),
    ("yellow", 0xff_ff00),
];
