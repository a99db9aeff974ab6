//! Behavior of Redis on which the scripts rely.

use crate::memory::store::{Range, Store};

#[test]
fn a_key_disappears_with_its_last_member_and_so_does_its_end() {
    let mut store = Store::default();
    store.zadd(b"z", 1, b"a");
    store.pexpire(b"z", 10);
    store.zrem(b"z", b"a");
    store.zadd(b"z", 1, b"a");
    store.hset(b"h", b"a", b"1");
    store.pexpire(b"h", 10);
    store.hdel(b"h", b"a");
    store.hset(b"h", b"a", b"1");
    store.expire(11);
    assert_eq!(store.zcard(b"z"), 1);
    assert_eq!(store.hget(b"h", b"a"), Some(&b"1"[..]));
}

#[test]
fn a_key_expires_after_its_end() {
    let mut store = Store::default();
    store.pexpire(b"z", 10);
    store.zadd(b"z", 1, b"a");
    store.expire(11);
    assert_eq!(store.zcard(b"z"), 1, "a key that is not there cannot expire");
    store.pexpire(b"z", 20);
    store.expire(20);
    assert_eq!(store.zcard(b"z"), 1);
    store.expire(21);
    assert_eq!(store.zcard(b"z"), 0);
}

#[test]
fn members_are_ordered_by_score_then_bytewise() {
    let mut store = Store::default();
    for (score, member) in [(2, "b"), (1, "z"), (2, "B"), (2, "\u{e9}"), (3, "")] {
        store.zadd(b"z", score, member.as_bytes());
    }
    store.zadd_negative(b"z", 5, b"n");
    let members = |range, offset, limit| {
        let found = store.zrangebyscore(b"z", range, offset, limit).into_iter();
        found.map(|(member, _)| String::from_utf8(member).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(members(Range::ALL, 0, 9), ["n", "z", "B", "b", "\u{e9}", ""]);
    assert_eq!(members(Range::ALL, 1, 2), ["z", "B"]);
    assert_eq!(members(Range::NEGATIVE, 0, 9), ["n"]);
    assert_eq!(members(Range::above(2), 0, 9), [""]);
    assert_eq!(members(Range::at_least(2), 0, 9), ["B", "b", "\u{e9}", ""]);
    assert_eq!(members(Range::up_to(1), 0, 9), ["n", "z"]);
    assert_eq!(members(Range::from_zero_to(1), 0, 9), ["z"]);
    assert_eq!(store.zcount(b"z", Range::above(1)), 4);
}

#[test]
fn adding_again_moves_a_member_unless_it_must_be_new() {
    let mut store = Store::default();
    assert!(store.zadd_new(b"z", 1, b"a"));
    assert!(!store.zadd_new(b"z", 2, b"a"));
    assert_eq!(store.zcount(b"z", Range::above(1)), 0);
    store.zadd(b"z", 2, b"a");
    assert_eq!(store.zcount(b"z", Range::above(1)), 1);
    assert_eq!(store.zcard(b"z"), 1);
    assert!(store.zrem(b"z", b"a"));
    assert!(!store.zrem(b"z", b"a"));
}
