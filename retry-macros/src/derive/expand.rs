//! The implementation that the derive generates.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Data, ExprPath, Ident, Type, WherePredicate, parse_quote};

use super::check::{Case, Model, Value};
use super::fields::Source;
use crate::hygiene::ours;
use crate::tokens::{contains_word, first_span, respan};

// Input:
//   #[derive(Retryable)]
//   enum ApiError<E> {
//       #[retry(rate_limited, after = wait)]
//       RateLimited { wait: Option<Duration> },
//       #[retry(transparent)]
//       Inner(E),
//       #[retry(with = classify)]
//       Parse(ParseError),
//   }
//
// Output, with shortened paths:
//   #[automatically_derived]
//   impl<E> Retryable for ApiError<E> where E: Retryable {
//       fn failure_kind(&self) -> FailureKind {
//           match self {
//               Self::RateLimited { .. } => FailureKind::RateLimited,
//               Self::Inner { 0: __field, .. } => <E as Classified>::failure_kind(__field),
//               Self::Parse { 0: __field, .. } => {
//                   let __function: fn(&ParseError) -> FailureKind = classify;
//                   __function(__field)
//               }
//           }
//       }
//       fn retry_after(&self) -> Option<Duration> {
//           match self {
//               Self::RateLimited { wait: __field, .. } => {
//                   <Option<Duration> as Hint>::hint(__field)
//               }
//               Self::Inner { 0: __field, .. } => <E as Classified>::retry_after(__field),
//               _ => None,
//           }
//       }
//       fn retry_hint(&self) -> RetryHint {
//           match self {
//               Self::Inner { 0: __field, .. } => <E as Classified>::retry_hint(__field),
//               _ => Into::into(Retryable::retry_after(self)),
//           }
//       }
//       fn __retry_utils_is_opaque(&self) -> bool {
//           match self {
//               Self::Inner { 0: __field, .. } => <E as Classified>::is_opaque(__field),
//               _ => false,
//           }
//       }
//       fn as_error(&self) -> Option<&dyn Error> {
//           Judged(self).__retry_utils_error()
//       }
//   }
//
// With errors, `failure_kind` is a stub, so that uses of `Retryable` cause no further errors.
pub(super) fn item(model: &Model<'_>, errors: Option<&TokenStream>) -> TokenStream {
    let Model { input, runtime, .. } = model;
    let mut generics = input.generics.clone();
    let kind = ours!(#runtime::FailureKind);
    let (body, retry_after, retry_hint, is_opaque) = if errors.is_some() {
        (ours!(#kind::Permanent), None, None, None)
    } else {
        generics.make_where_clause().predicates.extend(bounds(model));
        // Each case has a kind.
        let rest = TokenStream::new();
        let body = select(model, &ours!(failure_kind), &kind, &rest, |case| Some(&case.kind));
        (body, retry_after(model), retry_hint(model), is_opaque(model))
    };
    let (name, (parameters, arguments, bounds)) = (&input.ident, generics.split_for_impl());
    ours!(
        #errors
        #[automatically_derived]
        impl #parameters #runtime::Retryable for #name #arguments #bounds {
            fn failure_kind(&self) -> #kind {
                #body
            }
            #retry_after
            #retry_hint
            #is_opaque
            fn as_error(
                &self,
            ) -> ::core::option::Option<&dyn ::core::error::Error> {
                #runtime::private::Judged(self).__retry_utils_error()
            }
        }
    )
}

/// Returns bounds on the types of forwarded fields that depend on a type parameter, except types
/// that contain the item itself: such a bound would be circular.
fn bounds(model: &Model<'_>) -> impl Iterator<Item = WherePredicate> {
    let Model { input, runtime, cases } = model;
    cases.iter().filter_map(move |case| {
        let Value::Forward(Source { ty, .. }) = &case.kind else { return None };
        let tokens = ty.to_token_stream();
        let contains = |name: &Ident| contains_word(&tokens, &name.to_string());
        let is_generic = input.generics.type_params().any(|parameter| contains(&parameter.ident));
        (is_generic && !contains(&input.ident)).then(|| parse_quote!(#ty: #runtime::Retryable))
    })
}

/// Returns the method if a case has a wait. The default of the trait is `None`.
fn retry_after(model: &Model<'_>) -> Option<TokenStream> {
    model.cases.iter().find(|case| case.wait.is_some())?;
    let wait = ours!(::core::option::Option<::core::time::Duration>);
    let none = ours!(::core::option::Option::None);
    let body = select(model, &ours!(retry_after), &wait, &none, |case| case.wait.as_ref());
    Some(ours!(fn retry_after(&self) -> #wait { #body }))
}

/// Returns the method if a case forwards. The default of the trait is the hint of the wait.
fn retry_hint(model: &Model<'_>) -> Option<TokenStream> {
    let forwarded = |case: &Case<'_>| matches!(case.kind, Value::Forward(_));
    model.cases.iter().find(|case| forwarded(case))?;
    let runtime = &model.runtime;
    let hint = ours!(#runtime::RetryHint);
    let of_wait = ours!(::core::convert::Into::into(#runtime::Retryable::retry_after(self)));
    let body = select(model, &ours!(retry_hint), &hint, &of_wait, |case| {
        forwarded(case).then_some(&case.kind)
    });
    Some(ours!(fn retry_hint(&self) -> #hint { #body }))
}

/// Returns the hidden method if a case forwards. The default of the trait is `false`.
fn is_opaque(model: &Model<'_>) -> Option<TokenStream> {
    let forwarded = |case: &Case<'_>| matches!(case.kind, Value::Forward(_));
    model.cases.iter().find(|case| forwarded(case))?;
    let (bool, no) = (ours!(bool), ours!(false));
    let body =
        select(model, &ours!(is_opaque), &bool, &no, |case| forwarded(case).then_some(&case.kind));
    Some(ours!(fn __retry_utils_is_opaque(&self) -> bool { #body }))
}

/// Returns the body of a method of `Retryable`, which matches on the case. Cases without a value
/// return `rest`.
fn select<'m>(
    model: &'m Model<'_>,
    method: &TokenStream,
    returned: &TokenStream,
    rest: &TokenStream,
    value: impl Fn(&'m Case<'m>) -> Option<&'m Value<'m>>,
) -> TokenStream {
    let Model { input, runtime, cases } = model;
    let arms = cases.iter().filter_map(|case| {
        let (member, value) = match value(case)? {
            Value::Kind(kind) => {
                let kind = Ident::new(kind, Span::mixed_site());
                (None, ours!(#returned::#kind))
            }
            // With the type written out, a missing implementation is reported on it.
            Value::Forward(Source { member, ty, .. }) => {
                (Some(member), ours!(<#ty as #runtime::private::Classified>::#method(__field)))
            }
            Value::Hint(Source { member, ty, .. }) => {
                (Some(member), ours!(<#ty as #runtime::private::Hint>::hint(__field)))
            }
            Value::Call(path, source) => (Some(&source.member), call(path, source.ty, returned)),
        };
        let name = case.name;
        let variant = matches!(input.data, Data::Enum(_)).then(|| ours!(::#name));
        // The underscores prevent a match with a constant, because constants are not hygienic.
        let field = member.map(|member| ours!(#member: __field,));
        Some(ours!(Self #variant { #field .. } => #value,))
    });
    let arms: Vec<_> = arms.collect();
    let rest = (arms.len() < cases.len()).then(|| ours!(_ => #rest,));
    // A reference to an empty enum would need an arm.
    let subject = if cases.is_empty() { ours!(*self) } else { ours!(self) };
    ours!(match #subject { #(#arms)* #rest })
}

/// Returns the call of a function. The type of the local has the span of the path, so that rustc
/// reports a wrong function only there.
fn call(path: &ExprPath, ty: &Type, returned: &TokenStream) -> TokenStream {
    let first = first_span(path);
    let last = path.to_token_stream().into_iter().last().map_or(first, |token| token.span());
    let (begin, returned) = (respan(ours!(fn), first), respan(returned.clone(), last));
    let argument = match ty {
        Type::TraitObject(object) if object.bounds.len() > 1 => ours!(&(#ty)),
        _ => ours!(&#ty),
    };
    ours!({
        let __function: #begin(#argument) -> #returned = #path;
        __function(__field)
    })
}
