//! The XML of a part: elements of the namespaces that matter and text with its place, under limits and checks that the
//! tokenizer leaves to others.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::deadline;
use crate::doubt::Code;
use crate::error::Error;
use crate::limits;
use crate::source::{Escaped, Place};

/// The namespaces of a document that matter, transitional and strict (ECMA-376 parts 1 and 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// `WordprocessingML`.
    Word,
    /// Markup compatibility: one of several contents for the same place.
    Compatibility,
    /// Anything else.
    Other,
}

const WORD: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
const COMPATIBILITY: &str = "http://schemas.openxmlformats.org/markup-compatibility/2006";

/// Namespaces that Word understands in `mc:Choice` begin like this.
const UNDERSTOOD: [&str; 3] =
    ["http://schemas.microsoft.com/office/", "http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/"];

/// What the XML is made of.
pub(super) enum Token<'i> {
    /// A start tag; an empty element gives one and a [`Close`](Token::Close).
    Open(Space, BytesStart<'i>),
    /// An end tag.
    Close,
    /// Text, and the byte at which it stands as it is; `None` for what a reference stands for.
    Text(Cow<'i, str>, Option<u64>),
    /// The end of the part.
    End,
}

pub(super) struct Xml<'i> {
    reader: NsReader<&'i [u8]>,
    place: Place,
    /// Bytes before the text: a byte order mark.
    skipped: u64,
    depth: usize,
    nodes: usize,
    rooted: bool,
}

impl<'i> Xml<'i> {
    /// The XML in `bytes`, the whole of the part at `place`.
    ///
    /// # Errors
    /// `statement-document-malformed` for text that is no UTF-8, which Office does not write.
    pub(super) fn new(bytes: &'i [u8], place: Place) -> Result<Xml<'i>, Error> {
        let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let skipped = (bytes.len() - body.len()) as u64;
        let text = std::str::from_utf8(body).map_err(|error| {
            let at = error.valid_up_to() as u64 + skipped;
            Error::new(Code::StatementDocumentMalformed, place.clone().at(at), "the XML is not UTF-8")
        })?;
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Ok(Xml { reader, place, skipped, depth: 0, nodes: 0, rooted: false })
    }

    fn error(&self, code: Code, at: u64, message: impl Into<String>) -> Error {
        Error::new(code, self.place.clone().at(at), message)
    }

    /// The byte at which the next token begins.
    pub(super) fn position(&self) -> u64 {
        self.reader.buffer_position() + self.skipped
    }

    /// # Errors
    /// `statement-document-malformed`, `limit-xml-depth`, `limit-xml-nodes`.
    pub(super) fn next(&mut self) -> Result<Token<'i>, Error> {
        loop {
            deadline::step();
            let at = self.position();
            self.nodes += 1;
            if self.nodes > limits::XML_NODES {
                let message = format!("the part has more than {} nodes", limits::XML_NODES);
                return Err(self.error(Code::LimitXmlNodes, at, message));
            }
            let event = self.reader.read_event().map_err(|error| {
                let message = format!("the XML is not well-formed: {}", Escaped(&error.to_string()));
                self.error(Code::StatementDocumentMalformed, at, message)
            })?;
            let outside = self.depth == 0;
            let odd = |what: &str| Err(self.error(Code::StatementDocumentMalformed, at, what));
            match event {
                Event::Start(tag) => {
                    if outside && self.rooted {
                        return odd("the XML has a second root");
                    }
                    self.rooted = true;
                    self.depth += 1;
                    if self.depth > limits::DOCUMENT_DEPTH {
                        let message = format!("elements are nested deeper than {}", limits::DOCUMENT_DEPTH);
                        return Err(self.error(Code::LimitXmlDepth, at, message));
                    }
                    let space = match self.reader.resolver().resolve_element(tag.name()).0 {
                        ResolveResult::Bound(space) if WORD.contains(&space.0) => Space::Word,
                        ResolveResult::Bound(space) if space.0 == COMPATIBILITY => Space::Compatibility,
                        _ => Space::Other,
                    };
                    return Ok(Token::Open(space, tag));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::Close);
                }
                Event::Text(text) if outside && !text.trim().is_empty() => {
                    return odd("text stands outside the root");
                }
                Event::Text(text) => return Ok(Token::Text(text.into_inner(), Some(at))),
                Event::CData(text) => return Ok(Token::Text(text.into_inner(), Some(at + CDATA))),
                Event::GeneralRef(name) => {
                    let c = match &*name {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => name.resolve_char_ref().ok().flatten(),
                    };
                    let Some(c) = c else { return odd("a reference means no character") };
                    return Ok(Token::Text(Cow::Owned(c.to_string()), None));
                }
                // A part with a DOCTYPE is refused by Office: it could define what any reference means.
                Event::DocType(_) => return odd("the XML has a DOCTYPE"),
                Event::Eof if !outside => return odd("the XML ends inside an element"),
                Event::Eof if !self.rooted => return odd("the part holds no XML"),
                Event::Eof => return Ok(Token::End),
                // Empty elements come as two tags.
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// Goes over the element whose start tag was the last token, its end tag included.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        let outer = self.depth.saturating_sub(1);
        while self.depth > outer {
            deadline::step();
            if matches!(self.next()?, Token::End) {
                break;
            }
        }
        Ok(())
    }

    /// True when Word understands every namespace that the prefixes in `requires` stand for.
    pub(super) fn is_understood(&self, requires: &str) -> bool {
        requires.split_ascii_whitespace().all(|prefix| {
            self.reader.resolver().bindings().any(|(declared, space)| {
                matches!(declared, quick_xml::name::PrefixDeclaration::Named(name) if name == prefix)
                    && UNDERSTOOD.iter().any(|known| space.0.starts_with(known))
            })
        })
    }
}

/// Bytes of `<![CDATA[`.
const CDATA: u64 = 9;

/// The value of the attribute `name`, whatever its prefix.
pub(super) fn attribute<'t>(tag: &'t BytesStart<'_>, name: &str) -> Option<Cow<'t, str>> {
    let mut attributes = tag.attributes();
    let attributes = attributes.with_checks(false).flatten();
    attributes.into_iter().find(|attribute| attribute.key.local_name().into_inner() == name).map(|attribute| {
        match attribute.normalized_value(XmlVersion::Explicit1_0) {
            Ok(value) => value,
            Err(_) => attribute.value,
        }
    })
}

/// True unless the tag of a property says that it is off.
pub(super) fn is_on(tag: &BytesStart<'_>) -> bool {
    attribute(tag, "val").is_none_or(|value| !matches!(&*value, "0" | "false" | "off" | "none"))
}
