//! `duplicate-row`: one table names a permission twice.

use std::collections::BTreeMap;

use super::{Case, Finding, Rule, Severity, Subject};
use crate::disclosure::Scope;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-row",
    summary: "A permission that one table names in two rows",
    several: "permissions are disclosed twice",
    severity: "note",
    explanation: r"
Two rows for one permission drift apart: one is updated, the other is not. The later row is reported, with the place of
the earlier one. Rows about third-party SDKs may repeat a permission, one row for each SDK.

**What to do.** Join the two rows, with both purposes in one.
",
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for (statement, disclosure) in case.disclosures() {
        if disclosure.scope != Scope::App {
            continue;
        }
        for named in &disclosure.permissions {
            let earlier = *seen.entry((disclosure.block, named, &statement.place.file)).or_insert(&disclosure.place);
            if *earlier == disclosure.place {
                continue;
            }
            let message = format!("{} is disclosed twice in this table", named.name);
            let finding = Finding::new(&RULE, Severity::Note, &disclosure.place, message).about(named);
            findings.push(finding.and_at(earlier).help("join the two rows, with both purposes in one"));
        }
    }
}
