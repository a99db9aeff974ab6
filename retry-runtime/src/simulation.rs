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

use crate::breaker::{CircuitBreaker, SimulatedAdmission};
use crate::budget::RetryBudget;
use crate::circuit_state::CircuitState;
use crate::config::RetryConfig;
use crate::failure::FailureKind;
use crate::random::Seeded;
pub use crate::session::Decision as Next;
use crate::session::{Failure, Progress};

/// Random numbers that depend on nothing but a seed.
#[derive(Debug, Clone)]
pub struct Random(Seeded);

impl Random {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    /// Returns the next number, from the half-open interval 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0.unit()
    }
}

/// A retry sequence. It begins with its first attempt.
#[derive(Debug, Clone, Copy)]
pub struct Series(Progress);

impl Series {
    /// Begins a sequence, which makes a deposit in this budget, if there is one.
    #[must_use]
    pub fn begin(budget: Option<&RetryBudget>) -> Self {
        Self(Progress::begin(budget))
    }

    /// Returns the number of the current attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.0.attempt.get()
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
        self.0.decide(policy, &failure, None, withdraw, draw)
    }
}

/// A circuit breaker in virtual time. It is in no registry, and emits no events.
#[derive(Debug)]
pub struct Breaker(CircuitBreaker);

/// An admission by a [`Breaker`], to be settled.
#[derive(Debug, Clone, Copy)]
pub struct Ticket(SimulatedAdmission);

impl Breaker {
    /// A breaker with the settings of this one.
    #[must_use]
    pub const fn new(breaker: CircuitBreaker) -> Self {
        Self(breaker)
    }

    /// Admits a call at `now`, or does not.
    pub fn admit(&self, now: Duration) -> Option<Ticket> {
        self.0.admit_at(nanos(now)).map(Ticket)
    }

    /// Records how an admitted call ended, and when: `None` if it succeeded.
    pub fn settle(&self, ticket: Ticket, failure: Option<FailureKind>, now: Duration) {
        self.0.settle_at(ticket.0, failure, nanos(now));
    }

    /// Returns its state.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.0.state()
    }
}

/// Converts a time to the scale of the clock, which begins far from zero.
fn nanos(now: Duration) -> u64 {
    (1 << 62) + u64::try_from(now.as_nanos()).unwrap_or(u64::MAX >> 2)
}
