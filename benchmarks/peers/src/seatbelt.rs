//! `seatbelt`: layers of retry and breaker around a service of `layered`.

use std::convert::identity;
use std::time::Duration;

use ::seatbelt::breaker::Breaker;
use ::seatbelt::retry::Retry;
use ::seatbelt::{RecoveryInfo, ResilienceContext};
use layered::{Execute, Service, Stack};
use scenarios::drivers::{once, runtime};
use scenarios::size::{Bytes, Size};
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet, refused, size};
use tick::Clock;
use tokio::runtime::{Handle, Runtime};

use crate::sizes::{BYTES, borrowed, consumed, nothing};
use crate::{Failed, HOUR};

const NAME: &str = "seatbelt";

type Outcome = Result<u64, Failed>;

/// Its clock is a task of tokio's: without a runtime it gets one that nobody runs, which does for delays of zero.
fn clock() -> (Clock, Option<Runtime>) {
    if Handle::try_current().is_ok() {
        return (Clock::new_tokio(), None);
    }
    let idle = runtime();
    let entered = idle.enter();
    let clock = Clock::new_tokio();
    drop(entered);
    (clock, Some(idle))
}

/// Every error is worth another attempt, and counts.
fn recovery(outcome: &Outcome) -> RecoveryInfo {
    match outcome {
        Ok(_) => RecoveryInfo::never(),
        Err(_) => RecoveryInfo::retry(),
    }
}

/// The layer of retries; `max_retry_attempts` counts retries.
macro_rules! retrying {
    ($context:expr, $base:expr) => {
        Retry::layer("retry", &$context)
            .clone_input()
            .recovery_with(|outcome: &Outcome, _| recovery(outcome))
            .max_retry_attempts(2)
            .base_delay($base)
            .use_jitter(false)
    };
}

/// The layer of the breaker, whose window is always one of time.
macro_rules! breaking {
    ($context:expr, $min:expr) => {
        Breaker::layer("breaker", &$context)
            .recovery_with(|outcome: &Outcome, _| recovery(outcome))
            .rejected_input_error(|_, _| Failed::Open)
            .failure_threshold(0.5)
            .min_throughput($min)
            .sampling_duration(Duration::from_secs(10))
            .break_duration(HOUR)
    };
}

const BASE: Duration = Duration::from_millis(1);

/// A breaker, and calls that succeed.
macro_rules! succeeds {
    ($scenario:ident) => {
        contestant!(
            $scenario,
            NAME,
            {
                async fn call((): ()) -> Outcome {
                    answer()
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let service = (breaking!(context, 10), Execute::new(call)).into_service();
            },
            |_| service.execute(())
        )
    };
}

/// The future of a service, which borrows it: the service lives on.
macro_rules! kept {
    ($shape:ident, $argument:ident, $input:ty, $call:expr, $value:expr, $layers:ident) => {
        size!(
            $shape,
            $argument,
            NAME,
            {
                let (clock, _idle) = clock();
                let context = ResilienceContext::<$input, Outcome>::new(&clock);
                let bytes = BYTES;
                let service = Box::leak(Box::new($layers!(context, Execute::new($call))));
            },
            service.execute($value(&bytes))
        )
    };
}

macro_rules! retry_layers {
    ($context:ident, $call:expr) => {
        (retrying!($context, BASE), $call).into_service()
    };
}

macro_rules! breaker_layers {
    ($context:ident, $call:expr) => {
        (breaking!($context, 10), $call).into_service()
    };
}

macro_rules! both_layers {
    ($context:ident, $call:expr) => {
        (breaking!($context, 10), retrying!($context, BASE), $call).into_service()
    };
}

/// The three calls under these layers.
macro_rules! three {
    ($shape:ident, $layers:ident) => {
        [
            kept!($shape, None, (), |()| nothing::<Failed>(), |_| (), $layers),
            kept!($shape, Borrowed, &Bytes, borrowed::<Failed>, identity, $layers),
            kept!($shape, Cloned, Bytes, consumed::<Failed>, |bytes: &Bytes| *bytes, $layers),
        ]
    };
}

pub(crate) fn sizes() -> Vec<Size> {
    let all =
        [three!(Retry, retry_layers), three!(Breaker, breaker_layers), three!(Both, both_layers)];
    all.concat()
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call((): ()) -> Outcome {
                    answer()
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let service = (retrying!(context, BASE), Execute::new(call)).into_service();
            },
            |_| service.execute(())
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Outcome {
                    greet(name)
                }
                let name = String::from("Ada");
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let service = (retrying!(context, BASE), Execute::new(call)).into_service();
            },
            |_| service.execute(&*name)
        ),
        contestant!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call((): ()) -> Outcome {
                    flaky(&STATE)
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let layer = retrying!(context, Duration::ZERO);
                let service = (layer, Execute::new(call)).into_service();
            },
            |_| service.execute(())
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call((): ()) -> Outcome {
                    flaky(&STATE)
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let service = (retrying!(context, BASE), Execute::new(call)).into_service();
            },
            |_| service.execute(())
        ),
        succeeds!(Healthy),
        succeeds!(WindowTime),
        contestant!(
            Failing,
            NAME,
            {
                async fn call((): ()) -> Outcome {
                    refused()
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let service = (breaking!(context, u32::MAX), Execute::new(call)).into_service();
            },
            |_| service.execute(())
        ),
        contestant!(
            Rejecting,
            NAME,
            {
                async fn call((): ()) -> Outcome {
                    refused()
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let service = (breaking!(context, 1), Execute::new(call)).into_service();
                once(service.execute(())).ok();
            },
            |_| service.execute(())
        ),
        contestant!(
            Both,
            NAME,
            {
                async fn call((): ()) -> Outcome {
                    answer()
                }
                let (clock, _idle) = clock();
                let context = ResilienceContext::new(&clock);
                let layers = (breaking!(context, 10), retrying!(context, BASE), Execute::new(call));
                let service = layers.into_service();
            },
            |_| service.execute(())
        ),
    ]
}
