//! The examples of the README and the documentation are what the program prints. `TRYCMD=overwrite cargo test --test
//! readme` renews them.

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_shows_what_the_program_prints() {
    trycmd::TestCases::new().case("README.md");
}

#[test]
fn the_page_on_statements_shows_what_the_program_prints() {
    trycmd::TestCases::new().case("docs/statement.md");
}

/// `.ci/run` runs the two commands that the README begins with, word for word.
#[test]
fn the_readme_begins_with_the_two_commands_and_shows_the_first() {
    let first = README.split("```").nth(1).map(|block| block.lines().skip(1).collect::<Vec<_>>());
    let check = "check fixtures/sample/app.apk --statement fixtures/sample/privacy.md";
    assert_eq!(first, Some(vec![format!("cargo run --release -- {check}").as_str(), "cargo test"]));
    assert_eq!(README.matches(&format!("\n$ permaudit {check}\n? 1\nFAIL ")).count(), 1);
}
