//! [`Run`] as a future.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::rules::failure;
use super::{Attempts, Judge, Run, Stage};
use crate::series::Progress;
use crate::timeout::{drop_expired, within_attempt};

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
            let timed = this.held.setup().is_some_and(|setup| setup.attempt_timeout.is_some());
            if *this.stage != Stage::Attempting {
                match (*this.stage, this.held.setup()) {
                    (Stage::Ended, _) => polled_after_end(),
                    (Stage::Waiting, None) => {
                        ready!(Pin::new(&mut this.held.series.wait()).poll(context));
                    }
                    (Stage::Waiting, Some(setup)) => {
                        if let Some(outcome) = ready!(setup.poll_pause::<J>(context)) {
                            *this.stage = Stage::Ended;
                            return Poll::Ready(outcome);
                        }
                    }
                    (_, None) => _ = Progress::begin(this.held.policy.budget),
                    (_, Some(setup)) => setup.begin_sequence(),
                }
                // Until there is an attempt, since the closure may panic.
                *this.stage = Stage::Ended;
                if let Some(setup) = this.held.setup() {
                    setup.begin_attempt();
                }
                let attempts = &mut *this.attempts;
                this.attempt.set(Some(within_attempt(timed, || attempts.attempt())));
                *this.stage = Stage::Attempting;
            }
            // There is one: it has just been made, or was pending.
            let Some(attempt) = this.attempt.as_mut().as_pin_mut() else { return Poll::Pending };
            // The attempt is dropped, with what it holds, before anybody looks at how it ended.
            let end = match within_attempt(timed, || attempt.poll(context)) {
                Poll::Ready(outcome) => {
                    this.attempt.set(None);
                    *this.stage = Stage::Ended;
                    match (outcome, this.held.setup()) {
                        (Ok(value), None) => return Poll::Ready(Ok(value)),
                        (outcome, Some(setup)) => setup.after::<J>(outcome, None),
                        (Err(error), None) => {
                            let failure = failure::<T, E, J>(None, &error);
                            // A copy: a pointer to the policy would keep the run in memory, even if
                            // the first attempt succeeds.
                            let policy = this.held.policy.copied();
                            let name = type_name::<F>();
                            let is_retried = this.held.series.failed(&policy, name, failure);
                            (!is_retried).then_some(Err(error))
                        }
                    }
                }
                Poll::Pending => {
                    let Some(mut setup) = this.held.setup() else { return Poll::Pending };
                    let expired = ready!(setup.as_mut().poll_timeout(context));
                    drop_expired(expired.attempt, || this.attempt.set(None));
                    *this.stage = Stage::Ended;
                    let is_total = expired.timed_out.is_total();
                    setup.after::<J>(Err((expired.convert)(expired.timed_out)), Some(is_total))
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
