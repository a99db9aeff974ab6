//! `backon`: a method on the function that is retried.

use std::time::Duration;

use ::backon::{ConstantBuilder, ExponentialBuilder, Retryable};
use scenarios::Contestant;

use crate::at_once;
use crate::protected::protected;

const NAME: &str = "backon";

/// `max_times` counts retries.
pub(crate) const WAITING: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_millis(1)).with_max_times(2);
pub(crate) const AT_ONCE: ConstantBuilder =
    ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(2);

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(FirstSuccess, NAME, answer as call, () = (), async |_| {
            call.retry(WAITING).await
        }),
        protected!(FirstSuccessBorrowed, NAME, greet as call, () = (), async |_| {
            call.retry(WAITING).await
        }),
        protected!(TwoFailures, NAME, flaky as call, () = (), async |_| {
            call.retry(AT_ONCE).sleep(at_once).await
        }),
        protected!(waiting TwoFailuresWaiting, NAME, flaky as call, () = (), async |_| {
            call.retry(WAITING).await
        }),
    ]
}
