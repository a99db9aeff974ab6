//! What happened, kept and asserted on.

use std::cell::RefCell;
use std::fmt::{self, Write};
use std::future::Future;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use super::recorded::RecordedEvent;
use super::watched::{Entered, Watched};
use crate::circuit_state::CircuitState;
use crate::observe::{self, Event, Listener, Reason};

type Log = Mutex<Vec<RecordedEvent>>;

/// Keeps the events of this thread, or of the process, from its making until it is dropped.
///
/// The assertions fail with a list of what was recorded. Names are those of the events: of an annotated function its
/// `name`, by default its module path and name.
///
/// ```
/// use retry_runtime::observe::Reason;
/// use retry_runtime::testing::{Injector, Recorder, Testing};
/// use retry_runtime::STANDARD;
/// use std::io::{Error, ErrorKind};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let _fast = Testing::new().scope();
/// let recorder = Recorder::new();
/// let upstream = Injector::fail_times(3, || Error::from(ErrorKind::TimedOut));
/// let _ = STANDARD.run(|| upstream.hit()).name("fetch").await;
/// recorder.assert_retries("fetch", 2);
/// recorder.assert_gave_up("fetch", Reason::AttemptsExhausted);
/// # }
/// ```
pub struct Recorder {
    log: Arc<Log>,
    everywhere: bool,
    /// It must be dropped on the thread that it listens to.
    here: PhantomData<*const ()>,
}

impl Recorder {
    /// Listens to this thread, and so to a whole `#[tokio::test]` of the usual kind; tests that run at once don't hear
    /// each other.
    #[must_use = "it listens until it is dropped"]
    pub fn new() -> Self {
        let log = Arc::default();
        HERE.with_borrow_mut(|here| here.push(Arc::clone(&log)));
        Self::listening(log, false)
    }

    /// Listens to all threads: for runtimes with several. Tests that run at once hear each other.
    #[must_use = "it listens until it is dropped"]
    pub fn for_process() -> Self {
        let log = Arc::default();
        everywhere().push(Arc::clone(&log));
        Self::listening(log, true)
    }

    fn listening(log: Arc<Log>, everywhere: bool) -> Self {
        static LISTENER: Once = Once::new();
        LISTENER.call_once(|| observe::add_listener(Recorders).expect("a place for recorders"));
        // Relaxed: this thread sees its own change, and another is to hear of it only once it was told by other means.
        LISTENING.fetch_add(1, Ordering::Relaxed);
        Self { log, everywhere, here: PhantomData }
    }

    /// Listens to this future, too, on whichever thread it is polled: for one that is spawned.
    pub fn watch<F: Future>(&self, future: F) -> Watched<Watch, F> {
        Watched::new(Watch(Arc::clone(&self.log)), future)
    }

    /// What was recorded so far, in the order in which it happened.
    #[must_use]
    pub fn events(&self) -> Vec<RecordedEvent> {
        self.log().clone()
    }

    /// What was recorded of this function, breaker, or set of breakers.
    #[must_use]
    pub fn of(&self, name: &str) -> Vec<RecordedEvent> {
        self.log().iter().filter(|event| event.name() == name).cloned().collect()
    }

    /// How many retries of this function were begun: the attempts without the first ones.
    #[must_use]
    pub fn retries(&self, operation: &str) -> usize {
        let scheduled =
            |event: &RecordedEvent| matches!(event, RecordedEvent::RetryScheduled { .. });
        self.of(operation).iter().filter(|event| scheduled(event)).count()
    }

    /// Forgets what was recorded so far.
    pub fn clear(&self) {
        self.log().clear();
    }

    /// Asserts that this function was retried so many times, over all its calls.
    ///
    /// # Panics
    ///
    /// Where it was not.
    #[track_caller]
    pub fn assert_retries(&self, operation: &str, retries: usize) {
        let found = self.retries(operation);
        assert!(
            found == retries,
            "`{operation}` was retried {found} times, and should have been {retries} times{self}"
        );
    }

    /// Asserts that the last call of this function which ended with a failure did so for this reason.
    ///
    /// # Panics
    ///
    /// Where there was no such call, or it had another reason.
    #[track_caller]
    pub fn assert_gave_up(&self, operation: &str, reason: Reason) {
        let found = self.of(operation).iter().rev().find_map(|event| match event {
            RecordedEvent::GaveUp { reason, .. } => Some(*reason),
            _ => None,
        });
        match found {
            None => panic!("`{operation}` did not give up, and should have: {reason}{self}"),
            Some(found) => assert!(
                found == reason,
                "`{operation}` gave up for {found}, and should have for {reason}{self}"
            ),
        }
    }

    /// Asserts that no call of this function ended with a failure.
    ///
    /// # Panics
    ///
    /// Where one did.
    #[track_caller]
    pub fn assert_never_gave_up(&self, operation: &str) {
        let gave_up = |event: &RecordedEvent| matches!(event, RecordedEvent::GaveUp { .. });
        assert!(
            !self.of(operation).iter().any(gave_up),
            "`{operation}` gave up, and should not have{self}"
        );
    }

    /// Asserts that this breaker went through these states, one after the other, and no others.
    ///
    /// # Panics
    ///
    /// Where it did not.
    #[track_caller]
    pub fn assert_transitions(&self, breaker: &str, states: &[CircuitState]) {
        let found: Vec<_> = self
            .of(breaker)
            .iter()
            .filter_map(|event| match event {
                RecordedEvent::Transition { to, .. } => Some(*to),
                _ => None,
            })
            .collect();
        assert!(
            found == states,
            "`{breaker}` went through {found:?}, and should have through {states:?}{self}"
        );
    }

    /// Asserts that this breaker rejected so many calls.
    ///
    /// # Panics
    ///
    /// Where it rejected more or fewer.
    #[track_caller]
    pub fn assert_rejected(&self, breaker: &str, calls: usize) {
        let rejected = |event: &&RecordedEvent| matches!(event, RecordedEvent::Rejected { .. });
        let found = self.of(breaker).iter().filter(rejected).count();
        assert!(
            found == calls,
            "`{breaker}` rejected {found} calls, and should have rejected {calls}{self}"
        );
    }

    /// Asserts that nothing was recorded: all calls went well at once.
    ///
    /// # Panics
    ///
    /// Where something was.
    #[track_caller]
    pub fn assert_nothing_happened(&self) {
        assert!(self.log().is_empty(), "something happened, and should not have{self}");
    }

    fn log(&self) -> MutexGuard<'_, Vec<RecordedEvent>> {
        lock(&self.log)
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let remove = |logs: &mut Vec<Arc<Log>>| {
            if let Some(at) = logs.iter().rposition(|log| Arc::ptr_eq(log, &self.log)) {
                logs.remove(at);
            }
        };
        if self.everywhere {
            remove(&mut everywhere());
        } else {
            HERE.with_borrow_mut(remove);
        }
        LISTENING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A colon, and what was recorded, an event a line.
impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.events();
        f.write_str(if events.is_empty() { "; nothing was recorded" } else { "; recorded:" })?;
        for event in events {
            f.write_char('\n')?;
            write!(f, "  {event}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("events", &self.events()).finish_non_exhaustive()
    }
}

/// A [`Recorder`] that listens to a future. From [`Recorder::watch`].
#[derive(Debug)]
pub struct Watch(Arc<Log>);

impl Entered for Watch {
    type Guard = Recorder;

    fn enter(&self) -> Recorder {
        HERE.with_borrow_mut(|here| here.push(Arc::clone(&self.0)));
        Recorder::listening(Arc::clone(&self.0), false)
    }
}

thread_local! {
    static HERE: RefCell<Vec<Arc<Log>>> = const { RefCell::new(Vec::new()) };
}

static EVERYWHERE: Mutex<Vec<Arc<Log>>> = Mutex::new(Vec::new());

/// How many recorders there are, so that nobody looks for one where there is none.
static LISTENING: AtomicUsize = AtomicUsize::new(0);

fn everywhere() -> MutexGuard<'static, Vec<Arc<Log>>> {
    EVERYWHERE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(log: &Log) -> MutexGuard<'_, Vec<RecordedEvent>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All recorders together.
struct Recorders;

impl Listener for Recorders {
    fn enabled(&self) -> bool {
        LISTENING.load(Ordering::Relaxed) > 0
    }

    fn on_event(&self, event: &Event<'_>) {
        record(event);
    }
}

/// Keeps the event in each log that listens here, once.
fn record(event: &Event<'_>) {
    let mut logs = HERE.with_borrow(Clone::clone);
    logs.extend(everywhere().iter().cloned());
    if logs.is_empty() {
        return;
    }
    // Before any lock: the text of an error is the user's code, which may take its time or end up here again.
    let recorded = RecordedEvent::from(event);
    let mut told: Vec<*const Log> = Vec::new();
    for log in logs {
        if !told.contains(&Arc::as_ptr(&log)) {
            told.push(Arc::as_ptr(&log));
            lock(&log).push(recorded.clone());
        }
    }
}
