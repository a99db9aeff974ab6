//! The connection to Redis or Valkey: one server, a cluster, or servers behind Sentinels.
//!
//! Each connection attempt starts from the URL, and a connection ends with its first error. The
//! agent therefore sees every reconnect. Each one reads the credentials, the address, the primary
//! and, in a cluster, the node that owns the slot of the group again.
//!
//! While the slot of a group moves from one node of a cluster to another, both nodes have some of
//! its keys. The instances act alone until one node has them all.
//!
//! | file | content |
//! |---|---|
//! | `target` | reads URLs |
//! | `stream` | connects over TCP and limits the received bytes |
//! | `tls` | encrypts the stream |
//! | `errors` | finds the reason for an error of the client library |
//! | `values` | converts replies |
//! | `pushes` | keeps pushes until they are read |
//! | `connection` | runs scripts |
//! | `sentinel` | asks Sentinels for the primary |

mod connection;
mod errors;
mod pushes;
mod sentinel;
mod stream;
mod target;
mod tls;
mod values;

use std::sync::Arc;
use std::time::Duration;

pub use connection::RedisConnection;
use connection::{Options, Probe};
pub use target::Credentials;
pub use target::InvalidUrl;
use target::{Address, Target};

use crate::transport::{Lost, Reason, Transport};

/// The time limit for one connection, including TLS and authentication.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// The time limit for each command.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// The maximum number of redirections in one attempt to connect.
const MOST_MOVES: usize = 5;

/// The wait before a replica is asked again, because a failover takes time.
const REPLICA_PAUSE: Duration = Duration::from_millis(500);

/// A function that returns the credentials for the next connection.
pub type CredentialsFn = Arc<dyn Fn() -> Credentials + Send + Sync>;

/// Makes connections for one group.
pub struct Redis {
    target: Target,
    credentials: Option<CredentialsFn>,
    prefix: String,
    options: Options,
}

impl Redis {
    /// Returns the parsed URL, or the rule that it breaks. Its password may be set later.
    pub(crate) fn check(url: &str) -> Result<Target, InvalidUrl> {
        let target = Target::parse(url)?;
        if target.tls && !tls::AVAILABLE {
            return Err(InvalidUrl::NO_TLS);
        }
        Ok(target)
    }

    /// Creates connections from a URL. The function takes precedence over the credentials in the
    /// URL.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL breaks a rule.
    pub fn new(
        url: &str,
        group: &str,
        credentials: Option<CredentialsFn>,
    ) -> Result<Self, InvalidUrl> {
        let target = Self::check(url)?;
        if target.username.is_some() && target.credentials.is_none() && credentials.is_none() {
            return Err(InvalidUrl::NO_PASSWORD);
        }
        let prefix = format!("{{rf1:{group}}}");
        let options = Options {
            tls: target.tls,
            channel: format!("{prefix}:ch"),
            connect_within: CONNECT_WITHIN,
            answer_within: ANSWER_WITHIN,
        };
        Ok(Self { target, credentials, prefix, options })
    }

    /// Multiplies all time limits. For tests on a busy machine.
    #[must_use]
    pub fn patient(mut self, times: u32) -> Self {
        self.options.connect_within *= times;
        self.options.answer_within *= times;
        self
    }

    /// Connects to the first server that serves the group.
    async fn attempt(&self) -> Result<RedisConnection, Lost> {
        let given = self.credentials.as_ref().map(|credentials| credentials());
        let credentials = self.target.credentials(given);
        let primary = match &self.target.primary {
            Some(name) => {
                let sentinels = &self.target.hosts;
                let credentials = credentials.as_ref();
                Some(sentinel::primary(sentinels, name, &self.options, credentials).await?)
            }
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

    /// Connects to a server, or to the node to which it redirects.
    async fn follow(
        &self,
        mut address: Address,
        credentials: Option<&Credentials>,
    ) -> Result<RedisConnection, Lost> {
        for _ in 0..=MOST_MOVES {
            let mut connection =
                RedisConnection::open(&address, &self.options, credentials).await?;
            match connection.probe(&self.prefix).await? {
                Probe::Serves => {
                    connection.subscribe(&self.options.channel).await?;
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
