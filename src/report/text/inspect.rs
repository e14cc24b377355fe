//! What packages declare, for a person: by how the platform grants it, with what it opens and where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::super::{Conditions, Declaration, Package, count};
use super::{Ink, Page};
use crate::source::Escaped;

/// Code points of a value (of an entitlement, say) that are shown.
const VALUE_CHARS: usize = 40;

/// Code points of the name of a class that are shown.
const CLASS_CHARS: usize = 160;

/// Languages of a text that are shown; an app may have forty, and the JSON report has them all.
const LANGUAGES: usize = 3;

/// The kind of a permission that the app defines itself.
const OWN: &str = "defines-permission";

/// The kind of a component that holds power by its guard.
const GUARDED: &str = "guarded-component";

/// Groups of declarations, in the order in which a reviewer asks for them: the word of the JSON report that tells them
/// (a level, or a kind that has none), and their title.
const GROUPS: [(&str, &str); 15] = [
    ("runtime", "the user is asked (runtime)"),
    ("user_grant", "the user is asked (user_grant)"),
    ("purpose-string", "the user is asked, with this text (purpose strings)"),
    ("special", "the user switches it on in the settings (special access)"),
    ("manual_settings", "the user switches it on in the settings (manual_settings)"),
    (GUARDED, "the user switches on a component of the app that holds special power (guarded components)"),
    ("normal", "granted at installation (normal)"),
    ("system_grant", "granted at installation (system_grant)"),
    ("entitlement", "signed into the app (entitlements)"),
    ("background-mode", "runs in the background (background modes)"),
    ("signature", "for the system and apps of the same signer (signature)"),
    ("privacy-manifest", "stated in the privacy manifest"),
    ("provisioned", "allowed by the provisioning profile, not requested"),
    (OWN, "the app's own (defined by itself)"),
    ("", "not known to permaudit"),
];

/// The group that `declaration` of a package belongs to which defines `own`, by its word.
fn word(own: &BTreeSet<&str>, declaration: &Declaration) -> &'static str {
    match (declaration.kind, declaration.level) {
        _ if declaration.origin == "provisioned" => "provisioned",
        (kind, _) if GROUPS.iter().any(|(word, _)| *word == kind) => kind,
        (_, Some(level)) => level,
        (_, None) if own.contains(declaration.permission.as_str()) => OWN,
        (_, None) => "",
    }
}

impl Page<'_> {
    pub(super) fn package(&mut self, package: &Package) -> io::Result<()> {
        write!(self.out, "{}", self.paint(Ink::Bold, Escaped(&package.path)))?;
        if let Some(id) = &package.id {
            write!(self.out, "  {}", Escaped(id))?;
        }
        if let Some(version) = &package.version {
            write!(self.out, "  {}", Escaped(version))?;
        }
        let words = match package.platform {
            Some("harmonyos") => ["minAPIVersion", "targetAPIVersion"],
            _ => ["minSdk", "targetSdk"],
        };
        for (word, level) in words.into_iter().zip([package.sdk.min, package.sdk.target]) {
            if let Some(level) = level {
                write!(self.out, "  {word} {level}")?;
            }
        }
        if let Some(lowest) = &package.sdk.min_os {
            write!(self.out, "  from version {}", Escaped(lowest))?;
        }
        if let Some(hash) = &package.sha256 {
            write!(self.out, "\nsha256 {hash}")?;
        }
        writeln!(self.out)?;
        if package.kind.is_none() {
            return writeln!(self.out, "what it declares is not known");
        }
        let guarded = package.declarations.iter().filter(|d| d.kind == GUARDED).count();
        let asked = |d: &&Declaration| ![OWN, GUARDED, "privacy-manifest"].contains(&d.kind);
        let declared = package.declarations.iter().filter(asked).count();
        let at_least = if package.doubts.is_empty() { "" } else { "at least " };
        write!(self.out, "declares {at_least}{}", count(declared, "permission"))?;
        if guarded > 0 {
            write!(self.out, " and {}", count(guarded, "guarded component"))?;
        }
        writeln!(self.out)?;
        let own = package.declarations.iter().filter(|d| d.kind == OWN).map(|d| d.permission.as_str()).collect();
        let mut groups: BTreeMap<&str, Vec<&Declaration>> = BTreeMap::new();
        for declaration in &package.declarations {
            groups.entry(word(&own, declaration)).or_default().push(declaration);
        }
        for (group, title) in GROUPS {
            let Some(members) = groups.get(group) else { continue };
            let title = self.paint(Ink::Bold, title);
            writeln!(self.out, "\n{title}:")?;
            for declaration in members {
                self.declaration(declaration)?;
            }
        }
        Ok(())
    }

    fn declaration(&mut self, declaration: &Declaration) -> io::Result<()> {
        let name = self.paint(Ink::Blue, Escaped(&declaration.permission));
        write!(self.out, "  {name}")?;
        let conditions = conditions(declaration);
        if !conditions.is_empty() {
            write!(self.out, " [{}]", Escaped(&conditions.join(", ")))?;
        }
        if !declaration.meaning.is_empty() {
            write!(self.out, ": {}", declaration.meaning)?;
        }
        writeln!(self.out)?;
        for (language, text) in declaration.text.iter().take(LANGUAGES) {
            let language = if language == "default" { String::new() } else { format!("{}: ", Escaped(language)) };
            writeln!(self.out, "      {language}\"{}\"", Escaped(text))?;
        }
        if let Some(more) = declaration.text.len().checked_sub(LANGUAGES).filter(|more| *more > 0) {
            writeln!(self.out, "      and in {}", count(more, "more language"))?;
        }
        let at = self.paint(Ink::Dim, Escaped(&place(declaration)).to_string());
        writeln!(self.out, "      {at}")
    }
}

/// When a declaration holds, and what stands beside its name.
fn conditions(declaration: &Declaration) -> Vec<String> {
    let length = if declaration.kind == GUARDED { CLASS_CHARS } else { VALUE_CHARS };
    let mut found: Vec<String> = declaration.value.iter().map(|value| short(value, length)).collect();
    let when = declaration.used_scene.as_ref().and_then(|scene| scene.when.as_deref());
    found.extend(when.map(|when| format!("used: {}", short(when, VALUE_CHARS))));
    found.extend(declaration.wrong_type.map(|kind| format!("wrong type: {kind}")));
    if let Some(Conditions { min_sdk, max_sdk, required_features, required_not_features, flags, device }) =
        &declaration.conditions
    {
        found.extend(device.as_ref().map(|device| format!("on {device}")));
        found.extend(min_sdk.map(|level| format!("API {level} and above")));
        found.extend(max_sdk.map(|level| format!("up to API {level}")));
        found.extend(required_features.iter().map(|name| format!("with {name}")));
        found.extend(required_not_features.iter().map(|name| format!("without {name}")));
        found.extend(flags.iter().cloned());
    }
    if declaration.kind == "uses-permission-sdk-23" {
        found.push("API 23 and above".to_owned());
    }
    found
}

/// Where it stands, or why the device adds it.
fn place(declaration: &Declaration) -> String {
    if let Some(by) = &declaration.implied_by {
        return format!("added by the device: {by}");
    }
    let place = &declaration.location;
    let mut at = place.path.clone().unwrap_or_default();
    if let Some(module) = &declaration.module {
        at = format!("{module}: {at}");
    }
    match (place.line, place.offset) {
        // A file that stands alone was written by hand, and has lines.
        (Some(line), _) if place.entry.is_none() => at = format!("{at} at line {line}"),
        (_, Some(offset)) => at = format!("{at} at byte {offset}"),
        _ => {}
    }
    if !declaration.brought_in_by.is_empty() {
        at = format!("{at}; brought in by {}", declaration.brought_in_by.join(", "));
    }
    at.trim().to_owned()
}

/// A value that fits into a line: at most `length` code points of it.
fn short(value: &str, length: usize) -> String {
    match value.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
