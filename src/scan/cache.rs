//! Statements that several packages are judged against: each is read once, as long as it is used often enough.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::check::{self, Options};
use crate::disclosure::Statement;
use crate::source::{Escaped, Source};

/// Statements that are kept. A store's list of pairs is sorted by developer; a developer has a few.
const KEPT: usize = 128;

/// A statement that one thread reads while others wait for it.
type Slot = Arc<OnceLock<Result<Arc<Statement>, String>>>;

/// The statements read last.
#[derive(Default)]
pub(super) struct Statements(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    slots: HashMap<PathBuf, Slot>,
    /// The paths in the order in which they were added.
    order: VecDeque<PathBuf>,
}

impl Statements {
    /// The statement at `path`.
    ///
    /// # Errors
    /// A sentence when the file cannot be opened.
    pub(super) fn read(&self, path: &Path, options: &Options) -> Result<Arc<Statement>, String> {
        let slot = self.slot(path);
        let read = || {
            let shown = || Escaped(&path.to_string_lossy()).to_string();
            let source = Source::open(path).map_err(|error| format!("{}: {error}", shown()))?;
            Ok(Arc::new(check::read_statement(&source, options)))
        };
        slot.get_or_init(read).clone()
    }

    fn slot(&self, path: &Path) -> Slot {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = kept.slots.get(path) {
            return Arc::clone(slot);
        }
        if kept.order.len() >= KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.slots.remove(&oldest);
        }
        kept.order.push_back(path.to_owned());
        Arc::clone(kept.slots.entry(path.to_owned()).or_default())
    }
}
