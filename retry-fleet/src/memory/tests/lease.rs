use super::*;
use crate::wire::LeaseAnswer::{self, Granted, Refused};

#[test]
fn there_is_no_lease_unless_the_open_phase_is_over() {
    let mut server = Server::new();
    assert_eq!(server.lease(1, Claim::New).answer, LeaseAnswer::None);
    let opened = server.open();
    server.wait(OPEN_FOR - 1);
    for claim in [Claim::New, Claim::Late] {
        let reply = server.lease(1, claim);
        assert_eq!(reply.answer, LeaseAnswer::Waiting);
        assert_eq!(reply.standing, standing(opened, 1));
    }
    let closed = Register::closed(server.now);
    let mut server = server.knows("llm", &closed.to_string());
    let reply = server.lease(1, Claim::New);
    assert_eq!((reply.answer, reply.standing), (LeaseAnswer::Closed, standing(closed, 0)));
}

#[test]
fn the_first_lease_makes_a_half_open_epoch() {
    let mut server = Server::new();
    let opened = server.open();
    server.pushes();
    server.wait(OPEN_FOR);
    let reply = server.lease(1, Claim::New);
    let (epoch, until) = (server.now, server.now);
    let register = Register { epoch, state: State::HalfOpen, until, failed: 0, ok: 0 };
    assert!(epoch > opened.epoch);
    assert_eq!((reply.answer, reply.taken), (LeaseAnswer::Granted, 1));
    assert_eq!(reply.standing, standing(register, 0));
    assert_eq!(server.register("llm"), Some(register));
    let lease = (format!("{epoch}|pod/1"), at(server.now + 6_000));
    assert_eq!(server.members(":s:llm"), [lease]);
    assert_eq!(server.pushes(), []);
}

#[test]
fn there_are_as_many_leases_as_places() {
    let mut server = Server::new();
    server.half_open();
    let answers = [1, 2, 3, 2, 1].map(|sequence| server.lease(sequence, Claim::New));
    assert_eq!(
        answers.each_ref().map(|reply| reply.answer),
        [Granted, Granted, Refused, Granted, Granted]
    );
    assert_eq!(answers.map(|reply| reply.taken), [1, 2, 2, 2, 2], "one id is one lease");
}

#[test]
fn a_lease_expires_after_6_s_unless_it_is_renewed() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.lease(2, Claim::New);
    server.wait(5_999);
    assert_eq!(server.lease(2, Claim::Renew(epoch)).answer, LeaseAnswer::Granted);
    assert_eq!(server.lease(3, Claim::New).answer, LeaseAnswer::Refused);
    server.wait(1);
    let reply = server.lease(3, Claim::New);
    assert_eq!((reply.answer, reply.taken), (LeaseAnswer::Granted, 2));
    assert_eq!(
        server.lease(1, Claim::Renew(epoch)).answer,
        LeaseAnswer::Refused,
        "its place is taken"
    );
    server.wait(5_999);
    assert_eq!(
        server.lease(1, Claim::Renew(epoch)).answer,
        LeaseAnswer::Granted,
        "there is room again"
    );
}

#[test]
fn a_lease_is_renewed_in_its_epoch_only() {
    let mut server = Server::new();
    let epoch = server.half_open();
    assert_eq!(server.lease(1, Claim::Renew(epoch - 1)).answer, LeaseAnswer::OtherEpoch);
    server.outcome(1, epoch, ProbeResult::Failure);
    assert_eq!(server.lease(1, Claim::Renew(epoch)).answer, LeaseAnswer::OtherEpoch);
    server.wait(2 * OPEN_FOR);
    assert_eq!(server.lease(1, Claim::Renew(epoch)).answer, LeaseAnswer::OtherEpoch);
    let register = server.register("llm").unwrap();
    let reply = server.lease(1, Claim::Renew(register.epoch));
    assert_eq!(reply.answer, LeaseAnswer::OtherEpoch, "an open epoch has no leases");
    assert_eq!(register.state, State::Open, "no renewal makes a half-open epoch");
}

#[test]
fn leases_of_other_epochs_never_count() {
    let mut server = Server::new();
    server.half_open();
    for other in ["1|pod/8", "|pod/9", "nonsense"] {
        server.memory.store.zadd(&key(":s:llm"), server.now + 5_000, other.as_bytes());
    }
    let reply = server.lease(2, Claim::New);
    assert_eq!((reply.answer, reply.taken), (LeaseAnswer::Granted, 2));
    assert_eq!(server.members(":s:llm").len(), 2);
}

#[test]
fn a_late_probe_is_granted_above_the_limit_and_counts() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.lease(2, Claim::New);
    let reply = server.lease(3, Claim::Late);
    assert_eq!((reply.answer, reply.taken), (LeaseAnswer::Granted, 3));
    assert_eq!(server.lease(4, Claim::New).answer, LeaseAnswer::Refused);
    server.outcome(3, epoch, ProbeResult::Neutral);
    assert_eq!(server.lease(4, Claim::New).answer, LeaseAnswer::Refused);
    server.outcome(2, epoch, ProbeResult::Neutral);
    assert_eq!(server.lease(4, Claim::New).answer, LeaseAnswer::Granted);
}

#[test]
fn late_probes_are_bounded_too() {
    let mut server = Server::new();
    server.half_open();
    for sequence in 2..=1_000 {
        assert_eq!(server.lease(sequence, Claim::Late).answer, Granted);
    }
    assert_eq!(server.lease(1_001, Claim::Late).answer, Refused);
    assert_eq!(server.lease(1_000, Claim::Late).answer, Granted, "it is held");
}

#[test]
fn a_late_probe_may_be_the_first_one() {
    let mut server = Server::new();
    server.open();
    server.wait(OPEN_FOR);
    let reply = server.lease(1, Claim::Late);
    assert_eq!((reply.answer, reply.taken), (LeaseAnswer::Granted, 1));
    assert_eq!(reply.standing.unwrap().register.state, State::HalfOpen);
}

#[test]
fn a_lease_that_is_stored_too_far_ahead_is_cut() {
    let mut server = Server::new();
    let epoch = server.half_open();
    let lease = format!("{epoch}|pod/9");
    server.memory.store.zadd(&key(":s:llm"), server.now + DAY, lease.as_bytes());
    assert_eq!(server.lease(2, Claim::New).answer, LeaseAnswer::Refused);
    server.wait(6_000);
    assert_eq!(server.lease(2, Claim::New).answer, LeaseAnswer::Granted);
}

#[test]
fn a_half_open_epoch_keeps_the_failed_recoveries() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.outcome(1, epoch, ProbeResult::Failure);
    server.wait(2 * OPEN_FOR);
    let register = server.lease(2, Claim::New).standing.unwrap().register;
    assert_eq!((register.state, register.failed), (State::HalfOpen, 1));
    assert!(register.epoch > epoch);
}
