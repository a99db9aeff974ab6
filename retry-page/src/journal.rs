//! Recent events, and counts since the journal was started.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use retry_runtime::observe::{self, Event, Excerpt, Reason};
use retry_runtime::{CircuitState, FailureKind, registry};
// The clock that `retry-runtime` uses with its feature `tokio`. Tests can pause it.
use tokio::time::Instant;

/// Transitions have a separate list, because thousands of retries may occur between two of them.
const MAX_TRANSITIONS: usize = 100;
const MAX_CONTROLS: usize = 100;
const MAX_ENTRIES: usize = 200;
const MAX_OPERATIONS: usize = 1024;
/// Names of breakers may come from keys, and keys from untrusted requests.
const MAX_BREAKERS: usize = registry::CAPACITY;

/// The number of intervals in which the recent retries of an operation are counted.
pub(crate) const SPANS: usize = 12;
const SPAN: Duration = Duration::from_secs(10);

static JOURNAL: OnceLock<Mutex<Journal>> = OnceLock::new();

/// Starts the journal of the process, if it has not been started.
pub(crate) fn start() {
    JOURNAL.get_or_init(|| {
        // If there are too many listeners, the journal stays empty, as documented at `Page`.
        let _ = observe::add_listener(record);
        Mutex::new(Journal::new())
    });
}

/// Returns a copy of the journal's contents.
pub(crate) fn contents(now: Instant) -> Contents {
    let Some(mut journal) = journal() else { return Contents::default() };
    let span = journal.span(now);
    journal.contents.operations.values_mut().for_each(|operation| operation.move_to(span));
    journal.contents.clone()
}

/// Frees the names of breakers that are not listed, such as those of evicted keys, and adds their
/// rejections to the shared count. Does nothing unless all names are in use.
pub(crate) fn make_room(is_listed: impl Fn(&str) -> bool) {
    // Cloned, so that the names are compared after the lock is released.
    let names: Vec<_> = match journal() {
        Some(journal) if journal.contents.rejections.len() >= MAX_BREAKERS => {
            journal.contents.rejections.keys().cloned().collect()
        }
        _ => return,
    };
    let gone: Vec<_> = names.into_iter().filter(|name| !is_listed(name)).collect();
    if let Some(mut journal) = journal() {
        for name in gone {
            journal.contents.forget(&name);
        }
    }
}

/// Locks the journal. Failing calls wait for this lock, so hold it briefly.
fn journal() -> Option<MutexGuard<'static, Journal>> {
    // After a panic under the lock, at most one event is missing.
    JOURNAL.get().map(|journal| journal.lock().unwrap_or_else(PoisonError::into_inner))
}

fn record(event: &Event<'_>) {
    let at = Instant::now();
    // Before locking: formatting the error runs user code, which may be slow or emit events.
    let record = match *event {
        Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error, .. } => {
            let what = EntryKind::RetryScheduled(delay);
            Record::Entry(Entry::new(at, what, operation, (attempt, max_attempts), kind, error))
        }
        Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error, .. } => {
            let what = EntryKind::WouldRetry(delay);
            Record::Entry(Entry::new(at, what, operation, (attempt, max_attempts), kind, error))
        }
        Event::GaveUp { operation, attempt, max_attempts, reason, kind, error, .. } => {
            let what = EntryKind::GaveUp(reason);
            Record::Entry(Entry::new(at, what, operation, (attempt, max_attempts), kind, error))
        }
        Event::Transition { breaker, from, to, calls, failures, slow_calls, .. } => {
            let counts = [calls, failures, slow_calls];
            let breaker = breaker.into();
            Record::Transition(Transition { sequence: 0, at, breaker, from, to, counts })
        }
        Event::Control { breaker, action, by, detail, left_out, .. } => {
            let detail = detail.map(|detail| detail.to_string());
            let times = 1 + left_out.unwrap_or(0);
            Record::Control(Control { times, ..Control::new(at, breaker, action, by, detail) })
        }
        Event::FleetCommand { breaker, what, by, detail, lasting, .. } => {
            let lasting = lasting.map(lasting_text);
            let detail = detail.map(|detail| detail.to_string()).or(lasting);
            let everywhere = true;
            Record::Control(Control { everywhere, ..Control::new(at, breaker, what, by, detail) })
        }
        // Only counted: the rejections of an open breaker would displace all other entries.
        Event::Rejected { breaker, .. } | Event::WouldReject { breaker, .. } => {
            Record::Rejection { breaker }
        }
        _ => return,
    };
    if let Some(mut journal) = journal() {
        match record {
            Record::Entry(entry) => journal.add_entry(entry),
            Record::Transition(transition) => journal.add_transition(transition),
            Record::Control(control) => journal.add_control(control),
            Record::Rejection { breaker } => journal.contents.add_rejection(breaker),
        }
    }
}

enum Record<'e> {
    Entry(Entry),
    Transition(Transition),
    Control(Control),
    Rejection { breaker: &'e str },
}

struct Journal {
    started: Instant,
    /// The number of the last item.
    sequence: u64,
    contents: Contents,
}

/// The contents of the journal. Cheap to clone, so that they are formatted after the lock is
/// released.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    /// Newest first, as are the controls and the entries.
    pub(crate) transitions: VecDeque<Arc<Transition>>,
    pub(crate) controls: VecDeque<Arc<Control>>,
    pub(crate) entries: VecDeque<Arc<Entry>>,
    pub(crate) operations: BTreeMap<Arc<str>, Operation>,
    /// The calls that each breaker rejected or, in `Mode::Observe`, would have rejected, by name.
    rejections: BTreeMap<Arc<str>, u64>,
    /// The rejections of breakers beyond the limit of names.
    pub(crate) other_rejections: u64,
}

pub(crate) struct Transition {
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
    pub(crate) breaker: Box<str>,
    pub(crate) from: CircuitState,
    pub(crate) to: CircuitState,
    /// The calls, failures and slow calls that caused it.
    pub(crate) counts: [u64; 3],
}

/// An operator action.
pub(crate) struct Control {
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
    pub(crate) breaker: Box<str>,
    pub(crate) action: &'static str,
    pub(crate) by: Box<str>,
    pub(crate) detail: Option<Box<str>>,
    /// Set if it was a command for all instances of a fleet, from any of them.
    pub(crate) everywhere: bool,
    pub(crate) times: u64,
}

/// A failed attempt and the decision after it.
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
    pub(crate) what: EntryKind,
    pub(crate) operation: Box<str>,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) kind: Option<FailureKind>,
    pub(crate) error: Option<Box<str>>,
}

#[derive(Clone, Copy)]
pub(crate) enum EntryKind {
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
    /// The retries in each interval, the latest last.
    pub(crate) spans: [u32; SPANS],
    /// The number of the last interval, counted from the start of the journal.
    last_span: u64,
}

impl Journal {
    fn new() -> Self {
        Self { started: Instant::now(), sequence: 0, contents: Contents::default() }
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn add_transition(&mut self, mut transition: Transition) {
        transition.sequence = self.next_sequence();
        push(&mut self.contents.transitions, transition.into(), MAX_TRANSITIONS);
    }

    /// Adds an operator action. All refusals share one item, so that a client that guesses tokens
    /// cannot displace the actions of operators.
    fn add_control(&mut self, mut control: Control) {
        const REFUSED: &str = "refused";
        control.sequence = self.next_sequence();
        let controls = &mut self.contents.controls;
        if control.action == REFUSED {
            let former = controls.iter().position(|it| it.action == REFUSED);
            let former = former.and_then(|at| controls.remove(at));
            control.times += former.map_or(0, |it| it.times);
        }
        push(controls, control.into(), MAX_CONTROLS);
    }

    fn add_entry(&mut self, mut entry: Entry) {
        entry.sequence = self.next_sequence();
        let span = self.span(entry.at);
        let operation = self.contents.operation(&entry.operation);
        match entry.what {
            EntryKind::RetryScheduled(_) => {
                operation.retries += 1;
                operation.retried_calls += u64::from(entry.attempt == 1);
                operation.move_to(span);
                operation.spans[SPANS - 1] += 1;
            }
            EntryKind::WouldRetry(_) => operation.would_retry += 1,
            EntryKind::GaveUp(_) => {
                operation.gave_up += 1;
                operation.gave_up_after_retries += u64::from(entry.attempt > 1);
            }
        }
        let entry = Arc::new(entry);
        operation.last = Some(Arc::clone(&entry));
        push(&mut self.contents.entries, entry, MAX_ENTRIES);
    }

    /// Returns the number of the interval that contains this instant.
    fn span(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.started).as_secs() / SPAN.as_secs()
    }
}

impl Contents {
    /// Returns the rejections of this breaker, or `None` if they are not counted under its name.
    pub(crate) fn rejections(&self, breaker: &str) -> Option<u64> {
        let has_place = self.rejections.len() < MAX_BREAKERS;
        self.rejections.get(breaker).copied().or(has_place.then_some(0))
    }

    pub(crate) fn all_rejections(&self) -> u64 {
        self.rejections.values().sum::<u64>() + self.other_rejections
    }

    fn add_rejection(&mut self, breaker: &str) {
        if let Some(count) = self.rejections.get_mut(breaker) {
            *count += 1;
        } else if self.rejections.len() < MAX_BREAKERS {
            self.rejections.insert(breaker.into(), 1);
        } else {
            self.other_rejections += 1;
        }
    }

    /// Frees this name, and adds its rejections to the shared count.
    fn forget(&mut self, breaker: &str) {
        self.other_rejections += self.rejections.remove(breaker).unwrap_or(0);
    }

    /// Returns the operation of this name, or the shared one beyond the limit of names.
    fn operation(&mut self, name: &str) -> &mut Operation {
        let fits = self.operations.len() < MAX_OPERATIONS || self.operations.contains_key(name);
        let name = if fits { name } else { "(others)" };
        self.operations.entry(name.into()).or_default()
    }
}

impl Control {
    fn new(
        at: Instant,
        breaker: &str,
        action: &'static str,
        by: &str,
        detail: Option<String>,
    ) -> Self {
        let detail = detail.map(Into::into);
        let (breaker, by) = (breaker.into(), by.into());
        Self { sequence: 0, at, breaker, action, by, detail, everywhere: false, times: 1 }
    }
}

impl Entry {
    fn new(
        at: Instant,
        what: EntryKind,
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
    /// Makes this interval the last one. An earlier interval changes nothing: a test may have set
    /// the clock back, or another thread may have been faster.
    fn move_to(&mut self, span: u64) {
        let by = usize::try_from(span.saturating_sub(self.last_span)).unwrap_or(SPANS).min(SPANS);
        self.spans.rotate_left(by);
        self.spans[SPANS - by..].fill(0);
        self.last_span = self.last_span.max(span);
    }
}

/// Adds an item at the front, and removes the last one if the list is full.
fn push<T>(list: &mut VecDeque<Arc<T>>, item: Arc<T>, limit: usize) {
    if list.len() == limit {
        list.pop_back();
    }
    list.push_front(item);
}

/// Returns the text for the duration of a force. The rest at the arrival of the command is rounded
/// up, so that a minute is not shown as 59 s.
fn lasting_text(lasting: Duration) -> String {
    format!("for {} s", lasting.as_millis().div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_force_is_shown_for_as_long_as_the_operator_said() {
        for (millis, shown) in [(60_000, "for 60 s"), (59_996, "for 60 s"), (1, "for 1 s")] {
            assert_eq!(lasting_text(Duration::from_millis(millis)), shown);
        }
    }
}
