//! The manifest merger's report: which library brought a permission or a guarded component in.
//!
//! Source: the manifest merger of Android's build tools (`Actions.log`, `XmlNode.NodeKey`, `SourceFilePosition`). The
//! report lists each node of the merged manifest by tag and name, then one line for each decision: `ADDED from`,
//! `MERGED from` and so on, with the library in brackets, or without one for a manifest of the app itself.

use std::collections::HashMap;

use crate::deadline;
use crate::declaration::{Declaration, DeclarationKind, Origin, Package};
use crate::doubt::{Code, Doubt};
use crate::limits;
use crate::source::{Escaped, Source};

/// The first line of a report.
const HEADER: &str = "-- Merging decision tree log ---";

/// Decisions by which a node is in the manifest (`Actions.ActionType`).
const ACTIONS: [&str; 4] = ["ADDED", "MERGED", "INJECTED", "CONVERTED"];
/// A permission that the merger adds, since a library was made for a release that had it without asking.
const IMPLIED: &str = "IMPLIED";
/// A node of a library that the app refuses.
const REJECTED: &str = "REJECTED";

/// Tags of nodes that request a permission.
const REQUESTS: [&str; 3] = ["uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"];

/// Tags of nodes that may be guarded components.
const COMPONENTS: [&str; 2] = ["receiver", "service"];

/// Names of permissions that a doubt lists.
const SHOWN: usize = 5;

/// What a report says of one node.
#[derive(Debug, Default, PartialEq, Eq)]
struct Node {
    /// Libraries in whose manifest it stands.
    libraries: Vec<String>,
    /// It stands in a manifest of the app itself.
    by_app: bool,
    /// Something about it is for the merger: the node may be in no manifest that was built.
    is_conditional: bool,
}

/// A report, by tag and name of the node.
#[derive(Debug, Default)]
struct Report {
    requests: HashMap<String, Node>,
    /// By class; what one class is twice counts as one.
    components: HashMap<String, Node>,
}

/// Gives every request and guarded component in `package` the libraries that brought it in, by the merger's report that is
/// `source`. A request that does not fit becomes a doubt, and nothing is guessed.
pub fn attribute(package: &mut Package, source: &Source) {
    let say = |package: &mut Package, message: String| {
        package.declarations.doubt(Doubt::new(Code::AndroidMergerReport, source.place(), message));
    };
    let report = match read(source) {
        Ok(report) => report,
        Err(message) => return say(package, message),
    };
    let mut lacking: Vec<String> = Vec::new();
    let mut found: Vec<&str> = Vec::new();
    for declaration in &mut package.declarations.value {
        deadline::step();
        if declaration.kind == DeclarationKind::GuardedComponent {
            // One that is not found is no doubt: what shrinks an app may give its classes other names afterwards.
            let node = declaration.value.as_ref().and_then(|class| report.components.get(class));
            if let Some(node) = node.filter(|node| !node.by_app) {
                declaration.brought_in_by.clone_from(&node.libraries);
            }
            continue;
        }
        if !declaration.kind.is_request() || declaration.origin != Origin::Declared {
            continue;
        }
        let Some((key, node)) = report.node(&declaration.permission) else {
            lacking.push(declaration.permission.clone());
            continue;
        };
        found.push(key);
        if !node.by_app {
            declaration.brought_in_by.clone_from(&node.libraries);
        }
    }
    pass_on(&mut package.declarations.value);
    if !lacking.is_empty() {
        lacking.dedup();
        say(package, format!("the report does not know {}, which the manifest requests", shown(&lacking)));
    }
    let mut unused: Vec<String> = report
        .requests
        .iter()
        .filter(|(name, node)| !node.is_conditional && !name.contains("${") && !found.contains(&name.as_str()))
        .map(|(name, _)| name.clone())
        .collect();
    if !unused.is_empty() {
        unused.sort();
        say(package, format!("the report has {}, which the manifest does not request", shown(&unused)));
    }
}

/// What a device adds because of a request was brought in by whoever brought the request in.
fn pass_on(declarations: &mut [Declaration]) {
    let causes: HashMap<_, _> = declarations
        .iter()
        .filter(|d| d.origin == Origin::Declared && !d.brought_in_by.is_empty())
        .map(|d| ((d.place.entry.clone(), d.place.offset), d.brought_in_by.clone()))
        .collect();
    for declaration in declarations.iter_mut().filter(|d| matches!(d.origin, Origin::Implied { .. })) {
        deadline::step();
        if let Some(by) = causes.get(&(declaration.place.entry.clone(), declaration.place.offset)) {
            declaration.brought_in_by.clone_from(by);
        }
    }
}

fn shown(names: &[String]) -> String {
    let listed: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{:.200}", Escaped(name))).collect();
    let more = names.len().saturating_sub(SHOWN);
    let listed = listed.join(", ");
    if more == 0 { listed } else { format!("{listed} and {more} more") }
}

fn read(source: &Source) -> Result<Report, String> {
    if source.len() > limits::MERGER_REPORT_BYTES {
        let (len, limit) = (source.len(), limits::MERGER_REPORT_BYTES);
        return Err(format!("the report has {len} bytes, more than the {limit} that are read"));
    }
    let bytes = source.read_vec(0, source.len()).map_err(|error| error.message)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "the report is not UTF-8".to_owned())?;
    parse(text).ok_or_else(|| "this is no manifest merger report: it does not begin like one".to_owned())
}

/// `None` for a text that does not begin like a report.
fn parse(text: &str) -> Option<Report> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    lines.by_ref().find(|line| !line.trim().is_empty()).filter(|line| line.trim_end() == HEADER)?;
    let mut report = Report::default();
    let mut key: Option<(&str, &str)> = None;
    for line in lines {
        deadline::step();
        if let Some(attribute) = line.strip_prefix('\t') {
            if attribute.starts_with("tools:node")
                && let Some(node) = report.at(key)
            {
                node.is_conditional = true;
            }
            continue;
        }
        let decision = line.split_once(' ').filter(|(_, rest)| rest.starts_with("from "));
        let Some((action, rest)) = decision.filter(|(action, _)| is_action(action)) else {
            // A key: the tag, `#`, and the name.
            key = line.split_once('#').map(|(tag, name)| (tag, name.trim_end()));
            report.at(key);
            continue;
        };
        let Some(node) = report.at(key) else { continue };
        let origin = rest.strip_prefix("from ").unwrap_or(rest);
        match action {
            REJECTED => node.is_conditional = true,
            IMPLIED => match because(origin) {
                Some(library) => add(&mut node.libraries, library),
                None => node.by_app = true,
            },
            _ => match library(origin) {
                Some(library) => add(&mut node.libraries, library),
                None => node.by_app = true,
            },
        }
    }
    Some(report)
}

fn is_action(word: &str) -> bool {
    ACTIONS.contains(&word) || word == IMPLIED || word == REJECTED
}

fn add(libraries: &mut Vec<String>, library: &str) {
    if libraries.iter().all(|known| known != library) {
        libraries.push(library.to_owned());
    }
}

/// The library of a decision: `[com.example:lib:1.2] /path/AndroidManifest.xml:7:5-67`; old releases wrote
/// `com.example:lib:1.2:7:5`.
fn library(origin: &str) -> Option<&str> {
    if let Some(rest) = origin.strip_prefix('[') {
        return rest.split_once(']').map(|(library, _)| library).filter(|library| !library.is_empty());
    }
    let word = origin.split_whitespace().next()?;
    if word.contains(['/', '\\']) || word.contains(".xml") {
        return None;
    }
    let end = word.match_indices(':').nth(2).map_or(word.len(), |(at, _)| at);
    word.get(..end).filter(|library| library.matches(':').count() == 2)
}

/// The package of the library because of which the merger added a permission:
/// `… reason: com.example.lib has a targetSdkVersion < 4`.
fn because(origin: &str) -> Option<&str> {
    let (_, reason) = origin.split_once("reason: ")?;
    let (package, _) = reason.split_once(" has a targetSdkVersion")?;
    (!package.is_empty() && !package.contains(' ')).then_some(package)
}

impl Report {
    /// The node of a tag and a name; `None` for one that tells nothing of permissions.
    fn at(&mut self, key: Option<(&str, &str)>) -> Option<&mut Node> {
        let (tag, name) = key?;
        let nodes = match tag {
            tag if REQUESTS.contains(&tag) => &mut self.requests,
            tag if COMPONENTS.contains(&tag) => &mut self.components,
            _ => return None,
        };
        Some(nodes.entry(name.to_owned()).or_default())
    }

    /// The node that requests `permission`, with its name in the report: the same one, or else the only one whose
    /// placeholders can stand for the rest of it.
    fn node(&self, permission: &str) -> Option<(&str, &Node)> {
        if let Some((name, node)) = self.requests.get_key_value(permission) {
            return Some((name, node));
        }
        let fits = |name: &str| {
            let (start, rest) = name.split_once("${")?;
            let (_, end) = rest.rsplit_once('}')?;
            let middle = permission.strip_prefix(start)?.strip_suffix(end)?;
            (!middle.is_empty()).then_some(())
        };
        let mut found = self.requests.iter().filter(|(name, _)| fits(name).is_some());
        let (name, node) = found.next()?;
        found.next().is_none().then_some((name.as_str(), node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
-- Merging decision tree log ---
manifest
ADDED from /app/src/main/AndroidManifest.xml:2:1-21:12
MERGED from [androidx.core:core:1.9.0] /cache/AndroidManifest.xml:17:1-24:12
\tpackage
\t\tADDED from /app/src/main/AndroidManifest.xml:3:5-37
uses-permission#android.permission.INTERNET
ADDED from /app/src/main/AndroidManifest.xml:5:5-67
MERGED from [com.example:net:2.0] /cache/net/AndroidManifest.xml:7:5-67
\tandroid:name
\t\tADDED from /app/src/main/AndroidManifest.xml:5:22-64
uses-permission#android.permission.CAMERA
ADDED from [com.example:scan:1.2] /cache/scan/AndroidManifest.xml:7:5-65
MERGED from [com.example:photo:3.1] /cache/photo/AndroidManifest.xml:9:5-65
MERGED from [com.example:scan:1.2] /cache/scan/AndroidManifest.xml:7:5-65
uses-permission#android.permission.READ_SMS
ADDED from /app/src/main/AndroidManifest.xml:6:5-67
REJECTED from [com.example:sms:1.0] /cache/sms/AndroidManifest.xml:7:5-67
\ttools:node
\t\tADDED from /app/src/main/AndroidManifest.xml:6:22-64
uses-permission#android.permission.READ_PHONE_STATE
IMPLIED from /app/src/main/AndroidManifest.xml:2:1-21:12 reason: com.example.old has a targetSdkVersion < 4
uses-permission#${applicationId}.RECEIVER
ADDED from [androidx.core:core:1.9.0] /cache/AndroidManifest.xml:24:5-97
service#com.example.watch.Watcher
ADDED from [com.example:watch:1.0] /cache/watch/AndroidManifest.xml:12:9-18:19
\tandroid:permission
\t\tADDED from [com.example:watch:1.0] /cache/watch/AndroidManifest.xml:14:13-80
service#com.example.app.Tunnel
ADDED from /app/src/main/AndroidManifest.xml:14:9-18:19
MERGED from [com.example:tunnel:2.0] /cache/tunnel/AndroidManifest.xml:12:9-18:19
activity#com.example.watch.Page
ADDED from [com.example:watch:1.0] /cache/watch/AndroidManifest.xml:20:9-21:19
uses-permission#android.permission.NFC
ADDED from com.example:tag:0.1:12:5
permission#android.permission.NOT_A_REQUEST
ADDED from [com.example:tag:0.1] /cache/AndroidManifest.xml:24:5-97
";

    fn libraries(name: &str) -> Option<(Vec<String>, bool)> {
        let report = parse(REPORT)?;
        report.node(name).map(|(_, node)| (node.libraries.clone(), node.by_app))
    }

    #[test]
    fn every_request_names_the_libraries_it_stands_in() {
        let expected = |libraries: &[&str], by_app| Some((libraries.iter().map(|l| (*l).to_owned()).collect(), by_app));
        assert_eq!(libraries("android.permission.INTERNET"), expected(&["com.example:net:2.0"], true));
        assert_eq!(
            libraries("android.permission.CAMERA"),
            expected(&["com.example:scan:1.2", "com.example:photo:3.1"], false)
        );
        assert_eq!(libraries("android.permission.READ_PHONE_STATE"), expected(&["com.example.old"], false));
        assert_eq!(libraries("com.example.app.RECEIVER"), expected(&["androidx.core:core:1.9.0"], false));
        assert_eq!(libraries("android.permission.NFC"), expected(&["com.example:tag:0.1"], false));
        assert_eq!(libraries("android.permission.NOT_A_REQUEST"), None);
    }

    #[test]
    fn every_component_names_the_libraries_it_stands_in() {
        let report = parse(REPORT).unwrap_or_default();
        let node = |class: &str| report.components.get(class).map(|node| (node.libraries.join(","), node.by_app));
        assert_eq!(node("com.example.watch.Watcher"), Some(("com.example:watch:1.0".to_owned(), false)));
        assert_eq!(node("com.example.app.Tunnel"), Some(("com.example:tunnel:2.0".to_owned(), true)));
        assert_eq!(node("com.example.watch.Page"), None, "an activity holds no power by a guard");
    }

    #[test]
    fn what_the_app_takes_out_need_not_be_in_the_manifest() {
        let report = parse(REPORT).unwrap_or_default();
        assert!(report.requests["android.permission.READ_SMS"].is_conditional);
        assert!(!report.requests["android.permission.CAMERA"].is_conditional);
    }

    #[test]
    fn another_file_is_no_report() {
        for text in ["", "<manifest/>", "uses-permission#a\nADDED from [b:c:1] x\n"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
