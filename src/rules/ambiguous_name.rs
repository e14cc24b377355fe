//! `ambiguous-name`: nobody can tell which permission is meant.

use super::{Case, Finding, Rule, Severity, Subject, listed};
use crate::disclosure::{Ambiguity, Disclosure};
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "ambiguous-name",
    summary: "A name that could mean several permissions: an abbreviation, a group word, a vague word",
    severity: "warning",
    explanation: r"
`NETWORK_STATE` may be ACCESS_NETWORK_STATE or CHANGE_NETWORK_STATE; `Storage` may be reading, writing, or both; `Phone`
may be the phone's state or placing calls. A reader who must guess has not been told.

An abbreviation in common use and a group word still disclose what they usually stand for, so that this finding is not
doubled by `undisclosed`. A vague word discloses nothing; what it may mean is listed.

Judged within the platforms of the packages in the run: a word that is clear on iOS is not held against it for Android.

**What to do.** Write each permission's own name, one in a row.
",
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (_, disclosure) in case.disclosures() {
        if disclosure.ambiguities.is_empty() {
            continue;
        }
        let open: Vec<Platform> = case.platforms().into_iter().filter(|p| is_open(disclosure, *p)).collect();
        if open.is_empty() {
            continue;
        }
        let words = disclosure.ambiguities.iter().map(|a| match a {
            Ambiguity::Abbreviation(word) | Ambiguity::Group(word) | Ambiguity::Vague(word) => word.as_str(),
        });
        let counted = names(disclosure.permissions.iter(), &open);
        let uncounted = names(disclosure.candidates.iter(), &open);
        let mut message = format!("`{}` leaves open which permission is meant", listed(words, "and"));
        if !counted.is_empty() {
            message = format!("{message}: it counts as {}", listed(counted.iter().copied(), "and"));
        }
        if !uncounted.is_empty() {
            let joint = if counted.is_empty() { ":" } else { " and" };
            message = format!("{message}{joint} may mean {}", listed(uncounted.iter().copied(), "or"));
        }
        let mut finding = Finding::new(&RULE, Severity::Warning, &disclosure.place, message)
            .about_written(&disclosure.written)
            .help("write each permission's own name, one in a row");
        if let [platform] = open.as_slice() {
            finding = finding.on(*platform);
        }
        findings.push(finding);
    }
}

/// True when more than one permission of `platform` may be meant, or one may be meant that does not count.
fn is_open(disclosure: &Disclosure, platform: Platform) -> bool {
    let on = |named: &&crate::disclosure::Named| named.platform == platform;
    let counted = disclosure.permissions.iter().filter(on).count();
    let candidates = disclosure.candidates.iter().filter(on).count();
    let meant_for = disclosure.platforms.is_empty() || disclosure.platforms.contains(&platform);
    meant_for && (counted > 1 || candidates > 0)
}

fn names<'d>(all: impl Iterator<Item = &'d crate::disclosure::Named>, platforms: &[Platform]) -> Vec<&'d str> {
    all.filter(|named| platforms.contains(&named.platform)).map(|named| named.name.as_str()).collect()
}
