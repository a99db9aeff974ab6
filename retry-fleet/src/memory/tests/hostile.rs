//! A script ends with a valid reply, whatever the store or the request holds.

use proptest::prelude::*;

use super::*;
use crate::limits::{self, CUT};
use crate::wire::Script;

/// Bytes that are often close to something valid.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        Just("0".to_owned()),
        Just("9007199254740991".to_owned()),
        Just("9007199254740992".to_owned()),
        (0..100_u64).prop_map(|near| (NOW + 50 - near).to_string()),
        (0..3 * DAY).prop_map(|near| (NOW + near).to_string()),
    ];
    let register = (number.clone(), "(open|closed|half-open|-)", number.clone())
        .prop_map(|(epoch, state, until)| format!("1|{epoch}|{state}|{until}|0|0"));
    let record = (number.clone(), "(open|closed|-)", number.clone(), "(-|off|x)")
        .prop_map(|(epoch, force, until, mode)| format!("1|{epoch}|{force}|{until}|{mode}|a|b|"));
    prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..80),
        2 => "(llm|mail|i1|v1|\\||)".prop_map(String::into_bytes),
        1 => number.clone().prop_map(String::into_bytes),
        4 => register.prop_map(String::into_bytes),
        2 => record.prop_map(String::into_bytes),
        2 => number.prop_map(|epoch| format!("{epoch}|pod/1").into_bytes()),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "times are below 2^53")]
fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("Redis has no NaN", |score| !score.is_nan()),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        (0..3 * DAY).prop_map(|ahead| (NOW + ahead) as f64),
        (0..100_u64).prop_map(|near| (NOW + 50 - near) as f64 + 0.5),
        (0..HOUR).prop_map(|ago| -((NOW - ago) as f64)),
    ]
}

/// A server whose keys may all hold anything.
fn server() -> impl Strategy<Value = Server> {
    let hash = prop::collection::vec((bytes(), bytes()), 0..6);
    let hash = (prop_oneof![Just(":r"), Just(":o"), Just(":i")], hash);
    let ends = [":x", ":a", ":q", ":v:llm", ":s:llm", ":w:llm"];
    let sorted = prop::collection::vec((bytes(), score()), 0..6);
    let sorted = (prop::sample::select(ends.to_vec()), sorted);
    let (hashes, sets) = (prop::collection::vec(hash, 0..6), prop::collection::vec(sorted, 0..8));
    (hashes, sets).prop_map(|(hashes, sets)| {
        let mut server = Server::new();
        for (end, fields) in hashes {
            for (field, value) in fields {
                server.memory.store.hset(&key(end), &field, &value);
                server.memory.store.hset(&key(end), b"llm", &value);
            }
        }
        for (end, members) in sets {
            for (member, score) in members {
                let set = server.memory.store.sorted.entry(key(end)).or_default();
                set.insert(&member, score);
            }
        }
        server
    })
}

proptest! {
    #[test]
    fn any_store_gives_replies_in_form(
        mut server in server(),
        waits in prop::collection::vec(0..20_000_u64, 3),
        epoch in prop_oneof![Just(0), Just(NOW), 0..limits::MOST],
    ) {
        for wait in waits {
            server.wait(wait);
            server.beat("i1");
            server.look(&["llm", "mail"]);
            server.send_vote(Vote { epoch, ..vote_of("v1") });
            server.send_vote(vote_of("v2"));
            server.lease(1, Claim::New);
            server.lease(2, Claim::Renew(epoch));
            server.lease(3, Claim::Late);
            server.outcome(1, epoch, ProbeResult::Success);
            server.outcome(1, epoch, ProbeResult::Failure);
            server.command("c1", What::Open(None));
            server.command("c2", What::Reset);
            server.leave("i1");
            server.pushes();
        }
    }

    #[test]
    fn a_fleet_recovers_from_any_store(mut server in server()) {
        // Any stored state ends within its maximum life, or at an operator's reset.
        server.command("reset", What::Reset);
        let closed = server.beat("i1").changed;
        let llm = closed.iter().find(|changed| changed.breaker == "llm").unwrap();
        prop_assert_eq!(llm.standing.unwrap().register.state, State::Closed);
        server.vote("v1");
        server.vote("v2");
        server.wait(OPEN_FOR);
        let epoch = server.lease(1, Claim::New).standing.unwrap().register.epoch;
        server.lease(2, Claim::New);
        server.outcome(1, epoch, ProbeResult::Success);
        server.outcome(2, epoch, ProbeResult::Success);
        prop_assert_eq!(server.register("llm").unwrap().state, State::Closed);
    }

    #[test]
    fn any_arguments_give_replies_in_form(
        mut server in server(),
        keys in prop::collection::vec(bytes(), 0..12),
        args in prop::collection::vec(bytes(), 0..20),
        now in prop_oneof![Just(NOW), any::<u64>()],
        script in prop::sample::select(Script::LIST.to_vec()),
        are_own_keys in any::<bool>(),
    ) {
        let ends = [":r", ":x", ":o", ":q", ":ch", ":a", ":v:llm", ":s:llm", ":w:llm"];
        let keys = if are_own_keys { ends.map(key).to_vec() } else { keys };
        let value = server.memory.run(script, &keys, &args, now);
        prop_assert!(Reply::parse(script, value).is_ok());
    }
}

#[test]
fn one_script_cuts_a_bounded_number_of_times() {
    let mut server = Server::new();
    for number in 0..1_000 {
        server.memory.store.zadd(&key(":w:llm"), NOW + DAY, format!("v{number}").as_bytes());
    }
    server.vote("one");
    let cut = |server: &Server| {
        let is_cut = |(_, score): &(String, i64)| *score == at(NOW + limits::ALIVE);
        server.members(":w:llm").iter().filter(|member| is_cut(member)).count()
    };
    assert_eq!(cut(&server), CUT);
    server.vote("two");
    assert_eq!(cut(&server), 2 * CUT);
}
