//! `backon-macros`: an attribute on top of `backon`.

use ::backon::{ConstantBuilder, ExponentialBuilder};
use ::backon_macros::backon;
use scenarios::{Answer, Contestant, Flaky, asked, bare, value};

use crate::common::{LlmError, at_once};

const NAME: &str = "backon-macros";

fn waiting() -> ExponentialBuilder {
    crate::backon::WAITING
}

fn no_wait() -> ConstantBuilder {
    crate::backon::AT_ONCE
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        asked!(
            FirstSuccess,
            NAME,
            {
                #[backon(backoff = waiting)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            ask
        ),
        bare!(
            FirstSuccess,
            "backon-macros-bare",
            {
                #[backon(backoff = waiting)]
                async fn ask() -> Result<Answer, LlmError> {
                    value::answers()
                }
            },
            |_| ask()
        ),
        asked!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                #[backon(backoff = no_wait, sleep = at_once)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::fails_twice(&STATE, prompt).await
                }
            },
            ask
        ),
        asked!(
            TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                #[backon(backoff = waiting)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::fails_twice(&STATE, prompt).await
                }
            },
            ask
        )
        .waiting(),
    ]
}
