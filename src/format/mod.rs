//! One file per encoding. Nothing here knows a permission.
