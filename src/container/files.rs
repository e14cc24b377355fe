//! Named files, in an archive or in a folder: for platforms whose packages can be both.

use std::ops::ControlFlow;

use super::folder::{Folder, Listed};
use super::zip::{Archive, Entry};
use crate::doubt::{Code, Reading};
use crate::error::Error;
use crate::source::{Place, Source};

/// The files of a package.
#[derive(Clone, Copy)]
pub enum Files<'s> {
    /// The entries of an archive.
    Archive(&'s Archive<'s>),
    /// The files of a folder.
    Folder(&'s Folder<'s>),
}

/// One file of a package.
pub enum FileEntry<'s> {
    /// An entry of an archive.
    Entry(&'s Archive<'s>, Entry),
    /// A file of a folder.
    Listed(&'s Folder<'s>, &'s Listed),
}

/// How the content of a file can be had without holding it.
pub enum Content<'f> {
    /// At any offset.
    Random(Source),
    /// From its start, by [`Archive::stream`].
    Stream(&'f Archive<'f>, &'f Entry),
}

/// Mode bits of a symbolic link (`S_IFMT`, `S_IFLNK`).
const FILE_TYPE: u16 = 0xf000;
const LINK: u16 = 0xa000;

impl<'s> Files<'s> {
    /// Visits the name of every file, and whether unpacking makes a symbolic link of it.
    ///
    /// # Errors
    /// `read-failed`.
    pub fn visit(&self, visit: &mut dyn FnMut(&[u8], bool)) -> Result<(), Error> {
        match self {
            Files::Archive(archive) => archive.visit(|record| {
                visit(record.name, record.unix_mode.is_some_and(|mode| mode & FILE_TYPE == LINK));
                ControlFlow::Continue(())
            }),
            Files::Folder(folder) => {
                folder.files().iter().for_each(|file| visit(&file.name, false));
                Ok(())
            }
        }
    }

    /// Every file whose name is exactly `name`: more than one only with a doubt of the survey.
    ///
    /// # Errors
    /// `read-failed`.
    pub fn find(&self, name: &[u8]) -> Result<Vec<FileEntry<'s>>, Error> {
        match *self {
            Files::Archive(archive) => {
                Ok(archive.find(name)?.into_iter().map(|entry| FileEntry::Entry(archive, entry)).collect())
            }
            Files::Folder(folder) => {
                Ok(folder.find(name).map(|file| FileEntry::Listed(folder, file)).into_iter().collect())
            }
        }
    }
}

impl FileEntry<'_> {
    /// The place of this file in its package.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            FileEntry::Entry(archive, entry) => archive.place(entry),
            FileEntry::Listed(folder, file) => folder.source().place().in_entry(&String::from_utf8_lossy(&file.name)),
        }
    }

    /// Every byte sequence that some reader takes for the content, each of at most `limit` bytes: more than one only
    /// with a doubt.
    ///
    /// # Errors
    /// Those of [`Archive::readings`]; for a folder `read-failed` and `limit-entry-bytes`.
    pub fn readings(&self, limit: u64) -> Result<Reading<Vec<Vec<u8>>>, Error> {
        match self {
            FileEntry::Entry(archive, entry) => archive.readings(entry, limit),
            FileEntry::Listed(folder, file) => {
                let source = folder.open(file)?;
                if source.len() > limit {
                    let message = format!("the file has {} bytes, more than the {limit} that are read", source.len());
                    return Err(Error::new(Code::LimitEntryBytes, source.place(), message));
                }
                Ok(Reading::whole(vec![source.read_vec(0, source.len())?]))
            }
        }
    }

    /// The content of a file that may be too large to hold.
    ///
    /// # Errors
    /// Those of [`Archive::nested`]; for a folder `read-failed`.
    pub fn content(&self) -> Result<Reading<Content<'_>>, Error> {
        match self {
            FileEntry::Entry(archive, entry) if entry.is_stored() => Ok(archive.nested(entry, 0)?.map(Content::Random)),
            FileEntry::Entry(archive, entry) => Ok(Reading::whole(Content::Stream(archive, entry))),
            FileEntry::Listed(folder, file) => Ok(Reading::whole(Content::Random(folder.open(file)?))),
        }
    }
}
