//! What guards of components open: power that no `<uses-permission>` names.

use super::Book;
use super::table::{Record, Table, list, table};

pub(super) const GUARDS: Table = table!("guards", GUARDS);

/// The name space of the platform's own guards.
const PREFIX: &str = "android.permission.BIND_";

/// What a component may do for which a guard is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// It reaches what is not the app's own, so that the user has to be told.
    Told,
    /// It shows or offers what is the app's own.
    Harmless,
    /// None: the system starts it for the app.
    None,
}

impl Power {
    pub(super) const ALL: [Power; 3] = [Power::Told, Power::Harmless, Power::None];

    /// The name in the data file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Power::Told => "told",
            Power::Harmless => "harmless",
            Power::None => "none",
        }
    }
}

/// A permission that a component demands of its caller, so that the system alone can bind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The permission's full name.
    pub name: &'static str,
    /// The element that the system looks for: `service` or `receiver`.
    pub element: &'static str,
    /// The highest targetSdkVersion of an app whose component some release takes by its intent action alone, without
    /// the guard; `None` where every release refuses that.
    pub until: Option<u32>,
    /// What it opens.
    pub power: Power,
    /// What the app may do by the component, in English; empty where that is nothing.
    pub meaning_en: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
    actions: &'static str,
    words: [&'static str; 2],
}

impl Guard {
    /// The intent actions by which the system finds the component.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        list(self.actions)
    }

    /// Words, in small letters, that speak of it in running text, in English and Chinese.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.words.into_iter().flat_map(list)
    }
}

pub(super) fn guard_of(record: Record) -> Guard {
    let [name, element, actions, until, mark, meaning_en, meaning_zh, english, chinese] = record.fields();
    let power = Power::ALL.into_iter().find(|power| power.name() == mark).unwrap_or(Power::Told);
    let until = if until == "any" { Some(u32::MAX) } else { until.parse().ok() };
    Guard { name, element, until, power, meaning_en, meaning_zh, actions, words: [english, chinese] }
}

impl Book {
    /// The guard `name` of an Android component.
    #[must_use]
    pub fn guard(&self, name: &str) -> Option<Guard> {
        GUARDS.first(&[name]).map(guard_of)
    }

    /// True when an `element` that demands `name` holds power in the system. A guard of the platform that the book does
    /// not know may open anything.
    #[must_use]
    pub fn is_guard(&self, name: &str, element: &str) -> bool {
        match self.guard(name) {
            Some(guard) => guard.element == element && guard.power != Power::None,
            None => name.starts_with(PREFIX),
        }
    }

    /// The guard without which some release takes an `element` for the intent `action`.
    #[must_use]
    pub fn guard_by_action(&self, action: &str, element: &str) -> Option<Guard> {
        // Most actions are an app's own.
        if !GUARDS.holds(action) {
            return None;
        }
        let mut all = GUARDS.records().map(guard_of).filter(|guard| guard.until.is_some() && guard.element == element);
        all.find(|guard| guard.actions().any(|known| known == action))
    }
}
