//! The way to Redis or Valkey: one server, a cluster, or servers behind Sentinels.
//!
//! Each connection begins at the URL and ends with its first error. So the moment of a reconnect is
//! seen above, and what was true before it is asked anew: the credentials, the address, the primary
//! and, in a cluster, the node that owns the slot of the group.
//!
//! | file | content |
//! |---|---|
//! | `target` | reads URLs |
//! | `stream` | connects over TCP and limits what is received |
//! | `tls` | encrypts the stream |
//! | `errors` | finds the reason behind an error of the client library |
//! | `values` | converts replies |
//! | `connection` | runs scripts and delivers pushes |
//! | `sentinel` | asks Sentinels for the primary |

mod connection;
mod errors;
mod sentinel;
mod stream;
mod target;
mod tls;
mod values;

use std::sync::Arc;
use std::time::Duration;

use connection::Probe;
pub use connection::RedisConnection;
pub use target::Credentials;
pub use target::InvalidUrl;
use target::{Address, Target};

use crate::transport::{Lost, Reason, Transport};

/// The most redirections of one attempt to connect.
const MOST_MOVES: usize = 5;

/// The wait before a replica is asked again, because a failover takes its time.
const REPLICA_PAUSE: Duration = Duration::from_millis(500);

/// Returns the credentials for the next connection.
pub type CredentialsFn = Arc<dyn Fn() -> Credentials + Send + Sync>;

/// Makes connections for one group.
pub struct Redis {
    target: Target,
    credentials: Option<CredentialsFn>,
    prefix: String,
    channel: String,
}

impl Redis {
    /// Reads the URL. The function takes precedence over the credentials in the URL.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the URL.
    pub fn new(
        url: &str,
        group: &str,
        credentials: Option<CredentialsFn>,
    ) -> Result<Self, InvalidUrl> {
        let target = Target::parse(url)?;
        if target.tls && !tls::AVAILABLE {
            return Err(InvalidUrl::NO_TLS);
        }
        let prefix = format!("{{rf1:{group}}}");
        let channel = format!("{prefix}:ch");
        Ok(Self { target, credentials, prefix, channel })
    }

    /// Connects to the first server that serves the group.
    async fn attempt(&self) -> Result<RedisConnection, Lost> {
        let credentials = match &self.credentials {
            Some(credentials) => Some(credentials()),
            None => self.target.credentials.clone(),
        };
        let primary = match &self.target.primary {
            Some(name) => Some(sentinel::primary(&self.target, name, credentials.as_ref()).await?),
            None => None,
        };
        let mut result = Err(Lost::new(Reason::Unreachable, ""));
        for address in primary.as_ref().map_or(&*self.target.hosts, std::slice::from_ref) {
            result = self.follow(address.clone(), credentials.as_ref()).await;
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// Connects to a server, or to the node that it names.
    async fn follow(
        &self,
        mut address: Address,
        credentials: Option<&Credentials>,
    ) -> Result<RedisConnection, Lost> {
        for _ in 0..=MOST_MOVES {
            let mut connection =
                RedisConnection::open(&address, self.target.tls, credentials, &self.channel)
                    .await?;
            match connection.probe(&self.prefix).await? {
                Probe::Serves => {
                    connection.subscribe(&self.channel).await?;
                    return Ok(connection);
                }
                Probe::MovedTo(node) => address = node,
            }
        }
        Err(Lost::new(Reason::Moved, "too many redirections"))
    }
}

impl Transport for Redis {
    type Connection = RedisConnection;

    async fn connect(&mut self) -> Result<RedisConnection, Lost> {
        let result = self.attempt().await;
        if !result.as_ref().is_err_and(|lost| lost.reason() == Reason::ReadOnly) {
            return result;
        }
        tokio::time::sleep(REPLICA_PAUSE).await;
        self.attempt().await
    }
}
