//! Manifests in text form: merged and source, libraries, what is no XML, and the merger's report.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop, and builds what it needs from small numbers"
)]

mod support;

use permaudit::declaration::{DeclarationKind, Origin, Package, PackageKind};
use permaudit::platform;
use permaudit::source::Source;
use proptest::prelude::*;
use support::{archive, codes, read, requested, requests, text};

const CAMERA: &str = "android.permission.CAMERA";
const SMS: &str = "android.permission.READ_SMS";

/// A merged manifest with `inside` after its `<uses-sdk>`.
fn merged(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<manifest xmlns:android=\"{}\"\n    package=\"com.example.app\"\n    \
         android:versionCode=\"34\"\n    android:versionName=\"1.2\" >\n\n    <uses-sdk\n        \
         android:minSdkVersion=\"24\"\n        android:targetSdkVersion=\"35\" />\n{inside}\n</manifest>\n",
        support::axml::ANDROID
    )
}

fn uses(name: &str) -> String {
    format!("    <uses-permission android:name=\"{name}\" />\n")
}

/// What a merged manifest with `inside` declares, and its doubts.
fn outcome(inside: &str) -> (Vec<String>, Vec<&'static str>) {
    told(&read(merged(inside).as_bytes()))
}

fn told(package: &Package) -> (Vec<String>, Vec<&'static str>) {
    (requested(package).into_iter().map(str::to_owned).collect(), codes(package))
}

fn doubtful(names: &[&str], codes: &[&'static str]) -> (Vec<String>, Vec<&'static str>) {
    (names.iter().map(|name| (*name).to_owned()).collect(), codes.to_vec())
}

fn aar(manifest: &str) -> Package {
    read(&archive(&[("AndroidManifest.xml", manifest.as_bytes()), ("classes.jar", b"PK"), ("R.txt", b"")]))
}

#[test]
fn a_merged_manifest_is_whole_and_every_declaration_has_its_line() {
    let package = read(merged(&(uses(CAMERA) + &uses("android.permission.ACCESS_FINE_LOCATION"))).as_bytes());
    assert_eq!((package.kind, package.id.as_deref()), (Some(PackageKind::AndroidManifest), Some("com.example.app")));
    assert_eq!(
        (package.version.as_deref(), package.sdk.min, package.sdk.target),
        (Some("1.2 (34)"), Some(24), Some(35))
    );
    assert!(package.declarations.is_whole(), "{:?}", package.declarations.doubts());
    let place = &requests(&package).next().unwrap().place;
    let lines = place.lines.unwrap();
    assert_eq!((lines.line, lines.column, place.path.as_deref()), (10, 5, Some("manifest > uses-permission[1]")));
    let whole = merged(&(uses(CAMERA) + ""));
    assert_eq!(whole.find("<uses-permission").map(|at| at as u64), place.offset);
    assert!(package.declarations.value.iter().any(|d| d.origin != Origin::Declared), "a device adds to it");
}

#[test]
fn a_source_is_told_by_what_no_build_leaves() {
    let merged = merged(&uses(CAMERA));
    for (from, to, reason) in [
        ("package=\"com.example.app\"", "", "no package"),
        ("android:versionCode=\"34\"", "", "no android:versionCode"),
        (
            "<uses-sdk\n        android:minSdkVersion=\"24\"\n        android:targetSdkVersion=\"35\" />",
            "",
            "no <uses-sdk>",
        ),
        (
            "<uses-permission",
            "<application android:name=\".App\" /><uses-permission",
            "one class name without its package",
        ),
        ("<uses-permission", "<application android:label=\"${label}\" /><uses-permission", "one placeholder"),
        (
            "<uses-permission",
            "<application xmlns:t=\"http://schemas.android.com/tools\" t:replace=\"x\" /><uses-permission",
            "one attribute for build tools, first in line 10",
        ),
    ] {
        assert!(merged.contains(from), "{from}");
        let package = read(merged.replace(from, to).as_bytes());
        assert_eq!(told(&package), doubtful(&[CAMERA], &["android-unmerged"]), "{reason}");
        let message = &package.declarations.doubts()[0].message;
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn without_levels_nothing_is_guessed_of_what_a_device_adds() {
    let package = read(b"<manifest package=\"a.b\"/>");
    assert!(package.declarations.value.is_empty());
    assert_eq!(codes(&package), ["android-unmerged"]);
}

#[test]
fn a_marker_of_the_build_hides_no_name() {
    let marked = |marker: &str| {
        let tag = format!(
            "<uses-permission android:name=\"{CAMERA}\" xmlns:t=\"http://schemas.android.com/tools\" {marker} />"
        );
        outcome(&tag)
    };
    let codes = ["android-build-marker", "android-unmerged"];
    assert_eq!(marked("t:node=\"remove\""), doubtful(&[CAMERA], &codes));
    assert_eq!(marked("t:node=\"removeAll\""), doubtful(&[CAMERA], &codes));
    assert_eq!(marked("t:ignore=\"x\""), doubtful(&[CAMERA], &["android-unmerged"]));
}

#[test]
fn a_placeholder_in_a_name_is_a_doubt() {
    let name = "${applicationId}.permission.X";
    assert_eq!(outcome(&uses(name)), doubtful(&[name], &["android-placeholder", "android-unmerged"]));
    // A level that the build fills in is not known: the lowest is taken.
    let open = merged("").replace("android:targetSdkVersion=\"35\"", "android:targetSdkVersion=\"${target}\"");
    let package = read(open.as_bytes());
    assert_eq!(codes(&package), ["android-unmerged"]);
    assert!(package.declarations.value.iter().any(|d| d.permission.ends_with("READ_PHONE_STATE")));
}

#[test]
fn values_are_taken_as_they_are_compiled() {
    let inside = "
    <uses-permission android:name='a' android:maxSdkVersion='0x1e' android:usesPermissionFlags='neverForLocation' />
    <uses-permission android:name='b' android:maxSdkVersion='abc' />
    <uses-permission android:name='@string/x' />
    <uses-permission android:name='a&amp;b&#x43;' />
    <uses-permission-sdk-23 android:name='c'><required-feature android:name='f' /></uses-permission-sdk-23>";
    let package = read(merged(inside).as_bytes());
    let all: Vec<_> = requests(&package).map(|d| (d.permission.as_str(), d.kind, d.conditions.max_sdk)).collect();
    let plain = DeclarationKind::UsesPermission;
    let expected = [
        ("a", plain, Some(30)),
        ("b", plain, None),
        ("a&bC", plain, None),
        ("c", DeclarationKind::UsesPermissionSdk23, None),
    ];
    assert_eq!(all, expected);
    let first = requests(&package).next().unwrap();
    assert_eq!(first.conditions.flags, ["neverForLocation"]);
    assert_eq!(requests(&package).last().unwrap().conditions.required_features, ["f"]);
    assert_eq!(codes(&package), ["android-name-not-text", "android-no-name"]);
}

#[test]
fn a_backslash_in_a_name_is_both_readings() {
    let inside = "<uses-permission android:name=\"android.permission.CAMER\\u0041\" />";
    assert_eq!(outcome(inside), doubtful(&[CAMERA, "android.permission.CAMER\\u0041"], &["xml-escape"]));
}

// Namespaces

#[test]
fn the_namespace_decides_and_not_the_prefix() {
    let other = merged(&uses(CAMERA)).replace("android:", "a:").replace("xmlns:android", "xmlns:a");
    assert_eq!(told(&read(other.as_bytes())), doubtful(&[CAMERA], &[]));
    // The usual prefix, bound to something else, is no attribute of Android's; other readers take it.
    let inside = format!("<uses-permission xmlns:android=\"http://example.com\" android:name=\"{CAMERA}\" />");
    assert_eq!(outcome(&inside), doubtful(&[CAMERA], &["xml-attribute-namespace"]));
    let inside = format!("<uses-permission name=\"{CAMERA}\" />");
    assert_eq!(outcome(&inside), doubtful(&[CAMERA], &["xml-attribute-namespace"]));
    let inside = format!("<uses-permission name=\"{SMS}\" android:name=\"{CAMERA}\" />");
    assert_eq!(outcome(&inside), doubtful(&[CAMERA, SMS], &["xml-attribute-namespace"]));
    // A device ignores the namespace of an element.
    let inside = format!("<x:uses-permission xmlns:x=\"y\" android:name=\"{CAMERA}\" />");
    assert_eq!(outcome(&inside), doubtful(&[CAMERA], &[]));
}

// What every parser refuses

#[test]
fn what_is_not_well_formed_is_refused_at_its_line() {
    for (inside, what) in [
        ("<a>", "an element that is not closed"),
        ("</manifest><manifest/><manifest>", "a second root"),
        ("<a></b>", "a wrong end tag"),
        ("<a x='1' x='2' />", "an attribute twice"),
        ("<a xmlns:b='u' xmlns:c='u' b:x='1' c:x='2' />", "an attribute twice by its namespace"),
        ("<a x=1 />", "a value without quotes"),
        ("<a x />", "an attribute without a value"),
        ("<a x='1'y='2' />", "no blank between attributes"),
        ("<a x='<' />", "a tag inside a value"),
        ("<a x='&b;' />", "an entity that nobody defines"),
        ("<a x='&#0;' />", "a character that cannot be"),
        ("<a x='&' />", "a bare ampersand"),
        ("<b:a />", "a prefix bound to nothing"),
        ("<a b:x='1' />", "a prefix bound to nothing"),
        ("<a xmlns:b='' />", "a prefix bound to no namespace"),
        ("<uses-permission/android:name='x'/>", "a name that is none"),
        ("<1a />", "a name that is none"),
        ("<!-- a -- b -->", "a comment with two hyphens"),
        ("<!-->", "a comment that ends at once"),
        ("]]>", "the end of a section in a text"),
        ("&b;", "an entity in a text"),
        ("\u{1}", "a control character"),
        ("<?xml version='1.0'?>", "a declaration inside"),
        ("<!DOCTYPE a>", "a document type inside"),
    ] {
        let package = read(merged(&(uses(CAMERA) + inside)).as_bytes());
        assert_eq!(codes(&package).first(), Some(&"xml-malformed"), "{what}: {:?}", package.declarations.doubts());
        assert!(package.unreadable, "{what}");
        assert!(package.declarations.doubts()[0].place.lines.is_some_and(|lines| lines.line > 9), "{what}");
    }
    let package = read(format!("{}text", merged("")).as_bytes());
    assert_eq!(codes(&package).first(), Some(&"xml-malformed"), "text after the root");
}

#[test]
fn a_document_type_is_a_refusal_or_a_doubt() {
    let with = |doctype: &str| merged(&uses(CAMERA)).replacen("\n<manifest", &format!("\n{doctype}\n<manifest"), 1);
    let hidden = "<!DOCTYPE manifest [ <!ATTLIST uses-permission android:name CDATA 'x'> ]>";
    let package = read(with(hidden).as_bytes());
    assert_eq!((codes(&package), package.unreadable), (vec!["xml-doctype"], true));
    let package = read(with("<!DOCTYPE manifest SYSTEM \"a.dtd\">").as_bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["xml-doctype"]));
}

#[test]
fn comments_and_sections_hide_what_they_hide() {
    let inside = format!("<!-- {} --><![CDATA[{}]]><?x {}?>", uses(SMS), uses(SMS), "y");
    assert_eq!(outcome(&(uses(CAMERA) + &inside)), doubtful(&[CAMERA], &[]));
}

#[test]
fn encodings_are_honoured_or_refused() {
    let text = merged(&uses("com.example.Größe"));
    let expected = doubtful(&["com.example.Größe"], &[]);
    let wide: Vec<u8> = text.replace("utf-8", "utf-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(told(&read(&[&[0xff, 0xfe], &wide[..]].concat())), expected);
    let wide: Vec<u8> = text.replace("utf-8", "utf-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(told(&read(&[&[0xfe, 0xff], &wide[..]].concat())), expected);
    assert_eq!(told(&read(&[b"\xef\xbb\xbf", text.as_bytes()].concat())), expected);
    let latin: Vec<u8> =
        text.replace("utf-8", "iso-8859-1").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(told(&read(&latin)), expected);
    assert_eq!(codes(&read(text.replace("utf-8", "utf-7").as_bytes())), ["xml-encoding"]);
    assert!(
        codes(&read(&text.into_bytes().iter().map(|b| if *b > 0x7f { 0xff } else { *b }).collect::<Vec<_>>()))
            .contains(&"xml-encoding")
    );
}

#[test]
fn the_place_of_a_request_is_its_tag_in_every_encoding() {
    let tag = uses("com.example.Größe").trim().to_owned();
    let text = merged(&("<!-- ä --> ".to_owned() + &tag));
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let narrow = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    let latin = narrow(&text.replace("utf-8", "iso-8859-1"));
    let marked = [&[0xff, 0xfe], &wide(&text)[..]].concat();
    for (bytes, tag) in [(text.into_bytes(), tag.clone().into_bytes()), (latin, narrow(&tag)), (marked, wide(&tag))] {
        let package = read(&bytes);
        let place = &requests(&package).next().unwrap().place;
        let [start, len] = [place.offset, place.length].map(|number| usize::try_from(number.unwrap()).unwrap());
        assert_eq!(bytes.get(start..start + len), Some(&*tag));
    }
    // Where bytes are no text, a place may be early, and is never behind the end.
    let text = merged(&("<!--X-->".to_owned() + &tag));
    let (before, after) = text.split_once('X').unwrap();
    let broken = [before.as_bytes(), &[0xff; 400], after.as_bytes()].concat();
    let package = read(&broken);
    let place = &requests(&package).next().unwrap().place;
    assert!(place.offset.unwrap() + place.length.unwrap() <= broken.len() as u64, "{place:?}");
}

#[test]
fn a_manifest_behind_a_long_comment_is_still_one() {
    let licence = format!("<!--{}-->\n<manifest", "licence ".repeat(4_000));
    let text = merged(&uses(CAMERA)).replacen("<manifest", &licence, 1);
    assert_eq!(told(&read(text.as_bytes())), doubtful(&[CAMERA], &[]));
    assert_eq!(codes(&read(b"<html><manifest/></html>")), ["unknown-kind"]);
}

#[test]
fn deep_and_wide_documents_end_at_a_budget() {
    let deep = format!("{}{}", "<a>".repeat(1_100), "</a>".repeat(1_100));
    assert_eq!(outcome(&deep).1, ["limit-xml-depth"]);
    let wide: String = (0..1_100).flat_map(|n| [" a".to_owned(), n.to_string(), "=''".to_owned()]).collect();
    assert_eq!(outcome(&format!("<a{wide} />")).1, ["limit-xml-attributes"]);
}

#[test]
fn no_changed_byte_reads_whole_with_less_than_a_scan_sees() {
    let whole = merged(&(uses(CAMERA) + &uses(SMS) + "    <application android:label=\"x\" />\n"));
    assert_eq!(text::model(&whole), [CAMERA, SMS]);
    let mut agreed = 0;
    for at in 0..whole.len() {
        for value in [b'<', b'>', b'"', b'\'', b'/', b'&', b' ', b'!', b'-', b'x', b':', 0, whole.as_bytes()[at] ^ 1] {
            let mut changed = whole.clone().into_bytes();
            changed[at] = value;
            let package = read(&changed);
            if !package.declarations.is_whole() {
                continue;
            }
            let Ok(changed) = String::from_utf8(changed) else { panic!("byte {at} is not UTF-8 and reads whole") };
            let found = requested(&package);
            let model = text::model(&changed);
            assert!(model.iter().all(|name| found.contains(&name.as_str())), "byte {at} = {value}: {found:?}");
            agreed += 1;
        }
    }
    assert!(agreed > 300, "{agreed} changes read whole");
}

// Libraries

#[test]
fn a_library_is_read_whole() {
    let package = aar(&format!(
        "<manifest xmlns:android=\"{}\" package=\"com.example.lib\"><uses-sdk android:minSdkVersion=\"16\" />{}\
         <application><provider android:authorities=\"${{applicationId}}.x\" /></application></manifest>",
        support::axml::ANDROID,
        uses(CAMERA)
    ));
    assert_eq!((package.kind, package.id.as_deref()), (Some(PackageKind::Aar), Some("com.example.lib")));
    assert_eq!(told(&package), doubtful(&[CAMERA], &[]));
    assert!(package.declarations.value.iter().all(|d| d.origin == Origin::Declared), "what a device adds is the app's");
    let place = &requests(&package).next().unwrap().place;
    assert_eq!((place.entry.as_deref(), place.lines.unwrap().line), (Some("AndroidManifest.xml"), 1));
}

#[test]
fn what_a_build_decides_is_open_in_a_library_too() {
    let android = support::axml::ANDROID;
    let name = "${applicationId}.X";
    let package = aar(&format!("<manifest xmlns:android=\"{android}\">{}</manifest>", uses(name)));
    assert_eq!(told(&package), doubtful(&[name], &["android-placeholder"]));
    let marked = format!(
        "<manifest xmlns:android=\"{android}\" xmlns:tools=\"http://schemas.android.com/tools\">\
         <uses-permission android:name=\"{SMS}\" tools:node=\"remove\" /></manifest>"
    );
    assert_eq!(told(&aar(&marked)), doubtful(&[SMS], &["android-build-marker"]));
}

#[test]
fn an_archive_with_code_of_an_app_is_no_library() {
    let manifest = merged(&uses(CAMERA));
    for entries in [
        vec![("AndroidManifest.xml", manifest.as_bytes())],
        vec![("AndroidManifest.xml", manifest.as_bytes()), ("classes.jar", b""), ("classes.dex", b"dex")],
    ] {
        let package = read(&archive(&entries));
        assert_eq!((package.kind, codes(&package)), (Some(PackageKind::Apk), vec!["android-text-manifest"]));
    }
    // A binary manifest is what a device reads, whatever lies beside it.
    let binary = support::axml::manifest([support::axml::uses(SMS)]).bytes();
    let package = read(&archive(&[("AndroidManifest.xml", &binary), ("classes.jar", b"")]));
    assert_eq!((package.kind, told(&package)), (Some(PackageKind::Apk), doubtful(&[SMS], &[])));
}

#[test]
fn the_golden_library_is_whole() {
    let path = format!("{}/fixtures/packages/library.aar", env!("CARGO_MANIFEST_DIR"));
    let package = read(&std::fs::read(path).unwrap());
    assert_eq!(told(&package), doubtful(&[CAMERA, "android.permission.BLUETOOTH"], &[]));
}

// The merger's report

const REPORT: &str = "-- Merging decision tree log ---
manifest
ADDED from /app/src/main/AndroidManifest.xml:2:1-12:12
uses-permission#android.permission.READ_SMS
ADDED from /app/src/main/AndroidManifest.xml:5:5-67
MERGED from [com.example:sms:1.0] /cache/sms/AndroidManifest.xml:7:5-65
uses-permission#android.permission.CAMERA
ADDED from [com.example:scan:1.2] /cache/AndroidManifest.xml:7:5-65
MERGED from [com.example:photo:3.0] /cache/photo/AndroidManifest.xml:9:5-65
";

fn with_report(manifest: &str, report: &str) -> Package {
    let report = Source::new("report.txt", report.as_bytes().to_vec());
    platform::read(&Source::new("app", manifest.as_bytes().to_vec()).with_report(report))
}

#[test]
fn a_report_names_the_libraries() {
    let package = with_report(&merged(&(uses(CAMERA) + &uses(SMS))), REPORT);
    assert!(package.declarations.is_whole(), "{:?}", package.declarations.doubts());
    let by: Vec<_> = requests(&package).map(|d| d.brought_in_by.join(" ")).collect();
    assert_eq!(by, ["com.example:scan:1.2 com.example:photo:3.0", ""]);
}

#[test]
fn what_a_device_adds_was_brought_in_with_its_cause() {
    let name = "android.permission.ACCESS_FINE_LOCATION";
    let report = format!("-- Merging decision tree log ---\nuses-permission#{name}\nADDED from [a:b:1] x\n");
    let package = with_report(&merged(&uses(name)), &report);
    let all: Vec<_> = package.declarations.value.iter().map(|d| d.brought_in_by.join(" ")).collect();
    assert_eq!(all, ["a:b:1", "a:b:1"]);
}

#[test]
fn a_report_that_does_not_fit_is_said_so() {
    for (inside, report, words) in [
        (uses("com.example.NEW") + &uses(CAMERA) + &uses(SMS), REPORT, "does not know com.example.NEW"),
        (uses(CAMERA), REPORT, "the report has android.permission.READ_SMS"),
        (uses(CAMERA) + &uses(SMS), "<manifest/>", "no manifest merger report"),
    ] {
        let package = with_report(&merged(&inside), report);
        assert_eq!(codes(&package), ["android-merger-report"], "{words}");
        let doubt = &package.declarations.doubts()[0];
        assert!(doubt.message.contains(words), "{}", doubt.message);
        assert_eq!(&*doubt.place.file, "report.txt");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_crash(inside in "[<>/a-z\"'=& !\\[\\]?;:#x-]{0,60}") {
        let (found, codes) = outcome(&(uses(CAMERA) + &inside));
        prop_assert!(found.contains(&CAMERA.to_owned()) || !codes.is_empty());
    }

    #[test]
    fn any_report_is_read_without_a_crash(report in "(ADDED|MERGED|\t|uses-permission#|from|\\[|\\]|:|a| |\n){0,60}") {
        let package = with_report(&merged(&uses(CAMERA)), &format!("-- Merging decision tree log ---\n{report}"));
        prop_assert_eq!(requested(&package), [CAMERA]);
    }

    #[test]
    fn any_names_come_back(names in proptest::collection::vec("[a-zA-Z0-9._&<>'\u{4e00}-\u{4e20}]{1,40}", 0..12)) {
        let tree = support::axml::manifest(names.iter().map(|name| support::axml::uses(name)));
        let package = read(text::document(&tree).as_bytes());
        let mut found = requested(&package);
        let mut expected: Vec<&str> = names.iter().map(String::as_str).collect();
        expected.sort_unstable();
        expected.dedup();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(codes(&package), ["android-unmerged"]);
    }
}
