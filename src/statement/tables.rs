//! Tables to disclosures: which table is one of permissions, which of its columns is what, a disclosure for each row.

use super::block::{Flow, Row, Table};
use super::disclose::{Context, Walk};
use super::header::{self, HeaderCell};
use super::text::Span;
use super::trace::{Trace, titles};
use crate::deadline;
use crate::disclosure::{Disclosure, Form, Resolution, Scope};
use crate::knowledge::Platform;
use crate::knowledge::vocabulary::Role;
use crate::limits;

/// The columns of a permission table.
#[derive(Debug, Clone, Default)]
struct Columns {
    /// Columns that hold names, and the platforms that their header states.
    names: Vec<(usize, Vec<Platform>)>,
    description: Option<usize>,
    /// Columns that tell the purpose; the first that is filled counts.
    purposes: Vec<usize>,
    sdk: Option<usize>,
    platform: Option<usize>,
    /// Columns that say whether a permission is required, and whether their header means the optional ones.
    required: Vec<(usize, bool)>,
    /// Columns whose header is known to be for something else.
    others: Vec<usize>,
    /// Nothing says that the column taken for the purpose is one.
    guessed: bool,
    /// The header alone does not tell that names are permissions.
    weak: bool,
    /// The columns of names hold data: only what has the word for permission is one (网络访问权限).
    data: bool,
    /// Further columns in which a permission may be named, where the chosen one names none.
    beside: Vec<usize>,
}

struct TableReader<'w, 'a> {
    walk: &'w Walk<'a>,
    trace: &'w mut Trace,
    context: Context,
    rows: Vec<Disclosure>,
    header: Option<Span>,
    /// The header is known, and says that this is a table of something else.
    foreign: bool,
    /// There is a header, and nobody knows its words.
    unknown_header: bool,
}

/// What a row tells about the columns.
enum Head {
    Columns(Columns),
    /// A header row of a table of something else, with its columns of data.
    Other(Columns),
    /// No header row that is known.
    Unknown,
}

/// What was found in a table.
pub(super) struct Read {
    pub(super) rows: Vec<Disclosure>,
    /// The header row, or the first row where none is known.
    pub(super) place: Option<Span>,
    /// The header says that this is a table of something else.
    pub(super) foreign: bool,
}

/// Reads `table`, which stands in `context`.
pub(super) fn read(walk: &Walk<'_>, context: Context, table: &Table, trace: &mut Trace) -> Read {
    let mut reader =
        TableReader { walk, trace, context, rows: Vec::new(), header: None, foreign: false, unknown_header: false };
    reader.read(table);
    let place = reader.header.or_else(|| table.rows.first().and_then(row_span));
    Read { rows: reader.rows, place, foreign: reader.foreign }
}

impl TableReader<'_, '_> {
    fn read(&mut self, table: &Table) {
        let above = self.context.negated;
        let mut columns: Option<Columns> = None;
        let mut loose: Vec<&Row> = Vec::new();
        for (index, row) in table.rows.iter().enumerate() {
            deadline::step();
            // One more than counts, so that it is noticed.
            if self.rows.len() > limits::DISCLOSURES {
                return;
            }
            let header = row.header || (index == 0 && self.is_titled(row));
            if header {
                // "Permissions we do not request | Why"
                let denies = row.cells.iter().any(|cell| self.walk.headers.denies(cell.text()));
                self.context.negated = above || denies;
            }
            match self.head(row, header) {
                Head::Columns(found) => {
                    self.without_header(&std::mem::take(&mut loose));
                    self.header = self.header.or_else(|| row_span(row));
                    self.foreign = false;
                    let chosen = guess_purpose(self.choose_names(found, table), table, row);
                    self.explain_columns(&chosen, row);
                    columns = Some(chosen);
                    continue;
                }
                Head::Other(data) => {
                    self.without_header(&std::mem::take(&mut loose));
                    self.foreign = true;
                    self.context.sdk |= row.cells.iter().any(|cell| self.walk.headers.is_third_party(cell.text()));
                    columns = Some(data);
                    self.trace.note(|| format!("table of something else: header {}", quoted(row)));
                    continue;
                }
                Head::Unknown if header => {
                    self.without_header(&std::mem::take(&mut loose));
                    columns = None;
                    self.foreign = false;
                    self.unknown_header = true;
                    self.trace.note(|| format!("the header {} is not that of a permission table", quoted(row)));
                    continue;
                }
                Head::Unknown => {}
            }
            match &columns {
                Some(columns) => self.row(row, columns),
                None => loose.push(row),
            }
        }
        self.without_header(&loose);
    }

    /// True for a first row that the syntax does not mark and that is a header all the same: one of its cells is a word
    /// that only headers have, and none is a name.
    fn is_titled(&self, row: &Row) -> bool {
        row.cells.len() > 2
            && row.cells.iter().any(|cell| header::is_header_word(cell.text()))
            && !row.cells.iter().any(|cell| self.walk.names.has_constant(cell, &self.context.platforms))
    }

    fn head(&self, row: &Row, header: bool) -> Head {
        let is_word = |cell: &&Flow| header::is_header_word(cell.text());
        let wanted = row.cells.len().min(2);
        if !header && row.cells.iter().filter(is_word).take(wanted).count() < wanted {
            return Head::Unknown;
        }
        let cells: Vec<Option<HeaderCell>> =
            row.cells.iter().take(limits::TABLE_COLUMNS).map(|cell| self.walk.headers.cell(cell.text())).collect();
        let known = cells.iter().flatten().count();
        let exact = cells.iter().flatten().filter(|cell| cell.exact).count();
        let filled = row.cells.iter().filter(|cell| !cell.is_blank()).count();
        // A row that the syntax does not mark is a header only when its words leave no doubt.
        let is_header =
            header || (exact >= 2 && known * 2 >= filled) || (exact == 1 && filled == 1 && row.cells.len() == 1);
        if !is_header {
            return Head::Unknown;
        }
        let mut columns = Columns::default();
        let mut weak = true;
        let certain = cells.iter().flatten().any(|cell| cell.role == Role::HeaderName && cell.exact);
        let mut purposes: Vec<(bool, usize)> = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            deadline::step();
            let Some(cell) = cell else { continue };
            if cell.role == Role::HeaderName {
                columns.others.push(index);
            }
            match cell.role {
                Role::HeaderName if cell.exact || !certain => {
                    weak &= cell.weak;
                    columns.names.push((index, cell.platforms.clone()));
                }
                Role::HeaderDescription => columns.description = columns.description.or(Some(index)),
                Role::HeaderPurpose => {
                    let text = row.cells.get(index).map(Flow::folded).unwrap_or_default();
                    purposes.push((self.walk.headers.tells_purpose(&text), index));
                }
                Role::HeaderSdk => columns.sdk = columns.sdk.or(Some(index)),
                Role::HeaderPlatform => columns.platform = columns.platform.or(Some(index)),
                Role::HeaderRequired => {
                    let text = row.cells.get(index).map(Flow::folded).unwrap_or_default();
                    let optional = self.walk.headers.title(&text).required == Some(false);
                    columns.required.push((index, optional));
                }
                Role::HeaderName => {}
                _ => columns.others.push(index),
            }
        }
        // Beside a column that tells why, the one for the function describes.
        let why = purposes.iter().any(|&(why, _)| why);
        columns.description =
            columns.description.or(purposes.iter().find(|&&(tells, _)| tells != why).map(|&(_, at)| at));
        columns.purposes = purposes.into_iter().filter(|&(tells, _)| tells == why).map(|(_, index)| index).collect();
        columns.weak = weak;
        let has = |role: Role| cells.iter().flatten().any(|cell| cell.role == role);
        // Platforms alone are no names: "Android | iOS" heads many kinds of tables.
        let other = has(Role::HeaderData) || has(Role::HeaderSdk);
        if columns.names.is_empty() || (weak && (other || !self.context.permissions)) {
            if !other {
                return Head::Unknown;
            }
            let holds = |(index, cell): (usize, &Option<HeaderCell>)| {
                cell.as_ref().is_some_and(|cell| cell.role == Role::HeaderData).then_some((index, Vec::new()))
            };
            columns.names = cells.iter().enumerate().filter_map(holds).collect();
            columns.data = true;
            return Head::Other(columns);
        }
        Head::Columns(columns)
    }

    /// Of several name columns for the same platforms only one is read: the first that holds constants, or the first.
    fn choose_names(&self, mut columns: Columns, table: &Table) -> Columns {
        let apart = columns.names.iter().all(|(_, platforms)| !platforms.is_empty());
        if columns.names.len() > 1 && !apart {
            let constants = |&(index, _): &(usize, Vec<Platform>)| {
                table.rows.iter().filter(|row| !row.header).any(|row| {
                    row.cells.get(index).is_some_and(|cell| self.walk.names.has_constant(cell, &self.context.platforms))
                })
            };
            let chosen = columns.names.iter().find(|column| constants(column)).or(columns.names.first()).cloned();
            let others = columns.names.iter().map(|&(index, _)| index);
            columns.beside = others.filter(|&index| chosen.as_ref().is_none_or(|(at, _)| *at != index)).collect();
            columns.names = chosen.into_iter().collect();
        }
        columns
    }

    /// Rows of a table without a header that is known: read only where a column holds constants, or, under a heading
    /// of permissions, where it holds names and nothing else.
    fn without_header(&mut self, rows: &[&Row]) {
        let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default().min(limits::TABLE_COLUMNS);
        let names = &self.walk.names;
        let cells =
            |index: usize| rows.iter().filter_map(move |row| row.cells.get(index)).filter(|cell| !cell.is_blank());
        let constants = |index: usize| {
            let full = cells(index).filter(|cell| names.has_constant(cell, &self.context.platforms)).count();
            full > 0 && full * 2 >= cells(index).count() && (self.context.permissions || full > 1)
        };
        let human = |index: usize| {
            self.context.permissions
                && !self.unknown_header
                && cells(index).count() > 1
                && cells(index).all(|cell| names.is_plain(cell, &self.context.platforms))
        };
        let Some(name) = (0..width).find(|&index| constants(index)).or_else(|| (0..width).find(|&index| human(index)))
        else {
            if !rows.is_empty() {
                self.trace.note(|| "no header that is known, and no column holds names of permissions".to_owned());
            }
            return;
        };
        self.trace.note(|| format!("column {} taken for the names, because it holds such names", name + 1));
        let others: Vec<usize> = (0..width).filter(|&index| index != name).collect();
        let columns = Columns {
            names: vec![(name, Vec::new())],
            description: if others.len() > 1 { others.first().copied() } else { None },
            purposes: others.last().copied().into_iter().collect(),
            ..Columns::default()
        };
        for row in rows {
            deadline::step();
            self.row(row, &columns);
        }
        // Nothing says that the last column is the purpose, so none is missed.
        for row in &mut self.rows {
            deadline::step();
            row.purpose_expected = false;
        }
    }

    fn row(&mut self, row: &Row, columns: &Columns) {
        for (index, header) in &columns.names {
            deadline::step();
            let Some(cell) = row.cells.get(*index) else {
                self.explain_nothing(row, None, "the row has no cell in the column of names");
                continue;
            };
            if columns.data && !self.names_permission(cell) {
                continue;
            }
            let cell = self.other_name(row, cell, columns).unwrap_or(cell);
            self.cell(row, cell, header, columns);
        }
    }

    /// True for a cell of data that is the name of a permission and says so.
    fn names_permission(&self, cell: &Flow) -> bool {
        let walk = self.walk;
        walk.headers.is_permission_noun_at_end(cell.text()) && walk.names.is_plain(cell, &self.context.platforms)
    }

    /// Where the name cell names no permission, the cell of another column of names that does.
    fn other_name<'r>(&self, row: &'r Row, cell: &Flow, columns: &Columns) -> Option<&'r Flow> {
        let platforms = &self.context.platforms;
        let discloses = |cell: &Flow| {
            let reading = self.walk.names.read(cell, platforms, false);
            reading.is_some_and(|reading| !reading.permissions.is_empty() && reading.unknown.is_empty())
        };
        if columns.beside.is_empty() || cell.is_blank() || discloses(cell) {
            return None;
        }
        columns.beside.iter().filter_map(|&index| row.cells.get(index)).find(|other| discloses(other))
    }

    fn cell(&mut self, row: &Row, cell: &Flow, header: &[Platform], columns: &Columns) {
        let headers = &self.walk.headers;
        let text = |index: Option<usize>| {
            let cell = index.and_then(|index| row.cells.get(index)).map(Flow::folded)?;
            (!headers.is_empty(&cell)).then_some(cell)
        };
        let told = columns.purposes.iter().find_map(|&index| Some((index, text(Some(index))?)));
        let purpose_shared = told.as_ref().and_then(|&(index, _)| row.cells.get(index)).is_some_and(|cell| cell.shared);
        let purpose = told.map(|(_, purpose)| purpose);
        let description = text(columns.description);
        if cell.is_blank() {
            // The row before goes on: a merged cell, or a text broken over rows.
            if let Some(last) = self.rows.last_mut() {
                last.purpose = last.purpose.take().or(purpose);
                last.description = last.description.take().or(description);
            }
            self.explain_nothing(row, None, "goes on with the row before");
            return;
        }
        if headers.is_empty(cell.text()) {
            self.explain_nothing(row, Some(cell), "the cell for the name is empty");
            return;
        }
        let column = columns.platform.and_then(|index| row.cells.get(index)).map(|cell| headers.platforms(cell.text()));
        let column = column.unwrap_or_default();
        let stated = [column.as_slice(), header, self.context.platforms.as_slice()];
        let stated = stated.into_iter().find(|list| !list.is_empty()).unwrap_or_default().to_vec();
        let denied = row.cells.iter().any(|other| headers.is_denial(other.text()));
        let required = columns.required.iter().find_map(|&(index, optional)| {
            row.cells.get(index).and_then(|cell| headers.required(cell.text(), optional))
        });
        let Some(reading) = self.walk.names.read_once(cell, &stated, self.context.negated || denied) else {
            // A row that only names a platform heads the rows below it.
            let own = headers.platforms(cell.text());
            let alone = row.cells.iter().all(|other| other.is_blank() || other.text() == cell.text());
            if !own.is_empty() && alone {
                self.context.platforms = own;
                self.explain_nothing(row, Some(cell), "names the platform of the rows below");
            } else {
                let why = self.walk.names.foreign(cell);
                self.foreign |= why.is_some();
                self.explain_nothing(row, Some(cell), why.unwrap_or("not the name of a permission; nothing disclosed"));
            }
            return;
        };
        // A cell over all columns that names nothing is a note to the table.
        if reading.resolution == Resolution::Unknown
            && row.cells.len() > 1
            && row.cells.iter().all(|other| other.whole() == cell.whole())
        {
            self.explain_nothing(row, Some(cell), "one cell over all columns, and no permission in it");
            return;
        }
        let sdk = text(columns.sdk);
        let scope = if columns.sdk.is_some() || self.context.sdk { Scope::Sdk(sdk) } else { Scope::App };
        let platforms = if reading.platforms.is_empty() { stated } else { reading.platforms };
        let mut disclosure = Disclosure {
            written: cell.folded(),
            platforms,
            form: Form::Row,
            scope,
            resolution: reading.resolution,
            permissions: reading.permissions,
            withheld: Vec::new(),
            candidates: reading.candidates,
            ambiguities: reading.ambiguities,
            unknown: reading.unknown,
            house: reading.house,
            description,
            purpose,
            purpose_shared,
            purpose_expected: !columns.purposes.is_empty()
                && !columns.guessed
                && reading.resolution != Resolution::Negated,
            required: required.or(reading.required).or(self.context.required),
            block: self.walk.blocks,
            place: self.walk.text.place(cell.whole()),
        };
        if let Some(said) = disclosure.description.clone() {
            self.walk.names.settle(&mut disclosure, &said);
        }
        self.rows.push(disclosure);
    }
}

impl TableReader<'_, '_> {
    /// Says which column is what.
    fn explain_columns(&mut self, columns: &Columns, header: &Row) {
        let (walk, context) = (self.walk, &self.context);
        self.trace.note(|| {
            let what = |at: usize| match columns.names.iter().find(|(name, _)| *name == at) {
                Some((_, platforms)) if platforms.is_empty() => "name".to_owned(),
                Some((_, platforms)) => format!("name ({})", titles(platforms)),
                None if columns.description == Some(at) => "description".to_owned(),
                None if columns.purposes.contains(&at) => "purpose".to_owned(),
                None if columns.sdk == Some(at) => "SDK".to_owned(),
                None if columns.platform == Some(at) => "platform".to_owned(),
                None => "not read".to_owned(),
            };
            let width = header.cells.len().min(limits::TABLE_COLUMNS);
            let parts: Vec<String> = (0..width).map(|at| format!("column {} {}", at + 1, what(at))).collect();
            let platforms = &context.platforms;
            let scope = if platforms.is_empty() { String::new() } else { format!(" for {}", titles(platforms)) };
            let sdk = if context.sdk || columns.sdk.is_some() { " of third parties' software" } else { "" };
            let denied = if context.negated { ", said not to be requested" } else { "" };
            let line = row_span(header).and_then(|span| walk.text.place(span).lines).map_or(0, |lines| lines.line);
            format!("permission table{scope}{sdk}{denied}: {}; header at line {line}", parts.join(", "))
        });
    }

    /// Says why a row discloses nothing; `cell` is the one in the place of a name.
    fn explain_nothing(&mut self, row: &Row, cell: Option<&Flow>, why: &'static str) {
        let text = self.walk.text;
        self.trace.nothing(|| {
            let span = cell.map(Flow::whole).or_else(|| row_span(row)).unwrap_or(Span::new(0, 0));
            (text.place(span), cell.map(Flow::folded).unwrap_or_default(), why)
        });
    }
}

/// The cells of a header row, for a reader to recognise.
fn quoted(row: &Row) -> String {
    let cells = row.cells.iter().take(limits::TABLE_COLUMNS).filter(|cell| !cell.is_blank());
    cells.map(|cell| format!("`{}`", cell.folded())).collect::<Vec<_>>().join(" | ")
}

/// Where the header names neither purpose nor description, the column it does not name otherwise that says most is read
/// as the purpose. Nothing is missed where it is blank.
fn guess_purpose(mut columns: Columns, table: &Table, header: &Row) -> Columns {
    if !columns.purposes.is_empty() || columns.description.is_some() {
        return columns;
    }
    let taken = |index: usize| {
        columns.names.iter().any(|&(name, _)| name == index)
            || columns.required.iter().any(|&(required, _)| required == index)
            || columns.sdk == Some(index)
            || columns.platform == Some(index)
            || columns.others.contains(&index)
    };
    let length = |index: usize| -> usize {
        let cells = table.rows.iter().filter(|row| !row.header).filter_map(|row| row.cells.get(index));
        cells.map(|cell| cell.text().len()).sum()
    };
    let free = (0..header.cells.len().min(limits::TABLE_COLUMNS)).filter(|&index| !taken(index));
    if let Some(index) = free.max_by_key(|&index| (length(index), std::cmp::Reverse(index))) {
        columns.purposes.push(index);
        columns.guessed = true;
    }
    columns
}

fn row_span(row: &Row) -> Option<Span> {
    row.cells.iter().filter(|cell| !cell.is_blank()).map(Flow::whole).reduce(Span::with)
}
