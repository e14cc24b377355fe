//! What every reader of a statement produces and every pass over it consumes: blocks, in reading order.
//!
//! A reader for one syntax turns its bytes into a text and blocks over that text. The passes (tables, lists, later
//! running text) see blocks alone and never know which syntax they came from.

use super::text::Span;
use crate::deadline;
use crate::limits;

/// A kind of emphasis that carries meaning for a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Bold.
    Strong,
    /// Emphasis.
    Emphasis,
    /// Code.
    Code,
    /// Struck out: what stands there is said to be no longer so.
    Strike,
    /// The text of a link.
    Link,
}

impl Style {
    const ALL: [Style; 5] = [Style::Strong, Style::Emphasis, Style::Code, Style::Strike, Style::Link];
}

/// The parts of a text in each style, in order and apart.
#[derive(Debug, Clone, Default)]
struct Styles {
    strong: Vec<Span>,
    emphasis: Vec<Span>,
    code: Vec<Span>,
    strike: Vec<Span>,
    link: Vec<Span>,
}

impl Styles {
    fn of(&self, style: Style) -> &[Span] {
        match style {
            Style::Strong => &self.strong,
            Style::Emphasis => &self.emphasis,
            Style::Code => &self.code,
            Style::Strike => &self.strike,
            Style::Link => &self.link,
        }
    }

    /// Adds `span`, which ends behind all others; those inside it become part of it.
    fn add(&mut self, style: Style, span: Span) {
        if span.is_empty() {
            return;
        }
        let spans = match style {
            Style::Strong => &mut self.strong,
            Style::Emphasis => &mut self.emphasis,
            Style::Code => &mut self.code,
            Style::Strike => &mut self.strike,
            Style::Link => &mut self.link,
        };
        let mut span = span;
        while let Some(inner) = spans.pop_if(|inner| inner.end > span.start) {
            deadline::step();
            span = span.with(inner);
        }
        spans.push(span);
    }
}

/// A run of the clean text and the bytes it came from; the same bytes when the lengths agree.
#[derive(Debug, Clone, Copy)]
struct Piece {
    at: u32,
    len: u32,
    start: u32,
    end: u32,
}

impl Piece {
    /// Half as large as the numbers it is made of: a page of nothing but references has a piece for each, and no
    /// statement is longer than 32 bits count ([`crate::limits::STATEMENT_BYTES`]).
    fn new(at: usize, len: usize, source: Span) -> Piece {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Piece { at: small(at), len: small(len), start: small(source.start), end: small(source.end) }
    }

    fn at(&self) -> usize {
        self.at as usize
    }

    /// Where it ends in the clean text.
    fn behind(&self) -> usize {
        self.at() + self.len as usize
    }

    fn source(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }

    /// As long in the clean text as in the document: the same bytes.
    fn is_same(&self) -> bool {
        self.len == self.end.saturating_sub(self.start)
    }
}

/// What is shown among text and cannot be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A picture.
    Image,
    /// Another page inside this one.
    Page,
    /// Something that another program shows.
    Object,
    /// A film.
    Video,
    /// What a script draws.
    Drawing,
}

impl Shown {
    /// In words, for a message.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Shown::Image => "an image",
            Shown::Page => "another page in a frame",
            Shown::Object => "an embedded object",
            Shown::Video => "a video",
            Shown::Drawing => "a drawing made by a script",
        }
    }
}

/// The place of something [`Shown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inset {
    /// What it is.
    pub shown: Shown,
    /// The bytes of the document that put it there.
    pub span: Span,
}

impl Inset {
    /// The picture that `span` puts there.
    #[must_use]
    pub fn image(span: Span) -> Inset {
        Inset { shown: Shown::Image, span }
    }
}

/// Text with its markup removed, and the way back from each part of it to the document's text.
///
/// A line break (of the source, or `<br>`) is a `\n`; other white space is as it was.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    text: String,
    pieces: Vec<Piece>,
    styles: Styles,
    /// The first image, or the like, that stands in it.
    pub inset: Option<Inset>,
    /// True when it leads somewhere else.
    pub link: bool,
    /// It is a cell that reaches here from the row before: both rows have it in common.
    pub shared: bool,
}

impl Flow {
    /// `text` without a place in the document.
    #[must_use]
    pub fn plain(text: &str) -> Flow {
        let mut flow = Flow::default();
        flow.push(text, Span::new(0, text.len()));
        flow
    }

    /// The same cell in the row below the one in which it begins.
    #[must_use]
    pub fn from_above(mut self) -> Flow {
        self.shared = true;
        self
    }

    /// The clean text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The clean text on one line: white space folded, none at either end.
    #[must_use]
    pub fn folded(&self) -> String {
        fold_space(&self.text)
    }

    /// True when there is nothing but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Appends `text`, which stands as it is at `source`.
    pub fn push(&mut self, text: &str, source: Span) {
        if let Some(last) = self.pieces.last_mut()
            && last.source().end == source.start
            && last.is_same()
            && text.len() == source.end - source.start
        {
            *last = Piece::new(last.at(), self.text.len() + text.len() - last.at(), last.source().with(source));
        } else if !text.is_empty() {
            self.pieces.push(Piece::new(self.text.len(), text.len(), source));
        }
        self.text.push_str(text);
    }

    /// Marks the clean text from `start` to its present end.
    pub fn mark(&mut self, style: Style, start: usize) {
        self.styles.add(style, Span::new(start, self.text.len()));
    }

    /// The parts of the clean text in `style`: in order, none touching another's inside.
    #[must_use]
    pub fn styled(&self, style: Style) -> &[Span] {
        self.styles.of(style)
    }

    /// True when byte `at` of the clean text is in `style`.
    #[must_use]
    pub fn is_styled(&self, style: Style, at: usize) -> bool {
        let spans = self.styled(style);
        let next = spans.partition_point(|span| span.end <= at);
        spans.get(next).is_some_and(|span| span.start <= at)
    }

    /// True when all of it but white space and `extra` characters is in `style`.
    #[must_use]
    pub fn is_all(&self, style: Style, extra: &[char]) -> bool {
        if self.is_blank() {
            return false;
        }
        let end = Span::new(self.text.len(), self.text.len());
        let mut at = 0;
        self.styled(style).iter().copied().chain([end]).all(|span| {
            let gap = Span::new(at, span.start).of(&self.text);
            at = at.max(span.end);
            gap.chars().all(|c| c.is_whitespace() || extra.contains(&c))
        })
    }

    /// The bytes of the document that `part` of the clean text came from.
    #[must_use]
    pub fn source(&self, part: Span) -> Span {
        let piece = |at: usize| {
            let index = self.pieces.partition_point(|piece| piece.at() <= at).max(1);
            self.pieces.get(index - 1).copied()
        };
        let Some(first) = piece(part.start) else { return Span::new(0, 0) };
        let inside = |piece: &Piece, at: usize| piece.source().start + at.saturating_sub(piece.at());
        let start = if first.is_same() { inside(&first, part.start) } else { first.source().start };
        let Some(last) = piece(part.end.saturating_sub(1)).filter(|_| !part.is_empty()) else {
            return Span::new(start, start);
        };
        let end = if last.is_same() { inside(&last, part.end) } else { last.source().end };
        Span::new(start, end)
    }

    /// A part of the clean text, as a flow of its own.
    #[must_use]
    pub fn part(&self, part: Span) -> Flow {
        let mut flow = Flow::default();
        flow.extend(self, part);
        flow
    }

    /// Several flows as one, a `\n` between.
    #[must_use]
    pub fn joined(flows: &[Flow]) -> Flow {
        let mut joined = Flow::default();
        let mut end = None;
        for flow in flows {
            deadline::step();
            if let Some(end) = end {
                joined.push("\n", Span::new(end, flow.whole().start.max(end)));
            }
            joined.extend(flow, Span::new(0, flow.text.len()));
            end = Some(flow.whole().end);
        }
        joined
    }

    /// Appends all of `other`.
    pub(super) fn append(&mut self, other: &Flow) {
        self.extend(other, Span::new(0, other.text.len()));
    }

    fn extend(&mut self, other: &Flow, part: Span) {
        let shift = self.text.len();
        let first = other.pieces.partition_point(|piece| piece.behind() <= part.start);
        for piece in other.pieces.iter().skip(first) {
            deadline::step();
            let (start, end) = (piece.at().max(part.start), piece.behind().min(part.end));
            if start >= end {
                break;
            }
            let offset = piece.source().start + (start - piece.at());
            let source = if piece.is_same() { Span::new(offset, offset + (end - start)) } else { piece.source() };
            self.push(Span::new(start, end).of(&other.text), source);
        }
        for style in Style::ALL {
            let spans = other.styled(style);
            let first = spans.partition_point(|span| span.end <= part.start);
            for span in spans.iter().skip(first).take_while(|span| span.start < part.end) {
                deadline::step();
                let (start, end) = (span.start.max(part.start), span.end.min(part.end));
                self.styles.add(style, Span::new(start - part.start + shift, end - part.start + shift));
            }
        }
        self.inset = self.inset.or(other.inset);
        self.link |= other.link;
    }

    /// The bytes of the document that the clean text came from, white space at the ends left out.
    #[must_use]
    pub fn whole(&self) -> Span {
        self.source(Span::new(0, self.text.len()).trimmed(&self.text))
    }
}

/// `text` on one line: runs of white space become one space, none at either end.
#[must_use]
pub fn fold_space(text: &str) -> String {
    let mut before = ' ';
    let even = text.trim().chars().all(|c| {
        let even = !c.is_whitespace() || (c == ' ' && before != ' ');
        before = c;
        even
    });
    if even {
        return text.trim().to_owned();
    }
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        deadline::step();
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// True for a line short enough to be a title, and not ended like a sentence.
pub(super) fn is_title(line: &str) -> bool {
    let line = line.trim().trim_end_matches(['*', '_']);
    !line.is_empty()
        && line.chars().count() <= limits::TITLE_CHARS
        && !line.ends_with(['。', '.', '；', ';', '，', ',', '、', '！', '!', '？', '?'])
}

/// True for a line in which something stands behind a colon.
pub(super) fn is_field(line: &str) -> bool {
    line.trim_end_matches([':', '：', ' ', '*']).contains([':', '：'])
}

/// A heading of any kind.
#[derive(Debug, Clone)]
pub struct Heading {
    /// 1 to 6 as the syntax has it; [`Heading::BOLD`] for a line that is bold as a whole, [`Heading::PLAIN`] for a
    /// short line that stands directly before a table.
    pub level: u8,
    /// Its text.
    pub flow: Flow,
}

impl Heading {
    /// The level of a line that is bold as a whole.
    pub const BOLD: u8 = 7;
    /// The level of a short line directly before a table.
    pub const PLAIN: u8 = 8;
}

/// One row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its cells; as many as the row has, which may be more or fewer than the table has columns.
    pub cells: Vec<Flow>,
    /// True when the syntax says that it is a header row.
    pub header: bool,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The rows in order, header rows among them.
    pub rows: Vec<Row>,
}

/// An item of a list.
#[derive(Debug, Clone)]
pub struct Item {
    /// Columns by which its marker is indented.
    pub indent: usize,
    /// Its lines.
    pub lines: Vec<Flow>,
}

/// A part of a statement.
#[derive(Debug, Clone)]
pub enum Block {
    /// A heading.
    Heading(Heading),
    /// Running text, a line each.
    Paragraph(Vec<Flow>),
    /// An item of a list.
    Item(Item),
    /// A table.
    Table(Table),
    /// Text to be taken letter by letter, a line each.
    Code(Vec<Span>),
    /// A table in a syntax that this reader cannot read, from its first to its last byte.
    Opaque(Span),
}

impl Block {
    /// From its first to its last visible byte in the document; `None` when nothing of it is visible.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let line = |flow: &Flow| if flow.is_blank() { flow.inset.map(|inset| inset.span) } else { Some(flow.whole()) };
        let lines = |lines: &[Flow]| lines.iter().filter_map(line).reduce(Span::with);
        match self {
            Block::Heading(heading) => Some(heading.flow.whole()),
            Block::Paragraph(paragraph) => lines(paragraph),
            Block::Item(item) => lines(&item.lines),
            Block::Table(table) => table.rows.iter().filter_map(|row| lines(&row.cells)).reduce(Span::with),
            Block::Code(code) => code.iter().copied().reduce(Span::with),
            Block::Opaque(span) => Some(*span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_clean_text_leads_back_to_its_bytes() {
        // "a&amp;b" at 10
        let mut flow = Flow::default();
        flow.push("a", Span::new(10, 11));
        flow.push("&", Span::new(11, 16));
        flow.push("b", Span::new(16, 17));
        flow.push("c", Span::new(17, 18));
        assert_eq!(flow.text(), "a&bc");
        assert_eq!(flow.source(Span::new(0, 1)), Span::new(10, 11));
        assert_eq!(flow.source(Span::new(1, 2)), Span::new(11, 16));
        assert_eq!(flow.source(Span::new(1, 3)), Span::new(11, 17));
        assert_eq!(flow.source(Span::new(2, 4)), Span::new(16, 18));
        assert_eq!(flow.source(Span::new(4, 4)), Span::new(18, 18));
    }

    #[test]
    fn white_space_is_folded_wherever_it_stands() {
        for text in
            ["", " ", "a b", " a b ", "a  b", "a\tb", "a\n", "相机\u{3000}权限", "相机 权限。", "a\u{a0}b", "a\u{85}"]
        {
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(fold_space(text), words.join(" "), "{text:?}");
        }
    }

    #[test]
    fn all_of_a_style_allows_white_space_between() {
        let mut flow = Flow::default();
        flow.push("a", Span::new(0, 1));
        flow.mark(Style::Strong, 0);
        flow.push(" ", Span::new(1, 2));
        flow.push("b", Span::new(2, 3));
        assert!(!flow.is_all(Style::Strong, &[]));
        flow.mark(Style::Strong, 2);
        assert!(flow.is_all(Style::Strong, &[]));
    }
}
