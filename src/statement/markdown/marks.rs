//! What a line is by the marks in it: a heading, a rule, a fence, an item, the border of a table.

use super::super::block::is_title;
use super::super::lexicon::is_dense;

/// A fence of a code block.
#[derive(Clone, Copy)]
pub(super) struct Fence {
    mark: char,
    len: usize,
}

impl Fence {
    pub(super) fn of(body: &str) -> Option<Fence> {
        let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let len = body.chars().take_while(|&c| c == mark).count();
        let info = body.trim_start_matches(mark);
        (len >= 3 && !(mark == '`' && info.contains('`'))).then_some(Fence { mark, len })
    }

    pub(super) fn closes(self, body: &str) -> bool {
        body.chars().all(|c| c == self.mark) && body.chars().count() >= self.len
    }
}

pub(super) struct Atx {
    pub(super) level: u8,
    /// Bytes of the heading's text from the end of the line, closing marks included.
    pub(super) len: usize,
    pub(super) closing: usize,
}

/// `## Heading`, also without the space where a letter beyond ASCII follows (`##权限`).
pub(super) fn atx(body: &str) -> Option<Atx> {
    let rest = body.trim_start_matches('#');
    let level = u8::try_from(body.len() - rest.len()).ok().filter(|level| (1..=6).contains(level))?;
    if !rest.starts_with(|c: char| c.is_whitespace() || !c.is_ascii()) {
        return None;
    }
    let text = rest.trim_start();
    let open = text.trim_end_matches('#');
    let closed = open.is_empty() || open.ends_with(char::is_whitespace);
    Some(Atx { level, len: text.len(), closing: if closed { text.len() - open.len() } else { 0 } })
}

/// A line of `-`, `=`, `*` or `_` alone.
pub(super) fn is_rule(body: &str) -> bool {
    let Some(mark) = body.chars().next().filter(|c| matches!(c, '-' | '=' | '*' | '_')) else { return false };
    body.chars().all(|c| c == mark || c == ' ') && body.chars().filter(|&c| c == mark).count() >= 3
}

/// A border of a table drawn with `+---+`.
pub(super) fn is_grid(body: &str) -> bool {
    body.len() > 2
        && body.starts_with('+')
        && body.ends_with('+')
        && body.bytes().all(|b| matches!(b, b'+' | b'-' | b'='))
}

/// The row of dashes below the header of a pipe table.
pub(super) fn is_delimiter(body: &str) -> bool {
    let mut pipes = false;
    let inner = body.strip_prefix('|').inspect(|_| pipes = true).unwrap_or(body);
    let inner = inner.strip_suffix('|').inspect(|_| pipes = true).unwrap_or(inner);
    pipes |= inner.contains('|');
    pipes
        && inner.split('|').all(|cell| {
            let cell = cell.trim();
            let cell = cell.strip_prefix(':').unwrap_or(cell);
            let cell = cell.strip_suffix(':').unwrap_or(cell);
            !cell.is_empty() && cell.bytes().all(|byte| byte == b'-')
        })
}

/// Bytes of the list marker and the white space behind it at the start of `body`.
pub(in crate::statement) fn list_marker(body: &str) -> Option<usize> {
    let mut chars = body.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    let after = match first {
        '-' | '*' | '+' | '–' | '—' => rest.starts_with(char::is_whitespace).then_some(rest)?,
        '•' | '·' | '●' | '○' | '▪' | '■' | '◆' | '◦' | '‣' | '①'..='⑳' => rest,
        '（' | '(' => {
            let inside = rest.trim_start_matches(is_number);
            let closed = inside.strip_prefix(['）', ')'])?;
            let digits = rest.len() - inside.len();
            (digits > 0 && digits <= 9).then_some(closed)?
        }
        '0'..='9' => {
            let digits = body.trim_start_matches(|c: char| c.is_ascii_digit());
            let escaped = digits.strip_prefix('\\').unwrap_or(digits);
            let closed = escaped.strip_prefix(['.', ')', '、', '）', '．'])?;
            let parted = closed.starts_with(|c: char| c.is_whitespace() || !c.is_ascii()) || escaped.starts_with('、');
            (parted && body.len() - digits.len() <= 3).then_some(closed)?
        }
        // `a.相机权限`: a letter, before a script that has none of them.
        'a'..='z' | 'A'..='Z' => {
            let closed = rest.strip_prefix(['.', ')', '、', '）', '．'])?;
            closed.trim_start().starts_with(is_dense).then_some(closed)?
        }
        _ => return None,
    };
    let after = after.trim_start();
    (!after.is_empty()).then_some(body.len() - after.len())
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十')
}

/// True for a short line that is bold from end to end.
pub(super) fn is_bold_title(line: &str) -> bool {
    let inside = line.strip_prefix("**").and_then(|rest| rest.trim_end_matches([':', '：', ' ']).strip_suffix("**"));
    inside.is_some_and(|inside| !inside.contains("**") && is_title(inside))
}

pub(super) fn contains_tag(body: &str, tag: &str) -> bool {
    count_tags(body, tag) > 0
}

/// How often `tag` (`<table`, `</table`) stands in `body`.
pub(super) fn count_tags(body: &str, tag: &str) -> usize {
    let is = |at: usize| {
        body.get(at..at + tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag))
            && body.get(at + tag.len()..).is_none_or(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    body.match_indices('<').filter(|&(at, _)| is(at)).count()
}
