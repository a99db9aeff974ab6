#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f() -> Result<u32, Failed> {
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
                        break 'asked __retry_utils::call_fallback::<
                            _,
                            Result<u32, Failed>,
                        >(|_| todo!(), __retry_utils_open);
                    }
                };
                let __retry_utils_outcome = {
                    type __RetryUtilsSlotB = ();
                    async move {
                        if let __retry_utils_ok(__retry_utils_outcome) = __retry_utils_err::<
                            Result<u32, Failed>,
                            (),
                        >(()) {
                            return __retry_utils_outcome;
                        }
                        g().await
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
                        __retry_utils_permit
                            .record(
                                __retry_utils::Retryable::failure_kind(__retry_utils_error),
                            );
                        __retry_utils_err(__retry_utils_failed)
                    }
                }
            }
        }
    }
}
