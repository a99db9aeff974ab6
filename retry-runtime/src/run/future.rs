//! A [`Run`] that is under way.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Hint, Hook, Judge, Run, Satisfies};
use crate::failure::{FailureKind, TimedOut};
use crate::series::{Call, Deadline, Limits, Series};
use crate::session::Failure;
use crate::timeout::{Countdown, drop_timed_out};

pin_project! {
    /// A series that runs. From awaiting a [`Run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RunFuture<'p, F, Fut, E, J, H, V, O> {
        run: Run<'p, F, E, J, H, V, O>,
        series: Series,
        #[pin]
        attempt: Option<Fut>,
        waiting: bool,
        // Only where a timeout was asked for; inline, it would be most of what has to be moved around.
        timed: Option<Pin<Box<Timed>>>,
        output: PhantomData<fn() -> Fut>,
    }
}

pin_project! {
    /// The timeouts of a series, and of its present attempt.
    struct Timed {
        deadline: Option<Deadline>,
        #[pin]
        countdown: Option<Countdown>,
    }
}

impl<'p, F, Fut, E, J, H, V, O> RunFuture<'p, F, Fut, E, J, H, V, O> {
    #[inline]
    pub(super) const fn new(run: Run<'p, F, E, J, H, V, O>) -> Self {
        Self {
            run,
            series: Series::new(),
            attempt: None,
            waiting: false,
            timed: None,
            output: PhantomData,
        }
    }
}

impl<F, Fut, T, E, J, H, V, O> Future for RunFuture<'_, F, Fut, E, J, H, V, O>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    J: Judge<E>,
    H: Hint<E>,
    V: Satisfies<T>,
    O: Hook,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if *this.waiting {
                ready!(Pin::new(&mut this.series.wait()).poll(context));
                *this.waiting = false;
            }
            if this.attempt.is_none() {
                this.run.begin(this.timed);
                this.attempt.set(Some((this.run.operation)()));
            }
            // There is one: it has just been made, or was pending.
            let Some(attempt) = this.attempt.as_mut().as_pin_mut() else { return Poll::Pending };
            let (outcome, cut) = match attempt.poll(context) {
                Poll::Ready(Ok(value)) if !this.run.value.again(&value) => {
                    this.attempt.set(None);
                    return Poll::Ready(Ok(value));
                }
                Poll::Ready(outcome) => {
                    this.attempt.set(None);
                    (outcome, None)
                }
                Poll::Pending => {
                    let timed_out = ready!(poll_countdown(this.timed, context));
                    let total = timed_out.is_total();
                    drop_timed_out(total, || this.attempt.set(None));
                    // Only a timeout that was asked for can run out, and asking stores the conversion.
                    let Some(error) = this.run.timeouts.error else { return Poll::Pending };
                    (Err(error(timed_out)), Some(total))
                }
            };
            let deadline = this.timed.as_ref().and_then(|timed| timed.deadline.as_ref());
            if !this.run.goes_on(this.series, deadline, &outcome, cut) {
                return Poll::Ready(outcome);
            }
            *this.waiting = true;
        }
    }
}

fn poll_countdown(
    timed: &mut Option<Pin<Box<Timed>>>,
    context: &mut Context<'_>,
) -> Poll<TimedOut> {
    match timed.as_mut().and_then(|timed| timed.as_mut().project().countdown.as_pin_mut()) {
        Some(countdown) => countdown.poll(context),
        None => Poll::Pending,
    }
}

impl<F, E, J, H, V, O> Run<'_, F, E, J, H, V, O> {
    /// Starts the timeouts of an attempt.
    #[inline]
    fn begin(&self, timed: &mut Option<Pin<Box<Timed>>>) {
        if self.timeouts.error.is_some() {
            self.start_countdown(timed);
        }
    }

    #[cold]
    fn start_countdown(&self, timed: &mut Option<Pin<Box<Timed>>>) {
        let timed = timed.get_or_insert_with(|| {
            let deadline = self.timeouts.total.map(Deadline::after);
            Box::pin(Timed { deadline, countdown: None })
        });
        let mut timed = timed.as_mut().project();
        let limits = Limits::of(self.timeouts.attempt, timed.deadline.as_ref());
        timed.countdown.set(limits.countdown());
    }

    /// Whether another attempt follows, after a wait. `cut`: whether the timeout that ended it was the total one.
    fn goes_on<T>(
        &mut self,
        series: &mut Series,
        deadline: Option<&Deadline>,
        outcome: &Result<T, E>,
        cut: Option<bool>,
    ) -> bool
    where
        J: Judge<E>,
        H: Hint<E>,
        O: Hook,
    {
        let failure = match (outcome, cut) {
            (Ok(_), _) => Failure::decided(true, None),
            (Err(error), None) => self.hint.over(self.judge.failure(error), error),
            (Err(error), Some(true)) => Failure::out_of_time(J::shown(error)),
            (Err(error), Some(false)) => {
                Failure::of_kind(FailureKind::Timeout, None, J::shown(error))
            }
        };
        let hook = self.hook.hook();
        if deadline.is_none() && hook.is_none() {
            return series.failed_unchecked(self.policy, self.name, failure);
        }
        let mut call = Call::new(self.policy, self.name);
        call = match deadline {
            Some(deadline) => call.before(deadline),
            None => call,
        };
        call = match hook {
            Some(hook) => call.reporting_to(hook),
            None => call,
        };
        series.failed_call(call, failure)
    }
}
