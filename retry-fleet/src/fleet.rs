//! The handle of a fleet.

use std::fmt;
use std::time::Duration;

use retry_runtime::Mode;

use crate::control::Control;
use crate::operator::{By, Command, CommandError, check_breaker};
use crate::status::Status;
use crate::view::FleetView;

/// The fleet that this process is an instance of.
///
/// Breakers of the same name in all instances of a group act together: one process's evidence
/// protects the others, and an outage is probed by `half_open_max_calls` calls of the whole fleet. A
/// call never waits for the server, and never fails because of it. Without the server, each breaker
/// acts alone.
///
/// ```
/// use retry_fleet::Fleet;
/// use retry_runtime::CircuitBreaker;
///
/// static LLM_API: CircuitBreaker = CircuitBreaker::new("llm-api");
///
/// // In a program: `Fleet::redis("rediss://redis.internal:6380")?`.
/// let fleet = Fleet::in_memory().group("prod/checkout").share(&LLM_API).start()?;
/// println!("{}", fleet.status());
/// # Ok::<(), retry_runtime::ConfigError>(())
/// ```
///
/// A clone is another handle of the same fleet. The fleet goes on if all handles are dropped.
#[derive(Clone)]
pub struct Fleet {
    control: Control,
}

impl Fleet {
    pub(crate) const fn new(control: Control) -> Self {
        Self { control }
    }

    /// Returns whether this instance acts with the fleet.
    #[must_use]
    pub fn status(&self) -> Status {
        self.control.status()
    }

    /// Looks at the fleet: votes, probes, operators' commands, and the instances that are alive.
    ///
    /// This asks the server, in one command that only reads. Calls never wait for it. Ask once a
    /// second at most, and share the answer.
    ///
    /// # Errors
    ///
    /// [`CommandError::Alone`] if this instance is not connected: see [`status`](Self::status).
    pub async fn view(&self) -> Result<FleetView, CommandError> {
        self.control.view().await
    }

    /// Rejects every call of this breaker in all instances, until [`reset`](Self::reset),
    /// [`force_closed`](Self::force_closed) or the end of [`By::lasting`].
    ///
    /// The force survives restarts, and holds in an instance that loses the server. An operator of a
    /// single process goes first there: see `CircuitBreaker::force_open` and `force_closed`. A keyed
    /// breaker is named `set/key`. The name need not be one that this instance shares.
    ///
    /// # Errors
    ///
    /// [`CommandError::Alone`] if nothing was sent, [`CommandError::Unconfirmed`] if it may have been,
    /// [`CommandError::Invalid`] for a name or time that breaks a rule. It is safe to repeat it.
    pub async fn force_open(&self, breaker: &str, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::ForceOpen, by).await
    }

    /// Admits every call of this breaker in all instances and counts none, until
    /// [`reset`](Self::reset), [`force_open`](Self::force_open) or the end of [`By::lasting`].
    ///
    /// # Errors
    ///
    /// As for [`force_open`](Self::force_open).
    pub async fn force_closed(&self, breaker: &str, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::ForceClosed, by).await
    }

    /// Ends what the fleet forces and closes this breaker in all instances.
    ///
    /// # Errors
    ///
    /// As for [`force_open`](Self::force_open); `lasting` must not be set.
    pub async fn reset(&self, breaker: &str, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::Reset, by).await
    }

    /// Sets the mode of this breaker in all instances, until it is set again.
    ///
    /// # Errors
    ///
    /// As for [`force_open`](Self::force_open); `lasting` must not be set.
    pub async fn set_mode(&self, breaker: &str, mode: Mode, by: By) -> Result<(), CommandError> {
        self.command(breaker, Command::SetMode(mode), by).await
    }

    /// Leaves the group: gives leases back, and ends the fleet. Takes this long at most.
    ///
    /// From then on each breaker acts alone. What the fleet forced stays. Without a shutdown, the
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
