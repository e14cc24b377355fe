//! What a device takes from a whole package, by the small readers beside this file: they were written from documented
//! behaviour and share no code with the program.

use std::collections::BTreeSet;

use super::zip_model::{Seen, look, names};
use super::{json_model, macho_model, model, plist_model, proto, text};
use permaudit::declaration::{DeclarationKind, Origin, Package};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Apk,
    Bundle,
    Set,
    Text,
    Ipa,
    InfoPlist,
    Hap,
    HarmonyApp,
}

pub const FORMATS: [Format; 8] = [
    Format::Apk,
    Format::Bundle,
    Format::Set,
    Format::Text,
    Format::Ipa,
    Format::InfoPlist,
    Format::Hap,
    Format::HarmonyApp,
];

/// The names that the program says are declared, where it read the package whole.
pub fn whole(package: &Package) -> Option<BTreeSet<String>> {
    if !package.declarations.is_whole() {
        return None;
    }
    assert!(!package.unreadable, "unreadable without a doubt");
    let is_declared = |kind: DeclarationKind, origin: &Origin| {
        kind != DeclarationKind::DefinesPermission && matches!(origin, Origin::Declared)
    };
    let all = package.declarations.value.iter().filter(|d| is_declared(d.kind, &d.origin));
    Some(all.map(|d| d.permission.clone()).collect())
}

/// The names that a device takes from the package in `bytes`; `None` where it refuses it, or the readers here do not
/// know.
pub fn device(format: Format, bytes: &[u8]) -> Option<BTreeSet<String>> {
    let names: Vec<String> = match format {
        Format::Apk => apk(bytes)?.into_iter().collect(),
        Format::Bundle => bundle(bytes)?,
        Format::Set => every(bytes, |name| ends(name, ".apk"), |_, inner| Some(apk(inner)?.into_iter().collect()))?,
        Format::Text => text::model(std::str::from_utf8(bytes).ok()?),
        Format::Ipa => every(bytes, |name| name.starts_with("Payload/"), in_app)?,
        Format::InfoPlist => plist_model::purposes(bytes)?,
        Format::Hap => hap(bytes)?,
        Format::HarmonyApp => every(bytes, |name| ends(name, ".hap") || ends(name, ".hsp"), |_, one| hap(one))?,
    };
    Some(names.into_iter().filter(|name| !name.is_empty()).collect())
}

fn ends(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some()
}

fn content(archive: &[u8], name: &str) -> Option<Vec<u8>> {
    match look(archive, name.as_bytes()) {
        Seen::Content(content) => Some(content),
        Seen::Absent | Seen::Refused(_) => None,
    }
}

fn apk(bytes: &[u8]) -> Option<BTreeSet<String>> {
    model::requested(&content(bytes, "AndroidManifest.xml")?)
}

/// What every wanted entry adds. An entry that a device cannot read adds nothing.
fn every(
    bytes: &[u8],
    is_wanted: impl Fn(&str) -> bool,
    read: impl Fn(&str, &[u8]) -> Option<Vec<String>>,
) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for name in names(bytes)? {
        let Ok(name) = String::from_utf8(name) else { continue };
        if is_wanted(&name)
            && let Some(inner) = content(bytes, &name)
        {
            all.extend(read(&name, &inner).unwrap_or_default());
        }
    }
    Some(all)
}

fn bundle(bytes: &[u8]) -> Option<Vec<String>> {
    let module = |name: &str| matches!(name.split_once('/'), Some((_, "manifest/AndroidManifest.xml")));
    every(bytes, module, |_, manifest| proto::model(manifest))
}

/// A file of an app: the Info.plist of a program, localised strings of it, its executable.
fn in_app(name: &str, bytes: &[u8]) -> Option<Vec<String>> {
    let (folder, file) = name.rsplit_once('/')?;
    let parent = folder.rsplit('/').next()?;
    if ends(parent, ".lproj") {
        return if file == "InfoPlist.strings" { plist_model::purposes(bytes) } else { None };
    }
    let stem = parent.strip_suffix(".appex").or(parent.strip_suffix(".app")).filter(|stem| !stem.is_empty())?;
    if file == "Info.plist" {
        return plist_model::purposes(bytes);
    }
    if file != stem {
        return None;
    }
    let keys = macho_model::entitlements(bytes)?;
    Some(keys.into_iter().filter(|key| key.starts_with("com.apple.developer.")).collect())
}

fn hap(bytes: &[u8]) -> Option<Vec<String>> {
    let named = ["module.json", "config.json"].into_iter().find_map(|name| Some((name, content(bytes, name)?)));
    let (name, manifest) = named?;
    json_model::requests(name, &manifest)
}
