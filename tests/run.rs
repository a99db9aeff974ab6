//! `RetryConfig::run` as a future, and its setters.

mod common;

use std::cell::Cell;
use std::future::{Future, Ready, pending, ready};
use std::io;
use std::mem::size_of_val;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use futures_util::FutureExt;
use futures_util::future::join_all;
use retry_utils::observe::{self, Event, Reason};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, Jitter, RetryBudget, RetryConfig, Retryable,
    STANDARD, TimedOut,
};
use tokio::sync::watch;
use tokio::time::{Instant, advance, sleep};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const AT_ONCE: RetryConfig = PLAIN.base_delay(Duration::ZERO).max_delay(Duration::ZERO);

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The end of a retry sequence: the last attempt, the reason, and the kind of failure.
type End = (u32, Reason, Option<FailureKind>);

/// Returns a function that returns the ends of the retry sequences of this name.
fn reasons(operation: &'static str) -> impl Fn() -> Vec<End> {
    static ENDS: Mutex<Vec<(String, End)>> = Mutex::new(Vec::new());
    static LISTENING: std::sync::Once = std::sync::Once::new();
    LISTENING.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::GaveUp { operation, attempt, reason, kind, .. } = event {
                let end = (*attempt, *reason, *kind);
                ENDS.lock().unwrap().push(((*operation).to_owned(), end));
            }
        })
        .unwrap();
    });
    move || {
        let ends = ENDS.lock().unwrap();
        ends.iter().filter(|(name, _)| name == operation).map(|(_, end)| *end).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_can_be_spawned_joined_and_nested() {
    static CALLS: Calls = Calls::new();
    let spawned = tokio::spawn(PLAIN.max_attempts(4).run(|| async { CALLS.fail_first(3) }));
    assert_eq!(spawned.await.unwrap().unwrap(), 4);

    let (one, other) = (Calls::new(), Calls::new());
    let policy = PLAIN.clone();
    let (one, other) = tokio::join!(
        policy.run(|| async { one.fail_first(1) }),
        policy.run(|| async { other.fail_first(2) }),
    );
    assert_eq!((one.unwrap(), other.unwrap()), (2, 3));
    let calls = Calls::new();
    let runs = (0..3).map(|_| policy.run(|| async { calls.fail_first(3) }));
    let outcomes: Vec<_> = join_all(runs).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes, [4, 5, 6]);

    let breaker = CircuitBreaker::new("run/nested").failure_threshold(1);
    let calls = Calls::new();
    let run = PLAIN.run(|| async { calls.fail_first(9) });
    assert!(breaker.call(|| run).await.is_err());
    assert_eq!((calls.count(), breaker.state()), (3, CircuitState::Open));
}

/// The run clones its policy, so the policy may be a local variable.
#[test]
fn a_run_owns_its_policy() {
    fn made() -> impl Future<Output = io::Result<u32>> + Send + 'static {
        let policy = STANDARD.max_attempts(7);
        let run = policy.run(|| async { Ok(7) });
        run.name(String::from("made"))
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(made()).unwrap(), 7);
}

#[test]
fn a_run_is_send_if_the_closure_and_its_futures_are() {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    let heard = AtomicU32::new(0);
    let (_stop, stopped) = watch::channel(());
    drop(sent(
        PLAIN
            .run(|| async { Err::<u32, Failed>(TRANSIENT) })
            .name("send")
            .retry_if(|_| true)
            .retry_if_ok(|value| *value == 0)
            .retry_after(|_| None)
            .retry_after_ok(|_| None)
            .on_retry(|_| _ = heard.fetch_add(1, Ordering::Relaxed))
            .before_retry(|_| sleep(secs(1)))
            .stop_on(|| {
                let mut stopped = stopped.clone();
                async move { _ = stopped.changed().await }
            })
            .attempt_timeout(secs(1))
            .total_timeout(secs(1)),
    ));
    // A value that is not `Send` is dropped before the wait.
    drop(sent(PLAIN.run(|| async {
        let error = || std::rc::Rc::new(1);
        Err::<u32, _>(*error()).map_err(|_| io::Error::other("no"))
    })));
}

/// A run holds the policy, the closure, its future and a few more bytes.
#[test]
fn a_run_is_small() {
    let run = STANDARD.run(|| ready(Ok::<u8, io::Error>(1)));
    assert!(size_of_val(&run) <= size_of::<RetryConfig>() + 64, "{}", size_of_val(&run));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_drops_its_attempt_and_makes_a_deposit_only_if_polled() {
    struct Guard<'c>(&'c Calls);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.next();
        }
    }

    let (budget, dropped) = (RetryBudget::new().ratio(1.0).initial(0), Calls::new());
    let run = || {
        PLAIN
            .run(|| {
                let guard = Guard(&dropped);
                async {
                    let _guard = guard;
                    pending::<Result<u32, Failed>>().await
                }
            })
            .budget(&budget)
    };
    drop(run());
    assert_eq!((dropped.count(), budget.balance().to_bits()), (0, 0));
    tokio::time::timeout(secs(1), run()).await.unwrap_err();
    assert_eq!((dropped.count(), budget.balance().to_bits()), (1, 1.0_f64.to_bits()));
}

#[tokio::test(start_paused = true)]
async fn retry_if_decides_and_keeps_the_hint() {
    let (start, calls, ends) = (Instant::now(), Calls::new(), reasons("run::retry_if"));
    let outcome = PLAIN
        .run(|| async {
            calls.next();
            Err::<u32, _>(Failed::SlowDown(secs(30)))
        })
        .name("run::retry_if")
        .retry_if(|_| true)
        .await;
    assert!(outcome.is_err());
    assert_eq!((calls.count(), start.elapsed()), (3, secs(60)));
    let kind = Some(FailureKind::RateLimited);
    assert_eq!(ends(), [(3, Reason::AttemptsExhausted, kind)]);

    let outcome = PLAIN.run(|| async { calls.fail_first(9) }).retry_if(|_| false).await;
    assert!(outcome.is_err());
    assert_eq!(calls.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_predicate_decides_about_an_unclassified_error() {
    let calls = Calls::new();
    let run = PLAIN
        .run(|| async { calls.fail_first(1).map_err(|error| error.to_string()) })
        .retry_unclassified_if(|text| text == "unavailable");
    assert_eq!(run.await.unwrap(), 2);
    let run = PLAIN
        .run(|| async { calls.fail_first(9).map_err(|error| error.to_string()) })
        .retry_unclassified_if(|text| text == "other");
    run.await.unwrap_err();
    assert_eq!(calls.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_value_has_its_own_hint() {
    let (start, calls) = (Instant::now(), Calls::new());
    let outcome: Result<u32, Failed> = PLAIN
        .run(|| async { Ok(calls.next()) })
        .retry_if_ok(|value| *value < 3)
        .retry_after_ok(|value| (*value == 2).then_some(secs(40)))
        .await;
    assert_eq!((outcome.unwrap(), start.elapsed()), (3, secs(1 + 40)));

    let outcome: Result<u32, Failed> =
        PLAIN.run(|| async { Ok(calls.next()) }).retry_after_ok(|_| Some(secs(40))).await;
    assert_eq!(outcome.unwrap(), 4, "a hint alone does not reject a value");
}

/// The order is `on_retry`, then `before_retry`, then the whole wait.
#[tokio::test(start_paused = true)]
async fn before_retry_is_awaited_after_on_retry_and_before_the_wait() {
    let (start, calls, log) = (Instant::now(), Calls::new(), Mutex::new(Vec::new()));
    let write = |text: &str| log.lock().unwrap().push((start.elapsed(), text.to_owned()));
    let outcome = PLAIN
        .run(|| async {
            write("attempt");
            calls.fail_first(2)
        })
        .on_retry(|_| write("on_retry"))
        .before_retry(|error: &Failed| {
            write(&error.to_string());
            async { sleep(secs(5)).await }
        })
        .await;
    assert_eq!(outcome.unwrap(), 3);
    let at = |second, text: &str| (secs(second), text.to_owned());
    let expected = [
        at(0, "attempt"),
        at(0, "on_retry"),
        at(0, "unavailable"),
        at(6, "attempt"),
        at(6, "on_retry"),
        at(6, "unavailable"),
        at(13, "attempt"),
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn before_retry_is_not_called_without_a_retry_or_an_error() {
    let before = Calls::new();
    let hook = |_: &Failed| {
        before.next();
        async {}
    };
    let run = PLAIN.run(|| async { Err::<u32, _>(PERMANENT) }).before_retry(hook);
    run.await.unwrap_err();
    let run = PLAIN.max_attempts(1).run(|| async { Err::<u32, _>(TRANSIENT) }).before_retry(hook);
    run.await.unwrap_err();
    let calls = Calls::new();
    let run = PLAIN.run(|| async { Ok(calls.next()) }).retry_if_ok(|value| *value < 2);
    assert_eq!(run.before_retry(hook).await.unwrap(), 2);
    assert_eq!(before.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn before_retry_runs_under_the_total_timeout() {
    let ends = reasons("run::before");
    let run = |before: Duration| {
        PLAIN
            .run(|| async { Err::<u32, _>(TRANSIENT) })
            .name("run::before")
            .before_retry(move |_| sleep(before))
            .total_timeout(secs(10))
    };
    let start = Instant::now();
    let error = run(secs(60)).await.unwrap_err();
    assert!(
        matches!(error, Failed::Kind(FailureKind::Unavailable)),
        "expected the last error: {error}"
    );
    assert_eq!(start.elapsed(), secs(10));

    // The hook ends in time, but not enough time is left for the wait of 1 s.
    let start = Instant::now();
    let error = run(Duration::from_millis(9_500)).await.unwrap_err();
    assert!(
        matches!(error, Failed::Kind(FailureKind::Unavailable)),
        "expected the last error: {error}"
    );
    assert_eq!(start.elapsed(), Duration::from_millis(9_500));
    let end = (1, Reason::DeadlineExceeded, Some(FailureKind::Unavailable));
    assert_eq!(ends(), [end, end]);
}

#[tokio::test(start_paused = true)]
async fn stop_on_ends_a_wait_and_begins_none() {
    let ends = reasons("run::stop");
    let (stop, stopped) = watch::channel(false);
    let (calls, made) = (Calls::new(), Calls::new());
    let run = || {
        PLAIN.run(|| async { calls.fail_first(u32::MAX) }).name("run::stop").stop_on(|| {
            made.next();
            let mut stopped = stopped.clone();
            async move { _ = stopped.wait_for(|stopped| *stopped).await }
        })
    };
    let start = Instant::now();
    let stopping = async {
        sleep(Duration::from_millis(1_500)).await;
        stop.send(true).unwrap();
    };
    let (outcome, ()) = tokio::join!(run(), stopping);
    assert!(matches!(outcome, Err(Failed::Kind(FailureKind::Unavailable))));
    assert_eq!(start.elapsed(), Duration::from_millis(1_500));
    assert_eq!((calls.count(), made.count()), (2, 2), "a future for each wait");
    let kind = Some(FailureKind::Unavailable);
    assert_eq!(ends(), [(2, Reason::Stopped, kind)]);
    assert_eq!(Reason::Stopped.to_string(), "stopped");

    // The call was stopped before it began: one attempt, and no wait.
    let start = Instant::now();
    run().await.unwrap_err();
    assert_eq!((calls.count(), start.elapsed()), (3, Duration::ZERO));
    assert_eq!(ends(), [(2, Reason::Stopped, kind), (1, Reason::Stopped, kind)]);
}

#[tokio::test(start_paused = true)]
async fn time_spent_in_stop_on_counts_towards_the_wait() {
    let calls = Calls::new();
    let began = Instant::now();
    let run = PLAIN.run(|| async { calls.fail_first(1) }).stop_on(|| async {
        advance(Duration::from_millis(15)).await;
        pending::<()>().await;
    });
    run.await.unwrap();
    assert_eq!(began.elapsed(), PLAIN.base_delay);
}

/// A wait of zero counts as a wait. The attempt and `before_retry` run to completion. A rejected
/// value is returned too.
#[tokio::test(start_paused = true)]
async fn stop_on_is_evaluated_only_between_attempts() {
    let calls = Calls::new();
    let run = AT_ONCE.run(|| async { calls.fail_first(9) }).stop_on(|| async {});
    run.await.unwrap_err();
    assert_eq!(calls.count(), 1);

    let start = Instant::now();
    let run = AT_ONCE
        .run(|| async {
            sleep(secs(1)).await;
            calls.fail_first(9)
        })
        .before_retry(|_| sleep(secs(2)))
        .stop_on(|| async {});
    run.await.unwrap_err();
    assert_eq!((calls.count(), start.elapsed()), (2, secs(3)));

    let run = PLAIN.run(|| async { Ok::<_, Failed>(7) }).retry_if_ok(|_| true);
    assert_eq!(run.stop_on(|| async {}).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_lends_is_for_run_mut() {
    let (mut buffer, calls, start) = (Vec::new(), Calls::new(), Instant::now());
    let length = PLAIN
        .run_mut(async || {
            buffer.push(7);
            sleep(secs(1)).await;
            calls.fail_first(2)?;
            Ok::<_, Failed>(buffer.len())
        })
        .await;
    assert_eq!((length.unwrap(), start.elapsed()), (3, secs(3 + 1 + 2)));
    let failed = PLAIN.run_mut(async || Err::<u32, _>(PERMANENT)).await;
    assert!(failed.is_err());
}

#[test]
fn a_synchronous_closure_is_retried_under_the_same_rules() {
    let ends = reasons("run::blocking");
    let (calls, retries, budget) = (Calls::new(), Calls::new(), RetryBudget::new().ratio(0.0));
    let outcome = AT_ONCE
        .run_blocking(|| calls.fail_first(2))
        .name("run::blocking")
        .budget(&budget)
        .on_retry(|_| _ = retries.next())
        .call();
    assert_eq!((outcome.unwrap(), retries.count()), (3, 2));
    assert_eq!(budget.balance().to_bits(), 98.0_f64.to_bits());

    let outcome = AT_ONCE
        .run_blocking(|| Err::<u32, _>(Failed::SlowDown(secs(30))))
        .name("run::blocking")
        .total_timeout(secs(10))
        .call();
    assert!(matches!(outcome, Err(Failed::SlowDown(_))), "it must not wait for 30 s");
    let kind = Some(FailureKind::RateLimited);
    assert_eq!(ends(), [(1, Reason::DeadlineExceeded, kind)]);

    let values = Calls::new();
    let outcome: Result<u32, Failed> = AT_ONCE
        .run_blocking(|| Ok(values.next()))
        .retry_if_ok(|_| true)
        .retry_after_ok(|value| (*value == 2).then_some(secs(3600)))
        .call();
    assert_eq!(outcome.unwrap(), 2, "the hint is longer than any wait may be");

    let texts = Calls::new();
    let outcome = AT_ONCE
        .run_blocking(|| texts.fail_first(9).map_err(|error| error.to_string()))
        .retry_after(|_| None)
        .retry_unclassified_if(|text| text == "unavailable")
        .call();
    assert_eq!((outcome.unwrap_err(), texts.count()), ("unavailable".to_owned(), 3));
    let failed = AT_ONCE.run_blocking(|| texts.fail_first(9)).retry_if(|_| false).call();
    assert!(failed.is_err() && texts.count() == 4);
}

/// The attempts made so far count, and the wait that has begun continues.
#[tokio::test(start_paused = true)]
async fn a_setter_may_come_after_the_first_poll() {
    let calls = Calls::new();
    let heard = Mutex::new(Vec::new());
    let began = Instant::now();
    let mut run = PLAIN.run(|| ready(calls.fail_first(9)));
    assert!(Pin::new(&mut run).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let run = run.on_retry(|event| {
        if let Event::RetryScheduled { attempt, .. } = event {
            heard.lock().unwrap().push(*attempt);
        }
    });
    run.await.unwrap_err();
    assert_eq!((calls.count(), began.elapsed()), (3, secs(3)));
    assert_eq!(heard.into_inner().unwrap(), [2]);
}

/// An error that panics if it is classified twice, or after a timeout.
#[derive(Debug, thiserror::Error)]
#[error("classified at most once")]
struct AskedOnce(Option<Cell<bool>>);

impl From<TimedOut> for AskedOnce {
    fn from(_: TimedOut) -> Self {
        Self(None)
    }
}

impl Retryable for AskedOnce {
    fn failure_kind(&self) -> FailureKind {
        let asked = self.0.as_ref().expect("an error of a timeout is not classified");
        assert!(!asked.replace(true), "classified twice");
        FailureKind::Unavailable
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_classified_once_and_that_of_a_timeout_not_at_all() {
    let hung = STANDARD.run(pending::<Result<u32, AskedOnce>>).attempt_timeout(secs(1));
    hung.await.unwrap_err();
    let fails = || ready(Err::<u32, _>(AskedOnce(Some(Cell::new(false)))));
    STANDARD.run(fails).stop_on(|| ready(())).await.unwrap_err();
    let late = STANDARD.run(fails).before_retry(|_| pending()).total_timeout(secs(2));
    late.await.unwrap_err();
}

/// Polls a run to its end and then again, which must panic and make no attempt.
async fn panics_if_polled_again(run: impl Future, calls: &Calls) {
    let mut run = pin!(run);
    let _ = AssertUnwindSafe(run.as_mut()).catch_unwind().await;
    let made = calls.count();
    assert!(made > 0);
    for _ in 0..3 {
        let again = || run.as_mut().poll(&mut Context::from_waker(Waker::noop())).map(drop);
        let panic = catch_unwind(AssertUnwindSafe(again)).expect_err("it must panic");
        let message = panic.downcast_ref::<&str>().expect("a text");
        assert_eq!(*message, "`Run` polled after completion");
    }
    assert_eq!(calls.count(), made);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_ended_panics_when_it_is_polled_again() {
    let calls = Calls::new();
    macro_rules! with_and_without_setters {
        ($($run:expr;)*) => {$(
            panics_if_polled_again($run, &calls).await;
            panics_if_polled_again($run.name("set up"), &calls).await;
            panics_if_polled_again($run.attempt_timeout(secs(9)), &calls).await;
            panics_if_polled_again($run.stop_on(pending::<()>), &calls).await;
        )*};
    }
    let fails = |error: fn() -> Failed| {
        calls.next();
        ready(Err::<u32, _>(error()))
    };
    with_and_without_setters! {
        PLAIN.run(|| async { Ok::<_, Failed>(calls.next()) });
        PLAIN.run(|| fails(|| PERMANENT));
        PLAIN.run(|| fails(|| TRANSIENT));
        PLAIN.run(|| -> Ready<Result<u32, Failed>> {
            calls.next();
            panic!("on purpose")
        });
    }
    let transient = || PLAIN.run(|| fails(|| TRANSIENT));
    panics_if_polled_again(transient().stop_on(|| ready(())), &calls).await;
    panics_if_polled_again(transient().total_timeout(secs(1)), &calls).await;
    let hung = PLAIN.run(|| {
        calls.next();
        pending::<Result<u32, Failed>>()
    });
    panics_if_polled_again(hung.total_timeout(secs(1)), &calls).await;
    // The same after a panic in a hook.
    panics_if_polled_again(transient().retry_if(|_| panic!("on purpose")), &calls).await;
    panics_if_polled_again(transient().on_retry(|_| panic!("on purpose")), &calls).await;
    let before = transient().before_retry(|_| -> Ready<()> { panic!("on purpose") });
    panics_if_polled_again(before, &calls).await;
    let stop = transient().stop_on(|| -> Ready<()> { panic!("on purpose") });
    panics_if_polled_again(stop, &calls).await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_an_attempt_that_uses_up_the_budget_of_its_task() {
    async fn busy() -> Result<u32, Failed> {
        advance(Duration::from_secs(10)).await;
        for _ in 0..100_000 {
            tokio::task::consume_budget().await;
        }
        Ok(0)
    }
    let second = Duration::from_secs(1);
    let one = PLAIN.max_attempts(1);
    assert!(matches!(one.run(busy).attempt_timeout(second).await, Err(Failed::TimedOut(_))));
    assert!(matches!(one.run(busy).total_timeout(second).await, Err(Failed::TimedOut(_))));
}

#[test]
fn a_first_attempt_that_succeeds_needs_no_runtime_for_its_timeouts() {
    let run = PLAIN.run(|| async { Ok::<_, Failed>(7) });
    let mut run = pin!(run.attempt_timeout(Duration::from_secs(1)));
    let polled = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(7))));
}
