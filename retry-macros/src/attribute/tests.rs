//! Snapshots of every form of expansion. `UPDATE_EXPECT=1 cargo test` rewrites them.

mod breaker;
mod stream;

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::{async_retry, circuit_breaker};

fn check(expanded: TokenStream, expected: &ExpectFile) {
    let file = syn::parse2(expanded).expect("the expansion is valid Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn retry() {
    let item = quote! {
        /// Documented.
        pub async fn complete(&self, prompt: &str) -> Result<String, LlmError> {
            self.send(prompt).await?.text().await
        }
    };
    check(async_retry(quote!(STANDARD), item), &expect_file!["../snapshots/retry.rs"]);
}

#[test]
fn retry_by_default() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    check(async_retry(quote!(), item), &expect_file!["../snapshots/retry_by_default.rs"]);
}

#[test]
fn retry_with_overrides() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(STANDARD, max_attempts = 4, base_delay = "200ms", exponential_base = 3);
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_overrides.rs"]);
}

#[test]
fn retry_by_expression() {
    let item = quote! { async fn f(&mut self, limit: u32) -> Result<u32, Failed> { g().await } };
    let arguments = quote!(self.retry, max_attempts = limit);
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_by_expression.rs"]);
}

#[test]
fn retry_by_associated_constant() {
    let item = quote! { async fn f(&self) -> Result<u32, Failed> { g().await } };
    let expected = &expect_file!["../snapshots/retry_by_associated_constant.rs"];
    check(async_retry(quote!(Self::POLICY, mode = Mode::Observe), item), expected);
}

#[test]
fn retry_with_timeouts() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(attempt_timeout = "1.5s", total_timeout = limit());
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_timeouts.rs"]);
}

#[test]
fn retry_with_predicates() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(
        retry_if = |error| error.is_transient(),
        retry_if_ok = is_pending,
        retry_after = |error| error.wait,
        on_retry = |event| println!("{event:?}"),
        name = "f",
        attempt = n
    );
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_predicates.rs"]);
}

#[test]
fn retry_with_a_pause() {
    let item = quote! { async fn f(&mut self) -> Result<u32, Failed> { self.g().await } };
    let arguments = quote!(
        self.policy,
        before_retry = async |error| self.refresh(error).await,
        stop_on = self.stop.cancelled(),
        total_timeout = "1m"
    );
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_a_pause.rs"]);
}

#[test]
fn retry_with_a_pause_after_a_value() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(
        retry_if_ok = is_pending,
        retry_after_ok = |value| value.wait,
        before_retry = |_| async move { refresh().await },
        attempt = n
    );
    let expected = &expect_file!["../snapshots/retry_with_a_pause_after_a_value.rs"];
    check(async_retry(arguments, item), expected);
}

#[test]
fn retry_with_spans() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(span, retry_if_ok = is_pending, attempt_timeout = "1.5s");
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_spans.rs"]);
}

#[test]
fn retry_with_arguments() {
    let item = quote! {
        async fn f(self, (a, mut b): (u32, u32), mut list: Vec<u32>, buffer: &mut [u8]) -> Result<u32, Failed> {
            #![allow(unused)]
            g(a, b, list, buffer).await
        }
    };
    let arguments = quote!(clone(b, list));
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_arguments.rs"]);
}

#[test]
fn retry_of_a_result_that_borrows() {
    let item = quote! {
        async fn f<'a>(&'a mut self, buffer: &'a mut [u8]) -> Result<impl Stream<Item = &'a u8>, Failed> {
            g(buffer).await
        }
    };
    let expected = &expect_file!["../snapshots/retry_of_a_result_that_borrows.rs"];
    check(async_retry(quote!(), item), expected);
}

#[test]
fn retry_of_a_function_that_returns_a_future() {
    let item = quote! {
        fn f(list: Vec<u32>) -> impl Future<Output = Result<u32, Failed>> + Send {
            async move { g(&list).await }
        }
    };
    let expected = &expect_file!["../snapshots/retry_of_a_function_that_returns_a_future.rs"];
    check(async_retry(quote!(), item), expected);
}

#[test]
fn retry_under_async_trait() {
    // The expansion of `async fn ask(&mut self, mut list: Vec<u32>) -> Result<u32, Failed>` by
    // `#[async_trait]`.
    let item = quote! {
        fn ask<'life0, 'async_trait>(&'life0 mut self, list: Vec<u32>)
            -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Result<u32, Failed>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Result<u32, Failed>> {
                    #[allow(unreachable_code)]
                    return __ret;
                }
                let mut __self = self;
                let mut list = list;
                let __ret: Result<u32, Failed> = { __self.g(list).await };
                #[allow(unreachable_code)]
                __ret
            })
        }
    };
    let expected = &expect_file!["../snapshots/retry_under_async_trait.rs"];
    check(async_retry(quote!(self.policy, clone(list)), item), expected);
}

#[test]
fn retry_with_a_budget() {
    let item = quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let arguments = quote!(STANDARD, budget = API);
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_with_a_budget.rs"]);
}

#[test]
fn retry_with_a_budget_of_the_call() {
    let item = quote! { async fn f(&self) -> Result<u32, Failed> { g().await } };
    let arguments = quote!(self.retry, budget = HOSTS.for_key(self.host), attempt = n);
    let expected = &expect_file!["../snapshots/retry_with_a_budget_of_the_call.rs"];
    check(async_retry(arguments, item), expected);
}

#[test]
fn retry_by_a_branch() {
    let item = quote! { async fn f(read: bool) -> Result<u32, Failed> { g().await } };
    let arguments = quote!(if read { &READS } else { &WRITES }, max_attempts = 2);
    check(async_retry(arguments, item), &expect_file!["../snapshots/retry_by_a_branch.rs"]);
}

#[test]
fn retry_with_arguments_bound_once() {
    let item = quote! {
        async fn f(#[cfg(unix)] mut to: impl Into<String>, body: Body) -> Result<u32, Failed> {
            g(to, body).await
        }
    };
    let arguments = quote!(clone(to), once(to: String = to.into(), body = Arc::new(body)));
    let expected = &expect_file!["../snapshots/retry_with_arguments_bound_once.rs"];
    check(async_retry(arguments, item), expected);
}

#[test]
fn retry_with_a_name_and_a_listener() {
    let item = quote! { async fn f(host: &str) -> Result<u32, Failed> { g(host).await } };
    let arguments = quote!(name = NAMES[0], on_retry = |event| count(event));
    let expected = &expect_file!["../snapshots/retry_with_a_name_and_a_listener.rs"];
    check(async_retry(arguments, item), expected);
}

#[test]
fn retry_under_another_name_of_result() {
    let item = quote! { async fn f() -> Answer { g().await } };
    let expected = &expect_file!["../snapshots/retry_under_another_name_of_result.rs"];
    check(async_retry(quote!(), item), expected);
}

#[test]
fn retry_in_each_copy_of_a_body() {
    let item = quote! { async fn f(first: bool) -> Result<u32, Failed> { g().await } };
    let guarded: syn::ItemFn = syn::parse2(circuit_breaker(quote!(API), item)).expect("a function");
    let syn::ItemFn { attrs, sig, block, .. } = guarded;
    // A foreign attribute in between has written the body twice.
    let item = quote!(#(#attrs)* #sig { if first #block else { passes!(#block) } });
    let expected = &expect_file!["../snapshots/retry_in_each_copy_of_a_body.rs"];
    check(async_retry(quote!(), item), expected);
}

#[test]
fn retry_of_a_future_behind_statements() {
    let item = quote! {
        fn call(&mut self, r: u32) -> BoxFuture<'static, Result<u32, Failed>> {
            let inner = self.inner.clone();
            Box::pin(async move { inner.send(r).await },)
        }
    };
    let expected = &expect_file!["../snapshots/retry_of_a_future_behind_statements.rs"];
    check(async_retry(quote!(), item), expected);
}

#[test]
fn errors_leave_the_function_in_place() {
    let item = || quote! { async fn f(n: u32) -> Result<u32, Failed> { g(n).await } };
    let expected = &expect_file!["../snapshots/errors.rs"];
    check(async_retry(quote!(STANDARD, max_attempt = 3), item()), expected);
    let expected = &expect_file!["../snapshots/errors_in_what_the_body_uses.rs"];
    check(async_retry(quote!(attempt = n, colour = 1), item()), expected);
}

/// Runs only without the features: `cargo test -p retry-macros --no-default-features`, with the
/// name of this test.
#[cfg(not(any(feature = "timer", feature = "tracing", feature = "stream")))]
#[test]
fn what_a_missing_feature_takes_away_names_the_feature() {
    let item = || quote! { async fn f() -> Result<u32, Failed> { g().await } };
    let expanded = async_retry(quote!(STANDARD, span), item()).to_string();
    assert!(expanded.contains("enable the feature `tokio`"), "{expanded}");
    assert!(expanded.contains("needs the feature `tracing`"), "{expanded}");
    assert!(expanded.contains("async fn f"), "the item is gone: {expanded}");
    for expanded in
        [circuit_breaker(quote!(API, stream), item()), async_retry(quote!(stream), item())]
    {
        let expanded = expanded.to_string();
        assert!(expanded.contains("needs the feature `stream`"), "{expanded}");
    }
}
