//! The decisions of retries, budgets and breakers, in virtual time.
//!
//! **Unstable**: it changes without notice, whatever the version says. It is for simulations such as `examples/storm`, and
//! for asking what a policy would do. Nothing here waits, reads a clock or draws from the thread's random numbers: all of
//! it comes in as arguments, so that a million clients fit one thread and a seed gives the same run each time. The code that
//! decides is the very code that an annotated function runs.
//!
//! Times are those since the simulation began.

use std::cell::Cell;
use std::time::Duration;

use crate::breaker::{CircuitBreaker, SimulatedAdmission};
use crate::budget::RetryBudget;
use crate::circuit_state::CircuitState;
use crate::config::RetryConfig;
use crate::failure::FailureKind;
use crate::observe::Reason;
use crate::random::Seeded;
use crate::series::Progress;
use crate::session::{Decision, Failure};

/// Random numbers that depend on nothing but a seed.
#[derive(Debug, Clone)]
pub struct Random(Seeded);

impl Random {
    /// The numbers of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    /// The next number, from the half-open interval 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0.unit()
    }
}

/// What follows after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt, after this wait.
    Retry(Duration),
    /// Nothing; under [`Mode::Enforce`](crate::Mode::Enforce) another attempt after this wait.
    WouldRetry(Duration),
    /// The end, for this reason.
    GiveUp(Reason),
    /// The end, under [`Mode::Off`](crate::Mode::Off).
    Silent,
}

/// A series of attempts. It begins with its first one.
#[derive(Debug, Clone, Copy)]
pub struct Series(Progress);

impl Series {
    /// A series under this budget, if there is one: it puts in what a call is worth.
    #[must_use]
    pub fn begin(budget: Option<&RetryBudget>) -> Self {
        Self(Progress::begin(budget))
    }

    /// The number of the present attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.0.attempt()
    }

    /// The present attempt has failed at `now`. If another follows, that is the present one from now on.
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
        // The law asks at most twice: for the delay, and for the spread of a hint.
        let drawn = [random.unit(), random.unit()];
        let asked = Cell::new(0);
        let draw = || {
            let number = drawn[asked.get() % 2];
            asked.set(asked.get() + 1);
            number
        };
        match self.0.decide(policy, budget, &failure, None, millis, draw) {
            Decision::Retry(wait) => Next::Retry(wait),
            Decision::WouldRetry(wait) => Next::WouldRetry(wait),
            Decision::GiveUp(reason) => Next::GiveUp(reason),
            Decision::Silent => Next::Silent,
        }
    }
}

/// A circuit breaker in virtual time. It is in no registry, and emits no events.
#[derive(Debug)]
pub struct Breaker(CircuitBreaker);

/// An admission by a [`Breaker`], which wants a verdict.
#[derive(Debug, Clone, Copy)]
pub struct Ticket(SimulatedAdmission);

impl Breaker {
    /// With the settings of this one.
    #[must_use]
    pub const fn new(breaker: CircuitBreaker) -> Self {
        Self(breaker)
    }

    /// Whether a call may be made at `now`.
    pub fn admit(&self, now: Duration) -> Option<Ticket> {
        self.0.admit_at(nanos(now)).map(Ticket)
    }

    /// How an admitted call ended, and when: `None` where it succeeded.
    pub fn settle(&self, ticket: Ticket, failure: Option<FailureKind>, now: Duration) {
        self.0.settle_at(ticket.0, failure, nanos(now));
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.0.state()
    }
}

/// On the scale of the clock, which begins far from zero.
fn nanos(now: Duration) -> u64 {
    (1 << 62) + u64::try_from(now.as_nanos()).unwrap_or(u64::MAX >> 2)
}
