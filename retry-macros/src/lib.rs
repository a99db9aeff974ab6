//! The attributes and the derive of retry-utils. Use them through the facade crate `retry_utils`,
//! whose documentation explains them.

mod args;
mod attribute;
mod check;
mod derive;
mod diagnostics;
mod duration;
mod expand;
mod hygiene;
mod item;
mod keys;
mod model;
mod runtime_path;
mod shape;
mod stack;
mod tokens;
mod types;
mod walk;

use proc_macro::TokenStream;

/// Retries an async function.
#[proc_macro_attribute]
pub fn async_retry(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::async_retry(arguments.into(), item.into()).into()
}

/// Puts a circuit breaker in front of an async function.
#[proc_macro_attribute]
pub fn circuit_breaker(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::circuit_breaker(arguments.into(), item.into()).into()
}

/// Classifies an error type.
#[proc_macro_derive(Retryable, attributes(retry))]
pub fn derive_retryable(input: TokenStream) -> TokenStream {
    derive::expand(input.into()).into()
}
