//! Targets for packages and the encodings in them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use permaudit::container::zip;
use permaudit::doubt::Reading;
use permaudit::format::arsc::{Resolved, Table};
use permaudit::format::document::{Document, Event, Form, Key, Reference};
use permaudit::format::macho::{Entitlements, Scan};
use permaudit::format::plist::{self, Node};
use permaudit::format::resources_index::{self, Key as TextKey};
use permaudit::format::string_pool::StringPool;
use permaudit::format::{self, der as der_format, json as json_format, proto_resources as resources};
use permaudit::platform::{android, harmony, ios};
use permaudit::{limits, platform};

use super::laws::{self, inside, place, source};

/// Bytes of one entry that the archive target reads.
const ENTRY: u64 = 1024 * 1024;

/// `android:name`.
const NAME: Key = Key { id: 0x0101_0003, name: "name", form: Form::Text };
/// `android:maxSdkVersion`.
const MAX_SDK: Key = Key { id: 0x0101_0271, name: "maxSdkVersion", form: Form::IntegerOrText };

/// Any package: APK, bundle, set, IPA, HAP, or a bare manifest.
pub fn package(bytes: &[u8]) {
    laws::read_package(bytes);
}

/// Goes through a document to its end, asking of each element what a platform asks.
fn walk<'a, D: Document<'a>>(mut document: D, len: usize) {
    let mut depth = 0_usize;
    loop {
        match document.next_event() {
            Ok(Some(Event::Start(element))) => {
                depth += 1;
                let end = element.offset.checked_add(element.length);
                assert!(end.is_some_and(|end| end <= len as u64), "an element lies outside: {element:?}");
                let Ok(attributes) = document.attributes() else { break };
                for key in [NAME, MAX_SDK] {
                    let Ok(found) = document.find(&attributes, key) else { return };
                    for attribute in found.device.iter().chain(&found.others) {
                        assert!(D::offset(attribute) <= len as u64, "an attribute lies outside");
                        if document.value(attribute, key.form).is_err() || document.source_text(attribute).is_err() {
                            return;
                        }
                    }
                }
                if document.find_by_name(&attributes, "package").is_err() {
                    return;
                }
            }
            Ok(Some(Event::End)) => {
                assert!(depth > 0, "an element ends that did not start");
                depth -= 1;
            }
            Ok(None) => break,
            Err(error) => return laws::doubts(&[error.into_doubt()], len),
        }
    }
    laws::doubts(&document.into_doubts(), len);
}

/// Binary XML.
pub fn axml(bytes: &[u8]) {
    if let Ok(reader) = format::axml::Reader::open(bytes, place()) {
        walk(reader, bytes.len());
    }
    if let Ok(package) = android::read_axml(&source(bytes)) {
        laws::package(&package, bytes);
    }
}

/// XML in protocol buffers.
pub fn proto_xml(bytes: &[u8]) {
    walk(format::proto_xml::Reader::new(bytes, place()), bytes.len());
}

/// A manifest as text.
pub fn manifest_xml(bytes: &[u8]) {
    if let Ok(text) = format::xml::decode(bytes, &place()) {
        walk(format::xml::Reader::new(&text.value, place()), bytes.len());
    }
    if let Ok(package) = android::read_text(&source(bytes)) {
        laws::package(&package, bytes);
    }
    laws::read_package(bytes);
}

/// A manifest merger's report beside a manifest: it adds libraries and doubts, and takes no permission away.
pub fn merger_report(bytes: &[u8]) {
    let without = platform::read(&laws::manifest());
    let with = platform::read(&laws::manifest().with_report(source(bytes)));
    laws::package(&with, bytes);
    let names = |package: &permaudit::declaration::Package| -> Vec<String> {
        package.declarations.value.iter().map(|declaration| declaration.permission.clone()).collect()
    };
    assert_eq!(names(&without), names(&with));
    for declaration in &with.declarations.value {
        assert!(declaration.brought_in_by.iter().all(|library| !library.is_empty()));
    }
}

fn resolved(found: &Resolved) {
    assert!(!found.complete || !found.leaves.is_empty(), "a reference led to nothing, completely");
    assert!(found.leaves.len() <= limits::REFERENCE_LEAVES);
}

/// A number in the last four bytes, so that the input can choose what is looked up.
fn last_number(bytes: &[u8]) -> u32 {
    bytes.last_chunk().map_or(0, |four| u32::from_le_bytes(*four))
}

/// A resource table.
pub fn arsc(bytes: &[u8]) {
    let open = || Table::open(source(bytes), limits::RESOURCE_TABLE_BYTES);
    let (Some(mut table), Some(mut again)) = (open(), open()) else { return };
    for id in [0x7f01_0000, 0x7f02_0000, 0x7f02_0001, 0x0001_0000, last_number(bytes)] {
        let found = table.resolve(id);
        resolved(&found);
        assert_eq!(found, again.resolve(id));
    }
}

/// A resource table in protocol buffers.
pub fn proto_resources(bytes: &[u8]) {
    let mut steps = limits::TABLE_STEPS;
    let names = [None, Some("string/name"), Some("com.example:string/name")];
    for id in [0, 0x7f01_0000, 0x7f02_0000, last_number(bytes)] {
        for name in names {
            let before = steps;
            let reference = Reference { id, name: name.map(str::to_owned) };
            resolved(&resources::resolve(bytes, &reference, &mut steps));
            assert!(steps <= before);
        }
    }
}

/// A string pool: what is told without decoding is what decoding tells.
pub fn string_pool(bytes: &[u8]) {
    let Ok(pool) = StringPool::parse(bytes) else { return };
    for index in (0..pool.len().min(1_000)).chain([pool.len(), u32::MAX]) {
        let text = pool.get(index);
        assert!(text.is_none() || index < pool.len());
        assert!(pool.cost(index) <= bytes.len());
        for name in ["name", "a", "uses-permission"] {
            if let Some(told) = pool.may_be(index, name) {
                assert_eq!(told, text.as_ref().is_some_and(|text| text.may_be(name)), "{name}: {text:?}");
            }
        }
        assert!(text.is_none_or(|text| text.others.is_empty() || !text.flaws.is_empty()), "readings without a flaw");
    }
}

/// An archive: every way to its entries gives the same bytes.
pub fn zip_survey(bytes: &[u8]) {
    let source = source(bytes);
    let archive = match zip::survey(&source) {
        Ok(archive) => archive,
        Err(error) => return laws::doubts(&[error.into_doubt()], bytes.len()),
    };
    laws::doubts(archive.doubts(), bytes.len());
    let archive = archive.value;
    let mut count = 0;
    let visited = archive.visit(|_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert!(visited.is_ok());
    assert_eq!(count, archive.len());
    let Ok(entries) = archive.select(|_| true) else { panic!("an entry is gone") };
    for entry in entries.iter().take(8) {
        let name = entry.name.split(|&byte| byte == 0).next().unwrap_or_default();
        assert!(archive.find(name).is_ok_and(|found| found.contains(entry)), "an entry is not found by its name");
        let read = archive.read(entry, ENTRY);
        let readings = archive.readings(entry, ENTRY);
        let mut streamed = Vec::new();
        let stream = archive.stream(entry, ENTRY, &mut |piece| {
            streamed.extend_from_slice(piece);
            ControlFlow::Continue(())
        });
        assert_eq!(read.is_ok(), stream.is_ok());
        if let (Ok(read), Ok(readings)) = (&read, &readings) {
            assert_eq!(readings.value.first(), Some(&read.value));
            assert!(readings.value.len() == 1 || !readings.is_whole(), "two readings without a doubt");
            assert_eq!(streamed, read.value);
            assert!(read.value.len() as u64 <= ENTRY);
        }
        assert!(read.is_err() || readings.is_ok(), "the first reading is one of the readings");
        let _ = archive.nested(entry, ENTRY);
    }
    let mut doubts = Vec::new();
    if archive.compare_locals(&mut doubts).is_ok() {
        laws::doubts(&doubts, bytes.len());
    }
}

/// Every value lies inside the file, and there are no more than the budgets allow.
fn node(node: &Node, len: usize, depth: usize, count: &mut usize) {
    *count += 1;
    assert!(depth <= limits::PLIST_DEPTH + 1, "deeper than the budget");
    assert!(*count <= limits::PLIST_VALUES * 2, "more values than the budget");
    inside(&node.place(&place()), len);
    for member in node.members() {
        inside(&member.place(&place()), len);
        self::node(&member.node, len, depth + 1, count);
    }
    for item in node.items() {
        self::node(item, len, depth + 1, count);
    }
}

fn property_list(bytes: &[u8]) {
    match plist::read(bytes, &place()) {
        Ok(list) => {
            laws::doubts(list.doubts(), bytes.len());
            node(&list.value, bytes.len(), 0, &mut 0);
        }
        Err(error) => laws::doubts(&[error.into_doubt()], bytes.len()),
    }
    if let Ok(package) = ios::read_info_plist(&source(bytes)) {
        laws::package(&package, bytes);
    }
}

/// A binary property list.
pub fn plist_binary(bytes: &[u8]) {
    let magic: &[u8] = if bytes.starts_with(b"bplist") { b"" } else { b"bplist00" };
    property_list(&[magic, bytes].concat());
}

/// A property list in XML.
pub fn plist_xml(bytes: &[u8]) {
    property_list(bytes);
    laws::read_package(bytes);
}

/// A property list in the old text form; a strings file is one.
pub fn plist_openstep(bytes: &[u8]) {
    property_list(bytes);
}

/// An executable, read at offsets and in pieces.
pub fn macho(bytes: &[u8]) {
    let random = at_offsets(bytes);
    laws::doubts(random.doubts(), bytes.len());
    for found in &random.value {
        inside(&found.place, bytes.len());
    }
    let streamed = in_pieces(bytes);
    laws::doubts(streamed.doubts(), bytes.len());
    if streamed.is_whole() {
        assert!(random.is_whole(), "whole in pieces, not at offsets: {:?}", random.doubts());
        // Where a signature has the same entitlements in two forms, either may be met first.
        let same = |(one, other): (&Entitlements, &Entitlements)| one.node.value.is_same(&other.node.value);
        assert_eq!(random.value.len(), streamed.value.len());
        assert!(random.value.iter().zip(&streamed.value).all(same), "{:?}, {:?}", random.value, streamed.value);
    }
}

fn at_offsets(bytes: &[u8]) -> Reading<Vec<Entitlements>> {
    let source = source(bytes);
    let mut scan = Scan::new(source.len(), place());
    let read = scan.read_at(|offset, len| source.read_vec(offset, len));
    assert!(read.is_ok(), "more was wanted than there is: {read:?}");
    scan.finish()
}

fn in_pieces(bytes: &[u8]) -> Reading<Vec<Entitlements>> {
    let mut scan = Scan::new(bytes.len() as u64, place());
    for _ in 0..limits::MACHO_PASSES {
        if scan.is_done() {
            break;
        }
        let mut pass = scan.pass();
        for piece in bytes.chunks(61) {
            if pass.feed(piece).is_break() {
                break;
            }
        }
    }
    scan.finish()
}

/// A code signature, in an executable for 64 bits that holds nothing else.
pub fn code_signature(bytes: &[u8]) {
    const HEAD: u32 = 48;
    let Ok(len) = u32::try_from(bytes.len()) else { return };
    let arm64 = 0x0100_000c;
    let head = [0xfeed_facf, arm64, 0, 2, 1, 16, 0, 0, 0x1d, 16, HEAD, len];
    let mut executable: Vec<u8> = head.iter().flat_map(|number: &u32| number.to_le_bytes()).collect();
    executable.extend_from_slice(bytes);
    macho(&executable);
}

/// Entitlements in DER, and a signed envelope.
pub fn der(bytes: &[u8]) {
    match der_format::entitlements(bytes, &place()) {
        Ok(list) => {
            laws::doubts(list.doubts(), bytes.len());
            node(&list.value, bytes.len(), 0, &mut 0);
        }
        Err(error) => laws::doubts(&[error.into_doubt()], bytes.len()),
    }
    match der_format::signed_content(bytes, &place()) {
        Ok((content, Some(start))) => {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            assert_eq!(bytes.get(start..).and_then(|rest| rest.get(..content.len())), Some(&*content));
        }
        Ok((content, None)) => assert!(content.len() <= bytes.len()),
        Err(error) => laws::doubts(&[error.into_doubt()], bytes.len()),
    }
}

/// The manifest of a HarmonyOS module: what a strict parser accepts is accepted.
pub fn json(bytes: &[u8]) {
    let mut read = json_format::Json::open(bytes, &place()).and_then(|(_, mut json)| {
        json.finish()?;
        Ok(json)
    });
    if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() {
        assert!(read.is_ok(), "a strict parser accepts it: {:?}", read.err());
    }
    match &mut read {
        Ok(json) => {
            if let Some(doubt) = json.beyond_json() {
                laws::doubts(&[doubt], bytes.len());
            }
        }
        Err(error) => inside(&error.place, bytes.len()),
    }
    if let Ok(json) = read {
        laws::doubts(&json.into_doubts(), bytes.len());
    }
    if let Ok(package) = harmony::read_manifest(&source(bytes)) {
        laws::package(&package, bytes);
    }
}

/// The resource table of a HarmonyOS module.
pub fn resources_index(bytes: &[u8]) {
    let mut wanted: BTreeSet<TextKey> = ["camera", "name", ""].map(|name| TextKey::Name(name.to_owned())).into();
    wanted.extend([0x0100_0002, 0x0100_0000, 1, last_number(bytes)].map(TextKey::Id));
    let found = resources_index::texts(bytes, &place(), &wanted);
    laws::doubts(found.doubts(), bytes.len());
    assert_eq!(found, resources_index::texts(bytes, &place(), &wanted));
}
