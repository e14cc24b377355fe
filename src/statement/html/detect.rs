//! Which text is HTML: a page, or a piece of one.

use super::tags::Tag;
use crate::deadline;
use crate::limits;

/// Where the page begins that `text` is; `None` for a text that is no HTML as a whole. Front matter is no part of the
/// page.
pub(in super::super) fn page_start(text: &str) -> Option<usize> {
    let start = behind_front_matter(text);
    let body = text.get(start..).unwrap_or_default();
    let mut rest = body.trim_start();
    // An XML declaration and comments may stand before the root.
    while let Some(close) = [("<?", "?>"), ("<!--", "-->")].iter().find(|(open, _)| rest.starts_with(open)) {
        deadline::step();
        match rest.split_once(close.1) {
            Some((_, after)) => rest = after.trim_start(),
            None => return None,
        }
    }
    let head: String = rest.chars().take(14).collect::<String>().to_ascii_lowercase();
    let whole = head.starts_with("<!doctype html")
        || head.strip_prefix("<html").is_some_and(|after| after.starts_with(|c: char| c == '>' || c.is_whitespace()));
    (whole || is_mostly_tags(body)).then_some(start)
}

/// Bytes of the metadata between two lines of `---` at the beginning.
fn behind_front_matter(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n').take(limits::FRONT_MATTER_LINES);
    let mut at = lines.next().filter(|line| line.trim_end() == "---").map_or(0, str::len);
    if at == 0 {
        return 0;
    }
    for line in lines {
        deadline::step();
        at += line.len();
        if line.trim_end() == "---" {
            return at;
        }
    }
    0
}

/// True for a piece of a page: every second line has a tag of HTML, and hardly one the marks of Markdown.
fn is_mostly_tags(text: &str) -> bool {
    let (mut lines, mut tagged, mut marked, mut blocks) = (0_usize, 0_usize, 0_usize, 0_usize);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        deadline::step();
        lines += 1;
        let mut any = false;
        for tag in tags(line) {
            deadline::step();
            any = true;
            blocks += usize::from(is_structure(tag));
        }
        tagged += usize::from(any);
        marked += usize::from(is_markdown(line));
    }
    blocks > 1 && tagged * 2 >= lines && marked * 10 <= lines
}

/// The elements of HTML whose tags begin or end in `line`.
fn tags(line: &str) -> impl Iterator<Item = Tag> {
    line.match_indices('<').filter_map(|(at, _)| {
        let behind = line.get(at + 1..)?;
        tag(behind.strip_prefix('/').unwrap_or(behind))
    })
}

/// The element of HTML whose name `behind` begins with.
fn tag(behind: &str) -> Option<Tag> {
    let end = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
    let (name, after) = behind.split_at(end);
    let ends = after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    let known = Tag::named(name.to_ascii_lowercase().as_bytes());
    (ends && end < NAME_BYTES && known != Tag::Other).then_some(known)
}

/// Bytes that no name of an element has.
const NAME_BYTES: usize = 16;

fn is_structure(tag: Tag) -> bool {
    tag.is_block()
        || tag.is_table_part()
        || matches!(
            tag,
            Tag::Table | Tag::Br | Tag::Li | Tag::Dt | Tag::Dd | Tag::Body | Tag::Head | Tag::Span | Tag::Style
        )
}

/// True for a line that only Markdown has: a heading, a list, a fence, a row of a table.
fn is_markdown(line: &str) -> bool {
    let heading = line.trim_start_matches('#');
    (heading.len() < line.len() && line.len() - heading.len() <= 6 && heading.starts_with(' '))
        || line.starts_with("```")
        || line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("**")
        || (line.starts_with('|') && line.ends_with('|'))
}

/// The element whose start tag begins `line`, a line of Markdown, where it begins a block of HTML (`CommonMark`, 4.6).
pub(in super::super) fn begins_block(line: &str) -> Option<&'static str> {
    let behind = line.strip_prefix('<')?;
    let tag = tag(behind)?;
    BLOCKS.iter().find(|&&(known, _)| known == tag).map(|&(_, name)| name)
}

/// Elements that begin a block of HTML in Markdown.
const BLOCKS: [(Tag, &str); 25] = [
    (Tag::Table, "table"),
    (Tag::Ul, "ul"),
    (Tag::Ol, "ol"),
    (Tag::Dl, "dl"),
    (Tag::Pre, "pre"),
    (Tag::Textarea, "textarea"),
    (Tag::Template, "template"),
    (Tag::Div, "div"),
    (Tag::Section, "section"),
    (Tag::Article, "article"),
    (Tag::Aside, "aside"),
    (Tag::Main, "main"),
    (Tag::Nav, "nav"),
    (Tag::Footer, "footer"),
    (Tag::Header, "header"),
    (Tag::Details, "details"),
    (Tag::Summary, "summary"),
    (Tag::Center, "center"),
    (Tag::P, "p"),
    (Tag::H1, "h1"),
    (Tag::H2, "h2"),
    (Tag::H3, "h3"),
    (Tag::H4, "h4"),
    (Tag::Script, "script"),
    (Tag::Style, "style"),
];

/// True where a block of HTML in Markdown goes on to the end tag of `element`, blank lines or not: what such elements
/// hold is HTML throughout, and what a hidden one holds is not shown.
pub(in super::super) fn ends_with_its_tag(element: &str, line: &str) -> bool {
    let low = line.to_ascii_lowercase();
    let tag = low.split('>').next().unwrap_or_default();
    let whole = ["table", "ul", "ol", "dl", "pre", "textarea", "template", "nav", "footer", "script", "style"];
    whole.contains(&element)
        || ["hidden", "style", "role", "class"].iter().any(|word| tag.contains(word)) && is_hiding(tag)
}

/// True for a start tag that may hide what it begins.
fn is_hiding(tag: &str) -> bool {
    [" hidden", "none", "hidden", "opacity", "font-size", "absolute", "fixed", "color", "\\"]
        .iter()
        .any(|word| tag.contains(word))
}

/// True for a line that is the tag of a component (`<PermissionTable …/>`), which a program replaces by something else.
pub(in super::super) fn begins_component(line: &str) -> bool {
    line.strip_prefix('<').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
        && line.ends_with("/>")
        && tag(line.get(1..).unwrap_or_default()).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_pieces_of_pages_are_html() {
        for text in [
            "<!-- x --> <!DOCTYPE HTML><html>",
            "<html lang=en>",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC>",
            "---\nlayout: page\n---\n<div>\n<p>a</p>\n</div>\n",
            "<div><p>x</p></div>",
            "<table>\n<tr><td>a</td></tr>\n</table>",
            "<p>a</p>\n<p>b\nc</p>\n",
            "One<br>\nTwo<br>\nThree",
            "\n  <style>a</style><h1>x</h1>",
        ] {
            assert!(page_start(text).is_some(), "{text}");
        }
        for text in [
            "# Title\n\n<table>\n<tr><td>a</td></tr>\n</table>\n\n## More\n\nText.\n",
            "<div align=\"center\">\n\n# Title\n\n</div>\n\nText\n\n- a\n- b\n",
            "<uses-permission android:name=\"android.permission.CAMERA\"/>\n<uses-permission/>\n",
            "<manifest>\n<application>\n</application>\n</manifest>",
            "A < B\n",
            "<htmlx>",
            "---\nlayout: page\n---\n# x\n",
            "",
        ] {
            assert!(page_start(text).is_none(), "{text}");
        }
    }
}
