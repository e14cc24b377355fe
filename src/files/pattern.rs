//! What a pattern of the policy file matches.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source::Escaped;

use super::walk::is_bundle;

/// A path or glob of the policy file.
pub(super) struct Pattern {
    /// The folder in which the first part with a wildcard is looked for, and the whole; `None` where there is none.
    wild: Option<(PathBuf, String)>,
    path: PathBuf,
}

/// What makes a pattern of a name.
const WILDCARDS: [char; 3] = ['*', '?', '['];

impl Pattern {
    /// The pattern `written`, relative to `folder`, whose own name is none.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub(super) fn new(folder: &Path, written: &str) -> Result<Pattern, String> {
        let path = folder.join(written);
        if path.exists() || !written.contains(WILDCARDS) {
            return Ok(Pattern { wild: None, path });
        }
        let fixed: PathBuf =
            Path::new(written).iter().take_while(|part| !part.to_string_lossy().contains(WILDCARDS)).collect();
        let within = match folder.join(fixed) {
            here if here.as_os_str().is_empty() => PathBuf::from("."),
            within => within,
        };
        let whole = if Path::new(written).is_absolute() {
            written.to_owned()
        } else {
            let folder = glob::Pattern::escape(&folder.to_string_lossy());
            Path::new(&folder).join(written).to_string_lossy().into_owned()
        };
        glob::Pattern::new(&whole).map_err(|error| error.to_string())?;
        Ok(Pattern { wild: Some((within, whole)), path })
    }

    /// The packages: files, and folders that are packages. What lies in a package is a part of it; a folder that is
    /// named by itself is taken for one.
    ///
    /// # Errors
    /// As for [`files`](Self::files).
    pub(super) fn packages(&self) -> Result<Vec<PathBuf>, String> {
        let mut found: Vec<PathBuf> = Vec::new();
        for path in self.matched()? {
            let is_one = path.is_file() || path.is_dir() && (self.wild.is_none() || is_bundle(&path));
            let is_part = found.iter().any(|package| is_bundle(package) && path.starts_with(package));
            if is_one && !is_part {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// The files.
    ///
    /// # Errors
    /// A sentence for a file that a wildcard leads to by a link out of its folder, and for what cannot be listed: a gate
    /// over less than was meant would pass.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, String> {
        Ok(self.matched()?.into_iter().filter(|path| path.is_file()).collect())
    }

    /// All that it matches, by name; itself where it has no wildcard.
    ///
    /// # Errors
    /// As for [`files`](Self::files).
    pub(super) fn matched(&self) -> Result<Vec<PathBuf>, String> {
        let Some((within, whole)) = &self.wild else { return Ok(vec![self.path.clone()]) };
        let paths = glob::glob(whole).map_err(|error| error.to_string())?;
        let mut matched = Vec::new();
        for path in paths {
            let path = path.map_err(|error| error.to_string())?;
            // What was named itself is followed where it leads; what was not could be put there by anybody.
            let stays = match (fs::canonicalize(&path), fs::canonicalize(within)) {
                (Ok(path), Ok(within)) => path.starts_with(within),
                // A link to nothing.
                _ => false,
            };
            if !stays {
                let (path, within) = (path.to_string_lossy(), within.to_string_lossy());
                let [path, within] = [Escaped(&path), Escaped(&within)];
                return Err(format!("{path} is a link that leads out of {within}: name what it leads to by itself"));
            }
            matched.push(path);
        }
        Ok(matched)
    }
}
