//! `backon-macros`: an attribute over `backon`.

use ::backon::{ConstantBuilder, ExponentialBuilder};
use ::backon_macros::backon;
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};

use crate::{Failed, at_once};

const NAME: &str = "backon-macros";

fn waiting() -> ExponentialBuilder {
    crate::backon::WAITING
}

fn no_wait() -> ConstantBuilder {
    crate::backon::AT_ONCE
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            NAME,
            {
                #[backon(backoff = waiting)]
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
            },
            |_| call()
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                #[backon(backoff = waiting)]
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let name = String::from("Ada");
            },
            |_| call(&name)
        ),
        contestant!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                #[backon(backoff = no_wait, sleep = at_once)]
                async fn call() -> Result<u64, Failed> {
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
                #[backon(backoff = waiting)]
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| call()
        ),
    ]
}
