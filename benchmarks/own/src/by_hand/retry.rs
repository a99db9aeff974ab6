//! A retry as a function, for any call.

use std::time::Duration;

/// How often, and how long between.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Counts every call.
    pub max_attempts: u32,
    /// Before the second attempt; doubles before each further one.
    pub base_delay: Duration,
    /// Longer than this no wait becomes.
    pub max_delay: Duration,
}

/// Calls until it succeeds or the attempts are used up.
///
/// # Errors
///
/// That of the last attempt.
pub async fn retry<T, E>(
    policy: &Policy,
    mut call: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut delay = policy.base_delay;
    let mut attempt = 1;
    loop {
        match call().await {
            Err(_) if attempt < policy.max_attempts => {}
            last => return last,
        }
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        delay = delay.saturating_mul(2).min(policy.max_delay);
        attempt += 1;
    }
}
