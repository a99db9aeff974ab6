//! What happened lately.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use retry_runtime::observe::{self, Event, Excerpt, Reason};
use retry_runtime::{CircuitState, FailureKind};
// Not std's: tests that pause the clock see its time here as in breakers and retries.
use tokio::time::Instant;

/// Apart from the retries, of which there may be thousands between two of them.
const TRANSITIONS: usize = 100;
const EVENTS: usize = 200;
const OPERATIONS: usize = 1024;
/// As many as a set of keys may have.
const BREAKERS: usize = 65_536;

/// The spans that the retries of an operation are counted in.
const SPANS: usize = 12;
const SPAN: Duration = Duration::from_secs(10);

static JOURNAL: OnceLock<Mutex<Journal>> = OnceLock::new();

/// Keeps what happens, from now on.
pub(crate) fn keep() {
    JOURNAL.get_or_init(|| {
        // Without a place the journal stays empty; `Page` says so.
        let _ = observe::add_listener(record);
        Mutex::new(Journal::new())
    });
}

/// What was kept so far.
pub(crate) fn kept(now: Instant) -> Kept {
    let Some(mut journal) = journal() else { return Kept::default() };
    let span = journal.span(now);
    journal.kept.operations.values_mut().for_each(|operation| operation.move_to(span));
    journal.kept.clone()
}

/// Held briefly, since whoever fails waits for it.
fn journal() -> Option<MutexGuard<'static, Journal>> {
    // Poison says that a panic came while the lock was held; counts may miss one then.
    JOURNAL.get().map(|journal| journal.lock().unwrap_or_else(PoisonError::into_inner))
}

fn record(event: &Event<'_>) {
    let at = Instant::now();
    // Before the lock: the text of an error is the user's code, which may take its time or end up here again.
    let news = match *event {
        Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error, .. } => {
            let what = What::RetryScheduled(delay);
            News::Entry(Entry::new(at, what, operation, (attempt, max_attempts), kind, error))
        }
        Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error, .. } => {
            let what = What::WouldRetry(delay);
            News::Entry(Entry::new(at, what, operation, (attempt, max_attempts), kind, error))
        }
        Event::GaveUp { operation, attempt, max_attempts, reason, kind, error, .. } => {
            let what = What::GaveUp(reason);
            News::Entry(Entry::new(at, what, operation, (attempt, max_attempts), kind, error))
        }
        Event::Transition { breaker, from, to, calls, failures, slow_calls, .. } => {
            let counts = [calls, failures, slow_calls];
            News::Transition(Transition {
                sequence: 0,
                at,
                breaker: breaker.into(),
                from,
                to,
                counts,
            })
        }
        // Counted and not listed: while a breaker is open they would drive everything else out.
        Event::Rejected { breaker, .. } | Event::WouldReject { breaker, .. } => {
            News::Rejection(breaker)
        }
        _ => return,
    };
    if let Some(mut journal) = journal() {
        match news {
            News::Entry(entry) => journal.enter(entry),
            News::Transition(transition) => journal.transition(transition),
            News::Rejection(breaker) => journal.kept.reject(breaker),
        }
    }
}

enum News<'e> {
    Entry(Entry),
    Transition(Transition),
    /// By the breaker of this name.
    Rejection(&'e str),
}

struct Journal {
    began: Instant,
    /// How many transitions, retries and endings there were.
    entered: u64,
    kept: Kept,
}

/// Cheap to clone, for whoever makes something of it when the lock is given back.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    pub(crate) transitions: VecDeque<Arc<Transition>>,
    pub(crate) events: VecDeque<Arc<Entry>>,
    pub(crate) operations: BTreeMap<Arc<str>, Operation>,
    /// How many calls the breaker of a name has rejected, or would have.
    rejections: BTreeMap<Arc<str>, u64>,
}

pub(crate) struct Transition {
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
    pub(crate) breaker: Box<str>,
    pub(crate) from: CircuitState,
    pub(crate) to: CircuitState,
    /// Calls, failures, slow calls that it was decided on.
    pub(crate) counts: [u64; 3],
}

/// A retry, or the end of a series.
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
    pub(crate) what: What,
    pub(crate) operation: Box<str>,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) kind: Option<FailureKind>,
    pub(crate) error: Option<Box<str>>,
}

#[derive(Clone, Copy)]
pub(crate) enum What {
    RetryScheduled(Duration),
    WouldRetry(Duration),
    GaveUp(Reason),
}

#[derive(Clone, Default)]
pub(crate) struct Operation {
    pub(crate) retries: u64,
    pub(crate) retried_calls: u64,
    pub(crate) gave_up: u64,
    pub(crate) gave_up_after_retries: u64,
    pub(crate) would_retry: u64,
    pub(crate) last: Option<Arc<Entry>>,
    /// The retries in the spans up to that of the last look.
    pub(crate) spans: [u32; SPANS],
    /// The number of the span that the last of these is, counted from the journal's beginning.
    span: u64,
}

impl Journal {
    fn new() -> Self {
        Self { began: Instant::now(), entered: 0, kept: Kept::default() }
    }

    /// The number of the next one, from 1.
    fn sequence(&mut self) -> u64 {
        self.entered += 1;
        self.entered
    }

    fn transition(&mut self, mut transition: Transition) {
        transition.sequence = self.sequence();
        push(&mut self.kept.transitions, transition, TRANSITIONS);
    }

    fn enter(&mut self, mut entry: Entry) {
        entry.sequence = self.sequence();
        let span = self.span(entry.at);
        let operation = self.kept.operation(&entry.operation);
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
        let entry = Arc::new(entry);
        operation.last = Some(Arc::clone(&entry));
        push(&mut self.kept.events, entry, EVENTS);
    }

    /// The number of the span that this instant is in.
    fn span(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.began).as_secs() / SPAN.as_secs()
    }
}

impl Kept {
    pub(crate) fn rejected(&self, breaker: &str) -> u64 {
        self.rejections.get(breaker).copied().unwrap_or(0)
    }

    fn reject(&mut self, breaker: &str) {
        if let Some(count) = self.rejections.get_mut(breaker) {
            *count += 1;
        } else if self.rejections.len() < BREAKERS {
            self.rejections.insert(breaker.into(), 1);
        }
    }

    /// What is kept for this name, or for all those that there was no room for.
    fn operation(&mut self, name: &str) -> &mut Operation {
        let has_room = self.operations.len() < OPERATIONS || self.operations.contains_key(name);
        let name = if has_room { name } else { "(others)" };
        self.operations.entry(name.into()).or_default()
    }
}

impl Entry {
    fn new(
        at: Instant,
        what: What,
        operation: &str,
        (attempt, max_attempts): (u32, u32),
        kind: Option<FailureKind>,
        error: Option<Excerpt<'_>>,
    ) -> Self {
        let operation = operation.into();
        let error = error.map(|error| error.to_string().into());
        Self { sequence: 0, at, what, operation, attempt, max_attempts, kind, error }
    }
}

impl Operation {
    /// Makes this span the last one. A clock that a test has set back leaves it as it is.
    fn move_to(&mut self, span: u64) {
        let by = usize::try_from(span.saturating_sub(self.span)).unwrap_or(SPANS).min(SPANS);
        self.spans.rotate_left(by);
        self.spans[SPANS - by..].fill(0);
        self.span = self.span.max(span);
    }
}

fn push<T>(to: &mut VecDeque<Arc<T>>, value: impl Into<Arc<T>>, limit: usize) {
    if to.len() == limit {
        to.pop_back();
    }
    to.push_front(value.into());
}
