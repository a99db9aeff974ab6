//! The agent of an instance: decides what to send next, and how to handle replies and pushes.
//!
//! It does no I/O, and time is an argument: nanoseconds on the scale of
//! `retry_runtime::fleet::now`.
//!
//! | file | contents |
//! |---|---|
//! | `source` | the agent as breakers see it: its inbox |
//! | `news` | reading the inbox; which breakers are in trouble |
//! | `send` | the next request |
//! | `replies` | the handling of replies |
//! | `adopt` | the handling of a register or record of the fleet |
//! | `shared` | one breaker, with one function for each rule; `votes` and `leases` are its parts |
//! | `look` | the view for operators |
//! | `copies` | this instance's copy of the fleet's state |
//! | `right` | when the instance acts with the fleet, and until when |
//! | `clock`, `identity`, `names`, `random`, `turn`, `view` | small parts |

mod adopt;
mod clock;
mod copies;
mod identity;
mod leases;
mod look;
mod names;
mod news;
mod random;
mod replies;
mod right;
mod send;
mod shared;
mod source;
#[cfg(test)]
mod tests;
mod turn;
mod view;
mod votes;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::fleet::Source;
use retry_runtime::observe::fleet as report;
use tokio::sync::oneshot;

use crate::control::{StatusCell, Viewer};
use crate::limits;
use crate::operator::{Command, CommandError};
use crate::record::SetMode;
use crate::setup::Setup;
use crate::transport::{Lost, Reason};
use crate::wire::{Ask, Request, What};
use clock::ServerClock;
use copies::Copies;
use identity::Identity;
use names::Names;
pub(crate) use random::{Random, nanos};
use right::Right;
use shared::Shared;
pub(crate) use source::Inbox;

/// The maximum number of keys of a set that are shared at a time.
const KEYS: usize = 256;
/// The maximum number of waiting requests about breakers that no longer exist.
const FAREWELLS: usize = 1_024;
/// The maximum number of instances that a reply may claim. No group is that large.
const INSTANCES: u64 = 100_000;
/// The maximum number of instances for which jitter grows. A server may claim any number of them.
const CROWD: u64 = 10_000;
/// The maximum number of pages in a row. All breakers of a group need as many.
const PAGES: usize = limits::BREAKERS / limits::CHANGED;
/// The minimum time between two reports that the server's clock jumped.
const JUMPS_APART: Duration = Duration::from_secs(60);

/// The agent of one instance.
pub(crate) struct Agent {
    identity: Identity,
    observes: bool,
    share_listed: bool,
    names: Names,
    pub(crate) inbox: Arc<Inbox>,
    source: Arc<dyn Source>,
    status: Arc<StatusCell>,
    random: Random,
    clock: ServerClock,
    copies: Copies,
    right: Right,
    beats: Beats,
    /// The tied breakers, by their names on the wire.
    shared: BTreeMap<String, Shared>,
    /// The names on the wire of single breakers, and of sets.
    singles: Vec<String>,
    sets: BTreeSet<String>,
    /// The names on the wire of tied breakers, by their local names.
    by_own_name: HashMap<String, String>,
    /// The breakers that are not closed or have something to send: by set, or by their own name,
    /// with the longest open first.
    active: BTreeMap<String, BTreeSet<(u64, String)>>,
    /// Requests about breakers that no longer exist.
    farewells: VecDeque<Ask>,
    commands: VecDeque<Pending>,
    /// The callers that wait for a view, and since when.
    viewers: Vec<(u64, Viewer)>,
    in_flight: Option<InFlight>,
    last_was_out_of_turn: bool,
    leaving: Leaving,
    /// The first breaker or set that another fleet of this process has.
    refused: Option<String>,
    /// The time of the last report that the server's clock jumped.
    jump_reported: Option<u64>,
}

/// The schedule of beats, and the content of the last reply.
struct Beats {
    at: u64,
    /// The time between two beats in quiet times.
    interval: Duration,
    alive: u64,
    mark: u64,
    /// True if the last reply had all changes.
    knows_all: bool,
    /// The number of replies in a row that did not have all changes.
    pages: usize,
    /// The time at which the last beat was sent.
    sent: u64,
}

impl Beats {
    /// Returns the time over which instances spread actions that they would all take
    /// simultaneously.
    fn spread(&self) -> Duration {
        Duration::from_millis(self.alive.min(CROWD) * 5)
    }
}

/// An operator's command that waits to be sent or answered.
struct Pending {
    breaker: String,
    what: What,
    id: String,
    by: String,
    since: u64,
    answer: oneshot::Sender<Result<(), CommandError>>,
}

/// The command that was sent and has no reply yet.
struct InFlight {
    sent: u64,
    script: crate::wire::Script,
    what: Sent,
}

enum Sent {
    Beat,
    Farewell,
    Command(Pending),
    Look(Vec<Viewer>),
    Shared {
        name: String,
        task: shared::Task,
        /// The number of the lease that it is about.
        sequence: u64,
    },
}

/// The progress of a shutdown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    /// Leases are being given back.
    Soon,
    /// The last beat was sent.
    Done,
}

/// The next step of the loop.
pub(crate) enum Step {
    Send(Request),
    /// Waits until this time for a push, an order or a wake-up.
    Wait(u64),
    /// The instance has left the group.
    Done,
}

impl Agent {
    /// Ties the breakers. One that another fleet of this process shares is left out.
    pub(crate) fn new(setup: &Setup, status: Arc<StatusCell>, now: u64) -> Self {
        let inbox = Arc::new(Inbox::default());
        let mut agent = Self {
            identity: Identity {
                group: setup.group.clone(),
                instance: setup.instance.clone(),
                voter: setup.voter.clone(),
                version: setup.version.clone(),
                quorum: setup.quorum,
            },
            observes: setup.observes,
            share_listed: setup.share_listed,
            names: Names::new(setup.hash_keys),
            source: Arc::<Inbox>::clone(&inbox),
            inbox,
            status,
            random: Random::new(),
            clock: ServerClock::default(),
            copies: Copies::default(),
            right: Right::new(now),
            beats: Beats {
                at: now,
                interval: Duration::from_millis(limits::beat(1)),
                alive: 1,
                mark: 0,
                knows_all: false,
                pages: 0,
                sent: 0,
            },
            shared: BTreeMap::new(),
            singles: Vec::new(),
            sets: BTreeSet::new(),
            by_own_name: HashMap::new(),
            active: BTreeMap::new(),
            farewells: VecDeque::new(),
            commands: VecDeque::new(),
            viewers: Vec::new(),
            in_flight: None,
            last_was_out_of_turn: false,
            leaving: Leaving::No,
            refused: None,
            jump_reported: None,
        };
        report::show_coordinated(&agent.identity.group, false);
        setup.shared.iter().for_each(|shared| agent.share(shared, now));
        agent
    }

    /// Creates the successor of an agent that panicked. The loss was already reported.
    pub(crate) fn after_panic(setup: &Setup, status: Arc<StatusCell>, now: u64) -> Self {
        let mut agent = Self::new(setup, status, now);
        agent.right.lost(now);
        agent
    }

    /// Returns the first breaker or set that is not shared because another fleet of this process
    /// has it.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Returns the time over which the instances spread their attempts to connect.
    pub(crate) fn spread(&self) -> Duration {
        self.beats.spread()
    }

    /// Starts anew on a connection, with a beat from mark 0.
    pub(crate) fn connected(&mut self, now: u64) {
        self.right.connected();
        self.clock = ServerClock::default();
        self.beats.at = now;
        self.beats.mark = 0;
        self.beats.knows_all = false;
        self.beats.pages = 0;
    }

    /// Ends the right to coordinate immediately, because a command or the connection has failed.
    pub(crate) fn failed(&mut self, lost: &Lost, now: u64) {
        let is_news = self.right.lost(now);
        self.act_alone(lost.reason());
        self.take_news(now);
        if is_news {
            let detail = Some(lost.detail()).filter(|detail| !detail.is_empty());
            let detail = detail.as_ref().map(|detail| detail as &dyn std::fmt::Display);
            report::lost(&self.identity.group, lost.reason().as_str(), detail);
        }
        if let Some(InFlight { what: Sent::Command(command), .. }) = self.in_flight.take() {
            let _ = command.answer.send(Err(CommandError::Unconfirmed));
        }
        for command in self.commands.drain(..) {
            let _ = command.answer.send(Err(CommandError::Alone));
        }
        self.viewers.clear();
    }

    fn act_alone(&mut self, reason: Reason) {
        self.status.alone(reason);
        report::show_coordinated(&self.identity.group, false);
        self.inbox.coordinate(0);
        self.shared.values_mut().for_each(Shared::leave_alone);
    }

    /// Takes an operator's command. It is answered when the reply arrives, or immediately if there
    /// is no working connection.
    pub(crate) fn order(
        &mut self,
        breaker: &str,
        command: Command,
        by: String,
        lasting: Option<Duration>,
        answer: oneshot::Sender<Result<(), CommandError>>,
        now: u64,
    ) {
        if self.clock.time(now).is_none() || self.leaving != Leaving::No {
            let _ = answer.send(Err(CommandError::Alone));
            return;
        }
        let what = match command {
            Command::ForceOpen => What::Open(lasting),
            Command::ForceClosed => What::Closed(lasting),
            Command::Reset => What::Reset,
            Command::SetMode(mode) => What::Mode(match mode {
                retry_runtime::Mode::Enforce => SetMode::Enforce,
                retry_runtime::Mode::Observe => SetMode::Observe,
                _ => SetMode::Off,
            }),
        };
        let known = self.by_own_name.get(breaker).cloned();
        let breaker = known.unwrap_or_else(|| self.names.of(breaker));
        let id = format!("{:016x}{:016x}", self.random.next(), self.random.next());
        self.commands.push_back(Pending { breaker, what, id, by, since: now, answer });
    }

    /// Starts to leave the group: gives the leases back, and then sends a last beat.
    pub(crate) fn leave(&mut self, now: u64) {
        self.take_news(now);
        self.leaving = Leaving::Soon;
        self.right.lost(now);
        for name in self.active_names() {
            if let Some(shared) = self.shared.get_mut(&name) {
                shared.give_all_back();
            }
        }
        self.act_alone(Reason::Stopped);
        for command in self.commands.drain(..) {
            let _ = command.answer.send(Err(CommandError::Alone));
        }
        self.viewers.clear();
    }
}
