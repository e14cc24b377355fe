//! The package's resource table, opened when a value of the manifest is a reference.

use std::collections::HashMap;

use crate::container::zip::Archive;
use crate::format::arsc::{Resolved, Table};
use crate::format::document::Reference;
use crate::format::proto_resources;
use crate::limits;

/// Name of the resource table in an APK.
const ENTRY: &str = "resources.arsc";

/// Resolves references. A package that never uses one in its manifest pays nothing.
pub(super) struct Resources<'a> {
    archive: Option<&'a Archive<'a>>,
    /// The entry that holds the table.
    entry: String,
    is_protobuf: bool,
    /// The bytes of the table, once they were wanted; empty when there is none that can be read.
    bytes: Option<Vec<u8>>,
    /// Bytes that the table may have.
    limit: u64,
    known: HashMap<Reference, Resolved>,
    /// Chunks or fields that may still be looked at.
    steps: usize,
}

impl<'a> Resources<'a> {
    /// No table: for a manifest that stands alone.
    pub(super) fn none() -> Self {
        let (entry, known) = (String::new(), HashMap::new());
        Self { archive: None, entry, is_protobuf: false, bytes: None, limit: 0, known, steps: limits::TABLE_STEPS }
    }

    /// The resource table of the APK in `archive`, of at most `limit` bytes.
    pub(super) fn of_package(archive: &'a Archive<'a>, limit: u64) -> Self {
        Self { archive: Some(archive), entry: ENTRY.to_owned(), limit, ..Self::none() }
    }

    /// The resource table of a module of the bundle in `archive`, of at most `limit` bytes.
    pub(super) fn of_module(archive: &'a Archive<'a>, module: &str, limit: u64) -> Self {
        let entry = format!("{module}/resources.pb");
        Self { archive: Some(archive), entry, is_protobuf: true, limit, ..Self::none() }
    }

    /// Bytes of the table, where it was read.
    pub(super) fn used(&self) -> u64 {
        self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)
    }

    /// Where `reference` leads: nowhere, and incomplete, when there is no table or it cannot be read for certain. What
    /// that means depends on the value that was wanted.
    pub(super) fn resolve(&mut self, reference: &Reference) -> &Resolved {
        let (archive, entry, limit) = (self.archive, self.entry.as_bytes(), self.limit);
        let bytes =
            self.bytes.get_or_insert_with(|| archive.map_or_else(Vec::new, |archive| read(archive, entry, limit)));
        self.known.entry(reference.clone()).or_insert_with(|| {
            if self.is_protobuf {
                return proto_resources::resolve(bytes, reference, &mut self.steps);
            }
            let table = Table::parse(bytes, self.steps).filter(|_| reference.id != 0);
            let Some(mut table) = table else { return Resolved::nowhere() };
            let resolved = table.resolve(reference.id);
            self.steps = table.steps();
            resolved
        })
    }
}

/// The bytes of the table; empty when it is missing or cannot be read for certain, which resolves nothing.
fn read(archive: &Archive<'_>, entry: &[u8], limit: u64) -> Vec<u8> {
    let Ok(entries) = archive.find(entry) else { return Vec::new() };
    let [entry] = entries.as_slice() else { return Vec::new() };
    match archive.read(entry, limit.min(limits::RESOURCE_TABLE_BYTES)) {
        Ok(reading) if reading.is_whole() => reading.value,
        _ => Vec::new(),
    }
}
