//! Laws: building and reading is the identity in every encoding, a second reader agrees, and no changed byte gives a
//! whole reading with fewer declarations.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod support;

use std::collections::BTreeSet;

use permaudit::declaration::{DeclarationKind, Package};
use permaudit::doubt::Reading;
use permaudit::format::plist::{self, Node, Value as Read};
use permaudit::format::{der, macho};
use permaudit::platform;
use permaudit::source::{Place, Source};
use proptest::prelude::*;
use support::ipa::{Files, info, of_kind, read};
use support::macho::{ARM64, Container, Slice, X86_64, envelope, executable, indefinite_envelope};
use support::plist::{Value, dict, texts, utf16};
use support::zip::{Entry, Zip};

fn tree(bytes: &[u8]) -> Reading<Node> {
    plist::read(bytes, &Place::file("f")).unwrap()
}

/// The value that was written, as far as an encoding keeps it.
fn back(value: &Read) -> Value {
    match value {
        Read::Dictionary(members) => {
            Value::Dict(members.iter().map(|m| (m.key.to_string(), back(&m.node.value))).collect())
        }
        Read::Array(items) => Value::Array(items.iter().map(|item| back(&item.value)).collect()),
        Read::Text(text) => Value::Text(text.to_string()),
        Read::Integer(number) => Value::Int(i64::try_from(*number).unwrap()),
        Read::Real(number) => Value::Real(*number),
        Read::Boolean(value) => Value::Bool(*value),
        Read::Data => Value::Data(Vec::new()),
        Read::Date => Value::Date,
        Read::Uid | Read::Null => Value::from("no such value was written"),
    }
}

/// The same of the plist crate, which shares no code with the reader.
fn second(value: &::plist::Value) -> Value {
    match value {
        ::plist::Value::Dictionary(members) => {
            Value::Dict(members.iter().map(|(key, value)| (key.clone(), second(value))).collect())
        }
        ::plist::Value::Array(items) => Value::Array(items.iter().map(second).collect()),
        ::plist::Value::String(text) => Value::Text(text.clone()),
        ::plist::Value::Integer(number) => Value::Int(number.as_signed().unwrap_or(i64::MAX)),
        ::plist::Value::Real(number) => Value::Real(*number),
        ::plist::Value::Boolean(value) => Value::Bool(*value),
        ::plist::Value::Data(_) => Value::Data(Vec::new()),
        ::plist::Value::Date(_) => Value::Date,
        _ => Value::from("another value"),
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9_.~-]{1,20}UsageDescription", "[ -~]{0,30}", "[\\PC&&[^\u{fffd}\u{feff}]]{0,20}", "x{14,20}",]
}

fn leaf(numbers: bool) -> BoxedStrategy<Value> {
    let texts = text().prop_map(Value::Text);
    if !numbers {
        return texts.boxed();
    }
    prop_oneof![
        texts,
        any::<i64>().prop_map(Value::Int),
        (-1000_i64..70_000).prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        (-1e9..1e9_f64).prop_map(Value::Real),
        Just(Value::Data(Vec::new())),
        Just(Value::Date),
    ]
    .boxed()
}

/// A dictionary whose keys are all different and not empty.
fn value(numbers: bool) -> impl Strategy<Value = Value> {
    let members = |inner: BoxedStrategy<Value>| {
        proptest::collection::btree_map(text().prop_filter("a key", |key| !key.is_empty()), inner, 0..6)
            .prop_map(|members| Value::Dict(members.into_iter().collect()))
    };
    let inner = leaf(numbers).prop_recursive(4, 60, 6, move |inner| {
        prop_oneof![proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array), members(inner.boxed())]
    });
    members(inner.boxed())
}

/// The order of members is not what is compared.
fn sorted(value: Value) -> Value {
    match value {
        Value::Dict(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Dict(members)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        // The text of data and dates is not kept.
        Value::Data(_) => Value::Data(Vec::new()),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_in_xml_and_binary(value in value(true)) {
        for bytes in [value.xml(), value.binary()] {
            let reading = tree(&bytes);
            prop_assert!(reading.is_whole(), "{:?}", reading.doubts());
            prop_assert_eq!(sorted(back(&reading.value.value)), sorted(value.clone()));
        }
    }

    #[test]
    fn what_is_written_is_read_in_the_old_form(value in value(false)) {
        for bytes in [value.old().into_bytes(), utf16(&value.old(), false, true), utf16(&value.old(), true, true)] {
            let reading = tree(&bytes);
            prop_assert!(reading.is_whole(), "{:?}", reading.doubts());
            prop_assert_eq!(sorted(back(&reading.value.value)), sorted(value.clone()));
        }
    }

    #[test]
    fn what_is_written_is_read_in_a_strings_file(
        members in proptest::collection::btree_map(text().prop_filter("a key", |key| !key.is_empty()), text(), 1..8),
    ) {
        let value = Value::Dict(members.into_iter().map(|(key, text)| (key, Value::Text(text))).collect());
        let file = value.strings();
        for bytes in [file.clone().into_bytes(), utf16(&file, false, true), utf16(&file, true, true)] {
            let reading = tree(&bytes);
            prop_assert!(reading.is_whole(), "{:?}", reading.doubts());
            prop_assert_eq!(sorted(back(&reading.value.value)), sorted(value.clone()));
        }
    }

    #[test]
    fn what_is_signed_comes_back_and_a_cut_envelope_gives_nothing_else(
        content in proptest::collection::vec(any::<u8>(), 0..2500),
        cut in any::<prop::sample::Index>(),
    ) {
        for bytes in [envelope(&content), indefinite_envelope(&content)] {
            let (found, at) = der::signed_content(&bytes, &Place::file("f")).unwrap();
            prop_assert_eq!(&found[..], &content[..]);
            prop_assert!(at.is_none_or(|at| bytes[at as usize..].starts_with(&content)));
            let cut = &bytes[..cut.index(bytes.len())];
            let found = der::signed_content(cut, &Place::file("f"));
            prop_assert!(found.is_err() || found.is_ok_and(|(found, _)| found[..] == content[..]));
        }
    }

    #[test]
    fn the_plist_crate_reads_the_same(value in value(true)) {
        for bytes in [value.xml(), value.binary()] {
            let theirs = ::plist::Value::from_reader(std::io::Cursor::new(&bytes)).unwrap();
            prop_assert_eq!(sorted(second(&theirs)), sorted(back(&tree(&bytes).value.value)));
        }
    }

    #[test]
    fn what_the_plist_crate_writes_is_read(value in value(true)) {
        let theirs = ::plist::Value::from_reader(std::io::Cursor::new(value.xml())).unwrap();
        let (mut xml, mut binary) = (Vec::new(), Vec::new());
        theirs.to_writer_xml(&mut xml).unwrap();
        theirs.to_writer_binary(&mut binary).unwrap();
        for bytes in [xml, binary] {
            let reading = tree(&bytes);
            prop_assert!(reading.is_whole(), "{:?}", reading.doubts());
            prop_assert_eq!(sorted(back(&reading.value.value)), sorted(value.clone()));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300), head in 0..7_usize) {
        let head = [&b""[..], b"bplist00", b"<plist><dict>", b"{ a = ", b"\"a\" = ", b"\xff\xfe", b"\xca\xfe\xba\xbe\0\0\0\x02"][head];
        let bytes = [head, &bytes].concat();
        let _ = plist::read(&bytes, &Place::file("f"));
        let _ = der::entitlements(&bytes, &Place::file("f"));
        let _ = der::signed_content(&bytes, &Place::file("f"));
        let _ = platform::read(&Source::new("f", bytes));
    }
}

fn purposes(package: &Package) -> BTreeSet<String> {
    package.declarations.value.iter().map(|d| d.permission.clone()).collect()
}

fn sample() -> Value {
    info(
        "A",
        [
            ("NSCameraUsageDescription", Value::from("to scan")),
            ("NSContactsUsageDescription", "einladen, größer".into()),
            ("NSLocationTemporaryUsageDescriptionDictionary", dict([("Delivery", "to deliver")])),
            ("UIBackgroundModes", texts(&["audio", "location"])),
            ("Number", Value::Int(300)),
        ],
    )
}

/// What the plist crate makes of an Info.plist, for the names that are declared.
fn second_opinion(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let root = ::plist::Value::from_reader(std::io::Cursor::new(bytes)).ok()?;
    let keys = root.into_dictionary()?.into_iter().map(|(key, _)| key);
    let base = |key: String| key.split(['~', '-']).next().unwrap_or_default().to_owned();
    let is_declared = |key: &String| {
        key.ends_with("UsageDescription") || key.ends_with("UsageDescriptionDictionary") || key == "UIBackgroundModes"
    };
    Some(keys.map(base).filter(is_declared).collect())
}

/// Every byte of `bytes` in turn replaced by a few others.
fn mutations(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).flat_map(move |at| {
        [0x01, 0x20, 0x80, 0xff].map(|mask| {
            let mut changed = bytes.to_vec();
            changed[at] ^= mask;
            (at, changed)
        })
    })
}

#[test]
fn no_changed_byte_of_an_info_plist_hides_a_key_alone() {
    for original in [sample().xml(), sample().binary()] {
        let all = purposes(&read(original.clone()));
        assert_eq!(all.len(), 4);
        let mut whole = 0;
        for (at, changed) in mutations(&original) {
            let package = read(changed.clone());
            if !package.declarations.is_whole() || purposes(&package).is_superset(&all) {
                continue;
            }
            whole += 1;
            assert_eq!(second_opinion(&changed), Some(purposes(&package)), "byte {at} of {}", original.len());
        }
        assert!(whole > 50, "the law was tried: {whole}");
    }
}

#[test]
fn no_cut_of_an_info_plist_hides_a_key() {
    for original in [sample().xml(), sample().binary(), sample().old().into_bytes()] {
        let all = purposes(&read(original.clone()));
        for cut in 0..original.len() {
            let package = read(original[..cut].to_vec());
            assert!(!package.declarations.is_whole() || purposes(&package) == all, "cut to {cut}");
        }
    }
}

fn entitlements() -> Value {
    dict([("com.apple.developer.healthkit", true), ("com.apple.developer.siri", true)])
}

fn package() -> Files {
    Files::default()
        .with("Payload/A.app/Info.plist", sample().binary())
        .with(
            "Payload/A.app/A",
            executable(Container::Thin, &[Slice { code: 64, ..Slice::signed(ARM64, &entitlements()) }]),
        )
        .with("Payload/A.app/en.lproj/InfoPlist.strings", dict([("NSSiriUsageDescription", "to ask")]).binary())
        .with("Payload/A.app/embedded.mobileprovision", envelope(&dict([("Entitlements", entitlements())]).xml()))
}

#[test]
fn no_changed_byte_of_an_archive_hides_a_declaration() {
    let zip = Zip::new(package().0.iter().map(|(name, content)| Entry::stored(name, content)));
    let original = zip.build();
    let all = purposes(&read(original.clone()));
    assert_eq!(all.len(), 7);
    assert!(read(original.clone()).declarations.is_whole());
    for (at, changed) in mutations(&original) {
        let package = read(changed);
        let is_kept = purposes(&package).is_superset(&all);
        assert!(is_kept || !package.declarations.is_whole(), "byte {at} of {}", original.len());
    }
}

#[test]
fn no_changed_byte_of_a_signature_hides_an_entitlement() {
    for container in [Container::Thin, Container::Fat, Container::Fat64] {
        let slices = [ARM64, X86_64].map(|cpu| Slice { code: 32, ..Slice::signed(cpu, &entitlements()) });
        let original = executable(container, &slices);
        let found = |bytes: &[u8]| {
            let mut scan = macho::Scan::new(bytes.len() as u64, Place::file("f"));
            let range = |at: u64, len: u64| Ok(bytes[at as usize..][..len as usize].to_vec());
            scan.read_at(range).unwrap();
            let reading = scan.finish();
            let keys = reading.value.iter().flat_map(|one| one.node.members()).map(|m| m.key.to_string());
            (keys.collect::<BTreeSet<_>>(), reading.is_whole())
        };
        let (all, is_whole) = found(&original);
        assert!(all.len() == 2 && is_whole);
        let head = if container == Container::Thin { 0 } else { 4096 };
        for (at, changed) in mutations(&original) {
            // Without its load command a signature is none, for the kernel as well.
            if at >= head && at % 4096 < 48 {
                continue;
            }
            let (names, is_whole) = found(&changed);
            assert!(names.is_superset(&all) || !is_whole, "{container:?}: byte {at} of {}", original.len());
        }
    }
}

#[test]
fn no_changed_byte_of_an_envelope_hides_what_a_profile_allows() {
    let padding = Value::Text("x".repeat(1500));
    let content = dict([("Entitlements", entitlements()), ("Name", padding)]).xml();
    for original in [envelope(&content), indefinite_envelope(&content)] {
        let allowed = |profile: &[u8]| {
            let files = Files::default().program("Payload/A.app", &info("A", [("NSCameraUsageDescription", "x")]));
            let package = files.with("Payload/A.app/embedded.mobileprovision", profile).read();
            let all = of_kind(&package, DeclarationKind::Entitlement);
            (all.iter().map(|d| d.permission.clone()).collect::<BTreeSet<_>>(), package.declarations.is_whole())
        };
        let (all, is_whole) = allowed(&original);
        assert!(all.len() == 2 && is_whole);
        // What is signed may say anything; what it is wrapped in may not hide it.
        let mut is_content = vec![false; original.len()];
        let is_in_one = original.windows(content.len()).any(|window| window == content);
        for piece in content.chunks(if is_in_one { content.len() } else { 1000 }) {
            let at = original.windows(piece.len()).position(|window| window == piece).unwrap();
            is_content[at..at + piece.len()].fill(true);
        }
        let mut tried = 0;
        for (at, changed) in mutations(&original).filter(|(at, _)| !is_content[*at]) {
            let (names, is_whole) = allowed(&changed);
            assert!(names.is_superset(&all) || !is_whole, "byte {at} of {}", original.len());
            tried += 1;
        }
        assert!(tried > 100, "the law was tried: {tried}");
    }
}

#[test]
fn the_order_of_entries_does_not_matter() {
    let found = |files: &Files| {
        let package = files.read();
        let mut all: Vec<_> = package.declarations.value.iter().map(|d| format!("{d:?}")).collect();
        all.sort();
        (all, package.id, package.version)
    };
    let files = package().program("Payload/A.app/PlugIns/B.appex", &info("B", [("NSMotionUsageDescription", "x")]));
    let expected = found(&files);
    let mut other = files.clone();
    other.0.reverse();
    assert_eq!(found(&other), expected);
    let count = other.0.len();
    for turn in 1..count {
        other.0.rotate_left(1);
        assert_eq!(found(&other), expected, "turn {turn}");
    }
}

#[test]
fn an_archive_and_a_folder_declare_the_same() {
    let files = package().program("Payload/A.app/PlugIns/B.appex", &info("B", [("NSMotionUsageDescription", "x")]));
    let found = |package: &Package| {
        assert!(package.declarations.is_whole());
        let one = |d: &permaudit::declaration::Declaration| {
            let place = Place { file: "".into(), ..d.place.clone() };
            format!("{:?}", permaudit::declaration::Declaration { place, ..d.clone() })
        };
        package.declarations.value.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(found(&files.read()), found(&files.on_disk("x").read()));
}
