async fn f() -> Result<u32, Failed> {
    {
        let mut series = ::retry_utils::private::Series::new();
        loop {
            {
                let n: u32 = series.attempt();
                let outcome = {
                    type __RetryUtilsSlotR = ();
                    async {
                        #[allow(clippy::all, clippy::pedantic, unreachable_code)]
                        if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<
                            Result<u32, Failed>,
                        > {
                            return outcome;
                        }
                        g().await
                    }
                        .await
                };
                match outcome {
                    ::core::result::Result::Ok(
                        value,
                    ) if {
                        let value = &value;
                        ::retry_utils::private::ask(value, is_pending)
                    } => {
                        if !series
                            .failed_call(
                                ::retry_utils::private::Call::new(
                                        &::retry_utils::STANDARD,
                                        "f",
                                    )
                                    .reporting_to(
                                        &mut ::retry_utils::private::hook(|event| {
                                            println!("{event:?}")
                                        }),
                                    ),
                                ::retry_utils::private::unsatisfied(),
                            )
                        {
                            break ::core::result::Result::Ok(value);
                        }
                    }
                    ::core::result::Result::Ok(value) => {
                        break ::core::result::Result::Ok(value);
                    }
                    ::core::result::Result::Err(failed) => {
                        let error = &failed;
                        if !series
                            .failed_call(
                                ::retry_utils::private::Call::new(
                                        &::retry_utils::STANDARD,
                                        "f",
                                    )
                                    .reporting_to(
                                        &mut ::retry_utils::private::hook(|event| {
                                            println!("{event:?}")
                                        }),
                                    ),
                                ::retry_utils::private::decided(
                                        ::retry_utils::private::ask(
                                            error,
                                            |error| error.is_transient(),
                                        ),
                                        ::retry_utils::private::Shown::shown(error),
                                    )
                                    .with_hint(
                                        ::retry_utils::private::ask(error, |error| error.wait),
                                    ),
                            )
                        {
                            break ::core::result::Result::Err(failed);
                        }
                    }
                }
            }
            series.wait().await;
        }
    }
}
