//! `#[async_retry(…, stream)]`: the first item of the stream is part of the attempt.

mod common;

use std::any::type_name_of_val;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, Stream, StreamExt};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, CircuitState, FailureKind, Guarded, Jitter, Mode, RetryBudget,
    RetryConfig, STANDARD, async_retry, circuit_breaker,
};
use tokio::time::{Instant, advance, sleep};

type Item = Result<u32, Failed>;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const BROKE: Failed = Failed::Kind(FailureKind::MidStream);
const OPEN: CircuitState = CircuitState::Open;
const CLOSED: CircuitState = CircuitState::Closed;
const SECOND: Duration = Duration::from_secs(1);

/// Opens a connection. The first `failures` connections begin with an error.
fn connect(calls: &Calls, failures: u32) -> stream::Iter<std::vec::IntoIter<Item>> {
    let call = calls.next();
    stream::iter(if call <= failures {
        vec![Err(TRANSIENT), Ok(99)]
    } else {
        vec![Ok(call), Ok(7), Err(BROKE), Ok(8)]
    })
}

/// Opens a connection as [`connect`] does. The stream is not `Unpin`.
fn connect_pinned(calls: &Calls, failures: u32) -> impl Stream<Item = Item> + Send + use<> {
    let inner = connect(calls, failures);
    stream::unfold(inner, |mut inner| async {
        tokio::task::yield_now().await;
        inner.next().await.map(|item| (item, inner))
    })
}

/// Returns the items and errors as text.
async fn read(stream: impl Stream<Item = Item>) -> Vec<String> {
    let shown = |item: Item| item.map_or_else(|error| error.to_string(), |good| good.to_string());
    stream.map(shown).collect().await
}

const fn brittle(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(1).success_threshold(1).half_open_max_calls(1)
}

/// Opens a breaker and lets its recovery time pass.
async fn ripen(breaker: &CircuitBreaker) {
    breaker.try_acquire().unwrap().failure();
    assert_eq!(breaker.state(), OPEN);
    advance(Duration::from_secs(60)).await;
}

#[async_retry(PLAIN, stream)]
async fn ask(calls: &Calls, failures: u32) -> Result<impl Stream<Item = Item> + use<>, Failed> {
    Ok(connect(calls, failures))
}

#[tokio::test(start_paused = true)]
async fn a_first_item_that_is_an_error_is_retried() {
    let (calls, began) = (Calls::new(), Instant::now());
    let stream = ask(&calls, 2).await.unwrap();
    assert_eq!(began.elapsed(), SECOND * 3, "one second and two");
    assert_eq!(stream.size_hint(), (4, Some(4)));
    assert_eq!(read(stream).await, ["3", "7", "mid_stream", "8"], "all items, in order");
    assert_eq!(calls.count(), 3, "an error after the first item is not retried");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_the_last_attempt_is_returned() {
    #[async_retry(PLAIN, stream)]
    async fn permanent(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        calls.next();
        Ok(stream::iter([Err(PERMANENT)]))
    }

    let calls = Calls::new();
    let failed = ask(&calls, 9).await.err().unwrap();
    assert!(matches!(failed, Failed::Kind(FailureKind::Unavailable)));
    assert_eq!(calls.count(), 3);
    let calls = Calls::new();
    assert!(matches!(permanent(&calls).await.err(), Some(Failed::Kind(_))));
    assert_eq!(calls.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_connection_and_of_its_first_item_share_the_attempts() {
    #[async_retry(PLAIN, stream)]
    async fn ask(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        match calls.next() {
            1 => Err(TRANSIENT),
            2 => Ok(stream::iter([Err(TRANSIENT)])),
            call => Ok(stream::iter([Ok(call)])),
        }
    }
    assert_eq!(read(ask(&Calls::new()).await.unwrap()).await, ["3"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_items_is_good_and_not_polled_again() {
    /// Panics when it is polled after its end.
    struct Once(Option<Item>);

    impl Stream for Once {
        type Item = Item;

        fn poll_next(
            mut self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Item>> {
            let item = self.0.take();
            if item.is_none() {
                self.0 = Some(Ok(1));
                return std::task::Poll::Ready(None);
            }
            panic!("polled after its end")
        }
    }

    #[async_retry(PLAIN, stream)]
    async fn ask(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        calls.next();
        Ok(Once(None))
    }

    let calls = Calls::new();
    let mut stream = ask(&calls).await.unwrap();
    assert_eq!(stream.size_hint(), (0, Some(0)));
    for _ in 0..3 {
        assert!(stream.next().await.is_none());
    }
    assert_eq!(calls.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn timeouts_cover_the_time_to_the_first_item() {
    #[async_retry(PLAIN, stream, attempt_timeout = "2s")]
    async fn hang(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(if calls.next() < 3 {
            stream::pending().left_stream()
        } else {
            stream::iter([Ok(1)]).right_stream()
        })
    }
    #[async_retry(PLAIN, stream, attempt_timeout = "2s", total_timeout = "4500ms")]
    async fn hang_forever(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        calls.next();
        Ok(stream::pending())
    }

    let (calls, began) = (Calls::new(), Instant::now());
    assert_eq!(read(hang(&calls).await.unwrap()).await, ["1"]);
    assert_eq!(began.elapsed(), SECOND * 7, "two attempts of two seconds, and two waits");

    let (calls, began) = (Calls::new(), Instant::now());
    let failed = hang_forever(&calls).await.err().unwrap();
    assert!(matches!(failed, Failed::TimedOut(ref timed_out) if timed_out.is_total()));
    assert_eq!((began.elapsed(), calls.count()), (Duration::from_millis(4500), 2));
}

#[tokio::test(start_paused = true)]
async fn timeouts_end_with_the_first_item() {
    #[async_retry(PLAIN, stream, attempt_timeout = "2s", total_timeout = "3s")]
    async fn slow() -> Result<impl Stream<Item = Item> + use<>, Failed> {
        sleep(SECOND).await;
        Ok(stream::iter(1..=3).then(|item| async move {
            sleep(if item == 1 { SECOND / 2 } else { SECOND * 60 }).await;
            Ok(item)
        }))
    }
    assert_eq!(read(slow().await.unwrap()).await, ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_hint_of_the_first_item_is_waited_for() {
    #[async_retry(PLAIN, stream)]
    async fn ask(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(stream::iter([if calls.next() == 1 {
            Err(Failed::SlowDown(SECOND * 30))
        } else {
            Ok(2)
        }]))
    }
    let began = Instant::now();
    assert_eq!(read(ask(&Calls::new()).await.unwrap()).await, ["2"]);
    assert_eq!(began.elapsed(), SECOND * 30);
}

#[tokio::test(start_paused = true)]
async fn the_other_keys_apply_to_the_first_item() {
    static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[async_retry(
        PLAIN,
        stream,
        max_attempts = 5,
        retry_if = |error| !matches!(error, Failed::Open(_)),
        retry_if_ok = |stream| stream.size_hint().1 == Some(0),
        retry_after = |_| Some(SECOND * 5),
        on_retry = |event| HEARD.lock().unwrap().push(format!("{event:?}")),
        attempt = n,
        name = "answers",
        span,
        clone(prompt),
        once(model: String = model.into())
    )]
    async fn ask(
        calls: &Calls,
        prompt: Vec<u32>,
        model: &str,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        assert_eq!((calls.next(), model.as_str()), (n, "small"));
        Ok(match n {
            1 => stream::iter(vec![Err(PERMANENT)]),
            2 => stream::iter(Vec::new()),
            _ => stream::iter(prompt.into_iter().map(Ok).collect::<Vec<_>>()),
        })
    }

    let (calls, began) = (Calls::new(), Instant::now());
    let stream = ask(&calls, vec![4, 5], "small").await.unwrap();
    assert_eq!(read(stream).await, ["4", "5"]);
    assert_eq!((calls.count(), began.elapsed()), (3, SECOND * 7));
    let heard = HEARD.lock().unwrap().join("\n");
    assert_eq!(heard.matches("\"answers\"").count(), 2, "{heard}");
}

#[tokio::test(start_paused = true)]
async fn a_predicate_decides_about_an_unclassified_error() {
    #[derive(Debug)]
    struct Plain(u32);

    #[async_retry(PLAIN, stream, retry_if = |error| error.0 < 3)]
    async fn ask(calls: &Calls) -> Result<impl Stream<Item = Result<u32, Plain>> + use<>, Plain> {
        let call = calls.next();
        Ok(stream::iter([Err(Plain(call))]))
    }
    let calls = Calls::new();
    assert_eq!(ask(&calls).await.err().unwrap().0, 3);
    assert_eq!(calls.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn modes_and_budgets_apply() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.5).burst(10).initial(1);

    #[async_retry(PLAIN, stream, budget = BUDGET)]
    async fn bounded(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, 9))
    }
    #[async_retry(policy, stream)]
    async fn ask(
        policy: &RetryConfig,
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, failures))
    }

    let calls = Calls::new();
    assert!(bounded(&calls).await.is_err());
    assert_eq!(calls.count(), 2, "one and a half tokens allow one retry");
    for mode in [Mode::Observe, Mode::Off] {
        let policy = PLAIN.mode(mode);
        let calls = Calls::new();
        assert!(ask(&policy, &calls, 1).await.is_err());
        assert_eq!(calls.count(), 1, "{mode:?}");
        assert_eq!(read(ask(&policy, &calls, 1).await.unwrap()).await.len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_stream_that_is_pinned_is_boxed() {
    #[async_retry(PLAIN, stream)]
    async fn boxed(
        calls: &Calls,
    ) -> Result<impl Stream<Item = Item> + Unpin + Send + use<>, Failed> {
        Ok(connect_pinned(calls, 1))
    }

    #[async_retry(PLAIN, stream)]
    async fn half_named(
        calls: &Calls,
    ) -> Result<Guarded<impl Stream<Item = Item> + use<>>, Failed> {
        Ok(connect_pinned(calls, 1))
    }

    #[async_retry(PLAIN, stream)]
    async fn generic<S: Stream<Item = Item>>(
        make: impl Fn() -> S,
    ) -> Result<impl Stream<Item = Item> + Unpin, Failed> {
        Ok(make())
    }

    let stream = boxed(&Calls::new()).await.unwrap();
    assert!(type_name_of_val(&stream).contains("Box<"));
    assert_eq!(read(stream).await, ["2", "7", "mid_stream", "8"]);
    let stream = half_named(&Calls::new()).await.unwrap();
    assert!(type_name_of_val(&stream).contains("Box<"));
    assert_eq!(read(stream).await.len(), 4);
    let calls = Calls::new();
    assert!(!type_name_of_val(&ask(&calls, 1).await.unwrap()).contains("Box<"));
    let stream = generic(|| connect(&calls, 0)).await.unwrap();
    assert!(
        type_name_of_val(&stream).contains("Box<"),
        "a generic stream is not known to be `Unpin`"
    );
}

#[tokio::test(start_paused = true)]
async fn a_breaker_above_sees_one_outcome_per_call() {
    static API: CircuitBreaker = CircuitBreaker::new("stream retry/above").failure_threshold(2);

    #[circuit_breaker(API, stream)]
    #[async_retry(PLAIN, stream)]
    async fn ask(calls: &Calls, failures: u32) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, failures))
    }

    let stream = ask(&Calls::new(), 2).await.unwrap();
    assert_eq!((API.state(), API.snapshot().failures), (CLOSED, 0));
    assert_eq!(read(stream).await, ["3", "7", "mid_stream", "8"]);
    assert_eq!(API.snapshot().failures, 1, "the first error that the reader gets");
    assert!(ask(&Calls::new(), 9).await.is_err());
    assert_eq!(API.state(), OPEN, "three attempts are one failure");
    let calls = Calls::new();
    assert!(matches!(ask(&calls, 0).await.err(), Some(Failed::Open(_))));
    assert_eq!(calls.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_below_sees_each_first_item() {
    static API: CircuitBreaker = CircuitBreaker::new("stream retry/below").failure_threshold(3);

    #[async_retry(PLAIN, stream, max_attempts = 5)]
    #[circuit_breaker(API, stream)]
    async fn ask(calls: &Calls, failures: u32) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, failures))
    }

    let stream = ask(&Calls::new(), 2).await.unwrap();
    assert_eq!(API.snapshot().failures, 2);
    assert_eq!(read(stream).await, ["3", "7", "mid_stream", "8"]);
    assert_eq!(API.state(), OPEN, "two first items and one later item failed");
    API.reset();
    let calls = Calls::new();
    assert!(matches!(ask(&calls, 9).await.err(), Some(Failed::Open(_))));
    assert_eq!(calls.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_without_the_key_counts_connections_with_their_first_item() {
    static ABOVE: CircuitBreaker = brittle("stream retry/plain above");
    static BELOW: CircuitBreaker = brittle("stream retry/plain below");

    #[circuit_breaker(ABOVE)]
    #[async_retry(PLAIN, stream)]
    async fn above(
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect_pinned(calls, failures))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(BELOW)]
    async fn below(
        calls: &Calls,
        failures: u32,
    ) -> Result<Guarded<BoxStream<'static, Item>>, Failed> {
        Ok(connect_pinned(calls, failures).boxed())
    }

    assert_eq!(read(above(&Calls::new(), 2).await.unwrap()).await.len(), 4);
    assert_eq!(ABOVE.state(), CLOSED, "later items do not count");
    assert!(above(&Calls::new(), 3).await.is_err());
    assert_eq!(ABOVE.state(), OPEN);
    assert!(below(&Calls::new(), 3).await.is_err());
    assert_eq!(BELOW.state(), CLOSED, "below the retry it counts the connection only");
}

#[tokio::test(start_paused = true)]
async fn a_retry_without_the_key_ignores_first_items() {
    static API: CircuitBreaker = brittle("stream retry/keyless");

    #[async_retry(PLAIN)]
    #[circuit_breaker(API, stream)]
    async fn ask(calls: &Calls) -> Result<Guarded<BoxStream<'static, Item>>, Failed> {
        Ok(Box::pin(connect(calls, 1)))
    }
    let calls = Calls::new();
    assert_eq!(read(ask(&calls).await.unwrap()).await, ["unavailable", "99"]);
    assert_eq!((calls.count(), API.state()), (1, OPEN));
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_before_its_first_item_is_neutral() {
    static ABOVE: CircuitBreaker = brittle("stream retry/dropped above");
    static BELOW: CircuitBreaker = brittle("stream retry/dropped below");

    #[circuit_breaker(ABOVE, stream)]
    #[async_retry(PLAIN, stream)]
    async fn above(hang: bool) -> Result<impl Stream<Item = Item>, Failed> {
        Ok(if hang {
            stream::pending().left_stream()
        } else {
            stream::iter([Ok(1)]).right_stream()
        })
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(BELOW, stream)]
    async fn below(hang: bool) -> Result<impl Stream<Item = Item>, Failed> {
        Ok(if hang {
            stream::pending().left_stream()
        } else {
            stream::iter([Ok(1)]).right_stream()
        })
    }

    for breaker in [&ABOVE, &BELOW] {
        ripen(breaker).await;
    }
    {
        let mut waiting = pin!(above(true));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(matches!(above(false).await.err(), Some(Failed::Open(_))), "the slot is taken");
        let mut waiting = pin!(below(true));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(matches!(below(false).await.err(), Some(Failed::Open(_))), "the slot is taken");
    }
    for breaker in [&ABOVE, &BELOW] {
        assert_eq!(breaker.state(), CircuitState::HalfOpen, "{}", breaker.name());
    }
    // A good first item frees the slot. A drop after it is a success.
    let kept = (above(false).await.unwrap(), below(false).await.unwrap());
    drop((above(false).await.unwrap(), below(false).await.unwrap()));
    for breaker in [&ABOVE, &BELOW] {
        assert_eq!(breaker.state(), CLOSED, "{}", breaker.name());
    }
    drop(kept);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_items_is_a_success() {
    static ABOVE: CircuitBreaker = brittle("stream retry/empty above");
    static BELOW: CircuitBreaker = brittle("stream retry/empty below");

    #[circuit_breaker(ABOVE, stream)]
    #[async_retry(PLAIN, stream)]
    async fn above() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::iter([]))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(BELOW, stream)]
    async fn below() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::iter([]))
    }

    for breaker in [&ABOVE, &BELOW] {
        ripen(breaker).await;
    }
    assert_eq!(read(above().await.unwrap()).await, [""; 0]);
    assert_eq!(read(below().await.unwrap()).await, [""; 0]);
    assert_eq!((ABOVE.state(), BELOW.state()), (CLOSED, CLOSED));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_times_out_is_a_failure_for_a_breaker_below() {
    static API: CircuitBreaker = CircuitBreaker::new("stream retry/hangs").failure_threshold(2);

    #[async_retry(PLAIN, stream, attempt_timeout = "2s")]
    #[circuit_breaker(API, stream)]
    async fn hang() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::pending())
    }
    assert!(matches!(hang().await.err(), Some(Failed::Open(_))));
    assert_eq!(API.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn a_panic_before_the_first_item_is_a_failure() {
    static ABOVE: CircuitBreaker = brittle("stream retry/panics above");
    static BELOW: CircuitBreaker = brittle("stream retry/panics below");

    #[circuit_breaker(ABOVE, stream)]
    #[async_retry(PLAIN, stream)]
    async fn above() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::poll_fn(|_| panic!("on purpose")))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(BELOW, stream)]
    async fn below() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::poll_fn(|_| panic!("on purpose")))
    }

    assert!(tokio::spawn(async { above().await.map(drop) }).await.unwrap_err().is_panic());
    assert!(tokio::spawn(async { below().await.map(drop) }).await.unwrap_err().is_panic());
    assert_eq!((ABOVE.state(), BELOW.state()), (OPEN, OPEN));
}

#[tokio::test(start_paused = true)]
async fn breakers_by_key_and_by_name() {
    static TENANTS: CircuitBreakers =
        CircuitBreakers::new("stream retry/tenants").failure_threshold(1);

    #[circuit_breaker(TENANTS, key = tenant, stream)]
    #[async_retry(PLAIN, stream)]
    async fn keyed(
        tenant: &str,
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, failures))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker("stream retry/named", stream)]
    async fn named(
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, failures))
    }

    assert!(keyed("a", &Calls::new(), 9).await.is_err());
    assert!(matches!(keyed("a", &Calls::new(), 0).await.err(), Some(Failed::Open(_))));
    assert_eq!(read(keyed("b", &Calls::new(), 1).await.unwrap()).await.len(), 4);
    assert_eq!(read(named(&Calls::new(), 2).await.unwrap()).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn predicates_and_fallbacks_of_a_breaker() {
    static ABOVE: CircuitBreaker = brittle("stream retry/predicate above");
    static BELOW: CircuitBreaker = brittle("stream retry/predicate below");
    static NAMED: CircuitBreaker = brittle("stream retry/fallback");

    #[circuit_breaker(ABOVE, stream, failure_if = |error| matches!(error, Failed::Kind(FailureKind::MidStream)), fallback = |_| Ok(stream::iter(vec![Ok(0)])))]
    #[async_retry(PLAIN, stream)]
    async fn above(
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect(calls, failures))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(BELOW, stream, failure_if = |error| matches!(error, Failed::Kind(FailureKind::MidStream)), fallback = |open| Err(open.into()))]
    async fn below(
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect_pinned(calls, failures))
    }

    #[circuit_breaker(NAMED, stream, fallback = |_| Ok(Box::pin(stream::iter([Ok(0)]))))]
    #[async_retry(PLAIN, stream)]
    async fn named(
        calls: &Calls,
        failures: u32,
    ) -> Result<Guarded<BoxStream<'static, Item>>, Failed> {
        Ok(Box::pin(connect_pinned(calls, failures)))
    }

    let all = ["2", "7", "mid_stream", "8"];
    assert!(above(&Calls::new(), 3).await.is_err());
    assert_eq!(ABOVE.state(), CLOSED);
    assert_eq!(read(above(&Calls::new(), 1).await.unwrap()).await, all);
    assert_eq!(read(above(&Calls::new(), 1).await.unwrap()).await, ["0"]);
    assert_eq!(read(below(&Calls::new(), 1).await.unwrap()).await, all);
    assert!(matches!(below(&Calls::new(), 1).await.err(), Some(Failed::Open(_))));
    assert_eq!(read(named(&Calls::new(), 1).await.unwrap()).await, all);
    assert_eq!(read(named(&Calls::new(), 1).await.unwrap()).await, ["0"]);
}

#[tokio::test(start_paused = true)]
async fn three_layers_guard_one_stream() {
    static HOST: CircuitBreaker = brittle("stream retry/host");
    static TENANT: CircuitBreaker = CircuitBreaker::new("stream retry/tenant").failure_threshold(9);

    #[circuit_breaker(HOST, stream)]
    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(TENANT, stream)]
    async fn between(
        calls: &Calls,
        failures: u32,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect_pinned(calls, failures))
    }

    #[circuit_breaker(HOST, stream)]
    #[circuit_breaker(TENANT, stream)]
    #[async_retry(PLAIN, stream)]
    async fn named(
        calls: &Calls,
        failures: u32,
    ) -> Result<Guarded<Guarded<BoxStream<'static, Item>>>, Failed> {
        Ok(Box::pin(connect(calls, failures)))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(HOST, stream)]
    #[circuit_breaker(TENANT, stream)]
    async fn above(
        calls: &Calls,
        failures: u32,
    ) -> Result<Guarded<Guarded<BoxStream<'static, Item>>>, Failed> {
        Ok(Box::pin(connect(calls, failures)))
    }

    let all = ["2", "7", "mid_stream", "8"];
    assert_eq!(read(between(&Calls::new(), 1).await.unwrap()).await, all);
    assert_eq!((HOST.state(), TENANT.snapshot().failures), (OPEN, 2));
    HOST.reset();
    TENANT.reset();
    assert_eq!(read(named(&Calls::new(), 1).await.unwrap()).await, all);
    assert_eq!((HOST.state(), TENANT.snapshot().failures), (OPEN, 1));
    HOST.reset();
    TENANT.reset();
    assert!(matches!(above(&Calls::new(), 1).await.err(), Some(Failed::Open(_))));
    HOST.reset();
    assert_eq!(read(above(&Calls::new(), 0).await.unwrap()).await[1..], ["7", "mid_stream", "8"]);
    assert_eq!(HOST.state(), OPEN);
}

static SHAPES: CircuitBreaker = CircuitBreaker::new("stream retry/shapes").failure_threshold(99);

struct Client {
    calls: Calls,
    retry: RetryConfig,
    breaker: Arc<CircuitBreaker>,
    log: Vec<u32>,
}

impl Client {
    fn new() -> Self {
        let breaker = Arc::new(CircuitBreaker::new("stream retry/client"));
        Self { calls: Calls::new(), retry: PLAIN, breaker, log: vec![1, 2] }
    }

    #[circuit_breaker(self.breaker, stream)]
    #[async_retry(self.retry, stream)]
    async fn by_reference(&self) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(connect_pinned(&self.calls, 1))
    }

    #[async_retry(self.retry, stream)]
    #[circuit_breaker(self.breaker, stream)]
    async fn by_mut_reference(
        &mut self,
    ) -> Result<Guarded<Pin<Box<dyn Stream<Item = Item> + Send>>>, Failed> {
        self.log.push(0);
        Ok(Box::pin(connect_pinned(&self.calls, 1)))
    }

    #[async_retry(self.retry, stream)]
    #[circuit_breaker(self.breaker, stream)]
    async fn borrowing(&self) -> Result<impl Stream<Item = Result<&u32, Failed>>, Failed> {
        self.calls.next();
        Ok(stream::iter(self.log.iter().map(Ok)))
    }

    #[circuit_breaker(self.breaker, stream)]
    #[async_retry(self.retry, stream)]
    async fn borrowing_by_name(
        &self,
    ) -> Result<Guarded<BoxStream<'_, Result<&u32, Failed>>>, Failed> {
        Ok(Box::pin(stream::iter(self.log.iter().map(Ok))))
    }
}

#[circuit_breaker(SHAPES, stream)]
#[async_retry(PLAIN, stream)]
#[allow(clippy::manual_async_fn)] // The shape is the point.
fn future(
    calls: Arc<Calls>,
) -> impl Future<Output = Result<impl Stream<Item = Item> + use<>, Failed>> + Send {
    async move { Ok(connect_pinned(&calls, 1)) }
}

#[async_retry(PLAIN, stream)]
#[circuit_breaker(SHAPES, stream)]
#[allow(clippy::type_complexity)]
fn boxed_future<'a>(
    calls: &'a Calls,
) -> Pin<Box<dyn Future<Output = Result<Guarded<BoxStream<'a, Item>>, Failed>> + Send + 'a>> {
    Box::pin(async move { Ok(connect_pinned(calls, 1).boxed()) })
}

#[async_trait::async_trait]
trait Feed {
    async fn above(&mut self, prompt: String) -> Result<Guarded<BoxStream<'static, Item>>, Failed>;
    async fn below(&self) -> Result<Guarded<BoxStream<'_, Item>>, Failed>;
}

#[async_trait::async_trait]
impl Feed for Client {
    #[circuit_breaker(self.breaker, stream)]
    #[async_retry(self.retry, stream, clone(prompt))]
    async fn above(&mut self, prompt: String) -> Result<Guarded<BoxStream<'static, Item>>, Failed> {
        self.log.extend(prompt.into_bytes().iter().map(|byte| u32::from(*byte)));
        Ok(Box::pin(connect_pinned(&self.calls, 1)))
    }

    #[async_retry(self.retry, stream)]
    #[circuit_breaker(self.breaker, stream)]
    async fn below(&self) -> Result<Guarded<BoxStream<'_, Item>>, Failed> {
        let more = stream::iter(self.log.iter().map(|item| Ok(*item)));
        Ok(Box::pin(connect_pinned(&self.calls, 1).chain(more)))
    }
}

type Outcome<T> = Result<T, Failed>;

#[async_retry(PLAIN, stream)]
async fn aliased(calls: &Calls) -> Outcome<Guarded<BoxStream<'static, Item>>> {
    Ok(Box::pin(connect_pinned(calls, 1)))
}

#[circuit_breaker(SHAPES, stream)]
#[async_retry(PLAIN, stream)]
async fn aliased_opaque(calls: &Calls) -> Outcome<impl Stream<Item = Item> + use<>> {
    Ok(connect_pinned(calls, 1))
}

#[tokio::test(start_paused = true)]
async fn functions_of_each_shape() {
    let all = ["2", "7", "mid_stream", "8"];
    assert_eq!(read(Client::new().by_reference().await.unwrap()).await, all);
    assert_eq!(read(Client::new().by_mut_reference().await.unwrap()).await, all);
    assert_eq!(read(future(Arc::default()).await.unwrap()).await, all);
    assert_eq!(read(boxed_future(&Calls::new()).await.unwrap()).await, all);
    assert_eq!(read(Client::new().above("ab".into()).await.unwrap()).await, all);
    assert_eq!(read(aliased(&Calls::new()).await.unwrap()).await, all);
    assert_eq!(read(aliased_opaque(&Calls::new()).await.unwrap()).await, all);
    let client = Client::new();
    assert_eq!(read(client.below().await.unwrap()).await, [&all[..], &["1", "2"]].concat());
    for borrowed in [
        client.borrowing().await.unwrap().map(Result::unwrap).collect::<Vec<&u32>>().await,
        client.borrowing_by_name().await.unwrap().map(Result::unwrap).collect().await,
    ] {
        assert_eq!(borrowed, [&1, &2]);
    }
}

#[tokio::test(start_paused = true)]
async fn futures_and_streams_stay_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }

    #[async_retry(PLAIN, stream)]
    async fn mapped(lines: &[u32]) -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::iter(lines.iter().map(|line| Ok(*line))))
    }

    #[circuit_breaker(SHAPES, stream)]
    #[async_retry(PLAIN, stream, attempt_timeout = "1s", total_timeout = "3s", span)]
    async fn above<'l>(
        lines: &'l [u32],
        more: &str,
    ) -> Result<impl Stream<Item = Result<&'l u32, Failed>>, Failed> {
        Ok(stream::iter(lines.iter().skip(more.len()).map(Ok)))
    }

    #[async_retry(PLAIN, stream)]
    #[circuit_breaker(SHAPES, stream)]
    async fn below(lines: &[u32]) -> Result<impl Stream<Item = Item>, Failed> {
        Ok(stream::iter(lines.iter().map(|line| Ok(*line))).then(async |item| item))
    }

    let lines = vec![1, 2, 3];
    let reader = async move {
        let mut sum = 0;
        let mut mapped = mapped(&lines).await?;
        let mut above = above(&lines, "").await?;
        let mut below = below(&lines).await?;
        while let Some(item) = mapped.next().await {
            sum += item?;
            sum += above.next().await.unwrap()?;
            sum += below.next().await.unwrap()?;
        }
        Ok::<u32, Failed>(sum)
    };
    assert_eq!(tokio::spawn(is_send(reader)).await.unwrap().unwrap(), 18);

    // The same without attributes.
    let lines = [1, 2, 3];
    let by_hand = async move {
        let mut stream = SHAPES.guard(stream::iter(lines.iter().map(|line| Item::Ok(*line))))?;
        let mut sum = 0;
        while let Some(item) = stream.next().await {
            sum += item?;
        }
        Ok::<u32, Failed>(sum)
    };
    assert_eq!(tokio::spawn(is_send(by_hand)).await.unwrap().unwrap(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_closure_without_a_function() {
    let (calls, began) = (Calls::new(), Instant::now());
    let stream = PLAIN.run_stream(|| async { Ok(connect_pinned(&calls, 2)) }).await.unwrap();
    assert_eq!(began.elapsed(), SECOND * 3);
    assert_eq!(stream.size_hint(), (1, None));
    assert_eq!(read(stream).await, ["3", "7", "mid_stream", "8"]);

    let calls = Arc::new(Calls::new());
    let hang = Arc::clone(&calls);
    let run = PLAIN
        .run_stream(move || {
            hang.next();
            async { Ok(stream::pending::<Item>()) }
        })
        .attempt_timeout(SECOND * 2)
        .total_timeout(SECOND * 10);
    let began = Instant::now();
    let failed = tokio::spawn(run).await.unwrap().err().unwrap();
    assert!(matches!(failed, Failed::TimedOut(_)));
    assert_eq!((calls.count(), began.elapsed()), (3, SECOND * 9));

    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let calls = Calls::new();
    let failed = PLAIN
        .run_stream(|| async { Ok(connect(&calls, 9)) })
        .retry_if(|_| calls.count() < 2)
        .retry_after(|_| Some(SECOND * 4))
        .on_retry(move |event| listener.lock().unwrap().push(format!("{event:?}")))
        .await;
    assert!(failed.is_err());
    assert_eq!(calls.count(), 2);
    let heard = heard.lock().unwrap().join("\n");
    assert!(heard.contains("operation: \"stream_retry::"), "the closure's name: {heard}");
}

#[tokio::test(start_paused = true)]
async fn a_closure_with_an_unclassified_error() {
    #[derive(Debug, thiserror::Error)]
    #[error("plain")]
    struct Plain;

    let calls = AtomicU32::new(0);
    let connect = || {
        let first = calls.fetch_add(1, SeqCst) == 0;
        async move { Ok(stream::iter([if first { Err(Plain) } else { Ok(1) }])) }
    };
    let mut stream = PLAIN.run_stream(connect).retry_unclassified_if(|_| true).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    assert!(stream.next().await.is_none());
}

/// An upstream that fails or hangs before its first item.
#[tokio::test(start_paused = true)]
async fn an_upstream_that_hangs_or_is_overloaded() {
    static LLM: CircuitBreaker = CircuitBreaker::new("stream retry/llm");
    static FIRST: AtomicBool = AtomicBool::new(true);

    #[circuit_breaker(LLM, stream)]
    #[async_retry(STANDARD, stream, attempt_timeout = "2s", total_timeout = "10s")]
    async fn ask(
        calls: &Calls,
        hang: bool,
    ) -> Result<impl Stream<Item = Result<&'static str, Failed>> + use<>, Failed> {
        calls.next();
        Ok(if hang {
            stream::pending().left_stream()
        } else if FIRST.swap(false, SeqCst) {
            stream::iter(vec![Err(TRANSIENT)]).right_stream()
        } else {
            stream::iter(vec![Ok("hi")]).right_stream()
        })
    }

    let calls = Calls::new();
    let items: Vec<_> = ask(&calls, false).await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!((items, calls.count()), (vec!["hi"], 2));
    let (calls, began) = (Calls::new(), Instant::now());
    assert!(matches!(ask(&calls, true).await.err(), Some(Failed::TimedOut(_))));
    assert!(began.elapsed() <= SECOND * 10);
    assert_eq!(calls.count(), 3);
}
