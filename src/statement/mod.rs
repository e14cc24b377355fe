//! Statement text to disclosures.
//!
//! `syntax` tells by the content what a file is written in and picks the reader for it ([`markdown`], `html`, `csv`,
//! `docx`, `pdf`), which makes blocks ([`block`]) over a text that leads back to places in the file ([`text`]); passes
//! over the blocks read what they disclose.

pub mod block;
mod colour;
mod comparable;
mod csv;
mod disclose;
mod docx;
mod encoding;
mod extract;
mod flat;
mod fold;
mod foreign;
mod header;
mod html;
mod inline;
mod items;
mod language;
mod lexicon;
mod listed;
pub mod markdown;
mod mhtml;
mod names;
mod pdf;
mod prose;
mod syntax;
mod tables;
pub mod text;
mod trace;
mod trie;

use crate::disclosure::Statement;
use crate::doubt::Reading;
use crate::knowledge::Book;
use crate::source::{Place, Source};
use syntax::Document;

pub use trace::{Outcome, Step};

/// Reads the statement in `source`; names are resolved by `book`.
///
/// Never fails: where reading cannot continue, the statement comes back marked unreadable, its disclosed set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source, book: &Book) -> Statement {
    understand(source, book, false).0
}

/// The form in which the words `text` are compared, when a house may give them a meaning of its own.
///
/// # Errors
/// Why it may not: they name something already, nothing by themselves, or never stand as one name.
pub fn own_word(text: &str) -> Result<String, &'static str> {
    names::compared(text)
}

/// As [`read`], with how each block was understood.
#[must_use]
pub fn explain(source: &Source, book: &Book) -> (Statement, Vec<Step>) {
    understand(source, book, true)
}

fn understand(source: &Source, book: &Book, explain: bool) -> (Statement, Vec<Step>) {
    let mut doubts = Vec::new();
    let Document { text, blocks } = match syntax::read(source, &mut doubts) {
        Ok(document) => document,
        Err(error) => {
            doubts.push(error.into_doubt());
            let statement = Statement {
                place: source.place(),
                language: None,
                text: String::new(),
                sections: Vec::new(),
                disclosures: Reading::new(Vec::new(), doubts),
                unreadable: true,
            };
            return (statement, Vec::new());
        }
    };
    let found = disclose::read(&text, &blocks, book, explain, &mut doubts);
    let statement = Statement {
        place: Place { extracted: text.is_extracted(), ..source.place() },
        language: language::of(text.as_str()),
        sections: found.sections,
        disclosures: Reading::new(found.disclosures, doubts),
        unreadable: false,
        text: text.into_string(),
    };
    (statement, found.steps)
}
