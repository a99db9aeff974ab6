async fn f() -> Result<u32, Failed> {
    {
        const __RETRY_UTILS_POLICY: &::retry_utils::RetryConfig = &{
            let mut policy = ::retry_utils::private::policy(&STANDARD);
            policy.max_attempts = 4;
            policy.base_delay = ::core::time::Duration::new(0u64, 200000000u32);
            policy.exponential_base = 3.0;
            policy
        };
        const __RETRY_UTILS_BUDGET: ::core::option::Option<
            &::retry_utils::RetryBudget,
        > = ::retry_utils::private::check(__RETRY_UTILS_POLICY);
        let mut series = ::retry_utils::private::Series::within(__RETRY_UTILS_BUDGET);
        loop {
            {
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
                    ::core::result::Result::Ok(value) => {
                        break ::core::result::Result::Ok(value);
                    }
                    ::core::result::Result::Err(failed) => {
                        let error = &failed;
                        if !series
                            .failed(
                                __RETRY_UTILS_POLICY,
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
    }
}
