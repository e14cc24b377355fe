//! The manifest of one module, `module.json` or `config.json`, to what it requests and defines.
//!
//! What a device makes of it is told by `module_profile.cpp`, `bundle_profile.cpp` and `bundle_info.cpp` of
//! `bundle_framework`. The permissions of an ability are what its callers need; they are no requests.

use crate::deadline;
use crate::declaration::UsedScene;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;
use crate::format::json::{Item, Json, Member, Value};
use crate::limits;
use crate::source::Place;

/// The two models of HarmonyOS apps, each with a manifest of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    /// `module.json`: API 9 and later.
    Stage,
    /// `config.json`: the feature-ability model before it.
    FeatureAbility,
}

impl Model {
    /// The list of requests.
    fn requests(self) -> &'static str {
        match self {
            Model::Stage => "requestPermissions",
            Model::FeatureAbility => "reqPermissions",
        }
    }
}

/// Keys of `module` that tell a manifest from any other JSON with a member of that name.
const MODULE_KEYS: [&str; 13] = [
    "abilities",
    "defPermissions",
    "definePermissions",
    "deliveryWithInstall",
    "deviceType",
    "deviceTypes",
    "distro",
    "extensionAbilities",
    "installationFree",
    "mainElement",
    "reqPermissions",
    "requestPermissions",
    "srcEntry",
];

/// What a manifest can hold as an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `app`: which app it belongs to. Sources of the stage model have it in another file.
    App,
    /// `module`.
    Module,
    /// A key of `module` that only manifests have.
    Mark,
    /// `distro` in `module`, which the feature-ability model has.
    Distro,
}

/// What one manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) bundle_name: Option<String>,
    version_name: Option<String>,
    version_code: Option<String>,
    pub(super) min: Option<u32>,
    pub(super) target: Option<u32>,
    name: Option<String>,
    distro_name: Option<String>,
    module_type: Option<String>,
    parts: Vec<Part>,
    pub(super) requests: Vec<Request>,
    pub(super) definitions: Vec<Definition>,
    /// Where requests stand under the key of the other model, with that key.
    listed: Vec<(&'static str, Place)>,
    doubts: Vec<Doubt>,
}

/// One requested permission.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) name: String,
    pub(super) reason: Option<String>,
    /// The number of the reason in the resource table, which the build adds.
    pub(super) reason_id: Option<u32>,
    /// The type of what stands in the reason's place.
    pub(super) wrong_type: Option<&'static str>,
    pub(super) scene: Option<UsedScene>,
    pub(super) feature: Option<String>,
    pub(super) place: Place,
}

/// One permission that the app defines.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) place: Place,
}

/// Reads a manifest. `of_package` is the model that its name tells, where it stands in a package.
///
/// # Errors
/// `json-malformed`, `limit-json-depth`; `harmony-wrong-type` when it is no object.
pub(super) fn read(bytes: &[u8], place: &Place, of_package: Option<Model>) -> Result<(Manifest, Vec<Doubt>), Error> {
    let (root, mut json) = Json::open(bytes, place)?;
    let mut manifest = Manifest::default();
    if root != Value::Object {
        let message = format!("the manifest is of type {}, not an object", root.type_name());
        return Err(Error::new(Code::HarmonyWrongType, json.place_at(0), message));
    }
    json.members(|json, member| match &*member.key {
        "app" => manifest.app(json, member),
        "module" => manifest.module(json, member),
        _ => Ok(()),
    })?;
    json.finish()?;
    let own = if manifest.has(Part::Distro) { Model::FeatureAbility } else { Model::Stage };
    let model = of_package.unwrap_or(own);
    for (key, place) in std::mem::take(&mut manifest.listed) {
        deadline::step();
        if key != model.requests() {
            let message = format!("permissions are listed under {key}, where a device does not look");
            manifest.doubt(Doubt::new(Code::HarmonyOtherModel, place, message));
        }
    }
    for (name, is_there) in [("app", manifest.has(Part::App)), ("module", manifest.has(Part::Module))] {
        if of_package.is_some() && !is_there {
            let message = format!("there is no object `{name}`, without which a device refuses the package");
            manifest.doubt(Doubt::new(Code::HarmonyWrongType, json.place_at(0), message));
        }
    }
    // Sources are written in JSON5, and a device never sees them.
    let beyond = of_package.and_then(|_| json.beyond_json());
    let mut doubts = json.into_doubts();
    for doubt in std::mem::take(&mut manifest.doubts).into_iter().chain(beyond) {
        doubt::push(&mut doubts, doubt);
    }
    Ok((manifest, doubts))
}

impl Manifest {
    fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// True when it has something that only manifests have.
    pub(super) fn is_module(&self) -> bool {
        self.has(Part::Mark)
    }

    /// True when it does not say which app it belongs to, as sources of the stage model do not.
    pub(super) fn is_source(&self) -> bool {
        !self.has(Part::App)
    }

    /// The name of the module.
    pub(super) fn module_name(&self) -> Option<&str> {
        let first = if self.has(Part::Distro) { self.distro_name.as_deref() } else { None };
        first.or(self.name.as_deref()).or(self.distro_name.as_deref()).filter(|name| !name.is_empty())
    }

    /// True for a library module.
    pub(super) fn is_shared(&self) -> bool {
        self.module_type.as_deref() == Some("shared")
    }

    /// Version name and code, such as `1.2 (34)`.
    pub(super) fn version(&self) -> Option<String> {
        match (&self.version_name, &self.version_code) {
            (Some(name), Some(code)) => Some(format!("{name} ({code})")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }

    fn doubt(&mut self, doubt: Doubt) {
        doubt::push(&mut self.doubts, doubt);
    }

    fn wrong_type(&mut self, json: &mut Json<'_>, start: usize, path: &str, found: &Value<'_>, wanted: &str) {
        let place = json.place_at(start).with_path(path);
        let message = format!("{path} is of type {}, not {wanted}", found.type_name());
        self.doubt(Doubt::new(Code::HarmonyWrongType, place, message));
    }

    fn repeated(&mut self, json: &mut Json<'_>, member: &Member<'_>, path: &str) {
        if member.is_repeated {
            let place = json.place_at(member.start).with_path(path);
            let message = format!("there is a second {path}");
            self.doubt(Doubt::new(Code::JsonDuplicateKey, place, message));
        }
    }

    fn app(&mut self, json: &mut Json<'_>, member: &Member<'_>) -> Result<(), Error> {
        if member.value != Value::Object {
            return Ok(());
        }
        self.parts.push(Part::App);
        json.members(|json, member| {
            match &*member.key {
                "bundleName" => self.bundle_name = owned(&member.value).filter(|name| !name.is_empty()),
                "versionName" => self.version_name = owned(&member.value),
                "versionCode" => self.version_code = owned(&member.value),
                "minAPIVersion" => self.min = member.value.as_u32(),
                "targetAPIVersion" => self.target = member.value.as_u32(),
                "version" if member.value == Value::Object => json.members(|_, member| {
                    match &*member.key {
                        "name" => self.version_name = owned(&member.value),
                        "code" => self.version_code = owned(&member.value),
                        _ => {}
                    }
                    Ok(())
                })?,
                "apiVersion" if member.value == Value::Object => json.members(|_, member| {
                    match &*member.key {
                        "compatible" => self.min = member.value.as_u32(),
                        "target" => self.target = member.value.as_u32(),
                        _ => {}
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })
    }

    fn module(&mut self, json: &mut Json<'_>, member: &Member<'_>) -> Result<(), Error> {
        self.repeated(json, member, "module");
        if member.value != Value::Object {
            self.wrong_type(json, member.start, "module", &member.value, "an object");
            return Ok(());
        }
        self.parts.push(Part::Module);
        json.members(|json, member| {
            if MODULE_KEYS.contains(&&*member.key) && !self.has(Part::Mark) {
                self.parts.push(Part::Mark);
            }
            match &*member.key {
                "name" => self.name = owned(&member.value),
                "type" => self.module_type = owned(&member.value),
                "distro" if member.value == Value::Object => {
                    self.parts.push(Part::Distro);
                    json.members(|_, member| {
                        match &*member.key {
                            "moduleName" => self.distro_name = owned(&member.value),
                            "moduleType" => self.module_type = owned(&member.value),
                            _ => {}
                        }
                        Ok(())
                    })?;
                }
                "requestPermissions" => self.requests(json, member, Model::Stage.requests())?,
                "reqPermissions" => self.requests(json, member, Model::FeatureAbility.requests())?,
                "definePermissions" | "defPermissions" => self.definitions(json, member)?,
                _ => {}
            }
            Ok(())
        })
    }

    /// A list of requests. Anything else is what a device refuses, and is searched for a name all the same.
    fn requests(&mut self, json: &mut Json<'_>, list: &Member<'_>, key: &'static str) -> Result<(), Error> {
        let path = format!("module > {key}");
        self.repeated(json, list, &path);
        let before = self.requests.len();
        match &list.value {
            Value::Array => json.items(|json, item| self.request(json, item, &format!("{path}[{}]", item.number)))?,
            other => {
                self.wrong_type(json, list.start, &path, other, "an array");
                let item = Item { number: 1, value: other.clone(), start: list.start };
                self.request(json, &item, &path)?;
            }
        }
        let count = self.requests.len().saturating_sub(before);
        let place = json.place_at(list.start).with_path(&*path);
        if count > limits::HARMONY_REQUESTS {
            let message = format!("{count} permissions are requested; a device takes {}", limits::HARMONY_REQUESTS);
            self.doubt(Doubt::new(Code::HarmonyTooManyRequests, place.clone(), message));
        }
        if count > 0 {
            self.listed.push((key, place));
        }
        Ok(())
    }

    fn request(&mut self, json: &mut Json<'_>, item: &Item<'_>, path: &str) -> Result<(), Error> {
        if let Value::Text(name) = &item.value {
            self.wrong_type(json, item.start, path, &item.value, "an object");
            let place = json.place_at(item.start).with_path(path);
            self.add(Request::new(name.to_string(), place));
            return Ok(());
        }
        if item.value != Value::Object {
            self.wrong_type(json, item.start, path, &item.value, "an object");
            return Ok(());
        }
        let mut names: Vec<(String, Place)> = Vec::new();
        let mut request = Request::new(String::new(), Place::default());
        json.members(|json, member| {
            let inside = format!("{path} > {}", member.key);
            match &*member.key {
                "name" => {
                    self.repeated(json, member, &inside);
                    match &member.value {
                        Value::Text(name) => {
                            names.push((name.to_string(), json.place_at(member.start).with_path(path)));
                        }
                        other => self.wrong_type(json, member.start, &inside, other, "a string"),
                    }
                }
                "reason" => match &member.value {
                    Value::Text(reason) => request.reason = Some(reason.to_string()),
                    other => {
                        request.wrong_type = Some(other.type_name());
                        self.wrong_type(json, member.start, &inside, other, "a string");
                    }
                },
                "reasonId" => match member.value {
                    Value::Number(_) => request.reason_id = member.value.as_u32().filter(|&id| id != 0),
                    ref other => self.wrong_type(json, member.start, &inside, other, "a number"),
                },
                "usedScene" => request.scene = self.scene(json, member, &inside)?,
                "requiredFeature" => request.feature = owned(&member.value).filter(|name| !name.is_empty()),
                _ => {}
            }
            Ok(())
        })?;
        names.retain(|(name, _)| !name.is_empty());
        if names.is_empty() {
            let place = json.place_at(item.start).with_path(path);
            self.doubt(Doubt::new(Code::HarmonyNoName, place, "a permission is requested without a name"));
        }
        for (name, place) in names {
            deadline::step();
            self.add(Request {
                name,
                place,
                reason: request.reason.clone(),
                reason_id: request.reason_id,
                wrong_type: request.wrong_type,
                scene: request.scene.clone(),
                feature: request.feature.clone(),
            });
        }
        Ok(())
    }

    fn add(&mut self, request: Request) {
        if self.requests.len() < limits::DECLARATIONS {
            return self.requests.push(request);
        }
        let message = format!("more than {} permissions are requested", limits::DECLARATIONS);
        self.doubt(Doubt::new(Code::LimitDeclarations, request.place, message));
    }

    /// `abilities` and `when`; `ability` in the older model.
    fn scene(&mut self, json: &mut Json<'_>, scene: &Member<'_>, path: &str) -> Result<Option<UsedScene>, Error> {
        if scene.value != Value::Object {
            self.wrong_type(json, scene.start, path, &scene.value, "an object");
            return Ok(None);
        }
        let mut used = UsedScene::default();
        json.members(|json, member| {
            let inside = format!("{path} > {}", member.key);
            match &*member.key {
                "abilities" | "ability" if member.value == Value::Array => json.items(|json, item| {
                    match &item.value {
                        Value::Text(ability) => used.abilities.push(ability.to_string()),
                        other => self.wrong_type(json, item.start, &inside, other, "a string"),
                    }
                    Ok(())
                })?,
                "abilities" | "ability" => {
                    used.abilities.extend(owned(&member.value));
                    self.wrong_type(json, member.start, &inside, &member.value, "an array");
                }
                "when" => match &member.value {
                    Value::Text(when) => used.when = Some(when.to_string()),
                    other => self.wrong_type(json, member.start, &inside, other, "a string"),
                },
                _ => {}
            }
            Ok(())
        })?;
        Ok(Some(used))
    }

    fn definitions(&mut self, json: &mut Json<'_>, list: &Member<'_>) -> Result<(), Error> {
        let path = format!("module > {}", list.key);
        self.repeated(json, list, &path);
        if list.value != Value::Array {
            self.wrong_type(json, list.start, &path, &list.value, "an array");
            return Ok(());
        }
        json.items(|json, item| {
            let path = format!("{path}[{}]", item.number);
            if item.value != Value::Object {
                self.wrong_type(json, item.start, &path, &item.value, "an object");
                return Ok(());
            }
            let mut name = None;
            json.members(|json, member| {
                if member.key == "name" {
                    self.repeated(json, member, &format!("{path} > name"));
                    name = owned(&member.value).filter(|name| !name.is_empty());
                }
                Ok(())
            })?;
            let place = json.place_at(item.start).with_path(&*path);
            match name {
                None => self.doubt(Doubt::new(Code::HarmonyNoName, place, "a permission is defined without a name")),
                Some(name) if self.definitions.len() < limits::DECLARATIONS => {
                    self.definitions.push(Definition { name, place });
                }
                Some(_) => {
                    let message = format!("more than {} permissions are defined", limits::DECLARATIONS);
                    self.doubt(Doubt::new(Code::LimitDeclarations, place, message));
                }
            }
            Ok(())
        })
    }
}

impl Request {
    fn new(name: String, place: Place) -> Request {
        Request { name, reason: None, reason_id: None, wrong_type: None, scene: None, feature: None, place }
    }

    /// True when the reason stands in the resource table.
    pub(super) fn is_reference(&self) -> bool {
        self.reason_id.is_some() || self.reason.as_deref().is_some_and(|reason| reason.starts_with('$'))
    }
}

/// A string, or a number as it is written.
fn owned(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Number(number) => Some((*number).to_owned()),
        _ => None,
    }
}
