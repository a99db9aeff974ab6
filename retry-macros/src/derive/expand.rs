//! The implementation that the derive writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Data, ExprPath, Type, parse_quote};

use super::check::{Kind, Model, Reader, Reading};
use super::fields::mentions;
use crate::hygiene::ours;

// Input:
//   #[derive(Retryable)]
//   enum ApiError<E> {
//       #[retry(timeout)]
//       Timeout,
//       #[retry(rate_limited, after = wait)]
//       RateLimited { wait: Option<Duration> },
//       #[retry(transparent)]
//       Inner(E),
//       #[retry(with = classify)]
//       Parse(ParseError),
//   }
//
// Output:
//   #[automatically_derived]
//   impl<E> ::retry_utils::Retryable for ApiError<E>
//   where
//       E: ::retry_utils::Retryable,
//   {
//       fn failure_kind(&self) -> ::retry_utils::FailureKind {
//           match self { … }
//       }
//       fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
//           match self { … }
//       }
//   }
//
// With errors, `failure_kind` is a stub, so that uses of `Retryable` elsewhere cause no further errors.
pub(super) fn item(model: &Model<'_>, errors: Option<&TokenStream>) -> TokenStream {
    let Model { input, runtime, .. } = model;
    let mut generics = input.generics.clone();
    let (kind, wait) = if errors.is_some() {
        (ours!(#runtime::FailureKind::Permanent), None)
    } else {
        for ty in forwarded(model) {
            let bound = parse_quote!(#ty: #runtime::Retryable);
            generics.make_where_clause().predicates.push(bound);
        }
        (failure_kind(model), retry_after(model))
    };
    let wait = wait.map(|wait| {
        ours!(
            fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
                #wait
            }
        )
    });
    let (name, (parameters, arguments, bounds)) = (&input.ident, generics.split_for_impl());
    ours!(
        #errors
        #[automatically_derived]
        impl #parameters #runtime::Retryable for #name #arguments #bounds {
            fn failure_kind(&self) -> #runtime::FailureKind {
                #kind
            }
            #wait
        }
    )
}

/// The types of forwarded fields that depend on a type parameter.
///
/// Not those that contain the item itself: such a bound would be circular.
fn forwarded<'m>(model: &'m Model<'_>) -> impl Iterator<Item = &'m Type> {
    let input = model.input;
    let types = model.cases.iter().filter_map(|case| match &case.kind {
        Kind::Read(Reading { source, by: Reader::Forward }) => Some(source.ty),
        _ => None,
    });
    types.filter(|ty| {
        let is_parameter = |name: &Ident| input.generics.type_params().any(|it| it.ident == *name);
        mentions(ty, &is_parameter) && !mentions(ty, &|name| *name == input.ident)
    })
}

// Output:
//   match self {
//       Self::Timeout { .. } => ::retry_utils::FailureKind::Timeout,
//       Self::RateLimited { .. } => ::retry_utils::FailureKind::RateLimited,
//       Self::Inner { 0: __field, .. } => {
//           <E as ::retry_utils::private::Classified>::failure_kind(__field)
//       }
//       Self::Parse { 0: __field, .. } => {
//           let __function: fn(&ParseError) -> ::retry_utils::FailureKind = classify;
//           __function(__field)
//       }
//   }
fn failure_kind(model: &Model<'_>) -> TokenStream {
    let runtime = &model.runtime;
    let arms = model.cases.iter().map(|case| match &case.kind {
        Kind::Fixed(kind) => {
            let kind = Ident::new(kind, Span::mixed_site());
            arm(model, case.name, None, &ours!(#runtime::FailureKind::#kind))
        }
        Kind::Read(reading) => {
            let value = read(model, reading, "failure_kind", |span| {
                let runtime = runtime.at(span);
                quote_spanned!(span=> #runtime::FailureKind)
            });
            arm(model, case.name, Some(reading), &value)
        }
    });
    if model.cases.is_empty() { ours!(match *self {}) } else { ours!(match self { #(#arms)* }) }
}

// Output:
//   match self {
//       Self::RateLimited { wait: __field, .. } => {
//           <Option<Duration> as ::retry_utils::private::Hint>::hint(__field)
//       }
//       Self::Inner { 0: __field, .. } => {
//           <E as ::retry_utils::private::Classified>::retry_after(__field)
//       }
//       _ => ::core::option::Option::None,
//   }
//
// and nothing if no case has a wait: the default of the trait is `None`.
fn retry_after(model: &Model<'_>) -> Option<TokenStream> {
    let arms = model.cases.iter().filter_map(|case| {
        let reading = case.wait.as_ref()?;
        let value = read(
            model,
            reading,
            "retry_after",
            |span| quote_spanned!(span=> ::core::option::Option<::core::time::Duration>),
        );
        Some(arm(model, case.name, Some(reading), &value))
    });
    let arms: Vec<_> = arms.collect();
    let rest = (arms.len() < model.cases.len()).then(|| ours!(_ => ::core::option::Option::None,));
    (!arms.is_empty()).then(|| ours!(match self { #(#arms)* #rest }))
}

/// One variant, or the struct. A pattern also matches constants, which are not hygienic: hence the
/// underscores of `__field`.
fn arm(
    model: &Model<'_>,
    name: &Ident,
    reading: Option<&Reading<'_>>,
    value: &TokenStream,
) -> TokenStream {
    let variant = matches!(model.input.data, Data::Enum(_)).then(|| ours!(::#name));
    let field = reading.map(|reading| {
        let member = &reading.source.member;
        ours!(#member: __field,)
    });
    ours!(Self #variant { #field .. } => #value,)
}

/// The answer of a field. Naming the type puts a missing implementation on it.
fn read(
    model: &Model<'_>,
    Reading { source, by }: &Reading<'_>,
    method: &str,
    returned: impl Fn(Span) -> TokenStream,
) -> TokenStream {
    let (runtime, ty) = (&model.runtime, source.ty);
    match by {
        Reader::Forward => {
            let method = Ident::new(method, Span::mixed_site());
            ours!(<#ty as #runtime::private::Classified>::#method(__field))
        }
        Reader::Hint => ours!(<#ty as #runtime::private::Hint>::hint(__field)),
        Reader::Function(path) => call(path, ty, returned),
    }
}

// Output:
//   let __function: fn(&ParseError) -> ::retry_utils::FailureKind = classify;
//   __function(__field)
//
// The type of the local stands where the path does: there, and only there, rustc reports a function of
// another type.
fn call(path: &ExprPath, ty: &Type, returned: impl Fn(Span) -> TokenStream) -> TokenStream {
    let mut spans = path.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    let last = spans.last().unwrap_or(first);
    let (first, last) = (Span::mixed_site().located_at(first), Span::mixed_site().located_at(last));
    let (begin, returned) = (quote_spanned!(first=> fn), returned(last));
    let argument = match ty {
        Type::TraitObject(object) if object.bounds.len() > 1 => ours!(&(#ty)),
        _ => ours!(&#ty),
    };
    ours!({
        let __function: #begin(#argument) -> #returned = #path;
        __function(__field)
    })
}
