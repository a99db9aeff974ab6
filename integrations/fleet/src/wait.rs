//! Waits for a condition.

use std::thread;
use std::time::{Duration, Instant};

/// The longest wait for any condition. It is far longer than needed, because the machine may be
/// busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the condition is met, and panics if it takes too long.
pub fn until(what: &str, mut is_met: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_met() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
