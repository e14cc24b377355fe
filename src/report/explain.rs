//! `permaudit explain`: a rule, a permission or the code of a doubt, in words.

use std::fmt::Write as _;

use crate::doubt::Code;
use crate::knowledge::{Book, Fact, Level, Platform};
use crate::rules;
use crate::source::Escaped;

/// The explanation of `name`: a rule, the code of a doubt, or a permission by its full or bare name. The `book` with what
/// the house adds is asked for where a permission is looked for.
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
        return Ok(format!(
            "{name} (a doubt: the reading is not established, exit code 3)\n\n{}\n",
            meaning.join("\n").trim()
        ));
    }
    let book = book()?;
    let facts: Vec<Fact> = Platform::ALL
        .into_iter()
        .flat_map(|platform| book.fact(platform, name).map_or_else(|| book.bare(platform, name), |fact| vec![fact]))
        .collect();
    if facts.is_empty() {
        return Err(nothing(&book, name));
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
