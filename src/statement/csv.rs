//! Tables as text: comma-separated, semicolon-separated and tab-separated values (RFC 4180), as spreadsheets write them.
//!
//! Prose has commas and pages have tabs. A file is taken for a table only when all its records have as many fields as
//! the header, and the header is one of a permission table.

use super::block::{Block, Flow, Heading, Row, Table};
use super::header::Headers;
use super::text::{Span, Text};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::limits;

/// What may part fields. A colon or a space would take prose for a table.
const DELIMITERS: [u8; 3] = [b'\t', b',', b';'];

/// Records in which the header is looked for: titles may stand above it.
const HEADER_RECORDS: usize = 5;

/// The fields of a record, without their quotes, and whether each is quoted.
type Record = Vec<(Span, bool)>;

/// The blocks of `text`, if it is such a table.
pub(super) fn read(text: &Text, doubts: &mut Vec<Doubt>) -> Option<Vec<Block>> {
    let whole = text.as_str();
    let candidates = DELIMITERS.into_iter().filter(|&delimiter| is_consistent(whole, delimiter));
    let headers = std::cell::OnceCell::new();
    for delimiter in candidates {
        let records: Vec<Record> = Records { text: whole, at: 0, delimiter }.collect::<Option<_>>()?;
        let Some(header) = header(whole, &records, headers.get_or_init(Headers::new)) else { continue };
        return Some(blocks(text, &records, header, doubts));
    }
    None
}

/// True when all records of `text` have the same number of fields, more than one, but for titles above.
fn is_consistent(text: &str, delimiter: u8) -> bool {
    let (mut titles, mut records, mut width) = (0, 0, 0);
    for record in (Records { text, at: 0, delimiter }) {
        deadline::step();
        let Some(record) = record else { return false };
        if record.iter().all(|(field, _)| field.of(text).trim().is_empty()) {
            continue;
        }
        match (width, record.len()) {
            (0, 1) => titles += 1,
            (0, len) => width = len,
            (width, len) if width != len => return false,
            _ => records += 1,
        }
        if titles >= HEADER_RECORDS {
            return false;
        }
    }
    records > 0
}

/// The record that is the header of a permission table.
fn header(text: &str, records: &[Record], headers: &Headers) -> Option<usize> {
    records.iter().take(HEADER_RECORDS).position(|record| {
        let cells = record.iter().filter_map(|(field, _)| headers.cell(field.of(text)));
        let (known, exact) = cells.fold((0, 0), |(known, exact), cell| (known + 1, exact + usize::from(cell.exact)));
        known > 1
            && exact > 0
            && record.iter().all(|(field, _)| field.of(text).chars().count() <= limits::HEADER_CELL_CHARS)
    })
}

fn blocks(text: &Text, records: &[Record], header: usize, doubts: &mut Vec<Doubt>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rows = Vec::new();
    for (index, record) in records.iter().enumerate() {
        deadline::step();
        let cells: Vec<Flow> = record.iter().map(|&(field, quoted)| flow(text.as_str(), field, quoted)).collect();
        if index < header {
            let titles = cells.into_iter().filter(|cell| !cell.is_blank());
            blocks.extend(titles.map(|flow| Block::Heading(Heading { level: 1, flow })));
        } else if rows.len() < limits::TABLE_ROWS {
            rows.push(Row { cells, header: index == header });
        } else {
            let at = record.first().map_or(Span::new(0, 0), |(field, _)| *field);
            let message = format!("the table has more than {} rows; the rest is not read", limits::TABLE_ROWS);
            doubt::push(doubts, Doubt::new(Code::LimitTableRows, text.place(at), message));
            break;
        }
    }
    blocks.push(Block::Table(Table { rows }));
    blocks
}

/// A field as text: a doubled quote inside quotes is one.
fn flow(text: &str, field: Span, quoted: bool) -> Flow {
    let mut flow = Flow::default();
    let mut start = field.start;
    for (at, _) in field.of(text).match_indices("\"\"").filter(|_| quoted) {
        deadline::step();
        let at = field.start + at;
        flow.push(Span::new(start, at + 1).of(text), Span::new(start, at + 1));
        start = at + 2;
    }
    flow.push(Span::new(start, field.end).of(text), Span::new(start, field.end));
    flow
}

/// Goes through the records of a text. `None` is a quote that nothing closes, or that text follows.
struct Records<'t> {
    text: &'t str,
    at: usize,
    delimiter: u8,
}

impl Iterator for Records<'_> {
    type Item = Option<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        if self.at >= bytes.len() {
            return None;
        }
        let mut record = Vec::new();
        loop {
            deadline::step();
            let quoted = bytes.get(self.at) == Some(&b'"');
            let start = self.at + usize::from(quoted);
            let mut end = start;
            if quoted {
                loop {
                    deadline::step();
                    match (bytes.get(end), bytes.get(end + 1)) {
                        (Some(b'"'), Some(b'"')) => end += 2,
                        (Some(b'"'), _) => break,
                        (Some(_), _) => end += 1,
                        (None, _) => {
                            self.at = bytes.len();
                            return Some(None);
                        }
                    }
                }
            } else {
                let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\n' | b'\r');
                end += bytes.get(start..)?.iter().position(ends).unwrap_or(bytes.len() - start);
            }
            record.push((Span::new(start, end), quoted));
            let behind = end + usize::from(quoted);
            match bytes.get(behind) {
                Some(byte) if *byte == self.delimiter => self.at = behind + 1,
                Some(b'\r') if bytes.get(behind + 1) == Some(&b'\n') => {
                    self.at = behind + 2;
                    return Some(Some(record));
                }
                Some(b'\n' | b'\r') | None => {
                    self.at = behind + 1;
                    return Some(Some(record));
                }
                Some(_) => {
                    self.at = bytes.len();
                    return Some(None);
                }
            }
        }
    }
}

/// The rows of a table that tabs part, at the start of `lines`: at least two lines with as many fields each, as they are
/// pasted from a spreadsheet or a word processor.
pub(super) fn tab_rows(text: &str, lines: impl Iterator<Item = Span>) -> Vec<Vec<Span>> {
    let mut rows: Vec<Vec<Span>> = Vec::new();
    for line in lines {
        deadline::step();
        let mut start = line.start;
        let mut fields = Vec::new();
        for (at, _) in line.of(text).match_indices('\t') {
            deadline::step();
            fields.push(Span::new(start, line.start + at));
            start = line.start + at + 1;
        }
        fields.push(Span::new(start, line.end));
        let filled = fields.iter().filter(|field| !field.of(text).trim().is_empty()).count();
        if fields.len() < 2 || filled < 2 || rows.first().is_some_and(|first| first.len() != fields.len()) {
            break;
        }
        rows.push(fields);
    }
    if rows.len() > 1 { rows } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Place;

    fn cells(source: &str) -> Option<Vec<Vec<String>>> {
        let mut doubts = Vec::new();
        let text = Text::decode(source.as_bytes(), Place::file("s.csv"), &mut doubts).unwrap();
        let blocks = read(&text, &mut doubts)?;
        let table = blocks.iter().find_map(|block| if let Block::Table(table) = block { Some(table) } else { None })?;
        Some(table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.text().to_owned()).collect()).collect())
    }

    #[test]
    fn quotes_hold_delimiters_quotes_and_line_ends() {
        let source = "\u{feff}Permission,Purpose\r\nCAMERA,\"Scans codes, and \"\"more\"\"\r\nof it\"\r\n";
        let rows = cells(source).unwrap();
        assert_eq!(rows[1], ["CAMERA", "Scans codes, and \"more\"\r\nof it"]);
        for source in [
            "权限名称;使用目的\n相机;扫码\n",
            "权限名称\t使用目的\n相机\t扫码\n",
            "Title\n\nPermission,Purpose\nCAMERA,Scan\n",
        ] {
            assert_eq!(cells(source).map(|rows| rows.len()), Some(2), "{source}");
        }
    }

    #[test]
    fn prose_and_other_tables_are_no_table_of_values() {
        for source in [
            "We use the camera, and the microphone.\nThe purpose, in short, is notes.\n",
            "Permission, Purpose\nWe use your camera to scan codes.\n",
            "name,size\na,1\nb,2\n",
            "Permission,Purpose\nCAMERA,\"never closed\n",
            "Permission,Purpose\nCAMERA,\"closed\" early\n",
            "| Permission, or key | Purpose |\n|---|---|\n| CAMERA, x | y |\n",
            "Permission,Purpose\n",
        ] {
            assert_eq!(cells(source), None, "{source}");
        }
    }

    #[test]
    fn tabs_part_fields_as_long_as_every_line_has_as_many() {
        let text = "a\tb\nc\td\ne\nf\tg";
        let lines = || {
            text.lines().map(|line| {
                let at = line.as_ptr() as usize - text.as_ptr() as usize;
                Span::new(at, at + line.len())
            })
        };
        assert_eq!(tab_rows(text, lines()).len(), 2);
        assert!(tab_rows(text, lines().skip(1)).is_empty(), "one line is no table");
    }
}
