//! `backon`: a method on the function that is retried.

use std::time::Duration;

use ::backon::{ConstantBuilder, ExponentialBuilder, Retryable};
use scenarios::Contestant;

use crate::common::at_once;
use crate::protected::protected;

/// `max_times` counts retries, not calls.
pub(crate) const WAITING: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_millis(1)).with_max_times(2);
pub(crate) const AT_ONCE: ConstantBuilder =
    ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(2);

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        protected!(FirstSuccess, "backon", answers, call => call.retry(WAITING).into_future()),
        protected!(TwoFailures, "backon", fails_twice, call => {
            call.retry(AT_ONCE).sleep(at_once).into_future()
        }),
        protected!(TwoFailuresWaiting, "backon", fails_twice, call => {
            call.retry(WAITING).into_future()
        })
        .map(Contestant::waiting),
    ]
    .concat()
}
