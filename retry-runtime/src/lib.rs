//! The runtime of retry-utils: policies, backoff, classification, breakers, registry, observation.
//!
//! Most users depend on the facade crate `retry-utils`, which re-exports all of this beside the
//! attributes. Depend on this crate alone to use [`RetryConfig::run`] and [`CircuitBreaker::call`]
//! without procedural macros in the build.

mod backoff;
mod breaker;
mod clock;
mod config;
mod env;
mod failure;
mod name;
pub mod observe;
#[doc(hidden)]
pub mod private;
mod random;
pub mod registry;
pub mod run;
mod series;
mod session;
mod settings;
mod sync;
mod timeout;
mod timer;

pub use backoff::Jitter;
pub use breaker::{CircuitBreaker, CircuitState, Permit, Window};
pub use config::{
    AGGRESSIVE, CONSERVATIVE, ConfigError, Delays, Mode, RetryConfig, STANDARD, STREAMING,
};
pub use failure::{CircuitOpen, FailureKind, FailureKinds, KnownErrors, Retryable, TimedOut};
