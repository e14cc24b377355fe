//! Quoted manifests.

use super::super::block::{Flow, fold_space};
use super::super::disclose::{Context, Walk};
use super::super::names::KEY_END;
use super::super::text::Span;
use super::List;
use crate::deadline;
use crate::knowledge::Platform;

impl Walk<'_> {
    /// Reads a code block: the permissions of a quoted manifest.
    pub(in crate::statement) fn code(&mut self, lines: &[Span]) {
        let list = List { context: self.context(), first: self.found.disclosures.len(), ..List::default() };
        let text = self.text;
        let mut key = None;
        for &line in lines {
            deadline::step();
            let shift = |part: Span| Span::new(line.start + part.start, line.start + part.end);
            self.manifest(line.of(text.as_str()), shift, &list.context);
            key = self.property(line.of(text.as_str()), shift, &list.context, key);
        }
        self.close(&list);
    }

    /// Discloses the key of a permission in `line` of a quoted Info.plist, and notes what the app says below it. `key` is
    /// the disclosure of the line before, when that ended with the key.
    fn property(
        &mut self,
        line: &str,
        source: impl Fn(Span) -> Span,
        context: &Context,
        mut key: Option<usize>,
    ) -> Option<usize> {
        let mut rest = line;
        if let Some((name, behind)) = between(line, "<key>", "</key>") {
            key = None;
            rest = behind;
            let at = line.len() - behind.len() - "</key>".len() - name.len();
            let mut flow = Flow::default();
            flow.push(name, source(Span::new(at, at + name.len())));
            let platforms = [Platform::Ios];
            let reading = self.names.read(&flow, &platforms, context.negated);
            if let Some(reading) = reading.filter(|reading| name.ends_with(KEY_END) && reading.is_exact()) {
                let context = Context { platforms: platforms.to_vec(), ..context.clone() };
                key = Some(self.found.disclosures.len());
                self.disclose(&flow, Span::new(0, name.len()), reading, &context, self.blocks);
            }
        }
        let said = between(rest, "<string>", "</string>").map(|(said, _)| fold_space(said));
        if let (Some(said), Some(row)) = (&said, key.and_then(|at| self.found.disclosures.get_mut(at))) {
            row.purpose = Some(said.clone()).filter(|said| !self.headers.is_empty(said));
        }
        key.filter(|_| said.is_none())
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

/// What stands in `line` between `open` and `close`, and what follows.
fn between<'l>(line: &'l str, open: &str, close: &str) -> Option<(&'l str, &'l str)> {
    line.split_once(open)?.1.split_once(close)
}

/// The tag of a manifest by which an app requests a permission.
const MANIFEST_TAG: &str = "uses-permission";
