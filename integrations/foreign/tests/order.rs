//! The order of our attributes with attributes of other crates between and below them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, STANDARD, async_retry, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("503 from the service")]
    #[retry(unavailable)]
    Unavailable,
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// Counts attempts.
#[derive(Debug, Default)]
struct Calls(AtomicU32);

impl Calls {
    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts one attempt, which fails if it is one of the first `failures`.
    fn fail_first(&self, failures: u32) -> Result<u32, Failed> {
        let call = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        if call <= failures { Err(Failed::Unavailable) } else { Ok(call) }
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
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

/// Functions and methods under the given attributes, which include ours with `API`. Each call makes
/// three attempts, and the breaker counts `$failures` failures.
macro_rules! fails_three_times {
    ($failures:literal: $(#[$attribute:meta])*) => {{
        static API: CircuitBreaker = CircuitBreaker::new("foreign").failure_threshold(100);

        $(#[$attribute])*
        async fn returning(calls: &Calls, limit: u32) -> Result<u32, Failed> {
            pause().await;
            let call = calls.fail_first(2)?;
            if call < limit {
                return Err(Failed::Unavailable);
            }
            Ok(call)
        }

        $(#[$attribute])*
        async fn owning(calls: Arc<Calls>, seen: &mut Vec<u32>) -> Result<u32, Failed> {
            pause().await;
            seen.push(calls.count());
            calls.fail_first(3)
        }

        #[derive(Default)]
        struct Client {
            calls: Arc<Calls>,
            seen: Vec<u32>,
        }

        impl Client {
            $(#[$attribute])*
            async fn by_reference(&self) -> Result<u32, Failed> {
                pause().await;
                self.calls.fail_first(3)
            }

            $(#[$attribute])*
            async fn by_mut_reference(&mut self, step: u32) -> Result<u32, Failed> {
                pause().await;
                self.seen.push(step);
                self.calls.fail_first(3)
            }
        }

        let calls = Calls::default();
        assert_eq!(counted(&API, &calls, returning(&calls, 9)).await, (3, $failures), "`return`");
        let (calls, mut seen) = (Arc::<Calls>::default(), Vec::new());
        let call = owning(Arc::clone(&calls), &mut seen);
        assert_eq!(counted(&API, &calls, call).await, (3, $failures), "owned arguments");
        assert_eq!(seen, [0, 1, 2]);
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
        #[async_retry(STANDARD, clone(list))]
        $(#[$below])?
        async fn breaker_above(calls: Arc<Calls>, mut list: Vec<u32>) -> Result<u32, Failed> {
            list.push(1);
            pause().await;
            assert_eq!(list, [0, 1], "each attempt gets a fresh clone");
            calls.fail_first(3)
        }

        #[async_retry(STANDARD, clone(list))]
        $(#[$between])?
        #[circuit_breaker(BELOW)]
        $(#[$below])?
        async fn breaker_below(calls: Arc<Calls>, mut list: Vec<u32>) -> Result<u32, Failed> {
            list.push(1);
            pause().await;
            assert_eq!(list, [0, 1], "each attempt gets a fresh clone");
            calls.fail_first(3)
        }

        let calls = Arc::<Calls>::default();
        let call = tokio::spawn(breaker_above(Arc::clone(&calls), vec![0]));
        let call = async { call.await.expect("the task does not panic") };
        assert_eq!(counted(&ABOVE, &calls, call).await, (3, 1), "cloned, breaker above");
        let calls = Arc::<Calls>::default();
        let call = tokio::spawn(breaker_below(Arc::clone(&calls), vec![0]));
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
                #[circuit_breaker(API)] $(#[$between])? #[async_retry(STANDARD)] $(#[$below])?
            );
            fails_three_times!(3:
                #[async_retry(STANDARD)] $(#[$between])? #[circuit_breaker(API)] $(#[$below])?
            );
            clones_for_each_attempt!($(between #[$between])? $(below #[$below])?);
        }
    )*};
}

order_is_kept! {
    order_is_kept_above_a_fastrace_span: below #[fastrace::trace];
    order_is_kept_above_a_fastrace_span_per_poll: below #[fastrace::trace(enter_on_poll = true)];
    order_is_kept_above_a_backtrace_frame: below #[async_backtrace::framed];
    order_is_kept_above_async_recursion: below #[async_recursion::async_recursion];
    order_is_kept_around_a_fastrace_span: between #[fastrace::trace];
    order_is_kept_around_a_fastrace_span_per_poll: between #[fastrace::trace(enter_on_poll = true)];
    order_is_kept_around_a_backtrace_frame: between #[async_backtrace::framed];
    order_is_kept_around_async_recursion: between #[async_recursion::async_recursion];
    order_is_kept_with_foreign_attributes_between_and_below:
        between #[async_backtrace::framed] below #[fastrace::trace];
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
                #[async_retry(STANDARD)]
                $(#[$below])?
                async fn by_reference(&self, text: &str) -> Result<u32, Failed> {
                    pause().await;
                    let call = self.0.fail_first(2)?;
                    if text.is_empty() {
                        return Ok(call);
                    }
                    Err(Failed::Unavailable)
                }

                #[circuit_breaker(ABOVE)]
                $(#[$between])?
                #[async_retry(STANDARD, clone(list))]
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
                #[async_retry(STANDARD)]
                $(#[$between])?
                #[circuit_breaker(BELOW)]
                $(#[$below])?
                async fn by_reference(&self, text: &str) -> Result<u32, Failed> {
                    pause().await;
                    let call = self.0.fail_first(2)?;
                    if text.is_empty() {
                        return Ok(call);
                    }
                    Err(Failed::Unavailable)
                }

                #[async_retry(STANDARD, clone(list))]
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
    order_under_async_trait_is_kept_above_a_fastrace_span: below #[fastrace::trace];
    order_under_async_trait_is_kept_above_a_fastrace_span_per_poll:
        below #[fastrace::trace(enter_on_poll = true)];
    order_under_async_trait_is_kept_above_a_backtrace_frame: below #[async_backtrace::framed];
    order_under_async_trait_is_kept_around_a_fastrace_span: between #[fastrace::trace];
    order_under_async_trait_is_kept_around_a_fastrace_span_per_poll:
        between #[fastrace::trace(enter_on_poll = true)];
    order_under_async_trait_is_kept_around_a_backtrace_frame: between #[async_backtrace::framed];
}
