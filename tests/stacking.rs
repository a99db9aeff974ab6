//! The top attribute is the outermost, in every spelling of the attributes.

mod common;

use std::convert::identity;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use foreign_attributes::{
    async_closure, block, closure, duplicate, inner_fn, macro_call, prepend, relex, stringify,
    under_async_trait,
};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, FailureKinds, Jitter, RetryConfig, STANDARD,
    async_retry, async_retry as again, circuit_breaker, circuit_breaker as guarded,
};

const THREE: RetryConfig = STANDARD.base_delay(Duration::from_millis(10)).jitter(Jitter::None);

/// Returns a breaker that opens after two failures.
const fn breaker(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(2)
}

/// Makes this many calls that fail. Returns the number of their attempts.
macro_rules! calls_of_series {
    ($function:ident, $series:expr) => {{
        let calls = Calls::new();
        for _ in 0..$series {
            $function(&calls).await.unwrap_err();
        }
        calls.count()
    }};
}

#[tokio::test(start_paused = true)]
async fn breaker_above_retry_counts_one_outcome_per_call() {
    static API: CircuitBreaker = breaker("above");

    #[circuit_breaker(API)]
    #[async_retry(THREE)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 1), 3);
    assert_eq!(API.state(), CircuitState::Closed, "three attempts are one failure");
    assert_eq!(calls_of_series!(call, 1), 3);
    assert_eq!(API.state(), CircuitState::Open);
    assert_eq!(calls_of_series!(call, 1), 0);
}

#[tokio::test(start_paused = true)]
async fn retry_above_breaker_checks_it_for_every_attempt() {
    static API: CircuitBreaker = breaker("below");

    #[async_retry(THREE)]
    #[circuit_breaker(API)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    // The second failure opens the breaker. The third attempt is rejected, which is not retried.
    assert_eq!(calls_of_series!(call, 1), 2);
    assert_eq!(API.state(), CircuitState::Open);
    assert!(matches!(call(&Calls::new()).await, Err(Failed::Open(_))));
}

#[tokio::test(start_paused = true)]
async fn renamed_imports_keep_the_order() {
    static API: CircuitBreaker = breaker("renamed");

    #[guarded(API)]
    #[again(THREE)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 2), 6);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn full_paths_and_cfg_attr_keep_the_order() {
    static API: CircuitBreaker = breaker("paths");

    #[cfg_attr(all(), retry_utils::circuit_breaker(API))]
    #[cfg_attr(not(any()), ::retry_utils::async_retry(THREE, max_attempts = 4))]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 2), 8);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn inert_attributes_in_between_change_nothing() {
    static API: CircuitBreaker = breaker("inert");

    #[circuit_breaker(API)]
    #[allow(clippy::unused_async)]
    /// A doc comment is an attribute too.
    #[inline]
    #[async_retry(THREE)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 2), 6);
    assert_eq!(API.state(), CircuitState::Open);
}

/// Makes one call, which must fail. Returns its attempts, and the failures that `breaker` counted.
///
/// The bound proves that the future is `Send`.
async fn counted(
    breaker: &CircuitBreaker,
    calls: &Calls,
    call: impl Future<Output = Result<u32, Failed>> + Send,
) -> (u32, u64) {
    let (attempts, failures) = (calls.count(), breaker.snapshot().failures);
    call.await.unwrap_err();
    (calls.count() - attempts, breaker.snapshot().failures - failures)
}

/// A macro that `#[macro_call]` passes the body to.
macro_rules! passes {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// Functions and methods under the given attributes, which include ours with `API` and `THREE`.
/// Each call makes three attempts, and the breaker counts `$failures` failures.
macro_rules! fails_three_times {
    ($failures:literal: $(#[$attribute:meta])*) => {{
        static API: CircuitBreaker = CircuitBreaker::new("foreign").failure_threshold(100);

        $(#[$attribute])*
        async fn function(calls: &Calls) -> Result<u32, Failed> {
            calls.next();
            Err(TRANSIENT)
        }

        $(#[$attribute])*
        async fn returning(calls: &Calls, limit: u32) -> Result<u32, Failed> {
            tokio::task::yield_now().await;
            let call = calls.fail_first(2)?;
            if call < limit {
                return Err(TRANSIENT);
            }
            Ok(call)
        }

        $(#[$attribute])*
        async fn owning(calls: Arc<Calls>, seen: &mut Vec<u32>) -> Result<u32, Failed> {
            tokio::task::yield_now().await;
            seen.push(calls.next());
            Err(TRANSIENT)
        }

        #[derive(Default)]
        struct Client {
            calls: Arc<Calls>,
            seen: Vec<u32>,
        }

        impl Client {
            $(#[$attribute])*
            async fn by_reference(&self) -> Result<u32, Failed> {
                tokio::task::yield_now().await;
                self.calls.fail_first(3)
            }

            $(#[$attribute])*
            async fn by_mut_reference(&mut self, step: u32) -> Result<u32, Failed> {
                tokio::task::yield_now().await;
                self.seen.push(step);
                self.calls.fail_first(3)
            }
        }

        let calls = Calls::new();
        assert_eq!(counted(&API, &calls, function(&calls)).await, (3, $failures), "function");
        let calls = Calls::new();
        assert_eq!(counted(&API, &calls, returning(&calls, 9)).await, (3, $failures), "`return`");
        let (calls, mut seen) = (Arc::new(Calls::new()), Vec::new());
        let call = owning(Arc::clone(&calls), &mut seen);
        assert_eq!(counted(&API, &calls, call).await, (3, $failures), "owned arguments");
        assert_eq!(seen, [1, 2, 3]);
        let client = Client::default();
        let call = client.by_reference();
        assert_eq!(counted(&API, &client.calls, call).await, (3, $failures), "`&self`");
        let mut client = Client::default();
        let calls = Arc::clone(&client.calls);
        let call = client.by_mut_reference(7);
        assert_eq!(counted(&API, &calls, call).await, (3, $failures), "`&mut self`");
        assert_eq!(client.seen, [7, 7, 7]);
    }};
}

/// Spawned functions with a cloned argument, under a foreign attribute.
macro_rules! clones_for_each_attempt {
    ($(between #[$between:meta])? $(below #[$below:meta])?) => {{
        static ABOVE: CircuitBreaker = CircuitBreaker::new("foreign").failure_threshold(100);
        static BELOW: CircuitBreaker = CircuitBreaker::new("foreign").failure_threshold(100);

        #[circuit_breaker(ABOVE)]
        $(#[$between])?
        #[async_retry(THREE, clone(list, text))]
        $(#[$below])?
        async fn breaker_above(
            calls: Arc<Calls>,
            mut list: Vec<u32>,
            text: String,
        ) -> Result<u32, Failed> {
            list.push(1);
            tokio::task::yield_now().await;
            assert_eq!((&list[..], &text[..]), (&[0, 1][..], "text"), "each attempt gets a fresh clone");
            drop(text);
            calls.fail_first(3)
        }

        #[async_retry(THREE, clone(list, text))]
        $(#[$between])?
        #[circuit_breaker(BELOW)]
        $(#[$below])?
        async fn breaker_below(
            calls: Arc<Calls>,
            mut list: Vec<u32>,
            text: String,
        ) -> Result<u32, Failed> {
            list.push(1);
            tokio::task::yield_now().await;
            assert_eq!((&list[..], &text[..]), (&[0, 1][..], "text"), "each attempt gets a fresh clone");
            drop(text);
            calls.fail_first(3)
        }

        let calls = Arc::new(Calls::new());
        let call = tokio::spawn(breaker_above(Arc::clone(&calls), vec![0], "text".to_owned()));
        let call = async { call.await.expect("the task does not panic") };
        assert_eq!(counted(&ABOVE, &calls, call).await, (3, 1), "cloned, breaker above");
        let calls = Arc::new(Calls::new());
        let call = tokio::spawn(breaker_below(Arc::clone(&calls), vec![0], "text".to_owned()));
        let call = async { call.await.expect("the task does not panic") };
        assert_eq!(counted(&BELOW, &calls, call).await, (3, 3), "cloned, breaker below");
    }};
}

/// Tests that our two attributes keep their order under a foreign attribute.
macro_rules! order_is_kept {
    ($($test:ident: $(between #[$between:meta])? $(below #[$below:meta])?;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $test() {
            fails_three_times!(1:
                #[circuit_breaker(API)] $(#[$between])? #[async_retry(THREE)] $(#[$below])?
            );
            fails_three_times!(3:
                #[async_retry(THREE)] $(#[$between])? #[circuit_breaker(API)] $(#[$below])?
            );
            clones_for_each_attempt!($(between #[$between])? $(below #[$below])?);
        }
    )*};
}

order_is_kept! {
    order_is_kept_without_a_foreign_attribute: ;
    order_is_kept_above_a_statement: below #[prepend];
    order_is_kept_above_an_async_block: below #[block];
    order_is_kept_above_an_async_closure: below #[async_closure];
    order_is_kept_above_a_closure_that_returns_a_future: below #[closure];
    order_is_kept_above_a_macro_call: below #[macro_call];
    order_is_kept_above_a_copy_in_a_macro_call: below #[stringify];
    order_is_kept_above_two_copies_of_which_the_first_runs: below #[duplicate(black_box(true))];
    order_is_kept_above_two_copies_of_which_the_second_runs: below #[duplicate(black_box(false))];
    order_is_kept_above_tokens_that_are_parsed_again: below #[relex];
    order_is_kept_above_a_tracing_span: below #[tracing::instrument(skip_all)];
    order_is_kept_around_a_statement: between #[prepend];
    order_is_kept_around_an_async_block: between #[block];
    order_is_kept_around_an_async_closure: between #[async_closure];
    order_is_kept_around_a_closure_that_returns_a_future: between #[closure];
    order_is_kept_around_a_macro_call: between #[macro_call];
    order_is_kept_around_a_copy_in_a_macro_call: between #[stringify];
    order_is_kept_around_two_copies_of_which_the_first_runs: between #[duplicate(black_box(true))];
    order_is_kept_around_two_copies_of_which_the_second_runs: between #[duplicate(black_box(false))];
    order_is_kept_around_tokens_that_are_parsed_again: between #[relex];
    order_is_kept_around_a_tracing_span: between #[tracing::instrument(skip_all)];
    order_is_kept_with_foreign_attributes_between_and_below: between #[block] below #[prepend];
    order_is_kept_around_and_above_a_closure: between #[closure] below #[async_closure];
}

#[tokio::test(start_paused = true)]
async fn order_is_kept_above_an_inner_function() {
    static ABOVE: CircuitBreaker = CircuitBreaker::new("above/inner").failure_threshold(100);
    static BELOW: CircuitBreaker = CircuitBreaker::new("below/inner").failure_threshold(100);

    #[circuit_breaker(ABOVE)]
    #[async_retry(THREE)]
    #[inner_fn]
    async fn breaker_above(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }
    #[async_retry(THREE)]
    #[circuit_breaker(BELOW)]
    #[inner_fn]
    async fn breaker_below(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let calls = Calls::new();
    assert_eq!(counted(&ABOVE, &calls, breaker_above(&calls, 9)).await, (3, 1));
    let calls = Calls::new();
    assert_eq!(counted(&BELOW, &calls, breaker_below(&calls, 9)).await, (3, 3));
}

#[tokio::test(start_paused = true)]
async fn order_is_kept_around_an_inner_function() {
    static ABOVE: CircuitBreaker = CircuitBreaker::new("above/inner").failure_threshold(100);
    static BELOW: CircuitBreaker = CircuitBreaker::new("below/inner").failure_threshold(100);

    #[circuit_breaker(ABOVE)]
    #[inner_fn]
    #[async_retry(THREE)]
    async fn breaker_above(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }
    #[async_retry(THREE)]
    #[inner_fn]
    #[circuit_breaker(BELOW)]
    async fn breaker_below(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let calls = Calls::new();
    assert_eq!(counted(&ABOVE, &calls, breaker_above(&calls, 9)).await, (3, 1));
    let calls = Calls::new();
    assert_eq!(counted(&BELOW, &calls, breaker_below(&calls, 9)).await, (3, 3));
}

#[tokio::test(start_paused = true)]
async fn three_layers_keep_their_order_around_two_foreign_attributes() {
    static OUTER: CircuitBreaker = CircuitBreaker::new("outer/foreign").failure_threshold(100);
    static INNER: CircuitBreaker = CircuitBreaker::new("inner/foreign").failure_threshold(100);

    #[circuit_breaker(OUTER)]
    #[stringify]
    #[async_retry(THREE)]
    #[block]
    #[circuit_breaker(INNER)]
    #[prepend]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(3)
    }

    let calls = Calls::new();
    assert_eq!(counted(&OUTER, &calls, call(&calls)).await, (3, 1));
    assert_eq!(INNER.snapshot().failures, 3);
}

static NAMES: CircuitBreaker = CircuitBreaker::new("names").failure_threshold(100);

/// Arguments with the names of the expansion's own variables, under attributes that remove the
/// hygiene of these names.
macro_rules! the_body_sees_its_own_names {
    ($($test:ident: $attempts:literal $(#[$attribute:meta])*;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $test() {
            #[allow(clippy::too_many_arguments)] // The expansion has this many variables.
            $(#[$attribute])*
            async fn call(
                breaker: &str,
                permit: &str,
                series: &Calls,
                outcome: &str,
                value: &str,
                error: &str,
                failed: &str,
                owner: &str,
                deadline: &str,
                cut: &str,
                span: &str,
            ) -> Result<String, Failed> {
                series.fail_first($attempts - 1)?;
                Ok([
                    breaker, permit, outcome, value, error, failed, owner, deadline, cut, span,
                ]
                .concat())
            }

            let calls = Calls::new();
            let call = call("a", "b", &calls, "c", "d", "e", "f", "g", "h", "i", "j");
            assert_eq!(call.await.unwrap(), "abcdefghij");
            assert_eq!(calls.count(), $attempts);
        }
    )*};
}

the_body_sees_its_own_names! {
    arguments_keep_their_values_under_a_parsed_breaker:
        1 #[circuit_breaker(NAMES)] #[relex];
    arguments_keep_their_values_under_a_parsed_breaker_by_expression:
        1 #[circuit_breaker(identity(&NAMES))] #[relex];
    arguments_keep_their_values_under_a_parsed_retry:
        3 #[async_retry(THREE, span, attempt_timeout = "1s", total_timeout = "1m")] #[relex];
    arguments_keep_their_values_around_parsed_tokens_with_the_breaker_above:
        3 #[circuit_breaker(NAMES)]
        #[relex]
        #[async_retry(THREE, span, attempt_timeout = "1s", total_timeout = "1m")];
    arguments_keep_their_values_around_parsed_tokens_with_the_retry_above:
        3 #[async_retry(THREE, span, attempt_timeout = "1s", total_timeout = "1m")]
        #[relex]
        #[circuit_breaker(NAMES)];
    arguments_keep_their_values_above_parsed_tokens:
        3 #[circuit_breaker(NAMES)]
        #[async_retry(THREE, span, attempt_timeout = "1s", total_timeout = "1m")]
        #[relex];
}

/// Methods under `#[async_trait]`, which is above the whole `impl` and expands first.
macro_rules! order_is_kept_under_async_trait {
    ($($test:ident: $(between #[$between:meta])? $(below #[$below:meta])?;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $test() {
            static ABOVE: CircuitBreaker = CircuitBreaker::new("above").failure_threshold(100);
            static BELOW: CircuitBreaker = CircuitBreaker::new("below").failure_threshold(100);

            #[async_trait::async_trait]
            trait Call {
                async fn by_reference(&self, text: &str) -> Result<u32, Failed>;
                async fn by_mut_reference(&mut self, list: Vec<u32>) -> Result<u32, Failed>;
            }

            #[derive(Default)]
            struct BreakerAbove(Arc<Calls>, Vec<u32>);

            #[async_trait::async_trait]
            impl Call for BreakerAbove {
                #[circuit_breaker(ABOVE)]
                $(#[$between])?
                #[async_retry(THREE)]
                $(#[$below])?
                async fn by_reference(&self, text: &str) -> Result<u32, Failed> {
                    tokio::task::yield_now().await;
                    let call = self.0.fail_first(2)?;
                    if text.is_empty() {
                        return Ok(call);
                    }
                    Err(TRANSIENT)
                }

                #[circuit_breaker(ABOVE)]
                $(#[$between])?
                #[async_retry(THREE, clone(list))]
                $(#[$below])?
                async fn by_mut_reference(&mut self, mut list: Vec<u32>) -> Result<u32, Failed> {
                    list.push(1);
                    self.1.extend(list);
                    self.0.fail_first(3)
                }
            }

            #[derive(Default)]
            struct BreakerBelow(Arc<Calls>, Vec<u32>);

            #[async_trait::async_trait]
            impl Call for BreakerBelow {
                #[async_retry(THREE)]
                $(#[$between])?
                #[circuit_breaker(BELOW)]
                $(#[$below])?
                async fn by_reference(&self, text: &str) -> Result<u32, Failed> {
                    tokio::task::yield_now().await;
                    let call = self.0.fail_first(2)?;
                    if text.is_empty() {
                        return Ok(call);
                    }
                    Err(TRANSIENT)
                }

                #[async_retry(THREE, clone(list))]
                $(#[$between])?
                #[circuit_breaker(BELOW)]
                $(#[$below])?
                async fn by_mut_reference(&mut self, mut list: Vec<u32>) -> Result<u32, Failed> {
                    list.push(1);
                    self.1.extend(list);
                    self.0.fail_first(3)
                }
            }

            let above = BreakerAbove::default();
            let call = above.by_reference("text");
            assert_eq!(counted(&ABOVE, &above.0, call).await, (3, 1), "breaker above, `&self`");
            let mut above = BreakerAbove::default();
            let (calls, call) = (Arc::clone(&above.0), above.by_mut_reference(vec![0]));
            assert_eq!(counted(&ABOVE, &calls, call).await, (3, 1), "breaker above, `&mut self`");
            assert_eq!(above.1, [0, 1, 0, 1, 0, 1]);

            let below = BreakerBelow::default();
            let call = below.by_reference("text");
            assert_eq!(counted(&BELOW, &below.0, call).await, (3, 3), "breaker below, `&self`");
            let mut below = BreakerBelow::default();
            let (calls, call) = (Arc::clone(&below.0), below.by_mut_reference(vec![0]));
            assert_eq!(counted(&BELOW, &calls, call).await, (3, 3), "breaker below, `&mut self`");
            assert_eq!(below.1, [0, 1, 0, 1, 0, 1]);
        }
    )*};
}

order_is_kept_under_async_trait! {
    order_under_async_trait_is_kept_without_a_foreign_attribute: ;
    order_under_async_trait_is_kept_above_a_statement: below #[prepend];
    order_under_async_trait_is_kept_above_a_macro_call: below #[macro_call];
    order_under_async_trait_is_kept_above_a_copy_in_a_macro_call: below #[stringify];
    order_under_async_trait_is_kept_above_two_copies: below #[duplicate(black_box(false))];
    order_under_async_trait_is_kept_above_tokens_that_are_parsed_again: below #[relex];
    order_under_async_trait_is_kept_above_a_wrapped_future: below #[under_async_trait];
    order_under_async_trait_is_kept_above_a_tracing_span: below #[tracing::instrument(skip_all)];
    order_under_async_trait_is_kept_around_a_statement: between #[prepend];
    order_under_async_trait_is_kept_around_a_macro_call: between #[macro_call];
    order_under_async_trait_is_kept_around_a_copy_in_a_macro_call: between #[stringify];
    order_under_async_trait_is_kept_around_two_copies: between #[duplicate(black_box(false))];
    order_under_async_trait_is_kept_around_tokens_that_are_parsed_again: between #[relex];
    order_under_async_trait_is_kept_around_a_wrapped_future: between #[under_async_trait];
    order_under_async_trait_is_kept_around_a_tracing_span: between #[tracing::instrument(skip_all)];
}

macro_rules! endpoint {
    ($name:ident($calls:ident), $breaker:path, $policy:expr, $delay:literal, $body:block) => {
        #[circuit_breaker($breaker)]
        #[async_retry($policy, base_delay = $delay)]
        async fn $name($calls: &Calls) -> Result<u32, Failed> $body
    };
}

#[tokio::test(start_paused = true)]
async fn functions_made_by_macro_rules() {
    static API: CircuitBreaker = breaker("made");

    endpoint!(call(calls), API, THREE, "20ms", {
        calls.next();
        Err(TRANSIENT)
    });

    assert_eq!(calls_of_series!(call, 2), 6);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn three_layers_two_breakers() {
    static HOST: CircuitBreaker = breaker("host");
    static TENANT: CircuitBreaker = CircuitBreaker::new("tenant").failure_threshold(5);

    #[circuit_breaker(HOST)]
    #[async_retry(THREE)]
    #[circuit_breaker(TENANT)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 1), 3);
    assert_eq!((HOST.state(), TENANT.state()), (CircuitState::Closed, CircuitState::Closed));
    // The breaker of the tenant opens at its fifth attempt. Its rejection does not count for the
    // host.
    assert_eq!(calls_of_series!(call, 1), 2);
    assert_eq!((HOST.state(), TENANT.state()), (CircuitState::Closed, CircuitState::Open));
    assert_eq!(calls_of_series!(call, 5), 0);
    assert_eq!(HOST.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn two_breakers_without_a_retry_keep_their_order() {
    static OUTER: CircuitBreaker = CircuitBreaker::new("outer").failure_threshold(1);
    static INNER: CircuitBreaker = CircuitBreaker::new("inner").failure_threshold(1);

    #[circuit_breaker(OUTER)]
    #[circuit_breaker(INNER)]
    async fn call() -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    call().await.unwrap_err();
    match call().await {
        Err(Failed::Open(open)) => assert_eq!(open.name(), "outer"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn attempt_timeout_above_a_breaker_trips_it() {
    static API: CircuitBreaker = breaker("hanging");

    #[async_retry(THREE, attempt_timeout = "1s")]
    #[circuit_breaker(API)]
    async fn hang(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        std::future::pending().await
    }

    let calls = Calls::new();
    assert!(matches!(hang(&calls).await, Err(Failed::Open(_))));
    assert_eq!(calls.count(), 2);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn attempt_timeout_does_not_trip_a_breaker_that_ignores_timeouts() {
    static API: CircuitBreaker =
        breaker("patient").trip_on(FailureKinds::TRANSIENT.without(FailureKind::Timeout));

    #[async_retry(THREE, attempt_timeout = "1s")]
    #[circuit_breaker(API)]
    async fn hang() -> Result<u32, Failed> {
        std::future::pending().await
    }

    assert!(matches!(hang().await, Err(Failed::TimedOut(_))));
    assert_eq!(API.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn total_timeout_does_not_count_as_a_failure() {
    static API: CircuitBreaker = CircuitBreaker::new("total").failure_threshold(1);

    #[async_retry(THREE, total_timeout = "1s")]
    #[circuit_breaker(API)]
    async fn hang() -> Result<u32, Failed> {
        std::future::pending().await
    }

    assert!(matches!(hang().await, Err(Failed::TimedOut(_))));
    assert_eq!(API.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn retry_if_may_retry_a_rejection() {
    static API: CircuitBreaker = CircuitBreaker::new("asked")
        .failure_threshold(1)
        .recovery_timeout(Duration::from_millis(5));

    #[async_retry(THREE, retry_if = |_| true)]
    #[circuit_breaker(API)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    // The wait of 10 ms is longer than the open phase of 5 ms, so the second attempt is a probe.
    assert_eq!(call(&Calls::new()).await.unwrap(), 2);
}
