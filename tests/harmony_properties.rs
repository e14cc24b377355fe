//! The law of HarmonyOS packages: no change of a byte gives a whole reading with fewer requests, unless an independent
//! reader of JSON agrees.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::hap::{Index, app, config_json, hap, module_json, request, requests, signature_block, stage, text};
use support::zip::{Entry, Zip};
use support::{codes, read};

/// Values that a byte is changed to: signs of JSON, and bytes that are none.
const BYTES: [u8; 16] = [b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'/', b'*', b'0', b'x', b' ', b'\n', 0, 0xff];

fn manifests() -> [(&'static str, Value); 2] {
    let requests = json!([
        request("ohos.permission.CAMERA", "camera", 1),
        { "name": "ohos.permission.INTERNET" },
        { "name": "ohos.permission.MICROPHONE", "reason": "to \"record\" \\ é" }
    ]);
    [("module.json", module_json(&requests)), ("config.json", config_json(&requests))]
}

/// What a package requests, where it was read whole.
fn whole(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let package = read(bytes);
    codes(&package).is_empty().then(|| requests(&package).iter().map(|d| d.permission.clone()).collect())
}

/// The device in a few lines: `serde_json` keeps the last of two keys, as nlohmann-json does. `None` where it refuses.
fn model(manifest: &str, bytes: &[u8]) -> Option<BTreeSet<String>> {
    let root: Value = serde_json::from_slice(bytes).ok()?;
    let key = if manifest == "module.json" { "requestPermissions" } else { "reqPermissions" };
    let Some(list) = root.get("module")?.get(key) else { return Some(BTreeSet::new()) };
    list.as_array()?.iter().map(|one| Some(one.as_object()?.get("name")?.as_str()?.to_owned())).collect()
}

fn package(name: &str, manifest: &[u8]) -> Vec<u8> {
    Zip::new([Entry::stored(name, manifest)]).build()
}

#[test]
fn no_changed_byte_of_a_manifest_hides_a_request() {
    for (name, manifest) in manifests() {
        let bytes = manifest.to_string().into_bytes();
        let original = whole(&package(name, &bytes)).unwrap();
        assert_eq!(original.len(), 3);
        let (mut read_whole, mut without_model) = (0, 0);
        for at in 0..bytes.len() {
            for byte in BYTES.into_iter().chain([bytes[at] ^ 1, bytes[at] ^ 0x20]) {
                let mut changed = bytes.clone();
                changed[at] = byte;
                let Some(found) = whole(&package(name, &changed)) else { continue };
                read_whole += 1;
                if let Some(expected) = model(name, &changed) {
                    assert_eq!(found, expected, "{name}: byte {at} to {byte:#x}");
                } else {
                    without_model += 1;
                    assert!(found.is_superset(&original), "{name}: byte {at} to {byte:#x}");
                }
            }
        }
        assert!(read_whole > 500 && without_model < 10, "{name}: {read_whole}, {without_model}");
    }
}

#[test]
fn no_byte_taken_out_or_put_in_hides_a_request() {
    for (name, manifest) in manifests() {
        let bytes = manifest.to_string().into_bytes();
        let original = whole(&package(name, &bytes)).unwrap();
        for at in 0..bytes.len() {
            let mut shorter = bytes.clone();
            shorter.remove(at);
            let longer = [b'"', b'{', b'}', b',', b'/', 0].into_iter().map(|byte| {
                let mut longer = bytes.clone();
                longer.insert(at, byte);
                longer
            });
            for changed in longer.chain([shorter]) {
                let Some(found) = whole(&package(name, &changed)) else { continue };
                let expected = model(name, &changed).unwrap_or_else(|| original.clone());
                assert!(found.is_superset(&expected), "{name} at {at}: {found:?}");
            }
        }
    }
}

#[test]
fn no_cut_of_a_manifest_is_read_whole() {
    for (name, manifest) in manifests() {
        let bytes = manifest.to_string().into_bytes();
        for len in 0..bytes.len() {
            assert_eq!(whole(&package(name, &bytes[..len])), None, "{name}: {len}");
        }
    }
}

#[test]
fn no_changed_byte_of_an_archive_hides_a_request() {
    let [(name, manifest), _] = manifests();
    let entry = stage(&manifest);
    let signed = hap(&[(name, manifest.to_string().as_bytes()), ("ets/modules.abc", &[7; 64])])
        .with(|zip| zip.before_directory = signature_block())
        .build();
    let nested = app(&[("entry-default.hap", &entry)]).build();
    for bytes in [signed, nested] {
        let original = whole(&bytes).unwrap();
        for at in 0..bytes.len() {
            for byte in [0, 0xff, bytes[at] ^ 1, bytes[at] ^ 0x80] {
                let mut changed = bytes.clone();
                changed[at] = byte;
                if let Some(found) = whole(&changed) {
                    assert!(found.is_superset(&original), "byte {at} to {byte:#x}: {found:?}");
                }
            }
        }
        for len in 0..bytes.len() {
            assert_eq!(whole(&bytes[..len]), None, "cut at {len}");
        }
    }
}

#[test]
fn the_order_of_packages_and_modules_does_not_matter() {
    let one = stage(module_json(&json!([{ "name": "a.b.ONE" }])));
    let two = stage(module_json(&json!([{ "name": "a.b.TWO" }, { "name": "a.b.ONE" }])));
    let there = whole(&app(&[("a.hap", &one), ("b.hap", &two)]).build());
    let back = whole(&app(&[("b.hap", &two), ("a.hap", &one)]).build());
    assert!(there.is_some());
    assert_eq!(there, back);
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_.\"\\\\é相/\n]{1,20}"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// What is built is read, in both models: names, reasons and when they are used.
    #[test]
    fn what_is_built_is_read(rows in proptest::collection::vec((name(), proptest::option::of("[^$]{0,10}"), any::<bool>()), 0..8)) {
        let list: Vec<Value> = rows.iter().zip(1..).map(|((name, reason, is_always), id)| {
            let when = if *is_always { "always" } else { "inuse" };
            let mut one = json!({ "name": name, "usedScene": { "when": when } });
            if reason.is_some() {
                one["reason"] = format!("$string:r{id}").into();
                one["reasonId"] = id.into();
            }
            one
        }).collect();
        let texts: Vec<_> = rows.iter().zip(1..).map(|((_, reason, _), id)| {
            text(id, &format!("r{id}"), &[reason.as_deref().unwrap_or_default()])
        }).collect();
        for (name, manifest, index) in [
            ("module.json", module_json(&list.clone().into()), "resources.index"),
            ("config.json", config_json(&list.clone().into()), "assets/entry/resources.index"),
        ] {
            let table = Index::second(&[&[]], &texts).build();
            let package = read(&hap(&[(name, format!("{manifest:#}").as_bytes()), (index, &table)]).build());
            prop_assert_eq!(codes(&package), [""; 0]);
            let found: Vec<_> = requests(&package).iter().map(|d| (
                d.permission.clone(), d.text.get("default").cloned(), d.used_scene.clone().unwrap().when.unwrap() == "always",
            )).collect();
            prop_assert_eq!(&found, &rows);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&stage(String::from_utf8_lossy(&bytes)));
        let _ = read(&package("module.json", &bytes));
        let _ = read(&[b"{\"module\":", &bytes[..]].concat());
        let _ = read(&app(&[("a.hap", &bytes)]).build());
    }
}
