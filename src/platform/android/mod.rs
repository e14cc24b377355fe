//! Android: packages, bundles, split sets, libraries and manifests to declarations.

mod bundle;
mod implied;
mod manifest;
mod merger;
mod resources;
mod set;
mod text;

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::container::zip::{self, Archive};
use crate::deadline;
use crate::declaration::{Declaration, DeclarationKind, Package, PackageKind, SdkRange};
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::format::{axml, proto_xml};
use crate::knowledge::{Book, Platform};
use crate::limits;
use crate::source::{Place, Source};

pub use bundle::{is_bundle, read_archive as read_bundle};
use implied::Levels;
use manifest::{Level, Manifest};
pub use merger::attribute;
use resources::Resources;
pub use set::{read_archive as read_set, read_encrypted as read_encrypted_set};
use text::Role;
pub use text::read as read_text;

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

/// Reads the APK or the library (AAR) in `archive`, whose survey raised `doubts`.
///
/// # Errors
/// When there is no manifest, or its bytes cannot be had.
pub fn read_archive(source: &Source, archive: &Archive<'_>, mut doubts: Vec<Doubt>) -> Result<Package, Error> {
    let (documents, failed) = documents(source, archive, MANIFEST, &mut doubts)?;
    let place = source.place().in_entry(MANIFEST);
    if documents.iter().all(|document| axml::is_text(document)) && is_library(archive)? {
        let mut package = text::package(source, PackageKind::Aar, &place, &documents, Role::Library, doubts);
        package.unreadable |= failed;
        return Ok(package);
    }
    let mut resources = Resources::of_package(archive, limits::RESOURCE_TABLE_BYTES);
    let (manifest, broken) = manifests(&documents, &place, Encoding::Binary, &mut resources, &mut doubts);
    if let Some((name, place)) = manifest.as_ref().and_then(|manifest| manifest.split.as_ref()) {
        let message =
            format!("this package is the split {name:.100} of an app; a device takes permissions from the base");
        doubt::push(&mut doubts, Doubt::new(Code::AndroidSplitApk, place.clone(), message));
    }
    Ok(finish(source, PackageKind::Apk, manifest, failed || broken, &place, doubts))
}

/// True for an archive that holds the code of a library in place of that of a package.
fn is_library(archive: &Archive<'_>) -> Result<bool, Error> {
    let has = |name: &[u8]| Ok(!archive.find(name)?.is_empty());
    Ok((has(b"classes.jar")? || has(b"R.txt")?) && !has(b"classes.dex")?)
}

/// Every reading of the entry `name`, and whether one of them failed.
///
/// # Errors
/// When there is none.
fn documents(
    source: &Source,
    archive: &Archive<'_>,
    name: &str,
    doubts: &mut Vec<Doubt>,
) -> Result<(Vec<Vec<u8>>, bool), Error> {
    let entries = archive.find(name.as_bytes())?;
    let mut documents: Vec<Vec<u8>> = Vec::new();
    let mut failed = None;
    for entry in &entries {
        deadline::step();
        match archive.readings(entry, limits::ENTRY_BYTES) {
            Ok(readings) => documents.extend(readings.drain_into(doubts)),
            Err(error) => {
                doubt::push(doubts, error.clone().into_doubt());
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
    if documents.len() > 1 {
        let message = format!("{} entries lead to {} different manifests", entries.len(), documents.len());
        let place = source.place().in_entry(name);
        doubt::push(doubts, Doubt::new(Code::AndroidSeveralManifests, place, message));
    }
    Ok((documents, failed.is_some()))
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
    let (place, documents, mut doubts) = (source.place(), [whole(source)?], Vec::new());
    let mut resources = Resources::none();
    let (manifest, broken) = manifests(&documents, &place, Encoding::Binary, &mut resources, &mut doubts);
    if let Some((name, place)) = manifest.as_ref().and_then(|manifest| manifest.split.as_ref()) {
        let message = format!("this is the manifest of the split {name:.100} of an app");
        doubt::push(&mut doubts, Doubt::new(Code::AndroidSplitApk, place.clone(), message));
    }
    Ok(finish(source, PackageKind::Axml, manifest, broken, &place, doubts))
}

/// The bytes of a file that is one document.
fn whole(source: &Source) -> Result<Vec<u8>, Error> {
    if source.len() > limits::ENTRY_BYTES {
        let message =
            format!("the file has {} bytes, more than the {} that are read", source.len(), limits::ENTRY_BYTES);
        return Err(Error::new(Code::LimitEntryBytes, source.place(), message));
    }
    source.read_vec(0, source.len())
}

/// How a manifest is encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// In a package.
    Binary,
    /// In a bundle.
    Protobuf,
}

/// The union of what all `documents` say, the first being what a device reads; and whether one of them could not be
/// read to its end.
fn manifests(
    documents: &[Vec<u8>],
    place: &Place,
    encoding: Encoding,
    resources: &mut Resources<'_>,
    doubts: &mut Vec<Doubt>,
) -> (Option<Manifest>, bool) {
    let mut merged: Option<Manifest> = None;
    let mut is_failed = false;
    for bytes in documents {
        deadline::step();
        let read = check(bytes, place, encoding).and_then(|()| match encoding {
            Encoding::Binary => {
                let document = axml::Reader::open(bytes, place.clone());
                let document = document.map_err(|error| in_words(error, bytes))?;
                Ok(manifest::read(document, place, resources))
            }
            Encoding::Protobuf => Ok(manifest::read(proto_xml::Reader::new(bytes, place.clone()), place, resources)),
        });
        match read {
            Ok(manifest) => absorb(&mut merged, manifest, doubts),
            Err(error) => {
                is_failed = true;
                // First, so that it is listed however many doubts there are.
                doubts.insert(0, error.into_doubt());
            }
        }
    }
    let broken = is_failed || merged.as_ref().is_some_and(|manifest| manifest.broken);
    (merged, broken)
}

/// Adds another reading to what was read before; its doubts go to `doubts`.
fn absorb(merged: &mut Option<Manifest>, mut manifest: Manifest, doubts: &mut Vec<Doubt>) {
    for doubt in std::mem::take(&mut manifest.doubts) {
        doubt::push(doubts, doubt);
    }
    *merged = Some(match merged.take() {
        Some(before) => merge(before, manifest),
        None => manifest,
    });
}

/// The package that `manifest` describes, with what a device adds.
fn finish(
    source: &Source,
    kind: PackageKind,
    manifest: Option<Manifest>,
    broken: bool,
    place: &Place,
    doubts: Vec<Doubt>,
) -> Package {
    let unreadable = broken || manifest.is_none();
    let mut manifest = manifest.unwrap_or_default();
    if !manifest.declarations.is_empty() || !unreadable {
        complete(&mut manifest, place);
    }
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
        claims: None,
        declarations: Reading::new(manifest.declarations, doubts),
        unreadable,
    }
}

/// Refuses what is no document of its encoding at all, in words that help more than a wrong number does.
fn check(bytes: &[u8], place: &Place, encoding: Encoding) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(Error::new(Code::AndroidEmptyManifest, place.clone().at(0), "the manifest is empty"));
    }
    // A message begins with a byte that is a line feed in a text.
    let may_be_message = encoding == Encoding::Protobuf && bytes.starts_with(b"\n");
    if !may_be_message && axml::is_text(bytes) {
        let message = match encoding {
            Encoding::Binary => "the manifest is XML in text form, which a device does not read; aapt2 compiles it",
            Encoding::Protobuf => "the manifest is XML in text form; a bundle holds it as a protocol buffer",
        };
        return Err(Error::new(Code::AndroidTextManifest, place.clone().at(0), message));
    }
    if encoding == Encoding::Protobuf && bytes.starts_with(&axml::CHUNK_TYPE.to_le_bytes()) {
        let message = "the manifest is binary XML, as in a package; a bundle holds it as a protocol buffer";
        return Err(Error::new(Code::UnsupportedKind, place.clone().at(0), message));
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
    let key = |d: &Declaration| {
        (d.permission.clone(), d.kind, d.value.clone(), d.module.clone(), format!("{:?}", d.conditions))
    };
    let known: HashSet<_> = first.declarations.iter().map(key).collect();
    first.declarations.extend(second.declarations.into_iter().filter(|d| !known.contains(&key(d))));
    first.lowest_target = match (first.lowest_target, second.lowest_target) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    first.id = first.id.or(second.id);
    first.version = first.version.or(second.version);
    first.sdk = first.sdk.or(second.sdk);
    first.split = first.split.or(second.split);
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
    if manifest.split.is_none() && !manifest.is_part {
        implied::add(&mut manifest.declarations, levels, &sdk_place, Book);
    }
    // Nobody is granted the guard of a component: the user switches the component on.
    let is_granted = |d: &&mut Declaration| d.kind != DeclarationKind::GuardedComponent;
    for declaration in manifest.declarations.iter_mut().filter(is_granted) {
        deadline::step();
        declaration.level = Book.fact(Platform::Android, &declaration.permission).and_then(|fact| fact.level);
    }
}

/// A set of modules or splits on its way to one package.
struct Parts {
    /// What the base says, and what every other part adds to it.
    whole: Option<Manifest>,
    has_base: bool,
    broken: bool,
    doubts: Vec<Doubt>,
    /// Bytes that manifests, resource tables and compressed packages may still take.
    room: Room,
}

/// What is left of the budgets that all parts share.
struct Room {
    manifests: u64,
    tables: u64,
    nested: u64,
}

/// The module that is always there.
const BASE: &str = "base";

impl Parts {
    fn new(doubts: Vec<Doubt>) -> Parts {
        let room = Room {
            manifests: limits::MANIFESTS_BYTES,
            tables: limits::RESOURCE_TABLES_BYTES,
            nested: limits::NESTED_TOTAL_BYTES,
        };
        Parts { whole: None, has_base: false, broken: false, doubts, room }
    }

    fn fail(&mut self, error: Error) {
        self.broken = true;
        // First, so that it is listed however many doubts there are.
        self.doubts.insert(0, error.into_doubt());
    }

    /// Takes the bytes of `documents` from the budget that all parts share.
    fn take(&mut self, documents: &[Vec<u8>], place: &Place) -> Result<(), Error> {
        let bytes = documents.iter().map(|document| document.len() as u64).sum();
        let left = self.room.manifests.checked_sub(bytes).ok_or_else(|| {
            let message = format!(
                "the manifests of all parts have more than the {} bytes that are read",
                limits::MANIFESTS_BYTES
            );
            Error::new(Code::LimitEntryBytes, place.clone(), message)
        })?;
        self.room.manifests = left;
        Ok(())
    }

    /// Adds the manifest of `module`. The first base decides what the package is.
    fn add(&mut self, mut manifest: Manifest, module: &str, place: &Place) {
        for declaration in &mut manifest.declarations {
            deadline::step();
            declaration.module = Some(module.to_owned());
        }
        let is_base = module == BASE;
        if let Some(whole) = &self.whole {
            let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
            if differ(&whole.id, &manifest.id) {
                let name = |id: &Option<String>| id.clone().unwrap_or_default();
                let message = format!("it is of {:.200}, another part of {:.200}", name(&manifest.id), name(&whole.id));
                doubt::push(&mut self.doubts, Doubt::new(Code::AndroidSetDisagrees, place.clone(), message));
            }
        }
        manifest.split = None;
        if !is_base {
            // What a split says of levels and versions counts for nothing.
            (manifest.sdk, manifest.lowest_target, manifest.version) = (None, None, None);
        }
        self.broken |= manifest.broken;
        self.whole = Some(match self.whole.take() {
            Some(before) if is_base && !self.has_base => merge(manifest, before),
            Some(before) => merge(before, manifest),
            None => manifest,
        });
        self.has_base |= is_base;
        if let Some(whole) = &mut self.whole
            && whole.declarations.len() > limits::DECLARATIONS
        {
            whole.declarations.truncate(limits::DECLARATIONS);
            let message = format!("its parts declare more than the {} that are read", limits::DECLARATIONS);
            let error = Error::new(Code::LimitDeclarations, place.clone(), message);
            self.fail(error);
        }
    }

    /// The package that all parts make.
    fn finish(mut self, source: &Source, kind: PackageKind) -> Package {
        if let Some(whole) = &mut self.whole {
            whole.is_part = !self.has_base;
        }
        let mut package = finish(source, kind, self.whole, self.broken, &source.place(), self.doubts);
        // What the level alone brings in comes with the base.
        for declaration in &mut package.declarations.value {
            deadline::step();
            declaration.module.get_or_insert_with(|| BASE.to_owned());
        }
        package
    }
}
