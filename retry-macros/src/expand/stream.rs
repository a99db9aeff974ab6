//! The layer of `#[circuit_breaker(…, stream)]`: a permit that goes out with the stream.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::breaker::rejected;
use super::{Site, target};
use crate::hygiene::{ours, ours_at};
use crate::model::Breaker;
use crate::tokens::first_span;
use crate::types::{arguments_of, error_span, nameable, ok_type};

/// Asks the breaker, runs the slot, and gives the permit to the stream that came of it.
///
/// ```text
/// // Output, of `LYZR_API, stream`:
/// let breaker: &'static CircuitBreaker = &LYZR_API;
/// let asked = private::connect_static(breaker);
/// let (connection, outcome) = match asked {
///     Ok(connection) => {
///         let outcome = 'slot_b: { async move { body }.await };
///         (Some(connection), outcome)
///     }
///     Err(open) => (None, Err(private::FromCircuitOpen::from_circuit_open(open))),
/// };
/// match outcome {
///     Ok(stream) => Ok(<_ as private::Connected<_>>::guarded(stream, connection)),
///     Err(error) => {
///         if let Some(connection) = connection {
///             connection.record(Retryable::failure_kind(&error), || Retryable::retry_after(&error));
///         }
///         Err(error)
///     }
/// }
/// ```
///
/// For a return type `Guarded<X>`, the `_` is `X`, so that a boxed stream becomes the `dyn Stream`
/// that the type names.
///
/// One place makes the guarded stream, also from the value of a fallback: with `failure_if` its
/// type contains the type of the user's closure, and two closures have two types.
pub(super) fn layer(breaker: &Breaker, site: &Site, slot: &TokenStream) -> TokenStream {
    let (binding, connect) = target::asked(breaker, site);
    let rejected = rejected(breaker, site);
    let (ok, place) = (ok_type(&site.outcome), first_span(&site.outcome));
    let span = ok.map_or(place, first_span);
    let named = ok.and_then(|ok| arguments_of("Guarded", ok).next());
    let plain = named.map(|ty| nameable(ty).into_token_stream());
    let plain = plain.unwrap_or_else(|| ours_at!(span=> _));
    let (guarded, record) = if let Some(predicate) = &breaker.failure_if {
        let guarded = ours_at!(span=> <#plain as __retry_utils::Judgeable>::guarded_by);
        let asked = site.ask(&ours!(__retry_utils_error), predicate, &ours!(bool));
        let predicate = site.expression(predicate);
        let record = ours!({
            let __retry_utils_error = &__retry_utils_error;
            __retry_utils_connection.judge(
                #asked,
                || __retry_utils::Judged(__retry_utils_error).__retry_utils_hint(),
            )
        });
        (ours!(#guarded(__retry_utils_stream, __retry_utils_connection, #predicate)), record)
    } else {
        let guarded = ours_at!(span=> <#plain as __retry_utils::Connected<_>>::guarded);
        let record = ours_at!(error_span(&site.outcome)=> __retry_utils_connection.record(
            __retry_utils::Retryable::failure_kind(&__retry_utils_error),
            || __retry_utils::Retryable::retry_after(&__retry_utils_error),
        ));
        (ours!(#guarded(__retry_utils_stream, __retry_utils_connection)), record)
    };
    let ok = ours_at!(place=> __retry_utils::Ok(__retry_utils_stream));
    let err = ours_at!(place=> __retry_utils::Err(__retry_utils_error));
    ours! {
        #binding
        let __retry_utils_asked = #connect;
        let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
            __retry_utils::Ok(__retry_utils_connection) => {
                let __retry_utils_outcome = #slot;
                (::core::option::Option::Some(__retry_utils_connection), __retry_utils_outcome)
            }
            __retry_utils::Err(__retry_utils_open) => (::core::option::Option::None, #rejected),
        };
        match __retry_utils_outcome {
            #ok => __retry_utils::Ok(#guarded),
            #err => {
                if let ::core::option::Option::Some(__retry_utils_connection) =
                    __retry_utils_connection
                {
                    #record;
                }
                __retry_utils::Err(__retry_utils_error)
            }
        }
    }
}
