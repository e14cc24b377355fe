//! HarmonyOS packages: manifests, the two formats of `resources.index`, modules and apps.
//!
//! A manifest is text, and lies by being written otherwise; what is an `Option` in a resource table is computed when it
//! is `None`.

use permaudit::declaration::{Declaration, DeclarationKind, Package};
use serde_json::{Value, json};

use super::zip::{Entry, Zip};

/// A manifest of the stage model that requests `requests`.
pub fn module_json(requests: &Value) -> Value {
    json!({
        "app": {
            "bundleName": "com.example.notes", "versionName": "1.2", "versionCode": 34,
            "minAPIVersion": 12, "targetAPIVersion": 20
        },
        "module": {
            "name": "entry", "type": "entry", "deviceTypes": ["phone"],
            "abilities": [{ "name": "EntryAbility", "permissions": ["ohos.permission.GET_BUNDLE_INFO"] }],
            "requestPermissions": requests
        }
    })
}

/// A manifest of the model before, in a module called `entry`.
pub fn config_json(requests: &Value) -> Value {
    json!({
        "app": {
            "bundleName": "com.example.notes", "version": { "name": "1.2", "code": 34 },
            "apiVersion": { "compatible": 5, "target": 7 }
        },
        "deviceConfig": {},
        "module": {
            "package": "com.example.notes", "name": ".Notes", "deviceType": ["phone"],
            "distro": { "moduleName": "entry", "moduleType": "entry" },
            "reqPermissions": requests
        }
    })
}

/// A request as a build writes it.
pub fn request(name: &str, reason: &str, id: u32) -> Value {
    json!({
        "name": name, "reason": format!("$string:{reason}"), "reasonId": id,
        "usedScene": { "abilities": ["EntryAbility"], "when": "inuse" }
    })
}

/// A qualifier: its type and its value.
pub type Qualifier = (u32, u32);

/// Language, region and script are up to four letters in a number.
pub fn letters(kind: u32, text: &str) -> Qualifier {
    (kind, text.bytes().fold(0, |number, byte| (number << 8) | u32::from(byte)))
}

pub fn language(text: &str) -> Qualifier {
    letters(0, text)
}

pub fn region(text: &str) -> Qualifier {
    letters(1, text)
}

/// Dark colours.
pub const DARK: Qualifier = (6, 0);

/// A resource: its texts by the number of their set.
#[derive(Debug, Clone)]
pub struct Resource {
    pub id: u32,
    pub name: String,
    pub kind: u32,
    pub texts: Vec<(usize, String)>,
}

/// A text called `name`, in the sets 0, 1, 2….
pub fn text(id: u32, name: &str, texts: &[&str]) -> Resource {
    let texts = texts.iter().map(|text| (*text).to_owned()).enumerate().collect();
    Resource { id, name: name.to_owned(), kind: 9, texts }
}

/// A resource table.
#[derive(Debug, Clone)]
pub struct Index {
    pub version: String,
    pub sets: Vec<Vec<Qualifier>>,
    pub resources: Vec<Resource>,
    pub set_count: Option<u32>,
    pub qualifier_count: Option<u32>,
    pub set_tag: [u8; 4],
    pub list_tag: [u8; 4],
    pub list_count: Option<u32>,
    pub item_offset: Option<u32>,
    pub text_len: Option<u16>,
}

impl Index {
    pub fn first(sets: &[&[Qualifier]], resources: &[Resource]) -> Index {
        Index {
            version: "Restool 5.0.1.011".to_owned(),
            sets: sets.iter().map(|set| set.to_vec()).collect(),
            resources: resources.to_vec(),
            set_count: None,
            qualifier_count: None,
            set_tag: *b"KEYS",
            list_tag: *b"IDSS",
            list_count: None,
            item_offset: None,
            text_len: None,
        }
    }

    pub fn second(sets: &[&[Qualifier]], resources: &[Resource]) -> Index {
        Index { version: "RestoolV2 6.0.0.001".to_owned(), ..Index::first(sets, resources) }
    }

    pub fn with(mut self, change: impl Fn(&mut Index)) -> Index {
        change(&mut self);
        self
    }

    pub fn build(&self) -> Vec<u8> {
        if self.version.starts_with("Restool ") { self.build_first() } else { self.build_second() }
    }

    fn sets(&self, links: &[u32]) -> Vec<u8> {
        let mut out = Vec::new();
        for (set, link) in self.sets.iter().zip(links) {
            out.extend(self.set_tag);
            out.extend(link.to_le_bytes());
            out.extend(self.qualifier_count.unwrap_or(set.len() as u32).to_le_bytes());
            for (kind, value) in set {
                out.extend(kind.to_le_bytes());
                out.extend(value.to_le_bytes());
            }
        }
        out
    }

    fn head(&self, len: u32) -> Vec<u8> {
        let mut out = self.version.clone().into_bytes();
        out.resize(128, 0);
        out.extend(len.to_le_bytes());
        out.extend(self.set_count.unwrap_or(self.sets.len() as u32).to_le_bytes());
        out
    }

    /// Length and bytes, with a NUL that the length counts.
    fn first_text(&self, text: &str) -> Vec<u8> {
        let len = self.text_len.unwrap_or(text.len() as u16 + 1);
        [&len.to_le_bytes()[..], text.as_bytes(), &[0]].concat()
    }

    fn build_first(&self) -> Vec<u8> {
        let of_set = |set: usize| {
            self.resources.iter().flat_map(move |resource| {
                resource.texts.iter().filter(move |(own, _)| *own == set).map(move |(_, text)| (resource, text))
            })
        };
        let sets_len: usize = self.sets.iter().map(|set| 12 + 8 * set.len()).sum();
        let lists = 136 + sets_len;
        let lists_len: usize = (0..self.sets.len()).map(|set| 8 + 8 * of_set(set).count()).sum();
        let (mut at, mut item_at) = (lists, lists + lists_len);
        let (mut links, mut list_bytes, mut items) = (Vec::new(), Vec::new(), Vec::new());
        for set in 0..self.sets.len() {
            links.push(at as u32);
            list_bytes.extend(self.list_tag);
            list_bytes.extend(self.list_count.unwrap_or(of_set(set).count() as u32).to_le_bytes());
            for (resource, text) in of_set(set) {
                list_bytes.extend(resource.id.to_le_bytes());
                list_bytes.extend(self.item_offset.unwrap_or(item_at as u32).to_le_bytes());
                let body = [self.first_text(text), self.first_text(&resource.name)].concat();
                items.extend((body.len() as u32 + 8).to_le_bytes());
                items.extend(resource.kind.to_le_bytes());
                items.extend(resource.id.to_le_bytes());
                items.extend(&body);
                item_at += 12 + body.len();
            }
            at = lists + list_bytes.len();
        }
        [self.head(item_at as u32), self.sets(&links), list_bytes, items].concat()
    }

    fn build_second(&self) -> Vec<u8> {
        let links: Vec<u32> = (0..self.sets.len() as u32).collect();
        let sets = self.sets(&links);
        let mut kinds: Vec<u32> = self.resources.iter().map(|resource| resource.kind).collect();
        kinds.dedup();
        let names: usize = self.resources.iter().map(|resource| 12 + resource.name.len()).sum();
        let ids_len = 16 + 12 * kinds.len() + names;
        let data = 140 + sets.len() + ids_len;
        let infos: usize = self.resources.iter().map(|resource| 12 + 8 * resource.texts.len()).sum();
        let (mut info_at, mut text_at) = (data + 12, data + 12 + infos);
        let (mut ids, mut info_bytes, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        ids.extend(self.list_tag);
        for number in [ids_len, kinds.len(), self.resources.len()] {
            ids.extend((number as u32).to_le_bytes());
        }
        for kind in kinds {
            let own: Vec<&Resource> = self.resources.iter().filter(|resource| resource.kind == kind).collect();
            ids.extend(kind.to_le_bytes());
            let len: usize = own.iter().map(|resource| 12 + resource.name.len()).sum();
            ids.extend((len as u32 + 12).to_le_bytes());
            ids.extend(self.list_count.unwrap_or(own.len() as u32).to_le_bytes());
            for resource in own {
                ids.extend(resource.id.to_le_bytes());
                ids.extend(self.item_offset.unwrap_or(info_at as u32).to_le_bytes());
                ids.extend((resource.name.len() as u32).to_le_bytes());
                ids.extend(resource.name.as_bytes());
                info_bytes.extend(resource.id.to_le_bytes());
                info_bytes.extend((12 + 8 * resource.texts.len() as u32).to_le_bytes());
                info_bytes.extend((resource.texts.len() as u32).to_le_bytes());
                for (set, text) in &resource.texts {
                    info_bytes.extend((*set as u32).to_le_bytes());
                    info_bytes.extend((text_at as u32).to_le_bytes());
                    let len = self.text_len.unwrap_or(text.len() as u16);
                    texts.extend(len.to_le_bytes());
                    texts.extend(text.as_bytes());
                    text_at += 2 + text.len();
                }
                info_at += 12 + 8 * resource.texts.len();
            }
        }
        let mut head = self.head((140 + sets.len()) as u32);
        head.extend((data as u32).to_le_bytes());
        let data_head: Vec<u8> =
            [&b"DATA"[..], &((12 + infos) as u32).to_le_bytes(), &(self.resources.len() as u32).to_le_bytes()].concat();
        [head, sets, ids, data_head, info_bytes, texts].concat()
    }
}

/// A package, by its files.
pub fn hap(files: &[(&str, &[u8])]) -> Zip {
    Zip::new(files.iter().map(|(name, content)| Entry::deflated(name, content)))
}

/// A package with a manifest and nothing else.
pub fn with_manifest(name: &str, manifest: impl ToString) -> Vec<u8> {
    hap(&[(name, manifest.to_string().as_bytes())]).build()
}

/// A package with this module.json.
pub fn stage(manifest: impl ToString) -> Vec<u8> {
    with_manifest("module.json", manifest)
}

/// The list of an app.
pub fn pack_info(names: &[&str]) -> String {
    let packages: Vec<Value> = names.iter().map(|name| json!({ "name": name, "moduleType": "entry" })).collect();
    json!({ "summary": {}, "packages": packages }).to_string()
}

/// An app that holds these packages, stored, and lists them.
pub fn app(packages: &[(&str, &[u8])]) -> Zip {
    let names: Vec<&str> = packages.iter().map(|(name, _)| name.rsplit_once('.').unwrap().0).collect();
    let list = Entry::deflated("pack.info", pack_info(&names));
    Zip::new(packages.iter().map(|(name, bytes)| Entry::stored(name, bytes)).chain([list]))
}

/// What stands before the central directory of a signed package, with nothing signed in it.
pub fn signature_block() -> Vec<u8> {
    let mut block = vec![0x5a; 400];
    block.extend(1_u32.to_le_bytes());
    block.extend((block.len() as u64 + 28).to_le_bytes());
    block.extend(b"<hap sign block>");
    block.extend(3_u32.to_le_bytes());
    block
}

pub fn requests(package: &Package) -> Vec<&Declaration> {
    package.declarations.value.iter().filter(|d| d.kind == DeclarationKind::RequestPermission).collect()
}

/// The names of the requests, without their name space.
pub fn names(package: &Package) -> Vec<&str> {
    requests(package).iter().map(|d| d.permission.trim_start_matches("ohos.permission.")).collect()
}
