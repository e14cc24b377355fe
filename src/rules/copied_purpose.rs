//! `copied-purpose`: the purpose was written for another row.

use super::{Case, Finding, Rule, Severity, Subject, letters};
use crate::disclosure::{Disclosure, Named};

pub(super) static RULE: Rule = Rule {
    id: "copied-purpose",
    summary: "A purpose that was copied from another row of the table, or belongs to another row",
    several: "purposes of another row",
    severity: "note",
    explanation: r#"
`READ_MEDIA_VIDEO` "to select an image" was copied from the row for images: the user is not told why the app reads
videos. Reported is the later of two rows with the same purpose, and a row whose purpose speaks of a neighbouring
permission that has none itself (`BLUETOOTH_SCAN` "to connect to headphones" next to an empty `BLUETOOTH_CONNECT`).

Not reported where both rows are one feature: under two keys (reading and writing the calendar, fine and coarse location,
the two Bluetooth keys of iOS), under one name, or on two platforms; nor where one merged cell gives the purpose of
several rows.

**What to do.** Give each permission its own purpose.
"#,
    subject: Subject::Statement,
    check,
};

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let rows: Vec<&Disclosure> = case.disclosures().map(|(_, disclosure)| disclosure).collect();
    let mut first_with = std::collections::HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(purpose) = &row.purpose else { continue };
        let key = (&row.place.file, row.block, letters(purpose));
        let earlier: &&Disclosure = first_with.entry(key).or_insert(row);
        if !std::ptr::eq(*earlier, *row) && !row.purpose_shared && !one_feature(case, earlier, row) {
            let message = format!("`{}` has the purpose of `{}`, word for word", row.written, earlier.written);
            findings.push(finding(row, message).and_at(&earlier.place));
            continue;
        }
        let beside = [index.checked_sub(1), index.checked_add(1)].into_iter().flatten().filter_map(|at| rows.get(at));
        for other in beside.filter(|other| other.block == row.block && other.place.file == row.place.file) {
            if other.purpose.is_none() && other.purpose_expected && speaks_of(purpose, row, other) {
                let message =
                    format!("the purpose of `{}` seems to be that of `{}`, which has none", row.written, other.written);
                findings.push(finding(row, message).and_at(&other.place));
            }
        }
    }
}

fn finding(row: &Disclosure, message: String) -> Finding {
    Finding::new(&RULE, Severity::Note, &row.place, message)
        .about_row(row)
        .help("say what the app uses this permission for, apart from the other")
}

/// True when both rows are one feature: under two keys, under one name, or on two platforms.
fn one_feature(case: &Case<'_>, a: &Disclosure, b: &Disclosure) -> bool {
    let (here, there) = (&a.permissions, &b.permissions);
    let apart =
        !here.is_empty() && !there.is_empty() && here.iter().all(|x| there.iter().all(|y| x.platform != y.platform));
    if apart || letters(&a.written) == letters(&b.written) {
        return true;
    }
    let same = |x: &Named, y: &Named| {
        x == y || (x.platform == y.platform && case.book.one_feature(x.platform, &x.name, &y.name))
    };
    a.permissions.iter().any(|x| b.permissions.iter().any(|y| same(x, y)))
}

/// True when `purpose`, which stands in `row`, holds a word that only the name of `other` has, and none that only
/// the name of `row` has. The two names must share a word, so that they are of one family.
fn speaks_of(purpose: &str, row: &Disclosure, other: &Disclosure) -> bool {
    let ([own], [theirs]) = (row.permissions.as_slice(), other.permissions.as_slice()) else { return false };
    let own: Vec<String> = words(&own.name);
    let theirs: Vec<String> = words(&theirs.name);
    let purpose: Vec<String> = purpose.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    let said = |word: &String| purpose.iter().any(|said| said.starts_with(word.as_str()));
    own.iter().any(|word| theirs.contains(word))
        && theirs.iter().any(|word| !own.contains(word) && said(word))
        && !own.iter().any(|word| !theirs.contains(word) && said(word))
}

/// The words of a constant's last segment: `bluetooth`, `scan`.
fn words(name: &str) -> Vec<String> {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.split('_').filter(|word| word.len() > 2).map(str::to_lowercase).collect()
}
