async fn f(&mut self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    {
        let asked = ::retry_utils::private::Outlives::connect(&self.breaker);
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
                    ::retry_utils::private::FallBack::<
                        Result<_, Failed>,
                        _,
                    >::outcome(
                            ::retry_utils::private::call_fallback(
                                |open| Err(open.into()),
                                open,
                            ),
                        )
                        .await,
                )
            }
        };
        match outcome {
            ::core::result::Result::Ok(stream) => {
                ::core::result::Result::Ok(
                    <_ as ::retry_utils::private::Connected>::guarded_by(
                        stream,
                        connection,
                        |error| error.is_transient(),
                    ),
                )
            }
            ::core::result::Result::Err(error) => {
                if let ::core::option::Option::Some(connection) = connection {
                    {
                        let error = &error;
                        connection
                            .judge(
                                ::retry_utils::private::ask(
                                    error,
                                    |error| error.is_transient(),
                                ),
                            )
                    };
                }
                ::core::result::Result::Err(error)
            }
        }
    }
}
