//! What is said of a permission that a heading, an item or a line above names.

use super::super::block::{Flow, Heading, fold_space};
use super::super::disclose::Walk;
use super::super::text::Span;
use super::List;
use crate::disclosure::{Named, Resolution};
use crate::knowledge::vocabulary::Role;

/// How much of a paragraph was said of the permission above it.
pub(super) enum Described {
    Not,
    All,
    /// What is left.
    Until(Vec<Flow>),
}

impl Walk<'_> {
    /// Takes an item that is a field and no name as what is said of the permission before it.
    pub(super) fn says_of_last(&mut self, text: &Flow, list: &List) -> bool {
        let before = self.found.disclosures.len().checked_sub(1).filter(|&before| before >= list.first);
        let Some(index) = before else { return false };
        let labels = self.headers.labels(text.text());
        let said = labels.first().is_some_and(|label| {
            let lead = Span::new(0, label.start).of(text.text());
            matches!(label.role, Role::HeaderPurpose | Role::HeaderDescription)
                && lead.chars().all(|c| c.is_whitespace() || matches!(c, '*' | '_'))
        });
        if said {
            self.say(index, text);
        }
        said
    }

    /// What is said of the permission in the heading above.
    pub(super) fn describe(&mut self, lines: &[Flow]) -> Described {
        let Some(subject) = &self.subject else { return Described::Not };
        let index = subject.index;
        let said = self.found.disclosures.get(index).is_some_and(|row| row.purpose.is_some());
        if said && subject.level == Heading::BOLD {
            // A line in bold heads the paragraph below it, not all that follows.
            self.subject = None;
            return Described::Not;
        }
        let next = lines.iter().position(|line| self.bracketed(line).is_some() || self.names_with_noun(line));
        if let Some((own, rest)) = next.and_then(|at| lines.split_at_checked(at)) {
            self.say(index, &Flow::joined(own));
            self.subject = None;
            return Described::Until(rest.to_vec());
        }
        let whole = Flow::joined(lines);
        let labels = self.headers.labels(whole.text());
        if let Some(next) = labels.iter().find(|label| label.role == Role::HeaderName) {
            // Fields for further permissions begin here.
            let own = whole.part(Span::new(0, next.start));
            if !own.is_blank() {
                self.say(index, &own);
            } else if let Some(row) = self.found.disclosures.get_mut(index).filter(|row| row.permissions.is_empty()) {
                // "Media permissions" above the names of them: a title.
                row.purpose_expected = false;
            }
            self.subject = None;
            return Described::Until(vec![whole.part(Span::new(next.start, whole.text().len()))]);
        }
        if !said && self.is_title_of_others(index, &whole) {
            self.subject = None;
            return Described::Not;
        }
        // What comes first tells whether the permission is used; a later "we do not store it" does not take it back.
        let first =
            self.found.disclosures.get(index).is_some_and(|row| row.purpose.is_none() && row.description.is_none());
        if !said && first && self.headers.begins_with_denial(whole.text()) {
            self.withdraw(index);
        }
        self.say(index, &whole);
        Described::All
    }

    /// Words for groups above a text that names permissions, and others than theirs, are its title and mean no more
    /// than it says: "Network & Storage" above INTERNET and `ACCESS_NETWORK_STATE`.
    fn is_title_of_others(&mut self, index: usize, text: &Flow) -> bool {
        let Some(row) = self.found.disclosures.get(index) else { return false };
        if row.permissions.is_empty() || row.ambiguities.is_empty() || !text.text().contains('_') {
            return false;
        }
        let words = text.text().split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
        let constants = words.map(|word| Flow::plain(word.trim_matches('.')));
        let named: Vec<Named> = constants
            .filter(|word| self.names.has_constant(word, &row.platforms))
            .filter_map(|word| self.names.read(&word, &row.platforms, false))
            .flat_map(|reading| reading.permissions)
            .collect();
        let title = named.iter().any(|named| !row.permissions.contains(named));
        if title && let Some(row) = self.found.disclosures.get_mut(index) {
            let (own, other) = row.permissions.drain(..).partition(|own| named.contains(own));
            row.permissions = own;
            row.candidates.extend::<Vec<Named>>(other);
            row.purpose_expected = false;
        }
        title
    }

    /// Takes what is said of a permission as its description and purpose.
    pub(super) fn say(&mut self, index: usize, text: &Flow) {
        self.trace.said_of(index);
        let fields = self.headers.labels(text.text());
        let of = |role: Role| {
            let at = fields.iter().position(|field| field.role == role)?;
            let start = fields.get(at)?.value;
            let end = fields.get(at + 1).map_or(text.text().len(), |next| next.start);
            let value = fold_space(without_number(Span::new(start, end).of(text.text())));
            (!self.headers.is_empty(&value)).then_some(value)
        };
        let (description, purpose) = if fields.is_empty() {
            let marks = |c: char| c.is_whitespace() || matches!(c, '_' | '*');
            let folded = fold_space(text.text().trim_start_matches(marks));
            // The first of several lines may say again, and more exactly, what is named.
            let first = text.text().trim().split_once('\n').map(|(first, _)| fold_space(first));
            (first, (!self.headers.is_empty(&folded)).then_some(folded))
        } else {
            (of(Role::HeaderDescription), of(Role::HeaderPurpose))
        };
        let (names, found) = (&self.names, &mut self.found);
        if let Some(disclosure) = found.disclosures.get_mut(index) {
            if let Some(said) = &description {
                names.settle(disclosure, said);
            }
            disclosure.purpose = disclosure.purpose.take().or(purpose);
            if !fields.is_empty() {
                disclosure.description = disclosure.description.take().or(description);
            }
        }
    }

    /// What was disclosed is denied after all.
    fn withdraw(&mut self, index: usize) {
        if let Some(disclosure) = self.found.disclosures.get_mut(index) {
            disclosure.candidates.append(&mut disclosure.permissions);
            disclosure.ambiguities.clear();
            disclosure.unknown.clear();
            disclosure.resolution = Resolution::Negated;
            disclosure.purpose_expected = false;
        }
    }
}

/// `text` without the number of the next item at its end.
fn without_number(text: &str) -> &str {
    let text = text.trim_end();
    let number = text.trim_end_matches(['.', '、', '．', ')', '）']).trim_end_matches(|c: char| c.is_ascii_digit());
    let cut = text.len() - number.len() > 1
        && number.ends_with(char::is_whitespace)
        && !text.ends_with(|c: char| c.is_ascii_digit());
    if cut { number.trim_end() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_next_item_is_cut_off() {
        assert_eq!(without_number("to scan codes 2."), "to scan codes");
        assert_eq!(without_number("更新贴纸 **12、"), "更新贴纸 **12、");
        assert_eq!(without_number("Android 13"), "Android 13");
        assert_eq!(without_number("text."), "text.");
    }
}
