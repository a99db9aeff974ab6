#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private::{
            self as __retry_utils, Err as __retry_utils_err, Ok as __retry_utils_ok,
        };
        {
            const __RETRY_UTILS_POLICY: &__retry_utils::RetryConfig = {
                &{
                    let mut __retry_utils_policy = __retry_utils::policy(&STANDARD);
                    __retry_utils_policy.max_attempts = 4;
                    __retry_utils_policy.base_delay = ::core::time::Duration::new(
                        0u64,
                        200000000u32,
                    );
                    __retry_utils_policy.exponential_base = 3.0;
                    __retry_utils_policy
                }
            };
            const _: () = { __retry_utils::check(__RETRY_UTILS_POLICY) };
            let mut __retry_utils_series = __retry_utils::Series::within(
                __retry_utils::budget_of(__RETRY_UTILS_POLICY),
            );
            loop {
                {
                    let __retry_utils_outcome = {
                        type __RetryUtilsSlotR = ();
                        async {
                            if let __retry_utils_ok(__retry_utils_outcome) = __retry_utils_err::<
                                Result<u32, Failed>,
                                (),
                            >(()) {
                                return __retry_utils_outcome;
                            }
                            g().await
                        }
                            .await
                    };
                    match __retry_utils_outcome {
                        __retry_utils_ok(__retry_utils_value) => {
                            break __retry_utils_ok(__retry_utils_value);
                        }
                        __retry_utils_err(__retry_utils_failed) => {
                            let __retry_utils_error = &__retry_utils_failed;
                            if !__retry_utils_series
                                .failed(
                                    __RETRY_UTILS_POLICY,
                                    ::core::concat!(::core::module_path!(), "::f"),
                                    __retry_utils::classified(
                                        __retry_utils::Retryable::failure_kind(__retry_utils_error),
                                        __retry_utils::Retryable::retry_after(__retry_utils_error),
                                        __retry_utils::Shown::shown(__retry_utils_error),
                                    ),
                                )
                            {
                                break __retry_utils_err(__retry_utils_failed);
                            }
                        }
                    }
                }
                __retry_utils_series.wait().await;
            }
        }
    }
}
