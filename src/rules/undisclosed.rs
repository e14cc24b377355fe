//! `undisclosed`: declared, and no statement tells the user.

use super::{Case, Finding, Row, Rule, Severity, Subject, brought_in_by, guarded_component, listed};
use crate::declaration::{Declaration, DeclarationKind, Origin};
use crate::disclosure::{Disclosure, Form, Named, Statement};
use crate::knowledge::{Level, Platform};

pub(super) static RULE: Rule = Rule {
    id: "undisclosed",
    summary: "A permission that the package declares and the statement does not disclose",
    several: "permissions are declared and not disclosed",
    severity: "by what the permission opens: error for runtime permissions, special access and personal data; warning \
               for other normal ones and for names the book does not know; note for what no ordinary app is granted, \
               for what the device adds by itself, and for conditions that can never hold; on iOS error for purpose \
               strings, warning for entitlements that open something of the user, note for background modes; on \
               HarmonyOS error for what the user grants or switches on, warning for the rest",
    explanation: r#"
A user, a regulator and an app store compare what an app asks for with what its privacy statement says. A permission
that only the package knows of is the gap they find first.

Every request counts, whatever its conditions: a permission with `maxSdkVersion` is still asked for on older devices.
Only a name in the place of a name discloses (a name cell, a list item, a heading); a word inside a purpose does not.
Running text that names the permission, or the data that it opens, is shown with the finding and discloses nothing,
unless the house says so: `--prose accept`, or `prose = "accept"` in permaudit.toml. Text that only implies it never
counts. A row about a third-party SDK counts, unless the house says `--sdk ignore`.

Not reported: permissions that the app defines for itself, such as `….DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION`.

On iOS an entitlement is told, too, by the purpose string of the same feature: a row for
`NSHealthShareUsageDescription` tells of `com.apple.developer.healthkit`. Entitlements that open nothing of the user (the
team, app groups, notifications), that are switched off, or that only a provisioning profile allows, are not reported.

**What to do.** Add a row to the table for the platform: the name, what it opens, and why the app needs it. If the app
does not need the permission, remove the declaration. A library may have brought it in: with the build's manifest merger
report (`--merger-report`) the finding names it, and `tools:node="remove"` takes it out.
"#,
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    if case.statements.iter().any(|statement| statement.unreadable) {
        return;
    }
    for (named, row) in case.rows() {
        // Asking for a guard opens nothing; `guarded-component` speaks of the component that demands it.
        if !row.disclosed.is_empty() || guarded_component::must_be_told(case, named, row) {
            continue;
        }
        let requests = row.declared.iter().filter(|(package, _)| !case.is_own(*package, named));
        let weighed = requests.filter_map(|&(package, declaration)| {
            Some((severity(case, named, package, declaration)?, package, declaration))
        });
        // The heaviest request speaks for the name; among equals, the first.
        let Some((severity, package, declaration)) = weighed.reduce(|a, b| if b.0 > a.0 { b } else { a }) else {
            continue;
        };
        let Some(severity) = case.policy.undisclosed(&named.name, severity) else { continue };
        let Some(table) = case.table_place(named.platform) else { continue };
        let mut message = case.with_meaning(named);
        if declaration.kind == DeclarationKind::BackgroundMode {
            let modes = row.declared.iter().filter_map(|(_, d)| d.value.as_deref());
            let modes: std::collections::BTreeSet<&str> = modes.collect();
            message = format!("{message}: {}", listed(modes, "and"));
        }
        let libraries = brought_in_by(&row.declared);
        if !libraries.is_empty() {
            message = format!("{message} [brought in by {}]", listed(libraries.iter().copied(), "and"));
        }
        match &declaration.origin {
            Origin::Declared | Origin::Provisioned => {
                message.push_str(" is declared, and the statement does not disclose it");
            }
            Origin::Implied { by } => {
                message.push_str(" is added by the device because ");
                message.push_str(by);
                message.push_str(", and the statement does not disclose it");
            }
        }
        if never_holds(case, package, declaration) {
            message.push_str("; its conditions never hold on the devices that the app installs on");
        }
        let mut finding = Finding::new(&RULE, severity, &table, message).about(named).in_package(package);
        finding = finding.and_at(&declaration.place).help(help(named, row, declaration, !libraries.is_empty()));
        if let Some((_, mention)) = row.in_prose() {
            finding = finding.and_at(&mention.place);
        }
        findings.push(finding);
    }
}

/// What one request usually weighs if nothing discloses it; `None` where no user has to be told. Shared with
/// [`Case::weight`].
pub(super) fn severity(case: &Case<'_>, named: &Named, package: usize, declaration: &Declaration) -> Option<Severity> {
    match declaration.kind {
        DeclarationKind::PurposeString => return Some(Severity::Error),
        DeclarationKind::Entitlement => return entitlement(case, declaration),
        DeclarationKind::BackgroundMode => return Some(Severity::Note),
        _ => {}
    }
    if matches!(declaration.origin, Origin::Implied { .. }) || never_holds(case, package, declaration) {
        return Some(Severity::Note);
    }
    let Some(fact) = case.book.fact(named.platform, &named.name) else {
        return Some(Severity::Warning);
    };
    Some(match fact.level {
        Some(Level::Runtime | Level::Special | Level::UserGrant | Level::ManualSettings) | None => Severity::Error,
        Some(_) if fact.personal => Severity::Error,
        Some(Level::Normal | Level::SystemGrant) => Severity::Warning,
        Some(Level::Signature) => Severity::Note,
    })
}

/// An entitlement that opens something of the user, was signed for, is switched on, and is not told by the purpose of
/// the same feature.
fn entitlement(case: &Case<'_>, declaration: &Declaration) -> Option<Severity> {
    let is_off = matches!(declaration.value.as_deref(), Some("" | "false"));
    if declaration.origin == Origin::Provisioned || is_off {
        return None;
    }
    let Some(fact) = case.book.entitlement(&declaration.permission) else {
        // A name of Apple's that the book does not know may open anything; any other is a developer's own.
        return declaration.permission.starts_with("com.apple.").then_some(Severity::Warning);
    };
    let is_told = fact.told_by.iter().any(|key| case.discloses(Platform::Ios, key));
    (fact.meaning_en.is_some() && !is_told).then_some(Severity::Warning)
}

fn never_holds(case: &Case<'_>, package: usize, declaration: &Declaration) -> bool {
    let lowest = case.packages.get(package).and_then(|p| p.sdk_on(declaration.platform).min).unwrap_or(1);
    declaration.conditions.max_sdk.is_some_and(|max| max < lowest)
}

fn help(named: &Named, row: &Row<'_>, declaration: &Declaration, is_brought_in: bool) -> String {
    let help = match declaration.origin {
        Origin::Implied { .. } => {
            "name it in the statement, or raise targetSdkVersion so that the device no longer adds it".to_owned()
        }
        Origin::Declared | Origin::Provisioned if is_brought_in => {
            "add a row to the statement's Android table (name, what it opens, purpose), or take it out of the app with \
             tools:node=\"remove\""
                .to_owned()
        }
        Origin::Declared | Origin::Provisioned => format!(
            "add a row to the statement's {} table (name, what it opens, purpose), or remove the declaration from the app",
            named.platform.title()
        ),
    };
    let written = |(_, disclosure): (&Statement, &Disclosure)| {
        format!("`{}` at {}", disclosure.written, disclosure.place.in_short())
    };
    if let Some(row) = row.in_sdk() {
        return format!(
            "{} names it in a row about an SDK, and --sdk ignore leaves such rows out: {help}",
            written(row)
        );
    }
    if let Some(mention) = row.in_prose() {
        return format!("mentioned only in prose, {}: {help}", written(mention));
    }
    match row.perhaps() {
        Some(found @ (_, Disclosure { form: Form::Prose(_), .. })) => {
            format!("{} in running text may mean it: {help}", written(found))
        }
        Some(found) => format!("{} may mean it: write the full name there, or {help}", written(found)),
        None => help,
    }
}
