//! The call without any protection: what the others are compared with.

use std::hint::black_box;
use std::time::Duration;

use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet, refused};

use crate::Failed;

const NAME: &str = scenarios::timing::REFERENCE;

/// A call that succeeds is the same in each of these.
macro_rules! succeeds {
    ($scenario:ident) => {
        contestant!(
            $scenario,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
            },
            |_| call()
        )
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        succeeds!(FirstSuccess),
        succeeds!(Healthy),
        succeeds!(WindowCalls),
        succeeds!(WindowTime),
        succeeds!(Both),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let name = String::from("Ada");
            },
            |_| call(&name)
        ),
        // Three calls, whatever the first two gave.
        contestant!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky::<Failed>(&STATE).ok();
                    flaky::<Failed>(&STATE).ok();
                    flaky(&STATE)
                }
            },
            |_| call()
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky::<Failed>(&STATE).ok();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    flaky::<Failed>(&STATE).ok();
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    flaky(&STATE)
                }
            },
            |_| call()
        ),
        contestant!(
            Failing,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    refused()
                }
            },
            |_| call()
        ),
        // Knows that it is open, and asks nobody.
        contestant!(
            Rejecting,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    if black_box(true) { Err(Failed::Open) } else { answer() }
                }
            },
            |_| call()
        ),
    ]
}
