//! The styles of a document, as far as they tell what a paragraph is and whether a reader sees it.

use std::collections::HashMap;

use quick_xml::events::BytesStart;

use super::sight::{Ground, Sight, Theme};
use super::xml::{Space, Token, Xml, attribute, is_on};
use crate::deadline;
use crate::error::Error;
use crate::statement::colour::WHITE;

/// What a style says by itself; `None` is left to the style it is based on.
#[derive(Debug, Clone, Default)]
struct Style {
    based_on: Option<String>,
    name: String,
    outline: Option<u8>,
    list: Option<bool>,
    bold: Option<bool>,
    strike: Option<bool>,
    sight: Sight,
    /// Something in it has a ground, be it in a part of a table.
    shades: bool,
}

impl Style {
    fn take(&mut self, name: &str, tag: &BytesStart<'_>, theme: &Theme) {
        let value = || attribute(tag, "val").unwrap_or_default();
        match name {
            "basedOn" => self.based_on = Some(value().into_owned()),
            "name" => self.name = value().to_lowercase(),
            "outlineLvl" => self.outline = value().parse().ok(),
            "numId" => self.list = Some(value() != "0"),
            "b" => self.bold = Some(is_on(tag)),
            "strike" | "dstrike" => self.strike = Some(is_on(tag)),
            _ => self.sight.take(name, tag, theme),
        }
    }
}

/// What a style comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The level of a heading, from 1.
    pub(super) heading: Option<u8>,
    /// A line of a table of contents.
    pub(super) contents: bool,
    /// An item of a list.
    pub(super) list: bool,
    pub(super) bold: Option<bool>,
    pub(super) strike: Option<bool>,
    pub(super) sight: Sight,
    /// Something in it has a ground, be it in a part of a table.
    pub(super) shades: bool,
}

/// The styles by their identifiers, and the theme that they take colours from.
#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    /// What all letters have that nothing else is said of.
    pub(super) defaults: Sight,
    /// The styles of paragraphs and of tables that name none.
    paragraph: Option<String>,
    table: Option<String>,
    pub(super) theme: Theme,
}

/// What is open in the part that holds the styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Style,
    Defaults,
    /// What a style says of a part of a table, such as its first row.
    TablePart,
    Other,
}

/// Steps from a style to those that it is based on. Word refuses more than 11.
const STEPS: usize = 16;

/// Outline levels of headings count from 0 to 8; 9 is body text (`ST_DecimalNumber` of `outlineLvl`, ECMA-376 17.3.1.20).
const BODY: u8 = 9;

impl Styles {
    /// Styles with nothing but a theme.
    pub(super) fn with_theme(theme: Theme) -> Styles {
        Styles { theme, ..Styles::default() }
    }

    /// Reads the part that holds the styles.
    ///
    /// # Errors
    /// Those of [`Xml::next`].
    pub(super) fn read(&mut self, mut xml: Xml<'_>) -> Result<(), Error> {
        let mut open: Option<(String, Style)> = None;
        let mut path: Vec<Inside> = Vec::new();
        loop {
            deadline::step();
            match xml.next()? {
                Token::Open(space, tag) => {
                    let name = tag.local_name();
                    let name = name.into_inner();
                    // What a tracked change would look like is not the style.
                    if space == Space::Word && name.ends_with("Change") {
                        xml.skip()?;
                        continue;
                    }
                    let begins = match name {
                        _ if space != Space::Word => Inside::Other,
                        "style" => Inside::Style,
                        "docDefaults" => Inside::Defaults,
                        "tblStylePr" => Inside::TablePart,
                        _ => Inside::Other,
                    };
                    path.push(begins);
                    if begins == Inside::Style {
                        open = Some((self.begin(&tag), Style::default()));
                    } else if space == Space::Word && path.contains(&Inside::Defaults) {
                        self.defaults.take(name, &tag, &self.theme);
                    } else if let (Space::Word, Some((_, style))) = (space, &mut open) {
                        style.shades |=
                            name == "shd" && !matches!(self.theme.shade(&tag), None | Some(Ground::Plain(WHITE)));
                        if !path.contains(&Inside::TablePart) {
                            style.take(name, &tag, &self.theme);
                        }
                    }
                }
                Token::Close => {
                    if path.pop() == Some(Inside::Style)
                        && let Some((id, style)) = open.take()
                    {
                        self.by_id.insert(id, style);
                    }
                }
                Token::Text(..) => {}
                Token::End => return Ok(()),
            }
        }
    }

    /// The identifier of the style that `tag` begins.
    fn begin(&mut self, tag: &BytesStart<'_>) -> String {
        let id = attribute(tag, "styleId").unwrap_or_default().into_owned();
        let usual = attribute(tag, "default").is_some_and(|value| !matches!(value.as_ref(), "0" | "false" | "off"));
        match attribute(tag, "type").as_deref() {
            Some("paragraph") if usual => self.paragraph = Some(id.clone()),
            Some("table") if usual => self.table = Some(id.clone()),
            _ => {}
        }
        id
    }

    /// What paragraphs come to that name no style.
    pub(super) fn usual_paragraph(&self) -> Resolved {
        self.paragraph.as_ref().map(|id| self.resolve(id)).unwrap_or_default()
    }

    /// What tables come to that name no style.
    pub(super) fn usual_table(&self) -> Resolved {
        self.table.as_ref().map(|id| self.resolve(id)).unwrap_or_default()
    }

    /// What the style `id` comes to with those that it is based on.
    pub(super) fn resolve(&self, id: &str) -> Resolved {
        let mut resolved = Resolved::default();
        let mut outline = None;
        let mut list = None;
        let mut next = Some(id);
        let mut steps = 0;
        while let Some(style) = next.and_then(|id| self.by_id.get(id)).filter(|_| steps < STEPS) {
            deadline::step();
            steps += 1;
            let named = level_of(&style.name);
            resolved.heading = resolved.heading.or(named.filter(|_| outline.is_none()));
            resolved.contents |= style.name.starts_with("toc ") || style.name.starts_with("目录 ");
            outline = outline.or(style.outline);
            list = list.or(style.list);
            resolved.bold = resolved.bold.or(style.bold);
            resolved.strike = resolved.strike.or(style.strike);
            resolved.sight = resolved.sight.over(style.sight);
            resolved.shades |= style.shades;
            next = style.based_on.as_deref();
        }
        if steps == 0 {
            // A document without styles still names them.
            resolved.heading = level_of(&id.to_lowercase());
        }
        if let Some(outline) = outline.filter(|_| resolved.heading.is_none()) {
            resolved.heading = level(outline);
        }
        resolved.list = list.unwrap_or_default() && resolved.heading.is_none();
        resolved
    }
}

/// The level of a heading whose outline level is `outline`, counted from 0.
pub(super) fn level(outline: u8) -> Option<u8> {
    (outline < BODY).then(|| (outline + 1).min(6))
}

/// The level of the heading that a style is by its name, in lower case: `heading 2`, `标题 2`, `title`.
fn level_of(name: &str) -> Option<u8> {
    if matches!(name, "title" | "标题") {
        return Some(1);
    }
    let number = name.strip_prefix("heading").or_else(|| name.strip_prefix("标题"))?;
    let number: u8 = number.trim().parse().ok()?;
    number.checked_sub(1).and_then(level)
}
