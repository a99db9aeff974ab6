//! The connection to the server of the group: connects, runs the scripts and delivers the pushes.

pub mod memory;

use std::error::Error;
use std::fmt::{self, Write};
use std::future::Future;

use crate::wire::{Request, Value};

/// The maximum number of bytes of a detail, after escaping.
const LONGEST_DETAIL: usize = 200;

/// Creates connections to the server.
pub trait Transport: Send + 'static {
    /// The type of the connections.
    type Connection: Connection;

    /// Connects, authenticates and subscribes to the channel of the group.
    fn connect(&mut self) -> impl Future<Output = Result<Self::Connection, Lost>> + Send;
}

/// A connection that is subscribed to the channel of the group. It must not be used after an error.
pub trait Connection: Send + 'static {
    /// Runs one script. A request that fails may have been executed.
    fn run(&mut self, request: &Request) -> impl Future<Output = Result<Value, Lost>> + Send;

    /// Returns the next push. Safe to cancel.
    fn pushed(&mut self) -> impl Future<Output = Result<Vec<u8>, Lost>> + Send;
}

/// The failure that lost the fleet.
///
/// The detail is short and escaped, and never holds a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    reason: Reason,
    detail: Box<str>,
}

/// The reason why an instance is alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No server listens at the address.
    Refused,
    /// The host name cannot be resolved, or there is no route to the address.
    Unreachable,
    /// The server took too long to accept the connection or to answer.
    TimedOut,
    /// The connection was closed.
    Closed,
    /// TLS could not be established.
    Tls,
    /// Another server is responsible for the group now.
    Moved,
    /// The server cannot serve requests at present, for instance because it is loading its data.
    Unavailable,
    /// The server refused the user name or the password.
    WrongPass,
    /// The user lacks a permission. The detail names it.
    Denied,
    /// A key of the group holds another type of value. The detail names it.
    WrongType,
    /// The server did not find all keys in one slot.
    CrossSlot,
    /// The server has no memory left.
    OutOfMemory,
    /// The server is a replica, also after a second attempt.
    ReadOnly,
    /// The server does not support RESP3, which needs Redis 6 or later.
    TooOld,
    /// The server's answer has the wrong form.
    Malformed,
    /// The server reported another error.
    Failed,
    /// The background task panicked.
    Panicked,
    /// No reply has come since the start.
    Starting,
    /// The fleet was shut down, or its task was dropped.
    Stopped,
    /// The mode of the fleet is `Mode::Off`.
    Off,
}

impl Lost {
    /// Cuts and escapes the detail.
    #[doc(hidden)]
    #[must_use]
    pub fn new(reason: Reason, detail: &str) -> Self {
        Self { reason, detail: escaped(detail).into_boxed_str() }
    }

    /// Returns the kind of failure.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns further details, such as the missing permission. May be empty.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns whether an operator has to change the server or the settings first. The next attempt
    /// follows after 30 s.
    #[must_use]
    pub fn needs_repair(&self) -> bool {
        matches!(
            self.reason,
            Reason::WrongPass
                | Reason::Denied
                | Reason::WrongType
                | Reason::CrossSlot
                | Reason::OutOfMemory
                | Reason::ReadOnly
                | Reason::TooOld
        )
    }
}

impl Reason {
    /// Returns a short name, for labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Closed => "closed",
            Self::Tls => "tls",
            Self::Moved => "moved",
            Self::Unavailable => "unavailable",
            Self::WrongPass => "wrong_pass",
            Self::Denied => "denied",
            Self::WrongType => "wrong_type",
            Self::CrossSlot => "cross_slot",
            Self::OutOfMemory => "out_of_memory",
            Self::ReadOnly => "read_only",
            Self::TooOld => "too_old",
            Self::Malformed => "malformed",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Starting => "starting",
            Self::Stopped => "stopped",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "the connection was refused",
            Self::Unreachable => "the server cannot be reached",
            Self::TimedOut => "the server did not answer in time",
            Self::Closed => "the connection was closed",
            Self::Tls => "TLS could not be established",
            Self::Moved => "another server is responsible now",
            Self::Unavailable => "the server is temporarily unable to serve requests",
            Self::WrongPass => "the server refused the user name or the password",
            Self::Denied => "the user lacks a permission",
            Self::WrongType => "a key holds another type of value",
            Self::CrossSlot => "the server did not find all keys in one slot",
            Self::OutOfMemory => "the server has no memory left",
            Self::ReadOnly => "the server is a replica",
            Self::TooOld => "the server does not speak RESP3",
            Self::Malformed => "the server's answer is malformed",
            Self::Failed => "the server reported an error",
            Self::Panicked => "the background task panicked",
            Self::Starting => "no reply has come yet",
            Self::Stopped => "the fleet was shut down",
            Self::Off => "the fleet is off",
        })
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

impl Error for Lost {}

/// Returns the start of a text in printable ASCII. Other characters are escaped, so the text cannot
/// forge a log line.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        let before = escaped.len();
        if matches!(character, ' '..='~') {
            escaped.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "{}", character.escape_default());
        }
        if escaped.len() > LONGEST_DETAIL {
            escaped.truncate(before);
            escaped.push_str("...");
            break;
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_escaped() {
        let lost = Lost::new(Reason::Failed, "a\r\nb\u{1b}[31m \u{202e}é");
        assert_eq!(lost.detail(), "a\\r\\nb\\u{1b}[31m \\u{202e}\\u{e9}");
    }

    #[test]
    fn a_detail_is_cut() {
        let lost = Lost::new(Reason::Failed, &"\u{7f}".repeat(1_000_000));
        assert!(lost.detail().len() <= LONGEST_DETAIL + 3, "{}", lost.detail().len());
        assert!(lost.detail().ends_with("\\u{7f}..."), "{lost}");

        let fits = "x".repeat(LONGEST_DETAIL);
        assert_eq!(Lost::new(Reason::Failed, &fits).detail(), fits);
    }

    #[test]
    fn it_says_what_happened_and_then_the_detail() {
        let lost = Lost::new(Reason::Denied, "the command `hget`");
        assert_eq!(lost.to_string(), "the user lacks a permission: the command `hget`");
        let lost = Lost::new(Reason::Closed, "");
        assert_eq!(lost.to_string(), "the connection was closed");
    }

    #[test]
    fn what_time_heals_needs_no_repair() {
        for reason in [Reason::Refused, Reason::TimedOut, Reason::Moved, Reason::Unavailable] {
            assert!(!Lost::new(reason, "").needs_repair(), "{reason:?}");
        }
        for reason in [Reason::Denied, Reason::WrongType, Reason::ReadOnly, Reason::OutOfMemory] {
            assert!(Lost::new(reason, "").needs_repair(), "{reason:?}");
        }
    }
}
