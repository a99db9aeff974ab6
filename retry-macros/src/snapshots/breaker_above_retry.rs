async fn f() -> Result<u32, Failed> {
    {
        let breaker: &'static ::retry_utils::CircuitBreaker = &API;
        'asked: {
            let permit = match ::retry_utils::private::admit_static(breaker) {
                ::core::result::Result::Ok(permit) => permit,
                ::core::result::Result::Err(open) => {
                    break 'asked ::core::result::Result::Err(
                        ::retry_utils::private::FromCircuitOpen::from_circuit_open(open),
                    );
                }
            };
            let outcome = {
                let mut series = ::retry_utils::private::Series::new();
                loop {
                    {
                        let outcome = {
                            type __RetryUtilsSlotBr = ();
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
                            ::core::result::Result::Ok(value) => {
                                break ::core::result::Result::Ok(value);
                            }
                            ::core::result::Result::Err(failed) => {
                                let error = &failed;
                                if !series
                                    .failed(
                                        &::retry_utils::STANDARD,
                                        ::core::concat!(::core::module_path!(), "::f"),
                                        ::retry_utils::private::classified(
                                            ::retry_utils::Retryable::failure_kind(error),
                                            ::retry_utils::Retryable::retry_after(error),
                                            ::retry_utils::private::Shown::shown(error),
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
            };
            match outcome {
                ::core::result::Result::Ok(value) => {
                    permit.success();
                    ::core::result::Result::Ok(value)
                }
                ::core::result::Result::Err(failed) => {
                    let error = &failed;
                    permit.record(::retry_utils::Retryable::failure_kind(error));
                    ::core::result::Result::Err(failed)
                }
            }
        }
    }
}
