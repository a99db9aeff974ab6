//! Errors of reqwest, provoked over the loopback interface.

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use retry_utils::http::{CheckStatus, FailedStatus, RequestError};
use retry_utils::observe::Event;
use retry_utils::{CircuitBreaker, FailureKind, Retryable, STANDARD, async_retry, circuit_breaker};
use support::{Answer, refused, serve};
use tokio::time::{Instant, timeout};

async fn get(url: &str) -> Result<String, RequestError> {
    let response = reqwest::Client::new().get(url).send().await?;
    Ok(response.check_status().await?.text().await?)
}

async fn kind_of(answer: Answer) -> FailureKind {
    get(&serve(vec![answer]).await).await.unwrap_err().failure_kind()
}

#[tokio::test]
async fn a_request_that_was_not_sent_is_a_failed_connection() {
    let nobody = refused().await;
    let error = get(&format!("http://{nobody}/")).await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection, "{error:?}");
    let error = get("http://no-such-host.invalid/").await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection, "{error:?}");
}

#[tokio::test]
async fn a_connection_that_ends_before_its_response_is_transient() {
    assert_eq!(kind_of(Answer::Close).await, FailureKind::Transient);
    assert_eq!(kind_of(Answer::Reset("")).await, FailureKind::Transient);
}

#[tokio::test]
async fn a_body_that_ends_early_is_transient() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart";
    assert_eq!(kind_of(Answer::Bytes(head.to_owned())).await, FailureKind::Transient);
    assert_eq!(kind_of(Answer::Reset(head)).await, FailureKind::Transient);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_permanent() {
    assert_eq!(kind_of(Answer::Bytes("SSH-2.0\r\n\r\n".to_owned())).await, FailureKind::Permanent);
}

#[tokio::test]
async fn json_that_ends_early_is_transient() {
    let whole = r#"{"choices":[{"text":"café é"},12.5,true,null]}"#;
    let client = reqwest::Client::new();
    for end in whole.char_indices().map(|(at, _)| at) {
        let url = serve(vec![Answer::response(200, "", &whole[..end])]).await;
        let response = client.get(&url).send().await.unwrap();
        let error = response.json::<serde_json::Value>().await.unwrap_err();
        assert_eq!(error.failure_kind(), FailureKind::Transient, "{}: {error:?}", &whole[..end]);
        let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
        assert_eq!(boxed.failure_kind(), FailureKind::Transient);
    }
}

#[tokio::test]
async fn json_of_another_shape_is_permanent() {
    let client = reqwest::Client::new();
    for body in ["{]", "[1,2]", r#""text""#, "<html>", "{} {}"] {
        let url = serve(vec![Answer::response(200, "", body)]).await;
        let response = client.get(&url).send().await.unwrap();
        let error = response.json::<BTreeMap<String, u32>>().await.unwrap_err();
        assert_eq!(error.failure_kind(), FailureKind::Permanent, "{body}: {error:?}");
    }
}

#[tokio::test]
async fn an_invalid_url_is_an_invalid_request() {
    assert_eq!(get("no url").await.unwrap_err().failure_kind(), FailureKind::InvalidRequest);
}

#[tokio::test]
async fn redirects_without_end_are_permanent() {
    let redirect = Answer::response(302, "location: /\r\n", "");
    assert_eq!(kind_of(redirect).await, FailureKind::Permanent);
}

#[tokio::test(start_paused = true)]
async fn no_answer_in_time_is_a_timeout() {
    let url = serve(vec![Answer::Hang(String::new())]).await;
    let request = reqwest::Client::new().get(&url).timeout(Duration::from_secs(5));
    let error = request.send().await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Timeout, "{error:?}");
}

#[tokio::test]
async fn a_failed_status_keeps_its_hint_and_the_start_of_its_body() {
    let body = "b".repeat(5000);
    let url = serve(vec![Answer::response(429, "retry-after: 7\r\n", &body)]).await;
    let error = get(&url).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 429);
    assert_eq!(error.failure_kind(), FailureKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let RequestError::Status(failed) = error else { panic!("{error:?}") };
    assert_eq!(failed.body(), &body[..1024]);
}

#[tokio::test]
async fn a_failed_status_whose_body_breaks_off_is_still_that_status() {
    let head = "HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\npart";
    let error = get(&serve(vec![Answer::Bytes(head.to_owned())]).await).await.unwrap_err();
    assert_eq!(error.to_string(), "503 Service Unavailable: part");
}

#[tokio::test]
async fn only_the_kept_part_of_a_failed_body_is_waited_for() {
    let body = "b".repeat(FailedStatus::BODY_LIMIT);
    let head = "HTTP/1.1 503 Busy\r\ncontent-length: 5000\r\n\r\n";
    let url = serve(vec![Answer::Hang(format!("{head}{body}"))]).await;
    let error = timeout(Duration::from_secs(5), get(&url)).await.expect("in time").unwrap_err();
    let RequestError::Status(failed) = error else { panic!("{error:?}") };
    assert_eq!(failed.body(), body);
}

/// Returns the part of a body that arrived, and the time of the wait by tokio's paused clock.
async fn stalled(head: &str, part: &str) -> (FailedStatus, Duration) {
    let head = format!("HTTP/1.1 429 Busy\r\n{head}content-length: 90000\r\n\r\n{part}");
    let url = serve(vec![Answer::Hang(head)]).await;
    let response = reqwest::get(&url).await.unwrap();
    tokio::time::pause();
    let started = Instant::now();
    let failed = response.check_status().await.unwrap_err();
    (failed, started.elapsed())
}

#[tokio::test]
async fn a_body_that_stalls_loses_neither_status_nor_hint() {
    for part in ["", "abc", r#"{"error":{"message":""#] {
        let (failed, waited) = stalled("retry-after: 30\r\n", part).await;
        assert_eq!(failed.status(), 429);
        assert_eq!(failed.retry_after(), Some(Duration::from_secs(30)));
        assert!(part.starts_with(failed.body()), "{failed:?}");
        assert!(waited <= Duration::from_millis(251), "{waited:?}");
        tokio::time::resume();
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_does_not_cause_an_attempt_timeout() {
    let head = "HTTP/1.1 429 Busy\r\nretry-after: 90\r\ncontent-length: 100\r\n\r\nabc";
    let url = serve(vec![Answer::Hang(head.to_owned())]).await;
    let policy = STANDARD.base_delay(Duration::from_millis(10));
    let calls = std::sync::atomic::AtomicU32::new(0);
    let run = policy.run(|| async {
        calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        get(&url).await
    });
    let error = run.attempt_timeout(Duration::from_secs(3)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 429, "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(calls.into_inner(), 1);
}

#[tokio::test]
async fn a_code_after_the_kept_part_of_a_body_is_found() {
    let message = "long ".repeat(1000);
    let body = format!(r#"{{"error":{{"message":"{message}","code":"insufficient_quota"}}}}"#);
    let url = serve(vec![Answer::response(429, "", &body)]).await;
    let error = get(&url).await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::ResourceExhausted);
    let failed = reqwest::get(&url).await.unwrap().check_status_with(100).await.unwrap_err();
    assert_eq!((failed.body(), failed.failure_kind()), (&body[..100], FailureKind::RateLimited));
    let failed = reqwest::get(&url).await.unwrap().check_status_with(100_000).await.unwrap_err();
    assert_eq!((failed.body(), failed.failure_kind()), (&*body, FailureKind::ResourceExhausted));
}

#[tokio::test]
async fn a_body_is_not_waited_for_if_none_is_kept() {
    let url =
        serve(vec![Answer::Hang("HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\n".to_owned())])
            .await;
    let response = reqwest::get(&url).await.unwrap();
    tokio::time::pause();
    let started = Instant::now();
    assert_eq!(response.check_status_with(0).await.unwrap_err().body(), "");
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_redirect_is_not_a_success() {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.unwrap();
    let url = serve(vec![Answer::response(302, "location: /elsewhere\r\n", "moved")]).await;
    client.get(&url).send().await.unwrap().check_status().await.unwrap();
    let failed = client.get(&url).send().await.unwrap().check_success().await.unwrap_err();
    assert_eq!((failed.status().as_u16(), failed.body()), (302, "moved"));
    assert_eq!(failed.headers()["location"], "/elsewhere");
    assert_eq!(failed.failure_kind(), FailureKind::Permanent);
    let url = serve(vec![Answer::response(204, "", "")]).await;
    client.get(&url).send().await.unwrap().check_success().await.unwrap();
}

#[tokio::test]
async fn a_hint_that_the_caller_sets_is_kept() {
    fn check(response: reqwest::Response) -> Result<reqwest::Response, RequestError> {
        match FailedStatus::of(response.status(), response.headers()) {
            Some(failed) => Err(failed.with_retry_after(Duration::from_millis(20)).into()),
            None => Ok(response),
        }
    }
    let url = serve(vec![Answer::response(429, "", "")]).await;
    let error = check(reqwest::get(&url).await.unwrap()).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_millis(20)));
}

/// A response may be read on a different executor than the one that fetched it.
#[test]
fn the_body_is_not_waited_for_outside_of_the_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let response = runtime.block_on(async {
        let head = "HTTP/1.1 429 Busy\r\nretry-after: 30\r\ncontent-length: 9\r\n\r\n";
        let url = serve(vec![Answer::Hang(head.to_owned())]).await;
        reqwest::get(&url).await.unwrap()
    });
    let mut checking = std::pin::pin!(response.check_status());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(checked) = checking.as_mut().poll(&mut context) else {
        panic!("the check waits")
    };
    let failed = checked.unwrap_err();
    assert_eq!((failed.status().as_u16(), failed.body()), (429, ""));
    assert_eq!(failed.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn an_error_of_reqwest_for_a_status_has_the_kind_of_the_status() {
    let url = serve(vec![Answer::response(403, "", "")]).await;
    let error = reqwest::get(&url).await.unwrap().error_for_status().unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Unauthorized);
}

#[tokio::test]
async fn errors_in_a_box_are_classified() {
    let nobody = refused().await;
    let error = get(&format!("http://{nobody}/")).await.unwrap_err();
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert_eq!(boxed.failure_kind(), FailureKind::Connection);
    let error = reqwest::get(format!("http://{nobody}/")).await.unwrap_err();
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert_eq!(boxed.failure_kind(), FailureKind::Connection);
}

#[tokio::test]
async fn the_error_shows_no_secret_of_its_url() {
    let nobody = refused().await;
    let error =
        get(&format!("http://u:SECRET@{nobody}/v1/m:gen?key=SECRET#SECRET")).await.unwrap_err();
    let url = format!("http://{nobody}/v1/m:gen?…");
    for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(text.contains(&url) && !text.contains("SECRET"), "{text}");
    }
    let url = serve(vec![Answer::response(503, "", "see http://x/?key=SECRET\n")]).await;
    let error = get(&url).await.unwrap_err();
    assert_eq!(error.to_string(), "503 Service Unavailable: see http://x/?…");
}

#[tokio::test(start_paused = true)]
async fn an_event_shows_the_cause_and_no_secret() {
    static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    fn note(event: &Event<'_>) {
        if let Event::RetryScheduled { error: Some(error), .. } = event {
            ERRORS.lock().unwrap().push(error.to_string());
        }
    }

    #[async_retry(STANDARD, max_attempts = 2, on_retry = note)]
    async fn ask(url: &str) -> Result<String, RequestError> {
        get(url).await
    }

    #[async_retry(STANDARD, max_attempts = 2, on_retry = note)]
    async fn ask_anyhow(url: &str) -> Result<String, anyhow::Error> {
        Ok(get(url).await?)
    }

    let url = format!("http://{}/v1beta/m:gen?key=SECRET", refused().await);
    ask(&url).await.unwrap_err();
    ask_anyhow(&url).await.unwrap_err();
    let get = || async { get(&url).await };
    STANDARD.max_attempts(2).run(get).on_retry(note).await.unwrap_err();
    for error in ERRORS.lock().unwrap().drain(..) {
        assert!(error.starts_with("error sending request for url (http://127.0.0.1:"), "{error}");
        assert!(error.contains("…") && !error.contains("SECRET"), "{error}");
        assert!(error.contains("onnection refused"), "{error}");
    }
}

static API: CircuitBreaker = CircuitBreaker::new("api").failure_threshold(1);
static DELAYS: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

fn note(event: &Event<'_>) {
    if let Event::RetryScheduled { delay, .. } = event {
        DELAYS.lock().unwrap().push(*delay);
    }
}

#[circuit_breaker(API)]
#[async_retry(STANDARD, total_timeout = "1m", on_retry = note)]
async fn fetch(url: &str) -> Result<String, RequestError> {
    let response = reqwest::get(url).await?.check_status().await?;
    Ok(response.text().await?)
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_as_long_as_the_server_asks_for() {
    let busy = Answer::response(503, "retry-after: 7\r\n", "");
    let url = serve(vec![busy, Answer::response(200, "", "at last")]).await;
    let started = Instant::now();
    assert_eq!(fetch(&url).await.unwrap(), "at last");
    assert!(started.elapsed() >= Duration::from_secs(7));
    let delays = std::mem::take(&mut *DELAYS.lock().unwrap());
    assert!(
        matches!(delays[..], [delay] if (7.0..=8.0).contains(&delay.as_secs_f64())),
        "{delays:?}"
    );
    let error = fetch("http://no-such-host.invalid/").await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection);
    assert!(matches!(fetch(&url).await, Err(RequestError::Open(open)) if open.name() == "api"));
}
