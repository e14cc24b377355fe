//! The report of `permaudit diff`, as text and JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::json::write_json;
use super::{Doubt, Style, Tool, count};
use crate::rules::Severity;
use crate::source::Escaped;

/// What changed between two builds or two statements.
#[derive(Debug, Clone, Serialize)]
pub struct Diff {
    /// The version of this shape.
    pub schema_version: &'static str,
    /// The program.
    pub tool: Tool,
    /// True when both sides were read for certain.
    pub established: bool,
    /// The exit code of the run.
    pub exit_code: u8,
    /// The earlier side.
    pub old: Side,
    /// The later side.
    pub new: Side,
    /// The changes, the heaviest first.
    pub changes: Vec<Change>,
    /// Why the changes may not be all.
    pub doubts: Vec<Doubt>,
}

/// One side of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// As the user named it.
    pub path: String,
    /// Package name or bundle identifier; null for a statement.
    pub id: Option<String>,
    /// Version name and code; null for a statement.
    pub version: Option<String>,
}

/// One change.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// `added`, `removed`, `conditions`, `origin`, `text`, `purpose`, `purpose-lost`.
    pub kind: &'static str,
    /// What it weighs.
    pub severity: &'static str,
    /// The platform.
    pub platform: &'static str,
    /// The full name.
    pub permission: String,
    /// Conditions, text or purpose before.
    pub before: Option<String>,
    /// The same now.
    pub after: Option<String>,
    /// One sentence.
    pub message: String,
    /// Where, in words.
    pub location: String,
    /// The severity, for comparison.
    #[serde(skip)]
    pub weight: Severity,
}

impl Diff {
    /// Writes JSON.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    /// Writes for a person.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn text(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let paint = |code: &str, text: &str| {
            if style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
        };
        let side = |side: &Side| {
            let version = side.version.as_ref().map(|version| format!(" {}", Escaped(version))).unwrap_or_default();
            format!("{}{version}", Escaped(&side.path))
        };
        let verdict = match (self.exit_code, self.changes.is_empty()) {
            (3, _) => paint("1;31", "NOT ESTABLISHED"),
            (_, true) => paint("1;32", "NO CHANGE"),
            (1, _) => paint("1;31", "CHANGED"),
            _ => paint("1;33", "CHANGED"),
        };
        let changes = count(self.changes.len(), "change");
        writeln!(out, "{verdict}  {} since {}: {changes}", side(&self.new), side(&self.old))?;
        for doubt in &self.doubts {
            writeln!(out, "\nnot established [{}]: {}\n  --> {}", doubt.code, Escaped(&doubt.message), doubt.place)?;
        }
        if !self.changes.is_empty() {
            writeln!(out)?;
        }
        for change in &self.changes {
            let color = match change.weight {
                Severity::Error => "1;31",
                Severity::Warning => "1;33",
                Severity::Note => "1;34",
            };
            let label = paint(color, &format!("{}[{}]", change.severity, change.kind));
            writeln!(out, "{label}: {}\n  --> {}", Escaped(&change.message), change.location)?;
        }
        Ok(())
    }
}
