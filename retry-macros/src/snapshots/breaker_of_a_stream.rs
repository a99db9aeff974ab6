async fn f(&self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    {
        let breaker: &'static ::retry_utils::CircuitBreaker = &API;
        let asked = ::retry_utils::private::connect_static(breaker);
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
                        g().await
                    }
                        .await
                };
                (::core::option::Option::Some(connection), outcome)
            }
            ::core::result::Result::Err(open) => {
                (
                    ::core::option::Option::None,
                    ::core::result::Result::Err(
                        ::retry_utils::private::FromCircuitOpen::from_circuit_open(open),
                    ),
                )
            }
        };
        match outcome {
            ::core::result::Result::Ok(stream) => {
                ::core::result::Result::Ok(
                    <_ as ::retry_utils::private::Connected>::guarded(
                        stream,
                        connection,
                        ::retry_utils::Retryable::failure_kind,
                    ),
                )
            }
            ::core::result::Result::Err(error) => {
                if let ::core::option::Option::Some(connection) = connection {
                    connection.record(::retry_utils::Retryable::failure_kind(&error));
                }
                ::core::result::Result::Err(error)
            }
        }
    }
}
