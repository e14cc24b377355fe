//! Entries to declarations. Every platform has the same rooms.

pub mod android;
pub mod harmony;
pub mod ios;

use crate::container::zip::{self, Archive};
use crate::container::{self, Sniffed};
use crate::declaration::Package;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::knowledge::Platform;
use crate::source::Source;

/// Reads a surveyed archive, given the doubts of its survey.
type Read = fn(&Source, &Archive<'_>, Vec<Doubt>) -> Result<Package, Error>;

/// A kind of package that is an archive, told by the names of its entries.
struct ArchiveKind {
    /// What it is, in words.
    title: &'static str,
    /// What reads it: kinds of one family are read together.
    family: Family,
    /// True for the name of an entry that tells this kind.
    is_mark: fn(&[u8]) -> bool,
    /// True when the archive is of this kind although another kind comes before it: no accident among the files of that
    /// other kind.
    is_certain: fn(&Archive<'_>) -> Result<bool, Error>,
    read: Read,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Apk,
    Bundle,
    Apple,
    Harmony,
    Set,
}

impl Family {
    /// True where reading `self` has read `other` too.
    fn covers(self, other: Family) -> bool {
        self == other || (self == Family::Harmony && other == Family::Set)
    }
}

/// The kinds, in the order in which they are tried: the first that is marked wins.
const ARCHIVE_KINDS: [ArchiveKind; 7] = [
    ArchiveKind {
        title: "an APK",
        family: Family::Apk,
        is_mark: |name| name == android::MANIFEST.as_bytes(),
        is_certain: |_| Ok(true),
        read: android::read_archive,
    },
    ArchiveKind {
        title: "an Android App Bundle (AAB)",
        family: Family::Bundle,
        is_mark: android::is_bundle,
        is_certain: |_| Ok(true),
        read: android::read_bundle,
    },
    ArchiveKind {
        title: "an iOS app (IPA or Xcode archive)",
        family: Family::Apple,
        is_mark: ios::is_shipped,
        is_certain: |_| Ok(true),
        read: ios::read_archive,
    },
    ArchiveKind {
        title: "a HarmonyOS package (HAP, HSP or APP)",
        family: Family::Harmony,
        is_mark: harmony::is_package,
        is_certain: |_| Ok(true),
        read: harmony::read_archive,
    },
    // Before the set of APKs: such a package may hold one, which is read with it.
    ArchiveKind {
        title: "an early HarmonyOS package (HAP), or an app without its list",
        family: Family::Harmony,
        is_mark: harmony::is_early_package,
        is_certain: harmony::is_certain,
        read: harmony::read_archive,
    },
    ArchiveKind {
        title: "a set of APKs (APKS, XAPK or APKM)",
        family: Family::Set,
        is_mark: android::is_apk,
        is_certain: android::is_certain_set,
        read: android::read_set,
    },
    ArchiveKind {
        title: "an Apple app bundle",
        family: Family::Apple,
        is_mark: ios::is_bundled,
        is_certain: ios::is_certain,
        read: ios::read_archive,
    },
];

/// Reads the package in `source`.
///
/// Never fails: where reading cannot continue, the package comes back marked unreadable, its declared set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source) -> Package {
    let result = match container::sniff(source) {
        _ if source.folder().is_some() => ios::read_folder(source),
        Ok(Sniffed::Zip) => read_archive(source),
        Ok(Sniffed::Axml) => android::read_axml(source),
        Ok(Sniffed::Plist) => ios::read_info_plist(source),
        Ok(Sniffed::Json) => harmony::read_manifest(source),
        Ok(Sniffed::ManifestXml) => android::read_text(source),
        Ok(Sniffed::EncryptedSet) => Ok(android::read_encrypted_set(source)),
        Err(error) => Err(error),
    };
    let mut package = result.unwrap_or_else(|error| unreadable(source, error, Vec::new()));
    if let Some(report) = source.report()
        && package.platform() == Some(Platform::Android)
    {
        android::attribute(&mut package, report);
    }
    package
}

/// Surveys the archive once and hands it to the reader of its kind.
fn read_archive(source: &Source) -> Result<Package, Error> {
    let mut doubts = Vec::new();
    let mut marked = [false; ARCHIVE_KINDS.len()];
    let survey = zip::survey_names(source, |name| {
        for (kind, marked) in ARCHIVE_KINDS.iter().zip(&mut marked) {
            *marked = *marked || (kind.is_mark)(name);
        }
    });
    let archive = survey?.drain_into(&mut doubts);
    let mut kinds = ARCHIVE_KINDS.iter().zip(marked).filter(|(_, marked)| *marked).map(|(kind, _)| kind);
    let Some(kind) = kinds.next() else {
        return Ok(unreadable(source, android::no_manifest(source, &archive)?, doubts));
    };
    let mut others: Vec<&ArchiveKind> = Vec::new();
    for other in kinds {
        let is_read = others.iter().chain([&kind]).any(|before| before.family.covers(other.family));
        if !is_read && (other.is_certain)(&archive)? {
            others.push(other);
        }
    }
    for other in &others {
        let message = format!("the archive is {} and could be {} too", kind.title, other.title);
        doubt::push(&mut doubts, Doubt::new(Code::SeveralKinds, source.place(), message));
    }
    // The union of what every kind declares; the first kind that can be read says what the package is.
    let read = |kind: &ArchiveKind| {
        (kind.read)(source, &archive, doubts.clone()).unwrap_or_else(|error| unreadable(source, error, doubts.clone()))
    };
    Ok(others.into_iter().map(read).fold(read(kind), union))
}

/// What both declare. The identity is that of the first whose kind is known; a doubt about one is a doubt about both.
fn union(first: Package, second: Package) -> Package {
    let (mut first, second) = if first.kind.is_none() { (second, first) } else { (first, second) };
    first.unreadable |= second.unreadable;
    let mut doubts = Vec::new();
    let mut declarations = first.declarations.drain_into(&mut doubts);
    declarations.extend(second.declarations.drain_into(&mut doubts));
    first.declarations = Reading::new(declarations, doubts);
    first
}

/// A package of which nothing is known but why: the error, then the doubts that came before it.
fn unreadable(source: &Source, error: Error, mut doubts: Vec<Doubt>) -> Package {
    doubts.insert(0, error.into_doubt());
    Package::unreadable(source.place(), doubts)
}
