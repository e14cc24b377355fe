//! HTML to blocks: a page as a browser saves it, or a piece of HTML in another text.
//!
//! `tokens` finds the tags, `build` makes the `tree` of what a reader of the page sees, `grid` and `blocks` read that. A text keeps
//! its place in the file, whatever stands around it. What is hidden from a reader (`display: none`, no size, the
//! colour of its ground), what belongs to the site and not to the text (`nav`, `footer`, cookie banners) and what only
//! a program reads (scripts, comments, templates) is left out. `aria-hidden` is not: it hides from screen readers
//! what everybody else sees.

mod blocks;
mod build;
mod css;
mod detect;
mod flow;
mod grid;
mod kinds;
mod sheet;
mod tags;
mod tokens;
mod tree;

use super::block::Block;
use super::text::{Span, Text};
use crate::doubt::{self, Code, Doubt};
use crate::limits;
use tree::{Kind, Limit, Tree};

pub(super) use detect::{begins_block, begins_component, ends_with_its_tag, page_start};
pub(super) use kinds::shown_by;

/// The blocks of `text`, which is a page from byte `start` on.
pub(super) fn page(text: &Text, start: usize, doubts: &mut Vec<Doubt>) -> Vec<Block> {
    if let Some((at, _)) = text.as_str().match_indices('&').nth(limits::HTML_REFERENCES) {
        let message =
            format!("the page has more than {} character references and is not read", limits::HTML_REFERENCES);
        doubt::push(doubts, Doubt::new(Code::LimitHtmlNodes, text.place(Span::new(at, at + 1)), message));
        return Vec::new();
    }
    let tree = build::read(Span::new(start, text.as_str().len()).of(text.as_str()), start);
    limit(&tree, text, doubts);
    by_script(&tree, text, doubts);
    blocks::read(&tree, text, text.as_str(), doubts)
}

/// The blocks of the HTML that stands at `span` of `text`. `document` is that text, with spaces in the place of what
/// is no part of the HTML.
pub(super) fn part(text: &Text, document: &str, span: Span, doubts: &mut Vec<Doubt>) -> Vec<Block> {
    let tree = build::read(span.of(document), span.start);
    limit(&tree, text, doubts);
    blocks::read(&tree, text, document, doubts)
}

fn limit(tree: &Tree, text: &Text, doubts: &mut Vec<Doubt>) {
    let Some((span, limit)) = tree.limit else { return };
    let (code, message) = match limit {
        Limit::Nodes => {
            (Code::LimitHtmlNodes, format!("the page has more than {} texts and elements", limits::HTML_NODES))
        }
        Limit::Depth => (Code::LimitHtmlDepth, format!("elements are nested more than {} deep", limits::HTML_DEPTH)),
        Limit::Styles => {
            (Code::LimitHtmlStyles, format!("the page's style sheets have more than {} rules", limits::STYLE_RULES))
        }
    };
    doubt::push(doubts, Doubt::new(code, text.place(span), format!("{message}; the rest is not read")));
}

/// A page whose text its scripts make shows nothing here.
fn by_script(tree: &Tree, text: &Text, doubts: &mut Vec<Doubt>) {
    if !tree.scripted {
        return;
    }
    let texts = || tree.nodes.iter().filter(|node| node.kind == Kind::Text).map(|node| node.span().of(text.as_str()));
    let shown: usize =
        texts().map(|text| text.split_whitespace().map(|word| word.chars().count()).sum::<usize>()).sum();
    let told =
        tree.told_by_script.filter(|_| !texts().any(|text| build::TELLING.iter().any(|word| text.contains(word))));
    let (span, message) = match told {
        _ if shown < limits::SCRIPT_PAGE_CHARS => {
            (Span::new(0, 0), format!("the page shows {shown} characters until its scripts run"))
        }
        Some(span) => {
            (span, "a script of the page speaks of permissions, and the page itself does not name them".to_owned())
        }
        None => return,
    };
    doubt::push(doubts, Doubt::new(Code::StatementScriptPage, text.place(span), message));
}

#[cfg(test)]
mod tests;
