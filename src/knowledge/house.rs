//! What a house adds to the book: its vendors' and its own permissions, and the words that its statements use.
//!
//! The book goes first: what it knows already, no house gives another meaning.

use std::fmt;

use super::{Book, Fact, Level, Platform, bare_name};

/// Where a house says something: a line and column of its policy file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Said {
    /// The file, as the user sees it.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1, in code points.
    pub column: u32,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A permission that a house tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HousePermission {
    /// The platform.
    pub platform: Platform,
    /// The full name.
    pub name: String,
    /// How it is granted; `None` for keys of iOS, which have no level.
    pub level: Option<Level>,
    /// It opens personal data.
    pub personal: bool,
    /// Whose it is; `None` for the house's own.
    pub vendor: Option<String>,
    /// What it lets an app do, in English.
    pub meaning_en: String,
    /// The same in Chinese; may be empty.
    pub meaning_zh: String,
    /// Line and column of its name.
    pub at: (u32, u32),
}

/// A word of a house's statements, and the permissions that it means: it names them clearly and is no group word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseWord {
    /// As people write it.
    pub text: String,
    /// In the form in which words of statements are compared.
    pub compared: String,
    /// The permissions, by full name.
    pub permissions: Vec<(Platform, String)>,
    /// Line and column of the word.
    pub at: (u32, u32),
}

/// All that one house adds.
#[derive(Debug)]
pub(super) struct House {
    /// Sorted by platform and name.
    facts: Vec<Fact>,
    /// Sorted by the form in which they are compared.
    words: Vec<OwnWord>,
}

/// A word of the house, as a sense refers to it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OwnWord {
    compared: String,
    text: String,
    /// For each platform, the full names with commas between them, as the data files have them.
    permissions: [String; Platform::ALL.len()],
    said: Said,
}

impl OwnWord {
    pub(super) fn text(&'static self) -> &'static str {
        &self.text
    }

    pub(super) fn compared(&'static self) -> &'static str {
        &self.compared
    }

    pub(super) fn said(&self) -> Said {
        self.said
    }

    /// The names on `platform`, with commas between them; empty where it means nothing there.
    pub(super) fn on(&'static self, platform: Platform) -> &'static str {
        let at = Platform::ALL.iter().position(|known| *known == platform);
        at.and_then(|at| self.permissions.get(at)).map_or("", String::as_str)
    }
}

impl House {
    pub(super) fn fact(&self, platform: Platform, name: &str) -> Option<Fact> {
        let found = self.facts.binary_search_by(|fact| (fact.platform, fact.name).cmp(&(platform, name)));
        found.ok().and_then(|at| self.facts.get(at)).copied()
    }

    pub(super) fn facts(&self, platform: Platform) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.platform == platform)
    }

    pub(super) fn bare(&self, platform: Platform, bare: &str) -> impl Iterator<Item = Fact> {
        self.facts(platform).copied().filter(move |fact| bare_name(platform, fact.name) == bare)
    }

    pub(super) fn words(&'static self) -> &'static [OwnWord] {
        &self.words
    }
}

impl Book {
    /// The book with what a house adds in the policy file `file`. A permission that the book has already is left out.
    ///
    /// What a house adds lives as long as the program, as the data files do: a run has one policy file.
    #[must_use]
    pub fn with_house(file: &str, permissions: Vec<HousePermission>, words: Vec<HouseWord>) -> Book {
        if permissions.is_empty() && words.is_empty() {
            return Book::default();
        }
        let keep = |text: String| -> &'static str { if text.is_empty() { "" } else { text.leak() } };
        let file = keep(file.to_owned());
        let said = |(line, column): (u32, u32)| Said { file, line, column };
        let is_new = |permission: &HousePermission| Book.fact(permission.platform, &permission.name).is_none();
        let mut facts: Vec<Fact> = permissions
            .into_iter()
            .filter(is_new)
            .map(|permission| Fact {
                platform: permission.platform,
                name: keep(permission.name),
                level: permission.level,
                personal: permission.personal,
                ordinary: permission.level != Some(Level::Signature),
                vendor: permission.vendor.map(keep),
                group: None,
                category: None,
                introduced: None,
                deprecated: None,
                meaning_en: keep(permission.meaning_en),
                meaning_zh: keep(permission.meaning_zh),
                sources: "",
                note: "",
                house: Some(said(permission.at)),
            })
            .collect();
        facts.sort_by_key(|fact| (fact.platform, fact.name));
        let mut words: Vec<OwnWord> = words
            .into_iter()
            .map(|word| {
                let on = |platform| {
                    let names = word.permissions.iter().filter(|(of, _)| *of == platform);
                    names.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(",")
                };
                let permissions = Platform::ALL.map(on);
                OwnWord { compared: word.compared, text: word.text, permissions, said: said(word.at) }
            })
            .collect();
        words.sort();
        Book { house: Some(Box::leak(Box::new(House { facts, words }))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(platform: Platform, name: &str) -> HousePermission {
        HousePermission {
            platform,
            name: name.to_owned(),
            level: Some(Level::Normal),
            personal: true,
            vendor: None,
            meaning_en: "Receive messages".to_owned(),
            meaning_zh: String::new(),
            at: (3, 8),
        }
    }

    fn book(names: &[&str]) -> Book {
        let permissions = names.iter().map(|name| permission(Platform::Android, name)).collect();
        Book::with_house("permaudit.toml", permissions, Vec::new())
    }

    #[test]
    fn what_the_house_tells_of_is_found_by_full_and_bare_name() {
        let book = book(&["com.acme.permission.ACME_PUSH", "com.acme.permission.CAMERA"]);
        let fact = book.fact(Platform::Android, "com.acme.permission.ACME_PUSH").unwrap();
        assert_eq!((fact.level, fact.personal, fact.meaning_en), (Some(Level::Normal), true, "Receive messages"));
        assert_eq!(fact.house.map(|said| said.to_string()), Some("permaudit.toml:3".to_owned()));
        assert_eq!(book.bare(Platform::Android, "ACME_PUSH"), [fact]);
        assert_eq!(book.fact(Platform::HarmonyOs, "com.acme.permission.ACME_PUSH"), None);
        let near = book.nearest(Platform::Android, "com.acme.permission.ACME_PUSHH");
        assert_eq!(near.first(), Some(&fact));
    }

    #[test]
    fn the_book_goes_first() {
        let book = book(&["android.permission.CAMERA", "com.acme.permission.CAMERA", "com.acme.permission.AD_ID"]);
        assert_eq!(book.fact(Platform::Android, "android.permission.CAMERA").unwrap().house, None);
        let bare = |bare: &str| book.bare(Platform::Android, bare).iter().map(|fact| fact.name).collect::<Vec<_>>();
        assert_eq!(bare("CAMERA"), ["android.permission.CAMERA"]);
        assert_eq!(bare("AD_ID").len(), Book.bare(Platform::Android, "AD_ID").len() + 1, "it is not clear any more");
    }

    #[test]
    fn a_house_that_says_nothing_is_none() {
        assert!(Book::with_house("permaudit.toml", Vec::new(), Vec::new()).house.is_none());
    }
}
