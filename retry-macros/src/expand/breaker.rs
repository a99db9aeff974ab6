//! The layer of `#[circuit_breaker]`: a permit around the slot.

use proc_macro2::TokenStream;

use super::{Site, target};
use crate::hygiene::{ours, ours_at};
use crate::model::Breaker;
use crate::tokens::first_span;
use crate::types::{error_span, name_span, nameable};

/// Acquires a permit, runs the slot, and records the outcome.
///
/// ```text
/// // Output, of `LYZR_API`:
/// let breaker: &'static CircuitBreaker = &LYZR_API;
/// 'asked: {
///     let permit = match private::admit_static(breaker) {
///         Ok(permit) => permit,
///         Err(open) => break 'asked Err(private::FromCircuitOpen::from_circuit_open(open)),
///     };
///     match 'slot_b: { async move { body }.await } {
///         Err(failed) => {
///             permit.record(
///                 Retryable::failure_kind(&failed),
///                 || private::Judged(&failed).__retry_utils_hint(),
///             );
///             Err(failed)
///         }
///         outcome => permit.success_with(outcome),
///     }
/// }
/// ```
///
/// No reference to the outcome or the permit is taken before its last use, because a value behind a
/// reference must be stored in memory. The permit is moved out of the `Result` before the slot, so
/// that the future stores the permit alone.
pub(super) fn layer(breaker: &Breaker, site: &Site, slot: &TokenStream) -> TokenStream {
    let (binding, admit) = target::asked(breaker, site);
    let err = site.err_pattern();
    let success = ours_at!(name_span(&site.outcome)=>
        __retry_utils_permit.success_with(__retry_utils_outcome));
    let hint = ours!(|| __retry_utils::Judged(&__retry_utils_failed).__retry_utils_hint());
    let record = if let Some(predicate) = &breaker.failure_if {
        let asked = site.ask(&ours!(&__retry_utils_failed), predicate, &ours!(bool));
        ours!(__retry_utils::judge(
            __retry_utils_permit,
            #asked,
            #hint,
        ))
    } else {
        ours_at!(error_span(&site.outcome)=> __retry_utils_permit.record(
            __retry_utils::Retryable::failure_kind(&__retry_utils_failed),
            #hint,
        ))
    };
    let failure_if_ok = breaker.failure_if_ok.as_ref().map(|predicate| {
        let failed = ours! {
            __retry_utils::reject(__retry_utils_permit);
            __retry_utils::Ok(__retry_utils_value)
        };
        site.ok_if(predicate, &failed)
    });
    let rejected = rejected(breaker, site);
    ours! {
        #binding
        'asked: {
            let __retry_utils_permit = match #admit {
                __retry_utils::Ok(__retry_utils_permit) => __retry_utils_permit,
                __retry_utils::Err(__retry_utils_open) => break 'asked #rejected,
            };
            match #slot {
                #failure_if_ok
                #err => {
                    #record;
                    __retry_utils::Err(__retry_utils_failed)
                }
                __retry_utils_outcome => #success,
            }
        }
    }
}

/// Returns the outcome of a rejected call, which is made of `open`.
///
/// ```text
/// // Output, with a fallback:
/// 'given: {
///     let given = private::call_fallback(fallback, open);
///     let later = match private::FallBack::<Result<…>, _>::split(given) {
///         Ok(given) => break 'given given,
///         Err(later) => later,
///     };
///     later.await
/// }
/// ```
///
/// A fallback returns the outcome or a future of it. No outcome is held across the `await`, because
/// the future would then be `Send` only if the outcome is.
pub(super) fn rejected(breaker: &Breaker, site: &Site) -> TokenStream {
    let Some(fallback) = &breaker.fallback else {
        let rejected = ours_at!(error_span(&site.outcome)=>
            __retry_utils::FromCircuitOpen::from_circuit_open(__retry_utils_open));
        return ours_at!(name_span(&site.outcome)=> __retry_utils::Err(#rejected));
    };
    let outcome = nameable(&site.outcome);
    let closure = site.expression(fallback);
    if breaker.diverges {
        // The type is named because the closure never returns a value to infer it from.
        return ours!(__retry_utils::call_fallback::<_, #outcome>(#closure, __retry_utils_open));
    }
    let split = ours_at!(first_span(fallback)=> __retry_utils::FallBack::<#outcome, _>::split(
        __retry_utils::call_fallback(#closure, __retry_utils_open)));
    ours!('given: {
        let __retry_utils_later = match #split {
            __retry_utils::Ok(__retry_utils_given) => break 'given __retry_utils_given,
            __retry_utils::Err(__retry_utils_later) => __retry_utils_later,
        };
        __retry_utils_later.await
    })
}
