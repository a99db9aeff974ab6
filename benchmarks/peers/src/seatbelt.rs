//! `seatbelt`: layers of retry and breaker around a service of `layered`.

use std::convert::identity;
use std::time::Duration;

use ::seatbelt::breaker::Breaker;
use ::seatbelt::retry::Retry;
use ::seatbelt::{RecoveryInfo, ResilienceContext};
use layered::{Execute, Service, Stack};
use scenarios::drivers::{once, runtime};
use scenarios::size::{BYTES, Bytes, Size, borrowed, consumed, nothing};
use scenarios::{Answer, Contestant, Flaky, asked, bare, size, value};
use tick::Clock;
use tokio::runtime::{Handle, Runtime};

use crate::common::{HOUR, LlmError};

const NAME: &str = "seatbelt";

type Outcome = Result<Answer, LlmError>;

/// Returns a clock, which is a task of tokio. Without a runtime, it belongs to one that never runs,
/// which is enough for delays of zero.
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

/// Every error is retried and counted.
fn recovery(outcome: &Outcome) -> RecoveryInfo {
    match outcome {
        Ok(_) => RecoveryInfo::never(),
        Err(_) => RecoveryInfo::retry(),
    }
}

/// The layer of retries. `max_retry_attempts` counts retries, not calls.
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

/// The layer of the breaker. Its window is always of time.
macro_rules! breaking {
    ($context:expr, $min:expr) => {
        Breaker::layer("breaker", &$context)
            .recovery_with(|outcome: &Outcome, _| recovery(outcome))
            .rejected_input_error(|_, _| LlmError::Open)
            .failure_threshold(0.5)
            .min_throughput($min)
            .sampling_duration(Duration::from_secs(10))
            .break_duration(HOUR)
    };
}

const BASE: Duration = Duration::from_millis(1);

/// The service of some layers, and the runtime of its clock.
macro_rules! served {
    ($context:ident => $layers:expr) => {{
        let (clock, idle) = clock();
        let $context = ResilienceContext::new(&clock);
        ($layers.into_service(), idle)
    }};
}

/// The future of a service. It borrows the service, which is leaked.
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
            kept!($shape, None, (), |()| nothing::<LlmError, LlmError>(), |_| (), $layers),
            kept!($shape, Borrowed, &Bytes, borrowed::<LlmError, LlmError>, identity, $layers),
            kept!(
                $shape,
                Cloned,
                Bytes,
                consumed::<LlmError, LlmError>,
                |bytes: &Bytes| *bytes,
                $layers
            ),
        ]
    };
}

pub(crate) fn sizes() -> Vec<Size> {
    let all =
        [three!(Retry, retry_layers), three!(Breaker, breaker_layers), three!(Both, both_layers)];
    all.concat()
}

/// A user's function that borrows the service.
async fn ask(service: &impl Service<&'static str, Out = Outcome>, prompt: &'static str) -> Outcome {
    service.execute(prompt).await
}

/// A user's function that calls a service of these layers, and the bare service.
macro_rules! layered {
    ($scenario:ident, $call:ident, $context:ident => [$($layer:expr),+]) => {
        layered!($scenario, {}, $call(), $context => [$($layer),+], service => {}, service => {})
    };
    (
        $scenario:ident, { $($items:tt)* }, $call:ident($($state:expr)?),
        $context:ident => [$($layer:expr),+],
        $asked:ident => $before_asked:expr, $service:ident => $before:expr
    ) => {
        [
            asked!(
                $scenario,
                NAME,
                { $($items)* },
                {
                    let call = Execute::new(|prompt| {
                        upstream::$call::<LlmError>($($state,)? prompt)
                    });
                    let ($asked, _idle) = served!($context => ($($layer,)+ call));
                    $before_asked;
                },
                |prompt| ask(&$asked, prompt)
            ),
            bare!(
                $scenario,
                "seatbelt-bare",
                {
                    let call = Execute::new(async |()| value::$call::<LlmError>($($state)?));
                    $($items)*
                    let ($service, _idle) = served!($context => ($($layer,)+ call));
                    $before;
                },
                |_| $service.execute(())
            ),
        ]
    };
}

/// A retry around a call that fails twice.
macro_rules! flaky {
    ($scenario:ident, $base:expr) => {
        layered!(
            $scenario,
            { static STATE: Flaky = Flaky::new(); },
            fails_twice(&STATE),
            context => [retrying!(context, $base)],
            service => {},
            service => {}
        )
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        layered!(FirstSuccess, answers, context => [retrying!(context, BASE)]),
        flaky!(TwoFailures, Duration::ZERO),
        flaky!(TwoFailuresWaiting, BASE).map(Contestant::waiting),
        layered!(Healthy, answers, context => [breaking!(context, 10)]),
        layered!(WindowTime, answers, context => [breaking!(context, 10)]),
        layered!(WindowTimeFailing, fails, context => [breaking!(context, u32::MAX)]),
        layered!(Failing, fails, context => [breaking!(context, u32::MAX)]),
        // One failure opens it.
        layered!(
            Rejecting,
            {},
            fails(),
            context => [breaking!(context, 1)],
            service => drop(once(service.execute("It fails."))),
            service => drop(once(service.execute(())))
        ),
        layered!(Both, answers, context => [breaking!(context, 10), retrying!(context, BASE)]),
    ]
    .concat()
}
