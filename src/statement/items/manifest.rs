//! Quoted manifests.

use super::super::block::Flow;
use super::super::disclose::{Context, Walk};
use super::super::text::Span;
use super::List;
use crate::deadline;
use crate::knowledge::Platform;

impl Walk<'_> {
    /// Reads a code block: the permissions of a quoted manifest.
    pub(in crate::statement) fn code(&mut self, lines: &[Span]) {
        let list = List { context: self.context(), first: self.found.disclosures.len(), ..List::default() };
        let text = self.text;
        for &line in lines {
            deadline::step();
            let shift = |part: Span| Span::new(line.start + part.start, line.start + part.end);
            self.manifest(line.of(text.as_str()), shift, &list.context);
        }
        self.close(&list);
    }

    /// Discloses each `<uses-permission android:name="…"/>` in `line`, however its brackets are written; `source` leads
    /// back to the document. True when there was one.
    pub(super) fn manifest(&mut self, line: &str, source: impl Fn(Span) -> Span, context: &Context) -> bool {
        let mut rest = Span::new(0, line.len());
        let mut found = false;
        while let Some((_, tag)) = rest.of(line).split_once(MANIFEST_TAG) {
            deadline::step();
            let tag = Span::new(line.len() - tag.len(), line.len());
            rest = tag;
            let attributes = tag.of(line).split(MANIFEST_TAG).next().unwrap_or_default();
            let attributes = attributes.split('>').next().unwrap_or_default();
            let Some((before, value)) = attributes.split_once("android:name") else { continue };
            let Some((equals, value)) = value.split_once(['"', '\'', '“', '”']) else { continue };
            let Some((name, _)) = value.split_once(['"', '\'', '“', '”']) else { continue };
            if equals.trim() != "=" {
                continue;
            }
            let quote = attributes.len() - before.len() - "android:name".len() - equals.len() - value.len();
            let at = tag.start + before.len() + "android:name".len() + equals.len() + quote;
            let mut flow = Flow::default();
            flow.push(name, source(Span::new(at, at + name.len())));
            let negated = context.negated || attributes.contains("tools:node=\"remove\"");
            let platforms = [Platform::Android];
            if let Some(reading) = self.names.read(&flow, &platforms, negated) {
                let context = Context { platforms: platforms.to_vec(), ..context.clone() };
                self.disclose(&flow, Span::new(0, name.len()), reading, &context, self.blocks);
                found = true;
            }
        }
        found
    }
}

/// The tag of a manifest by which an app requests a permission.
const MANIFEST_TAG: &str = "uses-permission";
