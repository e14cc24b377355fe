//! Property lists: each encoding, and one test for each trick that hides a key from some reader.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use permaudit::doubt::{Code, Reading};
use permaudit::format::plist::{self, Node, Value as Read};
use permaudit::limits;
use permaudit::source::Place;
use support::plist::{Binary, Object, PROLOG, Value, counted, dict, texts, utf16};

const CAMERA: &str = "NSCameraUsageDescription";

fn read(bytes: impl AsRef<[u8]>) -> Result<Reading<Node>, Code> {
    plist::read(bytes.as_ref(), &Place::file("Info.plist")).map_err(|error| error.code)
}

/// Keys of the root and codes of the doubts.
fn keys(bytes: impl AsRef<[u8]>) -> Result<(Vec<String>, Vec<Code>), Code> {
    let (root, doubts) = read(bytes)?.into_parts();
    let keys = root.members().iter().map(|member| member.key.to_string()).collect();
    Ok((keys, doubts.iter().map(|doubt| doubt.code).collect()))
}

fn whole(names: &[&str]) -> Result<(Vec<String>, Vec<Code>), Code> {
    doubtful(names, &[])
}

#[allow(clippy::unnecessary_wraps, reason = "it is compared with what a reader returns")]
fn doubtful(names: &[&str], codes: &[Code]) -> Result<(Vec<String>, Vec<Code>), Code> {
    Ok((names.iter().map(ToString::to_string).collect(), codes.to_vec()))
}

fn xml(body: &str) -> String {
    format!("{PROLOG}<plist version=\"1.0\">{body}</plist>\n")
}

fn member(key: &str) -> String {
    format!("<key>{key}</key><string>to scan</string>")
}

fn in_dict(body: &str) -> String {
    xml(&format!("<dict>{body}</dict>"))
}

/// The tree without places, for comparison.
fn plain(node: &Node) -> String {
    match &node.value {
        Read::Dictionary(members) => {
            let all: Vec<String> = members.iter().map(|m| format!("{:?}: {}", m.key, plain(&m.node))).collect();
            format!("{{{}}}", all.join(", "))
        }
        Read::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Read::Text(text) => format!("{text:?}"),
        Read::Integer(number) => format!("{number}"),
        Read::Real(number) => format!("{number:?}"),
        Read::Boolean(value) => value.to_string(),
        other => other.type_name().to_owned(),
    }
}

fn sample() -> Value {
    Value::Dict(vec![
        (CAMERA.to_owned(), "扫码 & <scan> 😀".into()),
        ("number".to_owned(), Value::Int(-5)),
        ("large".to_owned(), Value::Int(70_000)),
        ("real".to_owned(), Value::Real(2.5)),
        ("yes".to_owned(), true.into()),
        ("data".to_owned(), Value::Data(vec![0; 20])),
        ("date".to_owned(), Value::Date),
        ("list".to_owned(), texts(&["a", "a", ""])),
        ("inner".to_owned(), dict([("k", dict([("deep", "v")]))])),
    ])
}

#[test]
fn xml_and_binary_say_the_same() {
    let expected = "{\"NSCameraUsageDescription\": \"扫码 & <scan> 😀\", \"number\": -5, \"large\": 70000, \
                    \"real\": 2.5, \"yes\": true, \"data\": data, \"date\": date, \"list\": [\"a\", \"a\", \"\"], \
                    \"inner\": {\"k\": {\"deep\": \"v\"}}}";
    for bytes in [sample().xml(), sample().binary()] {
        let reading = read(bytes).unwrap();
        assert!(reading.is_whole(), "{:?}", reading.doubts());
        assert_eq!(plain(&reading.value), expected);
    }
}

#[test]
fn the_old_text_form_says_what_it_can() {
    let value =
        dict([(CAMERA, Value::from("say \"a\" \\ b\nc")), ("list", texts(&["a", "b"])), ("in", dict([("k", "v")]))]);
    let expected = "{\"NSCameraUsageDescription\": \"say \\\"a\\\" \\\\ b\\nc\", \"list\": [\"a\", \"b\"], \
                    \"in\": {\"k\": \"v\"}}";
    for text in [value.old(), value.strings()] {
        let reading = read(&text).unwrap();
        assert!(reading.is_whole(), "{text}: {:?}", reading.doubts());
        assert_eq!(plain(&reading.value), expected, "{text}");
    }
}

#[test]
fn every_key_has_a_place() {
    let text = "<plist><dict>\n<key>é</key><true/>\r\n\t<key>NSCameraUsageDescription</key><string/></dict></plist>";
    let places = |bytes: &[u8]| {
        let root = read(bytes).unwrap().value;
        let of = |m: &plist::Member| {
            let place = m.place(&Place::file("f"));
            (place.offset.unwrap(), place.lines.map(|l| (l.line, l.column, l.end_column)))
        };
        root.members().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(places(text.as_bytes()), [(19, Some((2, 6, 7))), (42, Some((3, 7, 31)))]);
    let wide = utf16(text, false, true);
    assert_eq!(places(&wide), [(40, Some((2, 6, 7))), (84, Some((3, 7, 31)))]);
    let old = "/* c */\n\"a\" = 1;\n  NSCameraUsageDescription = \"\";";
    assert_eq!(places(old.as_bytes()), [(8, Some((2, 1, 2))), (19, Some((3, 3, 27)))]);
    let mut binary = Binary::default();
    let (key, value) = (binary.text(CAMERA), binary.text(""));
    binary.top = binary.objects.len() as u64;
    binary.objects.push(Object::Dict(vec![key], vec![value]));
    assert_eq!(places(&binary.build()), [(8, None)]);
}

// XML.

#[test]
fn cdata_in_a_key_is_text() {
    for key in ["<![CDATA[NSCameraUsageDescription]]>", "NSCamera<![CDATA[Usage]]>Description"] {
        assert_eq!(keys(in_dict(&member(key))), whole(&[CAMERA]));
    }
}

#[test]
fn known_references_in_a_key_are_resolved() {
    assert_eq!(keys(in_dict(&member("NSC&#97;mer&#x61;UsageDescription"))), whole(&[CAMERA]));
    assert_eq!(keys(in_dict(&member("a&lt;&gt;&amp;&apos;&quot;"))), whole(&["a<>&'\""]));
}

#[test]
fn an_unknown_entity_is_an_error() {
    for key in ["NSCamera&x;UsageDescription", "a&#xd800;", "a&#X41;", "a&#0;", "a & b", "a&"] {
        assert_eq!(keys(in_dict(&member(key))), Err(Code::PlistXmlEntity), "{key}");
    }
}

#[test]
fn entities_that_a_doctype_defines_are_not_read() {
    let text = format!("<!DOCTYPE plist [<!ENTITY x \"NSCamera\">]><plist><dict>{}</dict></plist>", member("&x;"));
    assert_eq!(keys(text), Err(Code::PlistXmlAmbiguous));
}

#[test]
fn a_doctype_with_a_quoted_bracket_is_ambiguous() {
    let text =
        format!("<!DOCTYPE plist SYSTEM \"><plist><dict>{}</dict></plist>\"><plist><dict/></plist>", member(CAMERA));
    assert_eq!(keys(text), Err(Code::PlistXmlAmbiguous));
}

#[test]
fn an_attribute_with_a_bracket_is_ambiguous() {
    let text = xml(&format!("<dict a=\"><dict>{}</dict>\"></dict>", member(CAMERA)));
    assert_eq!(keys(text), Err(Code::PlistXmlAmbiguous));
}

#[test]
fn an_attribute_is_a_doubt() {
    let text = xml(&format!("<dict x=\"1\">{}</dict>", member(CAMERA)));
    assert_eq!(keys(text), doubtful(&[CAMERA], &[Code::PlistXmlUnusual]));
    assert_eq!(keys("<plist version = '1.0' ><dict/></plist>"), whole(&[]));
    assert_eq!(keys("<plist version=\"1.0\" x=\"\"><dict/></plist>"), doubtful(&[], &[Code::PlistXmlUnusual]));
}

#[test]
fn comments_that_end_at_once_for_some_readers_are_ambiguous() {
    for comment in ["<!--><!-- -->", "<!---><!-- -->", "<!---><!-->"] {
        assert_eq!(keys(in_dict(&(comment.to_owned() + &member(CAMERA)))), Err(Code::PlistXmlAmbiguous), "{comment}");
    }
}

#[test]
fn an_empty_comment_before_the_root_is_ambiguous() {
    assert_eq!(keys(format!("<!----><plist><dict>{}</dict></plist>", member(CAMERA))), Err(Code::PlistXmlAmbiguous));
    assert_eq!(keys(in_dict(&("<!---->".to_owned() + &member(CAMERA)))), whole(&[CAMERA]), "inside it is none");
}

#[test]
fn ordinary_comments_are_skipped() {
    let text =
        format!("<!-- a -- b ---><plist><!-- <key> --><dict><!-- x -->{}</dict></plist><!-- end -->", member(CAMERA));
    assert_eq!(keys(text), whole(&[CAMERA]));
}

#[test]
fn a_comment_inside_a_text_is_a_doubt() {
    let text = in_dict(&member("NSCamera<!-- -->UsageDescription"));
    assert_eq!(keys(text), doubtful(&[CAMERA], &[Code::PlistXmlUnusual]));
}

#[test]
fn processing_instructions_are_a_doubt_or_ambiguous() {
    assert_eq!(keys(in_dict(&("<?x y?>".to_owned() + &member(CAMERA)))), doubtful(&[CAMERA], &[Code::PlistXmlUnusual]));
    let text = in_dict(&format!("<?><key>hidden</key><true/><?x?>{}", member(CAMERA)));
    assert_eq!(keys(text), Err(Code::PlistXmlAmbiguous));
}

#[test]
fn a_second_root_is_a_doubt() {
    let text = format!("<plist><dict>{}</dict></plist><plist><dict/></plist>", member(CAMERA));
    assert_eq!(keys(text), doubtful(&[CAMERA], &[Code::PlistTrailing]));
    assert_eq!(keys(format!("<dict>{}</dict> x", member(CAMERA))), doubtful(&[CAMERA], &[Code::PlistTrailing]));
    assert_eq!(keys(format!("<dict>{}</dict></x>", member(CAMERA))), doubtful(&[CAMERA], &[Code::PlistTrailing]));
}

#[test]
fn a_root_without_plist_is_read() {
    assert_eq!(keys(format!("\n <dict>{}</dict>\n", member(CAMERA))), whole(&[CAMERA]));
}

#[test]
fn what_is_not_balanced_is_an_error() {
    for text in [
        "<plist><dict>",
        "<plist><dict></dict>",
        "<plist><dict></plist></dict>",
        "<plist></plist>",
        "<plist/>",
        "<plist><dict/><dict/></plist>",
        "<plist><dict><plist><dict/></plist></dict></plist>",
        "<plist><dict><key>a</key><string>b</dict></plist>",
        "<plist><dict><key>a<b/></key><true/></dict></plist>",
        "<plist><Dict></Dict></plist>",
        "<plist><dict",
        "<",
        "<!-- only a comment -->",
        "<?xml version=\"1.0\"?>",
        "<plist><dict/ ></plist>",
    ] {
        assert_eq!(keys(text), Err(Code::PlistXmlMalformed), "{text}");
    }
}

#[test]
fn a_dictionary_that_does_not_pair_is_a_doubt() {
    let without = in_dict(&format!("<key>{CAMERA}</key>"));
    assert_eq!(keys(without), doubtful(&[CAMERA], &[Code::PlistValue]));
    let twice = in_dict(&format!("<key>a</key>{}", member(CAMERA)));
    assert_eq!(keys(twice), doubtful(&["a", CAMERA], &[Code::PlistValue]));
    let none = in_dict(&format!("<true/>{}", member(CAMERA)));
    assert_eq!(keys(none), doubtful(&[CAMERA], &[Code::PlistKey]));
    assert_eq!(keys(in_dict(&format!("text {}", member(CAMERA)))), doubtful(&[CAMERA], &[Code::PlistXmlUnusual]));
}

#[test]
fn an_empty_key_is_a_doubt() {
    assert_eq!(keys(in_dict(&member(""))), doubtful(&[""], &[Code::PlistKey]));
    assert_eq!(keys(in_dict("<key/><true/>")), doubtful(&[""], &[Code::PlistKey]));
}

#[test]
fn values_that_are_not_of_their_type_are_a_doubt() {
    for value in [
        "<integer>x</integer>",
        "<integer/>",
        "<integer>0x</integer>",
        "<integer>18446744073709551616</integer>",
        "<real>1,5</real>",
        "<date>yesterday</date>",
        "<date/>",
        "<data>é</data>",
        "<data/>",
        "<true>no</true>",
    ] {
        assert_eq!(keys(in_dict(&format!("<key>a</key>{value}"))), doubtful(&["a"], &[Code::PlistValue]), "{value}");
    }
    for value in
        ["<integer> -0x1F</integer>", "<real>inf</real>", "<date>2024-01-02T03:04:05Z</date>", "<data> AA==\n</data>"]
    {
        assert_eq!(keys(in_dict(&format!("<key>a</key>{value}"))), whole(&["a"]), "{value}");
    }
}

#[test]
fn a_key_with_two_values_stays_twice() {
    let other = format!("<key>{CAMERA}</key><string>other</string>");
    assert_eq!(keys(in_dict(&(member(CAMERA) + &other))), doubtful(&[CAMERA, CAMERA], &[Code::PlistDuplicateKey]));
    assert_eq!(keys(in_dict(&(member(CAMERA) + &member(CAMERA)))), whole(&[CAMERA]), "the same twice says nothing new");
}

#[test]
fn depth_and_size_have_limits() {
    let nested = |depth: usize| xml(&("<array>".repeat(depth) + &"</array>".repeat(depth)));
    assert!(read(nested(limits::PLIST_DEPTH)).is_ok());
    assert_eq!(read(nested(limits::PLIST_DEPTH + 1)).map(drop), Err(Code::LimitPlistDepth));
    assert_eq!(read(nested(100_000)).map(drop), Err(Code::LimitPlistDepth));
    let many = xml(&format!("<array>{}</array>", "<true/>".repeat(limits::PLIST_VALUES)));
    assert_eq!(read(many).map(drop), Err(Code::LimitPlistValues));
    let old = "(".repeat(limits::PLIST_DEPTH + 1);
    assert_eq!(read(old).map(drop), Err(Code::LimitPlistDepth));
}

// Encodings.

#[test]
fn encodings_are_honoured() {
    let text = in_dict(&member("NSCameraUsageDescriptioné"));
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
    let found = whole(&["NSCameraUsageDescriptioné"]);
    assert_eq!(keys(&text), found);
    assert_eq!(keys([b"\xef\xbb\xbf", text.as_bytes()].concat()), found);
    assert_eq!(keys(utf16(body, false, true)), found);
    assert_eq!(keys(utf16(body, true, true)), found);
    let latin = format!("<?xml version=\"1.0\" encoding='ISO-8859-1'?>{body}");
    let latin: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(keys(latin), found);
    let ascii = format!("<?xml version=\"1.0\" encoding=\"GB18030\"?><plist><dict>{}</dict></plist>", member(CAMERA));
    assert_eq!(keys(ascii), whole(&[CAMERA]));
}

#[test]
fn an_encoding_that_is_not_supported_is_refused() {
    for name in ["UTF-7", "UTF-16", "GB18030", "x-unknown", ""] {
        let text = format!("<?xml version=\"1.0\" encoding = \"{name}\"?><plist><dict>{}</dict></plist>", member("é"));
        assert_eq!(keys(text), Err(Code::PlistEncoding), "{name}");
    }
    assert_eq!(keys(b"\xff\xfe\0\0<\0\0\0"), Err(Code::PlistEncoding), "UTF-32");
}

#[test]
fn utf16_without_a_mark_is_read_with_a_doubt() {
    for big in [false, true] {
        let bytes = utf16(&format!("<plist><dict>{}</dict></plist>", member(CAMERA)), big, false);
        assert_eq!(keys(bytes), doubtful(&[CAMERA], &[Code::PlistNoByteOrderMark]));
    }
}

#[test]
fn broken_text_is_a_doubt() {
    let text = in_dict(&format!("<!-- \u{fffd} -->{}", member(CAMERA)));
    let bytes: Vec<u8> = text.into_bytes();
    let at = bytes.windows(3).position(|w| w == "\u{fffd}".as_bytes()).unwrap();
    let broken = [&bytes[..at], b"\xff", &bytes[at + 3..]].concat();
    assert_eq!(keys(broken), doubtful(&[CAMERA], &[Code::PlistBrokenText]));
    let mut odd = utf16(&format!("<dict>{}</dict>", member(CAMERA)), false, true);
    odd.push(0x20);
    assert_eq!(keys(odd), doubtful(&[CAMERA], &[Code::PlistBrokenText]));
}

// The old text form.

#[test]
fn files_with_nothing_in_them_are_empty_dictionaries() {
    for text in ["", "\n", " ", "/* only a comment */", "// only\n// comments", "/* open", "\u{feff}", "\u{2028}"] {
        assert_eq!(keys(text), whole(&[]), "{text:?}");
    }
    assert_eq!(read("x").map(|r| r.value.value.type_name()), Ok("string"), "one byte");
}

#[test]
fn strings_files_are_read_as_a_device_reads_them() {
    let text = "/* c */ // d\n NSCameraUsageDescription = \"a\"; 'b' = 'it\"s'; a.b-c/d:e_$ = (x, <00 ff>, {k = v;},);\n\"alone\";";
    let reading = read(text).unwrap();
    assert!(reading.is_whole());
    let expected = "{\"NSCameraUsageDescription\": \"a\", \"b\": \"it\\\"s\", \"a.b-c/d:e_$\": [\"x\", data, {\"k\": \"v\"}], \
                    \"alone\": \"alone\"}";
    assert_eq!(plain(&reading.value), expected);
    for bytes in [utf16(text, false, true), utf16(text, true, true)] {
        assert_eq!(plain(&read(bytes).unwrap().value), expected);
    }
}

#[test]
fn escapes_are_those_of_the_old_form() {
    let text = r#""k" = "\a\b\f\n\r\t\v\"\\\'\U00e9\UD83D\UDE00\101\351\7x\u0041\U12g";"#;
    let value = read(text).unwrap().value;
    let expected = "\u{7}\u{8}\u{c}\n\r\t\u{b}\"\\'é😀AØ\u{7}xu0041\u{12}g";
    assert_eq!(value.text("k"), Some(expected));
    let half = read("\"k\" = \"\\Ud83d\";").unwrap();
    assert_eq!(half.doubts()[0].code, Code::PlistBrokenText);
}

#[test]
fn an_escaped_key_is_the_key() {
    assert_eq!(keys("\"NSCamera\\U0055sageDescription\" = \"x\";"), whole(&[CAMERA]));
    assert_eq!(keys("\"NSCamera\\125sageDescription\" = \"x\";"), whole(&[CAMERA]));
}

#[test]
fn json_is_no_property_list() {
    for text in [r#"{"NSCameraUsageDescription": "x"}"#, r#"["a", "b"]"#, "{\"a\": {}}"] {
        assert_eq!(keys(text), Err(Code::PlistTextMalformed), "{text}");
    }
}

#[test]
fn one_missing_semicolon_spoils_the_file() {
    for text in [
        "a = b",
        "a = b; c = d",
        "{ a = b }",
        "a = ;",
        "a b;",
        "\"a = b;",
        "a = \"b;",
        "( a",
        "{ a = b;",
        "a = <0>;",
        "( a b )",
    ] {
        assert_eq!(keys(text), Err(Code::PlistTextMalformed), "{text}");
    }
    assert_eq!(keys("{ a = b; } x"), Err(Code::PlistTextMalformed), "junk after a dictionary");
    assert_eq!(keys("a = b; }"), doubtful(&["a"], &[Code::PlistTrailing]), "a device stops where no key follows");
}

#[test]
fn a_key_twice_in_a_strings_file_stays_twice() {
    assert_eq!(keys("a = b; a = c;"), doubtful(&["a", "a"], &[Code::PlistDuplicateKey]));
}

// Binary.

#[test]
fn references_of_one_byte_with_255_objects_are_read_and_with_256_refused() {
    let build = |objects: usize| {
        let mut binary = Binary { ref_size: Some(1), ..Binary::default() };
        let (key, value) = (binary.text(CAMERA), binary.text("x"));
        binary.top = 2;
        binary.objects.push(Object::Dict(vec![key], vec![value]));
        while binary.objects.len() < objects {
            binary.raw(vec![9]);
        }
        binary.build()
    };
    assert_eq!(keys(build(255)), whole(&[CAMERA]));
    assert_eq!(keys(build(256)), Err(Code::PlistBinaryMalformed));
}

#[test]
fn the_trailer_is_held_to_the_rules_of_a_device() {
    let good = || {
        let mut binary = Binary::default();
        let (key, value) = (binary.text(CAMERA), binary.text("x"));
        binary.top = 2;
        binary.objects.push(Object::Dict(vec![key], vec![value]));
        binary
    };
    assert_eq!(keys(good().build()), whole(&[CAMERA]));
    assert_eq!(keys(Binary { magic: Some(*b"bplist01"), ..good() }.build()), whole(&[CAMERA]));
    let lies = [
        Binary { count: Some(0), ..good() },
        Binary { count: Some(4), ..good() },
        Binary { count: Some(u64::MAX), ..good() },
        Binary { top: 3, ..good() },
        Binary { table: Some(8), ..good() },
        Binary { table: Some(9), ..good() },
        Binary { table: Some(u64::MAX), ..good() },
        Binary { ref_size: Some(0), ..good() },
        Binary { trailing: vec![0], ..good() },
        Binary { offsets: vec![(0, 0xff)], ..good() },
        Binary { offsets: vec![(0, 3)], ..good() },
        Binary { offsets: vec![(2, 0)], ..good() },
        Binary { magic: Some(*b"bplist15"), ..good() },
    ];
    for (index, lie) in lies.iter().enumerate() {
        let code = keys(lie.build()).unwrap_err();
        let text = lie.magic.is_some();
        assert_eq!(code, if text { Code::PlistTextMalformed } else { Code::PlistBinaryMalformed }, "{index}");
    }
    let bytes = good().build();
    for cut in 1..bytes.len() {
        let found = read(&bytes[..cut]).map(|reading| reading.value.value.type_name());
        assert_ne!(found, Ok("dictionary"), "cut to {cut}");
    }
}

#[test]
fn objects_are_held_to_their_sizes() {
    let with = |bytes: &[u8]| {
        let mut binary = Binary::default();
        let key = binary.text("a");
        let value = binary.raw(bytes.to_vec());
        binary.top = 2;
        binary.objects.push(Object::Dict(vec![key], vec![value]));
        keys(binary.build())
    };
    for bytes in [
        &[0x01][..],                                                   // no such constant
        &[0x15, 0],                                                    // an integer of 32 bytes
        &[0x21, 0, 0],                                                 // a real of two bytes
        &[0x30, 0],                                                    // no date
        &[0x4f, 0x13, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // data longer than the file
        &[0x5f, 0x13, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // a negative length
        &[0x6f, 0x12, 0x40, 0, 0, 0],                                  // UTF-16 past the end
        &[0x5f, 0x50],                                                 // a length that is no integer
        &[0x70],                                                       // no such kind
        &[0xb0],
        &[0xe0],
        &[0xaf, 0x12, 0xff, 0xff, 0xff, 0xff],
        &[0xdf, 0x13, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xa1, 9], // a reference to no object
    ] {
        assert_eq!(with(bytes), Err(Code::PlistBinaryMalformed), "{bytes:02x?}");
    }
    for bytes in
        [&[0x00][..], &[0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[0x22, 0, 0, 0, 0], &[0x80, 1], &[0xc0]]
    {
        assert_eq!(with(bytes), whole(&["a"]), "{bytes:02x?}");
    }
}

#[test]
fn integers_have_a_sign_from_eight_bytes_on() {
    let mut binary = Binary::default();
    let items =
        [&[0x10, 0xff][..], &[0x12, 0xff, 0xff, 0xff, 0xff], &[0x13, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]];
    let items = items.iter().map(|bytes| binary.raw(bytes.to_vec())).collect();
    binary.top = 3;
    binary.objects.push(Object::Array(items));
    assert_eq!(plain(&read(binary.build()).unwrap().value), "[255, 4294967295, -2]");
}

#[test]
fn an_object_that_contains_itself_is_an_error() {
    let itself = Binary { objects: vec![Object::Array(vec![0])], ..Binary::default() };
    assert_eq!(read(itself.build()).map(drop), Err(Code::PlistBinaryCycle));
    let mut around = Binary::default();
    around.text("k");
    around.top = 1;
    around.objects.push(Object::Dict(vec![0], vec![2]));
    around.objects.push(Object::Array(vec![1]));
    assert_eq!(read(around.build()).map(drop), Err(Code::PlistBinaryCycle));
    let key = Binary { objects: vec![Object::Dict(vec![0], vec![0])], ..Binary::default() };
    assert_eq!(read(key.build()).map(drop), Err(Code::PlistBinaryMalformed), "a container as a key");
}

#[test]
fn a_bomb_of_shared_references_is_stopped() {
    // Each array holds the next one 15 times: 15^20 values in 400 bytes.
    let mut bomb = Binary::default();
    for level in 1..=20 {
        bomb.objects.push(Object::Array(vec![level; 15]));
    }
    bomb.text("x");
    let bytes = bomb.build();
    assert!(bytes.len() < 500, "{}", bytes.len());
    assert_eq!(read(bytes).map(drop), Err(Code::LimitPlistValues));
}

#[test]
fn a_shared_text_costs_once_and_overlapping_ones_are_stopped() {
    let mut shared = Binary::default();
    let text = shared.text(&"x".repeat(1_000_000));
    shared.top = 1;
    shared.objects.push(Object::Array(vec![text; 10_000]));
    assert!(read(shared.build()).unwrap().is_whole());
    // Texts of two million bytes each, one beginning inside the other.
    let mut overlap = Binary { ref_size: Some(4), offset_size: Some(4), ..Binary::default() };
    let head = counted(0x50, 2_000_000);
    let body = overlap.raw(head.repeat(1000).into_iter().chain(vec![b'x'; 2_100_000]).collect());
    let mut items = vec![body];
    for index in 1..1000 {
        let object = overlap.raw(Vec::new());
        overlap.offsets.push((object, 8 + (index * head.len()) as u64));
        items.push(object);
    }
    overlap.top = overlap.objects.len() as u64;
    overlap.objects.push(Object::Array(items));
    assert_eq!(read(overlap.build()).map(drop), Err(Code::LimitPlistText));
}

#[test]
fn a_key_with_two_values_stays_twice_in_binary() {
    let mut binary = Binary::default();
    let (a, b) = (binary.text(CAMERA), binary.text(CAMERA));
    let (x, y) = (binary.text("first"), binary.text("last"));
    binary.top = 4;
    binary.objects.push(Object::Dict(vec![a, b], vec![x, y]));
    let reading = read(binary.build()).unwrap();
    assert_eq!(reading.doubts()[0].code, Code::PlistDuplicateKey);
    let texts: Vec<_> = reading.value.get(CAMERA).map(|member| member.node.value.as_text().unwrap()).collect();
    assert_eq!(texts, ["first", "last"]);
}

#[test]
fn keys_that_are_no_text_are_a_doubt() {
    let mut binary = Binary::default();
    let (number, key) = (binary.raw(vec![0x10, 1]), binary.text(CAMERA));
    binary.top = 2;
    binary.objects.push(Object::Dict(vec![number, key], vec![key, key]));
    let (names, codes) = keys(binary.build()).unwrap();
    assert!(names.contains(&CAMERA.to_owned()));
    assert_eq!(codes, [Code::PlistKey]);
}

#[test]
fn texts_that_are_not_valid_in_their_encoding_are_a_doubt() {
    for text in [&[0x51, 0xe9][..], &[0x61, 0xd8, 0x3d]] {
        let mut binary = Binary::default();
        let key = binary.raw(text.to_vec());
        binary.top = 1;
        binary.objects.push(Object::Dict(vec![key], vec![key]));
        assert_eq!(keys(binary.build()).unwrap().1, [Code::PlistBrokenText]);
    }
}

#[test]
fn a_file_that_only_begins_like_a_binary_one_is_read_as_text() {
    let text = format!("bplist00 = 1; {CAMERA} = \"to scan what you point at, and then some more text\";");
    assert_eq!(keys(&text), doubtful(&["bplist00", CAMERA], &[Code::PlistBinaryAsText]));
}
