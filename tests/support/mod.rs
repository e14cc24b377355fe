//! Builders of test files in which every field can lie, independent models of a device, and short ways to look at a
//! reading.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::format_push_string,
    clippy::similar_names,
    clippy::option_option,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "test support: each test file uses its part, and a builder may stop"
)]

pub mod arsc;
pub mod axml;
pub mod docx;
pub mod hap;
pub mod ipa;
pub mod json_model;
pub mod macho;
pub mod macho_model;
pub mod model;
pub mod oddities;
pub mod oracle;
pub mod pdf;
pub mod plist;
pub mod plist_model;
pub mod proto;
pub mod surgery;
pub mod text;
pub mod zip;
pub mod zip_model;

use std::io::Write;

use permaudit::declaration::{Declaration, Origin, Package};
use permaudit::platform;
use permaudit::source::Source;

/// Reads `bytes` as the program does.
pub fn read(bytes: &[u8]) -> Package {
    platform::read(&Source::new("app", bytes.to_vec()))
}

/// The permissions that stand in the package as requests, in order.
pub fn requested(package: &Package) -> Vec<&str> {
    requests(package).map(|d| d.permission.as_str()).collect()
}

/// The requests that stand in the package.
pub fn requests(package: &Package) -> impl Iterator<Item = &Declaration> {
    package.declarations.value.iter().filter(|d| d.kind.is_request() && d.origin == Origin::Declared)
}

/// The codes of its doubts, each once, in the order in which they arose.
pub fn codes(package: &Package) -> Vec<&'static str> {
    let mut codes: Vec<_> = package.declarations.doubts().iter().map(|doubt| doubt.code.name()).collect();
    let mut seen = std::collections::HashSet::new();
    codes.retain(|code| seen.insert(*code));
    codes
}

/// An archive with these entries, all stored.
pub fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
