//! The layer of `#[async_retry]`: an inline loop around the slot.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, Type};

use super::Site;
use super::attempt::{self, failure};
use super::policy::{self, Policy};
use super::{pause, stream};
use crate::args::Binding;
use crate::hygiene::{ours, ours_at};
use crate::item::Argument;
use crate::model::Retry;
use crate::tokens::{contains_word, first_span, whole_span};

/// Wraps the slot in the loop.
///
/// ```text
/// // Output, of `STANDARD`:
/// const _: () = private::check(&STANDARD);
/// let mut series = private::Sequence::of(&STANDARD);
/// loop {
///     {
///         match 'slot_r: { async { body }.await } {
///             Err(failed) => if !series.failed(&STANDARD, "module::f", failure) {
///                 break Err(failed);
///             },
///             outcome => break outcome,
///         }
///     }
///     series.wait().await;
/// }
/// // Output, with `before_retry` or `stop_on`; see `pause`:
/// loop {
///     let (last, kind) = {
///         match 'slot_r: { async { body }.await } {
///             Err(failed) => match {
///                 let failure = failure;
///                 series.failed_call(call, failure).then_some(failure.kind())
///             } {
///                 Some(kind) => (failed, kind),
///                 None => break Err(failed),
///             },
///             outcome => break outcome,
///         }
///     };
///     pause
/// }
/// ```
///
/// Without these keys, the inner block drops the outcome before the wait, so that the future is
/// `Send` even if the error is not. A call of `drop` would not achieve that.
pub(super) fn layer(retry: &Retry, site: &Site, slot: &TokenStream) -> TokenStream {
    let policy = policy::policy(retry, site);
    let (item, name) = operation(retry, site);
    let once = once(retry, site);
    let deadline = retry.total_timeout.as_ref().map(|limit| {
        let limit = attempt::limit(site, limit);
        ours!(let __retry_utils_deadline = __retry_utils::Deadline::within(#limit);)
    });
    let number =
        retry.attempt.as_ref().map(|name| ours!(let #name: u32 = __retry_utils_series.attempt();));
    let first_item = retry.stream.then(|| stream::first_item(site, slot));
    let slot = first_item.as_ref().unwrap_or(slot);
    let (before, attempt) = attempt::attempt(retry, site, &name, slot);
    let again_after_value = retry.retry_if_ok.as_ref().map(|predicate| {
        let mut failure = ours!(__retry_utils::Failure::unsatisfied());
        if let Some(hint) = &retry.retry_after_ok {
            let hint = attempt::hint(site, hint, &ours!(&__retry_utils_value));
            failure = ours!(#failure.with_hint(#hint));
        }
        let goes_on = goes_on(retry, site, &policy, &name, failure);
        let value = returned(retry, site, ours!(__retry_utils_value));
        let kept = ours!(__retry_utils::Ok(__retry_utils_value));
        site.ok_if(predicate, &again(retry, &goes_on, &ours!(__retry_utils::Ok(#value)), &kept))
    });
    let goes_on = goes_on(retry, site, &policy, &name, failure(retry, site));
    let failed = ours!(__retry_utils::Err(__retry_utils_failed));
    let kept = pause::kept(retry, failed.clone(), ours!(__retry_utils_failed));
    let again_after_error = again(retry, &goes_on, &failed, &kept);
    let err = site.err_pattern();
    let good = if retry.stream {
        let value = returned(retry, site, ours!(__retry_utils_value));
        ours!(__retry_utils::Ok(__retry_utils_value) => break __retry_utils::Ok(#value),)
    } else {
        ours!(__retry_utils_outcome => break __retry_utils_outcome,)
    };
    let matched = ours! {
        #before
        match #attempt {
            #again_after_value
            #err => #again_after_error,
            #good
        }
    };
    let attempt_and_pause = if pause::has_keys(retry) {
        let pause = pause::pause(retry, site, &policy, &name);
        ours!(#number let (__retry_utils_last, __retry_utils_kind) = { #matched }; #pause)
    } else {
        ours!({ #number #matched } __retry_utils_series.wait().await;)
    };
    let Policy { items, series, .. } = policy;
    ours! {
        #once
        #items
        #item
        #deadline
        let mut __retry_utils_series = #series;
        loop { #attempt_and_pause }
    }
}

/// Returns the code that follows a failure: it continues with another attempt, or ends the call
/// with `outcome`. With keys for the pause, the attempt passes `kept` to the pause.
///
/// ```text
/// // Output:
/// if !goes_on { break Err(failed); }
/// // Output, with such keys:
/// match goes_on { Some(kind) => (failed, kind), None => break Err(failed) }
/// ```
fn again(
    retry: &Retry,
    goes_on: &TokenStream,
    outcome: &TokenStream,
    kept: &TokenStream,
) -> TokenStream {
    if !pause::has_keys(retry) {
        return ours!(if !#goes_on { break #outcome; });
    }
    ours! {
        match #goes_on {
            ::core::option::Option::Some(__retry_utils_kind) => (#kept, __retry_utils_kind),
            ::core::option::Option::None => break #outcome,
        }
    }
}

/// Converts a value to what the function returns.
fn returned(retry: &Retry, site: &Site, value: TokenStream) -> TokenStream {
    if retry.stream { stream::returned(site, value) } else { value }
}

/// Returns the bindings of `once`, such as `let to: String = to.into();`.
fn once(retry: &Retry, site: &Site) -> TokenStream {
    let arguments = site.function.inputs();
    let bindings = retry.once.iter().map(|Binding { mutability, name, ty, value }| {
        let cfg = arguments.iter().find(|argument| argument.name == *name).map(Argument::cfg);
        let (value, ty) = (site.expression(value), ty.as_ref().map(|ty| ours!(: #ty)));
        ours!(#cfg #[allow(clippy::shadow_reuse)] let #mutability #name #ty = #value;)
    });
    bindings.collect()
}

/// Returns an expression of type `bool`: whether the call is retried after a failure. With keys for
/// the pause it is an `Option`: `Some` with the failure's kind if the call is retried.
fn goes_on(
    retry: &Retry,
    site: &Site,
    policy: &Policy,
    name: &TokenStream,
    mut failure: TokenStream,
) -> TokenStream {
    let Policy { bound, now: policy, .. } = policy;
    if retry.span {
        failure = ours!(__retry_utils::traced(&__retry_utils_span, #failure));
    }
    let deadline =
        retry.total_timeout.as_ref().map(|_| ours!(.before(__retry_utils_deadline.as_ref())));
    let budget = retry.budget.as_ref().map(|budget| policy::bound_budget(budget, site));
    let within = retry.budget.as_ref().map(|budget| {
        let setter = if budget.is_evaluated() { ours!(within) } else { ours!(within_static) };
        ours!(.#setter(__retry_utils_budget))
    });
    let hook = retry.on_retry.as_ref().map(|hook| listener(site, hook));
    let reporting = hook.as_ref().map(|_| ours!(.reporting_to(&mut __retry_utils_hook)));
    let has_pause = pause::has_keys(retry);
    let kept = has_pause.then(|| ours!(let __retry_utils_failure = #failure;));
    let kind = has_pause.then(|| ours!(.then_some(__retry_utils_failure.kind())));
    if has_pause {
        failure = ours!(__retry_utils_failure);
    }
    let plain = bound.is_none() && budget.is_none() && hook.is_none() && !has_pause;
    if plain && deadline.is_none() {
        return ours!(__retry_utils_series.failed(#policy, #name, #failure));
    }
    let call = if bound.is_some() {
        ours!(__retry_utils::Call::evaluated(#policy, #name, &__RETRY_UTILS_REPORTED))
    } else {
        ours!(__retry_utils::Call::new(#policy, #name))
    };
    let call = ours!(#call #deadline #within #reporting);
    let decision = ours!(__retry_utils_series.failed_call(#call, #failure));
    if plain {
        return decision;
    }
    ours!({ #bound #budget #hook #kept #decision #kind })
}

/// Binds the listener of `on_retry` as `hook`.
fn listener(site: &Site, hook: &Expr) -> TokenStream {
    let called = ours_at!(first_span(hook)=>
        __retry_utils::Synchronous::end(__retry_utils_hook(__retry_utils_event)));
    let hook = site.expression(hook);
    ours! {
        let mut __retry_utils_hook = __retry_utils::hook(#hook);
        let mut __retry_utils_hook = |__retry_utils_event: &__retry_utils::Event<'_>| { #called };
    }
}

/// Returns a `static` that the operation's name needs, if any, and the name, a `&'static str`.
///
/// ```text
/// // Output, in a method; elsewhere the name is `concat!(module_path!(), "::complete")`:
/// static __RETRY_UTILS_METHOD: private::Method = private::Method::new(module_path!(), "complete");
/// __RETRY_UTILS_METHOD.name::<Self>()
/// ```
fn operation(retry: &Retry, site: &Site) -> (Option<TokenStream>, TokenStream) {
    if let Some(name) = &retry.name {
        let value = site.expression(name);
        let name = ours_at!(whole_span(name)=> {
            let __retry_utils_name: &'static str = #value;
            __retry_utils_name
        });
        return (None, name);
    }
    let function = site.function.signature.ident.unraw().to_string();
    let arguments = site.function.inputs();
    let mut types = arguments.iter().map(|argument| argument.ty).chain([&site.outcome]);
    let names_self = |ty: &Type| contains_word(&ty.to_token_stream(), "Self");
    if site.receiver.is_some() || types.any(names_self) {
        let item = ours! {
            static __RETRY_UTILS_METHOD: __retry_utils::Method =
                __retry_utils::Method::new(::core::module_path!(), #function);
        };
        return (Some(item), ours!(__RETRY_UTILS_METHOD.name::<Self>()));
    }
    let path = format!("::{function}");
    (None, ours!(::core::concat!(::core::module_path!(), #path)))
}
