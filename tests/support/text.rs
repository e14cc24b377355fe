//! Writes the trees of [`axml`](super::axml) as text, and reads text in a simple way of its own.

use std::fmt::Write as _;

use super::axml::{ANDROID, Element, Value};

/// The text of a tree.
pub fn document(tree: &Element) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    write(tree, 0, &mut out);
    out
}

fn write(tree: &Element, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    write!(out, "{indent}<{}", tree.tag).unwrap();
    if depth == 0 {
        write!(out, " xmlns:android=\"{ANDROID}\" xmlns:tools=\"http://schemas.android.com/tools\"").unwrap();
    }
    for attribute in &tree.attributes {
        let prefix = if attribute.namespace.is_some() { "android:" } else { "" };
        let value = match &attribute.value {
            Value::Text(text) => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
            Value::Int(number) => number.to_string(),
            Value::Reference(id) => format!("@{id:#010x}"),
            Value::Null => "@null".to_owned(),
            Value::Other(0x11, bits) => format!("{bits:#x}"),
            other @ Value::Other(..) => panic!("{other:?} has no form here"),
        };
        write!(out, " {prefix}{}=\"{value}\"", attribute.name).unwrap();
    }
    if tree.children.is_empty() {
        out.push_str(" />\n");
        return;
    }
    out.push_str(">\n");
    for child in &tree.children {
        write(child, depth + 1, out);
    }
    writeln!(out, "{indent}</{}>", tree.tag).unwrap();
}

/// The permissions that a text requests, by a scan for tags that knows nothing of well-formedness. It wants the prefix
/// `android`.
pub fn model(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
        if let Some((_, end)) = skipped.iter().find(|(start, _)| after.starts_with(start)) {
            rest = after.split_once(end).map_or("", |(_, rest)| rest);
            continue;
        }
        let mut quote = None;
        let end = after.find(|c| match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                false
            }
            (Some(own), c) if own == c => {
                quote = None;
                false
            }
            (None, '>') => true,
            _ => false,
        });
        let Some(end) = end else { break };
        let (tag, after) = (&after[..end], &after[end + 1..]);
        rest = after;
        if tag.starts_with('/') {
            open.pop();
            continue;
        }
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
        if open == ["manifest"]
            && ["uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"].contains(&name)
        {
            let value = tag.split_once(" android:name=").and_then(|(_, value)| {
                let quote = value.chars().next()?;
                value[1..].split_once(quote).map(|(value, _)| value.to_owned())
            });
            found.extend(value.filter(|value| !value.is_empty()).map(|value| resolved(&value)));
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    found
}

/// The value of an attribute: blanks of any kind are spaces, then references are resolved; one that is none stays as it
/// is.
fn resolved(text: &str) -> String {
    let mut out = String::new();
    let text = text.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';').unwrap_or((after, ""));
        let number = match name.strip_prefix("#x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => name.strip_prefix('#').and_then(|decimal| decimal.parse().ok()),
        };
        match (name, number.and_then(char::from_u32)) {
            ("lt", _) => out.push('<'),
            ("gt", _) => out.push('>'),
            ("amp", _) => out.push('&'),
            ("apos", _) => out.push('\''),
            ("quot", _) => out.push('"'),
            (_, Some(c)) => out.push(c),
            (name, None) => out.push_str(&format!("&{name};")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
