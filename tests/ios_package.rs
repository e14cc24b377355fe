//! Apple packages: what counts as declared, where it stands, and one test for each way to hide it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use permaudit::declaration::{DeclarationKind, Package, PackageKind};
use permaudit::knowledge::Platform;
use support::ipa::{Files, app, codes, empty, info, of_kind, purposes, read};
use support::macho::{ARM64, Container, Slice, executable};
use support::plist::{PROLOG, Value, dict, texts, utf16};
use support::zip::{Entry, Zip};

const CAMERA: &str = "NSCameraUsageDescription";
const CONTACTS: &str = "NSContactsUsageDescription";
const TEMPORARY: &str = "NSLocationTemporaryUsageDescriptionDictionary";

fn camera() -> Value {
    info("A", [(CAMERA, "to scan")])
}

fn contacts(name: &str) -> Value {
    info(name, [(CONTACTS, "to invite")])
}

/// The texts of the only declaration of `name`, by language.
fn texts_of(package: &Package, name: &str) -> Vec<(String, String)> {
    let all: Vec<_> = package.declarations.value.iter().filter(|d| d.permission == name).collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].text.clone().into_iter().collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned())).collect()
}

fn modules(package: &Package) -> Vec<(&str, &str)> {
    let of = |d: &'_ permaudit::declaration::Declaration| (d.permission.clone(), d.module.clone().unwrap_or_default());
    let _ = of;
    package
        .declarations
        .value
        .iter()
        .map(|d| (d.permission.as_str(), d.module.as_deref().unwrap_or_default()))
        .collect()
}

#[test]
fn an_app_is_read_with_its_identity() {
    let package = Files::default().program("Payload/A.app", &camera()).read();
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(package.kind, Some(PackageKind::Ipa));
    assert_eq!(package.platform(), Some(Platform::Ios));
    assert_eq!(package.id.as_deref(), Some("com.example.A"));
    assert_eq!(package.version.as_deref(), Some("1.2 (34)"));
    assert_eq!(package.min_os.as_deref(), Some("15.0"));
    assert!(!package.unreadable);
    let declaration = &package.declarations.value[0];
    assert_eq!(declaration.permission, CAMERA);
    assert_eq!(declaration.kind, DeclarationKind::PurposeString);
    assert_eq!(
        declaration.place.to_string(),
        format!("a!Payload/A.app/Info.plist > {CAMERA} at byte {}", declaration.place.offset.unwrap())
    );
    assert_eq!(texts_of(&package, CAMERA), pairs(&[("default", "to scan")]));
}

#[test]
fn every_usage_description_is_declared_known_or_not() {
    let package = app([
        ("NFCReaderUsageDescription", "a"),
        ("NSCrossWebsiteTrackingUsageDescription", "b"),
        ("ZZZOwnUsageDescription", "c"),
        ("UsageDescription", "d"),
        ("NSCameraUsageDescriptions", "no"),
        ("nscamerausagedescription", "no"),
        ("NSWidgetWantsLocation", "no"),
    ]);
    let expected = [
        "NFCReaderUsageDescription",
        "NSCrossWebsiteTrackingUsageDescription",
        "ZZZOwnUsageDescription",
        "UsageDescription",
    ];
    assert_eq!(purposes(&package.read()), expected);
}

#[test]
fn keys_for_a_device_count_as_the_key() {
    let package = app([
        ("NSCameraUsageDescription~ipad", "a"),
        ("NSContactsUsageDescription~iphone", "b"),
        ("NSSiriUsageDescription-iphoneos", "c"),
        ("NSMotionUsageDescription-iphoneos~ipad", "d"),
    ])
    .read();
    let found: Vec<_> = package
        .declarations
        .value
        .iter()
        .map(|d| (d.permission.as_str(), d.conditions.device.as_deref().unwrap_or_default()))
        .collect();
    let expected = [
        (CAMERA, "ipad"),
        (CONTACTS, "iphone"),
        ("NSSiriUsageDescription", "iphoneos"),
        ("NSMotionUsageDescription", "iphoneos~ipad"),
    ];
    assert_eq!(found, expected);
    assert_eq!(codes(&package), [""; 0]);
}

#[test]
fn empty_and_wrong_values_are_kept() {
    let package = app([
        (CAMERA, Value::from("")),
        (CONTACTS, true.into()),
        ("NSSiriUsageDescription", Value::Int(7)),
        ("NSMotionUsageDescription", texts(&["a", "b"])),
        ("NSFaceIDUsageDescription", empty()),
        (TEMPORARY, "text".into()),
    ])
    .read();
    let found: Vec<_> = package
        .declarations
        .value
        .iter()
        .map(|d| (d.permission.as_str(), d.text.get("default").map(String::as_str), d.wrong_type, d.value.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (CAMERA, Some(""), None, None),
            (CONTACTS, None, Some("boolean"), Some("true")),
            ("NSSiriUsageDescription", None, Some("integer"), Some("7")),
            ("NSMotionUsageDescription", None, Some("array"), Some("a, b")),
            ("NSFaceIDUsageDescription", None, Some("dictionary"), Some("")),
            (TEMPORARY, Some("text"), Some("string"), Some("text")),
        ]
    );
}

#[test]
fn a_dictionary_of_purposes_is_one_declaration_for_each() {
    let package = Files::default()
        .program("Payload/A.app", &info("A", [(TEMPORARY, dict([("Delivery", "to deliver"), ("Taxi", "to pick up")]))]))
        .with("Payload/A.app/de.lproj/InfoPlist.strings", "Delivery = \"zum Liefern\"; Other = \"x\";")
        .read();
    let all = of_kind(&package, DeclarationKind::PurposeString);
    assert_eq!(all.iter().map(|d| d.value.as_deref().unwrap()).collect::<Vec<_>>(), ["Delivery", "Taxi"]);
    assert!(all.iter().all(|d| d.permission == TEMPORARY));
    assert_eq!(all[0].text.get("de").map(String::as_str), Some("zum Liefern"));
    assert_eq!(all[1].text.get("de"), None);
    assert!(all[0].place.to_string().contains("Dictionary > Delivery"));
    let none = app([(TEMPORARY, empty())]).read();
    assert_eq!(purposes(&none), [TEMPORARY], "an empty one still asks");
}

#[test]
fn extensions_watch_apps_and_clips_declare_for_themselves() {
    let package = Files::default()
        .program("Payload/A.app", &camera())
        .program("Payload/A.app/PlugIns/Share.appex", &contacts("Share"))
        .program("Payload/A.app/Watch/W.app", &contacts("W"))
        .program("Payload/A.app/Watch/W.app/PlugIns/WK.appex", &contacts("WK"))
        .program("Payload/A.app/AppClips/Clip.app", &contacts("Clip"))
        .program("Payload/A.app/Extensions/E.appex", &contacts("E"))
        .read();
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(
        modules(&package),
        [
            (CAMERA, "A.app"),
            (CONTACTS, "A.app/AppClips/Clip.app"),
            (CONTACTS, "A.app/Extensions/E.appex"),
            (CONTACTS, "A.app/PlugIns/Share.appex"),
            (CONTACTS, "A.app/Watch/W.app"),
            (CONTACTS, "A.app/Watch/W.app/PlugIns/WK.appex"),
        ]
    );
    assert_eq!(package.id.as_deref(), Some("com.example.A"), "the app gives the identity");
}

#[test]
fn the_identity_is_the_app_s_wherever_it_stands() {
    let package = Files::default()
        .program("Payload/Z.app/AAA.appex", &contacts("AAA"))
        .program("Payload/Z.app", &info("Z", [(CAMERA, "x")]))
        .read();
    assert_eq!(package.id.as_deref(), Some("com.example.Z"));
}

#[test]
fn frameworks_and_resources_declare_nothing() {
    let package = Files::default()
        .program("Payload/A.app", &camera())
        .with("Payload/A.app/Frameworks/F.framework/Info.plist", contacts("F").xml())
        .with("Payload/A.app/R.bundle/Info.plist", contacts("R").xml())
        .with("Payload/A.app/R.bundle/en.lproj/InfoPlist.strings", "NSSiriUsageDescription = x;")
        .with("Payload/A.app/PlugIns/T.xctest/Info.plist", contacts("T").xml())
        .read();
    assert_eq!(purposes(&package), [CAMERA]);
    assert_eq!(codes(&package), [""; 0]);
}

// Localised strings.

#[test]
fn a_purpose_that_is_only_localised_is_declared() {
    let package = Files::default()
        .program("Payload/A.app", &info("A", [("CFBundleName", "A")]))
        .with("Payload/A.app/en.lproj/InfoPlist.strings", dict([(CAMERA, "to scan")]).binary())
        .with("Payload/A.app/zh-Hans.lproj/InfoPlist.strings", dict([(CAMERA, "扫码")]).binary())
        .read();
    assert_eq!(texts_of(&package, CAMERA), pairs(&[("en", "to scan"), ("zh-Hans", "扫码")]));
    let declaration = &package.declarations.value[0];
    assert_eq!(declaration.place.entry.as_deref(), Some("Payload/A.app/en.lproj/InfoPlist.strings"));
    assert_eq!(declaration.module.as_deref(), Some("A.app"));
}

#[test]
fn localised_texts_join_the_declaration() {
    let package = Files::default()
        .program("Payload/A.app", &camera())
        .with(
            "Payload/A.app/de.lproj/InfoPlist.strings",
            utf16("/* c */ NSCameraUsageDescription = \"Code\";", false, true),
        )
        .with("Payload/A.app/fr.lproj/infoPlist.strings", format!("{CAMERA} = \"code\";"))
        .with("Payload/A.app/it.lproj/InfoPlist.strings", "")
        .with("Payload/A.app/es.lproj/InfoPlist.strings", "\n")
        .with("Payload/A.app/Base.lproj/InfoPlist.strings", "/* nothing */")
        .read();
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(texts_of(&package, CAMERA), pairs(&[("de", "Code"), ("default", "to scan"), ("fr", "code")]));
}

#[test]
fn two_texts_of_one_language_are_both_kept() {
    let package = Files::default()
        .program("Payload/A.app", &camera())
        .with("Payload/A.app/en.lproj/InfoPlist.strings", format!("{CAMERA} = one;"))
        .with("Payload/A.app/en.lproj/infoPlist.strings", format!("{CAMERA} = two;"))
        .read();
    let all: Vec<_> = of_kind(&package, DeclarationKind::PurposeString).iter().map(|d| d.text["en"].clone()).collect();
    assert_eq!(all, ["one", "two"]);
}

#[test]
fn strings_for_a_device_and_for_all_languages_are_read() {
    let package = Files::default()
        .program("Payload/A.app", &info("A", [("CFBundleName", "A")]))
        .with("Payload/A.app/InfoPlist.strings", format!("{CAMERA} = any;"))
        .with("Payload/A.app/en.lproj/InfoPlist~ipad.strings", format!("{CONTACTS} = x;"))
        .with("Payload/A.app/InfoPlist.loctable", dict([("sv", dict([("NSSiriUsageDescription", "y")]))]).binary())
        .read();
    assert_eq!(texts_of(&package, CAMERA), pairs(&[("default", "any")]));
    assert_eq!(texts_of(&package, CONTACTS), pairs(&[("en", "x")]));
    assert_eq!(texts_of(&package, "NSSiriUsageDescription"), pairs(&[("sv", "y")]));
}

#[test]
fn strings_that_cannot_be_read_are_a_doubt() {
    let with = |content: &[u8]| {
        Files::default()
            .program("Payload/A.app", &camera())
            .with("Payload/A.app/en.lproj/InfoPlist.strings", content)
            .read()
    };
    assert_eq!(codes(&with(b"a = b")), ["plist-text-malformed"]);
    assert_eq!(codes(&with(b"{\"NSContactsUsageDescription\": \"json\"}")), ["plist-text-malformed"]);
    assert_eq!(codes(&with(b"word")), ["ios-not-a-dictionary"]);
    let wrong = with(format!("{CONTACTS} = (a, b);").as_bytes());
    assert_eq!(purposes(&wrong), [CAMERA, CONTACTS], "a wrong type is kept");
}

// Background modes and privacy manifests.

#[test]
fn background_modes_are_declared_one_by_one() {
    let package = Files::default()
        .program("Payload/A.app", &info("A", [("UIBackgroundModes", texts(&["audio", "location"]))]))
        .program("Payload/A.app/Watch/W.app", &info("W", [("WKBackgroundModes", Value::from("workout-processing"))]))
        .read();
    let found: Vec<_> = of_kind(&package, DeclarationKind::BackgroundMode)
        .iter()
        .map(|d| (d.permission.as_str(), d.value.as_deref().unwrap(), d.wrong_type))
        .collect();
    let expected = [
        ("UIBackgroundModes", "audio", None),
        ("UIBackgroundModes", "location", None),
        ("WKBackgroundModes", "workout-processing", Some("string")),
    ];
    assert_eq!(found, expected);
}

fn manifest() -> Value {
    Value::Dict(vec![
        ("NSPrivacyTracking".to_owned(), true.into()),
        ("NSPrivacyTrackingDomains".to_owned(), texts(&["ads.example"])),
        (
            "NSPrivacyCollectedDataTypes".to_owned(),
            Value::Array(vec![Value::Dict(vec![
                ("NSPrivacyCollectedDataType".to_owned(), "NSPrivacyCollectedDataTypePhotosorVideos".into()),
                ("NSPrivacyCollectedDataTypeLinked".to_owned(), true.into()),
                ("NSPrivacyCollectedDataTypeTracking".to_owned(), false.into()),
                (
                    "NSPrivacyCollectedDataTypePurposes".to_owned(),
                    texts(&["NSPrivacyCollectedDataTypePurposeAnalytics", "Own"]),
                ),
            ])]),
        ),
        (
            "NSPrivacyAccessedAPITypes".to_owned(),
            Value::Array(vec![Value::Dict(vec![
                ("NSPrivacyAccessedAPIType".to_owned(), "NSPrivacyAccessedAPICategoryUserDefaults".into()),
                ("NSPrivacyAccessedAPITypeReasons".to_owned(), texts(&["CA92.1", "1C8F.1"])),
            ])]),
        ),
    ])
}

#[test]
fn privacy_manifests_of_the_app_and_its_frameworks_are_read() {
    let package = Files::default()
        .program("Payload/A.app", &camera())
        .with("Payload/A.app/PrivacyInfo.xcprivacy", manifest().xml())
        .with("Payload/A.app/Frameworks/F.framework/PrivacyInfo.xcprivacy", dict([("NSPrivacyTracking", "YES")]).xml())
        .with("elsewhere/PrivacyInfo.xcprivacy", manifest().xml())
        .read();
    assert_eq!(codes(&package), [""; 0]);
    let found: Vec<_> = of_kind(&package, DeclarationKind::PrivacyManifest)
        .iter()
        .map(|d| (d.module.as_deref().unwrap(), d.permission.as_str(), d.value.as_deref().unwrap(), d.wrong_type))
        .collect();
    let expected = [
        ("A.app/Frameworks/F.framework", "NSPrivacyTracking", "YES", Some("string")),
        ("A.app", "NSPrivacyTracking", "true", None),
        ("A.app", "NSPrivacyTrackingDomains", "ads.example", None),
        ("A.app", "NSPrivacyCollectedDataTypePhotosorVideos", "linked to the user, Analytics, Own", None),
        ("A.app", "NSPrivacyAccessedAPICategoryUserDefaults", "CA92.1, 1C8F.1", None),
    ];
    let mut sorted = found.clone();
    sorted.sort_by_key(|row| std::cmp::Reverse(row.0));
    assert_eq!(found.len(), expected.len());
    for row in expected {
        assert!(found.contains(&row), "{row:?} in {found:#?}");
    }
    let broken = Files::default()
        .program("Payload/A.app", &camera())
        .with("Payload/A.app/PrivacyInfo.xcprivacy", "<plist>")
        .read();
    assert_eq!(codes(&broken), ["plist-xml-malformed"]);
}

// Where the app is.

#[test]
fn a_payload_below_the_root_is_found_and_decoys_are_not() {
    let package = Files::default()
        .program("build 7/Payload/A.app", &camera())
        .with("__MACOSX/build 7/Payload/A.app/._Info.plist", contacts("x").xml())
        .with("build 7/Payload/A.app/._Info.plist", "AppleDouble")
        .with("build 7/Payload/._A.app", "AppleDouble")
        .read();
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(package.kind, Some(PackageKind::Ipa));
    assert_eq!(modules(&package), [(CAMERA, "A.app")]);
}

#[test]
fn names_are_read_as_installers_read_them() {
    for folder in ["./Payload/A.app", "/Payload/A.app", "Payload//A.app", "payload/A.APP"] {
        let package = Files::default().program(folder, &camera()).read();
        assert_eq!(purposes(&package), [CAMERA], "{folder}");
    }
    let out = Files::default()
        .program("Payload/A.app", &camera())
        .with("Payload/A.app/../B.app/Info.plist", contacts("A").xml())
        .read();
    assert!(codes(&out).contains(&"ios-entry-path"), "{:?}", codes(&out));
}

#[test]
fn a_name_that_is_not_utf8_is_no_doubt() {
    let mut zip = Files::default().program("Payload/A.app", &camera()).zip();
    zip.entries.push(Entry::stored(b"Payload/A.app/\xff.png", b""));
    assert_eq!(codes(&read(zip.build())), [""; 0]);
}

#[test]
fn several_apps_are_all_read_with_a_doubt() {
    let package = Files::default().program("Payload/A.app", &camera()).program("Payload/B.app", &contacts("B")).read();
    assert_eq!(codes(&package), ["ios-several-apps"]);
    assert_eq!(modules(&package), [(CAMERA, "A.app"), (CONTACTS, "B.app")]);
}

#[test]
fn an_app_without_an_info_plist_is_a_doubt() {
    let package = Files::default()
        .with("Payload/A.app/A", "x")
        .with("Payload/A.app/Frameworks/F.framework/Info.plist", "")
        .read();
    assert_eq!(codes(&package), ["ios-no-info-plist"]);
    let inner =
        Files::default().program("Payload/A.app", &camera()).with("Payload/A.app/PlugIns/B.appex/B", "x").read();
    assert_eq!(codes(&inner), ["ios-no-info-plist"]);
}

#[test]
fn an_empty_info_plist_is_a_doubt() {
    for content in [&b""[..], b" \n", b"/* nothing */", b"<plist><dict/></plist>"] {
        let package = Files::default()
            .with("Payload/A.app/Info.plist", content)
            .with("Payload/A.app/A", executable(Container::Thin, &[Slice::unsigned(ARM64)]))
            .read();
        assert_eq!(codes(&package), ["ios-no-identifier"]);
    }
    let array = Files::default().with("Payload/A.app/Info.plist", texts(&["a"]).xml()).read();
    assert_eq!(codes(&array), ["ios-not-a-dictionary"]);
}

#[test]
fn several_info_plists_are_all_read_with_a_doubt() {
    for other in
        ["Info-iphoneos.plist", "info.plist", "Contents/Info.plist", "Resources/Info.plist", "Support Files/Info.plist"]
    {
        let package = Files::default()
            .program("Payload/A.app", &camera())
            .with(&format!("Payload/A.app/{other}"), contacts("A").xml())
            .read();
        assert!(codes(&package).contains(&"ios-several-info-plists"), "{other}");
        let mut found = purposes(&package);
        found.sort_unstable();
        assert_eq!(found, [CAMERA, CONTACTS], "{other}");
    }
    let alone = Files::default().with("Payload/A.app/INFO.plist", camera().xml()).with("Payload/A.app/A", "").read();
    assert!(codes(&alone).contains(&"ios-several-info-plists"), "a name that a device may not find");
    assert_eq!(purposes(&alone), [CAMERA]);
}

#[test]
fn an_info_plist_with_two_records_is_read_twice() {
    let mut zip = Files::default().program("Payload/A.app", &camera()).zip();
    zip.entries.push(Entry::stored("Payload/A.app/Info.plist", contacts("A").xml()));
    let package = read(zip.build());
    assert!(codes(&package).contains(&"zip-duplicate-name"), "{:?}", codes(&package));
    let mut found = purposes(&package);
    found.sort_unstable();
    assert_eq!(found, [CAMERA, CONTACTS]);
}

#[test]
fn a_symbolic_link_in_an_app_is_a_doubt() {
    let mut zip = Files::default().program("Payload/A.app", &camera()).zip();
    let link = Entry::stored("Payload/A.app/PlugIns/B.appex", "../Hidden").central(|h| h.attributes = 0xa1ff_0000);
    zip.entries.push(link);
    assert_eq!(codes(&read(zip.build())), ["ios-symbolic-link"]);
}

#[test]
fn xml_tricks_in_an_info_plist_are_a_doubt_and_the_rest_is_read() {
    let plist = format!(
        "{PROLOG}<plist version=\"1.0\"><dict><key><![CDATA[{CAMERA}]]></key><string>x</string><key>a&b;</key><true/></dict></plist>"
    );
    let package = Files::default()
        .with("Payload/A.app/Info.plist", plist)
        .program("Payload/A.app/PlugIns/B.appex", &contacts("B"))
        .read();
    assert_eq!(codes(&package), ["plist-xml-entity"]);
    assert_eq!(purposes(&package), [CONTACTS]);
}

// Kinds.

#[test]
fn an_archive_of_an_app_bundle_is_read() {
    let package = Files::default().program("Debug-iphonesimulator/A.app", &camera()).read();
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::AppBundle), vec![]));
    assert_eq!(modules(&package), [(CAMERA, "A.app")]);
    let root = Files::default()
        .with("Info.plist", camera().xml())
        .with("A", executable(Container::Thin, &[Slice::unsigned(ARM64)]));
    let package = root.read();
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::AppBundle), vec![]));
    assert_eq!(purposes(&package), [CAMERA]);
}

#[test]
fn an_archive_of_xcode_is_read() {
    let files = Files::default()
        .with("Info.plist", dict([("ApplicationProperties", dict([("ApplicationPath", "Applications/A.app")]))]).xml())
        .with("dSYMs/A.app.dSYM/Contents/Info.plist", contacts("x").xml())
        .program("Products/Applications/A.app", &camera());
    let package = files.read();
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::Xcarchive), vec![]));
    assert_eq!(modules(&package), [(CAMERA, "A.app")]);
    let folder = files.on_disk("My.xcarchive");
    let package = folder.read();
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::Xcarchive), vec![]));
    assert_eq!(modules(&package), [(CAMERA, "A.app")]);
}

#[test]
fn a_folder_that_is_an_app_is_read() {
    let files = Files::default()
        .with("Info.plist", camera().xml())
        .with("A", executable(Container::Thin, &[Slice::signed(ARM64, &dict([("com.apple.developer.siri", true)]))]))
        .with("fr.lproj/InfoPlist.strings", format!("{CAMERA} = code;"))
        .program("Watch/W.app", &contacts("W"));
    let folder = files.on_disk("A.app");
    let package = folder.read();
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::AppBundle), vec![]));
    assert_eq!(package.id.as_deref(), Some("com.example.A"));
    assert_eq!(
        modules(&package),
        [(CAMERA, "A.app"), ("com.apple.developer.siri", "A.app"), (CONTACTS, "A.app/Watch/W.app")]
    );
    assert_eq!(texts_of(&package, CAMERA), pairs(&[("default", "to scan"), ("fr", "code")]));
    assert_eq!(package.declarations.value[0].place.entry.as_deref(), Some("Info.plist"));
    let renamed = files.on_disk("unpacked");
    assert_eq!(modules(&renamed.read()).len(), 3, "whatever it is called");
}

#[test]
fn a_folder_with_an_unpacked_app_is_read() {
    let folder = Files::default().program("Payload/A.app", &camera()).on_disk("x");
    let package = folder.read();
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::Ipa), vec![]));
    assert_eq!(purposes(&package), [CAMERA]);
}

#[test]
fn a_folder_without_an_app_is_an_error() {
    let folder = Files::default().with("readme.txt", "x").on_disk("x");
    let package = folder.read();
    assert_eq!((package.unreadable, codes(&package)), (true, vec!["ios-no-info-plist"]));
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_followed_inside_and_not_out() {
    use std::os::unix::fs::symlink;
    let folder =
        Files::default().program("A.app", &camera()).with("A.app/Hidden/Info.plist", contacts("B").xml()).on_disk("x");
    std::fs::write(folder.join("A.app/Hidden/B"), executable(Container::Thin, &[Slice::unsigned(ARM64)])).unwrap();
    symlink("Hidden", folder.join("A.app/B.appex")).unwrap();
    symlink("..", folder.join("A.app/Loop")).unwrap();
    let package = folder.read();
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(modules(&package), [(CAMERA, "A.app"), (CONTACTS, "A.app/B.appex")]);
    std::fs::write(folder.top().join("outside.plist"), "secret").unwrap();
    symlink(folder.top().join("outside.plist"), folder.join("A.app/en.strings")).unwrap();
    symlink("/nowhere/at/all", folder.join("A.app/dangling")).unwrap();
    let package = folder.read();
    assert_eq!(codes(&package), ["folder-link-outside"]);
    assert_eq!(package.declarations.doubts().len(), 2);
}

#[test]
fn a_bare_info_plist_is_read_in_every_encoding() {
    for bytes in [camera().xml(), camera().binary(), camera().old().into_bytes(), camera().strings().into_bytes()] {
        let package = read(bytes);
        assert_eq!((package.kind, codes(&package)), (Some(PackageKind::InfoPlist), vec![]));
        assert_eq!(purposes(&package), [CAMERA]);
        assert_eq!(package.declarations.value[0].module, None);
        assert_eq!(package.declarations.value[0].place.entry, None);
    }
    let old = format!("/* c */ {}", camera().old());
    assert_eq!(purposes(&read(utf16(&old, false, true))), [CAMERA]);
    let commented = String::from_utf8(camera().xml()).unwrap().replace("<plist", "<!-- licence -->\n<plist");
    assert_eq!(purposes(&read(commented.into_bytes())), [CAMERA]);
}

#[test]
fn a_bare_privacy_manifest_is_read() {
    let package = read(manifest().xml());
    assert_eq!((package.kind, codes(&package)), (Some(PackageKind::InfoPlist), vec![]));
    assert_eq!(of_kind(&package, DeclarationKind::PrivacyManifest).len(), 4);
}

#[test]
fn a_bare_file_that_is_no_info_plist_is_not_established() {
    for bytes in [dict([("files", empty())]).xml(), b"\"a\" = \"b\";".to_vec(), empty().binary()] {
        assert_eq!(codes(&read(bytes)), ["ios-no-identifier"]);
    }
    assert!(read(texts(&["a"]).xml()).unreadable);
    assert!(read(b"bplist00".to_vec()).unreadable);
    for bytes in [&b"{\"a\": \"b\"}"[..], b"a = b\n", b"[section]\na = b", b"<html></html>", b"key: value;"] {
        assert_eq!(codes(&read(bytes.to_vec())), ["unknown-kind"], "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn an_archive_of_two_kinds_declares_what_both_declare() {
    let mut zip = Zip::new([Entry::stored("AndroidManifest.xml", b"not a manifest")]);
    zip.entries.extend(Files::default().program("Payload/A.app", &camera()).zip().entries);
    let package = read(zip.build());
    assert!(codes(&package).contains(&"several-kinds"), "{:?}", codes(&package));
    assert!(package.unreadable, "one of the two cannot be read");
    assert_eq!(purposes(&package), [CAMERA]);
}

#[test]
fn an_apk_with_an_apple_file_among_its_assets_is_an_apk() {
    let zip = Zip::new([
        Entry::stored("AndroidManifest.xml", b"x"),
        Entry::stored("assets/A.app/Info.plist", camera().xml()),
    ]);
    assert!(!codes(&read(zip.build())).contains(&"several-kinds"));
}
