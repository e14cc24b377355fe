//! Statement text to disclosures.
//!
//! `syntax` tells by the content what a file is written in and picks the reader for it ([`markdown`], `html`), which makes
//! blocks ([`block`]) over a text that leads back to places in the file ([`text`]); passes over the blocks read what
//! they disclose.

pub mod block;
mod disclose;
mod encoding;
mod fold;
mod header;
mod html;
mod inline;
mod items;
mod lexicon;
pub mod markdown;
mod mhtml;
mod names;
mod syntax;
mod tables;
pub mod text;

use crate::disclosure::Statement;
use crate::doubt::Reading;
use crate::knowledge::Book;
use crate::source::Source;
use syntax::Document;

/// Reads the statement in `source`; names are resolved by `book`.
///
/// Never fails: where reading cannot continue, the statement comes back marked unreadable, its disclosed set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source, book: &Book) -> Statement {
    let mut doubts = Vec::new();
    let Document { text, blocks } = match syntax::read(source, &mut doubts) {
        Ok(document) => document,
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
    let found = disclose::read(&text, &blocks, book, &mut doubts);
    Statement {
        place: source.place(),
        language: language(text.as_str()),
        sections: found.sections,
        disclosures: Reading::new(found.disclosures, doubts),
        unreadable: false,
        text: text.into_string(),
    }
}

/// `zh` for a text with more Chinese characters than Latin words, otherwise `en`; `None` without either.
fn language(text: &str) -> Option<&'static str> {
    let (mut han, mut words, mut in_word) = (0_usize, 0_usize, false);
    for c in text.chars() {
        let latin = matches!(c, 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}');
        words += usize::from(latin && !in_word);
        in_word = latin;
        han += usize::from(matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'));
    }
    match (han, words) {
        (0, 0) => None,
        _ if han > words => Some("zh"),
        _ => Some("en"),
    }
}
