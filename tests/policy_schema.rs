//! The schema of the policy file names the keys that the program knows, and the page on it shows a file without mistakes.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use permaudit::config;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

const SCHEMA: &str = include_str!("../docs/permaudit-toml.schema.json");
const PAGE: &str = include_str!("../docs/policy-file.md");

/// The keys that the program names when it meets one that it does not know.
fn known(text: &str) -> BTreeSet<String> {
    let mistakes = config::parse(text, "permaudit.toml").expect_err("a mistake");
    let message = mistakes.iter().map(|mistake| &mistake.message).find(|message| message.contains("the keys are: "));
    let (_, keys) = message.expect("a list").split_once("the keys are: ").expect("a list");
    keys.split(", ").map(str::to_owned).collect()
}

fn named(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().expect("properties").keys().cloned().collect()
}

#[test]
fn the_schema_names_every_key() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    assert_eq!(named(&schema), known("nothing = 1"));
    assert_eq!(named(&schema["$defs"]["product"]), known("[[product]]\nnothing = 1"));
    assert_eq!(named(&schema["$defs"]["accept"]), known("[[accept]]\nnothing = 1"));
    assert_eq!(named(&schema["$defs"]["permission"]), known("[[permission]]\nnothing = 1"));
    assert_eq!(named(&schema["$defs"]["word"]), known("[[word]]\nnothing = 1"));
}

#[test]
fn the_schema_is_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permaudit-toml.schema.json");
    Compiler::new().compile(path, &mut Schemas::new()).expect("the schema is valid");
}

#[test]
fn the_examples_of_the_page_have_no_mistake_and_follow_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permaudit-toml.schema.json");
    let mut schemas = Schemas::new();
    let schema = Compiler::new().compile(path, &mut schemas).expect("the schema is valid");
    let examples: Vec<&str> = PAGE.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let configs = examples.iter().map(|example| config::parse(example, "permaudit.toml").expect("no mistake"));
    let (mut products, mut waivers, mut words) = (0, 0, 0);
    for config in configs {
        products += config.products.len();
        waivers += config.policy.waivers.len();
        words += config.book.own_words().len();
    }
    assert_eq!((products, waivers, words), (1, 1, 2));
    for example in examples {
        let (table, _) = DeTable::parse_recoverable(example);
        let value = as_json(&DeValue::Table(table.into_inner()));
        schemas.validate(&value, schema).expect("it follows the schema");
    }
}

/// A value of TOML as JSON has it, dates as texts.
fn as_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Integer(value) => value.as_str().parse::<i64>().expect("an integer").into(),
        DeValue::Float(value) => value.as_str().parse::<f64>().expect("a number").into(),
        DeValue::Array(list) => list.iter().map(|item| as_json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(key, value)| (key.get_ref().to_string(), as_json(value.get_ref())));
            Value::Object(pairs.collect())
        }
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Datetime(date) => date.to_string().into(),
    }
}
