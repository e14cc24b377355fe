//! How a statement was understood, block by block: collected by the pass that reads, when somebody asks for it.
//!
//! The pass says what it does while it does it; nothing here interprets a statement. Unless it was asked for, a trace
//! holds nothing and calls nothing.

use std::fmt::Write as _;
use std::ops::Range;

use super::block::Block;
use crate::disclosure::{Disclosure, Form, Named, Resolution};
use crate::knowledge::Platform;
use crate::source::Place;

/// One block of a statement, and how it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `heading`, `paragraph`, `table`, `list-item`, `code` or `opaque`.
    pub kind: &'static str,
    /// Where it stands.
    pub place: Place,
    /// How it was understood, in a sentence.
    pub understood: String,
    /// What came of each part of it that could name a permission, in reading order.
    pub outcomes: Vec<Outcome>,
}

/// What came of a row of a table, an item of a list or a part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub place: Place,
    /// The text in the place of a name; empty where there is none.
    pub written: String,
    /// It discloses something.
    pub discloses: bool,
    /// What it counts as, or why it does not count.
    pub what: String,
}

/// Collects steps. Empty and idle unless explanations are wanted.
#[derive(Debug, Default)]
pub(super) struct Trace {
    steps: Option<Vec<Draft>>,
}

/// A step while it is read: disclosures are told by their numbers, for later blocks may still add to them.
#[derive(Debug)]
struct Draft {
    kind: &'static str,
    /// `None` when nothing of the block is visible to a reader.
    place: Option<Place>,
    notes: Vec<String>,
    /// What explains it when nothing else does.
    otherwise: Option<&'static str>,
    disclosed: Range<usize>,
    /// What its running text mentions, by numbers of their own.
    mentioned: Range<usize>,
    /// Disclosures that this block says something of.
    said_of: Vec<usize>,
    nothing: Vec<Outcome>,
}

impl Trace {
    /// A trace that collects when it is `wanted`.
    pub(super) fn new(wanted: bool) -> Trace {
        Trace { steps: wanted.then(Vec::new) }
    }

    /// True when somebody asked for it.
    pub(super) fn is_wanted(&self) -> bool {
        self.steps.is_some()
    }

    fn current(&mut self) -> Option<&mut Draft> {
        self.steps.as_mut()?.last_mut()
    }

    /// A block begins.
    pub(super) fn begin(&mut self, block: &Block, place: impl FnOnce() -> Option<Place>) {
        let Some(steps) = &mut self.steps else { return };
        steps.push(Draft {
            kind: kind(block),
            place: place(),
            notes: Vec::new(),
            otherwise: None,
            disclosed: 0..0,
            mentioned: 0..0,
            said_of: Vec::new(),
            nothing: Vec::new(),
        });
    }

    /// The block ends, in which the disclosures `disclosed` and the mentions `mentioned` were made.
    pub(super) fn end(&mut self, disclosed: Range<usize>, mentioned: Range<usize>) {
        let Some(step) = self.current() else { return };
        step.said_of.retain(|&of| of < disclosed.start);
        step.disclosed = disclosed;
        step.mentioned = mentioned;
    }

    /// How the present block is understood; several notes make one sentence.
    pub(super) fn note(&mut self, note: impl FnOnce() -> String) {
        if let Some(step) = self.current() {
            let note = note();
            if !step.notes.contains(&note) {
                step.notes.push(note);
            }
        }
    }

    /// How the present block is understood where there is nothing else to say of it.
    pub(super) fn otherwise(&mut self, why: &'static str) {
        if let Some(step) = self.current() {
            step.otherwise = Some(why);
        }
    }

    /// The present block says something of the disclosure with this number.
    pub(super) fn said_of(&mut self, disclosure: usize) {
        if let Some(step) = self.current() {
            step.said_of.push(disclosure);
        }
    }

    /// A part of the present block that discloses nothing: where, what stands in the place of a name, and why.
    pub(super) fn nothing(&mut self, part: impl FnOnce() -> (Place, String, &'static str)) {
        if let Some(step) = self.current() {
            let (place, written, why) = part();
            step.nothing.push(Outcome { place, written, discloses: false, what: why.to_owned() });
        }
    }

    /// The steps, when all is read and nothing is added to `disclosures` and the `mentions` of running text any more.
    pub(super) fn finish(self, disclosures: &[Disclosure], mentions: &[Disclosure]) -> Vec<Step> {
        let drafts = self.steps.unwrap_or_default();
        drafts.into_iter().filter_map(|draft| draft.finish(disclosures, mentions)).collect()
    }
}

impl Draft {
    fn finish(self, disclosures: &[Disclosure], mentions: &[Disclosure]) -> Option<Step> {
        let Draft { kind, place, mut notes, otherwise, disclosed, mentioned, said_of, nothing } = self;
        let place = place?;
        let of = said_of.iter().filter_map(|&of| disclosures.get(of)).map(|row| {
            let line = row.place.lines.map_or(0, |lines| lines.line);
            format!("what is said of `{}` (line {line})", row.written)
        });
        for note in of {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        let mut outcomes = nothing;
        outcomes.extend(disclosures.get(disclosed).unwrap_or_default().iter().map(outcome));
        let named = !outcomes.is_empty();
        outcomes.extend(mentions.get(mentioned).unwrap_or_default().iter().map(outcome));
        outcomes.sort_by_key(|outcome| outcome.place.offset);
        if notes.is_empty() {
            let all = match (named, outcomes.is_empty()) {
                (true, _) => "names permissions",
                (false, false) => "running text that mentions permissions or their data",
                (false, true) => otherwise.unwrap_or("no permission in the place of a name"),
            };
            notes.push(all.to_owned());
        }
        Some(Step { kind, place, understood: notes.join("; "), outcomes })
    }
}

fn kind(block: &Block) -> &'static str {
    match block {
        Block::Heading(_) => "heading",
        Block::Paragraph(_) => "paragraph",
        Block::Item(_) => "list-item",
        Block::Table(_) => "table",
        Block::Code(_) => "code",
        Block::Opaque(_) => "opaque",
    }
}

/// What a disclosure counts as, or why it does not count.
fn outcome(row: &Disclosure) -> Outcome {
    let mut what = String::new();
    let of = if row.platforms.is_empty() { String::new() } else { format!(" of {}", titles(&row.platforms)) };
    match (row.resolution, row.permissions.as_slice(), row.candidates.as_slice()) {
        _ if matches!(row.form, Form::Prose(_)) => mention(row, &mut what),
        (Resolution::Negated, ..) => what.push_str("said not to be used; nothing disclosed"),
        (Resolution::Unknown, [], _) | (_, [], []) => {
            let _ = write!(what, "no permission{of} has this name; nothing disclosed");
        }
        (_, [], candidates) => {
            let _ = write!(
                what,
                "names no permission for certain, may mean {}; nothing disclosed",
                names(candidates, ", ")
            );
        }
        (_, permissions, _) => {
            let _ = write!(what, "counts as {}", names(permissions, ", "));
            what.push_str(if row.purpose.is_some() { "; with a purpose" } else { "; no purpose" });
            for unknown in &row.unknown {
                let _ = write!(what, "; `{}` in it is the name of no permission", unknown.written);
            }
        }
    }
    for said in &row.house {
        let _ = write!(what, "; by the house's words at {said}");
    }
    Outcome { place: row.place.clone(), written: row.written.clone(), discloses: !row.permissions.is_empty(), what }
}

/// What a mention in running text counts as.
fn mention(row: &Disclosure, what: &mut String) {
    let _ = match (row.resolution, row.withheld.as_slice()) {
        (Resolution::Negated, _) => write!(what, "said in running text not to be used; nothing disclosed"),
        (_, []) => write!(what, "running text that may mean {}; nothing disclosed", names(&row.candidates, ", ")),
        (_, named) => {
            write!(what, "running text that names {}; counts only where running text does", names(named, ", "))
        }
    };
}

fn names(all: &[Named], between: &str) -> String {
    let names: Vec<&str> = all.iter().map(|named| named.name.as_str()).collect();
    names.join(between)
}

/// Platforms in words: `Android and HarmonyOS`.
pub(super) fn titles(platforms: &[Platform]) -> String {
    let titles: Vec<&str> = platforms.iter().map(|platform| platform.title()).collect();
    titles.join(" and ")
}
