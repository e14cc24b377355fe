//! Binary XML that no packaging tool writes, one test for each trick. Every one says what a device makes of it, that
//! nothing a device requests is lost, and which code the reading carries.

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

use support::axml::{self, Body, Doc, Node, RawAttr, Value, attr, chunk, element, id, manifest, name, plain, uses};
use support::{codes, model, read, requested};

const CAMERA: &str = "android.permission.CAMERA";
const INTERNET: &str = "android.permission.INTERNET";

fn plain_doc() -> Doc {
    manifest([uses(CAMERA), uses(INTERNET), element("application")]).compile(false)
}

/// Both are requested by a device and by the reading, which carries exactly these codes.
#[track_caller]
fn device_reads_it(bytes: &[u8], expected: &[&str]) {
    let device = model::requested(bytes).expect("a device reads this");
    assert_eq!(device.into_iter().collect::<Vec<_>>(), [CAMERA, INTERNET]);
    let package = read(bytes);
    assert_eq!(requested(&package), [CAMERA, INTERNET]);
    assert_eq!(codes(&package), expected);
    assert!(!package.unreadable);
}

/// A device refuses the document; the reading is marked unreadable, so that no accepted doubt can pass it.
#[track_caller]
fn device_refuses_it(bytes: &[u8], code: &str) {
    assert_eq!(model::requested(bytes), None);
    let package = read(bytes);
    assert!(package.unreadable, "{:?}", codes(&package));
    assert_eq!(codes(&package).first(), Some(&code));
}

#[test]
fn an_ordinary_document_is_whole_in_both_encodings() {
    let tree = manifest([uses(CAMERA), uses(INTERNET), element("application")]);
    device_reads_it(&tree.compile(false).bytes(), &[]);
    device_reads_it(&tree.compile(true).bytes(), &[]);
}

// The document

#[test]
fn another_type_number_is_read_by_earlier_releases() {
    // A file that begins like this is no binary XML by its first bytes, so it can only be met inside an archive.
    let mut doc = plain_doc();
    doc.kind = 0;
    let package = read(&support::archive(&[("AndroidManifest.xml", &doc.bytes())]));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], vec!["axml-type"]));
}

#[test]
fn a_longer_document_header_is_honoured() {
    let mut doc = plain_doc();
    doc.header_size = 24;
    let package = read(&support::archive(&[("AndroidManifest.xml", &doc.bytes())]));
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], vec!["axml-header-size"]));
}

#[test]
fn bytes_after_the_document_are_ignored() {
    let mut doc = plain_doc();
    doc.tail = vec![0xff; 10];
    device_reads_it(&doc.bytes(), &["axml-trailing-bytes"]);
}

#[test]
fn a_size_beyond_the_file_is_refused() {
    let bytes = plain_doc().bytes();
    let mut doc = plain_doc();
    doc.size = Some(bytes.len() as u32 + 4);
    device_refuses_it(&doc.bytes(), "axml-truncated");
}

#[test]
fn a_cut_document_is_refused_wherever_it_is_cut() {
    let bytes = plain_doc().bytes();
    for len in 1..bytes.len() {
        let package = read(&bytes[..len]);
        assert!(package.unreadable, "{len}");
        assert!(!codes(&package).is_empty(), "{len}");
    }
}

#[test]
fn a_size_that_hides_the_end_leaves_the_document_open() {
    let mut doc = plain_doc();
    let whole = doc.bytes().len();
    // The end tags of <application> and <manifest> and the end of the name space, 24 bytes each.
    doc.size = Some((whole - 72) as u32);
    device_reads_it(&doc.bytes(), &["axml-trailing-bytes", "axml-missing-end"]);
}

#[test]
fn a_document_without_an_element_is_refused() {
    let mut doc = plain_doc();
    doc.nodes.clear();
    device_refuses_it(&doc.bytes(), "axml-no-element");
    let mut doc = plain_doc();
    doc.nodes.retain(|node| node.kind < 0x102);
    device_refuses_it(&doc.bytes(), "axml-no-element");
}

// Chunks before the first node

#[test]
fn unknown_chunks_before_the_first_node_are_skipped() {
    for place in 0..3 {
        let mut doc = plain_doc();
        let unknown = chunk(0x7777, 8, &[0; 12]);
        match place {
            0 => doc.before_pool = unknown,
            1 => doc.before_map = unknown,
            _ => doc.before_nodes = unknown,
        }
        device_reads_it(&doc.bytes(), &["axml-unknown-chunk"]);
    }
}

#[test]
fn the_last_string_pool_wins() {
    let mut decoy = plain_doc();
    for string in &mut decoy.pool.strings {
        string.text = string.text.replace("CAMERA", "VIBRATE");
    }
    let mut doc = plain_doc();
    doc.before_pool = decoy.pool.bytes();
    device_reads_it(&doc.bytes(), &["axml-repeated-chunk"]);
    // The other way round the decoy is what a device reads.
    decoy.before_pool = plain_doc().pool.bytes();
    let package = read(&decoy.bytes());
    assert_eq!(requested(&package)[0], "android.permission.VIBRATE");
    assert_eq!(codes(&package), ["axml-repeated-chunk"]);
}

#[test]
fn the_last_resource_map_wins() {
    let mut doc = plain_doc();
    doc.before_map = chunk(0x0180, 8, &[0; 16]);
    device_reads_it(&doc.bytes(), &["axml-repeated-chunk"]);
    // A last map without the name hides every permission from a device, and only from a device.
    let mut doc = plain_doc();
    doc.before_nodes = chunk(0x0180, 8, &[0; 16]);
    assert!(model::requested(&doc.bytes()).unwrap().is_empty());
    let package = read(&doc.bytes());
    assert_eq!(requested(&package), [CAMERA, INTERNET]);
    assert_eq!(codes(&package), ["axml-repeated-chunk", "axml-attribute-name"]);
}

#[test]
fn a_document_without_a_string_pool_is_refused() {
    let mut bytes = plain_doc().bytes();
    bytes[8] = 0x77;
    device_refuses_it(&bytes, "axml-string-pool");
}

#[test]
fn chunks_that_contradict_themselves_are_refused() {
    let alter = |change: fn(&mut Doc)| {
        let mut doc = plain_doc();
        change(&mut doc);
        doc.bytes()
    };
    // The node of <uses-permission>, the fifth: name space, manifest, uses-sdk and its end come first.
    device_refuses_it(&alter(|doc| doc.nodes[4].header_size = 12), "axml-bad-chunk");
    device_refuses_it(&alter(|doc| doc.nodes[4].size = Some(14)), "axml-bad-chunk");
    device_refuses_it(&alter(|doc| doc.nodes[4].size = Some(0xffff_fff0)), "axml-bad-chunk");
    device_refuses_it(&alter(|doc| doc.nodes[4].size = Some(0x4000)), "axml-bad-chunk");
    device_refuses_it(&alter(|doc| doc.nodes[4].tail = vec![0; 3]), "axml-bad-chunk");
    device_refuses_it(&alter(|doc| doc.nodes[4].body = Body::Raw(vec![0; 16])), "axml-bad-chunk");
    device_refuses_it(&alter(|doc| doc.nodes[5].body = Body::Raw(vec![0; 4])), "axml-bad-chunk");
}

#[test]
fn what_stood_before_a_bad_chunk_is_still_told() {
    let mut doc = plain_doc();
    let second = doc.start_at("uses-permission", 1);
    doc.nodes[second].size = Some(8);
    let package = read(&doc.bytes());
    assert_eq!(requested(&package), [CAMERA]);
    assert!(package.unreadable);
    let doubt = &package.declarations.doubts()[0];
    assert_eq!(doubt.code.name(), "axml-bad-chunk");
    let offset = doc.nodes[..second].iter().map(|node| node.bytes().len()).sum::<usize>();
    let nodes = doc.bytes().len() - doc.nodes.iter().map(|node| node.bytes().len()).sum::<usize>();
    assert_eq!(doubt.place.offset, Some((nodes + offset) as u64));
    assert_eq!(doubt.place.path.as_deref(), Some("manifest"));
}

// Nodes

#[test]
fn odd_node_headers_are_honoured() {
    let mut doc = plain_doc();
    doc.start("uses-permission", 0).header_size = 40;
    doc.nodes.last_mut().unwrap().header_size = 20;
    device_reads_it(&doc.bytes(), &["axml-header-size"]);
}

#[test]
fn unknown_chunks_among_the_nodes_are_skipped() {
    let mut doc = plain_doc();
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.insert(at, Node::new(0x0110, Body::Raw(vec![1; 8])));
    doc.nodes.insert(at, Node::new(0x0001, Body::Raw(vec![1; 8])));
    device_reads_it(&doc.bytes(), &["axml-unknown-chunk"]);
}

#[test]
fn an_unknown_chunk_with_a_short_header_kills_the_document() {
    let mut doc = plain_doc();
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.insert(at, Node { header_size: 8, ..Node::new(0x0180, Body::Raw(vec![1; 8])) });
    device_refuses_it(&doc.bytes(), "axml-bad-chunk");
}

#[test]
fn bytes_behind_the_content_of_a_node_are_skipped() {
    let mut doc = plain_doc();
    doc.start("uses-permission", 0).tail = vec![0x55; 20];
    device_reads_it(&doc.bytes(), &["axml-node-size"]);
    let mut doc = plain_doc();
    doc.nodes.last_mut().unwrap().tail = vec![0x55; 4];
    device_reads_it(&doc.bytes(), &["axml-node-size"]);
}

#[test]
fn text_is_no_irregularity() {
    let mut doc = plain_doc();
    let text = doc.string("stray text");
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.insert(at, Node::new(0x104, Body::Text(text)));
    device_reads_it(&doc.bytes(), &[]);
}

// The shape of the tree

#[test]
fn end_tags_are_counted_and_never_compared() {
    let mut doc = plain_doc();
    let other = doc.string("receiver");
    let at = doc.start_at("uses-permission", 0) + 1;
    doc.nodes[at] = Node::end(other);
    device_reads_it(&doc.bytes(), &["axml-mismatched-end"]);
}

#[test]
fn a_leading_end_tag_is_skipped() {
    let mut doc = plain_doc();
    let tag = doc.string("manifest");
    doc.nodes.insert(1, Node::end(tag));
    device_reads_it(&doc.bytes(), &["axml-extra-end"]);
}

#[test]
fn an_extra_end_tag_closes_the_manifest_for_a_device() {
    let mut doc = plain_doc();
    let tag = doc.string("uses-permission");
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.insert(at, Node::end(tag));
    let bytes = doc.bytes();
    assert_eq!(model::requested(&bytes).unwrap().len(), 1, "a device stops at the end of <manifest>");
    let package = read(&bytes);
    assert_eq!(requested(&package), [CAMERA, INTERNET]);
    assert!(codes(&package).contains(&"android-misplaced-permission"));
    assert!(codes(&package).contains(&"axml-several-roots"));
}

#[test]
fn missing_end_tags_do_not_matter_to_a_device() {
    let mut doc = plain_doc();
    doc.nodes.truncate(doc.nodes.len() - 3);
    device_reads_it(&doc.bytes(), &["axml-missing-end"]);
}

#[test]
fn a_missing_end_tag_hides_what_follows_from_a_device() {
    let mut doc = plain_doc();
    let at = doc.start_at("uses-permission", 0) + 1;
    doc.nodes.remove(at);
    let bytes = doc.bytes();
    assert_eq!(model::requested(&bytes).unwrap().len(), 1);
    let package = read(&bytes);
    let mut names = requested(&package);
    names.sort_unstable();
    assert_eq!(names, [CAMERA, INTERNET]);
    assert!(codes(&package).contains(&"android-misplaced-permission"));
}

#[test]
fn a_second_root_is_not_read_by_a_device_and_named() {
    let mut doc = plain_doc();
    let mut second = manifest([uses("android.permission.READ_SMS")]).compile(false);
    // The same pool for both: only the new strings are added.
    doc.string("android.permission.READ_SMS");
    let at = second.start_at("uses-permission", 0);
    let mut node = second.nodes[at].clone();
    let index = doc.string("android.permission.READ_SMS");
    node.attributes()[0].data = index;
    node.attributes()[0].raw = index;
    if let Body::Start { name, .. } = &mut node.body {
        *name = doc.string("uses-permission");
    }
    let tag = doc.string("uses-permission");
    let last = doc.nodes.len() - 1;
    doc.nodes.insert(last, Node::end(tag));
    doc.nodes.insert(last, node);
    let bytes = doc.bytes();
    assert_eq!(model::requested(&bytes).unwrap().len(), 2);
    let package = read(&bytes);
    assert_eq!(requested(&package), [CAMERA, INTERNET, "android.permission.READ_SMS"]);
    assert_eq!(codes(&package), ["axml-several-roots", "android-misplaced-permission"]);
}

#[test]
fn the_path_of_a_deep_element_stays_short() {
    let mut tree = uses(CAMERA);
    for _ in 0..500 {
        tree = element(&"x".repeat(300)).child(tree);
    }
    let package = read(&manifest([tree]).bytes());
    assert_eq!(requested(&package), [CAMERA]);
    let path = support::requests(&package).next().unwrap().place.path.clone().unwrap();
    assert!(path.len() < 2000 && path.starts_with("manifest > xxx") && path.contains(" > … > "), "{path}");
    assert!(path.ends_with("[1] > uses-permission[1]"), "{path}");
}

#[test]
fn nesting_ends_at_a_budget_and_not_in_a_crash() {
    let mut doc = plain_doc();
    let tag = doc.string("a");
    let body = Body::Start { name: tag, attribute_start: 20, attribute_size: 20, count: None, attributes: Vec::new() };
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.splice(at..at, std::iter::repeat_n(Node::new(0x102, body), 100_000));
    let package = read(&doc.bytes());
    assert_eq!(codes(&package), ["limit-xml-depth"]);
    assert!(package.unreadable);
}

// Attributes

#[test]
fn larger_attributes_are_honoured() {
    let mut doc = plain_doc();
    if let Body::Start { attribute_size, attributes, .. } = &mut doc.start("uses-permission", 0).body {
        *attribute_size = 24;
        let decoy = RawAttr { name: 7, ..attributes[0].clone() };
        attributes.insert(0, decoy);
    }
    device_reads_it(&doc.bytes(), &["axml-attribute-layout"]);
}

#[test]
fn a_later_attribute_start_is_honoured() {
    let mut doc = plain_doc();
    if let Body::Start { attribute_start, .. } = &mut doc.start("uses-permission", 0).body {
        *attribute_start = 32;
    }
    device_reads_it(&doc.bytes(), &["axml-attribute-layout"]);
}

#[test]
fn an_attribute_size_of_zero_repeats_one_attribute() {
    let mut doc = plain_doc();
    let node = doc.start("uses-permission", 0);
    if let Body::Start { attribute_size, count, .. } = &mut node.body {
        *attribute_size = 0;
        *count = Some(65535);
    }
    let package = read(&doc.bytes());
    assert_eq!(requested(&package), [CAMERA, INTERNET]);
    assert_eq!(codes(&package), ["axml-attribute-layout", "axml-node-size"]);
    assert_eq!(model::requested(&doc.bytes()).unwrap().len(), 2);
}

#[test]
fn attributes_that_leave_their_node_are_read_from_the_next() {
    let mut doc = plain_doc();
    // An attribute size of 4 with two attributes: the second one begins four bytes into the first.
    if let Body::Start { attribute_size, attribute_start, count, .. } = &mut doc.start("uses-permission", 0).body {
        *attribute_start = 20;
        *attribute_size = 4;
        *count = Some(2);
    }
    let package = read(&doc.bytes());
    assert!(codes(&package).contains(&"axml-attribute-bounds"), "{:?}", codes(&package));
    let device = model::requested(&doc.bytes()).unwrap();
    assert!(device.iter().all(|name| requested(&package).contains(&name.as_str())));
}

#[test]
fn overlapping_attributes_end_at_a_budget() {
    let mut doc = plain_doc();
    let mut node = doc.start("uses-permission", 0).clone();
    if let Body::Start { attribute_size, count, attributes, .. } = &mut node.body {
        *attribute_size = 1;
        *count = Some(60_000);
        attributes.clear();
    }
    node.tail = vec![0x88; 60_000];
    let tag = doc.string("uses-permission");
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.splice(at..at, (0..10).flat_map(|_| [node.clone(), Node::end(tag)]));
    let package = read(&doc.bytes());
    assert!(package.unreadable);
    assert_eq!(codes(&package).first(), Some(&"limit-xml-attributes"));
}

#[test]
fn a_wrong_size_of_a_value_is_ignored() {
    let mut bytes = plain_doc().bytes();
    let doc = plain_doc();
    let at = doc.clone().start_at("uses-permission", 0);
    let nodes: usize = doc.nodes[at..].iter().map(|node| node.bytes().len()).sum();
    let value = bytes.len() - nodes + 16 + 20 + 12;
    assert_eq!(bytes[value..value + 4], [8, 0, 0, 3], "a value of 8 bytes that is text");
    bytes[value] = 12;
    device_reads_it(&bytes, &["axml-attribute-layout"]);
}

#[test]
fn the_id_decides_and_not_the_name() {
    let mut doc = plain_doc();
    for string in &mut doc.pool.strings {
        if string.text == "name" {
            string.text = "n\u{6f}p\u{65}".into();
        }
    }
    device_reads_it(&doc.bytes(), &[]);
}

#[test]
fn the_name_space_does_not_matter() {
    let mut doc = plain_doc();
    let odd = doc.string("http://example.com/other");
    doc.start("uses-permission", 0).attributes()[0].namespace = odd;
    doc.start("uses-permission", 1).attributes()[0].namespace = axml::NONE;
    device_reads_it(&doc.bytes(), &[]);
}

#[test]
fn a_name_without_its_id_is_read_by_others_than_devices() {
    let tree = manifest([element("uses-permission").with(plain("name", CAMERA)), uses(INTERNET)]);
    let bytes = tree.bytes();
    assert_eq!(model::requested(&bytes).unwrap().len(), 1);
    let package = read(&bytes);
    assert_eq!(requested(&package), [CAMERA, INTERNET]);
    assert_eq!(codes(&package), ["axml-attribute-name"]);
}

#[test]
fn a_second_name_is_read_by_others_than_devices() {
    let tree = manifest([uses(CAMERA).with(name(INTERNET))]);
    let bytes = tree.bytes();
    assert_eq!(model::requested(&bytes).unwrap().into_iter().collect::<Vec<_>>(), [CAMERA]);
    let package = read(&bytes);
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, INTERNET], vec!["axml-attribute-repeated"]));
}

#[test]
fn a_name_behind_a_higher_id_is_missed_by_a_device() {
    let tree = manifest([element("uses-permission").with(axml::max_sdk(30)).with(name(CAMERA))]);
    let bytes = tree.bytes();
    assert!(model::requested(&bytes).unwrap().is_empty());
    let package = read(&bytes);
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["axml-attribute-order"]));
}

#[test]
fn a_lower_id_before_the_name_changes_nothing() {
    let label = attr("label", id::LABEL, Value::Text("x".into()));
    let tree = manifest([element("uses-permission").with(label).with(name(CAMERA)), uses(INTERNET)]);
    device_reads_it(&tree.bytes(), &[]);
}

#[test]
fn an_id_of_a_package_that_a_table_can_map_is_taken_too() {
    let tree = manifest([element("uses-permission").with(attr("x", 0x0501_0003, Value::Text(CAMERA.into())))]);
    let package = read(&tree.bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA], vec!["axml-attribute-package"]));
    // The app's own package is fixed: nothing becomes the framework's name.
    let tree = manifest([uses(INTERNET).with(attr("x", 0x7f01_0003, Value::Text(CAMERA.into())))]);
    let package = read(&tree.bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![INTERNET], vec![]));
}

#[test]
fn indices_outside_of_the_pool_are_named() {
    let mut doc = plain_doc();
    let extra = RawAttr { namespace: 999, name: 999, raw: 999, kind: 3, data: 999 };
    doc.start("uses-permission", 0).attributes().insert(0, extra);
    device_reads_it(&doc.bytes(), &["axml-string-index"]);

    let mut doc = plain_doc();
    doc.start("uses-permission", 0).attributes()[0].data = 999;
    assert_eq!(model::requested(&doc.bytes()), None, "a device fails on a string that is not there");
    let package = read(&doc.bytes());
    assert!(codes(&package).contains(&"axml-string-index"));
    assert_eq!(requested(&package), [CAMERA, INTERNET], "the text of the source is still known");

    let mut doc = plain_doc();
    if let Body::Start { name, .. } = &mut doc.start("application", 0).body {
        *name = 4711;
    }
    assert_eq!(model::requested(&doc.bytes()), None);
    assert!(codes(&read(&doc.bytes())).contains(&"axml-string-index"));
}

// Strings

#[test]
fn a_utf8_string_is_cut_at_a_nul_on_a_device() {
    let mut doc = manifest([uses(CAMERA), uses("android.permission.INTERNET\0.not")]).compile(true);
    let bytes = doc.bytes();
    assert!(model::requested(&bytes).unwrap().contains(INTERNET));
    let package = read(&bytes);
    assert_eq!(requested(&package), [CAMERA, INTERNET, "android.permission.INTERNET\0.not"]);
    assert_eq!(codes(&package), ["axml-string-nul"]);
    // A tag that is cut to one that counts.
    for string in &mut doc.pool.strings {
        if string.text == "uses-permission" {
            string.text = "uses-permission\0xx".into();
        }
    }
    assert_eq!(model::requested(&doc.bytes()).unwrap().len(), 2);
    assert_eq!(requested(&read(&doc.bytes())).len(), 3);
}

#[test]
fn a_utf16_string_keeps_its_nul_on_a_device() {
    let name = "android.permission.INTERNET\0.not";
    let bytes = manifest([uses(name)]).bytes();
    assert!(model::requested(&bytes).unwrap().contains(name));
    let package = read(&bytes);
    assert_eq!((requested(&package), codes(&package)), (vec![name, INTERNET], vec!["axml-string-nul"]));
}

#[test]
fn a_wrong_length_in_utf16_units_is_ignored() {
    let mut doc = manifest([uses(CAMERA), uses(INTERNET)]).compile(true);
    for string in &mut doc.pool.strings {
        if string.text == CAMERA {
            string.utf16_len = Some(3);
        }
    }
    device_reads_it(&doc.bytes(), &["axml-string-length"]);
}

#[test]
fn an_overlong_form_is_the_plain_letter_to_some_releases() {
    let mut doc = manifest([uses(CAMERA), uses(INTERNET)]).compile(true);
    for string in &mut doc.pool.strings {
        if string.text == CAMERA {
            // 'C' as two bytes.
            string.data8 = Some(b"android.permission.\xc1\x83AMERA".to_vec());
        }
    }
    let package = read(&doc.bytes());
    assert!(requested(&package).contains(&CAMERA), "{:?}", requested(&package));
    assert_eq!(codes(&package), ["axml-string-encoding"]);
}

#[test]
fn an_overlong_nul_ends_the_name_of_an_attribute_to_some_releases() {
    let nameless = element("uses-permission").with(attr("name", 0, Value::Text(CAMERA.into())));
    let mut doc = manifest([nameless, uses(INTERNET)]).compile(true);
    for string in &mut doc.pool.strings {
        if string.text == "name" {
            string.data8 = Some(b"name\xc0\x80x".to_vec());
        }
    }
    let package = read(&doc.bytes());
    assert!(requested(&package).contains(&CAMERA), "{:?}", requested(&package));
    assert!(codes(&package).contains(&"axml-attribute-name"), "{:?}", codes(&package));
}

#[test]
fn a_lone_surrogate_is_named() {
    let mut doc = plain_doc();
    for string in &mut doc.pool.strings {
        if string.text == CAMERA {
            string.data16 = Some(CAMERA.encode_utf16().chain([0xd800]).collect());
        }
    }
    let package = read(&doc.bytes());
    assert_eq!(requested(&package)[0], format!("{CAMERA}\u{fffd}"));
    assert_eq!(codes(&package), ["axml-string-encoding"]);
}

#[test]
fn a_string_that_is_cut_short_by_its_length_does_not_exist_for_a_device() {
    for utf8 in [false, true] {
        let mut doc = manifest([uses(CAMERA), uses(INTERNET)]).compile(utf8);
        for string in &mut doc.pool.strings {
            if string.text == CAMERA {
                string.len = Some(5);
            }
        }
        assert_eq!(model::requested(&doc.bytes()), None);
        let package = read(&doc.bytes());
        assert_eq!(requested(&package), [INTERNET]);
        assert!(codes(&package).contains(&"axml-string-index"));
    }
}

#[test]
fn strings_longer_than_their_length_field_are_read() {
    let long = format!("com.example.{}", "x".repeat(0x8000 + 77));
    let mut doc = manifest([uses(CAMERA), uses(&long)]).compile(true);
    for string in &mut doc.pool.strings {
        if string.text == long {
            // aapt wrote the length modulo 0x8000.
            string.len = Some(long.len() & 0x7fff);
            string.utf16_len = Some(long.len() & 0x7fff);
        }
    }
    assert!(model::requested(&doc.bytes()).unwrap().contains(&long));
    let package = read(&doc.bytes());
    assert_eq!((requested(&package), codes(&package)), (vec![CAMERA, long.as_str()], vec![]));
    let bytes = manifest([uses(CAMERA), uses(&long)]).bytes();
    assert_eq!((requested(&read(&bytes)), codes(&read(&bytes))), (vec![CAMERA, long.as_str()], vec![]));
}

#[test]
fn a_lying_number_of_strings_is_read_as_long_as_it_fits() {
    let mut doc = plain_doc();
    doc.pool.count = Some(doc.pool.strings.len() as u32 + 3);
    device_reads_it(&doc.bytes(), &["axml-pool-layout"]);
    let mut doc = plain_doc();
    doc.pool.count = Some(0x4000_0000);
    device_refuses_it(&doc.bytes(), "axml-string-pool");
    let mut doc = plain_doc();
    doc.pool.count = Some(0xffff_ffff);
    device_refuses_it(&doc.bytes(), "axml-string-pool");
}

#[test]
fn a_longer_pool_header_is_honoured() {
    let mut doc = plain_doc();
    doc.pool.header_size = 44;
    device_reads_it(&doc.bytes(), &["axml-header-size"]);
}

#[test]
fn a_start_of_styles_without_styles_is_ignored() {
    let mut doc = plain_doc();
    doc.pool.styles_start = 30;
    device_reads_it(&doc.bytes(), &["axml-pool-layout"]);
}

#[test]
fn a_gap_before_the_strings_is_honoured() {
    let mut doc = plain_doc();
    doc.pool.gap = 16;
    device_reads_it(&doc.bytes(), &["axml-pool-layout"]);
}

#[test]
fn styles_without_their_end_mark_are_refused() {
    let mut doc = plain_doc();
    doc.pool.style_count = 1;
    doc.pool.styles_start = doc.pool.bytes().len() as u32 - 8;
    device_refuses_it(&doc.bytes(), "axml-string-pool");
}

#[test]
fn a_pool_that_does_not_end_with_a_nul_is_refused() {
    let mut doc = plain_doc();
    doc.pool.tail = vec![1, 1, 1, 1];
    device_refuses_it(&doc.bytes(), "axml-string-pool");
}

#[test]
fn a_string_of_great_length_that_every_element_names_ends_at_a_budget() {
    let mut doc = manifest([uses(CAMERA), uses(INTERNET)]).compile(true);
    let long = doc.string(&"x".repeat(0x7000));
    let body = Body::Start { name: long, attribute_start: 20, attribute_size: 20, count: None, attributes: Vec::new() };
    let at = doc.start_at("uses-permission", 1);
    doc.nodes.splice(at..at, (0..2000).flat_map(|_| [Node::new(0x102, body.clone()), Node::end(long)]));
    let package = read(&doc.bytes());
    assert!(package.unreadable);
    assert_eq!(codes(&package), ["limit-strings"]);
}

#[test]
fn a_name_space_of_great_length_costs_nothing() {
    let mut doc = plain_doc();
    let long = doc.string(&"http://".repeat(100_000));
    for node in &mut doc.nodes {
        match &mut node.body {
            Body::Start { attributes, .. } => attributes.iter_mut().for_each(|a| a.namespace = long),
            Body::Pair(prefix, uri) if node.kind < 0x102 => (*prefix, *uri) = (long, long),
            _ => {}
        }
    }
    device_reads_it(&doc.bytes(), &[]);
}
