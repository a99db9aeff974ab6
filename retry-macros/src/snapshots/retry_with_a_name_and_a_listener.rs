#[rustfmt::__retry_utils_layer_async_retry()]
async fn f(host: &str) -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            {
                match '__retry_utils_slot_r: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<u32, Failed>>();
                        }
                        g(host).await
                    }
                        .await
                } {
                    __retry_utils::Err(__retry_utils_failed) => {
                        if !{
                            let mut __retry_utils_hook = __retry_utils::hook(|event| count(
                                event,
                            ));
                            let mut __retry_utils_hook = |
                                __retry_utils_event: &__retry_utils::Event<'_>|
                            {
                                __retry_utils::Synchronous::end(
                                    __retry_utils_hook(__retry_utils_event),
                                )
                            };
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::new(
                                            &__retry_utils::STANDARD,
                                            {
                                                let __retry_utils_name: &'static str = NAMES[0];
                                                __retry_utils_name
                                            },
                                        )
                                        .reporting_to(&mut __retry_utils_hook),
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
