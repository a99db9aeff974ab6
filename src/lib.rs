#![doc = include_str!("../docs/facade.md")]

pub use retry_macros::{Retryable, async_retry, circuit_breaker};
pub use retry_runtime::{
    AGGRESSIVE, CONSERVATIVE, CircuitBreaker, CircuitOpen, CircuitState, ConfigError, FailureKind,
    FailureKinds, Jitter, Mode, Permit, RetryConfig, Retryable, STANDARD, STREAMING, TimedOut,
    observe, registry,
};

#[doc(hidden)]
pub use retry_runtime::private;
