//! `no-purpose`: the row does not say what the permission is for.

use super::{Case, Finding, Rule, Severity, Subject};
use crate::disclosure::Scope;

pub(super) static RULE: Rule = Rule {
    id: "no-purpose",
    summary: "A disclosed permission without a purpose",
    several: "permissions without a purpose",
    severity: "warning",
    explanation: r"
Data protection law asks for the purpose of each use, not for its name alone (GDPR Article 13(1)(c); China's PIPL
Article 17). An empty cell, `/`, `—`, `N/A` or `无` is no purpose. In a table made from merged cells the purpose often
stands in the row above only: the reader of the text version does not see that.

Where a table has no column for the purpose, its rows are reported only if they have no description either. Rows about
an SDK are judged by `sdk-row-without-purpose`.

**What to do.** Say for what feature the app uses the permission, in the row itself.
",
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (_, disclosure) in case.disclosures() {
        let described = !disclosure.purpose_expected && disclosure.description.is_some();
        if disclosure.purpose.is_some() || described || disclosure.scope != Scope::App {
            continue;
        }
        let message = format!("`{}` is given no purpose", disclosure.written);
        findings.push(
            Finding::new(&RULE, Severity::Warning, &disclosure.place, message)
                .about_row(disclosure)
                .help("say in this row for which feature the app uses it"),
        );
    }
}
