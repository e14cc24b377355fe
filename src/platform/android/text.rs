//! Manifests in text form: what a build made of all its sources, one of these sources, or the manifest of a library.
//!
//! Source: the manifest merger of Android's build tools (`ManifestMerger2`, `XmlDocument`, `PlaceholderHandler`): a
//! merged manifest has a package, a version and SDK levels, no attribute in the namespace of the tools, no placeholder,
//! and class names with their package.

use super::{Manifest, absorb, finish, manifest, whole};
use crate::deadline;
use crate::declaration::{Package, PackageKind};
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::format::document::{Document, Element, Event};
use crate::format::xml::{self, ANDROID, Attribute, Reader, TOOLS};
use crate::source::{Place, Source};

use super::resources::Resources;

/// Elements whose `android:name` is a class. A merger writes the class name in full.
const CLASSES: [&str; 6] = ["application", "activity", "activity-alias", "service", "receiver", "provider"];

/// What a manifest in text form is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An app.
    App,
    /// A library: what it brings into an app. It says nothing of what a device adds.
    Library,
}

/// Reads an AndroidManifest.xml in text form that stands alone.
///
/// # Errors
/// `limit-entry-bytes`, `read-failed`. A document that cannot be read comes back as a package that is unreadable.
pub fn read(source: &Source) -> Result<Package, Error> {
    let document = whole(source)?;
    Ok(package(source, PackageKind::AndroidManifest, &source.place(), &[document], Role::App, Vec::new()))
}

/// The union of what all `documents` say.
pub(super) fn package(
    source: &Source,
    kind: PackageKind,
    place: &Place,
    documents: &[Vec<u8>],
    role: Role,
    mut doubts: Vec<Doubt>,
) -> Package {
    let mut merged: Option<Manifest> = None;
    let mut broken = false;
    for bytes in documents {
        deadline::step();
        match document(bytes, place, role, &mut doubts) {
            Ok(manifest) => absorb(&mut merged, manifest, &mut doubts),
            Err(error) => {
                broken = true;
                // First, so that it is listed however many doubts there are.
                doubts.insert(0, error.into_doubt());
            }
        }
    }
    if let Some(manifest) = &mut merged {
        broken |= manifest.broken;
        // A source without levels gets them from the build, and a library from its app.
        manifest.is_part = role == Role::Library || manifest.sdk.is_none();
    }
    finish(source, kind, merged, broken, place, doubts)
}

fn document(bytes: &[u8], place: &Place, role: Role, doubts: &mut Vec<Doubt>) -> Result<Manifest, Error> {
    let text = xml::decode(bytes, place)?.drain_into(doubts);
    let manifest = manifest::read(Reader::new(&text, place.clone()), place, &mut Resources::none());
    let signs = Signs::of(Reader::new(&text, place.clone()));
    for doubt in signs.permissions.iter().cloned() {
        doubt::push(doubts, doubt);
    }
    if role == Role::App && !manifest.broken {
        if let Some(doubt) = signs.unmerged(place) {
            doubt::push(doubts, doubt);
        }
        if let Some((name, place)) = &manifest.split {
            let message = format!("this is the manifest of the split {name:.100} of an app");
            doubt::push(doubts, Doubt::new(Code::AndroidSplitApk, place.clone(), message));
        }
    }
    Ok(manifest)
}

/// How often something was seen, and where first.
#[derive(Default)]
struct Seen(usize, Option<Place>);

impl Seen {
    fn note(&mut self, place: impl FnOnce() -> Place) {
        self.0 += 1;
        self.1.get_or_insert_with(place);
    }

    fn say(&self, one: &str, several: &str) -> Option<String> {
        let place = self.1.as_ref()?;
        let line = place.lines.map(|lines| format!(", first in line {}", lines.line)).unwrap_or_default();
        Some(if self.0 == 1 { format!("{one}{line}") } else { format!("{} {several}{line}", self.0) })
    }
}

/// What tells a merged manifest from a source.
#[derive(Default)]
struct Signs {
    package: bool,
    version_code: bool,
    uses_sdk: bool,
    tools: Seen,
    placeholders: Seen,
    short_names: Seen,
    /// Doubts about single permissions.
    permissions: Vec<Doubt>,
}

impl Signs {
    /// Goes through the document to its end, or to where it cannot be read on: that is told by who reads it.
    fn of(mut reader: Reader<'_>) -> Signs {
        let mut signs = Signs::default();
        while let Ok(Some(event)) = reader.next_event() {
            deadline::step();
            if let Event::Start(element) = event {
                signs.element(&element, &reader);
            }
        }
        signs
    }

    fn element(&mut self, element: &Element<'_>, reader: &Reader<'_>) {
        self.uses_sdk |= element.depth == 2 && element.is("uses-sdk");
        let name = element.name.as_ref().map_or("", |name| &name.device);
        let is_permission = name.starts_with("uses-permission") || name.starts_with("permission");
        for attribute in reader.current() {
            deadline::step();
            if element.depth == 1 {
                self.package |= attribute.namespace.is_none() && attribute.name == "package";
                self.version_code |= attribute.is(ANDROID, "versionCode");
            }
            let place = || reader.place_of(Reader::offset(attribute));
            if attribute.namespace.as_deref() == Some(TOOLS) {
                self.tools.note(place);
            }
            if attribute.value.contains("${") {
                self.placeholders.note(place);
            }
            if CLASSES.contains(&name) && attribute.is(ANDROID, "name") && attribute.value.starts_with('.') {
                self.short_names.note(place);
            }
            if is_permission {
                self.permission(attribute, reader, place);
            }
        }
    }

    fn permission(&mut self, attribute: &Attribute, reader: &Reader<'_>, place: impl FnOnce() -> Place) {
        if attribute.is(ANDROID, "name") && attribute.value.contains("${") {
            let message = format!("the name {:.200} holds a placeholder, which the build fills in", attribute.value);
            doubt::push(&mut self.permissions, Doubt::new(Code::AndroidPlaceholder, place(), message));
        } else if attribute.is(TOOLS, "node") && attribute.value.starts_with("remove") {
            let name = reader.current().iter().find(|a| a.is(ANDROID, "name")).map_or("?", |a| &a.value);
            let message = format!(
                "{name:.200} is marked {:.40}: whether it is in the app is decided by the build",
                attribute.value
            );
            doubt::push(&mut self.permissions, Doubt::new(Code::AndroidBuildMarker, place(), message));
        }
    }

    /// The doubt about a manifest that is a source; `None` for a merged one.
    fn unmerged(&self, place: &Place) -> Option<Doubt> {
        let missing =
            [(self.package, "package"), (self.version_code, "android:versionCode"), (self.uses_sdk, "<uses-sdk>")];
        let missing: Vec<&str> = missing.iter().filter(|(is_there, _)| !is_there).map(|(_, what)| *what).collect();
        let mut reasons: Vec<String> = Vec::new();
        if !missing.is_empty() {
            reasons.push(format!("it has no {}", missing.join(", no ")));
        }
        reasons.extend(self.tools.say("one attribute for build tools", "attributes for build tools"));
        reasons.extend(self.placeholders.say("one placeholder (${…})", "placeholders (${…})"));
        reasons.extend(self.short_names.say("one class name without its package", "class names without their package"));
        if reasons.is_empty() {
            return None;
        }
        let seen = [&self.tools, &self.placeholders, &self.short_names];
        let first = seen.iter().filter_map(|seen| seen.1.clone()).min_by_key(|place| place.offset);
        let message = format!(
            "this is a source, not what a build makes of it ({}): what libraries and variants add or remove is open",
            reasons.join("; ")
        );
        Some(Doubt::new(Code::AndroidUnmerged, first.unwrap_or_else(|| place.clone()), message))
    }
}
