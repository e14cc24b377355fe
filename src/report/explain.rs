//! `permaudit explain`: a rule, the code of a doubt, a permission, or what statements call one, in words.

use std::fmt::Write as _;

use crate::doubt::Code;
use crate::knowledge::{Book, Fact, Level, Platform, vocabulary};
use crate::rules;
use crate::source::Escaped;

/// The explanation of `name`: a rule, the code of a doubt, a permission by its full or bare name, or what statements call
/// one. The `book` with what the house adds is asked for where a permission or a word is looked for.
///
/// # Errors
/// A sentence with the nearest names when nothing has this name; that of `book`.
pub fn explain(name: &str, book: impl FnOnce() -> Result<Book, String>) -> Result<String, String> {
    if let Some(rule) = rules::find(name) {
        return Ok(format!(
            "{}\n\n{}.\nSeverity: {}.\n\n{}\n",
            rule.id,
            rule.summary,
            rule.severity,
            rule.explanation.trim()
        ));
    }
    if let Some(code) = Code::from_name(name) {
        let meaning: Vec<&str> = code.meaning().lines().map(str::trim).collect();
        let advice = code.advice().map(|advice| format!("\n**What to do:** {advice}.\n")).unwrap_or_default();
        return Ok(format!(
            "{name} (a doubt: the reading is not established, exit code 3)\n\n{}\n{advice}",
            meaning.join("\n").trim()
        ));
    }
    let book = book()?;
    let facts: Vec<Fact> = Platform::ALL
        .into_iter()
        .flat_map(|platform| book.fact(platform, name).map_or_else(|| book.bare(platform, name), |fact| vec![fact]))
        .collect();
    if facts.is_empty() {
        return word(&book, name).ok_or_else(|| nothing(&book, name));
    }
    Ok(facts.iter().map(|fact| permission(&book, fact)).collect::<Vec<_>>().join("\n"))
}

fn permission(book: &Book, fact: &Fact) -> String {
    let mut text = format!("{} ({})\n", fact.name, fact.platform.title());
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name}: {value}");
        }
    };
    line("opens", fact.meaning_en);
    line("用途", fact.meaning_zh);
    line("level", fact.level.map_or("", Level::name));
    let unasked = matches!(fact.level, Some(Level::Normal | Level::SystemGrant));
    let personal = if unasked { "yes, although it is granted at installation" } else { "yes" };
    line("personal data", if fact.personal { personal } else { "" });
    line("granted to", if fact.ordinary { "" } else { "the platform's or the vendor's own apps only" });
    line("vendor", fact.vendor.unwrap_or_default());
    line("told by", &fact.house.map(|said| Escaped(&said.to_string()).to_string()).unwrap_or_default());
    line("introduced", fact.introduced.unwrap_or_default());
    line("deprecated", fact.deprecated.unwrap_or_default());
    if let Some(superseded) = book.superseded(fact.platform, fact.name) {
        line("superseded", &format!("from {} on: {}", superseded.from, superseded.note));
    }
    text
}

/// What `written` counts as where a statement has it in the place of a name: a human name, an abbreviation, or a name that
/// no permission has. `None` for anything else.
fn word(book: &Book, written: &str) -> Option<String> {
    let low = written.trim().to_lowercase();
    let terms = vocabulary::terms().chain(book.own_words().map(|(_, term)| term));
    let sense = { terms }.find(|term| term.text.to_lowercase() == low).map(|term| term.sense);
    let mut lines: Vec<String> = Vec::new();
    for platform in Platform::ALL {
        let names = |names: &mut dyn Iterator<Item = &'static str>| names.collect::<Vec<_>>().join(", ");
        let alias = book.alias(platform, &low.to_uppercase());
        let invented = book.invented(platform, written);
        let (counts, may_mean) = match (sense.and_then(|sense| sense.on(platform)), alias) {
            (Some(meaning), _) => (names(&mut meaning.permissions()), names(&mut meaning.candidates())),
            (None, Some(alias)) => (alias.permissions.join(", "), alias.candidates.join(", ")),
            (None, None) if invented.is_none() => continue,
            (None, None) => Default::default(),
        };
        let mut line = format!("  {}: ", platform.title());
        match invented {
            _ if !counts.is_empty() => line.extend(["counts as ", &counts]),
            Some(invented) => line.push_str(invented.note.trim_end_matches('.')),
            None => line.push_str("discloses nothing"),
        }
        if !may_mean.is_empty() {
            let _ = write!(line, "; may mean {may_mean}");
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return None;
    }
    if let Some(said) = sense.and_then(vocabulary::Sense::said) {
        lines.push(format!("  told by: {}", Escaped(&said.to_string())));
    }
    let what = if sense.is_some() { "what statements call a permission" } else { "no permission's name" };
    Some(format!("{} ({what})\n{}\n", Escaped(written), lines.join("\n")))
}

fn nothing(book: &Book, name: &str) -> String {
    let near = Platform::ALL.into_iter().flat_map(|platform| book.nearest(platform, name)).map(|fact| fact.name);
    let rules = rules::RULES.iter().map(|rule| rule.id).filter(|id| id.contains(name) || name.contains(id));
    let near: Vec<&str> = rules.chain(near).collect();
    let name = Escaped(name);
    if near.is_empty() {
        format!("no rule, permission or doubt is named `{name}`")
    } else {
        format!("no rule, permission or doubt is named `{name}`; similar: {}", near.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_statements_write_is_explained_too() {
        let explained = |name: &str| explain(name, || Ok(Book)).unwrap_or_else(|error| error);
        for (name, expected) in [
            ("camera", "Android: counts as android.permission.CAMERA"),
            ("相机", "iOS: counts as NSCameraUsageDescription"),
            (
                "NETWORK_STATE",
                "counts as android.permission.ACCESS_NETWORK_STATE; may mean android.permission.CHANGE_NE",
            ),
            ("TELEPHONE", "Android has no permission for the telephone"),
            ("phone", "Android: discloses nothing; may mean "),
            ("no such thing", "no rule, permission or doubt is named `no such thing`"),
        ] {
            assert!(explained(name).contains(expected), "{}", explained(name));
        }
        let failed = explain("camera", || Err("the policy file has a mistake".to_owned()));
        assert_eq!(failed, Err("the policy file has a mistake".to_owned()));
    }
}
