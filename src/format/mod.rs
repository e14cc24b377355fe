//! One file per encoding. Nothing here knows a permission.

pub mod arsc;
pub mod axml;
pub mod bytes;
mod code_signature;
pub mod der;
pub mod json;
pub mod macho;
pub mod plist;
pub mod resources_index;
pub mod string_pool;
