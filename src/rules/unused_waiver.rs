//! `unused-waiver`: the policy file accepts a finding that is not there.

use super::{Case, Finding, Rule, Severity, Subject};

pub(super) static RULE: Rule = Rule {
    id: "unused-waiver",
    summary: "An accepted finding in the policy file that nothing matches, or whose time is over",
    several: "accepted findings that match nothing",
    severity: "note",
    explanation: r"
A waiver outlives the finding it was written for: the row was added, the permission removed. Left in place, it would
silently accept the next finding of its kind.

A waiver whose `until` has passed accepts nothing any more: the finding is back with its own severity, and this note
says why.

**What to do.** Remove the `[[accept]]` table, or give it a later `until` with a new reason.
",
    subject: Subject::Policy,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (waiver, fate) in case.waivers {
        let what = waiver.permission.as_deref().map(|name| format!(" for {name}")).unwrap_or_default();
        let message = match fate {
            Fate::Used => continue,
            Fate::Unused => format!("the accepted finding {}{what} is not there", waiver.rule),
            Fate::Expired => {
                let until = waiver.until.map(|date| date.to_string()).unwrap_or_default();
                format!("the acceptance of {}{what} ended on {until}", waiver.rule)
            }
        };
        let finding = Finding::new(&RULE, Severity::Note, &waiver.place, message);
        let subject = format!("{} {}", waiver.rule, waiver.permission.as_deref().unwrap_or_default());
        findings
            .push(finding.about_written(subject.trim()).help("remove the [[accept]] table, or renew it with a reason"));
    }
}

/// What became of a waiver in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It accepted a finding.
    Used,
    /// Nothing matched.
    Unused,
    /// Its last day is over.
    Expired,
}
