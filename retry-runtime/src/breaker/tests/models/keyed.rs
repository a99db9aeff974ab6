//! Races for the keys of a set.

use std::sync::Arc;
use std::time::Duration;

use super::{Model, RECOVERY, RIPE, explore, on, race};
use crate::breaker::core::Core;
use crate::breaker::settings::{CurrentSettings, Settings};
use crate::breaker::{BreakerOverride, CircuitBreaker, CircuitBreakers, Configured, Handle};
use crate::circuit_state::CircuitState::{Closed, Open};
use crate::keys::Loss;
use crate::name::Named;
use crate::observe::Reports;

fn set(max_keys: u32) -> Arc<CircuitBreakers> {
    Arc::new(CircuitBreakers::new("set").failure_threshold(1).max_keys(max_keys))
}

fn is_overflow(breaker: &CircuitBreaker) -> bool {
    breaker.name().starts_with("set (other keys ")
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

/// Asserts that the breaker of `a` is still in the set, and `b` has an overflow breaker, or that it
/// has gone, and `b` has a new one.
fn kept_its_place_or_lost_it(breakers: &CircuitBreakers, old: &Handle, found: &Handle) {
    match breakers.get("a") {
        Some(kept) => {
            assert_eq!(address(&kept), address(old));
            assert!(is_overflow(found));
        }
        None => assert_eq!((found.name(), found.state()), ("set/b", Closed)),
    }
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
        kept_its_place_or_lost_it(&breakers, &old, &found);
    });
}

/// A new key comes twice, and the set is full of breakers that stay: both get the same breaker.
#[test]
fn two_look_ups_without_a_place() {
    explore(|| {
        let breakers = set(1);
        breakers.for_key("a").force_open();
        let (one, other) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let found = race(move || one.for_key("b"), move || other.for_key("b"));
        assert!(is_overflow(&found.0));
        assert_eq!(address(&found.0), address(&found.1));
        assert_eq!(breakers.len(), 1);
    });
}

/// Two new keys want the place of the only breaker, which is half-open without a probe: one after
/// the other gets it, since the first of them has nothing to lose either.
#[test]
fn two_new_keys_want_the_place_of_one() {
    explore(|| {
        let breakers = set(1);
        breakers.for_key("a").half_open();
        let (one, other) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let found = race(move || one.for_key("b"), move || other.for_key("c"));
        assert_eq!((found.0.name(), found.1.name()), ("set/b", "set/c"));
        assert!(breakers.get("a").is_none());
        assert_eq!(breakers.len(), 1);
    });
}

/// A probe begins while a new key wants the place of its breaker. In time, it keeps the place; too
/// late, its outcome is lost with its breaker.
#[test]
fn a_probe_against_an_eviction() {
    explore(|| {
        let breakers = set(1);
        let old = breakers.for_key("a");
        old.half_open();
        let (probing, new) = (old.clone(), Arc::clone(&breakers));
        let (probe, found) = race(move || probing.try_acquire_owned(), move || new.for_key("b"));
        probe.unwrap().failure();
        assert_eq!(old.state(), Open);
        kept_its_place_or_lost_it(&breakers, &old, &found);
    });
}

/// A set is configured while a new key takes the place of another: whatever the new key gets obeys
/// the new settings.
#[test]
fn an_eviction_while_the_set_is_configured() {
    explore(|| {
        let breakers = set(1);
        breakers.for_key("a");
        let (new, changed) = (Arc::clone(&breakers), Arc::clone(&breakers));
        let to = BreakerOverride::new().failure_threshold(7);
        let (found, configured) = race(move || new.for_key("b"), move || changed.reconfigure(&to));
        configured.unwrap();
        assert_eq!((found.name(), found.snapshot().failure_threshold), ("set/b", 7));
    });
}

/// The first failure of a breaker is counted while a new key asks what would be lost with it. The
/// key must not see the failure without its time, and so take the breaker for one that has not been
/// used for long.
#[test]
fn a_first_failure_against_a_new_key() {
    explore(|| {
        let settings = Settings::DEFAULT.with_recovery_timeout(Duration::from_millis(1)).unwrap();
        let core = Core::new(&settings).in_a_set();
        let model = Arc::new(Model { core, settings: CurrentSettings::new(settings) });
        let admission = model.admitted(0);
        let ((), loss) = race(
            on(&model, move |it| assert_eq!(it.fail(admission, RIPE), None)),
            on(&model, |it| it.core.loss(&it.settings, RIPE)),
        );
        assert!(matches!(loss, Some(Loss::Nothing) | None));
        assert_eq!(model.core.loss(&model.settings, RIPE), None);
        let later = model.core.loss(&model.settings, RIPE + RECOVERY);
        assert_eq!(later, Some(Loss::Counts { since: RIPE }));
    });
}

/// Two evictions in one second: one is reported, and the next report tells of the other.
#[test]
fn two_evictions_in_one_second() {
    explore(|| {
        let reports = Arc::new(Reports::new());
        let (one, other) = (Arc::clone(&reports), Arc::clone(&reports));
        let passed = race(move || one.pass(RIPE), move || other.pass(RIPE));
        let left_out = match passed {
            (Some(left_out), None) | (None, Some(left_out)) => left_out,
            both => panic!("{both:?}"),
        };
        assert_eq!(reports.pass(RIPE + 1_000_000_000), Some(1 - left_out));
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
