//! Fonts: from the bytes of a shown text to characters and widths.
//!
//! A character comes from the font's own table to Unicode where it has one, otherwise from the encoding (ISO 32000-1,
//! 9.10.2). What neither tells is no character: it is counted, and never guessed.

use std::collections::HashMap;
use std::sync::LazyLock;

use encoding_rs::Encoding;
use hayro_cmap::{BfString, CMap};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

use super::streams;
use crate::deadline;

const GLYPHS: &str = include_str!("glyphs.tsv");
const WIDTHS: &str = include_str!("widths.tsv");
const RADICALS: &str = include_str!("radicals.tsv");

/// The width of a character of which none is known, in thousandths of the size.
const USUAL_WIDTH: f32 = 500.0;

/// Flags of a font descriptor (ISO 32000-1, table 123).
const SYMBOLIC: u32 = 1 << 2;
const FORCE_BOLD: u32 = 1 << 18;

/// One character code of a shown text.
pub(super) struct Shown {
    /// What it stands for; empty when that is not known.
    pub(super) text: String,
    /// Its width in units of the size.
    pub(super) width: f32,
    /// The code is the single byte 32, to which word spacing applies.
    pub(super) is_space: bool,
}

pub(super) struct Font {
    pub(super) name: String,
    pub(super) bold: bool,
    /// Its characters are signs, not letters.
    pub(super) is_symbols: bool,
    to_unicode: Option<CMap>,
    codes: Codes,
    widths: HashMap<u32, f32>,
    usual: f32,
    /// Thousandths of the size in a unit of the widths.
    scale: f32,
}

/// How bytes make codes, and codes characters without a table to Unicode.
enum Codes {
    /// One byte each.
    Simple(Box<[Option<String>; 256]>),
    /// Two bytes each, of which nothing is known.
    Pairs,
    /// UTF-16, big endian.
    Utf16,
    /// An encoding of the East; the table of characters is that of the encoding.
    Named(&'static Encoding),
    /// By a table in the file.
    Table(Box<CMap>),
}

/// Predefined tables by what their names begin with (ISO 32000-1, table 118), and the encoding that each follows.
const TABLES: [(&str, &Encoding); 15] = [
    ("GB", encoding_rs::GB18030),
    ("83pv-RKSJ", encoding_rs::SHIFT_JIS),
    ("90ms", encoding_rs::SHIFT_JIS),
    ("90pv-RKSJ", encoding_rs::SHIFT_JIS),
    ("Add-RKSJ", encoding_rs::SHIFT_JIS),
    ("Ext-RKSJ", encoding_rs::SHIFT_JIS),
    ("EUC-", encoding_rs::EUC_JP),
    ("B5pc", encoding_rs::BIG5),
    ("HKscs-B5", encoding_rs::BIG5),
    ("ETen-B5", encoding_rs::BIG5),
    ("ETenms-B5", encoding_rs::BIG5),
    ("KSC-EUC", encoding_rs::EUC_KR),
    ("KSCms-UHC", encoding_rs::EUC_KR),
    ("KSCpc-EUC", encoding_rs::EUC_KR),
    ("GBT", encoding_rs::GB18030),
];

fn string(name: &Name<'_>) -> String {
    String::from_utf8_lossy(name).into_owned()
}

impl Font {
    /// The font that `dict` describes.
    pub(super) fn new(dict: &Dict<'_>) -> Font {
        let base = dict.get::<Name<'_>>("BaseFont").map(|name| string(&name)).unwrap_or_default();
        let name = base.split_once('+').map_or(base.as_str(), |(_, name)| name).to_owned();
        let to_unicode = dict.get::<Stream<'_>>("ToUnicode").and_then(|stream| streams::decoded(&stream));
        let to_unicode = to_unicode.and_then(|bytes| CMap::parse(&bytes, |_| None));
        let composite = dict.get::<Name<'_>>("Subtype").is_some_and(|kind| &*kind == b"Type0");
        let descendant = dict.get::<Array<'_>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'_>>().next());
        let own = descendant.as_ref().filter(|_| composite).unwrap_or(dict);
        let descriptor = own.get::<Dict<'_>>("FontDescriptor");
        let flags = descriptor.as_ref().and_then(|descriptor| descriptor.get::<u32>("Flags")).unwrap_or_default();
        let weight = descriptor.as_ref().and_then(|descriptor| descriptor.get::<f32>("FontWeight"));
        let lower = name.to_lowercase();
        let bold = flags & FORCE_BOLD != 0
            || weight.is_some_and(|weight| weight >= 600.0)
            || ["bold", "black", "heavy"].iter().any(|word| lower.contains(word));
        // The glyphs of a font of this type are drawings in a space of their own.
        let drawn = dict.get::<Name<'_>>("Subtype").is_some_and(|kind| &*kind == b"Type3");
        let matrix = dict.get::<Array<'_>>("FontMatrix").and_then(|matrix| matrix.iter::<f32>().next());
        let scale = matrix.filter(|_| drawn).map_or(1.0, |unit| unit.abs() * 1000.0);
        let (codes, widths, usual) =
            if composite { composite_font(dict, own) } else { simple_font(dict, &lower, flags, drawn) };
        let is_symbols = has_symbols(&lower);
        Font { name, bold, is_symbols, to_unicode, codes, widths, usual, scale }
    }

    /// The characters that `bytes` show.
    pub(super) fn show(&self, bytes: &[u8], mut each: impl FnMut(Shown)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            deadline::step();
            let len = self.code_len(rest).min(rest.len()).max(1);
            let (code_bytes, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rest = behind;
            let code = code_bytes.iter().fold(0_u32, |code, &byte| code << 8 | u32::from(byte));
            let text = self.text(code, code_bytes);
            let width = self.width(code, len);
            each(Shown { text, width, is_space: code_bytes == b" " });
        }
    }

    fn code_len(&self, rest: &[u8]) -> usize {
        let first = rest.first().copied().unwrap_or_default();
        match &self.codes {
            Codes::Simple(_) => 1,
            Codes::Pairs => 2,
            Codes::Utf16 => {
                if matches!(first, 0xd8..=0xdb) {
                    4
                } else {
                    2
                }
            }
            Codes::Named(encoding) => match first {
                0..=0x7f => 1,
                0xa1..=0xdf if *encoding == encoding_rs::SHIFT_JIS => 1,
                _ if *encoding == encoding_rs::GB18030 && matches!(rest.get(1), Some(0x30..=0x39)) => 4,
                _ => 2,
            },
            Codes::Table(table) => (1..=4_u8)
                .find(|&len| {
                    let bytes = rest.get(..usize::from(len)).unwrap_or_default();
                    let code = bytes.iter().fold(0_u32, |code, &byte| code << 8 | u32::from(byte));
                    bytes.len() == usize::from(len) && table.lookup_cid_code(code, len).is_some()
                })
                .map_or(2, usize::from),
        }
    }

    fn text(&self, code: u32, bytes: &[u8]) -> String {
        let mapped = self.to_unicode.as_ref().and_then(|table| table.lookup_bf_string(code));
        let mapped = mapped.map(|found| match found {
            BfString::Char(c) => c.to_string(),
            BfString::String(text) => text,
        });
        if let Some(text) = mapped.filter(|text| !text.is_empty() && text.chars().all(is_character)) {
            return plain(&text);
        }
        let text = match &self.codes {
            Codes::Simple(table) => {
                usize::try_from(code).ok().and_then(|code| table.get(code)?.clone()).unwrap_or_default()
            }
            Codes::Utf16 => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
            Codes::Named(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Codes::Pairs | Codes::Table(_) => String::new(),
        };
        if text.chars().all(is_character) { plain(&text) } else { String::new() }
    }

    fn width(&self, code: u32, len: usize) -> f32 {
        let id = match &self.codes {
            Codes::Table(table) => u8::try_from(len).ok().and_then(|len| table.lookup_cid_code(code, len)),
            Codes::Simple(_) | Codes::Pairs => Some(code),
            // The numbers of the glyphs are those of a collection of the East, in which ASCII stands at 1.
            Codes::Utf16 | Codes::Named(_) => (0x20..0x7f).contains(&code).then(|| code - 0x1f),
        };
        let known = id.and_then(|id| self.widths.get(&id).copied());
        let narrow = matches!(self.codes, Codes::Utf16 | Codes::Named(_)) && code < 0x7f;
        known.unwrap_or(if narrow { USUAL_WIDTH } else { self.usual }) * self.scale / 1000.0
    }
}

/// True for what a table to Unicode can mean: no control, no private use, no replacement character.
fn is_character(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}'
        | '\u{fffd}'..='\u{ffff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Radicals, and the characters that they look like.
static CHARACTERS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let c = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let pairs = RADICALS.lines().filter_map(|line| line.split_once('\t'));
    pairs.filter_map(|(radical, character)| Some((c(radical)?, c(character)?))).collect()
});

/// Ligatures as letters, radicals as the characters that a reader sees.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        deadline::step();
        match c {
            '\u{fb00}' => plain.push_str("ff"),
            '\u{fb01}' => plain.push_str("fi"),
            '\u{fb02}' => plain.push_str("fl"),
            '\u{fb03}' => plain.push_str("ffi"),
            '\u{fb04}' => plain.push_str("ffl"),
            '\n' | '\r' | '\u{a0}' => plain.push(' '),
            '\u{2e80}'..='\u{2fdf}' => plain.push(CHARACTERS.get(&c).copied().unwrap_or(c)),
            c => plain.push(c),
        }
    }
    plain
}

/// True for the name, in lower case, of a font of bullets and other signs.
fn has_symbols(name: &str) -> bool {
    ["symbol", "dings"].iter().any(|word| name.contains(word))
}

fn composite_font(dict: &Dict<'_>, own: &Dict<'_>) -> (Codes, HashMap<u32, f32>, f32) {
    let codes = match dict.get::<Object<'_>>("Encoding") {
        Some(Object::Name(name)) => {
            let name = string(&name);
            let table = TABLES.iter().find(|(begins, _)| name.starts_with(begins));
            if name.starts_with("Uni") && (name.contains("UCS2") || name.contains("UTF16")) {
                Codes::Utf16
            } else {
                table.map_or(Codes::Pairs, |(_, encoding)| Codes::Named(encoding))
            }
        }
        Some(Object::Stream(stream)) => streams::decoded(&stream)
            .and_then(|bytes| CMap::parse(&bytes, |_| None))
            .map_or(Codes::Pairs, |table| Codes::Table(Box::new(table))),
        _ => Codes::Pairs,
    };
    let mut widths = HashMap::new();
    if let Some(list) = own.get::<Array<'_>>("W") {
        let mut items = list.iter::<Object<'_>>();
        while let Some(first) = items.next().and_then(Object::into_number) {
            deadline::step();
            let first = u32::try_from(first.as_i64()).unwrap_or(u32::MAX);
            match items.next() {
                Some(Object::Array(each)) => {
                    for (index, width) in (0_u32..).zip(each.iter::<f32>()) {
                        deadline::step();
                        widths.insert(first.saturating_add(index), width);
                    }
                }
                Some(Object::Number(last)) => {
                    let last = u32::try_from(last.as_i64()).unwrap_or_default().min(u32::from(u16::MAX));
                    let Some(width) = items.next().and_then(Object::into_f32) else { break };
                    widths.extend((first..=last).map(|id| (id, width)));
                }
                _ => break,
            }
            if widths.len() > usize::from(u16::MAX) {
                break;
            }
        }
    }
    (codes, widths, own.get::<f32>("DW").unwrap_or(1000.0))
}

fn simple_font(dict: &Dict<'_>, lower: &str, flags: u32, drawn: bool) -> (Codes, HashMap<u32, f32>, f32) {
    let embedded = drawn
        || dict.get::<Dict<'_>>("FontDescriptor").is_some_and(|descriptor| {
            ["FontFile", "FontFile2", "FontFile3"].iter().any(|key| descriptor.contains_key(key))
        });
    let encoding = dict.get::<Object<'_>>("Encoding");
    let base = match &encoding {
        Some(Object::Name(name)) => Some(string(name)),
        Some(Object::Dict(encoding)) => encoding.get::<Name<'_>>("BaseEncoding").map(|name| string(&name)),
        _ => None,
    };
    let mut table: Box<[Option<String>; 256]> = Box::new(std::array::from_fn(|_| None));
    let fill = |table: &mut [Option<String>; 256], encoding: &'static Encoding| {
        for (code, slot) in (0..=u8::MAX).zip(table.iter_mut()).skip(32) {
            *slot = Some(encoding.decode_without_bom_handling(&[code]).0.into_owned());
        }
    };
    match base.as_deref() {
        Some("WinAnsiEncoding") => fill(&mut table, encoding_rs::WINDOWS_1252),
        Some("MacRomanEncoding") => fill(&mut table, encoding_rs::MACINTOSH),
        // Without an encoding the font's own counts: that of an embedded font is in the font.
        _ if has_symbols(lower) || drawn || (embedded && (flags & SYMBOLIC != 0 || encoding.is_none())) => {}
        _ => {
            for (_, text, code) in glyphs() {
                if let Some(slot) = code.and_then(|code| table.get_mut(usize::from(code))) {
                    *slot = Some(text.to_string());
                }
            }
        }
    }
    if let Some(Object::Dict(encoding)) = &encoding
        && let Some(differences) = encoding.get::<Array<'_>>("Differences")
    {
        let mut code = 0_usize;
        for item in differences.iter::<Object<'_>>() {
            deadline::step();
            match item {
                Object::Number(number) => code = usize::try_from(number.as_i64()).unwrap_or(usize::MAX),
                Object::Name(name) => {
                    if let Some(slot) = table.get_mut(code) {
                        *slot = glyph(&string(&name));
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
    }
    let first = dict.get::<u32>("FirstChar").unwrap_or_default();
    let mut widths: HashMap<u32, f32> = HashMap::new();
    if let Some(list) = dict.get::<Array<'_>>("Widths") {
        widths.extend((first..=255).zip(list.iter::<f32>()));
    } else if lower.contains("courier") {
        widths.extend((0..=255).map(|code| (code, 600.0)));
    } else {
        widths.extend(standard_widths(lower));
    }
    let missing = dict.get::<Dict<'_>>("FontDescriptor").and_then(|descriptor| descriptor.get::<f32>("MissingWidth"));
    (Codes::Simple(table), widths, missing.filter(|&width| width > 0.0).unwrap_or(USUAL_WIDTH))
}

/// The rows of the list of glyphs: name, character, code in `StandardEncoding`.
fn glyphs() -> impl Iterator<Item = (&'static str, char, Option<u8>)> {
    GLYPHS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        let name = fields.next()?;
        let c = char::from_u32(u32::from_str_radix(fields.next()?, 16).ok()?)?;
        Some((name, c, fields.next()?.parse().ok()))
    })
}

/// The character that a glyph is named for: by the list, or by its code (`uni76F8`, `u1F600`).
fn glyph(name: &str) -> Option<String> {
    let bare = name.split('.').next().unwrap_or(name);
    let of_code = |digits: &str| char::from_u32(u32::from_str_radix(digits, 16).ok()?).map(|c| c.to_string());
    if let Some((_, c, _)) = glyphs().find(|(known, ..)| *known == bare) {
        return Some(c.to_string());
    }
    if let Some(digits) = bare.strip_prefix("uni").filter(|digits| digits.len() == 4) {
        return of_code(digits);
    }
    bare.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len())).and_then(of_code)
}

/// The widths of a font that need not be in the file, by the family that its name, in lower case, speaks of.
fn standard_widths(name: &str) -> impl Iterator<Item = (u32, f32)> {
    let family = match (name.contains("times") || name.contains("roman"), name.contains("bold")) {
        (true, true) => "Times-Bold",
        (true, false) => "Times-Roman",
        (false, true) => "Helvetica-Bold",
        (false, false) => "Helvetica",
    };
    let line = WIDTHS.lines().find_map(|line| line.strip_prefix(family)?.strip_prefix('\t')).unwrap_or_default();
    (32..).zip(line.split(' ').filter_map(|width| width.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_are_sorted_and_stand_for_one_character_each() {
        let lines: Vec<&str> = GLYPHS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0].split('\t').next() < pair[1].split('\t').next()));
        assert_eq!(glyphs().count(), lines.len());
        let codes: std::collections::HashSet<u8> = glyphs().filter_map(|(.., code)| code).collect();
        assert_eq!(codes.len(), 149, "StandardEncoding has 149 codes, each once");
    }

    #[test]
    fn a_glyph_is_known_by_its_name_or_its_code() {
        for (name, text) in [("A", "A"), ("hyphen", "-"), ("uni76F8", "相"), ("u76F8", "相"), ("a.alt", "a")] {
            assert_eq!(glyph(name).as_deref(), Some(text), "{name}");
        }
        for name in ["g123", "cid001", "unicorn", "uD800", ""] {
            assert_eq!(glyph(name), None, "{name}");
        }
    }

    #[test]
    fn radicals_are_read_as_the_characters_that_they_look_like() {
        assert_eq!(plain("⻨克⻛ ⽇历 ﬁle"), "麦克风 日历 file");
        assert_eq!(CHARACTERS.len(), RADICALS.lines().filter(|line| !line.starts_with('#')).count());
    }

    #[test]
    fn every_standard_family_has_a_width_for_every_code() {
        for name in ["helvetica", "helvetica-bold", "times-roman", "times-bold"] {
            assert_eq!(standard_widths(name).count(), 95, "{name}");
        }
    }
}
