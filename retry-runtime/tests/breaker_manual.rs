//! Tests of the calls from the Python module, of the operator's calls, and of the modes.

mod support;

use std::time::Duration;

use retry_runtime::CircuitState::{Closed, HalfOpen, Open};
use retry_runtime::{CircuitBreaker, Mode};
use support::{RECOVERY, acquire, all_permits, fail, rejected, ripen, trip};
use tokio::time::advance;

#[tokio::test(start_paused = true)]
async fn the_life_of_a_breaker_by_hand() {
    let breaker = CircuitBreaker::new("by hand").failure_threshold(2);
    breaker.record_failure();
    breaker.record_success();
    breaker.record_failure();
    assert!(breaker.should_allow_request());
    breaker.record_failure();
    assert_eq!(breaker.state(), Open);
    assert!(!breaker.should_allow_request());
    breaker.record_success();
    breaker.record_failure();
    advance(RECOVERY).await;
    assert_eq!(breaker.state(), Open, "outcomes while open change nothing");

    assert!(breaker.should_allow_request());
    assert_eq!(breaker.state(), HalfOpen);
    breaker.record_success();
    assert_eq!(breaker.state(), HalfOpen);
    assert!(breaker.should_allow_request());
    breaker.record_success();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn only_an_open_phase_that_ends_by_itself_says_when() {
    let breaker = CircuitBreaker::new("when");
    let retry_in = || breaker.snapshot().retry_in;
    assert_eq!(retry_in(), None);
    trip(&breaker);
    assert_eq!(retry_in(), Some(RECOVERY));
    advance(RECOVERY).await;
    assert_eq!(retry_in(), Some(Duration::ZERO));
    let probe = acquire(&breaker);
    assert_eq!((breaker.state(), retry_in()), (HalfOpen, None));
    drop(probe);
    breaker.force_open();
    assert_eq!(retry_in(), None);
}

#[tokio::test(start_paused = true)]
async fn a_slot_taken_by_hand_comes_back_with_the_outcome() {
    for limit in [1, 2, 16] {
        let breaker =
            CircuitBreaker::new("slots").half_open_max_calls(limit).success_threshold(1000);
        ripen(&breaker).await;
        for _ in 0..limit {
            assert!(breaker.should_allow_request());
        }
        assert!(!breaker.should_allow_request());
        assert!(breaker.try_acquire().is_err(), "permits and calls by hand share the slots");
        breaker.record_success();
        assert!(breaker.should_allow_request());
        assert!(!breaker.should_allow_request());
        // Slots of calls that never report become free after their lease.
        advance(RECOVERY).await;
        assert_eq!(all_permits(&breaker).len(), limit as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_by_hand_leaves_the_slots_of_permits_alone() {
    for limit in [1, 2, 16] {
        let breaker =
            CircuitBreaker::new("permits").half_open_max_calls(limit).success_threshold(1000);
        ripen(&breaker).await;
        let permits = all_permits(&breaker);
        breaker.record_success();
        assert!(!breaker.should_allow_request());
        drop(permits);
        assert_eq!(all_permits(&breaker).len(), limit as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_by_hand_gives_back_a_slot_that_is_still_held() {
    let breaker = CircuitBreaker::new("held").half_open_max_calls(2).success_threshold(1000);
    ripen(&breaker).await;
    let permit = acquire(&breaker);
    assert!(breaker.should_allow_request());
    advance(RECOVERY).await;
    // Both leases have expired, and the next call takes over the permit's slot.
    assert!(breaker.should_allow_request());
    breaker.record_success();
    assert_eq!(all_permits(&breaker).len(), 2);
    drop(permit);
}

#[tokio::test(start_paused = true)]
async fn slots_forgotten_by_hand_do_not_reach_into_the_next_episode() {
    for limit in [2, 16] {
        let breaker =
            CircuitBreaker::new("forgotten").half_open_max_calls(limit).success_threshold(1000);
        ripen(&breaker).await;
        for _ in 0..limit {
            assert!(breaker.should_allow_request());
        }
        breaker.record_failure();
        assert_eq!(breaker.state(), Open);
        advance(RECOVERY).await;
        assert!(breaker.should_allow_request());
        breaker.record_success();
        assert_eq!(all_permits(&breaker).len(), limit as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn force_open_holds_until_reset() {
    let breaker = CircuitBreaker::new("forced open");
    let early = acquire(&breaker);
    breaker.force_open();
    early.success();
    advance(RECOVERY * 10).await;
    assert_eq!(breaker.state(), Open);
    assert_eq!(rejected(&breaker).retry_in(), None);
    assert!(!breaker.should_allow_request());
    breaker.record_success();
    assert_eq!(breaker.state(), Open);
    breaker.reset();
    assert_eq!(breaker.state(), Closed);
    acquire(&breaker).success();
}

#[tokio::test(start_paused = true)]
async fn force_closed_admits_and_counts_nothing() {
    let breaker = CircuitBreaker::new("forced closed").failure_threshold(1);
    trip(&breaker);
    breaker.force_closed();
    fail(&breaker, 10);
    breaker.record_failure();
    assert_eq!(breaker.state(), Closed);
    let under_force = acquire(&breaker);
    breaker.reset();
    under_force.failure();
    assert_eq!(breaker.state(), Closed, "an outcome from under force is dropped");
    fail(&breaker, 1);
    assert_eq!(breaker.state(), Open);
    breaker.force_closed();
    breaker.force_open();
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn reset_forgets_counts_and_calls_under_way() {
    let breaker = CircuitBreaker::new("reset").failure_threshold(2);
    fail(&breaker, 1);
    let early = acquire(&breaker);
    breaker.reset();
    early.failure();
    fail(&breaker, 1);
    assert_eq!(breaker.state(), Closed);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), Open);
    breaker.reset();
    assert_eq!(breaker.state(), Closed);
    ripen(&breaker).await;
    let probe = acquire(&breaker);
    breaker.reset();
    probe.failure();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn observe_evaluates_and_admits_everything() {
    let breaker = CircuitBreaker::new("observe").failure_threshold(2).mode(Mode::Observe);
    assert_eq!(breaker.current_mode(), Mode::Observe);
    fail(&breaker, 2);
    assert_eq!(breaker.state(), Open);
    // `Enforce` would reject this call. It is admitted, and its outcome does not count.
    acquire(&breaker).failure();
    assert!(breaker.should_allow_request());
    advance(RECOVERY).await;
    let probes = [acquire(&breaker), acquire(&breaker)];
    acquire(&breaker).failure();
    assert_eq!(breaker.state(), HalfOpen, "beyond the slots an outcome is neutral");
    probes.into_iter().for_each(retry_runtime::Permit::success);
    assert_eq!(breaker.state(), Closed);
    breaker.force_open();
    drop(acquire(&breaker));
    breaker.set_mode(Mode::Enforce);
    assert_eq!(rejected(&breaker).retry_in(), None);
}

#[tokio::test(start_paused = true)]
async fn off_is_the_plain_call() {
    let breaker = CircuitBreaker::new("off").failure_threshold(1).mode(Mode::Off);
    fail(&breaker, 10);
    breaker.record_failure();
    assert_eq!(breaker.state(), Closed);
    breaker.set_mode(Mode::Enforce);
    let counted = acquire(&breaker);
    breaker.set_mode(Mode::Off);
    counted.failure();
    assert_eq!(breaker.state(), Closed, "off when the outcome comes");
    breaker.set_mode(Mode::Enforce);
    trip(&breaker);
    breaker.set_mode(Mode::Off);
    acquire(&breaker).success();
    assert_eq!(breaker.state(), Open, "the state stays");
    breaker.set_mode(Mode::Enforce);
    assert!(breaker.try_acquire().is_err());
}

#[tokio::test(start_paused = true)]
async fn the_mode_of_a_builder_and_the_clock_go_together_in_any_order() {
    let limit = std::time::Duration::from_secs(1);
    let builds: [fn(CircuitBreaker) -> CircuitBreaker; 2] = [
        |breaker| breaker.mode(Mode::Observe).abandoned_after(std::time::Duration::from_secs(1)),
        |breaker| breaker.abandoned_after(std::time::Duration::from_secs(1)).mode(Mode::Observe),
    ];
    for build in builds {
        let breaker = build(CircuitBreaker::new("order").failure_threshold(1));
        assert_eq!(breaker.current_mode(), Mode::Observe);
        let permit = acquire(&breaker);
        advance(limit).await;
        drop(permit);
        assert_eq!(breaker.state(), Open);
    }
}
