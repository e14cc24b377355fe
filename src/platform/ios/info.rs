//! From an Info.plist and its localised strings to declarations.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::deadline;
use crate::declaration::{Conditions, Declaration, DeclarationKind, Origin};
use crate::format::plist::{Member, Node, Value};
use crate::knowledge::Platform;
use crate::source::Place;

/// What a key has to end with to be a purpose string, known or not.
const PURPOSE: &str = "UsageDescription";

/// The same for a key that holds one purpose for each of several uses.
const PURPOSES: &str = "UsageDescriptionDictionary";

/// Keys that list what an app does in the background.
const BACKGROUND: [&str; 2] = ["UIBackgroundModes", "WKBackgroundModes"];

/// Keys that only an Info.plist has: one of them tells a part of an Info.plist, as a source tree holds, from any other
/// dictionary. From Apple's page "Information Property List".
const INFO: [&str; 12] = [
    "LSRequiresIPhoneOS",
    "UIApplicationSceneManifest",
    "UIApplicationSupportsIndirectInputEvents",
    "UILaunchScreen",
    "UILaunchStoryboardName",
    "UIMainStoryboardFile",
    "UIRequiredDeviceCapabilities",
    "UIRequiresFullScreen",
    "UIStatusBarHidden",
    "UIStatusBarStyle",
    "UISupportedInterfaceOrientations",
    "UIViewControllerBasedStatusBarAppearance",
];

/// Characters of a value that are shown.
const SHOWN: usize = 1_000;

/// The key under which texts of no language stand.
pub(super) const NO_LANGUAGE: &str = "default";

/// A key without its ending for a device (`NSCameraUsageDescription~ipad`, `…-iphoneos~ipad`), and that ending
/// (`_isPlatformAndProductKey`, `CFBundle_InfoPlist.c`).
fn without_device(key: &str) -> (&str, Option<&str>) {
    match key.find(['~', '-']).and_then(|at| key.split_at_checked(at)) {
        Some((base, ending)) if !base.is_empty() && ending.len() > 1 => (base, Some(ending)),
        _ => (key, None),
    }
}

/// True when a dictionary has a key that only an Info.plist has.
pub(super) fn is_info(root: &Node) -> bool {
    root.members().iter().any(|member| INFO.contains(&without_device(&member.key).0))
}

fn is_purpose(base: &str) -> bool {
    base.ends_with(PURPOSE) || base.ends_with(PURPOSES)
}

/// What the keys of one bundle declare, while its files are read.
pub(super) struct Keys<'m> {
    module: Option<&'m str>,
    pub(super) declarations: Vec<Declaration>,
    /// Where the declarations of a purpose stand in the list: by name, ending for a device, and use.
    purposes: BTreeMap<Purpose, Vec<usize>>,
}

type Purpose = (String, Option<String>, Option<String>);

impl<'m> Keys<'m> {
    /// Begins with a bundle that is called `module`.
    pub(super) fn new(module: Option<&'m str>) -> Keys<'m> {
        Keys { module, declarations: Vec::new(), purposes: BTreeMap::new() }
    }

    /// Adds what an Info.plist declares.
    pub(super) fn info(&mut self, root: &Node, place: &Place) {
        for member in root.members() {
            deadline::step();
            let (base, device) = without_device(&member.key);
            if is_purpose(base) {
                self.purpose(member, base, device, NO_LANGUAGE, place);
            } else if BACKGROUND.contains(&base) {
                self.background(member, base, device, place);
            }
        }
    }

    /// Adds the strings of one language: texts of what is declared already, and what is declared by them alone
    /// (`CFBundleGetValueForInfoDictionaryKey` looks there first).
    pub(super) fn strings(&mut self, root: &Node, language: &str, place: &Place) {
        for member in root.members() {
            deadline::step();
            let (base, device) = without_device(&member.key);
            if is_purpose(base) {
                self.purpose(member, base, device, language, place);
                continue;
            }
            // A use in NSLocationTemporaryUsageDescriptionDictionary is localised under its own name.
            let Some(text) = member.node.value.as_text() else { continue };
            let is_use = |(purpose, _): &(&Purpose, &Vec<usize>)| purpose.2.as_deref() == Some(&*member.key);
            let indices: Vec<usize> = self.purposes.iter().filter(is_use).flat_map(|(_, at)| at.clone()).collect();
            for index in indices {
                deadline::step();
                if let Some(declaration) = self.declarations.get_mut(index) {
                    declaration.text.entry(language.to_owned()).or_insert_with(|| text.to_owned());
                }
            }
        }
    }

    /// A purpose in `language`: a text, or for a key of several uses a dictionary of texts.
    fn purpose(&mut self, member: &Member, base: &str, device: Option<&str>, language: &str, place: &Place) {
        let uses = member.node.members();
        if base.ends_with(PURPOSES) && !uses.is_empty() {
            for one in uses {
                deadline::step();
                let path = format!("{} > {}", member.key, one.key);
                let place = one.place(place).with_path(path);
                self.add((base, device, Some(&one.key)), &one.node.value, language, place);
            }
            return;
        }
        let place = member.place(place).with_path(&*member.key);
        self.add((base, device, None), &member.node.value, language, place);
    }

    fn add(
        &mut self,
        (base, device, of): (&str, Option<&str>, Option<&Arc<str>>),
        value: &Value,
        language: &str,
        place: Place,
    ) {
        let text = value.as_text();
        let purpose = (base.to_owned(), device.map(str::to_owned), of.map(ToString::to_string));
        let known = self.purposes.entry(purpose).or_default();
        if let (Some(text), true) = (text, language != NO_LANGUAGE) {
            let mut is_new = known.is_empty();
            for &index in known.iter() {
                deadline::step();
                let Some(declaration) = self.declarations.get_mut(index) else { continue };
                let kept = declaration.text.entry(language.to_owned()).or_insert_with(|| text.to_owned());
                is_new |= kept != text;
            }
            if !is_new {
                return;
            }
        }
        known.push(self.declarations.len());
        let wanted = if base.ends_with(PURPOSES) && of.is_none() { "dictionary" } else { "string" };
        let wrong_type = Some(value.type_name()).filter(|name| *name != wanted);
        let mut declaration = self.declaration(base, DeclarationKind::PurposeString, device, place);
        declaration.text = text.map(|text| (language.to_owned(), text.to_owned())).into_iter().collect();
        declaration.value = match (of, wrong_type) {
            (Some(of), _) => Some(of.to_string()),
            (None, Some(_)) => Some(shown(value)),
            (None, None) => None,
        };
        declaration.wrong_type = wrong_type;
        self.declarations.push(declaration);
    }

    fn background(&mut self, member: &Member, base: &str, device: Option<&str>, place: &Place) {
        let whole = std::slice::from_ref(&member.node);
        let is_array = matches!(member.node.value, Value::Array(_));
        let modes = if is_array { member.node.items() } else { whole };
        for (index, mode) in modes.iter().enumerate() {
            deadline::step();
            let wrong_type = match mode.value.as_text() {
                Some(_) if is_array => None,
                _ => Some(mode.value.type_name()),
            };
            let path = format!("{}[{}]", member.key, index + 1);
            let mut declaration =
                self.declaration(base, DeclarationKind::BackgroundMode, device, mode.place(place).with_path(path));
            declaration.value = Some(shown(&mode.value));
            declaration.wrong_type = wrong_type;
            self.declarations.push(declaration);
        }
    }

    fn declaration(&self, name: &str, kind: DeclarationKind, device: Option<&str>, place: Place) -> Declaration {
        let device = device.and_then(|ending| ending.get(1..)).map(str::to_owned);
        Declaration {
            conditions: Conditions { device, ..Conditions::default() },
            ..declaration(name, kind, self.module, place)
        }
    }
}

/// A declaration without anything but its name and place.
pub(super) fn declaration(name: &str, kind: DeclarationKind, module: Option<&str>, place: Place) -> Declaration {
    Declaration {
        permission: name.to_owned(),
        platform: Platform::Ios,
        kind,
        origin: Origin::Declared,
        level: None,
        conditions: Conditions::default(),
        text: BTreeMap::new(),
        value: None,
        wrong_type: None,
        used_scene: None,
        module: module.map(str::to_owned),
        brought_in_by: Vec::new(),
        place,
    }
}

/// The members of entitlements, as declarations.
pub(super) fn entitlements(root: &Node, place: &Place, module: Option<&str>, origin: &Origin) -> Vec<Declaration> {
    let one = |member: &Member| {
        let path = match &place.path {
            Some(path) => format!("{path} > {}", member.key),
            None => member.key.to_string(),
        };
        let place = member.place(place).with_path(path);
        let mut declaration = declaration(&member.key, DeclarationKind::Entitlement, module, place);
        declaration.origin = origin.clone();
        declaration.value = Some(shown(&member.node.value));
        declaration
    };
    root.members().iter().map(one).collect()
}

/// A value in one line: texts as they are, the items of an array and the keys of a dictionary after one another.
pub(super) fn shown(value: &Value) -> String {
    let list = |names: &mut dyn Iterator<Item = String>| {
        let mut text = String::new();
        for name in names {
            deadline::step();
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&name);
            if text.len() > SHOWN {
                break;
            }
        }
        text
    };
    let one = |value: &Value| match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        other => other.type_name().to_owned(),
    };
    let text = match value {
        Value::Array(items) => list(&mut items.iter().map(|item| one(&item.value))),
        Value::Dictionary(members) => list(&mut members.iter().map(|member| member.key.to_string())),
        other => one(other),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
