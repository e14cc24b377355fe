//! JSON and JSON5: what is read, where it stands, and what a device would make of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

mod support;

use permaudit::error::Error;
use permaudit::format::json::{Json, Value};
use permaudit::source::Place;
use proptest::prelude::*;

/// The text as `serde_json` holds it, and the codes of its doubts. The last of two equal keys is kept, as a device does.
fn tree(bytes: &[u8]) -> Result<(serde_json::Value, Vec<&'static str>), Error> {
    let (root, mut json) = Json::open(bytes, &Place::file("a"))?;
    let value = node(&mut json, &root)?;
    json.finish()?;
    let beyond = json.beyond_json();
    let doubts = json.into_doubts().into_iter().chain(beyond);
    Ok((value, doubts.map(|doubt| doubt.code.name()).collect()))
}

fn node(json: &mut Json<'_>, value: &Value<'_>) -> Result<serde_json::Value, Error> {
    Ok(match value {
        Value::Object => {
            let mut members = serde_json::Map::new();
            json.members(|json, member| {
                let value = node(json, &member.value)?;
                members.insert(member.key.to_string(), value);
                Ok(())
            })?;
            members.into()
        }
        Value::Array => {
            let mut items = Vec::new();
            json.items(|json, item| {
                items.push(node(json, &item.value)?);
                Ok(())
            })?;
            items.into()
        }
        Value::Text(text) => text.to_string().into(),
        Value::Number(number) => number.parse::<i64>().map_or_else(|_| (*number).into(), Into::into),
        Value::Boolean(value) => (*value).into(),
        Value::Null => serde_json::Value::Null,
    })
}

/// What the text is, which has to be without doubt.
fn whole(text: &str) -> serde_json::Value {
    let (value, codes) = tree(text.as_bytes()).unwrap();
    assert_eq!(codes, [""; 0], "{text}");
    value
}

/// The code of the error with its line and column.
fn error(text: &str) -> (&'static str, u32, u32) {
    let error = tree(text.as_bytes()).unwrap_err();
    let lines = error.place.lines.unwrap();
    (error.code.name(), lines.line, lines.column)
}

#[test]
fn escapes_are_resolved_in_keys_and_values() {
    assert_eq!(
        whole(r#"{"requestPermission\u0073":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#),
        serde_json::json!({
            "requestPermissions": "\"\\/\u{8}\u{c}\n\r\té😀"
        })
    );
}

#[test]
fn comments_are_no_doubt_and_are_known() {
    let text = "// one\n{ /* two */ \"a\" : 1 /**/ , // three\r \"b\":2 }// four";
    assert_eq!(whole(text), serde_json::json!({ "a": 1, "b": 2 }));
    let (_, mut json) = Json::open(b"{\"a\":[1]}", &Place::file("a")).unwrap();
    json.finish().unwrap();
    assert!(!json.has_comments());
    let (_, json) = Json::open(b"/**/{}", &Place::file("a")).unwrap();
    assert!(json.has_comments());
}

#[test]
fn what_json5_alone_has_is_read_and_known() {
    for (text, value) in [
        ("{a:1,$_b2:[2,],}", serde_json::json!({ "a": 1, "$_b2": [2] })),
        ("{'a':'it\\'s \"b\"'}", serde_json::json!({ "a": "it's \"b\"" })),
        ("['\\x41\\v\\0','a\\\nb','\\q', 'a\\\r\nb']", serde_json::json!(["A\u{b}\0", "ab", "q", "ab"])),
        ("[0x1F,+1,.5,5.,-Infinity,NaN]", serde_json::json!(["0x1F", 1, ".5", "5.", "-Infinity", "NaN"])),
        ("\u{feff}{\u{a0}\u{b}\"a\"\u{2028}:\u{feff}1}", serde_json::json!({ "a": 1 })),
        ("{\\u0061b:1}", serde_json::json!({ "ab": 1 })),
        ("{größe:1}", serde_json::json!({ "größe": 1 })),
        ("[\"a\tb\"]", serde_json::json!(["a\tb"])),
    ] {
        let (found, codes) = tree(text.as_bytes()).unwrap();
        assert_eq!(found, value, "{text}");
        assert_eq!(codes, ["json-not-strict"], "{text}");
    }
}

#[test]
fn what_no_reader_takes_is_an_error_with_its_place() {
    for (text, line, column) in [
        ("", 1, 1),
        ("{", 1, 2),
        ("{\n \"a\": tru }", 2, 7),
        ("[1 2]", 1, 4),
        ("[1,,2]", 1, 4),
        ("{,}", 1, 2),
        ("{\"a\" 1}", 1, 6),
        ("{\"é\":\n  \"b\n\"}", 2, 3),
        ("[01]", 1, 2),
        ("[1.2.3]", 1, 2),
        ("[+-1]", 1, 2),
        ("[\"\\u12x4\"]", 1, 3),
        ("[\"a", 1, 2),
        ("{} {}", 1, 4),
        ("[1]]", 1, 4),
        ("{\"a\":1]", 1, 7),
        ("/* {}", 1, 1),
        ("/* \0 */{}", 1, 1),
        ("# {}", 1, 1),
        ("[\"\0\"]", 1, 2),
        ("{\0}", 1, 2),
    ] {
        assert_eq!(error(text), ("json-malformed", line, column), "{text:?}");
    }
}

#[test]
fn a_nul_ends_the_text_and_what_follows_it_is_a_doubt() {
    assert_eq!(whole("{}\0\0 \n"), serde_json::json!({}));
    let (value, codes) = tree(b"{\"a\":1} // b\0{\"requestPermissions\":[]}").unwrap();
    assert_eq!((value, codes), (serde_json::json!({ "a": 1 }), vec!["json-trailing"]));
}

#[test]
fn broken_text_is_a_doubt_and_stays_in_its_string() {
    let (value, codes) = tree(b"[\"a\xff\", \"\\ud800\", \"\\ud800\\u0041\", 1]").unwrap();
    assert_eq!(value, serde_json::json!(["a\u{fffd}", "\u{fffd}", "\u{fffd}A", 1]));
    assert_eq!(codes, ["json-text"; 3]);
    assert_eq!(whole("[\"\u{fffd}\"]"), serde_json::json!(["\u{fffd}"]), "a real replacement character");
}

#[test]
fn a_comment_that_ends_twice_is_a_doubt() {
    let (value, codes) = tree("{ // \u{2028} \"b\": 1,\n\"a\": 1}".as_bytes()).unwrap();
    assert_eq!((value, codes), (serde_json::json!({ "a": 1 }), vec!["json-ambiguous"]));
}

#[test]
fn depth_has_a_limit_and_costs_no_stack() {
    let deep = "[".repeat(100_000);
    let (_, mut json) = Json::open(deep.as_bytes(), &Place::file("a")).unwrap();
    assert_eq!(json.finish().unwrap_err().code.name(), "limit-json-depth");
    let ordinary = format!("{}{}", "[".repeat(900), "]".repeat(900));
    let (_, mut json) = Json::open(ordinary.as_bytes(), &Place::file("a")).unwrap();
    json.finish().unwrap();
}

#[test]
fn a_key_that_comes_again_is_told() {
    let (_, mut json) = Json::open(br#"{"a":1,"b":{"a":2},"\u0061":3}"#, &Place::file("a")).unwrap();
    let mut seen = Vec::new();
    json.members(|_, member| {
        seen.push((member.key.to_string(), member.is_repeated));
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [("a".to_owned(), false), ("b".to_owned(), false), ("a".to_owned(), true)]);
}

#[test]
fn places_count_code_points_and_are_found_in_any_order() {
    let text = format!("{{\"a\":\"{}\",\n\"相机\": 1}}", "é".repeat(10_000));
    let (_, mut json) = Json::open(text.as_bytes(), &Place::file("a")).unwrap();
    let at = text.find('1').unwrap();
    let position = |json: &mut Json<'_>, at| {
        let lines = json.place_at(at).lines.unwrap();
        (lines.line, lines.column)
    };
    assert_eq!(position(&mut json, at), (2, 7));
    assert_eq!(position(&mut json, 5), (1, 6));
    assert_eq!(position(&mut json, 6 + 2 * 5_000), (1, 5_007));
    assert_eq!(position(&mut json, at), (2, 7));
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// What `serde_json` writes is read as it is, plain and pretty.
    #[test]
    fn what_is_written_is_read(value in value()) {
        for text in [value.to_string(), format!("{value:#}")] {
            prop_assert_eq!(tree(text.as_bytes()).unwrap(), (value.clone(), vec![]));
        }
    }

    /// Whatever the bytes: no panic; and what `serde_json` reads is read the same.
    #[test]
    fn any_text_of_json_signs_is_read_like_serde_json_or_refused(text in "[\\[\\]{},:\"\\\\a10./ \\-+e\n]{0,40}") {
        let own = tree(text.as_bytes());
        if let Ok(second) = serde_json::from_str::<serde_json::Value>(&text) {
            let (value, codes) = own.unwrap();
            prop_assert_eq!(codes, [""; 0]);
            // A number with a fraction is kept as it is written.
            if !text.contains(['.', 'e']) {
                prop_assert_eq!(value, second);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = tree(&bytes);
        let _ = tree(&[b"{\"a\":", &bytes[..]].concat());
    }
}
