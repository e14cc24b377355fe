//! Texts of the tree to clean text: white space as a browser shows it, character references, styles.

use super::super::block::{Flow, Inset, Shown, Style};
use super::super::text::Span;
use super::tokens;
use super::tree::bits;
use crate::deadline;

const STYLES: [(u8, Style); 5] = [
    (bits::STRONG, Style::Strong),
    (bits::EMPHASIS, Style::Emphasis),
    (bits::CODE, Style::Code),
    (bits::STRIKE, Style::Strike),
    (bits::LINK, Style::Link),
];

/// Lines of clean text while they are put together.
#[derive(Default)]
pub(super) struct Lines {
    done: Vec<Flow>,
    line: Flow,
    /// White space that is shown only when something follows it on the line.
    gap: Option<Span>,
    /// Where each style of [`STYLES`] that goes on began.
    since: [Option<usize>; 5],
}

impl Lines {
    /// Appends a text of `document`; line breaks of the source are white space.
    pub(super) fn text(&mut self, document: &str, span: Span, styles: u8) {
        let mut at = span.start;
        let mut rest = span.of(document);
        while !rest.is_empty() {
            deadline::step();
            let blank = rest.len() - rest.trim_start_matches(is_space).len();
            if blank > 0 {
                if !self.line.text().is_empty() {
                    self.gap.get_or_insert(Span::new(at, at + 1));
                }
                at += blank;
                rest = rest.get(blank..).unwrap_or_default();
                continue;
            }
            if rest.starts_with('&')
                && let Some((stands, len)) = tokens::reference(rest)
            {
                self.push(&stands, Span::new(at, at + len), styles);
                at += len;
                rest = rest.get(len..).unwrap_or_default();
                continue;
            }
            let word = first_word(rest);
            self.push(rest.get(..word).unwrap_or_default(), Span::new(at, at + word), styles);
            at += word;
            rest = rest.get(word..).unwrap_or_default();
        }
    }

    /// Appends a text of `document` whose line breaks are kept.
    pub(super) fn listing(&mut self, document: &str, span: Span, styles: u8) {
        let mut at = span.start;
        for line in span.of(document).split_inclusive('\n') {
            deadline::step();
            self.text(document, Span::new(at, at + line.len()), styles);
            if line.ends_with('\n') {
                self.end_line();
            }
            at += line.len();
        }
    }

    fn push(&mut self, text: &str, source: Span, styles: u8) {
        for (at, (bit, style)) in STYLES.iter().enumerate() {
            if styles & bit == 0
                && let Some(start) = self.since.get_mut(at).and_then(Option::take)
            {
                self.line.mark(*style, start);
            }
        }
        if let Some(gap) = self.gap.take() {
            self.line.push(" ", gap);
        }
        let start = self.line.text().len();
        for (at, (bit, _)) in STYLES.iter().enumerate() {
            if styles & bit != 0
                && let Some(since) = self.since.get_mut(at)
            {
                since.get_or_insert(start);
            }
        }
        self.line.push(text, source);
        self.line.link |= styles & bits::LINK != 0;
    }

    /// Notes an image, or the like, on the present line.
    pub(super) fn inset(&mut self, shown: Shown, span: Span) {
        self.line.inset = self.line.inset.or(Some(Inset { shown, span }));
    }

    /// True when nothing stands on the present line yet.
    pub(super) fn at_start(&self) -> bool {
        self.line.text().is_empty() && self.line.inset.is_none()
    }

    /// Ends the present line.
    pub(super) fn end_line(&mut self) {
        self.gap = None;
        for (at, (_, style)) in STYLES.iter().enumerate() {
            if let Some(start) = self.since.get_mut(at).and_then(Option::take) {
                self.line.mark(*style, start);
            }
        }
        if !self.at_start() {
            self.done.push(std::mem::take(&mut self.line));
        }
    }

    /// Hands out the lines, all of which have text or an image.
    pub(super) fn take(&mut self) -> Vec<Flow> {
        self.end_line();
        std::mem::take(&mut self.done)
    }
}

/// White space that a browser folds; a no-break space is none.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Bytes to the end of the first word of `rest`, its first character whatever it is.
fn first_word(rest: &str) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let behind = rest.get(first..).unwrap_or_default();
    first + behind.find(|c: char| is_space(c) || c == '&').unwrap_or(behind.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[(&str, u8)]) -> Vec<Flow> {
        let whole: String = texts.iter().map(|(text, _)| *text).collect();
        let mut lines = Lines::default();
        let mut at = 0;
        for (text, styles) in texts {
            deadline::step();
            lines.text(&whole, Span::new(at, at + text.len()), *styles);
            at += text.len();
        }
        lines.take()
    }

    #[test]
    fn white_space_is_folded_and_references_keep_their_bytes() {
        let found = lines(&[(" a\n b", 0), (" ", 0), ("&amp; c&nbsp; d&e ", 0)]);
        assert_eq!(found[0].text(), "a b & c\u{a0} d&e");
        let text = found[0].text();
        let whole = " a\n b &amp; c&nbsp; d&e ";
        for (part, expected) in [("b", "b"), ("&", "&amp;"), ("d&e", "d&e"), ("a b", "a\n b"), ("\u{a0}", "&nbsp;")] {
            let at = text.find(part).unwrap();
            assert_eq!(found[0].source(Span::new(at, at + part.len())).of(whole), expected);
        }
    }

    #[test]
    fn a_style_goes_on_over_texts() {
        let found = lines(&[("READ_", bits::STRONG), ("SMS ", bits::STRONG | bits::STRIKE), ("x", 0)]);
        let styled = |style| -> Vec<&str> { found[0].styled(style).iter().map(|s| s.of(found[0].text())).collect() };
        assert_eq!(styled(Style::Strong), ["READ_SMS"]);
        assert_eq!(styled(Style::Strike), ["SMS"]);
    }
}
