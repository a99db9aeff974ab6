//! Random numbers for jitter: one small generator per thread.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

thread_local! {
    // Jitter has to differ between processes and threads, not to be unpredictable: std's own random
    // keys are seed enough, and no system source of randomness has to be linked.
    static RNG: RefCell<SmallRng> =
        RefCell::new(SmallRng::seed_from_u64(RandomState::new().hash_one(0_u8)));
}

/// A number from the half-open interval 0..1.
pub(crate) fn unit() -> f64 {
    RNG.with_borrow_mut(RngExt::random)
}
