//! The keys of each attribute: one table for parsing, for messages and for the reference pages.

use proc_macro2::Ident;

use crate::diagnostics::{list, nearest};

pub(crate) struct Key {
    pub(crate) word: &'static str,
    pub(crate) form: Form,
    /// The key as its reference page shows it, with the escapes of a Markdown table.
    pub(crate) usage: &'static str,
    /// The meaning on the reference page. A test compares the two.
    #[allow(dead_code)]
    pub(crate) meaning: &'static str,
}

/// The syntax after a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing.
    Flag,
    /// `= expression`.
    Expression,
    /// `= "200ms"`, or an expression.
    Duration,
    /// `= name`, which the attribute binds.
    Name,
    /// `(a, b)`, the names of arguments.
    Names,
    /// `(a: Type = expression)`, rebound arguments.
    Bindings,
}

const fn key(word: &'static str, form: Form, usage: &'static str, meaning: &'static str) -> Key {
    Key { word, form, usage, meaning }
}

/// The keys of one attribute, and the keys of other libraries.
pub(crate) struct Keys {
    pub(crate) attribute: &'static str,
    subject: &'static str,
    pub(crate) all: &'static [Key],
    /// Keys of other libraries, and the fix.
    foreign: &'static [(&'static [&'static str], &'static str)],
}

use Form::{Bindings, Duration, Expression, Flag, Name, Names};

const CRATE: Key =
    key("crate", Expression, "crate = \"…\"", "the path of a re-exported `retry_utils`");

#[rustfmt::skip] // One line per row.
pub(crate) const RETRY: Keys = Keys {
    attribute: "async_retry",
    subject: "policy",
    all: &[
        key("max_attempts", Expression, "max_attempts = 4", "the number of attempts, including the first"),
        key("base_delay", Duration, "base_delay = \"200ms\"", "the wait before the first retry, without jitter"),
        key("max_delay", Duration, "max_delay = \"10s\"", "the longest wait that the backoff computes"),
        key("exponential_base", Expression, "exponential_base = 2", "the factor from one wait to the next"),
        key("backoff", Expression, "backoff = linear", "a `fn(u32) -> Duration` that computes the wait from the number of the retry; replaces `base_delay` and `exponential_base`"),
        key("jitter", Expression, "jitter = Jitter::Full", "the randomization of waits"),
        key("retry_on", Expression, "retry_on = kinds", "the kinds of failure that are retried"),
        key("max_retry_after", Duration, "max_retry_after = \"60s\"", "the longest wait that a hint may request"),
        key("mode", Expression, "mode = Mode::Observe", "whether retries are made, only reported, or off"),
        key("budget", Expression, "budget = API", "the [`RetryBudget`](crate::RetryBudget) from which each retry takes a token; replaces that of the policy"),
        key("attempt_timeout", Duration, "attempt_timeout = \"5s\"", "drops an attempt that takes longer; a `Duration` or an `Option<Duration>`; the error type must be `From<TimedOut>`"),
        key("total_timeout", Duration, "total_timeout = \"1m\"", "limits the whole call, attempts and waits together; otherwise like `attempt_timeout`"),
        key("retry_if", Expression, r"retry_if = \|error\| …", "a predicate on the error that replaces the classification"),
        key("retry_if_ok", Expression, r"retry_if_ok = \|value\| …", "a predicate on the value; if it returns `true`, the call is retried"),
        key("retry_after", Expression, r"retry_after = \|error\| …", "the wait that the error requests, as an `Option<Duration>`; replaces the hint of the error, except `Never`"),
        key("retry_after_ok", Expression, r"retry_after_ok = \|value\| …", "the wait that a value requests if `retry_if_ok` returned `true`"),
        key("on_retry", Expression, r"on_retry = \|event\| …", "a synchronous listener, called before each wait"),
        key("before_retry", Expression, r"before_retry = async \|error\| …", "a hook that is awaited if an error will be retried, between `on_retry` and the wait"),
        key("stop_on", Expression, "stop_on = shutdown.cancelled()", "a future that ends the call between two attempts, with the last error; evaluated for each wait"),
        key("stream", Flag, "stream", "the first item of the returned stream belongs to the attempt, so an error there is retried"),
        key("attempt", Name, "attempt = n", "a variable in the body with the number of the attempt, from 1"),
        key("name", Expression, "name = \"…\"", "the name of the operation in events: an expression of type `&'static str`"),
        key("span", Flag, "span", "runs each attempt in its own `tracing` span (feature `tracing`, on by default)"),
        key("clone", Names, "clone(a, b)", "arguments that are cloned for each attempt"),
        key("shared", Names, "shared(a)", "`mut` arguments that attempts share: each attempt sees the changes of the previous one"),
        key("once", Bindings, "once(a: T = a.into())", "rebinds an argument once, before the first attempt"),
        CRATE,
    ],
    foreign: &[
        (&["retries", "max_retries", "tries", "max_tries", "attempts", "times", "max_times", "stop"],
            "use `max_attempts`, which also counts the first attempt: for 2 retries, write `max_attempts = 3`"),
        (&["delay", "wait", "initial_delay", "min_delay", "wait_initial"], "use `base_delay`"),
        (&["wait_max", "max_wait"], "use `max_delay`"),
        (&["factor", "multiplier", "wait_exp_base"], "use `exponential_base`"),
        (&["stop_after_attempt"], "use `max_attempts`, which also counts the first attempt"),
        (&["timeout"], "use `attempt_timeout` to limit each attempt, or `total_timeout` to limit the call, waits included"),
        (&["total_delay", "max_elapsed_time", "stop_after_delay", "stop_before_delay"],
            "use `total_timeout`, which covers attempts and waits and also drops a running attempt"),
        (&["on", "exceptions", "retry", "when", "retryable", "retry_if_exception", "retry_if_exception_type"],
            "use `retry_on` for kinds of failure, or `retry_if` for a predicate"),
        (&["retry_if_result"], "use `retry_if_ok`"),
        (&["adjust"], "use `retry_after`, which replaces the hint of the error"),
        (&["before_sleep", "notify"], "use `on_retry`, or `before_retry` for an async hook"),
        (&["after"], "use `attempt = n` and read `n` in the body, or `span` for one span per attempt"),
        (&["retry_error_callback"], "remove it and handle the returned `Result`, which holds the last error"),
        (&["reraise"], "remove it, because a call always returns its last error unwrapped"),
    ],
};

#[rustfmt::skip] // One line per row.
pub(crate) const BREAKER: Keys = Keys {
    attribute: "circuit_breaker",
    subject: "breaker",
    all: &[
        key("failure_if", Expression, r"failure_if = \|error\| …", "a predicate on the error that replaces the classification"),
        key("failure_if_ok", Expression, r"failure_if_ok = \|value\| …", "a predicate on the value; if it returns `true`, the call is a failure"),
        key("fallback", Expression, r"fallback = \|open\| …", "answers a rejected call; a closure or a path, which may be async"),
        key("key", Expression, "key = …", "selects a breaker of a set of [`CircuitBreakers`](crate::CircuitBreakers); borrows as `str`"),
        key("stream", Flag, "stream", "the function returns a stream, which holds the permit"),
        CRATE,
    ],
    foreign: &[(
        &["name", "failure_threshold", "failure_rate", "min_calls", "window", "slow_call", "recovery_timeout",
            "recovery_backoff", "success_threshold", "half_open_max_calls", "trip_on", "abandoned_after", "max_keys",
            "mode", "threshold", "timeout"],
        "it is a setting of the breaker, so set it in its declaration: `static API: CircuitBreaker = CircuitBreaker::new(\"api\").failure_threshold(5);`",
    )],
};

impl Keys {
    pub(crate) fn find(&self, word: &Ident) -> Option<&Key> {
        let word = word.to_string();
        self.all.iter().find(|key| word == key.word)
    }

    fn other(&self) -> &'static Self {
        if self.attribute == RETRY.attribute { &BREAKER } else { &RETRY }
    }

    fn words(&self) -> Vec<&'static str> {
        self.all.iter().map(|key| key.word).collect()
    }

    /// Returns the message for an argument that is neither the first one nor a key with its value.
    pub(crate) fn stray(&self, argument: &str) -> String {
        let flags = self.all.iter().filter(|key| key.form == Flag);
        let flags: Vec<&str> = flags.map(|key| key.word).collect();
        if self.words().contains(&argument) {
            format!("`{argument}` needs a value: write `{argument} = …`")
        } else if self.other().words().contains(&argument) {
            self.unknown(argument)
        } else if let Some(meant) = nearest(argument, &flags) {
            format!("unknown key `{argument}`; did you mean `{meant}`?")
        } else {
            format!(
                "unexpected expression: write the {} once, as the first argument, and other \
                 arguments as `key = value`",
                self.subject
            )
        }
    }

    pub(crate) fn unknown(&self, word: &str) -> String {
        let unknown = format!("unknown key `{word}`");
        let other = self.other();
        if let Some((_, fix)) = self.foreign.iter().find(|(words, _)| words.contains(&word)) {
            format!("{unknown}: {fix}")
        } else if other.words().contains(&word) {
            format!("{unknown}: it is a key of `#[{}]`, so move it there", other.attribute)
        } else if let Some(meant) = nearest(word, &self.words()) {
            format!("{unknown}; did you mean `{meant}`?")
        } else {
            format!("{unknown}: the keys of `#[{}]` are {}", self.attribute, list(&self.words()))
        }
    }
}

#[cfg(test)]
mod tests;
