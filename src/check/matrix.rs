//! The matrix of a disclosure: how each permission stands on both sides.

use crate::declaration::Origin;
use crate::disclosure::{Disclosure, Named, Statement};
use crate::knowledge::{Level, Platform};
use crate::report::{MatrixPlace, MatrixRow, State};
use crate::rules::{Case, Row, Severity};
use crate::source::{Escaped, Place};

/// Permission by permission, how the two sides stand: declared ones first, then what is stale.
pub(super) fn of(case: &Case<'_>) -> Vec<MatrixRow> {
    let platforms = case.platforms();
    let mut rows: Vec<MatrixRow> = Vec::new();
    // An early HarmonyOS package can hold an Android one, whose platform is not that of the package.
    let is_judged = |named: &Named, row: &Row<'_>| {
        platforms.contains(&named.platform) || !row.declared.is_empty() || !row.guarded.is_empty()
    };
    for (named, row) in case.rows().filter(|(named, row)| is_judged(named, row)) {
        let at = |(_, disclosure): (&Statement, &Disclosure)| place_of(disclosure);
        if !row.guarded.is_empty() {
            rows.extend(guarded(case, named, row));
            continue;
        }
        let line = |of: &[(&Statement, &Disclosure)]| of.first().copied().and_then(at);
        let unclear = |d: &Disclosure| !case.is_clear(named, d);
        let weight = case.weight(named, row);
        // What no user of an Apple device has to be told, such as the team that signed the app, is no row of its own.
        if named.platform == Platform::Ios && weight.is_none() && row.disclosed.is_empty() {
            continue;
        }
        let implied = row.declared.iter().all(|(_, d)| d.origin != Origin::Declared);
        let (state, line) = match (row.declared.is_empty(), row.disclosed.is_empty()) {
            (true, true) => continue,
            (true, false) => (State::Stale, line(&row.disclosed)),
            (false, false) if row.disclosed.iter().all(|(_, d)| unclear(d)) => (State::Ambiguous, line(&row.disclosed)),
            (false, false) => (State::Disclosed, line(&row.disclosed)),
            (false, true) if weight.is_none() => (State::Own, None),
            (false, true) if implied => (State::Implied, None),
            (false, true) if row.in_prose().is_some() => (State::Prose, row.in_prose().and_then(at)),
            (false, true) => match row.in_sdk().or_else(|| row.perhaps()) {
                Some(found) => (State::Candidate, at(found)),
                None => (State::Missing, None),
            },
        };
        let level = row.declared.first().and_then(|(_, declaration)| declaration.level);
        let level = level.or_else(|| case.book.fact(named.platform, &named.name)?.level);
        // Apple's platforms have no levels; what kind of thing it is says as much.
        let kind = row.declared.first().map(|(_, d)| d.kind.name()).filter(|_| named.platform == Platform::Ios);
        let chinese = case.book.fact(named.platform, &named.name).map(|fact| fact.meaning_zh);
        rows.push(MatrixRow {
            permission: named.name.clone(),
            platform: named.platform,
            level: level.map(Level::name).or(kind),
            meaning: [case.meaning(named).unwrap_or_default(), chinese.unwrap_or_default()],
            state,
            weight: weight.map(Severity::name),
            line,
        });
    }
    rows.sort_by_key(MatrixRow::rank);
    rows
}

/// How the components under one guard stand; `None` where the user need not be told of them and is not.
fn guarded(case: &Case<'_>, named: &Named, row: &Row<'_>) -> Option<MatrixRow> {
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
        line: place.as_ref().and_then(place_in),
    })
}

/// `place` in a statement as the matrix has it.
fn place_in(place: &Place) -> Option<MatrixPlace> {
    let (spot, words) = (place.spot().unwrap_or_default(), place.in_short());
    Some(MatrixPlace { file: place.file.to_string(), line: place.lines?.line, spot, words })
}

/// The place of `disclosure` as the matrix has it, with where the house says what it means.
fn place_of(disclosure: &Disclosure) -> Option<MatrixPlace> {
    let mut place = place_in(&disclosure.place)?;
    for said in &disclosure.house {
        let by = format!(" (by {})", Escaped(&said.to_string()));
        place.spot.push_str(&by);
        place.words.push_str(&by);
    }
    Some(place)
}
