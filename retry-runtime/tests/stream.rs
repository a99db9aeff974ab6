//! Tests of a stream that reports to the breaker that admitted it.

mod support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, FusedStream};
use futures_util::{FutureExt, Stream, StreamExt};
use retry_runtime::{CircuitBreaker, CircuitState, FailureKind, Guarded, Mode, registry};
use support::{Error, RECOVERY, acquire, rejected, ripen};
use tokio::time::advance;

const OPEN: CircuitState = CircuitState::Open;
const CLOSED: CircuitState = CircuitState::Closed;
const HALF_OPEN: CircuitState = CircuitState::HalfOpen;
const BROKE: Error = Error::Kind(FailureKind::MidStream);

/// A breaker that opens at the first failure.
fn brittle() -> Arc<CircuitBreaker> {
    Arc::new(CircuitBreaker::new("stream").failure_threshold(1).success_threshold(1))
}

fn guarded<S: Stream>(breaker: &Arc<CircuitBreaker>, stream: S) -> Guarded<S> {
    breaker.try_acquire_owned().expect("admitted").guard(stream)
}

fn items<const N: usize>(
    items: [Result<u32, Error>; N],
) -> impl Stream<Item = Result<u32, Error>> + Unpin {
    stream::iter(items)
}

/// Returns the next item, which must be ready.
fn now<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    stream.next().now_or_never().expect("an item is there")
}

/// One failure is counted, so that a success is visible by clearing it.
fn with_one_failure() -> Arc<CircuitBreaker> {
    let breaker = Arc::new(CircuitBreaker::new("stream").failure_threshold(2));
    acquire(&breaker).failure();
    breaker
}

fn failures(breaker: &CircuitBreaker) -> u64 {
    breaker.snapshot().failures
}

fn named(name: &'static str) -> Arc<CircuitBreaker> {
    let breaker = Arc::new(CircuitBreaker::new(name).failure_threshold(3));
    acquire(&breaker).failure();
    assert_eq!(failures(&breaker), 1);
    breaker
}

#[tokio::test(start_paused = true)]
async fn items_pass_through_unchanged_also_after_the_outcome() {
    let breaker = brittle();
    let stream = guarded(&breaker, items([Ok(1), Err(BROKE), Ok(2), Err(BROKE)]));
    assert_eq!(stream.size_hint(), (4, Some(4)));
    assert_eq!(stream.collect::<Vec<_>>().await, [Ok(1), Err(BROKE), Ok(2), Err(BROKE)]);
    assert_eq!(breaker.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn the_first_error_is_the_outcome_by_its_kind() {
    let breaker = with_one_failure();
    let mut broken = guarded(&breaker, items([Ok(1), Err(BROKE), Err(BROKE)]));
    now(&mut broken);
    assert_eq!(breaker.state(), CLOSED);
    now(&mut broken);
    assert_eq!(breaker.state(), OPEN, "at the error, not at the end");

    let breaker = named("it answered");
    let wrong = Error::Kind(FailureKind::InvalidRequest);
    now(&mut guarded(&breaker, items([Err(wrong), Err(BROKE)])));
    assert_eq!(failures(&breaker), 0, "it answered: a success");

    let breaker = named("a bug of ours");
    let bug = Error::Kind(FailureKind::Bug);
    now(&mut guarded(&breaker, items([Err(bug)])));
    assert_eq!(failures(&breaker), 1, "neutral");
}

#[tokio::test(start_paused = true)]
async fn a_second_error_does_not_count_again() {
    let breaker = with_one_failure();
    acquire(&breaker).success();
    let _ =
        guarded(&breaker, items([Err(BROKE), Err(BROKE), Err(BROKE)])).collect::<Vec<_>>().await;
    assert_eq!(breaker.state(), CLOSED);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_a_success() {
    for (name, count) in [("ended", 2), ("ended at once", 0)] {
        let breaker = named(name);
        let mut stream = guarded(&breaker, stream::iter((0..count).map(Ok::<u32, Error>)));
        while now(&mut stream).is_some() {
            assert_eq!(failures(&breaker), 1, "not before the end");
        }
        assert_eq!(failures(&breaker), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_leaves_after_a_good_item_is_a_success() {
    let breaker = named("left");
    let mut stream = guarded(&breaker, items([Ok(1), Err(BROKE)]));
    now(&mut stream);
    drop(stream);
    assert_eq!(failures(&breaker), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_leaves_before_any_item_is_neutral() {
    let breaker = named("left early");
    drop(guarded(&breaker, items([Ok(1)])));
    let mut pending = guarded(&breaker, stream::pending::<Result<u32, Error>>());
    assert!(pending.next().now_or_never().is_none());
    drop(pending);
    assert_eq!(failures(&breaker), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_gives_nothing_for_too_long_is_a_failure() {
    let breaker = Arc::new(
        CircuitBreaker::new("silent").failure_threshold(1).abandoned_after(Duration::from_secs(5)),
    );
    let stream = guarded(&breaker, stream::pending::<Result<u32, Error>>());
    advance(Duration::from_secs(4)).await;
    drop(stream);
    assert_eq!(breaker.state(), CLOSED);
    let mut flows = guarded(&breaker, items([Ok(1)]));
    now(&mut flows);
    let silent = guarded(&breaker, stream::pending::<Result<u32, Error>>());
    advance(Duration::from_secs(5)).await;
    drop(flows);
    assert_eq!(breaker.state(), CLOSED, "items came: long is no fault");
    drop(silent);
    assert_eq!(breaker.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_slow_by_the_time_to_its_first_item() {
    let (slow, second) = (Duration::from_secs(5), Duration::from_secs(1));
    for (first, then, state) in [(second, slow * 9, CLOSED), (slow + second, second, OPEN)] {
        let breaker =
            Arc::new(CircuitBreaker::new("slow").failure_threshold(1).slow_call(slow, 0.5));
        let mut stream = guarded(&breaker, items([Ok(1), Ok(2)]));
        advance(first).await;
        now(&mut stream);
        assert_eq!(breaker.state(), CLOSED, "the outcome is due");
        advance(then).await;
        drop(stream);
        assert_eq!(breaker.state(), state);
    }
}

/// Yields good items, and panics at one of its polls.
struct Panics {
    polls: u32,
    at: u32,
}

impl Stream for Panics {
    type Item = Result<u32, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.polls += 1;
        assert_ne!(self.polls, self.at, "the stream panics");
        Poll::Ready(Some(Ok(self.polls)))
    }
}

#[test]
fn a_stream_that_panics_is_a_failure_also_after_good_items() {
    for at in [1, 3] {
        let breaker = brittle();
        let mut stream = guarded(&breaker, Panics { polls: 0, at });
        let read = catch_unwind(AssertUnwindSafe(move || while now(&mut stream).is_some() {}));
        assert!(read.is_err());
        assert_eq!(breaker.state(), OPEN);
    }
}

#[test]
fn a_caught_panic_of_the_stream_is_a_failure_when_it_is_polled_again() {
    let breaker = brittle();
    let mut stream = guarded(&breaker, Panics { polls: 0, at: 2 });
    now(&mut stream);
    assert!(catch_unwind(AssertUnwindSafe(|| now(&mut stream))).is_err());
    assert_eq!(now(&mut stream), Some(Ok(3)));
    assert_eq!(breaker.state(), OPEN);
}

#[test]
fn a_panic_of_the_reader_says_nothing_against_a_stream_that_flows() {
    let breaker = named("reader panics");
    let mut stream = guarded(&breaker, items([Ok(1), Ok(2)]));
    let read = catch_unwind(AssertUnwindSafe(move || {
        now(&mut stream);
        panic!("the reader panics");
    }));
    assert!(read.is_err());
    assert_eq!(failures(&breaker), 0);
}

#[test]
fn a_panic_before_any_item_is_a_failure_as_with_a_permit() {
    let breaker = brittle();
    let stream = guarded(&breaker, items([Ok(1)]));
    let read = catch_unwind(AssertUnwindSafe(move || {
        let _stream = stream;
        panic!("before any item");
    }));
    assert!(read.is_err());
    assert_eq!(breaker.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn a_probe_gives_its_slot_back_at_the_first_good_item() {
    let breaker =
        Arc::new(CircuitBreaker::new("probe").success_threshold(2).half_open_max_calls(1));
    ripen(&breaker).await;
    let mut long = guarded(&breaker, items([Ok(1), Ok(2)]));
    rejected(&breaker);
    now(&mut long);
    let mut second = guarded(&breaker, items([Ok(1), Ok(2)]));
    rejected(&breaker);
    now(&mut second);
    assert_eq!(breaker.state(), HALF_OPEN, "the outcomes are due");
    drop(second);
    drop(long);
    assert_eq!(breaker.state(), CLOSED);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_gave_its_slot_back_still_reopens() {
    for probes in [1, 16] {
        let breaker =
            Arc::new(CircuitBreaker::new("probe").success_threshold(2).half_open_max_calls(probes));
        ripen(&breaker).await;
        let mut stream = guarded(&breaker, items([Ok(1), Err(BROKE)]));
        now(&mut stream);
        let all = support::all_permits(&breaker);
        assert_eq!(all.len(), probes as usize, "its slot is one of them");
        now(&mut stream);
        assert_eq!(breaker.state(), OPEN);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_given_back_at_the_first_item_is_not_given_back_twice() {
    let breaker =
        Arc::new(CircuitBreaker::new("probe").success_threshold(3).half_open_max_calls(1));
    ripen(&breaker).await;
    let mut stream = guarded(&breaker, items([Ok(1), Ok(2)]));
    now(&mut stream);
    let _holder = acquire(&breaker);
    now(&mut stream);
    drop(stream);
    rejected(&breaker);
}

#[tokio::test(start_paused = true)]
async fn an_outcome_from_before_the_trip_is_dropped() {
    let breaker = brittle();
    let mut old = guarded(&breaker, items([Ok(1), Ok(2)]));
    now(&mut old);
    ripen(&breaker).await;
    let _probe = acquire(&breaker);
    drop(old);
    assert_eq!(breaker.state(), HALF_OPEN);
}

#[tokio::test(start_paused = true)]
async fn under_observe_the_stream_of_a_rejected_call_is_neutral() {
    let breaker =
        Arc::new(CircuitBreaker::new("observed").failure_threshold(1).mode(Mode::Observe));
    support::trip(&breaker);
    let mut stream = guarded(&breaker, items([Ok(1), Err(BROKE)]));
    now(&mut stream);
    advance(RECOVERY).await;
    let _probe = acquire(&breaker);
    now(&mut stream);
    assert_eq!(breaker.state(), HALF_OPEN);
}

#[tokio::test(start_paused = true)]
async fn a_stream_admitted_while_off_stays_neutral_after_its_first_item() {
    let breaker = brittle();
    breaker.set_mode(Mode::Off);
    let mut stream = guarded(&breaker, items([Ok(1), Err(BROKE)]));
    now(&mut stream);
    breaker.set_mode(Mode::Enforce);
    now(&mut stream);
    assert_eq!(breaker.state(), CLOSED);
}

/// Counts its polls, and is ready at every second one.
struct Polled(Rc<Cell<u32>>);

impl Stream for Polled {
    type Item = Result<u32, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.set(self.0.get() + 1);
        if self.0.get() % 2 == 0 {
            return Poll::Ready(Some(Ok(self.0.get())));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn the_inner_stream_is_polled_once_per_poll_and_never_ahead() {
    let polls = Rc::new(Cell::new(0));
    let mut stream = guarded(&brittle(), Polled(Rc::clone(&polls)));
    assert_eq!(polls.get(), 0);
    for item in 1..=3 {
        assert!(stream.next().now_or_never().is_none());
        assert_eq!(polls.get(), item * 2 - 1);
        assert_eq!(now(&mut stream), Some(Ok(item * 2)));
        assert_eq!(polls.get(), item * 2);
    }
}

#[test]
fn it_is_fused_where_the_inner_stream_is() {
    let breaker = brittle();
    let mut stream = guarded(&breaker, items([Ok(1)]).fuse());
    assert!(!stream.is_terminated());
    now(&mut stream);
    now(&mut stream);
    assert!(stream.is_terminated());
}

#[tokio::test(start_paused = true)]
async fn guard_asks_a_static_breaker() {
    static FEED: CircuitBreaker = CircuitBreaker::new("feed").failure_threshold(1);
    let mut stream = FEED.guard(items([Err(BROKE)])).unwrap();
    now(&mut stream);
    assert_eq!(FEED.guard(items([Ok(1)])).err().unwrap().name(), "feed");
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_the_registry_gives_permits_that_last() {
    let handle =
        registry::get_or_insert("stream/handle", || CircuitBreaker::new("").failure_threshold(1));
    let mut stream = handle.try_acquire_owned().unwrap().guard(items([Err(BROKE)]));
    now(&mut stream);
    assert_eq!(handle.state(), OPEN);
}

#[test]
fn debug_shows_stream_and_breaker() {
    let stream = guarded(&brittle(), stream::empty::<Result<u32, Error>>());
    let text = format!("{stream:?}");
    assert!(text.starts_with("Guarded { stream: Empty"), "{text}");
    assert!(text.contains(r#"name: "stream""#), "{text}");
}

fn is_send<T: Send>(_: &T) {}
fn is_unpin<T: Unpin>(_: &T) {}

#[test]
fn it_is_send_and_unpin_where_the_stream_is() {
    // Neither `Unpin` nor `Send`: these compile without either bound on the stream.
    let pinned = stream::once(async { Ok::<u32, Error>(1) });
    let one_thread = Polled(Rc::new(Cell::new(0)));
    let pinned = guarded(&brittle(), pinned);
    is_send(&pinned);
    is_unpin(&guarded(&brittle(), one_thread));
    is_send(&guarded(&brittle(), items([Ok(1)])));
    is_unpin(&guarded(&brittle(), items([Ok(1)])));
}
