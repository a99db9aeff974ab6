#[rustfmt::__retry_utils_layer_circuit_breaker(__self)]
fn ask<'life0, 'async_trait>(
    &'life0 self,
) -> ::core::pin::Pin<
    Box<
        dyn ::core::future::Future<
            Output = Result<Guarded<Items>, Failed>,
        > + Send + 'async_trait,
    >,
>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
            Result<Guarded<Items>, Failed>,
        > {
            #[allow(unreachable_code)] return __ret;
        }
        let __self = self;
        #[allow(clippy::implicit_return)]
        {
            use ::retry_utils::private as __retry_utils;
            let __retry_utils_asked = __retry_utils::Outlives::connect(&__self.breaker);
            let (__retry_utils_connection, __retry_utils_outcome) = match __retry_utils_asked {
                __retry_utils::Ok(__retry_utils_connection) => {
                    let __retry_utils_outcome = '__retry_utils_slot_bs: {
                        __retry_utils::mapped(
                            async move {
                                if false {
                                    return __retry_utils::never::<Result<_, Failed>>();
                                }
                                let __ret: Result<_, Failed> = { __self.g().await };
                                #[allow(unreachable_code)] __ret
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
        }
    })
}
