//! The keys of each attribute, and what is said to words that are none.

use proc_macro2::Ident;

use crate::diagnostics::{list, nearest};

/// The keys of one attribute, and what people write who know another library.
pub(crate) struct Vocabulary {
    pub(crate) attribute: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// The keys that take no value.
    flags: &'static [&'static str],
    /// The keys of our other attribute, with its name.
    other: (&'static str, &'static [&'static str]),
    /// Words of other libraries, and what to say to them.
    foreign: &'static [(&'static [&'static str], &'static str)],
}

const RETRY_KEYS: &[&str] = &[
    "max_attempts",
    "base_delay",
    "max_delay",
    "exponential_base",
    "jitter",
    "retry_on",
    "max_retry_after",
    "mode",
    "budget",
    "attempt_timeout",
    "total_timeout",
    "retry_if",
    "retry_if_ok",
    "retry_after",
    "on_retry",
    "attempt",
    "name",
    "span",
    "clone",
    "shared",
    "crate",
];

const BREAKER_KEYS: &[&str] =
    &["failure_if", "failure_if_ok", "fallback", "key", "stream", "crate"];

pub(crate) const RETRY: Vocabulary = Vocabulary {
    attribute: "async_retry",
    keys: RETRY_KEYS,
    flags: &["span"],
    other: ("circuit_breaker", BREAKER_KEYS),
    foreign: &[
        (
            &[
                "retries",
                "max_retries",
                "tries",
                "max_tries",
                "attempts",
                "times",
                "max_times",
                "stop",
            ],
            "write `max_attempts`, which counts every call and not only the repeated ones: 2 retries are `max_attempts = 3`",
        ),
        (&["delay", "wait", "initial_delay", "min_delay", "wait_initial"], "write `base_delay`"),
        (&["wait_max", "max_wait"], "write `max_delay`"),
        (&["backoff", "factor", "multiplier", "wait_exp_base"], "write `exponential_base`"),
        (
            &["timeout"],
            "write `attempt_timeout` for each attempt, or `total_timeout` for all of them and the waits",
        ),
        (
            &["on", "exceptions", "retry", "when", "retryable"],
            "write `retry_on` for kinds of failure, or `retry_if` for a predicate",
        ),
        (&["before_sleep", "notify"], "write `on_retry`"),
    ],
};

pub(crate) const BREAKER: Vocabulary = Vocabulary {
    attribute: "circuit_breaker",
    keys: BREAKER_KEYS,
    flags: &["stream"],
    other: ("async_retry", RETRY_KEYS),
    foreign: &[(
        &[
            "name",
            "failure_threshold",
            "failure_rate",
            "min_calls",
            "window",
            "slow_call",
            "recovery_timeout",
            "recovery_backoff",
            "success_threshold",
            "half_open_max_calls",
            "trip_on",
            "abandoned_after",
            "max_keys",
            "mode",
            "threshold",
            "timeout",
        ],
        "it belongs to the breaker, which is declared once: `static API: CircuitBreaker = CircuitBreaker::new(\"api\").failure_threshold(5);`",
    )],
};

impl Vocabulary {
    /// Whether the word is a key that stands alone.
    pub(crate) fn is_flag(&self, word: &Ident) -> bool {
        self.flags.iter().any(|flag| word == flag)
    }

    /// What is wrong with an argument that is neither the first one nor `key = value`.
    pub(crate) fn stray(&self, bare: &str) -> String {
        let first = if self.attribute == "async_retry" { "the policy" } else { "the breaker" };
        if self.keys.contains(&bare) {
            format!("`{bare}` has no value: write `{bare} = …`")
        } else if self.other.1.contains(&bare) {
            self.unknown_key(bare)
        } else if let Some(meant) = nearest(bare, self.flags) {
            format!("`{bare}` is no key of `#[{}]`: did you mean `{meant}`?", self.attribute)
        } else {
            format!("{first} comes first, and only once; every other argument is `key = value`")
        }
    }

    /// What is wrong with a key that is none.
    pub(crate) fn unknown_key(&self, word: &str) -> String {
        let Self { attribute, keys, other: (other, other_keys), foreign, .. } = self;
        let unknown = format!("`{word}` is no key of `#[{attribute}]`");
        if let Some((_, mend)) = foreign.iter().find(|(words, _)| words.contains(&word)) {
            format!("{unknown}: {mend}")
        } else if other_keys.contains(&word) {
            format!("{unknown}: it belongs to `#[{other}]`")
        } else if let Some(meant) = nearest(word, keys) {
            format!("{unknown}: did you mean `{meant}`?")
        } else {
            format!("{unknown}: the keys are {}", list(keys))
        }
    }
}
