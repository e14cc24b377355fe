//! The packages that paths, folders and patterns lead to.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::container;
use crate::source::Source;

/// The endings of packages. A file in a folder that has one is a package, whatever it holds: an empty file where an app
/// should be is worth a line.
const ENDINGS: [&str; 12] =
    ["aab", "aar", "apk", "apkm", "apks", "app", "hap", "hsp", "ipa", "xapk", "xcarchive", "apex"];

/// Endings of folders that are packages.
const BUNDLES: [&str; 2] = ["app", "xcarchive"];

/// Walks what a scan was given, in order; the files of a folder by name. Symbolic links in folders are not followed.
pub struct Walk<P> {
    given: P,
    /// What is still to be visited of the folder that is walked, the next one last.
    pending: Vec<PathBuf>,
    left_out: Arc<AtomicUsize>,
}

impl<P: Iterator<Item = PathBuf>> Walk<P> {
    /// Walks `given`; counts the files in folders that are no packages.
    pub fn new(given: P, left_out: Arc<AtomicUsize>) -> Walk<P> {
        Walk { given, pending: Vec::new(), left_out }
    }

    /// Lists `folder`, what comes first last. A folder that cannot be listed is left to whoever opens it as a package.
    fn list(&mut self, folder: &Path) -> bool {
        let Ok(entries) = fs::read_dir(folder) else { return false };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let Ok(entry) = entry else { return false };
            paths.push(entry.path());
        }
        paths.sort_unstable_by(|a, b| b.cmp(a));
        self.pending.append(&mut paths);
        true
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// True for the name of a folder that is a package.
pub(super) fn is_bundle(path: &Path) -> bool {
    has_ending(path, &BUNDLES)
}

/// True for a file that is called a package, or is one by its content.
fn is_package(path: &Path) -> bool {
    has_ending(path, &ENDINGS) || Source::open(path).is_ok_and(|source| container::sniff(&source).is_ok())
}

impl<P: Iterator<Item = PathBuf>> Iterator for Walk<P> {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        while let Some(path) = self.pending.pop() {
            // A package that is gone meanwhile is still worth a line.
            let Ok(metadata) = fs::symlink_metadata(&path) else { return Some(path) };
            let is_bundle = is_bundle(&path);
            if metadata.is_dir() && !is_bundle && self.list(&path) {
                continue;
            }
            if metadata.is_dir() || metadata.is_file() && is_package(&path) {
                return Some(path);
            }
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        let path = self.given.next()?;
        // What was named itself is followed where it leads.
        if path.is_dir() && !is_bundle(&path) && self.list(&path) {
            return self.next();
        }
        Some(path)
    }
}
