//! Targets for statements, and for the texts that a house writes: policy file, baseline, list of a scan.

use std::io::{Cursor, Write};

use permaudit::scan::Done;
use permaudit::statement::text::Text;
use permaudit::{config, report};
use zip::write::SimpleFileOptions;

use super::laws::{inside, place, read_statement};

/// Lines of which the place is asked.
const LINES: usize = 200;

/// A statement in Markdown or plain text; the content decides, so that it may become any other.
pub fn statement_markdown(bytes: &[u8]) {
    read_statement(bytes);
}

/// A statement as a page, or a page saved with its parts.
pub fn statement_html(bytes: &[u8]) {
    let is_page = bytes.starts_with(b"<") || bytes.starts_with(b"MIME") || bytes.starts_with(b"From");
    let doctype: &[u8] = if is_page { b"" } else { b"<!DOCTYPE html>" };
    read_statement(&[doctype, bytes].concat());
}

/// A statement as a table of commas or tabs.
pub fn statement_csv(bytes: &[u8]) {
    read_statement(bytes);
}

/// The main part of a Word document.
pub fn statement_docx(bytes: &[u8]) {
    let relationships = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                         <Relationship Id=\"rId1\" Target=\"word/document.xml\" Type=\"http://schemas.openxmlformats.org\
                         /officeDocument/2006/relationships/officeDocument\"/></Relationships>";
    let entries: [(&str, &[u8]); 2] = [("_rels/.rels", relationships.as_bytes()), ("word/document.xml", bytes)];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let written = archive.start_file(name, options).is_ok() && archive.write_all(content).is_ok();
        assert!(written, "the archive around {name} was not written");
    }
    let Ok(archive) = archive.finish() else { panic!("the archive was not written") };
    read_statement(&archive.into_inner());
}

/// A PDF.
pub fn statement_pdf(bytes: &[u8]) {
    let header: &[u8] = if bytes.starts_with(b"%PDF-") { b"" } else { b"%PDF-1.7\n" };
    read_statement(&[header, bytes].concat());
}

/// Bytes in any encoding: every line has a place in the file, and they come in order.
pub fn statement_encoding(bytes: &[u8]) {
    let mut doubts = Vec::new();
    for label in [None, Some("gb18030"), Some("utf-16le"), Some("shift_jis")] {
        let Ok(text) = Text::decode_as(bytes, place(), label, &mut doubts) else { continue };
        let mut reached = 0;
        for line in text.lines().take(LINES) {
            let place = text.place(line);
            inside(&place, bytes.len());
            let offset = place.offset.unwrap_or_default();
            assert!(offset >= reached, "a line stands before the one above it");
            reached = offset;
        }
    }
    read_statement(bytes);
}

/// A policy file: a mistake has a place, and they come in order.
pub fn policy_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Err(mistakes) = config::parse(&text, "input") else { return };
    assert!(!mistakes.is_empty(), "refused without a mistake");
    for mistake in &mistakes {
        assert!(!mistake.message.is_empty());
        inside(&mistake.place, text.len());
    }
    assert!(mistakes.is_sorted_by_key(|mistake| mistake.place.offset));
}

/// An earlier report that is a baseline: what it hides stands in it, word for word.
pub fn baseline(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(hidden) = report::fingerprints(&text) else { return };
    // What nobody asks for may be text that this cannot hold, such as half of a surrogate pair.
    let Ok(document) = serde_json::from_str::<serde_json::Value>(&text) else { return };
    let findings = document.get("findings").and_then(serde_json::Value::as_array);
    let Some(findings) = findings else { panic!("a report without findings was taken") };
    let open = |finding: &serde_json::Value| finding.get("accepted").is_some_and(serde_json::Value::is_null);
    let known = findings.iter().filter(|finding| open(finding));
    let known: Vec<&str> = known.filter_map(|finding| finding.get("fingerprint")?.as_str()).collect();
    assert!(hidden.iter().all(|fingerprint| known.contains(&fingerprint.as_str())), "hides what it does not hold");
}

/// A line of an earlier scan: one that is refused counts for nothing.
pub fn scan_line(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    let mut done = Done::default();
    let first = done.add(&line);
    let count = done.tally.read();
    assert!(first.is_ok() || count == 0, "a line that was refused is counted");
    assert_eq!(first, done.add(&line));
    assert_eq!(done.tally.read(), count, "the same line is counted twice");
}
