//! Blocks to disclosures: headings give the scope, tables the rows.

use super::block::{Block, Flow, Heading, Row, Table};
use super::header::{HeaderCell, Headers, Title};
use super::names::Names;
use super::text::{Span, Text};
use crate::disclosure::{Disclosure, Form, Resolution, Scope, Section};
use crate::doubt::{self, Code, Doubt};
use crate::knowledge::vocabulary::Role;
use crate::knowledge::{Book, Platform};

/// What the blocks of a statement disclose.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) disclosures: Vec<Disclosure>,
    pub(super) sections: Vec<Section>,
}

/// Reads `blocks`, which stand over `text`.
pub(super) fn read(text: &Text, blocks: &[Block], book: &Book, doubts: &mut Vec<Doubt>) -> Found {
    let interesting = |block: &Block| matches!(block, Block::Table(_) | Block::Opaque(_));
    if !blocks.iter().any(interesting) {
        return Found::default();
    }
    let mut walk = Walk {
        text,
        names: Names::new(book),
        headers: Headers::new(),
        headings: Vec::new(),
        lead: None,
        found: Found::default(),
        app: Vec::new(),
        unreadable: Vec::new(),
        blocks: 0,
    };
    for block in blocks {
        walk.block(block);
    }
    walk.finish(doubts)
}

/// A heading whose scope is open.
struct Open {
    level: u8,
    title: Title,
    span: Span,
    /// A table or list below it was read.
    used: bool,
}

/// Something under a permission heading that could not be read.
struct Unreadable {
    platforms: Vec<Platform>,
    span: Span,
    what: &'static str,
}

struct Walk<'a> {
    text: &'a Text,
    names: Names<'a>,
    headers: Headers,
    headings: Vec<Open>,
    /// The last line of running text, when nothing stands between it and the present block.
    lead: Option<String>,
    found: Found,
    /// For each section: it is the app's own.
    app: Vec<bool>,
    unreadable: Vec<Unreadable>,
    /// Tables that disclosed something.
    blocks: usize,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(heading) => self.heading(heading),
            Block::Paragraph(lines) => {
                self.leave_plain();
                self.lines(lines);
            }
            Block::Item(item) => {
                self.leave_plain();
                self.lines(&item.lines);
            }
            Block::Table(table) => self.table(table),
            Block::Opaque(span) => self.cannot_read(*span, "an HTML table"),
            Block::Code(_) => self.lead = None,
        }
    }

    fn heading(&mut self, heading: &Heading) {
        self.headings.retain(|open| open.level < heading.level);
        let title = self.headers.title(heading.flow.text());
        let span = heading.flow.whole();
        self.headings.push(Open { level: heading.level, title, span, used: false });
        self.lead = None;
    }

    /// A heading directly before a table is the heading of that table alone.
    fn leave_plain(&mut self) {
        self.headings.retain(|open| open.level < Heading::PLAIN || !open.used);
    }

    fn lines(&mut self, lines: &[Flow]) {
        self.lead = lines.last().map(|line| line.text().to_owned());
        for line in lines {
            if line.image && self.under_permissions() {
                self.cannot_read(line.whole(), "an image");
            } else if line.link && self.is_link_alone(line) {
                self.cannot_read(line.whole(), "a link");
            }
        }
    }

    /// True for a line that does little more than lead somewhere else.
    fn is_link_alone(&self, line: &Flow) -> bool {
        let linked: usize = line.styled(super::block::Style::Link).map(|span| span.end - span.start).sum();
        self.under_permissions() && linked * 2 >= line.text().trim().len()
    }

    fn under_permissions(&self) -> bool {
        self.headings.last().is_some_and(|open| open.title.permissions && !open.title.negated)
    }

    fn platforms(&self) -> Vec<Platform> {
        let stated = self.headings.iter().rev().map(|open| &open.title.platforms).find(|list| !list.is_empty());
        stated.cloned().unwrap_or_default()
    }

    fn negated(&self) -> bool {
        let lead = self.lead.as_deref().unwrap_or_default();
        let sentence =
            lead.trim_end().rsplit(['。', '；', '\n']).find(|part| !part.trim().is_empty()).unwrap_or_default();
        let sentence = sentence.rsplit(". ").next().unwrap_or_default().trim().to_lowercase();
        let conditional = ["if ", "如", "若"].iter().any(|word| sentence.starts_with(word));
        self.headings.iter().any(|open| open.title.negated) || (!conditional && self.headers.denies(&sentence))
    }

    fn cannot_read(&mut self, span: Span, what: &'static str) {
        if self.under_permissions() {
            let platforms = self.platforms();
            self.unreadable.push(Unreadable { platforms, span, what });
        }
    }

    fn table(&mut self, table: &Table) {
        let mut reader = TableReader {
            platforms: self.platforms(),
            above: Above {
                negated: self.negated(),
                sdk: self.headings.iter().any(|open| open.title.sdk),
                permissions: self.headings.iter().any(|open| open.title.permissions),
            },
            rows: Vec::new(),
            header: None,
            first: None,
            foreign: false,
            walk: self,
        };
        reader.read(table);
        let TableReader { rows, header, first, above, foreign, .. } = reader;
        self.lead = None;
        if rows.is_empty() {
            // A table of something else is no loss; one that nobody can tell what it is may be.
            let span = header.or(first).filter(|_| !foreign);
            if let Some(span) = span {
                self.cannot_read(span, "a table without a header that permaudit knows");
            }
            return;
        }
        let heading =
            self.headings.iter_mut().rev().find(|open| open.title.permissions || open.level == Heading::PLAIN);
        let place = heading.map(|open| {
            open.used = true;
            open.span
        });
        for open in &mut self.headings {
            open.used = true;
        }
        let mut platforms: Vec<Platform> = rows.iter().flat_map(|row| row.platforms.iter().copied()).collect();
        platforms.sort_unstable();
        platforms.dedup();
        if let Some(span) = place.or(header).or(first) {
            self.found.sections.push(Section { platforms, place: self.text.place(span), block: self.blocks });
            self.app.push(!(above.sdk || rows.iter().all(|row| row.scope != Scope::App)));
        }
        self.blocks += 1;
        self.found.disclosures.extend(rows);
    }

    fn finish(mut self, doubts: &mut Vec<Doubt>) -> Found {
        let read = |platform: Platform| {
            self.found.disclosures.iter().any(|row| row.platforms.is_empty() || row.platforms.contains(&platform))
        };
        for lost in &self.unreadable {
            let open = match lost.platforms.as_slice() {
                [] => self.found.disclosures.is_empty(),
                stated => stated.iter().any(|&platform| !read(platform)),
            };
            if open {
                let message =
                    format!("what stands here under a heading of permissions is {} and was not read", lost.what);
                let doubt = Doubt::new(Code::StatementUnreadableTable, self.text.place(lost.span), message);
                doubt::push(doubts, doubt);
            }
        }
        // A table of third parties is the place of the app's permissions only where there is no other.
        if self.app.contains(&true) {
            let mut app = self.app.iter();
            self.found.sections.retain(|_| app.next().copied().unwrap_or(true));
        }
        self.found
    }
}

/// The columns of a permission table.
#[derive(Debug, Clone, Default)]
struct Columns {
    /// Columns that hold names, and the platforms that their header states.
    names: Vec<(usize, Vec<Platform>)>,
    description: Option<usize>,
    /// Columns that tell the purpose, the one that tells it best first.
    purposes: Vec<usize>,
    sdk: Option<usize>,
    platform: Option<usize>,
    /// The header alone does not tell that names are permissions.
    weak: bool,
}

struct TableReader<'w, 'a> {
    walk: &'w Walk<'a>,
    platforms: Vec<Platform>,
    above: Above,
    rows: Vec<Disclosure>,
    header: Option<Span>,
    first: Option<Span>,
    /// The header is known, and says that this is a table of something else.
    foreign: bool,
}

/// What the headings and the line above a table say.
struct Above {
    negated: bool,
    sdk: bool,
    permissions: bool,
}

/// What a row tells about the columns.
enum Head {
    Columns(Columns),
    /// A header row of a table of something else.
    Other,
    /// No header row that is known.
    Unknown,
}

impl TableReader<'_, '_> {
    fn read(&mut self, table: &Table) {
        self.first = table.rows.first().and_then(row_span);
        let mut columns: Option<Columns> = None;
        let mut loose: Vec<&Row> = Vec::new();
        for row in &table.rows {
            match self.head(row) {
                Head::Columns(found) => {
                    self.without_header(&std::mem::take(&mut loose));
                    self.header = self.header.or_else(|| row_span(row));
                    self.foreign = false;
                    columns = Some(self.choose_names(found, table));
                    continue;
                }
                Head::Other => {
                    self.without_header(&std::mem::take(&mut loose));
                    self.foreign = true;
                    columns = None;
                    continue;
                }
                Head::Unknown if row.header => {
                    self.without_header(&std::mem::take(&mut loose));
                    columns = None;
                    self.foreign = false;
                    continue;
                }
                Head::Unknown => {}
            }
            match &columns {
                Some(columns) => self.row(row, columns),
                None if self.foreign => {}
                None => loose.push(row),
            }
        }
        self.without_header(&loose);
    }

    fn head(&self, row: &Row) -> Head {
        let cells: Vec<Option<HeaderCell>> = row.cells.iter().map(|cell| self.walk.headers.cell(cell.text())).collect();
        let known = cells.iter().flatten().count();
        let exact = cells.iter().flatten().filter(|cell| cell.exact).count();
        let filled = row.cells.iter().filter(|cell| !cell.is_blank()).count();
        // A row that the syntax does not mark is a header only when its words leave no doubt.
        let is_header =
            row.header || (exact >= 2 && known * 2 >= filled) || (exact == 1 && filled == 1 && row.cells.len() == 1);
        if !is_header {
            return Head::Unknown;
        }
        let mut columns = Columns::default();
        let mut weak = true;
        let certain = cells.iter().flatten().any(|cell| cell.role == Role::HeaderName && cell.exact);
        let mut purposes: Vec<(bool, usize)> = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            match cell.role {
                Role::HeaderName if cell.exact || !certain => {
                    weak &= cell.weak;
                    columns.names.push((index, cell.platforms.clone()));
                }
                Role::HeaderDescription => columns.description = columns.description.or(Some(index)),
                Role::HeaderPurpose => {
                    let text = row.cells.get(index).map(Flow::folded).unwrap_or_default();
                    purposes.push((!tells_purpose(&text), index));
                }
                Role::HeaderSdk => columns.sdk = columns.sdk.or(Some(index)),
                Role::HeaderPlatform => columns.platform = columns.platform.or(Some(index)),
                _ => {}
            }
        }
        purposes.sort_unstable();
        columns.purposes = purposes.into_iter().map(|(_, index)| index).collect();
        columns.weak = weak;
        let has = |role: Role| cells.iter().flatten().any(|cell| cell.role == role);
        if columns.names.is_empty() {
            return if has(Role::HeaderData) || has(Role::HeaderSdk) { Head::Other } else { Head::Unknown };
        }
        // Platforms alone are no names: "Android | iOS" heads many kinds of tables.
        if weak && (has(Role::HeaderData) || has(Role::HeaderSdk) || !self.above.permissions) {
            return if has(Role::HeaderData) || has(Role::HeaderSdk) { Head::Other } else { Head::Unknown };
        }
        Head::Columns(columns)
    }

    /// Of several name columns for the same platforms only one is read: the first that holds constants, or the first.
    fn choose_names(&self, mut columns: Columns, table: &Table) -> Columns {
        let apart = columns.names.iter().all(|(_, platforms)| !platforms.is_empty());
        if columns.names.len() > 1 && !apart {
            let constants = |&(index, _): &(usize, Vec<Platform>)| {
                table.rows.iter().filter(|row| !row.header).any(|row| {
                    row.cells.get(index).is_some_and(|cell| self.walk.names.has_constant(cell, &self.platforms))
                })
            };
            let chosen = columns.names.iter().find(|column| constants(column)).or(columns.names.first()).cloned();
            columns.names = chosen.into_iter().collect();
        }
        columns
    }

    /// Rows of a table without a header that is known: read only where a column holds constants, or, under a heading
    /// of permissions, where it holds names and nothing else.
    fn without_header(&mut self, rows: &[&Row]) {
        let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        let names = &self.walk.names;
        let cells =
            |index: usize| rows.iter().filter_map(move |row| row.cells.get(index)).filter(|cell| !cell.is_blank());
        let constants = |index: usize| {
            let full = cells(index).filter(|cell| names.has_constant(cell, &self.platforms)).count();
            full > 0 && full * 2 >= cells(index).count() && (self.above.permissions || full > 1)
        };
        let human = |index: usize| {
            self.above.permissions
                && cells(index).count() > 1
                && cells(index).all(|cell| names.is_plain(cell, &self.platforms))
        };
        let Some(name) = (0..width).find(|&index| constants(index)).or_else(|| (0..width).find(|&index| human(index)))
        else {
            return;
        };
        let others: Vec<usize> = (0..width).filter(|&index| index != name).collect();
        let columns = Columns {
            names: vec![(name, Vec::new())],
            description: if others.len() > 1 { others.first().copied() } else { None },
            purposes: others.last().copied().into_iter().collect(),
            ..Columns::default()
        };
        for row in rows {
            self.row(row, &columns);
        }
        // Nothing says that the last column is the purpose, so none is missed.
        for row in &mut self.rows {
            row.purpose_expected = false;
        }
    }

    fn row(&mut self, row: &Row, columns: &Columns) {
        for (index, header) in &columns.names {
            let Some(cell) = row.cells.get(*index) else { continue };
            self.cell(row, cell, header, columns);
        }
    }

    fn cell(&mut self, row: &Row, cell: &Flow, header: &[Platform], columns: &Columns) {
        let headers = &self.walk.headers;
        let text = |index: Option<usize>| {
            let cell = index.and_then(|index| row.cells.get(index)).map(Flow::folded)?;
            (!headers.is_empty(&cell)).then_some(cell)
        };
        let purpose = columns.purposes.iter().find_map(|&index| text(Some(index)));
        let described = columns.description.or(columns.purposes.get(1).copied());
        let description = text(described).filter(|_| described != columns.purposes.first().copied());
        if cell.is_blank() {
            // The row before goes on: a merged cell, or a text broken over rows.
            if let Some(last) = self.rows.last_mut() {
                last.purpose = last.purpose.take().or(purpose);
                last.description = last.description.take().or(description);
            }
            return;
        }
        if headers.is_empty(cell.text()) {
            return;
        }
        let column = columns.platform.and_then(|index| row.cells.get(index)).map(|cell| headers.platforms(cell.text()));
        let column = column.unwrap_or_default();
        let stated = [column.as_slice(), header, self.platforms.as_slice()];
        let stated = stated.into_iter().find(|list| !list.is_empty()).unwrap_or_default().to_vec();
        let denied = row.cells.iter().any(|other| headers.is_denial(other.text()));
        let Some(reading) = self.walk.names.read(cell, &stated, self.above.negated || denied) else {
            // A row that only names a platform heads the rows below it.
            let own = headers.platforms(cell.text());
            let alone = row.cells.iter().all(|other| other.is_blank() || other.text() == cell.text());
            if !own.is_empty() && alone {
                self.platforms = own;
            }
            return;
        };
        let sdk = text(columns.sdk);
        let scope = if columns.sdk.is_some() || self.above.sdk { Scope::Sdk(sdk) } else { Scope::App };
        let platforms = if reading.platforms.is_empty() { stated } else { reading.platforms };
        self.rows.push(Disclosure {
            written: cell.folded(),
            platforms,
            form: Form::Row,
            scope,
            resolution: reading.resolution,
            permissions: reading.permissions,
            candidates: reading.candidates,
            ambiguities: reading.ambiguities,
            unknown: reading.unknown,
            description,
            purpose,
            purpose_expected: !columns.purposes.is_empty() && reading.resolution != Resolution::Negated,
            block: self.walk.blocks,
            place: self.walk.text.place(cell.whole()),
        });
    }
}

/// True for the header of a column that tells why, not for which function.
fn tells_purpose(header: &str) -> bool {
    let header = header.to_lowercase();
    ["目的", "用途", "场景", "purpose", "why", "reason", "scenario"].iter().any(|word| header.contains(word))
}

fn row_span(row: &Row) -> Option<Span> {
    row.cells.iter().filter(|cell| !cell.is_blank()).map(Flow::whole).reduce(Span::with)
}
