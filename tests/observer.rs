//! The observer of the process; alone in its file, since there is one per process.

mod common;

use std::sync::Mutex;

use common::{Calls, Failed};
use retry_utils::observe::{self, Event, ObserverAlreadySet};
use retry_utils::{Jitter, STANDARD, async_retry};

#[async_retry(STANDARD, jitter = Jitter::None)]
async fn flaky(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(2)
}

#[tokio::test(start_paused = true)]
async fn the_first_observer_hears_everything_and_a_second_is_refused() {
    static HEARD: Mutex<Vec<u32>> = Mutex::new(Vec::new());

    observe::set_observer(|event| {
        if let Event::RetryScheduled { attempt, .. } = event {
            HEARD.lock().unwrap().push(*attempt);
        }
    })
    .unwrap();
    assert_eq!(observe::set_observer(|_| unreachable!()), Err(ObserverAlreadySet));
    flaky(&Calls::new()).await.unwrap();
    assert_eq!(*HEARD.lock().unwrap(), [1, 2]);
}
