//! The archive survey: what a device's libziparchive makes of a file.

use crate::doubt::Reading;
use crate::error::Error;
use crate::source::Source;

/// A surveyed archive.
pub struct Archive<'s> {
    source: &'s Source,
}

/// One record of the central directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, byte for byte; lossily decoded only for display.
    pub name: Vec<u8>,
}

/// Walks end record, central directory and the local headers of nothing yet; every irregularity is a doubt.
///
/// # Errors
/// When no directory can be established at all.
pub fn survey(source: &Source) -> Result<Reading<Archive<'_>>, Error> {
    Ok(Reading::whole(Archive { source }))
}

impl Archive<'_> {
    /// Every record whose name is exactly `name`, in directory order: more than one only with a doubt.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Vec<Entry> {
        let _ = (self.source, name);
        Vec::new()
    }

    /// The bytes of `entry` as a device would see them, at most `limit` after decompression.
    ///
    /// # Errors
    /// When no byte sequence can be established.
    pub fn read(&self, entry: &Entry, limit: u64) -> Result<Reading<Vec<u8>>, Error> {
        let _ = (entry, limit);
        Ok(Reading::whole(Vec::new()))
    }
}
