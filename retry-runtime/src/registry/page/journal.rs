//! What happened lately.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::breaker::CircuitState;
use crate::clock::{self, Instant};
use crate::failure::FailureKind;
use crate::observe::{Event, Reason};
use crate::registry;

/// Apart from the retries, of which there may be thousands between two of them.
const TRANSITIONS: usize = 100;
const EVENTS: usize = 200;
const NAMES: usize = registry::CAPACITY;

/// The spans that the retries of an operation are counted in.
pub(super) const SPANS: usize = 12;
const SPAN: Duration = Duration::from_secs(10);

static JOURNAL: OnceLock<Mutex<Journal>> = OnceLock::new();

/// Keeps what happens, from now on.
pub(super) fn keep() {
    JOURNAL.get_or_init(|| Mutex::new(Journal::new()));
}

/// Whether anybody keeps what happens.
pub(crate) fn is_kept() -> bool {
    JOURNAL.get().is_some()
}

/// What was kept, for as long as the guard is held: briefly, since whoever fails waits for it.
pub(super) fn journal() -> Option<MutexGuard<'static, Journal>> {
    // Poison says that a panic came while the lock was held; counts may miss one then.
    JOURNAL.get().map(|journal| journal.lock().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) fn record(event: &Event<'_>) {
    if let Some(mut journal) = journal() {
        journal.record(event);
    }
}

pub(super) struct Journal {
    began: Instant,
    /// How many transitions, retries and endings there were.
    entered: u64,
    pub(super) transitions: VecDeque<Transition>,
    pub(super) events: VecDeque<Entry>,
    pub(super) operations: BTreeMap<Box<str>, Operation>,
    pub(super) rejected: BTreeMap<Box<str>, u64>,
}

pub(super) struct Transition {
    pub(super) sequence: u64,
    pub(super) at: Instant,
    pub(super) breaker: Box<str>,
    pub(super) from: CircuitState,
    pub(super) to: CircuitState,
    /// Calls, failures, slow calls that it was decided on.
    pub(super) counts: [u64; 3],
}

/// A retry, or the end of a series.
pub(super) struct Entry {
    pub(super) sequence: u64,
    pub(super) at: Instant,
    pub(super) what: What,
    pub(super) operation: Box<str>,
    pub(super) attempt: u32,
    pub(super) max_attempts: u32,
    pub(super) kind: Option<FailureKind>,
    pub(super) error: Option<Box<str>>,
}

#[derive(Clone, Copy)]
pub(super) enum What {
    RetryScheduled(Duration),
    WouldRetry(Duration),
    GaveUp(Reason),
}

#[derive(Default)]
pub(super) struct Operation {
    pub(super) retries: u64,
    pub(super) retried_calls: u64,
    pub(super) gave_up: u64,
    pub(super) gave_up_after_retries: u64,
    pub(super) would_retry: u64,
    pub(super) last: Option<(Instant, Option<FailureKind>, Option<Box<str>>)>,
    /// The number of the span that the last of these is, counted from the journal's beginning.
    span: u64,
    spans: [u32; SPANS],
}

impl Journal {
    fn new() -> Self {
        Self {
            began: clock::now(),
            entered: 0,
            transitions: VecDeque::new(),
            events: VecDeque::new(),
            operations: BTreeMap::new(),
            rejected: BTreeMap::new(),
        }
    }

    fn record(&mut self, event: &Event<'_>) {
        let at = clock::now();
        match *event {
            Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error } => {
                let what = What::RetryScheduled(delay);
                let error = error.map(|error| error.to_string().into());
                self.enter(Entry::new(at, what, operation, (attempt, max_attempts), kind, error));
            }
            Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error } => {
                let what = What::WouldRetry(delay);
                let error = error.map(|error| error.to_string().into());
                self.enter(Entry::new(at, what, operation, (attempt, max_attempts), kind, error));
            }
            Event::GaveUp { operation, attempt, max_attempts, reason, kind, error } => {
                let what = What::GaveUp(reason);
                let error = error.map(|error| error.to_string().into());
                self.enter(Entry::new(at, what, operation, (attempt, max_attempts), kind, error));
            }
            Event::Transition { breaker, from, to, calls, failures, slow_calls } => {
                let counts = [calls, failures, slow_calls];
                let (sequence, breaker) = (self.sequence(), breaker.into());
                let transition = Transition { sequence, at, breaker, from, to, counts };
                push(&mut self.transitions, transition, TRANSITIONS);
            }
            // Counted alone: while a breaker is open they would drive everything else out.
            Event::Rejected { breaker, .. } | Event::WouldReject { breaker, .. } => {
                *of_name(&mut self.rejected, breaker) += 1;
            }
            Event::NotListed { .. } | Event::KeysExhausted { .. } => {}
        }
    }

    /// The number of the next one, from 1.
    fn sequence(&mut self) -> u64 {
        self.entered += 1;
        self.entered
    }

    fn enter(&mut self, mut entry: Entry) {
        entry.sequence = self.sequence();
        let span = self.span(entry.at);
        let operation = of_name(&mut self.operations, &entry.operation);
        match entry.what {
            What::RetryScheduled(_) => {
                operation.retries += 1;
                operation.retried_calls += u64::from(entry.attempt == 1);
                operation.move_to(span);
                operation.spans[SPANS - 1] += 1;
            }
            What::WouldRetry(_) => operation.would_retry += 1,
            What::GaveUp(_) => {
                operation.gave_up += 1;
                operation.gave_up_after_retries += u64::from(entry.attempt > 1);
            }
        }
        operation.last = Some((entry.at, entry.kind, entry.error.clone()));
        push(&mut self.events, entry, EVENTS);
    }

    /// The number of the span that this instant is in.
    pub(super) fn span(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.began).as_secs() / SPAN.as_secs()
    }
}

impl Entry {
    fn new(
        at: Instant,
        what: What,
        operation: &str,
        (attempt, max_attempts): (u32, u32),
        kind: Option<FailureKind>,
        error: Option<Box<str>>,
    ) -> Self {
        let operation = operation.into();
        Self { sequence: 0, at, what, operation, attempt, max_attempts, kind, error }
    }
}

impl Operation {
    /// The retries in the spans up to this one.
    pub(super) fn recent(&mut self, span: u64) -> [u32; SPANS] {
        self.move_to(span);
        self.spans
    }

    /// Makes this span the last one. A clock that a test has set back leaves it as it is.
    fn move_to(&mut self, span: u64) {
        let by = usize::try_from(span.saturating_sub(self.span)).unwrap_or(SPANS).min(SPANS);
        self.spans.rotate_left(by);
        self.spans[SPANS - by..].fill(0);
        self.span = self.span.max(span);
    }
}

fn push<T>(to: &mut VecDeque<T>, value: T, limit: usize) {
    if to.len() == limit {
        to.pop_back();
    }
    to.push_front(value);
}

/// What is kept for this name, or for all those that there was no room for.
fn of_name<'m, T: Default>(names: &'m mut BTreeMap<Box<str>, T>, name: &str) -> &'m mut T {
    let name = if names.len() < NAMES || names.contains_key(name) { name } else { "(others)" };
    names.entry(name.into()).or_default()
}
