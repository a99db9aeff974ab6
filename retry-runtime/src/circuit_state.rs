//! The three states of a circuit breaker.

use crate::text_enum::text_enum;

text_enum! {
    /// The state of a circuit breaker. Displays as `CLOSED`, `OPEN` or `HALF_OPEN`.
    pub enum CircuitState {
        /// Calls are admitted, and failures are counted.
        Closed = "CLOSED",
        /// Calls are rejected.
        Open = "OPEN",
        /// A few calls are admitted as probes, to find out whether the dependency has recovered.
        HalfOpen = "HALF_OPEN",
    }
}
