//! What changed between two builds, or between two statements.
//!
//! Packages are compared by permission and by the conditions under which each is asked for; statements by what they
//! disclose and for which purpose.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Options, read_package, read_statement};
use crate::declaration::{Conditions, Declaration, Origin, Package};
use crate::disclosure::{Disclosure, Named, Resolution, Statement};
use crate::doubt::{Code, Doubt};
use crate::report::diff::{Change, Diff, Side};
use crate::rules::{Case, Guarded, Severity, lower_first};
use crate::source::Source;

/// Compares two packages, or two statements. With `told`, the statements of one disclosure, says of each new permission
/// whether it is disclosed.
///
/// # Errors
/// A sentence when one is a package and the other is none.
pub fn diff(old: &Source, new: &Source, told: &[Source], options: &Options) -> Result<Diff, String> {
    let (before, after) = (read_package(old, options).0, read_package(new, options).0);
    let is_package = |package: &Package| {
        package.kind.is_some() || package.declarations.doubts().iter().all(|doubt| doubt.code != Code::UnknownKind)
    };
    match (is_package(&before), is_package(&after)) {
        (true, true) => Ok(packages(&[before], &[after], told, options)),
        (false, false) => Ok(statements(&read_statement(old, options), &read_statement(new, options), options)),
        (true, false) => Err(format!("{} is no package, and {} is one", new.name(), old.name())),
        (false, true) => Err(format!("{} is no package, and {} is one", old.name(), new.name())),
    }
}

fn packages(before: &[Package], after: &[Package], told: &[Source], options: &Options) -> Diff {
    let read: Vec<Statement> = told.iter().map(|source| read_statement(source, options)).collect();
    let statements: Vec<&Statement> = read.iter().collect();
    let files = (!read.is_empty()).then(|| {
        let files: Vec<&str> = read.iter().map(|statement| &*statement.place.file).collect();
        files.join(" + ")
    });
    let case = Case::new(after, &statements, options.book, &options.policy);
    let old = Case::new(before, &[], options.book, &options.policy);
    let mut changes = Vec::new();
    let asked = |case: &Case<'_>| -> BTreeMap<Named, Vec<Declaration>> {
        let rows = case.rows().filter(|(_, row)| !row.declared.is_empty());
        rows.map(|(named, row)| (named.clone(), row.declared.iter().map(|(_, d)| (*d).clone()).collect())).collect()
    };
    let (was, is) = (asked(&old), asked(&case));
    for (named, row) in case.rows().filter(|(_, row)| !row.declared.is_empty()) {
        let Some((_, declaration)) = row.declared.first() else { continue };
        let now = is.get(named).map(Vec::as_slice).unwrap_or_default();
        match was.get(named) {
            None => {
                // What the app defines for itself, or the house leaves out, is no news to a reader of statements.
                let Some(usual) = case.weight(named, row) else { continue };
                let by = match &declaration.origin {
                    Origin::Implied { by } => format!(" is newly added by the device because {by}"),
                    Origin::Declared => " is new".to_owned(),
                    Origin::Provisioned => " is newly allowed by the provisioning profile".to_owned(),
                };
                let (severity, told) = match (&files, row.disclosed.first()) {
                    (Some(_), Some((_, disclosure))) => {
                        (Severity::Note, format!(", and {} discloses it", disclosure.place.in_short()))
                    }
                    (Some(files), None) => (usual, format!(", and {files} does not disclose it")),
                    (None, _) => (usual, String::new()),
                };
                let message = format!("{}{by}{told}", case.with_meaning(named));
                changes.push(change("added", severity, named, message, declaration, (None, conditions(now))));
            }
            Some(earlier) => changes.extend(changed(&case, named, earlier, now)),
        }
    }
    for (named, earlier) in was.iter().filter(|(named, _)| !is.contains_key(*named)) {
        let Some(declaration) = earlier.first() else { continue };
        let message = format!("{} is gone", case.with_meaning(named));
        changes.push(change("removed", Severity::Note, named, message, declaration, (conditions(earlier), None)));
    }
    changes.extend(guarded(&old, &case, files.as_deref()));
    let doubts =
        |packages: &[Package]| packages.iter().flat_map(|p| p.declarations.doubts().to_vec()).collect::<Vec<_>>();
    let unreadable = before.iter().chain(after).any(|package| package.unreadable);
    let side = |packages: &[Package]| Side {
        path: packages.iter().map(|p| p.place.file.to_string()).collect::<Vec<_>>().join(" + "),
        id: packages.first().and_then(|p| p.id.clone()),
        version: packages.first().and_then(|p| p.version.clone()),
    };
    let mut all = [doubts(before), doubts(after)].concat();
    all.extend(read.iter().flat_map(|s| s.disclosures.doubts().to_vec()));
    let unreadable = unreadable || read.iter().any(|s| s.unreadable);
    finish(side(before), side(after), changes, &all, unreadable, options)
}

/// Components that hold power by a guard, in one of the builds alone; `told_in` names the statements.
fn guarded(old: &Case<'_>, new: &Case<'_>, told_in: Option<&str>) -> Vec<Change> {
    let all = |case: &Case<'_>| -> BTreeMap<(Named, Option<String>), Declaration> {
        let components = case.rows().flat_map(|(named, row)| row.guarded.iter().map(move |(_, d)| (named, *d)));
        components.map(|(named, d)| ((named.clone(), d.value.clone()), d.clone())).collect()
    };
    let (was, is) = (all(old), all(new));
    let class = |d: &Declaration| d.value.clone().unwrap_or_else(|| "a component".to_owned());
    let mut changes = Vec::new();
    for (named, row) in new.rows().filter(|(_, row)| !row.guarded.is_empty()) {
        let stands = new.guarded(named, row);
        let (severity, told) = match (&stands, told_in) {
            (None, _) => (Severity::Note, String::new()),
            (Some(Guarded { mention: Some(place), .. }), Some(_)) => {
                let line = place.lines.map_or(0, |lines| lines.line);
                (Severity::Note, format!(", and {}:{line} mentions it", place.file))
            }
            (Some(Guarded { weight: None, .. }), _) => continue,
            (Some(Guarded { weight: Some(usual), .. }), Some(files)) => {
                (*usual, format!(", and {files} never mentions it"))
            }
            (Some(Guarded { weight: Some(usual), .. }), None) => (*usual, String::new()),
        };
        for (_, d) in row.guarded.iter().filter(|(_, d)| !was.contains_key(&(named.clone(), d.value.clone()))) {
            let message = format!("{}, guarded by {}, is new{told}", class(d), named.name);
            changes.push(change("added", severity, named, message, d, (None, conditions(std::slice::from_ref(*d)))));
        }
    }
    for ((named, _), d) in was.iter().filter(|(key, _)| !is.contains_key(*key)) {
        let message = format!("{}, guarded by {}, is gone", class(d), named.name);
        changes.push(change("removed", Severity::Note, named, message, d, (conditions(std::slice::from_ref(d)), None)));
    }
    changes
}

/// One name that both builds ask for.
fn changed(case: &Case<'_>, named: &Named, earlier: &[Declaration], now: &[Declaration]) -> Vec<Change> {
    let Some(declaration) = now.first() else { return Vec::new() };
    let mut changes = Vec::new();
    let sets = |all: &[Declaration]| -> BTreeSet<String> { all.iter().map(|d| words(&d.conditions)).collect() };
    let declared = |all: &[Declaration]| all.iter().any(|d| d.origin == Origin::Declared);
    if declared(earlier) != declared(now) {
        let what = if declared(now) {
            "is declared now, and was added by the device before"
        } else {
            "is no longer declared, and the device adds it"
        };
        let message = format!("{} {what}", case.with_meaning(named));
        changes.push(change(
            "origin",
            Severity::Note,
            named,
            message,
            declaration,
            (conditions(earlier), conditions(now)),
        ));
    }
    if sets(earlier) != sets(now) {
        let last = |all: &[Declaration]| all.iter().map(|d| d.conditions.max_sdk.unwrap_or(u32::MAX)).max();
        let severity = if last(now) > last(earlier) { Severity::Warning } else { Severity::Note };
        let (before, after) = (conditions(earlier), conditions(now));
        let show = |text: &Option<String>| text.clone().unwrap_or_else(|| "always".to_owned());
        let message = format!(
            "{} is asked for under other conditions: {}, before {}",
            case.with_meaning(named),
            show(&after),
            show(&before)
        );
        changes.push(change("conditions", severity, named, message, declaration, (before, after)));
    }
    let text = |all: &[Declaration]| all.iter().flat_map(|d| d.text.clone()).collect::<BTreeMap<_, _>>();
    if text(earlier) != text(now) {
        let joined = |all: &[Declaration]| Some(text(all).into_values().collect::<Vec<_>>().join(" / "));
        let message = format!("the text shown for {} changed", named.name);
        changes.push(change("text", Severity::Note, named, message, declaration, (joined(earlier), joined(now))));
    }
    changes
}

fn change(
    kind: &'static str,
    severity: Severity,
    named: &Named,
    message: String,
    declaration: &Declaration,
    (before, after): (Option<String>, Option<String>),
) -> Change {
    Change {
        kind,
        severity: severity.name(),
        platform: named.platform.name(),
        permission: named.name.clone(),
        before,
        after,
        message,
        location: declaration.place.to_string(),
        weight: severity,
    }
}

/// Conditions in words; `None` when there are none.
fn conditions(all: &[Declaration]) -> Option<String> {
    let mut parts: Vec<String> = all.iter().map(|d| words(&d.conditions)).filter(|text| !text.is_empty()).collect();
    parts.dedup();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn words(conditions: &Conditions) -> String {
    let Conditions { min_sdk, max_sdk, required_features, required_not_features, flags, device } = conditions;
    let mut parts = Vec::new();
    parts.extend(min_sdk.map(|level| format!("API {level} and above")));
    parts.extend(max_sdk.map(|level| format!("up to API {level}")));
    parts.extend(required_features.iter().map(|name| format!("with {name}")));
    parts.extend(required_not_features.iter().map(|name| format!("without {name}")));
    parts.extend(flags.iter().cloned());
    parts.extend(device.as_ref().map(|device| format!("on {device}")));
    parts.join(", ")
}

fn statements(before: &Statement, after: &Statement, options: &Options) -> Diff {
    let disclosed = |statement: &Statement| -> BTreeMap<Named, Disclosure> {
        let real = statement.disclosures.value.iter().filter(|d| d.resolution != Resolution::Negated);
        let mut all = BTreeMap::new();
        for disclosure in real {
            for named in &disclosure.permissions {
                all.entry(named.clone()).or_insert_with(|| disclosure.clone());
            }
        }
        all
    };
    let (was, is) = (disclosed(before), disclosed(after));
    let meaning = |named: &Named| {
        let fact = options.book.fact(named.platform, &named.name).filter(|fact| !fact.meaning_en.is_empty());
        fact.map_or_else(|| named.name.clone(), |fact| format!("{} ({})", named.name, lower_first(fact.meaning_en)))
    };
    let one =
        |kind, severity: Severity, named: &Named, message, at: &Disclosure, sides: (Option<String>, Option<String>)| {
            Change {
                kind,
                severity: severity.name(),
                platform: named.platform.name(),
                permission: named.name.clone(),
                before: sides.0,
                after: sides.1,
                message,
                location: at.place.to_string(),
                weight: severity,
            }
        };
    let mut changes = Vec::new();
    for (named, disclosure) in &is {
        let Some(earlier) = was.get(named) else {
            let message = format!("{} is disclosed in {} alone", meaning(named), after.place.file);
            changes.push(one("added", Severity::Note, named, message, disclosure, (None, disclosure.purpose.clone())));
            continue;
        };
        if earlier.purpose != disclosure.purpose && before.language == after.language {
            let message = format!("the purpose of {} changed", named.name);
            let sides = (earlier.purpose.clone(), disclosure.purpose.clone());
            changes.push(one("purpose", Severity::Note, named, message, disclosure, sides));
        }
        if earlier.purpose.is_some() && disclosure.purpose.is_none() {
            let message = format!("{} has no purpose in {}", named.name, after.place.file);
            changes.push(one(
                "purpose-lost",
                Severity::Warning,
                named,
                message,
                disclosure,
                (earlier.purpose.clone(), None),
            ));
        }
    }
    for (named, earlier) in was.iter().filter(|(named, _)| !is.contains_key(*named)) {
        let message = format!("{} is disclosed in {} alone", meaning(named), before.place.file);
        changes.push(one("removed", Severity::Warning, named, message, earlier, (earlier.purpose.clone(), None)));
    }
    let side = |statement: &Statement| Side { path: statement.place.file.to_string(), id: None, version: None };
    let doubts = [before.disclosures.doubts(), after.disclosures.doubts()].concat();
    finish(side(before), side(after), changes, &doubts, before.unreadable || after.unreadable, options)
}

fn finish(
    old: Side,
    new: Side,
    mut changes: Vec<Change>,
    doubts: &[Doubt],
    unreadable: bool,
    options: &Options,
) -> Diff {
    changes.sort_by(|a, b| (b.weight, a.kind, &a.permission).cmp(&(a.weight, b.kind, &b.permission)));
    let lifted = |doubt: &Doubt| !unreadable && options.accept_doubts.contains(&doubt.code);
    let passes = !unreadable && doubts.iter().all(lifted);
    let fails = changes.iter().any(|change| change.weight >= options.fail_on) && !options.exit_zero;
    Diff {
        schema_version: "1",
        tool: crate::report::Tool { name: "permaudit", version: env!("CARGO_PKG_VERSION") },
        established: doubts.is_empty() && !unreadable,
        exit_code: if passes { u8::from(fails) } else { 3 },
        old,
        new,
        changes,
        doubts: doubts.iter().map(|doubt| crate::check::doubt(doubt, lifted(doubt))).collect(),
    }
}
