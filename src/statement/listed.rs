//! Where a permission's name stands at the head of a line: under what, and in which shapes.
//!
//! A head that ends in the word for permission (相机权限：) names one wherever it stands. Without that word it does
//! only where permissions were announced, or in the brackets that stand for a name.

use super::block::{Flow, Heading, Item, is_title};
use super::disclose::{Context, Walk};
use super::items::{Head, List, is_name, number};
use super::text::Span;
use crate::deadline;
use crate::disclosure::Scope;
use crate::knowledge::Platform;

/// What lines of running text may disclose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Below a heading of permissions.
    Section,
    /// Behind a line that says that permissions follow; so many lines ago.
    Announced(usize),
    /// Among other lines whose heads end in the word for permission.
    Among,
    /// None of these.
    Anywhere,
}

impl Walk<'_> {
    /// Reads lines of running text that begin with a name.
    pub(super) fn lines(
        &mut self,
        lines: &[Flow],
        list: &mut List,
        quoted: impl Fn(&mut Self, &Flow, &Context) -> bool,
    ) {
        let heads = |walk: &Self| lines.iter().filter(|line| walk.names_with_noun(line)).take(2).count();
        let section = self.in_section();
        let mut place = if section {
            Place::Section
        } else if self.introduced > 0 {
            Place::Announced(0)
        } else if lines.len() > 1 && heads(self) > 1 {
            Place::Among
        } else {
            Place::Anywhere
        };
        let mut before: Option<&Flow> = None;
        let lines: Vec<Flow> = lines.iter().flat_map(|line| self.counted(line)).collect();
        for line in &lines {
            deadline::step();
            let goes_on = before.is_some_and(goes_on);
            before = Some(line);
            if quoted(self, line, &list.context) {
                continue;
            }
            if let Some(platforms) = self.platform_line(line) {
                list.context.platforms = platforms;
                list.platform = true;
                continue;
            }
            let found = !goes_on && self.line(line, place, list);
            if found {
                before = None;
            }
            if self.announces(line) {
                place = Place::Announced(0);
            } else if let Place::Announced(past) = place
                && !found
            {
                // What follows the last name is no name; an introduction may precede the first.
                let begun = self.found.disclosures.len() > list.first;
                place = if begun || past >= INTRODUCTION { Place::Anywhere } else { Place::Announced(past + 1) };
            }
        }
    }

    fn line(&mut self, line: &Flow, place: Place, list: &mut List) -> bool {
        if let Some(head) = self.bracketed(line) {
            let announced = place != Place::Anywhere && place != Place::Among;
            let noun = self.ends_in_noun(head.name.of(line.text()));
            return self.head_of(line, &head, list, |_| announced || noun);
        }
        let listed = matches!(place, Place::Announced(_));
        if listed && self.trailing(line, list) {
            return true;
        }
        let Some(head) = self.head(line, listed) else { return false };
        let noun = self.ends_in_noun(head.name.of(line.text()));
        let numbered = number(line.text()) > line.text().len() - line.text().trim_start().len();
        let apart = match place {
            // A line of running text begins with a name only where the name stands out, or a mark parts it from the rest.
            Place::Section => head.styled || noun || (head.parted && !head.tail.is_empty()),
            Place::Announced(_) => head.styled || noun || !head.tail.is_empty(),
            Place::Among => noun,
            Place::Anywhere => noun && (head.styled || numbered) && !head.tail.is_empty(),
        };
        if matches!(place, Place::Among | Place::Anywhere) && self.headers.begins_with_denial(head.tail.of(line.text()))
        {
            return false;
        }
        let exact = matches!(place, Place::Section | Place::Announced(_));
        if !apart && !exact {
            return false;
        }
        self.head_of(line, &head, list, |reading| apart || (exact && reading.is_exact()))
    }

    /// True when the line begins with names and the word for permission.
    pub(super) fn names_with_noun(&self, line: &Flow) -> bool {
        let Some(head) = self.head(line, false) else { return false };
        !head.tail.is_empty()
            && self.ends_in_noun(head.name.of(line.text()))
            && self.names.read(&line.part(head.name), &[], false).is_some_and(|reading| is_name(&reading))
    }

    /// True when `name` ends in the word for permission, parentheses behind it left out.
    pub(super) fn ends_in_noun(&self, name: &str) -> bool {
        let bare = name.trim_end();
        let open = bare.ends_with([')', '）']).then(|| bare.rfind(['(', '（'])).flatten();
        self.headers.is_permission_noun_at_end(name)
            || open.and_then(|at| bare.get(..at)).is_some_and(|bare| self.headers.is_permission_noun_at_end(bare))
    }

    /// True for a line that says that permissions follow: by its words, or as the title of what is below it.
    pub(super) fn announces(&self, line: &Flow) -> bool {
        self.announces_permissions(line.text()) || self.is_plain_title(line.text())
    }

    /// True for a numbered line of running text that is the title of a section of permissions: 十一、应用权限.
    pub(super) fn is_plain_title(&self, text: &str) -> bool {
        let marks = |c: char| c.is_whitespace() || matches!(c, '*' | '_');
        let text = text.trim_matches(marks);
        let title = text.trim_end_matches(|c: char| marks(c) || matches!(c, '。' | ':' | '：'));
        let lead = number(title);
        let rest = title.get(lead..).unwrap_or_default();
        // The longest character has four bytes.
        rest.len() <= TITLE * 4
            && is_title(title)
            && rest.chars().count() <= TITLE
            && !rest.contains(['，', ',', '：', ':'])
            && (lead > 0 || self.headers.ends_as_title(rest))
            && {
                let said = self.headers.title(rest);
                said.permissions && !said.negated && !self.headers.mixes_data(rest) && self.names_nothing(rest)
            }
    }

    /// True when nothing in `text` is the name of a permission.
    fn names_nothing(&self, text: &str) -> bool {
        self.names.read(&Flow::plain(text), &[], false).is_none_or(|reading| !is_name(&reading))
    }

    /// True for a heading that names permissions, with the word for permission or in brackets.
    pub(super) fn is_item(&self, heading: &Heading) -> bool {
        let text = heading.flow.text();
        let start = number(text);
        let name = Span::new(start, text.trim_end_matches([':', '：', ' ', '。']).len());
        let noun = self.ends_in_noun(name.of(text));
        (noun || self.announced || name.of(text).starts_with('【'))
            && self.names.read(&heading.flow.part(name), &[], false).is_some_and(|reading| is_name(&reading))
    }

    /// The platforms of a line that names them and nothing else: `Android端：`.
    pub(super) fn platform_line(&self, line: &Flow) -> Option<Vec<Platform>> {
        let text = line.text().trim();
        if text.chars().count() > PLATFORM_LINE || text.contains('|') {
            return None;
        }
        let platforms = self.headers.platforms(text);
        (!platforms.is_empty() && self.headers.is_platform_alone(text)).then_some(platforms)
    }

    /// A head of brackets: 【相机】【麦克风】权限：…, and 【相机】 alone.
    pub(super) fn bracketed(&self, line: &Flow) -> Option<Head> {
        let text = line.text();
        let start = text.len() - text.trim_start_matches(|c: char| c.is_whitespace() || c == '*').len();
        let mut end = start;
        let mut rest = Span::new(start, text.len()).of(text);
        while let Some(inside) = rest.strip_prefix('【') {
            deadline::step();
            let (name, after) = inside.split_once('】')?;
            if name.chars().count() > BRACKET || name.contains('\n') {
                return None;
            }
            end = text.len() - after.len();
            rest = self.headers.without_joiners(after);
        }
        if end == start {
            return None;
        }
        let after = Span::new(end, text.len()).of(text);
        let noun = self.headers.without_particles(after.trim_start_matches(['*', ' ']));
        if let Some(len) = self.headers.noun_at_start(noun) {
            end = text.len() - noun.len() + len;
        }
        let after = Span::new(end, text.len()).of(text);
        let parted = after.trim_start_matches(['*', ' ']);
        if parted.starts_with(['(', '（'])
            && let Some((close, mark)) = parted.char_indices().find(|(_, c)| matches!(c, ')' | '）'))
        {
            end = text.len() - parted.len() + close + mark.len_utf8();
        }
        let said = Span::new(end, text.len()).of(text).trim_start_matches(['*', ' ', ':', '：']);
        let tail = Span::new(text.len() - said.len(), text.len()).trimmed(text);
        Some(Head { name: Span::new(start, end), tail, styled: true, labelled: false, parted: true })
    }

    /// True for a head of brackets with the word for permission.
    fn bracketed_noun(&self, line: &Flow) -> bool {
        self.bracketed(line).is_some_and(|head| self.ends_in_noun(head.name.of(line.text())))
    }

    /// Reads a line that ends in the name of a permission and says before what that is for: 您扫码时，需要获取相机权限。
    pub(super) fn trailing(&mut self, line: &Flow, list: &mut List) -> bool {
        let text = line.text().trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '。' | '；' | ';'));
        if !self.headers.is_permission_noun_at_end(text) || text.contains(['。', '；', '：']) {
            return false;
        }
        let Some((before, clause)) = text.rsplit_once('，') else { return false };
        if clause.chars().count() > BRACKET || before.chars().all(char::is_whitespace) {
            return false;
        }
        let name = Span::new(text.len() - clause.len(), text.len());
        let end = Span::new(text.len(), text.len());
        let head = Head { name, tail: end, styled: false, labelled: false, parted: true };
        let sdk = list.context.sdk;
        list.context.sdk |= self.headers.is_third_party(before);
        let index = self.found.disclosures.len();
        let found = self.head_of(line, &head, list, is_name);
        list.context.sdk = sdk;
        if let Some(row) = self.found.disclosures.get_mut(index).filter(|_| found) {
            row.purpose = Some(super::block::fold_space(before));
        }
        found
    }

    /// Reads `神策SDK：READ_PHONE_STATE：…`: the permissions of a third party behind its name.
    pub(super) fn behind_sdk(&mut self, whole: &Flow, head: &Head, list: &mut List) -> bool {
        let name = head.name.of(whole.text());
        if head.tail.is_empty() || !name.to_lowercase().contains("sdk") {
            return false;
        }
        let name = super::block::fold_space(name);
        let said = whole.part(head.tail);
        let Some(inner) = self.head(&said, false) else { return false };
        let before = self.found.disclosures.len();
        let found = self.head_of(&said, &inner, list, |_| true);
        for row in self.found.disclosures.iter_mut().skip(before) {
            deadline::step();
            row.scope = Scope::Sdk(Some(name.clone()));
        }
        found
    }

    /// The parts of a line about permissions in which items are counted on.
    fn counted(&self, line: &Flow) -> Vec<Flow> {
        let counted = numbers(line.text());
        if counted.is_empty() || !self.headers.mentions_permission(line.text()) {
            return vec![line.clone()];
        }
        let mut start = 0;
        let ends = counted.into_iter().chain([line.text().len()]);
        ends.map(|end| line.part(Span::new(std::mem::replace(&mut start, end), end))).collect()
    }

    /// The items that are numbered on inside the lines of `item`: `…； 3.允许…`.
    pub(super) fn apart(&self, item: &Item) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut open = Item { indent: item.indent, lines: Vec::new() };
        for line in &item.lines {
            deadline::step();
            let fresh = open.lines.last().is_some_and(|before| !goes_on(before) || self.names_with_noun(before));
            let own = fresh && (self.bracketed_noun(line) || self.names_with_noun(line));
            if own {
                items.push(std::mem::replace(&mut open, Item { indent: item.indent, lines: Vec::new() }));
            }
            for (at, part) in self.counted(line).into_iter().enumerate() {
                deadline::step();
                if at > 0 {
                    items.push(std::mem::replace(&mut open, Item { indent: item.indent, lines: Vec::new() }));
                }
                open.lines.push(part);
            }
        }
        items.push(open);
        items
    }
}

/// True for a line that ends in the middle of a sentence.
fn goes_on(line: &Flow) -> bool {
    let text = line.text().trim_end();
    text.chars().count() > TITLE && text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '，' | '、' | ','))
}

/// Where numbers that count on stand behind the end of a sentence or clause in `text`.
fn numbers(text: &str) -> Vec<usize> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let mut found: Vec<(u32, usize)> = Vec::new();
    for (at, mark) in text.match_indices(['；', ';', '。', '：', ':']) {
        deadline::step();
        let behind = at + mark.len();
        let rest = Span::new(behind, text.len()).of(text);
        let body = rest.trim_start();
        let after = body.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = body.len() - after.len();
        let marked = after.strip_prefix(['.', '、', '．', ')', '）']);
        let counts = marked.is_some_and(|text| text.starts_with(|c: char| !c.is_ascii_digit()));
        let number = Span::new(0, digits).of(body).parse().ok().filter(|_| counts && digits <= 2);
        if let Some(number) = number {
            found.push((number, text.len() - body.len()));
        }
    }
    let counts_on = found.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a.checked_add(1) == Some(*b)));
    let begins = found.first().is_some_and(|&(first, _)| first == 1 || first == 2 || found.len() > 1);
    if counts_on && begins || found.len() == 1 { found.into_iter().map(|(_, at)| at).collect() } else { Vec::new() }
}

/// Lines that may stand between the announcement of permissions and the first.
const INTRODUCTION: usize = 2;

/// Code points of a line of running text that is the title of a section.
const TITLE: usize = 30;

/// Code points of a line that names a platform.
const PLATFORM_LINE: usize = 16;

/// Code points inside a bracket that stands for a name.
const BRACKET: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_counted_on_inside_a_line() {
        let parts = |text: &str| {
            let mut start = 0;
            let mut parts = Vec::new();
            for at in numbers(text).into_iter().chain([text.len()]) {
                deadline::step();
                parts.push(Span::new(start, at).of(text).trim().to_owned());
                start = at;
            }
            parts
        };
        assert_eq!(parts("如下权限： 1.相机；2.录音；"), ["如下权限：", "1.相机；", "2.录音；"]);
        assert_eq!(parts("相机权限，扫码； 3.录音权限，语音；"), ["相机权限，扫码；", "3.录音权限，语音；"]);
        for text in ["权限：Android 6.0。7.1", "权限。1.a。3.b"] {
            assert_eq!(parts(text).len(), 1, "{text}");
        }
    }
}
