//! `contradiction`: a row says of a permission what its platform, or another row, denies.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Case, Finding, Rule, Severity, Subject};
use crate::deadline;
use crate::disclosure::{Disclosure, Form, Named, Resolution, Scope};
use crate::knowledge::vocabulary::{self, Role};
use crate::knowledge::{Fact, Platform};

pub(super) static RULE: Rule = Rule {
    id: "contradiction",
    summary: "A row that contradicts the facts of the permission it names, or another row",
    several: "contradictions",
    severity: "warning",
    explanation: r#"
A description that says for which system versions a permission is used can be checked: `NSBluetoothAlwaysUsageDescription`
exists from iOS 13.0 on, so "for versions earlier than iOS 13" cannot be true of it. Where two rows contradict the facts
in opposite ways, their descriptions were probably swapped.

Two rows contradict each other where one says that the app does not use a permission ("we never request your contacts")
and the other gives it a purpose on the same platform, and where one calls it required and the other optional. A user
cannot know which of them holds. Rows about an SDK are compared with each other, not with the app's own; a denial for
some system versions contradicts nothing.

Read are version scopes in English and Chinese: "earlier than iOS 13", "Android 13 or later", "iOS 13 及以上".

**What to do.** Correct the description or the name; of two rows, the one that is not true any more.
"#,
    subject: Subject::Statement,
    check,
};

/// A range of system versions that a text claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// This version and later ones.
    From(Platform, Version),
    /// Versions before this one.
    Before(Platform, Version),
}

/// Major and minor version.
type Version = (u32, u32);

fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    against_facts(case, findings);
    for statement in case.statements {
        let rows: Vec<&Disclosure> =
            statement.disclosures.value.iter().filter(|row| !matches!(row.form, Form::Prose(_))).collect();
        denied_elsewhere(&rows, findings);
        required_and_optional(&rows, findings);
    }
}

/// A row says that the app does not use what another row discloses.
fn denied_elsewhere(rows: &[&Disclosure], findings: &mut Vec<Finding>) {
    let mut disclosed: BTreeMap<(&Named, bool), &Disclosure> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.resolution != Resolution::Negated) {
        for named in &row.permissions {
            disclosed.entry((named, row.scope == Scope::App)).or_insert(row);
        }
    }
    for row in rows.iter().filter(|row| row.resolution == Resolution::Negated) {
        deadline::step();
        let texts = [Some(&row.written), row.description.as_ref(), row.purpose.as_ref()];
        if texts.into_iter().flatten().any(|text| !claims(text).is_empty()) {
            continue;
        }
        let meant = |platform: Platform| row.candidates.iter().filter(|named| named.platform == platform).count();
        let alone: Vec<Platform> = Platform::ALL.into_iter().filter(|&platform| meant(platform) == 1).collect();
        let denied = row.candidates.iter().filter_map(|named| {
            let other = disclosed.get(&(named, row.scope == Scope::App))?;
            // A word for a group denies the whole of it; what else it may mean is not denied.
            let certain = alone.contains(&named.platform) || last(&named.name) == row.written;
            (certain || other.written == row.written).then_some((named, *other))
        });
        for (named, other) in denied {
            let message = format!("`{}` is said not to be used, and another row discloses {}", row.written, named.name);
            let finding = Finding::new(&RULE, Severity::Warning, &row.place, message).about(named);
            findings.push(finding.and_at(&other.place).help("keep the row that is true, and take the other out"));
        }
    }
}

/// One row says that the user must grant what another calls a choice.
fn required_and_optional(rows: &[&Disclosure], findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<(&Named, bool), (&Disclosure, bool)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.resolution != Resolution::Negated) {
        let Some(required) = is_required(row) else { continue };
        for named in &row.permissions {
            let (earlier, said) = *first.entry((named, row.scope == Scope::App)).or_insert((row, required));
            if said == required {
                continue;
            }
            let word = |required: bool| if required { "required" } else { "optional" };
            let message = format!("{} is called {} here and {} there", named.name, word(required), word(said));
            let finding = Finding::new(&RULE, Severity::Warning, &row.place, message).about(named);
            findings.push(finding.and_at(&earlier.place).help("say in both rows whether the user may refuse"));
        }
    }
}

/// Whether a row says that the permission must be granted: in a column of its own, beside the name or above, or as the
/// first word of what is said of it.
fn is_required(row: &Disclosure) -> Option<bool> {
    if row.required.is_some() {
        return row.required;
    }
    // Most names stand without a bracket, and each of these has one of these bytes.
    let written = if row.written.bytes().any(|b| matches!(b, b'(' | b'[' | 0xe3 | 0xef)) { &*row.written } else { "" };
    let brackets =
        written.split(['(', '（', '[', '【']).skip(1).filter_map(|rest| rest.split([')', '）', ']', '】']).next());
    let said = [row.description.as_deref(), row.purpose.as_deref()].into_iter().flatten();
    let begins = |text: &str, word: &str| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    brackets.chain(said).find_map(|text| {
        let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
        let first = text.chars().next()?.to_lowercase().next();
        let (required, optional) = (beginning(&REQUIRED, first), beginning(&OPTIONAL, first));
        if required.is_empty() && optional.is_empty() {
            return None;
        }
        let text: String = text.chars().take(FIRST_WORD).flat_map(char::to_lowercase).collect();
        let is = |words: &[String]| words.iter().any(|word| begins(&text, word));
        if is(required) { Some(true) } else { is(optional).then_some(false) }
    })
}

static REQUIRED: LazyLock<Vec<String>> = LazyLock::new(|| words(Role::Required));
static OPTIONAL: LazyLock<Vec<String>> = LazyLock::new(|| words(Role::Optional));

/// The words of `role` in lower case, sorted.
fn words(role: Role) -> Vec<String> {
    let mut words: Vec<String> = vocabulary::words(role).map(|word| word.text.to_lowercase()).collect();
    words.sort_unstable();
    words
}

/// Those of the sorted `words` that begin with `first`.
fn beginning(words: &[String], first: Option<char>) -> &[String] {
    let start = words.partition_point(|word| word.chars().next() < first);
    let behind = words.partition_point(|word| word.chars().next() <= first);
    words.get(start..behind).unwrap_or_default()
}

/// Code points in which the first word of what is said of a permission is looked for.
const FIRST_WORD: usize = 24;

/// The last segment of a permission's name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn against_facts(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut found: Vec<(&Disclosure, Named, bool, Finding)> = Vec::new();
    for (_, disclosure) in case.disclosures() {
        let Some(text) = &disclosure.description else { continue };
        for claim in claims(text) {
            for named in &disclosure.permissions {
                let Some(fact) = case.book.fact(named.platform, &named.name) else { continue };
                let Some((what, early)) = refute(claim, &fact) else { continue };
                let message = format!("the description of {} says \"{}\", but {what}", named.name, scope(claim));
                let finding = Finding::new(&RULE, Severity::Warning, &disclosure.place, message).about(named);
                found.push((disclosure, named.clone(), early, finding));
            }
        }
    }
    // The first of each kind: every row of a hostile table may be wrong.
    let mut first: BTreeMap<(usize, Platform, bool), (&Disclosure, &Named)> = BTreeMap::new();
    for (disclosure, named, early, _) in &found {
        first.entry((disclosure.block, named.platform, *early)).or_insert((disclosure, named));
    }
    for (disclosure, named, early, finding) in &found {
        findings.push(match first.get(&(disclosure.block, named.platform, !early)) {
            Some((other, name)) => finding.clone().and_at(&other.place).help(format!(
                "the descriptions of {} and {} seem to be swapped: exchange them",
                named.name, name.name
            )),
            None => finding.clone().help("correct the description, or the name"),
        });
    }
}

/// The fact that refutes `claim`, in words, and whether the claim is too early for the permission.
fn refute(claim: Claim, fact: &Fact) -> Option<(String, bool)> {
    let introduced = fact.introduced.and_then(|v| release(fact.platform, v));
    let deprecated = fact.deprecated.and_then(|v| release(fact.platform, v));
    let title = fact.platform.title();
    match claim {
        Claim::Before(platform, version) if platform == fact.platform => {
            let from = introduced.filter(|from| *from >= version)?;
            Some((format!("it exists from {title} {} on", show(from)), true))
        }
        Claim::From(platform, version) if platform == fact.platform => {
            let last = deprecated.filter(|last| *last <= version)?;
            Some((format!("{title} {} gave it up", show(last)), false))
        }
        Claim::Before(..) | Claim::From(..) => None,
    }
}

/// The release a book version stands for: iOS versions are releases, Android API levels are mapped to theirs.
///
/// Levels and releases: developer.android.com, `Build.VERSION_CODES`.
fn release(platform: Platform, version: &str) -> Option<Version> {
    if platform != Platform::Android {
        let mut parts = version.split('.');
        let major = parts.next()?.parse().ok()?;
        return Some((major, parts.next().map_or(Some(0), |minor| minor.parse().ok())?));
    }
    match version.parse::<u32>().ok()? {
        level @ 33.. => Some((level - 20, 0)),
        31 | 32 => Some((12, 0)),
        level @ 28..=30 => Some((level - 19, 0)),
        26 | 27 => Some((8, 0)),
        24 | 25 => Some((7, 0)),
        23 => Some((6, 0)),
        21 | 22 => Some((5, 0)),
        _ => None,
    }
}

fn show(version: Version) -> String {
    match version {
        (major, 0) => major.to_string(),
        (major, minor) => format!("{major}.{minor}"),
    }
}

fn scope(claim: Claim) -> String {
    match claim {
        Claim::From(platform, version) => format!("{} {} and later", platform.title(), show(version)),
        Claim::Before(platform, version) => format!("earlier than {} {}", platform.title(), show(version)),
    }
}

/// Words that make a version the start or the end of a range, before it and after it.
const BEFORE_AHEAD: [&str; 6] = ["earlier than", "before", "prior to", "lower than", "below", "低于"];
const BEFORE_BEHIND: [&str; 8] =
    ["or earlier", "and earlier", "or below", "and below", "以下", "之前", "以前", "及更早"];
const FROM_AHEAD: [&str; 4] = ["from", "since", "starting with", "高于"];
const FROM_BEHIND: [&str; 10] = [
    "or later",
    "and later",
    "or above",
    "and above",
    "or higher",
    "and higher",
    "and newer",
    "or newer",
    "以上",
    "及更高",
];

fn claims(text: &str) -> Vec<Claim> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let lower = text.to_lowercase();
    let mut claims = Vec::new();
    for (word, platform) in [
        ("ios", Platform::Ios),
        ("android", Platform::Android),
        ("安卓", Platform::Android),
        ("harmonyos", Platform::HarmonyOs),
    ] {
        for (at, _) in lower.match_indices(word) {
            deadline::step();
            let (ahead, rest) = lower.split_at(at);
            let Some((version, behind)) = rest.strip_prefix(word).and_then(leading_version) else { continue };
            let ahead = ahead.trim_end();
            let behind =
                behind.trim_start().trim_start_matches(['及', '或', '版', '本', '系', '统', '（', '(']).trim_start();
            let behind = behind.strip_prefix("versions").unwrap_or(behind).trim_start();
            // "iOS 13 and earlier" includes 13: the range ends before the next major version.
            let inclusive = BEFORE_BEHIND.iter().take(4).any(|w| behind.starts_with(w));
            if BEFORE_AHEAD.iter().any(|w| ahead.ends_with(w)) {
                claims.push(Claim::Before(platform, version));
            } else if inclusive {
                claims.push(Claim::Before(platform, (version.0.saturating_add(1), 0)));
            } else if BEFORE_BEHIND.iter().any(|w| behind.starts_with(w)) {
                claims.push(Claim::Before(platform, version));
            } else if FROM_BEHIND.iter().any(|w| behind.starts_with(w)) || FROM_AHEAD.iter().any(|w| ahead.ends_with(w))
            {
                claims.push(Claim::From(platform, version));
            }
        }
    }
    claims
}

/// The version at the start of `text` (`13`, `13.0`), and what follows it.
fn leading_version(text: &str) -> Option<(Version, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, behind) = text.split_at(end);
    let mut parts = number.trim_end_matches('.').split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    Some(((major, minor), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_scopes_are_read_in_english_and_chinese() {
        let ios = |v| (Platform::Ios, (v, 0));
        let from = |(p, v)| vec![Claim::From(p, v)];
        let before = |(p, v)| vec![Claim::Before(p, v)];
        assert_eq!(claims("Bluetooth (for versions earlier than iOS 13)."), before(ios(13)));
        assert_eq!(claims("required for iOS 13 and later versions"), from(ios(13)));
        assert_eq!(claims("iOS 13.4 or later"), from((Platform::Ios, (13, 4))));
        assert_eq!(claims("Sends notifications (Android 13 or later)."), from((Platform::Android, (13, 0))));
        assert_eq!(claims("iOS 13 and earlier"), before(ios(14)));
        assert_eq!(claims("适用于 iOS 13 及以上版本"), from(ios(13)));
        assert_eq!(claims("适用于iOS13以下版本"), before(ios(13)));
        assert_eq!(claims("安卓12以上系统"), from((Platform::Android, (12, 0))));
        assert_eq!(claims("curiosity 13, iOS devices"), vec![]);
    }
}
