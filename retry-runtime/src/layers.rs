//! Retries and circuit breakers as tower layers, for the clients of tonic and hyper, the routers of
//! axum, and any other service.
//!
//! [`RetryLayer`] and [`CircuitBreakerLayer`] do what `#[async_retry]` and `#[circuit_breaker]` do,
//! with the same policies, breakers, budgets, events and run-time settings. The guide has a chapter
//! with examples.
//!
//! The service's error must be [`Retryable`](crate::Retryable). `BoxError`
//! (`Box<dyn Error + Send + Sync>`) is: the error inside it decides its kind. It also converts from
//! a rejection and from a timeout. For services with other errors, put tower's
//! `map_err(BoxError::from)` below these layers.
//!
//! If a service returns `Ok` for a failed response, set [`classify_ok`](RetryLayer::classify_ok):
//! to [`failed_status`] for HTTP, or to [`grpc_status`] for gRPC.

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

/// The hooks of a layer without any: the kind of an error decides, and every response is a success.
#[derive(Debug, Clone, Copy)]
pub struct NoHooks;

/// Functions and timeouts from the setters of a layer, if any.
pub trait Hooks<H> {
    /// Returns the hooks, or `None` if none is set.
    fn get(&self) -> Option<&H>;

    /// Returns the hooks, for a setter to add to.
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
