//! Checks an attribute against the function under it, and finds all errors at once.

mod arguments;
mod breaker;
mod consumed;
mod expressions;
mod retry;

pub(crate) use breaker::breaker;
pub(crate) use retry::retry;

use proc_macro2::{Ident, Span, TokenStream};

use crate::diagnostics::Errors;
use crate::item::Function;
use crate::model::{Place, Site};
use crate::runtime_path::RuntimePath;
use crate::shape;
use crate::stack::{self, Layer, Slots};
use crate::tokens::contains_word;

/// Checks what both attributes ask of the function, and finds the place of the layer.
fn site(function: &Function, layer: Layer, path: RuntimePath, errors: &mut Errors) -> Option<Site> {
    if stack::has(&function.attributes, stack::REPORTED) {
        return None;
    }
    if let Some(constness) = &function.signature.constness {
        errors.on(constness, "a `const fn` cannot wait: remove `const`");
    }
    let Some(body) = &function.body else {
        errors.at(function.signature.ident.span(), "a function without a body cannot be annotated: put the attribute on its implementations");
        return None;
    };
    let outcome = errors.check(shape::outcome(function))?.clone();
    let (tokens, marked) = (body.stream(), stack::marked(&function.attributes));
    // Printing is the compiler's work, and faster than a walk in a macro that is not optimized.
    let text = if marked.is_none() { tokens.to_string() } else { String::new() };
    let may_have_slots = marked.is_some() || text.contains(stack::SLOT);
    let slots = may_have_slots.then(|| Slots::of(tokens.clone())).flatten();
    let (place, statements, hoisted) = match (slots, marked) {
        (Some(slots), marked) => {
            let (layers, statements) = slots.first();
            if layer == Layer::RETRY && layers.contains(layer.letter) {
                errors.at(Span::call_site(), "the function is retried already: two retries multiply their attempts, so keep one `#[async_retry]`");
            }
            let hoisted = marked.map(|(_, hoisted)| hoisted).unwrap_or_default();
            (Place::In(slots), statements, hoisted)
        }
        (None, Some((by, _))) => {
            errors.at(Span::call_site(), format_args!("an attribute between `#[{by}]` and this one hides the function's body, so that their order cannot be kept: move that attribute below both"));
            return None;
        }
        (None, None) => {
            let content = shape::content(function, body);
            let inside = content.as_ref().map(|it| it.statements.clone()).unwrap_or_default();
            if let Some(attribute) = wrapper(&text, &inside) {
                errors.at(Span::call_site(), format_args!("`#[{attribute}]` is above this attribute and would run once per attempt: move it below, where it runs once per call"));
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
    Some(Site { function, runtime, outcome, receiver, place, statements, hoisted })
}

/// Returns the known attribute above that has wrapped the body, if there is one. It would run once
/// per attempt, and move the arguments into the first.
fn wrapper(body: &str, inside: &TokenStream) -> Option<&'static str> {
    let contains = |words: &[&str]| words.iter().all(|word| body.contains(word));
    let leads = |words: &[&str]| {
        contains(words) && (leads(body, words) || leads(&inside.to_string(), words))
    };
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
fn leads(code: &str, words: &[&str]) -> bool {
    let (path, rest) = code.split_once(['(', '{', '[']).unwrap_or((code, ""));
    words.iter().all(|word| path.contains(word))
        || path.trim_end().ends_with("pin") && leads(rest, words)
}
