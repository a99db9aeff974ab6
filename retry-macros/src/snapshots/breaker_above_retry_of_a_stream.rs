#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f() -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let __retry_utils_breaker: &'static __retry_utils::CircuitBreaker = &API;
        let __retry_utils_asked = __retry_utils::connect_static(__retry_utils_breaker);
        let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
            __retry_utils::Ok(__retry_utils_connection) => {
                let __retry_utils_outcome = {
                    let mut __retry_utils_series = __retry_utils::Sequence::new();
                    loop {
                        {
                            match match '__retry_utils_slot_bsrs: {
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
                                    match __retry_utils::ReadFirst(&mut __retry_utils_stream)
                                        .await
                                    {
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
                                __retry_utils::Err(__retry_utils_failed) => {
                                    if !__retry_utils_series
                                        .failed(
                                            &__retry_utils::STANDARD,
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
                                __retry_utils::Ok(__retry_utils_value) => {
                                    break __retry_utils::Ok(
                                        __retry_utils::Opened(__retry_utils_value),
                                    );
                                }
                            }
                        }
                        __retry_utils_series.wait().await;
                    }
                };
                (
                    ::core::option::Option::Some(__retry_utils_connection),
                    __retry_utils::mapped(
                        __retry_utils_outcome,
                        |__retry_utils_stream| <_ as __retry_utils::Layered<
                            _,
                        >>::nested(__retry_utils_stream),
                    ),
                )
            }
            __retry_utils::Err(__retry_utils_open) => {
                (
                    ::core::option::Option::None,
                    __retry_utils::mapped(
                        'given: {
                            let __retry_utils_later = match __retry_utils::FallBack::<
                                Result<_, Failed>,
                                _,
                            >::split(
                                __retry_utils::call_fallback(
                                    |_| Ok(cached()),
                                    __retry_utils_open,
                                ),
                            ) {
                                __retry_utils::Ok(__retry_utils_given) => {
                                    break 'given __retry_utils_given;
                                }
                                __retry_utils::Err(__retry_utils_later) => {
                                    __retry_utils_later
                                }
                            };
                            __retry_utils_later.await
                        },
                        |__retry_utils_stream| {
                            __retry_utils::unguarded::<_, _>(__retry_utils_stream)
                        },
                    ),
                )
            }
        };
        match __retry_utils_outcome {
            __retry_utils::Ok(__retry_utils_stream) => {
                __retry_utils::Ok(
                    __retry_utils::guarded_by(
                        __retry_utils_stream,
                        __retry_utils_connection,
                        is_bad,
                    ),
                )
            }
            __retry_utils::Err(__retry_utils_error) => {
                if let ::core::option::Option::Some(__retry_utils_connection) = __retry_utils_connection {
                    {
                        let __retry_utils_error = &__retry_utils_error;
                        __retry_utils_connection
                            .judge(
                                {
                                    let __retry_utils_answer: bool = __retry_utils::ask(
                                        __retry_utils_error,
                                        is_bad,
                                    );
                                    __retry_utils_answer
                                },
                                || {
                                    __retry_utils::Judged(__retry_utils_error)
                                        .__retry_utils_hint()
                                },
                            )
                    };
                }
                __retry_utils::Err(__retry_utils_error)
            }
        }
    }
}
