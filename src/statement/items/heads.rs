//! The head of a line: where a name would end, and whether it is one.

use super::super::block::{Flow, Style, is_title};
use super::super::disclose::{Context, Walk};
use super::super::lexicon::is_dense;
use super::super::names::Reading;
use super::super::text::Span;
use super::{Head, List, is_name};
use crate::deadline;

impl Walk<'_> {
    /// The head of a line and what follows it. Where names are `listed`, one may end where a clause does.
    pub(in crate::statement) fn head(&self, line: &Flow, listed: bool) -> Option<Head> {
        let text = line.text();
        let lead = number(text);
        let apart = [Style::Strong, Style::Code, Style::Emphasis, Style::Link];
        let mut spans: Vec<Span> = apart.iter().flat_map(|&style| line.styled(style)).copied().collect();
        spans.sort_unstable();
        let begins = spans.iter().filter(|span| span.start <= lead && span.end > lead);
        let styled = begins.map(|span| span.end).max().map(|end| self.styled_end(text, &spans, end));
        let mut depth = 0_usize;
        let mut chars = text.char_indices().enumerate().peekable();
        let mut before = ' ';
        let leads = self.headers.begins_with_noun(Span::new(lead, text.len()).of(text));
        while let Some((count, (at, c))) = chars.next() {
            deadline::step();
            let after = chars.peek().map_or(' ', |&(_, (_, c))| c);
            let open = at >= styled.unwrap_or_default() && depth == 0;
            let parts = match c {
                '(' | '（' if depth == 0 && self.is_remark(text, Span::new(lead.min(at), at)) => {
                    let tail = Span::new(at, text.len()).trimmed(text);
                    let tail =
                        Span::new(at + c.len_utf8(), tail.end - if tail.of(text).ends_with('）') { 3 } else { 1 });
                    let name = bare(text, Span::new(lead.min(at), at));
                    return Some(Head { name, tail, styled: styled.is_some(), labelled: false, parted: true });
                }
                '(' | '（' => {
                    depth += 1;
                    false
                }
                ')' | '）' => {
                    depth = depth.saturating_sub(1);
                    false
                }
                ':' | '：' => depth == 0 && after != '/',
                '—' | '–' => open,
                '-' => open && before == ' ' && after == ' ' && !text.trim_start().starts_with("Privacy -"),
                // "Camera. To scan codes": what stands before the full stop is looked at, and counts if it is a name.
                '.' | '。' if open && (c != '.' || after == ' ') && styled.is_none() && count <= SENTENCE_CHARS => {
                    true
                }
                '。' | '，' | ',' | '.' | '\n' if open && (c != '.' || after == ' ') => {
                    let name = Span::new(lead.min(at), at);
                    if matches!(c, ',' | '，') && self.headers.is_clause(name.of(text)) {
                        break;
                    }
                    let plain = || listed && self.names.is_plain(&line.part(bare(text, name)), &[]);
                    if !self.ends_in_noun(name.of(text)) && !plain() {
                        break;
                    }
                    true
                }
                _ => false,
            };
            let noun = at > lead && before.is_alphanumeric() && (leads || self.headers.may_end_noun(before));
            let ends = open && depth == 0 && (noun || listed) && self.noun_ends(text, lead.min(at), at, listed, noun);
            let parts = parts || ends;
            if parts {
                let sentence = matches!(c, '.' | '。');
                let behind = if ends { at } else { at + c.len_utf8() };
                let tail = Span::new(behind, text.len()).trimmed(text);
                return Some(Head {
                    name: bare(text, Span::new(lead.min(at), at)),
                    tail,
                    styled: styled.is_some(),
                    labelled: false,
                    parted: ends || !sentence,
                });
            }
            if count > HEAD_CHARS {
                break;
            }
            before = c;
        }
        if let Some(end) = styled {
            let tail = Span::new(end, text.len()).trimmed(text);
            let name = bare(text, Span::new(lead, end));
            return Some(Head { name, tail, styled: true, labelled: false, parted: tail.is_empty() });
        }
        let whole = bare(text, Span::new(lead, text.len()));
        let alone = is_title(text) && text.chars().count() <= HEAD_CHARS;
        let tail = Span::new(whole.end, whole.end);
        alone.then_some(Head { name: whole, tail, styled: false, labelled: false, parted: true })
    }

    /// True when all behind the constant or key `name` is a remark in parentheses that says what it is for.
    fn is_remark(&self, text: &str, name: Span) -> bool {
        let rest = Span::new(name.end, text.len()).of(text).trim_end();
        let inside = rest.strip_prefix(['(', '（']).and_then(|rest| rest.strip_suffix([')', '）']));
        inside.is_some_and(|inside| self.headers.is_purpose_remark(inside) || rest.chars().count() > HEAD_CHARS)
            && self.names.is_constant_alone(name.of(text))
    }

    /// True when the word for permission, which begins at `start` or later, ends at `at` and what follows says what it is
    /// for: 存储权限用于…. Where it is no such `noun`, a name that is `listed` may end there.
    fn noun_ends(&self, text: &str, start: usize, at: usize, listed: bool, noun: bool) -> bool {
        let before = Span::new(start, at).of(text);
        let rest = Span::new(at, text.len()).of(text);
        let purpose = self.headers.begins_with_purpose(rest);
        if listed && purpose && self.names.is_plain(&Flow::plain(before), &[]) {
            return true;
        }
        noun && (purpose || (listed && rest.starts_with(is_dense)))
            && self.headers.is_permission_noun_at_end(before)
            && (purpose || !self.headers.goes_on_as_name(rest))
    }

    /// Where a name that begins in a style and ends at `end` really ends: behind parentheses, and behind further names
    /// in a style that only separators part from it (`A`, `B`).
    fn styled_end(&self, text: &str, spans: &[Span], mut end: usize) -> usize {
        let mut spans = spans.iter().peekable();
        loop {
            deadline::step();
            let rest = Span::new(end, text.len()).of(text);
            let body = rest.trim_start();
            let at = text.len() - body.len();
            if body.starts_with(['(', '（'])
                && let Some((close, mark)) = body.char_indices().find(|(_, c)| matches!(c, ')' | '）'))
            {
                end = at + close + mark.len_utf8();
                continue;
            }
            while spans.next_if(|span| span.start < end).is_some() {}
            let Some(next) = spans.next() else { return end };
            let between = Span::new(end, next.start).of(text);
            if between.len() > SEPARATOR || !self.names.is_separator(between) {
                deadline::step();
                return end;
            }
            end = next.end;
        }
    }

    /// Discloses the name at the head of a line, if it is one and `wanted` agrees.
    pub(in crate::statement) fn head_of(
        &mut self,
        line: &Flow,
        head: &Head,
        list: &mut List,
        wanted: impl Fn(&Reading) -> bool,
    ) -> bool {
        let said = head.tail.of(line.text()).trim_start_matches(|c: char| c.is_whitespace() || PARTING.contains(&c));
        let tail = line.part(Span::new(head.tail.end - said.len(), head.tail.end));
        let context = Context {
            negated: list.context.negated
                || self.headers.begins_with_denial(tail.text())
                || (!head.parted && self.headers.clause_denies(tail.text())),
            ..list.context.clone()
        };
        let Some(reading) = self.names.read(&line.part(head.name), &context.platforms, context.negated) else {
            return false;
        };
        let name = head.name.of(line.text());
        // What no permission is called counts as a name only among names, and a clause never does.
        let among = head.styled || list.indent.is_some();
        // What begins with a parenthesis goes on with the line before.
        let begun = (name.starts_with(['（', '(', '、']) && !name.contains(")_"))
            || self.headers.without_particles(name).len() < name.len();
        let clause = begun || name.contains(['，', '。', '；']);
        let long = name.chars().count() > HEAD_CHARS;
        let near = !reading.candidates.is_empty() || name.chars().count() <= UNKNOWN_NAME;
        let meant = reading.is_misspelt() || (self.ends_in_noun(name) && !clause && !long && near);
        let partly = head.labelled && !reading.permissions.is_empty();
        if !((is_name(&reading) && !clause && (!long || head.styled)) || partly || (meant && among))
            || !wanted(&reading)
        {
            return false;
        }
        self.disclose(line, head.name, reading, &context, self.blocks);
        let index = self.found.disclosures.len() - 1;
        if !tail.is_blank() {
            self.say(index, &tail);
        }
        true
    }
}

/// Bytes of what stands between two names in a style.
const SEPARATOR: usize = 16;

/// Marks that part a name from what is said of it.
const PARTING: [char; 9] = ['.', '。', ',', '，', ':', '：', '-', '–', '—'];

/// Code points of the head of a line. The longest name Android shows for a permission has 68.
const HEAD_CHARS: usize = 72;

/// Code points of a name of which nothing is known but that it is one.
const UNKNOWN_NAME: usize = 12;

/// Code points of a name that a full stop ends; more is a sentence.
const SENTENCE_CHARS: usize = 40;

/// Bytes of white space and of a number at the start of `text`: `（1）`, `1.3.1 `, `2、`.
pub(in crate::statement) fn number(text: &str) -> usize {
    let body = text.trim_start();
    let inside = body.strip_prefix(['（', '(']).map_or(body, str::trim_start);
    let letter = inside.len() < body.len() && inside.as_bytes().get(1).is_some_and(|&b| matches!(b, b')' | 0xef));
    let rest = inside.trim_start_matches(|c: char| {
        (letter && c.is_ascii_lowercase())
            || c.is_ascii_digit()
            || matches!(c, '.' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十')
    });
    let numbered = rest.len() < inside.len();
    let closed = rest.trim_start().strip_prefix(['）', ')']).filter(|_| inside.len() < body.len());
    let closed = closed.or_else(|| rest.strip_prefix(['）', ')', '、', '．'])).or_else(|| {
        let parted = inside.len() == body.len() && (rest.starts_with(char::is_whitespace) || inside.contains('.'));
        parted.then_some(rest)
    });
    let rest = closed.filter(|rest| numbered && !rest.trim().is_empty()).unwrap_or(body);
    text.len() - rest.trim_start().len()
}

/// `span` without white space and stray marks of emphasis at its ends. An asterisk at one end that an underscore parts
/// from the rest leaves a name open: `READ_MEDIA_*`.
fn bare(text: &str, span: Span) -> Span {
    let covered = span.of(text);
    let mark = |c: char| c.is_whitespace() || matches!(c, '*' | '_');
    let open = covered.trim();
    if open.starts_with("*_") != open.ends_with("_*") {
        let start = span.end - covered.trim_start().len();
        return Span::new(start, start + open.len());
    }
    let start = span.end - covered.trim_start_matches(mark).len();
    let inside = covered.trim_matches(mark);
    Span::new(start, start + inside.trim_end_matches(['。', '：']).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_before_a_name_are_no_part_of_it() {
        for (text, rest) in [
            ("（1）相机权限", "相机权限"),
            ("(2) Camera", "Camera"),
            ("1.3.1 相机", "相机"),
            ("2、麦克风", "麦克风"),
            ("3. Camera", "Camera"),
            ("一、权限", "权限"),
            ("  Camera", "Camera"),
            ("三星", "三星"),
            ("2FA", "2FA"),
            ("READ_SMS", "READ_SMS"),
            ("1.", "1."),
        ] {
            assert_eq!(text.split_at(number(text)).1, rest, "{text}");
        }
    }
}
