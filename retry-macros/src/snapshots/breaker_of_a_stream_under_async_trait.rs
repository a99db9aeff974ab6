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
        {
            let asked = ::retry_utils::private::Outlives::connect(&__self.breaker);
            let (connection, outcome) = match asked {
                ::core::result::Result::Ok(connection) => {
                    let outcome = {
                        type __RetryUtilsSlotB = ();
                        async {
                            #[allow(clippy::all, clippy::pedantic, unreachable_code)]
                            if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<
                                Result<_, Failed>,
                            > {
                                return outcome;
                            }
                            let __ret: Result<_, Failed> = { __self.g().await };
                            #[allow(unreachable_code)] __ret
                        }
                            .await
                    };
                    (::core::option::Option::Some(connection), outcome)
                }
                ::core::result::Result::Err(open) => {
                    (
                        ::core::option::Option::None,
                        ::core::result::Result::Err(
                            ::retry_utils::private::FromCircuitOpen::from_circuit_open(
                                open,
                            ),
                        ),
                    )
                }
            };
            match outcome {
                ::core::result::Result::Ok(stream) => {
                    ::core::result::Result::Ok(
                        <Items as ::retry_utils::private::Connected>::guarded(
                            stream,
                            connection,
                            ::retry_utils::Retryable::failure_kind,
                        ),
                    )
                }
                ::core::result::Result::Err(error) => {
                    if let ::core::option::Option::Some(connection) = connection {
                        connection
                            .record(::retry_utils::Retryable::failure_kind(&error));
                    }
                    ::core::result::Result::Err(error)
                }
            }
        }
    })
}
