#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f(&mut self) -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let __retry_utils_owner = &self.breaker.clone();
        let __retry_utils_breaker: &__retry_utils::CircuitBreaker = __retry_utils::owner(
                __retry_utils_owner,
            )
            .__retry_utils_breaker();
        'asked: {
            let __retry_utils_permit = match __retry_utils::admit(
                __retry_utils_breaker,
            ) {
                __retry_utils::Ok(__retry_utils_permit) => __retry_utils_permit,
                __retry_utils::Err(__retry_utils_open) => {
                    break 'asked 'given: {
                        let __retry_utils_later = match __retry_utils::FallBack::<
                            Result<u32, Failed>,
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
                    };
                }
            };
            match '__retry_utils_slot_b: {
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
                            |value| *value == 0,
                        );
                        __retry_utils_answer
                    }
                } => {
                    __retry_utils::reject(__retry_utils_permit);
                    __retry_utils::Ok(__retry_utils_value)
                }
                __retry_utils::Err(__retry_utils_failed) => {
                    __retry_utils::judge(
                        __retry_utils_permit,
                        {
                            let __retry_utils_answer: bool = __retry_utils::ask(
                                &__retry_utils_failed,
                                |error| error.is_transient(),
                            );
                            __retry_utils_answer
                        },
                        || {
                            __retry_utils::Judged(&__retry_utils_failed)
                                .__retry_utils_hint()
                        },
                    );
                    __retry_utils::Err(__retry_utils_failed)
                }
                __retry_utils_outcome => {
                    __retry_utils_permit.success_with(__retry_utils_outcome)
                }
            }
        }
    }
}
