//! `description-is-purpose`: description and purpose say the same.

use super::wording::says_the_same;
use super::{Case, Finding, Rule, Severity, Subject};

pub(super) static RULE: Rule = Rule {
    id: "description-is-purpose",
    summary: "A description and a purpose that say the same",
    several: "descriptions repeat the purpose",
    severity: "note",
    explanation: r#"
Two columns ask two questions: what does the permission open, and what does the app do with it? "Joins a meeting from the
calendar" beside "Used to join a meeting from the calendar" answers one of them twice: the user is not told that the app
reads the calendar. Reported are rows in which both texts have the same words, but for a few that say nothing, and rows
in which both begin with the same wish of the user ("Invites others …" beside "To invite contacts …").

Not reported are rows whose purpose says more ("Takes photos" beside "To take photos of the site for a note").

**What to do.** Describe what the permission opens ("Reads the calendar"), and leave the purpose as it is.
"#,
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (_, row) in case.disclosures() {
        let (Some(description), Some(purpose)) = (&row.description, &row.purpose) else { continue };
        if !says_the_same(description, purpose) {
            continue;
        }
        let message = format!("the description of `{}` repeats its purpose", row.written);
        findings.push(
            Finding::new(&RULE, Severity::Note, &row.place, message)
                .about_row(row)
                .help("describe what the permission opens: what the app can read or do with it"),
        );
    }
}
