//! The reasons that events carry.

use std::error::Error;
use std::fmt;

/// Why a call ended with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The failure is of a kind that the policy does not retry.
    NotRetryable,
    /// `max_attempts` were made.
    AttemptsExhausted,
    /// The other side asked for a longer wait than `max_retry_after`.
    RetryAfterTooLong,
    /// The next wait would end past `total_timeout`, or the attempt was dropped at it.
    DeadlineExceeded,
    /// The policy breaks a rule of [`RetryConfig::check`](crate::RetryConfig::check).
    InvalidPolicy,
    /// Another attempt would have followed, and the [`RetryBudget`](crate::RetryBudget) had no token for it.
    BudgetExhausted,
    /// Another attempt would have followed, and `stop_on` completed before it.
    Stopped,
}

impl Reason {
    /// The reason as log lines spell it: `attempts_exhausted`.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRetryable => "not_retryable",
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::RetryAfterTooLong => "retry_after_too_long",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::InvalidPolicy => "invalid_policy",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Stopped => "stopped",
        }
    }
}

/// Why a breaker or a budget is not in the [`registry`](crate::registry). It works all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotListed {
    /// Another breaker or budget of that name is.
    DuplicateName,
    /// The registry is full.
    Full,
    /// The budget has no name.
    Unnamed,
}

impl NotListed {
    /// The reason as log lines spell it: `duplicate_name`.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateName => "duplicate_name",
            Self::Full => "full",
            Self::Unnamed => "unnamed",
        }
    }
}

macro_rules! display_as_str {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )*};
}

display_as_str!(Reason, NotListed);

impl Error for NotListed {}
