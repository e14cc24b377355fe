//! Inline markup of Markdown to clean text: escapes, emphasis, code, links, entities, HTML tags.
//!
//! Follows `CommonMark` 0.31 (6 Inlines) and GFM (strikethrough) where a permission's name depends on it, and is
//! lenient where real statements are: an unmatched delimiter is text. One pass and a stack, no recursion.

use std::collections::HashSet;

use super::block::{Flow, Inset, Style};
use super::html;
use super::text::Span;
use crate::deadline;
use crate::limits;

/// The labels for which a document has a link reference definition, folded.
pub(super) type References = HashSet<String>;

/// The form in which reference labels are compared.
pub(super) fn fold_label(label: &str) -> String {
    super::block::fold_space(label).to_lowercase()
}

/// The clean text of `segments` of `text`, one after the other, a `\n` between.
pub(super) fn flow(text: &str, segments: &[Span], references: &References) -> Flow {
    let mut flow = Flow::default();
    let mut end = None;
    for &segment in segments {
        deadline::step();
        let segment = segment.trimmed(text);
        if let Some(end) = end {
            flow.push("\n", Span::new(end, segment.start.max(end)));
        }
        end = Some(segment.end);
        Scanner::new(text, segment, references).run(&mut flow);
    }
    flow
}

/// A piece of a segment on its way to clean text.
enum Token {
    /// Text as it stands.
    Text(Span),
    /// Something that stands for other text.
    Replaced(Span, Replacement),
    /// A run of `*`, `_` or `~`.
    Delimiter(Delimiter),
    /// `[` or `![`: text, unless a link is found to begin there.
    Bracket(Span),
    /// A style begins or ends here.
    Open(Style),
    Close(Style),
}

enum Replacement {
    Char(char),
    Str(&'static str),
}

struct Delimiter {
    mark: u8,
    span: Span,
    /// Marks not yet used by a pair.
    left: usize,
    opens: bool,
    closes: bool,
    /// Styles that begin after it, and that end before it.
    begins: Vec<Style>,
    ends: Vec<Style>,
}

/// A `[` that may begin a link.
struct OpenBracket {
    token: usize,
    at: usize,
    image: bool,
}

/// True for a byte that may be markup.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'\\' | b'`' | b'*' | b'_' | b'~' | b'!' | b'[' | b']' | b'<' | b'&')
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    segment: Span,
    references: &'a References,
    at: usize,
    /// Where text that has no token yet begins.
    plain: usize,
    tokens: Vec<Token>,
    brackets: Vec<OpenBracket>,
    /// Lengths of backtick runs that are known to have no partner any more.
    lone_backticks: HashSet<usize>,
    /// No `>` stands behind the present place.
    no_tag_end: bool,
    inset: Option<Inset>,
    link: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, segment: Span, references: &'a References) -> Self {
        Scanner {
            text,
            bytes: text.as_bytes(),
            segment,
            references,
            at: segment.start,
            plain: segment.start,
            tokens: Vec::new(),
            brackets: Vec::new(),
            lone_backticks: HashSet::new(),
            no_tag_end: false,
            inset: None,
            link: false,
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.segment.end { self.bytes.get(at).copied() } else { None }
    }

    fn rest(&self) -> &'a str {
        Span::new(self.at, self.segment.end).of(self.text)
    }

    /// Ends the run of plain text at the present place.
    fn cut(&mut self) {
        if self.plain < self.at {
            self.tokens.push(Token::Text(Span::new(self.plain, self.at)));
        }
        self.plain = self.at;
    }

    /// Takes `len` bytes as `token`.
    fn take(&mut self, len: usize, token: impl FnOnce(Span) -> Option<Token>) {
        self.cut();
        let span = Span::new(self.at, self.at + len);
        self.tokens.extend(token(span));
        self.at += len;
        self.plain = self.at;
    }

    fn run(mut self, flow: &mut Flow) {
        while let Some(byte) = self.byte(self.at) {
            deadline::step();
            match byte {
                b'\\' if self.byte(self.at + 1).is_some_and(|next| next.is_ascii_punctuation()) => {
                    let next = self.byte(self.at + 1).map_or('\\', char::from);
                    self.take(2, |span| Some(Token::Replaced(span, Replacement::Char(next))));
                }
                b'`' => self.code(),
                b'*' | b'_' | b'~' => self.delimiter(byte),
                b'!' if self.byte(self.at + 1) == Some(b'[') => self.bracket(2, true),
                b'[' => self.bracket(1, false),
                b']' => self.close_bracket(),
                b'<' => self.tag(),
                b'&' => self.entity(),
                _ => {
                    let rest = self.bytes.get(self.at + 1..self.segment.end).unwrap_or_default();
                    self.at += 1 + rest.iter().take_while(|&&byte| !is_mark(byte)).count();
                }
            }
        }
        self.cut();
        pair(&mut self.tokens);
        self.emit(flow);
    }

    fn code(&mut self) {
        let run = self.bytes.iter().skip(self.at).take(self.segment.end - self.at).take_while(|&&b| b == b'`').count();
        if self.lone_backticks.contains(&run) {
            self.at += run;
            return;
        }
        let mut at = self.at + run;
        let mut length = 0;
        let close = loop {
            deadline::step();
            match self.byte(at) {
                Some(b'`') => length += 1,
                _ if length == run => break Some(at - run),
                None => break None,
                Some(_) => length = 0,
            }
            at += 1;
        };
        let Some(close) = close else {
            self.lone_backticks.insert(run);
            self.at += run;
            return;
        };
        self.take(run, |_| Some(Token::Open(Style::Code)));
        let content = Span::new(self.at, close).of(self.text);
        let padded = content.len() > 2 && content.starts_with(' ') && content.ends_with(' ');
        let pad = usize::from(padded);
        let inner = Span::new(self.at + pad, close - pad);
        self.at = close;
        self.plain = close;
        self.tokens.push(Token::Text(inner));
        self.take(run, |_| Some(Token::Close(Style::Code)));
    }

    fn delimiter(&mut self, mark: u8) {
        let run = self.bytes.iter().skip(self.at).take(self.segment.end - self.at).take_while(|&&b| b == mark).count();
        let before = Span::new(self.segment.start, self.at).of(self.text).chars().next_back();
        let after = Span::new(self.at + run, self.segment.end).of(self.text).chars().next();
        let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        // An underscore inside a word belongs to the word: `READ_PHONE_STATE`.
        let inside = mark == b'_' && word(before) && word(after);
        let opens = !(space(after) || mark == b'_' && word(before));
        let closes = !(space(before) || mark == b'_' && word(after));
        if inside || !(opens || closes) || (mark == b'~' && run > 2) {
            self.at += run;
            return;
        }
        self.take(run, |span| {
            let (begins, ends) = (Vec::new(), Vec::new());
            Some(Token::Delimiter(Delimiter { mark, span, left: run, opens, closes, begins, ends }))
        });
    }

    fn bracket(&mut self, len: usize, image: bool) {
        let at = self.at;
        self.take(len, |span| Some(Token::Bracket(span)));
        self.brackets.push(OpenBracket { token: self.tokens.len() - 1, at: at + len, image });
    }

    fn close_bracket(&mut self) {
        let Some(open) = self.brackets.pop() else {
            self.at += 1;
            return;
        };
        let label = Span::new(open.at, self.at).of(self.text);
        let Some(len) = self.link_tail(label) else {
            self.at += 1;
            return;
        };
        self.cut();
        if open.image {
            // The text of an image is not shown beside it.
            self.tokens.truncate(open.token);
            self.inset = self.inset.or(Some(Inset::image(Span::new(open.at - "![".len(), self.at + len))));
        } else {
            if let Some(token) = self.tokens.get_mut(open.token) {
                *token = Token::Open(Style::Link);
            }
            self.tokens.push(Token::Close(Style::Link));
            self.link = true;
        }
        self.at += len;
        self.plain = self.at;
    }

    /// Bytes from `]` to the end of a link whose text is `label`; `None` when it is no link.
    fn link_tail(&self, label: &str) -> Option<usize> {
        let tail = ahead(self.rest().strip_prefix(']')?);
        if let Some(destination) = tail.strip_prefix('(') {
            let mut depth = 1_u32;
            let mut escaped = false;
            for (at, c) in destination.char_indices() {
                deadline::step();
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '(' if depth > LINK_DEPTH => break,
                    '(' => depth += 1,
                    ')' if depth == 1 => return Some("](".len() + at + 1),
                    ')' => depth -= 1,
                    _ => {}
                }
            }
        }
        if label.len() > limits::INLINE_LOOKAHEAD || self.references.is_empty() {
            return None;
        }
        if let Some((reference, _)) = tail.strip_prefix('[').and_then(|tail| tail.split_once(']')) {
            let known = if reference.is_empty() { label } else { reference };
            if self.references.contains(&fold_label(known)) {
                return Some("][]".len() + reference.len());
            }
        }
        self.references.contains(&fold_label(label)).then_some(1)
    }

    fn tag(&mut self) {
        let rest = self.rest();
        if self.no_tag_end {
            self.at += 1;
            return;
        }
        let Some((inside, _)) = rest.get(1..).and_then(|rest| ahead(rest).split_once('>')) else {
            self.no_tag_end = rest.len() <= limits::INLINE_LOOKAHEAD;
            self.at += 1;
            return;
        };
        let len = inside.len() + 2;
        if inside.starts_with(|c: char| c.is_ascii_alphabetic()) && inside.contains(':') && !inside.contains(' ') {
            // An autolink: the address is the text.
            self.link = true;
            self.take(1, |_| Some(Token::Open(Style::Link)));
            self.at += len - 2;
            self.take(1, |_| Some(Token::Close(Style::Link)));
            return;
        }
        let closing = inside.starts_with('/');
        let name = inside.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.at += 1;
            return;
        }
        if name == "uses" {
            // A quoted manifest: `<uses-permission …>` is what the page shows.
            self.at += 1;
            return;
        }
        let style = match name.as_str() {
            "b" | "strong" => Some(Style::Strong),
            "i" | "em" => Some(Style::Emphasis),
            "code" | "tt" | "kbd" => Some(Style::Code),
            "s" | "del" | "strike" => Some(Style::Strike),
            "a" => Some(Style::Link),
            _ => None,
        };
        self.link |= name == "a";
        if let Some(shown) = html::shown_by(&name).filter(|_| !closing) {
            self.inset = self.inset.or(Some(Inset { shown, span: Span::new(self.at, self.at + len) }));
        }
        let breaks = matches!(name.as_str(), "br" | "p" | "div" | "li" | "ul" | "ol" | "tr" | "td" | "th");
        self.take(len, |span| match style {
            Some(style) if closing => Some(Token::Close(style)),
            Some(style) => Some(Token::Open(style)),
            None if breaks => Some(Token::Replaced(span, Replacement::Str("\n"))),
            None => None,
        });
    }

    fn entity(&mut self) {
        let name: &str = self.rest().get(1..).unwrap_or_default();
        let end = name.bytes().take(ENTITY_BYTES).position(|byte| byte == b';');
        let Some(name) = end.and_then(|end| name.get(..end)) else {
            self.at += 1;
            return;
        };
        let Some(c) = entity(name) else {
            self.at += 1;
            return;
        };
        self.take(name.len() + 2, |span| Some(Token::Replaced(span, Replacement::Char(c))));
    }

    fn emit(self, flow: &mut Flow) {
        let mut open = OpenStyles::default();
        for token in &self.tokens {
            deadline::step();
            match token {
                Token::Text(span) | Token::Bracket(span) => flow.push(span.of(self.text), *span),
                Token::Replaced(span, Replacement::Char(c)) => flow.push(c.encode_utf8(&mut [0; 4]), *span),
                Token::Replaced(span, Replacement::Str(text)) => flow.push(text, *span),
                Token::Open(style) => open.begin(*style, flow),
                Token::Close(style) => open.end(*style, flow),
                Token::Delimiter(run) => {
                    run.ends.iter().for_each(|&style| open.end(style, flow));
                    let unused = Span::new(run.span.start, run.span.start + run.left);
                    flow.push(unused.of(self.text), unused);
                    run.begins.iter().for_each(|&style| open.begin(style, flow));
                }
            }
        }
        flow.inset = flow.inset.or(self.inset);
        flow.link |= self.link;
    }
}

/// Where each style that is open began, a stack for each.
#[derive(Default)]
struct OpenStyles {
    strong: Vec<usize>,
    emphasis: Vec<usize>,
    code: Vec<usize>,
    strike: Vec<usize>,
    link: Vec<usize>,
}

impl OpenStyles {
    fn stack(&mut self, style: Style) -> &mut Vec<usize> {
        match style {
            Style::Strong => &mut self.strong,
            Style::Emphasis => &mut self.emphasis,
            Style::Code => &mut self.code,
            Style::Strike => &mut self.strike,
            Style::Link => &mut self.link,
        }
    }

    fn begin(&mut self, style: Style, flow: &Flow) {
        self.stack(style).push(flow.text().len());
    }

    fn end(&mut self, style: Style, flow: &mut Flow) {
        if let Some(start) = self.stack(style).pop() {
            flow.mark(style, start);
        }
    }
}

/// Pairs the runs of delimiters. Unlike `CommonMark`, runs of different marks do not look at each other: where they
/// overlap, both count as emphasis, which is what an author who writes `**_name**_` means.
fn pair(tokens: &mut [Token]) {
    for mark in [b'*', b'_', b'~'] {
        let mut openers: Vec<usize> = Vec::new();
        for at in 0..tokens.len() {
            deadline::step();
            let (before, rest) = tokens.split_at_mut(at);
            let Some(Token::Delimiter(run)) = rest.first_mut() else { continue };
            if run.mark != mark {
                continue;
            }
            while run.closes && run.left > 0 {
                deadline::step();
                let Some(&opener) = openers.last() else { break };
                let Some(Token::Delimiter(open)) = before.get_mut(opener) else { break };
                if open.left == 0 {
                    openers.pop();
                    continue;
                }
                let used = if open.left >= 2 && run.left >= 2 { 2 } else { 1 };
                let style = match (mark, used) {
                    (b'~', _) => Style::Strike,
                    (_, 2) => Style::Strong,
                    _ => Style::Emphasis,
                };
                open.left -= used;
                run.left -= used;
                open.begins.push(style);
                run.ends.push(style);
            }
            if run.opens && run.left > 0 {
                openers.push(at);
            }
        }
    }
}

/// As much of `rest` as is searched for the end of a construct.
fn ahead(rest: &str) -> &str {
    let mut end = rest.len().min(limits::INLINE_LOOKAHEAD);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    rest.get(..end).unwrap_or_default()
}

/// Parentheses in the destination of a link that may be open at once, as in cmark.
const LINK_DEPTH: u32 = 32;

/// Bytes of the longest entity name that is looked for.
const ENTITY_BYTES: usize = 32;

/// Named character references that stand in statements (HTML, 13.5), and the characters a name is made of.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("shy", '\u{ad}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("period", '.'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("verbar", '|'),
    ("vert", '|'),
    ("VerticalLine", '|'),
    ("comma", ','),
    ("semi", ';'),
    ("colon", ':'),
    ("excl", '!'),
    ("lpar", '('),
    ("rpar", ')'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("ast", '*'),
    ("num", '#'),
    ("hyphen", '\u{2010}'),
    ("dash", '\u{2010}'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("lsquo", '\u{2018}'),
    ("rsquo", '\u{2019}'),
    ("ldquo", '\u{201c}'),
    ("rdquo", '\u{201d}'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '\u{2022}'),
    ("middot", '·'),
    ("hellip", '…'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("times", '×'),
    ("rarr", '→'),
    ("check", '✓'),
];

/// The character that `&name;` stands for.
pub(super) fn entity(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.iter().find(|(known, _)| *known == name).map(|&(_, c)| c);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    // HTML replaces NUL and what is no character.
    Some(char::from_u32(code.ok()?).filter(|&c| c != '\0').unwrap_or('\u{fffd}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references() -> References {
        ["camera", "ref one"].into_iter().map(str::to_owned).collect()
    }

    fn clean(text: &str) -> String {
        flow(text, &[Span::new(0, text.len())], &references()).text().to_owned()
    }

    #[test]
    fn markup_goes_and_names_stay() {
        for (source, expected) in [
            (r"RECORD\_AUDIO", "RECORD_AUDIO"),
            ("**CAMERA**", "CAMERA"),
            ("*READ_SMS*", "READ_SMS"),
            ("_READ_SMS_", "READ_SMS"),
            ("__READ_SMS__", "READ_SMS"),
            ("***CAMERA***", "CAMERA"),
            ("READ_PHONE_STATE", "READ_PHONE_STATE"),
            ("**READ_**PHONE_STATE", "READ_PHONE_STATE"),
            ("`android.permission.CAMERA`", "android.permission.CAMERA"),
            ("`` a`b ``", "a`b"),
            ("`open", "`open"),
            ("[CAMERA](https://x.example/a(b)c \"t\")", "CAMERA"),
            ("[CAMERA][camera]", "CAMERA"),
            ("[CAMERA][]", "CAMERA"),
            ("[camera]", "camera"),
            ("[**CAMERA**][Ref  One]", "CAMERA"),
            ("[相机][麦克风]权限", "[相机][麦克风]权限"),
            ("a ![shot](x.png) b", "a  b"),
            ("<https://x.example/>", "https://x.example/"),
            ("A<br>B<BR />C", "A\nB\nC"),
            ("<b>CAMERA</b><span class=\"a\">x</span>", "CAMERAx"),
            ("READ&lowbar;SMS&#95;X &amp; &#x43;", "READ_SMS_X & C"),
            ("a < b &unknown; &", "a < b &unknown; &"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("CAMERA*", "CAMERA*"),
            ("~~CAMERA~~", "CAMERA"),
            ("a\\b", "a\\b"),
        ] {
            assert_eq!(clean(source), expected, "{source}");
        }
    }

    #[test]
    fn styles_are_known_where_they_stand() {
        let text = "**相机**：~~旧~~ `X`";
        let flow = flow(text, &[Span::new(0, text.len())], &references());
        let styled = |style| -> Vec<&str> { flow.styled(style).iter().map(|span| span.of(flow.text())).collect() };
        assert_eq!(styled(Style::Strong), ["相机"]);
        assert_eq!(styled(Style::Strike), ["旧"]);
        assert_eq!(styled(Style::Code), ["X"]);
    }

    #[test]
    fn each_part_leads_back_to_its_bytes() {
        let text = "| **READ\\_SMS** &amp; [x](y) |";
        let flow = flow(text, &[Span::new(1, text.len() - 1)], &references());
        assert_eq!(flow.text(), "READ_SMS & x");
        assert_eq!(flow.whole().of(text), "READ\\_SMS** &amp; [x");
        assert_eq!(flow.source(Span::new(0, 8)).of(text), "READ\\_SMS");
        assert_eq!(flow.source(Span::new(9, 10)).of(text), "&amp;");
    }

    #[test]
    fn long_runs_of_delimiters_take_linear_time() {
        let started = std::time::Instant::now();
        for part in ["*a ", "**a", "[", "![a](", "`a``", "<b", "&a", "_a_", "[a][", "*_~"] {
            let text = part.repeat(40_000);
            let _ = flow(&text, &[Span::new(0, text.len())], &references());
        }
        // Measured: 1 s without optimisation; the square of the length would take hours.
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }
}
