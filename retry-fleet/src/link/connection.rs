//! One connection to one server: commands and pushes.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ProtocolVersion, RedisConnectionInfo, RedisError, RedisResult,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::stream::{Limited, Received};
use super::target::{Address, Credentials};
use super::{errors, pushes, values};
use crate::scripts::Source;
use crate::transport::{Connection, Lost, Reason};
use crate::wire::{Request, Value};

/// The settings of a connection, independent of the address.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) tls: bool,
    /// The channel whose messages are delivered.
    pub(super) channel: String,
    /// The time limit for connecting, including TLS and authentication.
    pub(super) connect_within: Duration,
    /// The time limit for each command.
    pub(super) answer_within: Duration,
}

/// A connection through the client library.
pub struct RedisConnection {
    address: Address,
    answer_within: Duration,
    /// `None` after the first error.
    open: Option<Open>,
    pushes: mpsc::Receiver<Vec<u8>>,
    received: Received,
}

struct Open {
    client: MultiplexedConnection,
    _driver: Driver,
}

/// The task that reads and writes. When this is dropped, the task ends and closes the connection.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A server's answer to a harmless write to the group.
pub(super) enum Probe {
    /// The server serves the group.
    Serves,
    /// The node at this address serves the group.
    MovedTo(Address),
}

impl RedisConnection {
    /// Connects and authenticates.
    pub(super) async fn open(
        address: &Address,
        options: &Options,
        credentials: Option<&Credentials>,
    ) -> Result<Self, Lost> {
        let establishing = Self::establish(address, options, credentials);
        match timeout(options.connect_within, establishing).await {
            Ok(result) => result.map_err(|lost| at(address, &lost)),
            Err(_) => Err(Lost::new(Reason::TimedOut, &address.to_string())),
        }
    }

    async fn establish(
        address: &Address,
        options: &Options,
        credentials: Option<&Credentials>,
    ) -> Result<Self, Lost> {
        let Options { answer_within, .. } = *options;
        let received = Received::default();
        let stream = Limited::connect(address, options.tls, received.clone()).await?;
        let (forward, pushes) = pushes::channel(options.channel.clone(), received.clone());
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(answer_within))
            .set_push_sender(forward);
        let (client, driver) =
            MultiplexedConnection::new_with_config(&settings(credentials), stream, config)
                .await
                .map_err(|error| errors::refused(&error))?;
        received.reset();
        let driver = Driver(tokio::spawn(driver));
        let open = Some(Open { client, _driver: driver });
        Ok(Self { address: address.clone(), answer_within, open, pushes, received })
    }

    /// Checks whether this server serves the group, by a write that changes nothing. Replicas would
    /// also answer a read.
    pub(super) async fn probe(&mut self, prefix: &str) -> Result<Probe, Lost> {
        let key = format!("{prefix}:q");
        // The set has no empty member.
        let result = self.command(redis::cmd("ZREM").arg(&key).arg("")).await;
        let Err(error) = result else { return Ok(Probe::Serves) };
        if error.code() == Some("READONLY") {
            return Err(Lost::new(Reason::ReadOnly, &self.address.to_string()));
        }
        let to = error.redirect_node().filter(|_| error.code() == Some("MOVED"));
        if let Some(to) = to.and_then(|(to, _)| Address::redirected(to, &self.address)) {
            return Ok(Probe::MovedTo(to));
        }
        let lost = denied(errors::lost(&error), &key);
        Err(self.named(lost, &[key.into()]).await)
    }

    pub(super) async fn subscribe(&mut self, channel: &str) -> Result<(), Lost> {
        let open = self.open.as_mut().ok_or_else(closed)?;
        let result = open.client.subscribe(channel).await;
        result.map_err(|error| denied(errors::lost(&error), channel))
    }

    /// Runs one command.
    pub(super) async fn command(&mut self, command: &Cmd) -> RedisResult<redis::Value> {
        let Some(open) = &mut self.open else {
            return Err(RedisError::from(std::io::Error::from(std::io::ErrorKind::NotConnected)));
        };
        let result = command.query_async(&mut open.client).await;
        self.received.reset();
        result
    }

    async fn script(&mut self, request: &Request) -> Result<Value, Lost> {
        let source = Source::of(request.script());
        let keys = request.keys();
        let evaluate = |name, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(keys.len()).arg(&keys).arg(request.args());
            command
        };
        let mut result = self.command(&evaluate("EVALSHA", &source.digest)).await;
        // `SCRIPT LOAD` would need another permission.
        if result.as_ref().is_err_and(|error| error.code() == Some("NOSCRIPT")) {
            result = self.command(&evaluate("EVAL", source.text)).await;
        }
        match result {
            Ok(value) => values::convert(value),
            Err(error) => {
                let lost = errors::lost(&error);
                Err(match errors::denied_command(&error, source.text) {
                    Some(command) => Lost::new(lost.reason(), &format!("the command '{command}'")),
                    None => self.named(lost, &keys).await,
                })
            }
        }
    }

    /// Adds the key to an error about the type of a key, which the server does not name.
    async fn named(&mut self, lost: Lost, keys: &[Vec<u8>]) -> Lost {
        if lost.reason() != Reason::WrongType {
            return lost;
        }
        let limit = self.answer_within;
        match timeout(limit, self.find_wrong_type(keys)).await {
            Ok(Some(key)) => Lost::new(Reason::WrongType, &String::from_utf8_lossy(key)),
            _ => lost,
        }
    }

    async fn find_wrong_type<'k>(&mut self, keys: &'k [Vec<u8>]) -> Option<&'k [u8]> {
        for key in keys {
            let is_hash = [":r", ":i", ":o"].iter().any(|end| key.ends_with(end.as_bytes()));
            let command = if is_hash {
                redis::cmd("HGET").arg(key).arg("").to_owned()
            } else {
                redis::cmd("ZCARD").arg(key).to_owned()
            };
            if self.command(&command).await.is_err_and(|error| error.code() == Some("WRONGTYPE")) {
                return Some(key);
            }
        }
        None
    }
}

impl Connection for RedisConnection {
    async fn run(&mut self, request: &Request) -> Result<Value, Lost> {
        let result = self.script(request).await;
        if result.is_err() {
            self.open = None;
        }
        result
    }

    async fn pushed(&mut self) -> Result<Vec<u8>, Lost> {
        self.pushes.recv().await.ok_or_else(closed)
    }
}

fn settings(credentials: Option<&Credentials>) -> RedisConnectionInfo {
    // Sending the library's name would need another permission.
    let settings =
        RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    let Some((username, password)) = credentials.map(Credentials::parts) else { return settings };
    let settings = settings.set_password(password);
    match username {
        Some(username) => settings.set_username(username),
        None => settings,
    }
}

fn closed() -> Lost {
    Lost::new(Reason::Closed, "")
}

/// Adds the key or channel to a missing permission, which the server does not name.
fn denied(lost: Lost, name: &str) -> Lost {
    if lost.reason() != Reason::Denied {
        return lost;
    }
    Lost::new(Reason::Denied, &format!("{}: {name}", lost.detail()))
}

/// Adds the address to the detail.
fn at(address: &Address, lost: &Lost) -> Lost {
    let detail = lost.detail();
    if detail.is_empty() || detail.starts_with(&address.to_string()) {
        return Lost::new(lost.reason(), &address.to_string());
    }
    Lost::new(lost.reason(), &format!("{address}: {detail}"))
}
