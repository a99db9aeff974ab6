/// Documented.
pub async fn complete(&self, prompt: &str) -> Result<String, LlmError> {
    {
        const __RETRY_UTILS_BUDGET: ::core::option::Option<
            &::retry_utils::RetryBudget,
        > = ::retry_utils::private::check(&STANDARD);
        let mut series = ::retry_utils::private::Series::within(__RETRY_UTILS_BUDGET);
        loop {
            {
                let outcome = {
                    type __RetryUtilsSlotR = ();
                    async {
                        #[allow(clippy::all, clippy::pedantic, unreachable_code)]
                        if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<
                            Result<String, LlmError>,
                        > {
                            return outcome;
                        }
                        self.send(prompt).await?.text().await
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
                                &STANDARD,
                                ::core::concat!(::core::module_path!(), "::complete"),
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
