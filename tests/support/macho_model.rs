//! A small reader of the entitlements in a signature, written from the structures of xnu and not from the program: every
//! slice, slot 5 alone. `None` is "a device does not start it, or this reader does not know".

use super::plist_model::{Value, read};

fn be(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn le(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

/// The keys of the entitlements of every slice.
pub fn entitlements(bytes: &[u8]) -> Option<Vec<String>> {
    if be(bytes, 0)? != 0xcafe_babe {
        return slice(bytes);
    }
    let mut all = Vec::new();
    for number in 0..be(bytes, 4)?.min(16) {
        let at = 8 + number * 20;
        let (start, size) = (be(bytes, at + 8)?, be(bytes, at + 12)?);
        all.extend(slice(bytes.get(start..start.checked_add(size)?)?)?);
    }
    Some(all)
}

fn slice(bytes: &[u8]) -> Option<Vec<String>> {
    if le(bytes, 0)? != 0xfeed_facf {
        return None;
    }
    let (count, size) = (le(bytes, 16)?, le(bytes, 20)?);
    let mut at = 32;
    for _ in 0..count {
        let (command, len) = (le(bytes, at)?, le(bytes, at + 4)?);
        if len < 8 || at + len > 32 + size {
            return None;
        }
        if command == 0x1d {
            let start = le(bytes, at + 8)?;
            return signature(bytes.get(start..start.checked_add(le(bytes, at + 12)?)?)?);
        }
        at += len;
    }
    Some(Vec::new())
}

fn signature(bytes: &[u8]) -> Option<Vec<String>> {
    if be(bytes, 0)? != 0xfade_0cc0 || be(bytes, 4)? > bytes.len() {
        return None;
    }
    for number in 0..be(bytes, 8)? {
        if be(bytes, 12 + number * 8)? != 5 {
            continue;
        }
        let start = be(bytes, 16 + number * 8)?;
        let len = be(bytes, start + 4)?;
        if be(bytes, start)? != 0xfade_7171 || len < 8 {
            return None;
        }
        let Value::Dict(members) = read(bytes.get(start + 8..start.checked_add(len)?)?)? else { return None };
        return Some(members.into_keys().collect());
    }
    Some(Vec::new())
}
