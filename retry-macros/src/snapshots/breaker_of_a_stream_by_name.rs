async fn f() -> Result<Guarded<Items>, Failed> {
    {
        static __RETRY_UTILS_SITE: ::retry_utils::private::NamedSite = ::retry_utils::private::NamedSite::new(
            "api",
        );
        let asked = ::retry_utils::private::connect_named(&__RETRY_UTILS_SITE);
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
                    <Items as ::retry_utils::private::Connected>::guarded(
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
