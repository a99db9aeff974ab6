#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<Guarded<Items>, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            {
                match match {
                    let __retry_utils_breaker: &'static __retry_utils::CircuitBreaker = &API;
                    let __retry_utils_asked = __retry_utils::connect_static(
                        __retry_utils_breaker,
                    );
                    let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
                        __retry_utils::Ok(__retry_utils_connection) => {
                            let __retry_utils_outcome = '__retry_utils_slot_rsbs: {
                                __retry_utils::mapped(
                                    async {
                                        if false {
                                            return __retry_utils::never::<Result<_, Failed>>();
                                        }
                                        g().await
                                    }
                                        .await,
                                    |__retry_utils_stream| -> Items { __retry_utils_stream },
                                )
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
                                __retry_utils::Err(
                                    __retry_utils::FromCircuitOpen::from_circuit_open(
                                        __retry_utils_open,
                                    ),
                                ),
                            )
                        }
                    };
                    match __retry_utils_outcome {
                        __retry_utils::Ok(__retry_utils_stream) => {
                            __retry_utils::Ok(
                                __retry_utils::Opened(
                                    <_ as __retry_utils::Connected<
                                        _,
                                    >>::guarded(__retry_utils_stream, __retry_utils_connection),
                                ),
                            )
                        }
                        __retry_utils::Err(__retry_utils_error) => {
                            if let ::core::option::Option::Some(
                                __retry_utils_connection,
                            ) = __retry_utils_connection {
                                __retry_utils_connection
                                    .record(
                                        __retry_utils::Retryable::failure_kind(
                                            &__retry_utils_error,
                                        ),
                                        || {
                                            __retry_utils::Judged(&__retry_utils_error)
                                                .__retry_utils_hint()
                                        },
                                    );
                            }
                            __retry_utils::Err(__retry_utils_error)
                        }
                    }
                } {
                    __retry_utils::Err(__retry_utils_error) => {
                        __retry_utils::Err(__retry_utils_error)
                    }
                    __retry_utils::Ok(__retry_utils_given) => {
                        let __retry_utils_opened = <_ as __retry_utils::Layered<
                            _,
                        >>::opened(__retry_utils_given);
                        let mut __retry_utils_stream = <_ as __retry_utils::Movable<
                            _,
                        >>::movable(__retry_utils_opened);
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
                            __retry_utils::Named::named(__retry_utils_value),
                        );
                    }
                }
            }
            __retry_utils_series.wait().await;
        }
    }
}
