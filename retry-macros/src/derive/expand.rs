//! The implementation that the derive writes.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use super::check::{Answer, Model, Source};
use super::input::Data;
use crate::tokens::is_punct;

/// With mistakes, an implementation stands there all the same: whatever needs `Retryable` elsewhere
/// is no second mistake.
pub(super) fn item(model: &Model<'_>, mistakes: Option<TokenStream>) -> TokenStream {
    if let Some(mistakes) = mistakes {
        let stub = implementation(model, &[], &stub(model));
        return quote!(#mistakes #stub);
    }
    let mut methods = failure_kind(model);
    methods.extend(retry_after(model));
    implementation(model, &bounded(model), &methods)
}

// Input:
//   #[derive(Retryable)]
//   enum ApiError<E> {
//       #[retry(timeout)]
//       Timeout,
//       #[retry(rate_limited, after = wait)]
//       RateLimited { wait: Option<Duration> },
//       #[retry(transparent)]
//       Inner(E),
//   }
//
// Output:
//   #[automatically_derived]
//   impl<E> ::retry_utils::Retryable for ApiError<E>
//   where
//       E: ::retry_utils::Retryable,
//   {
//       fn failure_kind(&self) -> ::retry_utils::FailureKind { … }
//       fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> { … }
//   }
fn implementation(model: &Model<'_>, more: &[TokenStream], methods: &TokenStream) -> TokenStream {
    let Model { input, runtime, .. } = model;
    let name = &input.name;
    let (parameters, arguments) = (input.generics.declared(), input.generics.arguments());
    let bounds = bounds(&input.bounds, more);
    quote_spanned!(Span::mixed_site()=>
        #[automatically_derived]
        impl #parameters #runtime::Retryable for #name #arguments #bounds {
            #methods
        }
    )
}

// Output:
//   fn failure_kind(&self) -> ::retry_utils::FailureKind {
//       match self {
//           Self::Timeout { .. } => ::retry_utils::FailureKind::Timeout,
//           Self::RateLimited { .. } => ::retry_utils::FailureKind::RateLimited,
//           Self::Inner { 0: __field, .. } => <E as ::retry_utils::Retryable>::failure_kind(__field),
//       }
//   }
fn failure_kind(model: &Model<'_>) -> TokenStream {
    let (mixed, runtime) = (Span::mixed_site(), &model.runtime);
    let arms = model.cases.iter().map(|case| {
        let (source, value) = match &case.answer {
            Answer::Kind { kind, .. } => {
                let kind = Ident::new(kind, mixed);
                (None, quote_spanned!(mixed=> #runtime::FailureKind::#kind))
            }
            Answer::Forward(source) => {
                (Some(source), ask(source, &quote!(#runtime::Retryable), "failure_kind"))
            }
        };
        Arm { variant: case.variant, source, value }
    });
    let body = body(model, &arms.collect::<Vec<_>>());
    quote_spanned!(mixed=>
        fn failure_kind(&self) -> #runtime::FailureKind {
            #body
        }
    )
}

// Output:
//   fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
//       match self {
//           Self::RateLimited { wait: __field, .. } => {
//               <Option<Duration> as ::retry_utils::private::Hint>::hint(__field)
//           }
//           Self::Inner { 0: __field, .. } => <E as ::retry_utils::Retryable>::retry_after(__field),
//           _ => ::core::option::Option::None,
//       }
//   }
//
// and nothing where no case has a hint: the trait's own default says the same.
fn retry_after(model: &Model<'_>) -> Option<TokenStream> {
    let runtime = &model.runtime;
    let arms = model.cases.iter().filter_map(|case| {
        let (source, value) = match &case.answer {
            Answer::Kind { after, .. } => {
                let source = after.as_ref()?;
                (source, ask(source, &quote!(#runtime::private::Hint), "hint"))
            }
            Answer::Forward(source) => {
                (source, ask(source, &quote!(#runtime::Retryable), "retry_after"))
            }
        };
        Some(Arm { variant: case.variant, source: Some(source), value })
    });
    let arms: Vec<_> = arms.collect();
    if arms.is_empty() {
        return None;
    }
    let body = body(model, &arms);
    Some(quote_spanned!(Span::mixed_site()=>
        fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
            #body
        }
    ))
}

// Output, to stand below the mistakes:
//   fn failure_kind(&self) -> ::retry_utils::FailureKind {
//       ::retry_utils::FailureKind::Permanent
//   }
fn stub(model: &Model<'_>) -> TokenStream {
    let runtime = &model.runtime;
    quote_spanned!(Span::mixed_site()=>
        fn failure_kind(&self) -> #runtime::FailureKind {
            #runtime::FailureKind::Permanent
        }
    )
}

/// What one variant, or the struct, answers, and the field that the answer is read from.
struct Arm<'a> {
    variant: Option<&'a Ident>,
    source: Option<&'a Source<'a>>,
    value: TokenStream,
}

/// A `match` over the variants, or the plain answer of a struct.
fn body(model: &Model<'_>, arms: &[Arm<'_>]) -> TokenStream {
    let mixed = Span::mixed_site();
    let local = local();
    let binding = |arm: &Arm<'_>| {
        arm.source.map(|Source { member, .. }| quote_spanned!(mixed=> #member: #local,))
    };
    if let (Data::Struct(_), [arm]) = (&model.input.data, arms) {
        let read = binding(arm).map(|field| quote_spanned!(mixed=> let Self { #field .. } = self;));
        let value = &arm.value;
        return quote!(#read #value);
    }
    if arms.is_empty() {
        return quote_spanned!(mixed=> match *self {});
    }
    let rest = (arms.len() < model.cases.len())
        .then(|| quote_spanned!(mixed=> _ => ::core::option::Option::None,));
    let arms = arms.iter().map(|arm| {
        let (variant, field, value) = (arm.variant, binding(arm), &arm.value);
        quote_spanned!(mixed=> Self::#variant { #field .. } => #value,)
    });
    quote_spanned!(mixed=> match self { #(#arms)* #rest })
}

/// The local that a field is bound to. A pattern also finds constants, which are not hygienic: hence
/// the underscores.
fn local() -> Ident {
    Ident::new("__field", Span::mixed_site())
}

/// `<Type as trait>::method(__field)`: naming the type is what puts a missing implementation on it.
fn ask(source: &Source<'_>, of: &TokenStream, method: &str) -> TokenStream {
    let mixed = Span::mixed_site();
    let (ty, method, local) = (source.ty, Ident::new(method, mixed), local());
    quote_spanned!(mixed=> <#ty as #of>::#method(#local))
}

/// The item's own `where` clause with more bounds in it.
fn bounds(own: &[TokenTree], more: &[TokenStream]) -> TokenStream {
    let begin = (own.is_empty() && !more.is_empty()).then(|| quote!(where));
    let comma =
        (own.len() > 1 && !is_punct(own.last(), ',') && !more.is_empty()).then(|| quote!(,));
    quote!(#begin #(#own)* #comma #(#more),*)
}

/// A bound for each forwarded field whose type depends on a parameter.
///
/// Not for a type that contains the item itself: whether it is `Retryable` is what is being said.
fn bounded(model: &Model<'_>) -> Vec<TokenStream> {
    let Model { input, runtime, cases } = model;
    let parameters: Vec<&Ident> = input.generics.types().collect();
    let forwarded = cases.iter().filter_map(|case| match &case.answer {
        Answer::Forward(Source { ty, .. }) => Some(ty),
        Answer::Kind { .. } => None,
    });
    forwarded
        .filter(|ty| mentions(ty.to_token_stream(), &parameters))
        .filter(|ty| !mentions(ty.to_token_stream(), &[&input.name]))
        .map(|ty| quote!(#ty: #runtime::Retryable))
        .collect()
}

fn mentions(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
