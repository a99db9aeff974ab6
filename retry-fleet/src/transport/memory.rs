//! A server in this process, in which groups in memory and tests meet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use retry_runtime::fleet::now;
use tokio::sync::{broadcast, watch};

use super::{Connection, Lost, Reason, Transport};
use crate::memory::Memory;
use crate::wire::{Request, Value};

/// The time of the server when it starts, in milliseconds. It differs from any real clock.
const STARTED: u64 = 1_000_000_000_000;
/// The maximum number of pushes that wait for one connection. A slow reader loses the oldest.
const WAITING: usize = 1_024;

/// A server in memory. Clones are the same server.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    started: u64,
    server: Mutex<Server>,
    pushes: broadcast::Sender<(Vec<u8>, Vec<u8>)>,
    /// The number of cuts. Connections from before the last cut are closed.
    cuts: watch::Sender<u64>,
}

#[derive(Default)]
struct Server {
    memory: Memory,
    condition: Condition,
    /// The total jump of its clock, in milliseconds.
    jumped: i64,
    /// All received and sent bytes, for tests.
    #[cfg(test)]
    traffic: Vec<Vec<u8>>,
    #[cfg(test)]
    requests: Vec<Request>,
}

/// The behavior of the server.
#[cfg_attr(not(test), expect(dead_code, reason = "only tests change it"))]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Condition {
    #[default]
    Serves,
    /// The server does not listen.
    Refuses,
    /// Connections remain, but receive no reply. Commands are executed.
    Hangs,
    /// Every command fails for this reason.
    Fails(Reason),
}

impl Hub {
    /// Starts a server.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            started: now(),
            server: Mutex::default(),
            pushes: broadcast::Sender::new(WAITING),
            cuts: watch::Sender::new(0),
        }))
    }

    /// Returns a way to the server for one instance of a group.
    #[must_use]
    pub fn transport(&self, group: &str) -> InMemory {
        InMemory { hub: self.clone(), channel: format!("{{rf1:{group}}}:ch").into_bytes() }
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        // A panic in a script leaves data that the next script can read.
        self.0.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the server's time in milliseconds.
    fn time(&self, server: &Server) -> u64 {
        let passed = Duration::from_nanos(now().saturating_sub(self.0.started));
        let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        STARTED.saturating_add(passed).saturating_add_signed(server.jumped)
    }

    fn run(&self, request: &Request) -> Result<Option<Value>, Lost> {
        let mut server = self.server();
        match server.condition {
            Condition::Refuses => return Err(Lost::new(Reason::Closed, "")),
            Condition::Fails(reason) => return Err(Lost::new(reason, "")),
            Condition::Serves | Condition::Hangs => {}
        }
        let (keys, args, time) = (request.keys(), request.args(), self.time(&server));
        let value = server.memory.run(request.script(), &keys, &args, time);
        let pushes = server.memory.take_pushes();
        #[cfg(test)]
        {
            server.requests.push(request.clone());
            server.traffic.extend(keys.into_iter().chain(args));
            server.traffic.push(format!("{value:?}").into_bytes());
            server.traffic.extend(pushes.iter().map(|push| push.text.clone()));
        }
        if server.condition == Condition::Hangs {
            return Ok(None);
        }
        drop(server);
        for push in pushes {
            // Fails if no instance is connected.
            let _ = self.0.pushes.send((push.channel, push.text));
        }
        Ok(Some(value))
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

/// The way to a [`Hub`].
pub struct InMemory {
    hub: Hub,
    channel: Vec<u8>,
}

/// A connection to a [`Hub`].
pub struct Connected {
    hub: Hub,
    channel: Vec<u8>,
    pushes: broadcast::Receiver<(Vec<u8>, Vec<u8>)>,
    cuts: watch::Receiver<u64>,
}

impl Transport for InMemory {
    type Connection = Connected;

    async fn connect(&mut self) -> Result<Connected, Lost> {
        let condition = self.hub.server().condition;
        match condition {
            Condition::Serves | Condition::Fails(_) => {}
            Condition::Refuses => return Err(Lost::new(Reason::Refused, "")),
            Condition::Hangs => return std::future::pending().await,
        }
        let shared = &self.hub.0;
        Ok(Connected {
            hub: self.hub.clone(),
            channel: self.channel.clone(),
            pushes: shared.pushes.subscribe(),
            cuts: shared.cuts.subscribe(),
        })
    }
}

impl Connected {
    /// Fails if the connection was cut.
    fn check(&self) -> Result<(), Lost> {
        let is_cut = self.cuts.has_changed().unwrap_or(true);
        if is_cut { Err(Lost::new(Reason::Closed, "")) } else { Ok(()) }
    }
}

impl Connection for Connected {
    async fn run(&mut self, request: &Request) -> Result<Value, Lost> {
        self.check()?;
        match self.hub.run(request)? {
            Some(value) => Ok(value),
            None => std::future::pending().await,
        }
    }

    async fn pushed(&mut self) -> Result<Vec<u8>, Lost> {
        loop {
            self.check()?;
            let received = tokio::select! {
                biased;
                _ = self.cuts.changed() => return Err(Lost::new(Reason::Closed, "")),
                received = self.pushes.recv() => received,
            };
            match received {
                Ok((channel, text)) if channel == self.channel => return Ok(text),
                // A push of another group, or too many pushes. The next beat finds the lost ones.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => {
                    return Err(Lost::new(Reason::Closed, ""));
                }
            }
        }
    }
}

/// The actions of tests on a server.
#[cfg(test)]
impl Hub {
    fn becomes(&self, condition: Condition) {
        self.server().condition = condition;
    }

    fn cut_all(&self) {
        self.0.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Stops the server: connections close, and new ones are refused.
    pub(crate) fn stop(&self) {
        self.becomes(Condition::Refuses);
        self.cut_all();
    }

    /// Closes all connections. New ones are accepted.
    pub(crate) fn cut(&self) {
        self.cut_all();
    }

    /// From now on executes commands without replying.
    pub(crate) fn hang(&self) {
        self.becomes(Condition::Hangs);
    }

    /// Lets every command fail.
    pub(crate) fn fail(&self, reason: Reason) {
        self.becomes(Condition::Fails(reason));
    }

    /// Serves again.
    pub(crate) fn serve(&self) {
        self.becomes(Condition::Serves);
    }

    /// Loses all data.
    pub(crate) fn flush(&self) {
        self.server().memory.flush();
    }

    /// Moves the server's clock, forward or back.
    pub(crate) fn jump(&self, millis: i64) {
        self.server().jumped += millis;
    }

    /// Writes directly to the store, as anyone with access to the group could.
    pub(crate) fn write(&self, write: impl FnOnce(&mut Memory, u64)) {
        let mut server = self.server();
        let time = self.time(&server);
        write(&mut server.memory, time);
    }

    /// Publishes a text, as anyone with access to the group could.
    pub(crate) fn publish(&self, group: &str, text: &[u8]) {
        let channel = format!("{{rf1:{group}}}:ch").into_bytes();
        let _ = self.0.pushes.send((channel, text.to_vec()));
    }

    /// Returns everything that was received and sent so far.
    pub(crate) fn traffic(&self) -> Vec<Vec<u8>> {
        self.server().traffic.clone()
    }

    /// Returns the requests since the last time.
    pub(crate) fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.server().requests)
    }
}
