//! `mulligan`: settings with a method `execute`.

use std::time::Duration;

use ::mulligan::until_ok;
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};

use crate::Failed;

const NAME: &str = "mulligan";
const BASE: Duration = Duration::from_millis(1);

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        // `stop_after` counts retries.
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
            },
            |_| until_ok().stop_after(2).exponential(BASE).execute(call)
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let name = String::from("Ada");
            },
            |_| until_ok().stop_after(2).exponential(BASE).execute(|| call(&name))
        ),
        contestant!(
            waiting TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| until_ok().stop_after(2).execute(call)
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| until_ok().stop_after(2).exponential(BASE).execute(call)
        ),
    ]
}
