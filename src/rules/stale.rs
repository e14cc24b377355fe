//! `stale`: disclosed, and no package declares it.

use super::{Case, Finding, Rule, Severity, Subject};
use crate::disclosure::{Ambiguity, Disclosure, Resolution, Scope};

pub(super) static RULE: Rule = Rule {
    id: "stale",
    summary: "A permission that the statement discloses and no package of the run declares",
    several: "permissions are disclosed and declared by no package",
    severity: "warning; note for rows about third-party SDKs",
    explanation: r"
A statement that names more than the app asks for worries users without need and shows reviewers that nobody keeps it
up to date.

Judged for the platforms that have a package in the run, against all packages together. A group word such as `Storage`
is stale only when none of its permissions is declared. Silent when a package of the platform could not be read for
certain: nobody is told to delete a row because a file was damaged.

**What to do.** Remove the row, or check that the right build was audited.
",
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (named, row) in case.rows() {
        let mut packages = case.packages.iter().filter(|p| p.platform() == Some(named.platform)).peekable();
        let certain = packages.peek().is_some()
            && packages.all(|p| p.declarations.is_whole())
            && case.packages.iter().all(|p| p.kind.is_some());
        if !certain || !row.declared.is_empty() || !row.guarded.is_empty() {
            continue;
        }
        // A sentence is no row that could be removed.
        for (_, disclosure) in row.disclosed.iter().filter(|(_, disclosure)| disclosure.strength().is_none()) {
            if declared_in_group(case, disclosure) {
                continue;
            }
            let (severity, whose) = match disclosure.scope {
                Scope::App => (Severity::Warning, "no package declares it"),
                Scope::Sdk(_) => (Severity::Note, "no package declares it, though an SDK is said to use it"),
            };
            let message = format!("{} is disclosed, and {whose}", named.name);
            let finding = Finding::new(&RULE, severity, &disclosure.place, message).about(named);
            findings.push(finding.help("remove the row if no build of the product uses the permission any more"));
        }
    }
}

fn declared_in_group(case: &Case<'_>, disclosure: &Disclosure) -> bool {
    // One word: a group word, or a name for what every vendor calls differently (the icon badge).
    let group = disclosure.ambiguities.iter().any(|a| matches!(a, Ambiguity::Group(_)))
        || disclosure.resolution == Resolution::Alias;
    group && case.rows().any(|(named, row)| !row.declared.is_empty() && disclosure.permissions.contains(named))
}
