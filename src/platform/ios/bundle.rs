//! Which folders of a package are apps and extensions, and which files of them are read.
//!
//! Nothing is decided by the contents here. Files that macOS adds when it packs (`__MACOSX/…`, `._NAME`) are never on
//! a device and are left out.

use std::collections::{BTreeMap, HashSet};

use crate::container::Files;
use crate::deadline;
use crate::declaration::PackageKind;
use crate::error::Error;

/// Suffixes of folders that are programs of their own, with an Info.plist that the system reads for permissions:
/// apps, app and system extensions, XPC services, drivers.
const PROGRAMS: [&str; 6] = ["app", "appex", "xpc", "dext", "systemextension", "plugin"];

/// Folders inside a bundle that CoreFoundation looks for an Info.plist in, beside the bundle itself
/// (`_CFBundleGetBundleVersionForURL`): macOS and older layouts, which decide what is read when such a folder exists.
const LAYOUTS: [&str; 3] = ["Contents", "Resources", "Support Files"];

/// One program of a package.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    /// The name of its folder, with a `/` at the end; empty for the root of the package.
    pub(super) folder: Vec<u8>,
    /// What it is called in reports: the path from the app that it belongs to.
    pub(super) module: String,
    /// Files that could be its Info.plist.
    pub(super) infos: Vec<Vec<u8>>,
    /// Localised strings of its Info.plist, with their language (`default` where there is none).
    pub(super) strings: Vec<(String, Vec<u8>)>,
    /// Provisioning profiles.
    pub(super) profiles: Vec<Vec<u8>>,
}

/// What was found in a package.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: PackageKind,
    /// Apps first, each followed by what it holds.
    pub(super) bundles: Vec<Bundle>,
    /// Privacy manifests, with the part of the app that they stand in.
    pub(super) manifests: Vec<(String, Vec<u8>)>,
    /// Number of apps that stand in no other.
    pub(super) apps: usize,
    /// The first symbolic link in an app, and how many there are.
    pub(super) links: (Option<Vec<u8>>, usize),
    /// The first name that leads out of the package.
    pub(super) outside: Option<Vec<u8>>,
}

/// The parts of a name, without those that mean nothing.
fn parts(name: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    name.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// The last of the parts; empty where there is none.
fn last_part(name: &[u8]) -> &[u8] {
    match name.last() {
        // What means nothing may stand at the end.
        Some(b'/' | b'.') => parts(name).next_back().unwrap_or_default(),
        _ => memchr::memrchr(b'/', name).and_then(|slash| name.get(slash + 1..)).unwrap_or(name),
    }
}

fn has_suffix(part: &[u8], suffix: &str) -> bool {
    let dot = part.len().checked_sub(suffix.len() + 1).filter(|&dot| dot > 0);
    let tail = dot.and_then(|dot| part.get(dot..)).and_then(|tail| tail.strip_prefix(b"."));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix.as_bytes()))
}

fn is_program(part: &[u8]) -> bool {
    PROGRAMS.iter().any(|suffix| has_suffix(part, suffix))
}

/// True for what macOS adds beside the files themselves: a tree of its own at the side of what was packed, and files
/// of one name with those that they belong to. A folder inside an app is none of these, whatever it is called.
fn is_decoy(name: &[u8]) -> bool {
    let is_beside = parts(name).take_while(|part| !is_program(part)).any(|part| part == b"__MACOSX");
    is_beside || (!name.ends_with(b"/") && last_part(name).starts_with(b"._"))
}

/// True for an entry of an app as it is installed (`Payload/X.app/…`) or archived (`Products/Applications/X.app/…`),
/// at any depth.
pub(super) fn is_shipped(name: &[u8]) -> bool {
    // Every name of every archive is asked; few have a part that ends like an app.
    let begins_app = |dot: usize| {
        let ending = name.get(dot..).and_then(|rest| rest.get(..4));
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case(b".app"))
            && matches!(name.get(dot + 4), None | Some(b'/'))
    };
    memchr::memchr_iter(b'.', name).any(begins_app) && shipped_kind(name).is_some() && !is_decoy(name)
}

fn shipped_kind(name: &[u8]) -> Option<PackageKind> {
    let mut before: [&[u8]; 2] = [b"", b""];
    for part in parts(name) {
        deadline::step();
        if has_suffix(part, "app") {
            if before[1].eq_ignore_ascii_case(b"Payload") {
                return Some(PackageKind::Ipa);
            }
            if before[0].eq_ignore_ascii_case(b"Products") && before[1].eq_ignore_ascii_case(b"Applications") {
                return Some(PackageKind::Xcarchive);
            }
        }
        before = [before[1], part];
    }
    None
}

/// True for an entry of any app bundle: the Info.plist of a program, or one at the root.
pub(super) fn is_bundled(name: &[u8]) -> bool {
    // Every name of every archive is asked.
    matches!(name.last(), Some(b't' | b'T' | b'/' | b'.'))
        && is_info(last_part(name))
        && !is_decoy(name)
        && (parts(name).any(is_program) || parts(name).count() == 1)
}

/// True for the Info.plist of a program that stands at the root of an archive, where no other kind of package carries
/// one.
pub(super) fn is_at_root(name: &[u8]) -> bool {
    is_bundled(name) && parts(name).next().is_some_and(is_program)
}

/// `Info.plist`, and the variant for a platform that comes before it; in any case of letters, as
/// `_CFBundleCopyInfoDictionaryInDirectoryWithVersion` looks for them.
fn is_info(file: &[u8]) -> bool {
    file.eq_ignore_ascii_case(b"Info.plist")
        || file.eq_ignore_ascii_case(b"Info-iphoneos.plist")
        || file.eq_ignore_ascii_case(b"Info-macos.plist")
}

/// `InfoPlist.strings` in any case, with an ending for a device (`InfoPlist~ipad.strings`), or the table of all
/// languages.
fn is_strings(file: &[u8]) -> bool {
    let name = b"InfoPlist";
    let Some((head, rest)) = file.split_at_checked(name.len()) else { return false };
    head.eq_ignore_ascii_case(name)
        && matches!(rest.first(), Some(b'.' | b'~' | b'-'))
        && (has_suffix(file, "strings") || is_table(file))
}

/// True for the table of all languages: a dictionary of strings for each.
pub(super) fn is_table(file: &[u8]) -> bool {
    has_suffix(file, "loctable")
}

/// How a name divides: where its program's folder ends, and which parts come between that and the file.
struct Division<'n> {
    /// Bytes of the name up to the file's program; 0 for the root.
    folder: usize,
    between: Vec<&'n [u8]>,
    file: &'n [u8],
}

fn divide(name: &[u8]) -> Division<'_> {
    let mut folder = 0;
    let mut between = Vec::new();
    let mut file: &[u8] = b"";
    let mut at = 0;
    for part in name.split(|&byte| byte == b'/') {
        deadline::step();
        let end = at + part.len();
        let is_last = end == name.len();
        at = end + 1;
        if is_last {
            file = part;
        } else if is_program(part) {
            folder = at;
            between.clear();
        } else if !part.is_empty() && part != b"." {
            between.push(part);
        }
    }
    Division { folder, between, file }
}

/// True when `between` is no folder, or one that a layout has.
fn is_layout(between: &[&[u8]]) -> bool {
    match between {
        [] => true,
        [one] => LAYOUTS.iter().any(|layout| one.eq_ignore_ascii_case(layout.as_bytes())),
        [first, second] => second.eq_ignore_ascii_case(b"Resources") && is_layout(&[first]),
        _ => false,
    }
}

/// Goes through the names of a package. `root` is what the root is called, where the package is a folder that may be
/// an app itself.
///
/// # Errors
/// `read-failed`.
pub(super) fn find(files: Files<'_>, root: Option<&str>) -> Result<Found, Error> {
    let mut kind = None;
    let mut folders: HashSet<Vec<u8>> = HashSet::new();
    let mut bundles: BTreeMap<Vec<u8>, Bundle> = BTreeMap::new();
    let mut manifests = Vec::new();
    let mut links = (None, 0);
    let mut outside = None;
    files.visit(&mut |name, is_link| {
        if is_decoy(name) {
            return;
        }
        if parts(name).any(|part| part == b"..") && outside.is_none() {
            outside = Some(name.to_vec());
        }
        let Division { folder, between, file } = divide(name);
        let folder = name.get(..folder).unwrap_or_default();
        if kind.is_none() {
            kind = shipped_kind(name);
        }
        if is_link && !folder.is_empty() {
            links.1 += 1;
            if links.0.is_none() {
                links.0 = Some(name.to_vec());
            }
        }
        // A program counts even if none of its files is of interest: one without an Info.plist is told.
        if !folder.is_empty() && !folders.contains(folder) {
            folders.insert(folder.to_vec());
            bundles.entry(folder.to_vec()).or_default();
        }
        if is_info(file) && is_layout(&between) {
            bundles.entry(folder.to_vec()).or_default().infos.push(name.to_vec());
        } else if is_strings(file) {
            let (language, before) = match between.split_last() {
                Some((last, before)) if has_suffix(last, "lproj") => {
                    let language = last.get(..last.len() - ".lproj".len()).unwrap_or_default();
                    (String::from_utf8_lossy(language).into_owned(), before)
                }
                _ => ("default".to_owned(), between.as_slice()),
            };
            if is_layout(before) {
                bundles.entry(folder.to_vec()).or_default().strings.push((language, name.to_vec()));
            }
        } else if file == b"embedded.mobileprovision" || file == b"embedded.provisionprofile" {
            if is_layout(&between) {
                bundles.entry(folder.to_vec()).or_default().profiles.push(name.to_vec());
            }
        } else if file.eq_ignore_ascii_case(b"PrivacyInfo.xcprivacy") {
            manifests.push(name.to_vec());
        }
    })?;
    // Beside an app that is shipped, the root is a container with an Info.plist of its own, not an app.
    let root_name = root.filter(|name| is_program(name.as_bytes()));
    if kind.is_some() || (root_name.is_none() && bundles.get(&[][..]).is_some_and(|root| root.infos.is_empty())) {
        bundles.remove(&[][..]);
    } else if root_name.is_some() {
        bundles.entry(Vec::new()).or_default();
    }
    let has_root = bundles.contains_key(&[][..]);
    let app = |name: &[u8]| app_of(name, has_root, root.unwrap_or("app"));
    let mut apps: HashSet<Vec<u8>> = HashSet::new();
    let mut found = Vec::new();
    for (folder, bundle) in bundles {
        deadline::step();
        let (module, owner) = app(&folder);
        apps.insert(owner);
        let mut bundle = Bundle { folder, module, ..bundle };
        // A name with two records is one file with two readings.
        for names in [&mut bundle.infos, &mut bundle.profiles, &mut manifests] {
            deadline::step();
            names.sort_unstable();
            names.dedup();
        }
        bundle.strings.sort_unstable();
        bundle.strings.dedup();
        found.push(bundle);
    }
    let manifests = manifests.into_iter().filter_map(|name| {
        let end = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let folder = name.get(..end)?;
        let is_inside = has_root || parts(folder).any(is_program);
        is_inside.then(|| (app(folder).0, name.clone()))
    });
    let manifests = manifests.collect();
    let kind = kind.unwrap_or(PackageKind::AppBundle);
    Ok(Found { kind, bundles: found, manifests, apps: apps.len(), links, outside })
}

/// What `folder` is called, counted from the outermost app that it stands in, and the folder of that app.
fn app_of(folder: &[u8], has_root: bool, root: &str) -> (String, Vec<u8>) {
    let all: Vec<&[u8]> = parts(folder).collect();
    let shown = |parts: &[&[u8]]| String::from_utf8_lossy(&parts.join(&b'/')).into_owned();
    if has_root {
        let module = if all.is_empty() { root.to_owned() } else { format!("{root}/{}", shown(&all)) };
        return (module, Vec::new());
    }
    let start = all.iter().position(|part| is_program(part)).unwrap_or_default();
    let (before, inside) = all.split_at_checked(start).unwrap_or_default();
    let owner = before.iter().chain(inside.first()).copied().collect::<Vec<_>>().join(&b'/');
    (shown(inside), owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_apps_are_told_at_any_depth_and_decoys_are_not() {
        assert!(is_shipped(b"Payload/A.app/Info.plist"));
        assert!(is_shipped(b"build/1/./payload//A.app/A"));
        assert!(is_shipped(b"A.xcarchive/Products/Applications/A.app/Info.plist"));
        assert!(!is_shipped(b"__MACOSX/Payload/A.app/._Info.plist"));
        assert!(!is_shipped(b"Payload/A.appex/Info.plist"));
        assert!(!is_shipped(b"Payload/.app/Info.plist"));
        assert!(is_bundled(b"Debug-iphonesimulator/A.app/Info.plist"));
        assert!(!is_bundled(b"assets/Info.plist"));
    }

    #[test]
    fn a_name_divides_at_its_innermost_program() {
        let division = divide(b"Payload/A.app/PlugIns/B.appex/de.lproj/InfoPlist.strings");
        assert_eq!(division.folder, b"Payload/A.app/PlugIns/B.appex/".len());
        assert_eq!(division.between, [b"de.lproj"]);
        assert_eq!(division.file, b"InfoPlist.strings");
    }

    #[test]
    fn strings_files_are_told_by_name_in_any_case() {
        for name in ["InfoPlist.strings", "infoPlist.strings", "INFOPLIST.STRINGS", "InfoPlist~ipad.strings"] {
            assert!(is_strings(name.as_bytes()), "{name}");
        }
        for name in ["InfoPlistX.strings", "Localizable.strings", "InfoPlist.stringsdict", "InfoPlist"] {
            assert!(!is_strings(name.as_bytes()), "{name}");
        }
    }
}
