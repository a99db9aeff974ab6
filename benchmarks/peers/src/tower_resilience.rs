//! `tower-resilience`: layers of retry and breaker around a service of `tower`.

use std::time::Duration;

use scenarios::drivers::once;
use scenarios::{Contestant, Flaky, answer, contestant, flaky, refused};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerConfigBuilder, CircuitBreakerLayer, DefaultClassifier, SlidingWindowType,
};
use tower_resilience_retry::RetryLayer;

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

/// A breaker, and calls that succeed.
macro_rules! succeeds {
    ($scenario:ident, $layer:expr) => {
        contestant!(
            $scenario,
            NAME,
            {
                async fn call((): ()) -> Result<u64, Failed> {
                    answer()
                }
                let mut service = $layer.layer(service_fn(call));
            },
            async |_| service.ready().await?.call(()).await
        )
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call((): ()) -> Result<u64, Failed> {
                    answer()
                }
                let mut service = ServiceBuilder::new().layer(waiting()).service(service_fn(call));
            },
            async |_| service.ready().await?.call(()).await
        ),
        contestant!(
            waiting TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call((): ()) -> Result<u64, Failed> {
                    flaky(&STATE)
                }
                let layer = retrying(Duration::ZERO);
                let mut service = ServiceBuilder::new().layer(layer).service(service_fn(call));
            },
            async |_| service.ready().await?.call(()).await
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call((): ()) -> Result<u64, Failed> {
                    flaky(&STATE)
                }
                let mut service = ServiceBuilder::new().layer(waiting()).service(service_fn(call));
            },
            async |_| service.ready().await?.call(()).await
        ),
        succeeds!(Healthy, in_a_row(5)),
        succeeds!(
            WindowCalls,
            breaker()
                .failure_rate_threshold(0.5)
                .sliding_window_size(100)
                .minimum_number_of_calls(10)
                .build()
                .expect("the settings are valid")
        ),
        succeeds!(
            WindowTime,
            breaker()
                .failure_rate_threshold(0.5)
                .sliding_window_type(SlidingWindowType::TimeBased)
                .sliding_window_duration(Duration::from_secs(10))
                .minimum_number_of_calls(10)
                .build()
                .expect("the settings are valid")
        ),
        contestant!(
            Failing,
            NAME,
            {
                async fn call((): ()) -> Result<u64, Failed> {
                    refused()
                }
                let mut service = in_a_row(65_535).layer(service_fn(call));
            },
            async |_| service.ready().await?.call(()).await
        ),
        contestant!(
            Rejecting,
            NAME,
            {
                async fn call((): ()) -> Result<u64, Failed> {
                    answer()
                }
                let mut service = in_a_row(5).layer(service_fn(call));
                once(service.force_open());
            },
            async |_| service.ready().await?.call(()).await
        ),
        contestant!(
            Both,
            NAME,
            {
                async fn call((): ()) -> Result<u64, Failed> {
                    answer()
                }
                let mut service = ServiceBuilder::new()
                    .layer(in_a_row(5))
                    .layer(waiting())
                    .service(service_fn(call));
            },
            async |_| service.ready().await?.call(()).await
        ),
    ]
}
