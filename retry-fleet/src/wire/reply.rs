//! Replies of the scripts, and their parsing.

use std::fmt;
use std::time::Duration;

use super::look::LookReply;
use super::values::{Standing, bytes, exactly, number, standing};
use super::{CommandAnswer, LeaseAnswer, OutcomeAnswer, Script, Value, VoteAnswer};
use crate::limits::CHANGED;
use crate::record::Record;
use crate::text;

/// A reply.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is documented at its content")]
pub enum Reply {
    Beat(BeatReply),
    Vote(VoteReply),
    Lease(LeaseReply),
    Outcome(OutcomeReply),
    Command(CommandReply),
    Look(LookReply),
}

/// The reply to a beat.
#[derive(Clone, Debug, PartialEq)]
pub struct BeatReply {
    /// Redis' time.
    pub time: u64,
    /// The number of instances that are alive.
    pub alive: u64,
    /// The time to the next beat, before its jitter.
    pub next_beat: Duration,
    /// The mark for the next request.
    pub mark: u64,
    /// True if the request was sent too long ago. It then does not make the instance count as
    /// alive.
    pub too_old: bool,
    /// The breakers that changed after the request's mark, in the order of their changes. If there
    /// are 64, the next beat may have more.
    pub changed: Vec<Changed>,
}

/// A changed breaker, with its current register and record. Either may be absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// The register, with the rest of its open phase.
    pub standing: Option<Standing>,
    /// The operator's record.
    pub record: Option<Record>,
}

/// The reply to a vote.
#[derive(Clone, Debug, PartialEq)]
pub struct VoteReply {
    /// Redis' time.
    pub time: u64,
    /// The answer.
    pub answer: VoteAnswer,
    /// The register after the vote.
    pub standing: Option<Standing>,
    /// The number of votes that count, including this one. 0 unless `counted` or `opened`.
    pub votes: u64,
    /// The number of voters that share the breaker, including this one. 0 unless `counted` or
    /// `opened`.
    pub sharers: u64,
    /// The number of instances that are alive. 0 unless `counted` or `opened`.
    pub alive: u64,
}

/// The reply to a request for a lease.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaseReply {
    /// Redis' time.
    pub time: u64,
    /// The answer.
    pub answer: LeaseAnswer,
    /// The register after the request. A granted lease has its epoch.
    pub standing: Option<Standing>,
    /// The number of unexpired leases, including a granted one. 0 unless `granted` or `refused`.
    pub taken: u64,
}

/// The reply to an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeReply {
    /// Redis' time.
    pub time: u64,
    /// The answer.
    pub answer: OutcomeAnswer,
    /// The register after the outcome.
    pub standing: Option<Standing>,
}

/// The reply to a command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandReply {
    /// Redis' time.
    pub time: u64,
    /// The answer.
    pub answer: CommandAnswer,
    /// The register after the command.
    pub standing: Option<Standing>,
    /// The record after the command.
    pub record: Option<Record>,
}

/// A malformed reply. The connection counts as lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(Script);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the reply to the script `{}` is malformed", self.0.as_str())
    }
}

impl std::error::Error for Malformed {}

impl Reply {
    /// Reads the reply of a script. A malformed register or record counts as absent.
    ///
    /// # Errors
    ///
    /// Returns an error if the reply does not have the shape of this script's replies.
    pub fn parse(script: Script, value: Value) -> Result<Self, Malformed> {
        let Value::Array(values) = value else { return Err(Malformed(script)) };
        let reply = match script {
            Script::Beat => BeatReply::parse(values).map(Self::Beat),
            Script::Vote => VoteReply::parse(values).map(Self::Vote),
            Script::Lease => LeaseReply::parse(values).map(Self::Lease),
            Script::Outcome => OutcomeReply::parse(values).map(Self::Outcome),
            Script::Command => CommandReply::parse(values).map(Self::Command),
            Script::Look => LookReply::parse(values).map(Self::Look),
        };
        reply.ok_or(Malformed(script))
    }

    /// Returns Redis' time.
    #[must_use]
    pub fn time(&self) -> u64 {
        match self {
            Self::Beat(BeatReply { time, .. })
            | Self::Vote(VoteReply { time, .. })
            | Self::Lease(LeaseReply { time, .. })
            | Self::Outcome(OutcomeReply { time, .. })
            | Self::Command(CommandReply { time, .. })
            | Self::Look(LookReply { time, .. }) => *time,
        }
    }
}

impl BeatReply {
    fn parse(values: Vec<Value>) -> Option<Self> {
        let [time, alive, next_beat, mark, too_old, changed] = exactly(values)?;
        let Value::Array(changed) = changed else { return None };
        if changed.len() > CHANGED {
            return None;
        }
        Some(Self {
            time: number(&time)?,
            alive: number(&alive)?,
            next_beat: Duration::from_millis(number(&next_beat)?),
            mark: number(&mark)?,
            too_old: match number(&too_old)? {
                0 => false,
                1 => true,
                _ => return None,
            },
            changed: changed.into_iter().map(Changed::parse).collect::<Option<_>>()?,
        })
    }
}

impl Changed {
    fn parse(value: Value) -> Option<Self> {
        let Value::Array(values) = value else { return None };
        let [breaker, register, left, record] = exactly(values)?;
        let Value::Text(breaker) = breaker else { return None };
        if !text::is_name(&breaker) {
            return None;
        }
        Some(Self {
            breaker: String::from_utf8(breaker).ok()?,
            standing: standing(&register, &left)?,
            record: Record::parse(bytes(&record)?),
        })
    }
}

impl VoteReply {
    fn parse(values: Vec<Value>) -> Option<Self> {
        let [time, answer, register, left, votes, sharers, alive] = exactly(values)?;
        Some(Self {
            time: number(&time)?,
            answer: VoteAnswer::parse(bytes(&answer)?)?,
            standing: standing(&register, &left)?,
            votes: number(&votes)?,
            sharers: number(&sharers)?,
            alive: number(&alive)?,
        })
    }
}

impl LeaseReply {
    fn parse(values: Vec<Value>) -> Option<Self> {
        let [time, answer, register, left, taken] = exactly(values)?;
        Some(Self {
            time: number(&time)?,
            answer: LeaseAnswer::parse(bytes(&answer)?)?,
            standing: standing(&register, &left)?,
            taken: number(&taken)?,
        })
    }
}

impl OutcomeReply {
    fn parse(values: Vec<Value>) -> Option<Self> {
        let [time, answer, register, left] = exactly(values)?;
        Some(Self {
            time: number(&time)?,
            answer: OutcomeAnswer::parse(bytes(&answer)?)?,
            standing: standing(&register, &left)?,
        })
    }
}

impl CommandReply {
    fn parse(values: Vec<Value>) -> Option<Self> {
        let [time, answer, register, left, record] = exactly(values)?;
        Some(Self {
            time: number(&time)?,
            answer: CommandAnswer::parse(bytes(&answer)?)?,
            standing: standing(&register, &left)?,
            record: Record::parse(bytes(&record)?),
        })
    }
}
