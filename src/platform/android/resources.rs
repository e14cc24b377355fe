//! The package's resource table, opened when a value of the manifest is a reference.

use std::collections::HashMap;

use crate::container::zip::Archive;
use crate::format::arsc::{Resolved, Table};
use crate::limits;

/// Name of the resource table in an APK.
const ENTRY: &[u8] = b"resources.arsc";

/// Resolves references. An APK that never uses one in its manifest pays nothing.
pub(super) struct Resources<'a> {
    archive: Option<&'a Archive<'a>>,
    /// The bytes of the table, once they were wanted; empty when there is none that can be read.
    bytes: Option<Vec<u8>>,
    known: HashMap<u32, Resolved>,
    /// Chunks that may still be looked at.
    steps: usize,
}

impl<'a> Resources<'a> {
    /// The resource table in `archive`; none for a manifest that stands alone.
    pub(super) fn new(archive: Option<&'a Archive<'a>>) -> Self {
        Self { archive, bytes: None, known: HashMap::new(), steps: limits::TABLE_STEPS }
    }

    /// Where the reference `id` leads: nowhere, and incomplete, when there is no table or it cannot be read for
    /// certain. What that means depends on the value that was wanted.
    pub(super) fn resolve(&mut self, id: u32) -> &Resolved {
        let archive = self.archive;
        let bytes = self.bytes.get_or_insert_with(|| archive.map_or_else(Vec::new, read));
        self.known.entry(id).or_insert_with(|| {
            let Some(mut table) = Table::parse(bytes, self.steps) else { return Resolved::nowhere() };
            let resolved = table.resolve(id);
            self.steps = table.steps();
            resolved
        })
    }
}

/// The bytes of the table; empty when it is missing or cannot be read for certain, which resolves nothing.
fn read(archive: &Archive<'_>) -> Vec<u8> {
    let Ok(entries) = archive.find(ENTRY) else { return Vec::new() };
    let [entry] = entries.as_slice() else { return Vec::new() };
    match archive.read(entry, limits::RESOURCE_TABLE_BYTES) {
        Ok(reading) if reading.is_whole() => reading.value,
        _ => Vec::new(),
    }
}
