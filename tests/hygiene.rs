//! Tests that names in user code and names in generated code do not affect each other.
#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::unused_async, clippy::missing_errors_doc)] // Test functions are small.

mod common;

/// Functions whose arguments have the names that expansions bind.
#[allow(clippy::similar_names, clippy::too_many_arguments)]
mod names {
    include!("hygiene/names.rs");
}

use std::time::Duration;

use common::{Calls, Failed};
use retry_utils::{CircuitBreaker, Jitter, RetryConfig, STANDARD, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("hygiene");

const QUICK: RetryConfig = STANDARD.base_delay(Duration::from_millis(1)).jitter(Jitter::None);

/// A module in which every name that generated code could use has another meaning.
mod shadowed {
    #![allow(
        dead_code,
        non_camel_case_types,
        non_upper_case_globals,
        non_snake_case,
        unused_macros
    )]

    use super::common::Calls as Counter;
    use super::{API as BREAKER, QUICK as FAST};
    use crate::common::Failed as Error;

    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Duration;
    pub(super) struct RetryConfig;
    pub(super) struct CircuitBreaker;
    mod core {}
    mod std {}
    mod private {}
    mod retry_utils {}
    const STANDARD: () = ();
    fn drop() {}
    macro_rules! panic {
        ($($any:tt)*) => {
            compile_error!("our code must not use this")
        };
    }
    macro_rules! concat {
        ($($any:tt)*) => {
            compile_error!("our code must not use this")
        };
    }
    macro_rules! module_path {
        () => {
            compile_error!("our code must not use this")
        };
    }

    #[super::circuit_breaker(BREAKER, failure_if_ok = |value| *value == 0)]
    #[super::async_retry(FAST, max_attempts = 5, attempt_timeout = "1s", total_timeout = "1m", retry_if_ok = |value| *value == 0)]
    pub(super) async fn call(counter: &Counter) -> ::std::result::Result<u32, Error> {
        counter.fail_first(2)
    }

    #[super::circuit_breaker("shadowed", fallback = |_| ::std::result::Result::Ok(0))]
    #[super::async_retry]
    pub(super) async fn named() -> ::std::result::Result<u32, Error> {
        ::std::result::Result::Ok(1)
    }
}

#[tokio::test(start_paused = true)]
async fn shadowed_names_are_harmless() {
    assert_eq!(shadowed::call(&Calls::new()).await.unwrap(), 3);
    assert_eq!(shadowed::named().await.unwrap(), 1);
}

/// Every local name of the expansion, as an argument.
#[allow(clippy::too_many_arguments)] // There are that many.
#[circuit_breaker(API)]
#[async_retry(QUICK, clone(outcome), attempt_timeout = "1s", total_timeout = "1m")]
async fn our_names_as_arguments(
    series: &Calls,
    outcome: String,
    error: u32,
    value: u32,
    breaker: u32,
    permit: u32,
    open: u32,
    owner: u32,
    policy: u32,
    cut: u32,
    deadline: u32,
    timed_out: u32,
    rule: u32,
) -> Result<String, Failed> {
    series.fail_first(2)?;
    let sum = error
        + value
        + breaker
        + permit
        + open
        + owner
        + policy
        + cut
        + deadline
        + timed_out
        + rule;
    Ok(format!("{outcome}{sum}"))
}

#[tokio::test(start_paused = true)]
async fn our_names_are_free_for_arguments() {
    let calls = Calls::new();
    let sum = our_names_as_arguments(&calls, "s".into(), 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    assert_eq!(sum.await.unwrap(), "s11");
}

/// Expressions in the attribute see the user's names, not generated ones of the same spelling.
#[async_retry(QUICK, retry_if = |error| error.to_string().len() > series, retry_if_ok = |value| *value < outcome)]
async fn our_names_in_expressions(
    calls: &Calls,
    series: usize,
    outcome: u32,
) -> Result<u32, Failed> {
    calls.fail_first(1)
}

#[tokio::test(start_paused = true)]
async fn expressions_see_the_users_names() {
    assert_eq!(our_names_in_expressions(&Calls::new(), 0, 3).await.unwrap(), 3);
}

/// Labels, loops and `break` in user code are not affected.
#[async_retry(QUICK)]
async fn control_flow(calls: &Calls) -> Result<u32, Failed> {
    let mut rounds = 0;
    'series: loop {
        for round in 1..=3 {
            rounds += 1;
            if rounds == 3 {
                break 'series;
            }
            if round == 1 {
                continue 'series;
            }
        }
    }
    calls.fail_first(1).map(|call| call + rounds)
}

#[tokio::test(start_paused = true)]
async fn control_flow_stays_the_users() {
    assert_eq!(control_flow(&Calls::new()).await.unwrap(), 5);
}

/// The facade, re-exported by the user's crate under another name.
mod reexport {
    pub(crate) use retry_utils as resilience;
}

#[circuit_breaker(API, crate = "crate::reexport::resilience")]
#[async_retry(QUICK, crate = "crate::reexport::resilience")]
async fn renamed_facade(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(1)
}

#[tokio::test(start_paused = true)]
async fn renamed_facade_works() {
    assert_eq!(renamed_facade(&Calls::new()).await.unwrap(), 2);
}

/// A nested annotated function keeps its own slot.
#[async_retry(QUICK)]
async fn nested(calls: &Calls) -> Result<u32, Failed> {
    #[circuit_breaker(API)]
    #[async_retry(QUICK)]
    async fn inner(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(4)
    }
    inner(calls).await
}

#[tokio::test(start_paused = true)]
async fn nested_functions_multiply() {
    assert_eq!(nested(&Calls::new()).await.unwrap(), 5);
}

/// Every kind of argument and expression, under strict lints and without a warning.
mod linted {
    use super::{
        API, Calls, CircuitBreaker, Failed, QUICK, RetryConfig, async_retry, circuit_breaker,
    };
    use std::sync::LazyLock;

    static LAZY: LazyLock<RetryConfig> = LazyLock::new(|| QUICK);

    pub(super) struct Client {
        pub(super) breaker: CircuitBreaker,
        pub(super) retry: RetryConfig,
        pub(super) calls: Calls,
    }

    impl Client {
        #[circuit_breaker(self.breaker)]
        #[async_retry(self.retry, clone(list), shared(text), attempt = attempt, on_retry = |event| drop(event.clone()))]
        pub(super) async fn method(
            &self,
            mut list: Vec<u32>,
            mut text: String,
        ) -> Result<u32, Failed> {
            list.push(attempt);
            text.push('x');
            self.calls.fail_first(2)
        }

        #[circuit_breaker(API, fallback = Self::fallback)]
        #[async_retry(*LAZY, retry_after = |_| None)]
        pub(super) async fn by_mut(&mut self, buffer: &mut Vec<u32>) -> Result<u32, Failed> {
            buffer.clear();
            self.calls.fail_first(1)
        }

        async fn fallback(open: retry_utils::CircuitOpen) -> Result<u32, Failed> {
            Err(open.into())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn linted_functions_work() {
    let mut client = linted::Client {
        breaker: CircuitBreaker::new("linted"),
        retry: QUICK,
        calls: Calls::new(),
    };
    assert_eq!(client.method(vec![], String::new()).await.unwrap(), 3);
    assert_eq!(client.by_mut(&mut vec![1]).await.unwrap(), 4);
}
