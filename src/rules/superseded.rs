//! `superseded`: a permission that does nothing on the app's API levels, or soon will not.

use super::{Case, Finding, Rule, Severity, Subject, listed, lower_first};
use crate::declaration::{Declaration, Origin, Package};
use crate::disclosure::Named;
use crate::knowledge::{Effect, Platform, Superseded};

pub(super) static RULE: Rule = Rule {
    id: "superseded",
    summary: "A declared permission that has no effect on the app's API levels, or that a newer one replaces",
    several: "permissions have no effect, or not on every device",
    severity: "note",
    explanation: r#"
`READ_EXTERNAL_STORAGE` opens nothing on Android 13 and above for an app that targets it: an app with minSdkVersion 33
asks for it in vain, and its statement tells users of an access that does not exist. An app that also runs on older
devices needs it there only, and says so with `android:maxSdkVersion="32"`.

**What to do.** Where the permission never applies, remove it from the app and the statement. Where it applies on older
devices alone, add the `maxSdkVersion` that the finding names.
"#,
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (index, package) in case.packages.iter().enumerate() {
        if package.platform() != Some(Platform::Android) {
            continue;
        }
        for declaration in package.declarations.value.iter().filter(|d| d.kind.is_request()) {
            if declaration.origin != Origin::Declared {
                continue;
            }
            let Some(superseded) = case.book.superseded(declaration.platform, &declaration.permission) else {
                continue;
            };
            if let Some((message, help)) = judge(package, declaration, &superseded) {
                let named = Named { platform: declaration.platform, name: declaration.permission.clone() };
                let finding = Finding::new(&RULE, Severity::Note, &declaration.place, message).about(&named);
                findings.push(finding.in_package(index).help(help));
            }
        }
    }
}

fn judge(package: &Package, declaration: &Declaration, superseded: &Superseded) -> Option<(String, String)> {
    let lowest = package.sdk.min.unwrap_or(1);
    let target = package.sdk.target.unwrap_or(lowest);
    let from: u32 = superseded.from.parse().ok()?;
    if superseded.needs_target.is_some_and(|needed| target < needed) {
        return None;
    }
    let name = &declaration.permission;
    let instead = match superseded.replaced_by.as_slice() {
        [] => String::new(),
        names => format!("; {} takes its place", listed(names.iter().copied(), "or")),
    };
    if lowest >= from {
        let what = match superseded.effect {
            Effect::Nothing => "has no effect",
            Effect::PlatformOnly => "is granted to no ordinary app",
            Effect::Deprecated => "is deprecated",
        };
        let message = format!("{name} {what} from API level {from} on, and the app installs on {lowest} and above");
        return Some((message, format!("remove it: {}{instead}", lower_first(superseded.note))));
    }
    let last = superseded.max_sdk?;
    if declaration.conditions.max_sdk.is_some_and(|max| max <= last) {
        return None;
    }
    let message = format!("{name} is needed up to API level {last} only, and is asked for on every device");
    Some((message, format!("add android:maxSdkVersion=\"{last}\": {}{instead}", lower_first(superseded.note))))
}
