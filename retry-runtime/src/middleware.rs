//! Retries and circuit breakers as middleware of the crate `reqwest-middleware`.
//!
//! [`RetryMiddleware`] and [`CircuitBreakerMiddleware`] do what `#[async_retry]` and
//! `#[circuit_breaker]` do, with the same policies, breakers, budgets, events and run-time
//! settings. A response with a failed status is a failure. [`FailedStatus`] gets its kind and hint
//! from the status and the headers. The body stays unread.
//!
//! Attach the outermost middleware first. A breaker that is attached before the retries counts each
//! request once, with all its retries. A breaker that is attached after them counts each attempt.
//!
//! ```
//! # extern crate retry_runtime as retry_utils;
//! use reqwest_middleware::ClientBuilder;
//! use retry_utils::middleware::{CircuitBreakerMiddleware, RetryMiddleware};
//! use retry_utils::{CircuitBreakers, STANDARD};
//!
//! static UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams");
//!
//! # fn client() -> reqwest_middleware::ClientWithMiddleware {
//! ClientBuilder::new(reqwest::Client::new())
//!     .with(RetryMiddleware::new(STANDARD).name("chat-api"))
//!     .with(CircuitBreakerMiddleware::per_host(&UPSTREAMS))
//!     .build()
//! # }
//! ```

mod breaker;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod retry;

pub use crate::sources::{BreakerSource, Keyed, One};
pub use breaker::CircuitBreakerMiddleware;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use retry::RetryMiddleware;

use reqwest::Response;

use crate::http::FailedStatus;

/// Returns the failure of a response, from its status and headers.
fn failed_status(response: &Response) -> Option<FailedStatus> {
    FailedStatus::of(response.status(), response.headers())
}
