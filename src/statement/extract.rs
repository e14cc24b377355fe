//! What the readers of documents without lines of their own share: the extracted text, and paragraphs to blocks.
//!
//! A document is written out as a person would copy it: a paragraph is a line, and so is a row of a table. Every byte
//! keeps its origin. The blocks are those that the same document would give as Markdown.

use std::sync::Arc;

use super::block::{Block, Flow, Heading, Item, Style, Table, is_title};
use super::markdown;
use super::text::{Origin, Span, Spot, Text};
use crate::source::Place;

/// The text of a document on its way to being whole.
#[derive(Default)]
pub(super) struct Extract {
    text: String,
    origins: Vec<Origin>,
}

impl Extract {
    /// What is pushed from here on stands at `spot`, and as it is at byte `offset` of the document.
    pub(super) fn begin(&mut self, spot: &Arc<Spot>, offset: Option<u64>) {
        let at = self.text.len();
        if self.origins.last().is_some_and(|last| last.at == at) {
            self.origins.pop();
        }
        let same = |last: &Origin| last.offset.is_none() && offset.is_none() && last.spot == *spot;
        if !self.origins.last().is_some_and(same) {
            self.origins.push(Origin { at, spot: Arc::clone(spot), offset });
        }
    }

    /// Appends `text`.
    pub(super) fn push(&mut self, text: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(text);
        Span::new(start, self.text.len())
    }

    /// Appends `text` to the document and to `flow`.
    pub(super) fn push_flow(&mut self, flow: &mut Flow, text: &str) {
        let span = self.push(text);
        flow.push(text, span);
    }

    /// The whole text, which was taken out of `file`.
    pub(super) fn finish(self, file: Place) -> Text {
        Text::extracted(self.text, self.origins, file)
    }
}

/// Blocks in reading order, each paragraph judged as a reader of Markdown judges it.
#[derive(Default)]
pub(super) struct Assembly {
    pub(super) blocks: Vec<Block>,
}

impl Assembly {
    /// A paragraph, which `lines` are the lines of. One that begins with a bullet or a number is an item; a short one
    /// that is bold as a whole is a heading.
    pub(super) fn paragraph(&mut self, lines: Vec<Flow>) {
        let Some(first) = lines.iter().find(|line| !line.is_blank()) else {
            self.pictures(lines);
            return;
        };
        let text = first.text();
        let lead = text.len() - text.trim_start().len();
        let body = text.trim_start();
        if let [only] = lines.as_slice()
            && is_title(only.text())
            && only.is_all(Style::Strong, &[':', '：'])
        {
            let flow = only.clone();
            self.blocks.push(Block::Heading(Heading { level: Heading::BOLD, flow }));
        } else if let Some(marker) = markdown::list_marker(body) {
            let rest = first.part(Span::new(lead + marker, text.len()));
            let behind = lines.iter().skip_while(|line| line.is_blank()).skip(1).cloned();
            self.item(0, std::iter::once(rest).chain(behind).collect());
        } else {
            self.blocks.push(Block::Paragraph(lines));
        }
    }

    /// Lines without text are kept where they hold a picture.
    fn pictures(&mut self, lines: Vec<Flow>) {
        if lines.iter().any(|line| line.inset.is_some()) {
            self.blocks.push(Block::Paragraph(lines));
        }
    }

    /// A heading of `level` 1 to 6.
    pub(super) fn heading(&mut self, level: u8, lines: &[Flow]) {
        let flow = Flow::joined(lines);
        if flow.is_blank() {
            self.pictures(lines.to_vec());
        } else {
            self.blocks.push(Block::Heading(Heading { level, flow }));
        }
    }

    /// An item of a list, indented by `indent` columns.
    pub(super) fn item(&mut self, indent: usize, lines: Vec<Flow>) {
        if lines.iter().all(Flow::is_blank) {
            self.pictures(lines);
        } else {
            self.blocks.push(Block::Item(Item { indent, lines }));
        }
    }

    /// Goes on with the item before, where there is one.
    pub(super) fn go_on(&mut self, lines: Vec<Flow>) {
        match self.blocks.last_mut() {
            Some(Block::Item(item)) => item.lines.extend(lines),
            _ => self.paragraph(lines),
        }
    }

    /// A table. A short paragraph directly before it is its heading.
    pub(super) fn table(&mut self, table: Table) {
        if table.rows.is_empty() {
            return;
        }
        match self.blocks.pop() {
            Some(Block::Paragraph(lines)) => match lines.as_slice() {
                [only] if is_title(only.text()) && only.inset.is_none() => {
                    let flow = only.clone();
                    self.blocks.push(Block::Heading(Heading { level: Heading::PLAIN, flow }));
                }
                _ => self.blocks.push(Block::Paragraph(lines)),
            },
            before => self.blocks.extend(before),
        }
        self.blocks.push(Block::Table(table));
    }
}
