use super::*;
use crate::limits::{LOOKED_INSTANCES, LOOKED_NAMES};
use crate::record::Force;
use crate::wire::LookedInstance;

#[test]
fn it_names_the_voters_of_the_present_epoch() {
    let mut server = Server::new();
    server.vote("v1");
    let reply = server.look(&["llm", "mail"]);
    let names: Vec<_> = reply.breakers.iter().map(|looked| looked.breaker.as_str()).collect();
    assert_eq!(names, ["llm", "mail"]);
    assert_eq!(reply.breakers[0].voters, ["v1"]);
    assert_eq!(reply.breakers[1].voters, [""; 0]);

    // A vote of another epoch does not count.
    server.memory.put_member(&key(":v:llm"), b"7|v9", 2e12);
    assert_eq!(server.look(&["llm"]).breakers[0].voters, ["v1"]);
    server.wait(OPEN_FOR);
    assert_eq!(server.look(&["llm"]).breakers[0].voters, [""; 0]);
}

#[test]
fn it_tells_who_probes_and_until_when_the_breaker_is_open() {
    let mut server = Server::new();
    let opened = server.open();
    server.wait(SECOND);
    let looked = server.look(&["llm"]).breakers.remove(0);
    assert_eq!(looked.standing, standing(opened, OPEN_FOR - SECOND));
    server.wait(OPEN_FOR);
    server.lease(1, Claim::New);
    server.lease(2, Claim::New);
    let looked = server.look(&["llm"]).breakers.remove(0);
    assert_eq!(looked.standing.unwrap().register.state, State::HalfOpen);
    assert_eq!(looked.probing, ["pod", "pod"]);
    server.wait(6 * SECOND);
    assert_eq!(server.look(&["llm"]).breakers[0].probing, [""; 0]);
}

#[test]
fn it_has_the_operators_record() {
    let mut server = Server::new();
    server.command("c1", What::Open(None));
    let looked = server.look(&["llm"]).breakers.remove(0);
    let record = looked.record.unwrap();
    assert_eq!((record.force, record.by.as_slice()), (Force::Open, &b"ann"[..]));
}

#[test]
fn instances_are_shown_with_their_views_and_last_beats() {
    let mut server = Server::new();
    server.beat("i1");
    server.wait(1_500);
    server.beat("i2");
    server.wait(100);
    let reply = server.look(&[]);
    let shown = |instance: &str, silent| {
        let view = format!("view of {instance}").into_bytes();
        LookedInstance { instance: instance.to_owned(), silent, view }
    };
    assert_eq!(reply.instances, [shown("i1", 1_600), shown("i2", 100)]);
    assert_eq!(reply.alive, 2);
    // Dead instances are left out before a beat removes them.
    server.wait(4_400);
    assert_eq!(server.look(&[]).instances, [shown("i2", 4_500)]);
}

#[test]
fn it_changes_nothing() {
    let mut server = Server::new();
    server.half_open();
    server.beat("i1");
    server.command("c1", What::Mode(crate::record::SetMode::Off));
    server.wait(DAY);
    let before = format!("{:?}", server.memory);
    server.sent = 1;
    server.known.push(known("mail", &format!("1|{NOW}|open|{}|0|0", NOW + 2 * DAY)));
    let mut looked = server.clone();
    looked.look(&["llm", "mail"]);
    // Expired keys aside, which any script removes.
    server.memory.store.expire(server.now);
    assert_ne!(format!("{:?}", server.memory), before);
    assert_eq!(format!("{:?}", looked.memory), format!("{:?}", server.memory));
}

#[test]
fn nothing_that_anybody_writes_makes_the_reply_long() {
    let mut server = Server::new();
    let end = 1e300;
    for number in 0..2_000 {
        server.memory.put_member(&key(":a"), format!("i{number}").as_bytes(), end);
        server.memory.put_field(&key(":i"), format!("i{number}").as_bytes(), &[b'x'; 257]);
        server.memory.put_member(&key(":v:llm"), format!("0|v{number}").as_bytes(), end);
        server.memory.put_member(&key(":s:llm"), format!("0|i/{number}").as_bytes(), end);
    }
    server.memory.put_member(&key(":a"), &[b'i'; 72], 1e299);
    server.memory.put_member(&key(":a"), b"a b", 1e299);
    server.memory.put_member(&key(":v:llm"), b"0|a b", 1e299);
    for lease in ["0|i", "0|i/", "0|/1", "0|i/x", "0|a b/1"] {
        server.memory.put_member(&key(":s:llm"), lease.as_bytes(), 1e299);
    }
    let reply = server.look(&["llm"; 100]);
    assert_eq!(reply.breakers.len(), crate::limits::LOOKED);
    assert_eq!(reply.breakers[0].voters.len(), LOOKED_NAMES - 1);
    assert_eq!(reply.breakers[0].probing.len(), LOOKED_NAMES - 5);
    assert_eq!(reply.instances.len(), LOOKED_INSTANCES - 2);
    assert!(reply.instances.iter().all(|it| it.view.is_empty() && it.silent == 0));
}
