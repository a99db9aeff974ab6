//! Snapshots of functions that return a stream.

use expect_test::expect_file;
use quote::quote;

use super::{async_retry, check, circuit_breaker};

#[test]
fn retry_of_a_stream_that_is_stopped() {
    let item = quote! {
        async fn f() -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> { g().await }
    };
    let arguments = quote!(stream, stop_on = stop(), retry_if_ok = is_pending);
    let expected = &expect_file!["../../snapshots/retry_of_a_stream_that_is_stopped.rs"];
    check(async_retry(arguments, item), expected);
}

#[test]
fn breaker_of_a_stream() {
    let item = quote! {
        async fn f(&self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> { g().await }
    };
    let expected = &expect_file!["../../snapshots/breaker_of_a_stream.rs"];
    check(circuit_breaker(quote!(API, stream), item), expected);
}

#[test]
fn breaker_of_a_stream_by_name() {
    let item = quote! { async fn f() -> Result<Guarded<Items>, Failed> { g().await } };
    let expected = &expect_file!["../../snapshots/breaker_of_a_stream_by_name.rs"];
    check(circuit_breaker(quote!("api", stream), item), expected);
}

#[test]
fn breaker_of_a_stream_by_expression() {
    let item = quote! {
        async fn f(&mut self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> { g().await }
    };
    let arguments = quote!(
        self.breaker,
        stream,
        failure_if = |error| error.is_transient(),
        fallback = |open| Err(open.into())
    );
    let expected = &expect_file!["../../snapshots/breaker_of_a_stream_by_expression.rs"];
    check(circuit_breaker(arguments, item), expected);
}

#[test]
fn breaker_of_a_stream_under_async_trait() {
    // The expansion of `async fn ask(&self) -> Result<Guarded<Items>, Failed>` by `#[async_trait]`.
    let item = quote! {
        fn ask<'life0, 'async_trait>(&'life0 self)
            -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Result<Guarded<Items>, Failed>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Result<Guarded<Items>, Failed>> {
                    #[allow(unreachable_code)]
                    return __ret;
                }
                let __self = self;
                let __ret: Result<Guarded<Items>, Failed> = { __self.g().await };
                #[allow(unreachable_code)]
                __ret
            })
        }
    };
    let expected = &expect_file!["../../snapshots/breaker_of_a_stream_under_async_trait.rs"];
    check(circuit_breaker(quote!(self.breaker, stream), item), expected);
}

#[test]
fn retry_of_a_stream() {
    let item = quote! {
        async fn f(&self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> { g().await }
    };
    let expected = &expect_file!["../../snapshots/retry_of_a_stream.rs"];
    check(async_retry(quote!(STANDARD, stream), item), expected);
}

#[test]
fn retry_of_a_stream_by_name() {
    let item = quote! { async fn f() -> Result<Guarded<Items>, Failed> { g().await } };
    let arguments =
        quote!(stream, attempt_timeout = "2s", span, retry_if_ok = |stream| is_empty(stream));
    let expected = &expect_file!["../../snapshots/retry_of_a_stream_by_name.rs"];
    check(async_retry(arguments, item), expected);
}

#[test]
fn breaker_above_retry_of_a_stream() {
    let item = quote! {
        async fn f() -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> { g().await }
    };
    let arguments = quote!(API, stream, failure_if = is_bad, fallback = |_| Ok(cached()));
    let guarded = circuit_breaker(arguments, item);
    let expected = &expect_file!["../../snapshots/breaker_above_retry_of_a_stream.rs"];
    check(async_retry(quote!(stream), guarded), expected);
}

#[test]
fn retry_above_breaker_of_a_stream() {
    let item = quote! { async fn f() -> Result<Guarded<Items>, Failed> { g().await } };
    let retried = async_retry(quote!(stream), item);
    let expected = &expect_file!["../../snapshots/retry_above_breaker_of_a_stream.rs"];
    check(circuit_breaker(quote!(API, stream), retried), expected);
}
