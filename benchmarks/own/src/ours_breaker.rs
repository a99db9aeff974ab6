//! retry-utils: `#[circuit_breaker]`, alone and around a retry, and `CircuitBreaker::call`.

use std::time::Duration;

use retry_utils::{CircuitBreaker, STANDARD, Window, async_retry, circuit_breaker, registry};
use scenarios::contestant::OURS;
use scenarios::{Answer, Contestant, asked, bare, value};

use crate::error::LlmError;
use crate::link::tie;

const CALL: &str = "retry-utils-call";
const BARE: &str = "retry-utils-bare";
const CALL_BARE: &str = "retry-utils-call-bare";
const ACQUIRE_BARE: &str = "retry-utils-try-acquire-bare";
const HOUR: Duration = Duration::from_hours(1);

/// The attribute and `call` in one scenario: the breaker, the protected call, and the method of the
/// breaker that runs before the calls.
macro_rules! breakers {
    ($scenario:ident, $breaker:expr, $upstream:path $(=> $before:ident)?) => {
        [
            asked!(
                $scenario,
                OURS,
                {
                    static BREAKER: CircuitBreaker = $breaker;
                    #[circuit_breaker(BREAKER)]
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        $upstream(prompt).await
                    }
                },
                {
                    tie(&BREAKER);
                    $(BREAKER.$before();)?
                },
                ask
            ),
            asked!(
                $scenario,
                CALL,
                {
                    static BREAKER: CircuitBreaker = $breaker;
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        BREAKER.call(|| $upstream(prompt)).await
                    }
                },
                {
                    tie(&BREAKER);
                    $(BREAKER.$before();)?
                },
                ask
            ),
        ]
    };
}

/// The bare contestants: the attribute on a function without an argument, `call`, and a permit.
macro_rules! bare_breakers {
    ($scenario:ident, $breaker:expr, $value:path $(=> $before:ident)?) => {
        [
            bare!(
                $scenario,
                BARE,
                {
                    static BREAKER: CircuitBreaker = $breaker;
                    #[circuit_breaker(BREAKER)]
                    async fn ask() -> Result<Answer, LlmError> {
                        $value()
                    }
                    tie(&BREAKER);
                    $(BREAKER.$before();)?
                },
                |_| ask()
            ),
            bare!(
                $scenario,
                CALL_BARE,
                {
                    static BREAKER: CircuitBreaker = $breaker;
                    tie(&BREAKER);
                    $(BREAKER.$before();)?
                },
                |_| BREAKER.call(|| async { $value() })
            ),
            bare!(
                $scenario,
                ACQUIRE_BARE,
                {
                    static BREAKER: CircuitBreaker = $breaker;
                    tie(&BREAKER);
                    $(BREAKER.$before();)?
                },
                async |_| {
                    let permit = BREAKER.try_acquire()?;
                    let result: Result<Answer, LlmError> = $value();
                    permit.record(&result);
                    result
                }
            ),
        ]
    };
}

const fn breaker() -> CircuitBreaker {
    CircuitBreaker::new("benchmark").recovery_timeout(HOUR)
}

const fn counting_to_the_most() -> CircuitBreaker {
    breaker().failure_threshold(65_535)
}

const fn over_calls() -> CircuitBreaker {
    breaker().failure_rate(0.5, 10, Window::calls(100))
}

const fn over_time(min_calls: u32) -> CircuitBreaker {
    breaker().failure_rate(0.5, min_calls, Window::time(Duration::from_secs(10)))
}

/// No call is slow, because none takes an hour.
const fn counting_slow_calls() -> CircuitBreaker {
    breaker().slow_call(HOUR, 0.5)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    let asked = [
        breakers!(Healthy, breaker(), upstream::answers),
        breakers!(Failing, counting_to_the_most(), upstream::fails => reset),
        breakers!(WindowCalls, over_calls(), upstream::answers),
        breakers!(WindowTime, over_time(10), upstream::answers),
        breakers!(WindowTimeFailing, over_time(65_535), upstream::fails => reset),
        breakers!(SlowCall, counting_slow_calls(), upstream::answers),
        breakers!(Rejecting, breaker(), upstream::answers => trip),
    ];
    let bare = [
        bare_breakers!(Healthy, breaker(), value::answers::<LlmError>),
        bare_breakers!(Failing, counting_to_the_most(), value::fails::<LlmError> => reset),
        bare_breakers!(Rejecting, breaker(), value::answers::<LlmError> => trip),
    ];
    let others = [
        asked!(
            SlowCall,
            "retry-utils-window-calls",
            {
                static BREAKER: CircuitBreaker = over_calls().slow_call(HOUR, 0.5);
                #[circuit_breaker(BREAKER)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            {
                tie(&BREAKER);
            },
            ask
        ),
        asked!(
            Both,
            OURS,
            {
                static BREAKER: CircuitBreaker = breaker();
                #[circuit_breaker(BREAKER)]
                #[async_retry(STANDARD)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            {
                tie(&BREAKER);
            },
            ask
        ),
        bare!(
            Both,
            BARE,
            {
                static BREAKER: CircuitBreaker = breaker();
                #[circuit_breaker(BREAKER)]
                #[async_retry(STANDARD)]
                async fn ask() -> Result<Answer, LlmError> {
                    value::answers()
                }
                tie(&BREAKER);
            },
            |_| ask()
        ),
        asked!(
            ByName,
            OURS,
            {
                #[circuit_breaker("by-name")]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            {
                // The first user of a name creates the breaker. The attribute does the same.
                tie(registry::get_or_insert("by-name", breaker));
            },
            ask
        ),
        asked!(
            ByName,
            "retry-utils-registry-get",
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    let breaker = registry::get("by-name").expect("it is listed before the calls");
                    breaker.call(|| upstream::answers(prompt)).await
                }
            },
            {
                tie(registry::get_or_insert("by-name", breaker));
            },
            ask
        ),
    ];
    [asked.as_flattened(), bare.as_flattened(), &others].concat()
}
