//! `sdk-row-without-purpose`: what a third party's software uses a permission for is not said.

use super::{Case, Finding, Rule, Severity, Subject};
use crate::disclosure::Scope;

pub(super) static RULE: Rule = Rule {
    id: "sdk-row-without-purpose",
    summary: "A permission of a third party's SDK without a purpose",
    several: "permissions of SDKs have no purpose",
    severity: "warning",
    explanation: r"
What an SDK in the app does is the app's to explain: China's 2019 rules on unlawful collection by apps (II.1) ask for purpose,
method and scope of what third parties collect through the app, one by one; GDPR Article 13(1) asks for the purposes and
the recipients. A list of SDKs and their permissions alone does not say why.

Reported is each row about an SDK that has neither a purpose nor, where its table has no column for the purpose, a
description. The app's own rows are judged by `no-purpose`.

**What to do.** Say in the row what the SDK does in this app with the permission.
",
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (_, row) in case.disclosures() {
        let Scope::Sdk(name) = &row.scope else { continue };
        let described = !row.purpose_expected && row.description.is_some();
        if row.purpose.is_some() || described {
            continue;
        }
        let of = name.as_ref().map_or_else(|| "a third party's SDK".to_owned(), |name| format!("the SDK `{name}`"));
        let message = format!("`{}` of {of} is given no purpose", row.written);
        findings.push(
            Finding::new(&RULE, Severity::Warning, &row.place, message)
                .about_row(row)
                .help("say in this row what the SDK does in this app with the permission"),
        );
    }
}
