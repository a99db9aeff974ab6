//! What the agent of a fleet does to a breaker: plain data.

use super::leases::Lease;
use crate::config::Mode;

/// What the agent does to a breaker. Each change may be repeated.
///
/// All times are nanoseconds on the scale of [`now`](crate::fleet::now).
///
/// [`Open`](Self::Open) and [`Close`](Self::Close) show the breaker the newest register. While it is
/// coordinated, it follows at once. Otherwise it remembers, and follows when it becomes coordinated.
/// A breaker that is forced or in `Mode::Off` remembers too. It follows when it is compared again:
/// with every [`Open`](Self::Open), [`Close`](Self::Close) and [`Coordinate`](Self::Coordinate), at
/// the end of a force, and after every action of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The breaker is coordinated until then, and is compared with the newest register. An earlier
    /// time replaces a later one.
    ///
    /// While coordinated, with a register that is not closed, a call past the open phase needs a
    /// lease, and no success closes the breaker. Otherwise local rules hold: exactly those of a
    /// breaker that is not tied, from the current state on.
    Coordinate {
        /// When that ends by itself.
        until: u64,
    },
    /// The breaker is not coordinated from now on. What was forced by the fleet stays so, and
    /// leases stay until they expire: they admit nobody, but calls under way still report.
    Alone,
    /// The register is open or half-open.
    ///
    /// An older epoch than the newest one changes nothing. A closed breaker opens until `until`, as a
    /// new generation. An open one stays open until the later of that and its own deadline. A
    /// half-open one stays if its probes had leases of this epoch; otherwise it opens as a
    /// closed one does. Unclaimed leases of other epochs are gone.
    Open {
        /// The epoch of the register.
        epoch: u64,
        /// When the open phase ends: in the past for a half-open register.
        until: u64,
        /// The failed recoveries in a row, from which open phases of local rules grow.
        failed: u64,
    },
    /// The register is closed.
    ///
    /// An older epoch than the newest one changes nothing. A breaker that the fleet opened closes,
    /// and so does one that left the closed state at `made_at` or before. One that left it later
    /// stays, and recovers by local rules. All unclaimed leases are gone.
    Close {
        /// The epoch of the register.
        epoch: u64,
        /// When the epoch was made.
        made_at: u64,
    },
    /// Local rules hold, coordinated or not, until a newer epoch than this is shown.
    LocalRules {
        /// The epoch whose leases could not be had.
        epoch: u64,
    },
    /// The fleet forces the breaker open, until then by this process's clock, or until the force is
    /// ended. Replaces what the fleet forced before, and holds while not coordinated.
    ///
    /// A force in this process goes first. Once that has ended, this one holds for what is left.
    ForceOpen {
        /// When it ends by itself; `None` if it does not.
        until: Option<u64>,
    },
    /// The fleet forces the breaker closed. As [`ForceOpen`](Self::ForceOpen).
    ForceClosed {
        /// When it ends by itself; `None` if it does not.
        until: Option<u64>,
    },
    /// The fleet forces nothing any more. A breaker that it held closes as by `reset`, and follows
    /// the newest register if it is coordinated. The same happens at the end of `until`.
    EndForce,
    /// The fleet sets the mode. `None` brings the configured mode back, if the present one is what
    /// the fleet has set. A later `set_mode` in this process stays until this is repeated.
    Mode(Option<Mode>),
    /// A lease was granted, or renewed if the breaker has it. Returns `false` if the breaker does
    /// not take it: it is not of the newest epoch, which is to be shown first, or expired, or there
    /// are 16 unclaimed ones. A renewal of one that a call has claimed is always taken.
    Grant(Lease),
    /// Takes a lease back that no call has claimed. Returns whether it did: if not, a call has
    /// claimed it, or the breaker never had it.
    TakeBack {
        /// Which one.
        sequence: u64,
    },
    /// The agent has asked for a lease on behalf of the breaker, so the next call that is rejected
    /// for want of one wakes it again.
    Asked,
}
