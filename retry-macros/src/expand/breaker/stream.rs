//! The layer of `#[circuit_breaker(…, stream)]`: a permit that goes out with the stream.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{Breaker, Target, borrowed, of_key, rejected};
use crate::args::Subject;
use crate::expand::{Site, ask, block};
use crate::guarded::{ok_type, plain_stream};
use crate::hygiene::ours;
use crate::shape::first_span;

/// Asks the breaker, runs the slot, and gives the permit to the stream that came of it.
///
/// ```text
/// // Input:
/// #[circuit_breaker(LYZR_API, stream)]
/// async fn tokens(&self) -> Result<impl Stream<Item = Result<Token, Error>>, Error> { body }
/// // Output:
/// async fn tokens(&self) -> Result<impl Stream<Item = Result<Token, Error>>, Error> {
///     let breaker: &'static CircuitBreaker = &LYZR_API;
///     let asked = private::connect_static(breaker);
///     let (connection, outcome) = match asked {
///         Ok(connection) => {
///             let outcome = { type __RetryUtilsSlotB = (); async { body }.await };
///             (Some(connection), outcome)
///         }
///         Err(open) => (None, Err(private::FromCircuitOpen::from_circuit_open(open))),
///     };
///     match outcome {
///         Ok(stream) => Ok(<_ as private::Connected>::guarded(stream, connection, Retryable::failure_kind)),
///         Err(error) => {
///             if let Some(connection) = connection {
///                 connection.record(Retryable::failure_kind(&error));
///             }
///             Err(error)
///         }
///     }
/// }
/// ```
///
/// Of a return type `Guarded<X>` the `_` is `X`, so that a boxed stream becomes the `dyn Stream` it is named as.
///
/// One place makes the guarded stream, also of what a fallback gives: with `failure_if` its type holds the
/// type of the user's closure, and two closures have two.
pub(super) fn layer(breaker: &Breaker, site: &Site<'_>, slot: &TokenStream) -> TokenStream {
    let (binding, connect) = match &breaker.key {
        Some(key) => {
            let found = of_key(&breaker.target, key, site);
            let connect = site.at(Span::mixed_site(), &ours!(private::Outlives::connect));
            (TokenStream::new(), ours!(#connect(&#found)))
        }
        None => connect(&breaker.target, site),
    };
    let rejected = rejected(breaker, site);
    let ok = ok_type(site.outcome);
    let ok = ok.as_ref();
    let span =
        Span::mixed_site().located_at(ok.map_or_else(|| first_span(site.outcome), first_span));
    let plain = plain_stream(ok, span);
    let connected = site.at(span, &ours!(private::Connected));
    let (guarded, record) = if let Some(predicate) = &breaker.failure_if {
        let error = Ident::new("error", Span::mixed_site());
        let asked = ask(site, &error, predicate);
        let call = quote_spanned!(span=> <#plain as #connected>::guarded_by);
        let predicate = site.expression(predicate);
        (
            ours!(#call(stream, connection, #predicate)),
            ours!({ let error = &error; connection.judge(#asked) }),
        )
    } else {
        let kind = site.on_error(&ours!(Retryable::failure_kind(&error)));
        let call = quote_spanned!(span=> <#plain as #connected>::guarded);
        let kind_of_item = site.at(span, &ours!(Retryable::failure_kind));
        (ours!(#call(stream, connection, #kind_of_item)), ours!(connection.record(#kind)))
    };
    let place = Span::mixed_site().located_at(first_span(site.outcome));
    let (ok, err) = (
        quote_spanned!(place=> ::core::result::Result::Ok(stream)),
        quote_spanned!(place=> ::core::result::Result::Err(error)),
    );
    block(&ours! {
        #binding
        let asked = #connect;
        let (connection, outcome) = match asked {
            ::core::result::Result::Ok(connection) => {
                let outcome = #slot;
                (::core::option::Option::Some(connection), outcome)
            }
            ::core::result::Result::Err(open) => (::core::option::Option::None, #rejected),
        };
        match outcome {
            #ok => ::core::result::Result::Ok(#guarded),
            #err => {
                if let ::core::option::Option::Some(connection) = connection {
                    #record;
                }
                ::core::result::Result::Err(error)
            }
        }
    })
}

/// What has to stand before the breaker is asked, and how it is asked.
///
/// A stream outlives the call: so must its breaker. Of any other expression than a path the type has to
/// answer for that.
fn connect(target: &Target, site: &Site<'_>) -> (TokenStream, TokenStream) {
    let runtime = site.runtime;
    match target {
        Target::Named(name) => {
            let binding = ours! {
                static __RETRY_UTILS_SITE: #runtime::private::NamedSite =
                    #runtime::private::NamedSite::new(#name);
            };
            (binding, ours!(#runtime::private::connect_named(&__RETRY_UTILS_SITE)))
        }
        Target::Is(Subject::Constant(path) | Subject::Associated(path)) => {
            let path = borrowed(path);
            let binding = ours!(let breaker: &'static #runtime::CircuitBreaker = #path;);
            (binding, ours!(#runtime::private::connect_static(breaker)))
        }
        Target::Is(Subject::Expression(expression)) => {
            let span = Span::mixed_site().located_at(first_span(expression));
            let expression = site.expression(expression);
            let connect = site.at(span, &ours!(private::Outlives::connect));
            let expression = borrowed(&expression);
            (TokenStream::new(), ours!(#connect(#expression)))
        }
    }
}
