//! One connection to one server: commands and pushes.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo,
    RedisError, RedisResult,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::stream::{Limited, Received};
use super::target::{Address, Credentials};
use super::{errors, values};
use crate::scripts::Source;
use crate::transport::{Connection, Lost, Reason};
use crate::wire::{Request, Value};

/// The limit on connecting, with TLS and authentication.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// The limit on each command.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// The most pushes that wait to be read. A group sends at most 20 per second. What does not fit is
/// dropped, and the next beat finds what it said.
const MOST_PUSHES: usize = 256;

/// The most bytes of a push. Ours are far shorter.
const LONGEST_PUSH: usize = 1024;

/// A connection by the client library.
pub struct RedisConnection {
    address: Address,
    /// Taken away by the first error.
    open: Option<Open>,
    pushes: mpsc::Receiver<Vec<u8>>,
    received: Received,
}

struct Open {
    client: MultiplexedConnection,
    _driver: Driver,
}

/// The task that reads and writes. When this is dropped, the task ends and the connection is closed.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a server says to a harmless write to the group.
pub(super) enum Probe {
    /// It serves the group.
    Serves,
    /// The node at this address does.
    MovedTo(Address),
}

impl RedisConnection {
    /// Connects and authenticates. Only messages of this channel are delivered.
    pub(super) async fn open(
        address: &Address,
        tls: bool,
        credentials: Option<&Credentials>,
        channel: &str,
    ) -> Result<Self, Lost> {
        let establishing = Self::establish(address, tls, credentials, channel);
        match timeout(CONNECT_WITHIN, establishing).await {
            Ok(result) => result.map_err(|lost| at(address, &lost)),
            Err(_) => Err(Lost::new(Reason::TimedOut, &address.to_string())),
        }
    }

    async fn establish(
        address: &Address,
        tls: bool,
        credentials: Option<&Credentials>,
        channel: &str,
    ) -> Result<Self, Lost> {
        let received = Received::default();
        let stream = Limited::connect(address, tls, received.clone()).await?;
        let (sender, pushes) = mpsc::channel(MOST_PUSHES);
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(ANSWER_WITHIN))
            .set_push_sender(forward(channel.to_owned(), sender, received.clone()));
        let (client, driver) =
            MultiplexedConnection::new_with_config(&settings(credentials), stream, config)
                .await
                .map_err(|error| errors::refused(&error))?;
        received.reset();
        let driver = Driver(tokio::spawn(driver));
        let open = Some(Open { client, _driver: driver });
        Ok(Self { address: address.clone(), open, pushes, received })
    }

    /// Asks whether this server serves the group, by a write that changes nothing: reads would be
    /// answered by replicas, too.
    pub(super) async fn probe(&mut self, prefix: &str) -> Result<Probe, Lost> {
        // No member of this set is empty.
        let result = self.command(redis::cmd("ZREM").arg(format!("{prefix}:q")).arg("")).await;
        let Err(error) = result else { return Ok(Probe::Serves) };
        if error.code() == Some("READONLY") {
            return Err(Lost::new(Reason::ReadOnly, &self.address.to_string()));
        }
        let to = error.redirect_node().filter(|_| error.code() == Some("MOVED"));
        match to.and_then(|(to, _)| Address::redirected(to, &self.address)) {
            Some(to) => Ok(Probe::MovedTo(to)),
            None => Err(self.named(errors::lost(&error), &[format!("{prefix}:q").into()]).await),
        }
    }

    pub(super) async fn subscribe(&mut self, channel: &str) -> Result<(), Lost> {
        let open = self.open.as_mut().ok_or_else(closed)?;
        open.client.subscribe(channel).await.map_err(|error| errors::lost(&error))
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
        // Not by `SCRIPT LOAD`, which needs a permission of its own.
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
        let finding = self.find_wrong_type(keys);
        match timeout(ANSWER_WITHIN, finding).await {
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

/// Returns what the client library calls for each push. It must not block.
fn forward(
    channel: String,
    sender: mpsc::Sender<Vec<u8>>,
    received: Received,
) -> impl Fn(PushInfo) -> Result<(), ()> {
    move |push| {
        received.reset();
        if let Some(message) = message(push, &channel) {
            // A push that does not fit is dropped.
            let _ = sender.try_send(message);
        }
        Ok(())
    }
}

/// Returns the content of a message in the channel.
fn message(push: PushInfo, channel: &str) -> Option<Vec<u8>> {
    use redis::Value::BulkString;

    if push.kind != PushKind::Message {
        return None;
    }
    match <[_; 2]>::try_from(push.data) {
        Ok([BulkString(to), BulkString(message)])
            if to == channel.as_bytes() && message.len() <= LONGEST_PUSH =>
        {
            Some(message)
        }
        _ => None,
    }
}

fn settings(credentials: Option<&Credentials>) -> RedisConnectionInfo {
    // The name of the library would need a permission of its own.
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

/// Adds the address to what is said already.
fn at(address: &Address, lost: &Lost) -> Lost {
    let detail = lost.detail();
    if detail.is_empty() || detail.starts_with(&address.to_string()) {
        return Lost::new(lost.reason(), &address.to_string());
    }
    Lost::new(lost.reason(), &format!("{address}: {detail}"))
}

#[cfg(test)]
mod tests {
    use redis::Value::{BulkString, Int};

    use super::*;

    fn push(kind: PushKind, data: Vec<redis::Value>) -> PushInfo {
        PushInfo { kind, data }
    }

    #[test]
    fn only_messages_of_the_channel_are_delivered() {
        let text = |text: &[u8]| BulkString(text.to_vec());
        let read = |push| message(push, "ours");
        let data = vec![text(b"ours"), text(b"hello")];
        assert_eq!(read(push(PushKind::Message, data.clone())), Some(b"hello".to_vec()));
        assert_eq!(read(push(PushKind::Subscribe, data)), None);
        assert_eq!(read(push(PushKind::Message, vec![text(b"theirs"), text(b"hello")])), None);
        assert_eq!(read(push(PushKind::Message, vec![text(b"ours"), Int(1)])), None);
        assert_eq!(read(push(PushKind::Message, vec![text(b"ours")])), None);
        let long = vec![text(b"ours"), text(&[b'x'; LONGEST_PUSH + 1])];
        assert_eq!(read(push(PushKind::Message, long)), None);
        assert_eq!(read(push(PushKind::Disconnection, vec![])), None);
    }

    #[test]
    fn pushes_that_nobody_reads_are_bounded() {
        let (sender, mut pushes) = mpsc::channel(MOST_PUSHES);
        let forward = forward("ours".to_owned(), sender, Received::default());
        let data = vec![BulkString(b"ours".to_vec()), BulkString(b"hello".to_vec())];
        for _ in 0..MOST_PUSHES * 3 {
            forward(push(PushKind::Message, data.clone())).unwrap();
        }
        drop(forward);
        let mut read = 0;
        while pushes.try_recv().is_ok() {
            read += 1;
        }
        assert_eq!(read, MOST_PUSHES);
    }
}
