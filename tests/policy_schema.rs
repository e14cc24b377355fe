//! The schema of the policy file names the keys that the program knows, and the page on it shows a file without mistakes.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use permaudit::config;
use serde_json::Value;

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
}

#[test]
fn the_schema_is_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permaudit-toml.schema.json");
    Compiler::new().compile(path, &mut Schemas::new()).expect("the schema is valid");
}

#[test]
fn the_example_of_the_page_has_no_mistake() {
    let example = PAGE.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let config = config::parse(example, "permaudit.toml").expect("no mistake");
    assert_eq!((config.products.len(), config.policy.waivers.len()), (1, 1));
}
