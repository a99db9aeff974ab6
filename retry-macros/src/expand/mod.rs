//! From a checked attribute to the function that it makes.

pub(crate) mod breaker;
mod policy;
pub(crate) mod retry;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use crate::diagnostics::Mistake;
use crate::guarded;
use crate::hygiene::ours;
use crate::item::Function;
use crate::runtime_path::RuntimePath;
use crate::shape::{self, Content};
use crate::stack::{self, Layer, Layers};
use crate::syntax::{Cursor, Type};
use crate::tokens::{is_punct, map_idents, respan, whole_span};

/// What a layer needs to know of the function that it stands in.
pub(crate) struct Site<'f> {
    pub(crate) function: &'f Function,
    pub(crate) runtime: &'f RuntimePath,
    pub(crate) outcome: &'f Type,
    /// `self`, or what `#[async_trait]` calls it.
    pub(crate) receiver: Option<Ident>,
}

impl Site<'_> {
    /// A call through the runtime's path, on which the compiler reports what the error type lacks.
    pub(crate) fn on_error(&self, call: &TokenStream) -> TokenStream {
        self.at(shape::error_span(self.outcome), call)
    }

    /// A call through the runtime's path that stands at a place of the user's.
    pub(crate) fn at(&self, span: Span, call: &TokenStream) -> TokenStream {
        let span = Span::mixed_site().located_at(span);
        let runtime = self.runtime.at(span);
        let call = respan(call.clone(), span);
        quote_spanned!(span=> #runtime::#call)
    }

    /// The patterns of a result, on which the compiler reports a return type that is no `Result`.
    pub(crate) fn result_patterns(&self) -> (TokenStream, TokenStream) {
        let span = Span::mixed_site().located_at(whole_span(self.outcome));
        (
            quote_spanned!(span=> ::core::result::Result::Ok(value)),
            quote_spanned!(span=> ::core::result::Result::Err(failed)),
        )
    }

    /// An expression of the attribute, with `self` spelled as the body spells it.
    pub(crate) fn expression(&self, tokens: &TokenStream) -> TokenStream {
        match &self.receiver {
            Some(receiver) if receiver != "self" => map_idents(tokens.clone(), &mut |ident| {
                if ident == "self" { Ident::new("__self", ident.span()) } else { ident }
            }),
            _ => tokens.clone(),
        }
    }
}

/// Puts one layer into the function: `prepare` makes it, `wrap` puts it around the slot.
pub(crate) fn apply<L>(
    mut function: Function,
    runtime: &RuntimePath,
    layer: Layer,
    prepare: impl FnOnce(&mut Function, &mut Content) -> L,
    wrap: impl Fn(&L, &Site<'_>, TokenStream) -> TokenStream,
) -> Result<TokenStream, Mistake> {
    let body = function
        .body
        .clone()
        .ok_or_else(|| Mistake::at(function.name.span(), "the function has no body"))?;
    let mut content = shape::content(&function, &body)?;
    move_inner_attributes(&mut function, &mut content);
    let made = prepare(&mut function, &mut content);
    let outcome = shape::outcome(&function)?;
    let hoisted = shape::hoisted_bindings(&content.hoisted);
    let receiver = function.receiver().map(|receiver| {
        let renamed = hoisted.iter().any(|(_, name)| name == "__self");
        Ident::new(if renamed { "__self" } else { "self" }, receiver.self_span)
    });
    let site = Site { function: &function, runtime, outcome: &outcome, receiver };
    let Content { hoisted, statements } = content;
    let layered = if Layers::of(&statements).is_some() {
        stack::insert(statements, layer, |slot| wrap(&made, &site, slot))
    } else {
        wrap(&made, &site, stack::mark(layer, &innermost(&site, &statements)))
    };
    let body = shape::rebuild(&function, &body, ours!(#hoisted #layered));
    Ok(function.with_body(&body))
}

/// The call of the user's own statements.
///
/// ```text
/// // Input:
/// async fn f(&mut self) -> Result<Answer, Error> { body }
/// // Output:
/// async {
///     if let Some(outcome) = None::<Result<Answer, Error>> { return outcome; }
///     let _ = &mut *self;
///     body
/// }
/// .await
/// ```
fn innermost(site: &Site<'_>, statements: &TokenStream) -> TokenStream {
    let outcome = shape::nameable(site.outcome);
    // The never-taken return tells inference the type, which an `async` block has no place for.
    let typed = ours! {
        #[allow(clippy::all, clippy::pedantic, unreachable_code)]
        if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<#outcome> {
            return outcome;
        }
    };
    // A block that only reads through `&mut self` would capture it shared, and be `Send` only where
    // `Self` is `Sync`, which the plain function does not ask for.
    let reborrow = site
        .receiver
        .as_ref()
        .filter(|_| site.function.receiver().is_some_and(|receiver| receiver.by_mut_reference))
        .filter(|_| !shape::may_borrow(site.outcome))
        .map(|receiver| ours!(let _ = &mut *#receiver;));
    let statements = guarded::infer_return(statements.clone());
    ours!(async { #typed #reborrow #statements }.await)
}

/// `#![allow(…)]` at the start of the body applies to the function.
fn move_inner_attributes(function: &mut Function, content: &mut Content) {
    let mut tokens: Vec<TokenTree> = std::mem::take(&mut content.statements).into_iter().collect();
    while is_punct(tokens.first(), '#') && is_punct(tokens.get(1), '!') {
        tokens.remove(1);
        let mut cursor = Cursor::new(&tokens);
        function.attributes.extend(cursor.attributes());
        tokens = cursor.rest().to_vec();
    }
    content.statements = tokens.into_iter().collect();
}

/// A block that is one expression, so that a layer can stand wherever the slot stood.
pub(crate) fn block(inside: &TokenStream) -> TokenStream {
    let group = Group::new(proc_macro2::Delimiter::Brace, inside.clone());
    ours!(#group)
}

/// A predicate of the user's, called through a helper that tells its closure the parameter's type.
pub(crate) fn ask(site: &Site<'_>, value: &Ident, predicate: &TokenStream) -> TokenStream {
    let runtime = site.runtime;
    let predicate = site.expression(predicate);
    quote_spanned!(Span::mixed_site()=> #runtime::private::ask(#value, #predicate))
}
