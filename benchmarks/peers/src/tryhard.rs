//! `tryhard`: a function that makes the future, and settings on it. It waits for a timer even where there is no backoff.

use std::time::Duration;

use ::tryhard::retry_fn;
use scenarios::Contestant;

use crate::protected::protected;

const NAME: &str = "tryhard";
const BASE: Duration = Duration::from_millis(1);

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(FirstSuccess, NAME, answer as call, () = (), |_| {
            retry_fn(call).retries(2).exponential_backoff(BASE)
        }),
        protected!(FirstSuccessBorrowed, NAME, greet as call, () = (), |_| {
            retry_fn(call).retries(2).exponential_backoff(BASE)
        }),
        protected!(waiting TwoFailures, NAME, flaky as call, () = (), |_| retry_fn(call).retries(2)),
        protected!(waiting TwoFailuresWaiting, NAME, flaky as call, () = (), |_| {
            retry_fn(call).retries(2).exponential_backoff(BASE)
        }),
    ]
}
