use super::*;
use crate::wire::{Kind, LeaseAnswer, OutcomeAnswer};

#[test]
fn enough_successes_close() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.lease(2, Claim::New);
    server.wait(100);
    server.pushes();
    let reply = server.outcome(1, epoch, ProbeResult::Success);
    let counted = Register { epoch, state: State::HalfOpen, until: server.now, failed: 0, ok: 1 };
    assert_eq!((reply.answer, reply.standing), (OutcomeAnswer::Counted, standing(counted, 0)));
    assert_eq!(server.register("llm"), Some(counted));
    assert_eq!(server.pushes(), []);

    let reply = server.outcome(2, epoch, ProbeResult::Success);
    let closed = server.register("llm").unwrap();
    assert_eq!((reply.answer, reply.standing), (OutcomeAnswer::Closed, standing(closed, 0)));
    assert!(closed.epoch > epoch);
    assert_eq!(closed, Register::closed(closed.epoch));
    let pushes = server.pushes();
    assert_eq!(
        (pushes[0].kind, pushes[0].state, pushes[0].epoch),
        (Kind::Closed, State::Closed, closed.epoch)
    );
    assert_eq!(server.members(":s:llm"), []);
}

#[test]
fn a_success_counts_once() {
    let mut server = Server::new();
    let epoch = server.half_open();
    assert_eq!(server.outcome(1, epoch, ProbeResult::Success).answer, OutcomeAnswer::Counted);
    assert_eq!(server.outcome(1, epoch, ProbeResult::Success).answer, OutcomeAnswer::Void);
    assert_eq!(server.register("llm").unwrap().ok, 1);
}

#[test]
fn a_failure_opens_again_for_the_time_that_the_sender_says() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.lease(2, Claim::New);
    server.outcome(2, epoch, ProbeResult::Success);
    server.pushes();
    let reply = server.outcome(1, epoch, ProbeResult::Failure);
    let opened = server.register("llm").unwrap();
    assert!(opened.epoch > epoch);
    assert_eq!(opened, open_register(opened.epoch, server.now + 2 * OPEN_FOR, 1));
    assert_eq!(reply.answer, OutcomeAnswer::Reopened);
    assert_eq!(reply.standing, standing(opened, 2 * OPEN_FOR));
    assert_eq!(server.members(":s:llm"), []);
    let pushes = server.pushes();
    assert_eq!((pushes[0].kind, pushes[0].failed), (Kind::Reopened, 1));
    let repeated = server.outcome(1, epoch, ProbeResult::Failure);
    assert_eq!(repeated.answer, OutcomeAnswer::Void);
    assert_eq!(server.register("llm"), Some(opened));
}

#[test]
fn a_neutral_end_only_frees_the_place() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.lease(2, Claim::New);
    let before = server.register("llm");
    assert_eq!(server.outcome(1, epoch, ProbeResult::Neutral).answer, OutcomeAnswer::Freed);
    assert_eq!(server.outcome(1, epoch, ProbeResult::Neutral).answer, OutcomeAnswer::Void);
    assert_eq!(server.register("llm"), before);
    assert_eq!(server.lease(3, Claim::New).answer, LeaseAnswer::Granted);
}

#[test]
fn an_outcome_of_an_expired_lease_counts_only_as_a_failure() {
    let cases = [
        (ProbeResult::Success, OutcomeAnswer::Void),
        (ProbeResult::Neutral, OutcomeAnswer::Void),
        (ProbeResult::Failure, OutcomeAnswer::Reopened),
    ];
    for (result, answer) in cases {
        let mut server = Server::new();
        let epoch = server.half_open();
        server.wait(6_000);
        assert_eq!(server.outcome(1, epoch, result).answer, answer);
    }
}

#[test]
fn an_outcome_counts_only_in_its_epoch() {
    let mut server = Server::new();
    let first = server.half_open();
    server.lease(2, Claim::New);
    server.outcome(1, first, ProbeResult::Failure);
    let opened = server.register("llm");
    for result in [ProbeResult::Success, ProbeResult::Failure, ProbeResult::Neutral] {
        assert_eq!(server.outcome(2, first, result).answer, OutcomeAnswer::Void);
    }
    assert_eq!(server.register("llm"), opened);

    server.wait(2 * OPEN_FOR);
    let second = server.lease(3, Claim::New).standing.unwrap().register.epoch;
    assert_eq!(server.outcome(2, first, ProbeResult::Failure).answer, OutcomeAnswer::Void);
    assert_eq!(server.outcome(3, first, ProbeResult::Success).answer, OutcomeAnswer::Void);
    assert_eq!(server.outcome(3, second, ProbeResult::Success).answer, OutcomeAnswer::Counted);
}

#[test]
fn an_open_phase_is_at_most_the_longest() {
    let mut server = Server::new();
    let epoch = server.half_open();
    let reply = server.ask(Ask::Outcome(Outcome {
        breaker: "llm".to_owned(),
        id: id(1),
        epoch,
        result: ProbeResult::Failure,
        success_threshold: 2,
        open_for: Duration::MAX,
        longest: Duration::from_millis(LONGEST),
    }));
    let Reply::Outcome(reply) = reply else { unreachable!() };
    assert_eq!(reply.standing.unwrap().left, Duration::from_millis(LONGEST));
}

#[test]
fn successes_survive_a_flush_in_the_copies() {
    let mut server = Server::new();
    let epoch = server.half_open();
    let counted = server.outcome(1, epoch, ProbeResult::Success).standing.unwrap().register;
    server.memory.flush();
    let mut server = server.knows("llm", &counted.to_string());
    assert_eq!(server.lease(2, Claim::New).answer, LeaseAnswer::Granted);
    assert_eq!(server.outcome(2, epoch, ProbeResult::Success).answer, OutcomeAnswer::Closed);
}
