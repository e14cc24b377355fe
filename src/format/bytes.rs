//! Checked little-endian reads at an offset: nothing here can panic, and nothing is read twice.

/// Bytes that were read from somewhere, with checked access by offset.
///
/// Offsets are bytes from the start of the slice. Every read that does not fit is `None`; what that means is known
/// one level up, so it is named there.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// Wraps `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// True when there are no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The byte at `at`.
    #[must_use]
    pub fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    /// The little-endian 16-bit number at `at`.
    #[must_use]
    pub fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    /// The little-endian 32-bit number at `at`.
    #[must_use]
    pub fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// The little-endian 32-bit number at `at`, as a size or an offset.
    #[must_use]
    pub fn size(self, at: usize) -> Option<usize> {
        self.u32(at).and_then(|n| usize::try_from(n).ok())
    }

    /// `len` bytes from `at`.
    #[must_use]
    pub fn slice(self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(len)?)
    }

    /// Everything from `at`.
    #[must_use]
    pub fn from(self, at: usize) -> Option<&'a [u8]> {
        self.0.get(at..)
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.slice(at, N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_little_endian_and_end_with_the_bytes() {
        let bytes = Bytes::new(&[1, 2, 3, 4, 5]);
        assert_eq!((bytes.u8(4), bytes.u8(5)), (Some(5), None));
        assert_eq!((bytes.u16(3), bytes.u16(4)), (Some(0x0504), None));
        assert_eq!((bytes.u32(1), bytes.u32(2)), (Some(0x0504_0302), None));
        assert_eq!((bytes.slice(5, 0), bytes.slice(6, 0)), (Some(&[][..]), None));
    }

    #[test]
    fn an_offset_near_the_end_of_the_address_space_does_not_wrap() {
        let bytes = Bytes::new(&[0; 8]);
        assert_eq!((bytes.u32(usize::MAX), bytes.slice(1, usize::MAX), bytes.u16(usize::MAX - 1)), (None, None, None));
    }
}
