//! `tower-resilience`: layers of retry and breaker around a service of `tower`.

use std::time::Duration;

use scenarios::drivers::once;
use scenarios::{Answer, Contestant, Flaky, asked, bare, value};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerConfigBuilder, CircuitBreakerError, CircuitBreakerLayer, DefaultClassifier,
    SlidingWindowType,
};
use tower_resilience_retry::RetryLayer;

use crate::common::{HOUR, LlmError};

const NAME: &str = "tower-resilience";

/// Counts every call.
fn retrying<Request>(base: Duration) -> RetryLayer<Request, Answer, LlmError> {
    RetryLayer::builder().max_attempts(3).exponential_backoff(base).build()
}

fn waiting<Request>() -> RetryLayer<Request, Answer, LlmError> {
    retrying(Duration::from_millis(1))
}

fn breaker() -> CircuitBreakerConfigBuilder<DefaultClassifier> {
    CircuitBreakerLayer::builder().wait_duration_in_open(HOUR)
}

fn in_a_row(failures: usize) -> CircuitBreakerLayer {
    breaker().consecutive_failures(failures).build().expect("the settings are valid")
}

fn over_calls() -> CircuitBreakerLayer {
    let half = breaker().failure_rate_threshold(0.5).minimum_number_of_calls(10);
    half.sliding_window_size(100).build().expect("the settings are valid")
}

fn over_time() -> CircuitBreakerLayer {
    let half = breaker().failure_rate_threshold(0.5).minimum_number_of_calls(10);
    half.sliding_window_type(SlidingWindowType::TimeBased)
        .sliding_window_duration(Duration::from_secs(10))
        .build()
        .expect("the settings are valid")
}

impl From<CircuitBreakerError<LlmError>> for LlmError {
    fn from(error: CircuitBreakerError<LlmError>) -> Self {
        match error {
            CircuitBreakerError::Inner(error) => error,
            CircuitBreakerError::OpenCircuit => Self::Open,
        }
    }
}

/// A user's function that borrows the service. It clones the service for each call, as users of
/// `tower` do.
async fn ask<S>(service: &S, prompt: &'static str) -> Result<Answer, LlmError>
where
    S: Service<&'static str, Response = Answer> + Clone,
    LlmError: From<S::Error>,
{
    Ok(service.clone().oneshot(prompt).await?)
}

/// A user's function that calls a service of these layers, and the bare service.
macro_rules! layered {
    ($scenario:ident, $call:ident, $layers:expr) => {
        layered!($scenario, {}, $call(), $layers, service => {})
    };
    (
        $scenario:ident, { $($items:tt)* }, $call:ident($($state:expr)?), $layers:expr,
        $service:ident => $before:expr
    ) => {
        [
            asked!(
                $scenario,
                NAME,
                { $($items)* },
                {
                    let call =
                        service_fn(|prompt| upstream::$call::<LlmError>($($state,)? prompt));
                    let $service = $layers.service(call);
                    $before;
                },
                |prompt| ask(&$service, prompt)
            ),
            bare!(
                $scenario,
                "tower-resilience-bare",
                {
                    $($items)*
                    let call = service_fn(async |()| value::$call::<LlmError>($($state)?));
                    let mut $service = $layers.service(call);
                    $before;
                },
                async |_| $service.ready().await?.call(()).await
            ),
        ]
    };
}

/// A retry around a call that fails twice.
macro_rules! flaky {
    ($scenario:ident, $layer:expr) => {
        layered!(
            $scenario,
            { static STATE: Flaky = Flaky::new(); },
            fails_twice(&STATE),
            ServiceBuilder::new().layer($layer),
            service => {}
        )
        .map(Contestant::waiting)
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        layered!(FirstSuccess, answers, ServiceBuilder::new().layer(waiting())),
        flaky!(TwoFailures, retrying(Duration::ZERO)),
        flaky!(TwoFailuresWaiting, waiting()),
        layered!(Healthy, answers, ServiceBuilder::new().layer(in_a_row(5))),
        layered!(WindowCalls, answers, ServiceBuilder::new().layer(over_calls())),
        layered!(WindowTime, answers, ServiceBuilder::new().layer(over_time())),
        layered!(Failing, fails, ServiceBuilder::new().layer(in_a_row(usize::MAX))),
        layered!(
            Rejecting,
            {},
            answers(),
            ServiceBuilder::new().layer(in_a_row(5)),
            service => once(service.force_open())
        ),
        layered!(Both, answers, ServiceBuilder::new().layer(in_a_row(5)).layer(waiting())),
    ]
    .concat()
}
