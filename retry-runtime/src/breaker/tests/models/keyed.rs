//! Races for the keys of a set.

use std::sync::Arc;

use super::{explore, race};
use crate::breaker::{BreakerOverride, CircuitBreaker, CircuitBreakers, Configured};
use crate::circuit_state::CircuitState::{Closed, Open};
use crate::name::Named;

fn set(max_keys: u32) -> Arc<CircuitBreakers> {
    Arc::new(CircuitBreakers::new("set").failure_threshold(1).max_keys(max_keys))
}

fn address(breaker: &CircuitBreaker) -> usize {
    (&raw const *breaker).addr()
}

/// Two first look-ups of one key: one makes the breaker, both get it.
#[test]
fn two_first_look_ups_of_one_key() {
    explore(|| {
        let breakers = set(2);
        let (one, other) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let found = race(move || one.for_key("a"), move || other.for_key("a"));
        assert_eq!(address(&found.0), address(&found.1));
        assert_eq!(breakers.len(), 1);
    });
}

/// Two new keys find one place left: both get a breaker of their own, and the set does not grow
/// beyond its bound.
#[test]
fn two_new_keys_race_for_the_last_place() {
    explore(|| {
        let breakers = set(1);
        let (one, other) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let found = race(move || one.for_key("a"), move || other.for_key("b"));
        assert_eq!((found.0.name(), found.1.name()), ("set/a", "set/b"));
        assert_eq!(breakers.len(), 1);
    });
}

/// A key is looked up while a new one takes its place: the look-up finds the old breaker, or makes
/// a new one, which takes the place in turn.
#[test]
fn a_look_up_against_an_eviction() {
    explore(|| {
        let breakers = set(1);
        let old = breakers.for_key("a");
        let (known, new) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let (found, _) = race(move || known.for_key("a"), move || new.for_key("b"));
        assert_eq!(found.name(), "set/a");
        let kept = breakers.get("a");
        assert_eq!(kept.is_some(), address(&found) != address(&old));
        assert_eq!(breakers.len(), 1);
    });
}

/// The least recently used key is looked up while a new one needs a place. In time, it keeps its
/// breaker, and the next in line goes; too late, it gets a new one, in the place of the same next
/// in line. Two keys never hold one place, and what the look-up got is what the set holds.
#[test]
fn a_look_up_of_the_next_to_go() {
    explore(|| {
        let breakers = set(2);
        let old = breakers.for_key("b");
        breakers.for_key("a");
        let (known, new) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let (found, _) = race(move || known.for_key("b"), move || new.for_key("c"));
        assert_eq!(address(&breakers.get("b").unwrap()), address(&found));
        assert!(breakers.get("a").is_none() && breakers.get("c").is_some());
        assert_eq!(breakers.len(), 2);
        drop(old);
    });
}

/// The only breaker trips while a new key needs its place: it stays and the new key shares, or it
/// goes, and the trip goes with it.
#[test]
fn a_trip_against_an_eviction() {
    explore(|| {
        let breakers = set(1);
        let old = breakers.for_key("a");
        let (tripping, new) = (old.clone(), Arc::clone(&breakers));
        let ((), found) =
            race(move || tripping.try_acquire().unwrap().failure(), move || new.for_key("b"));
        assert_eq!(old.state(), Open);
        match breakers.get("a") {
            Some(kept) => {
                assert_eq!(address(&kept), address(&old));
                assert_eq!(found.name(), "set/(other keys)");
            }
            None => assert_eq!((found.name(), found.state()), ("set/b", Closed)),
        }
    });
}

/// Two new keys find the set full of breakers that must not go: they share one breaker.
#[test]
fn two_new_keys_share_one_breaker() {
    explore(|| {
        let breakers = set(1);
        breakers.for_key("a").force_open();
        let (one, other) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let found = race(move || one.for_key("b"), move || other.for_key("c"));
        assert_eq!(address(&found.0), address(&found.1));
    });
}

/// A set is listed while a key gets its breaker: the breaker is made before, and configured with
/// those that exist, or it is configured when it is made.
#[test]
fn a_new_key_while_the_set_is_listed() {
    explore(|| {
        let breakers = set(2);
        let (new, listed) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let to = BreakerOverride::new().failure_threshold(7);
        let configured = Configured::new(Named(vec![("set/a".to_owned(), to)]));
        let (found, ()) = race(
            move || new.for_key("a"),
            move || listed.configure(|| configured, &Configured::NONE),
        );
        assert_eq!(found.snapshot().failure_threshold, 7);
    });
}
