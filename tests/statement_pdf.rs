//! What a reader of a PDF sees is disclosed, and what cannot be told is a doubt.

#![allow(clippy::indexing_slicing, clippy::format_collect, reason = "a test may stop")]

mod support;

use permaudit::disclosure::Statement;
use permaudit::knowledge::Book;
use permaudit::source::Source;
use permaudit::statement;
use proptest::prelude::*;
use support::pdf::{Pdf, ruled, stream, text, zlib};

fn read(bytes: Vec<u8>) -> Statement {
    statement::read(&Source::new("s.pdf", bytes), &Book)
}

fn of(pages: &[&str]) -> Statement {
    read(Pdf::new(pages, "").build())
}

fn written(statement: &Statement) -> Vec<&str> {
    statement.disclosures.value.iter().map(|row| row.written.as_str()).collect()
}

fn purposes(statement: &Statement) -> Vec<Option<&str>> {
    statement.disclosures.value.iter().map(|row| row.purpose.as_deref()).collect()
}

fn codes(statement: &Statement) -> Vec<&'static str> {
    statement.disclosures.doubts().iter().map(|doubt| doubt.code.name()).collect()
}

const EDGES: [i32; 3] = [60, 240, 520];
const HEADER: &[&str] = &["Permission", "Purpose"];

fn titled(table: &str) -> String {
    text(60, 780, 16, "Android permissions") + table
}

#[test]
fn lines_tell_the_cells_of_a_table_and_a_place_is_a_page() {
    let table = ruled(
        &EDGES,
        750,
        30,
        &[HEADER, &["CAMERA", "Scans codes, and takes\npictures."], &["READ_SMS", "Fills codes in."]],
    );
    let statement = of(&[&text(60, 780, 12, "Some words."), &titled(&table)]);
    assert_eq!(written(&statement), ["CAMERA", "READ_SMS"]);
    assert_eq!(purposes(&statement)[0], Some("Scans codes, and takes pictures."));
    let place = &statement.disclosures.value[0].place;
    assert_eq!((place.to_string().as_str(), place.page), ("s.pdf, page 2", Some(2)));
    let line = statement.line(place.lines.unwrap().line).unwrap();
    assert!(line.starts_with("CAMERA | Scans codes"), "{line}");
    assert!(codes(&statement).is_empty());
}

#[test]
fn a_name_broken_by_its_cell_is_one_name_and_two_on_two_lines_are_two() {
    let rows: &[&[&str]] =
        &[HEADER, &["android.permission.ACCESS_BACKGROUND\n_LOCATION", "Logs."], &["CAMERA\nREAD_SMS", "Scans."]];
    let edges = [60, 60 + 4 + 212, 520];
    let statement = of(&[&titled(&ruled(&edges, 750, 30, rows))]);
    let names: Vec<&str> =
        statement.disclosures.value.iter().flat_map(|row| &row.permissions).map(|p| p.name.as_str()).collect();
    assert_eq!(names[0], "android.permission.ACCESS_BACKGROUND_LOCATION", "{:?}", written(&statement));
    assert_eq!(names[1..], ["android.permission.CAMERA", "android.permission.READ_SMS"]);
}

#[test]
fn a_table_goes_on_over_pages_with_or_without_its_header() {
    for repeated in [true, false] {
        let first = ruled(&EDGES, 750, 30, &[HEADER, &["CAMERA", "Scans."]]) + &text(300, 20, 8, "Page 1");
        let rest: Vec<&[&str]> =
            [HEADER, &["READ_SMS", "Fills."], &["/", "x"]].into_iter().skip(usize::from(!repeated)).collect();
        let second = ruled(&EDGES, 800, 30, &rest) + &text(300, 20, 8, "Page 2");
        let statement = of(&[&titled(&first), &second]);
        assert_eq!(written(&statement), ["CAMERA", "READ_SMS"]);
        assert_eq!(statement.disclosures.value[1].place.page, Some(2));
        assert_eq!(statement.disclosures.value.iter().map(|row| row.block).collect::<Vec<_>>(), [0, 0]);
    }
}

#[test]
fn a_cell_over_several_rows_belongs_to_each() {
    let mut table = ruled(&EDGES, 750, 30, &[HEADER]);
    table +=
        "60 720 m 60 660 l S 240 720 m 240 660 l S 520 720 m 520 660 l S 60 690 m 240 690 l S 60 660 m 520 660 l S\n";
    table += &(text(64, 708, 10, "CAMERA") + &text(64, 678, 10, "READ_SMS") + &text(244, 693, 10, "Scans codes."));
    assert_eq!(purposes(&of(&[&titled(&table)])), [Some("Scans codes."), Some("Scans codes.")]);
}

#[test]
fn gaps_tell_rows_where_no_lines_do_and_otherwise_there_is_a_doubt() {
    let row = |y: i32, name: &str, purpose: &[&str]| {
        let purpose: String = (0..).zip(purpose).map(|(line, part)| text(330, y - 12 * line, 10, part)).collect();
        text(60, y, 10, name) + &purpose
    };
    let apart = row(750, "Permission", &["Purpose"])
        + &row(730, "CAMERA", &["Scans codes, and takes", "pictures."])
        + &row(698, "READ_SMS", &["Fills."]);
    let statement = of(&[&titled(&apart)]);
    assert_eq!((written(&statement), codes(&statement)), (vec!["CAMERA", "READ_SMS"], vec![]));
    // Names that could go on: nothing tells whether these are one row or two.
    let tight = row(750, "Permission", &["Purpose"])
        + &row(738, "android.permission.ACCESS_FINE_LOCATION", &["Scans codes, and takes"])
        + &row(726, "_EXTRA_COMMANDS_AND_MORE", &["pictures."]);
    let statement = of(&[&titled(&tight)]);
    assert_eq!((written(&statement), codes(&statement)), (vec![], vec!["statement-table-columns"]));
}

#[test]
fn what_a_reader_does_not_see_discloses_nothing() {
    let row =
        |operators: &str| titled(&ruled(&EDGES, 750, 30, &[HEADER, &["CAMERA", "Scans."], &["", "x"]])) + operators;
    let hidden = text(64, 678, 10, "READ_SMS");
    for (what, operators) in [
        ("without ink", format!("3 Tr {hidden} 0 Tr")),
        ("white on white", format!("1 g {hidden} 0 g")),
        ("white on white by colour", format!("1 1 1 rg {hidden} 0 g")),
        ("outside the page", text(-300, 678, 10, "READ_SMS")),
        ("of no size", hidden.replace("/F1 10", "/F1 1")),
        ("aslant", hidden.replace("1 0 0 1", "0.7 0.7 -0.7 0.7")),
        ("seen through", format!("q /G0 gs {hidden} Q")),
        ("red on red", format!("1 0 0 rg 60 660 180 30 re f {hidden} 0 g")),
        ("black on black", format!("0 g 60 660 180 30 re f {hidden}")),
        ("painted over", format!("{hidden} 1 g 60 660 180 29 re f 0 g")),
        ("painted over by lines", format!("{hidden} 1 g 60 660 m 240 660 l 240 689 l 60 689 l h f 0 g")),
        ("painted over by a picture", format!("{hidden} q 180 0 0 29 60 660 cm /I0 Do Q")),
        ("painted over in a form", format!("{hidden} q 1 0 0 1 60 660 cm /X0 Do Q")),
        ("clipped to nothing", format!("q 0 0 10 10 re W n {hidden} Q")),
        ("clipped twice", format!("q 60 600 200 200 re W n 300 600 200 200 re W n {hidden} Q")),
    ] {
        assert_eq!(written(&read(painting(&row(&operators)))), ["CAMERA"], "{what}");
    }
    for (what, operators) in [
        ("white on dark", format!("0.2 g 60 660 180 30 re f 1 g {hidden} 0 g")),
        ("red on blue", format!("0 0 1 rg 60 660 180 30 re f 1 0 0 rg {hidden} 0 g")),
        ("red on white on red", format!("1 0 0 rg 60 660 180 30 re f 1 g 60 660 180 30 re f 1 0 0 rg {hidden} 0 g")),
        ("on a box", format!("0.9 g 60 660 180 30 re f 0 g {hidden}")),
        ("beside a box", format!("{hidden} 1 g 60 600 180 29 re f 0 g")),
        ("half under a box", format!("{hidden} 1 g 60 660 180 19 re f 0 g")),
        ("under a glass", format!("{hidden} q /G1 gs 1 g 60 660 180 29 re f Q")),
        ("under a marker", format!("{hidden} q /G2 gs 1 1 0 rg 60 660 180 29 re f Q")),
        ("under a mask", format!("{hidden} q /G3 gs 1 g 60 660 180 29 re f Q")),
        ("under a frame", format!("{hidden} 1 g 50 650 200 50 re 60 660 180 29 re f* 0 g")),
        ("under a round box", format!("{hidden} 1 g 60 660 m 240 660 l 240 689 l 150 700 60 689 60 689 c h f 0 g")),
        ("under a box aslant", format!("{hidden} q 1 g 1 0.2 0 1 0 0 cm 60 640 180 60 re f Q")),
        ("under a box that is cut off", format!("{hidden} q 300 600 99 99 re W n 1 g 60 660 180 29 re f Q")),
        ("under a picture with holes", format!("{hidden} q 180 0 0 29 60 660 cm /I1 Do Q")),
        ("under a form of glass", format!("{hidden} q /G1 gs 1 0 0 1 60 660 cm /X0 Do Q")),
        ("clipped to its cell", format!("q 60 660 180 30 re W n {hidden} Q")),
        ("clipped to a shape", format!("q 0 0 10 10 re 60 660 180 30 re W n {hidden} Q")),
        ("drawn again", format!("{hidden} 1 g 60 660 180 29 re f 0 g {hidden}")),
    ] {
        assert_eq!(written(&read(painting(&row(&operators)))), ["CAMERA", "READ_SMS"], "{what}");
    }
}

/// A page with states to paint in (`/G0` without ink, `/G1` half through, `/G2` a marker, `/G3` a mask), a picture
/// `/I0`, one with a mask `/I1`, and a form `/X0` that fills a cell with white.
fn painting(operators: &str) -> Vec<u8> {
    let mut pdf = Pdf::new(&[operators], "");
    let image = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8";
    let whole = pdf.add(stream(image, b"x"));
    let masked = pdf.add(stream(&format!("{image} /SMask {whole} 0 R"), b"x"));
    let form = pdf.add(stream("/Type /XObject /Subtype /Form /BBox [0 0 200 200]", b"/G9 gs 1 g 0 0 180 29 re f"));
    let states = "/G0 <</ca 0>> /G1 <</ca 0.5>> /G2 <</BM /Multiply>> /G3 <</SMask <</S /Luminosity>> >>";
    let resources = format!("/ExtGState <<{states}>> /XObject <</I0 {whole} 0 R /I1 {masked} 0 R /X0 {form} 0 R>>");
    let page = String::from_utf8_lossy(&pdf.objects[3]).into_owned();
    pdf.objects[3] = page.replace("/XObject <<>>", &resources).into_bytes();
    pdf.build()
}

#[test]
fn forms_layers_and_compressed_streams_are_read() {
    let table = titled(&ruled(&EDGES, 750, 30, &[HEADER, &["CAMERA", "Scans."]]));
    let mut pdf = Pdf::new(&["/X0 Do /OC /L0 BDC /X1 Do EMC"], "");
    let form = pdf.add(stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Filter /FlateDecode /Resources <</Font <</F1 3 0 R>> >>",
        &zlib(table.as_bytes()),
    ));
    let other = table.replace("CAMERA", "READ_SMS");
    let hidden = pdf.add(stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Resources <</Font <</F1 3 0 R>> >>",
        other.as_bytes(),
    ));
    let layer = pdf.add("<</Type /OCG /Name (x)>>");
    pdf.objects[0] =
        format!("<</Type /Catalog /Pages 2 0 R /OCProperties <</OCGs [{layer} 0 R] /D <</OFF [{layer} 0 R]>> >> >>")
            .into_bytes();
    let resources = format!("/Properties <</L0 {layer} 0 R>> /XObject <</X0 {form} 0 R /X1 {hidden} 0 R>>");
    pdf.objects[3] =
        String::from_utf8(pdf.objects[3].clone()).unwrap().replace("/XObject <<>>", &resources).into_bytes();
    assert_eq!(written(&read(pdf.build())), ["CAMERA"]);
}

/// A font of two-byte codes with this table to Unicode.
fn composite(pdf: &mut Pdf, table: Option<&str>) {
    let descendant = pdf.add("<</Type /Font /Subtype /CIDFontType2 /BaseFont /Song /DW 1000 /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> >>");
    let table = table.map(|table| pdf.add(stream("", table.as_bytes())));
    let table = table.map(|table| format!("/ToUnicode {table} 0 R")).unwrap_or_default();
    pdf.objects[2] = format!("<</Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] {table}>>").into_bytes();
}

#[test]
fn a_font_of_the_east_is_read_by_its_table_and_without_one_is_a_doubt() {
    let codes_of = |text: &str| text.encode_utf16().map(|unit| format!("{unit:04x}")).collect::<String>();
    let line = |x: i32, y: i32, text: &str| format!("BT /F1 10 Tf 1 0 0 1 {x} {y} Tm <{}> Tj ET\n", codes_of(text));
    let frame = ruled(&EDGES, 750, 30, &[&["", ""], &["", ""]]);
    let operators = line(60, 780, "安卓设备权限")
        + &frame
        + &line(64, 738, "权限名称")
        + &line(244, 738, "使用目的")
        + &line(64, 708, "相机")
        + &line(244, 708, "用于扫描二维码");
    let table = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /x def 1 begincodespacerange <0000> <ffff> \
                 endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap end end";
    let mut pdf = Pdf::new(&[&operators], "");
    composite(&mut pdf, Some(table));
    let statement = read(pdf.build());
    assert_eq!((written(&statement), purposes(&statement)), (vec!["相机"], vec![Some("用于扫描二维码")]));
    let mut pdf = Pdf::new(&[&operators], "");
    composite(&mut pdf, None);
    let statement = read(pdf.build());
    assert_eq!((written(&statement), codes(&statement)), (vec![], vec!["statement-font-without-text"]));
}

#[test]
fn pages_without_text_are_doubts_and_a_document_without_any_is_unreadable() {
    let with_image = |pages: &[&str]| {
        let mut pdf = Pdf::new(pages, "");
        let image = pdf.add(stream(
            "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
            b"x",
        ));
        for page in 0..pages.len() {
            let dictionary = String::from_utf8(pdf.objects[3 + page * 2].clone()).unwrap();
            pdf.objects[3 + page * 2] =
                dictionary.replace("/XObject <<>>", &format!("/XObject <</I0 {image} 0 R>>")).into_bytes();
        }
        read(pdf.build())
    };
    let scan = "q 500 0 0 700 40 60 cm /I0 Do Q";
    let table = titled(&ruled(&EDGES, 750, 30, &[HEADER, &["CAMERA", "Scans."]]));
    let statement = with_image(&[&table, scan]);
    assert_eq!((written(&statement), codes(&statement)), (vec!["CAMERA"], vec!["statement-page-without-text"]));
    assert_eq!(statement.disclosures.doubts()[0].place.page, Some(2));
    let recognised = format!("{scan} 3 Tr {}", text(64, 678, 10, "READ_SMS"));
    let statement = with_image(&[&recognised]);
    assert!(statement.unreadable);
    assert_eq!(codes(&statement).last(), Some(&"statement-page-without-text"));
}

#[test]
fn a_tagged_table_needs_no_lines() {
    let cell = |number: i32, x: i32, y: i32, shown: &str| {
        format!("/TD <</MCID {number}>> BDC {} EMC\n", text(x, y, 10, shown))
    };
    let operators = format!("/H2 <</MCID 9>> BDC {} EMC\n", text(60, 780, 10, "Android permissions"))
        + &cell(0, 60, 750, "Permission")
        + &cell(1, 330, 750, "Purpose")
        + &cell(2, 60, 738, "android.permission.ACCESS_FINE_LOCATION")
        + &cell(3, 330, 738, "Scans codes, and takes")
        + &cell(4, 60, 726, "VIBRATE")
        + &cell(5, 330, 726, "pictures.")
        + &format!("/Artifact BMC {} EMC\n", text(60, 20, 10, "READ_SMS"));
    let mut pdf = Pdf::new(&[&operators], "");
    let element = |kind: &str, kids: &str| format!("<</Type /StructElem /S /{kind} /Pg 4 0 R /K [{kids}]>>");
    let row = |kind: &str, first: i32| {
        element("Row", &(element(kind, &first.to_string()) + &element(kind, &(first + 1).to_string())))
    };
    let table = element("Table", &(row("TH", 0) + &row("TD", 2) + &row("TD", 4)));
    let root = pdf.add(format!("<</Type /StructTreeRoot /RoleMap <</Row /TR>> /K [{}{table}]>>", element("H2", "9")));
    pdf.objects[0] = format!("<</Type /Catalog /Pages 2 0 R /StructTreeRoot {root} 0 R>>").into_bytes();
    let statement = read(pdf.build());
    assert_eq!(written(&statement), ["android.permission.ACCESS_FINE_LOCATION", "VIBRATE"]);
    assert_eq!(purposes(&statement), [Some("Scans codes, and takes"), Some("pictures.")]);
    assert!(codes(&statement).is_empty());
    // A structure that leaves out what is seen is not believed.
    let more = operators + &text(60, 600, 10, "There is more on this page than the structure says.");
    pdf.objects[4] = stream("", more.as_bytes());
    assert_eq!(codes(&read(pdf.build())), ["statement-table-columns"]);
}

#[test]
fn bombs_loops_and_passwords_end_in_an_error() {
    let table = titled(&ruled(&EDGES, 750, 30, &[HEADER, &["CAMERA", "Scans."]]));
    let mut bomb = Pdf::new(&[&table], "");
    let packed = zlib(&vec![0; 70 << 20]);
    for _ in 0..8 {
        bomb.add(stream("/Filter /FlateDecode", &packed));
    }
    let mut page = Pdf::new(&[&table], "");
    page.objects[4] = stream("/Filter /FlateDecode", &zlib(&vec![b' '; 40 << 20]));
    let mut twice = Pdf::new(&[&table], "");
    twice.add(stream("/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]", &zlib(&zlib(b"x"))));
    let mut loops = Pdf::new(&["/X0 Do"], "");
    let form = loops.objects.len() + 1;
    for next in form + 1..form + 16 {
        let resources = format!("/Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X0 {next} 0 R>> >>");
        loops.add(stream(&resources, b"/X0 Do"));
    }
    loops.objects[3] = String::from_utf8(loops.objects[3].clone())
        .unwrap()
        .replace("/XObject <<>>", &format!("/XObject <</X0 {form} 0 R>>"))
        .into_bytes();
    let mut locked = Pdf::new(&[&table], "");
    locked.trailer = "/Encrypt <</Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) \
                      /U (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)>> /ID [(x) (x)]"
        .to_owned();
    for (what, pdf, code) in [
        ("much in all", bomb, "limit-pdf"),
        ("much on one page", page, "limit-pdf"),
        ("packed twice", twice, "statement-document-malformed"),
        ("forms in forms", loops, "limit-pdf"),
        ("a password", locked, "statement-document-encrypted"),
    ] {
        let statement = read(pdf.build());
        assert_eq!(codes(&statement).first(), Some(&code), "{what}: {:?}", statement.disclosures.doubts());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_damage_is_read_without_a_panic(damage in prop::collection::vec((0_usize..4_000, any::<u8>()), 1..20)) {
        let table = titled(&ruled(&EDGES, 750, 30, &[HEADER, &["CAMERA", "Scans."]]));
        let mut bytes = Pdf::new(&[&table], "").build();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let _ = read(bytes);
    }

    #[test]
    fn any_operators_are_read_without_a_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "q", "Q", "BT", "ET", "/F1 10 Tf", "(CAMERA) Tj", "[(a) -200 (b)] TJ", "1 0 0 1 50 50 Tm", "0 -12 Td", "T*", "3 Tr", "1e38 0 0 1e38 0 0 cm",
        "0 0 m", "9e37 5 l", "S", "10 10 50 50 re", "f", "/P <</MCID 3>> BDC", "EMC", "1 g", "99999999 TL", "-1 Tz", "(x) '", "1 2 (x) \"", "BI ID x EI",
    ]), 0..40)) {
        let _ = of(&[&pieces.join(" ")]);
    }
}
