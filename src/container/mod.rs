//! Bytes to named entries. What a file is gets decided by its content, never by its name.

mod sniff;
pub mod zip;

pub use sniff::{Sniffed, sniff};
