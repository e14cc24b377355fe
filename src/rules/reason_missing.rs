//! `reason-missing`: a permission that the user is asked for, without a reason.

use std::collections::BTreeSet;

use super::{Case, Finding, Rule, Severity, Subject, reasons};
use crate::knowledge::Level;

pub(super) static RULE: Rule = Rule {
    id: "reason-missing",
    summary: "A HarmonyOS permission that the user is asked for, requested without a reason",
    several: "permissions are requested without a reason",
    severity: "warning",
    explanation: r#"
HarmonyOS shows the `reason` of a request in the dialog that asks the user. For permissions that the user grants
(`user_grant`) the platform demands one: without it the user sees what is asked for and not why, and the store refuses
the app. One module that gives the reason is enough for the app.

    "requestPermissions": [{
      "name": "ohos.permission.CAMERA",
      "reason": "$string:camera_reason",
      "usedScene": { "abilities": ["EntryAbility"], "when": "inuse" }
    }]

**What to do.** Add a `reason` that says for which feature the app uses the permission. If it does not use it, remove the
request.
"#,
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let given: BTreeSet<_> = reasons(case)
        .filter(|(_, _, d)| !d.text.is_empty() || d.value.is_some() || d.wrong_type.is_some())
        .map(|(package, named, _)| (package, named))
        .collect();
    let mut told = BTreeSet::new();
    for (package, named, declaration) in reasons(case) {
        if declaration.level != Some(Level::UserGrant) || given.contains(&(package, named.clone())) {
            continue;
        }
        if !told.insert((package, named.clone())) {
            continue;
        }
        let message = format!("{} is requested without a reason", case.with_meaning(&named));
        let finding = Finding::new(&RULE, Severity::Warning, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("add a reason that says for which feature it is used"));
    }
}
