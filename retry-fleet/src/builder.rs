//! The settings of a fleet.

pub(crate) mod rules;
mod start;
mod ways;

use std::fmt;

use retry_runtime::fleet::KeyedSet;
use retry_runtime::registry::{Handle, ListedSet};
use retry_runtime::{ConfigError, Mode};

use crate::server::{Server, Way};
use crate::setup::Shared;
use crate::votes::Quorum;

/// The settings of a fleet, created by `Fleet::redis`,
/// [`Fleet::in_memory`](crate::Fleet::in_memory) or [`Fleet::from_env`](crate::Fleet::from_env).
///
/// # Default
///
/// | setting | default | limits |
/// |---|---|---|
/// | `group` | none: required | 1 to 64 characters of `A-Z a-z 0-9 . _ / -` |
/// | `instance` | host name, process id and a random number | 1 to 64 visible ASCII characters without `{`, `\|` and `}` |
/// | `version` | none | at most 32 visible ASCII characters |
/// | `quorum` | `Quorum::instances(2)` | see [`Quorum`] |
/// | `share`, `share_keyed`, `share_listed` | nothing is shared | each name once |
/// | `hash_keys` | off | |
/// | `mode` | [`Mode::Enforce`] | |
///
/// Values are checked by [`start`](Self::start) and [`run`](Self::run).
///
/// A clone has the same settings and the same server. Clones of a builder from
/// [`Fleet::in_memory`](crate::Fleet::in_memory) meet in the same memory.
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` or `run`"]
pub struct FleetBuilder {
    server: Server,
    group: Option<String>,
    instance: Option<String>,
    version: String,
    quorum: Quorum,
    shared: Vec<Shared>,
    share_listed: bool,
    hash_keys: bool,
    mode: Mode,
}

impl FleetBuilder {
    pub(crate) fn new(server: Server) -> Self {
        Self {
            server,
            group: None,
            instance: None,
            version: String::new(),
            quorum: Quorum::default(),
            shared: Vec::new(),
            share_listed: false,
            hash_keys: false,
            mode: Mode::Enforce,
        }
    }

    /// Sets the name of the group. The instances of a group share their breakers.
    ///
    /// Give each service and each environment a separate group, such as `prod/checkout`. A group
    /// must not span zones that reach the dependency by separate paths: see [`Quorum`].
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Sets the name of this instance, which must be unique in the group.
    ///
    /// It is also the name of the voter: a process that restarts under the same name does not vote
    /// twice. By default the voter is the host, which is the pod under Kubernetes. Therefore
    /// processes of one host have one vote unless they have names.
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Sets the version of the application, which operators see next to the instance.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Sets the number of voters that must have tripped before the fleet opens a breaker.
    pub fn quorum(mut self, quorum: Quorum) -> Self {
        self.quorum = quorum;
        self
    }

    /// Shares a breaker, which is in a `static` or an `Arc`. The fleet keeps the `Arc` alive.
    ///
    /// The breaker acts together with the breakers of the same name in other instances.
    pub fn share(mut self, breaker: impl Into<Handle>) -> Self {
        self.shared.push(Shared::Breaker(breaker.into()));
        self
    }

    /// Shares the breakers of all keys of a set, including keys that are added later.
    ///
    /// Only keys in trouble reach the server, at most 256 per set: those whose breakers have been
    /// open for the longest. The server stores the names of these keys. Use
    /// [`hash_keys`](Self::hash_keys) if they are secret.
    pub fn share_keyed(mut self, breakers: impl ListedSet) -> Self {
        let set: KeyedSet = breakers.into();
        self.shared.push(Shared::Keyed(set));
        self
    }

    /// Shares every breaker and every set in the [`registry`](retry_runtime::registry). Breakers
    /// that are listed later are shared from the next beat on.
    pub fn share_listed(mut self) -> Self {
        self.share_listed = true;
        self
    }

    /// Sends SHA-256 hashes instead of the names of keyed breakers.
    ///
    /// Set it in all instances of a group or in none. The hash has no secret, so anyone who guesses
    /// a key can check the guess.
    pub fn hash_keys(mut self) -> Self {
        self.hash_keys = true;
        self
    }

    /// Sets the mode of the fleet.
    ///
    /// With [`Mode::Observe`] this instance votes and reports what the fleet would do to its
    /// breakers, but does not change them. With [`Mode::Off`] nothing is shared: the fleet is
    /// alone, and no thread is started.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Returns the way to the server for an instance of this group.
    pub(crate) fn way(&self, group: &str) -> Result<Way, ConfigError> {
        self.server.way(group)
    }

    /// Returns whether nothing is shared.
    pub(crate) fn is_off(&self) -> bool {
        self.mode == Mode::Off
    }

    /// Sets a function that returns the user name and the password for each connection.
    ///
    /// They take precedence over those in the URL. With `Credentials::password`, the user name is
    /// that of the URL. The function runs in the background task. If it blocks, it delays the
    /// connection. Groups in memory ignore it.
    #[cfg(feature = "redis")]
    pub fn credentials(
        mut self,
        credentials: impl Fn() -> crate::Credentials + Send + Sync + 'static,
    ) -> Self {
        self.server.set_credentials(std::sync::Arc::new(credentials));
        self
    }
}

impl fmt::Debug for FleetBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetBuilder")
            .field("server", &self.server)
            .field("group", &self.group)
            .field("instance", &self.instance)
            .field("version", &self.version)
            .field("quorum", &self.quorum)
            .field("shared", &self.shared)
            .field("share_listed", &self.share_listed)
            .field("hash_keys", &self.hash_keys)
            .field("mode", &self.mode)
            .finish()
    }
}
