//! What a verdict does to a breaker.

use std::time::Duration;

use super::CircuitState;
use super::core::Core;
use super::settings::{Live, Verdict};
use super::slots::Slot;
use super::state::Word;
use super::ticket::{Ticket, Transition};
use super::window::{Outcome, Tally};

impl Core {
    /// Takes the verdict of a permit, and its slot.
    ///
    /// The verdict first: between the two the slot of a failed probe must not admit another one.
    pub(super) fn settle(
        &self,
        settings: &Live,
        ticket: Ticket,
        verdict: Verdict,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        if ticket.slot == Slot::Neutral.packed() {
            return None;
        }
        let began = (ticket.at != 0).then_some(ticket.at);
        let transition = self.judge(settings, ticket.word.generation(), verdict, began, now);
        self.slots.release(ticket.slot.slot(), ticket.at, ticket.word.generation());
        transition
    }

    /// Gives a ticket's slot back ahead of its verdict, and fixes whether the call was slow: a stream lasts until
    /// its first item.
    #[cfg(feature = "stream")]
    pub(super) fn release(&self, settings: &Live, ticket: &mut Ticket, now: impl FnOnce() -> u64) {
        // A neutral ticket stays neutral: it holds no slot, and must not get a verdict by losing it.
        if ticket.slot == Slot::Neutral.packed() {
            return;
        }
        self.slots.release(ticket.slot.slot(), ticket.at, ticket.word.generation());
        ticket.slot = Slot::None.packed();
        // One that is slow now is slow at its verdict too. One that is not must not become it.
        if ticket.at != 0
            && settings.tells_slow()
            && !settings.is_slow(Duration::from_nanos(now().saturating_sub(ticket.at)))
        {
            ticket.at = 0;
        }
    }

    /// Takes a verdict that comes without a permit.
    pub(super) fn record(
        &self,
        settings: &Live,
        verdict: Verdict,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let word = self.load();
        let transition = self.judge(settings, word.generation(), verdict, None, now);
        if word.state() == CircuitState::HalfOpen {
            self.slots.release_manual(word.generation(), settings.half_open_max_calls());
        }
        transition
    }

    /// Counts a verdict, if its generation is still the breaker's. `began`: when the call did, if that is known.
    ///
    /// A failure reads the clock before it loads the word, and writes `opened_at` before it changes the
    /// word. So whoever sees the breaker open sees the time too. Clocks don't go back: a thread that loses the
    /// race to trip had read its time before it loaded a word that was not open yet, hence before the trip
    /// itself. As the time only ever goes up, what such a thread writes, early or late, is covered by the
    /// winner's time or lies between it and the trip; it never shortens the open phase, and never makes it
    /// end later than it would have, counted from the trip.
    fn judge(
        &self,
        settings: &Live,
        generation: u64,
        verdict: Verdict,
        began: Option<u64>,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let failed = verdict == Verdict::Failure;
        if verdict == Verdict::Neutral {
            return None;
        }
        let began = began.filter(|_| settings.tells_slow());
        let ended_at = (failed || began.is_some()).then(&now);
        let slow = began.zip(ended_at).is_some_and(|(began, ended_at)| {
            settings.is_slow(Duration::from_nanos(ended_at.saturating_sub(began)))
        });
        let outcome = Outcome { failed, slow };
        // Wherever there is no window, a slow call is a failed one.
        let verdict = if outcome.is_bad() { Verdict::Failure } else { Verdict::Success };
        let mut word = self.load();
        let mut in_window = None;
        if is_kept_in_window(word, settings, generation) {
            let view = settings.view(generation)?;
            let current = || self.load().generation() == generation;
            let now = || ended_at.unwrap_or_else(&now);
            let tally = self.history.record(view, outcome, now, current)?;
            if !settings.opens_at(tally) {
                return None;
            }
            in_window = Some(tally);
        }
        loop {
            if word.generation() != generation {
                return None;
            }
            let next = word.after(verdict, settings)?;
            let at = if next.state() == word.state() { 0 } else { ended_at.unwrap_or_else(&now) };
            if next.state() == CircuitState::Open {
                self.opens(next, word.state() == CircuitState::Closed, at);
            }
            match self.exchange(word, next, at) {
                Ok(transition) => {
                    let counted = in_window.unwrap_or_else(|| counted_with(outcome, word));
                    return transition.map(|transition| Transition { counted, ..transition });
                }
                Err(other) => word = other,
            }
        }
    }
}

/// What a word has counted together with the outcome that ends its generation.
fn counted_with(outcome: Outcome, word: Word) -> Tally {
    let calls = u64::from(word.count()) + 1;
    match word.state() {
        // Failures in a row, and slow calls for failures.
        CircuitState::Closed => Tally { calls, failures: calls, slow: 0 },
        _ => Tally { calls, failures: outcome.failed.into(), slow: outcome.slow.into() },
    }
}

fn is_kept_in_window(word: Word, settings: &Live, generation: u64) -> bool {
    settings.has_window()
        && word.generation() == generation
        && word.state() == CircuitState::Closed
        && word.counts()
}
