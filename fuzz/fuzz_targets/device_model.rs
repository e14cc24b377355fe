//! `device_model` in `src/targets`, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| permaudit_fuzz::targets::device_model(bytes));
