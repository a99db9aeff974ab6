//! The runtime of retry-utils: retry policies, retry budgets, error classification, circuit
//! breakers, and the registry and events to observe them.
//!
//! Most users depend on the facade crate `retry-utils`, which re-exports everything here together
//! with the attributes. Depend on this crate alone if [`RetryConfig::run`] and
//! [`CircuitBreaker::call`] are enough and the build should contain no procedural macros.
//!
//! | feature | content | default |
//! |---|---|---|
//! | `tokio` | [`RetryConfig::run`] and timeouts on tokio's timer; all times come from its clock | on |
//! | `smol` | the same on smol's timer, which works under any executor; with both features, smol's timer is used outside of a tokio runtime | off |
//! | `tracing` | log lines for every retry, rejection and transition | on |
//! | `metrics` | counters, a histogram and gauges for an exporter: [`observe`] | off |
//! | `serde` | [`RetryConfig`], [`CircuitBreaker`] and the types of their settings from files | off |
//! | `testing` | [`testing`]: no waits, scripted failures, a recorder of events | off |
//! | `simulation` | [`simulation`]: the decisions in virtual time; unstable | off |
//! | `anyhow`, `hyper`, `redis`, `sqlx`, `tonic` | [`Retryable`] for their errors | off |
//! | `http` | [`Retryable`] for status codes, and [`http::CheckResponse`], which turns responses into errors | off |
//! | `reqwest` | [`Retryable`] for its error, `http::CheckStatus` for its responses, and `http::RequestError` | off |
//! | `tower` | [`layers`]: retries and breakers around a service | off |
//! | `reqwest-middleware` | [`middleware`]: the same for `reqwest-middleware` | off |
//! | `redis-0-32`, `reqwest-0-12`, `sqlx-0-8`, `tonic-0-13` | the same for the previous major versions | off |

// docs.rs shows the required feature next to each item.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a timer nothing retries. Code that only retries need is still compiled: a condition on
// each such function would clutter more than it saves.
#![cfg_attr(not(any(feature = "tokio", feature = "smol")), allow(dead_code, unused_imports))]

mod backoff;
mod breaker;
mod budget;
mod circuit_state;
mod clock;
mod config;
mod env;
mod failure;
#[cfg(feature = "fleet")]
#[doc(hidden)]
pub mod fleet;
#[cfg(feature = "http")]
pub mod http;
mod keys;
#[cfg(feature = "tower")]
pub mod layers;
#[cfg(feature = "reqwest-middleware")]
pub mod middleware;
mod name;
pub mod observe;
#[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
mod outcomes;
#[doc(hidden)]
pub mod private;
mod random;
mod redact;
pub mod registry;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub mod run;
#[cfg(feature = "serde")]
mod serde;
mod series;
mod session;
mod setters;
mod settings;
#[cfg(feature = "simulation")]
pub mod simulation;
#[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
mod sources;
#[cfg(feature = "stream")]
mod stream;
mod sync;
#[cfg(all(feature = "testing", any(feature = "tokio", feature = "smol")))]
pub mod testing;
mod text_enum;
mod timeout;

pub use backoff::Jitter;
pub use breaker::{CircuitBreaker, CircuitBreakers, Permit, Window};
pub use budget::{RetryBudget, RetryBudgets};
pub use circuit_state::CircuitState;
pub use config::{
    AGGRESSIVE, CONSERVATIVE, ConfigError, Delays, Mode, RetryConfig, STANDARD, STREAMING,
};
pub use failure::{
    CircuitOpen, Classified, FailureKind, FailureKinds, KnownErrors, RetryHint, Retryable, TimedOut,
};
pub use series::Retries;
#[cfg(feature = "stream")]
pub use stream::Guarded;
