//! Peers that enable tokio's feature `test-util`. The feature makes each reading of tokio's clock
//! more expensive in the whole program. They therefore have a separate program, with the plain call
//! as the reference.
//!
//! `tryhard`: a function that returns the future, with settings. It waits for a timer even without
//! a backoff.

use std::time::Duration;

use ::tryhard::retry_fn;
use scenarios::size::{BYTES, Size, borrowed, consumed, nothing};
use scenarios::{Answer, Contestant, Field, Flaky, Installed, asked, bare, size, value};

scenarios::llm_error!();

const NAME: &str = "tryhard";
const BASE: Duration = Duration::from_millis(1);

fn contestants() -> Vec<Contestant> {
    vec![
        asked!(
            FirstSuccess,
            NAME,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    retry_fn(|| upstream::answers(prompt))
                        .retries(2)
                        .exponential_backoff(BASE)
                        .await
                }
            },
            ask
        ),
        bare!(FirstSuccess, "tryhard-bare", {}, |_| {
            retry_fn(|| async { value::answers::<LlmError>() }).retries(2).exponential_backoff(BASE)
        }),
        asked!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    retry_fn(|| upstream::fails_twice(&STATE, prompt)).retries(2).await
                }
            },
            ask
        )
        .waiting(),
        asked!(
            TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    retry_fn(|| upstream::fails_twice(&STATE, prompt))
                        .retries(2)
                        .exponential_backoff(BASE)
                        .await
                }
            },
            ask
        )
        .waiting(),
    ]
}

fn sizes() -> Vec<Size> {
    vec![
        size!(Retry, None, NAME, {}, {
            retry_fn(nothing::<LlmError, LlmError>).retries(2).exponential_backoff(BASE)
        }),
        size!(
            Retry,
            Borrowed,
            NAME,
            {
                let bytes = BYTES;
            },
            retry_fn(|| borrowed::<LlmError, LlmError>(&bytes))
                .retries(2)
                .exponential_backoff(BASE)
        ),
        size!(
            Retry,
            Cloned,
            NAME,
            {
                let bytes = BYTES;
            },
            retry_fn(move || consumed::<LlmError, LlmError>(bytes))
                .retries(2)
                .exponential_backoff(BASE)
        ),
    ]
}

/// The peers and the plain call.
#[must_use]
pub fn field() -> Field {
    let contestants = [own::plain(), contestants()].concat();
    Field { contestants, sizes: sizes(), set_ups: vec![Installed::NOBODY], ..Field::default() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_contestant_does_what_its_scenario_says() {
        assert_eq!(scenarios::check::faults(&super::field()), Vec::<String>::new());
    }
}
