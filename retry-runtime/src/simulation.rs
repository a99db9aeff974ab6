//! The decisions of retries, budgets and breakers, in virtual time.
//!
//! **Unstable**: it changes without notice, whatever the version says. It is for simulations such
//! as `examples/storm`, and to find out what a policy would do. Nothing here waits, reads a clock
//! or draws from the thread's random numbers. Time and random numbers are arguments, so that a
//! million clients fit one thread and a seed gives the same run each time. The code that decides is
//! the code that an annotated function runs.
//!
//! Times are measured from the start of the simulation.

use std::cell::Cell;
use std::time::Duration;

pub use crate::breaker::{Breaker, Ticket};
use crate::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::failure::FailureKind;
pub use crate::random::Seeded as Random;
use crate::series;
pub use crate::session::Decision as Next;
use crate::session::Failure;
pub use crate::session::Progress as Series;

impl Series {
    /// Begins a sequence, which makes a deposit in this budget, if there is one.
    #[must_use]
    pub fn begin(budget: Option<&RetryBudget>) -> Self {
        series::begin(budget)
    }

    /// Decides after the current attempt has failed at `now`. If another follows, that is the
    /// current one from then on.
    pub fn failed(
        &mut self,
        policy: &RetryConfig,
        kind: FailureKind,
        hint: Option<Duration>,
        budget: Option<&RetryBudget>,
        now: Duration,
        random: &mut Random,
    ) -> Next {
        let failure = Failure::of_kind(kind, hint, None);
        let millis = || u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        // At most two are used: for the delay, and for the jitter on a hint.
        let drawn = [random.unit(), random.unit()];
        let asked = Cell::new(0);
        let draw = || drawn[asked.replace(asked.get() + 1) % 2];
        let withdraw = || budget.is_none_or(|budget| budget.withdraw(millis));
        let next = self.decide(policy, &failure, None, withdraw, draw);
        if let Next::Retry(wait) = next {
            self.advance(wait);
        }
        next
    }
}
