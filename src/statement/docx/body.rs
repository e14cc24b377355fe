//! The main part of a document to paragraphs and tables, as a reader of the page sees them: text that is hidden or
//! deleted is left out, and of alternative contents one is taken.

use super::sight::{Ground, Ink, Sight};
use super::styles::{Resolved, Styles, level};
use super::xml::{Space, Token, Xml, attribute, is_on};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::Place;
use crate::statement::colour::{WHITE, alike, of_hex};

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) bold: bool,
    pub(super) strike: bool,
    pub(super) link: bool,
}

/// A part of a paragraph.
#[derive(Debug)]
pub(super) enum Piece {
    /// Text, and the byte of the part at which it stands as it is.
    Text(String, Option<u64>, Look),
    /// A picture, or something else that is shown and cannot be read.
    Picture(u64),
}

#[derive(Debug, Default)]
pub(super) struct Paragraph {
    /// The level of a heading, from 1.
    pub(super) heading: Option<u8>,
    /// The level of an item, from 0.
    pub(super) item: Option<u8>,
    pub(super) indented: bool,
    pub(super) pieces: Vec<Piece>,
    /// The contents of text boxes that are anchored here.
    pub(super) boxes: Vec<Vec<Content>>,
    style: Resolved,
    /// Its ground, and whether its lines have any height.
    sight: Sight,
    flat: bool,
}

/// How a cell takes part in one that reaches over several rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Merge {
    #[default]
    No,
    /// The cell above goes on.
    GoesOn,
}

#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) contents: Vec<Content>,
    /// Columns.
    pub(super) span: usize,
    pub(super) merge: Merge,
    ground: Option<Ground>,
    deleted: bool,
}

#[derive(Debug, Default)]
pub(super) struct Row {
    /// Columns that are left free before the first cell.
    pub(super) before: usize,
    pub(super) cells: Vec<Cell>,
    pub(super) header: bool,
    /// It was deleted, is hidden or has no height.
    gone: bool,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    style: Resolved,
    ground: Option<Ground>,
}

#[derive(Debug)]
pub(super) enum Content {
    Paragraph(Paragraph),
    Table(Table),
}

/// Properties of a run.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    style: Resolved,
    bold: Option<bool>,
    strike: Option<bool>,
    sight: Sight,
}

/// An element that is open.
enum Open {
    /// Holds paragraphs and tables: the body, or a text box.
    Box(Vec<Content>),
    Table(Table),
    Row(Row),
    Cell(Cell),
    Paragraph(Paragraph),
    Run(Run),
    /// Properties of the element that it stands in.
    Properties,
    /// A hyperlink that leads out of the document.
    Link,
    /// `mc:AlternateContent`, and whether one of its contents was taken.
    Alternatives(bool),
    /// What letters are filled with in Word 2010 and later (`w14:textFill`).
    Fill,
    /// `w:t`.
    Text,
    /// `w:instrText`.
    Instruction,
    Other,
}

/// A complex field: its instruction, then its result.
#[derive(Default)]
struct Field {
    link: bool,
    result: bool,
}

/// Elements whose content is not on the page: deleted or moved away, annotations, former properties, settings.
const UNSEEN: [&str; 8] = ["del", "moveFrom", "rt", "delText", "delInstrText", "sdtPr", "sdtEndPr", "sectPr"];

/// Elements in which a picture, a chart or an embedded object is shown, in whatever namespace.
const PICTURES: [&str; 5] = ["blip", "imagedata", "chart", "relIds", "OLEObject"];

/// Twips below which a line or a row shows nothing of a text: two points.
const FLAT: f32 = 40.0;

fn is_flat(height: &str) -> bool {
    height.parse::<f32>().is_ok_and(|height| height.abs() < FLAT && height != 0.0)
}

struct Body<'s, 'd> {
    styles: &'s Styles,
    open: Vec<Open>,
    fields: Vec<Field>,
    links: usize,
    /// The page itself has a colour.
    coloured: bool,
    place: Place,
    doubts: &'d mut Vec<Doubt>,
}

/// Reads the main part. `None` when its root is no document.
///
/// # Errors
/// Those of [`Xml::next`].
pub(super) fn read(
    mut xml: Xml<'_>,
    styles: &Styles,
    place: Place,
    doubts: &mut Vec<Doubt>,
) -> Result<Option<Vec<Content>>, Error> {
    let mut body = Body { styles, open: Vec::new(), fields: Vec::new(), links: 0, coloured: false, place, doubts };
    let mut found = None;
    loop {
        deadline::step();
        let at = xml.position();
        match xml.next()? {
            Token::Open(space, tag) => {
                let name = tag.local_name();
                let name = name.into_inner();
                if body.open.is_empty() && (space != Space::Word || name != "document") {
                    return Ok(None);
                }
                if body.is_unseen(space, name, &tag, &xml) {
                    xml.skip()?;
                    continue;
                }
                let open = body.start(space, name, &tag, at);
                body.open.push(open);
            }
            Token::Text(text, offset) => body.text(&text, offset),
            Token::Close => {
                if let Some(contents) = body.end() {
                    found = found.or(Some(contents));
                }
            }
            Token::End => return Ok(Some(found.unwrap_or_default())),
        }
    }
}

impl Body<'_, '_> {
    fn is_unseen(&mut self, space: Space, name: &str, tag: &quick_xml::events::BytesStart<'_>, xml: &Xml<'_>) -> bool {
        match space {
            // A mark of deletion in the properties of a row says something of the row.
            Space::Word => {
                let marks_row = name == "del" && matches!(self.open.last(), Some(Open::Properties));
                (UNSEEN.contains(&name) && !marks_row) || name.ends_with("Change")
            }
            Space::Compatibility => {
                let Some(Open::Alternatives(taken)) = self.open.last_mut() else { return false };
                let understood = match name {
                    "Choice" => xml.is_understood(&attribute(tag, "Requires").unwrap_or_default()),
                    _ => name == "Fallback",
                };
                let wanted = understood && !*taken;
                *taken |= wanted;
                !wanted
            }
            Space::Other => false,
        }
    }

    fn start(&mut self, space: Space, name: &str, tag: &quick_xml::events::BytesStart<'_>, at: u64) -> Open {
        if PICTURES.contains(&name) {
            self.piece(Piece::Picture(at));
        }
        match space {
            Space::Compatibility if name == "AlternateContent" => return Open::Alternatives(false),
            Space::Word => {}
            _ => return self.fill(name, tag),
        }
        if matches!(self.open.last(), Some(Open::Properties)) {
            self.property(name, tag);
        }
        match name {
            "body" | "txbxContent" => Open::Box(Vec::new()),
            "background" => {
                self.coloured = true;
                Open::Other
            }
            "tbl" => Open::Table(Table { style: self.styles.usual_table(), ..Table::default() }),
            "tr" => Open::Row(Row::default()),
            "tc" => Open::Cell(Cell { span: 1, ..Cell::default() }),
            "p" => Open::Paragraph(Paragraph { style: self.styles.usual_paragraph(), ..Paragraph::default() }),
            "r" => Open::Run(Run::default()),
            "pPr" | "rPr" | "tblPr" | "tcPr" | "trPr" | "numPr" => self.properties(name),
            "hyperlink" if attribute(tag, "id").is_some() => {
                self.links += 1;
                Open::Link
            }
            "t" => Open::Text,
            "instrText" => Open::Instruction,
            "tab" | "ptab" => self.mark("\t"),
            "br" | "cr" => self.mark("\n"),
            "noBreakHyphen" => self.mark("-"),
            "sym" => {
                let code = attribute(tag, "char").and_then(|code| u32::from_str_radix(&code, 16).ok());
                // Symbol fonts put their signs into the private area: what they show is not known.
                let c = code.and_then(char::from_u32).filter(|c| !matches!(c, '\u{e000}'..='\u{f8ff}')).unwrap_or(' ');
                self.mark(c.encode_utf8(&mut [0; 4]))
            }
            "fldChar" => {
                match attribute(tag, "fldCharType").as_deref() {
                    Some("begin") if self.fields.len() < limits::DOCUMENT_DEPTH => self.fields.push(Field::default()),
                    Some("separate") => self.fields.iter_mut().last().into_iter().for_each(|field| field.result = true),
                    Some("end") => drop(self.fields.pop()),
                    _ => {}
                }
                Open::Other
            }
            "altChunk" | "subDoc" => {
                let message = "a part of the document stands in a file of its own, which was not read";
                let place = self.place.clone().at(at);
                doubt::push(self.doubts, Doubt::new(Code::StatementDocumentPart, place, message));
                Open::Other
            }
            _ => Open::Other,
        }
    }

    /// How letters are filled, where Word 2010 and later say so beside their colour.
    fn fill(&mut self, name: &str, tag: &quick_xml::events::BytesStart<'_>) -> Open {
        if name == "textFill" && matches!(self.open.last(), Some(Open::Properties)) {
            return Open::Fill;
        }
        if !self.open.iter().rev().take(2).any(|open| matches!(open, Open::Fill)) {
            return Open::Other;
        }
        let value = attribute(tag, "val").unwrap_or_default();
        let ink = match name {
            "noFill" => Some(Ink::None),
            "srgbClr" => of_hex(&value).map(Ink::Plain),
            "schemeClr" => self.styles.theme.colour(&value).map(Ink::Plain),
            _ => None,
        };
        let run = self.open.iter_mut().rev().find_map(|open| if let Open::Run(run) = open { Some(run) } else { None });
        if let (Some(run), Some(ink)) = (run, ink) {
            run.sight.fill(ink);
        }
        Open::Other
    }

    /// Properties count only directly in the element that they belong to.
    fn properties(&self, name: &str) -> Open {
        let fits = match self.open.last() {
            Some(Open::Paragraph(_)) => name == "pPr",
            Some(Open::Run(_)) => name == "rPr",
            Some(Open::Cell(_)) => name == "tcPr",
            Some(Open::Row(_)) => name == "trPr",
            Some(Open::Table(_)) => name == "tblPr",
            Some(Open::Properties) => name == "numPr",
            _ => false,
        };
        if fits { Open::Properties } else { Open::Other }
    }

    /// A property of the element around the properties that are open.
    fn property(&mut self, name: &str, tag: &quick_xml::events::BytesStart<'_>) {
        let value = attribute(tag, "val").unwrap_or_default();
        let styles = self.styles;
        let owner = self.open.iter_mut().rev().find(|open| !matches!(open, Open::Properties));
        match (owner, name) {
            (Some(Open::Paragraph(paragraph)), "pStyle") => paragraph.style = styles.resolve(&value),
            (Some(Open::Paragraph(paragraph)), "outlineLvl") => {
                paragraph.heading = value.parse().ok().and_then(level);
            }
            (Some(Open::Paragraph(paragraph)), "numId") => {
                paragraph.item = (value != "0").then(|| paragraph.item.unwrap_or_default());
                paragraph.style.list &= value != "0";
            }
            (Some(Open::Paragraph(paragraph)), "ilvl") => paragraph.item = value.parse().ok(),
            (Some(Open::Paragraph(paragraph)), "ind") => {
                let left = attribute(tag, "left").or_else(|| attribute(tag, "start"));
                paragraph.indented = left.and_then(|left| left.parse::<i64>().ok()).is_some_and(|left| left > 0);
            }
            (Some(Open::Run(run)), "rStyle") => run.style = styles.resolve(&value),
            (Some(Open::Run(run)), "b") => run.bold = Some(is_on(tag)),
            (Some(Open::Run(run)), "strike" | "dstrike") => {
                run.strike = Some(is_on(tag) || run.strike.unwrap_or_default());
            }
            (Some(Open::Run(run)), _) => run.sight.take(name, tag, &styles.theme),
            (Some(Open::Paragraph(paragraph)), "shd") => paragraph.sight.take(name, tag, &styles.theme),
            (Some(Open::Paragraph(paragraph)), "spacing") => {
                paragraph.flat = attribute(tag, "line").is_some_and(|line| is_flat(&line))
                    && attribute(tag, "lineRule").as_deref() == Some("exact");
            }
            (Some(Open::Table(table)), "tblStyle") => table.style = styles.resolve(&value),
            (Some(Open::Table(table)), "shd") => table.ground = styles.theme.shade(tag),
            (Some(Open::Cell(cell)), "shd") => cell.ground = styles.theme.shade(tag),
            (Some(Open::Row(row)), "hidden") => row.gone |= is_on(tag),
            (Some(Open::Row(row)), "trHeight") => {
                row.gone |= is_flat(&value) && attribute(tag, "hRule").as_deref() == Some("exact");
            }
            (Some(Open::Cell(cell)), "gridSpan") => {
                cell.span = value.parse().unwrap_or(1).clamp(1, limits::TABLE_COLUMNS);
            }
            (Some(Open::Cell(cell)), "vMerge") if value != "restart" => cell.merge = Merge::GoesOn,
            (Some(Open::Cell(cell)), "cellDel") => cell.deleted = true,
            (Some(Open::Row(row)), "gridBefore") => {
                row.before = value.parse().unwrap_or(0).min(limits::TABLE_COLUMNS);
            }
            (Some(Open::Row(row)), "tblHeader") => row.header = is_on(tag),
            (Some(Open::Row(row)), "del") => row.gone = true,
            _ => {}
        }
    }

    fn paragraph(&mut self) -> Option<&mut Paragraph> {
        self.open.iter_mut().rev().find_map(|open| if let Open::Paragraph(found) = open { Some(found) } else { None })
    }

    fn piece(&mut self, piece: Piece) {
        if let Some(paragraph) = self.paragraph() {
            paragraph.pieces.push(piece);
        }
    }

    /// A sign that an element stands for. Inside properties (the stops of tabs) it stands for none.
    fn mark(&mut self, text: &str) -> Open {
        if matches!(self.open.last(), Some(Open::Run(_))) {
            self.push(text, None);
        }
        Open::Other
    }

    fn text(&mut self, text: &str, offset: Option<u64>) {
        match self.open.last() {
            Some(Open::Text) => self.push(text, offset),
            Some(Open::Instruction) if text.contains("HYPERLINK") => {
                self.fields.iter_mut().last().into_iter().for_each(|field| field.link = true);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, offset: Option<u64>) {
        let run = self.open.iter().rev().find_map(|open| if let Open::Run(run) = open { Some(*run) } else { None });
        let run = run.unwrap_or_default();
        let link = self.links > 0 || self.fields.iter().any(|field| field.link && field.result);
        let Some(paragraph) = self.paragraph() else { return };
        let (style, own, flat) = (paragraph.style, paragraph.sight, paragraph.flat);
        let table =
            self.open.iter().rev().find_map(|open| if let Open::Table(table) = open { Some(table) } else { None });
        let table = table.map(|table| table.style.sight.without_ground()).unwrap_or_default();
        let sight = run.sight.over(run.style.sight).over(own).over(style.sight).over(table).over(self.styles.defaults);
        if flat || !sight.is_shown() {
            return;
        }
        if let Some(colour) = sight.colour()
            && let Ground::Plain(ground) = sight.ground().unwrap_or_else(|| self.ground())
            && alike(colour, ground)
        {
            return;
        }
        let look = Look {
            bold: run.bold.or(run.style.bold).or(style.bold).unwrap_or_default(),
            strike: run.strike.or(run.style.strike).or(style.strike).unwrap_or_default(),
            link,
        };
        self.piece(Piece::Text(text.to_owned(), offset, look));
    }

    /// What stands behind the present paragraph: its cell, its table, the page. Of a text box nothing is known, nor of
    /// a table whose style lays grounds under some of its rows.
    fn ground(&self) -> Ground {
        let boxes = self.open.iter().filter(|open| matches!(open, Open::Box(_))).count();
        for open in self.open.iter().rev() {
            deadline::step();
            let found = match open {
                Open::Cell(cell) => cell.ground,
                Open::Table(table) if table.style.shades => Some(table.ground.unwrap_or(Ground::Unknown)),
                Open::Table(table) => table.ground,
                Open::Box(_) if boxes > 1 => Some(Ground::Unknown),
                _ => None,
            };
            if let Some(found) = found {
                return found;
            }
        }
        if self.coloured { Ground::Unknown } else { Ground::Plain(WHITE) }
    }

    /// Ends the innermost element. Gives the contents when that is the body.
    fn end(&mut self) -> Option<Vec<Content>> {
        match self.open.pop()? {
            Open::Box(contents) => match self.paragraph() {
                Some(paragraph) => paragraph.boxes.push(contents),
                None => return Some(contents),
            },
            Open::Table(table) => self.content(Content::Table(table)),
            Open::Row(row) => {
                let table = self.open.iter_mut().rev().find_map(|open| match open {
                    Open::Table(table) => Some(table),
                    _ => None,
                });
                if let Some(table) = table.filter(|_| !row.gone) {
                    table.rows.push(row);
                }
            }
            Open::Cell(mut cell) => {
                if cell.deleted {
                    cell.contents.clear();
                }
                let row = self.open.iter_mut().rev().find_map(|open| match open {
                    Open::Row(row) => Some(row),
                    _ => None,
                });
                if let Some(row) = row {
                    row.cells.push(cell);
                }
            }
            Open::Paragraph(mut paragraph) => {
                // A table of contents repeats the headings.
                if paragraph.style.contents {
                    paragraph.pieces.clear();
                }
                paragraph.heading = paragraph.heading.or(paragraph.style.heading);
                if paragraph.style.list {
                    paragraph.item = paragraph.item.or(Some(0));
                }
                self.content(Content::Paragraph(paragraph));
            }
            Open::Link => self.links = self.links.saturating_sub(1),
            _ => {}
        }
        None
    }

    fn content(&mut self, content: Content) {
        let holder = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Box(contents) => Some(contents),
            Open::Cell(cell) => Some(&mut cell.contents),
            _ => None,
        });
        if let Some(contents) = holder {
            contents.push(content);
        }
    }
}
