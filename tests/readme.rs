//! The examples of the README and the documentation are what the program prints. `TRYCMD=overwrite cargo test --test
//! readme` renews them.

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_shows_what_the_program_prints() {
    trycmd::TestCases::new().case("README.md");
}

#[test]
fn the_documentation_shows_what_the_program_prints() {
    trycmd::TestCases::new().case("docs/*.md");
}

/// The files that a page links to are there.
#[test]
fn the_links_of_the_documentation_lead_somewhere() {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = std::fs::read_dir(top.join("docs")).into_iter().flatten().flatten().map(|page| page.path());
    for page in pages.chain([top.join("README.md"), top.join("CONTRIBUTING.md")]) {
        let Ok(text) = std::fs::read_to_string(&page) else { continue };
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or(link);
            let target = page.parent().map(|folder| folder.join(file));
            assert!(target.is_some_and(|target| target.exists()), "{}: {link}", page.display());
        }
    }
}

/// `.ci/run` runs the two commands that the README begins with, word for word.
#[test]
fn the_readme_begins_with_the_two_commands_and_shows_the_first() {
    let first = README.split("```").nth(1).map(|block| block.lines().skip(1).collect::<Vec<_>>());
    let check = "check fixtures/sample/app.apk --statement fixtures/sample/privacy.md";
    assert_eq!(first, Some(vec![format!("cargo run --release -- {check}").as_str(), "cargo test"]));
    assert_eq!(README.matches(&format!("\n$ permaudit {check}\n? 1\nFAIL ")).count(), 1);
}
