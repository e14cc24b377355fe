//! Android: APK and binary manifest to declarations.

mod implied;
mod manifest;
mod resources;

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::container::zip::{self, Archive};
use crate::declaration::{Declaration, Package, PackageKind, SdkRange};
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::format::axml;
use crate::knowledge::{Book, Platform};
use crate::limits;
use crate::source::{Place, Source};

use implied::Levels;
use manifest::{Level, Manifest};
use resources::Resources;

/// The one entry of an APK that says what it declares (`ApkLiteParseUtils.ANDROID_MANIFEST_FILENAME`).
pub const MANIFEST: &str = "AndroidManifest.xml";

/// Reads an APK as a device does (`ParsingPackageUtils`, libandroidfw, libziparchive).
///
/// # Errors
/// When the archive, or the bytes of a manifest in it, cannot be had. A manifest that cannot be read comes back as a
/// package that is unreadable.
pub fn read_apk(source: &Source) -> Result<Package, Error> {
    let mut doubts = Vec::new();
    let archive = zip::survey(source)?.drain_into(&mut doubts);
    read_archive(source, &archive, doubts)
}

/// Reads the APK in `archive`, whose survey raised `doubts`.
///
/// # Errors
/// When there is no manifest, or its bytes cannot be had.
pub fn read_archive(source: &Source, archive: &Archive<'_>, mut doubts: Vec<Doubt>) -> Result<Package, Error> {
    let entries = archive.find(MANIFEST.as_bytes())?;
    let mut documents: Vec<Vec<u8>> = Vec::new();
    let mut failed = None;
    for entry in &entries {
        match archive.readings(entry, limits::ENTRY_BYTES) {
            Ok(readings) => documents.extend(readings.drain_into(&mut doubts)),
            Err(error) => {
                doubt::push(&mut doubts, error.clone().into_doubt());
                failed.get_or_insert(error);
            }
        }
    }
    if documents.is_empty() {
        return Err(match failed {
            Some(error) => error,
            None => no_manifest(source, archive)?,
        });
    }
    let place = source.place().in_entry(MANIFEST);
    if documents.len() > 1 {
        let message = format!("{} entries lead to {} different manifests", entries.len(), documents.len());
        doubt::push(&mut doubts, Doubt::new(Code::AndroidSeveralManifests, place.clone(), message));
    }
    let mut package = package(source, PackageKind::Apk, &place, &documents, Resources::new(Some(archive)), doubts);
    package.unreadable |= failed.is_some();
    Ok(package)
}

/// The error for an archive without a manifest. Names the entry that was probably meant to be one.
///
/// # Errors
/// `read-failed`.
pub fn no_manifest(source: &Source, archive: &Archive<'_>) -> Result<Error, Error> {
    let mut near = None;
    archive.visit(|record| {
        let last = record.name.rsplit(|&b| b == b'/' || b == b'\\').next().unwrap_or_default();
        if !last.eq_ignore_ascii_case(MANIFEST.as_bytes()) {
            return ControlFlow::Continue(());
        }
        near = Some(String::from_utf8_lossy(record.name).into_owned());
        ControlFlow::Break(())
    })?;
    let near = near.map(|name| format!("; there is {name:.200}, which a device does not look for")).unwrap_or_default();
    let message = format!("the archive has no entry {MANIFEST} at its root{near}");
    Ok(Error::new(Code::AndroidNoManifest, source.place().in_entry(MANIFEST), message))
}

/// Reads a binary AndroidManifest.xml that stands alone.
///
/// # Errors
/// `limit-entry-bytes`, `read-failed`. A document that cannot be read comes back as a package that is unreadable.
pub fn read_axml(source: &Source) -> Result<Package, Error> {
    if source.len() > limits::ENTRY_BYTES {
        let message =
            format!("the file has {} bytes, more than the {} that are read", source.len(), limits::ENTRY_BYTES);
        return Err(Error::new(Code::LimitEntryBytes, source.place(), message));
    }
    let document = source.read_vec(0, source.len())?;
    Ok(package(source, PackageKind::Axml, &source.place(), &[document], Resources::new(None), Vec::new()))
}

/// The union of what all `documents` declare, the first being what a device reads.
fn package(
    source: &Source,
    kind: PackageKind,
    place: &Place,
    documents: &[Vec<u8>],
    mut resources: Resources<'_>,
    mut doubts: Vec<Doubt>,
) -> Package {
    let mut merged: Option<Manifest> = None;
    let mut is_failed = false;
    for bytes in documents {
        match check(bytes, place).and_then(|()| manifest::read(bytes, place, &mut resources)) {
            Ok(mut manifest) => {
                for doubt in std::mem::take(&mut manifest.doubts) {
                    doubt::push(&mut doubts, doubt);
                }
                merged = Some(match merged {
                    Some(before) => merge(before, manifest),
                    None => manifest,
                });
            }
            Err(error) => {
                is_failed = true;
                // First, so that it is listed however many doubts there are.
                doubts.insert(0, in_words(error, bytes).into_doubt());
            }
        }
    }
    let Some(mut manifest) = merged else {
        return Package {
            place: source.place(),
            kind: Some(kind),
            id: None,
            version: None,
            sdk: SdkRange::default(),
            min_os: None,
            declarations: Reading::new(Vec::new(), doubts),
            unreadable: true,
        };
    };
    complete(&mut manifest, place);
    let level = |level| match level {
        Level::Number(number) => Some(number),
        Level::Absent | Level::Codename | Level::Unknown => None,
    };
    let sdk = manifest.sdk.as_ref().map(|sdk| SdkRange { min: level(sdk.min), target: level(sdk.target) });
    Package {
        place: source.place(),
        kind: Some(kind),
        id: manifest.id,
        version: manifest.version,
        sdk: sdk.unwrap_or_default(),
        min_os: None,
        declarations: Reading::new(manifest.declarations, doubts),
        unreadable: manifest.broken || is_failed,
    }
}

/// Refuses what is no binary XML at all, in words that help more than a wrong number does.
fn check(bytes: &[u8], place: &Place) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(Error::new(Code::AndroidEmptyManifest, place.clone().at(0), "the manifest is empty"));
    }
    if axml::is_text(bytes) {
        let message = "the manifest is XML in text form, which a device does not read; aapt2 compiles it";
        return Err(Error::new(Code::AndroidTextManifest, place.clone().at(0), message));
    }
    Ok(())
}

/// The error of a document that no reader of binary XML can begin with, in words that help more than a wrong number.
fn in_words(error: Error, bytes: &[u8]) -> Error {
    // Field 1 of an aapt.pb.XmlNode, an element.
    if bytes.first() == Some(&0x0a) && matches!(error.code, Code::AxmlTruncated | Code::AxmlBadChunk) {
        let message = "the manifest looks like a protocol buffer, as in a bundle, which a device does not read";
        return Error { code: Code::UnsupportedKind, message: message.to_owned(), place: error.place };
    }
    error
}

/// The union of two readings; identity and levels are those of the first.
fn merge(mut first: Manifest, second: Manifest) -> Manifest {
    let key = |d: &Declaration| (d.permission.clone(), d.kind, format!("{:?}", d.conditions));
    let known: HashSet<_> = first.declarations.iter().map(key).collect();
    first.declarations.extend(second.declarations.into_iter().filter(|d| !known.contains(&key(d))));
    first.lowest_target = first.lowest_target.min(second.lowest_target);
    first.id = first.id.or(second.id);
    first.version = first.version.or(second.version);
    first.sdk = first.sdk.or(second.sdk);
    first.broken |= second.broken;
    first
}

/// Adds what a device adds, and what the book knows of every name.
fn complete(manifest: &mut Manifest, place: &Place) {
    let min = manifest.sdk.as_ref().and_then(|sdk| match sdk.min {
        Level::Number(level) => Some(level),
        _ => None,
    });
    // Without <uses-sdk> a device takes 0 (`ParsingUtils.DEFAULT_TARGET_SDK_VERSION`).
    let target = manifest.sdk.as_ref().and(manifest.lowest_target).unwrap_or(0);
    let levels = Levels { min: min.unwrap_or(manifest::DEFAULT_MIN), target };
    let sdk_place = manifest.sdk.as_ref().map_or_else(|| place.clone().with_path("manifest"), |sdk| sdk.place.clone());
    if !manifest.is_split {
        implied::add(&mut manifest.declarations, levels, &sdk_place, Book);
    }
    for declaration in &mut manifest.declarations {
        declaration.level = Book.fact(Platform::Android, &declaration.permission).and_then(|fact| fact.level);
    }
}
