async fn f() -> Result<u32, Failed> {
    {
        let breaker: &crate::resilience::CircuitBreaker = {
            static __RETRY_UTILS_SITE: crate::resilience::private::NamedSite = crate::resilience::private::NamedSite::new(
                "api",
            );
            __RETRY_UTILS_SITE.breaker()
        };
        match crate::resilience::private::admit(breaker) {
            ::core::result::Result::Ok(permit) => {
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
                match &outcome {
                    ::core::result::Result::Ok(_) => permit.success(),
                    ::core::result::Result::Err(error) => {
                        permit.record(crate::resilience::Retryable::failure_kind(error))
                    }
                }
                outcome
            }
            ::core::result::Result::Err(open) => {
                ::core::result::Result::Err(
                    crate::resilience::private::FromCircuitOpen::from_circuit_open(open),
                )
            }
        }
    }
}
