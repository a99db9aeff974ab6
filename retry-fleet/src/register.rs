//! The state of one breaker in the fleet, the merging of two copies, and its text.

use std::fmt;

use crate::limits::{AHEAD, STALE};
use crate::text;

#[cfg(test)]
mod tests;

/// The state of a breaker in the whole fleet. The order is that of a merge at equal epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Calls are admitted.
    Closed,
    /// Calls with a lease are admitted.
    HalfOpen,
    /// Calls are rejected until the open phase ends.
    Open,
}

impl State {
    /// Returns the text on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }

    /// Reads the text on the wire.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut all = [Self::Closed, Self::HalfOpen, Self::Open].into_iter();
        all.find(|state| state.as_str().as_bytes() == text)
    }
}

/// The state of one breaker in the fleet.
///
/// The text is `1|epoch|state|until|failed|ok`. Registers are compared by their fields in this
/// order, and of two copies the greater one counts. Merging is therefore commutative, associative
/// and idempotent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register {
    /// The number of this state in the group. Each change of the state has a higher number.
    pub epoch: u64,
    /// The state.
    pub state: State,
    /// The end of the open phase by Redis' clock. While half-open, the time of the last success or
    /// of the first lease. While closed, 0.
    pub until: u64,
    /// The number of recoveries in a row that failed.
    pub failed: u64,
    /// The number of successful probes in this epoch.
    pub ok: u64,
}

impl Register {
    /// Returns the closed register of an epoch.
    #[must_use]
    pub const fn closed(epoch: u64) -> Self {
        Self { epoch, state: State::Closed, until: 0, failed: 0, ok: 0 }
    }

    /// Returns the greater of two copies.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// Reads a text in exactly the form that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let [b"1", epoch, state, until, failed, ok] = text::fields(text)? else { return None };
        Some(Self {
            epoch: text::number(epoch)?,
            state: State::parse(state)?,
            until: text::number(until)?,
            failed: text::number(failed)?,
            ok: text::number(ok)?,
        })
    }

    /// Returns whether the register counts at this time of Redis' clock. Its epoch must not be more
    /// than a day ahead. Its `until`, or its epoch if it is closed, must not be more than an hour
    /// past.
    #[must_use]
    pub fn counts(&self, now: u64) -> bool {
        let end = if self.state == State::Closed { self.epoch } else { self.until };
        self.epoch <= now.saturating_add(AHEAD) && end >= now.saturating_sub(STALE)
    }

    /// Returns the milliseconds that are left of the open phase. Other states have none.
    #[must_use]
    pub fn left(&self, now: u64) -> u64 {
        if self.state == State::Open { self.until.saturating_sub(now) } else { 0 }
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, state, until, failed, ok } = self;
        write!(f, "1|{epoch}|{}|{until}|{failed}|{ok}", state.as_str())
    }
}
