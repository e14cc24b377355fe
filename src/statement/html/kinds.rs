//! What an element is to a reader of the page, by its name, its attributes and its looks.

use super::super::block::Shown;
use super::css::{Layout, Look};
use super::tags::Tag;
use super::tokens::Attributes;
use super::tree::{Hint, Kind};
use crate::deadline;

/// Belongs to the site and not to the text, or is shown only when someone opens it.
pub(super) fn is_furniture(tag: Tag, attributes: &Attributes) -> bool {
    let classes = || attributes.class.split_ascii_whitespace().chain([attributes.id.as_str()]);
    matches!(
        tag,
        Tag::Nav
            | Tag::Footer
            | Tag::Template
            | Tag::Select
            | Tag::Option
            | Tag::Optgroup
            | Tag::Rt
            | Tag::Rp
            | Tag::Rtc
    ) || (tag == Tag::Dialog && !attributes.open)
        || (tag == Tag::Applet)
        || matches!(
            attributes.role.as_str(),
            "navigation" | "contentinfo" | "search" | "alertdialog" | "menu" | "menubar"
        )
        || classes().any(|class| {
            let class = class.to_ascii_lowercase().replace('_', "-");
            FURNITURE.iter().any(|word| class.starts_with(word))
        })
}

/// How classes and ids of cookie banners begin.
const FURNITURE: [&str; 9] = [
    "cookie-banner",
    "cookie-bar",
    "cookie-consent",
    "cookie-law",
    "cookie-modal",
    "cookie-notice",
    "cookiebanner",
    "cookieconsent",
    "onetrust",
];

/// The kind of node for an element; `None` for an inline one.
pub(super) fn kind_of(tag: Tag, attributes: &Attributes, look: &Look) -> Option<Kind> {
    let role = match attributes.role.as_str() {
        "table" | "grid" | "treegrid" => Some(Kind::Table),
        "rowgroup" => Some(Kind::Body),
        "row" => Some(Kind::Row),
        "cell" | "gridcell" | "rowheader" => Some(Kind::Cell { header: false }),
        "columnheader" => Some(Kind::Cell { header: true }),
        "heading" => Some(Kind::Heading(heading_level(attributes.level))),
        "list" => Some(Kind::List),
        "listitem" => Some(Kind::Item),
        _ => None,
    };
    let own = match tag {
        Tag::H1 => Some(Kind::Heading(1)),
        Tag::H2 => Some(Kind::Heading(2)),
        Tag::H3 => Some(Kind::Heading(3)),
        Tag::H4 => Some(Kind::Heading(4)),
        Tag::H5 => Some(Kind::Heading(5)),
        Tag::H6 => Some(Kind::Heading(6)),
        Tag::Ul | Tag::Ol | Tag::Menu | Tag::Dir => Some(Kind::List),
        Tag::Li => Some(Kind::Item),
        Tag::Dl => Some(Kind::Terms),
        Tag::Dt => Some(Kind::Term),
        Tag::Dd => Some(Kind::Definition),
        Tag::Pre | Tag::Listing => Some(Kind::Listing),
        Tag::Textarea => Some(Kind::Field),
        Tag::Summary => Some(Kind::Heading(super::super::block::Heading::BOLD)),
        _ if tag.is_block() => Some(Kind::Block),
        _ => None,
    };
    let laid = match look.layout {
        Some(Layout::Table) => Some(Kind::Table),
        Some(Layout::Group) => Some(Kind::Body),
        Some(Layout::Row) => Some(Kind::Row),
        Some(Layout::Cell) => Some(Kind::Cell { header: false }),
        Some(Layout::Block) => Some(Kind::Block),
        Some(Layout::None | Layout::Inline) | None => None,
    };
    let plain = matches!(own, None | Some(Kind::Block));
    role.or_else(|| laid.filter(|_| plain)).or(own)
}

/// What an element shows that is no text.
pub(super) fn shown(tag: Tag) -> Option<Shown> {
    match tag {
        Tag::Img | Tag::Image => Some(Shown::Image),
        Tag::Iframe => Some(Shown::Page),
        Tag::Embed | Tag::Object => Some(Shown::Object),
        Tag::Video => Some(Shown::Video),
        Tag::Canvas => Some(Shown::Drawing),
        _ => None,
    }
}

/// What the element called `name`, in small letters, shows that is no text.
pub(in super::super) fn shown_by(name: &str) -> Option<Shown> {
    shown(Tag::named(name.as_bytes()))
}

fn heading_level(level: Option<u32>) -> u8 {
    level.and_then(|level| u8::try_from(level).ok()).filter(|level| (1..=6).contains(level)).unwrap_or(2)
}

/// What an element's class says that it is: authors make tables of `<div class="row">` and `<div class="td">`.
pub(super) fn hint(class: &str) -> Hint {
    let mut hint = Hint::None;
    for class in class.split_ascii_whitespace() {
        deadline::step();
        let class = class.to_ascii_lowercase();
        let last = class.rsplit(['-', '_']).next().unwrap_or_default();
        match last {
            "row" | "tr" | "line" => return Hint::Row,
            "cell" | "td" | "th" | "col" | "column" => hint = Hint::Cell,
            _ if class.starts_with("col-") || class.starts_with("cell") => hint = Hint::Cell,
            _ => {}
        }
    }
    hint
}
