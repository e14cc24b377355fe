//! Statement text to disclosures.
//!
//! [`text`] decodes a file and leads back to places in it; a reader for one syntax ([`markdown`]) makes blocks of it
//! ([`block`]); passes over the blocks read what they disclose.

pub mod block;
mod disclose;
mod fold;
mod header;
mod inline;
mod items;
mod language;
mod lexicon;
pub mod markdown;
mod names;
mod tables;
pub mod text;

use crate::disclosure::Statement;
use crate::doubt::Reading;
use crate::knowledge::Book;
use crate::source::Source;
use text::Text;

/// Reads the statement in `source`; names are resolved by `book`.
///
/// Never fails: where reading cannot continue, the statement comes back marked unreadable, its disclosed set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source, book: &Book) -> Statement {
    let mut doubts = Vec::new();
    let text = match Text::read(source, &mut doubts) {
        Ok(text) => text,
        Err(error) => {
            doubts.push(error.into_doubt());
            return Statement {
                place: source.place(),
                language: None,
                text: String::new(),
                sections: Vec::new(),
                disclosures: Reading::new(Vec::new(), doubts),
                unreadable: true,
            };
        }
    };
    let blocks = markdown::read(&text, &mut doubts);
    let found = disclose::read(&text, &blocks, book, &mut doubts);
    Statement {
        place: source.place(),
        language: language::of(text.as_str()),
        sections: found.sections,
        disclosures: Reading::new(found.disclosures, doubts),
        unreadable: false,
        text: text.into_string(),
    }
}
