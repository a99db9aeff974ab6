//! `tower-resilience`: layers of retry and breaker around a service of `tower`.

use std::time::Duration;

use scenarios::Contestant;
use scenarios::drivers::once;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerConfigBuilder, CircuitBreakerLayer, DefaultClassifier, SlidingWindowType,
};
use tower_resilience_retry::RetryLayer;

use crate::protected::protected;
use crate::{Failed, HOUR};

const NAME: &str = "tower-resilience";

/// Counts every call.
fn retrying(base: Duration) -> RetryLayer<(), u64, Failed> {
    RetryLayer::builder().max_attempts(3).exponential_backoff(base).build()
}

fn waiting() -> RetryLayer<(), u64, Failed> {
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

/// A service that calls the function.
macro_rules! served {
    ($call:ident, $($layer:expr),+) => {
        ServiceBuilder::new()$(.layer($layer))+.service(service_fn(|()| $call()))
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(
            FirstSuccess,
            NAME,
            answer as call,
            mut service = served!(call, waiting()),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            waiting TwoFailures,
            NAME,
            flaky as call,
            mut service = served!(call, retrying(Duration::ZERO)),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            waiting TwoFailuresWaiting,
            NAME,
            flaky as call,
            mut service = served!(call, waiting()),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            Healthy,
            NAME,
            answer as call,
            mut service = served!(call, in_a_row(5)),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            WindowCalls,
            NAME,
            answer as call,
            mut service = served!(call, over_calls()),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            WindowTime,
            NAME,
            answer as call,
            mut service = served!(call, over_time()),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            Failing,
            NAME,
            refused as call,
            mut service = served!(call, in_a_row(65_535)),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            Rejecting,
            NAME,
            answer as call,
            mut service = {
                let service = served!(call, in_a_row(5));
                once(service.force_open());
                service
            },
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            Both,
            NAME,
            answer as call,
            mut service = served!(call, in_a_row(5), waiting()),
            async |_| service.ready().await?.call(()).await
        ),
    ]
}
