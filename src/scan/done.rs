//! What an earlier scan has done already.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Tally;
use crate::doubt::Code;

/// What tells whether a file is still the same: bytes, and nanoseconds since 1970. `None` where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    size: Option<u64>,
    modified: Option<u64>,
}

impl Mark {
    /// The mark of the file at `path`; of a folder, which says nothing of what it holds, there is none.
    fn of(path: &Path) -> Mark {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file);
        let since = |time: SystemTime| u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok();
        let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok()).and_then(since);
        Mark { size: metadata.map(|metadata| metadata.len()), modified }
    }

    fn is_known(self) -> bool {
        self.size.is_some() && self.modified.is_some()
    }
}

/// A file by its name, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    path: String,
    #[serde(flatten)]
    mark: Mark,
}

impl Seen {
    pub(super) fn of(path: &Path) -> Seen {
        Seen { path: path.to_string_lossy().into_owned(), mark: Mark::of(path) }
    }

    fn is_unchanged(&self) -> bool {
        self.mark.is_known() && Mark::of(Path::new(&self.path)) == self.mark
    }
}

/// The jobs that an earlier scan has done, by a digest of every path, size and time in them.
#[derive(Debug, Default)]
pub struct Done {
    digests: HashSet<[u8; 16]>,
    /// What became of them.
    pub tally: Tally,
}

/// The part of a line that tells what it was about.
#[derive(Deserialize)]
struct Earlier {
    exit_code: u8,
    #[serde(flatten)]
    package: Seen,
    #[serde(default)]
    statements: Vec<Seen>,
    #[serde(default, rename = "package")]
    read: Option<Read>,
    #[serde(default)]
    statement_doubts: Vec<Told>,
}

/// The part that tells what was doubtful about the package.
#[derive(Deserialize)]
struct Read {
    doubts: Vec<Told>,
}

/// The part of a doubt that tells which it is.
#[derive(Deserialize)]
struct Told {
    code: String,
}

impl Earlier {
    /// True when another run may find something else in the same files: they could not be opened, or the time ran out.
    fn may_change(&self) -> bool {
        let told = self.read.iter().flat_map(|package| &package.doubts).chain(&self.statement_doubts);
        self.exit_code == 2 || told.into_iter().any(|doubt| doubt.code == Code::LimitTime.name())
    }
}

impl Done {
    /// Takes in one line of an earlier scan. What could not be opened then, what ran out of time, and what has changed
    /// since, is not done.
    ///
    /// # Errors
    /// A sentence when it is no such line.
    pub fn add(&mut self, line: &str) -> Result<(), String> {
        let earlier: Earlier = serde_json::from_str(line).map_err(|error| format!("no line of a scan: {error}"))?;
        let unchanged = earlier.package.is_unchanged() && earlier.statements.iter().all(Seen::is_unchanged);
        if !earlier.may_change() && unchanged && self.digests.insert(digest(&earlier.package, &earlier.statements)) {
            self.tally.count(earlier.exit_code);
        }
        Ok(())
    }

    /// True when this was judged as it is now.
    pub(super) fn holds(&self, package: &Seen, statements: &[Seen]) -> bool {
        !self.digests.is_empty()
            && package.mark.is_known()
            && statements.iter().all(|statement| statement.mark.is_known())
            && self.digests.contains(&digest(package, statements))
    }
}

/// Long enough that no two jobs share it by chance: one that did would never be judged.
fn digest(package: &Seen, statements: &[Seen]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for Seen { path, mark } in std::iter::once(package).chain(statements) {
        hasher.update((path.len() as u64).to_le_bytes());
        hasher.update(path);
        for number in [mark.size, mark.modified] {
            hasher.update(number.unwrap_or(u64::MAX).to_le_bytes());
        }
    }
    let digest: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}
