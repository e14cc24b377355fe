//! `ambiguous-name`: nobody can tell which permission is meant.

use super::{Case, Finding, Rule, Severity, Subject, listed};
use crate::disclosure::{Ambiguity, Disclosure, Named};
use crate::knowledge::{Alias, Platform};

pub(super) static RULE: Rule = Rule {
    id: "ambiguous-name",
    summary: "A name that could mean several permissions: an abbreviation, a group word, a vague word",
    several: "names that could mean several permissions",
    severity: "warning",
    explanation: r"
`NETWORK_STATE` may be ACCESS_NETWORK_STATE or CHANGE_NETWORK_STATE; `Storage` may be reading, writing, or both; `Phone`
may be the phone's state or placing calls. A reader who must guess has not been told.

`READ_MEDIA_*` is a group word, too, where everybody knows its members; `READ_*` names nothing.

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
        // A group word that means nothing on one platform is vague there: one sentence says both.
        let mut words = std::collections::BTreeSet::new();
        let open_parts = disclosure.ambiguities.iter().filter(|part| words.insert(word(part)));
        let parts: Vec<String> = open_parts.map(|part| explain(case, disclosure, part, &open)).collect();
        let message = parts.join("; ");
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
    let on = |named: &&Named| named.platform == platform;
    let counted = disclosure.permissions.iter().filter(on).count();
    let candidates = disclosure.candidates.iter().filter(on).count();
    let meant_for = disclosure.platforms.is_empty() || disclosure.platforms.contains(&platform);
    meant_for && (counted > 1 || candidates > 0)
}

/// Candidates that a message names; the JSON report has all.
const SHOWN: usize = 3;

fn word(part: &Ambiguity) -> &str {
    match part {
        Ambiguity::Abbreviation(word) | Ambiguity::Group(word) | Ambiguity::Vague(word) => word,
    }
}

/// What one part of the cell counts as, and what else it may mean.
fn explain(case: &Case<'_>, disclosure: &Disclosure, part: &Ambiguity, open: &[Platform]) -> String {
    let on = |named: &&Named| open.contains(&named.platform);
    let all = |names: &[Named]| names.iter().filter(on).map(|named| named.name.clone()).collect::<Vec<_>>();
    let (word, counted, uncounted) = match part {
        Ambiguity::Abbreviation(word) => {
            let aliases: Vec<Alias> = open.iter().filter_map(|platform| case.book.alias(*platform, word)).collect();
            let names =
                |of: fn(&Alias) -> &Vec<&'static str>| aliases.iter().flat_map(of).map(ToString::to_string).collect();
            (word, names(|alias| &alias.permissions), names(|alias| &alias.candidates))
        }
        Ambiguity::Group(word) => (word, all(&disclosure.permissions), all(&disclosure.candidates)),
        Ambiguity::Vague(word) => (word, Vec::new(), all(&disclosure.candidates)),
    };
    let counted = listed(counted.iter().map(String::as_str), "and");
    let more = uncounted.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("{more} others") } else { String::new() };
    let shown = uncounted.iter().take(SHOWN).map(String::as_str);
    let uncounted = listed(shown.chain((!more.is_empty()).then_some(more.as_str())), "or");
    let what = match (counted.is_empty(), uncounted.is_empty()) {
        (true, true) if matches!(part, Ambiguity::Abbreviation(_)) => {
            return format!("`{word}` is short for a name that is not written out");
        }
        (true, true) => String::new(),
        (false, true) => format!(": it counts as {counted}"),
        (true, false) => format!(": it may mean {uncounted}"),
        (false, false) => format!(": it counts as {counted} and may mean {uncounted}"),
    };
    format!("`{word}` leaves open which permission is meant{what}")
}
