//! `collected-data`: a type of data that a privacy manifest states, and the statement never mentions.

use super::{Case, Finding, Rule, Severity, Subject, lower_first};
use crate::declaration::DeclarationKind;
use crate::disclosure::Named;
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "collected-data",
    summary: "A type of data that the privacy manifest says is collected, and the statement never mentions",
    several: "types of collected data are never mentioned",
    severity: "warning",
    explanation: r#"
`NSPrivacyCollectedDataTypes` in a privacy manifest says what an app, or a framework in it, collects: Apple makes the
privacy label in the App Store from it. A statement that never speaks of such data contradicts the app's own declaration.

The rule looks for words anywhere in the statement ("e-mail", "邮箱"), not for a row in a table: any mention is enough.
It judges statements in English and Chinese, and only types that can be told by words; data such as "other diagnostic
data" cannot.

**What to do.** Say in the statement what is collected and why, or correct the manifest.
"#,
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(first) = case.statements.first() else { return };
    let mut declared = case.packages.iter().flat_map(|package| &package.declarations.value);
    let is_stated = declared.any(|declaration| declaration.kind == DeclarationKind::PrivacyManifest);
    if !is_stated || case.statements.iter().any(|s| s.unreadable) {
        return;
    }
    let texts: Vec<String> = case.statements.iter().map(|statement| statement.text.to_lowercase()).collect();
    // A statement in a third language uses none of the words that the book knows.
    let is_known = case.statements.iter().zip(&texts).any(|(statement, text)| {
        statement.language == Some("zh") || (text.contains(" the ") && text.contains(" and "))
    });
    if !is_known {
        return;
    }
    for (index, package) in case.packages.iter().enumerate() {
        let mut told: Vec<&str> = Vec::new();
        for declaration in package.declarations.value.iter().filter(|d| d.kind == DeclarationKind::PrivacyManifest) {
            let name = declaration.permission.as_str();
            let Some(kind) = case.book.collected(name) else { continue };
            let is_mentioned = kind.words().any(|word| texts.iter().any(|text| text.contains(word)));
            if is_mentioned || told.contains(&name) {
                continue;
            }
            told.push(name);
            let by = declaration.module.as_deref().unwrap_or("the privacy manifest");
            let data = lower_first(kind.meaning_en);
            let message = format!("{by} states that {data} is collected, and the statement never mentions it");
            let named = Named { platform: Platform::Ios, name: name.to_owned() };
            let finding = Finding::new(&RULE, Severity::Warning, &first.first_line(), message).about(&named);
            let help = "say in the statement what is collected and why, or correct the manifest";
            findings.push(finding.in_package(index).and_at(&declaration.place).help(help));
        }
    }
}
