//! What passes between the core and those who ask it.

use std::num::NonZeroU64;

use super::CircuitState;
use super::slots::{Packed, Slot};
use super::state::Word;
use super::window::Tally;

/// What an admission leaves with its permit.
#[derive(Clone, Copy)]
pub(super) struct Ticket {
    /// The word that admitted it.
    pub(super) word: Word,
    /// When: for probes, and for all where `abandoned_after` or `slow_call` is set; else 0.
    pub(super) at: u64,
    pub(super) slot: Packed,
}

impl Ticket {
    /// Admitted while closed, with no clock read.
    #[inline]
    pub(super) const fn plain(word: Word) -> Self {
        Self { word, at: 0, slot: Slot::None.packed() }
    }

    /// Admitted, and nothing that becomes of it counts.
    pub(super) const fn neutral(word: Word) -> Self {
        Self { word, at: 0, slot: Slot::Neutral.packed() }
    }
}

/// A change of state that the caller has made, and nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) from: CircuitState,
    pub(super) to: CircuitState,
    /// What was counted when it changed; nothing where no verdict changed it.
    pub(super) counted: Tally,
}

/// What came of asking for admission.
pub(super) enum Attempt {
    Admitted(Ticket),
    /// By this word, with the nanoseconds until a probe is let through.
    Rejected(Word, Option<NonZeroU64>),
    /// The breaker is half-open now: ask again.
    Changed(Transition),
}
