//! Random numbers for jitter, and generators whose numbers depend only on a seed.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

thread_local! {
    /// Seeded by std's random hash keys, which differ between threads and processes. Using the
    /// system's randomness directly would add a dependency.
    static JITTER: RefCell<SmallRng> =
        RefCell::new(SmallRng::seed_from_u64(RandomState::new().build_hasher().finish()));
}

/// Draws from the half-open interval 0..1.
pub(crate) fn unit() -> f64 {
    JITTER.with_borrow_mut(RngExt::random)
}

/// A generator that returns the same numbers for the same seed, on every platform and with every
/// version of `rand`.
#[cfg(any(feature = "testing", feature = "simulation"))]
#[derive(Debug, Clone)]
#[allow(unreachable_pub)] // Only the feature `simulation` exports it.
pub struct Seeded(rand::rngs::Xoshiro256PlusPlus);

#[cfg(any(feature = "testing", feature = "simulation"))]
#[allow(unreachable_pub)]
impl Seeded {
    /// Creates the generator for this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(SeedableRng::seed_from_u64(seed))
    }

    /// Draws the next number, from the half-open interval 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn numbers_lie_in_the_interval() {
        assert!((0..1_000).all(|_| (0.0..1.0).contains(&unit())));
    }

    #[test]
    fn threads_differ() {
        let draw = || [(); 4].map(|()| unit().to_bits());
        assert_ne!(draw(), thread::spawn(draw).join().unwrap());
    }

    /// A new version of `rand` must not change the numbers of a seed.
    #[cfg(any(feature = "testing", feature = "simulation"))]
    #[test]
    fn a_seed_gives_these_numbers() {
        let mut generator = Seeded::new(42);
        let numbers = [(); 3].map(|()| format!("{:.4}", generator.unit()));
        assert_eq!(numbers, ["0.8143", "0.3188", "0.9839"]);
    }
}
