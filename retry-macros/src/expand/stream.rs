//! The key `stream` of both attributes: the first item belongs to the attempt, and the stream holds
//! the permit.
//!
//! A layer returns the stream as `Guarded`, the user's return type. Inside another such layer it
//! returns `Opened`, which the outer layer can distinguish from the stream of the body.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Type;

use super::breaker::rejected;
use super::{Site, target};
use crate::hygiene::{ours, ours_at};
use crate::model::Breaker;
use crate::stack::Layer;
use crate::tokens::{contains_word, first_span};
use crate::types::{error_span, error_type, guarded, nameable, ok_type, unguarded};

/// Waits for the first item of the slot's stream.
///
/// ```text
/// // Output:
/// match 'slot_rs: { async { body }.await } {
///     Err(error) => Err(error),
///     Ok(given) => {
///         let opened = private::Layered::opened(given);
///         let mut stream = private::Moves::of(&opened).__retry_utils_movable(opened);
///         match private::ReadFirst(&mut stream).await {
///             Err(error) => Err(<_ as private::ItemError<Error>>::of_call(error)),
///             Ok(()) => Ok(stream),
///         }
///     }
/// }
/// // where the return type is `Guarded<Items>`:
/// let mut stream = <_ as private::Movable<_>>::movable(opened);
/// ```
///
/// The generated code awaits the item itself, because the future of a runtime function would not be
/// `Send` with a stream that borrows.
pub(super) fn first_item(site: &Site, slot: &TokenStream) -> TokenStream {
    let place = stream_span(site);
    let opened = ours_at!(place=> <_ as __retry_utils::Layered<_>>::opened(__retry_utils_given));
    let movable = if named(site).is_some_and(|ty| !is_opaque(ty)) {
        ours_at!(place=> <_ as __retry_utils::Movable<_>>::movable(__retry_utils_opened))
    } else {
        ours!(
            __retry_utils::Moves::of(&__retry_utils_opened)
                .__retry_utils_movable(__retry_utils_opened)
        )
    };
    let error = error_type(&site.outcome)
        .map(nameable)
        .map_or_else(|| ours!(_), ToTokens::into_token_stream);
    let error = ours_at!(place=>
        <_ as __retry_utils::ItemError<#error>>::of_call(__retry_utils_error));
    ours! {
        match #slot {
            __retry_utils::Err(__retry_utils_error) => __retry_utils::Err(__retry_utils_error),
            __retry_utils::Ok(__retry_utils_given) => {
                let __retry_utils_opened = #opened;
                let mut __retry_utils_stream = #movable;
                match __retry_utils::ReadFirst(&mut __retry_utils_stream).await {
                    __retry_utils::Err(__retry_utils_error) => __retry_utils::Err(#error),
                    __retry_utils::Ok(()) => __retry_utils::Ok(__retry_utils_stream),
                }
            }
        }
    }
}

/// Converts the stream of a retry to what the function returns, or a layer around it expects.
///
/// ```text
/// // Output, inside another layer for streams:
/// private::Opened(stream)
/// // for a return type `Guarded<Items>`:
/// private::Named::named(stream)
/// ```
pub(super) fn returned(site: &Site, stream: TokenStream) -> TokenStream {
    if site.is_within_stream {
        ours!(__retry_utils::Opened(#stream))
    } else if named(site).is_some() {
        ours!(__retry_utils::Named::named(#stream))
    } else {
        stream
    }
}

/// Coerces the stream of the body to the type that the return type names, so that a box becomes a
/// `dyn Stream`. Only the outermost layer for streams does this, inside its slot.
///
/// ```text
/// // Output, for a return type `Result<Guarded<Items>, Error>`:
/// private::mapped(async { body }.await, |stream| -> Items { stream })
/// ```
pub(super) fn by_name(site: &Site, layer: Layer, outcome: TokenStream) -> TokenStream {
    let named = named(site).filter(|_| layer.is_of_stream() && !site.is_within_stream);
    let Some(ty) = named.map(nameable) else { return outcome };
    let stream = ours_at!(stream_span(site)=> { __retry_utils_stream });
    ours!(__retry_utils::mapped(#outcome, |__retry_utils_stream| -> #ty #stream))
}

/// Acquires a permit, runs the slot, and moves the permit into the stream.
///
/// ```text
/// // Output, of `LYZR_API, stream`:
/// let breaker: &'static CircuitBreaker = &LYZR_API;
/// let asked = private::connect_static(breaker);
/// let (connection, outcome) = match asked {
///     Ok(connection) => {
///         let outcome = 'slot_bs: { async move { body }.await };
///         (Some(connection), private::mapped(outcome, |stream| private::Layered::nested(stream)))
///     }
///     Err(open) => (None, Err(private::FromCircuitOpen::from_circuit_open(open))),
/// };
/// match outcome {
///     Ok(stream) => Ok(<_ as private::Connected<_>>::guarded(stream, connection)),
///     Err(error) => {
///         if let Some(connection) = connection {
///             let hint = || private::Judged(&error).__retry_utils_hint();
///             connection.record(Retryable::failure_kind(&error), hint);
///         }
///         Err(error)
///     }
/// }
/// ```
///
/// The guarded stream is created in one place, also from the value of a fallback. With
/// `failure_if`, its type contains the type of the user's closure, and two closures would have two
/// types.
pub(super) fn breaker(breaker: &Breaker, site: &Site, slot: &TokenStream) -> TokenStream {
    let (binding, connect) = target::asked(breaker, site);
    let place = stream_span(site);
    let mut rejected = rejected(breaker, site);
    if breaker.fallback.is_some() {
        let ty = named(site).map_or_else(|| ours!(_), |ty| nameable(ty).into_token_stream());
        rejected = ours!(__retry_utils::mapped(#rejected, |__retry_utils_stream| {
            __retry_utils::unguarded::<#ty, _>(__retry_utils_stream)
        }));
    }
    let (mut stream, record) = if let Some(predicate) = &breaker.failure_if {
        let asked = site.ask(&ours!(__retry_utils_error), predicate, &ours!(bool));
        let predicate = site.expression(predicate);
        let record = ours!({
            let __retry_utils_error = &__retry_utils_error;
            __retry_utils_connection.judge(
                #asked,
                || __retry_utils::Judged(__retry_utils_error).__retry_utils_hint(),
            )
        });
        let stream = ours!(__retry_utils::guarded_by(
            __retry_utils_stream,
            __retry_utils_connection,
            #predicate,
        ));
        (stream, record)
    } else {
        let stream = ours_at!(place=> <_ as __retry_utils::Connected<_>>::guarded(
            __retry_utils_stream, __retry_utils_connection));
        let record = ours_at!(error_span(&site.outcome)=> __retry_utils_connection.record(
            __retry_utils::Retryable::failure_kind(&__retry_utils_error),
            || __retry_utils::Judged(&__retry_utils_error).__retry_utils_hint(),
        ));
        (stream, record)
    };
    if site.is_within_stream {
        stream = ours!(__retry_utils::Opened(#stream));
    }
    let nested = ours_at!(place=> <_ as __retry_utils::Layered<_>>::nested(__retry_utils_stream));
    let at = first_span(&site.outcome);
    let ok = ours_at!(at=> __retry_utils::Ok(__retry_utils_stream));
    let err = ours_at!(at=> __retry_utils::Err(__retry_utils_error));
    ours! {
        #binding
        let __retry_utils_asked = #connect;
        let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
            __retry_utils::Ok(__retry_utils_connection) => {
                let __retry_utils_outcome = #slot;
                (
                    ::core::option::Option::Some(__retry_utils_connection),
                    __retry_utils::mapped(__retry_utils_outcome, |__retry_utils_stream| #nested),
                )
            }
            __retry_utils::Err(__retry_utils_open) => (::core::option::Option::None, #rejected),
        };
        match __retry_utils_outcome {
            #ok => __retry_utils::Ok(#stream),
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

/// Returns the `X` of a return type `Guarded<X>`.
fn named(site: &Site) -> Option<&Type> {
    guarded(&site.outcome).map(unguarded)
}

fn is_opaque(ty: &Type) -> bool {
    contains_word(&ty.to_token_stream(), "impl")
}

/// Returns the span for errors about the stream.
fn stream_span(site: &Site) -> Span {
    first_span(ok_type(&site.outcome).unwrap_or(&site.outcome))
}
