//! The right to coordinate: whether an instance acts with its fleet, and until when.

use std::time::Duration;

use super::random::nanos;
use crate::limits::BEATS_ALIVE;

const SECOND: u64 = 1_000_000_000;
/// The duration of the right while a shared breaker is not closed.
pub(crate) const SHORT: u64 = 6 * SECOND;
/// The time between two beats while a shared breaker is not closed.
pub(crate) const SHORT_BEAT: Duration = Duration::from_secs(2);
/// The number of good replies that are needed after a loss. Replies count only if they are `APART`.
const REPLIES: u32 = 3;
pub(crate) const APART: Duration = Duration::from_secs(1);

/// The right of an instance to act with its fleet.
pub(crate) struct Right {
    phase: Phase,
    /// The number of good replies that are needed.
    needed: u32,
    /// The time since which it acts alone.
    alone_since: u64,
    /// The time at which it last began to act with the fleet.
    coordinated_since: u64,
    until: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// There was no connection yet.
    New,
    Lost,
    /// It is connected, and has received this many good replies.
    Returning {
        good: u32,
        last_at: u64,
    },
    Coordinated,
}

impl Right {
    pub(crate) fn new(now: u64) -> Self {
        Self { phase: Phase::New, needed: 1, alone_since: now, coordinated_since: 0, until: 0 }
    }

    pub(crate) fn is_coordinated(&self) -> bool {
        self.phase == Phase::Coordinated
    }

    /// Returns the end of the right; 0 if there is none.
    pub(crate) fn until(&self) -> u64 {
        self.until
    }

    /// Returns the time at which the instance last began to act with the fleet.
    pub(crate) fn coordinated_since(&self) -> u64 {
        self.coordinated_since
    }

    pub(crate) fn connected(&mut self) {
        self.phase = Phase::Returning { good: 0, last_at: 0 };
    }

    /// Notes a good reply. If the instance acts with the fleet from now on, returns for how long it
    /// was alone.
    pub(crate) fn replied(&mut self, knows_all: bool, now: u64) -> Option<Duration> {
        let Phase::Returning { good, last_at } = &mut self.phase else { return None };
        if *good == 0 || now >= last_at.saturating_add(nanos(APART)) {
            (*good, *last_at) = (*good + 1, now);
        }
        if *good < self.needed || !knows_all {
            return None;
        }
        (self.phase, self.coordinated_since) = (Phase::Coordinated, now);
        Some(Duration::from_nanos(now.saturating_sub(self.alone_since)))
    }

    /// Ends the right. Returns whether the loss must be reported.
    pub(crate) fn lost(&mut self, now: u64) -> bool {
        let is_news = self.is_coordinated() || self.needed == 1;
        if self.is_coordinated() {
            self.alone_since = now;
        }
        (self.phase, self.needed, self.until) = (Phase::Lost, REPLIES, 0);
        is_news
    }

    /// Sets the end of the right from the time at which an answered command was sent.
    pub(crate) fn prolong(&mut self, sent: u64, all_closed: bool, beat: Duration) {
        if self.is_coordinated() {
            let beats = nanos(beat).saturating_mul(BEATS_ALIVE);
            let lasts = if all_closed { beats } else { SHORT };
            self.until = sent.saturating_add(lasts);
        }
    }

    /// Shortens the right when a breaker is no longer closed.
    pub(crate) fn shorten(&mut self, now: u64) {
        self.until = self.until.min(now.saturating_add(SHORT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_instance_needs_one_reply_and_a_lost_one_three_apart() {
        let mut right = Right::new(SECOND);
        right.connected();
        assert_eq!(right.replied(false, 2 * SECOND), None);
        assert_eq!(right.replied(true, 3 * SECOND), Some(Duration::from_secs(2)));
        assert!(right.lost(4 * SECOND));
        assert!(!right.lost(5 * SECOND));
        right.connected();
        for now in [10 * SECOND, 10 * SECOND + 1, 11 * SECOND, 12 * SECOND - 1] {
            assert_eq!(right.replied(true, now), None);
        }
        assert_eq!(right.replied(true, 12 * SECOND), Some(Duration::from_secs(8)));
    }

    #[test]
    fn it_lasts_from_when_the_command_was_sent() {
        let mut right = Right::new(SECOND);
        right.prolong(SECOND, true, APART);
        assert_eq!(right.until(), 0);
        right.connected();
        right.replied(true, SECOND);
        right.prolong(SECOND, true, Duration::from_secs(30));
        assert_eq!(right.until(), 91 * SECOND);
        right.shorten(2 * SECOND);
        assert_eq!(right.until(), 8 * SECOND);
        right.prolong(3 * SECOND, false, Duration::from_secs(30));
        assert_eq!(right.until(), 9 * SECOND);
        right.lost(4 * SECOND);
        assert_eq!(right.until(), 0);
    }
}
