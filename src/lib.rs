// First, so that the links of the readme lead to rustdoc's pages here: see `guide`.
#![doc = include_str!("guide_links.md")]
#![doc = include_str!("../README.md")]
// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
// The readme and the guide are prose, in which products are written as people write them.
#![allow(clippy::doc_markdown)]

#[doc = include_str!("../docs/async_retry.md")]
pub use retry_macros::async_retry;

#[doc = include_str!("../docs/circuit_breaker.md")]
pub use retry_macros::circuit_breaker;

#[doc = include_str!("../docs/retryable.md")]
pub use retry_macros::Retryable;

pub use retry_runtime::{
    AGGRESSIVE, CONSERVATIVE, CircuitBreaker, CircuitBreakers, CircuitOpen, CircuitState,
    Classified, ConfigError, Delays, FailureKind, FailureKinds, Jitter, Mode, Permit, Retries,
    RetryBudget, RetryBudgets, RetryConfig, RetryHint, Retryable, STANDARD, STREAMING, TimedOut,
    Window, observe, registry,
};

#[cfg(feature = "fleet")]
#[doc(inline)]
pub use retry_fleet as fleet;
#[cfg(feature = "axum")]
#[doc(inline)]
pub use retry_page as page;
#[cfg(feature = "stream")]
pub use retry_runtime::Guarded;
#[cfg(feature = "http")]
pub use retry_runtime::http;
#[cfg(feature = "tower")]
pub use retry_runtime::layers;
#[cfg(feature = "reqwest-middleware")]
pub use retry_runtime::middleware;

#[cfg(all(feature = "testing", any(feature = "tokio", feature = "smol")))]
pub use retry_runtime::testing;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub use retry_runtime::run;

#[cfg(feature = "simulation")]
pub use retry_runtime::simulation;

pub mod guide;

#[doc(hidden)]
pub use retry_runtime::private;
