//! Tricks that were met in the wild, in malware and in tools that "protect" apps, each as a whole package: what a device
//! makes of it, that nothing is lost, and the code that the reading carries. Tricks of the archive alone stand in
//! `zip_tricks.rs`, those of binary XML alone in `android_axml.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test may stop, and builds what it needs from small numbers"
)]

mod support;

use permaudit::doubt::Code;
use permaudit::format::der;
use permaudit::source::Place;
use support::axml::{self, Body, Doc, Node, RawAttr, Value, attr, element, id, manifest, name, uses};
use support::ipa::{Files, app, app_with_executable, info, purposes};
use support::macho::{ARM64, Blob, Container, Slice, envelope, executable};
use support::plist::dict;
use support::zip::{Entry, Zip};
use support::zip_model::{Seen, look};
use support::{archive, codes, model, read, requested};

const MANIFEST: &str = "AndroidManifest.xml";
const CAMERA: &str = "android.permission.CAMERA";
const INTERNET: &str = "android.permission.INTERNET";

fn plain_doc() -> Doc {
    manifest([uses(CAMERA), uses(INTERNET), element("application")]).compile(false)
}

/// An APK whose manifest is `entry`, among others.
fn around(entry: Entry) -> Zip {
    Zip::new([Entry::deflated("classes.dex", b"dex\n035\0"), entry, Entry::stored("res/a.png", b"\x89PNG")])
}

fn entry() -> Entry {
    Entry::deflated(MANIFEST, plain_doc().bytes())
}

fn stored() -> Entry {
    Entry::stored(MANIFEST, plain_doc().bytes())
}

/// A device finds the manifest in the archive and both requests in it, and so does the reading, with these codes.
#[track_caller]
fn device_reads(archive: &[u8], expected: &[&str]) {
    let Seen::Content(document) = look(archive, MANIFEST.as_bytes()) else { panic!("a device refuses the archive") };
    let device = model::requested(&document).unwrap();
    assert_eq!(device.into_iter().collect::<Vec<_>>(), [CAMERA, INTERNET]);
    let package = read(archive);
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], expected.to_vec()));
}

/// The same for a manifest in a regular archive.
#[track_caller]
fn device_reads_document(document: &[u8], expected: &[&str]) {
    device_reads(&around(Entry::stored(MANIFEST, document)).build(), expected);
}

/// Replaces the one place where `from` stands.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert_eq!(places.len(), 1);
    bytes.splice(places[0]..places[0] + from.len(), to.iter().copied());
    bytes
}

// ---- Archives

#[test]
fn entries_below_the_name_of_the_manifest_hide_nothing() {
    // Unpacking such an archive fails: a file stands where a folder would have to be.
    for other in ["AndroidManifest.xml/anim/fade.xml", "AndroidManifest.xml///.xml", "AndroidManifest.xml/"] {
        let zip = around(entry()).with(|z| z.entries.insert(0, Entry::stored(other, b"x")));
        device_reads(&zip.build(), &[]);
    }
}

#[test]
fn names_that_lead_out_of_the_archive_are_other_files() {
    let other = manifest([uses("android.permission.VIBRATE")]).bytes();
    for name in ["../AndroidManifest.xml", "../../../../AndroidManifest.xml", "./AndroidManifest.xml"] {
        let zip = around(entry()).with(|z| z.entries.push(Entry::stored(name, &other)));
        device_reads(&zip.build(), &[]);
    }
}

#[test]
fn a_version_that_no_reader_supports_is_ignored_by_a_device() {
    // unzip refuses an entry that needs version 25.5.
    let built = around(entry()).layout();
    let mut bytes = built.bytes;
    bytes[built.locals[1] + 4..built.locals[1] + 6].copy_from_slice(&[255, 0]);
    bytes[built.records[1] + 6..built.records[1] + 8].copy_from_slice(&[255, 0]);
    device_reads(&bytes, &[]);
}

#[test]
fn a_date_that_is_none_is_ignored_by_a_device() {
    let built = around(entry()).layout();
    let mut bytes = built.bytes;
    bytes[built.locals[1] + 10..built.locals[1] + 14].fill(0xff);
    bytes[built.records[1] + 12..built.records[1] + 16].fill(0xff);
    device_reads(&bytes, &[]);
}

#[test]
fn an_extra_field_of_great_length_is_skipped() {
    let block = support::zip::extra(0x4a44, &b"JADXBLOCK".repeat(6_000));
    let entry = entry().local(|h| h.extra.clone_from(&block)).central(|h| h.extra.clone_from(&block));
    device_reads(&around(entry).build(), &[]);
}

#[test]
fn an_extra_field_that_is_cut_short_is_skipped() {
    let entry = entry().both(|h| h.extra = vec![0x55, 0x54, 0xff, 0xff, 1]);
    device_reads(&around(entry).build(), &[]);
}

#[test]
fn bits_of_a_strong_encryption_are_ignored_by_a_device() {
    device_reads(&around(entry().both(|h| h.flags |= 0x2041)).build(), &["zip-encrypted-flag"]);
    device_reads(&around(entry().both(|h| h.flags |= 0x2040)).build(), &[]);
}

#[test]
fn an_encryption_bit_and_a_method_of_another_compressor_at_once_are_read_as_stored() {
    for method in [1, 12, 14, 93, 99, 0xffff] {
        let entry = stored().both(|h| (h.method, h.flags) = (method, h.flags | 1));
        device_reads(&around(entry).build(), &["zip-encrypted-flag", "zip-unknown-method"]);
    }
}

#[test]
fn every_entry_with_another_unknown_method_is_read_as_stored() {
    let mut zip = around(stored());
    for (method, entry) in (0x1c5d..).zip(&mut zip.entries) {
        (entry.central.method, entry.local.method) = (method, method + 1);
    }
    device_reads(&zip.build(), &["zip-local-method", "zip-unknown-method"]);
}

#[test]
fn a_resource_table_or_code_that_no_reader_opens_changes_nothing() {
    let broken = Entry::stored("resources.arsc", b"\x02\0\x0c\0").both(|h| (h.method, h.flags) = (0x7777, 1));
    let zip = around(entry()).with(|z| z.entries.push(broken.clone()));
    device_reads(&zip.build(), &[]);
}

// ---- Binary XML

#[test]
fn a_chunk_of_no_size_behind_the_manifest_is_never_reached_by_a_device() {
    let mut doc = plain_doc();
    doc.nodes.last_mut().unwrap().size = Some(0);
    let bytes = doc.bytes();
    assert_eq!(model::requested(&bytes).unwrap().len(), 2, "a device stops at the end of <manifest>");
    let package = read(&bytes);
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], vec!["axml-bad-chunk"]));
}

#[test]
fn a_chunk_of_no_size_inside_the_manifest_is_refused_by_a_device() {
    let mut doc = plain_doc();
    let at = doc.start_at("uses-permission", 1);
    doc.nodes[at].size = Some(0);
    assert_eq!(model::requested(&doc.bytes()), None);
    let package = read(&doc.bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["axml-bad-chunk"]));
}

#[test]
fn without_a_resource_map_a_device_finds_no_name() {
    let mut doc = plain_doc();
    doc.map.clear();
    assert!(model::requested(&doc.bytes()).unwrap().is_empty());
    let package = read(&doc.bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], vec!["axml-attribute-name"]));
}

#[test]
fn a_resource_map_that_names_another_string_moves_the_name() {
    // The id of `name` is given to a string of another name, which is then the one that counts.
    let mut doc = plain_doc();
    let [label, camera, sms] = ["label", CAMERA, "android.permission.READ_SMS"].map(|text| doc.string(text));
    for (n, data) in [(0, camera), (1, doc.string(INTERNET))] {
        let attributes = doc.start("uses-permission", n).attributes();
        attributes[0] = RawAttr { data: sms, raw: sms, ..attributes[0].clone() };
        let moved = RawAttr { name: label, data, raw: data, ..attributes[0].clone() };
        attributes.push(moved);
    }
    let at = doc.map.iter().position(|&number| number == id::NAME).unwrap();
    doc.map[at] = 0;
    doc.map.resize(label as usize + 1, 0);
    doc.map[label as usize] = id::NAME;
    let bytes = doc.bytes();
    assert_eq!(model::requested(&bytes).unwrap().into_iter().collect::<Vec<_>>(), [CAMERA, INTERNET]);
    let package = read(&bytes);
    let all = requested(&package);
    assert!([CAMERA, INTERNET, "android.permission.READ_SMS"].iter().all(|name| all.contains(name)), "{all:?}");
    assert_eq!(codes(&package), ["axml-attribute-name"]);
}

#[test]
fn an_attribute_named_like_markup_hides_nothing() {
    let mut doc = plain_doc();
    for (number, text) in
        [" >\n  </manifest>\n  android:name", "", "\"/><x", "name\n", "\u{202e}eman"].iter().enumerate()
    {
        let odd = doc.string(text);
        let extra = RawAttr { namespace: axml::NONE, name: odd, raw: odd, kind: 3, data: odd };
        doc.start("uses-permission", number % 2).attributes().insert(0, extra);
    }
    device_reads_document(&doc.bytes(), &[]);
}

#[test]
fn an_attribute_that_nobody_asks_for_may_lead_nowhere() {
    // `android:tag` with a string that is not in the pool, on every element.
    let mut doc = plain_doc();
    let tag = doc.string("tag");
    for node in doc.nodes.iter_mut().filter(|node| node.kind == 0x102) {
        node.attributes().push(RawAttr {
            namespace: axml::NONE,
            name: tag,
            raw: 0x0fff_ffff,
            kind: 3,
            data: 0x7fff_fffe,
        });
    }
    device_reads_document(&doc.bytes(), &[]);
}

#[test]
fn strings_that_share_a_place_are_read() {
    let mut doc = plain_doc();
    for _ in 0..20 {
        let mut decoy = doc.pool.strings[0].clone();
        decoy.offset = Some(0);
        decoy.data16 = Some(vec![]);
        doc.pool.strings.push(decoy);
    }
    device_reads_document(&doc.bytes(), &[]);
}

#[test]
fn a_pool_that_says_it_is_sorted_is_read_alike() {
    for (utf8, from, to) in [(false, 0_u32, 1_u32), (true, 0x100, 0x101)] {
        let doc = manifest([uses(CAMERA), uses(INTERNET)]).compile(utf8);
        let pool = doc.pool.bytes();
        assert_eq!(pool[16..20], from.to_le_bytes());
        let mut sorted = pool.clone();
        sorted[16..20].copy_from_slice(&to.to_le_bytes());
        device_reads_document(&replaced(doc.bytes(), &pool, &sorted), &[]);
    }
}

#[test]
fn a_name_space_of_the_element_is_ignored() {
    let mut doc = plain_doc();
    let odd = doc.string("http://example.com/other");
    let at = doc.start_at("uses-permission", 0);
    let node = doc.nodes[at].bytes();
    let mut spaced = node.clone();
    assert_eq!(spaced[16..20], axml::NONE.to_le_bytes());
    spaced[16..20].copy_from_slice(&odd.to_le_bytes());
    doc.nodes[at] = Node::new(0x102, Body::Raw(spaced[16..].to_vec()));
    device_reads_document(&doc.bytes(), &[]);
}

#[test]
fn name_spaces_need_not_be_balanced() {
    let mut doc = plain_doc();
    let open = doc.nodes[0].clone();
    doc.nodes.pop();
    doc.nodes.splice(0..0, vec![open; 50]);
    device_reads_document(&doc.bytes(), &[]);
    let mut doc = plain_doc();
    let close = doc.nodes.pop().unwrap();
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.splice(at..at, vec![close; 50]);
    device_reads_document(&doc.bytes(), &[]);
}

#[test]
fn lines_comments_and_marked_attributes_that_lie_are_ignored() {
    let mut doc = plain_doc();
    let at = doc.start_at("uses-permission", 0);
    let node = doc.nodes[at].bytes();
    let mut odd = node.clone();
    odd[8..16].fill(0x7f);
    odd[30..36].fill(0xff);
    let bytes = doc.bytes();
    let place = (0..bytes.len()).find(|&at| bytes[at..].starts_with(&node)).unwrap();
    let mut changed = bytes;
    changed.splice(place..place + node.len(), odd);
    device_reads_document(&changed, &[]);
}

#[test]
fn a_tag_in_capitals_or_with_a_prefix_requests_nothing() {
    for tag in ["Uses-Permission", "android:uses-permission", "uses-permission ", "uses-permission-sdk-24"] {
        let tree = manifest([element(tag).with(name("android.permission.READ_SMS")), uses(CAMERA), uses(INTERNET)]);
        device_reads_document(&tree.bytes(), &[]);
    }
}

#[test]
fn a_name_that_is_a_resource_of_the_framework_is_no_name() {
    let framework = element("uses-permission").with(attr("name", id::NAME, Value::Reference(0x0104_0000)));
    let package = read(&manifest([framework, uses(CAMERA)]).bytes());
    assert_eq!(requested(&package), [CAMERA]);
    assert_eq!(codes(&package), ["android-name-not-text", "android-no-name"]);
}

// ---- Apple

#[test]
fn an_entry_that_the_directory_does_not_list_is_a_doubt_in_an_app_of_apple() {
    let extension = info("B", [("NSSiriUsageDescription", "to ask")]).binary();
    let mut zip = app([("NSCameraUsageDescription", "to scan")]).zip();
    let hidden = Entry::stored("Payload/A.app/PlugIns/B.appex/Info.plist", &extension).with(|e| e.is_listed = false);
    zip.entries.insert(1, hidden);
    let package = read(&zip.build());
    assert_eq!((purposes(&package), codes(&package)), (vec!["NSCameraUsageDescription"], vec!["zip-entry-gap"]));
}

#[test]
fn a_local_name_that_differs_is_a_doubt_in_an_app_of_apple() {
    let mut zip = app([("NSCameraUsageDescription", "to scan")]).zip();
    zip.entries.push(
        Entry::stored("Payload/A.app/PlugIns/B.bundle/x.plist", b"x")
            .local(|h| h.name = b"Payload/A.app/PlugIns/B.appex/Info.plist".to_vec()),
    );
    assert_eq!(codes(&read(&zip.build())), ["zip-local-name"]);
}

#[test]
fn a_profile_with_a_content_of_another_kind_is_malformed() {
    let content = dict([("Entitlements", dict([("get-task-allow", true)]))]).xml();
    let code = |bytes: &[u8]| der::signed_content(bytes, &Place::file("p")).err().map(|error| error.code);
    assert_eq!(code(&envelope(&content)), None);
    // pkcs7-data and pkcs7-envelopedData in place of pkcs7-signedData.
    let signed = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    for last in [1, 3] {
        let other = replaced(envelope(&content), signed, &[&signed[..8], &[last]].concat());
        assert_eq!(code(&other), Some(Code::CmsMalformed), "{last}");
        let files = app([("NSCameraUsageDescription", "x")]);
        let package = files.with("Payload/A.app/embedded.mobileprovision", other).read();
        assert_eq!(codes(&package), ["cms-malformed"]);
    }
}

#[test]
fn an_app_in_a_folder_of_another_case_is_read() {
    let files = Files::default().program("PAYLOAD/A.APP", &info("A", [("NSCameraUsageDescription", "to scan")]));
    let package = files.read();
    assert_eq!((purposes(&package), codes(&package)), (vec!["NSCameraUsageDescription"], vec![]));
}

#[test]
fn an_executable_that_is_shorter_than_its_entry_says_is_a_doubt() {
    let entitlements = dict([("com.apple.developer.healthkit", true)]);
    let signed = executable(Container::Thin, &[Slice { code: 4096, ..Slice::signed(ARM64, &entitlements) }]);
    let full = u32::try_from(signed.len()).unwrap();
    let mut zip = app_with_executable(&signed[..4096]).zip();
    let last = zip.entries.pop().unwrap();
    zip.entries.push(last.both(|h| h.uncompressed = full));
    let package = read(&zip.build());
    assert!(codes(&package).contains(&"macho-scattered"), "{:?}", codes(&package));
}

#[test]
fn entitlements_of_great_size_end_at_a_budget() {
    let piece = permaudit::limits::ENTITLEMENT_BYTES - 8;
    let count = permaudit::limits::PLIST_BYTES / u64::from(piece) + 1;
    let blobs = (0..count).map(|_| Blob::xml(vec![b' '; piece as usize])).collect();
    let slice = Slice { blobs, ..Slice::signed(ARM64, &dict([("a", true)])) };
    let package = app_with_executable(executable(Container::Thin, &[slice])).read();
    assert!(codes(&package).contains(&"limit-executable-parts"), "{:?}", codes(&package));
}

// ---- Many parts

#[test]
fn a_set_of_a_great_number_of_packages_ends_at_a_budget() {
    let split = archive(&[(MANIFEST, &manifest([]).bytes())]);
    let names: Vec<String> = (0..=permaudit::limits::MODULES).map(|number| format!("{number}.apk")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), split.as_slice())).collect();
    let package = read(&archive(&parts));
    assert_eq!((package.unreadable, codes(&package).first()), (true, Some(&"limit-modules")));
}

#[test]
fn a_folder_of_great_depth_ends_at_a_budget() {
    let path = "a/".repeat(permaudit::limits::FOLDER_DEPTH + 2);
    let folder = Files::default().with(&format!("{path}Info.plist"), b"").on_disk("A.app");
    let package = folder.read();
    assert_eq!((package.unreadable, codes(&package)), (true, vec!["limit-folder-files"]));
}
