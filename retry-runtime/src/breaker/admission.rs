//! The values that pass between the core and its callers.

use std::num::NonZeroU64;

use super::state::State;
use super::window::Tally;
use crate::circuit_state::CircuitState;

/// How a call asks for admission.
#[derive(Clone, Copy, Default)]
pub(super) struct Request {
    /// No permit will hold the slot.
    pub(super) manual: bool,
    /// The call runs inside an `attempt_timeout`, so its outcome may depend on when it began.
    pub(super) timed: bool,
}

/// The permission to make one call, before it has become a permit. It fits two registers.
#[derive(Clone, Copy)]
pub(super) struct Admission {
    /// The state that admitted the call. If it is half-open, the call is a probe and holds a slot.
    pub(super) state: State,
    /// When the call began, or 0 if the clock was not read: it is read for probes, for all calls
    /// with `abandoned_after` or `slow_call`, and inside an `attempt_timeout`.
    pub(super) at: u64,
}

impl Admission {
    /// Creates an admission whose outcome does not count.
    pub(super) const fn uncounted(state: State) -> Self {
        Self { state: state.uncounted(), at: 0 }
    }
}

/// The refusal to make one call.
#[derive(Clone, Copy)]
pub(super) struct Rejection {
    /// The state that rejected the call.
    pub(super) state: State,
    /// When the call was rejected, or 0 if the clock was not read, as when the state is forced.
    pub(super) at: u64,
    /// How many nanoseconds until a probe is admitted, if that is known.
    pub(super) retry_in: Option<NonZeroU64>,
}

/// A change of the circuit state, made by the caller and nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) from: CircuitState,
    pub(super) to: CircuitState,
    /// What was counted when it changed; empty unless an outcome changed it.
    pub(super) counted: Tally,
}
