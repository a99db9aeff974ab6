//! How retries behave under test: no waits, and fewer attempts.

use std::future::Future;
use std::sync::Mutex;
use std::thread;

use super::lock;
use super::scopes::{ScopeGuard, Scopes};
use super::watched::{Entered, Watched};
use crate::config::overrides::{self, TestHook};

static SCOPES: Scopes<Testing> = Scopes::new();
static PROCESS: Mutex<Option<Testing>> = Mutex::new(None);

/// The behavior of retries under test: how many attempts are made, and whether they are waited for.
///
/// # Default
///
/// [`Testing::new`] skips all waits before retries and leaves the attempts to the policies.
///
/// Everything else is as in production: what is retried, the delays in events, a total timeout that
/// a delay would end past, hints that are too long. Only the waiting itself is left out, so a test
/// also passes on a runtime without a timer. The open phase of a breaker and the timeouts of
/// attempts are no waits of a retry and stay; tokio's paused clock shortens them.
///
/// The innermost scope of the thread decides alone, or else what [`for_process`](Self::for_process)
/// set.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::STANDARD;
/// use retry_utils::testing::Testing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let _fast = Testing::new().cap_attempts(2).scope();
/// let mut attempts = 0;
/// let failed = STANDARD
///     .run(|| {
///         attempts += 1;
///         async { Err::<(), _>(std::io::Error::from(std::io::ErrorKind::TimedOut)) }
///     })
///     .await; // at once
/// assert!(failed.is_err());
/// assert_eq!(attempts, 2);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it changes nothing before `scope`, `run` or `for_process`"]
pub struct Testing {
    waits: bool,
    /// Between which numbers a policy's `max_attempts` is moved.
    attempts: (u32, u32),
}

impl Testing {
    /// Skips waits, and makes as many attempts as each policy says.
    pub const fn new() -> Self {
        Self { waits: false, attempts: (0, u32::MAX) }
    }

    /// Makes at most this many attempts, the first included. A policy with fewer keeps them.
    ///
    /// # Panics
    ///
    /// At 0: a call makes at least one attempt.
    pub const fn cap_attempts(mut self, max_attempts: u32) -> Self {
        assert!(max_attempts > 0, "`cap_attempts(0)`: a call makes at least 1 attempt");
        self.attempts = (0, max_attempts);
        self
    }

    /// Makes this many attempts, the first included, whatever the policies say.
    ///
    /// # Panics
    ///
    /// At 0: a call makes at least one attempt.
    pub const fn set_attempts(mut self, max_attempts: u32) -> Self {
        assert!(max_attempts > 0, "`set_attempts(0)`: a call makes at least 1 attempt");
        self.attempts = (max_attempts, max_attempts);
        self
    }

    /// Keeps the waits: for a limit of attempts alone, or to undo what holds for the process.
    pub const fn keep_waits(mut self) -> Self {
        self.waits = true;
        self
    }

    /// Holds on this thread until the guard is dropped, and so for a whole `#[tokio::test]` of the
    /// usual kind.
    ///
    /// It does not hold for tasks on other threads: see [`run`](Self::run) and
    /// [`for_process`](Self::for_process).
    #[must_use = "it holds until the guard is dropped: bind it to a name such as `_fast`"]
    pub fn scope(self) -> Scope {
        install();
        Scope { _guard: SCOPES.add(Some(thread::current().id()), self) }
    }

    /// Holds while this future runs, on whichever thread it is polled, but not for what it spawns.
    pub fn run<F: Future>(self, future: F) -> Watched<Self, F> {
        Watched::new(self, future)
    }

    /// Holds for the whole process, until the next call of this.
    ///
    /// Call it in what all tests of a binary call first.
    pub fn for_process(self) {
        install();
        *lock(&PROCESS) = Some(self);
    }
}

impl Default for Testing {
    fn default() -> Self {
        Self::new()
    }
}

impl Entered for Testing {
    type Guard = Scope;

    fn enter(&self) -> Scope {
        self.scope()
    }
}

/// Has [`Testing`] hold on this thread until this is dropped. From [`Testing::scope`].
///
/// Among several the last one made holds, in whatever order they end.
#[derive(Debug)]
pub struct Scope {
    _guard: ScopeGuard<'static, Testing>,
}

/// Makes retry sequences ask what holds.
fn install() {
    overrides::install(TestHook {
        policy: |policy| {
            let (min, max) = current()?.attempts;
            let max_attempts = policy.max_attempts.clamp(min, max);
            (max_attempts != policy.max_attempts).then(|| policy.clone().max_attempts(max_attempts))
        },
        skips_waits: || current().is_some_and(|testing| !testing.waits),
    });
}

/// Returns what holds on this thread now.
fn current() -> Option<Testing> {
    SCOPES.here().pop().or_else(|| *lock(&PROCESS))
}
