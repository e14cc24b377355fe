//! `unknown-name`: no permission has this name.

use super::{Case, Finding, Rule, Severity, Subject, listed};
use crate::disclosure::Unknown;
use crate::knowledge::Platform;

pub(super) static RULE: Rule = Rule {
    id: "unknown-name",
    summary: "A name that no permission has: misspelt, invented, or written with look-alike characters",
    several: "names that no permission has",
    severity: "warning",
    explanation: r"
A reader cannot look up a permission that does not exist, and the gate cannot count it. A misspelt name is never
corrected silently: the nearest real names are given, and the row discloses nothing until it is mended.

`TELEPHONE` and `CLIPBOARD` are the usual inventions. Calling needs `CALL_PHONE` (showing the dialler needs nothing);
neither Android nor iOS has a clipboard permission.

A real name of another platform than the heading's is reported by `wrong-platform`.

**What to do.** Write the permission's own name. Where the platform has no such permission, say what the app does in
the text, outside the permission table.
",
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for (_, disclosure) in case.disclosures() {
        for unknown in disclosure.unknown.iter().filter(|u| case.name_elsewhere(disclosure, u).is_none()) {
            let platforms = listed(disclosure.platforms.iter().map(|p| p.title()), "or");
            let of = if platforms.is_empty() { String::new() } else { format!(" of {platforms}") };
            let message = format!("`{}` is the name of no permission{of}", unknown.written);
            let mut finding = Finding::new(&RULE, Severity::Warning, &disclosure.place, message)
                .about_written(&unknown.written)
                .help(help(case, unknown, &disclosure.platforms));
            if let [platform] = disclosure.platforms.as_slice() {
                finding = finding.on(*platform);
            }
            findings.push(finding);
        }
    }
}

fn help(case: &Case<'_>, unknown: &Unknown, platforms: &[Platform]) -> String {
    let names: Vec<String> = unknown.suggestions.iter().map(|named| case.with_meaning(named)).collect();
    let mut help = if names.is_empty() {
        "write the permission's own name, or move the sentence out of the table".to_owned()
    } else {
        format!("if {} is meant, write that name", listed(names.iter().map(String::as_str), "or"))
    };
    let of_platforms = if platforms.is_empty() { &Platform::ALL[..] } else { platforms };
    for note in of_platforms.iter().filter_map(|platform| Some(case.book.invented(*platform, &unknown.written)?.note)) {
        help = format!("{help}. {}", note.trim_end_matches('.'));
    }
    help
}
