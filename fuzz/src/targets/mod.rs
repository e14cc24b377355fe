//! One function for each fuzz target: bytes in, laws checked, a panic where one does not hold.
//!
//! The laws are those that hold for every input. What a device makes of a particular one is for the tests of the main
//! crate; `device_model` alone asks the readers of those tests.

mod device;
mod documents;
mod formats;
mod laws;

pub use device::device_model;
pub use documents::{
    baseline, policy_file, scan_line, statement_csv, statement_docx, statement_encoding, statement_html,
    statement_markdown, statement_pdf,
};
pub use formats::{
    arsc, axml, code_signature, der, json, macho, manifest_xml, merger_report, package, plist_binary, plist_openstep,
    plist_xml, proto_resources, proto_xml, resources_index, string_pool, zip_survey,
};

/// A target.
pub type Target = fn(&[u8]);

/// Every target by name, sorted.
pub const TARGETS: &[(&str, Target)] = &[
    ("arsc", arsc),
    ("axml", axml),
    ("baseline", baseline),
    ("code_signature", code_signature),
    ("der", der),
    ("device_model", device_model),
    ("json", json),
    ("macho", macho),
    ("manifest_xml", manifest_xml),
    ("merger_report", merger_report),
    ("package", package),
    ("plist_binary", plist_binary),
    ("plist_openstep", plist_openstep),
    ("plist_xml", plist_xml),
    ("policy_file", policy_file),
    ("proto_resources", proto_resources),
    ("proto_xml", proto_xml),
    ("resources_index", resources_index),
    ("scan_line", scan_line),
    ("statement_csv", statement_csv),
    ("statement_docx", statement_docx),
    ("statement_encoding", statement_encoding),
    ("statement_html", statement_html),
    ("statement_markdown", statement_markdown),
    ("statement_pdf", statement_pdf),
    ("string_pool", string_pool),
    ("zip_survey", zip_survey),
];
