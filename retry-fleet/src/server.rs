//! The meeting place of a group.

use std::fmt;

use retry_runtime::ConfigError;

#[cfg(feature = "redis")]
use crate::link::{CredentialsFn, InvalidUrl, Redis};
use crate::transport::memory::{Hub, InMemory};

/// The meeting place of a builder.
#[derive(Clone)]
pub(crate) enum Server {
    Memory(Hub),
    #[cfg(feature = "redis")]
    Redis {
        url: String,
        credentials: Option<CredentialsFn>,
    },
}

/// The way to a server for one instance.
pub(crate) enum Way {
    Memory(InMemory),
    #[cfg(feature = "redis")]
    Redis(Redis),
}

impl Server {
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Hub::new())
    }

    /// Checks the URL.
    #[cfg(feature = "redis")]
    pub(crate) fn redis(url: &str) -> Result<Self, ConfigError> {
        Redis::check(url).map_err(|error| of_url(&error))?;
        Ok(Self::Redis { url: url.to_owned(), credentials: None })
    }

    #[cfg(feature = "redis")]
    pub(crate) fn set_credentials(&mut self, new: CredentialsFn) {
        if let Self::Redis { credentials, .. } = self {
            *credentials = Some(new);
        }
    }

    /// Returns the way to the server for an instance of this group.
    #[cfg_attr(
        not(feature = "redis"),
        allow(clippy::unnecessary_wraps, reason = "a URL may break a rule")
    )]
    pub(crate) fn way(&self, group: &str) -> Result<Way, ConfigError> {
        match self {
            Self::Memory(hub) => Ok(Way::Memory(hub.transport(group))),
            #[cfg(feature = "redis")]
            Self::Redis { url, credentials } => Redis::new(url, group, credentials.clone())
                .map(Way::Redis)
                .map_err(|error| of_url(&error)),
        }
    }
}

/// Replaces a URL, which may contain a password, in errors.
pub(crate) const SECRET: &str = "…";

#[cfg(feature = "redis")]
fn of_url(error: &InvalidUrl) -> ConfigError {
    ConfigError::new("url", SECRET, error.rule())
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Memory",
            #[cfg(feature = "redis")]
            Self::Redis { .. } => "Redis",
        })
    }
}
