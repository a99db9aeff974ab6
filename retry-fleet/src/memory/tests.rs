//! The scripts as tables, and invariants for any history.

mod beat;
mod command;
mod histories;
mod hostile;
mod lease;
mod look;
mod outcome;
mod start;
mod store;
mod vote;

use std::time::Duration;

use super::Memory;
use crate::leases::LeaseId;
use crate::record::Record;
use crate::register::{Register, State};
use crate::wire::{
    Ask, Beat, BeatReply, Claim, Command, CommandReply, Known, Lease, LeaseReply, Look, LookReply,
    Outcome, OutcomeReply, ProbeResult, Push, Reply, Request, Standing, Vote, VoteReply, What,
};

/// The time at which tests begin.
const NOW: u64 = 1_800_000_000_000;
const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// The recovery timeout of the tests' breakers, and their longest open phase.
const OPEN_FOR: u64 = 30 * SECOND;
const LONGEST: u64 = 600 * SECOND;

/// The keys of the tests' group.
fn key(end: &str) -> Vec<u8> {
    format!("{{rf1:g}}{end}").into_bytes()
}

/// A server, its clock, and the sender's state for the next request.
#[derive(Clone, Debug)]
struct Server {
    memory: Memory,
    now: u64,
    sent: u64,
    mark: u64,
    known: Vec<Known>,
}

impl Server {
    fn new() -> Self {
        Self { memory: Memory::new(), now: NOW, sent: 0, mark: 0, known: Vec::new() }
    }

    fn wait(&mut self, millis: u64) {
        self.now += millis;
    }

    /// Sends a request, also once with the sender's copies.
    fn ask(&mut self, ask: Ask) -> Reply {
        let known = std::mem::take(&mut self.known);
        let (sent, mark) = (self.sent, self.mark);
        let request = Request { group: "g".to_owned(), sent, mark, known, ask };
        let (script, keys, args) = (request.script(), request.keys(), request.args());
        let value = self.memory.run(script, &keys, &args, self.now);
        let reply = Reply::parse(script, value).expect("replies are in form");
        assert_eq!(reply.time(), self.now);
        reply
    }

    fn knows(mut self, breaker: &str, register: &str) -> Self {
        self.known.push(known(breaker, register));
        self
    }

    fn beat(&mut self, instance: &str) -> BeatReply {
        self.beat_for(instance, &["llm"])
    }

    fn beat_for(&mut self, instance: &str, shares: &[&str]) -> BeatReply {
        let shares = shares.iter().map(|name| (*name).to_owned()).collect();
        let view = format!("view of {instance}");
        self.send_beat(Beat {
            instance: instance.to_owned(),
            voter: voter(instance),
            view,
            leaving: false,
            shares,
        })
    }

    fn leave(&mut self, instance: &str) -> BeatReply {
        let shares = vec!["llm".to_owned()];
        let view = String::new();
        self.send_beat(Beat {
            instance: instance.to_owned(),
            voter: voter(instance),
            view,
            leaving: true,
            shares,
        })
    }

    fn send_beat(&mut self, beat: Beat) -> BeatReply {
        let Reply::Beat(reply) = self.ask(Ask::Beat(beat)) else { unreachable!() };
        reply
    }

    fn vote(&mut self, voter: &str) -> VoteReply {
        let epoch = self.register("llm").map_or(0, |register| register.epoch);
        self.send_vote(Vote { epoch, ..vote_of(voter) })
    }

    fn send_vote(&mut self, vote: Vote) -> VoteReply {
        let Reply::Vote(reply) = self.ask(Ask::Vote(vote)) else { unreachable!() };
        reply
    }

    /// Asks for a lease of two places.
    fn lease(&mut self, sequence: u64, claim: Claim) -> LeaseReply {
        let (breaker, id) = ("llm".to_owned(), id(sequence));
        let (places, longest) = (2, Duration::from_millis(LONGEST));
        let ask = Ask::Lease(Lease { breaker, id, claim, places, longest });
        let Reply::Lease(reply) = self.ask(ask) else { unreachable!() };
        reply
    }

    /// Reports the outcome of a probe. Two successes close.
    fn outcome(&mut self, sequence: u64, epoch: u64, result: ProbeResult) -> OutcomeReply {
        let ask = Ask::Outcome(Outcome {
            breaker: "llm".to_owned(),
            id: id(sequence),
            epoch,
            result,
            success_threshold: 2,
            open_for: Duration::from_millis(2 * OPEN_FOR),
            longest: Duration::from_millis(LONGEST),
        });
        let Reply::Outcome(reply) = self.ask(ask) else { unreachable!() };
        reply
    }

    fn command(&mut self, id: &str, what: What) -> CommandReply {
        self.command_for("llm", id, what)
    }

    fn command_for(&mut self, breaker: &str, id: &str, what: What) -> CommandReply {
        let (breaker, id, by) = (breaker.to_owned(), id.to_owned(), "ann".to_owned());
        let ask = Ask::Command(Command { breaker, what, id, by });
        let Reply::Command(reply) = self.ask(ask) else { unreachable!() };
        reply
    }

    fn look(&mut self, breakers: &[&str]) -> LookReply {
        let breakers = breakers.iter().map(|name| (*name).to_owned()).collect();
        let Reply::Look(reply) = self.ask(Ask::Look(Look { breakers })) else { unreachable!() };
        reply
    }

    /// Opens `llm` by two votes, and returns the register.
    fn open(&mut self) -> Register {
        self.vote("v1");
        self.vote("v2").standing.expect("two votes open").register
    }

    /// Opens `llm`, waits for the end of the open phase and takes lease 1. Returns the half-open
    /// epoch.
    fn half_open(&mut self) -> u64 {
        self.open();
        self.wait(OPEN_FOR);
        self.lease(1, Claim::New).standing.expect("a lease has an epoch").register.epoch
    }

    fn register(&self, breaker: &str) -> Option<Register> {
        let text = self.memory.store.hget(&key(":r"), breaker.as_bytes())?;
        Some(Register::parse(text).expect("stored registers are in form"))
    }

    fn record(&self, breaker: &str) -> Option<Record> {
        Record::parse(self.memory.store.hget(&key(":o"), breaker.as_bytes())?)
    }

    fn pushes(&mut self) -> Vec<Push> {
        let pushes = self.memory.take_pushes().into_iter();
        pushes
            .map(|push| {
                assert_eq!(push.channel, key(":ch"));
                Push::parse(&push.text).expect("pushes are in form")
            })
            .collect()
    }

    /// Returns the members of a sorted set with their scores, without fractions.
    #[expect(clippy::cast_possible_truncation, reason = "the tests' scores are times")]
    fn members(&self, end: &str) -> Vec<(String, i64)> {
        let all = super::store::Range::ALL;
        let members = self.memory.store.zrangebyscore(&key(end), all, 0, usize::MAX);
        let text = |member| String::from_utf8(member).unwrap();
        members.into_iter().map(|(member, score)| (text(member), score as i64)).collect()
    }
}

fn id(sequence: u64) -> LeaseId {
    LeaseId { instance: "pod".to_owned(), sequence }
}

fn voter(instance: &str) -> String {
    format!("host-of-{instance}")
}

fn vote_of(voter: &str) -> Vote {
    Vote {
        breaker: "llm".to_owned(),
        shared_as: "llm".to_owned(),
        voter: voter.to_owned(),
        cast: true,
        epoch: 0,
        window: Duration::from_millis(OPEN_FOR),
        quorum: 2,
        open_for: Duration::from_millis(OPEN_FOR),
        longest: Duration::from_millis(LONGEST),
    }
}

fn known(breaker: &str, register: &str) -> Known {
    let longest = Duration::from_millis(LONGEST);
    let register = Register::parse(register.as_bytes());
    Known { breaker: breaker.to_owned(), longest, register, record: None }
}

fn open_register(epoch: u64, until: u64, failed: u64) -> Register {
    Register { epoch, state: State::Open, until, failed, ok: 0 }
}

/// Returns a time as a score.
fn at(time: u64) -> i64 {
    i64::try_from(time).unwrap()
}

/// A register in a reply.
#[expect(clippy::unnecessary_wraps, reason = "replies have an option")]
fn standing(register: Register, left: u64) -> Option<Standing> {
    Some(Standing { register, left: Duration::from_millis(left) })
}
