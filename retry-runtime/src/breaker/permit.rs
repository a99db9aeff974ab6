//! The permission to make one call, held until its outcome is known.

use std::fmt;
use std::mem;
use std::num::NonZeroU64;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::CircuitBreaker;
use super::admission::Admission;
#[cfg(feature = "stream")]
use crate::clock;
use crate::failure::{CircuitOpen, FailureKind, Retryable, wait_of};

/// The permit of generated code. It borrows its breaker, and fits in registers.
///
/// Dropping it without an outcome has the same effect as dropping a [`Permit`].
#[must_use]
pub struct Admitted<'a> {
    breaker: &'a CircuitBreaker,
    admission: Admission,
}

impl<'a> Admitted<'a> {
    #[inline]
    pub(super) const fn new(breaker: &'a CircuitBreaker, admission: Admission) -> Self {
        Self { breaker, admission }
    }

    /// Records that the call succeeded.
    #[inline]
    pub fn success(self) {
        let (breaker, admission) = self.into_parts();
        breaker.succeeded(admission);
    }

    /// [`success`](Self::success) for a call that returned `Ok`. Returns the result unchanged.
    ///
    /// The result is destructured and rebuilt, so that the compiler knows its variant. Otherwise
    /// the compiler would store the whole result in memory, because recording may call a function.
    #[inline]
    #[allow(clippy::missing_errors_doc, reason = "the outcome is no error")]
    pub fn success_with<T, E>(self, outcome: Result<T, E>) -> Result<T, E> {
        let value = outcome?;
        self.success();
        Ok(value)
    }

    /// Records that the call failed, regardless of `trip_on`.
    #[inline]
    pub fn failure(self) {
        let (breaker, admission) = self.into_parts();
        breaker.failed(admission, 0);
    }

    /// [`failure`](Self::failure) with an error that may have a hint.
    #[inline]
    pub fn failure_with(self, hint: impl FnOnce() -> Option<Duration>) {
        // Read while the permit is held: if `hint` panics, the permit counts a failure.
        let hint = self.breaker.respected(hint);
        let (breaker, admission) = self.into_parts();
        breaker.failed(admission, hint);
    }

    /// Records a failure of this kind, by an error that may have a hint. The breaker's settings
    /// decide how it counts.
    #[inline]
    pub fn record(self, kind: FailureKind, hint: impl FnOnce() -> Option<Duration>) {
        // As in `failure_with`.
        let hint = self.breaker.respected(hint);
        let (breaker, admission) = self.into_parts();
        breaker.failed_by(admission, kind, hint);
    }

    #[cfg(test)]
    pub(super) fn began(self) -> u64 {
        self.into_parts().1.at
    }

    /// Takes the permit apart without dropping it.
    #[inline]
    fn into_parts(self) -> (&'a CircuitBreaker, Admission) {
        let parts = (self.breaker, self.admission);
        mem::forget(self);
        parts
    }
}

impl Drop for Admitted<'_> {
    #[inline]
    fn drop(&mut self) {
        self.breaker.dropped(self.admission);
    }
}

/// A rejection. It is converted into [`CircuitOpen`] lazily, because the error type is larger.
#[derive(Debug, Clone, Copy)]
pub struct Rejected<'a> {
    breaker: &'a CircuitBreaker,
    retry_in: Option<NonZeroU64>,
}

impl<'a> Rejected<'a> {
    #[inline]
    pub(super) const fn new(breaker: &'a CircuitBreaker, retry_in: Option<NonZeroU64>) -> Self {
        Self { breaker, retry_in }
    }
}

impl From<Rejected<'_>> for CircuitOpen {
    #[inline]
    fn from(Rejected { breaker, retry_in }: Rejected<'_>) -> Self {
        Self::new(breaker.name.clone(), retry_in)
    }
}

/// A breaker that is borrowed or shared.
#[derive(Clone)]
pub(super) enum Holder<'a> {
    Borrowed(&'a CircuitBreaker),
    Owned(Arc<CircuitBreaker>),
}

impl Deref for Holder<'_> {
    type Target = CircuitBreaker;

    #[inline]
    fn deref(&self) -> &CircuitBreaker {
        match self {
            Self::Borrowed(breaker) => breaker,
            Self::Owned(breaker) => breaker,
        }
    }
}

/// The permission to make one call, from [`CircuitBreaker::try_acquire`].
///
/// Report how the call ended with [`success`](Self::success), [`failure`](Self::failure) or
/// [`record`](Self::record), which classifies a result. The outcome counts only if the breaker has
/// not changed its state since it admitted the call.
///
/// A permit that is dropped without an outcome gives its slot back and does not count. There are
/// three exceptions, which count as failures:
///
/// - A panic that unwinds drops it.
/// - An `attempt_timeout` drops it, the breaker trips on [`FailureKind::Timeout`], and the permit
///   was acquired inside the attempt and held for at least half of that timeout. An attempt that
///   spent its time elsewhere says nothing about this dependency.
/// - The call ran for at least [`abandoned_after`](CircuitBreaker::abandoned_after).
///
/// A permit may move to other tasks and threads. While half-open, a permit that is held for longer
/// than `probe_timeout` loses its slot to another call, but its outcome still counts.
#[must_use = "a permit that is dropped says nothing about how the call ended"]
pub struct Permit<'a> {
    /// `None` once an outcome was reported.
    breaker: Option<Holder<'a>>,
    admission: Admission,
}

impl<'a> Permit<'a> {
    #[inline]
    pub(crate) fn borrowed(admitted: Admitted<'a>) -> Self {
        let (breaker, admission) = admitted.into_parts();
        Self { breaker: Some(Holder::Borrowed(breaker)), admission }
    }

    pub(super) fn owned(breaker: &Arc<CircuitBreaker>, admitted: Admitted<'_>) -> Self {
        let (_, admission) = admitted.into_parts();
        Self { breaker: Some(Holder::Owned(Arc::clone(breaker))), admission }
    }

    /// Records that the call succeeded.
    #[inline]
    pub fn success(self) {
        self.end(CircuitBreaker::succeeded);
    }

    /// Records that the call failed, regardless of `trip_on`.
    ///
    /// Unlike [`record`](Self::record), it passes no hint to
    /// [`respect_retry_after`](CircuitBreaker::respect_retry_after).
    pub fn failure(self) {
        self.end(|breaker, admission| breaker.failed(admission, 0));
    }

    /// [`failure`](Self::failure) with an error that may have a hint.
    #[cfg(any(feature = "stream", feature = "tower", feature = "reqwest-middleware"))]
    pub(crate) fn failure_with(self, hint: impl FnOnce() -> Option<Duration>) {
        self.end(|breaker, admission| Admitted::new(breaker, admission).failure_with(hint));
    }

    /// Records how the call ended. An error counts according to its kind.
    pub fn record<T, E: Retryable>(self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.success(),
            Err(error) => self.record_kind(error.failure_kind(), || wait_of(error)),
        }
    }

    /// Records a failure of this kind, by an error that may have a hint. The breaker's settings
    /// decide how it counts.
    ///
    /// Out of line: inlining makes the code around a success larger and slower.
    #[cold]
    #[inline(never)]
    pub(crate) fn record_kind(self, kind: FailureKind, hint: impl FnOnce() -> Option<Duration>) {
        self.end(|breaker, admission| Admitted::new(breaker, admission).record(kind, hint));
    }

    #[inline]
    fn end(mut self, outcome: impl FnOnce(&CircuitBreaker, Admission)) {
        if let Some(holder) = self.breaker.take() {
            outcome(&holder, self.admission);
        }
    }

    /// Records the first good item of a stream. This frees the slot and ends the duration that
    /// `slow_call` measures. The outcome is still to come.
    #[cfg(feature = "stream")]
    pub(crate) fn progressed(&mut self) {
        if let Some(holder) = &self.breaker {
            let CircuitBreaker { core, settings, .. } = &**holder;
            core.release(settings, &mut self.admission, clock::nanos);
        }
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(holder) = self.breaker.take() {
            holder.dropped(self.admission);
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut permit = f.debug_struct("Permit");
        if let Some(holder) = &self.breaker {
            permit.field("breaker", &**holder);
        }
        permit.finish()
    }
}
