//! Attempts per call, in one layer and in several.

use std::time::Duration;

use retry_utils::simulation::{Next, Random, Series};
use retry_utils::{FailureKind, RetryConfig};

/// Returns the attempts at the bottom if each layer retries the one below and every attempt fails.
pub(crate) fn through(layers: u32, policy: &RetryConfig) -> u32 {
    let mut random = Random::new(1);
    let Some(below) = layers.checked_sub(1) else { return 1 };
    let mut series = Series::begin(None);
    let mut arrived = 0;
    loop {
        arrived += through(below, policy);
        let kind = FailureKind::Unavailable;
        match series.failed(policy, kind, None, None, Duration::ZERO, &mut random) {
            Next::Retry(_) => {}
            _ => return arrived,
        }
    }
}

/// Returns the attempts per call if each attempt fails with this probability.
pub(crate) fn at_random(policy: &RetryConfig, failing: f64, calls: u32, seed: u64) -> f64 {
    let mut random = Random::new(seed);
    let mut attempts = 0_u32;
    for _ in 0..calls {
        let mut series = Series::begin(None);
        loop {
            attempts += 1;
            if random.unit() >= failing {
                break;
            }
            let kind = FailureKind::Unavailable;
            match series.failed(policy, kind, None, None, Duration::ZERO, &mut random) {
                Next::Retry(_) => {}
                _ => break,
            }
        }
    }
    f64::from(attempts) / f64::from(calls)
}
