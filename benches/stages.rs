//! The stages of a check, each by itself: `cargo bench`.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark may stop")]

use std::io::{Cursor, Write};

use divan::{Bencher, black_box};
use permaudit::check::{self, Options, Product};
use permaudit::container::zip;
use permaudit::knowledge::Book;
use permaudit::source::Source;
use permaudit::{limits, platform, statement};

const APK: &[u8] = include_bytes!("../fixtures/sample/app.apk");
const BUNDLE: &[u8] = include_bytes!("../fixtures/packages/bundle.aab");
const STATEMENT: &str = include_str!("../fixtures/sample/privacy.md");
fn main() {
    divan::main();
}

fn apk() -> Source {
    Source::new("app.apk", APK.to_vec())
}

/// The sample's manifest among `entries` further entries, as in an app with many resources.
fn crowded(entries: usize) -> Source {
    let mut manifest = ::zip::ZipArchive::new(Cursor::new(APK)).expect("the sample is an archive");
    let manifest = manifest.by_name("AndroidManifest.xml").expect("it has a manifest");
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
    for number in 0..entries {
        writer.start_file(format!("res/drawable/file_{number}.png"), stored).expect("memory");
        writer.write_all(&[0; 16]).expect("memory");
    }
    writer.raw_copy_file(manifest).expect("memory");
    Source::new("crowded.apk", writer.finish().expect("memory").into_inner())
}

#[divan::bench(args = [10, 1_000, 60_000])]
fn survey_and_find_the_manifest(bencher: Bencher<'_, '_>, entries: usize) {
    let source = crowded(entries);
    bencher.bench(|| {
        let archive = zip::survey(black_box(&source)).expect("it is an archive");
        archive.value.find(b"AndroidManifest.xml").expect("it can be read").len()
    });
}

#[divan::bench]
fn inflate_the_manifest(bencher: Bencher<'_, '_>) {
    let source = apk();
    let archive = zip::survey(&source).expect("it is an archive").value;
    let entry = archive.find(b"AndroidManifest.xml").expect("it can be read").remove(0);
    bencher.bench(|| archive.read(black_box(&entry), limits::ENTRY_BYTES).expect("it is whole"));
}

#[divan::bench]
fn read_a_package(bencher: Bencher<'_, '_>) {
    let source = apk();
    bencher.bench(|| platform::read(black_box(&source)));
}

#[divan::bench]
fn read_a_bundle(bencher: Bencher<'_, '_>) {
    let source = Source::new("bundle.aab", BUNDLE.to_vec());
    bencher.bench(|| platform::read(black_box(&source)));
}

#[divan::bench(args = [1, 100])]
fn read_a_statement(bencher: Bencher<'_, '_>, copies: usize) {
    let source = Source::new("privacy.md", STATEMENT.repeat(copies).into_bytes());
    bencher.bench(|| statement::read(black_box(&source), &Book));
}

#[divan::bench]
fn inspect(bencher: Bencher<'_, '_>) {
    let (packages, options) = ([apk()], Options::default());
    bencher.bench(|| check::inspect(black_box(&packages), &options));
}

#[divan::bench]
fn check_a_package_against_a_statement(bencher: Bencher<'_, '_>) {
    let statement = Source::new("privacy.md", STATEMENT.as_bytes().to_vec());
    let products = [Product { packages: vec![apk()], groups: vec![vec![statement]] }];
    let options = Options::default();
    bencher.bench(|| check::check(black_box(&products), &options));
}
