//! Slots, which make the top attribute the outermost layer, as in Python.
//!
//! Rust expands the top attribute first, and the lower ones see its output. If each wrapped the
//! whole body, the lowest would end up outermost. So the first attribute leaves a slot around the
//! user's statements, and each later one puts its layer *inside* that slot. A slot is a block with
//! a label that names the layers so far, from the outside in. It is found in the body's tokens, so
//! that renamed imports, full paths and `cfg_attr` make no difference.
//!
//! A foreign attribute between ours may wrap the body, move it into a macro call, or duplicate it.
//! A slot may therefore be at any depth, and every copy of it is rewritten. An inert attribute on
//! the function records that there is a slot, so that a body without one is an error.
//!
//! ```text
//! // Input, as the second attribute sees it:
//! #[rustfmt::__retry_utils_layer_circuit_breaker()]
//! async fn f() -> R { …breaker…  '__retry_utils_slot_b: { async move { body }.await }  …breaker… }
//! // Output:
//! #[rustfmt::__retry_utils_layer_circuit_breaker()]
//! async fn f() -> R {
//!     …breaker…
//!     { …retry…  '__retry_utils_slot_br: { async { body }.await }  …retry… }
//!     …breaker…
//! }
//! ```

use std::mem;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Lifetime, Token};

use crate::hygiene::ours;
use crate::item::Bound;
use crate::tokens::{is_punct, is_word, regroup};

pub(crate) const SLOT: &str = "__retry_utils_slot_";

/// The compiler ignores and keeps an attribute under `rustfmt`. It would remove an unused
/// `cfg_attr`.
const MARK: &str = "__retry_utils_layer_";
/// Marks a function for which an attribute above has reported an error. The others do not repeat
/// it.
pub(crate) const REPORTED: &str = "__retry_utils_reported";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) attribute: &'static str,
    /// Represents it in the label of a slot. With the key `stream`, an `s` follows.
    pub(crate) letter: &'static str,
}

impl Layer {
    pub(crate) const RETRY: Self = Self { attribute: "async_retry", letter: "r" };
    pub(crate) const RETRY_OF_STREAM: Self = Self { letter: "rs", ..Self::RETRY };
    pub(crate) const BREAKER: Self = Self { attribute: "circuit_breaker", letter: "b" };
    pub(crate) const BREAKER_OF_STREAM: Self = Self { letter: "bs", ..Self::BREAKER };

    pub(crate) fn is_of_stream(self) -> bool {
        has_stream(self.letter)
    }
}

/// Returns whether one of the layers in a slot's label has the key `stream`.
pub(crate) fn has_stream(layers: &str) -> bool {
    layers.contains('s')
}

/// A body with the slots that an attribute above has left in it.
pub(crate) struct Slots {
    /// The tokens before each hole, and the hole.
    parts: Vec<(Vec<TokenTree>, Hole)>,
    rest: Vec<TokenTree>,
}

enum Hole {
    /// The letters of the layers around the slot, from the outside in, and the slot's content.
    Slot(String, TokenStream),
    /// There are slots in this group.
    Around(Group, Slots),
}

impl Slots {
    /// Looks for slots at any depth.
    pub(crate) fn of(body: TokenStream) -> Option<Self> {
        let (mut parts, mut before) = (Vec::new(), Vec::new());
        for token in body {
            let TokenTree::Group(group) = token else {
                before.push(token);
                continue;
            };
            let hole = if let Some(layers) = label(&before, &group) {
                // `'`, `name` and `:`.
                before.truncate(before.len() - 3);
                Hole::Slot(layers, group.stream())
            } else if let Some(slots) = Self::of(group.stream()) {
                Hole::Around(group, slots)
            } else {
                before.push(group.into());
                continue;
            };
            parts.push((mem::take(&mut before), hole));
        }
        (!parts.is_empty()).then_some(Self { parts, rest: before })
    }

    /// Returns the layers around the first slot, and the user's statements in it.
    pub(crate) fn first(&self) -> (&str, TokenStream) {
        match &self.parts[0].1 {
            Hole::Slot(layers, inside) => (layers, block(inside.clone()).unwrap_or_default()),
            Hole::Around(_, slots) => slots.first(),
        }
    }

    /// Replaces each slot by what `wrap` returns for its layers and its content.
    pub(crate) fn fill(self, wrap: &dyn Fn(&str, TokenStream) -> TokenStream) -> TokenStream {
        let mut filled = TokenStream::new();
        for (before, hole) in self.parts {
            filled.extend(before);
            match hole {
                Hole::Slot(layers, inside) => filled.extend(wrap(&layers, inside)),
                Hole::Around(group, slots) => {
                    let inside = slots.fill(wrap);
                    filled.extend([TokenTree::Group(regroup(&group, inside))]);
                }
            }
        }
        filled.extend(self.rest);
        filled
    }
}

/// Returns the layers that a slot's label names, if the tokens end in one and the block follows.
fn label(before: &[TokenTree], block: &Group) -> Option<String> {
    let [.., quote, TokenTree::Ident(name), colon] = before else { return None };
    let is_label = is_punct(Some(quote), '\'') && is_punct(Some(colon), ':');
    let layers = || name.to_string().strip_prefix(SLOT).map(str::to_owned);
    (is_label && block.delimiter() == Delimiter::Brace).then(layers).flatten()
}

/// Returns the content of `async { … }`, which may be the argument of a conversion.
fn block(inside: TokenStream) -> Option<TokenStream> {
    inside.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        TokenTree::Group(group) => block(group.stream()),
        _ => None,
    })
}

/// Returns the inert attribute `#[rustfmt::__retry_utils_layer_circuit_breaker(a, mut b)]`, which
/// records a slot of this layer and the bindings before it.
pub(crate) fn mark(layer: Layer, hoisted: &[Bound]) -> TokenStream {
    let mark = Ident::new(&format!("{MARK}{}", layer.attribute), Span::mixed_site());
    let hoisted = hoisted.iter().map(|Bound { mutability, name }| quote!(#mutability #name));
    ours!(#[rustfmt::#mark(#(#hoisted),*)])
}

/// Returns the name of the attribute above that has left a mark, and the bindings that it lists.
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

/// Returns whether one of the attributes has this name, under any path.
pub(crate) fn has(attributes: &[Attribute], of: &str) -> bool {
    attributes.iter().any(|attribute| name(attribute).is_some_and(|name| name == of))
}

/// Returns the inert attribute that marks a function with a reported error.
pub(crate) fn reported() -> TokenStream {
    let mark = Ident::new(REPORTED, Span::mixed_site());
    ours!(#[rustfmt::#mark])
}

/// Wraps an expression in the slot below these layers.
pub(crate) fn slot(layers: &str, inside: &TokenStream) -> TokenStream {
    // The underscore silences the lint on unused labels.
    let label = Lifetime::new(&format!("'{SLOT}{layers}"), Span::mixed_site());
    ours!(#label: { #inside })
}

/// Removes the `move` from `async move { … }.await`, for a layer that runs the block several times
/// or uses the arguments after it. The block may be the argument of a conversion.
pub(crate) fn without_move(inside: TokenStream) -> TokenStream {
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

/// Removes the `mut` in front of a name from statements, but not inside a slot.
pub(crate) fn take_mut(tokens: &mut TokenStream, name: &Ident) -> Option<Token![mut]> {
    let mut taken = None;
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in mem::take(tokens) {
        match token {
            TokenTree::Group(group) if label(&kept, &group).is_none() => {
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
