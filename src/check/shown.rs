//! Places in statements, and how statements were understood, in the shapes of a report.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::disclosure::{Disclosure, Named, Statement};
use crate::report::{self, MatrixPlace, MatrixRow, State};
use crate::rules::{Case, Row, Severity};
use crate::source::{Escaped, Place};
use crate::statement::Step;

/// Lines of statements, by file and number.
pub(super) type Excerpts<'t> = BTreeMap<&'t str, BTreeMap<u32, Line<'t>>>;

/// A line of a statement.
pub(super) struct Line<'t> {
    text: &'t str,
    /// The start of the last excerpt, as a column and its byte: a line can have thousands, mostly in order.
    known: Cell<(u32, usize)>,
}

impl Line<'_> {
    fn excerpt(&self, column: u32) -> report::Excerpt {
        let (excerpt, known) = report::Excerpt::cut(self.text, column, self.known.get());
        self.known.set(known);
        excerpt
    }
}

/// The lines that `places` point at: one pass over each statement, for it can have as many findings as lines.
pub(super) fn excerpts<'t, 'p>(
    statements: impl Iterator<Item = &'t Statement>,
    places: impl Iterator<Item = &'p Place>,
) -> Excerpts<'t> {
    let mut wanted: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for place in places {
        if let Some(lines) = place.lines {
            wanted.entry(&place.file).or_default().insert(lines.line);
        }
    }
    let mut excerpts = BTreeMap::new();
    for statement in statements {
        let file = &*statement.place.file;
        let Some(wanted) = wanted.remove(file) else { continue };
        let found = (1..).zip(statement.lines()).filter(|(number, _)| wanted.contains(number));
        let lines = found.map(|(number, text)| (number, Line { text, known: Cell::new((1, 0)) }));
        excerpts.insert(file, lines.collect());
    }
    excerpts
}

/// `place` as a report has it.
pub(super) fn location(place: &Place, excerpts: &Excerpts<'_>) -> report::Location {
    let lines = place.lines;
    report::Location {
        file: place.file.to_string(),
        entry: place.entry.as_deref().map(str::to_owned),
        path: place.path.clone(),
        line: lines.map(|l| l.line),
        column: lines.map(|l| l.column),
        end_line: lines.map(|l| l.end_line),
        end_column: lines.map(|l| l.end_column),
        page: place.page,
        offset: place.offset,
        extracted: place.extracted,
        excerpt: lines.and_then(|lines| Some(excerpts.get(&*place.file)?.get(&lines.line)?.excerpt(lines.column))),
        words: place.to_string(),
    }
}

/// `place` in a statement as the matrix has it.
pub(super) fn matrix_place(place: &Place) -> Option<MatrixPlace> {
    let (spot, words) = (place.spot().unwrap_or_default(), place.in_short());
    Some(MatrixPlace { file: place.file.to_string(), line: place.lines?.line, spot, words })
}

/// The place of `disclosure` as the matrix has it, with where the house says what it means.
pub(super) fn matrix_place_of(disclosure: &Disclosure) -> Option<MatrixPlace> {
    let mut place = matrix_place(&disclosure.place)?;
    for said in &disclosure.house {
        let by = format!(" (by {})", Escaped(&said.to_string()));
        place.spot.push_str(&by);
        place.words.push_str(&by);
    }
    Some(place)
}

/// How a block was understood, as a report has it.
pub(super) fn step(step: &Step) -> report::Step {
    let lines = step.place.lines;
    let outcomes = step.outcomes.iter().map(|outcome| report::Outcome {
        line: outcome.place.lines.map_or(0, |lines| lines.line),
        written: outcome.written.clone(),
        discloses: outcome.discloses,
        outcome: outcome.what.clone(),
    });
    report::Step {
        kind: step.kind,
        line: lines.map_or(0, |lines| lines.line),
        end_line: lines.map_or(0, |lines| lines.end_line),
        understood: step.understood.clone(),
        rows: outcomes.collect(),
    }
}

/// How the components under one guard stand; `None` where the user need not be told of them and is not.
pub(super) fn guarded(case: &Case<'_>, named: &Named, row: &Row<'_>) -> Option<MatrixRow> {
    let (place, weight) = match case.guarded(named, row) {
        Some(guarded) => (guarded.mention, guarded.weight),
        None => (Some(row.disclosed.first()?.1.place.clone()), None),
    };
    let guard = case.book.guard(&named.name);
    Some(MatrixRow {
        permission: named.name.clone(),
        platform: named.platform,
        level: Some("guarded"),
        meaning: guard.map(|guard| [guard.meaning_en, guard.meaning_zh]).unwrap_or_default(),
        state: if place.is_some() { State::Disclosed } else { State::Missing },
        weight: weight.map(Severity::name),
        line: place.as_ref().and_then(matrix_place),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Book;
    use crate::source::{Lines, Source};

    #[test]
    fn a_place_is_shown_with_its_own_line_whatever_ends_the_lines() {
        let read = |name: &str, text: &str| crate::statement::read(&Source::new(name, text.as_bytes().to_vec()), &Book);
        let statements = [read("a.md", "one\r\ntwo\rthree\n\nfive"), read("b.md", "eins\nzwei\n")];
        let at = |file: &str, line: u32| {
            let lines = Some(Lines { line, column: 1, end_line: line, end_column: 2 });
            Place { lines, ..Place::file(file) }
        };
        let places = [at("b.md", 2), at("a.md", 3), at("a.md", 1), at("a.md", 5), at("a.md", 9), Place::file("b.md")];
        let excerpts = excerpts(statements.iter(), places.iter());
        let shown = |place| location(place, &excerpts).excerpt.map(|excerpt| excerpt.text);
        let shown: Vec<Option<String>> = places.iter().map(shown).collect();
        let line = |text: &str| Some(text.to_owned());
        assert_eq!(shown, [line("zwei"), line("three"), line("one"), line("five"), None, None]);
        assert_eq!(statements[0].line(2), Some("two"));
        assert_eq!(statements[0].line(4), Some(""));
        assert_eq!(statements[0].line(6), None);
    }
}
