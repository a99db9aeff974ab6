//! Retry policies: the presets, the builder and its rules.
//!
//! `#[inline]`, but for what a failed attempt asks of its policy: a `const` has the rest evaluated by the compiler.

mod delays;
mod error;
mod mode;
pub(crate) mod overrides;

use std::time::Duration;

pub use delays::Delays;
pub use error::ConfigError;
pub use mode::Mode;
pub use overrides::OperationOverride;

use crate::backoff::{Jitter, Law};
use crate::budget::RetryBudget;
use crate::failure::{FailureKind, FailureKinds};

/// Three attempts, 1 s doubling to at most 10 s: for calls between services. The same as [`RetryConfig::new`].
///
/// Its two waits are 3 s together at most, and half of that on average.
#[doc(alias = "STANDARD_RETRY")]
pub const STANDARD: RetryConfig = RetryConfig::new();

/// Two attempts, 500 ms to at most 5 s: for calls that somebody waits for.
///
/// Its one wait is 500 ms at most: `max_delay` is for those who raise `max_attempts`.
#[doc(alias = "CONSERVATIVE_RETRY")]
pub const CONSERVATIVE: RetryConfig = RetryConfig::new()
    .max_attempts(2)
    .base_delay(Duration::from_millis(500))
    .max_delay(Duration::from_secs(5));

/// Five attempts, 1 s doubling to at most 30 s: for background work.
///
/// Its four waits are 15 s together at most, and half of that on average.
#[doc(alias = "AGGRESSIVE_RETRY")]
pub const AGGRESSIVE: RetryConfig =
    RetryConfig::new().max_attempts(5).max_delay(Duration::from_secs(30));

/// Two attempts, 500 ms to at most 3 s, and only where no request was sent: for opening a stream.
///
/// Its one wait is 500 ms at most. Timeouts are not retried, since the answer may have begun.
#[doc(alias = "STREAMING_RETRY")]
pub const STREAMING: RetryConfig = RetryConfig::new()
    .max_attempts(2)
    .base_delay(Duration::from_millis(500))
    .max_delay(Duration::from_secs(3))
    .retry_on(FailureKinds::of(FailureKind::Connection));

/// A retry policy: how often, how long to wait in between, and after which failures.
///
/// Build it in a `const` and name it in `#[async_retry(…)]`, which checks its rules at compile time;
/// or run any async closure under it with [`run`](Self::run).
///
/// # Default
///
/// The numbers are those of the Python module `retry_utils`, except for jitter, which it lacked.
///
/// | field | default |
/// |---|---|
/// | `max_attempts` | 3 |
/// | `base_delay` | 1 s |
/// | `max_delay` | 10 s |
/// | `exponential_base` | 2.0 |
/// | `jitter` | [`Jitter::Full`] |
/// | `retry_on` | [`FailureKinds::TRANSIENT`] |
/// | `max_retry_after` | 60 s |
/// | `mode` | [`Mode::Enforce`] |
/// | `budget` | none |
///
/// ```
/// use retry_runtime::{Jitter, RetryConfig, STANDARD};
/// use std::time::Duration;
///
/// const PATIENT: RetryConfig = STANDARD.max_attempts(6).jitter(Jitter::None);
///
/// let delays: Vec<_> = PATIENT.delays().map(|delay| delay.as_secs()).collect();
/// assert_eq!(delays, [1, 2, 4, 8, 10]);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetryConfig {
    /// How many times the operation is called at most, the first call included. At least 1.
    pub max_attempts: u32,
    /// The delay after the first failed attempt, before jitter.
    pub base_delay: Duration,
    /// The longest computed delay, jitter included. Not below `base_delay`.
    ///
    /// Only a hint of the other side ([`Retryable::retry_after`](crate::Retryable::retry_after)) may
    /// ask for more, up to `max_retry_after`.
    pub max_delay: Duration,
    /// By how much each delay exceeds the one before. Finite, at least 1; 1 keeps the delay constant.
    pub exponential_base: f64,
    /// How delays are spread, so that clients that failed together do not come back together.
    pub jitter: Jitter,
    /// Which failures are worth another attempt. A predicate, such as `retry_if`, takes its place.
    pub retry_on: FailureKinds,
    /// The longest hint that is waited for; a longer one ends the series at once.
    pub max_retry_after: Duration,
    /// Whether retries happen, are only reported, or are switched off.
    pub mode: Mode,
    /// What each retry takes a token from; none bounds retries by `max_attempts` alone.
    pub budget: Option<&'static RetryBudget>,
}

impl RetryConfig {
    /// The standard policy; its numbers are in the table above.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(10),
            exponential_base: 2.0,
            jitter: Jitter::Full,
            retry_on: FailureKinds::TRANSIENT,
            max_retry_after: Duration::from_secs(60),
            mode: Mode::Enforce,
            budget: None,
        }
    }

    /// Sets [`max_attempts`](#structfield.max_attempts): calls in all, not retries. Default 3.
    ///
    /// 1 retries nothing; 0 breaks a rule of [`check`](Self::check).
    #[must_use]
    #[inline]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets [`base_delay`](#structfield.base_delay). Default 1 s.
    ///
    /// Zero waits for nothing but the server's hints, since nothing grows from nothing.
    #[must_use]
    #[inline]
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets [`max_delay`](#structfield.max_delay). Default 10 s.
    ///
    /// Below `base_delay` it breaks a rule of [`check`](Self::check): nothing is clamped.
    #[must_use]
    #[inline]
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets [`exponential_base`](#structfield.exponential_base). Default 2.0.
    ///
    /// 1.0 keeps the delay constant; less, or what is not finite, breaks a rule of [`check`](Self::check).
    /// [`Jitter::Decorrelated`] grows by a law of its own and does not read it.
    #[must_use]
    #[inline]
    pub const fn exponential_base(mut self, base: f64) -> Self {
        self.exponential_base = base;
        self
    }

    /// Sets [`jitter`](#structfield.jitter). Default [`Jitter::Full`], unlike the Python module, which had none.
    #[must_use]
    #[inline]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// Sets [`retry_on`](#structfield.retry_on). Default [`FailureKinds::TRANSIENT`].
    ///
    /// [`FailureKinds::of`]`(`[`FailureKind::Connection`]`)` is for calls that must not happen twice: it retries only what
    /// never left.
    #[must_use]
    #[inline]
    pub const fn retry_on(mut self, kinds: FailureKinds) -> Self {
        self.retry_on = kinds;
        self
    }

    /// Sets [`max_retry_after`](#structfield.max_retry_after). Default 60 s.
    ///
    /// A longer hint ends the series at once, with the error that brought it.
    #[must_use]
    #[inline]
    pub const fn max_retry_after(mut self, limit: Duration) -> Self {
        self.max_retry_after = limit;
        self
    }

    /// Sets [`mode`](#structfield.mode). Default [`Mode::Enforce`].
    #[must_use]
    #[inline]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets [`budget`](#structfield.budget). Default: none.
    ///
    /// All who name the same budget share it.
    ///
    /// In `#[async_retry]` it takes effect in a policy that is a path to a `const` or a `static`. Any
    /// other policy, such as `self.retry`, is evaluated after failures only, so that its budget would
    /// get no deposit from the calls that succeed. It is not used, and
    /// [`Event::InvalidPolicy`](crate::observe::Event::InvalidPolicy) reports that once per function.
    /// Name the budget in the attribute instead: `budget = LLM`, or `budget = self.budget`.
    #[must_use]
    #[inline]
    pub const fn budget(mut self, budget: &'static RetryBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// What this policy waits between its attempts, in order: `max_attempts − 1` delays.
    ///
    /// With jitter each call gives other numbers.
    #[must_use]
    #[inline]
    pub fn delays(&self) -> Delays {
        Delays::new(self.law(), self.max_attempts)
    }

    /// Checks the rules that the builder only stores.
    ///
    /// A policy from the environment or from a file has been checked; one that is named in
    /// `#[async_retry]` and is a `const` or a `static` is checked by the compiler. Any other policy
    /// that breaks a rule makes exactly one attempt and reports `InvalidPolicy`.
    ///
    /// # Errors
    ///
    /// The first rule that is broken: `max_attempts` below 1, `max_delay` below `base_delay`,
    /// `exponential_base` below 1 or not finite.
    #[inline]
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.violation() {
            None => Ok(()),
            Some(rule) => {
                let (field, value) = match rule {
                    Violation::NoAttempt => ("max_attempts", self.max_attempts.to_string()),
                    Violation::MaxBelowBase => ("max_delay", format!("{:?}", self.max_delay)),
                    Violation::ExponentialBase => {
                        ("exponential_base", self.exponential_base.to_string())
                    }
                };
                Err(ConfigError::new(field, value, rule.text()))
            }
        }
    }

    /// The first rule that this policy breaks; `const`, so that the attribute can ask it.
    pub(crate) const fn violation(&self) -> Option<Violation> {
        if self.max_attempts == 0 {
            Some(Violation::NoAttempt)
        } else if is_shorter(self.max_delay, self.base_delay) {
            Some(Violation::MaxBelowBase)
        } else if self.exponential_base >= 1.0 && self.exponential_base <= f64::MAX {
            None
        } else {
            Some(Violation::ExponentialBase)
        }
    }

    /// `clone` that works in a `const`.
    #[inline]
    pub(crate) const fn copied(&self) -> Self {
        Self {
            max_attempts: self.max_attempts,
            base_delay: self.base_delay,
            max_delay: self.max_delay,
            exponential_base: self.exponential_base,
            jitter: self.jitter,
            retry_on: self.retry_on,
            max_retry_after: self.max_retry_after,
            mode: self.mode,
            budget: self.budget,
        }
    }

    pub(crate) const fn law(&self) -> Law {
        Law {
            base: self.base_delay,
            max: self.max_delay,
            exponential_base: self.exponential_base,
            jitter: self.jitter,
        }
    }
}

/// `one < other`, which is no `const` operation yet.
#[inline]
const fn is_shorter(one: Duration, other: Duration) -> bool {
    one.as_secs() < other.as_secs()
        || (one.as_secs() == other.as_secs() && one.subsec_nanos() < other.subsec_nanos())
}

impl Default for RetryConfig {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// A rule of [`RetryConfig`] that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    NoAttempt,
    MaxBelowBase,
    ExponentialBase,
}

impl Violation {
    #[inline]
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NoAttempt => {
                "`max_attempts` counts every call, the first one too: it must be at least 1 (1 means no retry)"
            }
            Self::MaxBelowBase => {
                "`max_delay` must not be below `base_delay`: raise the maximum or lower the base"
            }
            Self::ExponentialBase => {
                "`exponential_base` must be a finite number of at least 1 (2 doubles each delay, 1 keeps it constant)"
            }
        }
    }
}
