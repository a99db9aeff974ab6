//! No waits, and fewer attempts.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use super::watched::{Entered, Watched};
use crate::config::RetryConfig;
use crate::config::overrides::{self, TestHook};

/// How retries behave under test: which attempts are made, and whether anybody waits for them.
///
/// # Default
///
/// [`Testing::new`] skips all waits before retries and leaves the attempts to the policies.
///
/// Everything else is as in production: what is retried, the delays that events tell of, a total timeout that a delay
/// would end past, hints that are too long. Only the waiting itself is left out; the runtime must have its timer all the
/// same. The open phase of a breaker and the
/// timeouts of attempts are no waits of a retry and stay; tokio's paused clock shortens them.
///
/// The innermost scope of the thread decides alone, else what [`for_process`](Self::for_process) set.
///
/// ```
/// use retry_runtime::STANDARD;
/// use retry_runtime::testing::Testing;
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
    attempts: Attempts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempts {
    OfPolicy,
    AtMost(u32),
    Exactly(u32),
}

impl Testing {
    /// No waits, and as many attempts as each policy says.
    pub const fn new() -> Self {
        Self { waits: false, attempts: Attempts::OfPolicy }
    }

    /// At most so many attempts, the first one counted; a policy that says fewer keeps them.
    ///
    /// # Panics
    ///
    /// At 0: a call makes one attempt at least.
    pub const fn cap_attempts(mut self, max_attempts: u32) -> Self {
        assert!(max_attempts > 0, "`cap_attempts(0)`: a call makes at least 1 attempt");
        self.attempts = Attempts::AtMost(max_attempts);
        self
    }

    /// So many attempts, the first one counted, whatever the policies say.
    ///
    /// # Panics
    ///
    /// At 0: a call makes one attempt at least.
    pub const fn set_attempts(mut self, max_attempts: u32) -> Self {
        assert!(max_attempts > 0, "`set_attempts(0)`: a call makes at least 1 attempt");
        self.attempts = Attempts::Exactly(max_attempts);
        self
    }

    /// Waits are made, as without this; for a cap alone, or to take back what holds for the process.
    pub const fn keep_waits(mut self) -> Self {
        self.waits = true;
        self
    }

    /// Holds on this thread until the guard is dropped, and so for a whole `#[tokio::test]` of the usual kind.
    ///
    /// Tasks on other threads don't see it: see [`run`](Self::run) and [`for_process`](Self::for_process).
    #[must_use = "it holds until the guard is dropped: bind it to a name such as `_fast`"]
    pub fn scope(self) -> Scope {
        install();
        let number = NUMBER.get();
        NUMBER.set(number + 1);
        SCOPES.with_borrow_mut(|scopes| scopes.push((number, self)));
        Scope { number, here: PhantomData }
    }

    /// Holds while this future runs, on whichever thread it is polled.
    ///
    /// What it spawns is not part of it.
    pub fn run<F: Future>(self, future: F) -> Watched<Self, F> {
        Watched::new(self, future)
    }

    /// Holds for the whole process and for good, or until the next call of this.
    ///
    /// The place for it is what all tests of a binary call first; calling it again with the same is harmless.
    pub fn for_process(self) {
        install();
        // Relaxed, as is the load: the number is all there is to know.
        PROCESS.store(self.packed(), Ordering::Relaxed);
    }

    /// The policy with as many attempts as are to be made; nothing where it has them.
    fn changed(self, policy: &RetryConfig) -> Option<RetryConfig> {
        let max_attempts = match self.attempts {
            Attempts::OfPolicy => return None,
            Attempts::AtMost(limit) => limit.min(policy.max_attempts),
            Attempts::Exactly(number) => number,
        };
        (max_attempts != policy.max_attempts).then(|| policy.clone().max_attempts(max_attempts))
    }

    /// All in one word, of which 0 means nothing.
    const fn packed(self) -> u64 {
        let (rule, number) = match self.attempts {
            Attempts::OfPolicy => (1, 0),
            Attempts::AtMost(limit) => (2, limit),
            Attempts::Exactly(number) => (3, number),
        };
        (number as u64) << 32 | (self.waits as u64) << 8 | rule
    }

    fn unpacked(word: u64) -> Option<Self> {
        // The upper half is 32 bits.
        #[allow(clippy::cast_possible_truncation)]
        let number = (word >> 32) as u32;
        let attempts = match word & 0xFF {
            1 => Attempts::OfPolicy,
            2 => Attempts::AtMost(number),
            3 => Attempts::Exactly(number),
            _ => return None,
        };
        Some(Self { waits: word >> 8 & 1 == 1, attempts })
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

/// [`Testing`] holds on this thread until this is dropped. From [`Testing::scope`].
///
/// Of those that there are the last one made holds, in whatever order they end.
#[derive(Debug)]
pub struct Scope {
    number: u64,
    /// It must be dropped on the thread that it holds for.
    here: PhantomData<*const ()>,
}

impl Drop for Scope {
    fn drop(&mut self) {
        SCOPES.with_borrow_mut(|scopes| scopes.retain(|(number, _)| *number != self.number));
    }
}

thread_local! {
    /// The scopes of this thread, each with its number.
    static SCOPES: RefCell<Vec<(u64, Testing)>> = const { RefCell::new(Vec::new()) };
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

static PROCESS: AtomicU64 = AtomicU64::new(0);

/// Has retry sequences ask what holds.
fn install() {
    overrides::install(TestHook {
        policy: |policy| current()?.changed(policy),
        skips_waits: || current().is_some_and(|testing| !testing.waits),
    });
}

/// What holds on this thread now.
fn current() -> Option<Testing> {
    let here = SCOPES.with_borrow(|scopes| scopes.last().map(|(_, testing)| *testing));
    here.or_else(|| Testing::unpacked(PROCESS.load(Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_everything() {
        let all = [
            Testing::new(),
            Testing::new().keep_waits(),
            Testing::new().cap_attempts(1),
            Testing::new().cap_attempts(u32::MAX).keep_waits(),
            Testing::new().set_attempts(7),
        ];
        for testing in all {
            assert_eq!(Testing::unpacked(testing.packed()), Some(testing));
        }
        assert_eq!(Testing::unpacked(0), None);
    }
}
