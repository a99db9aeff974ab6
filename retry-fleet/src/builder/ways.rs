//! Creates builders for the servers of a fleet.

#[cfg(feature = "redis")]
use retry_runtime::ConfigError;

use super::FleetBuilder;
use crate::fleet::Fleet;
use crate::server::Server;

impl Fleet {
    /// Returns the builder of a fleet that meets in the memory of this process, for tests and
    /// examples.
    ///
    /// Clones of the builder are instances of one fleet. Each needs a separate name, set by
    /// [`FleetBuilder::instance`], and separate breakers, for instance from
    /// [`CircuitBreaker::named`](retry_runtime::CircuitBreaker::named).
    pub fn in_memory() -> FleetBuilder {
        FleetBuilder::new(Server::in_memory())
    }

    /// Returns the builder of a fleet that meets in Redis or Valkey: Redis 6 or later, or Valkey
    /// 7.2 or later.
    ///
    /// | URL | servers |
    /// |---|---|
    /// | `redis://host` | one server, or a cluster that has this node |
    /// | `redis://host1:7000,host2:7001` | the same; the first host that answers |
    /// | `redis+sentinel://host1,host2/name` | the primary that these Sentinels know by this name |
    ///
    /// `rediss` and `rediss+sentinel` use TLS, with the feature `rustls` or `native-tls`. The hosts
    /// may follow `user:password@` or `:password@`. To read the password elsewhere, use
    /// [`FleetBuilder::credentials`]. In that case the URL may have `user@`.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL breaks a rule. The error does not show the URL, which may
    /// contain a password. This function does not connect.
    #[cfg(feature = "redis")]
    pub fn redis(url: &str) -> Result<FleetBuilder, ConfigError> {
        Ok(FleetBuilder::new(Server::redis(url)?))
    }
}
