//! `failsafe`: a breaker with a policy, of failures in a row or of a success rate over time.

use std::time::Duration;

use ::failsafe::backoff::{self, Constant};
use ::failsafe::failure_policy::{self, ConsecutiveFailures, SuccessRateOverTimeWindow};
use ::failsafe::futures::CircuitBreaker;
use ::failsafe::{Config, StateMachine};
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Contestant, refused, shared};

use crate::protected::protected;
use crate::{Failed, HOUR};

const NAME: &str = "failsafe";

pub(crate) fn breaker(failures: u32) -> StateMachine<ConsecutiveFailures<Constant>, ()> {
    let policy = failure_policy::consecutive_failures(failures, backoff::constant(HOUR));
    Config::new().failure_policy(policy).build()
}

fn opened() -> StateMachine<ConsecutiveFailures<Constant>, ()> {
    let breaker = breaker(1);
    once(breaker.call(async { refused::<Failed>() })).ok();
    breaker
}

fn over_time() -> StateMachine<SuccessRateOverTimeWindow<Constant>, ()> {
    let (window, backoff) = (Duration::from_secs(10), backoff::constant(HOUR));
    let policy = failure_policy::success_rate_over_time_window(0.5, 10, window, backoff);
    Config::new().failure_policy(policy).build()
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(Healthy, NAME, answer as call, it = breaker(5), |_| it.call(call())),
        protected!(Failing, NAME, refused as call, it = breaker(65_535), |_| it.call(call())),
        protected!(WindowTime, NAME, answer as call, it = over_time(), |_| it.call(call())),
        protected!(Rejecting, NAME, answer as call, it = opened(), |_| it.call(call())),
    ]
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
