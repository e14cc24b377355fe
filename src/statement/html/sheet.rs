//! What the style sheets in a page say of single elements, classes and ids.
//!
//! Only selectors of one part are followed (`.a`, `#a`, `td`, `td.a.b`). What such a rule hides and a longer one shows
//! (`.tab` and `.open .tab`) is opened by a click, and a reader can see it.

use std::collections::{HashMap, HashSet};

use super::css::{Layout, Look};
use crate::deadline;
use crate::limits;

/// A rule with a selector of one part.
#[derive(Debug)]
struct Rule {
    element: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
    look: Look,
}

impl Rule {
    /// Ids, classes, elements: as CSS weighs them.
    fn weight(&self) -> (bool, usize, bool) {
        (self.id.is_some(), self.classes.len(), self.element.is_some())
    }
}

/// The rules of all style sheets of a page so far.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    rules: Vec<Rule>,
    /// The rules for a class, an id or an element, the rarest of them that the rule names.
    by_key: HashMap<String, Vec<usize>>,
    /// Classes and ids that a longer selector shows.
    shown: HashSet<String>,
    /// There is a style sheet, here or elsewhere.
    pub(super) any: bool,
    /// There are more rules than are kept.
    pub(super) full: bool,
}

/// What an element is called in a style sheet.
pub(super) struct Names<'a> {
    pub(super) element: &'a str,
    pub(super) id: &'a str,
    pub(super) classes: &'a str,
}

impl Sheet {
    /// Reads `css`, the content of a `style` element.
    pub(super) fn read(&mut self, css: &str) {
        self.any = true;
        let mut rest = css;
        while let Some((head, body)) = rest.split_once('{') {
            deadline::step();
            let head = without_comments(head);
            // A rule for a medium holds rules; those for the screen are kept, as if they stood alone.
            if head.trim_start().starts_with('@') {
                let screen = head.trim_start().starts_with("@media") && !head.contains("print") && !head.contains('(');
                rest = if screen { body } else { behind_block(body) };
                continue;
            }
            let (declarations, after) = body.split_once('}').unwrap_or((body, ""));
            rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == '}');
            let mut look = Look::of(declarations);
            // A colour says something only beside the ground it stands on.
            look.colour = look.colour.filter(|_| look.ground.is_some());
            if look == Look::default() {
                continue;
            }
            for selector in head.split(',') {
                deadline::step();
                self.rule(selector.trim(), look);
            }
        }
    }

    fn rule(&mut self, selector: &str, look: Look) {
        let one_part = !selector.is_empty()
            && selector.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'#' | b'-' | b'_' | 0x80..));
        if !one_part {
            if look.layout.is_some_and(|layout| layout != Layout::None) || look.visible == Some(true) {
                let names = selector.split([' ', '>', '+', '~', ':', '[']);
                let names = names.flat_map(|part| part.split(['.', '#']).skip(1));
                self.shown.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
            }
            return;
        }
        let mut rule = Rule { element: None, id: None, classes: Vec::new(), look };
        let mut rest = selector;
        while !rest.is_empty() {
            deadline::step();
            let mark = rest.chars().next().filter(|c| matches!(c, '.' | '#'));
            let name = rest.strip_prefix(['.', '#']).unwrap_or(rest);
            let end = name.find(['.', '#']).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            match mark {
                Some('.') => rule.classes.push(name.to_owned()),
                Some(_) => rule.id = Some(name.to_owned()),
                None => rule.element = Some(name.to_ascii_lowercase()),
            }
            rest = after;
        }
        if rule.classes.len() > 1 && look.layout.is_some_and(|layout| layout != Layout::None) {
            self.shown.extend(rule.classes.iter().cloned());
        }
        let key = rule.id.as_ref().or(rule.classes.first()).or(rule.element.as_ref()).cloned().unwrap_or_default();
        let same = self.by_key.entry(key).or_default();
        if self.rules.len() >= limits::STYLE_RULES || same.len() >= limits::STYLE_RULES_OF_ONE {
            self.full = true;
            return;
        }
        same.push(self.rules.len());
        self.rules.push(rule);
    }

    /// What the rules say of an element.
    pub(super) fn look(&self, names: &Names<'_>) -> Look {
        if self.rules.is_empty() {
            return Look::default();
        }
        let classes = || names.classes.split_ascii_whitespace();
        let keys = [names.element, names.id].into_iter().chain(classes().take(limits::STYLE_RULES_OF_ONE));
        let of = |key: &str| self.by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        let mut matching: Vec<usize> = keys.flat_map(of).copied().collect();
        matching.retain(|&at| {
            self.rules.get(at).is_some_and(|rule| {
                rule.element.as_ref().is_none_or(|element| element == names.element)
                    && rule.id.as_ref().is_none_or(|id| id == names.id)
                    && rule.classes.iter().all(|class| classes().any(|own| own == class))
            })
        });
        matching.sort_by_key(|&at| (self.rules.get(at).map(Rule::weight), at));
        let mut look = Look::default();
        for rule in matching.iter().filter_map(|&at| self.rules.get(at)) {
            deadline::step();
            look = look.under(&rule.look);
        }
        let opens = self.shown.contains(names.id) || classes().any(|class| self.shown.contains(class));
        if opens {
            look.layout = look.layout.filter(|&layout| layout != Layout::None);
            look.visible = None;
            look.gone = false;
        }
        look
    }
}

/// What follows the block whose content `body` begins with.
fn behind_block(body: &str) -> &str {
    let mut depth = 1_usize;
    for (at, c) in body.char_indices() {
        deadline::step();
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return body.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}

fn without_comments(css: &str) -> String {
    let mut plain = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        deadline::step();
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(css: &str, element: &str, id: &str, classes: &str) -> bool {
        let mut sheet = Sheet::default();
        sheet.read(css);
        sheet.look(&Names { element, id, classes }).layout == Some(Layout::None)
    }

    #[test]
    fn rules_of_one_part_hide() {
        for css in [
            ".x{display:none}",
            "/* a */ #i , b { color: red; display: none }",
            "div.x.y{display:none}",
            "p{margin:0}.x{display:block}.x{display:none}",
            "@media print{.x{display:block}} .x{display:none}",
            "@media screen { .x{display:none} }",
            "@font-face{src:url(x)} .x{display:none}",
            "div{display:block}.x{display:none}",
        ] {
            assert!(hidden(css, "div", "i", "x y"), "{css}");
        }
        for css in [
            ".z{display:none}",
            "span.x{display:none}",
            ".x.z{display:none}",
            ".x{display:none}#i{display:block}",
            ".x{display:none} .open .x{display:block}",
            ".x{display:none} .x.active{display:block}",
            ".a .x{display:none}",
            ".x:before{display:none}",
            "@media print{.x{display:none}}",
        ] {
            assert!(!hidden(css, "div", "i", "x y"), "{css}");
        }
    }
}
