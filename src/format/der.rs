//! DER and BER (X.690): entitlements in DER, and the content of a signed CMS envelope (RFC 5652).
//!
//! Entitlements have the form of `CoreEntitlements` (`CEValidate`): an `[APPLICATION 16]` with the version 1 and a
//! dictionary `[16]` of sequences, each a key and a value. Before it was final, a dictionary was a SET.

use std::borrow::Cow;

use super::plist::{At, Builder, Node, Value};
use crate::deadline;
use crate::doubt::{Code, Reading};
use crate::error::Error;
use crate::limits;
use crate::source::Place;

/// Identifier octets.
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const ENTITLEMENTS: u8 = 0x70;
const DICTIONARY: u8 = 0xb0;
const EXPLICIT_0: u8 = 0xa0;
/// Set in an identifier octet whose content is elements.
const CONSTRUCTED: u8 = 0x20;

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// 1.2.840.113549.1.7.1
const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

/// The head of one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Element {
    identifier: u8,
    /// Where its content begins.
    start: usize,
    /// Where its content ends; `None` for the indefinite form.
    end: Option<usize>,
}

/// Reads the head of the element at `at`, which has to end at or before `limit`. Identifiers are one octet.
fn element(bytes: &[u8], at: usize, limit: usize) -> Option<Element> {
    let bytes = bytes.get(..limit)?;
    let (&identifier, &length) = (bytes.get(at)?, bytes.get(at.checked_add(1)?)?);
    let after = at + 2;
    let (start, end) = match length {
        0x80 => (after, None),
        0..0x80 => (after, Some(after + usize::from(length))),
        _ => {
            let count = usize::from(length & 0x7f);
            let octets = bytes.get(after..after.checked_add(count)?)?;
            if count > 8 {
                return None;
            }
            let len = octets.iter().fold(0_u64, |len, &octet| (len << 8) | u64::from(octet));
            let start = after + count;
            (start, Some(start.checked_add(usize::try_from(len).ok()?)?))
        }
    };
    let fits = identifier & 0x1f != 0x1f && end.is_none_or(|end| end <= limit);
    let is_definite = end.is_some() || identifier & CONSTRUCTED != 0;
    (fits && is_definite).then_some(Element { identifier, start, end })
}

/// What is open while entitlements are read.
struct Open {
    end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dictionary,
    Array,
    /// A key and its value.
    Pair,
}

/// Reads entitlements in DER as the property list that they mean.
///
/// # Errors
/// `der-malformed`, `limit-plist-…`.
pub fn entitlements(bytes: &[u8], place: &Place) -> Result<Reading<Node>, Error> {
    let mut builder = Builder::new(place, Vec::new());
    let malformed = |at: usize, what: &str| Error::new(Code::DerMalformed, shifted(place, at), what);
    let len = bytes.len();
    let top = element(bytes, 0, len).ok_or_else(|| malformed(0, "there is no element in DER"))?;
    let mut at = 0;
    if top.identifier == ENTITLEMENTS {
        let version = element(bytes, top.start, len).filter(|e| e.identifier == INTEGER);
        let version = version.and_then(|e| Some((e, bytes.get(e.start..e.end?)?)));
        match version {
            Some((version, [1])) => at = version.end.unwrap_or(len),
            _ => return Err(malformed(top.start, "the entitlements do not have version 1")),
        }
    }
    let limit = top.end.ok_or_else(|| malformed(0, "the length is indefinite, which DER does not have"))?;
    if limit != len {
        return Err(malformed(limit, "something follows the entitlements"));
    }
    let mut open: Vec<Open> = Vec::new();
    loop {
        deadline::step();
        let limit = open.last().map_or(limit, |open| open.end);
        let here = At::byte(at as u64);
        let found = element(bytes, at, limit).and_then(|e| Some((e, e.end?)));
        let Some((found, end)) = found else {
            return Err(malformed(at, "an element does not fit into the one around it"));
        };
        let content = bytes.get(found.start..end).unwrap_or_default();
        let kind = open.last().map(|open| open.kind);
        let mut root = None;
        if kind == Some(Kind::Dictionary) {
            let key = element(bytes, found.start, end).filter(|key| key.identifier == UTF8_STRING);
            let key = key.and_then(|key| Some((key.start, key.end?)));
            let text = key.and_then(|(start, end)| std::str::from_utf8(bytes.get(start..end)?).ok());
            let (Some((start, key_end)), Some(text), SEQUENCE) = (key, text, found.identifier) else {
                return Err(malformed(at, "a member of a dictionary is no pair of a key and a value"));
            };
            let key_at = At::byte(start as u64);
            let key = builder.text(text, key_at)?;
            builder.key(key, key_at)?;
            open.push(Open { end, kind: Kind::Pair });
            at = key_end;
            continue;
        }
        let is_root = kind.is_none();
        match found.identifier {
            DICTIONARY | SET => {
                builder.open_dictionary(here)?;
                open.push(Open { end, kind: Kind::Dictionary });
                at = found.start;
            }
            _ if is_root => return Err(malformed(at, "the entitlements are no dictionary")),
            SEQUENCE => {
                builder.open_array(here)?;
                open.push(Open { end, kind: Kind::Array });
                at = found.start;
            }
            identifier => {
                let value = match (identifier, content) {
                    (BOOLEAN, [value]) => Some(Value::Boolean(*value != 0)),
                    (INTEGER, _) => integer(content).map(Value::Integer),
                    (UTF8_STRING, _) => match std::str::from_utf8(content) {
                        Ok(text) => Some(Value::Text(builder.text(text, here)?)),
                        Err(_) => None,
                    },
                    (OCTET_STRING, _) => Some(Value::Data),
                    _ => None,
                };
                let value = value.ok_or_else(|| malformed(at, "a value is of no type that entitlements have"))?;
                builder.value(value, here)?;
                at = end;
            }
        }
        // Close what ends here; a pair has to end with its value.
        while let Some(last) = open.last().filter(|last| last.end == at || last.kind == Kind::Pair) {
            deadline::step();
            if last.end != at {
                // The value of this pair has just been opened, or the pair holds more than a value.
                return Err(malformed(at, "a pair holds more than a key and a value"));
            }
            if last.kind != Kind::Pair {
                root = builder.close(At::byte(at as u64))?;
            }
            open.pop();
        }
        if let Some(root) = root {
            if at != len {
                return Err(malformed(at, "something follows the dictionary"));
            }
            return Ok(builder.finish(root));
        }
    }
}

fn shifted(place: &Place, at: usize) -> Place {
    place.clone().at(place.offset.unwrap_or_default().saturating_add(at as u64))
}

fn integer(content: &[u8]) -> Option<i128> {
    let first = *content.first().filter(|_| content.len() <= 9)?;
    let start = if first & 0x80 == 0 { 0 } else { -1 };
    Some(content.iter().fold(start, |number, &octet| (number << 8) | i128::from(octet)))
}

/// The content of a signed envelope: what was signed, and where it begins in `bytes` when it stands there in one
/// piece. The signature is not checked.
///
/// # Errors
/// `cms-malformed`.
pub fn signed_content<'b>(bytes: &'b [u8], place: &Place) -> Result<(Cow<'b, [u8]>, Option<u64>), Error> {
    let malformed = |at: usize, what: &str| Error::new(Code::CmsMalformed, shifted(place, at), what);
    let mut at = 0;
    let mut limit = bytes.len();
    let mut around = None;
    // Down to the content: step over what stands before it at each level.
    let path: [(u8, Option<&[u8]>); 9] = [
        (SEQUENCE, None),
        (OBJECT_IDENTIFIER, Some(SIGNED_DATA)),
        (EXPLICIT_0, None),
        (SEQUENCE, None),
        (INTEGER, Some(&[])),
        (SET, Some(&[])),
        (SEQUENCE, None),
        (OBJECT_IDENTIFIER, Some(DATA)),
        (EXPLICIT_0, None),
    ];
    for (identifier, stepped_over) in path {
        let found = element(bytes, at, limit).filter(|found| found.identifier == identifier);
        let found = found.ok_or_else(|| malformed(at, "this is no signed envelope with its content"))?;
        let Some(content) = stepped_over else {
            around = found.end;
            limit = found.end.unwrap_or(limit);
            at = found.start;
            continue;
        };
        let (end, next) = past(bytes, at, limit).ok_or_else(|| malformed(at, "an element of the envelope is cut"))?;
        if !content.is_empty() && bytes.get(found.start..end) != Some(content) {
            return Err(malformed(at, "the envelope holds another kind of content"));
        }
        at = next;
    }
    // A length that ends before what is around it does hides the rest of the content.
    let ends_at = |at: usize| match around {
        Some(end) if end == at => Ok(()),
        None if is_end_of_contents(bytes, at) => Ok(()),
        _ => Err(malformed(at, "something follows the content")),
    };
    let found = element(bytes, at, limit).ok_or_else(|| malformed(at, "the content is cut"))?;
    if found.identifier == OCTET_STRING {
        let content = found.end.and_then(|end| Some((bytes.get(found.start..end)?, end)));
        let (content, end) = content.ok_or_else(|| malformed(at, "the content is cut"))?;
        ends_at(end)?;
        return Ok((Cow::Borrowed(content), Some(found.start as u64)));
    }
    if found.identifier != OCTET_STRING | CONSTRUCTED {
        return Err(malformed(at, "the content is no octet string"));
    }
    // Pieces, one after the other.
    let limit = found.end.unwrap_or(limit);
    let mut pieces = Vec::new();
    let mut at = found.start;
    loop {
        deadline::step();
        if found.end == Some(at) {
            ends_at(at)?;
            break;
        }
        if found.end.is_none() && is_end_of_contents(bytes, at) {
            ends_at(at.saturating_add(END_OF_CONTENTS.len()))?;
            break;
        }
        let piece = element(bytes, at, limit).filter(|piece| piece.identifier == OCTET_STRING);
        let piece = piece.and_then(|piece| Some((bytes.get(piece.start..piece.end?)?, piece.end?)));
        let (piece, end) = piece.ok_or_else(|| malformed(at, "a piece of the content is malformed or cut"))?;
        pieces.extend_from_slice(piece);
        at = end;
    }
    Ok((Cow::Owned(pieces), None))
}

/// What ends an element of indefinite length.
const END_OF_CONTENTS: [u8; 2] = [0, 0];

fn is_end_of_contents(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(&END_OF_CONTENTS))
}

/// Where the content of the element at `at` ends, and where the next element begins.
fn past(bytes: &[u8], at: usize, limit: usize) -> Option<(usize, usize)> {
    let first = element(bytes, at, limit)?;
    if let Some(end) = first.end {
        return Some((end, end));
    }
    let mut at = first.start;
    let mut depth = 1_usize;
    loop {
        deadline::step();
        if bytes.get(at..at.checked_add(2)?)? == [0, 0] {
            depth -= 1;
            if depth == 0 {
                return Some((at, at + 2));
            }
            at += 2;
            continue;
        }
        let found = element(bytes, at, limit)?;
        if found.end.is_none() {
            depth += 1;
        }
        at = found.end.unwrap_or(found.start);
        if depth > limits::PLIST_DEPTH {
            return None;
        }
    }
}
