//! The entry points of both attributes, which parse, check and expand.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::Error;

use crate::diagnostics::Errors;
use crate::hygiene::ours;
use crate::item::Function;
use crate::stack::{self, Layer};
use crate::tokens::{contains_word, is_one_of};
use crate::types::{guarded, is_alias};
use crate::{check, expand, shape};

pub(crate) fn async_retry(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let binds = ["attempt", "once"].iter().any(|key| contains_word(&arguments, key));
    on_function(Layer::RETRY, binds, item, |function, errors| {
        let (site, retry) = check::retry(arguments, function, errors)?;
        errors.is_empty().then(|| expand::retry(site, &retry))
    })
}

pub(crate) fn circuit_breaker(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_function(Layer::BREAKER, false, item, |function, errors| {
        let (site, breaker) = check::breaker(arguments, function, errors)?;
        errors.is_empty().then(|| expand::breaker(site, &breaker))
    })
}

/// Expands an attribute. If there are errors, the item is emitted without a layer, because a
/// missing function would cause more errors.
fn on_function(
    layer: Layer,
    binds: bool,
    item: TokenStream,
    expand: impl FnOnce(&Function, &mut Errors) -> Option<TokenStream>,
) -> TokenStream {
    let mut errors = Errors::default();
    let parsed = Function::of(item.clone());
    let function = errors.check(parsed.map_err(|error| wrong_item(layer, &item).unwrap_or(error)));
    let expanded = function.as_ref().and_then(|function| expand(function, &mut errors));
    let item = expanded.or_else(|| Some(without_layer(&function?, binds))).unwrap_or(item);
    match errors.finish() {
        Some(errors) => quote!(#errors #item),
        None => item,
    }
}

/// Returns the function without a layer, with a mark for our attributes below. The body is replaced
/// if it could cause more errors: if it uses what the attribute `binds`, or returns the `S` of a
/// `Guarded<S>`, which an alias may hide.
fn without_layer(function: &Function, binds: bool) -> TokenStream {
    let is_reported = stack::has(&function.attributes, stack::REPORTED);
    let mark = (!is_reported).then(stack::reported);
    let gives_guarded = |outcome| guarded(outcome).is_some() || is_alias(outcome);
    let is_quiet = binds || shape::outcome(function).is_ok_and(gives_guarded);
    match &function.body {
        Some(body) if is_quiet => {
            let nothing = shape::rebuild(function, body, ours!(::core::unreachable!()));
            let function = function.with(mark.as_ref(), Some(&nothing));
            ours!(#[allow(unused)] #function)
        }
        body => function.with(mark.as_ref(), body.as_ref()),
    }
}

fn wrong_item(layer: Layer, item: &TokenStream) -> Option<Error> {
    const OTHERS: &str = "struct enum union trait impl mod type static use let const macro_rules";
    let keyword = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "fn" || is_one_of(&word, OTHERS) => Some(word),
        _ => None,
    })?;
    let attribute = layer.attribute;
    let message = format!(
        "expected an async function, found `{keyword}`: put `#[{attribute}]` on an async function \
         or method that returns a `Result`"
    );
    (keyword != "fn").then(|| Error::new(keyword.span(), message))
}

#[cfg(test)]
mod tests;
