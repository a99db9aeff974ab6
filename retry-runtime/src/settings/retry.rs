//! A retry policy from its settings.

use std::str::FromStr;

use super::source::{Lookup, Source};
use super::text::{duration, positive};
use super::{DURATION, MODE};
use crate::config::{ConfigError, Mode, RetryConfig};

pub(crate) const ATTEMPTS: &str =
    "must be a whole number of at least 1 that counts every call, such as `3`";

/// What the settings are called.
pub(crate) struct Names {
    pub(crate) max_attempts: &'static str,
    pub(crate) base_delay: &'static str,
    pub(crate) max_delay: &'static str,
    pub(crate) mode: &'static str,
}

/// A policy, changed by the settings.
pub(crate) fn policy<L: Lookup>(
    mut config: RetryConfig,
    source: &Source<'_, L>,
    names: &Names,
) -> Result<RetryConfig, ConfigError> {
    if let Some(attempts) = source.read(names.max_attempts, ATTEMPTS, positive)? {
        config.max_attempts = attempts.value;
    }
    let base = source.read(names.base_delay, DURATION, duration)?;
    let max = source.read(names.max_delay, DURATION, duration)?;
    if let Some(base) = &base {
        config.base_delay = base.value;
    }
    if let Some(max) = &max {
        config.max_delay = max.value;
    }
    if config.max_delay < config.base_delay {
        let (base_delay, max_delay) = (config.base_delay, config.max_delay);
        // Whichever was set is the one to mend; where both were, the maximum, as in `check`.
        if let Some(max) = max {
            return Err(max.error(format!(
                "must not be below the base delay ({base_delay:?}): raise it, or lower {}",
                source.place(names.base_delay)
            )));
        }
        if let Some(base) = base {
            return Err(base.error(format!(
                "must not be above the maximum delay ({max_delay:?}): lower it, or raise {}",
                source.place(names.max_delay)
            )));
        }
    }
    if let Some(mode) = source.read(names.mode, MODE, |text| Mode::from_str(text).ok())? {
        config.mode = mode.value;
    }
    config.check()?;
    Ok(config)
}
