//! Split sets: the packages of one app in one archive, as bundletool (`.apks`) and two sites that
//! offer packages (`.xapk`, `.apkm`) make them.
//!
//! The base decides what the app is. A device takes no permission from a split (`ParsingPackageUtils`), but a split
//! stands for a module that another build may have in its base: what it requests is reported, with its name. The list
//! that a set has of itself is compared and never believed.

use std::ops::ControlFlow;

use serde_json::Value;

use super::{BASE, Encoding, MANIFEST, Parts, Resources, documents, manifests};
use crate::container::zip::{self, Archive, Entry};
use crate::deadline;
use crate::declaration::{Claims, Package, PackageKind};
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::format::protobuf::Message;
use crate::limits;
use crate::source::Source;

/// Names of the base in the sets of well-known tools: of several packages that are no split they come first.
const BASES: [&[u8]; 4] = [b"base.apk", b"splits/base-master.apk", b"universal.apk", b"base-master.apk"];

/// The list of a set of bundletool's (`BuildApksResult`), and the field that holds the package name.
const TOC: &str = "toc.pb";
const TOC_PACKAGE_NAME: u32 = 4;

/// The lists of the others: the entry, what it makes of the set, a key that tells it from other files, and the keys of
/// package name, version name and version code.
const LISTS: [(&str, PackageKind, [&str; 2], [&str; 3]); 2] = [
    (
        "manifest.json",
        PackageKind::Xapk,
        ["xapk_version", "package_name"],
        ["package_name", "version_name", "version_code"],
    ),
    ("info.json", PackageKind::Apkm, ["apkm_version", "pname"], ["pname", "release_version", "versioncode"]),
];

/// Folders in which an APK keeps what it carries, shortened names of resources among them. The packages of a set stand
/// elsewhere.
const CARRIED: [&[u8]; 5] = [b"assets", b"res", b"r", b"lib", b"META-INF"];

/// True for the name of a package in a set. Installers take the ending in any case.
#[must_use]
pub fn is_apk(name: &[u8]) -> bool {
    let ending = name.len().checked_sub(".apk".len()).and_then(|at| name.get(at..));
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case(b".apk"))
}

/// True when an archive that another kind of package could be as well is a set: a package stands where no other kind
/// carries one, or the list of a set does.
///
/// # Errors
/// `read-failed`.
pub fn is_certain_set(archive: &Archive<'_>) -> Result<bool, Error> {
    let mut is_set = list(archive, &mut Vec::new())?.1.is_some();
    archive.visit(|record| {
        if !is_apk(record.name) {
            return ControlFlow::Continue(());
        }
        let mut parts = record.name.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".");
        is_set |= !parts.next().is_some_and(|top| CARRIED.iter().any(|folder| folder.eq_ignore_ascii_case(top)));
        if is_set { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(is_set)
}

/// Reads the set in `archive`, whose survey raised `doubts`.
///
/// # Errors
/// `read-failed`.
pub fn read_archive(source: &Source, archive: &Archive<'_>, doubts: Vec<Doubt>) -> Result<Package, Error> {
    let mut parts = Parts::new(doubts);
    let (kind, claims) = list(archive, &mut parts.doubts)?;
    let mut packages = archive.select(is_apk)?;
    if packages.len() > limits::MODULES {
        let message = format!("the set has {} packages; {} are read", packages.len(), limits::MODULES);
        packages.truncate(limits::MODULES);
        parts.fail(Error::new(Code::LimitModules, source.place(), message));
    }
    packages.sort_by_key(|entry| BASES.iter().position(|base| *base == entry.name).unwrap_or(BASES.len()));
    for entry in &packages {
        deadline::step();
        if let Err(error) = package(archive, entry, &mut parts) {
            parts.fail(error);
        }
    }
    if !parts.has_base && !parts.broken {
        let message = "no package of the set is a base";
        doubt::push(&mut parts.doubts, Doubt::new(Code::AndroidNoBase, source.place(), message));
    }
    let mut package = parts.finish(source, kind);
    package.claims = claims;
    Ok(package)
}

/// Reads one package of the set.
fn package(archive: &Archive<'_>, entry: &Entry, parts: &mut Parts) -> Result<(), Error> {
    let limit = parts.room.nested.min(limits::NESTED_BYTES);
    let inner = archive.nested(entry, limit)?.drain_into(&mut parts.doubts);
    if !entry.is_stored() {
        parts.room.nested = parts.room.nested.saturating_sub(inner.len());
    }
    let survey = zip::survey(&inner)?.drain_into(&mut parts.doubts);
    let (documents, failed) = documents(&inner, &survey, MANIFEST, &mut parts.doubts)?;
    let place = inner.place().in_entry(MANIFEST);
    parts.take(&documents, &place)?;
    let mut resources = Resources::of_package(&survey, parts.room.tables);
    let (manifest, broken) = manifests(&documents, &place, Encoding::Binary, &mut resources, &mut parts.doubts);
    parts.room.tables = parts.room.tables.saturating_sub(resources.used());
    parts.broken |= failed || broken;
    if let Some(manifest) = manifest {
        let module = manifest.split.as_ref().map_or_else(|| BASE.to_owned(), |(name, _)| name.clone());
        // A split that calls itself the base is still none.
        let module = if module == BASE && manifest.split.is_some() { "split base".to_owned() } else { module };
        parts.add(manifest, &module, &place);
    }
    Ok(())
}

/// What the set says that it is, and what it says of the app.
fn list(archive: &Archive<'_>, doubts: &mut Vec<Doubt>) -> Result<(PackageKind, Option<Claims>), Error> {
    for (name, kind, marks, [id, version_name, version_code]) in LISTS {
        for entry in archive.find(name.as_bytes())? {
            deadline::step();
            let Some(bytes) = content(archive, &entry, doubts) else { continue };
            let place = archive.place(&entry);
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            let Ok(list) = serde_json::from_slice::<Value>(bytes) else {
                let message = "the list of the set is no JSON";
                doubt::push(doubts, Doubt::new(Code::AndroidSetList, place, message));
                continue;
            };
            if marks.iter().all(|mark| list.get(mark).is_none()) {
                continue;
            }
            let text = |key: &str| match list.get(key) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let permissions = list.get("permissions").and_then(Value::as_array).map(|names| {
                let names = names.iter().filter_map(Value::as_str).map(str::to_owned);
                names.take(limits::DECLARATIONS).collect()
            });
            let claims = Claims {
                id: text(id),
                version_name: text(version_name),
                version_code: text(version_code),
                permissions,
                place,
            };
            return Ok((kind, Some(claims)));
        }
    }
    for entry in archive.find(TOC.as_bytes())? {
        deadline::step();
        let Some(bytes) = content(archive, &entry, doubts) else { continue };
        let place = archive.place(&entry);
        let mut fields = Message::document(&bytes).fields();
        let mut id = None;
        loop {
            deadline::step();
            match fields.next_field() {
                Ok(Some(field)) if field.number == TOC_PACKAGE_NAME => {
                    id = field.message().and_then(Message::text).map(str::to_owned);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err((fault, at)) => {
                    let message = format!("the list of the set is malformed: {fault}");
                    doubt::push(doubts, Doubt::new(Code::AndroidSetList, place.clone().at(at as u64), message));
                    break;
                }
            }
        }
        let claims = Claims { id, version_name: None, version_code: None, permissions: None, place };
        return Ok((PackageKind::Apks, Some(claims)));
    }
    Ok((PackageKind::Apks, None))
}

/// The bytes of a list; `None`, with a doubt, where they cannot be had.
fn content(archive: &Archive<'_>, entry: &Entry, doubts: &mut Vec<Doubt>) -> Option<Vec<u8>> {
    match archive.read(entry, limits::SET_LIST_BYTES) {
        Ok(reading) => Some(reading.drain_into(doubts)),
        Err(error) => {
            let message = format!("the list of the set cannot be read: {}", error.message);
            doubt::push(doubts, Doubt::new(Code::AndroidSetList, error.place, message));
            None
        }
    }
}

/// An encrypted set: known for what it is, and not read.
#[must_use]
pub fn read_encrypted(source: &Source) -> Package {
    let message = "the file looks like an encrypted set of packages (an old .apkm): what it declares cannot be read";
    let doubt = Doubt::new(Code::AndroidEncryptedSet, source.place().at(0), message);
    Package { kind: Some(PackageKind::Apkm), ..Package::unreadable(source.place(), vec![doubt]) }
}
