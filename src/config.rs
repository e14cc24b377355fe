//! The policy file `permaudit.toml`: text to decisions, every mistake reported at once with line and column.

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::deadline;
use crate::doubt::Code;
use crate::knowledge::Book;
use crate::rules::{self, Date, Policy, Require, Severity, Waiver};
use crate::source::{Escaped, Lines, Place};

/// The name under which the file is looked for, from the working directory upwards to the root of the repository.
pub const FILE_NAME: &str = "permaudit.toml";

/// What the file says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The products that `permaudit check` judges when it is given no package.
    pub products: Vec<Product>,
    /// The least severity that fails the run.
    pub fail_on: Option<Severity>,
    /// Running text counts (`accept`) or does not (`ignore`).
    pub prose: Option<bool>,
    /// Rows about SDKs count (`count`) or do not (`ignore`).
    pub sdk: Option<bool>,
    /// The longest that reading one package or statement may take.
    pub timeout: Option<Duration>,
    /// The house's decisions.
    pub policy: Policy,
    /// The book, with the permissions and words of the house.
    pub book: Book,
}

/// One product: its builds, and the statements its users read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Packages: paths or globs, relative to the file.
    pub packages: Vec<String>,
    /// Statements: each group of paths or globs makes one disclosure.
    pub statements: Vec<Vec<String>>,
    /// Where it stands.
    pub place: Place,
}

/// A mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line and column.
    pub place: Place,
    /// What is wrong, and what may stand there.
    pub message: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, Escaped(&self.message))
    }
}

/// Reads the file's `text`; `name` is how the user sees it.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn parse(text: &str, name: &str) -> Result<Config, Vec<Mistake>> {
    let mut reader = Reader { text, name, mistakes: Vec::new() };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.mistake(&error.span().unwrap_or(0..0), error.message().to_owned());
    }
    let config = reader.config(document.get_ref());
    if reader.mistakes.is_empty() {
        return Ok(config);
    }
    reader.mistakes.sort_by_key(|mistake| mistake.place.offset);
    Err(reader.mistakes)
}

struct Reader<'t> {
    text: &'t str,
    name: &'t str,
    mistakes: Vec<Mistake>,
}

type Span = std::ops::Range<usize>;
type Value<'t> = Spanned<DeValue<'t>>;

impl Reader<'_> {
    fn place(&self, span: &Span) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let line = number(before.matches('\n').count() + 1);
        let column = number(before.get(line_start..).unwrap_or_default().chars().count() + 1);
        let inside = self.text.get(span.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        let end_column = column.saturating_add(number(inside.chars().count()));
        let lines = Lines { line, column, end_line: line, end_column };
        Place { lines: Some(lines), ..Place::file(self.name).at(span.start as u64) }
    }

    fn mistake(&mut self, span: &Span, message: String) {
        let place = self.place(span);
        self.mistakes.push(Mistake { place, message });
    }

    fn config(&mut self, document: &DeTable<'_>) -> Config {
        let mut config = Config::default();
        let (mut permissions, mut words) = (Vec::new(), Vec::new());
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "fail-on" => {
                    config.fail_on = self.choice(value, &SEVERITIES);
                }
                "require" => {
                    let choices = [("all", Require::All), ("personal", Require::Personal)];
                    config.policy.require = self.choice(value, &choices).unwrap_or_default();
                }
                "prose" => config.prose = self.choice(value, &[("ignore", false), ("accept", true)]),
                "sdk" => config.sdk = self.choice(value, &[("count", true), ("ignore", false)]),
                "timeout" => config.timeout = self.seconds(value),
                "severity" => config.policy.rules = self.severities(value, true),
                "permission-severity" => config.policy.permissions = self.severities(value, false),
                "product" => config.products = self.tables(value, Self::product),
                "accept" => config.policy.waivers = self.tables(value, Self::waiver),
                "permission" => permissions = self.tables(value, Self::permission),
                "word" => words = self.tables(value, Self::word),
                _ => self.unknown(key, &KEYS),
            }
        }
        config.book = self.book(permissions, words);
        config
    }

    fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) {
        let message = format!("`{}` is no key here; the keys are: {}", key.get_ref(), known.join(", "));
        self.mistake(&key.span(), message);
    }

    /// One word of `choices`.
    fn choice<T: Copy>(&mut self, value: &Value<'_>, choices: &[(&str, T)]) -> Option<T> {
        let word = value.get_ref().as_str();
        let found = choices.iter().find(|(name, _)| Some(*name) == word).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.mistake(&value.span(), format!("one of {} should stand here", names.join(", ")));
        }
        found
    }

    fn text(&mut self, value: &Value<'_>) -> Option<String> {
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.mistake(&value.span(), "it is empty".to_owned());
                None
            }
            None => {
                let found = value.get_ref().type_str();
                self.mistake(&value.span(), format!("text in quotes should stand here, not this {found}"));
                None
            }
        }
    }

    fn texts(&mut self, value: &Value<'_>) -> Vec<String> {
        let Some(list) = value.get_ref().as_array() else {
            self.mistake(&value.span(), "a list should stand here: [\"…\", \"…\"]".to_owned());
            return Vec::new();
        };
        list.iter().filter_map(|item| self.text(item)).collect()
    }

    /// `[[name]]` tables, each read by `one`.
    fn tables<T>(&mut self, value: &Value<'_>, one: fn(&mut Self, &DeTable<'_>, &Span) -> Option<T>) -> Vec<T> {
        let Some(list) = value.get_ref().as_array() else {
            self.mistake(&value.span(), "this should be a list of tables, written with two brackets".to_owned());
            return Vec::new();
        };
        let mut read = Vec::new();
        for item in list {
            match item.get_ref().as_table() {
                Some(table) => read.extend(one(self, table, &item.span())),
                None => self.mistake(&item.span(), "a table should stand here".to_owned()),
            }
        }
        read
    }

    fn severities(&mut self, value: &Value<'_>, by_rule: bool) -> BTreeMap<String, Option<Severity>> {
        let mut severities = BTreeMap::new();
        let Some(table) = value.get_ref().as_table() else {
            self.mistake(&value.span(), "a table should stand here".to_owned());
            return severities;
        };
        let [error, warning, note] = SEVERITIES.map(|(name, severity)| (name, Some(severity)));
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if by_rule && rules::find(name).is_none() {
                let rules: Vec<&str> = rules::RULES.iter().map(|rule| rule.id).collect();
                self.unknown(key, &rules);
            } else if let Some(severity) = self.choice(value, &[error, warning, note, ("off", None)]) {
                severities.insert(name.to_owned(), severity);
            }
        }
        severities
    }

    fn product(&mut self, table: &DeTable<'_>, span: &Span) -> Option<Product> {
        let mut product = Product { packages: Vec::new(), statements: Vec::new(), place: self.place(span) };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "packages" => product.packages = self.texts(value),
                "statements" => product.statements = self.groups(value),
                _ => self.unknown(key, &["packages", "statements"]),
            }
        }
        let before = self.mistakes.len();
        if product.packages.is_empty() {
            self.mistake(span, "a product needs `packages`: a list of files or globs".to_owned());
        }
        if product.statements.is_empty() {
            self.mistake(
                span,
                "a product needs `statements`: a list of files, or of lists that make one disclosure".to_owned(),
            );
        }
        (self.mistakes.len() == before).then_some(product)
    }

    /// Statements: a file or glob is a disclosure of its own, an inner list makes one of several.
    fn groups(&mut self, value: &Value<'_>) -> Vec<Vec<String>> {
        let Some(list) = value.get_ref().as_array() else {
            self.mistake(&value.span(), "a list should stand here: [\"privacy.md\"]".to_owned());
            return Vec::new();
        };
        let mut groups = Vec::new();
        for item in list {
            let group =
                if item.get_ref().is_array() { self.texts(item) } else { self.text(item).into_iter().collect() };
            if !group.is_empty() {
                groups.push(group);
            }
        }
        groups
    }

    fn waiver(&mut self, table: &DeTable<'_>, span: &Span) -> Option<Waiver> {
        let (mut rule, mut permission, mut package, mut reason, mut until) = (None, None, None, None, None);
        let before = self.mistakes.len();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "rule" => rule = self.rule(value),
                "permission" => permission = self.text(value),
                "package" => package = self.text(value),
                "reason" => reason = self.text(value),
                "until" => until = self.date(value),
                _ => self.unknown(key, &["rule", "permission", "package", "reason", "until"]),
            }
        }
        if self.mistakes.len() == before {
            if rule.is_none() {
                self.mistake(span, "an accepted finding needs a `rule`".to_owned());
            }
            if reason.is_none() {
                self.mistake(span, "an accepted finding needs a `reason`: the next reader will ask".to_owned());
            }
        }
        Some(Waiver { rule: rule?, permission, package, reason: reason?, until, place: self.place(span) })
    }

    fn rule(&mut self, value: &Value<'_>) -> Option<String> {
        let name = self.text(value)?;
        if rules::find(&name).is_some() {
            return Some(name);
        }
        let message = if Code::from_name(&name).is_some() {
            format!(
                "`{name}` is a doubt, and what is not established cannot be accepted here; --accept-doubt lifts it for one run"
            )
        } else {
            let rules: Vec<&str> = rules::RULES.iter().map(|rule| rule.id).collect();
            format!("there is no rule `{name}`; the rules are: {}", rules.join(", "))
        };
        self.mistake(&value.span(), message);
        None
    }

    /// A time in seconds, with or without a fraction.
    fn seconds(&mut self, value: &Value<'_>) -> Option<Duration> {
        let written = match value.get_ref() {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            _ => String::new(),
        };
        let seconds = deadline::seconds(&written);
        if seconds.is_none() {
            self.mistake(&value.span(), "a number of seconds above 0 should stand here, such as 30 or 0.5".to_owned());
        }
        seconds
    }

    /// A day, as TOML's own local date or as text.
    fn date(&mut self, value: &Value<'_>) -> Option<Date> {
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(datetime) => datetime.to_string(),
            _ => String::new(),
        };
        let date = Date::parse(&written);
        if date.is_none() {
            self.mistake(&value.span(), "a day should stand here, such as 2027-01-31".to_owned());
        }
        date
    }
}

const KEYS: [&str; 11] = [
    "fail-on",
    "require",
    "prose",
    "sdk",
    "timeout",
    "severity",
    "permission-severity",
    "product",
    "accept",
    "permission",
    "word",
];

const SEVERITIES: [(&str, Severity); 3] =
    [("error", Severity::Error), ("warning", Severity::Warning), ("note", Severity::Note)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read() {
        let text = r#"
fail-on = "warning"
require = "personal"
prose = "accept"
sdk = "ignore"
timeout = 1.5

[severity]
stale = "note"
duplicate-row = "off"

[permission-severity]
"android.permission.VIBRATE" = "off"

[[product]]
packages = ["build/*.apk"]
statements = ["privacy.md", ["terms.md", "annex.md"]]

[[accept]]
rule = "undisclosed"
permission = "android.permission.READ_LOGS"
package = "com.example"
reason = "debug builds alone"
until = 2027-01-31
"#;
        let config = parse(text, "permaudit.toml").expect("no mistake");
        assert_eq!(config.fail_on, Some(Severity::Warning));
        assert_eq!(config.timeout, Some(Duration::from_millis(1500)));
        assert_eq!(config.policy.require, Require::Personal);
        assert_eq!((config.prose, config.sdk), (Some(true), Some(false)));
        assert_eq!(config.policy.rules.get("stale"), Some(&Some(Severity::Note)));
        assert_eq!(config.policy.rules.get("duplicate-row"), Some(&None));
        assert_eq!(config.policy.permissions.get("android.permission.VIBRATE"), Some(&None));
        assert_eq!(config.products[0].statements, [vec!["privacy.md"], vec!["terms.md", "annex.md"]]);
        let waiver = &config.policy.waivers[0];
        assert_eq!(waiver.until.map(|date| date.to_string()), Some("2027-01-31".to_owned()));
        assert_eq!(waiver.place.lines.map(|lines| lines.line), Some(19));
    }

    #[test]
    fn every_mistake_is_reported_at_once_with_its_place() {
        let text = "fail_on = \"error\"\nrequire = 3\n[severity]\nstael = \"note\"\nstale = \"loud\"\n[[accept]]\nrule = \"zip-duplicate-name\"\nreason = \"\"\nuntil = \"2027-02-30\"\n[[accept]]\nrule = \"stale\"\n[[product]]\npackages = []\n";
        let mistakes = parse(text, "permaudit.toml").expect_err("mistakes");
        let found: Vec<(u32, u32)> =
            mistakes.iter().map(|m| m.place.lines.map_or((0, 0), |l| (l.line, l.column))).collect();
        assert_eq!(
            found,
            [(1, 1), (2, 11), (4, 1), (5, 9), (7, 8), (8, 10), (9, 9), (10, 1), (12, 1), (12, 1)],
            "{mistakes:#?}"
        );
        assert!(mistakes[4].message.contains("--accept-doubt"));
    }

    #[test]
    fn broken_toml_is_a_mistake_with_a_place() {
        let mistakes = parse("fail-on = \n[severity", "permaudit.toml").expect_err("mistakes");
        assert!(mistakes.iter().all(|mistake| mistake.place.lines.is_some()));
        assert!(!mistakes.is_empty());
    }
}
