//! `#[circuit_breaker(…, stream)]`: the stream holds the permit.

mod common;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, Stream, StreamExt};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, Guarded, Jitter, RetryConfig, STANDARD, STREAMING,
    async_retry, circuit_breaker, registry,
};

const BROKE: Failed = Failed::Kind(FailureKind::MidStream);
const REFUSED: Failed = Failed::Kind(FailureKind::Connection);
const OPEN: CircuitState = CircuitState::Open;
const CLOSED: CircuitState = CircuitState::Closed;

const TWICE: RetryConfig = STREAMING.jitter(Jitter::None);

type Item = Result<u32, Failed>;

/// Returns good items, and then the error if one is given.
fn items(good: u32, error: Option<Failed>) -> impl Stream<Item = Item> + Send + Unpin + use<> {
    stream::iter((0..good).map(Ok).chain(error.map(Err)))
}

const fn brittle(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(1).success_threshold(1)
}

async fn drain(stream: impl Stream<Item = Item>) -> usize {
    stream.count().await
}

fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    stream.next().now_or_never().expect("an item is ready")
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_stream_opens_the_breaker() {
    static API: CircuitBreaker = brittle("stream/item");

    #[circuit_breaker(API, stream)]
    async fn ask(error: Option<Failed>) -> Result<impl Stream<Item = Item>, Failed> {
        Ok(items(2, error))
    }

    assert_eq!(drain(ask(Some(PERMANENT)).await.unwrap()).await, 3);
    assert_eq!(API.state(), CLOSED);
    let stream = ask(Some(BROKE)).await.unwrap();
    assert_eq!(API.state(), CLOSED, "the connection is not an outcome");
    assert_eq!(drain(stream).await, 3);
    assert_eq!(API.state(), OPEN);
    assert!(matches!(ask(None).await.err(), Some(Failed::Open(_))));
    assert!(registry::get("stream/item").is_some(), "a static is listed");
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_recorded_as_for_any_call() {
    static API: CircuitBreaker = brittle("stream/refused");

    #[circuit_breaker(API, stream)]
    async fn ask(error: Failed) -> Result<impl Stream<Item = Item>, Failed> {
        Err::<stream::Empty<Item>, _>(error)
    }

    assert!(ask(PERMANENT).await.is_err());
    assert_eq!(API.state(), CLOSED);
    assert!(ask(REFUSED).await.is_err());
    assert_eq!(API.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn the_hint_of_a_connection_or_an_item_is_respected() {
    const fn respecting(name: &'static str) -> CircuitBreaker {
        brittle(name).respect_retry_after(Duration::from_secs(600))
    }
    static API: CircuitBreaker = respecting("stream/hint");
    static JUDGED: CircuitBreaker = respecting("stream/hint judged");
    const SLOW: Failed = Failed::SlowDown(Duration::from_secs(300));

    #[circuit_breaker(API, stream)]
    async fn ask(refused: bool) -> Result<impl Stream<Item = Item>, Failed> {
        if refused { Err(SLOW) } else { Ok(items(2, Some(SLOW))) }
    }
    #[circuit_breaker(JUDGED, stream, failure_if = |_: &Failed| true)]
    async fn judged(refused: bool) -> Result<impl Stream<Item = Item>, Failed> {
        if refused { Err(SLOW) } else { Ok(items(2, Some(SLOW))) }
    }

    let lasts = |breaker: &CircuitBreaker| breaker.snapshot().retry_in.unwrap().as_secs();
    assert!(ask(true).await.is_err());
    assert_eq!(lasts(&API), 300);
    API.reset();
    drain(ask(false).await.unwrap()).await;
    assert_eq!(lasts(&API), 300);
    assert!(judged(true).await.is_err());
    assert_eq!(lasts(&JUDGED), 300);
    JUDGED.reset();
    drain(judged(false).await.unwrap()).await;
    assert_eq!(lasts(&JUDGED), 60, "as documented");
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_before_it_has_a_stream_gives_its_slot_back() {
    static API: CircuitBreaker = brittle("stream/dropped");

    #[circuit_breaker(API, stream)]
    async fn ask(hang: bool) -> Result<impl Stream<Item = Item>, Failed> {
        if hang {
            std::future::pending::<()>().await;
        }
        Ok(items(2, None))
    }

    API.try_acquire().unwrap().failure();
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(ask(true).now_or_never().is_none());
    let mut probe = ask(false).await.unwrap();
    assert!(ask(false).await.is_err(), "the slot is taken");
    next(&mut probe);
    let second = ask(false).await.unwrap();
    drop(second);
    drop(probe);
    assert_eq!(API.state(), CLOSED);
}

#[tokio::test(start_paused = true)]
async fn retries_below_the_breaker_cover_the_connection_alone() {
    static API: CircuitBreaker = CircuitBreaker::new("stream/above").failure_threshold(2);

    #[circuit_breaker(API, stream)]
    #[async_retry(TWICE)]
    async fn ask(calls: &Calls, fail: u32) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        if calls.next() <= fail { Err(REFUSED) } else { Ok(items(1, Some(BROKE))) }
    }

    let calls = Calls::new();
    let stream = ask(&calls, 1).await.unwrap();
    assert_eq!(calls.count(), 2);
    assert_eq!(drain(stream).await, 2);
    assert_eq!(calls.count(), 2, "a stream that broke is not requested again");
    assert_eq!(API.state(), CLOSED, "the attempts of a call are one outcome");
    assert!(ask(&Calls::new(), 2).await.is_err());
    assert_eq!(API.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn with_the_breaker_below_each_attempt_gives_a_guarded_stream() {
    static API: CircuitBreaker = CircuitBreaker::new("stream/below").failure_threshold(3);

    #[async_retry(TWICE, retry_if_ok = |stream| stream.size_hint().0 == 0)]
    #[circuit_breaker(API, stream)]
    async fn ask(calls: &Calls) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        match calls.next() {
            1 => Ok(items(0, None)),
            _ => Ok(items(1, Some(BROKE))),
        }
    }

    #[async_retry(TWICE)]
    #[circuit_breaker(API, stream)]
    async fn refused() -> Result<impl Stream<Item = Item>, Failed> {
        Err::<stream::Empty<Item>, _>(REFUSED)
    }

    let calls = Calls::new();
    assert_eq!(drain(ask(&calls).await.unwrap()).await, 2);
    assert_eq!(calls.count(), 2, "`retry_if_ok` retries an empty stream");

    assert!(refused().await.is_err());
    assert_eq!(API.state(), OPEN, "one failure of the stream, two of the attempts");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_attempt_timeout_drops_is_a_failure() {
    static API: CircuitBreaker = CircuitBreaker::new("stream/hangs").failure_threshold(2);

    #[async_retry(STANDARD, jitter = Jitter::None, attempt_timeout = "1s")]
    #[circuit_breaker(API, stream)]
    async fn hang() -> Result<impl Stream<Item = Item>, Failed> {
        std::future::pending::<()>().await;
        Ok(items(1, None))
    }

    assert!(matches!(hang().await.err(), Some(Failed::Open(_))));
    assert_eq!(API.state(), OPEN);
}

type Named = Guarded<BoxStream<'static, Item>>;

#[tokio::test(start_paused = true)]
async fn a_return_type_with_a_name_is_guarded() {
    static API: CircuitBreaker = brittle("stream/named");

    struct Client;

    trait Feed {
        async fn below(&self) -> Result<Guarded<BoxStream<'static, Item>>, Failed>;
        async fn above(&self) -> Result<Guarded<BoxStream<'static, Item>>, Failed>;
    }

    impl Feed for Client {
        #[circuit_breaker(API, stream)]
        #[async_retry(TWICE)]
        async fn below(&self) -> Result<retry_utils::Guarded<BoxStream<'static, Item>>, Failed> {
            Ok(items(1, None).boxed())
        }

        #[async_retry(TWICE)]
        #[circuit_breaker(API, stream)]
        async fn above(&self) -> Result<Guarded<BoxStream<'static, Item>>, Failed> {
            Ok(items(1, Some(BROKE)).boxed())
        }
    }

    let kept: [Named; 2] = [Client.below().await.unwrap(), Client.above().await.unwrap()];
    for stream in kept {
        drain(stream).await;
    }
    assert_eq!(API.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn boxed_methods_of_traits() {
    static API: CircuitBreaker = brittle("stream/boxed");

    #[async_trait::async_trait]
    trait Feed {
        async fn ask(&mut self) -> Result<Named, Failed>;
    }

    struct Client(u32);

    #[async_trait::async_trait]
    impl Feed for Client {
        #[circuit_breaker(API, stream, fallback = |_| Ok(items(self.0, None).boxed()))]
        #[async_retry(TWICE)]
        async fn ask(&mut self) -> Result<Guarded<BoxStream<'static, Item>>, Failed> {
            self.0 += 1;
            Ok(items(1, Some(BROKE)).boxed())
        }
    }

    let mut client = Client(4);
    assert_eq!(drain(client.ask().await.unwrap()).await, 2);
    assert_eq!(API.state(), OPEN);
    assert_eq!(drain(client.ask().await.unwrap()).await, 5);
}

#[tokio::test(start_paused = true)]
async fn failure_if_applies_to_connection_and_items() {
    static API: CircuitBreaker = CircuitBreaker::new("stream/failure_if").failure_threshold(2);

    #[circuit_breaker(API, stream, failure_if = |error| matches!(error, Failed::SlowDown(_)))]
    async fn ask(
        connection: Option<Failed>,
        item: Option<Failed>,
    ) -> Result<impl Stream<Item = Item>, Failed> {
        if let Some(error) = connection {
            return Err(error);
        }
        Ok(items(1, item))
    }

    let slow = || Some(Failed::SlowDown(Duration::ZERO));
    assert!(ask(slow(), None).await.is_err());
    assert!(ask(Some(TRANSIENT), None).await.is_err());
    assert!(ask(slow(), None).await.is_err());
    drain(ask(None, Some(BROKE)).await.unwrap()).await;
    assert_eq!(API.state(), CLOSED, "other errors count as successes");
    assert!(ask(slow(), None).await.is_err());
    drain(ask(None, slow()).await.unwrap()).await;
    assert_eq!(API.state(), OPEN);
    assert!(matches!(ask(None, None).await.err(), Some(Failed::Open(_))));
}

#[tokio::test(start_paused = true)]
async fn errors_without_a_classification() {
    static API: CircuitBreaker = brittle("stream/unclassified");

    #[derive(Debug)]
    struct Plain(u32);

    impl From<retry_utils::CircuitOpen> for Plain {
        fn from(_: retry_utils::CircuitOpen) -> Self {
            Self(0)
        }
    }

    fn is_bad(error: &Plain) -> bool {
        error.0 > 1
    }

    #[circuit_breaker(API, stream, failure_if = is_bad)]
    async fn ask(code: u32) -> Result<impl Stream<Item = Result<u32, Plain>>, Plain> {
        Ok(stream::iter([Err(Plain(code))]))
    }

    for (code, state) in [(1, CLOSED), (2, OPEN)] {
        assert_eq!(ask(code).await.unwrap().count().await, 1);
        assert_eq!(API.state(), state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fallback_gives_a_plain_stream_or_an_error() {
    static API: CircuitBreaker = brittle("stream/fallback");

    #[circuit_breaker(API, stream, fallback = |_| Ok(items(3, Some(BROKE))))]
    async fn stand_in() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(items(0, Some(BROKE)))
    }

    #[circuit_breaker(API, stream, fallback = async |_| Err(PERMANENT))]
    async fn error() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(items(0, None))
    }

    #[circuit_breaker(API, stream, failure_if = |_| true, fallback = |open| if open.name() == "" { Err(open.into()) } else { Ok(items(3, None)) })]
    async fn both() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(items(0, None))
    }

    assert_eq!(drain(stand_in().await.unwrap()).await, 1);
    assert_eq!(API.state(), OPEN);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(drain(stand_in().await.unwrap()).await, 4);
    assert!(matches!(error().await.err(), Some(Failed::Kind(FailureKind::InvalidRequest))));
    assert_eq!(drain(both().await.unwrap()).await, 3);
    let retry_in = API.try_acquire().unwrap_err().retry_in();
    assert_eq!(retry_in, Some(Duration::from_secs(50)), "the result of the fallback did not count");
}

#[tokio::test(start_paused = true)]
async fn breakers_that_outlive_the_call() {
    struct Client {
        shared: Arc<CircuitBreaker>,
        listed: registry::Handle,
        fixed: &'static CircuitBreaker,
    }

    static FIXED: CircuitBreaker = brittle("stream/fixed");

    impl Client {
        #[circuit_breaker(self.shared, stream)]
        async fn shared(&mut self) -> Result<impl Stream<Item = Item> + use<>, Failed> {
            Ok(items(0, Some(BROKE)))
        }

        #[circuit_breaker(self.shared.clone(), stream)]
        async fn cloned(&self) -> Result<impl Stream<Item = Item> + use<>, Failed> {
            Ok(items(0, Some(BROKE)))
        }

        #[circuit_breaker(self.listed, stream)]
        async fn listed(self) -> Result<impl Stream<Item = Item>, Failed> {
            Ok(items(0, Some(BROKE)))
        }

        #[circuit_breaker(self.fixed, stream)]
        async fn fixed(&self) -> Result<impl Stream<Item = Item> + use<>, Failed> {
            Ok(items(0, Some(BROKE)))
        }
    }

    #[circuit_breaker(breaker, stream)]
    async fn borrowed(
        breaker: &Arc<CircuitBreaker>,
    ) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        Ok(items(0, Some(BROKE)))
    }

    #[circuit_breaker("stream/literal", stream)]
    async fn literal() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(items(0, Some(BROKE)))
    }

    let shared = Arc::new(brittle("stream/shared"));
    let listed = registry::get_or_insert("stream/listed", || brittle(""));
    let mut client = Client { shared: Arc::clone(&shared), listed: listed.clone(), fixed: &FIXED };
    let fixed = client.fixed().await.unwrap();
    for stream in [client.shared().await.unwrap()] {
        drain(stream).await;
    }
    assert_eq!(shared.state(), OPEN);
    assert!(client.cloned().await.is_err());
    assert!(borrowed(&shared).await.is_err());
    let of_handle = client.listed().await.unwrap();
    drain(of_handle).await;
    drain(fixed).await;
    assert_eq!((listed.state(), FIXED.state()), (OPEN, OPEN));
    for _ in 0..5 {
        drain(literal().await.unwrap()).await;
    }
    assert_eq!(registry::get("stream/literal").unwrap().state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn two_breakers_guard_one_stream() {
    static HOST: CircuitBreaker = brittle("stream/host");
    static TENANT: CircuitBreaker = brittle("stream/tenant");

    #[circuit_breaker(HOST, stream)]
    #[circuit_breaker(TENANT, stream)]
    async fn ask() -> Result<impl Stream<Item = Item>, Failed> {
        Ok(items(1, Some(BROKE)))
    }

    drain(ask().await.unwrap()).await;
    assert_eq!((HOST.state(), TENANT.state()), (OPEN, OPEN));
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_borrow_what_the_function_borrows() {
    static API: CircuitBreaker = brittle("stream/borrows");

    struct Log(Vec<u32>);

    impl Log {
        #[circuit_breaker(API, stream)]
        async fn lines(&mut self) -> Result<impl Stream<Item = Result<&mut u32, Failed>>, Failed> {
            Ok(stream::iter(self.0.iter_mut().map(Ok)))
        }
    }

    let mut log = Log(vec![1, 2]);
    let lines = log.lines().await.unwrap();
    lines.for_each(async |line| *line.unwrap() += 1).await;
    assert_eq!(log.0, [2, 3]);
}

#[tokio::test(start_paused = true)]
async fn futures_and_streams_are_send_and_unpin_where_the_plain_ones_are() {
    static API: CircuitBreaker = brittle("stream/send");

    #[circuit_breaker(API, stream, failure_if = |_| false)]
    #[async_retry(TWICE)]
    async fn both(prompt: &str) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        tokio::task::yield_now().await;
        Ok(items(u32::try_from(prompt.len()).unwrap_or(0), None))
    }

    #[async_retry(TWICE)]
    #[circuit_breaker(API, stream)]
    async fn pinned() -> Result<Guarded<Pin<Box<dyn Stream<Item = Item> + Send>>>, Failed> {
        Ok(Box::pin(items(1, None)))
    }

    let spawned = tokio::spawn(async {
        let mut stream = both("abc").await.unwrap();
        // `next` requires `Unpin`.
        let mut count = 0;
        while stream.next().await.is_some() {
            count += 1;
            tokio::task::yield_now().await;
        }
        count
    });
    assert_eq!(spawned.await.unwrap(), 3);
    assert!(tokio::spawn(async { pinned().await.unwrap().next().await }).await.unwrap().is_some());
}
