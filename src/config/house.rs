//! The vocabulary of the house: `[[permission]]` and `[[word]]`.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::{Reader, Span, Value};
use crate::knowledge::{Book, HousePermission, HouseWord, Level, Platform};
use crate::statement;

/// The words for some permissions, before it is known whether there are such permissions.
pub(super) struct Words {
    /// As written, with the form in which they are compared.
    texts: Vec<(String, String, Span)>,
    permissions: Vec<(String, Span)>,
}

/// A permission of the house, with the place of its name.
pub(super) type Told = (HousePermission, Span);

impl Reader<'_> {
    pub(super) fn permission(&mut self, table: &DeTable<'_>, span: &Span) -> Option<Told> {
        let (mut name, mut platform, mut level, mut vendor) = (None, None, None, None);
        let (mut meaning, mut chinese, mut personal) = (None, None, false);
        let before = self.mistakes.len();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => name = self.text(value).map(|text| (text, value.span())),
                "platform" => platform = self.choice(value, &Platform::ALL.map(|platform| (platform.name(), platform))),
                "level" => {
                    let choices = Level::ALL.map(|level| (level.name(), level));
                    level = self.choice(value, &choices).map(|level| (level, value.span()));
                }
                "personal" => personal = self.truth(value),
                "meaning" => meaning = self.text(value),
                "meaning-zh" => chinese = self.text(value),
                "vendor" => vendor = self.text(value),
                _ => self.unknown(key, &["name", "platform", "level", "personal", "meaning", "meaning-zh", "vendor"]),
            }
        }
        if self.mistakes.len() == before {
            let needed = [("name", name.is_some()), ("platform", platform.is_some()), ("meaning", meaning.is_some())];
            for (key, _) in needed.iter().filter(|(_, is_there)| !is_there) {
                self.mistake(span, format!("a permission of the house needs a `{key}`"));
            }
        }
        let ((name, at), platform, meaning_en) = (name?, platform?, meaning?);
        self.name(&name, platform, &at);
        if level.is_some() || self.mistakes.len() == before {
            self.level(platform, level.as_ref(), span);
        }
        let permission = HousePermission {
            platform,
            level: level.map(|(level, _)| level),
            personal,
            vendor,
            meaning_en,
            meaning_zh: chinese.unwrap_or_default(),
            at: self.at(&at),
            name,
        };
        Some((permission, at))
    }

    /// A permission's name is one word of Latin letters; on Android and `HarmonyOS` in a name space.
    fn name(&mut self, name: &str, platform: Platform, at: &Span) {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let is_full = (platform == Platform::Ios || name.contains('.')) && !name.split('.').any(str::is_empty);
        if !is_plain || !is_full {
            self.mistake(at, format!("`{name}` is no full name of a permission, such as com.example.permission.PUSH"));
        } else if Book::default().is_known(platform, name) {
            let message = format!("the book knows `{name}` already; [permission-severity] decides on its severity");
            self.mistake(at, message);
        }
    }

    fn level(&mut self, platform: Platform, level: Option<&(Level, Span)>, span: &Span) {
        let fitting: Vec<&str> =
            Level::ALL.into_iter().filter(|level| level.is_of(platform)).map(Level::name).collect();
        let fitting = fitting.join(", ");
        match level {
            None if platform == Platform::Ios => {}
            None => self.mistake(span, format!("a permission of the house needs a `level`: {fitting}")),
            Some((_, at)) if platform == Platform::Ios => self.mistake(at, "keys of iOS have no level".to_owned()),
            Some((level, _)) if level.is_of(platform) => {}
            Some((_, at)) => self.mistake(at, format!("the levels of {} are: {fitting}", platform.title())),
        }
    }

    fn truth(&mut self, value: &Value<'_>) -> bool {
        let choice = value.get_ref().as_bool();
        if choice.is_none() {
            self.mistake(&value.span(), "true or false should stand here, without quotes".to_owned());
        }
        choice.unwrap_or_default()
    }

    pub(super) fn word(&mut self, table: &DeTable<'_>, span: &Span) -> Option<Words> {
        let mut words = Words { texts: Vec::new(), permissions: Vec::new() };
        let before = self.mistakes.len();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "text" => {
                    for (text, at) in self.one_or_more(value) {
                        match statement::own_word(&text) {
                            Ok(compared) => words.texts.push((text, compared, at)),
                            Err(why) => self.mistake(&at, format!("`{text}` cannot be a word of the house: {why}")),
                        }
                    }
                }
                "permissions" => words.permissions = self.one_or_more(value),
                _ => self.unknown(key, &["text", "permissions"]),
            }
        }
        if self.mistakes.len() == before {
            let needed = [("text", words.texts.is_empty()), ("permissions", words.permissions.is_empty())];
            for (key, _) in needed.iter().filter(|(_, is_missing)| *is_missing) {
                self.mistake(span, format!("words of the house need `{key}`: a text or a list of texts"));
            }
        }
        (!words.texts.is_empty() || !words.permissions.is_empty()).then_some(words)
    }

    /// A text, or a list of texts, each with its place.
    fn one_or_more(&mut self, value: &Value<'_>) -> Vec<(String, Span)> {
        let items: Vec<&Value<'_>> = match value.get_ref().as_array() {
            Some(list) => list.iter().collect(),
            None => vec![value],
        };
        items.into_iter().filter_map(|item| Some((self.text(item)?, item.span()))).collect()
    }

    /// The book with what the house adds; nothing is done where it adds nothing.
    pub(super) fn book(&mut self, permissions: Vec<Told>, words: Vec<Words>) -> Book {
        if permissions.is_empty() && words.is_empty() {
            return Book::default();
        }
        let mut told: BTreeMap<(Platform, String), u32> = BTreeMap::new();
        for (permission, at) in &permissions {
            let name = (permission.platform, permission.name.clone());
            if let Some(first) = told.get(&name) {
                self.mistake(at, format!("`{}` stands at line {first} already", permission.name));
            } else {
                told.insert(name, permission.at.0);
            }
        }
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let mut own = Vec::new();
        for word in words {
            let mut meant: Vec<(Platform, String)> = Vec::new();
            for (name, at) in word.permissions {
                let is_one = |platform: &Platform| {
                    Book::default().is_known(*platform, &name) || told.contains_key(&(*platform, name.clone()))
                };
                let of: Vec<Platform> = Platform::ALL.into_iter().filter(is_one).collect();
                if of.is_empty() {
                    let message = format!("no permission has the full name `{name}`: tell of it under [[permission]]");
                    self.mistake(&at, message);
                }
                meant.extend(of.into_iter().map(|platform| (platform, name.clone())));
            }
            meant.sort();
            meant.dedup();
            for (text, compared, at) in word.texts {
                let place = self.at(&at);
                let is_bare =
                    |name: &&String| name.rsplit('.').next().is_some_and(|bare| bare.eq_ignore_ascii_case(&text));
                if let Some(full) = told.keys().map(|(_, name)| name).find(is_bare) {
                    self.mistake(&at, format!("`{text}` is the last part of `{full}`, and stands for it already"));
                }
                if let Some(first) = known.get(&compared) {
                    self.mistake(&at, format!("`{text}` stands at line {first} already"));
                } else {
                    known.insert(compared.clone(), place.0);
                }
                own.push(HouseWord { text, compared, permissions: meant.clone(), at: place });
            }
        }
        // What is wrong is told and never used.
        if !self.mistakes.is_empty() {
            return Book::default();
        }
        Book::with_house(self.name, permissions.into_iter().map(|(permission, _)| permission).collect(), own)
    }

    /// Line and column.
    fn at(&self, span: &Span) -> (u32, u32) {
        self.place(span).lines.map_or((0, 0), |lines| (lines.line, lines.column))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const HOUSE: &str = r#"
[[word]]
text = ["Acme push permission", "Acme 推送权限"]
permissions = ["com.acme.permission.PUSH", "android.permission.POST_NOTIFICATIONS"]

[[permission]]
name = "com.acme.permission.PUSH"
platform = "android"
level = "normal"
personal = true
meaning = "Receive messages of the Acme push service"
meaning-zh = "接收 Acme 推送消息"
vendor = "Acme"
"#;

    #[test]
    fn the_house_s_permissions_and_words_are_in_the_book() {
        let book = parse(HOUSE, "permaudit.toml").expect("no mistake").book;
        let fact = book.fact(Platform::Android, "com.acme.permission.PUSH").expect("a fact");
        assert_eq!((fact.level, fact.personal, fact.vendor), (Some(Level::Normal), true, Some("Acme")));
        assert_eq!(fact.house.map(|said| (said.line, said.column)), Some((7, 8)));
        let words: Vec<_> = book.own_words().map(|(_, term)| (term.text, term.sense.said().map(|s| s.line))).collect();
        assert_eq!(words, [("Acme push permission", Some(3)), ("Acme 推送权限", Some(3))]);
        let (_, term) = book.own_words().next().expect("a word");
        let meaning = term.sense.on(Platform::Android).expect("a meaning");
        assert_eq!(
            meaning.permissions().collect::<Vec<_>>(),
            ["android.permission.POST_NOTIFICATIONS", "com.acme.permission.PUSH"]
        );
        assert!(term.sense.on(Platform::Ios).is_none());
    }

    /// What is wrong in `text`, by line and column.
    fn mistakes(text: &str) -> Vec<(u32, u32)> {
        let mistakes = parse(text, "permaudit.toml").expect_err("mistakes");
        mistakes.iter().map(|m| m.place.lines.map_or((0, 0), |l| (l.line, l.column))).collect()
    }

    #[test]
    fn a_permission_that_cannot_be_is_a_mistake_at_its_place() {
        let with = |name: &str, platform: &str, rest: &str| {
            mistakes(&format!("[[permission]]\nname = \"{name}\"\nplatform = \"{platform}\"\nmeaning = \"x\"\n{rest}"))
        };
        let level = "level = \"normal\"\n";
        assert_eq!(mistakes("[[permission]]\n"), [(1, 1); 3], "what is needed");
        assert_eq!(with("a.b.C", "symbian", level), [(3, 12)]);
        assert_eq!(with("a.b.C", "android", "colour = 1\nlevel = \"loud\"\n"), [(5, 1), (6, 9)]);
        for name in ["PUSH", "com.acme.*", "com.acme permission", "com..PUSH", "android.permission.CAMERA"] {
            assert_eq!(with(name, "android", level), [(2, 8)], "{name}");
        }
        assert_eq!(with("a.b.C", "android", "level = \"user_grant\"\npersonal = \"yes\"\n"), [(5, 9), (6, 12)]);
        assert_eq!(with("a.b.C", "harmonyos", ""), [(1, 1)], "no level");
        assert_eq!(with("AcmeUsage", "ios", level), [(5, 9)], "a level where there is none");
        let twice = format!("{HOUSE}{}", HOUSE.replace("Acme ", "Acne "));
        assert_eq!(mistakes(&twice), [(20, 8)], "the same permission again");
    }

    #[test]
    fn words_that_cannot_be_are_mistakes_at_their_places() {
        assert_eq!(mistakes("[[word]]\n"), [(1, 1); 2]);
        assert_eq!(
            mistakes("[[word]]\ntext = \"\"\npermissions = [\"com.acme.permission.GONE\"]\n"),
            [(2, 8), (3, 16)]
        );
        let texts = "[[word]]\ntext = [\"Camera\", \"Acme\", \"ACME\", \"权限\"]\npermissions = \"android.permission.CAMERA\"\n";
        assert_eq!(mistakes(texts), [(2, 9), (2, 27), (2, 35)], "known, twice, and nothing");
        let bare = HOUSE.replace("permission.PUSH", "permission.ACMEPUSH").replace("Acme push permission", "AcmePush");
        assert_eq!(mistakes(&bare), [(3, 9)], "a name that the permission has already");
    }
}
