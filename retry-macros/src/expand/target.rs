//! The breaker of `#[circuit_breaker]`, and the acquisition of a permit.

use proc_macro2::TokenStream;
use syn::Expr;

use super::Site;
use crate::hygiene::{ours, ours_at};
use crate::model::{Breaker, Subject, SubjectKind, Target};
use crate::tokens::first_span;

/// Returns the binding of `breaker`, if it needs one, and the expression that acquires a permit.
///
/// A stream outlives the call, so its breaker must too. For expressions other than paths, a trait
/// on the expression's type enforces this.
pub(super) fn asked(breaker: &Breaker, site: &Site) -> (TokenStream, TokenStream) {
    let binding = match (&breaker.target, &breaker.key) {
        (Target::Named(name), _) => {
            let named = ours! {
                static __RETRY_UTILS_SITE: __retry_utils::NamedSite =
                    __retry_utils::NamedSite::new(#name);
            };
            if breaker.stream {
                return (
                    named,
                    ours!(__retry_utils::Outlives::connect(&__RETRY_UTILS_SITE.breaker())),
                );
            }
            let found = ours!({ #named __RETRY_UTILS_SITE.breaker() });
            ours!(let __retry_utils_breaker: &__retry_utils::CircuitBreaker = #found;)
        }
        (Target::Is(set), Some(key)) => {
            let found = of_key(set, key, site);
            if breaker.stream {
                return (TokenStream::new(), ours!(__retry_utils::Outlives::connect(&#found)));
            }
            // The key is evaluated here and dropped immediately.
            ours! {
                let __retry_utils_found = #found;
                let __retry_utils_breaker: &__retry_utils::CircuitBreaker = &__retry_utils_found;
            }
        }
        (Target::Is(Subject { expression, kind: SubjectKind::Evaluated }), None) => {
            let (place, owner) = (first_span(expression), site.borrowed(expression));
            if breaker.stream {
                let connect = ours_at!(place=> __retry_utils::Outlives::connect(#owner));
                return (TokenStream::new(), connect);
            }
            // Bound first and borrowed second, so that an `Arc` cloned here lives as long as the
            // call.
            ours_at! {place=>
                let __retry_utils_owner = #owner;
                let __retry_utils_breaker: &__retry_utils::CircuitBreaker =
                    __retry_utils::owner(__retry_utils_owner).__retry_utils_breaker();
            }
        }
        // A path is borrowed for `'static`, so that the registry can list the breaker. The compiler
        // then rejects a `const`, because each use would be a new breaker that never opens.
        (Target::Is(path), None) => {
            let path = site.borrowed(&path.expression);
            let ask = if breaker.stream { ours!(connect_static) } else { ours!(admit_static) };
            return (
                ours!(let __retry_utils_breaker: &'static __retry_utils::CircuitBreaker = #path;),
                ours!(__retry_utils::#ask(__retry_utils_breaker)),
            );
        }
    };
    (binding, ours!(__retry_utils::admit(__retry_utils_breaker)))
}

/// Returns the breaker of a key, as a handle that keeps it alive.
///
/// ```text
/// // Output, of `UPSTREAMS, key = host`:
/// let breakers: &'static CircuitBreakers = &UPSTREAMS;
/// private::Key::breaker_of_static(&host, breakers)
/// ```
fn of_key(set: &Subject, key: &Expr, site: &Site) -> TokenStream {
    let lifetime = (!set.is_evaluated()).then(|| ours!('static));
    let find = if set.is_evaluated() { ours!(breaker_of) } else { ours!(breaker_of_static) };
    let breakers = site.borrowed(&set.expression);
    let (place, key) = (first_span(key), site.borrowed(key));
    let found = ours_at!(place=> __retry_utils::Key::#find(#key, __retry_utils_breakers));
    ours!({
        let __retry_utils_breakers: &#lifetime __retry_utils::CircuitBreakers = #breakers;
        #found
    })
}
