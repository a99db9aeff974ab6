//! What one instance shares and how. Plain data, made and checked by the builder.

use std::fmt;

use retry_runtime::fleet::KeyedSet;
use retry_runtime::registry::Handle;

use crate::votes::Quorum;

/// Everything an agent must know to begin.
pub(crate) struct Setup {
    /// The group, `[A-Za-z0-9._/-]{1,64}`.
    pub(crate) group: String,
    /// The name of the instance: printable ASCII without space, `{`, `|` and `}`, at most 64 bytes.
    pub(crate) instance: String,
    /// The name of its voter, by the same rule.
    pub(crate) voter: String,
    /// The version of the application, for the page. May be empty.
    pub(crate) version: String,
    pub(crate) quorum: Quorum,
    pub(crate) shared: Vec<Shared>,
    /// Shares everything that the registry lists. It is looked up again at each beat.
    pub(crate) share_listed: bool,
    /// Keys of keyed sets enter Redis only as SHA-256.
    pub(crate) hash_keys: bool,
    /// `Mode::Observe` of the fleet: it decides and reports, and applies nothing.
    pub(crate) observes: bool,
}

/// What is shared.
#[derive(Clone)]
pub(crate) enum Shared {
    /// One breaker.
    Breaker(Handle),
    /// The breakers of all keys of a set.
    Keyed(KeyedSet),
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaker(breaker) => f.debug_tuple("Breaker").field(&breaker.name()).finish(),
            Self::Keyed(set) => f.debug_tuple("Keyed").field(&set.name()).finish(),
        }
    }
}
