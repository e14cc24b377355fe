//! A package is read where it matters: bytes and time do not grow with the size of what is beside the manifest.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a test may stop")]

mod support;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use permaudit::platform;
use permaudit::source::{ReadAt, Source};
use support::zip::{Entry, Zip};

const MANIFEST: &[u8] = include_bytes!("../fixtures/packages/AndroidManifest.xml");
const GAP: u64 = 3_000_000_000;

/// The bytes of an archive with `GAP` zeros at `at`, which exist only when they are read.
struct Large {
    bytes: Vec<u8>,
    at: u64,
    read: Arc<AtomicU64>,
}

impl ReadAt for Large {
    fn len(&self) -> u64 {
        self.bytes.len() as u64 + GAP
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.read.fetch_add(buf.len() as u64, Ordering::Relaxed);
        for (offset, byte) in (offset..).zip(buf) {
            let index = if offset < self.at { offset } else { offset.saturating_sub(GAP).max(self.at) };
            let real = offset < self.at || offset >= self.at + GAP;
            *byte = if real { *self.bytes.get(index as usize).ok_or(io::ErrorKind::UnexpectedEof)? } else { 0 };
        }
        Ok(())
    }
}

#[test]
fn three_gigabytes_beside_the_manifest_are_not_read() {
    let assets = Entry::stored("assets/world.pak", "").both(|header| {
        header.compressed = GAP as u32;
        header.uncompressed = GAP as u32;
    });
    let manifest = Entry::deflated("AndroidManifest.xml", MANIFEST);
    let mut zip = Zip::new([assets, manifest]);
    let layout = zip.layout();
    let moved = |offset: usize| u32::try_from(offset as u64 + GAP).expect("it fits");
    zip.entries[1].central.offset = Some(moved(layout.locals[1]));
    zip.end.offset = Some(moved(layout.directory));

    let read = Arc::new(AtomicU64::new(0));
    let large = Large { bytes: zip.build(), at: layout.locals[1] as u64, read: Arc::clone(&read) };
    let package = platform::read(&Source::new("large.apk", large));

    assert!(package.declarations.is_whole(), "{:?}", package.declarations.doubts());
    let alone = platform::read(&Source::new("AndroidManifest.xml", MANIFEST.to_vec()));
    assert_eq!(package.declarations.value.len(), alone.declarations.value.len());
    let read = read.load(Ordering::Relaxed);
    assert!((MANIFEST.len() as u64 / 8..256 * 1024).contains(&read), "{read} bytes were read");
}
