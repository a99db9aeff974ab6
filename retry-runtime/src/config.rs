//! Retry policies: the presets, the builder and its rules.

mod delays;
mod error;
mod mode;
pub(crate) mod overrides;
mod rules;

use std::time::Duration;

pub use delays::Delays;
pub use error::ConfigError;
pub use mode::Mode;
pub use overrides::OperationOverride;
pub(crate) use rules::Rule;

use crate::backoff::{Jitter, Law};
use crate::budget::RetryBudget;
use crate::failure::{FailureKind, FailureKinds};

/// Three attempts, 1 s doubling to at most 10 s: for calls between services.
///
/// Without hints from the server, its two waits together take at most 3 s, and half of that on
/// average. Also returned by [`RetryConfig::new`].
#[doc(alias = "STANDARD_RETRY")]
pub const STANDARD: RetryConfig = RetryConfig::new();

/// Two attempts, 500 ms to at most 5 s: for calls that a user waits for.
///
/// Without a hint from the server, its one wait takes at most 500 ms. `max_delay` limits the growth
/// if you raise `max_attempts`.
#[doc(alias = "CONSERVATIVE_RETRY")]
pub const CONSERVATIVE: RetryConfig = RetryConfig::new()
    .max_attempts(2)
    .base_delay(Duration::from_millis(500))
    .max_delay(Duration::from_secs(5));

/// Five attempts, 1 s doubling to at most 30 s: for background work.
///
/// Without hints from the server, its four waits together take at most 15 s, and half of that on
/// average.
#[doc(alias = "AGGRESSIVE_RETRY")]
pub const AGGRESSIVE: RetryConfig =
    RetryConfig::new().max_attempts(5).max_delay(Duration::from_secs(30));

/// Two attempts, 500 ms to at most 3 s, and only if no request was sent: for opening a stream.
///
/// Without a hint from the server, its one wait takes at most 500 ms. Timeouts are not retried,
/// because the answer may have begun.
#[doc(alias = "STREAMING_RETRY")]
pub const STREAMING: RetryConfig = RetryConfig::new()
    .max_attempts(2)
    .base_delay(Duration::from_millis(500))
    .max_delay(Duration::from_secs(3))
    .retry_on(FailureKinds::of(FailureKind::Connection));

/// A retry policy: the number of attempts, the delays between them, and the failures to retry.
///
/// Build it in a `const` and name it in `#[async_retry(…)]`, which checks its rules at compile
/// time. [`run`](Self::run) runs an async closure under it.
///
/// # Default
///
/// The values are those of the Python module `retry_utils`, except for jitter, which that module
/// lacks.
///
/// | field | default |
/// |---|---|
/// | `max_attempts` | 3 |
/// | `base_delay` | 1 s |
/// | `max_delay` | 10 s |
/// | `exponential_base` | 2.0 |
/// | `backoff` | none: exponential |
/// | `jitter` | [`Jitter::Full`] |
/// | `retry_on` | [`FailureKinds::TRANSIENT`] |
/// | `max_retry_after` | 60 s |
/// | `mode` | [`Mode::Enforce`] |
/// | `budget` | none |
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{Jitter, RetryConfig, STANDARD};
/// use std::time::Duration;
///
/// const PATIENT: RetryConfig = STANDARD.max_attempts(6).jitter(Jitter::None);
///
/// let delays: Vec<_> = PATIENT.delays().map(|delay| delay.as_secs()).collect();
/// assert_eq!(delays, [1, 2, 4, 8, 10]);
/// ```
///
/// Two policies are equal if all their fields are equal. `backoff` functions are compared by
/// address, which is not reliable: the compiler may duplicate a function or merge two.
#[derive(Debug, Clone, PartialEq)]
#[allow(unpredictable_function_pointer_comparisons, reason = "said above")]
#[non_exhaustive]
pub struct RetryConfig {
    /// The maximum number of calls of the operation, including the first. At least 1, which means
    /// no retry.
    pub max_attempts: u32,
    /// The delay after the first failed attempt, before jitter.
    ///
    /// If it is zero and there is no `backoff` function, only hints from the server cause waits.
    pub base_delay: Duration,
    /// The longest computed delay, including jitter. It must not be below `base_delay` unless there
    /// is a `backoff` function.
    ///
    /// Only a [hint](crate::Retryable::retry_hint) can make a wait longer than this. A hard hint
    /// ([`RetryHint::AtLeast`](crate::RetryHint::AtLeast)) is respected up to `max_retry_after`.
    /// The jitter on a hint adds at most `base_delay`.
    pub max_delay: Duration,
    /// The factor between consecutive delays. Finite and at least 1; with 1 the delay is constant.
    ///
    /// [`Jitter::Decorrelated`] does not use it.
    pub exponential_base: f64,
    /// A function that computes the delay before a retry. Its argument is the number of the retry,
    /// starting at 1. Without a function, `base_delay` grows by `exponential_base`.
    ///
    /// Use it for non-exponential growth or for a list of delays. `max_delay` caps its result, and
    /// `jitter` spreads it. `base_delay` is then used only for the jitter on hints.
    /// [`Jitter::Decorrelated`] cannot be combined with it.
    pub backoff: Option<fn(u32) -> Duration>,
    /// The spread of the delays, so that clients that failed together do not return together.
    pub jitter: Jitter,
    /// The kinds of failures that are retried. A predicate such as `retry_if` replaces it.
    ///
    /// For calls that must not happen twice, use
    /// [`FailureKinds::of`]`(`[`FailureKind::Connection`]`)`: it retries only if no request was
    /// sent.
    pub retry_on: FailureKinds,
    /// The longest hard hint ([`RetryHint::AtLeast`](crate::RetryHint::AtLeast)) that a retry waits
    /// for. A longer hint ends the call with the error that carries it.
    pub max_retry_after: Duration,
    /// The mode: retries are made, only reported, or switched off.
    pub mode: Mode,
    /// The budget from which each retry takes a token. Without one, only `max_attempts` limits
    /// retries.
    ///
    /// `#[async_retry]` uses it only if the policy is a path to a `const` or a `static`. Any other
    /// policy, such as `self.retry`, is evaluated only after a failure, so its budget would get no
    /// deposits from successful calls.
    /// [`Event::InvalidPolicy`](crate::observe::Event::InvalidPolicy) reports this once per
    /// function. Name the budget in the attribute instead: `budget = self.budget`.
    pub budget: Option<&'static RetryBudget>,
}

/// Declares builder methods. Each sets the field of its name, and its documentation states the
/// default.
macro_rules! fields {
    ($($field:ident($value:ident: $type:ty) = $default:literal;)*) => {$(
        #[doc = concat!("Sets [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[doc = concat!("Default: ", $default, ".")]
        #[must_use]
        pub const fn $field(mut self, $value: $type) -> Self {
            self.$field = $value;
            self
        }
    )*};
}

impl RetryConfig {
    /// Creates the standard policy, with the defaults in the table above.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(10),
            exponential_base: 2.0,
            backoff: None,
            jitter: Jitter::Full,
            retry_on: FailureKinds::TRANSIENT,
            max_retry_after: Duration::from_secs(60),
            mode: Mode::Enforce,
            budget: None,
        }
    }

    fields! {
        max_attempts(attempts: u32) = "3 calls in all";
        base_delay(delay: Duration) = "1 s";
        max_delay(delay: Duration) = "10 s";
        exponential_base(base: f64) = "2.0";
        jitter(jitter: Jitter) = "[`Jitter::Full`]; the Python module had none";
        retry_on(kinds: FailureKinds) = "[`FailureKinds::TRANSIENT`]";
        max_retry_after(limit: Duration) = "60 s";
        mode(mode: Mode) = "[`Mode::Enforce`]";
    }

    /// Sets [`backoff`](#structfield.backoff). Default: none, so the delays grow exponentially.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::{Jitter, RetryConfig, STANDARD};
    /// use std::time::Duration;
    ///
    /// /// 200 ms, 400 ms, 600 ms, …
    /// const fn linear(retry: u32) -> Duration {
    ///     Duration::from_millis(200).saturating_mul(retry)
    /// }
    ///
    /// const POLICY: RetryConfig = STANDARD
    ///     .max_attempts(6)
    ///     .backoff(linear)
    ///     .max_delay(Duration::from_millis(700))
    ///     .jitter(Jitter::None);
    ///
    /// let delays: Vec<_> = POLICY.delays().map(|delay| delay.as_millis()).collect();
    /// assert_eq!(delays, [200, 400, 600, 700, 700]);
    /// ```
    #[must_use]
    pub const fn backoff(mut self, backoff: fn(u32) -> Duration) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// Sets [`budget`](#structfield.budget). Default: none. Policies that name the same budget
    /// share it.
    #[must_use]
    pub const fn budget(mut self, budget: &'static RetryBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Returns the delays between the attempts, in order: `max_attempts − 1` of them.
    ///
    /// With jitter, each call returns different delays.
    #[must_use]
    pub fn delays(&self) -> Delays {
        Delays { law: self.nearest().law(), attempts: 1..self.max_attempts, previous: None }
    }

    /// Returns a copy; unlike `clone`, it works in a `const`.
    pub(crate) const fn copied(&self) -> Self {
        Self { ..*self }
    }

    pub(crate) const fn law(&self) -> Law {
        Law {
            base: self.base_delay,
            max: self.max_delay,
            exponential_base: self.exponential_base,
            backoff: self.backoff,
            jitter: self.jitter,
        }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self::new()
    }
}
