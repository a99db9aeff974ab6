//! Tests of many breakers under one name.

mod support;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ptr;
use std::sync::{Arc, Barrier, Once};
use std::thread;

use retry_runtime::observe::{self, Event, NotListed};
use retry_runtime::registry::{self, Handle};
use retry_runtime::{CircuitBreaker, CircuitBreakers, CircuitState, Mode};
use support::{RECOVERY, acquire, fail, rejected};
use tokio::time::advance;

const OPEN: CircuitState = CircuitState::Open;
const CLOSED: CircuitState = CircuitState::Closed;
const HALF_OPEN: CircuitState = CircuitState::HalfOpen;

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// One listener serves the process. Events arrive on the thread of the call, so each test gets only
/// its own.
fn listen() {
    static OBSERVER: Once = Once::new();
    OBSERVER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            // No lock may be held while a listener runs.
            let _ = registry::all();
            let line = match event {
                Event::NotListed { breaker, reason, .. } => format!("{breaker}: {reason}"),
                _ => return,
            };
            HEARD.with_borrow_mut(|heard| heard.push(line));
        })
        .unwrap();
    });
}

fn heard() -> Vec<String> {
    HEARD.take()
}

fn open(breakers: &CircuitBreakers, key: &str) -> Handle {
    let breaker = breakers.for_key(key);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), OPEN);
    breaker
}

/// Returns the keys that have a place.
fn keys(breakers: &CircuitBreakers) -> Vec<String> {
    let all = breakers.all().into_iter();
    all.filter_map(|it| Some(it.name.split_once('/')?.1.to_owned())).collect()
}

fn is_overflow(breaker: &CircuitBreaker) -> bool {
    breaker.name().contains(" (other keys ")
}

#[test]
fn each_key_has_a_breaker_of_its_own() {
    let breakers = CircuitBreakers::new("hosts").failure_threshold(2);
    assert_eq!((breakers.name(), breakers.len(), breakers.is_empty()), ("hosts", 0, true));
    assert!(breakers.get("eu").is_none());
    let eu = breakers.for_key("eu");
    assert_eq!(eu.name(), "hosts/eu");
    fail(&breakers.for_key(String::from("eu")), 2);
    assert_eq!(eu.state(), OPEN);
    assert_eq!(rejected(&eu).name(), "hosts/eu");
    assert_eq!(breakers.for_key("us").state(), CLOSED);
    assert_eq!(breakers.get("eu").unwrap().state(), OPEN);
    assert_eq!((breakers.len(), breakers.is_empty()), (2, false));
    let all = breakers.all();
    let seen: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(seen, [("hosts/eu", OPEN), ("hosts/us", CLOSED)]);
    assert_eq!(all[0].failure_threshold, 2);
    assert_eq!(
        format!("{breakers:?}"),
        r#"CircuitBreakers { name: "hosts", keys: 2, max_keys: 1024, .. }"#
    );
}

#[test]
fn the_settings_are_those_of_each_breaker() {
    let breakers = CircuitBreakers::new("set").mode(Mode::Off).failure_threshold(7);
    let breaker = breakers.for_key("a");
    assert_eq!(breaker.current_mode(), Mode::Off);
    assert_eq!(breakers.all()[0].failure_threshold, 7);
}

#[test]
fn a_new_key_takes_the_place_of_the_least_recently_used() {
    let breakers = CircuitBreakers::new("lru").max_keys(3);
    for key in ["a", "b", "c"] {
        breakers.for_key(key);
    }
    breakers.for_key("a");
    assert!(breakers.get("c").is_some());
    breakers.for_key("d");
    assert_eq!(keys(&breakers), ["a", "c", "d"]);
    // All three were looked up since the same new key arrived. The first by key is evicted.
    for key in ["d", "a", "c"] {
        breakers.for_key(key);
    }
    breakers.for_key("e");
    assert_eq!(keys(&breakers), ["c", "d", "e"]);
}

#[test]
fn of_those_last_used_together_the_first_by_key_goes() {
    let breakers = CircuitBreakers::new("together").max_keys(64);
    let mut names: Vec<_> = (0..64).map(|number| format!("key {number:02}")).collect();
    for key in names.iter().rev().chain(&names) {
        breakers.for_key(key);
    }
    assert_eq!(keys(&breakers), names);
    breakers.for_key("new");
    names.remove(0);
    names.push("new".to_owned());
    assert_eq!(keys(&breakers), names);
    for key in names {
        assert_eq!(breakers.get(&key).unwrap().name(), format!("together/{key}"));
    }
}

#[test]
fn a_look_at_all_is_no_use() {
    static BREAKERS: CircuitBreakers = CircuitBreakers::new("looked at").max_keys(2);
    registry::add_keyed(&BREAKERS).unwrap();
    BREAKERS.for_key("a");
    BREAKERS.for_key("b");
    BREAKERS.for_key("c");
    BREAKERS.for_key("b");
    assert_eq!(keys(&BREAKERS), ["b", "c"]);
    BREAKERS.for_key("c");
    let _ = (BREAKERS.all(), registry::all(), registry::get("looked at/b"));
    BREAKERS.for_key("d");
    assert_eq!(keys(&BREAKERS), ["c", "d"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_probing_or_forced_breaker_stays() {
    for how in ["open", "probing", "forced open", "forced closed"] {
        let breakers = CircuitBreakers::new("two").failure_threshold(1).max_keys(2);
        let kept = breakers.for_key("a");
        let mut probe = None;
        match how {
            "open" => drop(open(&breakers, "a")),
            "probing" => {
                open(&breakers, "a");
                advance(RECOVERY).await;
                probe = Some(acquire(&kept));
                assert_eq!(kept.state(), HALF_OPEN);
            }
            "forced open" => kept.force_open(),
            _ => kept.force_closed(),
        }
        for key in ["b", "c", "d", "e"] {
            breakers.for_key(key);
        }
        assert_eq!(keys(&breakers), ["a", "e"], "{how}");
        drop(probe);
        kept.reset();
        breakers.for_key("e");
        breakers.for_key("f");
        assert_eq!(keys(&breakers), ["e", "f"], "{how}");
    }
}

#[test]
fn one_whose_mode_an_operator_has_changed_stays() {
    let breakers = CircuitBreakers::new("switched").max_keys(1);
    breakers.for_key("a").set_mode(Mode::Off);
    assert!(is_overflow(&breakers.for_key("b")));
    breakers.for_key("a").set_mode(Mode::Enforce);
    breakers.for_key("b");
    assert_eq!(keys(&breakers), ["b"]);
}

#[test]
fn a_closed_breaker_goes_in_any_mode() {
    for mode in [Mode::Enforce, Mode::Observe, Mode::Off] {
        let breakers = CircuitBreakers::new("modes").max_keys(1).mode(mode);
        breakers.for_key("a");
        breakers.for_key("b");
        assert_eq!(keys(&breakers), ["b"], "{mode:?}");
    }
}

#[test]
fn a_permit_keeps_its_breaker_and_the_outcome_is_lost_with_it() {
    let breakers = CircuitBreakers::new("evicted").failure_threshold(1).max_keys(1);
    let old = breakers.for_key("a");
    let permit = old.try_acquire_owned().unwrap();
    drop(old);
    breakers.for_key("b");
    permit.failure();
    assert_eq!(breakers.for_key("a").state(), CLOSED);
}

#[test]
fn a_flood_of_keys_stays_within_bounds() {
    let breakers = CircuitBreakers::new("flood").max_keys(100);
    for number in 0..10_000 {
        acquire(&breakers.for_key(format!("host {number}"))).success();
        assert!(breakers.len() <= 100);
    }
    assert_eq!(breakers.len(), 100);
    assert_eq!(breakers.all().len(), 100);
}

#[test]
fn a_flood_of_failing_keys_stays_within_bounds() {
    let breakers = CircuitBreakers::new("failing flood").failure_threshold(1).max_keys(100);
    for number in 0..10_000 {
        if let Ok(permit) = breakers.for_key(format!("host {number}")).try_acquire() {
            permit.failure();
        }
    }
    assert_eq!(breakers.len(), 100);
    assert_eq!(breakers.all().len(), 100 + 16);
}

#[test]
fn a_very_long_key_shares_a_breaker() {
    for (length, has_place) in [(1024, true), (1025, false), (1_000_000, false)] {
        let breakers = CircuitBreakers::new("long").failure_threshold(1);
        let key = "k".repeat(length);
        let breaker = breakers.for_key(&key);
        assert_eq!(!is_overflow(&breaker), has_place, "{length}");
        assert_eq!(breakers.get(&key).is_some(), has_place, "{length}");
        assert!(ptr::eq(&raw const *breaker, &raw const *breakers.for_key(&key)), "{length}");
        fail(&breaker, 1);
        assert_eq!(breakers.for_key(&key).state(), CircuitState::Open, "{length}");
        assert!(breaker.name().len() <= 1100, "{length}");
        assert_eq!(breakers.len(), usize::from(has_place), "{length}");
    }
    // The limit falls into a character of several bytes.
    assert!(is_overflow(&CircuitBreakers::new("long").for_key("é".repeat(513))));
}

#[test]
fn threads_that_come_first_at_once_get_one_breaker_per_key() {
    const THREADS: usize = 8;
    let breakers = Arc::new(CircuitBreakers::new("first"));
    let barrier = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (breakers, barrier) = (Arc::clone(&breakers), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                (0..50).map(|key| breakers.for_key(format!("{key:02}"))).collect::<Vec<_>>()
            })
        })
        .collect();
    let seen: Vec<Vec<Handle>> = threads.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(breakers.len(), 50);
    for key in 0..50 {
        let addresses: BTreeSet<_> = seen.iter().map(|handles| &raw const *handles[key]).collect();
        assert_eq!(addresses.len(), 1);
    }
}

#[test]
fn a_listed_set_shows_each_of_its_breakers() {
    static TENANTS: CircuitBreakers =
        CircuitBreakers::new("a/tenants").failure_threshold(1).max_keys(1);
    TENANTS.for_key("acme");
    assert!(registry::get("a/tenants/acme").is_none());
    assert_eq!(registry::add_keyed(&TENANTS), Ok(()));
    assert_eq!(registry::add_keyed(&TENANTS), Ok(()), "adding it again is fine");
    fail(&registry::get("a/tenants/acme").unwrap(), 1);
    assert_eq!(TENANTS.for_key("acme").state(), OPEN);
    assert!(registry::get("a/tenants").is_none(), "the set is no breaker");
    assert!(registry::get("a/tenants/other").is_none());
    let shared = TENANTS.for_key("b/c");
    let found = registry::get(shared.name()).unwrap();
    assert!(ptr::eq(&raw const *found, &raw const *shared));

    TENANTS.for_key("acme").reset();
    TENANTS.for_key("b/c");
    assert_eq!(registry::get("a/tenants/b/c").unwrap().name(), "a/tenants/b/c");
    let all = registry::all();
    let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
    assert!(names.is_sorted());
    let ours: Vec<_> = names.into_iter().filter(|name| name.starts_with("a/tenants")).collect();
    assert_eq!(ours, [shared.name(), "a/tenants/b/c"]);
}

#[test]
fn a_name_is_taken_by_a_set_as_by_a_breaker() {
    static FIRST: CircuitBreakers = CircuitBreakers::new("taken");
    static SECOND: CircuitBreakers = CircuitBreakers::new("taken");
    static SINGLE: CircuitBreaker = CircuitBreaker::new("taken");
    static LISTED: CircuitBreaker = CircuitBreaker::new("single");
    static LATE: CircuitBreakers = CircuitBreakers::new("single");
    listen();
    assert_eq!(registry::add_keyed(&FIRST), Ok(()));
    assert_eq!(registry::add_keyed(&SECOND), Err(NotListed::DuplicateName));
    assert_eq!(registry::add(&SINGLE), Err(NotListed::DuplicateName));
    assert_eq!(registry::get_or_insert("taken", || CircuitBreaker::new("")).name(), "taken");
    assert_eq!(registry::add(&LISTED), Ok(()));
    assert_eq!(registry::add_keyed(&LATE), Err(NotListed::DuplicateName));
    assert_eq!(
        heard(),
        [
            "taken: duplicate_name",
            "taken: duplicate_name",
            "taken: duplicate_name",
            "single: duplicate_name"
        ]
    );
    SECOND.for_key("works");
    assert_eq!(SECOND.len(), 1);
}

#[test]
fn a_name_is_shown_once_and_is_that_of_the_breaker_that_is_found() {
    static SET: CircuitBreakers = CircuitBreakers::new("once");
    static SINGLE: CircuitBreaker = CircuitBreaker::new("once/a");
    static INNER: CircuitBreakers = CircuitBreakers::new("once/b");
    registry::add_keyed(&SET).unwrap();
    registry::add(&SINGLE).unwrap();
    registry::add_keyed(&INNER).unwrap();
    SET.for_key("a").force_open();
    INNER.for_key("c").force_open();
    SET.for_key("b/c");
    let shown: Vec<_> =
        registry::all().into_iter().filter(|it| it.name.starts_with("once/")).collect();
    let states: Vec<_> = shown.iter().map(|it| (&*it.name, it.state)).collect();
    assert_eq!(states, [("once/a", CircuitState::Closed), ("once/b/c", CircuitState::Closed)]);
    for it in &shown {
        assert_eq!(registry::get(&it.name).unwrap().state(), it.state, "{}", it.name);
    }
}

#[test]
fn a_key_may_read_like_the_name_of_a_breaker_without_key() {
    for key in ["(other keys)", "(other keys 1)", " (other keys 1)", "", "/", "a/b"] {
        let breakers = CircuitBreakers::new("odd").failure_threshold(1).max_keys(1);
        assert!(breakers.get(key).is_none());
        let own = open(&breakers, key);
        assert_eq!(own.name(), format!("odd/{key}"));
        assert_eq!((breakers.len(), keys(&breakers)), (1, vec![key.to_owned()]));
        assert_eq!(breakers.get(key).unwrap().state(), OPEN);
        let other = breakers.for_key("another");
        assert_eq!((is_overflow(&other), other.state()), (true, CLOSED));
        assert_eq!(breakers.all().len(), 2);
    }
}

#[test]
fn a_breaker_without_key_and_a_key_that_reads_like_it_are_both_found() {
    static SET: CircuitBreakers = CircuitBreakers::new("like").failure_threshold(1).max_keys(1);
    registry::add_keyed(&SET).unwrap();
    assert!(registry::get("like (other keys 1)").is_none());
    SET.for_key("(other keys 1)").force_open();
    for key in 0..1000 {
        SET.for_key(key.to_string());
    }
    assert_eq!(registry::get("like/(other keys 1)").unwrap().state(), OPEN);
    for number in 1..=16 {
        let name = format!("like (other keys {number})");
        let found = registry::get(&name).unwrap();
        assert_eq!((found.name(), found.state()), (&*name, CLOSED));
    }
    assert!(registry::get("like (other keys 17)").is_none());
    assert!(registry::get("like (other keys 1").is_none());
    let shown = registry::all().into_iter().filter(|it| it.name.starts_with("like")).count();
    assert_eq!(shown, 1 + 16);
}
