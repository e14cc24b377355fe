//! A small reader of property lists that follows what is documented of CoreFoundation (`CFPropertyList.c`,
//! `CFBinaryPList.c`, `CFOldStylePList.c`) and nothing else: the keys of the outermost dictionary. Written apart from the
//! program, slow and plain, to be compared with it. `None` is "a device refuses, or this reader does not know".

use std::collections::BTreeMap;

/// A value, as far as the law asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Dict(BTreeMap<String, Value>),
    Other,
}

/// The keys that declare a purpose, without their ending for a device.
pub fn purposes(bytes: &[u8]) -> Option<Vec<String>> {
    Some(purposes_of(&read(bytes)?))
}

pub fn purposes_of(root: &Value) -> Vec<String> {
    let Value::Dict(members) = root else { return Vec::new() };
    let base = |key: &String| match key.find(['~', '-']) {
        Some(at) if at > 0 && at + 1 < key.len() => key[..at].to_owned(),
        _ => key.clone(),
    };
    let is_purpose = |key: &String| key.ends_with("UsageDescription") || key.ends_with("UsageDescriptionDictionary");
    members.keys().map(base).filter(is_purpose).collect()
}

/// The outermost value.
pub fn read(bytes: &[u8]) -> Option<Value> {
    if bytes.starts_with(b"bplist0") {
        return binary(bytes);
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok()?,
        _ => String::from_utf8(bytes.to_vec()).ok()?,
    };
    let mut rest = text.trim_start_matches(BLANKS);
    if !rest.starts_with('<') {
        return old(rest);
    }
    // The prolog: what stands before the first element.
    loop {
        rest = rest.trim_start_matches(BLANKS);
        rest = match rest {
            _ if rest.starts_with("<?") => rest.split_once("?>")?.1,
            _ if rest.starts_with("<!--") => rest[4..].split_once("-->")?.1,
            _ if rest.starts_with("<!DOCTYPE") => doctype(rest)?,
            _ => break,
        };
    }
    let (name, is_empty, inside) = tag(rest)?;
    if name != "plist" {
        return element(&mut rest);
    }
    rest = inside;
    skip(&mut rest)?;
    if is_empty { None } else { element(&mut rest) }
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

/// A DOCTYPE ends at the first `>`; with an internal subset this reader does not know.
fn doctype(rest: &str) -> Option<&str> {
    let (inside, after) = rest.split_once('>')?;
    (!inside.contains('[')).then_some(after)
}

/// A start tag: its name, whether it is empty, and what follows. It ends at the first `>`.
fn tag(rest: &str) -> Option<(&str, bool, &str)> {
    let (inside, after) = rest.strip_prefix('<')?.split_once('>')?;
    let name = inside.split(|c: char| c == '/' || BLANKS.contains(&c)).next()?;
    Some((name, inside.ends_with('/'), after))
}

/// Over blanks, comments and processing instructions between elements.
fn skip(rest: &mut &str) -> Option<()> {
    loop {
        *rest = rest.trim_start_matches(BLANKS);
        if rest.starts_with("<!--") {
            *rest = rest[4..].split_once("-->")?.1;
        } else if rest.starts_with("<?") {
            *rest = rest.split_once("?>")?.1;
        } else {
            return Some(());
        }
    }
}

/// The characters up to the end tag of `name`, with CDATA and the five references.
fn text<'t>(rest: &mut &'t str, name: &str) -> Option<String> {
    let mut out = String::new();
    loop {
        let at = rest.find(['<', '&'])?;
        out.push_str(&rest[..at]);
        *rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("<![CDATA[") {
            let (section, after): (&'t str, &'t str) = inside.split_once("]]>")?;
            out.push_str(section);
            *rest = after;
        } else if let Some(after) = rest.strip_prefix('&') {
            let (entity, after) = after.split_once(';')?;
            out.push(match entity {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "apos" => '\'',
                "quot" => '"',
                _ => {
                    let number = entity.strip_prefix('#')?;
                    let number = match number.strip_prefix('x') {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(number)?
                }
            });
            *rest = after;
        } else {
            end(rest, name)?;
            return Some(out);
        }
    }
}

fn end(rest: &mut &str, name: &str) -> Option<()> {
    let after = rest.strip_prefix("</")?.strip_prefix(name)?.trim_start_matches(BLANKS);
    *rest = after.strip_prefix('>')?;
    Some(())
}

fn element(rest: &mut &str) -> Option<Value> {
    let (name, is_empty, after) = tag(rest)?;
    let name = name.to_owned();
    *rest = after;
    match name.as_str() {
        "dict" => {
            let mut members = BTreeMap::new();
            if is_empty {
                return Some(Value::Dict(members));
            }
            loop {
                skip(rest)?;
                if rest.starts_with("</") {
                    end(rest, "dict")?;
                    return Some(Value::Dict(members));
                }
                let (key, is_empty, after) = tag(rest)?;
                if key != "key" {
                    return None;
                }
                *rest = after;
                let key = if is_empty { String::new() } else { text(rest, "key")? };
                skip(rest)?;
                members.insert(key, element(rest)?);
            }
        }
        "array" => {
            if is_empty {
                return Some(Value::Other);
            }
            loop {
                skip(rest)?;
                if rest.starts_with("</") {
                    end(rest, "array")?;
                    return Some(Value::Other);
                }
                element(rest)?;
            }
        }
        "string" | "integer" | "real" | "data" | "date" | "true" | "false" => {
            if !is_empty {
                text(rest, &name)?;
            }
            Some(Value::Other)
        }
        _ => None,
    }
}

/// The binary form: the trailer, the table of offsets, objects.
struct Binary<'b> {
    bytes: &'b [u8],
    offset_size: usize,
    ref_size: usize,
    count: u64,
    table: u64,
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn binary(bytes: &[u8]) -> Option<Value> {
    let trailer = bytes.len().checked_sub(32).filter(|&at| at >= 8)?;
    let field = |at: usize| number(&bytes[trailer + at..trailer + at + 8]);
    let list = Binary {
        bytes,
        offset_size: usize::from(bytes[trailer + 6]),
        ref_size: usize::from(bytes[trailer + 7]),
        count: field(8),
        table: field(24),
    };
    let top = field(16);
    let fits = |size: usize, most: u64| size >= 8 || most < 1 << (8 * size);
    let size = list.count.checked_mul(list.offset_size as u64)?;
    let ok = list.count > 0
        && top < list.count
        && (1..=16).contains(&list.offset_size)
        && (1..=16).contains(&list.ref_size)
        && list.table >= 9
        && list.table.checked_add(size)? == trailer as u64
        && fits(list.ref_size, list.count)
        && fits(list.offset_size, list.table);
    if ok { list.object(top, 0) } else { None }
}

impl Binary<'_> {
    fn at(&self, object: u64) -> Option<usize> {
        if object >= self.count {
            return None;
        }
        let entry = usize::try_from(self.table).ok()? + usize::try_from(object).ok()? * self.offset_size;
        let offset = number(self.bytes.get(entry..entry + self.offset_size)?);
        (offset >= 8 && offset < self.table).then(|| usize::try_from(offset).ok())?
    }

    /// The bytes of objects, which end where the table begins.
    fn piece(&self, at: usize, len: u64) -> Option<&[u8]> {
        let end = at.checked_add(usize::try_from(len).ok()?)?;
        (end as u64 <= self.table).then(|| self.bytes.get(at..end))?
    }

    /// The count in a marker, and where the content begins.
    fn counted(&self, at: usize) -> Option<(u64, usize)> {
        let low = self.piece(at, 1)?[0] & 15;
        if low < 15 {
            return Some((low.into(), at + 1));
        }
        let marker = self.piece(at + 1, 1)?[0];
        if marker & 0xf0 != 0x10 || marker & 15 > 3 {
            return None;
        }
        let len = 1 << (marker & 15);
        Some((number(self.piece(at + 2, len)?), at + 2 + usize::try_from(len).ok()?))
    }

    fn text(&self, object: u64) -> Option<String> {
        let at = self.at(object)?;
        let (count, start) = self.counted(at)?;
        match self.piece(at, 1)?[0] >> 4 {
            5 => String::from_utf8(self.piece(start, count)?.to_vec()).ok().filter(|text| text.is_ascii()),
            6 => {
                let bytes = self.piece(start, count.checked_mul(2)?)?;
                utf16(bytes, u16::from_be_bytes)
            }
            _ => None,
        }
    }

    fn object(&self, object: u64, depth: usize) -> Option<Value> {
        let at = self.at(object)?;
        if depth > 40 {
            return None;
        }
        let marker = self.piece(at, 1)?[0];
        let (count, start) = if marker >> 4 >= 4 { self.counted(at)? } else { (0, at + 1) };
        let refs = |from: usize| -> Option<Vec<u64>> {
            let bytes = self.piece(from, count.checked_mul(self.ref_size as u64)?)?;
            Some(bytes.chunks_exact(self.ref_size).map(number).collect())
        };
        match marker >> 4 {
            0 if matches!(marker, 8 | 9) => Some(Value::Other),
            1 if marker & 15 <= 4 => self.piece(at + 1, 1 << (marker & 15)).map(|_| Value::Other),
            2 if matches!(marker & 15, 2 | 3) => self.piece(at + 1, 1 << (marker & 15)).map(|_| Value::Other),
            3 if marker == 0x33 => self.piece(at + 1, 8).map(|_| Value::Other),
            4 => self.piece(start, count).map(|_| Value::Other),
            5 | 6 => self.text(object).map(|_| Value::Other),
            0xa => {
                for item in refs(start)? {
                    self.object(item, depth + 1)?;
                }
                Some(Value::Other)
            }
            0xd => {
                let keys = refs(start)?;
                let values = refs(start + keys.len() * self.ref_size)?;
                let mut members = BTreeMap::new();
                for (key, value) in keys.iter().zip(values) {
                    members.insert(self.text(*key)?, self.object(value, depth + 1)?);
                }
                Some(Value::Dict(members))
            }
            _ => None,
        }
    }
}

/// The old text form, as far as strings files have it: members of quoted or bare words, with comments.
fn old(text: &str) -> Option<Value> {
    let mut rest = text;
    over_comments(&mut rest)?;
    let is_braced = rest.starts_with('{');
    if is_braced {
        rest = &rest[1..];
    }
    let mut members = BTreeMap::new();
    loop {
        over_comments(&mut rest)?;
        if rest.is_empty() || (is_braced && rest.starts_with('}')) {
            return Some(Value::Dict(members)).filter(|_| is_braced || rest.is_empty());
        }
        let key = word(&mut rest)?;
        over_comments(&mut rest)?;
        if let Some(after) = rest.strip_prefix('=') {
            rest = after;
            over_comments(&mut rest)?;
            word(&mut rest)?;
            over_comments(&mut rest)?;
        }
        rest = rest.strip_prefix(';')?;
        members.insert(key, Value::Other);
    }
}

fn over_comments(rest: &mut &str) -> Option<()> {
    loop {
        *rest = rest.trim_start_matches(BLANKS);
        if rest.starts_with("/*") {
            *rest = rest[2..].split_once("*/")?.1;
        } else if rest.starts_with("//") {
            *rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else {
            return Some(());
        }
    }
}

fn word(rest: &mut &str) -> Option<String> {
    let Some(after) = rest.strip_prefix('"') else {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_$/:.-".contains(c))?;
        let word = rest[..end].to_owned();
        *rest = &rest[end..];
        return Some(word).filter(|word| !word.is_empty());
    };
    let end = after.find(['"', '\\'])?;
    // An escape is beyond this reader.
    let word = after[..end].to_owned();
    *rest = after[end..].strip_prefix('"')?;
    Some(word)
}
