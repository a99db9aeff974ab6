async fn f() -> Result<u32, Failed> {
    {
        let breaker: &crate::resilience::CircuitBreaker = {
            static __RETRY_UTILS_SITE: crate::resilience::private::NamedSite = crate::resilience::private::NamedSite::new(
                "api",
            );
            __RETRY_UTILS_SITE.breaker()
        };
        'asked: {
            let permit = match crate::resilience::private::admit(breaker) {
                ::core::result::Result::Ok(permit) => permit,
                ::core::result::Result::Err(open) => {
                    break 'asked ::core::result::Result::Err(
                        crate::resilience::private::FromCircuitOpen::from_circuit_open(
                            open,
                        ),
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
                    permit.record(crate::resilience::Retryable::failure_kind(error));
                    ::core::result::Result::Err(failed)
                }
            }
        }
    }
}
