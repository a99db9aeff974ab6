//! Checks an attribute against the function under it, and collects all errors.

mod arguments;
mod breaker;
mod consumed;
mod expressions;
mod hooks;
mod retry;
mod streams;

pub(crate) use breaker::breaker;
pub(crate) use retry::retry;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::diagnostics::Errors;
use crate::item::Function;
use crate::model::{Place, Site};
use crate::shape;
use crate::stack::{self, Layer, Slots};
use crate::tokens::{contains_word, is_word};

/// Checks what both attributes require of the function, and finds the place of the layer.
fn site(function: &Function, layer: Layer, path: TokenStream, errors: &mut Errors) -> Option<Site> {
    if stack::has(&function.attributes, stack::REPORTED) {
        return None;
    }
    if let Some(constness) = &function.signature.constness {
        errors.on(constness, "a `const fn` cannot be async: remove `const`");
    }
    let Some(body) = &function.body else {
        errors.at(
            function.signature.ident.span(),
            "the function has no body: put the attribute on its implementations",
        );
        return None;
    };
    let outcome = errors.check(shape::outcome(function))?.clone();
    let (tokens, marked) = (body.stream(), stack::marked(&function.attributes));
    // The compiler prints tokens faster than an unoptimized macro walks them.
    let text = if marked.is_none() { tokens.to_string() } else { String::new() };
    let may_have_slots = marked.is_some() || text.contains(stack::SLOT);
    let slots = may_have_slots.then(|| Slots::of(tokens.clone())).flatten();
    let mut is_within_stream = false;
    let (place, statements, hoisted) = match (slots, marked) {
        (Some(slots), marked) => {
            let (layers, statements) = slots.first();
            if layer == Layer::RETRY && layers.contains(layer.letter) {
                errors.at(
                    Span::call_site(),
                    "duplicate `#[async_retry]`: keep one, because the attempts of both would \
                     multiply",
                );
            }
            is_within_stream = stack::has_stream(layers);
            let hoisted = marked.map(|(_, hoisted)| hoisted).unwrap_or_default();
            (Place::In(slots), statements, hoisted)
        }
        (None, Some((by, _))) => {
            errors.at(
                Span::call_site(),
                format_args!(
                    "an attribute between `#[{by}]` and this one hides the function body: move it \
                     below both"
                ),
            );
            return None;
        }
        (None, None) => {
            let content = shape::content(function, body);
            let inside = content.as_ref().map(|it| it.statements.clone()).unwrap_or_default();
            if let Some(attribute) = wrapper(&text, &tokens, &inside) {
                errors.at(
                    Span::call_site(),
                    format_args!(
                        "`#[{attribute}]` above this attribute would run once per attempt: move it \
                         below, where it runs once per call"
                    ),
                );
                return None;
            }
            let content = errors.check(content)?;
            (Place::Around(content.before), content.statements, content.hoisted)
        }
    };
    let receiver = function.signature.receiver().map(|receiver| {
        let is_renamed = function.signature.asyncness.is_none() && contains_word(&tokens, "__self");
        Ident::new(if is_renamed { "__self" } else { "self" }, receiver.self_token.span)
    });
    let (function, runtime) = (function.clone(), path);
    Some(Site {
        function,
        runtime,
        outcome,
        receiver,
        place,
        statements,
        hoisted,
        is_within_stream,
    })
}

/// Returns the known attribute above that has wrapped the body, if there is one. It would run once
/// per attempt, and move the arguments into the first attempt.
fn wrapper(text: &str, body: &TokenStream, inside: &TokenStream) -> Option<&'static str> {
    let contains =
        |words: &[&str]| words.iter().all(|word| text.contains(word) && contains_word(body, word));
    let leads = |words: &[&str]| contains(words) && (leads(body, words) || leads(inside, words));
    if contains(&["__tracing_instrument_future"]) {
        Some("instrument")
    } else if contains(&["__span__", "in_span"]) || leads(&["FutureExt", "enter_on_poll"]) {
        Some("fastrace::trace")
    } else if leads(&["async_backtrace", "frame"]) {
        Some("async_backtrace::framed")
    } else {
        None
    }
}

/// Returns whether code, or the argument of its `Box::pin(…)`, begins with a path of these words.
fn leads(code: &TokenStream, words: &[&str]) -> bool {
    let tokens: Vec<TokenTree> = code.clone().into_iter().collect();
    let path = tokens.iter().take_while(|token| !matches!(token, TokenTree::Group(_)));
    words.iter().all(|word| path.clone().any(|known| is_word(Some(known), word)))
        || matches!(tokens.as_slice(), [.., pin, TokenTree::Group(pinned)]
            if is_word(Some(pin), "pin") && leads(&pinned.stream(), words))
}
