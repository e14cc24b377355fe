//! Runs the scenarios of every rule: Markdown files under `fixtures/scenarios`, one for each rule, that a privacy lawyer
//! can read. `fixtures/scenarios/README.md` describes their form.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use permaudit::declaration::{
    Claims, Conditions, Declaration, DeclarationKind, Origin, Package, PackageKind, SdkRange,
};
use permaudit::disclosure::Statement;
use permaudit::doubt::{Code, Doubt, Reading};
use permaudit::knowledge::{Book, Platform};
use permaudit::rules::{Case, Date, Fate, Policy, RULES, Rule, Subject, Waiver, judge, reference};
use permaudit::source::{Lines, Place, Source};

#[test]
fn every_rule_finds_what_its_scenarios_say() {
    let failed: Vec<&str> =
        RULES.iter().filter(|rule| std::panic::catch_unwind(|| run(rule)).is_err()).map(|r| r.id).collect();
    assert!(failed.is_empty(), "see above: {failed:?}");
}

#[test]
fn the_rules_page_is_the_one_made_from_the_rules() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page == reference(), "docs/rules.md is out of date: run UPDATE_DOCS=1 cargo test --test rules");
}

/// Runs every scenario of `rule` and compares its findings, and those alone.
///
/// A rule needs a scenario in which it reports and one in which it is silent: otherwise the test could not fail.
fn run(rule: &Rule) {
    let path = format!("{}/fixtures/scenarios/{}.md", env!("CARGO_MANIFEST_DIR"), rule.id);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (mut reports, mut silent) = (0, 0);
    for scenario in parts(&text, "# ") {
        let (title, _) = scenario.split_once('\n').expect("a body");
        let expected = expected(&scenario);
        let found = found(rule, &scenario);
        assert_eq!(found, expected, "{path}: {title}");
        *(if expected.is_empty() { &mut silent } else { &mut reports }) += 1;
    }
    assert!(reports > 0, "{path}: no scenario in which the rule reports");
    assert!(silent > 0, "{path}: no scenario in which the rule is silent");
}

/// The parts of `text` that begin with a line that starts with `mark`, without the mark; fenced lines begin no part.
fn parts(text: &str, mark: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with(FENCE);
        match line.strip_prefix(mark).filter(|_| !fenced) {
            Some(title) => parts.push(format!("{title}\n")),
            None => parts.last_mut().into_iter().for_each(|part| writeln!(part, "{line}").unwrap()),
        }
    }
    parts
}

/// Four backticks, so that a statement may hold fenced code itself.
const FENCE: &str = "````";

fn expected(scenario: &str) -> Vec<String> {
    let sections = parts(scenario, "## ");
    let list = sections.iter().find(|section| section.starts_with("Findings")).expect("a section `Findings`");
    let lines: Vec<String> = list.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect();
    assert!(!lines.is_empty(), "the list of findings is empty, write `- none`: {scenario}");
    if lines == ["none"] { Vec::new() } else { lines }
}

fn found(rule: &Rule, scenario: &str) -> Vec<String> {
    let sections = parts(scenario, "## ");
    let titled = |title: &'static str| sections.iter().filter_map(move |section| section.strip_prefix(title));
    let mut packages: Vec<Package> = titled("Declared").map(package).collect();
    for section in titled("Listed") {
        packages.last_mut().expect("a declared set").claims = Some(claims(section));
    }
    let book = titled("House").next().map_or(Book, house);
    let statements: Vec<Statement> = titled("Statement")
        .map(|section| {
            let text = section.split("````text\n").nth(1).and_then(|t| t.split(FENCE).next()).expect("a fenced block");
            permaudit::statement::read(&Source::new("privacy.md", text.as_bytes().to_vec()), &book)
        })
        .collect();
    let refs: Vec<&Statement> = statements.iter().collect();
    let policy = Policy::default();
    let waivers: Vec<(Waiver, Fate)> = titled("Accepted").flat_map(waivers).collect();
    let case = Case::new(&packages, if rule.subject == Subject::Packages { &[] } else { &refs }, book, &policy)
        .with_waivers(&waivers);
    let findings = judge(&case, rule.subject).into_iter().filter(|finding| finding.rule == rule.id);
    findings
        .map(|finding| {
            let mut line = finding.severity.name().to_owned();
            for place in finding.places() {
                match place.lines {
                    Some(lines) => write!(line, ", line {}", lines.line).unwrap(),
                    None => line.push_str(", app"),
                }
            }
            let subject = finding.permission.as_ref().or(finding.written.as_ref());
            let subject = subject.cloned().or_else(|| finding.platform.map(|p| p.title().to_owned()));
            write!(line, ": {}", subject.unwrap_or_else(|| "the statement".to_owned())).unwrap();
            line
        })
        .collect()
}

/// What the policy file says of the house's vocabulary.
fn house(section: &str) -> Book {
    let text = section.split("````toml\n").nth(1).and_then(|t| t.split(FENCE).next()).expect("a fenced block");
    permaudit::config::parse(text, "permaudit.toml").expect("no mistake").book
}

/// What the container lists: `## Listed (com.example, 1.2, 34)` and a list of names.
fn claims(section: &str) -> Claims {
    let (head, list) = section.split_once('\n').unwrap_or((section, ""));
    let mut words = head.trim().trim_start_matches('(').trim_end_matches(')').split(", ").map(str::to_owned);
    let names = list.lines().filter_map(|line| line.strip_prefix("- "));
    let names: Vec<String> = names
        .map(|name| Book.bare(Platform::Android, name).first().map_or(name, |fact| fact.name).to_owned())
        .collect();
    Claims {
        id: words.next(),
        version_name: words.next(),
        version_code: words.next(),
        permissions: Some(names).filter(|names| !names.is_empty()),
        place: Place::file("app").in_entry("manifest.json"),
    }
}

/// Accepted findings: `- stale, CAMERA: unused`, with what became of each.
fn waivers(section: &str) -> Vec<(Waiver, Fate)> {
    let items = section.lines().filter_map(|line| line.strip_prefix("- "));
    let one = |(line, number): (&str, u32)| {
        let (what, fate) = line.split_once(": ").unwrap();
        let (rule, permission) = what.split_once(", ").map_or((what, None), |(rule, name)| (rule, Some(name)));
        let fate = match fate {
            "used" => Fate::Used,
            "unused" => Fate::Unused,
            "expired" => Fate::Expired,
            _ => panic!("{line}"),
        };
        let mut place = Place::file("permaudit.toml");
        place.lines = Some(Lines { line: number, column: 1, end_line: number, end_column: 11 });
        let waiver = Waiver {
            rule: rule.to_owned(),
            permission: permission.map(str::to_owned),
            package: None,
            reason: "made for the scenario".to_owned(),
            until: Date::parse("2027-01-31"),
            place,
        };
        (waiver, fate)
    };
    items.zip(1..).map(one).collect()
}

/// A declared set: `## Declared (Android, com.example, minSdk 24, targetSdk 35)` and a list of names.
fn package(part: &str) -> Package {
    let (head, list) = part.split_once('\n').unwrap_or((part, ""));
    let head = head.trim();
    let head = head.strip_prefix('(').and_then(|head| head.strip_suffix(')')).unwrap_or(head);
    let mut words = head.split(", ");
    let platform = words.next().and_then(|title| Platform::ALL.into_iter().find(|p| p.title() == title));
    let kind = match platform {
        Some(Platform::Android) => PackageKind::Apk,
        Some(Platform::Ios) => PackageKind::Ipa,
        Some(Platform::HarmonyOs) => PackageKind::Hap,
        None => panic!("a platform stands first: {head}"),
    };
    let mut package = Package {
        place: Place::file("app"),
        kind: Some(kind),
        id: words.next().map(str::to_owned),
        version: None,
        sdk: SdkRange::default(),
        min_os: None,
        claims: None,
        declarations: Reading::whole(Vec::new()),
        unreadable: false,
    };
    for word in words {
        match word.split_once(' ') {
            Some(("minSdk", level)) => package.sdk.min = Some(level.parse().unwrap()),
            Some(("targetSdk", level)) => package.sdk.target = Some(level.parse().unwrap()),
            Some(("version", version)) => package.version = Some(version.to_owned()),
            Some(("minOS", version)) => package.min_os = Some(version.to_owned()),
            _ if word == "alone" => package.kind = Some(PackageKind::HarmonyManifest),
            _ if word == "damaged" => {
                package.declarations.doubt(Doubt::new(
                    Code::ReadFailed,
                    package.place.clone(),
                    "made for the scenario",
                ));
            }
            _ => panic!("{word}"),
        }
    }
    for (index, line) in list.lines().filter_map(|line| line.strip_prefix("- ")).enumerate() {
        package.declarations.value.push(declaration(line, index, platform.unwrap()));
    }
    package
}

fn declaration(line: &str, index: usize, platform: Platform) -> Declaration {
    let mut words = line.split(", ");
    let bare = words.next().unwrap();
    let known = Book.bare(platform, bare).first().map(|fact| fact.name.to_owned());
    let permission = known.unwrap_or_else(|| bare.to_owned());
    let mut declaration = Declaration {
        level: Book.fact(platform, &permission).and_then(|fact| fact.level),
        permission,
        platform,
        kind: match platform {
            Platform::Android => DeclarationKind::UsesPermission,
            Platform::Ios => DeclarationKind::PurposeString,
            Platform::HarmonyOs => DeclarationKind::RequestPermission,
        },
        origin: Origin::Declared,
        conditions: Conditions::default(),
        text: BTreeMap::new(),
        value: None,
        wrong_type: None,
        used_scene: None,
        module: None,
        brought_in_by: Vec::new(),
        place: Place::file("app").in_entry("manifest").at(100 * (index as u64 + 1)),
    };
    for word in words {
        if let Some(level) = word.strip_prefix("up to API ") {
            declaration.conditions.max_sdk = Some(level.parse().unwrap());
        } else if let Some(by) = word.strip_prefix("added by the device because ") {
            declaration.origin = Origin::Implied { by: by.to_owned() };
        } else if word == "defined by the app" {
            declaration.kind = DeclarationKind::DefinesPermission;
        } else if word == "allowed by the profile" {
            declaration.origin = Origin::Provisioned;
        } else if let Some(text) = word.strip_prefix("text ") {
            let (language, text) = text.split_once('"').unwrap();
            let language = if language.is_empty() { "default" } else { language.trim() };
            declaration.text.insert(language.to_owned(), text.strip_suffix('"').unwrap().to_owned());
        } else if let Some(reference) = word.strip_prefix("refers to ") {
            declaration.value = Some(reference.to_owned());
        } else if let Some(found) = word.strip_prefix("of type ") {
            declaration.wrong_type = ["boolean", "array"].into_iter().find(|name| *name == found);
        } else if let Some(library) = word.strip_prefix("brought in by ") {
            declaration.brought_in_by.push(library.to_owned());
        } else if let Some(module) = word.strip_prefix("in ") {
            declaration.module = Some(module.to_owned());
        } else if let Some(value) = word.strip_prefix("entitlement ") {
            (declaration.kind, declaration.value) = (DeclarationKind::Entitlement, Some(value.to_owned()));
        } else if let Some(value) = word.strip_prefix("background mode ") {
            (declaration.kind, declaration.value) = (DeclarationKind::BackgroundMode, Some(value.to_owned()));
        } else if let Some(class) = word.strip_prefix("demanded by ") {
            (declaration.kind, declaration.value) = (DeclarationKind::GuardedComponent, Some(class.to_owned()));
        } else if let Some(value) = word.strip_prefix("stated ") {
            (declaration.kind, declaration.value) = (DeclarationKind::PrivacyManifest, Some(value.to_owned()));
        } else {
            panic!("{line}");
        }
    }
    declaration
}
