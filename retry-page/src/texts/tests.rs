use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::time::advance;

use super::*;

const LONG: Duration = Duration::from_secs(10);

/// Returns texts that contain the number of their reading. Each reading first calls `read`.
fn texts(read: impl Fn(u32) + Send + Sync + 'static) -> Arc<Texts> {
    let readings = AtomicU32::new(0);
    Texts::new(move || {
        let reading = readings.fetch_add(1, Ordering::Relaxed) + 1;
        read(reading);
        Box::new(move |search| Some(format!("{reading} {search}").into()))
    })
}

/// Returns texts whose readings wait for a message, and the sender of these messages.
fn held_texts() -> (Arc<Texts>, mpsc::Sender<()>) {
    let (go, gone) = mpsc::channel();
    let gone = Mutex::new(gone);
    let read = move |_| {
        let gone = gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.recv_timeout(LONG).expect("the test must let each reading continue");
    };
    (texts(read), go)
}

fn poll_once(future: std::pin::Pin<&mut impl Future>) {
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
}

fn runtime() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_time();
    builder
}

#[tokio::test(start_paused = true)]
async fn a_reading_holds_up_no_worker() {
    let (texts, go) = held_texts();
    let (text, ()) = tokio::join!(texts.text(String::new()), async { go.send(()).unwrap() });
    assert_eq!(text.unwrap(), "1 ");
}

#[test]
fn a_reading_needs_none_of_the_threads_for_blocking_work() {
    let runtime = runtime().max_blocking_threads(1).build().unwrap();
    let (end, ended) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || ended.recv());
    assert_eq!(runtime.block_on(texts(|_| ()).text(String::new())).unwrap(), "1 ");
    drop(end);
}

#[tokio::test(start_paused = true)]
async fn readers_in_a_loop_cause_four_readings_a_second() {
    let texts = texts(|_| ());
    let end = Instant::now() + LONG;
    let read_on = async || {
        let mut answers = 0;
        while Instant::now() < end {
            texts.text(String::new()).await.unwrap();
            answers += 1;
        }
        answers
    };
    let answers = tokio::join!(read_on(), read_on(), read_on(), read_on());
    // The first reading is immediate and serves one request only. The last one is at the end.
    assert_eq!(answers, (41, 40, 40, 40));
    assert_eq!(texts.text(String::new()).await.unwrap(), "42 ");
}

#[tokio::test(start_paused = true)]
async fn a_long_reading_is_followed_by_a_longer_rest() {
    let (texts, go) = held_texts();
    let took = Duration::from_millis(100);
    let (_, ()) = tokio::join!(texts.text(String::new()), async {
        advance(took).await;
        go.send(()).unwrap();
    });
    let ended = Instant::now();
    go.send(()).unwrap();
    texts.text(String::new()).await.unwrap();
    let rest = ended.elapsed();
    assert!(rest >= took * REST_FACTOR && rest < took * REST_FACTOR + REST, "{rest:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_read_after_its_request() {
    let (texts, go) = held_texts();
    let mut early = pin!(texts.text(String::new()));
    poll_once(early.as_mut());
    let mut late = pin!(texts.text("late".to_owned()));
    poll_once(late.as_mut());
    go.send(()).unwrap();
    go.send(()).unwrap();
    assert_eq!(early.await.unwrap(), "1 ");
    assert_eq!(late.await.unwrap(), "2 late");
}

#[tokio::test(start_paused = true)]
async fn nobody_depends_on_whoever_asked_first() {
    for leaves in [true, false] {
        let (texts, go) = held_texts();
        // One starts the reading, and one waits for the next.
        let mut others = Vec::new();
        for _ in 0..2 {
            let mut other = Box::pin(texts.text(String::new()));
            poll_once(other.as_mut());
            others.push(other);
        }
        let next = texts.text("next".to_owned());
        if leaves {
            others.clear();
        }
        go.send(()).unwrap();
        go.send(()).unwrap();
        assert_eq!(next.await.unwrap(), "2 next", "{leaves}");
    }
}

#[test]
fn nobody_depends_on_the_runtime_of_another() {
    let (texts, go) = held_texts();
    let ask = |runtime: &Runtime| {
        runtime.block_on(async { poll_once(pin!(texts.text(String::new()))) });
    };
    let (ended, still_there) = (runtime().build().unwrap(), runtime().build().unwrap());
    ask(&ended);
    ended.shutdown_background();
    ask(&still_there);
    go.send(()).unwrap();
    go.send(()).unwrap();
    let last = runtime().build().unwrap();
    assert_eq!(last.block_on(texts.text(String::new())).unwrap(), "2 ");
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_one_reading_and_no_other() {
    let texts = texts(|reading| assert!(reading > 1, "the first reading panics deliberately"));
    let (one, other) = tokio::join!(texts.text(String::new()), texts.text(String::new()));
    one.unwrap_err();
    // This request came after the first reading had started.
    assert_eq!(other.unwrap(), "2 ");

    let texts = Texts::new(|| {
        Box::new(|search| {
            assert!(search.is_empty(), "a text panics deliberately");
            Some(Bytes::new())
        })
    });
    texts.text("search".to_owned()).await.unwrap_err();
    texts.text(String::new()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn cancelled_requests_give_up_their_places() {
    let texts = texts(|_| ());
    texts.text(String::new()).await.unwrap();
    for round in 0..4 {
        let mut all: Vec<_> =
            (0..MAX_WAITING).map(|_| Box::pin(texts.text("same".into()))).collect();
        for one in &mut all {
            poll_once(one.as_mut());
        }
        texts.text(String::new()).await.unwrap_err();
        drop(all);
        // So do searches.
        let mut all: Vec<_> =
            (0..MAX_SEARCHES).map(|at| Box::pin(texts.text(at.to_string()))).collect();
        for one in &mut all {
            poll_once(one.as_mut());
        }
        texts.text("one more".to_owned()).await.unwrap_err();
        if round % 2 == 0 {
            drop(all);
            texts.text("one more".to_owned()).await.unwrap();
        }
    }
}
