//! A retry as a function, for any call.

use std::time::Duration;

/// The number of attempts and the delays.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Includes the first call.
    pub max_attempts: u32,
    /// The delay before the second attempt. It doubles for each further one.
    pub base_delay: Duration,
    /// The maximum delay.
    pub max_delay: Duration,
}

/// Calls until a call succeeds or all attempts are used.
///
/// # Errors
///
/// Returns the error of the last attempt.
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
