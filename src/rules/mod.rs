//! The rules: one file each, with its documentation, its code and its tests.
