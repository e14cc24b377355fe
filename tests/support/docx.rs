//! A Word document as parts in which everything can lie.

use super::zip::{Entry, Zip};

pub const TRANSITIONAL: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
pub const STRICT: &str = "http://purl.oclc.org/ooxml/wordprocessingml/main";

/// A document: the content of its body, and its parts by name.
#[derive(Debug, Clone)]
pub struct Docx {
    pub namespace: &'static str,
    pub body: String,
    pub styles: String,
    /// The colours of the theme; no theme when empty.
    pub theme: String,
    /// Where the main part stands, and where the relationships say that it stands.
    pub main: &'static str,
    pub target: &'static str,
    /// Further entries.
    pub more: Vec<(String, Vec<u8>)>,
}

impl Docx {
    pub fn new(body: impl Into<String>) -> Docx {
        let (main, target) = ("word/document.xml", "word/document.xml");
        Docx {
            namespace: TRANSITIONAL,
            body: body.into(),
            styles: String::new(),
            theme: String::new(),
            main,
            target,
            more: Vec::new(),
        }
    }

    /// The main part.
    pub fn document(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document xmlns:w=\"{}\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
             xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
             xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" \
             xmlns:wps=\"http://schemas.microsoft.com/office/word/2010/wordprocessingShape\" xmlns:x=\"urn:x\">\
             <w:body>{}</w:body></w:document>",
            self.namespace, self.body
        )
    }

    pub fn entries(&self) -> Vec<(String, Vec<u8>)> {
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let relationship = |kind: &str, target: &str| {
            format!("<Relationship Id=\"rId1\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
        };
        let relationships = |inside: String| format!("<Relationships xmlns=\"{package}\">{inside}</Relationships>");
        let theme = (!self.theme.is_empty()).then(|| {
            let space = "http://schemas.openxmlformats.org/drawingml/2006/main";
            let colours = format!("<a:clrScheme name=\"x\">{}</a:clrScheme>", self.theme);
            format!("<a:theme xmlns:a=\"{space}\"><a:themeElements>{colours}</a:themeElements></a:theme>").into_bytes()
        });
        let styles = format!("<w:styles xmlns:w=\"{}\">{}</w:styles>", self.namespace, self.styles);
        let (folder, name) = self.main.rsplit_once('/').unwrap_or(("", self.main));
        let mut entries = vec![
            ("_rels/.rels".to_owned(), relationships(relationship("officeDocument", self.target)).into_bytes()),
            (self.main.to_owned(), self.document().into_bytes()),
            (
                format!("{folder}/_rels/{name}.rels"),
                relationships(relationship("styles", "styles.xml") + &relationship("theme", "theme.xml")).into_bytes(),
            ),
            (format!("{folder}/styles.xml"), styles.into_bytes()),
        ];
        entries.extend(theme.map(|theme| (format!("{folder}/theme.xml"), theme)));
        entries.extend(self.more.iter().cloned());
        entries
    }

    pub fn build(&self) -> Vec<u8> {
        Zip::new(self.entries().iter().map(|(name, bytes)| Entry::deflated(name, bytes))).build()
    }
}

pub fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

pub fn paragraph(text: &str) -> String {
    format!("<w:p>{}</w:p>", run(text))
}

pub fn heading(text: &str) -> String {
    format!("<w:p><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr>{}</w:p>", run(text))
}

/// A cell with these properties and this content.
pub fn cell(properties: &str, content: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>")
}

/// A row of cells, each one paragraph.
pub fn row(texts: &[&str]) -> String {
    let cells: String = texts.iter().map(|text| cell("", &paragraph(text))).collect();
    format!("<w:tr>{cells}</w:tr>")
}

pub fn table(rows: &[String]) -> String {
    format!("<w:tbl>{}</w:tbl>", rows.concat())
}

/// A heading and a table of permissions with these rows.
pub fn permissions(rows: &[String]) -> String {
    let header = row(&["Permission", "Purpose"]);
    heading("Android permissions") + &table(&[&[header], rows].concat())
}
