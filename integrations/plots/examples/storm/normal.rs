//! Random numbers that are not uniform.

use std::f64::consts::TAU;

use retry_utils::simulation::Random;

/// Draws a number from the normal distribution (Box and Muller, 1958).
pub(crate) fn normal(random: &mut Random, mean: f64, deviation: f64) -> f64 {
    // `unit` may be 0, which has no logarithm, but is never 1.
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    mean + deviation * radius * (TAU * random.unit()).cos()
}

/// Draws the time to the next of independent events, of which `per_second` occur on average.
pub(crate) fn exponential(random: &mut Random, per_second: f64) -> f64 {
    -(1.0 - random.unit()).ln() / per_second
}
