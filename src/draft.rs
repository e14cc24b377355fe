//! `permaudit draft`: the rows that a statement lacks, or the whole table where there is none.
//!
//! A component that holds power by a guard gets a row with the name of its guard, where nothing mentions it.
//!
//! Names and meanings come from the book, the order of columns from the statement's own table. The purpose is left as a
//! marked blank that the rule `no-purpose` reports until somebody who knows it has written it.

use std::fmt::Write as _;

use crate::check::{Options, read_package, read_statement};
use crate::declaration::Package;
use crate::disclosure::{Disclosure, Form, Named, Scope, Statement};
use crate::knowledge::{Book, Fact, Platform};
use crate::rules::{Case, Row, Severity};
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
    /// What is known of the permissions.
    book: Book,
    columns: Vec<Column>,
    /// Full names, as the statement's own rows have them.
    full: bool,
    /// Pipes at the edges.
    edges: bool,
    /// The line after which they go, counted from 1; `None` for a table of its own at the end.
    after: Option<usize>,
}

/// Drafts what `packages` declare and the `statements` of one disclosure do not disclose: rows for the first of them.
///
/// # Errors
/// A sentence when a patch is asked for and there is no statement to patch.
pub fn draft(
    packages: &[Source],
    statements: &[Source],
    language: Option<Language>,
    shape: Shape,
    options: &Options,
) -> Result<Draft, String> {
    let packages: Vec<Package> = packages.iter().map(|source| read_package(source, options).0).collect();
    let read: Vec<Statement> = statements.iter().map(|source| read_statement(source, options)).collect();
    let statements: Vec<&Statement> = read.iter().collect();
    let statement = read.first();
    let case = Case::new(&packages, &statements, options.book, &options.policy);
    let written = statement.and_then(|s| s.language);
    let language = language.unwrap_or(if written == Some("zh") { Language::Chinese } else { Language::English });
    let established = packages.iter().all(|p| p.declarations.is_whole())
        && statements.iter().all(|s| s.disclosures.is_whole() && !s.unreadable);

    let mut parts = Vec::new();
    let mut rows = 0;
    for platform in case.platforms() {
        let lacking = case.rows().filter(|(named, row)| {
            let is_told = |row: &Row<'_>| match case.guarded(named, row) {
                Some(guarded) => guarded.mention.is_some() || guarded.weight <= Some(Severity::Note),
                None => !row.disclosed.is_empty() || case.weight(named, row) <= Some(Severity::Note),
            };
            named.platform == platform && !is_told(row)
        });
        let lacking: Vec<&Named> = lacking.map(|(named, _)| named).collect();
        if lacking.is_empty() {
            continue;
        }
        rows += lacking.len();
        parts.push((platform, layout(&case, platform), lacking));
    }
    let text = match (shape, statement) {
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

/// The layout of the first statement's own table for `platform`, read from its last row.
fn layout(case: &Case<'_>, platform: Platform) -> Layout {
    let usual = || Layout {
        book: case.book,
        columns: vec![Column::Name, Column::Description, Column::Purpose],
        full: false,
        edges: true,
        after: None,
    };
    let own = |d: &&Disclosure| {
        d.form == Form::Row && d.scope == Scope::App && (d.platforms.contains(&platform) || d.platforms.is_empty())
    };
    let rows = case.statements.first().into_iter().flat_map(|s| s.disclosures.value.iter().map(move |d| (*s, d)));
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
    Layout { book: case.book, columns, full, edges, after: usize::try_from(line).ok() }
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
///
/// What the house alone knows is written in full: to a reader without its policy file the rest says nothing.
fn name(book: Book, named: &Named, full: bool) -> String {
    let bare = named.name.rsplit('.').next().unwrap_or(&named.name);
    let is_this = |fact: &Fact| fact.name == named.name && fact.house.is_none();
    let unmistakable = matches!(book.bare(named.platform, bare).as_slice(), [fact] if is_this(fact));
    if full || !unmistakable { named.name.clone() } else { bare.to_owned() }
}

fn meaning(book: Book, named: &Named, language: Language) -> String {
    // What a guard opens, the user switches on in the settings and is not asked for.
    let guard = book.guard(&named.name).filter(|_| named.platform == Platform::Android);
    let of_fact = || book.fact(named.platform, &named.name).map(|fact| [fact.meaning_en, fact.meaning_zh]);
    let [english, chinese] =
        guard.map(|guard| [guard.meaning_en, guard.meaning_zh]).or_else(of_fact).unwrap_or_default();
    match language {
        Language::English if english.is_empty() => BLANK.to_owned(),
        Language::Chinese if chinese.is_empty() => BLANK.to_owned(),
        Language::English if guard.is_some() => format!("{english}, once switched on in the settings."),
        Language::English => format!("{english}."),
        Language::Chinese if guard.is_some() => format!("在系统设置中开启后：{chinese}。"),
        Language::Chinese => format!("{chinese}。"),
    }
}

fn cell(column: Column, named: &Named, layout: &Layout, language: Language) -> String {
    match column {
        Column::Name => name(layout.book, named, layout.full),
        Column::Description => meaning(layout.book, named, language),
        Column::Purpose | Column::Other => BLANK.to_owned(),
    }
}

fn markdown_row(layout: &Layout, named: &Named, language: Language) -> String {
    let text = |column: &Column| match column {
        Column::Name => literal(&name(layout.book, named, layout.full)),
        // A pipe in what the house says would make two cells of it.
        _ => Escaped(&cell(*column, named, layout, language)).to_string().replace('|', "\\|"),
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
                let text = Escaped(&cell(*column, named, layout, language)).to_string();
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
        assert_eq!(name(Book, &named("android.permission.CAMERA"), false), "CAMERA");
        assert_eq!(name(Book, &named("android.permission.CAMERA"), true), "android.permission.CAMERA");
        assert_eq!(name(Book, &named("com.example.permission.CAMERA"), false), "com.example.permission.CAMERA");
    }
}
