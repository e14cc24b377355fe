//! What a house decides for itself: severities, what must be disclosed, and findings it accepts for a time.
//!
//! A policy never reaches what could not be read: "not established" is no finding.

use std::collections::BTreeMap;
use std::fmt;

use super::{Finding, Severity};
use crate::source::Place;

/// The decisions of one house. The default decides nothing.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Severity by rule; `None` turns the rule off.
    pub rules: BTreeMap<String, Option<Severity>>,
    /// Severity of `undisclosed` by full permission name; `None` leaves the permission out.
    pub permissions: BTreeMap<String, Option<Severity>>,
    /// What must be disclosed.
    pub require: Require,
    /// Findings that are accepted.
    pub waivers: Vec<Waiver>,
}

/// Which declared permissions must be disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Require {
    /// All of them, each by its own severity.
    #[default]
    All,
    /// Those that the user is asked for or that open personal data; the others are notes.
    Personal,
}

/// One accepted finding, or several of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// The full permission name, or the name as written in the statement; any where there is none.
    pub permission: Option<String>,
    /// The package's identifier; any where there is none.
    pub package: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it holds; for ever where there is none.
    pub until: Option<Date>,
    /// Where it stands in the policy file.
    pub place: Place,
}

impl Waiver {
    /// True when it accepts `finding`, which concerns the package named `package`.
    #[must_use]
    pub fn covers(&self, finding: &Finding, package: Option<&str>) -> bool {
        let subject =
            |wanted: &String| finding.permission.as_ref() == Some(wanted) || finding.written.as_ref() == Some(wanted);
        self.rule == finding.rule
            && self.permission.as_ref().is_none_or(subject)
            && self.package.as_deref().is_none_or(|wanted| package == Some(wanted))
    }

    /// True when it holds no more on `today`.
    #[must_use]
    pub fn has_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

impl Policy {
    /// Weighs `findings` by the house's own severities; what is turned off is removed.
    pub(super) fn weigh(&self, findings: &mut Vec<Finding>) {
        findings.retain_mut(|finding| {
            match self.rules.get(finding.rule) {
                Some(Some(severity)) => finding.severity = *severity,
                Some(None) => return false,
                None => {}
            }
            true
        });
    }

    /// The severity of an undisclosed permission: `usual`, unless the house decides otherwise. `None` leaves it out.
    #[must_use]
    pub fn undisclosed(&self, permission: &str, usual: Severity) -> Option<Severity> {
        let usual = match self.require {
            Require::Personal if usual < Severity::Error => Severity::Note,
            _ => usual,
        };
        self.permissions.get(permission).copied().unwrap_or(Some(usual))
    }
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day written as `2027-01-31`; `None` when there is no such day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let shaped = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        (shaped && digits && (1..=date.days_in_month()).contains(&date.day)).then_some(date)
    }

    fn days_in_month(self) -> u8 {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        }
    }

    /// The day, in UTC, `seconds` after the start of 1970.
    #[must_use]
    pub fn at(seconds: u64) -> Date {
        let mut days = seconds / 86_400;
        let mut date = Date { year: 1970, month: 1, day: 1 };
        loop {
            let month = u64::from(date.days_in_month());
            if days < month || date.year == u16::MAX {
                // Below 31 here, so it fits.
                date.day = u8::try_from(days.min(30)).unwrap_or(0) + 1;
                return date;
            }
            days -= month;
            (date.year, date.month) = if date.month == 12 { (date.year + 1, 1) } else { (date.year, date.month + 1) };
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2027-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-1-1",
            "27-01-01",
            "2027-01-32",
            "2027-01-01-01",
            "+027-01-01",
            "",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert_eq!(Date::parse("2028-02-29").map(|date| date.to_string()), Some("2028-02-29".to_owned()));
    }

    #[test]
    fn seconds_become_days() {
        assert_eq!(Date::at(0).to_string(), "1970-01-01");
        assert_eq!(Date::at(951_782_399).to_string(), "2000-02-28");
        assert_eq!(Date::at(951_782_400).to_string(), "2000-02-29");
        assert_eq!(Date::at(1_798_675_199).to_string(), "2026-12-30");
    }

    #[test]
    fn a_waiver_holds_on_its_last_day() {
        let until = Date::parse("2027-01-31");
        let waiver = Waiver {
            rule: "stale".to_owned(),
            permission: None,
            package: None,
            reason: String::new(),
            until,
            place: Place::file("permaudit.toml"),
        };
        assert!(!waiver.has_expired(Date::parse("2027-01-31").unwrap()));
        assert!(waiver.has_expired(Date::parse("2027-02-01").unwrap()));
    }
}
