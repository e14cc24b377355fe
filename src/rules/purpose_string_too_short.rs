//! `purpose-string-too-short`: a text that names a thing and no reason.

use super::{Case, Finding, Rule, Severity, Subject, purpose_strings};

pub(super) static RULE: Rule = Rule {
    id: "purpose-string-too-short",
    summary: "A purpose string that is too short to say a purpose",
    several: "purpose strings are too short to say a purpose",
    severity: "note",
    explanation: r#"
"Camera" or "相机" repeats what iOS already says in the dialog. The reason for it is missing: for which feature, at which
moment. Apple asks for a text that says clearly and completely how the data is used (App Review Guideline 5.1.1(ii)).

Counted are words where words are parted by blanks (fewer than three, and fewer than 15 letters), otherwise characters
(fewer than four).

**What to do.** Name the feature: "To scan the codes of devices that you add".
"#,
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (package, named, declaration) in purpose_strings(case) {
        let Some((language, text)) = declaration.text.iter().find(|(_, text)| is_too_short(text)) else { continue };
        let of = if language == "default" { String::new() } else { format!(" for {language}") };
        let message = format!("the text of {}{of} says no purpose: `{}`", named.name, text.trim());
        let finding = Finding::new(&RULE, Severity::Note, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("name the feature that uses it"));
    }
}

fn is_too_short(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    // Scripts without blanks between words: Chinese, Japanese, Thai and their neighbours stand from here on.
    let is_dense = text.chars().any(|c| ('\u{e00}'..'\u{1100}').contains(&c) || c >= '\u{2e80}');
    letters > 0 && if is_dense { letters < 4 } else { letters < 15 && text.split_whitespace().count() < 3 }
}
