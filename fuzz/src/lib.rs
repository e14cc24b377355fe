//! Fuzz targets for every untrusted format that permaudit reads.
//!
//! What a target does with its bytes stands in [`targets`], which knows nothing of a fuzzer: `tests/fuzz_corpus.rs` of
//! the main crate replays the same functions on stable. Here is what only fuzzing needs: an allocator that makes
//! memory a finding.

/// Readers of the tests, apart from the program; some of them stand beside a builder.
#[allow(dead_code, reason = "the builders are for the tests")]
#[path = "../../tests/support"]
mod support {
    pub mod axml;
    pub mod json_model;
    pub mod macho_model;
    pub mod model;
    pub mod oracle;
    pub mod plist_model;
    pub mod proto;
    pub mod text;
    pub mod zip_model;
}
pub mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that may be held at once for one input. The budgets of the program allow this much for a bomb: an entry of
/// 64 MiB, and what is made of it.
const BUDGET: usize = 384 * 1024 * 1024;

/// What the limits are there for, one for each of these inputs: `scripts/fuzz.sh` proves with it that they bite.
pub fn overstep(bytes: &[u8]) {
    match bytes {
        b"memory" => drop(std::hint::black_box(vec![0_u8; BUDGET + 1])),
        b"time" => loop {
            std::hint::black_box(());
        },
        _ => {}
    }
}

/// Counts what is held, and ends the process where it is more than [`BUDGET`].
struct Counted;

static HELD: AtomicUsize = AtomicUsize::new(0);

impl Counted {
    fn grow(by: usize) {
        if HELD.fetch_add(by, Ordering::Relaxed).saturating_add(by) > BUDGET {
            HELD.store(0, Ordering::Relaxed);
            let _ = writeln!(std::io::stderr(), "more than {BUDGET} bytes are held; the last request was for {by}");
            std::process::abort();
        }
    }

    fn shrink(by: usize) {
        HELD.fetch_sub(by, Ordering::Relaxed);
    }
}

// SAFETY: every call is handed to the system's allocator as it came; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Counted::grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Counted::grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        Counted::shrink(layout.size());
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Counted::grow(size);
        Counted::shrink(layout.size());
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;
