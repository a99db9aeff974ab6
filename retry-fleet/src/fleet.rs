//! The handle of a fleet.

use std::fmt;
use std::time::Duration;

use retry_runtime::Mode;

use crate::control::Control;
use crate::operator::{By, Command, CommandError, check_breaker};
use crate::status::Status;
use crate::view::FleetView;

/// A handle of the fleet to which this process belongs.
///
/// Breakers of the same name act together in all instances of a group. The evidence of some
/// processes protects the others, and the whole fleet probes an outage with `half_open_max_calls`
/// calls. A call never waits for the server and never fails because of it. Without the server, each
/// breaker acts alone.
///
/// ```
/// # mod retry_utils { pub use retry_fleet as fleet; pub use retry_runtime::*; }
/// use retry_utils::fleet::Fleet;
/// use retry_utils::CircuitBreaker;
///
/// static LLM_API: CircuitBreaker = CircuitBreaker::new("llm-api");
///
/// // In a program: `Fleet::redis("rediss://redis.internal:6380")?`.
/// let fleet = Fleet::in_memory().group("prod/checkout").share(&LLM_API).start()?;
/// println!("{}", fleet.status());
/// # Ok::<(), retry_utils::ConfigError>(())
/// ```
///
/// A clone is another handle of the same fleet. The fleet keeps running if all handles are dropped.
#[derive(Clone)]
pub struct Fleet {
    control: Control,
}

impl Fleet {
    pub(crate) const fn new(control: Control) -> Self {
        Self { control }
    }

    /// Returns whether this instance acts with the fleet, and the reason if it does not. Reads only
    /// memory.
    #[must_use]
    pub fn status(&self) -> Status {
        self.control.status()
    }

    /// Reads the state of the fleet from the server: votes, probes, operators' commands, and the
    /// instances that are alive.
    ///
    /// Sends one read-only command. Protected calls never wait for it. Call it at most once a
    /// second, and share the result.
    ///
    /// # Errors
    ///
    /// Returns [`CommandError::Alone`] if this instance is not connected: see
    /// [`status`](Self::status).
    pub async fn view(&self) -> Result<FleetView, CommandError> {
        self.control.view().await
    }

    /// Rejects every call of this breaker in all instances, until [`reset`](Self::reset),
    /// [`force_closed`](Self::force_closed) or the end of [`By::lasting`].
    ///
    /// The force survives restarts, and remains in an instance that loses the server. In a single
    /// process, `CircuitBreaker::force_open` and `force_closed` take precedence. The name of a
    /// keyed breaker is `set/key`. This instance need not share the breaker.
    ///
    /// # Errors
    ///
    /// - [`CommandError::Alone`] if this instance is alone. Nothing was sent.
    /// - [`CommandError::Unconfirmed`] if there was no reply. It is safe to repeat the command.
    /// - [`CommandError::Full`] if the group accepts no more breakers.
    /// - [`CommandError::Invalid`] if a name or a time breaks a rule.
    pub async fn force_open(&self, breaker: &str, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::ForceOpen, by).await
    }

    /// Admits every call of this breaker in all instances, and counts none of them, until
    /// [`reset`](Self::reset), [`force_open`](Self::force_open) or the end of [`By::lasting`].
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`force_open`](Self::force_open).
    pub async fn force_closed(&self, breaker: &str, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::ForceClosed, by).await
    }

    /// Ends a force of the fleet and closes this breaker in all instances.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`force_open`](Self::force_open). [`By::lasting`] must not be
    /// set.
    pub async fn reset(&self, breaker: &str, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::Reset, by).await
    }

    /// Sets the mode of this breaker in all instances, until the next `set_mode`.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`force_open`](Self::force_open). [`By::lasting`] must not be
    /// set.
    pub async fn set_mode(&self, breaker: &str, mode: Mode, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::SetMode(mode), by).await
    }

    /// Leaves the group within this time: returns the leases and ends the fleet in this process.
    ///
    /// From then on each breaker acts alone. A force of the fleet remains. Without a shutdown, the
    /// leases of this instance end after at most six seconds.
    pub async fn shutdown(&self, within: Duration) {
        self.control.shutdown(within).await;
    }

    async fn command(&self, breaker: &str, command: Command, by: By) -> Result<(), CommandError> {
        check_breaker(breaker)?;
        by.check(command)?;
        self.control.command(breaker, command, &by.name, by.lasting).await
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("status", &self.status()).finish()
    }
}
