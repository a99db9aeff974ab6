//! The handle of a fleet.

use std::time::Duration;
use std::{fmt, io, thread};

use retry_runtime::{ConfigError, Mode};
use tokio::runtime;

use crate::control::{Control, control};
use crate::operator::{Command, check_breaker};
use crate::run::Prepared;
use crate::server::{Server, Way};
use crate::{By, CommandError, FleetBuilder, FleetView, Status};

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
/// // In a program: `Fleet::redis("rediss://checkout@redis.internal:6380")?`.
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
    /// Begins a fleet that meets in the memory of this process, for tests and examples.
    ///
    /// Clones of the builder are instances that meet. Each needs breakers of its own, such as
    /// [`CircuitBreaker::named`](retry_runtime::CircuitBreaker::named) makes, and a name:
    /// [`FleetBuilder::instance`].
    pub fn in_memory() -> FleetBuilder {
        FleetBuilder::new(Server::in_memory())
    }

    /// Begins a fleet that meets in Redis 6 or Valkey 7.2, or later versions.
    ///
    /// | URL | servers |
    /// |---|---|
    /// | `redis://host` | one server, or a cluster that has this node |
    /// | `redis://host1:7000,host2:7001` | the same; the first that answers |
    /// | `redis+sentinel://host1,host2/name` | the primary that these Sentinels call by this name |
    ///
    /// `rediss` and `rediss+sentinel` use TLS, with the feature `rustls` or `native-tls`.
    /// `user:password@` may stand before the hosts; see also [`FleetBuilder::credentials`].
    ///
    /// # Errors
    ///
    /// A URL that breaks a rule. The error does not show it, since it may have a password. Nothing is
    /// connected yet.
    #[cfg(feature = "redis")]
    pub fn redis(url: &str) -> Result<FleetBuilder, ConfigError> {
        Ok(FleetBuilder::new(Server::redis(url)?))
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

    /// Returns the handle of a fleet and the future that runs it, with its breakers tied.
    pub(crate) fn prepare(
        builder: FleetBuilder,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), ConfigError> {
        let setup = if builder.is_off() { None } else { Some(builder.setup()?) };
        let (control, orders) = control();
        let prepared = match setup {
            Some(setup) => {
                let way = builder.way(&setup.group)?;
                Some((Prepared::new(setup, orders)?, way))
            }
            None => None,
        };
        let running = async move {
            let Some((prepared, way)) = prepared else { return };
            match way {
                Way::Memory(memory) => prepared.run(memory).await,
                #[cfg(feature = "redis")]
                Way::Redis(redis) => prepared.run(redis).await,
            }
        };
        Ok((Self { control }, running))
    }

    /// [`prepare`](Self::prepare), on a thread of its own: it is not starved by blocking calls, and
    /// needs no runtime of the caller.
    pub(crate) fn start(builder: FleetBuilder) -> Result<Self, ConfigError> {
        let is_off = builder.is_off();
        let (fleet, running) = Self::prepare(builder)?;
        if is_off {
            return Ok(fleet);
        }
        let failed = |error: io::Error| {
            ConfigError::new("start", "", format!("the thread could not be started: {error}"))
        };
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        thread::Builder::new()
            .name("retry-fleet".to_owned())
            .spawn(move || runtime.block_on(running))
            .map_err(failed)?;
        Ok(fleet)
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("status", &self.status()).finish()
    }
}
