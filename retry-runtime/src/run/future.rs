//! A [`Run`] that is under way.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::limits::{Cut, Limited};
use super::{Budgeted, Hint, Hook, Judge, Run, Satisfies};
use crate::failure::FailureKind;
use crate::series::{Call, Deadline, Series};
use crate::session::Failure;
use crate::timeout::{drop_expired, poll_attempt};

pin_project! {
    /// A series that runs. From awaiting a [`Run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RunFuture<'p, F, Fut, E, J, H, V, O, L, B>
    where
        L: Limited<E>,
    {
        run: Run<'p, F, E, J, H, V, O, L, B>,
        series: Series,
        #[pin]
        attempt: Option<Fut>,
        waiting: bool,
        #[pin]
        timed: L::Timed,
        output: PhantomData<fn() -> Fut>,
    }
}

impl<'p, F, Fut, E, J, H, V, O, L: Limited<E>, B: Budgeted>
    RunFuture<'p, F, Fut, E, J, H, V, O, L, B>
{
    #[inline]
    pub(super) fn new(run: Run<'p, F, E, J, H, V, O, L, B>) -> Self {
        let series = Series::within(run.budget.given().or(run.policy.budget));
        Self {
            run,
            series,
            attempt: None,
            waiting: false,
            timed: L::Timed::default(),
            output: PhantomData,
        }
    }
}

impl<F, Fut, T, E, J, H, V, O, L, B> Future for RunFuture<'_, F, Fut, E, J, H, V, O, L, B>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    J: Judge<E>,
    H: Hint<E>,
    V: Satisfies<T>,
    O: Hook,
    L: Limited<E>,
    B: Budgeted,
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
                this.run.timeouts.begin(this.timed.as_mut());
                this.attempt.set(Some((this.run.operation)()));
            }
            // There is one: it has just been made, or was pending.
            let Some(attempt) = this.attempt.as_mut().as_pin_mut() else { return Poll::Pending };
            // In each case the attempt is dropped, with what it holds, before anybody looks at how it ended.
            let timed = this.run.timeouts.times_attempts();
            let (outcome, cut) = match poll_attempt(timed, || attempt.poll(context)) {
                Poll::Ready(Ok(value)) => {
                    this.attempt.set(None);
                    if !this.run.value.again(&value) {
                        return Poll::Ready(Ok(value));
                    }
                    (Ok(value), None)
                }
                Poll::Ready(Err(error)) => {
                    this.attempt.set(None);
                    (Err(error), None)
                }
                Poll::Pending => {
                    let (cut, error) = ready!(this.run.timeouts.poll(this.timed.as_mut(), context));
                    drop_expired(cut.expired, || this.attempt.set(None));
                    (Err(error), Some(cut))
                }
            };
            let deadline = L::end(this.timed.as_mut());
            if !this.run.goes_on(this.series, deadline, &outcome, cut) {
                return Poll::Ready(outcome);
            }
            *this.waiting = true;
        }
    }
}

impl<F, E, J, H, V, O, L, B: Budgeted> Run<'_, F, E, J, H, V, O, L, B> {
    /// Whether another attempt follows, after a wait; `cut` where a timeout ended this one.
    fn goes_on<T>(
        &mut self,
        series: &mut Series,
        deadline: Option<&Deadline>,
        outcome: &Result<T, E>,
        cut: Option<Cut>,
    ) -> bool
    where
        J: Judge<E>,
        H: Hint<E>,
        O: Hook,
    {
        let failure = match (outcome, cut) {
            (Ok(_), _) => Failure::decided(true, None, None),
            (Err(error), None) => self.hint.over(self.judge.failure(error), error),
            (Err(error), Some(Cut { expired: None })) => {
                Failure::out_of_time(Some(J::shown(error)))
            }
            (Err(error), Some(Cut { expired: Some(_) })) => {
                Failure::of_kind(FailureKind::Timeout, None, Some(J::shown(error)))
            }
        };
        let hook = self.hook.hook();
        let budget = self.budget.given();
        if deadline.is_none() && hook.is_none() && budget.is_none() {
            return series.failed(self.policy, self.name, failure);
        }
        let mut call = Call::new(self.policy, self.name).before(deadline);
        call = match budget {
            Some(budget) => call.within(budget),
            None => call,
        };
        call = match hook {
            Some(hook) => call.reporting_to(hook),
            None => call,
        };
        series.failed_call(call, failure)
    }
}
