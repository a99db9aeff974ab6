//! The two sides of a link: what a breaker asks of the agent, and what the agent does to a breaker.

use super::leases::Lease;
use super::tied::Tied;
use crate::config::Mode;

/// The agent, as a breaker sees it.
///
/// Each method is called by threads of calls and operators: it must return soon, must not block and
/// must not panic. No lock of a breaker or of a set is held meanwhile. A breaker keeps its source
/// weakly: an agent that is dropped is not called any more.
pub trait Source: Send + Sync {
    /// Something has happened that the agent may want to know: a change of the circuit state that
    /// the agent did not make, an action of an operator, an outcome of a leased probe, or the first
    /// call that wants a lease.
    ///
    /// Wake-ups are not counted. The agent looks at the breaker and drains its outcomes, and finds
    /// all that has happened up to the wake-up. A wake-up may come without news.
    fn wake(&self, breaker: &str);

    /// Returns the changes with which the breaker of a new key begins, in order: for a register that
    /// is not closed, [`Change::Coordinate`] and [`Change::Open`]. Empty if there is nothing to say.
    ///
    /// Asked before the breaker exists, and perhaps for one that another thread makes first. If this
    /// thread makes it, [`made`](Self::made) follows.
    fn begins(&self, breaker: &str) -> Vec<Change>;

    /// A breaker of a set was made, or was there when the set was tied.
    ///
    /// Overflow breakers, which serve keys without a place, are never tied.
    fn made(&self, breaker: Tied);

    /// A breaker lost its place in its set: another breaker may be made for its key. Its outcomes
    /// say nothing any more. The agent drops its [`Tied`], withdraws the vote and gives back the
    /// leases.
    fn evicted(&self, breaker: &str);
}

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
