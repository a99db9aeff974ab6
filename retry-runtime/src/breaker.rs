//! The circuit breaker, which stops calling a dependency that is down.
//!
//! | file | contents |
//! |---|---|
//! | `state` | the packed state and its transitions; pure |
//! | `window` | the calls over which a failure rate is taken |
//! | `slots` | the slots of the probes while half-open |
//! | `settings` | the settings, and their current values |
//! | `admission` | the values that pass between the core and its callers |
//! | `core` | the atomics: admission and outcome |
//! | `permit` | the permission to make one call |
//! | `call` | calls: the core with clock and events |
//! | `operator` | the commands of an operator |
//! | `reconfigure` | changes of settings while the breaker is in use |
//! | `builder` | the setters, shared by all types with these settings |
//! | `keyed` | many breakers under one name |
//! | `handle`, `snapshot` | a shared reference to a breaker, and its values at one moment |
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

/// Stops calling a dependency that is down, and detects when it has recovered.
///
/// A closed breaker admits every call. It opens after `failure_threshold` failures in a row, or
/// when the share of failures in a [`Window`] reaches `failure_rate`. In its *open phase*, it
/// rejects every call with [`CircuitOpen`](crate::CircuitOpen). This phase lasts
/// `recovery_timeout`.
///
/// The first call after the open phase makes the breaker half-open. It then admits calls as
/// *probes*, and each probe occupies one of `half_open_max_calls` slots. `success_threshold`
/// successful probes close the breaker. One failed probe opens it again.
///
/// Put the breaker in a `static` and name it in `#[circuit_breaker(…)]`. Without an attribute, use
/// [`call`](Self::call), or [`try_acquire`](Self::try_acquire) and the methods of [`Permit`].
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
/// `failure_threshold`, `recovery_timeout` and `success_threshold` have the defaults of the Python
/// module `retry_utils`.
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
/// # Counted outcomes
///
/// A failure counts if its kind is in `trip_on`. A panic counts as a failure too. Failures of other
/// kinds count as successes, because the dependency answered. The exceptions are `CircuitOpen`,
/// `Bug` and `ResourceExhausted`: they say nothing about the dependency and do not count.
///
/// An outcome counts only if the breaker has not changed its state since it admitted the call. If
/// the breaker has opened since then, a success of that call cannot close it. Nor can a failure of
/// that call open it again.
///
/// # Cost
///
/// While the breaker is closed and not [forced](Self::force_closed), a call that leaves it closed
/// allocates nothing and takes no lock. The exception is the first call of a `static` through an
/// attribute, which lists the breaker in the [registry](crate::registry). A breaker of a
/// [`CircuitBreakers`] set is first looked up by its key, which takes a read lock.
///
/// Such a call reads the clock in these cases:
///
/// - The breaker has a window of time, `slow_call` or `abandoned_after`.
/// - The call runs inside an `attempt_timeout`.
/// - The call fails, and its breaker belongs to a set.
///
/// A `static` needs no initialization.
pub struct CircuitBreaker {
    name: Name,
    settings: CurrentSettings,
    core: Core,
    rejection_counter: RejectionCounter,
}

impl CircuitBreaker {
    /// Creates a closed breaker with the defaults in the table above.
    ///
    /// The name appears in errors, in events and in the [`registry`](crate::registry). A breaker
    /// with an empty name is not listed there.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self::with(Name::Static(name), Settings::DEFAULT)
    }

    /// Creates a closed breaker with a name that is built at run time.
    ///
    /// Use this for a breaker that a client owns, and [`new`](Self::new) for one in a `static`.
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

    /// Replaces the settings, and the state that depends on them.
    pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
        // Not dropped: the model checker's atomics, and locks on some systems, have destructors,
        // which a `const` cannot run.
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

    /// Returns the current state.
    ///
    /// When the open phase is over, the state is still `Open` until a call makes it `HalfOpen`.
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
