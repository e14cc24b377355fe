//! Which letters a name has: most names are told by that alone to be no misspelling of another. `build.rs` writes it
//! down for every name of the book.

/// A byte as names are compared: letters in upper case; a space or hyphen is an underscore.
pub(crate) fn fold(byte: u8) -> u8 {
    match byte {
        b' ' | b'-' => b'_',
        _ => byte.to_ascii_uppercase(),
    }
}

/// The letters that `name` has, a bit for each: bytes with the same lowest five bits are one.
pub(crate) fn which(name: &[u8]) -> u32 {
    name.iter().fold(0, |which, &byte| which | 1 << (fold(byte) & 31))
}
