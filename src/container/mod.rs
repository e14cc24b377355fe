//! Bytes to named entries. What a file is gets decided by its content, never by its name.

mod files;
pub mod folder;
mod sniff;
pub mod zip;

pub use files::{Content, FileEntry, Files};
pub use sniff::{Sniffed, sniff};
