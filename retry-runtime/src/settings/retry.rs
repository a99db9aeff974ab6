//! A retry policy from its settings.

use std::time::Duration;

use super::source::{Key, Source, keys};
use super::text::{DURATION, Wrong, duration, positive};
use crate::config::{ConfigError, Mode, RetryConfig};

const ATTEMPTS: &str = "must be a whole number of at least 1 that counts every call, such as `3`";

keys! {
    "RETRY_":
    MAX_ATTEMPTS: u32 = "max_attempts" or "MAX_ATTEMPTS", ATTEMPTS, positive;
    BASE_DELAY: Duration = "base_delay" or "BASE_DELAY", DURATION, duration;
    MAX_DELAY: Duration = "max_delay" or "MAX_DELAY", DURATION, duration;
    MODE: Mode = "mode" or "MODE", Mode::RULE, mode;
}

/// Parses a mode.
pub(super) fn mode(text: &str) -> Result<Mode, Wrong> {
    text.parse().map_err(|_| Wrong::Rule)
}

/// Applies the settings that are set to the policy.
pub(crate) fn policy(
    mut config: RetryConfig,
    source: &Source<'_>,
) -> Result<RetryConfig, ConfigError> {
    config.max_attempts = source.value(&MAX_ATTEMPTS)?.unwrap_or(config.max_attempts);
    let (base, max) = (source.get(&BASE_DELAY)?, source.get(&MAX_DELAY)?);
    let base_delay = base.as_ref().map_or(config.base_delay, |base| base.value);
    let max_delay = max.as_ref().map_or(config.max_delay, |max| max.value);
    // A `backoff` function does not use the base, and `check` makes the same exception.
    if config.backoff.is_none() && max_delay < base_delay {
        // The error names the setting that is set. If both are, it names the maximum, like `check`.
        if let Some(max) = max {
            return Err(max.error(format!(
                "must not be below the base delay ({base_delay:?}): raise it, or lower `{}`",
                source.place(&BASE_DELAY)
            )));
        }
        if let Some(base) = base {
            return Err(base.error(format!(
                "must not be above the maximum delay ({max_delay:?}): lower it, or raise `{}`",
                source.place(&MAX_DELAY)
            )));
        }
    }
    (config.base_delay, config.max_delay) = (base_delay, max_delay);
    config.mode = source.value(&MODE)?.unwrap_or(config.mode);
    config.check()?;
    Ok(config)
}
