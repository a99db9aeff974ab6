//! Random numbers for jitter: one small generator per thread.
//!
//! It is our own: jitter needs spread, and not to be unpredictable, which takes a few lines. Building `rand` and
//! its core for them cost every user 0.35 s of processor time, a twentieth of the whole build.

use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};

thread_local! {
    /// The state of this thread's generator; 0 before its first number.
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// A number from the half-open interval 0..1.
pub(crate) fn unit() -> f64 {
    STATE.with(|shared| {
        let mut state = shared.get();
        if state == 0 {
            state = seed();
        }
        let bits = next(&mut state);
        shared.set(state);
        to_unit(bits)
    })
}

/// The next number from 0..1 of a generator with this state.
#[cfg(any(feature = "testing", feature = "simulation"))]
pub(crate) fn unit_of(state: &mut u64) -> f64 {
    to_unit(next(state))
}

/// Threads and processes have to differ. Std's own random keys see to that, and no system source of randomness has
/// to be linked. A generator whose state comes by 0 later is only seeded anew.
#[cold]
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// `SplitMix64`, from Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014): a state that
/// goes up by the golden ratio of 2^64, and a mix of its bits.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The upper 53 bits, as many as a float tells apart, as a number from 0..1.
#[allow(clippy::cast_precision_loss)] // 53 bits fit.
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// The first numbers of the published algorithm from these seeds.
    #[test]
    fn known_answers() {
        let first = |mut seed| [(); 5].map(|()| next(&mut seed));
        assert_eq!(
            first(1_234_567),
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
        assert_eq!(first(0)[..2], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn the_ends_of_the_bits_are_the_ends_of_the_interval() {
        let ends = [0, 1 << 63, u64::MAX].map(|bits| to_unit(bits).to_bits());
        assert_eq!(ends, [0.0, 0.5, 1.0 - f64::EPSILON / 2.0].map(f64::to_bits));
    }

    /// The bounds are seven deviations away: they are missed once in billions of runs.
    #[test]
    fn numbers_are_spread_evenly() {
        const DRAWS: u32 = 100_000;
        let mut parts = [0_u32; 10];
        let mut sum = 0.0;
        for _ in 0..DRAWS {
            let number = unit();
            assert!((0.0..1.0).contains(&number), "{number}");
            sum += number;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let part = (number * 10.0) as usize;
            parts[part] += 1;
        }
        // A number deviates by the root of 1/12, the count of a tenth by the root of 0.09 of the draws.
        let mean = sum / f64::from(DRAWS);
        assert!((mean - 0.5).abs() < 7.0 * (1.0 / 12.0 / f64::from(DRAWS)).sqrt(), "{mean}");
        let most = 7.0 * (0.09 * f64::from(DRAWS)).sqrt();
        for count in parts {
            assert!((f64::from(count) - f64::from(DRAWS) / 10.0).abs() < most, "{parts:?}");
        }
    }

    #[test]
    fn threads_differ() {
        let draw = || [(); 4].map(|()| unit().to_bits());
        assert_ne!(draw(), thread::spawn(draw).join().unwrap());
    }
}
