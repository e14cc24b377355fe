//! Errors: reading cannot continue, and the place where it stopped.

use crate::doubt::{Code, Doubt};
use crate::source::Place;

/// Reading a package or a statement cannot continue. The unit it concerns is "not established" (exit code 3).
///
/// An error is never turned into an empty value. A caller that can go on with less turns it into a [`Doubt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The stable code, shared with doubts.
    pub code: Code,
    /// One sentence: what was expected, what was found.
    pub message: String,
    /// Where reading stopped.
    pub place: Place,
}

impl Error {
    /// An error with `code` at `place`.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place }
    }

    /// The same bad news for a reader that goes on without this part.
    #[must_use]
    pub fn into_doubt(self) -> Doubt {
        Doubt { code: self.code, message: self.message, place: self.place }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.message, self.code.name())
    }
}

impl std::error::Error for Error {}
