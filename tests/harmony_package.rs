//! HarmonyOS packages: what counts as declared, where it stands, and one test for each way to hide it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]

mod support;

use permaudit::declaration::{DeclarationKind, Package, PackageKind};
use permaudit::knowledge::{Book, Level, Platform};
use permaudit::rules::{Case, Policy, Severity, Subject, judge};
use permaudit::source::Source;
use serde_json::{Value, json};
use support::axml;
use support::hap::{
    Index, app, config_json, hap, language, module_json, names, request, requests, signature_block, stage, text,
    with_manifest,
};
use support::zip::{Entry, Zip};
use support::{codes, read};

const CAMERA: &str = "ohos.permission.CAMERA";
const MICROPHONE: &str = "ohos.permission.MICROPHONE";
const REASON: u32 = 0x0100_0002;

fn named(name: &str) -> Value {
    json!({ "name": name })
}

fn camera() -> Value {
    module_json(&json!([named(CAMERA)]))
}

/// The texts of the first request, as `language: text`.
fn reason(package: &Package) -> Vec<String> {
    requests(package)[0].text.iter().map(|(language, text)| format!("{language}: {text}")).collect()
}

fn table() -> Index {
    Index::second(&[&[], &[language("zh")]], &[text(REASON, "camera", &["To scan", "扫码"])])
}

/// A source in which `from` is written in place of `to`.
fn written(manifest: &Value, from: &str, to: &str) -> String {
    let text = manifest.to_string();
    assert!(text.contains(from), "{text}");
    text.replace(from, to)
}

#[test]
fn a_module_is_read_with_its_identity_its_scene_and_its_reason() {
    let manifest = module_json(&json!([request(CAMERA, "camera", REASON), named("ohos.permission.INTERNET")]));
    let package =
        read(&hap(&[("module.json", manifest.to_string().as_bytes()), ("resources.index", &table().build())]).build());
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(package.kind, Some(PackageKind::Hap));
    assert_eq!(package.platform(), Some(Platform::HarmonyOs));
    assert_eq!(package.id.as_deref(), Some("com.example.notes"));
    assert_eq!(package.version.as_deref(), Some("1.2 (34)"));
    assert_eq!((package.sdk.min, package.sdk.target), (Some(12), Some(20)));
    assert!(!package.unreadable);
    let all = requests(&package);
    assert_eq!(all.len(), 2, "an ability's own permissions are no requests");
    let camera = all[0];
    assert_eq!((camera.permission.as_str(), camera.level), (CAMERA, Some(Level::UserGrant)));
    assert_eq!(camera.module.as_deref(), Some("entry"));
    assert_eq!(camera.value.as_deref(), Some("$string:camera"));
    let scene = camera.used_scene.as_ref().unwrap();
    assert_eq!((scene.abilities.as_slice(), scene.when.as_deref()), (&["EntryAbility".to_owned()][..], Some("inuse")));
    assert_eq!(reason(&package), ["default: To scan", "zh: 扫码"]);
    let offset = manifest.to_string().find(CAMERA).unwrap() as u64 - 1;
    assert_eq!(camera.place.entry.as_deref(), Some("module.json"));
    assert_eq!(
        (camera.place.path.as_deref(), camera.place.offset),
        (Some("module > requestPermissions[1]"), Some(offset))
    );
    assert_eq!(all[1].level, Some(Level::SystemGrant));
}

#[test]
fn the_older_model_is_read_with_its_reason_under_the_name_of_the_module() {
    let manifest = config_json(&json!([
        { "name": CAMERA, "reason": "to scan", "usedScene": { "ability": ["a.b.Main"], "when": "always" } },
        { "name": MICROPHONE, "reason": "$string:camera" }
    ]))
    .to_string();
    let index = Index::first(&[&[]], &[text(REASON, "camera", &["To record"])]).build();
    let files: &[(&str, &[u8])] =
        &[("config.json", manifest.as_bytes()), ("assets/entry/resources.index", &index), ("classes.dex", b"")];
    let package = read(&hap(files).build());
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!((package.kind, package.version.as_deref()), (Some(PackageKind::Hap), Some("1.2 (34)")));
    assert_eq!((package.sdk.min, package.sdk.target), (Some(5), Some(7)));
    assert_eq!(names(&package), ["CAMERA", "MICROPHONE"]);
    assert_eq!(reason(&package), ["default: to scan"]);
    assert_eq!(requests(&package)[1].text["default"], "To record");
    assert_eq!(requests(&package)[0].used_scene.as_ref().unwrap().abilities, ["a.b.Main"]);
}

#[test]
fn a_device_goes_by_the_number_of_a_reason() {
    let index = Index::first(&[&[]], &[text(1, "camera", &["by name"]), text(2, "other", &["by number"])]).build();
    let manifest = module_json(&json!([request(CAMERA, "camera", 2)])).to_string();
    let package = read(&hap(&[("module.json", manifest.as_bytes()), ("resources.index", &index)]).build());
    assert_eq!(reason(&package), ["default: by number"]);
}

#[test]
fn what_is_wrong_with_a_resource_table_is_a_doubt_when_a_reason_stands_in_it() {
    let broken = table().with(|index| index.list_tag = *b"IDSX").build();
    let unknown = table().with(|index| index.version = "Restool9 1".to_owned()).build();
    for (index, code) in [(&broken, "index-malformed"), (&unknown, "index-version")] {
        let with = |manifest: &Value| {
            read(&hap(&[("module.json", manifest.to_string().as_bytes()), ("resources.index", index)]).build())
        };
        assert_eq!(codes(&with(&module_json(&json!([request(CAMERA, "camera", REASON)])))), [code]);
        assert_eq!(codes(&with(&camera())), [""; 0], "nothing refers to it");
    }
}

#[test]
fn definitions_are_no_requests() {
    let manifest =
        written(&camera(), "\"deviceTypes\"", "\"definePermissions\":[{\"name\":\"a.b.OWN\"}],\"deviceTypes\"");
    let package = read(&stage(manifest));
    assert_eq!(names(&package), ["CAMERA"]);
    let own: Vec<_> =
        package.declarations.value.iter().filter(|d| d.kind == DeclarationKind::DefinesPermission).collect();
    assert_eq!((own.len(), own[0].permission.as_str()), (1, "a.b.OWN"));
}

#[test]
fn a_signature_before_the_directory_is_no_irregularity() {
    let manifest = camera().to_string();
    let signed = hap(&[("module.json", manifest.as_bytes())]).with(|zip| zip.before_directory = signature_block());
    let package = read(&signed.build());
    assert_eq!((codes(&package), names(&package)), (vec![], vec!["CAMERA"]));
}

#[test]
fn a_shared_package_is_told_by_its_type() {
    let package = read(&stage(written(&camera(), "\"type\":\"entry\"", "\"type\":\"shared\"")));
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::Hsp), vec![]));
}

#[test]
fn a_key_in_escapes_is_the_same_key() {
    let package = read(&stage(written(&camera(), "requestPermissions", "requestPermission\\u0073")));
    assert_eq!((codes(&package), names(&package)), (vec![], vec!["CAMERA"]));
}

#[test]
fn comments_hide_nothing_and_are_no_doubt() {
    let package = read(&stage(written(&camera(), "\"module\"", "/* { */ // }\n\"module\"")));
    assert_eq!((codes(&package), names(&package)), (vec![], vec!["CAMERA"]));
}

#[test]
fn a_byte_order_mark_hides_nothing() {
    let package = read(&stage(format!("\u{feff}{}", camera())));
    assert_eq!((codes(&package), names(&package)), (vec![], vec!["CAMERA"]));
}

#[test]
fn json5_in_a_package_is_read_with_a_doubt() {
    let package = read(&stage(written(&camera(), "[\"phone\"]", "['phone',]")));
    assert_eq!((codes(&package), names(&package)), (vec!["json-not-strict"], vec!["CAMERA"]));
}

#[test]
fn repeated_keys_are_read_together() {
    let second = format!("\"requestPermissions\":[{{\"name\":\"{MICROPHONE}\"}}],\"requestPermissions\"");
    let module = camera()["module"].to_string();
    let empty = format!("{{\"module\":{module},\"module\":{{\"name\":\"x\"}},\"app\":{{\"bundleName\":\"a.b\"}}}}");
    let name = format!("\"name\":\"{MICROPHONE}\",\"na\\u006de\":\"{CAMERA}\"");
    for (manifest, expected) in [
        (written(&camera(), "\"requestPermissions\"", &second), &["MICROPHONE", "CAMERA"][..]),
        (empty, &["CAMERA"][..]),
        (written(&camera(), &format!("\"name\":\"{CAMERA}\""), &name), &["MICROPHONE", "CAMERA"][..]),
    ] {
        let package = read(&stage(&manifest));
        assert_eq!((codes(&package), names(&package)), (vec!["json-duplicate-key"], expected.to_vec()), "{manifest}");
    }
    let elsewhere =
        read(&stage(written(&camera(), "\"deviceTypes\"", "\"srcEntry\":\"a\",\"srcEntry\":\"b\",\"deviceTypes\"")));
    assert_eq!(codes(&elsewhere), [""; 0], "it changes nothing that counts");
}

#[test]
fn a_wrong_type_is_never_no_permission() {
    for (requests, expected) in [
        (json!(null), &[][..]),
        (json!({ "name": CAMERA }), &["CAMERA"][..]),
        (json!(CAMERA), &["CAMERA"][..]),
        (json!([CAMERA]), &["CAMERA"][..]),
        (json!([{ "name": CAMERA }, 5]), &["CAMERA"][..]),
        (json!([{ "name": 5 }, { "name": CAMERA }]), &["CAMERA"][..]),
        (json!([{ "name": CAMERA, "reason": 5 }]), &["CAMERA"][..]),
        (json!([{ "name": CAMERA, "reasonId": "5" }]), &["CAMERA"][..]),
        (json!([{ "name": CAMERA, "usedScene": [] }]), &["CAMERA"][..]),
        (json!([{ "name": CAMERA, "usedScene": { "abilities": "A", "when": 1 } }]), &["CAMERA"][..]),
    ] {
        let package = read(&stage(module_json(&requests)));
        assert!(codes(&package).contains(&"harmony-wrong-type"), "{requests}: {:?}", codes(&package));
        assert_eq!(names(&package), expected, "{requests}");
    }
    for manifest in ["[]", "{\"app\":{},\"module\":[]}", "{\"app\":{}}", "{\"module\":{\"requestPermissions\":[]}}"] {
        let package = read(&stage(manifest));
        assert!(codes(&package).contains(&"harmony-wrong-type"), "{manifest}");
    }
    assert_eq!(
        requests(&read(&stage(module_json(&json!([{ "name": CAMERA, "reason": 5 }])))))[0].wrong_type,
        Some("number")
    );
}

#[test]
fn a_request_without_a_name_is_a_doubt() {
    for one in [json!({}), json!({ "name": "" }), json!({ "reason": "x" })] {
        let package = read(&stage(module_json(&json!([one, named(CAMERA)]))));
        assert_eq!((codes(&package), names(&package)), (vec!["harmony-no-name"], vec!["CAMERA"]));
    }
}

#[test]
fn more_requests_than_a_device_takes_are_all_read() {
    let many: Vec<Value> = (0..2_049).map(|number| named(&format!("a.b.P{number}"))).collect();
    let package = read(&stage(module_json(&many[1..].into())));
    assert_eq!((codes(&package).len(), requests(&package).len()), (0, 2_048));
    let package = read(&stage(module_json(&many.into())));
    assert_eq!((codes(&package), requests(&package).len()), (vec!["harmony-too-many-requests"], 2_049));
}

#[test]
fn the_key_of_the_other_model_is_taken_with_a_doubt() {
    let package = read(&stage(written(&camera(), "requestPermissions", "reqPermissions")));
    assert_eq!((codes(&package), names(&package)), (vec!["harmony-other-model"], vec!["CAMERA"]));
    let manifest = written(&config_json(&json!([named(CAMERA)])), "reqPermissions", "requestPermissions");
    let package = read(&with_manifest("config.json", manifest));
    assert_eq!((codes(&package), names(&package)), (vec!["harmony-other-model"], vec!["CAMERA"]));
}

#[test]
fn two_manifests_are_read_together_and_the_newer_names_the_package() {
    let stage = written(&camera(), "com.example.notes", "com.example.notes").replace("34", "35");
    let older = config_json(&json!([named(CAMERA), named(MICROPHONE)])).to_string();
    let package = read(&hap(&[("config.json", older.as_bytes()), ("module.json", stage.as_bytes())]).build());
    assert_eq!((codes(&package), names(&package)), (vec!["harmony-several-manifests"], vec!["CAMERA", "MICROPHONE"]));
    assert_eq!(package.version.as_deref(), Some("1.2 (35)"));
}

#[test]
fn two_entries_of_one_name_are_read_together_and_the_last_names_the_package() {
    let last = module_json(&json!([])).to_string().replace("34", "35");
    let package =
        read(&hap(&[("module.json", camera().to_string().as_bytes()), ("module.json", last.as_bytes())]).build());
    assert_eq!(codes(&package), ["zip-duplicate-name", "harmony-several-manifests"]);
    assert_eq!((names(&package), package.version.as_deref()), (vec!["CAMERA"], Some("1.2 (35)")));
}

#[test]
fn a_stored_manifest_is_read_by_its_compressed_size_too() {
    let short = module_json(&json!([])).to_string();
    let len = u32::try_from(short.len()).unwrap();
    let long = format!("{short}{}", " ".repeat(10));
    let entry = Entry::stored("module.json", long.as_bytes());
    let lying = entry.both(|header| header.uncompressed = len);
    let package = read(&Zip::new([lying]).build());
    assert!(codes(&package).contains(&"zip-stored-size"), "{:?}", codes(&package));
    let full = camera().to_string();
    let entry = Entry::stored("module.json", full.as_bytes()).both(|header| header.uncompressed = 2);
    let package = read(&Zip::new([entry]).build());
    assert_eq!(names(&package), ["CAMERA"]);
    assert!(package.unreadable, "two bytes are no manifest");
}

#[test]
fn a_manifest_that_cannot_be_read_is_no_empty_one() {
    for manifest in ["", "{", "{\"module\":{\"requestPermissions\":[]}} x", "\u{0}"] {
        let package = read(&stage(manifest));
        assert_eq!(codes(&package), ["json-malformed"], "{manifest:?}");
        assert!(package.unreadable);
    }
}

#[test]
fn an_app_is_the_union_of_its_packages_stored_or_inflated() {
    let entry = stage(camera());
    let library = stage(
        written(&module_json(&json!([named(MICROPHONE), named(CAMERA)])), "\"type\":\"entry\"", "\"type\":\"shared\"")
            .replace("\"name\":\"entry\"", "\"name\":\"library\""),
    );
    let stored = app(&[("entry-default.hap", &entry), ("library-default.HSP", &library)]);
    let inflated = stored.clone().with(|zip| {
        zip.entries[1] = Entry::deflated("library-default.HSP", &library);
    });
    for zip in [stored, inflated] {
        let package = read(&zip.build());
        assert_eq!(codes(&package), [""; 0]);
        assert_eq!((package.kind, package.id.as_deref()), (Some(PackageKind::HarmonyApp), Some("com.example.notes")));
        let found: Vec<_> = requests(&package)
            .iter()
            .map(|d| (d.permission.as_str(), d.module.as_deref().unwrap(), d.place.entry.as_deref().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                (CAMERA, "entry", "entry-default.hap!module.json"),
                (MICROPHONE, "library", "library-default.HSP!module.json"),
                (CAMERA, "library", "library-default.HSP!module.json"),
            ]
        );
    }
}

#[test]
fn an_app_whose_list_disagrees_is_a_doubt() {
    let entry = stage(camera());
    let good = app(&[("entry-default.hap", &entry)]);
    let list = |content: &str| {
        let content = content.to_owned();
        good.clone().with(move |zip| zip.entries[1] = Entry::deflated("pack.info", &content))
    };
    let none = good.clone().with(|zip| {
        zip.entries.pop();
    });
    for zip in [
        list(&support::hap::pack_info(&[])),
        list(&support::hap::pack_info(&["entry-default", "feature-default"])),
        list("{"),
        list("[]"),
        none,
    ] {
        let package = read(&zip.build());
        assert_eq!((codes(&package), names(&package)), (vec!["harmony-pack-info"], vec!["CAMERA"]));
    }
    assert_eq!(codes(&read(&good.build())), [""; 0]);
}

#[test]
fn a_package_in_an_app_that_cannot_be_read_leaves_the_app_open() {
    let entry = stage(camera());
    let empty = hap(&[("readme.txt", b"x")]).build();
    for (broken, code) in
        [(&b"no archive"[..], "zip-truncated"), (&stage("{"), "json-malformed"), (&empty, "harmony-no-manifest")]
    {
        let package = read(&app(&[("a.hap", &entry), ("b.hap", broken)]).build());
        assert_eq!(codes(&package), [code]);
        assert!(package.unreadable);
        assert_eq!(names(&package), ["CAMERA"]);
    }
}

#[test]
fn packages_of_two_apps_in_one_are_a_doubt() {
    let other = stage(written(&module_json(&json!([named(MICROPHONE)])), "com.example.notes", "com.example.other"));
    let package = read(&app(&[("a.hap", &stage(camera())), ("b.hap", &other)]).build());
    assert_eq!((codes(&package), names(&package)), (vec!["harmony-several-apps"], vec!["CAMERA", "MICROPHONE"]));
}

#[test]
fn an_app_without_a_package_is_no_empty_app() {
    let package = read(&hap(&[("pack.info", support::hap::pack_info(&["a"]).as_bytes())]).build());
    assert_eq!((codes(&package), package.unreadable), (vec!["harmony-no-manifest"], true));
}

#[test]
fn a_module_that_holds_packages_is_read_as_both() {
    let inner = stage(module_json(&json!([named(MICROPHONE)])));
    let package = read(&hap(&[("module.json", camera().to_string().as_bytes()), ("b.hap", &inner)]).build());
    assert_eq!((codes(&package), names(&package)), (vec!["several-kinds"], vec!["CAMERA", "MICROPHONE"]));
}

fn shell() -> Vec<u8> {
    let document = axml::manifest([axml::uses("android.permission.CAMERA")]).bytes();
    Zip::new([Entry::deflated("AndroidManifest.xml", document)]).build()
}

#[test]
fn a_shell_apk_is_read_beside_the_module() {
    let manifest = config_json(&json!([named(MICROPHONE)])).to_string();
    let shell = shell();
    let files: &[(&str, &[u8])] =
        &[("config.json", manifest.as_bytes()), ("notes.APK", &shell), ("resources/rawfile/x.apk", b"data")];
    for bytes in [hap(files).build(), app(&[("entry.hap", &hap(files).build())]).build()] {
        let package = read(&bytes);
        assert_eq!(codes(&package), [""; 0]);
        assert_eq!(package.platform(), Some(Platform::HarmonyOs));
        let android: Vec<_> = package.declarations.value.iter().filter(|d| d.platform == Platform::Android).collect();
        assert_eq!(android[0].permission, "android.permission.CAMERA");
        assert_eq!(android[0].module.as_deref(), Some("notes.APK"));
        assert!(android[0].place.entry.as_deref().unwrap().ends_with("notes.APK!AndroidManifest.xml"));
        assert_eq!(names(&package), ["MICROPHONE"]);
    }
    let broken = read(&hap(&[("config.json", manifest.as_bytes()), ("notes.apk", b"no archive")]).build());
    assert!(broken.unreadable, "{:?}", codes(&broken));
}

#[test]
fn names_decide_by_case_and_folder() {
    for name in ["Module.json", "MODULE.JSON", "entry/module.json", "/module.json"] {
        let package = read(&with_manifest(name, camera()));
        assert!(package.unreadable, "{name} is another file for a device");
        assert_eq!(codes(&package), ["android-no-manifest"], "{name}");
    }
}

#[test]
fn a_manifest_alone_is_told_by_its_content() {
    let source = "\u{feff}/* licence */\n{\n  module: {\n    name: 'entry',\n    deviceTypes: ['phone',],\n    requestPermissions: [\n      { name: 'ohos.permission.CAMERA', reason: '$string:why' },\n    ],\n  },\n}\n";
    let package = read(source.as_bytes());
    assert_eq!(package.kind, Some(PackageKind::HarmonyManifest));
    assert_eq!((codes(&package), names(&package)), (vec!["harmony-source-manifest"], vec!["CAMERA"]));
    let place = &requests(&package)[0].place;
    assert_eq!(place.lines.map(|lines| (lines.line, lines.column)), Some((7, 15)));
    assert_eq!((requests(&package)[0].value.as_deref(), requests(&package)[0].text.len()), (Some("$string:why"), 0));
    for built in [camera(), config_json(&json!([named(CAMERA)]))] {
        let package = read(built.to_string().as_bytes());
        assert_eq!((codes(&package), names(&package)), (vec![], vec!["CAMERA"]));
        assert_eq!(package.id.as_deref(), Some("com.example.notes"));
    }
}

#[test]
fn other_json_is_no_manifest() {
    for text in
        ["{}", "{\"module\": \"esnext\"}", "{\"module\": {\"rules\": []}}", "{\"app\": {}}", "{\"name\": \"x\"}"]
    {
        let package = read(text.as_bytes());
        assert!(package.unreadable && package.kind.is_none(), "{text}");
    }
    assert_eq!(codes(&read(b"{\"name\": \"x\"}")), ["unknown-kind"]);
}

/// What a golden package of `scripts/build_hap.py` requests, with how many of the texts it has.
fn golden(name: &str) -> (Package, Vec<(String, usize)>) {
    let path = format!("{}/fixtures/packages/{name}", env!("CARGO_MANIFEST_DIR"));
    let package = read(&std::fs::read(path).unwrap());
    assert_eq!(codes(&package), [""; 0], "{name}");
    let found = requests(&package).iter().map(|d| (d.permission.clone(), d.text.len())).collect();
    (package, found)
}

#[test]
fn the_golden_packages_are_read_whole() {
    let own = |names: &[(&str, usize)]| -> Vec<(String, usize)> {
        names.iter().map(|(name, texts)| (format!("ohos.permission.{name}"), *texts)).collect()
    };
    let mut entry = own(&[("INTERNET", 0), ("CAMERA", 2), ("MICROPHONE", 3), ("LOCATION_IN_BACKGROUND", 0)]);
    entry.extend(own(&[("READ_PASTEBOARD", 2)]));
    entry.push(("com.example.fieldnotes.SHARE_NOTES".to_owned(), 0));
    let maps = own(&[("APPROXIMATELY_LOCATION", 1), ("INTERNET", 0)]);
    assert_eq!(golden("entry.hap").1, entry);
    assert_eq!(golden("maps.hsp").1, maps);
    assert_eq!(golden("fieldnotes.app").1, [entry, maps].concat());
    let (early, found) = golden("early.hap");
    assert_eq!(found, own(&[("CAMERA", 2), ("LOCATION", 1)]));
    let android = early.declarations.value.iter().filter(|d| d.module.as_deref() == Some("fieldnotes.apk"));
    assert!(android.count() > 2, "the Android package in it");
}

#[test]
fn a_condition_of_the_android_package_is_not_judged_by_levels_of_harmony_os() {
    let camera = axml::uses("android.permission.CAMERA").with(axml::max_sdk(32));
    let document = axml::manifest([camera]).bytes();
    let shell = Zip::new([Entry::deflated("AndroidManifest.xml", document)]).build();
    let manifest = config_json(&json!([])).to_string().replace("\"compatible\":5", "\"compatible\":50000012");
    let package = read(&hap(&[("config.json", manifest.as_bytes()), ("a.apk", &shell)]).build());
    let text = "# Android permissions\n\n| Permission | Purpose |\n|---|---|\n| VIBRATE | To signal |\n";
    let statement = permaudit::statement::read(&Source::new("privacy.md", text.as_bytes().to_vec()), &Book);
    let (packages, policy) = ([package], Policy::default());
    let findings = judge(&Case::new(&packages, &[&statement], Book, &policy), Subject::Pair);
    let camera = findings.iter().find(|finding| finding.permission.as_deref() == Some("android.permission.CAMERA"));
    assert_eq!(
        camera.map(|finding| finding.severity),
        Some(Severity::Error),
        "as if max 32 never held from 50000012 on"
    );
}
