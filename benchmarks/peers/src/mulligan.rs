//! `mulligan`: settings with a method `execute`. It waits for a timer even without a backoff.

use std::time::Duration;

use ::mulligan::until_ok;
use scenarios::Contestant;

use crate::protected::protected;

const BASE: Duration = Duration::from_millis(1);

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        // `stop_after` counts retries, not calls.
        protected!(FirstSuccess, "mulligan", answers, call => {
            until_ok().stop_after(2).exponential(BASE).execute(call)
        }),
        protected!(TwoFailures, "mulligan", fails_twice, call => {
            until_ok().stop_after(2).execute(call)
        })
        .map(Contestant::waiting),
        protected!(TwoFailuresWaiting, "mulligan", fails_twice, call => {
            until_ok().stop_after(2).exponential(BASE).execute(call)
        })
        .map(Contestant::waiting),
    ]
    .concat()
}
