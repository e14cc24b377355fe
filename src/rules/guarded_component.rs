//! `guarded-component`: a component that holds power in the system, and the statement never mentions it.

use std::collections::BTreeSet;

use super::{Case, Finding, Row, Rule, Severity, Subject, brought_in_by, listed, lower_first};
use crate::deadline;
use crate::disclosure::{Named, Resolution, Statement};
use crate::knowledge::vocabulary::{self, Role};
use crate::knowledge::{Guard, Power};
use crate::source::{Escaped, Lines, Place};

pub(super) static RULE: Rule = Rule {
    id: "guarded-component",
    summary: "A component that holds special power (accessibility, VPN, notification listener …), never mentioned",
    several: "components hold special power and are never mentioned",
    severity: "warning",
    explanation: r#"
An accessibility service reads the screen of all apps, a notification listener their messages, a keyboard what the user
types. None of them is asked for by `uses-permission`: the app has a component that demands a guard of its caller
(`android:permission="android.permission.BIND_ACCESSIBILITY_SERVICE"`), so that the system alone can bind it, and the user
switches it on in the settings. Users have to be told of it all the same.

Any mention is enough: a row or a list item that names the guard or what people call it (Accessibility service, 无障碍服务),
or running text that speaks of it. A clause that denies it is no mention. Components that show or offer what is the app's
own (a live wallpaper, a tile in the quick settings) are not reported, nor are jobs and widgets. Statements in English and
Chinese are judged.

A component that is disabled in the manifest is reported too: the app can enable it by itself.

**What to do.** Say in the statement what the component does and why (`permaudit draft` offers a row), or remove it from
the app. A library may have brought it in: with the build's manifest merger report (`--merger-report`) the finding names
it, and `tools:node="remove"` takes the component out.
"#,
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    if case.statements.iter().any(|statement| statement.unreadable) {
        return;
    }
    for (named, row) in case.rows() {
        let Some((package, declaration)) = row.guarded.first() else { continue };
        if !must_be_told(case, named, row) || mention(case, named, row).is_some() || !is_known_language(case) {
            continue;
        }
        let Some(table) = case.table_place(named.platform) else { continue };
        let classes: BTreeSet<String> =
            row.guarded.iter().filter_map(|(_, d)| d.value.as_deref()).map(|c| Escaped(c).to_string()).collect();
        let subject = match classes.len() {
            0 => "a component".to_owned(),
            _ => listed(classes.iter().map(String::as_str), "and"),
        };
        let guards = if classes.len() > 1 { "are guarded" } else { "is guarded" };
        let opens = match case.book.guard(&named.name) {
            Some(guard) => format!(" (once switched on, the app can {})", lower_first(guard.meaning_en)),
            None => String::new(),
        };
        let libraries = brought_in_by(&row.guarded);
        let by = match libraries.as_slice() {
            [] => String::new(),
            libraries => {
                let libraries: Vec<String> = libraries.iter().map(|library| Escaped(library).to_string()).collect();
                format!(" [brought in by {}]", listed(libraries.iter().map(String::as_str), "and"))
            }
        };
        let message = format!("{subject}{by} {guards} by {}{opens}, and the statement never mentions it", named.name);
        let finding = Finding::new(&RULE, Severity::Warning, &table, message).about(named).in_package(*package);
        let help = if libraries.is_empty() {
            "say in the statement what the component does and why, or remove it from the app"
        } else {
            "say in the statement what the component does and why, or take it out of the app with tools:node=\"remove\""
        };
        findings.push(finding.and_at(&declaration.place).help(help));
    }
}

/// True where the components under `named` reach what is not the app's own. A guard of which the book knows nothing may
/// open anything; one of a system's own parts opens nothing to an ordinary app.
pub(super) fn must_be_told(case: &Case<'_>, named: &Named, row: &Row<'_>) -> bool {
    !row.guarded.is_empty()
        && match case.book.guard(&named.name) {
            Some(guard) => guard.power == Power::Told,
            None => !case.book.is_known(named.platform, &named.name),
        }
}

/// Where a statement first speaks of the guard: in a row that names it or may mean it, otherwise in running text.
pub(super) fn mention(case: &Case<'_>, named: &Named, row: &Row<'_>) -> Option<Place> {
    let rows = row.disclosed.iter().chain(&row.candidates).map(|(_, disclosure)| *disclosure);
    let of_rows = rows.filter(|d| d.resolution != Resolution::Negated).map(|d| d.place.clone());
    let guard = case.book.guard(&named.name);
    let in_texts = case.in_small_letters().filter_map(|(statement, small)| in_text(guard, named, statement, small));
    of_rows.chain(in_texts).next()
}

/// The line of running text that speaks of the guard in a clause that does not deny it. `small` is the statement's text
/// in small letters.
fn in_text(guard: Option<Guard>, named: &Named, statement: &Statement, small: &str) -> Option<Place> {
    let bare = named.name.rsplit('.').next().unwrap_or(&named.name).to_lowercase();
    let known = guard.iter().flat_map(Guard::words);
    let words: Vec<&str> = known.map(|word| -> &str { word }).chain([bare.as_str()]).collect();
    if !words.iter().any(|word| memchr::memmem::find(small.as_bytes(), word.as_bytes()).is_some()) {
        return None;
    }
    let denied: Vec<Lines> = statement
        .disclosures
        .value
        .iter()
        .filter(|disclosure| disclosure.resolution == Resolution::Negated)
        .filter_map(|disclosure| disclosure.place.lines)
        .collect();
    let mut number = 0_u32;
    for line in statement.lines() {
        number = number.saturating_add(1);
        deadline::step();
        if denied.iter().inspect(|_| deadline::step()).any(|lines| (lines.line..=lines.end_line).contains(&number)) {
            continue;
        }
        let folded = line.to_lowercase();
        let speaks = |clause: &str| {
            let found = words.iter().filter_map(|word| clause.find(word)).min();
            found.is_some_and(|at| !clause.get(..at).is_some_and(denies))
        };
        if folded.split(ends_clause).any(speaks) {
            let end_column = u32::try_from(line.chars().count()).unwrap_or(u32::MAX - 1).saturating_add(1);
            let lines = Some(Lines { line: number, column: 1, end_line: number, end_column });
            return Some(Place { lines, ..statement.place.clone() });
        }
    }
    None
}

fn ends_clause(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ';' | ':' | ',' | '。' | '！' | '？' | '；' | '：' | '，')
}

/// True when the words before a name deny what is said of it. Chinese and Japanese words are parts of the text.
fn denies(before: &str) -> bool {
    vocabulary::words(Role::Negation).any(|word| {
        let is_word = |at: usize| {
            let side = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            let after = before.get(at + word.text.len()..).and_then(|rest| rest.chars().next());
            side(before.get(..at).and_then(|head| head.chars().next_back())) && side(after)
        };
        let is_spaced = word.text.is_ascii() || word.language == "ru";
        before.match_indices(word.text).any(|(at, _)| !is_spaced || is_word(at))
    })
}

/// A statement in a third language uses none of the words that the book knows.
fn is_known_language(case: &Case<'_>) -> bool {
    case.in_small_letters().any(|(statement, small)| {
        statement.language == Some("zh") || (small.contains(" the ") && small.contains(" and "))
    })
}
