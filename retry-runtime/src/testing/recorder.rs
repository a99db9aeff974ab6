//! A record of events, and assertions about them.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, Once};
use std::thread::{self, ThreadId};

use super::lock;
use super::recorded::RecordedEvent;
use super::scopes::{ScopeGuard, Scopes};
use super::watched::{Entered, Watched};
use crate::circuit_state::CircuitState;
use crate::observe::{self, Event, Listener, Reason};

type Log = Mutex<Vec<RecordedEvent>>;

static LOGS: Scopes<Arc<Log>> = Scopes::new();

/// Records the events of this thread, or of the process, until it is dropped.
///
/// Each assertion panics if it does not hold, with a list of the recorded events. Names are those
/// in events: an annotated function's `name`, by default its module path and name.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::observe::Reason;
/// use retry_utils::testing::{Injector, Recorder, Testing};
/// use retry_utils::STANDARD;
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
    _guard: ScopeGuard<'static, Arc<Log>>,
}

#[expect(clippy::missing_panics_doc, reason = "said once, at the type")]
impl Recorder {
    /// Listens to this thread, which includes a whole `#[tokio::test]` with the default runtime.
    /// Tests that run simultaneously do not record each other's events.
    #[must_use = "it listens until it is dropped"]
    pub fn new() -> Self {
        Self::listening(Arc::default(), Some(thread::current().id()))
    }

    /// Listens to all threads, for runtimes with several. Tests that run simultaneously record each
    /// other's events.
    #[must_use = "it listens until it is dropped"]
    pub fn for_process() -> Self {
        Self::listening(Arc::default(), None)
    }

    fn listening(log: Arc<Log>, thread: Option<ThreadId>) -> Self {
        static LISTENER: Once = Once::new();
        LISTENER.call_once(|| {
            observe::add_listener(Recorders).expect("the limit of listeners is not reached");
        });
        Self { _guard: LOGS.add(thread, Arc::clone(&log)), log }
    }

    /// Also listens to this future, on any thread that polls it: for spawned futures.
    pub fn watch<F: Future>(&self, future: F) -> Watched<Watch, F> {
        Watched::new(Watch(Arc::clone(&self.log)), future)
    }

    /// Returns the events so far, in the order in which they happened.
    #[must_use]
    pub fn events(&self) -> Vec<RecordedEvent> {
        lock(&self.log).clone()
    }

    /// Returns the events of this function, breaker, or set of breakers.
    #[must_use]
    pub fn of(&self, name: &str) -> Vec<RecordedEvent> {
        lock(&self.log).iter().filter(|event| event.name() == name).cloned().collect()
    }

    fn count(&self, name: &str, is_counted: fn(&RecordedEvent) -> bool) -> usize {
        self.of(name).iter().filter(|event| is_counted(event)).count()
    }

    /// Returns the number of retries of this function: all attempts except the first ones.
    #[must_use]
    pub fn retries(&self, operation: &str) -> usize {
        self.count(operation, |event| matches!(event, RecordedEvent::RetryScheduled { .. }))
    }

    /// Clears the events so far.
    pub fn clear(&self) {
        lock(&self.log).clear();
    }

    /// Asserts that this function was retried this many times, over all its calls.
    #[track_caller]
    pub fn assert_retries(&self, operation: &str, retries: usize) {
        let found = self.retries(operation);
        assert!(
            found == retries,
            "`{operation}` was retried {found} times, expected {retries}{self}"
        );
    }

    /// Asserts that the last failed call of this function ended for this reason.
    #[track_caller]
    pub fn assert_gave_up(&self, operation: &str, reason: Reason) {
        let found = self.of(operation).into_iter().rev().find_map(|event| match event {
            RecordedEvent::GaveUp { reason, .. } => Some(reason),
            _ => None,
        });
        match found {
            None => panic!("`{operation}` did not give up, expected {reason}{self}"),
            Some(found) => assert!(
                found == reason,
                "`{operation}` gave up with reason {found}, expected {reason}{self}"
            ),
        }
    }

    /// Asserts that no call of this function ended with a failure.
    #[track_caller]
    pub fn assert_never_gave_up(&self, operation: &str) {
        let found = self.count(operation, |event| matches!(event, RecordedEvent::GaveUp { .. }));
        assert!(found == 0, "`{operation}` gave up {found} times, expected 0{self}");
    }

    /// Asserts that this breaker went through exactly these states, in this order.
    #[track_caller]
    pub fn assert_transitions(&self, breaker: &str, states: &[CircuitState]) {
        let to = |event| match event {
            RecordedEvent::Transition { to, .. } => Some(to),
            _ => None,
        };
        let found: Vec<_> = self.of(breaker).into_iter().filter_map(to).collect();
        assert!(found == states, "`{breaker}` went through {found:?}, expected {states:?}{self}");
    }

    /// Asserts that this breaker rejected this many calls.
    #[track_caller]
    pub fn assert_rejected(&self, breaker: &str, calls: usize) {
        let found = self.count(breaker, |event| matches!(event, RecordedEvent::Rejected { .. }));
        assert!(found == calls, "`{breaker}` rejected {found} calls, expected {calls}{self}");
    }

    /// Asserts that no event was recorded: all calls succeeded at the first attempt.
    #[track_caller]
    pub fn assert_nothing_happened(&self) {
        assert!(lock(&self.log).is_empty(), "expected no events{self}");
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the end of a message: the recorded events, one per line.
impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.events();
        f.write_str(if events.is_empty() { "; nothing was recorded" } else { "; recorded:" })?;
        events.iter().try_for_each(|event| write!(f, "\n  {event}"))
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
        Recorder::listening(Arc::clone(&self.0), Some(thread::current().id()))
    }
}

/// The listener that passes events to all recorders.
struct Recorders;

impl Listener for Recorders {
    fn enabled(&self) -> bool {
        !LOGS.here().is_empty()
    }

    /// Stores the event once in each log that listens on this thread.
    fn on_event(&self, event: &Event<'_>) {
        let logs = LOGS.here();
        // Built before any lock is taken: the text of an error is user code, which may be slow or
        // record events itself.
        let recorded = RecordedEvent::from(event);
        for (at, log) in logs.iter().enumerate() {
            if !logs[..at].iter().any(|other| Arc::ptr_eq(other, log)) {
                lock(log).push(recorded.clone());
            }
        }
    }
}
