//! Split sets: what base and splits declare, what a set says of itself, packages inside packages.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop, and builds what it needs from small numbers"
)]

mod support;

use std::io::Write as _;

use permaudit::declaration::{Origin, Package, PackageKind};
use proptest::prelude::*;
use support::axml::{Element, Value, attr, id, manifest, plain, uses};
use support::{archive, codes, proto, read, requested, requests};

const CAMERA: &str = "android.permission.CAMERA";
const INTERNET: &str = "android.permission.INTERNET";
const LOCATION: &str = "android.permission.ACCESS_FINE_LOCATION";
const MANIFEST: &str = "AndroidManifest.xml";

fn apk(tree: &Element) -> Vec<u8> {
    archive(&[(MANIFEST, &tree.bytes())])
}

fn base(permissions: &[&str]) -> Vec<u8> {
    let mut tree = manifest(permissions.iter().map(|name| uses(name)));
    tree.attributes.insert(0, attr("versionCode", id::VERSION_CODE, Value::Int(34)));
    tree.attributes.insert(1, attr("versionName", id::VERSION_NAME, Value::Text("1.2".into())));
    apk(&tree)
}

fn split(name: &str, permissions: &[&str]) -> Vec<u8> {
    let mut tree = support::axml::element("manifest").with(plain("package", "com.example.app"));
    tree = tree.with(plain("split", name));
    tree.children.extend(permissions.iter().map(|name| uses(name)));
    apk(&tree)
}

/// Permission and module of each request, in order.
fn told(package: &Package) -> Vec<(&str, &str)> {
    requests(package).map(|d| (d.permission.as_str(), d.module.as_deref().unwrap())).collect()
}

#[test]
fn the_base_decides_and_every_split_counts_with_its_name() {
    let set = archive(&[
        ("splits/camera-master.apk", &split("camera", &[CAMERA])),
        ("splits/base-de.apk", &split("config.de", &[])),
        ("splits/base-master.apk", &base(&[INTERNET, LOCATION])),
        ("toc.pb", &proto::field(4, b"com.example.app")),
    ]);
    let package = read(&set);
    assert_eq!((package.kind, package.id.as_deref()), (Some(PackageKind::Apks), Some("com.example.app")));
    assert_eq!((package.version.as_deref(), package.sdk.target), (Some("1.2 (34)"), Some(35)));
    assert_eq!(told(&package), [(INTERNET, "base"), (LOCATION, "base"), (CAMERA, "camera")]);
    assert!(package.declarations.is_whole(), "{:?}", package.declarations.doubts());
    let implied = package.declarations.value.iter().find(|d| d.origin != Origin::Declared).unwrap();
    assert_eq!(
        (implied.permission.as_str(), implied.module.as_deref()),
        ("android.permission.ACCESS_COARSE_LOCATION", Some("base"))
    );
    let place = &requests(&package).next().unwrap().place;
    assert_eq!(place.entry.as_deref(), Some("splits/base-master.apk!AndroidManifest.xml"));
}

#[test]
fn several_bases_are_variants_of_one_app() {
    let set = archive(&[
        ("standalones/standalone-hdpi.apk", &base(&[INTERNET, CAMERA])),
        ("splits/base-master.apk", &base(&[INTERNET])),
    ]);
    let package = read(&set);
    assert_eq!(told(&package), [(INTERNET, "base"), (CAMERA, "base")]);
    assert!(package.declarations.is_whole());
}

#[test]
fn the_levels_of_the_base_decide_whatever_a_split_says() {
    let mut tree = support::axml::element("manifest").with(plain("package", "com.example.app"));
    let sdk = support::axml::element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, Value::Int(9)));
    tree = tree.with(plain("split", "old")).child(sdk);
    let package = read(&archive(&[("old.apk", &apk(&tree)), ("base.apk", &base(&[]))]));
    assert_eq!(package.sdk.target, Some(35));
    assert!(package.declarations.value.is_empty(), "a device adds nothing: {:?}", package.declarations.value);
}

#[test]
fn kinds_are_told_by_their_lists_and_not_by_a_name() {
    let base = base(&[INTERNET]);
    let xapk = br#"{"xapk_version":2,"package_name":"com.example.app","permissions":["a",7]}"#;
    let apkm = b"\xef\xbb\xbf{\"apkm_version\":5,\"pname\":\"com.example.app\",\"versioncode\":34}";
    for (list, bytes, kind) in [
        ("manifest.json", &xapk[..], PackageKind::Xapk),
        ("info.json", &apkm[..], PackageKind::Apkm),
        ("info.json", b"{}", PackageKind::Apks),
        ("manifest.json", b"[1]", PackageKind::Apks),
        ("other.json", &xapk[..], PackageKind::Apks),
    ] {
        let package = read(&archive(&[("base.apk", &base), (list, bytes)]));
        assert_eq!(package.kind, Some(kind), "{list}");
        assert_eq!(requested(&package), [INTERNET]);
        assert!(package.declarations.is_whole());
    }
    let package = read(&archive(&[("base.apk", &base), ("manifest.json", xapk)]));
    let claims = package.claims.unwrap();
    assert_eq!((claims.id.as_deref(), claims.permissions), (Some("com.example.app"), Some(vec!["a".to_owned()])));
    assert_eq!(claims.place.entry.as_deref(), Some("manifest.json"));
    let package = read(&archive(&[("base.apk", &base), ("info.json", apkm)]));
    assert_eq!(package.claims.unwrap().version_code.as_deref(), Some("34"));
}

#[test]
fn a_list_is_no_source_of_permissions() {
    let list = br#"{"xapk_version":2,"permissions":["android.permission.CAMERA"]}"#;
    let package = read(&archive(&[("base.apk", &base(&[INTERNET])), ("manifest.json", list)]));
    assert_eq!(requested(&package), [INTERNET]);
}

#[test]
fn a_broken_list_is_a_doubt_about_the_set() {
    let base = base(&[INTERNET]);
    for (list, bytes) in
        [("manifest.json", &b"{\"xapk_version\":"[..]), ("info.json", b"\xff"), ("toc.pb", b"\x0a\x7f")]
    {
        let package = read(&archive(&[("base.apk", &base), (list, bytes)]));
        assert_eq!((requested(&package), codes(&package)), (vec![INTERNET], vec!["android-set-list"]), "{list}");
    }
}

#[test]
fn a_set_without_a_base_is_open() {
    let package = read(&archive(&[("a.apk", &split("camera", &[CAMERA]))]));
    assert_eq!((told(&package), codes(&package)), (vec![(CAMERA, "camera")], vec!["android-no-base"]));
    // A split that calls itself the base is none.
    let package = read(&archive(&[("base.apk", &split("base", &[CAMERA]))]));
    assert_eq!((told(&package), codes(&package)), (vec![(CAMERA, "split base")], vec!["android-no-base"]));
}

#[test]
fn packages_of_two_apps_are_no_set() {
    let other =
        apk(&support::axml::element("manifest").with(plain("package", "com.example.other")).child(uses(CAMERA)));
    let package = read(&archive(&[("base.apk", &base(&[INTERNET])), ("other.apk", &other)]));
    assert_eq!(codes(&package), ["android-set-disagrees"]);
    assert!(requested(&package).contains(&CAMERA));
}

#[test]
fn a_package_that_cannot_be_read_leaves_the_others_and_an_open_set() {
    for (broken, code) in [
        (b"PK".to_vec(), "zip-truncated"),
        (archive(&[("x", b"")]), "android-no-manifest"),
        (archive(&[(MANIFEST, b"<manifest/>")]), "android-text-manifest"),
    ] {
        let package = read(&archive(&[("base.apk", &base(&[INTERNET])), ("config.apk", &broken)]));
        assert_eq!(told(&package), [(INTERNET, "base")]);
        assert!(codes(&package).contains(&code), "{code}: {:?}", codes(&package));
        assert!(package.unreadable);
    }
}

#[test]
fn what_is_odd_about_a_package_inside_is_told_at_its_place() {
    let mut inner = b"#!/bin/sh\n".to_vec();
    inner.extend(base(&[INTERNET]));
    let package = read(&archive(&[("base.apk", &inner)]));
    let doubt = package.declarations.doubts().iter().find(|d| d.code.name() == "zip-prefix").expect("it is told");
    assert_eq!(doubt.place.entry.as_deref(), Some("base.apk"));
}

#[test]
fn a_compressed_package_is_read_as_a_stored_one() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("base.apk", base(&[INTERNET])), ("camera.apk", split("camera", &[CAMERA]))] {
        writer.start_file(name, options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    let package = read(&writer.finish().unwrap().into_inner());
    assert_eq!(told(&package), [(INTERNET, "base"), (CAMERA, "camera")]);
    assert!(package.declarations.is_whole());
}

#[test]
fn a_package_that_inflates_beyond_the_budget_is_not_established() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("base.apk", zip::write::SimpleFileOptions::default()).unwrap();
    let piece = vec![0; 1 << 20];
    for _ in 0..257 {
        writer.write_all(&piece).unwrap();
    }
    let package = read(&writer.finish().unwrap().into_inner());
    assert_eq!((codes(&package), package.unreadable), (vec!["limit-entry-bytes"], true));
}

#[test]
fn an_encrypted_set_is_known_for_what_it_is() {
    let mut bytes = vec![1, 2];
    for number in [3_u64, 1 << 26, 1 << 16] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([0x5a; 400]);
    let package = read(&bytes);
    assert_eq!(
        (package.kind, codes(&package), package.unreadable),
        (Some(PackageKind::Apkm), vec!["android-encrypted-set"], true)
    );
    bytes[1] = 3;
    assert_eq!(codes(&read(&bytes)), ["unknown-kind"]);
}

#[test]
fn sets_of_a_real_toolchain_are_whole() {
    for (file, kind, names) in [
        ("set.apks", PackageKind::Apks, vec![(INTERNET, "base"), (CAMERA, "camera")]),
        ("set.xapk", PackageKind::Xapk, vec![(INTERNET, "base"), (CAMERA, "camera")]),
        ("set.apkm", PackageKind::Apkm, vec![(INTERNET, "base")]),
    ] {
        let path = format!("{}/fixtures/packages/{file}", env!("CARGO_MANIFEST_DIR"));
        let package = read(&std::fs::read(path).unwrap());
        assert_eq!((package.kind, told(&package), codes(&package)), (Some(kind), names, vec![]), "{file}");
        assert_eq!((package.id.as_deref(), package.version.as_deref()), (Some("com.example.splits"), Some("5.0 (5)")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_package_inside_is_read_without_a_crash(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let package = read(&archive(&[("base.apk", &base(&[INTERNET])), ("x.apk", &bytes), ("toc.pb", &bytes)]));
        prop_assert_eq!(requested(&package), [INTERNET]);
        prop_assert!(package.unreadable);
    }

    #[test]
    fn the_order_of_the_packages_changes_nothing(swap in any::<bool>(), names in proptest::collection::vec("[a-z]{1,8}", 1..5)) {
        let (base, split) = (base(&[INTERNET]), split("s", &names.iter().map(String::as_str).collect::<Vec<_>>()));
        let mut entries: Vec<(&str, &[u8])> = vec![("base.apk", &base), ("s.apk", &split)];
        if swap {
            entries.reverse();
        }
        let package = read(&archive(&entries));
        let mut found = requested(&package);
        found.sort_unstable();
        let mut expected: Vec<&str> = names.iter().map(String::as_str).chain([INTERNET]).collect();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(found, expected);
        prop_assert!(package.declarations.is_whole());
    }
}
