//! `tokio-retry2`: a future of a strategy and an action. Errors are transient or permanent.

use std::iter::Take;

use ::tokio_retry2::strategy::{ExponentialFactorBackoff, FixedInterval};
use ::tokio_retry2::{Retry, RetryError};
use scenarios::Contestant;

use crate::common::LlmError;
use crate::protected::protected;

/// A conversion from another error makes it transient.
type Transient = RetryError<LlmError>;

/// A retry for each delay.
pub(crate) fn waiting() -> Take<ExponentialFactorBackoff> {
    ExponentialFactorBackoff::from_millis(1, 2.0).take(2)
}

fn no_wait() -> Take<FixedInterval> {
    FixedInterval::from_millis(0).take(2)
}

/// A retry in one scenario.
macro_rules! retried {
    ($scenario:ident, $call:ident, $strategy:expr) => {
        protected!($scenario, "tokio-retry2", $call, call => {
            Retry::spawn($strategy, || async { call().await.map_err(Transient::from) })
        })
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        retried!(FirstSuccess, answers, waiting()),
        retried!(TwoFailures, fails_twice, no_wait()).map(Contestant::waiting),
        retried!(TwoFailuresWaiting, fails_twice, waiting()).map(Contestant::waiting),
    ]
    .concat()
}
