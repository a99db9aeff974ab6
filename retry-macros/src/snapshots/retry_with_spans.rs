#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            {
                let __retry_utils_span = __retry_utils::attempt_span(
                    ::core::concat!(::core::module_path!(), "::f"),
                    __retry_utils_series.attempt(),
                );
                let __retry_utils_limit = __retry_utils::Limit::limit(
                    ::core::time::Duration::new(1u64, 500000000u32),
                );
                let mut __retry_utils_cut = ::core::option::Option::None;
                match match __retry_utils_series
                    .limited(
                        __retry_utils_limit,
                        ::core::option::Option::None,
                        async {
                            __retry_utils::in_span(
                                    &__retry_utils_span,
                                    async {
                                        '__retry_utils_slot_r: {
                                            async {
                                                if false {
                                                    return __retry_utils::never::<Result<u32, Failed>>();
                                                }
                                                g().await
                                            }
                                                .await
                                        }
                                    },
                                )
                                .await
                        },
                    )
                    .await
                {
                    __retry_utils::Ok(__retry_utils_outcome) => __retry_utils_outcome,
                    __retry_utils::Err(__retry_utils_timed_out) => {
                        __retry_utils::Err(
                            __retry_utils::FromTimedOut::cut_short(
                                __retry_utils_timed_out,
                                &mut __retry_utils_cut,
                            ),
                        )
                    }
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
                        if !__retry_utils_series
                            .failed(
                                &__retry_utils::STANDARD,
                                ::core::concat!(::core::module_path!(), "::f"),
                                __retry_utils::traced(
                                    &__retry_utils_span,
                                    __retry_utils::Failure::unsatisfied(),
                                ),
                            )
                        {
                            break __retry_utils::Ok(__retry_utils_value);
                        }
                    }
                    __retry_utils::Err(__retry_utils_failed) => {
                        if !__retry_utils_series
                            .failed(
                                &__retry_utils::STANDARD,
                                ::core::concat!(::core::module_path!(), "::f"),
                                __retry_utils::traced(
                                    &__retry_utils_span,
                                    __retry_utils::explained(
                                        match __retry_utils_cut {
                                            ::core::option::Option::Some(__retry_utils_cut) => {
                                                __retry_utils::Failure::timed_out(
                                                    __retry_utils_cut,
                                                    __retry_utils::Shown::shown(&__retry_utils_failed),
                                                )
                                            }
                                            ::core::option::Option::None => {
                                                __retry_utils::Failure::of_kind(
                                                        __retry_utils::Retryable::failure_kind(
                                                            &__retry_utils_failed,
                                                        ),
                                                        __retry_utils::Retryable::retry_hint(&__retry_utils_failed),
                                                        __retry_utils::Shown::shown(&__retry_utils_failed),
                                                    )
                                                    .opaque_if(|| __retry_utils::Retryable::__retry_utils_is_opaque(
                                                        &__retry_utils_failed,
                                                    ))
                                            }
                                        },
                                        __retry_utils::Judged(&__retry_utils_failed)
                                            .__retry_utils_error(),
                                        __retry_utils::Judged(&__retry_utils_failed)
                                            .__retry_utils_as_error(),
                                    ),
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
