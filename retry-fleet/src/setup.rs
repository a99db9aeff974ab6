//! The checked settings of one instance: plain data from the builder.

use std::fmt;

use retry_runtime::fleet::KeyedSet;
use retry_runtime::registry::Handle;

use crate::votes::Quorum;

/// All inputs of an agent.
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
    /// If true, shares everything in the registry, which is read again at each beat.
    pub(crate) share_listed: bool,
    /// If true, keys of keyed sets reach Redis only as SHA-256.
    pub(crate) hash_keys: bool,
    /// If true, the fleet is in `Mode::Observe`: it decides and reports, and applies nothing.
    pub(crate) observes: bool,
}

/// A shared breaker or set.
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
