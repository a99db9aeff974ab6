//! The listeners of the process. The test has its own file because a listener is never removed.

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use common::{Calls, Failed};
use retry_utils::observe::{self, Event, Listener, TooManyListeners};
use retry_utils::{Jitter, STANDARD, async_retry};

#[async_retry(STANDARD, jitter = Jitter::None)]
async fn flaky(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(2)
}

static ENABLED: AtomicBool = AtomicBool::new(false);
static HEARD: AtomicU32 = AtomicU32::new(0);

/// Listens only while it is enabled.
struct Switched;

impl Listener for Switched {
    fn enabled(&self) -> bool {
        ENABLED.load(Ordering::SeqCst)
    }

    fn on_event(&self, _: &Event<'_>) {
        HEARD.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn eight_listeners_get_every_event_and_a_ninth_is_refused() {
    static ATTEMPTS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

    observe::add_listener(|event: &Event<'_>| {
        if let Event::RetryScheduled { attempt, .. } = event {
            ATTEMPTS.lock().unwrap().push(*attempt);
        }
    })
    .unwrap();
    observe::add_listener(Switched).unwrap();
    flaky(&Calls::new()).await.unwrap();
    assert_eq!(*ATTEMPTS.lock().unwrap(), [1, 2]);
    assert_eq!(HEARD.load(Ordering::SeqCst), 0);

    ENABLED.store(true, Ordering::SeqCst);
    for _ in 2..8 {
        observe::add_listener(|_: &Event<'_>| {
            HEARD.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    }
    let ninth = observe::add_listener(|_: &Event<'_>| unreachable!());
    assert_eq!(ninth, Err(TooManyListeners));
    flaky(&Calls::new()).await.unwrap();
    assert_eq!(*ATTEMPTS.lock().unwrap(), [1, 2, 1, 2]);
    assert_eq!(HEARD.load(Ordering::SeqCst), 2 * 7);
}
