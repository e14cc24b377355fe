//! The book: what is known about permissions, as data files and the questions that can be asked of them.
//!
//! This room imports nothing of the others. Every table is text that is embedded sorted and searched in place:
//! a command pays for the lines it asks about and for no others.

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
    /// How it is granted; `None` for Info.plist keys, which have no level.
    pub level: Option<Level>,
    /// True for a permission that opens personal data although its level is normal (`QUERY_ALL_PACKAGES`, `AD_ID`).
    pub personal: bool,
    /// True when an app without the platform's or a vendor's signature can be granted it.
    pub ordinary: bool,
    /// The vendor, for names that are not the platform's own.
    pub vendor: Option<&'static str>,
    /// The API level or system version that introduced it (`33`, `13.0`), where known.
    pub introduced: Option<&'static str>,
    /// The API level or system version from which it is deprecated or gone, where known.
    pub deprecated: Option<&'static str>,
    /// What it lets an app do, for a person, in English.
    pub meaning_en: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
}

/// An abbreviation in common use that is no permission's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// What it counts as.
    pub permissions: Vec<&'static str>,
    /// What else it may mean.
    pub candidates: Vec<&'static str>,
}

/// The questions that can be asked of the data files. Copying it is free.
#[derive(Debug, Clone, Copy, Default)]
pub struct Book;

impl Book {
    /// The fact for exactly `name` on `platform`.
    #[must_use]
    pub fn fact(&self, platform: Platform, name: &str) -> Option<Fact> {
        let _ = (platform, name);
        None
    }

    /// The permissions a bare constant stands for: `android.permission.BARE` where that exists, otherwise every
    /// permission whose last segment is `bare`. One result is a name; several are candidates.
    #[must_use]
    pub fn bare(&self, platform: Platform, bare: &str) -> Vec<Fact> {
        let _ = (platform, bare);
        Vec::new()
    }

    /// The usual alias `written` (upper case, as in `NETWORK_STATE`).
    #[must_use]
    pub fn alias(&self, platform: Platform, written: &str) -> Option<Alias> {
        let _ = (platform, written);
        None
    }

    /// The real names nearest to `written`, best first, at most three: misspellings by edit distance, invented names
    /// by the data file of such names. Empty when nothing is near.
    #[must_use]
    pub fn nearest(&self, platform: Platform, written: &str) -> Vec<Fact> {
        let _ = (platform, written);
        Vec::new()
    }

    /// For a name an app defines or requests for itself by a known pattern (`….DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION`):
    /// its meaning in English and Chinese.
    #[must_use]
    pub fn per_app(&self, name: &str) -> Option<(&'static str, &'static str)> {
        let _ = name;
        None
    }
}
