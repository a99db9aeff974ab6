//! `nobreak`: a breaker that counts failures in a row, behind a lock.

use ::nobreak::{CircuitBreaker, CircuitError, builder};
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Contestant, shared, value};

use crate::common::{HOUR, LlmError};
use crate::protected::protected;

const NAME: &str = "nobreak";

fn breaker(threshold: usize) -> CircuitBreaker {
    builder().with_failure_threshold(threshold).with_open_duration(HOUR).build()
}

fn opened() -> CircuitBreaker {
    let breaker = breaker(1);
    once(breaker.call_async(async || value::fails::<LlmError>())).ok();
    breaker
}

impl From<CircuitError<LlmError>> for LlmError {
    fn from(error: CircuitError<LlmError>) -> Self {
        match error {
            CircuitError::Failed { error } => error,
            CircuitError::Open => Self::Open,
        }
    }
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        protected!(Healthy, "nobreak", answers, it: CircuitBreaker = breaker(5), call => {
            it.call_async(call)
        }),
        protected!(Failing, "nobreak", fails, it: CircuitBreaker = breaker(usize::MAX), call => {
            it.call_async(call)
        }),
        protected!(Rejecting, "nobreak", answers, it: CircuitBreaker = opened(), call => {
            it.call_async(call)
        }),
    ]
    .concat()
}

pub(crate) fn shared() -> Vec<Shared> {
    vec![
        shared!(
            Healthy,
            NAME,
            {
                let breaker = breaker(5);
            },
            || { breaker.call(|| Ok::<_, LlmError>(())).is_ok() }
        ),
        shared!(
            Rejecting,
            NAME,
            {
                let breaker = opened();
            },
            || { breaker.call(|| Ok::<_, LlmError>(())).is_ok() }
        ),
    ]
}
