//! [`Run`] as a future.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Attempts, Judge, Run, Stage};
use crate::series;
use crate::timeout::within_attempt;

impl<F, T, E, J> Future for Run<'_, F, T, E, J>
where
    F: Attempts<T, E>,
    J: Judge<E>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut setup = this.held.setup.as_deref_mut();
        loop {
            if *this.stage != Stage::Attempting {
                let is_new = *this.stage == Stage::New;
                match &mut setup {
                    None if is_new => _ = series::begin(this.policy.budget),
                    None => ready!(this.held.wait.poll_kept(&this.held.series, context)),
                    Some(setup) if is_new => setup.begin(),
                    Some(setup) => {
                        if let Some(outcome) = ready!(setup.poll_pause::<J>(context)) {
                            *this.stage = Stage::Attempting;
                            return Poll::Ready(outcome);
                        }
                    }
                }
                *this.stage = Stage::Attempting;
                let attempt = match &mut setup {
                    None => this.attempts.attempt(),
                    Some(setup) => setup.attempt(|| this.attempts.attempt()),
                };
                this.attempt.set(Some(attempt));
            }
            let timed = setup.as_ref().is_some_and(|setup| setup.has_attempt_timeout());
            let Some(attempt) = this.attempt.as_mut().as_pin_mut() else { polled_after_end() };
            // The attempt is dropped, with what it holds, before anybody looks at how it ended.
            let end = match within_attempt(timed, || attempt.poll(context)) {
                Poll::Ready(outcome) => {
                    this.attempt.set(None);
                    match (outcome, &mut setup) {
                        (Ok(value), None) => return Poll::Ready(Ok(value)),
                        (outcome, Some(setup)) => setup.after::<J>(outcome, None),
                        (Err(error), None) => {
                            // A copy: a pointer to the policy would keep the run in memory, even if
                            // the first attempt succeeds.
                            let (policy, name) = (this.policy.copied(), type_name::<F>());
                            let failure = J::failure(&error);
                            let is_retried = this.held.series.failed(&policy, name, failure);
                            (!is_retried).then_some(Err(error))
                        }
                    }
                }
                Poll::Pending => {
                    let Some(setup) = &mut setup else { return Poll::Pending };
                    ready!(setup.poll_timeouts::<J>(|| this.attempt.set(None), context))
                }
            };
            if let Some(outcome) = end {
                return Poll::Ready(outcome);
            }
            *this.stage = Stage::Waiting;
        }
    }
}

#[cold]
fn polled_after_end() -> ! {
    panic!("a run was polled after it had ended")
}
