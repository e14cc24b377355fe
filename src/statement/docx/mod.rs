//! Word documents (Office Open XML, ECMA-376 and ISO/IEC 29500, transitional and strict).
//!
//! The archive goes through the survey that packages go through. The main part is found by the relationships, as Word
//! finds it; a name alone says nothing.

mod body;
mod emit;
mod sight;
mod styles;
mod xml;

use crate::container::zip::{self, Archive, Entry};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::{Place, Source};
use crate::statement::colour::of_hex;
use crate::statement::syntax::Document;
use sight::Theme;
use styles::Styles;
use xml::{Token, Xml, attribute};

/// The relationships of the package, and what the types of those that matter end in.
const PACKAGE_RELATIONSHIPS: &str = "_rels/.rels";
const MAIN_PART: &str = "/officeDocument";
const STYLES_PART: &str = "/styles";
const THEME_PART: &str = "/theme";

/// Entries that tell other documents that are archives, and what these are.
const OTHERS: [(&str, &str); 5] = [
    ("META-INF/manifest.xml", "an OpenDocument file (ODT); save it as DOCX, PDF or HTML"),
    ("AndroidManifest.xml", "an Android package"),
    ("Index/Document.iwa", "a Pages document; export it as DOCX or PDF"),
    ("META-INF/container.xml", "an EPUB book"),
    ("module.json", "a HarmonyOS package"),
];

/// Reads the archive `source` as a Word document.
///
/// # Errors
/// `statement-not-text` for another archive or Office document, `statement-document-malformed`, `empty-file` for a
/// document without text, `limit-xml-…`, `limit-entry-bytes`, those of the archive.
pub(super) fn read(source: &Source, doubts: &mut Vec<Doubt>) -> Result<Document, Error> {
    let place = source.place();
    let (archive, mut own) = zip::survey(source)?.into_parts();
    zip::names_are_bytes(&mut own);
    for doubt in own {
        doubt::push(doubts, doubt);
    }
    let package = Package { archive: &archive };
    let Some(relationships) = package.part(PACKAGE_RELATIONSHIPS, doubts)? else {
        return Err(Error::new(Code::StatementNotText, place, package.what_else()?));
    };
    let malformed = |message: String| Error::new(Code::StatementDocumentMalformed, place.clone(), message);
    let Some(main) = relationships.target("", MAIN_PART)? else {
        return Err(malformed("no relationship of the package leads to its main part".to_owned()));
    };
    let Some(body) = package.part(&main, doubts)? else {
        return Err(malformed(format!("the main part {main} is not in the archive")));
    };
    let styles = package.styles(&main, doubts)?;
    let contents = body::read(body.xml()?, &styles, body.place.clone(), doubts)?;
    let Some(contents) = contents else {
        let what = "the file is an Office document of another kind, such as a workbook; permaudit reads Word documents";
        return Err(Error::new(Code::StatementNotText, body.place, what));
    };
    let document = emit::document(&contents, body.place, doubts);
    if !emit::holds_anything(document.text.as_str(), &document.blocks) {
        return Err(Error::new(Code::EmptyFile, place, "the document holds no text"));
    }
    Ok(document)
}

struct Package<'a> {
    archive: &'a Archive<'a>,
}

/// The bytes of a part.
struct Part {
    bytes: Vec<u8>,
    place: Place,
}

impl Package<'_> {
    /// The part `name`; the case of ASCII letters does not count (ECMA-376 part 2, 6.2.2).
    fn part(&self, name: &str, doubts: &mut Vec<Doubt>) -> Result<Option<Part>, Error> {
        let found: Vec<Entry> = self.archive.select(|entry| entry.eq_ignore_ascii_case(name.as_bytes()))?;
        let Some(entry) = found.first() else { return Ok(None) };
        if found.len() > 1 {
            let message = format!("{} parts are named {name}; the first was read", found.len());
            doubt::push(doubts, Doubt::new(Code::ZipDuplicateName, self.archive.place(entry), message));
        }
        let bytes = self.archive.read(entry, limits::DOCUMENT_BYTES)?.drain_into(doubts);
        Ok(Some(Part { bytes, place: self.archive.place(entry) }))
    }

    /// The styles of the main part; none where it names none.
    fn styles(&self, main: &str, doubts: &mut Vec<Doubt>) -> Result<Styles, Error> {
        let (folder, name) = main.rsplit_once('/').unwrap_or(("", main));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let Some(relationships) = self.part(&format!("{folder}_rels/{name}.rels"), doubts)? else {
            return Ok(Styles::default());
        };
        let mut theme = Theme::default();
        if let Some(target) = relationships.target(&folder, THEME_PART)?
            && let Some(part) = self.part(&target, doubts)?
        {
            part.colours(&mut theme)?;
        }
        let mut styles = Styles::with_theme(theme);
        if let Some(target) = relationships.target(&folder, STYLES_PART)?
            && let Some(part) = self.part(&target, doubts)?
        {
            styles.read(part.xml()?)?;
        }
        Ok(styles)
    }

    /// What an archive that is no Office document is, in words.
    fn what_else(&self) -> Result<String, Error> {
        for (name, what) in OTHERS {
            if !self.archive.find(name.as_bytes())?.is_empty() {
                return Ok(format!("the file is {what}"));
            }
        }
        let payload = self.archive.select(|name| name.starts_with(b"Payload/"))?;
        let what = if payload.is_empty() { "a ZIP archive, and no Word document" } else { "an iOS package" };
        Ok(format!("the file is {what}"))
    }
}

impl Part {
    fn xml(&self) -> Result<Xml<'_>, Error> {
        Xml::new(&self.bytes, self.place.clone())
    }

    /// The colours of a theme: each stands in an element that is called as it is (`a:clrScheme`, ECMA-376 20.1.6.2).
    fn colours(&self, theme: &mut Theme) -> Result<(), Error> {
        let mut xml = self.xml()?;
        let mut path: Vec<String> = Vec::new();
        loop {
            deadline::step();
            match xml.next()? {
                Token::Open(_, tag) => {
                    let name = tag.local_name().into_inner().to_owned();
                    let value = match name.as_str() {
                        "srgbClr" => attribute(&tag, "val"),
                        "sysClr" => attribute(&tag, "lastClr"),
                        _ => None,
                    };
                    if let [.., scheme, colour] = path.as_slice()
                        && scheme == "clrScheme"
                        && let Some(value) = value.and_then(|value| of_hex(&value))
                    {
                        theme.set(colour, value);
                    }
                    path.push(name);
                }
                Token::Close => drop(path.pop()),
                Token::Text(..) => {}
                Token::End => return Ok(()),
            }
        }
    }

    /// The target of the first relationship whose type ends in `kind`, as the name of an entry; `folder` is that of the
    /// part to which the relationships belong.
    fn target(&self, folder: &str, kind: &str) -> Result<Option<String>, Error> {
        let mut xml = self.xml()?;
        loop {
            deadline::step();
            match xml.next()? {
                Token::Open(_, tag) if tag.local_name().into_inner() == "Relationship" => {
                    let is_outside = attribute(&tag, "TargetMode").is_some_and(|mode| mode == "External");
                    let fits = attribute(&tag, "Type").is_some_and(|found| found.ends_with(kind)) && !is_outside;
                    if let Some(target) = attribute(&tag, "Target").filter(|_| fits) {
                        return Ok(Some(resolve(folder, &target)));
                    }
                }
                Token::Open(..) | Token::Close | Token::Text(..) => {}
                Token::End => return Ok(None),
            }
        }
    }
}

/// The name of the entry that `target` means, seen from `folder`, which ends in `/` or is empty.
fn resolve(folder: &str, target: &str) -> String {
    let whole = match target.strip_prefix('/') {
        Some(from_root) => from_root.to_owned(),
        None => format!("{folder}{target}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_the_part_that_they_belong_to() {
        assert_eq!(resolve("", "word/document.xml"), "word/document.xml");
        assert_eq!(resolve("word/", "styles.xml"), "word/styles.xml");
        assert_eq!(resolve("word/", "/word/styles2.xml"), "word/styles2.xml");
        assert_eq!(resolve("word/", "../a/./b.xml"), "a/b.xml");
        assert_eq!(resolve("", "../../x"), "x");
    }
}
