//! Tests of a breaker that the agent of a fleet coordinates: each rule, as the breaker shows it.

#[path = "fleet/agent.rs"]
mod agent;
mod support;

use std::cell::RefCell;
use std::sync::{Arc, Once};
use std::time::Duration;

use agent::{Agent, Recorder, after};
use futures_util::StreamExt;
use retry_runtime::CircuitState::{self, Closed, HalfOpen, Open};
use retry_runtime::fleet::{
    self, AlreadyTied, Change, Forced, Lease, Origin, ProbeOutcome, Source, Tied,
};
use retry_runtime::observe::{self, Event};
use retry_runtime::{CircuitBreaker, CircuitBreakers, FailureKind, Mode, Permit};
use support::{Error, RECOVERY, acquire, all_permits, fail, rejected, trip};
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

thread_local! {
    static CHANGES: RefCell<Vec<(CircuitState, CircuitState)>> = const { RefCell::new(Vec::new()) };
}

/// Returns the changes of the circuit state since the last call.
fn changes() -> Vec<(CircuitState, CircuitState)> {
    static OBSERVER: Once = Once::new();
    OBSERVER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::Transition { from, to, .. } = event {
                CHANGES.with_borrow_mut(|changes| changes.push((*from, *to)));
            }
        })
        .unwrap();
    });
    CHANGES.take()
}

/// A breaker that trips at the second failure, with two simultaneous probes, of which two close it.
fn breaker() -> Arc<CircuitBreaker> {
    Arc::new(CircuitBreaker::new("b").failure_threshold(2))
}

/// A breaker that its fleet has opened, after its open phase.
async fn ripe() -> (Arc<CircuitBreaker>, Agent) {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.open(1, SECOND);
    advance(SECOND).await;
    agent.was_woken();
    changes();
    (breaker, agent)
}

// Own trips

#[tokio::test(start_paused = true)]
async fn its_own_trip_opens_at_once_and_is_a_vote() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    fail(&breaker, 1);
    assert!(!agent.was_woken(), "a failure alone is no news");
    assert_eq!(agent.tied.look().origin, None);
    let tripped_at = fleet::now();
    fail(&breaker, 1);
    assert_eq!(breaker.state(), Open);
    assert!(agent.was_woken());
    let local = agent.tied.look();
    assert_eq!(local.origin, Some(Origin::Own { trip: local.generation }));
    assert_eq!((local.opened_at, local.until), (tripped_at, after(RECOVERY)));
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_is_no_further_trip() {
    let breaker = breaker();
    let agent = Agent::of(&breaker);
    trip(&breaker);
    let first = agent.tied.look();
    advance(RECOVERY).await;
    fail(&breaker, 1);
    let second = agent.tied.look();
    assert_eq!(second.generation, first.generation + 2);
    assert_eq!((second.origin, second.opened_at), (first.origin, first.opened_at));
}

#[tokio::test(start_paused = true)]
async fn what_an_operator_opens_is_no_vote() {
    let acts: [fn(&CircuitBreaker); 3] =
        [CircuitBreaker::trip, CircuitBreaker::half_open, CircuitBreaker::force_open];
    for act in acts {
        let breaker = breaker();
        let agent = Agent::coordinating(&breaker);
        advance(SECOND).await;
        act(&breaker);
        assert!(agent.was_woken());
        assert_eq!(agent.tied.look().origin, Some(Origin::Operator));
        assert_eq!(agent.tied.look().opened_at, fleet::now());
        // A failed probe does not do it either.
        breaker.half_open();
        fail(&breaker, 1);
        assert_eq!((breaker.state(), agent.tied.look().origin), (Open, Some(Origin::Operator)));
        // Once it has closed, its own evidence counts again.
        breaker.reset();
        trip(&breaker);
        assert!(matches!(agent.tied.look().origin, Some(Origin::Own { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_open_when_tied_is_no_vote() {
    let breaker = breaker();
    trip(&breaker);
    let agent = Agent::coordinating(&breaker);
    assert_eq!(agent.tied.look().origin, Some(Origin::Operator));
    advance(RECOVERY).await;
    fail(&breaker, 1);
    assert_eq!(agent.tied.look().origin, Some(Origin::Operator));
    advance(RECOVERY).await;
    acquire(&breaker).success();
    acquire(&breaker).success();
    trip(&breaker);
    assert!(matches!(agent.tied.look().origin, Some(Origin::Own { .. })));
}

// Opening by the fleet

#[tokio::test(start_paused = true)]
async fn the_fleet_opens_it_for_what_is_left() {
    changes();
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    let before = acquire(&breaker);
    assert!(agent.open(1, 10 * SECOND));
    assert!(!agent.was_woken(), "its own changes are no news to the agent");
    assert_eq!(changes(), [(Closed, Open)]);
    assert_eq!(rejected(&breaker).retry_in(), Some(10 * SECOND));
    let local = agent.tied.look();
    assert_eq!(local.origin, Some(Origin::Fleet { epoch: 1 }));
    assert_eq!((local.generation, local.until), (1, after(10 * SECOND)));
    assert_eq!(local.opened_at, fleet::now());
    assert!(local.rejected && !local.wants_lease);
    // A new generation: the outcome of an earlier call no longer counts.
    before.failure();
    assert!(!agent.open(1, 10 * SECOND), "it is open already");
    assert_eq!(agent.tied.look().generation, 1);
    assert_eq!(changes(), []);
}

#[tokio::test(start_paused = true)]
async fn with_nothing_left_the_next_call_needs_a_lease() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.half_open(3);
    assert_eq!(breaker.state(), Open);
    assert!(!agent.tied.look().rejected);
    assert_eq!(rejected(&breaker).retry_in(), None);
    let local = agent.tied.look();
    assert!(local.wants_lease && local.rejected);
    agent.grant(3).unwrap();
    assert!(!agent.tied.look().wants_lease);
}

#[tokio::test(start_paused = true)]
async fn an_open_one_keeps_the_later_deadline() {
    for (left, expected) in [(30, RECOVERY), (90, 90 * SECOND)] {
        let breaker = breaker();
        let agent = Agent::coordinating(&breaker);
        trip(&breaker);
        let own = agent.tied.look();
        let is_later = agent.open(1, left * SECOND);
        assert_eq!(is_later, expected != RECOVERY);
        let now = agent.tied.look();
        assert_eq!(
            (now.generation, now.origin),
            (own.generation, own.origin),
            "still its own trip"
        );
        assert_eq!(rejected(&breaker).retry_in(), Some(expected));
        // The fleet's deadline does not shorten with the next epoch.
        agent.open(2, 10 * SECOND);
        assert_eq!(rejected(&breaker).retry_in(), Some(expected));
        agent.open(3, 100 * SECOND);
        assert_eq!(rejected(&breaker).retry_in(), Some(100 * SECOND));
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_open_one_stays_in_its_epoch_and_opens_in_the_next() {
    let (breaker, agent) = ripe().await;
    agent.grant(1).unwrap();
    let probe = acquire(&breaker);
    assert_eq!(breaker.state(), HalfOpen);
    assert!(!agent.half_open(1));
    probe.success();
    assert!(!agent.half_open(1), "its lease is gone, but the epoch is the same");
    assert_eq!(breaker.state(), HalfOpen);
    assert!(agent.open(2, 5 * SECOND));
    assert_eq!(rejected(&breaker).retry_in(), Some(5 * SECOND));
    assert_eq!(changes(), [(Open, HalfOpen), (HalfOpen, Open)]);
}

#[tokio::test(start_paused = true)]
async fn a_half_open_one_without_a_lease_opens() {
    let breaker = breaker();
    let agent = Agent::of(&breaker);
    trip(&breaker);
    advance(RECOVERY).await;
    let own_probe = acquire(&breaker);
    agent.coordinate();
    agent.half_open(4);
    assert_eq!(breaker.state(), Open);
    own_probe.success();
    assert_eq!(breaker.state(), Open);
    assert!(breaker.try_acquire().is_err());
}

#[tokio::test(start_paused = true)]
async fn it_opens_again_whatever_has_closed_it() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.open(1, 10 * SECOND);
    changes();
    breaker.reset();
    // Immediately, before a call could come.
    assert_eq!(changes(), [(Open, Closed), (Closed, Open)]);
    assert_eq!(agent.tied.look().origin, Some(Origin::Fleet { epoch: 1 }));
    assert_eq!(rejected(&breaker).retry_in(), Some(10 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn an_older_epoch_changes_nothing() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.close(5);
    assert!(!agent.open(4, SECOND));
    assert_eq!(breaker.state(), Closed);
    agent.open(6, SECOND);
    assert!(!agent.close(5));
    assert!(!agent.close(6), "in one epoch, open goes before closed");
    assert_eq!((breaker.state(), agent.tied.look().epoch), (Open, 6));
}

#[tokio::test(start_paused = true)]
async fn the_fleets_failed_recoveries_lengthen_local_open_phases() {
    let breaker =
        CircuitBreaker::new("b").failure_threshold(1).recovery_backoff(2.0, 1000 * RECOVERY);
    let breaker = Arc::new(breaker);
    let agent = Agent::coordinating(&breaker);
    assert_eq!(agent.tied.open_for(3), 8 * RECOVERY);
    assert_eq!(agent.tied.look().longest_open, 1000 * RECOVERY);
    agent.tied.change(Change::Open { epoch: 1, until: after(SECOND), failed: 2 });
    advance(SECOND).await;
    agent.tied.change(Change::Alone);
    fail(&breaker, 1);
    assert_eq!(rejected(&breaker).retry_in(), Some(8 * RECOVERY));
    breaker.reset();
    fail(&breaker, 1);
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY), "a trip begins anew");
}

// Leases

#[tokio::test(start_paused = true)]
async fn without_a_lease_calls_are_rejected_and_the_agent_is_woken_once() {
    let (breaker, agent) = ripe().await;
    assert_eq!(rejected(&breaker).retry_in(), None);
    assert_eq!(breaker.state(), Open);
    assert!(agent.was_woken());
    rejected(&breaker);
    assert!(!agent.was_woken());
    assert!(agent.tied.look().wants_lease);
    agent.tied.change(Change::Asked);
    assert!(!agent.tied.look().wants_lease);
    rejected(&breaker);
    assert!(agent.was_woken());
}

#[tokio::test(start_paused = true)]
async fn each_lease_admits_one_probe_and_ends_once() {
    let (breaker, agent) = ripe().await;
    let (first, second) = (agent.grant(1).unwrap(), agent.grant(1).unwrap());
    let permits = all_permits(&breaker);
    assert_eq!(permits.len(), 2);
    assert_eq!(breaker.state(), HalfOpen);
    assert!(agent.was_woken(), "it has to renew the leases");
    let claimed_at = Some(fleet::now());
    assert!(agent.tied.look().leases.iter().all(|held| held.claimed_at == claimed_at));
    permits.into_iter().for_each(Permit::success);
    assert!(agent.was_woken());
    let ended = agent.outcomes();
    assert_eq!(ended, [(first, ProbeOutcome::Success), (second, ProbeOutcome::Success)]);
    assert_eq!(agent.outcomes(), []);
    assert_eq!(agent.tied.look().leases, []);
    // Without a fleet it would now close. With one, the fleet decides.
    assert_eq!(breaker.state(), HalfOpen);
    assert!(breaker.try_acquire().is_err());
    agent.close(2);
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_failed_leased_probe_opens_it_at_once() {
    let (breaker, agent) = ripe().await;
    let lease = agent.grant(1).unwrap();
    fail(&breaker, 1);
    assert_eq!(agent.outcomes(), [(lease, ProbeOutcome::Failure)]);
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY));
    assert_eq!(agent.tied.look().origin, Some(Origin::Fleet { epoch: 1 }), "no vote");
}

#[tokio::test(start_paused = true)]
async fn a_neutral_end_frees_the_place_and_changes_nothing() {
    let (breaker, agent) = ripe().await;
    let lease = agent.grant(1).unwrap();
    drop(acquire(&breaker));
    assert_eq!(agent.outcomes(), [(lease, ProbeOutcome::Neutral)]);
    assert_eq!(breaker.state(), HalfOpen);
    assert!(breaker.try_acquire().is_err(), "the next one needs another lease");
}

#[tokio::test(start_paused = true)]
async fn a_slow_leased_probe_has_failed() {
    let slow = CircuitBreaker::new("b").failure_threshold(1).slow_call(SECOND, 1.0);
    let breaker = Arc::new(slow);
    let agent = Agent::coordinating(&breaker);
    agent.half_open(1);
    let lease = agent.grant(1).unwrap();
    let probe = acquire(&breaker);
    advance(2 * SECOND).await;
    probe.success();
    assert_eq!(agent.outcomes(), [(lease, ProbeOutcome::Failure)]);
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn a_manual_probe_has_a_lease_too() {
    let (breaker, agent) = ripe().await;
    assert!(!breaker.should_allow_request());
    let leases = [agent.grant(1).unwrap(), agent.grant(1).unwrap()];
    assert!(breaker.should_allow_request() && breaker.should_allow_request());
    assert!(!breaker.should_allow_request());
    breaker.record_success();
    breaker.record_success();
    let ended = agent.outcomes();
    assert_eq!(ended, leases.map(|lease| (lease, ProbeOutcome::Success)));
    assert_eq!(breaker.state(), HalfOpen);
    agent.grant(1).unwrap();
    assert!(breaker.should_allow_request());
    breaker.record_failure();
    assert_eq!((agent.outcomes().len(), breaker.state()), (1, Open));
}

#[tokio::test(start_paused = true)]
async fn a_lease_admits_only_before_it_expires() {
    let (breaker, agent) = ripe().await;
    let lease = agent.lease(1);
    agent.tied.change(Change::Grant(lease));
    advance(Duration::from_nanos(5_999_999_999)).await;
    let renewed = Lease { expires_at: after(6 * SECOND), ..lease };
    assert!(agent.tied.change(Change::Grant(renewed)));
    advance(6 * SECOND).await;
    assert!(breaker.try_acquire().is_err());
    let expired = Lease { expires_at: fleet::now(), ..agent.lease(1) };
    assert!(!agent.tied.change(Change::Grant(expired)));
    agent.grant(1).unwrap();
    let probe = acquire(&breaker);
    // A call may take longer than its lease. The agent still judges its outcome.
    advance(600 * SECOND).await;
    probe.failure();
    assert_eq!(agent.outcomes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_leases_of_the_newest_epoch_are_taken_and_kept() {
    let (breaker, agent) = ripe().await;
    assert_eq!(agent.grant(2), None, "the register first");
    agent.grant(1).unwrap();
    agent.half_open(2);
    assert_eq!(agent.tied.look().leases, []);
    assert_eq!(agent.grant(1), None);
    agent.grant(2).unwrap();
    agent.close(3);
    assert_eq!(agent.tied.look().leases, []);
    assert_eq!(agent.grant(3), None, "nobody needs one");
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn an_unclaimed_lease_can_be_taken_back() {
    let (breaker, agent) = ripe().await;
    let lease = agent.grant(1).unwrap();
    assert!(agent.tied.change(Change::TakeBack { sequence: lease }));
    assert!(!agent.tied.change(Change::TakeBack { sequence: lease }));
    assert!(breaker.try_acquire().is_err());
    let claimed = agent.grant(1).unwrap();
    let probe = acquire(&breaker);
    assert!(!agent.tied.change(Change::TakeBack { sequence: claimed }));
    drop(probe);
    assert_eq!(agent.outcomes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_comes_too_late_is_no_new_lease() {
    let (breaker, agent) = ripe().await;
    let lease = agent.lease(1);
    agent.tied.change(Change::Grant(lease));
    acquire(&breaker).success();
    assert!(!agent.tied.change(Change::Grant(lease)));
    assert!(breaker.try_acquire().is_err());
    assert_eq!(agent.outcomes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_unclaimed_leases_are_taken() {
    let (_breaker, agent) = ripe().await;
    assert_eq!((0..20).filter_map(|_| agent.grant(1)).count(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_lease_waits_for_the_later_local_deadline() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    trip(&breaker);
    agent.half_open(1);
    agent.grant(1).unwrap();
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY));
    assert_eq!(agent.tied.look().leases[0].claimed_at, None);
}

#[tokio::test(start_paused = true)]
async fn a_rare_callers_next_call_is_a_late_probe() {
    let (breaker, agent) = ripe().await;
    let late = Lease { late: true, expires_at: u64::MAX, ..agent.lease(1) };
    agent.tied.change(Change::Grant(late));
    let lease = agent.grant(1).unwrap();
    // The granted lease is used first.
    let first = acquire(&breaker);
    assert_eq!(agent.tied.look().leases[0].lease, late);
    agent.was_woken();
    let second = acquire(&breaker);
    assert!(agent.was_woken(), "the agent asks afterwards");
    assert!(breaker.try_acquire().is_err());
    // The fleet's answer to the late probe.
    let granted = Lease { late: false, expires_at: after(6 * SECOND), ..late };
    assert!(agent.tied.change(Change::Grant(granted)));
    first.success();
    second.failure();
    assert_eq!(
        agent.outcomes(),
        [(lease, ProbeOutcome::Success), (late.sequence, ProbeOutcome::Failure)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_probe_may_be_withdrawn_by_an_epoch() {
    let (breaker, agent) = ripe().await;
    agent.tied.change(Change::Grant(Lease { late: true, expires_at: u64::MAX, ..agent.lease(1) }));
    agent.half_open(2);
    assert!(breaker.try_acquire().is_err());
}

// Closing by the fleet

#[tokio::test(start_paused = true)]
async fn closing_closes_what_was_open_then_voters_too() {
    let acts: [fn(&CircuitBreaker); 2] = [trip, CircuitBreaker::trip];
    for act in acts {
        let breaker = breaker();
        let agent = Agent::coordinating(&breaker);
        act(&breaker);
        agent.open(1, 10 * SECOND);
        changes();
        advance(SECOND).await;
        agent.close(2);
        assert_eq!((breaker.state(), changes()), (Closed, vec![(Open, Closed)]));
        assert_eq!(breaker.snapshot().failures, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_tripped_later_stays_and_recovers_by_local_rules() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.open(1, SECOND);
    advance(SECOND).await;
    let made_at = fleet::now();
    agent.tied.change(Change::Close { epoch: 2, made_at });
    advance(Duration::from_nanos(1)).await;
    trip(&breaker);
    agent.tied.change(Change::Close { epoch: 2, made_at });
    agent.coordinate();
    assert_eq!(breaker.state(), Open);
    // Later messages about that epoch have no effect.
    agent.tied.change(Change::Close { epoch: 2, made_at: after(SECOND) });
    assert_eq!(breaker.state(), Open);
    assert!(matches!(agent.tied.look().origin, Some(Origin::Own { .. })));
    advance(RECOVERY).await;
    let permits = all_permits(&breaker);
    assert_eq!(permits.len(), 2, "its own slots");
    permits.into_iter().for_each(Permit::success);
    assert_eq!(breaker.state(), Closed);
    assert_eq!(agent.outcomes(), []);
}

#[tokio::test(start_paused = true)]
async fn closing_closes_whatever_the_fleet_has_opened() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    let made_at = fleet::now();
    advance(SECOND).await;
    // The message about the opening arrived after the end of the outage.
    agent.open(1, 10 * SECOND);
    agent.tied.change(Change::Close { epoch: 2, made_at });
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn no_trip_is_closed_that_is_yet_to_come() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    // The agent's estimate is ahead of this process's clock.
    agent.tied.change(Change::Close { epoch: 2, made_at: after(SECOND) });
    advance(Duration::from_nanos(1)).await;
    trip(&breaker);
    agent.coordinate();
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_is_no_later_trip() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    trip(&breaker);
    advance(RECOVERY).await;
    let made_at = fleet::now();
    advance(SECOND).await;
    fail(&breaker, 1);
    agent.tied.change(Change::Close { epoch: 1, made_at });
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_leased_probe_under_way_ends_though_the_fleet_has_closed() {
    let (breaker, agent) = ripe().await;
    let lease = agent.grant(1).unwrap();
    let probe = acquire(&breaker);
    agent.close(2);
    probe.failure();
    assert_eq!((breaker.state(), breaker.snapshot().failures), (Closed, 0));
    assert_eq!(agent.outcomes(), [(lease, ProbeOutcome::Failure)]);
}

// Without coordination

#[tokio::test(start_paused = true)]
async fn local_rules_hold_at_once_when_coordination_ends() {
    for by_time in [false, true] {
        let (breaker, agent) = ripe().await;
        agent.tied.change(Change::Coordinate { until: after(SECOND) });
        agent.grant(1).unwrap();
        let leased = acquire(&breaker);
        assert!(breaker.try_acquire().is_err());
        if by_time {
            advance(SECOND).await;
        } else {
            agent.tied.change(Change::Alone);
        }
        assert!(!agent.tied.look().coordinated);
        // Continues from the current state: half-open, with its own slots.
        let own = all_permits(&breaker);
        assert_eq!(own.len(), 2);
        leased.success();
        assert_eq!(breaker.state(), HalfOpen);
        own.into_iter().next().unwrap().success();
        assert_eq!(breaker.state(), Closed);
        assert_eq!(agent.outcomes().len(), 1, "the lease has ended all the same");
        // The register is remembered.
        assert!(!agent.half_open(1));
        agent.coordinate();
        assert_eq!(breaker.state(), Open);
    }
}

#[tokio::test(start_paused = true)]
async fn successes_while_coordinated_are_counted_and_never_close() {
    let (breaker, agent) = ripe().await;
    for _ in 0..5 {
        agent.grant(1).unwrap();
        acquire(&breaker).success();
    }
    assert_eq!((breaker.state(), breaker.snapshot().successes), (HalfOpen, 1));
    agent.tied.change(Change::Alone);
    acquire(&breaker).success();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_meanwhile_is_followed_later() {
    let breaker = breaker();
    let agent = Agent::of(&breaker);
    assert!(!agent.open(1, 10 * SECOND));
    assert_eq!(breaker.state(), Closed);
    agent.coordinate();
    assert_eq!(breaker.state(), Open);
    agent.tied.change(Change::Alone);
    agent.close(2);
    assert_eq!(breaker.state(), Open);
    agent.coordinate();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn local_rules_may_hold_until_the_next_epoch() {
    let (breaker, agent) = ripe().await;
    agent.tied.change(Change::LocalRules { epoch: 1 });
    let probes = all_permits(&breaker);
    assert_eq!(probes.len(), 2);
    probes.into_iter().for_each(Permit::success);
    assert_eq!(breaker.state(), Closed);
    agent.half_open(1);
    assert_eq!(breaker.state(), Closed, "the same epoch");
    agent.half_open(2);
    assert_eq!(breaker.state(), Open);
    assert!(breaker.try_acquire().is_err());
}

// Modes and forces

#[tokio::test(start_paused = true)]
async fn off_ignores_the_fleet_and_follows_when_it_is_switched_on() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    breaker.set_mode(Mode::Off);
    assert!(agent.was_woken());
    agent.open(1, 10 * SECOND);
    agent.tied.change(Change::ForceOpen { until: None });
    acquire(&breaker).failure();
    assert_eq!(breaker.state(), Closed);
    agent.tied.change(Change::EndForce);
    breaker.set_mode(Mode::Enforce);
    assert_eq!(rejected(&breaker).retry_in(), Some(10 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn observe_evaluates_and_admits() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    breaker.set_mode(Mode::Observe);
    agent.open(1, SECOND);
    acquire(&breaker).success();
    assert!(agent.tied.look().rejected);
    advance(SECOND).await;
    acquire(&breaker).success();
    assert!(agent.tied.look().wants_lease);
    let lease = agent.grant(1).unwrap();
    acquire(&breaker).success();
    assert_eq!(agent.outcomes(), [(lease, ProbeOutcome::Success)]);
}

#[tokio::test(start_paused = true)]
async fn the_fleet_sets_the_mode_and_gives_it_back() {
    let breaker = breaker();
    let agent = Agent::of(&breaker);
    assert!(agent.tied.change(Change::Mode(Some(Mode::Observe))));
    assert_eq!(agent.tied.look().mode, Mode::Observe);
    assert!(!agent.tied.change(Change::Mode(Some(Mode::Observe))));
    assert!(agent.tied.change(Change::Mode(None)));
    assert_eq!(breaker.current_mode(), Mode::Enforce);
    agent.tied.change(Change::Mode(Some(Mode::Observe)));
    breaker.set_mode(Mode::Off);
    assert!(!agent.tied.change(Change::Mode(None)), "it is this process's by now");
    assert_eq!(breaker.current_mode(), Mode::Off);
}

#[tokio::test(start_paused = true)]
async fn a_force_here_goes_before_the_fleets_force_and_state() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    breaker.force_closed();
    assert_eq!(agent.tied.look().forced, Forced::Here);
    assert!(!agent.open(1, 10 * SECOND));
    agent.tied.change(Change::ForceOpen { until: Some(after(20 * SECOND)) });
    assert!(breaker.try_acquire().is_ok());
    assert_eq!((breaker.state(), agent.tied.look().forced), (Closed, Forced::Here));
    // When the own force ends, the fleet's force applies for its remaining time, and then the
    // fleet's state.
    advance(5 * SECOND).await;
    breaker.reset();
    assert_eq!((breaker.state(), agent.tied.look().forced), (Open, Forced::Fleet));
    advance(15 * SECOND).await;
    assert_eq!(rejected(&breaker).retry_in(), None);
    assert_eq!((breaker.state(), agent.tied.look().forced), (Open, Forced::No));
    assert!(agent.tied.look().wants_lease);
}

#[tokio::test(start_paused = true)]
async fn the_fleets_force_holds_while_not_coordinated_and_ends_by_itself() {
    for (to, other) in [(Open, Closed), (Closed, Open)] {
        let until = Some(after(10 * SECOND));
        let force = match to {
            Open => Change::ForceOpen { until },
            _ => Change::ForceClosed { until },
        };
        let breaker = breaker();
        let agent = Agent::of(&breaker);
        if other == Open {
            trip(&breaker);
        }
        changes();
        assert!(agent.tied.change(force));
        assert!(!agent.tied.change(force));
        assert_eq!((agent.tied.look().forced, changes()), (Forced::Fleet, vec![(other, to)]));
        drop(agent);
        advance(Duration::from_nanos(9_999_999_999)).await;
        assert_eq!(breaker.try_acquire().is_ok(), to == Closed);
        fail_if_admitted(&breaker, 5);
        assert_eq!((breaker.state(), breaker.snapshot().forced), (to, true));
        advance(Duration::from_nanos(1)).await;
        assert!(breaker.try_acquire().is_ok());
        assert_eq!((breaker.state(), breaker.snapshot().forced), (Closed, false));
        fail(&breaker, 2);
        assert_eq!(breaker.state(), Open, "it counts again");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fleet_ends_its_force_and_nobody_elses() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.tied.change(Change::ForceOpen { until: None });
    agent.tied.change(Change::ForceClosed { until: None });
    assert_eq!((breaker.state(), agent.tied.look().forced), (Closed, Forced::Fleet));
    assert!(agent.tied.change(Change::EndForce));
    assert!(!agent.tied.change(Change::EndForce));
    assert_eq!(agent.tied.look().forced, Forced::No);
    agent.tied.change(Change::ForceClosed { until: None });
    breaker.force_open();
    assert_eq!(agent.tied.look().forced, Forced::Here);
    agent.tied.change(Change::EndForce);
    assert_eq!((breaker.state(), agent.tied.look().forced), (Open, Forced::Here));
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_a_force_the_newest_epoch_is_followed() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    agent.open(1, SECOND);
    agent.tied.change(Change::ForceClosed { until: None });
    assert_eq!(breaker.state(), Closed);
    agent.open(2, 30 * SECOND);
    assert_eq!(breaker.state(), Closed);
    agent.tied.change(Change::EndForce);
    assert_eq!(rejected(&breaker).retry_in(), Some(30 * SECOND));
    agent.tied.change(Change::ForceOpen { until: Some(after(SECOND)) });
    agent.close(3);
    assert_eq!(breaker.state(), Open);
    advance(SECOND).await;
    assert!(breaker.try_acquire().is_ok());
    assert_eq!(breaker.state(), Closed);
}

fn fail_if_admitted(breaker: &CircuitBreaker, times: u32) {
    for _ in 0..times {
        if let Ok(permit) = breaker.try_acquire() {
            permit.failure();
        }
    }
}

// Ties

#[tokio::test(start_paused = true)]
async fn a_breaker_has_one_agent_at_a_time() {
    let breaker = breaker();
    let agent = Agent::coordinating(&breaker);
    let other: Arc<dyn Source> = Recorder::new();
    assert_eq!(fleet::tie(&breaker, &other).err(), Some(AlreadyTied));
    trip(&breaker);
    let own = agent.tied.look().origin;
    // The agent is gone, but its tie is still held.
    let Agent { tied: former, recorder, .. } = agent;
    drop(recorder);
    let next = fleet::tie(&breaker, &other).unwrap();
    assert_eq!(next.look().origin, own, "what is known stays known");
    assert!(!former.change(Change::ForceOpen { until: None }));
    next.change(Change::Coordinate { until: after(SECOND) });
    drop(former);
    assert!(next.look().coordinated);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_lets_go_leaves_the_breaker_alone() {
    let (breaker, agent) = ripe().await;
    agent.grant(1).unwrap();
    let recorder = agent.recorder.clone();
    drop(agent);
    assert_eq!(all_permits(&breaker).len(), 2);
    assert!(!recorder.was_woken());
    let again = Agent::of(&breaker);
    assert_eq!(again.tied.look().leases, []);
    assert!(!again.tied.look().coordinated);
}

// Sets

#[tokio::test(start_paused = true)]
async fn the_breaker_of_a_key_begins_as_the_fleet_says() {
    let set = CircuitBreakers::new("set").failure_threshold(2).max_keys(2);
    set.for_key("before");
    let recorder = Recorder::new();
    let source: Arc<dyn Source> = recorder.clone();
    fleet::tie_all(&set, &source).unwrap();
    assert_eq!(fleet::tie_all(&set, &source), Err(AlreadyTied));
    let made = recorder.made();
    assert_eq!(made.iter().map(Tied::name).collect::<Vec<_>>(), ["set/before"]);

    let begins = vec![
        Change::Coordinate { until: after(60 * SECOND) },
        Change::Open { epoch: 7, until: after(10 * SECOND), failed: 0 },
    ];
    recorder.begins.lock().unwrap().insert("set/down".to_owned(), begins);
    changes();
    let down = set.for_key("down");
    assert_eq!(rejected(&down).retry_in(), Some(10 * SECOND));
    assert_eq!(changes(), [(Closed, Open)]);
    let tied = recorder.made().pop().unwrap();
    assert_eq!((tied.name(), tied.look().origin), ("set/down", Some(Origin::Fleet { epoch: 7 })));

    // `before` is evicted. Then both places are taken, one by a breaker in its open phase.
    set.for_key("other");
    assert_eq!(recorder.evicted(), ["set/before"]);
    let forced = set.for_key("other");
    forced.force_closed();
    recorder.made();
    recorder.was_woken();
    let overflow = set.for_key("one too many");
    assert!(overflow.name().starts_with("set (other keys"));
    trip(&overflow);
    assert!(recorder.made().is_empty() && !recorder.was_woken(), "it is never shared");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_with_a_leased_probe_keeps_its_place() {
    let set = CircuitBreakers::new("set").max_keys(1);
    let recorder = Recorder::new();
    let source: Arc<dyn Source> = recorder.clone();
    fleet::tie_all(&set, &source).unwrap();
    let breaker = set.for_key("a");
    let tied = recorder.made().pop().unwrap();
    tied.change(Change::Coordinate { until: after(60 * SECOND) });
    tied.change(Change::Open { epoch: 1, until: fleet::now(), failed: 0 });
    let expires_at = after(6 * SECOND);
    tied.change(Change::Grant(Lease { sequence: 1, epoch: 1, expires_at, late: false }));
    let probe = acquire(&breaker);
    assert!(set.for_key("b").name().contains("other keys"));
    drop(probe);
    assert_eq!(set.for_key("b").name(), "set/b");
    assert_eq!(recorder.evicted(), ["set/a"]);
}

#[cfg(feature = "stream")]
#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_lease_until_its_outcome() {
    for slow_call in [false, true] {
        let mut breaker = CircuitBreaker::new("b");
        if slow_call {
            breaker = breaker.slow_call(SECOND, 1.0);
        }
        let breaker = Arc::new(breaker);
        let agent = Agent::coordinating(&breaker);
        agent.half_open(1);
        let lease = agent.grant(1).unwrap();
        let broke = Error::Kind(FailureKind::MidStream);
        let items = futures_util::stream::iter([Ok(1), Ok(2), Err(broke)]);
        let mut items = breaker.try_acquire_owned().unwrap().guard(items);
        items.next().await.unwrap().unwrap();
        advance(10 * SECOND).await;
        items.next().await.unwrap().unwrap();
        assert_eq!(agent.outcomes(), []);
        assert!(agent.tied.look().leases[0].claimed_at.is_some());
        items.next().await.unwrap().unwrap_err();
        assert_eq!(agent.outcomes(), [(lease, ProbeOutcome::Failure)]);
        assert_eq!(breaker.state(), Open);
    }
}
