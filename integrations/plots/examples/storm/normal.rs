//! Numbers that are spread as in nature.

use std::f64::consts::TAU;

use retry_utils::simulation::Random;

/// A number from the normal distribution (Box and Muller, 1958).
pub(crate) fn normal(random: &mut Random, mean: f64, deviation: f64) -> f64 {
    // From 0..1, of which the logarithm must not be asked for 0.
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    mean + deviation * radius * (TAU * random.unit()).cos()
}

/// The time until the next of events that come independently, so many a second on average.
pub(crate) fn exponential(random: &mut Random, per_second: f64) -> f64 {
    -(1.0 - random.unit()).ln() / per_second
}
