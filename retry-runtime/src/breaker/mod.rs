//! The circuit breaker: stops asking a dependency that is down, and finds out when it is back.
//!
//! | file | what |
//! |---|---|
//! | `state` | the word, and every step it can take; pure |
//! | `core` | the atomics, admission, and what an operator does |
//! | `verdict` | what a verdict does to them |
//! | `usual` | the short ways that most calls go |
//! | `window` | the calls that a failure rate is taken over |
//! | `slots` | leases of the probes while half-open |
//! | `ticket` | what passes between them and those who ask |
//! | `permit` | what an admitted call holds until its verdict |
//! | `settings`, `violation` | what the breaker was told, and the rules for that |
//! | `builder` | the setters, one list for every type that has these settings |
//! | `reconfigure` | other settings while it is in use |
//! | `simulated` | the same at a time that comes as an argument |
//! | `keyed` | many breakers under one name |
//! | `handle`, `snapshot` | a breaker that is kept alive, and one at a moment |
//! | `admission` | from a call to the core and back, with clock, events and registry |
//!
//! What makes a breaker and shows it is `#[inline]` here: no ordinary call reaches it.

mod admission;
mod builder;
mod core;
mod handle;
mod keyed;
#[cfg(all(test, retry_utils_shuttle))]
pub(crate) mod models;
mod permit;
mod reconfigure;
mod settings;
#[cfg(feature = "simulation")]
mod simulated;
mod slots;
mod snapshot;
mod state;
#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests;
mod ticket;
mod usual;
mod verdict;
mod violation;
mod window;

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::time::Duration;

pub use handle::Handle;
pub use keyed::CircuitBreakers;
pub use permit::Permit;
pub use reconfigure::BreakerOverride;
pub use snapshot::Snapshot;
pub use window::Window;

pub use permit::{Admitted, Rejected};
pub(crate) use reconfigure::changing;
use settings::Live;
pub(crate) use settings::{Settings, accept};
#[cfg(feature = "simulation")]
pub(crate) use simulated::SimulatedTicket;
pub(crate) use violation::Violation;

use self::core::Core;
use self::window::Tally;
use crate::circuit_state::CircuitState;
use crate::clock;
use crate::config::Mode;
use crate::failure::FailureKinds;
use crate::name::Name;

/// Stops calling a dependency that is down, and finds out when it is back.
///
/// Closed, it lets calls pass and counts failures in a row, or their share in a [`Window`]. At
/// `failure_threshold`, or `failure_rate`, it opens, and rejects every call with [`CircuitOpen`](crate::CircuitOpen) for `recovery_timeout`. The first call after that
/// makes it half-open: at most `half_open_max_calls` calls at a time pass as probes. `success_threshold` good
/// ones close it, one failed one opens it again.
///
/// Put it in a `static` and name it in `#[circuit_breaker(…)]`; or use [`call`](Self::call), or
/// [`try_acquire`](Self::try_acquire) and the verdict methods of [`Permit`].
///
/// ```
/// use retry_runtime::{CircuitBreaker, CircuitOpen, FailureKind, Retryable};
/// use std::time::Duration;
///
/// static LLM_API: CircuitBreaker =
///     CircuitBreaker::new("llm-api").failure_threshold(3).recovery_timeout(Duration::from_secs(30));
///
/// enum LlmError { Unavailable, Open(CircuitOpen) }
///
/// impl From<CircuitOpen> for LlmError {
///     fn from(open: CircuitOpen) -> Self { Self::Open(open) }
/// }
/// impl Retryable for LlmError {
///     fn failure_kind(&self) -> FailureKind {
///         match self {
///             Self::Unavailable => FailureKind::Unavailable,
///             Self::Open(open) => open.failure_kind(),
///         }
///     }
/// }
///
/// # async fn request() -> Result<String, LlmError> { Err(LlmError::Unavailable) }
/// # async fn example() -> Result<String, LlmError> {
/// let answer = LLM_API.call(|| request()).await?;
/// # Ok(answer)
/// # }
/// ```
///
/// # Default
///
/// The first three numbers are those of the Python module `retry_utils`.
///
/// | setting | default | limits |
/// |---|---|---|
/// | `failure_threshold` | 5 | 1 to 65,535 |
/// | `failure_rate` | none: failures in a row | see [`Window`] |
/// | `slow_call` | none | above zero; rate above 0, at most 1 |
/// | `recovery_timeout` | 60 s | 1 ms to 365 days |
/// | `recovery_backoff` | none | factor at least 1; from `recovery_timeout` to 365 days |
/// | `success_threshold` | 2 | 1 to 65,535 |
/// | `half_open_max_calls` | as many as `success_threshold` | 1 to 65,535 |
/// | `trip_on` | [`FailureKinds::TRANSIENT`] and [`MidStream`](crate::FailureKind::MidStream) | |
/// | `abandoned_after` | never | |
/// | `mode` | [`Mode::Enforce`] | |
///
/// # What counts
///
/// A failure of a kind in `trip_on` counts as failure, and so does a panic. Of the other kinds `CircuitOpen`,
/// `Bug` and `ResourceExhausted` say nothing of the dependency and are neutral; the rest count as success, for
/// the dependency answered.
///
/// A verdict counts if the breaker has not changed its state since it admitted the call: a success from before
/// the trip cannot close it, nor a failure from then reopen it.
///
/// # Cost
///
/// Closed and healthy, a call costs two loads of one atomic: no store, no lock, no allocation, no clock. With a
/// window it costs one atomic read-modify-write more, over time a reading of the clock too; `slow_call` and
/// `abandoned_after` read the clock when a call begins, and `slow_call` when it ends. Admission and verdict
/// allocate nothing and take no lock, whatever the settings and in any state; but for the first call of a `static`
/// through an attribute, which lists it in the registry.
///
/// The breaker holds all that it will ever need, 776 bytes on 64-bit machines: a `static` is ready without initialization.
pub struct CircuitBreaker {
    name: Name,
    settings: Live,
    core: Core,
}

impl CircuitBreaker {
    /// A closed breaker with the defaults in the table above.
    ///
    /// The name appears in errors, in events and in the [`registry`](crate::registry).
    #[must_use]
    #[inline]
    pub const fn new(name: &'static str) -> Self {
        Self::with(Name::Static(name), Settings::DEFAULT)
    }

    #[inline]
    pub(crate) const fn with(name: Name, settings: Settings) -> Self {
        Self { name, core: Core::new(&settings), settings: Live::new(settings) }
    }

    pub(crate) const fn made(&self) -> Settings {
        self.settings.made()
    }

    /// With these settings, and a word that says what they say.
    #[inline]
    pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
        // Not dropped, since the model checker's atomics have a destructor, which a `const` cannot run.
        let _ = ManuallyDrop::new(mem::replace(&mut self.core, Core::new(&settings)));
        self.settings = Live::new(settings);
        self
    }

    /// The name it was made with.
    #[must_use]
    #[inline]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The name, for one who outlives the breaker.
    #[inline]
    pub(crate) fn name_to_keep(&self) -> Name {
        self.name.clone()
    }

    /// What it is doing.
    ///
    /// Open until the first call after `recovery_timeout` makes it half-open.
    #[must_use]
    #[inline]
    pub fn state(&self) -> CircuitState {
        self.core.load().state()
    }

    /// Whether it enforces, observes or is switched off.
    #[must_use]
    #[inline]
    pub fn current_mode(&self) -> Mode {
        self.core.load().mode()
    }

    #[inline]
    pub(crate) fn named(self, name: Name) -> Self {
        Self { name, ..self }
    }

    /// Whether it is closed by itself: nothing would be forgotten with it but what it has counted.
    #[inline]
    fn is_at_rest(&self) -> bool {
        let word = self.core.load();
        word.state() == CircuitState::Closed
            && !word.forced()
            && word.mode() == self.settings.mode()
    }

    /// What it is doing, with the counts that decide what it does next: what
    /// [`registry::all`](crate::registry::all) shows of each.
    ///
    /// State, mode and counts come from one look, except that a window is looked at a moment later. Open, or
    /// with a window of time, this reads the clock.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> Snapshot {
        let word = self.core.load();
        let count = |state| if word.state() == state { u64::from(word.count()) } else { 0 };
        let in_a_row = count(CircuitState::Closed);
        let plain = Tally { calls: in_a_row, failures: in_a_row, slow: 0 };
        let closed = word.state() == CircuitState::Closed;
        let window = self.core.tally(word, &self.settings, clock::nanos).filter(|_| closed);
        let Tally { calls, failures, slow } = window.unwrap_or(plain);
        Snapshot {
            name: self.name().to_owned(),
            state: word.state(),
            mode: word.mode(),
            forced: word.forced(),
            calls,
            failures,
            slow_calls: slow,
            failure_threshold: self.settings.failure_threshold().into(),
            failure_rate: self.settings.rate(),
            successes: count(CircuitState::HalfOpen),
            success_threshold: self.settings.success_threshold().into(),
            retry_in: (word.state() == CircuitState::Open && !word.forced()).then(|| {
                let until = self.core.open_until(word, &self.settings);
                Duration::from_nanos(until.saturating_sub(clock::nanos()))
            }),
            since: match self.core.changed_at() {
                0 => None,
                nanos => Some(clock::from_nanos(nanos)),
            },
        }
    }
}

builder::setters!(CircuitBreaker);

impl fmt::Debug for CircuitBreaker {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("name", &self.name)
            .field("state", &self.state())
            .field("mode", &self.current_mode())
            .finish_non_exhaustive()
    }
}
