//! The three states, as users see them.

use crate::text_enum::text_enum;

text_enum! {
    /// The state of a circuit breaker. Displays as `CLOSED`, `OPEN` or `HALF_OPEN`.
    pub enum CircuitState {
        /// Calls pass, failures are counted.
        Closed = "CLOSED",
        /// Calls are rejected.
        Open = "OPEN",
        /// A few probes pass, to see whether the dependency has recovered.
        HalfOpen = "HALF_OPEN",
    }
}
