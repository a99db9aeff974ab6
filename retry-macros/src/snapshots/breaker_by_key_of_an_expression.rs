async fn f(
    &mut self,
    id: u64,
) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    {
        let asked = ::retry_utils::private::Outlives::connect(
            &{
                let breakers: &::retry_utils::CircuitBreakers = &self.upstreams;
                ::retry_utils::private::Key::breaker_of(&(id.to_string()), breakers)
            },
        );
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
                        g(id).await
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
