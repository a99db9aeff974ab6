//! The layer of `#[async_retry]`: an inline loop around the slot.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::policy::{Policy, borrowed_budget, policy};
use super::{Site, ask, block};
use crate::args::Subject;
use crate::hygiene::ours;
use crate::item::Input;
use crate::runtime_path::RuntimePath;
use crate::shape;
use crate::syntax::{Text, name};

/// A checked `#[async_retry(…)]`; the fields have the names of the keys.
#[allow(clippy::struct_field_names)] // Two keys begin like the struct.
pub(crate) struct Retry {
    /// `None`: the standard policy.
    pub(crate) policy: Option<Subject>,
    pub(crate) overrides: Vec<(Ident, TokenStream)>,
    pub(crate) budget: Option<Subject>,
    pub(crate) attempt_timeout: Option<TokenStream>,
    pub(crate) total_timeout: Option<TokenStream>,
    pub(crate) retry_if: Option<TokenStream>,
    pub(crate) retry_if_ok: Option<TokenStream>,
    pub(crate) retry_after: Option<TokenStream>,
    pub(crate) on_retry: Option<TokenStream>,
    pub(crate) attempt: Option<Ident>,
    pub(crate) name: Option<Text>,
    /// Each attempt gets a span of its own.
    pub(crate) span: bool,
    /// The arguments to clone for each attempt, with the `mut` that they were declared with.
    pub(crate) clone: Vec<(Option<Ident>, Ident)>,
    pub(crate) shared: Vec<Ident>,
    pub(crate) runtime: RuntimePath,
}

/// Wraps the slot in the loop.
///
/// ```text
/// // Input:
/// #[async_retry(STANDARD, clone(prompt))]
/// async fn complete(&self, prompt: String) -> Result<Answer, Error> { body }
/// // Output:
/// async fn complete(&self, prompt: String) -> Result<Answer, Error> {
///     const __RETRY_UTILS_BUDGET: Option<&RetryBudget> = private::check(&STANDARD);
///     let mut series = private::Series::within(__RETRY_UTILS_BUDGET);
///     loop {
///         {
///             let prompt = private::Cloned::cloned(&prompt);
///             let outcome = { type __RetryUtilsSlotR = (); async { body }.await };
///             match outcome {
///                 Ok(value) => break Ok(value),
///                 Err(error) => {
///                     if !series.failed(&STANDARD, "module::complete", failure) {
///                         break Err(error);
///                     }
///                 }
///             }
///         }
///         series.wait().await;
///     }
/// }
/// ```
///
/// The inner block ends the outcome's life before the wait: an error that is not `Send` does not make
/// the future so, which `drop` would not achieve.
pub(crate) fn layer(retry: &Retry, site: &Site<'_>, slot: &TokenStream) -> TokenStream {
    let runtime = site.runtime;
    let Policy { series, policy } = policy(retry, site);
    let start = start(retry, site, &series);
    let fresh = fresh_bindings(retry, site);
    let (span, slot) = in_span(retry, site, slot);
    let attempt = attempt(retry, site, &slot);
    let again_after_value = retry.retry_if_ok.as_ref().map(|predicate| {
        let value = Ident::new("value", Span::mixed_site());
        let asked = ask(site, &value, predicate);
        let failed = failed(retry, site, &policy, &ours!(#runtime::private::unsatisfied()));
        ours! {
            ::core::result::Result::Ok(value) if { let value = &value; #asked } => {
                if !#failed { break ::core::result::Result::Ok(value); }
            }
        }
    });
    let failed = failed(retry, site, &policy, &failure(retry, site));
    let (ok, err) = site.result_patterns();
    block(&ours! {
        #start
        loop {
            {
                #fresh
                #span
                #attempt
                match outcome {
                    #again_after_value
                    #ok => break ::core::result::Result::Ok(value),
                    #err => {
                        let error = &failed;
                        if !#failed { break ::core::result::Result::Err(failed); }
                    }
                }
            }
            series.wait().await;
        }
    })
}

/// What is made once per series.
fn start(retry: &Retry, site: &Site<'_>, series: &TokenStream) -> TokenStream {
    let runtime = site.runtime;
    let deadline = retry.total_timeout.as_ref().map(|limit| {
        let limit = site.expression(limit);
        ours!(let deadline = #runtime::private::Deadline::after(#limit);)
    });
    ours! {
        #deadline
        #series
    }
}

/// What each attempt gets anew. It stands outside the async block: inside, a clone would be made
/// through a shared reference that the future holds, and ask for `Sync`.
fn fresh_bindings(retry: &Retry, site: &Site<'_>) -> TokenStream {
    let runtime = site.runtime;
    let clones = retry.clone.iter().map(|(mutability, name)| {
        let span = Span::mixed_site().located_at(name.span());
        let runtime = runtime.at(span);
        let cloned = quote_spanned!(span=> #runtime::private::Cloned::cloned(&#name));
        ours!(let #mutability #name = #cloned;)
    });
    let reborrows = reborrowed(retry, site).map(|name| ours!(let #name = &mut *#name;));
    let attempt = retry.attempt.as_ref().map(|name| ours!(let #name: u32 = series.attempt();));
    ours!(#(#clones)* #(#reborrows)* #attempt)
}

/// The `&mut` arguments: each attempt gets its own reborrow, so that a body which gives the reference
/// away gives only that away. Not where the outcome may borrow from it, since it would outlive the loop.
fn reborrowed<'s>(retry: &'s Retry, site: &'s Site<'_>) -> impl Iterator<Item = Ident> + 's {
    let inputs = site.function.inputs.iter().filter(|_| !shape::may_borrow(site.outcome));
    inputs.filter_map(|input| {
        let Input::Typed { pattern, ty, .. } = input else { return None };
        let name = name(pattern)?;
        let listed =
            retry.clone.iter().any(|(_, cloned)| *cloned == name) || retry.shared.contains(&name);
        (ty.is_mutable_reference() && !listed).then_some(name)
    })
}

/// The span of an attempt, if the key asks for one, and the slot inside it. A timeout is around the span, so that it
/// is recorded there.
///
/// ```text
/// // Output:
/// let span = private::attempt_span("module::complete", series.attempt());
/// private::in_span(&span, async { slot }).await
/// ```
fn in_span(
    retry: &Retry,
    site: &Site<'_>,
    slot: &TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    if !retry.span {
        return (None, slot.clone());
    }
    let runtime = site.runtime;
    let name = operation(retry, site);
    let made = ours!(let span = #runtime::private::attempt_span(#name, series.attempt()););
    (Some(made), ours!(#runtime::private::in_span(&span, async { #slot }).await))
}

/// One attempt, as `outcome`; under a timeout also `cut`, which is the timeout if it ran out.
///
/// ```text
/// // Output, with `attempt_timeout`:
/// let mut cut = None;
/// let outcome = match private::Limits::of(Some(limit), None).run(async { slot }).await {
///     Ok(outcome) => outcome,
///     Err(timed_out) => Err(private::FromTimedOut::cut_short(timed_out, &mut cut)),
/// };
/// ```
fn attempt(retry: &Retry, site: &Site<'_>, slot: &TokenStream) -> TokenStream {
    if retry.attempt_timeout.is_none() && retry.total_timeout.is_none() {
        return ours!(let outcome = #slot;);
    }
    let runtime = site.runtime;
    let none = ours!(::core::option::Option::None);
    let attempt = retry.attempt_timeout.as_ref().map_or(none.clone(), |limit| {
        let limit = site.expression(limit);
        ours!(::core::option::Option::Some(#limit))
    });
    let total = match &retry.total_timeout {
        Some(_) => ours!(::core::option::Option::Some(&deadline)),
        None => none.clone(),
    };
    let cut_short = site.on_error(&ours!(private::FromTimedOut::cut_short(timed_out, &mut cut)));
    ours! {
        let mut cut = #none;
        let outcome = match #runtime::private::Limits::of(#attempt, #total).run(async { #slot }).await {
            ::core::result::Result::Ok(outcome) => outcome,
            ::core::result::Result::Err(timed_out) => ::core::result::Result::Err(#cut_short),
        };
    }
}

/// The failure that `error` is, for the runtime's decision.
///
/// What it asks of the error type is asked by calls of trait methods: of a bound on a function the
/// compiler would show the function's source beside our message.
///
/// ```text
/// // Output, by classification:
/// private::classified(Retryable::failure_kind(error), Retryable::retry_after(error), private::Shown::shown(error))
/// // Output, with `retry_if` and `retry_after`:
/// private::decided(private::ask(error, retry_if), private::Shown::shown(error)).with_hint(private::ask(error, retry_after))
/// ```
fn failure(retry: &Retry, site: &Site<'_>) -> TokenStream {
    let runtime = site.runtime;
    let error = Ident::new("error", Span::mixed_site());
    let shown = site.on_error(&ours!(private::Shown::shown(error)));
    let mut failure = if let Some(predicate) = &retry.retry_if {
        let asked = ask(site, &error, predicate);
        ours!(#runtime::private::decided(#asked, #shown))
    } else {
        let kind = site.on_error(&ours!(Retryable::failure_kind(error)));
        let hint = site.on_error(&ours!(Retryable::retry_after(error)));
        ours!(#runtime::private::classified(#kind, #hint, #shown))
    };
    if let Some(hint) = &retry.retry_after {
        let hint = ask(site, &error, hint);
        failure = ours!(#failure.with_hint(#hint));
    }
    if retry.attempt_timeout.is_none() && retry.total_timeout.is_none() {
        return failure;
    }
    ours! {
        match cut {
            ::core::option::Option::Some(cut) => #runtime::private::timed_out(cut, #shown),
            ::core::option::Option::None => #failure,
        }
    }
}

/// Whether the series goes on after a failure.
fn failed(
    retry: &Retry,
    site: &Site<'_>,
    policy: &TokenStream,
    failure: &TokenStream,
) -> TokenStream {
    let runtime = site.runtime;
    let name = operation(retry, site);
    let traced = retry.span.then(|| ours!(#runtime::private::traced(&span, #failure)));
    let failure = traced.as_ref().unwrap_or(failure);
    let deadline = retry.total_timeout.as_ref().map(|_| ours!(.before(&deadline)));
    let hook = retry.on_retry.as_ref().map(|hook| {
        let hook = site.expression(hook);
        ours!(.reporting_to(&mut #runtime::private::hook(#hook)))
    });
    let budget = borrowed_budget(retry, site).map(|budget| ours!(.within(#budget)));
    if deadline.is_none() && hook.is_none() && budget.is_none() {
        // Of an expression nobody knows before the call whether it keeps the rules.
        return if matches!(retry.policy, Some(Subject::Expression(_))) {
            ours!(series.failed_unchecked(#policy, #name, #failure))
        } else {
            ours!(series.failed(#policy, #name, #failure))
        };
    }
    ours!(series.failed_call(#runtime::private::Call::new(#policy, #name)#deadline #budget #hook, #failure))
}

/// The name that events carry.
fn operation(retry: &Retry, site: &Site<'_>) -> TokenStream {
    if let Some(name) = &retry.name {
        return ours!(#name);
    }
    let path = format!("::{}", site.function.name.to_string().trim_start_matches("r#"));
    ours!(::core::concat!(::core::module_path!(), #path))
}
