//! The layer of `#[circuit_breaker]`: a permit around the slot.

mod stream;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{Site, ask, block};
use crate::args::Subject;
use crate::hygiene::ours;
use crate::runtime_path::RuntimePath;
use crate::shape::{first_span, nameable};
use crate::syntax::Text;

/// A checked `#[circuit_breaker(…)]`.
pub(crate) struct Breaker {
    pub(crate) target: Target,
    pub(crate) failure_if: Option<TokenStream>,
    pub(crate) failure_if_ok: Option<TokenStream>,
    pub(crate) fallback: Option<TokenStream>,
    /// Which breaker of many; an expression that borrows as `str`.
    pub(crate) key: Option<TokenStream>,
    /// Whether the value is a stream that takes the permit along.
    pub(crate) stream: bool,
    pub(crate) runtime: RuntimePath,
}

/// The breaker that is asked.
pub(crate) enum Target {
    /// The one of this name in the registry.
    Named(Text),
    Is(Subject),
}

/// Asks the breaker, runs the slot, and tells the breaker how it went.
///
/// ```text
/// // Input:
/// #[circuit_breaker(LYZR_API)]
/// async fn complete(&self) -> Result<Answer, Error> { body }
/// // Output:
/// async fn complete(&self) -> Result<Answer, Error> {
///     let breaker: &'static CircuitBreaker = &LYZR_API;
///     'asked: {
///         let permit = match private::admit_static(breaker) {
///             Ok(permit) => permit,
///             Err(open) => break 'asked Err(private::FromCircuitOpen::from_circuit_open(open)),
///         };
///         let outcome = { type __RetryUtilsSlotB = (); async { body }.await };
///         match outcome {
///             Ok(value) => {
///                 permit.success();
///                 Ok(value)
///             }
///             Err(error) => {
///                 permit.record(Retryable::failure_kind(&error));
///                 Err(error)
///             }
///         }
///     }
/// }
/// ```
///
/// Values move, and are looked at in their last place only: what a reference points to has to lie in memory,
/// and so has the whole future then. The permit is taken out of the answer before the slot, so that the future
/// holds it alone.
pub(crate) fn layer(breaker: &Breaker, site: &Site<'_>, slot: &TokenStream) -> TokenStream {
    if breaker.stream {
        return stream::layer(breaker, site, slot);
    }
    let runtime = site.runtime;
    let (binding, admit) = match &breaker.key {
        Some(key) => keyed(&breaker.target, key, site),
        None => target(&breaker.target, site),
    };
    let record = if let Some(predicate) = &breaker.failure_if {
        let asked = ask(site, &Ident::new("error", Span::mixed_site()), predicate);
        ours!(#runtime::private::judge(permit, #asked))
    } else {
        let kind = site.on_error(&ours!(Retryable::failure_kind(error)));
        ours!(permit.record(#kind))
    };
    let failure_if_ok = breaker.failure_if_ok.as_ref().map(|predicate| {
        let asked = ask(site, &Ident::new("value", Span::mixed_site()), predicate);
        ours! {
            ::core::result::Result::Ok(value) if { let value = &value; #asked } => {
                #runtime::private::judge(permit, true);
                ::core::result::Result::Ok(value)
            }
        }
    });
    let rejected = rejected(breaker, site);
    let (ok, err) = site.result_patterns();
    block(&ours! {
        #binding
        'asked: {
            let permit = match #admit {
                ::core::result::Result::Ok(permit) => permit,
                ::core::result::Result::Err(open) => break 'asked #rejected,
            };
            let outcome = #slot;
            match outcome {
                #failure_if_ok
                #ok => {
                    permit.success();
                    ::core::result::Result::Ok(value)
                }
                #err => {
                    let error = &failed;
                    #record;
                    ::core::result::Result::Err(failed)
                }
            }
        }
    })
}

/// The outcome of a call that the breaker rejects, from `open`.
fn rejected(breaker: &Breaker, site: &Site<'_>) -> TokenStream {
    let runtime = site.runtime;
    if let Some(fallback) = &breaker.fallback {
        let span = Span::mixed_site().located_at(first_span(fallback));
        let fallback = site.expression(fallback);
        let outcome = nameable(site.outcome);
        let given = ours!(#runtime::private::call_fallback(#fallback, open));
        let trait_path = site.at(span, &ours!(private::FallBack));
        let call = quote_spanned!(span=> #trait_path::<#outcome, _>::outcome);
        ours!(#call(#given).await)
    } else {
        let call = ours!(private::FromCircuitOpen::from_circuit_open(open));
        let rejected = site.on_error(&call);
        ours!(::core::result::Result::Err(#rejected))
    }
}

/// The binding of `breaker`, and how it is asked.
///
/// A path is borrowed for `'static`: a `const`, of which each use is a fresh breaker that never opens,
/// is then refused by the compiler; and the registry can list it.
fn target(target: &Target, site: &Site<'_>) -> (TokenStream, TokenStream) {
    let runtime = site.runtime;
    let admit = ours!(#runtime::private::admit(breaker));
    match target {
        Target::Named(name) => {
            let site = ours!({
                static __RETRY_UTILS_SITE: #runtime::private::NamedSite =
                    #runtime::private::NamedSite::new(#name);
                __RETRY_UTILS_SITE.breaker()
            });
            (ours!(let breaker: &#runtime::CircuitBreaker = #site;), admit)
        }
        Target::Is(Subject::Constant(path) | Subject::Associated(path)) => {
            let path = borrowed(path);
            (
                ours!(let breaker: &'static #runtime::CircuitBreaker = #path;),
                ours!(#runtime::private::admit_static(breaker)),
            )
        }
        Target::Is(Subject::Expression(expression)) => {
            // Bound first and borrowed as a breaker second: an `Arc` cloned in the attribute then lives
            // as long as the call.
            let expression = site.expression(expression);
            let binding = ours! {
                let owner = &#expression;
                let breaker: &#runtime::CircuitBreaker = owner;
            };
            (binding, admit)
        }
    }
}

/// The binding of `breaker` where it is one of many. The key is evaluated here, and not held any longer.
///
/// ```text
/// // Input:
/// #[circuit_breaker(UPSTREAMS, key = host)]
/// // Output:
/// let found = …;
/// let breaker: &CircuitBreaker = &found;
/// ```
fn keyed(target: &Target, key: &TokenStream, site: &Site<'_>) -> (TokenStream, TokenStream) {
    let runtime = site.runtime;
    let found = of_key(target, key, site);
    let binding = ours! {
        let found = #found;
        let breaker: &#runtime::CircuitBreaker = &found;
    };
    (binding, ours!(#runtime::private::admit(breaker)))
}

/// The breaker of a key, by a handle that keeps it alive.
///
/// ```text
/// // Output:
/// { let breakers: &'static CircuitBreakers = &UPSTREAMS; private::Key::breaker_of_static(&(host), breakers) }
/// ```
fn of_key(target: &Target, key: &TokenStream, site: &Site<'_>) -> TokenStream {
    let runtime = site.runtime;
    let span = Span::mixed_site().located_at(first_span(key));
    let key = site.expression(key);
    // In parentheses, since it may be any expression.
    let key = quote_spanned!(span=> &(#key));
    match target {
        Target::Is(Subject::Constant(path) | Subject::Associated(path)) => {
            let find = site.at(span, &ours!(private::Key::breaker_of_static));
            let breakers = borrowed(path);
            ours!({
                let breakers: &'static #runtime::CircuitBreakers = #breakers;
                #find(#key, breakers)
            })
        }
        Target::Is(Subject::Expression(breakers)) => {
            let find = site.at(span, &ours!(private::Key::breaker_of));
            let breakers = borrowed(&site.expression(breakers));
            ours!({
                let breakers: &#runtime::CircuitBreakers = #breakers;
                #find(#key, breakers)
            })
        }
        // Refused before it comes here.
        Target::Named(_) => TokenStream::new(),
    }
}

/// `&expression`, on which the compiler reports what it is not.
fn borrowed(expression: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(first_span(expression));
    quote_spanned!(span=> &#expression)
}
