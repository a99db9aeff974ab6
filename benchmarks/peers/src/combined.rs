//! A library that retries inside a library with a breaker.

use backon::Retryable;
use failsafe::futures::CircuitBreaker;
use recloser::AsyncRecloser;
use scenarios::Contestant;

use crate::failsafe::InARow;
use crate::protected::protected;

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        protected!(
            Both,
            "backon+failsafe",
            answers,
            breaker: InARow = crate::failsafe::breaker(5),
            call => breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
        protected!(
            Both,
            "backon+recloser",
            answers,
            breaker: AsyncRecloser = AsyncRecloser::from(crate::recloser::breaker()),
            call => breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
    ]
    .concat()
}
