//! A set of failure kinds that can be built in a `const`.

use std::fmt;

use super::FailureKind;

/// A set of [`FailureKind`]s, buildable in a `const`.
///
/// ```
/// use retry_runtime::{FailureKind, FailureKinds};
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
    /// No kind at all.
    pub const NONE: Self = Self(0);

    /// `Timeout`, `Connection`, `Unavailable`, `RateLimited` and `Transient`: what may pass by itself.
    pub const TRANSIENT: Self = Self::NONE
        .with(FailureKind::Timeout)
        .with(FailureKind::Connection)
        .with(FailureKind::Unavailable)
        .with(FailureKind::RateLimited)
        .with(FailureKind::Transient);

    /// Every kind.
    pub const ALL: Self = Self((1 << FailureKind::LIST.len()) - 1);

    /// The set of this kind alone.
    #[must_use]
    #[inline]
    pub const fn of(kind: FailureKind) -> Self {
        Self(1 << kind as u16)
    }

    /// This set and `kind`.
    #[must_use]
    #[inline]
    pub const fn with(self, kind: FailureKind) -> Self {
        Self(self.0 | Self::of(kind).0)
    }

    /// This set less `kind`.
    #[must_use]
    #[inline]
    pub const fn without(self, kind: FailureKind) -> Self {
        Self(self.0 & !Self::of(kind).0)
    }

    /// Whether `kind` is in the set.
    #[must_use]
    #[inline]
    pub const fn contains(self, kind: FailureKind) -> bool {
        self.0 & Self::of(kind).0 != 0
    }
}

impl fmt::Debug for FailureKinds {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(FailureKind::LIST.iter().filter(|kind| self.contains(**kind)))
            .finish()
    }
}
