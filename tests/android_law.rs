//! The law of the Android reader: whatever is done to the bytes of a manifest, a whole reading never has fewer
//! requested permissions, or guarded services, than a device would see. The device is the small model in
//! `support/model.rs`.

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

use permaudit::declaration::DeclarationKind;
use permaudit::platform::android;
use permaudit::source::Source;
use proptest::prelude::*;
use support::axml::{Attr, Doc, Element, Value, attr, element, id, manifest, max_sdk, name, uses};
use support::{codes, model, read, requests};

/// Checks the law for one document; true when the reading is whole.
fn check(bytes: &[u8], what: impl Fn() -> String) -> bool {
    // The reader itself, so that the first bytes do not decide whether it is looked at.
    let Ok(package) = android::read_axml(&Source::new("app", bytes.to_vec())) else { return false };
    if !package.declarations.is_whole() {
        return false;
    }
    assert!(!package.unreadable, "{}: unreadable without a doubt", what());
    let Some(model::Device { names: device, target, guards }) = model::read(bytes) else { return true };
    // What the device adds by itself: two steps stand for the list, one by level alone and one with a cause.
    let all: Vec<_> = package.declarations.value.iter().map(|d| d.permission.as_str()).collect();
    for (below, cause, added) in [
        (33, None, "android.permission.POST_NOTIFICATIONS"),
        (31, Some("android.permission.BLUETOOTH"), "android.permission.BLUETOOTH_SCAN"),
    ] {
        if target < below && cause.is_none_or(|cause| device.contains(cause)) {
            assert!(all.contains(&added), "{}: for target {target} a device adds {added}", what());
        }
    }
    for guard in guards {
        let mut all = package.declarations.value.iter();
        let is_there = all.any(|d| d.kind == DeclarationKind::GuardedComponent && d.permission == guard);
        assert!(is_there, "{}: a device binds a service by {guard:?}, the whole reading has none", what());
    }
    for name in device {
        let is_there = requests(&package).any(|d| d.permission == name);
        assert!(is_there || name.is_empty(), "{}: a device requests {name:?}, the whole reading does not", what());
    }
    true
}

/// A manifest with something of everything.
fn rich() -> Element {
    let flags = attr("usesPermissionFlags", id::FLAGS, Value::Other(0x11, 0x0001_0000));
    let feature = element("required-feature").with(name("android.hardware.camera"));
    manifest([
        uses("android.permission.CAMERA").child(feature),
        uses("android.permission.BLUETOOTH").with(max_sdk(30)),
        uses("com.example.许可").with(flags),
        element("uses-permission-sdk-23").with(name("android.permission.READ_SMS")),
        element("permission").with(name("com.example.OWN")),
        element("uses-feature").with(name("android.hardware.camera")),
        element("application")
            .with(demands("android.permission.BIND_VPN_SERVICE"))
            .child(element("activity").with(name(".Main")).child(element("intent-filter")))
            .child(
                element("service")
                    .with(name(".Watcher"))
                    .with(demands("android.permission.BIND_ACCESSIBILITY_SERVICE"))
                    .child(element("intent-filter").child(element("action").with(name("com.example.ACTION")))),
            )
            .child(element("service").with(name(".Tunnel"))),
    ])
}

fn demands(permission: &str) -> Attr {
    attr("permission", id::PERMISSION, Value::Text(permission.into()))
}

fn real(file: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/packages/{file}", env!("CARGO_MANIFEST_DIR"));
    let bytes = fs::read(path).unwrap();
    if file == "AndroidManifest.xml" {
        return bytes;
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut manifest = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("AndroidManifest.xml").unwrap(), &mut manifest).unwrap();
    manifest
}

/// Every manifest that is mutated: built ones in both encodings, and those of a real toolchain.
fn manifests() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![("built, UTF-16", rich().bytes()), ("built, UTF-8", rich().compile(true).bytes())];
    for file in ["conditions.apk", "legacy.apk", "utf8.apk", "references.apk"] {
        all.push((file, real(file)));
    }
    all
}

/// Every place and every value when `PERMAUDIT_THOROUGH` is set (minutes), otherwise one value a place, chosen by the
/// place, and the larger real manifest left out (seconds).
fn is_thorough() -> bool {
    std::env::var_os("PERMAUDIT_THOROUGH").is_some()
}

fn mutated() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    manifests().into_iter().filter(|(what, _)| is_thorough() || *what != "conditions.apk")
}

/// The values to try at the place `at`.
fn chosen<T: Copy>(values: &[T], at: usize) -> Vec<T> {
    if is_thorough() { values.to_vec() } else { vec![values[at.wrapping_mul(0x9e37_79b9) / 7 % values.len()]] }
}

#[test]
fn untouched_manifests_are_whole_and_agree_with_the_device_exactly() {
    for (what, bytes) in manifests() {
        let package = read(&bytes);
        let device = model::requested(&bytes).unwrap();
        let ours: std::collections::BTreeSet<_> = requests(&package).map(|d| d.permission.clone()).collect();
        assert_eq!(ours, device, "{what}");
        let all = package.declarations.value.iter().filter(|d| d.kind == DeclarationKind::GuardedComponent);
        let guards: std::collections::BTreeSet<_> = all.map(|d| d.permission.clone()).collect();
        assert_eq!(guards, model::read(&bytes).unwrap().guards, "{what}");
        assert_eq!(
            guards.len(),
            if what.starts_with("built") { 2 } else { usize::from(what == "conditions.apk") },
            "{what}"
        );
        assert!(ours.len() >= 3 || what == "references.apk", "{what}");
        // The tables that `references.apk` refers to are not there.
        assert_eq!(package.declarations.is_whole(), what != "references.apk", "{what} {:?}", codes(&package));
    }
}

#[test]
fn no_change_of_one_byte_loses_a_permission() {
    let mut whole = 0;
    for (what, bytes) in mutated() {
        for at in 0..bytes.len() {
            let old = bytes[at];
            let values = [0, 1, 3, 0xff, old ^ 1, old ^ 0x80, old.wrapping_add(4), old.wrapping_sub(4)];
            for new in chosen(&values, at) {
                let mut changed = bytes.clone();
                changed[at] = new;
                let is_whole = check(&changed, || format!("{what}: byte {at} from {old:#04x} to {new:#04x}"));
                whole += usize::from(is_whole && new != old);
            }
        }
    }
    assert!(whole > 1000, "the law was put to the test {whole} times only");
}

#[test]
fn no_change_of_one_word_loses_a_permission() {
    for (what, bytes) in mutated() {
        let size = bytes.len() as u32;
        let values = [0, 8, 16, 20, 0x0101_0003, 0x7fff_ffff, 0xffff_ffff, 0xffff_fffe, size, size - 24];
        for at in (0..bytes.len() - 3).step_by(2) {
            for new in chosen(&values, at) {
                let mut changed = bytes.clone();
                changed[at..at + 4].copy_from_slice(&u32::to_le_bytes(new));
                check(&changed, || format!("{what}: word {at} to {new:#010x}"));
            }
        }
    }
}

#[test]
fn no_removal_or_repetition_of_a_chunk_loses_a_permission() {
    for utf8 in [false, true] {
        let doc = rich().compile(utf8);
        for at in 0..doc.nodes.len() {
            let mut without = doc.clone();
            without.nodes.remove(at);
            check(&without.bytes(), || format!("without node {at}"));
            for to in 0..doc.nodes.len() {
                let mut moved = doc.clone();
                let node = moved.nodes.remove(at);
                moved.nodes.insert(to, node);
                check(&moved.bytes(), || format!("node {at} moved to {to}"));
                let mut twice = doc.clone();
                twice.nodes.insert(to, doc.nodes[at].clone());
                check(&twice.bytes(), || format!("node {at} again at {to}"));
            }
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_reading() {
    for (_, bytes) in manifests() {
        let (one, two) = (read(&bytes), read(&bytes));
        assert_eq!(one.declarations, two.declarations);
        assert_eq!((one.id, one.version, one.sdk), (two.id, two.version, two.sdk));
    }
}

fn permission() -> impl Strategy<Value = String> {
    prop_oneof![
        "android\\.permission\\.[A-Z_]{1,20}",
        "android\\.permission\\.BIND_[A-Z]{1,4}",
        "[a-z]{1,6}(\\.[a-z]{1,6}){1,3}\\.permission\\.[A-Z_]{1,9}",
        "\\PC{1,12}",
    ]
}

/// A request with or without a condition, and some strangers around it.
fn child() -> impl Strategy<Value = (Element, Option<(String, Option<u32>)>)> {
    let request = (permission(), prop::option::of(1_u32..40), 0..3_usize).prop_map(|(permission, max, tag)| {
        let tag = ["uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"][tag];
        let mut request = element(tag).with(name(&permission));
        request.attributes.extend(max.map(max_sdk));
        (request, Some((permission, max)))
    });
    let stranger = ("[a-z-]{1,12}", "\\PC{0,12}").prop_map(|(tag, text)| {
        let stranger = element(&format!("x-{tag}"));
        (stranger.with(attr("label", id::LABEL, Value::Text(text))).child(element("y")), None)
    });
    prop_oneof![3 => request, 1 => stranger]
}

fn any_attribute() -> impl Strategy<Value = Attr> {
    let ids = prop_oneof![
        Just(id::NAME),
        Just(id::PERMISSION),
        Just(id::LABEL),
        Just(id::MAX_SDK),
        Just(0),
        Just(0x7f01_0003_u32)
    ];
    let names = prop_oneof![Just("name"), Just("permission"), Just("maxSdkVersion"), Just("x")];
    let value = prop_oneof![
        permission().prop_map(Value::Text),
        any::<u32>().prop_map(Value::Int),
        (any::<u8>(), any::<u32>()).prop_map(|(kind, data)| Value::Other(kind, data)),
    ];
    (names, ids, value, prop::option::of(permission())).prop_map(|(name, id, value, raw)| {
        let mut attribute = attr(name, id, value);
        attribute.raw = raw;
        attribute
    })
}

/// A tree of elements that count, with any attributes, at any depth.
fn any_tree() -> impl Strategy<Value = Element> {
    let tags = [
        "uses-permission",
        "uses-permission-sdk-m",
        "application",
        "service",
        "uses-feature",
        "overlay",
        "x",
        "uses-sdk",
    ];
    let leaf = (0..tags.len(), prop::collection::vec(any_attribute(), 0..4)).prop_map(move |(tag, attributes)| {
        let mut leaf = element(tags[tag]);
        leaf.attributes = attributes;
        leaf
    });
    leaf.prop_recursive(4, 24, 4, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..4)).prop_map(|(mut parent, children)| {
            parent.children.extend(children);
            parent
        })
    })
}

fn scramble(doc: &Doc, seed: &[(u16, u8)]) -> Vec<u8> {
    let mut bytes = doc.bytes();
    for (at, value) in seed {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *value;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_built_is_what_is_read(children in prop::collection::vec(child(), 0..20), utf8: bool) {
        let bytes = manifest(children.iter().map(|(element, _)| element.clone())).compile(utf8).bytes();
        let package = read(&bytes);
        prop_assert_eq!(codes(&package), Vec::<&str>::new());
        let mut expected: Vec<_> = Vec::new();
        for (element, request) in &children {
            if let Some((permission, max)) = request {
                let one = (permission.clone(), *max, element.tag == "uses-permission");
                if !expected.contains(&one) {
                    expected.push(one);
                }
            }
        }
        let ours: Vec<_> = requests(&package)
            .map(|d| (d.permission.clone(), d.conditions.max_sdk, d.kind.name() == "uses-permission"))
            .collect();
        prop_assert_eq!(ours, expected);
        prop_assert!(model::requested(&bytes).is_some());
    }

    #[test]
    fn any_tree_obeys_the_law(children in prop::collection::vec(any_tree(), 0..6), utf8: bool) {
        check(&manifest(children).compile(utf8).bytes(), || "a built tree".into());
    }

    #[test]
    fn several_changed_bytes_obey_the_law(
        seed in prop::collection::vec((any::<u16>(), any::<u8>()), 1..6),
        utf8: bool,
    ) {
        let bytes = scramble(&rich().compile(utf8), &seed);
        check(&bytes, || format!("{seed:?}"));
    }

    #[test]
    fn arbitrary_bytes_never_crash(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes, || "arbitrary".into());
        if bytes.len() >= 8 {
            let len = bytes.len() as u32;
            bytes[..4].copy_from_slice(&[3, 0, 8, 0]);
            bytes[4..8].copy_from_slice(&len.to_le_bytes());
        }
        check(&bytes, || "arbitrary behind a header".into());
    }
}
