//! `wrong-platform`: the names are those of another platform.

use std::collections::BTreeMap;

use super::{Case, Finding, Rule, Severity, Subject, listed};
use crate::disclosure::{Disclosure, Named, Resolution, Statement, Unknown};
use crate::knowledge::{Fact, Platform};

pub(super) static RULE: Rule = Rule {
    id: "wrong-platform",
    summary: "A table that promises a platform and gives the names of another",
    several: "names of another platform",
    severity: "warning",
    explanation: r#"
HarmonyOS, Android and iOS have permissions of their own, under their own names. A table headed "Android/HarmonyOS" that
holds Android constants alone tells a HarmonyOS user nothing that they could look up: there, the camera is
`ohos.permission.CAMERA`. An Android constant under an iOS heading discloses nothing on iOS.

Reported is the table that names no permission of a platform in its heading, and each row that names a permission of a
platform that is not in its heading: Android constants in a table for iOS, `NS…UsageDescription` keys in one for Android. A
heading is what stands above the table, or in the header of the column.

**What to do.** Give each platform its own table with its own names.
"#,
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for statement in case.statements {
        for section in &statement.sections {
            for &platform in &section.platforms {
                promised(statement, section.block, platform, &section.place, findings);
            }
        }
    }
    let mut foreign_tables: BTreeMap<(&str, usize), Platform> = BTreeMap::new();
    for (_, disclosure) in case.disclosures() {
        for fact in disclosure.unknown.iter().filter_map(|unknown| case.name_elsewhere(disclosure, unknown)) {
            foreign_tables.entry(table(disclosure)).or_insert(fact.platform);
        }
    }
    for (_, disclosure) in case.disclosures() {
        for unknown in &disclosure.unknown {
            if let Some(fact) = case.name_elsewhere(disclosure, unknown) {
                findings.push(foreign(disclosure, unknown, &fact));
            }
        }
        let of = foreign_tables.get(&table(disclosure));
        if let Some((fact, own)) = of.and_then(|&platform| constant_of(case, platform, disclosure)) {
            let unknown = Unknown { written: disclosure.written.clone(), suggestions: vec![own.clone()] };
            findings.push(foreign(disclosure, &unknown, &fact));
        }
    }
}

/// The table or list that a row belongs to.
fn table(row: &Disclosure) -> (&str, usize) {
    (&row.place.file, row.block)
}

/// The constant of `platform` that `row` is, where it is read as a word for another platform's permission because both
/// are spelt alike (`CAMERA` under a heading for iOS). Told by its table, which holds names that only `platform` has.
fn constant_of<'d>(case: &Case<'_>, platform: Platform, row: &'d Disclosure) -> Option<(Fact, &'d Named)> {
    let [own] = row.permissions.as_slice() else { return None };
    let read_as_word = row.resolution != Resolution::Exact && own.platform != platform;
    let [fact] = case.book.bare(platform, &row.written)[..] else { return None };
    (read_as_word && is_constant(&row.written)).then_some((fact, own))
}

fn is_constant(written: &str) -> bool {
    written.len() > 2 && written.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The heading names `platform`, and every exact name in the table is that of another platform.
fn promised(
    statement: &Statement,
    block: usize,
    platform: Platform,
    place: &crate::source::Place,
    findings: &mut Vec<Finding>,
) {
    let rows = || statement.disclosures.value.iter().filter(|d| d.block == block);
    let names = |on: Platform| rows().flat_map(|d| &d.permissions).filter(move |n| n.platform == on);
    let Some(other) = Platform::ALL.into_iter().find(|p| *p != platform && names(*p).next().is_some()) else { return };
    if names(platform).next().is_some() {
        return;
    }
    let mut example = String::new();
    let mut candidates = rows().filter_map(|d| d.candidates.iter().find(|n| n.platform == platform).map(|n| (d, n)));
    if let Some((row, Named { name, .. })) = candidates.next() {
        example = format!(": {} may be {name}", row.written);
    }
    let message = format!(
        "the heading promises permissions of {}, but every name in the table is one of {}",
        platform.title(),
        other.title()
    );
    let finding = Finding::new(&RULE, Severity::Warning, place, message).on(platform);
    let help = format!(
        "add the names that {} uses{example}, or leave {} out of the heading",
        platform.title(),
        platform.title()
    );
    findings.push(finding.help(help));
}

/// A row under a heading for some platforms holds the name of a permission of another.
fn foreign(disclosure: &Disclosure, unknown: &Unknown, fact: &Fact) -> Finding {
    let heading = listed(disclosure.platforms.iter().map(|p| p.title()), "and");
    let title = fact.platform.title();
    let message = format!("`{}` is a permission of {title}, under a heading for {heading}", unknown.written);
    let named = Named { platform: fact.platform, name: fact.name.to_owned() };
    let own: Vec<&str> = unknown.suggestions.iter().map(|named| named.name.as_str()).collect();
    let write = if own.is_empty() { String::new() } else { format!(", or write {}", listed(own, "or")) };
    Finding::new(&RULE, Severity::Warning, &disclosure.place, message)
        .about(&named)
        .help(format!("move the row to the table for {title}{write}"))
}
