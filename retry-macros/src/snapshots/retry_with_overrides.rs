#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
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
        let mut __retry_utils_series = __retry_utils::Sequence::of(__RETRY_UTILS_POLICY);
        loop {
            {
                match '__retry_utils_slot_r: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<u32, Failed>>();
                        }
                        g().await
                    }
                        .await
                } {
                    __retry_utils::Err(__retry_utils_failed) => {
                        if !__retry_utils_series
                            .failed(
                                __RETRY_UTILS_POLICY,
                                ::core::concat!(::core::module_path!(), "::f"),
                                __retry_utils::explained(
                                    __retry_utils::Failure::of_kind(
                                            __retry_utils::Retryable::failure_kind(
                                                &__retry_utils_failed,
                                            ),
                                            __retry_utils::Retryable::retry_hint(&__retry_utils_failed),
                                            __retry_utils::Shown::shown(&__retry_utils_failed),
                                        )
                                        .opaque_if(|| __retry_utils::Retryable::__retry_utils_is_opaque(
                                            &__retry_utils_failed,
                                        )),
                                    __retry_utils::Judged(&__retry_utils_failed)
                                        .__retry_utils_error(),
                                    __retry_utils::Judged(&__retry_utils_failed)
                                        .__retry_utils_as_error(),
                                ),
                            )
                        {
                            break __retry_utils::Err(__retry_utils_failed);
                        }
                    }
                    __retry_utils_outcome => break __retry_utils_outcome,
                }
            }
            __retry_utils_series.wait().await;
        }
    }
}
