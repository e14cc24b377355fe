//! Protocol buffers on the wire: the fields of a message, each with its place, and nothing about what they mean.
//!
//! Source: the encoding chapter of the Protocol Buffers documentation, and the parsers of its C++ and Java libraries
//! (`ReadTag`, `ReadVarint64`, `CodedInputStream`). Every parser takes fields in any order, skips what it does not
//! know, and takes the last of a repeated field; what no writer produces is told by [`Field::oddity`].

use crate::deadline;
use crate::limits;

/// Bytes of the longest varint: 64 bits, seven in each byte.
const VARINT: usize = 10;

/// A message, or what is taken for one: some bytes and where they stand in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    bytes: &'a [u8],
    /// Offset of the first byte in the document.
    start: usize,
}

/// The value of a field, as it is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64,
    /// Wire type 2: text, bytes, or another message.
    Bytes(Message<'a>),
    /// Wire types 3 and 4: a group, which was skipped.
    Group,
    /// Wire type 5.
    Fixed32(u32),
}

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The number of the field.
    pub number: u32,
    /// Its value.
    pub wire: Wire<'a>,
    /// Offset of its tag in the document, in bytes.
    pub offset: usize,
    /// What no writer does, although every parser reads it.
    pub oddity: Option<Oddity>,
}

/// What is odd about a field that can be read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A varint has more bytes than its value needs.
    Overlong,
    /// The field is a group: they were given up before this format was made.
    Group,
}

/// Why every parser refuses a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A field reaches past the end of its message.
    Truncated,
    /// A varint has more than ten bytes.
    Varint,
    /// A field has the number 0, or one of more than 29 bits.
    Number,
    /// A wire type that does not exist (6 or 7).
    WireType,
    /// A group ends that was not begun, or does not end.
    Group,
    /// Groups are nested deeper than parsers read.
    Depth,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Fault::Truncated => "a field reaches past the end of its message",
            Fault::Varint => "a number has more than ten bytes",
            Fault::Number => "a field has a number that cannot be",
            Fault::WireType => "a field has a wire type that does not exist",
            Fault::Group => "a group ends that was not begun, or does not end",
            Fault::Depth => "groups are nested too deep",
        })
    }
}

impl<'a> Message<'a> {
    /// The whole document.
    #[must_use]
    pub fn document(bytes: &'a [u8]) -> Message<'a> {
        Message { bytes, start: 0 }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Offset of its first byte in the document.
    #[must_use]
    pub fn start(self) -> usize {
        self.start
    }

    /// Its bytes as text; every parser refuses what is not UTF-8.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }

    /// Its fields.
    #[must_use]
    pub fn fields(self) -> Fields<'a> {
        Fields { message: self, at: 0 }
    }
}

impl<'a> Field<'a> {
    /// The message, text or bytes that the field holds; `None` for another wire type, which parsers skip.
    #[must_use]
    pub fn message(&self) -> Option<Message<'a>> {
        match self.wire {
            Wire::Bytes(message) => Some(message),
            _ => None,
        }
    }

    /// The number that the field holds, cut to 32 bits as parsers do.
    #[must_use]
    pub fn number32(&self) -> Option<u32> {
        match self.wire {
            Wire::Varint(value) => u32::try_from(value & u64::from(u32::MAX)).ok(),
            _ => None,
        }
    }
}

/// Walks the fields of a message.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    message: Message<'a>,
    at: usize,
}

impl<'a> Fields<'a> {
    /// The next field; `None` at the end of the message.
    ///
    /// # Errors
    /// A fault, with its offset in the document. Nothing comes after it.
    pub fn next_field(&mut self) -> Result<Option<Field<'a>>, (Fault, usize)> {
        if self.at >= self.message.bytes.len() {
            return Ok(None);
        }
        let offset = self.message.start.saturating_add(self.at);
        let (number, kind, mut overlong) = self.tag()?;
        let mut oddity = None;
        let wire = match kind {
            0 => Wire::Varint(self.varint(&mut overlong)?),
            1 => self.take(8).map(|_| Wire::Fixed64)?,
            2 => Wire::Bytes(self.delimited(&mut overlong)?),
            3 => {
                self.skip_group(number)?;
                oddity = Some(Oddity::Group);
                Wire::Group
            }
            4 => return Err((Fault::Group, offset)),
            5 => {
                let bytes = self.take(4)?;
                Wire::Fixed32(bytes.bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
            }
            _ => return Err((Fault::WireType, offset)),
        };
        if overlong {
            oddity = oddity.or(Some(Oddity::Overlong));
        }
        Ok(Some(Field { number, wire, offset, oddity }))
    }

    fn fault(&self, fault: Fault) -> (Fault, usize) {
        (fault, self.message.start.saturating_add(self.at))
    }

    /// Field number, wire type, and whether its bytes are too many.
    fn tag(&mut self) -> Result<(u32, u64, bool), (Fault, usize)> {
        let start = *self;
        let mut overlong = false;
        let tag = self.varint(&mut overlong)?;
        let number = u32::try_from(tag).map_or(0, |tag| tag >> 3);
        if number == 0 { Err(start.fault(Fault::Number)) } else { Ok((number, tag & 7, overlong)) }
    }

    fn varint(&mut self, overlong: &mut bool) -> Result<u64, (Fault, usize)> {
        let mut value = 0_u64;
        for index in 0..VARINT {
            let at = self.at.saturating_add(index);
            let Some(&byte) = self.message.bytes.get(at) else { return Err(self.fault(Fault::Truncated)) };
            // The tenth byte has one bit of value: parsers drop the others.
            value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(index).unwrap_or(0)).unwrap_or(0);
            if byte & 0x80 == 0 {
                *overlong |= (index > 0 && byte == 0) || (index == VARINT - 1 && byte > 1);
                self.at = at.saturating_add(1);
                return Ok(value);
            }
        }
        Err(self.fault(Fault::Varint))
    }

    fn take(&mut self, len: usize) -> Result<Message<'a>, (Fault, usize)> {
        let end = self.at.checked_add(len);
        let Some((end, bytes)) = end.and_then(|end| Some((end, self.message.bytes.get(self.at..end)?))) else {
            return Err(self.fault(Fault::Truncated));
        };
        let start = self.message.start.saturating_add(self.at);
        self.at = end;
        Ok(Message { bytes, start })
    }

    fn delimited(&mut self, overlong: &mut bool) -> Result<Message<'a>, (Fault, usize)> {
        let start = *self;
        let len = self.varint(overlong)?;
        let len = usize::try_from(len).map_err(|_| start.fault(Fault::Truncated))?;
        self.take(len)
    }

    /// Skips to the end of the group `number`, whatever is in it.
    fn skip_group(&mut self, number: u32) -> Result<(), (Fault, usize)> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            deadline::step();
            if self.at >= self.message.bytes.len() {
                return Err(self.fault(Fault::Group));
            }
            let (number, kind, mut overlong) = self.tag()?;
            match kind {
                0 => self.varint(&mut overlong).map(drop)?,
                1 => self.take(8).map(drop)?,
                2 => self.delimited(&mut overlong).map(drop)?,
                3 if open.len() >= limits::GROUP_DEPTH => return Err(self.fault(Fault::Depth)),
                3 => open.push(number),
                4 if number == innermost => {
                    open.pop();
                }
                4 => return Err(self.fault(Fault::Group)),
                5 => self.take(4).map(drop)?,
                _ => return Err(self.fault(Fault::WireType)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Wire<'_>, Option<Oddity>)>, Fault> {
        let mut fields = Message::document(bytes).fields();
        let mut found = Vec::new();
        while let Some(field) = fields.next_field().map_err(|(fault, _)| fault)? {
            deadline::step();
            found.push((field.number, field.wire, field.oddity));
        }
        Ok(found)
    }

    #[test]
    fn every_wire_type_is_read_where_it_stands() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 2, b'h', b'i', 0x1d, 1, 0, 0, 0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0];
        let text = Wire::Bytes(Message { bytes: b"hi", start: 5 });
        let expected = [(1, Wire::Varint(150)), (2, text), (3, Wire::Fixed32(1)), (4, Wire::Fixed64)];
        assert_eq!(all(&bytes), Ok(expected.map(|(number, wire)| (number, wire, None)).to_vec()));
    }

    #[test]
    fn a_number_with_more_bytes_than_it_needs_is_read_and_told() {
        for bytes in [&[0x08, 0x81, 0x00][..], &[0x88, 0x00, 0x01], &[0x08, 0x81, 0x80, 0x00]] {
            assert_eq!(all(bytes), Ok(vec![(1, Wire::Varint(1), Some(Oddity::Overlong))]), "{bytes:x?}");
        }
        let minus_one = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(all(&minus_one), Ok(vec![(1, Wire::Varint(u64::MAX), None)]), "a negative number takes ten bytes");
        let eleven = [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
        assert_eq!(all(&eleven), Err(Fault::Varint));
    }

    #[test]
    fn a_group_is_skipped_to_its_own_end() {
        let group = [0x0b, 0x13, 0x08, 1, 0x14, 0x0c, 0x10, 7];
        assert_eq!(all(&group), Ok(vec![(1, Wire::Group, Some(Oddity::Group)), (2, Wire::Varint(7), None)]));
        for broken in [&[0x0b][..], &[0x0b, 0x14], &[0x0c], &[0x0b, 0x13, 0x0c, 0x14]] {
            assert_eq!(all(broken), Err(Fault::Group), "{broken:x?}");
        }
        assert_eq!(all(&[0x0b; 1000]), Err(Fault::Depth));
    }

    #[test]
    fn what_every_parser_refuses_is_a_fault() {
        for (bytes, fault) in [
            (&[0x00, 0x00][..], Fault::Number),
            (&[0x0e], Fault::WireType),
            (&[0x0f], Fault::WireType),
            (&[0x08], Fault::Truncated),
            (&[0x08, 0x80], Fault::Truncated),
            (&[0x0a, 3, 1, 2], Fault::Truncated),
            (&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Fault::Truncated),
            (&[0x0d, 1, 2, 3], Fault::Truncated),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00], Fault::Number),
        ] {
            assert_eq!(all(bytes), Err(fault), "{bytes:x?}");
        }
    }
}
