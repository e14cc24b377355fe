//! One file per encoding. Nothing here knows a permission.

pub mod arsc;
pub mod axml;
pub mod bytes;
pub mod string_pool;
