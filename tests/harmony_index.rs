//! Both formats of `resources.index`: texts by id and name in every language, and tables that lie.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use permaudit::format::resources_index::{self, Key, Texts};
use permaudit::source::Place;
use proptest::prelude::*;
use support::hap::{DARK, Index, Qualifier, Resource, language, letters, region, text};

const CAMERA: u32 = 0x0100_0002;

fn find(bytes: &[u8], keys: &[Key]) -> (BTreeMap<Key, Texts>, Vec<&'static str>) {
    let wanted: BTreeSet<Key> = keys.iter().cloned().collect();
    let (found, doubts) = resources_index::texts(bytes, &Place::file("resources.index"), &wanted).into_parts();
    (found, doubts.into_iter().map(|doubt| doubt.code.name()).collect())
}

fn name(name: &str) -> Key {
    Key::Name(name.to_owned())
}

fn texts(pairs: &[(&str, &str)]) -> Texts {
    pairs.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned())).collect()
}

/// The same table in both formats.
fn both(sets: &[&[Qualifier]], resources: &[Resource]) -> [Index; 2] {
    [Index::first(sets, resources), Index::second(sets, resources)]
}

fn sample() -> [Index; 2] {
    let sets: &[&[Qualifier]] =
        &[&[], &[language("zh"), region("CN")], &[language("zh"), letters(5, "Hant"), region("TW")], &[language("en")]];
    let other = Resource { kind: 14, ..text(CAMERA, "camera", &["#ff0000"]) };
    both(
        sets,
        &[
            other,
            text(0x0100_0001, "app_name", &["Notes", "笔记"]),
            text(CAMERA, "camera", &["To scan codes", "用于扫码", "用於掃碼", ""]),
        ],
    )
}

#[test]
fn texts_are_found_by_id_and_by_name_in_every_language() {
    let expected =
        texts(&[("default", "To scan codes"), ("zh-CN", "用于扫码"), ("zh-Hant-TW", "用於掃碼"), ("en", "")]);
    for index in sample() {
        let (found, codes) = find(&index.build(), &[Key::Id(CAMERA), name("camera"), name("none"), Key::Id(7)]);
        assert_eq!(codes, [""; 0], "{}", index.version);
        assert_eq!(found, BTreeMap::from([(Key::Id(CAMERA), expected.clone()), (name("camera"), expected.clone())]));
    }
}

#[test]
fn references_are_followed_in_their_language() {
    let sets: &[&[Qualifier]] = &[&[], &[language("de")]];
    for index in both(
        sets,
        &[
            text(1, "a", &["$string:2", "$string:b"]),
            text(2, "b", &["$string:c"]),
            text(3, "c", &["see", "sehen"]),
            text(4, "loop", &["$string:4"]),
        ],
    ) {
        let (found, codes) = find(&index.build(), &[Key::Id(1), Key::Id(4)]);
        assert_eq!(codes, [""; 0]);
        assert_eq!(found, BTreeMap::from([(Key::Id(1), texts(&[("default", "see"), ("de", "sehen")]))]));
    }
}

#[test]
fn a_reference_for_every_language_leads_to_each_of_its_texts() {
    let sets: &[&[Qualifier]] = &[&[], &[language("de")], &[language("fr")]];
    let mut own = text(1, "a", &["$string:2"]);
    own.texts.push((2, "voir".to_owned()));
    for index in both(sets, &[own, text(2, "b", &["see", "sehen", "regarder"])]) {
        let (found, _) = find(&index.build(), &[Key::Id(1)]);
        assert_eq!(found[&Key::Id(1)], texts(&[("default", "see"), ("de", "sehen"), ("fr", "voir")]));
    }
}

#[test]
fn a_text_without_other_qualifiers_goes_before_one_with_them() {
    let sets: &[&[Qualifier]] = &[&[DARK], &[], &[language("de"), DARK]];
    for index in both(sets, &[text(1, "a", &["dark", "plain", "dunkel"])]) {
        let (found, _) = find(&index.build(), &[Key::Id(1)]);
        assert_eq!(found[&Key::Id(1)], texts(&[("default", "plain"), ("de", "dunkel")]));
    }
}

#[test]
fn an_unknown_version_is_read_as_the_second_format_with_a_doubt() {
    let [_, second] = sample();
    let (found, codes) = find(&second.with(|i| i.version = "RestoolV3 9".to_owned()).build(), &[Key::Id(CAMERA)]);
    assert_eq!((found.len(), codes), (1, vec!["index-version"]));
}

type Lie = fn(&mut Index);

#[test]
fn a_table_that_lies_is_a_doubt() {
    let lies: [(&str, Lie); 8] = [
        ("more sets than there are", |i| i.set_count = Some(9)),
        ("a thousand million sets", |i| i.set_count = Some(u32::MAX)),
        ("more qualifiers than there are", |i| i.qualifier_count = Some(u32::MAX)),
        ("another tag for a set", |i| i.set_tag = *b"KEYZ"),
        ("another tag for a list", |i| i.list_tag = *b"IDSX"),
        ("more resources than there are", |i| i.list_count = Some(u32::MAX)),
        ("an item past the end", |i| i.item_offset = Some(u32::MAX - 3)),
        ("a text past the end", |i| i.text_len = Some(u16::MAX)),
    ];
    for index in sample() {
        for (what, lie) in lies {
            let (found, codes) = find(&index.clone().with(lie).build(), &[Key::Id(CAMERA), name("camera")]);
            assert_eq!(codes, ["index-malformed"], "{}: {what}", index.version);
            assert!(found.values().all(|texts| texts.len() < 4), "{}: {what}", index.version);
        }
    }
}

#[test]
fn a_cut_table_is_a_doubt_wherever_it_ends() {
    for index in sample() {
        let bytes = index.build();
        let whole = find(&bytes, &[Key::Id(CAMERA)]).0;
        // Everything behind the last text that is wanted is not looked at.
        for len in 0..bytes.len() {
            let (found, codes) = find(&bytes[..len], &[Key::Id(CAMERA)]);
            assert!(found == whole || !codes.is_empty(), "{}: cut at {len}", index.version);
        }
    }
}

#[test]
fn a_small_table_that_stands_for_a_large_one_ends_at_a_limit() {
    // Every set leads to the same list: the work is the product.
    let sets: Vec<Vec<Qualifier>> = vec![Vec::new(); 3_000];
    let sets: Vec<&[Qualifier]> = sets.iter().map(Vec::as_slice).collect();
    let resources: Vec<Resource> = (0..2_000).map(|id| text(id, "a", &["x"])).collect();
    let mut bytes = Index::first(&sets, &resources).build();
    let first = bytes[140..144].to_vec();
    for set in 0..3_000 {
        bytes[140 + 12 * set..144 + 12 * set].copy_from_slice(&first);
    }
    let (_, codes) = find(&bytes, &[Key::Id(9_999_999)]);
    assert_eq!(codes, ["limit-index-steps"]);
}

#[test]
fn what_is_missing_from_a_cut_table_is_missed_inside_the_file() {
    for index in sample() {
        let whole = index.build();
        for len in 0..whole.len() {
            let wanted = BTreeSet::from([Key::Id(CAMERA), name("camera")]);
            let read = resources_index::texts(&whole[..len], &Place::file("resources.index"), &wanted);
            let offsets = read.doubts().iter().filter_map(|doubt| doubt.place.offset);
            assert!(offsets.max().is_none_or(|offset| offset <= len as u64), "{len}: {:?}", read.doubts());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// What is built is read, whatever the texts.
    #[test]
    fn what_is_built_is_read(rows in proptest::collection::vec(("[a-z]{1,6}", proptest::collection::vec("[^$]{0,12}", 3)), 0..12)) {
        let sets: &[&[Qualifier]] = &[&[], &[language("zh")], &[language("de")]];
        let resources: Vec<Resource> = rows.iter().zip(0..).map(|((name, values), id)| {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            text(id, &format!("{name}{id}"), &values)
        }).collect();
        for index in both(sets, &resources) {
            for resource in &resources {
                let expected = texts(&[
                    ("default", &resource.texts[0].1), ("zh", &resource.texts[1].1), ("de", &resource.texts[2].1),
                ]);
                let (found, codes) = find(&index.build(), &[Key::Id(resource.id), name(&resource.name)]);
                prop_assert_eq!(codes, [""; 0]);
                prop_assert_eq!(found.get(&Key::Id(resource.id)), Some(&expected));
                prop_assert_eq!(found.get(&name(&resource.name)), Some(&expected));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400), changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..6)) {
        let _ = find(&bytes, &[Key::Id(1), name("a")]);
        for index in sample() {
            let mut bytes = index.build();
            for (at, byte) in &changes {
                let at = usize::from(*at) % bytes.len();
                bytes[at] = *byte;
            }
            let _ = find(&bytes, &[Key::Id(CAMERA), name("camera")]);
        }
    }
}
