//! Names in fields: "权限名称：相机 使用目的：扫码".

use super::super::block::{Flow, Item, fold_space};
use super::super::disclose::{Context, Walk};
use super::super::header::Label;
use super::super::text::Span;
use super::{List, is_name};
use crate::deadline;
use crate::disclosure::Scope;
use crate::knowledge::vocabulary::Role;

impl Walk<'_> {
    /// Reads an item of a list of permissions that has a field for the name and others: `权限：相机 用途：扫码`. What is
    /// said in the others names nothing.
    pub(super) fn record_in(&mut self, whole: &Flow, item: &Item, list: &mut List) -> bool {
        if !whole.text().contains([':', '：']) {
            return false;
        }
        let labels = self.headers.labels(whole.text());
        if labels.len() < 2 || !labels.iter().any(|label| label.role == Role::HeaderName) {
            return false;
        }
        let first = self.found.disclosures.len();
        let sdk = sdk_of(whole.text(), &labels);
        let context = Context { sdk: list.context.sdk || sdk.is_some(), ..list.context.clone() };
        self.records(whole, &labels, &context, sdk.as_deref());
        let any = self.found.disclosures.len() > first;
        if any {
            list.indent = Some(item.indent);
        }
        any
    }

    /// Reads fields: "权限名称：相机 使用目的：扫码". True when there were any.
    pub(super) fn fields(&mut self, lines: &[Flow]) -> bool {
        if !lines.iter().any(|line| line.text().contains([':', '：'])) {
            return false;
        }
        let whole = Flow::joined(lines);
        let labels = self.headers.labels(whole.text());
        if !labels.iter().any(|label| label.role == Role::HeaderName) {
            return false;
        }
        let mut context = self.context();
        let sdk = sdk_of(whole.text(), &labels);
        context.sdk |= sdk.is_some();
        let mut list = List { first: self.found.disclosures.len(), ..List::default() };
        self.records(&whole, &labels, &context, sdk.as_deref());
        let any = self.found.disclosures.len() > list.first;
        list.context = context;
        self.close(&list);
        any
    }

    /// Discloses the names in the fields of `whole`, which belong to the software `sdk` where that is named.
    fn records(&mut self, whole: &Flow, labels: &[Label], context: &Context, sdk: Option<&str>) {
        for (at, label) in labels.iter().enumerate() {
            deadline::step();
            let next = labels.get(at + 1);
            let end = next.map_or(whole.text().len(), |next| next.start);
            if label.role != Role::HeaderName {
                continue;
            }
            // A name stands on one line.
            let value = Span::new(label.value, end).of(whole.text());
            let line = value.trim_start().split('\n').next().unwrap_or_default();
            let start = end - value.trim_start().len();
            let name = Span::new(start, start + line.len()).trimmed(whole.text());
            let Some(reading) = self.names.read(&whole.part(name), &context.platforms, context.negated) else {
                continue;
            };
            if !is_name(&reading) && !reading.is_misspelt() {
                continue;
            }
            self.disclose(whole, name, reading, context, self.blocks);
            let index = self.found.disclosures.len() - 1;
            if let (Some(row), Some(sdk)) = (self.found.disclosures.get_mut(index), sdk) {
                row.scope = Scope::Sdk(Some(sdk.to_owned()));
            }
            for said in record(labels, at, whole.text().len()) {
                deadline::step();
                self.say(index, &whole.part(said));
            }
        }
    }
}

/// The third party's software to which the fields `labels` of `text` belong: in a field, or in the line before them.
fn sdk_of(text: &str, labels: &[Label]) -> Option<String> {
    let before = Span::new(0, labels.first().map_or(0, |label| label.start)).of(text);
    let line = before.lines().rfind(|line| line.to_lowercase().contains("sdk"));
    line.map(fold_space).or_else(|| {
        let at = labels.iter().position(|label| label.role == Role::HeaderSdk)?;
        let end = labels.get(at + 1).map_or(text.len(), |next| next.start);
        let value = Span::new(labels.get(at)?.value, end).of(text);
        Some(fold_space(value.trim_start().lines().next().unwrap_or_default()))
    })
}

/// The fields of the record to which the name at `at` belongs, those behind it and those before it. Where the first
/// label of all is another than that of a name, each record begins with that one.
fn record(labels: &[Label], at: usize, len: usize) -> Vec<Span> {
    let Some((first, label)) = labels.first().zip(labels.get(at)) else { return Vec::new() };
    let names = |label: &&Label| label.role == Role::HeaderName;
    let begins = |label: &&Label| label.role == first.role;
    let rest = labels.get(at + 1..).unwrap_or_default();
    let ends =
        |label: &&Label| if first.role == Role::HeaderName { names(label) } else { begins(label) || names(label) };
    let end = rest.iter().find(ends).map_or(len, |next| next.start);
    let mut fields = Vec::new();
    if let Some(next) = rest.first().filter(|next| next.start < end) {
        fields.push(Span::new(next.start, end));
    }
    if first.role != Role::HeaderName && first.role != Role::HeaderSdk {
        let before = labels.get(..at).unwrap_or_default().iter().rev();
        let start = before.take_while(|label| !names(label)).find(begins).map(|label| label.start);
        fields.extend(start.map(|start| Span::new(start, label.start)));
    }
    fields
}
