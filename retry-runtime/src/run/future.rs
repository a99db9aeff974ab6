//! [`Run`] as a future.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::rules::failure;
use super::{Attempts, Judge, Run, Stage};
use crate::series::Progress;
use crate::timeout::{drop_expired, poll_attempt};

impl<F, T, E, J> Future for Run<'_, F, T, E, J>
where
    F: Attempts<T, E>,
    J: Judge<E>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if *this.stage != Stage::Attempting {
                match (*this.stage, this.held.setup()) {
                    (Stage::Waiting, None) => {
                        ready!(Pin::new(&mut this.held.series.wait()).poll(context));
                    }
                    (Stage::Waiting, Some(setup)) => {
                        if let Some(outcome) = ready!(setup.poll_pause::<J>(context)) {
                            return Poll::Ready(outcome);
                        }
                    }
                    (_, None) => _ = Progress::begin(this.held.policy.budget),
                    (_, Some(setup)) => setup.begin_sequence(),
                }
                if let Some(setup) = this.held.setup() {
                    setup.begin_attempt();
                }
                this.attempt.set(Some(this.attempts.attempt()));
                *this.stage = Stage::Attempting;
            }
            // There is one: it has just been made, or was pending.
            let Some(attempt) = this.attempt.as_mut().as_pin_mut() else { return Poll::Pending };
            // The attempt is dropped, with what it holds, before anybody looks at how it ended.
            let polled = match this.held.setup() {
                Some(setup) if setup.attempt_timeout.is_some() => {
                    poll_attempt(true, || attempt.poll(context))
                }
                _ => attempt.poll(context),
            };
            let end = match polled {
                Poll::Ready(Ok(value)) => {
                    this.attempt.set(None);
                    let Some(setup) = this.held.setup() else { return Poll::Ready(Ok(value)) };
                    setup.after::<J>(Ok(value), None)
                }
                Poll::Ready(Err(error)) => {
                    this.attempt.set(None);
                    if let Some(setup) = this.held.setup() {
                        setup.after::<J>(Err(error), None)
                    } else {
                        let failure = failure::<T, E, J>(None, &error);
                        // A copy: a pointer to the policy would keep the run in memory, even if
                        // the first attempt succeeds.
                        let policy = this.held.policy.copied();
                        let name = type_name::<F>();
                        let is_retried = this.held.series.failed(&policy, name, failure);
                        (!is_retried).then_some(Err(error))
                    }
                }
                Poll::Pending => {
                    let Some(mut setup) = this.held.setup() else { return Poll::Pending };
                    let (error, timed_out) = ready!(setup.as_mut().poll_timeout(context));
                    drop_expired(timed_out.attempt_limit(), || this.attempt.set(None));
                    setup.after::<J>(Err(error), Some(timed_out.is_total()))
                }
            };
            if let Some(outcome) = end {
                return Poll::Ready(outcome);
            }
            *this.stage = Stage::Waiting;
        }
    }
}
