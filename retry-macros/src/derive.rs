//! `#[derive(Retryable)]`: classifies each variant of an enum, or a struct.

mod check;
mod expand;
mod fields;
mod kinds;
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
