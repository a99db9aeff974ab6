//! Tests of the open phase after an error with a `retry_after`.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::CircuitState::{Closed, HalfOpen, Open};
use retry_runtime::registry::BreakerOverride;
use retry_runtime::{CircuitBreaker, CircuitBreakers, FailureKind, Retryable, Window};
use support::{Error, RECOVERY, acquire, rejected, trip};
use tokio::time::advance;

const NANO: Duration = Duration::from_nanos(1);

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A breaker that opens at the first failure and respects hints of up to an hour.
const fn brittle(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(1).respect_retry_after(secs(3600))
}

/// Makes a call that fails with this hint.
fn fail_for(breaker: &CircuitBreaker, hint: Duration) {
    let error = Error::Hinted(FailureKind::RateLimited, hint);
    acquire(breaker).record(&Err::<(), _>(error));
}

fn left(breaker: &CircuitBreaker) -> Option<Duration> {
    let left = rejected(breaker).retry_in();
    assert_eq!(breaker.snapshot().retry_in, left);
    left
}

#[tokio::test(start_paused = true)]
async fn the_open_phase_is_the_longer_of_the_timeout_and_the_hint_up_to_its_limit() {
    let odd = Duration::new(61, 7);
    for (hint, lasts) in [
        (Duration::ZERO, RECOVERY),
        (secs(59), RECOVERY),
        (odd, odd),
        (secs(3600), secs(3600)),
        (secs(3600) + NANO, secs(3600)),
        (Duration::MAX, secs(3600)),
    ] {
        let breaker = brittle("longer");
        fail_for(&breaker, hint);
        assert_eq!(left(&breaker), Some(lasts), "{hint:?}");
        advance(lasts.checked_sub(NANO).unwrap()).await;
        assert_eq!(left(&breaker), Some(NANO), "{hint:?}");
        advance(NANO).await;
        drop(acquire(&breaker));
        assert_eq!(breaker.state(), HalfOpen);
    }
}

#[tokio::test(start_paused = true)]
async fn by_default_hints_are_not_respected() {
    struct Unread;
    impl Retryable for Unread {
        fn failure_kind(&self) -> FailureKind {
            FailureKind::RateLimited
        }

        fn retry_after(&self) -> Option<Duration> {
            panic!("nobody needs it")
        }
    }
    let breaker = CircuitBreaker::new("default").failure_threshold(1);
    acquire(&breaker).record(&Err::<(), _>(Unread));
    assert_eq!(left(&breaker), Some(RECOVERY));
}

#[tokio::test(start_paused = true)]
async fn the_hint_is_that_of_the_error_that_opened_it() {
    let breaker = CircuitBreaker::new("which").failure_threshold(3).respect_retry_after(secs(3600));
    let late = acquire(&breaker);
    fail_for(&breaker, secs(600));
    acquire(&breaker).record(&Ok::<_, Error>(()));
    fail_for(&breaker, secs(600));
    fail_for(&breaker, secs(600));
    fail_for(&breaker, secs(120));
    assert_eq!(left(&breaker), Some(secs(120)));
    late.record(&Err::<(), _>(Error::Hinted(FailureKind::RateLimited, secs(600))));
    assert_eq!(left(&breaker), Some(secs(120)), "it came too late");

    // The opening error has no hint, so the earlier hint does not apply.
    breaker.reset();
    fail_for(&breaker, secs(600));
    fail_for(&breaker, secs(600));
    acquire(&breaker).record(&Err::<(), _>(Error::Kind(FailureKind::Timeout)));
    assert_eq!(left(&breaker), Some(RECOVERY));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_error_has_no_hint() {
    let opens: [fn(&CircuitBreaker); 6] = [
        |breaker| acquire(breaker).failure(),
        CircuitBreaker::record_failure,
        |breaker| drop(acquire(breaker)),
        CircuitBreaker::trip,
        |breaker| {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _permit = acquire(breaker);
                panic!("no answer");
            }));
            assert!(unwound.is_err());
        },
        |breaker| {
            breaker.half_open();
            acquire(breaker).failure();
        },
    ];
    for open in opens {
        let breaker = brittle("none").abandoned_after(Duration::ZERO);
        // A hint from before the reset does not apply.
        fail_for(&breaker, secs(600));
        breaker.reset();
        open(&breaker);
        assert_eq!(left(&breaker), Some(RECOVERY));
    }
    let breaker = brittle("forced");
    fail_for(&breaker, secs(600));
    breaker.force_open();
    assert_eq!(left(&breaker), None);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_does_not_count_has_no_hint() {
    let second = secs(1);
    for kind in [FailureKind::InvalidRequest, FailureKind::Bug] {
        let breaker = brittle("kind").slow_call(second, 1.0);
        let slow = acquire(&breaker);
        advance(2 * second).await;
        slow.record(&Err::<(), _>(Error::Hinted(kind, secs(600))));
        if kind == FailureKind::Bug {
            assert_eq!(breaker.state(), Closed, "it says nothing");
        } else {
            assert_eq!(left(&breaker), Some(RECOVERY), "a slow answer opened it");
        }
    }
    // The hint of an error that counts applies, even if the call was slow.
    let breaker = brittle("slow").slow_call(second, 1.0);
    let slow = acquire(&breaker);
    advance(2 * second).await;
    slow.record(&Err::<(), _>(Error::Hinted(FailureKind::Unavailable, secs(600))));
    assert_eq!(left(&breaker), Some(secs(600)));
}

#[tokio::test(start_paused = true)]
async fn a_window_that_opens_takes_the_hint_of_its_last_failure() {
    for window in [Window::calls(10), Window::time(secs(10))] {
        let new = || {
            CircuitBreaker::new("window")
                .failure_rate(0.5, 4, window)
                .slow_call(secs(1), 1.0)
                .respect_retry_after(secs(3600))
        };
        let breaker = new();
        acquire(&breaker).success();
        acquire(&breaker).success();
        fail_for(&breaker, secs(300));
        fail_for(&breaker, secs(600));
        assert_eq!(left(&breaker), Some(secs(600)));

        let breaker = new();
        acquire(&breaker).success();
        acquire(&breaker).success();
        fail_for(&breaker, secs(300));
        acquire(&breaker).failure();
        assert_eq!(left(&breaker), Some(RECOVERY));

        let breaker = new();
        let slow: Vec<_> = (0..4).map(|_| acquire(&breaker)).collect();
        advance(secs(2)).await;
        slow.into_iter().for_each(retry_runtime::Permit::success);
        assert_eq!(left(&breaker), Some(RECOVERY), "opened by slow calls");
    }
}

#[tokio::test(start_paused = true)]
async fn the_hint_of_a_failed_probe_counts_beside_the_growth() {
    let breaker = brittle("probes").recovery_backoff(2.0, secs(600));
    trip(&breaker);
    for (hint, lasts) in [
        // The growth gives 120 s, 240 s, 480 s and 600 s.
        (None, secs(120)),
        (Some(secs(200)), secs(240)),
        (Some(secs(900)), secs(900)),
        (None, secs(600)),
        (Some(secs(7200)), secs(3600)),
    ] {
        advance(left(&breaker).unwrap()).await;
        match hint {
            Some(hint) => fail_for(&breaker, hint),
            None => acquire(&breaker).failure(),
        }
        assert_eq!(left(&breaker), Some(lasts), "{hint:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_may_open_by_hints_any_number_of_times() {
    let breaker = brittle("often");
    // One generation, two, or so many that the lowest bits wrap around.
    let resets = [1, 2, 510, 511, 512, 513].into_iter().cycle();
    for (number, resets) in (0..3000).zip(resets) {
        let hint = secs(61 + number % 700);
        fail_for(&breaker, hint);
        assert_eq!(left(&breaker), Some(hint));
        for _ in 0..resets {
            breaker.reset();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_may_change_while_the_breaker_is_in_use() {
    let breaker = CircuitBreaker::new("changed").failure_threshold(1);
    let to = |longest| BreakerOverride::new().respect_retry_after(longest);
    breaker.reconfigure(&to(secs(300))).unwrap();
    fail_for(&breaker, secs(600));
    assert_eq!(left(&breaker), Some(secs(300)));
    breaker.reconfigure(&to(secs(900))).unwrap();
    assert_eq!(left(&breaker), Some(secs(600)));
    breaker.reconfigure(&to(Duration::from_millis(1))).unwrap();
    assert_eq!(left(&breaker), Some(RECOVERY));
    breaker.reconfigure(&BreakerOverride::new()).unwrap();
    assert_eq!(left(&breaker), Some(RECOVERY));
    for wrong in [Duration::from_nanos(999_999), secs(366 * 24 * 3600)] {
        let error = breaker.reconfigure(&to(wrong)).unwrap_err();
        assert_eq!(error.place(), "respect_retry_after");
        assert!(error.rule().contains("from 1 ms to 365 days"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_of_a_call_brings_the_hint() {
    static HOSTS: CircuitBreakers =
        CircuitBreakers::new("hosts").failure_threshold(1).respect_retry_after(secs(300));
    let error = || Error::Hinted(FailureKind::Unavailable, secs(600));
    let breaker = brittle("call");
    breaker.call(|| async { Err::<(), _>(error()) }).await.unwrap_err();
    assert_eq!(left(&breaker), Some(secs(600)));

    let breaker = Arc::new(brittle("owned"));
    breaker.try_acquire_owned().unwrap().record(&Err::<(), _>(error()));
    assert_eq!(left(&breaker), Some(secs(600)));

    let breaker = HOSTS.for_key("eu");
    fail_for(&breaker, secs(600));
    assert_eq!(left(&breaker), Some(secs(300)));
    assert_eq!(HOSTS.for_key("us").state(), Closed);
}

/// The permit is held while the error is classified: a panic counts as one of the call, and frees
/// the slot of a probe.
#[tokio::test(start_paused = true)]
async fn an_error_that_panics_when_it_is_asked_leaves_nothing_behind() {
    struct Panics;
    impl Retryable for Panics {
        fn failure_kind(&self) -> FailureKind {
            FailureKind::RateLimited
        }

        fn retry_after(&self) -> Option<Duration> {
            panic!("as it was told to")
        }
    }
    let breaker = brittle("panics");
    breaker.half_open();
    let record = || acquire(&breaker).record(&Err::<(), _>(Panics));
    catch_unwind(AssertUnwindSafe(record)).unwrap_err();
    assert_eq!(breaker.state(), Open);
    assert_eq!(left(&breaker), Some(RECOVERY));
    advance(RECOVERY).await;
    assert_eq!(support::all_permits(&breaker).len(), 2);
}

#[test]
fn a_limit_out_of_range_names_the_rule() {
    for wrong in [Duration::ZERO, Duration::from_nanos(999_999), Duration::MAX] {
        let built = catch_unwind(|| CircuitBreaker::new("a").respect_retry_after(wrong));
        let message = *built.unwrap_err().downcast::<String>().expect("a message");
        assert!(message.starts_with("`respect_retry_after` must be from 1 ms"), "{message}");
    }
}
