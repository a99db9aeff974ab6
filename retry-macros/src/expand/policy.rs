//! The policy of `#[async_retry]`, and its budget.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, ExprPath};

use super::Site;
use crate::args::Expression as _;
use crate::hygiene::{ours, ours_at};
use crate::model::{Retry, Subject, SubjectKind};
use crate::tokens::{first_span, is_one_of, names};

/// The pieces of code that use the policy.
pub(super) struct Policy {
    /// Items that check it at compile time.
    pub(super) items: TokenStream,
    /// Before the first attempt: an expression of type `Sequence`.
    pub(super) series: TokenStream,
    /// After a failure: statements that evaluate it, unless it is constant.
    pub(super) bound: Option<TokenStream>,
    /// After these: an expression of type `&RetryConfig`.
    pub(super) now: TokenStream,
}

/// Returns the code for the policy. A constant policy is checked at compile time, and its budget is
/// known before the first attempt.
///
/// ```text
/// // Output, of `STANDARD, max_attempts = 4`; without overrides `&STANDARD` is the policy:
/// const __RETRY_UTILS_POLICY: &RetryConfig = &{
///     let mut policy = private::policy(&STANDARD);
///     policy.max_attempts = 4;
///     policy
/// };
/// const _: () = private::check(__RETRY_UTILS_POLICY);
/// private::Sequence::of(__RETRY_UTILS_POLICY)
/// ```
///
/// The constants are items because `cargo check` evaluates items, even in a generic function. An
/// inline `const { … }` is evaluated only during code generation. It is used for paths through
/// `Self`.
pub(super) fn policy(retry: &Retry, site: &Site) -> Policy {
    let own = retry.budget.as_ref().map(|budget| {
        let budget = bound_budget(budget, site);
        let number = number(retry, &budget);
        let budgeted = ours!(::core::option::Option::Some(__retry_utils_budget));
        ours!({ #number #budget __retry_utils::Sequence::within(#budgeted) })
    });
    let (path, is_associated) = match &retry.policy {
        Some(Subject { expression, kind }) => match kind {
            SubjectKind::Evaluated => return of_the_call(retry, site, expression, own),
            kind => (expression.clone(), *kind == SubjectKind::Associated),
        },
        // `STANDARD` is valid and has no budget.
        None if retry.overrides.is_empty() => {
            let series = own.unwrap_or_else(|| ours!(__retry_utils::Sequence::new()));
            let (items, now) = (TokenStream::new(), ours!(&__retry_utils::STANDARD));
            return Policy { items, series, bound: None, now };
        }
        None => (Expr::Verbatim(ours!(__retry_utils::STANDARD)), false),
    };
    let borrowed = site.borrowed(&path);
    let changed = overridden(retry, site, &borrowed);
    let now = match &changed {
        None => borrowed,
        Some(changed) if is_associated => ours!(&const #changed),
        Some(_) => ours!(__RETRY_UTILS_POLICY),
    };
    // A broken rule is reported on the first override, which may have broken it, or on the policy.
    let reported = retry.overrides.first().map(|(key, _)| key.span());
    let named = retry.policy.is_some().then(|| first_span(&path));
    let place = reported.or(named).unwrap_or_else(Span::call_site);
    let check = ours_at!(place=> __retry_utils::check(#now));
    let series = own.unwrap_or_else(|| ours!(__retry_utils::Sequence::of(#now)));
    if is_associated {
        let (items, series) = (TokenStream::new(), ours!({ const { #check }; #series }));
        return Policy { items, series, bound: None, now };
    }
    let lazy = not_lazy(site, &path);
    let items = match changed {
        None if lazy.is_none() => ours!(const _: () = #check;),
        None => ours!(const _: () = { #lazy #check };),
        Some(changed) => ours! {
            const __RETRY_UTILS_POLICY: &__retry_utils::RetryConfig = { #lazy &#changed };
            const _: () = { #check };
        },
    };
    Policy { items, series, bound: None, now }
}

/// Reports a `static` of type `LazyLock<RetryConfig>` through a trait, in a closure that is never
/// called. The compiler's own error is about constants and does not show the fix.
fn not_lazy(site: &Site, path: &Expr) -> Option<TokenStream> {
    const PRESETS: &str = "STANDARD CONSERVATIVE AGGRESSIVE STREAMING";
    let Expr::Path(ExprPath { path: name, .. }) = path.bare() else { return None };
    if is_one_of(&name.segments.last()?.ident, PRESETS) {
        return None;
    }
    let policy = site.borrowed(path);
    let check = ours_at!(first_span(path)=> __retry_utils::KnownAtCompileTime::known(
        __retry_utils::PolicySource(#policy).__retry_utils_source()));
    Some(ours!(let _ = || #check;))
}

/// Returns the code for a policy that is evaluated after each failure.
///
/// Such a policy may break a rule. Its budget is not used, because calls that succeed would make no
/// deposits. The runtime reports each of these once per function.
///
/// ```text
/// // Output, of `self.retry`:
/// static __RETRY_UTILS_REPORTED: PolicyReports = PolicyReports::new();
/// private::Sequence::new()
/// // and after a failure:
/// let owner = &self.retry;
/// let policy: &RetryConfig = owner;
/// ```
fn of_the_call(retry: &Retry, site: &Site, expression: &Expr, own: Option<TokenStream>) -> Policy {
    let (place, owner) = (first_span(expression), site.borrowed(expression));
    // Bound first and borrowed second, so that a returned value lives until the decision, and the
    // expression may be a value or a reference.
    let ty = ours!(&__retry_utils::RetryConfig);
    let policy = ours_at!(place=> let __retry_utils_policy: #ty = __retry_utils_owner;);
    let now = ours!(__retry_utils_policy);
    let changed = overridden(retry, site, &now).map(|changed| ours!(let #now = &#changed;));
    let bound = Some(ours!(let __retry_utils_owner = #owner; #policy #changed));
    let items = ours! {
        static __RETRY_UTILS_REPORTED: __retry_utils::PolicyReports =
            __retry_utils::PolicyReports::new();
    };
    let series = own.unwrap_or_else(|| ours!(__retry_utils::Sequence::new()));
    Policy { items, series, bound, now }
}

/// Binds the number of the first attempt if the expression names it.
fn number(retry: &Retry, expression: &TokenStream) -> Option<TokenStream> {
    let attempt = retry.attempt.as_ref()?;
    names(expression, attempt).then(|| ours!(let #attempt: u32 = 1;))
}

/// Binds the budget of the attribute as `budget`.
///
/// A path is borrowed for `'static`, because the runtime lists such a budget if it has a name. The
/// compiler then rejects a `const`, because each use would be a new budget that never runs out.
pub(super) fn bound_budget(budget: &Subject, site: &Site) -> TokenStream {
    let lifetime = (!budget.is_evaluated()).then(|| ours!('static));
    let borrowed = site.borrowed(&budget.expression);
    ours_at!(first_span(&budget.expression)=>
        let __retry_utils_budget: &#lifetime __retry_utils::RetryBudget = #borrowed;)
}

/// Returns a block that applies the overrides to the policy at `base`, if there are any.
fn overridden(retry: &Retry, site: &Site, base: &TokenStream) -> Option<TokenStream> {
    if retry.overrides.is_empty() {
        return None;
    }
    let assignments = retry.overrides.iter().map(|(key, value)| {
        let value = site.expression(value);
        if key == "backoff" {
            return ours!(__retry_utils_policy.#key = ::core::option::Option::Some(#value););
        }
        ours!(__retry_utils_policy.#key = #value;)
    });
    Some(ours!({
        let mut __retry_utils_policy = __retry_utils::policy(#base);
        #(#assignments)*
        __retry_utils_policy
    }))
}
