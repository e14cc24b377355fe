//! Archives that look like another kind of package than the one that a device or an installer makes of them. What every
//! kind declares is taken together, and the doubt says that there are several.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]

mod support;

use permaudit::declaration::{Package, PackageKind};
use serde_json::json;
use support::axml::{manifest, plain, uses};
use support::hap::{config_json, module_json, stage};
use support::ipa::{Files, info, purposes};
use support::plist::dict;
use support::{archive, codes, proto, read};

const MANIFEST: &str = "AndroidManifest.xml";
const SMS: &str = "android.permission.READ_SMS";
const CAMERA: &str = "NSCameraUsageDescription";

/// A manifest that declares nothing.
fn decoy() -> Vec<u8> {
    manifest([]).bytes()
}

fn base() -> Vec<u8> {
    archive(&[(MANIFEST, &manifest([uses(SMS)]).bytes())])
}

fn declares(package: &Package, permission: &str) -> bool {
    package.declarations.value.iter().any(|declaration| declaration.permission == permission)
}

#[test]
fn a_manifest_beside_the_packages_of_a_set_does_not_hide_them() {
    for list in [("toc.pb", proto::field(4, b"com.example.app")), ("manifest.json", b"{}".to_vec()), ("x", vec![])] {
        for name in ["base.apk", "splits/base-master.apk", "com.example.app.apk", "BASE.APK"] {
            let package = read(&archive(&[(MANIFEST, &decoy()), (list.0, &list.1), (name, &base())]));
            assert!(declares(&package, SMS), "{name} beside {}", list.0);
            assert!(codes(&package).contains(&"several-kinds"), "{name}: {:?}", codes(&package));
        }
    }
}

#[test]
fn an_app_of_apple_beside_the_packages_of_a_set_does_not_hide_them() {
    let mut files = Files::default().program("Payload/A.app", &info("A", [(CAMERA, "to scan")]));
    files = files.with("base.apk", base());
    let package = files.read();
    assert_eq!(purposes(&package), [CAMERA]);
    assert!(declares(&package, SMS));
    assert_eq!(codes(&package), ["several-kinds"]);
}

#[test]
fn a_manifest_beside_an_early_module_does_not_hide_it() {
    let requests = json!([{ "name": "ohos.permission.CAMERA" }]);
    let early = config_json(&requests).to_string();
    let module = stage(module_json(&requests));
    for (name, content) in [("config.json", early.as_bytes()), ("entry.hap", &module), ("library.HSP", &module)] {
        let package = read(&archive(&[(MANIFEST, &decoy()), (name, content)]));
        assert!(declares(&package, "ohos.permission.CAMERA"), "{name}");
        assert!(codes(&package).contains(&"several-kinds"), "{name}: {:?}", codes(&package));
    }
    let other = archive(&[(MANIFEST, &decoy()), ("config.json", b"{\"module\": 1}")]);
    assert!(read(&other).declarations.is_whole(), "the settings of anything are no manifest");
}

#[test]
fn a_manifest_beside_an_app_of_the_simulator_does_not_hide_it() {
    let files = Files::default().program("A.app", &info("A", [(CAMERA, "to scan")])).with(MANIFEST, decoy());
    let package = files.read();
    assert_eq!(purposes(&package), [CAMERA]);
    assert_eq!(codes(&package), ["several-kinds"]);
}

#[test]
fn settings_beside_the_packages_of_a_set_do_not_hide_them() {
    let package = read(&archive(&[("config.json", b"{}"), ("base.apk", &base())]));
    assert!(declares(&package, SMS));
    assert!(!package.declarations.is_whole(), "it is no set for certain");
}

#[test]
fn a_package_of_a_set_is_one_in_any_case_of_letters() {
    let hidden = archive(&[(MANIFEST, &manifest([uses(SMS)]).with(plain("split", "config")).bytes())]);
    let package = read(&archive(&[("base.apk", &archive(&[(MANIFEST, &decoy())])), ("split_config.APK", &hidden)]));
    assert_eq!(package.kind, Some(PackageKind::Apks));
    assert!(declares(&package, SMS));
    assert!(declares(&read(&archive(&[("BASE.APK", &base())])), SMS));
}

#[test]
fn what_an_app_holds_by_accident_tells_no_other_kind() {
    let package = read(&archive(&[
        (MANIFEST, &decoy()),
        ("assets/plugin.apk", &base()),
        ("assets/entry.hap", b"x"),
        ("assets/A.app/Info.plist", b"x"),
        ("config.json", b"{\"debug\": true}"),
        ("manifest.json", b"{}"),
        ("Info.plist", b"x"),
    ]));
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::Apk), vec![]));
}

#[test]
fn a_folder_with_a_name_as_macos_gives_to_its_own_files_is_a_folder() {
    let app = info("A", [("NSSiriUsageDescription", "to ask")]);
    let extension = info("B", [(CAMERA, "to scan")]);
    for folder in ["PlugIns/._B.appex", "PlugIns/__MACOSX/B.appex", "._x/B.appex"] {
        let path = format!("Payload/A.app/{folder}");
        let package = Files::default().program("Payload/A.app", &app).program(&path, &extension).read();
        assert!(declares(&package, CAMERA), "{folder}");
    }
    let only = Files::default().program("Payload/._A.app", &extension).read();
    assert!(declares(&only, CAMERA));
    let beside = Files::default()
        .program("Payload/A.app", &app)
        .with("__MACOSX/Payload/._A.app", b"x")
        .with("__MACOSX/Payload/A.app/", b"")
        .with("__MACOSX/Payload/A.app/._Info.plist", b"x")
        .with("Payload/A.app/._Info.plist", b"x");
    assert_eq!(codes(&beside.read()), [""; 0], "what macOS adds is no app");
}

#[test]
fn a_table_of_all_languages_is_one_in_any_case_of_letters() {
    let table = dict([("sv", dict([(CAMERA, "x")]))]).binary();
    let nothing: [(&str, &str); 0] = [];
    for name in ["InfoPlist.loctable", "INFOPLIST.LOCTABLE"] {
        let files = Files::default().program("Payload/A.app", &info("A", nothing));
        assert_eq!(purposes(&files.with(&format!("Payload/A.app/{name}"), &table).read()), [CAMERA], "{name}");
    }
}

#[test]
fn privacy_manifests_beyond_their_number_are_a_doubt() {
    let nothing: [(&str, &str); 0] = [];
    let mut files = Files::default().program("Payload/A.app", &info("A", nothing));
    for number in 0..=permaudit::limits::BUNDLES {
        files = files.with(&format!("Payload/A.app/{number}.bundle/PrivacyInfo.xcprivacy"), dict(nothing).binary());
    }
    assert_eq!(codes(&files.read()), ["limit-declarations"]);
}
