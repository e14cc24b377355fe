//! The lines of a text: without what nobody sees, without the marks of block quotes, and put together where a converter
//! broke them.

use std::borrow::Cow;

use super::super::inline::{self, References};
use super::super::text::Span;
use super::marks::{atx, is_delimiter, is_rule};
use crate::deadline;
use crate::limits;

/// `text` with every HTML comment blanked; every other byte stands where it stood.
pub(super) fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("<!--") {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        deadline::step();
        visible.push_str(before);
        // An unclosed comment hides all that follows only where it begins a line.
        let begins_line = before.rsplit(['\n', '\r']).next().unwrap_or_default().trim().is_empty();
        let (inside, after) = match comment.split_once("-->") {
            Some(parts) => parts,
            None if begins_line => (comment, ""),
            None => {
                visible.push_str("<!--");
                rest = comment;
                break;
            }
        };
        let blank = |byte: u8| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' };
        visible.extend("<!--".bytes().chain(inside.bytes()).map(blank));
        if comment.len() > inside.len() {
            visible.push_str("   ");
        }
        rest = after;
    }
    visible.push_str(rest);
    Cow::Owned(visible)
}

/// A line without its block quote markers and without white space at its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) body: Span,
    /// Where the line begins, and the block quote markers between there and the body.
    pub(super) start: usize,
    pub(super) quotes: usize,
    /// Columns before the body, block quote markers left out; a tab goes to the next multiple of four.
    pub(super) indent: usize,
}

pub(super) fn lines(all: impl Iterator<Item = Span>, visible: &str) -> Vec<Line> {
    all.map(|line| {
        let mut rest = line.of(visible);
        let mut indent;
        let mut quotes = 0;
        loop {
            deadline::step();
            let body = rest.trim_start();
            indent = columns(Span::new(0, rest.len() - body.len()).of(rest));
            match body.strip_prefix('>') {
                Some(inner) => {
                    rest = inner.strip_prefix(' ').unwrap_or(inner);
                    quotes += 1;
                }
                None => break,
            }
        }
        Line { body: Span::new(line.end - rest.len(), line.end).trimmed(visible), start: line.start, quotes, indent }
    })
    .collect()
}

/// Puts the rows of a table together whose pipes stand on lines of their own, as converters write cells that hold
/// blocks; the blank lines between such rows go.
pub(super) fn with_lone_pipes(lines: Vec<Line>, text: &str) -> Vec<Line> {
    let lone = |line: &Line| line.body.of(text) == "|";
    if !lines.iter().any(lone) {
        return lines;
    }
    let blank = |line: &Line| line.body.of(text).chars().all(|c| matches!(c, '*' | '_') || c.is_whitespace());
    let delimits = |line: &Line| {
        let body = line.body.of(text);
        is_delimiter(body) || is_rule(body) || atx(body).is_some()
    };
    let mut joined: Vec<Line> = Vec::with_capacity(lines.len());
    let mut in_table = false;
    let mut rest = lines.as_slice();
    while let Some(first) = rest.first() {
        deadline::step();
        let end = rest.iter().position(|line| blank(line) || delimits(line)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let broken =
            run.iter().skip(1).any(lone) && run.iter().all(|line| lone(line) || !line.body.of(text).contains('|'));
        let Some(last) = run.last().filter(|_| broken) else {
            let count = run.len().max(1);
            let goes_on = run.is_empty() && (blank(first) || is_delimiter(first.body.of(text)));
            if in_table && goes_on && !blank(first) {
                trim_blank(&mut joined, text);
            }
            in_table &= goes_on;
            joined.extend(rest.iter().take(count));
            rest = rest.get(count..).unwrap_or_default();
            continue;
        };
        if in_table {
            trim_blank(&mut joined, text);
        }
        joined.push(Line { body: first.body.with(last.body), ..*first });
        in_table = true;
        rest = after;
    }
    joined
}

/// Takes the blank lines off the end.
fn trim_blank(lines: &mut Vec<Line>, text: &str) {
    while lines.pop_if(|line| line.body.of(text).trim_matches(['*', '_', ' ', '\t']).is_empty()).is_some() {}
}

fn columns(white: &str) -> usize {
    white.chars().fold(0, |column, c| if c == '\t' { column / 4 * 4 + 4 } else { column + 1 })
}

pub(super) fn references(text: &str, lines: &[Line]) -> References {
    lines.iter().filter_map(|line| reference_label(line.body.of(text))).map(inline::fold_label).collect()
}

/// The label of a link reference definition: `[label]: destination`.
pub(super) fn reference_label(line: &str) -> Option<&str> {
    let (label, destination) = line.strip_prefix('[')?.split_once("]:")?;
    let known = !label.is_empty() && !label.contains(['[', ']']) && label.len() <= limits::INLINE_LOOKAHEAD;
    (known && !destination.trim().is_empty() && !label.starts_with('^')).then_some(label)
}
