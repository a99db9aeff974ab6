//! `#[derive(Retryable)]`: classifies each variant of an enum, or a struct.

mod check;
mod expand;
mod fields;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Errors;

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let model = check::item(&input, &mut errors);
    expand::item(&model, errors.finish().as_ref())
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

/// `the kinds are …`, for the end of a message.
fn the_kinds() -> String {
    format!("the kinds are {}", crate::diagnostics::list(&KINDS.map(|(word, _)| word)))
}

fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}
