//! What a package declares.

use std::collections::BTreeMap;

use crate::doubt::{Doubt, Reading};
use crate::knowledge::{Level, Platform};
use crate::source::Place;

/// The kinds of package, named as in the JSON report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PackageKind {
    /// An Android application package.
    Apk,
    /// A binary AndroidManifest.xml by itself.
    Axml,
    /// An Android App Bundle, from which a store makes packages.
    Aab,
    /// An Android library.
    Aar,
    /// A set of an app's packages: base and splits.
    Apks,
    /// Such a set with a `manifest.json`.
    Xapk,
    /// Such a set with an `info.json`.
    Apkm,
    /// An AndroidManifest.xml in text form by itself.
    AndroidManifest,
    /// An iOS app as it is installed: an archive with a `Payload` folder.
    Ipa,
    /// An Apple app bundle: a `.app` folder, or an archive that holds one.
    AppBundle,
    /// What Xcode keeps of a build: a folder with `Products/Applications`.
    Xcarchive,
    /// An Info.plist by itself.
    InfoPlist,
    /// A HarmonyOS ability package: one module of an app.
    Hap,
    /// A HarmonyOS shared package: a library module of an app.
    Hsp,
    /// A HarmonyOS app: an archive of ability and shared packages.
    HarmonyApp,
    /// A module.json, module.json5 or config.json by itself.
    HarmonyManifest,
}

impl PackageKind {
    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PackageKind::Apk => "apk",
            PackageKind::Axml => "axml",
            PackageKind::Aab => "aab",
            PackageKind::Aar => "aar",
            PackageKind::Apks => "apks",
            PackageKind::Xapk => "xapk",
            PackageKind::Apkm => "apkm",
            PackageKind::AndroidManifest => "android-manifest",
            PackageKind::Ipa => "ipa",
            PackageKind::AppBundle => "app-bundle",
            PackageKind::Xcarchive => "xcarchive",
            PackageKind::InfoPlist => "info-plist",
            PackageKind::Hap => "hap",
            PackageKind::Hsp => "hsp",
            PackageKind::HarmonyApp => "harmony-app",
            PackageKind::HarmonyManifest => "harmony-manifest",
        }
    }

    /// The platform whose permissions such a package declares.
    #[must_use]
    pub fn platform(self) -> Platform {
        match self {
            PackageKind::Apk
            | PackageKind::Axml
            | PackageKind::Aab
            | PackageKind::Aar
            | PackageKind::Apks
            | PackageKind::Xapk
            | PackageKind::Apkm
            | PackageKind::AndroidManifest => Platform::Android,
            PackageKind::Ipa | PackageKind::AppBundle | PackageKind::Xcarchive | PackageKind::InfoPlist => {
                Platform::Ios
            }
            PackageKind::Hap | PackageKind::Hsp | PackageKind::HarmonyApp | PackageKind::HarmonyManifest => {
                Platform::HarmonyOs
            }
        }
    }
}

/// One package, as far as it could be read.
#[derive(Debug, Clone)]
pub struct Package {
    /// The whole file.
    pub place: Place,
    /// Its kind; `None` when the bytes are none that permaudit reads (the reading then holds the reason).
    pub kind: Option<PackageKind>,
    /// Package name or bundle identifier.
    pub id: Option<String>,
    /// Version name and code, such as `1.2 (34)`.
    pub version: Option<String>,
    /// The range of API levels.
    pub sdk: SdkRange,
    /// The lowest version of the system that it installs on, for platforms that count in versions: `15.0`.
    pub min_os: Option<String>,
    /// The declared set.
    pub declarations: Reading<Vec<Declaration>>,
    /// What the container of the package says about itself. It is compared, and never a source of permissions.
    pub claims: Option<Claims>,
    /// True when reading ended in an error: the declared set is open in a way that no `--accept-doubt` can lift.
    pub unreadable: bool,
}

impl Package {
    /// The package at `place` of which nothing is known but why: its declared set is open.
    #[must_use]
    pub fn unreadable(place: Place, doubts: Vec<Doubt>) -> Package {
        Package {
            place,
            kind: None,
            id: None,
            version: None,
            sdk: SdkRange::default(),
            min_os: None,
            claims: None,
            declarations: Reading::new(Vec::new(), doubts),
            unreadable: true,
        }
    }

    /// The range of API levels for what is declared on `platform`. A HarmonyOS package can hold an Android one, whose
    /// levels are counted otherwise and are not known here.
    #[must_use]
    pub fn sdk_on(&self, platform: Platform) -> SdkRange {
        if self.platform() == Some(platform) { self.sdk } else { SdkRange::default() }
    }

    /// The platform, where the kind is known.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        self.kind.map(PackageKind::platform)
    }
}

/// What a container says about the package in it: the list that a split set has of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The package name.
    pub id: Option<String>,
    /// The name of the version: `1.2`.
    pub version_name: Option<String>,
    /// The number of the version, in digits.
    pub version_code: Option<String>,
    /// The permissions, where it lists any.
    pub permissions: Option<Vec<String>>,
    /// Where it stands.
    pub place: Place,
}

/// API levels a package names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SdkRange {
    /// The lowest level it installs on; a device takes 1 where none is given.
    pub min: Option<u32>,
    /// The level it was made for; a device takes `min` where none is given.
    pub target: Option<u32>,
}

/// What kind of thing was declared, named as in the JSON report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclarationKind {
    /// `<uses-permission>`.
    UsesPermission,
    /// `<uses-permission-sdk-23>` or `<uses-permission-sdk-m>`: asked for on API level 23 and above only.
    UsesPermissionSdk23,
    /// `<permission>`, `<permission-tree>`, `<permission-group>`, `definePermissions`: the app's own, which requests
    /// nothing.
    DefinesPermission,
    /// A component that demands a guard of its caller, such as an accessibility service: the user switches it on, and
    /// nothing is requested. The permission is the guard, the value its class.
    GuardedComponent,
    /// A `…UsageDescription` key of an Info.plist or of its localised strings.
    PurposeString,
    /// A key of the entitlements that an executable was signed with, or may be by its provisioning profile.
    Entitlement,
    /// One of `UIBackgroundModes` or `WKBackgroundModes`.
    BackgroundMode,
    /// A statement of a privacy manifest: collected data, tracking, accessed API. It asks the platform for nothing.
    PrivacyManifest,
    /// An item of `requestPermissions` or `reqPermissions` in the manifest of a HarmonyOS module.
    RequestPermission,
}

impl DeclarationKind {
    /// The name in the JSON report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DeclarationKind::UsesPermission => "uses-permission",
            DeclarationKind::UsesPermissionSdk23 => "uses-permission-sdk-23",
            DeclarationKind::DefinesPermission => "defines-permission",
            DeclarationKind::GuardedComponent => "guarded-component",
            DeclarationKind::PurposeString => "purpose-string",
            DeclarationKind::Entitlement => "entitlement",
            DeclarationKind::BackgroundMode => "background-mode",
            DeclarationKind::PrivacyManifest => "privacy-manifest",
            DeclarationKind::RequestPermission => "request-permission",
        }
    }

    /// True when the declaration asks the platform for something, false when it only defines or states it.
    #[must_use]
    pub fn is_request(self) -> bool {
        !matches!(
            self,
            DeclarationKind::DefinesPermission | DeclarationKind::GuardedComponent | DeclarationKind::PrivacyManifest
        )
    }
}

/// Where a declaration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the package.
    Declared,
    /// The device adds it by itself.
    Implied {
        /// Why, in a few words that follow "because": `WRITE_EXTERNAL_STORAGE is requested`,
        /// `targetSdkVersion 22 is below 29 and … is requested`.
        by: String,
    },
    /// A provisioning profile allows it: an upper bound of what the executable may be signed with.
    Provisioned,
}

/// Conditions under which a declaration holds. They are shown and never used to drop it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// `android:minSdkVersion` of the element.
    pub min_sdk: Option<u32>,
    /// `android:maxSdkVersion` of the element.
    pub max_sdk: Option<u32>,
    /// `android:requiredFeature` and `<required-feature>`; `requiredFeature` of HarmonyOS.
    pub required_features: Vec<String>,
    /// `android:requiredNotFeature` and `<required-not-feature>`.
    pub required_not_features: Vec<String>,
    /// `android:usesPermissionFlags` by name (`neverForLocation`), or the number where a bit has no name; for a
    /// component `enabled=false`, `exported=true`, as far as the manifest says.
    pub flags: Vec<String>,
    /// The devices that an Info.plist key is for, as its ending says: `ipad`, `iphoneos`, `iphoneos~ipad`.
    pub device: Option<String>,
}

impl Conditions {
    /// True when the declaration holds always.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Conditions::default()
    }
}

/// When and by which parts of the app a permission is used, as the manifest says (`usedScene` of HarmonyOS).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsedScene {
    /// The abilities that use it.
    pub abilities: Vec<String>,
    /// `inuse`, `always`, or whatever stands there.
    pub when: Option<String>,
}

/// One permission that a package declares, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The full name, byte for byte as a device would compare it.
    pub permission: String,
    /// The platform it belongs to.
    pub platform: Platform,
    /// What kind of declaration.
    pub kind: DeclarationKind,
    /// Declared or implied.
    pub origin: Origin,
    /// How the platform grants it, where the book knows the name.
    pub level: Option<Level>,
    /// Conditions, shown and never used to drop it.
    pub conditions: Conditions,
    /// The text shown to the user, by language (`default` for none), for platforms where the package carries one.
    pub text: BTreeMap<String, String>,
    /// What was declared beside the name: a background mode, the value of an entitlement, the reference to a text, the
    /// class of a component.
    pub value: Option<String>,
    /// The type of what stands where a value of another type is wanted: `boolean` in place of a text.
    pub wrong_type: Option<&'static str>,
    /// When and by what it is used, where the manifest says so.
    pub used_scene: Option<UsedScene>,
    /// The module of the package it stands in; `None` where packages have none.
    pub module: Option<String>,
    /// The libraries that brought it in, as the build's manifest merger report names them: `com.example:lib:1.2`. Empty
    /// where there is no report, and where the app itself asks for it.
    pub brought_in_by: Vec<String>,
    /// Where it stands; for an implied one, where its cause stands.
    pub place: Place,
}
