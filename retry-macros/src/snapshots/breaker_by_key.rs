#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f(host: String) -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let __retry_utils_found = {
            let __retry_utils_breakers: &'static __retry_utils::CircuitBreakers = &UPSTREAMS;
            __retry_utils::Key::breaker_of_static(&host, __retry_utils_breakers)
        };
        let __retry_utils_breaker: &__retry_utils::CircuitBreaker = &__retry_utils_found;
        'asked: {
            let __retry_utils_permit = match __retry_utils::admit(
                __retry_utils_breaker,
            ) {
                __retry_utils::Ok(__retry_utils_permit) => __retry_utils_permit,
                __retry_utils::Err(__retry_utils_open) => {
                    break 'asked __retry_utils::Err(
                        __retry_utils::FromCircuitOpen::from_circuit_open(
                            __retry_utils_open,
                        ),
                    );
                }
            };
            match '__retry_utils_slot_b: {
                async move {
                    if false {
                        return __retry_utils::never::<Result<u32, Failed>>();
                    }
                    g(host).await
                }
                    .await
            } {
                __retry_utils::Err(__retry_utils_failed) => {
                    __retry_utils_permit
                        .record(
                            __retry_utils::Retryable::failure_kind(
                                &__retry_utils_failed,
                            ),
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
