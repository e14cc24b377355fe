//! `reason-empty`: a reason that says nothing.

use super::{Case, Finding, Rule, Severity, Subject, listed, reasons};
use crate::declaration::PackageKind;

pub(super) static RULE: Rule = Rule {
    id: "reason-empty",
    summary: "The reason of a HarmonyOS permission is empty, or refers to a text that is not there",
    several: "reasons are empty",
    severity: "warning",
    explanation: r"
HarmonyOS shows the reason in the dialog that asks the user. A reason is empty when it holds no text, when the text that
it refers to (`$string:camera_reason`) holds none in one of the languages of the app, or when the resource table of the
package has no such text: then the user is asked for a permission and cannot know why.

Judged are permissions that the user grants (`user_grant`) and those that permaudit does not know. In a manifest that
stands alone references are not looked up: the texts are elsewhere.

**What to do.** Say in `resources/*/element/string.json` for which feature the app uses the permission, in every language
of the app.
",
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (package, named, declaration) in reasons(case) {
        let empty = declaration.text.iter().filter(|(_, text)| text.trim().is_empty()).map(|(language, _)| &**language);
        let empty: Vec<&str> = empty.collect();
        let of = case.packages.get(package);
        // What is open may hold the text.
        let is_sure = of.is_some_and(|of| of.kind != Some(PackageKind::HarmonyManifest) && of.declarations.is_whole());
        let message = if !empty.is_empty() && declaration.text.len() == 1 {
            format!("the reason of {} is empty", named.name)
        } else if !empty.is_empty() {
            format!("the reason of {} is empty for {}", named.name, listed(empty, "and"))
        } else if let Some(reference) = declaration.value.as_ref().filter(|_| declaration.text.is_empty() && is_sure) {
            format!("the reason of {} refers to {reference:.200}, which the package does not have", named.name)
        } else {
            continue;
        };
        let finding = Finding::new(&RULE, Severity::Warning, &declaration.place, message).about(&named);
        findings.push(finding.in_package(package).help("say for which feature the app uses it, in every language"));
    }
}
