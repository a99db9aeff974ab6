async fn f(&self) -> Result<u32, Failed> {
    {
        let mut series = ::retry_utils::private::Series::within(const {
            ::retry_utils::private::check(
                &{
                    let mut policy = ::retry_utils::private::policy(&Self::POLICY);
                    policy.mode = Mode::Observe;
                    policy
                },
            )
        });
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
                                &const {
                                    let mut policy = ::retry_utils::private::policy(
                                        &Self::POLICY,
                                    );
                                    policy.mode = Mode::Observe;
                                    policy
                                },
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
