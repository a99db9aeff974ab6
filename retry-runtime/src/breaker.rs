//! The circuit breaker: stops calling a dependency that is down, and finds out when it is back.
//!
//! | file | contents |
//! |---|---|
//! | `state` | the packed state, and every step it can take; pure |
//! | `window` | the calls that a failure rate is taken over |
//! | `slots` | the slots of the probes while half-open |
//! | `settings` | what a breaker is built with, and what may change later |
//! | `admission` | the values that pass between the core and its callers |
//! | `core` | the atomics: admission and outcome |
//! | `permit` | what an admitted call holds until its outcome |
//! | `call` | calls: the core with clock and events |
//! | `operator` | the commands of an operator |
//! | `reconfigure` | other settings while the breaker is in use |
//! | `builder` | the setters, one list for every type that has these settings |
//! | `keyed` | many breakers under one name |
//! | `handle`, `snapshot` | a breaker that is kept alive, and one at a moment |
//! | `simulated` | admission and outcome in virtual time |
//! | `linked` | the link to the agent of a fleet |

mod admission;
mod builder;
mod call;
mod core;
mod handle;
mod keyed;
#[cfg(feature = "fleet")]
pub(crate) mod linked;
mod operator;
mod permit;
mod reconfigure;
mod settings;
#[cfg(feature = "simulation")]
mod simulated;
mod slots;
mod snapshot;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod window;

use std::borrow::Cow;
use std::fmt;
use std::mem::{self, ManuallyDrop};

pub use handle::Handle;
pub use keyed::CircuitBreakers;
pub use permit::Permit;
pub use reconfigure::BreakerOverride;
pub use snapshot::Snapshot;
pub use window::Window;

pub use permit::{Admitted, Rejected};
pub(crate) use reconfigure::{Configured, changing_many};
use settings::CurrentSettings;
pub(crate) use settings::{Settings, rules};
#[cfg(feature = "simulation")]
pub use simulated::{Breaker, Ticket};

use self::core::Core;
use crate::circuit_state::CircuitState;
use crate::config::Mode;
use crate::name::Name;
use crate::observe::RejectionCounter;

/// Stops calling a dependency that is down, and finds out when it is back.
///
/// While closed it admits calls and counts failures in a row, or their share in a [`Window`]. At
/// `failure_threshold` or `failure_rate` it opens and rejects every call with [`CircuitOpen`] for
/// `recovery_timeout`. The first call after that makes it half-open: at most `half_open_max_calls`
/// calls at a time are admitted as probes. `success_threshold` successes close it, and one failure
/// opens it again.
///
/// [`CircuitOpen`]: crate::CircuitOpen
///
/// Put it in a `static` and name it in `#[circuit_breaker(…)]`, or use [`call`](Self::call), or
/// [`try_acquire`](Self::try_acquire) and the methods of [`Permit`].
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreaker, CircuitOpen, FailureKind, Retryable};
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
/// | `respect_retry_after` | off | 1 ms to 365 days |
/// | `success_threshold` | 2 | 1 to 65,535 |
/// | `half_open_max_calls` | as many as `success_threshold`, at most 16 | 1 to 16 |
/// | `probe_timeout` | the larger of `recovery_timeout` and 60 s | 1 ms to 365 days |
/// | `trip_on` | [`FailureKinds::TRANSIENT`](crate::FailureKinds::TRANSIENT) and [`MidStream`](crate::FailureKind::MidStream) | |
/// | `abandoned_after` | never | |
/// | `mode` | [`Mode::Enforce`] | |
///
/// # What counts
///
/// A failure of a kind in `trip_on` counts as a failure, and so does a panic. Of the other kinds,
/// `CircuitOpen`, `Bug` and `ResourceExhausted` say nothing about the dependency and do not count.
/// The rest count as success, because the dependency answered.
///
/// An outcome counts if the breaker has not changed its state since it admitted the call: a success
/// from before the trip cannot close it, and a failure from then cannot reopen it.
///
/// # Cost
///
/// While closed and healthy, a call loads one atomic twice. It stores nothing and allocates
/// nothing. A window adds one atomic read-modify-write. The clock is read for calls with a window
/// of time, `slow_call` or `abandoned_after`, and for calls inside an `attempt_timeout`.
///
/// Admission and outcome take no lock, whatever the settings and in any state, except that the
/// first call of a `static` through an attribute lists it in the registry. The breaker holds all
/// the memory that it ever needs, so a `static` needs no initialization.
pub struct CircuitBreaker {
    name: Name,
    settings: CurrentSettings,
    core: Core,
    rejection_counter: RejectionCounter,
}

impl CircuitBreaker {
    /// Creates a closed breaker with the defaults in the table above.
    ///
    /// The name appears in errors, in events and in the [`registry`](crate::registry), which does
    /// not list a breaker with an empty name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self::with(Name::Static(name), Settings::DEFAULT)
    }

    /// [`new`](Self::new) with a name that is built at run time, for a breaker that a client owns.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::{CircuitBreaker, registry};
    /// use std::sync::Arc;
    ///
    /// let tenant = "acme";
    /// let breaker = Arc::new(CircuitBreaker::named(format!("api-{tenant}")).failure_threshold(3));
    /// registry::add_arc(&breaker)?; // listed until it is dropped
    /// assert_eq!(registry::get("api-acme").unwrap().name(), "api-acme");
    /// # Ok::<(), retry_utils::observe::NotListed>(())
    /// ```
    #[must_use]
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self::with(Name::from(name.into()), Settings::DEFAULT)
    }

    pub(crate) const fn with(name: Name, settings: Settings) -> Self {
        Self {
            name,
            core: Core::new(&settings),
            settings: CurrentSettings::new(settings),
            rejection_counter: RejectionCounter::new(),
        }
    }

    pub(crate) const fn built(&self) -> Settings {
        *self.settings.built()
    }

    /// Replaces the settings, and the state that was initialized from the old ones.
    pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
        // Not dropped: the model checker's atomics and some systems' locks have a destructor, which
        // a `const` cannot run.
        let _ = ManuallyDrop::new(mem::replace(&mut self.core, Core::new(&settings)));
        let new = CurrentSettings::new(settings);
        let _ = ManuallyDrop::new(mem::replace(&mut self.settings, new));
        self
    }

    /// Returns the name that the breaker was built with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the state.
    ///
    /// An open breaker stays open until the first call after `recovery_timeout` half-opens it.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.core.load().circuit()
    }

    /// Returns the current mode.
    #[must_use]
    pub fn current_mode(&self) -> Mode {
        self.core.load().mode()
    }

    pub(crate) fn renamed(self, name: Name) -> Self {
        Self { name, rejection_counter: RejectionCounter::new(), ..self }
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("name", &self.name)
            .field("state", &self.state())
            .field("mode", &self.current_mode())
            .finish_non_exhaustive()
    }
}
