//! `container-list-differs`: a split set says of itself what its packages do not say.

use std::collections::BTreeSet;

use super::{Case, Finding, Rule, Severity, Subject};
use crate::declaration::{Claims, DeclarationKind, Origin, Package};
use crate::disclosure::Named;
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "container-list-differs",
    summary: "The list that a split set has of itself disagrees with the packages in it",
    several: "things stand in the list of a split set and not in its packages, or the other way round",
    severity: "warning",
    explanation: r"
Split sets carry a list of what is in them: the `manifest.json` of an `.xapk`, the `info.json` of an `.apkm`, the
`toc.pb` of an `.apks`. Installers and download sites show it to users. A device does not read it: the packages inside decide.

Reported: another package name, another version, and permissions that stand in one of the two only. permaudit takes the
packages at their word and never the list.

**What to do.** Make the set again with its tool. Where it came from a third party, a list that differs is a sign that
the packages were exchanged.
",
    subject: Subject::Packages,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (index, package) in case.packages.iter().enumerate() {
        let Some(claims) = package.claims.as_ref().filter(|_| !package.unreadable) else { continue };
        let mut report = |message: String, named: Option<&Named>| {
            let finding = Finding::new(&RULE, Severity::Warning, &claims.place, message).on(Platform::Android);
            let finding = finding.in_package(index).help("make the set again, and ask where this one came from");
            findings.push(match named {
                Some(named) => finding.about(named),
                None => finding,
            });
        };
        if let (Some(claimed), Some(id)) = (&claims.id, &package.id)
            && claimed != id
        {
            report(format!("the list names the app {claimed}, its packages are of {id}"), None);
        }
        if let Some(version) = package.version.as_deref().filter(|version| !is_version(claims, version)) {
            let claimed = [claims.version_name.clone(), claims.version_code.as_ref().map(|code| format!("({code})"))];
            let claimed: Vec<String> = claimed.into_iter().flatten().collect();
            report(format!("the list names the version {}, its packages are of {version}", claimed.join(" ")), None);
        }
        permissions(package, claims, &mut report);
    }
}

/// True when `version`, such as `1.2 (34)`, is what the list says, as far as it says anything.
fn is_version(claims: &Claims, version: &str) -> bool {
    let (name, code) = match version.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((name, code)) => (name.trim_end(), code),
        None => (version, ""),
    };
    let agrees = |claimed: &Option<String>, own: &str| {
        claimed.as_deref().is_none_or(|claimed| claimed.is_empty() || own.is_empty() || claimed == own)
    };
    agrees(&claims.version_name, name) && agrees(&claims.version_code, code)
}

fn permissions(package: &Package, claims: &Claims, report: &mut impl FnMut(String, Option<&Named>)) {
    let Some(list) = &claims.permissions else { return };
    let listed: BTreeSet<&str> = list.iter().map(String::as_str).collect();
    let declared = package.declarations.value.iter().filter(|d| d.origin == Origin::Declared);
    let (requests, definitions): (Vec<_>, Vec<_>) = declared.partition(|d| d.kind.is_request());
    let requested: BTreeSet<&str> = requests.iter().map(|d| d.permission.as_str()).collect();
    let defines =
        |name: &str| definitions.iter().any(|d| d.kind == DeclarationKind::DefinesPermission && d.permission == name);
    let mut say = |name: &str, what: &str| {
        let named = Named { platform: Platform::Android, name: name.to_owned() };
        report(format!("{name} {what}"), Some(&named));
    };
    for name in requested.difference(&listed) {
        say(name, "is requested by a package of the set, and the list leaves it out");
    }
    // What could not be read may hold what the list has.
    if package.declarations.is_whole() {
        for name in listed.difference(&requested).filter(|name| !defines(name)) {
            say(name, "stands in the list, and no package of the set requests it");
        }
    }
}
