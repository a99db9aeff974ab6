//! The message that Redis publishes when the state of a breaker changes.

use std::time::Duration;

use crate::register::{Register, State};
use crate::text;

/// The cause of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The quorum has opened the breaker.
    Opened,
    /// A probe has failed, and the breaker is open again.
    Reopened,
    /// Enough probes have succeeded.
    Closed,
    /// An operator has given a command. The receiver sends a beat to read it, because the push does
    /// not hold the record. The push has the epoch of the record.
    Command,
}

impl Kind {
    const LIST: [Self; 4] = [Self::Opened, Self::Reopened, Self::Closed, Self::Command];

    /// Returns the text on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Command => "command",
        }
    }
}

/// A push: `1|epoch|state|left|failed|kind|name`. It holds the rest of the open phase instead of
/// its end, so the receiver need not know Redis' clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The epoch of the register. For [`Kind::Command`], the epoch of the record.
    pub epoch: u64,
    /// The state of the register, closed if there is none.
    pub state: State,
    /// The rest of the open phase.
    pub left: Duration,
    /// The number of failed recoveries in a row.
    pub failed: u64,
    /// The cause.
    pub kind: Kind,
    /// The name of the breaker on the wire.
    pub name: String,
}

impl Push {
    /// Reads a push in exactly the form that [`text`](Self::text) writes.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let [b"1", epoch, state, left, failed, kind, name] = text::fields(text)? else {
            return None;
        };
        if !text::is_name(name) {
            return None;
        }
        Some(Self {
            epoch: text::number(epoch)?,
            state: State::parse(state)?,
            left: Duration::from_millis(text::number(left)?),
            failed: text::number(failed)?,
            kind: Kind::LIST.into_iter().find(|value| value.as_str().as_bytes() == kind)?,
            name: String::from_utf8(name.to_vec()).ok()?,
        })
    }

    /// Returns the text of a push.
    #[must_use]
    pub(crate) fn text(
        kind: Kind,
        name: &[u8],
        epoch: u64,
        register: &Register,
        now: u64,
    ) -> Vec<u8> {
        let Register { state, failed, .. } = register;
        let (state, left, kind) = (state.as_str(), register.left(now), kind.as_str());
        [format!("1|{epoch}|{state}|{left}|{failed}|{kind}|").as_bytes(), name].concat()
    }
}
