//! `purpose-string-empty`: a key whose text says nothing.

use super::{Case, Finding, Rule, Severity, Subject, listed, purpose_strings};

pub(super) static RULE: Rule = Rule {
    id: "purpose-string-empty",
    summary: "A purpose string without a text",
    several: "purpose strings are empty",
    severity: "error",
    explanation: r"
iOS shows the text of a `…UsageDescription` key in the dialog that asks the user. A key with an empty text shows an
empty reason: the App Store refuses the app, and the user cannot know what is asked for and why (App Review Guideline
5.1.1(ii)). Localised texts count each by itself: an empty one replaces the text of the Info.plist in its language.

**What to do.** Say for which feature the app uses the permission, in every language of the app. If it does not use it,
remove the key.
",
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (package, named, declaration) in purpose_strings(case) {
        let empty = declaration.text.iter().filter(|(_, text)| text.trim().is_empty()).map(|(language, _)| &**language);
        let empty: Vec<&str> = empty.collect();
        if empty.is_empty() {
            continue;
        }
        let message = if declaration.text.len() == 1 {
            format!("the text of {} is empty", named.name)
        } else {
            format!("the text of {} is empty for {}", named.name, listed(empty, "and"))
        };
        let finding = Finding::new(&RULE, Severity::Error, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("say for which feature the app uses it, or remove the key"));
    }
}
