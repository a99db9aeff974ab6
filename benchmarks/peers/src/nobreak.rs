//! `nobreak`: a breaker that counts failures in a row, behind a lock.

use ::nobreak::{CircuitBreaker, builder};
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Contestant, refused, shared};

use crate::protected::protected;
use crate::{Failed, HOUR};

const NAME: &str = "nobreak";

fn breaker(threshold: usize) -> CircuitBreaker {
    builder().with_failure_threshold(threshold).with_open_duration(HOUR).build()
}

fn opened() -> CircuitBreaker {
    let breaker = breaker(1);
    once(breaker.call_async(async || refused::<Failed>())).ok();
    breaker
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(Healthy, NAME, answer as call, it = breaker(5), |_| it.call_async(call)),
        protected!(Failing, NAME, refused as call, it = breaker(65_535), |_| it.call_async(call)),
        protected!(Rejecting, NAME, answer as call, it = opened(), |_| it.call_async(call)),
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
            || { breaker.call(|| Ok::<_, Failed>(())).is_ok() }
        ),
        shared!(
            Rejecting,
            NAME,
            {
                let breaker = opened();
            },
            || { breaker.call(|| Ok::<_, Failed>(())).is_ok() }
        ),
    ]
}
