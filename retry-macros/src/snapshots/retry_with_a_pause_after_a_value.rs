#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            let n: u32 = __retry_utils_series.attempt();
            let (__retry_utils_last, __retry_utils_kind) = {
                match '__retry_utils_slot_r: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<u32, Failed>>();
                        }
                        g().await
                    }
                        .await
                } {
                    __retry_utils::Ok(
                        __retry_utils_value,
                    ) if {
                        let __retry_utils_value = &__retry_utils_value;
                        {
                            let __retry_utils_answer: bool = __retry_utils::ask(
                                __retry_utils_value,
                                is_pending,
                            );
                            __retry_utils_answer
                        }
                    } => {
                        match {
                            let __retry_utils_failure = __retry_utils::Failure::unsatisfied()
                                .with_hint({
                                    let __retry_utils_answer: ::core::option::Option<
                                        ::core::time::Duration,
                                    > = __retry_utils::ask(
                                        &__retry_utils_value,
                                        |value| value.wait,
                                    );
                                    __retry_utils_answer
                                });
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::new(
                                        &__retry_utils::STANDARD,
                                        ::core::concat!(::core::module_path!(), "::f"),
                                    ),
                                    __retry_utils_failure,
                                )
                                .then_some(__retry_utils_failure.kind())
                        } {
                            ::core::option::Option::Some(__retry_utils_kind) => {
                                (__retry_utils::Ok(__retry_utils_value), __retry_utils_kind)
                            }
                            ::core::option::Option::None => {
                                break __retry_utils::Ok(__retry_utils_value);
                            }
                        }
                    }
                    __retry_utils::Err(__retry_utils_failed) => {
                        match {
                            let __retry_utils_failure = __retry_utils::explained(
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
                            );
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::new(
                                        &__retry_utils::STANDARD,
                                        ::core::concat!(::core::module_path!(), "::f"),
                                    ),
                                    __retry_utils_failure,
                                )
                                .then_some(__retry_utils_failure.kind())
                        } {
                            ::core::option::Option::Some(__retry_utils_kind) => {
                                (
                                    __retry_utils::Err(__retry_utils_failed),
                                    __retry_utils_kind,
                                )
                            }
                            ::core::option::Option::None => {
                                break __retry_utils::Err(__retry_utils_failed);
                            }
                        }
                    }
                    __retry_utils_outcome => break __retry_utils_outcome,
                }
            };
            let __retry_utils_ended = match &__retry_utils_last {
                __retry_utils::Err(__retry_utils_failed) => {
                    __retry_utils_series
                        .before_retry(
                            ::core::option::Option::None,
                            __retry_utils::BeforeRetry::awaiting(
                                __retry_utils::hook_of_future(
                                    __retry_utils_failed,
                                    |_| async move { refresh().await },
                                )(__retry_utils_failed),
                            ),
                        )
                        .await
                }
                __retry_utils::Ok(_) => ::core::option::Option::None,
            };
            let __retry_utils_ended = match __retry_utils_ended {
                ::core::option::Option::None => {
                    __retry_utils_series
                        .wait()
                        .unless(::core::future::pending(), ::core::option::Option::None)
                        .await
                }
                __retry_utils_ended => __retry_utils_ended,
            };
            if let ::core::option::Option::Some(__retry_utils_reason) = __retry_utils_ended {
                {
                    let __retry_utils_failure = match &__retry_utils_last {
                        __retry_utils::Err(__retry_utils_failed) => {
                            __retry_utils::explained(
                                __retry_utils::Failure::retried(
                                    __retry_utils_kind,
                                    __retry_utils::Judged(__retry_utils_failed)
                                        .__retry_utils_shown(),
                                ),
                                __retry_utils::Judged(__retry_utils_failed)
                                    .__retry_utils_error(),
                                __retry_utils::Judged(__retry_utils_failed)
                                    .__retry_utils_as_error(),
                            )
                        }
                        __retry_utils::Ok(_) => __retry_utils::Failure::unsatisfied(),
                    };
                    let __retry_utils_call = __retry_utils::Call::new(
                        &__retry_utils::STANDARD,
                        ::core::concat!(::core::module_path!(), "::f"),
                    );
                    __retry_utils_series
                        .ended(
                            __retry_utils_call,
                            __retry_utils_failure,
                            __retry_utils_reason,
                        );
                }
                break __retry_utils_last;
            }
        }
    }
}
