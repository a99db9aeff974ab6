//! The ways to begin a fleet.

#[cfg(feature = "redis")]
use retry_runtime::ConfigError;

use super::FleetBuilder;
use crate::fleet::Fleet;
use crate::server::Server;

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
    /// `user:password@` or `:password@` may stand before the hosts; a user name without a password
    /// is ignored. To read the password elsewhere, use [`FleetBuilder::credentials`].
    ///
    /// # Errors
    ///
    /// A URL that breaks a rule. The error does not show it, since it may have a password. Nothing is
    /// connected yet.
    #[cfg(feature = "redis")]
    pub fn redis(url: &str) -> Result<FleetBuilder, ConfigError> {
        Ok(FleetBuilder::new(Server::redis(url)?))
    }
}
