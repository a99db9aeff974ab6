//! `tokio-retry2`: a future made of a strategy and an action, whose errors say whether they are transient.

use std::iter::Take;

use ::tokio_retry2::strategy::{ExponentialFactorBackoff, FixedInterval};
use ::tokio_retry2::{Retry, RetryError};
use scenarios::Contestant;

use crate::Failed;
use crate::protected::protected;

const NAME: &str = "tokio-retry2";

/// Made of any other error it is transient.
type Transient = RetryError<Failed>;

/// Each delay is a retry.
pub(crate) fn waiting() -> Take<ExponentialFactorBackoff> {
    ExponentialFactorBackoff::from_millis(1, 2.0).take(2)
}

fn no_wait() -> Take<FixedInterval> {
    FixedInterval::from_millis(0).take(2)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(
            FirstSuccess,
            NAME,
            answer as call,
            () = (),
            |_| Retry::spawn(waiting(), call),
            error = Transient
        ),
        protected!(
            FirstSuccessBorrowed,
            NAME,
            greet as call,
            () = (),
            |_| Retry::spawn(waiting(), call),
            error = Transient
        ),
        protected!(
            waiting TwoFailures,
            NAME,
            flaky as call,
            () = (),
            |_| Retry::spawn(no_wait(), call),
            error = Transient
        ),
        protected!(
            waiting TwoFailuresWaiting,
            NAME,
            flaky as call,
            () = (),
            |_| Retry::spawn(waiting(), call),
            error = Transient
        ),
    ]
}
