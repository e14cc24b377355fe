//! What running text can say of a permission without its word, by the sense of its name.

use crate::knowledge::vocabulary::Sense;

/// Kind and sense.
const KINDS: &str = include_str!("senses.tsv");

/// How a thing can be spoken of. The head of `senses.tsv` says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Data that is collected or read.
    Data,
    /// Where the device is: to use it is to read it.
    Place,
    /// A part of the device that is opened.
    Device,
    /// Data that a user may hand over too.
    Held,
    /// Never more than implied.
    Implied,
    /// What the app does itself, which stands directly behind a verb that asks for it: 需要自启动.
    Done,
    /// A part of the device that words for access open, and no other verb.
    Opened,
    /// Sent to the user.
    Sent,
    /// Counts beside the word for permission alone.
    Named,
}

impl Kind {
    /// The kind of `sense`.
    pub(super) fn of(sense: Sense) -> Kind {
        let lines = KINDS.lines().filter(|line| !line.starts_with('#'));
        let found = lines.filter_map(|line| line.split_once('\t')).find(|(_, known)| *known == sense.id());
        match found.map(|(kind, _)| kind) {
            Some("data") => Kind::Data,
            Some("place") => Kind::Place,
            Some("device") => Kind::Device,
            Some("held") => Kind::Held,
            Some("implied") => Kind::Implied,
            Some("done") => Kind::Done,
            Some("opened") => Kind::Opened,
            Some("sent") => Kind::Sent,
            _ => Kind::Named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_of_a_known_kind_and_sense() {
        let lines: Vec<&str> = KINDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        for line in KINDS.lines().filter(|line| !line.starts_with('#')) {
            let (kind, sense) = line.split_once('\t').unwrap();
            assert!(["data", "device", "done", "held", "implied", "opened", "place", "sent"].contains(&kind), "{line}");
            assert!(Sense::named(sense).is_some_and(|known| known.id() == sense), "{line}");
            assert_ne!(Kind::of(Sense::named(sense).unwrap()), Kind::Named, "{line}");
        }
    }
}
