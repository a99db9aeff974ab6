//! Checks that without Redis an instance's breaker behaves like one without a fleet.
//!
//! The behavior of a breaker depends on its state when it lost the fleet, and a breaker without a
//! fleet cannot be put into every state. Therefore the comparison starts once the instance has been
//! alone for a while, at a moment at which both are certainly equal:
//!
//! - after a success of a closed breaker, which then counts no failure, like a new one;
//! - when the end of an open phase makes it half-open: it has no success yet, like a new one that
//!   an operator has made half-open.
//!
//! From then on the twin, a breaker without a fleet, receives the same calls and outcomes as the
//! breaker, until the instance is found. Both must give the same answers and have the same states.
//! One thread makes all calls of a breaker, so both see them in the same order. The two calls are
//! not exactly simultaneous. Only if an open phase ends between them may their answers differ. For
//! this, each has a span of time in which the open phase must have begun.
//!
//! Before that moment one rule can be checked: a breaker that was left open, or opened alone,
//! admits a call after its open phase.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use retry_runtime::{CircuitBreaker, CircuitState, Permit};

use crate::clock::{micros, now, processor_time};
use crate::report::By;
use crate::settings::{RECOVERY, Shared};

/// The time for which an instance must be alone before its breakers are compared. The agent reports
/// the loss before it releases the breakers.
const LONG_ENOUGH: Duration = Duration::from_millis(200);

/// The status of an instance, as its events report it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub coordinated: bool,
    /// The number of changes so far.
    pub changes: u64,
    /// The time of the last change.
    pub since: u64,
}

/// [`Link`], shared by the threads of an instance.
pub struct SharedLink(Mutex<Link>);

impl SharedLink {
    pub fn new() -> Self {
        Self(Mutex::new(Link { coordinated: false, changes: 0, since: now() }))
    }

    fn lock(&self) -> MutexGuard<'_, Link> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn change(&self, coordinated: bool) {
        let mut link = self.lock();
        *link = Link { coordinated, changes: link.changes + 1, since: now() };
    }

    pub fn read(&self) -> Link {
        *self.lock()
    }
}

/// The outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
    /// Neither a success nor a failure.
    Neutral,
}

impl Outcome {
    pub fn tell(self, permit: Permit<'_>) {
        match self {
            Self::Success => permit.success(),
            Self::Failure => permit.failure(),
            Self::Neutral => drop(permit),
        }
    }
}

/// One request for a permit: its time and its result.
#[derive(Clone, Copy)]
pub struct Asked {
    pub from: u64,
    pub to: u64,
    pub before: CircuitState,
    pub after: CircuitState,
    pub admitted: bool,
}

impl Asked {
    /// Returns how a call was admitted.
    pub fn by(&self) -> By {
        match (self.before, self.after) {
            (CircuitState::Closed, CircuitState::Closed) => By::Closed,
            (_, CircuitState::HalfOpen) => By::Probe,
            _ => By::Unclear,
        }
    }
}

/// Compares one breaker with a twin.
pub struct Comparison {
    shared: &'static Shared,
    breaker: Arc<CircuitBreaker>,
    link: Arc<SharedLink>,
    twin: Option<Twin>,
    /// The times, from and to, at which the last failure was recorded in the breaker and in its
    /// twin.
    last_failure: (u64, u64),
    pub compared: u64,
    /// The slowest admission of the twin, in nanoseconds of processor time.
    pub slowest: u64,
    found: Option<String>,
}

struct Twin {
    breaker: Arc<CircuitBreaker>,
    permit: Option<Permit<'static>>,
    /// The number of changes of the link at the start.
    changes: u64,
}

impl Twin {
    fn new(shared: &Shared, link: Link) -> Self {
        let breaker = Arc::new(shared.breaker("twin"));
        Self { breaker, permit: None, changes: link.changes }
    }

    fn ask(&mut self) -> bool {
        self.permit = self.breaker.try_acquire_owned().ok();
        self.permit.is_some()
    }
}

impl Comparison {
    pub fn new(
        shared: &'static Shared,
        breaker: &Arc<CircuitBreaker>,
        link: &Arc<SharedLink>,
    ) -> Self {
        Self {
            shared,
            breaker: Arc::clone(breaker),
            link: Arc::clone(link),
            twin: None,
            last_failure: (0, 0),
            compared: 0,
            slowest: 0,
            found: None,
        }
    }

    /// Makes the twin's call. `link` was read before the breaker's call.
    pub fn asked(&mut self, asked: Asked, link: Link) {
        let Some(mut twin) = self.twin.take() else { return self.asked_without_twin(asked, link) };
        let from = now();
        let processor = processor_time();
        let admitted = twin.ask();
        self.slowest = self.slowest.max(processor_time() - processor);
        if self.link.read().changes != twin.changes {
            return;
        }
        self.compared += 1;
        let phase_ends = (self.last_failure.0 + phase(), self.last_failure.1 + phase());
        match (asked.admitted, admitted) {
            (true, false) if asked.to >= phase_ends.0 && from < phase_ends.1 => {
                // The twin's phase ends slightly later.
                while now() <= phase_ends.1 {
                    thread::sleep(Duration::from_micros(100));
                }
                if !twin.ask() {
                    self.differ("the twin stays open".to_owned());
                    return;
                }
            }
            (false, true) if asked.from < phase_ends.1 => twin.permit = None,
            (admits, twin_admits) if admits != twin_admits => {
                let states = (asked.before, asked.after, twin.breaker.state());
                self.differ(format!("admits: {admits}, its twin: {twin_admits}, {states:?}"));
                return;
            }
            _ => {}
        }
        self.twin = Some(twin);
    }

    fn asked_without_twin(&mut self, asked: Asked, link: Link) {
        if !is_alone(link) || self.link.read() != link {
            return;
        }
        let begins = (asked.before, asked.after) == (CircuitState::Open, CircuitState::HalfOpen);
        if asked.admitted && begins {
            let mut twin = Twin::new(self.shared, link);
            twin.breaker.half_open();
            twin.ask();
            self.twin = Some(twin);
        }
        let phase_ends = link.since.max(self.last_failure.1) + phase();
        if !asked.admitted && asked.from > phase_ends {
            let late = asked.from - phase_ends;
            self.differ(format!("still rejects {late} us after its open phase"));
        }
    }

    /// Records the outcome of an admitted call in the breaker and in the twin, and compares their
    /// states.
    pub fn ended(&mut self, asked: Asked, permit: Permit<'_>, outcome: Outcome) {
        let from = now();
        outcome.tell(permit);
        if let Some(permit) = self.twin.as_mut().and_then(|twin| twin.permit.take()) {
            outcome.tell(permit);
        }
        if outcome == Outcome::Failure {
            self.last_failure = (from, now());
        }
        let (state, link) = (self.breaker.state(), self.link.read());
        if let Some(twin) = &self.twin {
            let twin_state = twin.breaker.state();
            if twin.changes != link.changes {
                self.twin = None;
            } else if state != twin_state {
                self.differ(format!("is {state} after {outcome:?}, its twin {twin_state}"));
                self.twin = None;
            }
        } else {
            let closed = CircuitState::Closed;
            let stayed_closed = [asked.before, asked.after, state] == [closed; 3];
            if is_alone(link) && stayed_closed && outcome == Outcome::Success {
                self.twin = Some(Twin::new(self.shared, link));
            }
        }
    }

    fn differ(&mut self, how: String) {
        self.found.get_or_insert(how);
    }

    /// Returns the first difference since the last time.
    pub fn difference(&mut self) -> Option<String> {
        self.found.take()
    }
}

fn is_alone(link: Link) -> bool {
    !link.coordinated && now() - link.since > micros(LONG_ENOUGH)
}

fn phase() -> u64 {
    micros(RECOVERY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::BUSY;

    /// Compares a breaker that should behave like that of `BUSY`, through a trip. It has been alone
    /// for a long time.
    fn compared(breaker: CircuitBreaker) -> Comparison {
        let breaker = Arc::new(breaker);
        let link = Link { coordinated: false, changes: 0, since: 0 };
        let link = Arc::new(SharedLink(Mutex::new(link)));
        let mut comparison = Comparison::new(&BUSY, &breaker, &link);
        let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Neutral, Outcome::Success];
        for outcome in outcomes.into_iter().chain([Outcome::Failure; 5]) {
            let (from, before, read) = (now(), breaker.state(), link.read());
            let permit = breaker.try_acquire();
            let (to, after, admitted) = (now(), breaker.state(), permit.is_ok());
            let asked = Asked { from, to, before, after, admitted };
            comparison.asked(asked, read);
            if let Ok(permit) = permit {
                comparison.ended(asked, permit, outcome);
            }
        }
        comparison
    }

    #[test]
    fn equal_breakers_do_not_differ() {
        let mut comparison = compared(BUSY.breaker("equal"));
        assert_eq!(comparison.difference(), None);
        assert_eq!(comparison.compared, 8);
    }

    #[test]
    fn a_breaker_with_other_rules_differs() {
        let mut early = compared(BUSY.breaker("early").failure_threshold(2));
        assert!(early.difference().unwrap().contains("OPEN"));
        let mut late = compared(BUSY.breaker("late").failure_threshold(4));
        assert!(late.difference().unwrap().contains("CLOSED"));
    }
}
