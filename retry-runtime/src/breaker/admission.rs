//! The values that pass between the core and its callers.

use std::num::NonZeroU64;

use super::state::State;
use super::window::Tally;
use crate::circuit_state::CircuitState;

/// The properties of a call that requests admission.
#[derive(Clone, Copy, Default)]
pub(super) struct Request {
    /// No permit will hold the slot.
    pub(super) manual: bool,
    /// The call runs inside an `attempt_timeout`, so its outcome may depend on when it began.
    pub(super) timed: bool,
}

/// The permission to make one call, not yet a permit. It fits in two registers.
#[derive(Clone, Copy)]
pub(super) struct Admission {
    /// The state that admitted the call. If it is half-open, the call is a probe and holds a slot.
    pub(super) state: State,
    /// The time at which the call began, or 0 if the clock was not read. It is read for probes, for
    /// all calls with `abandoned_after` or `slow_call`, and inside an `attempt_timeout`.
    pub(super) at: u64,
}

impl Admission {
    /// Creates an admission whose outcome does not count.
    pub(super) const fn uncounted(state: State) -> Self {
        Self { state: state.uncounted(), at: 0 }
    }
}

/// The rejection of one call.
#[derive(Clone, Copy)]
pub(super) struct Rejection {
    /// The state that rejected the call.
    pub(super) state: State,
    /// The time of the rejection, or 0 if the clock was not read because the state is forced.
    pub(super) at: u64,
    /// The time until a probe is admitted, in nanoseconds, if it is known.
    pub(super) retry_in: Option<NonZeroU64>,
}

/// A change of the circuit state. Only the thread that made it gets this value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) from: CircuitState,
    pub(super) to: CircuitState,
    /// The counts at the time of the change. Empty unless an outcome caused it.
    pub(super) counted: Tally,
}
