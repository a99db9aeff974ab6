use super::*;
use crate::limits::{self, CHANGED};

#[test]
fn a_beat_tells_who_is_alive_and_when_to_beat_again() {
    let mut server = Server::new();
    let reply = server.beat("i1");
    assert_eq!((reply.alive, reply.next_beat), (1, Duration::from_secs(2)));
    assert_eq!(server.beat("i2").alive, 2);
    server.wait(5_999);
    assert_eq!(server.beat("i2").alive, 2, "alive for three beats");
    server.wait(1);
    assert_eq!(server.beat("i2").alive, 1);
    assert_eq!(server.memory.store.hget(&key(":i"), b"i1"), None, "its view goes with it");
    assert_eq!(server.memory.store.hget(&key(":i"), b"i2"), Some(&b"view of i2"[..]));
}

#[test]
fn the_beat_grows_with_the_group_within_limits() {
    for (alive, beat) in [
        (0, 2_000),
        (800, 2_000),
        (801, 2_002),
        (10_000, 25_000),
        (12_000, 30_000),
        (u64::MAX, 30_000),
    ] {
        assert_eq!(limits::beat(alive), beat, "{alive}");
    }
}

#[test]
fn a_large_group_beats_slowly() {
    let mut server = Server::new();
    for number in 0..999 {
        server.memory.store.zadd(&key(":a"), NOW + 9_000, format!("i{number}").as_bytes());
    }
    let reply = server.beat("new");
    assert_eq!((reply.alive, reply.next_beat), (1_000, Duration::from_millis(2_500)));
    let new = ("new".to_owned(), at(NOW + 7_500));
    assert!(server.members(":a").contains(&new));
    server.beat("new");
    assert!(server.members(":a").contains(&new), "it does not count itself twice");
}

#[test]
fn one_who_leaves_is_gone_at_once() {
    let mut server = Server::new();
    server.beat("i1");
    server.beat("i2");
    assert_eq!(server.members(":w:llm").len(), 2);
    let reply = server.leave("i1");
    assert_eq!(reply.alive, 1);
    let sharers = server.members(":w:llm");
    assert_eq!(sharers, [("host-of-i2".to_owned(), at(NOW + 6_000))]);
    assert_eq!(server.memory.store.hget(&key(":i"), b"i1"), None);
    assert_eq!(server.leave("i1").alive, 1, "leaving twice changes nothing");
}

#[test]
fn a_long_view_is_not_stored() {
    let mut server = Server::new();
    for (view, is_stored) in [("a".repeat(256), true), ("b".repeat(257), false)] {
        let beat = Beat {
            instance: view[..1].to_owned(),
            voter: "v".to_owned(),
            view: view.clone(),
            leaving: false,
            shares: Vec::new(),
        };
        server.send_beat(beat);
        let stored = server.memory.store.hget(&key(":i"), &view.as_bytes()[..1]);
        assert_eq!(stored.is_some(), is_stored);
    }
}

#[test]
fn an_instance_that_is_alive_for_too_long_does_not_count_until_its_next_beat() {
    let mut server = Server::new();
    server.memory.store.zadd(&key(":a"), NOW + 90_000, b"i8");
    server.memory.store.zadd(&key(":a"), NOW + 90_001, b"i9");
    assert_eq!(server.beat("i1").alive, 2);
    assert_eq!(server.beat("i9").alive, 3);
}

#[test]
fn a_group_begins_with_its_first_beat() {
    let began = |server: &Server| server.members(":a")[0].clone();
    let mut server = Server::new();
    server.memory.store.hset(&key(":i"), b"i9", b"left over");
    server.beat("i1");
    assert_eq!(began(&server), ("|".to_owned(), -at(NOW)));
    assert_eq!(server.memory.store.hget(&key(":i"), b"i9"), None);
    server.wait(5_000);
    server.beat("i1");
    assert_eq!(began(&server).1, -at(NOW));

    server.now -= HOUR;
    server.beat("i1");
    assert_eq!(began(&server).1, -at(server.now), "the clock has jumped back");

    server.wait(200_000);
    server.beat("i1");
    assert_eq!(began(&server).1, -at(server.now), "nobody was alive for long");
}

#[test]
fn pages_follow_one_another_and_skip_nothing() {
    let mut server = Server::new();
    let name = |number: u64| format!("b{number:03}");
    // Half of them have the same epoch.
    for number in 0..200 {
        let epoch = NOW - 300 + number.min(100);
        server.known.push(known(&name(number), &format!("1|{epoch}|closed|0|0|0")));
    }
    server.beat("i1");
    let mut seen = Vec::new();
    let pages = [64, 64, 64, 8, 0, 0].map(|expected| {
        let reply = server.beat("i1");
        assert_eq!(reply.changed.len(), expected);
        assert!(reply.mark >= server.mark);
        server.mark = reply.mark;
        seen.extend(reply.changed.into_iter().map(|changed| changed.breaker));
        expected
    });
    assert_eq!(pages[0], CHANGED);
    let all: Vec<_> = (0..200).map(name).collect();
    assert_eq!(seen, all, "in the order of their changes");
}

#[test]
fn a_mark_above_all_positions_begins_again() {
    let mut server = Server::new().knows("llm", &format!("1|{}|closed|0|0|0", NOW - 50));
    server.mark = NOW + 1;
    let reply = server.beat("i1");
    assert_eq!((reply.mark, reply.changed.len()), (NOW, 1));
    server.mark = reply.mark;
    assert_eq!(server.beat("i1").changed, []);
}

#[test]
fn a_record_comes_with_its_breaker() {
    let mut server = Server::new();
    server.command("c1", What::Open(None));
    let reply = server.beat("i1");
    assert_eq!(reply.changed.len(), 1);
    assert_eq!(reply.changed[0].standing, None);
    assert_eq!(reply.changed[0].record, server.record("llm"));
    server.mark = reply.mark;
    server.open();
    let reply = server.beat("i1");
    assert_eq!(reply.changed[0].standing, standing(server.register("llm").unwrap(), OPEN_FOR));
    assert_eq!(reply.changed[0].record, server.record("llm"));
}

#[test]
fn closed_registers_are_pruned_after_an_hour_eight_per_beat() {
    let mut server = Server::new();
    for number in 0..20 {
        server.known.push(known(&format!("b{number}"), &format!("1|{NOW}|closed|0|0|0")));
    }
    let until = NOW + HOUR + LONGEST / 2;
    server.beat("i1");
    server.memory.store.hset(
        &key(":r"),
        b"b0",
        open_register(NOW, until, 0).to_string().as_bytes(),
    );
    server.command_for("b1", "c", What::Open(None));
    server.wait(HOUR);
    server.beat("i1");
    assert_eq!(server.members(":x").len(), 20, "an hour is not more than an hour");

    server.wait(1_000);
    let mut count = 20;
    for _ in 0..200 {
        server.wait(2_001);
        server.beat("i1");
        let left = server.members(":x").len();
        assert!(count - left <= 8);
        count = left;
    }
    let left: Vec<_> = server.members(":x").into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["b0", "b1"], "what is open or forced stays");
    assert!(server.register("b0").is_some());
    assert_eq!(server.register("b1"), None, "of a forced one only the record stays");
    assert_eq!(server.memory.store.hashes[&key(":r")].len(), 1);
}

#[test]
fn what_must_stay_does_not_shield_others_from_pruning() {
    let mut server = Server::new();
    for number in 0..20 {
        server.command_for(&format!("forced{number}"), &format!("c{number}"), What::Open(None));
    }
    server.known.push(known("llm", &format!("1|{NOW}|closed|0|0|0")));
    server.beat("i1");
    server.wait(HOUR + 1_000);
    for _ in 0..200 {
        server.wait(2_001);
        server.beat("i1");
    }
    assert_eq!(server.register("llm"), None);
    assert_eq!(server.members(":x").len(), 20);
}

#[test]
fn a_record_without_effect_is_pruned_after_seven_days() {
    let mut server = Server::new();
    server.command("c1", What::Reset);
    for (wait, is_there) in [(7 * DAY, true), (1_000, false)] {
        server.wait(wait);
        server.beat("i1");
        assert_eq!(server.memory.store.hget(&key(":o"), b"llm").is_some(), is_there);
        assert_eq!(server.members(":x").len(), usize::from(is_there));
    }
}

#[test]
fn a_group_that_nobody_uses_disappears() {
    let mut server = Server::new();
    server.command("c1", What::Open(None));
    server.vote("v1");
    server.beat("i1");
    server.wait(180_001);
    server.memory.run(crate::wire::Script::Beat, &[], &[], server.now);
    assert_eq!(server.members(":a"), []);
    assert_eq!(server.members(":v:llm"), []);
    assert!(server.record("llm").is_some(), "it survives restarts");
    server.wait(30 * DAY);
    server.memory.store.expire(server.now);
    assert_eq!(server.record("llm"), None);
}
