//! The styles of a document, as far as they tell what a paragraph is and whether a reader sees it.

use std::collections::HashMap;

use super::xml::{Space, Token, Xml, attribute, is_on};
use crate::error::Error;

/// What a style says by itself; `None` is left to the style it is based on.
#[derive(Debug, Clone, Default)]
struct Style {
    based_on: Option<String>,
    name: String,
    outline: Option<u8>,
    list: Option<bool>,
    bold: Option<bool>,
    strike: Option<bool>,
    hidden: Option<bool>,
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
    pub(super) hidden: Option<bool>,
}

/// The styles by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

/// Steps from a style to those that it is based on. Word refuses more than 11.
const STEPS: usize = 16;

/// Outline levels of headings count from 0 to 8; 9 is body text (`ST_DecimalNumber` of `outlineLvl`, ECMA-376 17.3.1.20).
const BODY: u8 = 9;

impl Styles {
    /// Reads the part that holds the styles.
    ///
    /// # Errors
    /// Those of [`Xml::next`].
    pub(super) fn read(mut xml: Xml<'_>) -> Result<Styles, Error> {
        let mut styles = Styles::default();
        let mut open: Option<(String, Style)> = None;
        let mut path: Vec<bool> = Vec::new();
        loop {
            match xml.next()? {
                Token::Open(space, tag) => {
                    let name = tag.local_name();
                    let name = name.into_inner();
                    // What a tracked change or a part of a table would look like is not the style.
                    if space == Space::Word && (name.ends_with("Change") || name == "tblStylePr") {
                        xml.skip()?;
                        continue;
                    }
                    let begins = space == Space::Word && name == "style";
                    path.push(begins);
                    if begins {
                        let id = attribute(&tag, "styleId").unwrap_or_default().into_owned();
                        open = Some((id, Style::default()));
                    } else if let (Space::Word, Some((_, style))) = (space, &mut open) {
                        let value = || attribute(&tag, "val").unwrap_or_default();
                        match name {
                            "basedOn" => style.based_on = Some(value().into_owned()),
                            "name" => style.name = value().to_lowercase(),
                            "outlineLvl" => style.outline = value().parse().ok(),
                            "numId" => style.list = Some(value() != "0"),
                            "b" => style.bold = Some(is_on(&tag)),
                            "strike" | "dstrike" => style.strike = Some(is_on(&tag)),
                            "vanish" => style.hidden = Some(is_on(&tag)),
                            _ => {}
                        }
                    }
                }
                Token::Close => {
                    if path.pop() == Some(true)
                        && let Some((id, style)) = open.take()
                    {
                        styles.0.insert(id, style);
                    }
                }
                Token::Text(..) => {}
                Token::End => return Ok(styles),
            }
        }
    }

    /// What the style `id` comes to with those that it is based on.
    pub(super) fn resolve(&self, id: &str) -> Resolved {
        let mut resolved = Resolved::default();
        let mut outline = None;
        let mut list = None;
        let mut next = Some(id);
        let mut steps = 0;
        while let Some(style) = next.and_then(|id| self.0.get(id)).filter(|_| steps < STEPS) {
            steps += 1;
            let named = level_of(&style.name);
            resolved.heading = resolved.heading.or(named.filter(|_| outline.is_none()));
            resolved.contents |= style.name.starts_with("toc ") || style.name.starts_with("目录 ");
            outline = outline.or(style.outline);
            list = list.or(style.list);
            resolved.bold = resolved.bold.or(style.bold);
            resolved.strike = resolved.strike.or(style.strike);
            resolved.hidden = resolved.hidden.or(style.hidden);
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
