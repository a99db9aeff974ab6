//! `recloser`: a breaker over the last calls, which is the only one it has.

use ::recloser::{AsyncRecloser, Recloser};
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Contestant, refused, shared};

use crate::protected::protected;
use crate::{Failed, HOUR};

const NAME: &str = "recloser";

pub(crate) fn breaker() -> Recloser {
    Recloser::custom().error_rate(0.5).closed_len(100).open_wait(HOUR).build()
}

/// It knows no threshold of failures, but a rate: one that no failures reach.
fn never_opens() -> Recloser {
    Recloser::custom().error_rate(2.0).closed_len(100).open_wait(HOUR).build()
}

/// Its window of one call has to be full before it counts.
fn opened() -> AsyncRecloser {
    let breaker = AsyncRecloser::from(Recloser::custom().closed_len(1).open_wait(HOUR).build());
    for _ in 0..2 {
        once(breaker.call(async { refused::<Failed>() })).ok();
    }
    breaker
}

fn asynchronous(breaker: Recloser) -> AsyncRecloser {
    AsyncRecloser::from(breaker)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(Healthy, NAME, answer as call, it = asynchronous(breaker()), |_| it
            .call(call())),
        protected!(WindowCalls, NAME, answer as call, it = asynchronous(breaker()), |_| it
            .call(call())),
        protected!(Failing, NAME, refused as call, it = asynchronous(never_opens()), |_| it
            .call(call())),
        protected!(Rejecting, NAME, answer as call, it = opened(), |_| it.call(call())),
    ]
}

pub(crate) fn shared() -> Vec<Shared> {
    vec![
        shared!(
            Healthy,
            NAME,
            {
                let breaker = breaker();
            },
            || { breaker.call(|| Ok::<_, Failed>(())).is_ok() }
        ),
        shared!(
            Rejecting,
            NAME,
            {
                let breaker = Recloser::custom().closed_len(1).open_wait(HOUR).build();
                for _ in 0..2 {
                    breaker.call(|| Err::<(), _>(Failed::Down)).ok();
                }
            },
            || breaker.call(|| Ok::<_, Failed>(())).is_ok()
        ),
    ]
}
