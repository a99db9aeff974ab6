//! A crate that only retries inside one that only breaks, as one would combine them.

use backon::Retryable;
use failsafe::futures::CircuitBreaker;
use recloser::AsyncRecloser;
use scenarios::Contestant;

use crate::protected::protected;

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(
            Both,
            "backon+failsafe",
            answer as call,
            breaker = crate::failsafe::breaker(5),
            |_| breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
        protected!(
            Both,
            "backon+recloser",
            answer as call,
            breaker = AsyncRecloser::from(crate::recloser::breaker()),
            |_| breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
    ]
}
