#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        const _: () = __retry_utils::check(&STANDARD);
        let mut __retry_utils_series = {
            let __retry_utils_budget: &'static __retry_utils::RetryBudget = &API;
            __retry_utils::Sequence::within(
                ::core::option::Option::Some(__retry_utils_budget),
            )
        };
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
                            let __retry_utils_budget: &'static __retry_utils::RetryBudget = &API;
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::new(
                                            &STANDARD,
                                            ::core::concat!(::core::module_path!(), "::f"),
                                        )
                                        .within_static(__retry_utils_budget),
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
