//! `no-table`: nothing at all is disclosed for a platform that needs it.

use super::{Case, Finding, Row, Rule, Severity, Subject, listed};
use crate::disclosure::{Disclosure, Named, Resolution, Statement};
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "no-table",
    summary: "The statement discloses no permission for the package's platform, though the package declares some",
    several: "platforms without a permission table",
    severity: "error",
    explanation: r"
A statement that mentions cameras and contacts in running text alone leaves the reader to guess which permissions are
meant. A permission counts as disclosed where it is named in the place of a name: the name column of a table, a list
item, a heading. The first sentence that names one is shown with the finding; with `--prose accept` such sentences count,
and a platform for which one counts is not reported.

Reported once for a platform. The permissions that are missing are listed under `undisclosed` all the same.

**What to do.** Add a section for the platform with a table:

    ## Android permissions
    | Permission | Description | Purpose |
    | --- | --- | --- |
    | CAMERA | Takes photos and videos | To scan a meeting's QR code |
",
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(first) = case.statements.first() else { return };
    if case.statements.iter().any(|statement| statement.unreadable) {
        return;
    }
    if case.packages.is_empty() {
        // A row counts whatever it names; running text only where the house lets it.
        let tells = |d: &Disclosure| d.strength().is_none() || !d.permissions.is_empty();
        let discloses =
            |s: &&&Statement| s.disclosures.value.iter().any(|d| d.resolution != Resolution::Negated && tells(d));
        if !case.statements.iter().any(|s| discloses(&s)) {
            let message = "the statement has no permission table: no permission is named in the place of a name";
            findings.push(
                Finding::new(&RULE, Severity::Error, &first.first_line(), message).help(
                    "add a table with the columns Permission, Description and Purpose for each platform of the app",
                ),
            );
        }
        return;
    }
    for platform in case.platforms() {
        let needs =
            |named: &Named, row: &Row<'_>| named.platform == platform && case.weight(named, row) > Some(Severity::Note);
        let disclosed = case.rows().any(|(named, row)| named.platform == platform && !row.disclosed.is_empty());
        if disclosed || !case.rows().any(|(named, row)| needs(named, row)) {
            continue;
        }
        let (place, message) = explain(case, platform, first);
        let package = case.packages.iter().position(|p| p.platform() == Some(platform));
        let mut finding = Finding::new(&RULE, Severity::Error, &place, message).on(platform);
        if let Some(index) = package {
            finding = finding.in_package(index);
        }
        // The first sentence that names something the package declares: there the table could begin.
        let told = case.rows().filter(|(named, row)| named.platform == platform && !row.declared.is_empty());
        let told = told.filter_map(|(_, row)| row.in_prose());
        if let Some((_, mention)) = told.min_by_key(|(_, mention)| mention.place.offset) {
            finding = finding.and_at(&mention.place);
        }
        findings.push(finding.help(format!(
            "add a section \"{} permissions\" with a table: Permission, Description, Purpose",
            platform.title()
        )));
    }
}

fn explain(case: &Case<'_>, platform: Platform, first: &Statement) -> (crate::source::Place, String) {
    let mut others: Vec<&str> = Vec::new();
    for section in case.statements.iter().flat_map(|s| &s.sections) {
        for other in section.platforms.iter().filter(|p| **p != platform) {
            if !others.contains(&other.title()) {
                others.push(other.title());
            }
        }
    }
    let title = platform.title();
    let place = case.table_place(platform).unwrap_or_else(|| first.first_line());
    let sections = case.statements.iter().map(|s| s.sections.len()).sum::<usize>();
    let message = if sections == 0 {
        format!("the statement has no permission table, and the package declares permissions on {title}")
    } else if others.is_empty() {
        format!("the statement's permission table names no permission of {title}, and the package declares some")
    } else {
        let others = listed(others.iter().copied(), "and");
        format!("the statement has a permission table for {others}, and none that names a permission of {title}")
    };
    (place, message)
}
