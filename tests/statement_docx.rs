//! What a reader of a Word document sees is disclosed, and nothing else.

mod support;

use permaudit::disclosure::Statement;
use permaudit::knowledge::Book;
use permaudit::source::Source;
use permaudit::statement;
use proptest::prelude::*;
use support::docx::{Docx, STRICT, cell, heading, paragraph, permissions, row, run, table};
use support::zip::{Entry, Zip};

fn read(bytes: Vec<u8>) -> Statement {
    statement::read(&Source::new("s.docx", bytes), &Book)
}

fn of(body: impl Into<String>) -> Statement {
    read(Docx::new(body).build())
}

fn written(statement: &Statement) -> Vec<&str> {
    statement.disclosures.value.iter().map(|row| row.written.as_str()).collect()
}

fn disclosed(statement: &Statement) -> Vec<&str> {
    let all = statement.disclosures.value.iter().flat_map(|row| &row.permissions);
    all.map(|named| named.name.trim_start_matches("android.permission.")).collect()
}

fn codes(statement: &Statement) -> Vec<&'static str> {
    statement.disclosures.doubts().iter().map(|doubt| doubt.code.name()).collect()
}

#[test]
fn a_row_is_disclosed_with_its_cell_and_the_bytes_of_its_name() {
    let document = Docx::new(permissions(&[row(&["CAMERA", "Scans codes."])]));
    let statement = read(document.build());
    let [camera] = statement.disclosures.value.as_slice() else { panic!("{statement:?}") };
    assert_eq!((codes(&statement), camera.purpose.as_deref()), (vec![], Some("Scans codes.")));
    let place = &camera.place;
    assert_eq!(place.path.as_deref(), Some("table 1 > row 2 > cell 1"));
    assert_eq!(place.entry.as_deref(), Some("word/document.xml"));
    assert_eq!(place.to_string(), "s.docx, table 1, row 2, cell 1");
    let part = document.document();
    let start = usize::try_from(place.offset.unwrap()).unwrap();
    assert_eq!(part.get(start..start + usize::try_from(place.length.unwrap()).unwrap()), Some("CAMERA"));
    assert_eq!(statement.line(place.lines.unwrap().line), Some("CAMERA | Scans codes."));
}

#[test]
fn both_namespaces_and_any_place_of_the_main_part_are_read() {
    let rows = permissions(&[row(&["CAMERA", "Scans codes."])]);
    let strict = Docx { namespace: STRICT, ..Docx::new(rows.clone()) };
    let moved = Docx { main: "Word/doc2.XML", target: "/word/doc2.xml", ..Docx::new(rows.clone()) };
    for document in [strict, moved] {
        assert_eq!(disclosed(&read(document.build())), ["CAMERA"], "{}", document.main);
    }
    // The usual name, to which nothing leads, is not the document.
    let other = Docx::new(permissions(&[row(&["READ_SMS", "x"])])).document().into_bytes();
    let decoy = Docx {
        main: "word/real.xml",
        target: "word/real.xml",
        more: vec![("word/document.xml".to_owned(), other)],
        ..Docx::new(rows)
    };
    assert_eq!(disclosed(&read(decoy.build())), ["CAMERA"]);
}

#[test]
fn what_a_reader_does_not_see_discloses_nothing() {
    let with = |inside: &str| {
        format!("<w:tr>{}{}</w:tr>", cell("", &format!("<w:p>{inside}</w:p>")), cell("", &paragraph("x")))
    };
    for (what, hidden) in [
        ("hidden", with("<w:r><w:rPr><w:vanish/></w:rPr><w:t>READ_SMS</w:t></w:r>")),
        ("hidden by style", with("<w:r><w:rPr><w:rStyle w:val=\"Gone\"/></w:rPr><w:t>READ_SMS</w:t></w:r>")),
        ("too small", with("<w:r><w:rPr><w:sz w:val=\"2\"/></w:rPr><w:t>READ_SMS</w:t></w:r>")),
        ("small by style", with(&styled("Small", "READ_SMS"))),
        ("squeezed", with(&looking("<w:w w:val=\"1\"/>", "READ_SMS"))),
        ("white", with(&looking("<w:color w:val=\"FFFFFF\"/>", "READ_SMS"))),
        ("all but white", with(&looking("<w:color w:val=\"fdfdfd\"/>", "READ_SMS"))),
        ("white by style", with(&styled("White", "READ_SMS"))),
        ("white by theme", with(&looking("<w:color w:val=\"000000\" w:themeColor=\"background1\"/>", "READ_SMS"))),
        (
            "white by a theme of its own",
            with(&looking("<w:color w:val=\"000000\" w:themeColor=\"accent1\"/>", "READ_SMS")),
        ),
        (
            "white by lightening",
            with(&looking("<w:color w:val=\"000000\" w:themeColor=\"text1\" w:themeTint=\"00\"/>", "READ_SMS")),
        ),
        (
            "black on black",
            with(&looking("<w:color w:val=\"000000\"/><w:shd w:val=\"clear\" w:fill=\"000000\"/>", "READ_SMS")),
        ),
        ("solid", with(&looking("<w:color w:val=\"102030\"/><w:shd w:val=\"solid\" w:color=\"102030\"/>", "READ_SMS"))),
        ("marked", with(&looking("<w:color w:val=\"FFFF00\"/><w:highlight w:val=\"yellow\"/>", "READ_SMS"))),
        ("not filled", with(&looking("<x:textFill><x:noFill/></x:textFill>", "READ_SMS"))),
        (
            "filled white",
            with(&looking(
                "<x:textFill><x:solidFill><x:srgbClr x:val=\"FFFFFF\"/></x:solidFill></x:textFill>",
                "READ_SMS",
            )),
        ),
        (
            "the colour of its paragraph",
            with(&format!(
                "<w:pPr><w:shd w:val=\"clear\" w:fill=\"336699\"/></w:pPr>{}",
                looking("<w:color w:val=\"336699\"/>", "READ_SMS")
            )),
        ),
        (
            "the colour of its cell",
            format!(
                "<w:tr>{}{}</w:tr>",
                cell(
                    "<w:shd w:val=\"clear\" w:fill=\"336699\"/>",
                    &format!("<w:p>{}</w:p>", looking("<w:color w:val=\"336699\"/>", "READ_SMS"))
                ),
                cell("", &paragraph("x"))
            ),
        ),
        (
            "a line without height",
            with(&format!("<w:pPr><w:spacing w:line=\"1\" w:lineRule=\"exact\"/></w:pPr>{}", run("READ_SMS"))),
        ),
        (
            "hidden row",
            format!(
                "<w:tr><w:trPr><w:hidden/></w:trPr>{}{}</w:tr>",
                cell("", &paragraph("READ_SMS")),
                cell("", &paragraph("x"))
            ),
        ),
        (
            "a row without height",
            format!(
                "<w:tr><w:trPr><w:trHeight w:val=\"1\" w:hRule=\"exact\"/></w:trPr>{}{}</w:tr>",
                cell("", &paragraph("READ_SMS")),
                cell("", &paragraph("x"))
            ),
        ),
        ("deleted", with("<w:del w:id=\"1\"><w:r><w:t>READ_SMS</w:t></w:r></w:del>")),
        ("deleted text", with("<w:r><w:delText>READ_SMS</w:delText></w:r>")),
        ("moved away", with("<w:moveFrom w:id=\"1\"><w:r><w:t>READ_SMS</w:t></w:r></w:moveFrom>")),
        ("instruction", with("<w:r><w:instrText>READ_SMS</w:instrText></w:r>")),
        ("comment", with("<!-- <w:r><w:t>READ_SMS</w:t></w:r> -->")),
        (
            "fallback",
            with(&format!(
                "<w:r><mc:AlternateContent><mc:Choice Requires=\"wps\">{}</mc:Choice><mc:Fallback>{}</mc:Fallback>\
             </mc:AlternateContent></w:r>",
                run("-"),
                run("READ_SMS")
            )),
        ),
        (
            "a choice that Word does not take",
            with(&format!(
                "<w:r><mc:AlternateContent><mc:Choice Requires=\"x\">{}</mc:Choice><mc:Fallback>{}</mc:Fallback>\
             </mc:AlternateContent></w:r>",
                run("READ_SMS"),
                run("-")
            )),
        ),
        (
            "deleted row",
            format!(
                "<w:tr><w:trPr><w:del w:id=\"1\"/></w:trPr>{}{}</w:tr>",
                cell("", &paragraph("READ_SMS")),
                cell("", &paragraph("x"))
            ),
        ),
        (
            "deleted cell",
            format!("<w:tr>{}{}</w:tr>", cell("<w:cellDel/>", &paragraph("READ_SMS")), cell("", &paragraph("x"))),
        ),
        ("no text of the page", with("<x:t>READ_SMS</x:t>")),
    ] {
        let styles = "<w:style w:type=\"character\" w:styleId=\"Base\"><w:rPr><w:vanish/></w:rPr></w:style>\
                      <w:style w:type=\"character\" w:styleId=\"Gone\"><w:basedOn w:val=\"Base\"/></w:style>\
                      <w:style w:type=\"character\" w:styleId=\"Small\"><w:rPr><w:sz w:val=\"1\"/></w:rPr></w:style>\
                      <w:style w:type=\"character\" w:styleId=\"White\"><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr></w:style>";
        let theme =
            "<a:accent1><a:srgbClr val=\"FFFFFF\"/></a:accent1><a:dk1><a:sysClr val=\"x\" lastClr=\"000000\"/></a:dk1>";
        let body = permissions(&[row(&["CAMERA", "Scans codes."]), hidden]);
        let document = Docx { styles: styles.to_owned(), theme: theme.to_owned(), ..Docx::new(body) };
        assert_eq!(disclosed(&read(document.build())), ["CAMERA"], "{what}");
    }
}

/// A run with these properties.
fn looking(properties: &str, text: &str) -> String {
    format!("<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>")
}

/// A run in this style.
fn styled(style: &str, text: &str) -> String {
    looking(&format!("<w:rStyle w:val=\"{style}\"/>"), text)
}

#[test]
fn letters_without_ink_by_what_all_letters_have_disclose_nothing() {
    for styles in [
        "<w:docDefaults><w:rPrDefault><w:rPr><w:vanish/></w:rPr></w:rPrDefault></w:docDefaults>",
        "<w:docDefaults><w:rPrDefault><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr></w:rPrDefault></w:docDefaults>",
        "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:rPr><w:sz w:val=\"1\"/></w:rPr></w:style>",
        "<w:style w:type=\"table\" w:default=\"1\" w:styleId=\"Grid\"><w:rPr><w:vanish/></w:rPr></w:style>",
    ] {
        let shown = "<w:vanish w:val=\"0\"/><w:color w:val=\"auto\"/><w:sz w:val=\"20\"/>";
        let header = ["Permission", "Purpose"].map(|title| cell("", &format!("<w:p>{}</w:p>", looking(shown, title))));
        let camera = ["CAMERA", "x"].map(|text| cell("", &format!("<w:p>{}</w:p>", looking(shown, text))));
        let rows = [header, camera].map(|cells| format!("<w:tr>{}</w:tr>", cells.concat()));
        let body = table(&[&rows[..], &[row(&["READ_SMS", "x"])]].concat());
        let statement = read(Docx { styles: styles.to_owned(), ..Docx::new(body) }.build());
        assert_eq!(disclosed(&statement), ["CAMERA"], "{styles}");
    }
}

#[test]
fn white_letters_are_read_on_every_ground_that_may_be_dark() {
    let white = |text: &str| format!("<w:p>{}</w:p>", looking("<w:color w:val=\"FFFFFF\"/>", text));
    let rows = |properties: &str, table_properties: &str| {
        let header = row(&["Permission", "Purpose"]);
        let sms = format!("<w:tr>{}{}</w:tr>", cell(properties, &white("READ_SMS")), cell("", &paragraph("x")));
        format!("<w:tbl><w:tblPr>{table_properties}</w:tblPr>{header}{sms}</w:tbl>")
    };
    let dark = "<w:shd w:val=\"clear\" w:fill=\"1F3864\"/>";
    let banded = "<w:style w:type=\"table\" w:styleId=\"Banded\"><w:tblStylePr w:type=\"firstRow\"><w:tcPr>\
                  <w:shd w:val=\"clear\" w:fill=\"1F3864\"/></w:tcPr></w:tblStylePr></w:style>";
    let boxed =
        |inside: &str| format!("<w:p><w:r><w:pict><w:txbxContent>{inside}</w:txbxContent></w:pict></w:r></w:p>");
    for (what, body) in [
        ("cell", rows(dark, "")),
        ("theme", rows("<w:shd w:val=\"clear\" w:fill=\"FFFFFF\" w:themeFill=\"text1\"/>", "")),
        ("pattern", rows("<w:shd w:val=\"pct75\" w:fill=\"FFFFFF\"/>", "")),
        ("table", rows("", dark)),
        ("style of the table", rows("", "<w:tblStyle w:val=\"Banded\"/>")),
        (
            "table around it",
            format!("<w:tbl><w:tr>{}{}</w:tr></w:tbl>", cell(dark, &rows("", "")), cell("", &paragraph("x"))),
        ),
        ("text box", boxed(&rows("", ""))),
    ] {
        let statement = read(Docx { styles: banded.to_owned(), ..Docx::new(body) }.build());
        assert_eq!(disclosed(&statement), ["READ_SMS"], "{what}");
    }
    assert!(disclosed(&of(rows("", ""))).is_empty());
    // A ground over the cell's covers it.
    let marked = looking("<w:color w:val=\"FFFFFF\"/><w:highlight w:val=\"white\"/>", "READ_SMS");
    let covered = row(&["Permission", "Purpose"])
        + &format!("<w:tr>{}{}</w:tr>", cell(dark, &format!("<w:p>{marked}</w:p>")), cell("", &paragraph("x")));
    assert!(disclosed(&of(table(&[covered]))).is_empty());
}

#[test]
fn what_is_inserted_or_wrapped_is_read() {
    for (what, shown) in [
        ("inserted", format!("<w:ins w:id=\"1\">{}</w:ins>", run("READ_SMS"))),
        ("moved here", format!("<w:moveTo w:id=\"1\">{}</w:moveTo>", run("READ_SMS"))),
        (
            "control",
            format!(
                "<w:sdt><w:sdtPr><w:alias w:val=\"x\"/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
                run("READ_SMS")
            ),
        ),
        ("smart tag", format!("<w:smartTag>{}</w:smartTag>", run("READ_SMS"))),
        ("link", format!("<w:hyperlink r:id=\"rId9\">{}</w:hyperlink>", run("READ_SMS"))),
        ("field", format!("<w:fldSimple w:instr=\"REF x\">{}</w:fldSimple>", run("READ_SMS"))),
        ("switched on again", "<w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>READ_SMS</w:t></w:r>".to_owned()),
        ("in pieces", run("READ_") + &run("S") + "<w:r><w:t>MS</w:t></w:r>"),
        ("referred", run("READ&#95;SMS")),
        ("data", "<w:r><w:t><![CDATA[READ_SMS]]></w:t></w:r>".to_owned()),
    ] {
        let row = format!("<w:tr>{}{}</w:tr>", cell("", &format!("<w:p>{shown}</w:p>")), cell("", &paragraph("x")));
        let statement = of(permissions(&[row]));
        assert_eq!((disclosed(&statement), written(&statement)), (vec!["READ_SMS"], vec!["READ_SMS"]), "{what}");
    }
}

#[test]
fn a_struck_name_is_negated() {
    for look in ["<w:strike/>", "<w:dstrike/>"] {
        let struck = format!("<w:p><w:r><w:rPr>{look}</w:rPr><w:t>READ_SMS</w:t></w:r></w:p>");
        let row = format!("<w:tr>{}{}</w:tr>", cell("", &struck), cell("", &paragraph("x")));
        assert!(disclosed(&of(permissions(&[row]))).is_empty(), "{look}");
    }
}

#[test]
fn a_merged_cell_belongs_to_every_row_and_column_that_it_reaches_over() {
    let merged =
        |merge: &str, purpose: &str| format!("<w:tc><w:tcPr><w:vMerge{merge}/></w:tcPr>{}</w:tc>", paragraph(purpose));
    let rows = [
        format!("<w:tr>{}{}</w:tr>", cell("", &paragraph("CAMERA")), merged(" w:val=\"restart\"", "Scans codes.")),
        format!("<w:tr>{}{}</w:tr>", cell("", &paragraph("READ_SMS")), merged("", "")),
        format!("<w:tr>{}</w:tr>", cell("<w:gridSpan w:val=\"2\"/>", &paragraph("VIBRATE"))),
    ];
    let statement = of(permissions(&rows));
    let purposes: Vec<_> = statement.disclosures.value.iter().map(|row| row.purpose.as_deref()).collect();
    assert_eq!(written(&statement), ["CAMERA", "READ_SMS", "VIBRATE"]);
    assert_eq!(purposes, [Some("Scans codes."), Some("Scans codes."), Some("VIBRATE")]);
}

#[test]
fn a_lie_about_a_merged_cell_takes_no_memory() {
    let long = "x".repeat(200_000);
    let rows: Vec<String> =
        std::iter::once(format!("<w:tr>{}</w:tr>", cell("<w:vMerge w:val=\"restart\"/>", &paragraph(&long))))
            .chain(
                (0..2_000)
                    .map(|_| format!("<w:tr>{}</w:tr>", cell("<w:gridSpan w:val=\"999999999\"/><w:vMerge/>", ""))),
            )
            .collect();
    assert_eq!(codes(&of(permissions(&rows)))[0], "limit-spanned-text");
}

#[test]
fn a_table_in_a_cell_is_a_table_of_its_own_and_a_frame_is_none() {
    let inner = table(&[row(&["Permission", "Purpose"]), row(&["CAMERA", "Scans codes."])]);
    let framed = heading("Android permissions") + &table(&[format!("<w:tr>{}</w:tr>", cell("", &inner))]);
    let statement = of(framed);
    assert_eq!(
        statement.disclosures.value[0].place.path.as_deref(),
        Some("table 1 > row 1 > cell 1 > table 1 > row 2 > cell 1")
    );
    let beside =
        table(&[format!("<w:tr>{}{}</w:tr>", cell("", &(paragraph("Left") + &inner)), cell("", &paragraph("Right")))]);
    let statement = of(heading("Android permissions") + &beside);
    assert_eq!((disclosed(&statement), codes(&statement)), (vec!["CAMERA"], vec![]));
}

#[test]
fn headings_by_style_and_items_by_number_are_read() {
    let styles = "<w:style w:type=\"paragraph\" w:styleId=\"a1\"><w:name w:val=\"heading 2\"/></w:style>\
                  <w:style w:type=\"paragraph\" w:styleId=\"a2\"><w:basedOn w:val=\"a1\"/></w:style>\
                  <w:style w:type=\"paragraph\" w:styleId=\"toc\"><w:name w:val=\"toc 1\"/></w:style>";
    let in_style =
        |style: &str, text: &str| format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{}</w:p>", run(text));
    let item = |text: &str| {
        format!("<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr>{}</w:p>", run(text))
    };
    let body = in_style("toc", "Device permissions: SMS")
        + &in_style("a2", "Android device permissions")
        + &item("CAMERA: to scan codes.")
        + &item("READ_SMS: to fill codes in.");
    let statement = read(Docx { styles: styles.to_owned(), ..Docx::new(body) }.build());
    assert_eq!(disclosed(&statement), ["CAMERA", "READ_SMS"]);
    assert_eq!(statement.disclosures.value[1].place.to_string(), "s.docx, paragraph 4");
}

#[test]
fn text_boxes_are_read_once_and_pictures_in_the_place_of_a_table_are_doubts() {
    let inside = permissions(&[row(&["CAMERA", "Scans codes."])]);
    let boxed = format!(
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><w:drawing><wps:txbx><w:txbxContent>{inside}</w:txbxContent>\
         </wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>{inside}</w:txbxContent></w:pict></mc:Fallback>\
         </mc:AlternateContent></w:r></w:p>"
    );
    assert_eq!(disclosed(&of(boxed)), ["CAMERA"]);
    let picture = "<w:p><w:r><w:drawing><a:blip r:embed=\"rId5\"/></w:drawing></w:r></w:p>";
    let statement = of(heading("Android permissions") + picture);
    assert_eq!(codes(&statement), ["statement-unreadable-table"]);
}

#[test]
fn what_cannot_be_read_is_an_error_or_a_doubt_with_its_cause() {
    let rows = permissions(&[row(&["CAMERA", "x"])]);
    let document = Docx::new(rows.clone());
    let broken = |body: &str| read(Docx::new(body).build());
    let archive =
        |entries: &[(&str, &[u8])]| Zip::new(entries.iter().map(|(name, bytes)| Entry::stored(name, bytes))).build();
    let deep = "<w:sdt>".repeat(5_000);
    for (what, statement, code) in [
        ("a part elsewhere", of(rows.clone() + "<w:altChunk r:id=\"rId7\"/>"), "statement-document-part"),
        ("not well-formed", broken("<w:p><w:r></w:p>"), "statement-document-malformed"),
        ("a second body", broken("</w:body></w:document><w:document>"), "statement-document-malformed"),
        ("too deep", broken(&deep), "limit-xml-depth"),
        ("no text", of("<w:p/>"), "empty-file"),
        (
            "no main part",
            read(Docx { target: "word/gone.xml", ..document.clone() }.build()),
            "statement-document-malformed",
        ),
        ("another archive", read(archive(&[("a.txt", b"x")])), "statement-not-text"),
        ("OpenDocument", read(archive(&[("mimetype", b"x"), ("META-INF/manifest.xml", b"x")])), "statement-not-text"),
        ("a package", read(archive(&[("AndroidManifest.xml", b"x")])), "statement-not-text"),
        ("cut short", read(document.build()[..200].to_vec()), "zip-truncated"),
    ] {
        assert!(codes(&statement).contains(&code), "{what}: {:?}", statement.disclosures.doubts());
    }
    // Entities could mean anything.
    let entity = document.document().replacen("<w:document", "<!DOCTYPE x [<!ENTITY y \"z\">]><w:document", 1);
    let mut entries = document.entries();
    entries[1].1 = entity.into_bytes();
    let statement = read(Zip::new(entries.iter().map(|(name, bytes)| Entry::deflated(name, bytes))).build());
    assert_eq!(codes(&statement), ["statement-document-malformed"]);
    // Two main parts: which one Word takes depends on the reader.
    let mut entries = document.entries();
    entries.push(entries[1].clone());
    let statement = read(Zip::new(entries.iter().map(|(name, bytes)| Entry::deflated(name, bytes))).build());
    assert!(codes(&statement).contains(&"zip-duplicate-name"));
    // A bomb.
    let mut entries = document.entries();
    entries[1].1.extend(vec![b' '; 40 << 20]);
    let statement = read(Zip::new(entries.iter().map(|(name, bytes)| Entry::deflated(name, bytes))).build());
    assert_eq!(codes(&statement), ["limit-entry-bytes"]);
    assert!(statement.unreadable);
}

fn piece() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "<w:p>",
        "</w:p>",
        "<w:r>",
        "</w:r>",
        "<w:t>",
        "</w:t>",
        "<w:tbl>",
        "</w:tbl>",
        "<w:tr>",
        "</w:tr>",
        "<w:tc>",
        "</w:tc>",
        "<w:tcPr>",
        "</w:tcPr>",
        "<w:vMerge/>",
        "<w:gridSpan w:val=\"9\"/>",
        "<w:del>",
        "</w:del>",
        "CAMERA",
        "Permission",
        "Purpose",
        "&amp;",
        "<w:txbxContent>",
        "</w:txbxContent>",
        "<w:br/>",
        "<w:tab/>",
        "<w:pPr>",
        "</w:pPr>",
        "<w:outlineLvl w:val=\"0\"/>",
        "<w:fldChar w:fldCharType=\"begin\"/>",
        "<w:rPr>",
        "</w:rPr>",
        "<w:b/>",
        "<w:vanish/>",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_body_is_read_without_a_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let statement = of(pieces.concat());
        for row in &statement.disclosures.value {
            prop_assert!(row.place.path.is_some() && row.place.extracted);
        }
    }

    #[test]
    fn any_damage_is_read_without_a_panic(at in 0_usize..2_000, byte: u8) {
        let mut bytes = Docx::new(permissions(&[row(&["CAMERA", "x"])])).build();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(bytes);
    }

    #[test]
    fn every_visible_name_in_a_table_is_disclosed(names in prop::collection::vec(
        prop::sample::select(vec!["CAMERA", "READ_SMS", "VIBRATE", "RECORD_AUDIO"]), 1..8)) {
        let rows: Vec<String> = names.iter().map(|name| row(&[name, "To do something."])).collect();
        let statement = of(permissions(&rows));
        prop_assert_eq!(written(&statement), names);
        prop_assert!(statement.disclosures.is_whole());
    }
}
