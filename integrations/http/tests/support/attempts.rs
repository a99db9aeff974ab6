//! A request with retries whose waits are skipped.
#![allow(dead_code, unreachable_pub)] // Each test file includes this module and uses its own part.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use retry_utils::http::{CheckStatus, RequestError};
use retry_utils::testing::{RecordedEvent, Recorder, Testing};
use retry_utils::{FailureKind, Jitter, Retryable, STANDARD, async_retry};

/// The outcome of a request.
#[derive(Debug)]
pub struct Outcome {
    pub attempts: u32,
    /// The delays before the retries, which the policy computed.
    pub delays: Vec<Duration>,
    pub result: Result<String, RequestError>,
}

impl Outcome {
    /// Asserts that the request succeeded with this body, after this many attempts.
    #[track_caller]
    pub fn assert_ok(&self, attempts: u32, body: &str) {
        let found = self.result.as_deref().unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!((self.attempts, found), (attempts, body));
    }

    /// Asserts that the request failed after this many attempts, and that the text of the error
    /// contains `text`. Each delay must be that of the backoff, or the hint if it is longer.
    #[track_caller]
    pub fn assert_failed(
        &self,
        attempts: u32,
        kind: FailureKind,
        hint: Option<Duration>,
        text: &str,
    ) {
        let error = self.result.as_ref().expect_err("the request fails");
        let found = (self.attempts, error.failure_kind(), error.retry_after());
        assert_eq!(found, (attempts, kind, hint), "{error:?}");
        assert!(error.to_string().contains(text), "{text:?} is not in {:?}", error.to_string());
        let backoff = [1, 2].map(Duration::from_secs);
        let delays = backoff.iter().map(|delay| (*delay).max(hint.unwrap_or_default()));
        let retries = attempts as usize - 1;
        assert_eq!(self.delays, delays.take(retries).collect::<Vec<_>>());
    }
}

#[async_retry(STANDARD, name = "request", jitter = Jitter::None)]
async fn request(request: &RequestBuilder, attempts: &AtomicU32) -> Result<String, RequestError> {
    attempts.fetch_add(1, Ordering::Relaxed);
    let request = request.try_clone().expect("the body can be sent again");
    Ok(request.send().await?.check_status().await?.text().await?)
}

/// Sends this request, up to three times.
pub async fn send(builder: RequestBuilder) -> Outcome {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let attempts = AtomicU32::new(0);
    let result = request(&builder, &attempts).await;
    let delays = recorder.of("request").into_iter().filter_map(|event| match event {
        RecordedEvent::RetryScheduled { delay, .. } => Some(delay),
        _ => None,
    });
    Outcome { attempts: attempts.into_inner(), delays: delays.collect(), result }
}

/// Requests this URL with a new client, up to three times.
pub async fn get(url: &str) -> Outcome {
    send(client().get(url)).await
}

pub fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}
