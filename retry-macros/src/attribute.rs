//! The two attributes, each as parse, check, expand.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;

use crate::check;
use crate::diagnostics::{Errors, Mistake};
use crate::expand::{self, breaker, retry};
use crate::guarded::{self, StreamType};
use crate::hygiene::ours;
use crate::item::Function;
use crate::shape;
use crate::stack::Layer;

/// Expands `#[async_retry(…)]`.
pub(crate) fn async_retry(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_function("async_retry", item, |function, errors| {
        let mut retry = check::retry(arguments, &function, errors);
        let runtime = std::mem::take(&mut retry.runtime);
        let mut clone = std::mem::take(&mut retry.clone);
        errors.is_empty().then(|| {
            expand::apply(
                function,
                &runtime,
                Layer::Retry,
                |function, content| {
                    check::take_muts(&mut clone, function, content);
                    retry.clone = clone;
                    retry
                },
                |retry, site, slot| retry::layer(retry, site, &slot),
            )
        })
    })
}

/// Expands `#[circuit_breaker(…)]`.
pub(crate) fn circuit_breaker(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_function("circuit_breaker", item, |function, errors| {
        let mut breaker = check::breaker(arguments, &function, errors)?;
        let runtime = std::mem::take(&mut breaker.runtime);
        errors.is_empty().then(|| {
            expand::apply(
                function,
                &runtime,
                Layer::Breaker,
                |_, _| breaker,
                |breaker, site, slot| breaker::layer(breaker, site, &slot),
            )
        })
    })
}

/// Parses the item, and emits it unchanged beside the mistakes where there are any, so that no second
/// error follows from a missing function.
fn on_function(
    attribute: &str,
    item: TokenStream,
    expand: impl FnOnce(Function, &mut Errors) -> Option<Result<TokenStream, Mistake>>,
) -> TokenStream {
    let mut errors = Errors::new();
    let expanded = match Function::read(item.clone()) {
        Ok(function) => expand(function, &mut errors),
        Err(error) => {
            errors.add(wrong_item(attribute, &item).unwrap_or(error));
            None
        }
    };
    let expanded = expanded.and_then(|result| result.map_err(|error| errors.add(error)).ok());
    let mistakes = errors.finish();
    let item = expanded.unwrap_or_else(|| with_quiet_body(item));
    quote!(#mistakes #item)
}

/// A body under a return type `Guarded<S>` gives the `S`. Without the layer that makes the rest it would be a
/// second error, so it gives nothing there.
fn with_quiet_body(item: TokenStream) -> TokenStream {
    let Ok(function) = Function::read(item.clone()) else { return item };
    let ok = shape::outcome(&function).ok().and_then(|ty| guarded::ok_type(&ty));
    match (ok.as_ref().map(StreamType::of), &function.body) {
        (Some(StreamType::Guarded), Some(body)) => {
            let nothing = shape::rebuild(&function, body, ours!(::core::unreachable!()));
            let function = function.with_body(&nothing);
            ours!(#[allow(unused)] #function)
        }
        _ => item,
    }
}

/// The error for an item that is no function at all.
fn wrong_item(attribute: &str, item: &TokenStream) -> Option<Mistake> {
    const OTHERS: [&str; 10] =
        ["struct", "enum", "union", "trait", "impl", "mod", "type", "static", "use", "let"];
    let other = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => OTHERS.contains(&ident.to_string().as_str()).then_some(ident),
        _ => None,
    })?;
    // A function's own `impl Trait` or a `use` inside stands behind `fn`.
    let before_fn = !item
        .clone()
        .into_iter()
        .take_while(|token| other != token.to_string())
        .any(|token| token.to_string() == "fn");
    before_fn.then(|| {
        let message = format!(
            "`#[{attribute}]` goes on an async function or method with a body that returns a `Result`; this is `{other}`"
        );
        let span: Span = other.span();
        Mistake::at(span, message)
    })
}

#[cfg(test)]
mod tests;
