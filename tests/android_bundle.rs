//! App bundles: modules, XML in protocol buffers with every part lying, references into the resource table.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::similar_names,
    reason = "a test may stop, and builds what it needs from small numbers"
)]

mod support;

use permaudit::declaration::{DeclarationKind, Origin, Package, PackageKind};
use proptest::prelude::*;
use support::axml::{self, Value, attr, element, id, max_sdk, plain};
use support::proto::{
    attribute, field, int_item, manifest, name, node, number, reference_item, text, text_item, uses, varint,
};
use support::{archive, codes, proto, read, requested, requests};

const CAMERA: &str = "android.permission.CAMERA";
const INTERNET: &str = "android.permission.INTERNET";
const SMS: &str = "android.permission.READ_SMS";
const BASE: &str = "base/manifest/AndroidManifest.xml";

/// A bundle whose base has this manifest.
fn bundle(manifest: &[u8]) -> Package {
    read(&archive(&[("BundleConfig.pb", b"x"), (BASE, manifest)]))
}

/// What a bundle with these children of `<manifest>` declares, and its doubts.
fn outcome(children: &[Vec<u8>]) -> (Vec<String>, Vec<&'static str>) {
    let package = bundle(&manifest(children));
    (requested(&package).into_iter().map(str::to_owned).collect(), codes(&package))
}

fn whole(names: &[&str]) -> (Vec<String>, Vec<&'static str>) {
    doubtful(names, &[])
}

fn doubtful(names: &[&str], codes: &[&'static str]) -> (Vec<String>, Vec<&'static str>) {
    (names.iter().map(|name| (*name).to_owned()).collect(), codes.to_vec())
}

// Modules

#[test]
fn every_module_counts_and_the_base_decides_what_the_app_is() {
    let base = manifest(&[uses(INTERNET), uses("android.permission.ACCESS_FINE_LOCATION")]);
    let camera = manifest(&[uses(CAMERA), uses(INTERNET)]);
    let package = read(&archive(&[("camera/manifest/AndroidManifest.xml", &camera), (BASE, &base)]));
    assert_eq!((package.kind, package.id.as_deref()), (Some(PackageKind::Aab), Some("com.example.app")));
    assert_eq!((package.sdk.min, package.sdk.target), (Some(24), Some(35)));
    let found: Vec<_> = package
        .declarations
        .value
        .iter()
        .map(|d| (d.permission.rsplit('.').next().unwrap(), d.module.as_deref().unwrap(), d.origin == Origin::Declared))
        .collect();
    let expected = [
        ("INTERNET", "base", true),
        ("ACCESS_FINE_LOCATION", "base", true),
        ("CAMERA", "camera", true),
        ("INTERNET", "camera", true),
        ("ACCESS_COARSE_LOCATION", "base", false),
    ];
    assert_eq!(found, expected);
    assert!(package.declarations.is_whole());
    let place = &requests(&package).nth(2).unwrap().place;
    assert_eq!(place.entry.as_deref(), Some("camera/manifest/AndroidManifest.xml"));
    assert_eq!(place.path.as_deref(), Some("manifest > uses-permission[1]"));
}

#[test]
fn what_a_module_brings_in_carries_its_module() {
    let feature = manifest(&[uses("android.permission.ACCESS_FINE_LOCATION")]);
    let package = read(&archive(&[(BASE, &manifest(&[])), ("map/manifest/AndroidManifest.xml", &feature)]));
    let implied = package.declarations.value.iter().find(|d| d.origin != Origin::Declared).unwrap();
    assert_eq!(
        (implied.permission.as_str(), implied.module.as_deref()),
        ("android.permission.ACCESS_COARSE_LOCATION", Some("map"))
    );
}

#[test]
fn two_manifests_of_one_module_are_taken_together() {
    let (one, two) = (manifest(&[uses(CAMERA)]), manifest(&[uses(SMS)]));
    let other = "case/manifest/AndroidManifest.xml";
    let mut bytes = archive(&[(BASE, &one), (other, &two)]);
    // The writer refuses a second entry of one name, so it is renamed in the bytes.
    for at in 0..bytes.len() - other.len() {
        if bytes[at..].starts_with(other.as_bytes()) {
            bytes[at..at + 4].copy_from_slice(b"base");
        }
    }
    let package = read(&bytes);
    let mut names = requested(&package);
    names.sort_unstable();
    assert_eq!((names, codes(&package)), (vec![CAMERA, SMS], vec!["zip-duplicate-name", "android-several-manifests"]));
}

#[test]
fn a_bundle_without_a_base_is_not_established() {
    let feature = manifest(&[uses(CAMERA)]);
    let entries = [("BundleConfig.pb", &b"x"[..]), ("camera/manifest/AndroidManifest.xml", &feature)];
    let package = read(&archive(&entries));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["android-no-manifest"]));
    assert!(package.unreadable);
    assert!(package.declarations.value.iter().all(|d| d.origin == Origin::Declared), "nothing is known of a device");
}

#[test]
fn a_broken_module_leaves_the_others_and_an_open_set() {
    let package =
        read(&archive(&[(BASE, &manifest(&[uses(CAMERA)])), ("m/manifest/AndroidManifest.xml", b"\x0a\x7f")]));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["proto-malformed"]));
    assert!(package.unreadable);
}

#[test]
fn modules_of_two_apps_are_no_bundle() {
    let other = axml::element("manifest").with(plain("package", "com.example.other"));
    let entries = [(BASE, &manifest(&[])[..]), ("m/manifest/AndroidManifest.xml", &proto::document(&other))];
    assert_eq!(codes(&read(&archive(&entries))), ["android-set-disagrees"]);
}

#[test]
fn manifests_of_another_encoding_are_told_from_damaged_ones() {
    for (bytes, code) in [
        (axml::manifest([]).bytes(), "unsupported-kind"),
        (b"<manifest/>".to_vec(), "android-text-manifest"),
        (Vec::new(), "android-empty-manifest"),
        // An empty node, and one that is text: valid messages, and no manifests.
        (field(3, b""), "proto-no-element"),
        (text("x"), "proto-no-element"),
    ] {
        let package = bundle(&bytes);
        assert_eq!((codes(&package), package.unreadable), (vec![code], true));
    }
}

// One interpretation for all encodings

#[test]
fn the_same_manifest_in_three_encodings_declares_the_same() {
    let flags = attr("usesPermissionFlags", id::FLAGS, Value::Other(0x11, 0x0001_0000));
    let mut tree = axml::manifest([
        axml::uses(CAMERA).with(attr("minSdkVersion", id::MIN_SDK, Value::Int(26))).with(max_sdk(30)),
        axml::uses("android.permission.BLUETOOTH_SCAN").with(flags),
        element("uses-permission-sdk-23").with(axml::name(SMS)),
        axml::uses("b")
            .with(attr("requiredFeature", id::REQUIRED_FEATURE, Value::Text("f1".into())))
            .child(element("required-feature").with(axml::name("f2"))),
        element("permission").with(axml::name("com.example.OWN")),
        element("application").child(axml::uses(INTERNET)),
        axml::uses(""),
    ]);
    tree.attributes.insert(0, attr("versionCode", id::VERSION_CODE, Value::Int(34)));
    tree.attributes.insert(1, attr("versionName", id::VERSION_NAME, Value::Text("1.2".into())));
    let told = |package: &Package| {
        let all = package.declarations.value.iter();
        let all =
            all.map(|d| (d.permission.clone(), d.kind, d.conditions.clone(), d.origin.clone(), d.place.path.clone()));
        let codes: Vec<_> = codes(package).into_iter().map(str::to_owned).collect();
        (all.collect::<Vec<_>>(), codes, package.id.clone(), package.version.clone(), package.sdk)
    };
    let binary = told(&read(&tree.bytes()));
    assert_eq!(binary.1, ["android-misplaced-permission", "android-no-name"]);
    assert_eq!(binary.0.len(), 6);
    assert_eq!(told(&bundle(&proto::document(&tree))), binary);
    assert_eq!(told(&read(support::text::document(&tree).as_bytes())), binary);
}

// Lies in the message

#[test]
fn fields_may_come_in_any_order_and_unknown_ones_are_skipped() {
    let attribute = [number(5, u64::from(id::NAME)), field(3, CAMERA.as_bytes()), field(9, b"?"), field(2, b"name")];
    let element = [field(4, &attribute.concat()), number(77, 1), field(3, b"uses-permission")].concat();
    let child = [field(3, b""), field(99, b"\xff\xff"), field(1, &element)].concat();
    assert_eq!(outcome(&[child]), whole(&[CAMERA]));
}

#[test]
fn two_elements_in_one_node_are_taken_together() {
    let (one, two) = (proto::element("uses-permission", &[name(CAMERA)], &[]), proto::element("x", &[], &[]));
    let child = [field(1, &one), field(1, &two)].concat();
    assert_eq!(outcome(&[child]), doubtful(&[CAMERA], &["proto-repeated"]));
    let child = [field(1, &two), field(1, &one)].concat();
    assert_eq!(outcome(&[child]), doubtful(&[CAMERA], &["proto-repeated"]));
    // Merged, the second name is a repeat: a device takes one, another reader the other.
    let other = proto::element("uses-permission", &[name(SMS)], &[]);
    let child = [field(1, &one), field(1, &other)].concat();
    assert_eq!(outcome(&[child]), doubtful(&[CAMERA, SMS], &["proto-repeated", "proto-attribute"]));
}

#[test]
fn an_element_that_is_text_too_is_taken_for_an_element() {
    let element = field(1, &proto::element("uses-permission", &[name(CAMERA)], &[]));
    for child in [[element.clone(), text("x")].concat(), [text("x"), element.clone()].concat()] {
        assert_eq!(outcome(&[child]), doubtful(&[CAMERA], &["proto-repeated"]));
    }
}

#[test]
fn a_name_that_is_given_twice_is_both() {
    let twice = [name(CAMERA), field(3, SMS.as_bytes())].concat();
    let child = node(&proto::element("uses-permission", &[twice], &[]));
    assert_eq!(outcome(&[child]), doubtful(&[SMS, CAMERA], &["proto-repeated"]));
    // Two names of the element: any of them may request.
    let element = [field(3, b"uses-permission"), field(3, b"x"), field(4, &name(CAMERA))].concat();
    assert_eq!(outcome(&[node(&element)]), doubtful(&[CAMERA], &["proto-repeated"]));
}

#[test]
fn wrong_wire_types_are_told() {
    // The name of the attribute as a number, its value as a fixed number, its id as text.
    let lies = [
        [number(2, 1), field(3, CAMERA.as_bytes()), number(5, u64::from(id::NAME))].concat(),
        [name(CAMERA), varint(3 << 3 | 5), vec![0; 4]].concat(),
        [name(CAMERA), field(5, b"\x03")].concat(),
    ];
    for attribute in lies {
        let child = node(&proto::element("uses-permission", &[attribute], &[]));
        assert_eq!(outcome(&[child]), doubtful(&[CAMERA], &["proto-wire-type"]));
    }
    // A child that is a number is none for a parser, and a doubt here.
    let root = [field(1, &[proto::element("manifest", &[], &[]), number(5, 3)].concat())].concat();
    assert_eq!(codes(&bundle(&root)), ["proto-wire-type"]);
}

#[test]
fn numbers_that_are_too_long_and_groups_are_told() {
    let id = [varint(5 << 3), vec![0x83, 0x80, 0x84, 0x88, 0x80, 0x00]].concat();
    let long = [field(2, b"name"), field(3, CAMERA.as_bytes()), id].concat();
    let child = node(&proto::element("uses-permission", &[long], &[]));
    assert_eq!(outcome(&[child]), doubtful(&[CAMERA], &["proto-unusual"]));
    let group = [varint(20 << 3 | 3), number(1, 1), varint(20 << 3 | 4)].concat();
    assert_eq!(outcome(&[[group, uses(CAMERA)].concat()]), doubtful(&[CAMERA], &["proto-unusual"]));
}

#[test]
fn a_text_that_is_not_utf8_ends_the_reading() {
    let broken = node(&proto::element("uses-permission", &[[field(2, b"\xff"), name(SMS)].concat()], &[]));
    let package = bundle(&manifest(&[uses(CAMERA), broken]));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["proto-encoding"]));
    assert!(package.unreadable);
}

#[test]
fn the_id_of_an_attribute_decides_and_its_name_is_another_reading() {
    let request = |attributes: &[Vec<u8>]| node(&proto::element("uses-permission", attributes, &[]));
    let by_id = attribute("x", "y", CAMERA, id::NAME, None);
    assert_eq!(outcome(&[request(std::slice::from_ref(&by_id))]), whole(&[CAMERA]), "a device looks at the id alone");
    let by_name = attribute(axml::ANDROID, "name", SMS, 0, None);
    assert_eq!(outcome(&[request(std::slice::from_ref(&by_name))]), doubtful(&[SMS], &["proto-attribute"]));
    assert_eq!(outcome(&[request(&[by_name, by_id])]), doubtful(&[CAMERA, SMS], &["proto-attribute"]));
    let mapped = attribute(axml::ANDROID, "x", SMS, 0x0201_0003, None);
    assert_eq!(outcome(&[request(&[mapped])]), doubtful(&[SMS], &["proto-attribute"]));
    assert_eq!(outcome(&[request(&[name(CAMERA), name(SMS)])]), doubtful(&[CAMERA, SMS], &["proto-attribute"]));
}

#[test]
fn the_compiled_item_goes_before_the_text() {
    let request = |value: &str, item: &[u8]| {
        let name = attribute(axml::ANDROID, "name", value, id::NAME, Some(item));
        outcome(&[node(&proto::element("uses-permission", &[name], &[]))])
    };
    assert_eq!(request(CAMERA, &text_item(CAMERA)), whole(&[CAMERA]));
    assert_eq!(request("", &text_item(CAMERA)), whole(&[CAMERA]));
    assert_eq!(request(SMS, &text_item(CAMERA)), doubtful(&[CAMERA, SMS], &["android-name-raw"]));
    assert_eq!(request(SMS, &int_item(7)), doubtful(&[SMS], &["android-name-not-text"]));
    assert_eq!(request(SMS, b""), doubtful(&[SMS], &["proto-item", "android-name-not-text"]));
    let two = [text_item(SMS), text_item(CAMERA)].concat();
    assert_eq!(request("", &two), doubtful(&[CAMERA, SMS], &["proto-item"]));
    let two = [text_item(SMS), int_item(3)].concat();
    assert_eq!(request("", &two), doubtful(&[SMS], &["proto-item", "android-name-not-text"]));
}

#[test]
fn a_level_that_is_two_values_is_the_one_that_parsers_take() {
    let item = [text_item("x"), int_item(22)].concat();
    let target = attribute(axml::ANDROID, "targetSdkVersion", "", id::TARGET_SDK, Some(&item));
    let sdk = node(&proto::element("uses-sdk", &[target], &[]));
    let package = bundle(&node(&proto::element("manifest", &[], &[sdk])));
    assert_eq!((package.sdk.target, codes(&package)), (Some(22), vec!["proto-item"]));
    assert!(package.declarations.value.iter().any(|d| d.permission.ends_with("POST_NOTIFICATIONS")));
}

#[test]
fn a_message_that_begins_like_a_line_of_text_is_a_message() {
    // Field 1 is a line feed in ASCII, and the length of this element a `<`.
    let mut element = proto::element("manifest", &[attribute("", "package", "com.example.a", 0, None)], &[]);
    element.extend(field(9, &vec![0; usize::from(b'<') - element.len() - 2]));
    assert_eq!(element.len(), usize::from(b'<'));
    let package = bundle(&field(1, &element));
    assert_eq!((package.id.as_deref(), codes(&package)), (Some("com.example.a"), vec![]));
}

#[test]
fn an_element_without_a_name_is_told() {
    let nameless = node(&field(4, &name(CAMERA)));
    assert_eq!(outcome(&[nameless]).1, ["proto-no-name"]);
}

#[test]
fn deep_and_wide_documents_end_at_a_budget() {
    let mut deep = uses(CAMERA);
    for _ in 0..1_200 {
        deep = node(&proto::element("a", &[], &[deep]));
    }
    assert_eq!(outcome(&[deep]), doubtful(&[], &["limit-xml-depth"]));
    let many = field(5, b"").repeat(2_000_001);
    let root = field(1, &[field(3, b"manifest"), many].concat());
    assert_eq!(codes(&bundle(&root)), ["limit-xml-nodes"]);
    let attributes = field(4, b"").repeat(500_001);
    let root = field(1, &[field(3, b"manifest"), attributes].concat());
    assert_eq!(codes(&bundle(&root)), ["limit-xml-attributes"]);
}

#[test]
fn no_cut_of_a_manifest_reads_whole() {
    let bytes = manifest(&[uses(CAMERA), uses(SMS)]);
    for len in 1..bytes.len() {
        let package = bundle(&bytes[..len]);
        let is_whole = package.declarations.is_whole() && !package.unreadable;
        assert!(!is_whole || requested(&package) == [CAMERA, SMS], "{len}");
    }
}

/// Changes every byte of a manifest to each of `values`, and asks the model what a parser sees where the reading is
/// whole; gives the number of those.
fn change_every_byte(bytes: &[u8], read: impl Fn(&[u8]) -> Package, values: impl Fn(u8) -> Vec<u8>) -> usize {
    let mut agreed = 0;
    for at in 0..bytes.len() {
        for value in values(bytes[at]) {
            let mut changed = bytes.to_vec();
            changed[at] = value;
            let package = read(&changed);
            if !package.declarations.is_whole() {
                continue;
            }
            let model = proto::model(&changed).unwrap_or_else(|| panic!("a parser refuses byte {at} = {value:#x}"));
            let found = requested(&package);
            assert!(model.iter().all(|name| found.contains(&name.as_str())), "byte {at} = {value:#x}: {found:?}");
            agreed += 1;
        }
    }
    agreed
}

#[test]
fn no_changed_byte_reads_whole_with_less_than_a_parser_sees() {
    let bytes = manifest(&[uses(CAMERA), uses(INTERNET), node(&proto::element("application", &[], &[]))]);
    assert_eq!(proto::model(&bytes), Some(vec![CAMERA.to_owned(), INTERNET.to_owned()]));
    let agreed = change_every_byte(&bytes, bundle, |b| {
        vec![0, 1, 2, 0x0a, 0x12, 0x7f, 0x80, 0xff, b ^ 1, b ^ 8, b.wrapping_add(1)]
    });
    assert!(agreed > 500, "{agreed} changes read whole");
}

#[test]
fn no_changed_byte_of_a_real_manifest_reads_whole_with_less_than_a_parser_sees() {
    let path = format!("{}/fixtures/packages/bundle.aab", env!("CARGO_MANIFEST_DIR"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(std::fs::read(path).unwrap())).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(BASE).unwrap(), &mut bytes).unwrap();
    assert_eq!(proto::model(&bytes).map(|names| names.len()), Some(4));
    let table = {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_name("base/resources.pb").unwrap(), &mut bytes).unwrap();
        bytes
    };
    let bundle = |manifest: &[u8]| read(&support::archive(&[(BASE, manifest), ("base/resources.pb", &table)]));
    assert!(bundle(&bytes).declarations.is_whole());
    let agreed = change_every_byte(&bytes, bundle, |b| vec![b ^ 1, b ^ 0x80, 0]);
    assert!(agreed > 500, "{agreed} changes read whole");
}

// References

/// An entry of a resource table: name, number, and a value for each configuration.
type Entry = (&'static str, u32, Vec<(Vec<u8>, Vec<u8>)>);

/// A `resources.pb` with one package, and one type of entries: each a number and its values by configuration.
fn table(package: u32, kind: (&str, u32), entries: &[Entry]) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, id, values) in entries {
        let values =
            values.iter().flat_map(|(config, item)| field(6, &[field(1, config), field(2, &field(4, item))].concat()));
        let entry = [field(1, &number(1, u64::from(*id))), field(2, name.as_bytes()), values.collect()].concat();
        all.extend(field(3, &entry));
    }
    let kind = [field(1, &number(1, u64::from(kind.1))), field(2, kind.0.as_bytes()), all].concat();
    let package = [field(1, &number(1, u64::from(package))), field(2, b"com.example.app"), field(3, &kind)].concat();
    field(2, &package)
}

fn referring(table: &[u8]) -> Package {
    let reference = |n: u32| Value::Reference(0x7f01_0000 + n);
    let sdk = element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, reference(1)));
    let tree = element("manifest")
        .with(attr("versionName", id::VERSION_NAME, reference(0)))
        .with(plain("package", "a.b"))
        .child(sdk)
        .child(axml::uses(CAMERA).with(attr("maxSdkVersion", id::MAX_SDK, reference(2))));
    read(&archive(&[(BASE, &proto::document(&tree)), ("base/resources.pb", table)]))
}

fn three() -> Vec<Entry> {
    vec![
        ("version", 0, vec![(field(3, b"de"), text_item("1.0 de")), (vec![], text_item("1.0"))]),
        ("target", 1, vec![(vec![], int_item(34))]),
        ("storage", 2, vec![(vec![], reference_item(0x7f01_0003))]),
        ("level", 3, vec![(vec![], int_item(29))]),
    ]
}

#[test]
fn references_are_resolved_in_the_module_s_own_table() {
    let package = referring(&table(0x7f, ("string", 1), &three()));
    assert_eq!((package.version.as_deref(), package.sdk.target), (Some("1.0"), Some(34)));
    assert_eq!(requests(&package).next().unwrap().conditions.max_sdk, Some(29));
    assert!(package.declarations.is_whole());
}

#[test]
fn a_reference_by_name_alone_is_resolved_too() {
    let by_name = field(1, &field(3, b"com.example.app:string/target"));
    let target = attribute(axml::ANDROID, "targetSdkVersion", "", id::TARGET_SDK, Some(&by_name));
    let sdk = node(&proto::element("uses-sdk", &[target], &[]));
    let root = node(&proto::element("manifest", &[], &[sdk]));
    let table = table(0x7f, ("string", 1), &three());
    let package = read(&archive(&[(BASE, &root), ("base/resources.pb", &table)]));
    assert_eq!((package.sdk.target, codes(&package)), (Some(34), vec![]));
}

#[test]
fn a_reference_that_leads_nowhere_leaves_the_target_open() {
    let circle = vec![("a", 1, vec![(vec![], reference_item(0x7f01_0001))])];
    let style = vec![("a", 1, vec![(vec![], vec![])])];
    for table in [
        Vec::new(),
        table(0x7e, ("string", 1), &three()),
        table(0x7f, ("string", 2), &three()),
        table(0x7f, ("string", 1), &circle),
        table(0x7f, ("string", 1), &style),
    ] {
        let package = referring(&table);
        assert_eq!((package.sdk.target, codes(&package)), (None, vec!["android-sdk-unresolved"]));
        assert_eq!(requested(&package), [CAMERA]);
    }
}

#[test]
fn no_byte_of_a_table_makes_the_reading_crash_or_lose_a_permission() {
    let whole = table(0x7f, ("string", 1), &three());
    for at in 0..whole.len() {
        for value in [0, 1, 0x0a, 0x7f, 0xff, whole[at] ^ 8] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            assert_eq!(requested(&referring(&bytes)), [CAMERA]);
        }
    }
}

// A bundle of a real toolchain

#[test]
fn a_bundle_of_a_real_toolchain_is_whole() {
    let path = format!("{}/fixtures/packages/bundle.aab", env!("CARGO_MANIFEST_DIR"));
    let package = read(&std::fs::read(path).unwrap());
    assert!(package.declarations.is_whole(), "{:?}", package.declarations.doubts());
    assert_eq!((package.id.as_deref(), package.version.as_deref()), (Some("com.example.bundle"), Some("3.1 (12)")));
    assert_eq!((package.sdk.min, package.sdk.target), (Some(24), Some(34)));
    let all: Vec<_> = requests(&package)
        .map(|d| (d.permission.rsplit('.').next().unwrap(), d.module.as_deref().unwrap(), d.conditions.max_sdk))
        .collect();
    let expected = [
        ("INTERNET", "base", None),
        ("WRITE_EXTERNAL_STORAGE", "base", Some(28)),
        ("ACCESS_COARSE_LOCATION", "base", None),
        ("BLUETOOTH_SCAN", "base", None),
        ("CAMERA", "camera", None),
        ("INTERNET", "camera", None),
    ];
    assert_eq!(all, expected);
    let scan = requests(&package).nth(3).unwrap();
    assert_eq!(scan.conditions.flags, ["neverForLocation"]);
    assert!(package.declarations.value.iter().any(|d| d.kind == DeclarationKind::DefinesPermission));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_crash(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let package = bundle(&bytes);
        prop_assert!(!package.declarations.is_whole() || package.id.is_some() || proto::model(&bytes).is_some());
        let _ = referring(&bytes);
    }

    #[test]
    fn any_names_come_back(names in proptest::collection::vec("[a-zA-Z0-9._\u{4e00}-\u{4e20}]{1,40}", 0..12)) {
        let children: Vec<Vec<u8>> = names.iter().map(|name| uses(name)).collect();
        let (mut found, codes) = outcome(&children);
        let mut expected = names;
        expected.sort();
        expected.dedup();
        found.sort();
        prop_assert_eq!((found, codes), (expected, vec![]));
    }
}
