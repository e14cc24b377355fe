//! The archive as a reader sees it that goes through the file from its start, one local header after another.
//!
//! iOS unpacks an app while it is still being received, so it cannot wait for the central directory. Android never
//! reads that way.

use std::ops::ControlFlow;

use super::fields::{LOCAL_LEN, LOCAL_SIGNATURE, u16_at};
use super::{Archive, Seen, directory};
use crate::deadline;
use crate::doubt::{self, Code, Doubt};
use crate::error::Error;

/// Bytes after the data of an entry that can hold no further entry: the longest data descriptor has 24.
const SLACK: u64 = LOCAL_LEN as u64;

impl Archive<'_> {
    /// Compares the local headers with the directory: a name that differs, a header that is not there, and room
    /// between entries in which one could stand that the directory does not list. Sizes are compared when an entry is
    /// read.
    ///
    /// # Errors
    /// `read-failed`.
    pub fn compare_locals(&self, doubts: &mut Vec<Doubt>) -> Result<(), Error> {
        let (mut other_name, mut missing) = (Seen::default(), Seen::default());
        let mut extents: Vec<(u64, u64)> = Vec::with_capacity(self.len());
        let mut failed = None;
        let mut header = Vec::new();
        directory::walk(self.source, &self.end, &self.kept, |record| {
            let start = record.header_offset;
            let head_len = LOCAL_LEN + record.name.len();
            let end = start.checked_add(head_len as u64).filter(|&end| end <= self.source.len());
            if end.is_none() {
                missing.note(record);
                return ControlFlow::Continue(());
            }
            header.resize(head_len, 0);
            if let Err(error) = self.source.read_at(start, &mut header) {
                failed = Some(error);
                return ControlFlow::Break(());
            }
            if !header.starts_with(&LOCAL_SIGNATURE) {
                missing.note(record);
                return ControlFlow::Continue(());
            }
            let [name_len, extra_len] = [26, 28].map(|at| u16_at(&header, at).unwrap_or_default());
            let name = header.get(LOCAL_LEN..).unwrap_or_default();
            if usize::from(name_len) != record.name.len() || name != record.name {
                other_name.note(record);
            }
            let data = start + LOCAL_LEN as u64 + u64::from(name_len) + u64::from(extra_len);
            extents.push((start, data.saturating_add(record.compressed)));
            ControlFlow::Continue(())
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        other_name.report(Code::ZipLocalName, "the local header gives the entry another name", self.source, doubts);
        missing.report(Code::ZipLocalHeader, "no local header stands where the entry begins", self.source, doubts);
        extents.sort_unstable();
        let mut reached = extents.first().map_or(0, |(start, _)| *start);
        let ends = extents.into_iter().chain([(self.end.directory, self.end.directory)]);
        for (start, end) in ends {
            deadline::step();
            if start > reached.saturating_add(SLACK) {
                let message = format!("{} bytes between two entries belong to none", start - reached);
                doubt::push(doubts, Doubt::new(Code::ZipEntryGap, self.source.place().at(reached), message));
                break;
            }
            reached = reached.max(end);
        }
        Ok(())
    }
}
