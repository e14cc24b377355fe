//! The reasons of requests: texts that stand in the manifest, or in the resource table of the module.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::Request;
use crate::container::zip::Archive;
use crate::deadline;
use crate::doubt::{self, Doubt};
use crate::format::resources_index::{self, Key, Texts};
use crate::limits;

/// Where the resource table stands: in the root for the stage model, under the name of the module before.
const INDEX: &str = "resources.index";
const INDEX_FOLDER: &str = "assets/";

/// The key under which texts of no language stand.
const NO_LANGUAGE: &str = "default";

/// The resource tables of a module, looked for when a reason refers to one.
pub(super) struct Reasons<'a> {
    archive: Option<&'a Archive<'a>>,
    module: Option<String>,
}

impl<'a> Reasons<'a> {
    /// For a manifest without a package.
    pub(super) fn none() -> Reasons<'static> {
        Reasons { archive: None, module: None }
    }

    /// For the module called `module` in `archive`.
    pub(super) fn of(archive: &'a Archive<'a>, module: Option<&str>) -> Reasons<'a> {
        Reasons { archive: Some(archive), module: module.map(str::to_owned) }
    }

    /// The texts of each request by language; none where it gives no reason, or one that leads nowhere.
    pub(super) fn texts(&mut self, requests: &[Request], doubts: &mut Vec<Doubt>) -> Vec<Texts> {
        let wanted: BTreeSet<Key> = requests.iter().flat_map(keys).collect();
        let found = if wanted.is_empty() { BTreeMap::new() } else { self.look_up(&wanted, doubts) };
        let of = |request: &Request| match &request.reason {
            Some(reason) if !request.is_reference() => Texts::from([(NO_LANGUAGE.to_owned(), reason.clone())]),
            _ => keys(request).find_map(|key| found.get(&key).cloned()).unwrap_or_default(),
        };
        requests.iter().map(of).collect()
    }

    fn look_up(&self, wanted: &BTreeSet<Key>, doubts: &mut Vec<Doubt>) -> BTreeMap<Key, Texts> {
        let mut found: BTreeMap<Key, Texts> = BTreeMap::new();
        let Some(archive) = self.archive else { return found };
        let own = self.module.as_ref().map(|module| format!("{INDEX_FOLDER}{module}/{INDEX}"));
        for name in [Some(INDEX.to_owned()), own].into_iter().flatten() {
            let entries = match archive.find(name.as_bytes()) {
                Ok(entries) => entries,
                Err(error) => {
                    doubt::push(doubts, error.into_doubt());
                    continue;
                }
            };
            // The last of several is the one that a device reads.
            for entry in entries.iter().rev() {
                deadline::step();
                let readings = match archive.readings(entry, limits::RESOURCES_INDEX_BYTES) {
                    Ok(readings) => readings.drain_into(doubts),
                    Err(error) => {
                        doubt::push(doubts, error.into_doubt());
                        continue;
                    }
                };
                for bytes in readings {
                    deadline::step();
                    let texts = resources_index::texts(&bytes, &archive.place(entry), wanted).drain_into(doubts);
                    for (key, texts) in texts {
                        deadline::step();
                        found.entry(key).or_insert(texts);
                    }
                }
            }
        }
        found
    }
}

/// What leads to the reason of `request` in a resource table: a device goes by the number.
fn keys(request: &Request) -> impl Iterator<Item = Key> {
    let by_id = request.reason_id.map(Key::Id);
    let by_name = request.reason.as_deref().filter(|_| request.is_reference()).and_then(Key::of);
    by_id.into_iter().chain(by_name)
}
