//! Entries to declarations. Every platform has the same rooms.

pub mod android;

use std::ops::ControlFlow;

use crate::container::zip::{self, Archive};
use crate::container::{self, Sniffed};
use crate::declaration::{Package, SdkRange};
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::source::Source;

/// Reads a surveyed archive, given the doubts of its survey.
type Read = fn(&Source, &Archive<'_>, Vec<Doubt>) -> Result<Package, Error>;

/// A kind of package that is an archive, told by the names of its entries.
struct ArchiveKind {
    /// What it is, in words.
    title: &'static str,
    /// True for the name of an entry that tells this kind.
    is_mark: fn(&[u8]) -> bool,
    /// True when such a name stands in no other kind of package by accident.
    is_sure: bool,
    /// `None` where the kind is recognised and not read.
    read: Option<Read>,
}

/// The kinds, in the order in which they are tried: the first that is marked wins.
const ARCHIVE_KINDS: [ArchiveKind; 6] = [
    ArchiveKind {
        title: "an APK",
        is_mark: |name| name == android::MANIFEST.as_bytes(),
        is_sure: true,
        read: Some(android::read_archive),
    },
    ArchiveKind {
        title: "an Android App Bundle (AAB)",
        is_mark: |name| name == b"base/manifest/AndroidManifest.xml",
        is_sure: true,
        read: None,
    },
    ArchiveKind {
        title: "an iOS app (IPA)",
        is_mark: |name| name.starts_with(b"Payload/") && name.ends_with(b".app/Info.plist"),
        is_sure: true,
        read: None,
    },
    ArchiveKind {
        title: "a HarmonyOS package (HAP, HSP or APP)",
        is_mark: |name| name == b"module.json" || name == b"pack.info",
        is_sure: true,
        read: None,
    },
    ArchiveKind {
        title: "a set of APKs (APKS, XAPK or APKM)",
        is_mark: |name| name.ends_with(b".apk"),
        is_sure: false,
        read: None,
    },
    ArchiveKind {
        title: "an early HarmonyOS package (HAP)",
        is_mark: |name| name == b"config.json",
        is_sure: false,
        read: None,
    },
];

/// Reads the package in `source`.
///
/// Never fails: where reading cannot continue, the package comes back marked unreadable, its declared set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source) -> Package {
    let result = match container::sniff(source) {
        Ok(Sniffed::Zip) => read_archive(source),
        Ok(Sniffed::Axml) => android::read_axml(source),
        Err(error) => Err(error),
    };
    result.unwrap_or_else(|error| unreadable(source, error, Vec::new()))
}

/// Surveys the archive once and hands it to the reader of its kind.
fn read_archive(source: &Source) -> Result<Package, Error> {
    let mut doubts = Vec::new();
    let archive = zip::survey(source)?.drain_into(&mut doubts);
    let mut marked = [false; ARCHIVE_KINDS.len()];
    archive.visit(|record| {
        for (kind, marked) in ARCHIVE_KINDS.iter().zip(&mut marked) {
            *marked |= (kind.is_mark)(record.name);
        }
        ControlFlow::Continue(())
    })?;
    let mut kinds = ARCHIVE_KINDS.iter().zip(marked).filter(|(_, marked)| *marked).map(|(kind, _)| kind);
    let Some(kind) = kinds.next() else {
        return Ok(unreadable(source, android::no_manifest(source, &archive)?, doubts));
    };
    for other in kinds.filter(|other| other.is_sure) {
        let message = format!("the archive is {} and could be {} too, which is not read", kind.title, other.title);
        doubt::push(&mut doubts, Doubt::new(Code::SeveralKinds, source.place(), message));
    }
    let Some(read) = kind.read else {
        let message = format!("this looks like {}, which is not read yet", kind.title);
        return Ok(unreadable(source, Error::new(Code::UnsupportedKind, source.place(), message), doubts));
    };
    read(source, &archive, doubts.clone()).or_else(|error| Ok(unreadable(source, error, doubts)))
}

/// A package of which nothing is known but why: the error, then the doubts that came before it.
fn unreadable(source: &Source, error: Error, mut doubts: Vec<Doubt>) -> Package {
    doubts.insert(0, error.into_doubt());
    Package {
        place: source.place(),
        kind: None,
        id: None,
        version: None,
        sdk: SdkRange::default(),
        declarations: Reading::new(Vec::new(), doubts),
        unreadable: true,
    }
}
