//! The attributes and the derive as functions of tokens, which also run outside a compiler.

#[path = "../../../retry-macros/src"]
mod sources {
    pub(crate) mod args;
    pub(crate) mod attribute;
    pub(crate) mod check;
    pub(crate) mod derive;
    pub(crate) mod diagnostics;
    pub(crate) mod duration;
    pub(crate) mod expand;
    pub(crate) mod hygiene;
    pub(crate) mod item;
    pub(crate) mod keys;
    pub(crate) mod model;
    pub(crate) mod runtime_path;
    pub(crate) mod shape;
    pub(crate) mod stack;
    pub(crate) mod tokens;
    pub(crate) mod types;
    pub(crate) mod walk;
}

// With the paths that the sources use.
use sources::*;

use proc_macro2::TokenStream;

/// Returns the expansion of `#[async_retry(arguments)]` on an item.
#[must_use]
pub fn async_retry(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::async_retry(arguments, item)
}

/// Returns the expansion of `#[circuit_breaker(arguments)]` on an item.
#[must_use]
pub fn circuit_breaker(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::circuit_breaker(arguments, item)
}

/// Returns the expansion of `#[derive(Retryable)]` on an item.
#[must_use]
pub fn derive_retryable(item: TokenStream) -> TokenStream {
    derive::expand(item)
}
