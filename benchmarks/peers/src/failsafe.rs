//! `failsafe`: a breaker with a policy, of failures in a row or of a success rate over time.

use std::time::Duration;

use ::failsafe::backoff::{self, Constant};
use ::failsafe::failure_policy::{self, ConsecutiveFailures};
use ::failsafe::futures::CircuitBreaker;
use ::failsafe::{Config, StateMachine};
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Contestant, answer, contestant, refused, shared};

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

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            Healthy,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let breaker = breaker(5);
            },
            |_| breaker.call(call())
        ),
        contestant!(
            Failing,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    refused()
                }
                let breaker = breaker(65_535);
            },
            |_| breaker.call(call())
        ),
        contestant!(
            WindowTime,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let window = Duration::from_secs(10);
                let backoff = backoff::constant(HOUR);
                let policy =
                    failure_policy::success_rate_over_time_window(0.5, 10, window, backoff);
                let breaker = Config::new().failure_policy(policy).build();
            },
            |_| breaker.call(call())
        ),
        contestant!(
            Rejecting,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let breaker = opened();
            },
            |_| breaker.call(call())
        ),
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
