//! retry-utils: `#[circuit_breaker]`, alone and around a retry, and `CircuitBreaker::call`.

use std::time::Duration;

use retry_utils::{CircuitBreaker, STANDARD, Window, async_retry, circuit_breaker};
use scenarios::{Contestant, answer, contestant, refused};

use crate::{Failed, OURS};

const CALL: &str = "retry-utils-call";
const HOUR: Duration = Duration::from_hours(1);

/// The attribute in one scenario: the breaker, the body, and what is done before each run.
macro_rules! annotated {
    ($scenario:ident, $breaker:expr, $body:expr, $breaker_name:ident $(=> $before:expr)?) => {
        contestant!(
            $scenario,
            OURS,
            {
                static $breaker_name: CircuitBreaker = $breaker;
                #[circuit_breaker($breaker_name)]
                async fn call() -> Result<u64, Failed> {
                    $body
                }
                $($before;)?
            },
            |_| call()
        )
    };
}

/// The same without the attribute.
macro_rules! called {
    ($scenario:ident, $breaker:expr, $body:expr, $breaker_name:ident $(=> $before:expr)?) => {
        contestant!(
            $scenario,
            CALL,
            {
                static $breaker_name: CircuitBreaker = $breaker;
                async fn call() -> Result<u64, Failed> {
                    $breaker_name.call(|| async { $body }).await
                }
                $($before;)?
            },
            |_| call()
        )
    };
}

const fn breaker() -> CircuitBreaker {
    CircuitBreaker::new("benchmark").recovery_timeout(HOUR)
}

const fn counting_to_the_most() -> CircuitBreaker {
    breaker().failure_threshold(65_535)
}

const fn over_calls() -> CircuitBreaker {
    breaker().failure_rate(0.5, 10, Window::calls(100))
}

const fn over_time() -> CircuitBreaker {
    breaker().failure_rate(0.5, 10, Window::time(Duration::from_secs(10)))
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        annotated!(Healthy, breaker(), answer(), BREAKER),
        annotated!(Failing, counting_to_the_most(), refused(), BREAKER => BREAKER.reset()),
        annotated!(WindowCalls, over_calls(), answer(), BREAKER),
        annotated!(WindowTime, over_time(), answer(), BREAKER),
        annotated!(Rejecting, breaker(), answer(), BREAKER => BREAKER.trip()),
        contestant!(
            Both,
            OURS,
            {
                static BREAKER: CircuitBreaker = breaker();
                #[circuit_breaker(BREAKER)]
                #[async_retry(STANDARD)]
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
            },
            |_| call()
        ),
        called!(Healthy, breaker(), answer(), BREAKER),
        called!(Failing, counting_to_the_most(), refused(), BREAKER => BREAKER.reset()),
        called!(WindowCalls, over_calls(), answer(), BREAKER),
        called!(WindowTime, over_time(), answer(), BREAKER),
        called!(Rejecting, breaker(), answer(), BREAKER => BREAKER.trip()),
    ]
}
