//! One test for each trick: what a device does with it, what permaudit does, and which code says so.

// Helpers of a test binary are tests too.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unnecessary_wraps)]

mod support;

use permaudit::container::zip::{Entry as Found, names_are_bytes, survey};
use permaudit::container::{Sniffed, sniff};
use std::ops::ControlFlow;

use permaudit::doubt::{Code, Doubt, Reading};
use permaudit::limits;
use permaudit::source::{ReadAt, Source};
use support::zip::{End64, Entry, Zip, deflate, extra, extra64, unicode_path};

const MANIFEST: &str = "AndroidManifest.xml";
const CONTENT: &[u8] = b"the manifest, the manifest, the manifest, and what it asks for";
const LIMIT: usize = 1 << 20;

/// What came of one archive: codes of the survey, then the codes and readings of every entry under the name.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    survey: Vec<Code>,
    entries: Vec<Read>,
}

/// Codes and readings of one entry, or the code of the error.
type Read = Result<(Vec<Code>, Vec<Vec<u8>>), Code>;

fn codes(doubts: &[Doubt]) -> Vec<Code> {
    doubts.iter().map(|doubt| doubt.code).collect()
}

fn outcome_of(bytes: Vec<u8>, name: &str) -> Result<Outcome, Code> {
    let source = Source::new("a.apk", bytes);
    let (archive, doubts) = survey(&source).map_err(|error| error.code)?.into_parts();
    let entry = |entry: &Found| {
        let readings = archive.readings(entry, LIMIT as u64);
        let read = archive.read(entry, LIMIT as u64);
        if let (Ok(read), Ok(readings)) = (&read, &readings) {
            assert_eq!(Some(&read.value), readings.value.first(), "read is the first of readings");
            assert_eq!(codes(read.doubts()), codes(readings.doubts()));
        }
        readings.map(|reading| (codes(reading.doubts()), reading.value)).map_err(|error| error.code)
    };
    let entries = archive.find(name.as_bytes()).unwrap().iter().map(entry).collect();
    Ok(Outcome { survey: codes(&doubts), entries })
}

fn outcome(zip: &Zip) -> Result<Outcome, Code> {
    outcome_of(zip.build(), MANIFEST)
}

/// The archive is odd, its entry is not.
fn odd_archive(codes: &[Code]) -> Result<Outcome, Code> {
    Ok(Outcome { survey: codes.to_vec(), entries: vec![Ok((Vec::new(), vec![CONTENT.to_vec()]))] })
}

/// The entry is odd, its content is read all the same.
fn odd_entry(codes: &[Code]) -> Result<Outcome, Code> {
    Ok(Outcome { survey: Vec::new(), entries: vec![Ok((codes.to_vec(), vec![CONTENT.to_vec()]))] })
}

fn whole() -> Result<Outcome, Code> {
    odd_archive(&[])
}

fn manifest() -> Entry {
    Entry::deflated(MANIFEST, CONTENT)
}

fn stored() -> Entry {
    Entry::stored(MANIFEST, CONTENT)
}

/// A regular archive around `entry`.
fn around(entry: Entry) -> Zip {
    Zip::new([Entry::deflated("classes.dex", b"dex\n035\0"), entry, Entry::stored("res/a.png", b"\x89PNG")])
}

fn len32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn crc(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

// ---- What ordinary tools write reads whole.

#[test]
fn an_archive_as_the_build_tools_write_it_is_whole() {
    let zip = Zip::new([
        Entry::deflated("META-INF/", b""),
        stored().with(|e| e.align = 4),
        Entry::stored("lib/arm64-v8a/libx.so", b"\x7fELF").with(|e| e.align = 16384),
        manifest().both(|h| h.name = b"res/raw/copy.xml".to_vec()),
        Entry::deflated("empty", b""),
        Entry::stored("assets/", b""),
    ])
    .with(|z| z.before_directory = b"APK signing block of any length APK Sig Block 42".to_vec());
    assert_eq!(outcome(&zip), whole());
}

#[test]
fn a_data_descriptor_is_no_doubt_whether_it_stands_there_or_not() {
    assert_eq!(outcome(&around(manifest().streamed())), whole());
    assert_eq!(outcome(&around(manifest().streamed().with(|e| e.descriptor.clear()))), whole());
    assert_eq!(outcome(&around(manifest().streamed().with(|e| e.descriptor = b"nonsense".to_vec()))), whole());
}

#[test]
fn extra_fields_comments_and_odd_versions_are_no_doubt() {
    let entry = manifest()
        .both(|h| h.extra = extra(0x5455, b"\x03aaaabbbb"))
        .central(|h| h.comment = b"made by hand".to_vec())
        .local(|h| h.extra.extend([0, 0, 0]));
    let zip = around(entry).with(|z| z.end.comment = b"build 42".to_vec());
    assert_eq!(outcome(&zip), whole());
}

#[test]
fn a_stored_archive_inside_the_archive_is_no_second_end_record() {
    let inner = around(manifest()).with(|z| z.end.comment = b"inner".to_vec()).build();
    let zip = Zip::new([Entry::stored("splits/base.apk", &inner), manifest()]);
    assert_eq!(outcome(&zip), whole());
}

#[test]
fn non_ascii_names_with_and_without_the_utf8_flag_are_whole() {
    for flag in [0, 1 << 11] {
        let zip = around(Entry::stored("Payload/相机.app/é", b"x").both(|h| h.flags |= flag));
        assert_eq!(outcome_of(zip.build(), "Payload/相机.app/é").map(|o| (o.survey, o.entries.len())), Ok((vec![], 1)));
    }
}

#[test]
fn zip64_is_whole_where_all_agrees() {
    let wide = manifest()
        .both(|h| (h.compressed, h.uncompressed) = (u32::MAX, u32::MAX))
        .both(|h| h.extra = extra64(&[CONTENT.len() as u64, deflate(CONTENT).len() as u64]));
    let zip = around(wide).with(|z| z.end64 = Some(End64::default()));
    assert_eq!(outcome(&zip), whole());

    // As Go's writer does: all three values, though one is needed.
    let offset = Zip::new([manifest()]).layout().locals[0] as u64;
    let complete = manifest()
        .central(|h| h.offset = Some(u32::MAX))
        .central(|h| h.extra = extra64(&[CONTENT.len() as u64, deflate(CONTENT).len() as u64, offset]));
    assert_eq!(outcome(&Zip::new([complete])), whole());
}

#[test]
fn names_that_are_nearly_the_wanted_one_are_other_files() {
    // FindEntry compares bytes: a device opens none of these as the manifest.
    for name in ["/AndroidManifest.xml", "androidmanifest.xml", "./AndroidManifest.xml", "\\AndroidManifest.xml"] {
        let zip = around(stored()).with(|z| z.entries.push(Entry::stored(name, b"other")));
        assert_eq!(outcome(&zip), whole(), "{name}");
    }
    let source = Source::new("a", around(stored().both(|h| h.name = b"ANDROIDMANIFEST.XML".to_vec())).build());
    let archive = survey(&source).unwrap().value;
    assert_eq!(archive.find(MANIFEST.as_bytes()).unwrap(), vec![]);
    let alike = archive.select(|name| name.eq_ignore_ascii_case(MANIFEST.as_bytes())).unwrap();
    assert_eq!(alike.len(), 1, "a platform that needs it can ask for it");
}

// ---- The end record.

#[test]
fn bytes_after_the_end_record_are_refused_by_a_device() {
    assert_eq!(
        outcome(&around(manifest()).with(|z| z.trailing = b"x".to_vec())),
        odd_archive(&[Code::ZipTrailingBytes])
    );
}

#[test]
fn a_comment_that_reaches_past_the_end_is_refused_by_a_device() {
    let zip = around(manifest()).with(|z| z.end.comment_len = Some(1));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipTrailingBytes]));
}

#[test]
fn the_last_of_two_archives_wins_and_the_first_is_a_doubt() {
    // A whole second archive in the comment of the first, its offsets adjusted: a device reads the second.
    let second =
        |prefix: Vec<u8>| Zip::new([Entry::stored(MANIFEST, b"second")]).with(|z| z.prefix.clone_from(&prefix)).build();
    let len = second(Vec::new()).len();
    let first = around(manifest()).with(|z| z.end.comment_len = u16::try_from(len).ok()).build();
    let outcome = outcome_of(second(first), MANIFEST).unwrap();
    assert_eq!(outcome.survey, [Code::ZipSeveralEndRecords]);
    assert_eq!(outcome.entries, [Ok((vec![], vec![b"second".to_vec()]))]);
}

#[test]
fn a_second_archive_in_the_comment_whose_offsets_are_not_adjusted_is_refused_by_a_device() {
    let second = Zip::new([Entry::stored(MANIFEST, b"second")]).build();
    let zip = around(manifest()).with(|z| z.end.comment = second.clone());
    // The last end record leads nowhere by absolute offsets, so it is taken to count from behind a prefix.
    let outcome = outcome(&zip).unwrap();
    assert_eq!(outcome.survey, [Code::ZipPrefix, Code::ZipSeveralEndRecords]);
    assert_eq!(outcome.entries, [Ok((vec![], vec![b"second".to_vec()]))]);
}

#[test]
fn an_end_record_in_the_comment_that_leads_nowhere_gives_way_to_the_real_one() {
    // A device takes the last signature and refuses. Another reader finds the first end record, and so is it read.
    let mut fake = b"PK\x05\x06".to_vec();
    fake.extend([0x77; 18]);
    let zip = around(manifest()).with(|z| z.end.comment = fake.clone());
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipNoDirectory]));
}

#[test]
fn an_end_record_between_directory_and_end_is_a_doubt() {
    let mut fake = b"PK\x05\x06".to_vec();
    fake.extend([0; 18]);
    let zip = around(manifest()).with(|z| z.after_directory = fake.clone());
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipDirectoryGap, Code::ZipSeveralEndRecords]));
}

#[test]
fn a_prefix_is_refused_by_a_device_adjusted_or_not() {
    // Janus: a DEX file in front of an APK. The file's first four bytes have to be a local header's.
    for (count, prefix) in
        [(true, &b"dex\n035\0"[..]), (false, b"dex\n035\0"), (true, b"#!/bin/sh\n"), (false, b"PK00")]
    {
        let zip = around(manifest()).with(|z| (z.prefix, z.offsets_count_prefix) = (prefix.to_vec(), count));
        assert_eq!(outcome(&zip), odd_archive(&[Code::ZipPrefix]), "{count} {prefix:?}");
        let source = Source::new("a", zip.build());
        assert_eq!(sniff(&source), Ok(Sniffed::Zip), "what stands in front does not hide the package");
    }
}

#[test]
fn a_prefix_and_trailing_bytes_together_are_two_doubts() {
    let zip = around(manifest())
        .with(|z| (z.prefix, z.offsets_count_prefix, z.trailing) = (b"prefix".to_vec(), false, b"x".to_vec()));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipTrailingBytes, Code::ZipPrefix]));
}

#[test]
fn a_prefix_before_a_zip64_archive_is_found_by_its_locator() {
    let zip = around(manifest())
        .with(|z| (z.prefix, z.offsets_count_prefix, z.end64) = (b"prefix".to_vec(), false, Some(End64::default())));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipPrefix]));
}

#[test]
fn a_gap_before_the_end_record_is_a_doubt() {
    let zip = around(manifest()).with(|z| z.after_directory = b"gap".to_vec());
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipDirectoryGap]));
}

#[test]
fn another_directory_in_the_gap_is_not_read() {
    // The directory that offset and size name is a device's; readers that count back from the end take the other.
    let hidden = around(Entry::stored(MANIFEST, b"hidden")).layout();
    let hidden = hidden.bytes[hidden.directory..hidden.end].to_vec();
    let zip = around(manifest()).with(|z| z.after_directory.clone_from(&hidden));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipDirectoryGap]));
}

#[test]
fn volume_numbers_are_ignored_by_a_device() {
    assert_eq!(outcome(&around(manifest()).with(|z| z.end.disk = 1)), odd_archive(&[Code::ZipDiskNumbers]));
    assert_eq!(outcome(&around(manifest()).with(|z| z.end.directory_disk = 7)), odd_archive(&[Code::ZipDiskNumbers]));
    assert_eq!(outcome(&around(manifest().central(|h| h.disk = 3))), odd_archive(&[Code::ZipDiskNumbers]));
    let zip = around(manifest()).with(|z| z.end64 = Some(End64 { disk: 1, ..End64::default() }));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipDiskNumbers]));
}

#[test]
fn records_beyond_the_announced_count_do_not_exist_for_a_device_and_are_read_here() {
    let zip =
        Zip::new([Entry::stored("a", b""), manifest()]).with(|z| (z.end.count, z.end.count_here) = (Some(1), Some(1)));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipRecordCount]));
    let zip = around(manifest()).with(|z| z.end.count_here = Some(1));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipRecordCount]));
}

#[test]
fn fewer_records_than_announced_are_refused_by_a_device() {
    let zip = around(manifest()).with(|z| (z.end.count, z.end.count_here) = (Some(4), Some(4)));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipRecordCount]));
}

#[test]
fn a_directory_longer_than_its_records_is_a_doubt() {
    let zip = around(manifest()).with(|z| z.after_records = b"more".to_vec());
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipDirectorySize]));
}

#[test]
fn a_directory_shorter_than_its_records_is_refused_by_a_device() {
    let zip = Zip::new([manifest(), Entry::stored("b", b"")]);
    let built = zip.layout();
    let size = u32::try_from(built.end - built.directory - 1).unwrap();
    let codes = [Code::ZipDirectoryGap, Code::ZipRecordMalformed, Code::ZipRecordCount];
    assert_eq!(outcome(&zip.with(|z| z.end.size = Some(size))), odd_archive(&codes));
}

#[test]
fn an_end_record_without_a_directory_is_an_error() {
    let wrong_offset = around(manifest()).with(|z| (z.end.offset, z.end.size) = (Some(0), Some(100)));
    assert_eq!(outcome(&wrong_offset), Err(Code::ZipNoDirectory));
    let beyond = around(manifest()).with(|z| (z.end.offset, z.end.size) = (Some(1), Some(0xffff_fff0)));
    assert_eq!(outcome(&beyond), Err(Code::ZipNoDirectory));
    let nothing = around(manifest()).with(|z| z.end.size = Some(0));
    assert_eq!(outcome(&nothing), Err(Code::ZipNoDirectory));
}

#[test]
fn an_archive_without_entries_is_refused_by_a_device() {
    let empty = Ok(Outcome { survey: vec![Code::ZipEmpty], entries: vec![] });
    assert_eq!(outcome(&Zip::new([])), empty);
    assert_eq!(sniff(&Source::new("a", Zip::new([]).build())), Ok(Sniffed::Zip));
}

#[test]
fn a_file_cut_short_is_an_error_that_says_so() {
    let built = around(manifest()).layout();
    for cut in [built.end, built.directory, built.locals[1], built.bytes.len() - 1, 4] {
        let source = Source::new("a.apk", built.bytes[..cut].to_vec());
        assert_eq!(sniff(&source), Ok(Sniffed::Zip), "{cut}");
        let error = survey(&source).err().unwrap();
        assert_eq!(error.code, Code::ZipTruncated, "{cut}");
        assert!(error.message.contains("truncated"), "{}", error.message);
    }
}

#[test]
fn a_file_cut_short_behind_a_stored_archive_is_not_taken_for_that_archive() {
    let inner = around(manifest()).build();
    let outer = Zip::new([Entry::stored("base.apk", &inner), Entry::stored("split.apk", vec![1; 300])]).layout();
    let cut = outer.bytes[..outer.locals[1] + 100].to_vec();
    assert_eq!(outcome_of(cut, MANIFEST), Err(Code::ZipTruncated));
    // Cut exactly behind it, the file is what one gets by joining files: a device refuses it, other readers open it.
    let cut = outer.bytes[..outer.locals[1]].to_vec();
    assert_eq!(outcome_of(cut, MANIFEST), odd_archive(&[Code::ZipPrefix]));
}

// ---- zip64.

#[test]
fn a_saturated_end_record_without_zip64_records_is_an_error() {
    let zip = around(manifest()).with(|z| z.end.size = Some(u32::MAX));
    assert_eq!(outcome(&zip), Err(Code::ZipZip64));
    let zip = around(manifest()).with(|z| z.end64 = Some(End64 { signature: Some(*b"PK\0\0"), ..End64::default() }));
    assert_eq!(outcome(&zip), Err(Code::ZipZip64));
    let zip = around(manifest()).with(|z| z.end64 = Some(End64 { located: Some(u64::MAX), ..End64::default() }));
    assert_eq!(outcome(&zip), Err(Code::ZipZip64));
}

#[test]
fn a_zip64_end_record_beside_a_plain_one_is_ignored_by_a_device_and_a_doubt_if_it_disagrees() {
    let plain = around(manifest()).layout();
    let (count, size, offset) = (3, plain.end - plain.directory, plain.directory);
    let zip = |end64: End64| {
        around(manifest()).with(|z| {
            (z.end.count, z.end.count_here) = (Some(count), Some(count));
            (z.end.size, z.end.offset) = (u32::try_from(size).ok(), u32::try_from(offset).ok());
            z.end64 = Some(end64.clone());
        })
    };
    assert_eq!(outcome(&zip(End64::default())), whole());
    let other = End64 { offset: Some(7), ..End64::default() };
    assert_eq!(outcome(&zip(other)), odd_archive(&[Code::ZipZip64]));
    let other = End64 { count: Some(1), ..End64::default() };
    assert_eq!(outcome(&zip(other)), odd_archive(&[Code::ZipZip64]));
    let other = End64 { record_size: Some(45), ..End64::default() };
    assert_eq!(outcome(&zip(other)), odd_archive(&[Code::ZipZip64]));
}

#[test]
fn an_offset_that_only_a_missing_zip64_field_would_give_is_refused_by_a_device() {
    let zip = around(manifest().central(|h| h.offset = Some(u32::MAX)));
    let codes = vec![Code::ZipRecordMalformed, Code::ZipZip64];
    assert_eq!(outcome(&zip), Ok(Outcome { survey: codes, entries: vec![Err(Code::ZipZip64)] }));
}

#[test]
fn zip64_values_replace_plain_ones_and_are_a_doubt() {
    let sizes = [CONTENT.len() as u64, deflate(CONTENT).len() as u64];
    let entry = manifest()
        .central(|h| (h.uncompressed, h.compressed) = (u32::MAX, 5))
        .central(|h| h.extra = extra64(&[sizes[0], sizes[1], 0]));
    assert_eq!(outcome(&Zip::new([entry])), odd_archive(&[Code::ZipZip64]));
}

#[test]
fn a_local_header_with_one_saturated_size_is_refused_by_a_device() {
    let entry = manifest().local(|h| h.uncompressed = u32::MAX).local(|h| h.extra = extra64(&[CONTENT.len() as u64]));
    assert_eq!(outcome(&around(entry)), odd_entry(&[Code::ZipZip64]));
}

// ---- Names.

#[test]
fn duplicate_names_are_refused_by_a_device_and_both_are_read() {
    // MasterKey: one reader checks the first, another runs the last.
    let zip = around(manifest()).with(|z| z.entries.push(Entry::stored(MANIFEST, b"second")));
    let outcome = outcome(&zip).unwrap();
    assert_eq!(outcome.survey, [Code::ZipDuplicateName]);
    assert_eq!(outcome.entries, [Ok((vec![], vec![CONTENT.to_vec()])), Ok((vec![], vec![b"second".to_vec()]))]);
}

#[test]
fn a_duplicate_of_any_other_name_is_a_doubt_too() {
    let zip = around(manifest()).with(|z| z.entries.push(Entry::stored("res/a.png", b"")));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipDuplicateName]));
}

#[test]
fn a_name_with_a_nul_is_refused_by_a_device_and_found_under_its_first_part() {
    let zip = around(Entry::deflated("AndroidManifest.xml\0.txt", CONTENT));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipNameNul]));
    let zip = around(manifest()).with(|z| z.entries.push(Entry::stored("AndroidManifest.xml\0", b"second")));
    let outcome = outcome(&zip).unwrap();
    assert_eq!(outcome.survey, [Code::ZipNameNul, Code::ZipDuplicateName]);
    assert_eq!(outcome.entries.len(), 2);
}

#[test]
fn a_name_that_is_not_utf8_is_refused_by_android_and_fine_elsewhere() {
    let zip = around(manifest()).with(|z| z.entries.push(Entry::stored(b"caf\xe9", b"")));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipNameNotUtf8]));
    assert_eq!(elsewhere(&zip), []);
    assert_eq!(elsewhere(&zip.with(|z| z.trailing = b"x".to_vec())), [Code::ZipTrailingBytes], "other doubts stay");
}

/// The doubts of the survey for a platform to which names are bytes.
fn elsewhere(zip: &Zip) -> Vec<Code> {
    let mut doubts = survey(&Source::new("a.ipa", zip.build())).unwrap().into_parts().1;
    names_are_bytes(&mut doubts);
    codes(&doubts)
}

#[test]
fn a_symbolic_link_is_told_from_a_file() {
    let zip = Zip::new([
        Entry::stored("link", b"Other.plist").central(|h| h.attributes = 0xa1ff << 16),
        Entry::stored("file", b"").central(|h| h.attributes = 0x81a4 << 16),
    ]);
    let source = Source::new("a.ipa", zip.build());
    let archive = survey(&source).unwrap().value;
    let links: Vec<_> =
        archive.select(|_| true).unwrap().iter().map(|entry| (entry.unix_mode, entry.is_symlink())).collect();
    assert_eq!(links, [(Some(0xa1ff), true), (Some(0x81a4), false)]);
}

#[test]
fn a_name_of_more_than_256_bytes_is_read_as_a_device_reads_it() {
    let zip = around(manifest()).with(|z| z.entries.push(Entry::stored("x/".repeat(30_000), b"")));
    assert_eq!(outcome(&zip), whole());
}

#[test]
fn a_second_name_in_a_unicode_path_field_is_ignored_by_a_device() {
    // Python and the zip crate would find the manifest under its second name alone.
    let entry = Entry::deflated("decoy", CONTENT).central(|h| h.extra = unicode_path(b"decoy", MANIFEST));
    assert_eq!(outcome(&around(entry)), Ok(Outcome { survey: vec![Code::ZipUnicodePath], entries: vec![] }));
    // What Info-ZIP and 7-Zip write for a name in a legacy code page is a translation.
    let entry = Entry::stored(b"caf\x82", b"").central(|h| h.extra = unicode_path(b"caf\x82", "café"));
    assert_eq!(elsewhere(&around(entry)), []);
    // A field of an unknown version, or one that belongs to another name, is no name.
    let mut unknown = unicode_path(b"decoy", MANIFEST);
    unknown[4] = 2;
    for field in [unknown, unicode_path(b"other", MANIFEST)] {
        assert_eq!(elsewhere(&around(Entry::stored("decoy", b"").central(|h| h.extra.clone_from(&field)))), []);
    }
}

// ---- Records.

#[test]
fn a_record_with_a_wrong_signature_ends_the_walk() {
    let zip = Zip::new([manifest(), Entry::stored("b", b"").central(|h| h.signature = *b"PK\x01\x03")]);
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipRecordMalformed, Code::ZipRecordCount]));
}

#[test]
fn record_lengths_that_lie_are_refused_by_a_device() {
    type Lie = fn(&mut support::zip::Header);
    let lies: [Lie; 3] =
        [|h| h.name_len = Some(u16::MAX), |h| h.extra_len = Some(u16::MAX), |h| h.comment_len = Some(u16::MAX)];
    for lie in lies {
        let zip = Zip::new([manifest(), Entry::stored("b", b"").central(lie)]);
        assert_eq!(outcome(&zip), odd_archive(&[Code::ZipRecordMalformed, Code::ZipRecordCount]));
    }
}

#[test]
fn an_entry_behind_the_directory_is_refused_by_a_device() {
    // The local header stands in the comment of the archive.
    let hidden = Zip::new([manifest()]).layout();
    let hidden = hidden.bytes[..hidden.directory].to_vec();
    let zip = Zip::new([Entry::stored("a", b""), manifest().with(|e| e.has_local = false)])
        .with(|z| z.end.comment.clone_from(&hidden));
    let at = u32::try_from(zip.layout().end + 22).unwrap();
    let zip = zip.with(|z| z.entries[1].central.offset = Some(at));
    let entry = Ok((vec![Code::ZipEntryRange], vec![CONTENT.to_vec()]));
    assert_eq!(outcome(&zip), Ok(Outcome { survey: vec![Code::ZipRecordMalformed], entries: vec![entry] }));
}

#[test]
fn entries_that_share_bytes_are_a_doubt() {
    let zip = Zip::new([manifest(), stored().both(|h| h.name = b"b".to_vec()).with(|e| e.has_local = false)])
        .with(|z| z.entries[1].central.offset = Some(0));
    assert_eq!(outcome(&zip), odd_archive(&[Code::ZipOverlap]));
    // One byte of content, one byte of name: from the third on, the next entry is reached.
    let reaching = |compressed| Zip::new([Entry::stored("a", b"a").central(|h| h.compressed = compressed), manifest()]);
    assert_eq!(outcome(&reaching(3)), odd_archive(&[Code::ZipOverlap]));
    assert_eq!(outcome(&reaching(2)), whole(), "the entry that was asked for is whole");
}

#[test]
fn entries_that_are_said_to_share_bytes_behind_the_file_are_a_doubt_inside_it() {
    let far = |z: &mut Zip| z.entries.iter_mut().for_each(|entry| entry.central.offset = Some(1 << 20));
    let bytes = around(manifest()).with(far).build();
    let source = Source::new("a", bytes);
    let read = survey(&source).unwrap();
    let overlap = read.doubts().iter().find(|doubt| doubt.code == Code::ZipOverlap).unwrap();
    assert_eq!(overlap.place.offset, Some(source.len()));
}

// ---- The local header.

#[test]
fn without_a_local_header_nothing_can_be_read() {
    let none = |codes| Ok(Outcome { survey: codes, entries: vec![Err(Code::ZipLocalHeader)] });
    assert_eq!(outcome(&around(manifest().local(|h| h.signature = *b"PK\x03\x05"))), none(vec![]));
    let zip = around(manifest()).with(|z| z.entries[1].central.offset = Some(1));
    assert_eq!(outcome(&zip), none(vec![Code::ZipOverlap]));
    let zip = around(manifest()).with(|z| z.entries[1].central.offset = Some(u32::MAX - 1));
    assert_eq!(outcome(&zip), none(vec![Code::ZipRecordMalformed]));
}

#[test]
fn another_name_in_the_local_header_is_refused_by_a_device() {
    let zip = around(manifest().local(|h| h.name = b"AndroidManifest.bak".to_vec()));
    assert_eq!(outcome(&zip), odd_entry(&[Code::ZipLocalName]));
    let zip = around(manifest().local(|h| h.name = b"AndroidManifest.xml.bak".to_vec()));
    assert_eq!(outcome(&zip), odd_entry(&[Code::ZipLocalName]));
}

#[test]
fn other_sizes_or_checksum_in_the_local_header_are_refused_by_a_device() {
    assert_eq!(outcome(&around(manifest().local(|h| h.compressed += 1))), odd_entry(&[Code::ZipLocalSizes]));
    assert_eq!(outcome(&around(manifest().local(|h| h.uncompressed += 1))), odd_entry(&[Code::ZipLocalSizes]));
    assert_eq!(outcome(&around(manifest().local(|h| h.crc32 ^= 1))), odd_entry(&[Code::ZipLocalSizes]));
    // With bit 3 a device does not look; a reader that goes through the file from its start would.
    assert_eq!(outcome(&around(manifest().streamed().local(|h| h.compressed = 1))), odd_entry(&[Code::ZipLocalSizes]));
}

#[test]
fn bit_3_of_the_record_alone_does_not_excuse_the_local_header() {
    let entry = manifest().central(|h| h.flags |= 8).local(|h| h.crc32 = 0);
    assert_eq!(outcome(&around(entry)), odd_entry(&[Code::ZipLocalSizes]));
}

#[test]
fn the_method_is_the_directorys_and_the_local_one_is_another_reading() {
    let stream = deflate(CONTENT);
    let entry = manifest().local(|h| h.method = 0);
    assert_eq!(outcome(&around(entry)), odd_entry(&[Code::ZipLocalMethod]), "stored bytes have the wrong checksum");

    // A checksum that fits the stored bytes makes them a second reading.
    let entry = manifest().local(|h| h.method = 0).both(|h| h.crc32 = crc(&deflate(CONTENT)));
    let codes = vec![Code::ZipLocalMethod, Code::ZipCrcMismatch];
    let entry = outcome(&around(entry)).unwrap().entries.remove(0);
    assert_eq!(entry, Ok((codes, vec![CONTENT.to_vec(), stream])));
}

#[test]
fn the_local_extra_field_decides_where_the_data_begins() {
    // The local header's lengths, not the record's: alignment padding is longer than the record's extra field.
    let entry = stored().local(|h| h.extra = vec![0; 4000]).central(|h| h.extra = extra(0x5455, b"\0"));
    assert_eq!(outcome(&around(entry)), whole());
    let entry = stored().local(|h| h.extra_len = Some(u16::MAX));
    assert_eq!(
        outcome(&Zip::new([entry])).map(|o| o.entries),
        Ok(vec![Err(Code::ZipLocalHeader)]),
        "past the end of the file"
    );
    let entry = stored().local(|h| h.extra_len = Some(100));
    let outcome = outcome(&Zip::new([entry])).unwrap().entries.remove(0).unwrap();
    assert_eq!(outcome.0.first(), Some(&Code::ZipEntryRange), "into the directory");
}

// ---- The content.

#[test]
fn the_encryption_bit_is_ignored_by_a_device() {
    assert_eq!(outcome(&around(manifest().both(|h| h.flags |= 1))), odd_entry(&[Code::ZipEncryptedFlag]));
    assert_eq!(outcome(&around(stored().central(|h| h.flags |= 1))), odd_entry(&[Code::ZipEncryptedFlag]));
    assert_eq!(outcome(&around(stored().local(|h| h.flags |= 1))), odd_entry(&[Code::ZipEncryptedFlag]));
}

#[test]
fn an_unknown_method_is_read_as_stored_and_inflated_where_that_fits() {
    // SoumniBot: any method but 8 means stored, uncompressed_length bytes.
    assert_eq!(outcome(&around(stored().both(|h| h.method = 0x6f2a))), odd_entry(&[Code::ZipUnknownMethod]));

    let entry = manifest().both(|h| h.method = 9);
    let (codes, readings) = outcome(&around(entry)).unwrap().entries.remove(0).unwrap();
    assert_eq!(codes[..2], [Code::ZipUnknownMethod, Code::ZipStoredSize]);
    assert_eq!(readings[1], CONTENT, "another reader may well inflate it");
    assert_eq!(readings[2], deflate(CONTENT), "or take the compressed size");
    assert_eq!(readings.len(), 3);
}

#[test]
fn an_unknown_method_with_a_compressed_size_that_lies_is_read_by_its_uncompressed_size() {
    let entry = stored().both(|h| (h.method, h.compressed) = (12, 5));
    let codes = vec![Code::ZipUnknownMethod, Code::ZipStoredSize];
    let first = outcome(&around(entry)).unwrap().entries.remove(0).unwrap();
    assert_eq!((first.0, &first.1[0][..]), (codes, CONTENT));
}

#[test]
fn a_stored_entry_with_two_sizes_has_two_readings() {
    // Android takes the uncompressed size, HarmonyOS the compressed one.
    let long = [CONTENT, b" and more"].concat();
    let entry = Entry::stored(MANIFEST, &long).both(|h| (h.uncompressed, h.crc32) = (len32(CONTENT), crc(CONTENT)));
    let both = vec![CONTENT.to_vec(), long.clone()];
    assert_eq!(outcome(&around(entry)).unwrap().entries, [Ok((vec![Code::ZipStoredSize], both))]);
    let entry = Entry::stored(MANIFEST, &long).both(|h| h.uncompressed = len32(CONTENT));
    let (codes, readings) = outcome(&around(entry)).unwrap().entries.remove(0).unwrap();
    assert_eq!(codes, [Code::ZipStoredSize, Code::ZipCrcMismatch]);
    assert_eq!(readings, [CONTENT.to_vec(), long]);
}

#[test]
fn an_entry_that_reaches_into_the_directory_is_refused_by_a_device() {
    let entry = stored().both(|h| (h.compressed, h.uncompressed) = (1000, 1000));
    assert_eq!(outcome(&Zip::new([entry])), odd_entry(&[Code::ZipEntryRange]), "what stands before the directory");
    let entry = stored().both(|h| h.compressed = 1000);
    let (codes, readings) = outcome(&Zip::new([entry])).unwrap().entries.remove(0).unwrap();
    assert_eq!((codes, &readings[0][..]), (vec![Code::ZipStoredSize, Code::ZipEntryRange], CONTENT));
    let entry = manifest().both(|h| h.compressed = 100_000);
    let (codes, readings) = outcome(&Zip::new([entry])).unwrap().entries.remove(0).unwrap();
    assert_eq!((codes, &readings[0][..]), (vec![Code::ZipEntryRange], CONTENT));
}

#[test]
fn a_declared_size_that_lies_is_refused_by_a_device_and_costs_nothing_here() {
    // SoumniBot and others declare gigabytes; the real bytes are what counts.
    for lie in [u32::MAX - 1, 0, 1] {
        let entry = manifest().both(|h| h.uncompressed = lie);
        assert_eq!(outcome(&around(entry)), odd_entry(&[Code::ZipInflatedSize]), "{lie}");
    }
}

#[test]
fn a_bomb_ends_at_the_limit() {
    let zip = around(Entry::deflated(MANIFEST, vec![0; LIMIT + 1]));
    assert_eq!(outcome(&zip), Ok(Outcome { survey: vec![], entries: vec![Err(Code::LimitEntryBytes)] }));
    let zip = around(Entry::deflated(MANIFEST, vec![0; LIMIT]));
    assert_eq!(outcome(&zip).map(|o| o.entries[0].is_ok()), Ok(true), "the limit itself is allowed");
    let zip = around(Entry::stored(MANIFEST, vec![0; LIMIT + 1]));
    assert_eq!(outcome(&zip), Ok(Outcome { survey: vec![], entries: vec![Err(Code::LimitEntryBytes)] }));
}

#[test]
fn a_checksum_is_never_looked_at_by_a_device() {
    assert_eq!(outcome(&around(manifest().both(|h| h.crc32 ^= 1))), odd_entry(&[Code::ZipCrcMismatch]));
    assert_eq!(outcome(&around(stored().both(|h| h.crc32 ^= 1))), odd_entry(&[Code::ZipCrcMismatch]));
}

#[test]
fn bytes_after_the_deflate_stream_are_ignored_by_a_device() {
    for junk in [1, 100, 8192, 20_000] {
        let entry = manifest().with(|e| e.data.extend(vec![0xaa; junk]));
        let entry = entry.both(|h| h.compressed += u32::try_from(junk).unwrap());
        assert_eq!(outcome(&around(entry)), odd_entry(&[Code::ZipDeflateTail]), "{junk}");
    }
    let empty =
        Entry::stored("empty", b"").both(|h| (h.method, h.compressed) = (8, 3)).with(|e| e.data = vec![3, 0, 0]);
    let outcome = outcome_of(around(empty).build(), "empty").unwrap();
    assert_eq!(outcome.entries, [Ok((vec![Code::ZipDeflateTail], vec![vec![]]))]);
}

#[test]
fn a_deflate_stream_that_breaks_off_is_refused_by_a_device() {
    let content = b"not very compressible: 0123456789 abcdefghij ABCDEFGHIJ".repeat(3);
    let full = deflate(&content);
    let cut = full.len() - 1;
    let entry =
        Entry::deflated(MANIFEST, &content).both(|h| h.compressed = len32(&full) - 1).with(|e| e.data.truncate(cut));
    let (codes, _) = outcome(&around(entry)).unwrap().entries.remove(0).unwrap();
    assert_eq!(codes[0], Code::ZipDeflateBroken);

    // Sizes and checksum that fit what is left of the stream do not make it whole.
    let stored_block = |last: u8, data: &[u8]| {
        let len = u16::try_from(data.len()).unwrap();
        [&[last][..], &len.to_le_bytes(), &(!len).to_le_bytes(), data].concat()
    };
    let open = stored_block(0, CONTENT);
    let entry = Entry::stored(MANIFEST, CONTENT).both(|h| (h.method, h.compressed) = (8, len32(&open)));
    let zip = around(entry.with(|e| e.data.clone_from(&open)));
    assert_eq!(outcome(&zip), odd_entry(&[Code::ZipDeflateBroken]), "no last block");
    let closed = stored_block(1, CONTENT);
    let entry = Entry::stored(MANIFEST, CONTENT).both(|h| (h.method, h.compressed) = (8, len32(&closed)));
    assert_eq!(outcome(&around(entry.with(|e| e.data.clone_from(&closed)))), whole());
}

#[test]
fn bytes_that_are_no_deflate_stream_at_all_are_an_error() {
    let entry = stored().both(|h| h.method = 8).with(|e| e.data.fill(0xff));
    assert_eq!(outcome(&around(entry)).map(|o| o.entries), Ok(vec![Err(Code::ZipDeflateBroken)]));
    let entry = Entry::stored(MANIFEST, b"").both(|h| h.method = 8);
    assert_eq!(outcome(&around(entry)).map(|o| o.entries), Ok(vec![Err(Code::ZipDeflateBroken)]), "no bytes at all");
}

// ---- Size.

/// Bytes with a hole of zeros in them: what stands at `from` and later stands `gap` bytes further.
struct Sparse {
    bytes: Vec<u8>,
    from: u64,
    gap: u64,
}

impl ReadAt for Sparse {
    fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.gap
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        if buf.len() as u64 > self.len().saturating_sub(offset) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        for (at, byte) in (offset..).zip(buf) {
            let real = if at < self.from { Some(at) } else { at.checked_sub(self.gap).filter(|at| *at >= self.from) };
            *byte = real.map_or(0, |at| self.bytes[usize::try_from(at).unwrap()]);
        }
        Ok(())
    }
}

#[test]
fn an_archive_of_more_than_four_gigabytes_is_whole() {
    let gap = 5 << 30;
    let wide = |header: &mut support::zip::Header| {
        (header.compressed, header.uncompressed) = (u32::MAX, u32::MAX);
        header.extra = extra64(&[gap, gap]);
    };
    let far = |header: &mut support::zip::Header, at: u64| {
        header.offset = Some(u32::MAX);
        header.extra = extra64(&[at]);
    };
    let zip = Zip::new([Entry::stored("assets/video", b"").both(wide), manifest().central(|h| far(h, 0))])
        .with(|z| z.end64 = Some(End64::default()));
    let built = zip.layout();
    let at = |offset: usize| offset as u64 + gap;
    let zip = zip.with(|z| {
        far(&mut z.entries[1].central, at(built.locals[1]));
        let end64 = z.end64.as_mut().unwrap();
        (end64.offset, end64.located) = (Some(at(built.directory)), Some(at(built.end - 20 - 56)));
    });
    let source = Source::new("big.aab", Sparse { bytes: zip.build(), from: built.locals[1] as u64, gap });
    let archive = survey(&source).unwrap();
    assert!(archive.is_whole(), "{:?}", archive.doubts());
    let found = archive.value.find(MANIFEST.as_bytes()).unwrap();
    assert_eq!(archive.value.read(&found[0], LIMIT as u64).unwrap(), Reading::whole(CONTENT.to_vec()));
    let video = archive.value.find(b"assets/video").unwrap().remove(0);
    assert_eq!(video.uncompressed, gap);
    let mut seen = 0;
    let stream = archive.value.stream(&video, u64::MAX, &mut |piece| {
        seen += piece.len();
        if seen < 1 << 20 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert_eq!(stream.unwrap(), Reading::whole(1 << 20), "a sink that has enough is not fed on");
}

#[test]
fn a_directory_beyond_the_limits_is_an_error() {
    let zip = Zip::new([Entry::stored("a", b"")]).with(|z| z.end64 = Some(End64::default()));
    let built = zip.layout();
    let gap = limits::DIRECTORY_BYTES;
    let zip = zip.with(|z| {
        let end64 = z.end64.as_mut().unwrap();
        end64.located = Some((built.end - 20 - 56) as u64 + gap);
        end64.size = Some((built.end - 20 - 56 - built.directory) as u64 + gap);
    });
    let source = Source::new("a", Sparse { bytes: zip.build(), from: built.directory as u64 + 47, gap });
    assert_eq!(survey(&source).map(drop_value).map_err(|e| e.code), Err(Code::LimitDirectoryBytes));

    let record = &built.bytes[built.directory..built.directory + 47];
    let records = record.repeat(usize::try_from(limits::ARCHIVE_ENTRIES).unwrap());
    let zip = Zip::new([Entry::stored("a", b"")]).with(|z| z.after_records.clone_from(&records));
    assert_eq!(
        survey(&Source::new("a", zip.build())).map(drop_value).map_err(|e| e.code),
        Err(Code::LimitArchiveEntries)
    );
}

fn drop_value<T>(reading: Reading<T>) -> Vec<Code> {
    codes(&reading.into_parts().1)
}

#[test]
fn a_thousand_duplicates_are_a_short_list_of_doubts_that_says_it_was_cut() {
    let zip = Zip::new(vec![Entry::stored("a", b""); 1000]);
    let codes = survey(&Source::new("a", zip.build())).map(drop_value).unwrap();
    assert_eq!(codes.len(), limits::DOUBTS + 1);
    assert_eq!((codes[0], codes[limits::DOUBTS]), (Code::ZipDuplicateName, Code::LimitDoubts));
}

// ---- An archive in an archive.

#[test]
fn a_nested_archive_is_read_where_it_stands_or_from_what_it_inflates_to() {
    let base = around(manifest()).build();
    for entry in [Entry::stored("base.apk", &base), Entry::deflated("base.apk", &base)] {
        let outer = Source::new("app.apks", Zip::new([Entry::stored("toc.pb", b"x"), entry]).build());
        let archive = survey(&outer).unwrap().value;
        let entry = archive.find(b"base.apk").unwrap().remove(0);
        let nested = archive.nested(&entry, LIMIT as u64).unwrap();
        assert!(nested.is_whole());
        let nested = nested.value;
        assert_eq!(nested.len(), base.len() as u64);
        let inner = survey(&nested).unwrap();
        assert!(inner.is_whole());
        let found = inner.value.find(MANIFEST.as_bytes()).unwrap().remove(0);
        assert_eq!(inner.value.read(&found, LIMIT as u64).unwrap(), Reading::whole(CONTENT.to_vec()));
        assert_eq!(inner.value.place(&found).to_string(), "app.apks!base.apk!AndroidManifest.xml");
    }
    let bomb = Source::new("a", Zip::new([Entry::deflated("base.apk", vec![0; LIMIT + 1])]).build());
    let archive = survey(&bomb).unwrap().value;
    let entry = archive.find(b"base.apk").unwrap().remove(0);
    assert_eq!(archive.nested(&entry, LIMIT as u64).err().map(|e| e.code), Some(Code::LimitEntryBytes));
}

// ---- What the system does.

/// Bytes of which one cannot be read.
struct Damaged {
    bytes: Vec<u8>,
    at: u64,
}

impl ReadAt for Damaged {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        if (offset..offset + buf.len() as u64).contains(&self.at) {
            return Err(std::io::Error::other("a bad sector"));
        }
        self.bytes.read_at(offset, buf)
    }
}

#[test]
fn a_read_that_fails_is_an_error_wherever_it_happens() {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    let noise: Vec<u8> = (0..200_000).map(|_| next()).collect();
    for entry in [Entry::stored(MANIFEST, &noise), Entry::deflated(MANIFEST, &noise)] {
        let built = Zip::new([entry]).layout();
        for at in [0, 40, 70_000, built.directory, built.end] {
            let source = Source::new("a", Damaged { bytes: built.bytes.clone(), at: at as u64 });
            let read = survey(&source).and_then(|archive| {
                let entry = archive.value.find(MANIFEST.as_bytes())?.remove(0);
                archive.value.read(&entry, LIMIT as u64)
            });
            assert_eq!(read.map(drop_value).map_err(|e| e.code), Err(Code::ReadFailed), "{at}");
        }
    }
}

// ---- What is no archive.

#[test]
fn a_file_that_is_no_package_is_named_by_what_it_looks_like() {
    let ask = |bytes: &[u8]| sniff(&Source::new("a", bytes.to_vec()));
    assert_eq!(ask(b"<?xml version=\"1.0\"?><manifest/>"), Ok(Sniffed::ManifestXml));
    assert_eq!(ask(b"{\"module\": 1}"), Ok(Sniffed::Json));
    assert_eq!(ask(b"").map_err(|e| e.code), Err(Code::EmptyFile));
    let utf16: Vec<u8> = "\u{feff}text".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, look) in [
        (&b"%PDF-1.7"[..], "PDF"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"dex\n035\0", "DEX"),
        (b"MZ\x90\0", "Windows executable"),
        (b"\x7fELF\x02", "ELF"),
        (&[0; 5000], "zero bytes"),
        (b"<?xml version=\"1.0\"?><resources/>", "XML text"),
        (b"\xef\xbb\xbf<!DOCTYPE HTML><html>", "HTML"),
        ("Datenschutzerklärung".as_bytes(), "text"),
        (&utf16, "UTF-16"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\x01\x02\xff\xfe\0", "no known kind"),
    ] {
        let error = ask(bytes).unwrap_err();
        assert_eq!(error.code, Code::UnknownKind);
        assert!(error.message.contains(look), "{look}: {}", error.message);
    }
}

#[test]
fn a_binary_manifest_is_known_by_its_chunk_and_by_what_follows() {
    let ask = |bytes: &[u8]| sniff(&Source::new("a", bytes.to_vec()));
    assert_eq!(ask(&[3, 0, 8, 0, 0xff, 0, 0, 0]), Ok(Sniffed::Axml), "cut short: its reader says so");
    // A device does not check the outer type.
    assert_eq!(ask(&[0, 0, 8, 0, 16, 0, 0, 0, 1, 0, 28, 0, 0, 0, 0, 0]), Ok(Sniffed::Axml));
    assert_eq!(ask(&[0, 0, 8, 0, 16, 0, 0, 0, 1, 2, 28, 0, 0, 0, 0, 0]).map_err(|e| e.code), Err(Code::UnknownKind));
    // An archive behind a binary manifest is still an archive.
    let zip = around(manifest()).with(|z| z.prefix = vec![3, 0, 8, 0, 8, 0, 0, 0]);
    assert_eq!(ask(&zip.build()), Ok(Sniffed::Zip));
}
