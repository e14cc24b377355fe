//! The compiled manifest: which permissions it requests and defines.
//!
//! Source: AOSP `ParsingPackageUtils` (`parseBaseApkTags`, `parseBaseApkTag`, `parseUsesPermission`, `parseUsesSdk`),
//! `ApkLiteParseUtils.parsePackageSplitNames`, `TypedArray.getNonResourceString`. Numbers of attributes are from
//! `core/res/res/values/public.xml`.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;

use crate::declaration::{Conditions, Declaration, DeclarationKind, Origin};
use crate::doubt::{Code, Doubt};
use crate::error::Error;
use crate::format::arsc::Leaf;
use crate::format::axml::{Attribute, Element, Event, Key, NO_STRING, Reader, value};
use crate::knowledge::Platform;
use crate::limits;
use crate::platform::android::resources::Resources;
use crate::source::Place;

const NAME: Key = Key { id: 0x0101_0003, name: "name" };
const MIN_SDK: Key = Key { id: 0x0101_020c, name: "minSdkVersion" };
const VERSION_CODE: Key = Key { id: 0x0101_021b, name: "versionCode" };
const VERSION_NAME: Key = Key { id: 0x0101_021c, name: "versionName" };
const TARGET_SDK: Key = Key { id: 0x0101_0270, name: "targetSdkVersion" };
const MAX_SDK: Key = Key { id: 0x0101_0271, name: "maxSdkVersion" };
const REQUIRED_FEATURE: Key = Key { id: 0x0101_0554, name: "requiredFeature" };
const REQUIRED_NOT_FEATURE: Key = Key { id: 0x0101_0555, name: "requiredNotFeature" };
const VERSION_CODE_MAJOR: Key = Key { id: 0x0101_0576, name: "versionCodeMajor" };
const FLAGS: Key = Key { id: 0x0101_0644, name: "usesPermissionFlags" };

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
    /// True for one split of an app: it says no levels, and a device adds nothing by it.
    pub(super) is_split: bool,
    /// The `<uses-sdk>` a device takes: the last one directly under `<manifest>`.
    pub(super) sdk: Option<UsesSdk>,
    /// The lowest target level that any `<uses-sdk>` of the document leads to.
    pub(super) lowest_target: Option<u32>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) doubts: Vec<Doubt>,
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

/// Reads the document in `bytes`, which is at `place`.
///
/// # Errors
/// Where nothing of the document can be read.
pub(super) fn read(bytes: &[u8], place: &Place, resources: &mut Resources<'_>) -> Result<Manifest, Error> {
    let reader = Reader::open(bytes, place.clone())?;
    let mut walk = Walk {
        reader,
        resources,
        place,
        manifest: Manifest::default(),
        root_is_manifest: false,
        last_sdk: None,
        pending: Vec::new(),
        seen: HashMap::new(),
        hasher: RandomState::new(),
        flags: HashMap::new(),
    };
    let outcome = walk.run();
    // What was open when the reading ended counts too.
    let rest = std::mem::take(&mut walk.pending);
    let outcome = rest.into_iter().rev().try_fold(outcome, |outcome, request| walk.finish(request).map(|()| outcome));
    let mut manifest = walk.manifest;
    manifest.doubts = walk.reader.into_doubts();
    if let Err(error) | Ok(Err(error)) = outcome {
        manifest.broken = true;
        // First, so that it is listed however many doubts there are.
        manifest.doubts.insert(0, error.into_doubt());
    }
    Ok(manifest)
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

struct Walk<'a, 'r, 'z> {
    reader: Reader<'a>,
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
}

impl Walk<'_, '_, '_> {
    fn run(&mut self) -> Result<(), Error> {
        let mut depth = 0_usize;
        while let Some(event) = self.reader.next_event()? {
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
            self.reader.doubt_here(Code::AndroidRootElement, element.offset, || {
                format!("the first element is <{name:.100}> instead of <manifest>")
            });
        }
        let attributes = self.reader.attributes(element)?;
        // `package` and `split` are found by their names, and their text counts before their value.
        if let Some(package) = self.reader.find_by_name(&attributes, "package")? {
            self.manifest.id = self.text_of_source(&package)?;
        }
        if let Some(split) = self.reader.find_by_name(&attributes, "split")?
            && let Some(name) = self.text_of_source(&split)?.filter(|name| !name.is_empty())
        {
            self.manifest.is_split = true;
            self.reader.doubt_here(Code::AndroidSplitApk, element.offset, || {
                format!("this package is the split {name:.100} of an app; a device takes permissions from the base")
            });
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
        let attributes = self.reader.attributes(element)?;
        let names = self.names(element, &attributes)?;
        if !is_read {
            let name = names.first().cloned().unwrap_or_default();
            self.reader.doubt_here(Code::AndroidMisplacedPermission, element.offset, || {
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
            self.judge_flags(&name, request.flags, range, &request.place);
            self.declare(name, request.kind, &request.conditions, &request.place)?;
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
            self.reader.add(Doubt::new(Code::AndroidConflictingFlags, place.clone(), message));
        }
    }

    fn definition(&mut self, element: &Element<'_>) -> Result<(), Error> {
        let attributes = self.reader.attributes(element)?;
        let place = self.here(element);
        match self.text(&attributes, NAME)?.filter(|name| !name.is_empty()) {
            Some(name) => self.declare(name, DeclarationKind::DefinesPermission, &Conditions::default(), &place)?,
            None => self.reader.doubt_here(Code::AndroidNoName, element.offset, || {
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
        conditions: &Conditions,
        place: &Place,
    ) -> Result<(), Error> {
        let all = &mut self.manifest.declarations;
        let c = conditions;
        let key = (&permission, kind, c.min_sdk, c.max_sdk, &c.required_features, &c.required_not_features, &c.flags);
        let same = self.seen.entry(self.hasher.hash_one(key)).or_default();
        let is_same = |d: &Declaration| d.permission == permission && d.kind == kind && d.conditions == *conditions;
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
            value: None,
            wrong_type: None,
            used_scene: None,
            module: None,
            place: place.clone(),
        });
        Ok(())
    }

    fn required_feature(&mut self, element: &Element<'_>) -> Result<(), Error> {
        if self.pending.last().is_none_or(|request| request.depth + 1 != element.depth) {
            return Ok(());
        }
        let attributes = self.reader.attributes(element)?;
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
        let attributes = self.reader.attributes(element)?;
        let sdk = UsesSdk {
            min: self.level(&attributes, MIN_SDK)?,
            target: self.level(&attributes, TARGET_SDK)?,
            place: self.here(element),
        };
        if self.last_sdk.replace((sdk.min, sdk.target)).is_some_and(|before| before != (sdk.min, sdk.target)) {
            self.reader.doubt_here(Code::AndroidSeveralUsesSdk, element.offset, || {
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

    fn level(&mut self, attributes: &[Attribute], key: Key) -> Result<Level, Error> {
        let found = self.reader.find(attributes, key)?;
        if found.device.is_none() && !found.others.is_empty() {
            return Ok(Level::Unknown);
        }
        let Some(attribute) = found.device else { return Ok(Level::Absent) };
        Ok(match attribute.kind {
            value::NULL => Level::Absent,
            value::STRING => {
                let text = self.reader.string(attribute.data, offset(&attribute))?.map(|s| s.device.into_owned());
                match text.as_deref().map(str::parse) {
                    Some(Ok(number)) => {
                        self.reader.doubt_here(Code::AndroidSdkText, attribute.offset, || {
                            format!("{} is the text \"{number}\" instead of a number", key.name)
                        });
                        Level::Number(number)
                    }
                    Some(Err(_)) => Level::Codename,
                    None => Level::Unknown,
                }
            }
            value::REFERENCE | value::DYNAMIC_REFERENCE => {
                let resolved = self.resources.resolve(attribute.data);
                match resolved.leaves.as_slice() {
                    [Leaf::Number(number)] if resolved.complete => Level::Number(*number),
                    _ => {
                        self.reader.doubt_here(Code::AndroidSdkUnresolved, attribute.offset, || {
                            format!(
                                "{} is the reference {:#010x}, which leads to no one number",
                                key.name, attribute.data
                            )
                        });
                        Level::Unknown
                    }
                }
            }
            // Whatever else it is, a device takes the value as a number (`parseUsesSdk`).
            _ => Level::Number(attribute.data),
        })
    }

    /// Every name under which a permission is requested: the one a device takes and those of other readings.
    fn names(&mut self, element: &Element<'_>, attributes: &[Attribute]) -> Result<Vec<String>, Error> {
        let found = self.reader.find(attributes, NAME)?;
        let mut names = Vec::new();
        if let Some(attribute) = found.device {
            if attribute.kind == value::STRING {
                if let Some(string) = self.reader.string(attribute.data, offset(&attribute))? {
                    names.push(string.device.into_owned());
                    names.extend(string.others);
                }
                if attribute.raw != attribute.data
                    && let Some(raw) = self.reader.string(attribute.raw, offset(&attribute))?
                    && names.iter().all(|name| *name != raw.device)
                {
                    self.reader.doubt_here(Code::AndroidNameRaw, attribute.offset, || {
                        let name = names.first().map_or("", String::as_str);
                        format!("the compiled name is {name:.200}, the text of the source {:.200}", raw.device)
                    });
                    names.push(raw.device.into_owned());
                }
            } else {
                self.texts(&attribute, &mut names)?;
                self.reader.doubt_here(Code::AndroidNameNotText, attribute.offset, || {
                    let (kind, data) = (attribute.kind, attribute.data);
                    let what = match kind {
                        value::REFERENCE | value::DYNAMIC_REFERENCE => format!("the reference {data:#010x}"),
                        value::INTEGERS_FIRST..=value::INTEGERS_LAST => format!("the number {data}"),
                        _ => format!("a value of type {kind:#04x}, {data:#010x}"),
                    };
                    let leads = match names.first() {
                        Some(name) => format!("it leads to {name:.200}"),
                        None => "it leads to no text".to_owned(),
                    };
                    format!("android:name is {what} instead of text; {leads}, but a device requests nothing")
                });
            }
        }
        for attribute in &found.others {
            self.texts(attribute, &mut names)?;
        }
        let mut seen = HashSet::new();
        names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
        if names.is_empty() {
            self.reader.doubt_here(Code::AndroidNoName, element.offset, || {
                "a permission is requested without a name, or with an empty one".to_owned()
            });
        }
        Ok(names)
    }

    /// Every text an attribute can be taken for: its string, the text of its source, what it refers to.
    fn texts(&mut self, attribute: &Attribute, into: &mut Vec<String>) -> Result<(), Error> {
        let at = offset(attribute);
        let value = if attribute.kind == value::STRING { attribute.data } else { NO_STRING };
        for index in [value, attribute.raw] {
            if let Some(string) = self.reader.string(index, at)? {
                into.push(string.device.into_owned());
                into.extend(string.others);
            }
        }
        if matches!(attribute.kind, value::REFERENCE | value::DYNAMIC_REFERENCE) {
            let leaves = &self.resources.resolve(attribute.data).leaves;
            into.extend(leaves.iter().filter_map(|leaf| match leaf {
                Leaf::Text(text) => Some(text.clone()),
                Leaf::Number(_) => None,
            }));
        }
        Ok(())
    }

    /// The text of an attribute that is found by name: `XmlBlock.Parser.getAttributeValue`.
    fn text_of_source(&mut self, attribute: &Attribute) -> Result<Option<String>, Error> {
        let mut texts = Vec::new();
        if let Some(string) = self.reader.string(attribute.raw, offset(attribute))? {
            return Ok(Some(string.device.into_owned()));
        }
        self.texts(attribute, &mut texts)?;
        Ok(texts.into_iter().next())
    }

    /// The value of `key`, references followed, in the default configuration.
    fn leaf(&mut self, attributes: &[Attribute], key: Key) -> Result<Option<Leaf>, Error> {
        let Some(attribute) = self.reader.find(attributes, key)?.any() else { return Ok(None) };
        Ok(match attribute.kind {
            value::STRING => self
                .reader
                .string(attribute.data, offset(&attribute))?
                .map(|string| Leaf::Text(string.device.into_owned())),
            value::REFERENCE | value::DYNAMIC_REFERENCE => {
                self.resources.resolve(attribute.data).leaves.first().cloned()
            }
            kind if value::INTEGERS.contains(&kind) => Some(Leaf::Number(attribute.data)),
            _ => None,
        })
    }

    fn text(&mut self, attributes: &[Attribute], key: Key) -> Result<Option<String>, Error> {
        Ok(match self.leaf(attributes, key)? {
            Some(Leaf::Text(text)) => Some(text),
            _ => None,
        })
    }

    fn number(&mut self, attributes: &[Attribute], key: Key) -> Result<Option<u32>, Error> {
        Ok(match self.leaf(attributes, key)? {
            Some(Leaf::Number(number)) => Some(number),
            _ => None,
        })
    }

    /// An API level of a request, which counts only as an integer (`parseMinOrMaxSdkVersion`). A negative one is 0.
    fn integer(&mut self, attributes: &[Attribute], key: Key) -> Result<Option<u32>, Error> {
        Ok(self.number(attributes, key)?.map(|n| if n > i32::MAX.unsigned_abs() { 0 } else { n }))
    }

    fn here(&self, element: &Element<'_>) -> Place {
        let place = self.place.clone().at(element.offset).with_path(self.reader.path());
        Place { length: Some(element.length), ..place }
    }
}

fn offset(attribute: &Attribute) -> usize {
    usize::try_from(attribute.offset).unwrap_or(usize::MAX)
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
