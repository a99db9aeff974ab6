//! The changes that the agent of a fleet makes to a breaker: plain data.

use super::leases::Lease;
use crate::config::Mode;

/// A change that the agent makes to a breaker. Each change may be repeated.
///
/// All times are nanoseconds on the scale of [`now`](crate::fleet::now).
///
/// [`Open`](Self::Open) and [`Close`](Self::Close) show the breaker the newest register. While
/// coordinated, the breaker follows it immediately. Otherwise it remembers the register.
///
/// A breaker that is forced or in `Mode::Off` also remembers the register. The breaker is compared
/// with the register again by every change, by every [`look`](crate::fleet::Tied::look), at the end
/// of a force, and after every action of an operator. So if the fleet holds a breaker open and an
/// operator of this process resets or half-opens it, it opens again immediately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Coordinates the breaker until the given time, and compares it with the newest register. An
    /// earlier time replaces a later one.
    ///
    /// While coordinated, with a register that is not closed, a call past the open phase needs a
    /// lease, and no success closes the breaker. Otherwise local rules apply: exactly those of a
    /// breaker that is not tied, starting from the current state.
    Coordinate {
        /// The automatic end of the coordination.
        until: u64,
    },
    /// Ends the coordination of the breaker. A force by the fleet stays. Leases stay until they
    /// expire: they admit no call, but calls under way still report.
    Alone,
    /// Shows a register that is open or half-open.
    ///
    /// An epoch older than the newest one changes nothing. A closed breaker opens until `until`, in
    /// a new generation. An open one stays open until the later of `until` and its own deadline. A
    /// half-open one stays if its probes had leases of this epoch. Otherwise it opens as a closed
    /// one does. Unclaimed leases of other epochs are removed.
    Open {
        /// The epoch of the register.
        epoch: u64,
        /// The end of the open phase. It is in the past for a half-open register.
        until: u64,
        /// The failed recoveries in a row, from which open phases by local rules grow.
        failed: u64,
    },
    /// Shows a register that is closed.
    ///
    /// An epoch older than the newest one changes nothing. A breaker that the fleet opened closes,
    /// and so does one that left the closed state at `made_at` or before. One that left it later
    /// stays, and recovers by local rules. All unclaimed leases are removed.
    Close {
        /// The epoch of the register.
        epoch: u64,
        /// The creation of the epoch, as the agent estimates it. A time in the future counts as
        /// now. If there are two estimates for one epoch, the earlier one counts.
        made_at: u64,
    },
    /// Applies local rules, coordinated or not, until an epoch newer than this one is shown.
    LocalRules {
        /// The epoch whose leases are unavailable.
        epoch: u64,
    },
    /// Forces the breaker open until the given time or until the force is ended. Replaces any
    /// earlier force by the fleet. It also applies while the breaker is not coordinated.
    ///
    /// A force in this process takes precedence. Once that has ended, this one applies for the rest
    /// of its time.
    ForceOpen {
        /// The end of the force, by this process's clock. `None` if only
        /// [`EndForce`](Self::EndForce) ends it.
        until: Option<u64>,
    },
    /// Forces the breaker closed. Otherwise the same as [`ForceOpen`](Self::ForceOpen).
    ForceClosed {
        /// The end of the force, by this process's clock. `None` if only
        /// [`EndForce`](Self::EndForce) ends it.
        until: Option<u64>,
    },
    /// Ends the fleet's force. A breaker that it held closes as by `reset`, and follows the newest
    /// register if it is coordinated. The end of `until` has the same effect.
    EndForce,
    /// Sets the mode for the fleet. `None` restores the configured mode if the current one was set
    /// by the fleet. A later `set_mode` in this process stays until this change is repeated.
    Mode(Option<Mode>),
    /// Grants a lease, or renews one that the breaker has. The breaker refuses a lease that has
    /// expired or is not of the newest epoch, which must be shown first. It also refuses a lease if
    /// it has 16 unclaimed ones. A renewal of a claimed lease is always accepted.
    Grant(Lease),
    /// Takes back a lease that no call has claimed. It has no effect if a call has claimed the
    /// lease or the breaker never had it.
    TakeBack {
        /// The number of the lease.
        sequence: u64,
    },
    /// Notes that the agent has requested a lease for the breaker. The next call that is rejected
    /// for lack of a lease wakes the agent again.
    Asked,
}
