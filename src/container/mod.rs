//! Bytes to named entries. What a file is gets decided by its content, never by its name.

pub mod zip;

use crate::doubt::Code;
use crate::error::Error;
use crate::source::Source;

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// An archive: a local file header at the start, or an end record at the end.
    Zip,
    /// A binary XML document (chunk type 0x0003).
    Axml,
}

/// Decides what `source` is.
///
/// # Errors
/// `empty-file`, `unknown-kind` (with the first bytes and what they look like), `read-failed`.
pub fn sniff(source: &Source) -> Result<Sniffed, Error> {
    if source.is_empty() {
        return Err(Error::new(Code::EmptyFile, source.place().at(0), "the file is empty"));
    }
    Err(Error::new(Code::UnknownKind, source.place().at(0), "no package kind begins like this"))
}
