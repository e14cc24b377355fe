//! Binary property lists (`bplist0?`), read as `__CFTryParseBinaryPlist` does and refused where it refuses.

use std::collections::HashMap;
use std::sync::Arc;

use super::{At, Builder, Node, Value};
use crate::deadline;
use crate::doubt::{Code, Reading};
use crate::error::Error;
use crate::format::bytes::Bytes;
use crate::source::Place;

/// What a binary property list begins with: any character may follow (`__CFBinaryPlistGetTopLevelInfo`).
pub(super) const MAGIC: &[u8] = b"bplist0";

/// Bytes before the first object.
const HEAD: u64 = 8;
/// Bytes of the trailer.
const TRAILER: u64 = 32;

/// The trailer, checked.
struct Layout<'b> {
    bytes: Bytes<'b>,
    objects: u64,
    top: u64,
    offset_size: u64,
    ref_size: u64,
    table: u64,
}

/// A container whose references are still being followed.
struct Pending {
    /// Offset of the object: an object that meets itself on the way down is a cycle.
    offset: u64,
    /// Offset of the first reference, to a key or an item.
    refs: u64,
    /// Members or items.
    count: u64,
    /// Members or items done.
    done: u64,
    is_dictionary: bool,
}

/// What stands at an offset.
enum Object {
    Leaf(Value),
    Text { start: u64, units: u64, wide: bool },
    Container { refs: u64, count: u64, is_dictionary: bool },
}

/// # Errors
/// `plist-binary-malformed`, `plist-binary-cycle`, `limit-plist-…`.
pub(super) fn read(bytes: &[u8], place: &Place) -> Result<Reading<Node>, Error> {
    let mut builder = Builder::new(place, Vec::new());
    let file = Layout::new(bytes).map_err(|(offset, message)| malformed(&builder, offset, message))?;
    let root = file.walk(&mut builder)?;
    Ok(builder.finish(root))
}

fn malformed(builder: &Builder<'_>, offset: u64, message: impl Into<String>) -> Error {
    builder.error(Code::PlistBinaryMalformed, At::byte(offset), message)
}

impl<'b> Layout<'b> {
    /// The rules of `__CFBinaryPlistGetTopLevelInfo`, in its order.
    fn new(bytes: &'b [u8]) -> Result<Layout<'b>, (u64, String)> {
        let len = bytes.len() as u64;
        let Some(end) = len.checked_sub(TRAILER).filter(|&end| end > HEAD) else {
            return Err((0, format!("it has {len} bytes, too few for a binary property list")));
        };
        let file = Layout { bytes: Bytes::new(bytes), objects: 0, top: 0, offset_size: 0, ref_size: 0, table: 0 };
        let number = |at, size| file.number(end + at, size).unwrap_or_default();
        let (offset_size, ref_size) = (number(6, 1), number(7, 1));
        let (objects, top, table) = (number(8, 8), number(16, 8), number(24, 8));
        let refuse = |at: u64, message: String| Err((end + at, message));
        if objects == 0 || objects > i64::MAX as u64 {
            return refuse(8, format!("it claims {objects} objects"));
        }
        if top >= objects {
            return refuse(16, format!("object {top} of {objects} is said to be the root"));
        }
        if table <= HEAD || table >= end {
            return refuse(24, format!("the offset table is said to stand at {table}"));
        }
        if offset_size == 0 || ref_size == 0 {
            return refuse(6, "offsets or references have no bytes".to_owned());
        }
        if objects.checked_mul(offset_size).and_then(|size| size.checked_add(table)) != Some(end) {
            return refuse(8, format!("{objects} offsets of {offset_size} bytes at {table} do not end at {end}"));
        }
        // As CoreFoundation compares: 256 objects are too many for references of one byte, though 255 is the largest.
        let fits = |size: u64, number: u64| size >= 8 || number < 1 << (8 * size);
        if !fits(ref_size, objects) {
            return refuse(7, format!("references of {ref_size} bytes are too small for {objects} objects"));
        }
        if !fits(offset_size, table) {
            return refuse(6, format!("offsets of {offset_size} bytes are too small for a table at {table}"));
        }
        let file = Layout { objects, top, offset_size, ref_size, table, ..file };
        for object in 0..objects {
            deadline::step();
            let at = table + object * offset_size;
            match file.number(at, offset_size) {
                Some(offset) if offset < table => {}
                _ => return Err((at, format!("object {object} is said to stand behind the objects"))),
            }
        }
        Ok(file)
    }

    /// The big-endian number of `size` bytes at `at`; of more than 8 bytes the last 8 (`_getSizedInt`).
    fn number(&self, at: u64, size: u64) -> Option<u64> {
        let bytes = self.bytes.slice(usize::try_from(at).ok()?, usize::try_from(size).ok()?)?;
        Some(bytes.iter().fold(0, |number, &byte| (number << 8) | u64::from(byte)))
    }

    /// The offset of the object that the reference at `at` means (`_getOffsetOfRefAt`).
    fn follow(&self, at: u64) -> Option<u64> {
        if at.checked_add(self.ref_size)? > self.table {
            return None;
        }
        self.offset_of(self.number(at, self.ref_size)?)
    }

    fn offset_of(&self, object: u64) -> Option<u64> {
        if object >= self.objects {
            return None;
        }
        self.number(self.table + object * self.offset_size, self.offset_size).filter(|&offset| offset >= HEAD)
    }

    /// What stands at `offset` (`__CFBinaryPlistCreateObjectFiltered`); `None` where that function gives up.
    fn object(&self, offset: u64) -> Option<Object> {
        let marker = self.number(offset, 1)?;
        let low = marker & 0x0f;
        // The bytes of an object end before the offset table.
        let within = |start: u64, len: u64| start.checked_add(len).filter(|&end| end <= self.table).map(|_| start);
        let counted = || {
            if low != 0x0f {
                return Some((offset + 1, low));
            }
            let size =
                self.number(offset + 1, 1).filter(|marker| marker & 0xf0 == 0x10).map(|m| 1_u64 << (m & 0x0f))?;
            let start = within(offset + 2, size)? + size;
            let count = self.number(offset + 2, size).filter(|&count| i64::try_from(count).is_ok())?;
            Some((start, count))
        };
        Some(match marker >> 4 {
            0x0 => Object::Leaf(match marker {
                0x00 => Value::Null,
                0x08 => Value::Boolean(false),
                0x09 => Value::Boolean(true),
                _ => return None,
            }),
            0x1 => {
                let size = Some(1_u64 << low).filter(|&size| size <= 16)?;
                let number = self.number(within(offset + 1, size)?, size)?;
                // Up to four bytes are without sign, eight have one; of sixteen the last eight count, without sign.
                Object::Leaf(Value::Integer(if size == 8 { i128::from(number.cast_signed()) } else { number.into() }))
            }
            0x2 => {
                let number = |size| self.number(within(offset + 1, size)?, size);
                Object::Leaf(Value::Real(match low {
                    2 => f32::from_bits(u32::try_from(number(4)?).ok()?).into(),
                    3 => f64::from_bits(number(8)?),
                    _ => return None,
                }))
            }
            0x3 if low == 3 => within(offset + 1, 8).map(|_| Object::Leaf(Value::Date))?,
            0x4 => {
                let (start, count) = counted()?;
                within(start, count).map(|_| Object::Leaf(Value::Data))?
            }
            0x5 | 0x6 => {
                let (start, units) = counted()?;
                let wide = marker >> 4 == 0x6;
                within(start, units.checked_mul(if wide { 2 } else { 1 })?)?;
                Object::Text { start, units, wide }
            }
            0x8 => within(offset + 1, low + 1).map(|_| Object::Leaf(Value::Uid))?,
            0xa | 0xc | 0xd => {
                let (refs, count) = counted()?;
                let is_dictionary = marker >> 4 == 0xd;
                let all = count.checked_mul(if is_dictionary { 2 } else { 1 })?.checked_mul(self.ref_size)?;
                within(refs, all)?;
                Object::Container { refs, count, is_dictionary }
            }
            _ => return None,
        })
    }

    fn walk(&self, builder: &mut Builder<'_>) -> Result<Node, Error> {
        let mut texts: HashMap<u64, Arc<str>> = HashMap::new();
        let mut pending: Vec<Pending> = Vec::new();
        let mut next = self.offset_of(self.top);
        let mut from = self.table + self.top * self.offset_size;
        loop {
            deadline::step();
            let Some(offset) = next else {
                return Err(malformed(builder, from, "a reference leads to no object"));
            };
            if let Some(root) = self.enter(offset, builder, &mut texts, &mut pending)? {
                return Ok(root);
            }
            // Up, while what is open is complete; then down into the next reference.
            loop {
                deadline::step();
                let Some(top) = pending.last_mut() else {
                    return Err(malformed(builder, offset, "the root was lost"));
                };
                if top.done == top.count {
                    let end = At::byte(top.offset);
                    pending.pop();
                    if let Some(root) = builder.close(end)? {
                        return Ok(root);
                    }
                    continue;
                }
                let at = top.refs + top.done * self.ref_size;
                let value_at = at + if top.is_dictionary { top.count * self.ref_size } else { 0 };
                top.done += 1;
                if top.is_dictionary {
                    self.key(at, builder, &mut texts)?;
                }
                (next, from) = (self.follow(value_at), value_at);
                break;
            }
        }
    }

    /// Reads the object at `offset`: a leaf is added to what is open, a container is opened.
    fn enter(
        &self,
        offset: u64,
        builder: &mut Builder<'_>,
        texts: &mut HashMap<u64, Arc<str>>,
        pending: &mut Vec<Pending>,
    ) -> Result<Option<Node>, Error> {
        let at = At::byte(offset);
        match self.object(offset) {
            None => Err(malformed(builder, offset, "the object is of no known kind or does not fit into the file")),
            Some(Object::Leaf(value)) => builder.value(value, at),
            Some(Object::Text { start, units, wide }) => {
                let text = self.text(offset, (start, units, wide), builder, texts)?;
                builder.value(Value::Text(text), at)
            }
            Some(Object::Container { refs, count, is_dictionary }) => {
                if pending.iter().any(|open| open.offset == offset) {
                    return Err(builder.error(Code::PlistBinaryCycle, at, "an object contains itself"));
                }
                if is_dictionary { builder.open_dictionary(at) } else { builder.open_array(at) }?;
                pending.push(Pending { offset, refs, count, done: 0, is_dictionary });
                Ok(None)
            }
        }
    }

    /// Reads the key that the reference at `at` means.
    fn key(&self, at: u64, builder: &mut Builder<'_>, texts: &mut HashMap<u64, Arc<str>>) -> Result<(), Error> {
        let Some(offset) = self.follow(at) else {
            return Err(malformed(builder, at, "the reference of a key leads to no object"));
        };
        let key = match self.object(offset) {
            Some(Object::Text { start, units, wide }) => self.text(offset, (start, units, wide), builder, texts)?,
            Some(Object::Leaf(value)) => {
                let message = format!("a key is no text but of type {}", value.type_name());
                builder.doubt(Code::PlistKey, At::byte(offset), message);
                Arc::from("\u{fffd}")
            }
            Some(Object::Container { .. }) => return Err(malformed(builder, offset, "a key is a container")),
            None => return Err(malformed(builder, offset, "a key does not fit into the file")),
        };
        builder.key(key, At::byte(offset))
    }

    fn text(
        &self,
        offset: u64,
        (start, units, wide): (u64, u64, bool),
        builder: &mut Builder<'_>,
        texts: &mut HashMap<u64, Arc<str>>,
    ) -> Result<Arc<str>, Error> {
        if let Some(text) = texts.get(&offset) {
            return Ok(Arc::clone(text));
        }
        let len = units * if wide { 2 } else { 1 };
        let size = usize::try_from(len).unwrap_or(usize::MAX);
        builder.charge(size, At::byte(offset))?;
        let bytes = usize::try_from(start).ok().and_then(|start| self.bytes.slice(start, size)).unwrap_or_default();
        let mut is_broken = false;
        let text: String = if wide {
            let units = bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair));
            let replaced = |c: Result<char, _>| {
                c.unwrap_or_else(|_| {
                    is_broken = true;
                    char::REPLACEMENT_CHARACTER
                })
            };
            char::decode_utf16(units).map(replaced).collect()
        } else {
            is_broken = !bytes.is_ascii();
            bytes.iter().map(|&byte| char::from(byte)).collect()
        };
        if is_broken {
            builder.doubt(Code::PlistBrokenText, At::byte(offset), "a text is not valid in its encoding");
        }
        let text: Arc<str> = text.into();
        texts.insert(offset, Arc::clone(&text));
        Ok(text)
    }
}
