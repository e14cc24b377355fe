//! `prose-without-row`: running text tells what no table lists.

use super::{Case, Finding, Rule, Severity, Subject};
use crate::disclosure::{Disclosure, Resolution, Strength};
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "prose-without-row",
    summary: "A permission that running text names, or whose data it names, and no table or list has a row for",
    several: "permissions are told in running text and have no row",
    severity: "note",
    explanation: r"
Where a statement has a table of permissions, its readers take the table for the whole. A sentence elsewhere that says
the app collects the IDFA, or the state of the Wi-Fi, tells of a permission that the table leaves out.

Judged only for platforms for which the statement has a table or list, and for those of the packages in the run; reported
once for each permission, at the first sentence. What a sentence denies or only implies is not reported.

**What to do.** Add the row, or mend the sentence if the app no longer does what it says.
",
    subject: Subject::Pair,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let has_rows = |platform: Platform| {
        let named = |d: &Disclosure| d.strength().is_none() && d.permissions.iter().any(|n| n.platform == platform);
        case.disclosures().any(|(_, disclosure)| named(disclosure))
    };
    let platforms: Vec<Platform> = case.platforms().into_iter().filter(|platform| has_rows(*platform)).collect();
    for (named, row) in case.rows().filter(|(named, _)| platforms.contains(&named.platform)) {
        let tells = |disclosure: &Disclosure| {
            disclosure.strength().is_some_and(|strength| strength < Strength::Implies)
                && disclosure.resolution != Resolution::Negated
        };
        let mentions = row.disclosed.iter().chain(&row.withheld).filter(|(_, disclosure)| tells(disclosure));
        let Some((_, mention)) = mentions.min_by_key(|(_, mention)| mention.place.offset) else { continue };
        // A group word is told by a row for any of what it may mean: location by one for the precise location.
        let meant = mention.permissions.iter().chain(&mention.withheld).chain(&mention.candidates);
        if meant.filter(|meant| meant.platform == named.platform).any(|meant| case.has_row(meant)) {
            continue;
        }
        let what = if mention.strength() == Some(Strength::Data) { "speaks of its data" } else { "names it" };
        let message =
            format!("{}: running text {what} (`{}`), and no row does", case.with_meaning(named), mention.written);
        let help = "add a row for it, or mend the sentence if it no longer holds";
        findings.push(Finding::new(&RULE, Severity::Note, &mention.place, message).about(named).help(help));
    }
}
