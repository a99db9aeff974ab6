//! Settings for the process. The test has its own file because they apply to all threads.

mod common;

use std::thread;

use common::{Calls, Failed};
use retry_utils::testing::Testing;
use retry_utils::{STANDARD, async_retry};

#[async_retry(STANDARD)]
async fn fetch(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(u32::MAX)
}

/// Returns how many attempts a call makes, and whether it waits.
fn observed() -> (u32, bool) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
        let calls = Calls::new();
        let start = tokio::time::Instant::now();
        fetch(&calls).await.unwrap_err();
        (calls.count(), !start.elapsed().is_zero())
    })
}

#[test]
fn settings_apply_to_all_threads_except_in_a_scope() {
    assert_eq!(observed(), (3, true));
    Testing::new().cap_attempts(2).for_process();
    assert_eq!(thread::spawn(observed).join().unwrap(), (2, false));
    {
        let _scope = Testing::new().set_attempts(4).scope();
        assert_eq!(observed(), (4, false));
    }
    assert_eq!(observed(), (2, false));
    Testing::new().keep_waits().for_process();
    assert_eq!(observed(), (3, true));
}
