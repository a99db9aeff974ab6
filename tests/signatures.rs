//! All forms of functions that can be annotated. They are spawned to prove that the future is
//! `Send`.

mod common;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::{
    CircuitBreaker, CircuitOpen, FailureKinds, Jitter, RetryConfig, Retryable, STANDARD,
    async_retry, circuit_breaker,
};

static API: CircuitBreaker = CircuitBreaker::new("signatures").failure_threshold(65_535);

const QUICK: RetryConfig = STANDARD.base_delay(Duration::from_millis(1)).jitter(Jitter::None);

/// Runs a future on another task, so it must be `Send`.
async fn spawned<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(future).await.expect("the task does not panic")
}

/// Requires that a future is `Send`, for futures that borrow.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}

#[async_retry(QUICK)]
async fn no_arguments() -> Result<(), Failed> {
    static CALLS: Calls = Calls::new();
    CALLS.fail_first(2).map(drop)
}

#[circuit_breaker(API)]
#[async_retry(QUICK)]
async fn borrowed(calls: &Calls, text: &str) -> Result<usize, Failed> {
    tokio::task::yield_now().await;
    calls.fail_first(1)?;
    Ok(text.len())
}

#[async_retry(QUICK)]
async fn named_lifetimes<'a, 'b: 'a>(
    calls: &Calls,
    one: &'a str,
    _two: &'b str,
) -> Result<&'a str, Failed> {
    calls.fail_first(1)?;
    Ok(one)
}

#[async_retry(QUICK)]
async fn elided_lifetime(text: &str) -> Result<Cow<'_, str>, Failed> {
    Ok(Cow::Borrowed(text))
}

#[async_retry(QUICK, clone(owned))]
async fn cloned(calls: Arc<Calls>, owned: String) -> Result<String, Failed> {
    calls.fail_first(2)?;
    Ok(owned)
}

#[async_retry(QUICK, clone(list), shared(tries))]
async fn mutable(
    calls: Arc<Calls>,
    mut list: Vec<u32>,
    mut tries: u32,
) -> Result<(Vec<u32>, u32), Failed> {
    list.push(7);
    tries += 1;
    calls.fail_first(2)?;
    Ok((list, tries))
}

#[async_retry(QUICK)]
async fn mutable_reference(calls: &Calls, buffer: &mut Vec<u32>) -> Result<usize, Failed> {
    fn consume(buffer: &mut Vec<u32>) -> usize {
        buffer.push(0);
        buffer.len()
    }
    fn swallow<T>(value: T) -> T {
        value
    }
    let length = consume(swallow(buffer));
    calls.fail_first(1)?;
    Ok(length)
}

#[async_retry(QUICK)]
async fn patterns(
    (a, b): (u32, u32),
    Point { x, .. }: Point,
    [first, ..]: [u32; 3],
    _: u8,
) -> Result<u32, Failed> {
    Ok(a + b + x + first)
}

#[derive(Clone, Copy)]
struct Point {
    x: u32,
    #[allow(dead_code)]
    y: u32,
}

#[async_retry(QUICK, clone(b, y))]
async fn mutable_patterns(
    (a, mut b): (u32, u32),
    Point { x, mut y }: Point,
) -> Result<u32, Failed> {
    static CALLS: Calls = Calls::new();
    b += 1;
    y += 1;
    CALLS.fail_first(2)?;
    Ok(a + b + x + y)
}

#[circuit_breaker(API)]
#[async_retry(QUICK)]
async fn generic<T: Display + Sync, const N: usize, E>(
    calls: &Calls,
    items: [&T; N],
) -> Result<String, E>
where
    E: Display + Retryable + From<Failed> + From<CircuitOpen>,
{
    calls.fail_first(1)?;
    Ok(items.iter().map(ToString::to_string).collect())
}

#[async_retry(QUICK)]
async fn impl_arguments(words: &(impl Display + Sync + ?Sized)) -> Result<String, Failed> {
    Ok(words.to_string())
}

#[async_retry(QUICK)]
async fn impl_in_the_result(calls: Arc<Calls>) -> Result<impl Iterator<Item = u32>, Failed> {
    let call = calls.fail_first(1)?;
    Ok(0..call)
}

#[allow(clippy::manual_async_fn)] // The test is about this form.
#[async_retry(QUICK)]
fn returns_a_future(
    calls: Arc<Calls>,
    owned: String,
) -> impl Future<Output = Result<usize, Failed>> + Send {
    async move {
        calls.fail_first(1)?;
        Ok(owned.len())
    }
}

#[circuit_breaker(API)]
#[async_retry(QUICK, clone(owned))]
fn returns_a_box<'a>(
    calls: &'a Calls,
    owned: String,
) -> Pin<Box<dyn Future<Output = Result<String, Failed>> + Send + 'a>> {
    Box::pin(async move {
        calls.fail_first(1)?;
        Ok(owned)
    })
}

/// Bodies whose type a bare `async` block could not infer.
#[async_retry(QUICK)]
async fn boxed_trait_object() -> Result<Box<dyn Display + Send>, Failed> {
    Ok(Box::new(5))
}

#[async_retry(QUICK)]
async fn empty_slice() -> Result<&'static [u8], Failed> {
    Ok(&[])
}

#[async_retry(QUICK)]
async fn function_pointer() -> Result<fn(u32) -> u32, Failed> {
    fn twice(x: u32) -> u32 {
        x * 2
    }
    Ok(twice)
}

#[async_retry(QUICK)]
async fn matched(which: bool) -> Result<Box<dyn Display + Send>, Failed> {
    match u8::from(which) {
        0 => Ok(Box::new(0)),
        _ => Ok(Box::new("yes")),
    }
}

#[async_retry(QUICK)]
async fn early_return(calls: &Calls) -> Result<u32, Failed> {
    if calls.next() < 3 {
        return Err(TRANSIENT);
    }
    Ok(calls.count())
}

#[async_retry(QUICK, retry_if = |error| error.contains("again"))]
async fn result_alias(calls: &Calls) -> TextResult<u32> {
    if calls.next() < 2 { Err("again".to_owned()) } else { Ok(calls.count()) }
}

type TextResult<T> = Result<T, String>;

/// Lint levels inside a function override those before it.
#[deny(unused_variables)]
#[async_retry(QUICK)]
async fn levels_inside() -> Result<u32, Failed> {
    #![allow(unused_variables)]
    let unused = 1;
    Ok(1)
}

/// Similar words in string literals and names must not be mistaken for the code of another
/// attribute, or for a slot of the expansion.
#[async_retry(QUICK)]
async fn looks_wrapped(__retry_utils_slot_r: u32) -> Result<u32, Failed> {
    let frames = async_backtrace::taskdump_tree();
    let main_span = "__span__ in_span __tracing_instrument_future '__retry_utils_slot_r: {}";
    let __retry_utils_slot_b: u32;
    {
        __retry_utils_slot_b = if true { __retry_utils_slot_r * (2 + 1) } else { 0 };
    }
    Ok(__retry_utils_slot_b + u32::from(frames.len() > main_span.len()))
}

mod async_backtrace {
    pub(crate) fn taskdump_tree() -> &'static str {
        "frame"
    }
}

#[async_retry(QUICK)]
async fn unusual_but_valid(calls: &Calls) -> Result<u32, Failed> {
    #![allow(clippy::unused_async)]
    let r#match = calls.fail_first(1)?;
    Ok(r#match)
}

#[tokio::test(start_paused = true)]
async fn free_functions() {
    assert_eq!(levels_inside().await.unwrap(), 1);
    assert_eq!(looks_wrapped(2).await.unwrap(), 6);
    spawned(no_arguments()).await.unwrap();
    assert_eq!(is_send(borrowed(&Calls::new(), "four")).await.unwrap(), 4);
    assert_eq!(is_send(named_lifetimes(&Calls::new(), "a", "b")).await.unwrap(), "a");
    assert_eq!(is_send(elided_lifetime("x")).await.unwrap(), "x");
    assert_eq!(spawned(cloned(Arc::default(), "owned".into())).await.unwrap(), "owned");
    // A cloned argument starts afresh in each attempt. A shared one keeps its changes.
    assert_eq!(spawned(mutable(Arc::default(), vec![], 0)).await.unwrap(), (vec![7], 3));
    let mut buffer = Vec::new();
    assert_eq!(is_send(mutable_reference(&Calls::new(), &mut buffer)).await.unwrap(), 2);
    let point = Point { x: 3, y: 4 };
    assert_eq!(spawned(patterns((1, 2), point, [4, 5, 6], 0)).await.unwrap(), 10);
    assert_eq!(spawned(mutable_patterns((1, 2), point)).await.unwrap(), 1 + 3 + 3 + 5);
    assert_eq!(is_send(generic::<_, 2, Failed>(&Calls::new(), [&1, &2])).await.unwrap(), "12");
    assert_eq!(is_send(impl_arguments("words")).await.unwrap(), "words");
    assert_eq!(spawned(impl_in_the_result(Arc::default())).await.unwrap().count(), 2);
    assert_eq!(spawned(returns_a_future(Arc::default(), "abc".into())).await.unwrap(), 3);
    assert_eq!(is_send(returns_a_box(&Calls::new(), "abc".into())).await.unwrap(), "abc");
}

#[tokio::test(start_paused = true)]
async fn bodies_that_need_the_return_type() {
    assert_eq!(spawned(boxed_trait_object()).await.unwrap().to_string(), "5");
    assert_eq!(spawned(empty_slice()).await.unwrap(), b"");
    assert_eq!(spawned(function_pointer()).await.unwrap()(4), 8);
    assert_eq!(spawned(matched(true)).await.unwrap().to_string(), "yes");
    assert_eq!(is_send(early_return(&Calls::new())).await.unwrap(), 3);
    assert_eq!(is_send(result_alias(&Calls::new())).await.unwrap(), 2);
    assert_eq!(is_send(unusual_but_valid(&Calls::new())).await.unwrap(), 2);
}

/// A client that is `Send` but not `Sync`. A future that holds `&Client` is not `Send`.
struct Client {
    calls: Arc<Calls>,
    last: Cell<u32>,
    retry: RetryConfig,
    breaker: Arc<CircuitBreaker>,
}

impl Client {
    const POLICY: RetryConfig = QUICK.max_attempts(4);

    fn new() -> Self {
        let breaker = Arc::new(CircuitBreaker::new("client"));
        Self { calls: Arc::default(), last: Cell::new(0), retry: QUICK, breaker }
    }

    /// The body only reads through `&mut self`. The future of the plain function is `Send`.
    #[circuit_breaker(API)]
    #[async_retry(self.retry)]
    async fn by_mut_reference(&mut self) -> Result<u32, Failed> {
        tokio::task::yield_now().await;
        self.last.set(self.last.get() + 1);
        self.calls.fail_first(2)
    }

    #[circuit_breaker(self.breaker.clone())]
    #[async_retry(Self::POLICY, max_attempts = 5)]
    async fn field_breaker_under_mut_self(&mut self) -> Result<u32, Failed> {
        self.last = Cell::new(1);
        self.calls.fail_first(4)
    }

    #[async_retry(QUICK)]
    async fn by_value(self) -> Result<u32, Failed> {
        tokio::task::yield_now().await;
        self.calls.fail_first(2)
    }

    #[async_retry(QUICK, shared(self))]
    async fn by_mutable_value(mut self) -> Result<u32, Failed> {
        self.last = Cell::new(self.last.get() + 1);
        self.calls.fail_first(2)?;
        Ok(self.last.get())
    }

    #[async_retry(QUICK)]
    async fn borrowing_from_self(&mut self) -> Result<u32, Failed> {
        let last = self.last.get_mut();
        *last += 1;
        let seen = *last;
        self.calls.fail_first(1)?;
        Ok(seen)
    }
}

/// A client that is `Sync`, as most are.
struct Shared {
    calls: Calls,
    seen: Mutex<Vec<u32>>,
    breaker: CircuitBreaker,
    policy: LazyLock<RetryConfig>,
}

impl Shared {
    fn new() -> Self {
        Self {
            calls: Calls::new(),
            seen: Mutex::default(),
            breaker: CircuitBreaker::new("shared"),
            policy: LazyLock::new(|| QUICK),
        }
    }

    fn choose(&self) -> &RetryConfig {
        &self.policy
    }

    #[circuit_breaker(self.breaker)]
    #[async_retry(*self.policy, max_attempts = u32::try_from(limit).unwrap_or(1), attempt = n)]
    async fn by_reference(&self, limit: usize) -> Result<u32, Failed> {
        self.seen.lock().unwrap().push(n);
        self.calls.fail_first(3)
    }

    #[circuit_breaker(self.breaker)]
    #[async_retry(self.choose())]
    async fn by_arc(self: Arc<Self>) -> Result<u32, Failed> {
        self.calls.fail_first(1)
    }

    #[async_retry(QUICK)]
    async fn borrowing(&self) -> Result<&Mutex<Vec<u32>>, Failed> {
        self.calls.fail_first(1)?;
        Ok(&self.seen)
    }
}

#[tokio::test(start_paused = true)]
async fn methods() {
    let mut client = Client::new();
    assert_eq!(is_send(client.by_mut_reference()).await.unwrap(), 3);
    assert_eq!(client.last.get(), 3);
    assert_eq!(is_send(Client::new().field_breaker_under_mut_self()).await.unwrap(), 5);
    assert_eq!(Client::new().by_value().await.unwrap(), 3);
    assert_eq!(Client::new().by_mutable_value().await.unwrap(), 3);
    assert_eq!(is_send(Client::new().borrowing_from_self()).await.unwrap(), 2);

    let shared = Arc::new(Shared::new());
    assert_eq!(is_send(shared.by_reference(4)).await.unwrap(), 4);
    assert_eq!(*shared.seen.lock().unwrap(), [1, 2, 3, 4]);
    assert_eq!(spawned(Arc::new(Shared::new()).by_arc()).await.unwrap(), 2);
    assert_eq!(is_send(shared.borrowing()).await.unwrap().lock().unwrap().len(), 4);
}

trait Complete {
    fn calls(&self) -> &Calls;

    #[async_retry(QUICK)]
    async fn provided(&self) -> Result<u32, Failed> {
        self.calls().fail_first(1)
    }

    async fn required(&mut self) -> Result<u32, Failed>;
}

impl Complete for Shared {
    fn calls(&self) -> &Calls {
        &self.calls
    }

    #[circuit_breaker(API)]
    #[async_retry(QUICK)]
    async fn required(&mut self) -> Result<u32, Failed> {
        self.calls.fail_first(2)
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_traits() {
    assert_eq!(is_send(Shared::new().provided()).await.unwrap(), 2);
    assert_eq!(is_send(Shared::new().required()).await.unwrap(), 3);
}

#[async_trait::async_trait]
trait Chat: Send + Sync {
    async fn ask(&self, prompt: String) -> Result<String, Failed>;
    async fn change(&mut self, prompt: &str, list: Vec<u32>) -> Result<usize, Failed>;
    async fn extend(&self, list: Vec<u32>, more: Vec<u32>) -> Result<usize, Failed>;
    async fn spend(self: Box<Self>, at: (u32, u32)) -> Result<u32, Failed>;
    async fn consume(self, tries: u32) -> Result<u32, Failed>
    where
        Self: Sized;
}

#[async_trait::async_trait]
impl Chat for Shared {
    #[circuit_breaker(self.breaker)]
    #[async_retry(self.policy, clone(prompt))]
    async fn ask(&self, prompt: String) -> Result<String, Failed> {
        self.calls.fail_first(2)?;
        Ok(prompt)
    }

    #[async_retry(*self.policy, clone(list))]
    async fn change(&mut self, prompt: &str, mut list: Vec<u32>) -> Result<usize, Failed> {
        self.seen = Mutex::default();
        list.push(1);
        self.calls.fail_first(2)?;
        Ok(prompt.len() + list.len())
    }

    /// Each `mut` moves to the clone. If one were left on the parameter, it would be unused.
    #[deny(unused_mut)]
    #[circuit_breaker(API)]
    #[async_retry(QUICK, clone(list, more))]
    async fn extend(&self, mut list: Vec<u32>, mut more: Vec<u32>) -> Result<usize, Failed> {
        list.append(&mut more);
        self.calls.fail_first(2)?;
        Ok(list.len())
    }

    #[async_retry(QUICK)]
    async fn spend(self: Box<Self>, (a, b): (u32, u32)) -> Result<u32, Failed> {
        Ok(self.calls.fail_first(2)? + a + b)
    }

    #[async_retry(QUICK, shared(self, tries))]
    async fn consume(mut self, mut tries: u32) -> Result<u32, Failed> {
        tries += 1;
        self.seen = Mutex::default();
        self.calls.fail_first(2)?;
        Ok(tries)
    }
}

#[tokio::test(start_paused = true)]
async fn methods_under_async_trait() {
    let chat: Box<dyn Chat> = Box::new(Shared::new());
    assert_eq!(chat.ask("hello".into()).await.unwrap(), "hello");
    let mut chat: Box<dyn Chat> = Box::new(Shared::new());
    assert_eq!(chat.change("four", vec![]).await.unwrap(), 5);
    let chat: Box<dyn Chat> = Box::new(Shared::new());
    assert_eq!(chat.extend(vec![1], vec![2, 3]).await.unwrap(), 3);
    let chat: Box<dyn Chat> = Box::new(Shared::new());
    assert_eq!(chat.spend((10, 20)).await.unwrap(), 33);
    assert_eq!(spawned(Shared::new().consume(0)).await.unwrap(), 3);
}

#[async_retry(policy)]
async fn policy_as_argument(policy: &RetryConfig, calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(4)
}

#[circuit_breaker(breaker)]
#[async_retry(policies::make(2), retry_on = FailureKinds::ALL)]
async fn breaker_as_argument(breaker: &CircuitBreaker, calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(1)
}

#[async_retry(policies::make(2))]
async fn policy_from_a_call(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(1)
}

#[circuit_breaker(breaker)]
#[async_retry(policies::GLOBAL)]
async fn breaker_as_arc(breaker: Arc<CircuitBreaker>, calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(1)
}

mod policies {
    use super::{QUICK, RetryConfig};

    pub(super) static GLOBAL: RetryConfig = QUICK;

    pub(super) fn make(attempts: u32) -> RetryConfig {
        QUICK.max_attempts(attempts)
    }
}

#[tokio::test(start_paused = true)]
async fn policies_and_breakers_by_any_expression() {
    assert_eq!(policy_as_argument(&QUICK.max_attempts(5), &Calls::new()).await.unwrap(), 5);
    assert_eq!(breaker_as_argument(&API, &Calls::new()).await.unwrap(), 2);
    assert_eq!(is_send(policy_from_a_call(&Calls::new())).await.unwrap(), 2);
    let breaker = Arc::new(CircuitBreaker::new("arc"));
    assert_eq!(is_send(breaker_as_arc(breaker, &Calls::new())).await.unwrap(), 2);
}

#[derive(Clone, Copy)]
struct Wrapper<T>(T);

#[async_retry(QUICK)]
async fn constructor_with_generics(
    calls: &Calls,
    Wrapper::<u32>(x): Wrapper<u32>,
) -> Result<u32, Failed> {
    Ok(calls.fail_first(1)? + x)
}

#[async_retry(QUICK, clone(text))]
async fn cloned_in_a_constructor_with_generics(
    calls: &Calls,
    Wrapper::<Wrapper<String>>(Wrapper::<String>(mut text)): Wrapper<Wrapper<String>>,
) -> Result<String, Failed> {
    text.push('x');
    calls.fail_first(1)?;
    Ok(text)
}

#[tokio::test(start_paused = true)]
async fn patterns_may_have_generic_arguments() {
    assert_eq!(is_send(constructor_with_generics(&Calls::new(), Wrapper(5))).await.unwrap(), 7);
    let (calls, nested) = (Calls::new(), Wrapper(Wrapper("a".to_owned())));
    let call = cloned_in_a_constructor_with_generics(&calls, nested);
    assert_eq!(is_send(call).await.unwrap(), "ax");
}

/// Fragments reach the attribute in groups without delimiters.
macro_rules! made_of_fragments {
    (
        $visibility:vis $name:ident($pattern:pat, $argument:ident: $reference:ty) -> $output:ty,
        $breaker:expr, $policy:expr, $attempts:expr, $body:block
    ) => {
        #[circuit_breaker($breaker)]
        #[async_retry($policy, max_attempts = $attempts, clone(text))]
        $visibility async fn $name<'a>(
            $pattern: (u32, u32),
            $argument: $reference,
            mut text: String,
        ) -> $output {
            text.push('x');
            assert_eq!(text, "x");
            $body
        }
    };
}

made_of_fragments!(pub(crate) by_reference((a, b), calls: &Calls) -> Result<u32, Failed>, API, QUICK, 4 - 1, {
    Ok(calls.fail_first(2)? + a + b)
});

made_of_fragments!(by_mut_reference((a, b), sums: &'a mut Vec<u32>) -> Result<usize, Failed>, API, { QUICK }, 2 + 1, {
    sums.push(a + b);
    if sums.len() < 3 { Err(TRANSIENT) } else { Ok(sums.len()) }
});

#[tokio::test(start_paused = true)]
async fn functions_may_be_made_of_fragments() {
    let call = by_reference((3, 4), &Calls::new(), String::new()).await;
    assert_eq!(call.unwrap(), 3 + 7);
    let mut sums = Vec::new();
    assert_eq!(by_mut_reference((3, 4), &mut sums, String::new()).await.unwrap(), 3);
    assert_eq!(sums, [7, 7, 7]);
}

macro_rules! future_made_of_fragments {
    ($name:ident($calls:ident) -> $output:ty, $body:expr) => {
        #[circuit_breaker(API)]
        #[async_retry(QUICK)]
        fn $name($calls: Arc<Calls>) -> $output {
            $body
        }
    };
}

future_made_of_fragments!(made_box(calls) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send>>,
    Box::pin(async move { calls.fail_first(2) })
);
future_made_of_fragments!(made_future(calls) -> impl Future<Output = Result<u32, Failed>> + Send,
    async move { calls.fail_first(2) }
);

#[tokio::test(start_paused = true)]
async fn a_future_may_be_a_fragment() {
    assert_eq!(spawned(made_box(Arc::default())).await.unwrap(), 3);
    assert_eq!(spawned(made_future(Arc::default())).await.unwrap(), 3);
}

trait Convert<T> {
    fn convert(&self) -> T;
}

impl Convert<u32> for u8 {
    fn convert(&self) -> u32 {
        u32::from(*self)
    }
}

#[circuit_breaker(API)]
#[async_retry(QUICK)]
async fn array_of_impl(calls: &Calls) -> Result<[impl Display + use<>; 2], Failed> {
    let call = calls.fail_first(1)?;
    Ok([call, call])
}

#[async_retry(QUICK)]
async fn tuple_of_impl(
    calls: &Calls,
) -> Result<(impl Display + use<>, Vec<impl Display + use<>>), Failed> {
    let call = calls.fail_first(1)?;
    Ok((call, vec!["a"]))
}

#[async_retry(QUICK)]
async fn impl_of_impl(calls: Arc<Calls>) -> Result<impl Iterator<Item = impl Display>, Failed> {
    let call = calls.fail_first(1)?;
    Ok(0..call)
}

#[circuit_breaker(API)]
#[async_retry(QUICK)]
async fn dyn_of_impl(
    calls: Arc<Calls>,
) -> Result<Box<dyn Iterator<Item = impl Display> + Send>, Failed> {
    let call = calls.fail_first(1)?;
    Ok(Box::new(0..call))
}

#[async_retry(QUICK)]
async fn dyn_with_an_argument(calls: Arc<Calls>) -> Result<Box<dyn Convert<u32> + Send>, Failed> {
    calls.fail_first(1)?;
    Ok(Box::new(7_u8))
}

#[async_retry(QUICK)]
async fn dyn_with_an_associated_type(
    calls: Arc<Calls>,
) -> Result<Box<dyn Iterator<Item = Result<u32, Failed>> + Send>, Failed> {
    calls.fail_first(1)?;
    Ok(Box::new(std::iter::empty()))
}

#[async_retry(QUICK)]
async fn associated_type_of_an_argument<I: Iterator<Item: From<u8>> + Default>(
    calls: &Calls,
) -> Result<<I as Iterator>::Item, Failed> {
    calls.fail_first(1)?;
    Ok(I::default().next().unwrap_or(7.into()))
}

#[tokio::test(start_paused = true)]
async fn return_types_may_be_nested() {
    let array = is_send(array_of_impl(&Calls::new())).await.unwrap();
    assert_eq!(array.map(|item| item.to_string()), ["2", "2"]);
    assert_eq!(spawned(dyn_of_impl(Arc::default())).await.unwrap().count(), 2);
    let (one, list) = is_send(tuple_of_impl(&Calls::new())).await.unwrap();
    assert_eq!((one.to_string(), list.len()), ("2".to_owned(), 1));
    assert_eq!(spawned(impl_of_impl(Arc::default())).await.unwrap().count(), 2);
    assert_eq!(spawned(dyn_with_an_argument(Arc::default())).await.unwrap().convert(), 7);
    assert_eq!(spawned(dyn_with_an_associated_type(Arc::default())).await.unwrap().count(), 0);
    let calls = Calls::new();
    let call = associated_type_of_an_argument::<std::iter::Empty<u32>>(&calls);
    assert_eq!(is_send(call).await.unwrap(), 7);
}

#[circuit_breaker(API)]
#[async_retry(QUICK)]
async fn absent_parameter(
    calls: &Calls,
    #[cfg(any())] buffer: &mut Vec<u8>,
    #[cfg(not(any()))] bytes: &mut Vec<u8>,
) -> Result<usize, Failed> {
    #[cfg(any())]
    buffer.push(1);
    #[cfg(not(any()))]
    bytes.push(1);
    calls.fail_first(2)?;
    Ok(bytes.len())
}

#[circuit_breaker(API)]
#[async_retry(QUICK, clone(absent, list), shared(tries))]
async fn absent_cloned_parameter(
    calls: &Calls,
    #[cfg(any())] mut absent: Vec<u8>,
    #[cfg(not(any()))] mut list: Vec<u8>,
    #[cfg(not(any()))] mut tries: u32,
) -> Result<(usize, u32), Failed> {
    #[cfg(any())]
    absent.push(1);
    list.push(1);
    tries += 1;
    calls.fail_first(2)?;
    Ok((list.len(), tries))
}

#[tokio::test(start_paused = true)]
async fn a_parameter_may_be_absent_by_cfg() {
    let mut bytes = Vec::new();
    assert_eq!(is_send(absent_parameter(&Calls::new(), &mut bytes)).await.unwrap(), 3);
    let call = absent_cloned_parameter(&Calls::new(), vec![], 0).await;
    assert_eq!(call.unwrap(), (1, 3));
}

#[async_trait::async_trait]
trait Configured {
    async fn borrow(
        &self,
        #[cfg(any())] buffer: &mut Vec<u8>,
        bytes: &mut Vec<u8>,
    ) -> Result<usize, Failed>;
    async fn own(&self, #[cfg(any())] absent: Vec<u8>, list: Vec<u8>) -> Result<usize, Failed>;
}

#[async_trait::async_trait]
impl Configured for Shared {
    #[circuit_breaker(API)]
    #[async_retry(QUICK)]
    async fn borrow(
        &self,
        #[cfg(any())] buffer: &mut Vec<u8>,
        bytes: &mut Vec<u8>,
    ) -> Result<usize, Failed> {
        #[cfg(any())]
        buffer.push(1);
        bytes.push(1);
        self.calls.fail_first(2)?;
        Ok(bytes.len())
    }

    #[circuit_breaker(API)]
    #[async_retry(QUICK, clone(absent, list))]
    async fn own(
        &self,
        #[cfg(any())] mut absent: Vec<u8>,
        mut list: Vec<u8>,
    ) -> Result<usize, Failed> {
        #[cfg(any())]
        absent.push(1);
        list.push(1);
        self.calls.fail_first(2)?;
        Ok(list.len())
    }
}

#[tokio::test(start_paused = true)]
async fn a_parameter_may_be_absent_by_cfg_under_async_trait() {
    assert_eq!(Shared::new().borrow(&mut Vec::new()).await.unwrap(), 3);
    assert_eq!(Shared::new().own(vec![]).await.unwrap(), 1);
}

/// A service as in `tower`, whose future borrows nothing.
struct Service {
    inner: Arc<Calls>,
}

impl Service {
    #[circuit_breaker(API)]
    #[async_retry(QUICK)]
    fn call(
        &mut self,
        failures: u32,
    ) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send + 'static>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.fail_first(failures) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_boxed_future_need_not_borrow_the_receiver() {
    let future = Service { inner: Arc::default() }.call(2);
    assert_eq!(spawned(future).await.unwrap(), 3);
}

#[circuit_breaker(API)]
#[async_retry(QUICK)]
async fn gives_the_reference_away<R: std::io::Read + Send>(
    calls: &Calls,
    reader: &mut R,
) -> Result<Cow<'static, str>, Failed> {
    fn read_all(mut reader: impl std::io::Read) -> Result<String, Failed> {
        let mut text = String::new();
        reader.read_to_string(&mut text).map_err(|_| TRANSIENT)?;
        Ok(text)
    }
    let text = read_all(reader)?;
    if calls.next() == 1 {
        return Err(TRANSIENT);
    }
    Ok(format!("{text}.").into())
}

#[tokio::test(start_paused = true)]
async fn a_static_lifetime_in_the_result_borrows_no_argument() {
    let (calls, mut reader) = (Calls::new(), &b"text"[..]);
    let call = gives_the_reference_away(&calls, &mut reader);
    // The first attempt has read the whole text.
    assert_eq!(is_send(call).await.unwrap(), ".");
    assert_eq!(calls.count(), 2);
}

#[rustfmt::skip] // Spaces change the tokens.
#[circuit_breaker(API)]
#[async_retry(QUICK,clone(text))]
async fn without_spaces<T>(calls:&Calls,slice:&str,at:*const T,list:&mut Vec<u32>,mut text:String)->Result<usize,Failed>{
    list.push(1);
    text.push_str(slice);
    calls.fail_first(1)?;
    Ok(text.len()+list.len()+usize::from(at.is_null()))
}

#[rustfmt::skip] // rustfmt removes the comma.
#[circuit_breaker(API)]
#[async_retry(QUICK)]
fn boxed_with_a_trailing_comma(calls: Arc<Calls>) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send>> {
    Box::pin(async move { calls.fail_first(2) },)
}

#[tokio::test(start_paused = true)]
async fn spaces_and_trailing_commas_make_no_difference() {
    let (calls, mut list) = (Calls::new(), Vec::new());
    let call = without_spaces(&calls, "four", std::ptr::null::<u8>(), &mut list, "!".to_owned());
    assert_eq!(call.await.unwrap(), 5 + 2 + 1);
    assert_eq!(spawned(boxed_with_a_trailing_comma(Arc::default())).await.unwrap(), 3);
}

struct Limited<const N: u32>;

impl<const N: u32> Limited<N> {
    const MAX: u32 = N;

    #[async_retry(QUICK, max_attempts = Self::MAX)]
    async fn by_a_constant_of_the_type(&self, calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
}

#[async_retry(max_attempts = N, base_delay = "0s")]
async fn by_a_parameter<const N: u32>(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(9)
}

#[tokio::test(start_paused = true)]
async fn overrides_may_use_generic_parameters() {
    let calls = Calls::new();
    Limited::<4>.by_a_constant_of_the_type(&calls).await.unwrap_err();
    assert_eq!(calls.count(), 4);
    let calls = Calls::new();
    by_a_parameter::<2>(&calls).await.unwrap_err();
    assert_eq!(calls.count(), 2);
}

/// Bodies that the check for consumed arguments must accept.
mod borrowing_bodies {
    use super::*;

    struct Request {
        prompt: String,
    }

    struct Client(u32);

    impl Client {
        #[allow(clippy::wrong_self_convention, reason = "the test is about this name")]
        fn into_call(&self, number: u32) -> u32 {
            self.0 + number
        }
    }

    #[async_retry(QUICK)]
    async fn a_field_of_the_same_name(prompt: String) -> Result<usize, Failed> {
        let request = Request { prompt: format!("{prompt}!") };
        Ok(async move { request.prompt.len() }.await)
    }

    #[async_retry(QUICK)]
    async fn a_statement_that_is_configured_out(text: String) -> Result<usize, Failed> {
        #[cfg(any())]
        drop(text);
        Ok(text.len())
    }

    #[async_retry(QUICK)]
    async fn a_method_whose_name_begins_with_into(client: Arc<Client>) -> Result<u32, Failed> {
        Ok(client.into_call(1))
    }

    #[async_retry(QUICK)]
    async fn no_borrow(buffer: &mut Vec<u8>) -> Result<Box<dyn Fn(&str) -> usize>, Failed> {
        buffer.push(1);
        Ok(Box::new(str::len))
    }

    struct Named<'a>(&'a str, Cell<u8>, CircuitBreaker);

    impl<'a> Named<'a> {
        #[async_retry(QUICK)]
        async fn of_another_lifetime(&mut self) -> Result<&'a str, Failed> {
            tokio::task::yield_now().await;
            self.1.get();
            Ok(self.0)
        }

        #[circuit_breaker(self.2)]
        #[async_retry(QUICK)]
        async fn a_breaker_in_a_field(&mut self) -> Result<u8, Failed> {
            Ok(self.1.get())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn compile() {
        assert_eq!(a_field_of_the_same_name("a".into()).await.unwrap(), 2);
        assert_eq!(a_statement_that_is_configured_out("a".into()).await.unwrap(), 1);
        assert_eq!(a_method_whose_name_begins_with_into(Arc::new(Client(0))).await.unwrap(), 1);
        assert_eq!(no_borrow(&mut vec![]).await.unwrap()("ab"), 2);
        let mut named = Named("a", Cell::new(1), CircuitBreaker::new("named"));
        assert_eq!(is_send(named.of_another_lifetime()).await.unwrap(), "a");
        assert_eq!(named.a_breaker_in_a_field().await.unwrap(), 1);
    }
}
