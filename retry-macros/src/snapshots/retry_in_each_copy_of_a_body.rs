#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f(first: bool) -> Result<u32, Failed> {
    if first {
        #[allow(clippy::implicit_return)]
        {
            use ::retry_utils::private as __retry_utils;
            let __retry_utils_breaker: &'static __retry_utils::CircuitBreaker = &API;
            'asked: {
                let __retry_utils_permit = match __retry_utils::admit_static(
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
                match {
                    let mut __retry_utils_series = __retry_utils::Sequence::new();
                    loop {
                        {
                            match '__retry_utils_slot_br: {
                                async {
                                    if false {
                                        return __retry_utils::never::<Result<u32, Failed>>();
                                    }
                                    g().await
                                }
                                    .await
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
                                __retry_utils_outcome => break __retry_utils_outcome,
                            }
                        }
                        __retry_utils_series.wait().await;
                    }
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
    } else {
        passes!(
            { #[allow(clippy::implicit_return)] { use ::retry_utils::private as
            __retry_utils; let __retry_utils_breaker : & 'static
            __retry_utils::CircuitBreaker = & API; 'asked : { let __retry_utils_permit =
            match __retry_utils::admit_static(__retry_utils_breaker) {
            __retry_utils::Ok(__retry_utils_permit) => __retry_utils_permit,
            __retry_utils::Err(__retry_utils_open) => break 'asked
            __retry_utils::Err(__retry_utils::FromCircuitOpen::from_circuit_open(__retry_utils_open)),
            }; match { let mut __retry_utils_series = __retry_utils::Sequence::new();
            loop { { match '__retry_utils_slot_br : { async { if false { return
            __retry_utils::never:: < Result < u32, Failed > > (); } g(). await } . await
            } { __retry_utils::Err(__retry_utils_failed) => if ! __retry_utils_series
            .failed(& __retry_utils::STANDARD, ::core::concat!(::core::module_path!(),
            "::f"),
            __retry_utils::explained(__retry_utils::Failure::of_kind(__retry_utils::Retryable::failure_kind(&
            __retry_utils_failed), __retry_utils::Retryable::retry_hint(&
            __retry_utils_failed), __retry_utils::Shown::shown(& __retry_utils_failed),)
            .opaque_if(|| __retry_utils::Retryable::__retry_utils_is_opaque(&
            __retry_utils_failed)), __retry_utils::Judged(& __retry_utils_failed)
            .__retry_utils_error(), __retry_utils::Judged(& __retry_utils_failed)
            .__retry_utils_as_error(),)) { break
            __retry_utils::Err(__retry_utils_failed); }, __retry_utils_outcome => break
            __retry_utils_outcome, } } __retry_utils_series.wait(). await; } } {
            __retry_utils::Err(__retry_utils_failed) => { __retry_utils_permit
            .record(__retry_utils::Retryable::failure_kind(& __retry_utils_failed), | |
            __retry_utils::Judged(& __retry_utils_failed).__retry_utils_hint(),);
            __retry_utils::Err(__retry_utils_failed) } __retry_utils_outcome =>
            __retry_utils_permit.success_with(__retry_utils_outcome), } } } }
        )
    }
}
