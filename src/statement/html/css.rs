//! What attributes say of how an element is shown: visible or not, in which style, as which part of a table.
//!
//! Only what stands in the element itself is looked at, and what a style sheet in the page says of single elements,
//! classes and ids ([`super::sheet`]). A reader of the page does not see what is hidden, so it discloses nothing.

use super::super::colour::Colour;
use crate::deadline;

/// What stands behind a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ground {
    /// Nothing says.
    #[default]
    Unset,
    /// One colour.
    Plain(Colour),
    /// A picture, or a colour that is not known.
    Unknown,
}

/// How an element is laid out, as far as it says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    None,
    Inline,
    Block,
    Table,
    Group,
    Row,
    Cell,
}

/// What declarations say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Look {
    pub(super) layout: Option<Layout>,
    /// `visibility`: true for visible.
    pub(super) visible: Option<bool>,
    /// `font-size`: true for more than nothing.
    pub(super) sized: Option<bool>,
    /// Hidden by other means: no opacity, no height, off the screen.
    pub(super) gone: bool,
    pub(super) colour: Option<Colour>,
    /// The text has no colour at all.
    pub(super) transparent: bool,
    pub(super) ground: Option<Ground>,
    pub(super) bold: Option<bool>,
    pub(super) italic: Option<bool>,
    pub(super) struck: bool,
}

/// The parts of a declaration that only together hide.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four properties that are on or off")]
struct Frame {
    lifted: bool,
    away: bool,
    flat: bool,
    clipped: bool,
}

impl Look {
    /// What the declarations in `css` say; the last of two for one property counts, `!important` before others.
    pub(super) fn of(css: &str) -> Look {
        let mut look = Look::default();
        look.read(css);
        look
    }

    /// Reads further declarations over these.
    pub(super) fn read(&mut self, css: &str) {
        let plain = plain(css);
        let mut frame = Frame::default();
        let declarations = || plain.split(';').filter_map(|part| part.split_once(':'));
        let important = |value: &str| value.contains("!important");
        for weighty in [false, true] {
            for (property, value) in declarations().filter(|(_, value)| important(value) == weighty) {
                deadline::step();
                let value = value.split('!').next().unwrap_or_default().trim();
                self.declare(property.trim(), value, &mut frame);
            }
        }
        self.gone |= (frame.lifted && frame.away) || (frame.clipped && frame.flat);
    }

    /// These declarations with `over` before them.
    pub(super) fn under(&self, over: &Look) -> Look {
        Look {
            layout: over.layout.or(self.layout),
            visible: over.visible.or(self.visible),
            sized: over.sized.or(self.sized),
            gone: over.gone || self.gone,
            colour: over.colour.or(self.colour),
            transparent: over.transparent || (self.transparent && over.colour.is_none()),
            ground: over.ground.or(self.ground),
            bold: over.bold.or(self.bold),
            italic: over.italic.or(self.italic),
            struck: over.struck || self.struck,
        }
    }

    fn declare(&mut self, property: &str, value: &str, frame: &mut Frame) {
        match property {
            "display" => {
                self.layout = match value {
                    "none" => Some(Layout::None),
                    "inline" | "contents" | "inline-block" => Some(Layout::Inline),
                    "table" | "inline-table" => Some(Layout::Table),
                    "table-row-group" | "table-header-group" | "table-footer-group" => Some(Layout::Group),
                    "table-row" => Some(Layout::Row),
                    "table-cell" => Some(Layout::Cell),
                    "" => self.layout,
                    _ => Some(Layout::Block),
                }
            }
            "visibility" => self.visible = Some(!matches!(value, "hidden" | "collapse")),
            "content-visibility" => self.gone |= value == "hidden",
            "font-size" => {
                let least = if value.ends_with("px") || value.ends_with("pt") { TINY } else { TINY / 10.0 };
                self.sized = Some(number(value).is_none_or(|size| size > least));
            }
            "opacity" => self.gone |= number(value).is_some_and(|opacity| opacity <= FAINT),
            "color" => {
                self.transparent = value == "transparent" || has_no_alpha(value);
                self.colour = colour(value).or(self.colour.filter(|_| value == "inherit"));
            }
            "background" | "background-color" => {
                let plain = value.split_whitespace().find_map(colour);
                let pictured = value.contains("url(") || value.contains("gradient");
                self.ground = match plain.or_else(|| colour(value)) {
                    _ if matches!(value, "none" | "transparent" | "inherit" | "initial") => self.ground,
                    Some(plain) if !pictured => Some(Ground::Plain(plain)),
                    _ => Some(Ground::Unknown),
                };
            }
            "font-weight" => {
                self.bold = match value {
                    "bold" | "bolder" => Some(true),
                    "normal" | "lighter" => Some(false),
                    _ => number(value).map(|weight| weight >= 600.0).or(self.bold),
                }
            }
            "font-style" => self.italic = Some(matches!(value, "italic" | "oblique")),
            "text-decoration" | "text-decoration-line" => self.struck |= value.contains("line-through"),
            "position" => frame.lifted = matches!(value, "absolute" | "fixed" | "relative"),
            "left" | "right" | "top" | "bottom" => frame.away |= number(value).is_some_and(|at| at <= AWAY),
            "margin-left" | "margin-top" | "text-indent" => self.gone |= number(value).is_some_and(|at| at <= AWAY),
            "width" | "height" | "max-width" | "max-height" => {
                frame.flat |= number(value).is_some_and(|size| size <= 1.0) && !value.ends_with('%');
            }
            "overflow" | "overflow-x" | "overflow-y" => frame.clipped |= matches!(value, "hidden" | "clip"),
            "clip" => {
                let zero = value.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(number).all(|at| at <= 1.0);
                frame.away |= value.starts_with("rect(") && zero;
            }
            "clip-path" => self.gone |= value.starts_with("inset(50%") || value.starts_with("inset(100%"),
            "transform" => self.gone |= value.contains("scale(0)"),
            "mso-hide" => self.gone |= value == "all",
            _ => {}
        }
    }
}

/// Pixels or points up to which nobody can read a text.
const TINY: f64 = 1.0;

/// Opacity below which nothing can be read.
const FAINT: f64 = 0.05;

/// An offset from which on a box lies off the screen, in whatever unit (`-999px`, `-100em`).
const AWAY: f64 = -99.0;

/// `css` in small letters, without comments and escapes.
fn plain(css: &str) -> String {
    let mut plain = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(['/', '\\']) {
        deadline::step();
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(comment) = from.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some(escaped) = from.strip_prefix('\\') {
            let digits: usize = escaped.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
            let (hex, after) = escaped.split_at(digits);
            match u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) {
                Some(c) => {
                    plain.push(c);
                    rest = after.strip_prefix(char::is_whitespace).unwrap_or(after);
                }
                None => rest = escaped,
            }
        } else {
            plain.push('/');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    plain.push_str(rest);
    plain.make_ascii_lowercase();
    plain
}

/// The number at the beginning of `value`, its unit left out.
fn number(value: &str) -> Option<f64> {
    let end = value.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

/// True for `rgba(…, 0)` and its like.
fn has_no_alpha(value: &str) -> bool {
    let last = || value.trim_end_matches(')').rsplit([',', '/']).next().and_then(|last| number(last.trim()));
    (value.starts_with("rgba(") || value.starts_with("hsla(")) && last().is_some_and(|alpha| alpha <= FAINT)
}

/// The colour that `value` writes; `None` for one that is not known.
pub(super) fn colour(value: &str) -> Option<Colour> {
    let value = value.trim();
    if let Some(hex) = value.strip_prefix('#') {
        let digits = u32::from_str_radix(hex, 16).ok()?;
        return match hex.len() {
            3 => Some((((digits >> 8) & 0xf) * 0x11_0000) | (((digits >> 4) & 0xf) * 0x1100) | ((digits & 0xf) * 0x11)),
            6 => Some(digits),
            _ => None,
        };
    }
    if let Some(parts) = value.strip_prefix("rgba(").or_else(|| value.strip_prefix("rgb(")) {
        let parts = parts.trim_end_matches(')').split([',', ' ', '/']).filter(|part| !part.is_empty());
        let channels: Vec<u32> = parts.take(3).filter_map(|part| part.parse().ok()).collect();
        return match channels.as_slice() {
            [red, green, blue] => Some((red & 0xff) << 16 | (green & 0xff) << 8 | (blue & 0xff)),
            _ => None,
        };
    }
    COLOURS.iter().find(|(name, _)| *name == value).map(|&(_, colour)| colour)
}

/// Colours by name that statements are written in and on.
const COLOURS: &[(&str, Colour)] = &[
    ("black", 0),
    ("blue", 0xff),
    ("gray", 0x80_8080),
    ("green", 0x8000),
    ("grey", 0x80_8080),
    ("lightgray", 0xd3_d3d3),
    ("lightgrey", 0xd3_d3d3),
    ("navy", 0x80),
    ("red", 0xff_0000),
    ("silver", 0xc0_c0c0),
    ("snow", 0xff_fafa),
    ("white", 0xff_ffff),
    ("whitesmoke", 0xf5_f5f5),
    ("windowtext", 0),
    ("yellow", 0xff_ff00),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn hides(css: &str) -> bool {
        let look = Look::of(css);
        look.layout == Some(Layout::None)
            || look.visible == Some(false)
            || look.sized == Some(false)
            || look.gone
            || look.transparent
    }

    #[test]
    fn declarations_that_hide() {
        for css in [
            "display:none",
            "color:red; DISPLAY : NONE !important;",
            "display:block;display:none",
            "display:none!important;display:block",
            "disp\\6c ay:none",
            "dis/**/play:none",
            "visibility:hidden",
            "font-size:0",
            "font-size: 0px",
            "font-size:1px",
            "font-size:0.01em",
            "opacity:0",
            "opacity: 0.0",
            "position:absolute;left:-9999px",
            "position: fixed; top: -1000em",
            "text-indent:-9999px",
            "height:0;overflow:hidden",
            "position:absolute;clip:rect(0 0 0 0)",
            "color:transparent",
            "color:rgba(0, 0, 0, 0)",
            "transform:scale(0)",
            "mso-hide:all",
        ] {
            assert!(hides(css), "{css}");
        }
        for css in [
            "display:none;display:block",
            "display:block!important;display:none",
            "visibility:visible",
            "font-size:12px",
            "font-size:0.9em",
            "font-size:.5em",
            "font-size:8px",
            "font-size:larger",
            "opacity:0.8",
            "left:-9999px",
            "height:0",
            "width:100%;overflow:hidden",
            "max-width:1%;overflow:hidden",
            "color:rgba(0,0,0,0.85)",
            "text-indent:-18.0pt",
            "margin-left:-21pt",
            "position:relative;left:-2px",
            "position:relative;overflow:hidden",
        ] {
            assert!(!hides(css), "{css}");
        }
    }

    #[test]
    fn colours_in_every_notation() {
        for text in ["#fff", "#FFFFFF", "white", "rgb(255,255,255)", "rgba(255, 255, 255, 1)", "rgb(255 255 255)"] {
            assert_eq!(Look::of(&format!("color:{text}")).colour, Some(0xff_ffff), "{text}");
        }
        assert_eq!(colour("var(--x)"), None);
    }
}
