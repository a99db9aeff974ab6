async fn f(&mut self, limit: u32) -> Result<u32, Failed> {
    {
        static __RETRY_UTILS_SITE: ::retry_utils::private::PolicySite = ::retry_utils::private::PolicySite::new();
        let mut series = if __RETRY_UTILS_SITE.has_budget() {
            ::retry_utils::private::Series::within(
                ::retry_utils::private::budget_of(&self.retry),
            )
        } else {
            ::retry_utils::private::Series::new()
        };
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
                        let _ = &mut *self;
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
                            .failed_unchecked(
                                __RETRY_UTILS_SITE
                                    .seen(
                                        &{
                                            let mut policy = ::retry_utils::private::policy(
                                                &self.retry,
                                            );
                                            policy.max_attempts = limit;
                                            policy
                                        },
                                    ),
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
