//! Lints outside of `clippy::pedantic`. Generated code triggers none of them.

mod common;

use std::future::pending;
use std::time::Duration;

use common::{Calls, Failed};
use futures_util::StreamExt;
use retry_utils::{
    CircuitBreaker, Guarded, Jitter, RetryConfig, STANDARD, async_retry, circuit_breaker,
};

static API: CircuitBreaker = CircuitBreaker::new("lints").failure_threshold(65_535);

const QUICK: RetryConfig = STANDARD.base_delay(Duration::from_millis(1)).jitter(Jitter::None);

mod linted {
    #![deny(
        clippy::absolute_paths,
        clippy::arithmetic_side_effects,
        clippy::default_numeric_fallback,
        clippy::else_if_without_else,
        clippy::implicit_return,
        clippy::infinite_loop,
        clippy::let_underscore_must_use,
        clippy::let_underscore_untyped,
        clippy::missing_const_for_fn,
        clippy::option_if_let_else,
        clippy::pattern_type_mismatch,
        clippy::redundant_type_annotations,
        clippy::ref_patterns,
        clippy::semicolon_inside_block,
        clippy::shadow_reuse,
        clippy::shadow_same,
        clippy::shadow_unrelated,
        clippy::significant_drop_in_scrutinee,
        clippy::significant_drop_tightening,
        clippy::std_instead_of_core,
        clippy::unreachable,
        clippy::unwrap_used,
        clippy::use_self,
        clippy::wildcard_enum_match_arm
    )]
    #![deny(
        elided_lifetimes_in_paths,
        explicit_outlives_requirements,
        keyword_idents,
        let_underscore_drop,
        redundant_lifetimes,
        rust_2018_idioms,
        single_use_lifetimes,
        trivial_casts,
        trivial_numeric_casts,
        unit_bindings,
        unreachable_code,
        unreachable_pub,
        unused,
        unused_lifetimes,
        unused_qualifications,
        unused_results,
        variant_size_differences
    )]
    #![allow(clippy::needless_return)] // `implicit_return` requires it.

    use core::future::{Pending, pending, ready};
    use std::sync::LazyLock;
    use std::vec::IntoIter;

    use futures_util::{Stream, stream};

    use super::{
        API, Calls, CircuitBreaker, Failed, Guarded, QUICK, RetryConfig, STANDARD, async_retry,
        circuit_breaker,
    };

    static LAZY: LazyLock<RetryConfig> = LazyLock::new(|| return QUICK);

    #[circuit_breaker(API)]
    pub(super) async fn guarded(calls: &Calls) -> Result<u32, Failed> {
        return calls.fail_first(0);
    }

    /// Names the type `!` on stable Rust.
    pub(super) trait Returns {
        type Value;
    }

    impl<T> Returns for fn() -> T {
        type Value = T;
    }

    #[circuit_breaker(API)]
    #[async_retry(STANDARD, max_attempts = 1)]
    pub(super) async fn serves_until_it_fails(
        calls: &Calls,
    ) -> Result<<fn() -> ! as Returns>::Value, Failed> {
        loop {
            let _: u32 = calls.fail_first(1)?;
        }
    }

    #[circuit_breaker(API)]
    #[async_retry(STANDARD)]
    pub(super) async fn retried(calls: &Calls) -> Result<u32, Failed> {
        return calls.fail_first(1);
    }

    #[async_retry(
        QUICK,
        max_attempts = 5,
        clone(list),
        shared(text),
        attempt = number,
        attempt_timeout = "1s",
        total_timeout = "1m",
        span,
        on_retry = |event| drop(event.clone())
    )]
    pub(super) async fn with_arguments(
        calls: &Calls,
        buffer: &mut Vec<u32>,
        mut list: Vec<u32>,
        mut text: String,
    ) -> Result<(usize, usize), Failed> {
        buffer.push(number);
        list.push(number);
        text.push('x');
        let _: u32 = calls.fail_first(2)?;
        return Ok((list.len(), text.len()));
    }

    type Items = stream::Iter<IntoIter<Result<u32, Failed>>>;

    #[circuit_breaker(API, stream, fallback = |open| return Err(open.into()))]
    #[async_retry(
        QUICK,
        stream,
        attempt_timeout = "1s",
        total_timeout = "1m",
        span,
        retry_if_ok = |_| return false
    )]
    pub(super) async fn streamed(
        calls: &Calls,
    ) -> Result<impl Stream<Item = Result<u32, Failed>> + use<>, Failed> {
        return Ok(stream::iter(vec![calls.fail_first(1)]));
    }

    #[async_retry(QUICK, stream)]
    #[circuit_breaker(API, stream, failure_if = |_| return true)]
    pub(super) async fn streamed_below(
        calls: &Calls,
    ) -> Result<impl Stream<Item = Result<u32, Failed>> + use<>, Failed> {
        let item = calls.fail_first(1);
        return Ok(stream::once(async { return item }));
    }

    #[circuit_breaker(API, stream)]
    #[async_retry(QUICK, stream)]
    pub(super) async fn streamed_by_name(calls: &Calls) -> Result<Guarded<Items>, Failed> {
        return Ok(stream::iter(vec![calls.fail_first(1)]));
    }

    pub(super) struct Client {
        pub(super) breaker: CircuitBreaker,
        pub(super) retry: RetryConfig,
        pub(super) calls: Calls,
    }

    impl Client {
        #[circuit_breaker(self.breaker, fallback = |open| return Err(open.into()))]
        #[async_retry(self.retry, retry_if_ok = |value| return *value == 0)]
        pub(super) async fn by_reference(&self) -> Result<u32, Failed> {
            return self.calls.fail_first(2);
        }

        #[async_retry(
            self.retry,
            span,
            total_timeout = "1m",
            retry_if_ok = |value| return *value < 8,
            retry_after_ok = |_| return None,
            before_retry = async |error| drop(error.to_string()),
            stop_on = pending::<()>()
        )]
        pub(super) async fn with_a_pause(&self) -> Result<u32, Failed> {
            return self.calls.fail_first(6);
        }

        #[async_retry(QUICK, before_retry = |_| return ready(()), stop_on = &mut *stop)]
        pub(super) async fn with_a_pause_after_errors(
            &mut self,
            stop: &mut Pending<()>,
        ) -> Result<u32, Failed> {
            return self.calls.fail_first(8);
        }

        #[async_retry(*LAZY, retry_if = |_| return true, retry_after = |_| return None)]
        pub(super) async fn by_mut_reference(&mut self) -> Result<u32, Failed> {
            return self.calls.fail_first(4);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn functions_that_are_linted_in_every_detail_work() {
    assert_eq!(linted::guarded(&Calls::new()).await.unwrap(), 1);
    assert_eq!(linted::retried(&Calls::new()).await.unwrap(), 2);
    linted::serves_until_it_fails(&Calls::new()).await.unwrap_err();
    let (calls, mut buffer) = (Calls::new(), Vec::new());
    let call = linted::with_arguments(&calls, &mut buffer, vec![], String::new());
    assert_eq!(call.await.unwrap(), (1, 3));
    assert_eq!(buffer, [1, 2, 3]);
    let items = linted::streamed(&Calls::new()).await.unwrap();
    let below = linted::streamed_below(&Calls::new()).await.unwrap();
    let named = linted::streamed_by_name(&Calls::new()).await.unwrap();
    let items: Vec<_> = items.chain(below).chain(named).map(Result::unwrap).collect().await;
    assert_eq!(items, [2, 2, 2]);
    let (breaker, calls) = (CircuitBreaker::new("linted"), Calls::new());
    let mut client = linted::Client { breaker, retry: QUICK.max_attempts(5), calls };
    assert_eq!(client.by_reference().await.unwrap(), 3);
    assert_eq!(client.by_mut_reference().await.unwrap(), 5);
    assert_eq!(client.with_a_pause().await.unwrap(), 8);
    let mut stop = pending();
    assert_eq!(client.with_a_pause_after_errors(&mut stop).await.unwrap(), 9);
}
