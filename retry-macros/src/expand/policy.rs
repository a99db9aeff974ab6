//! The policy of `#[async_retry]`, and its budget.

use proc_macro2::{Span, TokenStream};

use super::Site;
use super::retry::Retry;
use crate::args::Subject;
use crate::hygiene::ours;
use crate::tokens::any_ident;

/// The two places that need to know it.
pub(super) struct Policy {
    /// Before the first attempt: the items that check it, and the series.
    pub(super) series: TokenStream,
    /// After a failure: an expression of type `&RetryConfig`.
    pub(super) policy: TokenStream,
}

/// A constant policy is checked at compile time, and so known to have a budget or none.
///
/// ```text
/// // Input:
/// STANDARD
/// // Output:
/// const __RETRY_UTILS_BUDGET: Option<&RetryBudget> = private::check(&STANDARD);
/// let mut series = private::Series::within(__RETRY_UTILS_BUDGET);
/// // and
/// &STANDARD
/// // Input:
/// STANDARD, max_attempts = 4
/// // Output:
/// const __RETRY_UTILS_POLICY: &RetryConfig = &{
///     let mut policy = private::policy(&STANDARD);
///     policy.max_attempts = 4;
///     policy
/// };
/// const __RETRY_UTILS_BUDGET: Option<&RetryBudget> = private::check(__RETRY_UTILS_POLICY);
/// let mut series = private::Series::within(__RETRY_UTILS_BUDGET);
/// // and
/// __RETRY_UTILS_POLICY
/// ```
///
/// Named constants, because `cargo check` evaluates them, also in a generic function; an inline
/// `const { … }` waits for code generation, and stands only where a path goes through `Self`.
///
/// Any other expression is evaluated after a failure alone, until one has shown that it has a budget.
///
/// ```text
/// // Input:
/// self.retry
/// // Output:
/// static __RETRY_UTILS_SITE: private::PolicySite = private::PolicySite::new();
/// let mut series = if __RETRY_UTILS_SITE.has_budget() {
///     private::Series::within(private::budget_of(&self.retry))
/// } else {
///     private::Series::new()
/// };
/// // and
/// __RETRY_UTILS_SITE.seen(&self.retry)
/// ```
pub(super) fn policy(retry: &Retry, site: &Site<'_>) -> Policy {
    let runtime = site.runtime;
    let own = own_budget(retry, site);
    let within = |policy: TokenStream| {
        let series = if let Some(own) = &own {
            begun(retry, site, own)
        } else {
            ours!(#runtime::private::Series::within(#policy))
        };
        ours!(let mut series = #series;)
    };
    let (path, inline) = match &retry.policy {
        Some(Subject::Expression(expression)) => {
            return of_the_call(retry, site, &site.expression(expression), own.as_ref());
        }
        Some(Subject::Constant(path)) => (path.clone(), false),
        Some(Subject::Associated(path)) => (path.clone(), true),
        // Ours, known to keep the rules and to have no budget.
        None if retry.overrides.is_empty() => {
            let series = match own {
                None => ours!(let mut series = #runtime::private::Series::new();),
                Some(_) => within(TokenStream::new()),
            };
            return Policy { series, policy: ours!(&#runtime::STANDARD) };
        }
        None => (ours!(#runtime::STANDARD), false),
    };
    let span = policy_span(retry, &path);
    let check = |policy: &TokenStream| site.at(span, &ours!(private::check(#policy)));
    let named = ours!(const __RETRY_UTILS_BUDGET: ::core::option::Option<&#runtime::RetryBudget>);
    let budget = ours!(__RETRY_UTILS_BUDGET);
    if retry.overrides.is_empty() {
        let policy = ours!(&#path);
        let checked = check(&policy);
        let series = if inline {
            within(ours!(const { #checked }))
        } else {
            let series = within(budget);
            ours!(#named = #checked; #series)
        };
        return Policy { series, policy };
    }
    let changed = overridden(retry, site, &path);
    if inline {
        let checked = check(&ours!(&#changed));
        return Policy {
            series: within(ours!(const { #checked })),
            policy: ours!(&const #changed),
        };
    }
    let policy = ours!(__RETRY_UTILS_POLICY);
    let checked = check(&policy);
    let series = within(budget);
    Policy {
        series: ours! {
            const __RETRY_UTILS_POLICY: &#runtime::RetryConfig = &#changed;
            #named = #checked;
            #series
        },
        policy,
    }
}

/// A policy that nobody knows before the call.
fn of_the_call(
    retry: &Retry,
    site: &Site<'_>,
    expression: &TokenStream,
    own: Option<&TokenStream>,
) -> Policy {
    let runtime = site.runtime;
    // Borrowed in the argument's place, so that what a call returns lives until the decision.
    let policy = if retry.overrides.is_empty() {
        ours!(&#expression)
    } else {
        let changed = overridden(retry, site, expression);
        ours!(&#changed)
    };
    if let Some(own) = own {
        let series = begun(retry, site, own);
        return Policy { series: ours!(let mut series = #series;), policy };
    }
    let begun = begun(retry, site, &ours!(#runtime::private::budget_of(&#expression)));
    let series = ours! {
        static __RETRY_UTILS_SITE: #runtime::private::PolicySite = #runtime::private::PolicySite::new();
        let mut series = if __RETRY_UTILS_SITE.has_budget() {
            #begun
        } else {
            #runtime::private::Series::new()
        };
    };
    Policy { series, policy: ours!(__RETRY_UTILS_SITE.seen(#policy)) }
}

/// A series within the budget of an expression, in which the number of the attempt may stand.
///
/// ```text
/// // Output, where it does:
/// {
///     let n: u32 = 1;
///     let series = private::Series::within(budget);
///     series
/// }
/// ```
fn begun(retry: &Retry, site: &Site<'_>, budget: &TokenStream) -> TokenStream {
    let runtime = site.runtime;
    let series = ours!(#runtime::private::Series::within(#budget));
    let attempt = retry.attempt.as_ref();
    match attempt.filter(|attempt| any_ident(budget, &mut |ident| ident == *attempt)) {
        None => series,
        // Named, so that what the expression makes is dropped before the number is, in each edition.
        Some(attempt) => ours!({
            let #attempt: u32 = 1;
            #[allow(clippy::let_and_return)]
            let series = #series;
            series
        }),
    }
}

/// The attribute's own budget, as an `Option<&RetryBudget>`.
fn own_budget(retry: &Retry, site: &Site<'_>) -> Option<TokenStream> {
    let runtime = site.runtime;
    let budget = borrowed_budget(retry, site)?;
    Some(ours!(::core::option::Option::Some::<&#runtime::RetryBudget>(#budget)))
}

/// The attribute's own budget, borrowed.
///
/// A path is borrowed for `'static`: a `const`, of which each use is a fresh budget that never runs out, is the compiler's
/// error on that path.
///
/// ```text
/// // Input:
/// budget = API
/// // Output:
/// private::shared_budget(&API)
/// ```
pub(super) fn borrowed_budget(retry: &Retry, site: &Site<'_>) -> Option<TokenStream> {
    Some(match retry.budget.as_ref()? {
        Subject::Expression(expression) => {
            let expression = site.expression(expression);
            ours!(&#expression)
        }
        Subject::Constant(path) | Subject::Associated(path) => {
            let first = path.clone().into_iter().next();
            let span = first.map_or_else(Span::call_site, |token| token.span());
            site.at(span, &ours!(private::shared_budget(&#path)))
        }
    })
}

/// A block that makes the policy at `base` with the attribute's own values.
fn overridden(retry: &Retry, site: &Site<'_>, base: &TokenStream) -> TokenStream {
    let runtime = site.runtime;
    let assignments = retry.overrides.iter().map(|(key, value)| {
        let value = site.expression(value);
        ours!(policy.#key = #value;)
    });
    ours!({
        let mut policy = #runtime::private::policy(&#base);
        #(#assignments)*
        policy
    })
}

/// A broken rule is reported on the override that may have broken it, else on the policy.
fn policy_span(retry: &Retry, path: &TokenStream) -> Span {
    let reported = retry.overrides.first().map(|(key, _)| key.span());
    let named = retry.policy.is_some().then(|| path.clone().into_iter().next()).flatten();
    let span = reported.or(named.map(|token| token.span())).unwrap_or_else(Span::call_site);
    Span::mixed_site().located_at(span)
}
