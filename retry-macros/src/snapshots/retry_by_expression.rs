#[rustfmt::__retry_utils_layer_async_retry()]
async fn f(&mut self, limit: u32) -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        static __RETRY_UTILS_REPORTED: __retry_utils::PolicyReports = __retry_utils::PolicyReports::new();
        static __RETRY_UTILS_METHOD: __retry_utils::Method = __retry_utils::Method::new(
            ::core::module_path!(),
            "f",
        );
        let mut __retry_utils_series = __retry_utils::Sequence::new();
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
                        if !{
                            let __retry_utils_owner = &self.retry;
                            let __retry_utils_policy: &__retry_utils::RetryConfig = __retry_utils_owner;
                            let __retry_utils_policy = &{
                                let mut __retry_utils_policy = __retry_utils::policy(
                                    __retry_utils_policy,
                                );
                                __retry_utils_policy.max_attempts = limit;
                                __retry_utils_policy
                            };
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::evaluated(
                                        __retry_utils_policy,
                                        __RETRY_UTILS_METHOD.name::<Self>(),
                                        &__RETRY_UTILS_REPORTED,
                                    ),
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
                        } {
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
