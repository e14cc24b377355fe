//! `purpose-string-language`: a text that is missing in a language of the app.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Finding, Rule, Severity, Subject, listed, purpose_strings};

pub(super) static RULE: Rule = Rule {
    id: "purpose-string-language",
    summary: "A purpose string that lacks a language in which others of the app have one",
    several: "purpose strings lack a language",
    severity: "note",
    explanation: r"
An app that translates some of its purpose strings asks its users in two languages when one is forgotten: iOS shows the
text of the Info.plist in place of the missing one. The languages are those in which any other purpose string of the
same app or extension has a text of its own.

**What to do.** Add the text to the `InfoPlist.strings` of the languages that the finding names.
",
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut languages: BTreeMap<(usize, Option<&str>), BTreeSet<&str>> = BTreeMap::new();
    for (package, _, declaration) in purpose_strings(case) {
        let own = declaration.text.keys().map(String::as_str).filter(|language| is_language(language));
        languages.entry((package, declaration.module.as_deref())).or_default().extend(own);
    }
    for (package, named, declaration) in purpose_strings(case) {
        let of_module = languages.get(&(package, declaration.module.as_deref()));
        let missing = of_module.into_iter().flatten().copied().filter(|l| !declaration.text.contains_key(*l));
        let missing: Vec<&str> = missing.collect();
        // A text that is told in no language at all is judged by other rules.
        if missing.is_empty() || declaration.text.is_empty() {
            continue;
        }
        let message = format!("{} has no text for {}", named.name, listed(missing, "and"));
        let finding = Finding::new(&RULE, Severity::Note, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("add it to InfoPlist.strings of these languages"));
    }
}

/// `Base` holds the texts of the development language, as the Info.plist does.
fn is_language(name: &str) -> bool {
    name != "default" && name != "Base"
}
