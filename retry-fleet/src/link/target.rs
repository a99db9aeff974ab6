//! The URL of a server, and its credentials.

use std::error::Error;
use std::fmt;

const SERVER_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// The maximum number of hosts in a URL. Each may take a second per attempt to connect.
const MOST_HOSTS: usize = 8;

/// A host and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// A user name and a password for Redis.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: Option<String>,
    password: String,
}

/// The servers in a URL.
///
/// | URL | servers |
/// |---|---|
/// | `redis://host` | one server, or a cluster that has this node |
/// | `redis://host1:7000,host2:7001` | the same; the first that answers |
/// | `redis+sentinel://host1,host2/name` | the primary that these Sentinels know by this name |
///
/// `rediss` uses TLS. The hosts may follow `user:password@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) tls: bool,
    pub(crate) hosts: Vec<Address>,
    /// The name of the primary, if the hosts are Sentinels.
    pub(crate) primary: Option<String>,
    /// The user name, for credentials without one.
    pub(crate) username: Option<String>,
    /// The user name and the password, if there is a password.
    pub(crate) credentials: Option<Credentials>,
}

/// The rule that a URL breaks. Never holds a part of the URL, which may contain a password
/// anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUrl(&'static str);

impl Credentials {
    /// Creates credentials for a user.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: Some(username.into()), password: password.into() }
    }

    /// Creates credentials for the user in the URL, or for the default user if the URL has none.
    #[must_use]
    pub fn password(password: impl Into<String>) -> Self {
        Self { username: None, password: password.into() }
    }

    pub(crate) fn parts(&self) -> (Option<&str>, &str) {
        (self.username.as_deref(), &self.password)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the URL of Redis {}", self.0)
    }
}

impl Error for InvalidUrl {}

impl InvalidUrl {
    /// Returns the rule that the URL breaks, and the fix.
    pub(crate) fn rule(self) -> &'static str {
        self.0
    }

    pub(crate) const NO_PASSWORD: Self =
        Self("has a user name without a password: write `user:password@`, or set `credentials`");
    pub(crate) const NO_TLS: Self =
        Self("asks for TLS: enable the feature `fleet-rustls` or `fleet-native-tls`");
}

impl Target {
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidUrl(
            "has no scheme: write `redis://`, `rediss://` or `redis+sentinel://`",
        ))?;
        let (tls, is_sentinel) = match scheme {
            "redis" | "valkey" => (false, false),
            "rediss" | "valkeys" => (true, false),
            "redis+sentinel" => (false, true),
            "rediss+sentinel" => (true, true),
            _ => {
                return Err(InvalidUrl(
                    "has an unknown scheme: use `redis`, `rediss`, `redis+sentinel` or \
                     `rediss+sentinel`",
                ));
            }
        };
        if rest.contains(['?', '#']) {
            return Err(InvalidUrl(
                "has a query or a fragment: remove it, or write `%3F` or `%23`",
            ));
        }
        // A password may hold an unescaped `/` or `@`; a host may not.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if is_sentinel { SENTINEL_PORT } else { SERVER_PORT };
        let (username, credentials) = parse_user(user.unwrap_or_default())?;
        Ok(Self {
            tls,
            hosts: parse_hosts(hosts, port)?,
            primary: parse_path(path, is_sentinel)?,
            username,
            credentials,
        })
    }

    /// Returns the credentials to send: the given ones, or else those of the URL.
    pub(crate) fn credentials(&self, given: Option<Credentials>) -> Option<Credentials> {
        let given = given.or_else(|| self.credentials.clone())?;
        Some(Credentials { username: given.username.or_else(|| self.username.clone()), ..given })
    }
}

impl Address {
    /// Reads `host:port` as Redis writes it, where the host may contain colons. An empty host means
    /// the host that was asked.
    pub(crate) fn redirected(text: &str, from: &Self) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        let host = if host.is_empty() || host == "?" { &from.host } else { host };
        Some(Self { host: host.to_owned(), port })
    }
}

fn parse_hosts(text: &str, default_port: u16) -> Result<Vec<Address>, InvalidUrl> {
    let hosts: Vec<_> =
        text.split(',').map(|host| parse_host(host, default_port)).collect::<Result<_, _>>()?;
    if hosts.len() > MOST_HOSTS {
        return Err(InvalidUrl("has more than 8 hosts: remove some"));
    }
    Ok(hosts)
}

fn parse_host(text: &str, default_port: u16) -> Result<Address, InvalidUrl> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest
                .split_once(']')
                .ok_or(InvalidUrl("has a `[` without a `]`: write an IPv6 host as `[::1]`"))?;
            (host, rest)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(InvalidUrl(
            "has no valid host: write a host without spaces, such as `redis://redis.internal`",
        ));
    }
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port != 0),
        None => port.is_empty().then_some(default_port),
    };
    let port = port.ok_or(InvalidUrl("has an invalid port: write a number from 1 to 65535"))?;
    Ok(Address { host: host.to_owned(), port })
}

/// Returns the name of the primary.
fn parse_path(path: &str, is_sentinel: bool) -> Result<Option<String>, InvalidUrl> {
    match (is_sentinel, path) {
        (true, "") => Err(InvalidUrl("names no primary: write `/name` after the Sentinels")),
        (true, name) => Ok(Some(decoded(name)?)),
        (false, "" | "0") => Ok(None),
        // Channels do not belong to a database, and a cluster has only one.
        (false, _) => Err(InvalidUrl("has a path: remove it, because a fleet uses database 0")),
    }
}

/// Reads `user:password`. An empty user name means the default user.
fn parse_user(text: &str) -> Result<(Option<String>, Option<Credentials>), InvalidUrl> {
    let (username, password) = match text.split_once(':') {
        Some((username, password)) => (username, Some(decoded(password)?)),
        None => (text, None),
    };
    let username = Some(decoded(username)?).filter(|name| !name.is_empty());
    let credentials = password.map(|password| Credentials { username: username.clone(), password });
    Ok((username, credentials))
}

/// Decodes each `%` and the two hexadecimal digits after it.
fn decoded(text: &str) -> Result<String, InvalidUrl> {
    const WRONG: InvalidUrl =
        InvalidUrl("has a `%` without two hexadecimal digits after it: write `%25` for a `%`");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or(WRONG)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = digit(digits[0]).zip(digit(digits[1])).ok_or(WRONG)?;
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| WRONG)?);
        rest = after;
    }
    String::from_utf8(bytes)
        .map_err(|_| InvalidUrl("has `%` escapes that are not UTF-8: escape the bytes of UTF-8"))
}

#[cfg(test)]
mod tests;
