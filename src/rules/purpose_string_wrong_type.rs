//! `purpose-string-wrong-type`: a key whose value is no text.

use super::{Case, Finding, Rule, Severity, Subject, purpose_strings};

pub(super) static RULE: Rule = Rule {
    id: "purpose-string-wrong-type",
    summary: "A purpose string whose value is not of the type that iOS reads",
    several: "purpose strings are not of the type that iOS reads",
    severity: "error",
    explanation: r"
The value of a `…UsageDescription` key is a text. iOS takes a boolean, a number or an array for no text at all: the app is
ended when it asks for the permission. Only `NSLocationTemporaryUsageDescriptionDictionary` and its like are
dictionaries, with a text for each use.

**What to do.** Write the reason as a `<string>`.
",
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (package, named, declaration) in purpose_strings(case) {
        let Some(found) = declaration.wrong_type else { continue };
        let message = format!("the value of {} is of type {found}", named.name);
        let finding = Finding::new(&RULE, Severity::Error, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("write the reason as a text"));
    }
}
