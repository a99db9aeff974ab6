//! One attempt of `#[async_retry]`, and the description of its failure.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;

use super::Site;
use crate::hygiene::{ours, ours_at};
use crate::item::{Argument, Bound};
use crate::model::Retry;
use crate::tokens::first_span;
use crate::types::{error_span, is_copied, is_mutable_reference, may_borrow_from};

/// Returns the statements before one attempt, and the attempt as an expression.
///
/// If a timeout drops the attempt, `cut` is set to whether it was `total_timeout`.
///
/// ```text
/// // Output, with `attempt_timeout`:
/// let limit = private::Limit::limit(expression);
/// let mut cut = None;
/// match series.limited(limit, None, async { slot }).await {
///     Ok(outcome) => outcome,
///     Err(timed_out) => Err(private::FromTimedOut::cut_short(timed_out, &mut cut)),
/// }
/// // Output, with `span`; a timeout goes around it and is recorded in the span:
/// let span = private::attempt_span("module::complete", series.attempt());
/// private::in_span(&span, async { slot }).await
/// ```
pub(super) fn attempt(
    retry: &Retry,
    site: &Site,
    name: &TokenStream,
    slot: &TokenStream,
) -> (TokenStream, TokenStream) {
    let (mut before, mut attempt) = (TokenStream::new(), slot.clone());
    if retry.span {
        let made = ours!(__retry_utils::attempt_span(#name, __retry_utils_series.attempt()));
        before = ours!(let __retry_utils_span = #made;);
        attempt = ours!(__retry_utils::in_span(&__retry_utils_span, async { #slot }).await);
    }
    let fresh = fresh_bindings(retry, site);
    if !fresh.is_empty() {
        // Bound to a name, so that in every edition the borrows of the slot end before the bindings
        // are dropped.
        let named = ours!(let __retry_utils_attempt = #attempt; __retry_utils_attempt);
        attempt = ours!({ #fresh #named });
    }
    if retry.attempt_timeout.is_none() && retry.total_timeout.is_none() {
        return (before, attempt);
    }
    let none = ours!(::core::option::Option::None);
    let own = retry.attempt_timeout.as_ref().map_or(none.clone(), |own| limit(site, own));
    let total = deadline(retry);
    let cut_short = ours_at!(error_span(&site.outcome)=>
        __retry_utils::FromTimedOut::cut_short(__retry_utils_timed_out, &mut __retry_utils_cut));
    // A separate statement, so that locks and borrows of the user's expression end before the
    // attempt.
    before = ours!(#before let __retry_utils_limit = #own; let mut __retry_utils_cut = #none;);
    let limited = ours! {
        match __retry_utils_series.limited(__retry_utils_limit, #total, async { #attempt }).await {
            __retry_utils::Ok(__retry_utils_outcome) => __retry_utils_outcome,
            __retry_utils::Err(__retry_utils_timed_out) => __retry_utils::Err(#cut_short),
        }
    };
    (before, limited)
}

/// Returns the deadline of the call, as an `Option<&Deadline>`.
pub(super) fn deadline(retry: &Retry) -> TokenStream {
    if retry.total_timeout.is_some() {
        ours!(__retry_utils_deadline.as_ref())
    } else {
        ours!(::core::option::Option::None)
    }
}

/// Returns a timeout, as an `Option<Duration>`.
pub(super) fn limit(site: &Site, limit: &Expr) -> TokenStream {
    let value = site.expression(limit).into_token_stream();
    ours_at!(first_span(limit)=> __retry_utils::Limit::limit(#value))
}

/// Rebinds arguments for each attempt, and uses each argument that an attempt might consume. The
/// compiler then reports a move at the argument, not at the attribute.
///
/// ```text
/// // Output:
/// let cloned = private::Cloned::cloned(&cloned);
/// let reborrowed = &mut *reborrowed;
/// let _ = &prompt;
/// ```
///
/// The statements go before the async block. Inside, the future would hold a shared reference to
/// clone from, which requires `Sync`.
fn fresh_bindings(retry: &Retry, site: &Site) -> TokenStream {
    let inputs = site.function.inputs();
    let clones = retry.clone.iter().map(|Bound { mutability, name }| {
        let cfg = inputs.iter().find(|input| input.name == *name).map(Argument::cfg);
        let cloned = ours_at!(name.span()=> __retry_utils::Cloned::cloned(&#name));
        ours!(#cfg #[allow(clippy::shadow_reuse)] let #mutability #name = #cloned;)
    });
    let (mut reborrows, mut kept) = (TokenStream::new(), TokenStream::new());
    for input in inputs.iter().filter(|input| input.is_plain && !retry.lists(&input.name)) {
        let name = &input.name;
        // A body that moves its reference would leave none for the next attempt. An outcome that
        // borrows from the argument must outlive the attempt, so it needs the original reference.
        let is_lent = is_mutable_reference(input.ty) && !may_borrow_from(&site.outcome, input.ty);
        let is_lent = is_lent && name != "self";
        if !is_lent && is_copied(input.ty) || !site.names(name) {
            continue;
        }
        let cfg = input.cfg();
        if is_lent {
            reborrows.extend(ours!(#cfg #[allow(clippy::shadow_same)] let #name = &mut *#name;));
        } else {
            let name = site.in_body(name);
            kept.extend(ours_at!(name.span()=> #cfg let _ = &#name;));
        }
    }
    ours!(#(#clones)* #reborrows #kept)
}

/// Returns the call of the user's hint function, an `Option<Duration>`.
pub(super) fn hint(site: &Site, hint: &Expr, value: &TokenStream) -> TokenStream {
    site.ask(value, hint, &ours!(::core::option::Option<::core::time::Duration>))
}

/// Describes the error `failed` to the runtime, which decides whether to retry.
///
/// Requirements on the error type are calls of trait methods. For a bound on a function, the
/// compiler would also show the source of that function.
///
/// ```text
/// // Output, by classification:
/// private::explained(
///     private::Failure::of_kind(
///         Retryable::failure_kind(&failed),
///         Retryable::retry_hint(&failed),
///         private::Shown::shown(&failed),
///     ).opaque_if(|| Retryable::__retry_utils_is_opaque(&failed)),
///     private::Judged(&failed).__retry_utils_error(),
///     private::Judged(&failed).__retry_utils_as_error(),
/// )
/// // Inside of `explained`, with `retry_if` and `retry_after`:
/// private::Failure::decided(
///     private::ask(&failed, retry_if),
///     private::Judged(&failed).__retry_utils_known(),
///     private::Judged(&failed).__retry_utils_shown(),
/// ).with_hint(private::ask(&failed, retry_after))
/// ```
pub(super) fn failure(retry: &Retry, site: &Site) -> TokenStream {
    let (error, place) = (ours!(&__retry_utils_failed), error_span(&site.outcome));
    let judged = ours!(__retry_utils::Judged(#error));
    let (mut failure, shown) = if let Some(predicate) = &retry.retry_if {
        let asked = site.ask(&error, predicate, &ours!(bool));
        let shown = ours!(#judged.__retry_utils_shown());
        (
            ours!(__retry_utils::Failure::decided(#asked, #judged.__retry_utils_known(), #shown)),
            shown,
        )
    } else {
        let classified = ours_at!(place=> __retry_utils::Failure::of_kind(
            __retry_utils::Retryable::failure_kind(&__retry_utils_failed),
            __retry_utils::Retryable::retry_hint(&__retry_utils_failed),
            __retry_utils::Shown::shown(&__retry_utils_failed),
        ).opaque_if(|| __retry_utils::Retryable::__retry_utils_is_opaque(&__retry_utils_failed)));
        (classified, ours_at!(place=> __retry_utils::Shown::shown(&__retry_utils_failed)))
    };
    if let Some(hint) = &retry.retry_after {
        let hint = self::hint(site, hint, &error);
        failure = ours!(#failure.with_hint(#hint));
    }
    if retry.attempt_timeout.is_some() || retry.total_timeout.is_some() {
        failure = ours! {
            match __retry_utils_cut {
                ::core::option::Option::Some(__retry_utils_cut) => {
                    __retry_utils::Failure::timed_out(__retry_utils_cut, #shown)
                }
                ::core::option::Option::None => #failure,
            }
        };
    }
    ours! {
        __retry_utils::explained(
            #failure,
            #judged.__retry_utils_error(),
            #judged.__retry_utils_as_error(),
        )
    }
}
