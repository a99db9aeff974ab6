//! The kinds of failure that `#[retry(…)]` knows.

use crate::diagnostics::list;

/// The kinds, as `#[retry(…)]` spells them and as `FailureKind` does.
pub(super) const KINDS: [(&str, &str); 12] = [
    ("timeout", "Timeout"),
    ("connection", "Connection"),
    ("unavailable", "Unavailable"),
    ("rate_limited", "RateLimited"),
    ("transient", "Transient"),
    ("unauthorized", "Unauthorized"),
    ("invalid_request", "InvalidRequest"),
    ("mid_stream", "MidStream"),
    ("resource_exhausted", "ResourceExhausted"),
    ("bug", "Bug"),
    ("circuit_open", "CircuitOpen"),
    ("permanent", "Permanent"),
];

/// Formats `the kinds are …` for the end of a message.
pub(super) fn the_kinds() -> String {
    format!("the kinds are {}", list(&KINDS.map(|(word, _)| word)))
}
