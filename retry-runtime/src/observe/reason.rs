//! The reasons that events carry.

use crate::text_enum::text_enum;

text_enum! {
    /// Why a call ended with a failure.
    #[non_exhaustive]
    pub enum Reason {
        /// The failure is of a kind that the policy does not retry.
        NotRetryable = "not_retryable",
        /// `max_attempts` were made.
        AttemptsExhausted = "attempts_exhausted",
        /// The other side asked for a longer wait than `max_retry_after`.
        RetryAfterTooLong = "retry_after_too_long",
        /// The error's hint is [`RetryHint::Never`](crate::RetryHint::Never): the other side wants
        /// no other attempt.
        RetryForbidden = "retry_forbidden",
        /// Another attempt would have followed, but the request could not be cloned for it, for
        /// example because its body is a stream.
        NotRepeatable = "not_repeatable",
        /// The next wait would end past `total_timeout`, or the attempt was dropped at it.
        DeadlineExceeded = "deadline_exceeded",
        /// Another attempt would have followed, and the [`RetryBudget`](crate::RetryBudget) had no
        /// token for it.
        BudgetExhausted = "budget_exhausted",
        /// Another attempt would have followed, and `stop_on` completed before it.
        Stopped = "stopped",
    }
}

text_enum! {
    /// Why a breaker or a budget is not in the [`registry`](crate::registry). It works anyway.
    #[non_exhaustive]
    pub enum NotListed {
        /// Another breaker or budget has this name.
        DuplicateName = "duplicate_name",
        /// The registry is full.
        Full = "full",
        /// The breaker, the set of breakers or the budget has an empty name.
        Unnamed = "unnamed",
    }
}

impl std::error::Error for NotListed {}

text_enum! {
    /// Why a fleet does not share a breaker, or some keys of a set. They work anyway, alone.
    #[non_exhaustive]
    pub enum NotShared {
        /// More keys of the set are open than a set shares.
        TooManyKeys = "too_many_keys",
        /// The group holds no more breakers.
        TooManyBreakers = "too_many_breakers",
    }
}

#[cfg(feature = "fleet")]
text_enum! {
    /// How a lease ended, for the label `outcome`.
    pub enum LeaseOutcome {
        /// The probe succeeded.
        Success = "success",
        /// It failed.
        Failure = "failure",
        /// It said nothing of the dependency.
        Neutral = "neutral",
        /// Its outcome came when the lease had expired, and did not count.
        Expired = "expired",
        /// No call took the lease.
        Unclaimed = "unclaimed",
    }
}
