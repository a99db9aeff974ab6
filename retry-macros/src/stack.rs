//! How several attributes keep Python's order: the slot.
//!
//! Rust expands the top attribute first, and leaves the lower ones on what it emitted. If each wrapped
//! the whole body, the lowest would end up outermost. So the first to expand leaves a marked slot around
//! the innermost part, the call of the user's own statements, and each later one puts its layer *inside*
//! that slot. The marker is a type alias whose name lists the layers so far, from the outside in; it is
//! found in the body's tokens, so that renamed imports, full paths and `cfg_attr` make no difference.
//!
//! A foreign attribute between ours may wrap the body, move it into a macro call, or write it twice:
//! the slot is looked for at any depth, and every copy of it is rewritten. An inert attribute on the
//! function says that a slot was left, so that a body without one is an error.
//!
//! ```text
//! // Input, as the second attribute sees it:
//! #[rustfmt::__retry_utils_layer_circuit_breaker()]
//! async fn f() -> R { …breaker…  { type __RetryUtilsSlotB = (); async move { body }.await }  …breaker… }
//! // Output:
//! #[rustfmt::__retry_utils_layer_circuit_breaker()]
//! async fn f() -> R {
//!     …breaker…
//!     { …retry…  { type __RetryUtilsSlotBr = (); async { body }.await }  …retry… }
//!     …breaker…
//! }
//! ```

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Token, parse_quote_spanned};

use crate::hygiene::ours;
use crate::item::Bound;
use crate::tokens::{is_word, regroup};

pub(crate) const SLOT: &str = "__RetryUtilsSlot";

/// A name under `rustfmt` is inert for the compiler, unlike an unused `cfg_attr`, which goes away.
const MARK: &str = "__retry_utils_layer_";
/// Of an attribute above that has reported an error, which the others need not repeat.
pub(crate) const REPORTED: &str = "__retry_utils_reported";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) attribute: &'static str,
    /// What stands for it in the name of a slot.
    pub(crate) letter: &'static str,
}

impl Layer {
    pub(crate) const RETRY: Self = Self { attribute: "async_retry", letter: "r" };
    pub(crate) const BREAKER: Self = Self { attribute: "circuit_breaker", letter: "b" };
}

/// What an attribute above has left.
pub(crate) struct Slot {
    /// A letter for each layer around the slot, from the outside in.
    pub(crate) layers: String,
    pub(crate) statements: TokenStream,
}

impl Slot {
    pub(crate) fn first(body: &TokenStream) -> Option<Self> {
        body.clone().into_iter().find_map(|token| {
            let TokenTree::Group(group) = token else { return None };
            let Some((layers, inside)) = open(&group) else { return Self::first(&group.stream()) };
            Some(Self { layers, statements: block(inside).unwrap_or_default() })
        })
    }
}

/// What stands in `async { … }`, also if that is the argument of a conversion.
fn block(inside: TokenStream) -> Option<TokenStream> {
    inside.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        TokenTree::Group(group) => block(group.stream()),
        _ => None,
    })
}

/// The inert attribute `#[rustfmt::__retry_utils_layer_circuit_breaker(a, mut b)]`: the attribute of this
/// layer has left a slot, and these bindings stand before it.
pub(crate) fn mark(layer: Layer, hoisted: &[Bound]) -> Attribute {
    let mark = Ident::new(&format!("{MARK}{}", layer.attribute), Span::mixed_site());
    let hoisted = hoisted.iter().map(|Bound { mutability, name }| quote!(#mutability #name));
    parse_quote_spanned!(Span::mixed_site()=> #[rustfmt::#mark(#(#hoisted),*)])
}

/// The name of the attribute above that has left a mark, and the bindings that it lists.
pub(crate) fn marked(attributes: &[Attribute]) -> Option<(String, Vec<Bound>)> {
    attributes.iter().find_map(|attribute| {
        let by = name(attribute)?.strip_prefix(MARK)?.to_owned();
        let parse = Punctuated::<_, Token![,]>::parse_terminated;
        let hoisted = attribute.parse_args_with(parse).ok()?;
        Some((by, hoisted.into_iter().collect()))
    })
}

fn name(attribute: &Attribute) -> Option<String> {
    attribute.path().segments.last().map(|last| last.ident.to_string())
}

/// Whether one of the attributes has this name, by whatever path.
pub(crate) fn has(attributes: &[Attribute], of: &str) -> bool {
    attributes.iter().any(|attribute| name(attribute).is_some_and(|name| name == of))
}

/// The inert attribute that says: an error of this function has been reported.
pub(crate) fn reported() -> Attribute {
    let mark = Ident::new(REPORTED, Span::mixed_site());
    parse_quote_spanned!(Span::mixed_site()=> #[rustfmt::#mark])
}

/// Marks an expression as the innermost part, below these layers.
pub(crate) fn slot(layers: &str, inside: &TokenStream) -> TokenStream {
    // The cheapest item to compile; a leading underscore keeps it quiet though unused.
    // `B` or `Br`, since a type's name is linted for its case.
    let layers = layers[..1].to_uppercase() + &layers[1..];
    let marker = Ident::new(&format!("{SLOT}{layers}"), Span::mixed_site());
    ours!({ type #marker = (); #inside })
}

/// Puts a layer inside each slot, at any depth; `wrap` gets the slot's expression, marked anew.
/// With `by_reference` the innermost block borrows the arguments, as a layer needs that runs it
/// several times, or that looks at the arguments once more afterwards. Nothing where there is no slot.
pub(crate) fn insert(
    body: TokenStream,
    layer: Layer,
    by_reference: bool,
    wrap: &dyn Fn(TokenStream) -> TokenStream,
) -> Option<TokenStream> {
    let mut is_changed = false;
    let mut rewritten: Vec<TokenTree> = Vec::new();
    for token in body {
        let TokenTree::Group(group) = &token else {
            rewritten.push(token);
            continue;
        };
        if let Some((layers, inside)) = open(group) {
            let inside = if by_reference { without_move(inside) } else { inside };
            rewritten.extend(wrap(slot(&(layers + layer.letter), &inside)));
        } else if let Some(inside) = insert(group.stream(), layer, by_reference, wrap) {
            rewritten.push(TokenTree::Group(regroup(group, inside)));
        } else {
            rewritten.push(token);
            continue;
        }
        is_changed = true;
    }
    is_changed.then(|| rewritten.into_iter().collect())
}

/// `async move { … }.await` as `async { … }.await`, also as the argument of a conversion.
fn without_move(inside: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in inside {
        match token {
            TokenTree::Ident(word) if word == "move" && is_word(kept.last(), "async") => {}
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                kept.push(TokenTree::Group(regroup(&group, without_move(group.stream()))));
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

/// Takes the `mut` in front of a name out of statements, but for what stands in a slot.
pub(crate) fn take_mut(tokens: &mut TokenStream, name: &Ident) -> Option<Token![mut]> {
    let mut taken = None;
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in std::mem::take(tokens) {
        match token {
            TokenTree::Group(group) if open(&group).is_none() => {
                let mut inside = group.stream();
                taken = taken.or(take_mut(&mut inside, name));
                kept.push(TokenTree::Group(regroup(&group, inside)));
            }
            TokenTree::Ident(ident) if ident == *name && is_word(kept.last(), "mut") => {
                taken = taken.or(kept.pop().map(|last| Token![mut](last.span())));
                kept.push(TokenTree::Ident(ident));
            }
            other => kept.push(other),
        }
    }
    *tokens = kept.into_iter().collect();
    taken
}

/// The layers and the expression of a slot.
fn open(group: &Group) -> Option<(String, TokenStream)> {
    let mut tokens = group.stream().into_iter();
    let is_type = is_word(tokens.next().as_ref(), "type");
    if !is_type || group.delimiter() != Delimiter::Brace {
        return None;
    }
    let TokenTree::Ident(marker) = tokens.next()? else { return None };
    let layers = marker.to_string().strip_prefix(SLOT)?.to_lowercase();
    // `= ();`
    Some((layers, tokens.skip(3).collect()))
}
