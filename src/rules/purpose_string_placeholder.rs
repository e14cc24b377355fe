//! `purpose-string-placeholder`: a text that was never written.

use super::{Case, Finding, Rule, Severity, Subject, purpose_strings};

pub(super) static RULE: Rule = Rule {
    id: "purpose-string-placeholder",
    summary: "A purpose string that still holds a placeholder",
    several: "purpose strings hold a placeholder",
    severity: "warning",
    explanation: r#"
Templates fill in texts that nobody replaced: `$(CAMERA_REASON)` where a build setting was never defined, the name of the
key in place of a reason, `[localized in strings file]`, "description". The user reads them in the dialog.

In the Info.plist of a source tree, which is told by an identifier that is a variable, variables are right: the build
replaces them. They are not reported there. Check the built app.

**What to do.** Write the reason, or define the build setting.
"#,
    subject: Subject::Packages,
    check,
};

/// Texts that stand for another text, in small letters without the marks around them.
const PLACEHOLDERS: [&str; 16] = [
    "todo",
    "tbd",
    "fixme",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "test",
    "placeholder",
    "description",
    "usage description",
    "your description here",
    "your reason here",
    "localized in strings file",
    "lorem ipsum",
];

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (package, named, declaration) in purpose_strings(case) {
        let id = case.packages.get(package).and_then(|package| package.id.as_deref()).unwrap_or_default();
        let is_built = !has_variable(id);
        let unwritten = |text: &str| is_placeholder(text, &named.name) || (is_built && has_variable(text));
        let Some((language, text)) = declaration.text.iter().find(|(_, text)| unwritten(text)) else { continue };
        let of = if language == "default" { String::new() } else { format!(" for {language}") };
        let message = format!("the text of {}{of} is a placeholder: `{:.80}`", named.name, text.trim());
        let finding = Finding::new(&RULE, Severity::Warning, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("write the reason that the user is to read"));
    }
}

/// A variable of the build, `$(NAME)` or `${NAME}`.
fn has_variable(text: &str) -> bool {
    let is_there = |open: &str, close: char| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close));
    is_there("$(", ')') || is_there("${", '}')
}

fn is_placeholder(text: &str, key: &str) -> bool {
    let bare = text.trim().trim_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace()).to_lowercase();
    bare == key.to_lowercase() || bare.starts_with("lorem ipsum") || PLACEHOLDERS.contains(&bare.as_str())
}
