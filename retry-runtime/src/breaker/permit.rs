//! What an admitted call holds until its verdict.

use std::fmt;
use std::mem;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::CircuitBreaker;
use super::ticket::Ticket;
#[cfg(feature = "stream")]
use crate::clock;
use crate::failure::{CircuitOpen, FailureKind, Retryable};

/// An admission that has no verdict yet.
///
/// Dropped without one it gives its slot back, and says nothing of the dependency, with the exceptions that
/// stand at [`Permit`].
#[must_use]
pub struct Admitted<'a> {
    breaker: &'a CircuitBreaker,
    ticket: Ticket,
}

impl<'a> Admitted<'a> {
    #[inline]
    pub(super) const fn new(breaker: &'a CircuitBreaker, ticket: Ticket) -> Self {
        Self { breaker, ticket }
    }

    /// The call succeeded.
    #[inline]
    pub fn success(self) {
        let (breaker, ticket) = self.into_parts();
        breaker.succeeded(ticket);
    }

    /// The call failed, and that counts.
    #[inline]
    pub fn failure(self) {
        let (breaker, ticket) = self.into_parts();
        breaker.failed(ticket);
    }

    /// The call failed in this way; whether that counts, the breaker's settings say.
    #[inline]
    pub fn record(self, kind: FailureKind) {
        let (breaker, ticket) = self.into_parts();
        breaker.failed_by(ticket, kind);
    }

    /// Without the drop: a verdict is on its way.
    #[inline]
    fn into_parts(self) -> (&'a CircuitBreaker, Ticket) {
        let parts = (self.breaker, self.ticket);
        mem::forget(self);
        parts
    }
}

impl Drop for Admitted<'_> {
    #[inline]
    fn drop(&mut self) {
        self.breaker.dropped(self.ticket);
    }
}

/// A call that was not admitted. The error is made of it where it is wanted: it is larger, and would be moved.
#[derive(Debug, Clone, Copy)]
pub struct Rejected<'a> {
    breaker: &'a CircuitBreaker,
    left: Option<NonZeroU64>,
}

impl<'a> Rejected<'a> {
    #[inline]
    pub(super) const fn new(breaker: &'a CircuitBreaker, left: Option<NonZeroU64>) -> Self {
        Self { breaker, left }
    }
}

impl From<Rejected<'_>> for CircuitOpen {
    #[inline]
    fn from(Rejected { breaker, left }: Rejected<'_>) -> Self {
        Self::new(breaker.name.clone(), left)
    }
}

/// The right to make one call, from [`CircuitBreaker::try_acquire`].
///
/// Say how the call went: [`success`](Self::success), [`failure`](Self::failure), or
/// [`record`](Self::record), which classifies its result. The verdict counts if the breaker has not changed
/// its state since it admitted the call; otherwise it is dropped.
///
/// A permit that is dropped without a verdict gives its slot back, and is neutral, except that it counts as a
/// failure
///
/// - when it is dropped by a panic that unwinds: no answer came;
/// - when `attempt_timeout` is what drops it, and the breaker trips on
///   [`FailureKind::Timeout`];
/// - when the call ran for at least [`abandoned_after`](CircuitBreaker::abandoned_after).
///
/// It may move to other tasks and threads. In half-open, one that is held for longer than
/// `recovery_timeout` loses its slot to another call, but not its verdict.
#[must_use = "a permit that is dropped says nothing of how the call went"]
pub struct Permit<'a> {
    /// Taken by the verdict.
    breaker: Option<Holder<'a>>,
    ticket: Ticket,
}

enum Holder<'a> {
    Borrowed(&'a CircuitBreaker),
    Owned(Arc<CircuitBreaker>),
}

impl Holder<'_> {
    #[inline]
    fn breaker(&self) -> &CircuitBreaker {
        match self {
            Self::Borrowed(breaker) => breaker,
            Self::Owned(breaker) => breaker,
        }
    }

    #[cold]
    #[inline(never)]
    fn dropped(self, ticket: Ticket) {
        self.breaker().dropped(ticket);
    }
}

impl<'a> Permit<'a> {
    #[inline]
    pub(crate) fn borrowed(admitted: Admitted<'a>) -> Self {
        let (breaker, ticket) = admitted.into_parts();
        Self { breaker: Some(Holder::Borrowed(breaker)), ticket }
    }

    /// The call succeeded.
    #[inline]
    pub fn success(self) {
        self.settle(CircuitBreaker::succeeded);
    }

    /// The call failed, and that counts, whatever the breaker trips on.
    #[inline]
    pub fn failure(self) {
        self.settle(CircuitBreaker::failed);
    }

    /// The call ended like this: an error counts by its kind.
    #[inline]
    pub fn record<T, E: Retryable>(self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.success(),
            Err(error) => self.record_kind(error.failure_kind()),
        }
    }

    /// The call failed in this way; whether that counts, the breaker's settings say.
    #[inline]
    pub(crate) fn record_kind(self, kind: FailureKind) {
        self.settle(|breaker, ticket| breaker.failed_by(ticket, kind));
    }

    #[inline]
    fn settle(mut self, verdict: impl FnOnce(&CircuitBreaker, Ticket)) {
        let (holder, ticket) = (self.breaker.take(), self.ticket);
        // There is nothing left to drop, which the compiler cannot tell: it would keep the permit in memory for it.
        mem::forget(self);
        if let Some(holder) = holder {
            verdict(holder.breaker(), ticket);
        }
    }

    /// The first good item of a stream came: the verdict stays due, the slot does not, and the time that counts
    /// as the call's duration is over.
    #[cfg(feature = "stream")]
    pub(crate) fn progressed(&mut self) {
        if let Some(holder) = &self.breaker {
            let breaker = holder.breaker();
            breaker.core.release(breaker.settings(), &mut self.ticket, clock::nanos);
        }
    }
}

impl Permit<'static> {
    pub(super) fn owned(breaker: &Arc<CircuitBreaker>, admitted: Admitted<'_>) -> Self {
        let (_, ticket) = admitted.into_parts();
        Self { breaker: Some(Holder::Owned(Arc::clone(breaker))), ticket }
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(holder) = self.breaker.take() {
            holder.dropped(self.ticket);
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut permit = f.debug_struct("Permit");
        if let Some(holder) = &self.breaker {
            permit.field("breaker", holder.breaker());
        }
        permit.finish()
    }
}
