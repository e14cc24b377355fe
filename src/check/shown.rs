//! Places in statements, and how statements were understood, in the shapes of a report.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::disclosure::{Disclosure, Named, Scope, Statement, Strength};
use crate::knowledge::Said;
use crate::report;
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

/// Where the house says what a name means, as a report has it.
pub(super) fn house(said: &Said) -> report::House {
    report::House {
        file: said.file,
        line: said.line,
        column: said.column,
        words: Escaped(&said.to_string()).to_string(),
    }
}

/// A disclosure as a report has it.
pub(super) fn disclosure(disclosure: &Disclosure) -> report::Disclosure {
    let names = |all: &[Named]| all.iter().map(|named| named.name.clone()).collect::<Vec<_>>();
    let lines = disclosure.place.lines;
    let mut suggestions: Vec<String> = Vec::new();
    for named in disclosure.unknown.iter().flat_map(|unknown| &unknown.suggestions) {
        if !suggestions.contains(&named.name) {
            suggestions.push(named.name.clone());
        }
    }
    report::Disclosure {
        written: disclosure.written.clone(),
        platforms: disclosure.platforms.iter().map(|p| p.name()).collect(),
        form: disclosure.form.name(),
        scope: if disclosure.scope == Scope::App { "app" } else { "sdk" },
        sdk: match &disclosure.scope {
            Scope::Sdk(name) => name.clone(),
            Scope::App => None,
        },
        resolution: disclosure.resolution.name(),
        strength: disclosure.strength().map(Strength::name),
        permissions: names(&disclosure.permissions),
        candidates: [names(&disclosure.withheld), names(&disclosure.candidates)].concat(),
        suggestions,
        house: disclosure.house.iter().map(house).collect(),
        description: disclosure.description.clone(),
        purpose: disclosure.purpose.clone(),
        required: disclosure.required,
        location: report::TextLocation {
            line: lines.map_or(0, |l| l.line),
            column: lines.map_or(0, |l| l.column),
            end_line: lines.map_or(0, |l| l.end_line),
            end_column: lines.map_or(0, |l| l.end_column),
            offset: disclosure.place.offset.unwrap_or_default(),
            length: disclosure.place.length.unwrap_or_default(),
            page: disclosure.place.page,
            entry: disclosure.place.entry.as_deref().map(str::to_owned),
            path: disclosure.place.path.clone(),
            spot: disclosure.place.spot().filter(|_| disclosure.place.extracted),
        },
    }
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
