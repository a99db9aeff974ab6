//! Events as text. The test has its own file because a listener is never removed.

mod common;

use std::sync::Mutex;
use std::time::Duration;

use common::{Calls, Failed};
use retry_utils::observe::{self, Event};
use retry_utils::{CircuitBreaker, CircuitBreakers, Jitter, STANDARD};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[tokio::test(start_paused = true)]
async fn an_event_is_one_line_with_the_fields_that_apply() {
    observe::add_listener(|event: &Event<'_>| LINES.lock().unwrap().push(event.to_string()))
        .unwrap();
    let policy = STANDARD.max_attempts(2).jitter(Jitter::None);
    let calls = Calls::new();
    let failing = || async { calls.fail_first(3) };
    policy.run(failing).name("fetch").await.unwrap_err();
    let unsatisfied = || async { Ok::<_, Failed>(1) };
    policy.run(unsatisfied).name("poll").retry_if_ok(|_| true).await.unwrap();
    let forging = CircuitBreakers::new("keyed").failure_threshold(1);
    forging.for_key("a\nERROR b\u{1b}[2J\u{2028}'é'").try_acquire().unwrap().failure();
    let breaker = CircuitBreaker::new("api").failure_threshold(1);
    breaker.try_acquire().unwrap().failure();
    tokio::time::advance(Duration::from_secs(20)).await;
    breaker.try_acquire().unwrap_err();
    breaker.force_open();
    breaker.try_acquire().unwrap_err();
    assert_eq!(
        *LINES.lock().unwrap(),
        [
            "fetch: retry scheduled attempt=1 max_attempts=2 kind=unavailable delay=1s \
             error=unavailable",
            "fetch: gave up attempt=2 max_attempts=2 reason=attempts_exhausted kind=unavailable \
             error=unavailable",
            "poll: retry scheduled attempt=1 max_attempts=2 delay=1s",
            "poll: gave up attempt=2 max_attempts=2 reason=attempts_exhausted",
            r"keyed/a\nERROR b\u{1b}[2J\u{2028}'é': circuit breaker changed state from=CLOSED to=OPEN calls=1 failures=1 slow_calls=0",
            "api: circuit breaker changed state from=CLOSED to=OPEN calls=1 failures=1 slow_calls=0",
            "api: call rejected retry_in=40s",
            "api: operator action action=force_open by=program",
            "api: call rejected",
        ]
    );
}
