//! The policy of `#[async_retry]`, as an expression that is evaluated after a failure.

use proc_macro2::{Span, TokenStream};

use super::Site;
use super::retry::Retry;
use crate::args::Subject;
use crate::hygiene::ours;

/// An expression of type `&RetryConfig`.
///
/// ```text
/// // Input:
/// STANDARD
/// // Output:
/// { const _: () = private::check(&STANDARD); &STANDARD }
/// // Input:
/// STANDARD, max_attempts = 4
/// // Output:
/// {
///     const __RETRY_UTILS_POLICY: &RetryConfig = &{
///         let mut policy = private::policy(&STANDARD);
///         policy.max_attempts = 4;
///         private::check(&policy);
///         policy
///     };
///     __RETRY_UTILS_POLICY
/// }
/// ```
///
/// A named constant, because `cargo check` evaluates it, also in a generic function; an inline
/// `const { … }` waits for code generation, and stands only where a path goes through `Self`.
pub(super) fn policy(retry: &Retry, site: &Site<'_>) -> TokenStream {
    let runtime = site.runtime;
    let (path, inline) = match &retry.policy {
        Some(Subject::Expression(expression)) => {
            let expression = site.expression(expression);
            // Borrowed in the argument's place, so that what a call returns lives until the decision.
            return if retry.overrides.is_empty() {
                ours!(&#expression)
            } else {
                let policy = overridden(retry, site, &expression, None);
                ours!(&#policy)
            };
        }
        Some(Subject::Constant(path)) => (path.clone(), false),
        Some(Subject::Associated(path)) => (path.clone(), true),
        // Ours, and known to keep the rules.
        None if retry.overrides.is_empty() => return ours!(&#runtime::STANDARD),
        None => (ours!(#runtime::STANDARD), false),
    };
    let span = policy_span(retry, &path);
    if !inline && retry.overrides.is_empty() {
        let checked = site.at(span, &ours!(private::check(&#path)));
        return ours!({ const _: () = #checked; &#path });
    }
    let checked = site.at(span, &ours!(private::check(&policy)));
    let policy = overridden(retry, site, &path, Some(&checked));
    if inline {
        return ours!(&const #policy);
    }
    ours!({
        const __RETRY_UTILS_POLICY: &#runtime::RetryConfig = &#policy;
        __RETRY_UTILS_POLICY
    })
}

/// A block that makes the policy at `base` with the attribute's own values, checked on the way.
fn overridden(
    retry: &Retry,
    site: &Site<'_>,
    base: &TokenStream,
    checked: Option<&TokenStream>,
) -> TokenStream {
    let runtime = site.runtime;
    let mutability = (!retry.overrides.is_empty()).then(|| ours!(mut));
    let assignments = retry.overrides.iter().map(|(key, value)| {
        let value = site.expression(value);
        ours!(policy.#key = #value;)
    });
    let checked = checked.map(|checked| ours!(#checked;));
    ours!({
        let #mutability policy = #runtime::private::policy(&#base);
        #(#assignments)*
        #checked
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
