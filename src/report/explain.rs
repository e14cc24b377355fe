//! `permaudit explain`: a rule, a permission or the code of a doubt, in words.

use std::fmt::Write as _;

use crate::doubt::Code;
use crate::knowledge::{Book, Fact, Platform};
use crate::rules;

/// The explanation of `name`: a rule, the code of a doubt, or a permission by its full or bare name.
///
/// # Errors
/// A sentence with the nearest names when nothing has this name.
pub fn explain(name: &str) -> Result<String, String> {
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
    let book = Book;
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
    line("level", fact.level.map_or("", crate::knowledge::Level::name));
    line("personal data", if fact.personal { "yes, although it is granted at installation" } else { "" });
    line("granted to", if fact.ordinary { "" } else { "the platform's or the vendor's own apps only" });
    line("vendor", fact.vendor.unwrap_or_default());
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
    let name = crate::source::Escaped(name);
    if near.is_empty() {
        format!("no rule, permission or doubt is named `{name}`")
    } else {
        format!("no rule, permission or doubt is named `{name}`; similar: {}", near.join(", "))
    }
}
