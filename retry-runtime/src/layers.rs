//! Retries and circuit breakers as layers around a [`tower_service::Service`], for clients of
//! tonic, hyper and axum, and for any other service.
//!
//! [`RetryLayer`] and [`CircuitBreakerLayer`] do what `#[async_retry]` and `#[circuit_breaker]` do:
//! policies, breakers, budgets, events and run-time settings are the same. The guide has a chapter
//! with examples.
//!
//! The error of the service must be [`Retryable`](crate::Retryable). `BoxError`
//! (`Box<dyn Error + Send + Sync>`) is, by the error behind it, and it converts from a rejection and
//! from a timeout. Other errors become one by tower's `map_err(BoxError::from)` below these layers.
//!
//! A service that returns `Ok` for a failed response needs
//! [`classify_ok`](RetryLayer::classify_ok), with [`failed_status`] for HTTP and [`grpc_status`] for
//! gRPC.

mod breaker;
#[cfg(feature = "http")]
mod http;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod retry;

pub use crate::outcomes::{BreakerHooks, RetryHooks};
pub use crate::sources::{BreakerSource, Keyed, One};
pub use breaker::{CircuitBreakerFuture, CircuitBreakerLayer, CircuitBreakerService};
#[cfg(feature = "tonic")]
pub use http::grpc_status;
#[cfg(feature = "http")]
pub use http::{failed_status, host};
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use retry::{ByClone, ByFunction, CloneRequest, RetryFuture, RetryLayer, RetryService};
#[cfg(all(feature = "http", any(feature = "tokio", feature = "smol")))]
pub use retry::{ReadyBodies, ReadyBody};

/// No setter has said anything about outcomes: errors decide by their kind, and every response is
/// good.
#[derive(Debug, Clone, Copy)]
pub struct NoHooks;

/// What the setters of a layer say about outcomes, if they say anything.
pub trait Hooks<H> {
    /// Returns what they say.
    fn get(&self) -> Option<&H>;

    /// Returns this for a setter to add to.
    fn into_hooks(self) -> H;
}

impl<H: Default> Hooks<H> for NoHooks {
    fn get(&self) -> Option<&H> {
        None
    }

    fn into_hooks(self) -> H {
        H::default()
    }
}

/// Implements [`Hooks`] for the hooks themselves.
macro_rules! own_hooks {
    ($($Hooks:ident;)+) => {$(
        impl<T, E> Hooks<Self> for $Hooks<T, E> {
            fn get(&self) -> Option<&Self> {
                Some(self)
            }

            fn into_hooks(self) -> Self {
                self
            }
        }
    )+};
}

own_hooks! {
    RetryHooks;
    BreakerHooks;
}
