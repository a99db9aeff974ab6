//! Invariants that hold for any history of a few instances and two breakers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::wire::{Kind, LeaseAnswer, OutcomeAnswer};

const BREAKERS: [&str; 2] = ["llm", "mail"];
const PLACES: u32 = 2;

/// One step of a history. Instances, breakers and leases are chosen by number.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Beat(usize),
    Vote(usize, usize),
    Withdraw(usize, usize),
    Lease(usize, usize),
    LateLease(usize, usize),
    Renew(usize),
    Report(usize, ProbeResult),
    Command(usize, usize, What),
    Flush,
}

fn step() -> impl Strategy<Value = Step> {
    let (instance, breaker) = (0..3_usize, 0..2_usize);
    let wait = prop_oneof![0..50_u64, 2_000..7_000_u64, Just(OPEN_FOR), Just(HOUR / 2)];
    let at = (instance.clone(), breaker);
    let result = prop_oneof![
        4 => Just(ProbeResult::Success),
        2 => Just(ProbeResult::Failure),
        1 => Just(ProbeResult::Neutral),
    ];
    let what = prop_oneof![
        Just(What::Reset),
        Just(What::Open(None)),
        Just(What::Closed(Some(Duration::from_secs(10)))),
    ];
    prop_oneof![
        4 => wait.prop_map(Step::Wait),
        3 => instance.prop_map(Step::Beat),
        6 => at.clone().prop_map(|(i, b)| Step::Vote(i, b)),
        1 => at.clone().prop_map(|(i, b)| Step::Withdraw(i, b)),
        8 => at.clone().prop_map(|(i, b)| Step::Lease(i, b)),
        1 => at.clone().prop_map(|(i, b)| Step::LateLease(i, b)),
        2 => (0..20_usize).prop_map(Step::Renew),
        6 => (0..20_usize, result).prop_map(|(lease, result)| Step::Report(lease, result)),
        1 => (at, what).prop_map(|((i, b), what)| Step::Command(i, b, what)),
        1 => Just(Step::Flush),
    ]
}

/// The state of an instance: its mark, and its copies by breaker.
#[derive(Default)]
struct Instance {
    mark: u64,
    copies: BTreeMap<String, Known>,
}

impl Instance {
    fn learn(&mut self, breaker: &str, standing: Option<Standing>, record: Option<&Record>) {
        let copy = self.copies.entry(breaker.to_owned()).or_insert_with(|| known(breaker, ""));
        copy.register = copy.register.max(standing.map(|standing| standing.register));
        copy.record = copy.record.take().max(record.cloned());
    }

    fn forget(&mut self, now: u64) {
        for copy in self.copies.values_mut() {
            copy.register = copy.register.filter(|register| register.counts(now));
            copy.record = copy.record.take().filter(|record| record.counts(now));
        }
    }
}

/// A lease that was granted.
#[derive(Clone)]
struct Granted {
    instance: usize,
    breaker: usize,
    sequence: u64,
    epoch: u64,
    is_late: bool,
    is_reported: bool,
}

/// A server with its instances, and the observations so far.
struct World {
    server: Server,
    instances: [Instance; 3],
    leases: Vec<Granted>,
    /// The highest epoch of each breaker.
    epochs: [u64; 2],
    counted: BTreeSet<(u64, u64)>,
    commands: u64,
    sequence: u64,
}

impl World {
    fn new() -> Self {
        Self {
            server: Server::new(),
            instances: Default::default(),
            leases: Vec::new(),
            epochs: [0; 2],
            counted: BTreeSet::new(),
            commands: 0,
            sequence: 0,
        }
    }

    /// Sends a request of an instance, with all its copies.
    fn ask(&mut self, instance: usize, ask: Ask) -> Reply {
        let sender = &mut self.instances[instance];
        sender.forget(self.server.now);
        self.server.mark = sender.mark;
        self.server.sent = self.server.now;
        self.server.known = sender.copies.values().cloned().collect();
        let breaker = match &ask {
            Ask::Beat(_) | Ask::Look(_) => String::new(),
            Ask::Vote(Vote { breaker, .. })
            | Ask::Lease(Lease { breaker, .. })
            | Ask::Outcome(Outcome { breaker, .. })
            | Ask::Command(Command { breaker, .. }) => breaker.clone(),
        };
        let reply = self.server.ask(ask);
        let sender = &mut self.instances[instance];
        match &reply {
            Reply::Beat(reply) => {
                sender.mark = reply.mark;
                for changed in &reply.changed {
                    sender.learn(&changed.breaker, changed.standing, changed.record.as_ref());
                }
            }
            Reply::Vote(VoteReply { standing, .. })
            | Reply::Lease(LeaseReply { standing, .. })
            | Reply::Outcome(OutcomeReply { standing, .. }) => {
                sender.learn(&breaker, *standing, None);
            }
            Reply::Command(reply) => {
                sender.learn(&breaker, reply.standing, reply.record.as_ref());
            }
            Reply::Look(_) => {}
        }
        reply
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Wait(millis) => {
                // No instance is cut off for as long as registers are kept.
                if millis > HOUR / 4 {
                    (0..3).for_each(|instance| self.beat(instance));
                }
                self.server.wait(millis);
            }
            Step::Beat(instance) => self.beat(instance),
            Step::Vote(instance, breaker) => self.vote(instance, breaker, true),
            Step::Withdraw(instance, breaker) => self.vote(instance, breaker, false),
            Step::Lease(instance, breaker) => {
                self.sequence += 1;
                self.lease(instance, breaker, self.sequence, Claim::New);
            }
            Step::LateLease(instance, breaker) => {
                self.sequence += 1;
                self.lease(instance, breaker, self.sequence, Claim::Late);
            }
            Step::Renew(lease) => {
                if let Some(lease) = self.leases.iter().rev().nth(lease).cloned()
                    && !lease.is_reported
                {
                    let claim = Claim::Renew(lease.epoch);
                    self.lease(lease.instance, lease.breaker, lease.sequence, claim);
                }
            }
            Step::Report(lease, result) => self.report(lease, result),
            Step::Command(instance, breaker, what) => {
                self.commands += 1;
                let (id, by) = (format!("c{}", self.commands), "ann".to_owned());
                let breaker = BREAKERS[breaker].to_owned();
                self.ask(instance, Ask::Command(Command { breaker, what, id, by }));
            }
            Step::Flush => {
                self.server.memory.flush();
                // A failover takes longer than the epochs of one millisecond.
                self.server.wait(1_000);
            }
        }
    }

    fn beat(&mut self, instance: usize) {
        let (name, voter) = (format!("i{instance}"), format!("v{instance}"));
        let shares = BREAKERS.map(str::to_owned).to_vec();
        let view = "{}".to_owned();
        self.ask(instance, Ask::Beat(Beat { instance: name, voter, view, leaving: false, shares }));
    }

    fn vote(&mut self, instance: usize, breaker: usize, cast: bool) {
        let name = BREAKERS[breaker].to_owned();
        let copy = self.instances[instance].copies.get(&name).and_then(|copy| copy.register);
        let vote = Vote {
            breaker: name.clone(),
            shared_as: name,
            cast,
            epoch: copy.map_or(0, |register| register.epoch),
            ..vote_of(&format!("v{instance}"))
        };
        self.ask(instance, Ask::Vote(vote));
    }

    fn lease(&mut self, instance: usize, breaker: usize, sequence: u64, claim: Claim) {
        let lease = Lease {
            breaker: BREAKERS[breaker].to_owned(),
            id: id(sequence),
            claim,
            places: PLACES,
            longest: Duration::from_millis(LONGEST),
        };
        let Reply::Lease(reply) = self.ask(instance, Ask::Lease(lease)) else { unreachable!() };
        if reply.answer != LeaseAnswer::Granted {
            return;
        }
        let register = reply.standing.expect("a granted lease has an epoch").register;
        assert_eq!(register.state, State::HalfOpen);
        let (epoch, is_late) = (register.epoch, claim == Claim::Late);
        match claim {
            Claim::Renew(renewed) => assert_eq!(renewed, epoch),
            Claim::New | Claim::Late => {
                let is_reported = false;
                self.leases.push(Granted {
                    instance,
                    breaker,
                    sequence,
                    epoch,
                    is_late,
                    is_reported,
                });
            }
        }
    }

    fn report(&mut self, lease: usize, result: ProbeResult) {
        let place = self.leases.len().checked_sub(lease + 1);
        let Some(lease) = place.and_then(|place| self.leases.get_mut(place)) else { return };
        lease.is_reported = true;
        let Granted { instance, breaker, sequence, epoch, .. } = *lease;
        let outcome = Outcome {
            breaker: BREAKERS[breaker].to_owned(),
            id: id(sequence),
            epoch,
            result,
            success_threshold: 3,
            open_for: Duration::from_millis(OPEN_FOR),
            longest: Duration::from_millis(LONGEST),
        };
        let Reply::Outcome(reply) = self.ask(instance, Ask::Outcome(outcome)) else {
            unreachable!()
        };
        if matches!(reply.answer, OutcomeAnswer::Counted | OutcomeAnswer::Closed) {
            assert!(self.counted.insert((epoch, sequence)), "a lease counts once");
        }
    }

    /// Asserts that each new state has an epoch above all earlier ones of the breaker.
    fn check_epochs(&mut self, before: [Option<Register>; 2], may_restore: bool) {
        for (breaker, before) in before.into_iter().enumerate() {
            let Some(after) = self.server.register(BREAKERS[breaker]) else { continue };
            let highest = &mut self.epochs[breaker];
            let is_new_state =
                Some((after.epoch, after.state)) != before.map(|it| (it.epoch, it.state));
            assert!(may_restore || !is_new_state || after.epoch > *highest, "{before:?} {after:?}");
            assert!(may_restore || Some(after) >= before, "{before:?} {after:?}");
            *highest = after.epoch.max(*highest);
        }
    }

    /// Asserts that there are at most as many unexpired leases as places, not counting late ones.
    fn check_leases(&self) {
        for (number, breaker) in BREAKERS.into_iter().enumerate() {
            let Some(register) = self.server.register(breaker) else { continue };
            let unexpired = self.server.members(&format!(":s:{breaker}")).into_iter();
            let unexpired = unexpired.filter(|(_, end)| *end > at(self.server.now));
            let in_time = unexpired.filter(|(member, _)| {
                let is_it = |lease: &&Granted| {
                    lease.breaker == number
                        && *member == format!("{}|{}", lease.epoch, id(lease.sequence))
                };
                let lease = self.leases.iter().find(is_it).expect("only granted ones are stored");
                lease.epoch == register.epoch && !lease.is_late
            });
            assert!(in_time.count() <= PLACES as usize);
        }
    }

    fn run(&mut self, steps: Vec<Step>) {
        let mut flushed = false;
        for step in steps {
            let before = BREAKERS.map(|breaker| self.server.register(breaker));
            flushed |= matches!(step, Step::Flush);
            self.step(&step);
            self.check_epochs(before, flushed);
            self.check_leases();
            for push in self.server.pushes() {
                let breaker = BREAKERS.iter().position(|name| *name == push.name).unwrap();
                if push.kind != Kind::Command {
                    assert_eq!(push.epoch, self.server.register(BREAKERS[breaker]).unwrap().epoch);
                }
            }
        }
    }

    /// Returns the stored state of each breaker that still counts.
    fn stored(&self) -> [(Option<Register>, Option<Record>); 2] {
        let now = self.server.now;
        BREAKERS.map(|breaker| {
            let register = self.server.register(breaker).filter(|it| it.counts(now));
            (register, self.server.record(breaker).filter(|it| it.counts(now)))
        })
    }

    /// Returns the highest copies of all instances.
    fn known(&mut self) -> [(Option<Register>, Option<Record>); 2] {
        let now = self.server.now;
        self.instances.iter_mut().for_each(|instance| instance.forget(now));
        BREAKERS.map(|breaker| {
            let copies = || self.instances.iter().filter_map(|it| it.copies.get(breaker));
            let record = copies().filter_map(|copy| copy.record.clone()).max();
            (copies().filter_map(|copy| copy.register).max(), record)
        })
    }

    fn check_that_all_know(&mut self, expected: &[(Option<Register>, Option<Record>); 2]) {
        self.instances.iter_mut().for_each(|instance| instance.forget(self.server.now));
        for instance in &self.instances {
            for (breaker, (register, record)) in BREAKERS.into_iter().zip(expected) {
                let copy = instance.copies.get(breaker);
                assert_eq!(copy.and_then(|copy| copy.register), *register);
                assert_eq!(copy.and_then(|copy| copy.record.clone()), *record);
            }
        }
    }
}

proptest! {
    #[test]
    fn epochs_grow_and_leases_are_few_and_count_once(
        steps in prop::collection::vec(step(), 0..120)
    ) {
        let steps = steps.into_iter().filter(|step| !matches!(step, Step::Flush));
        World::new().run(steps.collect());
    }

    #[test]
    fn leases_are_few_and_count_once_after_flushes(
        steps in prop::collection::vec(step(), 0..120)
    ) {
        World::new().run(steps);
    }

    #[test]
    fn two_beats_of_each_make_all_know_the_same(
        steps in prop::collection::vec(step(), 0..80)
    ) {
        let mut world = World::new();
        world.run(steps);
        for instance in [0, 1, 2, 0, 1, 2] {
            world.beat(instance);
        }
        let stored = world.stored();
        world.check_that_all_know(&stored);
    }

    #[test]
    fn a_flush_followed_by_beats_restores_all_that_is_known(
        steps in prop::collection::vec(step(), 0..80)
    ) {
        let mut world = World::new();
        world.run(steps);
        world.step(&Step::Flush);
        let known = world.known();
        for instance in [0, 1, 2] {
            world.beat(instance);
        }
        prop_assert_eq!(world.stored(), known.clone());
        for instance in [0, 1, 2] {
            world.beat(instance);
        }
        world.check_that_all_know(&known);
    }
}
