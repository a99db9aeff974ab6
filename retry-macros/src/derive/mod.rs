//! `#[derive(Retryable)]`: each variant, or the struct, says what kind of failure it is.

mod check;
mod expand;
mod input;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use self::input::Input;
use crate::diagnostics::Errors;

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let input = match Input::read(input) {
        Ok(input) => input,
        Err(mistake) => {
            errors.add(mistake);
            return errors.finish().unwrap_or_default();
        }
    };
    let marked = parse::item(&input, &mut errors);
    let model = check::item(&input, marked, &mut errors);
    expand::item(&model, errors.finish())
}

/// The kinds, as `#[retry(…)]` spells them and as `FailureKind` does.
const KINDS: [(&str, &str); 12] = [
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

/// `timeout` and so on, for messages and suggestions.
fn kind_words() -> [&'static str; KINDS.len()] {
    KINDS.map(|(word, _)| word)
}
