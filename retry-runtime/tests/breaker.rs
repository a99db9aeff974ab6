//! Tests of the breaker through permits and `call`.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::CircuitState::{Closed, HalfOpen, Open};
use retry_runtime::{CircuitBreaker, FailureKind, FailureKinds, Permit, Retryable};
use support::{Error, RECOVERY, acquire, all_permits, fail, rejected, ripen, trip};
use tokio::time::advance;

const MS: Duration = Duration::from_millis(1);

static IN_A_STATIC: CircuitBreaker = CircuitBreaker::new("static")
    .failure_threshold(3)
    .recovery_timeout(Duration::from_secs(30))
    .success_threshold(1)
    .half_open_max_calls(4)
    .trip_on(FailureKinds::ALL)
    .abandoned_after(Duration::from_secs(5))
    .mode(retry_runtime::Mode::Enforce);

#[tokio::test(start_paused = true)]
async fn the_life_of_a_breaker_in_a_static() {
    fail(&IN_A_STATIC, 2);
    assert_eq!(IN_A_STATIC.state(), Closed);
    fail(&IN_A_STATIC, 1);
    assert_eq!(IN_A_STATIC.state(), Open);
    advance(Duration::from_secs(30)).await;
    assert_eq!(IN_A_STATIC.state(), Open, "open until somebody asks");
    let probe = acquire(&IN_A_STATIC);
    assert_eq!(IN_A_STATIC.state(), HalfOpen);
    probe.success();
    assert_eq!(IN_A_STATIC.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn defaults_are_five_failures_sixty_seconds_two_successes() {
    let breaker = CircuitBreaker::new("defaults");
    fail(&breaker, 4);
    assert_eq!(breaker.state(), Closed);
    fail(&breaker, 1);
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY));
    assert_eq!(rejected(&breaker).name(), "defaults");

    advance(RECOVERY.checked_sub(MS).unwrap()).await;
    assert_eq!(rejected(&breaker).retry_in(), Some(MS));
    advance(MS).await;
    let mut probes = all_permits(&breaker);
    assert_eq!((probes.len(), breaker.state()), (2, HalfOpen));
    assert_eq!(rejected(&breaker).retry_in(), None, "nobody knows when a probe reports");
    probes.pop().unwrap().success();
    assert_eq!(breaker.state(), HalfOpen);
    probes.pop().unwrap().success();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_success_ends_the_row_of_failures() {
    let breaker = CircuitBreaker::new("row").failure_threshold(3);
    fail(&breaker, 2);
    acquire(&breaker).success();
    fail(&breaker, 2);
    assert_eq!(breaker.state(), Closed);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_reopens_for_a_whole_recovery_timeout() {
    let breaker = CircuitBreaker::new("reopens");
    ripen(&breaker).await;
    let (good, bad) = (acquire(&breaker), acquire(&breaker));
    good.success();
    advance(MS).await;
    bad.failure();
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY));
    advance(RECOVERY).await;
    acquire(&breaker).success();
    assert_eq!(breaker.state(), HalfOpen, "successes are counted afresh");
}

#[tokio::test(start_paused = true)]
async fn with_one_slot_probes_follow_one_another() {
    let breaker = CircuitBreaker::new("one by one").success_threshold(3).half_open_max_calls(1);
    ripen(&breaker).await;
    for _ in 0..3 {
        assert_ne!(breaker.state(), Closed);
        let probe = acquire(&breaker);
        assert_eq!(rejected(&breaker).retry_in(), None);
        probe.success();
    }
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn no_more_probes_than_allowed_for_any_limit() {
    for limit in [1, 2, 15, 16] {
        let breaker =
            CircuitBreaker::new("limit").half_open_max_calls(limit).success_threshold(65_535);
        ripen(&breaker).await;
        let mut probes = all_permits(&breaker);
        assert_eq!(probes.len(), limit as usize);
        drop(probes.pop());
        probes.pop().into_iter().for_each(Permit::success);
        let again = all_permits(&breaker);
        assert_eq!(
            again.len(),
            2.min(limit as usize),
            "a dropped one and a good one give theirs back"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_hangs_loses_its_slot_and_not_its_outcome() {
    for limit in [1, 16] {
        let breaker = CircuitBreaker::new("hangs").half_open_max_calls(limit).success_threshold(2);
        ripen(&breaker).await;
        let mut hanging = all_permits(&breaker);
        assert_eq!(hanging.len(), limit as usize);
        advance(RECOVERY.checked_sub(MS).unwrap()).await;
        assert!(breaker.try_acquire().is_err(), "not before its time is up");
        advance(MS).await;
        let fresh = all_permits(&breaker);
        assert_eq!(fresh.len(), limit as usize);
        // Late drops release no slot that another probe has taken over.
        hanging.drain(1..).for_each(drop);
        assert!(breaker.try_acquire().is_err());
        hanging.pop().unwrap().success();
        assert!(breaker.try_acquire().is_err());
        assert_eq!(breaker.state(), HalfOpen);
        fresh.into_iter().next().unwrap().success();
        assert_eq!(breaker.state(), Closed, "the late success was the first of two");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_keeps_its_slot_for_the_probe_timeout() {
    let seconds = Duration::from_secs;
    let second = || CircuitBreaker::new("probe timeout").recovery_timeout(seconds(1));
    for (breaker, kept) in [
        // The default is at least 60 s, so that slow probes do not exceed the limit.
        (second(), seconds(60)),
        (second().probe_timeout(MS), MS),
        (second().probe_timeout(seconds(300)), seconds(300)),
        (second().recovery_timeout(seconds(90)), seconds(90)),
        (second().recovery_timeout(seconds(90)).probe_timeout(seconds(5)), seconds(5)),
    ] {
        breaker.half_open();
        let probes = all_permits(&breaker);
        assert_eq!(probes.len(), 2);
        assert!(!breaker.should_allow_request());
        advance(kept.checked_sub(Duration::from_nanos(1)).unwrap()).await;
        assert!(breaker.try_acquire().is_err(), "{kept:?}");
        advance(Duration::from_nanos(1)).await;
        assert!(breaker.should_allow_request() && breaker.should_allow_request(), "{kept:?}");
        // The same for calls by hand: a call that is never recorded keeps its slot no longer.
        advance(kept).await;
        assert_eq!(all_permits(&breaker).len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn by_default_there_are_sixteen_slots_at_most() {
    for (successes, slots) in [(1, 1), (16, 16), (17, 16), (65_535, 16)] {
        let breaker = CircuitBreaker::new("default").success_threshold(successes);
        breaker.half_open();
        assert_eq!(all_permits(&breaker).len(), slots);
    }
}

#[tokio::test(start_paused = true)]
async fn half_open_does_not_stick_when_every_probe_is_forgotten() {
    let breaker = CircuitBreaker::new("forgotten").half_open_max_calls(2);
    ripen(&breaker).await;
    for _ in 0..100 {
        let probes = all_permits(&breaker);
        assert_eq!(probes.len(), 2);
        // Probes that never report, such as those of a task that hangs forever.
        probes.into_iter().for_each(std::mem::forget);
        advance(RECOVERY).await;
    }
    acquire(&breaker).success();
    acquire(&breaker).success();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn slots_of_an_earlier_episode_are_free_in_the_next() {
    for limit in [3, 16] {
        let breaker = CircuitBreaker::new("episodes").half_open_max_calls(limit);
        ripen(&breaker).await;
        let mut old = all_permits(&breaker);
        advance(Duration::from_secs(59)).await;
        old.pop().unwrap().failure();
        assert_eq!(breaker.state(), Open);
        advance(RECOVERY).await;
        let new = all_permits(&breaker);
        assert_eq!(new.len(), limit as usize);
        drop(old);
        assert!(breaker.try_acquire().is_err(), "old permits have nothing to give back");
    }
}

#[tokio::test(start_paused = true)]
async fn slots_of_an_earlier_episode_are_free_however_often_an_operator_trips() {
    for trips in [1, 30, 31, 32, 40, 62, 63, 64] {
        let breaker = CircuitBreaker::new("trips").success_threshold(1).recovery_timeout(MS);
        breaker.half_open();
        std::mem::forget(acquire(&breaker));
        for _ in 0..trips {
            breaker.trip();
        }
        advance(MS).await;
        assert!(breaker.try_acquire().is_ok(), "{trips} trips");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_of_an_earlier_generation_holds_no_slot_and_frees_none() {
    // More generations than the lease's episode bits can count, with and without time passing.
    for passes in [Duration::ZERO, Duration::from_nanos(1), MS] {
        for generations in 2..=130 {
            let breaker =
                CircuitBreaker::new("generations").success_threshold(9).half_open_max_calls(3);
            breaker.half_open();
            assert!(breaker.should_allow_request());
            let [early, hung] = all_permits(&breaker).try_into().unwrap();
            advance(passes).await;
            // Each trip is one generation.
            for _ in 1..generations {
                breaker.trip();
            }
            breaker.half_open();
            let fresh = all_permits(&breaker);
            assert_eq!(fresh.len(), 3, "{generations} generations, {passes:?} later");
            early.success();
            drop(hung);
            breaker.record_success();
            assert!(breaker.try_acquire().is_err(), "{generations} generations, {passes:?} later");
            assert_eq!(breaker.snapshot().successes, 1, "the one by hand");
            drop(fresh);
            assert_eq!(all_permits(&breaker).len(), 3);
        }
    }
    // The very next generation is open and has no slots.
    let breaker = CircuitBreaker::new("next");
    breaker.half_open();
    let probe = acquire(&breaker);
    breaker.trip();
    probe.success();
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn slots_are_free_after_reset_and_a_new_trip() {
    for limit in [3, 16] {
        let breaker = CircuitBreaker::new("reset").half_open_max_calls(limit);
        ripen(&breaker).await;
        let old = all_permits(&breaker);
        breaker.reset();
        ripen(&breaker).await;
        assert_eq!(all_permits(&breaker).len(), limit as usize);
        drop(old);
    }
}

#[tokio::test(start_paused = true)]
async fn outcomes_from_before_the_trip_are_dropped() {
    let breaker = CircuitBreaker::new("stale").success_threshold(1);
    let mut early: Vec<_> = (0..4).map(|_| acquire(&breaker)).collect();
    ripen(&breaker).await;
    early.pop().unwrap().success();
    assert_eq!(breaker.state(), Open);
    let probe = acquire(&breaker);
    early.pop().unwrap().success();
    early.pop().unwrap().failure();
    assert_eq!(breaker.state(), HalfOpen);
    probe.success();
    early.pop().unwrap().failure();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn late_failures_do_not_prolong_the_open_phase() {
    let breaker = CircuitBreaker::new("late");
    let late = [acquire(&breaker), acquire(&breaker)];
    trip(&breaker);
    advance(RECOVERY / 2).await;
    late.into_iter().for_each(Permit::failure);
    assert_eq!(rejected(&breaker).retry_in(), Some(RECOVERY / 2));
}

#[tokio::test(start_paused = true)]
async fn what_counts_is_up_to_the_kind() {
    use FailureKind as Kind;
    let neutral = [Kind::Bug, Kind::CircuitOpen, Kind::ResourceExhausted];
    let successes = [Kind::Unauthorized, Kind::InvalidRequest, Kind::Permanent];
    let failures = [
        Kind::Timeout,
        Kind::Connection,
        Kind::Unavailable,
        Kind::RateLimited,
        Kind::Transient,
        Kind::MidStream,
    ];
    let record = |breaker: &CircuitBreaker, kind| {
        acquire(breaker).record(&Err::<(), _>(Error::Kind(kind)));
    };
    for kind in failures {
        let breaker = CircuitBreaker::new("failures").failure_threshold(1);
        record(&breaker, kind);
        assert_eq!(breaker.state(), Open, "{kind}");
    }
    for kind in neutral {
        let breaker = CircuitBreaker::new("neutral").failure_threshold(2).success_threshold(1);
        fail(&breaker, 1);
        record(&breaker, kind);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), Open, "{kind} must not end the row");
        advance(RECOVERY).await;
        for _ in 0..3 {
            record(&breaker, kind);
            assert_eq!(breaker.state(), HalfOpen, "{kind}");
        }
    }
    for kind in successes {
        let breaker = CircuitBreaker::new("answered").failure_threshold(2).success_threshold(1);
        fail(&breaker, 1);
        record(&breaker, kind);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), Closed, "{kind} ends the row");
        ripen(&breaker).await;
        record(&breaker, kind);
        assert_eq!(breaker.state(), Closed, "{kind} is an answer");
    }
    let picky = CircuitBreaker::new("picky")
        .failure_threshold(1)
        .trip_on(FailureKinds::of(FailureKind::Bug));
    record(&picky, FailureKind::Timeout);
    assert_eq!(picky.state(), Closed);
    record(&picky, FailureKind::Bug);
    assert_eq!(picky.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn call_counts_its_outcome_and_rejects() {
    let breaker = CircuitBreaker::new("call").failure_threshold(2).success_threshold(1);
    let good = || async { Ok::<_, Error>(1) };
    let bad = || async { Err::<u32, _>(Error::Kind(FailureKind::Unavailable)) };
    assert_eq!(breaker.call(good).await, Ok(1));
    for _ in 0..2 {
        assert_eq!(breaker.call(bad).await, Err(Error::Kind(FailureKind::Unavailable)));
    }
    let error = breaker.call(|| async { panic!("must not be called") }).await;
    let Err::<u32, _>(Error::Open(open)) = error else { panic!("not rejected: {error:?}") };
    assert_eq!(open.failure_kind(), FailureKind::CircuitOpen);
    assert_eq!(open.to_string(), "circuit breaker `call` is open; next probe in 60s");
    advance(RECOVERY).await;
    assert_eq!(breaker.call(good).await, Ok(1));
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_neutral_and_gives_its_slot_back() {
    let breaker = CircuitBreaker::new("dropped").failure_threshold(1).success_threshold(1);
    drop(acquire(&breaker));
    assert_eq!(breaker.state(), Closed);
    ripen(&breaker).await;
    for _ in 0..10 {
        let call = breaker.call(std::future::pending::<Result<(), Error>>);
        assert!(tokio::time::timeout(MS, call).await.is_err());
        assert_eq!(breaker.state(), HalfOpen);
    }
    acquire(&breaker).success();
    assert_eq!(breaker.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_panic_counts_as_failure_whatever_it_trips_on() {
    let breaker = CircuitBreaker::new("panic").failure_threshold(1).trip_on(FailureKinds::NONE);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _permit = acquire(&breaker);
        panic!("no answer");
    }));
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn abandoned_after_counts_from_its_limit_on() {
    let limit = Duration::from_secs(5);
    let breaker = CircuitBreaker::new("abandoned").failure_threshold(1).abandoned_after(limit);
    let permit = acquire(&breaker);
    advance(limit.checked_sub(MS).unwrap()).await;
    drop(permit);
    assert_eq!(breaker.state(), Closed);
    let permit = acquire(&breaker);
    advance(limit).await;
    drop(permit);
    assert_eq!(breaker.state(), Open);

    advance(RECOVERY).await;
    let probe = acquire(&breaker);
    advance(limit).await;
    drop(probe);
    assert_eq!(breaker.state(), Open, "probes too");
}

#[tokio::test(start_paused = true)]
async fn an_owned_permit_outlives_the_scope_and_leaks_nothing() {
    let breaker = Arc::new(CircuitBreaker::new("owned").failure_threshold(1));
    let permit = breaker.try_acquire_owned().unwrap();
    assert_eq!(Arc::strong_count(&breaker), 2);
    tokio::spawn(async move { permit.failure() }).await.unwrap();
    assert_eq!(Arc::strong_count(&breaker), 1);
    assert_eq!(breaker.try_acquire_owned().unwrap_err().retry_in(), Some(RECOVERY));
    breaker.reset();
    breaker.try_acquire_owned().unwrap().success();
    breaker.try_acquire_owned().unwrap().record(&Ok::<(), Error>(()));
    drop(breaker.try_acquire_owned().unwrap());
    assert_eq!(Arc::strong_count(&breaker), 1);
}

#[test]
fn a_breaker_is_shared_and_its_permits_move() {
    fn shared<T: Send + Sync>() {}
    fn moves<T: Send>(_: &T) {}
    shared::<CircuitBreaker>();
    let breaker = CircuitBreaker::new("shared");
    moves(&acquire(&breaker));
    moves(&breaker.call(|| async { Ok::<(), Error>(()) }));
}

#[test]
fn works_without_a_runtime() {
    let breaker = CircuitBreaker::new("no runtime").failure_threshold(1);
    acquire(&breaker).success();
    acquire(&breaker).failure();
    let wait = rejected(&breaker).retry_in().unwrap();
    assert!(wait <= RECOVERY);
    assert_eq!(
        format!("{breaker:?}"),
        "CircuitBreaker { name: \"no runtime\", state: Open, mode: Enforce, .. }"
    );
}

#[test]
fn a_builder_names_the_rule_that_was_broken() {
    let message = |build: fn() -> CircuitBreaker| {
        *catch_unwind(build).unwrap_err().downcast::<String>().expect("a message")
    };
    let new = || CircuitBreaker::new("wrong");
    for (build, rule) in [
        (
            (|| CircuitBreaker::new("a").failure_threshold(0)) as fn() -> _,
            "`failure_threshold` must be",
        ),
        (|| CircuitBreaker::new("a").failure_threshold(65_536), "`failure_threshold` must be"),
        (|| CircuitBreaker::new("a").success_threshold(0), "`success_threshold` must be"),
        (|| CircuitBreaker::new("a").half_open_max_calls(0), "`half_open_max_calls` must be"),
        (|| CircuitBreaker::new("a").half_open_max_calls(17), "`half_open_max_calls` must be"),
        (|| CircuitBreaker::new("a").probe_timeout(Duration::ZERO), "`probe_timeout` must be"),
        (
            || CircuitBreaker::new("a").recovery_timeout(Duration::ZERO),
            "`recovery_timeout` must be",
        ),
        (|| CircuitBreaker::new("a").recovery_timeout(Duration::MAX), "`recovery_timeout` must be"),
    ] {
        let message = message(build);
        assert!(message.starts_with(rule), "{message}");
    }
    let _ = new().failure_threshold(65_535).recovery_timeout(MS);
}
