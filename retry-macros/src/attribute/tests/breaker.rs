//! Snapshots of `#[circuit_breaker]`, alone and above `#[async_retry]`.

use expect_test::expect_file;
use quote::quote;

use super::{async_retry, check, circuit_breaker};

#[test]
fn breaker() {
    let item = quote! { async fn f(&self) -> Result<u32, Failed> { g().await } };
    check(circuit_breaker(quote!(API), item), &expect_file!["../../snapshots/breaker.rs"]);
}

#[test]
fn breaker_by_name() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!("api", crate = "crate::resilience");
    check(circuit_breaker(arguments, item), &expect_file!["../../snapshots/breaker_by_name.rs"]);
}

#[test]
fn breaker_by_expression() {
    let item = quote! { async fn f(&mut self) -> Result<u32, Failed> { g().await } };
    let arguments = quote!(
        self.breaker.clone(),
        failure_if = |error| error.is_transient(),
        failure_if_ok = |value| *value == 0,
        fallback = |open| Err(open.into())
    );
    check(
        circuit_breaker(arguments, item),
        &expect_file!["../../snapshots/breaker_by_expression.rs"],
    );
}

#[test]
fn breaker_above_retry() {
    let item = quote! {
        #[async_retry]
        async fn f() -> Result<u32, Failed> { g().await }
    };
    let after_breaker = circuit_breaker(quote!(API), item).to_string();
    // The compiler passes the function to the second attribute without that attribute.
    let item = after_breaker.replace("# [async_retry]", "").parse().expect("tokens");
    check(async_retry(quote!(), item), &expect_file!["../../snapshots/breaker_above_retry.rs"]);
}

#[test]
fn breaker_by_key() {
    let item = quote! { async fn f(host: String) -> Result<u32, Failed> { g(host).await } };
    let arguments = quote!(UPSTREAMS, key = host);
    check(circuit_breaker(arguments, item), &expect_file!["../../snapshots/breaker_by_key.rs"]);
}

#[test]
fn breaker_by_key_of_an_expression() {
    let item = quote! {
        async fn f(&mut self, id: u64) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
            g(id).await
        }
    };
    let arguments = quote!(self.upstreams, stream, key = id.to_string());
    let expected = &expect_file!["../../snapshots/breaker_by_key_of_an_expression.rs"];
    check(circuit_breaker(arguments, item), expected);
}

#[test]
fn breaker_above_retry_under_async_trait() {
    // The expansion of `async fn ask(&self, mut list: Vec<u32>) -> Result<u32, Failed>` by
    // `#[async_trait]`.
    let item = quote! {
        fn ask<'life0, 'async_trait>(&'life0 self, list: Vec<u32>)
            -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Result<u32, Failed>> + Send + 'async_trait>>
        {
            Box::pin(async move {
                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Result<u32, Failed>> {
                    #[allow(unreachable_code)]
                    return __ret;
                }
                let __self = self;
                let mut list = list;
                let __ret: Result<u32, Failed> = { __self.g(list).await };
                #[allow(unreachable_code)]
                __ret
            })
        }
    };
    let guarded = circuit_breaker(quote!(self::API), item);
    let expected = &expect_file!["../../snapshots/breaker_above_retry_under_async_trait.rs"];
    check(async_retry(quote!(self.policy, clone(list)), guarded), expected);
}

#[test]
fn breaker_with_an_async_fallback() {
    let item = quote! { async fn f(owned: Client) -> Result<u32, Failed> { g(&owned).await } };
    let arguments = quote!(
        API,
        failure_if = |error| owned.is_fatal(error),
        fallback = async |_| Ok(cached().await)
    );
    let expected = &expect_file!["../../snapshots/breaker_with_an_async_fallback.rs"];
    check(circuit_breaker(arguments, item), expected);
}

#[test]
fn breaker_with_a_fallback_that_diverges() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(API, fallback = |_| todo!());
    let expected = &expect_file!["../../snapshots/breaker_with_a_fallback_that_diverges.rs"];
    check(circuit_breaker(arguments, item), expected);
}
