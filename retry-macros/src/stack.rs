//! How several attributes keep Python's order: the slot.
//!
//! Rust expands the top attribute first, and leaves the lower ones on what it emitted. If each wrapped
//! the whole body, the lowest would end up outermost. So the first to expand leaves a marked slot around
//! the innermost part, the call of the user's own statements, and each later one puts its layer *inside*
//! that slot. The marker is a type alias whose name lists the layers so far, from the outside in; it is
//! found in the body's tokens, so that renamed imports, full paths and `cfg_attr` make no difference.
//!
//! ```text
//! // Input, as the second attribute sees it:
//! { …breaker…  { type __RetryUtilsSlotB = (); async { body }.await }  …breaker… }
//! // Output:
//! { …breaker…  { …retry…  { type __RetryUtilsSlotBr = (); async { body }.await }  …retry… }  …breaker… }
//! ```

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::hygiene::ours;
use crate::tokens::{is_ident, regroup};

const PREFIX: &str = "__RetryUtilsSlot";

/// One attribute's layer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Retry,
    Breaker,
}

impl Layer {
    const fn letter(self) -> char {
        match self {
            Self::Retry => 'r',
            Self::Breaker => 'b',
        }
    }
}

/// The layers that stand around the user's statements, from the outside in.
#[derive(Default)]
pub(crate) struct Layers(String);

impl Layers {
    /// Those of the function so far, if an attribute above has expanded.
    pub(crate) fn of(statements: &TokenStream) -> Option<Self> {
        // What we emit is one block and nothing beside it: any other body needs no search.
        let mut tokens = statements.clone().into_iter();
        match (tokens.next(), tokens.next()) {
            (Some(TokenTree::Group(block)), None) => search(&block).map(Self),
            _ => None,
        }
    }

    pub(crate) fn contain(&self, layer: Layer) -> bool {
        self.0.contains(layer.letter())
    }
}

/// Marks an expression as the innermost part, below a first layer.
pub(crate) fn mark(layer: Layer, innermost: &TokenStream) -> TokenStream {
    slot(&layer.letter().to_string(), innermost)
}

/// Puts a layer inside the slot; `wrap` gets the slot's expression, marked anew.
pub(crate) fn insert(
    tokens: TokenStream,
    layer: Layer,
    wrap: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    rewrite(tokens, &mut |mut layers, inside| {
        layers.push(layer.letter());
        wrap(slot(&layers, &inside))
    })
}

fn slot(layers: &str, inside: &TokenStream) -> TokenStream {
    // The cheapest item to compile; a leading underscore keeps it quiet though unused.
    // `B` or `Br`, since a type's name is linted for its case.
    let layers = layers[..1].to_uppercase() + &layers[1..];
    let marker = Ident::new(&format!("{PREFIX}{layers}"), Span::mixed_site());
    ours!({ type #marker = (); #inside })
}

/// The layers of the first slot at any depth.
fn search(group: &Group) -> Option<String> {
    open(group).map(|(layers, _)| layers).or_else(|| {
        group.stream().into_iter().find_map(|token| match token {
            TokenTree::Group(inner) => search(&inner),
            _ => None,
        })
    })
}

/// Replaces the first slot, at any depth, by what `change` makes of its layers and expression.
fn rewrite(
    tokens: TokenStream,
    change: &mut dyn FnMut(String, TokenStream) -> TokenStream,
) -> TokenStream {
    let mut done = false;
    rewrite_once(tokens, change, &mut done)
}

fn rewrite_once(
    tokens: TokenStream,
    change: &mut dyn FnMut(String, TokenStream) -> TokenStream,
    done: &mut bool,
) -> TokenStream {
    let mut rewritten = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if !*done => {
                if let Some((layers, inside)) = open(&group) {
                    *done = true;
                    rewritten.extend(change(layers, inside));
                } else {
                    let stream = rewrite_once(group.stream(), change, done);
                    rewritten.extend([TokenTree::Group(regroup(&group, stream))]);
                }
            }
            other => rewritten.extend([other]),
        }
    }
    rewritten
}

/// The layers and the expression of a slot.
fn open(group: &Group) -> Option<(String, TokenStream)> {
    if group.delimiter() != Delimiter::Brace {
        return None;
    }
    let mut tokens = group.stream().into_iter();
    if !is_ident(tokens.next().as_ref(), "type") {
        return None;
    }
    let TokenTree::Ident(marker) = tokens.next()? else { return None };
    let layers = marker.to_string().strip_prefix(PREFIX)?.to_lowercase();
    // `= ();`
    Some((layers, tokens.skip(3).collect()))
}
