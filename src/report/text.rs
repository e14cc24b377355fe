//! The report for a person at a terminal: the verdict, the matrix, the findings.

mod inspect;
mod statement;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    Command, Doubt, Excerpt, Finding, Location, MatrixRow, Report, State, Style, Verdict, common_ending, count,
};
use crate::doubt::Code;
use crate::knowledge::Platform;
use crate::rules;
use crate::source::{Escaped, begins_command, is_hostile, is_plain};

/// Columns between two columns of a table.
const GAP: usize = 2;

/// Columns of an excerpt; a statement's paragraph can be one line of several thousand.
const EXCERPT_WIDTH: usize = 100;

#[derive(Clone, Copy)]
enum Ink {
    Red,
    Yellow,
    Green,
    Blue,
    Bold,
    Dim,
}

struct Page<'o> {
    out: &'o mut dyn Write,
    style: Style,
}

/// A text in its color, where colors are wanted.
struct Painted<T> {
    ink: Option<Ink>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        let code = match self.ink {
            None => return text.fmt(f),
            Some(Ink::Red) => "1;31",
            Some(Ink::Yellow) => "1;33",
            Some(Ink::Green) => "1;32",
            Some(Ink::Blue) => "1;34",
            Some(Ink::Bold) => "1",
            Some(Ink::Dim) => "2",
        };
        write!(f, "\x1b[{code}m{text}\x1b[0m")
    }
}

/// Writes `report` for a person.
///
/// # Errors
/// Those of `out`.
pub fn text(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out, style };
    match report.command {
        Command::Inspect => page.packages(report),
        Command::Check => page.check(report),
        Command::Statement => page.statements(report),
    }
}

impl Page<'_> {
    fn paint<T: fmt::Display>(&self, ink: Ink, text: T) -> Painted<T> {
        Painted { ink: self.style.color.then_some(ink), text }
    }

    fn check(&mut self, report: &Report) -> io::Result<()> {
        for verdict in &report.verdicts {
            let against = format!("{} against {}", join(&verdict.packages), join(&verdict.statements));
            self.verdict(verdict, &against)?;
        }
        self.doubts(report)?;
        self.matrix(report)?;
        self.findings(&report.findings)?;
        self.closing(report)
    }

    fn verdict(&mut self, verdict: &Verdict, what: &str) -> io::Result<()> {
        let (ink, word) = match verdict.exit_code {
            0 => (Ink::Green, "PASS"),
            1 => (Ink::Red, "FAIL"),
            _ => (Ink::Red, "NOT ESTABLISHED"),
        };
        let counts: Vec<String> = [(verdict.errors, "error"), (verdict.warnings, "warning"), (verdict.notes, "note")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| count(number, word))
            .collect();
        let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
        let word = self.paint(ink, word);
        writeln!(self.out, "{word}  {what}: {counts}")
    }

    fn doubts(&mut self, report: &Report) -> io::Result<()> {
        let of_packages = report.packages.iter().map(|package| (&package.path, &package.doubts));
        let of_statements = report.statements.iter().map(|statement| (&statement.path, &statement.doubts));
        for (path, doubts) in of_packages.chain(of_statements).filter(|(_, doubts)| !doubts.is_empty()) {
            let open = doubts.iter().any(|doubt| !doubt.accepted);
            let word = if open { "not established" } else { "not established, accepted" };
            writeln!(self.out, "\n{} could not be read for certain:", self.paint(Ink::Bold, Escaped(path)))?;
            for Doubt { code, message, place, accepted, .. } in doubts {
                let label = self.paint(if *accepted { Ink::Dim } else { Ink::Red }, word);
                writeln!(self.out, "{label} [{code}]: {}\n  --> {place}", Escaped(message))?;
                if let Some(advice) = Code::from_name(code).and_then(Code::advice).filter(|_| !accepted) {
                    writeln!(self.out, "  {} {advice}", self.paint(Ink::Green, "to do:"))?;
                }
            }
        }
        Ok(())
    }

    /// One row for each permission, one column for each verdict.
    fn matrix(&mut self, report: &Report) -> io::Result<()> {
        let mut rows: BTreeMap<&str, Vec<Option<&MatrixRow>>> = BTreeMap::new();
        for (column, matrix) in report.matrices.iter().enumerate() {
            for row in matrix {
                let cells = rows.entry(&row.permission).or_insert_with(|| vec![None; report.matrices.len()]);
                cells.iter_mut().skip(column).take(1).for_each(|cell| *cell = Some(row));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(&str, Vec<Option<&MatrixRow>>)> = rows.into_iter().collect();
        rows.sort_by_key(|(_, cells)| cells.iter().flatten().map(|row| row.rank()).min());

        let titles: Vec<String> = columns(&report.verdicts);
        let states: Vec<Vec<(Ink, String)>> = rows
            .iter()
            .map(|(_, cells)| cells.iter().zip(&report.verdicts).map(|(c, v)| state(*c, v)).collect())
            .collect();
        let name_width = rows.iter().map(|(name, _)| width(&Escaped(name).to_string())).max().unwrap_or(0);
        let name_width = name_width.max("Permission".len());
        let level = |cells: &[Option<&MatrixRow>]| cells.iter().flatten().find_map(|row| row.level).unwrap_or("-");
        let level_width = rows.iter().map(|(_, cells)| level(cells).len()).max().unwrap_or(0).max("Level".len());
        let widths: Vec<usize> = titles
            .iter()
            .enumerate()
            .map(|(at, title)| {
                states.iter().filter_map(|row| row.get(at)).map(|(_, text)| width(text)).fold(width(title), usize::max)
            })
            .collect();

        let mut head = format!("{}  {}", pad("Permission", name_width), pad("Level", level_width));
        for (title, to) in titles.iter().zip(&widths) {
            head = format!("{head}  {}", pad(title, *to));
        }
        writeln!(self.out, "\n{}", self.paint(Ink::Bold, head.trim_end()))?;
        let platform = |cells: &[Option<&MatrixRow>]| cells.iter().flatten().map(|row| row.platform).next();
        let several = rows.iter().any(|(_, cells)| platform(cells) != rows.first().and_then(|(_, all)| platform(all)));
        let mut above = None;
        for ((name, cells), states) in rows.iter().zip(states) {
            if several && platform(cells) != above {
                above = platform(cells);
                let title = above.map_or("", Platform::title);
                writeln!(self.out, "{}", self.paint(Ink::Bold, format_args!("{title}:")))?;
            }
            let name = Escaped(name).to_string();
            write!(self.out, "{}  {}", pad(&name, name_width), pad(level(cells), level_width))?;
            let last = states.len().saturating_sub(1);
            for (at, ((ink, text), to)) in states.iter().zip(&widths).enumerate() {
                let gap = if at == last { 0 } else { to.saturating_sub(width(text)) };
                write!(self.out, "  {}{}", self.paint(*ink, text), " ".repeat(gap))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        let (quiet, open): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| finding.is_quiet());
        let mut rest = open.as_slice();
        while let Some(first) = rest.first() {
            let same = rest.iter().take_while(|finding| together(first, finding)).count().max(1);
            let (group, behind) = rest.split_at(same);
            self.group(first, group)?;
            rest = behind;
        }
        if !quiet.is_empty() {
            writeln!(self.out)?;
        }
        for finding in quiet {
            let (label, why) = match &finding.accepted {
                Some(accepted) => {
                    let until = accepted.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
                    ("accepted", format!("{}{until}", Escaped(&accepted.reason)))
                }
                None => ("known", "the baseline holds it".to_owned()),
            };
            let label = self.paint(Ink::Dim, format!("{label}[{}]", finding.rule));
            writeln!(self.out, "{label}: {} ({why})", Escaped(&finding.message))?;
        }
        Ok(())
    }

    /// Findings that share rule, severity, first place and advice come out as one block, a line for each.
    fn group(&mut self, first: &Finding, group: &[&Finding]) -> io::Result<()> {
        let ink = match first.severity {
            "error" => Ink::Red,
            "warning" => Ink::Yellow,
            _ => Ink::Blue,
        };
        write!(self.out, "\n{}: ", self.paint(ink, format_args!("{}[{}]", first.severity, first.rule)))?;
        match (group.len(), rules::find(first.rule)) {
            (number @ 2.., Some(rule)) => {
                writeln!(self.out, "{}", self.paint(Ink::Bold, format_args!("{number} {}", rule.several)))?;
            }
            _ => writeln!(self.out, "{}", self.paint(Ink::Bold, Escaped(&first.message)))?,
        }
        if let Some(location) = first.locations.first() {
            self.excerpt(location)?;
        }
        let (list, indent) = if group.len() > 1 { (true, "      ") } else { (false, "  ") };
        let ending = if list { common_ending(group.iter().copied()) } else { 0 };
        for finding in group {
            if list {
                let own = finding.message.len().saturating_sub(ending);
                let message = finding.message.get(..own).unwrap_or(&finding.message);
                writeln!(self.out, "    - {}", Escaped(message))?;
            }
            for location in finding.locations.iter().skip(1) {
                writeln!(self.out, "{}", self.paint(Ink::Dim, format_args!("{indent}see {}", location.words)))?;
            }
        }
        if !first.help.is_empty() {
            writeln!(self.out, "  {} {}", self.paint(Ink::Green, "to do:"), Escaped(&first.help))?;
        }
        Ok(())
    }

    fn excerpt(&mut self, location: &Location) -> io::Result<()> {
        writeln!(self.out, "  --> {}", location.words)?;
        let (Some(excerpt), Some(line), Some(column)) = (&location.excerpt, location.line, location.column) else {
            return Ok(());
        };
        let end = if location.end_line == Some(line) { location.end_column } else { None };
        let (shown, before, marked) = window(excerpt, column, end.unwrap_or(column + 1));
        // Nobody can look up the number of a line that the document does not have.
        let number = if location.extracted { String::new() } else { line.to_string() };
        let gutter = number.len();
        let bar = self.paint(Ink::Blue, "|");
        let mark = self.paint(Ink::Red, "^".repeat(marked.max(1)));
        writeln!(self.out, "  {number} {bar} {shown}")?;
        writeln!(self.out, "  {:gutter$} {bar} {:before$}{mark}", "", "")
    }

    fn packages(&mut self, report: &Report) -> io::Result<()> {
        for (index, package) in report.packages.iter().enumerate() {
            if index > 0 {
                writeln!(self.out)?;
            }
            self.package(package)?;
        }
        self.doubts(report)?;
        Ok(())
    }

    fn table<const N: usize>(&mut self, head: [&str; N], rows: Vec<[String; N]>) -> io::Result<()> {
        // Each cell with its width, which takes longer to tell than anything else here.
        let shown = |cell: String| {
            let cell = if is_plain(&cell) { cell } else { Escaped(&cell).to_string() };
            (width(&cell), cell)
        };
        let rows: Vec<[(usize, String); N]> = rows.into_iter().map(|row| row.map(shown)).collect();
        let head = head.map(|cell| shown(cell.to_owned()));
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = rows.iter().chain([&head]).filter_map(|row| row.get(column));
            cells.map(|(width, _)| *width).max().unwrap_or(0)
        });
        let blank = " ".repeat(widths.iter().max().copied().unwrap_or(0) + GAP);
        let mut line = String::new();
        for (at, row) in std::iter::once(&head).chain(&rows).enumerate() {
            line.clear();
            let mut gap = 0;
            for ((width, cell), to) in row.iter().zip(widths) {
                line.push_str(blank.get(..gap).unwrap_or_default());
                line.push_str(cell);
                gap = to.saturating_sub(*width) + GAP;
            }
            match line.trim_end() {
                title if at == 0 => writeln!(self.out, "{}", self.paint(Ink::Bold, title))?,
                line => writeln!(self.out, "{line}")?,
            }
        }
        Ok(())
    }

    fn closing(&mut self, report: &Report) -> io::Result<()> {
        if !report.findings.is_empty() {
            writeln!(self.out, "\n`permaudit explain RULE` says more about a rule.")?;
        }
        Ok(())
    }
}

fn together(first: &Finding, other: &Finding) -> bool {
    first.rule == other.rule
        && first.severity == other.severity
        && first.help == other.help
        && first.locations.first() == other.locations.first()
}

/// Column titles: the statements' file names where these tell them apart, otherwise their paths.
fn columns(verdicts: &[Verdict]) -> Vec<String> {
    let file = |path: &String| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let short: Vec<String> =
        verdicts.iter().map(|verdict| join(&verdict.statements.iter().map(file).collect::<Vec<_>>())).collect();
    let unique: BTreeSet<&String> = short.iter().collect();
    if unique.len() == short.len() && short.len() > 1 {
        return short;
    }
    verdicts.iter().map(|verdict| join(&verdict.statements)).collect()
}

/// One cell of the matrix.
fn state(row: Option<&MatrixRow>, verdict: &Verdict) -> (Ink, String) {
    let Some(row) = row else { return (Ink::Dim, "-".to_owned()) };
    let at = row.line.as_ref().map(|place| match verdict.statements.len() {
        1 => place.spot.clone(),
        _ => place.words.clone(),
    });
    let how = if row.state == State::Prose { "in prose at" } else { "perhaps" };
    let perhaps = at.as_ref().map(|at| format!(", {how} {at}")).unwrap_or_default();
    let at = at.unwrap_or_default();
    match row.state {
        State::Missing | State::Candidate | State::Prose => match row.weight {
            Some("error") => (Ink::Red, format!("MISSING{perhaps}")),
            Some("warning") => (Ink::Yellow, format!("missing{perhaps}")),
            _ => (Ink::Dim, format!("not disclosed{perhaps}")),
        },
        State::Ambiguous => (Ink::Yellow, format!("ambiguous, {at}")),
        State::Implied => (Ink::Dim, "not disclosed, added by the device".to_owned()),
        State::Disclosed => (Ink::Green, format!("disclosed, {at}")),
        State::Own => (Ink::Dim, "the app's own".to_owned()),
        State::Stale => (Ink::Yellow, format!("stale, {at}: not declared")),
    }
}

fn join(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| Escaped(name).to_string()).collect();
    names.join(" + ")
}

/// Columns on a terminal.
fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { UnicodeWidthStr::width(text) }
}

fn pad(text: &str, to: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(' ', to.saturating_sub(width(text))));
    padded
}

/// The part of an excerpt around the marked columns (code points from 1, end exclusive) that fits a line, escaped, with
/// the width before the mark and the width of the mark.
fn window(excerpt: &Excerpt, column: u32, end: u32) -> (String, usize, usize) {
    let end = end.max(column.saturating_add(1));
    let mut shown = if excerpt.column > 1 { "… ".to_owned() } else { String::new() };
    let (mut before, mut marked) = (width(&shown), 0);
    let mut used = before;
    let mut more = excerpt.more;
    if is_plain(&excerpt.text) && used + excerpt.text.len() <= EXCERPT_WIDTH {
        let inside = |column: u32| (column.saturating_sub(excerpt.column) as usize).min(excerpt.text.len());
        shown.push_str(&excerpt.text);
        shown.push_str(if more { " …" } else { "" });
        return (shown, before + inside(column), inside(end) - inside(column));
    }
    for (at, (byte, c)) in (excerpt.column..).zip(excerpt.text.char_indices()) {
        let (piece, wide) = match c {
            ' '..='~' if c != '#' => (None, 1),
            '#' if begins_command(&excerpt.text, byte) => (Some("\\u{23}".to_owned()), "\\u{23}".len()),
            c if is_hostile(c) => {
                let piece = Escaped(c.encode_utf8(&mut [0; 4])).to_string();
                let wide = width(&piece);
                (Some(piece), wide)
            }
            c => (None, c.width().unwrap_or(0)),
        };
        if used + wide > EXCERPT_WIDTH {
            more = true;
            break;
        }
        match piece {
            Some(piece) => shown.push_str(&piece),
            None => shown.push(c),
        }
        used += wide;
        if at < column {
            before += wide;
        } else if at < end {
            marked += wide;
        }
    }
    if more {
        shown.push_str(" …");
    }
    (shown, before, marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_cut_around_the_mark_and_wide_characters_count_twice() {
        let at = |line: &str, column, end| window(&Excerpt::cut(line, column, (1, 0)).0, column, end);
        let line = format!("{}CAMERA | 拍摄", "x".repeat(50));
        assert_eq!(at(&line, 51, 57), (format!("… {}CAMERA | 拍摄", "x".repeat(20)), 22, 6));
        assert_eq!(at("相机 | 拍摄", 6, 8), ("相机 | 拍摄".to_owned(), 7, 4));
        let (shown, _, _) = at(&"相".repeat(500), 1, 2);
        assert!(width(&shown) <= EXCERPT_WIDTH + 2);
    }

    #[test]
    fn an_excerpt_is_the_same_from_wherever_it_is_looked_for() {
        let line: String = (0..1000).map(|n| char::from_u32(0x4e00 + n).unwrap()).collect();
        let mut known = (1, 0);
        for column in [1, 20, 21, 22, 400, 399, 990, 1000, 1001, 5000, 3] {
            let (cut, next) = Excerpt::cut(&line, column, known);
            assert_eq!(cut, Excerpt::cut(&line, column, (1, 0)).0, "{column}");
            known = next;
        }
        let (cut, _) = Excerpt::cut(&line, 100, (1, 0));
        assert_eq!((cut.column, cut.text.chars().count(), cut.more), (80, 400, true));
        assert_eq!(cut.text.chars().next(), line.chars().nth(79));
    }

    #[test]
    fn wide_characters_are_aligned() {
        assert_eq!(pad("相机", 6), "相机  ");
        assert_eq!(pad("abc", 2), "abc");
    }
}
