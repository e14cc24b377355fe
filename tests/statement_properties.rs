//! Laws that hold for every statement, tried on random ones.

use permaudit::disclosure::{Counting, Disclosure, Resolution, Scope, Statement, Strength};
use permaudit::knowledge::Book;
use permaudit::source::Source;
use permaudit::statement;
use proptest::prelude::*;

fn read(text: &str) -> Statement {
    statement::read(&Source::new("s.md", text.as_bytes().to_vec()), &Book)
}

/// The parts of a disclosure that do not depend on where it stands.
fn essence(row: &Disclosure) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        row.written.clone(),
        row.platforms.clone(),
        row.resolution,
        row.permissions.clone(),
        row.candidates.clone(),
        row.unknown.clone(),
        row.purpose.clone(),
    )
}

/// Those of rows and items.
fn essences(text: &str) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    read(text).disclosures.value.iter().filter(|row| row.strength().is_none()).map(essence).collect()
}

/// Pieces that real statements are made of, markup and damage among them.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "|",
        "|",
        "|",
        "\n",
        "\n",
        "\n\n",
        "---|---\n",
        "|---|---|\n",
        "# ",
        "## Permissions\n",
        "权限",
        "设备权限",
        "使用目的",
        "Permission",
        "Purpose",
        "CAMERA",
        "READ_SMS",
        "android.permission.",
        "NSCameraUsageDescription",
        "相机",
        "存储",
        "Location",
        "电话",
        "iOS",
        "Android",
        "/",
        "、",
        "，",
        "(",
        "）",
        ":",
        "：",
        "**",
        "*",
        "_",
        "`",
        "```\n",
        "[",
        "](x)",
        "<br>",
        "<!--",
        "-->",
        "&amp;",
        "&#95;",
        "\\",
        "\\|",
        "~~",
        "- ",
        "1. ",
        "（1）",
        "> ",
        "\t",
        "\u{200b}",
        "\u{202e}",
        "С",
        "<table>",
        "</table>",
        "![x](y)",
        "无",
        "未使用",
        "not used",
        "\r",
        "\u{feff}",
        "uses-permission android:name=\"",
        "\"",
        "N/A",
        "SDK",
        "the following permissions:",
        "以下权限：",
        "\u{0}",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from), 1 => "[a-z ]{0,8}"]
}

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

/// A table without markup in its cells.
fn table() -> impl Strategy<Value = (String, usize)> {
    let name = prop::sample::select(vec![
        "CAMERA",
        "READ_SMS",
        "相机",
        "存储权限",
        "电话",
        "INTERNET/NETWORK_STATE",
        "Nobody knows",
    ]);
    let text = "[a-zA-Z使用扫码 ]{0,12}";
    prop::collection::vec((name, text), 1..8).prop_map(|rows| {
        let count = rows.len();
        let lines = rows.iter().map(|(name, text)| format!("| {name} |  {text} |\n"));
        (["| Permission | Purpose |\n|---|---|\n".to_owned()].into_iter().chain(lines).collect(), count)
    })
}

/// Sentences of words that speak of permissions, and a table now and then.
fn sentences() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "we",
        "you",
        "the app",
        "third parties",
        "collect",
        "access",
        "access to",
        "use",
        "do not",
        "never",
        "request",
        "your",
        "the",
        "camera",
        "location",
        "contacts",
        "IMEI",
        "READ_SMS",
        "permission",
        "to",
        "for",
        ",",
        ".",
        ":",
        "(",
        ")",
        "and",
        "but",
        "in the future",
        "SDK",
        "Android",
        "iOS",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "## ",
        "我们",
        "不会",
        "收集",
        "您的",
        "位置信息",
        "相机",
        "权限",
        "、",
        "，",
        "。",
        "| Permission |\n|---|\n| CAMERA |\n\n",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "))
}

/// Lines, cells, styles and labels in numbers that no author writes: each takes time in proportion to its length.
#[test]
fn hostile_lengths_take_linear_time() {
    let started = std::time::Instant::now();
    let permissions = "## Permissions\n\n";
    for (head, part) in [
        ("", "权限：相机 "),
        ("", "权限：*相机* "),
        (permissions, "- `A_B`, "),
        (permissions, "`A_B`, "),
        (permissions, "~~CAMERA~~ "),
        (permissions, "![x](y)\n"),
        (permissions, "- Camera: x\n"),
        ("| Permission |\n|---|\n| ", "CAMERA, "),
        ("| Permission |\n|---|\n| ", "com.x.permission.A_B "),
        ("| Permission |\n|---|\n", "| 相机 |\n"),
        ("", "| Permission "),
        ("", "a | b\n"),
        ("a | b | c\n---|---|---\n", "x | y\nz\n"),
        ("", "# Camera permission\n"),
        ("", "> "),
        ("", "<!-- "),
        ("", "\n"),
        ("", "android.permission.CAMERA\n\n"),
        ("", "We collect your location. "),
        ("", "We collect your location.\n\n"),
        ("We collect ", "your location, "),
        ("We collect ", "(your location "),
        ("We collect: ", "location > "),
        ("We do not ", "collect your location, but "),
        ("", "camera permission "),
        ("", "相机、"),
        ("我们会收集", "您的位置信息"),
        ("We collect:\n", "1.1.1 location\n"),
    ] {
        let _ = read(&format!("{head}{}", part.repeat(100_000 / part.len())));
    }
    // Measured: 4 s without optimisation; the square of a length would take many times that.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_every_place_lies_in_the_file(text in document()) {
        let statement = read(&text);
        let mut last = 0;
        let rows = statement.disclosures.value.iter().map(|row| &row.place);
        let others = statement.sections.iter().map(|section| &section.place);
        for (place, ordered) in rows.map(|place| (place, true)).chain(others.map(|place| (place, false))) {
            let (offset, length) = (place.offset.unwrap(), place.length.unwrap());
            let end = usize::try_from(offset + length).unwrap();
            let start = usize::try_from(offset).unwrap();
            let there = text.as_bytes().get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok());
            prop_assert!(there.is_some(), "{place:?}");
            let lines = place.lines.unwrap();
            prop_assert!((lines.line, lines.column) <= (lines.end_line, lines.end_column));
            // The line and column lead to the same place as the offset.
            let line = statement.line(lines.line).unwrap();
            let from = line.chars().skip(usize::try_from(lines.column).unwrap() - 1).collect::<String>();
            let first = there.unwrap().split(['\n', '\r']).next().unwrap();
            prop_assert!(from.starts_with(first), "{from:?} {first:?}");
            if ordered {
                prop_assert!(offset >= last, "{place:?}");
                last = offset;
            }
        }
        for row in &statement.disclosures.value {
            prop_assert!(row.resolution != Resolution::Negated || row.permissions.is_empty());
            let named = || row.permissions.iter().chain(&row.withheld);
            prop_assert!(named().all(|named| !row.candidates.contains(named)));
            prop_assert!(row.strength().is_none() || row.permissions.is_empty());
            prop_assert!(!row.written.is_empty());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = statement::read(&Source::new("s", bytes), &Book);
    }

    #[test]
    fn a_row_for_each_line_with_the_very_text_at_its_place((text, count) in table()) {
        let statement = read(&text);
        prop_assert_eq!(statement.disclosures.value.len(), count);
        for row in &statement.disclosures.value {
            let start = usize::try_from(row.place.offset.unwrap()).unwrap();
            let end = start + usize::try_from(row.place.length.unwrap()).unwrap();
            prop_assert_eq!(text.get(start..end), Some(row.written.as_str()));
        }
    }

    #[test]
    fn text_before_and_after_a_table_changes_no_row((text, _) in table(), before in "[a-zA-Z ,.]{0,80}", after in "[a-zA-Z ,.]{0,80}") {
        prop_assert_eq!(essences(&format!("{before}.\n\n{text}\n{after}.\n")), essences(&text));
    }

    #[test]
    fn the_way_lines_end_changes_nothing(text in document()) {
        let text = text.replace('\r', "");
        prop_assert_eq!(essences(&text.replace('\n', "\r\n")), essences(&text));
    }

    #[test]
    fn what_counts_only_grows_when_the_house_lets_more_count(text in sentences()) {
        let counted = |counting: Counting| {
            let mut all = read(&text).disclosures.value;
            for disclosure in &mut all {
                disclosure.count(counting);
            }
            all
        };
        let (ignored, accepted) = (counted(Counting::default()), counted(Counting { prose: true, sdk: true }));
        for (less, more) in ignored.iter().zip(&accepted) {
            prop_assert!(less.permissions.iter().all(|named| more.permissions.contains(named)));
            prop_assert!(less.strength().is_none() || less.permissions.is_empty());
            // Nothing is lost: what does not count is withheld, and what counts was named.
            prop_assert_eq!(less.permissions.len() + less.withheld.len(), more.permissions.len() + more.withheld.len());
            let implied = more.strength() == Some(Strength::Implies) || more.resolution == Resolution::Negated;
            prop_assert!(!implied || more.permissions.is_empty());
        }
        let without_sdk = counted(Counting { prose: true, sdk: false });
        prop_assert!(without_sdk.iter().all(|row| row.scope == Scope::App || row.permissions.is_empty()));
    }

    #[test]
    fn a_denied_sentence_discloses_nothing_whatever_counts(
        denial in prop::sample::select(vec!["We do not collect", "The app never accesses", "We will not use"]),
        things in prop::collection::vec(prop::sample::select(vec!["your location", "your contacts", "the camera", "your calendar"]), 1..5),
    ) {
        let mut statement = read(&format!("{denial} {}.\n", things.join(", ")));
        for mention in &mut statement.disclosures.value {
            mention.count(Counting { prose: true, sdk: true });
        }
        prop_assert!(statement.disclosures.value.iter().all(|mention| mention.permissions.is_empty()));
    }

    #[test]
    fn running_text_discloses_nothing(words in prop::collection::vec("[a-z]{1,9}|camera|microphone|contacts|相机|存储|READ_SMS", 1..60)) {
        let text = format!("We say: {}.\n", words.join(" "));
        prop_assert!(read(&text).disclosures.value.iter().all(|mention| mention.permissions.is_empty()));
    }
}

/// The book of a house in which `word` means a vendor's permission; `None` where it may not.
fn house(word: &str) -> Option<Book> {
    let text = format!(
        "[[permission]]\nname = \"com.acme.permission.PUSH\"\nplatform = \"android\"\nlevel = \"normal\"\nmeaning = \"x\"\n\
         [[word]]\ntext = \"{word}\"\npermissions = \"com.acme.permission.PUSH\"\n"
    );
    permaudit::config::parse(&text, "permaudit.toml").ok().map(|config| config.book)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// What a house may call its permission is read so wherever a name stands, and changes nothing about other names.
    #[test]
    fn a_word_of_the_house_means_what_the_house_says_and_nothing_else_changes(
        word in "[A-Za-z]{1,8}( [a-zA-Z相机推送权限访问读取]{1,6}){0,3}|[一-龥]{2,6}|(no|use|read|the|Acme) (camera|push|location|permission|and|名)",
    ) {
        let Some(book) = house(&word) else { return Ok(()) };
        let text = format!(
            "# Android permissions\n\n| Permission | Purpose |\n|---|---|\n| {word} | To tell of notes |\n| CAMERA | To scan |\n\
             | 麦克风 | 录音 |\n| {word}, CAMERA | Both |\n"
        );
        let source = Source::new("s.md", text.as_bytes().to_vec());
        let rows = |book: &Book| -> Vec<Vec<String>> {
            let statement = statement::read(&source, book);
            let names = |row: &permaudit::disclosure::Disclosure| row.permissions.iter().map(|n| n.name.clone()).collect();
            statement.disclosures.value.iter().map(names).collect()
        };
        let push = "com.acme.permission.PUSH".to_owned();
        let camera = "android.permission.CAMERA".to_owned();
        let told = rows(&book);
        prop_assert_eq!(told.len(), 4, "{}: {:?}", word, told);
        prop_assert_eq!(&told[0], &vec![push.clone()], "{}", word);
        prop_assert_eq!(&told[1], &vec![camera.clone()]);
        prop_assert_eq!(&told[2], &vec!["android.permission.RECORD_AUDIO".to_owned()]);
        prop_assert!(told[3].contains(&push) && told[3].contains(&camera), "{}: {:?}", word, told);
        prop_assert!(rows(&Book).iter().all(|row| !row.contains(&push)), "{word}: without the house it is unknown");
    }
}
