//! The time between two attempts, with `before_retry` or `stop_on`.

use proc_macro2::TokenStream;
use syn::Expr;

use super::policy::Policy;
use super::{Site, attempt, stream};
use crate::hygiene::{ours, ours_at};
use crate::model::{Hook, HookKind, Retry};
use crate::tokens::first_span;

/// Returns whether anything but a wait may happen between two attempts.
pub(super) fn has_keys(retry: &Retry) -> bool {
    retry.before_retry.is_some() || retry.stop_on.is_some()
}

/// Returns the statements between two attempts. Before them, `last` is bound to the outcome of the
/// failed attempt, and `kind` to its kind of failure.
///
/// ```text
/// // Output, of `before_retry = async |error| …, stop_on = stop()`:
/// let ended = {
///     let failed = &last;
///     let called = private::async_hook(failed, hook)(failed);
///     series.before_retry(None, private::BeforeRetry::awaiting(called)).await
/// };
/// let ended = match ended {
///     None => series.wait().unless(private::StopOn::awaiting((stop(),).0), None).await,
///     ended => ended,
/// };
/// if let Some(reason) = ended {
///     let failed = &last;
///     series.ended(private::Call::new(policy, name), failure, reason);
///     break Err(last);
/// }
/// // With `retry_if_ok`, instead of `let failed = &last;`:
/// match &last { Err(failed) => …, Ok(_) => … }
/// ```
///
/// The outcome is kept until after the wait, because a call that ends there returns it: the error
/// alone, or with `retry_if_ok` the whole `Result`. The generated code calls the hook itself,
/// because the future of a runtime function would hold the user's closure and not be `Send`.
pub(super) fn pause(
    retry: &Retry,
    site: &Site,
    policy: &Policy,
    name: &TokenStream,
) -> TokenStream {
    let total = attempt::deadline(retry);
    let stop = retry.stop_on.as_ref().map_or_else(
        || ours!(::core::future::pending()),
        |stop| {
            let value = site.expression(stop);
            // With the tuple, the error for a future that is moved twice points to the user's
            // expression, not to the method.
            ours_at!(first_span(stop)=> __retry_utils::StopOn::awaiting((#value,).0))
        },
    );
    let mut wait = ours!(__retry_utils_series.wait().unless(#stop, #total).await);
    let before = retry.before_retry.as_ref().map(|hook| {
        let before = called(site, hook);
        let before = ours!(__retry_utils_series.before_retry(#total, #before).await);
        let before = of_error(retry, &before, &ours!(::core::option::Option::None));
        wait = ours! {
            match __retry_utils_ended {
                ::core::option::Option::None => #wait,
                __retry_utils_ended => __retry_utils_ended,
            }
        };
        ours!(let __retry_utils_ended = #before;)
    });
    let failure = ours!(__retry_utils::explained(
        __retry_utils::Failure::retried(
            __retry_utils_kind,
            __retry_utils::Judged(__retry_utils_failed).__retry_utils_shown(),
        ),
        __retry_utils::Judged(__retry_utils_failed).__retry_utils_error(),
        __retry_utils::Judged(__retry_utils_failed).__retry_utils_as_error(),
    ));
    let failure = of_error(retry, &failure, &ours!(__retry_utils::Failure::unsatisfied()));
    let Policy { bound, now: policy, .. } = policy;
    let last = last(retry, site);
    ours! {
        #before
        let __retry_utils_ended = #wait;
        if let ::core::option::Option::Some(__retry_utils_reason) = __retry_utils_ended {
            {
                #bound
                let __retry_utils_failure = #failure;
                let __retry_utils_call = __retry_utils::Call::new(#policy, #name);
                __retry_utils_series.ended(
                    __retry_utils_call,
                    __retry_utils_failure,
                    __retry_utils_reason,
                );
            }
            break #last;
        }
    }
}

/// Selects what is kept of a failed attempt until after the pause: the outcome with `retry_if_ok`,
/// otherwise the error.
pub(super) fn kept(retry: &Retry, outcome: TokenStream, error: TokenStream) -> TokenStream {
    if retry.retry_if_ok.is_some() { outcome } else { error }
}

/// Evaluates `for_error` if an error was kept, and `for_value` if a value was.
fn of_error(retry: &Retry, for_error: &TokenStream, for_value: &TokenStream) -> TokenStream {
    let of_outcome = ours! {
        match &__retry_utils_last {
            __retry_utils::Err(__retry_utils_failed) => #for_error,
            __retry_utils::Ok(_) => #for_value,
        }
    };
    kept(retry, of_outcome, ours!({ let __retry_utils_failed = &__retry_utils_last; #for_error }))
}

/// Converts the kept outcome to what the function returns.
fn last(retry: &Retry, site: &Site) -> TokenStream {
    let outcome = if retry.stream {
        let value = stream::returned(site, ours!(__retry_utils_value));
        ours!(__retry_utils_last.map(|__retry_utils_value| #value))
    } else {
        ours!(__retry_utils_last)
    };
    kept(retry, outcome, ours!(__retry_utils::Err(__retry_utils_last)))
}

/// Calls the hook of `before_retry` with the error, and converts its return value to a future.
fn called(site: &Site, Hook { expression, kind }: &Hook) -> TokenStream {
    let place = first_span(expression);
    let hook = site.expression(expression);
    let hook = match kind {
        HookKind::AsyncClosure => {
            ours_at!(place=> __retry_utils::async_hook(__retry_utils_failed, #hook))
        }
        HookKind::Closure => {
            ours_at!(place=> __retry_utils::hook_of_future(__retry_utils_failed, #hook))
        }
        HookKind::Callable if matches!(hook, Expr::Path(_)) => ours!(#hook),
        HookKind::Callable => ours_at!(place=> (#hook)),
    };
    ours_at!(place=> __retry_utils::BeforeRetry::awaiting(#hook(__retry_utils_failed)))
}
