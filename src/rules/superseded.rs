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

iOS keys are renamed in the same way: `NSBluetoothPeripheralUsageDescription` is read up to iOS 12, and
`NSBluetoothAlwaysUsageDescription` from iOS 13 on. A key is reported where the app installs on no release that reads it.

**What to do.** Where the permission never applies, remove it from the app and the statement. Where it applies on older
devices alone, add the `maxSdkVersion` that the finding names.
"#,
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (index, package) in case.packages.iter().enumerate() {
        for declaration in package.declarations.value.iter().filter(|d| d.kind.is_request()) {
            if declaration.origin != Origin::Declared {
                continue;
            }
            let Some(superseded) = case.book.superseded(declaration.platform, &declaration.permission) else {
                continue;
            };
            let judged = match declaration.platform {
                Platform::Android => judge(package, declaration, &superseded),
                Platform::Ios => judge_key(package, declaration, &superseded),
                Platform::HarmonyOs => None,
            };
            if let Some((message, help)) = judged {
                let named = Named { platform: declaration.platform, name: declaration.permission.clone() };
                let finding = Finding::new(&RULE, Severity::Note, &declaration.place, message).about(&named);
                findings.push(finding.in_package(index).help(help));
            }
        }
    }
}

/// A purpose string that no release reads on which the app installs. On an older release it is the one that is read.
fn judge_key(package: &Package, declaration: &Declaration, superseded: &Superseded) -> Option<(String, String)> {
    let lowest = package.min_os.as_deref()?;
    if !is_at_least(lowest, superseded.from)? {
        return None;
    }
    let (name, from) = (&declaration.permission, superseded.from);
    let message = format!("{name} is not read from iOS {from} on, and the app installs on {lowest} and above");
    let instead = listed(superseded.replaced_by.iter().copied(), "or");
    Some((message, format!("remove it: {}; {instead} takes its place", lower_first(superseded.note))))
}

/// Compares two versions part by part; `None` when one is no version.
fn is_at_least(version: &str, least: &str) -> Option<bool> {
    let parts = |text: &str| text.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>();
    let (mut version, mut least) = (parts(version)?, parts(least)?);
    let length = version.len().max(least.len());
    version.resize(length, 0);
    least.resize(length, 0);
    Some(version >= least)
}

fn judge(package: &Package, declaration: &Declaration, superseded: &Superseded) -> Option<(String, String)> {
    let sdk = package.sdk_on(declaration.platform);
    let lowest = sdk.min.unwrap_or(1);
    let target = sdk.target.unwrap_or(lowest);
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
