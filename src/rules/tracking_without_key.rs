//! `tracking-without-key`: a privacy manifest that states tracking in an app that cannot ask for it.

use super::{Case, Finding, Rule, Severity, Subject};
use crate::declaration::DeclarationKind;
use crate::disclosure::Named;
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "tracking-without-key",
    summary: "A privacy manifest states tracking, and the app has no key to ask the user for it",
    several: "privacy manifests state tracking without a key to ask for it",
    severity: "warning",
    explanation: r"
A privacy manifest (`PrivacyInfo.xcprivacy`) states whether the app or a framework in it tracks the user across apps and
sites of other companies: `NSPrivacyTracking`, or a type of data that is used for tracking. An app that does so has to
ask with App Tracking Transparency, and for that it needs `NSUserTrackingUsageDescription`.

**What to do.** Add the key and ask before the first use, or correct the manifest. The finding names the manifest: it may
be that of a framework.
",
    subject: Subject::Packages,
    check,
};

const KEY: &str = "NSUserTrackingUsageDescription";

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (index, package) in case.packages.iter().enumerate() {
        let all = &package.declarations.value;
        if all.iter().any(|d| d.kind == DeclarationKind::PurposeString && d.permission == KEY) {
            continue;
        }
        let stated = all.iter().filter(|d| d.kind == DeclarationKind::PrivacyManifest).find(|d| {
            let value = d.value.as_deref().unwrap_or_default();
            match d.permission.as_str() {
                "NSPrivacyTracking" => value == "true",
                _ => value.split(", ").any(|word| word == "used for tracking"),
            }
        });
        let Some(stated) = stated else { continue };
        let by = stated.module.as_deref().unwrap_or("the manifest");
        let message = format!("{by} states tracking ({}), and the app has no {KEY}", stated.permission);
        let named = Named { platform: Platform::Ios, name: KEY.to_owned() };
        let finding = Finding::new(&RULE, Severity::Warning, &stated.place, message).about(&named);
        findings.push(finding.in_package(index).help("add the key and ask the user, or correct the manifest"));
    }
}
