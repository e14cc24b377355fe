//! The rules: one file each, with its documentation, its code and its tests.
//!
//! A rule sees a [`Case`] and nothing else, and reports [`Finding`]s. A finding cannot be made without a place.

mod ambiguous_name;
mod collected_data;
mod container_list_differs;
mod contradiction;
mod copied_purpose;
mod description_is_purpose;
mod duplicate_row;
mod guarded_component;
mod no_purpose;
mod no_table;
mod policy;
mod prose_without_row;
mod purpose_string_empty;
mod purpose_string_language;
mod purpose_string_placeholder;
mod purpose_string_too_short;
mod purpose_string_wrong_type;
mod reason_empty;
mod reason_missing;
mod sdk_row_without_purpose;
mod stale;
mod superseded;
mod tracking_without_key;
mod undisclosed;
mod unknown_name;
mod unused_waiver;
mod vague_purpose;
mod wording;
mod wrong_platform;

pub use policy::{Date, Policy, Require, Waiver};
pub use unused_waiver::Fate;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::deadline;
use crate::declaration::{Declaration, DeclarationKind, Origin, Package};
use crate::disclosure::{Ambiguity, Disclosure, Named, Resolution, Statement, Strength, Unknown};
use crate::knowledge::{Book, Fact, Level, Platform};
use crate::source::Place;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be mended.
    Warning,
    /// Fails the gate by default.
    Error,
}

impl Severity {
    /// The name in reports and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What a rule judges, which decides how often it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The packages by themselves: once a run.
    Packages,
    /// A statement by itself: once for each statement, with or without packages.
    Statement,
    /// Packages against what is disclosed to their users: once for each verdict.
    Pair,
    /// What became of the house's own decisions: once a run, at its end.
    Policy,
}

/// One rule.
pub struct Rule {
    /// The stable name.
    pub id: &'static str,
    /// One line: what it reports.
    pub summary: &'static str,
    /// What several findings of it are called, after their number.
    pub several: &'static str,
    /// Its severity, in words.
    pub severity: &'static str,
    /// Why it matters, what is reported and what is not, an example, what to do: Markdown.
    pub explanation: &'static str,
    /// What it judges.
    pub subject: Subject,
    /// Its code.
    pub check: fn(&Case<'_>, &mut Vec<Finding>),
}

/// Every rule, by weight: the order in which reports list findings of equal severity.
pub static RULES: &[&Rule] = &[
    &no_table::RULE,
    &undisclosed::RULE,
    &purpose_string_empty::RULE,
    &purpose_string_wrong_type::RULE,
    &stale::RULE,
    &unknown_name::RULE,
    &ambiguous_name::RULE,
    &contradiction::RULE,
    &wrong_platform::RULE,
    &no_purpose::RULE,
    &sdk_row_without_purpose::RULE,
    &purpose_string_placeholder::RULE,
    &reason_missing::RULE,
    &reason_empty::RULE,
    &tracking_without_key::RULE,
    &collected_data::RULE,
    &guarded_component::RULE,
    &container_list_differs::RULE,
    &copied_purpose::RULE,
    &description_is_purpose::RULE,
    &vague_purpose::RULE,
    &duplicate_row::RULE,
    &prose_without_row::RULE,
    &superseded::RULE,
    &purpose_string_too_short::RULE,
    &purpose_string_language::RULE,
    &unused_waiver::RULE,
];

/// The rule named `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// The verdict of a rule on one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// Its weight here.
    pub severity: Severity,
    /// The platform it concerns, where it concerns one.
    pub platform: Option<Platform>,
    /// The permission it concerns, by full name, where it concerns one.
    pub permission: Option<String>,
    /// The name as written in the statement, where that is what it concerns.
    pub written: Option<String>,
    /// The package it concerns, as an index into [`Case::packages`].
    pub package: Option<usize>,
    /// One sentence: what is so.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where; the first place is the one to look at.
    place: Place,
    /// Further places.
    others: Vec<Place>,
}

impl Finding {
    /// A finding of `rule` at `place`.
    pub fn new(rule: &Rule, severity: Severity, place: &Place, message: impl Into<String>) -> Finding {
        Finding {
            rule: rule.id,
            severity,
            platform: None,
            permission: None,
            written: None,
            package: None,
            message: message.into(),
            help: String::new(),
            place: place.clone(),
            others: Vec::new(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = help.into();
        self
    }

    /// Says which permission it concerns.
    #[must_use]
    pub fn about(mut self, named: &Named) -> Finding {
        self.platform = Some(named.platform);
        self.permission = Some(named.name.clone());
        self
    }

    /// Says which written name it concerns.
    #[must_use]
    pub fn about_written(mut self, written: &str) -> Finding {
        self.written = Some(written.to_owned());
        self
    }

    /// Says which row of a statement it concerns: by its written name, and by its permission where it names one.
    #[must_use]
    pub fn about_row(self, row: &Disclosure) -> Finding {
        let finding = self.about_written(&row.written);
        match row.permissions.as_slice() {
            [named] => finding.about(named),
            _ => finding,
        }
    }

    /// Says which platform it concerns.
    #[must_use]
    pub fn on(mut self, platform: Platform) -> Finding {
        self.platform = Some(platform);
        self
    }

    /// Says which package it concerns.
    #[must_use]
    pub fn in_package(mut self, package: usize) -> Finding {
        self.package = Some(package);
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn and_at(mut self, place: &Place) -> Finding {
        self.others.push(place.clone());
        self
    }

    /// The places, the one to look at first.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.place).chain(&self.others)
    }

    /// The place to look at.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// All that a rule may see: the declared and the disclosed side of one judgement.
pub struct Case<'a> {
    /// The packages: the builds of one product. Empty when a statement is judged by itself.
    pub packages: &'a [Package],
    /// The statements that make one disclosure. Empty when packages are judged by themselves.
    pub statements: &'a [&'a Statement],
    /// The book.
    pub book: Book,
    /// The house's decisions.
    pub policy: &'a Policy,
    /// Its waivers, with what became of them: empty until the run ends.
    pub waivers: &'a [(Waiver, Fate)],
    rows: BTreeMap<Named, Row<'a>>,
    /// The texts of the statements in small letters, once they were wanted.
    small: OnceCell<Vec<String>>,
    /// What each package (by its index) defines.
    defined: BTreeSet<(usize, Platform, &'a str)>,
}

/// Everything that was declared and disclosed under one name.
#[derive(Default)]
pub struct Row<'a> {
    /// Requests, with the index of their package.
    pub declared: Vec<(usize, &'a Declaration)>,
    /// Components that demand it as their guard, with the index of their package.
    pub guarded: Vec<(usize, &'a Declaration)>,
    /// Disclosures, with the statement they stand in.
    pub disclosed: Vec<(&'a Statement, &'a Disclosure)>,
    /// Disclosures that name it, of a kind that the house does not let count.
    pub withheld: Vec<(&'a Statement, &'a Disclosure)>,
    /// Disclosures that may mean it and do not count.
    pub candidates: Vec<(&'a Statement, &'a Disclosure)>,
}

impl<'a> Row<'a> {
    /// The first running text that names it or its data, where that does not count.
    #[must_use]
    pub fn in_prose(&self) -> Option<(&'a Statement, &'a Disclosure)> {
        let told = |d: &Disclosure| d.strength().is_some_and(|strength| strength < Strength::Implies);
        self.withheld.iter().copied().find(|(_, disclosure)| told(disclosure))
    }

    /// The first row about an SDK that names it, where those do not count.
    #[must_use]
    pub fn in_sdk(&self) -> Option<(&'a Statement, &'a Disclosure)> {
        self.withheld.iter().copied().find(|(_, disclosure)| disclosure.strength().is_none())
    }

    /// The first row or item that may mean it, otherwise the first running text.
    #[must_use]
    pub fn perhaps(&self) -> Option<(&'a Statement, &'a Disclosure)> {
        self.candidates.iter().copied().min_by_key(|(_, disclosure)| disclosure.strength().is_some())
    }
}

/// How the components under one guard stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// Where a statement first speaks of them.
    pub mention: Option<Place>,
    /// What it weighs that none does; `None` where the house leaves it out.
    pub weight: Option<Severity>,
}

impl<'a> Case<'a> {
    /// Pairs the two sides by platform and full name.
    #[must_use]
    pub fn new(packages: &'a [Package], statements: &'a [&'a Statement], book: Book, policy: &'a Policy) -> Case<'a> {
        let mut rows: BTreeMap<Named, Row<'a>> = BTreeMap::new();
        let mut defined = BTreeSet::new();
        for (index, package) in packages.iter().enumerate() {
            for declaration in &package.declarations.value {
                deadline::step();
                if declaration.kind == DeclarationKind::DefinesPermission {
                    defined.insert((index, declaration.platform, declaration.permission.as_str()));
                }
                let is_guarded = declaration.kind == DeclarationKind::GuardedComponent;
                if !is_guarded && !declaration.kind.is_request() {
                    continue;
                }
                let named = Named { platform: declaration.platform, name: declaration.permission.clone() };
                let row = rows.entry(named).or_default();
                if is_guarded { &mut row.guarded } else { &mut row.declared }.push((index, declaration));
            }
        }
        for &statement in statements {
            for disclosure in &statement.disclosures.value {
                deadline::step();
                for named in &disclosure.permissions {
                    rows.entry(named.clone()).or_default().disclosed.push((statement, disclosure));
                }
                for named in &disclosure.withheld {
                    rows.entry(named.clone()).or_default().withheld.push((statement, disclosure));
                }
                // What a sentence denies may be anything; what a row denies may be a mistake.
                let denied = disclosure.resolution == Resolution::Negated && disclosure.strength().is_some();
                for named in disclosure.candidates.iter().filter(|_| !denied) {
                    rows.entry(named.clone()).or_default().candidates.push((statement, disclosure));
                }
            }
        }
        Case { packages, statements, book, policy, waivers: &[], rows, small: OnceCell::new(), defined }
    }

    /// The same case at the end of a run, when it is known what became of the waivers.
    #[must_use]
    pub fn with_waivers(self, waivers: &'a [(Waiver, Fate)]) -> Case<'a> {
        Case { waivers, ..self }
    }

    /// Each statement with its text in small letters.
    pub fn in_small_letters(&self) -> impl Iterator<Item = (&'a Statement, &str)> {
        let texts = self.small.get_or_init(|| self.statements.iter().map(|s| s.text.to_lowercase()).collect());
        self.statements.iter().copied().zip(texts.iter().map(String::as_str))
    }

    /// Every name that was declared, disclosed or may be meant, in order of platform and name.
    pub fn rows(&self) -> impl Iterator<Item = (&Named, &Row<'a>)> {
        self.rows.iter().inspect(|_| deadline::step())
    }

    /// The platforms that are judged: those of the packages, or all where there is no package.
    #[must_use]
    pub fn platforms(&self) -> Vec<Platform> {
        let known = |platform: &Platform| self.packages.iter().any(|p| p.platform() == Some(*platform));
        Platform::ALL.into_iter().filter(|p| self.packages.is_empty() || known(p)).collect()
    }

    /// The rows and items of every statement in reading order; negated ones are left out.
    pub fn disclosures(&self) -> impl Iterator<Item = (&'a Statement, &'a Disclosure)> {
        let all = self.statements.iter().flat_map(|&s| s.disclosures.value.iter().map(move |d| (s, d)));
        all.inspect(|_| deadline::step())
            .filter(|(_, disclosure)| disclosure.resolution != Resolution::Negated && disclosure.strength().is_none())
    }

    /// Where a statement speaks of the permissions of `platform`: the heading or header of its table, otherwise that
    /// of any permission table, otherwise line 1 of the first statement.
    #[must_use]
    pub fn table_place(&self, platform: Platform) -> Option<Place> {
        let sections = || self.statements.iter().flat_map(|s| &s.sections);
        let for_platform = sections().find(|s| s.platforms.contains(&platform));
        let unstated = || sections().find(|s| s.platforms.is_empty());
        let section = for_platform.or_else(unstated);
        section.map(|s| s.place.clone()).or_else(|| self.statements.first().map(|s| s.first_line()))
    }

    /// True when the app defines `named` itself, so that no user needs to be told of it.
    ///
    /// A definition of a platform's or vendor's name (a vendor of the house among them) is ignored by a device (the name has an owner already), so it
    /// hides nothing here; nor does a definition on another platform, which one package may have.
    #[must_use]
    pub fn is_own(&self, package: usize, named: &Named) -> bool {
        let index = package;
        let Some(package) = self.packages.get(index) else { return false };
        let Named { platform, name } = named;
        let (platform, name) = (*platform, name.as_str());
        if self.book.has_owner(platform, name) || name.starts_with("android.") || name.starts_with("ohos.") {
            return false;
        }
        let by_pattern = || {
            let id = package.id.as_deref().filter(|id| !id.is_empty());
            id.is_some_and(|id| name.strip_prefix(id).is_some_and(|rest| rest.starts_with('.')))
                && self.book.per_app(name).is_some()
        };
        self.defined.contains(&(index, platform, name)) || by_pattern()
    }

    /// The permission of another platform than the row's that has exactly the name that is unknown there.
    #[must_use]
    pub fn name_elsewhere(&self, disclosure: &Disclosure, unknown: &Unknown) -> Option<Fact> {
        let stated = &disclosure.platforms;
        let others = Platform::ALL.into_iter().filter(|p| !stated.is_empty() && !stated.contains(p));
        others.into_iter().find_map(|platform| {
            let bare = || self.book.bare(platform, &unknown.written);
            self.book.fact(platform, &unknown.written).or_else(|| match bare().as_slice() {
                [fact] => Some(*fact),
                _ => None,
            })
        })
    }

    /// True when `disclosure` names `named` clearly: whatever else in its cell is open, it is not what counts as this.
    #[must_use]
    pub fn is_clear(&self, named: &Named, disclosure: &Disclosure) -> bool {
        disclosure.ambiguities.iter().all(|part| match part {
            Ambiguity::Abbreviation(word) => {
                let alias = self.book.alias(named.platform, word);
                alias.is_some_and(|alias| !alias.permissions.contains(&named.name.as_str()))
            }
            Ambiguity::Group(_) => false,
            Ambiguity::Vague(_) => true,
        })
    }

    /// What an undisclosed `named` weighs: the heaviest of its requests, or what the house decides. `None` when the app
    /// itself defines the name, no user has to be told of it, or the house leaves it out.
    #[must_use]
    pub fn weight(&self, named: &Named, row: &Row<'_>) -> Option<Severity> {
        let requests = row.declared.iter().filter(|(package, _)| !self.is_own(*package, named));
        let weigh =
            |&(package, declaration): &(usize, &Declaration)| undisclosed::severity(self, named, package, declaration);
        let usual = requests.filter_map(weigh).max()?;
        self.policy.undisclosed(&named.name, usual)
    }

    /// How the components under the guard `named` stand; `None` where the app has none of which the user has to be told.
    #[must_use]
    pub fn guarded(&self, named: &Named, row: &Row<'_>) -> Option<Guarded> {
        let severity = self.policy.rules.get(guarded_component::RULE.id).copied();
        guarded_component::must_be_told(self, named, row).then(|| Guarded {
            mention: guarded_component::mention(self, named, row),
            weight: severity.unwrap_or(Some(Severity::Warning)),
        })
    }

    /// True when a statement discloses `name` on `platform`.
    #[must_use]
    pub fn discloses(&self, platform: Platform, name: &str) -> bool {
        let named = Named { platform, name: name.to_owned() };
        self.rows.get(&named).is_some_and(|row| !row.disclosed.is_empty())
    }

    /// What `name` lets an app do, in English, where the book knows.
    #[must_use]
    pub fn meaning(&self, named: &Named) -> Option<&'static str> {
        if named.platform == Platform::Ios
            && let Some(entitlement) = self.book.entitlement(&named.name)
        {
            return entitlement.meaning_en;
        }
        let fact = self.book.fact(named.platform, &named.name);
        fact.map(|fact| fact.meaning_en).filter(|meaning| !meaning.is_empty())
    }

    /// True when a row or item names `named`, whether or not the house lets it count.
    #[must_use]
    pub fn has_row(&self, named: &Named) -> bool {
        let row = self.rows.get(named);
        let disclosures = row.into_iter().flat_map(|row| row.disclosed.iter().chain(&row.withheld));
        disclosures.into_iter().any(|(_, disclosure)| disclosure.strength().is_none())
    }

    /// `name` with its meaning in brackets, where the book knows it.
    #[must_use]
    pub fn with_meaning(&self, named: &Named) -> String {
        match self.meaning(named) {
            Some(meaning) => format!("{} ({})", named.name, lower_first(meaning)),
            None => named.name.clone(),
        }
    }
}

/// `text` with a small first letter, for use inside a sentence. Abbreviations (`NFC …`) stay as they are.
pub(crate) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// The libraries that brought in all of `declarations`; none where the app itself has one of them.
fn brought_in_by<'a>(declarations: &[(usize, &'a Declaration)]) -> Vec<&'a str> {
    let mut libraries: Vec<&str> = Vec::new();
    for (_, declaration) in declarations {
        if declaration.brought_in_by.is_empty() && declaration.origin == Origin::Declared {
            return Vec::new();
        }
        for library in &declaration.brought_in_by {
            if !libraries.contains(&library.as_str()) {
                libraries.push(library);
            }
        }
    }
    libraries
}

/// The purpose strings of all packages, each with the index of its package.
fn purpose_strings<'a>(case: &Case<'a>) -> impl Iterator<Item = (usize, Named, &'a Declaration)> + use<'a> {
    case.packages.iter().enumerate().flat_map(|(index, package)| {
        let strings = package.declarations.value.iter().filter(|d| d.kind == DeclarationKind::PurposeString);
        strings.map(move |d| (index, Named { platform: d.platform, name: d.permission.clone() }, d))
    })
}

/// The requests of all HarmonyOS packages that the user is asked for, each with the index of its package: a reason for
/// anything else is shown to nobody.
fn reasons<'a>(case: &Case<'a>) -> impl Iterator<Item = (usize, Named, &'a Declaration)> + use<'a> {
    case.packages.iter().enumerate().flat_map(|(index, package)| {
        let requests = package.declarations.value.iter().filter(|d| {
            d.kind == DeclarationKind::RequestPermission && matches!(d.level, Some(Level::UserGrant) | None)
        });
        requests.map(move |d| (index, Named { platform: d.platform, name: d.permission.clone() }, d))
    })
}

/// Names in a sentence: `a`, `a or b`, `a, b or c`.
pub(crate) fn listed<'n>(names: impl IntoIterator<Item = &'n str>, last: &str) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.split_last() {
        Some((end, [])) => (*end).to_owned(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

/// Runs every rule on `subject` over `case`.
#[must_use]
pub fn judge(case: &Case<'_>, subject: Subject) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.subject == subject) {
        (rule.check)(case, &mut findings);
    }
    case.policy.weigh(&mut findings);
    findings
}

/// The letters and digits of `text` alone, small: what is left of a name or purpose however it is written.
pub(crate) fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() {
            letters.extend(c.to_lowercase());
        }
    }
    letters
}

/// The reference of all rules as one Markdown page: `docs/rules.md`.
#[must_use]
pub fn reference() -> String {
    use std::fmt::Write as _;
    let mut page = String::from(
        "# Rules\n\nMade from the documentation that stands in each rule's own file; `permaudit explain RULE` prints the \
         same text.\n\n| rule | severity | reports |\n| --- | --- | --- |\n",
    );
    for rule in RULES {
        let _ = writeln!(page, "| [{0}](#{0}) | {1} | {2} |", rule.id, rule.severity, rule.summary);
    }
    for rule in RULES {
        let _ = write!(
            page,
            "\n## {}\n\n{}.\n\nSeverity: {}.\n\n{}\n",
            rule.id,
            rule.summary,
            rule.severity,
            rule.explanation.trim()
        );
    }
    page
}
