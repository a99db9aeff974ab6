//! Retries and circuit breakers for async functions, as attributes.
//!
//! ```
//! use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, STANDARD};
//! use retry_utils::{async_retry, circuit_breaker};
//!
//! #[derive(Debug, thiserror::Error, Retryable)]
//! enum LlmError {
//!     #[error("no answer in time")]
//!     #[retry(timeout)] // retried; a failure for the breaker
//!     Timeout,
//!     #[error(transparent)]
//!     #[retry(transparent)] // returned when the open breaker rejects a call
//!     CircuitOpen(#[from] CircuitOpen),
//! }
//!
//! static LLM_API: CircuitBreaker = CircuitBreaker::new("llm-api");
//!
//! #[circuit_breaker(LLM_API)] // sees one outcome per call, after all its retries
//! #[async_retry(STANDARD)] // 3 attempts, with exponential backoff and jitter
//! async fn complete(prompt: &str) -> Result<String, LlmError> {
//!     if prompt.is_empty() { Err(LlmError::Timeout) } else { Ok(prompt.to_uppercase()) }
//! }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(complete("hi")).unwrap();
//! ```
//!
//! - [`async_retry`](macro@async_retry) retries a function by a policy such as [`STANDARD`].
//!   [`RetryConfig::run`] retries a closure, and [`Retries`] is for your own loops.
//! - [`Retryable`](derive@Retryable) names the kind of each error. The kind decides whether an
//!   error is retried, and whether it counts for a breaker.
//! - [`circuit_breaker`](macro@circuit_breaker) rejects calls while a dependency is down.
//!   [`CircuitBreakers`] keeps one breaker per host, tenant or model.
//! - [`RetryBudget`] limits retries to a share of all calls.
//! - [`observe`] reports every retry, rejection and change of state.
//!
//! The [guide] begins with a [quickstart](guide::quickstart), and lists the
//! [features](guide#features).
// Each item shows on docs.rs which feature it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
// The guide writes the names of products as people write them.
#![allow(clippy::doc_markdown)]

/// The examples of the readme, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

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
