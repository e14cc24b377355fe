//! Entries to declarations. Every platform has the same rooms.

pub mod android;

use crate::container::{self, Sniffed};
use crate::declaration::{Package, SdkRange};
use crate::doubt::Reading;
use crate::error::Error;
use crate::source::Source;

/// Reads the package in `source`.
///
/// Never fails: where reading cannot continue, the package comes back marked unreadable, its declared set open,
/// with the error among the doubts.
#[must_use]
pub fn read(source: &Source) -> Package {
    let result = match container::sniff(source) {
        Ok(Sniffed::Zip) => android::read_apk(source),
        Ok(Sniffed::Axml) => android::read_axml(source),
        Err(error) => Err(error),
    };
    result.unwrap_or_else(|error| unreadable(source, error))
}

fn unreadable(source: &Source, error: Error) -> Package {
    Package {
        place: source.place(),
        kind: None,
        id: None,
        version: None,
        sdk: SdkRange::default(),
        declarations: Reading::new(Vec::new(), vec![error.into_doubt()]),
        unreadable: true,
    }
}
