//! The reasons that events carry.

use crate::text_enum::text_enum;

text_enum! {
    /// The reason why a call ended with a failure.
    #[non_exhaustive]
    pub enum Reason {
        /// The failure is of a kind that the policy does not retry.
        NotRetryable = "not_retryable",
        /// `max_attempts` were made.
        AttemptsExhausted = "attempts_exhausted",
        /// The server asked for a longer wait than `max_retry_after`.
        RetryAfterTooLong = "retry_after_too_long",
        /// The error's hint is [`RetryHint::Never`](crate::RetryHint::Never): the server does not
        /// want another attempt.
        RetryForbidden = "retry_forbidden",
        /// The request cannot be cloned for the next attempt, for example because its body is a
        /// stream.
        NotRepeatable = "not_repeatable",
        /// The next wait would end after `total_timeout`, or the attempt was dropped at that time.
        DeadlineExceeded = "deadline_exceeded",
        /// The [`RetryBudget`](crate::RetryBudget) had no token for the next attempt.
        BudgetExhausted = "budget_exhausted",
        /// `stop_on` completed before the next attempt.
        Stopped = "stopped",
    }
}

text_enum! {
    /// The reason why a breaker or a budget is not in the [`registry`](crate::registry). It works
    /// nevertheless.
    #[non_exhaustive]
    pub enum NotListed {
        /// Another breaker or budget already has this name.
        DuplicateName = "duplicate_name",
        /// The registry is full.
        Full = "full",
        /// The name is empty.
        Unnamed = "unnamed",
    }
}

impl std::error::Error for NotListed {}

text_enum! {
    /// The reason why a fleet does not share a breaker or some keys of a set. Their breakers work,
    /// but act alone.
    #[non_exhaustive]
    pub enum NotShared {
        /// More keys of the set are open than a set can share.
        TooManyKeys = "too_many_keys",
        /// The group is full.
        TooManyBreakers = "too_many_breakers",
    }
}

#[cfg(feature = "fleet")]
text_enum! {
    /// The end of a lease, for the label `outcome`.
    pub enum LeaseOutcome {
        /// The probe succeeded.
        Success = "success",
        /// The probe failed.
        Failure = "failure",
        /// The probe ended without evidence about the dependency.
        Neutral = "neutral",
        /// The probe ended after the lease had expired, so its outcome did not count.
        Expired = "expired",
        /// No call took the lease.
        Unclaimed = "unclaimed",
    }
}
