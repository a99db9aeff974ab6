//! The middleware of `reqwest-middleware`, with a scripted server.

mod support;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use reqwest::{Body, Client, Method, StatusCode};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error};
use retry_utils::middleware::{CircuitBreakerMiddleware, RetryMiddleware};
use retry_utils::observe::Reason;
use retry_utils::testing::{RecordedEvent, Recorder, Testing};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, CircuitOpen, CircuitState, FailureKind, Jitter, RetryBudget,
    RetryConfig, Retryable, STANDARD, TimedOut, registry,
};
use support::{Answer, refused, serve};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

fn plain_client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

fn client(retry: RetryMiddleware) -> ClientWithMiddleware {
    ClientBuilder::new(plain_client()).with(retry).build()
}

fn guarded<B>(breaker: CircuitBreakerMiddleware<B>) -> ClientWithMiddleware
where
    CircuitBreakerMiddleware<B>: reqwest_middleware::Middleware,
{
    ClientBuilder::new(plain_client()).with(breaker).build()
}

fn busy() -> Answer {
    Answer::response(503, "retry-after: 7\r\n", "busy")
}

fn good() -> Answer {
    Answer::response(200, "", "an answer")
}

fn delays(recorder: &Recorder, name: &str) -> Vec<Duration> {
    let events = recorder.of(name).into_iter();
    events
        .filter_map(|event| match event {
            RecordedEvent::RetryScheduled { delay, .. } => Some(delay),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_failed_status_is_retried_after_its_wait() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let url = serve(vec![busy(), Answer::response(500, "", ""), good()]).await;
    let client = client(RetryMiddleware::new(PLAIN).name("middleware"));
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "an answer");
    assert_eq!(delays(&recorder, "middleware"), [7, 2].map(Duration::from_secs));
}

#[tokio::test]
async fn the_last_response_is_returned_with_its_body() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let client = client(RetryMiddleware::new(PLAIN));
    let response = client.get(serve(vec![busy()]).await).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.text().await.unwrap(), "busy");
    let name = std::any::type_name::<RetryMiddleware>();
    recorder.assert_retries(name, 2);
    recorder.assert_gave_up(name, Reason::AttemptsExhausted);

    let url = serve(vec![Answer::response(404, "", "no"), good()]).await;
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "no");
    let url = serve(vec![Answer::response(503, "x-should-retry: false\r\n", "no"), good()]).await;
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "no");
}

#[tokio::test]
async fn errors_are_retried_by_their_kind() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let client = client(RetryMiddleware::new(PLAIN).name("errors"));
    let url = serve(vec![Answer::Close, Answer::Reset(""), good()]).await;
    assert_eq!(client.get(url).send().await.unwrap().text().await.unwrap(), "an answer");
    recorder.assert_retries("errors", 2);

    recorder.clear();
    let error = client.get(format!("http://{}/", refused().await)).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(error.failure_kind(), FailureKind::Connection);
    recorder.assert_retries("errors", 2);
}

#[tokio::test]
async fn a_body_is_sent_again_and_a_stream_only_once() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let client = client(RetryMiddleware::new(PLAIN).name("bodies"));
    let url = serve(vec![busy(), good()]).await;
    let response = client.post(url).body("a question").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);

    let url = serve(vec![busy(), good()]).await;
    let parts = stream::iter([Ok::<_, std::io::Error>("a "), Ok("question")]);
    let response = client.post(url).body(Body::wrap_stream(parts)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    recorder.assert_retries("bodies", 1);
    recorder.assert_gave_up("bodies", Reason::NotRepeatable);
}

#[tokio::test]
async fn a_function_decides_which_requests_may_be_sent_twice() {
    let _no_waits = Testing::new().scope();
    let client = client(RetryMiddleware::new(PLAIN).clone_request(|request| {
        request.method().is_idempotent().then(|| request.try_clone()).flatten()
    }));
    for (method, status) in
        [(Method::POST, StatusCode::SERVICE_UNAVAILABLE), (Method::PUT, StatusCode::OK)]
    {
        let url = serve(vec![busy(), good()]).await;
        let response = client.request(method, url).body("a question").send().await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn predicates_decide_about_errors_and_responses() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let by_response = client(
        RetryMiddleware::new(PLAIN)
            .name("by-response")
            .retry_if_ok(|response| response.status() == 404)
            .retry_after_ok(|_| Some(Duration::from_secs(9))),
    );
    let url = serve(vec![Answer::response(404, "", ""), busy()]).await;
    let response = by_response.get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(delays(&recorder, "by-response"), [Duration::from_secs(9)]);

    let by_error = client(
        RetryMiddleware::new(PLAIN)
            .retry_if(Error::is_connect)
            .retry_after(|_| Some(Duration::from_secs(5)))
            .name("by-error"),
    );
    by_error.get(serve(vec![Answer::Close, good()]).await).send().await.unwrap_err();
    assert!(delays(&recorder, "by-error").is_empty());
    by_error.get(format!("http://{}/", refused().await)).send().await.unwrap_err();
    assert_eq!(delays(&recorder, "by-error"), [5, 5].map(Duration::from_secs));
}

#[tokio::test]
async fn a_budget_and_a_listener_see_the_retries() {
    static BUDGET: RetryBudget = RetryBudget::new().burst(1).initial(1).ratio(0.01);
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let (sender, heard) = std::sync::mpsc::channel();
    let retry = RetryMiddleware::new(PLAIN)
        .name("budget")
        .budget(&BUDGET)
        .on_retry(move |event| sender.send(event.to_string()).unwrap());
    client(retry).get(serve(vec![busy()]).await).send().await.unwrap();
    recorder.assert_retries("budget", 1);
    recorder.assert_gave_up("budget", Reason::BudgetExhausted);
    assert_eq!(heard.try_iter().count(), 1);
}

fn timed_out(error: &Error) -> &TimedOut {
    let Error::Middleware(error) = error else { panic!("{error:?}") };
    error.downcast_ref().unwrap()
}

// The paused clock advances automatically while everything waits for this server.
#[tokio::test(start_paused = true)]
async fn timeouts_end_attempts_and_sequences() {
    let recorder = Recorder::new();
    let url = serve(vec![Answer::Hang(String::new())]).await;
    let retry = RetryMiddleware::new(PLAIN).name("timed").attempt_timeout(Duration::from_secs(3));
    let error = client(retry).get(&url).send().await.unwrap_err();
    assert!(!timed_out(&error).is_total());
    assert_eq!(error.failure_kind(), FailureKind::Timeout);
    recorder.assert_retries("timed", 2);

    let retry = RetryMiddleware::new(PLAIN).name("total").total_timeout(Duration::from_secs(3));
    let error = client(retry).get(&url).send().await.unwrap_err();
    assert!(timed_out(&error).is_total());
    recorder.assert_gave_up("total", Reason::DeadlineExceeded);

    let parts = stream::iter([Ok::<_, std::io::Error>("a question")]);
    let retry = RetryMiddleware::new(PLAIN).name("once").attempt_timeout(Duration::from_secs(3));
    let request = client(retry).post(&url).body(Body::wrap_stream(parts));
    timed_out(&request.send().await.unwrap_err());
    recorder.assert_gave_up("once", Reason::NotRepeatable);
}

/// Returns the rejection inside an error.
fn rejection(error: &Error) -> Option<&CircuitOpen> {
    let Error::Middleware(error) = error else { return None };
    error.downcast_ref()
}

#[tokio::test]
async fn a_breaker_counts_errors_and_failed_statuses_and_rejects() {
    static API: CircuitBreaker = CircuitBreaker::new("middleware-api").failure_threshold(2);
    let client = guarded(CircuitBreakerMiddleware::new(&API));
    assert!(registry::get("middleware-api").is_some());
    client.get(serve(vec![busy()]).await).send().await.unwrap();
    client.get(serve(vec![Answer::Close]).await).send().await.unwrap_err();
    assert_eq!(API.state(), CircuitState::Open);
    let error = client.get(serve(vec![good()]).await).send().await.unwrap_err();
    assert_eq!(rejection(&error).unwrap().name(), "middleware-api");
    assert_eq!(error.failure_kind(), FailureKind::CircuitOpen);

    // A 404 counts as a success.
    let breaker = Arc::new(CircuitBreaker::named("middleware-wrong").failure_threshold(1));
    let client = guarded(CircuitBreakerMiddleware::new(&breaker));
    let url = serve(vec![Answer::response(404, "", "")]).await;
    client.get(url).send().await.unwrap();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test]
async fn predicates_decide_what_a_breaker_counts() {
    let breaker = Arc::new(CircuitBreaker::named("middleware-if").failure_threshold(1));
    let client = guarded(
        CircuitBreakerMiddleware::new(Arc::clone(&breaker))
            .failure_if(|_| false)
            .failure_if_ok(|response| response.status() == 404),
    );
    client.get(serve(vec![busy()]).await).send().await.unwrap();
    client.get(serve(vec![Answer::Close]).await).send().await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);
    client.get(serve(vec![Answer::response(404, "", "")]).await).send().await.unwrap();
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test]
async fn each_host_has_a_breaker() {
    static HOSTS: CircuitBreakers = CircuitBreakers::new("middleware-hosts").failure_threshold(1);
    let client = guarded(CircuitBreakerMiddleware::per_host(&HOSTS));
    let (down, up) = (serve(vec![busy()]).await, serve(vec![good()]).await);
    client.get(&down).send().await.unwrap();
    assert!(rejection(&client.get(&down).send().await.unwrap_err()).is_some());
    client.get(&up).send().await.unwrap();
    let key = down.trim_start_matches("http://").trim_end_matches('/');
    let breaker = registry::get(&format!("middleware-hosts/{key}")).unwrap();
    assert_eq!(breaker.state(), CircuitState::Open);

    let by_path = Arc::new(CircuitBreakers::named("middleware-paths").failure_threshold(1));
    let keyed = CircuitBreakerMiddleware::keyed(&by_path, |request: &reqwest::Request| {
        request.url().path().to_owned()
    });
    guarded(keyed).get(format!("{down}a")).send().await.unwrap();
    assert_eq!(by_path.for_key("/a").state(), CircuitState::Open);
}

#[tokio::test]
async fn the_order_decides_what_the_breaker_counts() {
    let _no_waits = Testing::new().scope();
    let breaker = Arc::new(CircuitBreaker::named("middleware-order").failure_threshold(9));
    let url = serve(vec![busy()]).await;
    let retry = || RetryMiddleware::new(PLAIN);
    let above = ClientBuilder::new(plain_client())
        .with(CircuitBreakerMiddleware::new(&breaker))
        .with(retry())
        .build();
    above.get(&url).send().await.unwrap();
    assert_eq!(breaker.snapshot().failures, 1);
    let below = ClientBuilder::new(plain_client())
        .with(retry())
        .with(CircuitBreakerMiddleware::new(&breaker))
        .build();
    below.get(&url).send().await.unwrap();
    assert_eq!(breaker.snapshot().failures, 4);
}
