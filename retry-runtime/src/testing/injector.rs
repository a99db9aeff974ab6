//! Failures by script.

use std::collections::VecDeque;
use std::fmt;
use std::future;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::random::Seeded;

/// Says of each call whether it fails, by a script. Clones share the script and the counts.
///
/// Call [`hit`](Self::hit) at the start of a function that is made for a test, or put it into code under test by a
/// [`FaultPoint`](super::FaultPoint).
///
/// ```
/// use retry_runtime::testing::{Injector, Testing};
/// use retry_runtime::{FailureKind, STANDARD};
/// use std::io::{Error, ErrorKind};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let _fast = Testing::new().scope();
/// let upstream = Injector::fail_times(2, || Error::from(ErrorKind::TimedOut));
/// STANDARD.run(|| upstream.hit()).await?;
/// assert_eq!((upstream.hits(), upstream.failures()), (3, 2));
/// # Ok(())
/// # }
/// ```
pub struct Injector<E>(Arc<Shared<E>>);

struct Shared<E> {
    state: Mutex<State<E>>,
}

struct State<E> {
    script: Script<E>,
    hits: u64,
    failures: u64,
}

type Factory<E> = Arc<dyn Fn() -> E + Send + Sync>;

enum Script<E> {
    Times { left: u64, error: Factory<E> },
    Rate { rate: f64, generator: Seeded, error: Factory<E> },
    Between { times: Range<Duration>, began: Option<Instant>, error: Factory<E> },
    Steps(VecDeque<Step<E>>),
}

/// What happens at one call, in a [`schedule`](Injector::schedule).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<E> {
    /// The call goes on.
    Pass,
    /// It fails with this.
    Fail(E),
    /// It goes on after so long, by tokio's clock.
    Delay(Duration),
    /// It never comes to an end: for timeouts, and for callers that leave.
    Hang,
}

impl<E> Injector<E> {
    /// The first so many calls fail, and all later ones go on.
    pub fn fail_times(times: u64, error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self::new(Script::Times { left: times, error: Arc::new(error) })
    }

    /// Each call fails with the probability `rate`, a share from 0.0 to 1.0.
    ///
    /// The same seed fails the same calls, counted in the order in which they come.
    ///
    /// # Panics
    ///
    /// Where `rate` is not from 0.0 to 1.0.
    #[track_caller]
    pub fn fail_rate(rate: f64, seed: u64, error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        assert!((0.0..=1.0).contains(&rate), "`fail_rate({rate}, …)`: a rate is from 0.0 to 1.0");
        Self::new(Script::Rate { rate, generator: Seeded::new(seed), error: Arc::new(error) })
    }

    /// Calls that come between two times fail, the first included; both are counted from the first call on, by tokio's
    /// clock: an outage.
    pub fn fail_between(
        times: Range<Duration>,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        Self::new(Script::Between { times, began: None, error: Arc::new(error) })
    }

    /// The first call takes the first step, and so on; calls after the last step go on.
    pub fn schedule(steps: impl IntoIterator<Item = Step<E>>) -> Self {
        Self::new(Script::Steps(steps.into_iter().collect()))
    }

    fn new(script: Script<E>) -> Self {
        Self(Arc::new(Shared { state: Mutex::new(State { script, hits: 0, failures: 0 }) }))
    }

    /// One call: counts it when it is awaited, and does what the script says of it.
    ///
    /// # Errors
    ///
    /// The error of the script, where the call is to fail.
    pub async fn hit(&self) -> Result<(), E> {
        let next = self.lock().next();
        // The error is made when the lock is given back: that is the user's code, which may look at this injector.
        let step = match next {
            Next::Step(step) => step,
            Next::Make(error) => Step::Fail(error()),
        };
        match step {
            Step::Pass => Ok(()),
            Step::Fail(error) => Err(error),
            Step::Delay(delay) => {
                clock::sleep_until(clock::after(delay)).await;
                Ok(())
            }
            Step::Hang => future::pending().await,
        }
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.lock().hits
    }

    /// How many of them failed by the script.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.lock().failures
    }

    /// Whether both are clones of one.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> State<E> {
    fn next(&mut self) -> Next<E> {
        self.hits += 1;
        let (fails, error) = match &mut self.script {
            Script::Times { left, error } => {
                let fails = *left > 0;
                *left = left.saturating_sub(1);
                (fails, error)
            }
            Script::Rate { rate, generator, error } => (generator.unit() < *rate, error),
            Script::Between { times, began, error } => {
                let now = clock::now();
                let since = now.saturating_duration_since(*began.get_or_insert(now));
                (times.contains(&since), error)
            }
            Script::Steps(steps) => {
                let step = steps.pop_front().unwrap_or(Step::Pass);
                self.failures += u64::from(matches!(step, Step::Fail(_)));
                return Next::Step(step);
            }
        };
        self.failures += u64::from(fails);
        if fails { Next::Make(Arc::clone(error)) } else { Next::Step(Step::Pass) }
    }
}

enum Next<E> {
    Step(Step<E>),
    Make(Factory<E>),
}

impl<E> Clone for Injector<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> fmt::Debug for Injector<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { hits, failures, .. } = *self.lock();
        f.debug_struct("Injector").field("hits", &hits).field("failures", &failures).finish()
    }
}
