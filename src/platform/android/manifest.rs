//! The manifest in any encoding: which permissions it requests and defines, and which of its components are guarded.
//!
//! Source: AOSP `ParsingPackageUtils` (`parseBaseApkTags`, `parseBaseApkTag`, `parseUsesPermission`, `parseUsesSdk`),
//! `ApkLiteParseUtils.parsePackageSplitNames`, `TypedArray.getNonResourceString`. Numbers of attributes are from
//! `core/res/res/values/public.xml`.

mod guarded;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;

use crate::deadline;
use crate::declaration::{Conditions, Declaration, DeclarationKind, Origin};
use crate::doubt::{Code, Doubt};
use crate::error::Error;
use crate::format::arsc::Leaf;
use crate::format::document::{Document, Element, Event, Form, Key, Text, Value};
use crate::knowledge::Platform;
use crate::limits;
use crate::platform::android::resources::Resources;
use crate::source::Place;
use guarded::Components;

const NAME: Key = Key { id: 0x0101_0003, name: "name", form: Form::Text };
const MIN_SDK: Key = Key { id: 0x0101_020c, name: "minSdkVersion", form: Form::IntegerOrText };
const VERSION_CODE: Key = Key { id: 0x0101_021b, name: "versionCode", form: Form::Integer };
const VERSION_NAME: Key = Key { id: 0x0101_021c, name: "versionName", form: Form::Text };
const TARGET_SDK: Key = Key { id: 0x0101_0270, name: "targetSdkVersion", form: Form::IntegerOrText };
const MAX_SDK: Key = Key { id: 0x0101_0271, name: "maxSdkVersion", form: Form::Integer };
const REQUIRED_FEATURE: Key = Key { id: 0x0101_0554, name: "requiredFeature", form: Form::Text };
const REQUIRED_NOT_FEATURE: Key = Key { id: 0x0101_0555, name: "requiredNotFeature", form: Form::Text };
const VERSION_CODE_MAJOR: Key = Key { id: 0x0101_0576, name: "versionCodeMajor", form: Form::Integer };
const FLAGS: Key = Key { id: 0x0101_0644, name: "usesPermissionFlags", form: Form::Flags(&FLAG_NAMES) };

/// `R.attr.usesPermissionFlags`: the bits that have a name.
const FLAG_NAMES: [(u32, &str); 1] = [(0x0001_0000, "neverForLocation")];

/// The tags that request a permission, with what each is.
const REQUESTS: [(&str, DeclarationKind); 3] = [
    ("uses-permission", DeclarationKind::UsesPermission),
    ("uses-permission-sdk-23", DeclarationKind::UsesPermissionSdk23),
    ("uses-permission-sdk-m", DeclarationKind::UsesPermissionSdk23),
];

/// The tags that define a permission of the app's own.
const DEFINITIONS: [&str; 3] = ["permission", "permission-tree", "permission-group"];

/// `Build.VERSION_CODES.CUR_DEVELOPMENT`: what the name of an unreleased version stands for.
const DEVELOPMENT: u32 = 10_000;
/// `ParsingUtils.DEFAULT_MIN_SDK_VERSION`: the lowest level where `<uses-sdk>` gives none.
pub(super) const DEFAULT_MIN: u32 = 1;

/// What one reading of a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) id: Option<String>,
    pub(super) version: Option<String>,
    /// For one split of an app: its name, and where it stands. A split says no levels, and a device adds nothing by it.
    pub(super) split: Option<(String, Place)>,
    /// The `<uses-sdk>` a device takes: the last one directly under `<manifest>`.
    pub(super) sdk: Option<UsesSdk>,
    /// The lowest target level that any `<uses-sdk>` of the document leads to.
    pub(super) lowest_target: Option<u32>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) doubts: Vec<Doubt>,
    /// True for a part of an app without its base: nothing is known of what a device adds.
    pub(super) is_part: bool,
    /// True when a device, or a budget, ended the reading before the document did.
    pub(super) broken: bool,
}

/// One `<uses-sdk>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UsesSdk {
    pub(super) min: Level,
    pub(super) target: Level,
    pub(super) place: Place,
}

impl UsesSdk {
    /// The level a device takes the app to target; the lowest where it cannot be told (`parseUsesSdk`).
    fn effective_target(&self) -> u32 {
        match (self.target, self.min) {
            (Level::Number(level), _) | (Level::Absent, Level::Number(level)) => level,
            (Level::Codename, _) | (Level::Absent, Level::Codename) => DEVELOPMENT,
            (Level::Absent, Level::Absent) => DEFAULT_MIN,
            (Level::Unknown, _) | (Level::Absent, Level::Unknown) => 0,
        }
    }
}

/// An API level as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Not given.
    Absent,
    /// A number.
    Number(u32),
    /// The name of an unreleased version: only a device of that version installs the app, and takes it as newest.
    Codename,
    /// Given, and it cannot be told what it is.
    Unknown,
}

/// Reads `document`, which is at `place`.
pub(super) fn read<'a, D: Document<'a>>(document: D, place: &Place, resources: &mut Resources<'_>) -> Manifest {
    let mut walk = Walk {
        document,
        resources,
        place,
        manifest: Manifest::default(),
        root_is_manifest: false,
        last_sdk: None,
        pending: Vec::new(),
        seen: HashMap::new(),
        hasher: RandomState::new(),
        flags: HashMap::new(),
        components: Components::default(),
    };
    let outcome = walk.run();
    // What was open when the reading ended counts too.
    let rest = std::mem::take(&mut walk.pending);
    let outcome = rest.into_iter().rev().try_fold(outcome, |outcome, request| walk.finish(request).map(|()| outcome));
    let components = walk.finish_components();
    let mut manifest = walk.manifest;
    manifest.doubts = walk.document.into_doubts();
    if let Err(error) | Ok(Err(error)) = outcome.map(|outcome| outcome.and(components)) {
        manifest.broken = true;
        // First, so that it is listed however many doubts there are.
        manifest.doubts.insert(0, error.into_doubt());
    }
    manifest
}

/// A request whose element is still open: its children can add conditions.
struct Request {
    names: Vec<String>,
    kind: DeclarationKind,
    conditions: Conditions,
    flags: u32,
    depth: usize,
    place: Place,
}

struct Walk<'r, 'z, D, A> {
    document: D,
    resources: &'r mut Resources<'z>,
    place: &'r Place,
    manifest: Manifest,
    root_is_manifest: bool,
    /// Levels of the `<uses-sdk>` before.
    last_sdk: Option<(Level, Level)>,
    pending: Vec<Request>,
    /// The declarations with one hash of name, kind and conditions, by their index.
    seen: HashMap<u64, Vec<usize>>,
    hasher: RandomState,
    /// Flags and range of levels of every request so far, by name.
    flags: HashMap<String, Vec<(u32, u32, u32)>>,
    components: Components<A>,
}

impl<'a, D: Document<'a>> Walk<'_, '_, D, D::Attribute> {
    fn run(&mut self) -> Result<(), Error> {
        let mut depth = 0_usize;
        while let Some(event) = self.document.next_event()? {
            deadline::step();
            match event {
                Event::Start(element) => {
                    depth = element.depth;
                    self.start(&element)?;
                }
                Event::End => {
                    if self.pending.last().is_some_and(|request| request.depth == depth)
                        && let Some(request) = self.pending.pop()
                    {
                        self.finish(request)?;
                    }
                    depth = depth.saturating_sub(1);
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, element: &Element<'_>) -> Result<(), Error> {
        if element.depth == 1 && element.root == 1 {
            return self.root(element);
        }
        // Whatever else an oddly named element may be, too.
        self.component(element)?;
        let is_read = self.root_is_manifest && element.root == 1 && element.depth == 2;
        if let Some(&(_, kind)) = REQUESTS.iter().find(|(tag, _)| element.may_be(tag)) {
            self.request(element, kind, is_read)
        } else if element.is("uses-sdk") {
            self.uses_sdk(element, is_read)
        } else if is_read && DEFINITIONS.iter().any(|tag| element.is(tag)) {
            self.definition(element)
        } else if element.is("required-feature") || element.is("required-not-feature") {
            self.required_feature(element)
        } else {
            Ok(())
        }
    }

    fn root(&mut self, element: &Element<'_>) -> Result<(), Error> {
        self.root_is_manifest = element.is("manifest");
        if !self.root_is_manifest {
            let name = element.name.as_ref().map_or("?", |name| &name.device).to_owned();
            self.document.doubt_at(Code::AndroidRootElement, element.offset, || {
                format!("the first element is <{name:.100}> instead of <manifest>")
            });
        }
        let attributes = self.document.attributes()?;
        // `package` and `split` are found by their names, and their text counts before their value.
        if let Some(package) = self.document.find_by_name(&attributes, "package")? {
            self.manifest.id = self.text_of_source(&package)?;
        }
        if let Some(split) = self.document.find_by_name(&attributes, "split")?
            && let Some(name) = self.text_of_source(&split)?.filter(|name| !name.is_empty())
        {
            self.manifest.split = Some((name, self.here(element)));
        }
        let name = self.leaf(&attributes, VERSION_NAME)?.map(|leaf| match leaf {
            Leaf::Text(text) => text,
            Leaf::Number(number) => number.to_string(),
        });
        let number = |leaf| match leaf {
            Some(Leaf::Number(number)) => Some(number),
            Some(Leaf::Text(text)) => text.parse().ok(),
            None => None,
        };
        let code = number(self.leaf(&attributes, VERSION_CODE)?);
        let major = number(self.leaf(&attributes, VERSION_CODE_MAJOR)?).unwrap_or(0);
        let code = code.map(|code| (u64::from(major) << 32) | u64::from(code));
        self.manifest.version = match (name, code) {
            (Some(name), Some(code)) => Some(format!("{name} ({code})")),
            (Some(name), None) => Some(name),
            (None, code) => code.map(|code| format!("({code})")),
        };
        Ok(())
    }

    fn request(&mut self, element: &Element<'_>, kind: DeclarationKind, is_read: bool) -> Result<(), Error> {
        let attributes = self.document.attributes()?;
        let names = self.names(element, &attributes)?;
        if !is_read {
            let name = names.first().cloned().unwrap_or_default();
            self.document.doubt_at(Code::AndroidMisplacedPermission, element.offset, || {
                let place =
                    if element.root > 1 { "after the end of <manifest>" } else { "not directly under <manifest>" };
                format!("{name:.200} is requested {place}, where a device does not look or only some releases do")
            });
        }
        let flags = self.number(&attributes, FLAGS)?.unwrap_or(0);
        let mut conditions = Conditions {
            min_sdk: self.integer(&attributes, MIN_SDK)?,
            max_sdk: self.integer(&attributes, MAX_SDK)?,
            flags: flag_names(flags),
            ..Conditions::default()
        };
        conditions.required_features.extend(self.text(&attributes, REQUIRED_FEATURE)?);
        conditions.required_not_features.extend(self.text(&attributes, REQUIRED_NOT_FEATURE)?);
        let place = self.here(element);
        self.pending.push(Request { names, kind, conditions, flags, depth: element.depth, place });
        Ok(())
    }

    /// The end of a request: one declaration for each of its names.
    fn finish(&mut self, request: Request) -> Result<(), Error> {
        let range = (request.conditions.min_sdk.unwrap_or(0), request.conditions.max_sdk.unwrap_or(u32::MAX));
        for name in request.names {
            deadline::step();
            self.judge_flags(&name, request.flags, range, &request.place);
            self.declare(name, request.kind, None, &request.conditions, &request.place)?;
        }
        Ok(())
    }

    /// Two requests for one name that hold on the same device must have the same flags.
    fn judge_flags(&mut self, name: &str, flags: u32, (from, to): (u32, u32), place: &Place) {
        let known = self.flags.entry(name.to_owned()).or_default();
        let conflict = known.iter().any(|&(f, a, b)| f != flags && a <= to && from <= b);
        if !conflict && known.len() < limits::ATTRIBUTE_READINGS && !known.contains(&(flags, from, to)) {
            known.push((flags, from, to));
        }
        if conflict {
            let message = format!("{name:.200} is requested with different usesPermissionFlags, here {flags:#x}");
            self.document.add(Doubt::new(Code::AndroidConflictingFlags, place.clone(), message));
        }
    }

    fn definition(&mut self, element: &Element<'_>) -> Result<(), Error> {
        let attributes = self.document.attributes()?;
        let place = self.here(element);
        match self.text(&attributes, NAME)?.filter(|name| !name.is_empty()) {
            Some(name) => {
                self.declare(name, DeclarationKind::DefinesPermission, None, &Conditions::default(), &place)?;
            }
            None => self.document.doubt_at(Code::AndroidNoName, element.offset, || {
                "a permission is defined without a name that can be read".to_owned()
            }),
        }
        Ok(())
    }

    /// Adds a declaration, unless the same stands there already.
    fn declare(
        &mut self,
        permission: String,
        kind: DeclarationKind,
        value: Option<String>,
        conditions: &Conditions,
        place: &Place,
    ) -> Result<(), Error> {
        let all = &mut self.manifest.declarations;
        let c = conditions;
        let features = (&c.required_features, &c.required_not_features);
        let key = (&permission, kind, &value, c.min_sdk, c.max_sdk, features, &c.flags);
        let same = self.seen.entry(self.hasher.hash_one(key)).or_default();
        let is_same = |d: &Declaration| {
            d.permission == permission && d.kind == kind && d.value == value && d.conditions == *conditions
        };
        if same.iter().filter_map(|&index| all.get(index)).any(is_same) {
            return Ok(());
        }
        if all.len() >= limits::DECLARATIONS {
            let message = format!("the manifest declares more than the {} that are read", limits::DECLARATIONS);
            return Err(Error::new(Code::LimitDeclarations, place.clone(), message));
        }
        same.push(all.len());
        all.push(Declaration {
            permission,
            platform: Platform::Android,
            kind,
            origin: Origin::Declared,
            level: None,
            conditions: conditions.clone(),
            text: BTreeMap::new(),
            value,
            wrong_type: None,
            used_scene: None,
            module: None,
            brought_in_by: Vec::new(),
            place: place.clone(),
        });
        Ok(())
    }

    fn required_feature(&mut self, element: &Element<'_>) -> Result<(), Error> {
        if self.pending.last().is_none_or(|request| request.depth + 1 != element.depth) {
            return Ok(());
        }
        let attributes = self.document.attributes()?;
        let Some(name) = self.text(&attributes, NAME)? else { return Ok(()) };
        if let Some(request) = self.pending.last_mut() {
            let list = if element.is("required-feature") {
                &mut request.conditions.required_features
            } else {
                &mut request.conditions.required_not_features
            };
            if !list.contains(&name) && list.len() < limits::ATTRIBUTE_READINGS {
                list.push(name);
            }
        }
        Ok(())
    }

    fn uses_sdk(&mut self, element: &Element<'_>, is_read: bool) -> Result<(), Error> {
        let attributes = self.document.attributes()?;
        let sdk = UsesSdk {
            min: self.level(&attributes, MIN_SDK)?,
            target: self.level(&attributes, TARGET_SDK)?,
            place: self.here(element),
        };
        if self.last_sdk.replace((sdk.min, sdk.target)).is_some_and(|before| before != (sdk.min, sdk.target)) {
            self.document.doubt_at(Code::AndroidSeveralUsesSdk, element.offset, || {
                "this <uses-sdk> gives other levels than the one before".to_owned()
            });
        }
        let target = sdk.effective_target();
        self.manifest.lowest_target = Some(self.manifest.lowest_target.map_or(target, |lowest| lowest.min(target)));
        if is_read {
            self.manifest.sdk = Some(sdk);
        }
        Ok(())
    }

    fn level(&mut self, attributes: &[D::Attribute], key: Key) -> Result<Level, Error> {
        let found = self.document.find(attributes, key)?;
        if found.device.is_none() && !found.others.is_empty() {
            return Ok(Level::Unknown);
        }
        let Some(attribute) = found.device else { return Ok(Level::Absent) };
        let at = D::offset(&attribute);
        Ok(match self.document.value(&attribute, key.form)? {
            Value::Null => Level::Absent,
            Value::Unknown => Level::Unknown,
            Value::Text(text) => match text.device.parse() {
                Ok(number) => {
                    self.document.doubt_at(Code::AndroidSdkText, at, || {
                        format!("{} is the text \"{number}\" instead of a number", key.name)
                    });
                    Level::Number(number)
                }
                Err(_) => Level::Codename,
            },
            Value::Reference(reference) => {
                let resolved = self.resources.resolve(&reference);
                match resolved.leaves.as_slice() {
                    [Leaf::Number(number)] if resolved.complete => Level::Number(*number),
                    _ => {
                        self.document.doubt_at(Code::AndroidSdkUnresolved, at, || {
                            format!("{} is the reference {reference}, which leads to no one number", key.name)
                        });
                        Level::Unknown
                    }
                }
            }
            // Whatever else it is, a device takes the value as a number (`parseUsesSdk`).
            Value::Number(data) | Value::Other(_, data) => Level::Number(data),
        })
    }

    /// Every name under which a permission is requested: the one a device takes and those of other readings.
    fn names(&mut self, element: &Element<'_>, attributes: &[D::Attribute]) -> Result<Vec<String>, Error> {
        let found = self.document.find(attributes, NAME)?;
        let mut names = Vec::new();
        if let Some(attribute) = found.device {
            let at = D::offset(&attribute);
            match self.document.value(&attribute, NAME.form)? {
                Value::Text(text) => {
                    push(&mut names, text);
                    if let Some(source) = self.document.source_text(&attribute)?
                        && names.iter().all(|name| *name != source.device)
                    {
                        self.document.doubt_at(Code::AndroidNameRaw, at, || {
                            let name = names.first().map_or("", String::as_str);
                            format!("the compiled name is {name:.200}, the text of the source {:.200}", source.device)
                        });
                        push(&mut names, source);
                    }
                }
                value => {
                    self.texts(&attribute, &mut names)?;
                    self.document.doubt_at(Code::AndroidNameNotText, at, || {
                        let what = match value {
                            Value::Reference(reference) => format!("the reference {reference}"),
                            Value::Number(number) => format!("the number {number}"),
                            Value::Other(kind, data) => format!("a value of type {kind:#04x}, {data:#010x}"),
                            Value::Null | Value::Text(_) | Value::Unknown => "nothing that can be read".to_owned(),
                        };
                        let leads = match names.first() {
                            Some(name) => format!("it leads to {name:.200}"),
                            None => "it leads to no text".to_owned(),
                        };
                        format!("android:name is {what} instead of text; {leads}, but a device requests nothing")
                    });
                }
            }
        }
        for attribute in &found.others {
            deadline::step();
            self.texts(attribute, &mut names)?;
        }
        let mut seen = HashSet::new();
        names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
        if names.is_empty() {
            self.document.doubt_at(Code::AndroidNoName, element.offset, || {
                "a permission is requested without a name, or with an empty one".to_owned()
            });
        }
        Ok(names)
    }

    /// Every text an attribute can be taken for: its string, the text of its source, what it refers to.
    fn texts(&mut self, attribute: &D::Attribute, into: &mut Vec<String>) -> Result<(), Error> {
        let value = self.document.value(attribute, Form::Text)?;
        let source = self.document.source_text(attribute)?;
        let leaves = match value {
            Value::Text(text) => {
                push(into, text);
                &[][..]
            }
            Value::Reference(reference) => self.resources.resolve(&reference).leaves.as_slice(),
            _ => &[],
        };
        if let Some(source) = source {
            push(into, source);
        }
        into.extend(leaves.iter().filter_map(|leaf| match leaf {
            Leaf::Text(text) => Some(text.clone()),
            Leaf::Number(_) => None,
        }));
        Ok(())
    }

    /// The text of an attribute that is found by name: `XmlBlock.Parser.getAttributeValue`.
    fn text_of_source(&mut self, attribute: &D::Attribute) -> Result<Option<String>, Error> {
        if let Some(source) = self.document.source_text(attribute)? {
            return Ok(Some(source.device.into_owned()));
        }
        let mut texts = Vec::new();
        self.texts(attribute, &mut texts)?;
        Ok(texts.into_iter().next())
    }

    /// The value of `key`, references followed, in the default configuration.
    fn leaf(&mut self, attributes: &[D::Attribute], key: Key) -> Result<Option<Leaf>, Error> {
        let Some(attribute) = self.document.find(attributes, key)?.any() else { return Ok(None) };
        Ok(match self.document.value(&attribute, key.form)? {
            Value::Text(text) => Some(Leaf::Text(text.device.into_owned())),
            Value::Reference(reference) => self.resources.resolve(&reference).leaves.first().cloned(),
            Value::Number(number) => Some(Leaf::Number(number)),
            Value::Null | Value::Other(..) | Value::Unknown => None,
        })
    }

    fn text(&mut self, attributes: &[D::Attribute], key: Key) -> Result<Option<String>, Error> {
        Ok(match self.leaf(attributes, key)? {
            Some(Leaf::Text(text)) => Some(text),
            _ => None,
        })
    }

    fn number(&mut self, attributes: &[D::Attribute], key: Key) -> Result<Option<u32>, Error> {
        Ok(match self.leaf(attributes, key)? {
            Some(Leaf::Number(number)) => Some(number),
            _ => None,
        })
    }

    /// An API level of a request, which counts only as an integer (`parseMinOrMaxSdkVersion`). A negative one is 0.
    fn integer(&mut self, attributes: &[D::Attribute], key: Key) -> Result<Option<u32>, Error> {
        Ok(self.number(attributes, key)?.map(|n| if n > i32::MAX.unsigned_abs() { 0 } else { n }))
    }

    fn here(&self, element: &Element<'_>) -> Place {
        let place = self.place.clone().at(element.offset).with_path(self.document.path());
        Place { length: Some(element.length), lines: element.lines, ..place }
    }
}

/// Every reading of `text`, that of a device first.
fn push(into: &mut Vec<String>, text: Text<'_>) {
    into.push(text.device.into_owned());
    into.extend(text.others);
}

/// The names of the set bits; the number of the bits that have none.
fn flag_names(flags: u32) -> Vec<String> {
    let mut rest = flags;
    let mut names = Vec::new();
    for (bit, name) in FLAG_NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            rest &= !bit;
        }
    }
    if rest != 0 {
        names.push(format!("{rest:#x}"));
    }
    names
}
