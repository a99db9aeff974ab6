async fn f(&self) -> Result<u32, Failed> {
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
                type __RetryUtilsSlotB = ();
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
