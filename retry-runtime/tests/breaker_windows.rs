//! Tests of failure rates over windows, slow calls, and growing open phases.

mod support;

use std::time::Duration;

use retry_runtime::CircuitState::{Closed, HalfOpen, Open};
use retry_runtime::{CircuitBreaker, Mode, Window};
use support::{RECOVERY, acquire, all_permits, fail, rejected};
use tokio::time::advance;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

static IN_A_STATIC: CircuitBreaker = CircuitBreaker::new("static")
    .failure_rate(0.5, 4, Window::calls(10))
    .slow_call(SECOND, 0.8)
    .recovery_backoff(2.0, Duration::from_secs(600));

fn succeed(breaker: &CircuitBreaker, times: u32) {
    for _ in 0..times {
        acquire(breaker).success();
    }
}

/// Returns the calls, failures and slow calls in the window.
fn held(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let seen = breaker.snapshot();
    (seen.calls, seen.failures, seen.slow_calls)
}

#[test]
fn a_snapshot_tells_the_criterion() {
    let rate = |breaker: CircuitBreaker| breaker.snapshot().failure_rate;
    assert_eq!(rate(CircuitBreaker::new("row")), None);
    let window = CircuitBreaker::new("window").failure_rate(0.25, 1, Window::calls(1));
    assert_eq!(rate(window), Some(0.25));
}

/// Makes a call that takes this long.
async fn take(breaker: &CircuitBreaker, time: Duration, good: bool) {
    let permit = acquire(breaker);
    advance(time).await;
    if good { permit.success() } else { permit.failure() }
}

#[tokio::test(start_paused = true)]
async fn all_settings_stand_in_a_static() {
    succeed(&IN_A_STATIC, 3);
    fail(&IN_A_STATIC, 2);
    assert_eq!((IN_A_STATIC.state(), held(&IN_A_STATIC)), (Closed, (5, 2, 0)));
    fail(&IN_A_STATIC, 1);
    assert_eq!((IN_A_STATIC.state(), held(&IN_A_STATIC)), (Open, (0, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_window_of_ten_opens_on_the_right_call_after_a_thousand_successes() {
    for with_slow in [false, true] {
        let mut breaker = CircuitBreaker::new("slides").failure_rate(0.5, 10, Window::calls(10));
        if with_slow {
            breaker = breaker.slow_call(SECOND, 1.0);
        }
        succeed(&breaker, 1000);
        fail(&breaker, 4);
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (10, 4, 0)));
        fail(&breaker, 1);
        assert_eq!(breaker.state(), Open);
    }
}

#[tokio::test(start_paused = true)]
async fn every_length_of_window_holds_just_its_calls() {
    for calls in [1, 2, 3, 18, 19, 20, 38, 39, 40, 41, 63, 64, 77, 78, 79, 500, 1023, 1024] {
        for with_slow in [false, true] {
            let mut breaker =
                CircuitBreaker::new("length").failure_rate(1.0, calls, Window::calls(calls));
            if with_slow {
                breaker = breaker.slow_call(SECOND, 1.0);
            }
            // One good call among failures keeps it closed while the call is in the window.
            succeed(&breaker, 2 * calls + 1);
            fail(&breaker, calls - 1);
            assert_eq!(
                (breaker.state(), held(&breaker)),
                (Closed, (calls.into(), u64::from(calls) - 1, 0))
            );
            fail(&breaker, 1);
            assert_eq!(breaker.state(), Open, "{calls} calls, slow calls counted: {with_slow}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn below_min_calls_nothing_opens_it() {
    let breaker = CircuitBreaker::new("few").failure_rate(0.1, 5, Window::calls(100));
    fail(&breaker, 4);
    assert_eq!(breaker.state(), Closed);
    succeed(&breaker, 1);
    assert_eq!(breaker.state(), Closed, "a good result is never what opens it");
    fail(&breaker, 1);
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_is_just_reached_opens_it() {
    // Products such as 0.07 × 100 are not integers in binary.
    for (failures, calls) in [(7, 100), (29, 100), (57, 100), (1, 3), (3, 10), (10, 10), (1, 1000)]
    {
        let rate = f64::from(failures) / f64::from(calls);
        let breaker = CircuitBreaker::new("just").failure_rate(rate, calls, Window::calls(calls));
        succeed(&breaker, calls - failures);
        fail(&breaker, failures - 1);
        assert_eq!(breaker.state(), Closed);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), Open, "{failures} of {calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_begins_empty_in_each_generation() {
    for window in [Window::calls(10), Window::calls(1024), Window::time(RECOVERY * 100)] {
        let breaker = CircuitBreaker::new("anew").failure_rate(0.5, 2, window).success_threshold(1);
        succeed(&breaker, 1);
        let late = (acquire(&breaker), acquire(&breaker));
        fail(&breaker, 1);
        assert_eq!(breaker.state(), Open);
        advance(RECOVERY).await;
        acquire(&breaker).success();
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (0, 0, 0)));
        late.0.failure();
        late.1.success();
        assert_eq!(
            (breaker.state(), held(&breaker)),
            (Closed, (0, 0, 0)),
            "late outcomes are dropped"
        );
        succeed(&breaker, 2);
        fail(&breaker, 1);
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (3, 1, 0)));
        breaker.reset();
        assert_eq!(held(&breaker), (0, 0, 0));
        fail(&breaker, 1);
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (1, 1, 0)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_generations_do_not_mix() {
    for window in [Window::calls(3), Window::calls(30), Window::time(SECOND)] {
        let breaker = CircuitBreaker::new("often").failure_rate(0.5, 2, window);
        for _ in 0..10_000 {
            fail(&breaker, 1);
            assert_eq!((breaker.state(), held(&breaker)), (Closed, (1, 1, 0)));
            breaker.reset();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_of_time_slides_by_tenths() {
    let breaker = CircuitBreaker::new("time").failure_rate(1.0, 100, Window::time(SECOND));
    fail(&breaker, 1);
    advance(Duration::from_nanos(999_999_999)).await;
    assert_eq!(held(&breaker), (1, 1, 0));
    succeed(&breaker, 2);
    advance(Duration::from_nanos(1)).await;
    assert_eq!(held(&breaker), (2, 0, 0), "the first slice is over");
    fail(&breaker, 3);
    advance(899 * MS).await;
    assert_eq!(held(&breaker), (5, 3, 0));
    advance(MS).await;
    assert_eq!(held(&breaker), (3, 3, 0));
    advance(100 * MS).await;
    assert_eq!(held(&breaker), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_window_of_time_outlives_idle_stretches_of_any_length() {
    let breaker = CircuitBreaker::new("idle").failure_rate(0.5, 2, Window::time(10 * MS));
    let mut idle = MS;
    // Exceeds the places of the ring, the stamps, and the numbers that wrap.
    for _ in 0..33 {
        fail(&breaker, 1);
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (1, 1, 0)));
        advance(idle.max(10 * MS)).await;
        assert_eq!(held(&breaker), (0, 0, 0), "after {idle:?}");
        idle *= 2;
    }
    for round in 0..10_000 {
        fail(&breaker, 1);
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (1, 1, 0)), "round {round}");
        advance(10 * MS).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_long_ago_is_no_failure_of_now() {
    // The places are reused every 16 slices. This one never has a second failure.
    let breaker = CircuitBreaker::new("rare").failure_rate(1.0, 100, Window::time(10 * MS));
    fail(&breaker, 1);
    for round in 0..20_000 {
        advance(MS).await;
        succeed(&breaker, 1);
        let (calls, failures, _) = held(&breaker);
        assert_eq!((calls, failures), ((round + 2).min(10), u64::from(round < 9)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slice_counts_more_than_a_million_failures() {
    let breaker = CircuitBreaker::new("many").failure_rate(0.9, 65_535, Window::time(SECOND));
    for _ in 0..1_200_000_u64 {
        acquire(&breaker).success();
        acquire(&breaker).failure();
    }
    assert_eq!((breaker.state(), held(&breaker)), (Closed, (2_400_000, 1_200_000, 0)));
    advance(SECOND).await;
    assert_eq!(held(&breaker), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn slow_calls_open_it_at_their_own_rate() {
    for window in [Window::calls(10), Window::calls(100), Window::time(RECOVERY)] {
        let breaker =
            CircuitBreaker::new("slow").failure_rate(1.0, 4, window).slow_call(SECOND, 0.5);
        succeed(&breaker, 2);
        take(&breaker, SECOND, true).await;
        assert_eq!(held(&breaker), (3, 0, 0), "as long as the limit is not longer");
        take(&breaker, SECOND + Duration::from_nanos(1), false).await;
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (4, 1, 1)));
        take(&breaker, 2 * SECOND, true).await;
        assert_eq!((breaker.state(), held(&breaker)), (Closed, (5, 1, 2)));
        take(&breaker, 2 * SECOND, true).await;
        assert_eq!(breaker.state(), Open, "three of six");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_window_a_slow_call_is_a_failure() {
    let breaker = CircuitBreaker::new("slow row").failure_threshold(2).slow_call(SECOND, 1.0);
    take(&breaker, 2 * SECOND, true).await;
    succeed(&breaker, 1);
    take(&breaker, 2 * SECOND, true).await;
    assert_eq!(breaker.state(), Closed);
    take(&breaker, 2 * SECOND, true).await;
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn a_slow_probe_opens_it_again_and_a_dropped_one_does_not() {
    for breaker in [
        CircuitBreaker::new("slow probe").slow_call(SECOND, 1.0),
        CircuitBreaker::new("slow probe")
            .failure_rate(0.5, 1, Window::calls(5))
            .slow_call(SECOND, 1.0),
    ] {
        breaker.trip();
        advance(RECOVERY).await;
        let (slow, dropped) = (acquire(&breaker), acquire(&breaker));
        advance(2 * SECOND).await;
        drop(dropped);
        assert_eq!(breaker.state(), HalfOpen);
        slow.success();
        assert_eq!(breaker.state(), Open);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_without_a_permit_are_in_the_window_but_never_slow() {
    let breaker = CircuitBreaker::new("manual")
        .failure_rate(0.5, 4, Window::calls(10))
        .slow_call(SECOND, 0.5);
    for good in [true, false, true] {
        assert!(breaker.should_allow_request());
        advance(2 * SECOND).await;
        if good { breaker.record_success() } else { breaker.record_failure() }
    }
    assert_eq!(held(&breaker), (3, 1, 0));
    breaker.record_failure();
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn modes_and_forced_states_keep_out_of_the_window() {
    let breaker = CircuitBreaker::new("modes").failure_rate(0.5, 2, Window::calls(10));
    breaker.set_mode(Mode::Off);
    fail(&breaker, 5);
    assert_eq!(held(&breaker), (0, 0, 0));
    breaker.set_mode(Mode::Observe);
    fail(&breaker, 2);
    assert_eq!(breaker.state(), Open, "it evaluates as it would enforce");
    acquire(&breaker).failure();
    breaker.set_mode(Mode::Enforce);
    rejected(&breaker);
    breaker.force_closed();
    fail(&breaker, 5);
    assert_eq!((breaker.state(), held(&breaker)), (Closed, (0, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn open_phases_grow_with_each_failed_recovery_and_begin_anew_once_closed() {
    let breaker =
        CircuitBreaker::new("grows").success_threshold(1).recovery_backoff(2.0, 5 * RECOVERY);
    for _ in 0..3 {
        breaker.trip();
        for minutes in [1, 2, 4, 5, 5] {
            assert_eq!(rejected(&breaker).retry_in(), Some(minutes * RECOVERY));
            let last = RECOVERY / 60_000;
            advance(59_999 * last + (minutes - 1) * RECOVERY).await;
            assert_eq!(rejected(&breaker).retry_in(), Some(last));
            advance(last).await;
            fail(&breaker, 1);
            assert_eq!(breaker.state(), Open);
        }
        advance(5 * RECOVERY).await;
        succeed(&breaker, 1);
        assert_eq!(breaker.state(), Closed);
    }
}

#[tokio::test(start_paused = true)]
async fn probes_lose_their_slots_after_the_first_recovery_timeout_however_long_it_was_open() {
    let breaker = CircuitBreaker::new("lease").recovery_backoff(10.0, 100 * RECOVERY);
    breaker.trip();
    advance(RECOVERY).await;
    fail(&breaker, 1);
    advance(10 * RECOVERY).await;
    let hanging = all_permits(&breaker);
    assert_eq!(hanging.len(), 2);
    advance(RECOVERY).await;
    assert_eq!(all_permits(&breaker).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn tripped_by_hand_it_recovers_by_itself() {
    let breaker = CircuitBreaker::new("trip");
    breaker.trip();
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY));
    advance(RECOVERY / 2).await;
    breaker.trip();
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY), "the time begins anew");
    breaker.force_open();
    breaker.trip();
    advance(RECOVERY).await;
    acquire(&breaker).success();
    breaker.trip();
    assert_eq!(breaker.state(), Open, "in the middle of an episode");
    advance(RECOVERY).await;
    succeed(&breaker, 2);
    assert_eq!(breaker.state(), Closed);
    breaker.force_closed();
    breaker.trip();
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn half_open_by_hand_each_episode_has_all_its_slots() {
    for limit in [1, 4, 16] {
        let breaker =
            CircuitBreaker::new("by hand").half_open_max_calls(limit).success_threshold(2);
        let mut held_on = Vec::new();
        // All at one instant of the paused clock.
        for _ in 0..3 {
            breaker.trip();
            breaker.half_open();
            let probes = all_permits(&breaker);
            assert_eq!((probes.len(), breaker.state()), (limit as usize, HalfOpen));
            breaker.half_open();
            rejected(&breaker);
            held_on.extend(probes);
        }
        // Late drops from past episodes release no slots of this one.
        let this_episode = held_on.split_off(2 * limit as usize);
        drop(held_on);
        rejected(&breaker);
        drop(this_episode);
        assert_eq!(all_permits(&breaker).len(), limit as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn half_open_by_hand_manual_slots_are_the_episodes_own() {
    for limit in [1, 16] {
        let breaker =
            CircuitBreaker::new("manual episode").success_threshold(3).half_open_max_calls(limit);
        breaker.half_open();
        assert!(breaker.should_allow_request());
        breaker.trip();
        breaker.half_open();
        let probes = all_permits(&breaker);
        assert_eq!(probes.len(), limit as usize);
        breaker.record_success();
        rejected(&breaker);
        drop(probes);
        assert!(breaker.should_allow_request());
    }
}

#[tokio::test(start_paused = true)]
async fn half_open_by_hand_from_any_state() {
    let breaker =
        CircuitBreaker::new("from").success_threshold(1).recovery_backoff(2.0, 8 * RECOVERY);
    breaker.half_open();
    assert_eq!(breaker.state(), HalfOpen);
    fail(&breaker, 1);
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY), "the first open phase");
    breaker.half_open();
    fail(&breaker, 1);
    assert_eq!(rejected(&breaker).retry_in(), Some(2 * RECOVERY), "after a failed recovery");
    breaker.force_open();
    breaker.half_open();
    fail(&breaker, 1);
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY), "an operator stood in between");
    breaker.half_open();
    succeed(&breaker, 1);
    assert_eq!(breaker.state(), Closed);
}
