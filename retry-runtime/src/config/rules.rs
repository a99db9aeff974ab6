//! The rules for policies, and the nearest policy that keeps them.

use std::time::Duration;

use super::{ConfigError, RetryConfig};
use crate::backoff::Jitter;

/// A rule, with the field that it checks.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) field: &'static str,
    pub(crate) text: &'static str,
}

const ATTEMPTS: Rule = Rule {
    field: "max_attempts",
    text: "`max_attempts` must be at least 1: it counts every call, so 1 means no retry",
};
const DELAYS: Rule = Rule {
    field: "max_delay",
    text: "`max_delay` must not be below `base_delay`: raise the maximum or lower the base",
};
const BASE: Rule = Rule {
    field: "exponential_base",
    text: "`exponential_base` must be a finite number of at least 1 (2 doubles each delay, 1 keeps it constant)",
};
const JITTER: Rule = Rule {
    field: "jitter",
    text: "`Jitter::Decorrelated` computes its own delays and would ignore `backoff`: use another jitter",
};

impl RetryConfig {
    /// Checks the rules. The builder neither checks nor clamps anything.
    ///
    /// A policy from the environment or from a file is checked when it is read. The compiler checks
    /// a policy that is named in `#[async_retry]` and is a `const` or a `static`. Check any other
    /// policy where you build it:
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::{RetryConfig, STANDARD};
    /// use std::time::Duration;
    ///
    /// // From your own configuration.
    /// let policy = STANDARD.base_delay(Duration::from_secs(60));
    /// let error = policy.check().unwrap_err();
    /// assert!(error.to_string().contains("`max_delay` must not be below `base_delay`"));
    /// ```
    ///
    /// A policy that breaks a rule still retries, with the nearest valid values: at least one
    /// attempt, `max_delay` raised to `base_delay`, `exponential_base` raised to 1 or lowered to
    /// [`f64::MAX`], and [`Jitter::Full`] instead of [`Jitter::Decorrelated`] if there is a
    /// `backoff`. After the first failure,
    /// [`Event::InvalidPolicy`](crate::observe::Event::InvalidPolicy) names the rule, once per
    /// operation.
    ///
    /// # Errors
    ///
    /// The first broken rule: `max_attempts` below 1; `max_delay` below `base_delay`, unless there
    /// is a `backoff`; `exponential_base` below 1 or not finite; [`Jitter::Decorrelated`] with a
    /// `backoff`.
    pub fn check(&self) -> Result<(), ConfigError> {
        let Some(Rule { field, text }) = self.violation() else { return Ok(()) };
        let value = match field {
            "max_attempts" => self.max_attempts.to_string(),
            "max_delay" => format!("{:?}", self.max_delay),
            "jitter" => format!("{:?}", self.jitter),
            _ => self.exponential_base.to_string(),
        };
        Err(ConfigError::new(field, value, text))
    }

    /// Returns the first rule that this policy breaks. `const`, because the attribute calls it.
    pub(crate) const fn violation(&self) -> Option<Rule> {
        if self.max_attempts == 0 {
            Some(ATTEMPTS)
        } else if self.backoff.is_none() && is_shorter(self.max_delay, self.base_delay) {
            Some(DELAYS)
        } else if !(self.exponential_base >= 1.0 && self.exponential_base < f64::INFINITY) {
            Some(BASE)
        } else if self.backoff.is_some() && matches!(self.jitter, Jitter::Decorrelated) {
            Some(JITTER)
        } else {
            None
        }
    }

    /// Returns this policy with the nearest valid values.
    pub(crate) fn nearest(&self) -> Self {
        let ignores_backoff = self.backoff.is_some() && self.jitter == Jitter::Decorrelated;
        let least = if self.backoff.is_none() { self.base_delay } else { Duration::ZERO };
        Self {
            max_attempts: self.max_attempts.max(1),
            max_delay: self.max_delay.max(least),
            exponential_base: match self.exponential_base {
                base if base.is_nan() => 1.0,
                base => base.clamp(1.0, f64::MAX),
            },
            jitter: if ignores_backoff { Jitter::default() } else { self.jitter },
            ..*self
        }
    }
}

/// `one < other` in a `const`.
const fn is_shorter(one: Duration, other: Duration) -> bool {
    one.as_secs() < other.as_secs()
        || one.as_secs() == other.as_secs() && one.subsec_nanos() < other.subsec_nanos()
}
