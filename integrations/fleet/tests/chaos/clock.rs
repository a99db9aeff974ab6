//! Clocks, a ticker that notices stalls, and random numbers.

use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// A longer gap between two ticks is a stall.
const STALL: u64 = 20_000;

/// Returns the microseconds of the monotonic clock that all processes of the machine share.
pub fn now() -> u64 {
    nanos(clock_gettime(ClockId::Monotonic)) / 1_000
}

/// Returns the nanoseconds of processor time that this thread has used.
pub fn processor_time() -> u64 {
    nanos(clock_gettime(ClockId::ThreadCPUTime))
}

fn nanos(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).expect("clocks are not negative");
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).expect("clocks are not negative")
}

/// Returns a duration in microseconds.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).expect("a test takes no thousands of years")
}

/// Converts microseconds to seconds, for output.
pub fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

/// Ticks while `goes_on` returns true, and reports each span in which this thread did not run.
pub fn tick(goes_on: impl Fn() -> bool, mut stalled: impl FnMut(u64, u64)) {
    let mut last = now();
    while goes_on() {
        thread::sleep(Duration::from_millis(5));
        let this = now();
        if this - last > STALL {
            stalled(last, this);
        }
        last = this;
    }
}

/// A sequence of random numbers, the same for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number: splitmix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from `from` to below `to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }

    pub fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.between(from, to))
    }

    pub fn is(&mut self, percent: u64) -> bool {
        self.between(0, 100) < percent
    }
}
