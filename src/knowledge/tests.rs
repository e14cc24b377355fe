//! The data files are checked here: their form, their references, and the answers the book gives from them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const FILES: &[(&str, &str, usize)] = &[
    ("android.tsv", include_str!("data/android.tsv"), 12),
    ("ios.tsv", include_str!("data/ios.tsv"), 12),
    ("harmony.tsv", include_str!("data/harmony.tsv"), 12),
    ("bare.tsv", include_str!("data/bare.tsv"), 3),
    ("aliases.tsv", include_str!("data/aliases.tsv"), 5),
    ("collected.tsv", include_str!("data/collected.tsv"), 4),
    ("counterparts.tsv", include_str!("data/counterparts.tsv"), 4),
    ("entitlements.tsv", include_str!("data/entitlements.tsv"), 4),
    ("features.tsv", include_str!("data/features.tsv"), 3),
    ("guards.tsv", include_str!("data/guards.tsv"), 10),
    ("invented.tsv", include_str!("data/invented.tsv"), 4),
    ("per_app.tsv", include_str!("data/per_app.tsv"), 4),
    ("senses.tsv", include_str!("data/senses.tsv"), 6),
    ("superseded.tsv", include_str!("data/superseded.tsv"), 9),
    ("terms.tsv", include_str!("data/terms.tsv"), 3),
    ("words.tsv", include_str!("data/words.tsv"), 3),
    ("xcode_names.tsv", include_str!("data/xcode_names.tsv"), 2),
];

#[test]
fn files_are_sorted_and_every_record_has_the_columns_of_the_header() {
    for (name, text, columns) in FILES {
        assert!(text.ends_with('\n') && !text.contains('\r'), "{name}");
        let body = text.find("\n# ").map_or(0, |_| text.lines().take_while(|line| line.starts_with('#')).count());
        let lines: Vec<_> = text.lines().collect();
        let (head, records) = lines.split_at(body.max(1));
        assert_eq!(head.last().unwrap().split('\t').count(), *columns, "{name}: the last comment line is the header");
        for pair in records.windows(2) {
            assert!(pair[0] < pair[1], "{name}: not sorted or twice: {:?} {:?}", pair[0], pair[1]);
        }
        for line in records {
            assert!(!line.starts_with('#'), "{name}: comment among the records: {line}");
            assert_eq!(line.split('\t').count(), *columns, "{name}: {line}");
            assert!(line.split('\t').all(|field| !field.is_empty() && field.trim() == field), "{name}: {line}");
        }
    }
}

#[test]
fn every_fact_is_found_by_its_name_and_names_are_unique() {
    for platform in Platform::ALL {
        let mut before = "";
        for fact in Book.facts(platform) {
            assert!(before < fact.name, "{}", fact.name);
            before = fact.name;
            assert_eq!(Book.fact(platform, fact.name), Some(fact));
            assert_eq!(Book.fact(platform, &format!("{}X", fact.name)), None);
        }
    }
}

#[test]
fn columns_hold_known_values() {
    for platform in Platform::ALL {
        for record in platform.table().records() {
            let [name, level, marks] = record.fields();
            let fact = fact_of(platform, record);
            assert_eq!(fact.level.map_or("", Level::name), level, "{name}");
            assert!(list(marks).all(|mark| ["ordinary", "personal"].contains(&mark)), "{name}");
            assert!(!fact.sources.is_empty(), "{name}");
            match fact.level {
                Some(Level::Runtime | Level::Special | Level::Normal | Level::Signature) | None => {
                    assert_ne!(platform, Platform::HarmonyOs, "{name}");
                }
                Some(Level::UserGrant | Level::SystemGrant | Level::ManualSettings) => {
                    assert_eq!(platform, Platform::HarmonyOs, "{name}");
                }
            }
            assert!(!fact.personal || fact.level == Some(Level::Normal), "{name}: personal is for normal ones");
            assert_eq!(fact.personal, fact.note.starts_with("Personal: "), "{name}: a judgement has its reason");
        }
    }
}

#[test]
fn the_index_of_bare_names_is_what_the_tables_say() {
    let mut expected = BTreeSet::new();
    for platform in [Platform::Android, Platform::HarmonyOs] {
        let facts: Vec<_> = Book.facts(platform).collect();
        let own: BTreeSet<_> = facts.iter().filter_map(|fact| fact.name.strip_prefix(platform.prefix())).collect();
        for fact in facts {
            let bare = fact.bare_name();
            if fact.name.strip_prefix(platform.prefix()) != Some(bare) && !own.contains(bare) {
                expected.insert(format!("{}\t{bare}\t{}", platform.name(), fact.name));
            }
        }
    }
    let expected: Vec<_> = expected.into_iter().collect();
    let found: Vec<_> = FILES[3].1.lines().filter(|line| !line.starts_with('#')).map(String::from).collect();
    assert_eq!(found, expected, "bare.tsv must list exactly these records");
}

#[test]
fn a_name_is_of_the_platform_itself_as_what_its_bare_name_tells_says() {
    for platform in [Platform::Android, Platform::HarmonyOs] {
        let facts = Book.facts(platform).flat_map(|fact| [fact.bare_name(), fact.name]);
        let others = ["", ".", "camera", "health.READ_STEPS", "CAMERA\n", "NO_SUCH_NAME"];
        for name in facts.chain(others) {
            let bare = Book.bare(platform, name);
            let told = matches!(bare.as_slice(), [only] if only.name.starts_with(platform.prefix()));
            assert_eq!(Book.is_main(platform, name), told, "{name}");
        }
    }
}

#[test]
fn every_reference_exists() {
    let exists = |platform: &str, name: &str| {
        let platform = Platform::from_name(platform).unwrap();
        assert!(Book.fact(platform, name).is_some(), "{name} is not in the book");
    };
    for record in ALIASES.records() {
        let [platform, _, permissions, candidates] = record.fields();
        list(permissions).chain(list(candidates)).for_each(|name| exists(platform, name));
    }
    for record in COLLECTED.records() {
        let collected = Book.collected(record.name()).unwrap();
        assert!(collected.words().count() > 1, "{}", record.name());
        assert!(collected.words().all(|word| word == word.to_lowercase()), "{}", record.name());
    }
    for record in ENTITLEMENTS.records() {
        let [name, meaning, told_by] = record.fields();
        assert_eq!(Book.entitlement(name).unwrap().meaning_en.unwrap_or_default(), meaning);
        list(told_by).for_each(|key| exists("ios", key));
        assert!(!meaning.is_empty() || told_by.is_empty(), "{name}");
    }
    for record in INVENTED.records() {
        let [platform, _, nearest] = record.fields();
        list(nearest).for_each(|name| exists(platform, name));
    }
    for term in vocabulary::terms() {
        for platform in Platform::ALL {
            let Some(meaning) = term.sense.on(platform) else { continue };
            meaning.permissions().chain(meaning.candidates()).for_each(|name| exists(platform.name(), name));
            assert_eq!(meaning.precision.discloses(), meaning.permissions().next().is_some(), "{term:?} {platform:?}");
        }
    }
    for (display, key) in vocabulary::xcode_names() {
        assert_eq!(vocabulary::xcode_key(display).map(|fact| fact.name), Some(key));
    }
}

#[test]
fn a_term_has_one_sense_in_all_languages() {
    let mut senses = BTreeMap::new();
    for term in vocabulary::terms() {
        // As a statement is read: without regard to case and to the spaces that Chinese may have.
        let folded: String = term.text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        let before = senses.insert(folded, term.sense);
        assert!(
            before.is_none_or(|before| before == term.sense),
            "{} means {before:?} and {:?}",
            term.text,
            term.sense
        );
    }
}

#[test]
fn words_have_a_known_role_and_platform() {
    for record in vocabulary::WORDS.records() {
        let [role, language] = record.fields();
        if role == "platform" {
            assert!(Platform::from_name(language).is_some(), "{language}");
        } else {
            assert!(vocabulary::Role::ALL.iter().any(|known| known.name() == role), "{role}");
        }
    }
    for role in vocabulary::Role::ALL {
        assert!(vocabulary::words(role).next().is_some(), "{role:?}");
    }
    assert!(vocabulary::words(vocabulary::Role::EmptyCell).any(|word| word.text == "-"));
    assert!(vocabulary::platform_words().any(|word| word == ("鸿蒙", Platform::HarmonyOs)));
}

#[test]
fn aliases_and_invented_names_are_no_real_names() {
    for record in ALIASES.records().chain(INVENTED.records()) {
        let [platform, written] = record.fields();
        let platform = Platform::from_name(platform).unwrap();
        assert!(Book.bare(platform, written).is_empty(), "{written} exists");
        // A family is written as its members are, and keys have small letters.
        assert!(written.contains('*') || written == written.to_ascii_uppercase(), "{written}");
    }
}

#[test]
fn a_family_names_all_that_it_fits_and_that_an_app_can_ask_for() {
    for record in ALIASES.records() {
        let [platform, family] = record.fields();
        let Some((begin, end)) = family.split_once('*') else { continue };
        let platform = Platform::from_name(platform).unwrap();
        let alias = Book.alias(platform, family).unwrap();
        let told = |name: &str| alias.permissions.contains(&name) || alias.candidates.contains(&name);
        for fact in Book.facts(platform).filter(|fact| fact.ordinary && fact.vendor.is_none()) {
            let bare = fact.name.trim_start_matches(platform.prefix());
            let fits = bare.len() > begin.len() + end.len() && bare.starts_with(begin) && bare.ends_with(end);
            let gone = fact.deprecated.is_some() && platform == Platform::Ios;
            assert!(!fits || told(fact.name) || gone, "{family}: {}", fact.name);
        }
        for name in &alias.permissions {
            let bare = name.trim_start_matches(platform.prefix());
            assert!(bare.starts_with(begin) && bare.ends_with(end), "{family}: {name}");
        }
    }
}

fn names(facts: &[Fact]) -> Vec<&'static str> {
    facts.iter().map(|fact| fact.name).collect()
}

#[test]
fn a_bare_name_stands_for_the_platforms_own_permission() {
    let android = |bare: &str| names(&Book.bare(Platform::Android, bare));
    assert_eq!(android("CAMERA"), ["android.permission.CAMERA"]);
    assert_eq!(android("WRITE_SETTINGS"), ["android.permission.WRITE_SETTINGS"]);
    assert_eq!(android("AD_ID"), ["com.google.android.gms.permission.AD_ID"]);
    assert_eq!(android("READ_STEPS"), ["android.permission.health.READ_STEPS"]);
    assert!(android("READ_SETTINGS").len() > 1);
    for none in ["", "camera", "android.permission.CAMERA", "health.READ_STEPS", "CAMERA ", "\u{0}", "相机"] {
        assert!(android(none).is_empty(), "{none}");
    }
    assert_eq!(names(&Book.bare(Platform::HarmonyOs, "MICROPHONE")), ["ohos.permission.MICROPHONE"]);
    assert_eq!(names(&Book.bare(Platform::Ios, "NSCameraUsageDescription")), ["NSCameraUsageDescription"]);
}

#[test]
fn the_nearest_names_are_real_near_and_in_order() {
    let near = |written: &str| names(&Book.nearest(Platform::Android, written));
    assert_eq!(near("CAMREA").first(), Some(&"android.permission.CAMERA"));
    assert_eq!(near("READ_EXTERNAL_STORGE").first(), Some(&"android.permission.READ_EXTERNAL_STORAGE"));
    assert_eq!(near("android.permisson.CAMERA").first(), Some(&"android.permission.CAMERA"));
    assert!(near("PHONE_STATE").contains(&"android.permission.READ_PHONE_STATE"));
    assert_eq!(near("TELEPHONE"), ["android.permission.CALL_PHONE"]);
    assert!(near("CLIPBOARD").is_empty());
    assert!(near("FROBNICATE").is_empty());
    assert_eq!(names(&Book.nearest(Platform::HarmonyOs, "Clipboard")), ["ohos.permission.READ_PASTEBOARD"]);
    assert_eq!(
        names(&Book.nearest(Platform::Ios, "NSCameraUsageDescripton")).first(),
        Some(&"NSCameraUsageDescription")
    );
    for hostile in ["", " ", ".", "…", "\u{202e}相机", "\u{1f4f7}", &"A".repeat(100_000), "_", "__", "_A_"] {
        for platform in Platform::ALL {
            assert!(Book.nearest(platform, hostile).len() <= 3);
        }
    }
}

#[test]
fn per_app_patterns_match_whole_names() {
    assert!(Book.per_app("com.example.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION").is_some());
    assert!(Book.per_app(".DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION").is_none());
    assert!(Book.per_app("com.example.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION.X").is_none());
    assert!(Book.per_app("getui.permission.GetuiService.com.example").is_some());
    assert!(Book.per_app("android.permission.CAMERA").is_none());
}

#[test]
fn features_join_real_names_and_nothing_else() {
    for record in FEATURES.records() {
        let [platform, name, feature] = record.fields();
        let platform = Platform::from_name(platform).unwrap();
        assert!(Book.fact(platform, name).is_some(), "{name}");
        let others =
            FEATURES.records().filter(|other| other.fields::<3>()[2] == feature && other.name() == record.name());
        assert!(others.count() > 1, "{feature} joins nothing");
    }
    let ios = |a, b| Book.one_feature(Platform::Ios, a, b);
    assert!(ios("NSBluetoothAlwaysUsageDescription", "NSBluetoothPeripheralUsageDescription"));
    assert!(!ios("NSBluetoothAlwaysUsageDescription", "NSCalendarsUsageDescription"));
    assert!(!ios("made up", "made up"));
}

#[test]
fn superseded_records_are_whole_and_name_real_permissions() {
    for record in SUPERSEDED.records() {
        let [platform, name, from, target, by, max, effect, note, source] = record.fields();
        let platform = Platform::from_name(platform).unwrap();
        let fact = Book.fact(platform, name).unwrap_or_else(|| panic!("{name} is not in the book"));
        assert!(list(by).all(|name| Book.fact(platform, name).is_some()), "{name}: {by}");
        let superseded = Book.superseded(platform, name).unwrap_or_else(|| panic!("{name}: {effect}"));
        assert_eq!(superseded.needs_target.map(|n| n.to_string()).unwrap_or_default(), target, "{name}");
        assert_eq!(superseded.max_sdk.map(|n| n.to_string()).unwrap_or_default(), max, "{name}");
        assert!(!source.is_empty() && !note.is_empty() && !note.ends_with('.'), "{name}");
        match platform {
            Platform::Android => {
                let from: u32 = from.parse().unwrap();
                assert!(superseded.max_sdk.is_none_or(|max| max + 1 == from), "{name}");
                // What is merely deprecated is no reason to keep it from newer devices.
                assert!(superseded.effect != Effect::Deprecated || superseded.max_sdk.is_none(), "{name}");
                let platform_only = superseded.effect == Effect::PlatformOnly;
                assert!(!platform_only || (fact.level == Some(Level::Signature) && !fact.ordinary), "{name}");
            }
            Platform::Ios => assert_eq!(fact.deprecated, Some(from), "{name}: the two tables must agree"),
            Platform::HarmonyOs => assert!(from.parse::<u32>().is_ok(), "{name}"),
        }
    }
}

#[test]
fn superseded_permissions_are_told_with_their_levels() {
    let android = |bare: &str| Book.superseded(Platform::Android, &format!("android.permission.{bare}"));
    let read = android("READ_EXTERNAL_STORAGE").unwrap();
    assert_eq!((read.from, read.needs_target, read.max_sdk), ("33", Some(33), Some(32)));
    assert_eq!(read.replaced_by.len(), 3);
    assert_eq!(android("USE_FINGERPRINT").unwrap().effect, Effect::Deprecated);
    assert_eq!(android("CAMERA"), None);
    let bluetooth = Book.superseded(Platform::Ios, "NSBluetoothPeripheralUsageDescription").unwrap();
    assert_eq!((bluetooth.from, bluetooth.replaced_by), ("13.0", vec!["NSBluetoothAlwaysUsageDescription"]));
}

#[test]
fn counterparts_are_real_names_of_another_platform() {
    for record in COUNTERPARTS.records() {
        let [platform, name, to, counterparts] = record.fields();
        let [platform, to] = [platform, to].map(|name| Platform::from_name(name).unwrap());
        assert_ne!(platform, to, "{name}");
        assert!(Book.fact(platform, name).is_some(), "{name}");
        let facts = Book.counterparts(platform, name, to);
        assert_eq!(names(&facts), list(counterparts).collect::<Vec<_>>(), "{name}");
        assert!(!facts.is_empty(), "{name}");
    }
}

#[test]
fn an_android_name_under_a_heading_for_harmonyos_has_the_counterparts_a_careful_reader_expects() {
    let there = |bare: &str| {
        let facts = Book.counterparts(Platform::Android, &format!("android.permission.{bare}"), Platform::HarmonyOs);
        facts.iter().map(Fact::bare_name).collect::<Vec<_>>()
    };
    for (android, harmony) in [
        ("READ_EXTERNAL_STORAGE", &[][..]),
        ("POST_NOTIFICATIONS", &[]),
        ("READ_PHONE_STATE", &["GET_TELEPHONY_STATE"]),
        ("READ_MEDIA_IMAGES", &["READ_IMAGEVIDEO"]),
        ("READ_MEDIA_VIDEO", &["READ_IMAGEVIDEO"]),
        ("RECORD_AUDIO", &["MICROPHONE"]),
        ("CAMERA", &["CAMERA"]),
        ("SYSTEM_ALERT_WINDOW", &["SYSTEM_FLOAT_WINDOW"]),
        ("BLUETOOTH_SCAN", &["ACCESS_BLUETOOTH", "DISCOVER_BLUETOOTH"]),
        ("BLUETOOTH_CONNECT", &["ACCESS_BLUETOOTH"]),
        ("VIBRATE", &["VIBRATE"]),
        ("CALL_PHONE", &["PLACE_CALL"]),
        ("INTERNET", &["INTERNET"]),
        ("ACCESS_NETWORK_STATE", &["GET_NETWORK_INFO"]),
    ] {
        assert_eq!(there(android), harmony, "{android}");
    }
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
}

/// True for what an ordinary app can ask for.
fn can_be_asked_for(fact: &Fact) -> bool {
    fact.ordinary || matches!(fact.level, Some(Level::UserGrant | Level::ManualSettings))
}

#[test]
fn what_an_app_can_ask_for_is_explained_in_both_languages() {
    for platform in Platform::ALL {
        for fact in Book.facts(platform) {
            let (english, chinese) = (fact.meaning_en, fact.meaning_zh);
            assert_eq!(english.is_empty(), chinese.is_empty(), "{}", fact.name);
            assert!(!can_be_asked_for(&fact) || !english.is_empty(), "{} has no meaning", fact.name);
            if english.is_empty() {
                continue;
            }
            assert!(has_han(chinese) && !has_han(english), "{}", fact.name);
            assert!(english.len() <= 130 && chinese.chars().count() <= 60, "{}: too long", fact.name);
            assert!(english.starts_with(|c: char| c.is_ascii_uppercase()), "{}: {english}", fact.name);
            assert!(!english.ends_with(['.', ' ']) && !chinese.ends_with(['。', '.', ' ']), "{}", fact.name);
            // It stands in brackets in a message.
            assert!(!english.contains(['(', ')']), "{}: {english}", fact.name);
        }
    }
}

#[test]
fn what_an_app_can_ask_for_has_a_name_in_both_languages() {
    let mut named: BTreeMap<(&str, Platform), BTreeSet<&str>> = BTreeMap::new();
    for term in vocabulary::terms() {
        for platform in Platform::ALL {
            let Some(meaning) = term.sense.on(platform) else { continue };
            for name in meaning.permissions() {
                named.entry((name, platform)).or_default().insert(term.language);
            }
        }
    }
    for platform in Platform::ALL {
        for fact in Book.facts(platform).filter(can_be_asked_for) {
            let languages = named.get(&(fact.name, platform)).cloned().unwrap_or_default();
            for language in ["en", "zh"] {
                assert!(languages.contains(language), "{} has no name in {language}", fact.name);
            }
        }
    }
}

#[test]
fn senses_say_what_their_precision_promises() {
    use vocabulary::Precision;
    let used: BTreeSet<_> = vocabulary::terms().map(|term| term.sense).collect();
    for record in vocabulary::SENSES.records() {
        assert!(used.iter().any(|sense| sense.id() == record.name()), "{} has no word", record.name());
    }
    for sense in used {
        let meanings: Vec<_> = Platform::ALL.into_iter().filter_map(|platform| sense.on(platform)).collect();
        assert!(!meanings.is_empty(), "{sense:?} has no meaning");
        for meaning in meanings {
            let permissions: BTreeSet<_> = meaning.permissions().collect();
            let candidates: BTreeSet<_> = meaning.candidates().collect();
            assert_eq!(permissions.is_empty(), !meaning.precision.discloses(), "{sense:?}");
            assert_eq!(permissions.len(), meaning.permissions().count(), "{sense:?}: twice");
            assert!(permissions.is_disjoint(&candidates), "{sense:?}: a candidate that counts");
            let open = matches!(meaning.precision, Precision::Vague | Precision::GroupAmbiguous);
            assert!(!open || !candidates.is_empty(), "{sense:?}: nobody can say what it may mean");
        }
    }
}

#[test]
fn terms_are_written_in_the_script_of_their_language() {
    let in_script = |language: &str, c: char| match language {
        "zh" => matches!(c, '\u{4e00}'..='\u{9fff}'),
        "ja" => matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'),
        "ko" => matches!(c, '\u{ac00}'..='\u{d7a3}'),
        "ru" => matches!(c, '\u{400}'..='\u{4ff}'),
        _ => c.is_alphabetic() && !matches!(c, '\u{400}'..='\u{4ff}' | '\u{3040}'..),
    };
    let languages = ["de", "en", "es", "fr", "ja", "ko", "pt", "ru", "zh"];
    for term in vocabulary::terms() {
        assert!(languages.contains(&term.language), "{term:?}");
        // Product names and abbreviations are the same in every language.
        let latin = term.text.is_ascii() && term.text.split(' ').count() <= 3;
        assert!(latin || term.text.chars().any(|c| in_script(term.language, c)), "{term:?}");
        assert!(term.text.chars().count() > 1 || !term.text.is_ascii(), "{term:?} is too short");
    }
}

#[test]
fn group_words_do_not_grow_and_data_is_no_permission() {
    let on_android = |text: &str| {
        let term = vocabulary::terms().find(|term| term.text == text).unwrap_or_else(|| panic!("{text} is unknown"));
        let meaning = term.sense.on(Platform::Android).unwrap();
        meaning.permissions().map(|name| name.rsplit('.').next().unwrap()).collect::<Vec<_>>()
    };
    for (text, disclosed) in [
        ("位置", &["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"][..]),
        ("Location", &["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]),
        ("存储", &["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]),
        ("蓝牙", &["BLUETOOTH"]),
        ("通讯录", &["READ_CONTACTS"]),
        ("通话记录", &["READ_CALL_LOG"]),
        ("相册", &[]),
        ("短信", &[]),
        ("电话", &[]),
        ("设备识别码", &[]),
        ("MAC地址", &[]),
        ("本机号码", &[]),
        ("设备信息", &[]),
        ("IMEI", &[]),
        ("电话号码", &[]),
        ("使用情况", &[]),
        ("始终允许", &[]),
        ("画中画", &[]),
        ("无障碍", &[]),
        ("剪贴板", &[]),
        ("前台服务", &["FOREGROUND_SERVICE"]),
        ("悬浮窗", &["SYSTEM_ALERT_WINDOW"]),
        ("所有文件访问", &["MANAGE_EXTERNAL_STORAGE"]),
        ("震动", &["VIBRATE"]),
        ("振动", &["VIBRATE"]),
        ("防止手机休眠", &["WAKE_LOCK"]),
        ("后台定位", &["ACCESS_BACKGROUND_LOCATION"]),
        ("闹钟和提醒", &["SCHEDULE_EXACT_ALARM", "USE_EXACT_ALARM"]),
        ("蓝牙扫描", &["BLUETOOTH_SCAN"]),
    ] {
        assert_eq!(on_android(text), disclosed, "{text}");
    }
}

#[test]
fn guards_are_permissions_that_no_app_is_granted() {
    let mut told = 0;
    for record in guards::GUARDS.records() {
        let guard = Book.guard(record.name()).unwrap();
        let name = guard.name;
        let fact = Book.fact(Platform::Android, name);
        assert!(fact.is_none_or(|fact| fact.level == Some(Level::Signature)), "{name}");
        assert!(fact.is_some() || !name.starts_with("android."), "{name} is not in the book");
        assert!(["receiver", "service"].contains(&guard.element), "{name}");
        assert_eq!(record.field(4), guard.power.name(), "{name}");
        assert_eq!(record.field(3).is_empty(), guard.until.is_none(), "{name}");
        assert!(!record.field(9).is_empty(), "{name} has no source");
        // What holds power can be found by its action, and is explained.
        assert_eq!(guard.power == Power::None, guard.actions().next().is_none(), "{name}");
        assert_eq!(guard.power == Power::None, guard.meaning_en.is_empty(), "{name}");
        assert_eq!(guard.meaning_en.is_empty(), guard.meaning_zh.is_empty(), "{name}");
        assert!(guard.meaning_en.is_empty() || (has_han(guard.meaning_zh) && !has_han(guard.meaning_en)), "{name}");
        assert!(guard.words().all(|word| word == word.to_lowercase()), "{name}");
        let [english, chinese] = [7, 8].map(|column| record.field(column));
        assert_eq!(guard.power == Power::Told, !english.is_empty() && !chinese.is_empty(), "{name}");
        assert_eq!(Book.is_guard(name, guard.element), guard.power != Power::None, "{name}");
        told += usize::from(guard.power == Power::Told);
    }
    assert!(told >= 10);
    // One that is not known, of the platform and of another.
    assert!(Book.is_guard("android.permission.BIND_FUTURE_SERVICE", "service"));
    assert!(!Book.is_guard("android.permission.CAMERA", "service"));
    assert!(!Book.is_guard("com.example.BIND_SERVICE", "service"));
    assert!(!Book.is_guard("android.permission.BIND_DEVICE_ADMIN", "service"));
}

#[test]
fn what_the_user_has_to_be_told_of_has_a_name_in_both_languages() {
    for record in guards::GUARDS.records().filter(|record| record.field(4) == Power::Told.name()) {
        for language in ["en", "zh"] {
            let names = |term: &vocabulary::Term| {
                let meaning = term.sense.on(Platform::Android);
                meaning.is_some_and(|meaning| meaning.candidates().any(|name| name == record.name()))
            };
            let is_named = vocabulary::terms().any(|term| term.language == language && names(&term));
            assert!(is_named, "{} has no name in {language}", record.name());
        }
    }
}
