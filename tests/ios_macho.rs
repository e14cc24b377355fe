//! Entitlements: where they stand in an executable or a profile, and one test for each trick that hides them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use permaudit::declaration::{DeclarationKind, Origin, Package};
use permaudit::doubt::Code;
use permaudit::format::der;
use permaudit::source::Place;
use support::ipa::{Files, app, app_with_executable, codes, empty, info, of_kind};
use support::macho::{
    ARM64, Blob, Container, Slice, X86_64, der as in_der, der_value, element, envelope, executable, indefinite_envelope,
};
use support::plist::{PROLOG, Value, dict, texts};

const HEALTH: &str = "com.apple.developer.healthkit";
const WIFI: &str = "com.apple.developer.networking.wifi-info";

fn health() -> Value {
    dict([("application-identifier", Value::from("TEAM.com.example.A")), (HEALTH, true.into())])
}

fn other() -> Value {
    dict([("application-identifier", Value::from("TEAM.com.example.A")), (WIFI, true.into())])
}

fn names(package: &Package) -> Vec<&str> {
    of_kind(package, DeclarationKind::Entitlement).iter().map(|d| d.permission.as_str()).collect()
}

/// Names and codes for an app with one thin slice.
fn thin(slice: Slice) -> (Vec<String>, Vec<&'static str>) {
    of(Container::Thin, &[slice])
}

fn of(container: Container, slices: &[Slice]) -> (Vec<String>, Vec<&'static str>) {
    let package = app_with_executable(executable(container, slices)).read();
    (names(&package).iter().map(ToString::to_string).collect(), codes(&package))
}

fn found(names: &[&str], codes: &[&'static str]) -> (Vec<String>, Vec<&'static str>) {
    (names.iter().map(ToString::to_string).collect(), codes.to_vec())
}

const BOTH: [&str; 2] = ["application-identifier", HEALTH];

#[test]
fn entitlements_of_the_signature_are_declared_with_their_place() {
    let bytes = executable(Container::Thin, &[Slice::signed(ARM64, &health())]);
    let package = app_with_executable(&bytes).read();
    assert_eq!(codes(&package), [""; 0]);
    let all = of_kind(&package, DeclarationKind::Entitlement);
    let entitlement = all[1];
    assert_eq!(entitlement.permission, HEALTH);
    assert_eq!(entitlement.value.as_deref(), Some("true"));
    assert_eq!(entitlement.origin, Origin::Declared);
    assert_eq!(entitlement.module.as_deref(), Some("A.app"));
    assert_eq!(entitlement.place.entry.as_deref(), Some("Payload/A.app/A"));
    assert_eq!(entitlement.place.path.as_deref(), Some("arm64 > code signature > com.apple.developer.healthkit"));
    let offset = usize::try_from(entitlement.place.offset.unwrap()).unwrap();
    assert!(bytes[offset..].starts_with(HEALTH.as_bytes()), "the place is that of the key");
    assert_eq!(entitlement.place.lines, None, "a line inside a binary means nothing");
}

#[test]
fn thin_fat_and_fat64_are_read() {
    for container in [Container::Thin, Container::Fat, Container::Fat64] {
        let slices = [Slice::signed(ARM64, &health()), Slice::signed(X86_64, &health())];
        assert_eq!(of(container, &slices), found(&BOTH, &[]), "{container:?}");
    }
}

#[test]
fn both_widths_and_both_orders_are_read() {
    for (is_64, is_big) in [(true, false), (false, false), (true, true), (false, true)] {
        let slice = Slice { is_64, is_big, ..Slice::signed(ARM64, &health()) };
        assert_eq!(thin(slice), found(&BOTH, &[]), "{is_64} {is_big}");
    }
}

#[test]
fn an_unsigned_executable_or_an_empty_signature_is_no_doubt() {
    assert_eq!(thin(Slice::unsigned(ARM64)), found(&[], &[]));
    assert_eq!(thin(Slice::new(ARM64, Vec::new())), found(&[], &[]));
    assert_eq!(thin(Slice::signed(ARM64, &empty())), found(&[], &[]));
}

#[test]
fn the_sections_of_the_simulator_are_read() {
    for is_64 in [true, false] {
        let sections =
            vec![("__text", vec![0; 8]), ("__entitlements", health().xml()), ("__ents_der", in_der(&health()))];
        let slice = Slice { is_64, sections, ..Slice::signed(X86_64, &empty()) };
        assert_eq!(thin(slice), found(&BOTH, &[]));
    }
    let sections = vec![("__entitlements", health().xml()), ("__ents_der", in_der(&other()))];
    let slice = Slice { sections, ..Slice::unsigned(X86_64) };
    assert_eq!(
        thin(slice),
        found(&["application-identifier", HEALTH, "application-identifier", WIFI], &["entitlements-disagree"])
    );
}

#[test]
fn xml_or_der_alone_is_read() {
    assert_eq!(thin(Slice::new(ARM64, vec![Blob::xml(health().xml())])), found(&BOTH, &[]));
    assert_eq!(thin(Slice::new(ARM64, vec![Blob::der(in_der(&health()))])), found(&BOTH, &[]));
}

#[test]
fn xml_and_der_that_disagree_are_both_read() {
    let slice = Slice::new(ARM64, vec![Blob::xml(health().xml()), Blob::der(in_der(&other()))]);
    let all = ["application-identifier", HEALTH, "application-identifier", WIFI];
    assert_eq!(thin(slice), found(&all, &["entitlements-disagree"]));
}

#[test]
fn slices_that_disagree_are_all_read() {
    let slices = [Slice::signed(ARM64, &health()), Slice::signed(X86_64, &other())];
    let all = ["application-identifier", HEALTH, "application-identifier", WIFI];
    assert_eq!(of(Container::Fat, &slices), found(&all, &["entitlements-disagree"]));
    let slices = [Slice::unsigned(ARM64), Slice::signed(X86_64, &health())];
    assert_eq!(of(Container::Fat, &slices), found(&BOTH, &["entitlements-disagree"]), "one has none");
}

#[test]
fn a_blob_that_was_taken_out_is_a_doubt() {
    let whole = Slice::signed(ARM64, &health());
    let hashes = whole.blobs.iter().map(|b| (b.slot, sha2_of(&b.bytes()))).collect();
    let slice = Slice { blobs: Vec::new(), hashes: Some(hashes), ..whole };
    assert_eq!(thin(slice), found(&[], &["signature-hash"]));
}

fn sha2_of(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

#[test]
fn a_blob_that_was_changed_after_signing_is_a_doubt() {
    let whole = Slice::signed(ARM64, &health());
    let hashes: Vec<_> = whole.blobs.iter().map(|b| (b.slot, sha2_of(&b.bytes()))).collect();
    let slice = Slice { hashes: Some(hashes), ..Slice::signed(ARM64, &empty()) };
    assert_eq!(thin(slice), found(&[], &["signature-hash"]));
    let slice = Slice { hashes: Some(Vec::new()), ..Slice::signed(ARM64, &health()) };
    assert_eq!(thin(slice), found(&BOTH, &["signature-hash"]), "not covered at all");
}

#[test]
fn a_cut_signature_is_a_doubt_never_none() {
    let whole = executable(Container::Thin, &[Slice::signed(ARM64, &health())]);
    let code = 32 + 16 + 3000;
    for cut in [whole.len() - 1, whole.len() - 100, code + 20, code + 4, code, 40, 20, 4, 0] {
        let package = app_with_executable(&whole[..cut]).read();
        assert!(!package.declarations.is_whole(), "cut to {cut}");
        let all = codes(&package);
        assert!(all.iter().all(|code| code.starts_with("macho-") || code.starts_with("signature-")), "{cut}: {all:?}");
    }
}

#[test]
fn a_signature_that_lies_is_a_doubt() {
    let signed = || Slice::signed(ARM64, &health());
    let last = |change: fn(&mut Blob)| signed().with(|slice| change(slice.blobs.last_mut().unwrap()));
    for (slice, code) in [
        (Slice { super_magic: 0xfade_0cc1, ..signed() }, "signature-malformed"),
        (Slice { super_len: Some(20), ..signed() }, "signature-malformed"),
        (Slice { blob_count: Some(1 << 20), ..signed() }, "signature-malformed"),
        (Slice { signature_size: Some(1 << 30), ..signed() }, "macho-truncated"),
        (Slice { signature_size: Some(4), ..signed() }, "macho-truncated"),
        (last(|blob| blob.magic = 0xfade_7171), "signature-malformed"),
        (last(|blob| blob.len = Some(1 << 20)), "signature-malformed"),
        (last(|blob| blob.len = Some(4)), "signature-malformed"),
        (last(|blob| blob.offset = Some(1 << 20)), "signature-malformed"),
        (Slice { commands: 2, ..signed() }, "signature-repeated"),
        (Slice { magic: Some(0xfeed_fad0), ..signed() }, "macho-malformed"),
    ] {
        let (_, codes) = thin(slice.clone());
        assert!(codes.contains(&code), "{code}: {codes:?} {:?}", slice.super_magic);
    }
}

#[test]
fn two_blobs_in_one_slot_are_both_read() {
    let blobs = vec![Blob::xml(health().xml()), Blob::xml(other().xml()), Blob::der(in_der(&health()))];
    let (names, codes) = thin(Slice::new(ARM64, blobs));
    assert!(names.contains(&HEALTH.to_owned()) && names.contains(&WIFI.to_owned()), "{names:?}");
    assert!(codes.contains(&"signature-repeated"), "{codes:?}");
}

#[test]
fn entitlements_for_different_xml_parsers_are_a_doubt() {
    // Two parsers, two readings: one sees the comment end at once, the other does not.
    let tricky =
        format!("{PROLOG}<plist version=\"1.0\"><dict><!---><!--><key>{HEALTH}</key><true/><!-- --></dict></plist>");
    let (_, codes) = thin(Slice::new(ARM64, vec![Blob::xml(tricky)]));
    assert_eq!(codes, ["plist-xml-ambiguous"]);
}

#[test]
fn entitlements_that_are_no_dictionary_are_a_doubt() {
    assert_eq!(thin(Slice::new(ARM64, vec![Blob::xml(texts(&["a"]).xml())])), found(&[], &["ios-not-a-dictionary"]));
    assert_eq!(thin(Slice::new(ARM64, vec![Blob::xml("{ not ended")])), found(&[], &["plist-text-malformed"]));
}

#[test]
fn a_file_that_is_no_executable_is_a_doubt() {
    for bytes in [&b"#!/bin/sh\nexec true and some more bytes"[..], b"", b"\xca\xfe\xba\xbe\0\0\0\x41", &[0; 64]] {
        let package = app_with_executable(bytes).read();
        assert_eq!(names(&package), [""; 0]);
        assert!(codes(&package)[0].starts_with("macho-"), "{:?}", codes(&package));
    }
}

#[test]
fn a_table_of_architectures_that_lies_is_a_doubt() {
    let whole = executable(Container::Fat, &[Slice::signed(ARM64, &health()), Slice::signed(X86_64, &health())]);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        codes(&app_with_executable(changed).read())
    };
    assert_eq!(with(4, &[0, 0, 0, 0]), ["macho-malformed"], "no architecture");
    assert_eq!(with(4, &[0xff; 4]), ["macho-malformed"], "too many");
    assert_eq!(with(16, &[0x7f; 4]), ["macho-truncated"], "a slice past the end");
    assert_eq!(with(16, &[0, 0, 0, 9]), ["macho-malformed", "entitlements-disagree"], "a slice elsewhere");
    assert!(!with(20, &[0, 0, 0, 64]).is_empty(), "a slice that is too short");
}

#[test]
fn slices_in_any_order_are_read_in_one_go() {
    let mut bytes = executable(Container::Fat, &[Slice::signed(ARM64, &health()), Slice::signed(X86_64, &health())]);
    let (first, second) = (bytes[8..28].to_vec(), bytes[28..48].to_vec());
    bytes[8..28].copy_from_slice(&second);
    bytes[28..48].copy_from_slice(&first);
    let package = app_with_executable(bytes).read();
    assert_eq!(codes(&package), [""; 0]);
    assert_eq!(names(&package), BOTH);
}

#[test]
fn an_executable_that_is_missing_is_a_doubt() {
    let none: [(&str, Value); 0] = [];
    let package = Files::default().with("Payload/A.app/Info.plist", info("A", none).xml()).read();
    assert_eq!(codes(&package), ["ios-no-executable"]);
}

#[test]
fn a_stored_executable_is_read_where_it_stands() {
    let none: [(&str, Value); 0] = [];
    let bytes = executable(Container::Fat, &[Slice::signed(ARM64, &health())]);
    let mut zip = Files::default().with("Payload/A.app/Info.plist", info("A", none).xml()).zip();
    zip.entries.push(support::zip::Entry::stored("Payload/A.app/A", &bytes));
    assert_eq!(names(&support::ipa::read(zip.build())), BOTH);
}

// DER.

fn der_error(bytes: &[u8]) -> Option<Code> {
    der::entitlements(bytes, &Place::file("der")).err().map(|error| error.code)
}

#[test]
fn der_has_every_type_of_value() {
    let value = Value::Dict(vec![
        ("text".to_owned(), "é".into()),
        ("list".to_owned(), Value::Array(vec!["a".into(), texts(&[]), dict([("k", "v")])])),
        ("no".to_owned(), false.into()),
        ("number".to_owned(), Value::Int(-300)),
        ("data".to_owned(), Value::Data(vec![1, 2])),
        ("long".to_owned(), Value::Text("x".repeat(1000))),
    ]);
    let reading = der::entitlements(&in_der(&value), &Place::file("der")).unwrap();
    assert!(reading.is_whole());
    let xml = permaudit::format::plist::read(&value.xml(), &Place::file("xml")).unwrap();
    assert!(reading.value.value.is_same(&xml.value.value));
}

#[test]
fn the_early_form_of_der_is_read() {
    let members = element(0x30, &[element(0x0c, HEALTH.as_bytes()), element(1, &[0xff])].concat());
    let reading = der::entitlements(&element(0x31, &members), &Place::file("der")).unwrap();
    assert_eq!(reading.value.members().len(), 1);
}

#[test]
fn malformed_der_is_an_error() {
    let good = in_der(&health());
    for cut in 0..good.len() {
        assert_eq!(der_error(&good[..cut]), Some(Code::DerMalformed), "cut to {cut}");
    }
    let version = element(2, &[1]);
    for bad in [
        [good.clone(), vec![0]].concat(),
        element(0x70, &[element(2, &[2]), der_value(&health())].concat()),
        element(0x70, &[&version[..], &der_value(&health()), &der_value(&health())].concat()),
        element(0x70, &version),
        element(0x70, &[version.clone(), element(0x30, b"")].concat()),
        element(0x70, &[version.clone(), element(0xb0, &element(0x0c, b"key"))].concat()),
        element(0xb0, &element(0x30, &element(0x0c, b"key"))),
        element(0xb0, &element(0x30, &[element(0x0c, b"k"), element(1, &[1]), element(1, &[1])].concat())),
        element(0xb0, &element(0x30, &[element(0x0c, b"\xff"), element(1, &[1])].concat())),
        element(0xb0, &element(0x30, &[element(0x0c, b"k"), element(9, &[1])].concat())),
        vec![0xb0, 0x80, 0, 0],
        vec![0xb0, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        vec![0x1f, 0x81, 0x01, 0],
    ] {
        assert_eq!(der_error(&bad), Some(Code::DerMalformed), "{bad:02x?}");
    }
    let mut deep = element(0xb0, b"");
    for _ in 0..200 {
        deep = element(0xb0, &element(0x30, &[element(0x0c, b"k"), deep].concat()));
    }
    assert_eq!(der_error(&deep), Some(Code::LimitPlistDepth));
}

#[test]
fn a_key_twice_in_der_stays_twice() {
    let pair = |value: u8| element(0x30, &[element(0x0c, HEALTH.as_bytes()), element(1, &[value])].concat());
    let reading = der::entitlements(&element(0xb0, &[pair(0), pair(0xff)].concat()), &Place::file("der")).unwrap();
    assert_eq!(reading.value.members().len(), 2);
    assert_eq!(reading.doubts()[0].code, Code::PlistDuplicateKey);
}

// Profiles.

fn with_profile(profile: &[u8]) -> Package {
    let none: [(&str, Value); 0] = [];
    app(none).with("Payload/A.app/embedded.mobileprovision", profile).read()
}

fn profile() -> Value {
    dict([
        ("Name", Value::from("profile")),
        ("Entitlements", health()),
        ("DeveloperCertificates", Value::Data(vec![0; 3000])),
    ])
}

#[test]
fn a_profile_is_an_upper_bound_in_der_and_in_ber() {
    for bytes in [envelope(&profile().xml()), indefinite_envelope(&profile().xml())] {
        let package = with_profile(&bytes);
        assert_eq!(codes(&package), [""; 0]);
        let all = of_kind(&package, DeclarationKind::Entitlement);
        assert_eq!(all.iter().map(|d| d.permission.as_str()).collect::<Vec<_>>(), BOTH);
        assert!(all.iter().all(|d| d.origin == Origin::Provisioned));
    }
    let bytes = envelope(&profile().xml());
    let package = with_profile(&bytes);
    let offset = usize::try_from(of_kind(&package, DeclarationKind::Entitlement)[1].place.offset.unwrap()).unwrap();
    assert!(bytes[offset..].starts_with(HEALTH.as_bytes()));
}

#[test]
fn a_profile_that_is_no_envelope_is_a_doubt() {
    let whole = envelope(&profile().xml());
    for bytes in [&profile().xml()[..], b"", &whole[..40], &whole[..whole.len() / 2], &envelope(b"{ no end")] {
        assert!(!with_profile(bytes).declarations.is_whole());
    }
    let whole = indefinite_envelope(&profile().xml());
    for cut in [0, 1, 12, 30, 60, 100, whole.len() / 2] {
        assert!(!with_profile(&whole[..cut]).declarations.is_whole(), "cut to {cut}");
    }
}
