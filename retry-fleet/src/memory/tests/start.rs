//! The first steps of every script.

use super::*;
use crate::record::{Force, SetMode};
use crate::wire::{CommandAnswer, LeaseAnswer, OutcomeAnswer, VoteAnswer};

/// A record of an arbitrary operator.
fn record(epoch: u64, force: Force, until: u64) -> Record {
    Record { epoch, force, until, mode: SetMode::None, id: b"id".to_vec(), by: b"bob".to_vec() }
}

#[test]
fn a_beat_restores_what_was_lost() {
    let given = format!("1|{}|open|{}|2|0", NOW - 5, NOW + 5_000);
    let mut server = Server::new().knows("llm", &given);
    let reply = server.beat("i1");
    assert_eq!(server.register("llm").unwrap().to_string(), given);
    let changed = &reply.changed[0];
    assert_eq!(changed.breaker, "llm");
    assert_eq!(changed.standing, standing(server.register("llm").unwrap(), 5_000));
    assert_eq!(reply.mark, NOW, "the time of the change");
}

#[test]
fn every_script_restores_first() {
    let epoch = NOW - 5;
    let text = format!("1|{epoch}|half-open|{NOW}|2|0");
    let server = Server::new().knows("llm", &text);
    let stored = Register::parse(text.as_bytes());

    let mut other = server.clone();
    assert_eq!(other.vote("v1").answer, VoteAnswer::Open);
    assert_eq!(other.register("llm"), stored);

    let mut other = server.clone();
    assert_eq!(other.lease(1, Claim::Renew(epoch)).answer, LeaseAnswer::Granted);
    assert_eq!(other.register("llm"), stored);

    let mut other = server.clone();
    assert_eq!(other.outcome(1, epoch, ProbeResult::Success).answer, OutcomeAnswer::Void);
    assert_eq!(other.register("llm"), stored);

    let mut other = server.clone();
    assert_eq!(other.command("c", What::Open(None)).answer, CommandAnswer::Done);
    assert_eq!(other.register("llm"), stored);
}

#[test]
fn of_two_copies_the_higher_one_stays() {
    let at = |epoch, rest| format!("1|{epoch}|{rest}");
    let cases = [
        // stored, given, kept
        (at(NOW - 9, "closed|0|0|0"), at(NOW - 8, "closed|0|0|0"), 1),
        (at(NOW - 8, "closed|0|0|0"), at(NOW - 9, "closed|0|0|0"), 0),
        (at(NOW - 9, "closed|0|0|0"), at(NOW - 9, &format!("half-open|{NOW}|0|0")), 1),
        (
            at(NOW - 9, &format!("half-open|{NOW}|0|1")),
            at(NOW - 9, &format!("half-open|{NOW}|0|2")),
            1,
        ),
        (at(NOW - 9, &format!("open|{NOW}|0|0")), at(NOW - 9, &format!("half-open|{NOW}|0|2")), 0),
        (at(NOW - 9, &format!("open|{NOW}|0|0")), at(NOW - 9, &format!("open|{}|0|0", NOW + 1)), 1),
    ];
    for (stored, given, kept) in cases {
        let mut server = Server::new().knows("llm", &stored).knows("llm", &given);
        server.beat("i1");
        let expected = [&stored, &given][kept];
        assert_eq!(&server.register("llm").unwrap().to_string(), expected, "{stored} {given}");
    }
}

#[test]
fn what_does_not_count_is_neither_merged_nor_restored() {
    let ignored = [
        format!("1|{}|closed|0|0|0", NOW + DAY + 1),
        format!("1|{}|closed|0|0|0", NOW - HOUR - 1),
        format!("1|{}|open|{}|0|0", NOW - HOUR, NOW - HOUR - 1),
        format!("1|{}|half-open|{}|0|0", NOW - HOUR, NOW - HOUR - 1),
    ];
    for register in ignored {
        let mut server = Server::new().knows("llm", &register);
        let reply = server.beat("i1");
        assert_eq!(server.register("llm"), None, "{register}");
        assert_eq!(reply.changed, []);
    }
}

#[test]
fn a_stored_register_that_does_not_count_gives_way_to_any() {
    for stored in [format!("1|{}|open|9007199254740991|0|0", NOW + DAY + 1), "nonsense".to_owned()]
    {
        let given = format!("1|{}|closed|0|0|0", NOW - HOUR);
        let mut server = Server::new().knows("llm", &given);
        server.memory.store.hset(&key(":r"), b"llm", stored.as_bytes());
        server.beat("i1");
        assert_eq!(server.register("llm").unwrap().to_string(), given);
    }
}

#[test]
fn an_end_beyond_the_longest_open_phase_is_cut_once() {
    let far = open_register(NOW - 5, NOW + 2 * LONGEST, 0);
    let mut server = Server::new().knows("llm", &far.to_string());
    server.beat("i1");
    let cut = Register { until: NOW + LONGEST, ..far };
    assert_eq!(server.register("llm"), Some(cut));

    // The sender still has its copy, and must not move the end.
    server.wait(2_000);
    let mut server = server.knows("llm", &far.to_string());
    server.beat("i1");
    assert_eq!(server.register("llm"), Some(cut));
}

#[test]
fn an_end_that_is_stored_is_cut_by_the_script_that_reads_it() {
    let far = open_register(NOW - 5, NOW + 100 * LONGEST, 0);
    let cut = Register { until: NOW + LONGEST, ..far };
    let asks: [fn(&mut Server); 3] = [
        |server| _ = server.vote("v1"),
        |server| _ = server.lease(1, Claim::New),
        |server| _ = server.outcome(1, 1, ProbeResult::Failure),
    ];
    for ask in asks {
        let mut server = Server::new();
        server.memory.store.hset(&key(":r"), b"llm", far.to_string().as_bytes());
        ask(&mut server);
        assert_eq!(server.register("llm"), Some(cut));
    }
}

#[test]
fn records_are_restored_by_the_same_rules() {
    let restored = |stored: Option<Record>, given: Record| {
        let mut server = Server::new();
        let all = stored.into_iter().chain([given]);
        server.known =
            all.map(|record| Known { record: Some(record), ..known("llm", "") }).collect();
        server.beat("i1");
        server.record("llm")
    };
    let old = record(NOW - 400 * DAY, Force::Open, 0);
    assert_eq!(restored(None, old.clone()), Some(old.clone()), "it lasts until a reset");
    let reset = record(NOW - DAY, Force::None, 0);
    assert_eq!(restored(Some(old.clone()), reset.clone()), Some(reset.clone()));
    assert_eq!(restored(Some(reset.clone()), old), Some(reset.clone()), "a reset is remembered");
    assert_eq!(restored(None, Record { epoch: NOW + DAY + 1, ..reset.clone() }), None);
    assert_eq!(restored(None, Record { epoch: NOW - 8 * DAY, ..reset }), None);
}

#[test]
fn what_a_beat_restores_is_seen_by_those_who_know_newer_things() {
    let mut server = Server::new().knows("new", &format!("1|{NOW}|closed|0|0|0"));
    server.mark = server.beat("i1").mark;
    let mark = server.mark;
    assert_eq!(server.beat("i1").changed, []);

    let old = format!("1|{}|closed|0|0|0", NOW - 100);
    server.mark = 0;
    let mut server = server.knows("old", &old);
    server.beat("i2");
    server.mark = mark;
    let reply = server.beat("i1");
    assert_eq!(reply.changed.len(), 1);
    assert_eq!(reply.changed[0].breaker, "old");
    assert_eq!(reply.changed[0].standing.unwrap().register.to_string(), old);
}

#[test]
fn a_lost_position_is_restored() {
    let register = format!("1|{NOW}|closed|0|0|0");
    let mut server = Server::new().knows("llm", &register);
    server.beat("i1");
    server.memory.store.del(&key(":x"));
    let mut server = server.knows("llm", &register);
    assert_eq!(server.beat("i1").changed.len(), 1);
}

#[test]
fn what_was_sent_too_long_ago_only_restores() {
    let mut server = Server::new();
    let epoch = server.half_open();
    server.outcome(1, epoch, ProbeResult::Success);
    server.pushes();
    let before = server.clone();
    let opened = format!("1|{}|open|{}|0|0", NOW - 5, NOW + 5_000);
    let mut server = server.knows("other", &opened);

    server.sent = server.now - 5_001;
    let beat = server.beat("i1");
    assert!(beat.too_old);
    assert_eq!(beat.alive, 0);
    assert_eq!(beat.changed.len(), 2, "what is known is returned");
    assert!(server.register("other").is_some());
    assert_eq!(server.vote("v1").answer, VoteAnswer::TooOld);
    let lease = server.lease(2, Claim::New);
    assert_eq!(lease.answer, LeaseAnswer::TooOld);
    assert_eq!(lease.standing.unwrap().register.epoch, epoch);
    let outcome = server.outcome(1, epoch, ProbeResult::Failure);
    assert_eq!(outcome.answer, OutcomeAnswer::TooOld);
    assert_eq!(server.command("c", What::Reset).answer, CommandAnswer::TooOld);
    assert_eq!(server.register("llm"), before.register("llm"));
    assert_eq!(server.record("llm"), None);
    assert_eq!(server.members(":a"), []);
    assert_eq!(server.pushes(), []);

    server.sent = server.now - 5_000;
    assert!(!server.beat("i1").too_old);
    server.sent = server.now + HOUR;
    assert!(!server.beat("i1").too_old, "Redis' clock has jumped back");
}

#[test]
fn a_new_epoch_is_above_all_that_is_known() {
    let ahead = NOW + HOUR;
    let mut server = Server::new().knows("other", &format!("1|{ahead}|closed|0|0|0"));
    server.beat("i1");
    assert_eq!(server.open().epoch, ahead + 1, "above the highest position");

    let mut server = Server::new();
    server.mark = ahead;
    assert_eq!(server.open().epoch, ahead + 1, "above the mark");

    let mut server = Server::new();
    server.mark = NOW + DAY + 1;
    assert_eq!(server.open().epoch, NOW, "a mark that is too far ahead does not count");

    let mut server = Server::new();
    let register = Register::closed(ahead);
    server.memory.store.hset(&key(":r"), b"llm", register.to_string().as_bytes());
    assert_eq!(server.open().epoch, ahead + 1, "above the breaker's own, if its position is lost");

    let mut server = Server::new();
    let record = record(ahead, Force::Open, 0);
    server.memory.store.hset(&key(":o"), b"llm", &record.to_bytes());
    let reset = server.command("c", What::Reset).record.unwrap();
    assert_eq!(reset.epoch, ahead + 1, "above that of its record, if its position is lost");
}

#[test]
fn positions_that_are_too_far_ahead_are_dropped() {
    let mut server = Server::new();
    let x = key(":x");
    server.memory.store.zadd(&x, NOW + DAY + 1, b"llm");
    server.memory.store.sorted.get_mut(&x).unwrap().insert(b"other", f64::INFINITY);
    assert_eq!(server.open().epoch, NOW);
    assert_eq!(server.members(":x").len(), 1);
}

#[test]
fn a_group_has_at_most_4096_breakers() {
    let mut server = Server::new();
    for number in 0..4_096 {
        server.known.push(known(&format!("b{number}"), &format!("1|{NOW}|closed|0|0|0")));
    }
    server.known.push(known("llm", &format!("1|{NOW}|closed|0|0|0")));
    server.known.push(known("b7", &format!("1|{}|closed|0|0|0", NOW + 1)));
    server.beat("i1");
    assert_eq!(server.members(":x").len(), 4_096);
    assert_eq!(server.register("llm"), None);
    assert_eq!(server.register("b7").unwrap().epoch, NOW + 1, "known ones still change");

    assert_eq!(server.vote("v1").answer, VoteAnswer::Full);
    assert_eq!(server.members(":v:llm"), []);
    assert_eq!(server.command("c", What::Reset).answer, CommandAnswer::Full);
    assert_eq!(server.command_for("b7", "c", What::Reset).answer, CommandAnswer::Done);
}

#[test]
fn names_that_are_not_of_the_wire_are_not_restored() {
    for name in ["", "a b", "a|b", "a}b", &"a".repeat(72)] {
        let mut server = Server::new().knows(name, &format!("1|{NOW}|closed|0|0|0"));
        server.beat("i1");
        assert_eq!(server.members(":x"), [], "{name:?}");
    }
}

#[test]
fn at_most_20_pushes_a_second_leave_a_group() {
    let mut server = Server::new();
    let mut command = 0;
    let mut commands = |server: &mut Server, count: usize| {
        for _ in 0..count {
            command += 1;
            server.command(&format!("c{command}"), What::Reset);
        }
        server.pushes().len()
    };
    assert_eq!(commands(&mut server, 15), 15);
    server.wait(999);
    assert_eq!(commands(&mut server, 15), 5);
    server.wait(1);
    assert_eq!(commands(&mut server, 30), 15);
    server.now -= HOUR;
    assert_eq!(commands(&mut server, 30), 20, "times ahead of the clock do not count");
}
