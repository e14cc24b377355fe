//! The fixed fields of the ZIP format: little-endian numbers at checked offsets, signatures, lengths, and the extra
//! field. Names and layouts from APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.

/// Local file header (APPNOTE 4.3.7).
pub(super) const LOCAL_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
/// Central directory record (4.3.12).
pub(super) const RECORD_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
/// End of central directory record, here the end record (4.3.16).
pub(super) const END_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
/// Zip64 end of central directory record (4.3.14).
pub(super) const END64_SIGNATURE: [u8; 4] = *b"PK\x06\x06";
/// Zip64 end of central directory locator (4.3.15).
pub(super) const LOCATOR_SIGNATURE: [u8; 4] = *b"PK\x06\x07";

/// Bytes of a local header before its name.
pub(super) const LOCAL_LEN: usize = 30;
/// Bytes of a central directory record before its name.
pub(super) const RECORD_LEN: usize = 46;
/// Bytes of an end record before its comment.
pub(super) const END_LEN: usize = 22;
/// Bytes of a zip64 end record before its extensible data.
pub(super) const END64_LEN: usize = 56;
/// Bytes of a zip64 locator.
pub(super) const LOCATOR_LEN: usize = 20;

/// Method 0: the bytes as they are.
pub(super) const STORED: u16 = 0;
/// Method 8: a raw deflate stream.
pub(super) const DEFLATED: u16 = 8;

/// General purpose bit 0: the entry is encrypted.
pub(super) const FLAG_ENCRYPTED: u16 = 1;
/// General purpose bit 3: checksum and sizes follow the data in a descriptor.
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;

/// Header id of the zip64 extended information extra field (4.5.3).
const EXTRA_ZIP64: u16 = 0x0001;
/// Header id of the Info-ZIP Unicode Path extra field (4.6.9).
const EXTRA_UNICODE_PATH: u16 = 0x7075;

/// A 32-bit field that says "look in the zip64 record or extra field".
pub(super) const SATURATED: u32 = u32::MAX;

/// The 16-bit number at `at`, when it is there.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The 32-bit number at `at`, when it is there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The 64-bit number at `at`, when it is there.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The blocks of an extra field: header id and data. Stops at the first block that does not fit.
fn blocks(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = extra;
    std::iter::from_fn(move || {
        let (id, size) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
        let (data, tail) = rest.get(4..)?.split_at_checked(size)?;
        rest = tail;
        Some((id, data))
    })
}

/// The 64-bit values of a zip64 extra field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zip64 {
    pub(super) uncompressed: u64,
    pub(super) compressed: u64,
    pub(super) header_offset: u64,
    /// The field gives a value that is not saturated, and another one. The field's is taken.
    pub(super) contradicts: bool,
}

/// Sizes and offset after the zip64 extra field has been applied, as `ParseZip64ExtendedInfoInExtraField`
/// (`zip_archive.cc`) does: the field is looked at when a value is saturated, and holds the saturated values in this
/// order, or all three, which then replace the plain ones. `None` when it is missing or has another length.
///
/// A local header has no `header_offset`: pass 0.
pub(super) fn apply_zip64(extra: &[u8], uncompressed: u32, compressed: u32, header_offset: u32) -> Option<Zip64> {
    let plain = [uncompressed, compressed, header_offset];
    let mut values = plain.map(u64::from);
    let mut contradicts = false;
    if uncompressed == SATURATED || compressed == SATURATED || header_offset == SATURATED {
        let data = blocks(extra).find(|&(id, _)| id == EXTRA_ZIP64)?.1;
        // A disk number may follow three values (28 bytes); it is not used.
        let complete = matches!(data.len(), 24 | 28);
        let mut at = 0;
        for (value, field) in values.iter_mut().zip(plain) {
            if complete || field == SATURATED {
                let wide = u64_at(data, at)?;
                at += 8;
                contradicts |= field != SATURATED && wide != *value;
                *value = wide;
            }
        }
        if !complete && at != data.len() {
            return None;
        }
    }
    let [uncompressed, compressed, header_offset] = values;
    Some(Zip64 { uncompressed, compressed, header_offset, contradicts })
}

/// The second name in an Info-ZIP Unicode Path field, when its checksum says that it belongs to `name`.
pub(super) fn unicode_path<'e>(extra: &'e [u8], name: &[u8]) -> Option<&'e [u8]> {
    let data = blocks(extra).find(|&(id, _)| id == EXTRA_UNICODE_PATH)?.1;
    let (head, path) = data.split_at_checked(5)?;
    (head.first() == Some(&1) && u32_at(head, 1) == Some(crc32fast::hash(name))).then_some(path)
}

/// What `IsValidEntryName` (`entry_name_utils-inl.h`) says of a name without NUL: sequences of the length that their
/// first byte announces. It does not look for overlong forms or surrogates, so neither does this.
pub(super) fn is_device_utf8(name: &[u8]) -> bool {
    if name.is_ascii() {
        return true;
    }
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        let follow = match byte.leading_ones() {
            0 => 0,
            ones @ 2..=6 => ones - 1,
            _ => return false,
        };
        for _ in 0..follow {
            if bytes.next().is_none_or(|&next| next & 0xc0 != 0x80) {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip64_extra(values: &[u64]) -> Vec<u8> {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut extra = vec![0xaa, 0xbb, 1, 0, 9, 1, 0];
        extra.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
        extra.extend(data);
        extra
    }

    #[test]
    fn zip64_holds_the_saturated_values_in_order_or_all_three() {
        let max = u32::MAX;
        let get = |values: &[u64], u, c, o| {
            apply_zip64(&zip64_extra(values), u, c, o).map(|z| (z.uncompressed, z.compressed, z.header_offset))
        };
        let contradicts = |c| apply_zip64(&zip64_extra(&[7, 8, 9]), max, c, 9).map(|z| z.contradicts);
        assert_eq!((contradicts(8), contradicts(max), contradicts(2)), (Some(false), Some(false), Some(true)));
        assert_eq!(get(&[7], 1, 2, max), Some((1, 2, 7)));
        assert_eq!(get(&[7, 8], max, 2, max), Some((7, 2, 8)));
        assert_eq!(get(&[7, 8, 9], max, 8, max), Some((7, 8, 9)));
        assert_eq!(get(&[7, 8, 9], max, 2, 3), Some((7, 8, 9)), "a complete field replaces plain values");
        assert_eq!(get(&[7], max, 2, max), None, "one value too few");
        assert_eq!(get(&[7, 8], max, 2, 3), None, "one value too many");
        assert_eq!(apply_zip64(&[], max, 1, 1), None);
        assert_eq!(
            apply_zip64(&[], 1, 2, 3),
            Some(Zip64 { uncompressed: 1, compressed: 2, header_offset: 3, contradicts: false })
        );
    }

    #[test]
    fn names_are_judged_as_the_device_judges_them() {
        for good in ["a/b", "é", "相机", "😀"] {
            assert!(is_device_utf8(good.as_bytes()), "{good}");
        }
        assert!(is_device_utf8(b"\xed\xa0\x80"), "a surrogate passes on a device");
        assert!(is_device_utf8(b"\xf8\x88\x80\x80\x80"), "so does a five-byte sequence");
        for bad in [&b"\x80"[..], b"\xff", b"\xfe", b"\xc3", b"\xc3a", b"caf\xe9", b"\xe7\x9b"] {
            assert!(!is_device_utf8(bad), "{bad:x?}");
        }
    }
}
