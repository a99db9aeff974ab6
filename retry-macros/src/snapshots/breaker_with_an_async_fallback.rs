#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f(owned: Client) -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private::{
            self as __retry_utils, Err as __retry_utils_err, Ok as __retry_utils_ok,
        };
        {
            let __retry_utils_breaker: &'static __retry_utils::CircuitBreaker = &API;
            'asked: {
                let __retry_utils_permit = match __retry_utils::admit_static(
                    __retry_utils_breaker,
                ) {
                    __retry_utils_ok(__retry_utils_permit) => __retry_utils_permit,
                    __retry_utils_err(__retry_utils_open) => {
                        break 'asked 'given: {
                            let __retry_utils_later = match __retry_utils::FallBack::<
                                Result<u32, Failed>,
                                _,
                            >::split(
                                __retry_utils::call_fallback(
                                    async |_| Ok(cached().await),
                                    __retry_utils_open,
                                ),
                            ) {
                                __retry_utils_ok(__retry_utils_given) => {
                                    break 'given __retry_utils_given;
                                }
                                __retry_utils_err(__retry_utils_later) => {
                                    __retry_utils_later
                                }
                            };
                            __retry_utils_later.await
                        };
                    }
                };
                let __retry_utils_outcome = {
                    type __RetryUtilsSlotB = ();
                    async {
                        if let __retry_utils_ok(__retry_utils_outcome) = __retry_utils_err::<
                            Result<u32, Failed>,
                            (),
                        >(()) {
                            return __retry_utils_outcome;
                        }
                        g(&owned).await
                    }
                        .await
                };
                match __retry_utils_outcome {
                    __retry_utils_ok(__retry_utils_value) => {
                        __retry_utils_permit.success();
                        __retry_utils_ok(__retry_utils_value)
                    }
                    __retry_utils_err(__retry_utils_failed) => {
                        let __retry_utils_error = &__retry_utils_failed;
                        __retry_utils::judge(
                            __retry_utils_permit,
                            {
                                let __retry_utils_answer: bool = __retry_utils::ask(
                                    __retry_utils_error,
                                    |error| owned.is_fatal(error),
                                );
                                __retry_utils_answer
                            },
                        );
                        __retry_utils_err(__retry_utils_failed)
                    }
                }
            }
        }
    }
}
