//! Policies and breakers from environment variables.
//!
//! `#[inline]`, with all that it calls in `settings`: no ordinary call reaches it, and only those who use it compile it.

use std::borrow::Cow;
use std::env;

use crate::breaker::{CircuitBreaker, CircuitBreakers, Settings};
use crate::config::{ConfigError, RetryConfig};
use crate::name::Name;
use crate::settings::{Source, breaker, retry};

const RETRY: retry::Names = retry::Names {
    max_attempts: "RETRY_MAX_ATTEMPTS",
    base_delay: "RETRY_BASE_DELAY",
    max_delay: "RETRY_MAX_DELAY",
    mode: "RETRY_MODE",
};

const BREAKER: breaker::Names = breaker::Names {
    failure_threshold: "CIRCUIT_BREAKER_THRESHOLD",
    recovery_timeout: "CIRCUIT_BREAKER_TIMEOUT",
    success_threshold: "CIRCUIT_BREAKER_SUCCESS_THRESHOLD",
    half_open_max_calls: "CIRCUIT_BREAKER_HALF_OPEN_MAX_CALLS",
    probe_timeout: "CIRCUIT_BREAKER_PROBE_TIMEOUT",
    failure_rate: "CIRCUIT_BREAKER_FAILURE_RATE",
    min_calls: "CIRCUIT_BREAKER_MIN_CALLS",
    window_calls: "CIRCUIT_BREAKER_WINDOW_CALLS",
    window_time: "CIRCUIT_BREAKER_WINDOW_TIME",
    slow_call: "CIRCUIT_BREAKER_SLOW_CALL",
    slow_call_rate: "CIRCUIT_BREAKER_SLOW_CALL_RATE",
    recovery_factor: "CIRCUIT_BREAKER_RECOVERY_FACTOR",
    recovery_max: "CIRCUIT_BREAKER_RECOVERY_MAX",
    abandoned_after: "CIRCUIT_BREAKER_ABANDONED_AFTER",
    mode: "CIRCUIT_BREAKER_MODE",
};

impl RetryConfig {
    /// The standard policy, changed by environment variables.
    ///
    /// | variable | what | default |
    /// |---|---|---|
    /// | `RETRY_MAX_ATTEMPTS` | calls in all, not retries | 3 |
    /// | `RETRY_BASE_DELAY` | the delay after the first failed attempt | 1 s |
    /// | `RETRY_MAX_DELAY` | the longest computed delay | 10 s |
    /// | `RETRY_MODE` | `enforce`, `observe` or `off`, in any case | `enforce` |
    ///
    /// Delays are seconds (`2`, `0.5`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`). A default applies only where
    /// a variable is unset.
    ///
    /// # Errors
    ///
    /// The first variable that is set and wrong, or empty: its name, its value, the rule, and an example.
    #[inline]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new().with_env()
    }

    /// [`from_env`](Self::from_env) with other names: the prefix `LLM` reads `LLM_RETRY_MAX_ATTEMPTS` and so
    /// on, and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    #[inline]
    pub fn from_env_prefixed(prefix: &str) -> Result<Self, ConfigError> {
        Self::new().with_env_prefixed(prefix)
    }
}

impl RetryConfig {
    /// This policy, changed by the variables of [`from_env`](Self::from_env) that are set; the others change nothing.
    ///
    /// So the environment can have the last word over a policy in code, or from a file.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env), also where what is set does not go with the rest of the policy.
    ///
    /// ```
    /// use retry_runtime::AGGRESSIVE;
    ///
    /// let policy = AGGRESSIVE.with_env()?;
    /// assert_eq!(policy.max_attempts, 5); // unless RETRY_MAX_ATTEMPTS is set
    /// # Ok::<(), retry_runtime::ConfigError>(())
    /// ```
    #[inline]
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_env_prefixed("")
    }

    /// [`with_env`](Self::with_env) with other names: the prefix `LLM` reads `LLM_RETRY_MAX_ATTEMPTS` and so on, and
    /// nothing else.
    ///
    /// # Errors
    ///
    /// As for [`with_env`](Self::with_env).
    #[inline]
    pub fn with_env_prefixed(self, prefix: &str) -> Result<Self, ConfigError> {
        retry::policy(self, &Source::new(prefix, env::var_os), &RETRY)
    }
}

impl CircuitBreaker {
    /// A breaker with the default settings, changed by environment variables. Each begins with
    /// `CIRCUIT_BREAKER_`.
    ///
    /// | variable | what | default |
    /// |---|---|---|
    /// | `…THRESHOLD` | how many failures in a row open it | 5 |
    /// | `…FAILURE_RATE` | instead of them, the share of failed calls that opens it, above 0 and at most 1 | failures in a row |
    /// | `…WINDOW_CALLS` | takes the shares over so many calls, 1 to 1024 | none |
    /// | `…WINDOW_TIME` | or over so long, 10 ms to 24 hours | none |
    /// | `…MIN_CALLS` | how many calls the window holds at least before it opens | 10, or `…WINDOW_CALLS` where that is less |
    /// | `…SLOW_CALL` | a call is slow that takes longer than this | none is |
    /// | `…SLOW_CALL_RATE` | the share of slow calls that opens it, above 0 and at most 1 | see below |
    /// | `…TIMEOUT` | how long it stays open before it lets a probe through | 60 s |
    /// | `…RECOVERY_FACTOR` | by how much the open phase grows with each failed recovery, at least 1 | it stays the same |
    /// | `…RECOVERY_MAX` | the longest open phase, from `…TIMEOUT` to 365 days | none |
    /// | `…SUCCESS_THRESHOLD` | how many good probes close it | 2 |
    /// | `…HALF_OPEN_MAX_CALLS` | how many probes may be under way at once, 1 to 16 | `…SUCCESS_THRESHOLD`, at most 16 |
    /// | `…PROBE_TIMEOUT` | how long a probe keeps its slot without an outcome | the larger of `…TIMEOUT` and 60 s |
    /// | `…ABANDONED_AFTER` | a call that is dropped after this long is a failure | none is |
    /// | `…MODE` | `enforce`, `observe` or `off`, in any case | `enforce` |
    ///
    /// Durations are seconds (`60`, `0.5`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`); shares and the factor are
    /// decimal numbers (`0.5`, `2`). A default applies only where a variable is unset.
    ///
    /// `…FAILURE_RATE` needs exactly one of the two windows, and excludes `…THRESHOLD`. The windows and
    /// `…MIN_CALLS` need `…FAILURE_RATE`; `…RECOVERY_FACTOR` and `…RECOVERY_MAX` need each other. With
    /// `…FAILURE_RATE`, `…SLOW_CALL` needs `…SLOW_CALL_RATE`, since no share of slow calls is right for every
    /// service; without it each slow call is a failure, and there is no share to set.
    ///
    /// # Errors
    ///
    /// The first variable that is set and wrong, empty, or of no effect: its name, its value, the rule, and an
    /// example.
    #[inline]
    pub fn from_env(name: impl Into<Cow<'static, str>>) -> Result<Self, ConfigError> {
        Self::from_env_prefixed(name, "")
    }

    /// [`from_env`](Self::from_env) with other names: the prefix `LLM` reads `LLM_CIRCUIT_BREAKER_THRESHOLD`
    /// and so on, and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    #[inline]
    pub fn from_env_prefixed(
        name: impl Into<Cow<'static, str>>,
        prefix: &str,
    ) -> Result<Self, ConfigError> {
        Self::with(Name::from(name.into()), Settings::DEFAULT).with_env_prefixed(prefix)
    }

    /// This breaker, changed by the variables of [`from_env`](Self::from_env) that are set; the others change nothing.
    ///
    /// What it opens at is changed as a whole: `…THRESHOLD` takes the place of a failure rate and its window, and
    /// `…FAILURE_RATE` of the threshold. The result is a new breaker, closed and with nothing counted.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env), also where what is set does not go with the rest of the settings.
    #[inline]
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_env_prefixed("")
    }

    /// [`with_env`](Self::with_env) with other names: the prefix `LLM` reads `LLM_CIRCUIT_BREAKER_THRESHOLD` and so on,
    /// and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`with_env`](Self::with_env).
    #[inline]
    pub fn with_env_prefixed(self, prefix: &str) -> Result<Self, ConfigError> {
        let settings =
            breaker::settings(self.built(), &Source::new(prefix, env::var_os), &BREAKER)?;
        Ok(self.with_settings(settings))
    }
}

impl CircuitBreakers {
    /// A set of breakers with the settings that [`CircuitBreaker::from_env`] reads. `max_keys` is no variable:
    /// how many keys there may be depends on the code.
    ///
    /// # Errors
    ///
    /// As for [`CircuitBreaker::from_env`].
    #[inline]
    pub fn from_env(name: &'static str) -> Result<Self, ConfigError> {
        Self::from_env_prefixed(name, "")
    }

    /// [`from_env`](Self::from_env) with other names: the prefix `LLM` reads `LLM_CIRCUIT_BREAKER_THRESHOLD`
    /// and so on, and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`CircuitBreaker::from_env`].
    #[inline]
    pub fn from_env_prefixed(name: &'static str, prefix: &str) -> Result<Self, ConfigError> {
        Self::new(name).with_env_prefixed(prefix)
    }

    /// This set, changed by the variables of [`CircuitBreaker::from_env`] that are set, as
    /// [`CircuitBreaker::with_env`] is.
    ///
    /// # Errors
    ///
    /// As for [`CircuitBreaker::with_env`].
    #[inline]
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_env_prefixed("")
    }

    /// [`with_env`](Self::with_env) with other names: the prefix `LLM` reads `LLM_CIRCUIT_BREAKER_THRESHOLD` and so on,
    /// and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`CircuitBreaker::with_env`].
    #[inline]
    pub fn with_env_prefixed(self, prefix: &str) -> Result<Self, ConfigError> {
        let settings =
            breaker::settings(self.built(), &Source::new(prefix, env::var_os), &BREAKER)?;
        Ok(self.with_settings(settings))
    }
}

#[cfg(test)]
mod tests;
