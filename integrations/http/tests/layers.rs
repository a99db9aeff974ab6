//! The layers with scripted services, on a paused clock.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use retry_utils::layers::{CircuitBreakerLayer, CircuitBreakerService, RetryLayer, RetryService};
use retry_utils::observe::Reason;
use retry_utils::registry::{self, OperationOverride, Overrides};
use retry_utils::testing::{RecordedEvent, Recorder};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, CircuitOpen, CircuitState, FailureKind, Jitter, Mode,
    RetryBudget, RetryConfig, RetryHint, Retryable, STANDARD, TimedOut,
};
use tokio::time::Instant;
use tower::limit::{ConcurrencyLimit, ConcurrencyLimitLayer};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// A request that counts how often it was sent.
#[derive(Debug, Clone, Default)]
struct Question(Arc<AtomicU32>);

impl Question {
    fn sent(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn send(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Returns a service that fails this many times, and then returns the number of the call.
fn failing(
    times: u32,
    kind: ErrorKind,
) -> impl Service<Question, Response = u32, Error = Error, Future: Send> + Clone {
    service_fn(move |question: Question| async move {
        let call = question.send();
        if call <= times { Err(Error::from(kind)) } else { Ok(call) }
    })
}

/// A response that is a failure.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Refused(FailureKind, RetryHint);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused as {}", self.0)
    }
}

impl Retryable for Refused {
    fn failure_kind(&self) -> FailureKind {
        self.0
    }

    fn retry_hint(&self) -> RetryHint {
        self.1
    }
}

type Response = Result<u32, Refused>;

/// Returns the failure of a response.
fn refusal(response: &Response) -> Option<Refused> {
    response.err()
}

/// Returns a service whose first responses are this failure. Later ones are the number of the call.
fn refusing(
    times: u32,
    refused: Refused,
) -> impl Service<Question, Response = Response, Error = BoxError, Future: Send> + Clone {
    service_fn(move |question: Question| async move {
        let call = question.send();
        Ok(if call <= times { Err(refused) } else { Ok(call) })
    })
}

fn gave_up(recorder: &Recorder, name: &str) -> Option<(u32, Reason, Option<FailureKind>)> {
    recorder.of(name).into_iter().find_map(|event| match event {
        RecordedEvent::GaveUp { attempt, reason, kind, .. } => Some((attempt, reason, kind)),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn errors_are_retried_by_their_kind() {
    let start = Instant::now();
    let question = Question::default();
    let service = RetryLayer::new(PLAIN).layer(failing(2, ErrorKind::TimedOut));
    assert_eq!(service.oneshot(question).await.unwrap(), 3);
    assert_eq!(start.elapsed(), Duration::from_secs(3));

    let question = Question::default();
    let service = RetryLayer::new(PLAIN).layer(failing(9, ErrorKind::TimedOut));
    let error = service.oneshot(question.clone()).await.unwrap_err();
    assert_eq!((error.kind(), question.sent()), (ErrorKind::TimedOut, 3));

    let question = Question::default();
    let service = RetryLayer::new(PLAIN).layer(failing(9, ErrorKind::NotFound));
    let error = service.oneshot(question.clone()).await.unwrap_err();
    assert_eq!((error.kind(), question.sent()), (ErrorKind::NotFound, 1));
}

#[tokio::test(start_paused = true)]
async fn a_boxed_error_is_retried_by_the_error_inside_it() {
    let question = Question::default();
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(PLAIN))
        .map_err(BoxError::from)
        .service(failing(2, ErrorKind::ConnectionReset));
    assert_eq!(service.oneshot(question).await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn events_carry_the_name_or_the_type_of_the_service() {
    let recorder = Recorder::new();
    let service = RetryLayer::new(PLAIN).layer(failing(1, ErrorKind::TimedOut));
    service.oneshot(Question::default()).await.unwrap();
    let RecordedEvent::RetryScheduled { operation, .. } = &recorder.events()[0] else { panic!() };
    assert_eq!(operation, "tower::util::service_fn::ServiceFn");

    let name = format!("layered-{}", 1);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&seen);
    let service = RetryLayer::new(PLAIN)
        .name(name)
        .on_retry(move |event| hook.lock().unwrap().push(event.to_string()))
        .layer(failing(2, ErrorKind::TimedOut));
    service.oneshot(Question::default()).await.unwrap();
    recorder.assert_retries("layered-1", 2);
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn run_time_settings_and_modes_apply() {
    let overrides =
        Overrides::new().operation("layered-configured", OperationOverride::new().max_attempts(5));
    registry::configure(overrides).unwrap();
    let question = Question::default();
    let layer = RetryLayer::new(PLAIN).name("layered-configured");
    layer.layer(failing(9, ErrorKind::TimedOut)).oneshot(question.clone()).await.unwrap_err();
    assert_eq!(question.sent(), 5);

    let recorder = Recorder::new();
    let question = Question::default();
    let layer = RetryLayer::new(PLAIN.mode(Mode::Observe)).name("layered-observed");
    layer.layer(failing(9, ErrorKind::TimedOut)).oneshot(question.clone()).await.unwrap_err();
    assert_eq!(question.sent(), 1);
    let events = recorder.of("layered-observed");
    assert!(matches!(events[..], [RecordedEvent::WouldRetry { .. }]), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_budget_limits_the_retries_of_all_requests() {
    static BUDGET: RetryBudget = RetryBudget::new().burst(1).initial(1).ratio(0.01);
    let recorder = Recorder::new();
    let layer = RetryLayer::new(PLAIN).name("layered-budget").budget(&BUDGET);
    let question = Question::default();
    let service = layer.layer(failing(9, ErrorKind::TimedOut));
    service.oneshot(question.clone()).await.unwrap_err();
    assert_eq!(question.sent(), 2);
    recorder.assert_gave_up("layered-budget", Reason::BudgetExhausted);
}

/// A request that cannot be cloned.
#[derive(Debug)]
struct Once(Question);

fn failing_once(
    times: u32,
    kind: ErrorKind,
) -> impl Service<Once, Response = u32, Error = Error> + Clone {
    let inner = failing(times, kind);
    service_fn(move |Once(question)| inner.clone().oneshot(question))
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_cloned_is_sent_once_with_an_event() {
    let recorder = Recorder::new();
    let layer = RetryLayer::new(PLAIN).name("once").clone_request(|_: &Once| None);
    let question = Question::default();
    let service = layer.layer(failing_once(9, ErrorKind::TimedOut));
    service.oneshot(Once(question.clone())).await.unwrap_err();
    assert_eq!(question.sent(), 1);
    let end = (1, Reason::NotRepeatable, Some(FailureKind::Timeout));
    assert_eq!(gave_up(&recorder, "once"), Some(end));
    assert_eq!(recorder.retries("once"), 0);

    // A permanent failure has its own reason, and a success emits no event.
    recorder.clear();
    let service = layer.layer(failing_once(9, ErrorKind::NotFound));
    service.oneshot(Once(Question::default())).await.unwrap_err();
    recorder.assert_gave_up("once", Reason::NotRetryable);
    recorder.clear();
    layer
        .layer(failing_once(0, ErrorKind::NotFound))
        .oneshot(Once(Question::default()))
        .await
        .unwrap();
    assert!(recorder.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_not_repeatable_and_times_out_is_the_last() {
    let recorder = Recorder::new();
    let service = RetryLayer::new(PLAIN)
        .name("once-timed")
        .clone_request(|_: &Once| None)
        .attempt_timeout(Duration::from_secs(1))
        .layer(service_fn(|_: Once| pending::<Result<u32, Error>>()));
    let error = service.oneshot(Once(Question::default())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let end = (1, Reason::NotRepeatable, Some(FailureKind::Timeout));
    assert_eq!(gave_up(&recorder, "once-timed"), Some(end));
}

#[tokio::test(start_paused = true)]
async fn the_function_that_clones_is_called_before_each_attempt() {
    let recorder = Recorder::new();
    let service = RetryLayer::new(PLAIN)
        .name("twice")
        .clone_request(|Once(question): &Once| {
            (question.sent() < 1).then(|| Once(question.clone()))
        })
        .layer(failing_once(9, ErrorKind::TimedOut));
    let question = Question::default();
    service.oneshot(Once(question.clone())).await.unwrap_err();
    assert_eq!(question.sent(), 2);
    let end = (2, Reason::NotRepeatable, Some(FailureKind::Timeout));
    assert_eq!(gave_up(&recorder, "twice"), Some(end));
}

#[tokio::test(start_paused = true)]
async fn responses_are_retried_by_their_failure() {
    let recorder = Recorder::new();
    let start = Instant::now();
    let busy = Refused(FailureKind::RateLimited, RetryHint::AtLeast(Duration::from_secs(7)));
    let layer = RetryLayer::new(PLAIN).name("refused").classify_ok(refusal);
    let response = layer.layer(refusing(2, busy)).oneshot(Question::default()).await.unwrap();
    assert_eq!(response, Ok(3));
    assert_eq!(start.elapsed(), Duration::from_secs(14));

    // The last response is returned unchanged.
    let question = Question::default();
    let response = layer.layer(refusing(9, busy)).oneshot(question.clone()).await.unwrap();
    assert_eq!((response, question.sent()), (Err(busy), 3));
    let error = recorder.of("refused").into_iter().find_map(|event| match event {
        RecordedEvent::GaveUp { kind, error, .. } => Some((kind, error)),
        _ => None,
    });
    let text = Some("refused as rate_limited".to_owned());
    assert_eq!(error, Some((Some(FailureKind::RateLimited), text)));

    for refused in [
        Refused(FailureKind::InvalidRequest, RetryHint::None),
        Refused(FailureKind::Unavailable, RetryHint::Never),
    ] {
        let question = Question::default();
        let response = layer.layer(refusing(9, refused)).oneshot(question.clone()).await.unwrap();
        assert_eq!((response, question.sent()), (Err(refused), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_predicate_can_classify_a_response_and_give_it_a_hint() {
    let start = Instant::now();
    let refused = Refused(FailureKind::Permanent, RetryHint::None);
    let service = RetryLayer::new(PLAIN)
        .retry_if_ok(|response: &Response| response.is_err())
        .retry_after_ok(|_: &Response| Some(Duration::from_secs(5)))
        .layer(refusing(2, refused));
    assert_eq!(service.oneshot(Question::default()).await.unwrap(), Ok(3));
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_predicate_can_classify_an_error_and_give_it_a_hint() {
    let start = Instant::now();
    let service = RetryLayer::new(PLAIN)
        .retry_if(|error: &Error| error.kind() == ErrorKind::NotFound)
        .retry_after(|_: &Error| Some(Duration::from_secs(6)))
        .layer(failing(2, ErrorKind::NotFound));
    assert_eq!(service.oneshot(Question::default()).await.unwrap(), 3);
    assert_eq!(start.elapsed(), Duration::from_secs(12));

    let question = Question::default();
    let service =
        RetryLayer::new(PLAIN).retry_if(|_: &Error| false).layer(failing(9, ErrorKind::TimedOut));
    service.oneshot(question.clone()).await.unwrap_err();
    assert_eq!(question.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn timeouts_end_attempts_and_sequences() {
    let start = Instant::now();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let hanging = service_fn(move |(): ()| {
        counted.fetch_add(1, Ordering::Relaxed);
        pending::<Result<(), BoxError>>()
    });
    let layer = RetryLayer::new(PLAIN).attempt_timeout(Duration::from_secs(2));
    let error = layer.layer(hanging.clone()).oneshot(()).await.unwrap_err();
    let timed_out = error.downcast_ref::<TimedOut>().unwrap();
    assert!(!timed_out.is_total());
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert_eq!(start.elapsed(), Duration::from_secs(3 * 2 + 3));

    let start = Instant::now();
    let layer = RetryLayer::new(PLAIN).total_timeout(Duration::from_secs(5));
    let error = layer.layer(hanging).oneshot(()).await.unwrap_err();
    assert!(error.downcast_ref::<TimedOut>().unwrap().is_total());
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

/// A service that is ready at its second poll, and panics if it is called before.
#[derive(Default)]
struct Strict {
    polls: u32,
    is_ready: bool,
}

impl Clone for Strict {
    /// Readiness is not cloned.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Question> for Strict {
    type Response = u32;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.polls += 1;
        self.is_ready = self.polls > 1;
        if self.is_ready {
            return Poll::Ready(Ok(()));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, question: Question) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        self.polls = 0;
        Box::pin(failing(2, ErrorKind::TimedOut).oneshot(question))
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_waits_until_the_service_is_ready() {
    let mut service = RetryLayer::new(PLAIN).layer(Strict::default());
    for _ in 0..2 {
        assert_eq!(service.ready().await.unwrap().call(Question::default()).await.unwrap(), 3);
    }
    let breaker = Arc::new(CircuitBreaker::named("strict").failure_threshold(9));
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(PLAIN))
        .map_err(BoxError::from)
        .service(Strict::default());
    let mut service = CircuitBreakerLayer::new(breaker).layer(service);
    for _ in 0..2 {
        assert_eq!(service.ready().await.unwrap().call(Question::default()).await.unwrap(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_of_a_limited_service_is_free_during_a_wait_and_after_a_drop() {
    let limited = ConcurrencyLimit::new(failing(1, ErrorKind::TimedOut), 1);
    let mut service = RetryLayer::new(PLAIN).layer(limited.clone());
    let waiting = service.ready().await.unwrap().call(Question::default());
    let waiting = tokio::spawn(waiting);
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The first request waits for its second attempt.
    assert_eq!(
        limited.clone().oneshot(Question::default()).await.unwrap_err().kind(),
        ErrorKind::TimedOut
    );

    // The second attempt is dropped while it waits for a slot.
    let mut holder = limited.clone();
    holder.ready().await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(holder);
    limited.oneshot(Question::default()).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_never_polled_gives_its_slot_back() {
    let limited = ConcurrencyLimit::new(failing(0, ErrorKind::TimedOut), 1);
    let mut service = RetryLayer::new(PLAIN).layer(limited.clone());
    drop(service.ready().await.unwrap().call(Question::default()));
    limited.oneshot(Question::default()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn futures_can_be_spawned_and_services_cloned_and_named() {
    fn named<S: Clone>(inner: S) -> (RetryService<S>, CircuitBreakerService<S>) {
        static NAMED: CircuitBreaker = CircuitBreaker::new("layered-named");
        let retry: RetryLayer = RetryLayer::new(PLAIN);
        let breaker: CircuitBreakerLayer = CircuitBreakerLayer::new(&NAMED);
        (retry.clone().layer(inner.clone()), breaker.clone().layer(inner))
    }
    let (retry, breaker) = named(
        ServiceBuilder::new().map_err(BoxError::from).service(failing(1, ErrorKind::TimedOut)),
    );
    let question = Question::default();
    let sent = tokio::spawn(retry.clone().oneshot(question.clone()));
    assert_eq!(sent.await.unwrap().unwrap(), 2);
    assert_eq!(tokio::spawn(breaker.oneshot(question)).await.unwrap().unwrap(), 3);
    let boxed = tower::util::BoxCloneService::new(retry);
    assert_eq!(boxed.oneshot(Question::default()).await.unwrap(), 2);
    assert!(registry::get("layered-named").is_some());
}

#[tokio::test(start_paused = true)]
async fn one_layer_serves_services_of_several_types() {
    let layer = RetryLayer::new(PLAIN);
    assert_eq!(
        layer.layer(failing(1, ErrorKind::TimedOut)).oneshot(Question::default()).await.unwrap(),
        2
    );
    let echo = service_fn(|text: String| async move { Ok::<_, Infallible>(text) });
    assert_eq!(layer.layer(echo).oneshot("text".to_owned()).await.unwrap(), "text");
}

fn breaker(name: &'static str) -> Arc<CircuitBreaker> {
    Arc::new(
        CircuitBreaker::new(name)
            .failure_threshold(2)
            .recovery_timeout(Duration::from_mins(1))
            .success_threshold(1),
    )
}

/// Calls the service with a new request.
async fn ask<S>(service: &mut S) -> Result<S::Response, S::Error>
where
    S: Service<Question>,
{
    service.ready().await?.call(Question::default()).await
}

/// Polls the service once. If it is not ready, this handle is now in the queue for a slot.
async fn is_busy<S: Service<Question>>(service: &mut S) -> bool {
    poll_fn(|context| Poll::Ready(service.poll_ready(context).is_pending())).await
}

fn is_rejection(error: &BoxError) -> bool {
    error.is::<CircuitOpen>()
}

#[tokio::test(start_paused = true)]
async fn a_breaker_opens_rejects_and_recovers() {
    let breaker = breaker("layered");
    let recorder = Recorder::new();
    let health = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&health);
    let service = service_fn(move |_: Question| {
        let is_well = seen.load(Ordering::Relaxed) == 1;
        async move { if is_well { Ok(()) } else { Err(Error::from(ErrorKind::TimedOut)) } }
    });
    let service = ServiceBuilder::new().map_err(BoxError::from).service(service);
    let mut service = CircuitBreakerLayer::new(&breaker).layer(service);
    for _ in 0..2 {
        assert!(!is_rejection(&ask(&mut service).await.unwrap_err()));
    }
    assert_eq!(breaker.state(), CircuitState::Open);
    let error = ask(&mut service).await.unwrap_err();
    assert!(is_rejection(&error), "{error:?}");
    assert_eq!(error.failure_kind(), FailureKind::CircuitOpen);
    assert!(
        recorder.of("layered").iter().any(|event| matches!(event, RecordedEvent::Rejected { .. }))
    );

    health.store(1, Ordering::Relaxed);
    tokio::time::advance(Duration::from_mins(1)).await;
    ask(&mut service).await.unwrap();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_response_counts_by_its_failure() {
    for (kind, state) in [
        (FailureKind::Unavailable, CircuitState::Open),
        (FailureKind::InvalidRequest, CircuitState::Closed),
    ] {
        let breaker = breaker("layered-responses");
        let layer = CircuitBreakerLayer::new(&breaker).classify_ok(refusal);
        let mut service = layer.layer(refusing(9, Refused(kind, RetryHint::None)));
        for _ in 0..2 {
            assert_eq!(ask(&mut service).await.unwrap().unwrap_err().0, kind);
        }
        assert_eq!(breaker.state(), state);
    }
}

#[tokio::test(start_paused = true)]
async fn the_hint_of_a_response_keeps_a_breaker_open() {
    let hint = RetryHint::AtLeast(Duration::from_mins(5));
    let breaker = Arc::new(
        CircuitBreaker::new("layered-hint")
            .failure_threshold(1)
            .respect_retry_after(Duration::from_mins(10)),
    );
    let layer = CircuitBreakerLayer::new(Arc::clone(&breaker)).classify_ok(refusal);
    let mut service = layer.layer(refusing(9, Refused(FailureKind::RateLimited, hint)));
    ask(&mut service).await.unwrap().unwrap_err();
    let open = ask(&mut service).await.unwrap_err();
    let retry_in = open.downcast_ref::<CircuitOpen>().unwrap().retry_in();
    assert_eq!(retry_in, Some(Duration::from_mins(5)));
}

#[tokio::test(start_paused = true)]
async fn predicates_decide_what_counts() {
    let by_response = breaker("layered-failure-if-ok");
    let refused = Refused(FailureKind::Permanent, RetryHint::None);
    let mut service = CircuitBreakerLayer::new(&by_response)
        .failure_if_ok(|response: &Response| response.is_err())
        .layer(refusing(9, refused));
    let by_error = breaker("layered-failure-if");
    let mut failing = CircuitBreakerLayer::new(&by_error)
        .failure_if(|error: &BoxError| error.to_string().contains("not found"))
        .layer(
            ServiceBuilder::new().map_err(BoxError::from).service(failing(9, ErrorKind::NotFound)),
        );
    for _ in 0..2 {
        ask(&mut service).await.unwrap().unwrap_err();
        ask(&mut failing).await.unwrap_err();
    }
    assert_eq!(by_response.state(), CircuitState::Open);
    assert_eq!(by_error.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn each_key_has_a_breaker() {
    static KEYED: CircuitBreakers = CircuitBreakers::new("layered-keys").failure_threshold(1);
    let shared = Arc::new(CircuitBreakers::named("layered-shared-keys").failure_threshold(1));
    let service = service_fn(|host: &'static str| async move {
        if host == "down" { Err(BoxError::from(Error::from(ErrorKind::TimedOut))) } else { Ok(()) }
    });
    let mut of_static =
        CircuitBreakerLayer::keyed(&KEYED, |host: &&'static str| *host).layer(service);
    let mut of_shared =
        CircuitBreakerLayer::keyed(&shared, |host: &&'static str| (*host).to_owned())
            .layer(service);
    for _ in 0..2 {
        of_static.ready().await.unwrap().call("down").await.unwrap_err();
        of_shared.ready().await.unwrap().call("down").await.unwrap_err();
        of_static.ready().await.unwrap().call("up").await.unwrap();
        of_shared.ready().await.unwrap().call("up").await.unwrap();
    }
    assert_eq!(registry::get("layered-keys/down").unwrap().state(), CircuitState::Open);
    assert_eq!(shared.for_key("down").state(), CircuitState::Open);
    assert_eq!(shared.for_key("up").state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_does_not_wait_for_the_service_and_holds_no_slot() {
    // The service has one slot.
    let limited = ConcurrencyLimit::new(
        ServiceBuilder::new().map_err(BoxError::from).service(failing(9, ErrorKind::TimedOut)),
        1,
    );
    let breaker = breaker("layered-limit");
    let mut service = CircuitBreakerLayer::new(&breaker).layer(limited.clone());
    // Ready while closed, so it holds the slot.
    service.ready().await.unwrap();
    breaker.trip();
    assert!(is_rejection(&service.call(Question::default()).await.unwrap_err()));
    // The slot is free again.
    let mut holder = limited.clone();
    holder.ready().await.unwrap();
    assert!(is_rejection(&ask(&mut service).await.unwrap_err()));

    // An admitted probe waits for the slot.
    tokio::time::advance(Duration::from_mins(1)).await;
    let probe = tokio::spawn(service.oneshot(Question::default()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!probe.is_finished());
    drop(holder);
    assert!(!is_rejection(&probe.await.unwrap().unwrap_err()));
    assert_eq!(breaker.state(), CircuitState::Open);
}

/// If a rejected handle stayed in the queue of the service, it would get the slot.
#[tokio::test(start_paused = true)]
async fn a_rejected_handle_leaves_the_queue_of_the_service() {
    let limited = ConcurrencyLimit::new(
        ServiceBuilder::new().map_err(BoxError::from).service(failing(0, ErrorKind::TimedOut)),
        1,
    );
    let breaker = breaker("layered-queue");
    let layered = CircuitBreakerLayer::new(&breaker).layer(limited.clone());
    let mut holder = limited.clone();
    holder.ready().await.unwrap();
    let mut queued = layered.clone();
    assert!(is_busy(&mut queued).await);
    breaker.trip();
    assert!(is_rejection(&ask(&mut queued).await.unwrap_err()));
    drop(holder);
    tokio::time::advance(Duration::from_mins(1)).await;
    let other = tokio::time::timeout(Duration::from_secs(9), layered.oneshot(Question::default()));
    assert_eq!(other.await.unwrap().unwrap(), 1);
    drop(queued);
}

/// The handle was polled while the breaker was closed, and is in the queue when the probe comes.
#[tokio::test(start_paused = true)]
async fn a_probe_gets_the_slot_for_which_its_handle_is_queued() {
    let limited = ConcurrencyLimit::new(
        ServiceBuilder::new().map_err(BoxError::from).service(failing(0, ErrorKind::TimedOut)),
        1,
    );
    let breaker = breaker("layered-probe");
    let mut service = CircuitBreakerLayer::new(&breaker).layer(limited.clone());
    let mut holder = limited.clone();
    holder.ready().await.unwrap();
    assert!(is_busy(&mut service).await);
    breaker.trip();
    service.ready().await.unwrap();
    drop(holder);
    tokio::time::advance(Duration::from_mins(1)).await;
    let probe = tokio::time::timeout(Duration::from_secs(9), service.call(Question::default()));
    assert_eq!(probe.await.unwrap().unwrap(), 1);
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_rejects_nothing_waits_for_the_service() {
    for mode in [Mode::Observe, Mode::Off] {
        let limited = ConcurrencyLimit::new(
            ServiceBuilder::new().map_err(BoxError::from).service(failing(0, ErrorKind::TimedOut)),
            1,
        );
        let breaker = breaker("layered-mode");
        let mut service = CircuitBreakerLayer::new(&breaker).layer(limited.clone());
        let mut holder = limited.clone();
        holder.ready().await.unwrap();
        breaker.trip();
        breaker.set_mode(mode);
        assert!(is_busy(&mut service).await);
        drop(holder);
        assert_eq!(ask(&mut service).await.unwrap(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_or_times_out_is_a_failure_but_not_a_dropped_one() {
    let panicking = breaker("layered-panic");
    let service =
        CircuitBreakerLayer::new(&panicking).layer(service_fn(|question: Question| async move {
            tokio::task::yield_now().await;
            assert!(question.sent() > 0, "on purpose");
            Ok::<(), BoxError>(())
        }));
    for _ in 0..2 {
        tokio::spawn(service.clone().oneshot(Question::default())).await.unwrap_err();
    }
    assert_eq!(panicking.state(), CircuitState::Open);

    let hanging = breaker("layered-hanging");
    let layers = ServiceBuilder::new()
        .layer(RetryLayer::new(PLAIN.max_attempts(2)).attempt_timeout(Duration::from_secs(1)))
        .layer(CircuitBreakerLayer::new(&hanging));
    let hang = service_fn(|_: Question| pending::<Result<(), BoxError>>());
    layers.service(hang).oneshot(Question::default()).await.unwrap_err();
    assert_eq!(hanging.state(), CircuitState::Open);

    let dropped = breaker("layered-dropped");
    let mut service = CircuitBreakerLayer::new(&dropped).layer(hang);
    for _ in 0..3 {
        let call = service.ready().await.unwrap().call(Question::default());
        let mut call = Box::pin(call);
        assert!(poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await);
    }
    assert_eq!(dropped.snapshot().failures, 0);
}

#[tokio::test(start_paused = true)]
async fn the_order_of_the_layers_decides_what_the_breaker_counts() {
    let boxed =
        || ServiceBuilder::new().map_err(BoxError::from).service(failing(9, ErrorKind::TimedOut));
    let above = breaker("layered-above");
    let service = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(&above))
        .layer(RetryLayer::new(PLAIN))
        .service(boxed());
    service.oneshot(Question::default()).await.unwrap_err();
    assert_eq!(above.snapshot().failures, 1);

    let below = breaker("layered-below");
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(PLAIN))
        .layer(CircuitBreakerLayer::new(&below))
        .layer(ConcurrencyLimitLayer::new(1))
        .service(boxed());
    let question = Question::default();
    let error = service.oneshot(question.clone()).await.unwrap_err();
    // The second attempt opens it, and a rejection is not retried.
    assert_eq!((is_rejection(&error), question.sent()), (true, 2));
}
