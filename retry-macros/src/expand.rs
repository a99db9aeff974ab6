//! Expands a checked attribute.
//!
//! The `// Output:` blocks leave out the prefix `__retry_utils_` of local names. The first layer
//! imports the runtime's `private` as `__retry_utils`, for all layers inside it.

mod attempt;
mod breaker;
mod pause;
mod policy;
mod retry;
mod stream;
mod target;

use std::mem;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Token};

use crate::hygiene::{ours, ours_at};
use crate::model::{Breaker, Place, Retry, Site};
use crate::shape;
use crate::stack::{self, Layer};
use crate::tokens::{first_span, is_punct, is_word, regroup, respan_outside, whole_span};
use crate::types::{is_alias, is_mutable_reference, may_borrow_from, name_span, nameable};

/// Puts the loop of `#[async_retry]` into the function.
pub(crate) fn retry(site: Site, retry: &Retry) -> TokenStream {
    let layer = if retry.stream { Layer::RETRY_OF_STREAM } else { Layer::RETRY };
    let wrap = |site: &Site, slot: &TokenStream| retry::layer(retry, site, slot);
    layered(site, layer, true, true, &wrap)
}

/// Puts the permit of `#[circuit_breaker]` into the function.
pub(crate) fn breaker(site: Site, breaker: &Breaker) -> TokenStream {
    let layer = if breaker.stream { Layer::BREAKER_OF_STREAM } else { Layer::BREAKER };
    let expand = if breaker.stream { stream::breaker } else { breaker::layer };
    let wrap = |site: &Site, slot: &TokenStream| expand(breaker, site, slot);
    layered(site, layer, breaker.outlives_body, !breaker.borrows_self, &wrap)
}

/// Puts a layer into each slot. If there is none, creates the first one and marks the function.
fn layered(
    mut site: Site,
    layer: Layer,
    by_reference: bool,
    reborrows: bool,
    wrap: &dyn Fn(&Site, &TokenStream) -> TokenStream,
) -> TokenStream {
    let Some(body) = site.function.body.clone() else { return TokenStream::new() };
    let place = mem::replace(&mut site.place, Place::Around(TokenStream::new()));
    let (mark, body) = match place {
        Place::In(slots) => {
            let fill = |layers: &str, inside| {
                let inside = if by_reference { stack::without_move(inside) } else { inside };
                let inside = stream::by_name(&site, layer, inside);
                let layered = wrap(&site, &stack::slot(&[layers, layer.letter].concat(), &inside));
                ours!({ #layered })
            };
            (None, regroup(&body, slots.fill(&fill)))
        }
        Place::Around(before) => {
            let statements = move_inner_attributes(&mut site);
            let innermost = innermost(&site, by_reference, reborrows, statements);
            let layered = if is_alias(&site.outcome) {
                let result = converted(&site, "into_result", innermost);
                let slot = stack::slot(layer.letter, &stream::by_name(&site, layer, result));
                let layered = wrap(&site, &slot);
                converted(&site, "from_result", ours!({ #layered }))
            } else {
                let innermost = stream::by_name(&site, layer, innermost);
                wrap(&site, &stack::slot(layer.letter, &innermost))
            };
            let runtime = &site.runtime;
            let statements = ours! {
                #before
                #[allow(clippy::implicit_return)]
                {
                    use #runtime::private as __retry_utils;
                    #layered
                }
            };
            let mark = stack::mark(layer, &site.hoisted);
            (Some(mark), shape::rebuild(&site.function, &body, statements))
        }
    };
    site.function.with(mark.as_ref(), Some(&body))
}

/// Converts an outcome whose type is not named `Result` to a `Result`, or back. All tokens have the
/// span of the return type, so that a type that is not a `Result` is reported once, there.
fn converted(site: &Site, method: &str, outcome: TokenStream) -> TokenStream {
    let span = whole_span(&site.outcome);
    let method = Ident::new(method, Span::mixed_site().located_at(span));
    let outcome = respan_outside(outcome, span);
    ours_at!(span=> __retry_utils::ResultAlias::#method(#outcome))
}

/// Returns the user's statements in an async block that is awaited.
///
/// ```text
/// // Output, by reference, where the body uses `&mut self`:
/// async {
///     if false { return private::never::<Result<Answer, Error>>(); }
///     let _ = &mut *self;
///     body
/// }.await
/// ```
///
/// The block is `async move` if it runs once and nothing uses the arguments after it. A body that
/// only borrows an argument then does not require `Sync`.
fn innermost(site: &Site, by_reference: bool, reborrows: bool, body: TokenStream) -> TokenStream {
    let outcome = nameable(&site.outcome);
    // An `async` block cannot declare its output type. This statement tells it to inference.
    let typed = ours!(if false { return __retry_utils::never::<#outcome>(); });
    // A block that only reads through `&mut self` would capture a shared reference, and be `Send`
    // only if `Self` is `Sync`. This includes `async move`, whose `move` a retry may remove.
    let ty = site.function.self_type.as_ref().filter(|ty| is_mutable_reference(ty));
    let may_reborrow = reborrows && ty.is_some_and(|ty| !may_borrow_from(&site.outcome, ty));
    let receiver = site.receiver.as_ref().filter(|receiver| may_reborrow && site.names(receiver));
    let reborrow = receiver.map(|receiver| ours!(let _ = &mut *#receiver;));
    let is_rewritten = site.function.signature.asyncness.is_none();
    let body = if is_rewritten { infer_return(body) } else { body };
    let capture = (!by_reference).then(|| ours!(move));
    ours!(async #capture { #typed #reborrow #body }.await)
}

/// Replaces the type in `let __ret: Result<Guarded<S>, E> = { … };` of `#[async_trait]` by one that
/// an expression may name.
fn infer_return(statements: TokenStream) -> TokenStream {
    if !is_word(statements.clone().into_iter().nth(1).as_ref(), "__ret") {
        return statements;
    }
    let inferred = |input: ParseStream<'_>| {
        let let_token: Token![let] = input.parse()?;
        let name: Ident = input.parse()?;
        let colon: Token![:] = input.parse()?;
        let ty = nameable(&input.parse()?);
        let rest: TokenStream = input.parse()?;
        Ok(ours!(#let_token #name #colon #ty #rest))
    };
    inferred.parse2(statements.clone()).unwrap_or(statements)
}

/// Moves `#![allow(…)]` from the start of the body to the function.
fn move_inner_attributes(site: &mut Site) -> TokenStream {
    let statements = site.statements.clone();
    if !is_punct(statements.clone().into_iter().nth(1).as_ref(), '!') {
        return statements;
    }
    let split = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse()?));
    let Ok((inner, rest)) = split.parse2(statements.clone()) else { return statements };
    let style = syn::AttrStyle::Outer;
    let outer = inner.into_iter().map(|attribute| Attribute { style, ..attribute });
    site.function.attributes.extend(outer);
    site.function.write_head();
    rest
}

impl Site {
    /// Returns the pattern of an error. The compiler reports a return type that is not a `Result`
    /// there.
    fn err_pattern(&self) -> TokenStream {
        ours_at!(name_span(&self.outcome)=> __retry_utils::Err(__retry_utils_failed))
    }

    /// Returns the match arm for values that the user's predicate accepts.
    fn ok_if(&self, predicate: &Expr, then: &TokenStream) -> TokenStream {
        let asked = self.ask(&ours!(__retry_utils_value), predicate, &ours!(bool));
        ours! {
            __retry_utils::Ok(__retry_utils_value)
                if { let __retry_utils_value = &__retry_utils_value; #asked } => { #then }
        }
    }

    /// Returns an expression of the attribute, with `self` spelled as in the body.
    fn expression(&self, expression: &Expr) -> Expr {
        let renamed = self.receiver.as_ref().filter(|receiver| *receiver != "self");
        let renamed = renamed.map(|receiver| rename(expression.to_token_stream(), receiver));
        renamed.and_then(|tokens| syn::parse2(tokens).ok()).unwrap_or_else(|| expression.clone())
    }

    /// Returns `&expression`, where the compiler reports a wrong type.
    fn borrowed(&self, expression: &Expr) -> TokenStream {
        let span = Span::mixed_site().located_at(first_span(expression));
        let expression = Expr::Reference(syn::ExprReference {
            attrs: Vec::new(),
            and_token: Token![&](span),
            mutability: None,
            expr: Box::new(self.expression(expression)),
        });
        expression.into_token_stream()
    }

    /// Calls the user's predicate through a helper that gives its closure the type of the
    /// parameter. The result is bound with its type, so that a wrong type is reported at the
    /// predicate.
    fn ask(&self, value: &TokenStream, predicate: &Expr, gives: &TokenStream) -> TokenStream {
        let asked = self.expression(predicate);
        ours_at!(first_span(predicate)=> {
            let __retry_utils_answer: #gives = __retry_utils::ask(#value, #asked);
            __retry_utils_answer
        })
    }
}

/// Renames `self`, but not in a path such as `self::f`.
fn rename(tokens: TokenStream, name: &Ident) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut renamed = TokenStream::new();
    while let Some(token) = tokens.next() {
        renamed.extend([match token {
            TokenTree::Ident(word) if word == "self" && !is_punct(tokens.peek(), ':') => {
                Ident::new(&name.to_string(), word.span()).into()
            }
            TokenTree::Group(group) => regroup(&group, rename(group.stream(), name)).into(),
            other => other,
        }]);
    }
    renamed
}
