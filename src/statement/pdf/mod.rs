//! PDF documents with a text layer (ISO 32000).
//!
//! `hayro-syntax` reads the file: objects, encryption, filters. What the operators of a page draw is read here, since
//! only places tell which characters are a word and which words a cell.

mod content;
mod cover;
mod font;
mod layout;
mod lines;
mod pages;
mod ruled;
mod streams;
mod tagged;

use hayro_syntax::object::Dict;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::Place;
use crate::statement::syntax::Document;
use content::{Drawn, Shared};
use streams::Danger;
use tagged::Tagged;

/// Characters of unknown meaning that a page may have without a doubt: bullets and other signs of symbol fonts.
const UNKNOWN: usize = 8;

/// Characters that run in another direction than to the right and are still a stamp or a note at the edge.
const TURNED: usize = 120;

/// Reads `bytes`, the whole of the file at `place`.
///
/// # Errors
/// `statement-document-malformed`, `statement-document-encrypted`, `limit-pdf`, and `statement-page-without-text` for a
/// document without any text.
pub(super) fn read(bytes: Vec<u8>, place: Place, doubts: &mut Vec<Doubt>) -> Result<Document, Error> {
    streams::measure(&bytes).map_err(|danger| match danger {
        Danger::TooLarge(at) => {
            let message = format!("the streams of the document come to more than {} bytes", limits::PDF_INFLATED);
            Error::new(Code::LimitPdf, place.clone().at(at as u64), message)
        }
        Danger::Unusual(at) => {
            let message = "a stream of objects is packed as no program packs it";
            Error::new(Code::StatementDocumentMalformed, place.clone().at(at as u64), message)
        }
    })?;
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => Error::new(
            Code::StatementDocumentEncrypted,
            place.clone(),
            "the document is encrypted in a way that is not supported",
        ),
        LoadPdfError::Decryption(_) => {
            Error::new(Code::StatementDocumentEncrypted, place.clone(), "the document is encrypted with a password")
        }
        LoadPdfError::Invalid => {
            Error::new(Code::StatementDocumentMalformed, place.clone(), "the document has no pages that can be found")
        }
    })?;
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let mut shared = Shared::new(catalogue.as_ref());
    let mut tagged = Tagged::new(&pdf);
    let mut read = Vec::new();
    let at = |number: u32| Place { page: Some(number), extracted: true, ..place.clone() };
    let all = pdf.pages();
    for (number, page) in (1_u32..).zip(all.iter().take(limits::PDF_PAGES)) {
        deadline::step();
        let drawn = content::read(page, &mut shared);
        if let Some(tagged) = &mut tagged {
            tagged.page(number, &drawn.glyphs);
        }
        judge(&drawn, &at(number), doubts);
        if shared.cut {
            let message = "the page, or all pages together, hold more than is read";
            doubt::push(doubts, Doubt::new(Code::LimitPdf, at(number), message));
            break;
        }
        read.push(pages::Page { number, height: drawn.height, elements: layout::elements(&drawn, number) });
    }
    if all.len() > limits::PDF_PAGES {
        let message = format!("the document has {} pages; {} are read", all.len(), limits::PDF_PAGES);
        doubt::push(doubts, Doubt::new(Code::LimitPdf, place.clone(), message));
    }
    let document = match tagged.filter(Tagged::covers) {
        Some(tagged) => tagged.document(place.clone(), doubts),
        None => pages::document(read, place.clone(), doubts),
    };
    if document.text.as_str().trim().is_empty() {
        let message = "no page of the document holds text: it is a scan, or a picture of the statement";
        return Err(Error::new(Code::StatementPageWithoutText, place, message));
    }
    Ok(document)
}

/// What is not certain about a page.
fn judge(drawn: &Drawn, place: &Place, doubts: &mut Vec<Doubt>) {
    let mut say = |code, message: String| doubt::push(doubts, Doubt::new(code, place.clone(), message));
    let text = drawn.glyphs.iter().filter(|glyph| !glyph.c.is_whitespace()).count();
    if text == 0 && !drawn.pictures.is_empty() {
        say(Code::StatementPageWithoutText, "the page shows pictures and holds no text".to_owned());
    }
    let (unknown, font) = &drawn.unknown;
    if *unknown > UNKNOWN.max(text / 50) {
        let message = format!("{unknown} characters stand in a font ({font}) that does not say which they are");
        say(Code::StatementFontWithoutText, message);
    }
    if drawn.turned > TURNED {
        say(Code::StatementTextTurned, format!("{} characters do not run from left to right", drawn.turned));
    }
}
