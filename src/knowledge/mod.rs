//! The book: what is known about permissions, as data files and the questions that can be asked of them.
//!
//! This room imports nothing of the others. Every table is text that is embedded sorted and searched in place:
//! a command pays for the lines it asks about and for no others. `data/README.md` describes the files.

mod guards;
mod house;
mod implied;
mod letters;
mod near;
mod table;
#[cfg(test)]
mod tests;
pub mod vocabulary;

pub use guards::{Guard, Power};
use house::House;
pub use house::{HousePermission, HouseWord, Said};
pub use implied::Implied;
use table::{Record, Table, list, table};

const ANDROID: Table = table!("android", ANDROID);
const IOS: Table = table!("ios", IOS);
const HARMONY: Table = table!("harmony", HARMONY);
/// Last segments of the full names outside the main name space (`AD_ID`); a test derives it from the tables above.
const BARE: Table = table!("bare", BARE);
const ALIASES: Table = table!("aliases", ALIASES);
const INVENTED: Table = table!("invented", INVENTED);
const COUNTERPARTS: Table = table!("counterparts", COUNTERPARTS);
const COLLECTED: Table = table!("collected", COLLECTED);
const ENTITLEMENTS: Table = table!("entitlements", ENTITLEMENTS);
const FEATURES: Table = table!("features", FEATURES);
const SUPERSEDED: Table = table!("superseded", SUPERSEDED);
const PER_APP: Table = table!("per_app", PER_APP);

/// A platform whose permissions are audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// Android.
    Android,
    /// iOS and its siblings (iPadOS, watchOS, tvOS, visionOS).
    Ios,
    /// `HarmonyOS` and `OpenHarmony`.
    HarmonyOs,
}

impl Platform {
    /// Every platform, in the order in which reports name them.
    pub const ALL: [Platform; 3] = [Platform::Android, Platform::Ios, Platform::HarmonyOs];

    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Platform::Android => "android",
            Platform::Ios => "ios",
            Platform::HarmonyOs => "harmonyos",
        }
    }

    /// The name a person reads.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Platform::Android => "Android",
            Platform::Ios => "iOS",
            Platform::HarmonyOs => "HarmonyOS",
        }
    }

    /// The platform that [`name`](Self::name) gives this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Platform> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }

    fn table(self) -> Table {
        match self {
            Platform::Android => ANDROID,
            Platform::Ios => IOS,
            Platform::HarmonyOs => HARMONY,
        }
    }

    /// The name space of the platform's own permissions.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Platform::Android => "android.permission.",
            Platform::Ios => "",
            Platform::HarmonyOs => "ohos.permission.",
        }
    }
}

/// How a platform grants a permission, named as in the JSON report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Android: the user is asked while the app runs (protection level dangerous).
    Runtime,
    /// Android: the user switches it on in the settings (special app access).
    Special,
    /// Android: granted at installation.
    Normal,
    /// Android: granted to the platform's own or equally signed apps.
    Signature,
    /// `HarmonyOS`: the user is asked.
    UserGrant,
    /// `HarmonyOS`: granted at installation.
    SystemGrant,
    /// `HarmonyOS`: the user switches it on in the settings.
    ManualSettings,
}

impl Level {
    /// Every level.
    pub const ALL: [Level; 7] = [
        Level::Runtime,
        Level::Special,
        Level::Normal,
        Level::Signature,
        Level::UserGrant,
        Level::SystemGrant,
        Level::ManualSettings,
    ];

    fn from_name(name: &str) -> Option<Level> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// True when permissions of `platform` have it.
    #[must_use]
    pub fn is_of(self, platform: Platform) -> bool {
        match self {
            Level::Runtime | Level::Special | Level::Normal | Level::Signature => platform == Platform::Android,
            Level::UserGrant | Level::SystemGrant | Level::ManualSettings => platform == Platform::HarmonyOs,
        }
    }

    /// The name in the JSON report and in the data files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Runtime => "runtime",
            Level::Special => "special",
            Level::Normal => "normal",
            Level::Signature => "signature",
            Level::UserGrant => "user_grant",
            Level::SystemGrant => "system_grant",
            Level::ManualSettings => "manual_settings",
        }
    }
}

/// What the book says of one permission, key or entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The platform.
    pub platform: Platform,
    /// The full name.
    pub name: &'static str,
    /// How it is granted; `None` for Info.plist keys, which have no level, and where no source tells it.
    pub level: Option<Level>,
    /// True for a permission that opens personal data although its level is normal (`QUERY_ALL_PACKAGES`, `AD_ID`).
    pub personal: bool,
    /// True when an app without the platform's or a vendor's signature can be granted it.
    pub ordinary: bool,
    /// The vendor, for names that are not the platform's own.
    pub vendor: Option<&'static str>,
    /// The platform's permission group, without its name space (`LOCATION`), where it has one.
    pub group: Option<&'static str>,
    /// What it is about, in one word for all platforms (`location`, `contacts`), where known.
    pub category: Option<&'static str>,
    /// The API level or system version that introduced it (`33`, `13.0`), where known.
    pub introduced: Option<&'static str>,
    /// The API level or system version from which it is deprecated or gone, where known.
    pub deprecated: Option<&'static str>,
    /// What it lets an app do, for a person, in English; empty where nothing certain can be said.
    pub meaning_en: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
    /// Where the fact comes from: keys of the source list in the head of the data file, separated by commas.
    pub sources: &'static str,
    /// Why a judgement in it was made; empty for plain facts.
    pub note: &'static str,
    /// Where the house says so, for what is no fact of the data files.
    pub house: Option<Said>,
}

impl Fact {
    /// The last segment of the name: what a statement writes when it leaves the name space out.
    #[must_use]
    pub fn bare_name(&self) -> &'static str {
        bare_name(self.platform, self.name)
    }
}

fn bare_name(platform: Platform, name: &'static str) -> &'static str {
    match platform {
        Platform::Ios => name,
        Platform::Android | Platform::HarmonyOs => {
            let dot = memchr::memrchr(b'.', name.as_bytes());
            dot.and_then(|dot| name.get(dot + 1..)).unwrap_or(name)
        }
    }
}

fn is_ordinary(marks: &'static str) -> bool {
    list(marks).any(|mark| mark == "ordinary")
}

fn fact_of(platform: Platform, record: Record) -> Fact {
    let [name, level, marks, vendor, group, category, introduced, deprecated, meaning_en, meaning_zh, sources, note] =
        record.fields();
    let some = |field: &'static str| Some(field).filter(|field| !field.is_empty());
    Fact {
        platform,
        name,
        level: Level::from_name(level),
        personal: list(marks).any(|mark| mark == "personal"),
        ordinary: is_ordinary(marks),
        vendor: some(vendor),
        group: some(group),
        category: some(category),
        introduced: some(introduced),
        deprecated: some(deprecated),
        meaning_en,
        meaning_zh,
        sources,
        note,
        house: None,
    }
}

/// An abbreviation in common use that is no permission's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// What it counts as.
    pub permissions: Vec<&'static str>,
    /// What else it may mean.
    pub candidates: Vec<&'static str>,
}

/// A name that statements use and no platform has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invented {
    /// The real names nearest in meaning, best first; may be empty.
    pub nearest: Vec<Fact>,
    /// One English sentence: what is wrong with the name and what to write.
    pub note: &'static str,
}

/// The questions that can be asked of the data files and of what the house adds to them. Copying it is free.
#[derive(Debug, Clone, Copy, Default)]
pub struct Book {
    house: Option<&'static House>,
}

/// The book as it is, without a house.
#[allow(non_upper_case_globals, reason = "a book without a house holds nothing and is written like a unit struct")]
pub const Book: Book = Book { house: None };

impl Book {
    /// Every fact of the data files on `platform`, sorted by name.
    pub fn facts(&self, platform: Platform) -> impl Iterator<Item = Fact> + use<> {
        platform.table().records().map(move |record| fact_of(platform, record))
    }

    /// The fact for exactly `name` on `platform`.
    #[must_use]
    pub fn fact(&self, platform: Platform, name: &str) -> Option<Fact> {
        let known = platform.table().first(&[name]).map(|record| fact_of(platform, record));
        known.or_else(|| self.house?.fact(platform, name))
    }

    /// True for a name of the data files: no house tells what it is.
    #[must_use]
    pub fn is_known(&self, platform: Platform, name: &str) -> bool {
        self.fact(platform, name).is_some_and(|fact| fact.house.is_none())
    }

    /// True for a name that is the platform's or a vendor's: an app that defines it, too, does not make it its own.
    #[must_use]
    pub fn has_owner(&self, platform: Platform, name: &str) -> bool {
        self.fact(platform, name).is_some_and(|fact| fact.house.is_none() || fact.vendor.is_some())
    }

    /// The permissions a bare constant stands for: `android.permission.BARE` (`ohos.permission.BARE`) where that
    /// exists, otherwise every permission whose last segment is `bare`. One result is a name; several are candidates.
    /// An iOS key has no name space and stands for itself.
    #[must_use]
    pub fn bare(&self, platform: Platform, bare: &str) -> Vec<Fact> {
        if let Some(fact) = self.fact(platform, &[platform.prefix(), bare].concat()) {
            // `android.permission.health.X` ends in X, but `health.X` is no bare name.
            return if bare.contains('.') { Vec::new() } else { vec![fact] };
        }
        self.bare_elsewhere(platform, bare).collect()
    }

    /// The facts outside the main name space of `platform` whose last segment is `bare`.
    fn bare_elsewhere(&self, platform: Platform, bare: &str) -> impl Iterator<Item = Fact> {
        let names = BARE.under([platform.name(), bare]).map(|record| record.field(2));
        let own = self.house.into_iter().flat_map(move |house| house.bare(platform, bare));
        names.filter_map(move |name| self.fact(platform, name)).chain(own)
    }

    /// True when [`bare`](Self::bare) tells one permission, and that one has a name of the platform itself.
    #[must_use]
    pub fn is_main(&self, platform: Platform, bare: &str) -> bool {
        let full = [platform.prefix(), bare].concat();
        if platform.table().first(&[&full]).is_some()
            || self.house.is_some_and(|house| house.fact(platform, &full).is_some())
        {
            return !bare.contains('.');
        }
        let mut found = self.bare_elsewhere(platform, bare);
        found.next().is_some_and(|only| only.name.starts_with(platform.prefix())) && found.next().is_none()
    }

    /// The usual alias `written` (upper case, as in `NETWORK_STATE`).
    #[must_use]
    pub fn alias(&self, platform: Platform, written: &str) -> Option<Alias> {
        let [_, _, permissions, candidates] = ALIASES.first(&[platform.name(), written])?.fields();
        Some(Alias { permissions: list(permissions).collect(), candidates: list(candidates).collect() })
    }

    /// The invented name `written`, in any case of letters (`TELEPHONE`, `Clipboard`).
    #[must_use]
    pub fn invented(&self, platform: Platform, written: &str) -> Option<Invented> {
        let upper = written.trim().to_ascii_uppercase();
        let [_, _, nearest, note] = INVENTED.first(&[platform.name(), &upper])?.fields();
        Some(Invented { nearest: list(nearest).filter_map(|name| self.fact(platform, name)).collect(), note })
    }

    /// The real names nearest to `written`, best first, at most three: misspellings by edit distance, names with the
    /// same words, invented names by the data file of such names. Empty when nothing is near.
    #[must_use]
    pub fn nearest(&self, platform: Platform, written: &str) -> Vec<Fact> {
        if let Some(invented) = self.invented(platform, written) {
            return invented.nearest;
        }
        let may_be_near = near::filter(platform, written);
        let names = platform.table().kept(may_be_near).map(|record| (record.name(), Ok(record)));
        let own = self.house.into_iter().flat_map(|house| house.facts(platform));
        let own = own.map(|fact| (fact.name, Err(fact.ordinary)));
        let ordinary = |fact: Result<table::Record, bool>| fact.map_or_else(|own| own, |r| is_ordinary(r.field(2)));
        near::nearest(names.chain(own), ordinary, written, platform)
            .into_iter()
            .flatten()
            .filter_map(|name| self.fact(platform, name))
            .collect()
    }

    /// What `name` of `platform` is called on the platform `to`, best first: what someone may mean who writes the name of
    /// another platform. A candidate, never a disclosure. Empty when the book knows nothing like it there.
    #[must_use]
    pub fn counterparts(&self, platform: Platform, name: &str, to: Platform) -> Vec<Fact> {
        let Some(record) = COUNTERPARTS.first(&[platform.name(), name, to.name()]) else { return Vec::new() };
        list(record.field(3)).filter_map(|name| self.fact(to, name)).collect()
    }

    /// For a name an app defines or requests for itself by a known pattern (`….DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION`):
    /// its meaning in English and Chinese.
    #[must_use]
    pub fn per_app(&self, name: &str) -> Option<(&'static str, &'static str)> {
        PER_APP.records().find_map(|record| {
            let [pattern, _, english, chinese] = record.fields();
            let (head, tail) = pattern.split_once('*')?;
            let rest = name.strip_prefix(head)?.strip_suffix(tail)?;
            (!rest.is_empty()).then_some((english, chinese))
        })
    }
}

/// What is left of a superseded permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It opens nothing.
    Nothing,
    /// It is granted to the platform's own apps, and to no ordinary one.
    PlatformOnly,
    /// It opens what it did, but should not be used any more.
    Deprecated,
}

impl Effect {
    const ALL: [Effect; 3] = [Effect::Nothing, Effect::PlatformOnly, Effect::Deprecated];

    /// The name in the data file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Effect::Nothing => "none",
            Effect::PlatformOnly => "platform",
            Effect::Deprecated => "deprecated",
        }
    }
}

/// A type of data that a privacy manifest can state as collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// What it is, in English.
    pub meaning_en: &'static str,
    words: [&'static str; 2],
}

impl Collected {
    /// Words, in small letters, that speak of it in a statement, in English and Chinese.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words.into_iter().flat_map(list)
    }
}

impl Book {
    /// The type of data `name` (`NSPrivacyCollectedDataTypeEmailAddress`), where words can tell of it.
    #[must_use]
    pub fn collected(&self, name: &str) -> Option<Collected> {
        let [_, meaning_en, english, chinese] = COLLECTED.first(&[name])?.fields();
        Some(Collected { meaning_en, words: [english, chinese] })
    }
}

/// What the book says of an entitlement of Apple's platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// What it lets an app do, in English; `None` where it opens nothing of the user.
    pub meaning_en: Option<&'static str>,
    /// Purpose-string keys that tell a user of the same: a statement that discloses one of them has told.
    pub told_by: Vec<&'static str>,
    /// Why a judgement in it was made; empty for plain facts.
    pub note: &'static str,
}

impl Book {
    /// The entitlement `name`.
    #[must_use]
    pub fn entitlement(&self, name: &str) -> Option<Entitlement> {
        let [_, meaning, told_by, note] = ENTITLEMENTS.first(&[name])?.fields();
        let meaning_en = Some(meaning).filter(|meaning| !meaning.is_empty());
        Some(Entitlement { meaning_en, told_by: list(told_by).collect(), note })
    }
}

/// A permission that has no effect, or that a newer one replaces, from some version on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// The API level or system version.
    pub from: &'static str,
    /// The lowest targetSdkVersion for which this holds; `None` when it holds for every app.
    pub needs_target: Option<u32>,
    /// What takes its place.
    pub replaced_by: Vec<&'static str>,
    /// The `maxSdkVersion` to declare it with, where it is still needed on older devices.
    pub max_sdk: Option<u32>,
    /// What it still does from that version on.
    pub effect: Effect,
    /// The fact in one sentence, in English, without the full stop.
    pub note: &'static str,
}

impl Book {
    /// Since when `name` has no effect or should not be used any more, and what takes its place.
    #[must_use]
    pub fn superseded(&self, platform: Platform, name: &str) -> Option<Superseded> {
        let [_, _, from, needs_target, replaced_by, max_sdk, effect, note] =
            SUPERSEDED.first(&[platform.name(), name])?.fields();
        Some(Superseded {
            from,
            needs_target: needs_target.parse().ok(),
            replaced_by: list(replaced_by).collect(),
            max_sdk: max_sdk.parse().ok(),
            effect: Effect::ALL.into_iter().find(|known| known.name() == effect)?,
            note,
        })
    }

    /// True when two names of `platform` are one feature that the platform divides (reading and writing the calendar,
    /// the two Bluetooth keys of iOS), so that one purpose may serve for both.
    #[must_use]
    pub fn one_feature(&self, platform: Platform, a: &str, b: &str) -> bool {
        let feature = |name| FEATURES.first(&[platform.name(), name]).map(|record| record.field(2));
        feature(a).is_some_and(|of_a| feature(b) == Some(of_a))
    }
}
