//! What a manifest requests and defines: places that count, names, conditions, levels, what a device adds.

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

use permaudit::declaration::{Conditions, DeclarationKind, Origin, Package};
use permaudit::knowledge::Level;
use support::axml::{Element, Value, attr, element, id, manifest, max_sdk, name, plain, uses};
use support::{codes, model, read, requested, requests};

const CAMERA: &str = "android.permission.CAMERA";
const INTERNET: &str = "android.permission.INTERNET";
const SMS: &str = "android.permission.READ_SMS";

fn read_tree(tree: &Element) -> Package {
    read(&tree.bytes())
}

fn text(name: &str, id: u32, value: &str) -> support::axml::Attr {
    attr(name, id, Value::Text(value.into()))
}

/// `<uses-sdk>` with these levels, in a manifest with `children`.
fn targeting(min: Option<u32>, target: Option<u32>, children: Vec<Element>) -> Element {
    let mut sdk = element("uses-sdk");
    sdk.attributes.extend(min.map(|level| attr("minSdkVersion", id::MIN_SDK, Value::Int(level))));
    sdk.attributes.extend(target.map(|level| attr("targetSdkVersion", id::TARGET_SDK, Value::Int(level))));
    let mut root = element("manifest").with(plain("package", "com.example.app")).child(sdk);
    root.children.extend(children);
    root
}

fn implied(package: &Package) -> Vec<&str> {
    let added = package.declarations.value.iter().filter(|d| d.origin != Origin::Declared);
    added.map(|d| d.permission.strip_prefix("android.permission.").unwrap_or(&d.permission)).collect()
}

// Places

#[test]
fn every_declaration_has_its_place() {
    let tree = manifest([uses(CAMERA), element("uses-permission-sdk-23").with(name(SMS)), uses(INTERNET)]);
    let bytes = tree.bytes();
    let package = read(&bytes);
    let paths: Vec<_> = requests(&package).map(|d| d.place.path.as_deref().unwrap()).collect();
    assert_eq!(
        paths,
        ["manifest > uses-permission[1]", "manifest > uses-permission-sdk-23[1]", "manifest > uses-permission[2]"]
    );
    for declaration in requests(&package) {
        let (at, length) = (declaration.place.offset.unwrap() as usize, declaration.place.length.unwrap() as usize);
        assert_eq!(bytes[at..at + 4], [0x02, 0x01, 0x10, 0x00], "a start tag stands there");
        assert_eq!(bytes[at + 4..at + 8], (length as u32).to_le_bytes());
    }
}

#[test]
fn children_of_tags_that_recent_releases_do_not_skip_are_named() {
    for tag in [
        "uses-feature",
        "uses-configuration",
        "supports-screens",
        "protected-broadcast",
        "original-package",
        "adopt-permissions",
        "overlay",
    ] {
        let tree = manifest([element(tag).child(uses(SMS)), uses(CAMERA)]);
        assert_eq!(model::requested(&tree.bytes()).unwrap().len(), 2, "{tag}");
        let package = read_tree(&tree);
        assert_eq!(requested(&package), [SMS, CAMERA], "{tag}");
        assert_eq!(codes(&package), ["android-misplaced-permission"], "{tag}");
    }
}

#[test]
fn a_second_application_is_looked_into_by_recent_releases() {
    let tree = manifest([element("application"), element("application").child(uses(SMS))]);
    assert_eq!(model::requested(&tree.bytes()).unwrap().len(), 1);
    let package = read_tree(&tree);
    assert_eq!((requested(&package), codes(&package)), (vec![SMS], vec!["android-misplaced-permission"]));
}

#[test]
fn requests_where_no_device_looks_are_taken_with_a_doubt() {
    for tree in [
        manifest([element("application").child(uses(SMS))]),
        manifest([element("unknown").child(uses(SMS))]),
        manifest([uses(CAMERA).child(uses(SMS))]),
        manifest([element("application").child(element("activity").child(element("x").child(uses(SMS))))]),
    ] {
        assert!(!model::requested(&tree.bytes()).unwrap().contains(SMS));
        let package = read_tree(&tree);
        assert!(requested(&package).contains(&SMS));
        assert_eq!(codes(&package), ["android-misplaced-permission"]);
    }
}

#[test]
fn a_doubt_says_which_element_is_misplaced() {
    let tree =
        manifest([element("application").child(element("activity")).child(element("activity").child(uses(SMS)))]);
    let package = read_tree(&tree);
    let doubt = &package.declarations.doubts()[0];
    assert_eq!(
        doubt.place.path.as_deref(),
        Some("manifest > application[1] > activity[2] > uses-permission[1]"),
        "{doubt:?}"
    );
    assert!(doubt.message.contains(SMS), "{}", doubt.message);
}

#[test]
fn a_root_that_is_no_manifest_is_a_doubt_even_without_permissions() {
    let package = read_tree(&element("application").child(uses(CAMERA)));
    assert_eq!(requested(&package), [CAMERA]);
    assert_eq!(codes(&package), ["android-root-element", "android-misplaced-permission"]);
    let package = read_tree(&element("resources"));
    assert_eq!(codes(&package), ["android-root-element"]);
}

#[test]
fn tags_are_compared_whole_and_by_case() {
    let package = read_tree(&manifest([
        element("Uses-Permission").with(name(CAMERA)),
        element("uses-permission-sdk-24").with(name(CAMERA)),
        element("uses-permissions").with(name(CAMERA)),
    ]));
    assert_eq!((requested(&package), codes(&package)), (vec![], vec![]));
}

// Names

#[test]
fn names_are_taken_byte_for_byte() {
    let odd = [" android.permission.CAMERA", "android.permission.CAMERA\n", "ANDROID.PERMISSION.CAMERA", "x", "许可"];
    let package = read_tree(&manifest(odd.map(uses)));
    assert_eq!((requested(&package), codes(&package)), (odd.to_vec(), vec![]));
}

#[test]
fn a_missing_or_empty_name_leaves_the_set_open() {
    for broken in [element("uses-permission"), uses(""), element("uses-permission").with(max_sdk(3))] {
        let package = read_tree(&manifest([broken, uses(CAMERA)]));
        assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["android-no-name"]));
    }
}

#[test]
fn a_name_that_is_no_text_requests_nothing_on_a_device() {
    for value in [Value::Reference(0x7f01_0000), Value::Int(7), Value::Null, Value::Other(0x02, 5)] {
        let mut broken = attr("name", id::NAME, value);
        let tree = manifest([element("uses-permission").with(broken.clone())]);
        assert!(model::requested(&tree.bytes()).unwrap().is_empty());
        let package = read_tree(&tree);
        assert_eq!(requested(&package), Vec::<&str>::new());
        assert_eq!(codes(&package), ["android-name-not-text", "android-no-name"]);
        // The text of the source is what other readers show.
        broken.raw = Some(CAMERA.into());
        let package = read_tree(&manifest([element("uses-permission").with(broken)]));
        assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["android-name-not-text"]));
    }
}

#[test]
fn a_compiled_name_that_differs_from_its_source_is_taken_twice() {
    let mut lying = name(CAMERA);
    lying.raw = Some(INTERNET.into());
    let tree = manifest([element("uses-permission").with(lying)]);
    assert_eq!(model::requested(&tree.bytes()).unwrap().into_iter().collect::<Vec<_>>(), [CAMERA]);
    let package = read_tree(&tree);
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], vec!["android-name-raw"]));
}

#[test]
fn a_source_text_that_was_stripped_is_no_irregularity() {
    let mut doc = manifest([uses(CAMERA)]).compile(false);
    doc.start("uses-permission", 0).attributes()[0].raw = support::axml::NONE;
    let package = read(&doc.bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec![]));
}

#[test]
fn a_level_comes_from_the_book() {
    let package = read_tree(&manifest([uses(CAMERA), uses(INTERNET), uses("com.example.NONE")]));
    let levels: Vec<_> = requests(&package).map(|d| d.level).collect();
    assert_eq!(levels, [Some(Level::Runtime), Some(Level::Normal), None]);
}

// Conditions

#[test]
fn conditions_are_shown_and_drop_nothing() {
    let feature = |tag: &str, text: &str| element(tag).with(name(text));
    let tree = manifest([
        uses("a").with(attr("minSdkVersion", id::MIN_SDK, Value::Int(26))).with(max_sdk(3)),
        uses("b")
            .with(text("requiredFeature", id::REQUIRED_FEATURE, "f1"))
            .with(text("requiredNotFeature", id::REQUIRED_NOT_FEATURE, "n1"))
            .child(feature("required-feature", "f2"))
            .child(feature("required-not-feature", "n2")),
        uses("c").with(attr("usesPermissionFlags", id::FLAGS, Value::Other(0x11, 0x0001_0000))),
        uses("d").with(attr("usesPermissionFlags", id::FLAGS, Value::Other(0x11, 0x0003_0000))),
        element("uses-permission-sdk-m").with(name("e")),
    ]);
    let package = read_tree(&tree);
    assert_eq!(codes(&package), Vec::<&str>::new());
    let strings = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let all: Vec<_> = requests(&package).map(|d| (d.permission.as_str(), d.kind, d.conditions.clone())).collect();
    let plain = DeclarationKind::UsesPermission;
    let none = Conditions::default();
    assert_eq!(all[0], ("a", plain, Conditions { min_sdk: Some(26), max_sdk: Some(3), ..none.clone() }));
    let features = Conditions {
        required_features: strings(&["f1", "f2"]),
        required_not_features: strings(&["n1", "n2"]),
        ..none.clone()
    };
    assert_eq!(all[1], ("b", plain, features));
    assert_eq!(all[2].2.flags, ["neverForLocation"]);
    assert_eq!(all[3].2.flags, ["neverForLocation", "0x20000"]);
    assert_eq!(all[4], ("e", DeclarationKind::UsesPermissionSdk23, none));
    assert_eq!(all.len(), 5);
}

#[test]
fn a_level_condition_counts_only_as_an_integer() {
    let package = read_tree(&manifest([
        uses("a").with(text("maxSdkVersion", id::MAX_SDK, "22")),
        uses("b").with(attr("maxSdkVersion", id::MAX_SDK, Value::Other(0x04, 22))),
        uses("c").with(max_sdk(u32::MAX)),
    ]));
    let max: Vec<_> = requests(&package).map(|d| d.conditions.max_sdk).collect();
    assert_eq!(max, [None, None, Some(0)], "a negative level holds nowhere");
}

#[test]
fn an_identical_repeat_is_one_declaration_and_other_conditions_are_another() {
    let package = read_tree(&manifest([
        uses(CAMERA),
        uses(CAMERA),
        uses(CAMERA).with(max_sdk(30)),
        element("uses-permission-sdk-23").with(name(CAMERA)),
    ]));
    let all: Vec<_> = requests(&package).map(|d| (d.kind.name(), d.conditions.max_sdk)).collect();
    assert_eq!(all, [("uses-permission", None), ("uses-permission", Some(30)), ("uses-permission-sdk-23", None)]);
    assert!(package.declarations.is_whole());
}

#[test]
fn conflicting_flags_are_an_install_error() {
    let flags = |bits| attr("usesPermissionFlags", id::FLAGS, Value::Other(0x11, bits));
    let package = read_tree(&manifest([uses("a").with(flags(0x10000)), uses("a")]));
    assert_eq!((requested(&package), codes(&package)), (vec!["a", "a"], vec!["android-conflicting-flags"]));
    let place = &package.declarations.doubts()[0].place;
    assert_eq!(place.path.as_deref(), Some("manifest > uses-permission[2]"));
    // Where no device sees both there is no conflict.
    let from = attr("minSdkVersion", id::MIN_SDK, Value::Int(31));
    let apart = [uses("a").with(from).with(flags(0x10000)), uses("a").with(max_sdk(30))];
    assert!(read_tree(&manifest(apart)).declarations.is_whole());
}

// Definitions

#[test]
fn definitions_request_nothing() {
    let package = read_tree(&manifest([
        element("permission").with(name("com.example.P")),
        element("permission-tree").with(name("com.example.tree")),
        element("permission-group").with(name("com.example.G")),
        element("application").child(element("permission").with(name("com.example.inside"))),
    ]));
    assert!(requested(&package).is_empty());
    let all: Vec<_> = package.declarations.value.iter().map(|d| (d.permission.as_str(), d.kind)).collect();
    let kind = DeclarationKind::DefinesPermission;
    assert_eq!(all, [("com.example.P", kind), ("com.example.tree", kind), ("com.example.G", kind)]);
    assert!(package.declarations.is_whole());
}

// Identity and levels

#[test]
fn identity_is_read() {
    let mut tree = manifest([]);
    tree.attributes.insert(0, attr("versionCode", id::VERSION_CODE, Value::Int(34)));
    tree.attributes.insert(1, text("versionName", id::VERSION_NAME, "1.2"));
    let package = read_tree(&tree);
    assert_eq!(package.id.as_deref(), Some("com.example.app"));
    assert_eq!(package.version.as_deref(), Some("1.2 (34)"));
    assert_eq!((package.sdk.min, package.sdk.target), (Some(24), Some(35)));
    tree.attributes.insert(2, attr("versionCodeMajor", id::VERSION_CODE_MAJOR, Value::Int(1)));
    assert_eq!(read_tree(&tree).version.as_deref(), Some("1.2 (4294967330)"));
}

#[test]
fn without_a_target_the_lowest_level_is_the_target() {
    let package = read_tree(&targeting(Some(30), None, vec![]));
    assert_eq!((package.sdk.min, package.sdk.target), (Some(30), None));
    assert_eq!(implied(&package), ["POST_NOTIFICATIONS"]);
    let package = read_tree(&targeting(Some(33), None, vec![]));
    assert!(implied(&package).is_empty());
}

#[test]
fn without_any_level_a_device_adds_everything_for_the_oldest() {
    let package = read_tree(&element("manifest").with(plain("package", "a.b")));
    assert_eq!(implied(&package)[..3], ["POST_NOTIFICATIONS", "WRITE_EXTERNAL_STORAGE", "READ_PHONE_STATE"]);
    assert!(package.declarations.is_whole());
}

#[test]
fn what_a_device_adds_names_its_cause_and_the_place_of_it() {
    let package = read_tree(&targeting(Some(21), Some(30), vec![uses("android.permission.BLUETOOTH")]));
    let scan = package.declarations.value.iter().find(|d| d.permission.ends_with("BLUETOOTH_SCAN")).unwrap();
    assert_eq!(
        scan.origin,
        Origin::Implied { by: "targetSdkVersion 30 is below 31 and BLUETOOTH is requested".into() }
    );
    assert_eq!(scan.place.path.as_deref(), Some("manifest > uses-permission[1]"));
    let post = package.declarations.value.iter().find(|d| d.permission.ends_with("POST_NOTIFICATIONS")).unwrap();
    assert_eq!(post.place.path.as_deref(), Some("manifest > uses-sdk[1]"));
    assert_eq!(post.conditions.min_sdk, Some(33));
}

#[test]
fn of_several_uses_sdk_a_device_takes_the_last_and_the_lowest_target_decides_what_is_added() {
    let sdk = |target| element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, Value::Int(target)));
    let tree = element("manifest").with(plain("package", "a.b")).child(sdk(22)).child(sdk(35));
    let package = read_tree(&tree);
    assert_eq!(package.sdk.target, Some(35));
    assert_eq!(codes(&package), ["android-several-uses-sdk"]);
    assert_eq!(implied(&package), ["POST_NOTIFICATIONS"]);
    let same = element("manifest").with(plain("package", "a.b")).child(sdk(35)).child(sdk(35));
    assert!(read_tree(&same).declarations.is_whole());
}

#[test]
fn levels_given_as_text() {
    let sdk = |target: &str| {
        let sdk = element("uses-sdk").with(text("targetSdkVersion", id::TARGET_SDK, target));
        element("manifest").with(plain("package", "a.b")).child(sdk)
    };
    // The name of an unreleased version: only a device of that version installs it, and adds nothing.
    let package = read_tree(&sdk("VanillaIceCream"));
    assert_eq!((package.sdk.target, codes(&package), implied(&package)), (None, vec![], vec![]));
    let package = read_tree(&sdk("22"));
    assert_eq!((package.sdk.target, codes(&package)), (Some(22), vec!["android-sdk-text"]));
}

#[test]
fn a_level_that_cannot_be_resolved_is_taken_for_the_lowest() {
    let sdk = element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, Value::Reference(0x7f01_0000)));
    let package = read_tree(&element("manifest").with(plain("package", "a.b")).child(sdk));
    assert_eq!(codes(&package), ["android-sdk-unresolved"]);
    assert!(implied(&package).contains(&"READ_PHONE_STATE"));
}

#[test]
fn a_split_does_not_stand_for_its_app() {
    let mut tree = manifest([uses(CAMERA)]);
    tree.attributes.push(plain("split", "config.de"));
    let package = read_tree(&tree);
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["android-split-apk"]));
    // An empty name is a base package.
    tree.attributes.last_mut().unwrap().value = Value::Text(String::new());
    assert!(read_tree(&tree).declarations.is_whole());
}

#[test]
fn a_great_number_of_declarations_ends_at_a_budget() {
    let many = (0..20_001).map(|n| uses("a").with(max_sdk(n)));
    let package = read_tree(&manifest(many));
    assert_eq!(codes(&package), ["limit-declarations"]);
    assert!(package.unreadable);
}

#[test]
fn a_text_manifest_is_told_from_a_damaged_one() {
    for text in ["<manifest/>", "\u{feff}<?xml version='1.0'?><manifest/>", "  <manifest/>"] {
        let package = read(&support::archive(&[("AndroidManifest.xml", text.as_bytes())]));
        assert_eq!((codes(&package), package.unreadable), (vec!["android-text-manifest"], true));
    }
}
