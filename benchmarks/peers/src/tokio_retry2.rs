//! `tokio-retry2`: a future made of a strategy and an action, whose errors say whether they are transient.

use ::tokio_retry2::strategy::{ExponentialFactorBackoff, FixedInterval};
use ::tokio_retry2::{MapErr, Retry, RetryError};
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};
use std::iter::Take;

use crate::Failed;

const NAME: &str = "tokio-retry2";

/// Each delay is a retry.
pub(crate) fn waiting() -> Take<ExponentialFactorBackoff> {
    ExponentialFactorBackoff::from_millis(1, 2.0).take(2)
}

fn no_wait() -> Take<FixedInterval> {
    FixedInterval::from_millis(0).take(2)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call() -> Result<u64, RetryError<Failed>> {
                    answer::<Failed>().map_transient_err()
                }
            },
            |_| Retry::spawn(waiting(), call)
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, RetryError<Failed>> {
                    greet::<Failed>(name).map_transient_err()
                }
                let name = String::from("Ada");
            },
            |_| Retry::spawn(waiting(), || call(&name))
        ),
        contestant!(
            waiting TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, RetryError<Failed>> {
                    flaky::<Failed>(&STATE).map_transient_err()
                }
            },
            |_| Retry::spawn(no_wait(), call)
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, RetryError<Failed>> {
                    flaky::<Failed>(&STATE).map_transient_err()
                }
            },
            |_| Retry::spawn(waiting(), call)
        ),
    ]
}
