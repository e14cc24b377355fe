//! Archives: where the manifest is, other kinds, references into the resource table, packages of a real toolchain.

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

use std::fs;

use permaudit::declaration::{Origin, PackageKind};
use permaudit::doubt::Code;
use support::arsc::{self, Layout, table, values};
use support::axml::{Element, Value, attr, element, id, manifest, plain, uses};
use support::{archive, codes, read, requested, requests};

const CAMERA: &str = "android.permission.CAMERA";
const SMS: &str = "android.permission.READ_SMS";
const MANIFEST: &str = "AndroidManifest.xml";

#[test]
fn an_apk_needs_neither_signature_nor_resources() {
    let package = read(&archive(&[("classes.dex", b"dex"), (MANIFEST, &manifest([uses(CAMERA)]).bytes())]));
    assert_eq!((package.kind, requested(&package)), (Some(PackageKind::Apk), vec![CAMERA]));
    assert!(package.declarations.is_whole());
    let place = &requests(&package).next().unwrap().place;
    assert_eq!((&*place.file, place.entry.as_deref()), ("app", Some(MANIFEST)));
}

#[test]
fn an_archive_without_a_manifest_is_an_error_that_names_the_nearest() {
    let bytes = manifest([]).bytes();
    for (entry, near) in [
        ("classes.dex", None),
        ("androidmanifest.xml", Some("androidmanifest.xml")),
        ("/AndroidManifest.xml", Some("/AndroidManifest.xml")),
        ("res\\AndroidManifest.xml", Some("res\\AndroidManifest.xml")),
    ] {
        let package = read(&archive(&[(entry, &bytes)]));
        assert!(package.unreadable, "{entry}");
        let doubt = &package.declarations.doubts()[0];
        assert_eq!(doubt.code, Code::AndroidNoManifest);
        assert_eq!(near.is_some_and(|near| doubt.message.contains(near)), near.is_some(), "{}", doubt.message);
        assert_eq!(doubt.message.contains("; there is"), near.is_some());
    }
}

#[test]
fn an_empty_manifest_is_an_error() {
    let package = read(&archive(&[(MANIFEST, b"")]));
    assert_eq!((codes(&package), package.unreadable), (vec!["android-empty-manifest"], true));
    let doubt = &package.declarations.doubts()[0];
    assert_eq!((doubt.place.entry.as_deref(), doubt.place.offset), (Some(MANIFEST), Some(0)));
}

#[test]
fn a_manifest_of_a_bundle_is_told_from_a_damaged_one() {
    // An element in field 1 of 40 bytes, as aapt2 writes with --proto-format.
    let mut proto = vec![0x0a, 40];
    proto.resize(42, 0x12);
    let package = read(&archive(&[(MANIFEST, &proto)]));
    assert!(package.unreadable);
    assert_eq!(codes(&package), ["unsupported-kind"]);
    assert!(package.declarations.doubts()[0].message.contains("protocol buffer"));
}

#[test]
fn what_was_odd_about_the_archive_is_told_with_an_error() {
    let mut bytes = b"#!/bin/sh\n".to_vec();
    bytes.extend(archive(&[(MANIFEST, b"")]));
    let package = read(&bytes);
    assert_eq!(codes(&package).first(), Some(&"android-empty-manifest"));
    assert!(codes(&package).contains(&"zip-prefix"), "{:?}", codes(&package));
    let mut bytes = b"#!/bin/sh\n".to_vec();
    bytes.extend(archive(&[("x", b"")]));
    let package = read(&bytes);
    assert_eq!(codes(&package), ["android-no-manifest", "zip-prefix"]);
}

#[test]
fn two_manifests_are_taken_together() {
    let (one, two) = (manifest([uses(CAMERA)]).bytes(), manifest([uses(SMS)]).bytes());
    // The writer refuses a second entry of one name, so it is renamed in the bytes.
    let mut bytes = archive(&[(MANIFEST, &one), ("BndroidManifest.xml", &two)]);
    let from = b"BndroidManifest.xml";
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert_eq!(places.len(), 2);
    for at in places {
        bytes[at] = b'A';
    }
    let package = read(&bytes);
    let mut names = requested(&package);
    names.sort_unstable();
    assert_eq!(names, [CAMERA, SMS]);
    assert_eq!(codes(&package), ["zip-duplicate-name", "android-several-manifests"]);
}

#[test]
fn an_archive_of_two_kinds_is_open() {
    let manifest = manifest([uses(CAMERA)]).bytes();
    let package = read(&archive(&[("Payload/App.app/Info.plist", b"x"), (MANIFEST, &manifest)]));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["several-kinds", "ios-not-a-dictionary"]));
    let package = read(&archive(&[("base/manifest/AndroidManifest.xml", b"x"), (MANIFEST, &manifest)]));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["several-kinds", "proto-malformed"]));
    // What an APK may hold by accident tells nothing.
    let package = read(&archive(&[("assets/demo.apk", b"x"), ("config.json", b"{}"), (MANIFEST, &manifest)]));
    assert!(package.declarations.is_whole());
}

// References

/// An APK whose manifest refers to `0x7f010000` and on for version name, target level and a condition.
fn referring(table: &[u8]) -> Vec<u8> {
    archive(&[(MANIFEST, &referring_manifest().bytes()), ("resources.arsc", table)])
}

fn referring_manifest() -> Element {
    let reference = |n: u32| Value::Reference(0x7f01_0000 + n);
    let sdk = element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, reference(1)));
    element("manifest")
        .with(attr("versionName", id::VERSION_NAME, reference(0)))
        .with(plain("package", "a.b"))
        .child(sdk)
        .child(uses(CAMERA).with(attr("maxSdkVersion", id::MAX_SDK, reference(2))))
}

fn three() -> Vec<(u16, arsc::Value)> {
    vec![(0, arsc::Value::Text("1.0 β".into())), (1, arsc::Value::Int(34)), (2, arsc::Value::Int(29))]
}

#[test]
fn references_are_resolved_in_every_layout() {
    for layout in [Layout::Dense, Layout::Sparse, Layout::Offset16] {
        for compact in [false, true] {
            let one = values(1, three()).laid_out(layout, compact);
            let package = read(&referring(&table(&[(0x7f, vec![one])])));
            assert_eq!(package.version.as_deref(), Some("1.0 β"), "{layout:?} {compact}");
            assert_eq!(package.sdk.target, Some(34));
            assert_eq!(requests(&package).next().unwrap().conditions.max_sdk, Some(29));
            assert!(package.declarations.is_whole());
        }
    }
}

#[test]
fn references_are_followed_over_steps_and_not_for_ever() {
    let chain = |n: u32| arsc::Value::Reference(0x7f02_0000 + n);
    let first = values(1, vec![(0, chain(0)), (1, chain(0)), (2, chain(0))]);
    let steps = |count: u16| {
        let mut entries: Vec<_> = (0..count).map(|n| (n, chain(u32::from(n) + 1))).collect();
        entries.push((count, arsc::Value::Int(33)));
        read(&referring(&table(&[(0x7f, vec![first.clone(), values(2, entries)])])))
    };
    assert_eq!(steps(18).sdk.target, Some(33));
    let endless = steps(25);
    assert_eq!((endless.sdk.target, codes(&endless)), (None, vec!["android-sdk-unresolved"]));
    let circle = values(2, vec![(0, chain(1)), (1, chain(0))]);
    let package = read(&referring(&table(&[(0x7f, vec![first, circle])])));
    assert_eq!((package.sdk.target, codes(&package)), (None, vec!["android-sdk-unresolved"]));
}

#[test]
fn the_default_configuration_decides_and_a_target_that_varies_is_open() {
    let german = values(1, vec![(0, arsc::Value::Text("1.0 de".into())), (2, arsc::Value::Int(21))]).in_german();
    let package = read(&referring(&table(&[(0x7f, vec![german, values(1, three())])])));
    assert_eq!(package.version.as_deref(), Some("1.0 β"));
    assert_eq!(requests(&package).next().unwrap().conditions.max_sdk, Some(29));
    assert!(package.declarations.is_whole());

    let german = values(1, vec![(1, arsc::Value::Int(22))]).in_german();
    let package = read(&referring(&table(&[(0x7f, vec![german, values(1, three())])])));
    assert_eq!(codes(&package), ["android-sdk-unresolved"]);
}

#[test]
fn a_table_is_chosen_by_its_package_id() {
    let other = values(1, vec![(0, arsc::Value::Text("other".into())), (1, arsc::Value::Int(5))]);
    let package = read(&referring(&table(&[(0x02, vec![other]), (0x7f, vec![values(1, three())])])));
    assert_eq!((package.version.as_deref(), package.sdk.target), (Some("1.0 β"), Some(34)));
}

#[test]
fn a_bag_or_a_missing_entry_leads_nowhere() {
    for entries in [vec![(1, arsc::Value::Bag)], vec![(7, arsc::Value::Int(1))]] {
        let package = read(&referring(&table(&[(0x7f, vec![values(1, entries)])])));
        assert_eq!((package.version.as_deref(), requested_max(&package)), (None, None));
        assert_eq!(codes(&package), ["android-sdk-unresolved"]);
    }
}

fn requested_max(package: &permaudit::declaration::Package) -> Option<u32> {
    requests(package).next().unwrap().conditions.max_sdk
}

#[test]
fn a_name_by_reference_is_resolved_and_requests_nothing_on_a_device() {
    let tree = manifest([element("uses-permission").with(attr("name", id::NAME, Value::Reference(0x7f01_0000)))]);
    let table = table(&[(0x7f, vec![values(1, vec![(0, arsc::Value::Text(SMS.into()))])])]);
    let package = read(&archive(&[(MANIFEST, &tree.bytes()), ("resources.arsc", &table)]));
    assert_eq!((requested(&package), codes(&package)), (vec![SMS], vec!["android-name-not-text"]));
}

#[test]
fn a_broken_table_opens_only_what_depends_on_it() {
    let whole = table(&[(0x7f, vec![values(1, three())])]);
    for len in (0..whole.len()).step_by(7) {
        let package = read(&referring(&whole[..len]));
        assert_eq!(codes(&package), ["android-sdk-unresolved"], "{len}");
        assert_eq!(requested(&package), [CAMERA]);
    }
    // A table that nothing refers to is not even opened.
    let tree = manifest([uses(CAMERA)]).bytes();
    assert!(read(&archive(&[(MANIFEST, &tree), ("resources.arsc", b"rubbish")])).declarations.is_whole());
}

#[test]
fn no_byte_of_a_table_makes_the_reading_crash_or_lose_a_permission() {
    let whole = table(&[(0x7f, vec![values(1, three()), values(1, three()).in_german()])]);
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0xff, whole[at] ^ 4] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            assert_eq!(requested(&read(&referring(&bytes))), [CAMERA]);
        }
    }
}

// Packages of a real toolchain

/// What stands in a golden package: names, `@maxN` for a condition.
fn golden(file: &str) -> (Vec<String>, Vec<&'static str>, String, String) {
    let path = format!("{}/fixtures/packages/{file}", env!("CARGO_MANIFEST_DIR"));
    let package = read(&fs::read(path).unwrap());
    let names = requests(&package)
        .map(|d| match d.conditions.max_sdk {
            Some(level) => format!("{}@max{level}", d.permission.replace("android.permission.", "")),
            None => d.permission.replace("android.permission.", ""),
        })
        .collect();
    (names, codes(&package), package.id.unwrap_or_default(), package.version.unwrap_or_default())
}

#[test]
fn packages_of_a_real_toolchain_are_whole() {
    let conditions = [
        "BLUETOOTH@max30",
        "BLUETOOTH_SCAN",
        "WRITE_EXTERNAL_STORAGE@max18",
        "ACCESS_FINE_LOCATION",
        "ACCESS_COARSE_LOCATION@max33",
        "CAMERA",
        "VIBRATE",
        "com.vendor.launcher.permission.READ_SETTINGS",
        "com.google.android.gms.permission.AD_ID",
    ];
    let expected: [(&str, &[&str], &str, &str); 7] = [
        ("minimal.apk", &[], "com.example.minimal", ""),
        ("conditions.apk", &conditions, "com.example.conditions", "2026.3 (20260302)"),
        ("AndroidManifest.xml", &conditions, "com.example.conditions", "2026.3 (20260302)"),
        ("references.apk", &["READ_EXTERNAL_STORAGE@max28", "VIBRATE"], "com.example.references", "12.7-β (1207)"),
        (
            "legacy.apk",
            &["WRITE_EXTERNAL_STORAGE", "READ_CONTACTS", "BLUETOOTH"],
            "com.example.legacy",
            "1.0 Größe (3)",
        ),
        ("splits-base.apk", &["INTERNET"], "com.example.splits", "5.0 (5)"),
        ("utf8.apk", &["NFC", "BLUETOOTH_SCAN", "com.example.utf8.Größe.许可"], "com.example.utf8", "9.1 (9)"),
    ];
    for (file, names, id, version) in expected {
        assert_eq!(golden(file), (names.iter().map(|n| (*n).to_owned()).collect(), vec![], id.into(), version.into()));
    }
}

#[test]
fn packages_of_a_real_toolchain_that_leave_something_open() {
    let open = |file| {
        let (names, codes, ..) = golden(file);
        (names, codes)
    };
    assert_eq!(
        open("name-by-reference.apk"),
        (vec!["INTERNET".to_owned(), "READ_SMS".to_owned()], vec!["android-name-not-text"])
    );
    assert_eq!(open("splits-camera.apk"), (vec!["CAMERA".to_owned()], vec!["android-split-apk"]));
    assert_eq!(open("splits-config.de.apk"), (vec![], vec!["android-split-apk"]));
}

#[test]
fn nothing_is_added_by_a_split() {
    let path = format!("{}/fixtures/packages/splits-camera.apk", env!("CARGO_MANIFEST_DIR"));
    let package = read(&fs::read(path).unwrap());
    assert!(package.declarations.value.iter().all(|d| d.origin == Origin::Declared));
}

#[test]
fn the_manifest_is_found_by_its_exact_name_among_many_that_end_alike() {
    let bytes = manifest([uses(CAMERA), uses(SMS)]).bytes();
    let names: Vec<String> = (0..300).map(|n| format!("res/{n}/AndroidManifest.xml")).collect();
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    entries.push((MANIFEST, &bytes));
    let package = read(&archive(&entries));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, SMS], vec![]));
}
