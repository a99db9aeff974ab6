#[rustfmt::__retry_utils_layer_circuit_breaker()]
async fn f() -> Result<Guarded<Items>, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        static __RETRY_UTILS_SITE: __retry_utils::NamedSite = __retry_utils::NamedSite::new(
            "api",
        );
        let __retry_utils_asked = __retry_utils::Outlives::connect(
            &__RETRY_UTILS_SITE.breaker(),
        );
        let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
            __retry_utils::Ok(__retry_utils_connection) => {
                let __retry_utils_outcome = '__retry_utils_slot_bs: {
                    __retry_utils::mapped(
                        async move {
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
                    <_ as __retry_utils::Connected<
                        _,
                    >>::guarded(__retry_utils_stream, __retry_utils_connection),
                )
            }
            __retry_utils::Err(__retry_utils_error) => {
                if let ::core::option::Option::Some(__retry_utils_connection) = __retry_utils_connection {
                    __retry_utils_connection
                        .record(
                            __retry_utils::Retryable::failure_kind(&__retry_utils_error),
                            || {
                                __retry_utils::Judged(&__retry_utils_error)
                                    .__retry_utils_hint()
                            },
                        );
                }
                __retry_utils::Err(__retry_utils_error)
            }
        }
    }
}
