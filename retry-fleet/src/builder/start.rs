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
    /// Starts the fleet on a thread of its own.
    ///
    /// Returns at once, whether or not the server can be reached. Until it is, each breaker acts
    /// alone. The fleet goes on until [`Fleet::shutdown`], also if the returned handle is dropped.
    ///
    /// # Errors
    ///
    /// A value that breaks a rule, two shared breakers of one name, or a breaker that another fleet
    /// of this process shares already. Nothing has been shared then. Also if the thread cannot be
    /// started.
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

    /// Returns the fleet, and the future that runs it, for a runtime of your own.
    ///
    /// The future needs tokio's timer and, with Redis, its I/O. It ends after [`Fleet::shutdown`].
    /// If it is dropped earlier, each breaker acts alone again, and its leases end after at most six
    /// seconds. Poll it on a runtime that does not block, or leases lapse.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
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
                Some((prepared, Way::Redis(redis))) => prepared.run(redis).await,
            }
        };
        Ok((Fleet::new(control), running))
    }
}
