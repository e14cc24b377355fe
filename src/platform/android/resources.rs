//! The package's resource table, opened when a value of the manifest is a reference.

use std::collections::HashMap;

use crate::container::zip::Archive;
use crate::doubt::Reading;
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
    /// The table, once it was wanted.
    table: Option<Held>,
    /// Bytes of the table that may be held.
    limit: u64,
    known: HashMap<Reference, Resolved>,
    /// Fields that may still be looked at.
    steps: usize,
}

/// What is held of a table.
enum Held {
    /// Nothing: there is none, or it cannot be read for certain, and nothing is resolved.
    Nothing,
    /// A `resources.arsc`: its string pool, and all of it when it is compressed.
    Binary { table: Box<Table>, inflated: u64 },
    /// All of a `resources.pb`.
    Protobuf(Vec<u8>),
}

impl<'a> Resources<'a> {
    /// No table: for a manifest that stands alone.
    pub(super) fn none() -> Self {
        let (entry, known) = (String::new(), HashMap::new());
        Self { archive: None, entry, is_protobuf: false, table: None, limit: 0, known, steps: limits::TABLE_STEPS }
    }

    /// The resource table of the APK in `archive`, of which at most `limit` bytes are held.
    pub(super) fn of_package(archive: &'a Archive<'a>, limit: u64) -> Self {
        Self { archive: Some(archive), entry: ENTRY.to_owned(), limit, ..Self::none() }
    }

    /// The resource table of a module of the bundle in `archive`, of at most `limit` bytes.
    pub(super) fn of_module(archive: &'a Archive<'a>, module: &str, limit: u64) -> Self {
        let entry = format!("{module}/resources.pb");
        Self { archive: Some(archive), entry, is_protobuf: true, limit, ..Self::none() }
    }

    /// Bytes of the table that are held.
    pub(super) fn used(&self) -> u64 {
        match &self.table {
            None | Some(Held::Nothing) => 0,
            Some(Held::Binary { table, inflated }) => inflated.saturating_add(table.held()),
            Some(Held::Protobuf(bytes)) => bytes.len() as u64,
        }
    }

    /// Where `reference` leads: nowhere, and incomplete, when there is no table or it cannot be read for certain. What
    /// that means depends on the value that was wanted.
    pub(super) fn resolve(&mut self, reference: &Reference) -> &Resolved {
        let (archive, entry, is_protobuf) = (self.archive, self.entry.as_bytes(), self.is_protobuf);
        let limit = self.limit.min(limits::RESOURCE_TABLE_BYTES);
        let table = self.table.get_or_insert_with(|| {
            archive.and_then(|archive| open(archive, entry, is_protobuf, limit)).unwrap_or(Held::Nothing)
        });
        self.known.entry(reference.clone()).or_insert_with(|| match table {
            Held::Binary { table, .. } if reference.id != 0 => table.resolve(reference.id),
            Held::Protobuf(bytes) => proto_resources::resolve(bytes, reference, &mut self.steps),
            Held::Binary { .. } | Held::Nothing => Resolved::nowhere(),
        })
    }
}

/// The table in `entry`; `None` when it is missing or cannot be read for certain. A device maps a stored table and
/// looks at no checksum, so that is read where it stands.
fn open(archive: &Archive<'_>, entry: &[u8], is_protobuf: bool, limit: u64) -> Option<Held> {
    let entries = archive.find(entry).ok()?;
    let [entry] = entries.as_slice() else { return None };
    if is_protobuf {
        let bytes = archive.read(entry, limit).ok().filter(Reading::is_whole)?;
        return Some(Held::Protobuf(bytes.value));
    }
    let source = archive.nested(entry, limit).ok().filter(Reading::is_whole)?.value;
    let inflated = if entry.is_stored() { 0 } else { source.len() };
    let table = Box::new(Table::open(source, limit)?);
    Some(Held::Binary { table, inflated })
}
