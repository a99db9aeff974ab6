#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            let (__retry_utils_last, __retry_utils_kind) = {
                match match '__retry_utils_slot_rs: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<_, Failed>>();
                        }
                        g().await
                    }
                        .await
                } {
                    __retry_utils::Err(__retry_utils_error) => {
                        __retry_utils::Err(__retry_utils_error)
                    }
                    __retry_utils::Ok(__retry_utils_given) => {
                        let __retry_utils_opened = <_ as __retry_utils::Layered<
                            _,
                        >>::opened(__retry_utils_given);
                        let mut __retry_utils_stream = __retry_utils::Moves::of(
                                &__retry_utils_opened,
                            )
                            .__retry_utils_movable(__retry_utils_opened);
                        match __retry_utils::ReadFirst(&mut __retry_utils_stream).await {
                            __retry_utils::Err(__retry_utils_error) => {
                                __retry_utils::Err(
                                    <_ as __retry_utils::ItemError<
                                        Failed,
                                    >>::of_call(__retry_utils_error),
                                )
                            }
                            __retry_utils::Ok(()) => {
                                __retry_utils::Ok(__retry_utils_stream)
                            }
                        }
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
                        match {
                            let __retry_utils_failure = __retry_utils::Failure::unsatisfied();
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
                    __retry_utils::Ok(__retry_utils_value) => {
                        break __retry_utils::Ok(__retry_utils_value);
                    }
                }
            };
            let __retry_utils_ended = __retry_utils_series
                .wait()
                .unless(
                    __retry_utils::StopOn::awaiting((stop(),).0),
                    ::core::option::Option::None,
                )
                .await;
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
                break __retry_utils_last.map(|__retry_utils_value| __retry_utils_value);
            }
        }
    }
}
