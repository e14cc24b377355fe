//! The files of a folder, such as an app bundle on disk. With [`source`](crate::source), the only place that touches
//! the file system.
//!
//! A symbolic link is followed as long as it stays inside the folder, since a packaged app holds what it leads to. A
//! link that leads out is not followed, and is a doubt.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::deadline;
use crate::doubt::{self, Code, Doubt, Reading};
use crate::error::Error;
use crate::limits;
use crate::source::{Escaped, Source};

/// A folder whose files have been listed.
pub struct Folder<'s> {
    source: &'s Source,
    /// Sorted by name.
    files: Vec<Listed>,
}

/// One file of a folder.
#[derive(Debug)]
pub struct Listed {
    /// Its name under the folder, parts separated by `/`.
    pub name: Vec<u8>,
    path: PathBuf,
}

/// A folder that is still to be listed.
struct Pending {
    name: Vec<u8>,
    path: PathBuf,
    depth: usize,
}

/// Lists every file under the folder that `source` is; nothing when it is none.
///
/// # Errors
/// `read-failed` where a folder cannot be listed, `limit-folder-files`.
pub fn walk(source: &Source) -> Result<Reading<Folder<'_>>, Error> {
    let mut doubts = Vec::new();
    let mut files = Vec::new();
    let Some(root) = source.folder() else { return Ok(Reading::whole(Folder { source, files })) };
    let failed = |path: &Path, error: &io::Error| {
        let message = format!("{} could not be read: {error}", Escaped(&path.to_string_lossy()));
        Error::new(Code::ReadFailed, source.place(), message)
    };
    let real_root = fs::canonicalize(root).map_err(|error| failed(root, &error))?;
    let mut pending = vec![Pending { name: Vec::new(), path: root.to_owned(), depth: 0 }];
    let mut listed = 0_usize;
    while let Some(folder) = pending.pop() {
        deadline::step();
        let real_folder = fs::canonicalize(&folder.path).map_err(|error| failed(&folder.path, &error))?;
        // Sorted, so that doubts come in the same order everywhere.
        let mut names: BTreeSet<OsString> = BTreeSet::new();
        for entry in fs::read_dir(&folder.path).map_err(|error| failed(&folder.path, &error))? {
            names.insert(entry.map_err(|error| failed(&folder.path, &error))?.file_name());
        }
        for file_name in names {
            deadline::step();
            listed += 1;
            if listed > limits::FOLDER_FILES || folder.depth > limits::FOLDER_DEPTH {
                let message = format!("the folder has more than {} files, or is nested too deep", limits::FOLDER_FILES);
                return Err(Error::new(Code::LimitFolderFiles, source.place(), message));
            }
            let path = folder.path.join(&file_name);
            let mut name = folder.name.clone();
            if !name.is_empty() {
                name.push(b'/');
            }
            name.extend_from_slice(file_name.as_encoded_bytes());
            let is_link = fs::symlink_metadata(&path).map_err(|error| failed(&path, &error))?.is_symlink();
            if is_link {
                let real = fs::canonicalize(&path).ok().filter(|real| real.starts_with(&real_root));
                match real {
                    // A link to a folder that it stands in leads nowhere new.
                    Some(real) if real_folder.starts_with(&real) => continue,
                    Some(_) => {}
                    None => {
                        let message = "a symbolic link leads out of the folder, or nowhere, and was not followed";
                        let place = source.place().in_entry(&String::from_utf8_lossy(&name));
                        doubt::push(&mut doubts, Doubt::new(Code::FolderLinkOutside, place, message));
                        continue;
                    }
                }
            }
            let metadata = fs::metadata(&path).map_err(|error| failed(&path, &error))?;
            if metadata.is_dir() {
                pending.push(Pending { name, path, depth: folder.depth + 1 });
            } else if metadata.is_file() {
                files.push(Listed { name, path });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Reading::new(Folder { source, files }, doubts))
}

impl Folder<'_> {
    /// The files, sorted by name.
    pub(super) fn files(&self) -> &[Listed] {
        &self.files
    }

    /// The file `name`.
    pub(super) fn find(&self, name: &[u8]) -> Option<&Listed> {
        let index = self.files.binary_search_by(|file| file.name.as_slice().cmp(name)).ok()?;
        self.files.get(index)
    }

    /// The source that this folder is.
    pub(super) fn source(&self) -> &Source {
        self.source
    }

    /// Opens a file of the folder as a source of its own.
    ///
    /// # Errors
    /// `read-failed`.
    pub(super) fn open(&self, file: &Listed) -> Result<Source, Error> {
        let name = String::from_utf8_lossy(&file.name);
        self.source.file(&name, &file.path).map_err(|error| {
            let message = format!("the file could not be opened: {error}");
            Error::new(Code::ReadFailed, self.source.place().in_entry(&name), message)
        })
    }
}
