//! A crate that only retries inside one that only breaks, as one would combine them.

use backon::Retryable;
use failsafe::futures::CircuitBreaker;
use recloser::AsyncRecloser;
use scenarios::{Contestant, answer, contestant};

use crate::Failed;

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            Both,
            "backon+failsafe",
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let breaker = crate::failsafe::breaker(5);
            },
            |_| breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
        contestant!(
            Both,
            "backon+recloser",
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let breaker = AsyncRecloser::from(crate::recloser::breaker());
            },
            |_| breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
    ]
}
