//! Timers that compete with work that never yields, time that passes during a wait, and retry
//! sequences without waits.

mod common;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::observe::{self, Event, Reason};
use retry_utils::{Jitter, RetryConfig, STANDARD, async_retry};
use tokio::sync::mpsc;
use tokio::task::consume_budget;
use tokio::time::advance;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const AT_ONCE: RetryConfig = PLAIN.max_attempts(100).base_delay(Duration::ZERO);

const SECOND: Duration = Duration::from_secs(1);

/// Uses up the budget of its task in each poll. It ends eventually, so that a timer that never
/// fires fails the test.
async fn busy() -> Result<u32, Failed> {
    for _ in 0..100_000 {
        consume_budget().await;
    }
    Ok(0)
}

/// Moves the clock without a wait, from a function that is not async.
fn pass(time: Duration) {
    let _ = pin!(advance(time)).poll(&mut Context::from_waker(Waker::noop()));
}

fn timed_out(outcome: &Result<u32, Failed>) -> Option<bool> {
    match outcome {
        Err(Failed::TimedOut(timed_out)) => Some(timed_out.is_total()),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_an_attempt_that_uses_up_the_budget_of_its_task() {
    #[async_retry(PLAIN, max_attempts = 1, attempt_timeout = "1s")]
    async fn reads_without_end() -> Result<u32, Failed> {
        pass(2 * SECOND);
        busy().await
    }
    #[async_retry(PLAIN, max_attempts = 1, total_timeout = "1s")]
    async fn receives_without_end() -> Result<u32, Failed> {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        pass(2 * SECOND);
        for _ in 0..100_000 {
            let _ = sender.send(1);
            receiver.recv().await;
        }
        Ok(0)
    }
    assert_eq!(timed_out(&reads_without_end().await), Some(false));
    assert_eq!(timed_out(&receives_without_end().await), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_next_to_work_that_uses_up_the_budget_of_its_task() {
    #[async_retry(PLAIN, on_retry = |_| pass(Duration::ZERO))]
    async fn annotated(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }
    async fn next_to_work(call: impl Future<Output = Result<u32, Failed>>) -> u32 {
        let (mut call, mut work) = (pin!(call), pin!(busy()));
        // The work is polled first and uses up the budget of the task.
        std::future::poll_fn(|context| {
            assert!(work.as_mut().poll(context).is_pending(), "the wait has not ended");
            let polled = call.as_mut().poll(context);
            pass(SECOND);
            polled
        })
        .await
        .unwrap()
    }
    let calls: [Calls; 4] = std::array::from_fn(|_| Calls::new());
    assert_eq!(next_to_work(annotated(&calls[0])).await, 2);
    assert_eq!(next_to_work(PLAIN.run(|| async { calls[1].fail_first(1) })).await, 2);
    assert_eq!(next_to_work(PLAIN.run(|| async { calls[2].fail_first(1) }).name("named")).await, 2);
    assert_eq!(next_to_work(PLAIN.run_mut(async || calls[3].fail_first(1))).await, 2);
}

/// Returns the attempts and the reason of the last retry sequence of this name that gave up.
fn reported(operation: &str) -> Option<(u32, Reason)> {
    let reports = REPORTS.lock().unwrap();
    reports
        .iter()
        .rev()
        .find(|(name, ..)| name == operation)
        .map(|&(_, attempts, why)| (attempts, why))
}

static REPORTS: Mutex<Vec<(String, u32, Reason)>> = Mutex::new(Vec::new());

fn listen() {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::GaveUp { operation, attempt, reason, .. } = *event {
                REPORTS.lock().unwrap().push((operation.to_owned(), attempt, reason));
            }
        })
        .unwrap();
    });
}

const LATE: Option<(u32, Reason)> = Some((1, Reason::DeadlineExceeded));

#[tokio::test(start_paused = true)]
async fn no_attempt_is_begun_past_the_total() {
    // The time passes after the decision to retry, in a hook or because a timer is late.
    #[async_retry(AT_ONCE, total_timeout = "1s", on_retry = |_| pass(2 * SECOND), name = "hook")]
    async fn hook(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }
    #[async_retry(PLAIN, total_timeout = "2s", name = "timer")]
    async fn timer(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }
    listen();
    let calls = Calls::new();
    assert_eq!(timed_out(&hook(&calls).await), Some(true));
    assert_eq!((calls.count(), reported("hook")), (1, LATE));

    let calls = Calls::new();
    let (outcome, ()) = tokio::join!(timer(&calls), advance(3 * SECOND));
    assert_eq!(timed_out(&outcome), Some(true));
    assert_eq!((calls.count(), reported("timer")), (1, LATE));

    let calls = Calls::new();
    let run = AT_ONCE.run(|| async { calls.fail_first(1) }).name("run").total_timeout(SECOND);
    assert_eq!(timed_out(&run.on_retry(|_| pass(2 * SECOND)).await), Some(true));
    assert_eq!((calls.count(), reported("run")), (1, LATE));

    // A run that keeps the outcome during the wait returns it.
    let calls = Calls::new();
    let run = AT_ONCE.run(|| async { calls.fail_first(1) }).name("kept").total_timeout(SECOND);
    let run = run.stop_on(std::future::pending::<()>).on_retry(|_| pass(2 * SECOND));
    assert!(matches!(run.await, Err(Failed::Kind(_))));
    assert_eq!((calls.count(), reported("kept")), (1, LATE));

    let calls = Calls::new();
    let run = AT_ONCE.run_blocking(|| calls.fail_first(1)).name("blocking").total_timeout(SECOND);
    assert!(matches!(run.on_retry(|_| pass(2 * SECOND)).call(), Err(Failed::Kind(_))));
    assert_eq!((calls.count(), reported("blocking")), (1, LATE));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_after_a_wait_to_the_very_end_of_the_total_is_made() {
    #[async_retry(PLAIN, total_timeout = "1s")]
    async fn annotated(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }
    let calls: [Calls; 4] = std::array::from_fn(|_| Calls::new());
    assert_eq!(annotated(&calls[0]).await.unwrap(), 2);
    let run = PLAIN.run(|| async { calls[1].fail_first(1) }).total_timeout(SECOND);
    assert_eq!(run.await.unwrap(), 2);
    let run = PLAIN.run(|| async { calls[2].fail_first(1) }).total_timeout(SECOND);
    assert_eq!(run.stop_on(std::future::pending::<()>).await.unwrap(), 2);
    let run = AT_ONCE.run_blocking(|| calls[3].fail_first(1)).total_timeout(SECOND);
    assert_eq!(run.on_retry(|_| pass(SECOND)).call().unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_sequence_without_waits_ends_at_its_total() {
    const ENDLESS: RetryConfig = AT_ONCE.max_attempts(u32::MAX);
    #[async_retry(ENDLESS, total_timeout = "100ms", name = "endless")]
    async fn annotated(calls: &Calls) -> Result<u32, Failed> {
        pass(Duration::from_millis(1));
        calls.fail_first(200)
    }
    listen();
    let calls = Calls::new();
    assert!(matches!(annotated(&calls).await, Err(Failed::Kind(_))));
    assert_eq!((calls.count(), reported("endless")), (100, Some((100, Reason::DeadlineExceeded))));

    let calls = Calls::new();
    let run = ENDLESS.run(|| async {
        pass(Duration::from_millis(1));
        calls.fail_first(200)
    });
    let run = run.name("endless run").total_timeout(Duration::from_millis(100));
    assert!(matches!(run.await, Err(Failed::Kind(_))));
    assert_eq!(
        (calls.count(), reported("endless run")),
        (100, Some((100, Reason::DeadlineExceeded)))
    );
}

/// Counts how often its task is woken.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls a retry sequence to its end. Returns the number of calls after each poll.
fn polls(
    calls: &Calls,
    mut sequence: Pin<&mut impl Future<Output = Result<u32, Failed>>>,
) -> Vec<u32> {
    let mut counts = Vec::new();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    loop {
        let polled = sequence.as_mut().poll(&mut Context::from_waker(&waker));
        counts.push(calls.count());
        if let Poll::Ready(outcome) = polled {
            assert!(matches!(outcome, Err(Failed::Kind(_))));
            return counts;
        }
        assert_eq!(
            woken.0.load(Ordering::SeqCst) as usize,
            counts.len(),
            "it did not wake its task"
        );
    }
}

#[test]
fn a_sequence_without_waits_yields_after_32_attempts() {
    const TURNS: [u32; 4] = [32, 64, 96, 100];
    #[async_retry(AT_ONCE)]
    async fn annotated(calls: &Calls) -> Result<u32, Failed> {
        fail(calls)
    }
    let calls: [Calls; 5] = std::array::from_fn(|_| Calls::new());
    assert_eq!(polls(&calls[0], pin!(annotated(&calls[0]))), TURNS);
    assert_eq!(polls(&calls[1], pin!(AT_ONCE.run(|| async { fail(&calls[1]) }))), TURNS);
    assert_eq!(
        polls(&calls[2], pin!(AT_ONCE.run(|| async { fail(&calls[2]) }).name("named"))),
        TURNS
    );
    let stopped = AT_ONCE.run(|| async { fail(&calls[3]) }).stop_on(std::future::pending::<()>);
    assert_eq!(polls(&calls[3], pin!(stopped)), TURNS);
    assert_eq!(polls(&calls[4], pin!(AT_ONCE.run_mut(async || fail(&calls[4])))), TURNS);
}

/// A microsecond may pass before the timer is polled for the first time.
#[tokio::test(start_paused = true)]
async fn waits_that_have_passed_when_they_begin_yield_too() {
    const SHORT: RetryConfig = PLAIN.max_attempts(100).base_delay(Duration::from_micros(1));
    let [late, mixed] = std::array::from_fn(|_| Calls::new());
    let run = SHORT.run(|| async { fail(&late) }).stop_on(|| async {
        pass(60 * SECOND);
        std::future::pending::<()>().await;
    });
    assert_eq!(polls(&late, pin!(run)), [32, 64, 96, 100]);

    // Attempts are counted from the start of the retry sequence. A real wait replaces a yield.
    let run = SHORT.run(|| async { fail(&mixed) }).stop_on(|| async {
        if mixed.count() != 32 {
            pass(60 * SECOND);
        }
        std::future::pending::<()>().await;
    });
    let mut run = pin!(run);
    let mut context = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending());
    pass(60 * SECOND);
    assert!(run.as_mut().poll(&mut context).is_pending());
    assert_eq!(mixed.count(), 64, "a real wait replaces a yield");
}

fn fail(calls: &Calls) -> Result<u32, Failed> {
    calls.next();
    Err(TRANSIENT)
}
