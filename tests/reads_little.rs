//! A package is read where it matters: bytes and time do not grow with the size of what is beside the manifest.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a test may stop")]

mod support;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use permaudit::platform;
use permaudit::source::{ReadAt, Source};
use support::arsc::{self, table, values};
use support::axml::{Attr, Value, attr, element, id, manifest, name};
use support::zip::{Entry, Zip};

const MANIFEST: &[u8] = include_bytes!("../fixtures/packages/AndroidManifest.xml");
const GAP: u64 = 3_000_000_000;

/// Bytes that count how many of them are read.
struct Counted(Vec<u8>, Arc<AtomicU64>);

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.1.fetch_add(buf.len() as u64, Ordering::Relaxed);
        ReadAt::read_at(&self.0, offset, buf)
    }
}

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

/// What is said of the one guarded component, and how many bytes are read of a package with a large resource table.
fn guarded_beside_a_table(enabled: Value, permission: &str) -> (Vec<String>, u64) {
    let strings = (0..100).map(|n| (n, arsc::Value::Text(format!("{n} {}", "nobody asks for this ".repeat(1_000)))));
    let switch = values(2, vec![(0, arsc::Value::Int(1))]);
    let table = table(&[(0x7f, vec![values(1, strings.collect()), switch.clone().in_german(), switch])]);
    assert!(table.len() > 2_000_000, "{}", table.len());
    let demands: Attr = attr("permission", id::PERMISSION, Value::Text(permission.into()));
    let service = element("service").with(name(".A")).with(demands).with(attr("enabled", id::ENABLED, enabled));
    let tree = manifest([element("application").child(service)]);
    let entries = [Entry::stored("AndroidManifest.xml", tree.bytes()), Entry::stored("resources.arsc", table)];
    let read = Arc::new(AtomicU64::new(0));
    let package = platform::read(&Source::new("app.apk", Counted(Zip::new(entries).build(), Arc::clone(&read))));
    assert!(package.declarations.is_whole(), "{:?}", package.declarations.doubts());
    let flags = package.declarations.value.iter().flat_map(|declaration| declaration.conditions.flags.clone());
    (flags.collect(), read.load(Ordering::Relaxed))
}

#[test]
fn a_resource_table_is_read_where_it_is_asked() {
    const VPN: &str = "android.permission.BIND_VPN_SERVICE";
    let (flags, without) = guarded_beside_a_table(Value::Int(1), VPN);
    assert_eq!(flags, ["enabled=true"]);
    let reference = || Value::Reference(0x7f02_0000);
    let (flags, unguarded) = guarded_beside_a_table(reference(), "com.example.OWN");
    assert!(flags.is_empty());
    assert!(unguarded < without + 1024, "{unguarded} bytes for a component that holds no power, {without} without");
    let (flags, guarded) = guarded_beside_a_table(reference(), VPN);
    assert_eq!(flags, ["enabled=true"]);
    assert!(guarded < without + 8 * 1024, "{guarded} bytes were read, {without} without a reference");
    // A text is in the pool.
    let (_, text) = guarded_beside_a_table(Value::Reference(0x7f01_0001), VPN);
    assert!(text > 2_000_000, "{text}");
}
