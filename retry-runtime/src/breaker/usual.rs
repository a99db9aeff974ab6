//! The ways that most calls go, with one step of an atomic at most.
//!
//! They decide nothing that the whole way would decide otherwise, and hand on what is more: to [`Core::settle`] in the
//! end, or to [`Core::enter`], where a good call needs several steps to get into its window. They are apart so that the
//! compiler can put them where the call is, and needs no room on the stack for what is rare.

use std::num::NonZeroU64;

use super::core::Core;
use super::settings::Live;
use super::ticket::Ticket;
use super::window::{Extent, Outcome};

impl Core {
    /// How many nanoseconds until the breaker lets a probe through, where it is open by itself, enforces, and has that
    /// long to wait: the usual rejection. `None` where more is to be done, as it is for one that is `unlisted` where
    /// that matters.
    #[inline]
    pub(super) fn too_early(
        &self,
        settings: &Live,
        unlisted: bool,
        now: impl FnOnce() -> u64,
    ) -> Option<NonZeroU64> {
        let word = self.load();
        if !word.is_plainly_open(unlisted) {
            return None;
        }
        let until = self.open_until(word, settings);
        NonZeroU64::new(until.saturating_sub(now()))
    }

    /// Takes the success of a permit: closed and healthy it is one load, with a window of calls one update more.
    ///
    /// Where the word is still that of the admission the permit holds no slot, or the word says that it may.
    /// Should the word change after the load, a call is entered into its window in the name of a generation that is
    /// over, where nobody looks for it any more.
    #[inline]
    pub(super) fn succeed(&self, ticket: Ticket, more: impl FnOnce(Ticket)) {
        let word = ticket.word;
        let unchanged = self.glance() == word;
        if !unchanged
            || !(word.has_nothing_to_forget()
                || (word.only_records() && self.history.record_good_call(word.tag())))
        {
            more(ticket);
        }
    }

    /// [`succeed`](Self::succeed) where that had more to do: with a window, most likely to enter the call.
    #[inline]
    pub(super) fn remember(
        &self,
        settings: &Live,
        ticket: Ticket,
        now: impl FnOnce() -> u64,
        enter: impl FnOnce(Ticket, u64),
        more: impl FnOnce(Ticket),
    ) {
        let word = ticket.word;
        if self.glance() != word || !word.only_records() {
            return more(ticket);
        }
        let Some(Extent::Time { slice }) = settings.extent() else { return enter(ticket, 0) };
        let now = now();
        if !self.history.record_good_now(slice, word.generation(), now) {
            enter(ticket, now);
        }
    }

    /// Enters a good call into the window, however many steps that takes; `now` is of account to one of time.
    pub(super) fn enter(&self, settings: &Live, ticket: Ticket, now: u64) {
        let generation = ticket.word.generation();
        if let Some(view) = settings.view(generation) {
            let current = || self.load().generation() == generation;
            self.history.record(view, Outcome::GOOD, || now, current);
        }
    }

    /// Takes the failure of a permit, which mostly only has to be counted. That changes no state, so it needs no
    /// clock and publishes nothing. A permit of such a word holds no slot, and is not neutral.
    #[inline]
    pub(super) fn fail(&self, settings: &Live, ticket: Ticket, more: impl FnOnce(Ticket)) {
        let word = self.glance();
        let next = word.with_one_more_failure(ticket.word, settings.failure_threshold());
        match next {
            Some(next) if self.replace(word, next).is_ok() => {}
            _ => more(ticket),
        }
    }
}

#[cfg(test)]
mod as_calls_do {
    use super::{Core, Live, Ticket};
    use crate::breaker::settings::Verdict;
    use crate::breaker::ticket::Transition;

    impl Core {
        /// Takes a verdict by the usual way first, as permits do.
        pub(in crate::breaker) fn settle_usually(
            &self,
            settings: &Live,
            ticket: Ticket,
            verdict: Verdict,
            now: impl Fn() -> u64,
        ) -> Option<Transition> {
            let mut transition = None;
            let mut whole = |ticket| transition = self.settle(settings, ticket, verdict, &now);
            match verdict {
                Verdict::Success => self.succeed(ticket, |ticket| {
                    let enter = |ticket, now| self.enter(settings, ticket, now);
                    self.remember(settings, ticket, &now, enter, &mut whole);
                }),
                Verdict::Failure => self.fail(settings, ticket, &mut whole),
                Verdict::Neutral => whole(ticket),
            }
            transition
        }
    }
}
