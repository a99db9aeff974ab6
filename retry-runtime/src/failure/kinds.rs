//! The table of failure kinds, and sets of them.

use std::fmt;

use crate::text_enum::text_enum;

text_enum! {
    /// The kind of a failure.
    ///
    /// The first five kinds are *transient*: the same call may succeed a moment later. The others
    /// are *permanent*: repeating the call repeats the failure, or does harm. The first five,
    /// [`FailureKinds::TRANSIENT`], are the default of
    /// [`RetryConfig::retry_on`](crate::RetryConfig::retry_on).
    ///
    /// | kind | retried by default | outcome for a breaker by default |
    /// |---|---|---|
    /// | `Timeout`, `Connection`, `Unavailable`, `RateLimited`, `Transient` | yes | a failure |
    /// | `MidStream` | no | a failure |
    /// | `Unauthorized`, `InvalidRequest`, `Permanent` | no | a success: the dependency answered |
    /// | `ResourceExhausted`, `Bug`, `CircuitOpen` | no | neutral: the dependency is not the cause |
    ///
    /// The retried kinds are those of the Python module `retry_utils`. No error type has a kind by
    /// default: the compiler rejects an unclassified type. Behind a `dyn Error`, such an error is
    /// `Permanent`.
    #[non_exhaustive]
    pub enum FailureKind {
        /// No answer in time. The server may have acted on the request.
        Timeout = "timeout",
        /// The call failed before a request was sent: connection refused, host unreachable, name
        /// not resolved, or TLS handshake failed. This is the only kind that is safe to retry for
        /// any request.
        Connection = "connection",
        /// The server cannot serve now: overloaded, restarting, a gateway without a backend.
        Unavailable = "unavailable",
        /// The server asked for fewer requests. Its hint, if any, is in
        /// [`Retryable::retry_after`](crate::Retryable::retry_after).
        RateLimited = "rate_limited",
        /// Any other failure that may be temporary: a connection reset in the middle, an
        /// interrupted call.
        Transient = "transient",
        /// The caller is not authorized: missing, wrong or expired credentials.
        Unauthorized = "unauthorized",
        /// The request itself is invalid and stays invalid.
        InvalidRequest = "invalid_request",
        /// A stream broke after its first items were delivered. A retry would deliver them twice.
        MidStream = "mid_stream",
        /// A resource of this program ran out: memory, disk, file handles, a quota.
        ResourceExhausted = "resource_exhausted",
        /// A defect in the program. A retry would hide it.
        Bug = "bug",
        /// A circuit breaker rejected the call. A retry would only reach the breaker again.
        CircuitOpen = "circuit_open",
        /// Any other failure that is not temporary.
        Permanent = "permanent",
    }
}

/// A set of [`FailureKind`]s, buildable in a `const`.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{FailureKind, FailureKinds};
///
/// const ONLY_BEFORE_SENDING: FailureKinds = FailureKinds::of(FailureKind::Connection);
/// const NO_RATE_LIMITS: FailureKinds = FailureKinds::TRANSIENT.without(FailureKind::RateLimited);
///
/// assert!(ONLY_BEFORE_SENDING.contains(FailureKind::Connection));
/// assert!(!NO_RATE_LIMITS.contains(FailureKind::RateLimited));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FailureKinds(u16);

impl FailureKinds {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// Every kind.
    pub const ALL: Self = Self((1 << FailureKind::LIST.len()) - 1);

    /// The transient kinds: `Timeout` to `Transient`.
    pub const TRANSIENT: Self = Self::of(FailureKind::Timeout)
        .with(FailureKind::Connection)
        .with(FailureKind::Unavailable)
        .with(FailureKind::RateLimited)
        .with(FailureKind::Transient);

    /// Returns the set that contains only this kind.
    #[must_use]
    pub const fn of(kind: FailureKind) -> Self {
        Self(1 << kind as u16)
    }

    /// Returns this set with `kind` added.
    #[must_use]
    pub const fn with(self, kind: FailureKind) -> Self {
        Self(self.0 | Self::of(kind).0)
    }

    /// Returns this set without `kind`.
    #[must_use]
    pub const fn without(self, kind: FailureKind) -> Self {
        Self(self.0 & !Self::of(kind).0)
    }

    /// Returns whether `kind` is in the set.
    #[must_use]
    pub const fn contains(self, kind: FailureKind) -> bool {
        self.0 & Self::of(kind).0 != 0
    }
}

impl fmt::Debug for FailureKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = FailureKind::LIST.into_iter().filter(|kind| self.contains(*kind));
        f.debug_set().entries(kinds).finish()
    }
}
