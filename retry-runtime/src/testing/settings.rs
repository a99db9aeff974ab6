//! The behavior of retries under test: no waits, and fewer attempts.

use std::future::Future;
use std::sync::Mutex;
use std::thread;

use super::lock;
use super::scopes::{ScopeGuard, Scopes};
use super::watched::{Entered, Watched};
use crate::config::overrides::{self, TestHook};

static SCOPES: Scopes<Testing> = Scopes::new();
static PROCESS: Mutex<Option<Testing>> = Mutex::new(None);

/// The behavior of retries under test: the number of attempts, and whether retries wait.
///
/// # Default
///
/// [`Testing::new`] skips all waits before retries and leaves the attempts to the policies.
///
/// Everything else is as in production: the failures that are retried, the delays in events, a
/// total timeout that a delay would exceed, hints that are too long. Only the waiting itself is
/// skipped, so a test also passes on a runtime without a timer. The open phase of a breaker and the
/// timeouts of attempts are not waits of a retry, so they stay. tokio's paused clock shortens them.
///
/// Only the innermost scope of the thread applies. Without a scope, the settings of
/// [`for_process`](Self::for_process) apply.
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
    /// The range into which a policy's `max_attempts` is clamped.
    attempts: (u32, u32),
}

impl Testing {
    /// Skips waits, and makes as many attempts as each policy allows.
    pub const fn new() -> Self {
        Self { waits: false, attempts: (0, u32::MAX) }
    }

    /// Makes at most this many attempts, including the first. A policy with fewer attempts keeps
    /// them.
    ///
    /// # Panics
    ///
    /// If `max_attempts` is 0, because a call makes at least one attempt.
    pub const fn cap_attempts(mut self, max_attempts: u32) -> Self {
        assert!(max_attempts > 0, "`cap_attempts(0)`: a call makes at least 1 attempt");
        self.attempts = (0, max_attempts);
        self
    }

    /// Makes this many attempts, including the first, whatever the policies allow.
    ///
    /// # Panics
    ///
    /// If `max_attempts` is 0, because a call makes at least one attempt.
    pub const fn set_attempts(mut self, max_attempts: u32) -> Self {
        assert!(max_attempts > 0, "`set_attempts(0)`: a call makes at least 1 attempt");
        self.attempts = (max_attempts, max_attempts);
        self
    }

    /// Keeps the waits: to change only the number of attempts, or to undo the settings of the
    /// process.
    pub const fn keep_waits(mut self) -> Self {
        self.waits = true;
        self
    }

    /// Applies to this thread until the guard is dropped, which includes a whole `#[tokio::test]`
    /// with the default runtime.
    ///
    /// It does not apply to tasks on other threads: see [`run`](Self::run) and
    /// [`for_process`](Self::for_process).
    #[must_use = "it holds until the guard is dropped: bind it to a name such as `_fast`"]
    pub fn scope(self) -> Scope {
        install();
        Scope { _guard: SCOPES.add(Some(thread::current().id()), self) }
    }

    /// Applies while this future is polled or dropped, on any thread, but not to tasks that it
    /// spawns.
    pub fn run<F: Future>(self, future: F) -> Watched<Self, F> {
        Watched::new(self, future)
    }

    /// Applies to the whole process, until the next call of this function.
    ///
    /// Call it in code that all tests of a binary run first.
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

/// Applies a [`Testing`] to this thread until this guard is dropped. From [`Testing::scope`].
///
/// Of several scopes, the latest one applies, in whatever order they end.
#[derive(Debug)]
pub struct Scope {
    _guard: ScopeGuard<'static, Testing>,
}

/// Makes retry sequences read the current settings.
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

/// Returns the settings that apply to this thread now.
fn current() -> Option<Testing> {
    SCOPES.here().pop().or_else(|| *lock(&PROCESS))
}
