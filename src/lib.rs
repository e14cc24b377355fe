//! permaudit checks the permissions that a mobile app package **declares** against the permissions that its
//! privacy statements **disclose**.
//!
//! Everything it says rests on these two sets, and each is either *whole* or *only at least this much*: that
//! difference is the type [`doubt::Reading`]. Three kinds of bad news are never mixed: an [`error::Error`] (reading
//! cannot continue), a [`doubt::Doubt`] (reading went on; the set is open) and a [`rules::Finding`] (the verdict of
//! a rule). `docs/architecture.md` says what lives where and which way dependencies run.

#![forbid(unsafe_code)]

pub mod check;
pub mod cli;
pub mod config;
pub mod container;
pub mod deadline;
pub mod declaration;
pub mod diff;
pub mod disclosure;
pub mod doubt;
pub mod draft;
pub mod error;
pub mod files;
pub mod format;
pub mod knowledge;
pub mod limits;
pub mod platform;
pub mod report;
pub mod rules;
pub mod scan;
pub mod source;
pub mod statement;
