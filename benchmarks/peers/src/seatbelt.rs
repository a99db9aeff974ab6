//! `seatbelt`: layers of retry and breaker around a service of `layered`.

use std::convert::identity;
use std::time::Duration;

use ::seatbelt::breaker::Breaker;
use ::seatbelt::retry::Retry;
use ::seatbelt::{RecoveryInfo, ResilienceContext};
use layered::{Execute, Service, Stack};
use scenarios::drivers::{once, runtime};
use scenarios::size::{Bytes, Size};
use scenarios::{Contestant, contestant, greet, size};
use tick::Clock;
use tokio::runtime::{Handle, Runtime};

use crate::protected::protected;
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

/// The service of some layers, and what its clock needs.
macro_rules! served {
    ($context:ident => $layers:expr) => {{
        let (clock, idle) = clock();
        let $context = ResilienceContext::new(&clock);
        ($layers.into_service(), idle)
    }};
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
        protected!(
            FirstSuccess,
            NAME,
            answer as call,
            (service, _idle) =
                served!(context => (retrying!(context, BASE), Execute::new(|()| call()))),
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
                let (service, _idle) =
                    served!(context => (retrying!(context, BASE), Execute::new(call)));
            },
            |_| service.execute(&*name)
        ),
        protected!(
            TwoFailures,
            NAME,
            flaky as call,
            (service, _idle) =
                served!(context => (retrying!(context, Duration::ZERO), Execute::new(|()| call()))),
            |_| service.execute(())
        ),
        protected!(
            waiting TwoFailuresWaiting,
            NAME,
            flaky as call,
            (service, _idle) = served!(context => (retrying!(context, BASE), Execute::new(|()| call()))),
            |_| service.execute(())
        ),
        protected!(
            Healthy,
            NAME,
            answer as call,
            (service, _idle) =
                served!(context => (breaking!(context, 10), Execute::new(|()| call()))),
            |_| service.execute(())
        ),
        protected!(
            WindowTime,
            NAME,
            answer as call,
            (service, _idle) =
                served!(context => (breaking!(context, 10), Execute::new(|()| call()))),
            |_| service.execute(())
        ),
        protected!(
            Failing,
            NAME,
            refused as call,
            (service, _idle) =
                served!(context => (breaking!(context, u32::MAX), Execute::new(|()| call()))),
            |_| service.execute(())
        ),
        protected!(
            Rejecting,
            NAME,
            refused as call,
            (service, _idle) = {
                let (service, idle) =
                    served!(context => (breaking!(context, 1), Execute::new(|()| call())));
                once(service.execute(())).ok();
                (service, idle)
            },
            |_| service.execute(())
        ),
        protected!(
            Both,
            NAME,
            answer as call,
            (service, _idle) = served!(context => (breaking!(context, 10), retrying!(context, BASE), Execute::new(|()| call()))),
            |_| service.execute(())
        ),
    ]
}
