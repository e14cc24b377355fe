//! Components that hold power by a guard: what the system binds, in every encoding of a manifest.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may stop, and builds what it needs from small numbers"
)]

mod support;

use permaudit::declaration::{Declaration, DeclarationKind, Package};
use proptest::prelude::*;
use support::arsc::{self, table, values};
use support::axml::{Attr, Element, Value, attr, element, id, manifest, name, plain, uses};
use support::{archive, codes, proto, read, requested, text};

const ACCESSIBILITY: &str = "android.permission.BIND_ACCESSIBILITY_SERVICE";
const ADMIN: &str = "android.permission.BIND_DEVICE_ADMIN";
const VPN: &str = "android.permission.BIND_VPN_SERVICE";

fn demands(permission: &str) -> Attr {
    attr("permission", id::PERMISSION, Value::Text(permission.into()))
}

fn service(class: &str, permission: &str) -> Element {
    element("service").with(name(class)).with(demands(permission))
}

/// A component without a permission that is found by `action`.
fn filtering(tag: &str, class: &str, action: &str) -> Element {
    let filter = element("intent-filter").child(element("action").with(name(action)));
    element(tag).with(name(class)).child(filter)
}

fn app(components: impl IntoIterator<Item = Element>) -> Element {
    let mut application = element("application");
    application.children.extend(components);
    manifest([application])
}

fn guarded(package: &Package) -> Vec<&Declaration> {
    let all = &package.declarations.value;
    all.iter().filter(|d| d.kind == DeclarationKind::GuardedComponent).collect()
}

/// Guard (without its name space) and class of what a tree declares, and the doubts.
fn outcome(tree: &Element) -> (Vec<(String, String)>, Vec<&'static str>) {
    told(&read(&tree.bytes()))
}

fn told(package: &Package) -> (Vec<(String, String)>, Vec<&'static str>) {
    let short = |d: &Declaration| d.permission.rsplit('.').next().unwrap().to_owned();
    let all = guarded(package).into_iter().map(|d| (short(d), d.value.clone().unwrap_or_default()));
    (all.collect(), codes(package))
}

fn whole(all: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<&'static str>) {
    (all.iter().map(|(guard, class)| ((*guard).to_owned(), (*class).to_owned())).collect(), Vec::new())
}

#[test]
fn a_guarded_component_is_declared_and_requests_nothing() {
    let package = read(&app([service(".Watcher", ACCESSIBILITY)]).bytes());
    let [found] = guarded(&package)[..] else { panic!("{:?}", package.declarations) };
    assert_eq!((found.permission.as_str(), found.value.as_deref()), (ACCESSIBILITY, Some("com.example.app.Watcher")));
    assert_eq!(found.place.path.as_deref(), Some("manifest > application[1] > service[1]"));
    assert!(found.place.offset.is_some() && found.level.is_none() && found.conditions.is_empty());
    assert!(requested(&package).is_empty() && package.declarations.is_whole());
}

#[test]
fn every_encoding_says_the_same() {
    let tree = app([
        service(".Watcher", ACCESSIBILITY),
        element("receiver").with(name("com.other.Admin")).with(demands(ADMIN)),
        service("Tunnel", VPN),
        service(".Open", "com.example.OWN"),
        filtering("receiver", ".OldAdmin", "android.app.action.DEVICE_ADMIN_ENABLED"),
    ]);
    let expected = whole(&[
        ("BIND_ACCESSIBILITY_SERVICE", "com.example.app.Watcher"),
        ("BIND_DEVICE_ADMIN", "com.other.Admin"),
        ("BIND_VPN_SERVICE", "com.example.app.Tunnel"),
        ("BIND_DEVICE_ADMIN", "com.example.app.OldAdmin"),
    ]);
    assert_eq!(outcome(&tree), expected);
    assert_eq!(told(&read(&tree.compile(true).bytes())), expected);
    let bundle = archive(&[("BundleConfig.pb", b"x"), ("base/manifest/AndroidManifest.xml", &proto::document(&tree))]);
    assert_eq!(told(&read(&bundle)), expected);
    // By its names a text is a source, before the merger has completed them.
    assert_eq!(told(&read(text::document(&tree).as_bytes())), (expected.0, vec!["android-unmerged"]));
}

#[test]
fn two_components_under_one_guard_are_two() {
    let tree = app([service(".A", VPN), service(".B", VPN), service(".A", VPN)]);
    let expected = [("BIND_VPN_SERVICE", "com.example.app.A"), ("BIND_VPN_SERVICE", "com.example.app.B")];
    assert_eq!(outcome(&tree), whole(&expected));
}

#[test]
fn a_component_without_a_permission_demands_that_of_the_application() {
    let mut tree = app([element("service").with(name(".A")), service(".B", "com.example.OWN"), service(".C", "")]);
    tree.children.last_mut().unwrap().attributes.push(demands(VPN));
    assert_eq!(outcome(&tree), whole(&[("BIND_VPN_SERVICE", "com.example.app.A")]));
}

#[test]
fn what_is_disabled_or_closed_is_shown_and_declared() {
    let switch = |name: &str, id: u32, on: bool| attr(name, id, Value::Other(0x12, if on { u32::MAX } else { 0 }));
    let off = service(".A", VPN).with(switch("enabled", id::ENABLED, false));
    let tree = app([off.with(switch("exported", id::EXPORTED, true))]);
    let package = read(&tree.bytes());
    assert_eq!(guarded(&package)[0].conditions.flags, ["enabled=false", "exported=true"]);
    // A reference whose table is not there.
    let varies = attr("enabled", id::ENABLED, Value::Reference(0x7f01_0000));
    let package = read(&app([service(".A", VPN).with(varies)]).bytes());
    assert_eq!(guarded(&package)[0].conditions.flags, ["enabled=by-configuration"]);
    assert!(package.declarations.is_whole());
    let written = "<?xml version=\"1.0\"?><manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"a.b\" \
                   android:versionCode=\"1\"><uses-sdk android:minSdkVersion=\"24\" android:targetSdkVersion=\"35\"/><application>\
                   <service android:name=\".A\" android:enabled=\"false\" android:permission=\"android.permission.BIND_VPN_SERVICE\"/>\
                   </application></manifest>";
    let package = read(written.as_bytes());
    assert_eq!(guarded(&package)[0].conditions.flags, ["enabled=false"]);
    assert_eq!(guarded(&package)[0].place.lines.unwrap().line, 1);
}

#[test]
fn what_holds_no_power_is_left_out() {
    let alias = element("activity-alias").with(name(".D")).with(demands(VPN));
    let tree = app([
        service(".Job", "android.permission.BIND_JOB_SERVICE"),
        service(".List", "android.permission.BIND_REMOTEVIEWS"),
        service(".Admin", ADMIN),
        element("receiver").with(name(".Tunnel")).with(demands(VPN)),
        element("activity").with(name(".Page")).with(demands(VPN)),
        alias,
        filtering("service", ".Reader", "android.service.notification.NotificationListenerService"),
    ]);
    assert_eq!(outcome(&tree), whole(&[]));
    // Outside an application a device looks for no component.
    assert_eq!(outcome(&manifest([service(".A", VPN), element("queries").child(service(".B", VPN))])), whole(&[]));
}

#[test]
fn a_guard_that_nobody_knows_may_open_anything() {
    let tree = app([service(".A", "android.permission.BIND_SOMETHING_NEW")]);
    assert_eq!(outcome(&tree), whole(&[("BIND_SOMETHING_NEW", "com.example.app.A")]));
}

#[test]
fn an_old_release_takes_some_components_by_their_action_alone() {
    let targeting = |level: u32, components: Vec<Element>| {
        let sdk = element("uses-sdk").with(attr("targetSdkVersion", id::TARGET_SDK, Value::Int(level)));
        let mut application = element("application");
        application.children = components;
        // The level may stand behind what depends on it.
        element("manifest").with(plain("package", "a.b")).child(application).child(sdk)
    };
    let watcher = || filtering("service", ".W", "android.accessibilityservice.AccessibilityService");
    let admin = || filtering("receiver", ".D", "android.app.action.DEVICE_ADMIN_ENABLED");
    assert_eq!(outcome(&targeting(15, vec![watcher()])).0, whole(&[("BIND_ACCESSIBILITY_SERVICE", "a.b.W")]).0);
    assert_eq!(outcome(&targeting(16, vec![watcher()])).0, whole(&[]).0);
    assert_eq!(outcome(&targeting(35, vec![admin()])).0, whole(&[("BIND_DEVICE_ADMIN", "a.b.D")]).0);
    // With the guard it is no second one.
    assert_eq!(
        outcome(&targeting(35, vec![admin().with(demands(ADMIN))])).0,
        whole(&[("BIND_DEVICE_ADMIN", "a.b.D")]).0
    );
}

/// An application whose service demands what the resource 0x7f010000 says.
fn referring(table: Option<&[u8]>) -> Package {
    let by_reference = attr("permission", id::PERMISSION, Value::Reference(0x7f01_0000));
    let tree = app([element("service").with(name(".A")).with(by_reference)]).bytes();
    let mut entries: Vec<(&str, &[u8])> = vec![("AndroidManifest.xml", &tree)];
    entries.extend(table.map(|table| ("resources.arsc", table)));
    read(&archive(&entries))
}

#[test]
fn a_reference_is_followed_and_is_a_doubt_where_it_leads_to_no_one_text() {
    let one = |text: &str| values(1, vec![(0, arsc::Value::Text(text.into()))]);
    let made = |types: Vec<arsc::Type>| table(&[(0x7f, types)]);
    let found = ("BIND_VPN_SERVICE", "com.example.app.A");
    assert_eq!(told(&referring(Some(&made(vec![one(VPN)])))), whole(&[found]));
    assert_eq!(told(&referring(Some(&made(vec![one("com.example.OWN")])))), whole(&[]));
    // With several configurations a device takes nothing; another release may take the first.
    let doubtful = |all: &[(&str, &str)]| (whole(all).0, vec!["android-guard-unresolved"]);
    let varied = made(vec![one("com.example.OWN"), one(VPN).in_german()]);
    assert_eq!(told(&referring(Some(&varied))), doubtful(&[found]));
    assert_eq!(told(&referring(Some(&made(vec![one("a"), one("b").in_german()])))), whole(&[]));
    assert_eq!(told(&referring(None)), doubtful(&[]));
}

#[test]
fn a_split_of_a_bundle_names_its_module() {
    let feature = proto::document(&app([service(".A", VPN)]));
    let base = proto::document(&manifest([uses("android.permission.INTERNET")]));
    let package = read(&archive(&[
        ("BundleConfig.pb", b"x"),
        ("base/manifest/AndroidManifest.xml", &base),
        ("tunnel/manifest/AndroidManifest.xml", &feature),
    ]));
    assert_eq!(guarded(&package)[0].module.as_deref(), Some("tunnel"));
    assert!(package.declarations.is_whole());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands around them, services come back with their guards, each once, in every encoding.
    #[test]
    fn what_was_built_is_what_is_read(
        all in prop::collection::vec(("[A-Z][a-z]{0,6}", 0..4_usize, any::<bool>()), 0..12),
        utf8: bool,
    ) {
        let guards = [ACCESSIBILITY, VPN, "android.permission.BIND_JOB_SERVICE", "com.example.OWN"];
        let mut expected: Vec<(String, String)> = Vec::new();
        let components: Vec<Element> = all.iter().map(|(class, guard, is_service)| {
            if *is_service && *guard < 2 {
                let short = guards[*guard].rsplit('.').next().unwrap().to_owned();
                let one = (short, format!("com.example.app.{class}"));
                if !expected.contains(&one) {
                    expected.push(one);
                }
            }
            let tag = if *is_service { "service" } else { "activity" };
            element(tag).with(name(class)).with(demands(guards[*guard])).child(element("meta-data"))
        }).collect();
        let tree = app(components);
        let expected = (expected, Vec::new());
        prop_assert_eq!(told(&read(&tree.compile(utf8).bytes())), expected.clone());
        let bundle = [("base/manifest/AndroidManifest.xml", &proto::document(&tree)[..])];
        prop_assert_eq!(told(&read(&archive(&bundle))), expected);
    }
}
