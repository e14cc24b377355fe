//! HarmonyOS: ability packages (HAP), shared packages (HSP), apps and manifests to declarations.
//!
//! A device installs modules; the permissions of an app are the union over them. What an older device runs in place of
//! a module, the Android package in it, is read as well.

mod manifest;
mod pack_info;
mod reasons;

use std::collections::{BTreeSet, HashSet};

use super::android;
use crate::container::zip::{self, Archive, Entry};
use crate::deadline;
use crate::declaration::{Conditions, Declaration, DeclarationKind, Origin, Package, PackageKind, SdkRange};
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::knowledge::{Book, Platform};
use crate::limits;
use crate::source::{Escaped, Place, Source};

use manifest::{Manifest, Model};
use reasons::Reasons;

/// The manifests of a module, the one that a device prefers first (`BundleExtractor::IsNewVersion`).
const MANIFESTS: [(&str, Model); 2] = [("module.json", Model::Stage), ("config.json", Model::FeatureAbility)];

/// The list of what is in an app.
const PACK_INFO: &str = "pack.info";

/// True for the name of an entry that only a HarmonyOS package has.
#[must_use]
pub fn is_package(name: &[u8]) -> bool {
    name == b"module.json" || name == b"pack.info"
}

/// True for the name of an entry that a HarmonyOS package has, and other packages could have by accident.
#[must_use]
pub fn is_early_package(name: &[u8]) -> bool {
    name == b"config.json" || is_module(name)
}

/// True for a package in an app. A device takes the ending in any case.
fn is_module(name: &[u8]) -> bool {
    ends_with(name, b".hap") || ends_with(name, b".hsp")
}

/// True for the Android package of a module. Raw files of the module are data, whatever they are called.
fn is_shell(name: &[u8]) -> bool {
    ends_with(name, b".apk") && !name.windows(9).any(|part| part == b"/rawfile/")
}

fn ends_with(name: &[u8], ending: &[u8]) -> bool {
    name.len()
        .checked_sub(ending.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// Reads the module or the app in `archive`, whose survey raised `doubts`.
///
/// # Errors
/// When there is no manifest in it, or the directory cannot be read.
pub fn read_archive(source: &Source, archive: &Archive<'_>, mut doubts: Vec<Doubt>) -> Result<Package, Error> {
    zip::names_are_bytes(&mut doubts);
    let mut reader = Reader { doubts, ..Reader::default() };
    let is_module = reader.module(source, archive, None)?;
    let packages = archive.select(self::is_module)?;
    if is_module && !packages.is_empty() {
        let message = "the archive is a module, and holds packages as an app does";
        reader.doubt(Doubt::new(Code::SeveralKinds, source.place(), message));
    }
    if !is_module {
        if packages.is_empty() {
            let message = "the archive has no module.json and no config.json, and no package in it has";
            return Err(Error::new(Code::HarmonyNoManifest, source.place(), message));
        }
        reader.kind = Some(PackageKind::HarmonyApp);
        reader.compare_list(source, archive, &packages)?;
    }
    if packages.len() > limits::NESTED_PACKAGES {
        let message = format!("the app holds more than {} packages", limits::NESTED_PACKAGES);
        reader.doubt(Doubt::new(Code::LimitDeclarations, source.place(), message));
        reader.is_unreadable = true;
    }
    for entry in packages.iter().take(limits::NESTED_PACKAGES) {
        deadline::step();
        reader.nested(archive, entry);
    }
    reader.shells(archive)?;
    Ok(reader.finish(source))
}

/// Reads a module.json, module.json5 or config.json that stands alone.
///
/// # Errors
/// `unknown-kind` when it is JSON and no manifest, `json-malformed`, `limit-entry-bytes`, `read-failed`.
pub fn read_manifest(source: &Source) -> Result<Package, Error> {
    if source.len() > limits::MODULE_MANIFEST_BYTES {
        let message = format!(
            "the file has {} bytes, more than the {} that are read",
            source.len(),
            limits::MODULE_MANIFEST_BYTES
        );
        return Err(Error::new(Code::LimitEntryBytes, source.place(), message));
    }
    let bytes = source.read_vec(0, source.len())?;
    let (manifest, doubts) = manifest::read(&bytes, &source.place(), None)?;
    if !manifest.is_module() {
        let message = "this is no package that can be read: it looks like JSON text, and no manifest of a module";
        return Err(Error::new(Code::UnknownKind, source.place().at(0), message));
    }
    let mut reader = Reader { kind: Some(PackageKind::HarmonyManifest), doubts, ..Reader::default() };
    if manifest.is_source() {
        let message = "the manifest is that of a source tree, to which the build adds what libraries request";
        reader.doubt(Doubt::new(Code::HarmonySourceManifest, source.place(), message));
    }
    reader.identify(&manifest, &source.place());
    reader.declare(&manifest, None, &mut Reasons::none());
    Ok(reader.finish(source))
}

/// What has been read of a package so far.
#[derive(Default)]
struct Reader {
    kind: Option<PackageKind>,
    bundle_name: Option<String>,
    version: Option<String>,
    sdk: SdkRange,
    is_identified: bool,
    declarations: Vec<Declaration>,
    doubts: Vec<Doubt>,
    is_unreadable: bool,
}

impl Reader {
    fn doubt(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    /// What was lost for good, so that no accepted doubt can stand for it. First, so that it is always listed.
    fn lost(&mut self, error: Error) {
        self.is_unreadable = true;
        self.doubts.insert(0, error.into_doubt());
    }

    fn finish(self, source: &Source) -> Package {
        Package {
            place: source.place(),
            kind: self.kind,
            id: self.bundle_name,
            version: self.version,
            sdk: self.sdk,
            min_os: None,
            claims: None,
            declarations: Reading::new(self.declarations, self.doubts),
            unreadable: self.is_unreadable,
        }
    }

    fn add(&mut self, declaration: Declaration) {
        if self.declarations.len() < limits::DECLARATIONS {
            return self.declarations.push(declaration);
        }
        let message = format!("more than {} declarations", limits::DECLARATIONS);
        self.doubt(Doubt::new(Code::LimitDeclarations, declaration.place, message));
    }

    /// The first manifest says what the package is called.
    fn identify(&mut self, manifest: &Manifest, place: &Place) {
        if !self.is_identified {
            self.is_identified = true;
            self.bundle_name.clone_from(&manifest.bundle_name);
            self.version = manifest.version();
            self.sdk = SdkRange { min: manifest.min, target: manifest.target };
        } else if manifest.bundle_name != self.bundle_name {
            let name =
                |name: &Option<String>| name.as_deref().map_or("none".to_owned(), |name| Escaped(name).to_string());
            let message = format!(
                "the bundle name is {:.200}, that of the module before is {:.200}",
                name(&manifest.bundle_name),
                name(&self.bundle_name)
            );
            self.doubt(Doubt::new(Code::HarmonySeveralApps, place.clone(), message));
        }
    }

    /// Reads the manifests of one module; false when it has none. `entry` is the package that it is, in an app.
    fn module(&mut self, source: &Source, archive: &Archive<'_>, entry: Option<&str>) -> Result<bool, Error> {
        let mut manifests: Vec<(Manifest, Place)> = Vec::new();
        let mut documents: Vec<Vec<u8>> = Vec::new();
        let mut is_module = false;
        for (name, model) in MANIFESTS {
            let entries = archive.find(name.as_bytes())?;
            if !entries.is_empty() && is_module {
                let message = "there is a module.json and a config.json";
                self.doubt(Doubt::new(Code::HarmonySeveralManifests, source.place().in_entry(name), message));
            }
            is_module |= !entries.is_empty();
            // The last of several is the one that a device reads.
            for found in entries.iter().rev() {
                deadline::step();
                let readings = match archive.readings(found, limits::MODULE_MANIFEST_BYTES) {
                    Ok(readings) => readings.drain_into(&mut self.doubts),
                    Err(error) => {
                        self.lost(error);
                        continue;
                    }
                };
                for bytes in readings {
                    deadline::step();
                    let place = archive.place(found);
                    if documents.contains(&bytes) {
                        continue;
                    }
                    match manifest::read(&bytes, &place, Some(model)) {
                        Ok((manifest, doubts)) => {
                            for doubt in doubts {
                                self.doubt(doubt);
                            }
                            manifests.push((manifest, place));
                        }
                        Err(error) => self.lost(error),
                    }
                    documents.push(bytes);
                }
            }
        }
        if documents.len() > 1 {
            let message = format!("there are {} different manifests of one module", documents.len());
            self.doubt(Doubt::new(Code::HarmonySeveralManifests, source.place(), message));
        }
        if let Some((manifest, _)) = manifests.first()
            && entry.is_none()
        {
            self.kind = Some(if manifest.is_shared() { PackageKind::Hsp } else { PackageKind::Hap });
        } else if is_module && entry.is_none() {
            self.kind = Some(PackageKind::Hap);
        }
        let mut known: HashSet<(String, DeclarationKind)> = HashSet::new();
        for (index, (manifest, place)) in manifests.iter().enumerate() {
            deadline::step();
            self.identify(manifest, place);
            let first = self.declarations.len();
            let mut reasons = Reasons::of(archive, manifest.module_name());
            self.declare(manifest, entry, &mut reasons);
            let added = self.declarations.split_off(first);
            let is_new = |d: &Declaration| index == 0 || !known.contains(&(d.permission.clone(), d.kind));
            let added: Vec<Declaration> = added.into_iter().filter(is_new).collect();
            known.extend(added.iter().map(|d| (d.permission.clone(), d.kind)));
            self.declarations.extend(added);
        }
        Ok(is_module)
    }

    /// Everything that one manifest requests and defines.
    fn declare(&mut self, manifest: &Manifest, entry: Option<&str>, reasons: &mut Reasons<'_>) {
        let module = manifest.module_name().or(entry);
        let texts = reasons.texts(&manifest.requests, &mut self.doubts);
        for (request, text) in manifest.requests.iter().zip(texts) {
            deadline::step();
            let mut declaration =
                declaration(&request.name, DeclarationKind::RequestPermission, module, &request.place);
            declaration.text = text;
            declaration.value = request.reason.clone().filter(|_| request.is_reference());
            declaration.wrong_type = request.wrong_type;
            declaration.used_scene.clone_from(&request.scene);
            declaration.conditions.required_features.extend(request.feature.clone());
            self.add(declaration);
        }
        for definition in &manifest.definitions {
            deadline::step();
            self.add(declaration(&definition.name, DeclarationKind::DefinesPermission, module, &definition.place));
        }
    }

    /// Reads a package of an app.
    fn nested(&mut self, archive: &Archive<'_>, entry: &Entry) {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let read = |reader: &mut Reader| -> Result<bool, Error> {
            let inner = archive.nested(entry, limits::NESTED_BYTES)?.drain_into(&mut reader.doubts);
            let (inner_archive, mut doubts) = zip::survey(&inner)?.into_parts();
            zip::names_are_bytes(&mut doubts);
            for doubt in doubts {
                reader.doubt(doubt);
            }
            let is_module = reader.module(&inner, &inner_archive, Some(&name))?;
            reader.shells(&inner_archive)?;
            Ok(is_module)
        };
        match read(self) {
            Ok(true) => {}
            Ok(false) => {
                let message = "the package has no module.json and no config.json";
                self.lost(Error::new(Code::HarmonyNoManifest, archive.place(entry), message));
            }
            Err(error) => self.lost(error),
        }
    }

    /// Reads the Android packages in a module, which older devices run in its place.
    fn shells(&mut self, archive: &Archive<'_>) -> Result<(), Error> {
        let shells = archive.select(is_shell)?;
        if shells.len() > limits::NESTED_PACKAGES {
            let place = shells.first().map(|entry| archive.place(entry)).unwrap_or_default();
            let message = format!("there are more than {} Android packages", limits::NESTED_PACKAGES);
            self.lost(Error::new(Code::LimitDeclarations, place, message));
        }
        for entry in shells.iter().take(limits::NESTED_PACKAGES) {
            deadline::step();
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            let inner = match archive.nested(entry, limits::NESTED_BYTES) {
                Ok(inner) => inner.drain_into(&mut self.doubts),
                Err(error) => {
                    self.lost(error);
                    continue;
                }
            };
            let shell = match android::read_apk(&inner) {
                Ok(shell) => shell,
                Err(error) => {
                    self.lost(error);
                    continue;
                }
            };
            self.is_unreadable |= shell.unreadable;
            for mut declaration in shell.declarations.drain_into(&mut self.doubts) {
                deadline::step();
                declaration.module = Some(name.clone());
                self.add(declaration);
            }
        }
        Ok(())
    }

    /// Compares the list of an app with the packages in it.
    fn compare_list(&mut self, source: &Source, archive: &Archive<'_>, packages: &[Entry]) -> Result<(), Error> {
        let place = source.place().in_entry(PACK_INFO);
        let entries = archive.find(PACK_INFO.as_bytes())?;
        if entries.is_empty() {
            self.doubt(Doubt::new(Code::HarmonyPackInfo, place.clone(), "the app has no pack.info"));
        }
        let inside: BTreeSet<String> = packages.iter().map(|entry| stem(&entry.name)).collect();
        for entry in &entries {
            deadline::step();
            let listed = archive.readings(entry, limits::MODULE_MANIFEST_BYTES).and_then(|readings| {
                let readings = readings.drain_into(&mut self.doubts);
                readings.iter().map(|bytes| pack_info::packages(bytes, &place)).collect::<Result<Vec<_>, _>>()
            });
            let listed = match listed {
                Ok(listed) => listed,
                Err(Error { message, place, .. }) => {
                    let message = format!("the pack.info could not be read: {message}");
                    self.doubt(Doubt::new(Code::HarmonyPackInfo, place, message));
                    continue;
                }
            };
            for names in listed {
                deadline::step();
                let names: BTreeSet<String> = names.into_iter().collect();
                let odd = names.difference(&inside).map(|name| (name, "lists a package that is not there"));
                let odd =
                    odd.chain(inside.difference(&names).map(|name| (name, "does not list a package that is there")));
                for (name, what) in odd.take(limits::DOUBTS) {
                    let message = format!("the pack.info {what}: {:.200}", Escaped(name));
                    self.doubt(Doubt::new(Code::HarmonyPackInfo, place.clone(), message));
                }
            }
        }
        Ok(())
    }
}

/// The name of a package without folders and ending, as a `pack.info` lists it.
fn stem(name: &[u8]) -> String {
    let file = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let stem = file.len().checked_sub(4).and_then(|end| file.get(..end)).unwrap_or_default();
    String::from_utf8_lossy(stem).into_owned()
}

fn declaration(name: &str, kind: DeclarationKind, module: Option<&str>, place: &Place) -> Declaration {
    Declaration {
        permission: name.to_owned(),
        platform: Platform::HarmonyOs,
        kind,
        origin: Origin::Declared,
        level: Book.fact(Platform::HarmonyOs, name).and_then(|fact| fact.level),
        conditions: Conditions::default(),
        text: std::collections::BTreeMap::new(),
        value: None,
        wrong_type: None,
        used_scene: None,
        module: module.map(str::to_owned),
        brought_in_by: Vec::new(),
        place: place.clone(),
    }
}
