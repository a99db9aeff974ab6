//! Starts a fleet from its builder.

use std::{io, thread};

use retry_runtime::ConfigError;
use tokio::runtime;

use super::FleetBuilder;
use crate::control::{Control, control};
use crate::fleet::Fleet;
use crate::run::Prepared;
use crate::server::Way;

impl FleetBuilder {
    /// Starts the fleet on a separate thread.
    ///
    /// Returns immediately, even if the server cannot be reached. Until the server answers, each
    /// breaker acts alone. The fleet runs until [`Fleet::shutdown`], even if all handles are
    /// dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if a value breaks a rule, if two shared breakers have one name, if another
    /// fleet of this process already shares a breaker, or if the thread cannot be started. In these
    /// cases nothing is shared.
    pub fn start(self) -> Result<Fleet, ConfigError> {
        let is_off = self.is_off();
        let (fleet, running) = self.run()?;
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

    /// Returns the fleet and the future that runs it, to be spawned on your runtime.
    ///
    /// The future needs tokio's timer and, with Redis, tokio's I/O. It ends after
    /// [`Fleet::shutdown`]. If it is dropped earlier, each breaker acts alone again, and its leases
    /// end after at most six seconds. Leases also lapse if the runtime blocks.
    ///
    /// Under tokio's paused clock, a fleet in memory takes no real time. The chapter "Fleets" of
    /// the guide shows a test.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`start`](Self::start).
    pub fn run(self) -> Result<(Fleet, impl Future<Output = ()> + Send + 'static), ConfigError> {
        let (control, prepared) = if self.is_off() {
            (Control::off(), None)
        } else {
            let setup = self.setup()?;
            let way = self.way(&setup.group)?;
            let (control, orders) = control();
            (control, Some((Prepared::new(setup, orders)?, way)))
        };
        let running = async move {
            match prepared {
                None => {}
                Some((prepared, Way::Memory(memory))) => prepared.run(memory).await,
                #[cfg(feature = "redis")]
                Some((prepared, Way::Redis(redis))) => Box::pin(prepared.run(redis)).await,
            }
        };
        Ok((Fleet::new(control), running))
    }
}
