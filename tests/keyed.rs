//! `#[circuit_breaker(…, key = …)]`: one breaker per key.

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use futures_util::stream::{self, Stream, StreamExt};
use retry_utils::{
    CircuitBreakers, CircuitState, FailureKind, Jitter, RetryConfig, STANDARD, async_retry,
    circuit_breaker, registry,
};

const OPEN: CircuitState = CircuitState::Open;
const CLOSED: CircuitState = CircuitState::Closed;

const THREE: RetryConfig = STANDARD.base_delay(Duration::from_millis(10)).jitter(Jitter::None);

const fn brittle(name: &'static str) -> CircuitBreakers {
    CircuitBreakers::new(name).failure_threshold(1)
}

#[tokio::test(start_paused = true)]
async fn one_key_opens_and_the_others_stay_closed() {
    static HOSTS: CircuitBreakers = brittle("keyed/hosts");

    #[circuit_breaker(HOSTS, key = host)]
    async fn ask(host: &str) -> Result<u32, Failed> {
        if host == "down" { Err(TRANSIENT) } else { Ok(1) }
    }

    assert!(registry::get("keyed/hosts/up").is_none());
    ask("up").await.unwrap();
    assert!(registry::get("keyed/hosts/up").is_some(), "a static is listed at its first use");
    assert!(matches!(ask("down").await, Err(Failed::Kind(_))));
    match ask("down").await {
        Err(Failed::Open(open)) => assert_eq!(open.name(), "keyed/hosts/down"),
        other => panic!("{other:?}"),
    }
    ask("up").await.unwrap();
    assert_eq!(registry::get("keyed/hosts/down").unwrap().state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn the_body_may_move_the_values_in_the_key() {
    static HOSTS: CircuitBreakers = brittle("keyed/moved");

    async fn consume(host: String) -> Result<u32, Failed> {
        tokio::task::yield_now().await;
        if host.is_empty() { Ok(0) } else { Err(TRANSIENT) }
    }

    #[circuit_breaker(HOSTS, key = host)]
    async fn whole(host: String) -> Result<u32, Failed> {
        consume(host).await
    }

    #[circuit_breaker(HOSTS, key = format!("{}:{port}", hosts[0]))]
    async fn part(mut hosts: Vec<String>, port: u16) -> Result<u32, Failed> {
        let host = hosts.remove(0);
        hosts.clear();
        consume(format!("{host}:{port}")).await
    }

    #[circuit_breaker(HOSTS, key = "one ".to_owned() + host)]
    async fn added(host: &str) -> Result<u32, Failed> {
        consume(host.to_owned()).await
    }

    assert!(whole("a".to_owned()).await.is_err());
    assert!(part(vec!["b".to_owned()], 80).await.is_err());
    assert!(added("c").await.is_err());
    for name in ["keyed/moved/a", "keyed/moved/b:80", "keyed/moved/one c"] {
        assert_eq!(registry::get(name).unwrap().state(), OPEN, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_type_that_is_a_string_when_borrowed() {
    static HOSTS: CircuitBreakers = brittle("keyed/types");

    struct Tenant(String);

    impl AsRef<str> for Tenant {
        fn as_ref(&self) -> &str {
            &self.0
        }
    }

    macro_rules! ask {
        ($name:ident, $ty:ty) => {
            #[circuit_breaker(HOSTS, key = host)]
            async fn $name(host: $ty) -> Result<u32, Failed> {
                drop(host);
                Ok(1)
            }
        };
    }

    ask!(tenant, Tenant);
    ask!(shared, Arc<str>);
    ask!(boxed, Box<str>);
    ask!(cow, Cow<'_, str>);
    tenant(Tenant("a".to_owned())).await.unwrap();
    shared("b".into()).await.unwrap();
    boxed("c".into()).await.unwrap();
    cow("d".into()).await.unwrap();
    let names: Vec<_> = HOSTS.all().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["a", "b", "c", "d"].map(|key| format!("keyed/types/{key}")));
}

#[tokio::test(start_paused = true)]
async fn sets_in_fields_and_keys_of_self() {
    struct Client {
        upstreams: Arc<CircuitBreakers>,
        tenant: String,
        calls: u32,
    }

    impl Client {
        #[circuit_breaker(self.upstreams, key = self.tenant)]
        #[async_retry(THREE)]
        async fn ask(&mut self) -> Result<u32, Failed> {
            self.calls += 1;
            self.tenant.push('!');
            Err(TRANSIENT)
        }
    }

    #[async_trait::async_trait]
    trait Ask {
        async fn boxed(&self) -> Result<u32, Failed>;
    }

    #[async_trait::async_trait]
    impl Ask for Client {
        #[circuit_breaker(self.upstreams.clone(), key = self.tenant)]
        async fn boxed(&self) -> Result<u32, Failed> {
            Err(TRANSIENT)
        }
    }

    let upstreams = Arc::new(brittle("keyed/field"));
    let mut client =
        Client { upstreams: Arc::clone(&upstreams), tenant: "acme".to_owned(), calls: 0 };
    assert!(client.ask().await.is_err());
    assert_eq!(client.calls, 3);
    assert_eq!(upstreams.get("acme").unwrap().state(), OPEN, "looked up once, before the body");
    assert_eq!(upstreams.len(), 1);
    client.boxed().await.unwrap_err();
    assert_eq!(upstreams.get("acme!!!").unwrap().state(), OPEN);
    assert!(registry::get("keyed/field/acme").is_none(), "only a static is listed automatically");
}

#[tokio::test(start_paused = true)]
async fn below_the_retry_the_look_up_is_per_attempt() {
    static HOSTS: CircuitBreakers = brittle("keyed/below");

    #[async_retry(THREE, attempt = n, clone(host))]
    #[circuit_breaker(HOSTS, key = format!("{host}-{n}"))]
    async fn ask(calls: &Calls, host: String) -> Result<u32, Failed> {
        drop(host);
        calls.next();
        Err(TRANSIENT)
    }

    let calls = Calls::new();
    assert!(ask(&calls, "replica".to_owned()).await.is_err());
    assert_eq!(calls.count(), 3);
    let states: Vec<_> = HOSTS.all().into_iter().map(|one| (one.name, one.state)).collect();
    let expected = [1, 2, 3].map(|n| (format!("keyed/below/replica-{n}"), OPEN));
    assert_eq!(states, expected);
}

#[tokio::test(start_paused = true)]
async fn above_the_retry_a_call_is_one_outcome() {
    static HOSTS: CircuitBreakers = CircuitBreakers::new("keyed/above").failure_threshold(2);

    #[circuit_breaker(HOSTS, key = host, fallback = |_| Ok(7))]
    #[async_retry(THREE)]
    async fn ask(calls: &Calls, host: &str) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    let calls = Calls::new();
    assert!(ask(&calls, "a").await.is_err());
    assert_eq!(HOSTS.for_key("a").state(), CLOSED);
    assert!(ask(&calls, "a").await.is_err());
    assert_eq!(ask(&calls, "a").await.unwrap(), 7);
    assert_eq!(calls.count(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_the_breaker_of_its_key() {
    static HOSTS: CircuitBreakers = brittle("keyed/stream").max_keys(1);

    type Item = Result<u32, Failed>;

    #[circuit_breaker(HOSTS, key = host, stream)]
    async fn ask(host: &str) -> Result<impl Stream<Item = Item> + use<>, Failed> {
        let broke = host == "down";
        Ok(stream::iter([
            Ok(1),
            if broke { Err(Failed::Kind(FailureKind::MidStream)) } else { Ok(2) },
        ]))
    }

    let up = ask("up").await.unwrap();
    let down = ask("down").await.unwrap();
    assert_eq!(up.count().await, 2, "the stream keeps its evicted breaker");
    assert_eq!(down.count().await, 2);
    assert!(matches!(ask("down").await.err(), Some(Failed::Open(_))));
    assert_eq!(ask("up").await.unwrap().count().await, 2, "the overflow breaker admits the call");
}

#[tokio::test(start_paused = true)]
async fn futures_are_send() {
    static HOSTS: CircuitBreakers = brittle("keyed/send");

    #[circuit_breaker(HOSTS, key = host)]
    #[async_retry(THREE, clone(host))]
    async fn ask(host: String) -> Result<usize, Failed> {
        tokio::task::yield_now().await;
        Ok(host.len())
    }

    assert_eq!(tokio::spawn(ask("abc".to_owned())).await.unwrap().unwrap(), 3);
}
