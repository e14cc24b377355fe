//! A limit on the time that one package or one statement may take.
//!
//! [`start`] sets it for the present thread, and [`step`] stands in the loops over untrusted input. The step that finds
//! the time used up leaves the whole reading at once, by unwinding to whoever set the limit: there is no list of which a
//! half was read, so none can be taken for a whole one. Without a limit a step is a comparison with zero, and nothing
//! else depends on the clock.
//!
//! The limit belongs to the thread, since a package is read by one: to hand it through every function would put it into
//! each signature between a source and a loop, and a loop without it would be one without a limit.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use crate::doubt::{Code, Doubt};
use crate::source::Place;

/// Steps from one look at the clock to the next. A step takes from a few nanoseconds to some microseconds, a look about
/// 30 nanoseconds.
const STEPS: u32 = 256;

/// A time limit as it is typed: seconds, with or without a fraction, above 0. `None` for anything else.
#[must_use]
pub fn seconds(typed: &str) -> Option<Duration> {
    let plain = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = typed.parse::<f64>().ok().filter(|_| plain)?;
    Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero())
}

/// A limit that has been set, and when it is reached.
#[derive(Clone, Copy)]
struct Running {
    limit: Duration,
    end: Instant,
}

thread_local! {
    /// Steps until the next look at the clock; 0 where there is no limit.
    static LEFT: Cell<u32> = const { Cell::new(0) };
    static RUNNING: Cell<Option<Running>> = const { Cell::new(None) };
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// What unwinds when the time is used up.
#[derive(Debug)]
pub struct Expired {
    limit: Duration,
    place: Option<Place>,
}

impl Expired {
    /// The doubt about the source at `place`; it names what was read last.
    #[must_use]
    pub fn into_doubt(self, place: Place) -> Doubt {
        let message = format!(
            "this took longer than {} s, the limit of --timeout, and was stopped: nothing that was read until then counts. \
             Give it more time with --timeout SECONDS",
            self.limit.as_secs_f64()
        );
        Doubt::new(Code::LimitTime, self.place.unwrap_or(place), message)
    }
}

/// The limit holds as long as this lives.
#[must_use]
pub struct Limited(());

impl Drop for Limited {
    fn drop(&mut self) {
        LEFT.set(0);
        RUNNING.set(None);
        PLACE.take();
    }
}

/// Limits the time of what this thread does from here on until the result is dropped; `None` sets no limit.
pub fn start(limit: Option<Duration>) -> Limited {
    // A limit beyond the end of the clock is none.
    let running = limit.and_then(|limit| Some(Running { limit, end: Instant::now().checked_add(limit)? }));
    RUNNING.set(running);
    LEFT.set(if running.is_some() { STEPS } else { 0 });
    PLACE.take();
    Limited(())
}

/// One round of a loop over untrusted input.
#[inline]
pub fn step() {
    match LEFT.get() {
        0 => {}
        1 => look(),
        left => LEFT.set(left - 1),
    }
}

/// The step of a round that may take long by itself: looks at the clock in any case.
#[inline]
pub fn long_step() {
    if LEFT.get() > 0 {
        look();
    }
}

/// Notes what is being read, for the message.
#[inline]
pub fn reading(place: impl FnOnce() -> Place) {
    if LEFT.get() > 0 {
        PLACE.replace(Some(place()));
    }
}

#[cold]
fn look() {
    let Some(Running { limit, end }) = RUNNING.get() else { return };
    if Instant::now() < end {
        LEFT.set(STEPS);
        return;
    }
    // What is dropped on the way out may take steps, and must not unwind again.
    LEFT.set(0);
    resume_unwind(Box::new(Expired { limit, place: PLACE.take() }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn spin(rounds: u64) -> u64 {
        (0..rounds).fold(0, |sum, round| {
            step();
            sum ^ round
        })
    }

    #[test]
    fn a_loop_ends_when_the_time_is_used_up_and_names_what_was_read() {
        let started = Instant::now();
        let limited = start(Some(Duration::from_millis(20)));
        let place = Place::file("a.apk").in_entry("AndroidManifest.xml");
        let result = catch_unwind(AssertUnwindSafe(|| {
            reading(|| place.clone());
            spin(u64::MAX)
        }));
        drop(limited);
        assert!(started.elapsed() >= Duration::from_millis(20));
        let expired = result.expect_err("it would run for ever").downcast::<Expired>().expect("by the limit");
        let doubt = expired.into_doubt(Place::file("a.apk"));
        assert_eq!((doubt.code, doubt.place), (Code::LimitTime, place));
        assert!(doubt.message.contains("0.02 s") && doubt.message.contains("--timeout SECONDS"), "{}", doubt.message);
        // The limit is over with what it was set for.
        assert_eq!(spin(1000), 0);
        assert_eq!(LEFT.get(), 0);
    }

    #[test]
    fn nothing_that_is_dropped_on_the_way_out_unwinds_again() {
        struct Slow;
        impl Drop for Slow {
            fn drop(&mut self) {
                spin(1000);
                long_step();
            }
        }
        let limited = start(Some(Duration::from_millis(1)));
        let result = catch_unwind(|| {
            let _slow = Slow;
            spin(u64::MAX)
        });
        drop(limited);
        assert!(result.is_err_and(|payload| payload.is::<Expired>()));
    }

    #[test]
    fn a_time_is_a_number_of_seconds_above_zero() {
        for (typed, milliseconds) in [("1", 1000), ("0.5", 500), ("30.", 30_000), (".25", 250)] {
            assert_eq!(seconds(typed), Some(Duration::from_millis(milliseconds)), "{typed}");
        }
        for typed in [
            "",
            "0",
            "0.0",
            "0.0000000001",
            "-1",
            "+1",
            "1e3",
            "inf",
            "NaN",
            "1s",
            "1,5",
            "1 ",
            "9".repeat(400).as_str(),
        ] {
            assert_eq!(seconds(typed), None, "{typed}");
        }
    }

    #[test]
    fn without_a_limit_or_with_one_beyond_the_clock_nothing_is_stopped() {
        for limit in [None, Some(Duration::MAX)] {
            let _limited = start(limit);
            reading(|| panic!("nobody asks for the place"));
            long_step();
            assert_eq!((spin(1024), LEFT.get()), (0, 0));
        }
    }
}
