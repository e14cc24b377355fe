//! Builders of test files in which every field can lie.

// Each test binary uses a part of this.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod zip;
pub mod zip_model;
