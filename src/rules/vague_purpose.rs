//! `vague-purpose`: the purpose fits any permission of any app, or cannot be understood.

use super::wording::{Vague, vague};
use super::{Case, Finding, Rule, Severity, Subject};

pub(super) static RULE: Rule = Rule {
    id: "vague-purpose",
    summary: "A purpose that does not tell what the permission is for",
    several: "purposes tell nothing",
    severity: "note",
    explanation: r#"
"To improve the user experience", "为了提供服务", "required for the app to work": such a purpose fits every permission of
every app. A purpose must be specific (GDPR Article 5(1)(b)), and one that is unclear or hard to understand counts in
China as one that is not stated (the 2019 rules on unlawful collection by apps, II.3). A purpose that only says that data is
collected ("to obtain device information") repeats the permission and leaves out what for.

Reported is a purpose of which every word is of this kind, in English, Chinese, Japanese, Korean, German, French, Spanish,
Portuguese and Russian; and one that nobody understands: a text that was never filled in (`TBD`, `{{purpose}}`), damaged
characters, or a machine translation that is no sentence. One specific word is enough for silence.

**What to do.** Name the feature: what the user does in the app that needs the permission.
"#,
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (_, row) in case.disclosures() {
        let Some((purpose, why)) = row.purpose.as_ref().and_then(|purpose| Some((purpose, vague(purpose)?))) else {
            continue;
        };
        let message = match why {
            Vague::Empty => format!("\"{purpose}\" does not tell what the app uses `{}` for", row.written),
            Vague::Garbled(part) => {
                format!("the purpose of `{}` cannot be understood: it holds \"{part}\"", row.written)
            }
        };
        findings.push(
            Finding::new(&RULE, Severity::Note, &row.place, message)
                .about_row(row)
                .help("name the feature: what the user does in the app that needs this permission"),
        );
    }
}
