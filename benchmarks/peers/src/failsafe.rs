//! `failsafe`: a breaker with a policy, of failures in a row or of a success rate over time.

use std::time::Duration;

use ::failsafe::backoff::{self, Constant};
use ::failsafe::failure_policy::{self, ConsecutiveFailures, SuccessRateOverTimeWindow};
use ::failsafe::futures::CircuitBreaker;
use ::failsafe::{Config, Error, StateMachine};
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Contestant, shared, value};

use crate::common::{HOUR, LlmError};
use crate::protected::protected;

const NAME: &str = "failsafe";

pub(crate) type InARow = StateMachine<ConsecutiveFailures<Constant>, ()>;
type OverTime = StateMachine<SuccessRateOverTimeWindow<Constant>, ()>;

pub(crate) fn breaker(failures: u32) -> InARow {
    let policy = failure_policy::consecutive_failures(failures, backoff::constant(HOUR));
    Config::new().failure_policy(policy).build()
}

fn opened() -> InARow {
    let breaker = breaker(1);
    once(breaker.call(async { value::fails::<LlmError>() })).ok();
    breaker
}

/// Opens below this success rate.
fn over_time(rate: f64) -> OverTime {
    let (window, backoff) = (Duration::from_secs(10), backoff::constant(HOUR));
    let policy = failure_policy::success_rate_over_time_window(rate, 10, window, backoff);
    Config::new().failure_policy(policy).build()
}

impl From<Error<LlmError>> for LlmError {
    fn from(error: Error<LlmError>) -> Self {
        match error {
            Error::Inner(error) => error,
            Error::Rejected => Self::Open,
        }
    }
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        protected!(Healthy, "failsafe", answers, it: InARow = breaker(5), call => it.call(call())),
        protected!(Failing, "failsafe", fails, it: InARow = breaker(u32::MAX), call => {
            it.call(call())
        }),
        protected!(WindowTime, "failsafe", answers, it: OverTime = over_time(0.5), call => {
            it.call(call())
        }),
        protected!(WindowTimeFailing, "failsafe", fails, it: OverTime = over_time(0.0), call => {
            it.call(call())
        }),
        protected!(Rejecting, "failsafe", answers, it: InARow = opened(), call => it.call(call())),
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
            || {
                let admitted = breaker.is_call_permitted();
                if admitted {
                    breaker.on_success();
                }
                admitted
            }
        ),
        shared!(
            Rejecting,
            NAME,
            {
                let breaker = opened();
            },
            || breaker.is_call_permitted()
        ),
    ]
}
