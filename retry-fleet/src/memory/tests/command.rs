use super::*;
use crate::record::{Force, SetMode};
use crate::wire::{CommandAnswer, Kind, VoteAnswer};

const TEN: Option<Duration> = Some(Duration::from_secs(10));

/// Returns the force, `until` and mode of the record.
fn content(reply: &CommandReply) -> (Force, u64, SetMode) {
    let record = reply.record.as_ref().unwrap();
    (record.force, record.until, record.mode)
}

#[test]
fn a_force_is_recorded_and_announced() {
    let mut server = Server::new();
    let reply = server.command("c1", What::Open(TEN));
    let record = format!("1|{NOW}|open|{}|-|c1|ann", NOW + 10_000);
    assert_eq!(reply.answer, CommandAnswer::Done);
    assert_eq!(reply.record.unwrap().to_string(), record);
    assert_eq!(server.record("llm").unwrap().to_string(), record);
    assert_eq!(
        (reply.standing, server.register("llm")),
        (None, None),
        "the register is not forced"
    );
    let push = Push {
        epoch: NOW,
        state: State::Closed,
        left: Duration::ZERO,
        failed: 0,
        kind: Kind::Command,
        name: "llm".to_owned(),
    };
    assert_eq!(server.pushes(), [push]);
}

#[test]
fn a_repeated_command_changes_nothing() {
    let mut server = Server::new();
    let first = server.command("c1", What::Open(TEN));
    server.pushes();
    server.wait(1_000);
    let second = server.command("c1", What::Open(TEN));
    assert_eq!(second.answer, CommandAnswer::Repeated);
    assert_eq!(second.record, first.record);
    assert_eq!(server.pushes(), []);
    assert_eq!(server.command("c2", What::Open(TEN)).answer, CommandAnswer::Done);
}

#[test]
fn each_command_has_a_higher_epoch_and_leaves_what_it_does_not_name() {
    let mut server = Server::new();
    let mut epoch = 0;
    let commands = [
        (What::Mode(SetMode::Observe), (Force::None, 0, SetMode::Observe)),
        (What::Closed(None), (Force::Closed, 0, SetMode::Observe)),
        (What::Open(TEN), (Force::Open, NOW + 10_000, SetMode::Observe)),
        (What::Mode(SetMode::Off), (Force::Open, NOW + 10_000, SetMode::Off)),
        (What::Reset, (Force::None, 0, SetMode::Off)),
        (What::Mode(SetMode::None), (Force::None, 0, SetMode::None)),
    ];
    for (number, (what, expected)) in commands.into_iter().enumerate() {
        let reply = server.command(&format!("c{number}"), what);
        assert_eq!(content(&reply), expected, "{what:?}");
        let new = reply.record.unwrap().epoch;
        assert!(new > epoch);
        epoch = new;
    }
}

#[test]
fn a_force_that_has_ended_is_not_kept_by_a_mode() {
    let mut server = Server::new();
    server.command("c1", What::Open(TEN));
    server.wait(10_000);
    let reply = server.command("c2", What::Mode(SetMode::Enforce));
    assert_eq!(content(&reply), (Force::None, 0, SetMode::Enforce));
}

#[test]
fn a_reset_closes_and_deletes_votes_and_leases() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.pushes();
    let reply = server.command("c1", What::Reset);
    let closed = reply.standing.unwrap().register;
    assert_eq!(closed, Register::closed(closed.epoch));
    assert!(closed.epoch > epoch);
    assert_eq!(reply.record.unwrap().epoch, closed.epoch);
    assert_eq!(server.members(":s:llm"), []);
    let pushes = server.pushes();
    assert_eq!((pushes[0].kind, pushes[0].epoch), (Kind::Command, closed.epoch));

    server.vote("v1");
    server.command("c2", What::Reset);
    assert_eq!(server.members(":v:llm"), []);
    assert_eq!(server.vote("v2").answer, VoteAnswer::Counted);
}

#[test]
fn a_reset_without_a_register_makes_one() {
    let mut server = Server::new();
    let closed = Register::closed(NOW);
    assert_eq!(server.command("c1", What::Reset).standing, standing(closed, 0));
    assert_eq!(server.register("llm"), Some(closed));
}

#[test]
fn other_commands_leave_the_register() {
    let mut server = Server::new();
    let opened = server.open();
    for (id, what) in [("c1", What::Closed(None)), ("c2", What::Mode(SetMode::Off))] {
        server.wait(1);
        let left = opened.until - server.now;
        assert_eq!(server.command(id, what).standing, standing(opened, left));
    }
    assert_eq!(server.register("llm"), Some(opened));
}
