//! `mulligan`: settings with a method `execute`. It waits for a timer even where there is no backoff.

use std::time::Duration;

use ::mulligan::until_ok;
use scenarios::Contestant;

use crate::protected::protected;

const NAME: &str = "mulligan";
const BASE: Duration = Duration::from_millis(1);

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        // `stop_after` counts retries.
        protected!(FirstSuccess, NAME, answer as call, () = (), |_| {
            until_ok().stop_after(2).exponential(BASE).execute(call)
        }),
        protected!(FirstSuccessBorrowed, NAME, greet as call, () = (), |_| {
            until_ok().stop_after(2).exponential(BASE).execute(call)
        }),
        protected!(waiting TwoFailures, NAME, flaky as call, () = (), |_| {
            until_ok().stop_after(2).execute(call)
        }),
        protected!(waiting TwoFailuresWaiting, NAME, flaky as call, () = (), |_| {
            until_ok().stop_after(2).exponential(BASE).execute(call)
        }),
    ]
}
