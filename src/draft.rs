//! `permaudit draft`: the rows that a statement lacks, or the whole table where there is none.
//!
//! Names and meanings come from the book, the order of columns from the statement's own table. The purpose is left as a
//! marked blank that the rule `no-purpose` reports until somebody who knows it has written it.

use std::fmt::Write as _;

use crate::check::{Options, read_package, read_statement};
use crate::declaration::Package;
use crate::disclosure::{Disclosure, Form, Named, Scope, Statement};
use crate::knowledge::{Book, Platform};
use crate::rules::{Case, Severity};
use crate::source::{Escaped, Source};

/// The marked blank: a cell that counts as empty and that nobody overlooks.
const BLANK: &str = "—";
/// Lines around a change in a patch.
const CONTEXT: usize = 3;

/// The language of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

/// The form of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Markdown rows and tables.
    Markdown,
    /// HTML rows and tables.
    Html,
    /// A unified diff against the statement.
    Patch,
}

/// What was drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The rows, tables or patch; empty when nothing is missing.
    pub text: String,
    /// The number of rows.
    pub rows: usize,
    /// True when packages and statement were read for certain: otherwise there may be more to tell.
    pub established: bool,
}

/// A column of a permission table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Description,
    Purpose,
    /// Anything else: left as a marked blank too.
    Other,
}

/// Where rows go, and in which form.
struct Layout {
    columns: Vec<Column>,
    /// Full names, as the statement's own rows have them.
    full: bool,
    /// Pipes at the edges.
    edges: bool,
    /// The line after which they go, counted from 1; `None` for a table of its own at the end.
    after: Option<usize>,
}

/// Drafts what `packages` declare and `statement` does not disclose.
///
/// # Errors
/// A sentence when a patch is asked for and there is no statement to patch.
pub fn draft(
    packages: &[Source],
    statement: Option<&Source>,
    language: Option<Language>,
    shape: Shape,
    options: &Options,
) -> Result<Draft, String> {
    let packages: Vec<Package> = packages.iter().map(|source| read_package(source, options).0).collect();
    let statement = statement.map(|source| read_statement(source, options));
    let statements: Vec<&Statement> = statement.iter().collect();
    let case = Case::new(&packages, &statements, Book, &options.policy);
    let written = statement.as_ref().and_then(|s| s.language);
    let language = language.unwrap_or(if written == Some("zh") { Language::Chinese } else { Language::English });
    let established = packages.iter().all(|p| p.declarations.is_whole())
        && statements.iter().all(|s| s.disclosures.is_whole() && !s.unreadable);

    let mut parts = Vec::new();
    let mut rows = 0;
    for platform in case.platforms() {
        let lacking = case.rows().filter(|(named, row)| {
            named.platform == platform && row.disclosed.is_empty() && case.weight(named, row) > Some(Severity::Note)
        });
        let lacking: Vec<&Named> = lacking.map(|(named, _)| named).collect();
        if lacking.is_empty() {
            continue;
        }
        rows += lacking.len();
        parts.push((platform, layout(&case, platform), lacking));
    }
    let text = match (shape, &statement) {
        (Shape::Patch, None) => return Err("a patch needs the statement that it changes: --statement FILE".to_owned()),
        (Shape::Patch, Some(statement)) if statement.place.extracted => {
            return Err(format!("{} has no lines that a patch could change", Escaped(&statement.place.file)));
        }
        (Shape::Patch, Some(statement)) => patch(statement, &parts, language),
        (Shape::Markdown, _) => markdown(&parts, language),
        (Shape::Html, _) => html(&parts, language),
    };
    Ok(Draft { text, rows, established })
}

type Part<'n> = (Platform, Layout, Vec<&'n Named>);

/// The layout of the statement's own table for `platform`, read from its last row.
fn layout(case: &Case<'_>, platform: Platform) -> Layout {
    let usual = || Layout {
        columns: vec![Column::Name, Column::Description, Column::Purpose],
        full: false,
        edges: true,
        after: None,
    };
    let own = |d: &&Disclosure| {
        d.form == Form::Row && d.scope == Scope::App && (d.platforms.contains(&platform) || d.platforms.is_empty())
    };
    let rows = case.statements.iter().flat_map(|s| s.disclosures.value.iter().map(move |d| (*s, d)));
    let Some((statement, row)) = rows.rev().find(|(_, d)| own(d) && !d.place.extracted) else { return usual() };
    let Some(line) = row.place.lines.map(|lines| lines.end_line) else { return usual() };
    let Some(text) = statement.line(line) else { return usual() };
    let cells = cells(text);
    let columns: Vec<Column> = cells.iter().map(|cell| column(cell, row)).collect();
    if !columns.contains(&Column::Name) || columns.len() < 2 {
        return usual();
    }
    let full = row.permissions.iter().any(|named| row.written.contains(&named.name));
    let edges = text.trim_start().starts_with('|');
    Layout { columns, full, edges, after: usize::try_from(line).ok() }
}

/// The cells of a pipe row: what stands between unescaped pipes, without the empty ends that edge pipes make.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in line.chars() {
        match c {
            '|' if !escaped => cells.push(String::new()),
            c => cells.iter_mut().last().into_iter().for_each(|cell| cell.push(c)),
        }
        escaped = c == '\\' && !escaped;
    }
    if line.ends_with('|') && !line.ends_with("\\|") {
        cells.pop();
    }
    cells
}

fn column(cell: &str, row: &Disclosure) -> Column {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (cell, is) = (plain(cell), |text: &Option<String>| text.as_deref().map(plain));
    if cell == plain(&row.written) {
        Column::Name
    } else if Some(&cell) == is(&row.description).as_ref() {
        Column::Description
    } else if Some(&cell) == is(&row.purpose).as_ref() || (row.purpose.is_none() && cell.is_empty()) {
        Column::Purpose
    } else {
        Column::Other
    }
}

/// The name as the statement's own rows would have it: bare where a bare name is unmistakable.
fn name(named: &Named, full: bool) -> String {
    let bare = named.name.rsplit('.').next().unwrap_or(&named.name);
    let unmistakable = matches!(Book.bare(named.platform, bare).as_slice(), [fact] if fact.name == named.name);
    if full || !unmistakable { named.name.clone() } else { bare.to_owned() }
}

fn meaning(named: &Named, language: Language) -> String {
    let fact = Book.fact(named.platform, &named.name);
    let text = fact.map_or("", |fact| match language {
        Language::English => fact.meaning_en,
        Language::Chinese => fact.meaning_zh,
    });
    match (text, language) {
        ("", _) => BLANK.to_owned(),
        (text, Language::English) => format!("{text}."),
        (text, Language::Chinese) => format!("{text}。"),
    }
}

fn cell(column: Column, named: &Named, full: bool, language: Language) -> String {
    match column {
        Column::Name => name(named, full),
        Column::Description => meaning(named, language),
        Column::Purpose | Column::Other => BLANK.to_owned(),
    }
}

fn markdown_row(layout: &Layout, named: &Named, language: Language) -> String {
    let text = |column: &Column| match column {
        Column::Name => literal(&name(named, layout.full)),
        _ => cell(*column, named, layout.full, language),
    };
    let cells: Vec<String> = layout.columns.iter().map(text).collect();
    if layout.edges { format!("| {} |", cells.join(" | ")) } else { cells.join(" | ") }
}

/// A name as Markdown shows it letter by letter: a package may declare any text, and the row goes into a page that others
/// read.
fn literal(name: &str) -> String {
    let mut literal = String::with_capacity(name.len());
    for c in Escaped(name).to_string().chars() {
        if matches!(c, '\\' | '|' | '<' | '>' | '`' | '*' | '[' | ']' | '!' | '~' | '&' | '@') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.replace("://", "\\://")
}

fn heading(platform: Platform, language: Language) -> String {
    match language {
        Language::English => format!("{} permissions", platform.title()),
        Language::Chinese => format!("{} 权限", platform.title()),
    }
}

fn titles(language: Language) -> [&'static str; 3] {
    match language {
        Language::English => ["Permission", "Description", "Purpose"],
        Language::Chinese => ["权限名称", "权限功能说明", "使用场景或目的"],
    }
}

/// Lines of a new section with a table, or of rows for a table that is there.
fn markdown_lines((platform, layout, lacking): &Part<'_>, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    if layout.after.is_none() {
        lines.push(format!("## {}", heading(*platform, language)));
        lines.push(String::new());
        lines.push(format!("| {} |", titles(language).join(" | ")));
        lines.push("| --- | --- | --- |".to_owned());
    }
    lines.extend(lacking.iter().map(|named| markdown_row(layout, named, language)));
    lines
}

fn markdown(parts: &[Part<'_>], language: Language) -> String {
    let sections: Vec<String> = parts.iter().map(|part| markdown_lines(part, language).join("\n") + "\n").collect();
    sections.join("\n")
}

fn html(parts: &[Part<'_>], language: Language) -> String {
    let mut page = String::new();
    for (platform, layout, lacking) in parts {
        let whole = layout.after.is_none();
        if whole {
            let heads = titles(language).map(|title| format!("<th>{title}</th>")).concat();
            let _ = write!(page, "<h2>{}</h2>\n<table>\n<tr>{heads}</tr>\n", heading(*platform, language));
        }
        for named in lacking {
            let cells = layout.columns.iter().map(|column| {
                let text = Escaped(&cell(*column, named, layout.full, language)).to_string();
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                format!("<td>{text}</td>")
            });
            let _ = writeln!(page, "<tr>{}</tr>", cells.collect::<String>());
        }
        if whole {
            page.push_str("</table>\n");
        }
    }
    page
}

/// A unified diff: one hunk for each place where rows are added. New sections go to the end.
fn patch(statement: &Statement, parts: &[Part<'_>], language: Language) -> String {
    let lines: Vec<&str> = statement.text.lines().collect();
    let mut inserts: Vec<(usize, Vec<String>)> = Vec::new();
    for part in parts {
        let mut added = markdown_lines(part, language);
        let at = part.1.after.unwrap_or(lines.len()).min(lines.len());
        if part.1.after.is_none() && at > 0 {
            added.insert(0, String::new());
        }
        match inserts.iter_mut().find(|(known, _)| *known == at) {
            Some((_, all)) => all.extend(added),
            None => inserts.push((at, added)),
        }
    }
    inserts.sort_by_key(|(at, _)| *at);
    if inserts.is_empty() {
        return String::new();
    }
    let file = Escaped(&statement.place.file).to_string();
    let file = file.trim_start_matches("./");
    let mut patch = format!("--- a/{file}\n+++ b/{file}\n");
    let mut shift = 0;
    let mut shown = 0;
    for (index, (at, added)) in inserts.iter().enumerate() {
        let start = at.saturating_sub(CONTEXT).max(shown);
        let next = inserts.get(index + 1).map_or(lines.len(), |(next, _)| *next);
        let stop = at.saturating_add(CONTEXT).min(next);
        let kept = stop - start;
        let new_start = start + shift + usize::from(kept + added.len() > 0);
        let old_start = start + usize::from(kept > 0);
        let _ = writeln!(patch, "@@ -{old_start},{kept} +{new_start},{} @@", kept + added.len());
        let context = |from: usize, to: usize| lines.iter().take(to).skip(from).map(|line| format!(" {line}\n"));
        patch.extend(context(start, *at));
        patch.extend(added.iter().map(|line| format!("+{line}\n")));
        patch.extend(context(*at, stop));
        shift += added.len();
        shown = stop;
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_a_row_are_what_stands_between_pipes() {
        assert_eq!(cells("| a | b\\|c |  |"), [" a ", " b\\|c ", "  "]);
        assert_eq!(cells("a | b"), ["a ", " b"]);
    }

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(literal("android.permission.READ_SMS"), "android.permission.READ_SMS");
        assert_eq!(literal("a\\|b"), "a\\\\\\|b");
        assert_eq!(literal("[x](http://y)<b>`c`"), "\\[x\\](http\\://y)\\<b\\>\\`c\\`");
    }

    #[test]
    fn a_name_is_bare_only_where_nothing_else_has_it() {
        let named = |name: &str| Named { platform: Platform::Android, name: name.to_owned() };
        assert_eq!(name(&named("android.permission.CAMERA"), false), "CAMERA");
        assert_eq!(name(&named("android.permission.CAMERA"), true), "android.permission.CAMERA");
        assert_eq!(name(&named("com.example.permission.CAMERA"), false), "com.example.permission.CAMERA");
    }
}
