//! Requests of an agent, with their KEYS and ARGV.

use std::time::Duration;

use super::Script;
use super::look::Look;
use crate::leases::LeaseId;
use crate::limits::{MOST, millis};
use crate::record::{self, Record, SetMode};
use crate::register::Register;

/// One command of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The group.
    pub group: String,
    /// Redis' time at the sending, as the sender knows it from the last reply. 0 if unknown.
    pub sent: u64,
    /// The mark of the last reply to a beat, 0 at first.
    pub mark: u64,
    /// The sender's copies, which Redis may have lost.
    pub known: Vec<Known>,
    /// The request itself.
    pub ask: Ask,
}

/// The sender's copy of one breaker.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// The longest open phase of this breaker at the sender.
    pub longest: Duration,
    /// Its copy of the register.
    pub register: Option<Register>,
    /// Its copy of the operator's record.
    pub record: Option<Record>,
}

/// A request for one script.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is documented at its content")]
pub enum Ask {
    Beat(Beat),
    Vote(Vote),
    Lease(Lease),
    Outcome(Outcome),
    Command(Command),
    Look(Look),
}

/// Shows that an instance is alive.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    /// The name of the instance on the wire.
    pub instance: String,
    /// The name of its voter on the wire.
    pub voter: String,
    /// The description of the instance for operators: JSON of at most 256 bytes. A longer one is
    /// not stored.
    pub view: String,
    /// True if the instance shuts down: it leaves `:a`, `:i` and `:w`.
    pub leaving: bool,
    /// The names on the wire of all breakers that the instance shares, and of its keyed sets. They
    /// exclude the keys of a set, because an instance without trouble has no breaker for them.
    pub shares: Vec<String>,
}

/// Casts or withdraws a vote to open a breaker.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// The name under which [`Beat::shares`] has the breaker: its own, or that of its keyed set.
    pub shared_as: String,
    /// The name of the voter on the wire.
    pub voter: String,
    /// Casts the vote if true. Withdraws it if false.
    pub cast: bool,
    /// The epoch of the voter's copy of the register, 0 if it has none.
    pub epoch: u64,
    /// The time for which the vote counts, at most 60 s.
    pub window: Duration,
    /// The number of votes that open the breaker.
    pub quorum: u32,
    /// The open phase that begins if this vote opens the breaker.
    pub open_for: Duration,
    /// The longest open phase of this breaker at the sender.
    pub longest: Duration,
}

/// Asks for a lease, or renews one.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// Identifies the lease. Asking twice with one id grants one lease.
    pub id: LeaseId,
    /// The reason for the request.
    pub claim: Claim,
    /// The number of probes that may run simultaneously: `half_open_max_calls`.
    pub places: u32,
    /// The longest open phase of this breaker at the sender.
    pub longest: Duration,
}

/// The reason for a request for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// A call is going to need it.
    New,
    /// A call holds a lease that was granted in this epoch. It is granted in no other.
    Renew(u64),
    /// A rare caller's probe has already begun. It is granted beyond the number of places.
    Late,
}

/// Reports the outcome of a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// The id of the probe's lease.
    pub id: LeaseId,
    /// The epoch in which the lease was granted.
    pub epoch: u64,
    /// The outcome of the probe.
    pub result: ProbeResult,
    /// The number of successes that close the breaker.
    pub success_threshold: u32,
    /// The open phase that begins if this is a failure. It is the sender's recovery timeout, grown
    /// for one failed recovery more than the register of this epoch has.
    pub open_for: Duration,
    /// The longest open phase of this breaker at the sender.
    pub longest: Duration,
}

/// The outcome of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProbeResult {
    /// Counts towards closing.
    Success,
    /// Opens the breaker again.
    Failure,
    /// Only gives the lease back. Also for a lease that no call claimed.
    Neutral,
}

/// An operator's command.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// The action.
    pub what: What,
    /// Identifies the command, so a repetition changes nothing. A name of the wire.
    pub id: String,
    /// The name of the operator.
    pub by: String,
}

/// The action of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Forces the breaker open for this time, or until a reset. The mode remains.
    Open(Option<Duration>),
    /// Forces the breaker closed for this time, or until a reset. The mode remains.
    Closed(Option<Duration>),
    /// Ends a force, and closes the breaker in all instances. The mode remains.
    Reset,
    /// Sets the mode until it is set again. A force remains.
    Mode(SetMode),
}

impl Request {
    /// Returns the script for this request.
    #[must_use]
    pub fn script(&self) -> Script {
        match self.ask {
            Ask::Beat(_) => Script::Beat,
            Ask::Vote(_) => Script::Vote,
            Ask::Lease(_) => Script::Lease,
            Ask::Outcome(_) => Script::Outcome,
            Ask::Command(_) => Script::Command,
            Ask::Look(_) => Script::Look,
        }
    }

    /// Returns the keys, as the [module](super) lists them.
    #[must_use]
    pub fn keys(&self) -> Vec<Vec<u8>> {
        let key = |end: &str| format!("{{rf1:{}}}{end}", self.group).into_bytes();
        let of_breaker = |breaker: &str, shared_as: &str| {
            let ends =
                [format!(":v:{breaker}"), format!(":s:{breaker}"), format!(":w:{shared_as}")];
            ends.iter().map(|end| key(end)).collect()
        };
        let own: Vec<_> = match &self.ask {
            Ask::Beat(beat) => {
                let shares = beat.shares.iter().map(|name| key(&format!(":w:{name}")));
                std::iter::once(key(":i")).chain(shares).collect()
            }
            Ask::Vote(vote) => of_breaker(&vote.breaker, &vote.shared_as),
            Ask::Lease(Lease { breaker, .. })
            | Ask::Outcome(Outcome { breaker, .. })
            | Ask::Command(Command { breaker, .. }) => of_breaker(breaker, breaker),
            Ask::Look(look) => {
                let of_breaker = |name| [key(&format!(":v:{name}")), key(&format!(":s:{name}"))];
                std::iter::once(key(":i")).chain(look.named().flat_map(of_breaker)).collect()
            }
        };
        let of_all = [":r", ":x", ":o", ":q", ":ch", ":a"].into_iter().map(key);
        of_all.chain(own).collect()
    }

    /// Returns the arguments, as the [module](super) lists them.
    #[must_use]
    pub fn args(&self) -> Vec<Vec<u8>> {
        let of_all = [number(self.sent), number(self.mark)];
        let own = match &self.ask {
            Ask::Beat(beat) => beat.args(),
            Ask::Vote(vote) => vote.args(),
            Ask::Lease(lease) => lease.args(),
            Ask::Outcome(outcome) => outcome.args(),
            Ask::Command(command) => command.args(),
            Ask::Look(look) => look.named().map(|name| text(name)).collect(),
        };
        // A look only reads, so it restores nothing.
        let restores = !matches!(self.ask, Ask::Look(_));
        let known = self.known.iter().filter(|_| restores).flat_map(Known::args);
        of_all.into_iter().chain(own).chain(known).collect()
    }
}

impl Known {
    fn args(&self) -> [Vec<u8>; 4] {
        let register = self.register.map(|register| register.to_string());
        let record = self.record.as_ref().map(Record::to_bytes);
        [
            text(&self.breaker),
            span(self.longest),
            register.unwrap_or_default().into_bytes(),
            record.unwrap_or_default(),
        ]
    }
}

impl Beat {
    fn args(&self) -> Vec<Vec<u8>> {
        let leaving = if self.leaving { "1" } else { "0" };
        vec![text(&self.instance), text(&self.voter), text(&self.view), text(leaving)]
    }
}

impl Vote {
    fn args(&self) -> Vec<Vec<u8>> {
        vec![
            text(&self.breaker),
            text(&self.voter),
            text(if self.cast { "cast" } else { "withdraw" }),
            number(self.epoch),
            span(self.window),
            number(self.quorum.into()),
            span(self.open_for),
            span(self.longest),
        ]
    }
}

impl Lease {
    fn args(&self) -> Vec<Vec<u8>> {
        let (claim, epoch) = match self.claim {
            Claim::New => ("new", 0),
            Claim::Renew(epoch) => ("renew", epoch),
            Claim::Late => ("late", 0),
        };
        vec![
            text(&self.breaker),
            text(&self.id.to_string()),
            text(claim),
            number(epoch),
            number(self.places.into()),
            span(self.longest),
        ]
    }
}

impl Outcome {
    fn args(&self) -> Vec<Vec<u8>> {
        let result = match self.result {
            ProbeResult::Success => "success",
            ProbeResult::Failure => "failure",
            ProbeResult::Neutral => "neutral",
        };
        vec![
            text(&self.breaker),
            text(&self.id.to_string()),
            number(self.epoch),
            text(result),
            number(self.success_threshold.into()),
            span(self.open_for),
            span(self.longest),
        ]
    }
}

impl Command {
    fn args(&self) -> Vec<Vec<u8>> {
        // A force of zero duration must not last until a reset.
        let lasting = |lasting: Option<Duration>| lasting.map_or(0, |time| millis(time).max(1));
        let (what, lasting, mode) = match self.what {
            What::Open(time) => ("open", lasting(time), SetMode::None),
            What::Closed(time) => ("closed", lasting(time), SetMode::None),
            What::Reset => ("reset", 0, SetMode::None),
            What::Mode(mode) => ("mode", 0, mode),
        };
        vec![
            text(&self.breaker),
            text(what),
            number(lasting),
            text(mode.as_str()),
            text(&self.id),
            text(&record::operator(&self.by)),
        ]
    }
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn number(number: u64) -> Vec<u8> {
    number.min(MOST).to_string().into_bytes()
}

fn span(span: Duration) -> Vec<u8> {
    number(millis(span))
}
