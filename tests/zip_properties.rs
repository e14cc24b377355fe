//! Laws of the archive survey, over archives that no person wrote.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use permaudit::container::zip::{Archive, survey};
use permaudit::doubt::Reading;
use permaudit::source::Source;
use proptest::prelude::*;
use support::zip::{End64, Entry, Zip, extra};
use support::zip_model::{Seen, look};

const MANIFEST: &[u8] = b"AndroidManifest.xml";
const LIMIT: u64 = 1 << 16;

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(0..4_u8, 0..300),
        (any::<u8>(), 0..5000_usize).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

/// A regular entry with a name of its own, written in one of the ways that tools write entries.
fn entry(name: String) -> impl Strategy<Value = Entry> {
    (content(), 0..4_u8, any::<bool>(), any::<bool>()).prop_map(move |(content, way, streamed, padded)| {
        let entry = if way == 0 { Entry::stored(&name, &content) } else { Entry::deflated(&name, &content) };
        let entry = if streamed { entry.streamed() } else { entry };
        let entry =
            if padded { entry.with(|e| e.align = 4).central(|h| h.extra = extra(0x5455, b"\x01time")) } else { entry };
        entry.central(|h| h.comment = vec![b'c'; usize::from(way)])
    })
}

/// A regular archive; the names are all different.
fn archive() -> impl Strategy<Value = Zip> {
    let names = prop::collection::btree_set("[a-zäé/]{1,9}", 0..8);
    let entries = names.prop_flat_map(|names| names.into_iter().map(entry).collect::<Vec<_>>());
    let manifest = entry("AndroidManifest.xml".to_owned());
    (entries, manifest, any::<prop::sample::Index>(), any::<bool>(), 0..40_usize).prop_map(
        |(mut entries, manifest, at, wide, block)| {
            entries.insert(at.index(entries.len() + 1), manifest);
            let mut zip = Zip::new(entries);
            zip.end64 = wide.then(End64::default);
            zip.before_directory = vec![b'b'; block];
            zip.end.comment = vec![b'x'; block / 2];
            zip
        },
    )
}

/// Names and contents, in the order of the directory.
fn read_all(archive: &Archive<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let entries = archive.select(|_| true).unwrap();
    let content = |entry| {
        let reading = archive.readings(entry, u64::MAX).unwrap();
        assert!(reading.is_whole(), "{:?}", reading.doubts());
        assert_eq!(reading.value.len(), 1);
        reading.value[0].clone()
    };
    entries.iter().map(|entry| (entry.name.clone(), content(entry))).collect()
}

/// What the `zip` crate makes of the same bytes.
fn read_with_the_crate(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name_raw().to_vec(), content)
        })
        .collect()
}

/// What is established about the manifest, or `None` for an error or a doubt.
fn established(bytes: &[u8]) -> Option<Seen> {
    let source = Source::new("a", bytes.to_vec());
    let archive = whole(survey(&source).ok()?)?;
    let entries = archive.find(MANIFEST).unwrap();
    let [entry] = &entries[..] else {
        assert!(entries.is_empty(), "two entries of one name without a doubt");
        return Some(Seen::Absent);
    };
    let mut readings = whole(archive.readings(entry, LIMIT).ok()?)?;
    assert_eq!(readings.len(), 1, "two readings without a doubt");
    readings.pop().map(Seen::Content)
}

fn whole<T>(reading: Reading<T>) -> Option<T> {
    reading.is_whole().then_some(reading.value)
}

/// The bytes that decide, and how far around them a mutation is worth making.
fn mutations() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4)
}

/// Changes some bytes: to any value, by one bit, to a value that means something, or by cutting and doubling.
fn mutate(bytes: &mut [u8], mutations: &[(prop::sample::Index, u8, u8)]) {
    for (at, value, way) in mutations {
        let at = at.index(bytes.len());
        match way {
            0 => bytes[at] = *value,
            1 => bytes[at] ^= 1 << (value % 8),
            2 => bytes[at] = [0, 1, 8, 0x50, 0xff, 0x7f, 0x80, 4][usize::from(value % 8)],
            _ => bytes[at] = bytes[at].wrapping_add(if value % 2 == 0 { 1 } else { 255 }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_built_is_what_is_read(zip in archive()) {
        let bytes = zip.build();
        let source = Source::new("a", bytes.clone());
        let survey = survey(&source).unwrap();
        prop_assert!(survey.is_whole(), "{:?}", survey.doubts());
        let read = read_all(&survey.value);
        prop_assert_eq!(read.len(), zip.entries.len());
        prop_assert_eq!(&read, &read_with_the_crate(&bytes));
        for (built, (name, content)) in zip.entries.iter().zip(&read) {
            prop_assert_eq!(&built.central.name, name);
            prop_assert_eq!(built.central.crc32, crc32fast::hash(content));
            prop_assert_eq!(look(&bytes, name), Seen::Content(content.clone()));
            let found = survey.value.find(name).unwrap();
            prop_assert_eq!(found.len(), 1);
            let mut streamed = Vec::new();
            let count = survey.value.stream(&found[0], u64::MAX, &mut |piece| {
                streamed.extend_from_slice(piece);
                ControlFlow::Continue(())
            });
            prop_assert_eq!(count.unwrap(), Reading::whole(content.len() as u64));
            prop_assert_eq!(&streamed, content);
        }
        prop_assert_eq!(survey.value.find(b"no such entry").unwrap(), vec![]);
    }

    #[test]
    fn the_order_of_entries_does_not_matter(zip in archive(), turn in any::<prop::sample::Index>()) {
        let mut turned = zip.clone();
        let by = turn.index(zip.entries.len());
        turned.entries.rotate_left(by);
        let all = |zip: &Zip| {
            let source = Source::new("a", zip.build());
            let mut all = read_all(&survey(&source).unwrap().value);
            all.sort();
            all
        };
        prop_assert_eq!(all(&zip), all(&turned));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The law: after any change of some bytes the result is an error, a doubt, or exactly what a device reads.
    #[test]
    fn no_mutation_is_read_for_certain_unless_a_device_reads_the_same(
        zip in archive_for_mutation(), mutations in mutations(), near_the_end in any::<bool>()
    ) {
        let mut bytes = zip.build();
        if near_the_end {
            // Headers and records are most of what decides, and they are few among the bytes.
            let tail = bytes.len().saturating_sub(400);
            let mut last = bytes.split_off(tail);
            mutate(&mut last, &mutations);
            bytes.extend(last);
        } else {
            mutate(&mut bytes, &mutations);
        }
        if let Some(seen) = established(&bytes) {
            prop_assert_eq!(seen, look(&bytes, MANIFEST));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same law for lies that keep the rest of the file consistent.
    #[test]
    fn no_lie_of_a_field_is_read_for_certain_unless_a_device_reads_the_same(
        zip in archive_for_mutation(), lies in prop::collection::vec((0..28_u8, any::<u8>(), any::<bool>()), 1..4)
    ) {
        let mut zip = zip;
        for (which, value, both) in lies {
            lie(&mut zip, which, value, both);
        }
        let bytes = zip.build();
        if let Some(seen) = established(&bytes) {
            prop_assert_eq!(seen, look(&bytes, MANIFEST));
        }
    }
}

/// One lie, in the manifest's record, its local header, or both; or in what surrounds the entries.
fn lie(zip: &mut Zip, which: u8, value: u8, both: bool) {
    let small = u32::from(value % 16);
    let manifest = zip.entries.iter_mut().find(|entry| entry.central.name.starts_with(MANIFEST)).unwrap();
    let other = manifest.clone();
    let mut header = |change: &dyn Fn(&mut support::zip::Header)| {
        if both || value & 1 == 0 {
            change(&mut manifest.local);
        }
        if both || value & 1 == 1 {
            change(&mut manifest.central);
        }
    };
    match which {
        0 => header(&|h| h.flags ^= 1 << (value % 16)),
        1 => header(&|h| h.method = [0, 8, 9, 12, 0xffff][usize::from(value % 5)]),
        2 => header(&|h| h.crc32 = u32::from(value)),
        3 => header(&|h| h.compressed = small),
        4 => header(&|h| h.uncompressed = small),
        5 => header(&|h| (h.compressed, h.uncompressed) = (small, small)),
        6 => header(&|h| (h.compressed, h.uncompressed) = (u32::MAX, u32::MAX)),
        7 => header(&|h| h.extra = support::zip::extra64(&vec![u64::from(small); usize::from(value % 4)])),
        8 => header(&|h| h.name.push(value)),
        9 => header(&|h| h.name_len = Some(u16::from(value % 32))),
        10 => header(&|h| h.extra_len = Some(u16::from(value))),
        11 => header(&|h| h.extra = vec![value; usize::from(value % 9)]),
        12 => header(&|h| h.signature[3] ^= value),
        13 => manifest.central.offset = Some(small * 8),
        14 => manifest.central.comment_len = Some(u16::from(value)),
        15 => manifest.data.extend(vec![value; usize::from(value % 5)]),
        16 => manifest.data.truncate(usize::from(value % 32)),
        17 => manifest.is_listed = false,
        18 => zip.entries.push(other),
        19 => zip.prefix = vec![value; usize::from(value % 9)],
        20 => zip.offsets_count_prefix = both,
        21 => zip.after_records = vec![value; usize::from(value % 60)],
        22 => zip.after_directory = vec![value; usize::from(value % 60)],
        23 => zip.trailing = vec![value; usize::from(value % 30)],
        24 => zip.end.comment_len = Some(u16::from(value)),
        25 => (zip.end.count, zip.end.count_here) = (Some(u16::from(value % 5)), both.then_some(u16::from(value % 5))),
        26 => zip.end.size = Some(u32::from(value)),
        _ => zip.end.comment = Zip::new([Entry::stored(MANIFEST, b"other")]).build(),
    }
}

/// Small archives: most bytes of them decide something.
fn archive_for_mutation() -> impl Strategy<Value = Zip> {
    let content = prop::collection::vec(0..6_u8, 0..60);
    (content, 0..4_u8, any::<bool>(), 0..4_u8).prop_map(|(content, way, streamed, place)| {
        let manifest = if way == 0 { Entry::stored(MANIFEST, &content) } else { Entry::deflated(MANIFEST, &content) };
        let manifest = if streamed { manifest.streamed() } else { manifest };
        let mut entries = vec![Entry::stored("a", b"a"), Entry::deflated("b", b"bb")];
        entries.truncate(usize::from(way % 3));
        entries.insert(usize::from(place).min(entries.len()), manifest);
        let mut zip = Zip::new(entries);
        zip.end64 = (place == 3).then(End64::default);
        zip
    })
}

/// Every single byte of one archive, to every one of some values: nothing is left to chance.
#[test]
fn no_single_byte_is_read_for_certain_unless_a_device_reads_the_same() {
    let wide = Zip::new([Entry::stored("a", b"a"), Entry::deflated(MANIFEST, b"a manifest, a manifest")]);
    let plain =
        Zip::new([Entry::stored(MANIFEST, b"manifest").with(|e| e.align = 4), Entry::stored("b", b"").streamed()]);
    let mut established_anyway = 0;
    for bytes in [plain.build(), wide.with(|z| z.end64 = Some(End64::default())).build()] {
        for at in 0..bytes.len() {
            for value in [0, 1, 8, 0x50, 0x7f, 0xff, bytes[at] ^ 1, bytes[at] ^ 0x80, bytes[at].wrapping_add(1)] {
                let mut changed = bytes.clone();
                changed[at] = value;
                if let Some(seen) = established(&changed) {
                    established_anyway += 1;
                    assert_eq!(seen, look(&changed, MANIFEST), "byte {at} of {} to {value:#x}", bytes.len());
                }
            }
        }
    }
    assert!(established_anyway > 0, "dates, versions and attributes may be anything");
}

/// Every length that a file may be cut to.
#[test]
fn no_cut_is_read_for_certain() {
    let bytes = Zip::new([Entry::stored(MANIFEST, b"manifest"), Entry::deflated("b", b"b")]).build();
    for len in 0..bytes.len() {
        assert_eq!(established(&bytes[..len]), None, "{len}");
    }
}
