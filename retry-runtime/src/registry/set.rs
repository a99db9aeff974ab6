//! The sets of keyed breakers that can be listed.

use std::ops::Deref;
use std::sync::Arc;

use crate::breaker::CircuitBreakers;

/// A set of keyed breakers that [`add_keyed`](super::add_keyed) can list:
/// `&'static CircuitBreakers` or `&Arc<CircuitBreakers>`. No other type implements this trait.
#[diagnostic::on_unimplemented(
    message = "cannot list `{Self}`: put the set in a `static` or in an `Arc`",
    label = "neither `&'static CircuitBreakers` nor `&Arc<CircuitBreakers>`",
    note = "for a `static SET: LazyLock<CircuitBreakers>`, write `&*SET`"
)]
pub trait ListedSet: Into<KeyedSet> {}

impl ListedSet for &'static CircuitBreakers {}

impl ListedSet for &Arc<CircuitBreakers> {}

/// A set in a `static`, or in an `Arc` that keeps it alive.
#[derive(Clone)]
pub enum KeyedSet {
    /// A set in a `static`.
    Static(&'static CircuitBreakers),
    /// A set in an `Arc`.
    Shared(Arc<CircuitBreakers>),
}

impl Deref for KeyedSet {
    type Target = CircuitBreakers;

    fn deref(&self) -> &CircuitBreakers {
        match self {
            Self::Static(set) => set,
            Self::Shared(set) => set,
        }
    }
}

impl From<&'static CircuitBreakers> for KeyedSet {
    fn from(set: &'static CircuitBreakers) -> Self {
        Self::Static(set)
    }
}

impl From<&Arc<CircuitBreakers>> for KeyedSet {
    fn from(set: &Arc<CircuitBreakers>) -> Self {
        Self::Shared(Arc::clone(set))
    }
}

impl From<Arc<CircuitBreakers>> for KeyedSet {
    fn from(set: Arc<CircuitBreakers>) -> Self {
        Self::Shared(set)
    }
}
