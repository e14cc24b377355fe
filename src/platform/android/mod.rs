//! Android: APK and binary manifest to declarations.

use crate::declaration::Package;
use crate::doubt::Code;
use crate::error::Error;
use crate::source::Source;

/// Reads an APK as a device does (`ParsingPackageUtils`, libandroidfw, libziparchive).
///
/// # Errors
/// When the manifest cannot be read at all.
pub fn read_apk(source: &Source) -> Result<Package, Error> {
    Err(Error::new(Code::UnknownKind, source.place().at(0), "not read yet"))
}

/// Reads a binary AndroidManifest.xml that stands alone.
///
/// # Errors
/// When it cannot be read at all.
pub fn read_axml(source: &Source) -> Result<Package, Error> {
    Err(Error::new(Code::UnknownKind, source.place().at(0), "not read yet"))
}
