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

/// Two first lookups of one key: one creates the breaker, and both get it.
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

/// Two new keys find one place left: both get their own breaker, and the set does not exceed its
/// limit.
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

/// A key is looked up while a new one takes its place: the lookup finds the old breaker, or creates
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

/// The least recently used key is looked up while a new key needs a place. If the lookup is in
/// time, the key keeps its breaker, and the next candidate is evicted. If it is too late, the key
/// gets a new breaker in the place of the next candidate. Two keys never hold one place, and the
/// set holds the breaker that the lookup returned.
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

/// Asserts one of two ends: the breaker of `a` is still in the set and `b` has an overflow breaker,
/// or the breaker of `a` was evicted and `b` has a new one.
fn kept_its_place_or_lost_it(breakers: &CircuitBreakers, old: &Handle, found: &Handle) {
    match breakers.get("a") {
        Some(kept) => {
            assert_eq!(address(&kept), address(old));
            assert!(is_overflow(found));
        }
        None => assert_eq!((found.name(), found.state()), ("set/b", Closed)),
    }
}

/// The only breaker trips while a new key needs its place: it stays and the new key gets an
/// overflow breaker, or it is evicted and its trip is lost.
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

/// A new key is looked up twice in a set of breakers that stay: both lookups get the same breaker.
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

/// Two new keys need the place of the only breaker, which is half-open without a probe: they get it
/// one after the other, because the first of them has nothing to lose either.
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

/// A probe starts while a new key needs the place of its breaker. If the probe is in time, the
/// breaker keeps the place. If it is too late, its outcome is lost with its breaker.
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

/// A set is configured while a new key takes the place of another: the breaker of the new key has
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

/// The first failure of a breaker is counted while a new key checks the loss. It must not see the
/// failure without its time, or it would treat the breaker as long unused.
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

/// Two evictions in one second: one is reported, and the next report counts the other.
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

/// A set is listed while a key gets its breaker: the breaker is created before and configured with
/// the existing ones, or it is configured when it is created.
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
