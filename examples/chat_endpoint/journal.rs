//! The events of a phase, printed as they happen and kept for its expectations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use retry_utils::observe::{self, Event, TooManyListeners};
use retry_utils::{CircuitState, FailureKind};

/// Clones share one journal.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Notes>>);

#[derive(Default)]
pub(crate) struct Notes {
    /// The kinds of the failures that were retried, in order.
    pub(crate) retries: Vec<FailureKind>,
    /// The sum of the waits between attempts.
    pub(crate) waited: Duration,
    /// The states that the breaker entered, in order.
    pub(crate) entered: Vec<CircuitState>,
    at_next_retry: Option<Box<dyn FnOnce() + Send>>,
}

impl Journal {
    /// Records every event of the process from now on.
    pub(crate) fn start() -> Result<Self, TooManyListeners> {
        let journal = Self::default();
        let heard = journal.clone();
        observe::add_listener(move |event: &Event<'_>| heard.note(event))?;
        Ok(journal)
    }

    /// Takes the notes since the last call.
    pub(crate) fn take(&self) -> Notes {
        std::mem::take(&mut self.lock())
    }

    /// Runs this when the next retry is scheduled, before its wait. That is certainly between two
    /// attempts, whatever the jitter.
    pub(crate) fn at_next_retry(&self, action: impl FnOnce() + Send + 'static) {
        self.lock().at_next_retry = Some(Box::new(action));
    }

    fn note(&self, event: &Event<'_>) {
        let mut notes = self.lock();
        match event {
            Event::RetryScheduled { attempt, max_attempts, kind, delay, .. } => {
                let kind = kind.unwrap_or(FailureKind::Permanent);
                println!(
                    "      attempt {attempt} of {max_attempts} failed ({kind}); next attempt in {delay:.1?}"
                );
                notes.retries.push(kind);
                notes.waited += *delay;
                if let Some(action) = notes.at_next_retry.take() {
                    action();
                }
            }
            Event::GaveUp { attempt, max_attempts, reason, .. } => {
                println!("      gave up after attempt {attempt} of {max_attempts}: {reason}");
            }
            Event::WouldRetry { attempt, max_attempts, delay, .. } => println!(
                "      attempt {attempt} of {max_attempts} failed; would have retried in {delay:.1?}"
            ),
            Event::Transition { breaker, from, to, .. } => {
                println!("      breaker {breaker}: {from} -> {to}");
                notes.entered.push(*to);
            }
            Event::Rejected { breaker, .. } => println!("      rejected by breaker {breaker}"),
            other => println!("      {other:?}"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
