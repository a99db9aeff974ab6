//! `before_retry` and `stop_on`, which run between two attempts.

mod common;

use std::cell::Cell;
use std::fmt;
use std::future::{Future, Ready, pending, ready};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use futures_util::{Stream, StreamExt, stream};
use retry_utils::observe::{self, Event, Reason};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, FailureKinds, Guarded, Jitter, Mode, RetryBudget,
    RetryConfig, Retryable, STANDARD, async_retry, circuit_breaker,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const AT_ONCE: RetryConfig = PLAIN.base_delay(Duration::ZERO).max_delay(Duration::ZERO);

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A log of events with their times.
struct Log(Instant, Mutex<Vec<(u64, String)>>);

impl Log {
    fn start() -> Self {
        Self(Instant::now(), Mutex::default())
    }

    fn write(&self, text: impl fmt::Display) {
        let at = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        self.1.lock().unwrap().push((at, text.to_string()));
    }

    /// Returns the lines, as `milliseconds text`.
    fn lines(&self) -> Vec<String> {
        self.1.lock().unwrap().iter().map(|(at, text)| format!("{at} {text}")).collect()
    }
}

/// The end of a retry sequence: the last attempt, the reason, the kind of failure, the error.
type End = (u32, Reason, Option<FailureKind>, String);

/// Returns the ends of the retry sequences of this name.
fn ends(name: &str) -> Vec<End> {
    static ENDS: Mutex<Vec<(String, End)>> = Mutex::new(Vec::new());
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::GaveUp { operation, attempt, reason, kind, error, .. } = event {
                let error = error.as_ref().map(ToString::to_string).unwrap_or_default();
                let end = (*attempt, *reason, *kind, error);
                ENDS.lock().unwrap().push(((*operation).to_owned(), end));
            }
        })
        .unwrap();
    });
    let ends = ENDS.lock().unwrap();
    ends.iter().filter(|(operation, _)| operation == name).map(|(_, end)| end.clone()).collect()
}

fn ended(attempt: u32, reason: Reason) -> End {
    (attempt, reason, Some(FailureKind::Unavailable), "unavailable".to_owned())
}

/// A switch that stays on, like the shutdown signal of a server.
struct Stop(watch::Sender<bool>);

impl Stop {
    fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Completes once the switch is on.
    async fn cancelled(&self) {
        _ = self.0.subscribe().wait_for(|is_on| *is_on).await;
    }
}

/// An error that cannot be sent to another thread.
#[derive(Debug, Clone, thiserror::Error, Retryable)]
#[error("local")]
#[retry(unavailable)]
struct Local(Rc<()>);

fn is_send<F: Future + Send>(future: F) -> F {
    future
}

async fn spawned<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(future).await.expect("the task does not panic")
}

#[tokio::test(start_paused = true)]
async fn before_retry_is_awaited_after_on_retry_and_before_the_whole_wait() {
    #[async_retry(
        PLAIN,
        attempt = n,
        on_retry = |_| log.write(format_args!("on_retry {n}")),
        before_retry = async |error| {
            log.write(format_args!("before {n}: {error}"));
            sleep(secs(5)).await;
        },
    )]
    async fn call(calls: &Calls, log: &Log) -> Result<u32, Failed> {
        log.write("attempt");
        calls.fail_first(2)
    }

    let log = Log::start();
    assert_eq!(call(&Calls::new(), &log).await.unwrap(), 3);
    let expected = [
        "0 attempt",
        "0 on_retry 1",
        "0 before 1: unavailable",
        "6000 attempt",
        "6000 on_retry 2",
        "6000 before 2: unavailable",
        "13000 attempt",
    ];
    assert_eq!(log.lines(), expected);
}

#[tokio::test(start_paused = true)]
async fn before_retry_is_not_called_without_a_retry_or_an_error() {
    static EMPTY: RetryBudget = RetryBudget::new().ratio(0.0).initial(0);

    #[async_retry(policy, before_retry = async |_| _ = before.next())]
    async fn call(policy: &RetryConfig, before: &Calls, error: Failed) -> Result<u32, Failed> {
        Err(match &error {
            Failed::SlowDown(hint) => Failed::SlowDown(*hint),
            _ => {
                if error.failure_kind() == FailureKind::Unavailable {
                    TRANSIENT
                } else {
                    PERMANENT
                }
            }
        })
    }
    #[async_retry(PLAIN, budget = EMPTY, before_retry = async |_| _ = before.next())]
    async fn without_budget(before: &Calls) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
    #[async_retry(PLAIN, retry_if_ok = |value| *value < 3, before_retry = async |_| _ = before.next())]
    async fn value(calls: &Calls, before: &Calls) -> Result<u32, Failed> {
        Ok(calls.next())
    }

    let before = Calls::new();
    for (policy, error) in [
        (PLAIN, PERMANENT),
        (PLAIN.max_attempts(1), TRANSIENT),
        (PLAIN.retry_on(FailureKinds::NONE), TRANSIENT),
        (PLAIN.mode(Mode::Off), TRANSIENT),
        (PLAIN.mode(Mode::Observe), TRANSIENT),
        (PLAIN, Failed::SlowDown(secs(61))),
    ] {
        call(&policy, &before, error).await.unwrap_err();
    }
    without_budget(&before).await.unwrap_err();
    assert_eq!(value(&Calls::new(), &before).await.unwrap(), 3);
    assert_eq!(before.count(), 0);
    call(&PLAIN, &before, TRANSIENT).await.unwrap_err();
    assert_eq!(before.count(), 2);
}

/// An API whose token expires.
struct Api {
    token: Mutex<u32>,
    refreshed: Calls,
    stop: Stop,
    policy: RetryConfig,
}

impl Api {
    const POLICY: RetryConfig =
        AT_ONCE.max_attempts(2).retry_on(FailureKinds::of(FailureKind::Unauthorized));

    fn new() -> Self {
        let (token, policy) = (Mutex::new(0), Self::POLICY);
        Self { token, refreshed: Calls::new(), stop: Stop::new(), policy }
    }

    async fn refresh(&self) {
        sleep(ms(10)).await;
        *self.token.lock().unwrap() = self.refreshed.next();
    }

    async fn on_failure(error: &Failed) {
        assert_eq!(error.to_string(), "unauthorized");
        sleep(ms(10)).await;
    }

    fn get(&self) -> Result<u32, Failed> {
        let token = *self.token.lock().unwrap();
        if token == 0 { Err(Failed::Kind(FailureKind::Unauthorized)) } else { Ok(token) }
    }

    #[async_retry(Self::POLICY, before_retry = async |_| self.refresh().await)]
    async fn by_reference(&self) -> Result<u32, Failed> {
        self.get()
    }

    #[async_retry(
        self.policy,
        before_retry = |_| self.refresh(),
        stop_on = self.stop.cancelled(),
        total_timeout = "1m"
    )]
    async fn by_expression(&self) -> Result<u32, Failed> {
        self.get()
    }

    #[async_retry(
        Self::POLICY,
        before_retry = async |_| {
            *self.token.get_mut().unwrap() = 7;
            self.refreshed.next();
        },
        stop_on = self.stop.cancelled(),
    )]
    async fn by_mut_reference(&mut self, log: &mut Vec<u32>) -> Result<u32, Failed> {
        log.push(*self.token.get_mut().unwrap());
        self.get()
    }

    #[async_retry(Self::POLICY, before_retry = |_| self.refresh(), stop_on = self.stop.cancelled())]
    async fn by_arc(self: Arc<Self>) -> Result<u32, Failed> {
        self.get()
    }

    #[async_retry(Self::POLICY, before_retry = Self::on_failure, stop_on = self.stop.cancelled())]
    async fn by_value(self, calls: Calls) -> Result<u32, Failed> {
        calls.fail_first(1).map_err(|_| Failed::Kind(FailureKind::Unauthorized))
    }

    #[async_retry(self.policy, before_retry = |_| self.refresh(), stop_on = self.stop.cancelled())]
    #[allow(clippy::manual_async_fn)] // The test is about this form.
    fn as_a_future(&self) -> impl Future<Output = Result<u32, Failed>> + Send {
        async move { self.get() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_between_attempts() {
    assert_eq!(is_send(Api::new().by_reference()).await.unwrap(), 1);
    assert_eq!(is_send(Api::new().by_expression()).await.unwrap(), 1);
    let mut log = Vec::new();
    assert_eq!(is_send(Api::new().by_mut_reference(&mut log)).await.unwrap(), 7);
    assert_eq!(log, [0, 7]);
    assert_eq!(spawned(Arc::new(Api::new()).by_arc()).await.unwrap(), 1);
    assert_eq!(spawned(Api::new().by_value(Calls::new())).await.unwrap(), 2);
    assert_eq!(is_send(Api::new().as_a_future()).await.unwrap(), 1);
}

#[async_trait::async_trait]
trait Service {
    async fn ask(&mut self, prompt: String) -> Result<u32, Failed>;
    async fn stopped(&self) -> Result<u32, Failed>;
}

#[async_trait::async_trait]
impl Service for Api {
    #[async_retry(
        self.policy,
        clone(prompt),
        before_retry = async |_| {
            assert_eq!(prompt, "prompt");
            self.refresh().await;
        },
        stop_on = self.stop.cancelled()
    )]
    async fn ask(&mut self, mut prompt: String) -> Result<u32, Failed> {
        prompt.push('!');
        self.get()
    }

    #[async_retry(PLAIN, stop_on = self.stop.cancelled())]
    async fn stopped(&self) -> Result<u32, Failed> {
        self.refreshed.fail_first(9)
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_async_traits() {
    let mut api = Api::new();
    assert_eq!(api.ask("prompt".to_owned()).await.unwrap(), 1);
    api.stop.cancel();
    api.stopped().await.unwrap_err();
    assert_eq!(api.refreshed.count(), 2);
}

async fn take_note(error: &Failed) {
    assert_eq!(error.to_string(), "unavailable");
    NOTES.next();
}

fn note_later(_: &Failed) -> impl Future<Output = ()> + Send + use<> {
    NOTES.next();
    ready(())
}

fn note_boxed<'e>(error: &'e Failed) -> Pin<Box<dyn Future<Output = ()> + Send + 'e>> {
    Box::pin(take_note(error))
}

static NOTES: Calls = Calls::new();

mod hooks {
    #![allow(clippy::redundant_closure)] // The test is about closures.

    use super::{
        AT_ONCE, Calls, Failed, Future, NOTES, Ready, async_retry, note_boxed, note_later,
        take_note,
    };

    macro_rules! call {
        ($($name:ident($($argument:ident: $type:ty)?): $hook:expr;)*) => {$(
            #[async_retry(AT_ONCE, before_retry = $hook)]
            pub(super) async fn $name(calls: &Calls $(, $argument: $type)?) -> Result<u32, Failed> {
                calls.fail_first(2)
            }
        )*};
    }

    fn made() -> impl AsyncFn(&Failed) {
        take_note
    }

    call! {
        path(): take_note;
        function_of_a_future(): note_later;
        function_of_a_boxed_future(): note_boxed;
        async_closure(): async |error| take_note(error).await;
        async_closure_with_a_type(): async |error: &Failed| take_note(error).await;
        async_move_closure(): async move |error| {
            let _: &Failed = error;
            take_note(error).await;
        };
        closure(): |error| take_note(error);
        closure_with_a_block(): |error| async move { take_note(error).await };
        closure_with_a_type(): |error: &Failed| {
            let kind = error.to_string();
            async move {
                assert_eq!(kind, "unavailable");
                NOTES.next();
            }
        };
        pattern(): async |(Failed::Kind(_) | _)| _ = NOTES.next();
        parentheses(): (|error| take_note(error));
        block(): {
            let more = 1;
            async move |error| {
                for _ in 0..more {
                    take_note(error).await;
                }
            }
        };
        call(): made();
    }

    #[async_retry(AT_ONCE, before_retry = async |_| {
        assert_eq!(text, "text");
        NOTES.next();
    })]
    pub(super) async fn own(calls: &Calls, text: String) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    #[async_retry(AT_ONCE, before_retry = hook)]
    pub(super) async fn argument(
        calls: &Calls,
        hook: impl AsyncFn(&Failed),
    ) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    #[async_retry(AT_ONCE, before_retry = |error| hook(error))]
    pub(super) async fn mutable_argument(
        calls: &Calls,
        hook: &mut dyn FnMut(&Failed) -> Ready<()>,
    ) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    #[async_retry(AT_ONCE, before_retry = hook)]
    pub(super) async fn generic<F, O>(calls: &Calls, hook: F) -> Result<u32, Failed>
    where
        F: Fn(&Failed) -> O,
        O: Future<Output = ()>,
    {
        calls.fail_first(2)
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_of_each_shape() {
    static SENT: Calls = Calls::new();
    let calls = Calls::new;
    let mut noted = |_: &Failed| {
        NOTES.next();
        ready(())
    };
    let mut made = 0;
    macro_rules! noted_twice {
        ($($name:ident$(, $argument:expr)?;)*) => {$(
            assert_eq!(hooks::$name(&calls() $(, $argument)?).await.unwrap(), 3);
            made += 2;
            assert_eq!(NOTES.count(), made, stringify!($name));
        )*};
    }
    noted_twice! {
        path;
        function_of_a_future;
        function_of_a_boxed_future;
        async_closure;
        async_closure_with_a_type;
        async_move_closure;
        closure;
        closure_with_a_block;
        closure_with_a_type;
        pattern;
        parentheses;
        block;
        call;
        argument, take_note;
        mutable_argument, &mut noted;
        own, "text".to_owned();
        generic, note_later;
    }
    assert_eq!(spawned(hooks::async_closure(&SENT)).await.unwrap(), 3);
    is_send(hooks::closure_with_a_block(&calls())).await.unwrap();
    is_send(hooks::async_move_closure(&calls())).await.unwrap();
    is_send(hooks::generic(&calls(), note_later)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn before_retry_runs_under_the_total_timeout() {
    const NAME: &str = "between::before";
    #[async_retry(PLAIN, total_timeout = "10s", name = NAME, before_retry = |_| sleep(before))]
    async fn call(calls: &Calls, before: Duration) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
    #[async_retry(PLAIN, total_timeout = limit, before_retry = |_| sleep(secs(60)))]
    async fn without_limit(calls: &Calls, limit: Option<Duration>) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    _ = ends(NAME);
    let (start, calls) = (Instant::now(), Calls::new());
    let error = call(&calls, secs(60)).await.unwrap_err();
    assert!(matches!(error, Failed::Kind(_)), "expected the last error: {error}");
    assert_eq!((calls.count(), start.elapsed()), (1, secs(10)));
    assert_eq!(ends(NAME), [ended(1, Reason::DeadlineExceeded)]);

    // The hook ends in time, but not enough time is left for the wait of 1 s.
    let start = Instant::now();
    let error = call(&calls, ms(9_500)).await.unwrap_err();
    assert!(matches!(error, Failed::Kind(_)), "expected the last error: {error}");
    assert_eq!((calls.count(), start.elapsed()), (2, ms(9_500)));

    // Exactly enough time is left for the first retry, and not enough for the second.
    let start = Instant::now();
    call(&calls, secs(9)).await.unwrap_err();
    assert_eq!((calls.count(), start.elapsed()), (4, secs(10)));

    let start = Instant::now();
    assert_eq!(without_limit(&Calls::new(), None).await.unwrap(), 2);
    assert_eq!(start.elapsed(), secs(61));
}

/// The hook is part of the retry sequence, not of an attempt.
#[tokio::test(start_paused = true)]
async fn an_attempt_timeout_ends_before_the_hook() {
    #[async_retry(PLAIN, attempt_timeout = "1s", before_retry = async |error| {
        assert!(matches!(error, Failed::TimedOut(_)));
        sleep(secs(5)).await;
    })]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        if calls.next() == 1 { pending().await } else { Ok(2) }
    }

    let start = Instant::now();
    assert_eq!(is_send(call(&Calls::new())).await.unwrap(), 2);
    assert_eq!(start.elapsed(), secs(1 + 5 + 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_during_its_hook_drops_the_hook_and_makes_no_other_attempt() {
    struct Dropped<'c>(&'c Calls);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.next();
        }
    }
    #[async_retry(PLAIN, before_retry = async |_| {
        let _guard = Dropped(dropped);
        pending::<()>().await;
    })]
    async fn call(calls: &Calls, dropped: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    let (calls, dropped) = (Calls::new(), Calls::new());
    tokio::time::timeout(secs(5), call(&calls, &dropped)).await.unwrap_err();
    assert_eq!((calls.count(), dropped.count()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn stop_on_ends_a_wait_and_begins_none() {
    const NAME: &str = "between::stop";
    #[async_retry(PLAIN, name = NAME, stop_on = async {
        made.next();
        stop.cancelled().await;
    })]
    async fn call(calls: &Calls, made: &Calls, stop: &Stop) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    _ = ends(NAME);
    let (calls, made, stop) = (Calls::new(), Calls::new(), Stop::new());
    let start = Instant::now();
    let stopping = async {
        sleep(ms(1_500)).await;
        stop.cancel();
    };
    let (outcome, ()) = tokio::join!(call(&calls, &made, &stop), stopping);
    assert!(matches!(outcome, Err(Failed::Kind(FailureKind::Unavailable))));
    assert_eq!(start.elapsed(), ms(1_500));
    assert_eq!((calls.count(), made.count()), (2, 2), "a future for each wait");
    assert_eq!(ends(NAME), [ended(2, Reason::Stopped)]);

    // The call was stopped before it began: one attempt, and no wait.
    let start = Instant::now();
    call(&calls, &made, &stop).await.unwrap_err();
    assert_eq!((calls.count(), start.elapsed()), (3, Duration::ZERO));
    assert_eq!(ends(NAME)[1..], [ended(1, Reason::Stopped)]);
}

/// A wait of zero counts as a wait. A running attempt and `before_retry` run to completion.
#[tokio::test(start_paused = true)]
async fn stop_on_is_evaluated_only_between_attempts() {
    #[async_retry(policy, stop_on = { asked.next(); async {} })]
    async fn at_once(policy: &RetryConfig, asked: &Calls, failures: u32) -> Result<u32, Failed> {
        asked.fail_first(failures)
    }
    #[async_retry(PLAIN, before_retry = |_| sleep(secs(2)), stop_on = ready("any value"))]
    async fn slow(calls: &Calls) -> Result<u32, Failed> {
        sleep(secs(1)).await;
        calls.fail_first(9)
    }

    let asked = Calls::new();
    at_once(&AT_ONCE, &asked, 9).await.unwrap_err();
    assert_eq!(asked.count(), 2, "one attempt, one wait");
    for (policy, failures) in [
        (PLAIN, 0),
        (PLAIN.max_attempts(1), 9),
        (PLAIN.mode(Mode::Off), 9),
        (PLAIN.mode(Mode::Observe), 9),
    ] {
        let asked = Calls::new();
        _ = at_once(&policy, &asked, failures).await;
        assert_eq!(asked.count(), 1, "no wait");
    }
    let (calls, start) = (Calls::new(), Instant::now());
    slow(&calls).await.unwrap_err();
    assert_eq!((calls.count(), start.elapsed()), (1, secs(3)));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_call_returns_the_value_that_was_rejected() {
    const NAME: &str = "between::value";
    #[async_retry(PLAIN, name = NAME, retry_if_ok = |_| true, stop_on = stop.cancelled())]
    async fn call(calls: &Calls, stop: &Stop) -> Result<u32, Failed> {
        Ok(calls.next())
    }

    _ = ends(NAME);
    let (calls, stop) = (Calls::new(), Stop::new());
    let stopping = async {
        sleep(ms(1_500)).await;
        stop.cancel();
    };
    let (outcome, ()) = tokio::join!(call(&calls, &stop), stopping);
    assert_eq!(outcome.unwrap(), 2);
    assert_eq!(ends(NAME), [(2, Reason::Stopped, None, String::new())]);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_retry_gives_no_token_back() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).initial(5);
    #[async_retry(PLAIN, budget = BUDGET, stop_on = ready(()))]
    async fn call() -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    call().await.unwrap_err();
    assert_eq!(BUDGET.balance().to_bits(), 4.0_f64.to_bits());
}

#[tokio::test(start_paused = true)]
async fn time_spent_in_stop_on_counts_towards_the_wait() {
    #[async_retry(PLAIN, stop_on = async {
        tokio::time::advance(ms(15)).await;
        pending::<()>().await;
    })]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    let start = Instant::now();
    call(&Calls::new()).await.unwrap();
    assert_eq!(start.elapsed(), secs(1));
}

/// The call ends with the last error, as in a run.
#[tokio::test(start_paused = true)]
async fn a_wait_that_ends_past_the_total_timeout_ends_the_call() {
    const NAME: &str = "between::late";
    #[async_retry(PLAIN, total_timeout = "2s", name = NAME, stop_on = async {
        tokio::time::advance(secs(3)).await;
        pending::<()>().await;
    })]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    _ = ends(NAME);
    let calls = Calls::new();
    assert!(matches!(call(&calls).await, Err(Failed::Kind(_))));
    assert_eq!(calls.count(), 1);
    assert_eq!(ends(NAME), [ended(1, Reason::DeadlineExceeded)]);
}

/// Each wait borrows the future, from an owned argument or through a `&mut` argument.
#[tokio::test(start_paused = true)]
async fn a_future_that_is_an_argument_is_lent_to_each_wait() {
    #[async_retry(PLAIN, shared(stop), stop_on = stop.as_mut())]
    async fn pinned(
        calls: &Calls,
        mut stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
    #[async_retry(PLAIN, shared(stop), stop_on = &mut stop)]
    async fn unpin<S: Future + Unpin>(calls: &Calls, mut stop: S) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
    #[async_retry(PLAIN, stop_on = stop.as_mut())]
    async fn by_reference(
        calls: &Calls,
        stop: &mut Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    let calls = Calls::new();
    is_send(pinned(&calls, Box::pin(sleep(ms(1_500))))).await.unwrap_err();
    assert_eq!(calls.count(), 2);
    is_send(unpin(&calls, Box::pin(sleep(ms(1_500))))).await.unwrap_err();
    assert_eq!(calls.count(), 4);
    let mut stop: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(sleep(ms(1_500)));
    is_send(by_reference(&calls, &mut stop)).await.unwrap_err();
    assert_eq!(calls.count(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_classified_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("asked at most once")]
    struct AskedOnce(AtomicU32);
    impl From<retry_utils::TimedOut> for AskedOnce {
        fn from(_: retry_utils::TimedOut) -> Self {
            Self(AtomicU32::new(1))
        }
    }
    impl Retryable for AskedOnce {
        fn failure_kind(&self) -> FailureKind {
            assert_eq!(self.0.fetch_add(1, Ordering::Relaxed), 0, "classified twice");
            FailureKind::RateLimited
        }
    }
    #[async_retry(PLAIN, name = "between::once", stop_on = ready(()))]
    async fn stopped() -> Result<u32, AskedOnce> {
        Err(AskedOnce(AtomicU32::new(0)))
    }
    #[async_retry(PLAIN, name = "between::once", attempt_timeout = "1s", stop_on = ready(()))]
    async fn hung() -> Result<u32, AskedOnce> {
        pending().await
    }

    _ = ends("between::once");
    is_send(stopped()).await.unwrap_err();
    hung().await.unwrap_err();
    let kinds: Vec<_> = ends("between::once").into_iter().map(|(.., kind, _)| kind).collect();
    assert_eq!(kinds, [Some(FailureKind::RateLimited), Some(FailureKind::Timeout)]);
}

#[tokio::test(start_paused = true)]
async fn predicates_and_unclassified_errors() {
    const NAME: &str = "between::unclassified";
    #[async_retry(PLAIN, name = NAME, retry_if = |text| text == "again", stop_on = stop.cancelled(),
        before_retry = async |text| seen.lock().unwrap().push(text.clone()))]
    async fn call(stop: &Stop, seen: &Mutex<Vec<String>>) -> Result<u32, String> {
        let is_first = seen.lock().unwrap().is_empty();
        Err(if is_first { "again" } else { "no more" }.to_owned())
    }

    _ = ends(NAME);
    let (stop, seen) = (Stop::new(), Mutex::default());
    assert_eq!(call(&stop, &seen).await.unwrap_err(), "no more");
    assert_eq!(*seen.lock().unwrap(), ["again"]);
    seen.lock().unwrap().clear();
    stop.cancel();
    assert_eq!(call(&stop, &seen).await.unwrap_err(), "again");
    let last = ends(NAME).pop().unwrap();
    assert_eq!(last, (1, Reason::Stopped, None, "again".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn breakers_above_and_below() {
    static ABOVE: CircuitBreaker = CircuitBreaker::new("between/above").failure_threshold(1);
    static BELOW: CircuitBreaker = CircuitBreaker::new("between/below").failure_threshold(2);

    #[circuit_breaker(ABOVE)]
    #[async_retry(PLAIN, stop_on = stop.cancelled(), before_retry = async |_| stop.cancel())]
    async fn above(calls: &Calls, stop: &Stop) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
    #[async_retry(PLAIN, max_attempts = 5, stop_on = pending::<()>(), before_retry = async |error| {
        if matches!(error, Failed::Kind(_)) {
            before.next();
        }
    })]
    #[circuit_breaker(BELOW)]
    async fn below(calls: &Calls, before: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    let calls = Calls::new();
    is_send(above(&calls, &Stop::new())).await.unwrap_err();
    assert_eq!((calls.count(), ABOVE.state()), (1, CircuitState::Open));
    let before = Calls::new();
    let outcome = is_send(below(&calls, &before)).await;
    assert!(matches!(outcome, Err(Failed::Open(_))));
    assert_eq!((calls.count(), before.count()), (3, 2));
}

type Item = Result<u32, Failed>;

#[tokio::test(start_paused = true)]
async fn the_first_item_of_a_stream() {
    fn connect(calls: &Calls) -> impl Stream<Item = Item> + use<> {
        stream::once(ready(calls.fail_first(1)))
    }
    #[async_retry(PLAIN, stream, before_retry = async |error| {
        assert_eq!(error.to_string(), "unavailable");
        before.next();
    })]
    async fn before(
        calls: &Calls,
        before: &Calls,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls))
    }
    #[async_retry(PLAIN, stream, stop_on = ready(()))]
    async fn stopped(
        calls: &Calls,
    ) -> Result<Guarded<Pin<Box<dyn Stream<Item = Item> + Send>>>, Failed> {
        Ok(Box::pin(connect(calls)))
    }
    #[async_retry(PLAIN, stream, retry_if_ok = |_| true, stop_on = ready(()))]
    async fn rejected() -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(stream::iter([Ok(7), Ok(8)]))
    }
    #[async_retry(PLAIN, stream, retry_if_ok = |_| true, stop_on = ready(()))]
    async fn rejected_by_name() -> Result<Guarded<stream::Iter<std::vec::IntoIter<Item>>>, Failed> {
        Ok(stream::iter(vec![Ok(7), Ok(8)]))
    }

    let hooks = Calls::new();
    let items = before(&Calls::new(), &hooks).await.unwrap();
    let items: Vec<u32> = items.map(Result::unwrap).collect().await;
    assert_eq!((items, hooks.count()), (vec![2], 1));
    let calls = Calls::new();
    assert!(matches!(is_send(stopped(&calls)).await, Err(Failed::Kind(_))));
    assert_eq!(calls.count(), 1);
    let items: Vec<u32> = is_send(rejected()).await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(items, [7, 8]);
    let items: Vec<u32> = rejected_by_name().await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(items, [7, 8]);
}

#[tokio::test(start_paused = true)]
async fn an_argument_that_is_bound_once_is_visible() {
    #[async_retry(AT_ONCE, once(to: String = to.into()), clone(to), before_retry = async |_| {
        assert_eq!(to, "me");
        before.next();
    }, stop_on = async {
        assert_eq!(to, "me");
        pending::<()>().await;
    })]
    async fn call(
        calls: &Calls,
        before: &Calls,
        to: impl Into<String> + Send,
    ) -> Result<String, Failed> {
        calls.fail_first(2)?;
        Ok(to)
    }

    let before = Calls::new();
    assert_eq!(is_send(call(&Calls::new(), &before, "me")).await.unwrap(), "me");
    assert_eq!(before.count(), 2);
}

/// A broken connection, passed as an argument.
struct Connection {
    sent: u32,
    is_open: bool,
}

impl Connection {
    async fn reset(&mut self) {
        sleep(ms(1)).await;
        self.is_open = true;
    }

    async fn send(&mut self, _: &str) -> Result<u32, Failed> {
        sleep(ms(1)).await;
        self.sent += 1;
        if self.is_open { Ok(self.sent) } else { Err(TRANSIENT) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_reset_between_attempts() {
    #[async_retry(AT_ONCE, before_retry = async |_| connection.reset().await)]
    async fn ask(connection: &mut Connection, text: &str) -> Result<u32, Failed> {
        connection.send(text).await
    }
    #[async_retry(AT_ONCE, before_retry = async |_| connection.reset().await, shared(connection))]
    async fn ask_owned(mut connection: Connection) -> Result<u32, Failed> {
        connection.send("text").await
    }

    let mut connection = Connection { sent: 0, is_open: false };
    assert_eq!(is_send(ask(&mut connection, "text")).await.unwrap(), 2);
    connection.is_open = false;
    assert_eq!(spawned(ask_owned(connection)).await.unwrap(), 4);
}

/// Futures stay `Send` with errors, values and streams that borrow.
#[tokio::test(start_paused = true)]
async fn what_is_borrowed_stays_send() {
    #[derive(Debug, thiserror::Error, Retryable)]
    #[error("cannot read {0}")]
    #[retry(unavailable)]
    struct Unreadable<'t>(&'t str);

    async fn note(error: &Unreadable<'_>) {
        sleep(ms(1)).await;
        assert_eq!(error.to_string(), "cannot read text");
    }

    #[async_retry(AT_ONCE, before_retry = async |error| note(error).await, stop_on = stop.cancelled())]
    async fn error<'t>(text: &'t str, stop: &Stop) -> Result<u32, Unreadable<'t>> {
        Err(Unreadable(text))
    }
    #[async_retry(AT_ONCE, before_retry = note, total_timeout = limit, retry_if_ok = |_| true)]
    async fn path<'t>(text: &'t str, limit: Option<Duration>) -> Result<&'t str, Unreadable<'t>> {
        Err(Unreadable(text))
    }
    #[async_retry(
        AT_ONCE,
        stream,
        retry_if_ok = |_| true,
        before_retry = |error| async move { assert!(!error.to_string().is_empty()) },
        stop_on = stop.cancelled(),
        total_timeout = "1m"
    )]
    async fn items<'i>(
        items: &'i [u32],
        stop: &Stop,
    ) -> Result<impl Stream<Item = Result<&'i u32, Failed>>, Failed> {
        Ok(stream::iter(items).map(Ok))
    }

    impl From<retry_utils::TimedOut> for Unreadable<'_> {
        fn from(_: retry_utils::TimedOut) -> Self {
            Self("in time")
        }
    }

    let stop = Stop::new();
    assert_eq!(is_send(error("text", &stop)).await.unwrap_err().0, "text");
    assert_eq!(is_send(path("text", Some(secs(60)))).await.unwrap_err().0, "text");
    stop.cancel();
    let items: Vec<_> = is_send(items(&[1, 2], &stop)).await.unwrap().collect().await;
    assert_eq!(items.len(), 2);
}

type Outcome<T> = Result<T, Failed>;

#[async_retry(AT_ONCE, before_retry = take_note_of_io, stop_on = pending::<()>())]
async fn alias_of_another(calls: &Calls) -> io::Result<u32> {
    calls.fail_first(1).map_err(|_| io::ErrorKind::ConnectionReset.into())
}

fn take_note_of_io(_: &io::Error) -> impl Future<Output = ()> + use<> {
    ready(())
}

#[async_retry(AT_ONCE, retry_if_ok = |value| *value < 3, stop_on = pending::<()>(), before_retry = async |_| {})]
async fn alias(calls: &Calls) -> Outcome<u32> {
    calls.fail_first(1)
}

#[async_retry(AT_ONCE, before_retry = async |_| {}, stop_on = pending::<()>())]
async fn generic<T: Clone, E: Retryable + fmt::Display>(
    calls: &Calls,
    value: &T,
    error: impl Fn() -> E,
) -> Result<T, E> {
    calls.fail_first(1).map_err(|_| error())?;
    Ok(value.clone())
}

#[tokio::test(start_paused = true)]
async fn aliases_and_generic_functions() {
    assert_eq!(is_send(alias_of_another(&Calls::new())).await.unwrap(), 2);
    assert_eq!(is_send(alias(&Calls::new())).await.unwrap(), 3);
    assert_eq!(is_send(generic(&Calls::new(), &7, || TRANSIENT)).await.unwrap(), 7);
}

/// Only what lives across the pause must be `Send`: the error, and with `retry_if_ok` the value.
#[tokio::test(start_paused = true)]
async fn what_is_gone_before_the_pause_need_not_be_send() {
    #[async_retry(AT_ONCE)]
    async fn without_keys(calls: &Calls) -> Result<Rc<u32>, Local> {
        calls.fail_first(1).map(Rc::new).map_err(|_| Local(Rc::new(())))
    }
    #[async_retry(AT_ONCE, before_retry = async |_| {}, stop_on = pending::<()>(), total_timeout = "1m")]
    async fn value(calls: &Calls) -> Result<Rc<u32>, Failed> {
        calls.fail_first(1).map(Rc::new)
    }
    // `Send`, but not `Sync`.
    #[async_retry(AT_ONCE, retry_if = |_| true, stop_on = pending::<()>())]
    async fn error(calls: &Calls) -> Result<u32, Cell<u32>> {
        calls.fail_first(1).map_err(|_| Cell::new(1))
    }
    #[async_retry(
        AT_ONCE,
        retry_if_ok = |value| value.get() < 3,
        before_retry = async |_| {},
        stop_on = pending::<()>()
    )]
    async fn rejected(calls: &Calls) -> Result<Cell<u32>, Failed> {
        calls.fail_first(1).map(Cell::new)
    }
    // On one thread, nothing must be `Send`.
    #[async_retry(
        AT_ONCE,
        retry_if_ok = |value| **value < 3,
        before_retry = async |error| drop(error.clone()),
        stop_on = pending::<Rc<()>>()
    )]
    async fn local(calls: &Calls) -> Result<Rc<u32>, Local> {
        calls.fail_first(1).map(Rc::new).map_err(|_| Local(Rc::new(())))
    }

    assert_eq!(*is_send(without_keys(&Calls::new())).await.unwrap(), 2);
    assert_eq!(*is_send(value(&Calls::new())).await.unwrap(), 2);
    assert_eq!(is_send(error(&Calls::new())).await.unwrap(), 2);
    assert_eq!(is_send(rejected(&Calls::new())).await.unwrap().get(), 3);
    assert_eq!(*local(&Calls::new()).await.unwrap(), 3);
}

/// Unlike `total_timeout`, a timer in `stop_on` lets a running attempt finish. No retry begins
/// after 10 s.
#[tokio::test(start_paused = true)]
async fn a_timer_stops_retries_and_finishes_the_attempt() {
    const LIMIT: Duration = secs(10);

    async fn attempt(calls: &Calls, takes: Duration) -> Result<u32, Failed> {
        sleep(takes).await;
        calls.fail_first(9)
    }
    #[async_retry(PLAIN, stop_on = sleep_until(start + LIMIT))]
    async fn annotated(start: Instant, calls: &Calls, takes: Duration) -> Result<u32, Failed> {
        attempt(calls, takes).await
    }

    // Attempts of 6 s: the second begins at 7 s. Of 9 s: the second would begin at 10 s. Of 4 s:
    // the second is followed by a wait from 9 s to 11 s.
    for (takes, attempts, ends) in [(6, 2, 13), (9, 1, 10), (4, 2, 10)] {
        let (start, calls) = (Instant::now(), Calls::new());
        let error = is_send(annotated(start, &calls, secs(takes))).await.unwrap_err();
        assert_eq!(error.to_string(), "unavailable");
        assert_eq!(
            (calls.count(), start.elapsed()),
            (attempts, secs(ends)),
            "attempts of {takes} s"
        );

        let calls = Calls::new();
        let deadline = Instant::now() + LIMIT;
        let run = PLAIN.run(|| attempt(&calls, secs(takes)));
        let start = Instant::now();
        let error = is_send(run.stop_on(move || sleep_until(deadline))).await.unwrap_err();
        assert_eq!(error.to_string(), "unavailable");
        assert_eq!(
            (calls.count(), start.elapsed()),
            (attempts, secs(ends)),
            "attempts of {takes} s"
        );
    }
}

/// A first attempt that succeeds evaluates neither key, and needs no runtime.
#[test]
fn a_first_success_evaluates_nothing() {
    fn stop() -> Ready<()> {
        unreachable!("there is no wait")
    }
    #[async_retry(
        PLAIN,
        before_retry = async |_| unreachable!("nothing failed"),
        stop_on = stop()
    )]
    async fn call() -> Result<u32, Failed> {
        Ok(7)
    }

    let polled = pin!(call()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(7))));
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "on purpose")]
async fn a_panic_of_the_hook_passes_through() {
    #[async_retry(PLAIN, before_retry = async |_| panic!("on purpose"))]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    _ = call(&Calls::new()).await;
}
