//! `recloser`: a breaker with a window of calls, the only kind it has.

use ::recloser::{AsyncRecloser, Error, Recloser};
use scenarios::shared::Shared;
use scenarios::{Contestant, shared, value};

use crate::common::{HOUR, LlmError};
use crate::protected::protected;

const NAME: &str = "recloser";

pub(crate) fn breaker() -> Recloser {
    Recloser::custom().error_rate(0.5).closed_len(100).open_wait(HOUR).build()
}

/// No failure rate reaches its threshold.
fn never_opens() -> Recloser {
    Recloser::custom().error_rate(2.0).closed_len(100).open_wait(HOUR).build()
}

/// The first call fills the window of one call, the second opens the breaker.
fn opened() -> Recloser {
    let breaker = Recloser::custom().closed_len(1).open_wait(HOUR).build();
    for _ in 0..2 {
        breaker.call(value::fails::<LlmError>).ok();
    }
    breaker
}

impl From<Error<LlmError>> for LlmError {
    fn from(error: Error<LlmError>) -> Self {
        match error {
            Error::Inner(error) => error,
            Error::Rejected => Self::Open,
        }
    }
}

/// A breaker in one scenario.
macro_rules! breaker {
    ($scenario:ident, $call:ident, $breaker:expr) => {
        protected!(
            $scenario,
            "recloser",
            $call,
            it: AsyncRecloser = AsyncRecloser::from($breaker),
            call => it.call(call())
        )
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        breaker!(Healthy, answers, breaker()),
        breaker!(WindowCalls, answers, breaker()),
        breaker!(Failing, fails, never_opens()),
        breaker!(Rejecting, answers, opened()),
    ]
    .concat()
}

pub(crate) fn shared() -> Vec<Shared> {
    vec![
        shared!(
            Healthy,
            NAME,
            {
                let breaker = breaker();
            },
            || { breaker.call(|| Ok::<_, LlmError>(())).is_ok() }
        ),
        shared!(
            Rejecting,
            NAME,
            {
                let breaker = opened();
            },
            || breaker.call(|| Ok::<_, LlmError>(())).is_ok()
        ),
    ]
}
