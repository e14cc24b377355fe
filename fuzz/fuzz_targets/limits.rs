//! No target of its own: oversteps the limits, so that `scripts/fuzz.sh` can see that they bite.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| permaudit_fuzz::overstep(bytes));
