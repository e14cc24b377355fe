//! One file per encoding. Nothing here knows a permission.

pub mod arsc;
pub mod axml;
pub mod bytes;
mod code_signature;
pub mod der;
pub mod document;
pub mod json;
pub mod macho;
pub mod plist;
pub mod proto_resources;
pub mod proto_xml;
pub mod protobuf;
pub mod resources_index;
pub mod string_pool;
pub mod text;
pub mod xml;
