//! App bundles: the manifest of the base and of every feature module.
//!
//! Source: bundletool (`AppBundle`, `BundleModule`, `FusingAndroidManifestMerger`, which takes children of
//! `<application>` alone from a module into the base). A store makes the packages of a device from the modules: what
//! any of them requests is reported, with its module.

use std::collections::BTreeSet;

use super::{BASE, Encoding, MANIFEST, Parts, Resources, documents, manifests};
use crate::container::zip::Archive;
use crate::deadline;
use crate::declaration::{Package, PackageKind};
use crate::doubt::{Code, Doubt};
use crate::error::Error;
use crate::limits;
use crate::source::Source;

/// The module whose manifest the entry `name` is.
fn module(name: &[u8]) -> Option<&str> {
    let module = name.strip_suffix(MANIFEST.as_bytes())?.strip_suffix(b"/manifest/")?;
    let module = std::str::from_utf8(module).ok()?;
    (!module.is_empty() && !module.contains('/')).then_some(module)
}

/// True for the name of an entry that tells a bundle: its configuration, or the manifest of its base.
#[must_use]
pub fn is_bundle(name: &[u8]) -> bool {
    name == b"BundleConfig.pb" || module(name) == Some(BASE)
}

/// Reads the bundle in `archive`, whose survey raised `doubts`.
///
/// # Errors
/// `read-failed`, and where no manifest can be had.
pub fn read_archive(source: &Source, archive: &Archive<'_>, doubts: Vec<Doubt>) -> Result<Package, Error> {
    let mut modules = BTreeSet::new();
    let mut too_many = false;
    archive.visit(|record| {
        if let Some(module) = module(record.name) {
            too_many |= modules.len() >= limits::MODULES;
            if !too_many {
                modules.insert(module.to_owned());
            }
        }
        std::ops::ControlFlow::Continue(())
    })?;
    let mut parts = Parts::new(doubts);
    let has_base = modules.remove(BASE);
    let base = has_base.then(|| BASE.to_owned());
    for module in base.into_iter().chain(modules) {
        deadline::step();
        let name = format!("{module}/manifest/{MANIFEST}");
        let place = source.place().in_entry(&name);
        let documents = match documents(source, archive, &name, &mut parts.doubts) {
            Ok((documents, failed)) => {
                parts.broken |= failed;
                documents
            }
            Err(error) => {
                parts.fail(error);
                continue;
            }
        };
        if let Err(error) = parts.take(&documents, &place) {
            parts.fail(error);
            break;
        }
        let mut resources = Resources::of_module(archive, &module, parts.room.tables);
        let (manifest, broken) = manifests(&documents, &place, Encoding::Protobuf, &mut resources, &mut parts.doubts);
        parts.room.tables = parts.room.tables.saturating_sub(resources.used());
        parts.broken |= broken;
        if let Some(manifest) = manifest {
            parts.add(manifest, &module, &place);
        }
    }
    if too_many {
        let message = format!("the bundle has more than the {} modules that are read", limits::MODULES);
        parts.fail(Error::new(Code::LimitModules, source.place(), message));
    }
    if !has_base {
        let place = source.place().in_entry(&format!("{BASE}/manifest/{MANIFEST}"));
        parts.fail(Error::new(Code::AndroidNoManifest, place, "the bundle has no manifest of its base module"));
    }
    Ok(parts.finish(source, PackageKind::Aab))
}
