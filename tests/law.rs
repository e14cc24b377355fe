//! The law of every format: whatever is done to a package, the reading is open, or it holds at least what a device takes
//! from the same bytes. The device is `support/oracle.rs`.
//!
//! `PERMAUDIT_LAW_CASES=100000 cargo test --release --test law -- --nocapture` tries so many changes of each format and
//! says what came of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

mod support;

use std::cell::Cell;
use std::fs;

use permaudit::platform;
use permaudit::source::Source;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use support::axml::{attr, element, id, manifest, max_sdk, name, uses};
use support::hap::{app as harmony_app, config_json, hap, module_json, request, stage};
use support::ipa::{Files, info};
use support::macho::{ARM64, Container, Slice, X86_64, executable};
use support::oddities::{self, Dice};
use support::oracle::{Format, device, whole};
use support::plist::{Value, dict};
use support::surgery::{ALL, Cut, PLAIN, apply};
use support::zip::{Entry, Zip};
use support::zip_model::{Seen, look};
use support::{archive, proto, text};

/// Changes of each format in an ordinary run: some seconds of a development build.
const CASES: u32 = 250;

/// How a document becomes a file again.
type Wrap = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A file, or a document of it, before it is changed.
struct Subject {
    name: String,
    bytes: Vec<u8>,
    wrap: Option<Wrap>,
}

impl Subject {
    fn file(name: &str, bytes: Vec<u8>) -> Subject {
        Subject { name: name.to_owned(), bytes, wrap: None }
    }

    /// The entry `name` of an archive, whose other entries stay as they are. Stored, so that nothing but the document
    /// is changed.
    fn entry(file: &str, bytes: &[u8], name: &str) -> Subject {
        let Seen::Content(document) = look(bytes, name.as_bytes()) else { panic!("{file} has no {name}") };
        let names = support::zip_model::names(bytes).unwrap();
        let content = |name: &[u8]| match look(bytes, name) {
            Seen::Content(content) => content,
            other => panic!("{file}: {other:?}"),
        };
        let others: Vec<(Vec<u8>, Vec<u8>)> = names.into_iter().map(|name| (name.clone(), content(&name))).collect();
        let wanted = name.as_bytes().to_vec();
        let wrap = move |document: &[u8]| {
            let entries = others.iter().map(|(name, content)| {
                Entry::stored(name, if *name == wanted { document } else { content.as_slice() })
            });
            Zip::new(entries).build()
        };
        Subject { name: format!("{name} of {file}"), bytes: document, wrap: Some(Box::new(wrap)) }
    }

    /// The entry `name` of the archive that this document is.
    fn within(self, name: &str) -> Subject {
        let inner = Subject::entry(&self.name, &self.bytes, name);
        let (Some(outer), Some(wrap)) = (self.wrap, inner.wrap) else { panic!("{} stands alone", self.name) };
        Subject { wrap: Some(Box::new(move |document: &[u8]| outer(&wrap(document)))), ..inner }
    }
}

const MERGED: &str = "gradle/app/build/intermediates/merged_manifests/release/AndroidManifest.xml";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A manifest with something of everything.
fn tree() -> support::axml::Element {
    let feature = element("required-feature").with(name("android.hardware.camera"));
    manifest([
        uses("android.permission.CAMERA").child(feature),
        uses("android.permission.BLUETOOTH").with(max_sdk(30)),
        uses("com.example.许可"),
        element("uses-permission-sdk-23").with(name("android.permission.READ_SMS")),
        element("permission").with(name("com.example.OWN")),
        element("application").child(element("service").with(name(".Watcher")).with(attr(
            "permission",
            id::PERMISSION,
            support::axml::Value::Text("android.permission.BIND_ACCESSIBILITY_SERVICE".into()),
        ))),
    ])
}

fn purposes() -> Value {
    info(
        "A",
        [
            ("NSCameraUsageDescription", Value::from("to scan")),
            ("NSContactsUsageDescription", "größer".into()),
            ("NSSiriUsageDescription~ipad", "to ask".into()),
            ("NSLocationTemporaryUsageDescriptionDictionary", dict([("Delivery", "to deliver")])),
            ("Number", Value::Int(300)),
        ],
    )
}

fn ipa() -> Vec<u8> {
    let entitlements = dict([("com.apple.developer.healthkit", true), ("com.apple.developer.siri", true)]);
    let slices = [ARM64, X86_64].map(|cpu| Slice { code: 32, ..Slice::signed(cpu, &entitlements) });
    let none: [(&str, &str); 0] = [];
    Files::default()
        .with("Payload/A.app/Info.plist", purposes().binary())
        .with("Payload/A.app/A", executable(Container::Fat, &slices))
        .with("Payload/A.app/en.lproj/InfoPlist.strings", b"/* c */\n\"NSMotionUsageDescription\" = \"steps\";\n")
        .program("Payload/A.app/PlugIns/B.appex", &info("B", [("NSMicrophoneUsageDescription", "to talk")]))
        .program("Payload/A.app/PlugIns/C.appex", &info("C", none))
        .zip()
        .build()
}

fn modules() -> [(&'static str, serde_json::Value); 2] {
    let requests = json!([
        request("ohos.permission.CAMERA", "camera", 1),
        { "name": "ohos.permission.INTERNET" },
        { "name": "ohos.permission.MICROPHONE", "reason": "to \"record\" \\ é" }
    ]);
    [("module.json", module_json(&requests)), ("config.json", config_json(&requests))]
}

/// Every file of a format that is changed.
fn subjects(format: Format) -> Vec<Subject> {
    let mut all = Vec::new();
    match format {
        Format::Apk => {
            for utf8 in [false, true] {
                let built = archive(&[("AndroidManifest.xml", &tree().compile(utf8).bytes()), ("classes.dex", b"dex")]);
                all.push(Subject::entry("a built APK", &built, "AndroidManifest.xml"));
                all.push(Subject::file("a built APK", built));
            }
            for file in ["conditions.apk", "legacy.apk", "references.apk", "utf8.apk"] {
                let bytes = fixture(&format!("packages/{file}"));
                all.push(Subject::entry(file, &bytes, "AndroidManifest.xml"));
                all.push(Subject::file(file, bytes));
            }
        }
        Format::Bundle => {
            let built = archive(&[
                ("base/manifest/AndroidManifest.xml", &proto::document(&tree())),
                ("camera/manifest/AndroidManifest.xml", &proto::manifest(&[proto::uses("android.permission.CAMERA")])),
            ]);
            for (file, bytes) in [("a built bundle", built), ("bundle.aab", fixture("packages/bundle.aab"))] {
                all.push(Subject::entry(file, &bytes, "base/manifest/AndroidManifest.xml"));
                all.push(Subject::file(file, bytes));
            }
        }
        Format::Set => {
            for file in ["set.apks", "set.xapk", "set.apkm"] {
                all.push(Subject::file(file, fixture(&format!("packages/{file}"))));
            }
            let base = archive(&[("AndroidManifest.xml", &tree().bytes())]);
            let set =
                archive(&[("base.apk", &base), ("split_config.de.apk", &fixture("packages/splits-config.de.apk"))]);
            all.push(Subject::entry("a built set", &set, "base.apk"));
            all.push(Subject::entry("a built set", &set, "base.apk").within("AndroidManifest.xml"));
            all.push(Subject::file("a built set", set));
        }
        Format::Text => {
            all.push(Subject::file("a built text", text::document(&tree()).into_bytes()));
            all.push(Subject::file("a merged manifest", fixture(MERGED)));
        }
        Format::Ipa => {
            for (file, bytes) in [("a built app", ipa()), ("app.ipa", fixture("sample/app.ipa"))] {
                for name in support::zip_model::names(&bytes).unwrap() {
                    let name = String::from_utf8(name).unwrap();
                    if !name.ends_with('/') {
                        all.push(Subject::entry(file, &bytes, &name));
                    }
                }
                all.push(Subject::file(file, bytes));
            }
        }
        Format::InfoPlist => {
            all.push(Subject::file("XML", purposes().xml()));
            all.push(Subject::file("binary", purposes().binary()));
            all.push(Subject::file(
                "UTF-16",
                support::plist::utf16(&String::from_utf8(purposes().xml()).unwrap(), false, true),
            ));
        }
        Format::Hap => {
            for (name, manifest) in modules() {
                let built = hap(&[(name, manifest.to_string().as_bytes()), ("ets/modules.abc", &[7; 64])]).build();
                all.push(Subject::entry("a built module", &built, name));
                all.push(Subject::file("a built module", built));
            }
            for (file, name) in
                [("entry.hap", "module.json"), ("early.hap", "config.json"), ("maps.hsp", "module.json")]
            {
                let bytes = fixture(&format!("packages/{file}"));
                all.push(Subject::entry(file, &bytes, name));
                all.push(Subject::file(file, bytes));
            }
        }
        Format::HarmonyApp => {
            let [(_, module), _] = modules();
            let other = stage(module_json(&json!([{ "name": "ohos.permission.NFC_TAG" }])));
            let built = harmony_app(&[("entry.hap", &stage(module)), ("b.hsp", &other)]).build();
            all.push(Subject::entry("a built app", &built, "entry.hap"));
            all.push(Subject::entry("a built app", &built, "entry.hap").within("module.json"));
            all.push(Subject::file("a built app", built));
            all.push(Subject::file("fieldnotes.app", fixture("packages/fieldnotes.app")));
        }
    }
    all
}

fn cut(most: u8) -> impl Strategy<Value = Cut> {
    (0..most, any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(operation, a, b, value)| Cut {
        operation,
        a,
        b,
        value,
    })
}

/// A file of a format with oddities of every kind that a device copes with.
fn odd(format: Format, dice: &mut Dice) -> Vec<u8> {
    let apk = |dice: &mut Dice| {
        let document = oddities::axml(&tree(), dice);
        oddities::zip(&[("AndroidManifest.xml", document), ("classes.dex", b"dex".to_vec())], dice)
    };
    let property_list = |dice: &mut Dice| match dice.roll(2) {
        0 => oddities::plist_xml(&purposes(), dice),
        _ => oddities::plist_binary(&purposes(), dice),
    };
    let module = |dice: &mut Dice| {
        let (name, manifest) = modules()[dice.roll(2)].clone();
        let document = oddities::json(&manifest, dice);
        oddities::zip(&[(name, document), ("ets/modules.abc", vec![7; 9])], dice)
    };
    match format {
        Format::Apk => apk(dice),
        Format::Bundle => {
            let document = oddities::proto(&tree(), dice);
            oddities::zip(&[("base/manifest/AndroidManifest.xml", document), ("BundleConfig.pb", vec![])], dice)
        }
        Format::Set => {
            let base = apk(dice);
            oddities::zip(&[("base.apk", base), ("toc.pb", proto::field(4, b"com.example.app"))], dice)
        }
        Format::Text => {
            let text = String::from_utf8(fixture(MERGED)).unwrap();
            let odd = ["<!-- c -->", "<!-- <uses-permission -->", "<?pi x?>", "<![CDATA[<x>]]>", "\r"];
            let line = |line: &str| {
                let odd = if dice.once_in(16) { odd[dice.roll(odd.len())] } else { "" };
                format!("{line}{odd}\n")
            };
            text.split('\n').map(line).collect::<String>().into_bytes()
        }
        Format::InfoPlist => property_list(dice),
        Format::Ipa => {
            let list = property_list(dice);
            let signed = Slice::signed(ARM64, &dict([("com.apple.developer.siri", true)]));
            let program = executable(Container::Thin, &[signed]);
            oddities::zip(&[("Payload/A.app/Info.plist", list), ("Payload/A.app/A", program)], dice)
        }
        Format::Hap => module(dice),
        Format::HarmonyApp => {
            let inner = module(dice);
            let list = support::hap::pack_info(&["entry"]).into_bytes();
            oddities::zip(&[("entry.hap", inner), ("pack.info", list)], dice)
        }
    }
}

/// What came of the files that were tried.
#[derive(Default)]
struct Tally {
    read: Cell<u32>,
    open: Cell<u32>,
    held: Cell<u32>,
}

impl Tally {
    /// Holds one file to the law.
    fn hold(&self, format: Format, bytes: &[u8], what: &str) -> Result<(), TestCaseError> {
        let add = |count: &Cell<u32>| count.set(count.get() + 1);
        add(&self.read);
        let package = platform::read(&Source::new("package", bytes.to_vec()));
        let Some(declared) = whole(&package) else {
            add(&self.open);
            return Ok(());
        };
        let Some(expected) = device(format, bytes) else { return Ok(()) };
        add(&self.held);
        let missing: Vec<&String> = expected.difference(&declared).collect();
        if !missing.is_empty()
            && let Some(folder) = std::env::var_os("PERMAUDIT_LAW_KEEP")
        {
            fs::write(std::path::Path::new(&folder).join(format!("{format:?}")), bytes).unwrap();
        }
        prop_assert!(missing.is_empty(), "{format:?}, {what}: whole without {missing:?}");
        Ok(())
    }

    fn judge(&self, format: Format, cases: u32) {
        let (read, open, held) = (self.read.get(), self.open.get(), self.held.get());
        println!("{format:?}: {read} read, {open} open, {held} whole and held to the model");
        assert!(open > cases / 20 && held > cases / 250, "the law was hardly tried");
    }
}

/// How many files of a format are tried.
fn cases() -> u32 {
    std::env::var("PERMAUDIT_LAW_CASES").ok().map_or(CASES, |cases| cases.parse().unwrap())
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: cases(), failure_persistence: None, ..Config::default() })
}

/// Tries the law on changes of the files of `format`, then on files that are odd from the start.
fn try_the_law(format: Format) {
    let subjects = subjects(format);
    for subject in &subjects {
        let bytes = subject.wrap.as_ref().map_or_else(|| subject.bytes.clone(), |wrap| wrap(&subject.bytes));
        let package = platform::read(&Source::new("package", bytes.clone()));
        let expected = device(format, &bytes).unwrap();
        assert!(!expected.is_empty(), "{format:?}, {}: the model sees nothing", subject.name);
        let declared: Vec<&str> = package.declarations.value.iter().map(|d| d.permission.as_str()).collect();
        assert!(expected.iter().all(|name| declared.contains(&name.as_str())), "{format:?}, {}", subject.name);
    }
    let tally = Tally::default();
    let strategy = (any::<prop::sample::Index>(), prop::collection::vec(cut(ALL), 1..4), any::<bool>());
    let outcome = runner().run(&strategy, |(index, cuts, is_single)| {
        let subject = &subjects[index.index(subjects.len())];
        let mut bytes = subject.bytes.clone();
        // Most changes of several places end in a refusal: half of the cases change one.
        for mut cut in cuts.into_iter().take(if is_single { 1 } else { 3 }) {
            if subject.wrap.is_some() {
                cut.operation %= PLAIN;
            }
            apply(&mut bytes, cut);
        }
        if let Some(wrap) = &subject.wrap {
            bytes = wrap(&bytes);
        }
        tally.hold(format, &bytes, &subject.name)
    });
    outcome.unwrap();
    tally.judge(format, cases());

    let tally = Tally::default();
    let strategy = (any::<u64>(), prop::option::weighted(0.3, cut(ALL)));
    let outcome = runner().run(&strategy, |(seed, cut)| {
        let mut bytes = odd(format, &mut Dice::new(seed));
        if let Some(cut) = cut {
            apply(&mut bytes, cut);
        }
        tally.hold(format, &bytes, &format!("odd file {seed}"))
    });
    outcome.unwrap();
    tally.judge(format, cases());
}

#[test]
fn no_change_of_an_apk_hides_a_permission() {
    try_the_law(Format::Apk);
}

#[test]
fn no_change_of_a_bundle_hides_a_permission() {
    try_the_law(Format::Bundle);
}

#[test]
fn no_change_of_a_set_hides_a_permission() {
    try_the_law(Format::Set);
}

#[test]
fn no_change_of_a_text_manifest_hides_a_permission() {
    try_the_law(Format::Text);
}

#[test]
fn no_change_of_an_app_of_apple_hides_a_purpose_or_an_entitlement() {
    try_the_law(Format::Ipa);
}

#[test]
fn no_change_of_a_property_list_hides_a_purpose() {
    try_the_law(Format::InfoPlist);
}

#[test]
fn no_change_of_a_module_hides_a_request() {
    try_the_law(Format::Hap);
}

#[test]
fn no_change_of_an_app_of_modules_hides_a_request() {
    try_the_law(Format::HarmonyApp);
}
