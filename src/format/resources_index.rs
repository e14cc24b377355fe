//! The resource table of a HarmonyOS module, `resources.index`: texts by id or name, in every language.
//!
//! There are two formats, told by the version at the start: a version whose first word is `Restool` is format 1,
//! anything else is read as format 2 (`hap_resource_manager.cpp`). Layouts from `res_desc.h`, `hap_parser_v1.cpp` and
//! `hap_parser_v2.cpp` of `global_resource_management`. Numbers are little-endian; offsets count from the start.

use std::collections::{BTreeMap, BTreeSet};

use super::bytes::Bytes;
use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::limits;
use crate::source::Place;

/// Bytes of the version, padded with NUL.
const VERSION_LEN: usize = 128;
/// Bytes before the first set of qualifiers: version, size, number of sets; format 2 adds where the data begins.
const HEAD_LEN: [usize; 2] = [136, 140];
/// Bytes of a set of qualifiers before the first: tag, offset or number, count.
const KEY_LEN: usize = 12;
/// Bytes of one qualifier: type, value.
const QUALIFIER_LEN: usize = 8;
/// The type of a text (`ResType::STRING`).
const STRING: u32 = 9;

/// The language of texts under no qualifier.
const NO_LANGUAGE: &str = "default";

/// A resource by what refers to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `$string:16777225`, or a number beside the reference.
    Id(u32),
    /// `$string:name`.
    Name(String),
}

impl Key {
    /// The text that `text` refers to; `None` when it is no reference to a text.
    #[must_use]
    pub fn of(text: &str) -> Option<Key> {
        let name = text.strip_prefix("$string:")?;
        Some(name.parse().map_or_else(|_| Key::Name(name.to_owned()), Key::Id))
    }
}

/// One text, for one set of qualifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leaf {
    /// Index of the set.
    set: usize,
    text: String,
}

/// The texts by language, `default` for none: `zh-CN`, `zh-Hant-TW`. Where other qualifiers (a kind of device, dark
/// colours) give further texts, those without such a qualifier are taken.
pub type Texts = BTreeMap<String, String>;

/// A set of qualifiers, under which resources stand.
struct Set {
    language: String,
    /// Qualifiers that are no part of a language.
    others: usize,
    /// Format 1: where its resources are listed. Format 2: its number.
    link: u32,
}

struct Reader<'b> {
    bytes: Bytes<'b>,
    place: &'b Place,
    sets: Vec<Set>,
    /// Format 2: the sets by number. A device takes the last of one number.
    by_link: BTreeMap<u32, usize>,
    /// The offset behind the sets.
    end: usize,
    steps: usize,
    /// Bytes of all texts that were taken.
    text_bytes: usize,
    doubts: Vec<Doubt>,
}

/// The texts for each of `wanted` that has any.
///
/// Never fails: what cannot be read is a doubt, and the texts of the rest are given.
pub fn texts(bytes: &[u8], place: &Place, wanted: &BTreeSet<Key>) -> Reading<BTreeMap<Key, Texts>> {
    let mut reader = Reader {
        bytes: Bytes::new(bytes),
        place,
        sets: Vec::new(),
        by_link: BTreeMap::new(),
        end: 0,
        steps: 0,
        text_bytes: 0,
        doubts: Vec::new(),
    };
    let is_first_format = reader.is_first_format();
    let mut leaves: BTreeMap<Key, Vec<Leaf>> = BTreeMap::new();
    if reader.sets(is_first_format).is_some() {
        let mut open = wanted.clone();
        // Texts can refer to texts; each round looks up what the last one found.
        for _ in 0..limits::REFERENCE_STEPS {
            open.retain(|key| !leaves.contains_key(key));
            if open.is_empty() {
                break;
            }
            let mut found: BTreeMap<Key, Vec<Leaf>> = open.iter().map(|key| (key.clone(), Vec::new())).collect();
            let whole =
                if is_first_format { reader.first_format(&mut found) } else { reader.second_format(&mut found) };
            open = found.values().flatten().filter_map(|leaf| Key::of(&leaf.text)).collect();
            leaves.append(&mut found);
            if whole.is_none() {
                break;
            }
        }
    }
    let mut known = BTreeMap::new();
    let texts = wanted.iter().filter_map(|key| {
        let texts = reader.texts(key, &leaves, &mut known, 0);
        (!texts.is_empty()).then(|| (key.clone(), texts))
    });
    let texts = texts.collect();
    Reading::new(texts, reader.doubts)
}

impl<'b> Reader<'b> {
    /// Says that something is wrong at `at`, or at the end where the table is shorter; `None`, so that it ends what is
    /// being read.
    fn malformed<T>(&mut self, at: usize, what: &str) -> Option<T> {
        let at = at.min(self.bytes.len()) as u64;
        let doubt = Doubt::new(Code::IndexMalformed, self.place.clone().at(at), what);
        doubt::push(&mut self.doubts, doubt);
        None
    }

    fn step(&mut self) -> Option<()> {
        self.steps = self.steps.saturating_add(1);
        if self.steps <= limits::INDEX_STEPS && self.sets.len() <= limits::INDEX_SETS {
            return Some(());
        }
        let message = "the table has more entries than are looked at";
        doubt::push(&mut self.doubts, Doubt::new(Code::LimitIndexSteps, self.place.clone(), message));
        None
    }

    /// A number at `at`, which has to be there.
    fn number(&mut self, at: usize) -> Option<u32> {
        match self.bytes.u32(at) {
            Some(number) => Some(number),
            None => self.malformed(at, "the table ends before a number that it announces"),
        }
    }

    fn size(&mut self, at: usize) -> Option<usize> {
        self.number(at).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn is_first_format(&mut self) -> bool {
        let version = self.bytes.slice(0, VERSION_LEN.min(self.bytes.len())).unwrap_or_default();
        let version = version.split(|&byte| byte == 0).next().unwrap_or_default();
        let first = version.split(|&byte| byte == b' ').next().unwrap_or_default();
        if first != b"Restool" && first != b"RestoolV2" {
            let shown = String::from_utf8_lossy(version.get(..version.len().min(40)).unwrap_or_default()).into_owned();
            let message = format!("the version of the table is `{shown}`, which is not known");
            doubt::push(&mut self.doubts, Doubt::new(Code::IndexVersion, self.place.clone().at(0), message));
        }
        first == b"Restool"
    }

    /// The sets of qualifiers, which both formats have after the head.
    fn sets(&mut self, is_first_format: bool) -> Option<()> {
        let [first, second] = HEAD_LEN;
        let mut at = if is_first_format { first } else { second };
        let count = self.size(VERSION_LEN + 4)?;
        for _ in 0..count {
            deadline::step();
            self.step()?;
            if self.bytes.slice(at, 4) != Some(b"KEYS") {
                return self.malformed(at, "no set of qualifiers stands where one is announced");
            }
            let link = self.number(at.checked_add(4)?)?;
            let qualifiers = self.size(at.checked_add(8)?)?;
            at = at.checked_add(KEY_LEN)?;
            let fits = qualifiers.checked_mul(QUALIFIER_LEN).and_then(|len| self.bytes.slice(at, len));
            let Some(qualifiers) = fits else {
                return self.malformed(at, "the table ends before the qualifiers that it announces");
            };
            at = at.checked_add(qualifiers.len())?;
            self.by_link.insert(link, self.sets.len());
            self.sets.push(set(qualifiers, link));
        }
        self.end = at;
        Some(())
    }

    /// Format 1: each set leads to a list of ids, each with where its text stands.
    fn first_format(&mut self, found: &mut BTreeMap<Key, Vec<Leaf>>) -> Option<()> {
        let has_names = found.keys().any(|key| matches!(key, Key::Name(_)));
        for set in 0..self.sets.len() {
            deadline::step();
            let at = self.sets.get(set).map(|set| set.link)?;
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            if self.bytes.slice(at, 4) != Some(b"IDSS") {
                return self.malformed(at, "no list of resources stands where one is announced");
            }
            let count = self.size(at.checked_add(4)?)?;
            let mut entry = at.checked_add(8)?;
            for _ in 0..count {
                deadline::step();
                self.step()?;
                let id = self.number(entry)?;
                let item = self.size(entry.checked_add(4)?)?;
                entry = entry.checked_add(8)?;
                let is_wanted = found.contains_key(&Key::Id(id));
                if is_wanted || has_names {
                    self.first_item(set, id, item, is_wanted, found)?;
                }
            }
        }
        Some(())
    }

    /// Size, type and id; then the text and the name, each with a length that counts a NUL at its end.
    fn first_item(
        &mut self,
        set: usize,
        id: u32,
        at: usize,
        is_wanted: bool,
        found: &mut BTreeMap<Key, Vec<Leaf>>,
    ) -> Option<()> {
        if self.number(at.checked_add(4)?)? != STRING {
            return Some(());
        }
        let text_at = at.checked_add(12)?;
        let text = self.string(text_at, true)?;
        let name_at = text_at.checked_add(2)?.checked_add(text.len())?.checked_add(1)?;
        let name = self.string(name_at, true)?;
        let by_name = std::str::from_utf8(name).ok().map(|name| Key::Name(name.to_owned()));
        let by_id = is_wanted.then_some(Key::Id(id));
        for key in [by_id, by_name].into_iter().flatten() {
            deadline::step();
            if found.contains_key(&key) {
                let leaf = self.leaf(set, text)?;
                found.entry(key).or_default().push(leaf);
            }
        }
        Some(())
    }

    fn leaf(&mut self, set: usize, text: &[u8]) -> Option<Leaf> {
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        if self.text_bytes > limits::STRING_BYTES {
            let message = format!("the texts that are wanted have more than {} bytes", limits::STRING_BYTES);
            doubt::push(&mut self.doubts, Doubt::new(Code::LimitStrings, self.place.clone(), message));
            return None;
        }
        Some(Leaf { set, text: String::from_utf8_lossy(text).into_owned() })
    }

    /// Format 2: a list of ids and names for each type of resource, each with where its texts are listed by set.
    fn second_format(&mut self, found: &mut BTreeMap<Key, Vec<Leaf>>) -> Option<()> {
        let mut at = self.end;
        if self.bytes.slice(at, 4) != Some(b"IDSS") {
            return self.malformed(at, "no list of resources stands after the qualifiers");
        }
        let types = self.size(at.checked_add(8)?)?;
        at = at.checked_add(16)?;
        for _ in 0..types {
            deadline::step();
            self.step()?;
            let of_type = self.number(at)?;
            let count = self.size(at.checked_add(8)?)?;
            at = at.checked_add(12)?;
            for _ in 0..count {
                deadline::step();
                self.step()?;
                let id = self.number(at)?;
                let item = self.size(at.checked_add(4)?)?;
                let name_len = self.size(at.checked_add(8)?)?;
                at = at.checked_add(12)?;
                let Some(name) = self.bytes.slice(at, name_len) else {
                    return self.malformed(at, "the table ends before a name that it announces");
                };
                at = at.checked_add(name_len)?;
                if of_type != STRING {
                    continue;
                }
                let name = std::str::from_utf8(name).ok().map(|name| Key::Name(name.to_owned()));
                let keys: Vec<Key> =
                    [Some(Key::Id(id)), name].into_iter().flatten().filter(|key| found.contains_key(key)).collect();
                if keys.is_empty() {
                    continue;
                }
                let leaves = self.second_item(id, item)?;
                for key in keys {
                    deadline::step();
                    found.entry(key).or_default().extend(leaves.iter().cloned());
                }
            }
        }
        Some(())
    }

    /// The id again, size, count; then for each set its number and where the text stands.
    fn second_item(&mut self, id: u32, at: usize) -> Option<Vec<Leaf>> {
        if self.number(at)? != id {
            return self.malformed(at, "the texts are those of another resource than the list says");
        }
        let count = self.size(at.checked_add(8)?)?;
        let mut leaves = Vec::new();
        let mut at = at.checked_add(12)?;
        for _ in 0..count {
            deadline::step();
            self.step()?;
            let link = self.number(at)?;
            let text_at = self.size(at.checked_add(4)?)?;
            at = at.checked_add(8)?;
            // A device passes over a set that is not there.
            let Some(set) = self.by_link.get(&link).copied() else { continue };
            let text = self.string(text_at, false)?;
            leaves.push(self.leaf(set, text)?);
        }
        Some(leaves)
    }

    /// Bytes with their length before them; the length may count a NUL at their end.
    fn string(&mut self, at: usize, counts_nul: bool) -> Option<&'b [u8]> {
        let Some(len) = self.bytes.u16(at).map(usize::from) else {
            return self.malformed(at, "the table ends before a text that it announces");
        };
        let len = if counts_nul { len.checked_sub(1) } else { Some(len) };
        let Some(len) = len else { return self.malformed(at, "a text has a length of zero, without its NUL") };
        match at.checked_add(2).and_then(|start| self.bytes.slice(start, len)) {
            Some(text) => Some(text),
            None => self.malformed(at, "the table ends inside a text"),
        }
    }

    /// The texts of `key` by language, references among them resolved. `known` holds what was resolved before, and
    /// nothing for what is being resolved.
    fn texts(
        &self,
        key: &Key,
        leaves: &BTreeMap<Key, Vec<Leaf>>,
        known: &mut BTreeMap<Key, Texts>,
        depth: usize,
    ) -> Texts {
        if let Some(texts) = known.get(key) {
            return texts.clone();
        }
        known.insert(key.clone(), Texts::new());
        let mut own: Vec<(&Set, &Leaf)> = Vec::new();
        for leaf in leaves.get(key).into_iter().flatten() {
            deadline::step();
            own.extend(self.sets.get(leaf.set).map(|set| (set, leaf)));
        }
        own.sort_by_key(|(set, _)| set.others);
        let mut texts = Texts::new();
        let mut further = Texts::new();
        for (set, leaf) in own {
            deadline::step();
            if texts.contains_key(&set.language) {
                continue;
            }
            let text = match Key::of(&leaf.text) {
                None => Some(leaf.text.clone()),
                Some(_) if depth >= limits::REFERENCE_STEPS => None,
                Some(next) => {
                    let next = self.texts(&next, leaves, known, depth.saturating_add(1));
                    let language = next.get(&set.language).or_else(|| next.get(NO_LANGUAGE));
                    let text = language.or_else(|| next.values().next()).cloned();
                    // Where the reference stands for every language, so does each text that it leads to.
                    if set.language == NO_LANGUAGE {
                        further = next;
                    }
                    text
                }
            };
            texts.extend(text.map(|text| (set.language.clone(), text)));
        }
        for (language, text) in further {
            deadline::step();
            texts.entry(language).or_insert(text);
        }
        known.insert(key.clone(), texts.clone());
        texts
    }
}

/// A set of qualifiers. Language, region and script are up to four letters in one number, the last letter lowest.
fn set(qualifiers: &[u8], link: u32) -> Set {
    let (mut language, mut script, mut region) = (String::new(), String::new(), String::new());
    let mut others = 0_usize;
    for qualifier in qualifiers.chunks_exact(QUALIFIER_LEN) {
        deadline::step();
        let bytes = Bytes::new(qualifier);
        let letters = || -> String {
            let letters = bytes.u32(4).unwrap_or_default().to_be_bytes().into_iter().filter(|&byte| byte != 0);
            letters.filter(u8::is_ascii_alphanumeric).map(char::from).collect()
        };
        // `KeyType` of res_common.h.
        match bytes.u32(0) {
            Some(0) => language = letters(),
            Some(1) => region = letters(),
            Some(5) => script = letters(),
            _ => others = others.saturating_add(1),
        }
    }
    if language.is_empty() {
        NO_LANGUAGE.clone_into(&mut language);
    }
    for part in [script, region] {
        if !part.is_empty() {
            language.push('-');
            language.push_str(&part);
        }
    }
    Set { language, others, link }
}
