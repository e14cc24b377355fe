//! Doubts: reasons why a value that was read may be less than the truth.
//!
//! The two sets everything rests on (what a package declares, what a statement discloses) are either *whole*
//! or *at least this much*. [`Reading`] keeps that difference in the type.

use crate::limits;
use crate::source::Place;

/// A value together with every reason it may be less than the truth.
///
/// Whole when there is no doubt. It has neither `Default` nor `Deref`: nobody gets an empty value by accident,
/// and nobody reads the value without having the doubts in hand.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// What was read: exact when [`is_whole`](Self::is_whole), otherwise a lower bound.
    pub value: T,
    doubts: Vec<Doubt>,
}

impl<T> Reading<T> {
    /// A value read for certain.
    pub fn whole(value: T) -> Self {
        Self { value, doubts: Vec::new() }
    }

    /// A value with the doubts collected while it was read; whole when `doubts` is empty.
    pub fn new(value: T, doubts: Vec<Doubt>) -> Self {
        Self { value, doubts }
    }

    /// True when nothing was doubtful.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.doubts.is_empty()
    }

    /// The doubts, in the order in which they arose.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// Adds one doubt.
    pub fn doubt(&mut self, doubt: Doubt) {
        push(&mut self.doubts, doubt);
    }

    /// Hands the value out and moves its doubts into `into`, so that they go on to whatever is built from it.
    pub fn drain_into(self, into: &mut Vec<Doubt>) -> T {
        for doubt in self.doubts {
            push(into, doubt);
        }
        self.value
    }

    /// Applies `f` to the value and keeps the doubts.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: f(self.value), doubts: self.doubts }
    }

    /// Value and doubts apart.
    pub fn into_parts(self) -> (T, Vec<Doubt>) {
        (self.value, self.doubts)
    }
}

/// Adds `doubt` to `doubts` unless it is already there, and closes the list at [`limits::DOUBTS`].
///
/// The list is never emptied by this, so a reading with a doubt stays doubtful.
pub fn push(doubts: &mut Vec<Doubt>, doubt: Doubt) {
    match doubts.len().cmp(&limits::DOUBTS) {
        std::cmp::Ordering::Less => {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
        std::cmp::Ordering::Equal => doubts.push(Doubt {
            code: Code::LimitDoubts,
            message: format!("more than {} doubts: the rest is not listed", limits::DOUBTS),
            place: doubt.place,
        }),
        std::cmp::Ordering::Greater => {}
    }
}

/// One reason why a value may be less than the truth, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The stable code a script or `--accept-doubt` names.
    pub code: Code,
    /// One sentence with the measured facts: what the bytes say and what that leaves open.
    pub message: String,
    /// Where.
    pub place: Place,
}

impl Doubt {
    /// A doubt with `code` at `place`.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The stable code of a doubt or an error. The name never changes once released; `permaudit explain CODE`
        /// prints the text that stands here as its documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The name as printed and accepted on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// What the code means, in words.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc, "\n",)+),)+ }
            }
        }
    };
}

codes! {
    /// The bytes are none of the package kinds that permaudit reads.
    UnknownKind = "unknown-kind",
    /// The file is empty.
    EmptyFile = "empty-file",
    /// The operating system failed to read a part of the file that it says exists.
    ReadFailed = "read-failed",
    /// A part of the program failed on this input; the rest of the run went on.
    InternalFailure = "internal-failure",
    /// More doubts arose than are listed.
    LimitDoubts = "limit-doubts",
}

impl Code {
    /// The code that is printed as `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_names_are_unique_and_kebab_case() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{name}");
            assert_eq!(Code::from_name(name).map(Code::name), Some(name));
        }
    }

    #[test]
    fn a_full_list_of_doubts_stays_doubtful_and_says_that_it_was_cut() {
        let mut doubts = Vec::new();
        for offset in 0..1000 {
            push(&mut doubts, Doubt::new(Code::UnknownKind, Place::file("a").at(offset), "x"));
        }
        assert_eq!(doubts.len(), limits::DOUBTS + 1);
        assert_eq!(doubts.last().map(|d| d.code), Some(Code::LimitDoubts));
    }
}
