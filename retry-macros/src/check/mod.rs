//! What can be wrong between an attribute and the function under it. All errors are found at once.

mod arguments;
mod breaker;
mod consumed;
mod expressions;
mod retry;

pub(crate) use breaker::breaker;
pub(crate) use retry::retry;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::diagnostics::Errors;
use crate::item::Function;
use crate::model::Site;
use crate::runtime_path::RuntimePath;
use crate::shape;
use crate::stack::{self, Layer, Slot};
use crate::tokens::{self, Words};

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
    let words = Words::of(&body.stream());
    let slot = words.any_starts_with(stack::SLOT).then(|| Slot::first(&body.stream())).flatten();
    let (before, statements, hoisted) = match (slot, stack::marked(&function.attributes)) {
        (Some(slot), marked) => {
            if layer == Layer::RETRY && slot.layers.contains(layer.letter) {
                errors.at(Span::call_site(), "the function is retried already: two retries multiply their attempts, so keep one `#[async_retry]`");
            }
            let hoisted = marked.map(|(_, hoisted)| hoisted).unwrap_or_default();
            (None, slot.statements, hoisted)
        }
        (None, Some((by, _))) => {
            errors.at(Span::call_site(), format_args!("an attribute between `#[{by}]` and this one hides the function's body, so that their order cannot be kept: move that attribute below both"));
            return None;
        }
        (None, None) => {
            let content = shape::content(function, body);
            let inside = content.as_ref().map(|it| it.statements.clone()).unwrap_or_default();
            if let Some(attribute) = wrapper(&words, &body.stream(), &inside) {
                errors.at(Span::call_site(), format_args!("`#[{attribute}]` is above this attribute and would run once per attempt: move it below, where it runs once per call"));
                return None;
            }
            let content = errors.check(content)?;
            (Some(content.before), content.statements, content.hoisted)
        }
    };
    let receiver = function.signature.receiver().map(|receiver| {
        let is_renamed = function.signature.asyncness.is_none() && words.contain("__self");
        Ident::new(if is_renamed { "__self" } else { "self" }, receiver.self_token.span)
    });
    // A body is all statements of the user's where it is that of an async function, without a slot yet.
    let is_whole = function.signature.asyncness.is_some() && before.is_some();
    let words = if is_whole { words } else { Words::of(&statements) };
    let (function, runtime) = (function.clone(), path);
    Some(Site { function, runtime, outcome, receiver, before, statements, words, hoisted })
}

/// The attribute above that has wrapped the body, if it is a known one. It would run once per attempt, and
/// move the arguments into the first.
fn wrapper(words: &Words, body: &TokenStream, inside: &TokenStream) -> Option<&'static str> {
    let leads = |words: &[&str]| leads(body, words) || leads(inside, words);
    if words.contain("__tracing_instrument_future") {
        Some("instrument")
    } else if words.contain("__span__") && words.contain("in_span")
        || leads(&["FutureExt", "enter_on_poll"])
    {
        Some("fastrace::trace")
    } else if leads(&["async_backtrace", "frame"]) {
        Some("async_backtrace::framed")
    } else {
        None
    }
}

/// Whether the body, or what it puts into `Box::pin(…)`, begins with a path that contains the words.
fn leads(body: &TokenStream, words: &[&str]) -> bool {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let path: Vec<String> = tokens
        .iter()
        .take_while(|token| !matches!(token, TokenTree::Group(_)))
        .map(ToString::to_string)
        .collect();
    words.iter().all(|word| path.iter().any(|known| known == word))
        || matches!(tokens.as_slice(), [.., pin, TokenTree::Group(pinned)]
            if tokens::is_word(Some(pin), "pin") && leads(&pinned.stream(), words))
}
