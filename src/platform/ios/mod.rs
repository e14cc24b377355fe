//! Apple platforms: apps, extensions and property lists to declarations.
//!
//! What counts as declared is what the system reads on a device: the purpose strings of every program in the package,
//! in its Info.plist or in localised strings alone; the entitlements it was signed with; its background modes. What
//! other readers would take, where they can differ, is taken too, with a doubt.

mod bundle;
mod info;
mod privacy;

use crate::container::folder::{self, Folder};
use crate::container::zip::Archive;
use crate::container::{FileEntry, Files};
use crate::deadline;
use crate::declaration::{Declaration, Origin, Package, PackageKind, SdkRange};
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::format::plist::{self, Node};
use crate::format::{der, macho};
use crate::limits;
use crate::source::{Escaped, Place, Source};

use bundle::Bundle;
use info::Keys;

/// True for the name of an entry that only an app as it is shipped has.
#[must_use]
pub fn is_shipped(name: &[u8]) -> bool {
    bundle::is_shipped(name)
}

/// True for the name of an entry that an app bundle has, and other packages could have by accident.
#[must_use]
pub fn is_bundled(name: &[u8]) -> bool {
    bundle::is_bundled(name)
}

/// Reads the apps in `archive`, whose survey raised `doubts`.
///
/// # Errors
/// When there is no app in it.
pub fn read_archive(source: &Source, archive: &Archive<'_>, mut doubts: Vec<Doubt>) -> Result<Package, Error> {
    // Names are bytes to Apple's file systems.
    doubts.retain(|doubt| doubt.code != Code::ZipNameNotUtf8);
    archive.compare_locals(&mut doubts)?;
    read_files(source, Files::Archive(archive), None, doubts)
}

/// Reads the apps in the folder that `source` is: an app bundle, an unpacked app, or an archive of Xcode.
///
/// # Errors
/// When there is no app in it, or it cannot be listed.
pub fn read_folder(source: &Source) -> Result<Package, Error> {
    let mut doubts = Vec::new();
    let folder: Folder<'_> = folder::walk(source)?.drain_into(&mut doubts);
    let root = source.folder().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    read_files(source, Files::Folder(&folder), root.as_deref(), doubts)
}

/// Reads an Info.plist that stands alone, in any encoding; or a privacy manifest.
///
/// # Errors
/// When it cannot be read, or is no dictionary.
pub fn read_info_plist(source: &Source) -> Result<Package, Error> {
    if source.len() > limits::PLIST_BYTES {
        let message =
            format!("the file has {} bytes, more than the {} that are read", source.len(), limits::PLIST_BYTES);
        return Err(Error::new(Code::LimitEntryBytes, source.place(), message));
    }
    let mut doubts = Vec::new();
    let bytes = source.read_vec(0, source.len())?;
    let root = plist::read(&bytes, &source.place())?.drain_into(&mut doubts);
    if let Some(doubt) = not_a_dictionary(&root, &source.place()) {
        return Err(Error::new(doubt.code, doubt.place, doubt.message));
    }
    let mut keys = Keys::new(None);
    keys.info(&root, &source.place());
    let mut reader = Reader::new(doubts);
    // Build settings can add the identifier to what stands in a source tree.
    let is_known = privacy::is_manifest(&root) || info::is_info(&root);
    reader.identify(&root, &source.place(), keys.declarations.is_empty() && !is_known);
    reader.add(keys.declarations);
    reader.add(privacy::declare(&root, &source.place(), None));
    Ok(reader.finish(source, PackageKind::InfoPlist))
}

fn read_files(source: &Source, files: Files<'_>, root: Option<&str>, doubts: Vec<Doubt>) -> Result<Package, Error> {
    let found = bundle::find(files, root)?;
    if found.bundles.is_empty() {
        let message = "there is no app in it: no folder that ends in .app, and no Info.plist";
        return Err(Error::new(Code::IosNoInfoPlist, source.place(), message));
    }
    let mut reader = Reader::new(doubts);
    let place = |name: &[u8]| source.place().in_entry(&String::from_utf8_lossy(name));
    if found.apps > 1 {
        let message = format!("it holds {} apps side by side", found.apps);
        reader.doubt(Doubt::new(Code::IosSeveralApps, source.place(), message));
    }
    if let (Some(name), count) = found.links {
        let message = format!("{count} entries of the app are symbolic links, this one is the first");
        reader.doubt(Doubt::new(Code::IosSymbolicLink, place(&name), message));
    }
    if let Some(name) = found.outside {
        reader.doubt(Doubt::new(Code::IosEntryPath, place(&name), "the name of the entry leads out of the archive"));
    }
    if found.bundles.len() > limits::BUNDLES {
        let message = format!("it holds more than {} programs", limits::BUNDLES);
        reader.doubt(Doubt::new(Code::LimitDeclarations, source.place(), message));
    }
    for bundle in found.bundles.iter().take(limits::BUNDLES) {
        deadline::step();
        reader.bundle(source, files, bundle)?;
    }
    for (module, name) in found.manifests.iter().take(limits::BUNDLES) {
        deadline::step();
        for (root, place) in reader.plists(files, name)? {
            deadline::step();
            reader.add(privacy::declare(&root, &place, Some(module)));
        }
    }
    Ok(reader.finish(source, found.kind))
}

fn not_a_dictionary(root: &Node, place: &Place) -> Option<Doubt> {
    if matches!(root.value, plist::Value::Dictionary(_)) {
        return None;
    }
    let message = format!("the property list is of type {}, not a dictionary", root.value.type_name());
    Some(Doubt::new(Code::IosNotADictionary, root.place(place), message))
}

/// What has been read of a package so far.
struct Reader {
    id: Option<String>,
    version: Option<String>,
    min_os: Option<String>,
    is_identified: bool,
    declarations: Vec<Declaration>,
    doubts: Vec<Doubt>,
}

impl Reader {
    fn new(doubts: Vec<Doubt>) -> Reader {
        let declarations = Vec::new();
        Reader { id: None, version: None, min_os: None, is_identified: false, declarations, doubts }
    }

    fn doubt(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    fn add(&mut self, declarations: impl IntoIterator<Item = Declaration>) {
        for declaration in declarations {
            deadline::step();
            if self.declarations.len() >= limits::DECLARATIONS {
                let message = format!("more than {} declarations", limits::DECLARATIONS);
                return self.doubt(Doubt::new(Code::LimitDeclarations, declaration.place, message));
            }
            self.declarations.push(declaration);
        }
    }

    fn finish(self, source: &Source, kind: PackageKind) -> Package {
        Package {
            place: source.place(),
            kind: Some(kind),
            id: self.id,
            version: self.version,
            sdk: SdkRange::default(),
            min_os: self.min_os,
            claims: None,
            declarations: Reading::new(self.declarations, self.doubts),
            unreadable: false,
        }
    }

    /// The first Info.plist says what the package is called.
    fn identify(&mut self, root: &Node, place: &Place, declares_nothing: bool) {
        let id = root.text("CFBundleIdentifier").filter(|id| !id.is_empty());
        if id.is_none() && declares_nothing {
            let message = "the Info.plist has no CFBundleIdentifier, and declares nothing";
            self.doubt(Doubt::new(Code::IosNoIdentifier, place.clone(), message));
        }
        if self.is_identified {
            return;
        }
        self.is_identified = true;
        self.id = id.map(str::to_owned);
        self.version = match (root.text("CFBundleShortVersionString"), root.text("CFBundleVersion")) {
            (Some(version), Some(build)) => Some(format!("{version} ({build})")),
            (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
            (None, None) => None,
        };
        let lowest = root.text("MinimumOSVersion").or_else(|| root.text("LSMinimumSystemVersion"));
        self.min_os = lowest.map(str::to_owned);
    }

    /// Every reading of the property list `name` that is a dictionary, with its place.
    fn plists(&mut self, files: Files<'_>, name: &[u8]) -> Result<Vec<(Node, Place)>, Error> {
        let mut roots = Vec::new();
        for file in files.find(name)? {
            deadline::step();
            for bytes in self.readings(&file) {
                deadline::step();
                match plist::read(&bytes, &file.place()) {
                    Ok(reading) => {
                        let root = reading.drain_into(&mut self.doubts);
                        match not_a_dictionary(&root, &file.place()) {
                            Some(doubt) => self.doubt(doubt),
                            None => roots.push((root, file.place())),
                        }
                    }
                    Err(error) => self.doubt(error.into_doubt()),
                }
            }
        }
        Ok(roots)
    }

    fn readings(&mut self, file: &FileEntry<'_>) -> Vec<Vec<u8>> {
        match file.readings(limits::PLIST_BYTES) {
            Ok(readings) => readings.drain_into(&mut self.doubts),
            Err(error) => {
                self.doubt(error.into_doubt());
                Vec::new()
            }
        }
    }

    /// Everything that one program of the package declares.
    ///
    /// # Errors
    /// `read-failed`, when the package cannot be read on.
    fn bundle(&mut self, source: &Source, files: Files<'_>, bundle: &Bundle) -> Result<(), Error> {
        let place = source.place().in_entry(&String::from_utf8_lossy(&bundle.folder));
        let module = Some(bundle.module.as_str());
        let usual = bundle.infos.iter().filter(|name| name.ends_with(b"Info.plist")).count();
        match bundle.infos.len() {
            0 => {
                let message = format!("{} has no Info.plist", Escaped(&bundle.module));
                self.doubt(Doubt::new(Code::IosNoInfoPlist, place.clone(), message));
            }
            1 if usual == 1 => {}
            count => {
                let names: Vec<_> = bundle.infos.iter().map(|name| String::from_utf8_lossy(name)).collect();
                let message = format!(
                    "{} has {count} files that could be its Info.plist, not all of the usual name: {:.300}",
                    Escaped(&bundle.module),
                    Escaped(&names.join(", "))
                );
                self.doubt(Doubt::new(Code::IosSeveralInfoPlists, place.clone(), message));
            }
        }
        let mut keys = Keys::new(module);
        let mut roots = Vec::new();
        for name in &bundle.infos {
            deadline::step();
            for (root, place) in self.plists(files, name)? {
                deadline::step();
                keys.info(&root, &place);
                roots.push((root, place, name));
            }
        }
        for (language, name) in &bundle.strings {
            deadline::step();
            for (root, place) in self.plists(files, name)? {
                deadline::step();
                if !name.ends_with(b"table") {
                    keys.strings(&root, language, &place);
                    continue;
                }
                for member in root.members() {
                    deadline::step();
                    keys.strings(&member.node, &member.key, &place);
                }
            }
        }
        for (root, place, _) in &roots {
            deadline::step();
            self.identify(root, place, keys.declarations.is_empty());
        }
        self.add(keys.declarations);
        let mut executables: Vec<Vec<u8>> = Vec::new();
        for (root, place, name) in &roots {
            deadline::step();
            let executable = executable(root, bundle, name);
            if !executables.contains(&executable) {
                self.executable(files, &executable, place, module)?;
                executables.push(executable);
            }
        }
        for name in &bundle.profiles {
            deadline::step();
            self.profile(files, name, module)?;
        }
        Ok(())
    }

    /// The entitlements in the signature of an executable.
    fn executable(&mut self, files: Files<'_>, name: &[u8], info: &Place, module: Option<&str>) -> Result<(), Error> {
        let found = files.find(name)?;
        if found.is_empty() {
            let message = format!("there is no executable {}", Escaped(&String::from_utf8_lossy(name)));
            self.doubt(Doubt::new(Code::IosNoExecutable, info.clone(), message));
        }
        for file in found {
            deadline::step();
            let entitlements = match macho::entitlements(&file) {
                Ok(reading) => reading.drain_into(&mut self.doubts),
                Err(error) => {
                    self.doubt(error.into_doubt());
                    continue;
                }
            };
            for one in entitlements {
                deadline::step();
                if let Some(doubt) = not_a_dictionary(&one.node, &one.place) {
                    self.doubt(doubt);
                }
                self.add(info::entitlements(&one.node, &one.place, module, &Origin::Declared));
            }
        }
        Ok(())
    }

    /// The entitlements that a provisioning profile allows.
    fn profile(&mut self, files: Files<'_>, name: &[u8], module: Option<&str>) -> Result<(), Error> {
        for file in files.find(name)? {
            deadline::step();
            for bytes in self.readings(&file) {
                deadline::step();
                let place = file.place();
                let root = der::signed_content(&bytes, &place).and_then(|(content, start)| {
                    let place = start.map_or(place.clone(), |start| place.clone().at(start));
                    Ok((plist::read(&content, &place)?, place))
                });
                match root {
                    Ok((reading, place)) => {
                        let root = reading.drain_into(&mut self.doubts);
                        for member in root.get("Entitlements") {
                            deadline::step();
                            let place = place.clone().with_path("Entitlements");
                            self.add(info::entitlements(&member.node, &place, module, &Origin::Provisioned));
                        }
                    }
                    Err(error) => self.doubt(error.into_doubt()),
                }
            }
        }
        Ok(())
    }
}

/// The executable of a bundle: what `CFBundleExecutable` names, otherwise the name of the bundle. In the layout of
/// macOS it stands in `Contents/MacOS`.
fn executable(root: &Node, bundle: &Bundle, info: &[u8]) -> Vec<u8> {
    let own = bundle.module.rsplit('/').next().unwrap_or_default();
    let own = own.rsplit_once('.').map_or(own, |(stem, _)| stem);
    let name = root.text("CFBundleExecutable").unwrap_or(own);
    let inside = info.get(bundle.folder.len()..).unwrap_or_default();
    let is_mac = inside.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"Contents/"));
    [&*bundle.folder, if is_mac { b"Contents/MacOS/" } else { b"" }, name.as_bytes()].concat()
}
