//! [`Run`] as a future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::setup::Setup;
use super::{Attempts, Judge, Run, Stage, StageProjection};
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
        if let Some(setup) = this.held.setup.as_deref_mut() {
            return poll_with_setup::<F, T, E, J>(setup, this.attempts, this.stage, context);
        }
        loop {
            if let StageProjection::New | StageProjection::Waiting = this.stage.as_mut().project() {
                if let StageProjection::New = this.stage.as_mut().project() {
                    _ = series::begin(this.policy.budget);
                } else {
                    ready!(this.held.wait.poll_kept(&this.held.series, context));
                }
                // If the closure panics, the run has ended.
                this.stage.set(Stage::Ended);
                let attempt = this.attempts.attempt();
                this.stage.set(Stage::Attempting { attempt });
            }
            let StageProjection::Attempting { attempt } = this.stage.as_mut().project() else {
                polled_after_end()
            };
            let outcome = ready!(attempt.poll(context));
            // The attempt is dropped, with everything it holds, before its outcome is processed.
            this.stage.set(Stage::Ended);
            let error = match outcome {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(error) => error,
            };
            // A copy: a pointer to the policy would keep the run in memory, even if the first
            // attempt succeeds.
            let (policy, name) = (this.policy.copied(), F::name());
            let failure = J::failure(&error).repeatable_if(this.attempts.is_repeatable());
            if !this.held.series.failed(&policy, name, failure) {
                return Poll::Ready(Err(error));
            }
            this.stage.set(Stage::Waiting);
        }
    }
}

/// Polls a run that has a setup.
#[inline(never)]
fn poll_with_setup<F, T, E, J>(
    setup: &mut Setup<'_, T, E>,
    attempts: &mut F,
    mut stage: Pin<&mut Stage<F::Attempt>>,
    context: &mut Context<'_>,
) -> Poll<Result<T, E>>
where
    F: Attempts<T, E>,
    J: Judge<E>,
{
    loop {
        let is_new = matches!(stage.as_mut().project(), StageProjection::New);
        if is_new || matches!(stage.as_mut().project(), StageProjection::Waiting) {
            // If a hook or the closure panics, the run has ended.
            stage.set(Stage::Ended);
            if is_new {
                setup.begin();
            } else {
                match setup.poll_pause::<J>(context) {
                    Poll::Pending => {
                        stage.set(Stage::Waiting);
                        return Poll::Pending;
                    }
                    Poll::Ready(Some(outcome)) => return Poll::Ready(outcome),
                    Poll::Ready(None) => {}
                }
            }
            let attempt = setup.attempt(|| attempts.attempt());
            stage.set(Stage::Attempting { attempt });
        }
        let StageProjection::Attempting { attempt } = stage.as_mut().project() else {
            polled_after_end()
        };
        let timed = setup.has_attempt_timeout();
        let end = match within_attempt(timed, || attempt.poll(context)) {
            Poll::Ready(outcome) => {
                stage.set(Stage::Ended);
                setup.after::<J>(outcome, None, attempts.is_repeatable())
            }
            Poll::Pending => {
                let drop_attempt = || stage.set(Stage::Ended);
                ready!(setup.poll_timeouts::<J>(drop_attempt, attempts.is_repeatable(), context))
            }
        };
        if let Some(outcome) = end {
            return Poll::Ready(outcome);
        }
        stage.set(Stage::Waiting);
    }
}

#[cold]
fn polled_after_end() -> ! {
    panic!("`Run` polled after completion")
}
