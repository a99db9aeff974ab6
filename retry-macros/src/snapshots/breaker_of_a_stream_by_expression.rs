#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f(&mut self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let __retry_utils_asked = __retry_utils::Outlives::connect(&self.breaker);
        let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
            __retry_utils::Ok(__retry_utils_connection) => {
                let __retry_utils_outcome = '__retry_utils_slot_bs: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<_, Failed>>();
                        }
                        g().await
                    }
                        .await
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
                                    |open| Err(open.into()),
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
                        |error| error.is_transient(),
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
                                        |error| error.is_transient(),
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
