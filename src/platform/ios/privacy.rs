//! Privacy manifests (`PrivacyInfo.xcprivacy`) to declarations.
//!
//! A manifest asks the system for nothing: it states what is collected, whether it serves tracking, and why some system
//! calls are used. Names are those of Apple's "Privacy manifest files".

use super::info::{declaration, shown};
use crate::deadline;
use crate::declaration::{Declaration, DeclarationKind};
use crate::format::plist::{Member, Node, Value};
use crate::source::Place;

/// True when a dictionary has a key of a privacy manifest.
pub(super) fn is_manifest(root: &Node) -> bool {
    root.members().iter().any(|member| member.key.starts_with("NSPrivacy"))
}

/// What a manifest states: one declaration for tracking, each tracking domain, each type of collected data, and each
/// category of accessed API.
pub(super) fn declare(root: &Node, place: &Place, module: Option<&str>) -> Vec<Declaration> {
    let mut found = Vec::new();
    for member in root.members() {
        deadline::step();
        let key = &*member.key;
        match key {
            "NSPrivacyTracking" => {
                let wrong_type = wrong(&member.node.value, "boolean");
                let value = shown(&member.node.value);
                found.push(stated(key, value, wrong_type, member.place(place).with_path(key), module));
            }
            "NSPrivacyTrackingDomains" => {
                for (index, item) in items(member) {
                    deadline::step();
                    let wrong_type = wrong(&item.value, "string");
                    let place = item.place(place).with_path(format!("{key}[{index}]"));
                    found.push(stated(key, shown(&item.value), wrong_type, place, module));
                }
            }
            "NSPrivacyCollectedDataTypes" => {
                for (index, item) in items(member) {
                    deadline::step();
                    found.push(collected(item, &format!("{key}[{index}]"), place, module));
                }
            }
            "NSPrivacyAccessedAPITypes" => {
                for (index, item) in items(member) {
                    deadline::step();
                    found.push(accessed(item, &format!("{key}[{index}]"), place, module));
                }
            }
            _ => {}
        }
    }
    found
}

/// The items of an array, counted from 1; what is no array counts as one.
fn items(member: &Member) -> impl Iterator<Item = (usize, &Node)> {
    let items = match member.node.value {
        Value::Array(_) => member.node.items(),
        _ => std::slice::from_ref(&member.node),
    };
    items.iter().enumerate().map(|(index, item)| (index + 1, item))
}

fn wrong(value: &Value, wanted: &str) -> Option<&'static str> {
    Some(value.type_name()).filter(|name| *name != wanted)
}

fn stated(
    name: &str,
    value: String,
    wrong_type: Option<&'static str>,
    place: Place,
    module: Option<&str>,
) -> Declaration {
    let mut stated = declaration(name, DeclarationKind::PrivacyManifest, module, place);
    stated.value = Some(value);
    stated.wrong_type = wrong_type;
    stated
}

fn collected(item: &Node, path: &str, place: &Place, module: Option<&str>) -> Declaration {
    let name = item.text("NSPrivacyCollectedDataType");
    let is = |key| item.get(key).any(|member| matches!(member.node.value, Value::Boolean(true)));
    let mut words = Vec::new();
    if is("NSPrivacyCollectedDataTypeLinked") {
        words.push("linked to the user".to_owned());
    }
    if is("NSPrivacyCollectedDataTypeTracking") {
        words.push("used for tracking".to_owned());
    }
    let prefix = "NSPrivacyCollectedDataTypePurpose";
    let purposes = item.get("NSPrivacyCollectedDataTypePurposes").flat_map(|member| member.node.items());
    words.extend(purposes.map(|purpose| {
        let purpose = shown(&purpose.value);
        purpose.strip_prefix(prefix).map(str::to_owned).unwrap_or(purpose)
    }));
    let wrong_type = if name.is_none() { Some(item.value.type_name()) } else { None };
    let name = name.unwrap_or("NSPrivacyCollectedDataType");
    stated(name, words.join(", "), wrong_type, item.place(place).with_path(path), module)
}

fn accessed(item: &Node, path: &str, place: &Place, module: Option<&str>) -> Declaration {
    let name = item.text("NSPrivacyAccessedAPIType");
    let reasons = item.get("NSPrivacyAccessedAPITypeReasons").map(|member| shown(&member.node.value));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let wrong_type = if name.is_none() { Some(item.value.type_name()) } else { None };
    let name = name.unwrap_or("NSPrivacyAccessedAPIType");
    stated(name, reasons, wrong_type, item.place(place).with_path(path), module)
}
